#ifndef TESTS_WORLD_EDUSIGN_P_H
#define TESTS_WORLD_EDUSIGN_P_H

/* Inside the Edusign simulator: one call on its way from the router (edusign_http.c) to the function that answers it.
 */

#include "core/base/tz.h"
#include "tests/world/edusign.h"

struct ed_call {
	struct edusign *e;
	struct sim *sim;
	const struct sim_request *req;
	struct sim_reply *reply;
	struct sim_entry *entry;
	struct ed_school *school;
	struct json_writer w;
	struct str id, id2;      /* the {} parts of the path */
	int64_t now;             /* seconds */
	const struct json *body; /* NULL: none */
	bool effect;
};

/* ---- records ---- */

struct ed_external *ed_add_external(struct edusign *e, struct str school);
struct ed_training *ed_add_training(struct edusign *e, struct str school);
struct ed_justification *ed_add_justification(struct edusign *e, struct ed_course *c, struct str student,
                                              int64_t type, int64_t at);
void ed_mail(struct edusign *e, struct str school, struct str to, const char *kind, int64_t at);
void ed_texts_add(struct edusign *e, struct texts *texts, struct str s); /* not twice */
void ed_texts_del(struct texts *texts, struct str s);
bool ed_texts_has(const struct texts *texts, struct str s);
bool ed_same_email(struct str a, struct str b);
void ed_hide_professor(struct ed_professor *p, struct str school, bool hidden);
/* Of this school only; NULL: none. */
struct ed_course *ed_course_of(struct ed_call *c, struct str id);
struct ed_student *ed_student_of(struct ed_call *c, struct str id);
struct ed_professor *ed_professor_of(struct ed_call *c, struct str id);
struct ed_group *ed_group_of(struct ed_call *c, struct str id);

/* ---- answers ---- */

/* Opens "result": the caller writes one value and calls ed_end(). */
void ed_begin(struct ed_call *c);
void ed_end(struct ed_call *c);
void ed_error(struct ed_call *c, const char *message);
void ed_true(struct ed_call *c);
void ed_plain(struct ed_call *c, int status, const char *text);
void ed_answer_id(struct ed_call *c, struct str id); /* {"ID": …} */
/* Of get-id: {"ID"} or {"id"} by switch; empty: the error. */
void ed_answer_found(struct ed_call *c, struct str id, const char *none);
void ed_answer_created(struct ed_call *c, struct str id, const char *type);
void ed_put_utc(struct ed_call *c, const char *key, int64_t at);       /* null for 0 */
void ed_put_text(struct ed_call *c, const char *key, struct str s);    /* null when empty */
void ed_put_number(struct ed_call *c, const char *key, int64_t value); /* null for 0 */
void ed_put_texts(struct ed_call *c, const char *key, const struct str *v, size_t n);
/* Validation: {"status":"error","message":["\"student.EMAIL\" is required"]}. Names end with NULL. True: it was
 * answered, because one of them is missing or empty. */
bool ed_lacks(struct ed_call *c, const struct json *object, const char *what, const char *const *names);
void ed_invalid(struct ed_call *c, const char *message);

/* ---- requests ---- */

/* A time of a request: with a zone as it says, without one by the switch. False: not a time. */
bool ed_time(struct ed_call *c, struct str s, int64_t *out);
struct str ed_query(const struct ed_call *c, const char *name); /* decoded; empty: none */
/* Is word one of the comma list? An empty list holds everything. */
bool ed_in_list(struct str list, struct str word);
struct str ed_cut(struct str *rest, char separator);
/* Sets *to when the member is there (null empties it). True: it was there. */
bool ed_set(struct ed_call *c, const struct json *object, const char *key, struct str *to);
bool ed_set_texts(struct ed_call *c, const struct json *object, const char *key, struct texts *to);
/* Which records of a list a request wants: page from 0, of size; without page everything, or the first page by
 * switch. */
struct ed_page {
	int64_t page, size, seen;
	bool paged;
};
struct ed_page ed_page(const struct ed_call *c, int64_t size);
bool ed_page_takes(struct ed_page *p); /* asked once for each record that matches */

/* ---- what the router calls ---- */

void ed_courses_list(struct ed_call *c);
void ed_course_show(struct ed_call *c);
void ed_course_find(struct ed_call *c);
void ed_course_links(struct ed_call *c);
void ed_course_professor_links(struct ed_call *c);
void ed_course_create(struct ed_call *c);
void ed_course_patch(struct ed_call *c);
void ed_course_delete(struct ed_call *c);
void ed_roster_add(struct ed_call *c);
void ed_roster_remove(struct ed_call *c);
void ed_course_lock(struct ed_call *c);
void ed_course_unlock(struct ed_call *c);
void ed_course_send_mails(struct ed_call *c);
void ed_state_absent(struct ed_call *c);
void ed_state_delay(struct ed_call *c);
void ed_state_early(struct ed_call *c);

void ed_students_list(struct ed_call *c);
void ed_student_show(struct ed_call *c);
void ed_student_by_email(struct ed_call *c);
void ed_student_find(struct ed_call *c);
void ed_students_by_ids(struct ed_call *c);
void ed_student_create(struct ed_call *c);
void ed_student_patch(struct ed_call *c);
void ed_student_archive(struct ed_call *c);
void ed_student_restore(struct ed_call *c);

void ed_professors_list(struct ed_call *c);
void ed_professor_show(struct ed_call *c);
void ed_professor_by_email(struct ed_call *c);
void ed_professor_find(struct ed_call *c);
void ed_professor_create(struct ed_call *c);
void ed_professor_patch(struct ed_call *c);
void ed_professor_archive(struct ed_call *c);
void ed_professor_restore(struct ed_call *c);
void ed_externals_list(struct ed_call *c);
void ed_external_show(struct ed_call *c);
void ed_external_by_email(struct ed_call *c);
void ed_external_find(struct ed_call *c);
void ed_external_create(struct ed_call *c);
void ed_external_patch(struct ed_call *c);
void ed_external_restore(struct ed_call *c);

void ed_groups_list(struct ed_call *c);
void ed_group_show(struct ed_call *c);
void ed_group_find(struct ed_call *c);
void ed_group_create(struct ed_call *c);
void ed_group_patch(struct ed_call *c);
void ed_group_delete(struct ed_call *c);
void ed_trainings_list(struct ed_call *c);
void ed_training_show(struct ed_call *c);
void ed_training_create(struct ed_call *c);
void ed_training_put(struct ed_call *c);
void ed_training_archive(struct ed_call *c);
void ed_training_add(struct ed_call *c);
void ed_training_remove(struct ed_call *c);
void ed_rooms_list(struct ed_call *c);

void ed_school_show(struct ed_call *c);
void ed_school_patch(struct ed_call *c);
void ed_justifications_list(struct ed_call *c);
void ed_justification_create(struct ed_call *c);
void ed_reasons_list(struct ed_call *c);

#endif
