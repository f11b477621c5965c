#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/app/hints.h"
#include "core/app/hooks.h"

#define SIGNED_TEXT "{\"type\":\"on_course_locked\",\"course\":{\"ID\":\"abc\"},\"n\":1.5,\"s\":\"é\\n\"}"
#define SECRET      "webhook-secret-0123"
/* openssl dgst -sha256 -hmac */
#define HMAC "67df7681063de15ab2ad18407da6334714246335e58b7588b28c23d155ae2a62"

static void a_signature(void **state)
{
	(void)state;
	/* RFC 4231, test case 2 */
	assert_true(hooks_signed(STR("Jefe"), STR("what do ya want for nothing?"),
	                         STR("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")));
	assert_true(hooks_signed(STR(SECRET), STR(SIGNED_TEXT), STR(HMAC)));
	assert_true(hooks_signed(STR(SECRET), STR(SIGNED_TEXT),
	                         STR("67DF7681063DE15AB2AD18407DA6334714246335E58B7588B28C23D155AE2A62")));
	assert_false(hooks_signed(STR("webhook-secret-0124"), STR(SIGNED_TEXT), STR(HMAC)));
	assert_false(hooks_signed(STR(SECRET), STR("{\"type\":\"on_course_locked\"}"), STR(HMAC)));
	assert_false(hooks_signed(STR(SECRET), STR(SIGNED_TEXT), STR("")));
	assert_false(hooks_signed(STR(SECRET), STR(SIGNED_TEXT), STR("f4bc24d7")));
	assert_false(hooks_signed(STR(SECRET), STR("not JSON"), STR(HMAC)));
}

/* The vendor's helper signs what its JSON parser writes again, not the bytes that travel. */
static void a_signature_of_the_compact_form(void **state)
{
	(void)state;
	assert_true(hooks_signed(STR(SECRET),
	                         STR("{ \"type\": \"on_course_locked\",\r\n \"course\" : {\"ID\":\"abc\"}, \"n\":1.5,"
	                             " \"s\":\"\\u00e9\\n\" }\n"),
	                         STR(HMAC)));
	/* another order of keys is another text */
	assert_false(hooks_signed(STR(SECRET),
	                          STR("{\"course\":{\"ID\":\"abc\"},\"type\":\"on_course_locked\",\"n\":1.5,"
	                              "\"s\":\"é\\n\"}"),
	                          STR(HMAC)));
}

static void a_hint_waits_for_quiet(void **state)
{
	struct hints h = {0};
	(void)state;
	assert_true(hints_due(&h) == INT64_MAX);
	hints_add(&h, STR("a"), 1000);
	assert_int_equal(hints_due(&h), 21000);
	hints_add(&h, STR("b"), 15000);
	assert_int_equal(hints_due(&h), 35000);
	/* but not for ever */
	for (int64_t t = 20000; t < 121000; t += 1000)
		hints_add(&h, STR("a"), t);
	assert_int_equal(hints_due(&h), 121000);
	struct hints taken = hints_take(&h, 121000);
	assert_true(hints_due(&h) == INT64_MAX);
	const struct texts *ids = hints_sheets(&taken);
	assert_non_null(ids);
	assert_int_equal(ids->n, 2);
	assert_true(str_eqz(ids->v[0], "a") && str_eqz(ids->v[1], "b"));
	hints_clear(&taken);
	hints_clear(&h);
}

static void a_hint_without_a_name_means_all(void **state)
{
	struct hints h = {0};
	(void)state;
	hints_add(&h, STR("a"), 1000);
	hints_add(&h, STR_NONE, 1000);
	assert_int_equal(hints_due(&h), 21000);
	struct hints taken = hints_take(&h, 21000);
	assert_null(hints_sheets(&taken));
	hints_clear(&taken);
	/* which is much to look at: not again so soon; one that names its sheet is as quick as ever */
	hints_add(&h, STR("b"), 30000);
	assert_int_equal(hints_due(&h), 50000);
	hints_add(&h, STR_NONE, 31000);
	assert_int_equal(hints_due(&h), 21000 + 900000);
	hints_clear(&h);
}

static void too_many_sheets_are_all(void **state)
{
	struct hints h = {0};
	char id[24];
	(void)state;
	for (int i = 0; i < 300; i++) {
		snprintf(id, sizeof(id), "sheet%d", i);
		hints_add(&h, str_of(id), 1);
	}
	assert_non_null(hints_sheets(&h));
	hints_add(&h, STR("sheet7"), 1); /* known */
	assert_non_null(hints_sheets(&h));
	hints_add(&h, STR("one more"), 1);
	assert_null(hints_sheets(&h));
	hints_clear(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_signature),
	        cmocka_unit_test(a_signature_of_the_compact_form),
	        cmocka_unit_test(a_hint_waits_for_quiet),
	        cmocka_unit_test(a_hint_without_a_name_means_all),
	        cmocka_unit_test(too_many_sheets_are_all),
	};
	return cmocka_run_group_tests_name("hooks", tests, NULL, NULL);
}
