#ifndef CORE_DATA_STORE_H
#define CORE_DATA_STORE_H

/*
 * The stores: one LMDB environment for each Edusign environment of a school, at <data>/<tenant>/<key>/, opened when
 * first needed and closed when idle. Every transaction is whole inside one pool job, one job at a time for each store;
 * fsync never runs on the loop. store.c, store_txn.c and store_check.c are the only users of LMDB.
 *
 * One database per environment; a key begins with its table's byte. MDB_NOTLS always (without it the 1,025th
 * environment fails). Never opened twice in one process: the table of open ones is keyed by device and inode.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/str.h"
#include "core/io/loop.h"

struct stores;
struct store;
struct store_txn;

struct store_limits {
	unsigned open;          /* most environments open at once; 0: 512. Beyond it the longest idle one is closed, or the job waits */
	size_t map_size;        /* first map size of an environment; 0: 1 GiB (address space only) */
	size_t map_max;         /* grown by doubling up to this when full; 0: 16 GiB */
	uint32_t idle_close_ms; /* 0: 60 s */
	bool no_sync;           /* tests on virtual time only: no fsync */
};

/* Locks <data>/lock (flock, our pid inside), creating the directory 0700 if need be. ERR_LOCKED: another process holds it; *holder gets its pid.
 * Refuses a file system where locks or maps are not to be trusted (NFS and the like). */
int stores_open(struct loop *loop, const char *dir, const struct store_limits *limits, struct stores **out, long *holder) MUST_USE;
/* Requires no job pending and no handle left; open environments are closed. */
void stores_close(struct stores **stores);
const char *stores_dir(const struct stores *stores);

/* A handle on one environment: counted, cheap, opens no file by itself. tenant and key are [a-z0-9-]. */
struct store *store_ref(struct stores *stores, const char *tenant, const char *key);
struct store *store_again(struct store *store); /* one more handle on the same; returns it */
void store_unref(struct store **store);
const char *store_dir(const struct store *store); /* of all stores */
/* Does <data>/<tenant>/<key>/data.mdb exist? (a stat, on the caller's thread: commands and pool jobs only) */
bool store_exists(const struct stores *stores, const char *tenant, const char *key);

/* Work on a store. work() runs on a pool thread with an open transaction and touches only what the job was handed; after() runs on
 * the loop when the commit is on disk (or nothing happened: error is set). Work that returns a negative code is rolled back.
 * MDB_MAP_FULL: the map is doubled and work() runs once more, so it must be repeatable. */
struct store_job {
	bool write;
	int (*work)(struct store_txn *txn, struct store_job *job);
	void (*after)(struct store_job *job);
	int error;
	char detail[256]; /* what failed in the store itself: where, what, and what to do about it; the log has it already */
	/* below: the store's */
	int (*file)(struct store *store, struct store_job *job); /* NULL: work */
	const char *path;
	int64_t at_ms;
	struct loop_job pool;
	struct store *store;
	struct list link;
};
void store_submit(struct store *store, struct store_job *job);

/* ---- the file itself (store_file.c) ----
 *
 * Instead of work, behind the jobs before it; requires .after alone. Whatever is replaced is there whole, before and behind a loss of power: one or the
 * other. ERR_NOT_FOUND: there is none.
 */

/* The data file is put aside under a name that detail then holds; nothing is deleted. The next job finds a new, empty store. For a file that is damaged. */
void store_set_aside(struct store *store, struct store_job *job);
/* Written anew without what was deleted or overwritten in it: LMDB leaves that in the file. Takes as long as writing all that is in it. */
void store_compact(struct store *store, struct store_job *job);
/* A copy of it as it is now, the same without what was deleted; path must not be there yet. */
void store_copy(struct store *store, struct store_job *job, const char *path);
/* Such a copy becomes the store; what it was is put aside as above. A file that is damaged, or the copy of another school's or environment's store, changes
 * nothing. */
void store_replace(struct store *store, struct store_job *job, const char *path);
/* The store, what was put aside of it, and its folder. */
void store_remove(struct store *store, struct store_job *job);
/* What was put aside of it is deleted; detail says how many files. */
void store_drop_aside(struct store *store, struct store_job *job);

/* ---- inside work() ---- */

#define STORE_KEY_MAX 240
struct store_key { uint8_t b[STORE_KEY_MAX]; size_t n; };
/* Fixed big-endian layouts: integers sort by value (also negative ones), texts as bytes with an end mark. A text over 128 bytes, or with a NUL, is
 * there as its hash. Two texts and some integers fit. */
void store_key_begin(struct store_key *k, uint8_t table);
void store_key_int(struct store_key *k, int64_t v);
void store_key_u8(struct store_key *k, uint8_t v);
void store_key_text(struct store_key *k, struct str s);
/* Reads a key back: cursor at begins behind the table's byte. */
int64_t store_key_get_int(struct str key, size_t *at);
uint8_t store_key_get_u8(struct str key, size_t *at);
struct str store_key_get_text(struct str key, size_t *at);

/* Errors are sticky: after the first one every call does nothing, and the commit fails with it. */
bool store_get(struct store_txn *txn, const struct store_key *key, struct str *value); /* borrowed until the next write or the end */
void store_put(struct store_txn *txn, const struct store_key *key, struct str value);
void store_del(struct store_txn *txn, const struct store_key *key); /* absent is fine */
/* Every record whose key begins with prefix, in key order; fn returning non-zero stops (not an error). fn must not write; collect, then write. */
void store_each(struct store_txn *txn, const struct store_key *prefix, int (*fn)(void *arg, struct str key, struct str value), void *arg);
/* Deletes every record whose key begins with prefix. */
void store_del_prefix(struct store_txn *txn, const struct store_key *prefix);
/* The store may be opened as heir's too, and is the sole property of whoever opens it next: a directory can then be renamed, and a rename that was cut
 * short be done again. */
void store_bequeath(struct store_txn *txn, const struct store *store, struct str heir);
int store_txn_error(const struct store_txn *txn);
void store_txn_fail(struct store_txn *txn, int code);

struct store_stat { uint64_t entries, bytes_used, map_size; };
void store_stat(struct store_txn *txn, struct store_stat *out);

#endif
