#!/bin/sh
# A run that is waited for is seen as it goes, over the control socket: on a terminal, in lines for programs; and when the daemon dies in the middle it
# is said.
. "${srcdir:-.}/tests/system/faults.sh"
sim --seed 4 --learners 9 --groups 2 --days 5 --schools 2 --fault 'latency:edusign:POST:*:ms=150'
serve
ok $? "the daemon is ready"

if command -v curl >/dev/null; then
	curl -sN --unix-socket "$dir/conf/control.sock" -d '{"args":["cfa-lyon","down"],"progress":true,"json":true}' \
		http://localhost/v1/commands/sync >"$dir/lines"
	is $? 0 "an answer in lines"
	ok "$([ "$(grep -c '^{"progress":{"environment":"all","step":"[a-z-]*","done":[0-9]*,"all":[0-9]*}}$' "$dir/lines")" -ge 3 ]; echo $?)" "says how far it is"
	is "$(grep -vc '^{"progress"' "$dir/lines")" 1 "and ends with one result"
	is "$(tail -n 1 "$dir/lines" | q exit)" 0 "which is the command's"
	ok "$(tail -n 1 "$dir/lines" | q out | grep -q '"result"'; echo $?)" "with its document"
	curl -sN --unix-socket "$dir/conf/control.sock" -d '{"args":["cfa-lyon","sideways"],"progress":true}' http://localhost/v1/commands/sync >"$dir/lines"
	is "$(q exit <"$dir/lines")" 1 "what cannot be asked is answered at once"
	# a client that goes away in the middle disturbs nobody
	curl -sN -m 0.05 --unix-socket "$dir/conf/control.sock" -d '{"args":["cfa-lyon","down"],"progress":true}' http://localhost/v1/commands/sync >/dev/null
	is "$(sync cfa-lyon down)" ok "who leaves in the middle disturbs nobody"
else
	skip "there is no curl program" "an answer in lines"
fi

if command -v script >/dev/null; then
	cat >"$dir/run" <<END
exec "$build/passerelle" -c "$dir/conf/passerelle.json" sync cfa-lille down --json >"$dir/out"
END
	script -qec "sh $dir/run" "$dir/terminal" >/dev/null </dev/null
	is $? 0 "on a terminal"
	ok "$([ "$(tr '\r' '\n' <"$dir/terminal" | grep -c '^all: ')" -ge 3 ]; echo $?)" "it is seen as it goes"
	is "$(q result <"$dir/out")" ok "and standard output has the document"
	is "$(grep -c '"environments": \[' "$dir/out")" 1 "once"
	ok "$(! grep -q progress "$dir/out"; echo $?)" "and nothing else"
else
	skip "there is no script program" "on a terminal"
fi

# the daemon dies in the middle of a run that is waited for
before=$(wc -l <"$dir/ledger")
rm -rf "$dir/conf/data/cfa-lyon" # it reads everything anew
"$build/passerelle" -c "$dir/conf/passerelle.json" sync cfa-lyon down --json >"$dir/out" 2>"$dir/err" &
client=$!
tries=0
until [ "$(wc -l <"$dir/ledger")" -gt $((before + 5)) ] || [ $tries -gt 20000 ]; do tries=$((tries + 1)); done
kill -9 "$daemon"
wait "$daemon" 2>/dev/null
daemon=
wait $client
is $? 2 "a daemon that dies in the middle"
has "$dir/err" "the daemon's answer was lost" "is told"
ok "$(q error <"$dir/out" | grep -q "answer was lost"; echo $?)" "also in the one document on standard output"
serve
is "$(sync cfa-lyon down)" ok "the next one carries on"
nothing_doubled "and nothing is made twice"
stop
ok $? "the end"
done_testing
