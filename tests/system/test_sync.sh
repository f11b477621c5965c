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

# no token in what is printed or kept
leaked=0
for token in "$dir"/conf/secrets/*; do
	grep -rqF "$(cat "$token")" "$dir/conf/data" "$dir/err" "$dir/out" "$dir/first" "$dir/second" "$dir/plan" "$dir/ledger" && leaked=1
done
is $leaked 0 "no token reached output, log or store"

chmod 644 "$dir"/conf/secrets/*
p sync cfa-lyon down >"$dir/out" 2>&1
is $? 1 "a token file that others may read is refused"
ok "$(grep -q 'chmod' "$dir/out"; echo $?)" "with what to type"
done_testing
