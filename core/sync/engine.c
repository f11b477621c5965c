#include "core/sync/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/sync/down.h"
#include "core/sync/shadow.h"
#include "core/sync/up.h"

#define DEFAULT_MEMORY ((size_t)64 * 1024 * 1024)

/* One environment's part of a run. Each has its own run, arena, store and fault: what befalls one reaches no other. */
struct part {
	struct engine_run *e;
	struct env_report *report;
	struct store *store;
	struct run *run;
	union {
		struct down_env down;
		struct up_env up;
		struct shadow_env shadow;
	};
	struct store_job history;
};

struct engine_run {
	struct engine_options o;
	struct arena *arena;          /* snapshot and report */
	struct report report;
	struct snapshot_work work;    /* down: one reading of Yparéo for all environments */
	struct up_shared meeting;     /* up: where the environments meet for theirs */
	bool met;
	struct run *shared;
	struct store *memory;         /* of the first environment: what a reading of Yparéo leaves for the next */
	struct part *parts;
	unsigned open;
	bool cancelled;
	struct loop_task step;
	void (*next)(struct engine_run *e);
};

static void on_step(struct loop_task *t)
{
	struct engine_run *e = list_entry(t, struct engine_run, step);
	e->next(e);
}

static void later(struct engine_run *e, void (*next)(struct engine_run *e))
{
	e->next = next;
	loop_defer(e->o.flow->loop, &e->step);
}

static int64_t now_s(const struct engine_run *e)
{
	return loop_wall_ms(e->o.flow->loop) / 1000;
}

/* ---- the end ---- */

static void finish(struct engine_run *e)
{
	e->report.ended = now_s(e);
	e->report.requests_ypareo = e->met ? e->meeting.requests : e->work.requests;
	report_settle(&e->report);
	e->o.done(e->o.arg, &e->report);
}

static void part_closed(struct part *p)
{
	struct engine_run *e = p->e;
	store_unref(&p->store);
	if (--e->open == 0)
		later(e, finish);
}

static int history_work(struct store_txn *txn, struct store_job *job)
{
	struct part *p = list_entry(job, struct part, history);
	const struct report *r = &p->e->report;
	struct run_summary s = { .id = str_of(r->run), .flow = r->flow, .result = p->report->result, .started = r->started, .ended = r->ended,
		                 .issues = (uint32_t)p->report->issues.n, .error = str_of(p->report->error.what), .plan = p->report->plan,
		                 .by = str_of(p->e->o.by) };
	memcpy(s.counts, p->report->counts, sizeof(s.counts));
	state_put_run(txn, &s);
	return store_txn_error(txn);
}

static void history_after(struct store_job *job)
{
	struct part *p = list_entry(job, struct part, history);
	if (job->error && !fault_is(&p->report->error))
		fault_set(&p->report->error, FAULT_LOCAL, job->error, "the history could not be written: %s", job->detail);
	part_closed(p);
}

/* What an environment's run leaves behind, also when it failed. */
static void part_done(struct run *run, void *arg)
{
	struct part *p = arg;
	if (fault_is(run_fault(run))) {
		p->report->error = *run_fault(run);
		report_remedy(&p->report->error);
	}
	/* the issues' texts live in the run's arena */
	struct issue *all = p->report->issues.v;
	struct issue *kept = arena_array(p->e->arena, p->report->issues.n + 1, sizeof(*kept));
	for (size_t i = 0; kept && i < p->report->issues.n; i++) {
		kept[i] = all[i];
		kept[i].record = arena_str(p->e->arena, all[i].record);
		kept[i].field = arena_str(p->e->arena, all[i].field);
		kept[i].problem = arena_str(p->e->arena, all[i].problem);
		kept[i].fix = arena_str(p->e->arena, all[i].fix);
	}
	p->report->issues = (struct items){ kept, kept ? p->report->issues.n : 0 };
	if (p->e->met)
		up_env_ended(&p->up);
	else
		run_free(&p->run); /* on the way up the others may still look at what it read */
	if (p->e->o.plan_only) {
		part_closed(p);
		return;
	}
	p->e->report.ended = now_s(p->e);
	report_settle(&p->e->report);
	p->history = (struct store_job){ .write = true, .work = history_work, .after = history_after };
	store_submit(p->store, &p->history);
}

/* ---- the environments, each in a run of its own ---- */

static void start_part(struct engine_run *e, unsigned i, const struct step *list, void *state)
{
	struct part *p = &e->parts[i];
	struct run_options ro = { .tenant = e->o.settings->tenant,
		                  .environment = e->o.settings->environments[i].key,
		                  .id = e->report.run,
		                  .store = p->store,
		                  .memory = e->o.memory ? e->o.memory : DEFAULT_MEMORY,
		                  .tries = e->o.settings->tries,
		                  .deadline_ms = e->o.deadline_ms };
	p->run = run_new(e->o.flow, list, state, &ro);
	e->open++;
	run_start(p->run, part_done, p);
	if (e->cancelled)
		run_cancel(p->run);
}

static void open_part(struct engine_run *e, unsigned i)
{
	struct part *p = &e->parts[i];
	p->e = e;
	p->report = &e->report.environments[i];
	p->store = store_ref(e->o.stores, e->o.settings->tenant, e->o.settings->environments[i].key);
}

/* ---- one reading of Yparéo for all environments, then each of them ---- */

static void read_first(struct engine_run *e, int32_t first, int32_t last, void (*done)(struct run *run, void *arg))
{
	const struct settings *s = e->o.settings;
	snapshot_work_init(&e->work, s, e->arena, first, last, true);
	e->work.has_store = e->memory;
	e->work.remembers = !e->o.plan_only;
	e->work.kept_will_do = e->o.kept_will_do;
	e->work.now = e->report.started;
	struct run_options ro = { .tenant = s->tenant, .id = e->report.run, .store = e->memory, .memory = e->o.memory ? e->o.memory : DEFAULT_MEMORY,
		                  .tries = e->o.settings->tries,
		                  .deadline_ms = e->o.deadline_ms };
	e->shared = run_new(e->o.flow, snapshot_list, &e->work, &ro);
	run_start(e->shared, done, e);
	if (e->cancelled)
		run_cancel(e->shared);
}

/* ---- a school that only looks on ---- */

static void looked(struct run *run, void *arg)
{
	struct engine_run *e = arg;
	const struct settings *s = e->o.settings;
	for (unsigned i = 0; i < s->environment_count; i++) {
		struct part *p = &e->parts[i];
		open_part(e, i);
		p->shadow = (struct shadow_env){ .settings = s,
			                         .env = &s->environments[i],
			                         .snap = &e->work.snap,
			                         .report = p->report,
			                         .report_arena = e->arena,
			                         .flow = e->report.flow,
			                         .now = e->report.started,
			                         .preset = *run_fault(run) };
		start_part(e, i, e->report.flow == FLOW_UP ? shadow_up_list : shadow_down_list, &p->shadow);
	}
	if (e->open == 0)
		later(e, finish);
}

static void start_shadow(struct engine_run *e)
{
	const struct settings *s = e->o.settings;
	int32_t today = tz_from_utc(s->zone, e->report.started).day;
	if (e->report.flow == FLOW_UP)
		read_first(e, today - s->days_back, today, looked);
	else
		read_first(e, today, today + s->days_ahead, looked);
}

/* ---- the way down ---- */

static void snapshot_done(struct run *run, void *arg)
{
	struct engine_run *e = arg;
	const struct settings *s = e->o.settings;
	for (unsigned i = 0; i < s->environment_count; i++) {
		struct part *p = &e->parts[i];
		open_part(e, i);
		p->down = (struct down_env){ .settings = s,
			                     .env = &s->environments[i],
			                     .snap = &e->work.snap,
			                     .report = p->report,
			                     .report_arena = e->arena,
			                     .store = p->store,
			                     .loop = e->o.flow->loop,
			                     .run_id = e->report.run,
			                     .now = e->report.started,
			                     .plan_only = e->o.plan_only,
			                     .approved = str_of(e->o.approved),
			                     .explain = e->o.explain,
			                     .preset = *run_fault(run),
			                     .progress = e->o.progress,
			                     .progress_arg = e->o.progress_arg };
		start_part(e, i, down_env_list, &p->down);
	}
	if (e->open == 0)
		later(e, finish);
}

static void start_down(struct engine_run *e)
{
	const struct settings *s = e->o.settings;
	int32_t today = tz_from_utc(s->zone, e->report.started).day;
	read_first(e, today, today + s->days_ahead, snapshot_done);
}

/* ---- the way up ---- */

static void start_up(struct engine_run *e)
{
	const struct settings *s = e->o.settings;
	struct up_env **envs = arena_array(e->arena, s->environment_count + 1, sizeof(*envs));
	REQUIRE(envs);
	for (unsigned i = 0; i < s->environment_count; i++) {
		struct part *p = &e->parts[i];
		open_part(e, i);
		p->up = (struct up_env){ .settings = s,
			                 .env = &s->environments[i],
			                 .shared = &e->meeting,
			                 .report = p->report,
			                 .report_arena = e->arena,
			                 .store = p->store,
			                 .loop = e->o.flow->loop,
			                 .run_id = e->report.run,
			                 .now = e->report.started,
			                 .plan_only = e->o.plan_only,
			                 .approved = str_of(e->o.approved),
			                 .only = e->o.only,
			                 .progress = e->o.progress,
			                 .progress_arg = e->o.progress_arg };
		envs[i] = &p->up;
	}
	struct run_options ro = { .tenant = s->tenant, .id = e->report.run, .store = e->memory, .memory = e->o.memory ? e->o.memory : DEFAULT_MEMORY,
		                  .tries = e->o.settings->tries,
		                  .deadline_ms = e->o.deadline_ms };
	up_shared_init(&e->meeting, e->o.flow, s, e->arena, envs, s->environment_count, &ro);
	e->met = true;
	for (unsigned i = 0; i < s->environment_count; i++)
		start_part(e, i, up_env_list, &e->parts[i].up);
	if (e->open == 0)
		later(e, finish);
}

/* ---- from outside ---- */

struct engine_run *engine_start(const struct engine_options *options)
{
	static uint32_t counter;
	struct engine_run *e = xcalloc(1, sizeof(*e));
	const struct settings *s = options->settings;
	e->o = *options;
	e->arena = arena_new(options->memory ? options->memory : DEFAULT_MEMORY);
	loop_task_init(&e->step, on_step);
	struct report *r = &e->report;
	r->arena = e->arena;
	r->tenant = s->tenant;
	r->flow = options->kind;
	r->plan_only = options->plan_only;
	r->started = now_s(e);
	char stamp[UTC_TEXT];
	utc_iso(r->started, stamp);
	r->run = options->run_id ? options->run_id : arena_printf(e->arena, "%s-%s-%u", stamp, flow_kind_name(options->kind), ++counter % 1000);
	r->environments = arena_array(e->arena, s->environment_count + 1, sizeof(*r->environments));
	e->parts = xcalloc(s->environment_count + 1, sizeof(*e->parts));
	REQUIRE(r->environments);
	r->environment_count = s->environment_count;
	for (unsigned i = 0; i < s->environment_count; i++)
		r->environments[i].environment = s->environments[i].key;
	if (s->environment_count)
		e->memory = store_ref(e->o.stores, s->tenant, s->environments[0].key);
	if (s->shadow && !options->plan_only)
		later(e, start_shadow);
	else
		later(e, options->kind == FLOW_UP ? start_up : start_down);
	return e;
}

void engine_cancel(struct engine_run *e)
{
	e->cancelled = true;
	if (e->shared)
		run_cancel(e->shared);
	if (e->met)
		up_shared_cancel(&e->meeting);
	for (unsigned i = 0; i < e->o.settings->environment_count; i++)
		if (e->parts[i].run)
			run_cancel(e->parts[i].run);
}

/* A run that did not end is thrown away as if the process had ended: crash tests only. */
static void throw_away(struct engine_run *e)
{
	if (e->shared)
		run_freeze(e->shared);
	if (e->met && e->meeting.run)
		run_freeze(e->meeting.run);
	for (unsigned i = 0; i < e->o.settings->environment_count; i++)
		if (e->parts[i].run)
			run_freeze(e->parts[i].run);
}

void engine_free(struct engine_run **e)
{
	struct engine_run *x = *e;
	if (!x)
		return;
	loop_task_cancel(&x->step);
	throw_away(x);
	run_free(&x->shared);
	for (unsigned i = 0; i < x->o.settings->environment_count; i++) {
		run_free(&x->parts[i].run);
		store_unref(&x->parts[i].store); /* of a run that was thrown away in the middle: tests only */
	}
	if (x->met)
		up_shared_deinit(&x->meeting);
	store_unref(&x->memory);
	arena_free(&x->arena);
	free(x->parts);
	free(x);
	*e = NULL;
}
