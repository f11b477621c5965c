#ifndef CORE_SYNC_GUARD_H
#define CORE_SYNC_GUARD_H

/*
 * What a school's people would not have done in one night is held: not done, reported, left for an answer. Counted
 * over 24 hours, per environment: sheets removed (or emptied or halved), learners' names or addresses changed, starts
 * changed; and all that a change of the school's file alters. Only the part that is held waits, with the additions
 * that would stand beside a sheet whose removal is held: the session of a group was moved, perhaps, not cancelled.
 * Everything else goes ahead.
 */

#include "core/sync/compare.h"

/* Marks what is held among c->items, and gives each the answer it got, and its id where somebody answered or shall.
 * What is beyond which bound, in one sentence; "": nothing is, though something may be held already. */
const char *guard_down(struct comparison *c, const struct held *held);
/* Holds everything. */
void guard_all(struct comparison *c, const struct held *held);
/* Is n of known more than people do in a day, by the school's delete_count and delete_percent? */
bool guard_is_beyond(const struct settings *s, size_t n, size_t known);
/* Hash of what the item would do. */
int64_t guard_item_id(const struct item *it);

#endif
