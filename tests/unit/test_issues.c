/* Records fail, runs do not: an issue keeps its age, and closes itself when the record is well. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/sync/issues.h"

#define NOW 1000000

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static const struct issue *of(const struct items *list, const char *record, const char *field)
{
	const struct issue *all = list->v;
	for (size_t i = 0; i < list->n; i++)
		if (str_eqz(all[i].record, record) && str_eqz(all[i].field, field))
			return &all[i];
	return NULL;
}

static void a_new_one_begins_now(void **state)
{
	struct items none = {NULL, 0}, out;
	(void)state;
	char record[] = "learner 4711", field[] = "email", fix[] = "Give one";
	struct issues *i = issues_new(arena, &none, NOW);
	issues_add(i, str_of(record), field, NOW + 5, fix, "has no address, code %d", 4711);
	memset(record, 'x', 5);
	memset(field, 'x', 5);
	memset(fix, 'x', 5); /* everything was copied */
	assert_int_equal(issues_count(i), 1);
	issues_close(i, &out);
	assert_int_equal(out.n, 1);
	const struct issue *one = of(&out, "learner 4711", "email");
	assert_non_null(one);
	assert_true(str_eqz(one->problem, "has no address, code 4711"));
	assert_true(str_eqz(one->fix, "Give one"));
	assert_int_equal(one->since, NOW);
	assert_int_equal(one->until, NOW + 5);
}

static struct issue old_one(const char *record, const char *field, int64_t until)
{
	return (struct issue){.record = str_of(record),
	                      .field = str_of(field),
	                      .problem = STR("old"),
	                      .fix = STR("old fix"),
	                      .since = 42,
	                      .until = until};
}

static void the_same_again_keeps_its_age(void **state)
{
	struct issue old[] = {old_one("learner 1", "email", 0), old_one("learner 1", "name", 0)};
	struct items list = {old, 2}, out;
	(void)state;
	struct issues *i = issues_new(arena, &list, NOW);
	issues_add(i, STR("learner 1"), "email", 0, "new fix", "new");
	issues_add(i, STR("learner 1"), "email", 0, "said twice", "said twice");
	issues_add(i, STR("learner 2"), "email", 0, "f", "p");
	issues_close(i, &out);
	assert_int_equal(out.n, 2); /* the name is well again */
	const struct issue *one = of(&out, "learner 1", "email");
	assert_int_equal(one->since, 42);
	assert_true(str_eqz(one->problem, "new")); /* in today's words */
	assert_int_equal(of(&out, "learner 2", "email")->since, NOW);
}

static void what_was_not_looked_at_stays(void **state)
{
	struct issue old[] = {old_one("learner 1", "email", 0), old_one("sheet 1", "", 0),
	                      old_one("learner 2", "email", NOW), old_one("learner 3", "email", NOW + 1)};
	struct items list = {old, 4}, out;
	(void)state;
	struct issues *i = issues_new(arena, &list, NOW);
	issues_keep(i, "learner ");
	issues_add(i, STR("learner 1"), "email", 0, "f", "still");
	issues_close(i, &out);
	assert_int_equal(out.n, 2);
	assert_true(str_eqz(of(&out, "learner 1", "email")->problem, "still"));
	assert_non_null(of(&out, "learner 3", "email"));
	assert_null(of(&out, "sheet 1", ""));        /* looked at, and well */
	assert_null(of(&out, "learner 2", "email")); /* its time is over */
}

static void they_are_sorted(void **state)
{
	static const char *const records[] = {"sheet 2", "learner 9", "sheet 1", "environment"};
	struct items none = {NULL, 0}, out;
	(void)state;
	struct issues *i = issues_new(arena, &none, NOW);
	for (size_t k = 0; k < 4; k++) {
		issues_add(i, str_of(records[k]), "b", 0, "f", "p");
		issues_add(i, str_of(records[k]), "a", 0, "f", "p");
	}
	issues_close(i, &out);
	const struct issue *all = out.v;
	assert_int_equal(out.n, 8);
	for (size_t k = 1; k < out.n; k++) {
		int d = str_cmp(all[k - 1].record, all[k].record);
		assert_true(d < 0 || (d == 0 && str_cmp(all[k - 1].field, all[k].field) < 0));
	}
}

/* A school whose whole planning is wrong must not fill the store. */
static void there_is_an_end_to_it(void **state)
{
	struct items none = {NULL, 0}, out;
	(void)state;
	struct issues *i = issues_new(arena, &none, NOW);
	for (int k = 0; k < 5100; k++)
		issues_add(i, record_name(arena, "learner", k), "email", 0, "f", "p");
	issues_close(i, &out);
	assert_int_equal(out.n, 5000);
	const struct issue *more = of(&out, "environment", "issues");
	assert_non_null(more);
	assert_true(str_eqz(more->problem, "has 101 more issues than are kept"));
}

/* Neither may what is kept from before push it over the end. */
static void kept_ones_count_too(void **state)
{
	struct issue *old = arena_array(arena, 3000, sizeof(*old));
	struct items list = {old, 3000}, out;
	(void)state;
	for (int k = 0; k < 3000; k++)
		old[k] = old_one(record_name(arena, "sheet", k).p, "", 0);
	struct issues *i = issues_new(arena, &list, NOW);
	issues_keep(i, "sheet ");
	for (int k = 0; k < 4000; k++)
		issues_add(i, record_name(arena, "learner", k), "email", 0, "f", "p");
	issues_close(i, &out);
	assert_true(out.n <= 5000);
	assert_non_null(of(&out, "environment", "issues"));
}

static void records_have_names(void **state)
{
	(void)state;
	assert_true(str_eqz(record_name(arena, "sheet", 90210), "sheet 90210"));
	assert_true(str_eqz(record_name2(arena, "attendance", 90210, 4711), "attendance 90210/4711"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	        TEST(a_new_one_begins_now), TEST(the_same_again_keeps_its_age), TEST(what_was_not_looked_at_stays),
	        TEST(they_are_sorted),      TEST(there_is_an_end_to_it),        TEST(kept_ones_count_too),
	        TEST(records_have_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
