#include "core/base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_SIZE 256

void buf_init(struct buf *b, size_t limit)
{
	*b = (struct buf){ .limit = limit };
}

void buf_deinit(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ .limit = b->limit };
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	b->error = 0;
	if (b->p)
		b->p[0] = '\0';
}

/* Room for n more bytes and the NUL. */
static bool reserve(struct buf *b, size_t n)
{
	if (b->error)
		return false;
	if (n > SIZE_MAX / 2 - b->n - 1 || (b->limit && b->n + n > b->limit)) {
		b->error = ERR_LIMIT;
		return false;
	}
	size_t need = b->n + n + 1;
	if (need <= b->cap)
		return true;
	size_t cap = b->cap ? b->cap : FIRST_SIZE;
	while (cap < need)
		cap *= 2;
	/* without a bound nobody asks for an error: half a text would be kept as a whole one */
	char *p = b->limit ? realloc(b->p, cap) : xrealloc(b->p, cap);
	if (!p) {
		b->error = ERR_LIMIT;
		return false;
	}
	b->p = p;
	b->cap = cap;
	return true;
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	if (!reserve(b, n))
		return;
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void buf_addz(struct buf *b, const char *z)
{
	buf_add(b, z, strlen(z));
}

void buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

/* Into the room that is there; only a text that does not fit is made twice. */
void buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	if (b->error)
		return;
	size_t room = b->cap - b->n;
	va_copy(again, ap);
	int n = vsnprintf(room ? b->p + b->n : NULL, room, fmt, again);
	va_end(again);
	bool fits = n >= 0 && (size_t)n < room;
	if (room && !fits)
		b->p[b->n] = '\0';
	if (n < 0) {
		b->error = ERR_LIMIT;
		return;
	}
	if (!reserve(b, (size_t)n)) {
		if (room)
			b->p[b->n] = '\0';
		return;
	}
	if (!fits)
		vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	b->n += (size_t)n;
}

struct str buf_str(const struct buf *b)
{
	return (struct str){ b->n ? b->p : NULL, b->n };
}

void buf_add_urlencoded(struct buf *b, struct str s)
{
	static const char hex[] = "0123456789ABCDEF";
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c && strchr("-._~", c))) {
			buf_addc(b, (char)c);
		} else {
			const char escaped[] = { '%', hex[c >> 4], hex[c & 15] };
			buf_add(b, escaped, sizeof(escaped));
		}
	}
}

void buf_wipe(struct buf *b)
{
	if (b->p)
		explicit_bzero(b->p, b->cap);
	b->n = 0;
}
