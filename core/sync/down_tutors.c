#include "core/sync/down.h"

/*
 * Who follows one learner: the account is read, the tutor of the contract is put into its list of followers, and the one whom we put there
 * before is taken out. Others in it stay. Every try begins with a reading, so a try after an uncertain write is the read-back.
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

static struct binding *binding_of(struct doing *g)
{
	return map_get(g->d->state.people[PERSON_LEARNER], g->item->follower->learner);
}

/* Whose account shall follow; empty: nobody's. A tutor whose account could not be made follows once it can. */
static struct str wanted(const struct doing *g)
{
	const struct want_person *t = g->item->follower->tutor;
	return t && t->binding ? t->binding->id : STR_NONE;
}

/* Did we put them there, or may we have, and are they to go? */
static bool is_leaving(struct doing *g, struct str id)
{
	const struct binding *b = binding_of(g);
	if (str_empty(id) || str_eq(id, wanted(g)))
		return false;
	return (!b->follower_found && str_eq(id, b->follower)) || str_eq(id, g->item->tried);
}

/* ---- when ---- */

static bool is_open(const struct item *it)
{
	return it && it->phase <= ITEM_DOING;
}

/* Both write the learner's account: one after the other, and first the one that may still be on its way from an earlier run. */
bool down_follower_ready(const struct down_env *d, const struct item *it)
{
	const struct want_follower *f = it->follower;
	if (d->canary_follower || (f->tutor && is_open(f->tutor->item)))
		return false;
	return it->interrupted || !f->person || !is_open(f->person->item);
}

/* ---- what is remembered ---- */

static void remember(struct doing *g, uint64_t seq, struct str follower, bool found)
{
	struct binding *b = binding_of(g);
	b->follower = arena_str(g->d->cmp.arena, follower);
	b->follower_found = found;
	b->at = g->d->now;
	journal_put_binding(g->d->journal, seq, b);
}

/* ---- how it is ---- */

/* A learner who could not be made is told by an issue of their own, and so is a tutor. */
static enum verdict learner(struct run *run)
{
	struct doing *g = doing_of(run);
	const struct want_follower *f = g->item->follower;
	const struct binding *b = binding_of(g);
	if (!b) {
		g->outcome = OUTCOME_FAILED;
		return STEP_DONE;
	}
	bool waits = f->tutor && !f->tutor->binding && !is_leaving(g, b->follower);
	if (waits && !g->item->intent)
		return STEP_DONE;
	g->id = b->id;
	return STEP_NEXT;
}

static enum verdict read_ask(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	const struct want_person *p = g->item->follower->person;
	if (p && p->fresh && !g->item->tries) {
		g->found = (struct account){.id = g->id, .first = p->wish.first, .last = p->wish.last};
		return STEP_SKIP;
	}
	port_of(g)->person_read(port_of(g)->self, x, run_arena(run), PERSON_LEARNER, g->id, &g->found);
	return down_asks(g->d);
}

static enum verdict read_got(struct run *run, struct exchange *x)
{
	return fault_is(&x->fault) ? run_fail(run, &x->fault) : STEP_NEXT;
}

static bool has(const struct texts *list, struct str id)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->v[i], id))
			return true;
	return false;
}

static bool is_equal(struct doing *g)
{
	const struct texts *now = &g->found.followers;
	for (size_t i = 0; i < now->n; i++)
		if (is_leaving(g, now->v[i]))
			return false;
	return str_empty(wanted(g)) || has(now, wanted(g));
}

/* It is so, and not by this run: by an earlier one whose answer was lost or whose memory is gone, or by hand. Only who bears our code can
 * be ours. */
static enum verdict settle(struct doing *g)
{
	const struct want_follower *f = g->item->follower;
	const struct binding *b = binding_of(g);
	bool ours = str_eq(g->item->tried, wanted(g)) || (f->tutor && f->tutor->binding && f->tutor->binding->created) ||
	            (!b->follower_found && str_eq(b->follower, wanted(g)));
	remember(g, g->item->intent, wanted(g), !str_empty(wanted(g)) && !ours);
	g->item->intent = 0;
	if (f->person && !f->person->item)
		g->d->report->counts[COUNT_LEARNERS].unchanged++;
	return STEP_DONE;
}

static enum verdict whole(struct run *run)
{
	struct doing *g = doing_of(run);
	const struct texts *now = &g->found.followers;
	g->followers.v = arena_array(run_arena(run), now->n + 1, sizeof(struct str));
	if (!g->followers.v)
		return run_failf(run, FAULT_LOCAL, ERR_LIMIT, "the memory of the run is used up");
	for (size_t i = 0; i < now->n; i++)
		if (!is_leaving(g, now->v[i]))
			g->followers.v[g->followers.n++] = now->v[i];
	if (!str_empty(wanted(g)) && !has(now, wanted(g)))
		g->followers.v[g->followers.n++] = wanted(g);
	return STEP_NEXT;
}

static enum verdict judge(struct run *run)
{
	struct doing *g = doing_of(run);
	/* a change that is still on its way would undo a later one; only what this run itself sent says by being there that it has arrived */
	bool arrived = is_equal(g) && g->item->tries > 0;
	if (g->item->intent && !arrived && down_too_early(g))
		return STEP_DONE;
	return is_equal(g) ? settle(g) : whole(run);
}

/* ---- changed ---- */

static void put_open(struct run *run)
{
	struct doing *g = doing_of(run);
	if (g->item->intent)
		journal_drop(g->d->journal, g->item->intent);
	g->item->intent = 0;
	g->item->tried = has(&g->found.followers, wanted(g)) ? STR_NONE : arena_str(g->d->cmp.arena, wanted(g));
	g->intent = (struct intent){.kind = INTENT_FOLLOWER_PUT,
	                            .code = g->item->follower->learner,
	                            .person = PERSON_LEARNER,
	                            .id = g->id,
	                            .payload = g->item->tried};
	journal_intend(g->d->journal, run, &g->intent);
}

static enum verdict put_ask(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	port_of(g)->followers_put(port_of(g)->self, x, &g->found, g->followers);
	return down_asks(g->d);
}

static enum verdict put_got(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	const struct want_follower *f = g->item->follower;
	enum verdict v;
	if (!down_written(run, g, x, &v))
		return v;
	down_count_guarded(g);
	remember(g, g->intent.seq, wanted(g), !str_empty(wanted(g)) && str_empty(g->item->tried));
	if (!f->person || !f->person->item)
		g->d->report->counts[COUNT_LEARNERS].updated++;
	down_note(g, str_empty(wanted(g)) ? "follows no longer" : "follows");
	return STEP_NEXT;
}

/* ---- the canary: the first of an environment is read back before there are more ---- */

static enum verdict canary_due(struct run *run)
{
	return doing_of(run)->d->state.canary_follower_done ? STEP_DONE : STEP_NEXT;
}

static enum verdict canary_ask(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	g->found.followers = (struct texts){NULL, 0};
	port_of(g)->person_read(port_of(g)->self, x, run_arena(run), PERSON_LEARNER, g->id, &g->found);
	return down_asks(g->d);
}

static enum verdict canary_got(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	struct down_env *d = g->d;
	if (fault_is(&x->fault))
		return run_fail(run, &x->fault);
	bool kept = g->found.followers.n == g->followers.n;
	for (size_t i = 0; i < g->followers.n; i++)
		kept = kept && has(&g->found.followers, g->followers.v[i]);
	if (kept) {
		d->state.canary_follower_done = true;
		journal_meta_int(d->journal, META_CANARY_FOLLOWER, 1);
		return STEP_DONE;
	}
	remember(g, 0, STR_NONE, false);
	return run_failf(run, FAULT_DATA, ERR_CONFLICT, "learner %lld got a tutor, and their account does not show who follows",
	                 (long long)g->item->follower->learner);
}

/* ---- what does not work ---- */

static bool is_of_tutors(const struct item *it)
{
	return it->kind == ITEM_FOLLOWER || (it->kind == ITEM_PERSON && it->person->wish.kind == PERSON_TUTOR);
}

bool down_tutors_failed(struct down_env *d, const struct item *it, const struct fault *fault)
{
	bool record = fault->class == FAULT_REMOTE && fault->http_status != 404;
	struct item **all = d->cmp.items.v;
	if (!is_of_tutors(it) || record || fault->class == FAULT_LOCAL || fault->class == FAULT_BUG ||
	    fault->class == FAULT_CANCELLED)
		return false;
	for (size_t i = 0; i < d->cmp.items.n; i++)
		if (is_of_tutors(all[i]) && all[i]->phase == ITEM_OPEN && !all[i]->intent)
			all[i]->phase = ITEM_FAILED;
	issues_add(d->issues, STR("environment"), "tutors", 0,
	           "Give the token the right to Edusign's external contacts, or set options.tutors to false",
	           "tutors cannot be brought to Edusign, and stay as they are: %s", fault->what);
	issues_keep(d->issues, "tutor ");
	return true;
}

static const struct step equal_part[] = {
        {STEP_HTTP, "read", .ask = read_ask, .got = read_got},
        {STEP_CALC, "judge", .calc = judge},
        {STEP_GATE, "put-intent", .open = put_open},
        {STEP_HTTP, "put", .effect = FETCH_WRITE_KEYED, .ask = put_ask, .got = put_got},
        {STEP_CALC, "canary", .calc = canary_due},
        {STEP_HTTP, "canary-back", .ask = canary_ask, .got = canary_got},
        STEP_END,
};

const struct step down_follower_list[] = {
        {STEP_WAIT, "not-before", .wait_ms = not_before},
        {STEP_CALC, "learner", .calc = learner},
        {STEP_CALL, "equal", .sub = equal_part},
        STEP_END,
};
