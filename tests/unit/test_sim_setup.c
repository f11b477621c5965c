#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/tz.h"
#include "tests/world/edusign.h"
#include "tests/world/sim_setup.h"
#include "tests/world/ypareo.h"

struct bench {
	struct sim *sim;
	struct arena *arena;
	struct sim_setup setup;
	char dir[64];
};

static int open_bench(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->sim = sim_new(4);
	b->arena = arena_new(0);
	b->setup = (struct sim_setup){
	        .schools = 2,
	        .by_site = true,
	        .gen = {.seed = 4,
	                .learners = 12,
	                .groups = 2,
	                .sites = 2,
	                .days = 2,
	                .first_day = day_of(2026, 11, 23)},
	};
	snprintf(b->dir, sizeof(b->dir), "/tmp/sim-setup-XXXXXX");
	assert_non_null(mkdtemp(b->dir));
	*state = b;
	return 0;
}

static const char *path(struct bench *b, const char *name)
{
	const char *p = arena_printf(b->arena, "%s/%s", b->dir, name);

	assert_non_null(p);
	return p;
}

static int close_bench(void **state)
{
	static const char *const names[] = {
	        "tenants.d/cfa-lyon.json",   "tenants.d/cfa-lille.json",    "secrets/ypareo-cfa-lyon",
	        "secrets/ypareo-cfa-lille",  "secrets/edusign-cfa-lyon",    "secrets/edusign-cfa-lyon-2",
	        "secrets/edusign-cfa-lille", "secrets/edusign-cfa-lille-2", "passerelle.json"};
	struct bench *b = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlink(path(b, names[i]));
	(void)rmdir(path(b, "tenants.d"));
	(void)rmdir(path(b, "secrets"));
	assert_int_equal(rmdir(b->dir), 0); /* nothing else was left there */
	sim_free(&b->sim);
	arena_free(&b->arena);
	free(b);
	return 0;
}

static struct str content(struct bench *b, const char *name)
{
	char *text = arena_alloc(b->arena, 65536);
	FILE *file = fopen(path(b, name), "r");

	assert_non_null(text);
	assert_non_null(file);
	size_t n = fread(text, 1, 65535, file);
	fclose(file);
	return (struct str){text, n};
}

static const struct json *document(struct bench *b, const char *name)
{
	const struct json *doc = NULL;

	assert_int_equal(json_parse(b->arena, content(b, name), NULL, &doc, NULL, NULL), 0);
	return doc;
}

static void an_account_for_each_site(void **state)
{
	struct bench *b = *state;
	char name[32];

	assert_string_equal(sim_setup_name(0, name), "cfa-lyon");
	assert_string_equal(sim_setup_name(99, name), "cfa-100");
	sim_setup_make(b->sim, &b->setup);
	assert_non_null(sim_ypareo(b->sim, "cfa-lyon"));
	assert_non_null(sim_ypareo(b->sim, "cfa-lille"));
	assert_null(sim_ypareo_at(b->sim, 2));
	assert_int_equal(sim_setup_environments(b->sim, &b->setup, 1), 2);
	assert_int_equal(sim_edusign(b->sim)->schools.n, 4);
	assert_ptr_not_equal(sim_setup_school(b->sim, &b->setup, 1, 0), sim_setup_school(b->sim, &b->setup, 1, 1));
	/* of different seeds, hence with different people */
	assert_int_not_equal(sim_ypareo(b->sim, "cfa-lyon")->learners.items[0].code,
	                     sim_ypareo(b->sim, "cfa-lille")->learners.items[0].code);
}

static void one_account_for_the_whole_school(void **state)
{
	struct bench *b = *state;

	b->setup.by_site = false;
	b->setup.schools = 0;
	sim_setup_make(b->sim, &b->setup);
	assert_int_equal(sim_edusign(b->sim)->schools.n, 1);
	assert_int_equal(sim_setup_write(b->sim, &b->setup, b->dir, "http://127.0.0.1:1", "http://127.0.0.1:2/v1"),
	                 0);
	const struct json *environments = json_get(document(b, "tenants.d/cfa-lyon.json"), "environments");
	assert_int_equal(environments->count, 1);
	assert_null(json_get(environments->first, "structure_id"));
	assert_null(json_get(environments->first, "location"));
}

static void the_files_point_at_the_simulators(void **state)
{
	struct bench *b = *state;
	struct stat st;

	sim_setup_make(b->sim, &b->setup);
	assert_int_equal(sim_setup_write(b->sim, &b->setup, b->dir, "http://127.0.0.1:1", "http://127.0.0.1:2/v1"),
	                 0);
	const struct ypareo *y = sim_ypareo(b->sim, "cfa-lille");
	const struct json *doc = document(b, "tenants.d/cfa-lille.json");
	const struct json *ypareo = json_get(doc, "ypareo"), *first = json_get(doc, "environments")->first;
	assert_true(str_eqz(json_text(json_get(doc, "timezone")), "Europe/Paris"));
	assert_true(str_eqz(json_text(json_get(ypareo, "url")), "http://127.0.0.1:1/cfa-lille/index.php"));
	assert_true(str_eqz(json_text(json_get(ypareo, "token_file")), "../secrets/ypareo-cfa-lille"));
	assert_true(str_eqz(content(b, "secrets/ypareo-cfa-lille"), y->keys.items[0].token));
	assert_int_equal(json_int(json_get(first, "structure_id"), 0), y->sites.items[0].code);
	assert_true(str_eqz(json_text(json_get(first->next, "location")), y->sites.items[1].name));
	const struct json *account = json_get(first->next, "edusign");
	assert_true(str_eqz(json_text(json_get(account, "url")), "http://127.0.0.1:2/v1"));
	assert_true(str_eqz(json_text(json_get(account, "token_file")), "../secrets/edusign-cfa-lille-2"));
	assert_ptr_equal(edusign_school_of_token(sim_edusign(b->sim), content(b, "secrets/edusign-cfa-lille-2")),
	                 sim_setup_school(b->sim, &b->setup, 1, 1));
	assert_int_equal(stat(path(b, "secrets/edusign-cfa-lille-2"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(path(b, "secrets/ypareo-cfa-lille"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_true(str_eqz(json_text(json_get(document(b, "passerelle.json"), "tenants")), "tenants.d"));
	/* a second time over the first */
	assert_int_equal(sim_setup_write(b->sim, &b->setup, b->dir, "http://127.0.0.1:3", "http://127.0.0.1:4/v1"),
	                 0);
	ypareo = json_get(document(b, "tenants.d/cfa-lille.json"), "ypareo");
	assert_true(str_eqz(json_text(json_get(ypareo, "url")), "http://127.0.0.1:3/cfa-lille/index.php"));
}

static void the_reasons_are_the_schools_own(void **state)
{
	struct bench *b = *state;

	sim_setup_make(b->sim, &b->setup);
	assert_int_equal(sim_setup_write(b->sim, &b->setup, b->dir, "http://127.0.0.1:1", "http://127.0.0.1:2/v1"),
	                 0);
	const struct json *reasons =
	        json_get(json_get(document(b, "tenants.d/cfa-lyon.json"), "options"), "absence_reasons");
	struct ypareo *y = sim_ypareo(b->sim, "cfa-lyon");
	const struct ypareo_reason *justified = ypareo_reason(y, json_int(json_get(reasons, "justified"), 0));
	const struct ypareo_reason *unjustified = ypareo_reason(y, json_int(json_get(reasons, "unjustified"), 0));
	assert_true(justified && justified->justified && !justified->retired);
	assert_true(unjustified && !unjustified->justified && !unjustified->retired);
	assert_non_null(ypareo_reason(y, json_int(json_get(reasons, "late"), 0)));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, open_bench, close_bench)
	const struct CMUnitTest tests[] = {
	        T(an_account_for_each_site),
	        T(one_account_for_the_whole_school),
	        T(the_files_point_at_the_simulators),
	        T(the_reasons_are_the_schools_own),
	};
#undef T
	return cmocka_run_group_tests(tests, NULL, NULL);
}
