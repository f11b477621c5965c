
# Failing allocations: where nothing else stands in for malloc().
if !SANITIZED
check_PROGRAMS += tests/fault/test_torture
TESTS += tests/fault/test_torture
endif
EXTRA_PROGRAMS += tests/fault/test_torture
tests_fault_test_torture_SOURCES = tests/fault/test_torture.c tests/fault/torture.c tests/fault/torture.h
tests_fault_test_torture_LDADD = $(STAGE_LINK)
tests_fault_test_torture_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=sim_handle -Wl,--wrap=sim_tick

# Every one of them: an hour or so.
torture: tests/fault/test_torture
	TORTURE=1 ./tests/fault/test_torture
.PHONY: torture

# Preloaded into the real program: a disk that fails. No library of ours, so not libtool's business.
tests/fault/ioerr.so: $(srcdir)/tests/fault/ioerr.c
	@$(MKDIR_P) tests/fault
	$(AM_V_CC)$(CC) -D_GNU_SOURCE -std=gnu17 -O1 -shared -fPIC -o $@ $(srcdir)/tests/fault/ioerr.c -ldl
check_DATA = tests/fault/ioerr.so
CLEANFILES += tests/fault/ioerr.so
EXTRA_DIST += tests/fault/ioerr.c
TESTS += tests/system/test_faults_io.sh
EXTRA_DIST += tests/system/test_faults_io.sh
