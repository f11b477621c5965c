#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tenants/schedule.h"

static int64_t at(const char *utc)
{
	int64_t v;
	assert_int_equal(utc_parse(str_of(utc), &v), 0);
	return v;
}

static struct tz *zone(const char *name)
{
	struct tz *tz = NULL;
	assert_int_equal(tz_open(name, &tz), 0);
	return tz;
}

#define TIMES(...) \
	&(struct ints) { (int64_t[]){ __VA_ARGS__ }, sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t) }

static void noon_and_ten_in_the_evening(void **state)
{
	struct tz *tz = zone("Europe/Paris");
	const struct ints *times = TIMES(12 * 60, 22 * 60);
	(void)state;
	assert_int_equal(schedule_next(tz, times, at("2026-11-23T10:59:59Z")), at("2026-11-23T11:00:00Z"));
	assert_int_equal(schedule_next(tz, times, at("2026-11-23T11:00:00Z")), at("2026-11-23T21:00:00Z"));
	assert_int_equal(schedule_next(tz, times, at("2026-11-23T21:00:00Z")), at("2026-11-24T11:00:00Z"));
	assert_int_equal(schedule_latest(tz, times, at("2026-11-23T11:00:00Z")), at("2026-11-23T11:00:00Z"));
	assert_int_equal(schedule_latest(tz, times, at("2026-11-23T10:59:59Z")), at("2026-11-22T21:00:00Z"));
	tz_close(&tz);
}

static void across_the_changes_of_the_clock(void **state)
{
	struct tz *tz = zone("Europe/Paris");
	(void)state;
	assert_int_equal(schedule_next(tz, TIMES(720), at("2026-10-24T10:00:00Z")), at("2026-10-25T11:00:00Z"));
	assert_int_equal(schedule_next(tz, TIMES(720), at("2027-03-27T11:00:00Z")), at("2027-03-28T10:00:00Z"));
	/* 02:30 does not exist on 2027-03-28: at 03:00 summer time */
	assert_int_equal(schedule_next(tz, TIMES(150), at("2027-03-27T12:00:00Z")), at("2027-03-28T01:00:00Z"));
	/* and with 02:15 it is one slot, not two */
	assert_int_equal(schedule_next(tz, TIMES(135, 150), at("2027-03-28T01:00:00Z")), at("2027-03-29T00:15:00Z"));
	/* 02:30 exists twice on 2026-10-25: once, at the first */
	assert_int_equal(schedule_next(tz, TIMES(150), at("2026-10-24T12:00:00Z")), at("2026-10-25T00:30:00Z"));
	assert_int_equal(schedule_next(tz, TIMES(150), at("2026-10-25T00:30:00Z")), at("2026-10-26T01:30:00Z"));
	tz_close(&tz);
}

static void schools_far_away(void **state)
{
	static const struct { const char *name, *expected; } zones[] = {
		{ "Indian/Reunion", "2026-11-24T18:00:00Z" },
		{ "America/Guadeloupe", "2026-11-25T02:00:00Z" },
		{ "Pacific/Noumea", "2026-11-24T11:00:00Z" },
	};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct tz *tz = zone(zones[i].name);
		assert_int_equal(schedule_next(tz, TIMES(22 * 60), at("2026-11-24T10:00:00Z")), at(zones[i].expected));
		tz_close(&tz);
	}
}

static void a_new_school_has_missed_nothing(void **state)
{
	struct tz *tz = zone("Europe/Paris");
	struct schedule_flow f = { .slot = INT64_MIN };
	int64_t slot;
	(void)state;
	assert_int_equal(schedule_due(tz, TIMES(720, 1320), 60, &f, at("2026-11-23T12:00:00Z"), &slot), at("2026-11-23T21:01:00Z"));
	assert_int_equal(slot, at("2026-11-23T21:00:00Z"));
	tz_close(&tz);
}

static void what_was_missed_is_run_once(void **state)
{
	struct tz *tz = zone("Europe/Paris");
	struct schedule_flow f = { .slot = at("2026-11-20T21:00:00Z"), .ended = at("2026-11-20T21:05:00Z") };
	int64_t now = at("2026-11-23T12:00:00Z"), slot;
	(void)state;
	assert_int_equal(schedule_due(tz, TIMES(720, 1320), 0, &f, now, &slot), now);
	assert_int_equal(slot, at("2026-11-23T11:00:00Z")); /* the latest, never a burst */
	f = (struct schedule_flow){ .slot = slot, .ended = now + 60 };
	assert_int_equal(schedule_due(tz, TIMES(720, 1320), 0, &f, now + 60, &slot), at("2026-11-23T21:00:00Z"));
	tz_close(&tz);
}

static void a_failed_run_is_tried_again(void **state)
{
	static const int64_t delays[] = { 5 * 60, 15 * 60, 45 * 60, 3600, 3600 };
	struct tz *tz = zone("Europe/Paris");
	struct schedule_flow f = { .slot = at("2026-11-23T11:00:00Z"), .ended = at("2026-11-23T11:10:00Z") };
	int64_t slot;
	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		f.failures = i + 1;
		assert_int_equal(schedule_due(tz, TIMES(720, 1320), 0, &f, f.ended, &slot), f.ended + delays[i]);
		assert_int_equal(slot, f.slot);
	}
	/* until the next slot takes over */
	f.ended = at("2026-11-23T20:30:00Z");
	assert_int_equal(schedule_due(tz, TIMES(720, 1320), 0, &f, f.ended, &slot), at("2026-11-23T21:00:00Z"));
	assert_int_equal(slot, at("2026-11-23T21:00:00Z"));
	tz_close(&tz);
}

static void maintenance_postpones(void **state)
{
	struct tz *tz = zone("Europe/Paris");
	struct schedule_flow f = { .slot = at("2026-11-27T21:00:00Z") };
	int64_t slot;
	(void)state;
	assert_int_equal(schedule_maintenance_end(at("2026-11-28T15:00:00Z")), at("2026-11-28T21:00:00Z")); /* a Saturday */
	assert_int_equal(schedule_maintenance_end(at("2026-11-28T14:59:59Z")), 0);
	assert_int_equal(schedule_maintenance_end(at("2026-11-28T21:00:00Z")), 0);
	assert_int_equal(schedule_maintenance_end(at("2026-11-27T18:00:00Z")), 0);
	assert_int_equal(schedule_maintenance_end(at("2026-07-04T15:00:00Z")), at("2026-07-04T21:00:00Z")); /* UTC+1 in summer too */
	assert_int_equal(schedule_due(tz, TIMES(18 * 60), 0, &f, at("2026-11-28T16:00:00Z"), &slot), at("2026-11-28T21:00:00Z"));
	tz_close(&tz);
}

static void the_spread_is_stable_and_bounded(void **state)
{
	unsigned different = 0;
	char id[16];
	(void)state;
	assert_int_equal(schedule_spread("cfa-lyon", 0), 0);
	assert_int_equal(schedule_spread("cfa-lyon", 10), schedule_spread("cfa-lyon", 10));
	for (int i = 0; i < 100; i++) {
		snprintf(id, sizeof(id), "cfa-%d", i);
		assert_true(schedule_spread(id, 10) < 600);
		different += schedule_spread(id, 10) != schedule_spread("cfa-lyon", 10);
	}
	assert_true(different > 90);
}

static void no_times_are_never(void **state)
{
	struct tz *tz = zone("Europe/Paris");
	struct schedule_flow f = { .slot = INT64_MIN };
	struct ints none = { NULL, 0 };
	int64_t slot;
	(void)state;
	assert_true(schedule_due(tz, &none, 0, &f, 0, &slot) == INT64_MAX);
	tz_close(&tz);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(noon_and_ten_in_the_evening), cmocka_unit_test(across_the_changes_of_the_clock),
		cmocka_unit_test(schools_far_away),            cmocka_unit_test(a_new_school_has_missed_nothing),
		cmocka_unit_test(what_was_missed_is_run_once), cmocka_unit_test(a_failed_run_is_tried_again),
		cmocka_unit_test(maintenance_postpones),       cmocka_unit_test(the_spread_is_stable_and_bounded),
		cmocka_unit_test(no_times_are_never),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
