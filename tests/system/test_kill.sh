#!/bin/sh
# The real program is killed with SIGKILL after its n-th request, for many n; the run that follows ends as if nothing had happened.
. "${srcdir:-.}/tests/system/lib.sh"
# each write takes a while, so that a kill finds it under way
sim --seed 3 --learners 12 --groups 2 --fault 'latency:edusign:POST:*:ms=20' --days 5

# a write that may have happened is believed not to have, once this has passed: 60 s by default, which no test should wait for
sed -i 's/"timezone"/"limits": { "settle_seconds": 1 }, "timezone"/' "$dir/conf/tenants.d/cfa-lyon.json"

killed=0
step=16
while [ $step -lt 150 ]; do
	at=$(($(wc -l <"$dir/ledger") + step))
	# the program itself, not a shell around it: the signal must reach what writes
	"$build/passerelle" -c "$dir/conf/passerelle.json" sync cfa-lyon down >/dev/null 2>&1 &
	run=$!
	# as soon as the ledger has so many lines; the loop ends with the run at the latest
	while [ "$(wc -l <"$dir/ledger")" -lt $at ] && kill -0 $run 2>/dev/null; do :; done
	kill -9 $run 2>/dev/null
	wait $run 2>/dev/null
	[ $? -ne 137 ] || killed=$((killed + 1))
	step=$((step + 7))
done
ok "$([ $killed -ge 4 ]; echo $?)" "it was killed in the middle of its work ($killed times)"

p --json sync cfa-lyon down >"$dir/last" 2>"$dir/err"
is $? 0 "the next run ends well"
p --json sync cfa-lyon down >"$dir/again" 2>"$dir/err"
sheets=$(q environments.0.counts.sheets.unchanged <"$dir/again")
learners=$(q environments.0.counts.learners.unchanged <"$dir/again")
instructors=$(q environments.0.counts.instructors.unchanged <"$dir/again")
is "$(effects POST '"path":"/v1/course"')" "$sheets" "each sheet was made once"
is "$(effects POST '"path":"/v1/student"')" "$learners" "each learner was made once"
is "$(effects POST '"path":"/v1/professor"')" "$instructors" "each instructor was made once"
is "$(q environments.0.counts.sheets.created <"$dir/again")" 0 "and nothing is left to do"
ok "$([ "$sheets" -gt 2 ]; echo $?)" "there were sheets to make"
done_testing
