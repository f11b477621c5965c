#!/bin/sh
# The daemon's TCP listener: who is let in, to what, and what answers look like.
command -v curl >/dev/null || { echo "1..0 # SKIP there is no curl program"; exit 0; }
. "${srcdir:-.}/tests/system/lib.sh"
sim --seed 5 --learners 5 --groups 1
schools=$dir/conf/tenants.d
op=0123456789abcdef0123456789abcdef
reader=reader-token-0123456789
school=school-token-0123456789
other=other-token-0123456789
cat >"$dir/tokens" <<END
# who may look
$op
grafana read sha256:$(printf %s $reader | sha256sum | cut -d' ' -f1)
direction school:cfa-lyon $school
ailleurs school:elsewhere $other
END
chmod 600 "$dir/tokens"
sed "s|^{|{ \"http\": { \"listen\": \"127.0.0.1:0\", \"token_file\": \"$dir/tokens\" },|" "$dir/conf/passerelle.json" >"$dir/with"
mv "$dir/with" "$dir/conf/passerelle.json"

saw() { timeout 20 sh -c 'tail -n +1 -f "$1" 2>/dev/null | grep -qm1 -- "$2"' - "$dir/log" "$1"; }
"$build/passerelle" -c "$dir/conf/passerelle.json" serve 2>"$dir/log" &
daemon=$!
trap 'kill -9 $daemon 2>/dev/null; finish' EXIT
saw ' ready schools=1'
ok $? "it is ready"
port=$(sed -n 's/.* listening .*port=\([0-9]*\).*/\1/p' "$dir/log")
url=http://127.0.0.1:$port

# get STATUS TOKEN PATH [curl's own…]: the status; body in $dir/out, head in $dir/head
get() {
	token=$1 path=$2
	shift 2
	curl -s -m 20 -o "$dir/out" -D "$dir/head" -w '%{http_code}' ${token:+-H "Authorization: Bearer $token"} "$@" "$url$path"
}
head_has() { tr -d '\r' <"$dir/head" | grep -qi -- "^$1"; }

is "$(get '' /healthz)" 200 "healthz needs no token"
is "$(cat "$dir/out")" ok "and says ok"
is "$(get '' /v1/commands/status -d '{}')" 401 "a command needs one"
head_has 'content-type: application/problem+json'; ok $? "the refusal is a problem document"
is "$(q status <"$dir/out")" 401 "with its status"
head_has 'www-authenticate: Bearer'; ok $? "it says how"
for line in "content-security-policy: default-src 'self'" 'x-content-type-options: nosniff' 'referrer-policy: no-referrer'; do
	head_has "$line"; ok $? "$line"
done
is "$(get $op /v1/commands/status -d '{"json":true}')" 200 "the operator's token, alone on its line"
q out <"$dir/out" | q tenants.0.tenant >"$dir/who"
is "$(cat "$dir/who")" cfa-lyon "sees the schools"
is "$(get $op /nothing)" 404 "what is not there"
is "$(q status <"$dir/out")" 404 "is a problem document too"
is "$(get $op /v1/commands/status)" 405 "a command is posted"
is "$(get $op /v1/commands/status -d '{')" 400 "a broken body"
head -c 263000 /dev/zero | tr '\0' x >"$dir/long"
is "$(get $op /v1/commands/status --data-binary @"$dir/long")" 413 "a long one"
head_has 'content-type: application/problem+json'; ok $? "is a problem document"

is "$(get $reader /v1/commands/status -d '{"json":true}')" 200 "a reader reads"
is "$(get $reader /v1/commands/history -d '{}')" 200 "history too"
is "$(get $reader /v1/commands/pause -d '{"args":["cfa-lyon"]}')" 403 "and pauses nothing"
is "$(get $reader /v1/commands/sync -d '{"args":["cfa-lyon","down"]}')" 403 "and runs nothing"
is "$(get $reader /v1/commands/approve -d '{"args":["cfa-lyon","x"]}')" 403 "nor what may come one day"
is "$(writes)" 0 "nothing was written"

is "$(get sha256:$(printf %s $reader | sha256sum | cut -d' ' -f1) /v1/commands/status -d '{}')" 401 "what stands in the file lets nobody in"
is "$(grep -o 'tokens=[0-9]*' "$dir/log" | head -1)" tokens=3 "the log tells how many tokens stand there themselves"
"$build/passerelle" --json token eve operator >"$dir/made"
q line <"$dir/made" >>"$dir/tokens"
kill -HUP $daemon
saw 'the tokens changed'; ok $? "a line that passerelle token made is taken"
is "$(get "$(q token <"$dir/made")" /v1/commands/history -d '{"args":["cfa-lyon"]}')" 200 "and its token"

is "$(get $school /v1/commands/status -d '{"json":true}')" 200 "a school's reader reads"
q out <"$dir/out" | q tenants.0.tenant >"$dir/who"
is "$(cat "$dir/who")" cfa-lyon "its own school"
is "$(get $school /v1/commands/issues -d '{"args":["elsewhere"]}')" 403 "and no other"
is "$(get $school /v1/commands/issues -d '{"args":["cfa-lyon","elsewhere"]}')" 403 "not behind its own either"
is "$(get $other /v1/commands/status -d '{"args":["cfa-lyon"]}')" 403 "another's does not see it"
is "$(get $other /v1/progress/cfa-lyon)" 404 "nor what it does"
is "$(get $school /v1/progress/cfa-lyon)" 200 "which its own does"
is "$(get $school /v1/commands/sync -d '{"args":["cfa-lyon","down"]}')" 403 "but runs nothing"

is "$(get $op /v1/commands/sync -d '{"args":["cfa-lyon","down"],"json":true}')" 200 "the operator runs"
q out <"$dir/out" | q result >"$dir/result"
is "$(cat "$dir/result")" ok "and gets the report"
ok "$([ "$(writes)" -gt 0 ]; echo $?)" "it wrote"
grep -q 'a command by=operator command=sync' "$dir/log"; ok $? "the log says who asked"

is "$(get $reader /metrics)" 200 "a reader reads the metrics"
head_has 'content-type: text/plain; version=0.0.4'; ok $? "in Prometheus' format"
cp "$dir/out" "$dir/metrics"
has() { grep -qxF -- "$1" "$dir/metrics"; ok $? "$1"; }
has 'passerelle_runs_total{tenant="cfa-lyon",flow="down",result="ok"} 1'
has 'passerelle_runs_total{tenant="cfa-lyon",flow="down",result="failed"} 0'
has 'passerelle_runs_total{tenant="cfa-lyon",flow="up",result="ok"} 0'
has 'passerelle_run_duration_seconds_count{tenant="cfa-lyon",flow="down"} 1'
has 'passerelle_open_issues{tenant="cfa-lyon",environment="all"} 0'
has 'passerelle_held_plans{tenant="cfa-lyon",flow="down"} 0'
has 'passerelle_breakers_open{tenant="cfa-lyon",upstream="ypareo"} 0'
has 'passerelle_last_good_run_timestamp_seconds{tenant="cfa-lyon",flow="up"} 0'
has 'passerelle_school_state{tenant="cfa-lyon",state="idle"} 1'
sheets=$(effects POST '"path":"/v1/course')
has "passerelle_records_total{tenant=\"cfa-lyon\",flow=\"down\",kind=\"sheets\",action=\"create\"} $sheets"
number() { sed -n "s/^$1 //p" "$dir/metrics"; }
ok "$([ "$(number 'passerelle_last_good_run_age_seconds{tenant="cfa-lyon",flow="down"}')" -le 60 ]; echo $?)" "seconds since the last good run"
ok "$([ "$(number process_resident_memory_bytes)" -gt 1000000 ]; echo $?)" "memory"
ok "$([ "$(number 'passerelle_loop_lag_seconds_count')" -gt 10 ]; echo $?)" "the loop's lag is measured"
ok "$([ "$(number 'passerelle_store_bytes{tenant="cfa-lyon",environment="all"}')" -gt 4096 ]; echo $?)" "sizes of the stores"
is "$(number 'passerelle_requests_total{tenant="cfa-lyon",upstream="edusign"}')" "$(grep -c '"vendor":"edusign"' "$dir/ledger")" "every request is counted"
grep -q '^passerelle_sheets_ahead{tenant="cfa-lyon",environment="all"} [1-9]' "$dir/metrics"
ok $? "and the sheets to come"
grep -q '^passerelle_limit_use_ratio{tenant="cfa-lyon",environment="all"} 0[.]' "$dir/metrics"
ok $? "and how much of the account's minute is used"
is "$(get $school /metrics)" 403 "a school's token sees no metrics"
is "$(get '' /metrics)" 401 "nobody's does neither"
if command -v promtool >/dev/null; then
	promtool check metrics <"$dir/metrics" >"$dir/lint" 2>&1
	is $? 0 "promtool finds nothing wrong"
	is "$(cat "$dir/lint")" "" "and nothing to say"
	promtool check rules "${srcdir:-.}/docs/examples/prometheus-alerts.yml" >"$dir/rules" 2>&1
	is $? 0 "nor in the alerts of the examples"
else
	count=$((count + 1))
	echo "ok $count - promtool finds nothing wrong # SKIP there is no promtool program"
fi
for file in prometheus-alerts.yml grafana-dashboard.json; do
	names=$(grep -oE '(passerelle|process)_[a-z_]+' "${srcdir:-.}/docs/examples/$file" | sort -u)
	for name in $names; do grep -q "^# TYPE ${name%_bucket} " "$dir/metrics" || echo "$name"; done >"$dir/missing"
	is "$(cat "$dir/missing")" "" "$file knows no metric that is not there"
	[ "$(echo "$names" | wc -l)" -gt 5 ]
	ok $? "and some that are"
done
is "$(q title <"${srcdir:-.}/docs/examples/grafana-dashboard.json")" passerelle "the dashboard is JSON"

for i in 1 2 3 4 5 6 7 8 9 10; do get wrong-token-of-nobody-at-all /v1/commands/status -d '{}' >/dev/null; done
is "$(get wrong-token-of-nobody-at-all /v1/commands/status -d '{}')" 429 "the eleventh wrong token has to wait"
head_has 'retry-after: [1-6]'; ok $? "and is told how long"
is "$(get $op /v1/commands/status -d '{}')" 200 "who has a right one does not"
is "$(get wrong-token-of-nobody-at-all /v1/commands/status -d '{}' -H 'X-Forwarded-For: 203.0.113.9')" 401 "behind a proxy of this machine each client is its own"

v6() { get wrong-token-of-nobody-at-all /v1/commands/status -d '{}' -H "X-Forwarded-For: 192.0.2.1, 2001:db8:1:2::$1"; }
for i in 1 2 3 4 5 6 7 8 9 a; do v6 $i >/dev/null; done
is "$(v6 ffff)" 429 "all addresses of one IPv6 network are one client"

echo "new operator ${op}2" >"$dir/tokens"
kill -HUP $daemon
saw 'the tokens changed'
ok $? "tokens are read again"
is "$(get ${op}2 /v1/commands/status -d '{}')" 200 "the new one is let in"
is "$(get $op /v1/commands/status -d "{}" -H "X-Forwarded-For: 203.0.113.10")" 401 "the old one is not"
echo "too short" >"$dir/tokens"
kill -HUP $daemon
saw 'the token file is not taken'
ok $? "a broken file is not taken"
is "$(get ${op}2 /v1/commands/status -d '{}')" 200 "the tokens before it go on"
p check >"$dir/check" 2>&1
is $? 1 "check refuses it"
grep -q 'tokens:1: expected NAME ROLE TOKEN' "$dir/check"; ok $? "with its line"
kill -HUP $daemon
p status >/dev/null
kill -HUP $daemon
p sync cfa-lyon down >/dev/null
is "$(grep -c 'the token file is not taken' "$dir/log")" 1 "the log says it once"

many=$(seq -w 1 120)
for i in $many; do echo '{' >"$schools/broken-$i.json"; done
saw 'tenant=broken-120 a school.s file does not validate'
p status --json >"$dir/out" 2>"$dir/err"
is $? 1 "more schools than are told in one turn, most of them broken"
is "$(q tenants.length <"$dir/out")" 121 "each is told"
is "$(grep -o '"tenant": *"[a-z0-9-]*"' "$dir/out" | sort -u | grep -c .)" 121 "once"
is "$(q tenants.120.state <"$dir/out")" idle "in order"
is "$(get ${op}2 /metrics)" 200 "so are the metrics"
is "$(grep -c 'passerelle_school_state{' "$dir/out")" 121 "of all"
for i in $many; do rm "$schools/broken-$i.json"; done

kill -TERM $daemon
wait $daemon
is $? 0 "SIGTERM ends it"
! grep -qE "$op|$reader|$school" "$dir/log"
ok $? "no token in the log"

# IPv6, and what cannot be opened
echo "$op" >"$dir/tokens"
sed -i 's|127.0.0.1:0|[::1]:0|' "$dir/conf/passerelle.json"
"$build/passerelle" -c "$dir/conf/passerelle.json" serve 2>"$dir/log" &
daemon=$!
saw ' ready schools=1'
port=$(sed -n 's/.* listening .*port=\([0-9]*\).*/\1/p' "$dir/log")
if [ -n "$port" ]; then
	url="http://[::1]:$port"
	is "$(get '' /healthz)" 200 "IPv6 as well"
else
	count=$((count + 1))
	echo "ok $count - IPv6 as well # SKIP this machine has no IPv6"
fi
kill -TERM $daemon
wait $daemon
chmod 644 "$dir/tokens"
"$build/passerelle" -c "$dir/conf/passerelle.json" serve 2>"$dir/log" &
daemon=$!
saw ' ready schools=1'
grep -q 'HTTP listener cannot be opened.*chmod 600' "$dir/log"
ok $? "a token file that others can read is refused, schools are served"
kill -TERM $daemon
wait $daemon
is $? 0 "the end"
done_testing
