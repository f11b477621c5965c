#include "core/sync/down.h"

#include <string.h>

/*
 * One sheet at a time: created, changed or removed. Every try begins with a reading, so a try after an uncertain write is the
 * read-back. A sheet that is locked, started or signed by anyone is not touched (vendor fact: changing a sheet is believed to erase its
 * signatures).
 */

static struct doing *doing_of(struct run *run)
{
	return run_state(run);
}

static const struct attendance_port *port_of(struct doing *g)
{
	return g->d->env->edusign;
}

static int64_t not_before(struct run *run)
{
	return down_not_before(doing_of(run));
}

static enum verdict out_of_memory(struct run *run)
{
	return run_failf(run, FAULT_LOCAL, ERR_LIMIT, "the memory of the run is used up");
}

static enum verdict finish(struct doing *g, enum outcome outcome)
{
	g->outcome = outcome;
	return STEP_DONE;
}

/* ---- what is wished, now that its people are known ---- */

static enum verdict place(struct run *run, struct want_person *const *people, size_t n, struct want_person ***placed, size_t *placed_n,
                          struct texts *ids)
{
	*placed = arena_array(run_arena(run), n + 1, sizeof(**placed));
	ids->v = arena_array(run_arena(run), n + 1, sizeof(*ids->v));
	if (!*placed || !ids->v)
		return out_of_memory(run);
	*placed_n = ids->n = 0;
	for (size_t i = 0; i < n; i++) {
		if (!people[i]->binding)
			continue; /* could not be created: an issue says why, the rest of the sheet goes on */
		(*placed)[(*placed_n)++] = people[i];
		ids->v[ids->n++] = people[i]->binding->id;
	}
	return STEP_NEXT;
}

/* A group goes on a sheet only where it is known to hold exactly the learners who could be placed. */
static int wish_groups(struct run *run)
{
	struct doing *g = doing_of(run);
	const struct want_sheet *w = g->item->sheet;
	g->wish.groups.v = arena_array(run_arena(run), w->group_count + 1, sizeof(struct str));
	if (!g->wish.groups.v)
		return ERR_LIMIT;
	g->attach = w->group_count > 0 && g->wish.learners.n == w->learner_count;
	for (size_t i = 0; i < w->group_count && g->attach; i++) {
		const struct want_group *of = w->groups[i];
		g->attach = of->memory && !of->memory->mixed && (!of->item || of->item->phase == ITEM_DONE);
		if (g->attach)
			g->wish.groups.v[g->wish.groups.n++] = of->memory->id;
	}
	if (!g->attach)
		g->wish.groups.n = 0;
	g->wish.groups_given = g->attach;
	return 0;
}

static enum verdict wish(struct run *run)
{
	struct doing *g = doing_of(run);
	struct want_sheet *w = g->item->sheet;
	if (g->item->action == ACTION_DELETE)
		return STEP_NEXT;
	enum verdict v = place(run, w->instructors, w->instructor_count, &g->placed_instructors, &g->placed_instructor_count, &g->wish.instructors);
	if (v == STEP_NEXT)
		v = place(run, w->learners, w->learner_count, &g->placed_learners, &g->placed_learner_count, &g->wish.learners);
	if (v != STEP_NEXT)
		return v;
	g->wish.session = w->session->code;
	g->wish.name = w->name;
	g->wish.room = w->room;
	g->wish.start = w->session->start;
	g->wish.end = w->session->end;
	if (g->wish.instructors.n == 0) {
		issues_add(g->d->issues, g->item->record, "instructor", w->session->end, "Mend the instructor's own issue",
		           "none of its instructors could be found or created in Edusign, which requires one");
		return finish(g, OUTCOME_FAILED);
	}
	if (wish_groups(run))
		return out_of_memory(run);
	return g->wish.learners.n == 0 ? finish(g, OUTCOME_DONE) : STEP_NEXT;
}

/* What is remembered of the sheet from now on. complete: the sheet is as wished; else its fingerprint stays unknown, and the next run looks at
 * it again. */
static void remember(struct doing *g, uint64_t seq, bool complete)
{
	struct want_sheet *w = g->item->sheet;
	struct sheet_memory m = { .session = w->session->code,
		                  .id = g->id,
		                  .start = g->wish.start,
		                  .end = g->wish.end,
		                  .name = g->wish.name,
		                  .room = g->wish.room,
		                  .groups = w->session->groups };
	int64_t instructors[SHEET_INSTRUCTORS];
	int64_t *learners = arena_array(journal_keep(g->d->journal), g->placed_learner_count + 1, sizeof(*learners));
	if (!learners)
		return; /* the arena is exhausted and sticky: the run fails at its next step, the intent stays and is settled by the next run */
	for (size_t i = 0; i < g->placed_instructor_count; i++)
		instructors[i] = g->placed_instructors[i]->wish.code;
	for (size_t i = 0; i < g->placed_learner_count; i++)
		learners[i] = g->placed_learners[i]->wish.code;
	m.instructors = (struct ints){ instructors, g->placed_instructor_count };
	m.learners = (struct ints){ learners, g->placed_learner_count };
	if (complete)
		compare_sheet_fingerprint(w, w->room, instructors, m.instructors.n, learners, m.learners.n, m.fingerprint);
	if (w->groups_kept && w->memory)
		m.grouping = w->memory->grouping;
	else if (g->attach)
		m.grouping = compare_grouping_text(journal_keep(g->d->journal), w);
	m.created_at = w->memory ? w->memory->created_at : g->d->now;
	m.updated_at = g->d->now;
	w->memory = down_remember(g->d, seq, &m);
}

/* ---- the roster, one learner at a time ---- */

static enum next roster_next(struct run *run, void **child)
{
	struct doing *g = doing_of(run);
	if (g->next_op >= g->op_count)
		return CHILD_NONE;
	*child = &g->ops[g->next_op++];
	return CHILD_READY;
}

static void roster_open(struct run *run)
{
	struct roster_op *op = run_state(run);
	op->intent = (struct intent){ .kind = op->add ? INTENT_ROSTER_ADD : INTENT_ROSTER_REMOVE,
		                      .code = op->g->item->sheet->session->code,
		                      .code2 = op->code,
		                      .id = op->g->id };
	journal_intend(op->g->d->journal, run, &op->intent);
}

static enum verdict roster_ask(struct run *run, struct exchange *x)
{
	struct roster_op *op = run_state(run);
	const struct attendance_port *p = port_of(op->g);
	if (op->add)
		p->roster_add(p->self, x, op->g->id, op->learner);
	else
		p->roster_remove(p->self, x, op->g->id, op->learner);
	return down_asks(op->g->d);
}

static void forget_placed(struct doing *g, int64_t code)
{
	size_t n = 0;
	for (size_t i = 0; i < g->placed_learner_count; i++)
		if (g->placed_learners[i]->wish.code != code)
			g->placed_learners[n++] = g->placed_learners[i];
	g->placed_learner_count = n;
}

/* With the very commit that says that it was done: should the process end before the sheet's others are, and the learner leave
 * meanwhile, nobody else would know that it was us who put them there. */
static enum verdict remember_op(struct run *run, const struct roster_op *op)
{
	struct doing *g = op->g;
	struct want_sheet *w = g->item->sheet;
	if (!w->memory) {
		journal_drop(g->d->journal, op->intent.seq);
		return STEP_NEXT;
	}
	struct sheet_memory m = *w->memory;
	memset(m.fingerprint, 0, sizeof(m.fingerprint)); /* looked at again, if this is all that is known */
	struct sheet_memory *kept = compare_remember_added(run_arena(run), &m, op->code) ? NULL : down_remember(g->d, op->intent.seq, &m);
	if (!kept)
		return out_of_memory(run);
	w->memory = kept;
	return STEP_NEXT;
}

static enum verdict roster_got(struct run *run, struct exchange *x)
{
	struct roster_op *op = run_state(run);
	struct doing *g = op->g;
	if (!fault_is(&x->fault)) {
		g->wrote = true;
		if (op->add)
			return remember_op(run, op);
		journal_drop(g->d->journal, op->intent.seq);
		return STEP_NEXT;
	}
	if (x->fault.class == FAULT_UNCERTAIN) {
		/* the sheet's own read-back, in its next try, tells */
		g->op_uncertain = true;
		g->item->intent = op->intent.seq;
		g->item->sent_ms = loop_wall_ms(g->d->loop); /* it may have waited for its lane behind its intent */
		return STEP_NEXT;
	}
	journal_drop(g->d->journal, op->intent.seq);
	if (x->fault.class != FAULT_REMOTE)
		return run_fail(run, &x->fault);
	issues_add(g->d->issues, record_name(run_arena(run), "learner", op->code), "roster", g->wish.end,
	           "Look at the sheet and the learner's account in Edusign", "could not be %s sheet %lld: %s", op->add ? "put on" : "taken off",
	           (long long)g->item->sheet->session->code, x->fault.what);
	if (op->add)
		forget_placed(g, op->code);
	return STEP_NEXT;
}

static const struct step roster_one[] = {
	{ STEP_GATE, "roster-intent", .open = roster_open },
	{ STEP_HTTP, "roster", .effect = FETCH_WRITE_KEYED, .ask = roster_ask, .got = roster_got },
	STEP_END,
};

static bool on_roster(const struct sheet *s, struct str id)
{
	const struct row *rows = s->rows.v;
	for (size_t i = 0; i < s->rows.n; i++)
		if (str_eq(rows[i].learner, id))
			return true;
	return false;
}

static bool wished(const struct doing *g, struct str id)
{
	for (size_t i = 0; i < g->wish.learners.n; i++)
		if (str_eq(g->wish.learners.v[i], id))
			return true;
	return false;
}

static void add_op(struct doing *g, bool add, struct str id, int64_t code)
{
	g->ops[g->op_count++] = (struct roster_op){ .g = g, .add = add, .learner = id, .code = code };
}

static bool texts_have(const struct texts *list, struct str id)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->v[i], id))
			return true;
	return false;
}

/* Is the group of this id named by what is remembered ("code=id,…")? */
static bool in_grouping(struct str grouping, struct str id)
{
	for (size_t at = 0; id.n && at + id.n < grouping.n; at++) {
		size_t end = at + 1 + id.n;
		if (grouping.p[at] == '=' && memcmp(grouping.p + at + 1, id.p, id.n) == 0 && (end == grouping.n || grouping.p[end] == ','))
			return true;
	}
	return false;
}

/* What has to be done to the roster that was read. Only learners that we put on the sheet are taken off it. */
static int plan_roster(struct run *run)
{
	struct doing *g = doing_of(run);
	const struct sheet_memory *m = g->item->sheet->memory;
	size_t ours = m ? m->learners.n : 0;
	g->ops = arena_array(run_arena(run), g->wish.learners.n + ours + g->now.rows.n + 1, sizeof(*g->ops));
	g->op_count = g->next_op = 0;
	if (!g->ops)
		return ERR_LIMIT;
	for (size_t i = 0; i < g->wish.learners.n; i++)
		if (!on_roster(&g->now, g->wish.learners.v[i]))
			add_op(g, true, g->wish.learners.v[i], g->placed_learners[i]->wish.code);
	for (size_t i = 0; i < ours; i++) {
		const struct binding *b = map_get(g->d->state.people[PERSON_LEARNER], m->learners.v[i]);
		if (b && on_roster(&g->now, b->id) && !wished(g, b->id))
			add_op(g, false, b->id, b->code);
	}
	return 0;
}

/* Whom a group brought along although nobody expects them: they were not on the sheet before we put the group there. */
static void plan_brought(struct doing *g, const struct sheet *before)
{
	const struct row *rows = g->now.rows.v;
	for (size_t i = 0; i < g->now.rows.n && g->attach; i++) {
		const struct binding *b = map_get_str(g->d->state.people_by_id[PERSON_LEARNER], rows[i].learner);
		if (wished(g, rows[i].learner) || (before && on_roster(before, rows[i].learner)))
			continue;
		bool planned = false;
		for (size_t k = 0; k < g->op_count; k++)
			planned = planned || str_eq(g->ops[k].learner, rows[i].learner);
		if (!planned)
			add_op(g, false, rows[i].learner, b ? b->code : 0);
	}
}

/* The groups that the sheet shall bear: those that others put there, and ours. False: it bears them. */
static int plan_groups(struct run *run, bool *differs)
{
	struct doing *g = doing_of(run);
	const struct sheet_memory *m = g->item->sheet->memory;
	struct texts ours = g->wish.groups, all = { arena_array(run_arena(run), g->now.groups.n + ours.n + 1, sizeof(struct str)), 0 };
	if (!all.v)
		return ERR_LIMIT;
	*differs = false;
	for (size_t i = 0; i < g->now.groups.n && !g->item->sheet->groups_kept; i++) {
		struct str id = g->now.groups.v[i];
		bool wanted = texts_have(&ours, id);
		bool put_by_us = map_get_str(g->d->state.groups_by_id, id) || (m && in_grouping(m->grouping, id));
		if (wanted || !put_by_us)
			all.v[all.n++] = id;
		else
			*differs = true;
	}
	for (size_t i = 0; i < ours.n; i++) {
		if (texts_have(&g->now.groups, ours.v[i]))
			continue;
		all.v[all.n++] = ours.v[i];
		*differs = true;
	}
	g->wish.groups = all;
	g->wish.groups_given = *differs;
	return 0;
}

/* ---- a new sheet ---- */

static enum verdict is_new(struct run *run)
{
	return doing_of(run)->item->action == ACTION_CREATE ? STEP_NEXT : STEP_DONE;
}

static enum verdict find_ask(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	if (down_cannot_be_there(g))
		return STEP_SKIP;
	port_of(g)->sheet_find(port_of(g)->self, x, run_arena(run), g->item->sheet->session->code, &g->id);
	return down_asks(g->d);
}

static enum verdict must_got(struct run *run, struct exchange *x)
{
	return fault_is(&x->fault) ? run_fail(run, &x->fault) : STEP_NEXT;
}

/* A sheet bears this session's code already: an earlier write that went through, or a store that was lost. It is taken over as it is,
 * and the next try brings it up to date. */
static enum verdict adopt(struct run *run)
{
	struct doing *g = doing_of(run);
	if (str_empty(g->id)) {
		if (g->item->intent && down_too_early(g))
			return STEP_DONE;
		return STEP_NEXT;
	}
	remember(g, g->item->intent, false);
	g->item->intent = 0;
	g->item->action = ACTION_UPDATE;
	g->item->reason = STR("found in Edusign");
	return finish(g, OUTCOME_AGAIN);
}

static void create_open(struct run *run)
{
	struct doing *g = doing_of(run);
	g->intent = (struct intent){ .kind = INTENT_SHEET_CREATE, .code = g->wish.session };
	journal_intend(g->d->journal, run, &g->intent);
}

static enum verdict create_ask(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	port_of(g)->sheet_create(port_of(g)->self, x, run_arena(run), &g->wish, &g->id);
	return down_asks(g->d);
}

static enum verdict create_got(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	enum verdict v;
	if (!down_written(run, g, x, &v))
		return v;
	g->verify = g->attach || !g->d->state.canary_sheet_done || !g->d->state.roster_by_post;
	remember(g, g->intent.seq, !g->verify);
	g->d->report->counts[COUNT_SHEETS].created++;
	down_count_guarded(g);
	down_note(g, "created");
	return STEP_NEXT;
}

static enum verdict verify_ask(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	if (!g->verify)
		return STEP_SKIP;
	port_of(g)->sheet(port_of(g)->self, x, run_arena(run), g->id, &g->now);
	return down_asks(g->d);
}

/* The canary: the first sheet of an environment is read back before there are more. */
static enum verdict verify_got(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	struct down_env *d = g->d;
	if (fault_is(&x->fault))
		return run_fail(run, &x->fault);
	if (g->now.start != g->wish.start || g->now.end != g->wish.end) {
		char sent[UTC_TEXT], there[UTC_TEXT];
		return run_failf(run, FAULT_DATA, ERR_CONFLICT,
		                 "sheet %lld was sent to start at %s and Edusign says %s: nothing more is written to this environment",
		                 (long long)g->wish.session, utc_iso(g->wish.start, sent), utc_iso(g->now.start, there));
	}
	bool whole = true;
	for (size_t i = 0; i < g->wish.learners.n; i++)
		whole = whole && on_roster(&g->now, g->wish.learners.v[i]);
	if (!d->state.canary_sheet_done) {
		d->state.canary_sheet_done = true;
		journal_meta_int(d->journal, META_CANARY_SHEET, 1);
	}
	/* who was brought by a group says nothing of a sheet's own list */
	if (whole && !g->attach && !d->state.roster_by_post) {
		d->state.roster_by_post = true;
		journal_meta_int(d->journal, META_ROSTER_BY_POST, 1);
	}
	if (plan_roster(run))
		return out_of_memory(run);
	plan_brought(g, NULL);
	return STEP_NEXT;
}

/* After the roster: a change whose outcome is unknown sends the sheet through another try. */
static enum verdict settle(struct run *run)
{
	struct doing *g = doing_of(run);
	if (g->op_uncertain) {
		g->item->action = ACTION_UPDATE;
		return finish(g, OUTCOME_AGAIN);
	}
	if (g->verify || g->item->action == ACTION_UPDATE) {
		remember(g, g->item->intent, true);
		g->item->intent = 0;
	}
	return STEP_DONE;
}

static const struct step create_part[] = {
	{ STEP_CALC, "new", .calc = is_new },
	{ STEP_HTTP, "find", .ask = find_ask, .got = must_got },
	{ STEP_CALC, "adopt", .calc = adopt },
	{ STEP_GATE, "create-intent", .open = create_open },
	{ STEP_HTTP, "create", .effect = FETCH_WRITE_ONCE, .ask = create_ask, .got = create_got },
	{ STEP_HTTP, "verify", .ask = verify_ask, .got = verify_got },
	{ STEP_EACH, "roster", .next = roster_next, .sub = roster_one, .width = 1 },
	{ STEP_CALC, "settle", .calc = settle },
	STEP_END,
};

/* ---- a known sheet ---- */

static enum verdict is_known(struct run *run)
{
	struct doing *g = doing_of(run);
	if (g->item->action == ACTION_CREATE || g->outcome != OUTCOME_DONE)
		return STEP_DONE;
	g->id = g->item->sheet ? g->item->sheet->memory->id : g->item->memory->id;
	return STEP_NEXT;
}

static enum verdict read_ask(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	port_of(g)->sheet(port_of(g)->self, x, run_arena(run), g->id, &g->now);
	return down_asks(g->d);
}

static void forget_sheet(struct doing *g)
{
	struct sheet_memory m = *(g->item->sheet ? g->item->sheet->memory : g->item->memory);
	m.gone = true;
	m.updated_at = g->d->now;
	down_remember(g->d, g->item->intent, &m);
	g->item->intent = 0;
}

static enum verdict read_got(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	if (x->fault.class != FAULT_REMOTE || x->fault.code != ERR_NOT_FOUND)
		return must_got(run, x);
	forget_sheet(g);
	if (g->item->action == ACTION_DELETE) {
		if (g->item->tries)
			g->d->report->counts[COUNT_SHEETS].deleted++; /* an uncertain removal that went through */
		return STEP_DONE;
	}
	/* somebody deleted it in Edusign and the session is planned: made anew */
	g->item->sheet->memory = NULL;
	g->item->action = ACTION_CREATE;
	g->item->reason = STR("its sheet is gone from Edusign");
	return finish(g, OUTCOME_AGAIN);
}

const char *down_touched(const struct sheet *s, int64_t now)
{
	const struct row *rows = s->rows.v;
	if (s->locked)
		return "is locked";
	for (unsigned i = 0; i < s->instructor_count; i++)
		if (s->instructor_signed[i])
			return "is signed by an instructor";
	for (size_t i = 0; i < s->rows.n; i++)
		if (rows[i].signed_ || rows[i].state == 1)
			return "is signed by a learner";
	if (s->started || s->start <= now)
		return "has started";
	return NULL;
}

static bool same_instructors(const struct doing *g)
{
	if (g->now.instructor_count != g->wish.instructors.n)
		return false;
	for (unsigned i = 0; i < g->now.instructor_count; i++)
		if (!str_eq(g->now.instructors[i], g->wish.instructors.v[i]))
			return false;
	return true;
}

/* People may have taken our code off it. */
static bool bears_code(const struct doing *g)
{
	int64_t code;
	return down_is_ours(g->now.api_id, g->now.api_type, &code) && code == g->wish.session;
}

static enum verdict judge(struct run *run)
{
	struct doing *g = doing_of(run);
	const char *why = down_touched(&g->now, g->d->now);
	bool removal = g->item->action == ACTION_DELETE;
	if (!removal) {
		g->patch = !str_eq(g->now.name, g->wish.name) || !str_eq(g->now.room, g->wish.room) || g->now.start != g->wish.start ||
		           g->now.end != g->wish.end || !same_instructors(g);
		bool regroup;
		if (plan_groups(run, &regroup) || plan_roster(run))
			return out_of_memory(run);
		g->patch = g->patch || regroup || (g->item->drift && !bears_code(g));
		if (!g->patch && g->op_count == 0) {
			remember(g, g->item->intent, true);
			g->item->intent = 0;
			g->d->report->counts[COUNT_SHEETS].unchanged++;
			return STEP_DONE;
		}
	}
	if (why) {
		if (g->item->intent)
			journal_drop(g->d->journal, g->item->intent);
		issues_add(g->d->issues, g->item->record, "sheet", g->now.end > g->d->now ? g->now.end : g->d->now + 86400,
		           removal ? "Archive or delete the sheet in Edusign if the session was not held" : "Mend the sheet in Edusign by hand if need be",
		           "%s in Yparéo, but its sheet in Edusign %s and is left as it is", removal ? "is no longer planned" : "changed", why);
		return finish(g, OUTCOME_FAILED);
	}
	/* A change that is still on its way would undo whatever is done behind it. */
	if (g->item->intent && down_too_early(g))
		return STEP_DONE;
	return STEP_NEXT;
}

static enum verdict wants_removal(struct run *run)
{
	return doing_of(run)->item->action == ACTION_DELETE ? STEP_NEXT : STEP_SKIP;
}

static void intend_known(struct run *run, enum intent_kind kind, int64_t session)
{
	struct doing *g = doing_of(run);
	if (g->item->intent)
		journal_drop(g->d->journal, g->item->intent);
	g->item->intent = 0;
	g->intent = (struct intent){ .kind = kind, .code = session, .id = g->id };
	journal_intend(g->d->journal, run, &g->intent);
}

static void delete_open(struct run *run)
{
	intend_known(run, INTENT_SHEET_DELETE, doing_of(run)->item->memory->session);
}

static enum verdict delete_ask(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	port_of(g)->sheet_delete(port_of(g)->self, x, g->id);
	return down_asks(g->d);
}

static enum verdict delete_got(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	enum verdict v;
	if (!down_written(run, g, x, &v))
		return v;
	g->item->intent = g->intent.seq;
	forget_sheet(g);
	down_count_guarded(g);
	g->d->report->counts[COUNT_SHEETS].deleted++;
	down_note(g, "removed");
	return STEP_DONE;
}

static enum verdict wants_patch(struct run *run)
{
	return doing_of(run)->patch ? STEP_NEXT : STEP_SKIP;
}

static void patch_open(struct run *run)
{
	intend_known(run, INTENT_SHEET_UPDATE, doing_of(run)->wish.session);
}

/* The roster goes back as it was read; learners are added and removed one by one behind it, since whether a change of a
 * sheet's roster as a whole is heeded is an open question. */
static enum verdict patch_ask(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	const struct row *rows = g->now.rows.v;
	struct texts roster = { arena_array(x->arena, g->now.rows.n + 1, sizeof(struct str)), 0 };
	if (!roster.v)
		return out_of_memory(run);
	for (size_t i = 0; i < g->now.rows.n; i++)
		roster.v[roster.n++] = rows[i].learner;
	port_of(g)->sheet_update(port_of(g)->self, x, &g->now, &g->wish, roster);
	return down_asks(g->d);
}

static enum verdict patch_got(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	enum verdict v;
	if (!down_written(run, g, x, &v))
		return v;
	journal_drop(g->d->journal, g->intent.seq);
	g->wrote = true;
	return STEP_NEXT;
}

static enum verdict reread_ask(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	if (g->d->patch_trusted && !g->attach)
		return STEP_SKIP;
	g->before = g->now;
	g->now = (struct sheet){ 0 };
	port_of(g)->sheet(port_of(g)->self, x, run_arena(run), g->id, &g->now);
	return down_asks(g->d);
}

/* The first change of a run is read back: whether a change keeps a roster is an open question, too. */
static enum verdict reread_got(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	const struct row *rows = g->before.rows.v;
	bool kept = true;
	if (fault_is(&x->fault))
		return run_fail(run, &x->fault);
	if (g->now.start != g->wish.start || g->now.end != g->wish.end)
		return run_failf(run, FAULT_DATA, ERR_CONFLICT, "the change of sheet %lld did not take: nothing more is written to this environment",
		                 (long long)g->wish.session);
	for (size_t i = 0; i < g->before.rows.n; i++)
		kept = kept && on_roster(&g->now, rows[i].learner);
	if (!g->attach) /* a group that brought its members proves nothing here either */
		g->d->patch_trusted = kept;
	if (plan_roster(run))
		return out_of_memory(run);
	plan_brought(g, &g->before);
	return STEP_NEXT;
}

static enum verdict settle_known(struct run *run)
{
	struct doing *g = doing_of(run);
	enum verdict v = settle(run);
	if (g->outcome == OUTCOME_DONE && g->wrote) {
		g->d->report->counts[COUNT_SHEETS].updated++;
		down_count_guarded(g);
		down_note(g, "updated");
	}
	return v;
}

static const struct step update_part[] = {
	{ STEP_CALC, "known", .calc = is_known },
	{ STEP_HTTP, "read", .ask = read_ask, .got = read_got },
	{ STEP_CALC, "judge", .calc = judge },
	{ STEP_CALC, "removal", .calc = wants_removal, .skip = "changed" },
	{ STEP_GATE, "delete-intent", .open = delete_open },
	{ STEP_HTTP, "delete", .effect = FETCH_WRITE_KEYED, .ask = delete_ask, .got = delete_got },
	{ STEP_CALC, "changed", .calc = wants_patch, .skip = "roster" },
	{ STEP_GATE, "patch-intent", .open = patch_open },
	{ STEP_HTTP, "patch", .effect = FETCH_WRITE_KEYED, .ask = patch_ask, .got = patch_got },
	{ STEP_HTTP, "reread", .ask = reread_ask, .got = reread_got },
	{ STEP_EACH, "roster", .next = roster_next, .sub = roster_one, .width = 1 },
	{ STEP_CALC, "settle", .calc = settle_known },
	STEP_END,
};

const struct step down_sheet_list[] = {
	{ STEP_WAIT, "not-before", .wait_ms = not_before },
	{ STEP_CALC, "wish", .calc = wish },
	{ STEP_CALL, "create", .sub = create_part },
	{ STEP_CALL, "update", .sub = update_part },
	STEP_END,
};
