#include "core/sync/shadow.h"

#include <string.h>

/* The reading behind a shadow's report: all people and all sheets there, and the absences of Yparéo. */

#define SHEETS_PER_STEP 20
#define ABSENCES_BEFORE 60 /* days: a range may find an absence by its first day alone */

static struct shadow_env *env_of(struct run *run)
{
	return run_state(run);
}

static enum verdict out_of_memory(struct run *run)
{
	return run_failf(run, FAULT_LOCAL, ERR_LIMIT, "the memory of the run is used up");
}

static enum verdict asks(struct shadow_env *s)
{
	s->report->requests_edusign++;
	return STEP_NEXT;
}

/* ---- what is wanted ---- */

static enum verdict preset(struct run *run)
{
	struct shadow_env *s = env_of(run);
	return fault_is(&s->preset) ? run_fail(run, &s->preset) : STEP_NEXT;
}

static int load(struct run *run, struct store_txn *txn)
{
	struct shadow_env *s = env_of(run);
	memset(&s->state, 0, sizeof(s->state));
	return state_load(txn, s->flow, run_arena(run), s->now, &s->state);
}

/* What was done before the school began to look on is not what it is compared with. */
static void forget(struct shadow_env *s, struct arena *arena)
{
	for (int k = 0; k < PERSON_KIND_COUNT; k++)
		s->state.people[k] = map_new_int(arena);
	s->state.sheets = map_new_int(arena);
	s->state.groups = map_new_str(arena);
	s->state.intents = (struct items){NULL, 0};
}

static enum verdict loaded(struct run *run)
{
	struct shadow_env *s = env_of(run);
	struct arena *arena = run_arena(run);
	if (fault_is(run_fault(run)))
		return STEP_FAIL;
	forget(s, arena);
	s->issues = issues_new(arena, &s->state.issues, s->now);
	s->found = (struct shadow_report){.flow = s->flow, .at = s->now, .first = s->snap->first, .last = s->snap->last};
	s->cmp = (struct comparison){.arena = arena,
	                             .settings = s->settings,
	                             .env = s->env,
	                             .snap = s->snap,
	                             .state = &s->state,
	                             .issues = s->issues,
	                             .report = s->report,
	                             .now = s->now};
	for (int k = 0; k < PERSON_KIND_COUNT; k++) {
		s->codes[k] = map_new_str(arena);
		s->emails[k] = map_new_str(arena);
	}
	s->by_code = map_new_int(arena);
	s->by_start = map_new_int(arena);
	struct fault fault = {0};
	if (site_set_resolve(s->snap, s->env, arena, &s->cmp.sites, &fault))
		return run_fail(run, &fault);
	if (!s->issues || shadow_know_people(s))
		return out_of_memory(run);
	if (s->flow == FLOW_DOWN)
		compare_begin(&s->cmp);
	return STEP_NEXT;
}

static enum verdict want_slice(struct run *run)
{
	struct fault fault = {0};
	bool more = compare_step(&env_of(run)->cmp, &fault);
	if (fault_is(&fault))
		return run_fail(run, &fault);
	return more ? STEP_AGAIN : STEP_NEXT;
}

/* ---- what is there: people, then sheets, each to an empty page ---- */

static enum verdict people_ask(struct run *run, struct exchange *x, enum person_kind kind)
{
	struct shadow_env *s = env_of(run);
	s->page_people = (struct items){NULL, 0};
	s->env->edusign->people(s->env->edusign->self, x, run_arena(run), kind, s->page, 0, &s->page_people);
	return asks(s);
}

static enum verdict people_got(struct run *run, struct exchange *x, enum person_kind kind)
{
	struct shadow_env *s = env_of(run);
	const struct account *a = s->page_people.v;
	if (fault_is(&x->fault))
		return run_fail(run, &x->fault);
	for (size_t i = 0; i < s->page_people.n; i++)
		if (shadow_know_account(s, kind, &a[i]))
			return out_of_memory(run);
	s->page = s->page_people.n ? s->page + 1 : 0;
	return s->page ? STEP_AGAIN : STEP_NEXT;
}

static enum verdict learners_ask(struct run *run, struct exchange *x)
{
	return people_ask(run, x, PERSON_LEARNER);
}

static enum verdict learners_got(struct run *run, struct exchange *x)
{
	return people_got(run, x, PERSON_LEARNER);
}

static enum verdict instructors_ask(struct run *run, struct exchange *x)
{
	return people_ask(run, x, PERSON_INSTRUCTOR);
}

static enum verdict instructors_got(struct run *run, struct exchange *x)
{
	return people_got(run, x, PERSON_INSTRUCTOR);
}

static enum verdict sheets_ask(struct run *run, struct exchange *x)
{
	struct shadow_env *s = env_of(run);
	struct sheets_query q = {.first = s->snap->first, .last = s->snap->last, .page = s->page, .locked_only = s->flow == FLOW_UP};
	s->page_sheets = (struct items){NULL, 0};
	s->env->edusign->sheets(s->env->edusign->self, x, run_arena(run), &q, &s->page_sheets);
	return asks(s);
}

static enum verdict sheets_got(struct run *run, struct exchange *x)
{
	struct shadow_env *s = env_of(run);
	const struct sheet *all = s->page_sheets.v;
	if (fault_is(&x->fault))
		return run_fail(run, &x->fault);
	for (size_t i = 0; i < s->page_sheets.n; i++)
		if (shadow_add_sheet(s, &all[i]))
			return out_of_memory(run);
	s->page = s->page_sheets.n ? s->page + 1 : 0;
	return s->page ? STEP_AGAIN : STEP_NEXT;
}

static const struct step there_part[] = {
        {STEP_HTTP, "shadow-learners", .ask = learners_ask, .got = learners_got},
        {STEP_HTTP, "shadow-instructors", .ask = instructors_ask, .got = instructors_got},
        {STEP_HTTP, "shadow-sheets", .ask = sheets_ask, .got = sheets_got},
        STEP_END,
};

/* ---- down: sheet by sheet ---- */

static enum verdict judge_sheets(struct run *run)
{
	struct shadow_env *s = env_of(run);
	const struct session *all = s->snap->sessions.v;
	for (size_t k = 0; k < SHEETS_PER_STEP && s->next < s->snap->sessions.n; s->next++, k++) {
		const struct want_sheet *w = map_get(s->cmp.wanted, all[s->next].code);
		/* without people it is one that gets no sheet for now; an issue says why */
		if (w && w->instructor_count && w->learner_count && shadow_judge(s, w))
			return out_of_memory(run);
	}
	if (s->next < s->snap->sessions.n)
		return STEP_AGAIN;
	return shadow_judge_rest(s) ? out_of_memory(run) : STEP_NEXT;
}

/* ---- up: line by line ---- */

static bool is_listed(void *arg, int64_t learner)
{
	const struct shadow_env *s = arg;
	return map_get(s->snap->learner_by_code, learner) != NULL;
}

static enum verdict absences_ask(struct run *run, struct exchange *x)
{
	struct shadow_env *s = env_of(run);
	const struct planning_port *p = s->settings->ypareo;
	s->absences = (struct items){NULL, 0};
	p->absences(p->self, x, run_arena(run), s->snap->first - ABSENCES_BEFORE, s->snap->last, is_listed, s, &s->absences);
	s->report->requests_ypareo++;
	return STEP_NEXT;
}

static enum verdict absences_got(struct run *run, struct exchange *x)
{
	return fault_is(&x->fault) ? run_fail(run, &x->fault) : STEP_NEXT;
}

static enum verdict reasons_ask(struct run *run, struct exchange *x)
{
	struct shadow_env *s = env_of(run);
	const struct planning_port *p = s->settings->ypareo;
	s->reasons = (struct items){NULL, 0};
	p->reasons(p->self, x, run_arena(run), &s->reasons);
	s->report->requests_ypareo++;
	return STEP_NEXT;
}

/* A key that may not read the reasons compares minutes alone. */
static enum verdict reasons_got(struct run *run, struct exchange *x)
{
	if (x->fault.class == FAULT_AUTH || (x->fault.class == FAULT_REMOTE && x->fault.http_status == 404))
		return STEP_NEXT;
	return fault_is(&x->fault) ? run_fail(run, &x->fault) : STEP_NEXT;
}

static enum verdict judge_lines(struct run *run)
{
	struct shadow_env *s = env_of(run);
	const struct session *all = s->snap->sessions.v;
	for (size_t k = 0; k < SHEETS_PER_STEP && s->next < s->snap->sessions.n; s->next++, k++) {
		const struct session *session = &all[s->next];
		const struct shadow_sheet *there = shadow_take(s, session, &session->instructors, &session->learners);
		if (there && there->locked && there->evidence && shadow_judge_lines(s, session, there))
			return out_of_memory(run);
	}
	return s->next < s->snap->sessions.n ? STEP_AGAIN : STEP_NEXT;
}

/* ---- the report ---- */

static enum verdict close_report(struct run *run)
{
	struct shadow_env *s = env_of(run);
	memset(s->report->counts, 0, sizeof(s->report->counts)); /* nothing was done */
	issues_close(s->issues, &s->report->issues);
	s->report->shadow = &s->found;
	return STEP_NEXT;
}

static int record(struct run *run, struct store_txn *txn)
{
	struct shadow_env *s = env_of(run);
	state_put_issues(txn, s->flow, &s->report->issues);
	shadow_put(txn, &s->found);
	return store_txn_error(txn);
}

const struct step shadow_down_list[] = {
        {STEP_CALC, "preset", .calc = preset},
        {STEP_STORE, "load", .work = load, .then = loaded},
        {STEP_CALC, "want", .calc = want_slice},
        {STEP_CALL, "there", .sub = there_part},
        {STEP_CALC, "judge-sheets", .calc = judge_sheets},
        {STEP_CALC, "report", .calc = close_report},
        {STEP_STORE, "record", .write = true, .work = record},
        STEP_END,
};

const struct step shadow_up_list[] = {
        {STEP_CALC, "preset", .calc = preset},
        {STEP_STORE, "load", .work = load, .then = loaded},
        {STEP_CALL, "there", .sub = there_part},
        {STEP_HTTP, "absences", .ask = absences_ask, .got = absences_got},
        {STEP_HTTP, "reasons", .ask = reasons_ask, .got = reasons_got},
        {STEP_CALC, "judge-lines", .calc = judge_lines},
        {STEP_CALC, "report", .calc = close_report},
        {STEP_STORE, "record", .write = true, .work = record},
        STEP_END,
};

/* ---- kept ---- */

/* Those of one deletion; the rest goes with the next report. */
#define OLD_MOST 64

struct old_reports {
	int64_t before;
	struct store_key keys[OLD_MOST];
	size_t n;
};

static int collect_old(void *arg, struct str key, struct str value)
{
	struct old_reports *old = arg;
	size_t at = 1;
	(void)value;
	if (old->n == OLD_MOST || store_key_get_int(key, &at) >= old->before)
		return 1;
	memcpy(old->keys[old->n].b, key.p, key.n);
	old->keys[old->n++].n = key.n;
	return 0;
}

static void drop_old(struct store_txn *txn, int64_t before)
{
	struct old_reports old = {.before = before};
	struct store_key prefix;
	store_key_begin(&prefix, TABLE_SHADOW);
	store_each(txn, &prefix, collect_old, &old);
	for (size_t i = 0; i < old.n; i++)
		store_del(txn, &old.keys[i]);
}

void shadow_put(struct store_txn *txn, const struct shadow_report *r)
{
	struct store_key k;
	struct buf v;
	const struct shadow_finding *f = r->findings.v;
	drop_old(txn, r->at - (int64_t)SHADOW_DAYS * 86400);
	store_key_begin(&k, TABLE_SHADOW);
	store_key_int(&k, r->at);
	store_key_u8(&k, (uint8_t)r->flow);
	buf_init(&v, 0);
	pack_begin(&v, 1);
	pack_int(&v, r->first);
	pack_int(&v, r->last);
	pack_int(&v, SHADOW_VERDICT_COUNT);
	for (int i = 0; i < SHADOW_VERDICT_COUNT; i++)
		pack_int(&v, r->counts[i]);
	pack_int(&v, r->left_out);
	pack_int(&v, (int64_t)r->findings.n);
	for (size_t i = 0; i < r->findings.n; i++) {
		pack_int(&v, f[i].verdict);
		pack_str(&v, f[i].record);
		pack_str(&v, f[i].fields);
		pack_str(&v, f[i].detail);
	}
	store_put(txn, &k, buf_str(&v));
	buf_deinit(&v);
}

struct listing {
	struct arena *arena;
	struct items *out;
	size_t cap;
	int error;
};

static int unpack_findings(struct unpack *u, struct arena *arena, struct shadow_report *r)
{
	int64_t n = unpack_int(u);
	if (n < 0 || n > SHADOW_FINDINGS)
		return ERR_STORE_CORRUPT;
	struct shadow_finding *f = arena_array(arena, (size_t)n + 1, sizeof(*f));
	if (!f)
		return ERR_LIMIT;
	for (int64_t i = 0; i < n; i++) {
		int64_t verdict = unpack_int(u);
		f[i].verdict = verdict >= 0 && verdict < SHADOW_VERDICT_COUNT ? (enum shadow_verdict)verdict : SHADOW_DIFFERS;
		f[i].record = unpack_str_copy(u, arena);
		f[i].fields = unpack_str_copy(u, arena);
		f[i].detail = unpack_str_copy(u, arena);
	}
	r->findings = (struct items){f, (size_t)n};
	return unpack_end(u);
}

static int list_one(void *arg, struct str key, struct str value)
{
	struct listing *l = arg;
	struct shadow_report r = {0};
	struct unpack u;
	size_t at = 1;
	r.at = store_key_get_int(key, &at);
	r.flow = store_key_get_u8(key, &at) == FLOW_UP ? FLOW_UP : FLOW_DOWN;
	unpack_begin(&u, value);
	r.first = (int32_t)unpack_int(&u);
	r.last = (int32_t)unpack_int(&u);
	int64_t verdicts = unpack_int(&u);
	for (int64_t i = 0; i < verdicts && !u.error; i++) {
		int64_t n = unpack_int(&u);
		if (i < SHADOW_VERDICT_COUNT)
			r.counts[i] = (uint32_t)n;
	}
	r.left_out = (uint32_t)unpack_int(&u);
	l->error = unpack_findings(&u, l->arena, &r);
	if (!l->error)
		l->error = items_add(l->arena, l->out, &l->cap, &r, sizeof(r));
	return l->error;
}

int shadow_list(struct store_txn *txn, struct arena *arena, struct items *out)
{
	struct listing l = {.arena = arena, .out = out};
	struct store_key prefix;
	*out = (struct items){NULL, 0};
	store_key_begin(&prefix, TABLE_SHADOW);
	store_each(txn, &prefix, list_one, &l);
	struct shadow_report *r = out->v;
	for (size_t i = 0; i * 2 + 1 < out->n; i++) {
		struct shadow_report first = r[i];
		r[i] = r[out->n - 1 - i];
		r[out->n - 1 - i] = first;
	}
	return l.error ? l.error : store_txn_error(txn);
}
