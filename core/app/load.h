#ifndef CORE_APP_LOAD_H
#define CORE_APP_LOAD_H

/* How many requests a school sent each of its accounts, minute by minute over the last hour: what the page draws. Looked at while a run is
 * under way, so at rest it costs nothing. */

#include "core/app/wiring.h"

#define LOAD_MINUTES 60
#define LOAD_LOOK_MS 2000

struct load_lane {
	uint64_t counted; /* by the lane, when it was last looked at */
	uint16_t minutes[LOAD_MINUTES]; /* a ring: of minute m at m % LOAD_MINUTES */
};

struct load {
	struct load_lane *lanes; /* Yparéo's, then one for each environment; NULL: nothing was sent yet */
	unsigned count;
	int64_t minute; /* the latest one of the ring, since the epoch */
};

/* Zeroed is empty. */
void load_deinit(struct load *l);
/* What the lanes of the wiring have sent since the last look was sent now. */
void load_look(struct load *l, const struct wiring *w, int64_t now_s);
/* The wiring is another one: its lanes count from 0 again. The past stays, unless the school has more or fewer environments now. */
void load_moved(struct load *l);
/* Of lane 0 (Yparéo), or of environment lane - 1: oldest first, the last one is the minute of now. */
void load_minutes(const struct load *l, unsigned lane, int64_t now_s, unsigned out[LOAD_MINUTES]);

#endif
