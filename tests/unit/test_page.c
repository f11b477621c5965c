#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/app/page.h"
#include "core/app/web.h"

static struct buf out;

static int set_up(void **state)
{
	(void)state;
	buf_init(&out, 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	buf_deinit(&out);
	return 0;
}

static void text_is_no_html(void **state)
{
	(void)state;
	page_put(&out, STR("a<b a='1' c=\"2\">&amp;\x01\x7f\té"));
	assert_string_equal(out.p, "a&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;amp;   é");
	buf_clear(&out);
	page_put(&out, STR(""));
	page_put(&out, STR_NONE);
	page_put(&out, STR("<"));
	page_put(&out, STR("plain"));
	assert_string_equal(out.p, "&lt;plain");
}

static void the_language_is_the_browsers(void **state)
{
	(void)state;
	static const struct {
		const char *header;
		enum page_lang lang;
	} cases[] = {
	        {NULL, PAGE_FR},
	        {"", PAGE_FR},
	        {"en", PAGE_EN},
	        {"fr", PAGE_FR},
	        {"EN-gb", PAGE_EN},
	        {"de", PAGE_FR},
	        {"de, en", PAGE_EN},
	        {"fr;q=0.5, en;q=0.8", PAGE_EN},
	        {"en;q=0.5,fr;q=0.55", PAGE_FR},
	        {"en;q=0, fr;q=0.1", PAGE_FR},
	        {"fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", PAGE_FR},
	        {"enm, fry", PAGE_FR},
	        {"en;q=1.0, fr;q=0.999", PAGE_EN},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (page_lang_of(cases[i].header) != cases[i].lang)
			fail_msg("%s", cases[i].header);
}

static void fields_of_a_form(void **state)
{
	(void)state;
	char v[8];
	assert_true(web_param(STR("a=1&b=x+y%21&c="), "b", v, sizeof(v)));
	assert_string_equal(v, "x y!");
	assert_true(web_param(STR("a=1&c="), "c", v, sizeof(v)));
	assert_string_equal(v, "");
	assert_true(web_param(STR("a=%zz%4"), "a", v, sizeof(v)));
	assert_string_equal(v, "%zz%4");
	assert_false(web_param(STR("ab=1&xb=2&b"), "b", v, sizeof(v)));
	assert_false(web_param(STR("b=12345678"), "b", v, sizeof(v))); /* does not fit */
	assert_string_equal(v, "");
	assert_false(web_param(STR("b=a%00b"), "b", v, sizeof(v)));
	assert_false(web_param(STR_NONE, "b", v, sizeof(v)));
}

static void only_pages_of_ours(void **state)
{
	(void)state;
	assert_true(web_is_page("/"));
	assert_true(web_is_page("/schools/x"));
	assert_false(web_is_page("//evil.example/"));
	assert_false(web_is_page("/schoolsx"));
	assert_false(web_is_page("/v1/commands/status"));
	assert_false(web_is_page(""));
}

static void every_text_is_there_in_both(void **state)
{
	(void)state;
#define X(name, fr, en)                                                                                              \
	assert_true(strlen(fr) > 0 && strlen(en) > 0);                                                               \
	assert_int_equal(strstr(fr, "{}") != NULL, strstr(en, "{}") != NULL);
	PAGE_TEXTS(X)
#undef X
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	        TEST(text_is_no_html),    TEST(the_language_is_the_browsers), TEST(fields_of_a_form),
	        TEST(only_pages_of_ours), TEST(every_text_is_there_in_both),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
