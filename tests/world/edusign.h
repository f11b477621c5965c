#ifndef TESTS_WORLD_EDUSIGN_H
#define TESTS_WORLD_EDUSIGN_H

/*
 * Edusign with all its schools, in plain structs: tests and the oracle read it directly. edusign_handle() (sim.h)
 * answers v1 requests from it; the functions below are what people do in its own pages between two runs.
 *
 *   school     an account; one API token each
 *   course     a presence sheet; its places are its professors in order, its rows its learners
 *   professor  an account shared by schools, found in e->professors; everything else belongs to one school
 *   by hand    made in Edusign's pages, not through the API
 *
 * Times: *_s are UTC seconds, *_ms UTC milliseconds, 0 is none. Texts: NULL is null. Every text and record lives in
 * e->arena until edusign_free(), and pointers to records hold until then; what is removed is marked, not forgotten.
 */

#include "core/base/arena.h"
#include "core/base/tz.h"
#include "tests/world/sim.h"

#define EDUSIGN_LIST(type)                                                                                           \
	struct {                                                                                                     \
		struct type **items;                                                                                 \
		size_t n, cap;                                                                                       \
	}

struct edusign_texts {
	const char **items;
	size_t n, cap;
};

struct edusign_student {
	const char *id;
	const char *first, *last, *email;
	const char *phone, *file_number, *photo, *training_name, *company, *badge_id;
	const char *api_id, *api_type;
	struct edusign_texts tags, followers; /* followers: ids of externals */
	bool hidden;                          /* archived */
	bool new_password_needed;
	bool by_hand;
	int64_t created_ms, updated_ms;
	unsigned patches; /* through the API */
};

struct edusign_professor {
	const char *id;
	const char *first, *last, *email;
	const char *phone, *speciality, *pin;
	const char *api_id, *api_type;
	struct edusign_texts schools, hidden_in; /* ids */
	struct edusign_texts tags;
	bool by_hand;
	int64_t created_ms, updated_ms;
	unsigned patches;
};

struct edusign_group {
	const char *id, *name, *description, *parent;
	const char *api_id, *api_type;
	struct edusign_texts students;
	bool deleted, by_hand;
	int64_t created_ms, updated_ms;
};

struct edusign_training {
	const char *id, *name, *goals;
	int64_t start_s, end_s;
	const char *api_id, *api_type;
	struct edusign_texts students, professors, tags;
	bool archived;
	int64_t created_ms, updated_ms;
};

struct edusign_external {
	const char *id, *first, *last, *email, *company, *phone;
	const char *api_id, *api_type;
	int64_t created_ms, updated_ms;
};

struct edusign_classroom {
	const char *id, *name;
};

struct edusign_reason {
	int64_t id; /* 0 to 7 are built in and not listed */
	const char *name;
};

struct edusign_absence { /* justified absence */
	const char *id, *student, *course;
	int64_t type;
	const char *comment, *file;
	int64_t start_s, end_s, created_ms;
};

struct edusign_row {    /* of STUDENTS */
	int64_t number; /* _id */
	const char *student;
	int64_t start_s, end_s;
	bool state;
	const char
	        *state_raw; /* written instead of state: "null", "\"yes\""; "" leaves the member out; NULL: state */
	const char *signature;
	int64_t signed_s;
	int delay; /* minutes; 0: null */
	int64_t early_s, excluded_s;
	const char *absence; /* id of an edusign_absence */
	const char *comment;
	int64_t mailed_s, sign_until_s; /* signatureEmail; 0: null */
	bool by_hand;                   /* enrolled by hand */
};

struct edusign_place {
	const char *professor; /* NULL: empty */
	const char *signature;
	int64_t signed_s;
};
#define EDUSIGN_PLACES 16

struct edusign_course {
	struct edusign_school *school;
	const char *id, *name, *description;
	int64_t start_s, end_s;
	struct edusign_place places[EDUSIGN_PLACES];
	const char *classroom;
	struct edusign_texts groups;
	EDUSIGN_LIST(edusign_row) rows;
	const char *api_id, *api_type, *training, *survey, *survey_2, *teacher_survey;
	int64_t max_students; /* 0: null */
	bool zoom, need_signature;
	bool locked;
	const char *pdf; /* ATTENDANCE_LIST_GENERATED */
	bool absence_sent;
	bool by_hand;
	bool deleted;
	int64_t created_ms, updated_ms, deleted_ms;
	unsigned patches; /* through the API */
};

struct edusign_mail {          /* credentials, signature links */
	const char *to, *kind; /* "credentials", "signature" */
	int64_t at_ms;
};

struct edusign_school {
	struct edusign *edusign;
	const char *id, *token, *name, *timezone;
	const char *connector; /* name of a vendor's connector; NULL: none */
	struct tz *tz;
	bool revoked;                   /* 401 everywhere */
	bool unpaid;                    /* 402 everywhere */
	struct edusign_texts forbidden; /* globs over "METHOD /v1/path" */
	EDUSIGN_LIST(edusign_course) courses;
	EDUSIGN_LIST(edusign_student) students;
	EDUSIGN_LIST(edusign_group) groups;
	EDUSIGN_LIST(edusign_training) trainings;
	EDUSIGN_LIST(edusign_external) externals;
	EDUSIGN_LIST(edusign_classroom) classrooms;
	EDUSIGN_LIST(edusign_reason) reasons;
	EDUSIGN_LIST(edusign_absence) absences;
	EDUSIGN_LIST(edusign_mail) mails;
	struct {
		int64_t *items;
		size_t first, n, cap;
	} recent; /* request times of the last minute */
};

struct edusign {
	struct arena *arena;
	uint64_t seed, counter;
	unsigned per_minute; /* requests of one school before it is slowed down: 480 */
	EDUSIGN_LIST(edusign_school) schools;
	EDUSIGN_LIST(edusign_professor) professors;
	/* What an oracle wants to be 0, done through the API: */
	unsigned signatures_erased; /* rows and places that bore a signature, by PATCH, DELETE or roster removal */
	unsigned hand_made_changed; /* courses made by hand that were changed, deleted or locked */
	unsigned shared_patched;    /* professors of several schools that were changed or archived */
	unsigned archived;          /* people and groups that were archived or deleted */
	unsigned twins;             /* a create whose API_ID a live record of that kind and school had already */
	unsigned naive_times;       /* times without zone in a body */
};

struct edusign *edusign_new(uint64_t seed);
void edusign_free(struct edusign **e);
const char *edusign_text(struct edusign *e, const char *z); /* a copy in e->arena; NULL stays NULL */
/* Requires a new token, and a zone the system knows. id NULL: a fresh one. No text is copied but the id. */
struct edusign_school *edusign_school_add(struct edusign *e, const char *id, const char *token, const char *timezone);
void edusign_forbid(struct edusign_school *school, const char *pattern); /* "GET /v1/professor*": 403 from now on */
void edusign_allow(struct edusign_school *school, const char *pattern);

/* For the ledger. */
bool edusign_is_write(const char *method, struct str path);
struct edusign_school *edusign_school_of_token(struct edusign *e, struct str token); /* NULL: nobody's */

/* ---- finders; NULL: none. api_id: the first live one, made first ---- */

struct edusign_school *edusign_school(struct edusign *e, const char *id);
struct edusign_course *edusign_course(struct edusign_school *school, const char *id); /* live only */
struct edusign_course *edusign_course_by_api(struct edusign_school *school, const char *api_id);
size_t edusign_course_count(struct edusign_school *school,
                            const char *api_id); /* live ones; api_id NULL: all live ones */
struct edusign_student *edusign_student(struct edusign_school *school, const char *id); /* archived ones too */
struct edusign_student *edusign_student_by_api(struct edusign_school *school,
                                               const char *api_id); /* active before archived */
struct edusign_student *edusign_student_by_email(struct edusign_school *school, const char *email); /* as above */
struct edusign_professor *edusign_professor(struct edusign *e, const char *id);
struct edusign_professor *edusign_professor_by_api(struct edusign_school *school, const char *api_id);
struct edusign_professor *edusign_professor_by_email(struct edusign_school *school, const char *email);
struct edusign_group *edusign_group(struct edusign_school *school, const char *id); /* live only */
struct edusign_group *edusign_group_by_api(struct edusign_school *school, const char *api_id);
struct edusign_external *edusign_external_by_email(struct edusign_school *school, const char *email);
struct edusign_absence *edusign_absence(struct edusign_school *school, const char *id);
struct edusign_row *edusign_row(struct edusign_course *course, const char *student); /* NULL: not on the sheet */
bool edusign_professor_is_hidden(const struct edusign_professor *p, const struct edusign_school *school);
bool edusign_course_is_signed(const struct edusign_course *course); /* by anyone */
bool edusign_texts_has(const struct edusign_texts *texts, const char *z);

/* ---- what people do; each requires that the student is on the sheet. now_ms becomes DATE_UPDATED ---- */

struct edusign_course *edusign_add_course_by_hand(struct edusign_school *school, const char *name, int64_t start_s,
                                                  int64_t end_s, const char *professor, int64_t now_ms);
struct edusign_student *edusign_add_student_by_hand(struct edusign_school *school, const char *first,
                                                    const char *last, const char *email, int64_t now_ms);
/* One of another school with that e-mail joins this one. */
struct edusign_professor *edusign_add_professor_by_hand(struct edusign_school *school, const char *first,
                                                        const char *last, const char *email, int64_t now_ms);
struct edusign_group *edusign_add_group_by_hand(struct edusign_school *school, const char *name, int64_t now_ms);
struct edusign_reason *edusign_add_reason(struct edusign_school *school, int64_t id, const char *name);
struct edusign_classroom *edusign_add_classroom(struct edusign_school *school, const char *name);

void edusign_sign_student(struct edusign_course *course, const char *student, int64_t now_ms);
void edusign_sign_professor(struct edusign_course *course, unsigned place, int64_t now_ms); /* place from 0 */
void edusign_sign_everybody(struct edusign_course *course, int64_t now_ms);                 /* all rows, all places */
void edusign_set_present(struct edusign_course *course, const char *student,
                         int64_t now_ms); /* without a signature */
void edusign_set_absent(struct edusign_course *course, const char *student,
                        int64_t now_ms); /* signature, delay … go */
void edusign_set_late(struct edusign_course *course, const char *student, int minutes,
                      int64_t now_ms); /* and present */
void edusign_set_early(struct edusign_course *course, const char *student, int64_t left_s, int64_t now_ms);
void edusign_set_excluded(struct edusign_course *course, const char *student, int64_t from_s, int64_t now_ms);
/* The absence of that row gets a justification; state becomes false. */
struct edusign_absence *edusign_set_justified(struct edusign_course *course, const char *student, int64_t type,
                                              const char *comment, int64_t now_ms);
void edusign_clear_justified(struct edusign_course *course, const char *student, int64_t now_ms);
void edusign_enrol(struct edusign_course *course, const char *student,
                   int64_t now_ms); /* by hand; nothing when enrolled */
void edusign_unenrol(struct edusign_course *course, const char *student, int64_t now_ms);
void edusign_lock(struct edusign_course *course, int64_t now_ms);
void edusign_unlock(struct edusign_course *course, int64_t now_ms);
/* A human edits the sheet, signatures stay; name NULL and times 0 leave what is there. */
void edusign_edit_course(struct edusign_course *course, const char *name, int64_t start_s, int64_t end_s,
                         int64_t now_ms);
void edusign_delete_course(struct edusign_course *course, int64_t now_ms);
void edusign_archive_student(struct edusign_student *student, int64_t now_ms);

#endif
