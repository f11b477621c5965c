# Each target is a function and a corpus beside it, <target>.in. With --with-fuzzer they are libFuzzer programs:
#   make fuzz MINUTES=10 [FUZZ="json web"]     each for so many minutes of CPU time; a line a target says what was done
#   tests/fuzz/fuzz_json NEW_INPUTS $(srcdir)/tests/fuzz/fuzz_json.in      one of them by hand
# without it main.c replays the corpora in "make check".
FUZZ_NAMES = admin conf edusign hooks http json mail pack record school store web ypareo
FUZZ_TARGETS = tests/fuzz/fuzz_admin tests/fuzz/fuzz_conf tests/fuzz/fuzz_edusign tests/fuzz/fuzz_hooks \
	tests/fuzz/fuzz_http tests/fuzz/fuzz_json tests/fuzz/fuzz_mail tests/fuzz/fuzz_pack tests/fuzz/fuzz_record tests/fuzz/fuzz_school \
	tests/fuzz/fuzz_store tests/fuzz/fuzz_web tests/fuzz/fuzz_ypareo
if FUZZER
FUZZ_MAIN = tests/fuzz/fuzz.h
FUZZ_LINK_FLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
else
FUZZ_MAIN = tests/fuzz/fuzz.h tests/fuzz/main.c
FUZZ_LINK_FLAGS = $(AM_LDFLAGS)
TESTS += $(FUZZ_TARGETS)
endif
check_PROGRAMS += $(FUZZ_TARGETS)
fuzz_programs: $(FUZZ_TARGETS)

MINUTES = 10
FUZZ = $(FUZZ_NAMES)
fuzz: $(FUZZ_TARGETS)
	@test -z '$(FUZZER_TRUE)' || { echo "configure this folder with --with-fuzzer --with-sanitizer=address,undefined CC=clang"; exit 1; }
	@srcdir='$(srcdir)' $(SHELL) $(srcdir)/tests/fuzz/campaign.sh $(MINUTES) $(FUZZ:%=tests/fuzz/fuzz_%)
.PHONY: fuzz fuzz_programs

FUZZ_APP_LINK = core/app/libapp.a tenants/libtenants.a tests/world/libworld.a $(ADAPTERS_LINK)

tests_fuzz_fuzz_admin_SOURCES = tests/fuzz/fuzz_admin.c tests/fuzz/served.c tests/fuzz/served.h $(FUZZ_MAIN)
tests_fuzz_fuzz_admin_LDADD = $(FUZZ_APP_LINK) $(CMOCKA_LIBS)
tests_fuzz_fuzz_admin_LDFLAGS = $(FUZZ_LINK_FLAGS)

tests_fuzz_fuzz_conf_SOURCES = tests/fuzz/fuzz_conf.c tests/fuzz/files.c tests/fuzz/files.h $(FUZZ_MAIN)
tests_fuzz_fuzz_conf_LDADD = $(APP_LINK)
tests_fuzz_fuzz_conf_LDFLAGS = $(FUZZ_LINK_FLAGS)

tests_fuzz_fuzz_edusign_SOURCES = tests/fuzz/fuzz_edusign.c tests/fuzz/answers.c tests/fuzz/answers.h $(FUZZ_MAIN)
tests_fuzz_fuzz_edusign_LDADD = $(ADAPTERS_LINK)
tests_fuzz_fuzz_edusign_LDFLAGS = $(FUZZ_LINK_FLAGS)

tests_fuzz_fuzz_hooks_SOURCES = tests/fuzz/fuzz_hooks.c tests/fuzz/served.c tests/fuzz/served.h $(FUZZ_MAIN)
tests_fuzz_fuzz_hooks_CPPFLAGS = $(AM_CPPFLAGS) $(GLIB_CFLAGS)
tests_fuzz_fuzz_hooks_LDADD = $(FUZZ_APP_LINK) $(CMOCKA_LIBS)
tests_fuzz_fuzz_hooks_LDFLAGS = $(FUZZ_LINK_FLAGS)

tests_fuzz_fuzz_http_SOURCES = tests/fuzz/fuzz_http.c tests/fuzz/files.c tests/fuzz/files.h $(FUZZ_MAIN)
tests_fuzz_fuzz_http_LDADD = tenants/libtenants.a $(ADAPTERS_LINK)
tests_fuzz_fuzz_http_LDFLAGS = $(FUZZ_LINK_FLAGS)

tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c $(FUZZ_MAIN)
tests_fuzz_fuzz_json_LDADD = $(DATA_LINK)
tests_fuzz_fuzz_json_LDFLAGS = $(FUZZ_LINK_FLAGS)

tests_fuzz_fuzz_mail_SOURCES = tests/fuzz/fuzz_mail.c $(FUZZ_MAIN)
tests_fuzz_fuzz_mail_LDADD = $(IO_LINK)
tests_fuzz_fuzz_mail_LDFLAGS = $(FUZZ_LINK_FLAGS)

tests_fuzz_fuzz_pack_SOURCES = tests/fuzz/fuzz_pack.c $(FUZZ_MAIN)
tests_fuzz_fuzz_pack_LDADD = $(DATA_LINK)
tests_fuzz_fuzz_pack_LDFLAGS = $(FUZZ_LINK_FLAGS)

tests_fuzz_fuzz_record_SOURCES = tests/fuzz/fuzz_record.c $(FUZZ_MAIN)
tests_fuzz_fuzz_record_LDADD = $(DATA_LINK)
tests_fuzz_fuzz_record_LDFLAGS = $(FUZZ_LINK_FLAGS)

tests_fuzz_fuzz_school_SOURCES = tests/fuzz/fuzz_school.c tests/fuzz/files.c tests/fuzz/files.h $(FUZZ_MAIN)
tests_fuzz_fuzz_school_LDADD = $(TENANTS_LINK)
tests_fuzz_fuzz_school_LDFLAGS = $(FUZZ_LINK_FLAGS)

tests_fuzz_fuzz_store_SOURCES = tests/fuzz/fuzz_store.c tests/fuzz/files.c tests/fuzz/files.h $(FUZZ_MAIN)
tests_fuzz_fuzz_store_LDADD = tests/world/libworld.a $(DATA_LINK)
tests_fuzz_fuzz_store_LDFLAGS = $(FUZZ_LINK_FLAGS)

tests_fuzz_fuzz_web_SOURCES = tests/fuzz/fuzz_web.c $(FUZZ_MAIN)
tests_fuzz_fuzz_web_LDADD = $(APP_LINK)
tests_fuzz_fuzz_web_LDFLAGS = $(FUZZ_LINK_FLAGS)

tests_fuzz_fuzz_ypareo_SOURCES = tests/fuzz/fuzz_ypareo.c tests/fuzz/answers.c tests/fuzz/answers.h $(FUZZ_MAIN)
tests_fuzz_fuzz_ypareo_LDADD = $(ADAPTERS_LINK)
tests_fuzz_fuzz_ypareo_LDFLAGS = $(FUZZ_LINK_FLAGS)

EXTRA_DIST += $(FUZZ_NAMES:%=tests/fuzz/fuzz_%.in) tests/fuzz/main.c tests/fuzz/campaign.sh tests/fuzz/lsan.supp
