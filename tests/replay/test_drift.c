#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/sync/held.h"
#include "tests/replay/stage.h"

/* What people change in Edusign of what is ours: seen, told, and undone where the school wants that. */

static char sheet_name[32], learner_name[2][32], instructor_name[32];

static struct stage *in_step(enum drift_rule rule)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	stage_school(s, &(struct stage_options){0});
	s->settings.drift = rule;
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	snprintf(sheet_name, sizeof(sheet_name), "sheet %lld", (long long)s->session);
	snprintf(instructor_name, sizeof(instructor_name), "instructor %lld", (long long)s->instructor);
	for (int i = 0; i < 2; i++)
		snprintf(learner_name[i], sizeof(learner_name[i]), "learner %lld", (long long)s->learner[i]);
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK); /* the first full check */
	stage_advance(s, 60);
	stage_mark(s);
	return s;
}

/* The next morning's: what changed since. */
static const struct report *cheap(struct stage *s)
{
	stage_advance(s, 600);
	stage_mark(s);
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_string_equal(r->environments[0].error.what, "");
	assert_int_equal(stage_requests(s, "edusign", "GET", "/v1/professor"), 0);
	return r;
}

/* The evening's: everything. */
static const struct report *full(struct stage *s)
{
	stage_advance(s, 24 * 3600);
	stage_mark(s);
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_string_equal(r->environments[0].error.what, "");
	assert_true(stage_requests(s, "edusign", "GET", "/v1/professor") > 0);
	return r;
}

static void assert_told(struct stage *s, const char *record, const char *field)
{
	if (!stage_issue(s, record, field))
		fail_msg("no issue of %s, %s", record, field);
}

static void assert_well(struct stage *s)
{
	assert_int_equal(s->report->result, RESULT_OK);
	assert_int_equal(stage_writes(s), 0);
}

/* ---- a sheet, field by field ---- */

static struct str other_instructor(struct stage *s)
{
	return edusign_add_professor(s->e, "ecole", "Paul", "Roux", "paul.roux@example.org")->id;
}

static void rename_it(struct stage *s, struct ed_course *c)
{
	edusign_edit_course(s->e, c, "Anglais (rattrapage)", 0, 0, stage_now(s));
}

static void start_later(struct stage *s, struct ed_course *c)
{
	edusign_edit_course(s->e, c, NULL, c->start + 1800, 0, stage_now(s));
}

static void end_later(struct stage *s, struct ed_course *c)
{
	edusign_edit_course(s->e, c, NULL, 0, c->end + 1800, stage_now(s));
}

static void change_room(struct stage *s, struct ed_course *c)
{
	c->room = STR("Gymnase");
	c->updated = stage_now(s);
}

static void change_instructor(struct stage *s, struct ed_course *c)
{
	c->professors[0] = other_instructor(s);
	c->updated = stage_now(s);
}

static void add_instructor(struct stage *s, struct ed_course *c)
{
	c->professors[c->professor_count++] = other_instructor(s);
	c->updated = stage_now(s);
}

static void take_learner_off(struct stage *s, struct ed_course *c)
{
	edusign_remove_row(c, stage_student(s, 1)->id);
	c->updated = stage_now(s);
}

static void take_code_off(struct stage *s, struct ed_course *c)
{
	c->api_id = STR_NONE;
	c->updated = stage_now(s);
}

static const struct {
	void (*change)(struct stage *s, struct ed_course *c);
	const char *field;
} sheet_changes[] = {
        {rename_it, "NAME"},           {start_later, "START"},        {end_later, "END"},
        {change_room, "CLASSROOM"},    {change_instructor, "PROFESSOR"}, {add_instructor, "PROFESSOR"},
        {take_learner_off, "STUDENTS"}, {take_code_off, "API_ID"},
};
#define SHEET_CHANGES (sizeof(sheet_changes) / sizeof(sheet_changes[0]))

/* The same in the cheap check and in the full one. */
static void a_changed_sheet_is_told_and_left(void **state)
{
	(void)state;
	for (size_t i = 0; i < SHEET_CHANGES; i++) {
		struct stage *s = in_step(DRIFT_REPORT);
		struct ed_course *c = stage_sheet(s), was = *c;
		sheet_changes[i].change(s, c);
		for (int night = 0; night < 2; night++) {
			struct ed_course before = *c;
			stage_advance(s, night ? 3600 : 0);
			assert_int_equal(cheap(s)->result, RESULT_ISSUES);
			assert_told(s, sheet_name, sheet_changes[i].field);
			assert_int_equal(s->report->environments[0].issues.n, 1);
			assert_int_equal(stage_writes(s), 0);
			assert_memory_equal(&before, c, sizeof(before));
		}
		/* undone by those who did it */
		was.updated = stage_now(s);
		was.rows = c->rows;
		*c = was;
		edusign_add_row(s->e, c, stage_student(s, 1)->id);
		cheap(s);
		assert_well(s);
		stage_free(&s);
	}
}

static void a_changed_sheet_is_repaired(void **state)
{
	(void)state;
	for (size_t i = 0; i < SHEET_CHANGES; i++) {
		struct stage *s = in_step(DRIFT_REPAIR);
		struct ed_course *c = stage_sheet(s), was = *c;
		sheet_changes[i].change(s, c);
		assert_int_equal(cheap(s)->result, RESULT_OK);
		assert_int_equal(stage_counts(s, COUNT_SHEETS).updated, 1);
		assert_true(stage_writes(s) >= 1);
		assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
		assert_true(str_eq(c->name, was.name) && str_eq(c->room, was.room) && str_eq(c->api_id, was.api_id));
		assert_int_equal(c->start, was.start);
		assert_int_equal(c->end, was.end);
		assert_int_equal(c->professor_count, 1);
		assert_true(str_eq(c->professors[0], was.professors[0]));
		assert_int_equal(c->rows.n, 2);
		cheap(s);
		assert_well(s);
		stage_free(&s);
	}
}

static void who_was_taken_off_is_told_by_code(void **state)
{
	struct stage *s = in_step(DRIFT_REPORT);
	char code[24];
	(void)state;
	take_learner_off(s, stage_sheet(s));
	cheap(s);
	snprintf(code, sizeof(code), "(%lld)", (long long)s->learner[1]);
	assert_non_null(strstr(stage_issue(s, sheet_name, "STUDENTS")->problem.p, code));
	stage_free(&s);
}

static void the_issue_keeps_its_beginning(void **state)
{
	struct stage *s = in_step(DRIFT_REPORT);
	(void)state;
	change_room(s, stage_sheet(s));
	cheap(s);
	int64_t since = stage_issue(s, sheet_name, "CLASSROOM")->since;
	stage_advance(s, 20 * 3600); /* tomorrow morning nothing else has changed */
	stage_mark(s);
	stage_run(s, FLOW_DOWN);
	assert_told(s, sheet_name, "CLASSROOM");
	assert_int_equal(stage_issue(s, sheet_name, "CLASSROOM")->since, since);
	stage_free(&s);
}

/* What Yparéo changes sends the sheet whole, and so ends it. */
static void a_change_in_ypareo_has_the_last_word(void **state)
{
	struct stage *s = in_step(DRIFT_REPORT);
	(void)state;
	change_room(s, stage_sheet(s));
	cheap(s);
	ypareo_session_move(s->y, s->session, s->today + 1, 9 * 60, 13 * 60);
	assert_int_equal(cheap(s)->result, RESULT_OK);
	assert_true(str_eqz(stage_sheet(s)->room, "B102"));
	assert_int_equal(stage_sheet(s)->end, stage_at(s, 1, 13, 0));
	cheap(s);
	assert_well(s);
	stage_free(&s);
}

static void what_was_made_by_hand_is_not_touched(void **state)
{
	struct stage *s = in_step(DRIFT_REPAIR);
	(void)state;
	struct ed_course *own = edusign_add_course(s->e, "ecole", "Réunion", stage_at(s, 2, 9, 0), stage_at(s, 2, 10, 0));
	struct ed_student *guest = edusign_add_student(s->e, "ecole", "Ana", "Silva", "ana.silva@example.org");
	edusign_add_row(s->e, own, guest->id);
	edusign_add_row(s->e, stage_sheet(s), guest->id);
	stage_sheet(s)->updated = stage_now(s);
	cheap(s);
	assert_well(s);
	edusign_edit_course(s->e, &s->e->courses.items[1], "Réunion de rentrée", 0, 0, stage_now(s));
	full(s);
	assert_well(s);
	stage_free(&s);
}

static void a_sheet_that_is_signed_or_locked_is_not_repaired(void **state)
{
	(void)state;
	for (int locked = 0; locked < 2; locked++) {
		struct stage *s = in_step(DRIFT_REPAIR);
		struct ed_course *c = stage_sheet(s);
		change_room(s, c);
		if (locked)
			edusign_lock(s->e, c, stage_now(s));
		else
			edusign_sign_student(s->e, c, stage_student(s, 0)->id, stage_now(s));
		assert_int_equal(cheap(s)->result, RESULT_ISSUES);
		assert_int_equal(stage_writes(s), 0);
		assert_true(str_eqz(c->room, "Gymnase"));
		assert_non_null(strstr(stage_issue(s, sheet_name, "CLASSROOM")->problem.p, locked ? "is locked" : "is signed"));
		stage_free(&s);
	}
}

static void a_sheet_that_has_started_is_not_repaired(void **state)
{
	struct stage *s = in_step(DRIFT_REPAIR);
	(void)state;
	stage_advance(s, stage_at(s, 1, 10, 0) - stage_now(s));
	change_room(s, stage_sheet(s));
	stage_run(s, FLOW_DOWN);
	assert_told(s, sheet_name, "CLASSROOM");
	assert_true(str_eqz(stage_sheet(s)->room, "Gymnase"));
	/* and it is no news any more when it is over */
	stage_advance(s, 4 * 3600);
	stage_run(s, FLOW_DOWN);
	assert_null(stage_issue(s, sheet_name, "CLASSROOM"));
	stage_free(&s);
}

/* ---- a sheet that is gone ---- */

static void a_sheet_deleted_by_hand_is_told(void **state)
{
	struct stage *s = in_step(DRIFT_REPORT);
	(void)state;
	ypareo_session_move(s->y, s->session, s->today + 3, 9 * 60, 12 * 60);
	stage_run(s, FLOW_DOWN);
	edusign_delete_course(stage_sheet(s), stage_now(s));
	assert_int_equal(full(s)->result, RESULT_ISSUES);
	assert_told(s, sheet_name, "ID");
	assert_int_equal(stage_writes(s), 0);
	cheap(s); /* it stays known until the next full check */
	assert_told(s, sheet_name, "ID");
	assert_int_equal(stage_writes(s), 0);
	/* cancelled in Yparéo too: nothing is left to say */
	ypareo_session_cancel(s->y, s->session);
	cheap(s);
	assert_well(s);
	stage_free(&s);
}

static void a_sheet_deleted_by_hand_is_made_again(void **state)
{
	struct stage *s = in_step(DRIFT_REPAIR);
	(void)state;
	ypareo_session_move(s->y, s->session, s->today + 3, 9 * 60, 12 * 60);
	stage_run(s, FLOW_DOWN);
	edusign_delete_course(stage_sheet(s), stage_now(s));
	assert_int_equal(full(s)->result, RESULT_OK);
	assert_int_equal(edusign_course_count(s->e, "ecole", s->session), 1);
	assert_int_equal(stage_sheet(s)->rows.n, 2);
	cheap(s);
	assert_well(s);
	stage_free(&s);
}

/* ---- people ---- */

static void assert_learner_is_as_sent(struct stage *s)
{
	struct ed_student *a = stage_student(s, 0);
	assert_true(a && str_eqz(a->email, "chloe.lefevre@example.org") && str_eqz(a->last, "Lefèvre") && !a->hidden);
}

static void a_changed_learner(void **state)
{
	static const char *const fields[] = {"EMAIL", "LASTNAME", "API_ID"};
	(void)state;
	for (int i = 0; i < 3; i++)
		for (int repair = 0; repair < 2; repair++) {
			struct stage *s = in_step(repair ? DRIFT_REPAIR : DRIFT_REPORT);
			struct ed_student *a = stage_student(s, 0);
			if (i == 0)
				a->email = STR("chloe@example.org");
			else if (i == 1)
				a->last = STR("Martin");
			else
				a->api_id = STR("99999");
			a->updated = stage_now(s);
			cheap(s);
			if (repair) {
				assert_int_equal(s->report->result, RESULT_OK);
				assert_int_equal(stage_counts(s, COUNT_LEARNERS).updated, 1);
				assert_learner_is_as_sent(s);
				cheap(s);
				assert_well(s);
			} else {
				assert_told(s, learner_name[0], fields[i]);
				assert_int_equal(stage_writes(s), 0);
			}
			stage_free(&s);
		}
}

/* Its own spelling of a name is nobody's change. */
static void spelling_is_no_drift(void **state)
{
	struct stage *s = in_step(DRIFT_REPAIR);
	struct ed_student *a = stage_student(s, 0);
	(void)state;
	a->last = STR("LEFEVRE");
	a->email = STR("Chloe.Lefevre@Example.org");
	a->updated = stage_now(s);
	cheap(s);
	assert_well(s);
	stage_free(&s);
}

static void an_archived_learner(void **state)
{
	(void)state;
	for (int repair = 0; repair < 2; repair++) {
		struct stage *s = in_step(repair ? DRIFT_REPAIR : DRIFT_REPORT);
		ypareo_session_move(s->y, s->session, s->today + 3, 9 * 60, 12 * 60);
		stage_run(s, FLOW_DOWN);
		edusign_archive_student(stage_student(s, 0), stage_now(s));
		full(s);
		if (repair) {
			assert_int_equal(s->report->result, RESULT_OK);
			assert_int_equal(stage_counts(s, COUNT_LEARNERS).updated, 1);
			assert_learner_is_as_sent(s);
			assert_int_equal(edusign_student_count(s->e, "ecole", 0), 2);
			cheap(s);
			assert_well(s);
		} else {
			assert_told(s, learner_name[0], "HIDDEN");
			assert_int_equal(stage_writes(s), 0);
			assert_true(stage_student(s, 0)->hidden);
		}
		stage_free(&s);
	}
}

static void an_instructor_is_looked_at_every_night(void **state)
{
	struct stage *s = in_step(DRIFT_REPAIR);
	struct ed_professor *p = edusign_professor(s->e, s->instructor);
	(void)state;
	ypareo_session_move(s->y, s->session, s->today + 3, 9 * 60, 12 * 60);
	stage_run(s, FLOW_DOWN);
	p->last = STR("Dupont");
	p->updated = stage_now(s);
	cheap(s);
	assert_well(s);
	full(s);
	assert_int_equal(stage_counts(s, COUNT_INSTRUCTORS).updated, 1);
	assert_true(str_eqz(p->last, "Moreau"));
	stage_free(&s);
}

/* An account of several schools is nobody's to mend. */
static void a_shared_instructor_is_left(void **state)
{
	struct stage *s = in_step(DRIFT_REPAIR);
	(void)state;
	ypareo_session_move(s->y, s->session, s->today + 3, 9 * 60, 12 * 60);
	stage_run(s, FLOW_DOWN);
	edusign_school_add(s->e, "autre", "other-token", NULL);
	struct ed_professor *p = edusign_add_professor(s->e, "autre", "Hélène", "Moreau", "helene.moreau@example.org");
	p->last = STR("Moreau-Petit");
	full(s);
	assert_well(s);
	assert_int_equal(s->e->shared_patched, 0);
	stage_free(&s);
}

/* ---- bounds ---- */

static void a_repair_that_comes_back_is_left(void **state)
{
	struct stage *s = in_step(DRIFT_REPAIR);
	(void)state;
	for (int i = 0; i < 2; i++) {
		change_room(s, stage_sheet(s));
		assert_int_equal(cheap(s)->result, RESULT_OK);
		assert_true(str_eqz(stage_sheet(s)->room, "B102"));
		cheap(s);
		assert_well(s);
	}
	change_room(s, stage_sheet(s));
	assert_int_equal(cheap(s)->result, RESULT_ISSUES);
	assert_int_equal(stage_writes(s), 0);
	assert_non_null(strstr(stage_issue(s, sheet_name, "CLASSROOM")->fix.p, "came back"));
	cheap(s);
	assert_int_equal(stage_writes(s), 0);
	stage_free(&s);
}

#define MANY 12

static void many_repairs_at_once_are_held(void **state)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	(void)state;
	stage_school(s, &(struct stage_options){.empty = true});
	s->settings.drift = DRIFT_REPAIR;
	for (int i = 0; i < MANY; i++)
		ypareo_add_session(s->y, s->today + 1 + i / 2, i % 2 ? 14 * 60 : 9 * 60, i % 2 ? 17 * 60 : 12 * 60, s->subject,
		                   s->group, s->instructor, s->room);
	stage_run(s, FLOW_DOWN);
	stage_advance(s, 60);
	for (size_t i = 0; i < s->e->courses.n; i++)
		change_room(s, &s->e->courses.items[i]);
	stage_mark(s);
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_HELD);
	assert_int_equal(stage_writes(s), 0);
	assert_int_equal(s->report->environments[0].issues.n, MANY);
	assert_non_null(strstr(s->report->environments[0].held->reason.p, "made by hand"));
	/* four are an afternoon's work: they go ahead, and weigh for a day */
	for (size_t i = 4; i < s->e->courses.n; i++) {
		s->e->courses.items[i].room = STR("B102");
		s->e->courses.items[i].updated = stage_now(s);
	}
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	assert_int_equal(stage_counts(s, COUNT_SHEETS).updated, 4);
	change_room(s, &s->e->courses.items[7]);
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_HELD);
	stage_free(&s);
}

/* ---- it is no safety reading ---- */

static void half_a_list_deletes_nobody(void **state)
{
	struct stage *s = in_step(DRIFT_REPAIR);
	(void)state;
	for (int i = 2; i < 6; i++)
		ypareo_add_session(s->y, s->today + i, 9 * 60, 12 * 60, s->subject, s->group, s->instructor, s->room);
	stage_run(s, FLOW_DOWN);
	stage_fault(s, "drop-records:edusign:GET:/v1/course:count=1");
	stage_fault(s, "drop-records:edusign:GET:/v1/student:count=1");
	full(s);
	assert_well(s);
	assert_true(stage_requests(s, "edusign", "GET", "/v1/course/*") > 0);
	stage_free(&s);
}

static void a_list_that_is_refused_stops_nothing(void **state)
{
	struct stage *s = in_step(DRIFT_REPORT);
	(void)state;
	change_room(s, stage_sheet(s));
	cheap(s);
	edusign_forbid(edusign_school(s->e, "ecole"), "GET /v1/student*");
	ypareo_add_session(s->y, s->today + 2, 9 * 60, 12 * 60, s->subject, s->group, s->instructor, s->room);
	const struct report *r = cheap(s);
	assert_string_equal(r->environments[0].error.what, "");
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 2);
	assert_told(s, "environment", "drift");
	assert_told(s, sheet_name, "CLASSROOM");
	stage_free(&s);
}

/* The store is well, and Edusign holds what it does not know. */
static void duplicates_are_told_and_not_multiplied(void **state)
{
	struct stage *s = in_step(DRIFT_REPAIR);
	(void)state;
	struct ed_course copy = *stage_sheet(s);
	copy.start = stage_at(s, 3, 9, 0);
	struct ed_course *twin = edusign_add_course(s->e, "ecole", "Anglais", copy.start, copy.start + 3600);
	twin->api_id = copy.api_id;
	twin->api_type = STR("ypareo");
	struct ed_course *stray = edusign_add_course(s->e, "ecole", "Maths", copy.start, copy.start + 3600);
	stray->api_id = STR("424242");
	stray->api_type = STR("ypareo");
	struct ed_student *again = edusign_add_student(s->e, "ecole", "Chloé", "Lefèvre", "autre@example.org");
	again->api_id = stage_student(s, 0)->api_id;
	again->api_type = STR("ypareo");
	assert_int_equal(full(s)->result, RESULT_ISSUES);
	assert_told(s, sheet_name, "duplicate");
	assert_told(s, "sheet 424242", "unknown");
	assert_told(s, learner_name[0], "duplicate");
	assert_int_equal(stage_writes(s), 0);
	cheap(s);
	assert_int_equal(s->report->environments[0].issues.n, 3);
	assert_int_equal(stage_writes(s), 0);
	stage_free(&s);
}

static void a_plan_shows_the_repair_and_does_nothing(void **state)
{
	struct stage *s = in_step(DRIFT_REPAIR);
	(void)state;
	change_room(s, stage_sheet(s));
	stage_mark(s);
	const struct report *r = stage_plan(s, FLOW_DOWN);
	const struct change *c = r->environments[0].changes.v;
	assert_int_equal(r->environments[0].changes.n, 1);
	assert_string_equal(c->record.p, sheet_name);
	assert_string_equal(c->fields.v[0].p, "CLASSROOM");
	assert_string_equal(c->reason.p, "changed by hand in Edusign");
	assert_int_equal(stage_writes(s), 0);
	stage_free(&s);
}

static void it_costs_two_requests(void **state)
{
	struct stage *s = in_step(DRIFT_REPORT);
	(void)state;
	stage_advance(s, 20 * 3600); /* so that nothing has changed for a day */
	stage_run(s, FLOW_DOWN);
	stage_advance(s, 26 * 3600);
	stage_run(s, FLOW_DOWN);
	stage_advance(s, 3600);
	cheap(s);
	assert_int_equal(stage_requests(s, "edusign", NULL, "/v1/course*"), 1);
	assert_int_equal(stage_requests(s, "edusign", NULL, "/v1/student*"), 1);
	assert_int_equal(stage_requests(s, "edusign", NULL, NULL), 3);
	stage_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_changed_sheet_is_told_and_left),
	        cmocka_unit_test(a_changed_sheet_is_repaired),
	        cmocka_unit_test(who_was_taken_off_is_told_by_code),
	        cmocka_unit_test(the_issue_keeps_its_beginning),
	        cmocka_unit_test(a_change_in_ypareo_has_the_last_word),
	        cmocka_unit_test(what_was_made_by_hand_is_not_touched),
	        cmocka_unit_test(a_sheet_that_is_signed_or_locked_is_not_repaired),
	        cmocka_unit_test(a_sheet_that_has_started_is_not_repaired),
	        cmocka_unit_test(a_sheet_deleted_by_hand_is_told),
	        cmocka_unit_test(a_sheet_deleted_by_hand_is_made_again),
	        cmocka_unit_test(a_changed_learner),
	        cmocka_unit_test(spelling_is_no_drift),
	        cmocka_unit_test(an_archived_learner),
	        cmocka_unit_test(an_instructor_is_looked_at_every_night),
	        cmocka_unit_test(a_shared_instructor_is_left),
	        cmocka_unit_test(a_repair_that_comes_back_is_left),
	        cmocka_unit_test(many_repairs_at_once_are_held),
	        cmocka_unit_test(half_a_list_deletes_nobody),
	        cmocka_unit_test(a_list_that_is_refused_stops_nothing),
	        cmocka_unit_test(duplicates_are_told_and_not_multiplied),
	        cmocka_unit_test(a_plan_shows_the_repair_and_does_nothing),
	        cmocka_unit_test(it_costs_two_requests),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
