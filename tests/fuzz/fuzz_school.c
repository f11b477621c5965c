/* A school's file, whole: read, or refused with every mistake told in one line each, and nothing of a secret in them. */

#include <string.h>

#include "tenants/tenant_conf.h"
#include "tests/fuzz/files.h"

static void check_address(const char *url, bool wanted)
{
	if (!url) {
		REQUIRE(!wanted);
		return;
	}
	struct str s = str_of(url);
	REQUIRE(str_starts(s, "https://") || str_starts(s, "http://") || str_starts(s, "HTTP"));
	REQUIRE(!memchr(s.p, '?', s.n) && !memchr(s.p, '#', s.n) && s.p[s.n - 1] != '/');
	for (size_t i = 0; i < s.n; i++)
		REQUIRE(s.p[i] > ' ' && s.p[i] < 127);
}

static void check_times(struct ints minutes)
{
	for (size_t i = 0; i < minutes.n; i++)
		REQUIRE(minutes.v[i] >= 0 && minutes.v[i] < 1440);
}

static void check(const struct tenant_conf *c)
{
	REQUIRE(strcmp(c->id, "cfa") == 0 && c->name && c->timezone);
	check_address(c->ypareo.url, true);
	REQUIRE(c->ypareo.token.n > 0 && c->ypareo.token.p[c->ypareo.token.n] == '\0');
	REQUIRE(c->settings.environment_count > 0);
	for (unsigned i = 0; i < c->settings.environment_count; i++) {
		check_address(c->edusign[i].url, true);
		REQUIRE(c->edusign[i].token.n > 0 && c->environments[i].key[0]);
		for (unsigned k = 0; k < i; k++)
			REQUIRE(strcmp(c->environments[i].key, c->environments[k].key) != 0);
	}
	check_times(c->down);
	check_times(c->up);
	REQUIRE(c->ypareo_concurrency > 0 && c->edusign_per_minute > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct files files;
	static const char *const endpoints[] = {"sites", "planning", NULL};
	static const struct tenant_conf_options options = {endpoints, endpoints};
	if (!files.dir[0]) {
		files_init(&files);
		files_write(&files, "y", STR("SECRET-of-ypareo"), 0600);
		files_write(&files, "e", STR("SECRET-of-edusign"), 0600);
		files_write(&files, "open", STR("SECRET-of-all"), 0644);
	}
	files_write(&files, "cfa.json", (struct str){(const char *)data, size}, 0600);
	struct tenant_conf *conf = NULL;
	struct buf mistakes;
	buf_init(&mistakes, 0);
	int rc = tenant_conf_read(files_path(&files, "cfa.json"), &options, &conf, &mistakes);
	REQUIRE(rc == 0 || rc == ERR_CONFIG);
	REQUIRE((rc == 0) == (conf != NULL));
	if (rc == 0)
		check(conf);
	else
		files_check_mistakes(buf_str(&mistakes));
	tenant_conf_free(&conf);
	buf_deinit(&mistakes);
	return 0;
}
