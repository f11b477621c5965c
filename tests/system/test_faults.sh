#!/bin/sh
# Upstreams that hang, drip, reset, flood, redirect, or are somebody else: each school in trouble says what is wrong, the one that is well runs on, and
# once the upstream is well again everything is there once.
. "${srcdir:-.}/tests/system/faults.sh"
sim --seed 3 --learners 3 --groups 1 --days 3 --schools 15 \
	--fault hang-after:edusign:POST:/v1/student:count=1 --fault reset-after:edusign:POST:/v1/course:skip=1:count=1
badhost
sed 's/"data": "data"/"limits": { "memory_per_run_mib": 16 }, &/' "$dir/conf/passerelle.json" >"$dir/with"
mv "$dir/with" "$dir/conf/passerelle.json"

# A second is long enough for loopback, and two tries for a test.
hasty() { sed -i 's/"timezone"/"limits": { "timeout_seconds": 1, "tries": 2, "settle_seconds": 1 }, &/' "$schools/$1.json"; }
# sick SCHOOL ypareo|edusign URL: where it looks instead
sick() {
	hasty "$1"
	cp "$schools/$1.json" "$dir/$1.well"
	if [ "$2" = ypareo ]; then
		sed -i "s|\"url\": \"[^\"]*index.php\"|\"url\": \"$3/index.php\"|" "$schools/$1.json"
	else
		sed -i "s|\"url\": \"[^\"]*/v1\"|\"url\": \"$3/v1\"|" "$schools/$1.json"
	fi
	patients="$patients $1"
}
patients=
hasty cfa-brest
sick cfa-lille ypareo $bad/hang
sick cfa-nantes ypareo $bad/drip
sick cfa-rennes ypareo $bad/reset
sick cfa-toulouse ypareo $bad/huge
sick cfa-bordeaux ypareo $bad/login
sick cfa-rouen ypareo $bad/page
sick cfa-dijon edusign $bad/hang
sick cfa-metz edusign $bad/reset
sick cfa-montpellier edusign $bad/huge
sick cfa-tours edusign $bad/page
sick cfa-annecy edusign $bad/drip
sick cfa-angers ypareo http://127.0.0.1:1
# a certificate that nobody vouches for
why_no_tls="there is no openssl program"
if command -v openssl >/dev/null && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=another.example \
	-keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null; then
	mkfifo "$dir/accept"
	openssl s_server -accept 127.0.0.1:0 -key "$dir/key.pem" -cert "$dir/cert.pem" -www >"$dir/accept" 2>/dev/null &
	tls_pid=$!
	why_no_tls="this openssl does not say on which port it listens"
	exec 3<"$dir/accept"
	while read -r line <&3; do case $line in ACCEPT\ *) tls=${line##*:} && break ;; esac done
	[ -z "$tls" ] || sick cfa-nice ypareo "https://localhost:$tls"
fi

serve
ok $? "the daemon is ready"
# writes that took effect and were not answered: the two of its own
is "$(sync cfa-brest down)" ok "a write without an answer is read back"
is "$(grep -F '"status":0' "$dir/ledger" | grep -cF '"effect":true')" 2 "two had none"
nothing_doubled "and is not made again"
first=$(memory VmRSS)
for school in $patients; do sync $school down >"$dir/$school.result" & pids="$pids $!"; done
is "$(sync cfa-lyon down)" ok "meanwhile the school that is well runs"
for pid in $pids; do wait $pid; done
most=$(memory VmHWM)

# told SCHOOL PLACE CAUSE REMEDY
told() {
	is "$(cat "$dir/$1.result")" failed "$1: the run failed"
	error_of "$1"
	has "$dir/$1.error" "$2" "$1: the error names the place"
	has "$dir/$1.error" "$3" "$1: the cause"
	has "$dir/$1.error" "$4" "$1: the remedy"
}
address="check the address in the school's file"
told cfa-lille "GET $bad/hang/index.php/r/v1/sites" "no answer in time" "limits.timeout_seconds"
told cfa-nantes "GET $bad/drip/index.php/r/v1/sites" "imeout" "limits.timeout_seconds"
told cfa-rennes "GET $bad/reset/index.php/r/v1/sites" "connection lost" "ask who runs that server"
told cfa-toulouse "Yparéo sites" "the memory of the run is used up" "limits.memory_per_run_mib"
told cfa-bordeaux "GET $bad/login/index.php/r/v1/sites" "HTTP 302" "$address"
told cfa-rouen "GET $bad/page/index.php/r/v1/sites" "not JSON" "$address"
told cfa-dijon "GET $bad/hang/v1/school" "no answer in time" "limits.timeout_seconds"
told cfa-metz "GET $bad/reset/v1/school" "connection lost" "ask who runs that server"
told cfa-montpellier "GET $bad/huge/v1/school" "a limit was reached" "$address"
told cfa-tours "Edusign school: an answer that is not JSON from $bad/page" "not JSON" "$address"
told cfa-annecy "GET $bad/drip/v1/school" "imeout" "limits.timeout_seconds"
told cfa-angers "GET http://127.0.0.1:1/index.php/r/v1/sites" "no connection" "$address"
if [ -n "$tls" ]; then
	told cfa-nice "GET https://localhost:$tls/index.php/r/v1/sites" "ertificate" "ca_file"
else
	skip "$why_no_tls" "a certificate that nobody vouches for"
fi
bound=100000
with_asan && bound=1000000
ok "$([ $((most - first)) -lt $bound ]; echo $?)" "200 MB of answer are not kept: $((most - first)) kB more at most"
is "$(sync cfa-lyon down)" ok "the well one again"
nothing_doubled "and nothing was made twice"

# everybody is well again
for school in $patients; do
	mv "$dir/$school.well" "$schools/.$school.tmp"
	mv "$schools/.$school.tmp" "$schools/$school.json"
done
kill -HUP $daemon
for school in $patients; do
	saw "tenant=$school a school.s file changed"
	is "$(sync $school down)" ok "$school: once its upstream is well the run is"
done
before=$(writes)
for school in $patients cfa-brest cfa-lyon; do is "$(sync $school down)" ok "$school: and the next one"; done
is "$(writes)" "$before" "which writes nothing anew"
nothing_doubled "nothing was made twice"
stop
ok $? "the daemon ends well"
! grep -q "work pending" "$dir/log"
ok $? "with nothing left over"
done_testing
