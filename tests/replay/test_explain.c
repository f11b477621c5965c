#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/sync/explain.h"
#include "core/sync/wording.h"
#include "tests/replay/stage.h"

static bool over;

static void on_done(void *arg, const struct report *report)
{
	(void)arg;
	(void)report;
	over = true;
}

static bool is_over(void *arg)
{
	(void)arg;
	return over;
}

/* A plan down that is asked about one record. Every sentence of it is known in French. */
static struct explanation explain(struct stage *s, enum explain_of of, const char *text)
{
	struct explanation e = {.arena = arena_new(4 << 20), .of = of, .text = str_of(text)};
	struct engine_options o = {.flow = &s->flow, .stores = s->stores, .settings = &s->settings, .kind = FLOW_DOWN, .plan_only = true, .explain = &e, .done = on_done};
	engine_free(&s->run);
	over = false;
	s->run = engine_start(&o);
	loop_virtual_run(s->loop, is_over, NULL, 86400000);
	assert_true(over);
	const struct explain_step *all = e.steps.v;
	for (size_t i = 0; i < e.steps.n; i++) {
		if (!wording_known(all[i].text))
			fail_msg("wording_fr.c lacks «%.*s»", STR_ARG(all[i].text));
		if (all[i].fix.n && !wording_known(all[i].fix))
			fail_msg("wording_fr.c lacks «%.*s»", STR_ARG(all[i].fix));
	}
	return e;
}

static bool says(const struct explanation *e, enum explain_mark mark, const char *text)
{
	const struct explain_step *all = e->steps.v;
	for (size_t i = 0; i < e->steps.n; i++)
		if (all[i].mark == mark && memmem(all[i].text.p, all[i].text.n, text, strlen(text)))
			return true;
	return false;
}

static const char *reason(const struct explanation *e)
{
	const struct explain_step *r = explain_reason(e, "all");
	return r ? r->text.p : "";
}

static char code[32];

static const char *code_of(int64_t c)
{
	snprintf(code, sizeof(code), "%lld", (long long)c);
	return code;
}

static void all_is_well_before_and_after(void **state)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	(void)state;
	stage_school(s, &(struct stage_options){0});
	struct explanation e = explain(s, EXPLAIN_SESSION, code_of(s->session));
	assert_string_equal(reason(&e), "");
	assert_true(says(&e, EXPLAIN_YES, "Yparéo plans it from 2026-11-24T09:00:00+01:00"));
	assert_true(says(&e, EXPLAIN_YES, "2 of its 2 learners can be used"));
	assert_true(says(&e, EXPLAIN_YES, "the next run creates it: new session"));
	arena_free(&e.arena);
	stage_mark(s);
	e = explain(s, EXPLAIN_LEARNER, code_of(s->learner[0]));
	assert_int_equal(stage_writes(s), 0);
	assert_true(says(&e, EXPLAIN_YES, "has all that Edusign requires"));
	assert_true(says(&e, EXPLAIN_YES, "on the sheet of session"));
	arena_free(&e.arena);
	stage_run(s, FLOW_DOWN);
	e = explain(s, EXPLAIN_SHEET, stage_sheet(s)->id.p);
	assert_int_equal(e.code, s->session);
	assert_true(says(&e, EXPLAIN_YES, "its sheet in Edusign is as Yparéo has it"));
	arena_free(&e.arena);
	e = explain(s, EXPLAIN_INSTRUCTOR, code_of(s->instructor));
	assert_true(says(&e, EXPLAIN_YES, "is Edusign's account"));
	assert_string_equal(reason(&e), "");
	arena_free(&e.arena);
	stage_free(&s);
}

static void what_is_in_the_way_is_named_with_its_mend(void **state)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	(void)state;
	stage_school(s, &(struct stage_options){0});
	ypareo_learner_emails(s->y, s->learner[0], "", "");
	struct explanation e = explain(s, EXPLAIN_LEARNER, code_of(s->learner[0]));
	assert_string_equal(reason(&e), "has no e-mail address, which Edusign requires");
	assert_true(str_starts(explain_reason(&e, "all")->fix, "Enter the e-mail address in Yparéo, on the learner's file"));
	assert_true(says(&e, EXPLAIN_NO, "not on the sheet of session"));
	arena_free(&e.arena);
	e = explain(s, EXPLAIN_SESSION, code_of(s->session));
	assert_string_equal(reason(&e), ""); /* the other learner is on it */
	assert_true(says(&e, EXPLAIN_YES, "1 of its 2 learners can be used"));
	assert_true(says(&e, EXPLAIN_INFO, "has no e-mail address"));
	arena_free(&e.arena);
	s->settings.want_validated = false;
	s->settings.want_pending = true;
	e = explain(s, EXPLAIN_SESSION, code_of(s->session));
	assert_string_equal(reason(&e), "the session is validated");
	arena_free(&e.arena);
	e = explain(s, EXPLAIN_LEARNER, code_of(s->learner[1]));
	assert_true(says(&e, EXPLAIN_NO, "the session is validated"));
	arena_free(&e.arena);
	e = explain(s, EXPLAIN_SESSION, "424242");
	assert_true(says(&e, EXPLAIN_NO, "Yparéo plans no such session from today to"));
	arena_free(&e.arena);
	e = explain(s, EXPLAIN_LEARNER, "424242");
	assert_string_equal(reason(&e), "Yparéo's list does not have this person");
	arena_free(&e.arena);
	e = explain(s, EXPLAIN_SHEET, "no-such-id");
	assert_int_equal(e.steps.n, 0);
	arena_free(&e.arena);
	stage_free(&s);
}

static void a_learner_is_found_by_address(void **state)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	(void)state;
	stage_school(s, &(struct stage_options){0});
	ypareo_learner_emails(s->y, s->learner[1], "Ada@Example.org", "Ada@Example.org");
	struct explanation e = explain(s, EXPLAIN_LEARNER, " ada@example.org");
	assert_int_equal(e.code, s->learner[1]);
	arena_free(&e.arena);
	stage_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(all_is_well_before_and_after),
	        cmocka_unit_test(what_is_in_the_way_is_named_with_its_mend),
	        cmocka_unit_test(a_learner_is_found_by_address),
	};
	return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
