#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/replay/stage.h"

/*
 * How Yparéo is asked: the planning of all groups in one call once that was seen to say what each group's own says, cut where it is too
 * slow, given up where it differs; and lists that may be a day old.
 */

#define ALL   "/r/v1/planning/*/groupes"
#define GROUP "/r/v1/planning/*/groupes/*"
#define LEARNERS "/r/v1/formation-longue/apprenants"

static struct stage *school(void)
{
	/* Sunday evening: the window holds the five working days behind it */
	struct stage *s = stage_new("2026-11-22T21:00:00Z");
	stage_generated(s,
	                &(struct gen_options){.seed = 5,
	                                      .learners = 40,
	                                      .groups = 6,
	                                      .sites = 1,
	                                      .days = 21,
	                                      .no_absences = true},
	                0);
	s->kept_will_do = true;
	return s;
}

static size_t asked(struct stage *s, const char *path)
{
	return stage_requests(s, "ypareo", "GET", path);
}

static void down(struct stage *s)
{
	stage_mark(s);
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_string_equal(r->environments[0].error.what, "");
}

static size_t sheets(const struct stage *s)
{
	size_t n = 0;
	for (size_t i = 0; i < s->e->courses.n; i++)
		n += !s->e->courses.items[i].deleted;
	return n;
}

static struct ypareo_session *session_of(struct stage *s, int64_t group)
{
	for (size_t i = 0; i < s->y->sessions.n; i++)
		if (s->y->sessions.items[i].day > s->today && ypareo_codes_has(&s->y->sessions.items[i].groups, group))
			return &s->y->sessions.items[i];
	return NULL;
}

static void it_is_proven_first(void **state)
{
	struct stage *s = school();
	(void)state;
	down(s);
	assert_int_equal(asked(s, ALL), 1);
	assert_int_equal(asked(s, GROUP), 6);
	down(s);
	assert_int_equal(asked(s, ALL), 1);
	assert_int_equal(asked(s, GROUP), 1); /* one in turn */
	assert_int_equal(stage_writes(s), 0);
	stage_free(&s);
}

/* Each group has its turn in being held against the answer for all. */
static void every_group_has_its_turn(void **state)
{
	struct stage *s = school();
	(void)state;
	down(s);
	for (size_t i = 0; i < s->y->groups.n; i++) {
		size_t turns = 0;
		char path[64];
		snprintf(path, sizeof(path), "/r/v1/planning/*/groupes/%lld", (long long)s->y->groups.items[i].code);
		for (int k = 0; k < 6; k++) {
			down(s);
			turns += asked(s, path);
		}
		assert_int_equal(turns, 1);
	}
	stage_free(&s);
}

static void too_slow_is_cut_by_days(void **state)
{
	struct stage *s = school();
	(void)state;
	s->y->planning_max_days = 3;
	down(s);
	/* 8 days, 4 days, then four times 2: alone until one was answered */
	assert_int_equal(asked(s, ALL), 1 + 1 + 4);
	assert_in_range(sheets(s), 60, 200);
	down(s);
	assert_int_equal(asked(s, ALL), 4);
	assert_int_equal(asked(s, GROUP), 1);
	assert_int_equal(stage_writes(s), 0);
	/* after a while something wider is tried again */
	s->y->planning_max_days = 0;
	stage_advance(s, 8 * 86400);
	down(s);
	assert_int_equal(asked(s, ALL), 2);
	stage_free(&s);
}

static void too_slow_for_a_day_is_asked_by_group(void **state)
{
	struct stage *s = school();
	(void)state;
	stage_fault(s, "status:ypareo:GET:" ALL ":status=504");
	down(s);
	assert_int_equal(asked(s, ALL), 4); /* 8, 4, 2, 1 */
	assert_int_equal(asked(s, GROUP), 6);
	assert_in_range(sheets(s), 60, 200);
	down(s);
	assert_int_equal(asked(s, ALL), 0);
	assert_int_equal(asked(s, GROUP), 6);
	assert_int_equal(stage_writes(s), 0);
	stage_free(&s);
}

static void refused_is_asked_by_group(void **state)
{
	struct stage *s = school();
	(void)state;
	ypareo_key_forbid(s->y, ypareo_key(s->y, "y-token"), "GET /r/v1/planning/@debut/@fin/groupes");
	down(s);
	assert_int_equal(asked(s, ALL), 1);
	assert_in_range(sheets(s), 60, 200);
	down(s);
	assert_int_equal(asked(s, ALL), 0);
	assert_int_equal(asked(s, GROUP), 6);
	stage_free(&s);
}

/* A Yparéo that is sick answers nothing at all: of that nothing is learned. */
static void a_sick_one_teaches_nothing(void **state)
{
	struct stage *s = school();
	(void)state;
	down(s);
	stage_fault(s, "status:ypareo:GET:/r/v1/planning/*:status=504");
	stage_mark(s);
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_FAILED);
	assert_int_equal(stage_writes(s), 0);
	sim_faults_clear(s->sim);
	stage_advance(s, 600);
	down(s);
	assert_int_equal(asked(s, ALL), 1);
	assert_int_equal(asked(s, GROUP), 1);
	stage_free(&s);
}

/* A connection that dies once is no reason to ask otherwise. */
static void one_lost_answer_is_asked_for_again(void **state)
{
	struct stage *s = school();
	(void)state;
	down(s);
	stage_fault(s, "reset-before:ypareo:GET:" ALL ":count=1");
	down(s);
	assert_int_equal(asked(s, ALL), 2);
	assert_int_equal(asked(s, GROUP), 1);
	stage_free(&s);
}

/* The answer for all lacks a group's sessions: it is never believed, and nothing is missing. */
static void what_lacks_a_group_is_not_believed(void **state)
{
	struct stage *s = school(), *whole = school();
	(void)state;
	s->y->planning_all_lacks = s->y->groups.items[2].code;
	down(s);
	down(whole);
	assert_int_equal(sheets(s), sheets(whole));
	down(s);
	assert_int_equal(asked(s, GROUP), 6);
	assert_int_equal(stage_writes(s), 0);
	stage_free(&s);
	stage_free(&whole);
}

/* It was believed, and begins to lack a group: none of its sheets goes, and when that group's turn comes each is asked for again. */
static void what_begins_to_lack_a_group_removes_nothing(void **state)
{
	struct stage *s = school();
	(void)state;
	down(s);
	size_t before = sheets(s);
	s->y->planning_all_lacks = s->y->groups.items[2].code;
	for (int i = 0; i < 8; i++) {
		down(s);
		assert_int_equal(sheets(s), before);
		assert_int_equal(stage_writes(s), 0);
	}
	stage_free(&s);
}

/* Half of an answer, well-formed. */
static void half_an_answer_removes_nothing(void **state)
{
	struct stage *s = school();
	(void)state;
	down(s);
	size_t before = sheets(s);
	stage_fault(s, "drop-records:ypareo:GET:" ALL);
	down(s);
	assert_int_equal(sheets(s), before);
	assert_int_equal(stage_writes(s), 0);
	stage_free(&s);
}

/* A group that had no session when the call for all was proven, and that such a call does not show: it is asked for by itself once a day. */
static void a_group_never_shown_is_asked_for_daily(void **state)
{
	struct stage *s = school();
	(void)state;
	int64_t late = ypareo_add_group(s->y, "Renfort", s->y->sites.items[0].code)->code;
	struct ypareo_group *g = ypareo_group(s->y, late);
	g->period = s->y->groups.items[0].period;
	g->training = s->y->groups.items[0].training;
	g->first = s->y->groups.items[0].first;
	g->last = s->y->groups.items[0].last;
	s->y->planning_all_lacks = late;
	down(s);
	down(s);
	assert_int_equal(asked(s, GROUP), 1); /* the sample */
	const struct ypareo_session *other = session_of(s, s->y->groups.items[0].code);
	int64_t instructor = other->instructors.items[0], learner = other->learners.items[0];
	int64_t code = ypareo_add_session(s->y, s->today + 5, 20 * 60, 21 * 60, 0, late, instructor, 0)->code;
	ypareo_session_learner_add(s->y, code, learner);
	size_t before = sheets(s);
	stage_advance(s, 86400);
	down(s);
	assert_int_equal(asked(s, GROUP), 2 + 7); /* it and the sample, which ended the belief: then all of them */
	assert_true(sheets(s) > before);
	stage_free(&s);
}

/* ---- lists ---- */

static void a_new_learner_is_read_at_once(void **state)
{
	struct stage *s = school();
	(void)state;
	down(s);
	down(s);
	assert_int_equal(asked(s, LEARNERS), 0);
	int64_t group = s->y->groups.items[0].code;
	int64_t code = ypareo_add_learner(s->y, "Nouveau", "Zoé", "zoe.nouveau@example.org")->code;
	ypareo_enrol(s->y, code, group, s->today);
	ypareo_group_join(s->y, group, code, s->today);
	down(s);
	assert_int_equal(asked(s, LEARNERS), 1);
	assert_int_equal(stage_counts(s, COUNT_LEARNERS).created, 1);
	down(s);
	assert_int_equal(asked(s, LEARNERS), 0);
	assert_int_equal(stage_writes(s), 0);
	stage_free(&s);
}

static void a_new_room_is_read_at_once(void **state)
{
	struct stage *s = school();
	(void)state;
	down(s);
	int64_t room = ypareo_add_room(s->y, "Atelier neuf", s->y->sites.items[0].code)->code;
	ypareo_session_room(s->y, session_of(s, s->y->groups.items[0].code)->code, room);
	down(s);
	assert_int_equal(asked(s, "/r/v1/salles"), 1);
	assert_int_equal(asked(s, LEARNERS), 0);
	assert_int_equal(stage_counts(s, COUNT_SHEETS).updated, 1);
	stage_free(&s);
}

/* A name changes: seen a day later, or at once by who asks by hand. */
static void a_changed_name_is_seen_within_a_day(void **state)
{
	struct stage *s = school();
	(void)state;
	down(s);
	struct ypareo_learner *l = ypareo_learner(s->y, session_of(s, s->y->groups.items[0].code)->learners.items[0]);
	l->first = "Autrement";
	stage_advance(s, 3600);
	down(s);
	assert_int_equal(stage_writes(s), 0);
	s->kept_will_do = false;
	down(s);
	assert_int_equal(stage_counts(s, COUNT_LEARNERS).updated, 1);
	s->kept_will_do = true;
	l->first = "Encore autrement";
	stage_advance(s, 90000);
	down(s);
	assert_int_equal(stage_counts(s, COUNT_LEARNERS).updated, 1);
	stage_free(&s);
}

/* A list that is empty for once is no list to keep: who is needed is missing from it. */
static void an_empty_list_is_not_gone_by(void **state)
{
	struct stage *s = school();
	(void)state;
	stage_fault(s, "garbage:ypareo:GET:" LEARNERS ":count=1:body=[]");
	down(s);
	assert_int_equal(stage_counts(s, COUNT_LEARNERS).created, 0);
	down(s);
	assert_int_equal(asked(s, LEARNERS), 1);
	assert_in_range(stage_counts(s, COUNT_LEARNERS).created, 30, 40);
	stage_free(&s);
}

/* What failed is not kept, and what was kept before is not made younger by it. */
static void a_failed_reading_keeps_nothing(void **state)
{
	struct stage *s = school();
	(void)state;
	down(s);
	stage_advance(s, 90000);
	stage_fault(s, "status:ypareo:GET:" LEARNERS ":status=503");
	stage_mark(s);
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_FAILED);
	sim_faults_clear(s->sim);
	down(s);
	assert_int_equal(asked(s, LEARNERS), 1);
	stage_free(&s);
}

static void another_choice_is_not_served_by_old_lists(void **state)
{
	struct stage *s = school();
	(void)state;
	down(s);
	s->settings.email = EMAIL_PRO_ELSE_NORMAL;
	down(s);
	assert_int_equal(asked(s, LEARNERS), 1);
	assert_int_equal(asked(s, "/r/v1/utilisateur/apprenants"), 1);
	stage_free(&s);
}

static void a_lost_store_asks_for_everything(void **state)
{
	struct stage *s = school();
	(void)state;
	down(s);
	stage_lose_store(s);
	down(s);
	assert_int_equal(asked(s, GROUP), 6);
	assert_int_equal(asked(s, LEARNERS), 1);
	assert_int_equal(stage_counts(s, COUNT_SHEETS).created, 0);
	stage_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(it_is_proven_first),
	        cmocka_unit_test(every_group_has_its_turn),
	        cmocka_unit_test(too_slow_is_cut_by_days),
	        cmocka_unit_test(too_slow_for_a_day_is_asked_by_group),
	        cmocka_unit_test(refused_is_asked_by_group),
	        cmocka_unit_test(a_sick_one_teaches_nothing),
	        cmocka_unit_test(one_lost_answer_is_asked_for_again),
	        cmocka_unit_test(what_lacks_a_group_is_not_believed),
	        cmocka_unit_test(what_begins_to_lack_a_group_removes_nothing),
	        cmocka_unit_test(half_an_answer_removes_nothing),
	        cmocka_unit_test(a_group_never_shown_is_asked_for_daily),
	        cmocka_unit_test(a_new_learner_is_read_at_once),
	        cmocka_unit_test(a_new_room_is_read_at_once),
	        cmocka_unit_test(a_changed_name_is_seen_within_a_day),
	        cmocka_unit_test(an_empty_list_is_not_gone_by),
	        cmocka_unit_test(a_failed_reading_keeps_nothing),
	        cmocka_unit_test(another_choice_is_not_served_by_old_lists),
	        cmocka_unit_test(a_lost_store_asks_for_everything),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
