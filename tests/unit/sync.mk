check_PROGRAMS += tests/unit/test_ledger
TESTS += tests/unit/test_ledger
tests_unit_test_ledger_SOURCES = tests/unit/test_ledger.c
tests_unit_test_ledger_LDADD = $(SYNC_LINK) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_journal
TESTS += tests/unit/test_journal
tests_unit_test_journal_SOURCES = tests/unit/test_journal.c tests/unit/sync_store.c tests/unit/sync_store.h
tests_unit_test_journal_LDADD = tests/world/libworld.a $(SYNC_LINK) $(CMOCKA_LIBS)
