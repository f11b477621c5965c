#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "core/app/owner.h"

static void test_no_core(void **state)
{
	struct rlimit l = {1, 1};
	(void)state;
	assert_int_equal(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), 0);
	assert_int_equal(owner_no_core(), 0);
	assert_int_equal(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
	assert_int_equal(getrlimit(RLIMIT_CORE, &l), 0);
	assert_int_equal(l.rlim_cur, 0);
	assert_int_equal(l.rlim_max, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_core)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
