/*
 * Packed values, as a damaged store may hold them. The first byte says how many of the bytes behind it are readings, the rest
 * is the value. What was read is packed anew, and read from that it is the same.
 */

#include <string.h>

#include "core/data/pack.h"
#include "tests/fuzz/fuzz.h"

enum reading { READ_INT, READ_BOOL, READ_STR, READ_COPY, READ_BYTES, READ_INTS, READ_MORE, READING_COUNT };

#define BYTES 5

struct reader {
	struct unpack u;
	struct arena *arena;
	struct digest digest;
	struct buf *again; /* packed anew; NULL: not */
};

static void read_text(struct reader *r, bool copy)
{
	struct str s = copy ? unpack_str_copy(&r->u, r->arena) : unpack_str(&r->u);
	REQUIRE(s.p || s.n == 0);
	REQUIRE(!copy || !s.p || s.p[s.n] == '\0');
	digest_add(&r->digest, s);
	if (r->again)
		pack_str(r->again, s);
}

static void read_ints(struct reader *r)
{
	int64_t *v = NULL;
	size_t n = 0;
	unpack_ints(&r->u, r->arena, &v, &n);
	REQUIRE(v || n == 0);
	digest_add_int(&r->digest, (int64_t)n);
	for (size_t i = 0; i < n; i++)
		digest_add_int(&r->digest, v[i]);
	if (r->again)
		pack_ints(r->again, v, n);
}

static void read_number(struct reader *r, bool as_bool)
{
	int64_t v = as_bool ? unpack_bool(&r->u) : unpack_int(&r->u);
	digest_add_int(&r->digest, v);
	if (r->again && as_bool)
		pack_bool(r->again, v != 0);
	else if (r->again)
		pack_int(r->again, v);
}

static void read_bytes(struct reader *r)
{
	char five[BYTES] = "";
	unpack_bytes(&r->u, five, BYTES);
	digest_add(&r->digest, (struct str){five, BYTES});
	if (r->again)
		pack_bytes(r->again, five, BYTES);
}

static void read_one(struct reader *r, enum reading what)
{
	int failed = r->u.error;
	size_t at = r->u.at;
	switch (what) {
	case READ_INT:
	case READ_BOOL:
		read_number(r, what == READ_BOOL);
		break;
	case READ_STR:
	case READ_COPY:
		read_text(r, what == READ_COPY);
		break;
	case READ_BYTES:
		read_bytes(r);
		break;
	case READ_INTS:
		read_ints(r);
		break;
	default:
		REQUIRE(unpack_more(&r->u) == (!r->u.error && r->u.at < r->u.in.n));
		break;
	}
	REQUIRE(r->u.at >= at && r->u.at <= r->u.in.n);
	REQUIRE(!failed || (r->u.error == failed && r->u.at == at)); /* sticky: the first is the one that is told */
}

static int read_all(struct str readings, struct str value, struct buf *again, uint8_t digest[32])
{
	struct reader r = {.arena = arena_new(1 << 16), .again = again};
	digest_init(&r.digest);
	unpack_begin(&r.u, value);
	if (again)
		pack_begin(again, r.u.version);
	for (size_t i = 0; i < readings.n; i++)
		read_one(&r, (enum reading)((uint8_t)readings.p[i] % READING_COUNT));
	int rc = unpack_end(&r.u);
	REQUIRE((rc == 0) == (r.u.error == 0));
	digest_end(&r.digest, digest);
	arena_free(&r.arena);
	return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	size_t n = data[0] < size - 1 ? data[0] : size - 1;
	struct str readings = {(const char *)data + 1, n}, value = {(const char *)data + 1 + n, size - 1 - n};
	uint8_t first[32], second[32];
	struct buf again;
	buf_init(&again, 0);
	int rc = read_all(readings, value, &again, first);
	if (rc == 0 && !buf_error(&again)) {
		REQUIRE(read_all(readings, buf_str(&again), NULL, second) == 0);
		REQUIRE(memcmp(first, second, sizeof(first)) == 0);
	}
	buf_deinit(&again);
	return 0;
}
