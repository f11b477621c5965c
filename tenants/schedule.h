#ifndef TENANTS_SCHEDULE_H
#define TENANTS_SCHEDULE_H

/*
 * When a school's flows are due: wall-clock times of its zone. Pure: no timer, no store.
 *
 *   slot    one due time, as UTC seconds, before the spread
 *   spread  seconds by which a school's starts are shifted, so that not all begin together: a stable hash of its id
 *
 * A time that does not exist (spring) is the first instant after the gap; one that exists twice (autumn) is its first occurrence. Two times that fall
 * together are one slot.
 */

#include <stdint.h>

#include "core/base/tz.h"
#include "core/data/record.h"
#include "core/sync/report.h"

/* The first slot after `after`, the last one not after `at`. times: minutes of the day. INT64_MAX and INT64_MIN where there are no times. */
int64_t schedule_next(const struct tz *zone, const struct ints *times, int64_t after);
int64_t schedule_latest(const struct tz *zone, const struct ints *times, int64_t at);

/* 0 to spread_minutes * 60 - 1. */
uint32_t schedule_spread(const char *tenant, unsigned spread_minutes);

/* Edusign's announced maintenance (vendor fact: Saturdays 16:00 to 22:00, UTC+1): the end of the one that at falls into; 0: none. */
int64_t schedule_maintenance_end(int64_t at);

/* What is remembered of one flow of one school, and what comes next. */
struct schedule_flow {
	int64_t slot;       /* the last one that was begun; INT64_MIN: none yet */
	unsigned failures;  /* in a row, since that slot */
	int64_t ended;      /* when the last run of it ended; 0: it did not, or is under way */
};
/*
 * When the flow is to start next, spread included, and for which slot. now: UTC seconds.
 *   a new school (slot INT64_MIN) has no missed slot: the next one;
 *   a slot that passed while nobody was there is run once, at once, the latest only;
 *   a failed run is tried again 5, 15 and 45 minutes after it ended, then hourly, until the next slot takes over;
 *   maintenance postpones to its end.
 * INT64_MAX: never.
 */
int64_t schedule_due(const struct tz *zone, const struct ints *times, uint32_t spread, const struct schedule_flow *flow, int64_t now, int64_t *slot_out);

/* A text that changes when the times do: a changed schedule has no missed slot. */
void schedule_text(const struct tz *zone, const struct ints *times, char out[128]);

#endif
