# Each target is a function and a corpus beside it, <target>.in. With --with-fuzzer they are libFuzzer programs:
#   make fuzz_programs && tests/fuzz/fuzz_json -max_total_time=60 NEW_INPUTS $(srcdir)/tests/fuzz/fuzz_json.in
# without it main.c replays the corpora in "make check".
FUZZ_TARGETS = tests/fuzz/fuzz_json tests/fuzz/fuzz_record tests/fuzz/fuzz_web
if FUZZER
FUZZ_MAIN =
FUZZ_FLAGS = -fsanitize=fuzzer
else
FUZZ_MAIN = tests/fuzz/main.c
FUZZ_FLAGS =
TESTS += $(FUZZ_TARGETS)
endif
check_PROGRAMS += $(FUZZ_TARGETS)
fuzz_programs: $(FUZZ_TARGETS)
.PHONY: fuzz_programs

tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_json_LDADD = $(DATA_LINK)
tests_fuzz_fuzz_json_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_FLAGS)

tests_fuzz_fuzz_record_SOURCES = tests/fuzz/fuzz_record.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_record_LDADD = $(DATA_LINK)
tests_fuzz_fuzz_record_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_FLAGS)

tests_fuzz_fuzz_web_SOURCES = tests/fuzz/fuzz_web.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_web_LDADD = $(APP_LINK)
tests_fuzz_fuzz_web_LDFLAGS = $(AM_LDFLAGS) $(FUZZ_FLAGS)

EXTRA_DIST += tests/fuzz/fuzz_web.in tests/fuzz/main.c tests/fuzz/fuzz_json.in tests/fuzz/fuzz_record.in
