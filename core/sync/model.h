#ifndef CORE_SYNC_MODEL_H
#define CORE_SYNC_MODEL_H

/*
 * What both ends speak of, in neither's words.
 *
 *   session     a planned lesson (Yparéo's séance); key: its code
 *   sheet       the presence sheet of a session (Edusign's course); key: Edusign's id
 *   learner, instructor, group, site, room, reason
 *   account     a person as Edusign holds it
 *   row         one learner's line on a sheet
 *   absence     a line of Yparéo's absences: a learner, days, minutes, a reason; not tied to a session
 *
 * Texts and arrays live in the arena of the run that read them. Times are UTC seconds, days civil days (core/base/tz.h).
 * Codes are Yparéo's integers; ids are Edusign's opaque texts.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/map.h"
#include "core/base/str.h"
#include "core/data/json.h"
#include "core/data/record.h"

/* ---- Yparéo's side ---- */

struct site { int64_t code; struct str name; };
struct period { int64_t code; struct str name; int32_t first, last; };
struct training { int64_t code; struct str name; };

struct group {
	int64_t code;
	struct str name;
	int64_t site;          /* 0: none */
	int64_t training;      /* 0: none */
	int64_t year;          /* year in the curriculum, 0 none */
	struct str state;      /* of the training action; empty: missing */
};

struct room { int64_t code; struct str name; };

struct learner {
	int64_t code;
	struct str last, first;
	struct str email_normal, email_pro;
	struct str phone;
	int64_t group;         /* of the current enrolment, 0 none */
	struct str training;   /* name, of the current enrolment */
	struct str site;       /* name, of the current enrolment: Yparéo gives no code here (ypareo.md: inscriptions[].site) */
	int64_t site_code;     /* where it is given, else 0 */
	struct str company;    /* of the active contract */
};

struct instructor {
	int64_t code;
	struct str last, first, email;
};

/* A learner's apprenticeship: where, and who of that company's contacts is the tutor. */
struct contract { int64_t learner, company; int64_t tutor; /* 0 none */ };

struct tutor { int64_t code, company; struct str last, first, email; };

enum session_state { SESSION_PENDING, SESSION_VALIDATED };

struct session {
	int64_t code;
	struct str subject;    /* may be empty */
	int32_t day;
	int64_t start, end;    /* UTC seconds */
	int start_minute, end_minute; /* school time, minutes since the day's midnight: what absences speak in */
	enum session_state state; /* missing: validated */
	bool remote;
	struct ints groups, learners, instructors, rooms; /* sorted, without repeats */
};

struct tutors; /* core/sync/tutors.h */

/* What one run knows of Yparéo: read once, serves all environments of the tenant. Lists that could not be read are marked, and
 * what depends on them keeps its last sent value. */
struct snapshot {
	struct arena *arena;
	int32_t first, last;   /* the window, inclusive */
	struct items sites;     /* struct site */
	struct items periods;   /* struct period: those that meet the window */
	struct items groups;    /* struct group */
	struct items trainings;
	struct items rooms;
	struct items learners;  /* struct learner */
	struct items instructors;
	struct items sessions;  /* struct session, by start then code */
	bool rooms_read, trainings_read, companies_read, pro_emails_read;
	struct map *site_by_code, *group_by_code, *training_by_code, *room_by_code, *learner_by_code, *instructor_by_code, *session_by_code;
	const struct tutors *tutors; /* of the first day of the window; NULL: not read */
	int64_t clock_skew_ms;  /* the server's clock less ours, as the last answer's Date said; 0 none */
};

struct absence {
	int64_t code;
	int64_t learner;
	int64_t group;         /* 0 none */
	int32_t first, last;   /* days */
	int start_minute, end_minute; /* start on the first day, end on the last */
	int64_t minutes;       /* counted */
	bool late;             /* isRetard */
	int64_t reason;        /* 0: none or not given */
	struct str observation; /* empty when the server does not give it back */
};

struct reason { int64_t code; struct str name; bool justified, retired; };

/* An instructor's attendance of a session, for payroll. */
struct payroll { int64_t session, instructor; bool present; int64_t minutes; int64_t reason; };

/* ---- Edusign's side ---- */

struct school { struct str id, name, timezone, connector; };

/* One learner's line on a sheet. */
struct row {
	struct str learner;    /* account id */
	int state;             /* 1 present, 0 absent, -1 missing or not a boolean: no evidence */
	bool signed_;          /* a signature, or the time of one */
	double delay_min;      /* 0 none */
	int64_t early;         /* left at, UTC seconds; 0 none */
	int64_t excluded;      /* sent out at; 0 none */
	struct str absence_id; /* justified by; empty none */
	struct str comment;
};

#define SHEET_INSTRUCTORS 16
struct sheet {
	struct str id, api_id, api_type;
	struct str name, room;
	int64_t start, end;    /* UTC seconds */
	struct str instructors[SHEET_INSTRUCTORS]; /* account ids, in order, without holes */
	bool instructor_signed[SHEET_INSTRUCTORS];
	unsigned instructor_count;
	struct items rows;     /* struct row */
	struct texts groups;   /* SCHOOL_GROUP */
	bool locked;
	bool started;          /* ATTENDANCE_ENDED, or a row that bears a state no one could have given before */
	int64_t updated;       /* DATE_UPDATED, 0 none */
	const struct json *whole; /* the answer as it came, where one sheet was asked for: what we do not manage is sent back as it was */
};

enum person_kind { PERSON_LEARNER, PERSON_INSTRUCTOR, PERSON_TUTOR, PERSON_KIND_COUNT };
const char *person_kind_name(enum person_kind kind); /* "learner", … */

struct account {
	struct str id;
	struct str first, last, email, phone, training, company;
	struct str api_id, api_type;
	struct texts followers; /* of a learner: ids of the tutors' accounts that follow; empty where the answer does not say */
	bool hidden;           /* archived (for an instructor: in this school) */
	unsigned schools;      /* how many schools share it; 1 for learners */
	bool in_school;        /* does it belong to the school asked? */
};

/* What is wanted of a person in Edusign. */
struct person {
	enum person_kind kind;
	int64_t code;
	struct str first, last, email, phone, training, company;
	bool send_credentials;
};

/* A group of learners as Edusign holds it. */
struct roll {
	struct str id, name, api_id, api_type;
	struct texts learners; /* account ids */
	bool hidden;
	const struct json *whole; /* the answer as it came */
};

/* What is wanted of a group. */
struct roll_wish {
	struct str code;          /* "7", "class-12-2", "training-12" */
	struct str name;
	struct texts learners;    /* account ids: all of them, since a change replaces the list */
};

/* What is wanted of a sheet. */
struct sheet_wish {
	int64_t session;
	struct str name, room;
	int64_t start, end;
	struct texts instructors; /* account ids, in order */
	struct texts learners;    /* account ids */
	bool groups_given;        /* false: a change sends the groups back as they were */
	struct texts groups;      /* ids of groups: all that the sheet shall bear */
};

struct justification { struct str id, learner; int64_t type; };

#endif
