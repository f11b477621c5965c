#include "core/app/load.h"

#include <stdlib.h>
#include <string.h>

void load_deinit(struct load *l)
{
	free(l->lanes);
	*l = (struct load){.lanes = NULL};
}

static void move_on(struct load *l, int64_t minute)
{
	/* a clock that went back leaves the ring as it is */
	for (int64_t m = l->minute + 1; m <= minute && m <= l->minute + LOAD_MINUTES; m++)
		for (unsigned i = 0; i < l->count; i++)
			l->lanes[i].minutes[(uint64_t)m % LOAD_MINUTES] = 0;
	if (minute > l->minute)
		l->minute = minute;
}

static void note(struct load *l, unsigned at, const struct fetch_lane *lane)
{
	struct load_lane *mine = &l->lanes[at];
	uint64_t all = fetch_lane_count(lane), more = all - mine->counted;
	uint16_t *minute = &mine->minutes[(uint64_t)l->minute % LOAD_MINUTES];
	mine->counted = all;
	*minute = (uint16_t)(*minute + more > UINT16_MAX ? UINT16_MAX : *minute + more);
}

void load_look(struct load *l, const struct wiring *w, int64_t now_s)
{
	unsigned count = 1 + w->conf->settings.environment_count;
	if (l->count != count) {
		load_deinit(l);
		l->lanes = xcalloc(count, sizeof(*l->lanes));
		l->count = count;
		l->minute = now_s / 60;
	}
	move_on(l, now_s / 60);
	note(l, 0, w->ypareo);
	for (unsigned i = 1; i < count; i++)
		note(l, i, w->edusign[i - 1]);
}

void load_moved(struct load *l)
{
	for (unsigned i = 0; i < l->count; i++)
		l->lanes[i].counted = 0;
}

void load_minutes(const struct load *l, unsigned lane, int64_t now_s, unsigned out[LOAD_MINUTES])
{
	memset(out, 0, LOAD_MINUTES * sizeof(out[0]));
	for (int64_t i = 0; lane < l->count && i < LOAD_MINUTES; i++) {
		int64_t m = now_s / 60 - LOAD_MINUTES + 1 + i;
		if (m <= l->minute && m > l->minute - LOAD_MINUTES)
			out[i] = l->lanes[lane].minutes[(uint64_t)m % LOAD_MINUTES];
	}
}
