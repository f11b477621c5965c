#ifndef CORE_DATA_STORE_P_H
#define CORE_DATA_STORE_P_H

/* What store.c, store_txn.c and store_check.c share: the only files that know LMDB. */

#include <lmdb.h>

#include "core/data/store.h"

struct store_txn {
	MDB_txn *txn;
	MDB_dbi dbi;
	bool write;
	int error; /* sticky */
	int mdb;   /* what LMDB said, for the detail */
};

/* LMDB's code as ours. */
int store__code(int mdb);

/* Is the data file sound, so that LMDB may map it? On the pool; nobody writes to it meanwhile. 0, also for what LMDB itself refuses;
 * ERR_STORE_CORRUPT with a line in why; or -errno. */
int store__check(int fd, uint64_t map_max, char *why, size_t why_size) MUST_USE;

#endif
