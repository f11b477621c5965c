#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/sync/held.h"
#include "tests/replay/stage.h"

/* What is held, remembered, and answered. */

#define SESSIONS 10

static int64_t codes[SESSIONS];

/* Ten sheets, two a day from tomorrow on. */
static struct stage *ten_sheets(void)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	stage_school(s, &(struct stage_options){.empty = true, .learners = 4});
	for (int i = 0; i < SESSIONS; i++)
		codes[i] = ypareo_add_session(s->y, s->today + 1 + i / 2, i % 2 ? 14 * 60 : 9 * 60,
		                              i % 2 ? 17 * 60 : 12 * 60, s->subject, s->group, s->instructor, s->room)
		                   ->code;
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), SESSIONS);
	stage_mark(s);
	return s;
}

static void cancel(struct stage *s, int first, int n)
{
	for (int i = first; i < first + n; i++)
		ypareo_session_cancel(s->y, codes[i]);
}

/* ---- what the store has ---- */

struct looking {
	struct store_job job;
	struct arena *arena;
	struct items plans;
	bool done;
};

static int look_work(struct store_txn *txn, struct store_job *job)
{
	struct looking *l = list_entry(job, struct looking, job);
	return held_list(txn, l->arena, &l->plans);
}

static void look_after(struct store_job *job)
{
	list_entry(job, struct looking, job)->done = true;
}

static bool has_looked(void *arg)
{
	return ((struct looking *)arg)->done;
}

/* The plans of the first environment, freed by the next call. */
static struct items plans(struct stage *s)
{
	static struct arena *arena;
	arena_free(&arena);
	arena = arena_new(0);
	struct looking l = {.job = {.work = look_work, .after = look_after}, .arena = arena};
	struct store *store = store_ref(s->stores, "cfa", s->envs[0].key);
	store_submit(store, &l.job);
	loop_virtual_run(s->loop, has_looked, &l, 1000);
	assert_true(l.done);
	assert_int_equal(l.job.error, 0);
	store_unref(&store);
	return l.plans;
}

static const struct held_plan *the_plan(struct stage *s)
{
	struct items all = plans(s);
	assert_int_equal(all.n, 1);
	return all.v;
}

static const struct env_report *env(struct stage *s)
{
	return &s->report->environments[0];
}

/* ---- remembered ---- */

static void a_plan_of_the_way_down_is_remembered(void **state)
{
	struct stage *s = ten_sheets();
	(void)state;
	int64_t first = stage_now(s);
	cancel(s, 0, 5);
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_HELD);
	const struct held_plan *p = the_plan(s);
	assert_true(str_eq(p->id, env(s)->plan));
	assert_int_equal(p->id.n, 16);
	assert_int_equal(p->flow, FLOW_DOWN);
	assert_int_equal(p->answer, HELD_WAITING);
	assert_true(p->since >= first && p->since <= stage_now(s));
	assert_non_null(strstr(p->reason.p, "5 sheets"));
	assert_int_equal(p->changes.n, 5);
	assert_int_equal(p->count, 5);
	const struct held_change *c = p->changes.v;
	for (int i = 0; i < 5; i++) {
		char record[40];
		snprintf(record, sizeof(record), "sheet %lld", (long long)codes[i]);
		assert_true(str_eqz(c[i].what.record, record));
		assert_int_equal(c[i].what.action, ACTION_DELETE);
		assert_int_not_equal(c[i].what.reason.n, 0);
	}
	/* the same again: the same id, since the same time; a plan says so too and changes nothing */
	int64_t since = p->since;
	char id[17];
	memcpy(id, p->id.p, 17);
	stage_advance(s, 3600);
	stage_plan(s, FLOW_DOWN);
	assert_true(str_eqz(env(s)->plan, id));
	assert_int_equal(env(s)->held->since, since);
	stage_run(s, FLOW_DOWN);
	p = the_plan(s);
	assert_true(str_eqz(p->id, id));
	assert_int_equal(p->since, since);
	assert_int_equal(stage_writes(s), 0);
	/* one more: another plan */
	cancel(s, 5, 1);
	stage_plan(s, FLOW_DOWN);
	assert_false(str_eqz(env(s)->plan, id));
	assert_true(str_eqz(the_plan(s)->id, id)); /* a plan of what would be done is not one that is held */
	stage_run(s, FLOW_DOWN);
	p = the_plan(s);
	assert_false(str_eqz(p->id, id));
	assert_true(p->since > since);
	stage_free(&s);
}

static void a_plan_expires_with_the_run_that_no_longer_wants_it(void **state)
{
	struct stage *s = ten_sheets();
	(void)state;
	cancel(s, 0, 5);
	stage_run(s, FLOW_DOWN);
	the_plan(s);
	s->settings.delete_percent = 60;
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	assert_null(env(s)->held);
	assert_int_equal(plans(s).n, 0);
	stage_free(&s);
}

/* A run that fails says nothing about what it would have held. */
static void a_failed_run_keeps_the_plan(void **state)
{
	struct stage *s = ten_sheets();
	(void)state;
	cancel(s, 0, 5);
	stage_run(s, FLOW_DOWN);
	stage_fault(s, "forbidden:edusign:GET:/v1/school:count=20");
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_FAILED);
	the_plan(s);
	stage_free(&s);
}

/* Fourteen sessions of four, taught, and nobody but the instructor signed. */
static struct stage *an_empty_week(void)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	stage_school(s, &(struct stage_options){.learners = 4});
	for (int i = 0; i < 14; i++)
		ypareo_add_session(s->y, s->today + 1 + i / 4, 13 * 60 + 60 * (i % 4), 14 * 60 + 60 * (i % 4),
		                   s->subject, s->group, s->instructor, s->room);
	stage_run(s, FLOW_DOWN);
	stage_advance(s, 5 * 86400);
	for (size_t i = 0; i < s->e->courses.n; i++) {
		edusign_sign_professor(s->e, &s->e->courses.items[i], 0, stage_now(s));
		edusign_lock(s->e, &s->e->courses.items[i], stage_now(s));
	}
	return s;
}

static void a_plan_of_the_way_up_is_remembered(void **state)
{
	struct stage *s = an_empty_week();
	(void)state;
	assert_int_equal(stage_run(s, FLOW_UP)->result, RESULT_HELD);
	const struct held_plan *p = the_plan(s);
	assert_true(str_eq(p->id, env(s)->plan));
	assert_int_equal(p->flow, FLOW_UP);
	assert_non_null(strstr(p->reason.p, "60 of 60"));
	const struct held_change *c = p->changes.v;
	size_t created = 0;
	for (size_t i = 0; i < p->changes.n; i++)
		created += c[i].what.action == ACTION_CREATE && str_starts(c[i].what.record, "attendance ");
	assert_int_equal(created, 60 + 15); /* with the instructor's own attendance */
	s->settings.up_percent = 100;
	assert_int_equal(stage_run(s, FLOW_UP)->result, RESULT_OK);
	assert_int_equal(plans(s).n, 0);
	stage_free(&s);
}

static void a_single_sheet_of_a_held_night_waits_with_it(void **state)
{
	struct stage *s = an_empty_week();
	(void)state;
	stage_run(s, FLOW_UP);
	stage_mark(s);
	struct texts one = {&s->e->courses.items[3].id, 1};
	stage_run_only(s, &one);
	assert_int_equal(stage_writes(s), 0);
	assert_int_equal(the_plan(s)->count, 75);
	stage_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_plan_of_the_way_down_is_remembered),
	        cmocka_unit_test(a_plan_expires_with_the_run_that_no_longer_wants_it),
	        cmocka_unit_test(a_failed_run_keeps_the_plan),
	        cmocka_unit_test(a_plan_of_the_way_up_is_remembered),
	        cmocka_unit_test(a_single_sheet_of_a_held_night_waits_with_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
