#include "core/sync/reasons.h"
#include "core/sync/up_p.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One candidate's lines: what each of them means, held against the ledger and what Yparéo holds. Reads nothing, sends
 * nothing. */

#define DAY_SECONDS 86400

/* ---- issues ---- */

/* They close themselves when the sheet is looked at no longer. */
static int64_t until(const struct up_env *u, const struct up_candidate *c)
{
	int64_t looked_at = c->sheet->end + (int64_t)(u->settings->days_back + 1) * DAY_SECONDS;
	return looked_at > u->now ? looked_at : u->now + DAY_SECONDS;
}

static struct str sheet_record(struct up_env *u, const struct up_candidate *c)
{
	return record_name(u->arena, "sheet", c->memory->session);
}

/* ---- what a change says of itself ---- */

const char *up__describe(struct arena *arena, const struct ledger_row *row)
{
	switch (row->kind) {
	case ABSENCE_LATE:
		return arena_printf(arena, "late by %d min", row->written.end_minute - row->written.start_minute);
	case ABSENCE_EARLY:
		return arena_printf(arena, "gone at %02d:%02d%s", row->written.start_minute / 60,
		                    row->written.start_minute % 60, row->justified ? ", justified" : "");
	case ABSENCE_EXCLUDED:
		return arena_printf(arena, "sent out at %02d:%02d", row->written.start_minute / 60,
		                    row->written.start_minute % 60);
	default:
		return row->justified ? "absent, justified" : "absent";
	}
}

static struct str reason_text(struct arena *a, const struct ledger_op *op)
{
	const char *is = up__describe(a, &op->row);
	if (op->verb == LEDGER_CREATE)
		return str_of(is);
	const char *was = up__describe(a, op->was);
	if (op->verb == LEDGER_WITHDRAW)
		return str_of(arena_printf(a, "no longer %s", was ? was : ""));
	return str_of(arena_printf(a, "%s, was %s", is ? is : "", was ? was : ""));
}

static struct texts changed_fields(struct arena *a, const struct ledger_op *op)
{
	struct texts t = {arena_array(a, 4, sizeof(struct str)), 0};
	if (!t.v || op->verb != LEDGER_CORRECT)
		return t;
	const struct absence *was = &op->was->written, *is = &op->row.written;
	if (was->start_minute != is->start_minute)
		t.v[t.n++] = STR("heureDeb");
	if (was->end_minute != is->end_minute)
		t.v[t.n++] = STR("heureFin");
	if (was->late != is->late)
		t.v[t.n++] = STR("isRetard");
	if (was->reason != is->reason)
		t.v[t.n++] = STR("codeMotifAbsence");
	return t;
}

/* ---- reasons ---- */

static bool reason_exists(const struct up_shared *s, int64_t code)
{
	return !s->reasons_read || reasons_find(&s->reasons, code);
}

static const struct reason *edusign_reason(const struct up_env *u, int64_t id)
{
	return reasons_find(&u->absence_reasons, id);
}

/* The mapped reason of a justification; 0: the plain one. What the school has not mapped is told once, and looked at
 * again. */
static int64_t mapped_reason(struct up_env *u, struct up_candidate *c, const struct row *row)
{
	const struct settings *s = u->settings;
	const struct justification *j = u->justifications.v;
	if (!s->send_reasons || str_empty(row->absence_id))
		return 0;
	for (size_t i = 0; i < u->justifications.n; i++) {
		if (!str_eq(j[i].id, row->absence_id))
			continue;
		const struct reason *r = edusign_reason(u, j[i].type);
		enum reasons_how how;
		int64_t code = reasons_match(s, u->arena, j[i].type, r ? r->name : STR_NONE, &u->shared->reasons,
		                             u->shared->reasons_read, &how);
		if (code)
			return code;
		const char *field = arena_printf(u->arena, "absence_reasons.map %lld", (long long)j[i].type);
		issues_add(u->issues, STR("environment"), field ? field : "", 0,
		           "Give it a reason that Yparéo lists in options.absence_reasons.map of the school's file",
		           "Edusign's reason %lld (%.*s) %s: those absences are sent as plainly justified",
		           (long long)j[i].type, r ? (int)r->name.n : 1, r && r->name.n ? r->name.p : "?",
		           how == REASONS_UNKNOWN ? "is mapped onto one that Yparéo does not list"
		                                  : "has no reason of Yparéo");
		c->open = true;
		return 0;
	}
	c->open = true; /* its justification is listed nowhere: plain for now */
	return 0;
}

/* False: one of them names a reason that Yparéo does not list. */
static bool reasons_exist(struct up_env *u, struct up_candidate *c, const struct wish *w, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (reason_exists(u->shared, w[i].reason))
			continue;
		issues_add(u->issues, STR("environment"), "absence_reasons", 0,
		           "Put a reason that Yparéo lists into options.absence_reasons of the school's file",
		           "Yparéo lists no absence reason %lld: absences with it are not sent",
		           (long long)w[i].reason);
		c->open = true;
		return false;
	}
	return true;
}

/* ---- absences ---- */

static int add_op(struct up_env *u, struct up_op *op)
{
	op->of->pending++;
	return items_add(u->arena, &u->ops, &u->ops_cap, &op, sizeof(op));
}

static int add_absence_op(struct up_env *u, struct up_candidate *c, const struct ledger_op *lop)
{
	struct up_op *op = arena_alloc(u->arena, sizeof(*op));
	if (!op)
		return ERR_LIMIT;
	*op = (struct up_op){.verb = lop->verb, .was = lop->was, .row = lop->row, .of = c};
	op->action = lop->verb == LEDGER_CREATE    ? ACTION_CREATE
	             : lop->verb == LEDGER_CORRECT ? ACTION_UPDATE
	                                           : ACTION_DELETE;
	op->record = record_name2(u->arena, "attendance", lop->row.session, lop->row.learner);
	op->reason = reason_text(u->arena, lop);
	op->fields = changed_fields(u->arena, lop);
	op->row.at = u->now;
	const char *seen = arena_printf(u->arena, "passerelle: %s/%s %lld", u->settings->tenant, u->env->key,
	                                (long long)lop->row.session);
	op->row.written.observation = str_of(seen);
	if (lop->verb == LEDGER_CREATE && up__absences_add(u->arena, u->planned, &op->row.written))
		return ERR_LIMIT;
	return add_op(u, op);
}

/* All that is there of a learner, and what this run is about to write. */
static int there_of(struct up_env *u, int64_t learner, const struct absence *const **out, size_t *count)
{
	const struct up_absences *read = map_get(u->absences_of, learner), *planned = map_get(u->planned, learner);
	size_t n = (read ? read->n : 0) + (planned ? planned->n : 0);
	const struct absence **v = arena_array(u->arena, n + 1, sizeof(*v));
	if (!v)
		return ERR_LIMIT;
	*count = 0;
	for (size_t i = 0; read && i < read->n; i++)
		v[(*count)++] = read->v[i];
	for (size_t i = 0; planned && i < planned->n; i++)
		v[(*count)++] = planned->v[i];
	*out = v;
	return 0;
}

/* ---- what was sent and forgotten ---- */

/* Did we write it, of this session, as it says itself? Where Yparéo does not give observations back nobody knows. A tenant may have had
 * another name by then. */
static bool says_it_is_ours(const struct up_env *u, const struct absence *a, int64_t session)
{
	char tail[96];
	struct str o = str_trim(a->observation);
	int n = snprintf(tail, sizeof(tail), "/%s %lld", u->env->key, (long long)session);
	return n > 0 && (size_t)n < sizeof(tail) && str_starts(o, "passerelle: ") && o.n > (size_t)n &&
	       memcmp(o.p + o.n - n, tail, (size_t)n) == 0;
}

static const struct wish *wish_of(const struct absence *a, const struct session *s, const struct wish *wishes, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (a->first == s->day && a->last == s->day && a->start_minute == wishes[i].start && a->end_minute == wishes[i].end &&
		    a->reason == wishes[i].reason && a->late == (wishes[i].kind == ABSENCE_LATE))
			return &wishes[i];
	return NULL;
}

/* A store that was lost, or is older than the world, does not know what it sent. What is there just as it is to be is taken over, so that it can
 * follow its sheet; anything else may be a human's by now, and is left and told. */
static int adopt_forgotten(struct up_env *u, struct up_candidate *c, const struct ledger_case *k)
{
	for (size_t i = 0; i < k->there_count; i++) {
		const struct absence *a = k->there[i];
		if (!a->code || !says_it_is_ours(u, a, k->session->code) || up__ledger_of_code(u, a->code))
			continue;
		const struct wish *w = wish_of(a, k->session, k->wishes, k->wish_count);
		if (!w) {
			issues_add(u->issues, record_name2(u->arena, "attendance", k->session->code, k->learner), "absence", until(u, c),
			           "Look at the learner's absences of that day in Yparéo, and delete it if it is not so",
			           "has an absence that passerelle once wrote and no longer remembers, and the sheet says otherwise now: it is left");
			continue;
		}
		struct ledger_row *row = arena_alloc(u->arena, sizeof(*row));
		if (!row)
			return ERR_LIMIT;
		*row = (struct ledger_row){.session = k->session->code, .learner = k->learner, .kind = w->kind, .code = a->code,
		                           .written = *a, .justified = w->justified, .at = u->now};
		up__ledger_add(u, row);
		if (!u->plan_only)
			journal_put_ledger(u->journal, 0, row);
	}
	return 0;
}

static void note_taken(struct up_env *u, const struct ledger_case *k)
{
	for (size_t i = 0; i < k->own_count && !u->plan_only; i++) {
		if (!k->own[i]->taken_over)
			continue;
		k->own[i]->at = u->now;
		journal_put_ledger(u->journal, 0, k->own[i]);
	}
	if (!u->plan_only)
		journal_log(u->journal, "leave", record_name2(u->arena, "attendance", k->session->code, k->learner),
		            STR("changed or deleted in Yparéo since it was sent: left to those who did"), STR_NONE);
}

static int compare(struct up_env *u, struct up_candidate *c, const struct session *s, int64_t learner,
                   const struct wish *wishes, unsigned n)
{
	struct ledger_case k = {.arena = u->arena,
	                        .session = s,
	                        .learner = learner,
	                        .wishes = wishes,
	                        .wish_count = n,
	                        .durations = u->state.durations_kept};
	const struct absence *const *there;
	size_t planned_before = u->ops.n;
	if (there_of(u, learner, &there, &k.there_count))
		return ERR_LIMIT;
	k.there = there;
	if (adopt_forgotten(u, c, &k))
		return ERR_LIMIT;
	const struct up_ledger *own = up__ledger(u, s->code, learner, false);
	k.own = own ? own->v : NULL;
	k.own_count = own ? own->n : 0;
	if (ledger_compare(&k))
		return ERR_LIMIT;
	if (k.taken_over)
		note_taken(u, &k);
	u->report->counts[COUNT_ABSENCES].unchanged += k.unchanged;
	bool touched = false;
	for (size_t i = 0; i < k.op_count; i++) {
		touched = touched || k.ops[i].verb != LEDGER_CORRECT;
		if (add_absence_op(u, c, &k.ops[i]))
			return ERR_LIMIT;
	}
	u->lines_touched += touched;
	/* what another line of this very run is about to say is not known to be there yet */
	if ((k.covered || k.part_covered) && planned_before && map_get(u->planned, learner))
		c->open = true;
	return 0;
}

static bool holds(const struct ints *list, int64_t code)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i] == code)
			return true;
	return false;
}

static int line(struct up_env *u, struct up_candidate *c, const struct session *s, const struct row *row)
{
	struct wish wishes[LEDGER_WISHES];
	int64_t learner = up__ours(u, c, row);
	if (!learner || map_get(c->not_ours, learner))
		return 0;
	struct str record = record_name2(u->arena, "attendance", s->code, learner);
	if (!holds(&s->learners, learner)) {
		c->open = true;
		issues_add(u->issues, record, "learner", until(u, c),
		           "Add the learner to the session in Yparéo if the attendance shall count",
		           "is on the locked sheet, and Yparéo no longer expects this learner in the session: "
		           "nothing is sent");
		return 0;
	}
	if (row->state < 0) {
		c->open = true;
		issues_add(u->issues, record, "state", until(u, c),
		           "Set the learner present or absent on the sheet in Edusign",
		           "is neither present nor absent on the locked sheet: nothing is sent");
		return 0;
	}
	u->lines++;
	unsigned n = ledger_wishes(u->settings, s, row, mapped_reason(u, c, row), wishes);
	return reasons_exist(u, c, wishes, n) ? compare(u, c, s, learner, wishes, n) : 0;
}

/* ---- instructors ---- */

static int add_payroll_op(struct up_env *u, struct up_candidate *c, const struct payroll *p, bool known)
{
	struct up_op *op = arena_alloc(u->arena, sizeof(*op));
	if (!op)
		return ERR_LIMIT;
	*op = (struct up_op){
	        .payroll_op = true, .payroll = *p, .of = c, .action = known ? ACTION_UPDATE : ACTION_CREATE};
	op->record = record_name2(u->arena, "attendance", p->session, p->instructor);
	op->reason = p->present ? STR("instructor present") : STR("instructor absent");
	return add_op(u, op);
}

static int instructors(struct up_env *u, struct up_candidate *c, const struct session *s)
{
	const struct up_payroll *p = c->payroll.v;
	for (size_t i = 0; i < c->payroll.n; i++) {
		if (!p[i].on_sheet)
			continue;
		if (!p[i].signed_ && u->settings->instructor_unsigned == INSTRUCTOR_UNKNOWN) {
			c->open = true;
			issues_add(u->issues, record_name2(u->arena, "attendance", s->code, p[i].instructor),
			           "signature", until(u, c),
			           "Have the instructor sign the sheet in Edusign, or enter the attendance in Yparéo",
			           "instructor did not sign: nothing is sent");
			continue;
		}
		struct payroll want = {.session = s->code,
		                       .instructor = p[i].instructor,
		                       .present = p[i].signed_,
		                       .minutes = p[i].signed_ ? s->end_minute - s->start_minute : 0};
		if (p[i].known && p[i].last.present == want.present && p[i].last.minutes == want.minutes) {
			u->report->counts[COUNT_PAYROLL].unchanged++;
			continue;
		}
		if (add_payroll_op(u, c, &want, p[i].known))
			return ERR_LIMIT;
	}
	return 0;
}

/* ---- a sheet ---- */

/* Does this sheet speak of the session as Yparéo plans it now? Its times, or those that we last gave it, must be the
 * session's. */
static const struct session *session_of(struct up_env *u, struct up_candidate *c)
{
	const struct sheet_memory *m = c->memory;
	const struct session *s = map_get(u->shared->work.snap.session_by_code, m->session);
	if (s &&
	    ((s->start == c->sheet->start && s->end == c->sheet->end) || (s->start == m->start && s->end == m->end)))
		return s;
	c->open = true;
	issues_add(u->issues, sheet_record(u, c), "session", until(u, c),
	           "Plan the session in Yparéo as it was held, if the attendance shall count",
	           s ? "is locked in Edusign, and Yparéo plans its session at another time now: its attendance is "
	               "not sent"
	             : "is locked in Edusign, and Yparéo no longer plans its session: its attendance is not sent");
	return NULL;
}

int up__plan(struct up_env *u, struct up_candidate *c)
{
	const struct session *s = session_of(u, c);
	const struct row *rows = c->sheet->rows.v;
	if (!s)
		return 0;
	if (!c->evidence) {
		c->open = true;
		issues_add(u->issues, sheet_record(u, c), "signature", until(u, c),
		           "Unlock the sheet in Edusign, have it signed and lock it again; or enter the absences in "
		           "Yparéo",
		           "is locked in Edusign without any signature: its attendance is not sent");
		return 0;
	}
	for (size_t i = 0; i < c->sheet->rows.n; i++)
		if (line(u, c, s, &rows[i]))
			return ERR_LIMIT;
	return u->settings->instructor_attendance ? instructors(u, c, s) : 0;
}

/* ---- a change is known by the hash of what it would do: whoever makes it, whenever ---- */

int64_t up__op_id(const struct up_op *op)
{
	struct digest d;
	uint8_t hash[32];
	int64_t id;
	const struct absence *a = &op->row.written;
	digest_init(&d);
	digest_add_int(&d, op->action);
	digest_add_int(&d, op->payroll_op);
	digest_add(&d, op->record);
	digest_add_int(&d, op->payroll_op ? op->payroll.present : a->late);
	digest_add_int(&d, op->payroll_op ? op->payroll.minutes : a->start_minute);
	digest_add_int(&d, a->end_minute);
	digest_add_int(&d, a->reason);
	digest_end(&d, hash);
	memcpy(&id, hash, sizeof(id));
	return id;
}
