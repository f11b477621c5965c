#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/replay/stage.h"

/* What changes in Yparéo between two runs, and what is left alone in Edusign. */

static struct stage *after_first_run(void)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	stage_school(s, &(struct stage_options){ 0 });
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	stage_mark(s);
	return s;
}

static void assert_quiet(struct stage *s)
{
	stage_mark(s);
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_string_equal(r->environments[0].error.what, "");
	assert_int_equal(stage_writes(s), 0);
}

static void a_room_changes(void **state)
{
	struct stage *s = after_first_run();
	(void)state;
	int64_t room = ypareo_add_room(s->y, "Amphi Ampère", s->site)->code;
	ypareo_session_room(s->y, s->session, room);
	stage_run(s, FLOW_DOWN);
	assert_int_equal(stage_counts(s, COUNT_SHEETS).updated, 1);
	assert_true(str_eqz(stage_sheet(s)->room, "Amphi Ampère"));
	assert_int_equal(stage_sheet(s)->rows.n, 2);
	assert_quiet(s);
	stage_free(&s);
}

static void a_session_moves_within_the_window(void **state)
{
	struct stage *s = after_first_run();
	struct str id = stage_sheet(s)->id;
	(void)state;
	ypareo_session_move(s->y, s->session, s->today + 3, 14 * 60, 17 * 60);
	stage_run(s, FLOW_DOWN);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
	assert_true(str_eq(stage_sheet(s)->id, id));
	assert_int_equal(stage_sheet(s)->start, stage_at(s, 3, 14, 0));
	assert_int_equal(stage_sheet(s)->end, stage_at(s, 3, 17, 0));
	assert_quiet(s);
	stage_free(&s);
}

static void a_session_moves_beyond_the_window(void **state)
{
	struct stage *s = after_first_run();
	struct str id = stage_sheet(s)->id;
	(void)state;
	ypareo_session_move(s->y, s->session, s->today + 20, 9 * 60, 12 * 60);
	stage_run(s, FLOW_DOWN);
	/* the wider reading finds it: the sheet is moved, not removed */
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
	assert_true(str_eq(stage_sheet(s)->id, id));
	assert_int_equal(stage_sheet(s)->start, stage_at(s, 20, 9, 0));
	assert_quiet(s);
	stage_free(&s);
}

static void a_cancelled_session_takes_its_sheet_away(void **state)
{
	struct stage *s = after_first_run();
	(void)state;
	ypareo_session_cancel(s->y, s->session);
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_string_equal(r->environments[0].error.what, "");
	assert_int_equal(stage_counts(s, COUNT_SHEETS).deleted, 1);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 0);
	assert_int_equal(edusign_student_count(s->e, "ecole", 0), 2); /* people stay */
	assert_int_equal(stage_requests(s, "edusign", "DELETE", "/v1/student*"), 0);
	assert_quiet(s);
	stage_free(&s);
}

/* A list that lost half of its records is well-formed: only the second reading tells it from a cancellation. */
static void half_a_planning_removes_nothing(void **state)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	(void)state;
	stage_school(s, &(struct stage_options){ 0 });
	int64_t second = ypareo_add_session(s->y, s->today + 2, 9 * 60, 12 * 60, s->subject, s->group, s->instructor, s->room)->code;
	stage_run(s, FLOW_DOWN);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 2);
	stage_fault(s, "drop-records:ypareo:GET:/r/v1/planning/*:count=1");
	stage_run(s, FLOW_DOWN);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 2);
	assert_non_null(edusign_course(s->e, "ecole", second));
	assert_int_equal(stage_counts(s, COUNT_SHEETS).deleted, 0);
	stage_free(&s);
}

static void a_group_that_vanished_holds_its_removals(void **state)
{
	struct stage *s = after_first_run();
	(void)state;
	/* the group goes into a period that is not read: neither it nor its session is listed any more */
	int64_t old = ypareo_add_period(s->y, "2019-2020", day_of(2019, 9, 1), day_of(2020, 8, 31))->code;
	ypareo_group(s->y, s->group)->period = old;
	ypareo_session_cancel(s->y, s->session);
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_int_equal(r->result, RESULT_HELD);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
	assert_int_equal(stage_writes(s), 0);
	stage_free(&s);
}

static void a_learner_joins_and_one_leaves(void **state)
{
	struct stage *s = after_first_run();
	(void)state;
	int64_t fresh = ypareo_add_learner(s->y, "Müller", "Anaïs", "anais.muller@example.org")->code;
	ypareo_enrol(s->y, fresh, s->group, s->today);
	ypareo_session_learner_add(s->y, s->session, fresh);
	ypareo_session_learner_del(s->y, s->session, s->learner[0]);
	stage_run(s, FLOW_DOWN);
	struct ed_course *c = stage_sheet(s);
	assert_int_equal(c->rows.n, 2);
	assert_non_null(edusign_row(c, edusign_student(s->e, "ecole", fresh)->id));
	assert_null(edusign_row(c, stage_student(s, 0)->id));
	/* one by one: no change of the sheet as a whole, which is believed to erase signatures */
	assert_int_equal(stage_requests(s, "edusign", "PATCH", "/v1/course*"), 0);
	assert_int_equal(stage_requests(s, "edusign", "PUT", "/v1/course/attendance/*"), 1);
	assert_int_equal(stage_requests(s, "edusign", "DELETE", "/v1/course/attendance/*"), 1);
	assert_quiet(s);
	stage_free(&s);
}

static void who_was_put_on_by_hand_stays(void **state)
{
	struct stage *s = after_first_run();
	(void)state;
	struct ed_student *guest = edusign_add_student(s->e, "ecole", "Invitée", "Une", "une.invitee@example.org");
	struct str id = guest->id;
	edusign_add_row(s->e, stage_sheet(s), id);
	ypareo_session_learner_del(s->y, s->session, s->learner[0]);
	stage_run(s, FLOW_DOWN);
	assert_non_null(edusign_row(stage_sheet(s), id));
	assert_null(edusign_row(stage_sheet(s), stage_student(s, 0)->id));
	stage_free(&s);
}

static void a_signed_sheet_is_not_touched(void **state)
{
	struct stage *s = after_first_run();
	(void)state;
	edusign_sign_student(s->e, stage_sheet(s), stage_student(s, 0)->id, stage_now(s));
	ypareo_session_move(s->y, s->session, s->today + 2, 9 * 60, 12 * 60);
	const struct report *r = stage_run(s, FLOW_DOWN);
	char record[40];
	snprintf(record, sizeof(record), "sheet %lld", (long long)s->session);
	assert_int_equal(r->result, RESULT_ISSUES);
	assert_non_null(stage_issue(s, record, "sheet"));
	assert_int_equal(stage_writes(s), 0);
	assert_int_equal(stage_sheet(s)->start, stage_at(s, 1, 9, 0));
	assert_int_equal(stage_sheet(s)->lost_signatures, 0);
	stage_free(&s);
}

static void a_locked_sheet_is_not_removed(void **state)
{
	struct stage *s = after_first_run();
	(void)state;
	edusign_lock(s->e, stage_sheet(s), stage_now(s));
	ypareo_session_cancel(s->y, s->session);
	sim_set(s->sim, SIM_DELETE_SIGNED, true); /* even where Edusign would let us */
	stage_run(s, FLOW_DOWN);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
	assert_int_equal(stage_writes(s), 0);
	stage_free(&s);
}

static void a_started_session_is_left_alone(void **state)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	(void)state;
	stage_school(s, &(struct stage_options){ 0 });
	ypareo_session_move(s->y, s->session, s->today, 13 * 60, 17 * 60);
	stage_run(s, FLOW_DOWN);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
	stage_advance(s, 2 * 3600); /* 14:00 in Paris: it has begun */
	stage_mark(s);
	ypareo_session_room(s->y, s->session, ypareo_add_room(s->y, "C3", s->site)->code);
	stage_run(s, FLOW_DOWN);
	assert_int_equal(stage_writes(s), 0);
	ypareo_session_cancel(s->y, s->session);
	stage_run(s, FLOW_DOWN);
	assert_int_equal(stage_writes(s), 0);
	stage_free(&s);
}

static void an_ended_session_is_not_created(void **state)
{
	struct stage *s = stage_new("2026-11-23T18:00:00Z");
	(void)state;
	stage_school(s, &(struct stage_options){ 0 });
	ypareo_session_move(s->y, s->session, s->today, 8 * 60, 12 * 60);
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_int_equal(r->result, RESULT_OK);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 0);
	assert_int_equal(edusign_student_count(s->e, "ecole", 0), 0); /* people only once a sheet needs them */
	stage_free(&s);
}

static void too_many_removals_are_held(void **state)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	int64_t codes[10];
	(void)state;
	stage_school(s, &(struct stage_options){ .empty = true });
	for (int i = 0; i < 10; i++)
		codes[i] = ypareo_add_session(s->y, s->today + 1 + i / 2, i % 2 ? 14 * 60 : 9 * 60, i % 2 ? 17 * 60 : 12 * 60, s->subject, s->group,
		                              s->instructor, s->room)->code;
	stage_run(s, FLOW_DOWN);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 10);
	for (int i = 0; i < 5; i++) /* 5 of 10: at least 5, and more than 10 % */
		ypareo_session_cancel(s->y, codes[i]);
	int64_t added = ypareo_add_session(s->y, s->today + 6, 9 * 60, 12 * 60, s->subject, s->group, s->instructor, s->room)->code;
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_int_equal(r->result, RESULT_HELD);
	assert_int_equal(r->environments[0].plan.n, 16);
	assert_int_equal(stage_counts(s, COUNT_SHEETS).deleted, 0);
	assert_int_equal(edusign_course_count(s->e, "ecole", added), 1); /* additions go ahead */
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 11);
	stage_free(&s);
}

static void four_removals_are_not(void **state)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	int64_t codes[6];
	(void)state;
	stage_school(s, &(struct stage_options){ .empty = true });
	for (int i = 0; i < 6; i++)
		codes[i] = ypareo_add_session(s->y, s->today + 1 + i, 9 * 60, 12 * 60, s->subject, s->group, s->instructor, s->room)->code;
	stage_run(s, FLOW_DOWN);
	for (int i = 0; i < 4; i++)
		ypareo_session_cancel(s->y, codes[i]);
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_int_equal(r->result, RESULT_OK);
	assert_int_equal(stage_counts(s, COUNT_SHEETS).deleted, 4);
	/* the next two of the same day make six in 24 hours: held */
	ypareo_session_cancel(s->y, codes[4]);
	ypareo_session_cancel(s->y, codes[5]);
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_HELD);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 2);
	stage_free(&s);
}

static void a_wrong_clock_removes_nothing(void **state)
{
	struct stage *s = after_first_run();
	(void)state;
	ypareo_session_cancel(s->y, s->session);
	stage_server_clock(s, 180);
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_int_equal(r->result, RESULT_HELD);
	assert_non_null(stage_issue(s, "environment", "clock"));
	assert_int_equal(stage_writes(s), 0);
	stage_server_clock(s, 60);
	r = stage_run(s, FLOW_DOWN);
	assert_int_equal(r->result, RESULT_OK);
	assert_int_equal(stage_counts(s, COUNT_SHEETS).deleted, 1);
	stage_free(&s);
}

static void an_address_changes(void **state)
{
	struct stage *s = after_first_run();
	(void)state;
	ypareo_learner_emails(s->y, s->learner[0], "c.lefevre@example.net", NULL);
	stage_run(s, FLOW_DOWN);
	assert_int_equal(edusign_student_count(s->e, "ecole", 0), 2);
	assert_true(str_eqz(stage_student(s, 0)->email, "c.lefevre@example.net"));
	assert_int_equal(stage_counts(s, COUNT_LEARNERS).updated, 1);
	assert_quiet(s);
	stage_free(&s);
}

static void an_address_that_is_lost_changes_nothing(void **state)
{
	struct stage *s = after_first_run();
	char record[40];
	(void)state;
	ypareo_learner_emails(s->y, s->learner[0], "", "");
	const struct report *r = stage_run(s, FLOW_DOWN);
	snprintf(record, sizeof(record), "learner %lld", (long long)s->learner[0]);
	assert_int_equal(r->result, RESULT_ISSUES);
	assert_non_null(stage_issue(s, record, "email"));
	assert_int_equal(stage_sheet(s)->rows.n, 2); /* mandatory to be created, never to stay on a roster */
	assert_int_equal(stage_writes(s), 0);
	ypareo_learner_emails(s->y, s->learner[0], "chloe.lefevre@example.org", NULL);
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK); /* and the issue closes itself */
	assert_null(stage_issue(s, record, "email"));
	stage_free(&s);
}

static void a_plan_writes_nothing(void **state)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	(void)state;
	stage_school(s, &(struct stage_options){ 0 });
	const struct report *r = stage_plan(s, FLOW_DOWN);
	assert_string_equal(r->environments[0].error.what, "");
	assert_int_equal(stage_writes(s), 0);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 0);
	assert_int_equal(r->environments[0].changes.n, 4);
	assert_int_equal(stage_counts(s, COUNT_SHEETS).created, 1);
	/* and the run does what the plan said */
	stage_run(s, FLOW_DOWN);
	assert_int_equal(stage_counts(s, COUNT_SHEETS).created, 1);
	assert_int_equal(stage_counts(s, COUNT_LEARNERS).created, 2);
	stage_free(&s);
}

static void a_sheet_deleted_by_hand_is_made_anew_when_it_changes(void **state)
{
	struct stage *s = after_first_run();
	(void)state;
	stage_sheet(s)->deleted = true;
	ypareo_session_room(s->y, s->session, ypareo_add_room(s->y, "C3", s->site)->code);
	stage_run(s, FLOW_DOWN);
	assert_int_equal(edusign_course_count(s->e, "ecole", s->session), 1);
	assert_true(str_eqz(stage_sheet(s)->room, "C3"));
	assert_quiet(s);
	stage_free(&s);
}

static void a_crash_in_the_middle_of_changes_leaves_no_trace(void **state)
{
	(void)state;
	for (unsigned n = 1;; n++) {
		struct stage *s = stage_new("2026-11-23T11:00:00Z");
		stage_school(s, &(struct stage_options){ 0 });
		int64_t cancelled = ypareo_add_session(s->y, s->today + 2, 9 * 60, 12 * 60, s->subject, s->group, s->instructor, s->room)->code;
		stage_run(s, FLOW_DOWN);
		int64_t fresh = ypareo_add_learner(s->y, "Müller", "Anaïs", "anais.muller@example.org")->code;
		ypareo_enrol(s->y, fresh, s->group, s->today);
		ypareo_session_move(s->y, s->session, s->today + 1, 14 * 60, 17 * 60);
		ypareo_session_learner_add(s->y, s->session, fresh);
		ypareo_session_learner_del(s->y, s->session, s->learner[1]);
		ypareo_session_cancel(s->y, cancelled);
		bool crashed = stage_run_until_crash(s, FLOW_DOWN, n);
		if (crashed)
			assert_string_equal(stage_run(s, FLOW_DOWN)->environments[0].error.what, "");
		assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
		struct ed_course *c = stage_sheet(s);
		assert_non_null(c);
		assert_int_equal(c->start, stage_at(s, 1, 14, 0));
		assert_int_equal(c->rows.n, 2);
		assert_non_null(edusign_row(c, edusign_student(s->e, "ecole", fresh)->id));
		assert_null(edusign_row(c, stage_student(s, 1)->id));
		assert_int_equal(edusign_student_count(s->e, "ecole", fresh), 1);
		assert_quiet(s);
		stage_free(&s);
		if (!crashed)
			break;
	}
}

/* The sheet as it was read goes back with its roster, and the learner who left is taken off behind it. A server that takes the first
 * change only when all that is done would bring the learner back, and nobody would look again. */
static void a_late_change_undoes_nothing(void **state)
{
	static const char *const writes[] = { "late-effect:edusign:PATCH:/v1/course:count=1:ms=44000", "late-effect:edusign:DELETE:/v1/course/attendance*:count=1:ms=44000" };
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct stage *s = stage_new("2026-11-23T11:00:00Z");
		stage_school(s, &(struct stage_options){ .learners = 3 });
		assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
		ypareo_session_move(s->y, s->session, s->today + 2, 10 * 60, 12 * 60);
		ypareo_session_learner_del(s->y, s->session, s->learner[2]);
		stage_fault(s, writes[i]);
		stage_run(s, FLOW_DOWN);
		stage_advance(s, 3600);
		struct ed_course *c = stage_sheet(s);
		assert_int_equal(c->rows.n, 2);
		for (size_t k = 0; k < c->rows.n; k++)
			assert_false(str_eq(c->rows.items[k].student, stage_student(s, 2)->id));
		assert_int_equal(c->start, stage_at(s, 2, 10, 0));
		stage_mark(s);
		stage_run(s, FLOW_DOWN);
		assert_int_equal(stage_writes(s), 0);
		stage_free(&s);
	}
}

/* A learner is put on a sheet, the process ends before it knows, and the learner leaves meanwhile: ours to take off again. */
static void added_and_gone_again(void **state)
{
	(void)state;
	for (unsigned at = 1; at < 400; at++) {
		struct stage *s = stage_new("2026-11-23T11:00:00Z");
		stage_school(s, &(struct stage_options){ .learners = 3 });
		ypareo_session_learner_del(s->y, s->session, s->learner[2]);
		assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
		ypareo_session_learner_add(s->y, s->session, s->learner[2]);
		bool crashed = stage_run_until_crash(s, FLOW_DOWN, at);
		ypareo_session_learner_del(s->y, s->session, s->learner[2]);
		stage_advance(s, 3600);
		stage_run(s, FLOW_DOWN);
		assert_int_equal(stage_sheet(s)->rows.n, 2);
		stage_mark(s);
		stage_run(s, FLOW_DOWN);
		assert_int_equal(stage_writes(s), 0);
		stage_free(&s);
		if (!crashed)
			return;
	}
	fail();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_room_changes), cmocka_unit_test(a_late_change_undoes_nothing), cmocka_unit_test(added_and_gone_again),
		cmocka_unit_test(a_session_moves_within_the_window),
		cmocka_unit_test(a_session_moves_beyond_the_window),
		cmocka_unit_test(a_cancelled_session_takes_its_sheet_away),
		cmocka_unit_test(half_a_planning_removes_nothing),
		cmocka_unit_test(a_group_that_vanished_holds_its_removals),
		cmocka_unit_test(a_learner_joins_and_one_leaves),
		cmocka_unit_test(who_was_put_on_by_hand_stays),
		cmocka_unit_test(a_signed_sheet_is_not_touched),
		cmocka_unit_test(a_locked_sheet_is_not_removed),
		cmocka_unit_test(a_started_session_is_left_alone),
		cmocka_unit_test(an_ended_session_is_not_created),
		cmocka_unit_test(too_many_removals_are_held),
		cmocka_unit_test(four_removals_are_not),
		cmocka_unit_test(a_wrong_clock_removes_nothing),
		cmocka_unit_test(an_address_changes),
		cmocka_unit_test(an_address_that_is_lost_changes_nothing),
		cmocka_unit_test(a_plan_writes_nothing),
		cmocka_unit_test(a_sheet_deleted_by_hand_is_made_anew_when_it_changes),
		cmocka_unit_test(a_crash_in_the_middle_of_changes_leaves_no_trace),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
