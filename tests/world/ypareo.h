#ifndef TESTS_WORLD_YPAREO_H
#define TESTS_WORLD_YPAREO_H

/*
 * The Yparéo database of one customer, in plain structs: tests and the oracle read it directly, and may write it
 * directly. ypareo_handle() (sim.h) answers requests from it. Shapes are those of the classic REST web services,
 * switches of sim.h apply.
 *
 *   key      a "prestataire webservices": a token with a level, the endpoints that are ticked for it, and its sites
 *   author   of an absence: "" a human, else the name of the key that made it
 *   day      days since 1970-01-01, local; minute of the day, local: the database knows no zone
 *
 * Memory: every text, list and record lives in y->arena until ypareo_free(). Texts set by a test may be literals,
 * else take ypareo_text(). Lists are in order of creation; records are found by code. Pointers to records hold until
 * the next add or removal.
 */

#include "core/base/arena.h"
#include "tests/world/sim.h"

struct gen_quirks;

/* Each kind counts its own codes, as the tables of a real database do: learner 12 and session 12 are strangers. */
enum ypareo_kind {
	YPAREO_SITE,
	YPAREO_PERIOD,
	YPAREO_TRAINING,
	YPAREO_SUBJECT,
	YPAREO_GROUP,
	YPAREO_LEARNER,
	YPAREO_ENROLMENT,
	YPAREO_PERSON,
	YPAREO_ROOM,
	YPAREO_REASON,
	YPAREO_COMPANY,
	YPAREO_TUTOR,
	YPAREO_CONTRACT,
	YPAREO_SESSION,
	YPAREO_ABSENCE,
	YPAREO_KIND_COUNT
};

struct ypareo_codes {
	int64_t *items;
	size_t n, cap;
};

#define YPAREO_LIST(type)                                                                                            \
	struct {                                                                                                     \
		struct type *items;                                                                                  \
		size_t n, cap;                                                                                       \
	}

struct ypareo_key {
	const char *token;
	const char *name;          /* of the prestataire: author of what it writes */
	bool expert;               /* may write */
	bool revoked;              /* 401 everywhere */
	struct ypareo_codes sites; /* sees these only; empty: all */
	const char **forbidden;    /* globs over "GET /r/v1/salles": not ticked */
	size_t forbidden_n, forbidden_cap;
};

struct ypareo_site {
	int64_t code;
	const char *name, *short_name;
	const char *postcode, *town; /* "01000": keeps its zero here, loses it in answers */
	bool retired;
};

struct ypareo_period {
	int64_t code;
	const char *name;
	int32_t first, last;
};

struct ypareo_training { /* formation */
	int64_t code;
	const char *name, *short_name, *sector;
	bool retired;
};

struct ypareo_subject { /* matière */
	int64_t code;
	const char *name, *short_name;
	bool retired;
};

struct ypareo_group {
	int64_t code;
	const char *name, *short_name, *long_name;
	int64_t training, site, period;
	int year;          /* numeroAnnee */
	int64_t head;      /* codePersonnel in charge, 0: none */
	const char *state; /* etatActionFormation; NULL: null */
	bool no_state;     /* the property is missing */
	struct ypareo_codes subjects;
	int32_t first, last;
	bool short_course; /* listed under formation-courte instead of formation-longue */
};

struct ypareo_enrolment { /* inscription */
	int64_t code, period, site, training, group;
	bool current;
	int32_t left; /* dateDepart; 0: none */
	int year;
};

struct ypareo_learner {
	int64_t code;
	const char *last, *first, *birth_last; /* birth_last "" or NULL: none */
	int title;                             /* 1 M., 2 Mme */
	int32_t born;
	const char *email;         /* adresse.email, "normal"; NULL or "": none */
	const char *account_email; /* of utilisateur/apprenants, "pro" */
	bool no_account;           /* not in utilisateur/apprenants */
	const char *phone, *mobile;
	const char *street, *postcode, *town;
	YPAREO_LIST(ypareo_enrolment) enrolments;
};

struct ypareo_attendee { /* fréquente: who is in which group, when */
	int64_t learner, group;
	int32_t from, to; /* to 0: still in */
};

struct ypareo_person { /* personnel */
	int64_t code;
	const char *last, *first;
	const char *email; /* NULL or "": none */
	bool instructor, admin;
	bool retired;    /* plusUtilise */
	bool no_account; /* not in utilisateur/personnels, hence no e-mail */
};

struct ypareo_room {
	int64_t code, site; /* site 0: null */
	const char *name, *short_name;
	int capacity;
	bool retired;
};

struct ypareo_reason { /* motif d'absence */
	int64_t code;
	const char *name;
	bool justified, retired;
};

struct ypareo_company {
	int64_t code;
	const char *name, *siret;
};

struct ypareo_tutor { /* interlocuteur */
	int64_t code, company;
	const char *last, *first, *email, *phone;
	bool tutor; /* isTuteur */
};

struct ypareo_contract {
	int64_t code, learner, company, tutor; /* company 0: empty; tutor 0: null */
	int32_t first, last, ended;            /* ended 0: not terminated */
	const char *end_reason;
};

struct ypareo_session { /* séance */
	int64_t code;
	int64_t subject;          /* 0: null */
	const char *subject_name; /* nomMatiere; NULL: null */
	int32_t day;
	int start, end; /* minutes of the day */
	bool remote;
	int state; /* 1 validated, 0 pending, -1: the properties are missing */
	struct ypareo_codes groups, learners, instructors, rooms;
};

struct ypareo_absence {
	int64_t code, learner, group; /* group 0: null */
	int32_t first, last;          /* days, both included */
	int start, end;               /* minutes: on the first day, on the last day */
	int minutes;                  /* duree */
	bool late;
	int64_t reason;          /* 0: motifAbsence null */
	const char *observation; /* NULL: none */
	const char *author;      /* who made it */
	const char *changed_by;  /* who wrote it last: "" a human, else the name of a key */
	int64_t changed_ms;      /* when; 0: not through a request */
};

struct ypareo_attendance { /* émargement of an instructor, for payroll */
	int64_t session, person, reason;
	int32_t day; /* of the session when it was written */
	bool present;
	int minutes;
	const char *author;
	int64_t changed_ms;
	unsigned writes; /* how often it was put */
};

struct ypareo {
	struct arena *arena;
	const char *name;                     /* of the customer */
	int64_t next_code[YPAREO_KIND_COUNT]; /* of the next record of a kind; never given twice */
	int created_status;                   /* of POST absences: 200 (also seen: 201) */
	int64_t planning_all_lacks; /* a group whose sessions the planning of all groups does not give; 0: none */
	unsigned planning_max_days; /* a planning of all groups over more days is not answered in time; 0: no limit */
	/* What an oracle wants to be 0: changes and withdrawals by a key of what it did not write last, and absences
	 * made by a key although an equal one (learner, days, minutes, isRetard) was there. */
	unsigned foreign_writes, twin_writes;
	const struct gen_quirks *quirks; /* gen.h; NULL: not made with them */
	YPAREO_LIST(ypareo_key) keys;
	YPAREO_LIST(ypareo_site) sites;
	YPAREO_LIST(ypareo_period) periods;
	YPAREO_LIST(ypareo_training) trainings;
	YPAREO_LIST(ypareo_subject) subjects;
	YPAREO_LIST(ypareo_group) groups;
	YPAREO_LIST(ypareo_learner) learners;
	YPAREO_LIST(ypareo_attendee) attendees;
	YPAREO_LIST(ypareo_person) people;
	YPAREO_LIST(ypareo_room) rooms;
	YPAREO_LIST(ypareo_reason) reasons;
	YPAREO_LIST(ypareo_company) companies;
	YPAREO_LIST(ypareo_tutor) tutors;
	YPAREO_LIST(ypareo_contract) contracts;
	YPAREO_LIST(ypareo_session) sessions;
	YPAREO_LIST(ypareo_absence) absences;
	YPAREO_LIST(ypareo_attendance) attendances;
};

struct ypareo *ypareo_new(const char *name);
void ypareo_free(struct ypareo **y);
/* A copy in y->arena. */
const char *ypareo_text(struct ypareo *y, const char *z);
int64_t ypareo_code(struct ypareo *y, enum ypareo_kind kind); /* a fresh one */

/* ---- records: each add returns the zeroed record with a fresh code (a key and an attendee have none) ---- */

struct ypareo_key *ypareo_add_key(struct ypareo *y, const char *token, const char *name, bool expert);
/* pattern: a glob over "METHOD /path" with the publisher's parameters: "GET /r/v1/salles", "* /r/v1/absences*",
 * "GET /r/v1/planning/@debut/@fin/groupes". The key may not call what matches. */
void ypareo_key_forbid(struct ypareo *y, struct ypareo_key *key, const char *pattern);
void ypareo_key_allow(struct ypareo_key *key, const char *pattern); /* takes the same pattern back */
struct ypareo_site *ypareo_add_site(struct ypareo *y, const char *name);
struct ypareo_period *ypareo_add_period(struct ypareo *y, const char *name, int32_t first, int32_t last);
struct ypareo_training *ypareo_add_training(struct ypareo *y, const char *name);
struct ypareo_subject *ypareo_add_subject(struct ypareo *y, const char *name);
struct ypareo_group *ypareo_add_group(struct ypareo *y, const char *name, int64_t site);
struct ypareo_learner *ypareo_add_learner(struct ypareo *y, const char *last, const char *first, const char *email);
struct ypareo_attendee *ypareo_add_attendee(struct ypareo *y, int64_t learner, int64_t group, int32_t from,
                                            int32_t to);
struct ypareo_person *ypareo_add_person(struct ypareo *y, const char *last, const char *first, const char *email);
struct ypareo_room *ypareo_add_room(struct ypareo *y, const char *name, int64_t site);
struct ypareo_reason *ypareo_add_reason(struct ypareo *y, const char *name, bool justified);
struct ypareo_company *ypareo_add_company(struct ypareo *y, const char *name);
struct ypareo_tutor *ypareo_add_tutor(struct ypareo *y, int64_t company, const char *last, const char *first,
                                      const char *email);
struct ypareo_contract *ypareo_add_contract(struct ypareo *y, int64_t learner, int64_t company, int64_t tutor);
/* Validated, one subject, one group with those who are in it that day, one instructor, one room; 0: none of these. */
struct ypareo_session *ypareo_add_session(struct ypareo *y, int32_t day, int start, int end, int64_t subject,
                                          int64_t group, int64_t instructor, int64_t room);
/* By a human. */
struct ypareo_absence *ypareo_add_absence(struct ypareo *y, int64_t learner, int32_t day, int start, int end,
                                          int64_t reason);
struct ypareo_attendance *ypareo_add_attendance(struct ypareo *y, int64_t session, int64_t person);
/* An enrolment in the group's period, site and training, and a row in attendees. */
void ypareo_enrol(struct ypareo *y, int64_t learner, int64_t group, int32_t from);

/* ---- look-up by code; NULL: none ---- */

struct ypareo_key *ypareo_key(struct ypareo *y, const char *token);
struct ypareo_site *ypareo_site(struct ypareo *y, int64_t code);
struct ypareo_training *ypareo_training(struct ypareo *y, int64_t code);
struct ypareo_period *ypareo_period(struct ypareo *y, int64_t code);
struct ypareo_subject *ypareo_subject(struct ypareo *y, int64_t code);
struct ypareo_group *ypareo_group(struct ypareo *y, int64_t code);
struct ypareo_learner *ypareo_learner(struct ypareo *y, int64_t code);
struct ypareo_person *ypareo_person(struct ypareo *y, int64_t code);
struct ypareo_room *ypareo_room(struct ypareo *y, int64_t code);
struct ypareo_reason *ypareo_reason(struct ypareo *y, int64_t code);
struct ypareo_company *ypareo_company(struct ypareo *y, int64_t code);
struct ypareo_tutor *ypareo_tutor(struct ypareo *y, int64_t code);
struct ypareo_session *ypareo_session(struct ypareo *y, int64_t code);
struct ypareo_absence *ypareo_absence(struct ypareo *y, int64_t code);
struct ypareo_attendance *ypareo_attendance(struct ypareo *y, int64_t session, int64_t person);

/* ---- lists of codes ---- */

bool ypareo_codes_has(const struct ypareo_codes *codes, int64_t code);
void ypareo_codes_add(struct ypareo *y, struct ypareo_codes *codes, int64_t code); /* nothing when it is there */
bool ypareo_codes_del(struct ypareo_codes *codes, int64_t code);
void ypareo_codes_set(struct ypareo *y, struct ypareo_codes *codes, const int64_t *items, size_t n);

/* ---- what humans do between two runs; each requires that the record exists ---- */

void ypareo_session_move(struct ypareo *y, int64_t session, int32_t day, int start, int end);
void ypareo_session_cancel(struct ypareo *y, int64_t session);                         /* it vanishes */
void ypareo_session_room(struct ypareo *y, int64_t session, int64_t room);             /* the only one; 0: none */
void ypareo_session_instructor(struct ypareo *y, int64_t session, int64_t instructor); /* the only one; 0: none */
void ypareo_session_learner_add(struct ypareo *y, int64_t session, int64_t learner);
void ypareo_session_learner_del(struct ypareo *y, int64_t session, int64_t learner);
void ypareo_session_state(struct ypareo *y, int64_t session, int state);
/* Both, or either: NULL leaves it, "" empties it. */
void ypareo_learner_emails(struct ypareo *y, int64_t learner, const char *email, const char *account_email);
/* In, or out of, the group, and of its sessions from that day on. */
void ypareo_group_join(struct ypareo *y, int64_t group, int64_t learner, int32_t from);
void ypareo_group_leave(struct ypareo *y, int64_t group, int64_t learner, int32_t from);
/* The learner leaves school: dateDepart, the enrolments end, out of groups and sessions from that day on. */
void ypareo_learner_depart(struct ypareo *y, int64_t learner, int32_t day);
/* A human changes an absence: its author stays, changed_by is "" from now on. */
void ypareo_absence_change(struct ypareo *y, int64_t absence, int start, int end, int64_t reason, int64_t now_ms);
void ypareo_absence_delete(struct ypareo *y, int64_t absence);

#endif
