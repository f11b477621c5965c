#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/sync/choices.h"

static struct arena *arena;
static struct tz *zone;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(0);
	return tz_open("Europe/Paris", &zone);
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	tz_close(&zone);
	return 0;
}

static struct settings plain(void)
{
	return (struct settings){.zone = zone, .email = EMAIL_NORMAL, .want_validated = true, .delete_count = 20};
}

static struct str changed(const struct settings *a, const struct env_settings *ea, const struct settings *b,
                          const struct env_settings *eb)
{
	return choices_changed(arena, choices_text(arena, a, ea), choices_text(arena, b, eb));
}

static void each_choice_is_named(void **state)
{
	(void)state;
	static struct str kept[] = {{"en cours", 8}}, twice[] = {{"en\ncours", 8}, {"fini", 4}};
	const struct env_settings env = {.key = "all"}, site = {.key = "s", .structure = 12},
	                          place = {.key = "l", .location = "Lyon"};
	struct settings a = plain(), b = plain();
	b.delete_count = 1; /* a bound alters nothing */
	assert_true(str_empty(changed(&a, &env, &b, &env)));
	b.email = EMAIL_PRO;
	assert_true(str_eqz(changed(&a, &env, &b, &env), "ypareo.email"));
	b.want_pending = true;
	assert_true(str_eqz(changed(&a, &env, &b, &env), "ypareo.email, ypareo.session_states"));
	b = plain();
	b.training_states = (struct texts){kept, 1};
	b.remote_only = true;
	assert_true(str_eqz(changed(&a, &env, &b, &env), "ypareo.training_states, ypareo.remote_only"));
	a.training_states = (struct texts){twice, 2};
	a.remote_only = true;
	assert_true(str_eqz(changed(&a, &env, &b, &env), "ypareo.training_states"));
	a = b = plain();
	b.grouping = GROUPING_CLASS;
	b.tutors = true;
	b.default_instructor = 52;
	assert_true(
	        str_eqz(changed(&a, &env, &b, &env), "options.grouping, options.tutors, options.default_instructor"));
	a = b = plain();
	assert_true(str_eqz(changed(&a, &env, &b, &site), "environments.structure_id"));
	assert_true(str_eqz(changed(&a, &env, &b, &place), "environments.location"));
}

static void what_was_not_known_was_not_changed(void **state)
{
	(void)state;
	const struct env_settings env = {.key = "all"};
	struct settings a = plain();
	struct str now = choices_text(arena, &a, &env);
	assert_true(str_empty(choices_changed(arena, STR_NONE, now)));
	assert_true(str_empty(choices_changed(arena, STR("ypareo.email=normal\n"), now)));
	assert_true(str_eqz(choices_changed(arena, STR("ypareo.email=pro\nwhat.has.gone=1\n"), now), "ypareo.email"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(each_choice_is_named, setup, teardown),
	        cmocka_unit_test_setup_teardown(what_was_not_known_was_not_changed, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
