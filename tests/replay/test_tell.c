#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/replay/stage.h"
#include "tests/unit/letters.h"

/* options.tutor_reports: whom the way up tells of whose absence. The session is on Tuesday 2026-11-24, 09:00 to 12:00 in Paris. */

/* ---- what waits to be sent ---- */

static struct letters box;

static size_t letters(struct stage *s)
{
	return letters_read(&box, s->loop, s->stores);
}

static const struct letter *letter(size_t i)
{
	return letters_at(&box, i);
}

static bool says(const struct letter *l, const char *words)
{
	return strstr(l->text.p, words) && strstr(l->html.p, words);
}

/* ---- the scene ---- */

static int64_t company;

static struct stage *signed_day(void)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	stage_school(s, &(struct stage_options){0});
	company = ypareo_add_company(s->y, "Menuiserie Dupont")->code;
	s->settings.tutor_reports = s->settings.can_mail = true;
	s->settings.language = WORDING_FR;
	s->settings.school = "CFA de <Lyon> & Cie";
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	stage_advance(s, stage_at(s, 1, 12, 5) - stage_now(s));
	edusign_sign_all(s->e, stage_sheet(s), stage_now(s));
	return s;
}

static struct ypareo_tutor *hire(struct stage *s, int learner, const char *email)
{
	int64_t code = ypareo_add_tutor(s->y, company, "Été", "Zoé", email)->code;
	ypareo_add_contract(s->y, s->learner[learner], company, code);
	return ypareo_tutor(s->y, code);
}

static void absent(struct stage *s, int learner)
{
	edusign_set_absent(stage_sheet(s), stage_student(s, learner)->id, stage_now(s));
}

static void evening(struct stage *s)
{
	edusign_lock(s->e, stage_sheet(s), stage_now(s));
	stage_advance(s, stage_at(s, 1, 22, 0) - stage_now(s));
}

static void up(struct stage *s)
{
	stage_run(s, FLOW_UP);
	assert_string_equal(s->report->environments[0].error.what, "");
}

static void done(struct stage *s)
{
	arena_free(&box.arena);
	stage_free(&s);
}

/* ---- who is told ---- */

static void the_tutor_is_told_once(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	hire(s, 1, " zoe@dupont.example ");
	hire(s, 0, "other@dupont.example");
	absent(s, 1);
	edusign_justify(s->e, stage_sheet(s), stage_student(s, 1)->id, 1, stage_now(s));
	evening(s);
	up(s);
	assert_int_equal(stage_counts(s, COUNT_ABSENCES).created, 1);
	assert_int_equal(letters(s), 1);
	const struct letter *l = letter(0);
	assert_int_equal(l->kind, LETTER_MAIL);
	assert_true(str_eqz(l->to, "zoe@dupont.example"));
	assert_true(str_eqz(l->to_name, "Zoé Été"));
	assert_true(str_eqz(l->from_name, "CFA de <Lyon> & Cie"));
	assert_non_null(strstr(l->subject.p, "mardi 24 novembre 2026"));
	assert_true(str_starts(l->subject, "Absence de "));
	assert_true(says(l, "de 09:00 à 12:00"));
	assert_true(says(l, "Bonjour Zoé Été,"));
	assert_non_null(strstr(l->text.p, "CFA de <Lyon> & Cie"));
	assert_non_null(strstr(l->html.p, "CFA de &lt;Lyon&gt; &amp; Cie"));
	/* not why, and not whether it is justified */
	assert_null(strcasestr(l->text.p, "justifi"));
	assert_null(strcasestr(l->text.p, "motif"));
	char about[100];
	snprintf(about, sizeof(about), "the absence report of 2026-11-24 about learner %lld", (long long)s->learner[1]);
	assert_true(str_eqz(l->about, about));
	/* the next evening says nothing new, whatever happens to the absence */
	stage_advance(s, 3600);
	up(s);
	edusign_justify(s->e, stage_sheet(s), stage_student(s, 1)->id, 2, stage_now(s));
	stage_advance(s, 20 * 3600);
	up(s);
	assert_int_equal(letters(s), 1);
	done(s);
}

static void in_the_schools_language(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	s->settings.language = WORDING_EN;
	hire(s, 1, "zoe@dupont.example");
	absent(s, 1);
	evening(s);
	up(s);
	assert_int_equal(letters(s), 1);
	assert_true(says(letter(0), "was absent on Tuesday, 24 November 2026"));
	assert_true(says(letter(0), "from 09:00 to 12:00"));
	done(s);
}

static void nobody_is_told_unless_asked_for(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	s->settings.tutor_reports = false;
	hire(s, 1, "zoe@dupont.example");
	absent(s, 1);
	evening(s);
	up(s);
	assert_int_equal(letters(s), 0);
	/* and not afterwards either: that run's absences were not to be told */
	s->settings.tutor_reports = true;
	up(s);
	assert_int_equal(letters(s), 0);
	done(s);
}

static void without_a_mail_server_it_is_said(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	s->settings.can_mail = false;
	hire(s, 1, "zoe@dupont.example");
	absent(s, 1);
	evening(s);
	up(s);
	assert_int_equal(letters(s), 0);
	assert_non_null(stage_issue(s, "environment", "tutor_reports"));
	done(s);
}

static void who_is_late_was_there(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	hire(s, 1, "zoe@dupont.example");
	edusign_set_delay(stage_sheet(s), stage_student(s, 1)->id, 20, stage_now(s));
	evening(s);
	up(s);
	assert_int_equal(stage_counts(s, COUNT_ABSENCES).created, 1);
	assert_int_equal(letters(s), 0);
	done(s);
}

static void only_the_tutor_of_that_day(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	/* one contract ended the day before, the next begins the day after */
	hire(s, 0, "old@dupont.example");
	s->y->contracts.items[s->y->contracts.n - 1].last = s->today;
	hire(s, 0, "new@dupont.example");
	s->y->contracts.items[s->y->contracts.n - 1].first = s->today + 2;
	hire(s, 1, "then@dupont.example");
	s->y->contracts.items[s->y->contracts.n - 1].last = s->today + 1;
	absent(s, 0);
	absent(s, 1);
	evening(s);
	stage_advance(s, 10 * 3600); /* told the morning after */
	up(s);
	assert_int_equal(stage_counts(s, COUNT_ABSENCES).created, 2);
	assert_int_equal(letters(s), 1);
	assert_true(str_eqz(letter(0)->to, "then@dupont.example"));
	done(s);
}

static void what_is_older_is_not_told(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	hire(s, 1, "zoe@dupont.example");
	absent(s, 1);
	evening(s);
	stage_advance(s, 2 * 86400);
	up(s);
	assert_int_equal(stage_counts(s, COUNT_ABSENCES).created, 1);
	assert_int_equal(letters(s), 0);
	done(s);
}

static void a_tutor_without_an_address_is_an_issue(void **state)
{
	struct stage *s = signed_day();
	char record[40];
	(void)state;
	int64_t code = hire(s, 1, "nobody at all")->code;
	absent(s, 1);
	evening(s);
	up(s);
	assert_int_equal(letters(s), 0);
	snprintf(record, sizeof(record), "tutor %lld", (long long)code);
	assert_non_null(stage_issue(s, record, "email"));
	/* mended in time, told */
	ypareo_tutor(s->y, code)->email = "zoe@dupont.example";
	stage_advance(s, 3600);
	up(s);
	assert_int_equal(letters(s), 1);
	assert_null(stage_issue(s, record, "email"));
	done(s);
}

static void who_cannot_be_read_is_told_later(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	hire(s, 1, "zoe@dupont.example");
	absent(s, 1);
	evening(s);
	stage_fault(s, "status:ypareo:GET:/r/v1/*contrats*:status=500");
	up(s);
	assert_int_equal(s->y->absences.n, 1);
	assert_int_equal(letters(s), 0);
	assert_non_null(stage_issue(s, "environment", "tutor_reports"));
	sim_faults_clear(s->sim);
	stage_advance(s, 3600);
	up(s);
	assert_int_equal(letters(s), 1);
	assert_null(stage_issue(s, "environment", "tutor_reports"));
	done(s);
}

static void an_absence_that_was_taken_back_is_not_told(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	hire(s, 1, "zoe@dupont.example");
	absent(s, 1);
	evening(s);
	stage_fault(s, "status:ypareo:GET:/r/v1/*contrats*:status=500");
	up(s);
	sim_faults_clear(s->sim);
	edusign_unlock(stage_sheet(s), stage_now(s));
	edusign_sign_all(s->e, stage_sheet(s), stage_now(s));
	edusign_lock(s->e, stage_sheet(s), stage_now(s));
	stage_advance(s, 3600);
	up(s);
	assert_int_equal(s->y->absences.n, 0);
	assert_int_equal(letters(s), 0);
	done(s);
}

/* ---- when nobody is told ---- */

static void what_is_held_is_not_told(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	hire(s, 1, "zoe@dupont.example");
	absent(s, 1);
	evening(s);
	stage_server_clock(s, 600);
	up(s);
	assert_int_equal(s->report->result, RESULT_HELD);
	assert_int_equal(letters(s), 0);
	stage_server_clock(s, 0);
	up(s);
	assert_int_equal(letters(s), 1);
	done(s);
}

static void a_plan_tells_nobody(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	hire(s, 1, "zoe@dupont.example");
	absent(s, 1);
	evening(s);
	stage_plan(s, FLOW_UP);
	assert_int_equal(letters(s), 0);
	done(s);
}

static void a_store_made_anew_does_not_tell_what_was_before(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	hire(s, 1, "zoe@dupont.example");
	absent(s, 1);
	stage_lose_store(s);
	stage_run(s, FLOW_DOWN);
	stage_advance(s, 60);
	evening(s);
	up(s);
	assert_int_equal(s->y->absences.n, 1);
	assert_int_equal(letters(s), 0);
	done(s);
}

static void single_sheets_wait_for_the_evening(void **state)
{
	struct stage *s = signed_day();
	(void)state;
	hire(s, 1, "zoe@dupont.example");
	absent(s, 1);
	edusign_lock(s->e, stage_sheet(s), stage_now(s));
	struct str id = stage_sheet(s)->id;
	stage_run_only(s, &(struct texts){&id, 1});
	assert_int_equal(s->y->absences.n, 1);
	assert_int_equal(letters(s), 0);
	stage_advance(s, stage_at(s, 1, 22, 0) - stage_now(s));
	up(s);
	assert_int_equal(letters(s), 1);
	done(s);
}

/* ---- whatever ends in between ---- */

static void killed_anywhere_it_is_told_once(void **state)
{
	(void)state;
	bool crashed = true;
	unsigned crashes = 0;
	for (unsigned n = 1; crashed; n++) {
		struct stage *s = signed_day();
		hire(s, 1, "zoe@dupont.example");
		hire(s, 0, "other@dupont.example");
		absent(s, 0);
		absent(s, 1);
		evening(s);
		crashed = stage_run_until_crash(s, FLOW_UP, n);
		crashes += crashed;
		stage_advance(s, 300);
		if (crashed)
			up(s);
		stage_advance(s, 3600);
		up(s);
		assert_int_equal(s->y->absences.n, 2);
		if (letters(s) != 2)
			print_error("crash at %u: %zu letters\n", n, box.list.n);
		assert_int_equal(letters(s), 2);
		assert_false(str_eq(letter(0)->to, letter(1)->to));
		done(s);
	}
	assert_true(crashes > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(the_tutor_is_told_once),
	        cmocka_unit_test(in_the_schools_language),
	        cmocka_unit_test(nobody_is_told_unless_asked_for),
	        cmocka_unit_test(without_a_mail_server_it_is_said),
	        cmocka_unit_test(who_is_late_was_there),
	        cmocka_unit_test(only_the_tutor_of_that_day),
	        cmocka_unit_test(what_is_older_is_not_told),
	        cmocka_unit_test(a_tutor_without_an_address_is_an_issue),
	        cmocka_unit_test(who_cannot_be_read_is_told_later),
	        cmocka_unit_test(an_absence_that_was_taken_back_is_not_told),
	        cmocka_unit_test(what_is_held_is_not_told),
	        cmocka_unit_test(a_plan_tells_nobody),
	        cmocka_unit_test(a_store_made_anew_does_not_tell_what_was_before),
	        cmocka_unit_test(single_sheets_wait_for_the_evening),
	        cmocka_unit_test(killed_anywhere_it_is_told_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
