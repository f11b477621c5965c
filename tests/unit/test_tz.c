#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/base/tz.h"

static int64_t at(const char *utc)
{
	int64_t v;
	assert_int_equal(utc_parse(str_of(utc), &v), 0);
	return v;
}

static void local_times_of_many_zones(void **state)
{
	static const struct { const char *zone; int y, m, d, minute; const char *utc; } cases[] = {
		{ "Europe/Paris", 2026, 11, 24, 720, "2026-11-24T11:00:00Z" },
		{ "Europe/Paris", 2026, 7, 1, 720, "2026-07-01T10:00:00Z" },
		{ "Europe/Paris", 2026, 10, 25, 720, "2026-10-25T11:00:00Z" },
		{ "Europe/Paris", 2027, 3, 28, 720, "2027-03-28T10:00:00Z" },
		{ "Europe/Paris", 2026, 10, 25, 150, "2026-10-25T00:30:00Z" }, /* twice: the first */
		{ "Europe/Paris", 2027, 3, 28, 150, "2027-03-28T01:00:00Z" },  /* never: right behind the gap */
		{ "Europe/Paris", 2027, 3, 28, 119, "2027-03-28T00:59:00Z" },
		{ "Europe/Paris", 2027, 3, 28, 180, "2027-03-28T01:00:00Z" },
		{ "Europe/Paris", 2026, 11, 24, 1440, "2026-11-24T23:00:00Z" },
		{ "Indian/Reunion", 2026, 11, 24, 1320, "2026-11-24T18:00:00Z" },
		{ "America/Guadeloupe", 2026, 11, 24, 1320, "2026-11-25T02:00:00Z" },
		{ "Pacific/Noumea", 2026, 11, 24, 1320, "2026-11-24T11:00:00Z" },
		{ "America/New_York", 2026, 11, 1, 90, "2026-11-01T05:30:00Z" }, /* twice: the first */
		{ "America/New_York", 2026, 3, 8, 150, "2026-03-08T07:00:00Z" }, /* never */
		{ "Australia/Lord_Howe", 2026, 10, 4, 135, "2026-10-03T15:30:00Z" }, /* a gap of half an hour */
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tz *tz = NULL;
		char text[UTC_TEXT];
		assert_int_equal(tz_open(cases[i].zone, &tz), 0);
		assert_string_equal(utc_iso(tz_to_utc(tz, day_of(cases[i].y, cases[i].m, cases[i].d), cases[i].minute, 0), text), cases[i].utc);
		tz_close(&tz);
	}
}

static void there_and_back(void **state)
{
	struct tz *tz = NULL;
	(void)state;
	assert_int_equal(tz_open("Europe/Paris", &tz), 0);
	/* every 17 minutes over three years, but for the hour that comes twice */
	for (int64_t t = at("2026-01-01T00:00:00Z"); t < at("2029-01-01T00:00:00Z"); t += 17 * 60) {
		struct tz_local l = tz_from_utc(tz, t);
		int64_t back = tz_to_utc(tz, l.day, l.minute_of_day, l.second);
		assert_true(back == t || back == t - 3600);
	}
	tz_close(&tz);
}

static void an_unknown_zone_is_refused(void **state)
{
	struct tz *tz = NULL;
	(void)state;
	assert_int_equal(tz_open("Europe/Pariss", &tz), ERR_NOT_FOUND);
	assert_int_equal(tz_open("", &tz), ERR_NOT_FOUND);
	assert_null(tz);
}

static void days_over_two_centuries(void **state)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int32_t day = day_of(1900, 1, 1);
	(void)state;
	assert_int_equal(day_of(1970, 1, 1), 0);
	assert_int_equal(day, -25567);
	assert_int_equal(day_weekday(day), 0); /* a Monday */
	for (int y = 1900; y <= 2100; y++) {
		bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
		for (int m = 1; m <= 12; m++) {
			for (int d = 1; d <= lengths[m - 1] + (m == 2 && leap); d++, day++) {
				int yy, mm, dd;
				assert_int_equal(day_of(y, m, d), day);
				day_split(day, &yy, &mm, &dd);
				assert_true(yy == y && mm == m && dd == d);
			}
		}
	}
}

static void dates_as_the_vendors_write_them(void **state)
{
	static const char *const same[] = { "24/11/2026", "24-11-2026", "2026-11-24", "2026-11-24T09:00:00Z", " 24/11/2026 " };
	static const char *const wrong[] = { "", "24/11/26", "31/02/2026", "29/02/2027", "32/01/2026", "11/2026", "2026/11/24", "24.11.2026", "24/11/2026x" };
	int32_t day = -1;
	char text[DAY_TEXT];
	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_int_equal(day_parse(str_of(same[i]), &day), 0);
		assert_int_equal(day, day_of(2026, 11, 24));
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(day_parse(str_of(wrong[i]), &day), ERR_TYPE);
	assert_string_equal(day_dashes(day, text), "24-11-2026");
	assert_string_equal(day_slashes(day, text), "24/11/2026");
	assert_string_equal(day_iso(day, text), "2026-11-24");
}

static void times_as_the_vendors_write_them(void **state)
{
	static const char *const same[] = { "2025-12-11T18:31:01.000Z", "2025-12-11T18:31:01Z", "2025-12-11T19:31:01+01:00", "2025-12-11T19:31:01+0100",
		                            "2025-12-11T18:31:01", "2025-12-11 18:31:01", "2025-12-11T13:31:01.25-05:00" };
	static const char *const wrong[] = { "", "2025-12-11T25:00:00Z", "2025-12-11T18:61:00Z", "2025-12-11T18:31:01+1", "2025-12-11T", "2025-12-11T18:31:01Zx" };
	int64_t t = 0;
	int s = -1;
	char text[UTC_TEXT];
	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_int_equal(utc_parse(str_of(same[i]), &t), 0);
		assert_string_equal(utc_iso(t, text), "2025-12-11T18:31:01Z");
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(utc_parse(str_of(wrong[i]), &t), ERR_TYPE);
	assert_string_equal(utc_iso_ms(t * 1000 + 7, text), "2025-12-11T18:31:01.007Z");
	assert_int_equal(daytime_parse(STR("09:05"), &s), 0);
	assert_int_equal(s, 9 * 3600 + 5 * 60);
	assert_int_equal(daytime_parse(STR("24:00:00"), &s), 0);
	assert_int_equal(s, 86400);
	assert_int_equal(daytime_parse(STR("24:01"), &s), ERR_TYPE);
	assert_int_equal(daytime_parse(STR("9:05"), &s), ERR_TYPE);
	struct tz *tz = NULL;
	assert_int_equal(tz_open("Europe/Paris", &tz), 0);
	assert_string_equal(local_iso(tz, t, text), "2025-12-11T19:31:01+01:00");
	tz_close(&tz);
}

/* What the C library says, which reads the zone's file by itself. */
static int64_t offset_of(time_t t)
{
	struct tm tm;
	assert_non_null(localtime_r(&t, &tm));
	return tm.tm_gmtoff;
}

static void offsets_as_the_c_library_has_them(void **state)
{
	static const char *const zones[] = { "Europe/Paris", "America/Guadeloupe", "Indian/Reunion", "America/Miquelon", "Africa/Casablanca",
		                             "Australia/Lord_Howe", "Pacific/Noumea", "UTC" };
	uint64_t seed = 42;
	time_t now = time(NULL);
	(void)state;
	for (size_t z = 0; z < sizeof(zones) / sizeof(zones[0]); z++) {
		struct tz *tz = NULL;
		assert_int_equal(tz_open(zones[z], &tz), 0);
		setenv("TZ", zones[z], 1);
		tzset();
		int64_t before = offset_of(now - 12 * 366 * 86400);
		for (time_t t = now - 12 * 366 * 86400; t < now + 10 * 366 * 86400; t += 3 * 86400) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			time_t any = t + (time_t)(seed >> 33) % (3 * 86400);
			assert_int_equal(tz_from_utc(tz, any).offset_s, offset_of(any));
			int64_t after = offset_of(t);
			if (after == before)
				continue;
			before = after;
			time_t low = t - 3 * 86400, high = t; /* the very second of the change */
			while (high - low > 1) {
				time_t middle = low + (high - low) / 2;
				*(offset_of(middle) == after ? &high : &low) = middle;
			}
			assert_int_equal(tz_from_utc(tz, high - 1).offset_s, offset_of(high - 1));
			assert_int_equal(tz_from_utc(tz, high).offset_s, after);
		}
		tz_close(&tz);
	}
	unsetenv("TZ");
	tzset();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offsets_as_the_c_library_has_them),
		cmocka_unit_test(local_times_of_many_zones),    cmocka_unit_test(there_and_back),
		cmocka_unit_test(an_unknown_zone_is_refused),   cmocka_unit_test(days_over_two_centuries),
		cmocka_unit_test(dates_as_the_vendors_write_them), cmocka_unit_test(times_as_the_vendors_write_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
