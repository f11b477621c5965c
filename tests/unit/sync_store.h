#ifndef TESTS_UNIT_SYNC_STORE_H
#define TESTS_UNIT_SYNC_STORE_H

/* A store on a virtual loop, for tests of what the sync remembers. */

#include "core/data/store.h"
#include "tests/world/loop_virtual.h"

struct shelf {
	struct loop *loop;
	char dir[64];
	struct stores *stores;
	struct store *store;
};

int shelf_setup(void **state); /* *state: struct shelf */
int shelf_teardown(void **state);
/* Closes and opens it again: another process. */
void shelf_reopen(struct shelf *s);
/* One job to its end; what it returned. */
int shelf_do(struct shelf *s, bool write, int (*work)(struct store_txn *txn, void *arg), void *arg);

#endif
