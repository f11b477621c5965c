#include "core/io/loop.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/io/loop_p.h"

/* At most this many tasks, and as many timers, a turn: neither keeps the other or the descriptors waiting. */
#define TURN_BUDGET 512

/* In seconds: what a school may feel, and what it must not. */
static const double busy_bound[] = {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5};

struct loop *loop_new(struct loop_backend *backend)
{
	struct loop *loop = xcalloc(1, sizeof(*loop));
	loop->backend = backend;
	loop->due_ms = INT64_MAX;
	list_init(&loop->tasks);
	metrics_histogram_init(&loop->busy, busy_bound, sizeof(busy_bound) / sizeof(busy_bound[0]));
	return loop;
}

void loop_close(struct loop **loop)
{
	struct loop *l = *loop;
	if (!l)
		return;
	if (l->heap_count || !list_empty(&l->tasks) || l->jobs)
		log_error("loop", NULL, "closed with work pending", "timers=%zu tasks=%d jobs=%u", l->heap_count,
		          !list_empty(&l->tasks), l->jobs);
	BUG_UNLESS(l->jobs == 0);
	l->backend->close(l->backend);
	free(l->heap);
	free(l);
	*loop = NULL;
}

struct clock *loop_clock(struct loop *loop)
{
	return loop->backend->clock;
}

int64_t loop_wall_ms(struct loop *loop)
{
	return clock_wall_ms(loop->backend->clock);
}

int64_t loop_mono_ms(struct loop *loop)
{
	return clock_mono_ms(loop->backend->clock);
}

/* The backend is told of the earliest thing to do, once, when that becomes earlier. */
static void arm(struct loop *loop, int64_t due_ms)
{
	if (loop->turning || due_ms >= loop->due_ms)
		return;
	loop->due_ms = due_ms;
	loop->backend->arm(loop->backend, due_ms);
}

/* ---- timers: a binary heap by (due, order) ---- */

static bool before(const struct loop_timer *a, const struct loop_timer *b)
{
	return a->due_ms != b->due_ms ? a->due_ms < b->due_ms : a->order < b->order;
}

static void place(struct loop *loop, size_t i, struct loop_timer *t)
{
	loop->heap[i] = t;
	t->heap_index = (int)i;
}

static void sift_up(struct loop *loop, size_t i, struct loop_timer *t)
{
	while (i > 0 && before(t, loop->heap[(i - 1) / 2])) {
		place(loop, i, loop->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	place(loop, i, t);
}

static void sift_down(struct loop *loop, size_t i, struct loop_timer *t)
{
	for (;;) {
		size_t child = 2 * i + 1;
		if (child >= loop->heap_count)
			break;
		if (child + 1 < loop->heap_count && before(loop->heap[child + 1], loop->heap[child]))
			child++;
		if (!before(loop->heap[child], t))
			break;
		place(loop, i, loop->heap[child]);
		i = child;
	}
	place(loop, i, t);
}

void loop_timer_init(struct loop_timer *t, void (*fire)(struct loop_timer *t))
{
	*t = (struct loop_timer){.fire = fire, .heap_index = -1};
}

void loop_timer_start(struct loop *loop, struct loop_timer *t, int64_t delay_ms)
{
	loop_timer_stop(loop, t);
	if (loop->heap_count == loop->heap_cap) {
		loop->heap_cap = loop->heap_cap ? loop->heap_cap * 2 : 64;
		loop->heap = xrealloc(loop->heap, loop->heap_cap * sizeof(*loop->heap));
	}
	t->due_ms = loop_mono_ms(loop) + (delay_ms > 0 ? delay_ms : 0);
	t->order = ++loop->order;
	sift_up(loop, loop->heap_count++, t);
	arm(loop, t->due_ms);
}

void loop_timer_stop(struct loop *loop, struct loop_timer *t)
{
	if (t->heap_index < 0)
		return;
	size_t i = (size_t)t->heap_index;
	t->heap_index = -1;
	struct loop_timer *last = loop->heap[--loop->heap_count];
	if (last == t)
		return;
	if (i > 0 && before(last, loop->heap[(i - 1) / 2]))
		sift_up(loop, i, last);
	else
		sift_down(loop, i, last);
}

/* ---- tasks ---- */

void loop_task_init(struct loop_task *t, void (*run)(struct loop_task *t))
{
	t->run = run;
	list_init(&t->link);
}

void loop_defer(struct loop *loop, struct loop_task *t)
{
	if (!list_empty(&t->link))
		return;
	list_append(&loop->tasks, &t->link);
	arm(loop, loop_mono_ms(loop));
}

void loop_task_cancel(struct loop_task *t)
{
	list_remove(&t->link);
}

/* ---- jobs ---- */

void loop_job_start(struct loop *loop, struct loop_job *job)
{
	loop->jobs++;
	list_init(&job->link);
	loop->backend->submit(loop->backend, job);
}

void loop_job_done(struct loop *loop, struct loop_job *job)
{
	REQUIRE(loop->jobs > 0);
	loop->jobs--;
	job->after(job);
}

unsigned loop_jobs_pending(const struct loop *loop)
{
	return loop->jobs;
}

/* ---- lag ---- */

/* Upper bounds of the histogram's buckets; finer than a millisecond the clock does not tell. */
const int64_t loop_lag_bound[LOOP_LAG_BUCKETS] = {
        0, 1, 2, 3, 5, 8, 13, 20, 35, 60, 100, 200, 500, 1000, 5000, INT64_MAX,
};

static unsigned bucket_of(int64_t ms)
{
	unsigned b = 0;
	while (b + 1 < LOOP_LAG_BUCKETS && ms > loop_lag_bound[b])
		b++;
	return b;
}

static void note_lag(struct loop *loop, int64_t ms)
{
	loop->lag_turns++;
	loop->lag[bucket_of(ms)]++;
	if (ms > loop->lag_max)
		loop->lag_max = ms;
}

static double quantile(const struct loop *loop, double q)
{
	uint64_t want = (uint64_t)((double)loop->lag_turns * q), seen = 0;
	for (unsigned b = 0; b < LOOP_LAG_BUCKETS; b++) {
		seen += loop->lag[b];
		if (seen > want)
			return b + 1 < LOOP_LAG_BUCKETS ? (double)loop_lag_bound[b] : (double)loop->lag_max;
	}
	return (double)loop->lag_max;
}

void loop_lag(const struct loop *loop, struct loop_lag *out)
{
	out->turns = loop->lag_turns;
	out->p50_ms = quantile(loop, 0.50);
	out->p99_ms = quantile(loop, 0.99);
	out->max_ms = (double)loop->lag_max;
}

const struct metrics_histogram *loop_busy(const struct loop *loop)
{
	return &loop->busy;
}

/* ---- the turn ---- */

static void run_tasks(struct loop *loop)
{
	/* those that were queued when the turn began: what they queue runs on the next */
	struct list now;
	struct list *node;
	list_init(&now);
	for (unsigned i = 0; i < TURN_BUDGET && (node = list_take_first(&loop->tasks)) != NULL; i++)
		list_append(&now, node);
	while ((node = list_take_first(&now)) != NULL) {
		struct loop_task *t = list_entry(node, struct loop_task, link);
		t->run(t);
	}
}

/* Timers armed by a timer of this turn, even for now, wait for the next: order numbers tell them apart. */
static void fire_timers(struct loop *loop, int64_t now)
{
	uint64_t last = loop->order;
	for (unsigned i = 0; i < TURN_BUDGET && loop->heap_count; i++) {
		struct loop_timer *t = loop->heap[0];
		if (t->due_ms > now || t->order > last)
			break;
		loop_timer_stop(loop, t);
		t->fire(t);
	}
}

int64_t loop_turn(struct loop *loop)
{
	int64_t now = loop_mono_ms(loop);
	if (loop->due_ms != INT64_MAX && now >= loop->due_ms)
		note_lag(loop, now - loop->due_ms);
	loop->turning = true;
	loop->due_ms = INT64_MAX;
	run_tasks(loop);
	fire_timers(loop, now);
	loop->turning = false;
	int64_t due = loop->heap_count ? loop->heap[0]->due_ms : INT64_MAX;
	if (!list_empty(&loop->tasks))
		due = now;
	loop->due_ms = due;
	return due;
}
