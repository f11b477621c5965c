#!/bin/sh
# A broken configuration: every mistake of a file at once, each at its place, exit 1; nothing is read or written.
. "${srcdir:-.}/tests/system/lib.sh"
sim --seed 3 --learners 5 --groups 1
school=$dir/conf/tenants.d/cfa-lyon.json
cp "$school" "$dir/good"

cat >"$school" <<'J'
{
  "name": "CFA",
  "timezone": "Europe/Pariss",
  "ypareo": { "url": "http://example.org/index.php", "token_file": "../secrets/ypareo-cfa-lyon", "emial": "pro" },
  "environments": [ { "structure_id": "douze", "edusign": { "url": "https://ext.edusign.fr/v1", "token_file": "../secrets/none" } } ],
  "schedule": { "down": ["25:00"] }
}
J
p check >"$dir/out" 2>&1
is $? 1 "check exits 1"
for place in ':3:' ':4:' ':5:' ':6:'; do
	ok "$(grep -q "cfa-lyon.json$place" "$dir/out"; echo $?)" "a mistake of line ${place} is told with file and line"
done
ok "$(grep -q 'emial' "$dir/out"; echo $?)" "the misspelt key is named"
p sync cfa-lyon down >"$dir/out2" 2>&1
is $? 1 "sync exits 1"
is "$(wc -l <"$dir/ledger")" 0 "and asks nobody anything"

printf '{ "name": "CFA", ' >"$school"
p check >"$dir/out" 2>&1
is $? 1 "a file cut short exits 1"
cp "$dir/good" "$school"
p check >"$dir/out" 2>&1
is $? 0 "mended, it is good again"
ok "$(! grep -q smtp "$dir/out"; echo $?)" "and nothing is said of mail that nobody wants"
sed 's|^{|{ "notify": { "email": ["office@cfa.example"] },|' "$dir/good" >"$school"
p check >"$dir/out" 2>&1
is $? 0 "who is to be told by e-mail is no mistake"
ok "$(grep -q 'notify.email: no mail leaves' "$dir/out"; echo $?)" "but without a mail server it is said that nobody will be"
cp "$dir/good" "$school"

"$build/passerelle" -c "$dir/none.json" check >"$dir/out" 2>&1
is $? 1 "a configuration that is not there exits 1"
ok "$(grep -q 'none.json' "$dir/out"; echo $?)" "and is named"
done_testing
