#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/world/simulate.h"

#define SEEDS 200
#define SOUND 7 /* a seed whose Yparéo tells rooms, and with absences of ours to lose, and tutors */

static void many_seeds_end_right(void **state)
{
	unsigned long crashes = 0, failed = 0, rows = 0, missed = 0, followed = 0;
	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct simulate_options o = {.seed = seed, .days = 2 + seed % 2};
		struct simulate_result r;
		simulate_seed(&o, &r);
		if (r.failure[0])
			fail_msg("seed %llu of %u days, day %u: %s", (unsigned long long)seed, o.days, r.day,
			         r.failure);
		assert_true(r.sheets > 0);
		crashes += r.crashes, failed += r.failed_runs, rows += r.rows, missed += r.missed,
		        followed += r.followed;
	}
	/* what proves nothing when it never happens */
	assert_true(crashes > SEEDS / 4);
	assert_true(failed > SEEDS / 10);
	assert_true(rows > SEEDS * 20);
	assert_true(missed > SEEDS * 100);
	assert_true(followed > SEEDS * 50);
}

static void one_seed_asks_the_same_twice(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++) {
		struct simulate_options o = {.seed = seed, .days = 3};
		struct simulate_result a, b;
		simulate_seed(&o, &a);
		simulate_seed(&o, &b);
		assert_string_equal(a.failure, "");
		assert_true(a.requests > 100);
		assert_int_equal(a.requests, b.requests);
		assert_true(a.hash == b.hash);
		o.seed += 1000;
		simulate_seed(&o, &b);
		assert_true(a.hash != b.hash);
	}
}

/* An oracle that never says no proves nothing. */
static void what_is_broken_by_hand_is_noticed(void **state)
{
	static const char *const says[SIMULATE_SABOTAGES + 1] = {"",
	                                                         "has 0 sheets",
	                                                         "has 2 sheets",
	                                                         "has other times",
	                                                         "on the sheet",
	                                                         "one person twice",
	                                                         "does not say so",
	                                                         "absences at",
	                                                         "room is",
	                                                         "is followed by 0"};
	(void)state;
	for (unsigned i = 1; i <= SIMULATE_SABOTAGES; i++) {
		struct simulate_options o = {.seed = SOUND, .days = 3, .sabotage = i};
		struct simulate_result r;
		simulate_seed(&o, &r);
		if (!strstr(r.failure, says[i]))
			fail_msg("sabotage %u: \"%s\"", i, r.failure);
		assert_int_equal(r.day, 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(many_seeds_end_right),
	        cmocka_unit_test(one_seed_asks_the_same_twice),
	        cmocka_unit_test(what_is_broken_by_hand_is_noticed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
