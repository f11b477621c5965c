#ifndef CORE_IO_LOOP_P_H
#define CORE_IO_LOOP_P_H

/* The loop's own parts, shared by loop.c and loop_uv.c. */

#include "core/base/metrics.h"
#include "core/io/loop.h"

#define LOOP_LAG_BUCKETS 16
extern const int64_t loop_lag_bound[LOOP_LAG_BUCKETS];

struct loop {
	struct loop_backend *backend;
	struct loop_timer **heap;
	size_t heap_count, heap_cap;
	uint64_t order;
	struct list tasks;
	bool turning;
	int64_t due_ms;         /* what the backend is armed for */
	unsigned jobs;
	uint64_t lag_turns, lag[LOOP_LAG_BUCKETS];
	int64_t lag_max;
	struct metrics_histogram busy;
};

#endif
