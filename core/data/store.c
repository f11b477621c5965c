#include "core/data/store_p.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/map.h"

#define DEFAULT_OPEN 512
#define DEFAULT_MAP ((size_t)1 << 30)
#define DEFAULT_MAP_MAX ((size_t)16 << 30)
#define DEFAULT_IDLE_MS 60000
#define MAX_READERS 64
#define SCHEMA_VERSION 1
#define META_TABLE 0

struct stores {
	struct loop *loop;
	char *dir;
	struct store_limits limits;
	int lock_fd;
	struct map *by_path;     /* "tenant/key" -> struct store */
	struct list idle;        /* open environments without a job, longest idle first */
	unsigned open;
	struct loop_timer sweep;
	unsigned busy;
	struct list closing;     /* struct store: waits for the pool to close its environment */
};

/* One environment, open or not. Everything but env_* is the loop's. */
struct store {
	struct stores *all;
	char *path;              /* "tenant/key" */
	char *tenant, *key;
	unsigned refs;
	struct list queue;       /* struct store_job */
	struct store_job *running;
	struct list idle_link;
	int64_t idle_since;
	bool closing;
	struct loop_job close_job;
	/* the running job's, on the pool */
	MDB_env *env;
	MDB_dbi dbi;
};

static void start_next(struct store *s);

/* ---- opening: on the pool ---- */

static int make_dir(const char *path)
{
	return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : -errno;
}

static int make_dirs(const struct store *s)
{
	char path[4096];
	const char *slash = strchr(s->path, '/');
	snprintf(path, sizeof(path), "%s/%.*s", s->all->dir, (int)(slash - s->path), s->path);
	int rc = make_dir(path);
	if (rc)
		return rc;
	snprintf(path, sizeof(path), "%s/%s", s->all->dir, s->path);
	return make_dir(path);
}

/* Whose store is this? Written when it is made, held against the path ever after: a directory copied under another name is not
 * another school's memory. */
static int check_owner(struct store *s, struct store_txn *t, struct store_job *job)
{
	struct store_key k;
	struct str value;
	char mine[256];
	snprintf(mine, sizeof(mine), "%d %.127s %.120s", SCHEMA_VERSION, s->tenant, s->key);
	store_key_begin(&k, META_TABLE);
	if (store_get(t, &k, &value)) {
		if (str_eq(value, (struct str){ mine, strlen(mine) + 1 }))
			return 0;
		snprintf(job->detail, sizeof(job->detail), "the store says that it is «%.60s», not «%.60s»", value.n ? value.p : "", mine);
		return ERR_STORE_CORRUPT;
	}
	if (t->error || !t->write)
		return t->error;
	store_put(t, &k, (struct str){ mine, strlen(mine) + 1 });
	return t->error;
}

static int open_env(struct store *s, struct store_job *job)
{
	if (s->env)
		return 0;
	char path[4096];
	int rc = make_dirs(s);
	if (rc)
		return rc;
	snprintf(path, sizeof(path), "%s/%s", s->all->dir, s->path);
	MDB_env *env = NULL;
	rc = mdb_env_create(&env);
	if (rc)
		return store__code(rc);
	mdb_env_set_maxreaders(env, MAX_READERS);
	mdb_env_set_mapsize(env, s->all->limits.map_size);
	/* MDB_NOTLS: without it the 1,025th open environment of a process fails, and readers belong to threads */
	rc = mdb_env_open(env, path, MDB_NOTLS | (s->all->limits.no_sync ? MDB_NOSYNC : 0), 0600);
	MDB_txn *txn = NULL;
	if (rc == 0) {
		int dead = 0;
		mdb_reader_check(env, &dead);
		rc = mdb_txn_begin(env, NULL, 0, &txn);
	}
	if (rc) {
		mdb_env_close(env);
		int code = store__code(rc);
		snprintf(job->detail, sizeof(job->detail), "%s%s", mdb_strerror(rc), code == ERR_STORE_VERSION ? " (made by another LMDB version?)" : "");
		return code;
	}
	struct store_txn t = { .txn = txn, .write = true };
	rc = mdb_dbi_open(txn, NULL, 0, &t.dbi);
	int code = rc ? store__code(rc) : check_owner(s, &t, job);
	if (code) {
		mdb_txn_abort(txn);
	} else {
		rc = mdb_txn_commit(txn);
		code = store__code(rc);
	}
	if (code) {
		if (rc && !job->detail[0])
			snprintf(job->detail, sizeof(job->detail), "%s", mdb_strerror(rc));
		mdb_env_close(env);
		return code;
	}
	s->dbi = t.dbi;
	s->env = env;
	return 0;
}

/* ---- a job: on the pool ---- */

static int run_once(struct store *s, struct store_job *job, int *mdb)
{
	struct store_txn t = { .write = job->write, .dbi = s->dbi };
	*mdb = mdb_txn_begin(s->env, NULL, job->write ? 0 : MDB_RDONLY, &t.txn);
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
	job->error = open_env(s, job);
	if (job->error)
		return;
	do {
		job->error = run_once(s, job, &mdb);
	} while (job->error && mdb == MDB_MAP_FULL && grow_map(s));
	if (job->error && mdb && !job->detail[0])
		snprintf(job->detail, sizeof(job->detail), "%s", mdb_strerror(mdb));
}

/* ---- life of an environment: on the loop ---- */

static void free_if_unused(struct store *s)
{
	if (s->refs || s->running || s->env || s->closing || !list_empty(&s->queue))
		return;
	map_del_str(s->all->by_path, str_of(s->path));
	free(s->path);
	free(s->tenant);
	free(s->key);
	free(s);
}

static void close_work(struct loop_job *pool)
{
	struct store *s = list_entry(pool, struct store, close_job);
	mdb_env_close(s->env);
}

static void close_after(struct loop_job *pool)
{
	struct store *s = list_entry(pool, struct store, close_job);
	s->env = NULL;
	s->closing = false;
	s->all->open--;
	s->all->busy--;
	if (!list_empty(&s->queue))
		start_next(s);
	else
		free_if_unused(s);
}

static void close_idle(struct store *s)
{
	list_remove(&s->idle_link);
	s->closing = true;
	s->all->busy++;
	s->close_job = (struct loop_job){ .work = close_work, .after = close_after };
	loop_job_start(s->all->loop, &s->close_job);
}

static void arm_sweep(struct stores *all)
{
	if (list_empty(&all->idle)) {
		loop_timer_stop(all->loop, &all->sweep);
		return;
	}
	struct store *first = list_entry(all->idle.next, struct store, idle_link);
	if (!loop_timer_active(&all->sweep))
		loop_timer_start(all->loop, &all->sweep, first->idle_since + all->limits.idle_close_ms - loop_mono_ms(all->loop));
}

static void on_sweep(struct loop_timer *t)
{
	struct stores *all = list_entry(t, struct stores, sweep);
	int64_t now = loop_mono_ms(all->loop);
	while (!list_empty(&all->idle)) {
		struct store *s = list_entry(all->idle.next, struct store, idle_link);
		if (all->open <= all->limits.open && s->idle_since + all->limits.idle_close_ms > now)
			break;
		close_idle(s);
	}
	arm_sweep(all);
}

static void pool_after(struct loop_job *pool)
{
	struct store_job *job = list_entry(pool, struct store_job, pool);
	struct store *s = job->store;
	struct stores *all = s->all;
	s->running = NULL;
	all->busy--;
	if (job->error)
		log_error("store", &(struct log_ctx){ .tenant = s->tenant, .environment = s->key }, "a store job failed", "error=«%s» detail=«%s»",
		          err_text(job->error), job->detail);
	if (!s->env)
		all->open--;
	s->refs++; /* the owner may let go of it in after() */
	job->after(job);
	s->refs--;
	if (!s->running && !list_empty(&s->queue)) {
		start_next(s);
	} else if (!s->running && s->env) {
		s->idle_since = loop_mono_ms(all->loop);
		list_append(&all->idle, &s->idle_link);
		if (all->open > all->limits.open)
			on_sweep(&all->sweep);
		arm_sweep(all);
	} else {
		free_if_unused(s);
	}
}

static void start_next(struct store *s)
{
	struct store_job *job = list_entry(list_take_first(&s->queue), struct store_job, link);
	s->running = job;
	s->all->busy++;
	if (s->env)
		list_remove(&s->idle_link);
	else
		s->all->open++;
	job->pool = (struct loop_job){ .work = pool_work, .after = pool_after };
	loop_job_start(s->all->loop, &job->pool);
}

void store_submit(struct store *store, struct store_job *job)
{
	job->store = store;
	job->error = 0;
	job->detail[0] = '\0';
	list_init(&job->link);
	list_append(&store->queue, &job->link);
	if (!store->running && !store->closing)
		start_next(store);
}

struct store *store_ref(struct stores *stores, const char *tenant, const char *key)
{
	char path[300];
	REQUIRE(strlen(tenant) < 128 && strlen(key) < 128 && !strchr(tenant, '/') && !strchr(key, '/'));
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
	static const unsigned long remote[] = { 0x6969 /* NFS */, 0xff534d42 /* CIFS */, 0xfe534d42 /* SMB2 */, 0x517b /* SMB */ };
	struct statfs fs;
	if (statfs(dir, &fs) != 0)
		return false;
	for (size_t i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
		if ((unsigned long)fs.f_type == remote[i])
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
		ssize_t n = read(fd, text, sizeof(text) - 1);
		text[n > 0 ? n : 0] = '\0';
		*holder = strtol(text, NULL, 10);
		close(fd);
		return ERR_LOCKED;
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

int stores_open(struct loop *loop, const char *dir, const struct store_limits *limits, struct stores **out, long *holder)
{
	REQUIRE(*out == NULL);
	int fd = -1, rc = make_dir(dir);
	if (rc)
		return rc;
	if (is_remote(dir)) {
		log_error("store", NULL, "the data directory is on a network file system, where locks and maps cannot be trusted", "dir=«%s»", dir);
		return ERR_CONFIG;
	}
	rc = take_lock(dir, &fd, holder);
	if (rc)
		return rc;
	struct stores *s = xcalloc(1, sizeof(*s));
	s->loop = loop;
	s->dir = xstrdup(dir);
	s->lock_fd = fd;
	s->limits = limits ? *limits : (struct store_limits){ 0 };
	if (!s->limits.open)
		s->limits.open = DEFAULT_OPEN;
	if (!s->limits.map_size)
		s->limits.map_size = DEFAULT_MAP;
	if (!s->limits.map_max)
		s->limits.map_max = DEFAULT_MAP_MAX;
	if (!s->limits.idle_close_ms)
		s->limits.idle_close_ms = DEFAULT_IDLE_MS;
	s->by_path = map_new_str(NULL);
	list_init(&s->idle);
	list_init(&s->closing);
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
	while (!list_empty(&s->idle)) {
		struct store *one = list_entry(list_take_first(&s->idle), struct store, idle_link);
		mdb_env_close(one->env);
		one->env = NULL;
		free_if_unused(one);
	}
	BUG_UNLESS(map_count(s->by_path) == 0); /* a handle outlives the stores */
	map_free(&s->by_path);
	close(s->lock_fd);
	free(s->dir);
	free(s);
	*stores = NULL;
}

const char *stores_dir(const struct stores *stores)
{
	return stores->dir;
}
