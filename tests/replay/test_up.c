#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/replay/stage.h"

/* What was signed in Edusign, as absences in Yparéo. The session is on Tuesday 2026-11-24, 09:00 to 12:00 in Paris. */

static struct stage *signed_day(void)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	stage_school(s, &(struct stage_options){ 0 });
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	stage_advance(s, stage_at(s, 1, 12, 5) - stage_now(s));
	edusign_sign_all(s->e, stage_sheet(s), stage_now(s));
	stage_mark(s);
	return s;
}

/* 22:00 of that day */
static void evening(struct stage *s)
{
	edusign_lock(s->e, stage_sheet(s), stage_now(s));
	stage_advance(s, stage_at(s, 1, 22, 0) - stage_now(s));
}

static void up_ok(struct stage *s)
{
	const struct report *r = stage_run(s, FLOW_UP);
	assert_string_equal(r->environments[0].error.what, "");
}

static void assert_quiet(struct stage *s)
{
	stage_mark(s);
	up_ok(s);
	assert_int_equal(stage_writes(s), 0);
	assert_int_equal(s->y->foreign_writes, 0);
	assert_int_equal(s->y->twin_writes, 0);
}

static const struct ypareo_absence *absence_of(struct stage *s, int64_t learner)
{
	for (size_t i = 0; i < s->y->absences.n; i++)
		if (s->y->absences.items[i].learner == learner)
			return &s->y->absences.items[i];
	return NULL;
}

static void everybody_was_there(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	evening(s);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 0);
	struct ypareo_attendance *a = ypareo_attendance(s->y, s->session, s->instructor);
	assert_non_null(a);
	assert_true(a->present);
	assert_int_equal(a->minutes, 180);
	assert_quiet(s);
	stage_free(&s);
}

static void one_was_absent(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	edusign_set_absent(stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
	evening(s);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 1);
	const struct ypareo_absence *a = absence_of(s, s->learner[1]);
	assert_non_null(a);
	assert_int_equal(a->first, s->today + 1);
	assert_int_equal(a->last, s->today + 1);
	assert_int_equal(a->start, 9 * 60);
	assert_int_equal(a->end, 12 * 60);
	assert_int_equal(a->minutes, 180);
	assert_false(a->late);
	assert_int_equal(a->reason, s->settings.reason_unjustified);
	assert_non_null(a->observation);
	assert_int_equal(strncmp(a->observation, "passerelle:", 11), 0);
	assert_int_equal(stage_counts(s, COUNT_ABSENCES).created, 1);
	assert_quiet(s);
	stage_free(&s);
}

static void a_justification_changes_the_reason(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	edusign_set_absent(stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
	evening(s);
	up_ok(s);
	edusign_justify(s->e, stage_sheet(s), stage_student(s, 1)->id, 1, stage_now(s));
	stage_advance(s, 86400);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 1);
	assert_int_equal(s->y->absences.items[0].reason, s->settings.reason_justified);
	assert_int_equal(stage_counts(s, COUNT_ABSENCES).updated, 1);
	assert_quiet(s);
	stage_free(&s);
}

/* The answer to a new absence is its bare code: cut on the way, it is another code, and no error. */
static void a_code_that_was_cut(void **state)
{
	(void)state;
	for (int justified = 0; justified < 2; justified++) {
		struct stage *s = signed_day();
		edusign_set_absent(stage_sheet(s), stage_student(s, 0)->id, stage_now(s));
		edusign_set_absent(stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
		evening(s);
		stage_fault(s, "cut-json:ypareo:POST:/r/v1/absences*:skip=1");
		up_ok(s);
		assert_int_equal(s->y->absences.n, 2);
		for (unsigned i = 0; justified && i < 2; i++)
			edusign_justify(s->e, stage_sheet(s), stage_student(s, i)->id, 1, stage_now(s));
		for (unsigned i = 0; !justified && i < 2; i++)
			edusign_set_present(stage_sheet(s), stage_student(s, i)->id, stage_now(s));
		stage_advance(s, 86400);
		up_ok(s);
		assert_int_equal(s->y->absences.n, justified ? 2 : 0);
		for (unsigned i = 0; justified && i < 2; i++)
			assert_int_equal(absence_of(s, s->learner[i])->reason, s->settings.reason_justified);
		assert_quiet(s);
		stage_free(&s);
	}
}

/* And the run ends before it could look once more: the next one that compares does. */
static void a_code_that_was_cut_and_not_looked_at(void **state)
{
	(void)state;
	for (int lost = 0; lost < 2; lost++) {
		struct stage *s = signed_day();
		edusign_set_absent(stage_sheet(s), stage_student(s, 0)->id, stage_now(s));
		edusign_set_absent(stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
		evening(s);
		stage_fault(s, "cut-json:ypareo:POST:/r/v1/absences*:skip=1");
		/* the reading for all, the canary's, and no further one */
		stage_fault(s, "status:ypareo:GET:/r/v1/absences*:skip=2:count=50:status=500");
		stage_run(s, FLOW_UP);
		sim_faults_clear(s->sim);
		assert_int_equal(s->y->absences.n, 2);
		/* one that a human deleted is not taken for another one */
		if (lost)
			ypareo_absence_delete(s->y, absence_of(s, s->learner[1])->code);
		for (unsigned i = 0; i < 2; i++)
			edusign_justify(s->e, stage_sheet(s), stage_student(s, i)->id, 1, stage_now(s));
		stage_advance(s, 86400);
		up_ok(s);
		assert_int_equal(s->y->absences.n, lost ? 1 : 2);
		for (unsigned i = 0; i < s->y->absences.n; i++)
			assert_int_equal(s->y->absences.items[i].reason, s->settings.reason_justified);
		assert_int_equal(s->y->foreign_writes, 0);
		stage_free(&s);
	}
}

/* The right to write the instructors' attendance is one of its own: without it the learners' goes up all the same. */
static void a_key_without_payroll(void **state)
{
	(void)state;
	for (int missing = 0; missing < 2; missing++) {
		struct stage *s = stage_new("2026-11-23T11:00:00Z");
		stage_school(s, &(struct stage_options){ 0 });
		int64_t second = ypareo_add_session(s->y, s->today + 1, 13 * 60, 16 * 60, s->subject, s->group, s->instructor, s->room)->code;
		stage_run(s, FLOW_DOWN);
		stage_advance(s, stage_at(s, 1, 16, 5) - stage_now(s));
		struct ed_course *sheets[] = { stage_sheet(s), edusign_course(s->e, "ecole", second) };
		for (int i = 0; i < 2; i++) {
			edusign_sign_all(s->e, sheets[i], stage_now(s));
			edusign_set_absent(sheets[i], stage_student(s, 1)->id, stage_now(s));
			edusign_lock(s->e, sheets[i], stage_now(s));
		}
		if (missing)
			stage_fault(s, "status:ypareo:PUT:/r/v1/emargements/personnels*:status=404:count=100");
		else
			ypareo_key_forbid(s->y, ypareo_key(s->y, "y-token"), "PUT /r/v1/emargements/personnels");
		stage_mark(s);
		up_ok(s);
		assert_int_equal(s->report->result, RESULT_ISSUES);
		assert_int_equal(s->y->absences.n, 2);
		assert_int_equal(stage_requests(s, "ypareo", "PUT", "/r/v1/emargements/personnels"), 1); /* one was enough to know */
		assert_non_null(stage_issue(s, "environment", "instructor_attendance"));
		/* the right comes: so does what waited */
		if (!missing) {
			ypareo_key_allow(ypareo_key(s->y, "y-token"), "PUT /r/v1/emargements/personnels");
			stage_advance(s, 3600);
			up_ok(s);
			assert_non_null(ypareo_attendance(s->y, s->session, s->instructor));
			assert_non_null(ypareo_attendance(s->y, second, s->instructor));
			assert_null(stage_issue(s, "environment", "instructor_attendance"));
			assert_quiet(s);
		}
		stage_free(&s);
	}
}

static void a_late_arrival(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	edusign_set_delay(stage_sheet(s), stage_student(s, 0)->id, 25, stage_now(s));
	evening(s);
	up_ok(s);
	const struct ypareo_absence *a = absence_of(s, s->learner[0]);
	assert_non_null(a);
	assert_true(a->late);
	assert_int_equal(a->start, 9 * 60);
	assert_int_equal(a->end, 9 * 60 + 25);
	assert_int_equal(a->reason, s->settings.reason_late);
	assert_quiet(s);
	stage_free(&s);
}

static void an_early_departure(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	edusign_set_early(stage_sheet(s), stage_student(s, 0)->id, stage_at(s, 1, 11, 15), stage_now(s));
	evening(s);
	up_ok(s);
	const struct ypareo_absence *a = absence_of(s, s->learner[0]);
	assert_non_null(a);
	assert_false(a->late);
	assert_int_equal(a->start, 11 * 60 + 15);
	assert_int_equal(a->end, 12 * 60);
	assert_quiet(s);
	stage_free(&s);
}

static void an_absence_that_no_longer_holds_is_withdrawn(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	struct str id = stage_student(s, 1)->id;
	edusign_set_absent(stage_sheet(s), id, stage_now(s));
	evening(s);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 1);
	stage_advance(s, 3600);
	edusign_unlock(stage_sheet(s), stage_now(s));
	edusign_sign_student(s->e, stage_sheet(s), id, stage_now(s));
	edusign_lock(s->e, stage_sheet(s), stage_now(s));
	stage_advance(s, 82800);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 0);
	assert_int_equal(stage_counts(s, COUNT_ABSENCES).deleted, 1);
	assert_quiet(s);
	stage_free(&s);
}

static void what_a_human_changed_is_left_for_good(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	edusign_set_absent(stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
	evening(s);
	up_ok(s);
	ypareo_absence_change(s->y, s->y->absences.items[0].code, 9 * 60, 10 * 60, s->settings.reason_justified, stage_now(s) * 1000);
	edusign_justify(s->e, stage_sheet(s), stage_student(s, 1)->id, 1, stage_now(s));
	stage_advance(s, 86400);
	stage_mark(s);
	up_ok(s);
	assert_int_equal(stage_requests(s, "ypareo", "PUT", "/r/v1/absences"), 0);
	assert_int_equal(s->y->absences.items[0].end, 10 * 60);
	assert_int_equal(s->y->absences.n, 1);
	assert_quiet(s);
	stage_free(&s);
}

static void what_a_human_deleted_is_not_written_again(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	edusign_set_absent(stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
	evening(s);
	up_ok(s);
	ypareo_absence_delete(s->y, s->y->absences.items[0].code);
	edusign_justify(s->e, stage_sheet(s), stage_student(s, 1)->id, 1, stage_now(s));
	stage_advance(s, 86400);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 0);
	assert_quiet(s);
	stage_free(&s);
}

static void a_sick_leave_covers_it(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	struct ypareo_absence *leave = ypareo_add_absence(s->y, s->learner[1], s->today - 20, 0, 24 * 60, s->settings.reason_justified);
	leave->last = s->today + 10;
	edusign_set_absent(stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
	evening(s);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 1); /* already known */
	assert_quiet(s);
	stage_free(&s);
}

static void a_part_that_is_covered_is_not_written_again(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	ypareo_add_absence(s->y, s->learner[1], s->today + 1, 8 * 60, 10 * 60, s->settings.reason_justified);
	edusign_set_absent(stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
	evening(s);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 2);
	assert_int_equal(s->y->absences.items[1].start, 10 * 60);
	assert_int_equal(s->y->absences.items[1].end, 12 * 60);
	assert_quiet(s);
	stage_free(&s);
}

static void an_equal_row_is_never_written_twice(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	ypareo_add_absence(s->y, s->learner[1], s->today + 1, 9 * 60, 12 * 60, s->settings.reason_unjustified);
	edusign_set_absent(stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
	evening(s);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 1);
	assert_quiet(s);
	stage_free(&s);
}

/* What people entered twice, or with no minutes at all, hides nothing and is left alone. */
static void odd_rows_of_others(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	for (int i = 0; i < 2; i++)
		ypareo_add_absence(s->y, s->learner[0], s->today + 1, 14 * 60, 17 * 60, s->settings.reason_justified);
	ypareo_add_absence(s->y, s->learner[1], s->today + 1, 9 * 60, 9 * 60, s->settings.reason_justified)->minutes = 0;
	edusign_set_absent(stage_sheet(s), stage_student(s, 0)->id, stage_now(s));
	edusign_set_absent(stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
	evening(s);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 5);
	unsigned whole = 0;
	for (size_t i = 3; i < 5; i++)
		whole += s->y->absences.items[i].start == 9 * 60 && s->y->absences.items[i].end == 12 * 60;
	assert_int_equal(whole, 2);
	assert_quiet(s);
	stage_free(&s);
}

static void a_sheet_without_any_signature_is_no_evidence(void **state)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	(void)state;
	stage_school(s, &(struct stage_options){ 0 });
	stage_run(s, FLOW_DOWN);
	stage_advance(s, stage_at(s, 1, 12, 5) - stage_now(s));
	evening(s);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 0);
	assert_int_equal(s->y->attendances.n, 0);
	assert_int_equal(s->report->result, RESULT_ISSUES);
	/* the school's other choice */
	s->settings.unsigned_sheet = UNSIGNED_ABSENT;
	up_ok(s);
	assert_int_equal(s->y->absences.n, 2);
	stage_free(&s);
}

static void an_unlocked_sheet_waits(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	edusign_set_absent(stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
	stage_advance(s, stage_at(s, 1, 22, 0) - stage_now(s));
	up_ok(s);
	assert_int_equal(s->y->absences.n, 0);
	edusign_lock(s->e, stage_sheet(s), stage_now(s) + 300); /* archived at 22:05 */
	stage_advance(s, 86400);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 1); /* not lost */
	stage_free(&s);
}

static void a_state_that_is_missing_is_no_evidence(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	struct ed_row *row = edusign_row(stage_sheet(s), stage_student(s, 1)->id);
	edusign_set_absent(stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
	row->state_missing = true;
	evening(s);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 0);
	assert_int_equal(s->report->result, RESULT_ISSUES);
	stage_free(&s);
}

static void a_session_that_is_gone_sends_nothing(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	edusign_set_absent(stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
	evening(s);
	ypareo_session_cancel(s->y, s->session);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 0);
	assert_int_equal(s->y->attendances.n, 0);
	assert_int_equal(s->report->result, RESULT_ISSUES);
	stage_free(&s);
}

static void a_learner_no_longer_expected_is_not_reported(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	edusign_set_absent(stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
	evening(s);
	ypareo_session_learner_del(s->y, s->session, s->learner[1]);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 0);
	stage_free(&s);
}

static void who_was_put_on_by_hand_is_not_reported(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	struct str guest = edusign_add_student(s->e, "ecole", "Une", "Invitée", "une.invitee@example.org")->id;
	edusign_add_row(s->e, stage_sheet(s), guest);
	evening(s);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 0);
	stage_free(&s);
}

static void an_instructor_who_did_not_sign(void **state)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	(void)state;
	stage_school(s, &(struct stage_options){ 0 });
	stage_run(s, FLOW_DOWN);
	stage_advance(s, stage_at(s, 1, 12, 5) - stage_now(s));
	edusign_sign_student(s->e, stage_sheet(s), stage_student(s, 0)->id, stage_now(s));
	edusign_sign_student(s->e, stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
	evening(s);
	s->settings.instructor_unsigned = INSTRUCTOR_UNKNOWN;
	up_ok(s);
	assert_int_equal(s->y->attendances.n, 0);
	assert_int_equal(s->report->result, RESULT_ISSUES);
	s->settings.instructor_unsigned = INSTRUCTOR_ABSENT;
	stage_advance(s, 3600);
	up_ok(s);
	struct ypareo_attendance *a = ypareo_attendance(s->y, s->session, s->instructor);
	assert_non_null(a);
	assert_false(a->present);
	assert_int_equal(a->minutes, 0);
	stage_free(&s);
}

static void a_night_that_was_missed_is_caught_up(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	edusign_set_absent(stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
	evening(s);
	stage_advance(s, 3 * 86400);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 1);
	assert_quiet(s);
	stage_free(&s);
}

static void a_plan_writes_nothing(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	edusign_set_absent(stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
	evening(s);
	stage_mark(s);
	const struct report *r = stage_plan(s, FLOW_UP);
	assert_string_equal(r->environments[0].error.what, "");
	assert_int_equal(stage_writes(s), 0);
	assert_true(r->environments[0].changes.n >= 1);
	assert_int_equal(stage_counts(s, COUNT_ABSENCES).created, 1);
	stage_free(&s);
}

static void a_crash_at_any_step_leaves_no_trace(void **state)
{
	(void)state;
	for (unsigned n = 1;; n++) {
		struct stage *s = signed_day();
		edusign_set_absent(stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
		edusign_set_delay(stage_sheet(s), stage_student(s, 0)->id, 10, stage_now(s));
		evening(s);
		bool crashed = stage_run_until_crash(s, FLOW_UP, n);
		if (crashed)
			up_ok(s);
		assert_int_equal(s->y->absences.n, 2);
		assert_int_equal(s->y->attendances.n, 1);
		assert_quiet(s);
		stage_free(&s);
		if (!crashed) {
			assert_true(n > 15);
			break;
		}
	}
}

static void an_uncertain_write_is_read_back(void **state)
{
	static const char *const kinds[] = { "reset-before", "reset-after", "hang", "hang-after", "status-after", "status", "empty", "truncate", "late-effect" };
	static const char *const calls[] = { "POST:/r/v1/absences", "PUT:/r/v1/emargements/personnels" };
	(void)state;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		for (size_t c = 0; c < 2; c++) {
			struct stage *s = signed_day();
			char spec[120];
			edusign_set_absent(stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
			evening(s);
			snprintf(spec, sizeof(spec), "%s:ypareo:%s:count=1:ms=40000:status=504", kinds[k], calls[c]);
			stage_fault(s, spec);
			up_ok(s);
			assert_int_equal(s->y->absences.n, 1);
			assert_int_equal(s->y->attendances.n, 1);
			assert_quiet(s);
			stage_free(&s);
		}
	}
}

static void every_switch_ends_right(void **state)
{
	(void)state;
	for (int which = 0; which < SIM_SWITCH_COUNT; which++) {
		struct stage *s = stage_new("2026-11-23T11:00:00Z");
		stage_school(s, &(struct stage_options){ 0 });
		sim_set(s->sim, (enum sim_switch)which, true);
		stage_run(s, FLOW_DOWN);
		stage_advance(s, stage_at(s, 1, 12, 5) - stage_now(s));
		edusign_sign_all(s->e, stage_sheet(s), stage_now(s));
		edusign_set_absent(stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
		struct ypareo_absence *leave = ypareo_add_absence(s->y, s->learner[0], s->today - 30, 0, 24 * 60, s->settings.reason_justified);
		leave->last = s->today + 3;
		evening(s);
		up_ok(s);
		assert_int_equal(s->y->absences.n, 2);
		edusign_justify(s->e, stage_sheet(s), stage_student(s, 1)->id, 1, stage_now(s));
		stage_advance(s, 3600);
		up_ok(s);
		assert_int_equal(absence_of(s, s->learner[1])->reason, s->settings.reason_justified);
		assert_quiet(s);
		stage_free(&s);
	}
}

/* The winter after the change of the clock: the days of the list are an hour longer than 24 times their number. Asked in full,
 * they were refused by a server that counts local hours and refuses what is over 90 days, each night until January. */
static void the_widest_list_is_never_too_wide(void **state)
{
	static const char *const mornings[] = { "2026-10-26T06:00:00Z", "2026-11-23T06:00:00Z", "2027-01-20T06:00:00Z", "2027-06-01T06:00:00Z" };
	(void)state;
	for (unsigned i = 0; i < sizeof(mornings) / sizeof(mornings[0]); i++) {
		struct stage *s = stage_new(mornings[i]);
		sim_set(s->sim, SIM_NAIVE_LOCAL, true);
		sim_set(s->sim, SIM_WIDE_RANGE_ERROR, true);
		s->settings.days_back = i % 2 ? 86 : 7; /* as much as a school's file may ask for */
		stage_school(s, &(struct stage_options){ 0 });
		assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
		stage_advance(s, stage_at(s, 1, 12, 5) - stage_now(s));
		edusign_sign_student(s->e, stage_sheet(s), stage_student(s, 0)->id, stage_now(s));
		evening(s);
		up_ok(s);
		assert_non_null(absence_of(s, s->learner[1]));
		assert_quiet(s);
		stage_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everybody_was_there),
		cmocka_unit_test(one_was_absent),
		cmocka_unit_test(a_justification_changes_the_reason), cmocka_unit_test(a_code_that_was_cut), cmocka_unit_test(a_code_that_was_cut_and_not_looked_at), cmocka_unit_test(a_key_without_payroll),
		cmocka_unit_test(a_late_arrival),
		cmocka_unit_test(an_early_departure),
		cmocka_unit_test(an_absence_that_no_longer_holds_is_withdrawn),
		cmocka_unit_test(what_a_human_changed_is_left_for_good),
		cmocka_unit_test(what_a_human_deleted_is_not_written_again),
		cmocka_unit_test(a_sick_leave_covers_it),
		cmocka_unit_test(a_part_that_is_covered_is_not_written_again),
		cmocka_unit_test(an_equal_row_is_never_written_twice),
		cmocka_unit_test(odd_rows_of_others),
		cmocka_unit_test(a_sheet_without_any_signature_is_no_evidence),
		cmocka_unit_test(an_unlocked_sheet_waits),
		cmocka_unit_test(a_state_that_is_missing_is_no_evidence),
		cmocka_unit_test(a_session_that_is_gone_sends_nothing),
		cmocka_unit_test(a_learner_no_longer_expected_is_not_reported),
		cmocka_unit_test(who_was_put_on_by_hand_is_not_reported),
		cmocka_unit_test(an_instructor_who_did_not_sign),
		cmocka_unit_test(a_night_that_was_missed_is_caught_up),
		cmocka_unit_test(a_plan_writes_nothing),
		cmocka_unit_test(a_crash_at_any_step_leaves_no_trace),
		cmocka_unit_test(an_uncertain_write_is_read_back),
		cmocka_unit_test(every_switch_ends_right),
		cmocka_unit_test(the_widest_list_is_never_too_wide),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
