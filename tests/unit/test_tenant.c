#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/app/page.h"
#include "core/app/cli.h"
#include "core/app/tenant.h"
#include "core/app/tour.h"
#include "tests/world/edusign.h"
#include "tests/world/front_fake.h"
#include "tests/world/gen.h"
#include "tests/world/loop_virtual.h"

/* A school in the daemon, days on a virtual clock: its own file, both vendors simulated. */

struct scene {
	char dir[64];
	struct conf conf;
	struct rig rig;
	struct sim *sim;
	struct tenant *tenant;
	unsigned started, ended[FLOW_KIND_COUNT], failed, refused;
	int64_t at[FLOW_KIND_COUNT][32]; /* when they ended */
	bool full, gone;
};

static bool may_start(void *arg)
{
	struct scene *s = arg;
	s->refused += s->full;
	return !s->full;
}

static void started(void *arg, struct tenant *t)
{
	(void)t;
	((struct scene *)arg)->started++;
}

static void ended(void *arg, struct tenant *t, enum flow_kind flow, const struct report *report)
{
	struct scene *s = arg;
	(void)t;
	if (s->ended[flow] < 32)
		s->at[flow][s->ended[flow]] = loop_wall_ms(s->rig.loop) / 1000;
	s->ended[flow]++;
	s->failed += report->result == RESULT_FAILED;
}

static void gone(void *arg, struct tenant *t)
{
	(void)t;
	((struct scene *)arg)->gone = true;
}

static void write_file(struct scene *s, const char *name, const char *text)
{
	char path[160];
	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static struct tenant_conf *file_with(struct scene *s, const char *more, const char *account)
{
	char text[800];
	struct tenant_conf *conf = NULL;
	struct buf why;
	snprintf(text, sizeof(text),
	         "{ \"timezone\": \"Europe/Paris\", \"ypareo\": { \"url\": \"https://cfa.ypareo.test/index.php\", \"token_file\": \"y\", \"email\": \"normal\" },"
	         " \"environments\": [ { \"edusign\": { \"url\": \"https://edusign.test/v1\", \"token_file\": \"e\"%s } } ]%s }",
	         account, more);
	write_file(s, "cfa.json", text);
	buf_init(&why, 0);
	if (wiring_conf(&s->conf, "cfa", &conf, &why))
		fail_msg("%s", why.p);
	buf_deinit(&why);
	return conf;
}

static struct tenant_conf *file(struct scene *s, const char *more)
{
	return file_with(s, more, "");
}

static void open_process(struct scene *s)
{
	long holder = 0;
	s->rig.hub = fetch_hub_new(s->rig.loop, front_fake_new(s->rig.loop, s->sim, NULL), NULL);
	assert_int_equal(stores_open(s->rig.loop, s->dir, &(struct store_limits){ .no_sync = true, .map_size = 16 << 20 }, &s->rig.stores, &holder), 0);
	s->rig.flow = (struct flow_env){ .loop = s->rig.loop, .hub = s->rig.hub, .seed = 3 };
}

static void start_with(struct scene *s, struct tenant_conf *conf)
{
	struct buf why;
	buf_init(&why, 0);
	const struct tenant_hooks hooks = { may_start, started, ended, gone, s };
	s->tenant = tenant_new(&s->rig, conf, &hooks, &why);
	assert_non_null(s->tenant);
	buf_deinit(&why);
}

static void start(struct scene *s, const char *more)
{
	start_with(s, file(s, more));
}

static bool idle(void *arg)
{
	return !tenant_busy(((struct scene *)arg)->tenant);
}

static void stop(struct scene *s)
{
	loop_virtual_run(s->rig.loop, idle, s, 3600000);
	tenant_free(&s->tenant);
	fetch_hub_free(&s->rig.hub);
	stores_close(&s->rig.stores);
}

static int set_up(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	int64_t at;
	assert_non_null(s);
	snprintf(s->dir, sizeof(s->dir), "/tmp/passerelle-tenant-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	s->conf.tenants = s->conf.data = s->dir;
	s->rig.conf = &s->conf;
	assert_int_equal(utc_parse(STR("2026-11-23T08:00:00Z"), &at), 0);
	s->rig.loop = loop_virtual_new(at * 1000);
	s->sim = sim_new(5);
	gen_school(sim_ypareo_add(s->sim, "cfa"), &(struct gen_options){ .seed = 5, .learners = 12, .groups = 2, .days = 20, .token = "y-token", .first_day = day_of(2026, 11, 23) });
	edusign_school_add(sim_edusign(s->sim), "ecole", "e-token", "Europe/Paris");
	write_file(s, "y", "y-token\n");
	write_file(s, "e", "e-token\n");
	open_process(s);
	*state = s;
	return 0;
}

static int unlink_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int tear_down(void **state)
{
	struct scene *s = *state;
	if (s->tenant)
		stop(s);
	sim_free(&s->sim);
	loop_close(&s->rig.loop);
	nftw(s->dir, unlink_one, 16, FTW_DEPTH | FTW_PHYS);
	free(s);
	return 0;
}

static void days(struct scene *s, double n)
{
	loop_virtual_run(s->rig.loop, NULL, NULL, (int64_t)(n * 86400 * 1000));
}

static int64_t utc(const char *text)
{
	int64_t v;
	assert_int_equal(utc_parse(str_of(text), &v), 0);
	return v;
}

#define NO_SPREAD ", \"schedule\": { \"spread_minutes\": 0 }"

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

struct asked {
	struct tenant_ask ask;
	unsigned answers;
	bool report, plan_only;
	int error;
};

static void answered(struct tenant_ask *ask, const struct report *report, int error)
{
	struct asked *a = list_entry(ask, struct asked, ask);
	a->answers++;
	a->report = report != NULL;
	a->plan_only = report && report->plan_only;
	a->error = error;
}

static struct asked want(enum tenant_ask_kind kind)
{
	return (struct asked){ .ask = { .kind = kind, .flow = FLOW_DOWN, .done = answered } };
}

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

/* ---- webhooks ---- */

#define REALTIME ", \"schedule\": { \"spread_minutes\": 0 }, \"realtime\": true, \"options\": { \"absence_reasons\": { \"unjustified\": 14, \"justified\": 15, \"late\": 14 } }"

static struct tenant_conf *hooked_file(struct scene *s)
{
	write_file(s, "h", "hook-secret-0123\n");
	struct tenant_conf *conf = file_with(s, REALTIME, ", \"webhook_secret_file\": \"h\"");
	return conf;
}

/* The first sheet that is over by now: signed by all but one, and locked. */
static struct ed_course *taught_sheet(struct scene *s)
{
	struct edusign *e = sim_edusign(s->sim);
	int64_t now = loop_wall_ms(s->rig.loop) / 1000;
	for (size_t i = 0; i < e->courses.n; i++) {
		struct ed_course *c = &e->courses.items[i];
		if (c->end > now || c->deleted || c->locked || c->rows.n < 2)
			continue;
		edusign_sign_all(e, c, now);
		edusign_set_absent(c, c->rows.items[0].student, now);
		edusign_lock(e, c, now);
		return c;
	}
	fail_msg("no sheet is over");
	return NULL;
}

static void a_webhook_brings_a_sheet_forward(void **state)
{
	struct scene *s = *state;
	start_with(s, hooked_file(s));
	days(s, 1.5); /* noon and evening, then 20:00 UTC of the next day */
	unsigned up = s->ended[FLOW_UP], down = s->ended[FLOW_DOWN];
	struct ed_course *c = taught_sheet(s);
	size_t before = sim_ypareo(s->sim, "cfa")->absences.n;
	assert_true(tenant_hint(s->tenant, c->id));
	assert_true(tenant_hint(s->tenant, c->id));
	days(s, 10.0 / 86400);
	assert_true(tenant_hint(s->tenant, c->id));
	assert_int_equal(s->ended[FLOW_UP], up); /* more may come */
	days(s, 60.0 / 86400);
	assert_int_equal(s->ended[FLOW_UP], up + 1); /* once for all of them */
	assert_int_equal(sim_ypareo(s->sim, "cfa")->absences.n, before + 1);
	/* and it is no slot: the evening's run comes all the same, and adds nothing */
	days(s, 0.1);
	assert_int_equal(s->ended[FLOW_UP], up + 2);
	assert_int_equal(s->ended[FLOW_DOWN], down + 1);
	assert_int_equal(sim_ypareo(s->sim, "cfa")->absences.n, before + 1);
	assert_int_equal(s->failed, 0);
}

static void a_paused_school_hears_later(void **state)
{
	struct scene *s = *state;
	start_with(s, hooked_file(s));
	days(s, 1.3);
	struct ed_course *c = taught_sheet(s);
	struct asked pause = want(ASK_PAUSE), resume = want(ASK_RESUME);
	tenant_ask(s->tenant, &pause.ask);
	days(s, 0.001);
	unsigned up = s->ended[FLOW_UP];
	assert_true(tenant_hint(s->tenant, c->id));
	days(s, 0.01);
	assert_int_equal(s->ended[FLOW_UP], up);
	tenant_ask(s->tenant, &resume.ask);
	days(s, 0.001);
	assert_int_equal(s->ended[FLOW_UP], up + 1);
}

static void without_realtime_nothing_is_heard(void **state)
{
	struct scene *s = *state;
	start(s, NO_SPREAD);
	days(s, 0.5);
	assert_false(tenant_hint(s->tenant, STR("abc")));
}

static enum page_fresh fresh(struct scene *s, enum flow_kind flow)
{
	return page_fresh(s->tenant, flow, loop_wall_ms(s->rig.loop) / 1000);
}

static void freshness_is_what_the_schedule_promised(void **state)
{
	struct scene *s = *state; /* it is nine in Paris */
	start(s, NO_SPREAD);
	days(s, 0.01);
	assert_int_equal(fresh(s, FLOW_DOWN), PAGE_NEW);
	days(s, 4 / 24.0); /* past noon */
	assert_int_equal(fresh(s, FLOW_DOWN), PAGE_FRESH);
	assert_int_equal(fresh(s, FLOW_UP), PAGE_NEW);
	assert_false(page_needs_attention(s->tenant, loop_wall_ms(s->rig.loop) / 1000));
	sim_fault_add(s->sim, &(struct sim_fault){ .kind = SIM_FORBIDDEN, .vendor = "ypareo", .path = "/r/v1/sites" });
	days(s, 9.5 / 24.0); /* a quarter of an hour to 23 h: that of 22 h failed, and is not late yet */
	assert_int_equal(fresh(s, FLOW_DOWN), PAGE_FRESH);
	days(s, 0.5 / 24.0);
	assert_int_equal(fresh(s, FLOW_DOWN), PAGE_LATE);
	assert_true(page_needs_attention(s->tenant, loop_wall_ms(s->rig.loop) / 1000));
	sim_faults_clear(s->sim);
	days(s, 2 / 24.0); /* tried again by the hour */
	assert_int_equal(fresh(s, FLOW_DOWN), PAGE_FRESH);
	struct asked pause = want(ASK_PAUSE);
	tenant_ask(s->tenant, &pause.ask);
	days(s, 1);
	assert_int_equal(fresh(s, FLOW_DOWN), PAGE_PAUSED);
}

/* ---- a held plan and its answer ---- */

/* Sheets are there, and every session is cancelled: held. The plan's id. */
static const char *everything_cancelled(struct scene *s, char id[24])
{
	struct asked first = want(ASK_SYNC), second = want(ASK_SYNC);
	start(s, NO_SPREAD);
	tenant_ask(s->tenant, &first.ask);
	days(s, 0.01);
	assert_true(edusign_course_count(sim_edusign(s->sim), "ecole", 0) > 5);
	struct ypareo *y = sim_ypareo(s->sim, "cfa");
	while (y->sessions.n)
		ypareo_session_cancel(y, y->sessions.items[0].code);
	tenant_ask(s->tenant, &second.ask);
	days(s, 0.01);
	const struct recent *r = tenant_recent(s->tenant, 0);
	assert_int_equal(r->plans.n, 1);
	const struct held_plan *p = r->plans.v;
	assert_int_equal(p->answer, HELD_WAITING);
	snprintf(id, 24, "%.*s", STR_ARG(p->id));
	return id;
}

static void a_held_plan_is_answered(void **state)
{
	struct scene *s = *state;
	struct asked wrong = want(ASK_APPROVE), no = want(ASK_DISCARD), yes = want(ASK_APPROVE), again = want(ASK_APPROVE);
	char id[24];
	everything_cancelled(s, id);
	unsigned runs = s->started;
	size_t sheets = edusign_course_count(sim_edusign(s->sim), "ecole", 0);
	wrong.ask.plan = "0123456789abcdef";
	no.ask.plan = yes.ask.plan = again.ask.plan = id;
	tenant_ask(s->tenant, &wrong.ask);
	tenant_ask(s->tenant, &no.ask);
	days(s, 0.01);
	assert_int_equal(wrong.error, ERR_NOT_FOUND);
	assert_int_equal(no.answers, 1);
	assert_int_equal(no.error, 0);
	assert_int_equal(s->started, runs); /* to say no costs no run */
	const struct held_plan *p = tenant_recent(s->tenant, 0)->plans.v;
	assert_int_equal(p->answer, HELD_DISCARDED);
	assert_int_equal(edusign_course_count(sim_edusign(s->sim), "ecole", 0), sheets);
	tenant_ask(s->tenant, &yes.ask);
	tenant_ask(s->tenant, &again.ask); /* two people at once */
	days(s, 0.01);
	assert_int_equal(yes.answers, 1);
	assert_true(yes.report);
	assert_int_equal(again.answers, 1);
	assert_int_equal(tenant_recent(s->tenant, 0)->plans.n, 0);
	assert_true(edusign_course_count(sim_edusign(s->sim), "ecole", 0) < sheets);
	assert_int_equal(s->failed, 0);
}

/* Who said yes and left is taken at their word: the answer is kept, and the next run does it. */
static void an_approval_stands_without_who_gave_it(void **state)
{
	struct scene *s = *state;
	struct asked yes = want(ASK_APPROVE);
	char id[24];
	everything_cancelled(s, id);
	size_t sheets = edusign_course_count(sim_edusign(s->sim), "ecole", 0);
	yes.ask.plan = id;
	tenant_ask(s->tenant, &yes.ask);
	while (!yes.ask.taken)
		if (!loop_virtual_turn(s->rig.loop))
			loop_virtual_run(s->rig.loop, NULL, NULL, 10);
	tenant_ask_cancel(&yes.ask);
	memset(id, 'x', sizeof(id));
	days(s, 0.01);
	assert_int_equal(yes.answers, 0);
	const struct held_plan *p = tenant_recent(s->tenant, 0)->plans.v;
	assert_int_equal(p->answer, HELD_APPROVED);
	days(s, 1);
	assert_int_equal(tenant_recent(s->tenant, 0)->plans.n, 0);
	assert_true(edusign_course_count(sim_edusign(s->sim), "ecole", 0) < sheets);
}

/* ---- what is kept for the payroll office ---- */

struct toured {
	bool over;
	int status;
};

static void on_toured(void *arg, int status)
{
	*(struct toured *)arg = (struct toured){ true, status };
}

static bool is_toured(void *arg)
{
	return ((struct toured *)arg)->over;
}

/* The lines of `export payroll` of these days; the head is left out. */
static void export(struct scene *s, const char *from, const char *to, struct buf *out)
{
	static const char *args[] = { "payroll", "cfa" };
	struct cli cli;
	struct toured t = { false, 0 };
	cli_init(&cli);
	cli.args = args;
	cli.arg_count = 2;
	cli.conf = &s->conf;
	cli.from = from;
	cli.to = to;
	tour_start(&s->rig, &cli, &tour_export, on_toured, &t);
	loop_virtual_run(s->rig.loop, is_toured, &t, 3600000);
	assert_true(t.over);
	assert_int_equal(t.status, EXIT_DONE);
	const char *line = strstr(cli.out.p, "\r\n");
	buf_clear(out);
	buf_addz(out, line + 2);
	cli_deinit(&cli);
}

static void payroll_is_kept_sent_or_not(void **state)
{
	struct scene *s = *state;
	struct ypareo *y = sim_ypareo(s->sim, "cfa");
	struct buf before, after;
	char day[DAY_TEXT], want[200];
	buf_init(&before, 0);
	buf_init(&after, 0);
	start_with(s, hooked_file(s));
	days(s, 1.5);
	ypareo_key_forbid(y, ypareo_key(y, "y-token"), "PUT /r/v1/emargements/personnels");
	struct ed_course *c = taught_sheet(s);
	int32_t on = tz_from_utc(tenant_file(s->tenant)->settings.zone, c->start).day;
	day_iso(on, day);
	export(s, day, day, &before);
	assert_string_equal(before.p ? before.p : "", "");
	days(s, 0.1); /* the evening's run */
	export(s, day, day, &after);
	int64_t code;
	assert_int_equal(str_to_int64(c->api_id, &code), 0);
	const struct ypareo_session *session = ypareo_session(y, code);
	const struct ypareo_person *who = ypareo_person(y, session->instructors.items[0]);
	struct tz_local begin = tz_from_utc(tenant_file(s->tenant)->settings.zone, c->start), end = tz_from_utc(tenant_file(s->tenant)->settings.zone, c->end);
	snprintf(want, sizeof(want), "all,%s,%02d:%02d,%02d:%02d,%lld,", day, begin.minute_of_day / 60, begin.minute_of_day % 60, end.minute_of_day / 60,
	         end.minute_of_day % 60, (long long)session->code);
	assert_non_null(strstr(after.p, want));
	snprintf(want, sizeof(want), ",%lld,%s,", (long long)who->code, who->last);
	assert_non_null(strstr(after.p, want));
	snprintf(want, sizeof(want), ",present,%d,no\r\n", end.minute_of_day - begin.minute_of_day);
	assert_non_null(strstr(after.p, want));
	/* of other days, nothing */
	export(s, "2026-12-20", "2026-12-24", &before);
	assert_string_equal(before.p, "");
	ypareo_key_allow(ypareo_key(y, "y-token"), "PUT /r/v1/emargements/personnels");
	days(s, 1);
	export(s, day, day, &after);
	snprintf(want, sizeof(want), ",present,%d,yes\r\n", end.minute_of_day - begin.minute_of_day);
	assert_non_null(strstr(after.p, want));
	assert_null(strstr(after.p, ",no\r\n"));
	buf_deinit(&before);
	buf_deinit(&after);
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
		TEST(freshness_is_what_the_schedule_promised),
		TEST(the_last_good_run_is_known_behind_many_failed_ones),
		TEST(a_run_that_is_asked_for_comes_at_once),
		TEST(a_sync_joins_the_run_that_was_due),
		TEST(who_leaves_hears_nothing),
		TEST(a_pause_outlives_the_process),
		TEST(a_store_is_made_anew_when_somebody_asks),
		TEST(a_file_that_says_paused_is_not_resumed),
		TEST(a_school_that_leaves_answers_everybody),
		TEST(the_last_minute_outlives_the_process),
		TEST(a_held_plan_is_answered),
		TEST(an_approval_stands_without_who_gave_it),
		TEST(a_webhook_brings_a_sheet_forward),
		TEST(a_paused_school_hears_later),
		TEST(without_realtime_nothing_is_heard),
		TEST(payroll_is_kept_sent_or_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
