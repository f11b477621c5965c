#ifndef TESTS_WORLD_EDUSIGN_H
#define TESTS_WORLD_EDUSIGN_H

/*
 * Edusign with several schools (accounts), in plain structs: tests and the oracle read and write it directly.
 * edusign_handle() (sim.h) answers requests from it; the functions below act as people do in its web pages.
 *
 *   school     an account with one API token
 *   course     a presence sheet; its rows are its learners
 *   professor  an account that schools share; everything else belongs to one school
 *
 * Times are UTC seconds, 0 none; texts are empty for none. Everything lives in e->arena; records are never removed
 * from their arrays (a deleted course has .deleted), so pointers hold until the next add, indexes for ever. Texts
 * given as struct str are kept as they are: a test's literal, or edusign_text(). What was made by hand has .by_api
 * false.
 */

#include "core/base/arena.h"
#include "core/data/record.h"
#include "tests/world/sim.h"

#define ED_PROFESSORS 16
#define ED_SCHOOLS    8

#define ED_LIST(type)                                                                                                \
	struct {                                                                                                     \
		struct type *items;                                                                                  \
		size_t n, cap;                                                                                       \
	}

struct ed_student {
	struct str id, school;
	struct str first, last, email, phone, company, training, api_id, api_type;
	struct str file_number, photo, badge;
	struct texts tags, followers; /* STUDENT_FOLLOWER_ID: ids of externals */
	bool hidden;                  /* archived */
	bool by_api;
	int64_t created, updated;
	unsigned credentials; /* e-mails with credentials that went out */
	unsigned patches;     /* through the API */
};

struct ed_professor {
	struct str id;
	struct str first, last, email, phone, api_id, api_type, speciality;
	struct texts tags;
	struct str schools[ED_SCHOOLS], hidden[ED_SCHOOLS];
	size_t school_count, hidden_count;
	bool by_api;
	int64_t created, updated;
	unsigned credentials, patches;
};

struct ed_external { /* tutor */
	struct str id, school;
	struct str first, last, email, company, phone, api_id, api_type;
	bool hidden, by_api;
	int64_t created, updated;
};

struct ed_group {
	struct str id, school;
	struct str name, description, parent, api_id, api_type;
	struct texts students;
	bool deleted, by_api;
	int64_t created, updated;
};

struct ed_training {
	struct str id, school;
	struct str name, goals, api_id, api_type;
	int64_t start, end;
	struct texts students, professors;
	bool archived, by_api;
	int64_t created, updated;
};

struct ed_room {
	struct str id, school, name;
};

struct ed_row {
	int64_t key; /* _id */
	struct str student;
	bool state, state_missing; /* state_missing: the member is left out, as some answers do */
	struct str state_raw;      /* JSON written instead of state: "null", "\"yes\""; empty: state */
	struct str signature;      /* empty: none */
	int64_t timestamp;
	int delay; /* minutes, 0 none */
	int64_t early, excluded;
	struct str absence, comment; /* absence: id of an ed_justification */
	int64_t mailed, sign_until;  /* signatureEmail; 0: null */
	bool by_api;
};

struct ed_course {
	struct str id, school;
	struct str name, description, room, api_id, api_type, training;
	int64_t start, end;
	struct str professors[ED_PROFESSORS];
	struct str professor_signatures[ED_PROFESSORS]; /* empty: not signed */
	int64_t professor_timestamps[ED_PROFESSORS];
	unsigned professor_count;
	ED_LIST(ed_row) rows;
	struct texts groups;
	bool locked, deleted, by_api;
	bool no_need; /* NEED_STUDENTS_SIGNATURE 0 */
	bool zoom, absence_sent;
	struct str survey, survey_2, teacher_survey;
	struct str pdf; /* ATTENDANCE_LIST_GENERATED */
	int64_t created, updated, locked_at;
	int64_t max_students;
	unsigned patches; /* through the API */
	/* What an oracle wants to be 0. */
	unsigned
	        lost_signatures; /* erased by a PATCH or a roster removal, or gone with a deletion, through the API */
};

struct ed_justification {
	struct str id, school, student, course;
	int64_t type;
	struct str comment, file;
	int64_t start, end, created;
};

struct ed_reason {
	struct str school;
	int64_t id; /* 0 to 7 are built in and not listed */
	struct str name;
};

struct ed_mail { /* "credentials", "signature" */
	struct str school, to;
	const char *kind;
	int64_t at;
};

struct ed_school {
	struct str id, name, token, timezone, connector; /* connector: of the vendor's own; empty: none */
	bool revoked;                                    /* 401 everywhere */
	bool unpaid;                                     /* 402 everywhere */
	const char *forbidden[16];
	size_t forbidden_count;
	struct {
		int64_t *items;
		size_t first, n, cap;
	} starts;            /* times (ms) of the last minute's requests */
	unsigned over_limit; /* requests that came beyond 480 a minute */
	/* What is this school's, as indexes into e's arrays. */
	struct ed_indexes {
		size_t *items;
		size_t n, cap;
	} courses, students, groups;
};

struct edusign {
	struct arena *arena;
	uint64_t seed, counter;
	unsigned per_minute; /* before a school is slowed down: 480 */
	ED_LIST(ed_school) schools;
	ED_LIST(ed_student) students;
	ED_LIST(ed_professor) professors;
	ED_LIST(ed_external) externals;
	ED_LIST(ed_group) groups;
	ED_LIST(ed_training) trainings;
	ED_LIST(ed_room) rooms;
	ED_LIST(ed_course) courses;
	ED_LIST(ed_justification) justifications;
	ED_LIST(ed_reason) reasons;
	ED_LIST(ed_mail) mails;
	struct map *by_id; /* of courses, students and professors: index + 1 into the array of its kind */
	/* What an oracle wants to be 0, through the API: */
	unsigned hand_made_changed; /* courses made by hand that were changed, deleted, locked or had their roster
	                               changed */
	unsigned shared_patched;    /* professors of several schools that were changed or archived */
	unsigned archived;          /* people and groups that were archived or deleted */
	unsigned twins;             /* records made although a live one of that kind and school had their API_ID */
	unsigned naive_times;       /* times without a zone in a body */
};

struct edusign *edusign_new(uint64_t seed);
void edusign_free(struct edusign **e);

/* timezone NULL: Europe/Paris; requires one the system knows. The token is nobody else's; with '#' and any text behind it, it is a further
 * key of the same school. */
struct ed_school *edusign_school_add(struct edusign *e, const char *id, const char *token, const char *timezone);
struct ed_school *edusign_school(struct edusign *e, const char *id);
void edusign_forbid(struct ed_school *s, const char *pattern); /* a glob over "GET /v1/course*", not copied */
void edusign_allow(struct ed_school *s, const char *pattern);  /* takes it back */
struct str edusign_text(struct edusign *e, struct str s);      /* a copy */
struct str edusign_new_id(struct edusign *e);
/* For the ledger: would it change the world, by its nature? Whose credential is it (NULL: nobody's)? */
bool edusign_is_write(const char *method, struct str path);
struct ed_school *edusign_school_of_token(struct edusign *e, struct str token);

/* Finders; NULL: none. Active people before archived ones. */
struct ed_course *edusign_course(struct edusign *e, const char *school, int64_t api_id); /* not deleted; the first */
struct ed_course *edusign_course_by_id(struct edusign *e, struct str id);                /* not deleted */
size_t edusign_course_count(struct edusign *e, const char *school, int64_t api_id); /* not deleted; api_id 0: all */
struct ed_student *edusign_student(struct edusign *e, const char *school, int64_t api_id);
struct ed_student *edusign_student_by_id(struct edusign *e, struct str id);
struct ed_student *edusign_student_by_email(struct edusign *e, const char *school, const char *email);
size_t edusign_student_count(struct edusign *e, const char *school, int64_t api_id); /* api_id 0: all */
struct ed_professor *edusign_professor(struct edusign *e, int64_t api_id);
struct ed_professor *edusign_professor_by_id(struct edusign *e, struct str id);
struct ed_professor *edusign_professor_by_email(struct edusign *e, const char *email);
struct ed_group *edusign_group(struct edusign *e, const char *school, int64_t api_id); /* not deleted */
struct ed_external *edusign_external(struct edusign *e, const char *school, const char *email);
struct ed_justification *edusign_justification(struct edusign *e, struct str id);
struct ed_row *edusign_row(struct ed_course *c, struct str student); /* of the roster */
bool edusign_is_signed(const struct ed_course *c);                   /* by anyone */
bool edusign_is_of(const struct ed_professor *p, struct str school);
bool edusign_is_hidden_in(const struct ed_professor *p, struct str school);

/* ---- what people do; at becomes DATE_UPDATED. A student that is named must be on the sheet ---- */
void edusign_sign_student(struct edusign *e, struct ed_course *c, struct str student, int64_t at);
void edusign_sign_all(struct edusign *e, struct ed_course *c, int64_t at); /* every learner and every instructor */
void edusign_sign_professor(struct edusign *e, struct ed_course *c, unsigned index, int64_t at);
void edusign_set_present(struct ed_course *c, struct str student, int64_t at); /* without a signature */
void edusign_set_absent(struct ed_course *c, struct str student, int64_t at);  /* the signature goes */
/* The row gets the id of a new justification, and is absent. */
void edusign_justify(struct edusign *e, struct ed_course *c, struct str student, int64_t type, int64_t at);
void edusign_unjustify(struct ed_course *c, struct str student, int64_t at);
void edusign_set_delay(struct ed_course *c, struct str student, int minutes, int64_t at);
void edusign_set_early(struct ed_course *c, struct str student, int64_t left_at, int64_t at);
void edusign_set_excluded(struct ed_course *c, struct str student, int64_t out_at, int64_t at);
void edusign_lock(struct edusign *e, struct ed_course *c, int64_t at);
void edusign_unlock(struct ed_course *c, int64_t at);
/* Signatures stay. name NULL and times 0 leave what is there. */
void edusign_edit_course(struct edusign *e, struct ed_course *c, const char *name, int64_t start, int64_t end,
                         int64_t at);
void edusign_delete_course(struct ed_course *c, int64_t at);
void edusign_archive_student(struct ed_student *s, int64_t at);
struct ed_student *edusign_add_student(struct edusign *e, const char *school, const char *first, const char *last,
                                       const char *email);
/* One with that e-mail joins the school; else a new one. */
struct ed_professor *edusign_add_professor(struct edusign *e, const char *school, const char *first, const char *last,
                                           const char *email);
struct ed_external *edusign_add_external(struct edusign *e, const char *school, const char *first, const char *last,
                                         const char *email);
struct ed_course *edusign_add_course(struct edusign *e, const char *school, const char *name, int64_t start,
                                     int64_t end);
struct ed_group *edusign_add_group(struct edusign *e, const char *school, const char *name);
struct ed_room *edusign_add_room(struct edusign *e, const char *school, const char *name);
struct ed_reason *edusign_add_reason(struct edusign *e, const char *school, int64_t id, const char *name);
void edusign_add_row(struct edusign *e, struct ed_course *c, struct str student); /* nothing when it is there */
/*
 * A day at school: on each sheet of the school that starts in [from, to) and is not locked, the instructors sign and
 * 8 of 10 learners; others, by seed, come late, leave early, are sent out, stay away with or without an excuse. Then
 * it is locked, at that time. Returns how many sheets. The same seed gives every row the same fate, whatever else
 * there is.
 */
size_t edusign_live(struct edusign *e, struct str school, uint64_t seed, int64_t from, int64_t to, int64_t at);
void edusign_remove_row(struct ed_course *c, struct str student);

#endif
