#ifndef CORE_APP_KNOWN_H
#define CORE_APP_KNOWN_H

/* What each environment's store of one school held when it was last read. */

#include "core/app/recent.h"
#include "tenants/tenant_conf.h"

struct known {
	struct arena *arena; /* NULL: not read yet */
	struct recent recent;
};

/* One for each environment of fresh; those that old has too keep what is known of them. old NULL: there was none. */
void known_fit(struct known **all, unsigned *count, const struct tenant_conf *old, const struct tenant_conf *fresh);
/* What was just read becomes what is known of environment i; nothing when nothing was. */
void known_take(struct known *all, unsigned i, struct known *reading);
void known_free(struct known *all, unsigned count);

#endif
