#ifndef CORE_APP_METRICS_PAGE_H
#define CORE_APP_METRICS_PAGE_H

/* All metrics of the daemon, as one page. Bounded: a fixed number of samples for each school and environment. */

#include "core/app/admin.h"
#include "core/app/tally.h"

struct metrics_page {
	struct rig *rig;
	const struct tally *all;
	/* as admin_options.schools */
	bool (*schools)(void *arg, void (*see)(void *to, const char *id, struct tenant *t, const char *mistakes),
	                void *to);
	void *arg;
};

void metrics_page_write(struct buf *out, const struct metrics_page *page);

#endif
