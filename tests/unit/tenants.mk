check_PROGRAMS += tests/unit/test_schema
TESTS += tests/unit/test_schema
tests_unit_test_schema_SOURCES = tests/unit/test_schema.c
tests_unit_test_schema_LDADD = $(DATA_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_secrets
TESTS += tests/unit/test_secrets
tests_unit_test_secrets_SOURCES = tests/unit/test_secrets.c
tests_unit_test_secrets_LDADD = $(TENANTS_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_tenant_conf
TESTS += tests/unit/test_tenant_conf
tests_unit_test_tenant_conf_SOURCES = tests/unit/test_tenant_conf.c
tests_unit_test_tenant_conf_LDADD = $(TENANTS_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_schedule
TESTS += tests/unit/test_schedule
tests_unit_test_schedule_SOURCES = tests/unit/test_schedule.c
tests_unit_test_schedule_LDADD = $(TENANTS_LINK) $(CMOCKA_LIBS)
