#include "tests/unit/tenant_fixture.h"

static void noon_and_evening(void **state)
{
	struct scene *s = *state;
	start(s, NO_SPREAD);
	days(s, 3);
	assert_int_equal(s->ended[FLOW_DOWN], 6);
	assert_int_equal(s->ended[FLOW_UP], 3);
	assert_int_equal(s->failed, 0);
	assert_true(s->at[FLOW_DOWN][0] - utc("2026-11-23T11:00:00Z") < 120);
	assert_true(s->at[FLOW_UP][0] >= utc("2026-11-23T21:00:00Z"));
	assert_true(s->at[FLOW_UP][0] <= s->at[FLOW_DOWN][1]); /* of two due together, up goes first */
	assert_true(edusign_course_count(sim_edusign(s->sim), "ecole", 0) > 5);
}

static void a_restart_has_missed_the_latest_slot_only(void **state)
{
	struct scene *s = *state;
	start(s, NO_SPREAD);
	days(s, 1);
	stop(s);
	unsigned down = s->ended[FLOW_DOWN], up = s->ended[FLOW_UP];
	/* nobody is there for three days */
	loop_virtual_step_wall(s->rig.loop, (int64_t)3 * 86400 * 1000);
	open_process(s);
	start(s, NO_SPREAD);
	days(s, 0.02);
	assert_int_equal(s->ended[FLOW_DOWN], down + 1);
	assert_int_equal(s->ended[FLOW_UP], up + 1);
}

static void changed_times_have_missed_nothing(void **state)
{
	struct scene *s = *state;
	start(s, NO_SPREAD);
	days(s, 1);
	unsigned down = s->ended[FLOW_DOWN];
	tenant_change(s->tenant, file(s, ", \"schedule\": { \"down\": [\"08:30\"], \"spread_minutes\": 0 }"));
	days(s, 0.01); /* it is 09:00 in Paris */
	assert_int_equal(s->ended[FLOW_DOWN], down);
	days(s, 1);
	assert_int_equal(s->ended[FLOW_DOWN], down + 1);
}

static void a_failure_is_tried_again(void **state)
{
	struct scene *s = *state;
	start(s, NO_SPREAD);
	sim_fault_add(s->sim, &(struct sim_fault){ .kind = SIM_FORBIDDEN, .vendor = "ypareo", .path = "/r/v1/sites" });
	days(s, 0.2); /* until 13:48 in Paris: noon, then 5, 15 and 45 minutes later */
	assert_int_equal(s->failed, 4);
	sim_faults_clear(s->sim);
	days(s, 0.05);
	assert_int_equal(s->failed, 4);
	assert_int_equal(s->ended[FLOW_DOWN], 5);
	days(s, 0.1);
	assert_int_equal(s->ended[FLOW_DOWN], 5); /* and not again */
}

static void a_paused_school_rests(void **state)
{
	struct scene *s = *state;
	start(s, NO_SPREAD ", \"paused\": true");
	days(s, 2);
	assert_int_equal(s->started, 0);
	assert_int_equal(tenant_state(s->tenant), TENANT_PAUSED);
	assert_true(tenant_next(s->tenant, FLOW_DOWN) == INT64_MAX);
}

static void a_school_without_a_place_waits_for_one(void **state)
{
	struct scene *s = *state;
	start(s, NO_SPREAD);
	s->full = true;
	days(s, 0.3);
	assert_true(s->refused > 0);
	assert_int_equal(s->started, 0);
	s->full = false;
	tenant_kick(s->tenant);
	days(s, 0.01);
	assert_int_equal(s->ended[FLOW_DOWN], 1);
}

static void a_removed_school_drains(void **state)
{
	struct scene *s = *state;
	start(s, NO_SPREAD);
	days(s, 0.01);
	tenant_drain(s->tenant);
	assert_true(s->gone);
	days(s, 2);
	assert_int_equal(s->started, 0);
}

static void a_stale_school_goes_on(void **state)
{
	struct scene *s = *state;
	start(s, NO_SPREAD);
	days(s, 0.01);
	tenant_stale(s->tenant, "cfa.json:3:2: name: wrong");
	assert_int_equal(tenant_state(s->tenant), TENANT_STALE);
	days(s, 0.5);
	assert_int_equal(s->ended[FLOW_DOWN], 1);
	assert_string_equal(tenant_why(s->tenant), "cfa.json:3:2: name: wrong");
}

/* ---- what is asked ---- */

static void a_run_that_is_asked_for_comes_at_once(void **state)
{
	struct scene *s = *state;
	struct asked plan = want(ASK_PLAN), first = want(ASK_SYNC), second = want(ASK_SYNC);
	start(s, NO_SPREAD ", \"paused\": true");
	tenant_ask(s->tenant, &plan.ask);
	assert_int_equal(plan.answers, 0);
	days(s, 0.01);
	assert_int_equal(plan.answers, 1);
	assert_true(plan.report && plan.plan_only);
	assert_int_equal(edusign_course_count(sim_edusign(s->sim), "ecole", 0), 0);
	tenant_ask(s->tenant, &first.ask);
	tenant_ask(s->tenant, &second.ask);
	days(s, 0.01);
	assert_int_equal(first.answers, 1);
	assert_int_equal(second.answers, 1);
	assert_true(first.report && !first.plan_only && second.report);
	assert_int_equal(s->started, 2); /* the second one joined */
	assert_true(edusign_course_count(sim_edusign(s->sim), "ecole", 0) > 5);
}

static bool is_running(void *arg)
{
	return tenant_progress(((struct scene *)arg)->tenant) != NULL;
}

static void a_sync_joins_the_run_that_was_due(void **state)
{
	struct scene *s = *state;
	struct asked late = want(ASK_SYNC);
	start(s, NO_SPREAD);
	loop_virtual_run(s->rig.loop, is_running, s, (int64_t)86400 * 1000);
	assert_true(is_running(s));
	tenant_ask(s->tenant, &late.ask);
	days(s, 0.01);
	assert_int_equal(late.answers, 1);
	assert_true(late.report);
	assert_int_equal(s->started, 1);
}

/* It is over, if not yet gone: there is nothing to join. */
static void who_comes_as_a_run_ends_gets_the_next_one(void **state)
{
	struct scene *s = *state;
	struct asked first = want(ASK_SYNC), late = want(ASK_SYNC);
	start(s, NO_SPREAD);
	s->when_ended = &late.ask;
	tenant_ask(s->tenant, &first.ask);
	days(s, 0.01);
	assert_int_equal(first.answers, 1);
	assert_int_equal(late.answers, 1);
	assert_true(late.report);
	assert_int_equal(s->started, 2);
}

static void who_leaves_hears_nothing(void **state)
{
	struct scene *s = *state;
	struct asked a = want(ASK_SYNC);
	start(s, NO_SPREAD);
	tenant_ask(s->tenant, &a.ask);
	loop_virtual_run(s->rig.loop, is_running, s, (int64_t)3600 * 1000);
	assert_true(is_running(s));
	tenant_ask_cancel(&a.ask);
	days(s, 0.01);
	assert_int_equal(a.answers, 0);
	assert_int_equal(s->ended[FLOW_DOWN], 1); /* what began goes on */
}

static void a_pause_outlives_the_process(void **state)
{
	struct scene *s = *state;
	struct asked pause = want(ASK_PAUSE), resume = want(ASK_RESUME);
	start(s, NO_SPREAD);
	tenant_ask(s->tenant, &pause.ask);
	days(s, 0.01);
	assert_int_equal(pause.answers, 1);
	assert_int_equal(pause.error, 0);
	stop(s);
	open_process(s);
	start(s, NO_SPREAD);
	days(s, 1);
	assert_int_equal(s->started, 0);
	assert_int_equal(tenant_state(s->tenant), TENANT_PAUSED);
	tenant_ask(s->tenant, &resume.ask);
	days(s, 1);
	assert_int_equal(resume.answers, 1);
	assert_true(s->started > 0);
}

static void a_store_is_made_anew_when_somebody_asks(void **state)
{
	struct scene *s = *state;
	struct asked sync = want(ASK_SYNC), rebuild = want(ASK_REBUILD), wrong = want(ASK_REBUILD), pause = want(ASK_PAUSE), after = want(ASK_SYNC);
	start(s, NO_SPREAD);
	rebuild.ask.environment = "all";
	wrong.ask.environment = "annexe";
	tenant_ask(s->tenant, &pause.ask);
	tenant_ask(s->tenant, &sync.ask);
	loop_virtual_run(s->rig.loop, is_running, s, (int64_t)3600 * 1000);
	assert_true(is_running(s));
	tenant_ask(s->tenant, &wrong.ask);
	tenant_ask(s->tenant, &rebuild.ask);
	while (!sync.answers) {
		assert_int_equal(rebuild.answers, 0); /* not below a run */
		if (!loop_virtual_turn(s->rig.loop))
			loop_virtual_run(s->rig.loop, NULL, NULL, 100);
	}
	size_t sheets = edusign_course_count(sim_edusign(s->sim), "ecole", 0), writes = sim_ledger_find(s->sim, NULL, NULL, NULL, true);
	assert_true(sheets > 5);
	days(s, 0.01);
	assert_int_equal(wrong.error, ERR_NOT_FOUND);
	assert_int_equal(rebuild.answers, 1);
	assert_int_equal(rebuild.error, 0);
	assert_non_null(strstr(rebuild.ask.detail, "/all/data.mdb.20"));
	/* still paused, also for the next process: that stood in the store alone */
	assert_int_equal(tenant_state(s->tenant), TENANT_PAUSED);
	stop(s);
	open_process(s);
	start(s, NO_SPREAD);
	days(s, 0.01);
	assert_int_equal(tenant_state(s->tenant), TENANT_PAUSED);
	tenant_ask(s->tenant, &after.ask);
	days(s, 0.01);
	assert_true(after.report);
	assert_int_equal(s->failed, 0);
	assert_int_equal(edusign_course_count(sim_edusign(s->sim), "ecole", 0), sheets);
	assert_int_equal(sim_ledger_find(s->sim, NULL, NULL, NULL, true), writes);
}

static void a_file_that_says_paused_is_not_resumed(void **state)
{
	struct scene *s = *state;
	struct asked resume = want(ASK_RESUME);
	start(s, NO_SPREAD ", \"paused\": true");
	tenant_ask(s->tenant, &resume.ask);
	days(s, 0.01);
	assert_int_equal(resume.answers, 1);
	assert_int_equal(resume.error, ERR_CONFLICT);
}

static void a_school_that_leaves_answers_everybody(void **state)
{
	struct scene *s = *state;
	struct asked running = want(ASK_SYNC), queued = want(ASK_PLAN);
	start(s, NO_SPREAD);
	tenant_ask(s->tenant, &running.ask);
	tenant_ask(s->tenant, &queued.ask);
	loop_virtual_run(s->rig.loop, is_running, s, (int64_t)3600 * 1000);
	assert_true(is_running(s));
	tenant_drain(s->tenant);
	assert_int_equal(queued.answers, 1);
	assert_int_equal(queued.error, ERR_CANCELLED);
	days(s, 0.01);
	assert_int_equal(running.answers, 1);
	assert_true(running.report);
	assert_true(s->gone);
}

static bool is_answered(void *arg)
{
	return ((struct asked *)arg)->answers > 0;
}

/* An account's last minute is not forgotten with the process: the next run waits for its turn. */
static void the_last_minute_outlives_the_process(void **state)
{
	struct scene *s = *state;
	struct asked first = want(ASK_SYNC), second = want(ASK_SYNC);
	start(s, NO_SPREAD ", \"limits\": { \"edusign_per_minute\": 1 }");
	tenant_ask(s->tenant, &first.ask);
	loop_virtual_run(s->rig.loop, is_answered, &first, (int64_t)86400 * 1000);
	assert_true(first.report);
	stop(s);
	int64_t at = loop_wall_ms(s->rig.loop);
	open_process(s);
	start(s, NO_SPREAD ", \"limits\": { \"edusign_per_minute\": 1 }");
	tenant_ask(s->tenant, &second.ask);
	loop_virtual_run(s->rig.loop, is_answered, &second, (int64_t)86400 * 1000);
	assert_true(second.report);
	assert_true(loop_wall_ms(s->rig.loop) - at > 5000);
}

static void what_is_asked_most_is_at_hand(void **state)
{
	struct scene *s = *state;
	start(s, NO_SPREAD);
	assert_null(tenant_recent(s->tenant, 0)); /* not read yet */
	days(s, 1);
	const struct recent *r = tenant_recent(s->tenant, 0);
	assert_non_null(r);
	assert_null(tenant_recent(s->tenant, 1));
	assert_int_equal(r->runs.n, 3);
	const struct run_summary *runs = r->runs.v;
	assert_true(runs[0].started >= runs[1].started && runs[1].started >= runs[2].started);
	assert_int_equal(r->last[FLOW_DOWN]->flow, FLOW_DOWN);
	assert_int_equal(r->last[FLOW_DOWN]->ended, s->at[FLOW_DOWN][1]);
	assert_int_equal(r->good[FLOW_UP]->ended, s->at[FLOW_UP][0]);
	assert_true(r->store.bytes_used > 0);
	int64_t first = r->last[FLOW_DOWN]->ended;
	stop(s);
	open_process(s);
	start(s, NO_SPREAD);
	days(s, 0.001);
	r = tenant_recent(s->tenant, 0); /* before any run of this process */
	assert_non_null(r);
	assert_int_equal(r->last[FLOW_DOWN]->ended, first);
}

static void the_last_good_run_is_known_behind_many_failed_ones(void **state)
{
	struct scene *s = *state;
	start(s, NO_SPREAD);
	days(s, 0.3);
	int64_t good = tenant_recent(s->tenant, 0)->good[FLOW_DOWN]->ended;
	assert_int_equal(good, s->at[FLOW_DOWN][0]);
	sim_fault_add(s->sim, &(struct sim_fault){ .kind = SIM_FORBIDDEN, .vendor = "ypareo", .path = "/r/v1/sites" });
	days(s, 3);
	const struct recent *r = tenant_recent(s->tenant, 0);
	assert_true(s->ended[FLOW_DOWN] + s->ended[FLOW_UP] > 2 * RECENT_RUNS);
	assert_int_equal(r->runs.n, RECENT_RUNS);
	assert_int_equal(r->last[FLOW_DOWN]->result, RESULT_FAILED);
	assert_int_equal(r->good[FLOW_DOWN]->ended, good);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(noon_and_evening),
		TEST(a_restart_has_missed_the_latest_slot_only),
		TEST(changed_times_have_missed_nothing),
		TEST(a_failure_is_tried_again),
		TEST(a_paused_school_rests),
		TEST(a_school_without_a_place_waits_for_one),
		TEST(a_removed_school_drains),
		TEST(a_stale_school_goes_on),
		TEST(what_is_asked_most_is_at_hand),
		TEST(the_last_good_run_is_known_behind_many_failed_ones),
		TEST(a_run_that_is_asked_for_comes_at_once),
		TEST(a_sync_joins_the_run_that_was_due),
		TEST(who_comes_as_a_run_ends_gets_the_next_one),
		TEST(who_leaves_hears_nothing),
		TEST(a_pause_outlives_the_process),
		TEST(a_store_is_made_anew_when_somebody_asks),
		TEST(a_file_that_says_paused_is_not_resumed),
		TEST(a_school_that_leaves_answers_everybody),
		TEST(the_last_minute_outlives_the_process),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
