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

/* Writes the next part, *at begins with 0. False: that was the last. A part a turn: all of it for thousands of
 * schools would keep everything else waiting. */
bool metrics_page_next(struct buf *out, const struct metrics_page *page, unsigned *at);

#endif
