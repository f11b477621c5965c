#!/bin/sh
# campaign.sh MINUTES TARGET…: each libFuzzer target for so many minutes of its own CPU time, from its committed corpus on. What it
# learns lies in fuzz.work/NAME, what it finds in fuzz.work/NAME.found-…; a line a target closes with what was done. Called by "make fuzz".
minutes=$1
shift
top=${srcdir:-.}
work=fuzz.work
export ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=1:abort_on_error=1:handle_abort=1"
export LSAN_OPTIONS="suppressions=$top/tests/fuzz/lsan.supp:print_suppressions=0"
mkdir -p $work

# Sets $seconds: the CPU time that what was started here has used. Not in a pipe: another shell has other children.
count_seconds() {
	times >$work/times
	seconds=$(($(sed -n '2s/\([0-9]*\)m\([0-9]*\)[.0-9]*s \([0-9]*\)m\([0-9]*\).*/\1 * 60 + \2 + \3 * 60 + \4/p' $work/times)))
}

status=0
for target; do
	name=$(basename "$target")
	mkdir -p "$work/$name"
	count_seconds
	begun=$seconds
	inputs=0
	while :; do
		count_seconds
		used=$((seconds - begun))
		left=$((minutes * 60 - used))
		[ $left -gt 0 ] || break
		# slices of time as the clock has it: on a busy machine they are worth less
		slice=$((left < 120 ? left : 120))
		"$target" -max_total_time=$slice -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
			-artifact_prefix="$work/$name.found-" "$work/$name" "$top/tests/fuzz/$name.in" 2>"$work/$name.log"
		rc=$?
		more=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$name.log")
		inputs=$((inputs + ${more:-0}))
		if [ $rc != 0 ]; then
			tail -n 60 "$work/$name.log" >&2
			break
		fi
	done
	count_seconds
	used=$((seconds - begun))
	found=$(ls "$work" | grep -c "^$name.found-")
	[ "$found" = 0 ] || status=1
	[ "$rc" = 0 ] || status=1
	printf '%-14s %3d:%02d CPU minutes %10d inputs %2d findings\n' "$name" $((used / 60)) $((used % 60)) "$inputs" "$found"
done
exit $status
