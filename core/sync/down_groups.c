#include <string.h>
#include <strings.h>

#include "core/sync/down.h"

/*
 * One group of learners at a time, right before the first sheet that may bear it: found by its code, else created;
 * read, compared, and written whole where it differs. Every try begins with a reading, so a try after an uncertain
 * write is the read-back. Who was put into it by hand, and is not one of ours, stays in it; such a group is put on no
 * sheet.
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

static enum verdict must_got(struct run *run, struct exchange *x)
{
	return fault_is(&x->fault) ? run_fail(run, &x->fault) : STEP_NEXT;
}

/* ---- what is remembered ---- */

static void remember(struct doing *g, uint64_t seq, bool complete)
{
	struct want_group *w = g->item->group;
	struct arena *a = g->d->cmp.arena;
	struct group_memory *m = arena_alloc(a, sizeof(*m));
	if (!m)
		return; /* sticky: the run fails at its next step, and the intent stays for the next one */
	*m = (struct group_memory){
	        .code = w->code, .id = arena_str(a, g->id), .name = w->name, .mixed = g->mixed, .at = g->d->now};
	if (complete && !g->mixed)
		memcpy(m->fingerprint, w->fingerprint, sizeof(m->fingerprint));
	w->memory = m;
	map_put_str(g->d->state.groups, m->code, m);
	map_put_str(g->d->state.groups_by_id, m->id, m);
	journal_put_group(g->d->journal, seq, m);
}

/* ---- what is wished, now that its members are known ---- */

static enum verdict wish(struct run *run)
{
	struct doing *g = doing_of(run);
	const struct want_group *w = g->item->group;
	g->roll_wish = (struct roll_wish){.code = w->code, .name = w->name};
	g->roll_wish.learners.v = arena_array(run_arena(run), w->member_count + 1, sizeof(struct str));
	if (!g->roll_wish.learners.v)
		return run_failf(run, FAULT_LOCAL, ERR_LIMIT, "the memory of the run is used up");
	for (size_t i = 0; i < w->member_count; i++) {
		const struct binding *b =
		        w->members[i].person ? w->members[i].person->binding : w->members[i].binding;
		if (b)
			g->roll_wish.learners.v[g->roll_wish.learners.n++] = b->id;
	}
	return STEP_NEXT;
}

static bool is_whole(const struct doing *g)
{
	return g->roll_wish.learners.n >= g->item->group->member_count;
}

/* ---- found, or created ---- */

static enum verdict is_new(struct run *run)
{
	struct doing *g = doing_of(run);
	if (!g->item->group->memory)
		return STEP_NEXT;
	g->id = g->item->group->memory->id;
	return STEP_SKIP;
}

static enum verdict find_ask(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	port_of(g)->group_find(port_of(g)->self, x, run_arena(run), g->item->group->code, &g->id);
	return down_asks(g->d);
}

static enum verdict found(struct run *run)
{
	struct doing *g = doing_of(run);
	if (!str_empty(g->id))
		return STEP_SKIP;
	if (g->item->intent && down_too_early(g))
		return STEP_DONE;
	return STEP_NEXT;
}

static void intend(struct run *run, enum intent_kind kind)
{
	struct doing *g = doing_of(run);
	if (g->item->intent)
		journal_drop(g->d->journal, g->item->intent);
	g->item->intent = 0;
	g->intent = (struct intent){.kind = kind, .id = g->id, .payload = g->item->group->code};
	journal_intend(g->d->journal, run, &g->intent);
}

static void create_open(struct run *run)
{
	intend(run, INTENT_GROUP_CREATE);
}

static enum verdict create_ask(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	port_of(g)->group_create(port_of(g)->self, x, run_arena(run), &g->roll_wish, &g->id);
	return down_asks(g->d);
}

static enum verdict create_got(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	enum verdict v;
	if (!down_written(run, g, x, &v))
		return v;
	remember(g, g->intent.seq, false); /* complete once it was read back */
	g->create = true;
	g->d->report->counts[COUNT_GROUPS].created++;
	down_note(g, "created");
	return STEP_NEXT;
}

/* ---- read, compared, written ---- */

static enum verdict is_there(struct run *run)
{
	return str_empty(doing_of(run)->id) ? STEP_DONE
	                                    : STEP_NEXT; /* an uncertain creation: looked for in the next try */
}

static enum verdict read_ask(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	g->roll = (struct roll){0};
	port_of(g)->group_read(port_of(g)->self, x, run_arena(run), g->id, &g->roll);
	return down_asks(g->d);
}

/* Somebody deleted it in Edusign: it is made anew. */
static enum verdict read_got(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	struct want_group *w = g->item->group;
	bool gone = x->fault.class == FAULT_REMOTE && x->fault.code == ERR_NOT_FOUND;
	if (fault_is(&x->fault) && !gone)
		return run_fail(run, &x->fault);
	if (!gone && !g->roll.hidden)
		return STEP_NEXT;
	if (g->create || !w->memory)
		return run_failf(run, FAULT_REMOTE, ERR_CONFLICT,
		                 "the group is found, and cannot be read or is archived");
	w->memory = NULL;
	g->item->action = ACTION_CREATE;
	g->item->reason = STR("its group is gone from Edusign");
	g->outcome = OUTCOME_AGAIN;
	return STEP_DONE;
}

static bool texts_have(const struct texts *list, struct str id)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->v[i], id))
			return true;
	return false;
}

static bool is_ours(const struct roll *roll, struct str code)
{
	bool typed = roll->api_type.n == 6 && strncasecmp(roll->api_type.p, "ypareo", 6) == 0;
	return typed && str_eq(str_trim(roll->api_id), code);
}

/* Members whom we do not know were put there by hand, and stay. */
static int keep_strangers(struct run *run)
{
	struct doing *g = doing_of(run);
	struct texts all = {
	        arena_array(run_arena(run), g->roll_wish.learners.n + g->roll.learners.n + 1, sizeof(struct str)), 0};
	if (!all.v)
		return ERR_LIMIT;
	g->mixed = false;
	for (size_t i = 0; i < g->roll_wish.learners.n; i++)
		all.v[all.n++] = g->roll_wish.learners.v[i];
	for (size_t i = 0; i < g->roll.learners.n; i++) {
		if (map_get_str(g->d->state.people_by_id[PERSON_LEARNER], g->roll.learners.v[i]))
			continue;
		g->mixed = true;
		if (!texts_have(&all, g->roll.learners.v[i]))
			all.v[all.n++] = g->roll.learners.v[i];
	}
	g->roll_wish.learners = all;
	return 0;
}

static bool is_equal(const struct doing *g)
{
	if (!str_eq(g->roll.name, g->roll_wish.name))
		return false;
	for (size_t i = 0; i < g->roll.learners.n; i++)
		if (!texts_have(&g->roll_wish.learners, g->roll.learners.v[i]))
			return false;
	for (size_t i = 0; i < g->roll_wish.learners.n; i++)
		if (!texts_have(&g->roll.learners, g->roll_wish.learners.v[i]))
			return false;
	return true;
}

/* It is as wished. */
static enum verdict settle(struct doing *g)
{
	remember(g, g->item->intent, is_whole(g));
	g->item->intent = 0;
	if (g->mixed)
		issues_add(g->d->issues, g->item->record, "members", 0,
		           "Take them out of the group in Edusign, if they are not of it",
		           "has members in Edusign whom passerelle does not know; they stay, and no sheet bears the "
		           "group");
	return STEP_DONE;
}

static enum verdict judge(struct run *run)
{
	struct doing *g = doing_of(run);
	if (!is_ours(&g->roll, g->item->group->code)) {
		if (g->item->intent)
			journal_drop(g->d->journal, g->item->intent);
		issues_add(g->d->issues, g->item->record, "code", 0,
		           "Give that group another API_ID in Edusign, or remove its API_ID",
		           "has a group in Edusign that bears its code, and that another connector made: it is left "
		           "as it is");
		g->outcome = OUTCOME_FAILED;
		return STEP_DONE;
	}
	if (keep_strangers(run))
		return run_failf(run, FAULT_LOCAL, ERR_LIMIT, "the memory of the run is used up");
	/* A change that is still on its way would undo a later one; only what this run itself sent says by being there that it has arrived. */
	bool arrived = is_equal(g) && g->item->tries > 0;
	if (g->item->intent && !arrived && down_too_early(g))
		return STEP_DONE;
	if (is_equal(g)) {
		if (!g->create && !g->item->tries)
			g->d->report->counts[COUNT_GROUPS].unchanged++;
		return settle(g);
	}
	if (g->create)
		return run_failf(run, FAULT_DATA, ERR_CONFLICT,
		                 "was created, and Edusign shows another name or other members");
	return STEP_NEXT;
}

static void update_open(struct run *run)
{
	intend(run, INTENT_GROUP_UPDATE);
}

static enum verdict update_ask(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	port_of(g)->group_update(port_of(g)->self, x, &g->roll, &g->roll_wish);
	return down_asks(g->d);
}

static enum verdict update_got(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	enum verdict v;
	if (!down_written(run, g, x, &v))
		return v;
	remember(g, g->intent.seq, false);
	g->d->report->counts[COUNT_GROUPS].updated++;
	g->item->action = ACTION_UPDATE;
	down_note(g, "updated");
	return STEP_NEXT;
}

/* What a sheet relies on is read back before one bears it. */
static enum verdict verify_got(struct run *run, struct exchange *x)
{
	struct doing *g = doing_of(run);
	if (fault_is(&x->fault))
		return run_fail(run, &x->fault);
	if (!is_equal(g))
		return run_failf(run, FAULT_DATA, ERR_CONFLICT,
		                 "was changed, and Edusign shows another name or other members");
	return settle(g);
}

static const struct step make_part[] = {
        {STEP_CALC, "new", .calc = is_new, .skip = "there"},
        {STEP_HTTP, "find", .ask = find_ask, .got = must_got},
        {STEP_CALC, "found", .calc = found, .skip = "there"},
        {STEP_GATE, "create-intent", .open = create_open},
        {STEP_HTTP, "create", .effect = FETCH_WRITE_ONCE, .ask = create_ask, .got = create_got},
        {STEP_WAIT, "there"},
        STEP_END,
};

static const struct step equal_part[] = {
        {STEP_CALC, "is-there", .calc = is_there},
        {STEP_HTTP, "read", .ask = read_ask, .got = read_got},
        {STEP_CALC, "judge", .calc = judge},
        {STEP_GATE, "update-intent", .open = update_open},
        {STEP_HTTP, "update", .effect = FETCH_WRITE_KEYED, .ask = update_ask, .got = update_got},
        {STEP_HTTP, "verify", .ask = read_ask, .got = verify_got},
        STEP_END,
};

const struct step down_group_list[] = {
        {STEP_WAIT, "not-before", .wait_ms = not_before},
        {STEP_CALC, "wish", .calc = wish},
        {STEP_CALL, "make", .sub = make_part},
        {STEP_CALL, "equal", .sub = equal_part},
        STEP_END,
};
