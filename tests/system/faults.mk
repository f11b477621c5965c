# What goes wrong around the programs.
check_PROGRAMS += tests/system/badhost tests/system/knock tests/system/reload
tests_system_badhost_SOURCES = tests/system/badhost.c
tests_system_badhost_LDADD = -lpthread
tests_system_knock_SOURCES = tests/system/knock.c
tests_system_reload_SOURCES = tests/system/reload.c

FAULT_TESTS = tests/system/test_faults.sh tests/system/test_faults_host.sh tests/system/test_faults_limits.sh \
	tests/system/test_faults_store.sh
TESTS += $(FAULT_TESTS)
EXTRA_DIST += $(FAULT_TESTS) tests/system/faults.sh
