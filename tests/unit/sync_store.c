#include "tests/unit/sync_store.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW_MS INT64_C(1795518000000) /* 2026-11-24T11:00:00Z */

static void open_stores(struct shelf *s)
{
	long holder = 0;
	struct store_limits limits = {.no_sync = true, .map_size = 16 << 20};
	assert_int_equal(stores_open(s->loop, s->dir, &limits, &s->stores, &holder), 0);
	s->store = store_ref(s->stores, "cfa", "all");
}

static void close_stores(struct shelf *s)
{
	loop_virtual_run(s->loop, NULL, NULL, 1000);
	store_unref(&s->store);
	stores_close(&s->stores);
}

int shelf_setup(void **state)
{
	struct shelf *s = xcalloc(1, sizeof(*s));
	s->loop = loop_virtual_new(NOW_MS);
	snprintf(s->dir, sizeof(s->dir), "./test-store-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	open_stores(s);
	*state = s;
	return 0;
}

static int unlink_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int shelf_teardown(void **state)
{
	struct shelf *s = *state;
	close_stores(s);
	loop_close(&s->loop);
	nftw(s->dir, unlink_one, 16, FTW_DEPTH | FTW_PHYS);
	free(s);
	return 0;
}

void shelf_reopen(struct shelf *s)
{
	close_stores(s);
	open_stores(s);
}

struct one_job {
	struct store_job job;
	int (*work)(struct store_txn *txn, void *arg);
	void *arg;
	bool done;
};

static int on_work(struct store_txn *txn, struct store_job *job)
{
	struct one_job *j = list_entry(job, struct one_job, job);
	return j->work(txn, j->arg);
}

static void on_after(struct store_job *job)
{
	list_entry(job, struct one_job, job)->done = true;
}

static bool is_done(void *arg)
{
	return ((struct one_job *)arg)->done;
}

int shelf_do(struct shelf *s, bool write, int (*work)(struct store_txn *txn, void *arg), void *arg)
{
	struct one_job j = {.work = work, .arg = arg};
	j.job = (struct store_job){.write = write, .work = on_work, .after = on_after};
	store_submit(s->store, &j.job);
	loop_virtual_run(s->loop, is_done, &j, 1000);
	assert_true(j.done);
	return j.job.error;
}
