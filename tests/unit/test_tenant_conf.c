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

#include "tenants/address.h"
#include "tenants/confdir.h"
#include "tenants/tenant_conf.h"

static char dir[64], file[128];
static struct buf out;
static struct tenant_conf *conf;

static void put(const char *name, const char *text, mode_t mode)
{
	char path[256];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static int setup(void **state)
{
	(void)state;
	char path[128];
	snprintf(dir, sizeof(dir), "/tmp/conf-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/secrets", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(file, sizeof(file), "%s/cfa.json", dir);
	put("secrets/y", "ytoken\n", 0600);
	put("secrets/e", "etoken\n", 0600);
	put("secrets/f", "ftoken\n", 0600);
	put("ca.pem", "-----BEGIN CERTIFICATE-----\n", 0644);
	buf_init(&out, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	char command[128];
	tenant_conf_free(&conf);
	buf_deinit(&out);
	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command);
}

static const char *const ypareo_calls[] = {"sites", "absence_create", NULL};
static const char *const edusign_calls[] = {"sheets", NULL};
static const struct tenant_conf_options options = {ypareo_calls, edusign_calls};

static int load(const char *text)
{
	tenant_conf_free(&conf);
	buf_clear(&out);
	put("cfa.json", text, 0644);
	return tenant_conf_read(file, &options, &conf, &out);
}

/* What was said, with the folder left out of it. */
static const char *said(void)
{
	static char text[8192];
	size_t n = 0;
	for (const char *p = out.n ? out.p : ""; *p && n + 1 < sizeof(text);) {
		if (strncmp(p, dir, strlen(dir)) == 0)
			p += strlen(dir) + 1;
		else
			text[n++] = *p++;
	}
	text[n] = '\0';
	return text;
}

static void refuse(const char *text, const char *mistakes)
{
	assert_int_equal(load(text), ERR_CONFIG);
	assert_null(conf);
	assert_string_equal(said(), mistakes);
}

#define YPAREO   "\"ypareo\": {\"url\": \"https://cfa.ymag.cloud/index.php\", \"token_file\": \"secrets/y\"}"
#define EDUSIGN  "\"edusign\": {\"url\": \"https://ext.edusign.fr/v1\", \"token_file\": \"secrets/e\"}"
#define EDUSIGN2 "\"edusign\": {\"url\": \"https://ext.edusign.fr/v1\", \"token_file\": \"secrets/f\"}"
#define SCHOOL   "{\"timezone\": \"Europe/Paris\",\n" YPAREO ",\n\"environments\": [{" EDUSIGN "}]"

static void test_defaults(void **state)
{
	(void)state;
	assert_int_equal(load(SCHOOL "}"), 0);
	const struct settings *s = &conf->settings;
	assert_string_equal(conf->id, "cfa");
	assert_string_equal(s->tenant, "cfa");
	assert_string_equal(conf->name, "cfa");
	assert_string_equal(tz_name(s->zone), "Europe/Paris");
	assert_false(conf->paused);
	assert_string_equal(conf->ypareo.url, "https://cfa.ymag.cloud/index.php");
	assert_string_equal(conf->ypareo.token.p, "ytoken");
	assert_null(conf->ypareo.ca_file);
	assert_int_equal(conf->ypareo.endpoints.n, 0);
	assert_int_equal(s->environment_count, 1);
	assert_string_equal(s->environments[0].key, "all");
	assert_int_equal(s->environments[0].structure, 0);
	assert_null(s->environments[0].location);
	assert_string_equal(conf->edusign[0].url, "https://ext.edusign.fr/v1");
	assert_string_equal(conf->edusign[0].token.p, "etoken");
	assert_int_equal(s->email, EMAIL_PRO);
	assert_true(s->want_validated);
	assert_false(s->want_pending);
	assert_int_equal(s->training_states.n, 0);
	assert_false(s->remote_only);
	assert_int_equal(conf->down.n, 2);
	assert_int_equal(conf->down.v[0], 12 * 60);
	assert_int_equal(conf->down.v[1], 22 * 60);
	assert_int_equal(conf->up.n, 1);
	assert_int_equal(conf->up.v[0], 22 * 60);
	assert_int_equal(s->days_ahead, 7);
	assert_int_equal(s->days_back, 7);
	assert_int_equal(conf->spread_minutes, 10);
	assert_int_equal(s->grouping, GROUPING_NONE);
	assert_int_equal(s->drift, DRIFT_REPORT);
	assert_false(s->tutors || s->credentials_learners || s->credentials_instructors || s->send_reasons);
	assert_int_equal(s->default_instructor, 0);
	assert_int_equal(s->reason_unjustified, 1);
	assert_int_equal(s->reason_justified, 2);
	assert_int_equal(s->reason_late, 3);
	assert_int_equal(s->reason_count, 0);
	assert_true(s->instructor_attendance);
	assert_int_equal(s->instructor_unsigned, INSTRUCTOR_ABSENT);
	assert_int_equal(s->unsigned_sheet, UNSIGNED_ISSUE);
	assert_int_equal(s->delete_percent, 10);
	assert_int_equal(s->delete_count, 20);
	assert_int_equal(s->up_percent, 80);
	assert_int_equal(s->settle_ms, 60000);
	assert_int_equal(conf->edusign_per_minute, 450);
	assert_int_equal(conf->ypareo_concurrency, 2);
	assert_int_equal(conf->timeout_ms, 0);
	assert_int_equal(conf->settings.tries, 4);
}

static void test_every_key(void **state)
{
	(void)state;
	setenv("CFA_TOKEN", "from-env", 1);
	assert_int_equal(
	        load("{ \"name\": \"CFA de Lyon\", \"timezone\": \"Indian/Reunion\", \"paused\": true, // a comment\n"
	             "\"ypareo\": {\"url\": \"https://host.example:8443/netypareo/index.php/r/v1/\", \"token_env\": "
	             "\"CFA_TOKEN\", \"ca_file\": \"ca.pem\",\n"
	             "  \"email\": \"normal, else pro\", \"session_states\": [\"validated\", \"pending\"], "
	             "\"training_states\": [\"Validée\"],\n"
	             "  \"remote_only\": true, \"endpoints\": {\"absence_create\": \"POST /r/v1/abs\"}},\n"
	             "\"environments\": [{\"structure_id\": 12, " EDUSIGN "},\n"
	             "  {\"location\": \"Île d'Yeu – Nord\", \"edusign\": {\"url\": \"http://127.0.0.1:8080/v1/\", "
	             "\"token_file\": \"secrets/f\", \"api\": \"v1\",\n"
	             "   \"ca_file\": null, \"webhook_secret_file\": null, \"endpoints\": {}}}],\n"
	             "\"schedule\": {\"down\": [\"06:30\"], \"up\": [], \"days_ahead\": 14, \"days_back\": 3, "
	             "\"spread_minutes\": 0},\n"
	             "\"options\": {\"grouping\": \"none\", \"tutors\": false, \"send_credentials\": {\"learners\": "
	             "true, \"instructors\": true},\n"
	             "  \"absence_reasons\": {\"unjustified\": 4, \"justified\": 5, \"late\": 6, \"map\": {\"4\": "
	             "17, \"Maladie\": 18}}, \"send_reasons\": true,\n"
	             "  \"instructor_attendance\": false, \"instructor_unsigned\": \"unknown\", \"unsigned_sheet\": "
	             "\"absent\", \"tutor_reports\": true,\n"
	             "  \"default_instructor\": 52},\n"
	             "\"guard\": {\"delete_percent\": 1, \"delete_count\": 2, \"up_percent\": 3},\n"
	             "\"limits\": {\"edusign_per_minute\": 100000, \"ypareo_concurrency\": 4, \"settle_seconds\": "
	             "0, \"timeout_seconds\": 7, \"tries\": 2},\n"
	             "\"mode\": \"live\", \"drift\": \"repair\", \"realtime\": false, \"notify\": {\"email\": [\"office@cfa.example\"], \"digest\": [\"07:30\"], \"webhook\": \"https://chat.example/x\", \"webhook_secret_file\": \"secrets/y\"}, \"retention\": "
	             "{\"writes\": 8, \"history\": 9, \"answers\": 10, \"issues\": 11, \"gone\": 181, \"ledger\": 182} }"),
	        0);
	assert_string_equal(said(), "");
	assert_int_equal(conf->settings.drift, DRIFT_REPAIR);
	const struct settings *s = &conf->settings;
	assert_int_equal(s->keep_days[KEEP_WRITES], 8);
	assert_int_equal(s->keep_days[KEEP_ISSUES], 11);
	assert_int_equal(s->keep_days[KEEP_GONE], 181);
	assert_int_equal(s->keep_days[KEEP_LEDGER], 182);
	assert_string_equal(conf->name, "CFA de Lyon");
	assert_true(conf->paused);
	assert_string_equal(conf->ypareo.url, "https://host.example:8443/netypareo/index.php");
	assert_string_equal(conf->ypareo.token.p, "from-env");
	assert_true(strcmp(conf->ypareo.ca_file + strlen(dir), "/ca.pem") == 0);
	assert_int_equal(s->email, EMAIL_NORMAL_ELSE_PRO);
	assert_true(s->want_validated && s->want_pending && s->remote_only);
	assert_true(str_eqz(s->training_states.v[0], "Validée"));
	assert_int_equal(conf->ypareo.endpoints.n, 1);
	assert_string_equal(s->environments[0].key, "structure-12");
	assert_int_equal(s->environments[0].structure, 12);
	assert_string_equal(s->environments[1].key, "location-ile-d-yeu-nord");
	assert_string_equal(s->environments[1].location, "Île d'Yeu – Nord");
	assert_string_equal(conf->edusign[1].url, "http://127.0.0.1:8080/v1");
	assert_string_equal(conf->edusign[1].token.p, "ftoken");
	assert_int_equal(conf->down.v[0], 390);
	assert_int_equal(conf->up.n, 0);
	assert_int_equal(s->days_ahead, 14);
	assert_int_equal(s->days_back, 3);
	assert_int_equal(conf->spread_minutes, 0);
	assert_true(s->credentials_learners && s->credentials_instructors && s->send_reasons);
	assert_int_equal(s->reason_unjustified, 4);
	assert_int_equal(s->reason_justified, 5);
	assert_int_equal(s->reason_late, 6);
	assert_int_equal(s->reason_count, 2);
	assert_true(str_eqz(s->reasons[1].key, "Maladie"));
	assert_int_equal(s->reasons[1].reason, 18);
	assert_false(s->instructor_attendance);
	assert_int_equal(s->instructor_unsigned, INSTRUCTOR_UNKNOWN);
	assert_int_equal(s->unsigned_sheet, UNSIGNED_ABSENT);
	assert_int_equal(s->default_instructor, 52);
	assert_int_equal(s->delete_percent, 1);
	assert_int_equal(s->delete_count, 2);
	assert_int_equal(s->up_percent, 3);
	assert_int_equal(s->settle_ms, 0);
	assert_int_equal(conf->edusign_per_minute, 100000);
	assert_int_equal(conf->ypareo_concurrency, 4);
	assert_int_equal(conf->timeout_ms, 7000);
	assert_int_equal(s->tries, 2);
	assert_int_equal(s->language, WORDING_FR);
	assert_true(s->tutor_reports);
	assert_true(conf->notify.on && conf->notify.alerts);
	assert_true(str_eqz(conf->notify.email.v[0], "office@cfa.example"));
	assert_int_equal(conf->notify.digest.v[0], 450);
	assert_string_equal(conf->notify.webhook, "https://chat.example/x");
	assert_true(conf->notify.webhook_secret.n > 0);
	assert_int_equal(conf->notify.silent_s, 36 * 3600);
}

static void test_mistakes(void **state)
{
	(void)state;
	refuse("{" YPAREO ", \"environments\": [{" EDUSIGN "}]}",
	       "cfa.json:1:1: timezone: is missing, expected an IANA time zone name such as \"Europe/Paris\"\n");
	refuse("{\"timezone\": \"Europe/Lyon\", " YPAREO ", \"environments\": [{" EDUSIGN "}]}",
	       "cfa.json:1:2: timezone: is \"Europe/Lyon\", expected an IANA time zone name such as "
	       "\"Europe/Paris\"\n");
	refuse("{\"timezone\": \"Europe/Paris\"}",
	       "cfa.json:1:1: environments: is missing, expected a list of objects, their number from 1 to 200\n"
	       "cfa.json:1:1: ypareo: is missing, expected an object\n");
	refuse(SCHOOL ",\n\"mode\": \"dry\"}", "cfa.json:4:1: mode: is \"dry\", expected \"live\" or \"shadow\"\n");
	refuse(SCHOOL ",\n\"mode\": \"shadow\", \"realtime\": true}",
	       "cfa.json:4:19: realtime: is true and mode is \"shadow\", in which nothing is sent, expected false\n");
	refuse(SCHOOL ",\n\"drift\": \"mend\"}",
	       "cfa.json:4:1: drift: is \"mend\", expected \"report\" or \"repair\"\n");
	refuse(SCHOOL ",\n\"realtime\": true}",
	       "cfa.json:4:1: realtime: is true and no environment takes webhooks, expected "
	       "edusign.webhook_secret_file in one of them\n");
	refuse(SCHOOL ",\n\"notify\": {\"email\": [\"the office\"]}}", "cfa.json:4:12: notify.email: holds what is no e-mail address\n");
	refuse(SCHOOL ",\n\"notify\": {\"webhook\": \"http://chat.example/x\"}}",
	       "cfa.json:4:12: notify.webhook: is no https address; plain http is for loopback addresses only\n");
	refuse(SCHOOL ",\n\"notify\": {\"digest\": [\"07:30\"]}}", "cfa.json:4:12: notify.digest: stands without email\n");
	refuse(SCHOOL ",\n\"notify\": {\"webhook_secret_file\": \"secrets/y\"}}", "cfa.json:4:12: notify.webhook_secret_file: stands without webhook\n");
	refuse(SCHOOL ",\n\"language\": \"de\"}", "cfa.json:4:1: language: is \"de\", expected \"en\" or \"fr\"\n");
	refuse(SCHOOL ",\n\"schedule\": {\"days_ahaed\": 3}}",
	       "cfa.json:4:14: schedule.days_ahaed: is an unknown key, did you mean \"days_ahead\"?\n");
	refuse(SCHOOL ",\n\"limits\": {\"edusign_per_minute\": 0}}",
	       "cfa.json:4:12: limits.edusign_per_minute: is 0, expected a whole number of at least 1\n");
}

#define WITH_YPAREO(members)                                                                                         \
	"{\"timezone\": \"Europe/Paris\", \"environments\": [{" EDUSIGN "}],\n\"ypareo\": {" members "}}"
#define Y_URL "\"url\": \"https://cfa.ymag.cloud/index.php\""

static void test_upstream_mistakes(void **state)
{
	(void)state;
	refuse(WITH_YPAREO(Y_URL), "cfa.json:2:1: ypareo.token_file: is missing, expected token_file or token_env\n");
	refuse(WITH_YPAREO(Y_URL ",\n\"token_file\": \"secrets/y\", \"token_env\": \"HOME\""),
	       "cfa.json:3:28: ypareo.token_env: stands beside token_file, expected one of them\n");
	refuse(WITH_YPAREO(Y_URL ",\n\"token_file\": \"secrets/none\""),
	       "cfa.json:3:1: ypareo.token_file: secrets/none cannot be read: No such file or directory, expected a "
	       "file that holds the token\n");
	refuse(WITH_YPAREO(Y_URL ",\n\"token_env\": \"CFA_NO_SUCH\""),
	       "cfa.json:3:1: ypareo.token_env: names CFA_NO_SUCH, which is not set, expected a variable that holds "
	       "the token\n");
	put("secrets/open", "ytoken", 0644);
	refuse(WITH_YPAREO(Y_URL ",\n\"token_file\": \"secrets/open\""),
	       "cfa.json:3:1: ypareo.token_file: secrets/open is open to group or others (mode 0644), expected its "
	       "owner alone: "
	       "chmod 600 'secrets/open'\n");
	refuse(WITH_YPAREO(Y_URL ",\n\"token_file\": \"secrets/y\", \"token\": \"abc\""),
	       "cfa.json:3:28: ypareo.token: is an unknown key, expected \"url\", \"token_file\", \"token_env\", "
	       "\"ca_file\", \"endpoints\", "
	       "\"email\", \"session_states\", \"training_states\" or \"remote_only\"\n");
	refuse(WITH_YPAREO(Y_URL ", \"token_file\": \"secrets/y\",\n\"ca_file\": \"nothing.pem\""),
	       "cfa.json:3:1: ypareo.ca_file: nothing.pem cannot be read: No such file or directory, expected a PEM "
	       "file\n");
	refuse(WITH_YPAREO(Y_URL ", \"token_file\": \"secrets/y\",\n\"ca_file\": \"secrets/e\""),
	       "cfa.json:3:1: ypareo.ca_file: secrets/e holds no certificate, expected a PEM file\n");
	refuse(WITH_YPAREO(Y_URL
	                   ", \"token_file\": \"secrets/y\",\n\"endpoints\": {\"absence_craete\": \"POST /x\"}"),
	       "cfa.json:3:15: ypareo.endpoints.absence_craete: is no call that is known, did you mean "
	       "\"absence_create\"?\n");
	refuse(WITH_YPAREO("\"token_file\": \"secrets/y\",\n\"url\": \"http://cfa.ymag.cloud/index.php\""),
	       "cfa.json:3:1: ypareo.url: is plain http, expected https:// (plain http is for loopback addresses "
	       "only)\n");
	refuse(WITH_YPAREO("\"token_file\": \"secrets/y\",\n\"url\": \"https://cfa.ymag.cloud/\""),
	       "cfa.json:3:1: ypareo.url: has no index.php, expected everything up to index.php, as in "
	       "https://HOST/index.php\n");
	refuse(WITH_YPAREO("\"token_file\": \"secrets/y\", \"email\": \"proo\",\n\"session_states\": [\"valid\"]"),
	       "cfa.json:2:1: ypareo.url: is missing, expected an address such as "
	       "\"https://cfa.ymag.cloud/index.php\"\n"
	       "cfa.json:2:39: ypareo.email: is \"proo\", expected \"pro\", \"normal\", \"pro, else normal\" or "
	       "\"normal, else pro\"; did you mean "
	       "\"pro\"?\n"
	       "cfa.json:3:20: ypareo.session_states[0]: is \"valid\", expected a list of one or more of "
	       "\"validated\" or \"pending\"\n");
}

#define WITH_ENVIRONMENTS(list) "{\"timezone\": \"Europe/Paris\", " YPAREO ", \"environments\": [\n" list "]}"

static void test_environments(void **state)
{
	(void)state;
	refuse(WITH_ENVIRONMENTS("{\"structure_id\": 12, " EDUSIGN "},\n{\"structure_id\": 12, " EDUSIGN2 "}"),
	       "cfa.json:3:1: environments[1]: has the key structure-12, as environments[0] has, expected another "
	       "structure_id or location\n");
	refuse(WITH_ENVIRONMENTS("{\"location\": \"Évry\", " EDUSIGN "},\n{\"location\": \" evry\", " EDUSIGN2 "}"),
	       "cfa.json:3:1: environments[1]: has the key location-evry, as environments[0] has, expected another "
	       "structure_id or location\n");
	refuse(WITH_ENVIRONMENTS("{" EDUSIGN "},\n {\"structure_id\": 12, " EDUSIGN2 "}"),
	       "cfa.json:2:1: environments[0]: is the whole school beside other environments, expected structure_id "
	       "or location in each\n");
	refuse(WITH_ENVIRONMENTS("{" EDUSIGN ",\n\"structure_id\": 12, \"location\": \"Lyon\"}"),
	       "cfa.json:3:21: environments[0].location: stands beside structure_id, expected one of them\n");
	refuse(WITH_ENVIRONMENTS("{" EDUSIGN ",\n\"location\": \"***\"}"),
	       "cfa.json:3:1: environments[0].location: has no letter or digit that a folder's name can be made of, "
	       "expected the name of a site\n");
	refuse(WITH_ENVIRONMENTS("{\"structure_id\": 1, " EDUSIGN "},\n{\"structure_id\": 2, " EDUSIGN "}"),
	       "cfa.json:3:1: environments[1]: has the token of environments[0], expected an Edusign account of its "
	       "own\n");
	refuse(WITH_ENVIRONMENTS("{\"structure_id\": 0, " EDUSIGN "}"),
	       "cfa.json:2:2: environments[0].structure_id: is 0, expected a whole number from 1 to 999999999999\n");
	refuse(WITH_ENVIRONMENTS("{\"structure_id\": 1}"),
	       "cfa.json:2:1: environments[0].edusign: is missing, expected an object\n");
	refuse(WITH_ENVIRONMENTS("{\"edusign\": {\"url\": \"https://ext.edusign.fr/v1\", \"token_file\": "
	                         "\"secrets/e\",\n\"api\": \"v3\",\n"
	                         "\"webhook_secret_file\": 7}}"),
	       "cfa.json:3:1: environments[0].edusign.api: is not available in this version, expected \"v1\"\n"
	       "cfa.json:4:1: environments[0].edusign.webhook_secret_file: is 7, expected null or the name of a file "
	       "that holds the secret\n");
}

static void test_ten_at_once(void **state)
{
	(void)state;
	refuse("{\n"
	       "\"name\": 4,\n"
	       "\"timezone\": \"Paris\",\n"
	       "\"paused\": \"no\",\n"
	       "\"ypareo\": {\"url\": \"ftp://x/index.php\",\n"
	       "\"token_file\": \"secrets/none\", \"remote_only\": 1},\n"
	       "\"environments\": [{\"structure_id\": -4, \"edusign\": {\"url\": \"https://x\"}}],\n"
	       "\"schedule\": {\"down\": [\"25:00\"]},\n"
	       "\"guard\": {\"delete_percent\": 101},\n"
	       "\"guard\": {},\n"
	       "\"limit\": {}\n"
	       "}",
	       "cfa.json:2:1: name: is 4, expected a text of 1 to 200 characters\n"
	       "cfa.json:3:1: timezone: is \"Paris\", expected an IANA time zone name such as \"Europe/Paris\"\n"
	       "cfa.json:4:1: paused: is \"no\", expected true or false\n"
	       "cfa.json:5:12: ypareo.url: is not an address, expected https://HOST/…\n"
	       "cfa.json:6:1: ypareo.token_file: secrets/none cannot be read: No such file or directory, expected a "
	       "file that holds the token\n"
	       "cfa.json:6:31: ypareo.remote_only: is 1, expected true or false\n"
	       "cfa.json:7:19: environments[0].structure_id: is -4, expected a whole number from 1 to 999999999999\n"
	       "cfa.json:7:39: environments[0].edusign.token_file: is missing, expected token_file or token_env\n"
	       "cfa.json:8:23: schedule.down[0]: is \"25:00\", expected a time from \"00:00\" to \"23:59\"\n"
	       "cfa.json:9:11: guard.delete_percent: is 101, expected a whole number from 0 to 100\n"
	       "cfa.json:10:1: guard: is given twice (first on line 9), expected once\n"
	       "cfa.json:11:1: limit: is an unknown key, did you mean \"limits\"?\n");
}

static void test_files(void **state)
{
	(void)state;
	char path[256];
	snprintf(path, sizeof(path), "%s/none.json", dir);
	assert_int_equal(tenant_conf_read(path, NULL, &conf, &out), ERR_CONFIG);
	assert_string_equal(said(),
	                    "none.json: cannot be read: No such file or directory, expected a school's file\n");
	buf_clear(&out);
	put("Cfa_1.json", SCHOOL "}", 0644);
	snprintf(path, sizeof(path), "%s/Cfa_1.json", dir);
	assert_int_equal(tenant_conf_read(path, NULL, &conf, &out), ERR_CONFIG);
	assert_string_equal(said(), "Cfa_1.json: the file's name is no id of a school, expected up to 63 of a-z, 0-9 "
	                            "and -, not beginning with -\n");
	refuse("", "cfa.json: is empty, expected an object\n");
}

/* The commented example lacks its secrets, and nothing else. */
static void test_example(void **state)
{
	(void)state;
	char path[512];
	const char *srcdir = getenv("srcdir");
	snprintf(path, sizeof(path), "%s/docs/examples/tenants.d/cfa-lyon.json", srcdir ? srcdir : ".");
	assert_int_equal(tenant_conf_read(path, NULL, &conf, &out), ERR_CONFIG);
	size_t lines = 0;
	for (char *rest = out.p, *line; (line = strsep(&rest, "\n")) != NULL;) {
		if (!line[0])
			continue;
		assert_non_null(strstr(line, "token_file: "));
		lines++;
	}
	assert_int_equal(lines, 3);
}

static void test_directory(void **state)
{
	(void)state;
	static const char *const names[] = {"b.json", "a-1.json", ".c.json",    "d.json~", "e.json.tmp",
	                                    "f.swp",  "README",   "g.json.swp", "Bad.json"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		put(names[i], "{}", 0644);
	struct arena *arena = arena_new(0);
	struct texts ids;
	assert_int_equal(confdir_list(arena, dir, &ids), 0);
	assert_int_equal(ids.n, 3);
	assert_true(str_eqz(ids.v[0], "Bad"));
	assert_true(str_eqz(ids.v[1], "a-1"));
	assert_true(str_eqz(ids.v[2], "b"));
	assert_int_equal(confdir_list(arena, "/nowhere/at/all", &ids), -2);
	arena_free(&arena);
	assert_true(tenant_id_valid(STR("0-a")));
	assert_false(tenant_id_valid(STR("-a")));
	assert_false(tenant_id_valid(STR("a_b")));
	assert_false(tenant_id_valid(STR("")));
	assert_true(tenant_id_valid(STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")));
	assert_false(tenant_id_valid(STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")));
}

static void test_addresses(void **state)
{
	(void)state;
	static const struct {
		const char *text, *last, *out, *bad;
	} cases[] = {
	        {"https://cfa.ymag.cloud/index.php", "index.php", "https://cfa.ymag.cloud/index.php", NULL},
	        {" https://cfa.ymag.cloud/index.php/ ", "index.php", "https://cfa.ymag.cloud/index.php", NULL},
	        {"https://h/netypareo/index.php/r/v1", "index.php", "https://h/netypareo/index.php", NULL},
	        {"https://h/index.php/r/v1/sites?x=1", "index.php", "https://h/index.php", NULL},
	        {"HTTPS://h/INDEX.PHP", "index.php", "HTTPS://h/INDEX.PHP", NULL},
	        {"http://localhost:81/index.php", "index.php", "http://localhost:81/index.php", NULL},
	        {"http://[::1]:81/v1", NULL, "http://[::1]:81/v1", NULL},
	        {"http://127.3.2.1/v1//", NULL, "http://127.3.2.1/v1", NULL},
	        {"http://127.0.0.1.example.org/", NULL, NULL, "is plain http"},
	        {"http://10.0.0.1/", NULL, NULL, "is plain http"},
	        {"http://localhost.example.org/", NULL, NULL, "is plain http"},
	        {"https://h/myindex.php", "index.php", NULL, "has no index.php"},
	        {"https://h/index.phpx", "index.php", NULL, "has no index.php"},
	        {"https://user:pass@h/v1", NULL, NULL, "holds credentials"},
	        {"https://h:0/v1", NULL, NULL, "has a port"},
	        {"https://h:99999/v1", NULL, NULL, "has a port"},
	        {"https:///v1", NULL, NULL, "has no valid host"},
	        {"https://h h/v1", NULL, NULL, "holds a space"},
	        {"https://h/v1?key=1", NULL, NULL, "holds a query"},
	        {"h/v1", NULL, NULL, "is not an address"},
	        {"", NULL, NULL, "is not an address"},
	};
	struct arena *arena = arena_new(0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *got = NULL, *bad = address_read(arena, str_of(cases[i].text), cases[i].last, &got);
		if (cases[i].bad) {
			assert_non_null(bad);
			assert_int_equal(strncmp(bad, cases[i].bad, strlen(cases[i].bad)), 0);
			assert_null(got);
		} else {
			assert_null(bad);
			assert_string_equal(got, cases[i].out);
		}
	}
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_defaults, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_every_key, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_mistakes, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_upstream_mistakes, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_environments, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_ten_at_once, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_files, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_example, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_directory, setup, teardown),
	        cmocka_unit_test(test_addresses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
