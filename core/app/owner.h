#ifndef CORE_APP_OWNER_H
#define CORE_APP_OWNER_H

/* Commands work on the stores with the uid of the data's owner, so that the daemon can read what they wrote. */

#include "core/base/buf.h"

/* root becomes the owner of data, for good; anybody else must be the owner. A folder that is not there yet belongs to
 * whoever makes it. 0, or -EPERM with a line that says what to type. */
int owner_become(const char *data, struct buf *why) MUST_USE;

/* From here on this process leaves no core, which would hold tokens, and others of its user cannot look into it.
 * Behind owner_become(): a change of the uid sets it anew. 0 or -errno. */
int owner_no_core(void) MUST_USE;

#endif
