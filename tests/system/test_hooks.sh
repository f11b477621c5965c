#!/bin/sh
# Edusign's webhooks on the daemon's TCP listener: whom it believes, and what it says to the others.
command -v curl >/dev/null || { echo "1..0 # SKIP there is no curl program"; exit 0; }
. "${srcdir:-.}/tests/system/lib.sh"
sim --seed 5 --learners 5 --groups 1
conf=$dir/conf
printf 'operator-token-0123456789\n' >"$dir/tokens"
printf 'webhook-secret-0123\n' >"$conf/secrets/hook"
chmod 600 "$dir/tokens" "$conf/secrets/hook"
sed "s|^{|{ \"log\": { \"level\": \"debug\" }, \"http\": { \"listen\": \"127.0.0.1:0\", \"token_file\": \"$dir/tokens\" },|" "$conf/passerelle.json" >"$dir/with"
mv "$dir/with" "$conf/passerelle.json"
sed 's|"name"|"realtime": true, "name"|; s|"token_file": "../secrets/edusign|"webhook_secret_file": "../secrets/hook", &|' "$conf/tenants.d/cfa-lyon.json" >"$dir/with"
mv "$dir/with" "$conf/tenants.d/cfa-lyon.json"

saw() { timeout 20 sh -c 'tail -n +1 -f "$1" 2>/dev/null | grep -qm1 -- "$2"' - "$dir/log" "$1"; }
"$build/passerelle" -c "$conf/passerelle.json" serve 2>"$dir/log" &
daemon=$!
trap 'kill -9 $daemon 2>/dev/null; finish' EXIT
saw ' ready schools=1'
ok $? "it is ready"
url=http://127.0.0.1:$(sed -n 's/.* listening .*port=\([0-9]*\).*/\1/p' "$dir/log")

# post PATH BODY [curl's own…]: the status
post() {
	path=$1 body=$2
	shift 2
	curl -s -m 20 -o "$dir/out" -w '%{http_code}' -H 'Content-Type: application/json' --data-binary "$body" "$@" "$url$path"
}
here=/hooks/cfa-lyon/all
# openssl dgst -sha256 -hmac webhook-secret-0123
event='{"type":"on_course_locked","course":{"ID":"abc"},"n":1.5,"s":"é\n"}'
hmac=67df7681063de15ab2ad18407da6334714246335e58b7588b28c23d155ae2a62
is "$(post $here "$event" -H "X-Edusign-Hmac: $hmac")" 202 "a signed event is heard"
saw 'brings a sheet forward.*type=on_course_locked sheet=abc'
ok $? "and brings its sheet forward"
is "$(post $here ' { "type" : "on_course_locked", "course":{"ID":"abc"},"n":1.5,"s":"é\n"}' -H "X-Edusign-Hmac: $hmac")" 202 "so is one that was signed in its compact form"
is "$(post "$here?token=webhook-secret-0123" '{"type":"on_student_sign","course":{"ID":"xyz"},"student":{"ID":"s"}}')" 202 "the secret in the address will do"
saw 'sheet=xyz'
ok $? "for a sheet too"
is "$(post "$here?token=webhook-secret-0123" '{"type":"cron_midnight"}')" 202 "what concerns no attendance is heard"
saw 'an event is left.*type=cron_midnight'
ok $? "and left"
is "$(post "$here?token=webhook-secret-0123" '{"course":{"ID":"xyz"}}')" 400 "an event says its type"
is "$(post "$here?token=webhook-secret-0123" '[1')" 400 "and is JSON"
is "$(post $here "$event")" 401 "without a secret"
is "$(post $here "$event" -H "X-Edusign-Hmac: 0$hmac")" 401 "with another signature"
is "$(post $here "$event " -H "X-Edusign-Hmac: ")" 401 "with an empty one"
is "$(post "$here?token=webhook-secret-012" "$event")" 401 "with half a secret"
is "$(post "$here?token=webhook-secret-0123" "$event" -H "X-Edusign-Hmac: 0$hmac")" 401 "a wrong signature is not helped by the address"
is "$(post "/hooks/cfa-lyon/structure-1?token=webhook-secret-0123" "$event")" 401 "an environment that is not there"
is "$(post "/hooks/nobody/all?token=webhook-secret-0123" "$event")" 401 "a school that is not there"
is "$(curl -s -m 20 -o /dev/null -w '%{http_code}' "$url$here")" 405 "an event is posted"
[ "$(grep -c 'webhook-secret-0123' "$dir/log")" = 0 ]
ok $? "no secret in the log"
is "$(writes)" 0 "nothing was written"
done_testing
