#!/bin/sh
# A held plan and its answers: with nobody but the command, and asked of the daemon.
. "${srcdir:-.}/tests/system/lib.sh"
sim --seed 3 --learners 20 --groups 2
file=$dir/conf/tenants.d/cfa-lyon.json
cp "$file" "$dir/whole.json"

# A choice that leaves every session out: each sheet would have to go.
leave_out() { sed 's/"ypareo": *{/"ypareo": { "session_states": ["pending"],/' "$dir/whole.json" >"$file"; }
leave_in() { cat "$dir/whole.json" >"$file"; }
removed() { effects DELETE '"path":"/v1/course/'; }

p sync cfa-lyon down >"$dir/out" 2>&1
is $? 0 "the first run"
sheets=$(effects POST '"path":"/v1/course"')
ok "$([ "$sheets" -gt 5 ]; echo $?)" "made sheets"
leave_out
p --json sync cfa-lyon down >"$dir/held" 2>"$dir/err"
is $? 4 "a catastrophe is held"
plan=$(q environments.0.plan <"$dir/held")
is "${#plan}" 16 "the plan has an id"
is "$(removed)" 0 "nothing is removed"
is "$(p --json status cfa-lyon | q tenants.0.environments.0.plans.0.plan)" "$plan" "status names it"
many=$(p --json status cfa-lyon | q tenants.0.environments.0.plans.0.changes.length)
is "$(p --json status cfa-lyon | q tenants.0.environments.0.plans.0.count)" "$many" "with its list"
ok "$(p status cfa-lyon | grep -q "passerelle approve cfa-lyon $plan"; echo $?)" "and what to type"
is "$(p --json plan cfa-lyon down | q environments.0.plan)" "$plan" "a plan says the same"

p approve cfa-lyon 0123456789abcdef >"$dir/out" 2>"$dir/err"
is $? 1 "a plan that nobody holds is refused"
ok "$(grep -q 'passerelle status cfa-lyon' "$dir/err"; echo $?)" "with what to type"
p approve cfa-lyon >"$dir/out" 2>&1
is $? 1 "an approval names its plan"
p approve nobody "$plan" >"$dir/out" 2>&1
is $? 1 "and its school"
p sync cfa-lyon down --reason because >"$dir/out" 2>&1
is $? 1 "a run needs no reason"

p discard cfa-lyon "$plan" --reason "they are held elsewhere" >"$dir/out" 2>"$dir/err"
is $? 0 "it is discarded"
p sync cfa-lyon down >"$dir/out" 2>&1
is $? 0 "nobody is asked again"
is "$(removed)" 0 "and nothing is removed"
ok "$(p history cfa-lyon | grep -q "discarded.*$plan.*by uid $(id -u): they are held elsewhere"; echo $?)" "the history says who, and why"
ok "$(p --json history cfa-lyon | grep -q '"answer": *"discarded"'; echo $?)" "as JSON too"

# the mind is changed
p --json approve cfa-lyon "$plan" --reason "they are not" >"$dir/out" 2>"$dir/err"
is $? 0 "what was discarded is approved"
is "$(removed)" "$many" "and done"
is "$(q environments.0.approved.left <"$dir/out")" "$many" "the report says how much of it"
is "$(p --json status cfa-lyon | q tenants.0.environments.0.plans.length)" 0 "nothing waits any more"
p approve cfa-lyon "$plan" >"$dir/out" 2>&1
is $? 1 "an answer is given once"

# asked of the daemon
leave_in
"$build/passerelle" -c "$dir/conf/passerelle.json" serve 2>"$dir/log" &
daemon=$!
trap 'kill -9 $daemon 2>/dev/null; finish' EXIT
saw() { timeout 20 sh -c 'tail -n +1 -f "$1" 2>/dev/null | grep -qm1 -- "$2"' - "$dir/log" "$1"; }
changes=0
# Waits until the daemon has taken the school's file once more.
taken() {
	changes=$((changes + 1))
	timeout 20 sh -c 'while [ "$(grep -c "a school.s file changed" "$1")" -lt "$2" ]; do :; done' - "$dir/log" $changes
}
saw ' ready schools=1'
ok $? "the daemon is ready"
p sync cfa-lyon down >"$dir/out" 2>&1
is $? 0 "the sheets are made anew"
before=$(removed)
leave_out
taken
ok $? "the file is taken"
p --json sync cfa-lyon down >"$dir/held" 2>"$dir/err"
is $? 4 "held again"
plan=$(q environments.0.plan <"$dir/held")
p discard cfa-lyon 0123456789abcdef >"$dir/out" 2>"$dir/err"
is $? 1 "no plan of that name"
p --json discard cfa-lyon "$plan" --reason "not now" >"$dir/out" 2>"$dir/err"
is "$? $(q plan.answer <"$dir/out")" "0 discarded" "discarded"
is "$(p --json status cfa-lyon | q tenants.0.environments.0.plans.0.answer)" discarded "status knows at once"
p approve cfa-lyon "$plan" --reason "now" >"$dir/out" 2>"$dir/err"
is $? 0 "approved"
ok "$([ "$(removed)" -gt "$before" ]; echo $?)" "and done"
ok "$(p history cfa-lyon | grep -q "approved.*$plan.*by uid $(id -u): now"; echo $?)" "the history says who, and why"

# nothing left: what was held is wanted again meanwhile
leave_in
taken
p sync cfa-lyon down >/dev/null 2>&1
leave_out
taken
p --json sync cfa-lyon down >"$dir/held" 2>"$dir/err"
plan=$(q environments.0.plan <"$dir/held")
before=$(removed)
leave_in
taken
p approve cfa-lyon "$plan" >"$dir/out" 2>"$dir/err"
is $? 1 "nothing left is refused"
ok "$(grep -q "nothing of plan $plan is wanted" "$dir/err"; echo $?)" "and said"
is "$(removed)" "$before" "nothing is removed"
kill -TERM $daemon
wait $daemon
is $? 0 "the end"
done_testing
