/* Whatever Yparéo answers to any of the adapter's questions. The layout of an input stands in answers.h. */

#include "adapters/ypareo/ypareo.h"
#include "tests/fuzz/answers.h"

#define FIRST 20630 /* a day of June 2026 */
#define LAST  (FIRST + 7)

static struct tz *zone;

static const struct planning_port *port_of(const struct answers *a)
{
	return a->port;
}

static bool want_even(void *arg, int64_t code)
{
	(void)arg;
	return code % 2 == 0;
}

static void on_contract(void *arg, const struct contract *c)
{
	answers_int(arg, c->learner);
	answers_int(arg, c->company);
	answers_int(arg, c->tutor);
}

static void on_name(void *arg, int64_t code, struct str name)
{
	answers_int(arg, code);
	answers_text(arg, name);
}

/* ---- questions ---- */

#define ASK(name, ...)                                                                                               \
	static void ask_##name(struct answers *a, struct exchange *x, struct arena *keep)                             \
	{                                                                                                            \
		const struct planning_port *p = port_of(a);                                                          \
		(void)keep;                                                                                          \
		p->name(p->self, x, __VA_ARGS__);                                                                    \
	}

static int64_t period_codes[] = {3, 4};
static const struct ints periods = {period_codes, 2};
static const struct absence absence = {.code = 9, .learner = 2, .first = FIRST, .last = FIRST, .minutes = 60};
static const struct payroll payroll = {.session = 5, .instructor = 6, .present = true, .minutes = 60};

ASK(sites, keep, &a->out)
ASK(periods, keep, &a->out)
ASK(groups, keep, periods, &a->out)
ASK(short_groups, keep, FIRST, LAST, &a->out)
ASK(trainings, keep, &a->out)
ASK(rooms, keep, &a->out)
ASK(planning, keep, zone, FIRST, LAST, 7, &a->out)
ASK(learners, keep, periods, want_even, NULL, &a->out)
ASK(short_learners, keep, FIRST, LAST, want_even, NULL, &a->out)
ASK(learner, keep, 2, &a->out)
ASK(instructors, keep, want_even, NULL, &a->out)
ASK(contracts, periods, FIRST, on_contract, a)
ASK(contacts, keep, 4, &a->out)
ASK(companies, on_name, a)
ASK(reasons, keep, &a->out)
ASK(absences, keep, FIRST, LAST, want_even, NULL, &a->out)
ASK(absence_create, &absence, &a->code)
ASK(absence_update, &absence)
ASK(absence_delete, 9)
ASK(payroll, keep, FIRST, LAST, &a->out)
ASK(payroll_put, &payroll)

static struct learner accounts[2];

static void ask_learner_accounts(struct answers *a, struct exchange *x, struct arena *keep)
{
	const struct planning_port *p = port_of(a);
	for (int i = 0; i < 2; i++) {
		accounts[i] = (struct learner){.code = i + 1};
		map_put(a->by_code, i + 1, &accounts[i]);
	}
	p->learner_accounts(p->self, x, keep, a->by_code);
}

/* ---- answers ---- */

#define EACH(type, item)                                                                                              \
	for (size_t at = 0; at < a->out.n; at++)                                                                      \
		for (const struct type *item = (const struct type *)a->out.v + at; item; item = NULL)

static void look_at_sites(struct answers *a)
{
	EACH(site, s)
	{
		answers_int(a, s->code);
		answers_text(a, s->name);
	}
}

/* trainings and rooms are the same: a code and a name */
_Static_assert(sizeof(struct site) == sizeof(struct training) && sizeof(struct site) == sizeof(struct room), "");

static void look_at_periods(struct answers *a)
{
	EACH(period, p)
	{
		answers_int(a, p->code);
		answers_text(a, p->name);
		answers_int(a, p->first);
		answers_int(a, p->last);
	}
}

static void look_at_groups(struct answers *a)
{
	EACH(group, g)
	{
		answers_int(a, g->code);
		answers_text(a, g->name);
		answers_int(a, g->site);
		answers_int(a, g->training);
		answers_text(a, g->state);
	}
}

static void look_at_codes(struct answers *a, const struct ints *codes)
{
	for (size_t i = 0; i < codes->n; i++) {
		REQUIRE(i == 0 || codes->v[i - 1] < codes->v[i]); /* sorted, without repeats */
		answers_int(a, codes->v[i]);
	}
}

static void look_at_sessions(struct answers *a)
{
	EACH(session, s)
	{
		REQUIRE(s->code != 0); /* one that ends before it begins is told by the sync */
		REQUIRE(s->start_minute >= 0 && s->start_minute < 1440 && s->end_minute <= 1440);
		answers_int(a, s->code);
		answers_text(a, s->subject);
		answers_int(a, s->start);
		answers_int(a, s->end);
		answers_int(a, (int)s->state);
		look_at_codes(a, &s->groups);
		look_at_codes(a, &s->learners);
		look_at_codes(a, &s->instructors);
		look_at_codes(a, &s->rooms);
	}
}

static void look_at_learners(struct answers *a)
{
	EACH(learner, l)
	{
		REQUIRE(l->code != 0 && l->code % 2 == 0); /* who was not asked for is not kept */
		answers_int(a, l->code);
		answers_text(a, l->last);
		answers_text(a, l->first);
		answers_text(a, l->email_normal);
		answers_text(a, l->phone);
		answers_int(a, l->group);
		answers_text(a, l->training);
		answers_text(a, l->site);
	}
}

static void look_at_accounts(struct answers *a)
{
	for (int i = 0; i < 2; i++)
		answers_text(a, accounts[i].email_pro);
}

static void look_at_instructors(struct answers *a)
{
	EACH(instructor, p)
	{
		REQUIRE(p->code != 0 && p->code % 2 == 0);
		answers_int(a, p->code);
		answers_text(a, p->last);
		answers_text(a, p->first);
		answers_text(a, p->email);
	}
}

static void look_at_tutors(struct answers *a)
{
	EACH(tutor, t)
	{
		answers_int(a, t->code);
		answers_int(a, t->company);
		answers_text(a, t->last);
		answers_text(a, t->first);
		answers_text(a, t->email);
	}
}

static void look_at_reasons(struct answers *a)
{
	EACH(reason, r)
	{
		answers_int(a, r->code);
		answers_text(a, r->name);
		answers_int(a, r->justified + 2 * r->retired);
	}
}

static void look_at_absences(struct answers *a)
{
	EACH(absence, b)
	{
		REQUIRE(b->learner % 2 == 0);
		answers_int(a, b->code);
		answers_int(a, b->learner);
		answers_int(a, b->first);
		answers_int(a, b->last);
		answers_int(a, b->start_minute);
		answers_int(a, b->end_minute);
		answers_int(a, b->minutes);
		answers_int(a, b->reason);
		answers_text(a, b->observation);
	}
}

static void look_at_payroll(struct answers *a)
{
	EACH(payroll, p)
	{
		answers_int(a, p->session);
		answers_int(a, p->instructor);
		answers_int(a, p->present);
		answers_int(a, p->minutes);
	}
}

static void look_at_code(struct answers *a)
{
	REQUIRE(a->code > 0);
	answers_int(a, a->code);
}

static const struct question questions[] = {
        {ask_sites, look_at_sites, sizeof(struct site), false},
        {ask_periods, look_at_periods, sizeof(struct period), false},
        {ask_groups, look_at_groups, sizeof(struct group), false},
        {ask_short_groups, look_at_groups, sizeof(struct group), false},
        {ask_trainings, look_at_sites, sizeof(struct training), false},
        {ask_rooms, look_at_sites, sizeof(struct room), false},
        {ask_planning, look_at_sessions, sizeof(struct session), false},
        {ask_learners, look_at_learners, sizeof(struct learner), false},
        {ask_short_learners, look_at_learners, sizeof(struct learner), false},
        {ask_learner, look_at_learners, sizeof(struct learner), false},
        {ask_learner_accounts, look_at_accounts, 0, false},
        {ask_instructors, look_at_instructors, sizeof(struct instructor), false},
        {ask_contracts, NULL, 0, false},
        {ask_companies, NULL, 0, false},
        {ask_reasons, look_at_reasons, sizeof(struct reason), false},
        {ask_absences, look_at_absences, sizeof(struct absence), false},
        {ask_absence_create, look_at_code, 0, true},
        {ask_absence_update, NULL, 0, true},
        {ask_absence_delete, NULL, 0, true},
        {ask_payroll, look_at_payroll, sizeof(struct payroll), false},
        {ask_payroll_put, NULL, 0, true},
        {ask_contacts, look_at_tutors, sizeof(struct tutor), false},
};
#define COUNT (sizeof(questions) / sizeof(questions[0]))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct planning_port *port;
	if (size == 0)
		return 0;
	if (!port) {
		const struct adapter_connection c = {.url = "https://cfa.ymag.cloud/index.php", .token = "k3y"};
		struct fault fault;
		REQUIRE(tz_open("Europe/Paris", &zone) == 0 && ypareo_open(&c, &port, &fault) == 0);
	}
	answers_compare(&questions[data[0] % COUNT], port, PERSON_LEARNER, data + 1, size - 1);
	return 0;
}
