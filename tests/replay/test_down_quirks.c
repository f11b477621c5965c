#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/replay/stage.h"

/* What the two vendors do differently from what one would expect, one script each; and each open question of theirs, both ways. */

static struct stage *noon(const struct stage_options *o)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	stage_school(s, o ? o : &(struct stage_options){ 0 });
	return s;
}

static void run_ok(struct stage *s)
{
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_string_equal(r->environments[0].error.what, "");
}

static void assert_quiet(struct stage *s)
{
	stage_mark(s);
	run_ok(s);
	assert_int_equal(stage_writes(s), 0);
}

static const struct issue *issue_of(struct stage *s, const char *kind, int64_t code, const char *field)
{
	char record[48];
	snprintf(record, sizeof(record), "%s %lld", kind, (long long)code);
	return stage_issue(s, record, field);
}

static void arrays_instead_of_keyed_objects(void **state)
{
	struct stage *s = noon(NULL);
	(void)state;
	sim_set(s->sim, SIM_ARRAYS, true);
	run_ok(s);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
	sim_set(s->sim, SIM_ARRAYS, false); /* and the other way round in the next answer */
	assert_quiet(s);
	stage_free(&s);
}

static void an_empty_planning_is_an_empty_list(void **state)
{
	struct stage *s = noon(&(struct stage_options){ .empty = true });
	(void)state;
	run_ok(s);
	assert_int_equal(s->report->result, RESULT_OK);
	assert_int_equal(stage_writes(s), 0);
	stage_free(&s);
}

static void a_session_without_a_subject_is_named_after_its_group(void **state)
{
	struct stage *s = noon(NULL);
	(void)state;
	ypareo_session(s->y, s->session)->subject_name = NULL;
	ypareo_session(s->y, s->session)->subject = 0;
	run_ok(s);
	assert_true(str_eqz(stage_sheet(s)->name, "BTS MCO 1"));
	ypareo_group(s->y, s->group)->name = "";
	run_ok(s);
	assert_true(str_eqz(stage_sheet(s)->name, "Séance"));
	stage_free(&s);
}

static void a_session_without_an_instructor_is_an_issue(void **state)
{
	struct stage *s = noon(NULL);
	(void)state;
	ypareo_session_instructor(s->y, s->session, 0);
	run_ok(s);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 0);
	assert_non_null(issue_of(s, "sheet", s->session, "instructor"));
	assert_int_equal(s->report->environments[0].issues.n, 1);
	/* the school's stand-in fills in */
	s->settings.default_instructor = s->instructor;
	run_ok(s);
	assert_int_equal(edusign_course_count(s->e, "ecole", s->session), 1);
	assert_null(issue_of(s, "sheet", s->session, "instructor"));
	stage_free(&s);
}

static void a_session_that_loses_its_instructor_keeps_its_sheet(void **state)
{
	struct stage *s = noon(NULL);
	(void)state;
	run_ok(s);
	ypareo_session_instructor(s->y, s->session, 0);
	assert_quiet(s);
	assert_int_equal(edusign_course_count(s->e, "ecole", s->session), 1);
	assert_non_null(issue_of(s, "sheet", s->session, "instructor"));
	stage_free(&s);
}

static void a_session_without_learners_has_no_sheet_yet(void **state)
{
	struct stage *s = noon(NULL);
	(void)state;
	ypareo_session_learner_del(s->y, s->session, s->learner[0]);
	ypareo_session_learner_del(s->y, s->session, s->learner[1]);
	run_ok(s);
	assert_int_equal(s->report->result, RESULT_OK);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 0);
	ypareo_session_learner_add(s->y, s->session, s->learner[0]);
	run_ok(s);
	assert_int_equal(stage_sheet(s)->rows.n, 1);
	/* emptied later: no removal */
	ypareo_session_learner_del(s->y, s->session, s->learner[0]);
	assert_quiet(s);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
	stage_free(&s);
}

static void two_instructors_and_two_rooms(void **state)
{
	struct stage *s = noon(NULL);
	(void)state;
	int64_t other = ypareo_add_person(s->y, "D'Être-Noël", "Zoé", "zoe.noel@example.org")->code;
	int64_t room = ypareo_add_room(s->y, "C3", s->site)->code;
	ypareo_codes_add(s->y, &ypareo_session(s->y, s->session)->instructors, other);
	ypareo_codes_add(s->y, &ypareo_session(s->y, s->session)->rooms, room);
	run_ok(s);
	assert_int_equal(stage_sheet(s)->professor_count, 2);
	assert_true(str_eqz(stage_sheet(s)->room, "B102, C3") || str_eqz(stage_sheet(s)->room, "C3, B102"));
	assert_quiet(s);
	/* one leaves: its key is vacated */
	ypareo_codes_del(&ypareo_session(s->y, s->session)->instructors, s->instructor);
	run_ok(s);
	assert_int_equal(stage_sheet(s)->professor_count, 1);
	assert_true(str_eq(stage_sheet(s)->professors[0], edusign_professor(s->e, other)->id));
	assert_quiet(s);
	stage_free(&s);
}

static void a_learner_without_an_address_is_one_issue(void **state)
{
	struct stage *s = noon(NULL);
	(void)state;
	ypareo_learner_emails(s->y, s->learner[1], "", "");
	run_ok(s);
	assert_int_equal(s->report->result, RESULT_ISSUES);
	assert_int_equal(stage_sheet(s)->rows.n, 1); /* the rest of the sheet goes on */
	assert_non_null(issue_of(s, "learner", s->learner[1], "email"));
	assert_int_equal(s->report->environments[0].issues.n, 1);
	assert_quiet(s);
	int64_t since = issue_of(s, "learner", s->learner[1], "email")->since;
	stage_advance(s, 3600);
	run_ok(s);
	assert_int_equal(issue_of(s, "learner", s->learner[1], "email")->since, since);
	stage_free(&s);
}

static void an_instructor_without_an_address_is_an_issue(void **state)
{
	struct stage *s = noon(NULL);
	(void)state;
	ypareo_person(s->y, s->instructor)->email = "";
	run_ok(s);
	assert_non_null(issue_of(s, "instructor", s->instructor, "email"));
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 0);
	stage_free(&s);
}

static void pending_sessions_by_choice(void **state)
{
	struct stage *s = noon(NULL);
	(void)state;
	ypareo_session_state(s->y, s->session, 0);
	run_ok(s);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 0);
	s->settings.want_pending = true;
	run_ok(s);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
	stage_free(&s);
}

static void a_state_that_is_missing_counts_as_validated(void **state)
{
	struct stage *s = noon(NULL);
	(void)state;
	sim_set(s->sim, SIM_NO_STATE, true);
	run_ok(s);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
	stage_free(&s);
}

static void the_pro_address_by_choice(void **state)
{
	struct stage *s = noon(NULL);
	(void)state;
	ypareo_learner_emails(s->y, s->learner[0], NULL, "lefevre@cfa.example.org");
	ypareo_learner_emails(s->y, s->learner[1], NULL, "");
	s->settings.email = EMAIL_PRO_ELSE_NORMAL;
	run_ok(s);
	assert_true(str_eqz(stage_student(s, 0)->email, "lefevre@cfa.example.org"));
	assert_true(str_eqz(stage_student(s, 1)->email, "moussa.ndiaye@example.org"));
	stage_free(&s);
}

static void rooms_that_may_not_be_read(void **state)
{
	struct stage *s = noon(NULL);
	(void)state;
	sim_set(s->sim, SIM_NO_ROOMS, true);
	run_ok(s);
	char code[24];
	snprintf(code, sizeof(code), "%lld", (long long)s->room);
	assert_true(str_eqz(stage_sheet(s)->room, code));
	assert_non_null(stage_issue(s, "environment", "rooms"));
	sim_set(s->sim, SIM_NO_ROOMS, false);
	run_ok(s);
	assert_true(str_eqz(stage_sheet(s)->room, "B102"));
	sim_set(s->sim, SIM_NO_ROOMS, true); /* and refused again: the sheet keeps the name last sent */
	assert_quiet(s);
	assert_true(str_eqz(stage_sheet(s)->room, "B102"));
	stage_free(&s);
}

static void one_endpoint_refused_says_which(void **state)
{
	struct stage *s = noon(NULL);
	(void)state;
	ypareo_key_forbid(s->y, ypareo_key(s->y, "y-token"), "GET /r/v1/utilisateur/personnels");
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_int_equal(r->result, RESULT_FAILED);
	assert_non_null(strstr(r->environments[0].error.what, "utilisateur/personnels"));
	assert_int_equal(stage_writes(s), 0);
	stage_free(&s);
}

static void times_on_both_sides_of_the_spring_change(void **state)
{
	struct stage *s = stage_new("2027-03-26T11:00:00Z"); /* a Friday; the clocks change on Sunday the 28th */
	(void)state;
	stage_school(s, &(struct stage_options){ 0 });
	int64_t before = s->session;
	int64_t after = ypareo_add_session(s->y, s->today + 3, 9 * 60, 12 * 60, s->subject, s->group, s->instructor, s->room)->code;
	run_ok(s);
	assert_int_equal(edusign_course(s->e, "ecole", before)->start, (int64_t)day_of(2027, 3, 27) * 86400 + 8 * 3600);
	assert_int_equal(edusign_course(s->e, "ecole", after)->start, (int64_t)day_of(2027, 3, 29) * 86400 + 7 * 3600);
	assert_quiet(s);
	stage_free(&s);
}

static void times_on_both_sides_of_the_autumn_change(void **state)
{
	struct stage *s = stage_new("2026-10-23T10:00:00Z"); /* a Friday; the clocks change on Sunday the 25th */
	(void)state;
	stage_school(s, &(struct stage_options){ 0 });
	int64_t after = ypareo_add_session(s->y, s->today + 3, 9 * 60, 12 * 60, s->subject, s->group, s->instructor, s->room)->code;
	run_ok(s);
	assert_int_equal(stage_sheet(s)->start, (int64_t)day_of(2026, 10, 24) * 86400 + 7 * 3600);
	assert_int_equal(edusign_course(s->e, "ecole", after)->start, (int64_t)day_of(2026, 10, 26) * 86400 + 8 * 3600);
	stage_free(&s);
}

static void the_window_is_counted_in_school_days(void **state)
{
	struct stage *s = stage_new("2026-11-23T23:30:00Z"); /* half past midnight in Paris, the 24th */
	(void)state;
	stage_school(s, &(struct stage_options){ .empty = true });
	int64_t last = ypareo_add_session(s->y, day_of(2026, 12, 1), 9 * 60, 12 * 60, s->subject, s->group, s->instructor, s->room)->code;
	int64_t beyond = ypareo_add_session(s->y, day_of(2026, 12, 2), 9 * 60, 12 * 60, s->subject, s->group, s->instructor, s->room)->code;
	run_ok(s);
	assert_int_equal(edusign_course_count(s->e, "ecole", last), 1);
	assert_int_equal(edusign_course_count(s->e, "ecole", beyond), 0);
	stage_free(&s);
}

static void a_session_without_a_room(void **state)
{
	struct stage *s = noon(NULL);
	(void)state;
	ypareo_session_room(s->y, s->session, 0);
	run_ok(s);
	assert_int_equal(s->report->result, RESULT_OK);
	assert_int_equal(stage_sheet(s)->room.n, 0);
	assert_quiet(s);
	stage_free(&s);
}

/* August: the old school year is over, the new one has begun in Yparéo or not. */
static void between_two_school_years(void **state)
{
	struct stage *s = stage_new("2027-09-03T10:00:00Z");
	(void)state;
	stage_school(s, &(struct stage_options){ 0 }); /* its only period ended on 2027-08-31 */
	run_ok(s);
	assert_int_equal(edusign_course_count(s->e, "ecole", s->session), 1); /* the latest that has begun stands in */
	/* the new year is entered, the group goes over into it, and both overlap in the window of a summer's day */
	int64_t fresh = ypareo_add_period(s->y, "2027-2028", day_of(2027, 9, 1), day_of(2028, 8, 31))->code;
	ypareo_group(s->y, s->group)->period = fresh;
	assert_quiet(s);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
	stage_free(&s);
}

static void two_periods_that_overlap_are_both_read(void **state)
{
	struct stage *s = noon(NULL);
	(void)state;
	int64_t other = ypareo_add_period(s->y, "Rentrée décalée", day_of(2026, 11, 25), day_of(2027, 10, 31))->code;
	struct ypareo_group *g = ypareo_add_group(s->y, "BTS MCO décalé", s->site);
	int64_t code = g->code;
	g->period = other;
	g->training = ypareo_group(s->y, s->group)->training;
	g->first = day_of(2026, 11, 25);
	g->last = day_of(2027, 10, 31);
	int64_t late = ypareo_add_learner(s->y, "Garcia", "Inès", "ines.garcia@example.org")->code;
	ypareo_enrol(s->y, late, code, s->today);
	int64_t session = ypareo_add_session(s->y, s->today + 3, 9 * 60, 12 * 60, s->subject, code, s->instructor, s->room)->code;
	run_ok(s);
	assert_int_equal(edusign_course_count(s->e, "ecole", s->session), 1);
	assert_int_equal(edusign_course_count(s->e, "ecole", session), 1);
	assert_int_equal(edusign_course(s->e, "ecole", session)->rows.n, 1);
	assert_quiet(s);
	stage_free(&s);
}

static void a_learner_enrolled_twice_stands_there_once(void **state)
{
	struct stage *s = noon(NULL);
	(void)state;
	struct ypareo_group *g = ypareo_add_group(s->y, "Soutien", s->site);
	int64_t code = g->code;
	g->period = s->y->periods.items[0].code;
	g->training = ypareo_group(s->y, s->group)->training;
	g->first = day_of(2026, 9, 1);
	g->last = day_of(2027, 8, 31);
	ypareo_enrol(s->y, s->learner[0], code, s->today);
	ypareo_codes_add(s->y, &ypareo_session(s->y, s->session)->groups, code); /* a session of both groups, listed with each */
	run_ok(s);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
	assert_int_equal(stage_sheet(s)->rows.n, 2);
	assert_int_equal(edusign_student_count(s->e, "ecole", s->learner[0]), 1);
	assert_quiet(s);
	stage_free(&s);
}

/* ---- people who are there already ---- */

static void an_account_with_the_same_name_and_address_is_adopted(void **state)
{
	struct stage *s = noon(NULL);
	(void)state;
	struct str id = edusign_add_student(s->e, "ecole", "Chloe", "LEFEVRE", "Chloe.Lefevre@example.org")->id;
	run_ok(s);
	assert_int_equal(edusign_student_count(s->e, "ecole", 0), 2);
	assert_true(str_eq(stage_student(s, 0)->id, id)); /* it bears our code now */
	assert_non_null(edusign_row(stage_sheet(s), id));
	assert_quiet(s);
	stage_free(&s);
}

static void an_account_with_another_name_is_an_issue(void **state)
{
	struct stage *s = noon(NULL);
	(void)state;
	struct str id = edusign_add_student(s->e, "ecole", "Paul", "Durand", "chloe.lefevre@example.org")->id;
	run_ok(s);
	assert_non_null(issue_of(s, "learner", s->learner[0], "email"));
	assert_null(edusign_row(stage_sheet(s), id)); /* a recycled mailbox gets nobody's attendance */
	assert_int_equal(stage_sheet(s)->rows.n, 1);
	assert_true(str_eqz(edusign_student_by_id(s->e, id)->first, "Paul"));
	stage_free(&s);
}

static void an_account_that_bears_another_code_is_an_issue(void **state)
{
	struct stage *s = noon(NULL);
	(void)state;
	struct ed_student *other = edusign_add_student(s->e, "ecole", "Chloé", "Lefèvre", "chloe.lefevre@example.org");
	other->api_id = STR("99999");
	other->api_type = STR("ypareo");
	run_ok(s);
	assert_non_null(issue_of(s, "learner", s->learner[0], "email"));
	assert_int_equal(stage_sheet(s)->rows.n, 1);
	stage_free(&s);
}

static void an_archived_account_is_restored(void **state)
{
	struct stage *s = noon(NULL);
	(void)state;
	struct ed_student *old = edusign_add_student(s->e, "ecole", "Chloé", "Lefèvre", "chloe.lefevre@example.org");
	struct str id = old->id;
	old->hidden = true;
	run_ok(s);
	assert_int_equal(edusign_student_count(s->e, "ecole", 0), 2);
	assert_false(edusign_student_by_id(s->e, id)->hidden);
	assert_non_null(edusign_row(stage_sheet(s), id));
	assert_quiet(s);
	stage_free(&s);
}

static void an_instructor_shared_by_schools_is_used_and_never_patched(void **state)
{
	struct stage *s = noon(NULL);
	(void)state;
	edusign_school_add(s->e, "autre", "other-token", "Europe/Paris");
	struct ed_professor *p = edusign_add_professor(s->e, "autre", "Hélène", "Moreau", "helene.moreau@example.org");
	p->api_id = STR("77");
	p->schools[p->school_count++] = STR("ecole");
	struct str id = p->id;
	run_ok(s);
	assert_int_equal(s->e->professors.n, 1);
	assert_true(str_eq(stage_sheet(s)->professors[0], id));
	assert_true(str_eqz(s->e->professors.items[0].api_id, "77"));
	assert_int_equal(stage_requests(s, "edusign", "PATCH", "/v1/professor*"), 0);
	ypareo_person(s->y, s->instructor)->first = "Hélène Marie";
	assert_quiet(s);
	stage_free(&s);
}

static void siblings_with_one_address(void **state)
{
	struct stage *s = noon(NULL);
	(void)state;
	ypareo_learner_emails(s->y, s->learner[1], "chloe.lefevre@example.org", NULL);
	run_ok(s);
	/* never one account for two: one is on the sheet at most, the other one is an issue */
	assert_int_equal(edusign_student_count(s->e, "ecole", 0), 1);
	assert_int_equal(stage_sheet(s)->rows.n, 1);
	assert_int_equal(s->report->result, RESULT_ISSUES);
	assert_quiet(s);
	stage_free(&s);
}

static void a_lost_store_doubles_nothing(void **state)
{
	struct stage *s = noon(NULL);
	(void)state;
	run_ok(s);
	stage_lose_store(s);
	stage_mark(s);
	run_ok(s);
	assert_int_equal(stage_writes(s), 0); /* all of it is found, nothing is made */
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
	assert_int_equal(edusign_student_count(s->e, "ecole", 0), 2);
	ypareo_session_room(s->y, s->session, ypareo_add_room(s->y, "C3", s->site)->code);
	run_ok(s);
	assert_true(str_eqz(stage_sheet(s)->room, "C3"));
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
	stage_free(&s);
}

static void a_token_of_another_school_stops_everything(void **state)
{
	struct stage *s = noon(NULL);
	(void)state;
	run_ok(s);
	edusign_school(s->e, "ecole")->token = STR("moved");
	edusign_school_add(s->e, "intrus", "e-token-0", "Europe/Paris");
	ypareo_session_room(s->y, s->session, ypareo_add_room(s->y, "C3", s->site)->code);
	stage_mark(s);
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_int_equal(r->result, RESULT_FAILED);
	assert_non_null(strstr(r->environments[0].error.what, "intrus"));
	assert_int_equal(stage_writes(s), 0);
	assert_int_equal(stage_requests(s, "edusign", "GET", "/v1/student*"), 0); /* stopped before it read people */
	stage_free(&s);
}

/* ---- every open question, both ways: made, changed, and quiet in the end ---- */

static void every_switch_ends_right(void **state)
{
	(void)state;
	for (int which = -1; which < SIM_SWITCH_COUNT; which++) {
		struct stage *s = noon(NULL);
		if (which >= 0)
			sim_set(s->sim, (enum sim_switch)which, true);
		run_ok(s);
		assert_int_equal(stage_sheet(s)->rows.n, 2);
		int64_t fresh = ypareo_add_learner(s->y, "Müller", "Anaïs", "anais.muller@example.org")->code;
		ypareo_enrol(s->y, fresh, s->group, s->today);
		ypareo_session_learner_add(s->y, s->session, fresh);
		ypareo_session_learner_del(s->y, s->session, s->learner[0]);
		ypareo_session_move(s->y, s->session, s->today + 2, 13 * 60, 16 * 60);
		run_ok(s);
		struct ed_course *c = stage_sheet(s);
		assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
		assert_int_equal(c->start, stage_at(s, 2, 13, 0));
		assert_int_equal(c->rows.n, 2);
		assert_non_null(edusign_row(c, edusign_student(s->e, "ecole", fresh)->id));
		assert_int_equal(c->professor_count, 1);
		assert_int_equal(edusign_student_count(s->e, "ecole", 0), 3);
		assert_quiet(s);
		stage_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arrays_instead_of_keyed_objects),
		cmocka_unit_test(an_empty_planning_is_an_empty_list),
		cmocka_unit_test(a_session_without_a_subject_is_named_after_its_group),
		cmocka_unit_test(a_session_without_an_instructor_is_an_issue),
		cmocka_unit_test(a_session_that_loses_its_instructor_keeps_its_sheet),
		cmocka_unit_test(a_session_without_learners_has_no_sheet_yet),
		cmocka_unit_test(two_instructors_and_two_rooms),
		cmocka_unit_test(a_learner_without_an_address_is_one_issue),
		cmocka_unit_test(an_instructor_without_an_address_is_an_issue),
		cmocka_unit_test(pending_sessions_by_choice),
		cmocka_unit_test(a_state_that_is_missing_counts_as_validated),
		cmocka_unit_test(the_pro_address_by_choice),
		cmocka_unit_test(rooms_that_may_not_be_read),
		cmocka_unit_test(one_endpoint_refused_says_which),
		cmocka_unit_test(times_on_both_sides_of_the_spring_change),
		cmocka_unit_test(times_on_both_sides_of_the_autumn_change),
		cmocka_unit_test(the_window_is_counted_in_school_days),
		cmocka_unit_test(a_session_without_a_room),
		cmocka_unit_test(between_two_school_years),
		cmocka_unit_test(two_periods_that_overlap_are_both_read),
		cmocka_unit_test(a_learner_enrolled_twice_stands_there_once),
		cmocka_unit_test(an_account_with_the_same_name_and_address_is_adopted),
		cmocka_unit_test(an_account_with_another_name_is_an_issue),
		cmocka_unit_test(an_account_that_bears_another_code_is_an_issue),
		cmocka_unit_test(an_archived_account_is_restored),
		cmocka_unit_test(an_instructor_shared_by_schools_is_used_and_never_patched),
		cmocka_unit_test(siblings_with_one_address),
		cmocka_unit_test(a_lost_store_doubles_nothing),
		cmocka_unit_test(a_token_of_another_school_stops_everything),
		cmocka_unit_test(every_switch_ends_right),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
