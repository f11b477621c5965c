EXTRA_PROGRAMS += bench/bench_json
BENCHES += bench/bench_json
bench_bench_json_SOURCES = bench/bench_json.c
bench_bench_json_CPPFLAGS = $(AM_CPPFLAGS) $(YAJL_CFLAGS)
bench_bench_json_LDADD = $(DATA_LINK)

CLEANFILES += $(BENCHES)
