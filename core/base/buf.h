#ifndef CORE_BASE_BUF_H
#define CORE_BASE_BUF_H

/*
 * Growable byte buffer with a limit. Errors are sticky: after the first failure further appends
 * do nothing, and buf_error() says why; check once at the end. A buffer without a limit has one error only, more than a machine can
 * address: when memory runs out it ends the process, as every small allocation does.
 */

#include <stdarg.h>
#include <stddef.h>

#include "core/base/err.h"
#include "core/base/str.h"

struct buf {
	char *p;      /* always NUL-terminated once anything was appended */
	size_t n;
	size_t cap;
	size_t limit; /* most bytes; 0 for none */
	int error;    /* 0, or ERR_LIMIT */
};

void buf_init(struct buf *b, size_t limit);
void buf_deinit(struct buf *b); /* frees; the buffer may be initialised again */
void buf_clear(struct buf *b);  /* n = 0, error = 0, memory kept */
void buf_add(struct buf *b, const void *p, size_t n);
void buf_addz(struct buf *b, const char *z);
void buf_addc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);
struct str buf_str(const struct buf *b);
static inline int buf_error(const struct buf *b) { return b->error; }
/* Percent-encodes everything but unreserved characters (RFC 3986). */
void buf_add_urlencoded(struct buf *b, struct str s);
/* Overwrites the bytes before freeing: for secrets. */
void buf_wipe(struct buf *b);

#endif
