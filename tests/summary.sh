#!/bin/sh
# The closing line of a test run: the cases of every test program, from the .trs files that automake's TAP driver leaves.
# usage: summary.sh BUILD-DIRECTORY
find "$1" -name '*.trs' -exec grep -h '^:test-result:' {} + 2>/dev/null | awk '
	/ PASS/ || / XFAIL/ { passed++ }
	/ FAIL/ || / XPASS/ || / ERROR/ { failed++ }
	/ SKIP/ { skipped++ }
	END {
		if (skipped) printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
		else printf "%d passed, %d failed\n", passed, failed
	}'
