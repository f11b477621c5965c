#ifndef ADAPTERS_EDUSIGN_EDUSIGN_P_H
#define ADAPTERS_EDUSIGN_EDUSIGN_P_H

#include "adapters/adapter_p.h"
#include "adapters/edusign/edusign.h"

/* X(id, name, method, path, writes, assumed). Those of people stand in the order of enum person_kind. */
#define EDUSIGN_ENDPOINTS(X)                                                                                         \
	X(EDUSIGN_SCHOOL, "school", FETCH_GET, "/v1/school", false, false)                                           \
	X(EDUSIGN_SHEETS, "sheets", FETCH_GET, "/v1/course", false, false)                                           \
	X(EDUSIGN_SHEET, "sheet", FETCH_GET, "/v1/course/{id}", false, false)                                        \
	X(EDUSIGN_SHEET_FIND, "sheet_find", FETCH_GET, "/v1/course/get-id/{code}", false, false)                     \
	X(EDUSIGN_SHEET_CREATE, "sheet_create", FETCH_POST, "/v1/course?fromStudents=true", true, true)              \
	X(EDUSIGN_SHEET_UPDATE, "sheet_update", FETCH_PATCH, "/v1/course?fromStudents=true", true, true)             \
	X(EDUSIGN_SHEET_DELETE, "sheet_delete", FETCH_DELETE, "/v1/course/{id}", true, false)                        \
	X(EDUSIGN_ROSTER_ADD, "roster_add", FETCH_PUT, "/v1/course/attendance/{id}", true, false)                    \
	X(EDUSIGN_ROSTER_REMOVE, "roster_remove", FETCH_DELETE, "/v1/course/attendance/{id}", true, false)           \
	X(EDUSIGN_FIND, "learner_find", FETCH_GET, "/v1/student/get-id/{code}", false, false)                        \
	X(EDUSIGN_FIND_1, "instructor_find", FETCH_GET, "/v1/professor/get-id/{code}", false, false)                 \
	X(EDUSIGN_FIND_2, "tutor_find", FETCH_GET, "/v1/externals/get-id/{code}", false, true)                       \
	X(EDUSIGN_BY_EMAIL, "learner_by_email", FETCH_GET, "/v1/student/by-email/{email}", false, false)             \
	X(EDUSIGN_BY_EMAIL_1, "instructor_by_email", FETCH_GET, "/v1/professor/by-email/{email}", false, false)      \
	X(EDUSIGN_BY_EMAIL_2, "tutor_by_email", FETCH_GET, "/v1/externals/by-email/{email}", false, false)           \
	X(EDUSIGN_READ, "learner_read", FETCH_GET, "/v1/student/{id}", false, false)                                 \
	X(EDUSIGN_READ_1, "instructor_read", FETCH_GET, "/v1/professor/{id}", false, false)                          \
	X(EDUSIGN_READ_2, "tutor_read", FETCH_GET, "/v1/externals/{id}", false, true)                                \
	X(EDUSIGN_CREATE, "learner_create", FETCH_POST, "/v1/student", true, false)                                  \
	X(EDUSIGN_CREATE_1, "instructor_create", FETCH_POST, "/v1/professor", true, false)                           \
	X(EDUSIGN_CREATE_2, "tutor_create", FETCH_POST, "/v1/externals", true, true)                                 \
	X(EDUSIGN_UPDATE, "learner_update", FETCH_PATCH, "/v1/student", true, false)                                 \
	X(EDUSIGN_UPDATE_1, "instructor_update", FETCH_PATCH, "/v1/professor", true, false)                          \
	X(EDUSIGN_UPDATE_2, "tutor_update", FETCH_PATCH, "/v1/externals", true, true)                                \
	X(EDUSIGN_RESTORE, "learner_restore", FETCH_GET, "/v1/student/restore/{id}", true, false)                    \
	X(EDUSIGN_RESTORE_1, "instructor_restore", FETCH_GET, "/v1/professor/restore/{id}", true, true)              \
	X(EDUSIGN_RESTORE_2, "tutor_restore", FETCH_GET, "/v1/externals/restore/{id}", true, true)                   \
	X(EDUSIGN_PEOPLE, "learners", FETCH_GET, "/v1/student", false, false)                                        \
	X(EDUSIGN_PEOPLE_1, "instructors", FETCH_GET, "/v1/professor", false, false)                                 \
	X(EDUSIGN_PEOPLE_2, "tutors", FETCH_GET, "/v1/externals", false, true)                                       \
	X(EDUSIGN_LEARNERS_BY_ID, "learners_by_id", FETCH_POST, "/v1/student/by-ids", false, false)                  \
	X(EDUSIGN_GROUP_FIND, "group_find", FETCH_GET, "/v1/group/get-id/{code}", false, false)                      \
	X(EDUSIGN_GROUP_READ, "group_read", FETCH_GET, "/v1/group/{id}", false, false)                               \
	X(EDUSIGN_GROUP_CREATE, "group_create", FETCH_POST, "/v1/group", true, false)                                \
	X(EDUSIGN_GROUP_UPDATE, "group_update", FETCH_PATCH, "/v1/group", true, false)                               \
	X(EDUSIGN_JUSTIFICATIONS, "justifications", FETCH_GET, "/v1/justified-absence", false, false)                \
	X(EDUSIGN_ABSENCE_REASONS, "absence_reasons", FETCH_GET, "/v1/justified-absence/absence-reason", false, false)

enum edusign_port__endpoint {
#define X(id, name, method, path, writes, assumed) id,
	EDUSIGN_ENDPOINTS(X)
#undef X
	        EDUSIGN_ENDPOINT_COUNT
};

#define EDUSIGN_API_TYPE "ypareo"

struct edusign {
	struct adapter__side side;
	struct attendance_port port;
	char *school; /* NULL: not known yet */
};

/* The envelope of an answer whose result streams: {"status", "result", "message"}. */
struct edusign_port__envelope {
	uint64_t mask;
	struct str status, message, error_code;
};

struct edusign_port__question {
	struct adapter__question base; /* first */
	struct edusign *self;
	struct arena *keep;
	enum person_kind kind;
	struct edusign_port__envelope envelope;
	char message[ADAPTER__QUOTE]; /* of a refusal: one text; empty when it said something else */
	struct str *id_out;
	struct sheet *sheet_out;
	struct account *account_out;
	struct school *school_out;
	struct roll *roll_out;
};

/* ---- envelope.c ---- */

/* The four rows of every list's root: FIELD_EACH over item. */
#define EDUSIGN_LIST_ROOT(id, item, fn)                                                                              \
	static const struct field id##_fields_of_root[] = {                                                          \
	        {"status", FIELD_TEXT, FIELD_LOOSE, offsetof(struct edusign_port__envelope, status), NULL, NULL},    \
	        {"result", FIELD_EACH, 0, 0, &item, fn},                                                             \
	        {"message", FIELD_TEXT, FIELD_LOOSE, offsetof(struct edusign_port__envelope, message), NULL, NULL},  \
	        {"errorCode", FIELD_TEXT, FIELD_LOOSE, offsetof(struct edusign_port__envelope, error_code), NULL,    \
	         NULL},                                                                                              \
	};                                                                                                           \
	static const struct shape id##_root = {"answer", sizeof(struct edusign_port__envelope),                      \
	                                       FIELDS(id##_fields_of_root),                                          \
	                                       offsetof(struct edusign_port__envelope, mask), NULL}
/* The list without its envelope, for edusign_port__replay(). */
#define EDUSIGN_LIST_ALONE(id, item, fn)                                                                             \
	static const struct field id##_fields_alone[] = {{RECORD_ROOT, FIELD_EACH, 0, 0, &item, fn}};                \
	static const struct shape id##_alone = {"list", 1, FIELDS(id##_fields_alone), RECORD_NO_MASK, NULL}

struct edusign_port__question *edusign_port__ask(struct edusign *e, struct exchange *x, size_t which,
                                                 enum fetch_effect effect, struct str id) MUST_USE;
/* A list that streams; its finish is set. */
struct edusign_port__question *edusign_port__list(struct edusign *e, struct exchange *x, size_t which,
                                                  const struct shape *root, struct arena *keep, struct items *out,
                                                  size_t size) MUST_USE;
/* For finish(): the result of an answer that was kept whole (NULL: there is none); false: x->fault says why. */
bool edusign_port__result(struct exchange *x, struct arena *arena, const struct json **result);
/* Reads a result, or each element of it where it is an array, with .each of alone (a RECORD_ROOT shape). Sets a fault
 * when it cannot. */
void edusign_port__replay(struct exchange *x, const struct json *result, const struct shape *alone);
/* Does a result mean "none": absent, null, false, "", []? */
bool edusign_port__is_none(const struct json *result);
/* Does the fault say, in whatever words, that there is no such record? */
bool edusign_port__is_absent(const struct exchange *x);
/* Is it the refusal of that code? */
bool edusign_port__is_refusal(const struct exchange *x, int code);
void edusign_port__clear(struct exchange *x);
/* The id in a result: {ID}, {id}, a text or a number. ERR_MISSING; ERR_CONFLICT for several. */
int edusign_port__id(const struct json *result, struct str *out) MUST_USE;
/* finish() of writes that give nothing back but true, false or an object. */
void edusign_port__write_finish(struct exchange *x);
/* finish() of creates: the id goes to id_out. */
void edusign_port__create_finish(struct exchange *x);
/* finish() of look-ups by API_ID. */
void edusign_port__find_finish(struct exchange *x);

/* ---- the members of the port ---- */

void edusign_port__school(void *self, struct exchange *x, struct arena *keep, struct school *out);
void edusign_port__sheets(void *self, struct exchange *x, struct arena *keep, const struct sheets_query *q,
                          struct items *out);
void edusign_port__sheet(void *self, struct exchange *x, struct arena *keep, struct str id, struct sheet *out);
void edusign_port__sheet_find(void *self, struct exchange *x, struct arena *keep, int64_t session,
                              struct str *id_out);
void edusign_port__sheet_create(void *self, struct exchange *x, struct arena *keep, const struct sheet_wish *w,
                                struct str *id_out);
void edusign_port__sheet_update(void *self, struct exchange *x, const struct sheet *now, const struct sheet_wish *w,
                                struct texts roster);
void edusign_port__sheet_delete(void *self, struct exchange *x, struct str id);
void edusign_port__roster_add(void *self, struct exchange *x, struct str sheet, struct str learner);
void edusign_port__roster_remove(void *self, struct exchange *x, struct str sheet, struct str learner);
void edusign_port__person_find(void *self, struct exchange *x, struct arena *keep, enum person_kind kind,
                               int64_t code, struct str *id_out);
void edusign_port__person_by_email(void *self, struct exchange *x, struct arena *keep, enum person_kind kind,
                                   struct str email, struct account *out);
void edusign_port__person_read(void *self, struct exchange *x, struct arena *keep, enum person_kind kind,
                               struct str id, struct account *out);
void edusign_port__person_create(void *self, struct exchange *x, struct arena *keep, const struct person *p,
                                 struct str *id_out);
void edusign_port__person_update(void *self, struct exchange *x, const struct person *p, struct str id);
void edusign_port__followers_put(void *self, struct exchange *x, const struct account *learner,
                                 struct texts followers);
void edusign_port__person_restore(void *self, struct exchange *x, enum person_kind kind, struct str id);
void edusign_port__people(void *self, struct exchange *x, struct arena *keep, enum person_kind kind, unsigned page,
                          int64_t updated_after, struct items *out);
void edusign_port__people_by_id(void *self, struct exchange *x, struct arena *keep, struct texts ids,
                                struct items *out);
void edusign_port__group_find(void *self, struct exchange *x, struct arena *keep, struct str code,
                              struct str *id_out);
void edusign_port__group_read(void *self, struct exchange *x, struct arena *keep, struct str id, struct roll *out);
void edusign_port__group_create(void *self, struct exchange *x, struct arena *keep, const struct roll_wish *w,
                                struct str *id_out);
void edusign_port__group_update(void *self, struct exchange *x, const struct roll *now, const struct roll_wish *w);
void edusign_port__justifications(void *self, struct exchange *x, struct arena *keep, unsigned page,
                                  struct items *out);
void edusign_port__absence_reasons(void *self, struct exchange *x, struct arena *keep, struct items *out);

#endif
