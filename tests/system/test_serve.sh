#!/bin/sh
# The daemon as an operator sees it: ready, schools dropped in, broken, mended and taken away, a second daemon, the end.
. "${srcdir:-.}/tests/system/lib.sh"
sim --seed 3 --learners 5 --groups 1
schools=$dir/conf/tenants.d

# Waits for a line of the daemon's log, 20 s at most; the tail ends with the daemon.
saw() { timeout 20 sh -c 'tail -n +1 -f "$1" 2>/dev/null | grep -qm1 -- "$2"' - "$dir/log" "$1"; }

"$build/passerelle" -c "$dir/conf/passerelle.json" serve 2>"$dir/log" &
daemon=$!
trap 'kill -9 $daemon 2>/dev/null; finish' EXIT
saw ' ready schools=1'
ok $? "it is ready with the school that was there"

is "$(awk '/^Max core file size/ { print $5, $6 }' "/proc/$daemon/limits")" "0 0" "it leaves no core"

p serve >"$dir/out" 2>&1
is $? 2 "a second daemon is refused"
ok "$(grep -q "process $daemon" "$dir/out"; echo $?)" "with the first one's pid"

# another account of the same vendor: one account has one owner
another() {
	cp -p "$dir/conf/secrets/edusign-cfa-lyon" "$dir/conf/secrets/edusign-$1"
	echo "another-account-of-$1" >"$dir/conf/secrets/edusign-$1"
	sed "s/edusign-cfa-lyon/edusign-$1/" "$schools/cfa-lyon.json"
}
another second >"$dir/second.tmp"
mv "$dir/second.tmp" "$schools/second.json"
saw 'tenant=second a school is served'
ok $? "a file renamed into place is picked up"

another third >"$dir/third.tmp"
cat "$dir/third.tmp" >"$schools/third.json"
saw 'tenant=third a school is served'
ok $? "one written in place too"

echo '{ "name": ' >"$schools/second.json"
saw 'tenant=second a school.s file does not validate, the last good version goes on'
ok $? "a broken file leaves the last good version"

another second >"$schools/second.json"
saw 'tenant=second a school.s file changed'
ok $? "mended, it is taken"

rm "$schools/third.json"
saw 'tenant=third a school has left, its data stays'
ok $? "a removed file drains its school"

cp "$schools/cfa-lyon.json" "$schools/copied.json"
saw 'tenant=copied a school.s file does not validate.*school cfa-lyon is served with this account'
ok $? "a file copied under a second name is refused, with the first one's name"
saw 'tenant=copied .*passerelle rename cfa-lyon copied'
ok $? "and with what to type"
is "$(p status copied --json | q tenants.0.state)" invalid "it is not served"
rm "$schools/copied.json"
saw 'tenant=copied a school has left'
ok $? "taken away, it is forgotten"

# a renamed file is a new school, whose account the old name still owns
mv "$schools/second.json" "$schools/renamed.json"
saw 'tenant=renamed .*passerelle rename second renamed'
ok $? "a renamed file is refused, with what to type"
saw 'tenant=second a school has left'
touch "$schools/poke.tmp"
saw 'tenant=renamed .*school second is not served any more, but its data is there'
ok $? "also when the old name has left"
is "$(p status renamed --json | q tenants.0.state)" invalid "it is not served"
rm -r "$dir/conf/data/second"
touch "$schools/poke.tmp"
saw 'tenant=renamed a school is served'
ok $? "it is, once the old one's data is gone"
rm "$schools/renamed.json" "$schools/poke.tmp"
saw 'tenant=renamed a school has left'

# the files that it names count as the school's: a scan is all it takes, which any event in the directory brings about
another fourth >"$dir/fourth.tmp"
mv "$dir/conf/secrets/edusign-fourth" "$dir/token"
mv "$dir/fourth.tmp" "$schools/fourth.json"
saw 'tenant=fourth a school.s file does not validate.*token_file'
ok $? "a school whose token file is missing"
touch "$schools/poke.tmp"
p status >/dev/null
cp -p "$dir/token" "$dir/conf/secrets/edusign-fourth"
touch "$schools/poke.tmp"
saw 'tenant=fourth a school is served'
ok $? "is served once it is there"
is "$(grep -c 'tenant=fourth .*does not validate' "$dir/log")" 1 "and was complained of once"
echo "a-new-token-of-fourth" >"$dir/conf/secrets/edusign-fourth"
touch "$schools/poke.tmp"
saw 'tenant=fourth a school.s file changed'
ok $? "a new token is taken"
rm "$schools/fourth.json" "$schools/poke.tmp"
saw 'tenant=fourth a school has left'
ok $? "and that one leaves as well"

is "$(stat -c %a "$dir/conf/control.sock")" 600 "the control socket is the owner's alone"
p status --json >"$dir/out"
is $? 0 "status is answered by the daemon"
is "$(q tenants.0.tenant <"$dir/out")" cfa-lyon "with its schools"
p sync cfa-lyon down --json >"$dir/out"
is $? 0 "a run is asked of the daemon"
is "$(q result <"$dir/out")" ok "and its report comes back"
before=$(writes)
ok "$([ "$before" -gt 0 ]; echo $?)" "it wrote"
p sync cfa-lyon down >"$dir/a" & first=$!
p sync cfa-lyon down >"$dir/b"
is $? 0 "two at once join or follow each other"
wait $first
is $? 0 "both are answered"
is "$(writes)" "$before" "and nothing is written twice"
p plan cfa-lyon down >"$dir/out"
is $? 0 "a plan too"
p issues cfa-lyon >/dev/null && p history cfa-lyon | grep -q down
ok $? "issues and history"
p status --json | grep -v '"due_\|"state"' >"$dir/here"
mv "$dir/conf/data/cfa-lyon" "$dir/hidden"
p status --json | grep -v '"due_\|"state"' >"$dir/out"
grep -q '"sheets"' "$dir/out" && cmp -s "$dir/here" "$dir/out"
ok $? "status comes from memory, not from the disk"
mv "$dir/hidden" "$dir/conf/data/cfa-lyon"
p pause cfa-lyon >"$dir/out"
is $? 0 "a school is paused"
p status --json >"$dir/here"
is "$(q tenants.0.state <"$dir/here")" paused "status says so"
is "$(q tenants.0.next.down <"$dir/here")" null "and that nothing is due"
p sync no-such-school down 2>"$dir/err"
is $? 1 "an unknown school is a usage error"
p schedule cfa-lyon >/dev/null
is $? 0 "schedule needs no daemon and bears one"
if command -v curl >/dev/null; then
	code=$(curl -s --unix-socket "$dir/conf/control.sock" -o "$dir/out" -w '%{http_code}' -d '{' http://localhost/v1/commands/status)
	is "$code" 400 "a broken body is refused"
else
	count=$((count + 1))
	echo "ok $count - a broken body is refused # SKIP there is no curl program"
fi

kill -HUP $daemon
saw 'all files are read again'
ok $? "SIGHUP reads all files again"

kill -TERM $daemon
wait $daemon
is $? 0 "SIGTERM ends it, well"
! grep -q "work pending" "$dir/log"
ok $? "with nothing left over"
for token in "$dir"/conf/secrets/*; do
	! grep -qF "$(cat "$token")" "$dir/log"
	ok $? "no token in the log"
done
p status --json | cmp -s "$dir/here" -
ok $? "without it status says the same, from the disk"
p pause cfa-lyon 2>"$dir/err"
is $? 2 "without a daemon there is nothing to pause"
p sync cfa-lyon down >"$dir/out" 2>&1
is $? 0 "and the data directory is free again"

# another key of the same account, also when nobody serves
cp -p "$dir/conf/secrets/edusign-cfa-lyon" "$dir/conf/secrets/edusign-key-2"
echo "$(cat "$dir/conf/secrets/edusign-cfa-lyon")#2" >"$dir/conf/secrets/edusign-key-2"
sed "s/edusign-cfa-lyon/edusign-key-2/" "$schools/cfa-lyon.json" >"$schools/twice.json"
before=$(writes)
p sync twice down --json >"$dir/out" 2>"$dir/err"
is $? 5 "a second key of the same Edusign school is refused"
ok "$(q environments.0.error <"$dir/out" | grep -q 'whose owner is cfa-lyon .*passerelle rename cfa-lyon twice'; echo $?)" "with its owner's name"
is "$(writes)" "$before" "and nothing is written"
rm -r "$schools/twice.json" "$dir/conf/data/twice"

p rename cfa-lyon autre >"$dir/out"
is $? 0 "a school is renamed with its data"
mv "$schools/cfa-lyon.json" "$schools/autre.json"
before=$(writes)
p sync autre down >"$dir/out" 2>&1
is $? 0 "it runs under its new name"
is "$(writes)" "$before" "and writes nothing anew"
p rename no-such autre 2>"$dir/err"
is $? 1 "what is not there cannot be renamed"
mkdir "$dir/conf/data/cfa-lyon"
p rename autre cfa-lyon 2>"$dir/err"
is $? 1 "and nothing is written over"
rmdir "$dir/conf/data/cfa-lyon"
p rename autre cfa-lyon >"$dir/out" && mv "$schools/autre.json" "$schools/cfa-lyon.json"
is $? 0 "back again"

# while nobody is there its file breaks, and so does its store
cp "$schools/cfa-lyon.json" "$dir/good.json"
echo '{ "name": ' >"$schools/cfa-lyon.json"
store=$(ls "$dir"/conf/data/cfa-lyon/*/data.mdb)
cp "$store" "$dir/good.mdb"
echo "this is not a store" >"$store"
"$build/passerelle" -c "$dir/conf/passerelle.json" serve 2>"$dir/log" &
daemon=$!
saw 'tenant=cfa-lyon a school is served by the last good version of its file'
ok $? "a file that broke while nobody was there leaves the last good version too"
p status --json >"$dir/out"
is "$(q tenants.0.state <"$dir/out")" stale "status says that it is stale"
ok "$(q tenants.0.error <"$dir/out" | grep -q 'cfa-lyon.json:'; echo $?)" "and why"
p status cfa-lyon >"$dir/out"
kill -TERM $daemon
wait $daemon
cp "$dir/good.json" "$schools/cfa-lyon.json"

"$build/passerelle" -c "$dir/conf/passerelle.json" serve 2>"$dir/log" &
daemon=$!
saw ' ready schools='
ok $? "it is served again"
saw 'tenant=cfa-lyon .*the slots cannot be kept'
ok $? "with a damaged store"
p rename cfa-lyon autre 2>"$dir/err"
is $? 2 "a school that is served is not renamed"
tries=0
until [ "$(p status cfa-lyon --json | q tenants.0.state)" = paused ] || [ $tries = 50 ]; do tries=$((tries + 1)); done
is "$(p status cfa-lyon --json | q tenants.0.state)" paused "and still paused"
p rebuild cfa-lyon "$(basename "$(dirname "$store")")" >"$dir/out"
is $? 0 "its store is put aside"
is "$(p status cfa-lyon --json | q tenants.0.state)" paused "and it is still paused"
p resume cfa-lyon >/dev/null
is $? 0 "until it is resumed"
is "$(p status cfa-lyon --json | q tenants.0.state)" idle "then it is idle"
rm "$schools/cfa-lyon.json"
saw 'tenant=cfa-lyon a school has left'
echo '{ "name": ' >"$schools/cfa-lyon.json"
saw 'tenant=cfa-lyon a school.s file does not validate'
ok $? "taken away and dropped in anew, broken"
is "$(p status --json | q tenants.0.state)" invalid "it is not served by what it once was"
kill -TERM $daemon
wait $daemon
is $? 0 "the end"
done_testing
