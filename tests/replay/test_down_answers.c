#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/replay/stage.h"

/* Broken answers: the run of that environment fails with the request and the reason; nothing is deleted, nothing is lost, the next run goes on. */

static const char *const lists[] = {
	"ypareo:GET:/r/v1/sites",         "ypareo:GET:/r/v1/periodes",
	"ypareo:GET:/r/v1/formation-longue/groupes", "ypareo:GET:/r/v1/planning/*",
	"ypareo:GET:/r/v1/utilisateur/personnels",   "ypareo:GET:/r/v1/formation-longue/apprenants",
	"edusign:GET:/v1/school",
};
#define LISTS (sizeof(lists) / sizeof(lists[0]))

/* A sheet stands, a second session is new: a failing run must neither remove the first nor half-make the second. */
static struct stage *scene(void)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	stage_school(s, &(struct stage_options){ 0 });
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	ypareo_add_session(s->y, s->today + 3, 9 * 60, 12 * 60, s->subject, s->group, s->instructor, s->room);
	stage_mark(s);
	return s;
}

static void fails_and_recovers(struct stage *s, const char *what)
{
	const struct report *r = stage_run(s, FLOW_DOWN);
	if (r->result != RESULT_FAILED)
		print_message("not failed: %s\n", what);
	assert_int_equal(r->result, RESULT_FAILED);
	assert_true(r->environments[0].error.what[0] != '\0');
	assert_non_null(r->environments[0].error.step);
	assert_int_equal(stage_writes(s), 0);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
	sim_faults_clear(s->sim);
	r = stage_run(s, FLOW_DOWN);
	assert_string_equal(r->environments[0].error.what, "");
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 2);
	stage_free(&s);
}

/* And the report says what to do about it. */
static void a_school_says_how_often_a_request_is_made(void **state)
{
	static const unsigned tries[] = { 1, 2, 4, 7 };
	(void)state;
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		struct stage *s = scene();
		s->settings.tries = tries[i];
		size_t before = sim_ledger_find(s->sim, "ypareo", "GET", "/r/v1/sites", false);
		stage_fault(s, "status:ypareo:GET:/r/v1/sites:status=503");
		const struct report *r = stage_run(s, FLOW_DOWN);
		assert_int_equal(r->result, RESULT_FAILED);
		assert_non_null(strstr(r->environments[0].error.what, "HTTP 503"));
		assert_non_null(strstr(r->environments[0].error.what, "; it is tried again by itself; if it stays, ask who runs that server"));
		assert_int_equal(sim_ledger_find(s->sim, "ypareo", "GET", "/r/v1/sites", false) - before, tries[i]);
		stage_free(&s);
	}
}

static void each_list_broken_in_each_way(void **state)
{
	static const char *const ways[] = { "status:%s:status=500", "empty:%s", "truncate:%s", "cut-json:%s", "redirect:%s", "refuse:%s", "reset-before:%s", "hang:%s" };
	(void)state;
	for (size_t l = 0; l < LISTS; l++) {
		for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++) {
			struct stage *s = scene();
			char spec[160];
			const char *colon = strchr(ways[w], ':');
			const char *tail = strstr(ways[w], "%s") + 2;
			snprintf(spec, sizeof(spec), "%.*s:%s%s", (int)(colon - ways[w]), ways[w], lists[l], tail);
			stage_fault(s, spec);
			fails_and_recovers(s, spec);
		}
	}
}

static void with_body(const char *call, struct str body)
{
	struct stage *s = scene();
	char vendor[16], path[64];
	assert_int_equal(sscanf(call, "%15[^:]:GET:%63s", vendor, path), 2);
	struct sim_fault f = { .kind = SIM_GARBAGE, .vendor = vendor, .method = "GET", .path = path, .body = body };
	sim_fault_add(s->sim, &f);
	fails_and_recovers(s, call);
}

#define HUGE_NUMBER "99999999999999999999"
#define OUT_OF_RANGE \
	"{\"1\":{\"codeSite\":" HUGE_NUMBER ",\"codePeriode\":" HUGE_NUMBER ",\"codeGroupe\":" HUGE_NUMBER \
	",\"codePersonnel\":" HUGE_NUMBER ",\"codeApprenant\":" HUGE_NUMBER "}}"

static void answers_of_the_wrong_kind(void **state)
{
	static const char *const bodies[] = {
		"<html><body>Maintenance</body></html>",
		"\"a text\"",
		"42",
		"[[1,2],[3]]",
		"{\"1\":{\"codeSite\":\"abc\",\"codePeriode\":\"abc\",\"codeGroupe\":\"abc\",\"codePersonnel\":\"abc\",\"codeApprenant\":\"abc\"}}",
		OUT_OF_RANGE,
		"{\"1\":{\"codeSite\":1,\"codePeriode\":1,\"codeGroupe\":1,\"codePersonnel\":1,\"codeApprenant\":1,\"nom\":\"\xff\xfe\"}}",
		"{\"cours\":[{\"codeSeance\":1}]}",
	};
	(void)state;
	for (size_t l = 0; l < LISTS; l++)
		for (size_t b = 0; b < sizeof(bodies) / sizeof(bodies[0]); b++)
			/* the last one is no answer to a planning only; to the others it is a list of one odd record */
			with_body(lists[l], str_of(bodies[b]));
}

static void three_hundred_thousand_brackets(void **state)
{
	struct str s = { malloc(300000), 300000 };
	(void)state;
	memset((char *)s.p, '[', s.n);
	for (size_t l = 0; l < LISTS; l++)
		with_body(lists[l], s);
	free((char *)s.p);
}

static void the_message_names_request_record_and_reason(void **state)
{
	struct stage *s = scene();
	(void)state;
	struct sim_fault f = { .kind = SIM_GARBAGE, .vendor = "ypareo", .path = "/r/v1/planning/*",
		               .body = STR("{\"cours\":[{\"codeSeance\":12,\"date\":\"24/11/2026\",\"heureDebut\":\"09:00:00\",\"heureFin\":\"12:00:00\"},"
		                           "{\"codeSeance\":\"douze\"}]}") };
	sim_fault_add(s->sim, &f);
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_non_null(strstr(r->environments[0].error.what, "planning"));
	assert_non_null(strstr(r->environments[0].error.what, "cours[1].codeSeance"));
	assert_non_null(strstr(r->environments[0].error.what, "whole number"));
	assert_null(strstr(r->environments[0].error.what, "douze")); /* never the input's own text */
	stage_free(&s);
}

static void a_passing_fault_is_tried_again(void **state)
{
	struct stage *s = scene();
	(void)state;
	stage_fault(s, "status:ypareo:GET:/r/v1/sites:count=2:status=503");
	stage_fault(s, "reset-before:edusign:GET:/v1/school:count=1");
	stage_fault(s, "quota:edusign:GET:/v1/course/get-id/*:count=1:ms=5000");
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_string_equal(r->environments[0].error.what, "");
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 2);
	stage_free(&s);
}

static void one_environment_fails_alone(void **state)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	(void)state;
	stage_generated(s, &(struct gen_options){ .seed = 5, .learners = 40, .groups = 3, .days = 5 }, 2);
	stage_run(s, FLOW_DOWN);
	assert_string_equal(s->report->environments[0].error.what, "");
	assert_string_equal(s->report->environments[1].error.what, "");
	size_t before = edusign_course_count(s->e, "ecole-1", 0);
	assert_true(before > 0);
	edusign_forbid(edusign_school(s->e, "ecole-0"), "* /v1/*");
	int64_t cancelled = 0;
	for (size_t i = 0; i < s->y->sessions.n && !cancelled; i++)
		if (edusign_course(s->e, "ecole-1", s->y->sessions.items[i].code) && s->y->sessions.items[i].day > s->today + 1)
			cancelled = s->y->sessions.items[i].code;
	ypareo_session_cancel(s->y, cancelled);
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_int_equal(r->environments[0].result, RESULT_FAILED);
	assert_true(r->environments[1].result <= RESULT_ISSUES);
	assert_int_equal(edusign_course_count(s->e, "ecole-1", 0), before - 1);
	assert_int_equal(r->result, RESULT_FAILED); /* the highest counts */
	stage_free(&s);
}

static void an_unknown_site_lists_those_there_are(void **state)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	(void)state;
	stage_generated(s, &(struct gen_options){ .seed = 5, .learners = 40, .groups = 3, .days = 5 }, 2);
	s->envs[0].structure = 987654;
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_int_equal(r->environments[0].result, RESULT_FAILED);
	assert_non_null(strstr(r->environments[0].error.what, "987654"));
	assert_non_null(strstr(r->environments[0].error.what, s->y->sites.items[0].name));
	assert_true(r->environments[1].result <= RESULT_ISSUES);
	assert_true(edusign_course_count(s->e, "ecole-1", 0) > 0);
	stage_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_list_broken_in_each_way),
		cmocka_unit_test(a_school_says_how_often_a_request_is_made),
		cmocka_unit_test(answers_of_the_wrong_kind),
		cmocka_unit_test(three_hundred_thousand_brackets),
		cmocka_unit_test(the_message_names_request_record_and_reason),
		cmocka_unit_test(a_passing_fault_is_tried_again),
		cmocka_unit_test(one_environment_fails_alone),
		cmocka_unit_test(an_unknown_site_lists_those_there_are),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
