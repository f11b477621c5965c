#!/bin/sh
# A school that only looks on: what another connector did is told apart from what is wanted, and nothing is written.
. "${srcdir:-.}/tests/system/lib.sh"
sim --seed 3 --learners 20 --groups 2
file=$dir/conf/tenants.d/cfa-lyon.json

# the other connector is passerelle itself, under another memory: what it leaves is what is wanted
p sync cfa-lyon down >"$dir/out" 2>"$dir/err"
is $? 0 "the other connector has worked"
sheets=$(effects POST '"path":"/v1/course"')
rm -rf "$dir/conf/data"
cp "$file" "$dir/live.json"
sed 's/"timezone"/"mode": "shadow", "timezone"/' "$dir/live.json" >"$file"

before=$(writes)
p --json shadow cfa-lyon >"$dir/out"
is "$(q length <"$dir/out")" 0 "before the first look there is nothing to show"
p --json sync cfa-lyon down >"$dir/out" 2>>"$dir/err"
is $? 0 "a look exits 0"
is "$(q environments.0.shadow.counts.agrees <"$dir/out")" "$sheets" "every sheet agrees"
is "$(q environments.0.shadow.findings.length <"$dir/out")" 0 "and nothing is found"
p sync cfa-lyon up >"$dir/out" 2>>"$dir/err"
is $? 0 "the way up is looked at too"
is "$(writes)" "$before" "nothing is written"

# a change in Yparéo that the other one has not made yet
sed 's/"timezone"/"mode": "shadow", "timezone"/; s/"ypareo": *{/"ypareo": { "session_states": ["pending"],/' "$dir/live.json" >"$file"
p sync cfa-lyon down >"$dir/out" 2>>"$dir/err"
is $? 0 "sheets that are too many do not fail a look"
ok "$(grep -q "$sheets extra" "$dir/out"; echo $?)" "they are counted"
ok "$(p shadow cfa-lyon | grep -q '^    extra   sheet [0-9]*: '; echo $?)" "and each is named"
ok "$(p --json shadow cfa-lyon | tr -d ' \n' | grep -q "\"flow\":\"down\".*\"extra\":$sheets,"; echo $?)" "and kept"
ok "$(p --json shadow cfa-lyon | tr -d ' \n' | grep -q '"flow":"up"'; echo $?)" "so is the way up"
is "$(writes)" "$before" "still nothing is written"
done_testing
