#ifndef TESTS_UNIT_STORE_FIXTURE_H
#define TESTS_UNIT_STORE_FIXTURE_H

/* What the tests of the stores share: a directory of their own, a real loop, and jobs that say what they found. */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/log.h"
#include "core/data/store.h"

/* ---- a directory, a loop and the stores in it ---- */

struct fixture {
	char dir[64];
	struct loop *loop;
	struct stores *stores;
	struct store_limits limits;
	long holder;
	unsigned left; /* jobs whose after() the loop is run for */
	int log_fd;
	char log_path[80];
	struct store *handles[1024];
	unsigned handle_count;
};

/* A handle that goes with the stores, also when the test failed. */
static inline struct store *get(struct fixture *f, const char *tenant, const char *key)
{
	assert_true(f->handle_count < 1024);
	return f->handles[f->handle_count++] = store_ref(f->stores, tenant, key);
}

static inline void drop_handles(struct fixture *f)
{
	while (f->handle_count)
		store_unref(&f->handles[--f->handle_count]);
}

static inline void close_stores(struct fixture *f)
{
	if (f->left)
		loop_run(f->loop);
	drop_handles(f);
	stores_close(&f->stores);
}

static inline void open_stores(struct fixture *f)
{
	assert_int_equal(stores_open(f->loop, f->dir, &f->limits, &f->stores, &f->holder), 0);
}

static inline int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	snprintf(f->dir, sizeof(f->dir), "/tmp/test-store-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->log_path, sizeof(f->log_path), "%s.log", f->dir);
	f->log_fd = open(f->log_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	log_setup(LOG_LVL_INFO, LOG_TEXT, f->log_fd);
	assert_int_equal(loop_open(4, &f->loop), 0);
	f->limits = (struct store_limits){.no_sync = true};
	open_stores(f);
	*state = f;
	return 0;
}

static inline int tear_down(void **state)
{
	struct fixture *f = *state;
	char command[100];
	close_stores(f);
	loop_close(&f->loop);
	log_setup(LOG_LVL_INFO, LOG_TEXT, 2);
	close(f->log_fd);
	unlink(f->log_path);
	snprintf(command, sizeof(command), "rm -rf '%s'", f->dir);
	free(f);
	return system(command);
}

static inline void again(struct fixture *f)
{
	close_stores(f);
	open_stores(f);
}

static inline char *path_of(const struct fixture *f, const char *rest, char out[256])
{
	snprintf(out, 256, "%s/%s", f->dir, rest);
	return out;
}

/* How many files the process has open below the directory. */
static inline unsigned open_files(const struct fixture *f, const char *name)
{
	char link[64], target[512];
	unsigned n = 0;
	for (int fd = 0; fd < 2048; fd++) {
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		ssize_t length = readlink(link, target, sizeof(target) - 1);
		if (length <= 0)
			continue;
		target[length] = '\0';
		n += !strncmp(target, f->dir, strlen(f->dir)) && strstr(target, name);
	}
	return n;
}

/* ---- jobs ---- */

struct act {
	struct store_job job;
	struct fixture *f;
	int (*work)(struct store_txn *txn, struct act *act);
	int64_t from, count;
	size_t size;
	int fail;
	unsigned runs;
	bool found;
	int64_t value;
	char text[4000];
	struct store_stat stat;
	struct store **let_go;
	struct act *then; /* submitted in after() */
	struct store *then_store;
	int *order, at;
};

static inline int act_work(struct store_txn *txn, struct store_job *job)
{
	struct act *a = list_entry(job, struct act, job);
	a->runs++;
	return a->work(txn, a);
}

static inline void submit(struct store *s, struct act *a);

static inline void act_after(struct store_job *job)
{
	struct act *a = list_entry(job, struct act, job);
	if (a->order)
		a->at = (*a->order)++;
	if (a->let_go)
		store_unref(a->let_go);
	if (a->then)
		submit(a->then_store, a->then);
	if (--a->f->left == 0)
		loop_stop(a->f->loop);
}

static inline void submit(struct store *s, struct act *a)
{
	a->job.work = act_work;
	a->job.after = act_after;
	a->f->left++;
	store_submit(s, &a->job);
}

static inline int run(struct fixture *f, struct store *s, struct act *a)
{
	a->f = f;
	a->job.error = 12345;
	submit(s, a);
	assert_int_equal(f->left, 1); /* after() never runs inside the call */
	loop_run(f->loop);
	return a->job.error;
}

static inline void key_of(struct store_key *k, uint8_t table, int64_t v)
{
	store_key_begin(k, table);
	store_key_int(k, v);
}

/* from, from + 1, … : count records of size bytes */
static inline int put_many(struct store_txn *txn, struct act *a)
{
	char *value = malloc(a->size + 1);
	struct store_key k;
	for (int64_t i = a->from; i < a->from + a->count; i++) {
		memset(value, (char)('a' + (i & 15)), a->size);
		key_of(&k, 1, i);
		store_put(txn, &k, (struct str){value, a->size});
	}
	free(value);
	return a->fail;
}

static inline int get_one(struct store_txn *txn, struct act *a)
{
	struct store_key k;
	struct str v = STR_NONE;
	key_of(&k, 1, a->from);
	a->found = store_get(txn, &k, &v);
	a->size = v.n;
	a->value = v.n ? v.p[0] : 0;
	store_stat(txn, &a->stat);
	return 0;
}

static inline int each_key(void *arg, struct str key, struct str value)
{
	struct act *a = arg;
	size_t at = 1;
	size_t n = strlen(a->text);
	snprintf(a->text + n, sizeof(a->text) - n, "%lld=%.*s ", (long long)store_key_get_int(key, &at),
	         STR_ARG(value));
	return --a->count == 0;
}

static inline int list_all(struct store_txn *txn, struct act *a)
{
	struct store_key k;
	a->text[0] = '\0';
	store_key_begin(&k, 1);
	store_each(txn, &k, each_key, a);
	return 0;
}

static inline int count_key(void *arg, struct str key, struct str value)
{
	(void)key;
	(void)value;
	((struct act *)arg)->value++;
	return 0;
}

static inline int count_table(struct store_txn *txn, struct act *a)
{
	struct store_key k;
	a->value = 0;
	store_key_begin(&k, (uint8_t)a->from);
	store_each(txn, &k, count_key, a);
	return 0;
}

static inline int del_one(struct store_txn *txn, struct act *a)
{
	struct store_key k;
	key_of(&k, 1, a->from);
	store_del(txn, &k);
	return 0;
}

#define WRITE(fn, ...) (&(struct act){.work = (fn), .job.write = true, __VA_ARGS__})
#define READ(fn, ...)  (&(struct act){.work = (fn), __VA_ARGS__})

static inline int64_t records(struct fixture *f, struct store *s)
{
	struct act *a = READ(count_table, .from = 1);
	assert_int_equal(run(f, s, a), 0);
	return a->value;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
