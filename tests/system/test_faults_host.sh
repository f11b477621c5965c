#!/bin/sh
# Around the daemon: a second one, a crowd, nonsense on its socket, files read again and again, no file descriptor left.
. "${srcdir:-.}/tests/system/faults.sh"
sim --seed 4 --learners 3 --groups 1 --days 3 --schools 2
sock=$dir/conf/control.sock
knock() { "$build/tests/system/knock" "$sock" "$@"; }
serve
ok $? "the daemon is ready"

# one data directory, another socket
sed 's/control.sock/other.sock/' "$dir/conf/passerelle.json" >"$dir/conf/other.json"
"$build/passerelle" -c "$dir/conf/other.json" serve >"$dir/out" 2>&1
is $? 2 "a second daemon on one data directory is refused"
has "$dir/out" "$dir/conf/data is in use by process $daemon" "with the directory and the first one's pid"
"$build/passerelle" -c "$dir/conf/other.json" sync cfa-lille down >"$dir/out" 2>&1
is $? 2 "so is a command that does not find the daemon"
is "$(sync cfa-lyon down)" ok "the first one runs on"

# a crowd
request='POST /v1/commands/status HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}'
if [ "$(cat /proc/sys/net/core/somaxconn)" -ge 1000 ] && [ "$(ulimit -H -n)" = unlimited -o "$(ulimit -H -n)" -ge 3000 ]; then
	is "$(printf "$request" | knock 1000)" "200=1000" "1,000 clients at once are all answered"
	stop
	ok $? "it ends well"
	(ulimit -S -n 256 && exec "$build/passerelle" -c "$dir/conf/passerelle.json" serve) 2>"$dir/log" &
	daemon=$!
	saw ' ready schools='
	is "$(printf "$request" | knock 1000)" "200=1000" "also where the shell gives few files"
else
	skip "somaxconn or the limit of open files is below 1,000" "1,000 clients at once are all answered"
fi

# what is no request yet, and never will be: looked at in the end
printf '\026\003\001\000\245\001\000\000\241' | knock 3 >"$dir/binary" & binary=$!
printf 'POST /v1/commands/status HTTP/1.1\r\nHost: h\r\n' | knock 3 >"$dir/half" & half=$!
printf '\000\000\000\000\r\n\r\n' | knock 3 >"$dir/zeros" & zeros=$!

# bodies
long() { # long BYTES
	printf 'POST /v1/commands/status HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n' "$1"
	head -c "$1" /dev/zero | tr '\0' ' '
}
is "$(long 1048577 | knock 1)" "413=1" "a body beyond 1 MiB is refused"
is "$(long 3000000 | knock 20)" "413=20" "20 of 3 MB too"
is "$(long 1048576 | knock 1)" "400=1" "one of 1 MiB is read, and is no command"

# nonsense: answered 400 or closed, at once
nonsense() { # nonsense TEXT NAME
	got=$(printf "$1" | timeout 5 "$build/tests/system/knock" "$sock" 3)
	case $got in
	400=3 | closed=3 | 404=3 | 405=3 | 413=3 | 414=3 | 431=3 | 501=3 | 505=3) ok 0 "$2" ;;
	*) is "$got" "400 or closed" "$2" ;;
	esac
}
nonsense '\026\003\001\n\n' "binary lines"
nonsense 'GET\r\n\r\n' "a method alone"
nonsense 'GET /v1/commands/status\r\n\r\n' "a request of HTTP 0.9"
nonsense 'GET /v1/commands/status HTTP/9.9\r\n\r\n' "a version that there is not"
nonsense 'POST /v1/commands/status HTTP/1.1\r\nHost: h\r\nContent-Length: -5\r\n\r\n' "a negative length"
nonsense 'POST /v1/commands/status HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999999\r\n\r\n' "a length beyond all numbers"
nonsense 'POST /v1/commands/status HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n' "a chunk of no size"
nonsense 'POST /v1/commands/%%2e%%2e/%%00 HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n' "a path with zeros"
nonsense 'BREW /v1/commands/status HTTP/1.1\r\nHost: h\r\n\r\n' "a method of nobody's"
nonsense "GET /$(head -c 100000 /dev/zero | tr '\0' a) HTTP/1.1\r\nHost: h\r\n\r\n" "a line of 100 KB"
nonsense "GET / HTTP/1.1\r\nHost: h\r\nX: $(head -c 100000 /dev/zero | tr '\0' a)\r\n\r\n" "a header of 100 KB"
is "$(sync cfa-lille down)" ok "the daemon lives on, and runs"

# files read again
times=10000
with_asan && times=300
reloaded=$("$build/tests/system/reload" "$daemon" "$dir/log" $times)
ok $? "a school's file is read again $times times"
if with_asan; then
	skip "AddressSanitizer keeps what is freed" "which takes no memory"
else
	ok "$([ $((${reloaded#* } - ${reloaded% *})) -lt 1024 ]; echo $?)" "which takes no memory: $reloaded kB"
fi
is "$(sync cfa-lyon down)" ok "it runs as before"

wait $binary
is "$(cat "$dir/binary")" "closed=3" "a line of binary garbage that does not end is closed"
wait $half
is "$(cat "$dir/half")" "closed=3" "so is half a head"
wait $zeros
is "$(cat "$dir/zeros")" "closed=3" "and a line of zeros"
nothing_doubled "nothing was made twice"
stop
ok $? "the daemon ends well"
! grep -q "work pending" "$dir/log"
ok $? "with nothing left over"
done_testing
