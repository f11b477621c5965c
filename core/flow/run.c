#include "core/flow/flow_p.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_MEMORY      ((size_t)32 * 1024 * 1024)
#define DEFAULT_DEADLINE_MS (2 * 3600 * 1000)

/* FNV-1a: runs of one process draw different waits, and the same ones each time. */
static uint64_t mix_text(uint64_t seed, const char *text)
{
	const char *p = text ? text : "";
	do {
		seed = (seed ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	} while (*p++);
	return seed;
}

static struct run *make(const struct flow_env *env, const struct step *list, void *state)
{
	struct run *run = xcalloc(1, sizeof(*run));
	run->env = env;
	run->list = run->row = list;
	run->state = state;
	run->top = run;
	run->attempt = 1;
	loop_task_init(&run->advance, flow__on_advance);
	loop_timer_init(&run->timer, flow__on_timer);
	loop_timer_init(&run->deadline, flow__on_deadline);
	list_init(&run->children);
	list_init(&run->ended_children);
	list_init(&run->link);
	return run;
}

struct run *run__child(struct run *parent, const struct step *list, void *state)
{
	struct run *run = make(parent->env, list, state);
	run->parent = parent;
	run->top = parent->top;
	run->arena = arena_new_child(parent->arena);
	run->store = parent->store;
	run->log = parent->log;
	run->seed = mix_text(parent->seed, "child");
	parent->seed = mix_text(parent->seed, "parent");
	run->started = true;
	run->entered_ms = loop_mono_ms(run->env->loop);
	list_append(&parent->children, &run->link);
	parent->living++;
	return run;
}

struct run *run_new(const struct flow_env *env, const struct step *list, void *state,
                    const struct run_options *options)
{
	struct run *run = make(env, list, state);
	run->arena = arena_new(options->memory ? options->memory : DEFAULT_MEMORY);
	run->store = options->store;
	run->log =
	        (struct log_ctx){.tenant = options->tenant, .environment = options->environment, .run = options->id};
	run->seed = mix_text(mix_text(mix_text(env->seed, options->tenant), options->environment), options->id);
	run->tries = options->tries;
	run->deadline_ms = options->deadline_ms ? options->deadline_ms : DEFAULT_DEADLINE_MS;
	run->ring = xcalloc(RING, sizeof(*run->ring));
	return run;
}

static void destroy_list(struct list *l)
{
	struct list *node;
	while ((node = list_take_first(l)) != NULL)
		run__destroy(list_entry(node, struct run, link));
}

/* Also of a run that was frozen in the middle. */
void run__destroy(struct run *run)
{
	destroy_list(&run->children);
	destroy_list(&run->ended_children);
	flow__drop_exchange(run);
	loop_task_cancel(&run->advance);
	loop_timer_stop(run->env->loop, &run->timer);
	loop_timer_stop(run->env->loop, &run->deadline);
	if (run->box)
		run->box->run = NULL;
	arena_free(&run->arena);
	free(run->ring);
	free(run);
}

void run_free(struct run **run)
{
	if (!*run)
		return;
	REQUIRE((*run)->ended || (*run)->frozen || !(*run)->started);
	run__destroy(*run);
	*run = NULL;
}

void run_freeze(struct run *run)
{
	run->top->frozen = true;
}

void *run_state(const struct run *run)
{
	return run->state;
}

struct run *run_parent(const struct run *run)
{
	return run->parent;
}

struct run *run_top(struct run *run)
{
	return run->top;
}

struct arena *run_arena(struct run *run)
{
	return run->arena;
}

struct loop *run_loop(const struct run *run)
{
	return run->env->loop;
}

struct fault *run_fault(struct run *run)
{
	return &run->fault;
}

enum verdict run_fail(struct run *run, const struct fault *fault)
{
	if (fault != &run->fault)
		run->fault = *fault;
	if (!run->fault.step)
		run->fault.step = run->row ? run->row->name : NULL;
	return STEP_FAIL;
}

enum verdict run_failf(struct run *run, enum fault_class class, int code, const char *fmt, ...)
{
	char text[sizeof(run->fault.what)];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	memset(&run->fault, 0, sizeof(run->fault));
	fault_set(&run->fault, class, code, "%s", text);
	return run_fail(run, &run->fault);
}

const struct log_ctx *run_log(struct run *run)
{
	run->log.step = run_step_name(run);
	return &run->log;
}

const char *run_step_name(const struct run *run)
{
	return run->row && run->row->name ? run->row->name : "end";
}

uint64_t run_requests(const struct run *run)
{
	return run->requests;
}

/* ---- what is seen from outside ---- */

enum verdict run__bug(struct run *run, const char *what)
{
	return run_failf(run, FAULT_BUG, ERR_BUG, "step %s: %s", run_step_name(run), what);
}

bool run__probe(struct run *run, const char *what)
{
	const struct flow_env *env = run->env;
	if (!run->top->frozen && env->probe && !env->probe(env->probe_arg, run, run->row, what))
		run->top->frozen = true;
	return !run->top->frozen;
}

bool flow_probe(struct run *run, const char *what)
{
	return run__probe(run, what);
}

bool run__note(struct run *run, const char *what)
{
	struct run *top = run->top;
	int64_t ms = loop_mono_ms(run->env->loop) - run->entered_ms;
	top->ring[top->ring_next++ % RING] = (struct transition){run_step_name(run), run->attempt, ms, what};
	if (log_on(&run->log, LOG_LVL_DEBUG))
		log_debug("flow", run_log(run), "step", "attempt=%u ms=%lld verdict=%s", run->attempt, (long long)ms,
		          what);
	return run__probe(run, what);
}

size_t run_transitions(const struct run *run, struct transition *out, size_t max)
{
	const struct run *top = run->top;
	size_t n = 0;
	for (size_t i = top->ring_next; i > 0 && n < max && n < RING; i--)
		out[n++] = top->ring[(i - 1) % RING];
	return n;
}
