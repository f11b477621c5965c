#include "core/sync/tutors.h"

#include <stdlib.h>

/* So many companies that cannot be asked are no company's trouble any more: the others are not tried. */
#define FAILURES_MOST 5

void tutors_init(struct tutors *t, const struct settings *settings, struct arena *arena, struct ints periods,
                 int32_t day, bool (*want)(void *arg, int64_t learner), void *want_arg)
{
	*t = (struct tutors){.settings = settings,
	                     .arena = arena,
	                     .periods = periods,
	                     .day = day,
	                     .want = want,
	                     .want_arg = want_arg,
	                     .contracts = map_new_int(arena),
	                     .by_code = map_new_int(arena),
	                     .unread = map_new_int(arena),
	                     .asked = map_new_int(arena)};
}

static enum verdict out_of_memory(struct run *run)
{
	return run_failf(run, FAULT_LOCAL, ERR_LIMIT, "the memory of the run is used up");
}

/* ---- contracts ---- */

static void set_contract(void *arg, const struct contract *c)
{
	struct tutors *t = arg;
	struct contract *copy = arena_alloc(t->arena, sizeof(*copy));
	if (!copy)
		return; /* sticky: contracts_got() sees it */
	*copy = *c;
	map_put(t->contracts, c->learner, copy);
}

static enum verdict contracts_ask(struct run *run, struct exchange *x)
{
	struct tutors *t = run_state(run);
	const struct planning_port *p = t->settings->ypareo;
	p->contracts(p->self, x, t->periods, t->day, set_contract, t);
	t->requests++;
	return STEP_NEXT;
}

static bool is_refused(const struct fault *f)
{
	return f->class == FAULT_AUTH || (f->class == FAULT_REMOTE && f->http_status == 404);
}

static enum verdict contracts_got(struct run *run, struct exchange *x)
{
	struct tutors *t = run_state(run);
	if (fault_is(&x->fault) && !is_refused(&x->fault))
		return run_fail(run, &x->fault);
	if (fault_is(&x->fault)) {
		log_warning("sync", run_log(run), "a list is refused to this key", "why=«%s»", x->fault.what);
		t->why = x->fault;
		return STEP_DONE;
	}
	t->read = true;
	return arena_alloc(t->arena, 1) ? STEP_NEXT : out_of_memory(run);
}

/* ---- which companies matter ---- */

static bool note_company(void *value, void *arg)
{
	struct tutors *t = arg;
	struct contract *c = value;
	if (!c->tutor || map_get(t->asked, c->company) || !t->want(t->want_arg, c->learner))
		return true;
	map_put(t->asked, c->company, c);
	t->companies.v[t->companies.n++] = c->company;
	return true;
}

static int by_code(const void *pa, const void *pb)
{
	int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;
	return (a > b) - (a < b);
}

static enum verdict choose(struct run *run)
{
	struct tutors *t = run_state(run);
	if (!t->want)
		return STEP_DONE;
	t->companies.v = arena_array(t->arena, map_count(t->contracts) + 1, sizeof(int64_t));
	if (!t->companies.v)
		return out_of_memory(run);
	map_each(t->contracts, note_company, t);
	if (t->companies.n > 1)
		qsort(t->companies.v, t->companies.n, sizeof(int64_t), by_code);
	return STEP_NEXT;
}

/* ---- their contacts ---- */

struct company_child {
	struct tutors *t;
	int64_t company;
	struct items contacts;
};

static void mark_unread(struct tutors *t, int64_t company, const struct fault *why)
{
	map_put(t->unread, company, t);
	if (!fault_is(&t->why))
		t->why = *why;
}

static enum next contacts_next(struct run *run, void **child)
{
	struct tutors *t = run_state(run);
	while (t->failures >= FAILURES_MOST && t->next_company < t->companies.n)
		mark_unread(t, t->companies.v[t->next_company++], &t->why);
	if (t->next_company >= t->companies.n)
		return CHILD_NONE;
	struct company_child *c = arena_alloc(run_arena(run), sizeof(*c));
	if (!c)
		return CHILD_NONE; /* sticky: the next row fails the run */
	c->t = t;
	c->company = t->companies.v[t->next_company++];
	*child = c;
	return CHILD_READY;
}

static unsigned contacts_width(struct run *run)
{
	const struct tutors *t = run_state(run);
	return t->settings->ypareo->concurrency ? t->settings->ypareo->concurrency : 1;
}

static enum verdict contacts_ask(struct run *run, struct exchange *x)
{
	struct company_child *c = run_state(run);
	const struct planning_port *p = c->t->settings->ypareo;
	c->contacts = (struct items){NULL, 0};
	p->contacts(p->self, x, c->t->arena, c->company, &c->contacts);
	c->t->requests++;
	return STEP_NEXT;
}

static enum verdict contacts_got(struct run *run, struct exchange *x)
{
	struct company_child *c = run_state(run);
	struct tutors *t = c->t;
	if (x->fault.class == FAULT_LOCAL || x->fault.class == FAULT_BUG)
		return run_fail(run, &x->fault);
	if (fault_is(&x->fault)) {
		log_warning("sync", run_log(run), "the contacts of a company cannot be read", "company=%lld why=«%s»",
		            (long long)c->company, x->fault.what);
		mark_unread(t, c->company, &x->fault);
		t->failures++;
		return STEP_NEXT;
	}
	struct tutor *all = c->contacts.v;
	for (size_t i = 0; i < c->contacts.n; i++)
		map_put(t->by_code, all[i].code, &all[i]);
	return STEP_NEXT;
}

static const struct step contacts_one[] = {
        {STEP_HTTP, "contacts", .ask = contacts_ask, .got = contacts_got},
        STEP_END,
};

static enum verdict finish(struct run *run)
{
	struct tutors *t = run_state(run);
	return arena_alloc(t->arena, 1) && arena_alloc(run_arena(run), 1) ? STEP_NEXT : out_of_memory(run);
}

const struct step tutors_list[] = {
        {STEP_HTTP, "contracts", .ask = contracts_ask, .got = contracts_got},
        {STEP_CALC, "companies", .calc = choose},
        {STEP_EACH, "contacts", .next = contacts_next, .sub = contacts_one, .width_of = contacts_width},
        {STEP_CALC, "whole", .calc = finish},
        STEP_END,
};

/* ---- the answer ---- */

enum tutor_known tutors_find(const struct tutors *t, int64_t learner, const struct contract **contract,
                             const struct tutor **out)
{
	const struct contract *c = map_get(t->contracts, learner);
	*out = NULL;
	if (contract)
		*contract = c;
	if (!t->read)
		return TUTOR_UNKNOWN;
	if (!c || !c->tutor)
		return TUTOR_NONE;
	*out = map_get(t->by_code, c->tutor);
	if (*out)
		return TUTOR_KNOWN;
	return map_get(t->asked, c->company) && !map_get(t->unread, c->company) ? TUTOR_MISSING : TUTOR_UNKNOWN;
}
