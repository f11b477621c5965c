check_PROGRAMS += tests/unit/test_loop
TESTS += tests/unit/test_loop
tests_unit_test_loop_SOURCES = tests/unit/test_loop.c
tests_unit_test_loop_LDADD = $(IO_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_fetch
TESTS += tests/unit/test_fetch
tests_unit_test_fetch_SOURCES = tests/unit/test_fetch.c tests/unit/hub_fixture.c tests/unit/hub_fixture.h
tests_unit_test_fetch_LDADD = $(IO_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_fetch_breaker
TESTS += tests/unit/test_fetch_breaker
tests_unit_test_fetch_breaker_SOURCES = tests/unit/test_fetch_breaker.c tests/unit/hub_fixture.c tests/unit/hub_fixture.h
tests_unit_test_fetch_breaker_LDADD = $(IO_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_fetch_pace
TESTS += tests/unit/test_fetch_pace
tests_unit_test_fetch_pace_SOURCES = tests/unit/test_fetch_pace.c tests/unit/hub_fixture.c tests/unit/hub_fixture.h
tests_unit_test_fetch_pace_LDADD = $(IO_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_fetch_hub
TESTS += tests/unit/test_fetch_hub
tests_unit_test_fetch_hub_SOURCES = tests/unit/test_fetch_hub.c tests/unit/hub_fixture.c tests/unit/hub_fixture.h
tests_unit_test_fetch_hub_LDADD = $(IO_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_httpd
TESTS += tests/unit/test_httpd
tests_unit_test_httpd_SOURCES = tests/unit/test_httpd.c tests/unit/io_fixture.c tests/unit/io_fixture.h
tests_unit_test_httpd_LDADD = $(IO_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_fetch_uv
TESTS += tests/unit/test_fetch_uv
tests_unit_test_fetch_uv_SOURCES = tests/unit/test_fetch_uv.c tests/unit/fetch_fixture.c tests/unit/fetch_fixture.h \
	tests/unit/io_fixture.c tests/unit/io_fixture.h
tests_unit_test_fetch_uv_LDADD = $(IO_LINK) $(CMOCKA_LIBS)

# The loop's watches can be made to fail there.
check_PROGRAMS += tests/unit/test_fetch_once
TESTS += tests/unit/test_fetch_once
tests_unit_test_fetch_once_SOURCES = tests/unit/test_fetch_once.c tests/unit/fetch_fixture.c tests/unit/fetch_fixture.h \
	tests/unit/io_fixture.c tests/unit/io_fixture.h
tests_unit_test_fetch_once_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=loop_watch_start
tests_unit_test_fetch_once_LDADD = $(IO_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_mail
TESTS += tests/unit/test_mail
tests_unit_test_mail_SOURCES = tests/unit/test_mail.c
tests_unit_test_mail_LDADD = $(IO_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_fetch_smtp
TESTS += tests/unit/test_fetch_smtp
tests_unit_test_fetch_smtp_SOURCES = tests/unit/test_fetch_smtp.c tests/unit/fetch_fixture.c tests/unit/fetch_fixture.h \
	tests/unit/io_fixture.c tests/unit/io_fixture.h
tests_unit_test_fetch_smtp_LDADD = $(IO_LINK) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_network
TESTS += tests/unit/test_network
tests_unit_test_network_SOURCES = tests/unit/test_network.c tests/unit/fetch_fixture.c tests/unit/fetch_fixture.h \
	tests/unit/io_fixture.c tests/unit/io_fixture.h
tests_unit_test_network_LDADD = $(IO_LINK) $(CMOCKA_LIBS)
