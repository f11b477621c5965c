#include "core/app/explain_look.h"

#include <stdio.h>
#include <string.h>

/* ---- which record ---- */

struct by_email {
	struct str email;
	struct arena *arena;
	const struct binding *found;
};

static bool match_email(void *value, void *arg)
{
	const struct binding *b = value;
	struct by_email *m = arg;
	if (str_eq(str_fold_email(m->arena, b->email), m->email))
		m->found = b;
	return !m->found;
}

/* A number, what an e-mail address belongs to, or the session of a sheet. */
static bool code_of(struct arena *arena, const struct explanation *e, const struct env_state *state, int64_t *code)
{
	*code = e->code;
	if (e->code)
		return true;
	if (e->of == EXPLAIN_SHEET) {
		const struct sheet_memory *m = map_get_str(state->sheets_by_id, e->text);
		*code = m ? m->session : 0;
		return m != NULL;
	}
	if (str_to_int64(e->text, code) == 0)
		return true;
	if (e->of != EXPLAIN_LEARNER)
		return false;
	struct by_email m = {str_fold_email(arena, e->text), arena, NULL};
	map_each(state->people[PERSON_LEARNER], match_email, &m);
	*code = m.found ? m.found->code : 0;
	return m.found != NULL;
}

struct concern {
	enum explain_of of;
	int64_t code;
};

/* "learner 4711" itself, and "attendance 90210/4711". */
static bool concerns(void *arg, struct str record)
{
	const struct concern *c = arg;
	char own[64], row[64];
	bool session = c->of == EXPLAIN_SESSION || c->of == EXPLAIN_SHEET;
	int n = snprintf(own, sizeof(own), "%s %lld", session ? "sheet" : explain_of_name(c->of), (long long)c->code);
	if (record.n == (size_t)n && memcmp(record.p, own, record.n) == 0)
		return true;
	if (!str_starts(record, "attendance "))
		return false;
	n = snprintf(row, sizeof(row), session ? "attendance %lld/" : "/%lld", (long long)c->code);
	if (record.n < (size_t)n)
		return false;
	return memcmp(session ? record.p : record.p + record.n - n, row, (size_t)n) == 0;
}

/* ---- what is remembered of it ---- */

struct counting {
	enum explain_of of;
	int64_t code, now;
	unsigned n;
};

static bool count_sheet(void *value, void *arg)
{
	const struct sheet_memory *m = value;
	struct counting *c = arg;
	const struct ints *of = c->of == EXPLAIN_LEARNER ? &m->learners : &m->instructors;
	for (size_t i = 0; i < of->n && !m->gone && m->end > c->now; i++)
		c->n += of->v[i] == c->code;
	return true;
}

static int take_ledger(struct arena *arena, const struct env_state *state, const struct concern *c, struct items *out)
{
	const struct ledger_row *all = state->ledger.v;
	size_t cap = 0;
	int rc = 0;
	for (size_t i = 0; i < state->ledger.n && rc == 0; i++)
		if (c->of == EXPLAIN_LEARNER ? all[i].learner == c->code : c->of != EXPLAIN_INSTRUCTOR && all[i].session == c->code)
			rc = items_add(arena, out, &cap, &all[i], sizeof(all[i]));
	return rc;
}

static int take_issues(struct store_txn *txn, struct arena *arena, struct concern *c, int64_t now_s, struct items *out)
{
	struct items all = {NULL, 0};
	size_t cap = 0;
	int rc = state_issues(txn, arena, &all);
	const struct issue *i = all.v;
	for (size_t k = 0; rc == 0 && k < all.n; k++)
		if (concerns(c, i[k].record) && !(i[k].until && i[k].until < now_s))
			rc = items_add(arena, out, &cap, &i[k], sizeof(i[k]));
	return rc;
}

void explain_look_none(const struct explanation *e, struct explain_look *out)
{
	int64_t code = e->code;
	*out = (struct explain_look){.known = code || (e->of != EXPLAIN_SHEET && str_to_int64(e->text, &code) == 0)};
	out->code = code;
}

int explain_look_read(struct store_txn *txn, struct arena *arena, const struct explanation *e, int64_t now_s, struct explain_look *out)
{
	struct env_state state = {.arena = NULL};
	int rc = state_load(txn, FLOW_DOWN, arena, now_s, &state);
	*out = (struct explain_look){.known = false};
	if (rc)
		return rc;
	out->known = code_of(arena, e, &state, &out->code);
	if (!out->known)
		return 0;
	struct concern c = {e->of, out->code};
	if (e->of == EXPLAIN_LEARNER || e->of == EXPLAIN_INSTRUCTOR) {
		struct counting n = {e->of, out->code, now_s, 0};
		out->binding = map_get(state.people[e->of == EXPLAIN_LEARNER ? PERSON_LEARNER : PERSON_INSTRUCTOR], out->code);
		if (out->binding && !str_empty(out->binding->follower))
			out->tutor = map_get_str(state.people_by_id[PERSON_TUTOR], out->binding->follower);
		map_each(state.sheets, count_sheet, &n);
		out->sheets = n.n;
	} else {
		out->sheet = map_get(state.sheets, out->code);
	}
	rc = take_ledger(arena, &state, &c, &out->ledger);
	rc = rc ? rc : state_writes_where(txn, arena, concerns, &c, EXPLAIN_WRITES, &out->writes);
	return rc ? rc : take_issues(txn, arena, &c, now_s, &out->issues);
}

/* ---- the verdict ---- */

struct str explain_verdict(struct arena *arena, const struct explanation *e, const char *environment, const struct explain_look *l, struct str *mend)
{
	const struct explain_step *why = explain_reason(e, environment);
	const struct issue *issues = l->issues.v;
	bool person = e->of == EXPLAIN_LEARNER || e->of == EXPLAIN_INSTRUCTOR;
	bool there = person ? l->sheets > 0 : l->sheet && !l->sheet->gone;
	struct str because = why ? why->text : l->issues.n ? issues[0].problem : STR_NONE;
	*mend = why ? why->fix : l->issues.n ? issues[0].fix : STR_NONE;
	if (!l->known)
		return STR("nothing is known of that");
	if (there && str_empty(because)) {
		*mend = STR_NONE;
		return person ? str_of(arena_printf(arena, "on %u sheets to come", l->sheets)) : STR("has its sheet in Edusign");
	}
	if (there)
		return str_of(person ? arena_printf(arena, "on %u sheets to come, but: %.*s", l->sheets, STR_ARG(because))
		                     : arena_printf(arena, "has its sheet in Edusign, but: %.*s", STR_ARG(because)));
	if (!str_empty(because))
		return str_of(person ? arena_printf(arena, "on no sheet, because: %.*s", STR_ARG(because))
		                     : arena_printf(arena, "no sheet, because: %.*s", STR_ARG(because)));
	return person ? STR("on no sheet yet: the next run that needs this person sees to it") : STR("no sheet yet: the next run makes it if it is to be");
}
