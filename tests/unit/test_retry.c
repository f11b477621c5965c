/* When and how often an exchange goes out again. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/flow/retry.h"

static int64_t after(const struct retry_policy *policy, enum fault_class class, uint32_t retry_after_s,
                     enum fetch_effect effect, unsigned attempt, uint64_t seed)
{
	struct fault fault = {.class = class, .retry_after_s = retry_after_s};
	return retry_after(policy, &fault, effect, attempt, &seed);
}

static void by_class_and_effect(void **state)
{
	static const struct {
		enum fault_class class;
		bool read, write;
	} table[] = {
	        {FAULT_TRANSIENT, true, true}, {FAULT_QUOTA, true, true},       {FAULT_UNCERTAIN, true, false},
	        {FAULT_AUTH, false, false},    {FAULT_REMOTE, false, false},    {FAULT_DATA, false, false},
	        {FAULT_LOCAL, false, false},   {FAULT_CANCELLED, false, false}, {FAULT_BUG, false, false},
	};
	(void)state;
	assert_int_equal(sizeof(table) / sizeof(table[0]), FAULT_CLASS_COUNT - 1);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		enum fault_class class = table[i].class;
		assert_int_equal(after(&retry_default, class, 0, FETCH_READ, 1, 1) >= 0, table[i].read);
		assert_int_equal(after(&retry_default, class, 0, FETCH_WRITE_KEYED, 1, 1) >= 0, table[i].write);
		assert_int_equal(after(&retry_default, class, 0, FETCH_WRITE_ONCE, 1, 1) >= 0, table[i].write);
	}
}

static void as_often_as_the_policy_says(void **state)
{
	(void)state;
	for (unsigned attempt = 1; attempt <= 3; attempt++)
		assert_true(after(&retry_default, FAULT_TRANSIENT, 0, FETCH_READ, attempt, 1) >= 0);
	assert_int_equal(after(&retry_default, FAULT_TRANSIENT, 0, FETCH_READ, 4, 1), -1);
	assert_int_equal(after(&retry_default, FAULT_QUOTA, 1, FETCH_READ, 4, 1), -1);
	assert_int_equal(after(&retry_once, FAULT_TRANSIENT, 0, FETCH_READ, 1, 1), -1);
}

static void assert_range(const struct retry_policy *policy, enum fault_class class, uint32_t said, unsigned attempt,
                         int64_t least, int64_t most)
{
	int64_t low = INT64_MAX, high = 0;
	for (uint64_t seed = 0; seed < 2000; seed++) {
		int64_t ms = after(policy, class, said, FETCH_READ, attempt, seed);
		low = ms < low ? ms : low;
		high = ms > high ? ms : high;
	}
	assert_in_range(low, least, least + (most - least) / 20); /* the whole of it is used */
	assert_in_range(high, most - (most - least) / 20, most);
}

/* The wait doubles, or whatever the factor is, up to the most; half of it is drawn. */
static void waits_grow(void **state)
{
	static const struct retry_policy capped = {
	        .tries = 9, .first_ms = 1000, .factor = 4, .max_ms = 6000, .quota_s = 1};
	(void)state;
	assert_range(&retry_default, FAULT_TRANSIENT, 0, 1, 500, 1000);
	assert_range(&retry_default, FAULT_TRANSIENT, 0, 2, 2000, 4000);
	assert_range(&retry_default, FAULT_TRANSIENT, 0, 3, 8000, 16000);
	assert_range(&capped, FAULT_TRANSIENT, 0, 2, 2000, 4000);
	assert_range(&capped, FAULT_TRANSIENT, 0, 3, 3000, 6000);
	assert_range(&capped, FAULT_TRANSIENT, 0, 8, 3000, 6000);
}

static void retry_after_is_honoured(void **state)
{
	(void)state;
	assert_range(&retry_default, FAULT_QUOTA, 10, 1, 10000, 11000);
	assert_range(&retry_default, FAULT_QUOTA, 10, 3, 10000, 11000);
	assert_range(&retry_default, FAULT_QUOTA, 120, 1, 120000, 132000);
	assert_int_equal(after(&retry_default, FAULT_QUOTA, 121, FETCH_READ, 1, 1), -1);
	assert_range(&retry_default, FAULT_QUOTA, 0, 1, 500, 1000); /* it was not said */
}

static void the_same_seed_draws_the_same(void **state)
{
	struct fault fault = {.class = FAULT_TRANSIENT};
	uint64_t a = 5, b = 5;
	bool differ = false;
	(void)state;
	int64_t first = retry_after(&retry_default, &fault, FETCH_READ, 1, &a);
	assert_int_equal(retry_after(&retry_default, &fault, FETCH_READ, 1, &b), first);
	for (int i = 0; i < 5; i++)
		differ = differ || retry_after(&retry_default, &fault, FETCH_READ, 1, &a) != first;
	assert_true(differ);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(by_class_and_effect),
	        cmocka_unit_test(as_often_as_the_policy_says),
	        cmocka_unit_test(waits_grow),
	        cmocka_unit_test(retry_after_is_honoured),
	        cmocka_unit_test(the_same_seed_draws_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
