#!/bin/sh
# The arrows between the layers, and where a foreign header may stand. Prints TAP.
cd "${srcdir:-.}" || exit 1
n=0
refuse() { # refuse NAME LINES
	n=$((n + 1))
	if [ -z "$2" ]; then echo "ok $n - $1"; else
		echo "not ok $n - $1"
		echo "$2" | sed 's/^/# /'
	fi
}
includes() { # includes FOLDER PATTERN: lines that include what the pattern names
	grep -rnE "^#include [\"<]($2)" "$1" --include='*.c' --include='*.h'
}
refuse "base includes base only" "$(includes core/base 'core/(io|data|flow|sync|app)/|adapters/|tenants/')"
refuse "io includes nothing above" "$(includes core/io 'core/(data|flow|sync|app)/|adapters/|tenants/')"
refuse "data includes nothing above" "$(includes core/data 'core/(flow|sync|app)/|adapters/|tenants/')"
refuse "flow includes nothing above" "$(includes core/flow 'core/(sync|app)/|adapters/|tenants/')"
refuse "sync knows no vendor, no school's file, no app" "$(includes core/sync 'core/app/|adapters/|tenants/')"
refuse "adapters know no store, no loop, no schedule" "$(includes adapters 'core/(app|data/store|io/loop|io/httpd)|tenants/')"
refuse "tenants know no adapter and no app" "$(includes tenants 'core/app/|adapters/')"
refuse "nothing that ships includes the tests" "$(for f in core tenants adapters; do includes $f 'tests/'; done)"

only() { # only HEADER-PATTERN FILES-PATTERN NAME
	refuse "$3" "$(grep -rnE "^#include <($1)" core tenants adapters --include='*.c' --include='*.h' | grep -vE "^($2):")"
}
only 'uv\.h' 'core/io/(loop_uv|fetch_uv)\.c' "libuv in io alone"
only 'curl/' 'core/io/fetch_uv_p\.h' "libcurl in the transport alone"
only 'microhttpd\.h' 'core/io/httpd\.c' "libmicrohttpd in one file"
only 'yajl/' 'core/data/json\.c' "yajl in one file"
only 'lmdb\.h' 'core/data/store(_p\.h|\.c|_txn\.c|_[a-z]+\.c)' "LMDB in the store alone"
only 'glib' 'core/base/(str|map|tz)\.c|core/app/[a-z_]+\.c' "GLib where it spares us work"
echo "1..$n"
