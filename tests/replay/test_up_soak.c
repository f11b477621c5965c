#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/replay/stage.h"

/* Generated schools, attendance by chance, lost writes and crashes by chance: in the end Yparéo says what the sheets
 * say, and nothing that somebody else entered was touched. What is expected is worked out from both databases here,
 * without the engine's code. */

#define DAYS 4

static unsigned long long seed_now; /* for messages */

static unsigned chance(struct gen_random *r, unsigned n)
{
	return gen_random_below(r, n);
}

static bool is_evidence(const struct ed_course *c)
{
	for (unsigned i = 0; i < c->professor_count; i++)
		if (c->professor_signatures[i].n)
			return true;
	for (size_t i = 0; i < c->rows.n; i++)
		if (c->rows.items[i].signature.n)
			return true;
	return false;
}

/* What happened in class. */
static void teach(struct stage *s, struct gen_random *r, struct ed_course *c)
{
	for (unsigned i = 0; i < c->professor_count; i++)
		if (chance(r, 10) > 0)
			edusign_sign_professor(s->e, c, i, c->start);
	for (size_t i = 0; i < c->rows.n; i++) {
		struct str id = c->rows.items[i].student;
		unsigned what = chance(r, 20);
		if (what < 4) {
			edusign_set_absent(c, id, c->end);
			if (what == 0)
				edusign_justify(s->e, c, id, 1, c->end);
			continue;
		}
		edusign_sign_student(s->e, c, id, c->start);
		if (what == 4)
			edusign_set_delay(c, id, 1 + (int)chance(r, 30), c->end);
		if (what == 5)
			edusign_set_early(c, id, c->end - 60 * (1 + chance(r, 30)), c->end);
	}
}

/* A change of mind, weeks or minutes later. */
static void revise(struct stage *s, struct gen_random *r, struct ed_course *c)
{
	if (!c->locked || c->rows.n == 0)
		return;
	edusign_unlock(c, stage_now(s));
	struct ed_row *row = &c->rows.items[chance(r, (unsigned)c->rows.n)];
	row->delay = 0;
	row->early = 0;
	if (row->state)
		edusign_set_absent(c, row->student, stage_now(s));
	else
		edusign_sign_student(s->e, c, row->student, stage_now(s));
	edusign_lock(s->e, c, stage_now(s));
}

static void lose_something(struct stage *s, struct gen_random *r)
{
	static const char *const kinds[] = {"reset-before", "reset-after", "late-effect",
	                                    "hang",         "hang-after",  "status-after"};
	static const char *const calls[] = {"POST:/r/v1/absences", "PUT:/r/v1/absences", "DELETE:/r/v1/absences/*",
	                                    "PUT:/r/v1/emargements/personnels"};
	char spec[120];
	sim_faults_clear(s->sim);
	for (int i = 0; i < 3; i++) {
		snprintf(spec, sizeof(spec), "%s:ypareo:%s:skip=%u:count=%u:ms=30000:status=504", kinds[chance(r, 6)],
		         calls[chance(r, 4)], chance(r, 6), 1 + chance(r, 3));
		stage_fault(s, spec);
	}
}

static void night(struct stage *s, struct gen_random *r)
{
	lose_something(s, r);
	if (chance(r, 2)) {
		stage_run_until_crash(s, FLOW_UP, 1 + chance(r, 900));
		lose_something(s, r);
		stage_advance(s, 10 + chance(r, 200));
	}
	stage_run(s, FLOW_UP);
	for (unsigned i = 0; i < s->settings.environment_count; i++)
		assert_string_equal(s->report->environments[i].error.what, "");
}

/* ---- the oracle ---- */

static bool is_covered(const struct stage *s, int64_t learner, int32_t day, int minute)
{
	for (size_t i = 0; i < s->y->absences.n; i++) {
		const struct ypareo_absence *a = &s->y->absences.items[i];
		if (a->learner == learner && a->first <= day && day <= a->last &&
		    (day > a->first || minute >= a->start) && (day < a->last || minute < a->end))
			return true;
	}
	return false;
}

static unsigned ours_there(const struct stage *s, int64_t learner, int32_t day, int minute)
{
	unsigned n = 0;
	for (size_t i = 0; i < s->y->absences.n; i++) {
		const struct ypareo_absence *a = &s->y->absences.items[i];
		n += a->learner == learner && a->author[0] && a->first == day && minute >= a->start &&
		     minute < a->end;
	}
	return n;
}

static int minute_of(struct stage *s, int64_t at)
{
	return tz_from_utc(s->zone, at).minute_of_day;
}

static bool must_be_missed(struct stage *s, const struct ed_row *row, const struct ypareo_session *x, int minute)
{
	if (!row->state)
		return true;
	return minute < x->start + row->delay || (row->early && minute >= minute_of(s, row->early));
}

static size_t check_row(struct stage *s, const struct ed_row *row, const struct ypareo_session *x)
{
	struct str api_id = edusign_student_by_id(s->e, row->student)->api_id;
	int64_t learner;
	if (str_to_int64(api_id, &learner) || !ypareo_codes_has(&x->learners, learner))
		return 0;
	for (int minute = x->start; minute < x->end; minute++) {
		bool missed = must_be_missed(s, row, x, minute);
		if (missed && !is_covered(s, learner, x->day, minute))
			fail_msg("seed %llu, session %lld: learner %lld is missed at minute %d and Yparéo does not "
			         "say so",
			         seed_now, (long long)x->code, (long long)learner, minute);
		if (ours_there(s, learner, x->day, minute) > (missed ? 1 : 0))
			fail_msg("seed %llu, session %lld: learner %lld has too many absences at minute %d", seed_now,
			         (long long)x->code, (long long)learner, minute);
	}
	return 1;
}

static size_t check_all(struct stage *s)
{
	size_t rows = 0;
	for (size_t i = 0; i < s->e->courses.n; i++) {
		const struct ed_course *c = &s->e->courses.items[i];
		int64_t code;
		if (c->deleted || !c->locked || !is_evidence(c) || str_to_int64(c->api_id, &code))
			continue;
		const struct ypareo_session *x = ypareo_session(s->y, code);
		if (!x || tz_to_utc(s->zone, x->day, x->start, 0) != c->start)
			continue;
		for (size_t k = 0; k < c->rows.n; k++)
			rows += check_row(s, &c->rows.items[k], x);
	}
	return rows;
}

static void one_school(uint64_t seed, unsigned environments)
{
	struct gen_random r;
	struct stage *s = stage_new("2026-11-23T05:00:00Z");
	size_t humans = 0;
	seed_now = seed;
	gen_random_init(&r, seed);
	stage_generated(s, &(struct gen_options){.seed = seed, .learners = 40, .groups = 4, .days = 8}, environments);
	s->settings.up_percent = 100;
	sim_set(s->sim, SIM_ABSENCE_BY_START, seed & 1);
	sim_set(s->sim, SIM_OBSERVATION, seed & 2);
	stage_run(s, FLOW_DOWN);
	for (int i = 0; i < 6; i++) /* sick leaves and the like, entered by hand */
		ypareo_add_absence(s->y, s->y->learners.items[chance(&r, (unsigned)s->y->learners.n)].code,
		                   s->today + (int)chance(&r, DAYS), 8 * 60, (int)(9 + chance(&r, 9)) * 60,
		                   s->settings.reason_justified);
	for (size_t i = 0; i < s->y->absences.n; i++)
		humans += !s->y->absences.items[i].author[0];
	for (int day = 0; day < DAYS; day++) {
		stage_advance(s, stage_at(s, day, 21, 0) - stage_now(s));
		for (size_t i = 0; i < s->e->courses.n; i++) {
			struct ed_course *c = &s->e->courses.items[i];
			if (c->end > stage_now(s) || c->deleted)
				continue;
			if (tz_from_utc(s->zone, c->start).day == s->today + day)
				teach(s, &r, c);
			if (!c->locked && chance(&r, 4) > 0)
				edusign_lock(s->e, c, stage_now(s));
			else if (chance(&r, 8) == 0)
				revise(s, &r, c);
		}
		stage_advance(s, 3600);
		night(s, &r);
		if (day == 1)
			stage_run(s, FLOW_DOWN);
	}
	sim_faults_clear(s->sim);
	stage_advance(s, 3600);
	stage_run(s, FLOW_UP);
	assert_true(check_all(s) > 100);
	assert_int_equal(s->y->foreign_writes, 0);
	assert_int_equal(s->y->twin_writes, 0);
	for (size_t i = 0; i < s->y->absences.n; i++)
		humans -= !s->y->absences.items[i].author[0];
	assert_int_equal(humans, 0);
	stage_mark(s);
	stage_advance(s, 3600);
	stage_run(s, FLOW_UP);
	assert_int_equal(stage_writes(s), 0);
	stage_free(&s);
}

static void ypareo_says_what_the_sheets_say(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++)
		one_school(seed, seed % 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(ypareo_says_what_the_sheets_say)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
