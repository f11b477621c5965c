#!/bin/sh
# The description of the admin API against the routes, both ways.
command -v curl >/dev/null || { echo "1..0 # SKIP there is no curl program"; exit 0; }
. "${srcdir:-.}/tests/system/lib.sh"
sim --seed 5 --learners 4 --groups 1 --schools 1
op=0123456789abcdef0123456789abcdef
printf '%s\n' $op >"$dir/tokens"
chmod 600 "$dir/tokens"
sed "s|^{|{ \"http\": { \"listen\": \"127.0.0.1:0\", \"token_file\": \"$dir/tokens\" },|" "$dir/conf/passerelle.json" >"$dir/with"
mv "$dir/with" "$dir/conf/passerelle.json"
"$build/passerelle" -c "$dir/conf/passerelle.json" serve 2>"$dir/log" &
daemon=$!
trap 'kill $daemon 2>/dev/null; finish' EXIT
timeout 20 sh -c 'tail -n +1 -f "$1" 2>/dev/null | grep -qm1 " ready schools=1"' - "$dir/log"
url=http://127.0.0.1:$(sed -n 's/.* listening .*port=\([0-9]*\).*/\1/p' "$dir/log")
ask() { # ask PATH [curl's own…]
	path=$1
	shift
	curl -s -m 20 -o "$dir/out" -D "$dir/head" -w '%{http_code}' -H "Authorization: Bearer $op" "$@" "$url$path"
}

is "$(ask /v1/openapi.json)" 200 "the description is served"
cmp -s "$dir/out" "${srcdir:-.}/docs/api/openapi.json"
ok $? "as it stands in docs/api"
sed -n 's/^  "\(\/[^"]*\)": {$/\1/p' "$dir/out" >"$dir/paths"
is "$(q openapi <"$dir/out")" 3.1.0 "it is JSON"
is "$(wc -l <"$dir/paths" | tr -d ' ')" "$(q paths.length <"$dir/out")" "with all its paths"

# known NAME: does the daemon take it for a command? A school that there is not is named by whatever does.
known() {
	for body in '{"args":["nope"]}' '{"args":["nope","down"]}' '{"args":["nope"],"learner":"1"}' '{"args":["payroll","nope"],"from":"2026-11-01","to":"2026-11-02"}'; do
		ask "/v1/commands/$1" -d "$body" >/dev/null
		grep -q 'nope: there is no such school' "$dir/out" && return 0
	done
	return 1
}
sed -n 's|^/v1/commands/||p' "$dir/paths" >"$dir/described"
while read -r name; do
	known "$name"
	ok $? "$name is described, and is there"
done <"$dir/described"
"$build/passerelle" --help | sed -n 's/^  \([a-z]*\) .*/\1/p' | sort -u >"$dir/all"
[ "$(wc -l <"$dir/all")" -gt 15 ]
ok $? "the program lists its commands"
undescribed=
while read -r name; do
	grep -qx "$name" "$dir/described" || ! known "$name" || undescribed="$undescribed $name"
done <"$dir/all"
is "$undescribed" "" "no command of the daemon's is missing in it"
for path in /healthz /metrics /events /v1/progress/cfa-lyon; do is "$(ask "$path")" 200 "$path is there"; done

# errors keep their shape
for case in '404 /v1/nothing' '405 /v1/commands/status' '404 /v1/progress/nope' '404 /nothing'; do
	is "$(ask "${case#* }")" "${case%% *}" "${case#* }: ${case%% *}"
	tr -d '\r' <"$dir/head" | grep -qi '^content-type: application/problem+json' && [ "$(q status <"$dir/out")" = "${case%% *}" ] && [ -n "$(q title <"$dir/out")" ]
	ok $? "is a problem document"
done
done_testing
