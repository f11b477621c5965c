#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/io/network.h"
#include "tests/unit/fetch_fixture.h"

/* Which addresses are private, and that none of them is connected to, whatever the URL says and whatever a name resolves to. */

static void what_is_public(void **state)
{
	static const struct {
		const char *address;
		bool public, loopback;
	} table[] = {
	        {"93.184.216.34", true, false},  {"8.8.8.8", true, false},       {"172.15.255.255", true, false},
	        {"172.32.0.0", true, false},     {"192.167.255.255", true, false}, {"192.169.0.0", true, false},
	        {"11.0.0.0", true, false},       {"9.255.255.255", true, false}, {"126.255.255.255", true, false},
	        {"128.0.0.1", true, false},      {"100.63.255.255", true, false}, {"100.128.0.0", true, false},
	        {"169.253.255.255", true, false}, {"223.255.255.255", true, false}, {"2606:2800:220:1::1", true, false},
	        {"fbff::1", true, false},        {"64:ff9b::5db8:d822", true, false}, {"::ffff:93.184.216.34", true, false},
	        {"10.0.0.0", false, false},      {"10.255.255.255", false, false}, {"172.16.0.1", false, false},
	        {"172.31.255.255", false, false}, {"192.168.1.1", false, false},  {"169.254.169.254", false, false},
	        {"100.64.0.1", false, false},    {"198.19.0.1", false, false},   {"0.0.0.0", false, false},
	        {"255.255.255.255", false, false}, {"224.0.0.1", false, false},  {"127.0.0.1", false, true},
	        {"127.255.255.254", false, true}, {"::1", false, true},          {"::", false, false},
	        {"::ffff:10.0.0.1", false, false}, {"::ffff:127.0.0.1", false, true}, {"::127.0.0.1", false, false},
	        {"fc00::1", false, false},       {"fdff::1", false, false},      {"fe80::1", false, false},
	        {"fec0::1", false, false},       {"ff02::1", false, false},      {"64:ff9b::a00:1", false, false},
	        {"2002:a00:1::1", false, false}, {"2001::1", false, false},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		uint8_t a[16];
		assert_true(network_address(table[i].address, a));
		if (network_is_public(a) != table[i].public || network_is_loopback(a) != table[i].loopback)
			fail_msg("%s", table[i].address);
	}
}

static void networks_are_read(void **state)
{
	static const char *const bad[] = {"", "10", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "fd00::/129", "host", "10.0.0.0/8/8", "10.0.0.0 /8"};
	uint8_t in[16], out_[16];
	struct network n;
	(void)state;
	assert_int_equal(network_read(STR("10.20.0.0/14"), &n), 0);
	struct networks all = {&n, 1};
	assert_true(network_address("10.23.255.255", in) && network_address("10.24.0.0", out_));
	assert_true(network_may_reach(&all, false, in));
	assert_false(network_may_reach(&all, false, out_));
	assert_int_equal(network_read(STR("fd12:3456::/32"), &n), 0);
	assert_true(network_address("[fd12:3456::1]", in) && network_address("fd12:3457::1", out_));
	assert_true(network_may_reach(&all, false, in));
	assert_false(network_may_reach(&all, false, out_));
	assert_int_equal(network_read(STR("192.168.1.5"), &n), 0);
	assert_true(network_address("192.168.1.5", in) && network_address("192.168.1.4", out_));
	assert_true(network_may_reach(&all, false, in));
	assert_false(network_may_reach(&all, false, out_));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (network_read(str_of(bad[i]), &n) != ERR_SYNTAX)
			fail_msg("«%s» was read", bad[i]);
}

/* ---- what is connected to ---- */

static unsigned heard;

static void on_data(struct io_server *s, struct io_peer *p)
{
	(void)s;
	heard++;
	io_send(p, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
}

/* Asks url, in which %u stands for the port of a server on this machine. */
static void ask(const struct networks *allowed, const char *url, struct ff *f)
{
	struct fetch_transport *transport = NULL;
	const struct fetch_limits limits = {.allow_private = allowed};
	struct io_server server;
	io_open();
	io_listen(&server, on_data);
	assert_int_equal(fetch_transport_curl(io_loop, &limits, &transport), 0);
	ff_hub = fetch_hub_new(io_loop, transport, NULL);
	ff_fresh_lane();
	heard = 0;
	ff_init(f, FETCH_POST, FETCH_WRITE_ONCE, server.port, "/");
	char *at = strstr(url, "%u");
	snprintf(f->url, sizeof(f->url), "%.*s%u%s", at ? (int)(at - url) : (int)strlen(url), url, server.port, at ? at + 2 : "/");
	if (!at)
		snprintf(f->url, sizeof(f->url), "%s", url);
	ff_run(f);
	io_spin();
	if (server.accepted && !heard)
		heard = 1;
	ff_deinit(f);
	fetch_lane_free(&ff_lane);
	fetch_hub_free(&ff_hub);
	io_listen_stop(&server);
	io_close();
}

static void expect_refused(const struct networks *allowed, const char *url, const char *address)
{
	struct ff f;
	struct fault fault;
	ask(allowed, url, &f);
	if (f.fetch.reply.code != ERR_PRIVATE || f.fetch.reply.sent || heard)
		fail_msg("%s: %s, heard %u", url, err_text(f.fetch.reply.code), heard);
	assert_non_null(strstr(f.fetch.reply.detail, address));
	assert_non_null(strstr(f.fetch.reply.detail, "limits.allow_private"));
	fetch_fault(&f.fetch, &fault);
	assert_int_equal(fault.class, FAULT_DATA); /* not tried again: it will not be otherwise in a minute */
}

/* A name under "localhost" leads to this machine without anybody being asked: as good as one whose owner made it lead there. */
static void a_name_is_no_way_in(void **state)
{
	static const struct network ten[] = {{{[10] = 0xff, [11] = 0xff, [12] = 10}, 104}};
	static const struct networks none = {NULL, 0}, tens = {ten, 1};
	(void)state;
	expect_refused(NULL, "https://school.localhost:%u/", "1");
	expect_refused(NULL, "https://10.255.255.1:%u/", "10.255.255.1");
	expect_refused(NULL, "https://169.254.169.254/latest", "169.254.169.254");
	expect_refused(NULL, "https://[fd00::1]:%u/", "fd00::1");
	expect_refused(NULL, "https://[::ffff:10.0.0.1]:%u/", "10.0.0.1");
	expect_refused(NULL, "https://0.0.0.0:%u/", "0.0.0.0");
	/* the numbers that curl reads as one */
	expect_refused(NULL, "https://0xa.1:%u/", "10.0.0.1");
	expect_refused(NULL, "https://167772161:%u/", "10.0.0.1");
	expect_refused(&none, "http://127.0.0.1:%u/", "127.0.0.1");
	expect_refused(&none, "http://localhost:%u/", "1");
	expect_refused(&tens, "http://127.0.0.1:%u/", "127.0.0.1");
	expect_refused(&tens, "https://192.168.1.1:%u/", "192.168.1.1");
}

static void what_is_allowed_is_reached(void **state)
{
	static const struct network here[] = {{{[10] = 0xff, [11] = 0xff, [12] = 127}, 104}, {{[15] = 1}, 128}};
	static const struct networks these = {here, 2};
	struct ff f;
	(void)state;
	ask(NULL, "http://127.0.0.1:%u/", &f);
	assert_int_equal(f.fetch.reply.code, 0);
	assert_int_equal(heard, 1);
	ask(NULL, "http://localhost:%u/", &f);
	assert_int_equal(f.fetch.reply.code, 0);
	ask(&these, "http://127.0.0.1:%u/", &f);
	assert_int_equal(f.fetch.reply.code, 0);
	/* no TLS is spoken there, but it is spoken to */
	ask(&these, "https://school.localhost:%u/", &f);
	assert_int_not_equal(f.fetch.reply.code, ERR_PRIVATE);
	assert_true(heard > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(what_is_public),
	        cmocka_unit_test(networks_are_read),
	        cmocka_unit_test(a_name_is_no_way_in),
	        cmocka_unit_test(what_is_allowed_is_reached),
	};
	unsetenv("https_proxy");
	unsetenv("HTTPS_PROXY");
	unsetenv("all_proxy");
	unsetenv("ALL_PROXY");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
