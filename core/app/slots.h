#ifndef CORE_APP_SLOTS_H
#define CORE_APP_SLOTS_H

/* What a school's schedule remembers, in the store of its first environment: the last slot of each flow that was
 * done. */

#include "core/data/store.h"
#include "core/sync/report.h"
#include "tenants/schedule.h"
#include "tenants/tenant_conf.h"

/* In a transaction of that store. */
void slots_put(struct store_txn *txn, const struct tenant_conf *c, const struct schedule_flow flows[FLOW_KIND_COUNT]);
/* A new school has missed nothing, and neither has one whose times were changed: such slots are written anew. */
void slots_load(struct store_txn *txn, const struct tenant_conf *c, int64_t now_s, struct schedule_flow flows[FLOW_KIND_COUNT]);

#endif
