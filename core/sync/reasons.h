#ifndef CORE_SYNC_REASONS_H
#define CORE_SYNC_REASONS_H

/* Which reason of Yparéo stands for a reason of Edusign: the school's map first, by id or by name; else the one of Yparéo that
 * bears the same name, where there is just one, it is justified and still used. */

#include "core/sync/settings.h"

enum reasons_how {
	REASONS_MAPPED,
	REASONS_BY_NAME,
	REASONS_NONE,    /* not mapped, and none of that name */
	REASONS_UNKNOWN, /* mapped onto a code that Yparéo does not list */
};

/* theirs: Yparéo's, struct reason; read false: its list may not be read, and every code is believed. name may be empty.
 * The code, 0 for none; *how is always set. */
int64_t reasons_match(const struct settings *s, struct arena *arena, int64_t id, struct str name,
                      const struct items *theirs, bool read, enum reasons_how *how);
/* Of a code; NULL: not listed. */
const struct reason *reasons_find(const struct items *theirs, int64_t code);

#endif
