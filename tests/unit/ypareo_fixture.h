#ifndef TESTS_UNIT_YPAREO_FIXTURE_H
#define TESTS_UNIT_YPAREO_FIXTURE_H

/* A small Yparéo with one session on Monday 2026-11-23, and the words in which its tests speak. */

#include "core/base/tz.h"
#include "tests/world/ypareo.h"

struct world {
	struct ypareo *y;
	struct sim *sim;
	struct arena *arena;
	struct sim_reply reply;
	struct sim_entry entry;
	int32_t monday; /* 2026-11-23 */
	const char *token;
};

/* For cmocka: *state is a struct world. */
int ypareo_fixture_open(void **state);
int ypareo_fixture_close(void **state);

/* The body of the answer, until the next one; "" for none. target: path, with the query behind '?'. */
const char *ask(struct world *w, const char *method, const char *target, const char *body);
const char *get(struct world *w, const char *target); /* 200, and nothing written */
const struct json *tree(struct world *w, const char *text);
const struct json *record(struct world *w, const char *target, const char *key); /* of a keyed list */
size_t count(struct world *w, const char *target);                               /* length of a list */
void text_is(const struct json *object, const char *key, const char *expected);
void int_is(const struct json *object, const char *key, int64_t expected);
void null_is(const struct json *object, const char *key);
/* The last answer, with this body, is an error of that status, and had no effect. */
void refused(struct world *w, int status, const char *body);

#endif
