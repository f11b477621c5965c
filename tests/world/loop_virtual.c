#include "tests/world/loop_virtual.h"

#include <stdlib.h>

#define MONO_AT_START      1000000
#define TURNS_WITHOUT_TIME 1000000

struct virtual_loop {
	struct loop_backend backend;
	struct clock clock;
	struct loop *loop;
	int64_t mono_ms, wall_ms;
	int64_t due_ms; /* what the loop asked to be woken for */
	struct list jobs;
};

static int64_t wall(struct clock *clock)
{
	return list_entry(clock, struct virtual_loop, clock)->wall_ms;
}

static int64_t mono(struct clock *clock)
{
	return list_entry(clock, struct virtual_loop, clock)->mono_ms;
}

static struct virtual_loop *of(struct loop *loop)
{
	return list_entry(loop_clock(loop), struct virtual_loop, clock);
}

static void arm(struct loop_backend *backend, int64_t due_ms)
{
	struct virtual_loop *v = list_entry(backend, struct virtual_loop, backend);

	v->due_ms = due_ms;
}

static void submit(struct loop_backend *backend, struct loop_job *job)
{
	struct virtual_loop *v = list_entry(backend, struct virtual_loop, backend);

	list_append(&v->jobs, &job->link);
}

static void close_backend(struct loop_backend *backend)
{
	free(list_entry(backend, struct virtual_loop, backend));
}

struct loop *loop_virtual_new(int64_t wall_ms)
{
	struct virtual_loop *v = xcalloc(1, sizeof(*v));

	v->backend = (struct loop_backend){&v->clock, arm, submit, close_backend};
	v->clock = (struct clock){wall, mono};
	v->mono_ms = MONO_AT_START;
	v->wall_ms = wall_ms;
	v->due_ms = INT64_MAX;
	list_init(&v->jobs);
	v->loop = loop_new(&v->backend);
	return v->loop;
}

void loop_virtual_step_wall(struct loop *loop, int64_t delta_ms)
{
	of(loop)->wall_ms += delta_ms;
}

static bool run_jobs(struct virtual_loop *v, struct list *jobs)
{
	struct list *node;
	bool any = false;

	while ((node = list_take_first(jobs)) != NULL) {
		struct loop_job *job = list_entry(node, struct loop_job, link);
		any = true;
		job->work(job);
		loop_job_done(v->loop, job);
	}
	return any;
}

bool loop_virtual_turn(struct loop *loop)
{
	struct virtual_loop *v = of(loop);
	struct list jobs, *node;
	bool due = v->due_ms <= v->mono_ms;

	/* those of this turn's callbacks wait for the next */
	list_init(&jobs);
	while ((node = list_take_first(&v->jobs)) != NULL)
		list_append(&jobs, node);
	if (due)
		v->due_ms = loop_turn(loop);
	return run_jobs(v, &jobs) || due;
}

int64_t loop_virtual_run(struct loop *loop, bool (*until)(void *arg), void *arg, int64_t max_virtual_ms)
{
	struct virtual_loop *v = of(loop);
	int64_t start = v->mono_ms, last = start + max_virtual_ms;
	unsigned turns = 0;

	while (!(until && until(arg))) {
		if (loop_virtual_turn(loop)) {
			REQUIRE(++turns < TURNS_WITHOUT_TIME);
			continue;
		}
		if (!list_empty(&v->jobs))
			continue;
		if (v->due_ms == INT64_MAX)
			break;
		int64_t to = v->due_ms < last ? v->due_ms : last;
		bool over = v->due_ms > last;
		v->wall_ms += to - v->mono_ms;
		v->mono_ms = to;
		turns = 0;
		if (over)
			break;
	}
	return v->mono_ms - start;
}
