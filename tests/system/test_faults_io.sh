#!/bin/sh
# The disk says no to a store in the middle of a run: at the first write, a later one, a commit's sync; once or from then on. The run says which file and what
# to do, nothing that the vendors took is lost, and the next run on a disk that is well ends as if nothing had happened. Each case has a school of its own.
. "${srcdir:-.}/tests/system/faults.sh"
ioerr=$build/tests/fault/ioerr.so
if with_asan || grep -q __tsan_init "$build/passerelle" || [ ! -f "$ioerr" ]; then
	echo "1..0 # SKIP a sanitizer wants to be the first that is preloaded"
	exit 0
fi
sim --seed 11 --learners 4 --groups 1 --days 3 --schools 30
for f in "$schools"/*.json; do sed -i 's/"timezone"/"limits": { "settle_seconds": 1 }, &/' "$f"; done
set -- $(ls "$schools" | sed 's/\.json$//')

# faulty SCHOOL CALL AT ERRNO [STAYS]: a run on a disk that is sick
faulty() {
	env LD_PRELOAD="$ioerr" IOERR_CALL="$2" IOERR_AT="$3" IOERR_ERRNO="$4" ${5:+IOERR_STAYS=1} IOERR_COUNT="$dir/calls" \
		"$build/passerelle" -c "$dir/conf/passerelle.json" sync "$1" down --json >"$dir/$1.json" 2>"$dir/$1.err"
	q result <"$dir/$1.json" 2>/dev/null
}

failed=0
for call in write sync; do
	# how many there are in a run that is well
	school=$1 && shift
	is "$(faulty "$school" $call 0 5)" ok "$call: a run that is well"
	all=$(cat "$dir/calls")
	ok "$([ "$all" -ge 6 ]; echo $?)" "$call: its store makes $all of them"
	# how many there are depends on what comes together in a commit: the last ones may not come at all
	for at in 1 2 3 $((all / 4)) $((all / 2)) $((all * 3 / 4)); do
		for errno in 5 28; do
			school=$1 && shift
			stays=
			[ $((at % 2)) = 0 ] || stays=yes
			result=$(faulty "$school" $call "$at" $errno $stays)
			name="$call $at of $all, errno $errno${stays:+, and all behind it}"
			# a commit that only remembers how many requests were made harms no run: then the log says it
			[ "$result" = ok ] || failed=$((failed + 1))
			cat "$dir/$school.json" "$dir/$school.err" >"$dir/said"
			[ "$(cat "$dir/calls")" -lt "$at" ] || has "$dir/said" "$school/all/data.mdb: " "$name: it is said where"
			case $(sync "$school" down) in ok | issues) ok 0 "$name: the next run is well" ;; *) ok 1 "$name: the next run is well" && sed 's/^/# /' "$dir/$school.json" ;; esac
			before=$(writes)
			sync "$school" down >/dev/null
			is "$(writes)" "$before" "$name: and leaves nothing"
		done
	done
done
ok "$([ $failed -ge 12 ]; echo $?)" "$failed runs failed"
nothing_doubled "nothing was made twice"
done_testing
