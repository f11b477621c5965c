BASE_TESTS = tests/unit/test_metrics tests/unit/test_text tests/unit/test_tz tests/unit/test_log
check_PROGRAMS += $(BASE_TESTS)
TESTS += $(BASE_TESTS)
tests_unit_test_metrics_SOURCES = tests/unit/test_metrics.c
tests_unit_test_metrics_LDADD = $(BASE_LINK) $(CMOCKA_LIBS)
tests_unit_test_text_SOURCES = tests/unit/test_text.c
tests_unit_test_text_LDADD = $(BASE_LINK) $(CMOCKA_LIBS)
tests_unit_test_tz_SOURCES = tests/unit/test_tz.c
tests_unit_test_tz_LDADD = $(BASE_LINK) $(CMOCKA_LIBS)
tests_unit_test_log_SOURCES = tests/unit/test_log.c
tests_unit_test_log_LDADD = $(BASE_LINK) $(CMOCKA_LIBS)

# The rules that a script can hold the whole tree to.
HOUSE_RULES = tests/check-headers.sh tests/check-includes.sh tests/check-style.sh
TESTS += $(HOUSE_RULES)
EXTRA_DIST += $(HOUSE_RULES)
