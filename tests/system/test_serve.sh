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

p serve >"$dir/out" 2>&1
is $? 2 "a second daemon is refused"
ok "$(grep -q "process $daemon" "$dir/out"; echo $?)" "with the first one's pid"

sed 's/"name": "cfa-lyon"/"name": "second"/' "$schools/cfa-lyon.json" >"$dir/second.tmp"
mv "$dir/second.tmp" "$schools/second.json"
saw 'tenant=second a school is served'
ok $? "a file renamed into place is picked up"

cat "$schools/cfa-lyon.json" >"$schools/third.json"
saw 'tenant=third a school is served'
ok $? "one written in place too"

echo '{ "name": ' >"$schools/second.json"
saw 'tenant=second a school.s file does not validate, the last good version goes on'
ok $? "a broken file leaves the last good version"

cat "$schools/cfa-lyon.json" >"$schools/second.json"
saw 'tenant=second a school.s file changed'
ok $? "mended, it is taken"

rm "$schools/third.json"
saw 'tenant=third a school has left, its data stays'
ok $? "a removed file drains its school"

kill -HUP $daemon
saw 'all files are read again'
ok $? "SIGHUP reads all files again"

kill -TERM $daemon
wait $daemon
is $? 0 "SIGTERM ends it, well"
for token in "$dir"/conf/secrets/*; do
	! grep -qF "$(cat "$token")" "$dir/log"
	ok $? "no token in the log"
done
p sync cfa-lyon down >"$dir/out" 2>&1
is $? 0 "and the data directory is free again"
done_testing
