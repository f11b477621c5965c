#!/bin/sh
# The package's files without building it: the unit, and that it, the maintainer scripts and the program's defaults name the same places.
# Prints TAP.
src=${srcdir:-.}
build=${top_builddir:-.}
unit=$src/systemd/passerelle.service
postinst=$src/debian/passerelle.postinst
postrm=$src/debian/passerelle.postrm
dir=$(mktemp -d "${TMPDIR:-/tmp}/passerelle-package-XXXXXX")
trap 'rm -rf "$dir"' EXIT
count=0

is() { # is GOT WANTED NAME
	count=$((count + 1))
	if [ "$1" = "$2" ]; then echo "ok $count - $3"; else
		echo "not ok $count - $3"
		echo "# got «$1», wanted «$2»"
	fi
}
skip() { # skip NAME REASON
	count=$((count + 1))
	echo "ok $count - $1 # SKIP $2"
}
yes() { if "$@" >/dev/null 2>&1; then echo yes; else echo no; fi; }
setting() { sed -n "s/^$1=//p" "$unit"; }
# What the program takes where passerelle.json is silent.
default() {
	awk -v key=".key = \"$1\"" 'index($0, key) { on = 1 }
		on && match($0, /\.text = "[^"]*"/) { print substr($0, RSTART + 9, RLENGTH - 10); exit }' "$src/core/app/conf.c"
}
# The mode and owner with which the package makes a folder.
made() { sed -n "s#^[[:space:]]*folder $1 ##p" "$postinst"; }

file=$(sed -n 's/^#define CONF_DEFAULT_FILE "\(.*\)"/\1/p' "$src/core/app/conf.h")
data=$(default data) tenants=$(default tenants) control=$(default control)
drain=$(sed -n 's/^#define DRAIN_MS //p' "$src/core/app/daemon.c")

is "/var/lib/$(setting StateDirectory)" "$data" "the unit's state directory is the default of \"data\""
is "/run/$(setting RuntimeDirectory)" "${control%/*}" "its runtime directory holds the control socket"
is "/etc/$(setting ConfigurationDirectory)" "${file%/*}" "its configuration directory holds passerelle.json"
is "$(setting ExecStart)" "/usr/bin/passerelle serve" "it starts the daemon"
is "$(setting User)" "$(sed -n 's/.* \([a-z]*\)$/\1/p' "$postinst" | grep -x passerelle | sort -u)" "as the user that the package makes"
is "$(yes test "$(setting TimeoutStopSec)" -gt $(($((drain)) / 1000 + 10)))" yes "it waits longer than a drain takes"
is "$(yes test "$(setting WatchdogSec)" -gt 2)" yes "its watchdog is one that the daemon answers"
is "$(setting LimitCORE)" 0 "no core is left"
is "$(made "$data")" "0700 passerelle" "the package makes the data directory, its owner's alone"
is "$(made "$tenants/secrets")" "0700 passerelle" "and that of the schools' tokens"
is "$(made "${file%/*}/secrets")" "0700 passerelle" "and that of the program's own"
is "$(cat "$src/debian/passerelle.dirs")" "${tenants#/}" "it ships the directory of schools"
is "$(yes grep -qx "docs/examples/${file##*/} $(echo "${file%/*}" | cut -c2-)" "$src/debian/passerelle.install")" yes "and passerelle.json"
for d in "$data" "${file%/*}"; do
	is "$(yes grep -q "for d in .*$d" "$postrm")" yes "purge knows $d"
done
is "$(sed -n '1s/^passerelle (\([^)]*\)).*/passerelle \1/p' "$src/debian/changelog")" "$("$build/passerelle" --version)" "the package has the program's version"
for script in "$postinst" "$postrm" "$src/packaging/test-package.sh"; do
	is "$(yes sh -n "$script")" yes "${script##*/} is a shell script"
done

if ! command -v systemd-analyze >/dev/null; then
	skip "the unit is understood" "there is no systemd-analyze here"
	skip "the unit is hardened" "there is no systemd-analyze here"
elif ! systemd-analyze security --offline=true --threshold=100 "$unit" >"$dir/out" 2>&1; then
	skip "the unit is understood" "systemd-analyze does not work here: $(head -n 1 "$dir/out")"
	skip "the unit is hardened" "systemd-analyze does not work here"
else
	# a program that is there, in a unit of the same name: only what the unit says itself is asked about
	sed "s#^ExecStart=/usr/bin/passerelle#ExecStart=/bin/true#" "$unit" >"$dir/passerelle.service"
	systemd-analyze verify --man=no "$dir/passerelle.service" >"$dir/out" 2>&1
	is "$(grep -F passerelle.service "$dir/out")" "" "the unit is understood"
	# in tenths: 20 is 2.0
	systemd-analyze security --offline=true --threshold=20 "$unit" >"$dir/out" 2>&1
	is "$?" 0 "the unit is hardened: $(sed -n 's/.*Overall exposure level[^:]*: \([0-9.]*\).*/\1/p' "$dir/out"), 2.0 is allowed"
fi
echo "1..$count"
