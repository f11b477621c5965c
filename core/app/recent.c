#include "core/app/recent.h"

#define SCRATCH_MOST   (64u << 20)
#define RUNS_LOOKED_AT 500 /* a flow that has failed for weeks, by the hour, was good once */

static struct run_summary *copy_run(struct arena *arena, const struct run_summary *from)
{
	struct run_summary *s = arena_alloc(arena, sizeof(*s));
	if (!s)
		return NULL;
	*s = *from;
	s->id = arena_str(arena, from->id);
	s->error = arena_str(arena, from->error);
	s->plan = arena_str(arena, from->plan);
	s->by = arena_str(arena, from->by);
	return s;
}

static bool is_good(const struct run_summary *s)
{
	return s->result == RESULT_OK || s->result == RESULT_ISSUES;
}

static int take_runs(struct arena *arena, const struct items *all, struct recent *r)
{
	const struct run_summary *from = all->v;
	size_t n = all->n < RECENT_RUNS ? all->n : RECENT_RUNS;
	struct run_summary *runs = arena_array(arena, n, sizeof(*runs));
	for (size_t i = 0; i < all->n; i++) {
		bool newest = !r->last[from[i].flow], good = is_good(&from[i]) && !r->good[from[i].flow];
		if (i >= n && !newest && !good)
			continue;
		const struct run_summary *s = copy_run(arena, &from[i]);
		if (!s || !runs)
			return ERR_LIMIT;
		if (i < n)
			runs[i] = *s;
		if (newest)
			r->last[s->flow] = s;
		if (good)
			r->good[s->flow] = s;
	}
	r->runs = (struct items){runs, n};
	return 0;
}

static int take_issues(struct arena *arena, const struct items *all, struct recent *r)
{
	const struct issue *from = all->v;
	size_t n = all->n < RECENT_ISSUES ? all->n : RECENT_ISSUES;
	struct issue *issues = arena_array(arena, n, sizeof(*issues));
	int64_t *untils = arena_array(arena, all->n, sizeof(*untils));
	if (!issues || !untils)
		return ERR_LIMIT;
	for (size_t i = 0; i < all->n; i++)
		untils[i] = from[i].until;
	for (size_t i = 0; i < n; i++) {
		issues[i] = from[i];
		issues[i].record = arena_str(arena, from[i].record);
		issues[i].field = arena_str(arena, from[i].field);
		issues[i].problem = arena_str(arena, from[i].problem);
		issues[i].fix = arena_str(arena, from[i].fix);
	}
	r->issues = (struct items){issues, n};
	r->untils = (struct ints){untils, all->n};
	return 0;
}

static int take_plans(struct arena *arena, const struct items *all, struct recent *r)
{
	const struct held_plan *from = all->v;
	struct held_plan *plans = arena_array(arena, all->n, sizeof(*plans));
	if (!plans)
		return ERR_LIMIT;
	for (size_t i = 0; i < all->n; i++)
		if (held_copy(arena, &from[i], RECENT_CHANGES, &plans[i]))
			return ERR_LIMIT;
	r->plans = (struct items){plans, all->n};
	return 0;
}

int recent_read(struct store_txn *txn, struct arena *arena, int64_t now_s, struct recent *out)
{
	struct arena *scratch = arena_new(SCRATCH_MOST);
	struct items runs = {NULL, 0}, issues = {NULL, 0}, plans = {NULL, 0};
	struct recent r = {.runs = {NULL, 0}};
	int rc = state_runs(txn, scratch, RUNS_LOOKED_AT, &runs);
	rc = rc ? rc : state_issues(txn, scratch, &issues);
	rc = rc ? rc : held_list(txn, scratch, &plans);
	rc = rc ? rc : take_runs(arena, &runs, &r);
	rc = rc ? rc : take_issues(arena, &issues, &r);
	rc = rc ? rc : take_plans(arena, &plans, &r);
	r.sheets_ahead = state_sheets_ahead(txn, now_s);
	store_stat(txn, &r.store);
	arena_free(&scratch);
	if (rc == 0)
		*out = r;
	return rc;
}

bool recent_is_open(const struct issue *i, int64_t now_s)
{
	return !i->until || i->until >= now_s;
}

unsigned recent_open_issues(const struct recent *r, int64_t now_s)
{
	unsigned n = 0;
	for (size_t i = 0; i < r->untils.n; i++)
		n += !r->untils.v[i] || r->untils.v[i] >= now_s;
	return n;
}

const struct held_plan *recent_held(const struct recent *r, enum flow_kind flow)
{
	const struct held_plan *all = r->plans.v;
	for (size_t i = 0; i < r->plans.n; i++)
		if (all[i].flow == flow && all[i].answer == HELD_WAITING)
			return &all[i];
	return NULL;
}
