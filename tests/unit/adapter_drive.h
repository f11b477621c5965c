#ifndef TESTS_UNIT_ADAPTER_DRIVE_H
#define TESTS_UNIT_ADAPTER_DRIVE_H

/*
 * Drives one exchange of an adapter as the runner does (core/flow/flow_http.c), without loop, lane or network: a
 * question is asked, then answered with what a test says the vendor sent, in pieces of any size.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/data/json.h"
#include "core/flow/exchange.h"

struct drive {
	struct arena *keep, *arena;
	struct exchange x;
	size_t piece; /* bytes of the body that come at once; 0: all */
};

static inline void drive_begin(struct drive *d)
{
	memset(d, 0, sizeof(*d));
	d->keep = arena_new(0);
	d->arena = arena_new(0);
	d->x.arena = d->arena;
}

static inline void drive_end(struct drive *d)
{
	arena_free(&d->arena);
	arena_free(&d->keep);
}

/* For the next question of the same test. */
static inline struct exchange *drive_next(struct drive *d)
{
	arena_free(&d->arena);
	d->arena = arena_new(0);
	memset(&d->x, 0, sizeof(d->x));
	d->x.arena = d->arena;
	return &d->x;
}

struct drive_sink {
	struct exchange *x;
	struct record_reader *reader;
};

static inline int drive_piece(void *arg, const char *p, size_t n)
{
	struct drive_sink *s = arg;
	if (s->x->raw) {
		buf_add(s->x->raw, p, n);
		if (buf_error(s->x->raw))
			return buf_error(s->x->raw);
	}
	return s->reader ? record_reader_feed(s->reader, p, n) : 0;
}

static inline void drive_judge(struct exchange *x, struct record_reader *reader)
{
	int rc = record_reader_end(reader);
	x->records = record_reader_count(reader);
	if (rc == ERR_EMPTY && x->empty_ok)
		rc = 0;
	if (rc == 0 || (fault_is(&x->fault) && x->reply.code != rc))
		return;
	enum fault_class read = rc == ERR_TRUNCATED || rc == ERR_EMPTY ? FAULT_TRANSIENT : FAULT_DATA;
	fault_set(&x->fault, x->request.effect == FETCH_READ ? read : FAULT_UNCERTAIN, rc, "%s: %s", x->request.url,
	          record_reader_error(reader));
}

/* One try of the exchange ends with this. code: the transport's, 0 for a whole answer. */
static inline void drive_reply(struct drive *d, int code, int status, struct str body)
{
	struct exchange *x = &d->x;
	struct drive_sink sink = {x, NULL};
	struct fetch f = {.request = x->request};
	assert_false(fault_is(&x->fault));
	assert_non_null(x->request.url);
	if (x->shape)
		sink.reader = record_reader_new(x->arena, x->shape, x->root, x->each_arg);
	if (x->raw)
		buf_clear(x->raw);
	f.request.sink = drive_piece;
	f.request.sink_arg = &sink;
	f.reply.sent = true;
	f.reply.status = status;
	size_t piece = d->piece ? d->piece : body.n;
	for (size_t at = 0; at < body.n; at += piece)
		if (fetch_feed(&f, body.p + at, body.n - at < piece ? body.n - at : piece))
			break;
	if (!f.reply.code)
		f.reply.code = code;
	x->reply = f.reply;
	fetch_fault(&f, &x->fault);
	if (sink.reader && status >= 200 && status < 300)
		drive_judge(x, sink.reader);
	if (x->finish)
		x->finish(x);
}

static inline void drive_answer(struct drive *d, int status, const char *body)
{
	drive_reply(d, 0, status, str_of(body));
}

/* The runner may try again: the same exchange, its fault gone. */
static inline void drive_retry(struct drive *d)
{
	memset(&d->x.fault, 0, sizeof(d->x.fault));
	memset(&d->x.reply, 0, sizeof(d->x.reply));
}

static inline void drive_ok(const struct drive *d)
{
	if (fault_is(&d->x.fault))
		fail_msg("unexpected fault: %s, %s", fault_class_name(d->x.fault.class), d->x.fault.what);
}

static inline void drive_fault(const struct drive *d, enum fault_class class, int code)
{
	if (d->x.fault.class != class || d->x.fault.code != code)
		fail_msg("expected %s and %s, got %s and %s: %s", fault_class_name(class), err_text(code),
		         fault_class_name(d->x.fault.class), err_text(d->x.fault.code), d->x.fault.what);
}

static inline void drive_asked(const struct drive *d, enum fetch_method method, const char *url,
                               enum fetch_effect effect)
{
	drive_ok(d);
	assert_string_equal(d->x.request.url, url);
	assert_int_equal(d->x.request.method, method);
	assert_int_equal(d->x.request.effect, effect);
}

static inline bool drive_same(const struct json *a, const struct json *b)
{
	if (a->kind != b->kind || a->count != b->count)
		return false;
	if (a->kind == JSON_BOOL)
		return a->boolean == b->boolean;
	if (a->kind == JSON_NUMBER || a->kind == JSON_STRING)
		return str_eq(a->text, b->text);
	const struct json *other = b->first;
	for (const struct json *m = a->first; m; m = m->next, other = other ? other->next : NULL) {
		char key[128];
		snprintf(key, sizeof(key), "%.*s", STR_ARG(m->key));
		const struct json *twin = a->kind == JSON_OBJECT ? json_get(b, key) : other;
		if (!twin || !drive_same(m, twin))
			return false;
	}
	return true;
}

/* The body of the request, members in any order. */
static inline void drive_body(const struct drive *d, const char *wanted)
{
	const struct json *want, *have;
	assert_int_equal(json_parse(d->arena, str_of(wanted), NULL, &want, NULL, NULL), 0);
	if (json_parse(d->arena, d->x.request.body, NULL, &have, NULL, NULL) || !drive_same(want, have))
		fail_msg("body is %.*s\nwanted  %s", STR_ARG(d->x.request.body), wanted);
}

static inline void drive_text(struct str s, const char *wanted)
{
	if (!str_eqz(s, wanted))
		fail_msg("text is \"%.*s\", wanted \"%s\"", STR_ARG(s), wanted);
}

static inline void drive_says(const struct drive *d, const char *part)
{
	if (!strstr(d->x.fault.what, part))
		fail_msg("\"%s\" does not say \"%s\"", d->x.fault.what, part);
}

static inline void drive_silent(const struct drive *d, const char *part)
{
	if (strstr(d->x.fault.what, part))
		fail_msg("\"%s\" says \"%s\"", d->x.fault.what, part);
}

#endif
