# A real mail server for tests: Exim, in a directory of the test's own, on a port of the kernel's choice, started by and ending with the test.
# What it takes stays in its spool. Sourced behind lib.sh.

exim=$(command -v exim4 || command -v exim || { [ ! -x /usr/sbin/exim4 ] || echo /usr/sbin/exim4; })
exim_pid=

# Why it cannot be had; empty: it can.
exim_missing() {
	[ -n "$exim" ] || { echo "there is no Exim (package exim4-daemon-light)"; return; }
	command -v openssl >/dev/null || echo "there is no openssl program"
}

# Starts it: $mail_url, $mail_ca; user alice with the password in-the-file. Files in $mail: later (a recipient is deferred while it is there),
# nobody (refused for good), later-dot and never-dot (the same behind the final dot).
exim_start() {
	mail=$dir/mail
	mkdir -p "$mail/spool"
	mail_port=$("$build/tests/system/mailto" port)
	mail_ca=$mail/cert.pem
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=mail.test -addext subjectAltName=IP:127.0.0.1 \
		-keyout "$mail/key.pem" -out "$mail_ca" 2>/dev/null
	cat >"$mail/exim.conf" <<END
primary_hostname = mail.test
qualify_domain = mail.test
local_interfaces = 127.0.0.1
daemon_smtp_ports = $mail_port
${1:+tls_on_connect_ports = $mail_port}
spool_directory = $mail/spool
log_file_path = $mail/%slog
pid_file_path = $mail/pid
tls_advertise_hosts = *
tls_certificate = $mail_ca
tls_privatekey = $mail/key.pem
auth_advertise_hosts = \${if def:tls_in_cipher {*}{}}
queue_only = true
check_spool_space = 0
check_spool_inodes = 0
rfc1413_query_timeout = 0s
host_lookup =
acl_smtp_rcpt = rcpt
acl_smtp_data = data
begin acl
rcpt:
  deny !authenticated = *
       message = 5.7.1 who are you
  defer condition = \${if exists{$mail/later}}
       message = 4.2.0 later
  deny condition = \${if exists{$mail/nobody}}
       message = 5.1.1 nobody here
  accept
data:
  defer condition = \${if exists{$mail/later-dot}}
  deny condition = \${if exists{$mail/never-dot}}
  accept
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{\$auth2}{alice}}{eq{\$auth3}{in-the-file}}}}
  server_set_id = \$auth2
END
	# who runs it may read all of it
	chmod -R a+rwX "$mail"
	chmod a+x "$dir"
	chmod 644 "$mail/exim.conf"
	"$exim" -C "$mail/exim.conf" -bdf >"$mail/out" 2>&1 &
	exim_pid=$!
	mail_url=smtp${1:+s}://127.0.0.1:$mail_port
	# it writes its pid when it listens
	timeout 20 sh -c 'until [ -s "$1/pid" ] || ! kill -0 "$2" 2>/dev/null; do sleep 0.05; done' - "$mail" "$exim_pid"
	[ -s "$mail/pid" ]
}
exim_stop() {
	[ -z "$exim_pid" ] || kill "$exim_pid" 2>/dev/null
	wait "$exim_pid" 2>/dev/null
	exim_pid=
}
# How many messages it took.
exim_taken() { find "$mail/spool/input" -name '*-H' 2>/dev/null | wc -l; }
# All that it took, heads and bodies.
exim_read() { cat "$mail"/spool/input/*-H "$mail"/spool/input/*-D 2>/dev/null; }
