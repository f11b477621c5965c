#ifndef CORE_BASE_TZ_H
#define CORE_BASE_TZ_H

/*
 * Dates and the school's time zone, from the system's tzdata through GLib.
 *
 *   day      int32_t, days since 1970-01-01 in the civil calendar, without a zone
 *   seconds  int64_t, UTC seconds since 1970-01-01T00:00:00Z
 *
 * A local time that does not exist (spring) is the first instant after the gap; one that exists twice
 * (autumn) is its first occurrence. GLib alone would choose otherwise, without notice.
 */

#include <stdint.h>

#include "core/base/str.h"

struct tz;

/* IANA name; ERR_NOT_FOUND for a name the system does not know. Free with tz_close. */
int tz_open(const char *name, struct tz **out) MUST_USE;
void tz_close(struct tz **tz);
const char *tz_name(const struct tz *tz);

/* minute_of_day 0..1440 (1440 is midnight at the day's end), second 0..59. */
int64_t tz_to_utc(const struct tz *tz, int32_t day, int minute_of_day, int second);
struct tz_local { int32_t day; int minute_of_day; int second; int offset_s; };
struct tz_local tz_from_utc(const struct tz *tz, int64_t seconds);

int32_t day_of(int year, int month, int mday); /* requires a valid date */
void day_split(int32_t day, int *year, int *month, int *mday);
/* 0 = Monday … 6 = Sunday */
int day_weekday(int32_t day);
/* Accepts dd/MM/yyyy, dd-MM-yyyy and yyyy-MM-dd (a time behind it is ignored): Yparéo mixes them. ERR_TYPE. */
int day_parse(struct str s, int32_t *out) MUST_USE;
/* "HH:mm:ss" or "HH:mm" to seconds of the day; ERR_TYPE. */
int daytime_parse(struct str s, int *seconds_out) MUST_USE;
/* ISO 8601 date and time, with Z, an offset, or naive (read as UTC), with or without fraction; ERR_TYPE. */
int utc_parse(struct str s, int64_t *seconds_out) MUST_USE;

#define DAY_TEXT 16
#define UTC_TEXT 32
const char *day_dashes(int32_t day, char out[DAY_TEXT]);  /* dd-MM-yyyy: Yparéo's paths */
const char *day_slashes(int32_t day, char out[DAY_TEXT]); /* dd/MM/yyyy: Yparéo's bodies */
const char *day_iso(int32_t day, char out[DAY_TEXT]);     /* yyyy-MM-dd */
const char *utc_iso(int64_t seconds, char out[UTC_TEXT]); /* 2026-11-23T11:00:04Z */
const char *utc_iso_ms(int64_t ms, char out[UTC_TEXT]);   /* 2026-11-23T11:00:04.000Z */
const char *local_iso(const struct tz *tz, int64_t seconds, char out[UTC_TEXT]); /* 2026-11-23T12:00:04+01:00 */

#endif
