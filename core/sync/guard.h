#ifndef CORE_SYNC_GUARD_H
#define CORE_SYNC_GUARD_H

/* What a school's people would not have done in one night is held: not done, reported, left for an answer. Counted over 24 hours, per
 * environment. Only the part that is held waits; everything else goes ahead. */

#include "core/sync/compare.h"

/* Marks what is held among c->items. True: something is. */
bool guard_down(struct comparison *c);
/* The id of a plan is the hash of its content: the same plan has the same id, whoever makes it, whenever. Over the held changes only.
 * 16 hex digits in the arena. */
struct str guard_plan_id(struct comparison *c);

#endif
