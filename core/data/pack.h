#ifndef CORE_DATA_PACK_H
#define CORE_DATA_PACK_H

/* How values lie in the store: a version byte, then fields in order. Integers as zig-zag varints, texts with their length.
 * Reading is sticky: after the first failure every read gives zero, and unpack_end() says so. New fields are appended and read with
 * a default when the value ends before them. */

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/buf.h"

void pack_begin(struct buf *b, uint8_t version);
void pack_int(struct buf *b, int64_t v);
void pack_bool(struct buf *b, bool v);
void pack_str(struct buf *b, struct str s);
void pack_bytes(struct buf *b, const void *p, size_t n); /* fixed size, no length */
void pack_count(struct buf *b, uint64_t n);
void pack_ints(struct buf *b, const int64_t *v, size_t n); /* a count, then so many */

struct unpack {
	struct str in;
	size_t at;
	uint8_t version;
	int error;
};
void unpack_begin(struct unpack *u, struct str value);
bool unpack_more(const struct unpack *u); /* is there a further field? */
int64_t unpack_int(struct unpack *u);
uint64_t unpack_count(struct unpack *u);
bool unpack_bool(struct unpack *u);
struct str unpack_str(struct unpack *u);                         /* borrowed from the value */
struct str unpack_str_copy(struct unpack *u, struct arena *arena); /* NUL-terminated; STR_NONE after a failure */
void unpack_bytes(struct unpack *u, void *p, size_t n);
void unpack_ints(struct unpack *u, struct arena *arena, int64_t **v, size_t *n);
int unpack_end(const struct unpack *u) MUST_USE; /* 0, ERR_STORE_CORRUPT, or ERR_LIMIT when the arena was exhausted */

#endif
