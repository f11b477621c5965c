#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/app/file_changes.h"
#include "core/app/load.h"

/* What the desk shows of a school beside its records: what changed in its file, and how much it asks. */

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static const char *between(const char *old, const char *fresh)
{
	struct str a = file_changes_flat(arena, str_of(old)), b = file_changes_flat(arena, str_of(fresh));
	assert_true(a.n && b.n);
	struct str out = file_changes_between(arena, a, b);
	return out.n ? out.p : "";
}

static void a_change_is_told_by_its_key(void **state)
{
	(void)state;
	static const char old[] = "{ \"name\": \"A\", \"schedule\": { \"down\": [\"12:00\", \"22:00\"] }, \"paused\": false }";
	assert_string_equal(between(old, "{ // said why\n \"paused\": false, \"schedule\": { \"down\": [\"12:00\", \"22:00\"] }, \"name\": \"A\" }"), "");
	assert_string_equal(between(old, "{ \"name\": \"A\", \"schedule\": { \"down\": [\"12:30\", \"22:00\"] }, \"paused\": true }"),
	                    "schedule.down[0]: \"12:00\" → \"12:30\"\npaused: false → true\n");
	assert_string_equal(between(old, "{ \"name\": \"A\", \"schedule\": { \"down\": [\"12:00\"] }, \"realtime\": true, \"paused\": false }"),
	                    "realtime: – → true\nschedule.down[1]: \"22:00\" → –\n");
	assert_string_equal(between("{ \"a\": {} }", "{ \"a\": [] }"), "a: {} → []\n");
	assert_string_equal(between("{ \"a\": \"x\" }", "{ \"a\": \"x\\n\\ty\" }"), "a: \"x\" → \"x\\n\\ty\"\n");
}

static void a_file_made_anew_is_not_told_line_by_line(void **state)
{
	(void)state;
	struct buf b;
	buf_init(&b, 0);
	buf_addz(&b, "[0");
	for (int i = 1; i < 500; i++)
		buf_printf(&b, ",%d", i);
	buf_addz(&b, "]");
	const char *told = between("[]", b.p);
	size_t lines = 0;
	for (const char *p = told; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	assert_in_range(lines, 2, 41);
	assert_non_null(strstr(told, "…\n"));
	buf_deinit(&b);
	assert_int_equal(file_changes_flat(arena, STR("{ \"a\": ")).n, 0);
}

/* The ring alone: what a lane counted stands in its slots. */
static void an_hour_is_remembered_by_the_minute(void **state)
{
	(void)state;
	struct load_lane lanes[1] = {{.counted = 0}};
	struct load l = {.lanes = lanes, .count = 1, .minute = 1000};
	unsigned out[LOAD_MINUTES];
	lanes[0].minutes[1000 % LOAD_MINUTES] = 7;
	lanes[0].minutes[999 % LOAD_MINUTES] = 3;
	load_minutes(&l, 0, 1000 * 60 + 5, out);
	assert_int_equal(out[LOAD_MINUTES - 1], 7);
	assert_int_equal(out[LOAD_MINUTES - 2], 3);
	load_minutes(&l, 0, 1010 * 60, out);
	assert_int_equal(out[LOAD_MINUTES - 11], 7);
	assert_int_equal(out[LOAD_MINUTES - 1], 0);
	load_minutes(&l, 0, 1060 * 60, out); /* an hour later its slot is another minute's */
	for (int i = 0; i < LOAD_MINUTES; i++)
		assert_int_equal(out[i], 0);
	load_minutes(&l, 1, 1000 * 60, out); /* an environment that it has not sent to yet */
	assert_int_equal(out[LOAD_MINUTES - 1], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_change_is_told_by_its_key),
	        cmocka_unit_test(a_file_made_anew_is_not_told_line_by_line),
	        cmocka_unit_test(an_hour_is_remembered_by_the_minute),
	};
	return cmocka_run_group_tests_name("desk", tests, set_up, tear_down);
}
