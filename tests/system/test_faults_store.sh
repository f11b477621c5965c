#!/bin/sh
# Stores that are damaged, of another version, somebody else's or gone: that environment is left alone and says so, the school's other environment and the
# other school run on; rebuilt on request it takes over what it once made. Nothing is created twice, nothing deleted.
. "${srcdir:-.}/tests/system/faults.sh"
sim --seed 10 --learners 9 --groups 2 --sites 2 --by-site --days 4 --schools 2
serve
ok $? "the daemon is ready"
is "$(sync cfa-lyon down)" ok "a school with two environments"
is "$(sync cfa-lille down)" ok "and another one"

# A day passes: people sign, sheets are locked, absences go up.
if command -v curl >/dev/null; then
	day=$(date -u +%F)
	end=$(date -u -d "$day + 5 days" +%F)
	curl -s -d "{\"from\":\"${day}T00:00:00Z\",\"to\":\"${end}T00:00:00Z\"}" "$control/day" >"$dir/out"
	signed=$(q sheets <"$dir/out")
	ok "$([ "$signed" -gt 0 ]; echo $?)" "people sign $signed sheets"
else
	skip "there is no curl program" "people sign"
fi
sync cfa-lyon up >/dev/null
environment_0=$(q environments.0.environment <"$dir/cfa-lyon.json")
environment_1=$(q environments.1.environment <"$dir/cfa-lyon.json")
is "$(sync cfa-lyon down)" ok "down again"
nothing_doubled "nothing was made twice"
stop
ok $? "the daemon ends well"
# An instructor's attendance is put by its key: after a rebuild the same one once more, which changes nothing there. All else is counted.
writes() { grep -F '"effect":true' "$dir/ledger" | grep -vcF '"method":"PUT","path":"/r/v1/emargements/personnels"'; }
before=$(writes)
# the one that is sick: the first, where the school's own memory is, or the second
choose() {
	sick=$1
	well=$((1 - sick))
	eval first=\$environment_$sick
	file=$dir/conf/data/cfa-lyon/$first/data.mdb
}
choose 1

zap() { # zap OFFSET BYTES…: in octal
	printf "$2" | dd of="$file" bs=1 seek="$1" conv=notrunc 2>/dev/null
}
damage() {
	case $1 in
	"no LMDB file at all") echo "this is not a store" >"$file" ;;
	"a file of another LMDB version") zap 20 '\002' && zap 4116 '\002' ;;
	"a page of zeros") dd if=/dev/zero of="$file" bs=4096 seek=3 count=30 conv=notrunc 2>/dev/null ;;
	"half a file") truncate -s 12288 "$file" ;;
	"pages of anything") head -c 200000 "$dir/ledger" | dd of="$file" bs=4096 seek=2 conv=notrunc 2>/dev/null ;;
	"another school's store") cp "$(ls "$dir"/conf/data/cfa-lille/*/data.mdb | head -1)" "$file" ;;
	esac
}
for what in "no LMDB file at all" "a file of another LMDB version" "a page of zeros" "half a file" "pages of anything" "another school's store"; do
	choose $well
	damage "$what"
	serve
	ok $? "$what: the daemon starts"
	is "$(sync cfa-lyon down)" failed "$what: the run fails"
	q environments.$sick.error <"$dir/cfa-lyon.json" >"$dir/cfa-lyon.error"
	has "$dir/cfa-lyon.error" "cfa-lyon/$first/data.mdb: " "$what: the error names the file"
	has "$dir/cfa-lyon.error" "store " "$what: the cause"
	has "$dir/cfa-lyon.error" "passerelle rebuild cfa-lyon $first makes it anew" "$what: and what to type"
	is "$(q environments.$well.error <"$dir/cfa-lyon.json")$(q environments.$well.result <"$dir/cfa-lyon.json")" nullok "$what: the school's other environment runs"
	is "$(sync cfa-lille down)" ok "$what: the other school runs"
	p history cfa-lyon >"$dir/out" 2>&1
	has "$dir/out" "passerelle rebuild cfa-lyon $first" "$what: a look at it says so too"
	is "$(writes)" "$before" "$what: nothing is written"
	p rebuild cfa-lyon "$first" >"$dir/out"
	is $? 0 "$what: rebuilt on request"
	has "$dir/out" "$dir/conf/data/cfa-lyon/$first/data.mdb.20" "$what: it says where the old file is"
	is "$(sync cfa-lyon down)" ok "$what: then the run is well"
	case $(sync cfa-lyon up) in ok | issues) ok 0 "$what: up too" ;; *) ok 1 "$what: up too" && sed 's/^/# /' "$dir/cfa-lyon.json" ;; esac
	is "$(writes)" "$before" "$what: and nothing is written anew"
	stop
	ok $? "$what: the daemon ends well"
done
is "$(ls "$dir"/conf/data/cfa-lyon/* | grep -c 'data.mdb.20')" 6 "no file is deleted"

# without a daemon
damage "half a file"
is "$(sync cfa-lyon down)" failed "without a daemon: the run fails"
p rebuild cfa-lyon nowhere 2>"$dir/err"
is $? 1 "without a daemon: an environment that there is not"
p rebuild cfa-lyon "$first" >"$dir/out"
is $? 0 "without a daemon: rebuilt"
p rebuild cfa-lyon "$first" 2>"$dir/err"
is $? 1 "without a daemon: what is not there is not rebuilt"
has "$dir/err" "made by the next run" "which says that there is no need"
is "$(sync cfa-lyon down)" ok "without a daemon: the run is well"
rm -r "$dir/conf/data/cfa-lyon"
is "$(sync cfa-lyon down)" ok "a school whose data is gone is taken over again"
is "$(q environments.1.result <"$dir/cfa-lyon.json")" ok "all of it"
is "$(writes)" "$before" "and nothing is written anew"
is "$(effects DELETE '')" 0 "nothing was deleted"
nothing_doubled "nothing was made twice"
done_testing
