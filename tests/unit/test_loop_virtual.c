#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/world/loop_virtual.h"

#define WALL INT64_C(1795431600000)

struct bench {
	struct loop *loop;
	int64_t start;
	struct loop_timer timer;
	struct loop_job job;
	unsigned fired, worked, after;
	int64_t fired_at, after_at;
};

static int open_bench(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->loop = loop_virtual_new(WALL);
	b->start = loop_mono_ms(b->loop);
	*state = b;
	return 0;
}

static int close_bench(void **state)
{
	struct bench *b = *state;

	loop_close(&b->loop);
	free(b);
	return 0;
}

static void on_fire(struct loop_timer *t)
{
	struct bench *b = list_entry(t, struct bench, timer);

	b->fired++;
	b->fired_at = loop_mono_ms(b->loop) - b->start;
}

static void time_jumps_to_what_is_due(void **state)
{
	struct bench *b = *state;

	loop_timer_init(&b->timer, on_fire);
	loop_timer_start(b->loop, &b->timer, 86400000);
	assert_int_equal(loop_virtual_run(b->loop, NULL, NULL, INT64_C(1) << 40), 86400000);
	assert_int_equal(b->fired, 1);
	assert_int_equal(b->fired_at, 86400000);
	assert_int_equal(loop_wall_ms(b->loop), WALL + 86400000);
}

static void it_ends_when_nothing_is_left_or_time_is_up(void **state)
{
	struct bench *b = *state;

	assert_int_equal(loop_virtual_run(b->loop, NULL, NULL, 1000), 0);
	loop_timer_init(&b->timer, on_fire);
	loop_timer_start(b->loop, &b->timer, 1001);
	assert_int_equal(loop_virtual_run(b->loop, NULL, NULL, 1000), 1000);
	assert_int_equal(b->fired, 0);
	assert_int_equal(loop_virtual_run(b->loop, NULL, NULL, 1), 1); /* due exactly then: still done */
	assert_int_equal(b->fired, 1);
}

static bool has_fired(void *arg)
{
	return ((struct bench *)arg)->fired > 0;
}

static void on_again(struct loop_timer *t)
{
	struct bench *b = list_entry(t, struct bench, timer);

	b->fired++;
	loop_timer_start(b->loop, t, 10);
}

static void it_ends_when_the_condition_holds(void **state)
{
	struct bench *b = *state;

	loop_timer_init(&b->timer, on_again);
	loop_timer_start(b->loop, &b->timer, 10);
	assert_int_equal(loop_virtual_run(b->loop, has_fired, b, 1000), 10);
	assert_int_equal(b->fired, 1);
	assert_int_equal(loop_virtual_run(b->loop, has_fired, b, 1000), 0);
	loop_timer_stop(b->loop, &b->timer);
}

static void the_wall_clock_steps_alone(void **state)
{
	struct bench *b = *state;

	loop_virtual_step_wall(b->loop, -3600000);
	assert_int_equal(loop_wall_ms(b->loop), WALL - 3600000);
	assert_int_equal(loop_mono_ms(b->loop), b->start);
	loop_timer_init(&b->timer, on_fire);
	loop_timer_start(b->loop, &b->timer, 5);
	loop_virtual_run(b->loop, NULL, NULL, 100);
	assert_int_equal(b->fired_at, 5);
	assert_int_equal(loop_wall_ms(b->loop), WALL - 3600000 + 5);
}

static void on_work(struct loop_job *job)
{
	list_entry(job, struct bench, job)->worked++;
}

static void on_after(struct loop_job *job)
{
	struct bench *b = list_entry(job, struct bench, job);

	assert_int_equal(b->worked, b->after + 1);
	b->after_at = loop_mono_ms(b->loop) - b->start;
	if (++b->after < 3)
		loop_job_start(b->loop, job);
}

static void jobs_run_on_a_later_turn_without_time_passing(void **state)
{
	struct bench *b = *state;

	b->job.work = on_work;
	b->job.after = on_after;
	loop_job_start(b->loop, &b->job);
	assert_int_equal(b->worked, 0);
	assert_true(loop_virtual_turn(b->loop));
	assert_int_equal(b->after, 1); /* the one it submitted waits for the next turn */
	assert_int_equal(loop_virtual_run(b->loop, NULL, NULL, 1000), 0);
	assert_int_equal(b->after, 3);
	assert_int_equal(b->after_at, 0);
	assert_false(loop_virtual_turn(b->loop));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, open_bench, close_bench)
	const struct CMUnitTest tests[] = {
	        T(time_jumps_to_what_is_due),
	        T(it_ends_when_nothing_is_left_or_time_is_up),
	        T(it_ends_when_the_condition_holds),
	        T(the_wall_clock_steps_alone),
	        T(jobs_run_on_a_later_turn_without_time_passing),
	};
#undef T
	return cmocka_run_group_tests(tests, NULL, NULL);
}
