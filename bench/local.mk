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

# What passerelle is measured against.
PEER_NODE = bench/peers/node/README.md bench/peers/node/package.json bench/peers/node/package-lock.json bench/peers/node/peer.mjs \
	bench/peers/node/http.mjs bench/peers/node/store.mjs bench/peers/node/vendors.mjs bench/peers/node/down.mjs bench/peers/node/up.mjs
EXTRA_DIST += $(PEER_NODE)
