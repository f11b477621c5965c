#ifndef TESTS_WORLD_EDUSIGN_P_H
#define TESTS_WORLD_EDUSIGN_P_H

/* Inside the Edusign simulator: one call on its way from the router (edusign_http.c) to the function that answers it.
 */

#include "tests/world/edusign.h"

struct edusign__call {
	struct edusign *e;
	struct edusign_school *school;
	const struct sim *sim;
	const struct sim_request *req;
	struct sim_reply *reply;
	struct str id, id2;      /* the {} parts of the path */
	const struct json *body; /* NULL: none, or no JSON object */
	struct json_writer w;
	bool effect;
};

/* ---- records ---- */

/* Adds to a list in e->arena; the record is zeroed. */
#define edusign__add(e, list)                                                                                        \
	edusign__add_record(e, &(list)->items, &(list)->n, &(list)->cap, sizeof(*(list)->items[0]))
void *edusign__add_record(struct edusign *e, void *items, size_t *n, size_t *cap, size_t size);
void edusign__texts_add(struct edusign *e, struct edusign_texts *texts, const char *z); /* not twice */
void edusign__texts_del(struct edusign_texts *texts, const char *z);
/* 15 or 16 lower-case letters and digits, a letter first; the next of the seed's sequence. */
const char *edusign__id(struct edusign *e);
uint64_t edusign__random(struct edusign *e);
bool edusign__same_email(const char *a, const char *b);
bool edusign__same(const char *a, const char *b); /* texts; NULL and "" are one */

struct edusign_row *edusign__enrol(struct edusign_course *course, const char *student); /* NULL: was enrolled */
bool edusign__unenrol(struct edusign_course *course, const char *student);
void edusign__lock(struct edusign_course *course, int64_t now_ms);

#endif
