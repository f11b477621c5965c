#include "core/sync/state_p.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VALUE_VERSION 1
#define DAY_SECONDS 86400
#define REMEMBERED_DAYS 180 /* absences of longer ago stay in the store and out of a run: no sheet of theirs is looked at any more */

/* Reading everything of an environment into the run's arena, and writing one record at a time. The layout of each value is the order of
 * its put function; what is added later is appended and read only where it is there. */

int items_add(struct arena *arena, struct items *list, size_t *cap, const void *item, size_t size)
{
	if (arena_grow(arena, &list->v, cap, list->n + 1, size))
		return ERR_LIMIT;
	memcpy((char *)list->v + list->n++ * size, item, size);
	return 0;
}

/* ---- putting ---- */

void state_put(struct store_txn *txn, const struct store_key *key, struct buf *b)
{
	if (buf_error(b))
		store_txn_fail(txn, buf_error(b));
	else
		store_put(txn, key, buf_str(b));
	buf_deinit(b);
}

void state_value_begin(struct buf *b)
{
	buf_init(b, 0);
	pack_begin(b, VALUE_VERSION);
}

struct store_key state_key_of_int(enum state_table table, int64_t v)
{
	struct store_key k;
	store_key_begin(&k, table);
	store_key_int(&k, v);
	return k;
}

static struct store_key key_of_person(enum person_kind kind, int64_t code)
{
	struct store_key k;
	store_key_begin(&k, TABLE_PERSON);
	store_key_u8(&k, kind);
	store_key_int(&k, code);
	return k;
}

static struct store_key key_of_row(enum state_table table, int64_t session, int64_t person, int kind)
{
	struct store_key k = state_key_of_int(table, session);
	store_key_int(&k, person);
	if (kind >= 0)
		store_key_u8(&k, (uint8_t)kind);
	return k;
}

static struct store_key key_of_text(enum state_table table, struct str s)
{
	struct store_key k;
	store_key_begin(&k, table);
	store_key_text(&k, s);
	return k;
}

void state_put_binding(struct store_txn *txn, const struct binding *b)
{
	struct store_key k = key_of_person(b->kind, b->code);
	struct buf v;
	state_value_begin(&v);
	pack_str(&v, b->id);
	pack_bytes(&v, b->fingerprint, 32);
	pack_str(&v, b->email);
	pack_str(&v, b->first);
	pack_str(&v, b->last);
	pack_bool(&v, b->shared);
	pack_bool(&v, b->created);
	pack_int(&v, b->at);
	pack_str(&v, b->follower);
	pack_bool(&v, b->follower_found);
	state_put(txn, &k, &v);
}

void state_del_binding(struct store_txn *txn, enum person_kind kind, int64_t code)
{
	struct store_key k = key_of_person(kind, code);
	store_del(txn, &k);
}

void state_put_sheet(struct store_txn *txn, const struct sheet_memory *m)
{
	struct store_key k = state_key_of_int(TABLE_SHEET, m->session);
	struct buf v;
	state_value_begin(&v);
	pack_str(&v, m->id);
	pack_bytes(&v, m->fingerprint, 32);
	pack_int(&v, m->start);
	pack_int(&v, m->end);
	pack_str(&v, m->name);
	pack_str(&v, m->room);
	pack_ints(&v, m->groups.v, m->groups.n);
	pack_ints(&v, m->learners.v, m->learners.n);
	pack_ints(&v, m->instructors.v, m->instructors.n);
	pack_int(&v, m->created_at);
	pack_int(&v, m->updated_at);
	pack_bool(&v, m->gone);
	pack_str(&v, m->grouping);
	state_put(txn, &k, &v);
}

void state_put_group(struct store_txn *txn, const struct group_memory *m)
{
	struct store_key k = key_of_text(TABLE_GROUP, m->code);
	struct buf v;
	state_value_begin(&v);
	pack_str(&v, m->code);
	pack_str(&v, m->id);
	pack_bytes(&v, m->fingerprint, 32);
	pack_str(&v, m->name);
	pack_bool(&v, m->mixed);
	pack_int(&v, m->at);
	state_put(txn, &k, &v);
}

void state_del_sheet(struct store_txn *txn, int64_t session)
{
	struct store_key k = state_key_of_int(TABLE_SHEET, session);
	store_del(txn, &k);
}

void state_put_intent(struct store_txn *txn, const struct intent *i)
{
	struct store_key k = state_key_of_int(TABLE_INTENT, (int64_t)i->seq);
	struct buf v;
	state_value_begin(&v);
	pack_int(&v, i->kind);
	pack_int(&v, i->sent_at);
	pack_str(&v, i->run);
	pack_int(&v, i->code);
	pack_int(&v, i->code2);
	pack_int(&v, i->person);
	pack_str(&v, i->id);
	pack_str(&v, i->payload);
	state_put(txn, &k, &v);
}

void state_del_intent(struct store_txn *txn, uint64_t seq)
{
	struct store_key k = state_key_of_int(TABLE_INTENT, (int64_t)seq);
	store_del(txn, &k);
}

static void pack_absence(struct buf *v, const struct absence *a)
{
	pack_int(v, a->code);
	pack_int(v, a->learner);
	pack_int(v, a->group);
	pack_int(v, a->first);
	pack_int(v, a->last);
	pack_int(v, a->start_minute);
	pack_int(v, a->end_minute);
	pack_int(v, a->minutes);
	pack_bool(v, a->late);
	pack_int(v, a->reason);
}

static void unpack_absence(struct unpack *u, struct absence *a)
{
	a->code = unpack_int(u);
	a->learner = unpack_int(u);
	a->group = unpack_int(u);
	a->first = (int32_t)unpack_int(u);
	a->last = (int32_t)unpack_int(u);
	a->start_minute = (int)unpack_int(u);
	a->end_minute = (int)unpack_int(u);
	a->minutes = unpack_int(u);
	a->late = unpack_bool(u);
	a->reason = unpack_int(u);
}

void state_put_ledger(struct store_txn *txn, const struct ledger_row *row)
{
	struct store_key k = key_of_row(TABLE_ABSENCE, row->session, row->learner, row->kind);
	store_key_int(&k, row->written.start_minute); /* an interval that others cover in its middle leaves two pieces */
	struct buf v;
	state_value_begin(&v);
	pack_int(&v, row->code);
	pack_absence(&v, &row->written);
	pack_bool(&v, row->justified);
	pack_bool(&v, row->taken_over);
	pack_int(&v, row->at);
	pack_bool(&v, row->unsure);
	state_put(txn, &k, &v);
}

void state_del_ledger(struct store_txn *txn, const struct ledger_row *row)
{
	struct store_key k = key_of_row(TABLE_ABSENCE, row->session, row->learner, row->kind);
	store_key_int(&k, row->written.start_minute);
	store_del(txn, &k);
}

void state_put_payroll(struct store_txn *txn, const struct payroll_memory *m)
{
	struct store_key k = key_of_row(TABLE_PAYROLL, m->last.session, m->last.instructor, -1);
	struct buf v;
	state_value_begin(&v);
	pack_bool(&v, m->last.present);
	pack_int(&v, m->last.minutes);
	pack_int(&v, m->last.reason);
	pack_int(&v, m->at);
	state_put(txn, &k, &v);
}

void state_put_seen(struct store_txn *txn, const struct seen_mark *m)
{
	struct store_key k = key_of_text(TABLE_SEEN, m->id);
	struct buf v;
	state_value_begin(&v);
	pack_bytes(&v, m->fingerprint, 32);
	pack_int(&v, m->locked_start);
	pack_bool(&v, m->settled);
	pack_bool(&v, m->unlocked_after);
	state_put(txn, &k, &v);
}

void state_put_guarded(struct store_txn *txn, enum guarded kind, int64_t at_s, uint64_t seq)
{
	struct store_key k = state_key_of_int(TABLE_REMOVAL, at_s);
	store_key_int(&k, (int64_t)seq);
	struct buf v;
	state_value_begin(&v);
	pack_int(&v, kind);
	state_put(txn, &k, &v);
}

#define DROPPED_MOST 4096

struct dropping { struct store_key keys[DROPPED_MOST]; size_t n; int64_t before; };

static int find_dropped(void *arg, struct str key, struct str value)
{
	struct dropping *d = arg;
	size_t at = 1;
	(void)value;
	if (d->n == DROPPED_MOST || store_key_get_int(key, &at) >= d->before)
		return 1; /* in order of time */
	struct store_key *k = &d->keys[d->n++];
	k->n = key.n;
	memcpy(k->b, key.p, key.n);
	return 0;
}

void state_drop_guarded(struct store_txn *txn, int64_t before_s)
{
	struct dropping *d = xcalloc(1, sizeof(*d));
	struct store_key prefix;
	store_key_begin(&prefix, TABLE_REMOVAL);
	d->before = before_s;
	store_each(txn, &prefix, find_dropped, d);
	for (size_t i = 0; i < d->n; i++)
		store_del(txn, &d->keys[i]);
	free(d);
}

void state_put_issue(struct store_txn *txn, unsigned list, const struct issue *i)
{
	struct store_key k;
	struct buf v;
	store_key_begin(&k, TABLE_ISSUE);
	store_key_u8(&k, (uint8_t)list);
	store_key_text(&k, i->record);
	store_key_text(&k, i->field);
	state_value_begin(&v);
	const struct str texts[] = { i->record, i->field, i->problem, i->fix };
	for (size_t n = 0; n < 4; n++)
		pack_str(&v, texts[n]);
	pack_int(&v, i->since);
	pack_int(&v, i->until);
	state_put(txn, &k, &v);
}

void state_put_issues(struct store_txn *txn, enum flow_kind flow, const struct items *issues)
{
	struct store_key prefix;
	store_key_begin(&prefix, TABLE_ISSUE);
	store_key_u8(&prefix, flow);
	store_del_prefix(txn, &prefix);
	for (size_t i = 0; i < issues->n; i++)
		state_put_issue(txn, flow, (const struct issue *)issues->v + i);
}

void state_put_meta_str(struct store_txn *txn, const char *name, struct str s)
{
	struct store_key k = key_of_text(TABLE_META, str_of(name));
	struct buf v;
	state_value_begin(&v);
	pack_str(&v, s);
	state_put(txn, &k, &v);
}

void state_put_meta_int(struct store_txn *txn, const char *name, int64_t i)
{
	struct store_key k = key_of_text(TABLE_META, str_of(name));
	struct buf v;
	state_value_begin(&v);
	pack_int(&v, i);
	state_put(txn, &k, &v);
}

/* ---- loading ---- */

struct loading {
	struct env_state *s;
	enum flow_kind flow;
	int64_t now;
	int error;
	size_t intents_cap, ledger_cap, issues_cap;
};

static int done(struct loading *l, struct unpack *u)
{
	if (!l->error)
		l->error = unpack_end(u);
	if (!l->error && !arena_alloc(l->s->arena, 1))
		l->error = ERR_LIMIT;
	return l->error;
}

static int load_person(void *arg, struct str key, struct str value)
{
	struct loading *l = arg;
	struct arena *a = l->s->arena;
	struct binding *b = arena_alloc(a, sizeof(*b));
	struct unpack u;
	size_t at = 1;
	if (!b)
		return l->error = ERR_LIMIT;
	uint8_t kind = store_key_get_u8(key, &at);
	if (kind >= PERSON_KIND_COUNT)
		return l->error = ERR_STORE_CORRUPT;
	b->kind = kind;
	b->code = store_key_get_int(key, &at);
	unpack_begin(&u, value);
	b->id = unpack_str_copy(&u, a);
	unpack_bytes(&u, b->fingerprint, 32);
	b->email = unpack_str_copy(&u, a);
	b->first = unpack_str_copy(&u, a);
	b->last = unpack_str_copy(&u, a);
	b->shared = unpack_bool(&u);
	b->created = unpack_bool(&u);
	b->at = unpack_int(&u);
	if (unpack_more(&u)) {
		b->follower = unpack_str_copy(&u, a);
		b->follower_found = unpack_bool(&u);
	}
	map_put(l->s->people[kind], b->code, b);
	map_put_str(l->s->people_by_id[kind], b->id, b);
	return done(l, &u);
}

static void unpack_sheet(struct unpack *u, struct arena *a, struct str value, struct sheet_memory *m)
{
	*m = (struct sheet_memory){ 0 };
	unpack_begin(u, value);
	m->id = unpack_str_copy(u, a);
	unpack_bytes(u, m->fingerprint, 32);
	m->start = unpack_int(u);
	m->end = unpack_int(u);
	m->name = unpack_str_copy(u, a);
	m->room = unpack_str_copy(u, a);
	unpack_ints(u, a, &m->groups.v, &m->groups.n);
	unpack_ints(u, a, &m->learners.v, &m->learners.n);
	unpack_ints(u, a, &m->instructors.v, &m->instructors.n);
	m->created_at = unpack_int(u);
	m->updated_at = unpack_int(u);
	m->gone = unpack_bool(u);
	if (unpack_more(u))
		m->grouping = unpack_str_copy(u, a);
}

static int load_sheet(void *arg, struct str key, struct str value)
{
	struct loading *l = arg;
	struct sheet_memory *m = arena_alloc(l->s->arena, sizeof(*m));
	struct unpack u;
	size_t at = 1;
	if (!m)
		return l->error = ERR_LIMIT;
	unpack_sheet(&u, l->s->arena, value, m);
	m->session = store_key_get_int(key, &at);
	map_put(l->s->sheets, m->session, m);
	map_put_str(l->s->sheets_by_id, m->id, m);
	return done(l, &u);
}

static int load_group(void *arg, struct str key, struct str value)
{
	struct loading *l = arg;
	struct arena *a = l->s->arena;
	struct group_memory *m = arena_alloc(a, sizeof(*m));
	struct unpack u;
	(void)key;
	if (!m)
		return l->error = ERR_LIMIT;
	unpack_begin(&u, value);
	m->code = unpack_str_copy(&u, a);
	m->id = unpack_str_copy(&u, a);
	unpack_bytes(&u, m->fingerprint, 32);
	m->name = unpack_str_copy(&u, a);
	m->mixed = unpack_bool(&u);
	m->at = unpack_int(&u);
	map_put_str(l->s->groups, m->code, m);
	map_put_str(l->s->groups_by_id, m->id, m);
	return done(l, &u);
}

static int load_intent(void *arg, struct str key, struct str value)
{
	struct loading *l = arg;
	struct arena *a = l->s->arena;
	struct intent i = { 0 };
	struct unpack u;
	size_t at = 1;
	i.seq = (uint64_t)store_key_get_int(key, &at);
	unpack_begin(&u, value);
	int64_t kind = unpack_int(&u);
	i.sent_at = unpack_int(&u);
	i.run = unpack_str_copy(&u, a);
	i.code = unpack_int(&u);
	i.code2 = unpack_int(&u);
	int64_t person = unpack_int(&u);
	i.id = unpack_str_copy(&u, a);
	i.payload = unpack_str_copy(&u, a);
	if (kind < 0 || kind >= INTENT_KIND_COUNT || person < 0 || person >= PERSON_KIND_COUNT)
		return l->error = ERR_STORE_CORRUPT;
	i.kind = (enum intent_kind)kind;
	i.person = (enum person_kind)person;
	if (items_add(a, &l->s->intents, &l->intents_cap, &i, sizeof(i)))
		return l->error = ERR_LIMIT;
	if (i.seq >= l->s->next_seq)
		l->s->next_seq = i.seq + 1;
	return done(l, &u);
}

static int load_ledger(void *arg, struct str key, struct str value)
{
	struct loading *l = arg;
	struct ledger_row r = { 0 };
	struct unpack u;
	size_t at = 1;
	r.session = store_key_get_int(key, &at);
	r.learner = store_key_get_int(key, &at);
	uint8_t kind = store_key_get_u8(key, &at);
	if (kind >= ABSENCE_KIND_COUNT)
		return l->error = ERR_STORE_CORRUPT;
	r.kind = kind;
	unpack_begin(&u, value);
	r.code = unpack_int(&u);
	unpack_absence(&u, &r.written);
	if (r.written.first < l->now / DAY_SECONDS - REMEMBERED_DAYS)
		return 0;
	r.justified = unpack_bool(&u);
	r.taken_over = unpack_bool(&u);
	r.at = unpack_int(&u);
	r.unsure = unpack_more(&u) && unpack_bool(&u);
	if (items_add(l->s->arena, &l->s->ledger, &l->ledger_cap, &r, sizeof(r)))
		return l->error = ERR_LIMIT;
	return done(l, &u);
}

static int load_payroll(void *arg, struct str key, struct str value)
{
	struct loading *l = arg;
	struct payroll_memory *m = arena_alloc(l->s->arena, sizeof(*m));
	struct unpack u;
	size_t at = 1;
	if (!m)
		return l->error = ERR_LIMIT;
	m->last.session = store_key_get_int(key, &at);
	m->last.instructor = store_key_get_int(key, &at);
	unpack_begin(&u, value);
	m->last.present = unpack_bool(&u);
	m->last.minutes = unpack_int(&u);
	m->last.reason = unpack_int(&u);
	m->at = unpack_int(&u);
	const char *name = arena_printf(l->s->arena, "%lld/%lld", (long long)m->last.session, (long long)m->last.instructor);
	if (name)
		map_put_str(l->s->payroll, str_of(name), m);
	return done(l, &u);
}

static int load_seen(void *arg, struct str key, struct str value)
{
	struct loading *l = arg;
	struct seen_mark *m = arena_alloc(l->s->arena, sizeof(*m));
	struct unpack u;
	size_t at = 1;
	if (!m)
		return l->error = ERR_LIMIT;
	m->id = arena_str(l->s->arena, store_key_get_text(key, &at));
	unpack_begin(&u, value);
	unpack_bytes(&u, m->fingerprint, 32);
	m->locked_start = unpack_int(&u);
	m->settled = unpack_bool(&u);
	m->unlocked_after = unpack_bool(&u);
	if (m->locked_start && m->locked_start < l->now - (int64_t)REMEMBERED_DAYS * DAY_SECONDS)
		return 0;
	map_put_str(l->s->seen, m->id, m);
	return done(l, &u);
}

void state_unpack_issue(struct unpack *u, struct arena *a, struct issue *i)
{
	struct str *const texts[] = { &i->record, &i->field, &i->problem, &i->fix };
	for (size_t n = 0; n < 4; n++)
		*texts[n] = unpack_str_copy(u, a);
	i->since = unpack_int(u);
	i->until = unpack_int(u);
}

static int load_issue(void *arg, struct str key, struct str value)
{
	struct loading *l = arg;
	struct issue i = { 0 };
	struct unpack u;
	(void)key;
	unpack_begin(&u, value);
	state_unpack_issue(&u, l->s->arena, &i);
	if (items_add(l->s->arena, &l->s->issues, &l->issues_cap, &i, sizeof(i)))
		return l->error = ERR_LIMIT;
	return done(l, &u);
}

static int load_guarded(void *arg, struct str key, struct str value)
{
	struct loading *l = arg;
	size_t at = 1;
	int64_t when = store_key_get_int(key, &at);
	struct unpack u;
	unpack_begin(&u, value);
	int64_t kind = unpack_more(&u) ? unpack_int(&u) : GUARDED_REMOVAL;
	if (when > l->now - DAY_SECONDS && kind >= 0 && kind < GUARDED_COUNT)
		l->s->guarded[kind]++;
	return 0;
}

static bool meta(struct store_txn *txn, const char *name, struct unpack *u)
{
	struct store_key k = key_of_text(TABLE_META, str_of(name));
	struct str value;
	if (!store_get(txn, &k, &value))
		return false;
	unpack_begin(u, value);
	return true;
}

static int64_t meta_int(struct store_txn *txn, const char *name)
{
	struct unpack u;
	return meta(txn, name, &u) ? unpack_int(&u) : 0;
}

static struct str meta_str(struct store_txn *txn, const char *name, struct arena *arena)
{
	struct unpack u;
	return meta(txn, name, &u) ? unpack_str_copy(&u, arena) : STR_NONE;
}

static void load_table(struct store_txn *txn, struct loading *l, enum state_table table, int flow,
                       int (*fn)(void *arg, struct str key, struct str value))
{
	struct store_key prefix;
	store_key_begin(&prefix, table);
	if (flow >= 0)
		store_key_u8(&prefix, (uint8_t)flow);
	if (!l->error)
		store_each(txn, &prefix, fn, l);
}

int state_load(struct store_txn *txn, enum flow_kind flow, struct arena *arena, int64_t now_s, struct env_state *out)
{
	struct env_state *s = out;
	struct loading l = { .s = s, .flow = flow, .now = now_s };
	*s = (struct env_state){ .arena = arena };
	for (int k = 0; k < PERSON_KIND_COUNT; k++) {
		s->people[k] = map_new_int(arena);
		s->people_by_id[k] = map_new_str(arena);
	}
	s->sheets = map_new_int(arena);
	s->sheets_by_id = map_new_str(arena);
	s->groups = map_new_str(arena);
	s->groups_by_id = map_new_str(arena);
	s->payroll = map_new_str(arena);
	s->seen = map_new_str(arena);
	s->school_id = meta_str(txn, META_SCHOOL, arena);
	s->ypareo_address = meta_str(txn, META_ADDRESS, arena);
	s->verified = meta_int(txn, META_VERIFIED) != 0;
	s->roster_by_post = meta_int(txn, META_ROSTER_BY_POST) != 0;
	s->canary_sheet_done = meta_int(txn, META_CANARY_SHEET) != 0;
	s->canary_absence_done = meta_int(txn, META_CANARY_ABSENCE) != 0;
	s->canary_payroll_done = meta_int(txn, META_CANARY_PAYROLL) != 0;
	s->canary_follower_done = meta_int(txn, META_CANARY_FOLLOWER) != 0;
	s->durations_kept = meta_int(txn, META_CANARY_ABSENCE) == 1;
	s->first_down_ok = meta_int(txn, META_FIRST_DOWN);
	s->last_up_ok = meta_int(txn, META_LAST_UP);
	s->choices = meta_str(txn, flow == FLOW_UP ? META_CHOICES_UP : META_CHOICES, arena);
	s->next_seq = (uint64_t)meta_int(txn, META_SEQ);
	if (s->next_seq == 0)
		s->next_seq = 1;
	load_table(txn, &l, TABLE_PERSON, -1, load_person);
	load_table(txn, &l, TABLE_SHEET, -1, load_sheet);
	load_table(txn, &l, TABLE_GROUP, -1, load_group);
	load_table(txn, &l, TABLE_INTENT, -1, load_intent);
	load_table(txn, &l, TABLE_ABSENCE, -1, load_ledger);
	load_table(txn, &l, TABLE_PAYROLL, -1, load_payroll);
	load_table(txn, &l, TABLE_SEEN, -1, load_seen);
	load_table(txn, &l, TABLE_ISSUE, (int)flow, load_issue);
	load_table(txn, &l, TABLE_REMOVAL, -1, load_guarded);
	return l.error ? l.error : store_txn_error(txn);
}

/* ---- a look ---- */

struct ahead { struct arena *arena; int64_t now; unsigned n; };

static int count_sheet(void *arg, struct str key, struct str value)
{
	struct ahead *a = arg;
	(void)key;
	arena_reset(a->arena);
	struct sheet_memory m;
	struct unpack u;
	unpack_sheet(&u, a->arena, value, &m);
	a->n += !u.error && !m.gone && m.end > a->now;
	return 0;
}

unsigned state_sheets_ahead(struct store_txn *txn, int64_t now_s)
{
	struct ahead a = { arena_new(1 << 20), now_s, 0 };
	struct store_key prefix;
	store_key_begin(&prefix, TABLE_SHEET);
	store_each(txn, &prefix, count_sheet, &a);
	arena_free(&a.arena);
	return a.n;
}
