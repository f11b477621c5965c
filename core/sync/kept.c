#include "core/sync/kept.h"

#include <string.h>

#include "core/sync/state.h"

#define PLANNING_VERSION 1
#define LISTS_VERSION    1

/* A field that is added to a learner is kept with it: put it into both functions below and into record_kinds.c, raise LISTS_VERSION, and say its size here. */
_Static_assert(sizeof(struct learner) == 2 * sizeof(int64_t) + 8 * sizeof(struct str) + sizeof(int64_t), "kept.c must know every field of a learner");

static struct store_key key_of(enum state_table table)
{
	struct store_key k;
	store_key_begin(&k, table);
	return k;
}

static void put(struct store_txn *txn, const struct store_key *key, struct buf *b)
{
	if (buf_error(b))
		store_txn_fail(txn, buf_error(b));
	else
		store_put(txn, key, buf_str(b));
	buf_deinit(b);
}

/* ---- how the planning is asked for ---- */

void kept_put_planning(struct store_txn *txn, const struct kept_planning *p)
{
	struct store_key k = key_of(TABLE_READING);
	struct buf b;
	buf_init(&b, 0);
	pack_begin(&b, PLANNING_VERSION);
	pack_int(&b, p->proven_at);
	pack_int(&b, p->not_before);
	pack_int(&b, p->days);
	pack_int(&b, p->cut_at);
	pack_int(&b, p->sampled);
	pack_ints(&b, p->covered.v, p->covered.n);
	pack_ints(&b, p->quiet.v, p->quiet.n);
	pack_ints(&b, p->quiet_at.v, p->quiet_at.n);
	put(txn, &k, &b);
}

static int load_planning(struct store_txn *txn, struct arena *arena, struct kept_planning *out)
{
	struct store_key k = key_of(TABLE_READING);
	struct kept_planning p = { 0 };
	struct str value;
	struct unpack u;
	if (!store_get(txn, &k, &value))
		return 0;
	unpack_begin(&u, value);
	p.proven_at = unpack_int(&u);
	p.not_before = unpack_int(&u);
	p.days = unpack_int(&u);
	p.cut_at = unpack_int(&u);
	p.sampled = unpack_int(&u);
	unpack_ints(&u, arena, &p.covered.v, &p.covered.n);
	unpack_ints(&u, arena, &p.quiet.v, &p.quiet.n);
	unpack_ints(&u, arena, &p.quiet_at.v, &p.quiet_at.n);
	int rc = unpack_end(&u);
	if (rc == 0 && u.version == PLANNING_VERSION && p.quiet.n == p.quiet_at.n)
		*out = p;
	return rc == ERR_LIMIT ? rc : 0;
}

/* ---- lists ---- */

static void put_learner(struct store_txn *txn, const struct learner *l)
{
	struct store_key k = key_of(TABLE_LEARNER);
	struct buf b;
	store_key_int(&k, l->code);
	buf_init(&b, 0);
	pack_begin(&b, LISTS_VERSION);
	pack_str(&b, l->last);
	pack_str(&b, l->first);
	pack_str(&b, l->email_normal);
	pack_str(&b, l->email_pro);
	pack_str(&b, l->phone);
	pack_int(&b, l->group);
	pack_str(&b, l->training);
	pack_str(&b, l->site);
	pack_int(&b, l->site_code);
	pack_str(&b, l->company);
	put(txn, &k, &b);
}

struct learners { struct arena *arena; struct items list; size_t cap; int error; };

static int load_learner(void *arg, struct str key, struct str value)
{
	struct learners *all = arg;
	struct learner l = { 0 };
	struct unpack u;
	size_t at = 1;
	unpack_begin(&u, value);
	l.code = store_key_get_int(key, &at);
	l.last = unpack_str_copy(&u, all->arena);
	l.first = unpack_str_copy(&u, all->arena);
	l.email_normal = unpack_str_copy(&u, all->arena);
	l.email_pro = unpack_str_copy(&u, all->arena);
	l.phone = unpack_str_copy(&u, all->arena);
	l.group = unpack_int(&u);
	l.training = unpack_str_copy(&u, all->arena);
	l.site = unpack_str_copy(&u, all->arena);
	l.site_code = unpack_int(&u);
	l.company = unpack_str_copy(&u, all->arena);
	all->error = unpack_end(&u);
	if (!all->error && u.version != LISTS_VERSION)
		all->error = ERR_STORE_VERSION;
	if (!all->error)
		all->error = items_add(all->arena, &all->list, &all->cap, &l, sizeof(l));
	return all->error;
}

/* Rooms and trainings are a code and a name. */
_Static_assert(sizeof(struct room) == sizeof(struct training), "both are a code and a name");

static void put_named(struct buf *b, const struct items *list)
{
	const struct room *v = list->v;
	pack_int(b, (int64_t)list->n);
	for (size_t i = 0; i < list->n; i++) {
		pack_int(b, v[i].code);
		pack_str(b, v[i].name);
	}
}

/* Room for what a value says it holds, as far as it can: each element is a byte at least. */
static void *room_for(struct unpack *u, struct arena *arena, size_t size, size_t *n)
{
	int64_t said = unpack_int(u);
	if (u->error)
		return NULL;
	if (said < 0 || (uint64_t)said > u->in.n - u->at) {
		u->error = ERR_STORE_CORRUPT;
		return NULL;
	}
	void *v = arena_array(arena, (size_t)said + 1, size);
	if (!v)
		u->error = ERR_LIMIT;
	*n = v ? (size_t)said : 0;
	return v;
}

static void load_named(struct unpack *u, struct arena *arena, struct items *out)
{
	struct room *v = room_for(u, arena, sizeof(*v), &out->n);
	out->v = v;
	for (size_t i = 0; v && i < out->n; i++) {
		v[i].code = unpack_int(u);
		v[i].name = unpack_str_copy(u, arena);
	}
}

void kept_put_lists(struct store_txn *txn, const struct kept_lists *l)
{
	struct store_key k = key_of(TABLE_LISTS);
	struct buf b;
	buf_init(&b, 0);
	pack_begin(&b, LISTS_VERSION);
	pack_int(&b, l->rooms_at);
	pack_int(&b, l->people_at);
	pack_str(&b, l->address);
	pack_ints(&b, l->periods.v, l->periods.n);
	pack_int(&b, l->email);
	pack_bool(&b, l->everybody);
	pack_bool(&b, l->trainings_read);
	pack_bool(&b, l->companies_read);
	pack_bool(&b, l->pro_emails_read);
	put_named(&b, &l->rooms);
	put_named(&b, &l->trainings);
	kept_forget_lists(txn);
	put(txn, &k, &b);
	const struct learner *v = l->learners.v;
	for (size_t i = 0; i < l->learners.n; i++)
		put_learner(txn, &v[i]);
}

static int load_lists(struct store_txn *txn, struct arena *arena, struct kept_lists *out)
{
	struct store_key k = key_of(TABLE_LISTS);
	struct kept_lists l = { 0 };
	struct str value;
	struct unpack u;
	if (!store_get(txn, &k, &value))
		return 0;
	unpack_begin(&u, value);
	l.rooms_at = unpack_int(&u);
	l.people_at = unpack_int(&u);
	l.address = unpack_str_copy(&u, arena);
	unpack_ints(&u, arena, &l.periods.v, &l.periods.n);
	l.email = (enum email_choice)unpack_int(&u);
	l.everybody = unpack_bool(&u);
	l.trainings_read = unpack_bool(&u);
	l.companies_read = unpack_bool(&u);
	l.pro_emails_read = unpack_bool(&u);
	load_named(&u, arena, &l.rooms);
	load_named(&u, arena, &l.trainings);
	int rc = unpack_end(&u);
	struct learners all = { .arena = arena };
	struct store_key learner = key_of(TABLE_LEARNER);
	if (rc == 0)
		store_each(txn, &learner, load_learner, &all);
	l.learners = all.list;
	rc = rc ? rc : all.error;
	if (rc == 0 && u.version == LISTS_VERSION)
		*out = l;
	return rc == ERR_LIMIT ? rc : 0;
}

int kept_load(struct store_txn *txn, struct arena *arena, bool lists, struct kept *out)
{
	*out = (struct kept){ 0 };
	int rc = load_planning(txn, arena, &out->planning);
	return rc || !lists ? rc : load_lists(txn, arena, &out->lists);
}

void kept_forget_lists(struct store_txn *txn)
{
	struct store_key lists = key_of(TABLE_LISTS), learners = key_of(TABLE_LEARNER);
	store_del(txn, &lists);
	store_del_prefix(txn, &learners);
}
