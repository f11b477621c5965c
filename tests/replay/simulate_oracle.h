#ifndef TESTS_REPLAY_SIMULATE_ORACLE_H
#define TESTS_REPLAY_SIMULATE_ORACLE_H

/*
 * What both databases must say after a day, worked out from the databases themselves: nothing of core/sync or of the
 * adapters is used here, so that an error of theirs cannot excuse itself.
 *
 * The first discrepancy is kept in oracle.failure, one line; later ones are not looked for.
 */

#include "tests/world/edusign.h"
#include "tests/world/sim.h"
#include "tests/world/ypareo.h"

struct tz;

#define ORACLE_ACCOUNTS 3

/* An Edusign school and the Yparéo site that it serves. */
struct oracle_account {
	char school[24];
	int64_t site; /* 0: every site */
};

/* Somebody in the office touched what Yparéo held of this learner on these days: their word is the last one, and what
 * the sheets say of it is not compared. */
struct oracle_touch {
	int64_t learner;
	int32_t first, last;
};

struct oracle {
	struct sim *sim;
	struct ypareo *y;
	struct edusign *e;
	const struct tz *zone;
	struct oracle_account accounts[ORACLE_ACCOUNTS];
	unsigned account_count;
	int days_ahead, days_back;
	int64_t reason_unjustified, reason_justified, reason_late;
	/* its own */
	struct arena *arena;
	struct oracle_touch *touches;
	size_t touch_count, touch_cap;
	struct ypareo_absence *kept; /* what humans wrote last, before a run */
	size_t kept_count, kept_cap;
	bool *gone; /* courses that were deleted before a run */
	size_t gone_count, gone_cap;
	/* how much was really compared: an oracle that looked at nothing proves nothing */
	unsigned long sheets, rows, missed, quiet;
	char failure[400];
};

/* Before the first run; everything up to days_back and the reasons is filled. */
void oracle_init(struct oracle *o);
void oracle_deinit(struct oracle *o);

/* Around what people do in Yparéo: before, then after. */
void oracle_people_begin(struct oracle *o);
void oracle_people_end(struct oracle *o);

/* Around every run, also one that failed or crashed: absences that a human wrote last are as they were, and no sheet
 * of a session that is still planned was removed. False: o->failure. */
void oracle_run_begin(struct oracle *o);
bool oracle_run_end(struct oracle *o);

/* After a good run of each flow, at now (UTC seconds): everything else. False: o->failure. */
bool oracle_check(struct oracle *o, int64_t now);

#endif
