#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/replay/stage.h"

/* Apprenticeship tutors: one account each, following the learners whose contract names them, and following no longer once it does not. */

struct scene {
	struct stage *s;
	int64_t company, tutor, contract[4];
};

static int64_t add_tutor(struct stage *s, int64_t company, const char *last, const char *first, const char *email)
{
	return ypareo_add_tutor(s->y, company, last, first, email)->code;
}

static int64_t add_contract(struct stage *s, int i, int64_t company, int64_t tutor)
{
	struct ypareo_contract *c = ypareo_add_contract(s->y, s->learner[i], company, tutor);
	c->first = s->today - 60;
	c->last = s->today + 300;
	return c->code;
}

static struct ypareo_contract *contract(struct stage *s, int64_t code)
{
	for (size_t i = 0; i < s->y->contracts.n; i++)
		if (s->y->contracts.items[i].code == code)
			return &s->y->contracts.items[i];
	fail_msg("no contract %lld", (long long)code);
	return NULL;
}

/* Two learners in one company, with one tutor. */
static struct scene apprentices(void)
{
	struct scene a = {.s = stage_new("2026-11-23T11:00:00Z")};
	stage_school(a.s, &(struct stage_options){0});
	a.s->settings.tutors = true;
	a.company = ypareo_add_company(a.s->y, "Forge du Rhône")->code;
	a.tutor = add_tutor(a.s, a.company, "Durand", "Zoé", "zoe.durand@example.org");
	for (int i = 0; i < 2; i++)
		a.contract[i] = add_contract(a.s, i, a.company, a.tutor);
	return a;
}

static void run_ok(struct stage *s)
{
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_string_equal(r->environments[0].error.what, "");
	if (r->result != RESULT_OK) {
		const struct issue *i = r->environments[0].issues.v;
		fail_msg("result %d: %.*s %.*s", r->result, i ? (int)i->record.n : 0, i ? i->record.p : "", i ? (int)i->problem.n : 0,
		         i ? i->problem.p : "");
	}
}

/* Nothing more is written, and nothing was done that nobody may do. */
static void assert_quiet(struct stage *s)
{
	stage_mark(s);
	run_ok(s);
	assert_int_equal(stage_writes(s), 0);
	assert_int_equal(s->e->archived, 0);
	assert_int_equal(s->e->twins, 0);
	assert_int_equal(stage_requests(s, "edusign", "GET", "/v1/student/*"), 0); /* nor anybody looked at, one by one */
}

static struct ed_external *external(struct stage *s, const char *email)
{
	return edusign_external(s->e, "ecole", email);
}

static bool has(const struct texts *list, struct str id)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->v[i], id))
			return true;
	return false;
}

static bool follows(struct stage *s, const char *email, int learner)
{
	const struct ed_external *x = external(s, email);
	return x && has(&stage_student(s, learner)->followers, x->id);
}

static const char *record(const char *kind, int64_t code)
{
	static char text[40];
	snprintf(text, sizeof(text), "%s %lld", kind, (long long)code);
	return text;
}

#define ZOE "zoe.durand@example.org"
#define PAUL "paul.petit@example.org"

static void assert_well(struct stage *s)
{
	assert_int_equal(s->e->externals.n, 1);
	const struct ed_external *x = external(s, ZOE);
	assert_non_null(x);
	assert_true(str_eqz(x->first, "Zoé"));
	assert_true(str_eqz(x->last, "Durand"));
	assert_true(str_eqz(x->company, "Forge du Rhône"));
	assert_true(str_eqz(x->api_type, "ypareo"));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(stage_student(s, i)->followers.n, 1);
		assert_true(follows(s, ZOE, i));
	}
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
	assert_int_equal(stage_sheet(s)->rows.n, 2);
}

/* ---- one tutor of two learners ---- */

static void exists_once(void **state)
{
	struct scene a = apprentices();
	struct stage *s = a.s;
	(void)state;
	const struct report *r = stage_plan(s, FLOW_DOWN);
	const struct change *c = r->environments[0].changes.v;
	size_t told = 0;
	for (size_t i = 0; i < r->environments[0].changes.n; i++)
		told += str_eqz(c[i].record, record("tutor", a.tutor)) && c[i].action == ACTION_CREATE;
	assert_int_equal(told, 1);
	assert_int_equal(stage_counts(s, COUNT_TUTORS).created, 1);
	assert_int_equal(s->e->externals.n, 0);
	run_ok(s);
	assert_int_equal(stage_counts(s, COUNT_TUTORS).created, 1);
	assert_int_equal(stage_counts(s, COUNT_LEARNERS).created, 2);
	assert_well(s);
	assert_int_equal(stage_requests(s, "ypareo", "GET", "/r/v1/entreprises/*/interlocuteurs"), 2); /* of the plan, and of the run */
	assert_quiet(s);
	assert_int_equal(stage_counts(s, COUNT_TUTORS).unchanged, 1);
	assert_int_equal(stage_counts(s, COUNT_LEARNERS).unchanged, 2);
	stage_free(&a.s);
}

static void off_is_nothing(void **state)
{
	struct scene a = apprentices();
	(void)state;
	a.s->settings.tutors = false;
	run_ok(a.s);
	assert_int_equal(a.s->e->externals.n, 0);
	assert_int_equal(stage_student(a.s, 0)->followers.n, 0);
	assert_int_equal(stage_requests(a.s, "ypareo", "GET", "/r/v1/entreprises/*"), 0);
	stage_free(&a.s);
}

/* Off, on, off: what is there stays, and is managed no longer; on again it is. */
static void switched(void **state)
{
	struct scene a = apprentices();
	struct stage *s = a.s;
	(void)state;
	s->settings.tutors = false;
	run_ok(s);
	s->settings.tutors = true;
	run_ok(s);
	assert_well(s);
	assert_int_equal(stage_counts(s, COUNT_LEARNERS).updated, 2);
	s->settings.tutors = false;
	for (int i = 0; i < 2; i++)
		contract(s, a.contract[i])->ended = s->today;
	run_ok(s); /* a learner's company goes with the contract, as ever */
	assert_well(s);
	s->settings.tutors = true;
	run_ok(s);
	assert_int_equal(s->e->externals.n, 1);
	assert_int_equal(stage_student(s, 0)->followers.n + stage_student(s, 1)->followers.n, 0);
	assert_quiet(s);
	stage_free(&a.s);
}

/* ---- contracts change, and end ---- */

static void a_contract_names_another(void **state)
{
	struct scene a = apprentices();
	struct stage *s = a.s;
	(void)state;
	run_ok(s);
	int64_t other = ypareo_add_company(s->y, "Boulangerie Petit")->code;
	int64_t paul = add_tutor(s, other, "Petit", "Paul", PAUL);
	contract(s, a.contract[0])->ended = s->today - 1;
	add_contract(s, 0, other, paul);
	run_ok(s);
	assert_int_equal(stage_counts(s, COUNT_TUTORS).created, 1);
	assert_true(follows(s, PAUL, 0));
	assert_int_equal(stage_student(s, 0)->followers.n, 1);
	assert_true(follows(s, ZOE, 1));
	assert_int_equal(stage_student(s, 1)->followers.n, 1);
	assert_false(external(s, ZOE)->hidden);
	assert_quiet(s);
	stage_free(&a.s);
}

static void a_contract_ends(void **state)
{
	struct scene a = apprentices();
	struct stage *s = a.s;
	(void)state;
	contract(s, a.contract[0])->last = s->today;
	run_ok(s);
	assert_true(follows(s, ZOE, 0)); /* its last day counts */
	stage_advance(s, 86400);
	run_ok(s);
	assert_int_equal(stage_student(s, 0)->followers.n, 0);
	assert_true(follows(s, ZOE, 1));
	assert_int_equal(s->e->externals.n, 1);
	assert_false(external(s, ZOE)->hidden);
	assert_quiet(s);
	stage_free(&a.s);
}

/* No sheet needs the learner any more: the end of the contract is followed all the same. */
static void a_contract_ends_behind_the_last_sheet(void **state)
{
	struct scene a = apprentices();
	struct stage *s = a.s;
	(void)state;
	run_ok(s);
	ypareo_session_learner_del(s->y, s->session, s->learner[0]);
	run_ok(s);
	assert_true(follows(s, ZOE, 0));
	contract(s, a.contract[0])->ended = s->today;
	run_ok(s);
	assert_int_equal(stage_student(s, 0)->followers.n, 0);
	assert_true(follows(s, ZOE, 1));
	assert_quiet(s);
	stage_free(&a.s);
}

static void a_tutor_changes_address(void **state)
{
	struct scene a = apprentices();
	struct stage *s = a.s;
	(void)state;
	run_ok(s);
	struct str id = external(s, ZOE)->id;
	ypareo_tutor(s->y, a.tutor)->email = "zoe@forge.example.org";
	ypareo_tutor(s->y, a.tutor)->last = "Durand-Morel";
	run_ok(s);
	assert_int_equal(stage_counts(s, COUNT_TUTORS).updated, 1);
	assert_int_equal(s->e->externals.n, 1);
	assert_null(external(s, ZOE));
	assert_true(str_eq(external(s, "zoe@forge.example.org")->id, id));
	assert_true(str_eqz(external(s, "zoe@forge.example.org")->last, "Durand-Morel"));
	assert_true(has(&stage_student(s, 0)->followers, id));
	assert_quiet(s);
	stage_free(&a.s);
}

/* Nobody follows in the stead of a tutor who cannot have an account; once mended, they do. */
static void a_tutor_without_address(void **state)
{
	struct scene a = apprentices();
	struct stage *s = a.s;
	(void)state;
	run_ok(s);
	int64_t paul = add_tutor(s, a.company, "Petit", "Paul", NULL);
	contract(s, a.contract[0])->tutor = paul;
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_int_equal(r->result, RESULT_ISSUES);
	assert_non_null(stage_issue(s, record("tutor", paul), "email"));
	assert_int_equal(stage_student(s, 0)->followers.n, 0);
	assert_true(follows(s, ZOE, 1));
	assert_int_equal(stage_sheet(s)->rows.n, 2);
	ypareo_tutor(s->y, paul)->email = PAUL;
	run_ok(s);
	assert_true(follows(s, PAUL, 0));
	/* who has an account keeps it when the address is gone from Yparéo */
	ypareo_tutor(s->y, paul)->email = "";
	stage_mark(s);
	r = stage_run(s, FLOW_DOWN);
	assert_int_equal(r->result, RESULT_ISSUES);
	assert_int_equal(stage_writes(s), 0);
	assert_true(follows(s, PAUL, 0));
	stage_free(&a.s);
}

/* ---- what Edusign has already ---- */

static void set_followers(struct stage *s, int learner, struct str a, struct str b)
{
	struct ed_student *st = stage_student(s, learner);
	st->followers.v = arena_array(s->e->arena, 2, sizeof(struct str));
	st->followers.v[0] = a;
	st->followers.v[1] = b;
	st->followers.n = str_empty(b) ? 1 : 2;
}

static struct ed_external *by_hand(struct stage *s, const char *first, const char *last, const char *email)
{
	return edusign_add_external(s->e, "ecole", first, last, email);
}

static void who_follows_by_hand_stays(void **state)
{
	struct scene a = apprentices();
	struct stage *s = a.s;
	(void)state;
	struct str mother = by_hand(s, "Anne", "Lefèvre", "anne@example.org")->id;
	s->settings.tutors = false;
	run_ok(s);
	set_followers(s, 0, mother, STR_NONE);
	s->settings.tutors = true;
	run_ok(s);
	assert_int_equal(stage_student(s, 0)->followers.n, 2);
	assert_true(has(&stage_student(s, 0)->followers, mother));
	assert_true(follows(s, ZOE, 0));
	assert_quiet(s);
	contract(s, a.contract[0])->ended = s->today;
	run_ok(s);
	assert_int_equal(stage_student(s, 0)->followers.n, 1);
	assert_true(has(&stage_student(s, 0)->followers, mother));
	assert_quiet(s);
	stage_free(&a.s);
}

/* Made and linked by hand before passerelle came: taken over, brought up to date, and its link is nobody's to take away. */
static void one_made_by_hand_is_adopted(void **state)
{
	struct scene a = apprentices();
	struct stage *s = a.s;
	(void)state;
	s->settings.tutors = false;
	run_ok(s);
	struct str id = by_hand(s, "ZOÉ", "durand", "Zoe.Durand@example.org")->id;
	set_followers(s, 0, id, STR_NONE);
	s->settings.tutors = true;
	run_ok(s);
	assert_int_equal(s->e->externals.n, 1);
	assert_true(str_eqz(s->e->externals.items[0].last, "Durand"));
	assert_false(str_empty(s->e->externals.items[0].api_id));
	assert_true(has(&stage_student(s, 1)->followers, id));
	assert_quiet(s);
	for (int i = 0; i < 2; i++)
		contract(s, a.contract[i])->ended = s->today;
	run_ok(s);
	assert_int_equal(stage_student(s, 0)->followers.n, 1);
	assert_int_equal(stage_student(s, 1)->followers.n, 0);
	assert_quiet(s);
	stage_free(&a.s);
}

static void an_archived_one_is_restored(void **state)
{
	struct scene a = apprentices();
	struct stage *s = a.s;
	(void)state;
	by_hand(s, "Zoé", "Durand", ZOE)->hidden = true;
	run_ok(s);
	assert_well(s);
	assert_false(external(s, ZOE)->hidden);
	assert_quiet(s);
	stage_free(&a.s);
}

static void anothers_address_is_an_issue(void **state)
{
	static const char *const codes[] = {"", "777"};
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct scene a = apprentices();
		struct stage *s = a.s;
		struct ed_external *x = by_hand(s, codes[i][0] ? "Zoé" : "Quelqu'un", "Durand", ZOE);
		x->api_id = str_of(codes[i]);
		x->api_type = str_of(codes[i][0] ? "ypareo" : "");
		const struct report *r = stage_run(s, FLOW_DOWN);
		assert_int_equal(r->result, RESULT_ISSUES);
		const struct issue *told = stage_issue(s, record("tutor", a.tutor), "email");
		assert_non_null(told);
		assert_non_null(memmem(told->problem.p, told->problem.n, codes[i][0] ? "777" : "another name", codes[i][0] ? 3 : 12));
		assert_int_equal(s->e->externals.n, 1);
		assert_int_equal(stage_student(s, 0)->followers.n, 0);
		assert_int_equal(stage_sheet(s)->rows.n, 2);
		stage_mark(s);
		stage_run(s, FLOW_DOWN);
		assert_int_equal(stage_writes(s), 0);
		stage_free(&a.s);
	}
}

/* A company enters the same person for each of its establishments. */
static void one_person_entered_twice(void **state)
{
	struct scene a = apprentices();
	struct stage *s = a.s;
	(void)state;
	int64_t second = ypareo_add_company(s->y, "Forge du Rhône, Vienne")->code;
	contract(s, a.contract[1])->company = second;
	contract(s, a.contract[1])->tutor = add_tutor(s, second, "DURAND", "Zoé", "Zoe.Durand@example.org");
	run_ok(s);
	assert_int_equal(s->e->externals.n, 1);
	assert_true(follows(s, ZOE, 0));
	assert_true(follows(s, ZOE, 1));
	assert_quiet(s);
	stage_lose_store(s);
	run_ok(s);
	assert_int_equal(s->e->externals.n, 1);
	assert_quiet(s);
	/* the first one is on no sheet any more: it is the second's account still */
	ypareo_session_learner_del(s->y, s->session, s->learner[0]);
	run_ok(s);
	assert_true(follows(s, ZOE, 1));
	assert_quiet(s);
	stage_free(&a.s);
}

static void a_lost_store_doubles_nothing(void **state)
{
	struct scene a = apprentices();
	struct stage *s = a.s;
	(void)state;
	run_ok(s);
	stage_lose_store(s);
	run_ok(s);
	assert_well(s);
	assert_quiet(s);
	/* who was put there is known again */
	contract(s, a.contract[0])->ended = s->today;
	run_ok(s);
	assert_int_equal(stage_student(s, 0)->followers.n, 0);
	assert_quiet(s);
	stage_free(&a.s);
}

/* ---- what cannot be read, or written ---- */

static void a_company_that_cannot_be_read(void **state)
{
	struct scene a = apprentices();
	struct stage *s = a.s;
	(void)state;
	int64_t other = ypareo_add_company(s->y, "Boulangerie Petit")->code;
	contract(s, a.contract[1])->company = other;
	contract(s, a.contract[1])->tutor = add_tutor(s, other, "Petit", "Paul", PAUL);
	run_ok(s);
	assert_true(follows(s, PAUL, 1));
	/* the first tutor has no address any more, and nobody asks: the issue of another run stays */
	char path[80];
	snprintf(path, sizeof(path), "status:ypareo:GET:/r/v1/entreprises/%lld/interlocuteurs:status=500", (long long)a.company);
	stage_fault(s, path);
	ypareo_tutor(s->y, contract(s, a.contract[1])->tutor)->email = "paul@boulangerie.example.org";
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_string_equal(r->environments[0].error.what, "");
	assert_int_equal(r->result, RESULT_ISSUES);
	assert_non_null(stage_issue(s, "environment", "contacts"));
	assert_true(follows(s, ZOE, 0));
	assert_true(follows(s, "paul@boulangerie.example.org", 1));
	sim_faults_clear(s->sim);
	run_ok(s);
	assert_quiet(s);
	stage_free(&a.s);
}

static void contracts_are_refused(void **state)
{
	struct scene a = apprentices();
	struct stage *s = a.s;
	(void)state;
	run_ok(s);
	ypareo_key_forbid(s->y, ypareo_key(s->y, "y-token"), "GET /r/v1/contrats");
	stage_mark(s);
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_int_equal(r->result, RESULT_ISSUES);
	assert_non_null(stage_issue(s, "environment", "contracts"));
	assert_int_equal(stage_requests(s, "edusign", "PATCH", "/v1/externals"), 0);
	assert_true(follows(s, ZOE, 0));
	stage_free(&a.s);
}

static void a_contract_names_nobody_of_the_company(void **state)
{
	struct scene a = apprentices();
	struct stage *s = a.s;
	(void)state;
	run_ok(s);
	contract(s, a.contract[0])->tutor = 999;
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_int_equal(r->result, RESULT_ISSUES);
	assert_non_null(stage_issue(s, "tutor 999", "contact"));
	assert_true(follows(s, ZOE, 0));
	stage_free(&a.s);
}

/* The key may not touch external contacts: sheets do not hang on it. */
static void externals_are_refused(void **state)
{
	struct scene a = apprentices();
	struct stage *s = a.s;
	(void)state;
	edusign_forbid(edusign_school(s->e, "ecole"), "* /v1/externals*");
	int64_t later = ypareo_add_session(s->y, s->today + 3, 9 * 60, 12 * 60, s->subject, s->group, s->instructor, s->room)->code;
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_string_equal(r->environments[0].error.what, "");
	assert_int_equal(r->result, RESULT_ISSUES);
	assert_non_null(stage_issue(s, "environment", "tutors"));
	assert_int_equal(stage_sheet(s)->rows.n, 2);
	assert_int_equal(edusign_course(s->e, "ecole", later)->rows.n, 2);
	edusign_allow(edusign_school(s->e, "ecole"), "* /v1/externals*");
	run_ok(s);
	assert_int_equal(s->e->externals.n, 1);
	assert_true(follows(s, ZOE, 1));
	assert_quiet(s);
	stage_free(&a.s);
}

/* An Edusign that knows tutors by their address alone, as the only public source has it. */
static void known_by_address_alone(void **state)
{
	struct scene a = apprentices();
	struct stage *s = a.s;
	(void)state;
	sim_set(s->sim, SIM_NO_EXTRAS, true);
	stage_fault(s, "reset-after:edusign:POST:/v1/externals:count=1");
	run_ok(s);
	assert_well(s);
	ypareo_tutor(s->y, a.tutor)->email = "zoe@forge.example.org";
	run_ok(s);
	assert_int_equal(s->e->externals.n, 1);
	assert_non_null(external(s, "zoe@forge.example.org"));
	assert_quiet(s);
	/* changed there by hand, and then in Yparéo: no second one is made */
	s->e->externals.items[0].email = STR("autre@example.org");
	ypareo_tutor(s->y, a.tutor)->email = "zoe.d@forge.example.org";
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_int_equal(r->result, RESULT_ISSUES);
	assert_non_null(stage_issue(s, record("tutor", a.tutor), "email"));
	assert_int_equal(s->e->externals.n, 1);
	stage_free(&a.s);
}

/* What Edusign does not keep is tried with one learner, not with all. */
static void followers_that_are_not_kept(void **state)
{
	struct scene a = apprentices();
	struct stage *s = a.s;
	(void)state;
	sim_set(s->sim, SIM_NO_FOLLOWERS, true);
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_string_equal(r->environments[0].error.what, "");
	assert_int_equal(r->result, RESULT_ISSUES);
	assert_non_null(stage_issue(s, "environment", "tutors"));
	assert_int_equal(stage_requests(s, "edusign", "PATCH", "/v1/student"), 1);
	assert_int_equal(stage_sheet(s)->rows.n, 2);
	sim_set(s->sim, SIM_NO_FOLLOWERS, false);
	run_ok(s);
	assert_well(s);
	assert_quiet(s);
	stage_free(&a.s);
}

/* All contracts are gone from an answer: a person looks before all tutors are. */
static void many_that_lose_theirs_are_held(void **state)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	(void)state;
	stage_generated(s, &(struct gen_options){.seed = 4, .learners = 40, .groups = 2, .sites = 1, .days = 5}, 0);
	s->settings.tutors = true;
	run_ok(s);
	size_t before = 0, after = 0;
	for (size_t i = 0; i < s->e->students.n; i++)
		before += s->e->students.items[i].followers.n;
	assert_int_equal(before, s->e->students.n);
	assert_int_equal(stage_counts(s, COUNT_TUTORS).created, s->e->externals.n);
	for (size_t i = 0; i < s->y->contracts.n; i++)
		s->y->contracts.items[i].ended = s->today;
	const struct report *r = stage_run(s, FLOW_DOWN);
	assert_int_equal(r->result, RESULT_HELD);
	for (size_t i = 0; i < s->e->students.n; i++)
		after += s->e->students.items[i].followers.n;
	assert_int_equal(after, before);
	stage_free(&s);
}

/* ---- faults, and the end of the process ---- */

static void faults_make_no_second_one(void **state)
{
	static const char *const faults[] = {
	        "reset-after:edusign:POST:/v1/externals:count=1", "reset-before:edusign:POST:/v1/externals:count=1",
	        "hang-after:edusign:POST:/v1/externals:count=1",  "late-effect:edusign:POST:/v1/externals:count=1:ms=20000",
	        "reset-after:edusign:PATCH:/v1/student:count=1",  "reset-before:edusign:PATCH:/v1/student:count=1",
	        "hang:edusign:PATCH:/v1/student:count=1",         "late-effect:edusign:PATCH:/v1/student:count=1:ms=20000",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct scene a = apprentices();
		stage_fault(a.s, faults[i]);
		run_ok(a.s);
		assert_well(a.s);
		assert_quiet(a.s);
		/* what came of it is known to be ours */
		for (int k = 0; k < 2; k++)
			contract(a.s, a.contract[k])->ended = a.s->today;
		run_ok(a.s);
		assert_int_equal(stage_student(a.s, 0)->followers.n + stage_student(a.s, 1)->followers.n, 0);
		stage_free(&a.s);
	}
}

/* The process ends at each transition: while tutors are made, and while one is replaced. */
static void a_crash_leaves_no_trace(void **state)
{
	(void)state;
	for (unsigned n = 1; n < 600; n++) {
		struct scene a = apprentices();
		struct stage *s = a.s;
		bool crashed = stage_run_until_crash(s, FLOW_DOWN, n);
		if (crashed) {
			stage_advance(s, 300);
			run_ok(s);
		}
		assert_well(s);
		assert_quiet(s);
		for (int k = 0; k < 2; k++)
			contract(s, a.contract[k])->ended = s->today;
		run_ok(s);
		assert_int_equal(stage_student(s, 0)->followers.n + stage_student(s, 1)->followers.n, 0);
		stage_free(&a.s);
		if (!crashed)
			return;
	}
	fail_msg("the run has no end");
}

static void a_crash_while_it_changes(void **state)
{
	(void)state;
	for (unsigned n = 1; n < 600; n++) {
		struct scene a = apprentices();
		struct stage *s = a.s;
		run_ok(s);
		contract(s, a.contract[0])->tutor = add_tutor(s, a.company, "Petit", "Paul", PAUL);
		ypareo_tutor(s->y, a.tutor)->email = "zoe@forge.example.org";
		bool crashed = stage_run_until_crash(s, FLOW_DOWN, n);
		if (crashed) {
			stage_advance(s, 300);
			run_ok(s);
		}
		assert_int_equal(s->e->externals.n, 2);
		assert_int_equal(stage_student(s, 0)->followers.n, 1);
		assert_true(follows(s, PAUL, 0));
		assert_int_equal(stage_student(s, 1)->followers.n, 1);
		assert_true(follows(s, "zoe@forge.example.org", 1));
		assert_quiet(s);
		stage_free(&a.s);
		if (!crashed)
			return;
	}
	fail_msg("the run has no end");
}

/* The process ends while the server is still at work; by then the learner has another name, and the tutor of the contract is another. */
static void a_change_to_come_undoes_nothing(void **state)
{
	(void)state;
	for (unsigned n = 1; n < 600; n++) {
		struct scene a = apprentices();
		struct stage *s = a.s;
		run_ok(s);
		contract(s, a.contract[0])->tutor = add_tutor(s, a.company, "Petit", "Paul", PAUL);
		stage_fault(s, "late-effect:edusign:PATCH:/v1/student:count=1:ms=40000");
		bool crashed = stage_run_until_crash(s, FLOW_DOWN, n);
		contract(s, a.contract[0])->tutor = a.tutor;
		ypareo_learner(s->y, s->learner[0])->last = "Lefèvre-Blanc";
		run_ok(s);
		stage_advance(s, 120);
		assert_true(str_eqz(stage_student(s, 0)->last, "Lefèvre-Blanc"));
		assert_int_equal(stage_student(s, 0)->followers.n, 1);
		assert_true(follows(s, ZOE, 0));
		assert_quiet(s);
		stage_free(&a.s);
		if (!crashed)
			return;
	}
	fail_msg("the run has no end");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(exists_once),
	        cmocka_unit_test(off_is_nothing),
	        cmocka_unit_test(switched),
	        cmocka_unit_test(a_contract_names_another),
	        cmocka_unit_test(a_contract_ends),
	        cmocka_unit_test(a_contract_ends_behind_the_last_sheet),
	        cmocka_unit_test(a_tutor_changes_address),
	        cmocka_unit_test(a_tutor_without_address),
	        cmocka_unit_test(who_follows_by_hand_stays),
	        cmocka_unit_test(one_made_by_hand_is_adopted),
	        cmocka_unit_test(an_archived_one_is_restored),
	        cmocka_unit_test(anothers_address_is_an_issue),
	        cmocka_unit_test(one_person_entered_twice),
	        cmocka_unit_test(a_lost_store_doubles_nothing),
	        cmocka_unit_test(a_company_that_cannot_be_read),
	        cmocka_unit_test(contracts_are_refused),
	        cmocka_unit_test(a_contract_names_nobody_of_the_company),
	        cmocka_unit_test(externals_are_refused),
	        cmocka_unit_test(known_by_address_alone),
	        cmocka_unit_test(followers_that_are_not_kept),
	        cmocka_unit_test(many_that_lose_theirs_are_held),
	        cmocka_unit_test(faults_make_no_second_one),
	        cmocka_unit_test(a_crash_leaves_no_trace),
	        cmocka_unit_test(a_crash_while_it_changes),
	        cmocka_unit_test(a_change_to_come_undoes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
