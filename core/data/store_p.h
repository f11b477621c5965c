#ifndef CORE_DATA_STORE_P_H
#define CORE_DATA_STORE_P_H

/* What store.c and store_txn.c share: the only two files that know LMDB. */

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

#endif
