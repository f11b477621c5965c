#include "core/sync/choices.h"
#include "core/sync/guard.h"
#include "core/sync/up_p.h"

/* The outline of the way up. */

#define WRITES_AT_ONCE      4
#define TRIES_MOST          8
#define HOLD_FROM           50 /* below this many a percentage says nothing */
#define SKEW_MS             120000
#define JUSTIFICATION_PAGES 500

static struct up_env *env_of(struct run *run)
{
	return run_state(run);
}

/* ---- what is remembered ---- */

static int load(struct run *run, struct store_txn *txn)
{
	struct up_env *u = env_of(run);
	int rc = state_load(txn, FLOW_UP, run_arena(run), u->now, &u->state);
	if (rc == 0)
		rc = up__tell_load(u, txn, run_arena(run));
	return rc ? rc : held_load(txn, run_arena(run), FLOW_UP, &u->held);
}

static enum verdict loaded(struct run *run)
{
	struct up_env *u = env_of(run);
	if (fault_is(run_fault(run)))
		return STEP_FAIL;
	u->arena = run_arena(run);
	u->today = tz_from_utc(u->settings->zone, u->now).day;
	u->issues = issues_new(u->arena, &u->state.issues, u->now);
	if (u->only && u->issues)
		issues_keep(u->issues, "");
	u->journal = journal_new(run_loop(run), u->store, u->arena, u->state.next_seq, u->run_id);
	if (u->journal)
		journal_probe_with(u->journal, run);
	u->listed = map_new_str(u->arena);
	u->candidate_of = map_new_int(u->arena);
	u->ledger_of = map_new_str(u->arena);
	u->planned = map_new_int(u->arena);
	u->wanted = map_new_int(u->arena);
	held_approve_now(&u->held, u->approved);
	u->choices = choices_up_text(u->arena, u->settings);
	return u->issues && u->journal ? STEP_NEXT : up_out_of_memory(run);
}

/* Before the first good run down there is no sheet of ours to be signed, and no account that is pinned. */
static enum verdict has_begun(struct run *run)
{
	return env_of(run)->state.first_down_ok ? STEP_NEXT : STEP_DONE;
}

static void meet_open(struct run *run)
{
	up__meet(env_of(run), run);
}

/* ---- writes of an earlier run whose outcome is not known: settled before anything is planned ---- */

/* What the shared reading can say is said at once; the rest is read again, later. */
static enum verdict settle_start(struct run *run)
{
	struct up_env *u = env_of(run);
	struct up_op **all = u->settlings.v;
	for (size_t i = 0; i < u->settlings.n; i++) {
		struct up_op *op = all[i];
		if (op->payroll_op) {
			/* put again if it is still wanted: the same twice is the same */
			struct payroll_memory unknown = {.last = op->payroll};
			if (!u->plan_only)
				journal_put_payroll(u->journal, op->intent, &unknown);
			op->phase = UP_DONE;
			continue;
		}
		const struct up_absences *there = map_get(u->shared->absences_of, op->row.learner);
		bool settled = op->sent_ms + (int64_t)u->settings->settle_ms <= u->shared->absences_at_ms;
		if (up__settle(u, op, there ? there->v : NULL, there ? there->n : 0, settled || u->plan_only) ||
		    !op->intent)
			op->phase = UP_DONE;
		op->tries = 2; /* the next look waits */
	}
	return STEP_NEXT;
}

static enum next settle_next(struct run *run, void **child)
{
	struct up_env *u = env_of(run);
	struct up_op **all = u->settlings.v;
	while (u->next_settling < u->settlings.n) {
		struct up_op *op = all[u->next_settling++];
		if (op->phase != UP_OPEN)
			continue;
		struct up_doing *g = arena_alloc(u->arena, sizeof(*g));
		if (!g)
			return CHILD_NONE; /* an exhausted arena is sticky: a later step fails the run */
		op->phase = UP_DOING;
		u->settled_late = true;
		*g = (struct up_doing){.u = u, .op = op};
		*child = g;
		return CHILD_READY;
	}
	return CHILD_NONE;
}

/* The plan must not hold what is remembered since against what was read before: it would be taken for a human's
 * doing. */
static enum verdict was_settled_late(struct run *run)
{
	struct up_env *u = env_of(run);
	u->absences_of = u->settled_late ? map_new_int(u->arena) : u->shared->absences_of;
	return u->settled_late ? STEP_NEXT : STEP_SKIP;
}

static enum verdict again_ask(struct run *run, struct exchange *x)
{
	struct up_env *u = env_of(run);
	up__absences_ask(u->shared, x, u->arena, &u->absences);
	return up_asks_ypareo(u);
}

static enum verdict again_got(struct run *run, struct exchange *x)
{
	struct up_env *u = env_of(run);
	if (fault_is(&x->fault))
		return run_fail(run, &x->fault);
	return up__absences_index(u->arena, &u->absences, u->absences_of) ? up_out_of_memory(run) : STEP_NEXT;
}

/* ---- the reasons of justified absences ---- */

static enum verdict wants_reasons(struct run *run)
{
	struct up_env *u = env_of(run);
	struct up_candidate **all = u->candidates.v;
	u->wanted_justifications = map_new_str(u->arena);
	for (size_t i = 0; u->settings->send_reasons && i < u->candidates.n; i++) {
		const struct row *r = all[i]->sheet->rows.v;
		for (size_t k = 0; k < all[i]->sheet->rows.n; k++)
			if (!str_empty(r[k].absence_id))
				map_put_str(u->wanted_justifications, r[k].absence_id, u);
	}
	return map_count(u->wanted_justifications) ? STEP_NEXT : STEP_SKIP;
}

static enum verdict reasons_ask(struct run *run, struct exchange *x)
{
	struct up_env *u = env_of(run);
	u->absence_reasons = (struct items){NULL, 0};
	u->env->edusign->absence_reasons(u->env->edusign->self, x, u->arena, &u->absence_reasons);
	return up_asks(u);
}

static enum verdict must_got(struct run *run, struct exchange *x)
{
	return fault_is(&x->fault) ? run_fail(run, &x->fault) : STEP_NEXT;
}

static enum verdict justifications_ask(struct run *run, struct exchange *x)
{
	struct up_env *u = env_of(run);
	u->page = (struct items){NULL, 0};
	u->env->edusign->justifications(u->env->edusign->self, x, u->arena, u->justification_page, &u->page);
	return up_asks(u);
}

/* Only those that a candidate names are kept: the list is of all years. */
static enum verdict justifications_got(struct run *run, struct exchange *x)
{
	struct up_env *u = env_of(run);
	if (fault_is(&x->fault))
		return run_fail(run, &x->fault);
	const struct justification *j = u->page.v;
	for (size_t i = 0; i < u->page.n; i++) {
		if (!map_get_str(u->wanted_justifications, j[i].id))
			continue;
		map_del_str(u->wanted_justifications, j[i].id);
		if (items_add(u->arena, &u->justifications, &u->justifications_cap, &j[i], sizeof(j[i])))
			return up_out_of_memory(run);
	}
	bool more = u->page.n && map_count(u->wanted_justifications) && ++u->justification_page < JUSTIFICATION_PAGES;
	return more ? STEP_AGAIN : STEP_NEXT;
}

/* ---- the plan ---- */

static enum verdict plan_slice(struct run *run)
{
	struct up_env *u = env_of(run);
	struct up_candidate **all = u->candidates.v;
	if (u->next_candidate >= u->candidates.n)
		return STEP_NEXT;
	return up__plan(u, all[u->next_candidate++]) ? up_out_of_memory(run) : STEP_AGAIN;
}

static bool is_too_much(const struct up_env *u)
{
	return u->lines_touched >= HOLD_FROM && u->lines_touched * 100 > u->lines * (size_t)u->settings->up_percent;
}

static bool clock_is_off(struct up_env *u)
{
	int64_t skew = u->shared->skew_ms;
	if (skew <= SKEW_MS && skew >= -SKEW_MS)
		return false;
	issues_add(u->issues, STR("environment"), "clock", 0, "Set the clock of this machine",
	           "this machine's clock differs from Yparéo's by %lld s", (long long)(skew / 1000));
	return true;
}

/* What was discarded stays undone; nobody is asked again, and it weighs nothing in what is too much. */
static void set_aside_discarded(struct up_env *u)
{
	struct up_op **all = u->ops.v;
	struct str line = STR_NONE; /* what one line asks for comes in a row */
	for (size_t i = 0; i < u->ops.n; i++) {
		if (held_answer_to(&u->held, up__op_id(all[i])) != HELD_DISCARDED)
			continue;
		all[i]->phase = UP_HELD;
		if (all[i]->payroll_op || all[i]->verb == LEDGER_CORRECT || str_eq(line, all[i]->record))
			continue;
		line = all[i]->record;
		u->lines_touched--;
		u->lines--;
	}
}

/* Is it the school's file that asks for this, not what people did to the sheet? */
static bool is_by_file(const struct up_op *op)
{
	if (op->phase != UP_OPEN || !op->of)
		return false;
	if (op->of->unchanged)
		return true;
	return !op->payroll_op && op->verb == LEDGER_CORRECT && op->was->justified == op->row.justified &&
	       ledger_same(&op->was->written, &op->row.written);
}

/* One line of the school's file may alter what was sent of a whole week. */
static const char *hold_by_file(struct up_env *u)
{
	struct up_op **all = u->ops.v;
	struct str changed = choices_changed(u->arena, u->state.choices, u->choices);
	size_t altered = 0, known = u->state.ledger.n + map_count(u->state.payroll);
	for (size_t i = 0; i < u->ops.n; i++)
		altered += is_by_file(all[i]) && held_answer_to(&u->held, up__op_id(all[i])) == HELD_WAITING;
	if (str_empty(changed) || !guard_is_beyond(u->settings, altered, known))
		return "";
	for (size_t i = 0; i < u->ops.n; i++)
		if (is_by_file(all[i]) && held_answer_to(&u->held, up__op_id(all[i])) == HELD_WAITING)
			all[i]->phase = UP_HELD;
	u->file_held = true;
	const char *why = arena_printf(
	        u->report_arena, "the school's file was changed (%.*s), and %zu records would be altered, of %zu known",
	        STR_ARG(changed), altered, known);
	return why ? why : "";
}

/* A single sheet of a night that is held waits with it. */
static void hold_waiting(struct up_env *u)
{
	struct up_op **all = u->ops.v;
	for (size_t i = 0; u->only && i < u->ops.n; i++)
		if (held_waits(&u->held, up__op_id(all[i])))
			all[i]->phase = UP_HELD;
}

/* What would withdraw or create most of what was signed is held whole: half of it would be as wrong. Only what a held plan listed, was
 * answered with yes, and is still wanted just so goes ahead. */
static const char *hold(struct up_env *u, bool clock_off)
{
	struct up_op **all = u->ops.v;
	for (size_t i = 0; i < u->ops.n; i++)
		if (held_answer_to(&u->held, up__op_id(all[i])) != HELD_APPROVED)
			all[i]->phase = UP_HELD;
	if (clock_off)
		return "this machine's clock differs from Yparéo's";
	return arena_printf(u->report_arena, "%zu of %zu lines would create or withdraw an absence, more than guard.up_percent (%u) allows",
	                    u->lines_touched, u->lines, u->settings->up_percent);
}

static int report_change(struct up_env *u, const struct up_op *op, struct items *held, size_t *held_cap)
{
	struct arena *a = u->report_arena;
	struct held_change h = {.id = up__op_id(op),
	                        .what = {.action = op->action,
	                                 .record = arena_str(a, op->record),
	                                 .reason = arena_str(a, op->reason),
	                                 .held = op->phase == UP_HELD}};
	struct change *c = &h.what;
	map_put(u->wanted, h.id, u);
	c->fields.v = arena_array(a, op->fields.n + 1, sizeof(struct str));
	c->fields.n = c->fields.v ? op->fields.n : 0;
	for (size_t i = 0; i < c->fields.n; i++)
		c->fields.v[i] = arena_str(a, op->fields.v[i]);
	(void)!items_add(a, &u->report->changes, &u->changes_cap, c,
	                 sizeof(*c)); /* a report cut short is no reason not to write */
	u->held_ops += c->held;
	if (c->held && held_answer_to(&u->held, h.id) != HELD_DISCARDED && items_add(a, held, held_cap, &h, sizeof(h)))
		return ERR_LIMIT;
	struct counts *n = &u->report->counts[op->payroll_op ? COUNT_PAYROLL : COUNT_ABSENCES];
	if (!u->plan_only || c->held)
		return 0;
	n->created += op->action == ACTION_CREATE;
	n->updated += op->action == ACTION_UPDATE;
	n->deleted += op->action == ACTION_DELETE;
	return 0;
}

/* Who approved a plan of which nothing is left has seen another situation than this: nothing is written before they
 * look again. */
static bool is_refused(struct up_env *u)
{
	const struct held_plan *p = held_find(&u->held, u->approved);
	if (!p)
		return false;
	u->report->approved = arena_str(u->report_arena, p->id);
	u->report->approved_left = held_left(p, u->wanted, u->report_arena, &u->report->approved_rest);
	return u->report->approved_left == 0;
}

static enum verdict decide(struct run *run)
{
	struct up_env *u = env_of(run);
	struct up_op **all = u->ops.v;
	struct items held = {NULL, 0};
	size_t held_cap = 0;
	bool off = clock_is_off(u);
	set_aside_discarded(u);
	const char *why = hold_by_file(u);
	hold_waiting(u);
	if (off || is_too_much(u))
		why = hold(u, off);
	for (size_t i = 0; i < u->ops.n; i++)
		if (report_change(u, all[i], &held, &held_cap))
			return up_out_of_memory(run);
	/* what is only a part of a night cannot say what the night's plan is: that one stays as it is */
	if (held.n && !u->only) {
		if (held_make(u->report_arena, u->env->key, FLOW_UP, &held, str_of(why), u->now, &u->held, &u->plan))
			return up_out_of_memory(run);
		u->report->plan = u->plan.id;
		u->report->held = &u->plan;
	}
	return u->plan_only || is_refused(u) || (u->held_ops && u->held_ops == u->ops.n) ? STEP_SKIP : STEP_NEXT;
}

/* Sheets of which nothing has to be written are done. The others are followed from here on, whatever happens: the
 * mark is on disk with the first intent, and an interrupted run's sheet is looked at again even when it says by then
 * what it had said before. */
static enum verdict mark_sheets(struct run *run)
{
	struct up_env *u = env_of(run);
	struct up_candidate **all = u->candidates.v;
	for (size_t i = 0; i < u->candidates.n; i++) {
		if (all[i]->pending)
			up__candidate_mark(u, all[i], false, true);
		else if (!all[i]->open)
			up__candidate_mark(u, all[i], true, false);
	}
	return STEP_NEXT;
}

/* ---- writing ---- */

/* The first of its kind goes alone: true when this one must wait for it. */
static bool waits_for_canary(struct up_env *u, struct up_op *op)
{
	bool done = op->payroll_op ? u->state.canary_payroll_done : u->state.canary_absence_done;
	if (done)
		return false;
	if (u->canary_open[op->payroll_op])
		return true;
	op->canary = op->payroll_op || op->verb == LEDGER_CREATE;
	u->canary_open[op->payroll_op] = op->canary;
	return false;
}

/* This Yparéo does not let its key write the instructors' attendance: it waits, for `export payroll` too, and the learners' goes
 * its way. */
static bool may_not(const struct up_op *op, const struct fault *fault)
{
	bool missing = fault->class == FAULT_REMOTE && (fault->http_status == 404 || fault->http_status == 405);
	return op->payroll_op && (fault->class == FAULT_AUTH || missing);
}

static void keep_unsent(struct up_env *u, struct up_op *op)
{
	struct payroll_memory m = {.last = op->payroll, .at = 0};
	journal_put_payroll(u->journal, 0, &m);
	up__op_ended(u, op, false);
}

static void payroll_refused(struct up_env *u, const struct fault *fault)
{
	if (!u->payroll_refused)
		issues_add(u->issues, STR("environment"), "instructor_attendance", 0,
		           "Give the key the right to write it, or turn options.instructor_attendance off; what is not sent stands in "
		           "`passerelle export payroll`",
		           "the attendance of instructors may not be written: %s", fault->what);
	u->payroll_refused = true;
}

static enum next write_next(struct run *run, void **child)
{
	struct up_env *u = env_of(run);
	struct up_op **all = u->ops.v;
	bool pending = false;
	while (u->first_open < u->ops.n && all[u->first_open]->phase > UP_DOING)
		u->first_open++;
	for (size_t i = u->first_open; i < u->ops.n && !u->stopped; i++) {
		struct up_op *op = all[i];
		if (op->phase > UP_DOING)
			continue;
		if (op->phase == UP_OPEN && op->payroll_op && u->payroll_refused) {
			keep_unsent(u, op);
			continue;
		}
		pending = true;
		if (op->phase == UP_DOING || (!op->canary && waits_for_canary(u, op)))
			continue;
		struct up_doing *g = arena_alloc(run_arena(run), sizeof(*g));
		if (!g)
			return CHILD_NONE;
		*g = (struct up_doing){.u = u, .op = op};
		op->phase = UP_DOING;
		*child = g;
		return CHILD_READY;
	}
	return pending ? CHILD_LATER : CHILD_NONE;
}

static unsigned write_width(struct run *run)
{
	unsigned n = env_of(run)->settings->width;
	return n ? n : WRITES_AT_ONCE;
}

/* What is under way ends by itself and is recorded; nothing new begins. */
static void stop(struct up_env *u, const struct up_op *op, const struct fault *fault)
{
	if (u->stopped)
		return;
	u->stopped = true;
	u->fault = *fault;
	fault_prefix(&u->fault, "%.*s", STR_ARG(op->record));
}

static void refused(struct up_env *u, const struct up_op *op, const struct fault *fault)
{
	issues_add(u->issues, op->record, "ypareo", 0,
	           "Look at the learner's absences of that day in Yparéo; the next run tries again",
	           "was refused by Yparéo: %s", fault->what);
}

static enum verdict write_joined(struct run *run, void *child_state, const struct fault *fault)
{
	struct up_env *u = env_of(run);
	struct up_doing *g = child_state;
	struct up_op *op = g->op;
	bool well = !fault_is(fault);
	if (well && g->outcome == UP_AGAIN) {
		if (++op->tries <= TRIES_MOST) {
			op->phase = UP_OPEN;
			return STEP_NEXT;
		}
		struct fault never = {0};
		fault_set(&never, FAULT_DATA, ERR_CONFLICT, "does not settle");
		stop(u, op, &never);
		well = false;
	}
	if (op->canary)
		u->canary_open[op->payroll_op] = op->canary = false;
	if (may_not(op, fault)) {
		payroll_refused(u, fault);
		keep_unsent(u, op);
		return STEP_NEXT;
	}
	if (fault->class == FAULT_REMOTE)
		refused(u, op, fault);
	else if (fault_is(fault))
		stop(u, op, fault);
	up__op_ended(u, op, well);
	if (u->progress)
		u->progress(u->progress_arg, u->env->key, "write", ++u->done_ops, (unsigned)u->ops.n);
	return STEP_NEXT;
}

/* ---- the record of the run ---- */

static void flush_open(struct run *run)
{
	journal_flush(env_of(run)->journal, run);
}

static enum verdict stopped(struct run *run)
{
	struct up_env *u = env_of(run);
	return u->stopped ? run_fail(run, &u->fault) : STEP_NEXT;
}

static enum verdict close_report(struct run *run)
{
	struct up_env *u = env_of(run);
	issues_close(u->issues, &u->report->issues);
	return u->plan_only ? STEP_DONE : STEP_NEXT;
}

static bool is_wanted(void *arg, int64_t change)
{
	const struct up_env *u = arg;
	return map_get(u->wanted, change) != NULL;
}

static int record(struct run *run, struct store_txn *txn)
{
	struct up_env *u = env_of(run);
	state_put_issues(txn, FLOW_UP, &u->report->issues);
	if (u->only)
		return store_txn_error(txn);
	held_settle(txn, FLOW_UP, &u->held, &u->plan, is_wanted, u);
	if (!u->file_held)
		state_put_meta_str(txn, META_CHOICES_UP, u->choices);
	bool refused = !str_empty(u->report->approved) && u->report->approved_left == 0; /* wrote nothing of what it found */
	if (str_empty(u->report->plan) && !refused)
		state_put_meta_int(txn, META_LAST_UP, u->now);
	return store_txn_error(txn);
}

const struct step up_env_list[] = {
        {STEP_STORE, "load", .work = load, .then = loaded},
        {STEP_CALC, "begun", .calc = has_begun},
        {STEP_CALL, "find", .sub = up_find_list},
        {STEP_GATE, "meet", .open = meet_open},
        {STEP_CALC, "settle-start", .calc = settle_start},
        {STEP_EACH, "settle", .next = settle_next, .sub = up_settle_list, .width = 1},
        {STEP_CALC, "settled-late", .calc = was_settled_late, .skip = "wants-reasons"},
        {STEP_HTTP, "absences-again", .ask = again_ask, .got = again_got},
        {STEP_CALC, "wants-reasons", .calc = wants_reasons, .skip = "plan"},
        {STEP_HTTP, "absence-reasons", .ask = reasons_ask, .got = must_got},
        {STEP_HTTP, "justifications", .ask = justifications_ask, .got = justifications_got},
        {STEP_CALC, "plan", .calc = plan_slice},
        {STEP_CALL, "attendance", .sub = up_payroll_list},
        {STEP_CALC, "decide", .calc = decide, .skip = "flush"},
        {STEP_CALC, "mark", .calc = mark_sheets},
        {STEP_EACH, "write", .next = write_next, .joined = write_joined, .sub = up_write_list,
         .width_of = write_width},
        {STEP_CALL, "confirm", .sub = up_confirm_list},
        {STEP_CALL, "tell", .sub = up_tell_list},
        {STEP_GATE, "flush", .open = flush_open},
        {STEP_CALC, "stopped", .calc = stopped},
        {STEP_CALC, "report", .calc = close_report},
        {STEP_STORE, "record", .write = true, .work = record},
        STEP_END,
};
