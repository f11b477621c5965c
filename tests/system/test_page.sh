#!/bin/sh
# The status page, as a browser without a script sees it.
command -v curl >/dev/null || { echo "1..0 # SKIP there is no curl program"; exit 0; }
. "${srcdir:-.}/tests/system/lib.sh"
sim --seed 5 --learners 6 --groups 1 --schools 2 --quirks
schools=$dir/conf/tenants.d
op=0123456789abcdef0123456789abcdef
reader=reader-token-0123456789
school=school-token-0123456789
printf '%s\ngrafana read %s\nlille school:cfa-lille %s\n' $op $reader $school >"$dir/tokens"
chmod 600 "$dir/tokens"
sed "s|^{|{ \"http\": { \"listen\": \"127.0.0.1:0\", \"token_file\": \"$dir/tokens\" },|" "$dir/conf/passerelle.json" >"$dir/with"
mv "$dir/with" "$dir/conf/passerelle.json"
sed 's|^{|{ "name": "<b>Lyon \& \\"Co\\"</b>",|; s|^  "name": .*||' "$schools/cfa-lyon.json" >"$dir/named"
mv "$dir/named" "$schools/cfa-lyon.json"

saw() { timeout 20 sh -c 'tail -n +1 -f "$1" 2>/dev/null | grep -qm1 -- "$2"' - "$dir/log" "$1"; }
"$build/passerelle" -c "$dir/conf/passerelle.json" serve 2>"$dir/log" &
daemon=$!
trap 'kill -9 $daemon 2>/dev/null; finish' EXIT
saw ' ready schools=2'
ok $? "it is ready"
port=$(sed -n 's/.* listening .*port=\([0-9]*\).*/\1/p' "$dir/log")
url=http://127.0.0.1:$port

# see PATH [curl's own…]: the status, as a browser with the cookies of $jar; body in $dir/out, head in $dir/head
see() {
	path=$1
	shift
	curl -s -m 20 -o "$dir/out" -D "$dir/head" -w '%{http_code}' -H 'Accept: text/html' -b "$jar" -c "$jar" "$@" "$url$path"
}
head_has() { tr -d '\r' <"$dir/head" | grep -qi -- "^$1"; }
has() { grep -qF -- "$1" "$dir/out"; }
seal() { sed -n 's/.*name="form" value="\([0-9a-f]*\)".*/\1/p' "$dir/out" | head -1; }

jar=$dir/jar
: >"$jar"
is "$(see /)" 401 "without a token there is a form"
has '<form method="post" action="/login">'; ok $? "that asks for one"
head_has 'content-type: text/html'; ok $? "in HTML"
head_has "content-security-policy: default-src 'self'"; ok $? "with the same guards"
is "$(curl -s -o "$dir/out" -D "$dir/head" -w '%{http_code}' "$url/")" 401 "a program gets a problem document"
head_has 'content-type: application/problem+json'; ok $? "as it asked"
is "$(see / -H 'Sec-Fetch-Site: cross-site')" 401 "who follows a link from elsewhere"
has '<meta http-equiv="refresh" content="0">'; ok $? "asks once more, with its cookie"
for file in style.css:text/css page.js:text/javascript icon.svg:image/svg+xml; do
	is "$(see "/${file%%:*}")" 200 "${file%%:*} needs none"
	head_has "content-type: ${file#*:}"; ok $? "and is ${file#*:}"
done
is "$(see /frame.html)" 401 "a part is no page"

is "$(see "/?token=wrong-wrong-wrong-wrong")" 401 "a wrong link"
has 'role="alert"'; ok $? "is told so"
is "$(see "/?token=$op")" 303 "the link with the token"
head_has 'location: /$'; ok $? "leaves the address bar"
head_has 'set-cookie: passerelle=[0-9]*\.[0-9a-f]*; Path=/; Max-Age=[0-9]*; HttpOnly; SameSite=Strict$'; ok $? "for a cookie that no script reads"
! grep -q "$op" "$jar"; ok $? "which is not the token"
see "/?token=$op" -H 'X-Forwarded-Proto: https' >/dev/null
head_has 'set-cookie: .*; Secure$'; ok $? "behind TLS it stays behind TLS"
see "//evil.example/?token=$op" >/dev/null
! head_has 'location: //'; ok $? "nobody is sent elsewhere"
see "/?token=$op" >/dev/null

is "$(see / -H 'Accept-Language: de, en;q=0.7, fr;q=0.3')" 200 "the list of the schools"
has '<html lang="en">'; ok $? "in English"
has '&lt;b&gt;Lyon &amp; &quot;Co&quot;&lt;/b&gt;'; ok $? "with names that are no HTML"
has '<a href="/schools/cfa-lille">'; ok $? "and links"
has '<th scope="row">' && has '<main id="main"' && has '<caption>' && has 'class="skip" href="#main"'; ok $? "made to be heard as well"
! grep -qE 'style="|onclick|https?://' "$dir/out"; ok $? "nothing inline, nothing of another host"
is "$(see / -H 'Accept-Language: fr-CH')" 200 "again"
has '<html lang="fr">' && has 'Établissements'; ok $? "in French"
is "$(see '/?lang=en')" 303 "the switch"
is "$(see / -H 'Accept-Language: fr')" 200 "is kept"
has '<html lang="en">'; ok $? "whatever the browser prefers"
is "$(see '/?find=LILLE')" 200 "a search"
has 'schools/cfa-lille' && ! has 'schools/cfa-lyon'; ok $? "finds by name"
is "$(see '/?find=%22%3E%3Cscript%3E')" 200 "a search for HTML"
! has '<script>'; ok $? "does not make it"
is "$(see '/?only=attention')" 200 "what needs attention"
! has 'schools/cfa-lille'; ok $? "is nothing yet"

is "$(see /schools/cfa-lyon)" 200 "one school"
has 'action="/schools/cfa-lyon/run-down"' && has 'action="/schools/cfa-lyon/pause"'; ok $? "with its buttons"
form=$(seal)
is "$(see /schools/cfa-lyon/run-down -d 'form=0')" 403 "a form from elsewhere does nothing"
is "$(see /schools/cfa-lyon/run-down -d "")" 403 "nor one without its seal"
is "$(see /schools/cfa-lyon/run-down -d "form=$form" -H 'Sec-Fetch-Site: cross-site')" 403 "nor one that a browser says is foreign"
is "$(writes)" 0 "nothing ran"
is "$(see /schools/cfa-lyon/run-down -d "form=$form")" 303 "its own does"
head_has 'location: /schools/cfa-lyon?done=run'; ok $? "and comes back to it"
saw 'asked for on the page by=operator action=run-down'; ok $? "the log says who"
p sync cfa-lyon down >/dev/null 2>&1
is "$(see '/schools/cfa-lyon?done=run')" 200 "its page then"
has 'role="status"'; ok $? "says so"
has 'Enter the e-mail address'; ok $? "shows issues and how to mend them"
has 'with issues'; ok $? "and the run"
has 'For the school office' && has 'Yparéo: file of learner'; ok $? "by who can mend them, with the screen to open"
has '<svg' && has 'peak '; ok $? "and draws the load"
see /schools/cfa-lyon -H 'Accept-Language: fr' -b 'lang=fr' >/dev/null
run=$(sed -n 's|.*href="/schools/cfa-lyon\(/runs/[^"]*\)".*|\1|p' "$dir/out" | head -1)
is "$(see "/schools/cfa-lyon$run")" 200 "one run"
has 'first needed by a sheet' && has 'new session' && has 'learner '; ok $? "is told down to each write, with its reason"
has 'token operator' || has 'uid '; ok $? "and who asked for it"
learner=$(p issues cfa-lyon --json | grep -o 'learner [0-9]*' | head -1 | tr -dc 0-9)
is "$(see "/schools/cfa-lyon/explain?kind=learner&code=$learner")" 200 "an explanation"
has 'Verdict' && has 'has no e-mail address, which Edusign requires' && has 'From Yparéo to Edusign'; ok $? "says why, and where to mend it"
is "$(see '/schools/cfa-lyon/explain?kind=learner&code=%3Cb%3E')" 200 "of what there is not"
has 'value="&lt;b&gt;"'; ok $? "is asked as it was typed"
is "$(see '/schools/cfa-lyon/explain?kind=thing&code=1')" 404 "of no kind that there is"
is "$(see /schools/cfa-lyon/runs/none)" 200 "a run of long ago"
has 'no longer remembered'; ok $? "is no longer remembered"
is "$(see /schools/cfa-lyon/nothing)" 404 "a school has no other pages"
see '/?sort=name&dir=desc' >/dev/null
is "$(grep -o '<th scope="row"><a href="/schools/[^"]*' "$dir/out" | head -1)" '<th scope="row"><a href="/schools/cfa-lille' "the list is sorted as asked"
has 'aria-sort="descending"'; ok $? "and says so"
see '/?only=issues&sort=issues&dir=desc' >/dev/null
has 'schools/cfa-lyon' && ! has 'schools/cfa-lille"'; ok $? "and filtered"
is "$(see '/?sort=%22%3E&only=%22%3E&dir=%22%3E')" 200 "by what there is not"
! has 'sort=">' && ! has 'only=">'; ok $? "nothing of it gets onto the page"
is "$(see /events)" 200 "events"
head_has 'content-type: text/event-stream'; ok $? "are events"
id=$(sed -n 's/^id: //p' "$dir/out")
cp "$jar" "$dir/waits"
curl -s -m 60 -o "$dir/event" -w '%{http_code}' -b "$dir/waits" -H "Last-Event-ID: $id" "$url/events" >"$dir/code" &
waits=$!
is "$(see /schools/cfa-lyon/pause -d "form=$form")" 303 "it is paused"
wait $waits
is "$(cat "$dir/code")" 200 "who waits for events"
grep -q '^event: change' "$dir/event"; ok $? "is told of that one"
tries=0
until [ "$(p status cfa-lyon --json | q tenants.0.state)" = paused ] || [ $tries = 50 ]; do tries=$((tries + 1)); done
see /schools/cfa-lyon >/dev/null
has 'paused</td>' && has 'token operator'; ok $? "the page says who did it"
has 'action="/schools/cfa-lyon/resume"' && ! has 'action="/schools/cfa-lyon/pause"'; ok $? "and can be resumed"
is "$(see /schools/cfa-lyon/resume -d "form=$form")" 303 "is resumed"
is "$(see /schools/cfa-lyon/destroy -d "form=$form")" 404 "there is no such action"
is "$(see /schools/no-such)" 404 "no such school"
is "$(see /nothing)" 404 "no such page"
has '<html'; ok $? "is a page too"
is "$(see /v1/commands/status -d '{}')" 401 "the API takes no cookie"

# a held plan: a choice that leaves every session out would take each sheet away
removed() { effects DELETE '"path":"/v1/course/'; }
sed 's/"ypareo": *{/"ypareo": { "session_states": ["pending"],/' "$schools/cfa-lyon.json" >"$dir/out_of" && cat "$dir/out_of" >"$schools/cfa-lyon.json"
saw 'tenant=cfa-lyon a school.s file changed'
p --json sync cfa-lyon down >"$dir/held" 2>/dev/null
plan=$(q environments.0.plan <"$dir/held")
see '/?only=attention' >/dev/null
has 'schools/cfa-lyon'; ok $? "a held plan needs attention"
see /schools/cfa-lyon >/dev/null
has 'ypareo.session_states[0]: – → &quot;pending&quot;'; ok $? "what changed in the file is told, and whose it is"
has 'action="/schools/cfa-lyon/approve"' && has "value=\"$plan\"" && has '<li>delete <b>sheet '; ok $? "its page lists what is held"
is "$(see /schools/cfa-lyon/discard -d "form=$form&plan=$plan&why=held+elsewhere%21")" 303 "it is discarded"
saw 'action=discard'
tries=0
until [ "$(p status cfa-lyon --json | q tenants.0.environments.0.plans.0.answer)" = discarded ] || [ $tries = 100 ]; do tries=$((tries + 1)); done
ok "$(p history cfa-lyon | grep -q "discarded.*$plan.*by token operator: held elsewhere!"; echo $?)" "the history says by whom, and why"
see /schools/cfa-lyon >/dev/null
! has '/schools/cfa-lyon/approve"'; ok $? "nothing waits any more"
is "$(removed)" 0 "nothing was removed"
is "$(see /schools/cfa-lyon/approve -d "form=$form&plan=$plan")" 303 "the mind is changed"
p sync cfa-lyon down >/dev/null 2>&1
tries=0
until [ "$(removed)" -gt 0 ] || [ $tries = 100 ]; do tries=$((tries + 1)); p status cfa-lyon >/dev/null; done
ok "$([ "$(removed)" -gt 0 ]; echo $?)" "and it is done"

echo '{ "no": <b>' >"$schools/broken.json"
saw 'tenant=broken a school.s file does not validate'
see '/?only=attention' >/dev/null
has 'schools/broken'; ok $? "a broken file needs attention"
see /schools/broken >/dev/null
has 'broken.json:1:' && ! has '<b>'; ok $? "and its page says what is wrong"

for i in $(seq -w 1 210); do echo '{' >"$schools/many-$i.json"; done
saw 'tenant=many-210 a school.s file does not validate'
see / >/dev/null
is "$(grep -c '<th scope="row">' "$dir/out")" 200 "of more schools than a page holds"
see '/?page=2' >/dev/null
is "$(grep -c '<th scope="row">' "$dir/out")" 13 "the others are on the next"
has 'aria-current="page">2</a>'; ok $? "which is marked"
for i in $(seq -w 1 210); do rm "$schools/many-$i.json"; done

jar=$dir/reader
: >"$jar"
see /login -d "token=$reader" -H 'Sec-Fetch-Site: cross-site' >/dev/null
! head_has 'set-cookie'; ok $? "nobody is logged in from elsewhere"
is "$(see /login -d "token=$reader")" 303 "a reader logs in by the form"
is "$(see /schools/cfa-lyon)" 200 "reads"
! has 'run-down'; ok $? "has no buttons"
form=$(seal)
is "$(see /schools/cfa-lyon/pause -d "form=$form")" 403 "nor may press them"
see /schools/broken >/dev/null
! has 'broken.json'; ok $? "does not see into files"

jar=$dir/school
: >"$jar"
see /login -d "token=$school" >/dev/null
is "$(see /)" 200 "a school's reader"
has 'cfa-lille' && ! has 'Lyon'; ok $? "sees its own"
is "$(see /schools/cfa-lyon)" 404 "and no other"
form=$(seal)
is "$(see /logout -d 'form=0')" 404 "nobody logs it out from elsewhere"
see / >/dev/null
is "$(see /logout -d "form=$(seal)")" 303 "it logs out"
is "$(see /)" 401 "and is out"
jar=$dir/jar

printf 'new operator %sff\n' $op >"$dir/tokens"
kill -HUP $daemon
saw 'the tokens changed'
is "$(see /)" 401 "a cookie ends with its token"

kill -TERM $daemon
wait $daemon
is $? 0 "the end"
! grep -qE "$op|$reader|$school" "$dir/log"
ok $? "no token in the log"
done_testing
