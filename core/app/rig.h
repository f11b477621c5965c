#ifndef CORE_APP_RIG_H
#define CORE_APP_RIG_H

/* What everything else of the process runs on: the loop, the stores, the way out to the vendors. */

#include "core/app/conf.h"
#include "core/flow/flow.h"

struct rig {
	const struct conf *conf;
	struct loop *loop;
	struct stores *stores; /* NULL: opened without */
	struct fetch_hub *hub;
	struct flow_env flow;
	bool signals; /* they are watched */
};

/* with_stores: takes the lock of the data directory. 0, or a code with a line that says what is in the way. conf is
 * borrowed. */
int rig_open(const struct conf *conf, bool with_stores, struct rig **out, struct buf *why) MUST_USE;
void rig_close(struct rig **rig);

/* One store job, waited for: for commands, which have nothing else to do. An environment that has no store yet is
 * ERR_NOT_FOUND for reading, and is made for writing. */
int rig_work(struct rig *rig, const char *tenant, const char *key, bool write,
             int (*work)(struct store_txn *txn, void *arg), void *arg) MUST_USE;

#endif
