#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "tests/replay/stage.h"

/*
 * How many requests a run makes at a school of reference: 1,000 learners, 60 instructors, 40 groups, 35 rooms, 700
 * sessions in the window. Each budget is counted in requests, so it is the same on every machine.
 */

#define CHANGED 20

struct spent {
	size_t ypareo, edusign;
};

static struct spent spent(struct stage *s)
{
	return (struct spent){stage_requests(s, "ypareo", NULL, NULL), stage_requests(s, "edusign", NULL, NULL)};
}

static struct stage *reference_school(void)
{
	/* Sunday evening: the window holds the five working days behind it */
	struct stage *s = stage_new("2026-11-22T21:00:00Z");
	stage_generated(s,
	                &(struct gen_options){.seed = 11,
	                                      .learners = 1000,
	                                      .instructors = 60,
	                                      .groups = 40,
	                                      .rooms = 35,
	                                      .sites = 1,
	                                      .sessions_per_day = 4,
	                                      .days = 14,
	                                      .no_absences = true},
	                0);
	s->kept_will_do = true;
	return s;
}

/* What a budget that is exceeded was spent on. */
static void tell(const struct stage *s)
{
	for (size_t i = 0; i < sim_ledger_count(s->sim) && i < 80; i++) {
		const struct sim_entry *e = sim_ledger_at(s->sim, i);
		print_message("%s %s %.*s\n", e->vendor, e->method, STR_ARG(e->path));
	}
}

static struct spent run(struct stage *s, enum flow_kind flow)
{
	stage_mark(s);
	const struct report *r = stage_run(s, flow);
	assert_string_equal(r->environments[0].error.what, "");
	struct spent n = spent(s);
	print_message("%s: %zu requests to Yparéo, %zu to Edusign\n", flow_kind_name(flow), n.ypareo, n.edusign);
	return n;
}

static void at_most(const struct stage *s, const char *what, size_t n, size_t budget)
{
	if (n <= budget)
		return;
	tell(s);
	fail_msg("%s: %zu requests, %zu are allowed", what, n, budget);
}

/* The first reading holds the planning of all groups against each group's own. */
static size_t first_reading(const struct stage *s)
{
	return s->y->groups.n + 11;
}

/* The first run down, and another one: what is asked for once is not in the way. */
static struct stage *settled_school(void)
{
	struct stage *s = reference_school();
	run(s, FLOW_DOWN);
	return s;
}

/* In an account that holds nothing with a code: a sheet is made, a person looked for by e-mail and made. */
static void a_first_run(void **state)
{
	struct stage *s = reference_school();
	(void)state;
	int64_t began = stage_now(s);
	struct spent n = run(s, FLOW_DOWN);
	int64_t took = stage_now(s) - began;
	size_t sheets = stage_counts(s, COUNT_SHEETS).created;
	size_t people = stage_counts(s, COUNT_LEARNERS).created + stage_counts(s, COUNT_INSTRUCTORS).created;
	assert_in_range(sheets, 700, 1000);
	assert_in_range(people, 1000, 1100);
	at_most(s, "Yparéo", n.ypareo, first_reading(s));
	at_most(s, "Edusign", n.edusign, sheets + sheets / 20 + 2 * people + people / 10);
	/* at the limit of 450 a minute, never over the vendor's 480 */
	assert_in_range(took, 60, (int64_t)n.edusign * 60 * 103 / 100 / 450);
	assert_int_equal(edusign_school(s->e, "ecole-0")->over_limit, 0);
	stage_free(&s);
}

/* Noon, a day after everything was last looked at; what was written at first is no longer among what changed lately. */
static void until_it_is_old(struct stage *s)
{
	run(s, FLOW_DOWN);
	stage_advance(s, 86400);
	run(s, FLOW_DOWN);
	stage_advance(s, 14 * 3600);
}

/* Which school, which sheets and learners changed there; in the evening all that are there, in pages. */
static void nothing_changed(void **state)
{
	struct stage *s = settled_school();
	(void)state;
	stage_advance(s, 3600);
	struct spent n = run(s, FLOW_DOWN);
	assert_int_equal(stage_writes(s), 0);
	at_most(s, "Yparéo", n.ypareo, 8);
	assert_int_equal(stage_requests(s, "ypareo", "GET", "/r/v1/formation-longue/apprenants"), 0);
	/* who asks by hand has just mended something there */
	s->kept_will_do = false;
	run(s, FLOW_DOWN);
	assert_int_equal(stage_requests(s, "ypareo", "GET", "/r/v1/formation-longue/apprenants"), 1);
	s->kept_will_do = true;
	until_it_is_old(s);
	n = run(s, FLOW_DOWN);
	size_t sheets = edusign_course_count(s->e, "ecole-0", 0), people = edusign_student_count(s->e, "ecole-0", 0);
	at_most(s, "Yparéo, lists a day old", n.ypareo, 8 + 6);
	at_most(s, "Edusign, but for new sheets", n.edusign, 3 + 2 * stage_counts(s, COUNT_SHEETS).created);
	stage_advance(s, 600);
	n = run(s, FLOW_DOWN);
	assert_int_equal(stage_writes(s), 0);
	at_most(s, "Yparéo", n.ypareo, 8);
	at_most(s, "Edusign", n.edusign, 3 + sheets / 40);
	stage_advance(s, 10 * 3600);
	n = run(s, FLOW_DOWN);
	assert_int_equal(stage_writes(s), 0);
	at_most(s, "Edusign, in the evening", n.edusign, 5 + sheets / 40 + people / 40);
	stage_free(&s);
}

static void some_changed(void **state)
{
	struct stage *s = reference_school();
	struct gen_random r;
	(void)state;
	until_it_is_old(s);
	run(s, FLOW_DOWN);
	gen_random_init(&r, 5);
	for (int i = 0; i < CHANGED; i++) /* some change what has no part in a sheet */
		assert_non_null(gen_mutate(s->y, &r, s->today + 3, s->today + 5));
	struct spent n = run(s, FLOW_DOWN);
	struct counts c = stage_counts(s, COUNT_SHEETS);
	size_t changed = c.created + c.updated + c.deleted + stage_counts(s, COUNT_LEARNERS).created;
	assert_true(changed >= CHANGED / 2);
	at_most(s, "Edusign", n.edusign, 2 * changed + 10);
	stage_free(&s);
}

static void up(void **state)
{
	struct stage *s = reference_school();
	(void)state;
	run(s, FLOW_DOWN);
	stage_advance(s, 86400);
	size_t locked = edusign_live(s->e, STR("ecole-0"), 3, stage_at(s, 1, 0, 0), stage_at(s, 2, 0, 0),
	                             stage_at(s, 1, 20, 0));
	stage_advance(s, 3600);
	assert_in_range(locked, 140, 200);
	struct spent n = run(s, FLOW_UP);
	at_most(s, "Edusign", n.edusign, locked / 40 + 10);
	n = run(s, FLOW_UP);
	assert_int_equal(stage_writes(s), 0);
	at_most(s, "Yparéo, nothing new", n.ypareo, 0);
	at_most(s, "Edusign, nothing new", n.edusign, locked / 40 + 10);
	stage_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_first_run),
	        cmocka_unit_test(nothing_changed),
	        cmocka_unit_test(some_changed),
	        cmocka_unit_test(up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
