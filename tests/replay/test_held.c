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
	struct items found;
	struct held_reply reply;
	struct held_plan answered;
	bool done;
};

static int look_work(struct store_txn *txn, struct store_job *job)
{
	struct looking *l = list_entry(job, struct looking, job);
	return held_list(txn, l->arena, &l->found);
}

static int history_work(struct store_txn *txn, struct store_job *job)
{
	struct looking *l = list_entry(job, struct looking, job);
	return held_history(txn, l->arena, 100, &l->found);
}

static int answer_work(struct store_txn *txn, struct store_job *job)
{
	struct looking *l = list_entry(job, struct looking, job);
	return held_answer(txn, l->arena, &l->reply, &l->answered);
}

static void look_after(struct store_job *job)
{
	list_entry(job, struct looking, job)->done = true;
}

static bool has_looked(void *arg)
{
	return ((struct looking *)arg)->done;
}

/* In the first environment's store; what it finds is freed by the next call. */
static struct looking look(struct stage *s, int (*work)(struct store_txn *txn, struct store_job *job),
                           struct held_reply reply)
{
	static struct arena *arena;
	arena_free(&arena);
	arena = arena_new(0);
	struct looking l = {.job = {.work = work, .after = look_after, .write = work == answer_work},
	                    .arena = arena,
	                    .reply = reply};
	struct store *store = store_ref(s->stores, "cfa", s->envs[0].key);
	store_submit(store, &l.job);
	loop_virtual_run(s->loop, has_looked, &l, 1000);
	assert_true(l.done);
	store_unref(&store);
	return l;
}

static struct items plans(struct stage *s)
{
	struct looking l = look(s, look_work, (struct held_reply){.by = STR_NONE});
	assert_int_equal(l.job.error, 0);
	return l.found;
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

/* ---- answering, as a person does ---- */

static char plan_id[24];

/* The plan that the last run held. */
static struct str remember_plan(struct stage *s)
{
	assert_int_equal(env(s)->plan.n, 16);
	snprintf(plan_id, sizeof(plan_id), "%.*s", STR_ARG(env(s)->plan));
	return str_of(plan_id);
}

static int answer(struct stage *s, struct str plan, enum held_answer what)
{
	return look(s, answer_work,
	            (struct held_reply){plan, what, STR("uid 1000"), STR("the building is closed"), stage_now(s)})
	        .job.error;
}

static void on_end(void *arg, const struct report *report)
{
	struct stage *s = arg;
	s->report = report;
	s->ended = true;
}

static bool has_ended(void *arg)
{
	return ((struct stage *)arg)->ended;
}

static void run_approved(struct stage *s, enum flow_kind flow)
{
	engine_free(&s->run);
	s->ended = false;
	struct engine_options o = {.flow = &s->flow,
	                           .stores = s->stores,
	                           .settings = &s->settings,
	                           .kind = flow,
	                           .approved = plan_id,
	                           .done = on_end,
	                           .arg = s};
	s->run = engine_start(&o);
	loop_virtual_run(s->loop, has_ended, s, 86400000);
	assert_true(s->ended);
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

/* ---- answered with yes ---- */

static void what_is_approved_is_done(void **state)
{
	struct stage *s = ten_sheets();
	(void)state;
	cancel(s, 0, 5);
	stage_run(s, FLOW_DOWN);
	struct str id = remember_plan(s);
	assert_int_equal(answer(s, id, HELD_APPROVED), 0);
	run_approved(s, FLOW_DOWN);
	assert_int_equal(s->report->result, RESULT_OK);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 5);
	assert_true(str_eq(env(s)->approved, id));
	assert_int_equal(env(s)->approved_left, 5);
	assert_int_equal(env(s)->approved_rest.n, 0);
	assert_int_equal(plans(s).n, 0);
	/* what was approved weighs nothing for the rest of the day */
	cancel(s, 5, 1);
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 4);
	/* who and why */
	struct looking l = look(s, history_work, (struct held_reply){.by = STR_NONE});
	const struct held_line *line = l.found.v;
	assert_int_equal(l.found.n, 1);
	assert_true(str_eq(line->plan, id));
	assert_int_equal(line->answer, HELD_APPROVED);
	assert_true(str_eqz(line->by, "uid 1000"));
	assert_true(str_eqz(line->why, "the building is closed"));
	assert_int_equal(line->count, 5);
	stage_free(&s);
}

static void what_is_not_identical_is_listed_and_waits(void **state)
{
	struct stage *s = ten_sheets();
	(void)state;
	cancel(s, 0, 6);
	stage_run(s, FLOW_DOWN);
	answer(s, remember_plan(s), HELD_APPROVED);
	/* meanwhile one is planned again, far away, and six others are cancelled too */
	int64_t back = codes[0];
	struct ypareo_session *again = ypareo_add_session(s->y, s->today + 20, 9 * 60, 12 * 60, s->subject, s->group,
	                                                  s->instructor, s->room);
	again->code = back;
	cancel(s, 6, 4);
	run_approved(s, FLOW_DOWN);
	assert_int_equal(env(s)->approved_left, 5);
	assert_int_equal(env(s)->approved_rest.n, 1);
	const struct change *rest = env(s)->approved_rest.v;
	char record[40];
	snprintf(record, sizeof(record), "sheet %lld", (long long)back);
	assert_true(str_eqz(rest->record, record));
	assert_non_null(edusign_course(s->e, "ecole", back));
	for (int i = 1; i < 6; i++)
		assert_null(edusign_course(s->e, "ecole", codes[i]));
	stage_free(&s);
}

static void nothing_left_is_refused(void **state)
{
	struct stage *s = ten_sheets();
	(void)state;
	cancel(s, 0, 5);
	stage_run(s, FLOW_DOWN);
	answer(s, remember_plan(s), HELD_APPROVED);
	for (int i = 0; i < 5; i++) /* all are planned again, elsewhere */
		ypareo_add_session(s->y, s->today + 20, 8 * 60, 9 * 60, s->subject, s->group, s->instructor, s->room)
		        ->code = codes[i];
	int64_t fresh =
	        ypareo_add_session(s->y, s->today + 6, 9 * 60, 12 * 60, s->subject, s->group, s->instructor, s->room)
	                ->code;
	s->settings.delete_percent = 1000; /* so many other starts would be held by themselves */
	stage_mark(s);
	run_approved(s, FLOW_DOWN);
	assert_string_equal(env(s)->error.what, "");
	assert_true(report_nothing_left(s->report));
	assert_int_equal(env(s)->approved_rest.n, 5);
	assert_int_equal(stage_writes(s), 0);
	/* it was answered, and is nobody's any more; the next run does what is due */
	assert_int_equal(plans(s).n, 0);
	stage_run(s, FLOW_DOWN);
	assert_false(report_nothing_left(s->report));
	assert_non_null(edusign_course(s->e, "ecole", fresh));
	stage_free(&s);
}

static void an_unknown_plan_has_no_answer(void **state)
{
	struct stage *s = ten_sheets();
	(void)state;
	assert_int_equal(answer(s, STR("0123456789abcdef"), HELD_APPROVED), ERR_NOT_FOUND);
	cancel(s, 0, 5);
	stage_run(s, FLOW_DOWN);
	assert_int_equal(answer(s, STR("0123456789abcdef"), HELD_DISCARDED), ERR_NOT_FOUND);
	assert_int_equal(answer(s, STR(""), HELD_DISCARDED), ERR_NOT_FOUND);
	assert_int_equal(the_plan(s)->answer, HELD_WAITING);
	stage_free(&s);
}

/* An answer outlives the run that it was for, at whatever point that one dies. */
static void an_approved_plan_survives_a_crash(void **state)
{
	(void)state;
	for (unsigned n = 1;; n += 3) {
		struct stage *s = ten_sheets();
		cancel(s, 0, 5);
		stage_run(s, FLOW_DOWN);
		answer(s, remember_plan(s), HELD_APPROVED);
		bool crashed = stage_run_until_crash(s, FLOW_DOWN, n);
		if (crashed)
			assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
		assert_int_equal(edusign_course_count(s->e, "ecole", 0), 5);
		assert_int_equal(plans(s).n, 0);
		stage_free(&s);
		if (!crashed)
			break;
	}
}

/* What the guard alone would not hold, and nobody can verify, waits for an answer as well. */
static void a_removal_that_cannot_be_verified_is_approved(void **state)
{
	struct stage *s = ten_sheets();
	(void)state;
	int64_t old = ypareo_add_period(s->y, "2019-2020", day_of(2019, 9, 1), day_of(2020, 8, 31))->code;
	ypareo_group(s->y, s->group)->period = old;
	cancel(s, 0, SESSIONS);
	s->settings.delete_percent = 1000;
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_HELD);
	assert_non_null(strstr(env(s)->held->reason.p, "cannot be verified"));
	assert_int_equal(env(s)->held->count, SESSIONS);
	answer(s, remember_plan(s), HELD_APPROVED);
	run_approved(s, FLOW_DOWN);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 0);
	stage_free(&s);
}

static void the_way_up_is_approved_too(void **state)
{
	struct stage *s = an_empty_week();
	(void)state;
	stage_run(s, FLOW_UP);
	answer(s, remember_plan(s), HELD_APPROVED);
	run_approved(s, FLOW_UP);
	assert_int_equal(s->report->result, RESULT_OK);
	assert_int_equal(env(s)->approved_left, 75);
	assert_int_equal(s->y->absences.n, 60);
	assert_int_equal(plans(s).n, 0);
	stage_free(&s);
}

static void an_approved_night_survives_a_crash(void **state)
{
	(void)state;
	for (unsigned n = 1;; n += 29) {
		struct stage *s = an_empty_week();
		stage_run(s, FLOW_UP);
		answer(s, remember_plan(s), HELD_APPROVED);
		bool crashed = stage_run_until_crash(s, FLOW_UP, n);
		if (crashed) {
			assert_int_equal(stage_run(s, FLOW_UP)->result, RESULT_OK);
			stage_run(s, FLOW_UP);
		}
		assert_int_equal(s->y->absences.n, 60);
		assert_int_equal(s->y->twin_writes, 0);
		assert_int_equal(plans(s).n, 0);
		stage_free(&s);
		if (!crashed)
			break;
	}
}

/* Every sheet but one was opened again meanwhile, and that one says something else: nothing of the night is left, and
 * nothing is sent, or forgotten. */
static void nothing_left_of_a_night_is_refused(void **state)
{
	struct stage *s = an_empty_week();
	(void)state;
	s->settings.instructor_attendance = false;
	stage_run(s, FLOW_UP);
	answer(s, remember_plan(s), HELD_APPROVED);
	for (size_t i = 1; i < s->e->courses.n; i++)
		edusign_unlock(&s->e->courses.items[i], stage_now(s));
	struct ed_course *c = &s->e->courses.items[0];
	for (size_t i = 0; i < c->rows.n; i++)
		edusign_justify(s->e, c, c->rows.items[i].student, 1, stage_now(s));
	s->settings.days_back = 1;
	stage_advance(s, 2 * 86400);
	stage_mark(s);
	run_approved(s, FLOW_UP);
	assert_true(report_nothing_left(s->report));
	assert_int_equal(env(s)->approved_rest.n, 60);
	assert_int_equal(stage_writes(s), 0);
	assert_int_equal(plans(s).n, 0);
	/* found by its change alone, days later: the refused run was no good one */
	stage_advance(s, 2 * 86400);
	assert_int_equal(stage_run(s, FLOW_UP)->result, RESULT_OK);
	assert_int_equal(s->y->absences.n, 4);
	stage_free(&s);
}

/* Killed at any point behind the yes, nobody is asked a second time and nothing is there twice. */
static void an_approved_contact_survives_a_crash(void **state)
{
	(void)state;
	for (unsigned n = 1;; n++) {
		struct stage *s = stage_new("2026-11-23T11:00:00Z");
		stage_school(s, &(struct stage_options){0});
		edusign_school(s->e, "ecole")->connector = STR("ypareo");
		stage_run(s, FLOW_DOWN);
		answer(s, remember_plan(s), HELD_APPROVED);
		bool crashed = stage_run_until_crash(s, FLOW_DOWN, n);
		if (crashed)
			assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
		assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
		assert_int_equal(edusign_student_count(s->e, "ecole", 0), 2);
		assert_int_equal(plans(s).n, 0);
		stage_free(&s);
		if (!crashed)
			break;
	}
}

/* ---- answered with no ---- */

static void what_is_discarded_stays_undone_and_is_not_asked_again(void **state)
{
	struct stage *s = ten_sheets();
	(void)state;
	cancel(s, 0, 5);
	stage_run(s, FLOW_DOWN);
	struct str id = remember_plan(s);
	assert_int_equal(answer(s, id, HELD_DISCARDED), 0);
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	assert_true(str_empty(env(s)->plan));
	assert_int_equal(stage_writes(s), 0);
	const struct held_plan *p = the_plan(s);
	assert_int_equal(p->answer, HELD_DISCARDED);
	assert_true(str_eqz(p->by, "uid 1000"));
	/* others go ahead: what was discarded weighs nothing; and three days later, when fewer are left of it than a
	 * guard would stop, they still stay */
	cancel(s, 9, 1);
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 9);
	stage_advance(s, 2 * 86400);
	stage_mark(s);
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	assert_int_equal(stage_writes(s), 0);
	/* the mind is changed */
	assert_int_equal(answer(s, id, HELD_APPROVED), 0);
	run_approved(s, FLOW_DOWN);
	assert_true(env(s)->approved_left > 0);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 9 - (int)env(s)->approved_left);
	assert_int_equal(plans(s).n, 0);
	stage_free(&s);
}

static void a_discarded_plan_is_forgotten_when_nothing_of_it_is_wanted(void **state)
{
	struct stage *s = ten_sheets();
	(void)state;
	cancel(s, 0, 5);
	stage_run(s, FLOW_DOWN);
	answer(s, remember_plan(s), HELD_DISCARDED);
	stage_advance(s, 4 * 86400); /* they would have been held by now */
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	assert_int_equal(plans(s).n, 0);
	stage_free(&s);
}

static void the_way_up_is_discarded_too(void **state)
{
	struct stage *s = an_empty_week();
	(void)state;
	stage_run(s, FLOW_UP);
	answer(s, remember_plan(s), HELD_DISCARDED);
	stage_mark(s);
	assert_int_equal(stage_run(s, FLOW_UP)->result, RESULT_OK);
	assert_int_equal(stage_writes(s), 0);
	/* a learner is justified since: that one is another change, and no crowd */
	struct ed_course *c = &s->e->courses.items[2];
	edusign_justify(s->e, c, c->rows.items[0].student, 1, stage_now(s));
	assert_int_equal(stage_run(s, FLOW_UP)->result, RESULT_OK);
	assert_int_equal(s->y->absences.n, 1);
	stage_free(&s);
}

/* ---- first contact ---- */

static struct stage *before_first_contact(void)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	stage_school(s, &(struct stage_options){0});
	return s;
}

/* A sheet that bears a code of another system's, so many days from today on. */
static void foreign_sheet(struct stage *s, int days, const char *id, const char *type)
{
	struct ed_course *c =
	        edusign_add_course(s->e, "ecole", "Ailleurs", stage_at(s, days, 9, 0), stage_at(s, days, 12, 0));
	c->api_id = str_of(id);
	c->api_type = str_of(type);
}

static void an_account_with_a_connector_is_asked_about(void **state)
{
	struct stage *s = before_first_contact();
	(void)state;
	edusign_school(s->e, "ecole")->connector = STR("ypareo");
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_HELD);
	assert_int_equal(stage_writes(s), 0);
	const struct held_plan *p = the_plan(s);
	assert_non_null(strstr(p->reason.p, "first contact"));
	assert_non_null(strstr(p->reason.p, "connector \"ypareo\""));
	assert_non_null(stage_issue(s, "environment", "connector"));
	struct str id = remember_plan(s);
	/* the same question, whatever is planned meanwhile; and the way up does not begin */
	stage_advance(s, 86400);
	ypareo_add_session(s->y, s->today + 3, 9 * 60, 12 * 60, s->subject, s->group, s->instructor, s->room);
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_HELD);
	assert_true(str_eqz(env(s)->plan, plan_id));
	assert_int_equal(stage_run(s, FLOW_UP)->result, RESULT_OK);
	assert_int_equal(stage_writes(s), 0);
	/* answered once and for all */
	assert_int_equal(answer(s, id, HELD_APPROVED), 0);
	run_approved(s, FLOW_DOWN);
	assert_int_equal(s->report->result, RESULT_OK);
	assert_int_equal(env(s)->approved_left, 1);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
	assert_null(stage_issue(s, "environment", "connector"));
	stage_mark(s);
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	assert_int_equal(stage_writes(s), 0);
	assert_int_equal(plans(s).n, 0);
	stage_free(&s);
}

static void sheets_with_the_codes_of_others_are_asked_about(void **state)
{
	struct stage *s = before_first_contact();
	(void)state;
	foreign_sheet(s, 2, "H-77", "hyperplanning");
	foreign_sheet(s, 3, "424242", "ypareo"); /* of no session that Yparéo plans */
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_HELD);
	assert_non_null(strstr(env(s)->held->reason.p, "2 sheets"));
	assert_int_equal(env(s)->held->count, 1);
	assert_int_equal(stage_writes(s), 0);
	answer(s, remember_plan(s), HELD_APPROVED);
	run_approved(s, FLOW_DOWN);
	assert_non_null(stage_sheet(s));
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 3); /* theirs are left */
	foreign_sheet(s, 4, "H-78", "hyperplanning");
	assert_null((stage_run(s, FLOW_DOWN), env(s)->held));
	stage_free(&s);
}

static void sheets_made_by_hand_or_far_away_are_no_question(void **state)
{
	struct stage *s = before_first_contact();
	(void)state;
	foreign_sheet(s, 2, "", "");
	foreign_sheet(s, 12, "H-77", "hyperplanning");
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	assert_non_null(stage_sheet(s));
	stage_free(&s);
}

static void no_contact_is_an_answer_too(void **state)
{
	struct stage *s = before_first_contact();
	(void)state;
	edusign_school(s->e, "ecole")->connector = STR("ypareo");
	stage_run(s, FLOW_DOWN);
	answer(s, remember_plan(s), HELD_DISCARDED);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_ISSUES);
		assert_null(env(s)->held);
		assert_int_equal(stage_writes(s), 0);
		assert_int_equal(the_plan(s)->answer, HELD_DISCARDED);
	}
	/* the other connector is gone: no question, and no answer, is left */
	edusign_school(s->e, "ecole")->connector = STR_NONE;
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	assert_non_null(stage_sheet(s));
	assert_int_equal(plans(s).n, 0);
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
	        cmocka_unit_test(what_is_approved_is_done),
	        cmocka_unit_test(what_is_not_identical_is_listed_and_waits),
	        cmocka_unit_test(nothing_left_is_refused),
	        cmocka_unit_test(an_unknown_plan_has_no_answer),
	        cmocka_unit_test(an_approved_plan_survives_a_crash),
	        cmocka_unit_test(a_removal_that_cannot_be_verified_is_approved),
	        cmocka_unit_test(the_way_up_is_approved_too),
	        cmocka_unit_test(an_approved_night_survives_a_crash),
	        cmocka_unit_test(nothing_left_of_a_night_is_refused),
	        cmocka_unit_test(an_approved_contact_survives_a_crash),
	        cmocka_unit_test(what_is_discarded_stays_undone_and_is_not_asked_again),
	        cmocka_unit_test(a_discarded_plan_is_forgotten_when_nothing_of_it_is_wanted),
	        cmocka_unit_test(the_way_up_is_discarded_too),
	        cmocka_unit_test(an_account_with_a_connector_is_asked_about),
	        cmocka_unit_test(sheets_with_the_codes_of_others_are_asked_about),
	        cmocka_unit_test(sheets_made_by_hand_or_far_away_are_no_question),
	        cmocka_unit_test(no_contact_is_an_answer_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
