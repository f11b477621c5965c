#include "core/sync/snapshot_p.h"

#include <stdlib.h>
#include <string.h>

#include "core/sync/state.h"

void snapshot_work_init(struct snapshot_work *w, const struct settings *settings, struct arena *arena, int32_t first, int32_t last,
                        bool people)
{
	memset(w, 0, sizeof(*w));
	w->settings = settings;
	w->first = first;
	w->last = last;
	w->people = people;
	struct snapshot *s = &w->snap;
	s->arena = arena;
	s->first = first;
	s->last = last;
	s->site_by_code = map_new_int(arena);
	s->group_by_code = map_new_int(arena);
	s->training_by_code = map_new_int(arena);
	s->room_by_code = map_new_int(arena);
	s->learner_by_code = map_new_int(arena);
	s->instructor_by_code = map_new_int(arena);
	s->session_by_code = map_new_int(arena);
	w->wanted_learners = map_new_int(arena);
	w->wanted_instructors = map_new_int(arena);
	w->company_names = map_new_int(arena);
	w->served = map_new_int(arena);
	w->single_by_code = map_new_int(arena);
}

static struct snapshot_work *work_of(struct run *run)
{
	return run_state(run);
}

enum verdict snapshot__asked(struct snapshot_work *w)
{
	w->requests++;
	return STEP_NEXT;
}

/* Date has whole seconds and was written a while ago: what matters are minutes. */
void snapshot__note_date(struct snapshot_work *w, struct run *run, const struct exchange *x)
{
	if (x->reply.date_ms)
		w->snap.clock_skew_ms = x->reply.date_ms - loop_wall_ms(run_loop(run));
}

static enum verdict must(struct run *run, struct exchange *x)
{
	snapshot__note_date(work_of(run), run, x);
	return fault_is(&x->fault) ? run_fail(run, &x->fault) : STEP_NEXT;
}

/* A list that this school's key may not read: every other failure is a failure of the reading, since a list
 * that is missing for a moment must not look like one that is not there. */
static bool is_refused(const struct exchange *x)
{
	return x->fault.class == FAULT_AUTH || (x->fault.class == FAULT_REMOTE && x->fault.http_status == 404);
}

static enum verdict may(struct run *run, struct exchange *x, bool *read_out)
{
	snapshot__note_date(work_of(run), run, x);
	if (fault_is(&x->fault)) {
		if (!is_refused(x))
			return run_fail(run, &x->fault);
		log_warning("sync", run_log(run), "a list is refused to this key", "why=«%s»", x->fault.what);
		*read_out = false;
		return STEP_NEXT;
	}
	*read_out = true;
	return STEP_NEXT;
}

#define INDEX(list, type, map, field) \
	do { \
		for (size_t i_ = 0; i_ < (list)->n; i_++) { \
			type *one_ = &((type *)(list)->v)[i_]; \
			map_put((map), one_->field, one_); \
		} \
	} while (0)

/* ---- sites, periods, groups ---- */

static enum verdict sites_ask(struct run *run, struct exchange *x)
{
	struct snapshot_work *w = work_of(run);
	w->snap.sites = (struct items){ NULL, 0 };
	w->settings->ypareo->sites(w->settings->ypareo->self, x, w->snap.arena, &w->snap.sites);
	return snapshot__asked(w);
}

static enum verdict sites_got(struct run *run, struct exchange *x)
{
	struct snapshot_work *w = work_of(run);
	enum verdict v = must(run, x);
	if (v == STEP_NEXT)
		INDEX(&w->snap.sites, struct site, w->snap.site_by_code, code);
	return v;
}

static enum verdict periods_ask(struct run *run, struct exchange *x)
{
	struct snapshot_work *w = work_of(run);
	w->snap.periods = (struct items){ NULL, 0 };
	w->settings->ypareo->periods(w->settings->ypareo->self, x, w->snap.arena, &w->snap.periods);
	return snapshot__asked(w);
}

/* All periods that meet the window: two of them overlap around summer. Where none does (a gap between two school years, the next
 * one not entered yet) the one that began last stands in, as Yparéo's own clients do. */
static enum verdict periods_got(struct run *run, struct exchange *x)
{
	struct snapshot_work *w = work_of(run);
	enum verdict v = must(run, x);
	if (v != STEP_NEXT)
		return v;
	struct period *all = w->snap.periods.v, *latest = NULL;
	w->period_codes.v = arena_array(w->snap.arena, w->snap.periods.n + 1, sizeof(int64_t));
	if (!w->period_codes.v)
		return run_failf(run, FAULT_LOCAL, ERR_LIMIT, "the memory of the run is used up");
	w->period_codes.n = 0;
	for (size_t i = 0; i < w->snap.periods.n; i++) {
		if (all[i].first <= w->last && all[i].last >= w->first)
			w->period_codes.v[w->period_codes.n++] = all[i].code;
		if (all[i].first <= w->first && (!latest || all[i].first > latest->first))
			latest = &all[i];
	}
	if (w->period_codes.n == 0 && latest)
		w->period_codes.v[w->period_codes.n++] = latest->code;
	if (w->period_codes.n == 0)
		return run_failf(run, FAULT_DATA, ERR_MISSING,
		                 "Yparéo lists no school year (périodes) that has begun: nothing can be read without one");
	return STEP_NEXT;
}

static enum verdict groups_ask(struct run *run, struct exchange *x)
{
	struct snapshot_work *w = work_of(run);
	w->snap.groups = (struct items){ NULL, 0 };
	w->settings->ypareo->groups(w->settings->ypareo->self, x, w->snap.arena, w->period_codes, &w->snap.groups);
	return snapshot__asked(w);
}

static enum verdict groups_got(struct run *run, struct exchange *x)
{
	return must(run, x);
}

static enum verdict short_groups_ask(struct run *run, struct exchange *x)
{
	struct snapshot_work *w = work_of(run);
	w->settings->ypareo->short_groups(w->settings->ypareo->self, x, w->snap.arena, w->first, w->last, &w->snap.groups);
	return snapshot__asked(w);
}

static enum verdict short_groups_got(struct run *run, struct exchange *x)
{
	struct snapshot_work *w = work_of(run);
	bool ignored;
	enum verdict v = may(run, x, &ignored);
	if (v == STEP_NEXT)
		INDEX(&w->snap.groups, struct group, w->snap.group_by_code, code);
	return v;
}

/* ---- the sessions, once all are there ---- */

static int by_start(const void *pa, const void *pb)
{
	const struct session *a = pa, *b = pb;
	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	return a->code < b->code ? -1 : a->code > b->code;
}

/* The arrays moved while they grew: index once, at the end. */
static enum verdict index_sessions(struct run *run)
{
	struct snapshot_work *w = work_of(run);
	struct snapshot *s = &w->snap;
	if (s->sessions.n > 1)
		qsort(s->sessions.v, s->sessions.n, sizeof(struct session), by_start);
	struct session *all = s->sessions.v;
	for (size_t i = 0; i < s->sessions.n; i++) {
		map_put(s->session_by_code, all[i].code, &all[i]);
		for (size_t k = 0; k < all[i].learners.n; k++)
			map_put(w->wanted_learners, all[i].learners.v[k], &all[i]);
		for (size_t k = 0; k < all[i].instructors.n; k++)
			map_put(w->wanted_instructors, all[i].instructors.v[k], &all[i]);
	}
	if (w->settings->default_instructor)
		map_put(w->wanted_instructors, w->settings->default_instructor, w);
	return STEP_NEXT;
}

/* ---- what earlier readings left ---- */

/* An environment's damaged store stops that environment alone, later: here it is as good as empty. */
static enum verdict as_good_as_empty(struct run *run)
{
	(void)run;
	return STEP_NEXT;
}

static enum verdict remembers(struct run *run)
{
	struct snapshot_work *w = work_of(run);
	w->kept = (struct kept){ 0 };
	return w->has_store ? STEP_NEXT : STEP_SKIP;
}

static int load_kept(struct run *run, struct store_txn *txn)
{
	struct snapshot_work *w = work_of(run);
	return kept_load(txn, w->snap.arena, w->people, &w->kept);
}

static bool is_fresh(const struct snapshot_work *w, int64_t at)
{
	return w->kept_will_do && at && at <= w->now && w->now - at < KEPT_S;
}

static bool same_ints(const struct ints *a, const struct ints *b)
{
	return a->n == b->n && (a->n == 0 || memcmp(a->v, b->v, a->n * sizeof(*a->v)) == 0);
}

static bool has_rooms(const struct snapshot_work *w)
{
	const struct session *s = w->snap.sessions.v;
	for (size_t i = 0; i < w->snap.sessions.n; i++)
		for (size_t k = 0; k < s[i].rooms.n; k++)
			if (!map_get(w->snap.room_by_code, s[i].rooms.v[k]))
				return false;
	return true;
}

static bool has_learners(const struct snapshot_work *w)
{
	const struct session *s = w->snap.sessions.v;
	for (size_t i = 0; i < w->snap.sessions.n; i++)
		for (size_t k = 0; k < s[i].learners.n; k++)
			if (!map_get(w->snap.learner_by_code, s[i].learners.v[k]))
				return false;
	return true;
}

/* Kept lists serve where they are of this school, these school years and these choices, young enough, and lack nobody. They delay a change of
 * a name by a day at most; whether a sheet goes is decided by the planning alone. */
static enum verdict use_kept(struct run *run)
{
	struct snapshot_work *w = work_of(run);
	const struct kept_lists *l = &w->kept.lists;
	struct snapshot *s = &w->snap;
	bool everybody = w->settings->grouping != GROUPING_NONE;
	if (!str_eqz(l->address, w->settings->ypareo->address))
		return STEP_NEXT;
	if (is_fresh(w, l->rooms_at)) {
		s->rooms = l->rooms;
		INDEX(&s->rooms, struct room, s->room_by_code, code);
		w->rooms_kept = s->rooms_read = has_rooms(w);
	}
	if (is_fresh(w, l->people_at) && same_ints(&l->periods, &w->period_codes) && l->email == w->settings->email && (l->everybody || !everybody)) {
		s->learners = l->learners;
		INDEX(&s->learners, struct learner, s->learner_by_code, code);
		w->people_kept = has_learners(w);
	}
	if (!w->rooms_kept) {
		s->rooms = (struct items){ NULL, 0 };
		s->room_by_code = map_new_int(s->arena);
	}
	if (!w->people_kept) {
		s->learners = (struct items){ NULL, 0 };
		s->learner_by_code = map_new_int(s->arena);
		return STEP_NEXT;
	}
	s->trainings = l->trainings;
	INDEX(&s->trainings, struct training, s->training_by_code, code);
	s->trainings_read = l->trainings_read;
	s->companies_read = l->companies_read;
	s->pro_emails_read = l->pro_emails_read;
	return STEP_NEXT;
}

/* A list that was refused is asked for again the next time, where that is cheap. */
static void note_lists(struct snapshot_work *w)
{
	struct kept_lists *l = &w->kept.lists;
	const struct snapshot *s = &w->snap;
	if (!w->rooms_kept) {
		l->rooms = s->rooms;
		l->rooms_at = s->rooms_read ? w->now : 0;
	}
	if (!w->people_kept) {
		l->trainings = s->trainings;
		l->learners = s->learners;
		l->people_at = w->now;
		l->periods = w->period_codes;
		l->email = w->settings->email;
		l->everybody = w->settings->grouping != GROUPING_NONE;
		l->trainings_read = s->trainings_read;
		l->companies_read = s->companies_read;
		l->pro_emails_read = s->pro_emails_read;
	}
	w->lists_changed = !w->rooms_kept || !w->people_kept;
	l->address = str_of(w->settings->ypareo->address);
}

/* Everything was read, and well: from here on the reading counts. */
static enum verdict worth_keeping(struct run *run)
{
	struct snapshot_work *w = work_of(run);
	if (w->people)
		note_lists(w);
	return w->has_store && w->remembers ? STEP_NEXT : STEP_SKIP;
}

static int keep(struct run *run, struct store_txn *txn)
{
	const struct snapshot_work *w = work_of(run);
	kept_put_planning(txn, &w->kept.planning);
	if (w->lists_changed)
		kept_put_lists(txn, &w->kept.lists);
	return store_txn_error(txn);
}

/* ---- names ---- */

static enum verdict rooms_ask(struct run *run, struct exchange *x)
{
	struct snapshot_work *w = work_of(run);
	if (w->rooms_kept)
		return STEP_SKIP;
	w->snap.rooms = (struct items){ NULL, 0 };
	w->settings->ypareo->rooms(w->settings->ypareo->self, x, w->snap.arena, &w->snap.rooms);
	return snapshot__asked(w);
}

static enum verdict rooms_got(struct run *run, struct exchange *x)
{
	struct snapshot_work *w = work_of(run);
	enum verdict v = may(run, x, &w->snap.rooms_read);
	if (v == STEP_NEXT && w->snap.rooms_read)
		INDEX(&w->snap.rooms, struct room, w->snap.room_by_code, code);
	return v;
}

static enum verdict trainings_ask(struct run *run, struct exchange *x)
{
	struct snapshot_work *w = work_of(run);
	if (w->people_kept)
		return STEP_SKIP;
	w->snap.trainings = (struct items){ NULL, 0 };
	w->settings->ypareo->trainings(w->settings->ypareo->self, x, w->snap.arena, &w->snap.trainings);
	return snapshot__asked(w);
}

static enum verdict trainings_got(struct run *run, struct exchange *x)
{
	struct snapshot_work *w = work_of(run);
	enum verdict v = may(run, x, &w->snap.trainings_read);
	if (v == STEP_NEXT && w->snap.trainings_read)
		INDEX(&w->snap.trainings, struct training, w->snap.training_by_code, code);
	return v;
}

static bool wants(void *arg, int64_t code)
{
	return map_get(arg, code) != NULL;
}

/* A group's members are not only those whom a session expects. */
static bool wants_all(void *arg, int64_t code)
{
	(void)arg;
	return code > 0;
}

static enum verdict instructors_ask(struct run *run, struct exchange *x)
{
	struct snapshot_work *w = work_of(run);
	w->snap.instructors = (struct items){ NULL, 0 };
	w->settings->ypareo->instructors(w->settings->ypareo->self, x, w->snap.arena, wants, w->wanted_instructors, &w->snap.instructors);
	return snapshot__asked(w);
}

static enum verdict instructors_got(struct run *run, struct exchange *x)
{
	struct snapshot_work *w = work_of(run);
	enum verdict v = must(run, x);
	if (v == STEP_NEXT)
		INDEX(&w->snap.instructors, struct instructor, w->snap.instructor_by_code, code);
	return v;
}

static enum verdict learners_ask(struct run *run, struct exchange *x)
{
	struct snapshot_work *w = work_of(run);
	if (w->people_kept)
		return STEP_SKIP;
	w->snap.learners = (struct items){ NULL, 0 };
	w->settings->ypareo->learners(w->settings->ypareo->self, x, w->snap.arena, w->period_codes,
	                            w->settings->grouping == GROUPING_NONE ? wants : wants_all, w->wanted_learners, &w->snap.learners);
	return snapshot__asked(w);
}

static enum verdict learners_got(struct run *run, struct exchange *x)
{
	struct snapshot_work *w = work_of(run);
	enum verdict v = must(run, x);
	if (v == STEP_NEXT)
		INDEX(&w->snap.learners, struct learner, w->snap.learner_by_code, code);
	return v;
}

static bool is_missing(void *arg, int64_t code)
{
	struct snapshot_work *w = arg;
	return map_get(w->wanted_learners, code) && !map_get(w->snap.learner_by_code, code);
}

/* Learners of short courses stand in a list of their own. */
static enum verdict short_learners_ask(struct run *run, struct exchange *x)
{
	struct snapshot_work *w = work_of(run);
	if (w->people_kept || (w->settings->grouping == GROUPING_NONE && map_count(w->snap.learner_by_code) >= map_count(w->wanted_learners)))
		return STEP_SKIP;
	w->settings->ypareo->short_learners(w->settings->ypareo->self, x, w->snap.arena, w->first, w->last, is_missing, w, &w->snap.learners);
	return snapshot__asked(w);
}

static enum verdict short_learners_got(struct run *run, struct exchange *x)
{
	struct snapshot_work *w = work_of(run);
	bool ignored;
	enum verdict v = may(run, x, &ignored);
	if (v == STEP_NEXT)
		INDEX(&w->snap.learners, struct learner, w->snap.learner_by_code, code);
	return v;
}

static enum verdict accounts_ask(struct run *run, struct exchange *x)
{
	struct snapshot_work *w = work_of(run);
	if (w->people_kept || w->settings->email == EMAIL_NORMAL)
		return STEP_SKIP;
	w->settings->ypareo->learner_accounts(w->settings->ypareo->self, x, w->snap.arena, w->snap.learner_by_code);
	return snapshot__asked(w);
}

/* The pro address is mandatory where the school chose it: a key that may not read it is a mistake to be told, not a reason to fall
 * back silently. */
static enum verdict accounts_got(struct run *run, struct exchange *x)
{
	struct snapshot_work *w = work_of(run);
	if (w->settings->email == EMAIL_NORMAL_ELSE_PRO)
		return may(run, x, &w->snap.pro_emails_read);
	w->snap.pro_emails_read = true;
	return must(run, x);
}

/* Contracts say where a learner works, and, where the school wants tutors, who of that company is one. */
static enum next tutors_next(struct run *run, void **child)
{
	struct snapshot_work *w = work_of(run);
	if (w->tutors_asked || (w->people_kept && !w->settings->tutors)) /* who is whose tutor is always read anew */
		return CHILD_NONE;
	w->tutors_asked = true;
	tutors_init(&w->tutors, w->settings, w->snap.arena, w->period_codes, w->first, w->settings->tutors ? wants : NULL,
	            w->wanted_learners);
	*child = &w->tutors;
	return CHILD_READY;
}

static enum verdict tutors_joined(struct run *run, void *child_state, const struct fault *fault)
{
	struct snapshot_work *w = work_of(run);
	(void)child_state;
	w->requests += w->tutors.requests;
	if (fault_is(fault))
		return run_fail(run, fault);
	w->snap.companies_read = w->tutors.read;
	w->snap.tutors = &w->tutors;
	return STEP_NEXT;
}

static void each_company(void *arg, int64_t code, struct str name)
{
	struct snapshot_work *w = arg;
	struct str *copy = arena_alloc(w->snap.arena, sizeof(*copy));
	if (!copy)
		return;
	*copy = arena_str(w->snap.arena, name);
	map_put(w->company_names, code, copy);
}

static enum verdict companies_ask(struct run *run, struct exchange *x)
{
	struct snapshot_work *w = work_of(run);
	if (w->people_kept || !w->snap.companies_read || map_count(w->tutors.contracts) == 0)
		return STEP_SKIP;
	w->settings->ypareo->companies(w->settings->ypareo->self, x, each_company, w);
	return snapshot__asked(w);
}

static enum verdict companies_got(struct run *run, struct exchange *x)
{
	struct snapshot_work *w = work_of(run);
	enum verdict v = may(run, x, &w->snap.companies_read);
	if (v != STEP_NEXT || !w->snap.companies_read)
		return v;
	struct learner *all = w->snap.learners.v;
	for (size_t i = 0; i < w->snap.learners.n; i++) {
		const struct contract *contract = map_get(w->tutors.contracts, all[i].code);
		struct str *name = contract ? map_get(w->company_names, contract->company) : NULL;
		if (name)
			all[i].company = *name;
	}
	return STEP_NEXT;
}

static const struct step planning_part[] = {
	{ STEP_HTTP, "sites", .ask = sites_ask, .got = sites_got },
	{ STEP_HTTP, "periods", .ask = periods_ask, .got = periods_got },
	{ STEP_HTTP, "groups", .ask = groups_ask, .got = groups_got },
	{ STEP_HTTP, "short-groups", .ask = short_groups_ask, .got = short_groups_got },
	{ STEP_CALL, "sessions", .sub = snapshot__planning },
	{ STEP_CALC, "index", .calc = index_sessions },
	STEP_END,
};

static const struct step people_part[] = {
	{ STEP_CALC, "kept-lists", .calc = use_kept },
	{ STEP_HTTP, "rooms", .ask = rooms_ask, .got = rooms_got },
	{ STEP_HTTP, "trainings", .ask = trainings_ask, .got = trainings_got },
	{ STEP_HTTP, "instructors", .ask = instructors_ask, .got = instructors_got },
	{ STEP_HTTP, "learners", .ask = learners_ask, .got = learners_got },
	{ STEP_HTTP, "short-learners", .ask = short_learners_ask, .got = short_learners_got },
	{ STEP_HTTP, "accounts", .ask = accounts_ask, .got = accounts_got },
	{ STEP_EACH, "tutors", .next = tutors_next, .joined = tutors_joined, .sub = tutors_list, .width = 1 },
	{ STEP_HTTP, "companies", .ask = companies_ask, .got = companies_got },
	STEP_END,
};

static enum verdict wants_people(struct run *run)
{
	return work_of(run)->people ? STEP_NEXT : STEP_SKIP;
}

const struct step snapshot_list[] = {
	{ STEP_CALC, "remembers", .calc = remembers, .skip = "planning" },
	{ STEP_STORE, "load-kept", .work = load_kept, .then = as_good_as_empty },
	{ STEP_CALL, "planning", .sub = planning_part },
	{ STEP_CALC, "people-too", .calc = wants_people, .skip = "worth-keeping" },
	{ STEP_CALL, "people", .sub = people_part },
	{ STEP_CALC, "worth-keeping", .calc = worth_keeping, .skip = "read" },
	{ STEP_STORE, "keep", .write = true, .work = keep, .then = as_good_as_empty },
	{ STEP_WAIT, "read" },
	STEP_END,
};
