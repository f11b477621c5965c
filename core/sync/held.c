#include "core/sync/held.h"

#include <stdlib.h>
#include <string.h>

#include "core/sync/state.h"

#define PLAN_VERSION 2
#define LINE_VERSION 1

/* Keys: the flow alone is the plan that waits; the flow, a one and the plan's id one that was answered. */
#define ANSWERED 1

const char *held_answer_name(enum held_answer a)
{
	static const char *const names[HELD_ANSWER_COUNT] = {"waiting", "approved", "discarded"};
	return names[a];
}

static struct store_key key_of(enum flow_kind flow)
{
	struct store_key k;
	store_key_begin(&k, TABLE_PLAN);
	store_key_u8(&k, flow);
	return k;
}

static struct store_key key_of_answered(enum flow_kind flow, struct str id)
{
	struct store_key k = key_of(flow);
	store_key_u8(&k, ANSWERED);
	if (!str_empty(id))
		store_key_text(&k, id);
	return k;
}

/* ---- packed ---- */

static void pack_change(struct buf *b, const struct held_change *c)
{
	pack_int(b, c->id);
	pack_int(b, c->what.action);
	pack_str(b, c->what.record);
	pack_str(b, c->what.reason);
	pack_int(b, (int64_t)c->what.fields.n);
	for (size_t i = 0; i < c->what.fields.n; i++)
		pack_str(b, c->what.fields.v[i]);
}

static void put_plan(struct store_txn *txn, const struct store_key *key, const struct held_plan *p)
{
	const struct held_change *c = p->changes.v;
	struct buf b;
	buf_init(&b, 0);
	pack_begin(&b, PLAN_VERSION);
	pack_str(&b, p->id);
	pack_int(&b, p->since);
	pack_str(&b, p->reason);
	pack_int(&b, p->answer);
	pack_int(&b, p->at);
	pack_str(&b, p->by);
	pack_str(&b, p->why);
	pack_int(&b, (int64_t)p->changes.n);
	for (size_t i = 0; i < p->changes.n; i++)
		pack_change(&b, &c[i]);
	if (buf_error(&b))
		store_txn_fail(txn, buf_error(&b));
	else
		store_put(txn, key, buf_str(&b));
	buf_deinit(&b);
}

static int unpack_change(struct unpack *u, struct arena *arena, struct held_change *c)
{
	c->id = unpack_int(u);
	int64_t action = unpack_int(u);
	c->what.record = unpack_str_copy(u, arena);
	c->what.reason = unpack_str_copy(u, arena);
	int64_t n = unpack_int(u);
	c->what.held = true;
	if (u->error || action < 0 || action >= ACTION_COUNT || n < 0 || (size_t)n > u->in.n)
		return ERR_STORE_CORRUPT;
	c->what.action = (enum action)action;
	c->what.fields.v = arena_array(arena, (size_t)n + 1, sizeof(struct str));
	if (!c->what.fields.v)
		return ERR_LIMIT;
	for (int64_t i = 0; i < n; i++)
		c->what.fields.v[c->what.fields.n++] = unpack_str_copy(u, arena);
	return 0;
}

static int unpack_plan(struct str value, struct arena *arena, enum flow_kind flow, struct held_plan *out)
{
	struct held_plan p = {.flow = flow};
	struct unpack u;
	unpack_begin(&u, value);
	if (u.version != PLAN_VERSION) {
		*out = p; /* of an older layout: the next run makes it anew */
		return 0;
	}
	p.id = unpack_str_copy(&u, arena);
	p.since = unpack_int(&u);
	p.reason = unpack_str_copy(&u, arena);
	int64_t answer = unpack_int(&u);
	p.at = unpack_int(&u);
	p.by = unpack_str_copy(&u, arena);
	p.why = unpack_str_copy(&u, arena);
	int64_t n = unpack_int(&u);
	if (u.error || answer < 0 || answer >= HELD_ANSWER_COUNT || n < 0 || (size_t)n > value.n)
		return ERR_STORE_CORRUPT;
	p.answer = (enum held_answer)answer;
	struct held_change *c = arena_array(arena, (size_t)n + 1, sizeof(*c));
	if (!c)
		return ERR_LIMIT;
	for (int64_t i = 0; i < n; i++) {
		int rc = unpack_change(&u, arena, &c[i]);
		if (rc)
			return rc;
	}
	p.changes = (struct items){c, (size_t)n};
	p.count = (size_t)n;
	int rc = unpack_end(&u);
	if (rc == 0)
		*out = p;
	return rc;
}

/* ---- loading ---- */

struct loading {
	struct arena *arena;
	enum flow_kind flow;
	struct items *list;
	size_t cap;
	int error;
};

static int load_answered(void *arg, struct str key, struct str value)
{
	struct loading *l = arg;
	struct held_plan p;
	(void)key;
	l->error = unpack_plan(value, l->arena, l->flow, &p);
	if (!l->error)
		l->error = items_add(l->arena, l->list, &l->cap, &p, sizeof(p));
	return l->error;
}

static void index_changes(struct map *map, const struct held_plan *p)
{
	struct held_change *c = p->changes.v;
	for (size_t i = 0; i < p->changes.n; i++)
		map_put(map, c[i].id, &c[i]);
}

int held_load(struct store_txn *txn, struct arena *arena, enum flow_kind flow, struct held *out)
{
	struct held h = {
	        .waits = map_new_int(arena), .approved = map_new_int(arena), .discarded = map_new_int(arena)};
	struct loading l = {.arena = arena, .flow = flow, .list = &h.answered};
	struct store_key waiting = key_of(flow), answered = key_of_answered(flow, STR_NONE);
	struct str value;
	if (store_get(txn, &waiting, &value))
		l.error = unpack_plan(value, arena, flow, &h.waiting);
	if (!l.error)
		store_each(txn, &answered, load_answered, &l);
	if (l.error)
		return l.error;
	index_changes(h.waits, &h.waiting);
	const struct held_plan *p = h.answered.v;
	for (size_t i = 0; i < h.answered.n; i++)
		index_changes(p[i].answer == HELD_APPROVED ? h.approved : h.discarded, &p[i]);
	if (!arena_alloc(arena, 1))
		return ERR_LIMIT;
	*out = h;
	return store_txn_error(txn);
}

int held_list(struct store_txn *txn, struct arena *arena, struct items *out)
{
	struct held h[FLOW_KIND_COUNT];
	struct items list = {NULL, 0};
	size_t cap = 0;
	for (int flow = 0; flow < FLOW_KIND_COUNT; flow++) {
		int rc = held_load(txn, arena, (enum flow_kind)flow, &h[flow]);
		if (rc == 0 && !str_empty(h[flow].waiting.id))
			rc = items_add(arena, &list, &cap, &h[flow].waiting, sizeof(struct held_plan));
		if (rc)
			return rc;
	}
	for (int flow = 0; flow < FLOW_KIND_COUNT; flow++) {
		const struct held_plan *p = h[flow].answered.v;
		for (size_t i = 0; i < h[flow].answered.n; i++)
			if (items_add(arena, &list, &cap, &p[i], sizeof(p[i])))
				return ERR_LIMIT;
	}
	*out = list;
	return 0;
}

/* ---- answers ---- */

static void put_line(struct store_txn *txn, const struct held_plan *p)
{
	struct store_key k;
	struct buf b;
	store_key_begin(&k, TABLE_ANSWER);
	store_key_int(&k, p->at);
	store_key_text(&k, p->id);
	store_key_u8(&k, p->answer);
	buf_init(&b, 0);
	pack_begin(&b, LINE_VERSION);
	pack_int(&b, p->at);
	pack_str(&b, p->id);
	pack_int(&b, p->flow);
	pack_int(&b, p->answer);
	pack_str(&b, p->by);
	pack_str(&b, p->why);
	pack_str(&b, p->reason);
	pack_int(&b, (int64_t)p->count);
	if (buf_error(&b))
		store_txn_fail(txn, buf_error(&b));
	else
		store_put(txn, &k, buf_str(&b));
	buf_deinit(&b);
}

int held_answer(struct store_txn *txn, struct arena *arena, const struct held_reply *reply, struct held_plan *out)
{
	for (int flow = 0; flow < FLOW_KIND_COUNT; flow++) {
		struct held h;
		int rc = held_load(txn, arena, (enum flow_kind)flow, &h);
		const struct held_plan *found = rc ? NULL : held_find(&h, reply->plan);
		if (rc)
			return rc;
		if (!found)
			continue;
		struct held_plan p = *found;
		struct store_key waiting = key_of(p.flow), answered = key_of_answered(p.flow, p.id);
		if (p.answer == HELD_WAITING)
			store_del(txn, &waiting);
		p.answer = reply->answer;
		p.at = reply->at;
		p.by = reply->by;
		p.why = reply->why;
		put_plan(txn, &answered, &p);
		put_line(txn, &p);
		*out = p;
		return store_txn_error(txn);
	}
	return ERR_NOT_FOUND;
}

static int load_line(void *arg, struct str key, struct str value)
{
	struct loading *l = arg;
	struct held_line line = {0};
	struct unpack u;
	(void)key;
	unpack_begin(&u, value);
	line.at = unpack_int(&u);
	line.plan = unpack_str_copy(&u, l->arena);
	line.flow = unpack_int(&u) ? FLOW_UP : FLOW_DOWN;
	line.answer = unpack_int(&u) == HELD_APPROVED ? HELD_APPROVED : HELD_DISCARDED;
	line.by = unpack_str_copy(&u, l->arena);
	line.why = unpack_str_copy(&u, l->arena);
	line.reason = unpack_str_copy(&u, l->arena);
	line.count = (size_t)unpack_int(&u);
	l->error = unpack_end(&u);
	if (!l->error)
		l->error = items_add(l->arena, l->list, &l->cap, &line, sizeof(line));
	return l->error;
}

int held_history(struct store_txn *txn, struct arena *arena, unsigned most, struct items *out)
{
	struct items all = {NULL, 0};
	struct loading l = {.arena = arena, .list = &all};
	struct store_key k;
	store_key_begin(&k, TABLE_ANSWER);
	store_each(txn, &k, load_line, &l);
	if (l.error)
		return l.error;
	size_t n = all.n < most ? all.n : most;
	const struct held_line *from = all.v;
	struct held_line *v = arena_array(arena, n, sizeof(*v));
	if (!v)
		return ERR_LIMIT;
	for (size_t i = 0; i < n; i++)
		v[i] = from[all.n - 1 - i];
	*out = (struct items){v, n};
	return store_txn_error(txn);
}

static int copy_change(struct arena *arena, const struct held_change *from, struct held_change *out)
{
	const struct change *c = &from->what;
	*out = *from;
	out->what.record = arena_str(arena, c->record);
	out->what.reason = arena_str(arena, c->reason);
	out->what.fields.v = arena_array(arena, c->fields.n, sizeof(struct str));
	if (!out->what.fields.v)
		return ERR_LIMIT;
	for (size_t i = 0; i < c->fields.n; i++)
		out->what.fields.v[i] = arena_str(arena, c->fields.v[i]);
	return 0;
}

int held_copy(struct arena *arena, const struct held_plan *from, size_t most, struct held_plan *out)
{
	struct held_plan p = *from;
	const struct held_change *all = from->changes.v;
	size_t n = from->changes.n < most ? from->changes.n : most;
	struct held_change *c = arena_array(arena, n, sizeof(*c));
	p.id = arena_str(arena, from->id);
	p.reason = arena_str(arena, from->reason);
	p.by = arena_str(arena, from->by);
	p.why = arena_str(arena, from->why);
	for (size_t i = 0; c && i < n; i++)
		if (copy_change(arena, &all[i], &c[i]))
			return ERR_LIMIT;
	p.changes = (struct items){c, n};
	if (!arena_alloc(arena, 1))
		return ERR_LIMIT;
	*out = p;
	return 0;
}

const struct held_plan *held_find(const struct held *h, struct str id)
{
	const struct held_plan *p = h->answered.v;
	if (str_empty(id))
		return NULL;
	if (str_eq(h->waiting.id, id))
		return &h->waiting;
	for (size_t i = 0; i < h->answered.n; i++)
		if (str_eq(p[i].id, id))
			return &p[i];
	return NULL;
}

void held_approve_now(struct held *h, struct str id)
{
	if (!str_empty(id) && str_eq(h->waiting.id, id))
		index_changes(h->approved, &h->waiting);
}

bool held_waits(const struct held *h, int64_t change)
{
	return map_get(h->waits, change) && held_answer_to(h, change) == HELD_WAITING;
}

enum held_answer held_answer_to(const struct held *h, int64_t change)
{
	if (map_get(h->approved, change))
		return HELD_APPROVED;
	return map_get(h->discarded, change) ? HELD_DISCARDED : HELD_WAITING;
}

/* ---- a run's own plan ---- */

size_t held_left(const struct held_plan *p, const struct map *known, struct arena *arena, struct items *rest)
{
	const struct held_change *c = p->changes.v;
	size_t left = 0, cap = 0;
	for (size_t i = 0; i < p->changes.n; i++) {
		struct held_change copy;
		if (map_get(known, c[i].id))
			left++;
		else if (copy_change(arena, &c[i], &copy) == 0)
			(void)!items_add(arena, rest, &cap, &copy.what,
			                 sizeof(copy.what)); /* a report cut short is no reason not to write */
	}
	return left;
}

static int by_id(const void *pa, const void *pb)
{
	int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;
	return a < b ? -1 : a > b;
}

/* Over sorted ids: records come in whatever order the vendors list them. */
static struct str id_of(struct arena *arena, const char *environment, enum flow_kind flow,
                        const struct items *changes)
{
	const struct held_change *c = changes->v;
	int64_t *ids = arena_array(arena, changes->n + 1, sizeof(*ids));
	char *hex = arena_alloc(arena, 65);
	uint8_t hash[32];
	struct digest d;
	if (!ids || !hex)
		return STR_NONE;
	for (size_t i = 0; i < changes->n; i++)
		ids[i] = c[i].id;
	qsort(ids, changes->n, sizeof(*ids), by_id);
	digest_init(&d);
	digest_add(&d, str_of(environment));
	digest_add_int(&d, flow);
	for (size_t i = 0; i < changes->n; i++)
		digest_add_int(&d, ids[i]);
	digest_end(&d, hash);
	str_hex(hash, 32, hex);
	hex[16] = '\0';
	return (struct str){hex, 16};
}

int held_make(struct arena *arena, const char *environment, enum flow_kind flow, const struct items *changes,
              struct str reason, int64_t now, const struct held *before, struct held_plan *out)
{
	struct held_plan p = {.flow = flow, .since = now, .reason = reason, .changes = *changes, .count = changes->n};
	p.id = id_of(arena, environment, flow, changes);
	if (str_empty(p.id))
		return ERR_LIMIT;
	if (str_eq(p.id, before->waiting.id))
		p.since = before->waiting.since;
	*out = p;
	return 0;
}

static bool any_wanted(const struct held_plan *p, bool (*wanted)(void *arg, int64_t change), void *arg)
{
	const struct held_change *c = p->changes.v;
	for (size_t i = 0; i < p->changes.n; i++)
		if (wanted(arg, c[i].id))
			return true;
	return false;
}

void held_settle(struct store_txn *txn, enum flow_kind flow, const struct held *before, const struct held_plan *now,
                 bool (*wanted)(void *arg, int64_t change), void *arg)
{
	struct store_key k = key_of(flow);
	if (str_empty(now->id))
		store_del(txn, &k);
	else
		put_plan(txn, &k, now);
	const struct held_plan *p = before->answered.v;
	for (size_t i = 0; i < before->answered.n; i++) {
		if (p[i].answer == HELD_DISCARDED && any_wanted(&p[i], wanted, arg))
			continue;
		k = key_of_answered(flow, p[i].id);
		store_del(txn, &k);
	}
}
