#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/str.h"

/* str.c, buf.c, arena.c, err.c, list.h and map.c: text, memory, tables. */

#include "core/base/list.h"
#include "core/base/map.h"

#define FOLDS(text, wanted) \
	do { \
		struct arena *a_ = arena_new(0); \
		struct str got_ = str_fold(a_, STR(text)); \
		assert_string_equal(got_.p, wanted); \
		arena_free(&a_); \
	} while (0)

static void names_fold_as_people_read_them(void **state)
{
	(void)state;
	FOLDS("  MÜLLER-Ó'Neil ", "muller o neil");
	FOLDS("Lefèvre", "lefevre");
	FOLDS("LEFEVRE", "lefevre");
	FOLDS("D’Être-Noël", "d etre noel"); /* a typographer's apostrophe */
	FOLDS("Jean  -  Luc", "jean luc");
	FOLDS("Cœur", "coeur");
	FOLDS("ﬁn", "fin"); /* a ligature */
	FOLDS("", "");
	FOLDS("--", "");
}

static void bytes_that_are_no_text_do_not_crash(void **state)
{
	struct arena *a = arena_new(0);
	(void)state;
	struct str s = str_fold(a, (struct str){ "a\xff\xfe b", 5 });
	assert_non_null(s.p);
	assert_true(str_is_utf8(s));
	assert_false(str_is_utf8((struct str){ "\xc3", 1 }));
	assert_true(str_is_utf8(STR("é")));
	arena_free(&a);
}

static void sites_keep_their_accents(void **state)
{
	struct arena *a = arena_new(0);
	(void)state;
	assert_true(str_eq(str_fold_case(a, STR("  VILLEURBANNE ")), str_fold_case(a, STR("Villeurbanne"))));
	assert_true(str_eq(str_fold_case(a, STR("É")), str_fold_case(a, STR("e\xcc\x81")))); /* two spellings of one letter */
	assert_false(str_eq(str_fold_case(a, STR("Besançon")), str_fold_case(a, STR("Besancon"))));
	arena_free(&a);
}

static void slugs(void **state)
{
	static const char *const pairs[][2] = {
		{ "Villeurbanne", "villeurbanne" }, { "Saint-Étienne (Loire)", "saint-etienne-loire" }, { "  Lyon 7ème  ", "lyon-7eme" }, { "!!", "" },
	};
	struct arena *a = arena_new(0);
	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		assert_true(str_eqz(str_slug(a, str_of(pairs[i][0])), pairs[i][1]));
	arena_free(&a);
}

static void whole_numbers(void **state)
{
	int64_t v = 7;
	(void)state;
	assert_int_equal(str_to_int64(STR("0"), &v), 0);
	assert_int_equal(v, 0);
	assert_int_equal(str_to_int64(STR("-9223372036854775808"), &v), 0);
	assert_true(v == INT64_MIN);
	assert_int_equal(str_to_int64(STR("9223372036854775807"), &v), 0);
	assert_true(v == INT64_MAX);
	v = 7;
	assert_int_equal(str_to_int64(STR("9223372036854775808"), &v), ERR_RANGE);
	assert_int_equal(str_to_int64(STR("99999999999999999999"), &v), ERR_RANGE);
	static const char *const wrong[] = { "", "-", "+1", " 1", "1 ", "1.0", "0x1", "douze", "99999999999999999999x" };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(str_to_int64(str_of(wrong[i]), &v), ERR_TYPE);
	assert_int_equal(v, 7); /* written on success only */
}

static void addresses(void **state)
{
	static const char *const good[] = { "a@b.fr", "chloe.lefevre+x@cfa-lyon.example.org", "O'Brien@x.ie" };
	static const char *const bad[] = { "", "a", "@b.fr", "a@", "a@b", "a@.fr", "a@b.", "a b@c.fr", "a@b@c.fr", "a@b.fr,c@d.fr", "<a@b.fr>", "a@b.fr\n" };
	struct arena *a = arena_new(0);
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(str_is_email(str_of(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(str_is_email(str_of(bad[i])));
	assert_true(str_eqz(str_fold_email(a, STR(" Chloe@Example.ORG ")), "chloe@example.org"));
	arena_free(&a);
}

static void white_space_of_all_kinds_is_trimmed(void **state)
{
	(void)state;
	assert_true(str_eqz(str_trim(STR(" \t\xc2\xa0x y\xc2\xa0\r\n")), "x y"));
	assert_int_equal(str_trim(STR(" \xc2\xa0 ")).n, 0);
}

static void digests_tell_lists_apart(void **state)
{
	uint8_t a[32], b[32];
	char hex[65];
	struct digest d;
	(void)state;
	digest_init(&d);
	digest_add(&d, STR("ab"));
	digest_add(&d, STR("c"));
	digest_end(&d, a);
	digest_init(&d);
	digest_add(&d, STR("a"));
	digest_add(&d, STR("bc"));
	digest_end(&d, b);
	assert_memory_not_equal(a, b, 32);
	digest_init(&d);
	digest_end(&d, a);
	str_hex(a, 32, hex); /* SHA-256 of nothing */
	assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void what_is_printed_fits_by_itself(void **state)
{
	struct buf b;
	char want[3000];
	(void)state;
	/* of every length, into buffers of every fill: around each size at which the buffer grows */
	memset(want, 'x', sizeof(want));
	for (size_t filled = 0; filled < 600; filled += 7) {
		for (size_t n = 0; n < 600; n += 5) {
			buf_init(&b, 0);
			for (size_t i = 0; i < filled; i++)
				buf_addc(&b, 'x');
			buf_printf(&b, "%.*s", (int)n, want);
			assert_int_equal(b.n, filled + n);
			assert_memory_equal(b.p ? b.p : "", want, filled + n);
			assert_true(!b.p || b.p[b.n] == '\0');
			buf_deinit(&b);
		}
	}
	/* past the limit nothing of it is there */
	buf_init(&b, 10);
	buf_addz(&b, "12345");
	buf_printf(&b, "%s", "678901");
	assert_int_equal(buf_error(&b), ERR_LIMIT);
	assert_string_equal(b.p, "12345");
	buf_printf(&b, "%s", "6");
	assert_string_equal(b.p, "12345");
	buf_deinit(&b);
}

static void a_buffer_ends_at_its_limit(void **state)
{
	struct buf b;
	(void)state;
	buf_init(&b, 5);
	buf_addz(&b, "abc");
	buf_printf(&b, "%d", 45);
	assert_int_equal(buf_error(&b), 0);
	assert_string_equal(b.p, "abc45");
	buf_addc(&b, 'x');
	assert_int_equal(buf_error(&b), ERR_LIMIT);
	assert_int_equal(b.n, 5);
	buf_clear(&b);
	buf_addz(&b, "y"); /* and is whole again */
	assert_string_equal(b.p, "y");
	buf_deinit(&b);
}

static void urls(void **state)
{
	struct buf b;
	(void)state;
	buf_init(&b, 0);
	buf_add_urlencoded(&b, STR("a+é@b.fr/?&~-_."));
	assert_string_equal(b.p, "a%2B%C3%A9%40b.fr%2F%3F%26~-_.");
	buf_deinit(&b);
}

static void an_arena_gives_zeroes_and_stops_at_its_cap(void **state)
{
	struct arena *a = arena_new(100000);
	(void)state;
	unsigned char *p = arena_alloc(a, 50000);
	assert_non_null(p);
	for (size_t i = 0; i < 50000; i++)
		assert_int_equal(p[i], 0);
	assert_null(arena_alloc(a, 60000));
	assert_null(arena_alloc(a, 1)); /* sticky: no half-made thing behind a failure */
	arena_reset(a);
	assert_non_null(arena_alloc(a, 60000));
	assert_null(arena_array(a, SIZE_MAX / 2, 8)); /* no overflow */
	arena_free(&a);
	assert_null(a);
}

static void a_child_counts_against_its_parent(void **state)
{
	struct arena *a = arena_new(10000), *b = arena_new_child(a);
	(void)state;
	assert_non_null(arena_alloc(b, 8000));
	assert_true(arena_used(a) >= 8000);
	arena_free(&b);
	assert_int_equal(arena_used(a), 0);
	assert_non_null(arena_alloc(a, 8000)); /* its bytes came back */
	b = arena_new_child(a);
	assert_null(arena_alloc(b, 8000));
	arena_free(&b);
	arena_free(&a);
}

static void note(void *arg)
{
	char **at = arg;
	*(*at)++ = '.';
}

static void what_was_deferred_runs_latest_first(void **state)
{
	static char order[8];
	char *at = order;
	struct arena *a = arena_new(0);
	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(arena_defer(a, note, &at), 0);
	arena_free(&a);
	assert_int_equal(at - order, 3);
}

static void a_list_grows_and_keeps_what_it_held(void **state)
{
	struct arena *a = arena_new(0);
	int64_t *v = NULL;
	size_t cap = 0;
	(void)state;
	for (size_t i = 0; i < 1000; i++) {
		assert_int_equal(arena_grow(a, &v, &cap, i + 1, sizeof(*v)), 0);
		v[i] = (int64_t)i * 3;
	}
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(v[i], (int64_t)i * 3);
	arena_free(&a);
}

struct node { int v; struct list link; };

static void nodes_leave_and_come_back(void **state)
{
	struct list l;
	struct node n[4];
	int sum = 0;
	(void)state;
	list_init(&l);
	assert_null(list_take_first(&l));
	for (int i = 0; i < 4; i++) {
		n[i].v = 1 << i;
		list_append(&l, &n[i].link);
	}
	list_each(node, tmp, &l) {
		struct node *one = list_entry(node, struct node, link);
		if (one->v & 5)
			list_remove(node); /* while it is walked */
	}
	list_prepend(&l, &n[0].link);
	struct list *node;
	while ((node = list_take_first(&l)) != NULL)
		sum = sum * 10 + list_entry(node, struct node, link)->v;
	assert_int_equal(sum, 128);
}

static void tables_of_codes_and_of_texts(void **state)
{
	struct arena *a = arena_new(0);
	struct map *codes = map_new_int(a), *texts = map_new_str(a);
	int one = 1, two = 2;
	(void)state;
	map_put(codes, INT64_MIN, &one);
	map_put(codes, 0, &two);
	map_put(codes, 0, &one); /* replaces */
	assert_ptr_equal(map_get(codes, INT64_MIN), &one);
	assert_ptr_equal(map_get(codes, 0), &one);
	assert_null(map_get(codes, 1));
	assert_int_equal(map_count(codes), 2);
	map_del(codes, 0);
	assert_null(map_get(codes, 0));
	map_put_str(texts, STR("ab"), &two);
	assert_ptr_equal(map_get_str(texts, (struct str){ "abc", 2 }), &two);
	assert_null(map_get_str(texts, STR("abc")));
	assert_null(map_get(NULL, 1)); /* of an arena that was exhausted */
	arena_free(&a);
}

static void faults_are_one_clean_line(void **state)
{
	struct fault f = { 0 };
	(void)state;
	assert_int_equal(fault_set(&f, FAULT_DATA, ERR_TYPE, "a\nb\x01 %s", "é"), ERR_TYPE);
	assert_string_equal(f.what, "a?b? é");
	char longer[400];
	memset(longer, 'x', sizeof(longer));
	memcpy(longer + sizeof(f.what) - 2, "é", 2); /* would be cut in its middle */
	longer[399] = '\0';
	(void)fault_set(&f, FAULT_DATA, ERR_TYPE, "%s", longer);
	assert_int_equal(strlen(f.what), sizeof(f.what) - 2);
	(void)fault_set(&f, FAULT_DATA, ERR_TYPE, "inner");
	fault_prefix(&f, "group %d", 7);
	assert_string_equal(f.what, "group 7: inner");
	assert_true(fault_is(&f));
}

static void every_code_has_a_text(void **state)
{
	(void)state;
	assert_string_equal(err_text(ERR_NOT_FOUND), "not found");
	assert_string_equal(err_text(-ENOENT), "No such file or directory");
	assert_non_null(err_text(-123456));
	for (int c = 0; c < FAULT_CLASS_COUNT; c++)
		assert_string_not_equal(fault_class_name((enum fault_class)c), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_fold_as_people_read_them),
		cmocka_unit_test(bytes_that_are_no_text_do_not_crash),
		cmocka_unit_test(sites_keep_their_accents),
		cmocka_unit_test(slugs),
		cmocka_unit_test(whole_numbers),
		cmocka_unit_test(addresses),
		cmocka_unit_test(white_space_of_all_kinds_is_trimmed),
		cmocka_unit_test(digests_tell_lists_apart),
		cmocka_unit_test(a_buffer_ends_at_its_limit), cmocka_unit_test(what_is_printed_fits_by_itself),
		cmocka_unit_test(urls),
		cmocka_unit_test(an_arena_gives_zeroes_and_stops_at_its_cap),
		cmocka_unit_test(a_child_counts_against_its_parent),
		cmocka_unit_test(what_was_deferred_runs_latest_first),
		cmocka_unit_test(a_list_grows_and_keeps_what_it_held),
		cmocka_unit_test(nodes_leave_and_come_back),
		cmocka_unit_test(tables_of_codes_and_of_texts),
		cmocka_unit_test(faults_are_one_clean_line),
		cmocka_unit_test(every_code_has_a_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
