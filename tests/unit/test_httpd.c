#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/io/httpd.h"
#include "tests/unit/io_fixture.h"

static struct httpd *server;
static struct httpd_request *waiting[16];
static unsigned handled, gone;
static char peer[HTTPD_PEER];
static struct buf seen; /* what the handler was shown */

static void show(struct httpd_request *req)
{
	const char *header = httpd_header(req, "x-test");
	buf_printf(&seen, "%s %s ?%s h=%s b=%.*s\n", httpd_method(req), httpd_path(req), httpd_query(req),
	           header ? header : "-", STR_ARG(httpd_body(req)));
}

/* By path: /now answers at once, /late later, and so on. */
static void on_request(void *arg, struct httpd_request *req)
{
	static const char *const extra[] = {"X-Extra: yes", "Date: Mon, 23 Nov 2026 11:00:04 GMT", NULL};
	assert_ptr_equal(arg, &server);
	loop_stop(io_loop);
	handled++;
	httpd_peer(req, peer);
	show(req);
	const char *path = httpd_path(req);
	if (strncmp(path, "/late", 5) == 0) {
		httpd_set_user(req, (void *)path);
		unsigned i = 0;
		while (waiting[i])
			i++;
		waiting[i] = req;
	} else if (strcmp(path, "/drop") == 0) {
		httpd_drop(req);
	} else if (strcmp(path, "/cut") == 0) {
		httpd_reply_cut(req, 200, "application/json", STR("0123456789"), 4);
	} else if (strcmp(path, "/cut0") == 0) {
		httpd_reply_cut(req, 200, "application/json", STR("0123456789"), 0);
	} else if (strcmp(path, "/empty") == 0) {
		httpd_reply(req, 204, NULL, NULL, STR_NONE);
	} else if (strcmp(path, "/release") == 0) {
		httpd_reply(waiting[0], 200, "text/plain", NULL, STR("released"));
		waiting[0] = NULL;
		httpd_reply(req, 200, "text/plain", NULL, STR("done"));
	} else {
		httpd_reply(req, 200, "application/json", extra, STR("{\"ok\":true}"));
	}
}

static void on_gone(void *arg, struct httpd_request *req)
{
	assert_ptr_equal(arg, &server);
	assert_true(strncmp(httpd_user(req), "/late", 5) == 0);
	loop_stop(io_loop);
	gone++;
	for (unsigned i = 0; i < 16; i++)
		if (waiting[i] == req)
			waiting[i] = NULL;
}

static struct httpd_options options(void)
{
	static const char *const always[] = {"X-Always: there", NULL};
	return (struct httpd_options){.listen = "127.0.0.1:0",
	                              .headers = always,
	                              .max_body = 1000,
	                              .handler = on_request,
	                              .gone = on_gone,
	                              .arg = &server};
}

static int set_up(void **state)
{
	(void)state;
	io_open();
	struct httpd_options o = options();
	server = NULL;
	handled = gone = 0;
	memset(waiting, 0, sizeof(waiting));
	buf_init(&seen, 0);
	assert_int_equal(httpd_open(io_loop, &o, &server), 0);
	assert_true(httpd_port(server) > 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	httpd_close(&server);
	io_close();
	buf_deinit(&seen);
	return 0;
}

static void a_request_is_shown_as_it_was_sent(void **state)
{
	(void)state;
	struct io_peer *p = io_connect(httpd_port(server), NULL);
	io_send(p, "GET /a%2Fb/%C3%A9?x=1%202&y HTTP/1.1\r\nHost: h\r\nX-Test: abc\r\n\r\n");
	UNTIL(io_has(p, "{\"ok\":true}"));
	assert_string_equal(seen.p, "GET /a%2Fb/%C3%A9 ?x=1%202&y h=abc b=\n");
	assert_true(io_has(p, "HTTP/1.1 200 "));
	assert_true(io_has(p, "Content-Type: application/json\r\n"));
	assert_true(io_has(p, "X-Extra: yes\r\n"));
	assert_true(io_has(p, "X-Always: there\r\n"));
	assert_string_equal(peer, "127.0.0.1");
	/* the handler's own date, and no second one */
	assert_true(io_has(p, "Date: Mon, 23 Nov 2026 11:00:04 GMT\r\n"));
	assert_int_equal(io_count(p, "Date:"), 1);
	/* the connection goes on */
	io_send(p, "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
	UNTIL(io_count(p, "{\"ok\":true}") == 2);
	assert_non_null(strstr(seen.p, "POST /x ? h=- b=hello\n"));
	io_send(p, "DELETE /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
	           "chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
	UNTIL(io_count(p, "{\"ok\":true}") == 3);
	assert_non_null(strstr(seen.p, "DELETE /x ? h=- b=abcdefg\n"));
	io_send(p, "PATCH /empty HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
	UNTIL(io_has(p, "HTTP/1.1 204 "));
	assert_false(p->eof);
	io_peer_close(&p);
}

static void a_handler_may_answer_later(void **state)
{
	(void)state;
	struct io_peer *a = io_connect(httpd_port(server), NULL), *b = io_connect(httpd_port(server), NULL);
	io_send(a, "POST /late/a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nAA");
	UNTIL(waiting[0]);
	io_send(b, "POST /late/b HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nBB");
	UNTIL(waiting[1]);
	io_spin();
	assert_int_equal(a->in.n + b->in.n, 0);
	assert_true(str_eqz(httpd_body(waiting[0]), "AA")); /* still there */
	httpd_reply(waiting[1], 200, "text/plain", NULL, STR("for b"));
	UNTIL(io_has(b, "for b"));
	assert_int_equal(a->in.n, 0);
	httpd_reply(waiting[0], 500, "text/plain", NULL, STR("for a"));
	UNTIL(io_has(a, "for a"));
	assert_true(io_has(a, "HTTP/1.1 500 "));
	waiting[0] = waiting[1] = NULL;
	/* and again on the same connection */
	io_send(a, "GET /late/c HTTP/1.1\r\nHost: h\r\n\r\n");
	UNTIL(waiting[0]);
	httpd_reply(waiting[0], 200, "text/plain", NULL, STR("for c"));
	waiting[0] = NULL;
	UNTIL(io_has(a, "for c"));
	io_peer_close(&a);
	io_peer_close(&b);
	assert_int_equal(gone, 0);
}

static void one_handler_may_answer_for_another(void **state)
{
	(void)state;
	struct io_peer *a = io_connect(httpd_port(server), NULL), *b = io_connect(httpd_port(server), NULL);
	io_send(a, "GET /late HTTP/1.1\r\nHost: h\r\n\r\n");
	UNTIL(waiting[0]);
	io_send(b, "GET /release HTTP/1.1\r\nHost: h\r\n\r\n");
	UNTIL(io_has(a, "released") && io_has(b, "done"));
	io_peer_close(&a);
	io_peer_close(&b);
}

static void requests_in_a_row_are_answered_in_a_row(void **state)
{
	(void)state;
	struct io_peer *p = io_connect(httpd_port(server), NULL);
	io_send(p, "GET /late HTTP/1.1\r\nHost: h\r\n\r\nGET /now HTTP/1.1\r\nHost: h\r\n\r\n");
	UNTIL(waiting[0]);
	io_spin();
	assert_int_equal(handled, 1);
	assert_int_equal(gone, 0); /* more to read is not a goodbye */
	httpd_reply(waiting[0], 200, "text/plain", NULL, STR("first"));
	waiting[0] = NULL;
	UNTIL(io_has(p, "{\"ok\":true}"));
	assert_true(strstr(p->in.p, "first") < strstr(p->in.p, "{\"ok\":true}"));
	io_peer_close(&p);
}

static void a_long_body_is_refused(void **state)
{
	(void)state;
	static char body[1001];
	memset(body, 'x', sizeof(body));
	struct io_peer *p = io_connect(httpd_port(server), NULL);
	io_send(p, "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n");
	io_send_bytes(p, body, 1000);
	UNTIL(io_has(p, "HTTP/1.1 200 "));
	io_send(p, "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 1001\r\n\r\n");
	io_send_bytes(p, body, 1001);
	UNTIL(p->eof);
	assert_true(io_has(p, "HTTP/1.1 413 "));
	assert_true(io_has(p, "Content-Type: application/problem+json\r\n"));
	assert_true(io_has(p, "X-Always: there\r\n"));
	assert_int_equal(handled, 1);
	io_peer_close(&p);

	/* announced too long: not even read */
	p = io_connect(httpd_port(server), NULL);
	io_send(p, "POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n");
	UNTIL(io_has(p, "HTTP/1.1 413 "));
	io_peer_close(&p);

	/* unannounced and endless: cut off */
	p = io_connect(httpd_port(server), NULL);
	io_send(p, "POST /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
	static char chunk[100000];
	memset(chunk, 'x', sizeof(chunk));
	for (int i = 0; i < 200; i++) {
		io_send(p, "186a0\r\n");
		io_send_bytes(p, chunk, sizeof(chunk));
		io_send(p, "\r\n");
	}
	UNTIL(p->eof);
	assert_false(io_has(p, "HTTP/1.1 2"));
	assert_int_equal(handled, 1);
	io_peer_close(&p);
}

static void a_dropped_request_gets_no_answer(void **state)
{
	(void)state;
	struct io_peer *p = io_connect(httpd_port(server), NULL);
	io_send(p, "POST /drop HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx");
	UNTIL(p->eof);
	assert_int_equal(p->in.n, 0);
	io_peer_close(&p);

	p = io_connect(httpd_port(server), NULL);
	io_send(p, "GET /late HTTP/1.1\r\nHost: h\r\n\r\n");
	UNTIL(waiting[0]);
	httpd_drop(waiting[0]);
	waiting[0] = NULL;
	UNTIL(p->eof);
	assert_int_equal(p->in.n, 0);
	assert_int_equal(gone, 0);
	io_peer_close(&p);
}

static void a_cut_answer_announces_its_whole_length(void **state)
{
	(void)state;
	struct io_peer *p = io_connect(httpd_port(server), NULL);
	io_send(p, "GET /cut HTTP/1.1\r\nHost: h\r\n\r\n");
	UNTIL(p->eof);
	assert_true(io_has(p, "Content-Length: 10\r\n"));
	assert_true(io_has(p, "\r\n\r\n0123"));
	assert_false(io_has(p, "01234"));
	io_peer_close(&p);

	p = io_connect(httpd_port(server), NULL);
	io_send(p, "GET /cut0 HTTP/1.1\r\nHost: h\r\n\r\n");
	UNTIL(p->eof);
	assert_true(io_has(p, "Content-Length: 10\r\n"));
	assert_false(io_has(p, "\r\n\r\n0"));
	io_peer_close(&p);
}

static void a_client_that_leaves_is_noticed(void **state)
{
	(void)state;
	for (int hard = 0; hard < 2; hard++) {
		struct io_peer *p = io_connect(httpd_port(server), NULL);
		io_send(p, "GET /late/x HTTP/1.1\r\nHost: h\r\n\r\n");
		UNTIL(waiting[0]);
		if (hard)
			io_peer_reset(&p);
		else
			io_peer_close(&p);
		UNTIL(gone == (unsigned)hard + 1);
		assert_null(waiting[0]);
	}
	/* before its body is in: nobody is told */
	struct io_peer *p = io_connect(httpd_port(server), NULL);
	io_send(p, "POST /late HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
	io_spin();
	io_peer_close(&p);
	io_spin();
	assert_int_equal(handled, 2);
	assert_int_equal(gone, 2);
}

static void closing_drops_what_waits(void **state)
{
	(void)state;
	struct io_peer *a = io_connect(httpd_port(server), NULL), *b = io_connect(httpd_port(server), NULL);
	io_send(a, "GET /late/1 HTTP/1.1\r\nHost: h\r\n\r\n");
	io_send(b, "POST /late/2 HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
	UNTIL(waiting[0]);
	io_spin();
	httpd_close(&server);
	assert_null(server);
	assert_int_equal(gone, 1);
	UNTIL(a->eof && b->eof);
	assert_int_equal(a->in.n + b->in.n, 0);
	io_peer_close(&a);
	io_peer_close(&b);
}

static void without_gone_a_reply_to_nobody_is_harmless(void **state)
{
	(void)state;
	struct httpd_options o = options();
	struct httpd *plain = NULL;
	o.gone = NULL;
	assert_int_equal(httpd_open(io_loop, &o, &plain), 0);
	struct io_peer *a = io_connect(httpd_port(plain), NULL), *b = io_connect(httpd_port(plain), NULL);
	io_send(a, "GET /late HTTP/1.1\r\nHost: h\r\n\r\n");
	UNTIL(waiting[0]);
	io_send(b, "GET /late HTTP/1.1\r\nHost: h\r\n\r\n");
	UNTIL(waiting[1]);
	io_peer_reset(&a);
	io_spin();
	httpd_reply(waiting[0], 200, "text/plain", NULL, STR("to nobody"));
	io_spin();
	httpd_close(&plain); /* with b's still waiting */
	memset(waiting, 0, sizeof(waiting));
	UNTIL(b->eof);
	io_peer_close(&b);
}

static void connections_beyond_the_most_wait(void **state)
{
	(void)state;
	struct httpd_options o = options();
	struct httpd *small = NULL;
	o.max_connections = 2;
	assert_int_equal(httpd_open(io_loop, &o, &small), 0);
	struct io_peer *p[3];
	for (int i = 0; i < 3; i++) {
		p[i] = io_connect(httpd_port(small), NULL);
		io_send(p[i], "GET /now HTTP/1.1\r\nHost: h\r\n\r\n");
		if (i < 2)
			UNTIL(io_has(p[i], "200"));
	}
	io_spin();
	assert_int_equal(handled, 2);
	io_peer_close(&p[0]);
	UNTIL(io_has(p[2], "200") || p[2]->eof);
	io_peer_close(&p[1]);
	io_peer_close(&p[2]);
	httpd_close(&small);
}

struct drip {
	struct loop_timer timer;
	struct io_peer *peer;
	unsigned left; /* bytes to come; then it only counts the time */
	unsigned ticks;
};

static void on_drip(struct loop_timer *t)
{
	struct drip *d = list_entry(t, struct drip, timer);
	d->ticks++;
	if (d->left) {
		d->left--;
		io_send(d->peer, "x");
	}
	loop_timer_start(io_loop, t, 5);
	loop_stop(io_loop);
}

static void drip_start(struct drip *d, struct io_peer *to, unsigned bytes)
{
	*d = (struct drip){.peer = to, .left = bytes};
	loop_timer_init(&d->timer, on_drip);
	loop_timer_start(io_loop, &d->timer, 5);
}

static struct httpd *impatient(void)
{
	struct httpd_options o = options();
	struct httpd *h = NULL;
	o.head_timeout_ms = 60;
	o.idle_timeout_s = 1;
	assert_int_equal(httpd_open(io_loop, &o, &h), 0);
	return h;
}

static void a_head_has_to_come_in_time(void **state)
{
	(void)state;
	struct httpd *h = impatient();
	struct io_peer *silent = io_connect(httpd_port(h), NULL), *binary = io_connect(httpd_port(h), NULL),
	               *half = io_connect(httpd_port(h), NULL), *slow = io_connect(httpd_port(h), NULL);
	struct drip drip;
	io_send_bytes(binary, "\x16\x03\x01\x00\xa5\x01", 6); /* somebody speaks TLS, without a line's end */
	io_send(half, "GET /now HTTP/1.1\r\nHost: h\r\n");
	io_send(slow, "GET /");
	drip_start(&drip, slow, 1000); /* never idle */
	UNTIL(silent->eof && binary->eof && half->eof && slow->eof);
	loop_timer_stop(io_loop, &drip.timer);
	assert_true(drip.left > 900);
	assert_int_equal(handled, 0);
	io_peer_close(&silent);
	io_peer_close(&binary);
	io_peer_close(&half);
	io_peer_close(&slow);
	httpd_close(&h);
}

static void a_body_has_to_come_in_time(void **state)
{
	(void)state;
	struct httpd *h = impatient();
	struct io_peer *p = io_connect(httpd_port(h), NULL), *q = io_connect(httpd_port(h), NULL);
	struct drip drip, other;
	/* longer than a head may take */
	io_send(q, "POST /now HTTP/1.1\r\nHost: h\r\nContent-Length: 30\r\n\r\n");
	drip_start(&other, q, 30);
	io_send(p, "POST /now HTTP/1.1\r\nHost: h\r\nContent-Length: 900\r\n\r\n");
	drip_start(&drip, p, 900);
	UNTIL(p->eof && io_has(q, "HTTP/1.1 200 "));
	loop_timer_stop(io_loop, &drip.timer);
	loop_timer_stop(io_loop, &other.timer);
	assert_true(drip.left > 0);
	assert_int_equal(p->in.n, 0);
	io_peer_close(&p);
	io_peer_close(&q);
	httpd_close(&h);
}

static void who_waits_for_an_answer_has_time(void **state)
{
	(void)state;
	struct httpd *h = impatient();
	struct io_peer *p = io_connect(httpd_port(h), NULL);
	struct drip pause;
	io_send(p, "GET /late/x HTTP/1.1\r\nHost: h\r\n\r\n");
	UNTIL(waiting[0]);
	drip_start(&pause, p, 0);
	UNTIL(pause.ticks > 30);
	httpd_reply(waiting[0], 200, "text/plain", NULL, STR("at last"));
	waiting[0] = NULL;
	UNTIL(io_has(p, "at last"));
	/* and may think about what to ask next */
	pause.ticks = 0;
	UNTIL(pause.ticks > 30);
	loop_timer_stop(io_loop, &pause.timer);
	assert_false(p->eof);
	io_send(p, "GET /now HTTP/1.1\r\nHost: h\r\n\r\n");
	UNTIL(io_has(p, "{\"ok\":true}"));
	io_peer_close(&p);
	httpd_close(&h);
}

#define CROWD 1000

/* Both ends of each connection are ours, and the kernel may be set to let fewer wait. */
static bool crowd_fits(void)
{
	struct rlimit files;
	char text[32] = "";
	int64_t most = 0;
	FILE *f = fopen("/proc/sys/net/core/somaxconn", "r");
	if (f && fgets(text, sizeof(text), f))
		(void)!str_to_int64(str_trim(str_of(text)), &most);
	if (f)
		fclose(f);
	if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_max < 2 * CROWD + 100)
		return false;
	files.rlim_cur = files.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &files) == 0 && most >= CROWD;
}

static void a_crowd_is_let_in(void **state)
{
	(void)state;
	if (!crowd_fits())
		skip();
	/* nobody turns the loop: the kernel alone keeps them, and refuses nobody; a Unix socket's queue is the
	 * shorter one, its clients are told at once */
	char dir[] = "/tmp/test_httpd.XXXXXX", path[64];
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/control.sock", dir);
	struct httpd_options o = options();
	struct httpd *h = NULL;
	static struct io_peer *p[CROWD];
	o.listen = NULL;
	o.unix_socket = path;
	assert_int_equal(httpd_open(io_loop, &o, &h), 0);
	alarm(30); /* to be kept waiting is to fail */
	for (int i = 0; i < CROWD; i++)
		p[i] = io_connect(0, path);
	alarm(0);
	for (int i = 0; i < CROWD; i++)
		io_send(p[i], "GET /now HTTP/1.1\r\nHost: h\r\n\r\n");
	for (int i = 0; i < CROWD; i++)
		UNTIL(io_has(p[i], "{\"ok\":true}"));
	assert_int_equal(handled, CROWD);
	for (int i = 0; i < CROWD; i++)
		io_peer_close(&p[i]);
	httpd_close(&h);
	assert_int_equal(rmdir(dir), 0);
}

/* Takes all descriptors below a limit that is lower for as long. */
struct want {
	struct rlimit old;
	int fds[64];
	unsigned n;
};

static void take_all(struct want *w)
{
	struct rlimit few;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &w->old), 0);
	few = w->old;
	int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
	few.rlim_cur = (rlim_t)next + 8;
	close(next);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	w->n = 0;
	while (w->n < 64 && (w->fds[w->n] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		w->n++;
	assert_int_equal(errno, EMFILE);
}

static void give_back(struct want *w)
{
	while (w->n)
		close(w->fds[--w->n]);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &w->old), 0);
}

static void without_a_descriptor_clients_are_told(void **state)
{
	(void)state;
	struct want want;
	struct io_peer *p[5];
	for (int i = 0; i < 5; i++)
		p[i] = io_connect(httpd_port(server), NULL);
	take_all(&want);
	for (int i = 0; i < 5; i++)
		UNTIL(p[i]->eof && io_has(p[i], "HTTP/1.1 503 ") && io_has(p[i], "LimitNOFILE"));
	io_spin();
	give_back(&want);
	assert_int_equal(handled, 0);
	for (int i = 0; i < 5; i++)
		io_peer_close(&p[i]);
	/* and it listens on */
	p[0] = io_connect(httpd_port(server), NULL);
	io_send(p[0], "GET /now HTTP/1.1\r\nHost: h\r\n\r\n");
	UNTIL(io_has(p[0], "{\"ok\":true}"));
	io_peer_close(&p[0]);
}

static void a_unix_socket_is_for_its_owner(void **state)
{
	char dir[] = "/tmp/test_httpd.XXXXXX", path[64];
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/control.sock", dir);
	struct httpd_options o = options();
	struct httpd *local = NULL, *second = NULL;
	struct stat st;
	mode_t old = umask(0);
	o.listen = NULL;
	o.unix_socket = path;
	assert_int_equal(httpd_open(io_loop, &o, &local), 0);
	umask(old);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(httpd_port(local), 0);
	struct io_peer *p = io_connect(0, path);
	io_send(p, "GET /now HTTP/1.1\r\nHost: h\r\n\r\n");
	UNTIL(io_has(p, "{\"ok\":true}"));
	assert_string_equal(peer, "");
	io_peer_close(&p);
	/* not taken from one that lives */
	assert_int_equal(httpd_open(io_loop, &o, &second), -EADDRINUSE);
	assert_null(second);
	httpd_close(&local);
	assert_int_equal(lstat(path, &st), -1);
	/* but from one that died */
	assert_int_equal(httpd_open(io_loop, &o, &local), 0);
	char moved[80];
	snprintf(moved, sizeof(moved), "%s.old", path);
	assert_int_equal(rename(path, moved), 0);
	httpd_close(&local);
	assert_int_equal(rename(moved, path), 0);
	assert_int_equal(httpd_open(io_loop, &o, &local), 0);
	httpd_close(&local);
	/* what is no socket is not ours to take away */
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(httpd_open(io_loop, &o, &local), -EEXIST);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void an_address_must_be_one(void **state)
{
	static const char *const bad[] = {"",           "127.0.0.1",    "localhost:80",
	                                  "127.0.0.1:", "127.0.0.1:x",  "127.0.0.1:70000",
	                                  "[::1:80",    "300.0.0.1:80", ":80"};
	(void)state;
	struct httpd *h = NULL;
	struct httpd_options o = options();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		o.listen = bad[i];
		assert_int_equal(httpd_open(io_loop, &o, &h), ERR_CONFIG);
		assert_null(h);
	}
	char taken[32];
	snprintf(taken, sizeof(taken), "127.0.0.1:%u", httpd_port(server));
	o.listen = taken;
	assert_int_equal(httpd_open(io_loop, &o, &h), -EADDRINUSE);
	o.listen = "[::1]:0";
	int rc = httpd_open(io_loop, &o, &h);
	assert_true(rc == 0 || rc == -EAFNOSUPPORT || rc == -EADDRNOTAVAIL);
	httpd_close(&h);
}

int main(void)
{
#define WITH_SERVER(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	        WITH_SERVER(a_request_is_shown_as_it_was_sent),
	        WITH_SERVER(a_handler_may_answer_later),
	        WITH_SERVER(one_handler_may_answer_for_another),
	        WITH_SERVER(requests_in_a_row_are_answered_in_a_row),
	        WITH_SERVER(a_long_body_is_refused),
	        WITH_SERVER(a_dropped_request_gets_no_answer),
	        WITH_SERVER(a_cut_answer_announces_its_whole_length),
	        WITH_SERVER(a_client_that_leaves_is_noticed),
	        WITH_SERVER(closing_drops_what_waits),
	        WITH_SERVER(without_gone_a_reply_to_nobody_is_harmless),
	        WITH_SERVER(connections_beyond_the_most_wait),
	        WITH_SERVER(a_head_has_to_come_in_time),
	        WITH_SERVER(a_body_has_to_come_in_time),
	        WITH_SERVER(who_waits_for_an_answer_has_time),
	        WITH_SERVER(a_crowd_is_let_in),
	        WITH_SERVER(without_a_descriptor_clients_are_told),
	        WITH_SERVER(a_unix_socket_is_for_its_owner),
	        WITH_SERVER(an_address_must_be_one),
	};
	return cmocka_run_group_tests_name("httpd", tests, NULL, NULL);
}
