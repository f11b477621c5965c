#!/bin/sh
# Mail against a real server: Exim, with STARTTLS and with TLS from the start, login, refusals for the moment and for good.
. "${srcdir:-.}/tests/system/lib.sh"
. "${srcdir:-.}/tests/system/exim.sh"
missing=$(exim_missing)
[ -z "$missing" ] || { echo "1..0 # SKIP $missing"; exit 0; }
trap 'exim_stop; finish' EXIT
exim_start
ok $? "the mail server listens"
to() { "$build/tests/system/mailto" "$mail_url" "$@"; }

is "$(to "$mail_ca" alice in-the-file tutor@firm.test | cut -d' ' -f1,2)" "none 250" "STARTTLS, login, taken"
is "$(exim_taken)" 1 "once"
exim_read | tr -d '\r' >"$dir/got"
grep -q '^un point seul' "$dir/got"; ok $? "behind a line with a dot alone there is more"
grep -q 'From: =?UTF-8?B?' "$dir/got"; ok $? "with the sender's name"
grep -q 'auth_sender\|-auth_id alice' "$dir/got"; ok $? "from whom it knows"
grep -q 'tls_cipher' "$dir/got"; ok $? "encrypted"
is "$(to "$mail_ca" alice wrong tutor@firm.test)" "data 0 the mail server refuses the user or the password" "a wrong password"
is "$(to - - - tutor@firm.test | cut -d' ' -f1,2)" "remote 550" "without login, in the clear on this machine: refused"
is "$(to /etc/ssl/certs/ca-certificates.crt alice in-the-file tutor@firm.test | cut -d' ' -f1)" data "a certificate of nobody we know: not a word"

: >"$mail/later"
is "$(to "$mail_ca" alice in-the-file tutor@firm.test | cut -d' ' -f1,2)" "transient 451" "refused for the moment"
rm "$mail/later"
: >"$mail/later-dot"
is "$(to "$mail_ca" alice in-the-file tutor@firm.test | cut -d' ' -f1,2)" "transient 451" "also behind the final dot"
rm "$mail/later-dot"
: >"$mail/nobody"
is "$(to "$mail_ca" alice in-the-file tutor@firm.test)" "remote 550 5.1.1" "refused for good"
rm "$mail/nobody"
: >"$mail/never-dot"
is "$(to "$mail_ca" alice in-the-file tutor@firm.test | cut -d' ' -f1,2)" "remote 550" "also behind the final dot"
rm "$mail/never-dot"
is "$(exim_taken)" 1 "of all these, none was taken"
is "$(to "$mail_ca" alice in-the-file tutor@firm.test | cut -d' ' -f1,2)" "none 250" "and then it is delivered"
is "$(exim_taken)" 2 "once"
exim_stop
is "$(to "$mail_ca" alice in-the-file tutor@firm.test | cut -d' ' -f1,2)" "transient 0" "nobody listens"

rm -rf "$dir/mail"
exim_start tls
ok $? "a server with TLS from the start"
is "$(to "$mail_ca" alice in-the-file tutor@firm.test | cut -d' ' -f1,2)" "none 250" "takes it"
is "$(to /etc/ssl/certs/ca-certificates.crt alice in-the-file tutor@firm.test | cut -d' ' -f1)" data "but not from whom it cannot show who it is"
is "$(exim_taken)" 1 "once"
exim_stop

# The daemon tells who runs it that a school's file broke.
rm -rf "$dir/mail"
exim_start
sim --seed 5 --learners 5 --groups 1
printf 'in-the-file\n' >"$dir/password"
chmod 600 "$dir/password"
sed "s|^{|{ \"smtp\": { \"url\": \"$mail_url\", \"from\": \"passerelle@mail.test\", \"user\": \"alice\", \"password_file\": \"$dir/password\", \"ca_file\": \"$mail_ca\" }, \"notify\": { \"email\": [\"ops@host.test\"] },|" \
	"$dir/conf/passerelle.json" >"$dir/with"
mv "$dir/with" "$dir/conf/passerelle.json"
saw() { timeout 60 sh -c 'tail -n +1 -f "$1" 2>/dev/null | grep -qm1 -- "$2"' - "$dir/log" "$1"; }
serve() {
	"$build/passerelle" -c "$dir/conf/passerelle.json" serve 2>"$dir/log" &
	daemon=$!
	trap 'kill -9 $daemon 2>/dev/null; exim_stop; finish' EXIT
	saw ' ready schools=1'
}
serve
ok $? "a school is served"
kill $daemon
wait $daemon
echo '{' >"$dir/conf/tenants.d/cfa-lyon.json"
serve
ok $? "its file broke, the last good one goes on"
saw 'a letter was taken'
ok $? "who runs it is told"
is "$(exim_taken)" 1 "once"
exim_read | grep -q 'file has mistakes'; ok $? "what it is about"
grep -q 'ops@host.test' "$dir/log"; is $? 1 "no address in the log"
kill $daemon
wait $daemon
done_testing
