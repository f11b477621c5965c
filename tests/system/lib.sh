# Shared by the system tests: the real programs over loopback, on ports of the kernel's choice, in a directory of the test's own.
# Prints TAP. Sourced.

build=${top_builddir:-.}
case $build in /*) ;; *) build=$(pwd)/$build ;; esac
dir=$(mktemp -d "${TMPDIR:-/tmp}/passerelle-system-XXXXXX")
sim_pid=
count=0

finish() {
	[ -z "$sim_pid" ] || kill "$sim_pid" 2>/dev/null
	rm -rf "$dir"
}
trap finish EXIT

ok() { # ok STATUS NAME
	count=$((count + 1))
	if [ "$1" = 0 ]; then echo "ok $count - $2"; else echo "not ok $count - $2"; fi
}
is() { # is GOT WANTED NAME
	if [ "$1" = "$2" ]; then ok 0 "$3"; else
		ok 1 "$3"
		echo "# got «$1», wanted «$2»"
	fi
}
done_testing() { echo "1..$count"; }

# Starts the simulators and waits for the line that says they are ready.
sim() {
	mkfifo "$dir/ready"
	"$build/passerelle-sim" --write-config "$dir/conf" --ledger "$dir/ledger" "$@" >"$dir/ready" 2>"$dir/sim.err" &
	sim_pid=$!
	read -r ready <"$dir/ready"
	control=$(printf '%s' "$ready" | "$build/tests/system/jsonq" control)
}
p() { "$build/passerelle" -c "$dir/conf/passerelle.json" "$@"; }
q() { "$build/tests/system/jsonq" "$1"; }
# How many requests took effect: METHOD, then a fixed text of the line.
effects() { grep -F "\"method\":\"$1\"" "$dir/ledger" | grep -F '"effect":true' | grep -cF "$2"; }
writes() { grep -c '"effect":true' "$dir/ledger"; }
