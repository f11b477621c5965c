#!/bin/sh
# The real daemon is killed with SIGKILL at random instants of its runs, KILLS times (10; "make kills KILLS=300"), while both worlds change: sessions move,
# people sign. In the end what the vendors hold is looked at, and a daemon that remembers nothing finds nothing to make.
. "${srcdir:-.}/tests/system/faults.sh"
kills=${KILLS:-10}
seed=${SEED:-7}
if ! command -v curl >/dev/null; then
	echo "1..0 # SKIP there is no curl program"
	exit 0
fi
sim --seed "$seed" --learners 16 --groups 3 --days 12 --fault 'latency:*:*:*:ms=40'
# an uncertain write is believed not to have happened after a second; the guard would hold what so many changes make
sed -i 's/"timezone"/"limits": { "settle_seconds": 1 }, "guard": { "delete_percent": 100, "delete_count": 100000, "up_percent": 100 }, "timezone"/' \
	"$schools/cfa-lyon.json"
today=$(date -u +%F)
week=$(date -u -d "$today + 7 days" +%F)

control_post() { curl -s -d "$2" "$control/$1" >"$dir/out"; }
# The n-th random number of the seed, below most.
dice() { awk -v s="$seed$1" -v most="$2" 'BEGIN { srand(s); rand(); print int(rand() * most) }'; }
# Starts the daemon, asks it for a run, kills it so many milliseconds later. Counts what was under way.
strike() { # strike FLOW MS
	serve || echo "# it did not become ready: $(tail -1 "$dir/log")"
	p sync cfa-lyon "$1" >/dev/null 2>&1 &
	asked=$!
	sleep "$(printf '0.%03d' "$2")"
	# whoever is killed before its answer leaves the one who asked with none
	kill -0 $asked 2>/dev/null && caught=$((caught + 1))
	kill -9 "$daemon" && struck=$((struck + 1))
	wait "$daemon" 2>/dev/null
	wait $asked 2>/dev/null
	daemon=
}

struck=0
caught=0
n=0
while [ $n -lt "$kills" ]; do
	n=$((n + 1))
	control_post mutate "{\"customer\":\"cfa-lyon\",\"seed\":$n,\"count\":3,\"first\":\"$today\",\"last\":\"$week\"}"
	flow=down
	if [ $((n % 3)) = 0 ]; then
		# a day's sheets are signed and locked
		from=$(date -u -d "$today + $((n / 3 % 8)) days" +%F)
		control_post day "{\"seed\":$n,\"from\":\"${from}T00:00:00Z\",\"to\":\"${from}T23:59:59Z\"}"
		flow=up
	fi
	strike $flow "$(dice $n 700)"
done
is $struck "$kills" "it was killed $kills times"
ok "$([ $((caught * 4)) -ge "$kills" ]; echo $?)" "of these $caught times with a run under way"

serve
ok $? "it starts once more"
# a fault may leave a record to the next run; two are enough
for again in 1 2; do for flow in down up; do sync cfa-lyon $flow >"$dir/result"; done; done
before=$(writes)
case $(sync cfa-lyon down) in ok | issues) ok 0 "down ends well" ;; *) ok 1 "down ends well" && sed 's/^/# /' "$dir/cfa-lyon.json" ;; esac
case $(sync cfa-lyon up) in ok | issues) ok 0 "up ends well" ;; *) ok 1 "up ends well" && sed 's/^/# /' "$dir/cfa-lyon.json" ;; esac
is "$(writes)" "$before" "nothing is left to write"
stop
ok $? "it ends well"

curl -s "$control/world" >"$dir/world"
of() { q "$1" <"$dir/world"; }
is "$(of twins)" 0 "no sheet, person or group is there twice"
is "$(of ypareo.0.twin_writes)" 0 "no absence is there twice"
is "$(of ypareo.0.foreign_writes)" 0 "nobody else's absence was touched"
is "$(of hand_made_changed)" 0 "nothing made by hand was touched"
is "$(of edusign.0.lost_signatures)" 0 "no signature was lost"
courses=$(of edusign.0.courses)
ok "$([ "$courses" -gt 10 ]; echo $?)" "there are sheets ($courses)"

# without memory: whatever should be there is found there
mv "$dir/conf/data/cfa-lyon" "$dir/forgotten"
p sync cfa-lyon down --json >"$dir/cfa-lyon.json" 2>"$dir/err"
is "$(for kind in sheets learners instructors; do q environments.0.counts.$kind.created <"$dir/cfa-lyon.json"; done | paste -sd' ')" "0 0 0" \
	"a daemon without memory finds everybody and every sheet"
is "$(curl -s "$control/world" | q edusign.0.courses)" "$courses" "and leaves them"
done_testing
