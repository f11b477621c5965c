# The real programs over loopback.
check_PROGRAMS += tests/system/jsonq
tests_system_jsonq_SOURCES = tests/system/jsonq.c
tests_system_jsonq_LDADD = $(DATA_LINK)

SYSTEM_TESTS = tests/system/test_sync.sh tests/system/test_kill.sh tests/system/test_config.sh tests/system/test_serve.sh \
	tests/system/test_export.sh \
	tests/system/test_hooks.sh \
	tests/system/test_http.sh tests/system/test_page.sh tests/system/test_rights.sh
TESTS += $(SYSTEM_TESTS)
EXTRA_DIST += $(SYSTEM_TESTS) tests/system/lib.sh
TESTS += tests/system/test_approve.sh tests/system/test_shadow.sh tests/system/test_guides.sh
EXTRA_DIST += tests/system/test_approve.sh tests/system/test_shadow.sh tests/system/test_guides.sh

# Mail, against a real server.
check_PROGRAMS += tests/system/mailto
tests_system_mailto_SOURCES = tests/system/mailto.c
tests_system_mailto_LDADD = $(IO_LINK)
TESTS += tests/system/test_mail.sh
EXTRA_DIST += tests/system/test_mail.sh tests/system/exim.sh
TESTS += tests/system/test_progress.sh
EXTRA_DIST += tests/system/test_progress.sh
TESTS += tests/system/test_api.sh
EXTRA_DIST += tests/system/test_api.sh
TESTS += tests/system/test_kills.sh
EXTRA_DIST += tests/system/test_kills.sh

# The campaign of it: minutes. Never part of check.
KILLS = 300
kills: passerelle passerelle-sim tests/system/jsonq
	@srcdir='$(srcdir)' top_builddir='$(top_builddir)' KILLS=$(KILLS) $(SHELL) $(srcdir)/tests/system/test_kills.sh
.PHONY: kills
