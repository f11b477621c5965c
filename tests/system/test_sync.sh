#!/bin/sh
# One school, down twice and up twice, with the real programs.
. "${srcdir:-.}/tests/system/lib.sh"
sim --seed 3 --learners 20 --groups 2

p check >"$dir/out" 2>&1
ok $? "the configuration is good"

p --json plan cfa-lyon down >"$dir/plan" 2>"$dir/err"
is $? 0 "plan exits 0"
is "$(writes)" 0 "a plan writes nothing"
planned=$(q environments.0.changes.length <"$dir/plan")
ok "$([ "$planned" -gt 10 ]; echo $?)" "the plan lists changes"

p --json sync cfa-lyon down >"$dir/first" 2>>"$dir/err"
is $? 0 "the first run exits 0"
is "$(q result <"$dir/first")" ok "its result is ok, in exactly one JSON document"
sheets=$(q environments.0.counts.sheets.created <"$dir/first")
ok "$([ "$sheets" -gt 5 ]; echo $?)" "sheets were created"
is "$(effects POST '"path":"/v1/course"')" "$sheets" "as many as the ledger says"

before=$(writes)
p --json sync cfa-lyon down >"$dir/second" 2>>"$dir/err"
is $? 0 "the second run exits 0"
is "$(writes)" "$before" "and writes nothing"
is "$(q environments.0.counts.sheets <"$dir/second")" "{\"created\":0,\"updated\":0,\"deleted\":0,\"unchanged\":$sheets}" \
	"every count but unchanged is 0"

p --json sync cfa-lyon up >"$dir/up" 2>>"$dir/err"
is $? 0 "the way up exits 0 with nothing archived"

for command in status "status cfa-lyon" issues "issues cfa-lyon" "history cfa-lyon" check; do
	# shellcheck disable=SC2086
	p --json $command >"$dir/out" 2>>"$dir/err"
	q "" <"$dir/out" >/dev/null
	ok $? "$command --json is one JSON document"
done
p sync nobody down >"$dir/out" 2>&1
is $? 1 "an unknown school is a usage error"
p frobnicate >"$dir/out" 2>&1
is $? 1 "an unknown command too"

# the coming runs: 22:00 on the day the clocks change is 21:00 UTC, noon the day before 10:00
p --json schedule cfa-lyon --from 2026-10-24T09:00:00Z --count 4 >"$dir/out" 2>>"$dir/err"
is $? 0 "schedule exits 0"
is "$(q 0.due_utc <"$dir/out") $(q 0.due_local <"$dir/out") $(q 0.flow <"$dir/out")" "2026-10-24T10:00:00Z 2026-10-24T12:00:00+02:00 down" "noon is down"
is "$(q 1.due_utc <"$dir/out") $(q 1.flow <"$dir/out")" "2026-10-24T20:00:00Z up" "at 22:00 up goes first"
is "$(q 2.due_utc <"$dir/out") $(q 2.flow <"$dir/out")" "2026-10-24T20:00:00Z down" "then down"
is "$(q 3.due_utc <"$dir/out")" "2026-10-25T11:00:00Z" "and noon comes an hour later once the clocks have changed"
# the vendor's weekly maintenance: Saturday 16:00 to 22:00, UTC+1
sed -i 's/"options"/"schedule": { "down": ["20:00"], "up": [] }, "options"/' "$dir/conf/tenants.d/cfa-lyon.json"
p --json schedule cfa-lyon --from 2026-11-27T00:00:00Z --count 2 >"$dir/out" 2>>"$dir/err"
is "$(q 0.postponed_utc <"$dir/out")" null "on a Friday a run comes when it is due"
is "$(q 1.due_utc <"$dir/out") $(q 1.postponed_utc <"$dir/out")" "2026-11-28T19:00:00Z 2026-11-28T21:00:00Z" "on a Saturday evening when the maintenance is over"
p schedule cfa-lyon --from 2026-11-28T00:00:00Z --count 1 | grep -q 'postponed to 2026-11-28T21:00:00Z'
ok $? "in words too"
p schedule cfa-lyon --from tomorrow >"$dir/out" 2>&1
is $? 1 "a time that is none is a usage error"

# no token in what is printed or kept
leaked=0
for token in "$dir"/conf/secrets/*; do
	grep -rqF "$(cat "$token")" "$dir/conf/data" "$dir/err" "$dir/out" "$dir/first" "$dir/second" "$dir/plan" "$dir/ledger" && leaked=1
done
is $leaked 0 "no token reached output, log or store"

# what a school asks for is tried, and reasons are held against those that are there
sed 's/"unjustified": 4/"unjustified": 99/; s/"options": {/"options": { "send_reasons": true,/' "$dir/conf/tenants.d/cfa-lyon.json" >"$dir/changed"
mv "$dir/changed" "$dir/conf/tenants.d/cfa-lyon.json"
p check --probe >"$dir/out"
is $? 5 "a reason that Yparéo does not list fails the probe"
grep -q 'reason unjustified 99: Yparéo lists none' "$dir/out"
ok $? "by its name"
grep -q 'reason justified 5: Absence justifiée' "$dir/out"
ok $? "one that it lists is shown"
grep -q 'edusign all justifications: allowed' "$dir/out"
ok $? "what sending reasons needs is tried"
grep -q 'ypareo reason 7 Maladie: no reason of edusign all becomes it' "$dir/out"
ok $? "and what is missing on the other side is told"
chmod 644 "$dir"/conf/secrets/*
p sync cfa-lyon down >"$dir/out" 2>&1
is $? 1 "a token file that others may read is refused"
ok "$(grep -q 'chmod' "$dir/out"; echo $?)" "with what to type"
done_testing
