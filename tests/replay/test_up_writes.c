#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/replay/stage.h"
#include "tests/world/front_fake.h"

/* The way up where it hurts: writes that are lost on the way, guards, sheets that change after they were sent, two
 * environments with one session. The session is on Tuesday 2026-11-24, 09:00 to 12:00 in Paris. */

static struct stage *taught(unsigned learners)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	stage_school(s, &(struct stage_options){.learners = learners});
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	stage_advance(s, stage_at(s, 1, 12, 5) - stage_now(s));
	edusign_sign_all(s->e, stage_sheet(s), stage_now(s));
	return s;
}

static void evening(struct stage *s)
{
	edusign_lock(s->e, stage_sheet(s), stage_now(s));
	stage_advance(s, stage_at(s, 1, 22, 0) - stage_now(s));
	stage_mark(s);
}

static void absent(struct stage *s, int i)
{
	edusign_set_absent(stage_sheet(s), stage_student(s, i)->id, stage_now(s));
}

static void up_ok(struct stage *s)
{
	assert_string_equal(stage_run(s, FLOW_UP)->environments[0].error.what, "");
}

static void assert_quiet(struct stage *s)
{
	stage_mark(s);
	up_ok(s);
	assert_int_equal(stage_writes(s), 0);
	assert_int_equal(s->y->foreign_writes, 0);
	assert_int_equal(s->y->twin_writes, 0);
}

static struct ypareo_absence *absence_of(struct stage *s, int64_t learner)
{
	for (size_t i = 0; i < s->y->absences.n; i++)
		if (s->y->absences.items[i].learner == learner)
			return &s->y->absences.items[i];
	return NULL;
}

/* ---- when there is nothing to do ---- */

static void before_the_first_run_down_nobody_is_asked(void **state)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	(void)state;
	stage_school(s, &(struct stage_options){0});
	up_ok(s);
	assert_int_equal(s->report->result, RESULT_OK);
	assert_int_equal(sim_ledger_count(s->sim), 0);
	stage_free(&s);
}

/* Sheets that were sent and did not change cost Yparéo nothing. */
static void nothing_new_asks_nothing_of_ypareo(void **state)
{
	struct stage *s = taught(2);
	(void)state;
	evening(s);
	up_ok(s);
	stage_advance(s, 3600);
	stage_mark(s);
	up_ok(s);
	assert_int_equal(stage_requests(s, "ypareo", NULL, NULL), 0);
	stage_free(&s);
}

/* ---- lost on the way ---- */

/* Everything that is on its way is lost, forty at once: read back, and each written once. */
static void many_lost_at_once(void **state)
{
	static const char *const kinds[] = {"reset-before", "reset-after", "late-effect", "status-after"};
	(void)state;
	for (size_t k = 0; k < 4; k++) {
		struct stage *s = stage_new("2026-11-23T11:00:00Z");
		char spec[100];
		stage_school(s, &(struct stage_options){.learners = 4});
		for (int i = 1; i < 12; i++)
			ypareo_add_session(s->y, s->today + 1 + i / 3, 13 * 60 + 60 * (i % 3), 14 * 60 + 60 * (i % 3),
			                   s->subject, s->group, s->instructor, s->room);
		stage_run(s, FLOW_DOWN);
		stage_advance(s, 5 * 86400);
		for (size_t i = 0; i < s->e->courses.n; i++) {
			struct ed_course *c = &s->e->courses.items[i];
			edusign_sign_professor(s->e, c, 0, stage_now(s));
			edusign_lock(s->e, c, stage_now(s));
		}
		assert_int_equal(s->e->courses.n, 12);
		s->settings.up_percent = 100;
		snprintf(spec, sizeof(spec), "%s:ypareo:POST:/r/v1/absences:skip=1:count=40:ms=30000:status=504",
		         kinds[k]);
		stage_fault(s, spec);
		up_ok(s);
		assert_int_equal(s->y->absences.n, 48);
		assert_int_equal(stage_counts(s, COUNT_ABSENCES).created, 48);
		assert_quiet(s);
		assert_int_equal(s->y->absences.n, 48);
		stage_free(&s);
	}
}

/* A correction and a withdrawal, each lost in each way. */
static void corrections_and_withdrawals_lost(void **state)
{
	static const char *const kinds[] = {"reset-before", "reset-after",  "hang",    "hang-after",
	                                    "late-effect",  "status-after", "truncate"};
	static const char *const calls[] = {"PUT:/r/v1/absences", "DELETE:/r/v1/absences/*"};
	(void)state;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		for (size_t c = 0; c < 2; c++) {
			struct stage *s = taught(2);
			char spec[120];
			absent(s, 0);
			absent(s, 1);
			evening(s);
			up_ok(s);
			assert_int_equal(s->y->absences.n, 2);
			edusign_justify(s->e, stage_sheet(s), stage_student(s, 0)->id, 1, stage_now(s));
			edusign_unlock(stage_sheet(s), stage_now(s));
			edusign_sign_student(s->e, stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
			edusign_lock(s->e, stage_sheet(s), stage_now(s));
			stage_advance(s, 3600);
			snprintf(spec, sizeof(spec), "%s:ypareo:%s:count=1:ms=40000:status=504", kinds[k], calls[c]);
			stage_fault(s, spec);
			up_ok(s);
			assert_int_equal(s->y->absences.n, 1);
			assert_int_equal(absence_of(s, s->learner[0])->reason, s->settings.reason_justified);
			assert_int_equal(stage_counts(s, COUNT_ABSENCES).updated, 1);
			assert_int_equal(stage_counts(s, COUNT_ABSENCES).deleted, 1);
			assert_quiet(s);
			stage_free(&s);
		}
	}
}

static void a_crash_among_corrections(void **state)
{
	(void)state;
	for (unsigned n = 1;; n++) {
		struct stage *s = taught(3);
		absent(s, 0);
		absent(s, 1);
		evening(s);
		up_ok(s);
		edusign_justify(s->e, stage_sheet(s), stage_student(s, 0)->id, 1, stage_now(s));
		edusign_unlock(stage_sheet(s), stage_now(s));
		edusign_sign_student(s->e, stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
		edusign_set_delay(stage_sheet(s), stage_student(s, 2)->id, 20, stage_now(s));
		edusign_lock(s->e, stage_sheet(s), stage_now(s));
		stage_advance(s, 3600);
		bool crashed = stage_run_until_crash(s, FLOW_UP, n);
		if (crashed)
			up_ok(s);
		assert_int_equal(s->y->absences.n, 2);
		assert_int_equal(absence_of(s, s->learner[0])->reason, s->settings.reason_justified);
		assert_true(absence_of(s, s->learner[2])->late);
		assert_quiet(s);
		stage_free(&s);
		if (!crashed) {
			assert_true(n > 20);
			break;
		}
	}
}

/* Killed right after it was sent, with an effect that comes later than the next run begins. */
static void an_effect_that_outlives_the_process(void **state)
{
	(void)state;
	for (unsigned n = 1;; n++) {
		struct stage *s = taught(2);
		absent(s, 1);
		evening(s);
		stage_fault(s, "late-effect:ypareo:POST:/r/v1/absences:count=1:ms=50000");
		bool crashed = stage_run_until_crash(s, FLOW_UP, n);
		if (crashed)
			up_ok(s);
		stage_advance(s, 120);
		assert_int_equal(s->y->absences.n, 1);
		assert_quiet(s);
		stage_free(&s);
		if (!crashed)
			break;
	}
}

/* ---- refused ---- */

static void a_refused_one_is_an_issue_and_comes_later(void **state)
{
	struct stage *s = taught(3);
	(void)state;
	absent(s, 0);
	absent(s, 1);
	absent(s, 2);
	evening(s);
	stage_fault(s, "status:ypareo:POST:/r/v1/absences:skip=1:count=1:status=422");
	up_ok(s);
	assert_int_equal(s->y->absences.n, 2); /* the rest goes on */
	assert_int_equal(s->report->result, RESULT_ISSUES);
	assert_int_equal(s->report->environments[0].issues.n, 1);
	/* weeks later, when no list holds the sheet any more */
	stage_advance(s, 20 * 86400);
	up_ok(s);
	stage_advance(s, 86400);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 3);
	assert_int_equal(s->report->result, RESULT_OK);
	assert_quiet(s);
	stage_free(&s);
}

/* A key that may not write: nothing is lost, and it is said once for the environment. */
static void a_key_that_may_not_write(void **state)
{
	struct stage *s = taught(3);
	(void)state;
	absent(s, 0);
	absent(s, 1);
	evening(s);
	ypareo_key_forbid(s->y, ypareo_key(s->y, "y-token"), "POST /r/v1/absences");
	stage_run(s, FLOW_UP);
	assert_int_equal(s->report->result, RESULT_FAILED);
	assert_int_equal(s->report->environments[0].error.class, FAULT_AUTH);
	assert_int_equal(s->y->absences.n, 0);
	ypareo_key_allow(ypareo_key(s->y, "y-token"), "POST /r/v1/absences");
	stage_advance(s, 40 * 86400); /* nobody looked for weeks */
	up_ok(s);
	assert_int_equal(s->y->absences.n, 2);
	assert_quiet(s);
	stage_free(&s);
}

static void ypareo_away(struct stage *s)
{
	stage_fault(s, "refuse:ypareo:*:*");
}

static void an_outage_fails_the_run_and_loses_nothing(void **state)
{
	struct stage *s = taught(2);
	(void)state;
	absent(s, 1);
	evening(s);
	ypareo_away(s);
	stage_run(s, FLOW_UP);
	assert_int_equal(s->report->result, RESULT_FAILED);
	sim_faults_clear(s->sim);
	stage_advance(s, 300);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 1);
	assert_quiet(s);
	stage_free(&s);
}

/* ---- the guard ---- */

static struct stage *a_week_of_absences(void)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	stage_school(s, &(struct stage_options){.learners = 4});
	for (int i = 0; i < 14; i++)
		ypareo_add_session(s->y, s->today + 1 + i / 4, 13 * 60 + 60 * (i % 4), 14 * 60 + 60 * (i % 4),
		                   s->subject, s->group, s->instructor, s->room);
	stage_run(s, FLOW_DOWN);
	stage_advance(s, 5 * 86400);
	for (size_t i = 0; i < s->e->courses.n; i++) {
		struct ed_course *c = &s->e->courses.items[i];
		edusign_sign_professor(s->e, c, 0, stage_now(s));
		edusign_lock(s->e, c, stage_now(s));
	}
	stage_mark(s);
	return s;
}

static void most_of_them_absent_is_held(void **state)
{
	struct stage *s = a_week_of_absences();
	char plan[40];
	(void)state;
	up_ok(s);
	assert_int_equal(s->report->result, RESULT_HELD);
	assert_int_equal(stage_writes(s), 0);
	assert_int_equal(s->report->environments[0].plan.n, 16);
	snprintf(plan, sizeof(plan), "%.*s", STR_ARG(s->report->environments[0].plan));
	const struct change *c = s->report->environments[0].changes.v;
	assert_int_equal(s->report->environments[0].changes.n, 60 + 15); /* learners, and the instructor */
	for (size_t i = 0; i < 75; i++)
		assert_true(c[i].held);
	/* the same plan has the same id, whoever makes it */
	stage_advance(s, 3600);
	stage_plan(s, FLOW_UP);
	assert_true(str_eqz(s->report->environments[0].plan, plan));
	/* another one has another */
	struct ed_course *one = &s->e->courses.items[0];
	edusign_justify(s->e, one, one->rows.items[0].student, 1, stage_now(s));
	stage_plan(s, FLOW_UP);
	assert_int_equal(s->report->result, RESULT_HELD);
	assert_false(str_eqz(s->report->environments[0].plan, plan));
	stage_free(&s);
}

static void at_the_limit_it_goes_ahead(void **state)
{
	struct stage *s = a_week_of_absences();
	(void)state;
	s->settings.up_percent = 100; /* more than all of them is not possible */
	up_ok(s);
	assert_int_equal(s->report->result, RESULT_OK);
	assert_int_equal(s->y->absences.n, 60);
	assert_quiet(s);
	stage_free(&s);
}

/* Fewer than fifty are no catastrophe, whatever their share. */
static void a_few_are_never_held(void **state)
{
	struct stage *s = taught(4);
	(void)state;
	for (int i = 0; i < 4; i++)
		absent(s, i);
	evening(s);
	up_ok(s);
	assert_int_equal(s->report->result, RESULT_OK);
	assert_int_equal(s->y->absences.n, 4);
	stage_free(&s);
}

static void a_wrong_clock_holds_everything(void **state)
{
	struct stage *s = taught(2);
	(void)state;
	absent(s, 1);
	evening(s);
	front_fake_set(s->transport, &(struct front_fake_options){.server_ahead_ms = 180000});
	up_ok(s);
	assert_int_equal(s->report->result, RESULT_HELD);
	assert_int_equal(s->y->absences.n, 0);
	assert_non_null(stage_issue(s, "environment", "clock"));
	front_fake_set(s->transport, &(struct front_fake_options){.server_ahead_ms = 90000});
	up_ok(s);
	assert_int_equal(s->y->absences.n, 1);
	assert_null(stage_issue(s, "environment", "clock"));
	stage_free(&s);
}

/* ---- the canary ---- */

/* A Yparéo that lists nothing back of what it took: one absence was written, not a whole evening. */
static void the_first_one_goes_alone(void **state)
{
	struct stage *s = taught(4);
	(void)state;
	for (int i = 0; i < 4; i++)
		absent(s, i);
	evening(s);
	/* the first reading is the shared one */
	stage_fault(s, "garbage:ypareo:GET:/r/v1/absences/*:skip=1:body=[]");
	stage_run(s, FLOW_UP);
	assert_int_equal(s->report->result, RESULT_FAILED);
	assert_int_equal(s->y->absences.n, 1);
	sim_faults_clear(s->sim);
	stage_advance(s, 300);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 4);
	assert_quiet(s);
	stage_free(&s);
}

/* ---- sheets that change after they were sent ---- */

static void unlocked_and_locked_again_much_later(void **state)
{
	struct stage *s = taught(2);
	(void)state;
	absent(s, 1);
	evening(s);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 1);
	edusign_unlock(stage_sheet(s), stage_now(s));
	stage_advance(s, 86400);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 1); /* nothing is known anew before it is locked again */
	for (int i = 0; i < 12; i++) {
		stage_advance(s, 86400);
		up_ok(s);
	}
	edusign_sign_student(s->e, stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
	edusign_lock(s->e, stage_sheet(s), stage_now(s));
	stage_sheet(s)->updated = stage_at(s, 1, 21, 0); /* an Edusign whose DATE_UPDATED does not tell */
	stage_advance(s, 86400);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 0);
	assert_quiet(s);
	assert_int_equal(stage_requests(s, "edusign", "GET", "/v1/course/*"), 0); /* followed no longer */
	stage_free(&s);
}

static void justified_weeks_later(void **state)
{
	struct stage *s = taught(2);
	(void)state;
	absent(s, 1);
	evening(s);
	up_ok(s);
	for (int i = 0; i < 30; i++) {
		stage_advance(s, 86400);
		up_ok(s);
	}
	edusign_justify(s->e, stage_sheet(s), stage_student(s, 1)->id, 1, stage_now(s));
	stage_advance(s, 3600);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 1);
	assert_int_equal(s->y->absences.items[0].reason, s->settings.reason_justified);
	assert_quiet(s);
	stage_free(&s);
}

static void a_moved_session_sends_nothing(void **state)
{
	struct stage *s = taught(2);
	(void)state;
	absent(s, 1);
	evening(s);
	ypareo_session_move(s->y, s->session, s->today + 1, 14 * 60, 17 * 60);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 0);
	assert_int_equal(s->y->attendances.n, 0);
	char record[40];
	snprintf(record, sizeof(record), "sheet %lld", (long long)s->session);
	assert_non_null(stage_issue(s, record, "session"));
	/* planned again as it was held: sent, and the issue closes itself */
	ypareo_session_move(s->y, s->session, s->today + 1, 9 * 60, 12 * 60);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 1);
	assert_null(stage_issue(s, record, NULL));
	stage_free(&s);
}

static void a_status_that_changes_is_corrected_in_place(void **state)
{
	struct stage *s = taught(2);
	(void)state;
	absent(s, 1);
	evening(s);
	up_ok(s);
	int64_t code = s->y->absences.items[0].code;
	edusign_unlock(stage_sheet(s), stage_now(s));
	edusign_sign_student(s->e, stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
	edusign_set_delay(stage_sheet(s), stage_student(s, 1)->id, 40, stage_now(s));
	edusign_lock(s->e, stage_sheet(s), stage_now(s));
	stage_advance(s, 3600);
	stage_mark(s);
	up_ok(s);
	assert_int_equal(stage_writes(s), 1);
	const struct ypareo_absence *a = absence_of(s, s->learner[1]);
	assert_int_equal(a->code, code);
	assert_true(a->late);
	assert_int_equal(a->end, 9 * 60 + 40);
	assert_int_equal(a->minutes, 40);
	assert_int_equal(a->reason, s->settings.reason_late);
	assert_quiet(s);
	/* and back again */
	edusign_unlock(stage_sheet(s), stage_now(s));
	edusign_row(stage_sheet(s), stage_student(s, 1)->id)->delay = 0;
	edusign_set_absent(stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
	edusign_lock(s->e, stage_sheet(s), stage_now(s));
	stage_advance(s, 3600);
	up_ok(s);
	a = absence_of(s, s->learner[1]);
	assert_int_equal(a->code, code);
	assert_false(a->late);
	assert_int_equal(a->end, 12 * 60);
	assert_quiet(s);
	stage_free(&s);
}

/* ---- reasons ---- */

static void reasons_are_mapped(void **state)
{
	(void)state;
	for (int by_name = 0; by_name < 2; by_name++) {
		struct stage *s = taught(3);
		int64_t sick = ypareo_add_reason(s->y, "Maladie", true)->code;
		struct reason_map map[] = {{by_name ? STR(" MALADIE") : STR("901"), sick}};
		struct ed_reason reason = {STR("ecole"), 901, STR("Maladie")};
		s->e->reasons.items = arena_array(s->e->arena, 1, sizeof(reason));
		s->e->reasons.items[0] = reason;
		s->e->reasons.n = s->e->reasons.cap = 1;
		s->settings.reasons = map;
		s->settings.reason_count = 1;
		s->settings.send_reasons = true;
		for (int i = 0; i < 3; i++)
			absent(s, i);
		edusign_justify(s->e, stage_sheet(s), stage_student(s, 0)->id, 901, stage_now(s));
		edusign_justify(s->e, stage_sheet(s), stage_student(s, 1)->id, 5, stage_now(s));
		evening(s);
		up_ok(s);
		assert_int_equal(absence_of(s, s->learner[0])->reason, sick);
		assert_int_equal(absence_of(s, s->learner[1])->reason,
		                 s->settings.reason_justified); /* not mapped: told once */
		assert_int_equal(absence_of(s, s->learner[2])->reason, s->settings.reason_unjustified);
		assert_non_null(stage_issue(s, "environment", "absence_reasons.map 5"));
		/* mapped now: corrected, though the sheet did not change */
		struct reason_map both[] = {map[0], {STR("5"), sick}};
		s->settings.reasons = both;
		s->settings.reason_count = 2;
		stage_advance(s, 3600);
		up_ok(s);
		assert_int_equal(absence_of(s, s->learner[1])->reason, sick);
		assert_int_equal(s->report->result, RESULT_OK);
		assert_quiet(s);
		stage_free(&s);
	}
}

/* The same name on both sides needs no map; two of one name, one that is no longer used or one that justifies nothing are no match. */
static void reasons_match_by_name(void **state)
{
	(void)state;
	static const char *const ours[] = {"Maladie", "Deuil", "Greve", "Stage"};
	struct stage *s = taught(4);
	int64_t sick = ypareo_add_reason(s->y, " maladie ", true)->code;
	ypareo_add_reason(s->y, "Deuil", true);
	ypareo_add_reason(s->y, "DEUIL", true);
	ypareo_add_reason(s->y, "Grève", true); /* an accent more */
	ypareo_add_reason(s->y, "Stage", false);
	s->settings.send_reasons = true;
	for (int i = 0; i < 4; i++) {
		edusign_add_reason(s->e, "ecole", 910 + i, ours[i]);
		absent(s, i);
		edusign_justify(s->e, stage_sheet(s), stage_student(s, i)->id, 910 + i, stage_now(s));
	}
	evening(s);
	up_ok(s);
	assert_int_equal(absence_of(s, s->learner[0])->reason, sick);
	for (int i = 1; i < 4; i++) {
		char field[40];
		snprintf(field, sizeof(field), "absence_reasons.map %d", 910 + i);
		assert_int_equal(absence_of(s, s->learner[i])->reason, s->settings.reason_justified);
		assert_non_null(stage_issue(s, "environment", field));
	}
	/* the school's own word counts first */
	int64_t other = ypareo_add_reason(s->y, "Arrêt", true)->code;
	struct reason_map map[] = {{STR("910"), other}, {STR("911"), 77777}};
	s->settings.reasons = map;
	s->settings.reason_count = 2;
	stage_advance(s, 3600);
	up_ok(s);
	assert_int_equal(absence_of(s, s->learner[0])->reason, other);
	assert_non_null(strstr(stage_issue(s, "environment", "absence_reasons.map 911")->problem.p, "does not list"));
	stage_free(&s);
}

static void a_reason_that_ypareo_does_not_have(void **state)
{
	struct stage *s = taught(2);
	(void)state;
	int64_t good = s->settings.reason_unjustified;
	absent(s, 1);
	edusign_set_delay(stage_sheet(s), stage_student(s, 0)->id, 10, stage_now(s));
	evening(s);
	s->settings.reason_unjustified = 99999;
	up_ok(s);
	assert_int_equal(s->y->absences.n, 1); /* the late one */
	assert_non_null(stage_issue(s, "environment", "absence_reasons"));
	s->settings.reason_unjustified = good;
	up_ok(s);
	assert_int_equal(s->y->absences.n, 2);
	assert_quiet(s);
	stage_free(&s);
}

/* ---- two environments with one session ---- */

static struct stage *two_accounts(void)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	stage_school(s, &(struct stage_options){0});
	edusign_school_add(s->e, "ecole-2", "e-token-1", "Europe/Paris");
	s->envs[0] = (struct env_settings){.key = "structure-1", .structure = s->site};
	s->envs[1] = (struct env_settings){.key = "location-lyon", .location = "Lyon"};
	s->settings.environment_count = 2;
	stage_lose_store(s);
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_string_equal(r->environments[0].error.what, "");
	assert_string_equal(r->environments[1].error.what, "");
	stage_advance(s, stage_at(s, 1, 12, 5) - stage_now(s));
	return s;
}

static struct ed_course *sheet_of(struct stage *s, int i)
{
	return edusign_course(s->e, i ? "ecole-2" : "ecole", s->session);
}

static struct str student_of(struct stage *s, int account, int i)
{
	return edusign_student(s->e, account ? "ecole-2" : "ecole", s->learner[i])->id;
}

static void both_ok(struct stage *s)
{
	const struct report *r = stage_run(s, FLOW_UP);
	assert_string_equal(r->environments[0].error.what, "");
	assert_string_equal(r->environments[1].error.what, "");
}

static void one_owner_of_a_persons_attendance(void **state)
{
	(void)state;
	/* the first account that has evidence answers for a learner */
	struct stage *s = two_accounts();
	edusign_sign_all(s->e, sheet_of(s, 0), stage_now(s));
	edusign_sign_professor(s->e, sheet_of(s, 1), 0, stage_now(s)); /* nobody of the learners here */
	edusign_lock(s->e, sheet_of(s, 0), stage_now(s));
	edusign_lock(s->e, sheet_of(s, 1), stage_now(s));
	both_ok(s);
	assert_int_equal(s->y->absences.n, 0);
	assert_int_equal(s->y->attendances.n, 1);
	stage_mark(s);
	both_ok(s);
	assert_int_equal(stage_writes(s), 0);
	stage_free(&s);

	/* whichever of the two was locked first */
	s = two_accounts();
	edusign_sign_professor(s->e, sheet_of(s, 1), 0, stage_now(s));
	edusign_lock(s->e, sheet_of(s, 1), stage_now(s));
	both_ok(s);
	assert_int_equal(s->y->absences.n, 2); /* nobody says otherwise */
	edusign_sign_all(s->e, sheet_of(s, 0), stage_now(s));
	edusign_lock(s->e, sheet_of(s, 0), stage_now(s));
	stage_advance(s, 3600);
	both_ok(s);
	assert_int_equal(s->y->absences.n, 2); /* who wrote first goes on answering */
	assert_int_equal(s->y->twin_writes, 0);
	stage_free(&s);

	/* both say absent: one absence */
	s = two_accounts();
	for (int i = 0; i < 2; i++) {
		edusign_sign_all(s->e, sheet_of(s, i), stage_now(s));
		edusign_set_absent(sheet_of(s, i), student_of(s, i, 0), stage_now(s));
		edusign_lock(s->e, sheet_of(s, i), stage_now(s));
	}
	both_ok(s);
	assert_int_equal(s->y->absences.n, 1);
	assert_int_equal(s->y->twin_writes, 0);
	stage_mark(s);
	both_ok(s);
	assert_int_equal(stage_writes(s), 0);
	stage_free(&s);
}

static void an_instructor_signs_on_one_sheet(void **state)
{
	(void)state;
	for (int where = 0; where < 2; where++) {
		struct stage *s = two_accounts();
		for (int i = 0; i < 2; i++)
			for (int k = 0; k < 2; k++)
				edusign_sign_student(s->e, sheet_of(s, i), student_of(s, i, k), stage_now(s));
		edusign_sign_professor(s->e, sheet_of(s, where), 0, stage_now(s));
		edusign_lock(s->e, sheet_of(s, where), stage_now(s));
		both_ok(s);
		edusign_lock(s->e, sheet_of(s, !where), stage_now(s));
		stage_advance(s, 3600);
		both_ok(s);
		struct ypareo_attendance *a = ypareo_attendance(s->y, s->session, s->instructor);
		assert_non_null(a);
		assert_true(a->present);
		assert_int_equal(a->writes, 1);
		stage_free(&s);
	}
}

/* One account that fails takes no other with it. */
static void one_sick_account_harms_no_other(void **state)
{
	struct stage *s = two_accounts();
	(void)state;
	for (int i = 0; i < 2; i++) {
		edusign_sign_all(s->e, sheet_of(s, i), stage_now(s));
		edusign_set_absent(sheet_of(s, i), student_of(s, i, 0), stage_now(s));
		edusign_lock(s->e, sheet_of(s, i), stage_now(s));
	}
	s->e->schools.items[0].token = STR("another");
	stage_run(s, FLOW_UP);
	assert_int_equal(s->report->environments[0].result, RESULT_FAILED);
	assert_string_equal(s->report->environments[1].error.what, "");
	assert_int_equal(s->y->absences.n, 1);
	s->e->schools.items[0].token = STR("e-token-0");
	stage_advance(s, 3600);
	both_ok(s);
	assert_int_equal(s->y->absences.n, 1);
	assert_int_equal(s->y->twin_writes, 0);
	stage_free(&s);
}

/* ---- what a plan says ---- */

static const struct change *change_of(struct stage *s, const char *record)
{
	const struct change *c = s->report->environments[0].changes.v;
	for (size_t i = 0; i < s->report->environments[0].changes.n; i++)
		if (str_eqz(c[i].record, record))
			return &c[i];
	return NULL;
}

static void a_plan_says_why(void **state)
{
	struct stage *s = taught(2);
	char record[48];
	(void)state;
	edusign_set_delay(stage_sheet(s), stage_student(s, 0)->id, 12, stage_now(s));
	absent(s, 1);
	evening(s);
	stage_plan(s, FLOW_UP);
	assert_int_equal(stage_writes(s), 0);
	assert_int_equal(s->report->environments[0].changes.n, 3);
	snprintf(record, sizeof(record), "attendance %lld/%lld", (long long)s->session, (long long)s->learner[0]);
	assert_true(str_eqz(change_of(s, record)->reason, "late by 12 min"));
	assert_int_equal(change_of(s, record)->action, ACTION_CREATE);
	snprintf(record, sizeof(record), "attendance %lld/%lld", (long long)s->session, (long long)s->learner[1]);
	assert_true(str_eqz(change_of(s, record)->reason, "absent"));
	up_ok(s);
	edusign_justify(s->e, stage_sheet(s), stage_student(s, 1)->id, 1, stage_now(s));
	stage_advance(s, 3600);
	stage_mark(s);
	stage_plan(s, FLOW_UP);
	assert_int_equal(stage_writes(s), 0);
	const struct change *c = change_of(s, record);
	assert_true(str_eqz(c->reason, "absent, justified, was absent"));
	assert_int_equal(c->action, ACTION_UPDATE);
	assert_int_equal(c->fields.n, 1);
	assert_true(str_eqz(c->fields.v[0], "codeMotifAbsence"));
	assert_int_equal(stage_counts(s, COUNT_ABSENCES).updated, 1);
	assert_int_equal(stage_counts(s, COUNT_ABSENCES).unchanged, 1);
	stage_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(before_the_first_run_down_nobody_is_asked),
	        cmocka_unit_test(nothing_new_asks_nothing_of_ypareo),
	        cmocka_unit_test(many_lost_at_once),
	        cmocka_unit_test(corrections_and_withdrawals_lost),
	        cmocka_unit_test(a_crash_among_corrections),
	        cmocka_unit_test(an_effect_that_outlives_the_process),
	        cmocka_unit_test(a_refused_one_is_an_issue_and_comes_later),
	        cmocka_unit_test(a_key_that_may_not_write),
	        cmocka_unit_test(an_outage_fails_the_run_and_loses_nothing),
	        cmocka_unit_test(most_of_them_absent_is_held),
	        cmocka_unit_test(at_the_limit_it_goes_ahead),
	        cmocka_unit_test(a_few_are_never_held),
	        cmocka_unit_test(a_wrong_clock_holds_everything),
	        cmocka_unit_test(the_first_one_goes_alone),
	        cmocka_unit_test(unlocked_and_locked_again_much_later),
	        cmocka_unit_test(justified_weeks_later),
	        cmocka_unit_test(a_moved_session_sends_nothing),
	        cmocka_unit_test(a_status_that_changes_is_corrected_in_place),
	        cmocka_unit_test(reasons_are_mapped), cmocka_unit_test(reasons_match_by_name),
	        cmocka_unit_test(a_reason_that_ypareo_does_not_have),
	        cmocka_unit_test(one_owner_of_a_persons_attendance),
	        cmocka_unit_test(an_instructor_signs_on_one_sheet),
	        cmocka_unit_test(one_sick_account_harms_no_other),
	        cmocka_unit_test(a_plan_says_why),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
