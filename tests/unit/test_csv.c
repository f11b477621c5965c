#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/app/csv.h"

static void cells(void **state)
{
	static const struct {
		const char *text, *cell;
	} all[] = {
	        {"", ""},
	        {"Durand", "Durand"},
	        {"Lefèvre d'Aix", "Lefèvre d'Aix"},
	        {"a,b", "\"a,b\""},
	        {"dit \"le Grand\"", "\"dit \"\"le Grand\"\"\""},
	        {"two\nlines", "\"two\nlines\""},
	        {"end\r", "\"end\r\""},
	        {"=1+1", "\"'=1+1\""},
	        {"@cmd", "\"'@cmd\""},
	        {"-2", "\"'-2\""},
	        {"a=b", "a=b"},
	};
	struct buf b;
	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		buf_clear(&b);
		buf_addc(&b, ';');
		csv_cell(&b, str_of(all[i].text));
		assert_string_equal(b.p + 1, all[i].cell);
	}
	buf_deinit(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(cells)};
	return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
