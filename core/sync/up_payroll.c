#include "core/sync/up_p.h"

/*
 * What Yparéo holds already of the instructors' attendance that nothing here remembers: a store that was lost, or is older than the world, has
 * forgotten what was sent. What is there just so is known and not sent again. It is one reading for the whole run; a key that may
 * not read it sends once more, which does no harm: a row is keyed by session and instructor.
 */

static struct up_env *env_of(struct run *run)
{
	return run_state(run);
}

static bool is_unknown(const struct up_op *op)
{
	return op->payroll_op && op->action == ACTION_CREATE && op->of && op->phase == UP_OPEN;
}

static int32_t day_of_op(const struct up_env *u, const struct up_op *op)
{
	return tz_from_utc(u->settings->zone, op->of->sheet->start).day;
}

static enum verdict ask(struct run *run, struct exchange *x)
{
	struct up_env *u = env_of(run);
	struct up_op *const *all = u->ops.v;
	int32_t first = INT32_MAX, last = INT32_MIN;
	for (size_t i = 0; i < u->ops.n; i++) {
		if (!is_unknown(all[i]))
			continue;
		int32_t day = day_of_op(u, all[i]);
		first = day < first ? day : first;
		last = day > last ? day : last;
	}
	u->payroll_there = (struct items){NULL, 0};
	if (first > last)
		return STEP_SKIP;
	u->settings->ypareo->payroll(u->settings->ypareo->self, x, u->arena, first, last, &u->payroll_there);
	return up_asks_ypareo(u);
}

static enum verdict got(struct run *run, struct exchange *x)
{
	bool may_not = x->fault.class == FAULT_AUTH || x->fault.class == FAULT_REMOTE;
	return fault_is(&x->fault) && !may_not ? run_fail(run, &x->fault) : STEP_NEXT;
}

static int key_of(struct arena *scratch, int64_t session, int64_t instructor, struct str *out)
{
	*out = str_of(arena_printf(scratch, "%lld/%lld", (long long)session, (long long)instructor));
	return out->p ? 0 : ERR_LIMIT;
}

static bool is_there(struct up_env *u, const struct map *there, const struct up_op *op)
{
	struct str key;
	if (key_of(u->arena, op->payroll.session, op->payroll.instructor, &key))
		return false;
	const struct payroll *p = map_get_str(there, key);
	return p && p->present == op->payroll.present && p->minutes == op->payroll.minutes;
}

static enum verdict compare(struct run *run)
{
	struct up_env *u = env_of(run);
	struct up_op **all = u->ops.v;
	struct payroll *p = u->payroll_there.v;
	struct map *there = map_new_str(u->arena);
	size_t kept = 0;
	for (size_t i = 0; i < u->payroll_there.n; i++) {
		struct str key;
		if (key_of(u->arena, p[i].session, p[i].instructor, &key))
			return up_out_of_memory(run);
		map_put_str(there, key, &p[i]);
	}
	for (size_t i = 0; i < u->ops.n; i++) {
		struct up_op *op = all[i];
		if (!is_unknown(op) || !is_there(u, there, op)) {
			all[kept++] = op;
			continue;
		}
		op->of->pending--;
		u->report->counts[COUNT_PAYROLL].unchanged++;
		struct payroll_memory m = {.last = op->payroll, .at = u->now};
		if (!u->plan_only)
			journal_put_payroll(u->journal, 0, &m);
	}
	u->ops.n = kept;
	return STEP_NEXT;
}

const struct step up_payroll_list[] = {
        {STEP_HTTP, "attendance-there", .ask = ask, .got = got},
        {STEP_CALC, "attendance-known", .calc = compare},
        STEP_END,
};
