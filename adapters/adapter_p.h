#ifndef ADAPTERS_ADAPTER_P_H
#define ADAPTERS_ADAPTER_P_H

/* What the adapters share. Included by adapters only. */

#include "adapters/adapter.h"
#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/str.h"
#include "core/data/json.h"
#include "core/data/record.h"
#include "core/flow/exchange.h"

/* ---- the connection ---- */

struct adapter__side {
	const char *vendor; /* for messages: "Yparéo" */
	struct buf address; /* scheme, host and path, without a slash at the end */
	struct buf secret;  /* the credential's header value */
	const char *secret_name;
	char *ca_file, *user_agent;
	struct fetch_lane *lane;
	unsigned concurrency;
	uint32_t timeout_ms;
	const struct endpoint *endpoints; /* the vendor's table, or own */
	struct endpoint *own;             /* a copy with the school's overrides in place, whose texts are ours; NULL: none */
	size_t endpoint_count;
	char **owned;
	size_t owned_count;
};

/* tail: what a pasted address may end in ("/r/v1"): cut off with all behind it. after: what an address ends with, if
 * it holds it
 * ("index.php"): all behind it is cut; may be NULL. 0, or ERR_CONFIG with a fault that says what is wrong. */
int adapter__side_init(struct adapter__side *s, const char *vendor, const struct adapter_connection *c,
                       const char *after, const char *tail, const struct endpoint *table, size_t count,
                       struct fault *fault) MUST_USE;
void adapter__side_deinit(struct adapter__side *s);

/* ---- a question ---- */

/* Staged elements of an answer: nothing reaches the caller's list before the answer is known to be whole and well. */
struct adapter__list {
	struct arena *keep;
	struct items *out;
	size_t size;
	void *v;
	size_t n, cap;
};

/* What the adapter remembers of one exchange; lives in its arena, first member of the adapters' own structs. */
struct adapter__question {
	const struct adapter__side *side;
	const struct endpoint *endpoint;
	struct exchange *x;
	struct adapter__list list;
	struct buf raw;
	int why_code; /* a record that cannot be: set by adapter__refuse() */
	char why[160];
	bool exhausted;
	char nothing; /* the root of answers that are lists */
};

struct adapter__arg {
	const char *name;
	struct str value;
};
#define ADAPTER__ARGS 4

/* Makes the question (size bytes, zeroed, beginning with a struct adapter__question) and fills the request: address,
 * path with args (ends at a NULL name; may be NULL), method, headers, effect. NULL when memory is used up: x->fault
 * is set. */
void *adapter__ask(const struct adapter__side *s, struct exchange *x, size_t index, enum fetch_effect effect,
                   size_t size, const struct adapter__arg *args) MUST_USE;
/* Adds name=value to the query; value is sent as it is (dates, codes and commas only). */
void adapter__query(struct exchange *x, const char *name, const char *value);
/* The body; b is freed. */
void adapter__body(struct exchange *x, struct buf *b);
/* The whole answer is wanted, at most limit bytes. */
void adapter__keep_raw(struct adapter__question *q, size_t limit);
struct str adapter__raw(const struct adapter__question *q);
void adapter__exhausted(struct exchange *x);

void adapter__stage(struct adapter__question *q, struct arena *keep, struct items *out, size_t size);
/* A new zeroed element; NULL when memory is used up (the question remembers). */
void *adapter__list_add(struct adapter__question *q) MUST_USE;
/* A copy that outlives the exchange, trimmed; the question remembers when memory is used up. */
struct str adapter__copy(struct adapter__question *q, struct arena *keep, struct str s);
/* For .each: this record makes the answer untrustworthy. Returns code. */
int adapter__refuse(struct adapter__question *q, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* ---- an answer ---- */

/* At the end of a try: what .each found becomes the fault, a fault gets our words before it and personal data out of
 * it, and the staged elements are given to the caller or forgotten. True when the answer is well. */
bool adapter__settle(struct exchange *x);
/* Only the words: "Yparéo GET sites: …". */
void adapter__word(struct exchange *x);
/* A fault of the answer: DATA for what was only read (TRANSIENT for what was cut short, as the runner has it),
 * UNCERTAIN for a write that may have happened. */
void adapter__untrusted(struct exchange *x, int code, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Text of a vendor, fit for a message: one line, at most 80 characters, e-mail addresses masked. out holds at least
 * 84 bytes. */
#define ADAPTER__QUOTE 256
const char *adapter__quote(struct str text, char out[ADAPTER__QUOTE]);

#endif
