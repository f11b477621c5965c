#include <stdlib.h>
#include <string.h>

#include "core/sync/compare.h"
#include "core/sync/tutors.h"

/*
 * The apprenticeship tutor of each learner whom a sheet of the window needs: an account of their own, whom the learner's account names
 * as a follower. Learners whom no sheet needs now keep theirs until their contract is over.
 *
 * Contacts of Yparéo's that have one address and one name are one person: entered for each establishment of a company, and one account.
 */

/* No sheet waits for them, and none fails with them. */
#define BEHIND INT64_MAX

struct learning {
	const struct want_person *learner;
	const struct contract *contract;
	const struct tutor *tutor;
};

struct tutoring {
	struct comparison *c;
	struct map *by_identity;    /* address and names -> struct want_person, or struct binding of somebody not wanted */
	struct map *bound_identity;
	struct items list;          /* struct learning, by code */
	size_t cap;
	int error;
};

static int by_learner(const void *pa, const void *pb)
{
	const struct learning *a = pa, *b = pb;
	int64_t x = a->learner->wish.code, y = b->learner->wish.code;
	return (x > y) - (x < y);
}

static struct str identity(struct comparison *c, struct str email, struct str first, struct str last)
{
	struct str e = str_fold_email(c->arena, email), f = str_fold(c->arena, first), l = str_fold(c->arena, last);
	const char *text = str_empty(e) ? NULL : arena_printf(c->arena, "%.*s\n%.*s\n%.*s", STR_ARG(e), STR_ARG(f), STR_ARG(l));
	return text ? str_of(text) : STR_NONE;
}

/* ---- people ---- */

static bool know_binding(void *value, void *arg)
{
	struct tutoring *t = arg;
	const struct binding *b = value;
	struct str key = identity(t->c, b->email, b->first, b->last);
	const struct binding *other = str_empty(key) ? NULL : map_get_str(t->bound_identity, key);
	if (!str_empty(key) && (!other || b->code < other->code))
		map_put_str(t->bound_identity, key, value);
	return true;
}

static struct want_person *new_person(struct tutoring *t, int64_t code)
{
	struct want_person *p = arena_alloc(t->c->arena, sizeof(*p));
	if (!p)
		return NULL;
	p->wish = (struct person){.kind = PERSON_TUTOR, .code = code};
	p->binding = map_get(t->c->state->people[PERSON_TUTOR], code);
	map_put(t->c->people[PERSON_TUTOR], code, p);
	return p;
}

static void plan(struct tutoring *t, struct want_person *p, const struct learning *l)
{
	struct comparison *c = t->c;
	const struct learner *learner = map_get(c->snap->learner_by_code, l->learner->wish.code);
	p->wish = (struct person){.kind = PERSON_TUTOR,
	                          .code = l->tutor->code,
	                          .first = str_trim(l->tutor->first),
	                          .last = str_trim(l->tutor->last),
	                          .email = str_trim(l->tutor->email),
	                          .company = learner ? str_trim(learner->company) : STR_NONE};
	compare_person_fingerprint(&p->wish, p->fingerprint);
	compare_plan_person(c, p, BEHIND);
	struct str key = p->broken ? STR_NONE : identity(c, p->wish.email, p->wish.first, p->wish.last);
	if (!str_empty(key) && !map_get_str(t->by_identity, key))
		map_put_str(t->by_identity, key, p);
}

/* Somebody who is known by another code already. NULL: nobody. */
static struct want_person *same_as(struct tutoring *t, const struct tutor *tutor)
{
	struct str key = identity(t->c, str_trim(tutor->email), str_trim(tutor->first), str_trim(tutor->last));
	struct want_person *p = str_empty(key) ? NULL : map_get_str(t->by_identity, key);
	struct binding *b = p || str_empty(key) ? NULL : map_get_str(t->bound_identity, key);
	if (p || !b)
		return p;
	p = map_get(t->c->people[PERSON_TUTOR], b->code);
	if (p) /* wanted, and known by other details now */
		return NULL;
	p = new_person(t, b->code);
	if (p)
		memcpy(p->fingerprint, b->fingerprint, sizeof(p->fingerprint));
	return p;
}

static void want(struct tutoring *t, const struct learning *l)
{
	struct map *people = t->c->people[PERSON_TUTOR];
	struct want_person *p = map_get(people, l->tutor->code);
	bool bound = map_get(t->c->state->people[PERSON_TUTOR], l->tutor->code) != NULL;
	if (!p && !bound && (p = same_as(t, l->tutor)) != NULL)
		map_put(people, l->tutor->code, p);
	if (!p) {
		p = new_person(t, l->tutor->code);
		if (p)
			plan(t, p, l);
	}
	if (!p)
		t->error = ERR_LIMIT;
}

/* ---- who follows ---- */

static struct want_follower *new_follower(struct comparison *c, int64_t learner)
{
	struct want_follower *f = arena_alloc(c->arena, sizeof(*f));
	if (f) {
		f->learner = learner;
		f->person = map_get(c->people[PERSON_LEARNER], learner);
		map_put(c->followers, learner, f);
	}
	return f;
}

static int add_item(struct comparison *c, struct want_follower *f, int64_t order)
{
	static const char *const fields[] = {"STUDENT_FOLLOWER_ID"};
	f->item = compare_add_item(c, ITEM_FOLLOWER, ACTION_UPDATE, record_name(c->arena, "learner", f->learner), order);
	if (!f->item)
		return ERR_LIMIT;
	const char *why = f->tutor ? arena_printf(c->arena, "the contract names tutor %lld", (long long)f->tutor->wish.code)
	                           : "the contract is over, or names no tutor";
	f->item->follower = f;
	f->item->reason = str_of(why);
	if (f->person)
		f->person->follower = f->item;
	compare_set_fields(c, f->item, fields, 1);
	return 0;
}

/* Is it as it shall be? What followed before we came is not taken away, only forgotten. */
static bool is_settled(const struct want_follower *f, const struct binding *b)
{
	if (f->tutor)
		return b && f->tutor->binding && str_eq(b->follower, f->tutor->binding->id);
	return !b || str_empty(b->follower) || b->follower_found;
}

static int plan_follower(struct comparison *c, const struct want_person *learner, struct want_person *tutor)
{
	struct want_follower *f = new_follower(c, learner->wish.code);
	if (!f)
		return ERR_LIMIT;
	f->tutor = tutor && !tutor->broken ? tutor : NULL;
	return is_settled(f, learner->binding) ? 0 : add_item(c, f, BEHIND);
}

static void tell_missing(struct comparison *c, const struct contract *contract)
{
	issues_add(c->issues, record_name(c->arena, "tutor", contract->tutor), "contact", 0,
	           "Enter the tutor of the contract among the contacts of the company in Yparéo",
	           "is named by the contract of learner %lld, and is none of the contacts of company %lld",
	           (long long)contract->learner, (long long)contract->company);
}

static bool collect(void *value, void *arg)
{
	struct tutoring *t = arg;
	struct learning l = {.learner = value};
	if (!l.learner->broken)
		t->error = items_add(t->c->arena, &t->list, &t->cap, &l, sizeof(l));
	return !t->error;
}

/* Keeps those whose tutor is known. */
static void look_at(struct tutoring *t)
{
	struct comparison *c = t->c;
	struct learning *all = t->list.v;
	size_t kept = 0;
	for (size_t i = 0; i < t->list.n && !t->error; i++) {
		struct learning *l = &all[i];
		switch (tutors_find(c->snap->tutors, l->learner->wish.code, &l->contract, &l->tutor)) {
		case TUTOR_KNOWN:
			all[kept++] = *l;
			break;
		case TUTOR_NONE:
			t->error = plan_follower(c, l->learner, NULL);
			break;
		case TUTOR_MISSING:
			tell_missing(c, l->contract);
			break;
		case TUTOR_UNKNOWN:
			break;
		}
	}
	t->list.n = kept;
}

/* Learners whom no sheet of the window needs: only an end of the contract is followed, since nobody asked their company who is who. */
static bool look_at_others(void *value, void *arg)
{
	struct tutoring *t = arg;
	struct comparison *c = t->c;
	const struct binding *b = value;
	const struct tutor *tutor;
	if (str_empty(b->follower) || b->follower_found || map_get(c->people[PERSON_LEARNER], b->code) ||
	    tutors_find(c->snap->tutors, b->code, NULL, &tutor) != TUTOR_NONE)
		return true;
	struct want_follower *f = new_follower(c, b->code);
	t->error = f ? add_item(c, f, BEHIND) : ERR_LIMIT;
	return !t->error;
}

static void tell_unread(struct comparison *c)
{
	const struct tutors *t = c->snap->tutors;
	if (!t->read)
		issues_add(c->issues, STR("environment"), "contracts", 0,
		           "Tick the list of contracts for this key in Yparéo's web-services screen",
		           "this key may not read the contracts: the tutors stay as they are");
	else if (map_count(t->unread))
		issues_add(c->issues, STR("environment"), "contacts", 0,
		           "Tick the contacts of companies for this key in Yparéo's web-services screen; the next run tries again",
		           "the contacts of %zu companies could not be read, and their tutors stay as they are: %s",
		           map_count(t->unread), t->why.what);
	else
		return;
	issues_keep(c->issues, "tutor ");
}

int compare_tutors_end(struct comparison *c)
{
	struct tutoring t = {.c = c, .by_identity = map_new_str(c->arena), .bound_identity = map_new_str(c->arena)};
	if (!c->settings->tutors || !c->snap->tutors)
		return 0;
	tell_unread(c);
	map_each(c->state->people[PERSON_TUTOR], know_binding, &t);
	map_each(c->people[PERSON_LEARNER], collect, &t);
	struct learning *all = t.list.v;
	if (t.list.n > 1)
		qsort(all, t.list.n, sizeof(*all), by_learner);
	look_at(&t);
	/* those who have an account first: somebody known by another code is found by it */
	for (size_t i = 0; i < t.list.n; i++)
		if (map_get(c->state->people[PERSON_TUTOR], all[i].tutor->code))
			want(&t, &all[i]);
	for (size_t i = 0; i < t.list.n; i++)
		want(&t, &all[i]);
	for (size_t i = 0; i < t.list.n && !t.error; i++)
		t.error = plan_follower(c, all[i].learner, map_get(c->people[PERSON_TUTOR], all[i].tutor->code));
	if (!t.error)
		map_each(c->state->people[PERSON_LEARNER], look_at_others, &t);
	return t.error;
}

int compare_tutors_interrupted(struct comparison *c, const struct intent *in)
{
	struct want_follower *f = map_get(c->followers, in->code);
	if (!f)
		return 0; /* stays until a run wants it, or until it is a day old */
	if (!f->item) {
		if (add_item(c, f, c->now))
			return ERR_LIMIT;
		f->item->fields = (struct texts){NULL, 0};
		f->item->reason = STR("an interrupted write is verified");
	}
	f->item->interrupted = true;
	f->item->tried = in->payload;
	if (in->seq > f->item->intent) {
		f->item->intent = in->seq;
		f->item->sent_ms = c->now * 1000;
	}
	return 0;
}
