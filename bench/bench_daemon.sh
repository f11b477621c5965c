#!/bin/sh
# What the daemon does to its schools when there are many of them: a whole process, the simulators beside it on loopback.
#
#   peak       2,000 schools due at one minute: how late the last one's first request is, when all are done, memory
#   neighbours one school beside others that are as busy, all bound by their own limit: its time against its time alone
#   sick       the same beside schools whose Yparéo hangs
#   rest       schools at rest: memory of each, open files, processor time
#
# bench_daemon.sh [PART…]; all of them take about twelve minutes. PEAK=, REST= and BUSY= change the numbers. Prints a table, and the same as
# JSON into bench_daemon.json. Figures are told, not judged.
build=${top_builddir:-.}
case $build in /*) ;; *) build=$(pwd)/$build ;; esac
command -v curl >/dev/null || { echo "there is no curl program"; exit 0; }
[ -x "$build/tests/system/badhost" ] || { echo "make check_PROGRAMS first: tests/system/badhost is missing"; exit 1; }
dir=$(mktemp -d "${TMPDIR:-/tmp}/passerelle-bench-XXXXXX")
daemon= sim= bad=
leave() {
	for p in $daemon $sim $bad; do kill -9 "$p" 2>/dev/null; done
	rm -rf "$dir"
}
trap leave EXIT
trap 'exit 1' INT TERM
: >"$dir/json"
say() { # say NAME VALUE UNIT
	printf '  %-46s %10s %s\n' "$1" "$2" "$3"
	printf '%s{"name":"%s","value":%s,"unit":"%s"}' "$([ -s "$dir/json" ] && echo ,)" "$1" "$2" "$3" >>"$dir/json"
}

# world N [SIM OPTION…]: N schools, in $dir/conf
world() {
	schools=$1
	shift
	for p in $daemon $sim; do kill -9 "$p" 2>/dev/null; done
	daemon=
	rm -rf "$dir/conf" "$dir/ledger" "$dir/ready"
	"$build/passerelle-sim" --write-config "$dir/conf" --ledger "$dir/ledger" --schools "$schools" --seed 7 \
		--learners 8 --instructors 3 --groups 1 --rooms 2 --sessions 1 --days 8 --no-absences "$@" >"$dir/ready" 2>/dev/null &
	sim=$!
	until [ -s "$dir/ready" ]; do sleep 0.1; done
	# the stores and connections of so many schools at once
	sed 's|^{|{ "limits": { "open_stores": 4096, "memory_mib": 8192 },|' "$dir/conf/passerelle.json" >"$dir/with"
	mv "$dir/with" "$dir/conf/passerelle.json"
}
# files SED…: every school's file
files() { sed -i "$@" "$dir"/conf/tenants.d/*.json; }
serve() {
	: >"$dir/log"
	"$build/passerelle" -c "$dir/conf/passerelle.json" serve 2>"$dir/log" &
	daemon=$!
	until grep -q ' ready ' "$dir/log"; do sleep 0.1; done
}
memory() { sed -n "s/^$2:[^0-9]*\([0-9]*\).*/\1/p" "/proc/$1/status"; }
ticks() { awk '{ print $14 + $15 }' "/proc/$1/stat"; }
# ask SCHOOL…: their runs down, all at once, waited for
ask() {
	rm -f "$dir"/ask.*
	asked=0
	for school in "$@"; do
		asked=$((asked + 1))
		printf 'next\nurl = "http://localhost/v1/commands/sync"\nunix-socket = "%s"\ndata = "{\\"args\\":[\\"%s\\",\\"down\\"]}"\nsilent\noutput = /dev/null\n' "$dir/conf/control.sock" "$school" >>"$dir/ask.$((asked / 250))"
	done
	askers=
	for list in "$dir"/ask.*; do
		sed -i 1d "$list"
		curl -Z --parallel-max 250 -K "$list" >/dev/null 2>&1 &
		askers="$askers $!"
	done
	wait $askers
}
# span ACCOUNT: milliseconds from its first request to its last
span() {
	grep -F "\"account\":\"$1\"" "$dir/ledger" | awk -F'[:,]' 'NR == 1 { a = $4 } { z = $4 } END { print z - a }'
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.3f", b ? a / b : 0 }'; }
median() { printf '%s\n' "$@" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

peak() {
	n=${PEAK:-2000}
	echo "peak: $n schools due at one minute, no spread"
	world "$n"
	s=$(date +%S)
	wait=$((60 - ${s#0}))
	[ "$wait" -ge 20 ] || wait=$((wait + 60))
	due=$(TZ=Europe/Paris date -d "+$wait seconds" +%H:%M)
	files "s|\"options\"|\"schedule\": { \"down\": [\"$due\"], \"up\": [], \"spread_minutes\": 0 }, \"options\"|"
	serve
	until [ "$(grep -c 'a run ended' "$dir/log")" -ge "$n" ]; do sleep 1; done
	awk -F'[:,]' '{ at = $4; for (i = 1; i <= NF; i++) if ($i == "\"account\"") a = $(i + 1); if ($0 ~ /"vendor":"ypareo"/ && !(a in f)) { f[a] = 1; n++; if (!min) min = at; if (at > max) max = at } if (at > last) last = at }
		END { print max - min, last - min, NR, n }' "$dir/ledger" >"$dir/figures"
	read -r late all requests began <"$dir/figures"
	say "schools that began" "$began" schools
	say "runs that ended well" "$(grep -c 'a run ended.*result=ok' "$dir/log")" runs
	say "first request of the last behind the first's" "$late" ms
	say "all done behind the first request" "$all" ms
	say "requests" "$requests" requests
	say "processor time of the daemon" "$(ticks $daemon)0" ms
	say "memory at the end of the peak" "$(memory $daemon VmHWM)" KiB
}

neighbours() {
	for n in ${BUSY:-1 100 1000}; do
		echo "neighbours: one school beside $((n - 1)) as busy, each bound by its 30 requests a minute to Edusign"
		world "$n"
		files 's|"options"|"schedule": { "down": [], "up": [] }, "limits": { "edusign_per_minute": 30 }, "options"|'
		serve
		ask $(ls "$dir/conf/tenants.d" | sed 's/\.json$//')
		edusign=$(sed 's/.*"schools":\[{"name":"\([^"]*\)","edusign":\["\([^"]*\)".*/\2/' "$dir/ready")
		t=$(span "$edusign")
		[ "$n" != 1 ] || alone=$t
		say "its time beside $((n - 1))" "$t" ms
		say "against alone (one pair)" "$(ratio "$t" "${alone:-$t}")" ratio
	done
}

# The one is measured by its whole run, as who asks for it sees it; five pairs, in turn.
sick() {
	n=51
	world "$n"
	files 's|"options"|"schedule": { "down": [], "up": [] }, "options"|'
	"$build/tests/system/badhost" >"$dir/port" &
	bad=$!
	until [ -s "$dir/port" ]; do sleep 0.1; done
	one=$(ls "$dir/conf/tenants.d" | sed -n '1s/\.json$//p')
	others=$(ls "$dir/conf/tenants.d" | sed '1d;s/\.json$//')
	for o in $others; do
		sed -i "s|http://[^/]*/$o/index.php|http://127.0.0.1:$(cat "$dir/port")/hang/index.php|" "$dir/conf/tenants.d/$o.json"
	done
	serve
	echo "sick: one school beside $((n - 1)) whose Yparéo hangs"
	ask "$one" # its sheets are there from here on: every measured run is the same
	with= without=
	for i in 1 2 3 4 5; do
		a=$(date +%s%N)
		for k in 1 2 3 4 5 6 7 8; do ask "$one"; done
		b=$(date +%s%N)
		without="$without $(((b - a) / 8000))"
		ask $others &
		asker=$!
		sleep 1
		a=$(date +%s%N)
		for k in 1 2 3 4 5 6 7 8; do ask "$one"; done
		b=$(date +%s%N)
		with="$with $(((b - a) / 8000))"
		kill $asker 2>/dev/null
		wait $asker 2>/dev/null
	done
	w=$(median $with)
	o=$(median $without)
	say "a run alone, median of 5" "$o" us
	say "a run beside them, median of 5" "$w" us
	say "against alone" "$(ratio "$w" "$o")" ratio
}

rest() {
	echo "rest: schools that wait for their time, two minutes behind the start"
	mkdir -p "$dir/none"
	for n in ${REST:-100 1000 10000}; do
		world "$n"
		if [ -z "${base:-}" ]; then
			sed 's|"tenants.d"|"../none"|; s|"control.sock"|"none.sock"|; s|: "data"|: "none"|' "$dir/conf/passerelle.json" >"$dir/conf/none.json"
			"$build/passerelle" -c "$dir/conf/none.json" serve 2>/dev/null &
			daemon=$!
			sleep 5
			base=$(memory $daemon VmRSS)
			kill -9 $daemon
		fi
		files 's|"options"|"schedule": { "down": [], "up": [] }, "options"|'
		serve
		sleep 120
		a=$(ticks $daemon)
		sleep 30
		b=$(ticks $daemon)
		say "$n schools: memory of each" "$(ratio $(($(memory $daemon VmRSS) - base)) "$n")" KiB
		say "$n schools: open files" "$(ls "/proc/$daemon/fd" | wc -l)" files
		say "$n schools: processor at rest" "$(ratio $((b - a)) 30)" "% of a core"
	done
}

for part in ${*:-peak neighbours sick rest}; do $part; done
printf '{"program":"bench_daemon","processors":%s,"figures":[%s]}\n' "$(getconf _NPROCESSORS_ONLN)" "$(cat "$dir/json")" >bench_daemon.json
