#include "core/sync/guard.h"

#include <string.h>

#include "core/sync/choices.h"

/* Below this many a percentage says nothing: two sheets of ten is a trainer's flu. */
#define PERCENT_FROM 5

/* ---- what counts as what ---- */

static bool has_field(const struct item *it, const char *name)
{
	for (size_t i = 0; i < it->fields.n; i++)
		if (str_eqz(it->fields.v[i], name))
			return true;
	return false;
}

/* Edusign may keep a name or an address in its own spelling: that is nobody's change. */
static bool is_renamed(struct comparison *c, const struct item *it)
{
	const struct person *wish = &it->person->wish;
	const struct binding *b = it->person->binding;
	bool email = !str_eq(wish->email, b->email), first = !str_eq(wish->first, b->first),
	     last = !str_eq(wish->last, b->last);
	return (email && !str_eq(str_fold_email(c->arena, wish->email), str_fold_email(c->arena, b->email))) ||
	       (first && !str_eq(str_fold(c->arena, wish->first), str_fold(c->arena, b->first))) ||
	       (last && !str_eq(str_fold(c->arena, wish->last), str_fold(c->arena, b->last)));
}

/* What people changed in Edusign is undone: one by one, not by the hundred. */
static unsigned kinds_of_repair(const struct item *it)
{
	bool person = it->kind == ITEM_PERSON && it->person->wish.kind == PERSON_LEARNER &&
	              (has_field(it, "FIRSTNAME") || has_field(it, "LASTNAME") || has_field(it, "EMAIL"));
	return 1u << GUARDED_REPAIR | (person ? 1u << GUARDED_PERSON : 0) |
	       (has_field(it, "START") ? 1u << GUARDED_START : 0);
}

/* Somebody whom we made follow is taken away, or replaced. */
static bool loses_tutor(struct comparison *c, const struct item *it)
{
	const struct want_follower *f = it->follower;
	const struct binding *b = map_get(c->state->people[PERSON_LEARNER], f->learner);
	bool stays = b && f->tutor && f->tutor->binding && str_eq(f->tutor->binding->id, b->follower);
	return b && !str_empty(b->follower) && !b->follower_found && !stays;
}

static unsigned kinds_of(struct comparison *c, const struct item *it)
{
	if (it->drift)
		return kinds_of_repair(it);
	if (it->kind == ITEM_PERSON) {
		bool known =
		        it->action == ACTION_UPDATE && it->person->binding && it->person->wish.kind == PERSON_LEARNER;
		return known && is_renamed(c, it) ? 1u << GUARDED_PERSON : 0;
	}
	if (it->kind == ITEM_GROUP)
		return 0;
	if (it->kind == ITEM_FOLLOWER)
		return loses_tutor(c, it) ? 1u << GUARDED_FOLLOWER : 0;
	if (it->action == ACTION_DELETE)
		return 1u << GUARDED_REMOVAL;
	unsigned kinds = it->shrinks ? 1u << GUARDED_REMOVAL : 0;
	if (it->action == ACTION_UPDATE && has_field(it, "START"))
		kinds |= 1u << GUARDED_START;
	return kinds;
}

/* What a person answered stands above every bound: yes goes ahead and weighs nothing, no stays undone and weighs
 * nothing. */
static void look_at(struct comparison *c, const struct held *held)
{
	struct item **all = c->items.v;
	bool answers = map_count(held->approved) ||
	               map_count(held->discarded); /* an id costs a hash, and most days nobody asks for it */
	for (size_t i = 0; i < c->items.n; i++) {
		all[i]->guarded = kinds_of(c, all[i]);
		if (!answers)
			continue;
		all[i]->id = guard_item_id(all[i]);
		all[i]->answer = held_answer_to(held, all[i]->id);
		if (all[i]->answer == HELD_DISCARDED && all[i]->phase == ITEM_OPEN)
			all[i]->phase = ITEM_HELD;
		else if (all[i]->answer == HELD_APPROVED && all[i]->phase == ITEM_HELD)
			all[i]->phase = ITEM_OPEN;
	}
}

static void name_held(struct comparison *c)
{
	struct item **all = c->items.v;
	for (size_t i = 0; i < c->items.n; i++)
		if (all[i]->phase == ITEM_HELD && !all[i]->id)
			all[i]->id = guard_item_id(all[i]);
}

/* ---- bounds ---- */

static bool weighs(const struct item *it, enum guarded kind)
{
	return it->guarded & 1u << kind && it->phase == ITEM_OPEN && it->answer == HELD_WAITING;
}

bool guard_is_beyond(const struct settings *s, size_t n, size_t known)
{
	return n > s->delete_count || (n >= PERCENT_FROM && n * 100 > (size_t)s->delete_percent * known);
}

/* Holds what is of this kind when there is too much of it; *why gets a sentence more. */
static void bound(struct comparison *c, enum guarded kind, const char **why)
{
	static const char *const say[GUARDED_COUNT] = {
	        [GUARDED_REMOVAL] = "sheets would be removed, or lose half their learners,",
	        [GUARDED_PERSON] = "learners would get another name or e-mail address",
	        [GUARDED_START] = "sheets would start at another time",
	        [GUARDED_REPAIR] = "changes made by hand in Edusign would be undone",
	        [GUARDED_FOLLOWER] = "learners would lose their tutor, or get another,",
	};
	struct item **all = c->items.v;
	size_t learners = map_count(c->state->people[PERSON_LEARNER]),
	       known = kind == GUARDED_PERSON || kind == GUARDED_FOLLOWER ? learners
	               : kind == GUARDED_REPAIR                           ? c->sheets_known + learners
	                                                                  : c->sheets_known,
	       planned = 0;
	for (size_t i = 0; i < c->items.n; i++)
		planned += weighs(all[i], kind);
	size_t total = planned + c->state->guarded[kind];
	if (planned == 0 || !guard_is_beyond(c->settings, total, known))
		return;
	/* an interrupted write was within the bounds when it left: it is read back, and counts */
	for (size_t i = 0; i < c->items.n; i++)
		if (weighs(all[i], kind) && !all[i]->intent)
			all[i]->phase = ITEM_HELD;
	*why = arena_printf(c->arena, "%s%s%zu %s within 24 hours, of %zu known", *why, **why ? "; " : "", total,
	                    say[kind], known);
	if (!*why)
		*why = ""; /* the arena is exhausted and sticky: the run fails at its next step */
}

/* What alters a record that is there already. One that is only verified has nothing that differs. */
static bool alters(const struct item *it)
{
	if (it->kind == ITEM_FOLLOWER && it->follower->person && !it->follower->person->binding)
		return false; /* of a learner who comes with this run */
	return it->action != ACTION_CREATE && (it->action == ACTION_DELETE || it->fields.n) &&
	       it->phase == ITEM_OPEN && it->answer == HELD_WAITING;
}

/* One line of the school's file may alter everything at once: all that would be altered is bounded together then,
 * whatever it is. */
static void bound_file(struct comparison *c, const char **why)
{
	struct item **all = c->items.v;
	struct str now = choices_text(c->arena, c->settings, c->env),
	           changed = choices_changed(c->arena, c->state->choices, now);
	size_t altered = 0, known = c->sheets_known + map_count(c->state->people[PERSON_LEARNER]) +
	                            map_count(c->state->people[PERSON_INSTRUCTOR]);
	for (size_t i = 0; i < c->items.n; i++)
		altered += alters(all[i]);
	if (str_empty(changed) || !guard_is_beyond(c->settings, altered, known))
		return;
	for (size_t i = 0; i < c->items.n; i++)
		if (alters(all[i]) && !all[i]->intent)
			all[i]->phase = ITEM_HELD;
	c->file_held = true;
	const char *text = arena_printf(
	        c->arena, "the school's file was changed (%.*s), and %zu records would be altered, of %zu known",
	        STR_ARG(changed), altered, known);
	*why = text ? text : "";
}

/* ---- what would stand beside a sheet whose removal is held ---- */

static bool share(const struct ints *a, const struct ints *b)
{
	for (size_t i = 0; i < a->n; i++)
		for (size_t k = 0; k < b->n; k++)
			if (a->v[i] == b->v[k])
				return true;
	return false;
}

static bool share_most(const struct want_sheet *w, const struct ints *learners)
{
	size_t both = 0;
	for (size_t i = 0; i < w->learner_count; i++)
		for (size_t k = 0; k < learners->n; k++)
			both += w->learners[i]->wish.code == learners->v[k];
	return both * 2 > learners->n;
}

static bool belongs_beside(const struct want_sheet *w, const struct sheet_memory *m)
{
	const struct session *s = w->session;
	return s->start < m->end && m->start < s->end &&
	       (share(&s->groups, &m->groups) || share(&s->instructors, &m->instructors) ||
	        share_most(w, &m->learners));
}

struct held_removals {
	const struct sheet_memory **v;
	size_t n;
	int64_t longest;
};

/* c->items are by start, and so are these. */
static int find_held_removals(struct comparison *c, struct held_removals *out)
{
	struct item **all = c->items.v;
	out->v = arena_array(c->arena, c->items.n, sizeof(struct sheet_memory *));
	if (!out->v)
		return ERR_LIMIT;
	for (size_t i = 0; i < c->items.n; i++) {
		const struct item *it = all[i];
		if (it->kind != ITEM_SHEET || it->action != ACTION_DELETE || it->phase != ITEM_HELD)
			continue;
		out->v[out->n++] = it->memory;
		if (it->memory->end - it->memory->start > out->longest)
			out->longest = it->memory->end - it->memory->start;
	}
	return 0;
}

static bool stands_beside(const struct held_removals *r, const struct want_sheet *w)
{
	size_t from = 0, to = r->n;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (r->v[middle]->start + r->longest <= w->session->start)
			from = middle + 1;
		else
			to = middle;
	}
	for (size_t i = from; i < r->n && r->v[i]->start < w->session->end; i++)
		if (belongs_beside(w, r->v[i]))
			return true;
	return false;
}

static bool hold_beside(struct comparison *c)
{
	struct item **all = c->items.v;
	struct held_removals r = {0};
	bool any = false;
	if (find_held_removals(c, &r) || r.n == 0)
		return false;
	for (size_t i = 0; i < c->items.n; i++) {
		struct item *it = all[i];
		if (it->kind != ITEM_SHEET || it->action != ACTION_CREATE || it->phase != ITEM_OPEN ||
		    it->answer == HELD_APPROVED || it->intent || !stands_beside(&r, it->sheet))
			continue;
		it->phase = ITEM_HELD;
		any = true;
	}
	return any;
}

/* ---- people come with the sheets that need them ---- */

static void each_person(const struct item *it, void (*fn)(struct item *person))
{
	const struct want_sheet *w = it->sheet;
	for (size_t i = 0; i < w->instructor_count; i++)
		if (w->instructors[i]->item)
			fn(w->instructors[i]->item);
	for (size_t i = 0; i < w->learner_count; i++)
		if (w->learners[i]->item)
			fn(w->learners[i]->item);
}

static void need(struct item *person)
{
	person->needed = true;
}

static void hold_unneeded(struct item *person)
{
	if (person->action == ACTION_CREATE && !person->needed && !person->intent &&
	    person->answer != HELD_APPROVED && person->phase == ITEM_OPEN)
		person->phase = ITEM_HELD;
}

static void hold_people(struct comparison *c)
{
	struct item **all = c->items.v;
	for (size_t i = 0; i < c->items.n; i++)
		if (all[i]->kind == ITEM_SHEET && all[i]->sheet && all[i]->phase == ITEM_OPEN)
			each_person(all[i], need);
	for (size_t i = 0; i < c->items.n; i++)
		if (all[i]->kind == ITEM_SHEET && all[i]->sheet && all[i]->phase == ITEM_HELD)
			each_person(all[i], hold_unneeded);
}

/* Who follows a learner comes with the learner, and a tutor with the first who is followed. */
static void hold_tutors(struct comparison *c)
{
	struct item **all = c->items.v;
	for (size_t i = 0; i < c->items.n; i++) {
		const struct want_follower *f = all[i]->follower;
		if (!f || all[i]->phase != ITEM_OPEN)
			continue;
		bool waits = f->person && f->person->item && f->person->item->phase == ITEM_HELD && !f->person->binding;
		if (waits && !all[i]->intent && all[i]->answer != HELD_APPROVED)
			all[i]->phase = ITEM_HELD;
		else if (f->tutor && f->tutor->item)
			need(f->tutor->item);
	}
	for (size_t i = 0; i < c->items.n; i++) {
		const struct want_follower *f = all[i]->follower;
		if (f && all[i]->phase == ITEM_HELD && f->tutor && f->tutor->item)
			hold_unneeded(f->tutor->item);
	}
}

void guard_all(struct comparison *c, const struct held *held)
{
	struct item **all = c->items.v;
	look_at(c, held);
	for (size_t i = 0; i < c->items.n; i++)
		if (all[i]->phase == ITEM_OPEN)
			all[i]->phase = ITEM_HELD;
}

const char *guard_down(struct comparison *c, const struct held *held)
{
	const char *why = "";
	look_at(c, held);
	bound_file(c, &why);
	for (int k = 0; k < GUARDED_COUNT; k++)
		bound(c, (enum guarded)k, &why);
	if (hold_beside(c) && !*why)
		why = "sheets would be made beside others whose removal is held";
	hold_people(c);
	hold_tutors(c);
	name_held(c);
	return why;
}

static void add_codes(struct digest *d, struct want_person *const *people, size_t n)
{
	digest_add_int(d, (int64_t)n);
	for (size_t i = 0; i < n; i++)
		digest_add_int(d, people[i]->wish.code);
}

int64_t guard_item_id(const struct item *it)
{
	const struct want_sheet *w = it->sheet;
	struct digest d;
	uint8_t hash[32];
	int64_t id;
	digest_init(&d);
	digest_add_int(&d, it->action);
	digest_add(&d, it->record);
	if (it->kind == ITEM_PERSON) {
		digest_add(&d, (struct str){(const char *)it->person->fingerprint, 32});
	} else if (it->kind == ITEM_GROUP) {
		digest_add(&d, (struct str){(const char *)it->group->fingerprint, 32});
	} else if (it->kind == ITEM_FOLLOWER) {
		digest_add(&d, STR("follower"));
		digest_add_int(&d, it->follower->tutor ? it->follower->tutor->wish.code : 0);
	} else if (w) {
		digest_add(&d, w->name);
		digest_add(&d, w->room);
		digest_add_int(&d, w->session->start);
		digest_add_int(&d, w->session->end);
		add_codes(&d, w->instructors, w->instructor_count);
		add_codes(&d, w->learners, w->learner_count);
		for (size_t i = 0; i < w->group_count; i++)
			digest_add(&d, w->groups[i]->code);
	} else {
		digest_add(&d, it->memory->id);
		digest_add_int(&d, it->memory->start);
	}
	digest_end(&d, hash);
	memcpy(&id, hash, sizeof(id));
	return id;
}
