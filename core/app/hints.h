#ifndef CORE_APP_HINTS_H
#define CORE_APP_HINTS_H

/*
 * What a vendor's webhooks said of a school, gathered until it is worth a run: a sheet is signed by thirty people within a minute
 * and locked a little later. A hint is never evidence; it only brings forward what the evening's run would do.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/data/schema.h"

#define HINTS_QUIET_MS  20000   /* so long after the last one */
#define HINTS_MOST_MS   120000  /* and at most so long after the first */
#define HINTS_ALL_MS    900000  /* a hint that names no sheet means all of them: not more often than this */
#define HINTS_SHEETS    300     /* beyond: all of them */

/* Zeroed is empty. */
struct hints {
	struct arena *arena;
	struct texts ids;
	struct map *known;
	bool all;
	int64_t first_ms, last_ms; /* monotonic */
	int64_t all_ms;            /* when all sheets were looked at last; 0: never */
};

void hints_add(struct hints *h, struct str sheet, int64_t now_ms); /* empty: some sheet */
/* When they are due (monotonic ms); INT64_MAX: there are none. */
int64_t hints_due(const struct hints *h);
/* Hands them over: NULL all sheets, else ids that are valid until hints_clear(). New ones gather beside. */
struct hints hints_take(struct hints *h, int64_t now_ms);
const struct texts *hints_sheets(const struct hints *taken);
void hints_clear(struct hints *h);

#endif
