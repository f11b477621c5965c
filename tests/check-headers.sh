#!/bin/sh
# Each header compiles alone: whoever includes it needs to know nothing else. Prints TAP.
cd "${srcdir:-.}" || exit 1
cc=${CC:-cc}
headers=$(find core tenants adapters tests -name '*.h' | sort)
flags=$(pkg-config --cflags libuv libcurl yajl lmdb libmicrohttpd glib-2.0 cmocka 2>/dev/null)
n=0
for h in $headers; do
	n=$((n + 1))
	# shellcheck disable=SC2086
	if out=$($cc -D_GNU_SOURCE -std=gnu17 -fsyntax-only -Wall -Wextra -Wno-missing-field-initializers -Werror -I. $flags -x c "$h" 2>&1); then
		echo "ok $n - $h"
	else
		echo "not ok $n - $h"
		echo "$out" | sed 's/^/# /'
	fi
done
echo "1..$n"
