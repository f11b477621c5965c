#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/app/access.h"

static char path[64];
static struct access_list *list;
static uint8_t machine[32] = {7};
static struct buf why;

static int set_up(void **state)
{
	(void)state;
	snprintf(path, sizeof(path), "/tmp/passerelle-access-XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
	buf_init(&why, 0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	access_free(&list);
	buf_deinit(&why);
	return 0;
}

static int load(const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	access_free(&list);
	buf_clear(&why);
	return access_read(path, machine, &list, &why);
}

static void expect_refused(const char *text, const char *line)
{
	assert_int_equal(load(text), ERR_CONFIG);
	assert_null(list);
	assert_non_null(strstr(why.p, line));
	assert_null(strstr(why.p, "0123456789")); /* nothing of a token */
}

#define T1 "0123456789abcdef"
#define T2 "0123456789abcdeg"
#define T3 "0123456789ABCDEF"

static void lines_of_the_file(void **state)
{
	(void)state;
	assert_int_equal(load("# a comment\n\n" T1 "\r\n  grafana\tread  " T2 "\nlyon school:cfa-lyon " T3), 0);
	const struct access *a = access_by_token(list, STR(T1));
	assert_non_null(a);
	assert_int_equal(a->role, ACCESS_OPERATOR);
	assert_string_equal(a->name, "operator");
	a = access_by_token(list, STR(T2));
	assert_int_equal(a->role, ACCESS_READ);
	assert_string_equal(a->name, "grafana");
	assert_true(access_sees(a, "any"));
	a = access_by_token(list, STR(T3));
	assert_int_equal(a->role, ACCESS_SCHOOL);
	assert_true(access_sees(a, "cfa-lyon"));
	assert_false(access_sees(a, "cfa-lyon2"));
	assert_false(access_sees(a, NULL));
	assert_null(access_by_token(list, STR("0123456789abcde")));
	assert_null(access_by_token(list, STR("")));
	assert_null(access_by_token(NULL, STR(T1)));
	/* SHA-256, as sha256sum prints it */
	char hex[65];
	str_hex(access_by_token(list, STR(T1))->key, 32, hex);
	assert_string_equal(hex, "9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f");
}

static void what_a_file_may_not_hold(void **state)
{
	(void)state;
	expect_refused("", "holds no token");
	expect_refused("# nothing\n", "holds no token");
	expect_refused("\n0123456789abcde\n", ":2: the token is shorter");
	expect_refused("a read 0123456789abcde\n", ":1: the token is shorter");
	expect_refused("a writer " T1, ":1: expected NAME ROLE TOKEN");
	expect_refused("a read", ":1: expected NAME ROLE TOKEN");
	expect_refused("a read " T1 " more", ":1: expected NAME ROLE TOKEN");
	expect_refused("a school: " T1, ":1: expected NAME ROLE TOKEN");
	expect_refused("a school:../x " T1, ":1: expected NAME ROLE TOKEN");
	expect_refused("a<b read " T1, ":1: expected NAME ROLE TOKEN");
	expect_refused("a read " T1 "\nb operator " T1 "\n", ":2: the same token stands above");
	expect_refused(T1 "\xc3\xa9\n", ":1: the token holds a character");
	assert_int_equal(load(T1), 0);
	assert_int_equal(chmod(path, 0640), 0);
	access_free(&list);
	buf_clear(&why);
	assert_int_equal(access_read(path, machine, &list, &why), ERR_CONFIG);
	assert_non_null(strstr(why.p, "chmod 600"));
}

static void a_cookie_ends(void **state)
{
	(void)state;
	char cookie[ACCESS_COOKIE], form[ACCESS_SEAL], again[ACCESS_SEAL];
	assert_int_equal(load("a operator " T1 "\nb read " T2), 0);
	const struct access *a = access_by_token(list, STR(T1)), *b = access_by_token(list, STR(T2));
	access_cookie(a, 2000, cookie);
	assert_ptr_equal(access_by_cookie(list, str_of(cookie), 1999), a);
	assert_null(access_by_cookie(list, str_of(cookie), 2000));
	assert_null(access_by_cookie(list, STR(""), 0));
	assert_null(access_by_cookie(list, STR("2000."), 0));
	assert_null(access_by_cookie(list, STR(T1), 0));
	cookie[0] = '3'; /* a later end is not sealed */
	assert_null(access_by_cookie(list, str_of(cookie), 1999));
	access_cookie(a, 2000, cookie);
	assert_int_equal(load("b read " T2), 0); /* the token is gone */
	assert_null(access_by_cookie(list, str_of(cookie), 1999));
	b = access_by_token(list, STR(T2));
	access_form(b, STR("x"), form);
	access_form(b, STR("y"), again);
	assert_true(access_equal(str_of(form), str_of(form)));
	assert_false(access_equal(str_of(form), str_of(again)));
	assert_false(access_equal(str_of(form), STR("")));
}

/* A file of hashes lets in who has the tokens, and nobody who has the file: neither by the line itself nor by a cookie made from it. */
static void a_file_of_hashes(void **state)
{
	(void)state;
	char hash[ACCESS_HASH], line[128], cookie[ACCESS_COOKIE], forged[ACCESS_COOKIE];
	access_hash(STR(T1), hash);
	assert_string_equal(hash, "sha256:9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f");
	snprintf(line, sizeof(line), "a operator %s\nb read " T2 "\n", hash);
	assert_int_equal(load(line), 0);
	assert_int_equal(access_plain(list), 1);
	const struct access *a = access_by_token(list, STR(T1));
	assert_non_null(a);
	assert_string_equal(a->name, "a");
	assert_null(access_by_token(list, str_of(hash)));
	assert_null(access_by_token(list, str_of(hash + 7)));
	access_cookie(a, 2000, cookie);
	struct access thief = *a; /* knows the whole file, and another machine's seal */
	memset(thief.seal, 0, sizeof(thief.seal));
	access_cookie(&thief, 2000, forged);
	assert_null(access_by_cookie(list, str_of(forged), 0));
	memcpy(thief.seal, a->key, sizeof(thief.seal));
	access_cookie(&thief, 2000, forged);
	assert_null(access_by_cookie(list, str_of(forged), 0));
	assert_int_equal(load(line), 0); /* read again: the cookie goes on */
	assert_non_null(access_by_cookie(list, str_of(cookie), 0));
	machine[0]++;
	assert_int_equal(load(line), 0); /* another machine's */
	assert_null(access_by_cookie(list, str_of(cookie), 0));
	expect_refused("a operator sha256:12", ":1: expected 64 hexadecimal digits");
	snprintf(line, sizeof(line), "%s\nb read " T1 "\n", hash);
	expect_refused(line, ":2: the same token stands above");
	hash[70] = 'g';
	expect_refused(hash, ":1: expected 64 hexadecimal digits");
}

static void the_machines_seal(void **state)
{
	(void)state;
	char data[] = "/tmp/passerelle-seal-XXXXXX", file[64];
	uint8_t a[32], b[32];
	struct stat st;
	assert_non_null(mkdtemp(data));
	snprintf(file, sizeof(file), "%s/.seal", data);
	assert_int_equal(access_seal(data, a, &why), 0);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(access_seal(data, b, &why), 0);
	assert_memory_equal(a, b, 32);
	unlink(file);
	assert_int_equal(access_seal(data, b, &why), 0);
	assert_memory_not_equal(a, b, 32);
	assert_int_equal(chmod(file, 0640), 0);
	assert_true(access_seal(data, b, &why) < 0);
	assert_non_null(strstr(why.p, "readable by its owner alone"));
	assert_int_equal(truncate(file, 5), 0);
	assert_int_equal(chmod(file, 0600), 0);
	assert_true(access_seal(data, b, &why) < 0);
	unlink(file);
	rmdir(data);
}

static void failures_are_counted_by_address(void **state)
{
	(void)state;
	struct access_failures *f = access_failures_new();
	int64_t now = 1000000;
	for (int i = 0; i < 10; i++)
		assert_int_equal(access_failed(f, "192.0.2.1", now), 0);
	assert_int_equal(access_failed(f, "192.0.2.1", now), 6);
	assert_int_equal(access_failed(f, "192.0.2.2", now), 0);
	assert_int_equal(access_failed(f, "192.0.2.1", now + 5999), 1);
	assert_int_equal(access_failed(f, "192.0.2.1", now + 6000), 0);
	assert_int_equal(access_failed(f, "192.0.2.1", now + 6000), 6);
	/* of more addresses than are kept, those that behaved are forgotten first */
	for (int i = 0; i < 1000; i++) {
		char address[32];
		snprintf(address, sizeof(address), "2001:db8::%x", (unsigned)i);
		assert_int_equal(access_failed(f, address, now + 6000), 0);
	}
	assert_true(access_failed(f, "192.0.2.1", now + 6000) > 0);
	access_failures_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(lines_of_the_file, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(what_a_file_may_not_hold, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(a_cookie_ends, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(a_file_of_hashes, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(the_machines_seal, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(failures_are_counted_by_address, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
