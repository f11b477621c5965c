/*
 * Whatever is asked of the daemon over HTTP or its control socket: commands and their bodies, the pages and their forms, webhooks.
 * The first byte says as whom; the rest is the request (served.h). One answer comes; who may only read, or is nobody, changes nothing.
 */

#include <fcntl.h>

#include "core/app/http.h"
#include "tests/fuzz/served.h"
#include "tests/unit/tenant_fixture.h"

#define OPERATOR "operator-token-0001"
#define READER   "a-reader-token-0002"
#define SCHOOL   "of-one-school-00003"
#define OTHER    "of-another-one-0004"

#define HOUR_MS 3600000

enum who { NOBODY, CONTROL, AS_OPERATOR, AS_READER, AS_SCHOOL, AS_OTHER, WHO_COUNT };

struct served {
	struct scene *scene;
	struct admin *admin;
	struct http *http;
};

/* ---- the daemon's part ---- */

static struct tenant *find(void *arg, const char *id)
{
	struct served *s = arg;
	return strcmp(id, "cfa") == 0 ? s->scene->tenant : NULL;
}

static bool schools(void *arg, void (*see)(void *to, const char *id, struct tenant *t, const char *mistakes), void *to)
{
	see(to, "cfa", ((struct served *)arg)->scene->tenant, "");
	return true;
}

static void idle_now(void *arg)
{
	(void)arg;
}

static void open_all(struct served *s)
{
	static char token_file[160];
	struct buf why;
	void *state = NULL;
	buf_init(&why, 0);
	REQUIRE(set_up(&state) == 0);
	s->scene = state;
	write_file(s->scene, "hook", "webhook-secret-0123\n");
	start_with(s->scene,
	           file_with(s->scene, ", \"realtime\": true", ", \"webhook_secret_file\": \"hook\""));
	loop_virtual_run(s->scene->rig.loop, NULL, NULL, 1000);
	write_file(s->scene, "tokens",
	           "boss operator " OPERATOR "\nr read " READER "\ns school:cfa " SCHOOL "\no school:else " OTHER "\n");
	snprintf(token_file, sizeof(token_file), "%s/tokens", s->scene->dir);
	s->scene->conf.http_token_file = token_file;
	s->scene->conf.http_listen = "127.0.0.1:0";
	s->scene->conf.control = "control";
	const struct admin_options a = {
	        .rig = &s->scene->rig, .find = find, .idle = idle_now, .schools = schools, .arg = s};
	REQUIRE(admin_open(&a, &s->admin, &why) == 0);
	const struct http_options h = {.rig = &s->scene->rig,
	                               .admin = s->admin,
	                               .find = find,
	                               .metrics = {&s->scene->rig, tenant_tally(s->scene->tenant), schools, s},
	                               .idle = idle_now,
	                               .arg = s};
	REQUIRE(http_open(&h, &s->http, &why) == 0);
	buf_deinit(&why);
}

static void close_all(struct served *s)
{
	void *state = s->scene;
	/* what nobody waits for any more may still be under way */
	loop_virtual_run(s->scene->rig.loop, NULL, NULL, 1000);
	http_close(&s->http);
	admin_close(&s->admin);
	REQUIRE(tear_down(&state) == 0);
}

/* ---- a request ---- */

static bool is_answered(void *arg)
{
	return ((struct httpd_request *)arg)->replies > 0;
}

static void check_answer(const struct httpd_request *req, enum who who)
{
	REQUIRE(req->replies == 1 && (req->status == 0 || (req->status >= 200 && req->status < 600)));
	struct str out = buf_str(&req->out);
	if (strstr(req->content_type, "json") && !strstr(req->content_type, "jsonl")) {
		struct arena *arena = arena_new(0);
		const struct json *j = NULL;
		REQUIRE(json_parse(arena, out, NULL, &j, NULL, NULL) == 0);
		arena_free(&arena);
	}
	REQUIRE(str_is_utf8(out));
	/* neither the vendors' tokens nor ours are told */
	REQUIRE(!out.n || (!memmem(out.p, out.n, "y-token", 7) && !memmem(out.p, out.n, "e-token", 7)));
	REQUIRE(!out.n || who == AS_OPERATOR || !memmem(out.p, out.n, OPERATOR, strlen(OPERATOR)));
	/* nobody learns nothing, and sees no school */
	if (who == NOBODY && strncmp(req->path, "/v1/", 4) == 0)
		REQUIRE(req->status == 401 || req->status == 429);
}

static void ask(struct served *s, struct httpd_request *req, enum who who)
{
	static const char *const bearer[WHO_COUNT] = {
	        [AS_OPERATOR] = "Bearer " OPERATOR,
	        [AS_READER] = "Bearer " READER,
	        [AS_SCHOOL] = "Bearer " SCHOOL,
	        [AS_OTHER] = "Bearer " OTHER,
	};
	if (bearer[who]) {
		req->header_count = req->header_count == SERVED_HEADERS ? SERVED_HEADERS - 1 : req->header_count;
		served_header(req, "Authorization", bearer[who]);
	}
	served_give(req, who == CONTROL);
	loop_virtual_run(s->scene->rig.loop, is_answered, req, HOUR_MS);
	check_answer(req, who);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct served s;
	struct httpd_request req;
	if (size == 0)
		return 0;
	if (!s.scene) {
		log_setup(LOG_LVL_ERROR, LOG_TEXT, open("/dev/null", O_WRONLY | O_CLOEXEC));
		open_all(&s);
	}
	enum who who = (enum who)(data[0] % WHO_COUNT);
	if (served_parse(&req, (struct str){(const char *)data + 1, size - 1})) {
		size_t before = sim_ledger_find(s.scene->sim, NULL, NULL, NULL, true);
		unsigned runs = s.scene->started;
		enum tenant_state state = tenant_state(s.scene->tenant);
		ask(&s, &req, who);
		bool changed = s.scene->started != runs || tenant_state(s.scene->tenant) != state;
		if (who != CONTROL && who != AS_OPERATOR)
			REQUIRE(sim_ledger_find(s.scene->sim, NULL, NULL, NULL, true) == before);
		/* whatever was done must not be there for the next input */
		if (changed || strcmp(req.method, "POST") == 0) {
			close_all(&s);
			memset(&s, 0, sizeof(s));
		}
	}
	served_free(&req);
	return 0;
}
