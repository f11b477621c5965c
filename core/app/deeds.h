#ifndef CORE_APP_DEEDS_H
#define CORE_APP_DEEDS_H

/* What somebody did with a school is written into its history, beside whatever else is under way. */

#include "core/app/rig.h"
#include "core/sync/state.h"

/* In the store of this environment, a school's first; all texts are copied. done() comes once, on the loop, whether it could be written or
 * not: what was done was done, and the log has the store's error. */
void deeds_write(struct rig *rig, const char *tenant, const char *key, const struct deed *deed, void (*done)(void *arg), void *arg);

#endif
