#include "core/app/hooks.h"

#include <stdio.h>
#include <string.h>

#include <glib.h>

#include "core/app/access.h"
#include "core/app/hmac.h"
#include "core/base/log.h"
#include "core/data/json.h"
#include "core/io/httpd.h"

#define PREFIX      "/hooks/"
#define MEMORY_MOST ((size_t)1024 * 1024)
#define NAME_MOST   80

/* ---- who sent it ---- */

static bool is_hmac(struct str secret, struct str text, struct str hmac)
{
	char hex[HMAC_HEX], lower[HMAC_HEX];
	if (hmac.n != HMAC_HEX - 1)
		return false;
	for (size_t i = 0; i < hmac.n; i++)
		lower[i] = g_ascii_tolower(hmac.p[i]);
	hmac_sha256_hex(secret, text, hex);
	return access_equal((struct str){lower, hmac.n}, (struct str){hex, HMAC_HEX - 1});
}

bool hooks_signed(struct str secret, struct str text, struct str hmac)
{
	if (is_hmac(secret, text, hmac))
		return true;
	struct arena *arena = arena_new(MEMORY_MOST);
	const struct json *j = NULL;
	bool good = false;
	if (json_parse(arena, text, NULL, &j, NULL, NULL) == 0) {
		struct buf compact;
		struct json_writer w;
		buf_init(&compact, MEMORY_MOST);
		json_write_init(&w, &compact, false);
		json_write_tree(&w, j);
		good = !buf_error(&compact) && is_hmac(secret, buf_str(&compact), hmac);
		buf_deinit(&compact);
	}
	arena_free(&arena);
	return good;
}

/* The value of token= in the query, as it was sent: a secret that needs escaping stands escaped in the address. */
static bool has_token(struct str secret, const char *query)
{
	for (const char *p = query; *p; p += strcspn(p, "&"), p += *p == '&') {
		if (strncmp(p, "token=", 6) != 0)
			continue;
		char *plain = g_uri_unescape_segment(p + 6, p + strcspn(p, "&"), NULL);
		bool good = plain && access_equal(secret, str_of(plain));
		g_free(plain);
		return good;
	}
	return false;
}

static bool is_genuine(const struct httpd_request *req, const struct secret *s)
{
	struct str secret = {s->p, s->n};
	const char *hmac = httpd_header(req, "X-Edusign-Hmac");
	return hmac ? hooks_signed(secret, httpd_body(req), str_trim(str_of(hmac)))
	            : has_token(secret, httpd_query(req));
}

/* ---- what it says ---- */

static bool concerns_attendance(struct str type)
{
	static const char *const types[] = {"on_course_locked", "on_course_edited", "on_course_end",
	                                    "on_justified_absence", "on_student_sign"};
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (str_eqz(type, types[i]))
			return true;
	return false;
}

/* Empty: it names none. */
static struct str sheet_of(const struct json *event)
{
	static const char *const names[] = {"course_id", "courseId", "COURSE_ID"};
	const struct json *course = json_get(event, "course");
	if (!course)
		course = json_get(event, "COURSE");
	if (course && course->kind == JSON_STRING)
		return json_text(course);
	struct str id = json_text(json_get(course, "ID"));
	if (str_empty(id))
		id = json_text(json_get(course, "id"));
	for (size_t i = 0; str_empty(id) && i < sizeof(names) / sizeof(names[0]); i++)
		id = json_text(json_get(event, names[i]));
	return id;
}

static enum hook_answer take(struct tenant *t, const char *environment, struct str body)
{
	struct arena *arena = arena_new(MEMORY_MOST);
	const struct json *event = NULL;
	enum hook_answer answer = HOOK_BAD;
	if (json_parse(arena, body, NULL, &event, NULL, NULL) == 0 && event->kind == JSON_OBJECT) {
		struct str type = json_text(json_get(event, "type")), id = sheet_of(event);
		struct log_ctx ctx = {.tenant = tenant_id(t), .environment = environment};
		answer = !concerns_attendance(type) || !tenant_hint(t, id) ? HOOK_IGNORED : HOOK_TAKEN;
		if (!str_empty(type))
			log_debug("hooks", &ctx,
			          answer == HOOK_TAKEN ? "an event brings a sheet forward" : "an event is left",
			          "type=«%.*s» sheet=«%.*s»", STR_ARG(type), STR_ARG(id));
		else
			answer = HOOK_BAD;
	}
	arena_free(&arena);
	return answer;
}

enum hook_answer hooks_request(const struct httpd_request *req, struct tenant *(*find)(void *arg, const char *id),
                               void *arg)
{
	const char *path = httpd_path(req) + strlen(PREFIX), *slash = strchr(path, '/');
	char id[NAME_MOST];
	if (!slash || (size_t)(slash - path) >= sizeof(id))
		return HOOK_UNKNOWN;
	snprintf(id, sizeof(id), "%.*s", (int)(slash - path), path);
	struct tenant *t = find(arg, id);
	if (!t)
		return HOOK_UNKNOWN;
	const struct tenant_conf *c = tenant_file(t);
	for (unsigned i = 0; i < c->settings.environment_count; i++) {
		if (strcmp(c->environments[i].key, slash + 1) != 0)
			continue;
		const struct secret *secret = &c->edusign[i].webhook;
		return secret->n && is_genuine(req, secret) ? take(t, c->environments[i].key, httpd_body(req))
		                                            : HOOK_UNKNOWN;
	}
	return HOOK_UNKNOWN;
}
