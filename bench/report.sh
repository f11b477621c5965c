#!/bin/sh
# What the benches of this build directory last said, as one page: on standard output, or, with --into FILE, between the marks of that file. Curves
# go beside FILE, into performance/.
build=${top_builddir:-.}
into=
[ "${1-}" != --into ] || into=$2
page() {
	printf 'Measured on %s, %s processors (%s), %s GiB of memory, Linux %s.\n' "$(date -u +%F)" "$(getconf _NPROCESSORS_ONLN)" \
		"$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)" "$(awk '/^MemTotal/ { printf "%d", $2 / 1048576 + 0.5 }' /proc/meminfo)" "$(uname -r | cut -d- -f1)"
	for f in json store; do
		[ -s "$build/bench_$f.txt" ] || continue
		printf '\n`bench/bench_%s`:\n\n' $f
		sed 's/^/    /' "$build/bench_$f.txt"
	done
	if [ -s "$build/bench_request.json" ]; then
		printf '\nProcessor time per request, TLS on, against a bare loop of libcurl on libuv that makes the same requests (`make bench-request`):\n\n'
		printf '| run | passerelle | bare loop | passerelle : bare |\n| --- | --- | --- | --- |\n'
		tr '}' '\n' <"$build/bench_request.json" | sed -n 's/.*"run":"\([a-z]*\)","passerelle_us":\([0-9.]*\),"bare_us":\([0-9.]*\),"ratio":\([0-9.]*\),"lowest":\([0-9.]*\),"highest":\([0-9.]*\).*/| \1 | \2 µs | \3 µs | \4 (\5 to \6) |/p'
	fi
	if [ -s "$build/bench_peer.json" ]; then
		printf '\nAgainst the peer in Node.js, for so many schools at once (`make bench-peer`); each ratio is peer : passerelle, the median with its range:\n\n'
		printf '| schools | run | figure | passerelle | peer | peer : passerelle |\n| --- | --- | --- | --- | --- | --- |\n'
		sed -n 's/.*"schools":\([0-9]*\),"run":"\([a-z]*\)","figure":"\([a-z_]*\)","passerelle":\([0-9.]*\),"peer":\([0-9.]*\),"ratio":\([0-9.]*\),"lowest":\([0-9.]*\),"highest":\([0-9.]*\).*/\1 \2 \3 \4 \5 \6 \7 \8/p' "$build/bench_peer.json" |
			awk '{ printf "| %s | %s | %s | %s | %s | %.2f (%.2f to %.2f) |\n", $1, $2, $3, $4, $5, $6, $7, $8 }'
		for f in cpu_s memory_kb wall_s; do
			[ ! -s "$build/bench_peer_$f.svg" ] || printf '\n![%s](performance/peer_%s.svg)\n' "$(echo $f | tr _ ' ')" $f
		done
	fi
	if [ -s "$build/bench_daemon.json" ]; then
		printf '\nThe daemon with many schools (`make bench-daemon`):\n\n| what | figure |\n| --- | --- |\n'
		tr '{' '\n' <"$build/bench_daemon.json" | sed -n 's/.*"name":"\([^"]*\)","value":\([^,]*\),"unit":"\([^"]*\)".*/| \1 | \2 \3 |/p'
	fi
}
if [ -z "$into" ]; then
	page
	exit
fi
page >"$into.new"
mkdir -p "$(dirname "$into")/performance"
for f in cpu_s memory_kb wall_s; do
	[ ! -s "$build/bench_peer_$f.svg" ] || cp "$build/bench_peer_$f.svg" "$(dirname "$into")/performance/peer_$f.svg"
done
awk -v new="$into.new" '/^<!-- measured -->/ { print; print ""; while ((getline line < new) > 0) print line; print ""; inside = 1; next } /^<!-- end -->/ { inside = 0 } !inside' "$into" >"$into.tmp" &&
	mv "$into.tmp" "$into"
rm -f "$into.new"
