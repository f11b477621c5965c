#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/replay/stage.h"

static void first_run_creates_then_nothing(void **state)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	(void)state;
	stage_school(s, &(struct stage_options){ 0 });
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_string_equal(r->environments[0].error.what, "");
	assert_int_equal(r->result, RESULT_OK);
	assert_int_equal(stage_counts(s, COUNT_SHEETS).created, 1);
	assert_int_equal(stage_counts(s, COUNT_LEARNERS).created, 2);
	assert_int_equal(stage_counts(s, COUNT_INSTRUCTORS).created, 1);
	struct ed_course *c = stage_sheet(s);
	assert_non_null(c);
	assert_int_equal(c->start, stage_at(s, 1, 9, 0));
	assert_int_equal(c->end, stage_at(s, 1, 12, 0));
	assert_true(str_eqz(c->name, "Anglais"));
	assert_true(str_eqz(c->room, "B102"));
	assert_int_equal(c->rows.n, 2);
	assert_int_equal(c->professor_count, 1);
	stage_mark(s);
	r = stage_run(s, FLOW_DOWN);
	assert_int_equal(r->result, RESULT_OK);
	assert_int_equal(stage_writes(s), 0);
	assert_int_equal(stage_counts(s, COUNT_SHEETS).unchanged, 1);
	assert_int_equal(stage_counts(s, COUNT_SHEETS).created, 0);
	assert_int_equal(stage_counts(s, COUNT_LEARNERS).unchanged, 2);
	stage_free(&s);
}

/* What must hold after every crash, fault and repetition: one of each, whole, and nothing more to do. */
static void assert_settled(struct stage *s)
{
	struct ed_course *c = stage_sheet(s);
	assert_non_null(c);
	assert_int_equal(edusign_course_count(s->e, "ecole", s->session), 1);
	assert_int_equal(edusign_student_count(s->e, "ecole", 0), 2);
	assert_int_equal(s->e->professors.n, 1);
	assert_int_equal(c->rows.n, 2);
	assert_int_equal(c->professor_count, 1);
	assert_int_equal(c->start, stage_at(s, 1, 9, 0));
	stage_mark(s);
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_string_equal(r->environments[0].error.what, "");
	assert_int_equal(stage_writes(s), 0);
	assert_int_equal(stage_counts(s, COUNT_SHEETS).unchanged, 1);
}

static void a_crash_at_any_step_leaves_no_trace(void **state)
{
	(void)state;
	for (unsigned n = 1;; n++) {
		struct stage *s = stage_new("2026-11-23T11:00:00Z");
		stage_school(s, &(struct stage_options){ 0 });
		bool crashed = stage_run_until_crash(s, FLOW_DOWN, n);
		if (!crashed) {
			stage_free(&s);
			assert_true(n > 30); /* it was really tried in many places */
			break;
		}
		const struct report *r = stage_run(s, FLOW_DOWN);
		assert_string_equal(r->environments[0].error.what, "");
		assert_settled(s);
		stage_free(&s);
	}
}

/* Each write of the first run, in turn, meets each fault that leaves its outcome unknown. */
static void an_uncertain_write_is_read_back(void **state)
{
	static const char *const kinds[] = { "reset-before", "reset-after", "hang", "hang-after", "status-after:status=504", "status:status=502", "cut-json", "empty", "truncate" };
	static const char *const calls[] = { "edusign:POST:/v1/student", "edusign:POST:/v1/professor", "edusign:POST:/v1/course" };
	(void)state;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		for (size_t c = 0; c < 3; c++) {
			struct stage *s = stage_new("2026-11-23T11:00:00Z");
			char spec[120], kind[40], *extra;
			stage_school(s, &(struct stage_options){ 0 });
			snprintf(kind, sizeof(kind), "%s", kinds[k]);
			extra = strchr(kind, ':');
			if (extra)
				*extra++ = '\0';
			snprintf(spec, sizeof(spec), "%s:%s:count=1%s%s", kind, calls[c], extra ? ":" : "", extra ? extra : "");
			stage_fault(s, spec);
			const struct report *r = stage_run(s, FLOW_DOWN);
			assert_string_equal(r->environments[0].error.what, "");
			assert_settled(s);
			stage_free(&s);
		}
	}
}

static void an_effect_that_comes_late_doubles_nothing(void **state)
{
	static const char *const calls[] = { "edusign:POST:/v1/student", "edusign:POST:/v1/professor", "edusign:POST:/v1/course" };
	(void)state;
	for (size_t c = 0; c < 3; c++) {
		struct stage *s = stage_new("2026-11-23T11:00:00Z");
		char spec[120];
		stage_school(s, &(struct stage_options){ 0 });
		snprintf(spec, sizeof(spec), "late-effect:%s:count=1:ms=40000", calls[c]);
		stage_fault(s, spec);
		const struct report *r = stage_run(s, FLOW_DOWN);
		assert_string_equal(r->environments[0].error.what, "");
		stage_advance(s, 120); /* whatever was still to come has come */
		assert_settled(s);
		stage_free(&s);
	}
}

/* The process dies while a server is still at work at what it sent: only the intent on disk tells the next one to wait. */
static void a_crash_with_an_effect_to_come_doubles_nothing(void **state)
{
	(void)state;
	for (unsigned n = 1;; n++) {
		struct stage *s = stage_new("2026-11-23T11:00:00Z");
		stage_school(s, &(struct stage_options){ 0 });
		stage_fault(s, "late-effect:edusign:POST:/v1/course:count=1:ms=40000");
		bool crashed = stage_run_until_crash(s, FLOW_DOWN, n);
		if (crashed)
			assert_string_equal(stage_run(s, FLOW_DOWN)->environments[0].error.what, "");
		stage_advance(s, 120);
		assert_settled(s);
		stage_free(&s);
		if (!crashed)
			break;
	}
}

/* Its first map is too small for what a run has to remember: it grows while the run is under way, and nobody notices. */
static void a_map_that_is_full_grows_under_a_run(void **state)
{
	(void)state;
	char path[160];
	struct stat st;
	struct stage *s = stage_new("2026-11-23T20:00:00Z");
	s->map_size = 1; /* the least there is: 64 KiB */
	stage_generated(s, &(struct gen_options){ .seed = 6, .learners = 120, .groups = 5, .sites = 1, .days = 7 }, 1);
	assert_int_equal(stage_run(s, FLOW_DOWN)->environments[0].result == RESULT_FAILED, false);
	assert_string_equal(s->report->environments[0].error.what, "");
	snprintf(path, sizeof(path), "%s/cfa/%s/data.mdb", s->dir, s->envs[0].key);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_size > 65536);
	assert_int_equal(s->e->twins, 0);
	assert_true(edusign_course_count(s->e, "ecole-0", 0) > 20);
	/* and what it remembers is whole */
	stage_mark(s);
	stage_run(s, FLOW_DOWN);
	assert_int_equal(stage_writes(s), 0);
	stage_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_run_creates_then_nothing),
		cmocka_unit_test(a_crash_at_any_step_leaves_no_trace),
		cmocka_unit_test(an_uncertain_write_is_read_back),
		cmocka_unit_test(an_effect_that_comes_late_doubles_nothing),
		cmocka_unit_test(a_crash_with_an_effect_to_come_doubles_nothing),
		cmocka_unit_test(a_map_that_is_full_grows_under_a_run),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
