/* Generated schools: deterministic, free of double bookings, with every special case, and fat enough. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/tz.h"
#include "tests/world/gen.h"

static struct ypareo *school(const struct gen_options *options)
{
	struct ypareo *y = ypareo_new("cfa-test");

	gen_school(y, options);
	return y;
}

/* The answer to a GET; the caller frees the body. */
static struct buf answer(struct ypareo *y, const char *target)
{
	struct arena *arena = arena_new(0);
	struct sim_request req = {.method = "GET", .path = str_of(target), .arena = arena};
	struct sim_reply reply;

	req.credential = str_of(y->keys.items[0].token);
	ypareo_handle(y, NULL, &req, &reply, NULL);
	assert_int_equal(reply.status, 200);
	arena_free(&arena);
	return reply.body;
}

static void assert_same_answer(struct ypareo *a, struct ypareo *b, const char *target, bool same)
{
	struct buf left = answer(a, target), right = answer(b, target);

	assert_int_equal(str_eq(buf_str(&left), buf_str(&right)), same);
	buf_deinit(&left);
	buf_deinit(&right);
}

/* ---- double bookings ---- */

static bool share(const struct ypareo_codes *a, const struct ypareo_codes *b)
{
	for (size_t i = 0; i < a->n; i++)
		if (ypareo_codes_has(b, a->items[i]))
			return true;
	return false;
}

static void nobody_is_in_two_places(const struct ypareo *y)
{
	for (size_t i = 0; i < y->sessions.n; i++) {
		const struct ypareo_session *a = &y->sessions.items[i];
		assert_true(a->start < a->end && a->end <= 1440);
		for (size_t k = i + 1; k < y->sessions.n; k++) {
			const struct ypareo_session *b = &y->sessions.items[k];
			if (a->day != b->day || a->start >= b->end || b->start >= a->end)
				continue;
			assert_false(share(&a->instructors, &b->instructors));
			assert_false(share(&a->rooms, &b->rooms));
			assert_false(share(&a->learners, &b->learners));
		}
	}
}

static void no_double_booking(void **state)
{
	(void)state; /* no fixture */
	for (unsigned i = 0; i < 32; i++) {
		unsigned per_day = 1 + i % 4, sites = 1 + i / 4 % 4, groups = i < 16 ? 7 : 12;
		struct gen_options options = {.seed = i,
		                              .sites = sites,
		                              .sessions_per_day = per_day,
		                              .groups = groups,
		                              .quirks = sites > 1};
		struct ypareo *y = school(&options);
		/* Ten working days; the special cases take at most a few sessions away. */
		assert_true(y->sessions.n >= (size_t)10 * per_day * groups - 4);
		nobody_is_in_two_places(y);
		ypareo_free(&y);
	}
}

static void mutations_keep_order(void **state)
{
	(void)state; /* no fixture */
	struct gen_options options = {.seed = 5, .quirks = true};
	struct ypareo *y = school(&options);
	struct gen_random r;
	unsigned moved = 0, added = 0;

	gen_random_init(&r, 99);
	for (int i = 0; i < 400; i++) {
		const char *word = gen_mutate(y, &r, day_of(2026, 11, 24), day_of(2026, 12, 1));
		assert_non_null(word);
		moved += !strcmp(word, "move");
		added += !strcmp(word, "add");
	}
	assert_true(moved > 10 && added > 10);
	nobody_is_in_two_places(y);
	ypareo_free(&y);
}

/* ---- determinism ---- */

static const char *const targets[] = {
        "/r/v1/sites",
        "/r/v1/formation-longue/groupes",
        "/r/v1/formation-longue/apprenants",
        "/r/v1/utilisateur/personnels",
        "/r/v1/planning/23-11-2026/29-11-2026/groupes",
        "/r/v1/absences/01-11-2026/29-11-2026",
        "/r/v1/contrats",
};

static void same_seed_same_school(void **state)
{
	(void)state; /* no fixture */
	struct gen_options options = {.seed = 42, .quirks = true};
	struct ypareo *a = school(&options), *b = school(&options);

	options.seed = 43;
	struct ypareo *c = school(&options);
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		assert_same_answer(a, b, targets[i], true);
		assert_same_answer(a, c, targets[i], false);
	}
	assert_int_not_equal(a->learners.items[0].code, c->learners.items[0].code);
	struct gen_random left, right;
	gen_random_init(&left, 3);
	gen_random_init(&right, 3);
	for (int i = 0; i < 50; i++)
		assert_string_equal(gen_mutate(a, &left, day_of(2026, 11, 23), day_of(2026, 11, 29)),
		                    gen_mutate(b, &right, day_of(2026, 11, 23), day_of(2026, 11, 29)));
	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		assert_same_answer(a, b, targets[i], true);
	ypareo_free(&a);
	ypareo_free(&b);
	ypareo_free(&c);
}

static void asked_sizes(void **state)
{
	(void)state; /* no fixture */
	struct gen_options options = {.seed = 1,
	                              .learners = 91,
	                              .groups = 9,
	                              .sites = 4,
	                              .instructors = 30,
	                              .rooms = 40,
	                              .days = 5,
	                              .first_day =
	                                      day_of(2027, 3, 26) /* a Friday; summer time begins on the Sunday */,
	                              .sessions_per_day = 3,
	                              .no_absences = true,
	                              .token = "abc"};
	struct ypareo *y = school(&options);

	assert_int_equal(y->learners.n, 91);
	assert_int_equal(y->groups.n, 9);
	assert_int_equal(y->sites.n, 4);
	assert_int_equal(y->people.n, 30);
	assert_true(y->rooms.n >= 40);
	assert_int_equal(y->absences.n, 0);
	assert_int_equal(y->sessions.n, 3 * 3 * 9); /* Friday, Monday, Tuesday */
	assert_string_equal(y->keys.items[0].token, "abc");
	assert_true(y->keys.items[0].expert);
	assert_false(y->keys.items[1].expert);
	assert_null(y->quirks);
	for (size_t i = 0; i < y->learners.n; i++) {
		const struct ypareo_learner *learner = &y->learners.items[i];
		assert_in_range(learner->code, 10000, 9999999);
		assert_true(str_is_email(str_of(learner->email)));
		assert_true(str_is_email(str_of(learner->account_email)));
		assert_true(str_is_utf8(str_of(learner->last)));
	}
	ypareo_free(&y);
}

static void addresses_are_unique(void **state)
{
	(void)state; /* no fixture */
	struct gen_options options = {.seed = 8, .learners = 400};
	struct ypareo *y = school(&options);

	for (size_t i = 0; i < y->learners.n; i++) {
		for (size_t k = i + 1; k < y->learners.n; k++) {
			assert_string_not_equal(y->learners.items[i].email, y->learners.items[k].email);
			assert_string_not_equal(y->learners.items[i].account_email,
			                        y->learners.items[k].account_email);
		}
	}
	ypareo_free(&y);
}

/* ---- special cases ---- */

static void session_quirks(void **state)
{
	(void)state; /* no fixture */
	struct gen_options options = {.seed = 77, .quirks = true};
	struct ypareo *y = school(&options);
	const struct gen_quirks *q = y->quirks;

	assert_non_null(q);
	const struct ypareo_session *s = ypareo_session(y, q->session_two_sites);
	assert_int_equal(s->groups.n, 2);
	assert_int_not_equal(ypareo_group(y, s->groups.items[0])->site, ypareo_group(y, s->groups.items[1])->site);
	s = ypareo_session(y, q->session_two_trainers);
	assert_int_equal(s->instructors.n, 2);
	assert_int_equal(s->rooms.n, 2);
	s = ypareo_session(y, q->session_remote);
	assert_true(s->remote && s->rooms.n == 0);
	assert_int_equal(ypareo_session(y, q->session_pending)->state, 0);
	assert_null(ypareo_session(y, q->session_no_subject)->subject_name);
	assert_int_equal(ypareo_session(y, q->session_no_room)->rooms.n, 0);
	assert_int_equal(ypareo_session(y, q->session_no_trainer)->instructors.n, 0);
	assert_int_equal(ypareo_session(y, q->session_no_learner)->learners.n, 0);
	s = ypareo_session(y, q->session_no_group);
	assert_true(s->groups.n == 0 && s->learners.n > 0);
	s = ypareo_session(y, q->session_past);
	assert_int_equal(s->day, day_of(2026, 11, 20));
	assert_int_equal(s->instructors.items[0], q->trainer_retired);
	assert_true(ypareo_person(y, q->trainer_retired)->retired);
	assert_null(ypareo_person(y, q->trainer_no_email)->email);
	assert_true(ypareo_person(y, q->trainer_admin)->admin && ypareo_person(y, q->trainer_admin)->instructor);
	assert_true(ypareo_group(y, q->group_short)->short_course);
	assert_int_equal(ypareo_group(y, q->group_last_year)->period, y->periods.items[0].code);
	ypareo_free(&y);
}

static bool in_some_session(const struct ypareo *y, int64_t learner)
{
	for (size_t i = 0; i < y->sessions.n; i++)
		if (ypareo_codes_has(&y->sessions.items[i].learners, learner))
			return true;
	return false;
}

static void learner_quirks(void **state)
{
	(void)state; /* no fixture */
	struct gen_options options = {.seed = 78, .quirks = true};
	struct ypareo *y = school(&options);
	const struct gen_quirks *q = y->quirks;
	const struct ypareo_learner *l = ypareo_learner(y, q->learner_two_enrolments);

	assert_int_equal(l->enrolments.n, 2);
	assert_false(l->enrolments.items[0].current);
	assert_true(l->enrolments.items[1].current);
	l = ypareo_learner(y, q->learner_left);
	assert_true(l->enrolments.items[0].left && !l->enrolments.items[0].current);
	assert_false(in_some_session(y, l->code));
	assert_false(in_some_session(y, q->learner_no_group));
	assert_true(in_some_session(y, q->learner_no_email));
	l = ypareo_learner(y, q->learner_no_email);
	assert_null(l->email);
	assert_string_equal(l->account_email, "");
	l = ypareo_learner(y, q->learner_no_pro_email);
	assert_true(l->no_account && l->email);
	l = ypareo_learner(y, q->learner_two_emails);
	assert_string_not_equal(l->email, l->account_email);
	assert_non_null(strchr(ypareo_learner(y, q->learner_apostrophe)->last, '\''));
	assert_string_equal(ypareo_learner(y, q->learner_birth_name)->birth_last, "LEFÈVRE");
	assert_string_equal(ypareo_learner(y, q->learner_zero_postcode)->postcode, "01000");
	ypareo_free(&y);
}

static const struct ypareo_contract *contract(const struct ypareo *y, int64_t code)
{
	for (size_t i = 0; i < y->contracts.n; i++)
		if (y->contracts.items[i].code == code)
			return &y->contracts.items[i];
	fail();
	return NULL;
}

static void other_quirks(void **state)
{
	(void)state; /* no fixture */
	struct gen_options options = {.seed = 79, .quirks = true};
	struct ypareo *y = school(&options);
	const struct gen_quirks *q = y->quirks;

	assert_int_equal(contract(y, q->contract_no_company)->company, 0);
	assert_true(contract(y, q->contract_terminated)->ended > 0);
	const struct ypareo_absence *a = ypareo_absence(y, q->absence_days);
	assert_true(a->last > a->first && a->first < day_of(2026, 11, 23));
	assert_true(ypareo_absence(y, q->absence_late)->late);
	assert_true(ypareo_reason(y, ypareo_absence(y, q->absence_justified)->reason)->justified);
	assert_false(ypareo_reason(y, ypareo_absence(y, q->absence_unjustified)->reason)->justified);
	assert_int_equal(ypareo_absence(y, q->absence_zero)->minutes, 0);
	assert_int_equal(ypareo_absence(y, q->absence_no_reason)->reason, 0);
	const struct ypareo_absence *b = ypareo_absence(y, q->absence_twin_b);
	a = ypareo_absence(y, q->absence_twin_a);
	assert_true(a->learner == b->learner && a->start == b->start && a->code != b->code);
	ypareo_free(&y);
}

/* One number means a learner, an instructor and a session at once. */
static void kinds_share_numbers(void **state)
{
	(void)state; /* no fixture */
	struct gen_options options = {.seed = 80};
	struct ypareo *y = school(&options);
	int64_t code = y->learners.items[0].code;

	assert_non_null(ypareo_person(y, code));
	assert_non_null(ypareo_session(y, code));
	ypareo_free(&y);
}

/* ---- size ---- */

static void learner_list_of_36_megabytes(void **state)
{
	(void)state; /* no fixture */
	struct gen_options options = {.seed = 36,
	                              .learners = 25000,
	                              .groups = 1000,
	                              .instructors = 1100,
	                              .days = 1,
	                              .first_day = day_of(2026, 11, 23),
	                              .no_absences = true};
	struct ypareo *y = school(&options);
	struct buf list = answer(y, "/r/v1/formation-longue/apprenants");

	assert_in_range(list.n, 34000000, 40000000);
	buf_deinit(&list);
	ypareo_free(&y);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(no_double_booking),     cmocka_unit_test(mutations_keep_order),
	        cmocka_unit_test(same_seed_same_school), cmocka_unit_test(asked_sizes),
	        cmocka_unit_test(addresses_are_unique),  cmocka_unit_test(session_quirks),
	        cmocka_unit_test(learner_quirks),        cmocka_unit_test(other_quirks),
	        cmocka_unit_test(kinds_share_numbers),   cmocka_unit_test(learner_list_of_36_megabytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
