#include "tenants/tenant_conf.h"

#include <stdlib.h>
#include <string.h>

#include "core/sync/state.h"
#include "tenants/address.h"
#include "tenants/confdir.h"
#include "tenants/file.h"
#include "tenants/tenant_schema.h"

#define ARENA_CAP (16u << 20)

/* What reading a file works with. */
struct reading {
	struct tenant_conf *conf;
	struct mistakes mistakes;
	const struct tenant_conf_options *options;
	size_t files_cap;
};

static const char *text_or_null(struct str s)
{
	return str_empty(s) ? NULL : s.p;
}

/* Where a file that the school's file names is; NULL: out of memory. */
static const char *named_file(struct reading *r, struct str name)
{
	struct tenant_conf *c = r->conf;
	const char *path = confdir_path(c->arena, c->file, name.p);
	struct named_file f = {path, path ? file_mark(path) : (struct file_mark){0}};
	if (!path || items_add(c->arena, &c->files, &r->files_cap, &f, sizeof(f))) {
		r->mistakes.error = ERR_LIMIT;
		return NULL;
	}
	return path;
}

/* ---- an account at a vendor ---- */

static void read_token(struct reading *r, const struct raw_upstream *raw, const char *path, struct upstream_conf *out)
{
	struct mistakes *m = &r->mistakes;
	bool file = json_get(raw->at, "token_file"), env = json_get(raw->at, "token_env");
	if (file && env) {
		schema_mistake(m, raw->at, path, "token_env", "stands beside token_file, expected one of them");
		return;
	}
	if (!file && !env) {
		schema_mistake(m, raw->at, path, "token_file", "is missing, expected token_file or token_env");
		return;
	}
	struct str name = file ? raw->token_file : raw->token_env;
	if (str_empty(name)) /* told already */
		return;
	char message[SECRET_MESSAGE] = "";
	const char *place = file ? named_file(r, name) : name.p;
	if (!place)
		return;
	if (file ? secret_read_file(place, &out->token, message) : secret_read_env(place, &out->token, message))
		schema_mistake(m, raw->at, path, file ? "token_file" : "token_env", "%s", message);
}

static void read_ca_file(struct reading *r, const struct raw_upstream *raw, const char *path,
                         struct upstream_conf *out)
{
	if (str_empty(raw->ca_file))
		return;
	out->ca_file = named_file(r, raw->ca_file);
	struct str text;
	struct arena *scratch = arena_new(2 * FILE_MAX);
	int rc = out->ca_file ? file_read(scratch, out->ca_file, &text) : ERR_LIMIT;
	if (rc)
		schema_mistake(&r->mistakes, raw->at, path, "ca_file", "%s cannot be read: %s, expected a PEM file",
		               raw->ca_file.p, err_text(rc));
	else if (!memmem(text.p, text.n, "-----BEGIN", 10))
		schema_mistake(&r->mistakes, raw->at, path, "ca_file", "%s holds no certificate, expected a PEM file",
		               raw->ca_file.p);
	arena_free(&scratch);
}

static void check_endpoints(struct reading *r, const struct raw_upstream *raw, const char *path,
                            const char *const *names)
{
	const struct schema_pair *pairs = raw->endpoints.v;
	size_t count = 0;
	while (names && names[count])
		count++;
	for (size_t i = 0; names && i < raw->endpoints.n; i++) {
		size_t k = 0;
		while (k < count && !str_eqz(pairs[i].key, names[k]))
			k++;
		if (k < count)
			continue;
		const char *near = schema_nearest(pairs[i].key, names, count);
		const char *key = arena_printf(r->mistakes.arena, "%s.endpoints.%s", path, pairs[i].key.p);
		if (near)
			mistakes_add(&r->mistakes, pairs[i].at->offset, key,
			             "is no call that is known, did you mean \"%s\"?", near);
		else
			mistakes_add(&r->mistakes, pairs[i].at->offset, key,
			             "is no call that is known, expected one that the manual lists");
	}
}

static void read_upstream(struct reading *r, const struct raw_upstream *raw, const char *path, const char *last,
                          const char *const *endpoints, struct upstream_conf *out)
{
	if (!raw->at) /* told already */
		return;
	if (!str_empty(raw->url)) {
		const char *bad = address_read(r->conf->arena, raw->url, last, &out->url);
		if (bad)
			schema_mistake(&r->mistakes, raw->at, path, "url", "%s", bad);
	}
	read_token(r, raw, path, out);
	read_ca_file(r, raw, path, out);
	check_endpoints(r, raw, path, endpoints);
	out->endpoints = raw->endpoints;
}

static void read_webhook(struct reading *r, const struct raw_upstream *raw, const char *path,
                         struct upstream_conf *out)
{
	char message[SECRET_MESSAGE];
	if (!raw->at || str_empty(raw->webhook_secret_file))
		return;
	const char *file = named_file(r, raw->webhook_secret_file);
	if (file && secret_read_file(file, &out->webhook, message))
		schema_mistake(&r->mistakes, raw->at, path, "webhook_secret_file", "%s", message);
}

static void read_notify(struct reading *r, const struct raw_tenant *raw)
{
	struct notify_conf *out = &r->conf->notify;
	char message[SECRET_MESSAGE];
	notify_conf_read(&raw->notify, &r->mistakes, out);
	if (!out->on || str_empty(raw->notify.webhook_secret_file))
		return;
	const char *file = named_file(r, raw->notify.webhook_secret_file);
	if (file && secret_read_file(file, &out->webhook_secret, message))
		schema_mistake(&r->mistakes, raw->notify.at, "notify", "webhook_secret_file", "%s", message);
}

static void check_realtime(struct reading *r, const struct raw_tenant *raw)
{
	const struct tenant_conf *c = r->conf;
	if (!raw->realtime || mistakes_any(&r->mistakes))
		return;
	if (c->settings.shadow) {
		schema_mistake(&r->mistakes, raw->at, "", "realtime", "is true and mode is \"shadow\", in which nothing is sent, expected false");
		return;
	}
	for (unsigned i = 0; i < c->settings.environment_count; i++)
		if (c->edusign[i].webhook.n)
			return;
	schema_mistake(
	        &r->mistakes, raw->at, "", "realtime",
	        "is true and no environment takes webhooks, expected edusign.webhook_secret_file in one of them");
}

/* ---- environments ---- */

static const char *environment_path(struct reading *r, size_t i)
{
	const char *path = arena_printf(r->mistakes.arena, "environments[%zu]", i);
	return path ? path : "";
}

/* NULL: a mistake was told. */
static const char *environment_key(struct reading *r, const struct raw_environment *raw, size_t i, size_t count)
{
	struct mistakes *m = &r->mistakes;
	const char *path = environment_path(r, i);
	const struct json *id = json_get(raw->at, "structure_id"), *location = json_get(raw->at, "location");
	bool by_id = id && id->kind != JSON_NULL, by_location = location && location->kind != JSON_NULL;
	if (by_id && by_location) {
		schema_mistake(m, raw->at, path, "location", "stands beside structure_id, expected one of them");
		return NULL;
	}
	if (!by_id && !by_location) {
		if (count > 1)
			schema_mistake(m, raw->at, path, NULL,
			               "is the whole school beside other environments, expected structure_id or "
			               "location in each");
		return count > 1 ? NULL : "all";
	}
	if (by_id)
		return raw->structure_id ? arena_printf(r->conf->arena, "structure-%lld", (long long)raw->structure_id)
		                         : NULL;
	if (str_empty(raw->location))
		return NULL;
	struct str slug = str_slug(m->arena, raw->location);
	if (str_empty(slug)) {
		schema_mistake(
		        m, raw->at, path, "location",
		        "has no letter or digit that a folder's name can be made of, expected the name of a site");
		return NULL;
	}
	return arena_printf(r->conf->arena, "location-%s", slug.p);
}

static void check_equal(struct reading *r, const struct raw_environment *raw, size_t i)
{
	const struct tenant_conf *c = r->conf;
	for (size_t k = 0; k < i; k++) {
		const struct secret *a = &c->edusign[k].token, *b = &c->edusign[i].token;
		if (c->environments[k].key && c->environments[i].key &&
		    strcmp(c->environments[k].key, c->environments[i].key) == 0)
			schema_mistake(
			        &r->mistakes, raw[i].at, environment_path(r, i), NULL,
			        "has the key %s, as environments[%zu] has, expected another structure_id or location",
			        c->environments[i].key, k);
		else if (a->p && b->p && a->n == b->n && memcmp(a->p, b->p, a->n) == 0)
			schema_mistake(&r->mistakes, raw[i].at, environment_path(r, i), NULL,
			               "has the token of environments[%zu], expected an Edusign account of its own",
			               k);
	}
}

static void read_environments(struct reading *r, const struct raw_tenant *raw)
{
	struct tenant_conf *c = r->conf;
	const struct raw_environment *list = raw->environments.v;
	size_t n = raw->environments.n;
	c->edusign = arena_array(c->arena, n, sizeof(*c->edusign));
	c->environments = arena_array(c->arena, n, sizeof(*c->environments));
	if (!c->edusign || !c->environments) {
		r->mistakes.error = ERR_LIMIT;
		return;
	}
	/* each is counted before its secret is read: what is freed is wiped */
	c->settings.environments = c->environments;
	for (size_t i = 0; i < n; i++) {
		c->settings.environment_count = (unsigned)i + 1;
		if (!list[i].at)
			continue;
		const char *path = arena_printf(r->mistakes.arena, "environments[%zu].edusign", i);
		read_upstream(r, &list[i].edusign, path ? path : "", NULL, r->options->edusign_endpoints,
		              &c->edusign[i]);
		c->environments[i].key = environment_key(r, &list[i], i, n);
		c->environments[i].structure = list[i].structure_id;
		c->environments[i].location = text_or_null(list[i].location);
		check_equal(r, list, i);
		read_webhook(r, &list[i].edusign, path ? path : "", &c->edusign[i]);
	}
}

/* ---- the rest ---- */

static void read_reasons(struct reading *r, const struct raw_reasons *raw, struct settings *s)
{
	const struct schema_pair *pairs = raw->map.v;
	struct reason_map *map = arena_array(r->conf->arena, raw->map.n, sizeof(*map));
	if (!map) {
		r->mistakes.error = ERR_LIMIT;
		return;
	}
	for (size_t i = 0; i < raw->map.n; i++)
		map[i] = (struct reason_map){pairs[i].key, pairs[i].number};
	s->reasons = map;
	s->reason_count = (unsigned)raw->map.n;
	s->reason_unjustified = raw->unjustified;
	s->reason_justified = raw->justified;
	s->reason_late = raw->late;
}

static void read_settings(struct reading *r, const struct raw_tenant *raw)
{
	struct settings *s = &r->conf->settings;
	const struct raw_options *o = &raw->options;
	s->tenant = r->conf->id;
	s->school = r->conf->name;
	s->language = (enum wording_lang)raw->language;
	s->email = (enum email_choice)raw->ypareo.email;
	s->want_validated = raw->ypareo.session_states & RAW_VALIDATED;
	s->want_pending = raw->ypareo.session_states & RAW_PENDING;
	s->training_states = raw->ypareo.training_states;
	s->remote_only = raw->ypareo.remote_only;
	s->days_ahead = (int)raw->schedule.days_ahead;
	s->days_back = (int)raw->schedule.days_back;
	s->drift = (enum drift_rule)raw->drift;
	s->grouping = (enum grouping)o->grouping;
	s->tutors = o->tutors;
	s->credentials_learners = o->credentials.learners;
	s->credentials_instructors = o->credentials.instructors;
	s->default_instructor = o->default_instructor;
	read_reasons(r, &o->reasons, s);
	s->send_reasons = o->send_reasons;
	s->instructor_attendance = o->instructor_attendance;
	s->tutor_reports = o->tutor_reports;
	s->instructor_unsigned = (enum instructor_rule)o->instructor_unsigned;
	s->unsigned_sheet = (enum unsigned_rule)o->unsigned_sheet;
	s->delete_percent = (unsigned)raw->guard.delete_percent;
	s->delete_count = (unsigned)raw->guard.delete_count;
	s->up_percent = (unsigned)raw->guard.up_percent;
	for (int k = KEEP_ALWAYS + 1; k < KEEP_COUNT; k++)
		s->keep_days[k] = (unsigned)raw->retention.days[k];
	s->settle_ms = (uint32_t)raw->limits.settle_seconds * 1000;
	s->tries = (unsigned)raw->limits.tries;
	s->shadow = raw->mode != 0;
}

static void read_zone(struct reading *r, const struct raw_tenant *raw)
{
	struct tz *zone = NULL;
	if (str_empty(raw->timezone))
		return;
	if (tz_open(raw->timezone.p, &zone))
		schema_mistake(&r->mistakes, raw->at, "", "timezone",
		               "is \"%s\", expected an IANA time zone name such as \"Europe/Paris\"",
		               raw->timezone.p);
	r->conf->settings.zone = zone;
	r->conf->timezone = raw->timezone.p;
}

static void read_all(struct reading *r, struct str text)
{
	struct tenant_conf *c = r->conf;
	struct raw_tenant raw;
	schema_read_text(&tenant_schema, text, &raw, &r->mistakes);
	if (!raw.at)
		return;
	c->name = str_empty(raw.name) ? c->id : raw.name.p;
	c->paused = raw.paused;
	read_zone(r, &raw);
	read_upstream(r, &raw.ypareo, "ypareo", "index.php", r->options->ypareo_endpoints, &c->ypareo);
	read_environments(r, &raw);
	c->down = raw.schedule.down;
	c->up = raw.schedule.up;
	c->spread_minutes = (unsigned)raw.schedule.spread_minutes;
	c->edusign_per_minute =
	        raw.limits.edusign_per_minute > UINT32_MAX ? UINT32_MAX : (unsigned)raw.limits.edusign_per_minute;
	c->ypareo_concurrency = (unsigned)raw.limits.ypareo_concurrency;
	c->timeout_ms = (uint32_t)raw.limits.timeout_seconds * 1000;
	read_settings(r, &raw);
	c->realtime = raw.realtime;
	read_notify(r, &raw);
	check_realtime(r, &raw);
}

static const char *stem(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t n = strlen(name);
	if (n > 5 && strcmp(name + n - 5, ".json") == 0)
		n -= 5;
	return arena_str(arena, (struct str){name, n}).p;
}

int tenant_conf_read_kept(const char *path, const char *copy, const struct tenant_conf_options *options,
                          struct tenant_conf **out, struct buf *mistakes)
{
	static const struct tenant_conf_options any = {NULL, NULL};
	/* the text and its tree go when they are read: a process serves thousands of schools */
	struct arena *scratch = arena_new(ARENA_CAP);
	struct tenant_conf *c = xcalloc(1, sizeof(*c));
	c->arena = arena_new(ARENA_CAP);
	c->file = arena_strz(c->arena, path);
	c->id = stem(c->arena, path);
	struct reading r = {.conf = c, .options = options ? options : &any};
	struct str text = STR_NONE;
	int rc = file_read(scratch, copy, &text);
	mistakes_init(&r.mistakes, scratch, path, text);
	r.mistakes.keep = c->arena;
	if (!tenant_id_valid(str_of(c->id)))
		mistakes_add(&r.mistakes, MISTAKE_NOWHERE, "",
		             "the file's name is no id of a school, expected up to 63 of a-z, 0-9 and -, not "
		             "beginning with -");
	if (rc)
		mistakes_add(&r.mistakes, MISTAKE_NOWHERE, "", "cannot be read: %s, expected a school's file",
		             err_text(rc));
	else
		read_all(&r, text);
	if (mistakes_any(&r.mistakes)) {
		mistakes_print(&r.mistakes, mistakes);
		tenant_conf_free(&c);
		rc = ERR_CONFIG;
	}
	arena_free(&scratch);
	if (rc == 0)
		*out = c;
	return rc;
}

int tenant_conf_read(const char *path, const struct tenant_conf_options *options, struct tenant_conf **out,
                     struct buf *mistakes)
{
	return tenant_conf_read_kept(path, path, options, out, mistakes);
}

void tenant_conf_free(struct tenant_conf **conf)
{
	struct tenant_conf *c = *conf;
	if (!c)
		return;
	secret_wipe(&c->notify.webhook_secret);
	secret_wipe(&c->ypareo.token);
	for (unsigned i = 0; i < c->settings.environment_count; i++) {
		secret_wipe(&c->edusign[i].token);
		secret_wipe(&c->edusign[i].webhook);
	}
	struct tz *zone = (struct tz *)c->settings.zone;
	tz_close(&zone);
	arena_free(&c->arena);
	free(c);
	*conf = NULL;
}
