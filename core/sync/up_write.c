#include "core/sync/up_p.h"

#include <string.h>

/* Doing one write of the way up, and finding out what became of an earlier one. A try whose outcome is unknown is
 * read back at once, believed not to have happened only when the server can no longer be at work, and then sent
 * again. */

static struct up_doing *doing_of(struct run *run)
{
	return run_state(run);
}

static const struct planning_port *port_of(const struct up_doing *g)
{
	return g->u->settings->ypareo;
}

enum verdict up_asks_ypareo(struct up_env *u)
{
	u->report->requests_ypareo++;
	return STEP_NEXT;
}

/* ---- the ledger's memory; a run that only plans changes its own and no store's ---- */

static void drop(struct up_env *u, uint64_t seq)
{
	if (!u->plan_only)
		journal_drop(u->journal, seq);
}

/* One commit: the old row goes with the new one, since its key names its kind and its start. */
static void remember_row(struct up_env *u, struct up_op *op, uint64_t seq)
{
	op->row.written.code = op->row.code;
	op->row.at = u->now;
	if (!u->plan_only) {
		if (op->was)
			journal_del_ledger(u->journal, 0, op->was);
		journal_put_ledger(u->journal, seq, &op->row);
	}
	if (op->verb == LEDGER_CREATE)
		up__tell_created(u, &op->row);
	if (op->was)
		*op->was = op->row;
	else
		up__ledger_add(u, &op->row);
}

static void forget_row(struct up_env *u, struct up_op *op, uint64_t seq)
{
	if (op->was && !u->plan_only)
		journal_del_ledger(u->journal, seq, op->was);
	else
		drop(u, seq);
	up__tell_withdrawn(u, op->was);
	up__ledger_remove(u, op->was);
}

static void leave_row(struct up_env *u, struct up_op *op, uint64_t seq)
{
	if (op->was) {
		op->was->taken_over = true;
		op->was->at = u->now;
	}
	if (op->was && !u->plan_only)
		journal_put_ledger(u->journal, seq, op->was);
	else
		drop(u, seq);
}

/* Counts and notes what was written. */
static void written(struct up_env *u, const struct up_op *op, const char *answer)
{
	struct counts *n = &u->report->counts[op->payroll_op ? COUNT_PAYROLL : COUNT_ABSENCES];
	if (u->plan_only)
		return;
	if (op->action == ACTION_CREATE)
		n->created++;
	else if (op->action == ACTION_UPDATE)
		n->updated++;
	else
		n->deleted++;
	journal_log(u->journal, action_name(op->action), op->record, op->reason, str_of(answer));
}

/* ---- what became of an earlier try ---- */

const struct absence *up__by_code(const struct absence *const *there, size_t count, int64_t code)
{
	for (size_t i = 0; i < count; i++)
		if (there[i]->code && there[i]->code == code)
			return there[i];
	return NULL;
}

static bool is_own_code(struct up_env *u, int64_t session, int64_t learner, int64_t code)
{
	const struct up_ledger *l = up__ledger(u, session, learner, false);
	for (size_t i = 0; l && i < l->n; i++)
		if (l->v[i]->code == code)
			return true;
	return false;
}

const struct absence *up__twin(struct up_env *u, const struct up_op *op, const struct absence *const *there,
                               size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (there[i]->code && ledger_same(there[i], &op->row.written) &&
		    !is_own_code(u, op->row.session, op->row.learner, there[i]->code))
			return there[i];
	return NULL;
}

static bool is_by_hand(const struct absence *a)
{
	return !str_empty(str_trim(a->observation)) && !str_starts(str_trim(a->observation), "passerelle:");
}

static bool settle_create(struct up_env *u, struct up_op *op, const struct absence *const *there, size_t count)
{
	const struct absence *a = up__twin(u, op, there, count);
	if (!a)
		return false;
	if (is_by_hand(a)) {
		drop(u, op->intent); /* somebody entered the same meanwhile: known already, and theirs */
		return true;
	}
	op->row.code = a->code;
	op->row.unsure = false;
	remember_row(u, op, op->intent);
	written(u, op, "found written");
	return true;
}

static bool settle_correct(struct up_env *u, struct up_op *op, const struct absence *const *there, size_t count)
{
	const struct absence *a = up__by_code(there, count, op->row.code);
	if (a && ledger_is_as_written(a, &op->row.written, false)) {
		remember_row(u, op, op->intent);
		written(u, op, "found written");
		return true;
	}
	if (a && op->was && ledger_is_as_written(a, &op->was->written, false))
		return false;
	leave_row(u, op, op->intent);
	return true;
}

static bool settle_withdraw(struct up_env *u, struct up_op *op, const struct absence *const *there, size_t count)
{
	const struct absence *a = up__by_code(there, count, op->row.code);
	if (!a) {
		forget_row(u, op, op->intent);
		written(u, op, "found withdrawn");
		return true;
	}
	if (ledger_is_as_written(a, &op->row.written, false))
		return false;
	leave_row(u, op, op->intent);
	return true;
}

bool up__settle(struct up_env *u, struct up_op *op, const struct absence *const *there, size_t count, bool settled)
{
	bool known = op->verb == LEDGER_CREATE    ? settle_create(u, op, there, count)
	             : op->verb == LEDGER_CORRECT ? settle_correct(u, op, there, count)
	                                          : settle_withdraw(u, op, there, count);
	if (!known && !settled)
		return false;
	if (!known)
		drop(u, op->intent);
	op->intent = 0;
	return known;
}

/* ---- reading back ---- */

static int64_t not_before(struct run *run)
{
	struct up_doing *g = doing_of(run);
	if (!g->op->intent || g->op->tries < 2)
		return 0; /* the first look comes at once */
	int64_t due = g->op->sent_ms + (int64_t)g->u->settings->settle_ms, now = loop_wall_ms(g->u->loop);
	return due > now ? due - now : 0;
}

static enum verdict is_uncertain(struct run *run)
{
	return doing_of(run)->op->intent ? STEP_NEXT : STEP_DONE;
}

static bool is_this(void *arg, int64_t learner)
{
	const struct up_doing *g = arg;
	return learner == g->op->row.learner;
}

static enum verdict back_ask(struct run *run, struct exchange *x)
{
	struct up_doing *g = doing_of(run);
	const struct planning_port *p = port_of(g);
	g->there = (struct items){NULL, 0};
	g->read_at_ms = loop_wall_ms(g->u->loop);
	if (g->op->payroll_op) {
		int32_t day = tz_from_utc(g->u->settings->zone, g->op->of->sheet->start).day;
		p->payroll(p->self, x, run_arena(run), day, day, &g->there);
	} else {
		const struct absence *a = &g->op->row.written;
		p->absences(p->self, x, run_arena(run), a->first, a->last, is_this, g, &g->there);
	}
	return up_asks_ypareo(g->u);
}

static enum verdict back_got(struct run *run, struct exchange *x)
{
	return fault_is(&x->fault) ? run_fail(run, &x->fault) : STEP_NEXT;
}

static const struct payroll *payroll_there(const struct up_doing *g)
{
	const struct payroll *p = g->there.v;
	for (size_t i = 0; i < g->there.n; i++)
		if (p[i].session == g->op->payroll.session && p[i].instructor == g->op->payroll.instructor)
			return &p[i];
	return NULL;
}

static bool same_payroll(const struct payroll *a, const struct payroll *b)
{
	return a->present == b->present && a->minutes == b->minutes;
}

static void remember_payroll(struct up_env *u, const struct up_op *op, uint64_t seq)
{
	struct payroll_memory m = {.last = op->payroll, .at = u->now};
	journal_put_payroll(u->journal, seq, &m);
}

static bool settle_payroll(struct up_doing *g, bool settled)
{
	struct up_op *op = g->op;
	const struct payroll *p = payroll_there(g);
	if (p && same_payroll(p, &op->payroll)) {
		remember_payroll(g->u, op, op->intent);
		written(g->u, op, "found written");
		op->intent = 0;
		return true;
	}
	if (settled) {
		journal_drop(g->u->journal, op->intent);
		op->intent = 0;
	}
	return false;
}

static const struct absence **pointers(struct run *run, const struct items *there)
{
	const struct absence *a = there->v;
	const struct absence **v = arena_array(run_arena(run), there->n + 1, sizeof(*v));
	for (size_t i = 0; v && i < there->n; i++)
		v[i] = &a[i];
	return v;
}

static enum verdict back_judge(struct run *run)
{
	struct up_doing *g = doing_of(run);
	struct up_op *op = g->op;
	const struct absence **there = op->payroll_op ? NULL : pointers(run, &g->there);
	bool settled = op->sent_ms + (int64_t)g->u->settings->settle_ms <= g->read_at_ms;
	if (!op->payroll_op && !there)
		return up_out_of_memory(run);
	bool known = op->payroll_op ? settle_payroll(g, settled) : up__settle(g->u, op, there, g->there.n, settled);
	if (known)
		op->phase = UP_DONE;
	else if (!settled)
		g->outcome = UP_AGAIN;
	else
		op->tries = 0;
	if (op->tries < 1 && g->outcome == UP_AGAIN)
		op->tries = 1; /* the next look waits */
	return STEP_DONE;
}

static const struct step back_part[] = {
        {STEP_CALC, "uncertain", .calc = is_uncertain},
        {STEP_HTTP, "read-back", .ask = back_ask, .got = back_got},
        {STEP_CALC, "judge", .calc = back_judge},
        STEP_END,
};

/* ---- a write ---- */

/* Still to be sent by this try? */
static bool is_due(const struct up_doing *g, bool payroll_op, enum ledger_verb verb)
{
	return g->op->phase == UP_DOING && g->outcome == UP_SETTLED && g->op->payroll_op == payroll_op &&
	       (payroll_op || g->op->verb == verb);
}

static void intend(struct run *run, enum intent_kind kind)
{
	struct up_doing *g = doing_of(run);
	struct up_op *op = g->op;
	struct buf b;
	buf_init(&b, 0);
	g->intent = (struct intent){.kind = kind,
	                            .code = op->payroll_op ? op->payroll.session : op->row.session,
	                            .code2 = op->payroll_op ? op->payroll.instructor : op->row.learner};
	if (!op->payroll_op) {
		ledger_pack(&b, &op->row);
		g->intent.payload = buf_str(&b);
	}
	journal_intend(g->u->journal, run, &g->intent);
	g->intent.payload = STR_NONE;
	buf_deinit(&b);
}

/* A write's answer: true when it was done. */
static bool answered(struct run *run, struct exchange *x, enum verdict *v)
{
	struct up_doing *g = doing_of(run);
	if (!fault_is(&x->fault))
		return true;
	if (x->fault.class == FAULT_UNCERTAIN) {
		log_warning("sync", run_log(run), "a write may have happened and is read back",
		            "record=«%.*s» why=«%s»", STR_ARG(g->op->record), x->fault.what);
		g->op->intent = g->intent.seq;
		g->op->sent_ms = loop_wall_ms(
		        g->u->loop); /* it may have left later than its intent: a try before it found no connection */
		g->outcome = UP_AGAIN;
		*v = STEP_DONE;
		return false;
	}
	journal_drop(g->u->journal, g->intent.seq); /* refused, or it never left */
	*v = run_fail(run, &x->fault);
	return false;
}

static enum verdict create_due(struct run *run)
{
	return is_due(doing_of(run), false, LEDGER_CREATE) ? STEP_NEXT : STEP_DONE;
}

static void create_open(struct run *run)
{
	intend(run, INTENT_ABSENCE_CREATE);
}

static enum verdict create_ask(struct run *run, struct exchange *x)
{
	struct up_doing *g = doing_of(run);
	port_of(g)->absence_create(port_of(g)->self, x, &g->op->row.written, &g->code);
	return up_asks_ypareo(g->u);
}

static enum verdict create_got(struct run *run, struct exchange *x)
{
	struct up_doing *g = doing_of(run);
	enum verdict v;
	if (!answered(run, x, &v))
		return v;
	g->op->row.code = g->code;
	g->op->row.unsure = true;
	remember_row(g->u, g->op, g->intent.seq);
	written(g->u, g->op, "created");
	g->op->phase = UP_DONE;
	return STEP_NEXT;
}

static const struct step create_part[] = {
        {STEP_CALC, "create", .calc = create_due},
        {STEP_GATE, "create-intent", .open = create_open},
        {STEP_HTTP, "post", .effect = FETCH_WRITE_ONCE, .ask = create_ask, .got = create_got},
        STEP_END,
};

static enum verdict correct_due(struct run *run)
{
	return is_due(doing_of(run), false, LEDGER_CORRECT) ? STEP_NEXT : STEP_DONE;
}

static void correct_open(struct run *run)
{
	intend(run, INTENT_ABSENCE_UPDATE);
}

static enum verdict correct_ask(struct run *run, struct exchange *x)
{
	struct up_doing *g = doing_of(run);
	port_of(g)->absence_update(port_of(g)->self, x, &g->op->row.written);
	return up_asks_ypareo(g->u);
}

static enum verdict correct_got(struct run *run, struct exchange *x)
{
	struct up_doing *g = doing_of(run);
	enum verdict v;
	if (!answered(run, x, &v))
		return v;
	remember_row(g->u, g->op, g->intent.seq);
	written(g->u, g->op, "corrected");
	g->op->phase = UP_DONE;
	return STEP_NEXT;
}

static const struct step correct_part[] = {
        {STEP_CALC, "correct", .calc = correct_due},
        {STEP_GATE, "correct-intent", .open = correct_open},
        {STEP_HTTP, "put", .effect = FETCH_WRITE_KEYED, .ask = correct_ask, .got = correct_got},
        STEP_END,
};

static enum verdict withdraw_due(struct run *run)
{
	return is_due(doing_of(run), false, LEDGER_WITHDRAW) ? STEP_NEXT : STEP_DONE;
}

static void withdraw_open(struct run *run)
{
	intend(run, INTENT_ABSENCE_DELETE);
}

static enum verdict withdraw_ask(struct run *run, struct exchange *x)
{
	struct up_doing *g = doing_of(run);
	port_of(g)->absence_delete(port_of(g)->self, x, g->op->row.code);
	return up_asks_ypareo(g->u);
}

static enum verdict withdraw_got(struct run *run, struct exchange *x)
{
	struct up_doing *g = doing_of(run);
	enum verdict v;
	if (!answered(run, x, &v))
		return v;
	forget_row(g->u, g->op, g->intent.seq);
	written(g->u, g->op, "withdrawn");
	g->op->phase = UP_DONE;
	return STEP_NEXT;
}

static const struct step withdraw_part[] = {
        {STEP_CALC, "withdraw", .calc = withdraw_due},
        {STEP_GATE, "withdraw-intent", .open = withdraw_open},
        {STEP_HTTP, "delete", .effect = FETCH_WRITE_KEYED, .ask = withdraw_ask, .got = withdraw_got},
        STEP_END,
};

static enum verdict payroll_due(struct run *run)
{
	return is_due(doing_of(run), true, LEDGER_CREATE) ? STEP_NEXT : STEP_DONE;
}

static void payroll_open(struct run *run)
{
	intend(run, INTENT_PAYROLL_PUT);
}

static enum verdict payroll_ask(struct run *run, struct exchange *x)
{
	struct up_doing *g = doing_of(run);
	port_of(g)->payroll_put(port_of(g)->self, x, &g->op->payroll);
	return up_asks_ypareo(g->u);
}

static enum verdict payroll_got(struct run *run, struct exchange *x)
{
	struct up_doing *g = doing_of(run);
	enum verdict v;
	if (!answered(run, x, &v))
		return v;
	remember_payroll(g->u, g->op, g->intent.seq);
	written(g->u, g->op, "put");
	g->op->phase = UP_DONE;
	return STEP_NEXT;
}

static const struct step payroll_part[] = {
        {STEP_CALC, "attendance", .calc = payroll_due},
        {STEP_GATE, "attendance-intent", .open = payroll_open},
        {STEP_HTTP, "put-attendance", .effect = FETCH_WRITE_KEYED, .ask = payroll_ask, .got = payroll_got},
        STEP_END,
};

/* ---- the canary: the first of its kind in an environment is read back before there are more ---- */

static enum verdict canary_due(struct run *run)
{
	struct up_doing *g = doing_of(run);
	return g->op->canary && g->op->phase == UP_DONE ? STEP_NEXT : STEP_DONE;
}

static enum verdict payroll_canary(struct run *run, struct up_doing *g)
{
	const struct payroll *p = payroll_there(g);
	if (!p || !same_payroll(p, &g->op->payroll))
		return run_failf(run, FAULT_DATA, ERR_CONFLICT,
		                 "%.*s was sent and Yparéo %s: nothing more of the kind is written",
		                 STR_ARG(g->op->record), p ? "says something else" : "does not have it");
	g->u->state.canary_payroll_done = true;
	journal_meta_int(g->u->journal, META_CANARY_PAYROLL, 1);
	return STEP_NEXT;
}

static enum verdict canary_judge(struct run *run)
{
	struct up_doing *g = doing_of(run);
	const struct absence *sent = &g->op->row.written;
	if (g->op->payroll_op)
		return payroll_canary(run, g);
	const struct absence **there = pointers(run, &g->there);
	if (!there)
		return up_out_of_memory(run);
	const struct absence *a = up__by_code(there, g->there.n, g->op->row.code);
	if (!a)
		return run_failf(
		        run, FAULT_DATA, ERR_CONFLICT,
		        "%.*s was written as absence %lld, and Yparéo does not list it: nothing more is written",
		        STR_ARG(g->op->record), (long long)g->op->row.code);
	if (!ledger_is_as_written(a, sent, false))
		return run_failf(run, FAULT_DATA, ERR_CONFLICT,
		                 "%.*s was sent as minutes %d to %d and Yparéo says %d to %d, reason %lld, late %d: "
		                 "nothing more is written",
		                 STR_ARG(g->op->record), sent->start_minute, sent->end_minute, a->start_minute,
		                 a->end_minute, (long long)a->reason, a->late);
	g->u->state.canary_absence_done = true;
	g->u->state.durations_kept = a->minutes == sent->minutes;
	journal_meta_int(g->u->journal, META_CANARY_ABSENCE, g->u->state.durations_kept ? 1 : 2);
	return STEP_NEXT;
}

static const struct step canary_part[] = {
        {STEP_CALC, "canary", .calc = canary_due},
        {STEP_HTTP, "canary-back", .ask = back_ask, .got = back_got},
        {STEP_CALC, "canary-judge", .calc = canary_judge},
        STEP_END,
};

const struct step up_write_list[] = {
        {STEP_WAIT, "not-before", .wait_ms = not_before}, {STEP_CALL, "read-back", .sub = back_part},
        {STEP_CALL, "create", .sub = create_part},        {STEP_CALL, "correct", .sub = correct_part},
        {STEP_CALL, "withdraw", .sub = withdraw_part},    {STEP_CALL, "attendance", .sub = payroll_part},
        {STEP_CALL, "canary", .sub = canary_part},        STEP_END,
};

/* Of an earlier run: what became of it, and no more; what is wanted now is planned anew. */
const struct step up_settle_list[] = {
        {STEP_WAIT, "not-before", .wait_ms = not_before},
        {STEP_CALL, "read-back", .sub = back_part},
        STEP_END,
};

/* ---- the end of an op ---- */

void up__candidate_mark(struct up_env *u, const struct up_candidate *c, bool settled, bool followed)
{
	struct seen_mark m = {
	        .id = c->sheet->id, .locked_start = c->sheet->start, .settled = settled, .unlocked_after = followed};
	memcpy(m.fingerprint, c->fingerprint, 32);
	if (!u->plan_only)
		journal_put_seen(u->journal, &m);
}

void up__op_ended(struct up_env *u, struct up_op *op, bool well)
{
	struct up_candidate *c = op->of;
	op->phase = well ? UP_DONE : UP_FAILED;
	if (!c)
		return;
	c->failed = c->failed || !well;
	c->open = c->open || c->failed;
	if (--c->pending == 0)
		up__candidate_mark(u, c, !c->open, c->failed);
}
