#include "core/sync/explain.h"

#include <stdarg.h>
#include <string.h>

#define LINES_MOST 60 /* of sessions, or of people who are in the way */

const char *explain_of_name(enum explain_of of)
{
	static const char *const names[EXPLAIN_OF_COUNT] = {"learner", "instructor", "session", "sheet"};
	return names[of];
}

bool explain_of_named(const char *name, enum explain_of *out)
{
	for (int i = 0; i < EXPLAIN_OF_COUNT; i++)
		if (strcmp(name, explain_of_name((enum explain_of)i)) == 0) {
			*out = (enum explain_of)i;
			return true;
		}
	return false;
}

const char *explain_mark_name(enum explain_mark mark)
{
	static const char *const names[] = {"info", "yes", "no"};
	return names[mark];
}

void explain_add(struct explanation *e, const char *environment, enum explain_mark mark, const char *fix, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	struct explain_step step = {.environment = arena_strz(e->arena, environment),
	                            .mark = mark,
	                            .text = str_of(arena_vprintf(e->arena, fmt, ap)),
	                            .fix = str_of(fix)};
	va_end(ap);
	(void)!items_add(e->arena, &e->steps, &e->cap, &step, sizeof(step)); /* memory that is out tells less */
}

const struct explain_step *explain_reason(const struct explanation *e, const char *environment)
{
	const struct explain_step *all = e->steps.v;
	for (size_t i = 0; i < e->steps.n; i++)
		if (all[i].mark == EXPLAIN_NO && strcmp(all[i].environment, environment) == 0)
			return &all[i];
	return NULL;
}

/* ---- whom it is about ---- */

static bool has(const struct ints *codes, int64_t code)
{
	for (size_t i = 0; i < codes->n; i++)
		if (codes->v[i] == code)
			return true;
	return false;
}

static const struct session *session_of(const struct comparison *c, int64_t code)
{
	const struct session *all = c->snap->sessions.v;
	for (size_t i = 0; i < c->snap->sessions.n; i++)
		if (all[i].code == code)
			return &all[i];
	return NULL;
}

static int64_t learner_with(const struct explanation *e, const struct comparison *c)
{
	struct str wanted = str_fold_email(e->arena, e->text);
	const struct learner *all = c->snap->learners.v;
	for (size_t i = 0; i < c->snap->learners.n; i++)
		if (str_eq(str_fold_email(e->arena, all[i].email_pro), wanted) || str_eq(str_fold_email(e->arena, all[i].email_normal), wanted))
			return all[i].code;
	return 0;
}

static void find_code(struct explanation *e, const struct comparison *c)
{
	const struct sheet_memory *m = e->of == EXPLAIN_SHEET ? map_get_str(c->state->sheets_by_id, e->text) : NULL;
	if (e->code)
		return;
	if (m)
		e->code = m->session;
	else if (e->of != EXPLAIN_SHEET && str_to_int64(e->text, &e->code))
		e->code = e->of == EXPLAIN_LEARNER ? learner_with(e, c) : 0;
}

/* ---- a session ---- */

static const struct item *item_of(const struct comparison *c, const char *kind, int64_t code, struct arena *arena)
{
	struct str record = record_name(arena, kind, code);
	struct item *const *all = c->items.v;
	for (size_t i = 0; i < c->items.n; i++)
		if (str_eq(all[i]->record, record))
			return all[i];
	return NULL;
}

/* Why the session has no sheet in this environment, before its people are looked at; NULL: nothing is in the way. */
static const char *refused(struct comparison *c, const struct session *s, const char **fix)
{
	const struct sheet_memory *m = map_get(c->state->sheets, s->code);
	*fix = NULL;
	switch (session_belongs(c->snap, &c->sites, s)) {
	case BELONGS_NO:
		return "the session belongs to a site that this environment does not have";
	case BELONGS_UNKNOWN:
		*fix = "Enter the site of the session's groups in Yparéo";
		return "none of its groups has a site that Yparéo lists, so no environment can be told";
	default:
		break;
	}
	const char *choice = compare_filtered(c, s);
	if (choice) {
		*fix = "The school's file chooses: ypareo.session_states, training_states, remote_only";
		return choice;
	}
	if (s->end <= s->start) {
		*fix = "Mend the times of the session in Yparéo";
		return "ends before it starts";
	}
	if (s->end <= c->now && !(m && !m->gone))
		return "the session is over, and no sheet was made for it in time";
	return NULL;
}

static void tell_item(struct explanation *e, const struct comparison *c, const struct item *it)
{
	const char *env = c->env->key;
	if (it->phase == ITEM_HELD)
		explain_add(e, env, EXPLAIN_NO, "Answer the held plan: passerelle status names it", "the change is held until somebody answers: %.*s",
		            STR_ARG(it->reason));
	else if (it->action == ACTION_DELETE)
		explain_add(e, env, EXPLAIN_NO, NULL, "the next run removes it: %.*s", STR_ARG(it->reason));
	else if (it->action == ACTION_UPDATE)
		explain_add(e, env, EXPLAIN_YES, NULL, "the next run changes it: %.*s", STR_ARG(it->reason));
	else
		explain_add(e, env, EXPLAIN_YES, NULL, "the next run creates it: %.*s", STR_ARG(it->reason));
}

/* What a person lacks, as the issue says it; NULL: nothing. */
static const char *lacks(const struct comparison *c, enum person_kind kind, int64_t code, const char **fix)
{
	const struct learner *l = kind == PERSON_LEARNER ? map_get(c->snap->learner_by_code, code) : NULL;
	const struct instructor *i = kind == PERSON_INSTRUCTOR ? map_get(c->snap->instructor_by_code, code) : NULL;
	*fix = "Check in Yparéo that this person is active and visible to the key's rights";
	if (!l && !i)
		return "is expected at a session, but Yparéo's list does not have this person";
	struct str last = str_trim(l ? l->last : i->last), first = str_trim(l ? l->first : i->first);
	struct str email = l ? learner_email(c->settings, l) : str_trim(i->email);
	*fix = "Enter the last name in Yparéo";
	if (str_empty(last))
		return "has no last name, which Edusign requires";
	*fix = "Enter the first name in Yparéo";
	if (str_empty(first))
		return "has no first name, which Edusign requires";
	*fix = l ? "Enter the e-mail address in Yparéo, on the learner's file (the kind of address is this school's key ypareo.email)"
	         : "Enter the e-mail address in Yparéo, on the staff member's user account";
	if (str_empty(email))
		return "has no e-mail address, which Edusign requires";
	return str_is_email(email) ? NULL : "has an e-mail address that is not one";
}

static void tell_people(struct explanation *e, const struct comparison *c, enum person_kind kind, const struct ints *codes, unsigned *usable)
{
	unsigned told = 0;
	for (size_t i = 0; i < codes->n; i++) {
		const char *fix, *why = lacks(c, kind, codes->v[i], &fix);
		const struct want_person *p = map_get(c->people[kind], codes->v[i]);
		if (p && !p->broken) {
			(*usable)++;
			continue;
		}
		if (why && told++ < LINES_MOST)
			explain_add(e, c->env->key, EXPLAIN_INFO, fix, "%s %lld: %s", person_kind_name(kind), (long long)codes->v[i], why);
	}
}

static void explain_session(struct explanation *e, struct comparison *c)
{
	const char *env = c->env->key, *fix;
	const struct session *s = session_of(c, e->code);
	const struct sheet_memory *m = map_get(c->state->sheets, e->code);
	const struct item *it = item_of(c, "sheet", e->code, e->arena);
	unsigned instructors = 0, learners = 0;
	char start[UTC_TEXT], end[UTC_TEXT];
	if (!s) {
		explain_add(e, env, EXPLAIN_NO, "Plan it in Yparéo, or wait until its day is near", "Yparéo plans no such session from today to %d days ahead",
		            c->settings->days_ahead);
		if (it)
			tell_item(e, c, it);
		return;
	}
	explain_add(e, env, EXPLAIN_YES, NULL, "Yparéo plans it from %s to %s", local_iso(c->settings->zone, s->start, start),
	            local_iso(c->settings->zone, s->end, end));
	const char *why = refused(c, s, &fix);
	if (why) {
		explain_add(e, env, EXPLAIN_NO, fix, "%s", why);
		return;
	}
	explain_add(e, env, EXPLAIN_YES, NULL, "it passes the school's choices and belongs to this environment");
	const int64_t *def = &c->settings->default_instructor;
	struct ints one = {(int64_t *)(uintptr_t)def, 1};
	tell_people(e, c, PERSON_INSTRUCTOR, s->instructors.n || !*def ? &s->instructors : &one, &instructors);
	tell_people(e, c, PERSON_LEARNER, &s->learners, &learners);
	if (!instructors)
		explain_add(e, env, EXPLAIN_NO, s->instructors.n ? "Mend the instructor's own issue" : "Enter an instructor for the session in Yparéo", "%s",
		            s->instructors.n ? "none of its instructors can be used, and Edusign requires one" : "has no instructor, and Edusign requires one");
	else
		explain_add(e, env, EXPLAIN_YES, NULL, "%u of its instructors can be used", instructors);
	if (!learners)
		explain_add(e, env, EXPLAIN_NO, "Put learners into the session in Yparéo", "no learner of this environment is expected, and an empty sheet is not made");
	else
		explain_add(e, env, EXPLAIN_YES, NULL, "%u of its %zu learners can be used", learners, s->learners.n);
	if (it)
		tell_item(e, c, it);
	else if (instructors && learners && m && !m->gone)
		explain_add(e, env, EXPLAIN_YES, NULL, "its sheet in Edusign is as Yparéo has it");
}

/* ---- a person ---- */

static void explain_place(struct explanation *e, struct comparison *c, enum person_kind kind, const struct session *s)
{
	const char *env = c->env->key, *fix, *why = refused(c, s, &fix);
	const struct want_sheet *w = map_get(c->wanted, s->code);
	const struct want_person *p = map_get(c->people[kind], e->code);
	char start[UTC_TEXT];
	local_iso(c->settings->zone, s->start, start);
	if (!why && kind == PERSON_LEARNER &&
	    learner_belongs(c->snap, &c->sites, s, map_get(c->snap->learner_by_code, e->code), session_belongs(c->snap, &c->sites, s)) == BELONGS_NO)
		why = "the learner is of a site that this environment does not have";
	if (!why && (!p || p->broken))
		why = "this person cannot be used";
	if (!why && w && !w->instructor_count)
		why = "has no instructor, and Edusign requires one";
	if (why)
		explain_add(e, env, EXPLAIN_NO, fix, "not on the sheet of session %lld (%.16s): %s", (long long)s->code, start, why);
	else
		explain_add(e, env, EXPLAIN_YES, NULL, "on the sheet of session %lld (%.16s)", (long long)s->code, start);
}

static void explain_person(struct explanation *e, struct comparison *c, enum person_kind kind)
{
	const char *env = c->env->key, *fix, *why = lacks(c, kind, e->code, &fix);
	const struct binding *b = map_get(c->state->people[kind], e->code);
	const struct item *it = item_of(c, person_kind_name(kind), e->code, e->arena);
	const struct session *all = c->snap->sessions.v;
	unsigned sessions = 0;
	bool listed = map_get(kind == PERSON_LEARNER ? c->snap->learner_by_code : c->snap->instructor_by_code, e->code) != NULL;
	if (!listed)
		explain_add(e, env, EXPLAIN_NO, fix, "Yparéo's list does not have this person");
	else if (why)
		explain_add(e, env, b ? EXPLAIN_INFO : EXPLAIN_NO, fix, "%s", why);
	else
		explain_add(e, env, EXPLAIN_YES, NULL, "has all that Edusign requires");
	if (b)
		explain_add(e, env, EXPLAIN_YES, NULL, "is Edusign's account %.*s", STR_ARG(b->id));
	else
		explain_add(e, env, EXPLAIN_INFO, NULL, "has no account here: the first sheet that needs this person makes it");
	if (it)
		tell_item(e, c, it);
	for (size_t i = 0; i < c->snap->sessions.n; i++) {
		const struct ints *of = kind == PERSON_LEARNER ? &all[i].learners : &all[i].instructors;
		if (has(of, e->code) && sessions++ < LINES_MOST)
			explain_place(e, c, kind, &all[i]);
	}
	if (!sessions)
		explain_add(e, env, EXPLAIN_NO, "Put this person into a session in Yparéo, or wait until its day is near",
		            "no session from today to %d days ahead expects this person", c->settings->days_ahead);
}

void explain_compared(struct explanation *e, struct comparison *c)
{
	find_code(e, c);
	if (!e->code)
		return;
	if (e->of == EXPLAIN_LEARNER)
		explain_person(e, c, PERSON_LEARNER);
	else if (e->of == EXPLAIN_INSTRUCTOR)
		explain_person(e, c, PERSON_INSTRUCTOR);
	else
		explain_session(e, c);
}
