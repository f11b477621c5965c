check_PROGRAMS += tests/unit/test_json
TESTS += tests/unit/test_json
tests_unit_test_json_SOURCES = tests/unit/test_json.c
tests_unit_test_json_LDADD = $(DATA_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_record
TESTS += tests/unit/test_record
tests_unit_test_record_SOURCES = tests/unit/test_record.c
tests_unit_test_record_LDADD = $(DATA_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_pack
TESTS += tests/unit/test_pack
tests_unit_test_pack_SOURCES = tests/unit/test_pack.c
tests_unit_test_pack_LDADD = $(DATA_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_store
TESTS += tests/unit/test_store
tests_unit_test_store_SOURCES = tests/unit/test_store.c tests/unit/store_fixture.h
tests_unit_test_store_LDADD = $(DATA_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_store_disk
TESTS += tests/unit/test_store_disk
tests_unit_test_store_disk_SOURCES = tests/unit/test_store_disk.c tests/unit/store_fixture.h
tests_unit_test_store_disk_LDADD = $(DATA_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_store_damage
TESTS += tests/unit/test_store_damage
tests_unit_test_store_damage_SOURCES = tests/unit/test_store_damage.c tests/unit/store_fixture.h
tests_unit_test_store_damage_LDADD = $(DATA_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_store_file
TESTS += tests/unit/test_store_file
tests_unit_test_store_file_SOURCES = tests/unit/test_store_file.c tests/unit/store_fixture.h
tests_unit_test_store_file_LDADD = $(DATA_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_claim
TESTS += tests/unit/test_claim
tests_unit_test_claim_SOURCES = tests/unit/test_claim.c
tests_unit_test_claim_LDADD = $(DATA_LINK) $(CMOCKA_LIBS) -lpthread
