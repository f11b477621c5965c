#ifndef CORE_BASE_ERR_H
#define CORE_BASE_ERR_H

/*
 * Errors. A function that can fail returns 0 or a negative code: -errno for what
 * the system says (libuv uses the same numbers on Linux), or one of ours below.
 * The codes of curl, LMDB, yajl and HTTP are translated at the border, in the one
 * file that knows each library, and never travel further.
 *
 * What a run does about an error is decided by its class, not by its code: see
 * struct fault.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* X(name, number, text) */
#define ERR_CODES(X) \
	X(ERR_LIMIT, -20000, "a limit was reached") \
	X(ERR_SYNTAX, -20001, "not valid JSON") \
	X(ERR_TYPE, -20002, "a value of the wrong type") \
	X(ERR_MISSING, -20003, "a required value is missing") \
	X(ERR_RANGE, -20004, "a value out of range") \
	X(ERR_TRUNCATED, -20005, "ended too early") \
	X(ERR_EMPTY, -20006, "empty answer") \
	X(ERR_NOT_JSON, -20007, "an answer that is not JSON") \
	X(ERR_RESOLVE, -20010, "host name not found") \
	X(ERR_CONNECT, -20011, "no connection") \
	X(ERR_TLS, -20012, "TLS refused") \
	X(ERR_RESET, -20013, "connection lost") \
	X(ERR_TIMEOUT, -20014, "no answer in time") \
	X(ERR_CANCELLED, -20015, "cancelled") \
	X(ERR_HTTP, -20016, "refused by the server") \
	X(ERR_REMOTE, -20017, "answered with an error") \
	X(ERR_REDIRECT, -20018, "redirected") \
	X(ERR_UNAVAILABLE, -20019, "not asked: it did not answer lately") \
	X(ERR_NOT_FOUND, -20020, "not found") \
	X(ERR_EXISTS, -20021, "exists already") \
	X(ERR_CONFLICT, -20022, "contradiction") \
	X(ERR_STORE, -20030, "store error") \
	X(ERR_STORE_FULL, -20031, "store full") \
	X(ERR_STORE_CORRUPT, -20032, "store damaged") \
	X(ERR_STORE_VERSION, -20033, "store of another version") \
	X(ERR_LOCKED, -20034, "in use by another process") \
	X(ERR_CONFIG, -20040, "configuration error") \
	X(ERR_PRIVATE, -20041, "a private address") \
	X(ERR_BUG, -20099, "internal error")

enum err_code {
#define X(name, number, text) name = number,
	ERR_CODES(X)
#undef X
};

/* The text of a code, never NULL; for -errno the system's. */
const char *err_text(int code);

/* What may have happened, and so what must be done about it. */
#define FAULT_CLASSES(X) \
	X(FAULT_NONE, "none")           /* no fault */ \
	X(FAULT_TRANSIENT, "transient") /* nothing happened there: try again by policy */ \
	X(FAULT_UNCERTAIN, "uncertain") /* a write may have happened: read back, never blindly again */ \
	X(FAULT_QUOTA, "quota")         /* told to wait: wait retry_after_s, then again */ \
	X(FAULT_AUTH, "auth")           /* this credential may not do this: that endpoint is out, not the tenant */ \
	X(FAULT_REMOTE, "remote")       /* the vendor understood and refused: the record's problem */ \
	X(FAULT_DATA, "data")           /* an answer we cannot trust: the run of this environment ends */ \
	X(FAULT_LOCAL, "local")         /* our disk, memory cap, descriptors: the run ends, alarm */ \
	X(FAULT_CANCELLED, "cancelled") /* the run was told to stop */ \
	X(FAULT_BUG, "bug")             /* the run ends, with a dump */

enum fault_class {
#define X(name, text) name,
	FAULT_CLASSES(X)
#undef X
	FAULT_CLASS_COUNT
};

const char *fault_class_name(enum fault_class class);

/* A fault travels by value; class FAULT_NONE says there is none. */
struct fault {
	enum fault_class class;
	int code;               /* err_code or -errno */
	int http_status;        /* 0: no answer */
	uint32_t retry_after_s; /* 0: not said */
	const char *step;       /* name of the step it happened in, static; NULL outside a step */
	char what[384];         /* one line for a human: the request, the record, the reason; no secret, no personal data */
};

/* Fills f and returns code, so that a caller can `return fault_set(…)`. Text longer than the
 * field is cut at a character boundary; control characters become '?'. */
int fault_set(struct fault *f, enum fault_class class, int code, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* Puts "prefix: " before f->what. */
void fault_prefix(struct fault *f, const char *fmt, ...) PRINTF_LIKE(2, 3);
static inline bool fault_is(const struct fault *f) { return f->class != FAULT_NONE; }

/*
 * Assertions, three strengths, none with side effects inside.
 *   REQUIRE(x)       always on: writes file:line and aborts.
 *   BUG_UNLESS(x)    aborts in developer builds, counts and logs once per site in production.
 *   if (FAILS(x))    true when x does not hold (counted as BUG_UNLESS): the caller recovers.
 */
void err_assert_failed(const char *expr, const char *file, int line) __attribute__((noreturn, cold));
bool err_bug(const char *expr, const char *file, int line) __attribute__((cold));
uint64_t err_bug_count(void);
#define REQUIRE(x) ((x) ? (void)0 : err_assert_failed(#x, __FILE__, __LINE__))
#define BUG_UNLESS(x) ((x) ? (void)0 : (void)err_bug(#x, __FILE__, __LINE__))
#define FAILS(x) ((x) ? false : err_bug(#x, __FILE__, __LINE__))

/* Small control structures: abort on out-of-memory. Nothing sized by input comes from here. */
void *xmalloc(size_t size) __attribute__((returns_nonnull, malloc));
void *xcalloc(size_t count, size_t size) __attribute__((returns_nonnull, malloc));
void *xrealloc(void *p, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((returns_nonnull, malloc));

#endif
