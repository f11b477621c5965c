#ifndef CORE_SYNC_STATE_P_H
#define CORE_SYNC_STATE_P_H

/* How the store's records are made: for state.c and history.c alone. */

#include "core/sync/state.h"

/* Puts the value and frees it; what went wrong in making it is the transaction's. */
void state_put(struct store_txn *txn, const struct store_key *key, struct buf *b);
void state_value_begin(struct buf *b);
struct store_key state_key_of_int(enum state_table table, int64_t v);
void state_unpack_issue(struct unpack *u, struct arena *a, struct issue *i);

#endif
