#include "core/base/tz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#define DAY_SECONDS 86400

/* GLib looks for an instant by going through all that ever changed in the zone. What is asked about lies around now, as
 * a rule: the changes of those years are found once, when the zone is opened, and never again written to, so that any
 * thread may read them. */
#define NEAR_S     (INT64_C(3) * 366 * DAY_SECONDS)
#define NEAR_SPANS 24

struct span {
	int64_t end; /* the first instant behind it */
	int32_t offset;
};

struct tz {
	GTimeZone *zone;
	int64_t from; /* the spans follow each other from here on */
	unsigned span_count;
	struct span spans[NEAR_SPANS];
	char name[];
};

static gint interval_at(GTimeZone *zone, int64_t utc)
{
	return g_time_zone_find_interval(zone, G_TIME_TYPE_UNIVERSAL, utc);
}

/* The first instant of another interval, or end. Intervals are numbered in order of time. */
static int64_t end_of_interval(GTimeZone *zone, int64_t at, int64_t end)
{
	gint here = interval_at(zone, at);
	if (interval_at(zone, end) == here)
		return end;
	while (end - at > 1) {
		int64_t middle = at + (end - at) / 2;
		if (interval_at(zone, middle) == here)
			at = middle;
		else
			end = middle;
	}
	return end;
}

static void find_spans(struct tz *tz)
{
	int64_t now = (int64_t)g_get_real_time() / G_USEC_PER_SEC, at = now - NEAR_S;
	tz->from = at;
	while (at < now + NEAR_S && tz->span_count < NEAR_SPANS) {
		int64_t end = end_of_interval(tz->zone, at, now + NEAR_S);
		tz->spans[tz->span_count++] =
		        (struct span){end, g_time_zone_get_offset(tz->zone, interval_at(tz->zone, at))};
		at = end;
	}
}

int tz_open(const char *name, struct tz **out)
{
	REQUIRE(*out == NULL);
	GTimeZone *zone = name && name[0] ? g_time_zone_new_identifier(name) : NULL;
	if (!zone)
		return ERR_NOT_FOUND;
	struct tz *tz = xcalloc(1, sizeof(*tz) + strlen(name) + 1);
	tz->zone = zone;
	find_spans(tz);
	memcpy(tz->name, name, strlen(name) + 1);
	*out = tz;
	return 0;
}

void tz_close(struct tz **tz)
{
	if (!*tz)
		return;
	g_time_zone_unref((*tz)->zone);
	free(*tz);
	*tz = NULL;
}

const char *tz_name(const struct tz *tz)
{
	return tz->name;
}

static int32_t offset_at(const struct tz *tz, int64_t utc)
{
	for (unsigned i = 0; utc >= tz->from && i < tz->span_count; i++)
		if (utc < tz->spans[i].end)
			return tz->spans[i].offset;
	return g_time_zone_get_offset(tz->zone, interval_at(tz->zone, utc));
}

/* Found from the offsets in force around the local time, not from GLib's own reading of it, which takes the second of
 * two occurrences and an hour that does not exist without notice. */
int64_t tz_to_utc(const struct tz *tz, int32_t day, int minute_of_day, int second)
{
	int64_t local = (int64_t)day * DAY_SECONDS + (int64_t)minute_of_day * 60 + second;
	/* a day and more on either side: no zone moves twice within two days, and the offsets seen there are the candidates */
	int32_t before = offset_at(tz, local - 26 * 3600 - 3600), after = offset_at(tz, local + 26 * 3600 + 3600);
	int64_t first = local - before, second_try = local - after;
	bool first_ok = offset_at(tz, first) == before, second_ok = offset_at(tz, second_try) == after;
	if (first_ok && second_ok)
		return first < second_try ? first : second_try;
	if (first_ok || second_ok)
		return first_ok ? first : second_try;
	/* a gap: the first instant behind it is where the offset changes, between the two readings of the local time */
	int64_t low = local - (before > after ? before : after) - 1, high = local - (before > after ? after : before) + 1;
	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;
		if (offset_at(tz, middle) == before)
			low = middle;
		else
			high = middle;
	}
	return high;
}

struct tz_local tz_from_utc(const struct tz *tz, int64_t seconds)
{
	int32_t offset = offset_at(tz, seconds);
	int64_t local = seconds + offset;
	int64_t day = local / DAY_SECONDS, rest = local % DAY_SECONDS;
	if (rest < 0)
		rest += DAY_SECONDS, day--;
	return (struct tz_local){ (int32_t)day, (int)(rest / 60), (int)(rest % 60), offset };
}

/* Civil calendar from days: the era method (400 years are 146,097 days), March as the first month. */
int32_t day_of(int year, int month, int mday)
{
	int y = year - (month <= 2);
	int era = (y >= 0 ? y : y - 399) / 400;
	int yoe = y - era * 400;
	int doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + mday - 1;
	int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return (int32_t)(era * 146097 + doe - 719468);
}

void day_split(int32_t day, int *year, int *month, int *mday)
{
	int z = day + 719468;
	int era = (z >= 0 ? z : z - 146096) / 146097;
	int doe = z - era * 146097;
	int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int mp = (5 * doy + 2) / 153;
	*mday = doy - (153 * mp + 2) / 5 + 1;
	*month = mp + (mp < 10 ? 3 : -9);
	*year = yoe + era * 400 + (*month <= 2);
}

int day_weekday(int32_t day)
{
	int w = (day + 3) % 7; /* 1970-01-01 was a Thursday */
	return w < 0 ? w + 7 : w;
}

/* ---- reading ---- */

struct cursor { struct str s; size_t at; bool ok; };

static int digits(struct cursor *c, size_t count)
{
	int v = 0;
	for (size_t i = 0; i < count; i++, c->at++) {
		if (!c->ok || c->at >= c->s.n || c->s.p[c->at] < '0' || c->s.p[c->at] > '9') {
			c->ok = false;
			return 0;
		}
		v = v * 10 + (c->s.p[c->at] - '0');
	}
	return v;
}

static bool accept(struct cursor *c, const char *any_of)
{
	if (!c->ok || c->at >= c->s.n || !strchr(any_of, c->s.p[c->at]) || !c->s.p[c->at])
		return false;
	c->at++;
	return true;
}

static bool valid_date(int year, int month, int mday)
{
	static const int lengths[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	if (year < 1 || month < 1 || month > 12 || mday < 1 || mday > lengths[month - 1])
		return false;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return month != 2 || mday < 29 || leap;
}

static bool read_day(struct cursor *c, int32_t *out)
{
	int year, month, mday;
	bool iso = c->s.n - c->at >= 5 && c->s.p[c->at + 4] == '-';
	if (iso) {
		year = digits(c, 4);
		c->ok = accept(c, "-");
		month = digits(c, 2);
		c->ok = accept(c, "-");
		mday = digits(c, 2);
	} else {
		mday = digits(c, 2);
		c->ok = accept(c, "/-");
		month = digits(c, 2);
		c->ok = accept(c, "/-");
		year = digits(c, 4);
	}
	if (!c->ok || !valid_date(year, month, mday))
		return false;
	*out = day_of(year, month, mday);
	return true;
}

int day_parse(struct str s, int32_t *out)
{
	struct cursor c = { str_trim(s), 0, true };
	int32_t day;
	if (!read_day(&c, &day) || (c.at < c.s.n && !accept(&c, "T ")))
		return ERR_TYPE;
	*out = day;
	return 0;
}

static bool read_daytime(struct cursor *c, int *out)
{
	int h = digits(c, 2);
	c->ok = accept(c, ":");
	int m = digits(c, 2), s = 0;
	if (accept(c, ":"))
		s = digits(c, 2);
	if (!c->ok || h > 24 || m > 59 || s > 59 || (h == 24 && (m || s)))
		return false;
	*out = h * 3600 + m * 60 + s;
	return true;
}

int daytime_parse(struct str s, int *seconds_out)
{
	struct cursor c = { str_trim(s), 0, true };
	int v;
	if (!read_daytime(&c, &v) || c.at != c.s.n)
		return ERR_TYPE;
	*seconds_out = v;
	return 0;
}

int utc_parse(struct str s, int64_t *seconds_out)
{
	struct cursor c = { str_trim(s), 0, true };
	int32_t day;
	int time = 0, offset = 0;
	if (!read_day(&c, &day))
		return ERR_TYPE;
	if (accept(&c, "T ")) {
		if (!read_daytime(&c, &time))
			return ERR_TYPE;
		if (accept(&c, "."))
			while (accept(&c, "0123456789"))
				;
		if (c.at < c.s.n && (c.s.p[c.at] == '+' || c.s.p[c.at] == '-')) {
			int sign = c.s.p[c.at++] == '-' ? -1 : 1;
			int h = digits(&c, 2);
			(void)accept(&c, ":");
			int m = digits(&c, 2);
			if (!c.ok || h > 14 || m > 59)
				return ERR_TYPE;
			offset = sign * (h * 3600 + m * 60);
		} else {
			(void)accept(&c, "Zz");
		}
	}
	if (!c.ok || c.at != c.s.n)
		return ERR_TYPE;
	*seconds_out = (int64_t)day * DAY_SECONDS + time - offset;
	return 0;
}

/* ---- writing ---- */

const char *day_dashes(int32_t day, char out[DAY_TEXT])
{
	int y, m, d;
	day_split(day, &y, &m, &d);
	snprintf(out, DAY_TEXT, "%02d-%02d-%04d", d % 100, m % 100, y % 10000);
	return out;
}

const char *day_slashes(int32_t day, char out[DAY_TEXT])
{
	int y, m, d;
	day_split(day, &y, &m, &d);
	snprintf(out, DAY_TEXT, "%02d/%02d/%04d", d % 100, m % 100, y % 10000);
	return out;
}

const char *day_iso(int32_t day, char out[DAY_TEXT])
{
	int y, m, d;
	day_split(day, &y, &m, &d);
	snprintf(out, DAY_TEXT, "%04d-%02d-%02d", y % 10000, m % 100, d % 100);
	return out;
}

static void split_utc(int64_t seconds, int32_t *day, int *rest)
{
	int64_t d = seconds / DAY_SECONDS, r = seconds % DAY_SECONDS;
	if (r < 0)
		r += DAY_SECONDS, d--;
	*day = (int32_t)d;
	*rest = (int)r;
}

static const char *write_utc(int64_t seconds, const char *tail, char out[UTC_TEXT])
{
	int32_t day;
	int rest;
	char date[DAY_TEXT];
	split_utc(seconds, &day, &rest);
	snprintf(out, UTC_TEXT, "%.10sT%02d:%02d:%02d%s", day_iso(day, date), rest / 3600 % 24, rest / 60 % 60, rest % 60, tail);
	return out;
}

const char *utc_iso(int64_t seconds, char out[UTC_TEXT])
{
	return write_utc(seconds, "Z", out);
}

const char *utc_iso_ms(int64_t ms, char out[UTC_TEXT])
{
	int64_t seconds = ms / 1000;
	int rest = (int)(ms % 1000);
	if (rest < 0)
		rest += 1000, seconds--;
	char tail[8];
	snprintf(tail, sizeof(tail), ".%03dZ", rest % 1000);
	return write_utc(seconds, tail, out);
}

const char *local_iso(const struct tz *tz, int64_t seconds, char out[UTC_TEXT])
{
	int32_t offset = offset_at(tz, seconds);
	unsigned minutes = (unsigned)(offset < 0 ? -offset : offset) / 60;
	char tail[8];
	snprintf(tail, sizeof(tail), "%c%02u:%02u", offset < 0 ? '-' : '+', minutes / 60 % 100, minutes % 60);
	return write_utc(seconds + offset, tail, out);
}
