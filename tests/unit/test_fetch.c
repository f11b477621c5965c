#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/hub_fixture.h"

/* ---- bodies ---- */

static char taken[64];
static int sink_says;

static int sink(void *arg, const char *p, size_t n)
{
	(void)arg;
	strncat(taken, p, n);
	return sink_says;
}

static void a_2xx_body_goes_to_the_sink(void **state)
{
	(void)state;
	struct fetch f = {.request = {.sink = sink}, .reply = {.status = 201}};
	memset(taken, 0, sizeof(taken));
	sink_says = 0;
	assert_int_equal(fetch_feed(&f, "abc", 3), 0);
	assert_int_equal(fetch_feed(&f, "def", 3), 0);
	assert_string_equal(taken, "abcdef");
	assert_string_equal(f.reply.head, "abcdef");
	assert_int_equal(f.reply.body_bytes, 6);
	sink_says = ERR_SYNTAX;
	assert_int_equal(fetch_feed(&f, "x", 1), ERR_SYNTAX);
	assert_int_equal(f.reply.code, ERR_SYNTAX);
}

static void another_body_is_kept_as_far_as_the_head_goes(void **state)
{
	char long_text[600];
	(void)state;
	struct fetch f = {.request = {.sink = sink}, .reply = {.status = 500}};
	memset(taken, 0, sizeof(taken));
	memset(long_text, 'x', sizeof(long_text));
	assert_int_equal(fetch_feed(&f, long_text, sizeof(long_text)), 0);
	assert_int_equal(fetch_feed(&f, "y", 1), 0);
	assert_string_equal(taken, "");
	assert_int_equal(f.reply.head_n, 512);
	assert_int_equal(strlen(f.reply.head), 512);
	assert_int_equal(f.reply.body_bytes, 601);
}

static void a_body_has_a_cap(void **state)
{
	(void)state;
	struct fetch f = {.request = {.sink = sink, .max_body = 5}, .reply = {.status = 200}};
	memset(taken, 0, sizeof(taken));
	sink_says = 0;
	assert_int_equal(fetch_feed(&f, "12345", 5), 0);
	assert_int_equal(fetch_feed(&f, "6", 1), ERR_LIMIT);
	assert_string_equal(taken, "12345");
	assert_int_equal(f.reply.code, ERR_LIMIT);
}

/* ---- faults ---- */

struct fault_case {
	int code;
	bool sent;
	int status;
	enum fault_class read, keyed, once;
	int want_code;
};

static const struct fault_case cases[] = {
        {0, true, 200, FAULT_NONE, FAULT_NONE, FAULT_NONE, 0},
        {0, true, 204, FAULT_NONE, FAULT_NONE, FAULT_NONE, 0},
        /* it never left */
        {ERR_CONNECT, false, 0, FAULT_TRANSIENT, FAULT_TRANSIENT, FAULT_TRANSIENT, ERR_CONNECT},
        {ERR_RESOLVE, false, 0, FAULT_TRANSIENT, FAULT_TRANSIENT, FAULT_TRANSIENT, ERR_RESOLVE},
        {ERR_TIMEOUT, false, 0, FAULT_TRANSIENT, FAULT_TRANSIENT, FAULT_TRANSIENT, ERR_TIMEOUT},
        {ERR_TLS, false, 0, FAULT_DATA, FAULT_DATA, FAULT_DATA, ERR_TLS},
        {ERR_CONFIG, false, 0, FAULT_DATA, FAULT_DATA, FAULT_DATA, ERR_CONFIG},
        {-EMFILE, false, 0, FAULT_LOCAL, FAULT_LOCAL, FAULT_LOCAL, -EMFILE},
        {ERR_CANCELLED, false, 0, FAULT_CANCELLED, FAULT_CANCELLED, FAULT_CANCELLED, ERR_CANCELLED},
        /* it may have arrived */
        {ERR_RESET, true, 0, FAULT_TRANSIENT, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_RESET},
        {ERR_TIMEOUT, true, 0, FAULT_TRANSIENT, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_TIMEOUT},
        {ERR_TLS, true, 0, FAULT_DATA, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_TLS},
        {-ENOMEM, true, 0, FAULT_LOCAL, FAULT_UNCERTAIN, FAULT_UNCERTAIN, -ENOMEM},
        {ERR_CANCELLED, true, 0, FAULT_CANCELLED, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_CANCELLED},
        /* an answer that broke off */
        {ERR_RESET, true, 200, FAULT_TRANSIENT, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_RESET},
        {ERR_TRUNCATED, true, 200, FAULT_TRANSIENT, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_TRUNCATED},
        {ERR_TIMEOUT, true, 200, FAULT_TRANSIENT, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_TIMEOUT},
        {ERR_RESET, true, 404, FAULT_REMOTE, FAULT_UNCERTAIN, FAULT_UNCERTAIN, 0},
        {ERR_RESET, true, 503, FAULT_TRANSIENT, FAULT_UNCERTAIN, FAULT_UNCERTAIN, 0},
        {ERR_CANCELLED, true, 500, FAULT_CANCELLED, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_CANCELLED},
        /* an answer that cannot be used */
        {ERR_SYNTAX, true, 200, FAULT_DATA, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_SYNTAX},
        {ERR_TYPE, true, 200, FAULT_DATA, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_TYPE},
        {ERR_LIMIT, true, 200, FAULT_DATA, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_LIMIT},
        {-ENOMEM, true, 200, FAULT_LOCAL, FAULT_UNCERTAIN, FAULT_UNCERTAIN, -ENOMEM},
        /* by status */
        {0, true, 429, FAULT_QUOTA, FAULT_QUOTA, FAULT_QUOTA, ERR_HTTP},
        {0, true, 401, FAULT_AUTH, FAULT_AUTH, FAULT_AUTH, ERR_HTTP},
        {0, true, 403, FAULT_AUTH, FAULT_AUTH, FAULT_AUTH, ERR_HTTP},
        {0, true, 402, FAULT_REMOTE, FAULT_REMOTE, FAULT_REMOTE, ERR_HTTP},
        {0, true, 400, FAULT_REMOTE, FAULT_REMOTE, FAULT_REMOTE, ERR_HTTP},
        {0, true, 404, FAULT_REMOTE, FAULT_REMOTE, FAULT_REMOTE, ERR_NOT_FOUND},
        {0, true, 422, FAULT_REMOTE, FAULT_REMOTE, FAULT_REMOTE, ERR_HTTP},
        {0, true, 408, FAULT_TRANSIENT, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_HTTP},
        {0, true, 301, FAULT_DATA, FAULT_DATA, FAULT_DATA, ERR_REDIRECT},
        {0, true, 302, FAULT_DATA, FAULT_DATA, FAULT_DATA, ERR_REDIRECT},
        {0, true, 500, FAULT_TRANSIENT, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_HTTP},
        {0, true, 503, FAULT_TRANSIENT, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_HTTP},
        {0, true, 504, FAULT_TRANSIENT, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_HTTP},
};

static void each_end_has_its_class(void **state)
{
	static const enum fetch_effect effects[] = {FETCH_READ, FETCH_WRITE_KEYED, FETCH_WRITE_ONCE};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int e = 0; e < 3; e++) {
			const struct fault_case *c = &cases[i];
			struct fetch f = {
			        .request = {.method = FETCH_PUT, .effect = effects[e], .url = "https://h/p"},
			        .reply = {.code = c->code, .sent = c->sent, .status = c->status}};
			enum fault_class want = e == 0 ? c->read : e == 1 ? c->keyed : c->once;
			struct fault fault;
			fetch_fault(&f, &fault);
			if (fault.class != want)
				print_message("code %d sent %d status %d effect %d: %s, not %s\n", c->code, c->sent,
				              c->status, e, fault_class_name(fault.class), fault_class_name(want));
			assert_int_equal(fault.class, want);
			if (want != FAULT_NONE)
				assert_int_equal(fault.http_status, c->status);
			if (want != FAULT_NONE && c->want_code)
				assert_int_equal(fault.code, c->want_code);
		}
}

static void a_quota_says_how_long(void **state)
{
	struct fault fault;
	(void)state;
	struct fetch f = {.request = {.url = "https://h/p"}, .reply = {.status = 429}};
	fetch_fault(&f, &fault);
	assert_int_equal(fault.retry_after_s, 5);
	f.reply.retry_after_s = 30;
	fetch_fault(&f, &fault);
	assert_int_equal(fault.retry_after_s, 30);
	f.reply.status = 503;
	fetch_fault(&f, &fault);
	assert_int_equal(fault.retry_after_s, 30);
	f.reply.retry_after_s = 0;
	fetch_fault(&f, &fault);
	assert_int_equal(fault.retry_after_s, 0);
}

static void a_fault_names_the_request_without_secrets(void **state)
{
	struct fault fault;
	(void)state;
	struct fetch f = {.request = {.method = FETCH_DELETE, .url = "https://h:1/v1/a/7?token=S3CRET#x"},
	                  .reply = {.status = 500, .detail = "odd"}};
	fetch_fault(&f, &fault);
	assert_string_equal(fault.what, "DELETE https://h:1/v1/a/7: HTTP 500, odd");
	f.request.url = "https://h/v1/student/by-email/jean%40dupont.fr";
	f.request.method = FETCH_GET;
	f.reply = (struct fetch_reply){.code = ERR_TIMEOUT, .sent = true};
	fetch_fault(&f, &fault);
	assert_string_equal(fault.what, "GET https://h/v1/student/by-email/***: no answer in time");
	f.request.url = "https://h/by-email/jean@dupont.fr/x";
	snprintf(f.reply.detail, sizeof(f.reply.detail), "after 60 s");
	fetch_fault(&f, &fault);
	assert_string_equal(fault.what, "GET https://h/by-email/***/x: no answer in time: after 60 s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_2xx_body_goes_to_the_sink),
	        cmocka_unit_test(another_body_is_kept_as_far_as_the_head_goes),
	        cmocka_unit_test(a_body_has_a_cap),
	        cmocka_unit_test(each_end_has_its_class),
	        cmocka_unit_test(a_quota_says_how_long),
	        cmocka_unit_test(a_fault_names_the_request_without_secrets),
	};
	return cmocka_run_group_tests_name("fetch", tests, NULL, NULL);
}
