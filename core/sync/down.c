#include "core/sync/down.h"
#include "core/sync/explain.h"

#include <string.h>

#include "core/sync/choices.h"
#include "core/sync/guard.h"

/* How far the second reading looks beyond the window. */
#define WIDE_BEFORE 1
#define WIDE_AHEAD 30
#define WRITES_AT_ONCE 4
/* The guard looks at one of them; a clock that steps back may want another. */
#define COUNTED_S (2 * 86400)

static struct down_env *env_of(struct run *run)
{
	return run_state(run);
}

static enum verdict out_of_memory(struct run *run)
{
	return run_failf(run, FAULT_LOCAL, ERR_LIMIT, "the memory of the run is used up");
}

enum verdict down_asks(struct down_env *d)
{
	d->report->requests_edusign++;
	return STEP_NEXT;
}

enum verdict down_asks_ypareo(struct down_env *d)
{
	d->report->requests_ypareo++;
	return STEP_NEXT;
}

/* ---- what is remembered ---- */

static enum verdict preset(struct run *run)
{
	struct down_env *d = env_of(run);
	return fault_is(&d->preset) ? run_fail(run, &d->preset) : STEP_NEXT;
}

static int load(struct run *run, struct store_txn *txn)
{
	struct down_env *d = env_of(run);
	memset(&d->state, 0, sizeof(d->state));
	int rc = state_load(txn, FLOW_DOWN, run_arena(run), d->now, &d->state);
	if (rc == 0)
		rc = drift_load(txn, run_arena(run), &d->drift.memory);
	return rc ? rc : held_load(txn, run_arena(run), FLOW_DOWN, &d->held);
}

static enum verdict loaded(struct run *run)
{
	struct down_env *d = env_of(run);
	if (fault_is(run_fault(run)))
		return STEP_FAIL;
	d->issues = issues_new(run_arena(run), &d->state.issues, d->now);
	d->journal = journal_new(run_loop(run), d->store, run_arena(run), d->state.next_seq, d->run_id);
	d->planned = map_new_int(run_arena(run));
	held_approve_now(&d->held, d->approved);
	d->choices = choices_text(run_arena(run), d->settings, d->env);
	d->cmp.arena = run_arena(run); /* what is bound from now on lives as long as the run */
	if (!d->issues || !d->journal)
		return out_of_memory(run);
	journal_probe_with(d->journal, run);
	return STEP_NEXT;
}

/* ---- whose account is this? ---- */

static enum verdict school_ask(struct run *run, struct exchange *x)
{
	struct down_env *d = env_of(run);
	d->env->edusign->school(d->env->edusign->self, x, run_arena(run), &d->school);
	return down_asks(d);
}

static enum verdict school_got(struct run *run, struct exchange *x)
{
	struct down_env *d = env_of(run);
	if (fault_is(&x->fault))
		return run_fail(run, &x->fault);
	if (str_empty(d->school.id))
		return run_failf(run, FAULT_DATA, ERR_MISSING, "Edusign does not say which school this key belongs to (GET /v1/school)");
	if (!str_empty(d->state.school_id) && !str_eq(d->state.school_id, d->school.id))
		return run_failf(run, FAULT_DATA, ERR_CONFLICT,
		                 "this key belongs to the Edusign school %.*s, and this environment has worked with %.*s: nothing is read or written; put the "
		                 "right token into the token file",
		                 STR_ARG(d->school.id), STR_ARG(d->state.school_id));
	if (!str_empty(d->state.ypareo_address) && !str_eqz(d->state.ypareo_address, d->settings->ypareo->address))
		return run_failf(run, FAULT_DATA, ERR_CONFLICT, "this environment has worked with the Yparéo at %.*s, and the file says %s now",
		                 STR_ARG(d->state.ypareo_address), d->settings->ypareo->address);
	if (str_empty(d->state.school_id) && !d->plan_only) {
		journal_meta_str(d->journal, META_SCHOOL, d->school.id);
		journal_meta_str(d->journal, META_ADDRESS, str_of(d->settings->ypareo->address));
	}
	return STEP_NEXT;
}

static int owner_work(struct run *run, struct store_txn *txn)
{
	struct down_env *d = env_of(run);
	(void)txn;
	d->whose = (struct whose){ d->settings, d->env, d->store, d->school.id, d->plan_only };
	return whose_work(&d->whose);
}

static enum verdict owner_known(struct run *run)
{
	return whose_known(run, &env_of(run)->whose);
}

/* ---- wanted against known ---- */

static enum verdict compare_start(struct run *run)
{
	struct down_env *d = env_of(run);
	d->cmp = (struct comparison){ .arena = run_arena(run), .settings = d->settings, .env = d->env, .snap = d->snap, .state = &d->state,
		                      .issues = d->issues, .report = d->report, .now = d->now };
	struct fault fault = { 0 };
	if (site_set_resolve(d->snap, d->env, run_arena(run), &d->cmp.sites, &fault))
		return run_fail(run, &fault);
	down_tell_sites(d);
	down_tell_choices(d);
	compare_begin(&d->cmp);
	return STEP_NEXT;
}

static enum verdict compare_slice(struct run *run)
{
	struct fault fault = { 0 };
	bool more = compare_step(&env_of(run)->cmp, &fault);
	if (fault_is(&fault))
		return run_fail(run, &fault);
	return more ? STEP_AGAIN : STEP_NEXT;
}

static void add_second(struct down_env *d, int64_t group)
{
	if (map_get(d->wide_groups, group))
		return;
	map_put(d->wide_groups, group, d);
	d->second_groups.v[d->second_groups.n++] = group;
}

/* Which groups the second reading must ask for: those that the sessions to be removed were last known in; all of them where that is
 * not known. A group that is gone from Yparéo's list holds its removals: nobody can be asked. */
static enum verdict compare_finish(struct run *run)
{
	struct down_env *d = env_of(run);
	if (compare_end(&d->cmp))
		return out_of_memory(run);
	size_t groups = d->snap->groups.n;
	d->second_groups.v = arena_array(run_arena(run), groups + 1, sizeof(int64_t));
	d->wide = map_new_int(run_arena(run));
	d->wide_groups = map_new_int(run_arena(run));
	if (!d->second_groups.v)
		return out_of_memory(run);
	struct item **all = d->cmp.items.v;
	const struct group *g = d->snap->groups.v;
	for (size_t i = 0; i < d->cmp.items.n; i++) {
		if (!all[i]->second_reading)
			continue;
		const struct ints *of = &all[i]->memory->groups;
		for (size_t k = 0; k < of->n; k++) {
			if (map_get(d->snap->group_by_code, of->v[k])) {
				add_second(d, of->v[k]);
				continue;
			}
			all[i]->phase = ITEM_HELD;
			issues_add(d->issues, all[i]->record, "group", all[i]->memory->end, "Delete the sheet in Edusign if the session was cancelled",
			           "is no longer planned, and its group %lld is no longer listed by Yparéo either: its sheet is left", (long long)of->v[k]);
		}
		for (size_t k = 0; of->n == 0 && k < groups; k++)
			if (map_get(d->snap->group_by_code, g[k].code) == &g[k])
				add_second(d, g[k].code);
	}
	return STEP_NEXT;
}

/* ---- the second, wider reading, right before anything is removed ---- */

struct wide_child { struct down_env *d; int64_t group; struct items sessions; };

static enum next wide_next(struct run *run, void **child)
{
	struct down_env *d = env_of(run);
	if (d->next_group >= d->second_groups.n)
		return CHILD_NONE;
	struct wide_child *w = arena_alloc(run_arena(run), sizeof(*w));
	if (!w)
		return CHILD_NONE; /* the arena is exhausted and sticky: the next step fails the run */
	w->d = d;
	w->group = d->second_groups.v[d->next_group++];
	*child = w;
	return CHILD_READY;
}

static unsigned wide_width(struct run *run)
{
	unsigned n = env_of(run)->settings->ypareo->concurrency;
	return n ? n : 1;
}

static enum verdict wide_ask(struct run *run, struct exchange *x)
{
	struct wide_child *w = run_state(run);
	const struct planning_port *p = w->d->settings->ypareo;
	const struct snapshot *s = w->d->snap;
	w->sessions = (struct items){ NULL, 0 };
	p->planning(p->self, x, w->d->cmp.arena, w->d->settings->zone, s->first - WIDE_BEFORE, s->last + WIDE_AHEAD, w->group, &w->sessions);
	return down_asks_ypareo(w->d);
}

static enum verdict wide_got(struct run *run, struct exchange *x)
{
	struct wide_child *w = run_state(run);
	if (fault_is(&x->fault)) {
		fault_prefix(&x->fault, "second reading of group %lld before removals", (long long)w->group);
		return run_fail(run, &x->fault);
	}
	struct session *s = w->sessions.v;
	for (size_t i = 0; i < w->sessions.n; i++)
		map_put(w->d->wide, s[i].code, &s[i]);
	return STEP_NEXT;
}

static const struct step wide_one[] = {
	{ STEP_HTTP, "wide-planning", .ask = wide_ask, .got = wide_got },
	STEP_END,
};

/* ---- the plan ---- */

struct telling { size_t changes_cap, held_cap; struct items held; };

static int report_change(struct down_env *d, struct telling *t, const struct item *it)
{
	struct held_change h = { .id = it->id,
		                 .what = { .action = it->action,
			                   .record = arena_str(d->report_arena, it->record),
			                   .reason = arena_str(d->report_arena, it->reason),
			                   .held = it->phase == ITEM_HELD } };
	struct change *c = &h.what;
	if (it->id)
		map_put(d->planned, it->id, d);
	c->fields.v = arena_array(d->report_arena, it->fields.n + 1, sizeof(struct str));
	c->fields.n = c->fields.v ? it->fields.n : 0;
	for (size_t i = 0; i < c->fields.n; i++)
		c->fields.v[i] = arena_str(d->report_arena, it->fields.v[i]);
	(void)!items_add(d->report_arena, &d->report->changes, &t->changes_cap, c, sizeof(*c)); /* a report cut short is no reason not to write */
	if (!c->held || it->answer == HELD_DISCARDED)
		return 0;
	return items_add(d->report_arena, &t->held, &t->held_cap, &h, sizeof(h));
}

/* Without a bound's own reason something was held before the guard looked: a group that is gone, a clock that is wrong; an issue says which. */
static int make_plan(struct down_env *d, const struct telling *t, const char *why)
{
	struct str reason = arena_str(d->report_arena, str_of(why && *why ? why : "removals that cannot be verified: the issues say why"));
	if (t->held.n == 0)
		return 0;
	if (held_make(d->report_arena, d->env->key, FLOW_DOWN, &t->held, reason, d->now, &d->held, &d->plan))
		return ERR_LIMIT;
	d->report->plan = d->plan.id;
	d->report->held = &d->plan;
	return 0;
}

static void count_planned(struct down_env *d, const struct item *it)
{
	enum count_kind kind = it->kind == ITEM_SHEET                           ? COUNT_SHEETS
	                       : it->kind == ITEM_GROUP                         ? COUNT_GROUPS
	                       : it->kind == ITEM_FOLLOWER ? COUNT_LEARNERS
	                                                   : compare_count_kind(it->person->wish.kind);
	struct counts *n = &d->report->counts[kind];
	bool counted = it->kind == ITEM_FOLLOWER && it->follower->person && it->follower->person->item;
	if (it->phase == ITEM_HELD || counted)
		return;
	if (it->action == ACTION_CREATE)
		n->created++;
	else if (it->action == ACTION_UPDATE)
		n->updated++;
	else
		n->deleted++;
}

/* Who approved a plan of which nothing is left has seen another situation than this: nothing is written before they look again. */
static bool is_refused(struct down_env *d)
{
	const struct held_plan *p = held_find(&d->held, d->approved);
	if (!p)
		return false;
	d->report->approved = arena_str(d->report_arena, p->id);
	d->report->approved_left = held_left(p, d->planned, d->report_arena, &d->report->approved_rest);
	return d->report->approved_left == 0;
}

static enum verdict decide(struct run *run)
{
	struct down_env *d = env_of(run);
	struct item **all = d->cmp.items.v;
	down_hold_by_clock(d);
	for (size_t i = 0; i < d->cmp.items.n; i++) {
		struct item *it = all[i];
		if (!it->second_reading || it->phase == ITEM_HELD)
			continue;
		const struct session *s = map_get(d->wide, it->memory->session);
		if (s)
			compare_moved(&d->cmp, it, s);
	}
	const char *why;
	struct telling t = { 0 };
	if (down_contact(d, &why))
		return out_of_memory(run);
	if (d->uninvited)
		guard_all(&d->cmp, &d->held);
	else
		why = guard_down(&d->cmp, &d->held);
	for (size_t i = 0; i < d->cmp.items.n; i++) {
		if (report_change(d, &t, all[i]))
			return out_of_memory(run);
		if (d->plan_only)
			count_planned(d, all[i]);
	}
	if (d->uninvited) /* the question is one, whatever would be done */
		t.held = (struct items){ &d->question, d->asks_contact };
	if (make_plan(d, &t, why))
		return out_of_memory(run);
	if (d->explain)
		explain_compared(d->explain, &d->cmp);
	return d->plan_only || is_refused(d) ? STEP_SKIP : STEP_NEXT;
}

/* ---- writing ---- */

static bool group_is_ready(const struct want_group *g)
{
	for (size_t i = 0; i < g->member_count; i++) {
		const struct want_person *p = g->members[i].person;
		if (p && p->item && p->item->phase <= ITEM_DOING)
			return false;
	}
	return true;
}

static bool is_open(const struct item *it)
{
	return it && it->phase <= ITEM_DOING;
}

static bool is_ready(const struct down_env *d, const struct item *it)
{
	const struct want_sheet *w = it->sheet;
	if (it->kind == ITEM_GROUP)
		return group_is_ready(it->group);
	if (it->kind == ITEM_FOLLOWER)
		return down_follower_ready(d, it);
	if (it->kind == ITEM_PERSON && it->person->follower)
		return !(it->person->follower->interrupted && is_open(it->person->follower));
	if (it->kind != ITEM_SHEET || !w || it->action == ACTION_DELETE)
		return true;
	for (size_t i = 0; i < w->instructor_count; i++)
		if (w->instructors[i]->item && w->instructors[i]->item->phase <= ITEM_DOING)
			return false;
	for (size_t i = 0; i < w->learner_count; i++)
		if (w->learners[i]->item && w->learners[i]->item->phase <= ITEM_DOING)
			return false;
	for (size_t i = 0; i < w->group_count; i++)
		if (w->groups[i]->item && w->groups[i]->item->phase <= ITEM_DOING)
			return false;
	return true;
}

static enum next write_next(struct run *run, void **child)
{
	struct down_env *d = env_of(run);
	struct item **all = d->cmp.items.v;
	bool pending = false;
	while (d->first_open < d->cmp.items.n && all[d->first_open]->phase > ITEM_DOING)
		d->first_open++;
	for (size_t i = d->first_open; i < d->cmp.items.n; i++) {
		struct item *it = all[i];
		if (it->phase > ITEM_DOING)
			continue;
		pending = true;
		if (it->phase == ITEM_DOING || !is_ready(d, it))
			continue;
		struct doing *g = arena_alloc(run_arena(run), sizeof(*g));
		if (!g)
			return CHILD_NONE;
		g->d = d;
		g->item = it;
		it->phase = ITEM_DOING;
		if (it->kind == ITEM_FOLLOWER)
			d->canary_follower = !d->state.canary_follower_done;
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

static enum verdict write_joined(struct run *run, void *child_state, const struct fault *fault)
{
	struct down_env *d = env_of(run);
	struct doing *g = child_state;
	struct item *it = g->item;
	if (it->kind == ITEM_FOLLOWER)
		d->canary_follower = false;
	if (fault_is(fault)) {
		it->phase = ITEM_FAILED;
		if (down_tutors_failed(d, it, fault))
			return STEP_NEXT;
		if (fault->class == FAULT_REMOTE) {
			down_refused(g, fault);
			return STEP_NEXT;
		}
		struct fault told = *fault;
		fault_prefix(&told, "%.*s", STR_ARG(it->record));
		return run_fail(run, &told);
	}
	if (g->outcome == OUTCOME_AGAIN) {
		it->phase = ITEM_OPEN;
		it->tries++;
		if (it->tries > 8)
			return run_failf(run, FAULT_DATA, ERR_CONFLICT, "%.*s does not settle", STR_ARG(it->record));
		return STEP_NEXT;
	}
	it->phase = g->outcome == OUTCOME_DONE ? ITEM_DONE : ITEM_FAILED;
	if (d->progress)
		d->progress(d->progress_arg, d->env->key, "write", ++d->done_items, (unsigned)d->cmp.items.n);
	return STEP_NEXT;
}

static enum verdict item_is_person(struct run *run)
{
	return ((struct doing *)run_state(run))->item->kind == ITEM_PERSON ? STEP_NEXT : STEP_SKIP;
}

static enum verdict item_is_group(struct run *run)
{
	return ((struct doing *)run_state(run))->item->kind == ITEM_GROUP ? STEP_NEXT : STEP_SKIP;
}

static enum verdict item_is_sheet(struct run *run)
{
	return ((struct doing *)run_state(run))->item->kind == ITEM_SHEET ? STEP_NEXT : STEP_SKIP;
}

static enum verdict item_is_follower(struct run *run)
{
	return ((struct doing *)run_state(run))->item->kind == ITEM_FOLLOWER ? STEP_NEXT : STEP_DONE;
}

static const struct step write_one[] = {
	{ STEP_CALC, "is-person", .calc = item_is_person, .skip = "is-group" },
	{ STEP_CALL, "person", .sub = down_person_list },
	{ STEP_CALC, "is-group", .calc = item_is_group, .skip = "is-sheet" },
	{ STEP_CALL, "group", .sub = down_group_list },
	{ STEP_CALC, "is-sheet", .calc = item_is_sheet, .skip = "is-follower" },
	{ STEP_CALL, "sheet", .sub = down_sheet_list },
	{ STEP_CALC, "is-follower", .calc = item_is_follower },
	{ STEP_CALL, "follower", .sub = down_follower_list },
	STEP_END,
};

/* ---- intents that concern nothing any more ---- */

/* An intent whose record is wanted no longer, and was not found by anyone: its session or person is gone from Yparéo's window. It stays until
 * settled by a run that wants it, or until it is a day old, when no server still works at it. */
static enum verdict drop_old(struct run *run)
{
	struct down_env *d = env_of(run);
	const struct intent *in = d->state.intents.v;
	for (size_t i = 0; i < d->state.intents.n; i++)
		if ((in[i].kind <= INTENT_ROSTER_REMOVE || in[i].kind > INTENT_PAYROLL_PUT) && in[i].sent_at / 1000 + 86400 < d->now)
			journal_drop(d->journal, in[i].seq);
	return STEP_NEXT;
}

static void flush_open(struct run *run)
{
	journal_flush(env_of(run)->journal, run);
}

/* ---- the record of the run ---- */

static enum verdict close_report(struct run *run)
{
	struct down_env *d = env_of(run);
	if (!d->snap->rooms_read)
		issues_add(d->issues, STR("environment"), "rooms", 0, "Tick the list of rooms for this key in Yparéo's web-services screen",
		           "this key may not read the list of rooms: new sheets show the room's code");
	down_drift_tell(d);
	issues_close(d->issues, &d->report->issues);
	return d->plan_only ? STEP_DONE : STEP_NEXT;
}

static bool is_planned(void *arg, int64_t change)
{
	const struct down_env *d = arg;
	return map_get(d->planned, change) != NULL;
}

static int record(struct run *run, struct store_txn *txn)
{
	struct down_env *d = env_of(run);
	state_put_issues(txn, FLOW_DOWN, &d->report->issues);
	down_drift_save(d, txn);
	state_drop_guarded(txn, d->now - COUNTED_S);
	held_settle(txn, FLOW_DOWN, &d->held, &d->plan, is_planned, d);
	if (d->uninvited)
		return store_txn_error(txn);
	if (!d->orphans)
		state_put_meta_int(txn, META_VERIFIED, 1);
	if (!d->cmp.file_held)
		state_put_meta_str(txn, META_CHOICES, d->choices);
	if (!d->state.first_down_ok)
		state_put_meta_int(txn, META_FIRST_DOWN, d->now);
	return store_txn_error(txn);
}

const struct step down_env_list[] = {
	{ STEP_CALC, "preset", .calc = preset },
	{ STEP_STORE, "load", .work = load, .then = loaded },
	{ STEP_HTTP, "school", .ask = school_ask, .got = school_got },
	{ STEP_STORE, "owner", .work = owner_work, .then = owner_known },
	{ STEP_CALL, "adopt", .sub = down_adopt_list },
	{ STEP_CALC, "compare-start", .calc = compare_start },
	{ STEP_CALC, "compare", .calc = compare_slice },
	{ STEP_CALC, "compare-finish", .calc = compare_finish },
	{ STEP_EACH, "second-reading", .next = wide_next, .sub = wide_one, .width_of = wide_width },
	{ STEP_CALL, "drift", .sub = down_drift_list },
	{ STEP_CALC, "decide", .calc = decide, .skip = "report" },
	{ STEP_EACH, "write", .next = write_next, .joined = write_joined, .sub = write_one, .width_of = write_width },
	{ STEP_CALC, "drop-old", .calc = drop_old },
	{ STEP_GATE, "flush", .open = flush_open },
	{ STEP_CALC, "report", .calc = close_report },
	{ STEP_STORE, "record", .write = true, .work = record },
	STEP_END,
};

/* ---- shared by people and sheets ---- */

int64_t down_not_before(struct doing *g)
{
	if (!g->item->intent || g->item->tries < 2)
		return 0; /* the first read-back comes at once */
	int64_t now = loop_wall_ms(g->d->loop);
	int64_t due = g->item->sent_ms + g->d->settings->settle_ms;
	return due > now ? due - now : 0;
}

bool down_too_early(struct doing *g)
{
	int64_t now = loop_wall_ms(g->d->loop);
	if (g->item->sent_ms + (int64_t)g->d->settings->settle_ms > now) {
		g->outcome = OUTCOME_AGAIN;
		if (g->item->tries < 1)
			g->item->tries = 1; /* the next try waits */
		return true;
	}
	journal_drop(g->d->journal, g->item->intent);
	g->item->intent = 0;
	g->item->tries = 0;
	return false;
}

bool down_written(struct run *run, struct doing *g, struct exchange *x, enum verdict *v)
{
	if (!fault_is(&x->fault))
		return true;
	if (x->fault.class == FAULT_UNCERTAIN) {
		log_warning("sync", run_log(run), "a write may have happened and is read back", "record=«%.*s» why=«%s»", STR_ARG(g->item->record),
		            x->fault.what);
		g->item->intent = g->intent.seq;
		g->item->sent_ms = loop_wall_ms(g->d->loop); /* it may have waited for its lane behind its intent */
		g->outcome = OUTCOME_AGAIN;
		*v = STEP_DONE;
		return false;
	}
	/* refused, or it never left: nothing happened there */
	journal_drop(g->d->journal, g->intent.seq);
	*v = run_fail(run, &x->fault);
	return false;
}

void down_refused(struct doing *g, const struct fault *fault)
{
	issues_add(g->d->issues, g->item->record, "edusign", 0, "Look at the record in Edusign; the next run tries again",
	           "was refused by Edusign: %s", fault->what);
}

void down_count_guarded(struct doing *g)
{
	for (int k = 0; k < GUARDED_COUNT; k++)
		if (g->item->guarded & 1u << k && g->item->answer != HELD_APPROVED)
			journal_guarded(g->d->journal, (enum guarded)k);
}

void down_note(struct doing *g, const char *answer)
{
	journal_log(g->d->journal, action_name(g->item->action), g->item->record, g->item->reason, str_of(answer));
}

struct binding *down_bind(struct down_env *d, uint64_t seq, const struct person *wish, struct str id, const uint8_t fingerprint[32], bool shared,
                          bool created)
{
	struct arena *a = d->cmp.arena;
	struct binding *b = arena_alloc(a, sizeof(*b));
	if (!b)
		return NULL;
	*b = (struct binding){ .kind = wish->kind, .code = wish->code, .id = arena_str(a, id), .email = arena_str(a, wish->email),
		               .first = arena_str(a, wish->first), .last = arena_str(a, wish->last), .shared = shared, .created = created, .at = d->now };
	memcpy(b->fingerprint, fingerprint, 32);
	const struct binding *before = map_get(d->state.people[b->kind], b->code);
	if (before && str_eq(before->id, b->id)) {
		b->follower = before->follower;
		b->follower_found = before->follower_found;
	}
	map_put(d->state.people[b->kind], b->code, b);
	map_put_str(d->state.people_by_id[b->kind], b->id, b);
	if (!d->plan_only)
		journal_put_binding(d->journal, seq, b);
	return b;
}

struct sheet_memory *down_remember(struct down_env *d, uint64_t seq, const struct sheet_memory *m)
{
	struct arena *a = d->cmp.arena;
	struct sheet_memory *out = arena_alloc(a, sizeof(*out));
	if (!out)
		return NULL;
	*out = *m;
	out->id = arena_str(a, m->id);
	out->name = arena_str(a, m->name);
	out->room = arena_str(a, m->room);
	out->grouping = arena_str(a, m->grouping);
	struct ints *lists[] = { &out->groups, &out->learners, &out->instructors };
	for (size_t i = 0; i < 3; i++) {
		int64_t *v = arena_array(a, lists[i]->n + 1, sizeof(*v));
		if (!v)
			return NULL;
		if (lists[i]->n)
			memcpy(v, lists[i]->v, lists[i]->n * sizeof(*v));
		lists[i]->v = v;
	}
	map_put(d->state.sheets, out->session, out);
	map_put_str(d->state.sheets_by_id, out->id, out);
	if (!d->plan_only)
		journal_put_sheet(d->journal, seq, out);
	return out;
}
