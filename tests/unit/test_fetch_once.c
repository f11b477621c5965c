#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/io/httpd.h"
#include "tests/unit/fetch_fixture.h"

/* The transport against servers that misbehave, byte by byte: above all, that a write is seen once whatever the
 * connection does. */

static struct io_server raw;
static unsigned requests; /* whole ones, on all connections */
static unsigned per_connection[64];

/* What happens to the request of that number (from 0); later ones are answered. */
enum act { ANSWER, CLOSE, RESET, SILENCE, GARBAGE, RAW };
static enum act acts[16];
static const char *raw_answer;
static size_t raw_n;

#define OK_ANSWER "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

static void on_data(struct io_server *s, struct io_peer *p)
{
	size_t n = ff_request_length(p);
	(void)s;
	if (!n)
		return;
	memmove(p->in.p, p->in.p + n, p->in.n - n + 1);
	p->in.n -= n;
	enum act act = requests < 16 ? acts[requests] : ANSWER;
	requests++;
	if (p->number < 64)
		per_connection[p->number]++;
	if (act == CLOSE) {
		io_peer_close(&p);
	} else if (act == RESET) {
		io_peer_reset(&p);
	} else if (act == GARBAGE) {
		io_send(p, "SSH-2.0-OpenSSH_9.2\r\n");
		p->close_when_sent = true;
	} else if (act == RAW) {
		io_send_bytes(p, raw_answer, raw_n);
		p->close_when_sent = true;
	} else if (act == ANSWER) {
		io_send(p, OK_ANSWER);
	}
}

static int set_up(void **state)
{
	ff_set_up(state);
	io_listen(&raw, on_data);
	requests = 0;
	memset(per_connection, 0, sizeof(per_connection));
	memset(acts, 0, sizeof(acts));
	return 0;
}

static int tear_down(void **state)
{
	io_listen_stop(&raw);
	return ff_tear_down(state);
}

static void init(struct ff *f, enum fetch_method method, enum fetch_effect effect, const char *body)
{
	ff_init(f, method, effect, raw.port, "/x");
	f->fetch.request.body = str_of(body);
}

/* ---- sent once ---- */

/* One exchange that works, so that the connection of the next is a reused one. */
static void warm_up(void)
{
	struct ff f;
	init(&f, FETCH_GET, FETCH_READ, "");
	ff_run(&f);
	assert_int_equal(ff_class(&f), FAULT_NONE);
	assert_int_equal(raw.accepted, 1);
	ff_deinit(&f);
}

static void a_write_on_a_dying_reused_connection_is_seen_once(void **state)
{
	static const struct {
		enum fetch_method method;
		enum fetch_effect effect;
		const char *body;
	} writes[] = {
	        {FETCH_POST, FETCH_WRITE_ONCE, "{\"a\":1}"},
	        {FETCH_PUT, FETCH_WRITE_KEYED, "{\"a\":1}"},
	        {FETCH_PATCH, FETCH_WRITE_KEYED, "{\"a\":1}"},
	        {FETCH_DELETE, FETCH_WRITE_KEYED, "{\"a\":1}"},
	        {FETCH_DELETE, FETCH_WRITE_KEYED, ""},
	        {FETCH_POST, FETCH_WRITE_ONCE, ""},
	        {FETCH_GET, FETCH_WRITE_KEYED, ""},
	};
	for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++)
		for (int hard = 0; hard < 2; hard++) {
			struct ff f;
			if (i || hard) {
				tear_down(state);
				set_up(state);
			}
			acts[1] = hard ? RESET : CLOSE;
			warm_up();
			init(&f, writes[i].method, writes[i].effect, writes[i].body);
			ff_run(&f);
			io_spin();
			assert_int_equal(requests, 2);
			/* with a body it went on the old connection, without on one of its own */
			assert_int_equal(per_connection[0], writes[i].body[0] ? 2 : 1);
			assert_int_equal(f.fetch.reply.code, ERR_RESET);
			assert_true(f.fetch.reply.sent);
			assert_int_equal(ff_class(&f), FAULT_UNCERTAIN);
			ff_deinit(&f);
		}
}

static void a_long_write_is_seen_at_most_once_too(void **state)
{
	static char body[400000];
	struct ff f;
	(void)state;
	memset(body, 'x', sizeof(body) - 1);
	acts[1] = RESET;
	warm_up();
	init(&f, FETCH_POST, FETCH_WRITE_ONCE, body);
	ff_run(&f);
	io_spin();
	assert_int_equal(requests, 2);
	assert_int_equal(ff_class(&f), FAULT_UNCERTAIN);
	ff_deinit(&f);
}

/* The proof that the tests above can fail: for a question curl does repeat. */
static void a_read_on_a_dying_reused_connection_is_repeated(void **state)
{
	static const char *const bodies[] = {"", "{\"ask\":1}"};
	for (int i = 0; i < 2; i++) {
		struct ff f;
		if (i) {
			tear_down(state);
			set_up(state);
		}
		acts[1] = CLOSE;
		warm_up();
		init(&f, bodies[i][0] ? FETCH_POST : FETCH_GET, FETCH_READ, bodies[i]);
		ff_run(&f);
		assert_int_equal(requests, 3);
		assert_int_equal(ff_class(&f), FAULT_NONE);
		assert_string_equal(f.body.p, "{}");
		ff_deinit(&f);
	}
}

static void writes_reuse_their_connection(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		struct ff f;
		init(&f, FETCH_POST, FETCH_WRITE_ONCE, "{}");
		ff_run(&f);
		assert_int_equal(ff_class(&f), FAULT_NONE);
		ff_deinit(&f);
	}
	assert_int_equal(raw.accepted, 1);
	assert_int_equal(requests, 5);
}

static void a_connection_that_closed_meanwhile_harms_no_write(void **state)
{
	struct ff f;
	(void)state;
	warm_up();
	list_each(node, tmp, &raw.peers)
	{
		struct io_peer *p = list_entry(node, struct io_peer, link);
		io_peer_close(&p);
	}
	io_spin();
	init(&f, FETCH_POST, FETCH_WRITE_ONCE, "{}");
	ff_run(&f);
	assert_int_equal(ff_class(&f), FAULT_NONE);
	assert_int_equal(requests, 2);
	assert_int_equal(raw.accepted, 2);
	ff_deinit(&f);
}

static void a_first_connection_that_dies_is_uncertain_too(void **state)
{
	struct ff f;
	(void)state;
	acts[0] = CLOSE;
	init(&f, FETCH_POST, FETCH_WRITE_ONCE, "{}");
	ff_run(&f);
	assert_int_equal(requests, 1);
	assert_int_equal(f.fetch.reply.code, ERR_RESET);
	assert_int_equal(ff_class(&f), FAULT_UNCERTAIN);
	ff_deinit(&f);
}

/* ---- odd answers ---- */

static void answer_with(const char *bytes, size_t n)
{
	for (int i = 0; i < 16; i++)
		acts[i] = RAW;
	raw_answer = bytes;
	raw_n = n;
}

static void an_answer_that_is_no_http_does_not_count_as_unsent(void **state)
{
	struct ff f;
	(void)state;
	acts[0] = acts[1] = GARBAGE;
	init(&f, FETCH_POST, FETCH_WRITE_ONCE, "{}");
	ff_run(&f);
	assert_true(f.fetch.reply.sent);
	assert_int_equal(ff_class(&f), FAULT_UNCERTAIN);
	ff_deinit(&f);
	init(&f, FETCH_GET, FETCH_READ, "");
	ff_run(&f);
	assert_int_equal(ff_class(&f), FAULT_TRANSIENT);
	ff_deinit(&f);
}

static void interim_answers_do_not_count(void **state)
{
	static const char text[] =
	        "HTTP/1.1 103 Early Hints\r\nRetry-After: 99\r\nContent-Type: text/odd\r\n\r\n" OK_ANSWER;
	struct ff f;
	(void)state;
	answer_with(text, sizeof(text) - 1);
	init(&f, FETCH_GET, FETCH_READ, "");
	ff_run(&f);
	assert_int_equal(f.fetch.reply.status, 200);
	assert_int_equal(f.fetch.reply.retry_after_s, 0);
	assert_string_equal(f.fetch.reply.content_type, "application/json");
	assert_string_equal(f.body.p, "{}");
	ff_deinit(&f);
}

static void headers_have_a_cap(void **state)
{
	struct buf many, one;
	struct ff f;
	(void)state;
	buf_init(&many, 0);
	buf_init(&one, 0);
	buf_addz(&many, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 300; i++)
		buf_printf(&many, "X-%d: y\r\n", i);
	buf_addz(&many, "Content-Length: 2\r\n\r\n{}");
	buf_addz(&one, "HTTP/1.1 200 OK\r\nX: ");
	for (int i = 0; i < 20000; i++)
		buf_addz(&one, "0123456789");
	buf_addz(&one, "\r\nContent-Length: 2\r\n\r\n{}");
	for (int i = 0; i < 4; i++) {
		const struct buf *b = i < 2 ? &many : &one;
		answer_with(b->p, b->n);
		init(&f, i % 2 ? FETCH_POST : FETCH_GET, i % 2 ? FETCH_WRITE_ONCE : FETCH_READ, i % 2 ? "{}" : "");
		ff_run(&f);
		assert_int_equal(f.fetch.reply.code, ERR_LIMIT);
		assert_int_equal(ff_class(&f), i % 2 ? FAULT_UNCERTAIN : FAULT_DATA);
		ff_deinit(&f);
	}
	buf_deinit(&many);
	buf_deinit(&one);
}

/* 20,000 times 'a' in 55 bytes. */
static const unsigned char packed[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xed,
                                       0xc1, 0x31, 0x01, 0x00, 0x00, 0x00, 0xc2, 0xa0, 0xac, 0xeb, 0x5f,
                                       0xc2, 0x1a, 0x1e, 0x40, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                                       0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
                                       0x00, 0xf0, 0x60, 0x31, 0x87, 0xbd, 0xca, 0x20, 0x4e, 0x00, 0x00};

static void the_cap_is_on_decoded_bytes(void **state)
{
	struct buf answer;
	struct ff f;
	(void)state;
	buf_init(&answer, 0);
	buf_printf(&answer, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
	           sizeof(packed));
	buf_add(&answer, packed, sizeof(packed));
	answer_with(answer.p, answer.n);
	init(&f, FETCH_GET, FETCH_READ, "");
	f.fetch.request.max_body = 20000;
	ff_run(&f);
	assert_int_equal(ff_class(&f), FAULT_NONE);
	assert_int_equal(f.body.n, 20000);
	ff_deinit(&f);
	init(&f, FETCH_GET, FETCH_READ, "");
	f.fetch.request.max_body = 19999;
	ff_run(&f);
	assert_int_equal(f.fetch.reply.code, ERR_LIMIT);
	assert_true(f.body.n < 20000);
	ff_deinit(&f);
	/* and what does not unpack is not an answer */
	answer.p[answer.n - 45] ^= 0x55;
	init(&f, FETCH_GET, FETCH_READ, "");
	ff_run(&f);
	assert_int_equal(f.fetch.reply.code, ERR_SYNTAX);
	assert_int_equal(ff_class(&f), FAULT_DATA);
	ff_deinit(&f);
	buf_deinit(&answer);
}

/* ---- TLS ---- */

static char *slurp(const char *path)
{
	char *text = calloc(1, 16384);
	FILE *file = fopen(path, "r");
	assert_non_null(text);
	assert_non_null(file);
	assert_true(fread(text, 1, 16383, file) > 0);
	fclose(file);
	return text;
}

static void on_tls_request(void *arg, struct httpd_request *req)
{
	(void)arg;
	loop_stop(io_loop);
	requests++;
	if (strcmp(httpd_path(req), "/drop") == 0)
		httpd_drop(req);
	else
		httpd_reply(req, 200, "application/json", NULL, STR("{}"));
}

static void expect_tls(struct ff *f, const char *ca_file, int code, bool sent, enum fault_class class)
{
	f->fetch.request.ca_file = ca_file;
	ff_run(f);
	if (f->fetch.reply.code != code)
		print_message("%s: %d %s\n", f->url, f->fetch.reply.code, f->fetch.reply.detail);
	assert_int_equal(f->fetch.reply.code, code);
	assert_int_equal(f->fetch.reply.sent, sent);
	assert_int_equal(ff_class(f), class);
}

static void certificates_are_checked(void **state)
{
	char dir[] = "/tmp/test_tls.XXXXXX", cert[64], key[64], none[64], command[400];
	struct httpd_options o = {.listen = "127.0.0.1:0", .handler = on_tls_request};
	struct httpd *server = NULL;
	struct ff f;
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(cert, sizeof(cert), "%s/cert", dir);
	snprintf(key, sizeof(key), "%s/key", dir);
	snprintf(none, sizeof(none), "%s/none", dir);
	snprintf(command, sizeof(command),
	         "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout %s -out %s -days "
	         "2 -subj "
	         "/CN=localhost -addext subjectAltName=DNS:localhost >/dev/null 2>&1",
	         key, cert);
	if (system(command) != 0) {
		rmdir(dir);
		skip(); /* no openssl program here */
	}
	char *cert_text = slurp(cert), *key_text = slurp(key);
	o.tls_cert = cert_text;
	o.tls_key = key_text;
	assert_int_equal(httpd_open(io_loop, &o, &server), 0);
	ff_init(&f, FETCH_POST, FETCH_WRITE_ONCE, httpd_port(server), "/");
	f.fetch.request.body = STR("{}");
	snprintf(f.url, sizeof(f.url), "https://localhost:%u/", httpd_port(server));
	expect_tls(&f, cert, 0, true, FAULT_NONE);
	expect_tls(&f, cert, 0, true, FAULT_NONE);
	assert_int_equal(requests, 2);
	expect_tls(&f, NULL, ERR_TLS, false, FAULT_DATA);    /* the system's bundle does not know it */
	expect_tls(&f, none, ERR_CONFIG, false, FAULT_DATA); /* no such bundle */
	snprintf(f.url, sizeof(f.url), "https://127.0.0.1:%u/", httpd_port(server));
	expect_tls(&f, cert, ERR_TLS, false, FAULT_DATA); /* another name */
	assert_int_equal(requests, 2);
	/* a write over a reused TLS connection that dies */
	snprintf(f.url, sizeof(f.url), "https://localhost:%u/drop", httpd_port(server));
	expect_tls(&f, cert, ERR_RESET, true, FAULT_UNCERTAIN);
	assert_int_equal(requests, 3);
	ff_deinit(&f);
	free(cert_text);
	free(key_text);
	unlink(cert);
	unlink(key);
	assert_int_equal(rmdir(dir), 0);
	/* the transport's connections first: the server waits for nobody */
	fetch_lane_free(&ff_lane);
	fetch_hub_free(&ff_hub);
	httpd_close(&server);
}

static void close_at_once(struct io_server *s, struct io_peer *p)
{
	(void)s;
	io_peer_reset(&p);
}

static void a_handshake_cut_short_is_transient(void **state)
{
	struct ff f;
	(void)state;
	raw.on_data = close_at_once;
	init(&f, FETCH_POST, FETCH_WRITE_ONCE, "{}");
	snprintf(f.url, sizeof(f.url), "https://127.0.0.1:%u/", raw.port);
	ff_run(&f);
	assert_int_equal(f.fetch.reply.code, ERR_CONNECT);
	assert_false(f.fetch.reply.sent);
	assert_int_equal(ff_class(&f), FAULT_TRANSIENT);
	ff_deinit(&f);
}

static void stay_silent(struct io_server *s, struct io_peer *p)
{
	(void)s;
	(void)p;
}

static void a_handshake_that_hangs_times_out_unsent(void **state)
{
	struct ff f;
	(void)state;
	raw.on_data = stay_silent;
	init(&f, FETCH_POST, FETCH_WRITE_ONCE, "{}");
	snprintf(f.url, sizeof(f.url), "https://127.0.0.1:%u/", raw.port);
	f.fetch.request.connect_timeout_ms = 50;
	ff_run(&f);
	assert_int_equal(f.fetch.reply.code, ERR_TIMEOUT);
	assert_false(f.fetch.reply.sent);
	assert_int_equal(ff_class(&f), FAULT_TRANSIENT);
	ff_deinit(&f);
}

/* ---- a multi that breaks ---- */

int __real_loop_watch_start(struct loop *loop, int fd, int events, void (*fn)(void *arg, int events), void *arg,
                            struct loop_watch **out);
int __wrap_loop_watch_start(struct loop *loop, int fd, int events, void (*fn)(void *arg, int events), void *arg,
                            struct loop_watch **out);
static int watches_to_fail;

int __wrap_loop_watch_start(struct loop *loop, int fd, int events, void (*fn)(void *arg, int events), void *arg,
                            struct loop_watch **out)
{
	if (watches_to_fail) {
		watches_to_fail--;
		return -ENOMEM;
	}
	return __real_loop_watch_start(loop, fd, events, fn, arg, out);
}

static void a_broken_multi_is_made_anew(void **state)
{
	struct ff waiting, f;
	(void)state;
	acts[0] = SILENCE;
	init(&waiting, FETCH_POST, FETCH_WRITE_ONCE, "{}");
	fetch_start(&waiting.fetch);
	UNTIL(requests == 1);
	watches_to_fail = 1; /* curl's own is the next */
	init(&f, FETCH_POST, FETCH_WRITE_ONCE, "{}");
	ff_run(&f);
	assert_int_equal(watches_to_fail, 0);
	UNTIL(waiting.done);
	assert_int_equal(ff_class(&waiting), FAULT_UNCERTAIN);
	assert_false(f.fetch.reply.sent);
	assert_int_equal(ff_class(&f), FAULT_TRANSIENT);
	ff_run(&f);
	assert_int_equal(ff_class(&f), FAULT_NONE);
	assert_int_equal(requests, 2);
	ff_deinit(&waiting);
	ff_deinit(&f);
}

int main(void)
{
#define WITH_SERVER(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	        WITH_SERVER(a_write_on_a_dying_reused_connection_is_seen_once),
	        WITH_SERVER(a_long_write_is_seen_at_most_once_too),
	        WITH_SERVER(a_read_on_a_dying_reused_connection_is_repeated),
	        WITH_SERVER(writes_reuse_their_connection),
	        WITH_SERVER(a_connection_that_closed_meanwhile_harms_no_write),
	        WITH_SERVER(a_first_connection_that_dies_is_uncertain_too),
	        WITH_SERVER(an_answer_that_is_no_http_does_not_count_as_unsent),
	        WITH_SERVER(interim_answers_do_not_count),
	        WITH_SERVER(headers_have_a_cap),
	        WITH_SERVER(the_cap_is_on_decoded_bytes),
	        WITH_SERVER(certificates_are_checked),
	        WITH_SERVER(a_handshake_cut_short_is_transient),
	        WITH_SERVER(a_handshake_that_hangs_times_out_unsent),
	        WITH_SERVER(a_broken_multi_is_made_anew),
	};
	return cmocka_run_group_tests_name("fetch_once", tests, NULL, NULL);
}
