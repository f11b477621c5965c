#ifndef CORE_FLOW_EXCHANGE_H
#define CORE_FLOW_EXCHANGE_H

/*
 * One question and its answer: a fetch, and the record reader that its body streams into. An adapter's function fills
 * one (request, shape, where the answer goes); the runner sends it; the adapter's finish() judges the whole answer,
 * turning what the vendor says (an HTTP 200 with status "error", plain text, a redirect to a login page) into a
 * fault.
 */

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/data/record.h"
#include "core/io/fetch.h"

struct exchange {
	struct fetch_request request; /* filled by the adapter; sink is set by the runner */
	struct fetch_lane *lane;      /* filled by the adapter */
	/* Of this try: gone at the next one and at the next step. What is to last goes into the run's. */
	struct arena *arena;
	/* What to read of a 2xx body; NULL: nothing is parsed, finish() looks at reply.head. */
	const struct shape *shape;
	void *root;     /* the struct of shape */
	void *each_arg; /* given to .each and .other */
	/* Not NULL: a 2xx body is also kept here as it came, with or without a shape; past the buffer's limit the
	 * answer ends with ERR_LIMIT. The runner clears it before each try; its memory is the adapter's. */
	struct buf *raw;
	bool empty_ok; /* an empty 2xx body is fine */
	/* Called when a try ended, after the reader; x->fault holds what transport, status and reader say. May change
	 * it: clear it (a 404 that means "none"), or set it. May be NULL. A fault left in place may be followed by
	 * another try, asked anew: finish() then forgets what this one gave. */
	void (*finish)(struct exchange *x);
	void *adapter; /* the adapter's own, for finish() */
	void *out;     /* the caller's answer struct, for finish() */
	/* below: filled by the runner before finish() */
	struct fetch_reply reply;
	uint64_t records;
	struct fault fault;
};

/* For adapters: text in the exchange's arena. On exhaustion the fault becomes ERR_LIMIT and "" is returned. */
const char *exchange_printf(struct exchange *x, const char *fmt, ...) PRINTF_LIKE(2, 3);
void exchange_header(struct exchange *x, const char *name, const char *value);
/* Takes the text of b as the body (copied into the arena), then deinits b. */
void exchange_body(struct exchange *x, struct buf *b);

#endif
