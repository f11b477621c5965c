#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/replay/stage.h"

/* Choices that concern people, where something else stands in their way: a letter with credentials whose answer is lost, an e-mail address
 * that another account has, a session without an instructor, a choice that the planning contradicts. */

static struct stage *noon(void)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	stage_school(s, &(struct stage_options){0});
	return s;
}

static void run(struct stage *s)
{
	stage_run(s, FLOW_DOWN);
	assert_string_equal(s->report->environments[0].error.what, "");
}

static void assert_quiet(struct stage *s)
{
	stage_mark(s);
	run(s);
	assert_int_equal(stage_writes(s), 0);
	assert_int_equal(s->e->archived, 0);
	assert_int_equal(s->e->twins, 0);
	assert_int_equal(s->e->shared_patched, 0);
}

static const struct issue *issue_of(struct stage *s, const char *kind, int64_t code, const char *field)
{
	char record[40];
	snprintf(record, sizeof(record), "%s %lld", kind, (long long)code);
	return stage_issue(s, record, field);
}

/* The issue names the other record, too. */
static void assert_names(const struct issue *i, const char *other)
{
	assert_non_null(i);
	if (!memmem(i->problem.p, i->problem.n, other, strlen(other)))
		fail_msg("\"%.*s\" does not name %s", STR_ARG(i->problem), other);
}

/* ---- credentials ---- */

/* Whatever comes of the creation: each new person gets one letter, and never another. */
static void credentials_are_mailed_once(void **state)
{
	static const char *const faults[] = {
	        "reset-after:edusign:POST:/v1/student:count=2",             "reset-before:edusign:POST:/v1/student:count=2",
	        "hang-after:edusign:POST:/v1/student:count=1",              "late-effect:edusign:POST:/v1/student:count=1:ms=30000",
	        "reset-after:edusign:POST:/v1/professor:count=1",           "reset-before:edusign:POST:/v1/professor:count=1",
	        "late-effect:edusign:POST:/v1/professor:count=1:ms=30000", "status-after:edusign:POST:/v1/professor:count=1:status=502",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct stage *s = noon();
		s->settings.credentials_learners = s->settings.credentials_instructors = true;
		stage_fault(s, faults[i]);
		run(s);
		assert_int_equal(stage_sheet(s)->rows.n, 2);
		for (int k = 0; k < 2; k++)
			assert_int_equal(stage_student(s, k)->credentials, 1);
		assert_int_equal(edusign_professor(s->e, s->instructor)->credentials, 1);
		/* nor behind a change, an archived account that is restored, a memory that is lost */
		ypareo_learner(s->y, s->learner[0])->last = "Lefèvre-Blanc";
		ypareo_learner_emails(s->y, s->learner[1], "moussa.nouveau@example.org", NULL);
		run(s);
		edusign_archive_student(stage_student(s, 0), stage_now(s));
		stage_lose_store(s);
		run(s);
		run(s);
		assert_int_equal(edusign_student_count(s->e, "ecole", 0), 2);
		assert_int_equal(s->e->mails.n, 3);
		stage_free(&s);
	}
}

static void a_crash_mails_nobody_twice(void **state)
{
	(void)state;
	for (unsigned n = 1; n < 400; n++) {
		struct stage *s = noon();
		s->settings.credentials_learners = s->settings.credentials_instructors = true;
		bool crashed = stage_run_until_crash(s, FLOW_DOWN, n);
		if (crashed) {
			stage_advance(s, 300);
			run(s);
		}
		assert_int_equal(s->e->mails.n, 3);
		stage_free(&s);
		if (!crashed)
			return;
	}
	fail_msg("the run has no end");
}

/* ---- an address that another account has ---- */

#define NEW "chloe.nouvelle@example.org"

/* What a new address of somebody who has an account meets there; the issue says whose it is, and nobody is doubled or changed. */
static void a_new_address_is_taken(void **state)
{
	static const struct { const char *code; bool hidden, same_name; const char *named; } others[] = {
	        {"", false, false, "code none"}, {"", true, true, "code none"}, {"777", false, true, "code 777"}, {"777", true, false, "code 777"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct stage *s = noon();
		run(s);
		struct ed_student *other = edusign_add_student(s->e, "ecole", others[i].same_name ? "Chloé" : "Anne", "Lefèvre", NEW);
		struct str id = other->id;
		other->hidden = others[i].hidden;
		other->api_id = str_of(others[i].code);
		other->api_type = str_of(others[i].code[0] ? "ypareo" : "");
		ypareo_learner_emails(s->y, s->learner[0], NEW, NULL);
		run(s);
		assert_int_equal(s->report->result, RESULT_ISSUES);
		assert_names(issue_of(s, "learner", s->learner[0], "email"), others[i].named);
		assert_true(str_eqz(stage_student(s, 0)->email, "chloe.lefevre@example.org"));
		assert_int_equal(edusign_student_by_id(s->e, id)->patches, 0);
		assert_int_equal(edusign_student_by_id(s->e, id)->hidden, others[i].hidden);
		assert_int_equal(edusign_student_count(s->e, "ecole", 0), 3);
		assert_int_equal(stage_sheet(s)->rows.n, 2);
		assert_quiet(s);
		/* the other one is mended: the address follows */
		edusign_student_by_id(s->e, id)->email = STR("autre@example.org");
		run(s);
		assert_null(issue_of(s, "learner", s->learner[0], "email"));
		assert_true(str_eqz(stage_student(s, 0)->email, NEW));
		assert_quiet(s);
		stage_free(&s);
	}
}

/* Two learners of Yparéo's change addresses with each other's old one: no account is ever another's. */
static void two_swap_addresses(void **state)
{
	struct stage *s = noon();
	(void)state;
	run(s);
	struct str first = stage_student(s, 0)->id, second = stage_student(s, 1)->id;
	ypareo_learner_emails(s->y, s->learner[0], "moussa.ndiaye@example.org", NULL);
	ypareo_learner_emails(s->y, s->learner[1], "chloe.lefevre@example.org", NULL);
	run(s);
	assert_int_equal(s->report->result, RESULT_ISSUES);
	assert_non_null(issue_of(s, "learner", s->learner[0], "email"));
	assert_true(str_eq(stage_student(s, 0)->id, first));
	assert_true(str_eq(stage_student(s, 1)->id, second));
	assert_true(str_eqz(stage_student(s, 0)->last, "Lefèvre"));
	assert_int_equal(edusign_student_count(s->e, "ecole", 0), 2);
	assert_quiet(s);
	stage_free(&s);
}

/* An instructor who gets an address that an account of several schools has: it is nobody's to change. */
static void a_shared_instructor_has_the_address(void **state)
{
	struct stage *s = noon();
	(void)state;
	run(s);
	edusign_school_add(s->e, "autre", "other-token", "Europe/Paris");
	struct ed_professor *shared = edusign_add_professor(s->e, "autre", "Hélène", "Moreau", "h.moreau@example.org");
	shared->schools[shared->school_count++] = STR("ecole");
	shared->api_id = STR("77");
	struct str id = shared->id;
	ypareo_person(s->y, s->instructor)->email = "h.moreau@example.org";
	run(s);
	assert_names(issue_of(s, "instructor", s->instructor, "email"), "code 77");
	assert_int_equal(edusign_professor_by_id(s->e, id)->patches, 0);
	assert_int_equal(s->e->professors.n, 2);
	assert_int_equal(stage_sheet(s)->rows.n, 2);
	assert_quiet(s);
	stage_free(&s);
}

/* A trainer who is a learner of another group too, with one address: two accounts of two kinds, none in the other's way. */
static void a_trainer_who_is_a_learner(void **state)
{
	struct stage *s = noon();
	(void)state;
	ypareo_person(s->y, s->instructor)->email = "chloe.lefevre@example.org";
	ypareo_person(s->y, s->instructor)->last = "Lefèvre";
	ypareo_person(s->y, s->instructor)->first = "Chloé";
	run(s);
	assert_int_equal(s->report->result, RESULT_OK);
	assert_true(str_eqz(stage_student(s, 0)->email, "chloe.lefevre@example.org"));
	assert_true(str_eqz(edusign_professor(s->e, s->instructor)->email, "chloe.lefevre@example.org"));
	assert_int_equal(stage_sheet(s)->rows.n, 2);
	assert_quiet(s);
	/* the address of both changes, and each account follows */
	ypareo_person(s->y, s->instructor)->email = NEW;
	ypareo_learner_emails(s->y, s->learner[0], NEW, NULL);
	run(s);
	assert_int_equal(s->report->result, RESULT_OK);
	assert_true(str_eqz(stage_student(s, 0)->email, NEW));
	assert_true(str_eqz(edusign_professor(s->e, s->instructor)->email, NEW));
	assert_int_equal(s->e->professors.n, 1);
	assert_int_equal(edusign_student_count(s->e, "ecole", 0), 2);
	assert_quiet(s);
	stage_free(&s);
}

/* ---- options.default_instructor ---- */

static void an_instructor_for_those_without(void **state)
{
	struct stage *s = noon();
	(void)state;
	int64_t office = ypareo_add_person(s->y, "Blanc", "Luc", "luc.blanc@example.org")->code;
	ypareo_session_instructor(s->y, s->session, 0);
	int64_t led = ypareo_add_session(s->y, s->today + 2, 9 * 60, 12 * 60, s->subject, s->group, s->instructor, s->room)->code;
	run(s);
	assert_int_equal(edusign_course_count(s->e, "ecole", s->session), 0);
	assert_null(edusign_professor(s->e, office));
	s->settings.default_instructor = office;
	run(s);
	assert_int_equal(s->report->result, RESULT_OK);
	assert_true(str_eq(stage_sheet(s)->professors[0], edusign_professor(s->e, office)->id));
	assert_int_equal(edusign_course(s->e, "ecole", led)->professor_count, 1);
	assert_true(str_eq(edusign_course(s->e, "ecole", led)->professors[0], edusign_professor(s->e, s->instructor)->id));
	assert_quiet(s);
	/* somebody is found for it */
	ypareo_session_instructor(s->y, s->session, s->instructor);
	run(s);
	assert_int_equal(stage_sheet(s)->professor_count, 1);
	assert_true(str_eq(stage_sheet(s)->professors[0], edusign_professor(s->e, s->instructor)->id));
	assert_quiet(s);
	/* off again: a sheet that is there stays as it is */
	ypareo_session_instructor(s->y, s->session, 0);
	s->settings.default_instructor = 0;
	run(s);
	assert_non_null(issue_of(s, "sheet", s->session, "instructor"));
	assert_int_equal(stage_sheet(s)->professor_count, 1);
	assert_quiet(s);
	stage_free(&s);
}

static void a_default_whom_nobody_lists(void **state)
{
	struct stage *s = noon();
	(void)state;
	ypareo_session_instructor(s->y, s->session, 0);
	s->settings.default_instructor = 424242;
	run(s);
	assert_int_equal(s->report->result, RESULT_ISSUES);
	assert_non_null(issue_of(s, "instructor", 424242, "name"));
	assert_int_equal(edusign_course_count(s->e, "ecole", s->session), 0);
	stage_free(&s);
}

/* ---- ypareo.remote_only ---- */

static void nothing_is_remote(void **state)
{
	struct stage *s = noon();
	(void)state;
	s->settings.remote_only = true;
	run(s);
	assert_names(stage_issue(s, "environment", "remote_only"), "2026-11-23");
	assert_non_null(memmem(stage_issue(s, "environment", "remote_only")->fix.p, stage_issue(s, "environment", "remote_only")->fix.n,
	                       "ypareo.remote_only", 18));
	/* two days are no week */
	s->settings.days_ahead = 2;
	run(s);
	assert_null(stage_issue(s, "environment", "remote_only"));
	/* one session is remote, and nothing is wrong */
	s->settings.days_ahead = 7;
	ypareo_session(s->y, s->session)->remote = true;
	run(s);
	assert_null(stage_issue(s, "environment", "remote_only"));
	assert_int_equal(edusign_course_count(s->e, "ecole", s->session), 1);
	stage_free(&s);
	/* nothing is planned at all: holidays */
	s = stage_new("2026-11-23T11:00:00Z");
	stage_school(s, &(struct stage_options){.empty = true});
	s->settings.remote_only = true;
	run(s);
	assert_null(stage_issue(s, "environment", "remote_only"));
	stage_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(credentials_are_mailed_once),
	        cmocka_unit_test(a_crash_mails_nobody_twice),
	        cmocka_unit_test(a_new_address_is_taken),
	        cmocka_unit_test(two_swap_addresses),
	        cmocka_unit_test(a_shared_instructor_has_the_address),
	        cmocka_unit_test(a_trainer_who_is_a_learner),
	        cmocka_unit_test(an_instructor_for_those_without),
	        cmocka_unit_test(a_default_whom_nobody_lists),
	        cmocka_unit_test(nothing_is_remote),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
