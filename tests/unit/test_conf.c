#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/app/conf.h"

static char dir[64], path[128];
static struct buf out;
static struct conf *conf;

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/conf-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/passerelle.json", dir);
	buf_init(&out, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	rmdir(dir);
	conf_free(&conf);
	buf_deinit(&out);
	return 0;
}

static int load(const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	conf_free(&conf);
	buf_clear(&out);
	return conf_read(path, &conf, &out);
}

static void expect_defaults(void)
{
	assert_string_equal(conf->data, "/var/lib/passerelle");
	assert_string_equal(conf->tenants, "/etc/passerelle/tenants.d");
	assert_string_equal(conf->control, "/run/passerelle/control.sock");
	assert_null(conf->http_listen);
	assert_null(conf->http_token_file);
	assert_null(conf->smtp_url);
	assert_int_equal(conf->log_level, LOG_LVL_INFO);
	assert_int_equal(conf->log_format, LOG_TEXT);
	assert_int_equal(conf->fetch.connections, 256);
	assert_int_equal(conf->fetch.connections_per_host, 32);
	assert_int_equal(conf->store.open, 512);
	assert_int_equal(conf->memory_per_run, 64 << 20);
	assert_int_equal(conf->memory_of_runs, 1 << 30);
	assert_int_equal(conf->runs, 4096);
	assert_int_equal(conf->worker_threads, 4);
}

static void test_defaults(void **state)
{
	(void)state;
	assert_int_equal(load("{}"), 0);
	expect_defaults();
	assert_int_equal(load("{\"http\": null, \"smtp\": null}"), 0);
	expect_defaults();
}

static void test_example(void **state)
{
	(void)state;
	char example[512];
	const char *srcdir = getenv("srcdir");
	snprintf(example, sizeof(example), "%s/docs/examples/passerelle.json", srcdir ? srcdir : ".");
	assert_int_equal(conf_read(example, &conf, &out), 0);
	expect_defaults();
}

/* A list is the whole of it, an empty one too; without one this machine is where an address says so. */
static void test_networks(void **state)
{
	uint8_t here[16], ten[16];
	(void)state;
	assert_true(network_address("127.0.0.1", here) && network_address("10.1.2.3", ten));
	assert_int_equal(load("{}"), 0);
	assert_null(conf->fetch.allow_private);
	assert_int_equal(load("{\"limits\": {\"allow_private\": null}}"), 0);
	assert_null(conf->fetch.allow_private);
	assert_int_equal(load("{\"limits\": {\"allow_private\": [\"10.0.0.0/8\", \"fd00::/8\"]}}"), 0);
	assert_true(network_may_reach(conf->fetch.allow_private, false, ten));
	assert_false(network_may_reach(conf->fetch.allow_private, true, here));
	assert_int_equal(load("{\"limits\": {\"allow_private\": []}}"), 0);
	assert_false(network_may_reach(conf->fetch.allow_private, true, here));
	assert_int_equal(load("{\"limits\": {\"allow_private\": [\"10.0.0.0/8\", \"ten\"]}}"), ERR_CONFIG);
	assert_non_null(strstr(out.p, "limits.allow_private: holds \"ten\", expected networks such as"));
}

static void test_values(void **state)
{
	(void)state;
	assert_int_equal(load("{\"data\": \"d\", \"tenants\": \"../t\", \"control\": \"/c.sock\",\n"
	                      "\"http\": {\"listen\": \"127.0.0.1:8480\", \"token_file\": \"a\"}, \"log\": "
	                      "{\"level\": \"debug\", \"format\": \"json\"},\n"
	                      "\"smtp\": {\"url\": \"smtps://m\", \"from\": \"a@b.example\", \"user\": \"u\", "
	                      "\"password_file\": \"p\"},\n"
	                      "\"limits\": {\"connections\": 10, \"connections_per_host\": 2, \"open_stores\": 3, "
	                      "\"memory_per_run_mib\": 8, \"memory_mib\": 40, \"runs\": 7,\n"
	                      "\"worker_threads\": 1}}"),
	                 0);
	char text[256];
	snprintf(text, sizeof(text), "%s/d", dir);
	assert_string_equal(conf->data, text);
	snprintf(text, sizeof(text), "%s/../t", dir);
	assert_string_equal(conf->tenants, text);
	assert_string_equal(conf->control, "/c.sock");
	assert_string_equal(conf->http_listen, "127.0.0.1:8480");
	assert_int_equal(conf->log_level, LOG_LVL_DEBUG);
	assert_int_equal(conf->log_format, LOG_JSON);
	assert_string_equal(conf->smtp_user, "u");
	assert_int_equal(conf->fetch.connections, 10);
	assert_int_equal(conf->fetch.connections_per_host, 2);
	assert_int_equal(conf->store.open, 3);
	assert_int_equal(conf->memory_per_run, 8 << 20);
	assert_int_equal(conf->memory_of_runs, 40 << 20);
	assert_int_equal(conf->runs, 7);
	assert_int_equal(conf->worker_threads, 1);
}

static void test_mistakes(void **state)
{
	(void)state;
	char want[2048];
	assert_int_equal(load("{\n\"datas\": 1,\n\"http\": {},\n\"log\": {\"level\": \"wraning\"},\n\"limits\": "
	                      "{\"worker_threads\": 0}\n}"),
	                 ERR_CONFIG);
	assert_null(conf);
	snprintf(want, sizeof(want),
	         "%s:2:1: datas: is an unknown key, did you mean \"data\"?\n"
	         "%s:3:1: http.listen: is missing, expected an address and port such as \"127.0.0.1:8480\"\n"
	         "%s:3:1: http.token_file: is missing, expected the name of a file that holds the admin token\n"
	         "%s:4:9: log.level: is \"wraning\", expected \"crit\", \"error\", \"warning\", \"notice\", \"info\" "
	         "or \"debug\"; did you mean "
	         "\"warning\"?\n"
	         "%s:5:12: limits.worker_threads: is 0, expected a whole number from 1 to 256\n",
	         path, path, path, path, path);
	assert_string_equal(out.p, want);
	buf_clear(&out);
	unlink(path);
	assert_int_equal(conf_read(path, &conf, &out), ERR_CONFIG);
	snprintf(want, sizeof(want),
	         "%s: cannot be read: No such file or directory, expected the file of passerelle\n", path);
	assert_string_equal(out.p, want);
}

static void test_a_mail_server(void **state)
{
	(void)state;
	assert_int_equal(load("{\"smtp\": {\"url\": \"smtp://mail.example:587\", \"from\": \"cfa@mail.example\", \"user\": \"u\","
	                      " \"password_file\": \"secrets/smtp\", \"ca_file\": \"ca.pem\"}}"),
	                 0);
	assert_string_equal(conf->smtp_url, "smtp://mail.example:587");
	assert_non_null(strstr(conf->smtp_password_file, "/secrets/smtp"));
	assert_non_null(strstr(conf->smtp_ca_file, "/ca.pem"));
	static const struct {
		const char *smtp, *says;
	} bad[] = {
	        {"{\"url\": \"https://mail.example\", \"from\": \"cfa@mail.example\"}", "smtp.url"},
	        {"{\"url\": \"smtps://u:pw@mail.example\", \"from\": \"cfa@mail.example\"}", "smtp.url"},
	        {"{\"url\": \"smtps://mail.example\", \"from\": \"the school\"}", "smtp.from"},
	        {"{\"url\": \"smtps://mail.example\", \"from\": \"cfa@mail.example\", \"user\": \"u\"}", "expected both or neither"},
	};
	assert_int_equal(load("{\"notify\": {\"email\": [\"ops@host.example\"]}}"), ERR_CONFIG);
	assert_non_null(strstr(out.p, "notify.email: stands without smtp"));
	assert_int_equal(load("{\"notify\": {\"webhook\": \"https://chat.example/x\", \"language\": \"fr\"}}"), 0);
	assert_true(conf->notify.on && conf->notify.language == WORDING_FR);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char text[300];
		snprintf(text, sizeof(text), "{\"smtp\": %s}", bad[i].smtp);
		assert_int_equal(load(text), ERR_CONFIG);
		assert_non_null(strstr(out.p, bad[i].says));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_defaults, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_a_mail_server, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_example, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_networks, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_values, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_mistakes, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
