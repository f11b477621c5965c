#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/replay/stage.h"

/* The way up of single sheets: what a hint of the vendor's brings forward. */

struct day {
	struct stage *s;
	int64_t afternoon, unsigned_one;
};

static struct ed_course *sheet(const struct day *d, int64_t session)
{
	return edusign_course(d->s->e, "ecole", session);
}

/* Three sessions: two where the second learner is absent, not locked yet, and one that was locked without a signature
 * and sent. */
static struct day taught(void)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	stage_school(s, &(struct stage_options){0});
	struct day d = {.s = s};
	d.afternoon =
	        ypareo_add_session(s->y, s->today + 1, 13 * 60, 16 * 60, s->subject, s->group, s->instructor, s->room)
	                ->code;
	d.unsigned_one =
	        ypareo_add_session(s->y, s->today + 1, 16 * 60, 17 * 60, s->subject, s->group, s->instructor, s->room)
	                ->code;
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	stage_advance(s, stage_at(s, 1, 17, 5) - stage_now(s));
	edusign_lock(s->e, sheet(&d, d.unsigned_one), stage_now(s));
	edusign_sign_all(s->e, stage_sheet(s), stage_now(s));
	edusign_sign_all(s->e, sheet(&d, d.afternoon), stage_now(s));
	edusign_set_absent(stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
	edusign_set_absent(sheet(&d, d.afternoon), stage_student(s, 1)->id, stage_now(s));
	assert_int_equal(stage_run(s, FLOW_UP)->result, RESULT_ISSUES);
	assert_int_equal(s->y->absences.n, 0);
	stage_mark(s);
	return d;
}

static const struct report *only(struct stage *s, struct str id)
{
	struct texts ids = {&id, 1};
	const struct report *r = stage_run_only(s, &ids);
	assert_string_equal(r->environments[0].error.what, "");
	return r;
}

static void one_sheet_is_brought_forward(void **state)
{
	(void)state;
	struct day d = taught();
	struct stage *s = d.s;
	edusign_lock(s->e, stage_sheet(s), stage_now(s));
	edusign_lock(s->e, sheet(&d, d.afternoon), stage_now(s));
	only(s, sheet(&d, d.afternoon)->id);
	assert_int_equal(s->y->absences.n, 1);
	assert_int_equal(s->y->absences.items[0].start, 13 * 60);
	assert_int_equal(stage_requests(s, "edusign", "GET", "/v1/course"), 0); /* no list */
	/* what it did not look at is as it was */
	char record[64];
	snprintf(record, sizeof(record), "sheet %lld", (long long)d.unsigned_one);
	assert_non_null(stage_issue(s, record, NULL));
	/* and the evening's run finds the rest, and nothing twice */
	stage_advance(s, stage_at(s, 1, 22, 0) - stage_now(s));
	stage_run(s, FLOW_UP);
	assert_int_equal(s->y->absences.n, 2);
	assert_int_equal(s->y->twin_writes, 0);
	assert_non_null(stage_issue(s, record, NULL));
	stage_mark(s);
	stage_run(s, FLOW_UP);
	assert_int_equal(stage_writes(s), 0);
	stage_free(&s);
}

static void a_hint_is_no_evidence(void **state)
{
	(void)state;
	struct day d = taught();
	struct stage *s = d.s;
	only(s, sheet(&d, d.afternoon)->id); /* not locked */
	assert_int_equal(stage_writes(s), 0);
	stage_mark(s);
	only(s, STR("course-of-nobody"));
	assert_int_equal(stage_writes(s), 0);
	assert_int_equal(stage_requests(s, "edusign", "GET", "/v1/course/*"), 0);
	edusign_lock(s->e, sheet(&d, d.afternoon), stage_now(s));
	struct str id = edusign_text(s->e, sheet(&d, d.afternoon)->id);
	sheet(&d, d.afternoon)->deleted = true;
	only(s, id); /* gone since */
	assert_int_equal(stage_writes(s), 0);
	stage_free(&s);
}

/* A night on which the only run was a hint's is a night without a run: what changed before it is still found. */
static void it_is_not_the_last_good_run(void **state)
{
	(void)state;
	struct day d = taught();
	struct stage *s = d.s;
	s->settings.days_back = 1;
	edusign_lock(s->e, stage_sheet(s), stage_now(s)); /* found by its change alone, once the window is over */
	edusign_lock(s->e, sheet(&d, d.afternoon), stage_now(s));
	stage_advance(s, 4 * 86400);
	only(s, sheet(&d, d.afternoon)->id);
	stage_advance(s, 2 * 86400);
	stage_run(s, FLOW_UP);
	assert_int_equal(s->y->absences.n, 2);
	stage_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(one_sheet_is_brought_forward),
	        cmocka_unit_test(a_hint_is_no_evidence),
	        cmocka_unit_test(it_is_not_the_last_good_run),
	};
	return cmocka_run_group_tests_name("up_only", tests, NULL, NULL);
}
