#include "tests/unit/edusign_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

int edusign_fixture_open(void **state)
{
	struct school *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->sim = sim_new(1);
	s->e = sim_edusign(s->sim);
	s->arena = arena_new(0);
	s->now_ms = INT64_C(1795431600000);
	s->token = "clef";
	edusign_school_add(s->e, "ecole", "clef", "Europe/Paris");
	edusign_school_add(s->e, "lycee", "autre", "Indian/Reunion");
	*state = s;
	return 0;
}

int edusign_fixture_close(void **state)
{
	struct school *s = *state;

	buf_deinit(&s->reply.body);
	sim_free(&s->sim);
	arena_free(&s->arena);
	free(s);
	return 0;
}

const char *text(struct school *s, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	const char *z = arena_vprintf(s->arena, format, ap);
	va_end(ap);
	assert_non_null(z);
	return z;
}

const struct json *call(struct school *s, const char *method, const char *target, const char *body)
{
	const char *query = strchr(target, '?');
	const struct json *doc = NULL;
	struct sim_request req = {
	        .method = method,
	        .path = {target, query ? (size_t)(query - target) : strlen(target)},
	        .query = str_of(query ? query + 1 : NULL),
	        .credential = str_of(s->token),
	        .body = str_of(body),
	        .now_ms = s->now_ms,
	        .arena = s->arena,
	};

	buf_deinit(&s->reply.body);
	s->entry = (struct sim_entry){0};
	edusign_handle(s->e, s->sim, &req, &s->reply, &s->entry);
	assert_int_equal(s->reply.status, 200);
	assert_int_equal(s->entry.status, 200);
	struct str copy = arena_str(s->arena, buf_str(&s->reply.body));
	assert_int_equal(json_parse(s->arena, copy, NULL, &doc, NULL, NULL), 0);
	return doc;
}

const struct json *done(struct school *s, const char *method, const char *target, const char *body)
{
	const struct json *doc = call(s, method, target, body);

	text_is(doc, "status", "success");
	assert_non_null(json_get(doc, "result"));
	return json_get(doc, "result");
}

const struct json *refused(struct school *s, const char *method, const char *target, const char *body)
{
	const struct json *doc = call(s, method, target, body);

	text_is(doc, "status", "error");
	assert_false(s->entry.effect);
	assert_non_null(json_get(doc, "message"));
	return json_get(doc, "message");
}

void says(struct school *s, const char *method, const char *target, const char *body, const char *message)
{
	const struct json *given = refused(s, method, target, body);

	assert_int_equal(given->kind, JSON_STRING);
	assert_string_equal(arena_str(s->arena, given->text).p, message);
}

const char *made(struct school *s, const char *target, const char *body)
{
	const struct json *result = done(s, "POST", target, body);
	struct str id = json_text(json_get(result, "ID"));

	assert_true(id.n > 0);
	assert_true(s->entry.effect && s->entry.write);
	return arena_str(s->arena, id).p;
}

/* ---- values ---- */

void text_is(const struct json *object, const char *key, const char *expected)
{
	const struct json *value = json_get(object, key);

	assert_non_null(value);
	assert_int_equal(value->kind, JSON_STRING);
	assert_true(str_eqz(value->text, expected));
}

void int_is(const struct json *object, const char *key, int64_t expected)
{
	const struct json *value = json_get(object, key);

	assert_non_null(value);
	assert_int_equal(value->kind, JSON_NUMBER);
	assert_int_equal(json_int(value, -99), expected);
}

void bool_is(const struct json *object, const char *key, bool expected)
{
	const struct json *value = json_get(object, key);

	assert_non_null(value);
	assert_int_equal(value->kind, JSON_BOOL);
	assert_int_equal(value->boolean, expected);
}

void null_is(const struct json *object, const char *key)
{
	const struct json *value = json_get(object, key);

	assert_non_null(value);
	assert_int_equal(value->kind, JSON_NULL);
}

void none_is(const struct json *object, const char *key)
{
	const struct json *value = json_get(object, key);

	assert_non_null(value);
	assert_true(value->kind == JSON_NULL || (value->kind == JSON_STRING && value->text.n == 0));
}

/* ---- people and sheets ---- */

const char *student(struct school *s, const char *first, const char *code)
{
	return made(s, "/v1/student",
	            text(s,
	                 "{\"student\":{\"FIRSTNAME\":\"%s\",\"LASTNAME\":\"Petit\",\"EMAIL\":\"%s@eleves.example\","
	                 "\"API_ID\":\"%s\",\"API_TYPE\":\"ypareo\"}}",
	                 first, first, code));
}

const char *professor(struct school *s, const char *first, const char *code)
{
	return made(s, "/v1/professor",
	            text(s,
	                 "{\"professor\":{\"FIRSTNAME\":\"%s\",\"LASTNAME\":\"Roux\",\"EMAIL\":\"%s@profs.example\","
	                 "\"API_ID\":\"%s\",\"API_TYPE\":\"ypareo\"},\"dontSendCredentials\":true}",
	                 first, first, code));
}

const char *course(struct school *s, const char *code, const char *professor, const char *student_1,
                   const char *student_2)
{
	return made(s, "/v1/course?fromStudents=true",
	            text(s,
	                 "{\"course\":{\"NAME\":\"Anglais\",\"START\":\"2026-11-24T08:00:00.000Z\","
	                 "\"END\":\"2026-11-24T11:00:00.000Z\",\"PROFESSOR\":\"%s\",\"CLASSROOM\":\"B102\","
	                 "\"STUDENTS\":[{\"studentId\":\"%s\"},{\"studentId\":\"%s\"}],\"API_ID\":\"%s\","
	                 "\"API_TYPE\":\"ypareo\",\"NEED_STUDENTS_SIGNATURE\":true}}",
	                 professor, student_1, student_2, code));
}

const struct json *show(struct school *s, const char *id)
{
	return done(s, "GET", text(s, "/v1/course/%s", id), NULL);
}

const struct json *row(const struct json *sheet, const char *id)
{
	const struct json *rows = json_get(sheet, "STUDENTS");

	assert_non_null(rows);
	for (const struct json *r = rows->first; r; r = r->next)
		if (str_eqz(json_text(json_get(r, "studentId")), id))
			return r;
	return NULL;
}
