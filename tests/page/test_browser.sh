#!/bin/sh
# The status page in headless Chromium, by playwright-core, with axe-core: what a browser makes of it. Needs what `make page-tools` fetches.
tools=${top_builddir:-.}/tests/page
skip() { echo "1..0 # SKIP $1"; exit 0; }
command -v node >/dev/null || skip "there is no node program (apt install nodejs)"
CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser)}
[ -n "$CHROMIUM" ] || skip "there is no chromium program (apt install chromium)"
[ -d "$tools/node_modules/playwright-core" ] && [ -d "$tools/node_modules/axe-core" ] || skip "playwright-core and axe-core are not fetched (make page-tools)"
. "${srcdir:-.}/tests/system/lib.sh"
export CHROMIUM
sim --seed 5 --learners 6 --groups 1 --schools 2 --quirks
op=0123456789abcdef0123456789abcdef
printf 'alice operator %s\nlyon school:cfa-lyon %s\n' $op school-token-0123456789 >"$dir/tokens"
chmod 600 "$dir/tokens"
sed "s|^{|{ \"http\": { \"listen\": \"127.0.0.1:0\", \"token_file\": \"$dir/tokens\" },|" "$dir/conf/passerelle.json" >"$dir/with"
mv "$dir/with" "$dir/conf/passerelle.json"
"$build/passerelle" -c "$dir/conf/passerelle.json" serve 2>"$dir/log" &
daemon=$!
trap 'kill $daemon 2>/dev/null; finish' EXIT
timeout 20 sh -c 'tail -n +1 -f "$1" 2>/dev/null | grep -qm1 " ready schools=2"' - "$dir/log"
port=$(sed -n 's/.* listening .*port=\([0-9]*\).*/\1/p' "$dir/log")
p sync cfa-lyon down >/dev/null 2>&1
p sync cfa-lyon up >/dev/null 2>&1
mkdir -p "$tools/pictures"
cp "${srcdir:-.}/tests/page/page.mjs" "$tools/page.run.mjs"
timeout 240 node "$tools/page.run.mjs" "http://127.0.0.1:$port" $op school-token-0123456789 cfa-lyon "$tools/pictures"
