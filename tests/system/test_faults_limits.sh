#!/bin/sh
# What the machine denies: room on the disk, room in a file, file descriptors. The school that is denied says so, the other one runs, and once there is
# room everything is there once.
. "${srcdir:-.}/tests/system/faults.sh"
sim --seed 6 --learners 12 --groups 2 --days 5 --schools 3
mounted=
leave_disk() {
	[ -z "$daemon" ] || kill -9 "$daemon" 2>/dev/null
	[ -z "$mounted" ] || umount "$mounted"
	leave
}
trap leave_disk EXIT

# full SCHOOL NAME: its run says that the store is full, and what to do
full() {
	is "$(sync "$1" down)" failed "$2: the run fails"
	error_of "$1"
	has "$dir/$1.error" "$1/all/" "$2: the error names the place"
	has "$dir/$1.error" "store full" "$2: the cause"
	has "$dir/$1.error" "make room on its disk" "$2: the remedy"
}

# ---- a full disk, of one school ----
sick=$dir/conf/data/cfa-lille
mkdir -p "$sick"
if mount -t tmpfs -o size=16k tmpfs "$sick" 2>"$dir/err"; then
	mounted=$sick
	serve
	for size in 16k 24k 32k 48k; do
		mount -o remount,size=$size "$sick"
		full cfa-lille "a disk of $size"
		is "$(sync cfa-lyon down)" ok "a disk of $size: the other school runs"
	done
	nothing_doubled "nothing was made twice"
	mount -o remount,size=50m "$sick"
	is "$(sync cfa-lille down)" ok "with room on the disk the run is well"
	before=$(writes)
	is "$(sync cfa-lille down)" ok "the next one too"
	is "$(writes)" "$before" "and writes nothing anew"
	nothing_doubled "nothing was made twice in the end"
	stop
	ok $? "the daemon ends well"
	umount "$sick" && mounted=
else
	skip "a small file system cannot be mounted here: $(head -1 "$dir/err")" "a full disk"
fi

# ---- a file that may not grow ----
: >"$dir/log"
(ulimit -f 32 && exec "$build/passerelle" -c "$dir/conf/passerelle.json" serve) 2>"$dir/log" &
daemon=$!
saw ' ready schools='
full cfa-nantes "ulimit -f"
kill -0 $daemon
ok $? "ulimit -f: the daemon lives"
stop
ok $? "and ends well"
serve
is "$(sync cfa-nantes down)" ok "without the limit the run is well"
is "$(sync cfa-lyon down)" ok "the other school's too"
nothing_doubled "nothing was made twice"
files=$(ls /proc/$daemon/fd | wc -l)
stop
ok $? "the daemon ends well"

# ---- no file descriptor left ----
for n in $(seq $((files - 9)) $((files + 6))); do
	: >"$dir/log"
	(ulimit -n "$n" && exec "$build/passerelle" -c "$dir/conf/passerelle.json" serve) 2>"$dir/log" &
	daemon=$!
	saw ' ready schools='
	timeout 15 "$build/passerelle" -c "$dir/conf/passerelle.json" sync cfa-lyon down >"$dir/out" 2>&1
	status=$?
	case $status in
	0) ;;
	5) has "$dir/out" LimitNOFILE "$n files: a run that fails says how to mend it" ;;
	2) # it could not even be asked
		grep -q 'Too many open files\|LimitNOFILE' "$dir/log"
		ok $? "$n files: the log says why"
		;;
	*) is $status "0, 2 or 5" "$n files: it ends" ;;
	esac
	ticks=$(cut -d' ' -f14 "/proc/$daemon/stat")
	ok "$([ "$ticks" -lt 300 ]; echo $?)" "$n files: no core is burnt"
	stop
	ok $? "$n files: the daemon lives, and ends well"
done
serve
for school in cfa-lyon cfa-lille cfa-nantes; do is "$(sync $school down)" ok "with enough files $school is well"; done
nothing_doubled "nothing was made twice"
stop
ok $? "the end"
done_testing
