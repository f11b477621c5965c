#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/data/pack.h"

/* A value in memory of its own size, so that a read behind it is seen. */
static struct str exact(const void *p, size_t n)
{
	char *copy = malloc(n ? n : 1);
	memcpy(copy, p, n);
	return (struct str){copy, n};
}

static void there_and_back(void **state)
{
	(void)state;
	static const int64_t values[] = {0, 1, -1, 63, 64, -64, -65, 1 << 20, INT32_MIN, INT64_MAX, INT64_MIN};
	struct arena *a = arena_new(0);
	struct buf b;
	buf_init(&b, 0);
	pack_begin(&b, 3);
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		pack_int(&b, values[i]);
	pack_bool(&b, true);
	pack_bool(&b, false);
	pack_str(&b, STR("Zo\xc3\xab"));
	pack_str(&b, STR_NONE);
	pack_bytes(&b, "\0\1\2", 3);
	pack_ints(&b, values, 5);
	pack_ints(&b, NULL, 0);
	assert_int_equal(buf_error(&b), 0);
	struct str value = exact(b.p, b.n);
	buf_deinit(&b);

	struct unpack u;
	unpack_begin(&u, value);
	assert_int_equal(u.version, 3);
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		assert_true(unpack_int(&u) == values[i]);
	assert_true(unpack_bool(&u));
	assert_false(unpack_bool(&u));
	struct str copy = unpack_str_copy(&u, a);
	assert_string_equal(copy.p, "Zo\xc3\xab");
	assert_int_equal(unpack_str(&u).n, 0);
	uint8_t bytes[3];
	unpack_bytes(&u, bytes, 3);
	assert_memory_equal(bytes, "\0\1\2", 3);
	int64_t *v;
	size_t n;
	unpack_ints(&u, a, &v, &n);
	assert_int_equal(n, 5);
	assert_memory_equal(v, values, 5 * sizeof(*v));
	assert_true(unpack_more(&u));
	unpack_ints(&u, a, &v, &n);
	assert_int_equal(n, 0);
	assert_false(unpack_more(&u));
	assert_int_equal(unpack_end(&u), 0);
	free((char *)value.p);
	arena_free(&a);
}

/* How numbers lie in the store is fixed: what one version wrote another reads. */
static void layout(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 0);
	pack_begin(&b, 1);
	pack_int(&b, 0);
	pack_int(&b, -1);
	pack_int(&b, 1);
	pack_int(&b, 64);
	pack_str(&b, STR("ab"));
	assert_int_equal(b.n, 9);
	assert_memory_equal(b.p,
	                    "\x01\x00\x01\x02\x80\x01\x02"
	                    "ab",
	                    9);
	buf_deinit(&b);
}

/* A value that was cut anywhere is found out, and every read from there on is zero. */
static void cut_anywhere(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 0);
	pack_begin(&b, 1);
	pack_int(&b, 1000000);
	pack_str(&b, STR("hello"));
	pack_ints(&b, (const int64_t[]){300, 400}, 2);
	pack_bytes(&b, "xyz", 3);
	for (size_t n = 0; n < b.n; n++) {
		struct arena *a = arena_new(0);
		struct str value = exact(b.p, n);
		struct unpack u;
		char bytes[3] = "___";
		int64_t *v;
		size_t count;
		unpack_begin(&u, value);
		(void)unpack_int(&u);
		(void)unpack_str_copy(&u, a);
		unpack_ints(&u, a, &v, &count);
		unpack_bytes(&u, bytes, 3);
		assert_memory_equal(bytes, "\0\0\0", 3);
		assert_int_equal(unpack_end(&u), ERR_STORE_CORRUPT);
		assert_int_equal(unpack_int(&u), 0);
		assert_false(unpack_bool(&u));
		assert_null(unpack_str(&u).p);
		unpack_ints(&u, a, &v, &count);
		assert_null(v);
		assert_int_equal(count, 0);
		assert_false(unpack_more(&u));
		assert_int_equal(unpack_end(&u), ERR_STORE_CORRUPT);
		free((char *)value.p);
		arena_free(&a);
	}
	buf_deinit(&b);
}

static void damaged(void **state)
{
	(void)state;
	struct arena *a = arena_new(0);
	struct unpack u;
	/* a number that does not end, and one of more than 64 bits */
	unpack_begin(&u, STR("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"));
	assert_int_equal(unpack_int(&u), 0);
	assert_int_equal(unpack_end(&u), ERR_STORE_CORRUPT);
	unpack_begin(&u, STR("\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"));
	assert_int_equal(unpack_int(&u), 0);
	assert_int_equal(unpack_end(&u), ERR_STORE_CORRUPT);
	/* lengths beyond the value: of a text, of a list that would take all memory */
	unpack_begin(&u, STR("\x01\xff\xff\xff\xff\x7f"
	                     "abc"));
	assert_null(unpack_str(&u).p);
	assert_int_equal(unpack_end(&u), ERR_STORE_CORRUPT);
	int64_t *v;
	size_t n;
	unpack_begin(&u, STR("\x01\xff\xff\xff\xff\xff\xff\xff\xff\x7f"
	                     "abc"));
	unpack_ints(&u, a, &v, &n);
	assert_null(v);
	assert_int_equal(unpack_end(&u), ERR_STORE_CORRUPT);
	arena_free(&a);
}

/* Memory that is used up is not an empty text. */
static void no_memory(void **state)
{
	(void)state;
	struct arena *a = arena_new(64);
	struct buf b;
	struct unpack u;
	char text[200];
	memset(text, 'x', sizeof(text));
	buf_init(&b, 0);
	pack_begin(&b, 1);
	pack_str(&b, (struct str){text, sizeof(text)});
	unpack_begin(&u, buf_str(&b));
	assert_null(unpack_str_copy(&u, a).p);
	assert_int_equal(unpack_end(&u), ERR_LIMIT);
	/* which stays the reason, whatever is read behind it: a store is not damaged for it */
	int64_t *v;
	size_t n;
	char byte;
	(void)unpack_str(&u);
	unpack_bytes(&u, &byte, 1);
	unpack_ints(&u, a, &v, &n);
	assert_int_equal(unpack_end(&u), ERR_LIMIT);
	buf_deinit(&b);
	arena_free(&a);
}

/* A field that came later has its default in a value from before. */
static void older_value(void **state)
{
	(void)state;
	struct buf b;
	struct unpack u;
	buf_init(&b, 0);
	pack_begin(&b, 1);
	pack_int(&b, 5);
	unpack_begin(&u, buf_str(&b));
	assert_true(unpack_more(&u));
	assert_int_equal(unpack_int(&u), 5);
	assert_false(unpack_more(&u));
	assert_int_equal(unpack_more(&u) ? unpack_int(&u) : 42, 42);
	assert_int_equal(unpack_end(&u), 0);
	buf_deinit(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(there_and_back), cmocka_unit_test(layout),    cmocka_unit_test(cut_anywhere),
	        cmocka_unit_test(damaged),        cmocka_unit_test(no_memory), cmocka_unit_test(older_value),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
