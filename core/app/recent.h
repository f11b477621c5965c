#ifndef CORE_APP_RECENT_H
#define CORE_APP_RECENT_H

/*
 * What people ask about most, of one environment: its last runs, its open issues, its size. Read from the store; the
 * daemon keeps it in memory and reads it again behind each run, so that who asks at the busiest hour waits for no
 * disk.
 */

#include "core/sync/held.h"
#include "core/sync/state.h"

#define RECENT_RUNS   20
#define RECENT_ISSUES 100
#define RECENT_CHANGES 100

struct recent {
	struct items runs;   /* struct run_summary, latest first, at most RECENT_RUNS */
	struct items issues; /* struct issue, at most RECENT_ISSUES */
	struct ints untils;  /* until of every issue */
	struct items plans;  /* struct held_plan, those that wait first; each with at most RECENT_CHANGES */
	const struct run_summary *last[FLOW_KIND_COUNT],
	        *good[FLOW_KIND_COUNT]; /* NULL none; good: nothing failed, nothing held */
	unsigned sheets_ahead; /* that are ours and had not ended when this was read */
	struct store_stat store;
};

/* On the pool. Everything is copied into arena. 0 or a code; out is written only on success. */
int recent_read(struct store_txn *txn, struct arena *arena, int64_t now_s, struct recent *out) MUST_USE;

/* An issue closes itself at the latest when its time has come. */
bool recent_is_open(const struct issue *i, int64_t now_s);
unsigned recent_open_issues(const struct recent *r, int64_t now_s);
/* The plan that waits for an answer; NULL: none. */
const struct held_plan *recent_held(const struct recent *r, enum flow_kind flow);

#endif
