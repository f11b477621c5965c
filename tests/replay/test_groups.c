#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/replay/stage.h"

/* Groups of learners: kept equal to Yparéo's, and on a sheet only where they hold exactly its learners. */

static struct stage *school(enum grouping grouping)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	stage_school(s, &(struct stage_options){ 0 });
	ypareo_group(s->y, s->group)->year = 1;
	s->settings.grouping = grouping;
	return s;
}

static void run_ok(struct stage *s)
{
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_string_equal(r->environments[0].error.what, "");
	assert_int_equal(r->result, RESULT_OK);
}

static void assert_quiet(struct stage *s)
{
	stage_mark(s);
	run_ok(s);
	assert_int_equal(stage_writes(s), 0);
	assert_int_equal(s->e->archived, 0);
	assert_int_equal(s->e->twins, 0);
}

static struct ed_group *the_group(struct stage *s)
{
	struct ed_group *g = edusign_group(s->e, "ecole", s->group);
	assert_non_null(g);
	return g;
}

static size_t groups_of_ours(struct stage *s)
{
	size_t n = 0;
	for (size_t i = 0; i < s->e->groups.n; i++)
		n += s->e->groups.items[i].by_api && !s->e->groups.items[i].deleted;
	return n;
}

static bool has(const struct texts *list, struct str id)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->v[i], id))
			return true;
	return false;
}

static void assert_attached(struct stage *s, struct str group)
{
	assert_int_equal(stage_sheet(s)->groups.n, 1);
	assert_true(str_eq(stage_sheet(s)->groups.v[0], group));
}

static void assert_well(struct stage *s)
{
	assert_int_equal(groups_of_ours(s), 1);
	assert_int_equal(the_group(s)->students.n, 2);
	assert_true(str_eqz(the_group(s)->name, "BTS MCO 1"));
	for (int i = 0; i < 2; i++) {
		assert_true(has(&the_group(s)->students, stage_student(s, i)->id));
		assert_non_null(edusign_row(stage_sheet(s), stage_student(s, i)->id));
	}
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
	assert_int_equal(stage_sheet(s)->rows.n, 2);
	assert_attached(s, the_group(s)->id);
}

static void it_is_made_once(void **state)
{
	struct stage *s = school(GROUPING_GROUP);
	(void)state;
	const struct report *r = stage_plan(s, FLOW_DOWN);
	bool told = false;
	char record[32];
	snprintf(record, sizeof(record), "group %lld", (long long)s->group);
	const struct change *c = r->environments[0].changes.v;
	for (size_t i = 0; i < r->environments[0].changes.n; i++)
		told = told || (str_eqz(c[i].record, record) && c[i].action == ACTION_CREATE);
	assert_true(told);
	assert_int_equal(groups_of_ours(s), 0);
	run_ok(s);
	assert_int_equal(stage_counts(s, COUNT_GROUPS).created, 1);
	assert_well(s);
	assert_quiet(s);
	assert_int_equal(stage_counts(s, COUNT_GROUPS).unchanged, 1);
	stage_free(&s);
}

static void who_joins_and_leaves(void **state)
{
	struct stage *s = school(GROUPING_GROUP);
	(void)state;
	run_ok(s);
	struct str id = the_group(s)->id;
	int64_t third = ypareo_add_learner(s->y, "Garcia", "Inès", "ines.garcia@example.org")->code;
	ypareo_enrol(s->y, third, s->group, s->today);
	ypareo_session_learner_add(s->y, s->session, third);
	run_ok(s);
	assert_int_equal(stage_counts(s, COUNT_GROUPS).updated, 1);
	assert_int_equal(the_group(s)->students.n, 3);
	assert_int_equal(stage_sheet(s)->rows.n, 3);
	assert_attached(s, id);
	assert_quiet(s);
	ypareo_learner_depart(s->y, third, s->today);
	run_ok(s);
	assert_int_equal(the_group(s)->students.n, 2);
	assert_int_equal(stage_sheet(s)->rows.n, 2);
	assert_attached(s, id);
	assert_quiet(s);
	stage_free(&s);
}

static void one_made_by_hand_is_left_alone(void **state)
{
	struct stage *s = school(GROUPING_GROUP);
	(void)state;
	struct str hand = edusign_add_group(s->e, "ecole", "BTS MCO 1")->id;
	run_ok(s);
	assert_well(s);
	for (size_t i = 0; i < s->e->groups.n; i++) {
		const struct ed_group *g = &s->e->groups.items[i];
		if (!str_eq(g->id, hand))
			continue;
		assert_int_equal(g->students.n, 0);
		assert_false(g->deleted);
		assert_true(str_empty(g->api_id));
	}
	assert_quiet(s);
	stage_free(&s);
}

/* Half the group has this session: the sheet names its learners, and bears no group that would bring the others. */
static void a_roster_that_differs_bears_no_group(void **state)
{
	struct stage *s = school(GROUPING_GROUP);
	(void)state;
	int64_t half = ypareo_add_session(s->y, s->today + 2, 9 * 60, 12 * 60, s->subject, s->group, s->instructor, s->room)->code;
	ypareo_session_learner_del(s->y, half, s->learner[1]);
	run_ok(s);
	assert_int_equal(the_group(s)->students.n, 2);
	assert_attached(s, the_group(s)->id);
	struct ed_course *c = edusign_course(s->e, "ecole", half);
	assert_non_null(c);
	assert_int_equal(c->groups.n, 0);
	assert_int_equal(c->rows.n, 1);
	assert_quiet(s);
	/* now all have it */
	ypareo_session_learner_add(s->y, half, s->learner[1]);
	run_ok(s);
	c = edusign_course(s->e, "ecole", half);
	assert_int_equal(c->rows.n, 2);
	assert_int_equal(c->groups.n, 1);
	/* and half of it again */
	ypareo_session_learner_del(s->y, half, s->learner[0]);
	run_ok(s);
	c = edusign_course(s->e, "ecole", half);
	assert_int_equal(c->rows.n, 1);
	assert_int_equal(c->groups.n, 0);
	assert_quiet(s);
	stage_free(&s);
}

/* A member put there by hand stays in it; nobody gets on a sheet by it. */
static void a_stranger_in_it_stays(void **state)
{
	struct stage *s = school(GROUPING_GROUP);
	(void)state;
	run_ok(s);
	struct ed_student *stranger = edusign_add_student(s->e, "ecole", "Léa", "Petit", "lea@example.org");
	struct str id = stranger->id, v[3] = { the_group(s)->students.v[0], the_group(s)->students.v[1], id };
	the_group(s)->students = (struct texts){ v, 3 };
	int64_t third = ypareo_add_learner(s->y, "Garcia", "Inès", "ines.garcia@example.org")->code;
	ypareo_enrol(s->y, third, s->group, s->today);
	ypareo_session_learner_add(s->y, s->session, third);
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_int_equal(r->result, RESULT_ISSUES);
	assert_int_equal(the_group(s)->students.n, 4);
	assert_true(has(&the_group(s)->students, id));
	assert_null(edusign_row(stage_sheet(s), id));
	assert_int_equal(stage_sheet(s)->rows.n, 3);
	assert_int_equal(stage_sheet(s)->groups.n, 0);
	stage_mark(s);
	stage_run(s, FLOW_DOWN);
	assert_int_equal(stage_writes(s), 0);
	stage_free(&s);
}

static void switching_leaves_sheets_right(void **state)
{
	static const enum grouping order[] = { GROUPING_NONE, GROUPING_GROUP, GROUPING_CLASS, GROUPING_TRAINING, GROUPING_NONE, GROUPING_GROUP, GROUPING_NONE };
	struct stage *s = school(GROUPING_NONE);
	(void)state;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		s->settings.grouping = order[i];
		run_ok(s);
		assert_int_equal(stage_sheet(s)->rows.n, 2);
		assert_int_equal(stage_sheet(s)->groups.n, order[i] == GROUPING_NONE ? 0 : 1);
		if (order[i] == GROUPING_GROUP)
			assert_attached(s, the_group(s)->id);
		assert_quiet(s);
	}
	assert_int_equal(groups_of_ours(s), 3); /* none is ever deleted */
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
	stage_free(&s);
}

static void a_class_is_a_training_and_a_year(void **state)
{
	struct stage *s = school(GROUPING_CLASS);
	(void)state;
	run_ok(s);
	char code[48];
	snprintf(code, sizeof(code), "class-%lld-1", (long long)ypareo_group(s->y, s->group)->training);
	assert_int_equal(groups_of_ours(s), 1);
	const struct ed_group *g = &s->e->groups.items[0];
	assert_true(str_eqz(g->api_id, code));
	assert_true(str_eqz(g->name, "BTS Management commercial opérationnel 1"));
	assert_int_equal(g->students.n, 2);
	assert_attached(s, g->id);
	assert_quiet(s);
	stage_free(&s);
}

/* Groups that others put on the sheet stay there. */
static void another_group_on_the_sheet_stays(void **state)
{
	struct stage *s = school(GROUPING_NONE);
	(void)state;
	run_ok(s);
	struct str hand = edusign_add_group(s->e, "ecole", "À la main")->id;
	stage_sheet(s)->groups = (struct texts){ &hand, 1 };
	s->settings.grouping = GROUPING_GROUP;
	run_ok(s);
	assert_int_equal(stage_sheet(s)->groups.n, 2);
	assert_true(has(&stage_sheet(s)->groups, hand));
	s->settings.grouping = GROUPING_NONE;
	run_ok(s);
	assert_attached(s, hand);
	assert_quiet(s);
	stage_free(&s);
}

static void one_deleted_by_hand_is_made_anew(void **state)
{
	struct stage *s = school(GROUPING_GROUP);
	(void)state;
	run_ok(s);
	struct str old = the_group(s)->id;
	the_group(s)->deleted = true;
	int64_t third = ypareo_add_learner(s->y, "Garcia", "Inès", "ines.garcia@example.org")->code;
	ypareo_enrol(s->y, third, s->group, s->today);
	ypareo_session_learner_add(s->y, s->session, third);
	run_ok(s);
	run_ok(s);
	assert_int_equal(groups_of_ours(s), 1);
	assert_false(str_eq(the_group(s)->id, old));
	assert_int_equal(the_group(s)->students.n, 3);
	assert_attached(s, the_group(s)->id);
	assert_quiet(s);
	stage_free(&s);
}

static void a_lost_store_makes_no_second_one(void **state)
{
	struct stage *s = school(GROUPING_GROUP);
	(void)state;
	run_ok(s);
	stage_lose_store(s);
	run_ok(s);
	assert_well(s);
	assert_quiet(s);
	stage_free(&s);
}

static void faults_make_no_second_one(void **state)
{
	static const char *const faults[] = {
		"reset-after:edusign:POST:/v1/group:count=1",      "reset-before:edusign:POST:/v1/group:count=1",
		"hang-after:edusign:POST:/v1/group:count=1",       "reset-after:edusign:POST:/v1/course:count=1",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct stage *s = school(GROUPING_GROUP);
		stage_fault(s, faults[i]);
		run_ok(s);
		assert_well(s);
		assert_quiet(s);
		stage_free(&s);
	}
}

/* The process ends at each transition, while a group is made and while one is changed. */
static void a_crash_leaves_no_trace(void **state)
{
	(void)state;
	for (unsigned n = 1; n < 400; n++) {
		struct stage *s = school(GROUPING_GROUP);
		bool crashed = stage_run_until_crash(s, FLOW_DOWN, n);
		if (crashed) {
			stage_advance(s, 300);
			run_ok(s);
		}
		assert_well(s);
		assert_quiet(s);
		stage_free(&s);
		if (!crashed)
			return;
	}
	fail_msg("the run has no end");
}

static void a_crash_while_it_changes(void **state)
{
	(void)state;
	for (unsigned n = 1; n < 400; n++) {
		struct stage *s = school(GROUPING_GROUP);
		run_ok(s);
		int64_t third = ypareo_add_learner(s->y, "Garcia", "Inès", "ines.garcia@example.org")->code;
		ypareo_enrol(s->y, third, s->group, s->today);
		ypareo_session_learner_add(s->y, s->session, third);
		bool crashed = stage_run_until_crash(s, FLOW_DOWN, n);
		if (crashed) {
			stage_advance(s, 300);
			run_ok(s);
		}
		assert_int_equal(groups_of_ours(s), 1);
		assert_int_equal(the_group(s)->students.n, 3);
		assert_int_equal(stage_sheet(s)->rows.n, 3);
		assert_attached(s, the_group(s)->id);
		assert_quiet(s);
		stage_free(&s);
		if (!crashed)
			return;
	}
	fail_msg("the run has no end");
}

/* The process ends while the server is still at work: only the intent on disk tells the next one to wait. */
static void a_crash_with_an_effect_to_come(void **state)
{
	(void)state;
	for (unsigned n = 1; n < 400; n++) {
		struct stage *s = school(GROUPING_GROUP);
		stage_fault(s, "late-effect:edusign:POST:/v1/group:count=1:ms=40000");
		bool crashed = stage_run_until_crash(s, FLOW_DOWN, n);
		if (crashed)
			run_ok(s);
		stage_advance(s, 120);
		assert_well(s);
		assert_quiet(s);
		stage_free(&s);
		if (!crashed)
			return;
	}
	fail_msg("the run has no end");
}

/* Renamed twice before the server did what it was asked first: that change must not come behind the later one. */
static void a_change_to_come_undoes_nothing(void **state)
{
	(void)state;
	for (unsigned n = 1; n < 400; n++) {
		struct stage *s = school(GROUPING_GROUP);
		run_ok(s);
		ypareo_group(s->y, s->group)->name = "BTS MCO 1 A";
		stage_fault(s, "late-effect:edusign:PATCH:/v1/group:count=1:ms=40000");
		bool crashed = stage_run_until_crash(s, FLOW_DOWN, n);
		ypareo_group(s->y, s->group)->name = "BTS MCO 1";
		run_ok(s);
		stage_advance(s, 120);
		assert_well(s);
		assert_quiet(s);
		stage_free(&s);
		if (!crashed)
			return;
	}
	fail_msg("the run has no end");
}

/* A group that brings its members is no proof that a sheet's own list of learners is heeded. */
static void a_group_proves_nothing_of_rosters(void **state)
{
	struct stage *s = school(GROUPING_GROUP);
	(void)state;
	sim_set(s->sim, SIM_NO_FROM_STUDENTS, true);
	int64_t half = ypareo_add_session(s->y, s->today + 2, 9 * 60, 12 * 60, s->subject, s->group, s->instructor, s->room)->code;
	ypareo_session_learner_del(s->y, half, s->learner[1]);
	s->settings.width = 1;
	run_ok(s);
	assert_int_equal(stage_sheet(s)->rows.n, 2);
	assert_int_equal(edusign_course(s->e, "ecole", half)->rows.n, 1);
	assert_quiet(s);
	stage_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_made_once),
		cmocka_unit_test(who_joins_and_leaves),
		cmocka_unit_test(one_made_by_hand_is_left_alone),
		cmocka_unit_test(a_roster_that_differs_bears_no_group),
		cmocka_unit_test(a_stranger_in_it_stays),
		cmocka_unit_test(switching_leaves_sheets_right),
		cmocka_unit_test(a_class_is_a_training_and_a_year),
		cmocka_unit_test(another_group_on_the_sheet_stays),
		cmocka_unit_test(one_deleted_by_hand_is_made_anew),
		cmocka_unit_test(a_lost_store_makes_no_second_one),
		cmocka_unit_test(faults_make_no_second_one),
		cmocka_unit_test(a_crash_leaves_no_trace),
		cmocka_unit_test(a_crash_while_it_changes),
		cmocka_unit_test(a_crash_with_an_effect_to_come),
		cmocka_unit_test(a_change_to_come_undoes_nothing),
		cmocka_unit_test(a_group_proves_nothing_of_rosters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
