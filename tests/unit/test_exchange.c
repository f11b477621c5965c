/* What adapters fill a question with. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/flow/exchange.h"

static void texts_live_in_the_arena(void **state)
{
	struct exchange x = {.arena = arena_new(0)};
	(void)state;
	const char *a = exchange_printf(&x, "%s/%d", "learners", 7), *b = exchange_printf(&x, "other");
	assert_string_equal(a, "learners/7");
	assert_string_equal(b, "other");
	assert_true(arena_used(x.arena) > 0);
	assert_false(fault_is(&x.fault));
	arena_free(&x.arena);
}

static void a_text_too_long_is_a_fault(void **state)
{
	struct exchange x = {.arena = arena_new(64)};
	(void)state;
	assert_string_equal(exchange_printf(&x, "%0200d", 1), "");
	assert_int_equal(x.fault.class, FAULT_LOCAL);
	assert_int_equal(x.fault.code, ERR_LIMIT);
	arena_free(&x.arena);
}

static void headers_in_order_as_far_as_there_is_room(void **state)
{
	static const char *const names[FETCH_HEADERS + 1] = {"A", "B", "C", "D", "E", "F", "G"};
	struct exchange x = {0};
	(void)state;
	for (int i = 0; i < FETCH_HEADERS; i++)
		exchange_header(&x, names[i], "v");
	assert_false(fault_is(&x.fault));
	for (int i = 0; i < FETCH_HEADERS; i++) {
		assert_string_equal(x.request.headers[i].name, names[i]);
		assert_string_equal(x.request.headers[i].value, "v");
	}
	exchange_header(&x, names[FETCH_HEADERS], "v");
	assert_int_equal(x.fault.class, FAULT_BUG);
}

static void a_body_is_copied(void **state)
{
	struct exchange x = {.arena = arena_new(0)};
	struct buf b;
	(void)state;
	buf_init(&b, 0);
	buf_addz(&b, "{\"a\":1}");
	exchange_body(&x, &b);
	assert_null(b.p);
	assert_true(str_eqz(x.request.body, "{\"a\":1}"));
	assert_false(fault_is(&x.fault));
	arena_free(&x.arena);
}

/* A buffer past its limit, or an arena past its cap: nothing half is sent. */
static void a_body_too_large_is_a_fault(void **state)
{
	struct exchange x = {.arena = arena_new(0)}, y = {.arena = arena_new(16)};
	struct buf b;
	(void)state;
	buf_init(&b, 4);
	buf_addz(&b, "abc");
	buf_addz(&b, "defgh");
	exchange_body(&x, &b);
	assert_null(b.p);
	assert_int_equal(x.fault.code, ERR_LIMIT);
	assert_int_equal(x.request.body.n, 0);
	buf_init(&b, 0);
	buf_printf(&b, "%0100d", 1);
	exchange_body(&y, &b);
	assert_null(b.p);
	assert_int_equal(y.fault.code, ERR_LIMIT);
	assert_int_equal(y.request.body.n, 0);
	arena_free(&x.arena);
	arena_free(&y.arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(texts_live_in_the_arena),
	        cmocka_unit_test(a_text_too_long_is_a_fault),
	        cmocka_unit_test(headers_in_order_as_far_as_there_is_room),
	        cmocka_unit_test(a_body_is_copied),
	        cmocka_unit_test(a_body_too_large_is_a_fault),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
