/*
 * A store's file that was damaged: a sound one with the input's changes in it (where: 3 bytes, how many: 1, then they), or, with an odd
 * first byte, cut there too. It is refused with a reason and what to type, or read and written, and the process lives on.
 */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/data/store.h"
#include "tests/fuzz/files.h"
#include "tests/world/loop_virtual.h"

#define DAY_MS 86400000

struct world {
	struct files files;
	struct loop *loop;
	uint8_t *good; /* the sound file */
	size_t n;
};

struct act {
	struct store_job job;
	bool done;
	uint64_t records;
};

/* ---- jobs ---- */

static void after(struct store_job *job)
{
	list_entry(job, struct act, job)->done = true;
}

static bool is_done(void *arg)
{
	return ((struct act *)arg)->done;
}

static int run(struct world *w, struct store *store, bool write, int (*work)(struct store_txn *, struct store_job *))
{
	struct act a = {.job = {.write = write, .work = work, .after = after}};
	store_submit(store, &a.job);
	loop_virtual_run(w->loop, is_done, &a, DAY_MS);
	REQUIRE(a.done);
	if (a.job.error) {
		REQUIRE(a.job.error == ERR_STORE_CORRUPT || a.job.error == ERR_STORE_VERSION);
		REQUIRE(strstr(a.job.detail, "cfa/main/data.mdb: "));
		REQUIRE(strstr(a.job.detail, "; passerelle rebuild cfa main makes it anew"));
	}
	return a.job.error;
}

static int count(void *arg, struct str key, struct str value)
{
	uint8_t sum = 0;
	for (size_t i = 0; i < key.n; i++)
		sum = (uint8_t)(sum + (uint8_t)key.p[i]);
	for (size_t i = 0; i < value.n; i++)
		sum = (uint8_t)(sum + (uint8_t)value.p[i]);
	*(uint64_t *)arg += sum;
	return 0;
}

static int read_all(struct store_txn *txn, struct store_job *job)
{
	struct store_key k;
	store_key_begin(&k, 1);
	store_each(txn, &k, count, &list_entry(job, struct act, job)->records);
	return 0;
}

/* Of all sizes; some keys are long; some go again. */
static int fill(struct store_txn *txn, struct store_job *job)
{
	static const size_t sizes[] = {1, 7, 40, 300, 1100, 2030, 2100, 4080, 9000};
	static char value[9000];
	(void)job;
	for (int i = 0; i < 120; i++) {
		struct store_key k;
		char text[100];
		store_key_begin(&k, 1);
		store_key_int(&k, i * 7919 % 120);
		memset(text, 'k', sizeof(text));
		if (i % 3 == 0)
			store_key_text(&k, (struct str){text, (size_t)(i % 90)});
		memset(value, 'a' + i % 26, sizeof(value));
		store_put(txn, &k, (struct str){value, sizes[i % 9]});
		if (i % 5 == 0)
			store_del(txn, &k);
	}
	return 0;
}

static int clear(struct store_txn *txn, struct store_job *job)
{
	struct store_key k;
	(void)job;
	store_key_begin(&k, 1);
	store_del_prefix(txn, &k);
	return 0;
}

/* ---- the file ---- */

static struct stores *stores_of(struct world *w)
{
	static const struct store_limits limits = {.no_sync = true, .map_size = 1 << 20, .map_max = 4 << 20};
	struct stores *stores = NULL;
	long holder;
	REQUIRE(stores_open(w->loop, w->files.dir, &limits, &stores, &holder) == 0);
	return stores;
}

static void close_all(struct stores **stores, struct store **store)
{
	store_unref(store);
	stores_close(stores);
}

static void make_good(struct world *w)
{
	struct stat st;
	/* the table of pages that were freed is part of it */
	for (int i = 0; i < 3; i++) {
		struct stores *stores = stores_of(w);
		struct store *store = store_ref(stores, "cfa", "main");
		REQUIRE(run(w, store, true, fill) == 0);
		close_all(&stores, &store);
	}
	int fd = open(files_path(&w->files, "cfa/main/data.mdb"), O_RDONLY | O_CLOEXEC);
	REQUIRE(fd >= 0 && fstat(fd, &st) == 0);
	w->n = (size_t)st.st_size;
	w->good = xmalloc(w->n);
	REQUIRE(read(fd, w->good, w->n) == (ssize_t)w->n);
	close(fd);
}

/* The input's changes in the sound file: only they are written. */
static void damage(struct world *w, const uint8_t *data, size_t size)
{
	size_t end = w->n;
	int fd = open(files_path(&w->files, "cfa/main/data.mdb"), O_WRONLY | O_TRUNC | O_CLOEXEC);
	REQUIRE(fd >= 0 && write(fd, w->good, w->n) == (ssize_t)w->n);
	for (size_t i = 1; i + 4 < size;) {
		size_t at = ((size_t)data[i] << 16 | (size_t)data[i + 1] << 8 | data[i + 2]) % w->n, n = data[i + 3];
		i += 4;
		if (n > size - i)
			n = size - i;
		if (n > w->n - at)
			n = w->n - at;
		REQUIRE(pwrite(fd, data + i, n, (off_t)at) == (ssize_t)n);
		i += n;
		end = at + n;
	}
	if (data[0] & 1)
		REQUIRE(ftruncate(fd, (off_t)end) == 0);
	close(fd);
	(void)unlink(files_path(&w->files, "cfa/main/lock.mdb"));
}

static void set_up(struct world *w)
{
	log_setup(LOG_LVL_ERROR, LOG_TEXT, open("/dev/null", O_WRONLY | O_CLOEXEC));
	files_init(&w->files);
	w->loop = loop_virtual_new(INT64_C(1782500000000));
	make_good(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world w;
	if (!w.loop)
		set_up(&w);
	if (size == 0)
		return 0;
	damage(&w, data, size);
	struct stores *stores = stores_of(&w);
	struct store *store = store_ref(stores, "cfa", "main");
	/* what is refused stays so, until it is put aside */
	if (run(&w, store, false, read_all) == 0 && run(&w, store, true, fill) == 0)
		(void)run(&w, store, true, clear);
	close_all(&stores, &store);
	return 0;
}
