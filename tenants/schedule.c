#include "tenants/schedule.h"

#include <stdio.h>
#include <string.h>

#define DAY 86400
#define DAYS_LOOKED_AT 3 /* a day's times lie within a day of it in any zone; two more for the neighbours */

int64_t schedule_next(const struct tz *zone, const struct ints *times, int64_t after)
{
	int64_t best = INT64_MAX;
	int32_t today = tz_from_utc(zone, after).day;
	for (int32_t day = today - 1; day <= today + DAYS_LOOKED_AT && best == INT64_MAX; day++) {
		for (size_t i = 0; i < times->n; i++) {
			int64_t at = tz_to_utc(zone, day, (int)times->v[i], 0);
			if (at > after && at < best)
				best = at;
		}
	}
	return best;
}

int64_t schedule_latest(const struct tz *zone, const struct ints *times, int64_t at)
{
	int64_t best = INT64_MIN;
	int32_t today = tz_from_utc(zone, at).day;
	for (int32_t day = today + 1; day >= today - DAYS_LOOKED_AT && best == INT64_MIN; day--) {
		for (size_t i = 0; i < times->n; i++) {
			int64_t slot = tz_to_utc(zone, day, (int)times->v[i], 0);
			if (slot <= at && slot > best)
				best = slot;
		}
	}
	return best;
}

uint32_t schedule_spread(const char *tenant, unsigned spread_minutes)
{
	if (!spread_minutes)
		return 0;
	/* SHA-256 and not the tables' hash: this one is promised to stay */
	struct digest d;
	uint8_t hash[32];
	digest_init(&d);
	digest_add(&d, str_of(tenant));
	digest_end(&d, hash);
	uint32_t v = (uint32_t)hash[0] << 24 | (uint32_t)hash[1] << 16 | (uint32_t)hash[2] << 8 | hash[3];
	return v % (spread_minutes * 60);
}

int64_t schedule_maintenance_end(int64_t at)
{
	int64_t local = at + 3600; /* UTC+1, all year */
	int64_t day = local / DAY, second = local % DAY;
	if (day_weekday((int32_t)day) != 5 || second < 16 * 3600 || second >= 22 * 3600)
		return 0;
	return day * DAY + 22 * 3600 - 3600;
}

/* Seconds after a failed run before it is tried again. */
static int64_t retry_delay(unsigned failures)
{
	static const int64_t first[] = { 5 * 60, 15 * 60, 45 * 60 };
	return failures <= 3 ? first[failures - 1] : 3600;
}

static int64_t postponed(int64_t at)
{
	int64_t end = schedule_maintenance_end(at);
	return end ? end : at;
}

int64_t schedule_due(const struct tz *zone, const struct ints *times, uint32_t spread, const struct schedule_flow *flow, int64_t now, int64_t *slot_out)
{
	if (times->n == 0)
		return INT64_MAX;
	int64_t next = schedule_next(zone, times, now - spread);
	*slot_out = next;
	if (flow->slot == INT64_MIN)
		return postponed(next + spread);
	int64_t latest = schedule_latest(zone, times, now - spread);
	if (latest > flow->slot) {
		/* missed, or due right now: once, for the latest */
		*slot_out = latest;
		return postponed(latest + spread > now ? latest + spread : now);
	}
	next = schedule_next(zone, times, flow->slot);
	*slot_out = next;
	if (!flow->failures || !flow->ended)
		return postponed(next + spread);
	int64_t again = postponed(flow->ended + retry_delay(flow->failures));
	if (again >= next + spread)
		return postponed(next + spread);
	*slot_out = flow->slot;
	return again > now ? again : now;
}

void schedule_text(const struct tz *zone, const struct ints *times, char out[128])
{
	int n = snprintf(out, 128, "%.60s", tz_name(zone));
	for (size_t i = 0; i < times->n && n < 120; i++)
		n += snprintf(out + n, (size_t)(128 - n), " %d", (int)times->v[i]);
}
