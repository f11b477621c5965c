EXTRA_PROGRAMS += bench/bench_json
BENCHES += bench/bench_json
bench_bench_json_SOURCES = bench/bench_json.c
bench_bench_json_CPPFLAGS = $(AM_CPPFLAGS) $(YAJL_CFLAGS)
bench_bench_json_LDADD = $(DATA_LINK)

# The whole daemon with the simulators beside it: twelve minutes. One part: make bench-daemon PARTS="sick peak"
EXTRA_DIST += bench/bench_daemon.sh
bench-daemon: passerelle passerelle-sim tests/system/badhost
	top_builddir=. $(SHELL) $(srcdir)/bench/bench_daemon.sh $(PARTS)
.PHONY: bench-daemon

CLEANFILES += $(BENCHES) bench_daemon.json

EXTRA_PROGRAMS += bench/bench_store
BENCHES += bench/bench_store
bench_bench_store_SOURCES = bench/bench_store.c
bench_bench_store_CPPFLAGS = $(AM_CPPFLAGS) $(LMDB_CFLAGS)
bench_bench_store_LDADD = $(DATA_LINK)

EXTRA_PROGRAMS += bench/measure bench/bench_many bench/bench_bare
bench_bench_bare_SOURCES = bench/bench_bare.c
bench_bench_bare_CPPFLAGS = $(AM_CPPFLAGS) $(UV_CFLAGS) $(CURL_CFLAGS)
bench_bench_bare_LDADD = $(DATA_LINK)
bench_measure_SOURCES = bench/measure.c
bench_bench_many_SOURCES = bench/bench_many.c
bench_bench_many_LDADD = $(APP_LINK)

# For operators, on their own machines.
dist_bin_SCRIPTS += bench/passerelle-bench

# What passerelle is measured against.
PEER_NODE = bench/peers/node/README.md bench/peers/node/package.json bench/peers/node/package-lock.json bench/peers/node/peer.mjs \
	bench/peers/node/http.mjs bench/peers/node/store.mjs bench/peers/node/vendors.mjs bench/peers/node/down.mjs bench/peers/node/up.mjs
EXTRA_DIST += $(PEER_NODE) bench/bench_peer.sh bench/plot.awk
bench-peer: passerelle-sim bench/measure bench/bench_many
	srcdir=$(srcdir) top_builddir=. $(SHELL) $(srcdir)/bench/bench_peer.sh
bench-request: passerelle-sim bench/measure bench/bench_many bench/bench_bare
	top_builddir=. $(SHELL) $(srcdir)/bench/bench_request.sh
clean-local:
	rm -rf peer
.PHONY: bench-peer bench-request
EXTRA_DIST += bench/bench_request.sh bench/report.sh
CLEANFILES += bench_request.json bench_json.txt bench_store.txt
CLEANFILES += bench_peer.json bench_peer_cpu_s.svg bench_peer_memory_kb.svg bench_peer_wall_s.svg
