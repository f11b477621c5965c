#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/metrics.h"

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

/* The wanted text is what the format's description says, not what came out. */
static void a_family_and_its_samples(void **state)
{
	(void)state;
	metrics_family(&out, "a_total", METRICS_COUNTER, "one \\ line\nand \"another\"");
	metrics_sample(&out, "a_total", METRICS_LABELS({"x", "1"}, {"y", "q\"b\\n\nz"}), 3);
	metrics_sample(&out, "a_total", METRICS_PLAIN, 12345678901.0);
	assert_string_equal(out.p, "# HELP a_total one \\\\ line\\nand \"another\"\n"
	                           "# TYPE a_total counter\n"
	                           "a_total{x=\"1\",y=\"q\\\"b\\\\n\\nz\"} 3\n"
	                           "a_total 12345678901\n");
}

static void values(void **state)
{
	(void)state;
	static const struct {
		double v;
		const char *text;
	} cases[] = {
	        {0, "g 0\n"},           {-2, "g -2\n"},          {0.25, "g 0.25\n"}, {1.5e-7, "g 1.5e-07\n"},
	        {INFINITY, "g +Inf\n"}, {-INFINITY, "g -Inf\n"}, {NAN, "g NaN\n"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_clear(&out);
		metrics_sample(&out, "g", METRICS_PLAIN, cases[i].v);
		assert_string_equal(out.p, cases[i].text);
	}
}

static void a_histogram_counts_what_is_at_most_its_bound(void **state)
{
	(void)state;
	static const double bounds[] = {0.001, 0.5, 2};
	struct metrics_histogram h;
	metrics_histogram_init(&h, bounds, 3);
	metrics_histogram_add(&h, 0.001);
	metrics_histogram_add(&h, 0.25);
	metrics_histogram_add(&h, 0.5);
	metrics_histogram_add(&h, 7);
	metrics_histogram_write(&out, "h", METRICS_LABELS({"f", "up"}), &h);
	assert_string_equal(out.p, "h_bucket{f=\"up\",le=\"0.001\"} 1\n"
	                           "h_bucket{f=\"up\",le=\"0.5\"} 3\n"
	                           "h_bucket{f=\"up\",le=\"2\"} 3\n"
	                           "h_bucket{f=\"up\",le=\"+Inf\"} 4\n"
	                           "h_sum{f=\"up\"} 7.751\n"
	                           "h_count{f=\"up\"} 4\n");
	buf_clear(&out);
	metrics_histogram_write(&out, "h", METRICS_PLAIN, &h);
	assert_non_null(strstr(out.p, "h_bucket{le=\"+Inf\"} 4\n"));
	buf_clear(&out);
	metrics_summary_write(&out, "s", METRICS_PLAIN, 2, 1.5);
	assert_string_equal(out.p, "s_sum 1.5\ns_count 2\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(a_family_and_its_samples, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(values, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(a_histogram_counts_what_is_at_most_its_bound, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
