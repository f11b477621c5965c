#ifndef TESTS_UNIT_EDUSIGN_FIXTURE_H
#define TESTS_UNIT_EDUSIGN_FIXTURE_H

/* Two schools at Edusign, "ecole" and "lycee", asked through edusign_handle() as a client would. */

#include "core/data/json.h"
#include "tests/world/edusign.h"

struct school {
	struct sim *sim;
	struct edusign *e;
	struct arena *arena;
	struct sim_reply reply; /* of the last call */
	struct sim_entry entry;
	const char *token; /* of the next call: "clef" of ecole, "autre" of lycee */
	int64_t now_ms;    /* 2026-11-23T11:00:00Z at first */
};

int edusign_fixture_open(void **state);
int edusign_fixture_close(void **state);

/* target: path, with the query behind '?'. body NULL: none. The whole document; asserts HTTP 200. */
const struct json *call(struct school *s, const char *method, const char *target, const char *body);
/* Asserts "success"; its result. */
const struct json *done(struct school *s, const char *method, const char *target, const char *body);
/* Asserts "error", no effect; its message. */
const struct json *refused(struct school *s, const char *method, const char *target, const char *body);
/* Asserts an error with exactly this text. */
void says(struct school *s, const char *method, const char *target, const char *body, const char *message);
/* The id that a create answers; a copy. */
const char *made(struct school *s, const char *target, const char *body);
/* printf into the arena. */
const char *text(struct school *s, const char *format, ...) PRINTF_LIKE(2, 3);

void text_is(const struct json *object, const char *key, const char *expected);
void int_is(const struct json *object, const char *key, int64_t expected);
void bool_is(const struct json *object, const char *key, bool expected);
void null_is(const struct json *object, const char *key);
/* null, or "". */
void none_is(const struct json *object, const char *key);

/* A student or professor, and a course of that professor on 2026-11-24 from 08:00Z to 11:00Z with those students. */
const char *student(struct school *s, const char *first, const char *code);
const char *professor(struct school *s, const char *first, const char *code);
const char *course(struct school *s, const char *code, const char *professor, const char *student_1,
                   const char *student_2);
const struct json *show(struct school *s, const char *course);
/* Of STUDENTS. */
const struct json *row(const struct json *course, const char *student);

#endif
