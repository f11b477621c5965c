#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/sync/shadow.h"
#include "tests/replay/stage.h"

/* A school that only looks on, beside a connector of the vendor's own: what that one does is done to the simulated Edusign and Yparéo by
 * hand. */

#define SESSIONS 4
static int64_t codes[SESSIONS];

static struct stage *school(void)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	stage_school(s, &(struct stage_options){.empty = true, .learners = 3});
	for (int i = 0; i < SESSIONS; i++)
		codes[i] = ypareo_add_session(s->y, s->today + 1 + i, 540, 720, s->subject, s->group, s->instructor, s->room)->code;
	s->settings.shadow = true;
	return s;
}

/* What the other connector has: the same people under ids of its own, and a sheet for each session. */
static void other_connector(struct stage *s)
{
	static const char *const people[3][3] = {{"Chloé", "Lefèvre", "Chloe.Lefevre@example.org"},
	                                         {"Moussa", "N'Diaye", "moussa.ndiaye@example.org"},
	                                         {"Inès", "Garcia", "ines.garcia@example.org"}};
	struct str professor = edusign_add_professor(s->e, "ecole", "Hélène", "Moreau", "helene.moreau@example.org")->id, students[3];
	for (int i = 0; i < 3; i++)
		students[i] = edusign_add_student(s->e, "ecole", people[i][0], people[i][1], people[i][2])->id;
	for (int i = 0; i < SESSIONS; i++) {
		struct ed_course *c = edusign_add_course(s->e, "ecole", "Anglais", stage_at(s, 1 + i, 9, 0), stage_at(s, 1 + i, 12, 0));
		char api_id[32];
		snprintf(api_id, sizeof(api_id), "seance-%d", i);
		c->api_id = edusign_text(s->e, str_of(api_id));
		c->api_type = STR("connecteur");
		c->room = STR("B102");
		c->professors[0] = professor;
		c->professor_count = 1;
		for (int k = 0; k < 3; k++)
			edusign_add_row(s->e, c, students[k]);
	}
}

static struct ed_course *sheet(struct stage *s, size_t i)
{
	return &s->e->courses.items[i];
}

static struct ed_student *student(struct stage *s, size_t i)
{
	return &s->e->students.items[i];
}

/* Runs, and nothing was written anywhere. */
static const struct shadow_report *look(struct stage *s, enum flow_kind flow)
{
	stage_mark(s);
	const struct report *r = stage_run(s, flow);
	assert_string_equal(r->environments[0].error.what, "");
	assert_int_equal(stage_writes(s), 0);
	assert_int_equal(stage_counts(s, COUNT_SHEETS).created, 0);
	assert_non_null(r->environments[0].shadow);
	return r->environments[0].shadow;
}

static void assert_counts(const struct shadow_report *r, unsigned agree, unsigned differ, unsigned missing, unsigned extra, unsigned twice)
{
	const unsigned wanted[SHADOW_VERDICT_COUNT] = {agree, differ, missing, extra, twice};
	for (int v = 0; v < SHADOW_VERDICT_COUNT; v++)
		if (r->counts[v] != wanted[v])
			fail_msg("%u %s, %u wanted", r->counts[v], shadow_verdict_name((enum shadow_verdict)v), wanted[v]);
}

static const struct shadow_finding *finding(const struct shadow_report *r, const char *record)
{
	const struct shadow_finding *f = r->findings.v;
	for (size_t i = 0; i < r->findings.n; i++)
		if (str_eqz(f[i].record, record))
			return &f[i];
	fail_msg("nothing is said of %s", record);
	return NULL;
}

static const char *record_of(int i)
{
	static char record[40];
	snprintf(record, sizeof(record), "sheet %lld", (long long)codes[i]);
	return record;
}

static void an_empty_account_lacks_all(void **state)
{
	struct stage *s = school();
	(void)state;
	const struct shadow_report *r = look(s, FLOW_DOWN);
	assert_counts(r, 0, 0, SESSIONS, 0, 0);
	assert_int_equal(finding(r, record_of(2))->verdict, SHADOW_MISSING);
	assert_int_equal(s->e->students.n, 0);
	stage_free(&s);
}

static void the_same_agrees(void **state)
{
	struct stage *s = school();
	(void)state;
	other_connector(s);
	assert_counts(look(s, FLOW_DOWN), SESSIONS, 0, 0, 0, 0);
	/* a connector in the school's settings, and codes of its own, hold nothing: nothing is written */
	edusign_school(s->e, "ecole")->connector = STR("ypareo");
	assert_counts(look(s, FLOW_DOWN), SESSIONS, 0, 0, 0, 0);
	assert_int_equal(s->report->result, RESULT_OK);
	stage_free(&s);
}

static void each_difference_is_named(void **state)
{
	struct stage *s = school();
	(void)state;
	other_connector(s);
	sheet(s, 0)->room = STR("C3");
	edusign_remove_row(sheet(s, 1), student(s, 2)->id);
	edusign_add_row(s->e, sheet(s, 1), edusign_add_student(s->e, "ecole", "Ana", "Nym", "ana@example.org")->id);
	/* moved in Yparéo since, and the other connector has not seen it */
	ypareo_session_move(s->y, codes[2], s->today + 3, 600, 720);
	ypareo_session_cancel(s->y, codes[3]);
	const struct shadow_report *r = look(s, FLOW_DOWN);
	assert_counts(r, 0, 2, 1, 2, 0);
	assert_true(str_eqz(finding(r, record_of(0))->fields, "CLASSROOM"));
	const struct shadow_finding *f = finding(r, record_of(1));
	assert_true(str_eqz(f->fields, "STUDENTS"));
	assert_non_null(strstr(f->detail.p, "1 learners not there"));
	assert_non_null(strstr(f->detail.p, "1 people there whom"));
	assert_int_equal(finding(r, record_of(2))->verdict, SHADOW_MISSING);
	assert_int_equal(finding(r, "sheet seance-2")->verdict, SHADOW_EXTRA);
	assert_int_equal(finding(r, "sheet seance-3")->verdict, SHADOW_EXTRA);
	/* by the session's own code a sheet is known wherever it stands */
	char code[24];
	snprintf(code, sizeof(code), "%lld", (long long)codes[2]);
	sheet(s, 2)->api_id = edusign_text(s->e, str_of(code));
	r = look(s, FLOW_DOWN);
	assert_counts(r, 0, 3, 0, 1, 0);
	assert_true(str_eqz(finding(r, record_of(2))->fields, "START"));
	stage_free(&s);
}

static void two_of_one_are_told(void **state)
{
	struct stage *s = school();
	(void)state;
	other_connector(s);
	other_connector(s);
	assert_counts(look(s, FLOW_DOWN), SESSIONS, 0, 0, 0, SESSIONS);
	/* what was made by hand is nobody's business, and what has another time and people is no session's */
	edusign_add_course(s->e, "ecole", "Réunion", stage_at(s, 2, 14, 0), stage_at(s, 2, 15, 0));
	assert_counts(look(s, FLOW_DOWN), SESSIONS, 0, 0, 0, SESSIONS);
	stage_free(&s);
}

/* Siblings with one address are told apart by name. */
static void siblings(void **state)
{
	struct stage *s = school();
	(void)state;
	other_connector(s);
	for (int i = 1; i < 3; i++) {
		ypareo_learner_emails(s->y, s->learner[i], "parents@example.org", NULL);
		student(s, (size_t)i)->email = STR("parents@example.org");
	}
	assert_counts(look(s, FLOW_DOWN), SESSIONS, 0, 0, 0, 0);
	edusign_remove_row(sheet(s, 0), student(s, 1)->id);
	const struct shadow_report *r = look(s, FLOW_DOWN);
	assert_counts(r, SESSIONS - 1, 1, 0, 0, 0);
	assert_true(str_eqz(finding(r, record_of(0))->fields, "STUDENTS"));
	stage_free(&s);
}

/* ---- up ---- */

/* Tuesday evening: the first was there, the second away, the third twenty minutes late. */
static struct stage *taught(void)
{
	struct stage *s = school();
	other_connector(s);
	stage_advance(s, stage_at(s, 1, 12, 5) - stage_now(s));
	edusign_sign_all(s->e, sheet(s, 0), stage_now(s));
	edusign_set_absent(sheet(s, 0), student(s, 1)->id, stage_now(s));
	edusign_set_delay(sheet(s, 0), student(s, 2)->id, 20, stage_now(s));
	edusign_lock(s->e, sheet(s, 0), stage_now(s));
	stage_advance(s, stage_at(s, 1, 22, 0) - stage_now(s));
	return s;
}

static const char *line_of(struct stage *s, int learner)
{
	static char record[64];
	snprintf(record, sizeof(record), "attendance %lld/%lld", (long long)codes[0], (long long)s->learner[learner]);
	return record;
}

static void what_was_sent_up_is_compared(void **state)
{
	struct stage *s = taught();
	(void)state;
	const struct shadow_report *r = look(s, FLOW_UP);
	assert_counts(r, 1, 0, 2, 0, 0);
	assert_int_equal(finding(r, line_of(s, 1))->verdict, SHADOW_MISSING);
	/* as it should be */
	int64_t unjustified = s->y->reasons.items[0].code, justified = s->y->reasons.items[1].code;
	int64_t away = ypareo_add_absence(s->y, s->learner[1], s->today + 1, 540, 720, unjustified)->code;
	ypareo_add_absence(s->y, s->learner[2], s->today + 1, 540, 560, unjustified)->late = true;
	assert_counts(look(s, FLOW_UP), 3, 0, 0, 0, 0);
	/* otherwise justified */
	ypareo_absence(s->y, away)->reason = justified;
	r = look(s, FLOW_UP);
	assert_counts(r, 2, 1, 0, 0, 0);
	assert_true(str_eqz(finding(r, line_of(s, 1))->fields, "reason"));
	/* half of it, and one too many */
	ypareo_absence_change(s->y, away, 540, 600, unjustified, 0);
	ypareo_add_absence(s->y, s->learner[0], s->today + 1, 540, 720, unjustified);
	r = look(s, FLOW_UP);
	assert_counts(r, 1, 1, 0, 1, 0);
	assert_true(str_eqz(finding(r, line_of(s, 1))->fields, "minutes"));
	assert_int_equal(finding(r, line_of(s, 0))->verdict, SHADOW_EXTRA);
	stage_free(&s);
}

/* ---- kept, and then live ---- */

struct listing {
	struct store_job job;
	struct arena *arena;
	struct items found;
	bool done;
};

static int list_work(struct store_txn *txn, struct store_job *job)
{
	struct listing *l = list_entry(job, struct listing, job);
	return shadow_list(txn, l->arena, &l->found);
}

static void list_after(struct store_job *job)
{
	list_entry(job, struct listing, job)->done = true;
}

static bool has_listed(void *arg)
{
	return ((struct listing *)arg)->done;
}

static void reports_are_kept_for_a_month(void **state)
{
	struct stage *s = school();
	(void)state;
	other_connector(s);
	sheet(s, 0)->room = STR("C3");
	for (int day = 0; day < 40; day++) {
		look(s, FLOW_DOWN);
		stage_advance(s, 86400);
	}
	struct listing l = {.job = {.work = list_work, .after = list_after}, .arena = arena_new(0)};
	struct store *store = store_ref(s->stores, "cfa", s->envs[0].key);
	store_submit(store, &l.job);
	loop_virtual_run(s->loop, has_listed, &l, 1000);
	assert_int_equal(l.job.error, 0);
	assert_int_equal(l.found.n, SHADOW_DAYS);
	const struct shadow_report *r = l.found.v;
	assert_true(r[0].at > r[1].at);
	assert_int_equal(r[0].counts[SHADOW_AGREES] + r[0].counts[SHADOW_DIFFERS], 0);
	store_unref(&store);
	arena_free(&l.arena);
	stage_free(&s);
}

static void the_first_report_reads_back_whole(void **state)
{
	struct stage *s = school();
	(void)state;
	other_connector(s);
	sheet(s, 0)->room = STR("C3");
	look(s, FLOW_DOWN);
	struct listing l = {.job = {.work = list_work, .after = list_after}, .arena = arena_new(0)};
	struct store *store = store_ref(s->stores, "cfa", s->envs[0].key);
	store_submit(store, &l.job);
	loop_virtual_run(s->loop, has_listed, &l, 1000);
	assert_int_equal(l.found.n, 1);
	const struct shadow_report *r = l.found.v;
	assert_counts(r, SESSIONS - 1, 1, 0, 0, 0);
	assert_int_equal(r->flow, FLOW_DOWN);
	assert_int_equal(r->first, s->today);
	assert_int_equal(r->last, s->today + 7);
	assert_true(str_eqz(finding(r, record_of(0))->fields, "CLASSROOM"));
	store_unref(&store);
	arena_free(&l.arena);
	stage_free(&s);
}

/* What was looked at is not known for that: going live begins like any first contact. */
static void going_live_asks_first(void **state)
{
	struct stage *s = school();
	(void)state;
	other_connector(s);
	look(s, FLOW_DOWN);
	s->settings.shadow = false;
	stage_mark(s);
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_HELD);
	assert_int_equal(stage_writes(s), 0);
	stage_free(&s);
}

static void a_plan_says_what_live_would_do(void **state)
{
	struct stage *s = school();
	(void)state;
	const struct report *r = stage_plan(s, FLOW_DOWN);
	assert_null(r->environments[0].shadow);
	assert_int_equal(stage_counts(s, COUNT_SHEETS).created, SESSIONS);
	stage_free(&s);
}

/* A list that cannot be read fails the run: half of what is there is no evidence. */
static void half_an_answer_is_none(void **state)
{
	struct stage *s = school();
	(void)state;
	other_connector(s);
	stage_fault(s, "status:edusign:GET:/v1/course*:status=500:count=50");
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_int_equal(r->result, RESULT_FAILED);
	assert_null(r->environments[0].shadow);
	stage_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(an_empty_account_lacks_all),
	        cmocka_unit_test(the_same_agrees),
	        cmocka_unit_test(each_difference_is_named),
	        cmocka_unit_test(two_of_one_are_told),
	        cmocka_unit_test(siblings),
	        cmocka_unit_test(what_was_sent_up_is_compared),
	        cmocka_unit_test(reports_are_kept_for_a_month),
	        cmocka_unit_test(the_first_report_reads_back_whole),
	        cmocka_unit_test(going_live_asks_first),
	        cmocka_unit_test(a_plan_says_what_live_would_do),
	        cmocka_unit_test(half_an_answer_is_none),
	};
	return cmocka_run_group_tests_name("shadow", tests, NULL, NULL);
}
