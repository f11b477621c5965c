#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/io/httpd.h"
#include "tests/unit/fetch_fixture.h"

/* The transport against our own server: what a well-behaved one gives, and what it may refuse. */

static struct httpd *server;
static struct httpd_request *waiting;
static unsigned handled, gone;
static struct buf seen;
static char big[3000000];

static void on_request(void *arg, struct httpd_request *req)
{
	static const char *const redirect[] = {"Location: /elsewhere", NULL};
	static const char *const later[] = {"Retry-After: 17", "Date: Mon, 23 Nov 2026 11:00:04 GMT", NULL};
	static const char *const date[] = {"Retry-After: Fri, 31 Dec 1999 23:59:59 GMT", NULL};
	const char *path = httpd_path(req);
	(void)arg;
	loop_stop(io_loop);
	handled++;
	if (strcmp(path, "/late") == 0) {
		waiting = req;
	} else if (strcmp(path, "/echo") == 0) {
		httpd_reply(req, 200, httpd_header(req, "Content-Type"), NULL, httpd_body(req));
	} else if (strcmp(path, "/redirect") == 0) {
		httpd_reply(req, 302, "text/html", redirect, STR("moved"));
	} else if (strcmp(path, "/quota") == 0) {
		httpd_reply(req, 429, "application/json; charset=utf-8", later, STR("{\"slow\":\"down\"}"));
	} else if (strcmp(path, "/past") == 0) {
		httpd_reply(req, 503, "text/plain", date, STR("no"));
	} else if (strcmp(path, "/big") == 0) {
		httpd_reply(req, 200, "application/json", NULL, (struct str){big, sizeof(big)});
	} else if (strcmp(path, "/cut") == 0) {
		httpd_reply_cut(req, 200, "application/json", STR("0123456789"), 4);
	} else if (strcmp(path, "/drop") == 0) {
		httpd_drop(req);
	} else {
		static const char *const names[] = {"Content-Type",     "Content-Length", "Accept",
		                                    "Authorization",    "X-One",          "Expect",
		                                    "Transfer-Encoding"};
		buf_printf(&seen, "%s %s?%s\n", httpd_method(req), path, httpd_query(req));
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (httpd_header(req, names[i]))
				buf_printf(&seen, "%s: %s\n", names[i], httpd_header(req, names[i]));
		buf_printf(&seen, "%.*s\n", STR_ARG(httpd_body(req)));
		httpd_reply(req, 200, "application/json", NULL, STR("{}"));
	}
}

static void on_gone(void *arg, struct httpd_request *req)
{
	(void)arg;
	loop_stop(io_loop);
	assert_ptr_equal(req, waiting);
	waiting = NULL;
	gone++;
}

static struct httpd_options options(void)
{
	return (struct httpd_options){
	        .listen = "127.0.0.1:0", .max_body = sizeof(big), .handler = on_request, .gone = on_gone};
}

static int set_up(void **state)
{
	struct httpd_options o = options();
	ff_set_up(state);
	waiting = NULL;
	handled = gone = 0;
	buf_init(&seen, 0);
	memset(big, 'x', sizeof(big));
	server = NULL;
	return httpd_open(io_loop, &o, &server);
}

static int tear_down(void **state)
{
	fetch_lane_free(&ff_lane);
	fetch_hub_free(&ff_hub);
	httpd_close(&server);
	buf_deinit(&seen);
	return ff_tear_down(state);
}

static void init(struct ff *f, enum fetch_method method, enum fetch_effect effect, const char *path)
{
	ff_init(f, method, effect, httpd_port(server), path);
}

/* ---- what is sent ---- */

static void each_method_sends_its_body_and_headers(void **state)
{
	static const struct {
		enum fetch_method method;
		enum fetch_effect effect;
		const char *body, *want;
	} cases[] = {
	        {FETCH_GET, FETCH_READ, "", "GET /see?a=%201\n"},
	        {FETCH_GET, FETCH_WRITE_KEYED, "", "GET /see?a=%201\n"},
	        {FETCH_POST, FETCH_WRITE_ONCE, "{\"a\":1}", "POST /see?a=%201\n"},
	        {FETCH_POST, FETCH_READ, "{\"ask\":2}", "POST /see?a=%201\n"},
	        {FETCH_POST, FETCH_WRITE_ONCE, "", "POST /see?a=%201\n"},
	        {FETCH_PUT, FETCH_WRITE_KEYED, "{\"b\":1}", "PUT /see?a=%201\n"},
	        {FETCH_PATCH, FETCH_WRITE_KEYED, "{\"c\":1}", "PATCH /see?a=%201\n"},
	        {FETCH_DELETE, FETCH_WRITE_KEYED, "{\"d\":[1,2]}", "DELETE /see?a=%201\n"},
	        {FETCH_DELETE, FETCH_WRITE_KEYED, "", "DELETE /see?a=%201\n"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ff f;
		char want[400], length[40] = "";
		init(&f, cases[i].method, cases[i].effect, "/see?a=%201");
		f.fetch.request.body = str_of(cases[i].body);
		f.fetch.request.secret.name = "Authorization";
		f.fetch.request.secret.value = "Bearer t0k";
		f.fetch.request.headers[3].name = "X-One";
		f.fetch.request.headers[3].value = "1";
		buf_clear(&seen);
		ff_run(&f);
		assert_int_equal(ff_class(&f), FAULT_NONE);
		assert_int_equal(f.fetch.reply.status, 200);
		assert_true(f.fetch.reply.sent);
		if (cases[i].body[0] || cases[i].method == FETCH_POST)
			snprintf(length, sizeof(length), "Content-Length: %zu\n", strlen(cases[i].body));
		/* a body announced by length, and no wait for "100 Continue" */
		snprintf(want, sizeof(want),
		         "%sContent-Type: application/json\n%sAccept: application/json\nAuthorization: Bearer "
		         "t0k\nX-One: 1\n%s\n",
		         cases[i].want, length, cases[i].body);
		assert_string_equal(seen.p, want);
		assert_string_equal(f.body.p, "{}");
		ff_deinit(&f);
	}
	assert_int_equal(handled, sizeof(cases) / sizeof(cases[0]));
}

static void a_header_of_the_request_replaces_ours(void **state)
{
	struct ff f;
	(void)state;
	init(&f, FETCH_POST, FETCH_WRITE_ONCE, "/see");
	f.fetch.request.body = STR("a,b");
	f.fetch.request.headers[0].name = "accept";
	f.fetch.request.headers[0].value = "text/plain";
	f.fetch.request.headers[1].name = "content-type";
	f.fetch.request.headers[1].value = "text/csv";
	ff_run(&f);
	assert_string_equal(seen.p,
	                    "POST /see?\nContent-Type: text/csv\nContent-Length: 3\nAccept: text/plain\na,b\n");
	ff_deinit(&f);
}

static void a_long_body_goes_out_and_comes_back_whole(void **state)
{
	struct ff f;
	(void)state;
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)('a' + i * 7 % 26);
	init(&f, FETCH_POST, FETCH_WRITE_ONCE, "/echo");
	f.fetch.request.body = (struct str){big, sizeof(big)};
	ff_run(&f);
	assert_int_equal(ff_class(&f), FAULT_NONE);
	assert_int_equal(f.body.n, sizeof(big));
	assert_memory_equal(f.body.p, big, sizeof(big));
	assert_int_equal(f.fetch.reply.body_bytes, sizeof(big));
	assert_int_equal(f.fetch.reply.head_n, 512);
	assert_memory_equal(f.fetch.reply.head, big, 512);
	ff_deinit(&f);
}

/* ---- what is read of an answer ---- */

static void the_facts_of_an_answer_are_kept(void **state)
{
	struct ff f;
	struct fault fault;
	(void)state;
	init(&f, FETCH_GET, FETCH_READ, "/quota");
	ff_run(&f);
	assert_int_equal(f.fetch.reply.code, 0);
	assert_int_equal(f.fetch.reply.status, 429);
	assert_int_equal(f.fetch.reply.retry_after_s, 17);
	assert_true(f.fetch.reply.date_ms == 1795431604000); /* 2026-11-23T11:00:04Z */
	assert_string_equal(f.fetch.reply.content_type, "application/json; charset=utf-8");
	assert_string_equal(f.fetch.reply.head, "{\"slow\":\"down\"}");
	assert_int_equal(f.body.n, 0); /* the sink is for 2xx */
	fetch_fault(&f.fetch, &fault);
	assert_int_equal(fault.class, FAULT_QUOTA);
	assert_int_equal(fault.retry_after_s, 17);
	assert_true(f.fetch.reply.ended_ms >= f.fetch.reply.started_ms && f.fetch.reply.started_ms > 0);
	ff_deinit(&f);

	ff_fresh_lane();
	init(&f, FETCH_GET, FETCH_READ, "/past");
	ff_run(&f);
	assert_int_equal(f.fetch.reply.retry_after_s, 0); /* a date that is over */
	ff_deinit(&f);
}

static void a_redirect_is_not_followed(void **state)
{
	struct ff f;
	struct fault fault;
	(void)state;
	init(&f, FETCH_GET, FETCH_READ, "/redirect");
	ff_run(&f);
	assert_int_equal(handled, 1);
	assert_int_equal(f.fetch.reply.status, 302);
	fetch_fault(&f.fetch, &fault);
	assert_int_equal(fault.class, FAULT_DATA);
	assert_int_equal(fault.code, ERR_REDIRECT);
	ff_deinit(&f);
}

static void a_sink_that_refuses_ends_the_transfer(void **state)
{
	(void)state;
	for (int write = 0; write < 2; write++) {
		struct ff f;
		init(&f, write ? FETCH_PUT : FETCH_GET, write ? FETCH_WRITE_KEYED : FETCH_READ, "/big");
		if (write)
			f.fetch.request.body = STR("{}");
		f.sink_says = ERR_SYNTAX;
		f.sink_after = 50000;
		ff_run(&f);
		assert_int_equal(f.fetch.reply.code, ERR_SYNTAX);
		assert_int_equal(f.fetch.reply.status, 200);
		assert_true(f.body.n < 200000); /* the rest was not read */
		assert_int_equal(ff_class(&f), write ? FAULT_UNCERTAIN : FAULT_DATA);
		ff_deinit(&f);
	}
}

static void a_body_over_the_cap_ends_the_transfer(void **state)
{
	struct ff f;
	(void)state;
	init(&f, FETCH_GET, FETCH_READ, "/big");
	f.fetch.request.max_body = sizeof(big);
	ff_run(&f);
	assert_int_equal(ff_class(&f), FAULT_NONE);
	ff_deinit(&f);
	init(&f, FETCH_GET, FETCH_READ, "/big");
	f.fetch.request.max_body = sizeof(big) - 1;
	ff_run(&f);
	assert_int_equal(f.fetch.reply.code, ERR_LIMIT);
	assert_int_equal(ff_class(&f), FAULT_DATA);
	assert_true(f.body.n < sizeof(big));
	ff_deinit(&f);
}

static void an_answer_that_breaks_off_is_no_answer(void **state)
{
	(void)state;
	for (int write = 0; write < 2; write++) {
		struct ff f;
		init(&f, write ? FETCH_DELETE : FETCH_GET, write ? FETCH_WRITE_KEYED : FETCH_READ, "/cut");
		ff_run(&f);
		assert_int_equal(f.fetch.reply.code, ERR_TRUNCATED);
		assert_int_equal(ff_class(&f), write ? FAULT_UNCERTAIN : FAULT_TRANSIENT);
		assert_string_equal(f.body.p, "0123");
		ff_deinit(&f);
	}
}

/* ---- ends without an answer ---- */

static void a_timeout_is_uncertain_for_a_write(void **state)
{
	(void)state;
	for (int write = 0; write < 2; write++) {
		struct ff f;
		init(&f, write ? FETCH_POST : FETCH_GET, write ? FETCH_WRITE_ONCE : FETCH_READ, "/late");
		if (write)
			f.fetch.request.body = STR("{}");
		f.fetch.request.timeout_ms = 60;
		ff_run(&f);
		assert_int_equal(f.fetch.reply.code, ERR_TIMEOUT);
		assert_true(f.fetch.reply.sent);
		assert_int_equal(f.fetch.reply.status, 0);
		assert_int_equal(ff_class(&f), write ? FAULT_UNCERTAIN : FAULT_TRANSIENT);
		UNTIL(gone == (unsigned)write + 1); /* the connection was given up */
		ff_deinit(&f);
	}
}

static void a_refused_connection_is_certain(void **state)
{
	struct io_server nobody;
	struct ff f;
	(void)state;
	io_listen(&nobody, NULL);
	uint16_t port = nobody.port;
	io_listen_stop(&nobody);
	ff_init(&f, FETCH_POST, FETCH_WRITE_ONCE, port, "/");
	f.fetch.request.body = STR("{}");
	ff_run(&f);
	assert_int_equal(f.fetch.reply.code, ERR_CONNECT);
	assert_false(f.fetch.reply.sent);
	assert_int_equal(ff_class(&f), FAULT_TRANSIENT);
	assert_true(f.fetch.reply.detail[0] != '\0');
	ff_deinit(&f);
}

static void plain_http_is_for_this_machine_only(void **state)
{
	static const char *const refused[] = {
	        "http://192.0.2.1/",
	        "http://127.evil.example/",
	        "http://127.0.0.1.evil.example/",
	        "http://localhost.evil.example/",
	        "http://127.0.0.1@192.0.2.1/",
	        "http://localhost:80@192.0.2.1/",
	        "http://[::1]@192.0.2.1/",
	        "http://[2606:2800:220:1::2]/",
	        "ftp://127.0.0.1/",
	        "file:///etc/hostname",
	        "gopher://127.0.0.1/",
	        "http://",
	        "not an address",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		struct ff f;
		init(&f, FETCH_POST, FETCH_WRITE_ONCE, "/");
		f.fetch.request.url = refused[i];
		f.fetch.request.body = STR("{}");
		ff_run(&f);
		if (f.fetch.reply.code != ERR_CONFIG)
			print_message("%s: %d %s\n", refused[i], f.fetch.reply.code, f.fetch.reply.detail);
		assert_int_equal(f.fetch.reply.code, ERR_CONFIG);
		assert_false(f.fetch.reply.sent);
		assert_int_equal(ff_class(&f), FAULT_DATA);
		ff_deinit(&f);
	}
	struct ff f;
	init(&f, FETCH_GET, FETCH_READ, "/see");
	snprintf(f.url, sizeof(f.url), "HTTP://LocalHost:%u/see", httpd_port(server));
	ff_run(&f);
	assert_int_equal(f.fetch.reply.status, 200);
	ff_deinit(&f);
}

static void no_descriptor_is_a_local_fault(void **state)
{
	struct rlimit old, none;
	struct ff f;
	(void)state;
	init(&f, FETCH_POST, FETCH_WRITE_ONCE, "/see");
	f.fetch.request.body = STR("{}");
	int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = (rlim_t)next;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	ff_run(&f);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(f.fetch.reply.code, -EMFILE);
	assert_false(f.fetch.reply.sent);
	assert_int_equal(ff_class(&f), FAULT_LOCAL);
	ff_run(&f);
	assert_int_equal(ff_class(&f), FAULT_NONE);
	ff_deinit(&f);
}

/* ---- cancelling ---- */

static void a_cancelled_fetch_is_not_heard_of_again(void **state)
{
	struct ff f, other;
	(void)state;
	init(&f, FETCH_POST, FETCH_WRITE_ONCE, "/late");
	f.fetch.request.body = STR("{}");
	fetch_start(&f.fetch);
	UNTIL(waiting);
	fetch_cancel(&f.fetch);
	assert_int_equal(f.fetch.state, FETCH_IDLE);
	assert_int_equal(ff_class(&f), FAULT_UNCERTAIN);
	ff_deinit(&f);
	memset(&f, 0x55, sizeof(f)); /* it is the owner's again */
	UNTIL(gone == 1);
	init(&other, FETCH_GET, FETCH_READ, "/see");
	ff_run(&other);
	assert_int_equal(ff_class(&other), FAULT_NONE);
	/* before it began */
	fetch_start(&other.fetch);
	fetch_cancel(&other.fetch);
	/* just begun, nothing connected yet */
	fetch_start(&other.fetch);
	while (other.fetch.state == FETCH_QUEUED)
		io_turns(1);
	assert_int_equal(other.fetch.state, FETCH_ACTIVE);
	other.done = false;
	fetch_cancel(&other.fetch);
	io_spin();
	assert_false(other.done);
	ff_deinit(&other);
}

static struct ff victim, killer;

static int kill_other(void *arg, const char *p, size_t n)
{
	(void)arg;
	(void)p;
	(void)n;
	if (victim.fetch.state != FETCH_IDLE) {
		fetch_cancel(&victim.fetch);
		memset(&victim.fetch.request, 0x55, sizeof(victim.fetch.request)); /* borrowed no longer */
	}
	return 0;
}

static void a_sink_may_cancel_another_fetch(void **state)
{
	(void)state;
	init(&victim, FETCH_POST, FETCH_READ, "/late");
	victim.fetch.request.body = (struct str){big, sizeof(big)};
	fetch_start(&victim.fetch);
	UNTIL(waiting);
	init(&killer, FETCH_GET, FETCH_READ, "/big");
	killer.fetch.request.sink = kill_other;
	ff_run(&killer);
	assert_int_equal(ff_class(&killer), FAULT_NONE);
	assert_int_equal(victim.fetch.state, FETCH_IDLE);
	assert_false(victim.done);
	UNTIL(gone == 1);
	ff_deinit(&victim);
	ff_deinit(&killer);
}

static void a_done_may_start_and_cancel_others(struct fetch *f)
{
	(void)f;
	fetch_cancel(&victim.fetch);
	killer.done = true;
	loop_stop(io_loop);
}

static void an_end_may_cancel_another_fetch(void **state)
{
	(void)state;
	init(&victim, FETCH_GET, FETCH_READ, "/late");
	fetch_start(&victim.fetch);
	UNTIL(waiting);
	init(&killer, FETCH_GET, FETCH_READ, "/see");
	killer.fetch.done = a_done_may_start_and_cancel_others;
	fetch_start(&killer.fetch);
	UNTIL(killer.done);
	assert_int_equal(victim.fetch.state, FETCH_IDLE);
	UNTIL(gone == 1);
	ff_deinit(&victim);
	ff_deinit(&killer);
}

/* ---- many ---- */

static unsigned left;

static void count_down(struct fetch *f)
{
	assert_int_equal(f->reply.status, 200);
	if (--left == 0)
		loop_stop(io_loop);
}

static void many_at_once_all_come_back(void **state)
{
	enum { MANY = 400 };
	static struct ff f[MANY];
	(void)state;
	left = MANY;
	for (int i = 0; i < MANY; i++) {
		bool write = i % 3 == 0;
		init(&f[i], write ? FETCH_PUT : FETCH_GET, write ? FETCH_WRITE_KEYED : FETCH_READ,
		     write ? "/echo" : "/see");
		if (write)
			f[i].fetch.request.body = STR("{\"x\":[1,2,3]}");
		f[i].fetch.done = count_down;
		fetch_start(&f[i].fetch);
	}
	UNTIL(left == 0);
	assert_int_equal(handled, MANY); /* each once */
	for (int i = 0; i < MANY; i++) {
		assert_string_equal(f[i].body.p, i % 3 == 0 ? "{\"x\":[1,2,3]}" : "{}");
		ff_deinit(&f[i]);
	}
	assert_int_equal(fetch_lane_count(ff_lane), MANY);
}

/* ---- other ways in ---- */

static void a_unix_socket_serves_as_well(void **state)
{
	char dir[] = "/tmp/test_fetch.XXXXXX", path[64];
	struct httpd_options o = options();
	struct httpd *local = NULL;
	struct ff f;
	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/s", dir);
	o.unix_socket = path;
	assert_int_equal(httpd_open(io_loop, &o, &local), 0);
	init(&f, FETCH_POST, FETCH_WRITE_ONCE, "/");
	f.fetch.request.url = "http://passerelle/see";
	f.fetch.request.unix_socket = path;
	f.fetch.request.body = STR("{}");
	ff_run(&f);
	assert_int_equal(ff_class(&f), FAULT_NONE);
	assert_int_equal(handled, 1);
	httpd_close(&local);
	ff_run(&f);
	assert_int_equal(f.fetch.reply.code, ERR_CONNECT);
	assert_int_equal(ff_class(&f), FAULT_TRANSIENT);
	assert_int_equal(rmdir(dir), 0);
	ff_deinit(&f);
}

int main(void)
{
#define WITH_SERVER(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	        WITH_SERVER(each_method_sends_its_body_and_headers),
	        WITH_SERVER(a_header_of_the_request_replaces_ours),
	        WITH_SERVER(a_long_body_goes_out_and_comes_back_whole),
	        WITH_SERVER(the_facts_of_an_answer_are_kept),
	        WITH_SERVER(a_redirect_is_not_followed),
	        WITH_SERVER(a_sink_that_refuses_ends_the_transfer),
	        WITH_SERVER(a_body_over_the_cap_ends_the_transfer),
	        WITH_SERVER(an_answer_that_breaks_off_is_no_answer),
	        WITH_SERVER(a_timeout_is_uncertain_for_a_write),
	        WITH_SERVER(a_refused_connection_is_certain),
	        WITH_SERVER(plain_http_is_for_this_machine_only),
	        WITH_SERVER(no_descriptor_is_a_local_fault),
	        WITH_SERVER(a_cancelled_fetch_is_not_heard_of_again),
	        WITH_SERVER(a_sink_may_cancel_another_fetch),
	        WITH_SERVER(an_end_may_cancel_another_fetch),
	        WITH_SERVER(many_at_once_all_come_back),
	        WITH_SERVER(a_unix_socket_serves_as_well),
	};
	return cmocka_run_group_tests_name("fetch_uv", tests, NULL, NULL);
}
