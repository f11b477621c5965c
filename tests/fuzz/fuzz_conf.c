/* The process's own files. The first byte says which: passerelle.json, the tokens of who is let in, a vendor's token. */

#include <string.h>

#include "core/app/access.h"
#include "core/app/conf.h"
#include "tenants/secrets.h"
#include "tests/fuzz/files.h"

static void conf_file(struct files *f, struct str text)
{
	struct conf *c = NULL;
	struct buf mistakes;
	buf_init(&mistakes, 0);
	files_write(f, "passerelle.json", text, 0600);
	int rc = conf_read(files_path(f, "passerelle.json"), &c, &mistakes);
	REQUIRE(rc == 0 || rc == ERR_CONFIG);
	if (rc == 0) {
		/* a relative path is the file's, not the process's */
		REQUIRE(c->data[0] == '/' && c->tenants[0] == '/' && c->control[0] == '/');
		REQUIRE(!c->http_listen || c->http_token_file);
		REQUIRE(c->fetch.connections > 0 && c->runs > 0 && c->worker_threads > 0);
		REQUIRE(c->memory_per_run <= c->memory_of_runs);
	} else {
		REQUIRE(!c);
		files_check_mistakes(buf_str(&mistakes));
	}
	conf_free(&c);
	buf_deinit(&mistakes);
}

static void token_file(struct files *f, struct str text)
{
	struct access_list *list = NULL;
	struct buf why;
	buf_init(&why, 0);
	files_write(f, "admin", text, 0600);
	int rc = access_read(files_path(f, "admin"), NULL, &list, &why);
	REQUIRE((rc == 0) == (list != NULL));
	if (rc)
		files_check_mistakes(buf_str(&why));
	else
		/* what is too short to be a token is nobody's */
		REQUIRE(!access_by_token(list, STR_NONE) && !access_by_token(list, STR("short")));
	access_free(&list);
	buf_deinit(&why);
}

static void secret_file(struct files *f, struct str text)
{
	struct secret s = {NULL, 0};
	char why[SECRET_MESSAGE] = "";
	files_write(f, "token", text, 0600);
	int rc = secret_read_file(files_path(f, "token"), &s, why);
	REQUIRE((rc == 0) == (why[0] == '\0') && (rc == 0) == (s.n > 0));
	for (size_t i = 0; i < s.n; i++)
		REQUIRE(s.p[i] > ' ' && s.p[i] < 127);
	secret_wipe(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const all[])(struct files *f, struct str text) = {conf_file, token_file, secret_file};
	static struct files files;
	if (size == 0)
		return 0;
	if (!files.dir[0])
		files_init(&files);
	all[data[0] % 3](&files, (struct str){size > 1 ? (const char *)data + 1 : "", size - 1});
	return 0;
}
