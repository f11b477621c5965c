#include "core/data/store_p.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/map.h"
#include "core/base/tz.h"
#include "core/data/pack.h"

#define DEFAULT_OPEN    512
#define DEFAULT_MAP     ((size_t)1 << 30)
#define DEFAULT_MAP_MAX ((size_t)16 << 30)
#define LEAST_MAP       ((size_t)64 << 10) /* room for what a new environment holds before its first job */
#define DEFAULT_IDLE_MS 60000
#define CLOSE_AT_ONCE   16
#define LEAST_ROOM      ((uint64_t)64 << 10)
#define MAX_READERS     64 /* one job at a time reads: the rest is what a killed process left */
#define SCHEMA_VERSION  1
#define META_TABLE      0

static void start_next(struct store *s);

/* ---- opening: on the pool ---- */

static int make_dir(const char *path)
{
	return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : -errno;
}

/* A school's folder is its owner's alone, also where somebody made it beforehand. */
static int make_private_dir(const char *path)
{
	struct stat st;
	int rc = make_dir(path);
	if (rc == 0 && (stat(path, &st) != 0 || ((st.st_mode & 077) && chmod(path, 0700) != 0)))
		rc = -errno;
	return rc;
}

int store__make_dirs(const struct store *s)
{
	char path[4096];
	const char *slash = strchr(s->path, '/');
	snprintf(path, sizeof(path), "%s/%.*s", s->all->dir, (int)(slash - s->path), s->path);
	int rc = make_private_dir(path);
	if (rc)
		return rc;
	snprintf(path, sizeof(path), "%s/%s", s->all->dir, s->path);
	return make_private_dir(path);
}

/* Two paths to one directory would be two environments on one file: closing one drops the locks of the other. */
static int enter_opened(struct store *s, const char *path, struct store_job *job)
{
	struct stat st;
	struct stores *all = s->all;
	int rc = 0;
	if (stat(path, &st) != 0)
		return -errno;
	s->device = st.st_dev;
	s->inode = st.st_ino;
	pthread_mutex_lock(&all->lock);
	list_each(node, tmp, &all->opened)
	{
		struct store *other = list_entry(node, struct store, opened_link);
		if (other->device != s->device || other->inode != s->inode)
			continue;
		snprintf(job->detail, sizeof(job->detail), "%.60s and %.60s are one directory", s->path, other->path);
		rc = ERR_CONFLICT;
		break;
	}
	if (rc == 0)
		list_append(&all->opened, &s->opened_link);
	pthread_mutex_unlock(&all->lock);
	return rc;
}

static void leave_opened(struct store *s)
{
	pthread_mutex_lock(&s->all->lock);
	list_remove(&s->opened_link);
	pthread_mutex_unlock(&s->all->lock);
}

void store__close(struct store *s)
{
	if (!s->env)
		return;
	mdb_env_close(s->env);
	s->env = NULL;
	leave_opened(s);
}

static void pack_owner(struct buf *b, const struct store *s)
{
	buf_init(b, 0);
	pack_begin(b, SCHEMA_VERSION);
	pack_str(b, str_of(s->tenant));
	pack_str(b, str_of(s->key));
}

/* Whose store is this? Written when it is made, held against the path ever after: a directory copied under another
 * name is not another school's memory. */
static int check_owner(const struct store *s, struct str value, bool *renamed, struct store_job *job)
{
	struct unpack u;
	unpack_begin(&u, value);
	struct str tenant = unpack_str(&u), key = unpack_str(&u);
	struct str heir = unpack_more(&u) ? unpack_str(&u) : STR_NONE;
	if (unpack_end(&u) != 0) {
		snprintf(job->detail, sizeof(job->detail), "its own record cannot be read");
		return ERR_STORE_CORRUPT;
	}
	if (u.version != SCHEMA_VERSION) {
		snprintf(job->detail, sizeof(job->detail), "its records are of version %u, ours of %u", u.version,
		         SCHEMA_VERSION);
		return ERR_STORE_VERSION;
	}
	*renamed = !str_empty(heir);
	if ((str_eqz(tenant, s->tenant) || (*renamed && str_eqz(heir, s->tenant))) && str_eqz(key, s->key))
		return 0;
	snprintf(job->detail, sizeof(job->detail), "it is the store of %.*s/%.*s, not of %.60s",
	         tenant.n < 40 ? (int)tenant.n : 40, tenant.p, key.n < 20 ? (int)key.n : 20, key.p, s->path);
	return ERR_STORE_CORRUPT;
}

static int own(const struct store *s, struct store_txn *t, struct store_job *job)
{
	struct store_key k;
	struct str value;
	struct buf mine;
	store_key_begin(&k, META_TABLE);
	bool renamed = false;
	if (store_get(t, &k, &value)) {
		int rc = check_owner(s, value, &renamed, job);
		if (rc || !renamed)
			return rc;
	}
	pack_owner(&mine, s);
	store_put(t, &k, buf_str(&mine));
	buf_deinit(&mine);
	return t->error;
}

void store_bequeath(struct store_txn *t, const struct store *s, struct str heir)
{
	struct store_key k;
	struct buf both;
	store_key_begin(&k, META_TABLE);
	pack_owner(&both, s);
	pack_str(&both, heir);
	store_put(t, &k, buf_str(&both));
	buf_deinit(&both);
}

static int check_file(const struct store *s, const char *dir, struct store_job *job)
{
	char path[4200], why[100] = "";
	snprintf(path, sizeof(path), "%s/data.mdb", dir);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	int rc = store__check(fd, s->all->limits.map_max, why, sizeof(why));
	close(fd);
	if (rc && why[0])
		snprintf(job->detail, sizeof(job->detail), "its file is damaged: %s", why);
	return rc;
}

/* A file is made as long as it says it is: the pages at its end may have been given out and never written. Reading behind
 * the end of a mapped file kills the process, and with it every other school. */
static int fill_up(MDB_env *env)
{
	MDB_envinfo info;
	MDB_stat stat;
	struct stat st;
	mdb_filehandle_t fd;
	int rc = mdb_env_info(env, &info);
	if (rc == 0)
		rc = mdb_env_stat(env, &stat);
	if (rc == 0)
		rc = mdb_env_get_fd(env, &fd);
	if (rc)
		return rc;
	off_t size = (off_t)((info.me_last_pgno + 1) * stat.ms_psize);
	if (fstat(fd, &st) != 0 || (st.st_size < size && ftruncate(fd, size) != 0))
		return errno;
	return 0;
}

/* The first transaction: the database's handle, and whose it is. */
static int first_txn(struct store *s, MDB_env *env, struct store_job *job, int *mdb)
{
	struct store_txn t = {.write = true};
	*mdb = mdb_txn_begin(env, NULL, 0, &t.txn);
	if (*mdb)
		return store__code(*mdb);
	*mdb = mdb_dbi_open(t.txn, NULL, 0, &t.dbi);
	int rc = *mdb ? store__code(*mdb) : own(s, &t, job);
	if (rc) {
		*mdb = *mdb ? *mdb : t.mdb;
		mdb_txn_abort(t.txn);
		return rc;
	}
	*mdb = mdb_txn_commit(t.txn);
	s->dbi = t.dbi;
	return store__code(*mdb);
}

/* What the operator can do about it. */
static void add_remedy(const struct store *s, int rc, struct buf *text)
{
	switch (rc) {
	case ERR_STORE_CORRUPT:
	case ERR_STORE_VERSION:
		buf_printf(text, "; passerelle rebuild %s %s makes it anew", s->tenant, s->key);
		break;
	case ERR_STORE_FULL:
		buf_addz(text, "; make room on its disk");
		break;
	case -EMFILE:
	case -ENFILE:
		buf_addz(text, "; raise the limit of open files (LimitNOFILE, ulimit -n)");
		break;
	case -EACCES:
	case -EPERM:
	case -EROFS:
		buf_addz(text, "; it has to belong to the user that runs passerelle");
		break;
	default:
		break;
	}
}

/* Where, what, and what to do. job->detail may know what already. */
void store__explain(const struct store *s, struct store_job *job, const char *doing, int rc, int mdb)
{
	struct buf text;
	buf_init(&text, 1024);
	buf_printf(&text, "%s/data.mdb: ", s->path);
	if (job->detail[0])
		buf_addz(&text, job->detail);
	else
		buf_printf(&text, "%s: %s%s", doing, mdb ? mdb_strerror(mdb) : err_text(rc),
		           rc == ERR_STORE_VERSION ? " (made by another LMDB version?)" : "");
	add_remedy(s, rc, &text);
	snprintf(job->detail, sizeof(job->detail), "%.*s", STR_ARG(buf_str(&text)));
	buf_deinit(&text);
}

/* LMDB calls a write that was cut short an input/output error: mostly the disk is full, or the file as long as it may be. */
static int written(const struct store *s, int rc)
{
	char path[4096];
	struct statfs fs;
	struct rlimit size;
	if (rc != -EIO)
		return rc;
	if (getrlimit(RLIMIT_FSIZE, &size) == 0 && size.rlim_cur != RLIM_INFINITY)
		return ERR_STORE_FULL;
	snprintf(path, sizeof(path), "%s/%s", s->all->dir, s->path);
	bool full = statfs(path, &fs) == 0 && (uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize < LEAST_ROOM;
	return full ? ERR_STORE_FULL : rc;
}

int store__open(struct store *s, struct store_job *job)
{
	char path[4096];
	MDB_env *env = NULL;
	int dead, mdb = 0, rc = store__make_dirs(s);
	snprintf(path, sizeof(path), "%s/%s", s->all->dir, s->path);
	if (rc == 0)
		rc = enter_opened(s, path, job);
	if (rc) {
		store__explain(s, job, "open", rc, 0);
		return rc;
	}
	rc = check_file(s, path, job);
	if (rc) {
		store__explain(s, job, "open", rc, 0);
		leave_opened(s);
		return rc;
	}
	mdb = mdb_env_create(&env);
	if (mdb == 0)
		mdb = mdb_env_set_maxreaders(env, MAX_READERS);
	if (mdb == 0)
		mdb = mdb_env_set_mapsize(env, s->all->limits.map_size);
	/* MDB_NOTLS: without it the 1,025th open environment of a process fails, and readers belong to threads */
	if (mdb == 0)
		mdb = mdb_env_open(env, path, MDB_NOTLS | (s->all->limits.no_sync ? MDB_NOSYNC : 0), 0600);
	if (mdb == 0)
		mdb = fill_up(env);
	if (mdb == 0)
		mdb = mdb_reader_check(env, &dead);
	rc = mdb ? store__code(mdb) : written(s, first_txn(s, env, job, &mdb));
	if (rc) {
		store__explain(s, job, "open", rc, mdb);
		mdb_env_close(env);
		leave_opened(s);
		return rc;
	}
	s->env = env;
	return 0;
}

/* ---- a job: on the pool ---- */

static int begin_txn(struct store *s, struct store_txn *t)
{
	unsigned flags = t->write ? 0 : MDB_RDONLY;
	int dead, mdb = mdb_txn_begin(s->env, NULL, flags, &t->txn);
	if (mdb == MDB_READERS_FULL && mdb_reader_check(s->env, &dead) == 0)
		mdb = mdb_txn_begin(s->env, NULL, flags, &t->txn);
	return mdb;
}

static int run_once(struct store *s, struct store_job *job, int *mdb)
{
	struct store_txn t = {.write = job->write, .dbi = s->dbi};
	*mdb = begin_txn(s, &t);
	if (*mdb)
		return store__code(*mdb);
	int rc = job->work(&t, job);
	if (t.error) {
		rc = t.error;
		*mdb = t.mdb;
	}
	if (rc || !job->write) {
		mdb_txn_abort(t.txn);
		return rc;
	}
	*mdb = mdb_txn_commit(t.txn);
	return store__code(*mdb);
}

/* Only this job has the environment: no transaction of this process is open while the map moves. */
static bool grow_map(struct store *s)
{
	MDB_envinfo info;
	if (mdb_env_info(s->env, &info) || info.me_mapsize >= s->all->limits.map_max)
		return false;
	size_t size = info.me_mapsize * 2;
	if (size > s->all->limits.map_max)
		size = s->all->limits.map_max;
	return mdb_env_set_mapsize(s->env, size) == 0;
}

static void pool_work(struct loop_job *pool)
{
	struct store_job *job = list_entry(pool, struct store_job, pool);
	struct store *s = job->store;
	int mdb = 0;
	if (job->file) {
		job->error = job->file(s, job);
		return;
	}
	job->error = s->env ? 0 : store__open(s, job);
	if (job->error)
		return;
	do {
		job->error = run_once(s, job, &mdb);
	} while (job->error && mdb == MDB_MAP_FULL && grow_map(s));
	job->error = written(s, job->error);
	if (job->error && (mdb || job->error == ERR_STORE_CORRUPT))
		store__explain(s, job, job->write ? "write" : "read", job->error, mdb);
	/* after a failed write LMDB refuses every further one until the environment was opened afresh */
	if (job->error && mdb && mdb != MDB_MAP_FULL)
		store__close(s);
}

/* ---- life of an environment: on the loop ---- */

static void free_if_unused(struct store *s)
{
	if (s->refs || s->running || s->env || !list_empty(&s->queue))
		return;
	map_del_str(s->all->by_path, str_of(s->path));
	free(s->path);
	free(s->tenant);
	free(s->key);
	free(s);
}

/* On the loop: no transaction is open, so that nothing is written; measured at 21 to 30 µs. */
static void close_idle(struct store *s)
{
	list_remove(&s->idle_link);
	store__close(s);
	s->all->open--;
	free_if_unused(s);
}

static bool close_longest_idle(struct stores *all)
{
	if (list_empty(&all->idle))
		return false;
	close_idle(list_entry(all->idle.next, struct store, idle_link));
	return true;
}

static void arm_sweep(struct stores *all)
{
	if (list_empty(&all->idle)) {
		loop_timer_stop(all->loop, &all->sweep);
		return;
	}
	if (loop_timer_active(&all->sweep))
		return;
	const struct store *first = list_entry(all->idle.next, struct store, idle_link);
	int64_t delay = first->idle_since + all->limits.idle_close_ms - loop_mono_ms(all->loop);
	loop_timer_start(all->loop, &all->sweep, delay > 0 ? delay : 1);
}

static void on_sweep(struct loop_timer *t)
{
	struct stores *all = list_entry(t, struct stores, sweep);
	int64_t now = loop_mono_ms(all->loop);
	for (int i = 0; i < CLOSE_AT_ONCE && !list_empty(&all->idle); i++) {
		struct store *s = list_entry(all->idle.next, struct store, idle_link);
		if (s->idle_since + all->limits.idle_close_ms > now)
			break;
		close_idle(s);
	}
	arm_sweep(all);
}

static void log_failure(const struct store *s, const struct store_job *job)
{
	/* work that says no is its owner's business; the store's own failures are told here */
	if (job->error && job->detail[0])
		log_error("store", &(struct log_ctx){.tenant = s->tenant, .environment = s->key},
		          "a store job failed", "error=«%s» detail=«%s»", err_text(job->error), job->detail);
}

static void pool_after(struct loop_job *pool)
{
	struct store_job *job = list_entry(pool, struct store_job, pool);
	struct store *s = job->store;
	struct stores *all = s->all;
	s->running = NULL;
	if (!s->env)
		all->open--;
	log_failure(s, job);
	s->refs++; /* the owner may let go of it in after() */
	job->after(job);
	s->refs--;
	all->busy--; /* only now: stores_close() is not for after() */
	if (s->running || !list_empty(&s->waiting_link)) {
		/* after() brought the next job */
	} else if (!list_empty(&s->queue)) {
		start_next(s);
	} else if (s->env) {
		s->idle_since = loop_mono_ms(all->loop);
		list_append(&all->idle, &s->idle_link);
		arm_sweep(all);
	} else {
		free_if_unused(s);
	}
	while (!list_empty(&all->waiting) && (all->open < all->limits.open || !list_empty(&all->idle)))
		start_next(list_entry(list_take_first(&all->waiting), struct store, waiting_link));
}

/* The store has a job and none is running. Without room for its environment it waits. */
static void start_next(struct store *s)
{
	struct stores *all = s->all;
	if (s->env) {
		list_remove(&s->idle_link);
	} else if (all->open < all->limits.open || close_longest_idle(all)) {
		all->open++;
	} else {
		list_append(&all->waiting, &s->waiting_link);
		return;
	}
	struct store_job *job = list_entry(list_take_first(&s->queue), struct store_job, link);
	s->running = job;
	all->busy++;
	job->pool = (struct loop_job){.work = pool_work, .after = pool_after};
	loop_job_start(all->loop, &job->pool);
}

static void submit(struct store *store, struct store_job *job)
{
	job->store = store;
	job->error = 0;
	job->detail[0] = '\0';
	list_init(&job->link);
	list_append(&store->queue, &job->link);
	if (!store->running && list_empty(&store->waiting_link))
		start_next(store);
}

void store_submit(struct store *store, struct store_job *job)
{
	job->file = NULL;
	submit(store, job);
}

void store__submit_file(struct store *store, struct store_job *job, int (*file)(struct store *s, struct store_job *job), const char *path)
{
	job->file = file;
	job->path = path;
	job->at_ms = loop_wall_ms(store->all->loop);
	submit(store, job);
}

/* One part of a path, and no way out of the directory. */
static bool is_name(const char *name)
{
	size_t n = strlen(name);
	return n > 0 && n < 128 && name[0] != '.' && !strchr(name, '/');
}

struct store *store_ref(struct stores *stores, const char *tenant, const char *key)
{
	char path[300];
	REQUIRE(is_name(tenant) && is_name(key));
	snprintf(path, sizeof(path), "%.127s/%.127s", tenant, key);
	struct store *s = map_get_str(stores->by_path, str_of(path));
	if (!s) {
		s = xcalloc(1, sizeof(*s));
		s->all = stores;
		s->path = xstrdup(path);
		s->tenant = xstrdup(tenant);
		s->key = xstrdup(key);
		list_init(&s->queue);
		list_init(&s->idle_link);
		list_init(&s->waiting_link);
		list_init(&s->opened_link);
		map_put_str(stores->by_path, str_of(s->path), s);
	}
	s->refs++;
	return s;
}

struct store *store_again(struct store *store)
{
	store->refs++;
	return store;
}

void store_unref(struct store **store)
{
	struct store *s = *store;
	*store = NULL;
	if (!s)
		return;
	REQUIRE(s->refs > 0);
	s->refs--;
	free_if_unused(s);
}

bool store_exists(const struct stores *stores, const char *tenant, const char *key)
{
	char path[4096];
	struct stat st;
	snprintf(path, sizeof(path), "%s/%s/%s/data.mdb", stores->dir, tenant, key);
	return stat(path, &st) == 0;
}

/* ---- the directory ---- */

/* Locks and shared maps cannot be trusted there (lmdb.h, caveats). */
static bool is_remote(const char *dir)
{
	static const uint32_t remote[] = {
	        0x00006969, /* NFS */
	        0xff534d42, /* CIFS */
	        0xfe534d42, /* SMB2 */
	        0x0000517b, /* SMB */
	        0x65735546, /* FUSE: sshfs and the like */
	};
	struct statfs fs;
	if (statfs(dir, &fs) != 0)
		return false;
	for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
		if ((uint32_t)fs.f_type == remote[i])
			return true;
	return false;
}

static int take_lock(const char *dir, int *fd_out, long *holder)
{
	char path[4096], text[32];
	snprintf(path, sizeof(path), "%s/lock", dir);
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		int rc = errno == EWOULDBLOCK ? ERR_LOCKED : -errno;
		ssize_t n = read(fd, text, sizeof(text) - 1);
		text[n > 0 ? n : 0] = '\0';
		*holder = strtol(text, NULL, 10);
		close(fd);
		return rc;
	}
	int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
	if (ftruncate(fd, 0) != 0 || write(fd, text, (size_t)n) != n) {
		int rc = -errno;
		close(fd);
		return rc;
	}
	*fd_out = fd;
	return 0;
}

static void set_limits(struct store_limits *l, const struct store_limits *wanted)
{
	*l = wanted ? *wanted : (struct store_limits){0};
	if (!l->open)
		l->open = DEFAULT_OPEN;
	if (!l->map_size)
		l->map_size = DEFAULT_MAP;
	if (l->map_size < LEAST_MAP)
		l->map_size = LEAST_MAP;
	if (!l->map_max)
		l->map_max = DEFAULT_MAP_MAX;
	if (l->map_max < l->map_size)
		l->map_max = l->map_size;
	if (!l->idle_close_ms)
		l->idle_close_ms = DEFAULT_IDLE_MS;
}

int stores_open(struct loop *loop, const char *dir, const struct store_limits *limits, struct stores **out,
                long *holder)
{
	REQUIRE(*out == NULL);
	int fd = -1, rc = make_dir(dir);
	if (rc)
		return rc;
	if (is_remote(dir)) {
		log_error("store", NULL,
		          "the data directory is on a network file system, where locks and maps cannot be trusted",
		          "dir=«%s»", dir);
		return ERR_CONFIG;
	}
	rc = take_lock(dir, &fd, holder);
	if (rc)
		return rc;
	struct stores *s = xcalloc(1, sizeof(*s));
	s->loop = loop;
	s->dir = xstrdup(dir);
	s->lock_fd = fd;
	set_limits(&s->limits, limits);
	s->by_path = map_new_str(NULL);
	list_init(&s->idle);
	list_init(&s->waiting);
	list_init(&s->opened);
	pthread_mutex_init(&s->lock, NULL);
	loop_timer_init(&s->sweep, on_sweep);
	*out = s;
	return 0;
}

void stores_close(struct stores **stores)
{
	struct stores *s = *stores;
	if (!s)
		return;
	REQUIRE(s->busy == 0);
	loop_timer_stop(s->loop, &s->sweep);
	while (close_longest_idle(s))
		;
	BUG_UNLESS(map_count(s->by_path) == 0); /* a handle outlives the stores */
	map_free(&s->by_path);
	pthread_mutex_destroy(&s->lock);
	close(s->lock_fd);
	free(s->dir);
	free(s);
	*stores = NULL;
}

const char *store_dir(const struct store *store)
{
	return store->all->dir;
}

const char *stores_dir(const struct stores *stores)
{
	return stores->dir;
}
