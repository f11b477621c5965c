#ifndef TESTS_WORLD_EDUSIGN_H
#define TESTS_WORLD_EDUSIGN_H

/*
 * Edusign with several schools (accounts), in plain structs: tests and the oracle read and write it directly. edusign_handle() (sim.h)
 * answers requests from it; the functions below act as people do in its web pages. Times are UTC seconds. Everything lives in
 * e->arena; records are never removed from their arrays (a deleted course has .deleted), so pointers hold until the next add.
 */

#include "core/base/arena.h"
#include "core/data/record.h"
#include "tests/world/sim.h"

#define ED_PROFESSORS 16
#define ED_SCHOOLS 8

#define ED_LIST(type) \
	struct { \
		struct type *items; \
		size_t n, cap; \
	}

struct ed_student {
	struct str id, school;
	struct str first, last, email, phone, company, training, api_id, api_type;
	bool hidden;
	int64_t created, updated;
	unsigned credentials; /* e-mails with credentials that went out */
};

struct ed_professor {
	struct str id;
	struct str first, last, email, phone, api_id, api_type;
	struct str schools[ED_SCHOOLS], hidden[ED_SCHOOLS];
	size_t school_count, hidden_count;
	int64_t created, updated;
	unsigned credentials;
};

struct ed_row {
	int64_t key;               /* _id */
	struct str student;
	bool state, state_missing; /* state_missing: the member is left out, as some answers do */
	struct str signature;      /* empty: none */
	int64_t timestamp;
	int delay;                 /* minutes, 0 none */
	int64_t early, excluded;
	struct str absence, comment;
};

struct ed_course {
	struct str id, school;
	struct str name, description, room, api_id, api_type, training;
	int64_t start, end;
	struct str professors[ED_PROFESSORS];
	struct str professor_signatures[ED_PROFESSORS]; /* empty: not signed */
	unsigned professor_count;
	ED_LIST(ed_row) rows;
	struct texts groups;
	bool locked, deleted, by_api;
	int64_t created, updated, locked_at;
	int64_t max_students;
	/* What an oracle wants to be 0. */
	unsigned lost_signatures;  /* erased by a PATCH, or gone with a deletion */
};

struct ed_justification {
	struct str id, school, student, course;
	int64_t type;
	struct str comment;
};

struct ed_reason { struct str school; int64_t id; struct str name; };

struct ed_school {
	struct str id, name, token, timezone, connector;
	const char *forbidden[16];
	size_t forbidden_count;
	int64_t starts[4096];      /* times of requests, for the slow-down */
	size_t start_count;
	unsigned over_limit;       /* requests that came beyond 480 a minute */
};

struct edusign {
	struct arena *arena;
	uint64_t seed, counter;
	ED_LIST(ed_school) schools;
	ED_LIST(ed_student) students;
	ED_LIST(ed_professor) professors;
	ED_LIST(ed_course) courses;
	ED_LIST(ed_justification) justifications;
	ED_LIST(ed_reason) reasons;
};

struct edusign *edusign_new(uint64_t seed);
void edusign_free(struct edusign **e);

struct ed_school *edusign_school_add(struct edusign *e, const char *id, const char *token, const char *timezone);
struct ed_school *edusign_school(struct edusign *e, const char *id);
void edusign_forbid(struct ed_school *s, const char *pattern); /* a glob over "GET /v1/course*" */
struct str edusign_text(struct edusign *e, struct str s);      /* a copy */
struct str edusign_new_id(struct edusign *e);
/* For the ledger: would it change the world, by its nature? Whose credential is it (NULL: nobody's)? */
bool edusign_is_write(const char *method, struct str path);
struct ed_school *edusign_school_of_token(struct edusign *e, struct str token);

/* Finders; NULL: none. */
struct ed_course *edusign_course(struct edusign *e, const char *school, int64_t api_id); /* not deleted; the first */
struct ed_course *edusign_course_by_id(struct edusign *e, struct str id);
size_t edusign_course_count(struct edusign *e, const char *school, int64_t api_id); /* not deleted; api_id 0: all */
struct ed_student *edusign_student(struct edusign *e, const char *school, int64_t api_id);
struct ed_student *edusign_student_by_id(struct edusign *e, struct str id);
size_t edusign_student_count(struct edusign *e, const char *school, int64_t api_id);
struct ed_professor *edusign_professor(struct edusign *e, int64_t api_id);
struct ed_professor *edusign_professor_by_id(struct edusign *e, struct str id);
struct ed_row *edusign_row(struct ed_course *c, struct str student); /* of the roster */

/* ---- what people do ---- */
void edusign_sign_student(struct edusign *e, struct ed_course *c, struct str student, int64_t at);
void edusign_sign_all(struct edusign *e, struct ed_course *c, int64_t at); /* every learner and every instructor */
void edusign_sign_professor(struct edusign *e, struct ed_course *c, unsigned index, int64_t at);
void edusign_set_absent(struct ed_course *c, struct str student, int64_t at);
void edusign_justify(struct edusign *e, struct ed_course *c, struct str student, int64_t type, int64_t at);
void edusign_set_delay(struct ed_course *c, struct str student, int minutes, int64_t at);
void edusign_set_early(struct ed_course *c, struct str student, int64_t left_at, int64_t at);
void edusign_set_excluded(struct ed_course *c, struct str student, int64_t out_at, int64_t at);
void edusign_lock(struct edusign *e, struct ed_course *c, int64_t at);
void edusign_unlock(struct ed_course *c, int64_t at);
struct ed_student *edusign_add_student(struct edusign *e, const char *school, const char *first, const char *last, const char *email);
struct ed_professor *edusign_add_professor(struct edusign *e, const char *school, const char *first, const char *last, const char *email);
struct ed_course *edusign_add_course(struct edusign *e, const char *school, const char *name, int64_t start, int64_t end);
void edusign_add_row(struct edusign *e, struct ed_course *c, struct str student);

#endif
