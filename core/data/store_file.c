#include "core/data/store_p.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/tz.h"

/* A store's file as a whole: put aside, written anew, copied, replaced, removed. On the pool, by the one job that has the store. */

#define PATH_MOST 4400
#define FRESH     "data.mdb.new"
#define COPY_SIZE ((size_t)256 << 10)

static void path_of(const struct store *s, const char *name, char out[PATH_MOST])
{
	snprintf(out, PATH_MOST, "%.4000s/%.260s%s%.100s", s->all->dir, s->path, name[0] ? "/" : "", name);
}

/* A name that was changed has to survive a loss of power as the data does. */
static int sync_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 || fsync(fd) ? -errno : 0;
	if (fd >= 0)
		close(fd);
	return rc;
}

static int sync_folder(const struct store *s)
{
	char dir[PATH_MOST];
	path_of(s, "", dir);
	return sync_dir(dir);
}

/* ---- put aside ---- */

/* The name says when. Closes the store. */
static int put_aside(struct store *s, struct store_job *job, char to[PATH_MOST])
{
	char from[PATH_MOST], stamp[UTC_TEXT], name[64];
	struct stat st;
	store__close(s);
	path_of(s, "data.mdb", from);
	utc_iso(job->at_ms / 1000, stamp);
	snprintf(name, sizeof(name), "data.mdb.%s", stamp);
	path_of(s, name, to);
	for (int i = 2; lstat(to, &st) == 0; i++) {
		snprintf(name, sizeof(name), "data.mdb.%s-%d", stamp, i);
		path_of(s, name, to);
	}
	if (rename(from, to))
		return errno == ENOENT ? ERR_NOT_FOUND : -errno;
	snprintf(job->detail, sizeof(job->detail), "%.128s/%.63s", s->path, name);
	return sync_folder(s);
}

static int set_aside(struct store *s, struct store_job *job)
{
	char to[PATH_MOST];
	return put_aside(s, job, to);
}

/* "data.mdb." and a time: ours, and nobody else's. */
static bool is_aside(const char *name)
{
	return strncmp(name, "data.mdb.", 9) == 0 && name[9] >= '0' && name[9] <= '9';
}

static int drop_aside(struct store *s, struct store_job *job)
{
	char dir[PATH_MOST];
	unsigned n = 0;
	path_of(s, "", dir);
	DIR *d = opendir(dir);
	int rc = d || errno == ENOENT ? 0 : -errno;
	for (const struct dirent *e; d && rc == 0 && (e = readdir(d));) {
		if (!is_aside(e->d_name))
			continue;
		rc = unlinkat(dirfd(d), e->d_name, 0) ? -errno : 0;
		n++;
	}
	if (d)
		closedir(d);
	snprintf(job->detail, sizeof(job->detail), "%u", n);
	return rc || !n ? rc : sync_folder(s);
}

/* ---- copies ---- */

#define BATCH_SIZE ((size_t)8 << 20) /* of records in one transaction: they are in memory until it ends */

/* One batch, from where the cursor stands. *more: there is another. */
static int copy_batch(MDB_cursor *from, MDB_env *to, MDB_cursor_op *op, bool *more)
{
	MDB_txn *txn;
	MDB_dbi dbi;
	MDB_val k, v;
	size_t size = 0;
	int mdb = mdb_txn_begin(to, NULL, 0, &txn);
	if (mdb)
		return mdb;
	mdb = mdb_dbi_open(txn, NULL, 0, &dbi);
	while (mdb == 0 && size < BATCH_SIZE && (mdb = mdb_cursor_get(from, &k, &v, *op)) == 0) {
		*op = MDB_NEXT;
		size += k.mv_size + v.mv_size;
		mdb = mdb_put(txn, dbi, &k, &v, MDB_APPEND);
	}
	*more = mdb == 0;
	if (mdb && mdb != MDB_NOTFOUND) {
		mdb_txn_abort(txn);
		return mdb;
	}
	return mdb_txn_commit(txn);
}

/* Record by record into a new environment. mdb_env_copy2() leaves in the gaps of its pages what was deleted there (seen with 0.9.24). */
static int copy_records(struct store *s, MDB_env *to)
{
	MDB_txn *txn;
	MDB_cursor *cursor;
	MDB_cursor_op op = MDB_FIRST;
	bool more = true;
	int mdb = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn);
	if (mdb)
		return mdb;
	mdb = mdb_cursor_open(txn, s->dbi, &cursor);
	if (mdb == 0) {
		while (mdb == 0 && more)
			mdb = copy_batch(cursor, to, &op, &more);
		mdb_cursor_close(cursor);
	}
	mdb_txn_abort(txn);
	return mdb;
}

static int fill_copy(struct store *s, const char *to)
{
	MDB_envinfo info;
	MDB_env *env;
	int mdb = mdb_env_create(&env);
	if (mdb)
		return mdb;
	mdb = mdb_env_info(s->env, &info);
	/* pages that go before their successors are in use make it a little larger than it need be */
	if (mdb == 0)
		mdb = mdb_env_set_mapsize(env, info.me_mapsize + ((size_t)64 << 20));
	if (mdb == 0)
		mdb = mdb_env_open(env, to, MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOTLS | (s->all->limits.no_sync ? MDB_NOSYNC : 0), 0600);
	if (mdb == 0)
		mdb = copy_records(s, env);
	mdb_env_close(env);
	return mdb;
}

static int write_copy(struct store *s, struct store_job *job, const char *to)
{
	int fd = open(to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	int mdb = fill_copy(s, to);
	int rc = mdb ? store__code(mdb) : fsync(fd) ? -errno : 0;
	if (close(fd) && rc == 0)
		rc = -errno;
	if (rc) {
		unlink(to);
		store__explain(s, job, "copy", rc, mdb);
	}
	return rc;
}

static bool is_there(const struct store *s)
{
	char path[PATH_MOST];
	struct stat st;
	path_of(s, "data.mdb", path);
	return stat(path, &st) == 0;
}

static int copy(struct store *s, struct store_job *job)
{
	if (!is_there(s))
		return ERR_NOT_FOUND;
	int rc = s->env ? 0 : store__open(s, job);
	return rc ? rc : write_copy(s, job, job->path);
}

static int compact(struct store *s, struct store_job *job)
{
	char fresh[PATH_MOST], data[PATH_MOST];
	if (!is_there(s))
		return ERR_NOT_FOUND;
	path_of(s, FRESH, fresh);
	path_of(s, "data.mdb", data);
	unlink(fresh); /* of one that was cut short */
	int rc = s->env ? 0 : store__open(s, job);
	if (rc == 0)
		rc = write_copy(s, job, fresh);
	if (rc)
		return rc;
	store__close(s);
	if (rename(fresh, data))
		return -errno;
	return sync_folder(s);
}

/* ---- replaced ---- */

static int copy_bytes(int from, int to)
{
	char *p = xmalloc(COPY_SIZE);
	ssize_t n = 1;
	int rc = 0;
	while (rc == 0 && (n = read(from, p, COPY_SIZE)) > 0)
		if (write(to, p, (size_t)n) != n)
			rc = errno ? -errno : -ENOSPC;
	if (n < 0)
		rc = -errno;
	if (rc == 0 && fsync(to))
		rc = -errno;
	free(p);
	return rc;
}

/* The copy lies beside the store, and is sound. */
static int bring(const struct store *s, struct store_job *job, const char *fresh)
{
	char why[100] = "";
	int from = open(job->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (from < 0)
		return errno == ENOENT ? ERR_NOT_FOUND : -errno;
	unlink(fresh);
	int to = open(fresh, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int rc = to < 0 ? -errno : copy_bytes(from, to);
	if (rc == 0)
		rc = store__check(to, s->all->limits.map_max, why, sizeof(why));
	if (rc && why[0])
		snprintf(job->detail, sizeof(job->detail), "the copy is damaged: %s", why);
	close(from);
	if (to >= 0)
		close(to);
	return rc;
}

static int replace(struct store *s, struct store_job *job)
{
	char fresh[PATH_MOST], data[PATH_MOST], aside[PATH_MOST] = "", told[sizeof(job->detail)];
	path_of(s, FRESH, fresh);
	path_of(s, "data.mdb", data);
	int rc = store__make_dirs(s);
	if (rc == 0)
		rc = bring(s, job, fresh);
	if (rc) {
		unlink(fresh);
		return rc;
	}
	rc = put_aside(s, job, aside);
	if (rc && rc != ERR_NOT_FOUND)
		return rc;
	bool before = rc == 0;
	rc = rename(fresh, data) ? -errno : sync_folder(s);
	snprintf(told, sizeof(told), "%s", before ? job->detail : "");
	job->detail[0] = '\0';
	if (rc == 0)
		rc = store__open(s, job); /* whose is it? */
	if (rc == 0) {
		snprintf(job->detail, sizeof(job->detail), "%s", told);
		return 0;
	}
	if (before ? rename(aside, data) : unlink(data))
		snprintf(job->detail, sizeof(job->detail), "%.128s is not the store any more, and what it was is %.60s", s->path, told);
	return rc;
}

/* With whatever plain file others have put beside it. */
static int remove_all(struct store *s, struct store_job *job)
{
	char dir[PATH_MOST];
	(void)job;
	store__close(s);
	path_of(s, "", dir);
	DIR *d = opendir(dir);
	int rc = d || errno == ENOENT ? 0 : -errno;
	for (const struct dirent *e; d && rc == 0 && (e = readdir(d));)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && unlinkat(dirfd(d), e->d_name, 0))
			rc = -errno;
	if (d)
		closedir(d);
	if (rc == 0 && rmdir(dir) && errno != ENOENT)
		rc = -errno;
	return rc;
}

/* ---- on the loop ---- */

void store_set_aside(struct store *store, struct store_job *job)
{
	store__submit_file(store, job, set_aside, NULL);
}

void store_drop_aside(struct store *store, struct store_job *job)
{
	store__submit_file(store, job, drop_aside, NULL);
}

void store_compact(struct store *store, struct store_job *job)
{
	store__submit_file(store, job, compact, NULL);
}

void store_copy(struct store *store, struct store_job *job, const char *path)
{
	store__submit_file(store, job, copy, path);
}

void store_replace(struct store *store, struct store_job *job, const char *path)
{
	store__submit_file(store, job, replace, path);
}

void store_remove(struct store *store, struct store_job *job)
{
	store__submit_file(store, job, remove_all, NULL);
}
