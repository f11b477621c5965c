/*
 * What the store costs: batches as a journal's commits make them (32 results: a record put, a line of the write log, an intent removed; and 32 new
 * intents), through core/data/store, which gives each to the pool and tells the loop, against LMDB alone committing the same keys and values from
 * one thread, in the same directory. The two take turns. Records settled per second, and commits: one for a batch, none for a record.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <lmdb.h>

#include "core/data/pack.h"
#include "core/data/store.h"

#define BATCH   32
#define BATCHES 400
#define PAIRS   7
#define TEXT    160 /* bytes of a value, as a sheet's memory has them */

struct bench {
	struct loop *loop;
	struct stores *stores;
	struct store *store;
	struct store_job job;
	unsigned next, commits;
};

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The same bytes for both. */
static void key_of(struct store_key *k, uint8_t table, int64_t n)
{
	store_key_begin(k, table);
	store_key_int(k, n);
}

static struct str value_of(char out[TEXT], int64_t n)
{
	memset(out, 'v', TEXT);
	snprintf(out, TEXT, "%lld", (long long)n);
	return (struct str){out, TEXT};
}

static int64_t record(unsigned batch, unsigned i)
{
	return (int64_t)(batch % 8) * BATCH + i; /* records change more often than they are made */
}

/* ---- through the store ---- */

static int work(struct store_txn *txn, struct store_job *job)
{
	struct bench *b = list_entry(job, struct bench, job);
	struct store_key k;
	char text[TEXT];
	for (unsigned i = 0; i < BATCH; i++) {
		int64_t seq = (int64_t)b->next * BATCH + i;
		key_of(&k, 3, record(b->next, i));
		store_put(txn, &k, value_of(text, seq));
		key_of(&k, 9, seq);
		store_put(txn, &k, value_of(text, seq));
		key_of(&k, 4, seq);
		store_del(txn, &k);
		key_of(&k, 4, seq + BATCH);
		store_put(txn, &k, value_of(text, seq));
	}
	return store_txn_error(txn);
}

static void after(struct store_job *job)
{
	struct bench *b = list_entry(job, struct bench, job);
	b->commits++;
	if (job->error || ++b->next % BATCHES == 0)
		loop_stop(b->loop);
	else
		store_submit(b->store, &b->job);
}

static double through_store(struct bench *b)
{
	double began = now();
	b->job = (struct store_job){.write = true, .work = work, .after = after};
	store_submit(b->store, &b->job);
	loop_run(b->loop);
	if (b->job.error) {
		fprintf(stderr, "bench_store: %s\n", b->job.detail);
		exit(1);
	}
	return now() - began;
}

/* ---- LMDB alone ---- */

static void must(int rc)
{
	if (rc) {
		fprintf(stderr, "bench_store: %s\n", mdb_strerror(rc));
		exit(1);
	}
}

static void put(MDB_txn *txn, MDB_dbi dbi, uint8_t table, int64_t n, struct str value)
{
	struct store_key k;
	key_of(&k, table, n);
	MDB_val key = {k.n, k.b}, v = {value.n, (void *)value.p};
	must(mdb_put(txn, dbi, &key, &v, 0));
}

static double alone(MDB_env *env, unsigned first)
{
	double began = now();
	char text[TEXT];
	for (unsigned batch = first; batch < first + BATCHES; batch++) {
		MDB_txn *txn = NULL;
		MDB_dbi dbi;
		must(mdb_txn_begin(env, NULL, 0, &txn));
		must(mdb_dbi_open(txn, NULL, 0, &dbi));
		for (unsigned i = 0; i < BATCH; i++) {
			int64_t seq = (int64_t)batch * BATCH + i;
			struct store_key k;
			put(txn, dbi, 3, record(batch, i), value_of(text, seq));
			put(txn, dbi, 9, seq, value_of(text, seq));
			key_of(&k, 4, seq);
			MDB_val gone = {k.n, k.b};
			int rc = mdb_del(txn, dbi, &gone, NULL);
			must(rc == MDB_NOTFOUND ? 0 : rc);
			put(txn, dbi, 4, seq + BATCH, value_of(text, seq));
		}
		must(mdb_txn_commit(txn));
	}
	return now() - began;
}

static int by_value(const void *pa, const void *pb)
{
	double a = *(const double *)pa, b = *(const double *)pb;
	return (a > b) - (a < b);
}

int main(void)
{
	char dir[] = "./bench-store-XXXXXX", bare[64], command[96];
	struct bench b = {0};
	long holder = 0;
	MDB_env *env = NULL;
	double ratios[PAIRS], best = 0, best_alone = 0;
	if (!mkdtemp(dir) || loop_open(4, &b.loop) || stores_open(b.loop, dir, &(struct store_limits){.open = 4}, &b.stores, &holder)) {
		fputs("bench_store: no directory, loop or store\n", stderr);
		return 1;
	}
	b.store = store_ref(b.stores, "bench", "all");
	snprintf(bare, sizeof(bare), "%s/bare.mdb", dir);
	must(mdb_env_create(&env));
	must(mdb_env_set_mapsize(env, (size_t)1 << 30));
	must(mdb_env_open(env, bare, MDB_NOSUBDIR | MDB_NOTLS, 0600));
	for (unsigned i = 0; i < PAIRS; i++) {
		double ours = through_store(&b), theirs = alone(env, i * BATCHES);
		double rate = BATCH * BATCHES / ours, rate_alone = BATCH * BATCHES / theirs;
		ratios[i] = rate / rate_alone;
		best = rate > best ? rate : best;
		best_alone = rate_alone > best_alone ? rate_alone : best_alone;
	}
	qsort(ratios, PAIRS, sizeof(*ratios), by_value);
	printf("records settled a second: %.0f through the store, %.0f by LMDB alone (best of %d)\n", best, best_alone, PAIRS);
	printf("the store against LMDB alone: %.3f (%.3f to %.3f); %u commits for %u records\n", ratios[PAIRS / 2], ratios[0], ratios[PAIRS - 1],
	       b.commits, b.commits * BATCH);
	mdb_env_close(env);
	store_unref(&b.store);
	stores_close(&b.stores);
	loop_close(&b.loop);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) ? 1 : 0;
}
