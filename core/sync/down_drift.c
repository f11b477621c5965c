#include "core/sync/down.h"

#include <stdlib.h>
#include <string.h>

/*
 * Drift: what people changed in Edusign of what is ours (drift.h). Each run looks at the sheets and learners that changed there since the last one;
 * the day's last run, or the only one, looks at all of the window, and for what is no longer listed one by one. A record that this
 * run changes anyway is read then, and is not looked at here. It is no safety reading: where it cannot be made, the run goes on and says so.
 */

/* How far the vendor's clock and day may be from ours. */
#define OVERLAP_S (3 * 3600)
/* A list that lacks more than this is a broken list, rather than that many deletions. */
#define LOOKS_MOST 100
/* Days of a list: 90, less one at each end (vendor fact). */
#define WIDEST_LIST 88
/* How long a repair is remembered, so that nobody is fought with. */
#define REPAIRED_S (7 * 86400)

struct look {
	struct down_env *d;
	const struct sheet_memory *sheet; /* or */
	struct want_person *person;
	struct sheet now;
	struct account account;
};

static struct down_env *env_of(struct run *run)
{
	return run_state(run);
}

static enum verdict out_of_memory(struct run *run)
{
	return run_failf(run, FAULT_LOCAL, ERR_LIMIT, "the memory of the run is used up");
}

static struct map *marks_of(const struct drift_marks *m, const struct drift *f)
{
	return f->sheet ? m->sheets : m->people[f->kind];
}

static void marks_init(struct drift_marks *m, struct arena *arena)
{
	m->sheets = map_new_int(arena);
	for (int k = 0; k < PERSON_KIND_COUNT; k++)
		m->people[k] = map_new_int(arena);
}

static void found(struct down_env *d, const struct drift *f)
{
	map_put(marks_of(&d->drift.marked, f), f->code, d);
	(void)!items_add(d->cmp.arena, &d->drift.found, &d->drift.found_cap, f, sizeof(*f)); /* drift_judge() sees that memory is out */
}

static enum verdict due(struct run *run)
{
	struct down_env *d = env_of(run);
	struct down_drift *t = &d->drift;
	struct item **all = d->cmp.items.v;
	if (!d->state.first_down_ok)
		return STEP_SKIP; /* all of it is looked at by taking it over */
	t->checked = true;
	t->full = drift_full_due(&t->memory, d->now, tz_from_utc(d->settings->zone, d->now).minute_of_day);
	t->from = tz_to_utc(d->settings->zone, d->snap->first, 0, 0);
	t->to = tz_to_utc(d->settings->zone, d->snap->last + 1, 0, 0);
	t->items = map_new_int(run_arena(run));
	marks_init(&t->seen, run_arena(run));
	marks_init(&t->marked, run_arena(run));
	for (size_t i = 0; i < d->cmp.items.n; i++)
		if (all[i]->kind == ITEM_SHEET)
			map_put(t->items, all[i]->sheet ? all[i]->sheet->session->code : all[i]->memory->session, all[i]);
	d->page = 0;
	return STEP_NEXT;
}

/* It is given up: what was known of it stays known, and the next run looks at the same again. */
static enum verdict give_up(struct run *run, const struct fault *fault)
{
	struct down_env *d = env_of(run_top(run));
	if (fault->class == FAULT_LOCAL || fault->class == FAULT_BUG)
		return run_fail(run, fault);
	d->drift.failed = true;
	issues_add(d->issues, STR("environment"), "drift", 0, "Nothing, if it is better at the next run; else ask Edusign whether this key may read its lists",
	           "could not be looked through for changes made by hand in Edusign: %s", fault->what);
	return STEP_NEXT;
}

/* ---- sheets ---- */

static enum verdict sheets_ask(struct run *run, struct exchange *x)
{
	struct down_env *d = env_of(run);
	/* those too whose attendance may still have to go up, as far as the list may span */
	int room = WIDEST_LIST - DOWN_LIST_DAYS - (d->snap->last - d->snap->first), back = d->settings->days_back;
	int before = !d->drift.full || room < 0 ? 0 : back < room ? back : room;
	struct sheets_query q = { .first = d->snap->first - before, .last = d->snap->last + DOWN_LIST_DAYS, .page = d->page };
	if (!d->drift.full) {
		q.updated_from = d->drift.memory.checked_at - OVERLAP_S;
		q.updated_to = d->now + 86400;
	}
	d->page_sheets = (struct items){ NULL, 0 };
	d->env->edusign->sheets(d->env->edusign->self, x, x->arena, &q, &d->page_sheets);
	return down_asks(d);
}

/* Bears a code of ours, and is not the sheet that we know by it. */
static void look_at_stray(struct down_env *d, const struct sheet *s)
{
	int64_t code, reported = d->drift.from - (int64_t)d->settings->days_back * 86400;
	if (!d->drift.full || s->start < reported || s->start >= d->drift.to || !down_is_ours(s->api_id, s->api_type, &code))
		return;
	const struct sheet_memory *known = map_get(d->state.sheets, code);
	/* made by what an older memory has forgotten, and over by now: its attendance is to go up all the same */
	if (!known && (s->start < d->drift.from || map_get(d->snap->session_by_code, code))) {
		struct sheet_memory m = { .session = code, .id = s->id, .start = s->start, .end = s->end, .name = s->name, .room = s->room,
			                  .created_at = d->now };
		if (s->end <= d->now)
			(void)!down_remember(d, 0, &m); /* sticky when memory is out: drift_judge() says so */
		return;
	}
	if (s->start < d->drift.from)
		return;
	struct drift f = { .sheet = true, .code = code, .at = d->now, .until = s->end };
	if (known && !known->gone) {
		f.fields = 1u << DRIFT_TWIN;
		struct sheet_memory m = *known;
		m.id = arena_str(d->cmp.arena, s->id);
		m.start = s->start;
		m.end = s->end;
		memset(m.fingerprint, 0, sizeof(m.fingerprint)); /* if it takes the other's place, it is looked at by the next run */
		(void)!items_add(d->cmp.arena, &d->drift.twins, &d->drift.twins_cap, &m, sizeof(m));
	}
	else if (!map_get(d->snap->session_by_code, code))
		f.fields = 1u << DRIFT_STRAY;
	if (f.fields)
		found(d, &f);
}

static bool is_on_roster(const struct sheet *s, struct str id)
{
	const struct row *rows = s->rows.v;
	for (size_t i = 0; i < s->rows.n; i++)
		if (str_eq(rows[i].learner, id))
			return true;
	return false;
}

/* Codes of those whom we put on it and who are not there; "": nobody. */
static struct str lacking(struct down_env *d, const struct sheet_memory *m, const struct sheet *s)
{
	struct buf b;
	buf_init(&b, 2000);
	for (size_t i = 0; i < m->learners.n; i++) {
		const struct binding *of = map_get(d->state.people[PERSON_LEARNER], m->learners.v[i]);
		if (of && !is_on_roster(s, of->id))
			buf_printf(&b, "%s%lld", b.n ? ", " : "", (long long)of->code);
	}
	struct str out = arena_str(d->cmp.arena, buf_str(&b));
	buf_deinit(&b);
	return out;
}

static bool has_other_instructors(struct down_env *d, const struct sheet_memory *m, const struct sheet *s)
{
	if (s->instructor_count != m->instructors.n)
		return true;
	for (size_t i = 0; i < m->instructors.n; i++) {
		const struct binding *of = map_get(d->state.people[PERSON_INSTRUCTOR], m->instructors.v[i]);
		bool there = !of;
		for (unsigned k = 0; k < s->instructor_count && !there; k++)
			there = str_eq(s->instructors[k], of->id);
		if (!there)
			return true;
	}
	return false;
}

/* "code=id,…": is one of the ids not there? */
static bool lacks_groups(struct str grouping, const struct sheet *s)
{
	while (grouping.n) {
		const char *comma = memchr(grouping.p, ',', grouping.n);
		size_t n = comma ? (size_t)(comma - grouping.p) : grouping.n;
		const char *equals = memchr(grouping.p, '=', n);
		struct str id = equals ? (struct str){ equals + 1, n - (size_t)(equals + 1 - grouping.p) } : STR_NONE;
		bool there = str_empty(id);
		for (size_t i = 0; i < s->groups.n && !there; i++)
			there = str_eq(s->groups.v[i], id);
		if (!there)
			return true;
		n += comma != NULL;
		grouping = (struct str){ grouping.p + n, grouping.n - n };
	}
	return false;
}

static void look_at_sheet(struct down_env *d, struct arena *scratch, const struct sheet *s)
{
	static const uint8_t unknown[32];
	const struct sheet_memory *m = map_get_str(d->state.sheets_by_id, s->id);
	int64_t code;
	if (!m || m->gone) {
		look_at_stray(d, s);
		return;
	}
	map_put(d->drift.seen.sheets, m->session, d);
	if (m->start < d->drift.from || map_get(d->drift.items, m->session) || memcmp(m->fingerprint, unknown, 32) == 0)
		return;
	struct drift f = { .sheet = true, .code = m->session, .at = d->now, .until = s->end > m->end ? s->end : m->end };
	if (f.until <= d->now)
		return; /* it is over, and mended by nobody */
	f.who = lacking(d, m, s);
	const bool differs[DRIFT_LEARNERS + 1] = {
		[DRIFT_NAME] = drift_text_differs(scratch, m->name, s->name),
		[DRIFT_START] = m->start != s->start,
		[DRIFT_END] = m->end != s->end,
		[DRIFT_ROOM] = drift_text_differs(scratch, m->room, s->room),
		[DRIFT_INSTRUCTORS] = has_other_instructors(d, m, s),
		[DRIFT_LEARNERS] = !str_empty(f.who),
	};
	for (unsigned i = 0; i <= DRIFT_LEARNERS; i++)
		f.fields |= (uint32_t)differs[i] << i;
	if (lacks_groups(m->grouping, s))
		f.fields |= 1u << DRIFT_GROUPS;
	if (!down_is_ours(s->api_id, s->api_type, &code) || code != m->session)
		f.fields |= 1u << DRIFT_CODE;
	f.why = str_of(down_touched(s, d->now));
	if (f.fields)
		found(d, &f);
}

static enum verdict sheets_got(struct run *run, struct exchange *x)
{
	struct down_env *d = env_of(run);
	if (fault_is(&x->fault))
		return give_up(run, &x->fault);
	const struct sheet *s = d->page_sheets.v;
	for (size_t i = 0; i < d->page_sheets.n; i++)
		look_at_sheet(d, x->arena, &s[i]);
	if (d->page_sheets.n == 0) {
		d->page = 0;
		return STEP_NEXT;
	}
	d->page++;
	return STEP_AGAIN;
}

/* ---- people ---- */

static enum verdict people_ask(struct run *run, struct exchange *x, enum person_kind kind, int64_t after)
{
	struct down_env *d = env_of(run);
	if (d->drift.failed)
		return STEP_SKIP;
	d->page_people = (struct items){ NULL, 0 };
	d->env->edusign->people(d->env->edusign->self, x, x->arena, kind, d->page, after, &d->page_people);
	return down_asks(d);
}

/* Is this person's account ours to compare? Whom nobody needs now is looked at when somebody does. */
static bool is_compared(const struct want_person *p)
{
	return p && p->binding && !p->binding->shared && !p->item && !p->broken && !str_empty(p->wish.last);
}

static void look_at_account(struct down_env *d, struct arena *scratch, enum person_kind kind, const struct account *a)
{
	const struct binding *b = map_get_str(d->state.people_by_id[kind], a->id);
	int64_t code;
	if (!b) {
		bool ours = !a->hidden && a->schools <= 1 && down_is_ours(a->api_id, a->api_type, &code);
		if (d->drift.full && ours && map_get(d->state.people[kind], code))
			found(d, &(struct drift){ .kind = kind, .code = code, .fields = 1u << DRIFT_TWIN, .at = d->now });
		return;
	}
	struct want_person *p = map_get(d->cmp.people[kind], b->code);
	map_put(d->drift.seen.people[kind], b->code, d);
	if (!is_compared(p) || a->schools > 1)
		return;
	uint32_t fields = drift_of_account(scratch, &p->wish, a);
	if (fields)
		found(d, &(struct drift){ .kind = kind, .code = b->code, .fields = fields, .at = d->now });
}

static enum verdict people_got(struct run *run, struct exchange *x, enum person_kind kind)
{
	struct down_env *d = env_of(run);
	if (fault_is(&x->fault))
		return give_up(run, &x->fault);
	const struct account *a = d->page_people.v;
	for (size_t i = 0; i < d->page_people.n; i++)
		look_at_account(d, x->arena, kind, &a[i]);
	if (d->page_people.n == 0) {
		d->page = 0;
		return STEP_NEXT;
	}
	d->page++;
	return STEP_AGAIN;
}

static enum verdict learners_ask(struct run *run, struct exchange *x)
{
	const struct down_drift *t = &env_of(run)->drift;
	return people_ask(run, x, PERSON_LEARNER, t->full ? 0 : t->memory.checked_at - OVERLAP_S);
}

static enum verdict learners_got(struct run *run, struct exchange *x)
{
	return people_got(run, x, PERSON_LEARNER);
}

/* Of instructors Edusign does not say which ones changed. */
static enum verdict instructors_ask(struct run *run, struct exchange *x)
{
	return env_of(run)->drift.full ? people_ask(run, x, PERSON_INSTRUCTOR, 0) : STEP_SKIP;
}

static enum verdict instructors_got(struct run *run, struct exchange *x)
{
	return people_got(run, x, PERSON_INSTRUCTOR);
}

/* ---- what is not listed, looked at one by one ---- */

static int64_t code_of(const struct look *l)
{
	return l->sheet ? l->sheet->session : l->person->wish.code;
}

static int by_code(const void *pa, const void *pb)
{
	const struct look *a = pa, *b = pb;
	if (!a->sheet != !b->sheet)
		return a->sheet ? -1 : 1;
	return (code_of(a) > code_of(b)) - (code_of(a) < code_of(b));
}

static void add_look(struct down_env *d, const struct sheet_memory *m, struct want_person *p)
{
	struct look l = { .d = d, .sheet = m, .person = p };
	(void)!items_add(d->cmp.arena, &d->drift.looks, &d->drift.looks_cap, &l, sizeof(l));
}

static bool missing_sheet(void *value, void *arg)
{
	static const uint8_t unknown[32];
	const struct sheet_memory *m = value;
	struct down_env *d = arg;
	if (!m->gone && m->start >= d->drift.from && m->start < d->drift.to && !map_get(d->drift.seen.sheets, m->session) &&
	    !map_get(d->drift.items, m->session) && memcmp(m->fingerprint, unknown, 32) != 0)
		add_look(d, m, NULL);
	return true;
}

static bool missing_person(void *value, void *arg)
{
	struct want_person *p = value;
	struct down_env *d = arg;
	if (is_compared(p) && !map_get(d->drift.seen.people[p->wish.kind], p->wish.code))
		add_look(d, NULL, p);
	return true;
}

static enum verdict missing(struct run *run)
{
	struct down_env *d = env_of(run);
	struct items *looks = &d->drift.looks;
	if (!d->drift.full || d->drift.failed)
		return STEP_NEXT;
	map_each(d->state.sheets, missing_sheet, d);
	map_each(d->cmp.people[PERSON_LEARNER], missing_person, d);
	map_each(d->cmp.people[PERSON_INSTRUCTOR], missing_person, d);
	if (looks->n > LOOKS_MOST) {
		d->drift.failed = true;
		issues_add(d->issues, STR("environment"), "drift", 0, "Look in Edusign whether they are there; the next run looks again",
		           "lacks %zu of its sheets and people in Edusign's lists, which is too many to look at each", looks->n);
		looks->n = 0;
	}
	if (looks->n > 1)
		qsort(looks->v, looks->n, sizeof(struct look), by_code);
	return STEP_NEXT;
}

static enum next look_next(struct run *run, void **child)
{
	struct down_drift *t = &env_of(run)->drift;
	if (t->next_look >= t->looks.n || t->failed)
		return CHILD_NONE;
	*child = &((struct look *)t->looks.v)[t->next_look++];
	return CHILD_READY;
}

static enum verdict look_ask(struct run *run, struct exchange *x)
{
	struct look *l = run_state(run);
	const struct attendance_port *p = l->d->env->edusign;
	if (l->sheet)
		p->sheet(p->self, x, x->arena, l->sheet->id, &l->now);
	else
		p->person_read(p->self, x, x->arena, l->person->wish.kind, l->person->binding->id, &l->account);
	return down_asks(l->d);
}

/* The sheet that we knew is gone, and another one bears its code: an older memory (a backup) knows the one before. */
static bool takes_its_place(struct down_env *d, int64_t session)
{
	const struct sheet_memory *twins = d->drift.twins.v;
	struct drift *f = d->drift.found.v;
	for (size_t i = 0; i < d->drift.twins.n; i++) {
		if (twins[i].session != session)
			continue;
		for (size_t k = 0; k < d->drift.found.n; k++)
			if (f[k].sheet && f[k].code == session)
				f[k].fields = 0;
		return down_remember(d, 0, &twins[i]) != NULL;
	}
	return false;
}

static enum verdict look_got(struct run *run, struct exchange *x)
{
	struct look *l = run_state(run);
	struct down_env *d = l->d;
	if (fault_is(&x->fault) && (x->fault.class != FAULT_REMOTE || x->fault.code != ERR_NOT_FOUND))
		return give_up(run, &x->fault);
	if (fault_is(&x->fault) && l->sheet && takes_its_place(d, code_of(l)))
		return STEP_NEXT;
	if (fault_is(&x->fault)) {
		struct drift f = { .sheet = l->sheet != NULL, .code = code_of(l), .fields = 1u << DRIFT_DELETED, .at = d->now };
		f.kind = l->sheet ? 0 : l->person->wish.kind;
		f.until = l->sheet ? l->sheet->end : 0;
		found(d, &f);
	} else if (l->sheet) {
		look_at_sheet(d, x->arena, &l->now);
	} else {
		look_at_account(d, x->arena, l->person->wish.kind, &l->account);
	}
	return STEP_NEXT;
}

static const struct step look_one[] = {
	{ STEP_HTTP, "drift-look", .ask = look_ask, .got = look_got },
	STEP_END,
};

/* ---- what is done about it ---- */

static bool was_looked_at(const struct down_env *d, const struct drift *f)
{
	return map_get(marks_of(&d->drift.seen, f), f->code);
}

static bool is_changed_anyway(const struct down_env *d, const struct drift *f)
{
	const struct want_person *p = f->sheet ? NULL : map_get(d->cmp.people[f->kind], f->code);
	return f->sheet ? map_get(d->drift.items, f->code) != NULL : p && p->item;
}

/* Nothing says that it is over: it was not looked at now. */
static bool lasts(const struct down_env *d, const struct drift *old)
{
	bool stranger = old->fields & (1u << DRIFT_TWIN | 1u << DRIFT_STRAY);
	if ((d->drift.full && !d->drift.failed) || (old->until && old->until <= d->now))
		return false;
	if (stranger)
		return true;
	return !was_looked_at(d, old) && !is_changed_anyway(d, old);
}

static bool carry_over(void *value, void *arg)
{
	const struct drift *old = value;
	struct down_env *d = arg;
	struct drift f = *old;
	if (map_get(marks_of(&d->drift.marked, old), old->code))
		return true;
	if (!lasts(d, old))
		f.fields = 0;
	if (f.fields || (f.repairs && f.at + REPAIRED_S > d->now))
		found(d, &f);
	return true;
}

static bool may_be_repaired(const struct down_env *d, const struct drift *f)
{
	const struct want_sheet *w = f->sheet ? map_get(d->cmp.wanted, f->code) : NULL;
	if (d->settings->drift != DRIFT_REPAIR || !str_empty(f->why) || f->repairs >= DRIFT_REPAIRS_MOST ||
	    f->fields & (1u << DRIFT_TWIN | 1u << DRIFT_STRAY))
		return false;
	if (!f->sheet)
		return is_compared(map_get(d->cmp.people[f->kind], f->code));
	return w && w->memory && !str_empty(w->name) && w->instructor_count && w->learner_count && w->session->start > d->now;
}

static int plan_repair(struct down_env *d, struct drift *f)
{
	struct comparison *c = &d->cmp;
	struct want_sheet *w = f->sheet ? map_get(c->wanted, f->code) : NULL;
	struct want_person *p = f->sheet ? NULL : map_get(c->people[f->kind], f->code);
	enum count_kind kind = f->sheet ? COUNT_SHEETS : f->kind == PERSON_LEARNER ? COUNT_LEARNERS : COUNT_INSTRUCTORS;
	struct item *it = compare_add_item(c, f->sheet ? ITEM_SHEET : ITEM_PERSON, ACTION_UPDATE,
	                                   record_name(c->arena, f->sheet ? "sheet" : person_kind_name(f->kind), f->code),
	                                   w ? w->session->start : d->now);
	if (!it)
		return ERR_LIMIT;
	it->sheet = w;
	it->memory = w ? w->memory : NULL;
	it->person = p;
	if (p)
		p->item = it;
	it->drift = f;
	it->reason = STR("changed by hand in Edusign");
	it->fields.v = arena_array(c->arena, DRIFT_FIELD_COUNT, sizeof(struct str));
	for (unsigned i = 0; it->fields.v && i < DRIFT_FIELD_COUNT; i++)
		if (f->fields & 1u << i)
			it->fields.v[it->fields.n++] = str_of(drift_field_name((enum drift_field)i));
	f->item = it;
	if (d->report->counts[kind].unchanged)
		d->report->counts[kind].unchanged--;
	return it->fields.v ? 0 : ERR_LIMIT;
}

static int by_record(const void *pa, const void *pb)
{
	const struct drift *a = pa, *b = pb;
	if (a->sheet != b->sheet)
		return a->sheet ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return (a->code > b->code) - (a->code < b->code);
}

static enum verdict judge(struct run *run)
{
	struct down_env *d = env_of(run);
	struct down_drift *t = &d->drift;
	map_each(t->memory.sheets, carry_over, d);
	for (int k = 0; k < PERSON_KIND_COUNT; k++)
		map_each(t->memory.people[k], carry_over, d);
	if (!arena_alloc(run_arena(run), 1))
		return out_of_memory(run);
	struct drift *all = t->found.v;
	if (t->found.n > 1)
		qsort(all, t->found.n, sizeof(*all), by_record);
	size_t n = 0;
	for (size_t i = 0; i < t->found.n; i++) { /* one record may have been found twice: as a twin, and changed */
		if (n && by_record(&all[n - 1], &all[i]) == 0)
			all[n - 1].fields |= all[i].fields;
		else
			all[n++] = all[i];
	}
	t->found.n = n;
	for (size_t i = 0; i < n; i++) {
		const struct drift *old = drift_of(&t->memory, &all[i]);
		if (old && old->at + REPAIRED_S > d->now)
			all[i].repairs = old->repairs;
		if (all[i].fields && may_be_repaired(d, &all[i]) && plan_repair(d, &all[i]))
			return out_of_memory(run);
	}
	compare_sort(&d->cmp);
	return STEP_NEXT;
}

const struct step down_drift_list[] = {
	{ STEP_CALC, "drift-due", .calc = due, .skip = "drift-judged" },
	{ STEP_HTTP, "drift-sheets", .ask = sheets_ask, .got = sheets_got },
	{ STEP_HTTP, "drift-learners", .ask = learners_ask, .got = learners_got },
	{ STEP_HTTP, "drift-instructors", .ask = instructors_ask, .got = instructors_got },
	{ STEP_CALC, "drift-missing", .calc = missing },
	{ STEP_EACH, "drift-looks", .next = look_next, .sub = look_one, .width = 4 },
	{ STEP_CALC, "drift-judge", .calc = judge },
	{ STEP_WAIT, "drift-judged" },
	STEP_END,
};

/* ---- what is said and remembered of it ---- */

static const char *fix_of(const struct drift *f, enum drift_field field)
{
	if (field == DRIFT_TWIN)
		return f->sheet ? "Delete the sheet that nobody signed in Edusign" : "Archive the account that is not used in Edusign";
	if (field == DRIFT_STRAY)
		return "Delete the sheet in Edusign if its session was cancelled";
	if (!str_empty(f->why))
		return "Mend the sheet in Edusign by hand if need be";
	if (f->repairs >= DRIFT_REPAIRS_MOST)
		return "It was undone more than once and came back: enter it in Yparéo, or undo it in Edusign";
	if (field == DRIFT_DELETED)
		return "Cancel the session in Yparéo, or take the person off it; with \"drift\": \"repair\" in the school's file it is made again";
	return "Enter it in Yparéo, or undo it in Edusign; with \"drift\": \"repair\" in the school's file it is undone";
}

static void tell(struct down_env *d, const struct drift *f)
{
	struct arena *a = d->cmp.arena;
	struct str record = record_name(a, f->sheet ? "sheet" : person_kind_name(f->kind), f->code);
	for (unsigned i = 0; i < DRIFT_FIELD_COUNT; i++) {
		enum drift_field field = (enum drift_field)i;
		bool who = field == DRIFT_LEARNERS && !str_empty(f->who);
		if (!(f->fields & 1u << i))
			continue;
		issues_add(d->issues, record, drift_field_name(field), f->until, fix_of(f, field), "%s%s%.*s%s%s%.*s%s", drift_field_says(field),
		           who ? " (" : "", STR_ARG(who ? f->who : STR_NONE), who ? ")" : "", str_empty(f->why) ? "" : "; it ", STR_ARG(f->why),
		           str_empty(f->why) ? "" : ", and is left");
	}
}

void down_drift_tell(struct down_env *d)
{
	struct drift *all = d->drift.found.v;
	for (size_t i = 0; i < d->drift.found.n; i++) {
		const struct item *it = all[i].item;
		if (it && it->phase == ITEM_DONE) {
			all[i].fields = 0;
			all[i].repairs++;
			all[i].at = d->now;
		} else if (!it || it->phase != ITEM_OPEN || !d->plan_only) {
			tell(d, &all[i]);
		}
	}
}

void down_drift_save(struct down_env *d, struct store_txn *txn)
{
	const struct down_drift *t = &d->drift;
	if (!t->checked) /* the first run: all of it was just written, or read to be taken over */
		drift_save(txn, &t->memory, &t->found, d->now, d->now);
	else
		drift_save(txn, &t->memory, &t->found, t->failed ? t->memory.checked_at : d->now, t->full && !t->failed ? d->now : t->memory.full_at);
}
