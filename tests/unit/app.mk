check_PROGRAMS += tests/unit/test_report_json
TESTS += tests/unit/test_report_json
tests_unit_test_report_json_SOURCES = tests/unit/test_report_json.c
tests_unit_test_report_json_LDADD = $(APP_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_conf
TESTS += tests/unit/test_conf
tests_unit_test_conf_SOURCES = tests/unit/test_conf.c
tests_unit_test_conf_LDADD = $(APP_LINK) $(CMOCKA_LIBS)

TESTS += tests/system/test_demo.sh
EXTRA_DIST += tests/system/test_demo.sh

check_PROGRAMS += tests/unit/test_tenant
TESTS += tests/unit/test_tenant
tests_unit_test_tenant_SOURCES = tests/unit/test_tenant.c tests/unit/tenant_fixture.h
tests_unit_test_tenant_LDADD = core/app/libapp.a tenants/libtenants.a tests/world/libworld.a $(ADAPTERS_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_tenant_more
TESTS += tests/unit/test_tenant_more
tests_unit_test_tenant_more_SOURCES = tests/unit/test_tenant_more.c tests/unit/tenant_fixture.h
tests_unit_test_tenant_more_LDADD = core/app/libapp.a tenants/libtenants.a tests/world/libworld.a $(ADAPTERS_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_access
TESTS += tests/unit/test_access
tests_unit_test_access_SOURCES = tests/unit/test_access.c
tests_unit_test_access_LDADD = $(APP_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_hooks
TESTS += tests/unit/test_hooks
tests_unit_test_hooks_SOURCES = tests/unit/test_hooks.c
tests_unit_test_hooks_LDADD = $(APP_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_page
TESTS += tests/unit/test_page
tests_unit_test_page_SOURCES = tests/unit/test_page.c
tests_unit_test_page_LDADD = $(APP_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_answer
TESTS += tests/unit/test_answer
tests_unit_test_answer_SOURCES = tests/unit/test_answer.c tests/unit/sync_store.c tests/unit/sync_store.h
tests_unit_test_answer_LDADD = core/app/libapp.a tenants/libtenants.a tests/world/libworld.a $(ADAPTERS_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_csv
TESTS += tests/unit/test_csv
tests_unit_test_csv_SOURCES = tests/unit/test_csv.c
tests_unit_test_csv_LDADD = $(APP_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_docs
TESTS += tests/unit/test_docs
tests_unit_test_docs_SOURCES = tests/unit/test_docs.c
tests_unit_test_docs_LDADD = $(APP_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_owner
TESTS += tests/unit/test_owner
tests_unit_test_owner_SOURCES = tests/unit/test_owner.c
tests_unit_test_owner_LDADD = $(APP_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_window
TESTS += tests/unit/test_window
tests_unit_test_window_SOURCES = tests/unit/test_window.c
tests_unit_test_window_LDADD = core/app/libapp.a tenants/libtenants.a tests/world/libworld.a $(ADAPTERS_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_postman
TESTS += tests/unit/test_postman
tests_unit_test_postman_SOURCES = tests/unit/test_postman.c tests/unit/sync_store.c tests/unit/sync_store.h
tests_unit_test_postman_LDADD = core/app/libapp.a tenants/libtenants.a tests/world/libworld.a $(ADAPTERS_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_desk
TESTS += tests/unit/test_desk
tests_unit_test_desk_SOURCES = tests/unit/test_desk.c
tests_unit_test_desk_LDADD = $(APP_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_notifier
TESTS += tests/unit/test_notifier
tests_unit_test_notifier_SOURCES = tests/unit/test_notifier.c tests/unit/tenant_fixture.h tests/unit/letters.h
tests_unit_test_notifier_LDADD = core/app/libapp.a tenants/libtenants.a tests/world/libworld.a $(ADAPTERS_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_chore
TESTS += tests/unit/test_chore
tests_unit_test_chore_SOURCES = tests/unit/test_chore.c tests/unit/tenant_fixture.h
tests_unit_test_chore_LDADD = core/app/libapp.a tenants/libtenants.a tests/world/libworld.a $(ADAPTERS_LINK) $(CMOCKA_LIBS)
