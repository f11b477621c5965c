#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/sync/held.h"
#include "tests/replay/stage.h"

/* What is too much for one night, and what goes ahead beside it. */

#define SESSIONS 10
#define LEARNERS 12

static int64_t codes[SESSIONS], people[LEARNERS];

/* Ten sheets, two a day from tomorrow on; twelve learners on each. */
static struct stage *school(void)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	stage_school(s, &(struct stage_options){.empty = true, .learners = 4});
	for (int i = 0; i < LEARNERS; i++) {
		char last[32], email[64];
		snprintf(last, sizeof(last), "Élève%d", i);
		snprintf(email, sizeof(email), "Eleve.%d@example.org", i);
		people[i] = i < 4 ? s->learner[i] : ypareo_add_learner(s->y, last, "Zoé", email)->code;
		if (i >= 4)
			ypareo_enrol(s->y, people[i], s->group, day_of(2026, 9, 1));
	}
	for (int i = 0; i < SESSIONS; i++)
		codes[i] = ypareo_add_session(s->y, s->today + 1 + i / 2, i % 2 ? 14 * 60 : 9 * 60,
		                              i % 2 ? 17 * 60 : 12 * 60, s->subject, s->group, s->instructor, s->room)
		                   ->code;
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), SESSIONS);
	assert_int_equal(stage_counts(s, COUNT_LEARNERS).created, LEARNERS);
	stage_mark(s);
	return s;
}

static const struct env_report *env(struct stage *s)
{
	return &s->report->environments[0];
}

static size_t held_of(struct stage *s, const char *kind)
{
	const struct change *c = env(s)->changes.v;
	size_t n = 0;
	for (size_t i = 0; i < env(s)->changes.n; i++)
		n += c[i].held && str_starts(c[i].record, kind);
	return n;
}

static void readdress(struct stage *s, int first, int n, const char *domain)
{
	for (int i = first; i < first + n; i++) {
		char email[64];
		snprintf(email, sizeof(email), "nouveau.%d@%s", i, domain);
		ypareo_learner_emails(s->y, people[i], email, NULL);
	}
}

/* ---- people ---- */

static void addresses_changed_in_bulk_are_held(void **state)
{
	struct stage *s = school();
	(void)state;
	readdress(s, 0, 5, "example.net"); /* five of twelve */
	int64_t added =
	        ypareo_add_session(s->y, s->today + 6, 9 * 60, 12 * 60, s->subject, s->group, s->instructor, s->room)
	                ->code;
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_HELD);
	assert_int_equal(held_of(s, "learner "), 5);
	assert_int_equal(env(s)->held->count, 5);
	assert_non_null(strstr(env(s)->held->reason.p, "5 learners"));
	assert_non_null(strstr(env(s)->held->reason.p, "of 12 known"));
	assert_int_equal(stage_counts(s, COUNT_LEARNERS).updated, 0);
	assert_non_null(edusign_course(s->e, "ecole", added)); /* everything else goes ahead, with them on it */
	assert_int_equal(edusign_course(s->e, "ecole", added)->rows.n, LEARNERS);
	stage_free(&s);
}

static void addresses_are_counted_over_a_day(void **state)
{
	struct stage *s = school();
	(void)state;
	readdress(s, 0, 4, "example.net");
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	assert_int_equal(stage_counts(s, COUNT_LEARNERS).updated, 4);
	stage_advance(s, 23 * 3600);
	readdress(s, 4, 1, "example.net");
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_HELD); /* the fifth of this day */
	assert_int_equal(held_of(s, "learner "), 1);
	stage_advance(s, 2 * 3600);
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK); /* the first of the next */
	assert_int_equal(stage_counts(s, COUNT_LEARNERS).updated, 1);
	stage_free(&s);
}

/* Another spelling of the same address, another phone: nobody is taken for somebody else. */
static void another_spelling_is_not_another_address(void **state)
{
	struct stage *s = school();
	(void)state;
	for (int i = 4; i < LEARNERS; i++) {
		char email[64];
		snprintf(email, sizeof(email), "ELEVE.%d@EXAMPLE.ORG", i);
		ypareo_learner_emails(s->y, people[i], email, NULL);
	}
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	stage_free(&s);
}

/* ---- starts ---- */

static void starts_changed_in_bulk_are_held(void **state)
{
	struct stage *s = school();
	(void)state;
	for (int i = 0; i < 5; i++)
		ypareo_session_move(s->y, codes[i], s->today + 1 + i / 2, i % 2 ? 15 * 60 : 10 * 60,
		                    i % 2 ? 18 * 60 : 13 * 60);
	ypareo_session_room(s->y, codes[9], ypareo_add_room(s->y, "C3", s->site)->code);
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_HELD);
	assert_int_equal(held_of(s, "sheet "), 5);
	assert_non_null(strstr(env(s)->held->reason.p, "5 sheets would start at another time"));
	assert_int_equal(stage_counts(s, COUNT_SHEETS).updated, 1); /* the room */
	assert_int_equal(edusign_course(s->e, "ecole", codes[0])->start, stage_at(s, 1, 9, 0));
	stage_free(&s);
}

/* Sixteen hours of a timetable that is being rewritten, four at a time, are one rewriting. */
static void starts_are_counted_over_a_day(void **state)
{
	struct stage *s = school();
	(void)state;
	for (int i = 0; i < 4; i++)
		ypareo_session_move(s->y, codes[i], s->today + 1 + i / 2, i % 2 ? 15 * 60 : 10 * 60,
		                    i % 2 ? 18 * 60 : 13 * 60);
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	assert_int_equal(stage_counts(s, COUNT_SHEETS).updated, 4);
	stage_advance(s, 3600);
	for (int i = 4; i < 8; i++)
		ypareo_session_move(s->y, codes[i], s->today + 1 + i / 2, i % 2 ? 15 * 60 : 10 * 60,
		                    i % 2 ? 18 * 60 : 13 * 60);
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_HELD);
	assert_int_equal(held_of(s, "sheet "), 4);
	stage_free(&s);
}

/* ---- rosters ---- */

static void halved_rosters_count_as_removals(void **state)
{
	struct stage *s = school();
	(void)state;
	for (int i = 0; i < 3; i++)
		ypareo_session_cancel(s->y, codes[i]);
	for (int i = 3; i < 5; i++)
		for (int k = 0; k < 6; k++)
			ypareo_session_learner_del(s->y, codes[i], people[k]);
	for (int k = 0; k < 5; k++)
		ypareo_session_learner_del(s->y, codes[5], people[k]); /* less than half */
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_HELD);
	assert_int_equal(held_of(s, "sheet "), 5);
	assert_int_equal(edusign_course(s->e, "ecole", codes[3])->rows.n, LEARNERS);
	assert_int_equal(edusign_course(s->e, "ecole", codes[5])->rows.n, LEARNERS - 5);
	stage_free(&s);
}

/* ---- what would stand beside ---- */

static void an_addition_in_the_place_of_a_held_removal_waits_with_it(void **state)
{
	struct stage *s = school();
	(void)state;
	struct ypareo *y = s->y;
	for (int i = 0; i < 5; i++)
		ypareo_session_cancel(y, codes[i]);
	int64_t colleague = ypareo_add_person(y, "Petit", "Jean", "jean.petit@example.org")->code;
	ypareo_person(y, colleague)->instructor = true;
	/* the same group, half an hour later, three of them, with somebody new and another instructor */
	int64_t fresh = ypareo_add_learner(y, "Müller", "Anaïs", "anais.muller@example.org")->code;
	ypareo_enrol(y, fresh, s->group, s->today);
	int64_t again = ypareo_add_session(y, s->today + 3, 9 * 60 + 30, 12 * 60 + 30, s->subject, s->group,
	                                   colleague, s->room)
	                        ->code;
	for (int i = 3; i < LEARNERS; i++)
		ypareo_session_learner_del(y, again, people[i]);
	ypareo_session_learner_add(y, again, fresh);
	/* another group, the same instructor, at that time; another group and instructor, the same learners; both
	 * others */
	int64_t other = ypareo_add_group(y, "BTS MCO 2", s->site)->code;
	*ypareo_group(y, other) = (struct ypareo_group){.code = other,
	                                                .name = ypareo_group(y, other)->name,
	                                                .site = s->site,
	                                                .period = ypareo_group(y, s->group)->period,
	                                                .training = ypareo_group(y, s->group)->training,
	                                                .first = day_of(2026, 9, 1),
	                                                .last = day_of(2027, 8, 31)};
	int64_t stranger = ypareo_add_learner(y, "Roux", "Léa", "lea.roux@example.org")->code;
	ypareo_enrol(y, stranger, other, day_of(2026, 9, 1));
	int64_t instructor =
	        ypareo_add_session(y, s->today + 1, 9 * 60, 12 * 60, s->subject, other, s->instructor, s->room)->code;
	int64_t learners =
	        ypareo_add_session(y, s->today + 1, 9 * 60, 12 * 60, s->subject, other, colleague, s->room)->code;
	for (int i = 0; i < 7; i++)
		ypareo_session_learner_add(y, learners, people[i]);
	int64_t nobodys =
	        ypareo_add_session(y, s->today + 1, 9 * 60, 12 * 60, s->subject, other, colleague, s->room)->code;
	ypareo_session_learner_add(y, nobodys, people[11]); /* one of them is not most of them */
	/* right behind */
	int64_t behind =
	        ypareo_add_session(y, s->today + 1, 12 * 60, 14 * 60, s->subject, other, colleague, s->room)->code;
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_HELD);
	assert_int_equal(held_of(s, "sheet "), 5 + 3);
	assert_null(edusign_course(s->e, "ecole", again));
	assert_null(edusign_course(s->e, "ecole", instructor));
	assert_null(edusign_course(s->e, "ecole", learners));
	assert_non_null(edusign_course(s->e, "ecole", nobodys));
	assert_non_null(edusign_course(s->e, "ecole", behind));
	/* nobody is created for a sheet that waits */
	assert_null(edusign_student(s->e, "ecole", fresh));
	assert_non_null(edusign_student(s->e, "ecole", stranger));
	assert_int_equal(held_of(s, "learner "), 1);
	assert_int_equal(env(s)->held->count, 5 + 3 + 1);
	stage_free(&s);
}

/* ---- the school's file ---- */

static void pro_address(struct stage *s, int i)
{
	char pro[64];
	snprintf(pro, sizeof(pro), "pro.%d@example.org", i);
	ypareo_learner_emails(s->y, people[i], NULL, pro);
}

/* Not one kind alone is too many; all that one word in the file would alter is. */
static void a_change_of_the_file_is_held_as_a_whole(void **state)
{
	struct stage *s = school();
	(void)state;
	for (int i = 0; i < 4; i++) {
		pro_address(s, i);
		ypareo_session_cancel(s->y, codes[i]);
	}
	s->settings.email = EMAIL_PRO_ELSE_NORMAL;
	int64_t added =
	        ypareo_add_session(s->y, s->today + 6, 9 * 60, 12 * 60, s->subject, s->group, s->instructor, s->room)
	                ->code;
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_HELD);
	assert_int_equal(env(s)->held->count, 8);
	assert_int_equal(held_of(s, "learner "), 4);
	assert_int_equal(held_of(s, "sheet "), 4);
	assert_non_null(strstr(env(s)->held->reason.p, "(ypareo.email)"));
	assert_non_null(strstr(env(s)->held->reason.p, "8 records"));
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), SESSIONS + 1);
	assert_non_null(edusign_course(s->e, "ecole", added));
	/* it stays so */
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_HELD);
	assert_int_equal(env(s)->held->count, 8);
	/* the file as it was: what is left is a day's work */
	s->settings.email = EMAIL_NORMAL;
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), SESSIONS + 1 - 4);
	stage_free(&s);
}

static void a_change_of_the_file_that_alters_little_goes_ahead(void **state)
{
	struct stage *s = school();
	(void)state;
	pro_address(s, 0);
	s->settings.email = EMAIL_PRO_ELSE_NORMAL;
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	assert_int_equal(stage_counts(s, COUNT_LEARNERS).updated, 1);
	/* and is the file that is known from then on */
	stage_advance(s, 25 * 3600);
	for (int i = 1; i < 4; i++)
		pro_address(s, i);
	for (int i = 4; i < 7; i++)
		ypareo_session_cancel(s->y, codes[i]);
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	stage_free(&s);
}

static void cancel(struct stage *s, int first, int n)
{
	for (int i = first; i < first + n; i++)
		ypareo_session_cancel(s->y, codes[i]);
}

/* Four at noon are a day's work; two more in the evening are not; the next day they are. */
static void removals_are_counted_over_a_day(void **state)
{
	struct stage *s = school();
	(void)state;
	cancel(s, 2, 4);
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), SESSIONS - 4);
	stage_advance(s, 10 * 3600);
	cancel(s, 6, 2);
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_HELD);
	assert_int_equal(held_of(s, "sheet "), 2);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), SESSIONS - 4);
	stage_advance(s, 15 * 3600);
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), SESSIONS - 6);
	stage_free(&s);
}

/* The number alone is a bound, however small a share it is; and it is one of its own. */
static void a_number_is_a_bound_of_its_own(void **state)
{
	(void)state;
	for (unsigned count = 2; count <= 3; count++) {
		struct stage *s = school();
		s->settings.delete_percent = 100;
		s->settings.delete_count = count;
		cancel(s, 2, 3);
		assert_int_equal(stage_run(s, FLOW_DOWN)->result, count < 3 ? RESULT_HELD : RESULT_OK);
		assert_int_equal(edusign_course_count(s->e, "ecole", 0), count < 3 ? SESSIONS : SESSIONS - 3);
		stage_free(&s);
	}
}

/* What is removed in one account weighs nothing in another. */
static void each_environment_counts_its_own(void **state)
{
	struct stage *s = stage_new("2026-11-23T05:00:00Z");
	(void)state;
	stage_generated(s, &(struct gen_options){.seed = 5, .learners = 60, .groups = 6, .days = 8, .sites = 2}, 2);
	assert_string_equal(stage_run(s, FLOW_DOWN)->environments[0].error.what, "");
	size_t before[2] = {edusign_course_count(s->e, "ecole-0", 0), edusign_course_count(s->e, "ecole-1", 0)};
	unsigned done[2] = {0, 0};
	/* most of the first's, and four of the second's */
	for (size_t i = s->y->sessions.n; i-- > 0;) {
		int64_t code = s->y->sessions.items[i].code;
		bool first = edusign_course(s->e, "ecole-0", code), second = edusign_course(s->e, "ecole-1", code);
		if (s->y->sessions.items[i].day <= s->today || first == second || (second && done[1] == 4))
			continue;
		done[second]++;
		ypareo_session_cancel(s->y, code);
	}
	assert_true(done[0] > 10);
	assert_int_equal(done[1], 4);
	stage_run(s, FLOW_DOWN);
	assert_int_equal(s->report->environments[0].result, RESULT_HELD);
	assert_int_equal(s->report->environments[1].result, RESULT_OK);
	assert_int_equal(edusign_course_count(s->e, "ecole-0", 0), before[0]);
	assert_int_equal(edusign_course_count(s->e, "ecole-1", 0), before[1] - 4);
	stage_free(&s);
}

/* The first sheet of an environment goes alone and is read back: one that comes back an hour later than it was sent is the last one. */
static void the_first_sheet_goes_alone(void **state)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	(void)state;
	stage_school(s, &(struct stage_options){.empty = true});
	s->settings.width = 1;
	for (int i = 0; i < 4; i++)
		ypareo_add_session(s->y, s->today + 1 + i, 9 * 60, 12 * 60, s->subject, s->group, s->instructor, s->room);
	stage_fault(s, "garbage:edusign:GET:/v1/course/*:count=1:body={\"status\":\"success\",\"result\":{\"ID\":\"x\","
	               "\"START\":\"2026-11-24T09:00:00.000Z\",\"END\":\"2026-11-24T12:00:00.000Z\",\"STUDENTS\":[]}}");
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_FAILED);
	assert_non_null(strstr(env(s)->error.what, "2026-11-24T08:00:00Z and Edusign says 2026-11-24T09:00:00Z"));
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
	stage_free(&s);
}

/* ---- the file, on the way up ---- */

static struct stage *three_lessons(void)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	stage_school(s, &(struct stage_options){.empty = true, .learners = 4});
	for (int i = 0; i < 3; i++)
		codes[i] = ypareo_add_session(s->y, s->today + 1, (8 + 2 * i) * 60, (10 + 2 * i) * 60, s->subject, s->group,
		                              s->instructor, s->room)
		                   ->code;
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	stage_advance(s, stage_at(s, 1, 20, 0) - stage_now(s));
	return s;
}

static struct ed_course *lesson(struct stage *s, int i)
{
	return edusign_course(s->e, "ecole", codes[i]);
}

static const struct report *up(struct stage *s)
{
	stage_advance(s, 3600);
	const struct report *r = stage_run(s, FLOW_UP);
	assert_string_equal(r->environments[0].error.what, "");
	return r;
}

/* What a locked sheet without a signature means is said anew: that would tell a week of absences at once. */
static void another_rule_for_unsigned_sheets_is_held(void **state)
{
	struct stage *s = three_lessons();
	(void)state;
	edusign_sign_all(s->e, lesson(s, 0), stage_now(s));
	for (int i = 0; i < 3; i++)
		edusign_lock(s->e, lesson(s, i), stage_now(s));
	assert_int_equal(up(s)->result, RESULT_ISSUES);
	s->settings.unsigned_sheet = UNSIGNED_ABSENT;
	assert_int_equal(up(s)->result, RESULT_HELD);
	assert_int_equal(s->y->absences.n, 0);
	assert_int_equal(env(s)->held->count, 10); /* eight learners' lines, and the instructor's two */
	assert_non_null(strstr(env(s)->held->reason.p, "(options.unsigned_sheet)"));
	assert_int_equal(up(s)->result, RESULT_HELD); /* it stays so */
	/* a sheet of today is no alteration: it goes by the new rule */
	int64_t today = ypareo_add_session(s->y, s->today + 2, 8 * 60, 10 * 60, s->subject, s->group, s->instructor, s->room)->code;
	stage_run(s, FLOW_DOWN);
	stage_advance(s, stage_at(s, 2, 20, 0) - stage_now(s));
	edusign_lock(s->e, edusign_course(s->e, "ecole", today), stage_now(s));
	assert_int_equal(up(s)->result, RESULT_HELD);
	assert_int_equal(s->y->absences.n, 4);
	assert_int_equal(env(s)->held->count, 10);
	/* the file as it was: nothing is left to be asked */
	s->settings.unsigned_sheet = UNSIGNED_ISSUE;
	assert_int_equal(up(s)->result, RESULT_ISSUES);
	assert_int_equal(s->y->absences.n, 4);
	stage_free(&s);
}

/* Another code for absences would follow each small correction of a sheet into all of its lines. */
static void other_reasons_are_held(void **state)
{
	struct stage *s = three_lessons();
	(void)state;
	for (int i = 0; i < 2; i++) {
		edusign_sign_professor(s->e, lesson(s, i), 0, stage_now(s));
		edusign_lock(s->e, lesson(s, i), stage_now(s));
	}
	assert_int_equal(up(s)->result, RESULT_OK);
	assert_int_equal(s->y->absences.n, 8);
	int64_t was = s->settings.reason_unjustified;
	s->settings.reason_unjustified = ypareo_add_reason(s->y, "Absence", false)->code;
	for (int i = 0; i < 2; i++) {
		struct ed_course *c = lesson(s, i);
		edusign_unlock(c, stage_now(s));
		edusign_sign_student(s->e, c, stage_student(s, 0)->id, stage_now(s));
		edusign_lock(s->e, c, stage_now(s));
	}
	assert_int_equal(up(s)->result, RESULT_HELD);
	assert_int_equal(env(s)->held->count, 6);
	assert_non_null(strstr(env(s)->held->reason.p, "(options.absence_reasons.unjustified)"));
	assert_int_equal(s->y->absences.n, 6); /* who was there after all is there */
	for (size_t i = 0; i < s->y->absences.n; i++)
		assert_int_equal(s->y->absences.items[i].reason, was);
	s->settings.reason_unjustified = was;
	assert_int_equal(up(s)->result, RESULT_OK);
	assert_int_equal(s->y->absences.n, 6);
	stage_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(addresses_changed_in_bulk_are_held),
	        cmocka_unit_test(addresses_are_counted_over_a_day),
	        cmocka_unit_test(another_spelling_is_not_another_address),
	        cmocka_unit_test(starts_changed_in_bulk_are_held),
	        cmocka_unit_test(starts_are_counted_over_a_day),
	        cmocka_unit_test(halved_rosters_count_as_removals),
	        cmocka_unit_test(an_addition_in_the_place_of_a_held_removal_waits_with_it),
	        cmocka_unit_test(a_change_of_the_file_is_held_as_a_whole),
	        cmocka_unit_test(a_change_of_the_file_that_alters_little_goes_ahead),
	        cmocka_unit_test(removals_are_counted_over_a_day),
	        cmocka_unit_test(a_number_is_a_bound_of_its_own),
	        cmocka_unit_test(each_environment_counts_its_own),
	        cmocka_unit_test(the_first_sheet_goes_alone),
	        cmocka_unit_test(another_rule_for_unsigned_sheets_is_held),
	        cmocka_unit_test(other_reasons_are_held),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
