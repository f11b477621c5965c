#!/bin/sh
# The pages of the programs, held against what the programs say of themselves. Prints TAP.
build=${top_builddir:-.}
here=${srcdir:-.}
n=0
ok() { # ok STATUS NAME
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n - $2"; else echo "not ok $n - $2"; fi
}
"$build/passerelle" --help >"${TMPDIR:-/tmp}/passerelle-help.$$" || exit 1
trap 'rm -f "${TMPDIR:-/tmp}"/passerelle-help.$$' EXIT
help="${TMPDIR:-/tmp}/passerelle-help.$$"
page=$here/docs/man/passerelle.1

commands=$(sed -n '/^Commands:/,/^Help/s/^  \([a-z][a-z]*\) .*/\1/p' "$help")
ok "$([ "$(echo "$commands" | wc -l)" -ge 17 ]; echo $?)" "the program lists its commands"
for c in $commands; do
	grep -q "^\.It Ic $c\( \|\$\)" "$page"
	ok $? "passerelle(1) describes the command $c"
done
# and no other: a page that promises more than there is
for c in $(sed -n '/^\.Sh COMMANDS/,/^\.El/s/^\.It Ic \([a-z]*\).*/\1/p' "$page"); do
	echo "$commands" | grep -qx "$c"
	ok $? "$c of passerelle(1) is a command"
done
for o in $(sed -n 's/^ .*--\([a-z]*\)[= ].*/\1/p' "$help" | sort -u); do
	sed 's/\\-/-/g' "$page" | grep -q "^\.It .*--$o\( \|\$\)"
	ok $? "passerelle(1) describes the option --$o"
done
for o in $("$build/passerelle-sim" --help | grep -o -- '^  --[a-z-]*\|  --[a-z-]* N' | sed 's/ N$//; s/ //g' | sort -u); do
	sed 's/\\-/-/g' "$here/docs/man/passerelle-sim.1" | grep -q -- "$o\( \|,\|\$\)"
	ok $? "passerelle-sim(1) describes the option $o"
done
if command -v groff >/dev/null && command -v preconv >/dev/null; then
	for p in "$here"/docs/man/*.[15]; do
		warnings=$(preconv -eutf8 "$p" | groff -Tutf8 -mdoc -ww -z 2>&1)
		ok "$([ -z "$warnings" ]; echo $?)" "$(basename "$p") is clean mdoc"
		[ -z "$warnings" ] || echo "$warnings" | sed 's/^/# /'
	done
else
	n=$((n + 1))
	echo "ok $n - # SKIP there is no groff"
fi
echo "1..$n"
