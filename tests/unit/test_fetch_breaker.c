#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/hub_fixture.h"

/* Lanes whose upstream does not answer, or asks for patience. */

static int refused, told;

static void note_end(struct fetch *f)
{
	told++;
	refused += f->reply.code == ERR_UNAVAILABLE;
}

/* The first active one ends so, times over; each time the next is started. */
static void fail_times(unsigned times, int code, int status)
{
	while (times--) {
		hf_settle();
		assert_true(hf.active_count > 0);
		struct fetch *f = hf.active[0];
		f->reply.code = code;
		hf_answer(f, status);
	}
	hf_settle();
}

static struct fetch queue[64];

static void queue_up(struct fetch_lane *lane, size_t n)
{
	refused = told = 0;
	for (size_t i = 0; i < n; i++) {
		queue[i] = hf_fetch(lane, "q", "https://one/x");
		queue[i].done = note_end;
		fetch_start(&queue[i]);
	}
}

static void five_in_a_row_are_enough(void **state)
{
	static const struct {
		int code, status;
		bool trips;
	} ends[] = {
	        {ERR_CONNECT, 0, true},    {ERR_RESOLVE, 0, true}, {ERR_TIMEOUT, 0, true}, {ERR_RESET, 0, true},
	        {ERR_TLS, 0, true},        {0, 500, true},         {0, 503, true},         {ERR_TIMEOUT, 200, true},
	        {0, 200, false},           {0, 404, false},        {0, 401, false},        {ERR_SYNTAX, 200, false},
	        {ERR_CANCELLED, 0, false}, {-EMFILE, 0, false}};
	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		hf_open(0, 0);
		struct fetch_lane *lane = hf_lane("l", 1, 0), *other = hf_lane("other", 1, 0);
		queue_up(lane, 8);
		fail_times(4, ends[i].code, ends[i].status);
		assert_int_equal(fetch_lane_breaker(lane), BREAKER_CLOSED);
		assert_int_equal(hf.active_count, 1);
		fail_times(1, ends[i].code, ends[i].status);
		assert_int_equal(fetch_lane_breaker(lane), ends[i].trips ? BREAKER_OPEN : BREAKER_CLOSED);
		assert_int_equal(hf.active_count, ends[i].trips ? 0 : 1);
		uint64_t faults = 0;
		for (int c = FAULT_NONE + 1; c < FAULT_CLASS_COUNT; c++)
			faults += fetch_lane_faults(lane, (enum fault_class)c);
		assert_int_equal(faults, ends[i].code || ends[i].status >= 400 ? 5 : 0);
		assert_int_equal(fetch_lane_faults(lane, FAULT_NONE), 5 - faults);
		assert_int_equal(fetch_lane_faults(lane, FAULT_AUTH), ends[i].status == 401 ? 5 : 0);
		/* nobody else's */
		struct fetch f = hf_fetch(other, "o", "https://one/x");
		fetch_start(&f);
		hf_settle();
		assert_int_equal(f.state, FETCH_ACTIVE);
		hf_answer(&f, 200);
		for (size_t k = 0; k < 8; k++)
			fetch_cancel(&queue[k]);
		fetch_lane_free(&lane);
		fetch_lane_free(&other);
		hf_shut();
	}
}

static void one_answer_between_is_enough_too(void **state)
{
	(void)state;
	hf_open(0, 0);
	struct fetch_lane *lane = hf_lane("l", 1, 0);
	queue_up(lane, 10);
	fail_times(4, ERR_RESET, 0);
	fail_times(1, 0, 404);
	fail_times(4, ERR_RESET, 0);
	assert_int_equal(fetch_lane_breaker(lane), BREAKER_CLOSED);
	fail_times(1, 0, 200);
	assert_int_equal(told, 10);
	fetch_lane_free(&lane);
	hf_shut();
}

static void one_tries_and_the_others_wait(void **state)
{
	(void)state;
	hf_open(0, 0);
	struct fetch_lane *lane = hf_lane("l", 4, 0);
	queue_up(lane, 20);
	fail_times(5, ERR_TIMEOUT, 0);
	/* three were under way; what they end with changes nothing */
	fail_times(3, ERR_TIMEOUT, 0);
	assert_int_equal(hf.active_count, 0);
	int64_t due = hf_settle();
	assert_in_range(due, 5000 + 5000, 5000 + 5500);
	hf.mono = due;
	hf_settle();
	assert_int_equal(fetch_lane_breaker(lane), BREAKER_HALF_OPEN);
	assert_int_equal(hf.active_count, 1);
	/* its place goes to the next when it is taken back */
	fetch_cancel(hf.active[0]);
	hf_settle();
	assert_int_equal(hf.active_count, 1);
	fail_times(1, 0, 200);
	assert_int_equal(fetch_lane_breaker(lane), BREAKER_CLOSED);
	assert_int_equal(hf.active_count, 4);
	hf_answer_all();
	assert_int_equal(told, 19);
	assert_int_equal(refused, 0);
	fetch_lane_free(&lane);
	hf_shut();
}

static void a_long_hold_refuses(void **state)
{
	(void)state;
	hf_open(0, 0);
	struct fetch_lane *lane = hf_lane("l", 1, 0);
	queue_up(lane, 20);
	fail_times(5, ERR_TIMEOUT, 0);
	/* 5, 10 and 20 s are waited for; 40 s are not */
	for (int try = 0; try < 3; try++) {
		assert_int_equal(refused, 0);
		hf.mono = hf_settle();
		fail_times(1, ERR_TIMEOUT, 0);
	}
	assert_int_equal(told, 20);
	assert_int_equal(refused, 12);
	assert_false(queue[19].reply.sent);
	struct fault fault;
	fetch_fault(&queue[19], &fault);
	assert_int_equal(fault.class, FAULT_TRANSIENT);
	assert_non_null(strstr(fault.what, "8 requests in a row had no answer; asked again in 4"));
	/* newcomers too, not from inside fetch_start; one may be taken back before it is told */
	queue_up(lane, 2);
	assert_int_equal(told, 0);
	fetch_cancel(&queue[0]);
	int64_t due = hf_settle();
	assert_int_equal(told, 1);
	assert_int_equal(refused, 1);
	assert_int_equal(hf.active_count, 0);
	/* and then there is a try */
	(void)due;
	hf.mono += 44000;
	queue_up(lane, 1);
	hf_settle();
	assert_int_equal(hf.active_count, 1);
	fail_times(1, 0, 200);
	assert_int_equal(refused, 0);
	assert_int_equal(fetch_lane_breaker(lane), BREAKER_CLOSED);
	fetch_lane_free(&lane);
	hf_shut();
}

static void a_quota_holds_its_lane(void **state)
{
	static const struct {
		int status;
		uint32_t says, seconds;
	} quotas[] = {{429, 17, 17}, {429, 0, 5}, {429, 86400, 120}, {503, 9, 9}, {503, 0, 0}};
	(void)state;
	for (size_t i = 0; i < sizeof(quotas) / sizeof(quotas[0]); i++) {
		hf_open(0, 0);
		struct fetch_lane *lane = hf_lane("l", 1, 0);
		queue_up(lane, 2);
		hf_settle();
		hf.active[0]->reply.retry_after_s = quotas[i].says;
		hf_answer(hf.active[0], quotas[i].status);
		int64_t due = hf_settle();
		if (quotas[i].seconds) {
			assert_int_equal(hf.active_count, 0);
			assert_int_equal(due, 5000 + quotas[i].seconds * 1000);
			hf.mono = due;
			hf_settle();
		}
		assert_int_equal(hf.active_count, 1);
		hf_answer(hf.active[0], 200);
		assert_int_equal(told, 2);
		fetch_lane_free(&lane);
		hf_shut();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(five_in_a_row_are_enough),      cmocka_unit_test(one_answer_between_is_enough_too),
	        cmocka_unit_test(one_tries_and_the_others_wait), cmocka_unit_test(a_long_hold_refuses),
	        cmocka_unit_test(a_quota_holds_its_lane),
	};
	return cmocka_run_group_tests_name("fetch_breaker", tests, NULL, NULL);
}
