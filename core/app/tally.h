#ifndef CORE_APP_TALLY_H
#define CORE_APP_TALLY_H

/* What runs came to since the daemon started: of one school, or of all. Plans are no runs. */

#include "core/base/metrics.h"
#include "core/sync/report.h"

struct tally {
	struct tally_flow {
		uint64_t runs[RESULT_FAILED + 1];
		uint64_t records[COUNT_KIND_COUNT][ACTION_COUNT];
		struct metrics_histogram seconds;
	} flows[FLOW_KIND_COUNT];
};

void tally_init(struct tally *t);
void tally_run(struct tally *t, const struct report *r);

#endif
