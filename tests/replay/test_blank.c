#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/replay/stage.h"

/*
 * An account that was read to the end and holds nothing with a code: what is made there is not looked up by its code before. Anything that
 * speaks against it, and everything is.
 */

#define FIND_SHEET   "/v1/course/get-id/*"
#define FIND_LEARNER "/v1/student/get-id/*"
#define BY_EMAIL     "/v1/student/by-email/*"

static struct stage *small(void)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	stage_school(s, &(struct stage_options){0});
	stage_mark(s);
	return s;
}

static size_t looked_up(struct stage *s, const char *path)
{
	return stage_requests(s, "edusign", "GET", path);
}

static void nothing_is_looked_up_by_code(void **state)
{
	struct stage *s = small();
	(void)state;
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	assert_int_equal(looked_up(s, FIND_SHEET), 0);
	assert_int_equal(looked_up(s, FIND_LEARNER), 0);
	assert_int_equal(looked_up(s, BY_EMAIL), 2); /* archived people are in no list */
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
	/* and once only: the next sheet is looked up */
	stage_mark(s);
	ypareo_add_session(s->y, s->today + 2, 9 * 60, 12 * 60, s->subject, s->group, s->instructor, s->room);
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	assert_int_equal(looked_up(s, FIND_SHEET), 1);
	stage_free(&s);
}

/* Of one sheet far behind the window, and of one account. */
static void one_code_is_enough(void **state)
{
	(void)state;
	for (int what = 0; what < 2; what++) {
		struct stage *s = small();
		if (what) {
			struct ed_course *c = edusign_add_course(s->e, "ecole", "Ailleurs", stage_at(s, 30, 9, 0), stage_at(s, 30, 12, 0));
			c->api_id = STR("H-77");
			c->api_type = STR("hyperplanning");
		} else {
			struct ed_student *p = edusign_add_student(s->e, "ecole", "Ada", "Ailleurs", "ada.ailleurs@example.org");
			p->api_id = STR("990099");
			p->api_type = STR("ypareo");
		}
		assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
		assert_int_equal(looked_up(s, FIND_SHEET), 1);
		assert_int_equal(looked_up(s, FIND_LEARNER), 2);
		stage_free(&s);
	}
}

/* All learners were archived in summer, and come back: no list shows them. */
static void who_is_archived_is_found_by_address(void **state)
{
	struct stage *s = small();
	(void)state;
	struct ypareo_learner *l = ypareo_learner(s->y, s->learner[0]);
	struct ed_student *p = edusign_add_student(s->e, "ecole", l->first, l->last, l->email);
	p->hidden = true;
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	assert_int_equal(stage_counts(s, COUNT_LEARNERS).created, 1);
	assert_false(edusign_student_by_email(s->e, "ecole", l->email)->hidden);
	stage_free(&s);
}

/* An answer that is lost: what was sent is looked up like anywhere else. */
static void a_lost_answer_is_looked_up(void **state)
{
	(void)state;
	static const char *const faults[] = {"reset-after:edusign:POST:/v1/course:count=1", "late-effect:edusign:POST:/v1/student:count=1:ms=20000"};
	for (int i = 0; i < 2; i++) {
		struct stage *s = small();
		stage_fault(s, faults[i]);
		assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
		assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
		assert_int_equal(edusign_student_count(s->e, "ecole", 0), 2);
		assert_in_range(looked_up(s, i ? FIND_LEARNER : FIND_SHEET), 1, 4);
		stage_free(&s);
	}
}

/* The process ends after something may have left: the next one looks everything up. */
static void a_process_that_ended_leaves_no_blank(void **state)
{
	(void)state;
	for (unsigned at = 1; at < 400; at++) {
		struct stage *s = small();
		if (!stage_run_until_crash(s, FLOW_DOWN, at)) {
			stage_free(&s);
			return;
		}
		size_t left = stage_writes(s);
		stage_mark(s);
		stage_advance(s, 5);
		assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
		assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
		assert_int_equal(edusign_student_count(s->e, "ecole", 0), 2);
		if (left && stage_counts(s, COUNT_SHEETS).created)
			assert_in_range(looked_up(s, FIND_SHEET), 1, 4);
		stage_free(&s);
	}
	fail_msg("the run did not end");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nothing_is_looked_up_by_code),
	        cmocka_unit_test(one_code_is_enough),
	        cmocka_unit_test(who_is_archived_is_found_by_address),
	        cmocka_unit_test(a_lost_answer_is_looked_up),
	        cmocka_unit_test(a_process_that_ended_leaves_no_blank),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
