# What goes wrong around the programs.
check_PROGRAMS += tests/system/badhost
tests_system_badhost_SOURCES = tests/system/badhost.c
tests_system_badhost_LDADD = -lpthread

FAULT_TESTS = tests/system/test_faults.sh
TESTS += $(FAULT_TESTS)
EXTRA_DIST += $(FAULT_TESTS) tests/system/faults.sh
