#!/bin/sh
# passerelle against the peer in Node.js (bench/peers/node): the same two runs for the same simulated schools, in turn, so that a machine whose speed
# drifts slows both. For 1, 10, 100 and 1,000 schools at once: processor time, memory at its highest, time by the clock, as medians and ranges of
# the ratio peer : passerelle over PAIRS pairs.
#
#   first    every sheet and every person is made, each write journalled on the disk
#   again    nothing has changed
#
# First both are held to the same outcome: behind a run of either, the other one writes nothing. SCHOOLS= and PAIRS= change the numbers.
# Prints a table; bench_peer.json and bench_peer_*.svg go into the build directory.
build=${top_builddir:-.}
case $build in /*) ;; *) build=$(pwd)/$build ;; esac
peer=${srcdir:-.}/bench/peers/node
case $peer in /*) ;; *) peer=$(pwd)/$peer ;; esac
schools=${SCHOOLS:-1 10 100 1000}
pairs=${PAIRS:-5}
skip() { echo "SKIPPED: $1"; exit 0; }
command -v node >/dev/null || skip "there is no node; the peer needs Node.js 20"
# a copy, so that what npm fetches stays out of the source tree
mkdir -p "$build/peer" && cp "$peer"/*.mjs "$peer"/package*.json "$build/peer" && peer=$build/peer
[ -d "$peer/node_modules/lmdb" ] || (cd "$peer" && npm ci --no-audit --no-fund >/dev/null 2>&1) || skip "npm ci failed in $peer"
dir=$(mktemp -d "${TMPDIR:-/tmp}/passerelle-bench-XXXXXX")
sim=
trap '[ -z "$sim" ] || kill "$sim" 2>/dev/null; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
ulimit -n "$(ulimit -H -n)" 2>/dev/null

world() { # world N: N small schools, nothing made yet
	[ -z "$sim" ] || { kill "$sim" && wait "$sim"; } 2>/dev/null
	rm -rf "$dir/conf" "$dir/ledger" "$dir/ready"
	"$build/passerelle-sim" --write-config "$dir/conf" --ledger "$dir/ledger" --schools "$1" --seed 7 --learners 16 --instructors 4 --groups 2 \
		--rooms 4 --sessions 1 --days 8 --no-absences >"$dir/ready" 2>/dev/null &
	sim=$!
	until [ -s "$dir/ready" ]; do sleep 0.1; done
	# the vendor's bound is not what is measured
	sed -i 's/"timezone"/"limits": { "edusign_per_minute": 1000000 }, "timezone"/' "$dir"/conf/tenants.d/*.json
	sed 's|^{|{ "limits": { "open_stores": 4096, "memory_mib": 8192 },|' "$dir/conf/passerelle.json" >"$dir/with"
	mv "$dir/with" "$dir/conf/passerelle.json"
}
passerelle() { "$build/bench/measure" "$build/bench/bench_many" "$dir/conf/passerelle.json" down 2>>"$dir/err"; }
peer() { "$build/bench/measure" node "$peer/peer.mjs" --conf "$dir/conf" --flow down 2>>"$dir/err"; }
effects() { grep -c '"effect":true' "$dir/ledger"; }
field() { sed -n "s/.*\"$2\":\([0-9.]*\).*/\1/p" <<-END
	$1
	END
}
cpu() { awk -v u="$(field "$1" user)" -v s="$(field "$1" system)" 'BEGIN { print u + s }'; }

# ---- the same outcome ----
for first in passerelle peer; do
	second=peer
	[ $first = passerelle ] || second=passerelle
	world 2
	$first >/dev/null
	made=$(effects)
	$second >/dev/null
	left=$(($(effects) - made))
	echo "behind $first ($made writes) $second writes $left"
	[ "$made" -gt 20 ] && [ $left = 0 ] || { echo "the two do not do the same: nothing is measured"; cat "$dir/err"; exit 1; }
done

# ---- the pairs ----
: >"$dir/all"
for n in $schools; do
	for pair in $(seq "$pairs"); do
		for who in passerelle peer; do
			world "$n"
			for run in first again; do
				m=$($who) || { echo "$who failed"; tail -3 "$dir/err"; }
				printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$n" "$pair" "$who" "$run" "$(cpu "$m")" "$(field "$m" memory_kb)" "$(field "$m" wall)" >>"$dir/all"
			done
		done
	done
done

table() { # of the ratios, and of passerelle's own medians
	awk -F'\t' '
	function put(k, v) { c[k]++; val[k, c[k]] = v }
	function med(k,   i, j, t, a) {
		for (i = 1; i <= c[k]; i++) a[i] = val[k, i]
		for (i = 2; i <= c[k]; i++) { t = a[i]; for (j = i - 1; j > 0 && a[j] > t; j--) a[j + 1] = a[j]; a[j + 1] = t }
		lo = a[1]; hi = a[c[k]]; return a[int((c[k] + 1) / 2)]
	}
	{ for (i = 5; i <= 7; i++) { v[$1, $2, $3, $4, i] = $i; put($1 SUBSEP $4 SUBSEP $3 SUBSEP i, $i) }; if (!($1 in seen)) { order[++N] = $1; seen[$1] = 1 } if ($2 > P) P = $2 }
	END {
		split("cpu_s memory_kb wall_s", what, " ")
		for (k = 1; k <= N; k++) { n = order[k]
			for (r = 1; r <= 2; r++) { run = r == 1 ? "first" : "again"
				for (i = 5; i <= 7; i++) {
					for (p = 1; p <= P; p++) { a = v[n, p, "passerelle", run, i]; if (a > 0) put("q" SUBSEP n SUBSEP run SUBSEP i, v[n, p, "peer", run, i] / a) }
					q = med("q" SUBSEP n SUBSEP run SUBSEP i); l = lo; h = hi
					a = med(n SUBSEP run SUBSEP "passerelle" SUBSEP i); al = lo; ah = hi; b = med(n SUBSEP run SUBSEP "peer" SUBSEP i)
					printf "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", n, run, what[i - 4], a, al, ah, b, lo, hi, q, l, h
				} } }
	}' "$dir/all"
}
table >"$dir/table"
printf '\n%8s %-6s %-10s %14s %14s %24s\n' schools run figure passerelle peer "peer : passerelle"
awk -F'\t' '{ printf "%8s %-6s %-10s %14s %14s %8.2f (%.2f to %.2f)\n", $1, $2, $3, $4, $7, $10, $11, $12 }' "$dir/table"
awk -F'\t' 'BEGIN { print "[" } { printf "%s{\"schools\":%s,\"run\":\"%s\",\"figure\":\"%s\",\"passerelle\":%s,\"peer\":%s,\"ratio\":%s,\"lowest\":%s,\"highest\":%s}", (NR > 1 ? ",\n" : ""), $1, $2, $3, $4, $7, $10, $11, $12 } END { print "\n]" }' \
	"$dir/table" >bench_peer.json
for figure in cpu_s memory_kb wall_s; do
	awk -F'\t' -v f=$figure '$3 == f { print "passerelle, " $2 "\t" $1 "\t" $4 "\t" $5 "\t" $6 }' "$dir/table" | sort -s -t"$(printf '\t')" -k1,1 >"$dir/plot"
	awk -F'\t' -v f=$figure '$3 == f { print "Node.js, " $2 "\t" $1 "\t" $7 "\t" $8 "\t" $9 }' "$dir/table" | sort -s -t"$(printf '\t')" -k1,1 >>"$dir/plot"
	awk -v title="One run down, schools at once" -v xname="schools" -v yname="$(echo $figure | tr _ ' ')" -f "${srcdir:-.}/bench/plot.awk" "$dir/plot" >bench_peer_$figure.svg
done
echo
echo "bench_peer.json, bench_peer_cpu_s.svg, bench_peer_memory_kb.svg, bench_peer_wall_s.svg"
