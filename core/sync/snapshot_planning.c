#include "core/sync/snapshot_p.h"

#include <string.h>

#include "core/sync/state.h"

/*
 * The planning. One call for all groups costs a school of 40 groups one request instead of 40, and is the one that Yparéo may not answer in
 * time, may refuse, or may answer otherwise than each group's own: what it covers is nowhere said. A session that it lacks would look
 * cancelled, or never be made. So it is believed only after it was held against every group's own answer and was the same, session by session; from then
 * on one group in turn is held against it each time, and a group of which it never showed anything is asked for by itself once a day. Where they differ,
 * each group is asked for, as if there were no other way. (What is to be removed is read a second time group by group in any case: down.c.)
 *
 * Too slow: half the days at once, down to single days, then single groups; there is no call for some groups. What was found is remembered, and something
 * wider is tried after a while.
 */

/* With fewer groups one call for all saves nothing. */
#define FEW_GROUPS 3
/* When a wider call is tried again, and one that gave something else than the groups' own. */
#define AGAIN_S (7 * 86400)
#define UNEQUAL_AGAIN_S 86400

/* A call that is too slow is cut, not repeated; one that failed otherwise is, so often in a reading. */
#define REPEATS 2

static struct snapshot_work *work_of(struct run *run)
{
	return run_state(run);
}

static enum verdict out_of_memory(struct run *run)
{
	return run_failf(run, FAULT_LOCAL, ERR_LIMIT, "the memory of the run is used up");
}

/* ---- which groups ---- */

/* Groups of sites that no environment serves are not read. A group without a known site is: who owns its sessions is an issue to be
 * told, not a silence. */
static bool group_is_served(const struct snapshot_work *w, const struct group *g)
{
	if (!map_get(w->snap.site_by_code, g->site))
		return true;
	for (unsigned i = 0; i < w->settings->environment_count; i++) {
		struct site_set set;
		struct fault ignored = { 0 };
		/* an environment whose site is unknown fails on its own, later */
		if (site_set_resolve(&w->snap, &w->settings->environments[i], w->snap.arena, &set, &ignored) == 0 &&
		    site_set_has(&set, g->site))
			return true;
	}
	return false;
}

static void add_group(struct snapshot_work *w, int64_t code)
{
	w->groups.v[w->groups.n++] = code;
}

static void all_groups(struct snapshot_work *w)
{
	struct group *g = w->snap.groups.v;
	w->groups.n = w->next_group = 0;
	for (size_t i = 0; i < w->snap.groups.n; i++)
		if (map_get(w->served, g[i].code) == &g[i])
			add_group(w, g[i].code);
}

/* In pieces of at most so many days, the soonest on top. */
static void push_piece(struct snapshot_work *w, int32_t first, int32_t last, int64_t days)
{
	for (int32_t end = last; end >= first;) {
		int32_t begin = end - days + 1 > first ? (int32_t)(end - days + 1) : first;
		if (w->piece_count == PLANNING_PIECES) {
			w->all_failed = true;
			return;
		}
		w->pieces[w->piece_count++] = (struct planning_piece){ begin, end };
		end = begin - 1;
	}
}

/* What is too much for one piece is too much for those that wait. */
static void cut_further(struct snapshot_work *w, int32_t days)
{
	struct planning_piece waiting[PLANNING_PIECES];
	size_t n = w->piece_count;
	memcpy(waiting, w->pieces, sizeof(waiting));
	w->days = w->days && w->days < days ? w->days : days;
	w->piece_count = 0;
	for (size_t i = 0; i < n; i++)
		push_piece(w, waiting[i].first, waiting[i].last, w->days);
}

/* How the window is cut: as the last readings found, and twice as wide again once that is a while ago. */
static void cut_window(struct snapshot_work *w)
{
	struct kept_planning *p = &w->kept.planning;
	int64_t window = w->last - w->first + 1, days = p->days;
	if (days && days < window && w->now - p->cut_at >= AGAIN_S)
		days = days * 2 < window ? days * 2 : 0;
	w->days = days;
	if (days <= 0 || days > window)
		days = window;
	push_piece(w, w->first, w->last, days);
}

static enum verdict choose(struct run *run)
{
	struct snapshot_work *w = work_of(run);
	struct group *g = w->snap.groups.v;
	w->groups.v = arena_array(w->snap.arena, w->snap.groups.n + 1, sizeof(int64_t));
	if (!w->groups.v)
		return out_of_memory(run);
	for (size_t i = 0; i < w->snap.groups.n; i++)
		if (map_get(w->snap.group_by_code, g[i].code) == &g[i] && group_is_served(w, &g[i]))
			map_put(w->served, g[i].code, &g[i]);
	all_groups(w);
	const struct kept_planning *p = &w->kept.planning;
	if (w->groups.n <= FEW_GROUPS || !w->has_store || w->now < p->not_before || (!p->proven_at && !w->remembers))
		return STEP_SKIP;
	w->all = true;
	cut_window(w);
	return STEP_NEXT;
}

static unsigned width(struct run *run)
{
	unsigned n = work_of(run)->settings->ypareo->concurrency;
	return n ? n : 1;
}

/* ---- all groups in one call ---- */

struct piece_child { struct snapshot_work *w; struct planning_piece days; struct items sessions; };

static enum next piece_next(struct run *run, void **child)
{
	struct snapshot_work *w = work_of(run);
	if (w->all_failed)
		return CHILD_NONE;
	/* one at a time until one of that many days was answered: others would only fail with it */
	if (w->pieces_open && (w->piece_count == 0 || !w->days_work))
		return CHILD_LATER;
	if (w->piece_count == 0)
		return CHILD_NONE;
	struct piece_child *c = arena_alloc(run_arena(run), sizeof(*c));
	if (!c)
		return CHILD_NONE; /* an exhausted arena is sticky: the next step fails the run */
	c->w = w;
	c->days = w->pieces[--w->piece_count];
	w->pieces_open++;
	*child = c;
	return CHILD_READY;
}

static enum verdict piece_ask(struct run *run, struct exchange *x)
{
	struct piece_child *c = run_state(run);
	const struct planning_port *p = c->w->settings->ypareo;
	c->sessions = (struct items){ NULL, 0 };
	p->planning_all(p->self, x, c->w->snap.arena, c->w->settings->zone, c->days.first, c->days.last, &c->sessions);
	return snapshot__asked(c->w);
}

static bool is_of_served(const struct snapshot_work *w, const struct session *s)
{
	for (size_t i = 0; i < s->groups.n; i++)
		if (map_get(w->served, s->groups.v[i]))
			return true;
	return false;
}

/* Sessions of groups that nobody serves, or that name none, are none that a group's own call would give. */
static int take_session(struct snapshot_work *w, struct session *s)
{
	if (map_get(w->snap.session_by_code, s->code))
		return 0; /* a session of two groups comes twice, whole each time; one that was moved meanwhile, too */
	map_put(w->snap.session_by_code, s->code, s);
	return items_add(w->snap.arena, &w->snap.sessions, &w->sessions_cap, s, sizeof(*s));
}

static enum verdict piece_got(struct run *run, struct exchange *x)
{
	struct piece_child *c = run_state(run);
	struct session *got = c->sessions.v;
	snapshot__note_date(c->w, run, x);
	if (fault_is(&x->fault))
		return run_fail(run, &x->fault);
	for (size_t i = 0; i < c->sessions.n; i++)
		if (is_of_served(c->w, &got[i]) && take_session(c->w, &got[i]))
			return out_of_memory(run);
	return STEP_NEXT;
}

static bool is_too_much(const struct fault *f)
{
	return f->code == ERR_TIMEOUT || f->code == ERR_LIMIT || f->http_status == 500 || f->http_status == 502 || f->http_status == 504;
}

/* What nobody answers for is asked for otherwise. A Yparéo that is sick fails at that, too, and then nothing of this is remembered. */
static enum verdict piece_joined(struct run *run, void *state, const struct fault *fault)
{
	struct snapshot_work *w = work_of(run);
	const struct piece_child *c = state;
	int32_t days = c->days.last - c->days.first + 1;
	w->pieces_open--;
	w->days_work = !fault_is(fault);
	if (!fault_is(fault))
		return STEP_NEXT;
	if (fault->class == FAULT_LOCAL || fault->class == FAULT_CANCELLED || fault->class == FAULT_BUG)
		return run_fail(run, fault);
	log_info("sync", run_log(run), "the planning of all groups was not given", "days=%d why=«%s»", days, fault->what);
	if (is_too_much(fault) && days > 1) {
		cut_further(w, (days + 1) / 2);
		push_piece(w, c->days.first, c->days.last, w->days);
		return STEP_NEXT;
	}
	bool passing = fault->class == FAULT_TRANSIENT || fault->class == FAULT_QUOTA;
	if (!is_too_much(fault) && passing && w->repeats < REPEATS) {
		w->repeats++;
		push_piece(w, c->days.first, c->days.last, days);
		return STEP_NEXT;
	}
	w->all_failed = true;
	if (is_too_much(fault) || fault->class == FAULT_AUTH || fault->class == FAULT_REMOTE)
		w->kept.planning.not_before = w->now + AGAIN_S;
	else if (!passing)
		w->kept.planning.not_before = w->now + UNEQUAL_AGAIN_S;
	return STEP_NEXT;
}

static const struct step piece_one[] = {
	{ STEP_HTTP, "planning-all", .ask = piece_ask, .got = piece_got, .retry = &retry_once },
	STEP_END,
};

/* ---- what is asked for beside it ---- */

static bool has(const struct ints *list, int64_t code, size_t *at)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i] == code) {
			*at = i;
			return true;
		}
	return false;
}

static void forget_sessions(struct snapshot_work *w)
{
	w->snap.sessions.n = 0;
	w->snap.session_by_code = map_new_int(w->snap.arena);
	w->single_by_code = map_new_int(w->snap.arena);
}

/* The groups of which the answer for all shows a session. */
static struct map *shown(struct snapshot_work *w)
{
	struct map *m = map_new_int(w->snap.arena);
	const struct session *s = w->snap.sessions.v;
	for (size_t i = 0; i < w->snap.sessions.n; i++)
		for (size_t k = 0; k < s[i].groups.n; k++)
			if (map_get(w->served, s[i].groups.v[k]))
				map_put(m, s[i].groups.v[k], w);
	return m;
}

/* One that was shown, behind the last one in the order of codes: each has its turn. */
static int64_t sample(const struct snapshot_work *w, const struct map *shows)
{
	const struct group *g = w->snap.groups.v;
	int64_t next = 0, first = 0;
	for (size_t i = 0; i < w->snap.groups.n; i++) {
		int64_t code = g[i].code;
		if (!map_get(shows, code))
			continue;
		if (code > w->kept.planning.sampled && (!next || code < next))
			next = code;
		if (!first || code < first)
			first = code;
	}
	return next ? next : first;
}

static enum verdict gathered(struct run *run)
{
	struct snapshot_work *w = work_of(run);
	struct kept_planning *p = &w->kept.planning;
	if (w->all_failed) {
		w->all = false;
		forget_sessions(w);
		return STEP_SKIP;
	}
	w->proving = !p->proven_at;
	if (w->proving)
		return STEP_NEXT; /* against every group */
	struct map *shows = shown(w);
	const struct group *g = w->snap.groups.v;
	int64_t one = sample(w, shows);
	w->groups.n = w->next_group = 0;
	for (size_t i = 0; i < w->snap.groups.n; i++) {
		size_t at;
		int64_t code = g[i].code;
		if (map_get(w->served, code) != &g[i])
			continue;
		bool silent = !map_get(shows, code) && !has(&p->covered, code, &at) &&
		              !(has(&p->quiet, code, &at) && p->quiet_at.v[at] <= w->now && w->now - p->quiet_at.v[at] < KEPT_S);
		if (silent || code == one)
			add_group(w, code);
	}
	p->sampled = one;
	return STEP_NEXT;
}

/* ---- single groups ---- */

struct group_child { struct snapshot_work *w; int64_t group; struct items sessions; };

static enum next group_next(struct run *run, void **child)
{
	struct snapshot_work *w = work_of(run);
	if (w->next_group >= w->groups.n || (w->all && w->differs && !w->proving))
		return CHILD_NONE;
	struct group_child *c = arena_alloc(run_arena(run), sizeof(*c));
	if (!c)
		return CHILD_NONE;
	c->w = w;
	c->group = w->groups.v[w->next_group++];
	*child = c;
	return CHILD_READY;
}

static enum verdict group_ask(struct run *run, struct exchange *x)
{
	struct group_child *c = run_state(run);
	const struct planning_port *p = c->w->settings->ypareo;
	c->sessions = (struct items){ NULL, 0 };
	p->planning(p->self, x, c->w->snap.arena, c->w->settings->zone, c->w->first, c->w->last, c->group, &c->sessions);
	return snapshot__asked(c->w);
}

static enum verdict group_answer(struct run *run, struct exchange *x)
{
	struct group_child *c = run_state(run);
	snapshot__note_date(c->w, run, x);
	if (!fault_is(&x->fault))
		return STEP_NEXT;
	fault_prefix(&x->fault, "planning of group %lld", (long long)c->group);
	return run_fail(run, &x->fault);
}

static enum verdict group_got(struct run *run, struct exchange *x)
{
	struct group_child *c = run_state(run);
	struct session *got = c->sessions.v;
	enum verdict v = group_answer(run, x);
	for (size_t i = 0; v == STEP_NEXT && i < c->sessions.n; i++)
		if (take_session(c->w, &got[i]))
			return out_of_memory(run);
	return v;
}

static bool same_codes(const struct ints *a, const struct ints *b)
{
	return a->n == b->n && (a->n == 0 || memcmp(a->v, b->v, a->n * sizeof(*a->v)) == 0);
}

static bool same_session(const struct session *a, const struct session *b)
{
	return a->start == b->start && a->end == b->end && a->state == b->state && a->remote == b->remote && str_eq(a->subject, b->subject) &&
	       same_codes(&a->groups, &b->groups) && same_codes(&a->learners, &b->learners) && same_codes(&a->instructors, &b->instructors) &&
	       same_codes(&a->rooms, &b->rooms);
}

/* The group's own answer, held against the one for all: neither has what the other lacks. */
static enum verdict group_compared(struct run *run, struct exchange *x)
{
	struct group_child *c = run_state(run);
	struct snapshot_work *w = c->w;
	struct session *got = c->sessions.v;
	const struct session *all = w->snap.sessions.v;
	size_t at, here = 0, there = 0;
	enum verdict v = group_answer(run, x);
	if (v != STEP_NEXT)
		return v;
	struct map *seen = map_new_int(x->arena);
	for (size_t i = 0; i < c->sessions.n; i++) {
		const struct session *s = map_get(w->snap.session_by_code, got[i].code);
		w->differs = w->differs || !s || !same_session(s, &got[i]);
		map_put(w->single_by_code, got[i].code, &got[i]);
		map_put(seen, got[i].code, w);
	}
	for (size_t i = 0; i < w->snap.sessions.n; i++)
		there += has(&all[i].groups, c->group, &at);
	here = map_count(seen);
	w->differs = w->differs || here != there;
	return STEP_NEXT;
}

static const struct step compared_one[] = {
	{ STEP_HTTP, "planning-compared", .ask = group_ask, .got = group_compared },
	STEP_END,
};
static const struct step group_one[] = {
	{ STEP_HTTP, "planning", .ask = group_ask, .got = group_got },
	STEP_END,
};

/* ---- the verdict on the call for all ---- */

/* Who was shown, and who was asked for by itself and had nothing. Made anew: groups come and go. */
static int note_groups(struct snapshot_work *w)
{
	struct kept_planning *p = &w->kept.planning, was = *p;
	struct arena *a = w->snap.arena;
	struct map *shows = shown(w);
	const struct group *g = w->snap.groups.v;
	size_t n = w->snap.groups.n + 1, at;
	p->covered = (struct ints){ arena_array(a, n, sizeof(int64_t)), 0 };
	p->quiet = (struct ints){ arena_array(a, n, sizeof(int64_t)), 0 };
	p->quiet_at = (struct ints){ arena_array(a, n, sizeof(int64_t)), 0 };
	if (!p->covered.v || !p->quiet.v || !p->quiet_at.v)
		return ERR_LIMIT;
	for (size_t i = 0; i < w->snap.groups.n; i++) {
		int64_t code = g[i].code;
		if (map_get(w->served, code) != &g[i])
			continue;
		if (map_get(shows, code) || has(&was.covered, code, &at)) {
			p->covered.v[p->covered.n++] = code;
			continue;
		}
		p->quiet.v[p->quiet.n++] = code;
		p->quiet_at.v[p->quiet_at.n++] = has(&w->groups, code, &at) ? w->now : has(&was.quiet, code, &at) ? was.quiet_at.v[at] : 0;
	}
	return 0;
}

static bool take_single(void *value, void *arg)
{
	struct snapshot_work *w = arg;
	return take_session(w, value) == 0;
}

static enum verdict held_against(struct run *run)
{
	struct snapshot_work *w = work_of(run);
	struct kept_planning *p = &w->kept.planning;
	if (w->differs) {
		log_warning("sync", run_log(run), "the planning of all groups differs from the groups' own: each is asked for", NULL);
		p->proven_at = 0;
		p->not_before = w->now + UNEQUAL_AGAIN_S;
		struct map *singles = w->single_by_code;
		w->all = false;
		forget_sessions(w);
		all_groups(w);
		if (!w->proving)
			return STEP_NEXT;
		map_each(singles, take_single, w);
		return arena_alloc(w->snap.arena, 1) ? STEP_SKIP : out_of_memory(run);
	}
	if (w->proving && w->snap.sessions.n) /* nothing is the same as nothing, and proves nothing */
		p->proven_at = w->now;
	p->not_before = 0;
	if (w->days != p->days || (w->days && w->now - p->cut_at >= AGAIN_S))
		p->cut_at = w->now;
	p->days = w->days;
	return note_groups(w) ? out_of_memory(run) : STEP_SKIP;
}

const struct step snapshot__planning[] = {
	{ STEP_CALC, "choose", .calc = choose, .skip = "by-group" },
	{ STEP_EACH, "by-days", .next = piece_next, .joined = piece_joined, .sub = piece_one, .width_of = width },
	{ STEP_CALC, "gathered", .calc = gathered, .skip = "by-group" },
	{ STEP_EACH, "compared", .next = group_next, .sub = compared_one, .width_of = width },
	{ STEP_CALC, "held-against", .calc = held_against, .skip = "planned" },
	{ STEP_EACH, "by-group", .next = group_next, .sub = group_one, .width_of = width },
	{ STEP_WAIT, "planned" },
	STEP_END,
};
