#include "core/sync/drift.h"

#include <strings.h>

#include "core/data/pack.h"
#include "core/sync/state.h"

#define VALUE_VERSION 1
/* Keys: the table and this kind, then the code; sheets stand before the kinds of people. */
#define KIND_SHEET 0
#define KIND_PERSON 1
#define KIND_MARKS 255

#define EVENING_MINUTE (18 * 60)
/* A little less than a day, so that a school that runs once a day, earlier, has it every day. */
#define FULL_AT_LATEST_S (23 * 3600)

const char *drift_field_name(enum drift_field f)
{
	static const char *const names[DRIFT_FIELD_COUNT] = {
#define X(name, field, says) [name] = field,
		DRIFT_FIELDS(X)
#undef X
	};
	return names[f];
}

const char *drift_field_says(enum drift_field f)
{
	static const char *const texts[DRIFT_FIELD_COUNT] = {
#define X(name, field, says) [name] = says,
		DRIFT_FIELDS(X)
#undef X
	};
	return texts[f];
}

/* ---- remembered ---- */

static struct map *map_of(const struct drift_memory *m, const struct drift *d)
{
	return d->sheet ? m->sheets : m->people[d->kind];
}

const struct drift *drift_of(const struct drift_memory *m, const struct drift *d)
{
	return map_get(map_of(m, d), d->code);
}

static struct store_key key_of(uint8_t kind, int64_t code)
{
	struct store_key k;
	store_key_begin(&k, TABLE_DRIFT);
	store_key_u8(&k, kind);
	store_key_int(&k, code);
	return k;
}

static struct store_key key_of_drift(const struct drift *d)
{
	return key_of(d->sheet ? KIND_SHEET : (uint8_t)(KIND_PERSON + d->kind), d->code);
}

static void put(struct store_txn *txn, const struct store_key *key, struct buf *b)
{
	if (buf_error(b))
		store_txn_fail(txn, buf_error(b));
	else
		store_put(txn, key, buf_str(b));
	buf_deinit(b);
}

static void put_drift(struct store_txn *txn, const struct drift *d)
{
	struct store_key k = key_of_drift(d);
	struct buf b;
	buf_init(&b, 0);
	pack_begin(&b, VALUE_VERSION);
	pack_int(&b, d->fields);
	pack_int(&b, d->at);
	pack_int(&b, d->until);
	pack_int(&b, d->repairs);
	pack_str(&b, d->who);
	pack_str(&b, d->why);
	put(txn, &k, &b);
}

struct loading { struct arena *arena; struct drift_memory *m; int error; };

static int load_marks(struct loading *l, struct unpack *u)
{
	l->m->checked_at = unpack_int(u);
	l->m->full_at = unpack_int(u);
	return l->error = unpack_end(u);
}

static int load_one(void *arg, struct str key, struct str value)
{
	struct loading *l = arg;
	struct unpack u;
	unpack_begin(&u, value);
	unsigned kind = key.n > 1 ? (unsigned char)key.p[1] : KIND_MARKS;
	size_t at = 2;
	if (kind == KIND_MARKS)
		return load_marks(l, &u);
	struct drift *d = arena_alloc(l->arena, sizeof(*d));
	if (!d)
		return l->error = ERR_LIMIT;
	if (kind >= KIND_PERSON + PERSON_KIND_COUNT)
		return l->error = ERR_STORE_CORRUPT;
	d->sheet = kind == KIND_SHEET;
	d->kind = d->sheet ? 0 : (enum person_kind)(kind - KIND_PERSON);
	d->code = store_key_get_int(key, &at);
	d->fields = (uint32_t)unpack_int(&u);
	d->at = unpack_int(&u);
	d->until = unpack_int(&u);
	d->repairs = (unsigned)unpack_int(&u);
	d->who = unpack_str_copy(&u, l->arena);
	d->why = unpack_str_copy(&u, l->arena);
	l->error = unpack_end(&u);
	map_put(map_of(l->m, d), d->code, d);
	return l->error;
}

int drift_load(struct store_txn *txn, struct arena *arena, struct drift_memory *out)
{
	struct drift_memory m = { .sheets = map_new_int(arena) };
	struct loading l = { .arena = arena, .m = &m };
	struct store_key prefix;
	for (int k = 0; k < PERSON_KIND_COUNT; k++)
		m.people[k] = map_new_int(arena);
	store_key_begin(&prefix, TABLE_DRIFT);
	store_each(txn, &prefix, load_one, &l);
	*out = m;
	return l.error ? l.error : store_txn_error(txn);
}

static bool forget(void *value, void *arg)
{
	struct store_key k = key_of_drift(value);
	store_del(arg, &k);
	return true;
}

void drift_save(struct store_txn *txn, const struct drift_memory *before, const struct items *now, int64_t checked_at, int64_t full_at)
{
	const struct drift *all = now->v;
	struct store_key marks = key_of(KIND_MARKS, 0);
	struct buf b;
	map_each(before->sheets, forget, txn);
	for (int k = 0; k < PERSON_KIND_COUNT; k++)
		map_each(before->people[k], forget, txn);
	for (size_t i = 0; i < now->n; i++)
		put_drift(txn, &all[i]);
	buf_init(&b, 0);
	pack_begin(&b, VALUE_VERSION);
	pack_int(&b, checked_at);
	pack_int(&b, full_at);
	put(txn, &marks, &b);
}

bool drift_full_due(const struct drift_memory *m, int64_t now, int minute)
{
	int64_t evening = now - (int64_t)(minute - EVENING_MINUTE) * 60;
	return (minute >= EVENING_MINUTE && m->full_at < evening) || now - m->full_at >= FULL_AT_LATEST_S;
}

/* ---- compared ---- */

bool drift_text_differs(struct arena *scratch, struct str a, struct str b)
{
	return !str_eq(a, b) && !str_eq(str_fold(scratch, a), str_fold(scratch, b));
}

/* The last nine digits: what countries write before them, in several ways, says nothing. */
static void digits_of(struct str s, char out[10])
{
	size_t n = 0;
	for (size_t i = s.n; i-- > 0 && n < 9;)
		if (s.p[i] >= '0' && s.p[i] <= '9')
			out[n++] = s.p[i];
	out[n] = 0;
}

static bool phone_differs(struct str wish, struct str there)
{
	char a[10], b[10];
	digits_of(wish, a);
	digits_of(there, b);
	return !str_eqz(str_of(a), b);
}

static uint32_t bit_if(bool differs, enum drift_field f)
{
	return differs ? 1u << f : 0;
}

static bool optional_differs(struct arena *scratch, struct str wish, struct str there)
{
	return !str_empty(wish) && drift_text_differs(scratch, wish, there);
}

uint32_t drift_of_account(struct arena *scratch, const struct person *wish, const struct account *there)
{
	int64_t code = 0;
	bool typed = there->api_type.n == 6 && strncasecmp(there->api_type.p, "ypareo", 6) == 0;
	uint32_t bits = bit_if(there->hidden, DRIFT_ARCHIVED);
	bits |= bit_if(!typed || str_to_int64(there->api_id, &code) || code != wish->code, DRIFT_CODE);
	bits |= bit_if(drift_text_differs(scratch, wish->first, there->first), DRIFT_FIRST);
	bits |= bit_if(drift_text_differs(scratch, wish->last, there->last), DRIFT_LAST);
	bits |= bit_if(!str_eq(str_fold_email(scratch, wish->email), str_fold_email(scratch, there->email)), DRIFT_EMAIL);
	if (wish->kind != PERSON_LEARNER)
		return bits;
	bits |= bit_if(!str_empty(wish->phone) && phone_differs(wish->phone, there->phone), DRIFT_PHONE);
	bits |= bit_if(optional_differs(scratch, wish->training, there->training), DRIFT_TRAINING);
	bits |= bit_if(optional_differs(scratch, wish->company, there->company), DRIFT_COMPANY);
	return bits;
}
