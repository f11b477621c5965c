#include "core/data/store_p.h"

#include <errno.h>
#include <string.h>

/* ---- keys ---- */

#define TEXT_MOST   128
#define ROOM_BEHIND 32

void store_key_begin(struct store_key *k, uint8_t table)
{
	k->n = 0;
	k->b[k->n++] = table;
}

static void key_bytes(struct store_key *k, const void *p, size_t n)
{
	REQUIRE(k->n + n <= STORE_KEY_MAX);
	memcpy(k->b + k->n, p, n);
	k->n += n;
}

void store_key_int(struct store_key *k, int64_t v)
{
	uint64_t u = (uint64_t)v ^ (UINT64_C(1) << 63); /* negative ones sort below */
	uint8_t b[8];
	for (int i = 0; i < 8; i++)
		b[i] = (uint8_t)(u >> (56 - 8 * i));
	key_bytes(k, b, sizeof(b));
}

void store_key_u8(struct store_key *k, uint8_t v)
{
	key_bytes(k, &v, 1);
}

void store_key_text(struct store_key *k, struct str s)
{
	/* a text with a NUL would end early; one that leaves no room for a few numbers behind it is too long here */
	if (s.n > TEXT_MOST || k->n + s.n + 1 + ROOM_BEHIND > STORE_KEY_MAX || (s.n && memchr(s.p, '\0', s.n))) {
		struct digest d;
		uint8_t hash[32];
		char hex[65];
		digest_init(&d);
		digest_add(&d, s);
		digest_end(&d, hash);
		str_hex(hash, 32, hex);
		key_bytes(k, hex, 64);
	} else if (s.n) {
		key_bytes(k, s.p, s.n);
	}
	key_bytes(k, "", 1);
}

int64_t store_key_get_int(struct str key, size_t *at)
{
	uint64_t u = 0;
	for (int i = 0; i < 8 && *at < key.n; i++)
		u = u << 8 | (uint8_t)key.p[(*at)++];
	return (int64_t)(u ^ (UINT64_C(1) << 63));
}

uint8_t store_key_get_u8(struct str key, size_t *at)
{
	return *at < key.n ? (uint8_t)key.p[(*at)++] : 0;
}

struct str store_key_get_text(struct str key, size_t *at)
{
	size_t from = *at;
	while (*at < key.n && key.p[*at] != '\0')
		(*at)++;
	struct str s = {key.p + from, *at - from};
	if (*at < key.n)
		(*at)++;
	return s;
}

/* ---- records ---- */

int store__code(int mdb)
{
	switch (mdb) {
	case MDB_SUCCESS:
		return 0;
	case MDB_NOTFOUND:
		return ERR_NOT_FOUND;
	case MDB_MAP_FULL:
	case ENOSPC:
	case EDQUOT:
	case EFBIG: /* the limit of one file's size */
		return ERR_STORE_FULL;
	case MDB_INVALID:
	case MDB_VERSION_MISMATCH:
		return ERR_STORE_VERSION;
	case MDB_CORRUPTED:
	case MDB_PANIC:
	case MDB_PAGE_NOTFOUND:
		return ERR_STORE_CORRUPT;
	default:
		return mdb > 0 ? -mdb : ERR_STORE;
	}
}

static void fail(struct store_txn *t, int mdb)
{
	if (t->error)
		return;
	t->mdb = mdb;
	t->error = store__code(mdb);
}

static bool may_write(struct store_txn *txn)
{
	if (!txn->error && FAILS(txn->write))
		txn->error = ERR_BUG;
	return !txn->error;
}

bool store_get(struct store_txn *txn, const struct store_key *key, struct str *value)
{
	if (txn->error)
		return false;
	MDB_val k = {key->n, (void *)key->b}, v;
	int rc = mdb_get(txn->txn, txn->dbi, &k, &v);
	if (rc == 0) {
		*value = (struct str){v.mv_data, v.mv_size};
		return true;
	}
	if (rc != MDB_NOTFOUND)
		fail(txn, rc);
	return false;
}

void store_put(struct store_txn *txn, const struct store_key *key, struct str value)
{
	if (!may_write(txn))
		return;
	MDB_val k = {key->n, (void *)key->b}, v = {value.n, (void *)value.p};
	int rc = mdb_put(txn->txn, txn->dbi, &k, &v, 0);
	if (rc)
		fail(txn, rc);
}

void store_del(struct store_txn *txn, const struct store_key *key)
{
	if (!may_write(txn))
		return;
	MDB_val k = {key->n, (void *)key->b};
	int rc = mdb_del(txn->txn, txn->dbi, &k, NULL);
	if (rc && rc != MDB_NOTFOUND)
		fail(txn, rc);
}

static bool has_prefix(const MDB_val *k, const struct store_key *prefix)
{
	return k->mv_size >= prefix->n && memcmp(k->mv_data, prefix->b, prefix->n) == 0;
}

void store_each(struct store_txn *txn, const struct store_key *prefix,
                int (*fn)(void *arg, struct str key, struct str value), void *arg)
{
	if (txn->error)
		return;
	MDB_cursor *cursor;
	int rc = mdb_cursor_open(txn->txn, txn->dbi, &cursor);
	if (rc) {
		fail(txn, rc);
		return;
	}
	MDB_val k = {prefix->n, (void *)prefix->b}, v;
	for (rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE); rc == 0 && has_prefix(&k, prefix);
	     rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT))
		if (fn(arg, (struct str){k.mv_data, k.mv_size}, (struct str){v.mv_data, v.mv_size}))
			break;
	if (rc && rc != MDB_NOTFOUND)
		fail(txn, rc);
	mdb_cursor_close(cursor);
}

void store_del_prefix(struct store_txn *txn, const struct store_key *prefix)
{
	if (!may_write(txn))
		return;
	MDB_cursor *cursor;
	int rc = mdb_cursor_open(txn->txn, txn->dbi, &cursor);
	if (rc) {
		fail(txn, rc);
		return;
	}
	/* looked up afresh each time: where a cursor stands after a deletion differs at the end of a page */
	for (;;) {
		MDB_val k = {prefix->n, (void *)prefix->b}, v;
		rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
		if (rc || !has_prefix(&k, prefix))
			break;
		rc = mdb_cursor_del(cursor, 0);
		if (rc)
			break;
	}
	if (rc && rc != MDB_NOTFOUND)
		fail(txn, rc);
	mdb_cursor_close(cursor);
}

int store_txn_error(const struct store_txn *txn)
{
	return txn->error;
}

void store_txn_fail(struct store_txn *txn, int code)
{
	if (!txn->error)
		txn->error = code;
}

void store_stat(struct store_txn *txn, struct store_stat *out)
{
	MDB_stat st;
	MDB_envinfo info;
	MDB_env *env = mdb_txn_env(txn->txn);
	*out = (struct store_stat){0};
	if (mdb_stat(txn->txn, txn->dbi, &st) || mdb_env_info(env, &info))
		return;
	out->entries = st.ms_entries;
	out->bytes_used = (info.me_last_pgno + 1) * st.ms_psize;
	out->map_size = info.me_mapsize;
}
