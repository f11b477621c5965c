#include "core/sync/up_p.h"

#include <string.h>

/* Which sheets are to be sent: locked ones of ours whose content differs from what was last handled. */

#define DAY_SECONDS 86400
#define CLOCKS_APART_S 120 /* more holds everything */
/* Days: as far as one list spans, and as far back as a changed sheet is followed. 90 are allowed; a day more on each
 * side is asked for (port.h), both may count whole, and a change of the clock may add an hour. */
#define WIDEST              87
#define FINGERPRINT_VERSION 1

static struct up_env *env_of(struct run *run)
{
	return run_state(run);
}

enum verdict up_asks(struct up_env *u)
{
	u->report->requests_edusign++;
	return STEP_NEXT;
}

enum verdict up_out_of_memory(struct run *run)
{
	return run_failf(run, FAULT_LOCAL, ERR_LIMIT, "the memory of the run is used up");
}

/* ---- whose account is this? ---- */

static enum verdict school_ask(struct run *run, struct exchange *x)
{
	struct up_env *u = env_of(run);
	u->env->edusign->school(u->env->edusign->self, x, u->arena, &u->school);
	return up_asks(u);
}

/* Both ends were pinned by the way down: this way only ever follows it. */
static enum verdict school_got(struct run *run, struct exchange *x)
{
	struct up_env *u = env_of(run);
	if (fault_is(&x->fault))
		return run_fail(run, &x->fault);
	if (!str_eq(u->state.school_id, u->school.id))
		return run_failf(run, FAULT_DATA, ERR_CONFLICT,
		                 "this key belongs to the Edusign school %.*s, and this environment has worked with "
		                 "%.*s: nothing is read or written; put the "
		                 "right token into the token file",
		                 STR_ARG(u->school.id), STR_ARG(u->state.school_id));
	if (!str_eqz(u->state.ypareo_address, u->settings->ypareo->address))
		return run_failf(run, FAULT_DATA, ERR_CONFLICT,
		                 "this environment has worked with the Yparéo at %.*s, and the file says %s now",
		                 STR_ARG(u->state.ypareo_address), u->settings->ypareo->address);
	return STEP_NEXT;
}

static int owner_work(struct run *run, struct store_txn *txn)
{
	struct up_env *u = env_of(run);
	(void)txn;
	u->whose = (struct whose){u->settings, u->env, u->store, u->school.id, u->plan_only};
	return whose_work(&u->whose);
}

static enum verdict owner_known(struct run *run)
{
	return whose_known(run, &env_of(run)->whose);
}

/* ---- one sheet ---- */

/* Everything that decides what is sent, and nothing else: a new signature image alone is no new attendance. */
static void fingerprint(const struct sheet *s, uint8_t out[32])
{
	struct digest d;
	const struct row *r = s->rows.v;
	digest_init(&d);
	digest_add_int(&d, FINGERPRINT_VERSION);
	digest_add_int(&d, s->start);
	digest_add_int(&d, s->end);
	for (unsigned i = 0; i < s->instructor_count; i++) {
		digest_add(&d, s->instructors[i]);
		digest_add_int(&d, s->instructor_signed[i]);
	}
	for (size_t i = 0; i < s->rows.n; i++) {
		digest_add(&d, r[i].learner);
		digest_add_int(&d, r[i].state);
		digest_add_int(&d, r[i].signed_);
		digest_add_int(&d, (int64_t)(r[i].delay_min * 1000));
		digest_add_int(&d, r[i].early);
		digest_add_int(&d, r[i].excluded);
		digest_add(&d, r[i].absence_id);
	}
	digest_end(&d, out);
}

static bool is_signed(const struct sheet *s)
{
	const struct row *r = s->rows.v;
	for (unsigned i = 0; i < s->instructor_count; i++)
		if (s->instructor_signed[i])
			return true;
	for (size_t i = 0; i < s->rows.n; i++)
		if (r[i].signed_)
			return true;
	return false;
}

/* A new environment begins with sheets locked after its first good run down. When a sheet was locked is not told: one
 * that had ended and was last changed before is taken for locked before. */
static bool has_begun(const struct up_env *u, const struct sheet *s)
{
	return s->end >= u->state.first_down_ok || s->updated >= u->state.first_down_ok;
}

static int64_t updated_since(const struct up_env *u)
{
	int64_t since = u->state.last_up_ok ? u->state.last_up_ok : u->state.first_down_ok;
	return since - DAY_SECONDS;
}

static bool is_in_scope(const struct up_env *u, const struct sheet *s, const struct seen_mark *mark)
{
	int32_t day = tz_from_utc(u->settings->zone, s->start).day;
	if (day > u->today || day < u->today - WIDEST || !has_begun(u, s))
		return false;
	return day >= u->today - u->settings->days_back || s->updated == 0 || s->updated >= updated_since(u) ||
	       (mark && mark->unlocked_after);
}

static void note_mark(struct up_env *u, const struct seen_mark *mark, bool unlocked)
{
	struct seen_mark m = *mark;
	m.unlocked_after = unlocked;
	if (!u->plan_only)
		journal_put_seen(u->journal, &m);
}

static int add_candidate(struct up_env *u, const struct sheet *s, const struct sheet_memory *m, const uint8_t fp[32], bool unchanged)
{
	struct up_candidate *c = arena_alloc(u->arena, sizeof(*c));
	if (!c)
		return ERR_LIMIT;
	*c = (struct up_candidate){.sheet = s, .memory = m, .unchanged = unchanged};
	memcpy(c->fingerprint, fp, 32);
	c->evidence = is_signed(s) || u->settings->unsigned_sheet == UNSIGNED_ABSENT;
	c->not_ours = map_new_int(u->arena);
	map_put(u->candidate_of, m->session, c);
	const struct row *rows = s->rows.v;
	for (size_t i = 0; i < s->rows.n; i++) {
		int64_t code = up__ours(u, c, &rows[i]);
		if (code)
			map_put(u->shared->learners, code, u->shared);
	}
	int32_t first = tz_from_utc(u->settings->zone, s->start).day,
	        last = tz_from_utc(u->settings->zone, m->start).day;
	up__needs(u, first < last ? first : last, first < last ? last : first, true);
	return items_add(u->arena, &u->candidates, &u->candidates_cap, &c, sizeof(c));
}

/* Nothing was done to it since the last good run, which saw it. */
static bool was_looked_at(const struct up_env *u, const struct sheet *s)
{
	return s->updated && s->updated + CLOCKS_APART_S < u->state.last_up_ok;
}

/* Known, of these days, and locked before this memory begins: of a store that was lost, or of another connector. Whether it was sent cannot be
 * told, and what people did about it in Yparéo would be undone. */
static void tell_before_us(struct up_env *u, const struct sheet *s, const struct sheet_memory *m)
{
	int32_t day = tz_from_utc(u->settings->zone, s->start).day;
	if (has_begun(u, s) || day > u->today || day < u->today - u->settings->days_back || !is_signed(s))
		return;
	issues_add(u->issues, record_name(u->arena, "sheet", m->session), "attendance",
	           s->end + (int64_t)(u->settings->days_back + 1) * DAY_SECONDS,
	           "If its absences are missing in Yparéo, unlock the sheet in Edusign and lock it again",
	           "was locked before passerelle's memory of this environment begins: its attendance is not sent");
}

static int judge(struct up_env *u, const struct sheet *s)
{
	struct sheet_memory *m = map_get_str(u->state.sheets_by_id, s->id);
	if (!m || m->gone || map_get_str(u->listed, s->id))
		return 0;
	map_put_str(u->listed, s->id, m);
	struct seen_mark *mark = map_get_str(u->state.seen, s->id);
	if (!s->locked) {
		if (mark && !mark->unlocked_after)
			note_mark(u, mark, true);
		return 0;
	}
	uint8_t fp[32];
	tell_before_us(u, s, m);
	if (!is_in_scope(u, s, mark))
		return 0;
	fingerprint(s, fp);
	bool same = mark && memcmp(mark->fingerprint, fp, 32) == 0;
	if (!same || !mark->settled)
		return add_candidate(u, s, m, fp, same || was_looked_at(u, s));
	if (mark->unlocked_after)
		note_mark(u, mark, false);
	return 0;
}

int64_t up__ours(const struct up_env *u, const struct up_candidate *c, const struct row *row)
{
	static const uint8_t unknown[32];
	const struct sheet_memory *m = c->memory;
	const struct binding *b = map_get_str(u->state.people_by_id[PERSON_LEARNER], row->learner);
	if (!b)
		return 0;
	for (size_t i = 0; i < m->learners.n; i++)
		if (m->learners.v[i] == b->code)
			return b->code;
	/* a sheet that a lost store found again: who was put on it is no longer known, and Yparéo's planning decides
	 */
	return m->learners.n == 0 && memcmp(m->fingerprint, unknown, 32) == 0 ? b->code : 0;
}

/* ---- the lists: the last days whatever happened to them, then of the days before what changed since the last good run
 * ---- */

static enum verdict list_ask(struct run *run, struct exchange *x)
{
	struct up_env *u = env_of(run);
	u->page = (struct items){NULL, 0};
	u->env->edusign->sheets(u->env->edusign->self, x, u->arena, &u->query, &u->page);
	return up_asks(u);
}

static enum verdict list_got(struct run *run, struct exchange *x)
{
	struct up_env *u = env_of(run);
	if (fault_is(&x->fault))
		return run_fail(run, &x->fault);
	const struct sheet *s = u->page.v;
	bool news = false;
	for (size_t i = 0; i < u->page.n; i++) {
		news = news || !map_get_str(u->paged, s[i].id);
		map_put_str(u->paged, s[i].id, u);
		if (judge(u, &s[i]))
			return up_out_of_memory(run);
	}
	u->query.page++;
	/* to an empty page; one that only repeats what came before is the end as well */
	return news ? STEP_AGAIN : STEP_NEXT;
}

/* Locked ones alone: one that was sent before and is missing from the list is looked at by itself (single_start). */
static enum verdict window(struct run *run)
{
	struct up_env *u = env_of(run);
	if (u->only)
		return STEP_SKIP;
	u->paged = map_new_str(u->arena);
	REQUIRE(u->settings->days_back < WIDEST); /* the schema's maximum */
	u->query = (struct sheets_query){
	        .first = u->today - u->settings->days_back, .last = u->today, .locked_only = true};
	return STEP_NEXT;
}

static enum verdict updated(struct run *run)
{
	struct up_env *u = env_of(run);
	int32_t first = u->today - WIDEST + 1, last = u->today - u->settings->days_back - 1;
	u->paged = map_new_str(u->arena);
	u->query = (struct sheets_query){.first = first,
	                                 .last = last,
	                                 .locked_only = true,
	                                 .updated_from = updated_since(u),
	                                 .updated_to = u->now};
	return first <= last ? STEP_NEXT : STEP_SKIP;
}

/* ---- single sheets: those that were unlocked after we sent, or may have been since no list holds them, or those asked
 * for ---- */

struct single_child {
	struct up_env *u;
	struct str id;
	struct sheet *sheet;
};

static bool collect_unlocked(void *value, void *arg)
{
	const struct seen_mark *m = value;
	struct up_env *u = arg;
	const struct sheet_memory *sheet = map_get_str(u->state.sheets_by_id, m->id);
	bool ours = sheet && !sheet->gone;
	bool should_be_listed = ours && tz_from_utc(u->settings->zone, m->locked_start).day >= u->today - u->settings->days_back;
	if ((m->unlocked_after || should_be_listed) && !map_get_str(u->listed, m->id) &&
	    m->locked_start >= u->now - (int64_t)WIDEST * DAY_SECONDS)
		u->single.v[u->single.n++] = m->id;
	return true;
}

static enum verdict single_start(struct run *run)
{
	struct up_env *u = env_of(run);
	size_t room = u->only ? u->only->n : map_count(u->state.seen);
	u->single = (struct texts){arena_array(u->arena, room + 1, sizeof(struct str)), 0};
	if (!u->single.v)
		return up_out_of_memory(run);
	if (!u->only)
		map_each(u->state.seen, collect_unlocked, u);
	for (size_t i = 0; u->only && i < u->only->n; i++)
		if (map_get_str(u->state.sheets_by_id, u->only->v[i]))
			u->single.v[u->single.n++] = u->only->v[i];
	return STEP_NEXT;
}

static enum next single_next(struct run *run, void **child)
{
	struct up_env *u = env_of(run);
	if (u->next_single >= u->single.n)
		return CHILD_NONE;
	struct single_child *k = arena_alloc(u->arena, sizeof(*k));
	struct sheet *s = arena_alloc(u->arena, sizeof(*s));
	if (!k || !s)
		return CHILD_NONE; /* an exhausted arena is sticky: the next step fails the run */
	*k = (struct single_child){u, u->single.v[u->next_single++], s};
	*child = k;
	return CHILD_READY;
}

static enum verdict single_ask(struct run *run, struct exchange *x)
{
	struct single_child *k = run_state(run);
	k->u->env->edusign->sheet(k->u->env->edusign->self, x, k->u->arena, k->id, k->sheet);
	return up_asks(k->u);
}

static enum verdict single_got(struct run *run, struct exchange *x)
{
	struct single_child *k = run_state(run);
	if (x->fault.class == FAULT_REMOTE && x->fault.code == ERR_NOT_FOUND) {
		const struct seen_mark *mark = map_get_str(k->u->state.seen, k->id);
		if (mark)
			note_mark(k->u, mark, false);
		return STEP_DONE;
	}
	if (fault_is(&x->fault))
		return run_fail(run, &x->fault);
	return judge(k->u, k->sheet) ? up_out_of_memory(run) : STEP_NEXT;
}

static const struct step single_one[] = {
        {STEP_HTTP, "single-sheet", .ask = single_ask, .got = single_got},
        STEP_END,
};

/* ---- what is remembered of the candidates ---- */

static const char *ledger_key(struct arena *arena, int64_t session, int64_t learner)
{
	return arena_printf(arena, "%lld/%lld", (long long)session, (long long)learner);
}

struct up_ledger *up__ledger(struct up_env *u, int64_t session, int64_t learner, bool make)
{
	const char *key = ledger_key(u->arena, session, learner);
	struct up_ledger *l = key ? map_get_str(u->ledger_of, str_of(key)) : NULL;
	if (l || !make || !key)
		return l;
	l = arena_alloc(u->arena, sizeof(*l));
	if (l)
		map_put_str(u->ledger_of, str_of(key), l);
	return l;
}

void up__ledger_add(struct up_env *u, struct ledger_row *row)
{
	struct up_ledger *l = up__ledger(u, row->session, row->learner, true);
	if (l && arena_grow(u->arena, &l->v, &l->cap, l->n + 1, sizeof(*l->v)) ==
	                 0) /* an exhausted arena is sticky: the plan fails with it */
		l->v[l->n++] = row;
}

void up__ledger_remove(struct up_env *u, const struct ledger_row *row)
{
	struct up_ledger *l = row ? up__ledger(u, row->session, row->learner, false) : NULL;
	for (size_t i = 0; l && i < l->n; i++)
		if (l->v[i] == row) {
			l->v[i] = l->v[--l->n];
			return;
		}
}

struct ledger_row *up__ledger_of_code(struct up_env *u, int64_t code)
{
	struct ledger_row *rows = u->state.ledger.v;
	for (size_t i = 0; i < u->state.ledger.n; i++)
		if (rows[i].code == code)
			return &rows[i];
	return NULL;
}

/* Of the candidates only: the ledger of a year is long. */
static void index_ledger(struct up_env *u)
{
	struct ledger_row *rows = u->state.ledger.v;
	for (size_t i = 0; i < u->state.ledger.n; i++)
		if (map_get(u->candidate_of, rows[i].session))
			up__ledger_add(u, &rows[i]);
}

/* Writes whose outcome is not known say which days must be read, too. A request may wait for its turn after its
 * intent was committed: it may have left at any moment before its process ended, and all that is known of that is
 * that it was before now. */
static int note_intents(struct up_env *u)
{
	const struct intent *in = u->state.intents.v;
	for (size_t i = 0; i < u->state.intents.n; i++) {
		if (in[i].kind < INTENT_ABSENCE_CREATE || in[i].kind > INTENT_PAYROLL_PUT)
			continue;
		struct up_op *op = arena_alloc(u->arena, sizeof(*op));
		if (!op)
			return ERR_LIMIT;
		*op = (struct up_op){.payroll_op = in[i].kind == INTENT_PAYROLL_PUT,
		                     .intent = in[i].seq,
		                     .sent_ms = loop_wall_ms(u->loop)};
		op->verb = in[i].kind == INTENT_ABSENCE_CREATE   ? LEDGER_CREATE
		           : in[i].kind == INTENT_ABSENCE_UPDATE ? LEDGER_CORRECT
		                                                 : LEDGER_WITHDRAW;
		op->payroll.session = in[i].code;
		op->payroll.instructor = in[i].code2;
		op->record = record_name2(u->arena, "attendance", in[i].code, in[i].code2);
		if (op->payroll_op) {
			const char *key = ledger_key(u->arena, in[i].code, in[i].code2);
			struct payroll_memory *known = key ? map_get_str(u->state.payroll, str_of(key)) : NULL;
			if (known)
				known->at = 0; /* what Yparéo holds now is not known */
		} else {
			int rc = ledger_unpack(in[i].payload, &op->row);
			if (rc)
				return rc;
			op->was = op->verb == LEDGER_CREATE ? NULL : up__ledger_of_code(u, op->row.code);
			op->action = op->verb == LEDGER_CREATE    ? ACTION_CREATE
			             : op->verb == LEDGER_CORRECT ? ACTION_UPDATE
			                                          : ACTION_DELETE;
			op->reason = STR("interrupted before its answer came");
			map_put(u->shared->learners, op->row.learner, u->shared);
			up__needs(u, op->row.written.first, op->row.written.last, false);
		}
		if (items_add(u->arena, &u->settlings, &u->settlings_cap, &op, sizeof(op)))
			return ERR_LIMIT;
	}
	return 0;
}

static enum verdict found(struct run *run)
{
	struct up_env *u = env_of(run);
	index_ledger(u);
	int rc = note_intents(u);
	if (rc == ERR_LIMIT)
		return up_out_of_memory(run);
	return rc ? run_failf(run, FAULT_LOCAL, rc, "an intent in the store cannot be read: %s", err_text(rc))
	          : STEP_NEXT;
}

const struct step up_find_list[] = {
        {STEP_HTTP, "school", .ask = school_ask, .got = school_got},
        {STEP_STORE, "owner", .work = owner_work, .then = owner_known},
        {STEP_CALC, "window", .calc = window, .skip = "single-start"},
        {STEP_HTTP, "list-window", .ask = list_ask, .got = list_got},
        {STEP_CALC, "updated", .calc = updated, .skip = "single-start"},
        {STEP_HTTP, "list-updated", .ask = list_ask, .got = list_got},
        {STEP_CALC, "single-start", .calc = single_start},
        {STEP_EACH, "single", .next = single_next, .sub = single_one, .width = 2},
        {STEP_CALC, "found", .calc = found},
        STEP_END,
};
