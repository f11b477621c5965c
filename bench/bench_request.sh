#!/bin/sh
# Processor time per request, the whole process, TLS on: passerelle against a bare loop of libcurl's multi interface on libuv that makes the very
# same requests, at the same width, and throws the answers away (bench_bare). nginx ends the TLS before the simulators.
#
#   read    a run that only reads: nothing has changed
#   write   a run whose every write is journalled on the disk: a new school
#
# PAIRS pairs in turn; SCHOOLS= how many at once. Prints a table, and bench_request.json into the build directory.
build=${top_builddir:-.}
case $build in /*) ;; *) build=$(pwd)/$build ;; esac
schools=${SCHOOLS:-20}
pairs=${PAIRS:-5}
skip() { echo "SKIPPED: $1"; exit 0; }
nginx=$(command -v nginx || echo /usr/sbin/nginx)
[ -x "$nginx" ] || skip "there is no nginx (Debian: nginx-light)"
command -v openssl >/dev/null || skip "there is no openssl"
dir=$(mktemp -d "${TMPDIR:-/tmp}/passerelle-bench-XXXXXX")
sim= front=
trap '[ -z "$sim$front" ] || kill $sim $front 2>/dev/null; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 -addext "subjectAltName=IP:127.0.0.1" \
	-keyout "$dir/key.pem" -out "$dir/cert.pem" 2>/dev/null || skip "no certificate can be made"
free_port() { # what the kernel gives a simulator that then ends is free right behind it
	"$build/passerelle-sim" --schools 1 --learners 1 --groups 1 --days 1 >"$dir/port" 2>/dev/null &
	until [ -s "$dir/port" ]; do sleep 0.1; done
	kill $! && wait $! 2>/dev/null
	sed 's|.*127.0.0.1:\([0-9]*\).*|\1|' "$dir/port"
	rm -f "$dir/port"
}

world() {
	[ -z "$sim$front" ] || { kill $sim $front && wait $sim $front; } 2>/dev/null
	rm -rf "$dir/conf" "$dir/ledger" "$dir/ready"
	"$build/passerelle-sim" --write-config "$dir/conf" --ledger "$dir/ledger" --schools "$schools" --seed 7 --learners 40 --instructors 6 --groups 3 \
		--rooms 6 --sessions 2 --days 8 --no-absences >"$dir/ready" 2>/dev/null &
	sim=$!
	until [ -s "$dir/ready" ]; do sleep 0.1; done
	y=$(sed -n 's|.*"url": *"http://\([^/]*\)/.*index.php".*|\1|p' "$dir"/conf/tenants.d/*.json | head -1)
	e=$(sed -n 's|.*"url": *"http://\([^/]*\)/v1".*|\1|p' "$dir"/conf/tenants.d/*.json | head -1)
	[ -n "$py" ] || { py=$(free_port) pe=$(free_port); }
	cat >"$dir/nginx.conf" <<-END
		daemon off; worker_processes 1; pid $dir/nginx.pid; error_log $dir/nginx.log;
		events { worker_connections 4096; }
		http {
			access_log off; client_max_body_size 16m; client_body_temp_path $dir/t1; proxy_temp_path $dir/t2; fastcgi_temp_path $dir/t3; uwsgi_temp_path $dir/t4; scgi_temp_path $dir/t5;
			keepalive_timeout 120s; keepalive_requests 1000000; ssl_certificate $dir/cert.pem; ssl_certificate_key $dir/key.pem;
			upstream y { server $y; keepalive 64; } upstream e { server $e; keepalive 64; }
			server { listen 127.0.0.1:$py ssl; location / { proxy_pass http://y; proxy_http_version 1.1; proxy_set_header Connection ""; } }
			server { listen 127.0.0.1:$pe ssl; location / { proxy_pass http://e; proxy_http_version 1.1; proxy_set_header Connection ""; } }
		}
	END
	"$nginx" -c "$dir/nginx.conf" -e "$dir/nginx.log" 2>/dev/null &
	front=$!
	until [ -s "$dir/nginx.pid" ] || ! kill -0 $front 2>/dev/null; do sleep 0.1; done
	sed -i "s|\"url\": *\"http://$y|\"ca_file\": \"$dir/cert.pem\", \"url\": \"https://127.0.0.1:$py|; s|\"url\": *\"http://$e|\"ca_file\": \"$dir/cert.pem\", \"url\": \"https://127.0.0.1:$pe|
		s/\"timezone\"/\"limits\": { \"edusign_per_minute\": 1000000 }, \"timezone\"/" "$dir"/conf/tenants.d/*.json
	sed 's|^{|{ "limits": { "open_stores": 4096, "memory_mib": 8192 },|' "$dir/conf/passerelle.json" >"$dir/with"
	mv "$dir/with" "$dir/conf/passerelle.json"
}
py= pe=
field() { printf '%s\n' "$1" | sed -n "s/.*\"$2\":\([0-9.]*\).*/\1/p"; }
cost() { # cost MEASURED REQUESTS: microseconds of processor time each
	awk -v u="$(field "$1" user)" -v s="$(field "$1" system)" -v n="$2" 'BEGIN { printf "%.2f", n ? (u + s) * 1e6 / n : 0 }'
}
full() { m=$("$build/bench/measure" "$build/bench/bench_many" "$dir/conf/passerelle.json" down 2>"$dir/err") || { echo "passerelle failed"; tail -3 "$dir/err"; exit 1; }; }
bare() { b=$("$build/bench/measure" "$build/bench/bench_bare" "$1" "$dir/conf" "$dir/ready" "$dir/cert.pem" 2>"$dir/err") || { echo "the bare loop failed"; tail -3 "$dir/err"; exit 1; }; }
lines() { wc -l <"$1"; }
since() { tail -n +$(($1 + 1)) "$dir/ledger" >"$dir/asked"; }
row() { # row KIND: of the pairs in $dir/KIND
	awk -v k="$1" '{ n++; a[n] = $1; b[n] = $2; q[n] = $1 / $2 }
		function med(v, n,   i, j, t) { for (i = 2; i <= n; i++) { t = v[i]; for (j = i - 1; j > 0 && v[j] > t; j--) v[j + 1] = v[j]; v[j + 1] = t } return v[int((n + 1) / 2)] }
		END { A = med(a, n); B = med(b, n); Q = med(q, n); printf "%s %s %s %.3f %.3f %.3f\n", k, A, B, Q, q[1], q[n] }' "$dir/$1"
}

: >"$dir/read"
: >"$dir/write"
for pair in $(seq "$pairs"); do
	world
	full
	since 0
	requests=$(lines "$dir/asked")
	w=$(cost "$m" "$requests")
	before=$(lines "$dir/ledger")
	full
	since "$before"
	reads=$(lines "$dir/asked")
	r=$(cost "$m" "$reads")
	bare "$dir/asked"
	echo "$r $(cost "$b" "$reads")" >>"$dir/read"
	head -n "$before" "$dir/ledger" >"$dir/new"
	world
	bare "$dir/new"
	echo "$w $(cost "$b" "$requests")" >>"$dir/write"
done
printf '%-6s %10s %10s %22s   (%s schools, %s and %s requests)\n' run passerelle bare "passerelle : bare" "$schools" "$reads" "$requests"
{ row read; row write; } >"$dir/rows"
while read -r k a b q lo hi; do printf '%-6s %7s us %7s us %8s (%s to %s)\n' "$k" "$a" "$b" "$q" "$lo" "$hi"; done <"$dir/rows"
awk 'BEGIN { printf "[" } { printf "%s{\"run\":\"%s\",\"passerelle_us\":%s,\"bare_us\":%s,\"ratio\":%s,\"lowest\":%s,\"highest\":%s}", (NR > 1 ? "," : ""), $1, $2, $3, $4, $5, $6 } END { print "]" }' "$dir/rows" >bench_request.json
