#include "tests/unit/tenant_fixture.h"

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

/* ---- one Edusign school has one owner ---- */

static size_t requests_to(struct scene *s, const char *path)
{
	size_t n = 0;
	for (size_t i = 0; i < sim_ledger_count(s->sim); i++)
		n += str_starts(sim_ledger_at(s->sim, i)->path, path);
	return n;
}

static char failure[400];

static void note_failure(struct tenant_ask *ask, const struct report *report, int error)
{
	(void)ask;
	assert_int_equal(error, 0);
	snprintf(failure, sizeof(failure), "%s", report->environments[report->environment_count - 1].error.what);
}

static void run_of(struct scene *s, struct tenant *t)
{
	struct tenant_ask ask = { .kind = ASK_SYNC, .flow = FLOW_DOWN, .done = note_failure };
	failure[0] = '\0';
	tenant_ask(t, &ask);
	days(s, 0.02);
}

/* The same account with another key of it, under another name. */
static struct tenant *another(struct scene *s)
{
	const struct tenant_hooks hooks = { .may_start = may_start, .started = started, .ended = ended, .gone = gone, .arg = s };
	struct tenant_conf *conf = NULL;
	struct buf why;
	write_file(s, "e2", "e-token#2\n");
	write_file(s, "autre.json",
	           "{ \"timezone\": \"Europe/Paris\", \"ypareo\": { \"url\": \"https://cfa.ypareo.test/index.php\", \"token_file\": \"y\" },"
	           " \"environments\": [ { \"edusign\": { \"url\": \"https://edusign.test/v1\", \"token_file\": \"e2\" } } ] }");
	buf_init(&why, 0);
	assert_int_equal(wiring_conf(&s->conf, "autre", &conf, &why), 0);
	struct tenant *t = tenant_new(&s->rig, conf, &hooks, &why);
	assert_non_null(t);
	buf_deinit(&why);
	return t;
}

static void a_second_key_of_one_account_is_refused(void **state)
{
	struct scene *s = *state;
	start(s, NO_SPREAD);
	run_of(s, s->tenant);
	assert_string_equal(failure, "");
	stop(s);
	/* also by a process that does not serve the first one */
	open_process(s);
	struct tenant *second = another(s);
	size_t people = requests_to(s, "/v1/student"), before = edusign_course_count(sim_edusign(s->sim), "ecole", 0);
	run_of(s, second);
	assert_non_null(strstr(failure, "whose owner is cfa (environment all)"));
	assert_non_null(strstr(failure, "passerelle rename cfa autre"));
	assert_int_equal(requests_to(s, "/v1/student"), people); /* before it reads people */
	assert_int_equal(edusign_course_count(sim_edusign(s->sim), "ecole", 0), before);
	tenant_free(&second);
	start(s, NO_SPREAD);
	run_of(s, s->tenant);
	assert_string_equal(failure, ""); /* the first one goes on */
}

static void an_account_is_free_when_its_owners_data_is_gone(void **state)
{
	struct scene *s = *state;
	char from[100], to[100];
	start(s, NO_SPREAD);
	run_of(s, s->tenant);
	stop(s);
	snprintf(from, sizeof(from), "%s/cfa", s->dir);
	snprintf(to, sizeof(to), "%s/gone", s->dir);
	assert_int_equal(rename(from, to), 0); /* its data is put away */
	open_process(s);
	struct tenant *second = another(s);
	run_of(s, second);
	assert_null(strstr(failure, "owner"));
	tenant_free(&second);
	start(s, NO_SPREAD);
	run_of(s, s->tenant);
	assert_non_null(strstr(failure, "whose owner is autre"));
}

static enum page_fresh fresh(struct scene *s, enum flow_kind flow)
{
	return page_fresh(s->tenant, flow, loop_wall_ms(s->rig.loop) / 1000);
}

static bool page_says(struct scene *s, const char *text)
{
	struct buf out;
	buf_init(&out, 0);
	struct page p = { .arena = arena_new(1 << 20), .who = &(struct access){ .name = "a", .role = ACCESS_READ }, .lang = PAGE_EN, .path = "/schools/cfa", .form = "",
		          .now = loop_wall_ms(s->rig.loop) / 1000, .out = &out };
	const struct recent *r = tenant_recent(s->tenant, 0);
	const struct page_store store = { .key = "all", .runs = r ? r->runs : (struct items){ NULL, 0 } };
	page_school(&p, "cfa", s->tenant, "", "", &store, 1);
	bool says = strstr(out.p, text) != NULL;
	arena_free(&p.arena);
	buf_deinit(&out);
	return says;
}

static void a_silent_vendor_is_named_on_the_page(void **state)
{
	struct scene *s = *state;
	start(s, NO_SPREAD);
	days(s, 4 / 24.0);
	assert_true(page_says(s, "<h1>cfa</h1>") && page_says(s, "up to date"));
	assert_false(page_says(s, "does not answer"));
	sim_fault_add(s->sim, &(struct sim_fault){ .kind = SIM_REFUSE, .vendor = "ypareo" });
	for (int i = 0; i < 24 && !page_says(s, "Yparéo does not answer"); i++)
		days(s, 1 / 24.0);
	assert_true(page_says(s, "Yparéo does not answer"));
	assert_false(page_says(s, "Edusign does not answer"));
	assert_true(page_says(s, ">failed</span>"));
	sim_faults_clear(s->sim);
	days(s, 2 / 24.0);
	assert_false(page_says(s, "does not answer"));
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
		TEST(a_second_key_of_one_account_is_refused),
		TEST(an_account_is_free_when_its_owners_data_is_gone),
		TEST(freshness_is_what_the_schedule_promised),
		TEST(a_silent_vendor_is_named_on_the_page),
		TEST(a_held_plan_is_answered),
		TEST(an_approval_stands_without_who_gave_it),
		TEST(a_webhook_brings_a_sheet_forward),
		TEST(a_paused_school_hears_later),
		TEST(without_realtime_nothing_is_heard),
		TEST(payroll_is_kept_sent_or_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
