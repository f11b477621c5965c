#!/bin/sh
# The Debian package in a clean Debian 12: built, installed, used, upgraded, removed, installed again, purged.
#   packaging/test-package.sh                        a fresh chroot by debootstrap
#   PASSERELLE_CHROOT=DIR packaging/test-package.sh  a copy of this chroot (with apt that works, and without passerelle)
#   PASSERELLE_DEB=FILE …                            this package, instead of building one
#   PASSERELLE_FROM=FILE …                           the version before; by default the new one under a lower number, with a file more
# Needs root, and a mirror of Debian. Nothing outside of a temporary directory is changed; what it starts runs in the chroot.
set -u
src=$(cd "$(dirname "$0")/.." && pwd)
root=
work=
sim=
daemon=
passed=0
failed=0

skip() {
	echo "SKIPPED: $1"
	exit 0
}
finish() {
	for p in $daemon $sim; do kill -9 "$p" 2>/dev/null; done
	[ -z "$root" ] || umount "$root/proc" 2>/dev/null
	# not while something is still mounted there
	if [ -n "$work" ] && ! grep -q " $work/" /proc/mounts; then rm -rf "$work"; fi
}
trap finish EXIT
trap 'exit 1' INT TERM

ok() { # ok STATUS NAME
	if [ "$1" = 0 ]; then
		passed=$((passed + 1))
		echo "ok - $2"
	else
		failed=$((failed + 1))
		echo "not ok - $2"
	fi
}
is() { # is GOT WANTED NAME
	[ "$1" = "$2" ]
	ok $? "$3"
	[ "$1" = "$2" ] || echo "# got «$1», wanted «$2»"
}
try() { # try NAME COMMAND…
	name=$1
	shift
	"$@" >"$work/out" 2>&1
	status=$?
	ok $status "$name"
	[ $status = 0 ] || sed 's/^/# /' "$work/out" | tail -n 20
}
within() { chroot "$root" "$@"; }
apt() { chroot "$root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C apt-get -q -y -o Dpkg::Options::=--force-confold "$@"; }
place() { # MODE OWNER GROUP of a path in the chroot
	chroot "$root" stat -c '%a %U %G' "$1" 2>/dev/null
}
there() { if [ -e "$root$1" ] || [ -L "$root$1" ]; then echo there; else echo gone; fi; }
# Waits for a line in a file, 20 s at most.
saw() { timeout 20 sh -c 'tail -n +1 -f "$1" 2>/dev/null | grep -qm1 -- "$2"' - "$1" "$2"; }

[ "$(id -u)" = 0 ] || skip "a chroot needs root"
command -v chroot >/dev/null || skip "there is no chroot here"
ready=${PASSERELLE_CHROOT:-}
[ -n "$ready" ] || command -v debootstrap >/dev/null || skip "there is no debootstrap here, and PASSERELLE_CHROOT names no chroot"
if [ -z "${PASSERELLE_DEB:-}" ]; then
	command -v dpkg-buildpackage >/dev/null || skip "there is no dpkg-buildpackage here (apt-get install dpkg-dev debhelper)"
	(cd "$src" && dpkg-checkbuilddeps 2>/dev/null) || skip "to build the package is missing: $(cd "$src" && dpkg-checkbuilddeps 2>&1 | sed 's/.*: //')"
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/passerelle-deb-XXXXXX") || exit 1
chmod 755 "$work"
root=$work/root

# ---- the packages ----

if [ -n "${PASSERELLE_DEB:-}" ]; then
	cp "$PASSERELLE_DEB" "$work/new.deb"
else
	mkdir "$work/src"
	# as git has it, or as the tarball brought it; never what was built beside it
	(cd "$src" && if git rev-parse --git-dir >/dev/null 2>&1; then git ls-files -z; else find . -type f -print0; fi |
		grep -zv '^\(\./\)\?build' | tar -cf - --null -T -) | tar -xf - -C "$work/src"
	(cd "$work/src" && DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" dpkg-buildpackage -b -us -uc) >"$work/build.log" 2>&1 || {
		tail -n 30 "$work/build.log"
		echo "not ok - dpkg-buildpackage"
		exit 1
	}
	ok 0 "dpkg-buildpackage"
	cp "$work"/passerelle_*.deb "$work/new.deb"
	if command -v lintian >/dev/null; then
		lintian --allow-root --fail-on error,warning "$work"/passerelle_*.changes >"$work/lintian" 2>&1
		ok $? "lintian has no error and no warning"
		sed 's/^/# /' "$work/lintian"
	else
		echo "SKIPPED: lintian is not installed"
	fi
fi
version=$(dpkg-deb -f "$work/new.deb" Version)
if [ -n "${PASSERELLE_FROM:-}" ]; then
	cp "$PASSERELLE_FROM" "$work/old.deb"
else
	dpkg-deb -R "$work/new.deb" "$work/old"
	sed -i "s/^Version: .*/Version: $version~before/" "$work/old/DEBIAN/control"
	echo before >"$work/old/usr/share/doc/passerelle/only-before"
	dpkg-deb --root-owner-group -b "$work/old" "$work/old.deb" >/dev/null
fi

# ---- the clean system ----

if [ -n "$ready" ]; then
	cp -a --one-file-system "$ready" "$root"
else
	debootstrap --variant=minbase --include=init-system-helpers,ca-certificates bookworm "$root" >"$work/debootstrap.log" 2>&1 ||
		skip "debootstrap failed: $(tail -n 1 "$work/debootstrap.log")"
fi
mount -t proc proc "$root/proc" || skip "/proc cannot be mounted in a chroot here"
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # no service is started: nobody is process 1 in there
chmod 755 "$root/usr/sbin/policy-rc.d"
cp /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null
cp "$work/new.deb" "$work/old.deb" "$root/var/tmp/"
apt update >/dev/null 2>&1
# what it needs comes first, so that what it leaves behind is its own
apt install --no-install-recommends adduser ca-certificates procps tzdata libcurl4 libglib2.0-0 liblmdb0 libmicrohttpd12 libuv1 libyajl2 >"$work/out" 2>&1 ||
	skip "its libraries cannot be installed: $(grep '^E:' "$work/out" | head -n 1)"
everything() { (cd "$root" && find . -xdev \( -path ./proc -o -path ./run -o -path ./var/lib/dpkg -o -path ./var/cache -o -path ./var/log -o -path ./var/tmp -o -path ./tmp \) -prune -o -print | sort); }
everything >"$work/before"

# ---- install ----

try "the version before installs" apt install --no-install-recommends /var/tmp/old.deb
is "$(within getent passwd passerelle | cut -d: -f6,7)" "/var/lib/passerelle:/usr/sbin/nologin" "its user has no shell"
is "$([ "$(within id -u passerelle)" -lt 1000 ]; echo $?)" 0 "and is a system user"
is "$(place /etc/passerelle)" "750 root passerelle" "/etc/passerelle"
is "$(place /etc/passerelle/tenants.d)" "750 root passerelle" "/etc/passerelle/tenants.d"
is "$(place /etc/passerelle/tenants.d/secrets)" "700 passerelle passerelle" "/etc/passerelle/tenants.d/secrets"
is "$(place /etc/passerelle/secrets)" "700 passerelle passerelle" "/etc/passerelle/secrets"
is "$(place /var/lib/passerelle)" "700 passerelle passerelle" "/var/lib/passerelle"
is "$(place /lib/systemd/system/passerelle.service)" "644 root root" "the unit"
is "$(there /etc/systemd/system/multi-user.target.wants/passerelle.service)" there "it is enabled"
try "everybody can see the demo" within setpriv --reuid=65534 --regid=65534 --clear-groups env TMPDIR=/tmp passerelle demo --once
within passerelle check >"$work/out" 2>&1
is "$?" 0 "check, with no school yet"

# ---- a school ----

mkfifo "$work/ready"
(exec chroot "$root" setpriv --reuid=65534 --regid=65534 --clear-groups \
	passerelle-sim --write-config /tmp/sim --seed 3 --learners 5 --groups 1) >"$work/ready" 2>"$work/sim.err" &
sim=$!
read -r line <"$work/ready"
ok "$(echo "$line" | grep -q control; echo $?)" "the simulators run"
for side in ypareo edusign; do
	within install -o passerelle -g passerelle -m 600 "/tmp/sim/secrets/$side-cfa-lyon" "/etc/passerelle/tenants.d/secrets/cfa-lyon.$side"
done
sed 's#"\.\./secrets/\([a-z]*\)-cfa-lyon"#"secrets/cfa-lyon.\1"#' "$root/tmp/sim/tenants.d/cfa-lyon.json" >"$root/etc/passerelle/tenants.d/cfa-lyon.json"
try "check --probe, as root" within passerelle check --probe

serve() { # as the unit does: the user, its own /run/passerelle
	within install -d -m 750 -o passerelle -g passerelle /run/passerelle
	: >"$work/log"
	(umask 077 && exec chroot "$root" setpriv --reuid=passerelle --regid=passerelle --clear-groups passerelle serve) 2>"$work/log" &
	daemon=$!
	saw "$work/log" ' ready schools=1'
	ok $? "the daemon serves the school"
}
stop() {
	kill -TERM "$daemon"
	wait "$daemon"
	is "$?" 0 "and ends when it is told to"
	daemon=
	rm -rf "$root/run/passerelle"
}
serve
is "$(awk '/^Uid:/ { print $2 }' "/proc/$daemon/status")" "$(within id -u passerelle)" "as its user"
is "$(place /run/passerelle/control.sock)" "600 passerelle passerelle" "its socket is its own"
try "a run is asked of it" within passerelle sync cfa-lyon down
is "$(within passerelle history cfa-lyon | grep -c down)" 1 "it remembers the run"
is "$(chroot "$root" find /var/lib/passerelle -mindepth 1 \( -type d ! -perm 700 -o -type f -perm /077 \) | head -n 3)" "" "nobody else can read what is stored"
stop

# ---- upgrade ----

echo '// mine' >>"$root/etc/passerelle/passerelle.json"
chmod 755 "$root/etc/passerelle"
try "the new version takes its place" apt install --no-install-recommends /var/tmp/new.deb
is "$(within dpkg-query -W -f '${Version} ${Status}' passerelle)" "$version install ok installed" "it is installed"
is "$(tail -n 1 "$root/etc/passerelle/passerelle.json")" "// mine" "a changed passerelle.json stays"
is "$(place /etc/passerelle)" "755 root passerelle" "changed modes too"
is "$(place /etc/passerelle/tenants.d/secrets)" "700 passerelle passerelle" "tokens are as closed as before"
[ -n "${PASSERELLE_FROM:-}" ] || is "$(there /usr/share/doc/passerelle/only-before)" gone "what the new version has no more is gone"
serve
is "$(within passerelle history cfa-lyon | grep -c down)" 1 "the new version knows the run"
stop

# ---- remove, and back ----

try "it is removed" apt remove passerelle
is "$(there /usr/bin/passerelle) $(there /lib/systemd/system/passerelle.service)" "gone gone" "program and unit are gone"
is "$(there /etc/passerelle/tenants.d/cfa-lyon.json) $(there /etc/passerelle/tenants.d/secrets/cfa-lyon.ypareo)" "there there" "the school and its tokens stay"
is "$(place /var/lib/passerelle/cfa-lyon)" "700 passerelle passerelle" "what is known of it too"
try "it is installed again" apt install --no-install-recommends /var/tmp/new.deb
is "$(within passerelle history cfa-lyon | grep -c down)" 1 "and goes on where it was"

# ---- purge ----

kill "$sim" && wait "$sim" 2>/dev/null
sim=
rm -rf "$root/tmp/sim"
apt purge passerelle >"$work/out" 2>&1
is "$?" 0 "it is purged"
is "$(grep -c '^passerelle: purge removes /[a-z/]* for good$' "$work/out")" 2 "which says what it takes away"
is "$(there /etc/passerelle) $(there /var/lib/passerelle) $(there /run/passerelle)" "gone gone gone" "configuration, tokens and data are gone"
is "$(within getent passwd passerelle | cut -d: -f1)" passerelle "its user stays"
everything >"$work/after"
is "$(comm -13 "$work/before" "$work/after" | grep -v '^\./etc/\(passwd\|group\|shadow\|gshadow\|subuid\|subgid\)-$' | tr '\n' ' ')" "" "nothing else is left"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
