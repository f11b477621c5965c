#ifndef TESTS_UNIT_EXCHANGE_DRIVE_H
#define TESTS_UNIT_EXCHANGE_DRIVE_H

/*
 * Drives one exchange of an adapter as the runner does (core/flow/flow_http.c), without loop, lane or network: a
 * question is asked, then answered with what a vendor sent, in pieces of any size.
 */

#include <string.h>

#include "core/base/arena.h"
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
	REQUIRE(!fault_is(&x->fault));
	REQUIRE(x->request.url);
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

#endif
