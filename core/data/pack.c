#include "core/data/pack.h"

#include <string.h>

void pack_begin(struct buf *b, uint8_t version)
{
	buf_add(b, &version, 1);
}

void pack_count(struct buf *b, uint64_t v)
{
	uint8_t bytes[10];
	size_t n = 0;
	do {
		bytes[n++] = (uint8_t)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
		v >>= 7;
	} while (v);
	buf_add(b, bytes, n);
}

void pack_int(struct buf *b, int64_t v)
{
	pack_count(b, ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0));
}

void pack_bool(struct buf *b, bool v)
{
	pack_count(b, v);
}

void pack_str(struct buf *b, struct str s)
{
	pack_count(b, s.n);
	buf_add(b, s.p, s.n);
}

void pack_bytes(struct buf *b, const void *p, size_t n)
{
	buf_add(b, p, n);
}

void pack_ints(struct buf *b, const int64_t *v, size_t n)
{
	pack_count(b, n);
	for (size_t i = 0; i < n; i++)
		pack_int(b, v[i]);
}

void unpack_begin(struct unpack *u, struct str value)
{
	*u = (struct unpack){.in = value};
	if (value.n == 0)
		u->error = ERR_STORE_CORRUPT;
	else
		u->version = (uint8_t)value.p[u->at++];
}

/* Are there fewer than n bytes left? The first error stays: an arena that was used up is no damage. */
static bool cut_short(struct unpack *u, uint64_t n)
{
	if (!u->error && n > u->in.n - u->at)
		u->error = ERR_STORE_CORRUPT;
	return u->error != 0;
}

bool unpack_more(const struct unpack *u)
{
	return !u->error && u->at < u->in.n;
}

uint64_t unpack_count(struct unpack *u)
{
	uint64_t v = 0;
	for (unsigned shift = 0; !u->error; shift += 7) {
		if (u->at >= u->in.n || shift > 63) {
			u->error = ERR_STORE_CORRUPT;
			return 0;
		}
		uint8_t byte = (uint8_t)u->in.p[u->at++];
		if (shift == 63 && byte > 1) {
			u->error = ERR_STORE_CORRUPT;
			return 0;
		}
		v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return v;
	}
	return 0;
}

int64_t unpack_int(struct unpack *u)
{
	uint64_t v = unpack_count(u);
	return (int64_t)((v >> 1) ^ (~(v & 1) + 1));
}

bool unpack_bool(struct unpack *u)
{
	return unpack_count(u) != 0;
}

struct str unpack_str(struct unpack *u)
{
	uint64_t n = unpack_count(u);
	if (cut_short(u, n))
		return STR_NONE;
	struct str s = {u->in.p + u->at, (size_t)n};
	u->at += (size_t)n;
	return s;
}

struct str unpack_str_copy(struct unpack *u, struct arena *arena)
{
	struct str s = unpack_str(u);
	if (u->error)
		return STR_NONE;
	s = arena_str(arena, s);
	if (!s.p)
		u->error = ERR_LIMIT;
	return s;
}

void unpack_bytes(struct unpack *u, void *p, size_t n)
{
	if (cut_short(u, n)) {
		memset(p, 0, n);
		return;
	}
	memcpy(p, u->in.p + u->at, n);
	u->at += n;
}

void unpack_ints(struct unpack *u, struct arena *arena, int64_t **v, size_t *n)
{
	uint64_t count = unpack_count(u);
	*v = NULL;
	*n = 0;
	if (cut_short(u, count)) /* each takes a byte at least */
		return;
	int64_t *out = arena_array(arena, (size_t)count + 1, sizeof(*out));
	if (!out) {
		u->error = ERR_LIMIT;
		return;
	}
	for (uint64_t i = 0; i < count; i++)
		out[i] = unpack_int(u);
	if (u->error)
		return;
	*v = out;
	*n = (size_t)count;
}

int unpack_end(const struct unpack *u)
{
	return u->error;
}
