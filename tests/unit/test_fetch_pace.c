#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/io/pace.h"
#include "tests/unit/hub_fixture.h"

/*
 * A lane that learns how many requests at once its upstream takes, on virtual time. The upstream works at up to `capacity` requests without slowing;
 * beyond, they share it. Others use it as well.
 */

#define STEP_MS 10
#define QUEUED  3000

static struct fetch queue[QUEUED];
static char urls[QUEUED][64];
static double left[QUEUED]; /* ms of work */

static struct server {
	unsigned capacity, others;
	double work_ms;
	bool silent;
} server;

static size_t index_of(const struct fetch *f)
{
	return (size_t)(f - queue);
}

static void on_start(struct hf_world *w, struct fetch *f)
{
	(void)w;
	/* the longer list is no slower for its length: another call, compared with itself */
	left[index_of(f)] = index_of(f) % 40 == 39 ? server.work_ms * 20 : server.work_ms;
}

/* One step of the server; answers what is done. */
static void step(void)
{
	double share = (double)server.capacity / (double)(hf.active_count + server.others);
	hf.mono += STEP_MS;
	for (size_t i = 0; i < hf.active_count; i++)
		left[index_of(hf.active[i])] -= STEP_MS * (share < 1 ? share : 1);
	for (size_t i = 0; i < hf.active_count;) {
		struct fetch *f = hf.active[i];
		if (left[index_of(f)] > 0) {
			i++;
			continue;
		}
		if (server.silent)
			f->reply.code = ERR_TIMEOUT;
		hf_answer(f, server.silent ? 0 : 200);
	}
	hf_settle();
}

static struct fetch_lane *school(unsigned most, struct server s)
{
	hf_open(256, 64);
	server = s;
	hf.on_start = on_start;
	struct fetch_lane *lane = fetch_lane_new(hf.hub, "ypareo", &(struct fetch_lane_limits){.concurrency = most, .learns = true});
	for (size_t i = 0; i < QUEUED; i++) {
		snprintf(urls[i], sizeof(urls[i]), i % 40 == 39 ? "https://y/r/v1/apprenants?n=%zu" : "https://y/r/v1/planning/groupes/%zu", i);
		queue[i] = hf_fetch(lane, "q", urls[i]);
		fetch_start(&queue[i]);
	}
	hf_settle();
	return lane;
}

static void let_go(struct fetch_lane *lane)
{
	for (size_t i = 0; i < QUEUED; i++)
		fetch_cancel(&queue[i]);
	hf_settle();
	fetch_lane_free(&lane);
	hf_shut();
}

static double busy_over(unsigned seconds)
{
	double sum = 0;
	unsigned n = seconds * 1000 / STEP_MS;
	for (unsigned i = 0; i < n; i++) {
		step();
		sum += (double)hf.active_count;
	}
	return sum / n;
}

static void what_never_slows_gets_all(void **state)
{
	(void)state;
	struct fetch_lane *lane = school(8, (struct server){.capacity = 100, .work_ms = 200});
	assert_int_equal(hf.active_count, 2); /* not all at once at first */
	busy_over(20);
	assert_int_equal(fetch_lane_allowed(lane), 8);
	assert_int_equal(hf.active_count, 8);
	let_go(lane);
}

static void it_stays_where_answers_are_as_fast(void **state)
{
	(void)state;
	struct fetch_lane *lane = school(32, (struct server){.capacity = 6, .work_ms = 200});
	busy_over(30);
	double busy = busy_over(60);
	assert_true(busy >= 4 && busy <= 8.5);
	let_go(lane);
}

/* The office works with it: the school makes room, and takes it again in the evening. */
static void others_get_room(void **state)
{
	(void)state;
	struct fetch_lane *lane = school(16, (struct server){.capacity = 8, .work_ms = 100});
	busy_over(20);
	double alone = busy_over(10);
	server.others = 8;
	busy_over(5);
	double beside = busy_over(10);
	assert_true(alone >= 5);
	assert_true(beside <= alone / 2);
	server.others = 0;
	busy_over(10);
	assert_true(busy_over(10) >= 5);
	let_go(lane);
}

static void what_is_always_slow_is_not_taken_for_full(void **state)
{
	(void)state;
	struct fetch_lane *lane = school(4, (struct server){.capacity = 100, .work_ms = 3000});
	busy_over(60);
	assert_int_equal(fetch_lane_allowed(lane), 4);
	let_go(lane);
}

static void what_does_not_answer_gets_half(void **state)
{
	(void)state;
	struct fetch_lane *lane = school(16, (struct server){.capacity = 100, .work_ms = 200});
	busy_over(10);
	unsigned before = fetch_lane_allowed(lane);
	assert_true(before >= 8);
	server.silent = true;
	busy_over(5);
	assert_true(fetch_lane_allowed(lane) <= before / 2);
	let_go(lane);
}

static void without_learning_it_is_what_was_said(void **state)
{
	(void)state;
	hf_open(256, 64);
	struct fetch_lane *lane = hf_lane("edusign", 5, 0);
	assert_int_equal(fetch_lane_allowed(lane), 5);
	fetch_lane_free(&lane);
	hf_shut();
}

static void numbers_do_not_make_a_class(void **state)
{
	(void)state;
	uint32_t one = pace_class_of("https://y/index.php/r/v1/planning/01-02-2026/08-02-2026/groupes/17");
	assert_int_equal(one, pace_class_of("https://y/index.php/r/v1/planning/22-11-2026/29-11-2026/groupes/1701641?a=b"));
	assert_int_not_equal(one, pace_class_of("https://y/index.php/r/v1/planning/01-02-2026/08-02-2026/groupes"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(what_never_slows_gets_all),
	        cmocka_unit_test(it_stays_where_answers_are_as_fast),
	        cmocka_unit_test(others_get_room),
	        cmocka_unit_test(what_is_always_slow_is_not_taken_for_full),
	        cmocka_unit_test(what_does_not_answer_gets_half),
	        cmocka_unit_test(without_learning_it_is_what_was_said),
	        cmocka_unit_test(numbers_do_not_make_a_class),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
