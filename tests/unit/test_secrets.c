#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "tenants/secrets.h"

static char dir[64], path[128], message[SECRET_MESSAGE];

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/secrets-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/token", dir);
	message[0] = '\0';
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	rmdir(path);
	rmdir(dir);
	return 0;
}

static void put(const char *text, size_t n, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), (ssize_t)n);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void expect(const char *text, mode_t mode, const char *token)
{
	struct secret s = {NULL, 0};
	put(text, strlen(text), mode);
	assert_int_equal(secret_read_file(path, &s, message), 0);
	assert_string_equal(s.p, token);
	assert_int_equal(s.n, strlen(token));
	secret_wipe(&s);
	assert_null(s.p);
	assert_int_equal(s.n, 0);
}

static void refuse(const char *what)
{
	struct secret s = {NULL, 0};
	assert_int_equal(secret_read_file(path, &s, message), ERR_CONFIG);
	assert_null(s.p);
	char text[SECRET_MESSAGE];
	snprintf(text, sizeof(text), "%s", what);
	assert_string_equal(message, text);
}

static void test_good(void **state)
{
	(void)state;
	expect("abc.DEF-123", 0600, "abc.DEF-123");
	expect("abc\n", 0600, "abc");
	expect("abc\r\n", 0400, "abc");
	expect("abc\n\n\n", 0600, "abc");
}

static void test_modes(void **state)
{
	(void)state;
	static const mode_t modes[] = {0640, 0604, 0644, 0660, 0620, 0601, 0610};
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		char what[SECRET_MESSAGE];
		put("topsecret", 9, modes[i]);
		snprintf(what, sizeof(what),
		         "%s is open to group or others (mode %04o), expected its owner alone: chmod 600 '%s'", path,
		         (unsigned)modes[i], path);
		refuse(what);
		assert_null(strstr(message, "topsecret"));
	}
}

static void test_content(void **state)
{
	(void)state;
	static const char bad[] =
	        "holds a space, a second line or another character that no token has, expected the token alone";
	static const char *const texts[] = {"top secret",   "top\nsecret",      " topsecret",
	                                    "topsecret \n", "topsecr\xc3\xa9t", "top\tsecret"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		put(texts[i], strlen(texts[i]), 0600);
		refuse(bad);
		assert_null(strstr(message, "secret"));
	}
	put("a\0b", 3, 0600);
	refuse(bad);
	put("\n\n", 2, 0600);
	refuse("is empty, expected a token");
	put("", 0, 0600);
	refuse("is empty, expected a token");
}

static void test_size(void **state)
{
	(void)state;
	char *long_one = malloc(8193);
	assert_non_null(long_one);
	memset(long_one, 'x', 8193);
	char what[SECRET_MESSAGE];
	put(long_one, 8193, 0600);
	snprintf(what, sizeof(what), "%s holds more than 8192 bytes, expected the token alone", path);
	refuse(what);
	put(long_one, 8192, 0600);
	struct secret s = {NULL, 0};
	assert_int_equal(secret_read_file(path, &s, message), 0);
	assert_int_equal(s.n, 8192);
	secret_wipe(&s);
	free(long_one);
}

static void test_not_a_file(void **state)
{
	(void)state;
	char what[SECRET_MESSAGE];
	snprintf(what, sizeof(what),
	         "%s cannot be read: No such file or directory, expected a file that holds the token", path);
	refuse(what);
	snprintf(what, sizeof(what), "%s is not a file, expected a file that holds the token", path);
	assert_int_equal(mkdir(path, 0700), 0);
	refuse(what);
	assert_int_equal(rmdir(path), 0);
	/* with no writer at its other end this would wait for ever */
	assert_int_equal(mkfifo(path, 0600), 0);
	refuse(what);
}

static void test_env(void **state)
{
	(void)state;
	struct secret s = {NULL, 0};
	unsetenv("PASSERELLE_TEST_TOKEN");
	assert_int_equal(secret_read_env("PASSERELLE_TEST_TOKEN", &s, message), ERR_CONFIG);
	assert_string_equal(
	        message, "names PASSERELLE_TEST_TOKEN, which is not set, expected a variable that holds the token");
	setenv("PASSERELLE_TEST_TOKEN", "", 1);
	assert_int_equal(secret_read_env("PASSERELLE_TEST_TOKEN", &s, message), ERR_CONFIG);
	assert_string_equal(message, "is empty, expected a token");
	setenv("PASSERELLE_TEST_TOKEN", "abc\n", 1);
	assert_int_equal(secret_read_env("PASSERELLE_TEST_TOKEN", &s, message), 0);
	assert_string_equal(s.p, "abc");
	secret_wipe(&s);
	secret_wipe(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_good, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_modes, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_content, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_size, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_not_a_file, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_env, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
