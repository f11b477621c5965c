#!/bin/sh
# What the house does not write. Prints TAP.
cd "${srcdir:-.}" || exit 1
n=0
refuse() { # refuse NAME LINES
	n=$((n + 1))
	if [ -z "$2" ]; then echo "ok $n - $1"; else
		echo "not ok $n - $1"
		echo "$2" | head -20 | sed 's/^/# /'
	fi
}
code() { grep -rnE "$1" core tenants adapters bench tests --include='*.c' --include='*.h'; }
refuse "no function that overflows, hides state or is not reentrant" \
	"$(code '(^|[^a-z_])(strcpy|strcat|sprintf|vsprintf|gets|strtok|atoi|atol|localtime|gmtime|ctime|alloca|tmpnam|mktemp)\(')"
refuse "no shell from inside the program" "$(grep -rnE '(^|[^a-z_])(system|popen)\(' core tenants adapters)"
# a pattern in pieces, so that this file does not name what it forbids
words='TO''DO|FIX''ME|XX''X'
refuse "no unfinished marks" "$(grep -rnE "(^|[^A-Za-z])($words)([^A-Za-z]|\$)" core tenants adapters bench tests docs README.md HACKING.md)"
refuse "no path of one machine" "$(grep -rnE '/(home|root|work)/' core tenants adapters bench docs README.md HACKING.md configure.ac Makefile.am)"
refuse "no file over 800 lines" "$(find core tenants adapters bench tests -name '*.[ch]' -exec wc -l {} + | awk '$2 != "total" && $1 > 800 { print $2 ": " $1 }')"
refuse "tabs indent" "$(grep -rnE '^    [a-z]' core tenants adapters --include='*.c' | head -5)"
# a script that begins by naming its shell is started by its name
refuse "scripts may be run" "$(find bootstrap bench core packaging tests -name '*.sh' | while read -r f; do head -c2 "$f" | grep -q '#!' && [ ! -x "$f" ] && echo "$f"; done)"
echo "1..$n"
