#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/replay/stage.h"

/* Several environments of one school: each session, person and token only where it belongs. The expectations are worked out from the
 * database here, without the engine's code. */

static bool is_of_site(struct stage *s, const struct ypareo_session *x, int64_t site)
{
	for (size_t i = 0; i < x->groups.n; i++) {
		struct ypareo_group *g = ypareo_group(s->y, x->groups.items[i]);
		if (g && g->site == site)
			return true;
	}
	return false;
}

static bool has_email(struct stage *s, int64_t learner)
{
	struct ypareo_learner *l = ypareo_learner(s->y, learner);
	return l && l->email && l->email[0];
}

static bool may_be_sheet(struct stage *s, const struct ypareo_session *x)
{
	bool instructor = false, learner = false;
	for (size_t i = 0; i < x->instructors.n; i++) {
		struct ypareo_person *p = ypareo_person(s->y, x->instructors.items[i]);
		instructor = instructor || (p && p->email && p->email[0] && !p->no_account);
	}
	for (size_t i = 0; i < x->learners.n; i++)
		learner = learner || has_email(s, x->learners.items[i]);
	return instructor && learner && x->state != 0 && tz_to_utc(s->zone, x->day, x->end, 0) > stage_now(s) && x->day <= s->today + 7;
}

static void each_session_stands_where_its_groups_are(void **state)
{
	struct stage *s = stage_new("2026-11-23T05:00:00Z");
	(void)state;
	stage_generated(s, &(struct gen_options){ .seed = 3, .learners = 60, .groups = 5, .days = 8 }, 3);
	stage_run(s, FLOW_DOWN);
	size_t seen = 0;
	for (unsigned e = 0; e < 3; e++) {
		char school[16];
		snprintf(school, sizeof(school), "ecole-%u", e);
		assert_string_equal(s->report->environments[e].error.what, "");
		size_t expected = 0;
		for (size_t i = 0; i < s->y->sessions.n; i++) {
			const struct ypareo_session *x = &s->y->sessions.items[i];
			bool here = x->day >= s->today && may_be_sheet(s, x) && is_of_site(s, x, s->envs[e].structure);
			assert_int_equal(edusign_course_count(s->e, school, x->code), here);
			expected += here;
		}
		assert_int_equal(edusign_course_count(s->e, school, 0), expected);
		seen += expected;
		/* nobody of another site stands here */
		for (size_t i = 0; i < s->e->courses.n; i++) {
			const struct ed_course *c = &s->e->courses.items[i];
			if (!str_eqz(c->school, school))
				continue;
			for (size_t k = 0; k < c->rows.n; k++)
				assert_true(str_eqz(edusign_student_by_id(s->e, c->rows.items[k].student)->school, school));
		}
	}
	assert_true(seen > 20);
	/* no request bore another account's token: each of the ledger's entries is of the school whose records it named */
	stage_mark(s);
	stage_run(s, FLOW_DOWN);
	assert_int_equal(stage_writes(s), 0);
	stage_free(&s);
}

static void a_session_shared_by_two_sites_stands_in_both(void **state)
{
	struct stage *s = stage_new("2026-11-23T05:00:00Z");
	(void)state;
	stage_generated(s, &(struct gen_options){ .seed = 4, .learners = 60, .groups = 4, .days = 8, .quirks = true }, 3);
	int64_t code = s->y->quirks->session_two_sites;
	stage_run(s, FLOW_DOWN);
	struct ypareo_session *x = ypareo_session(s->y, code);
	assert_non_null(x);
	unsigned stands = 0;
	size_t learners = 0;
	for (unsigned e = 0; e < 3; e++) {
		char school[16];
		snprintf(school, sizeof(school), "ecole-%u", e);
		struct ed_course *c = edusign_course(s->e, school, code);
		assert_int_equal(c != NULL, may_be_sheet(s, x) && is_of_site(s, x, s->envs[e].structure));
		stands += c != NULL;
		learners += c ? c->rows.n : 0;
	}
	assert_int_equal(stands, 2);
	size_t with_email = 0;
	for (size_t i = 0; i < x->learners.n; i++)
		with_email += has_email(s, x->learners.items[i]);
	assert_int_equal(learners, with_email); /* each learner on one of the two, none on both */
	stage_free(&s);
}

static void a_location_is_matched_by_its_name(void **state)
{
	struct stage *s = stage_new("2026-11-23T05:00:00Z");
	(void)state;
	stage_generated(s, &(struct gen_options){ .seed = 6, .learners = 40, .groups = 4, .days = 6 }, 2);
	char name[80];
	snprintf(name, sizeof(name), "  %s ", s->y->sites.items[0].name);
	s->envs[0] = (struct env_settings){ .key = "location-x", .location = name, .edusign = s->envs[0].edusign };
	stage_run(s, FLOW_DOWN);
	assert_string_equal(s->report->environments[0].error.what, "");
	assert_true(edusign_course_count(s->e, "ecole-0", 0) > 0);
	for (size_t i = 0; i < s->e->courses.n; i++) {
		int64_t code;
		if (!str_eqz(s->e->courses.items[i].school, "ecole-0"))
			continue;
		assert_int_equal(str_to_int64(s->e->courses.items[i].api_id, &code), 0);
		assert_true(is_of_site(s, ypareo_session(s->y, code), s->y->sites.items[0].code));
	}
	stage_free(&s);
}

static void a_school_with_every_special_case_settles(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct stage *s = stage_new("2026-11-23T05:00:00Z");
		stage_generated(s, &(struct gen_options){ .seed = seed, .learners = 80, .groups = 6, .days = 9, .quirks = true }, seed % 3);
		stage_run(s, FLOW_DOWN);
		for (unsigned e = 0; e < s->report->environment_count; e++)
			assert_string_equal(s->report->environments[e].error.what, "");
		assert_true(edusign_course_count(s->e, "ecole-0", 0) > 5);
		stage_mark(s);
		stage_run(s, FLOW_DOWN);
		assert_int_equal(stage_writes(s), 0);
		for (size_t i = 0; i < s->y->sessions.n; i++)
			assert_true(edusign_course_count(s->e, "ecole-0", s->y->sessions.items[i].code) <= 1);
		for (size_t i = 0; i < s->y->learners.n; i++)
			assert_true(edusign_student_count(s->e, "ecole-0", s->y->learners.items[i].code) <= 1);
		stage_free(&s);
	}
}

/* By its id and by its name, one site is one site: told, since every session would stand in two accounts. */
static void one_site_twice_is_told(void **state)
{
	(void)state;
	for (int same = 0; same < 2; same++) {
		struct stage *s = stage_new("2026-11-23T11:00:00Z");
		stage_school(s, &(struct stage_options){ 0 });
		ypareo_add_site(s->y, "Villeurbanne");
		edusign_school_add(s->e, "ecole-2", "e-token-1", "Europe/Paris");
		s->envs[0] = (struct env_settings){ .key = "structure-1", .structure = s->site };
		s->envs[1] = (struct env_settings){ .key = "location-x", .location = same ? "LYON " : "Villeurbanne" };
		s->settings.environment_count = 2;
		stage_lose_store(s);
		stage_run(s, FLOW_DOWN);
		const struct issue *told = stage_issue(s, "environment", "site");
		assert_int_equal(told != NULL, same);
		if (same) {
			assert_non_null(strstr(told->problem.p, "(Lyon)"));
			assert_non_null(strstr(told->problem.p, "location-x"));
			/* and over, once the file says something else */
			s->envs[1].location = "Villeurbanne";
			stage_run(s, FLOW_DOWN);
			assert_null(stage_issue(s, "environment", "site"));
		}
		stage_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_session_stands_where_its_groups_are), cmocka_unit_test(one_site_twice_is_told),
		cmocka_unit_test(a_session_shared_by_two_sites_stands_in_both),
		cmocka_unit_test(a_location_is_matched_by_its_name),
		cmocka_unit_test(a_school_with_every_special_case_settles),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
