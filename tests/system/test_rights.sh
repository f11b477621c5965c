#!/bin/sh
# What is kept of people, and of schools: shown, erased, copied, brought back, removed; here and in the daemon. And nothing of it in the log.
command -v curl >/dev/null || { echo "1..0 # SKIP there is no curl program"; exit 0; }
. "${srcdir:-.}/tests/system/lib.sh"
sim --seed 5 --learners 6 --groups 1
data=$dir/conf/data
op=0123456789abcdef0123456789abcdef
reader=reader-token-0123456789
printf '%s\ngrafana read %s\n' $op $reader >"$dir/tokens"
chmod 600 "$dir/tokens"
sed "s|^{|{ \"http\": { \"listen\": \"127.0.0.1:0\", \"token_file\": \"$dir/tokens\" }, \"log\": { \"level\": \"debug\" },|" "$dir/conf/passerelle.json" >"$dir/with"
mv "$dir/with" "$dir/conf/passerelle.json"
saw() { timeout 60 sh -c 'tail -n +1 -f "$1" 2>/dev/null | grep -qm1 -- "$2"' - "$dir/log" "$1"; }

p sync cfa-lyon down >/dev/null 2>>"$dir/log"
is $? 0 "a first run, without a daemon"
# what the vendors know of people: all that was sent to Edusign
grep -oE '(FIRSTNAME|LASTNAME|EMAIL|PHONE)[\\]*":[\\]*"[^"\\]{3,}' "$dir/ledger" | sed 's/.*"//' | sort -u >"$dir/people"
ok "$([ "$(wc -l <"$dir/people")" -ge 15 ]; echo $?)" "people were written"
code=$(grep -oE 'API_ID[\\]*":[\\]*"[0-9]+' "$dir/ledger" | grep -oE '[0-9]+$' | head -1)
p --json person cfa-lyon "$code" >"$dir/out" 2>/dev/null
kind=$(q kind <"$dir/out")
ok "$(grep -q '"kind": "binding"' "$dir/out"; echo $?)" "all that is kept of one is shown"
p person cfa-lyon 1 >"$dir/out" 2>&1
ok "$(grep -q 'nothing is kept' "$dir/out"; echo $?)" "of somebody unknown nothing"
p person cfa-lyon >/dev/null 2>&1
is $? 1 "a code is needed"
p person cfa-lyon "$code" --erase >"$dir/out" 2>&1
is $? 1 "erasing needs to know whose code it is"
p person cfa-lyon "$code" "--$kind" --erase >"$dir/out" 2>&1
is $? 4 "whom Yparéo lists is not erased"

"$build/passerelle" -c "$dir/conf/passerelle.json" serve 2>>"$dir/log" &
daemon=$!
trap 'kill -9 $daemon 2>/dev/null; finish' EXIT
saw ' ready schools=1'
ok $? "the daemon"
port=$(sed -n 's/.* listening .*port=\([0-9]*\).*/\1/p' "$dir/log")
post() { curl -s -m 20 -o "$dir/out" -w '%{http_code}' -H "Authorization: Bearer $1" -d "$3" "http://127.0.0.1:$port/v1/commands/$2"; }
p --json person cfa-lyon "--$kind" "$code" >"$dir/out" 2>/dev/null
is "$(q code <"$dir/out")" "$code" "the daemon shows the same"
p person cfa-lyon "$code" "--$kind" --erase >"$dir/out" 2>&1
is $? 4 "and refuses the same"
is "$(post $reader person "{\"args\":[\"cfa-lyon\",\"$code\"]}")" 403 "personal data is the operator's"
is "$(post $op person "{\"args\":[\"cfa-lyon\",\"$code\"],\"json\":true}")" 200 "who gets it"
is "$(post $op backup "{\"args\":[\"cfa-lyon\",\"$dir/far\"]}")" 403 "nobody has files written from afar"
ok "$([ ! -e "$dir/far" ]; echo $?)" "none was"
is "$(post $op purge '{"args":["cfa-lyon"]}')" 403 "nor removed"
(cd "$dir" && p backup cfa-lyon copy >"$dir/out" 2>&1)
is $? 0 "a backup while it runs, at a path from here"
is "$(q tenant <"$dir/copy/backup.json")" cfa-lyon "says whose it is"
is "$(stat -c %a "$dir/copy/all/data.mdb" "$dir/copy" | tr '\n' ' ')" '600 700 ' "for its owner alone"
p backup cfa-lyon "$dir/copy" >/dev/null 2>&1
is $? 1 "nothing is written over"
before=$(writes)
p restore cfa-lyon "$dir/copy" >"$dir/out" 2>&1
is $? 0 "brought back while it runs"
p sync cfa-lyon down >/dev/null 2>&1
is "$(writes)" "$before" "and nothing is written twice"
p sync cfa-lyon up >/dev/null 2>&1
p person cfa-lyon 424242 --tutor --erase >"$dir/out" 2>&1
is $? 0 "somebody of whom nothing is kept is erased"
is "$(cut -d' ' -f1,2 "$data/cfa-lyon/erased")" 'tutor 424242' "and stays so"
p purge cfa-lyon </dev/null >"$dir/out" 2>&1
is $? 1 "a school is not removed without being asked"
p purge cfa-lyon --yes >"$dir/out" 2>&1
is $? 4 "nor while it is served"
mv "$dir/conf/tenants.d/cfa-lyon.json" "$dir/gone.json"
kill -HUP $daemon
for _ in 1 2 3 4 5 6 7 8 9 10; do
	p purge cfa-lyon --yes >"$dir/out" 2>&1 && break
	sleep 0.3
done
ok "$([ ! -e "$data/cfa-lyon" ]; echo $?)" "a school that left is removed"
kill -TERM $daemon
wait $daemon
is $? 0 "the end"

# at debug level, through all of the above
ok "$([ "$(grep -c ' debug \| info ' "$dir/log")" -gt 20 ]; echo $?)" "the log says a lot"
grep -vE ' (listening|ready) ' "$dir/log" >"$dir/said"
is "$(grep -ciwFf "$dir/people" "$dir/said")" 0 "and names nobody"
grep -iwFf "$dir/people" "$dir/said" | head -3 | sed 's/^/# /'
is "$(grep -cF -e $op -e $reader "$dir/log")" 0 "nor a token"
done_testing
