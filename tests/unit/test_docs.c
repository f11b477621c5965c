#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/app/conf.h"
#include "core/base/arena.h"
#include "tenants/file.h"
#include "tenants/tenant_schema.h"

/* What is written about the keys of both kinds of file, held against the tables that read them. */

static struct arena *arena;

static const char *text_of(const char *name)
{
	const char *srcdir = getenv("srcdir");
	struct str text;
	const char *path = arena_printf(arena, "%s/docs/%s", srcdir ? srcdir : ".", name);
	assert_int_equal(file_read(arena, path, &text), 0);
	return arena_str(arena, text).p;
}

/* The words of a default, as a page and an example write them; NULL: there is none to write. */
static const char *default_of(const struct schema_field *f)
{
	struct schema one = {0, 0, f, 1};
	struct buf b;
	struct json_writer w;
	const struct json *j;
	const char *out = NULL;
	buf_init(&b, 0);
	json_write_init(&w, &b, false);
	schema_write_json(&one, "", &w);
	assert_int_equal(json_parse(arena, buf_str(&b), NULL, &j, NULL, NULL), 0);
	const struct json *value = json_get(json_get(json_get(j, "properties"), f->key), "default");
	if (value) {
		buf_clear(&b);
		json_write_init(&w, &b, false);
		json_write_tree(&w, value);
		struct buf spaced;
		buf_init(&spaced, 0);
		for (size_t i = 0; i < b.n; i++) {
			buf_addc(&spaced, b.p[i]);
			if (b.p[i] == ',' && b.p[i + 1] == '"')
				buf_addc(&spaced, ' ');
		}
		out = arena_str(arena, buf_str(&spaced)).p;
		buf_deinit(&spaced);
	}
	buf_deinit(&b);
	return out;
}

static unsigned seen;

static void check_key(const char *page, const char *path, const struct schema_field *f)
{
	const char *head = arena_printf(arena, "\n.It Ic %s\n", path), *at = strstr(page, head);
	if (!at)
		fail_msg("the page does not describe %s", path);
	const char *end = strstr(at + 1, "\n.It "), *next = end ? end + 1 : at + strlen(at);
	const char *block = arena_str(arena, (struct str){at, (size_t)(next - at)}).p;
	const char *value = default_of(f);
	if (value && !strstr(block, arena_printf(arena, "\nDefault: %s.\n", value)))
		fail_msg("the page does not say that the default of %s is %s", path, value);
	if ((f->flags & SCHEMA_REQUIRED) && !strstr(block, "\nRequired.\n"))
		fail_msg("the page does not say that %s is required", path);
	if (f->flags & SCHEMA_LATER)
		assert_non_null(strstr(block, "\nNot available in this version"));
	else if (!f->sub && !strstr(block, "\n.Dl \\(dq"))
		fail_msg("the page has no example of %s", path);
	seen++;
}

static void check_keys(const char *page, const char *example, const struct schema *s, const char *prefix)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct schema_field *f = &s->fields[i];
		const char *path = arena_printf(arena, "%s%s", prefix, f->key);
		check_key(page, path, f);
		/* what another key replaces, and what is for later, need not stand there */
		if (!(f->flags & SCHEMA_LATER) && !strstr(example, arena_printf(arena, "\"%s\"", f->key)))
			fail_msg("the example does not have %s", path);
		if (f->sub)
			check_keys(page, example, f->sub,
			           arena_printf(arena, "%s%s.", path, f->type == SCHEMA_LIST ? "[]" : ""));
	}
}

static void check_schema(const struct schema *s, const char *title, const char *file)
{
	struct buf b;
	struct json_writer w;
	buf_init(&b, 0);
	json_write_init(&w, &b, true);
	schema_write_json(s, title, &w);
	buf_addc(&b, '\n');
	assert_string_equal(b.p, text_of(file));
	buf_deinit(&b);
}

static void every_key_of_a_school(void **state)
{
	(void)state;
	seen = 0;
	check_keys(text_of("man/passerelle-tenant.5"), text_of("examples/tenants.d/cfa-lyon.json"), &tenant_schema,
	           "");
	assert_true(seen > 60);
}

static void every_key_of_the_daemon(void **state)
{
	(void)state;
	seen = 0;
	check_keys(text_of("man/passerelle.5"), text_of("examples/passerelle.json"), &conf_schema, "");
	assert_true(seen > 20);
}

static void the_schemas_are_those_of_the_tables(void **state)
{
	(void)state;
	check_schema(&tenant_schema, "A school's file of passerelle: tenants.d/<tenant>.json",
	             "schema/tenant.schema.json");
	check_schema(&conf_schema, "passerelle.json", "schema/passerelle.schema.json");
}

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(every_key_of_a_school, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(every_key_of_the_daemon, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(the_schemas_are_those_of_the_tables, set_up, tear_down),
	};
	return cmocka_run_group_tests_name("docs", tests, NULL, NULL);
}
