#include "core/sync/up_p.h"

#include <stdlib.h>
#include <string.h>

/* The meeting of the environments: what Yparéo holds is read once for all of them, and who answers for whom is
 * settled while all of them stand still. Nothing of another environment is looked at later. */

/* Long sick leaves: whether a range finds an absence that began before it is not known. */
#define ABSENCES_BEFORE 60

static struct up_shared *shared_of(struct run *run)
{
	return run_state(run);
}

void up_shared_init(struct up_shared *s, const struct flow_env *flow, const struct settings *settings,
                    struct arena *arena, struct up_env *const *envs, unsigned env_count,
                    const struct run_options *options)
{
	memset(s, 0, sizeof(*s));
	s->flow = flow;
	s->settings = settings;
	s->arena = arena;
	s->envs = envs;
	s->env_count = env_count;
	s->options = *options;
	s->waiting = xcalloc(env_count + 1, sizeof(*s->waiting));
	s->first = s->absences_first = INT32_MAX;
	s->last = s->absences_last = INT32_MIN;
	s->learners = map_new_int(arena);
	s->absences_of = map_new_int(arena);
	for (unsigned i = 0; i < env_count; i++) {
		envs[i]->shared = s;
		envs[i]->index = i;
	}
}

void up__needs(struct up_env *u, int32_t first, int32_t last, bool planning)
{
	struct up_shared *s = u->shared;
	if (planning && first < s->first)
		s->first = first;
	if (planning && last > s->last)
		s->last = last;
	if (first < s->absences_first)
		s->absences_first = first;
	if (last > s->absences_last)
		s->absences_last = last;
}

/* ---- the meeting ---- */

static void let_go(struct up_shared *s)
{
	s->done = true;
	for (unsigned i = 0; i < s->env_count; i++) {
		struct run *run = s->waiting[i];
		s->waiting[i] = NULL;
		if (run)
			flow_wake(run, &s->fault);
	}
}

static void on_read(struct run *run, void *arg)
{
	struct up_shared *s = arg;
	s->fault = *run_fault(run);
	s->requests += s->work.requests;
	let_go(s);
}

/* All that are still alive are here: one of them at least. */
static void begin_if_all(struct up_shared *s)
{
	if (s->run || s->done || s->arrived == 0 || s->arrived + s->ended < s->env_count)
		return;
	s->run = run_new(s->flow, up_shared_list, s, &s->options);
	run_start(s->run, on_read, s);
	if (s->cancelled)
		run_cancel(s->run);
}

void up__meet(struct up_env *u, struct run *run)
{
	u->arrived = true;
	u->shared->waiting[u->index] = run;
	u->shared->arrived++;
	begin_if_all(u->shared);
}

void up_env_ended(struct up_env *u)
{
	struct up_shared *s = u->shared;
	if (u->ended)
		return;
	u->ended = true;
	s->waiting[u->index] = NULL;
	if (u->arrived)
		return;
	s->ended++;
	begin_if_all(s);
}

void up_shared_cancel(struct up_shared *s)
{
	s->cancelled = true;
	if (s->run)
		run_cancel(s->run);
}

void up_shared_deinit(struct up_shared *s)
{
	run_free(&s->run);
	free(s->waiting);
	s->waiting = NULL;
}

/* ---- what is read ---- */

static bool lives(const struct up_env *u)
{
	return u->arrived && !u->ended;
}

/* Nothing to send and nothing to settle: Yparéo is not asked at all. */
static enum verdict needed(struct run *run)
{
	struct up_shared *s = shared_of(run);
	int32_t first = s->first, last = s->last;
	if (s->absences_first > s->absences_last)
		return STEP_DONE;
	if (first > last)
		return STEP_SKIP;
	snapshot_work_init(&s->work, s->settings, s->arena, first, last, false);
	s->work.has_store = s->options.store;
	s->work.remembers = !s->envs[0]->plan_only;
	s->work.now = s->envs[0]->now;
	return STEP_NEXT;
}

static enum verdict reasons_ask(struct run *run, struct exchange *x)
{
	struct up_shared *s = shared_of(run);
	s->reasons = (struct items){NULL, 0};
	s->settings->ypareo->reasons(s->settings->ypareo->self, x, s->arena, &s->reasons);
	s->requests++;
	return STEP_NEXT;
}

/* A key that may not read the reasons can still send them. */
static enum verdict reasons_got(struct run *run, struct exchange *x)
{
	struct up_shared *s = shared_of(run);
	if (x->fault.class == FAULT_AUTH || (x->fault.class == FAULT_REMOTE && x->fault.http_status == 404)) {
		s->reasons = (struct items){NULL, 0};
		return STEP_NEXT;
	}
	if (fault_is(&x->fault))
		return run_fail(run, &x->fault);
	s->reasons_read = s->reasons.n > 0;
	return STEP_NEXT;
}

static bool wants(void *arg, int64_t learner)
{
	return map_get(arg, learner) != NULL;
}

void up__absences_ask(struct up_shared *s, struct exchange *x, struct arena *keep, struct items *out)
{
	const struct planning_port *p = s->settings->ypareo;
	*out = (struct items){NULL, 0};
	p->absences(p->self, x, keep, s->absences_first - ABSENCES_BEFORE, s->absences_last, wants, s->learners, out);
}

static enum verdict absences_ask(struct run *run, struct exchange *x)
{
	struct up_shared *s = shared_of(run);
	up__absences_ask(s, x, s->arena, &s->absences);
	s->requests++;
	return STEP_NEXT;
}

int up__absences_add(struct arena *arena, struct map *of, const struct absence *a)
{
	struct up_absences *l = map_get(of, a->learner);
	if (!l) {
		l = arena_alloc(arena, sizeof(*l));
		if (!l)
			return ERR_LIMIT;
		map_put(of, a->learner, l);
	}
	if (arena_grow(arena, &l->v, &l->cap, l->n + 1, sizeof(*l->v)))
		return ERR_LIMIT;
	l->v[l->n++] = a;
	return 0;
}

int up__absences_index(struct arena *arena, const struct items *absences, struct map *of)
{
	const struct absence *a = absences->v;
	for (size_t i = 0; i < absences->n; i++)
		if (up__absences_add(arena, of, &a[i]))
			return ERR_LIMIT;
	return 0;
}

static enum verdict absences_got(struct run *run, struct exchange *x)
{
	struct up_shared *s = shared_of(run);
	if (fault_is(&x->fault))
		return run_fail(run, &x->fault);
	s->absences_at_ms = loop_wall_ms(run_loop(run));
	if (x->reply.date_ms)
		s->skew_ms = s->absences_at_ms - x->reply.date_ms;
	return up__absences_index(s->arena, &s->absences, s->absences_of) ? up_out_of_memory(run) : STEP_NEXT;
}

/* ---- who answers for whom ---- */

static bool holds(const struct ints *sorted_or_not, int64_t code)
{
	for (size_t i = 0; i < sorted_or_not->n; i++)
		if (sorted_or_not->v[i] == code)
			return true;
	return false;
}

static bool has_row(const struct up_candidate *c, struct str id)
{
	const struct row *r = c->sheet->rows.v;
	for (size_t i = 0; i < c->sheet->rows.n; i++)
		if (str_eq(r[i].learner, id) && r[i].state >= 0)
			return true;
	return false;
}

/* How good a claim an environment has to a learner in a session: it wrote of him before, or it has evidence. Less is
 * better; -1: none. */
static int claim(struct up_env *u, int64_t session, int64_t learner)
{
	const struct sheet_memory *m = map_get(u->state.sheets, session);
	const struct binding *b = map_get(u->state.people[PERSON_LEARNER], learner);
	const struct up_ledger *l = up__ledger(u, session, learner, false);
	if (l && l->n)
		return 0;
	if (!m || m->gone || !b || !holds(&m->learners, learner))
		return -1;
	const struct up_candidate *c = map_get(u->candidate_of, session);
	if (c)
		return c->evidence && has_row(c, b->id) ? 1 : -1;
	const struct seen_mark *mark = map_get_str(u->state.seen, m->id);
	return mark && mark->settled ? 1 : -1;
}

static bool is_better(struct up_env *other, struct up_env *mine, int64_t session, int64_t learner)
{
	int a = claim(other, session, learner), b = claim(mine, session, learner);
	if (a < 0)
		return false;
	return b < 0 || a < b || (a == b && other->index < mine->index);
}

static void settle_learners(struct up_env *u, struct up_env *other, struct up_candidate *c)
{
	const struct row *r = c->sheet->rows.v;
	for (size_t i = 0; i < c->sheet->rows.n; i++) {
		int64_t code = up__ours(u, c, &r[i]);
		if (code && is_better(other, u, c->memory->session, code))
			map_put(c->not_ours, code, u);
	}
}

/* An instructor signs where he stands: a signature on any sheet of the session counts for all. */
static void gather_instructor(struct up_shared *s, const struct session *session, struct up_payroll *p)
{
	const char *key = arena_printf(s->arena, "%lld/%lld", (long long)session->code, (long long)p->instructor);
	for (unsigned i = 0; key && i < s->env_count; i++) {
		struct up_env *u = s->envs[i];
		if (!lives(u))
			continue;
		const struct payroll_memory *m = map_get_str(u->state.payroll, str_of(key));
		const struct up_candidate *c = map_get(u->candidate_of, session->code);
		const struct binding *b = map_get(u->state.people[PERSON_INSTRUCTOR], p->instructor);
		if (m && m->at && (!p->known || m->last.present)) {
			p->known = true;
			p->last = m->last;
		}
		for (unsigned k = 0; c && c->evidence && b && k < c->sheet->instructor_count; k++) {
			if (!str_eq(c->sheet->instructors[k], b->id))
				continue;
			p->on_sheet = true;
			p->signed_ = p->signed_ || c->sheet->instructor_signed[k];
		}
	}
}

/* Has another environment a sheet of this session that was dealt with before and is not looked at now? */
static bool dealt_elsewhere(const struct up_shared *s, int64_t session)
{
	for (unsigned i = 0; i < s->env_count; i++) {
		struct up_env *u = s->envs[i];
		const struct sheet_memory *m = lives(u) ? map_get(u->state.sheets, session) : NULL;
		if (m && !m->gone && !map_get(u->candidate_of, session) && map_get_str(u->state.seen, m->id))
			return true;
	}
	return false;
}

static int gather_instructors(struct up_shared *s, struct up_candidate *c, const struct session *session)
{
	struct up_payroll *p = arena_array(s->arena, session->instructors.n + 1, sizeof(*p));
	if (!p)
		return ERR_LIMIT;
	bool elsewhere = dealt_elsewhere(s, session->code);
	for (size_t i = 0; i < session->instructors.n; i++) {
		p[i].instructor = session->instructors.v[i];
		gather_instructor(s, session, &p[i]);
		/* what another sheet said before still holds */
		p[i].signed_ = p[i].signed_ || (elsewhere && p[i].known && p[i].last.present);
	}
	c->payroll = (struct items){p, session->instructors.n};
	return 0;
}

static int settle_candidate(struct up_shared *s, struct up_env *u, struct up_candidate *c)
{
	const struct session *session = map_get(s->work.snap.session_by_code, c->memory->session);
	c->payroll_ours = c->evidence;
	for (unsigned i = 0; i < s->env_count; i++) {
		struct up_env *other = s->envs[i];
		if (other == u || !lives(other))
			continue;
		const struct up_candidate *theirs = map_get(other->candidate_of, c->memory->session);
		if (theirs && theirs->evidence && other->index < u->index)
			c->payroll_ours = false;
		settle_learners(u, other, c);
	}
	return session && c->payroll_ours ? gather_instructors(s, c, session) : 0;
}

static enum verdict owners(struct run *run)
{
	struct up_shared *s = shared_of(run);
	for (unsigned i = 0; i < s->env_count; i++) {
		struct up_env *u = s->envs[i];
		struct up_candidate **all = u->candidates.v;
		for (size_t k = 0; lives(u) && k < u->candidates.n; k++)
			if (settle_candidate(s, u, all[k]))
				return up_out_of_memory(run);
	}
	return STEP_NEXT;
}

const struct step up_shared_list[] = {
        {STEP_CALC, "needed", .calc = needed, .skip = "absences"},
        {STEP_CALL, "planning", .sub = snapshot_list},
        {STEP_HTTP, "reasons", .ask = reasons_ask, .got = reasons_got},
        {STEP_HTTP, "absences", .ask = absences_ask, .got = absences_got},
        {STEP_CALC, "owners", .calc = owners},
        STEP_END,
};
