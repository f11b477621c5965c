#include "core/sync/state_p.h"

#include <string.h>

/* What happened: runs, writes, issues, and what people did. */

void state_put_run(struct store_txn *txn, const struct run_summary *s)
{
	struct store_key k = state_key_of_int(TABLE_RUN, s->started);
	struct buf v;
	store_key_text(&k, s->id);
	state_value_begin(&v);
	pack_str(&v, s->id);
	pack_int(&v, s->flow);
	pack_int(&v, s->result);
	pack_int(&v, s->started);
	pack_int(&v, s->ended);
	pack_int(&v, COUNT_KIND_COUNT);
	for (int i = 0; i < COUNT_KIND_COUNT; i++) {
		pack_int(&v, s->counts[i].created);
		pack_int(&v, s->counts[i].updated);
		pack_int(&v, s->counts[i].deleted);
		pack_int(&v, s->counts[i].unchanged);
	}
	pack_int(&v, s->issues);
	pack_str(&v, s->error);
	pack_str(&v, s->plan);
	pack_str(&v, s->by);
	state_put(txn, &k, &v);
}

void state_put_write(struct store_txn *txn, uint64_t seq, const struct write_line *w)
{
	struct store_key k = state_key_of_int(TABLE_WRITE, (int64_t)seq);
	struct buf v;
	state_value_begin(&v);
	pack_int(&v, w->at);
	pack_str(&v, w->run);
	pack_str(&v, w->action);
	pack_str(&v, w->record);
	pack_str(&v, w->reason);
	pack_str(&v, w->answer);
	state_put(txn, &k, &v);
}

struct listing {
	struct arena *arena;
	struct items *out;
	size_t cap;
	unsigned most;
	struct str record, run; /* empty: all */
	bool (*want)(void *arg, struct str record);
	void *want_arg;
	int error;
};

/* The table is in order of time, the answer latest first: a ring of the last ones, turned round at the end. */
static void keep_last(struct listing *l, const void *item, size_t size)
{
	if (l->error)
		return;
	if (l->most && l->out->n >= l->most) {
		memmove(l->out->v, (char *)l->out->v + size, (l->out->n - 1) * size);
		l->out->n--;
	}
	l->error = items_add(l->arena, l->out, &l->cap, item, size);
}

static int turn_round(struct listing *l, struct store_txn *txn, size_t size)
{
	char *v = l->out->v, *tmp = arena_alloc(l->arena, size);
	if (!tmp)
		return ERR_LIMIT;
	for (size_t i = 0, k = l->out->n; i + 1 < k; i++) {
		k--;
		memcpy(tmp, v + i * size, size);
		memcpy(v + i * size, v + k * size, size);
		memcpy(v + k * size, tmp, size);
	}
	return l->error ? l->error : store_txn_error(txn);
}

static int list_run(void *arg, struct str key, struct str value)
{
	struct listing *l = arg;
	struct run_summary s = { 0 };
	struct unpack u;
	(void)key;
	unpack_begin(&u, value);
	s.id = unpack_str_copy(&u, l->arena);
	s.flow = unpack_int(&u) ? FLOW_UP : FLOW_DOWN;
	s.result = (enum result)(unpack_int(&u) & 3);
	s.started = unpack_int(&u);
	s.ended = unpack_int(&u);
	int64_t kinds = unpack_int(&u);
	for (int64_t i = 0; i < kinds && !u.error; i++) {
		struct counts c = { (uint32_t)unpack_int(&u), 0, 0, 0 };
		c.updated = (uint32_t)unpack_int(&u);
		c.deleted = (uint32_t)unpack_int(&u);
		c.unchanged = (uint32_t)unpack_int(&u);
		if (i < COUNT_KIND_COUNT)
			s.counts[i] = c;
	}
	s.issues = (uint32_t)unpack_int(&u);
	s.error = unpack_str_copy(&u, l->arena);
	s.plan = unpack_str_copy(&u, l->arena);
	s.by = unpack_more(&u) ? unpack_str_copy(&u, l->arena) : STR_NONE;
	if (!l->error)
		l->error = unpack_end(&u);
	keep_last(l, &s, sizeof(s));
	return l->error;
}

int state_runs(struct store_txn *txn, struct arena *arena, unsigned most, struct items *out)
{
	struct listing l = { .arena = arena, .out = out, .most = most };
	struct store_key prefix;
	store_key_begin(&prefix, TABLE_RUN);
	store_each(txn, &prefix, list_run, &l);
	return turn_round(&l, txn, sizeof(struct run_summary));
}

static int list_write(void *arg, struct str key, struct str value)
{
	struct listing *l = arg;
	struct write_line w = { 0 };
	struct unpack u;
	(void)key;
	unpack_begin(&u, value);
	w.at = unpack_int(&u);
	w.run = unpack_str(&u);
	w.action = unpack_str(&u);
	w.record = unpack_str(&u);
	if (!str_empty(l->run) && !str_eq(l->run, w.run))
		return 0;
	if (!str_empty(l->record) && !str_eq(l->record, w.record))
		return 0;
	if (l->want && !l->want(l->want_arg, w.record))
		return 0;
	w.run = arena_str(l->arena, w.run);
	w.action = arena_str(l->arena, w.action);
	w.record = arena_str(l->arena, w.record);
	w.reason = unpack_str_copy(&u, l->arena);
	w.answer = unpack_str_copy(&u, l->arena);
	if (!l->error)
		l->error = unpack_end(&u);
	keep_last(l, &w, sizeof(w));
	return l->error;
}

int state_writes(struct store_txn *txn, struct arena *arena, struct str record, unsigned most, struct items *out)
{
	struct listing l = { .arena = arena, .out = out, .most = most, .record = record };
	struct store_key prefix;
	store_key_begin(&prefix, TABLE_WRITE);
	store_each(txn, &prefix, list_write, &l);
	return turn_round(&l, txn, sizeof(struct write_line));
}

int state_writes_of_run(struct store_txn *txn, struct arena *arena, struct str run, unsigned most, struct items *out)
{
	struct listing l = { .arena = arena, .out = out, .most = most, .run = run };
	struct store_key prefix;
	store_key_begin(&prefix, TABLE_WRITE);
	store_each(txn, &prefix, list_write, &l);
	return turn_round(&l, txn, sizeof(struct write_line));
}

int state_writes_where(struct store_txn *txn, struct arena *arena, bool (*want)(void *arg, struct str record), void *arg, unsigned most,
                       struct items *out)
{
	struct listing l = { .arena = arena, .out = out, .most = most, .want = want, .want_arg = arg };
	struct store_key prefix;
	store_key_begin(&prefix, TABLE_WRITE);
	store_each(txn, &prefix, list_write, &l);
	return turn_round(&l, txn, sizeof(struct write_line));
}

static int list_issue(void *arg, struct str key, struct str value)
{
	struct listing *l = arg;
	struct issue i = { 0 };
	struct unpack u;
	(void)key;
	unpack_begin(&u, value);
	state_unpack_issue(&u, l->arena, &i);
	if (!l->error)
		l->error = unpack_end(&u);
	keep_last(l, &i, sizeof(i));
	return l->error;
}

int state_issues(struct store_txn *txn, struct arena *arena, struct items *out)
{
	struct listing l = { .arena = arena, .out = out };
	struct store_key prefix;
	store_key_begin(&prefix, TABLE_ISSUE);
	store_each(txn, &prefix, list_issue, &l);
	return l.error ? l.error : store_txn_error(txn);
}

/* ---- what people did ---- */

const char *deed_kind_name(enum deed_kind kind)
{
	static const char *const names[DEED_KIND_COUNT] = { "pause", "resume", "rebuild", "log", "file" };
	return names[kind];
}

void state_put_deed(struct store_txn *txn, const struct deed *d)
{
	struct store_key k = state_key_of_int(TABLE_DEED, d->at);
	struct buf v;
	store_key_u8(&k, d->kind);
	state_value_begin(&v);
	pack_int(&v, d->at);
	pack_int(&v, d->kind);
	pack_str(&v, d->by);
	pack_str(&v, d->what);
	state_put(txn, &k, &v);
}

static int list_deed(void *arg, struct str key, struct str value)
{
	struct listing *l = arg;
	struct deed d = { 0 };
	struct unpack u;
	(void)key;
	unpack_begin(&u, value);
	d.at = unpack_int(&u);
	int64_t kind = unpack_int(&u);
	d.by = unpack_str_copy(&u, l->arena);
	d.what = unpack_str_copy(&u, l->arena);
	if (kind < 0 || kind >= DEED_KIND_COUNT)
		return 0; /* of a later version */
	d.kind = (enum deed_kind)kind;
	if (!l->error)
		l->error = unpack_end(&u);
	keep_last(l, &d, sizeof(d));
	return l->error;
}

int state_deeds(struct store_txn *txn, struct arena *arena, unsigned most, struct items *out)
{
	struct listing l = { .arena = arena, .out = out, .most = most };
	struct store_key prefix;
	store_key_begin(&prefix, TABLE_DEED);
	store_each(txn, &prefix, list_deed, &l);
	return turn_round(&l, txn, sizeof(struct deed));
}
