#!/bin/sh
# The demo, and the commands that look: what they print and how they end.
. "${srcdir:-.}/tests/system/lib.sh"

TMPDIR=$dir "$build/passerelle" demo --once --json >"$dir/demo" 2>"$dir/demo.err"
is $? 0 "the demo exits 0"
is "$(q repeated_writes <"$dir/demo")" 0 "its repeated runs write nothing"
is "$(q ok <"$dir/demo")" true "and it says so"
is "$(ls "$dir" | grep -c passerelle-demo)" 0 "its folder is gone"
mkfifo "$dir/said"
TMPDIR=$dir "$build/passerelle" demo >"$dir/said" 2>"$dir/demo.err" &
demo=$!
exec 3<"$dir/said"
while read -r line <&3; do case $line in *token=*) break ;; esac; done
if command -v curl >/dev/null; then
	is "$(curl -s -o "$dir/out" -D "$dir/head" -w '%{http_code}' "$line")" 303 "then the daemon goes on, with its page"
	cookie=$(tr -d '\r' <"$dir/head" | sed -n 's/^[Ss]et-[Cc]ookie: \([^;]*\);.*/\1/p')
	curl -s -H "Cookie: $cookie" "${line%%\?*}" >"$dir/out"
	is "$(grep -c '<th scope="row">' "$dir/out")" 3 "of three schools"
else
	ok 0 "then the daemon goes on, with its page # SKIP there is no curl program"
	ok 0 "of three schools # SKIP there is no curl program"
fi
kill -INT $demo
cat <&3 >/dev/null
exec 3<&-
wait $demo
is $? 0 "until it is interrupted"
is "$(ls "$dir" | grep -c passerelle-demo)" 0 "its folder is gone then, too"
PASSERELLE_SIM=/nowhere "$build/passerelle" demo --once >"$dir/out" 2>&1
is $? 5 "without the simulators it fails"

# from tomorrow on: no session of theirs is over, whatever hour it is
sim --schools 2 --learners 20 --groups 2 --instructors 4 --quirks --today "$(date -d tomorrow +%F)"
p status --json >"$dir/out"
is $? 0 "status before the first run exits 0"
is "$(q tenants.1.last.down <"$dir/out")" null "no run yet"
p plan cfa-lyon down --json >"$dir/out"
is $? 3 "a plan that has issues exits 3"
is "$(q environments.0.changes.0.action <"$dir/out")" create "its changes are listed"
is "$(writes)" 0 "and nothing is written"
p sync cfa-lyon down --json >"$dir/out"
is $? 3 "a run that leaves issues exits 3"
p issues cfa-lyon --json >"$dir/out"
is $? 0 "issues exits 0"
is "$(q 0.tenant <"$dir/out")" cfa-lyon "and names the school"
record=$(q 0.record <"$dir/out")
ok "$([ -n "$record" ]; echo $?)" "and the record: $record"
p history cfa-lyon --json >"$dir/out"
is "$(q 0.result <"$dir/out")" issues "history has the run"
p sync cfa-lyon down >/dev/null
p history cfa-lyon --json >"$dir/out"
ok "$([ "$(q 0.run <"$dir/out")" != "$(q 1.run <"$dir/out")" ]; echo $?)" "two runs of one second have two names"
p explain cfa-lyon --session 1 --json >"$dir/out"
is $? 0 "explain exits 0"
is "$(q 0.sheet <"$dir/out")" null "of a session that nobody knows there is no sheet"
q 0.verdict <"$dir/out" | grep -q "no sheet, because: Yparéo plans no such session"
ok $? "and why"
p explain cfa-lyon --learner nobody@example.org --memory | grep -q "nothing is known of that"
ok $? "without a reading too"
p explain cfa-lyon --session 1 --learner 2 >/dev/null 2>&1
is $? 1 "one record at a time"
p check --probe >"$dir/out" 2>&1
is $? 0 "check --probe exits 0"
is "$(grep -c ': allowed$' "$dir/out")" 32 "each call of both schools may be made"

# one process at a time
(
	exec 9<>"$dir/conf/data/lock"
	flock -x 9
	p sync cfa-lyon down --json >"$dir/out" 2>"$dir/err"
	echo $? >"$dir/status"
)
is "$(cat "$dir/status")" 2 "with the data in use by another process it exits 2"
is "$(q exit <"$dir/out")" 2 "and says so in its document"
ok "$(grep -q 'in use by process' "$dir/err"; echo $?)" "and on standard error"

p sync cfa-lyon sideways >/dev/null 2>&1
is $? 1 "a flow that there is not exits 1"
p sync cfa-nowhere down >/dev/null 2>&1
is $? 1 "a school that there is not exits 1"
p synk cfa-lyon down >"$dir/out" 2>&1
is "$(cat "$dir/out")" 'there is no command "synk", did you mean "sync"?' "a misspelt command is told which was meant"
p explain cfa-lyon >/dev/null 2>&1
is $? 1 "explain without a record exits 1"
done_testing
