check_PROGRAMS += tests/unit/test_adapter_ypareo
TESTS += tests/unit/test_adapter_ypareo
tests_unit_test_adapter_ypareo_SOURCES = tests/unit/adapter_drive.h tests/unit/exchange_drive.h tests/unit/test_adapter_ypareo.c
tests_unit_test_adapter_ypareo_LDADD = adapters/libadapters.a $(FLOW_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_adapter_ypareo_people
TESTS += tests/unit/test_adapter_ypareo_people
tests_unit_test_adapter_ypareo_people_SOURCES = tests/unit/adapter_drive.h tests/unit/exchange_drive.h tests/unit/test_adapter_ypareo_people.c
tests_unit_test_adapter_ypareo_people_LDADD = adapters/libadapters.a $(FLOW_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_adapter_ypareo_write
TESTS += tests/unit/test_adapter_ypareo_write
tests_unit_test_adapter_ypareo_write_SOURCES = tests/unit/adapter_drive.h tests/unit/exchange_drive.h tests/unit/test_adapter_ypareo_write.c
tests_unit_test_adapter_ypareo_write_LDADD = adapters/libadapters.a $(FLOW_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_adapter_edusign
TESTS += tests/unit/test_adapter_edusign
tests_unit_test_adapter_edusign_SOURCES = tests/unit/adapter_drive.h tests/unit/exchange_drive.h tests/unit/test_adapter_edusign.c
tests_unit_test_adapter_edusign_LDADD = adapters/libadapters.a $(FLOW_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_adapter_edusign_people
TESTS += tests/unit/test_adapter_edusign_people
tests_unit_test_adapter_edusign_people_SOURCES = tests/unit/adapter_drive.h tests/unit/exchange_drive.h tests/unit/test_adapter_edusign_people.c
tests_unit_test_adapter_edusign_people_LDADD = adapters/libadapters.a $(FLOW_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_adapter_edusign_write
TESTS += tests/unit/test_adapter_edusign_write
tests_unit_test_adapter_edusign_write_SOURCES = tests/unit/adapter_drive.h tests/unit/exchange_drive.h tests/unit/test_adapter_edusign_write.c
tests_unit_test_adapter_edusign_write_LDADD = adapters/libadapters.a $(FLOW_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_adapter_edusign_groups
TESTS += tests/unit/test_adapter_edusign_groups
tests_unit_test_adapter_edusign_groups_SOURCES = tests/unit/adapter_drive.h tests/unit/exchange_drive.h tests/unit/test_adapter_edusign_groups.c
tests_unit_test_adapter_edusign_groups_LDADD = adapters/libadapters.a $(FLOW_LINK) $(CMOCKA_LIBS)
