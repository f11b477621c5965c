#include "core/sync/up_p.h"

/*
 * What was created, looked at once more when all is written. Yparéo answers a new absence with its bare code, and
 * half of a number is a number: an answer that was cut on the way is no error, and leaves the ledger with a code that
 * is another's or nobody's. The row would then count as deleted by a human, and no correction of it would ever be
 * sent. A run that ends before this look leaves its rows unsure, and the next comparison looks (ledger.c).
 */

static struct up_env *env_of(struct run *run)
{
	return run_state(run);
}

/* The canary was read back already. */
static bool is_new(const struct up_op *op)
{
	return !op->payroll_op && op->verb == LEDGER_CREATE && op->phase == UP_DONE && op->row.code;
}

static enum verdict any_created(struct run *run)
{
	struct up_env *u = env_of(run);
	struct up_op *const *all = u->ops.v;
	u->confirm = (struct up_confirm){.first = INT32_MAX, .last = INT32_MIN, .learners = map_new_int(u->arena)};
	for (size_t i = 0; i < u->ops.n; i++) {
		const struct absence *a = &all[i]->row.written;
		if (!is_new(all[i]))
			continue;
		map_put(u->confirm.learners, a->learner, all[i]);
		u->confirm.first = a->first < u->confirm.first ? a->first : u->confirm.first;
		u->confirm.last = a->last > u->confirm.last ? a->last : u->confirm.last;
	}
	return map_count(u->confirm.learners) ? STEP_NEXT : STEP_DONE;
}

static bool is_one(void *arg, int64_t learner)
{
	return map_get(arg, learner) != NULL;
}

static enum verdict list_ask(struct run *run, struct exchange *x)
{
	struct up_env *u = env_of(run);
	const struct planning_port *p = u->settings->ypareo;
	u->confirm.there = (struct items){NULL, 0};
	p->absences(p->self, x, u->arena, u->confirm.first, u->confirm.last, is_one, u->confirm.learners,
	            &u->confirm.there);
	return up_asks_ypareo(u);
}

/* Everything is written by now: a look that fails is no failure of the run. */
static enum verdict list_got(struct run *run, struct exchange *x)
{
	if (!fault_is(&x->fault))
		return STEP_NEXT;
	if (x->fault.class == FAULT_CANCELLED)
		return run_fail(run, &x->fault);
	log_warning("sync", run_log(run), "what was created could not be looked at once more", "why=«%s»",
	            x->fault.what);
	return STEP_DONE;
}

static void put_right(struct up_env *u, struct up_op *op, const struct up_absences *there)
{
	const struct absence *a = up__by_code(there->v, there->n, op->row.code);
	bool same = a && ledger_same(a, &op->row.written);
	if (!same)
		a = up__twin(u, op, there->v, there->n);
	if (!a)
		return; /* somebody took it away meanwhile: the next comparison says so */
	op->row.unsure = false;
	if (same) {
		journal_put_ledger(u->journal, 0, &op->row);
		return;
	}
	const char *answer = arena_printf(u->arena, "answered as %lld, listed as %lld", (long long)op->row.code,
	                                  (long long)a->code);
	op->row.code = op->row.written.code = a->code;
	journal_put_ledger(u->journal, 0, &op->row);
	journal_log(u->journal, "confirm", op->record, STR("the answer's code was not the absence's"),
	            str_of(answer ? answer : ""));
}

static enum verdict compare(struct run *run)
{
	struct up_env *u = env_of(run);
	struct up_op *const *all = u->ops.v;
	struct map *of = map_new_int(u->arena);
	if (up__absences_index(u->arena, &u->confirm.there, of))
		return up_out_of_memory(run);
	for (size_t i = 0; i < u->ops.n; i++) {
		const struct up_absences *there = map_get(of, all[i]->row.learner);
		if (there && is_new(all[i]))
			put_right(u, all[i], there);
	}
	return STEP_NEXT;
}

const struct step up_confirm_list[] = {
        {STEP_CALC, "any", .calc = any_created},
        {STEP_HTTP, "list", .ask = list_ask, .got = list_got},
        {STEP_CALC, "compare", .calc = compare},
        STEP_END,
};
