#ifndef CORE_APP_RETENTION_H
#define CORE_APP_RETENTION_H

/*
 * What is older than a school's "retention" says goes: once a local day, between three and five in the night, else behind the day's first run; for schools
 * that are paused too.
 */

#include "core/app/wiring.h"

struct retention {
	int32_t day; /* local, on which it was last done; 0: not since the start */
};

/* Is it night, and not done yet? */
bool retention_due(const struct retention *r, const struct tz *zone, int64_t now_s);
/* In a write transaction of one environment's store, unless it was done today. Some ten thousand records at most; the rest goes the next day. */
void retention_work(const struct retention *r, struct store_txn *txn, const struct settings *settings, const char *environment, int64_t now_s);
/* All environments were gone through. */
void retention_done(struct retention *r, const struct tz *zone, int64_t now_s);

/* For commands: all environments of a school, waited for. A store that cannot be written is told in the log, and no reason to fail. */
void retention_now(const struct wiring *wiring);

#endif
