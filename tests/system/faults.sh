# For the system tests with faults: a daemon with several schools, most of them sick, and badhost. Sourced, behind it lib.sh.

. "${srcdir:-.}/tests/system/lib.sh"
schools=$dir/conf/tenants.d
daemon=
bad_pid=
tls_pid=

leave() {
	for pid in $daemon $bad_pid $tls_pid; do kill -9 "$pid" 2>/dev/null; done
	finish
}
trap leave EXIT

skip() { # skip REASON NAME
	count=$((count + 1))
	echo "ok $count - $2 # SKIP $1"
}
# Waits for a line of the daemon's log, 20 s at most; the tail ends with the daemon.
saw() { timeout 20 sh -c 'tail -n +1 -f "$1" 2>/dev/null | grep -qm1 -- "$2"' - "$dir/log" "$1"; }
# has FILE TEXT NAME: what an operator reads names it
has() {
	if grep -qF -- "$2" "$1"; then ok 0 "$3"; else
		ok 1 "$3"
		sed 's/^/# /' "$1" | head -20
		echo "# wanted «$2»"
	fi
}

# serve [COMMAND…]: the daemon, started by COMMAND if there is one; waits until it is ready.
serve() {
	: >"$dir/log"
	"$@" "$build/passerelle" -c "$dir/conf/passerelle.json" serve 2>>"$dir/log" &
	daemon=$!
	saw ' ready schools='
}
# Ends the daemon; its status.
stop() {
	kill -TERM "$daemon"
	wait "$daemon"
	status=$?
	daemon=
	return $status
}
# A number of the daemon's /proc/PID/status.
memory() { sed -n "s/^$1:[^0-9]*\([0-9]*\).*/\1/p" "/proc/$daemon/status"; }
with_asan() { grep -q __asan_init "$build/passerelle"; }

badhost() {
	mkfifo "$dir/port"
	"$build/tests/system/badhost" >"$dir/port" &
	bad_pid=$!
	read -r bad <"$dir/port"
	bad=http://127.0.0.1:$bad
}

# sync SCHOOL FLOW: into $dir/SCHOOL.json; its result
sync() {
	p sync "$1" "$2" --json >"$dir/$1.json" 2>"$dir/$1.err"
	q result <"$dir/$1.json"
}
# What its run says is wrong, into $dir/SCHOOL.error.
error_of() { q environments.0.error <"$dir/$1.json" >"$dir/$1.error"; }

# What took effect never does so twice: the same request, of the same account, from the beginning on.
nothing_doubled() { # nothing_doubled NAME
	doubled=$(grep -F '"effect":true' "$dir/ledger" | grep -F '"method":"POST"' | sed 's/.*"path":\(.*\),"status".*/\1/' | sort | uniq -d)
	is "$doubled" "" "$1"
}
