#ifndef CORE_DATA_STORE_P_H
#define CORE_DATA_STORE_P_H

/* What store.c, store_file.c, store_txn.c and store_check.c share: the only files that know LMDB. */

#include <lmdb.h>
#include <pthread.h>
#include <sys/types.h>

#include "core/base/map.h"
#include "core/data/store.h"

struct stores {
	struct loop *loop;
	char *dir;
	struct store_limits limits;
	int lock_fd;
	struct map *by_path; /* "tenant/key" -> struct store */
	struct list idle;    /* open environments without a job, longest idle first */
	struct list waiting; /* stores with a job, without an environment, for which there was no room */
	unsigned open;       /* environments, those included that a job is opening */
	unsigned busy;       /* jobs handed to the pool */
	struct loop_timer sweep;
	pthread_mutex_t lock; /* of opened: jobs of several stores open at the same time */
	struct list opened;   /* struct store, every one with an environment */
};

/* One environment, open or not. Everything but the last part is the loop's. */
struct store {
	struct stores *all;
	char *path; /* "tenant/key" */
	char *tenant, *key;
	unsigned refs;
	struct list queue; /* struct store_job */
	struct store_job *running;
	struct list idle_link, waiting_link;
	int64_t idle_since;
	/* the running job's, on the pool; the loop's while there is none */
	MDB_env *env;
	MDB_dbi dbi;
	struct list opened_link;
	dev_t device;
	ino_t inode;
};

struct store_txn {
	MDB_txn *txn;
	MDB_dbi dbi;
	bool write;
	int error; /* sticky */
	int mdb;   /* what LMDB said, for the detail */
};

/* On the pool, for the job that has the store: opens it, closes it (nothing happens when it is closed), and says in job->detail where, what, and what to
 * do about it (which job->detail may know already). */
int store__open(struct store *s, struct store_job *job) MUST_USE;
void store__close(struct store *s);
void store__explain(const struct store *s, struct store_job *job, const char *doing, int rc, int mdb);
int store__make_dirs(const struct store *s) MUST_USE;
/* On the loop: a job that works on the file instead of in it. path is borrowed until it has ended. */
void store__submit_file(struct store *store, struct store_job *job, int (*file)(struct store *s, struct store_job *job), const char *path);

/* LMDB's code as ours. */
int store__code(int mdb);

/* Is the data file sound, so that LMDB may map it? On the pool; nobody writes to it meanwhile. 0, also for what LMDB itself refuses;
 * ERR_STORE_CORRUPT with a line in why; or -errno. */
int store__check(int fd, uint64_t map_max, char *why, size_t why_size) MUST_USE;

#endif
