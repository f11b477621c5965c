#include "core/app/conf.h"

#include <stdlib.h>

#include "core/data/schema.h"
#include "core/io/mail.h"
#include "tenants/confdir.h"
#include "tenants/file.h"

#define ARENA_CAP (4u << 20)
#define MIB       (1u << 20)

struct raw_http {
	const struct json *at;
	struct str listen, token_file;
};

struct raw_log {
	const struct json *at;
	int level, format;
};

struct raw_smtp {
	const struct json *at;
	struct str url, from, user, password_file, ca_file;
};

struct raw_limits {
	const struct json *at;
	struct texts allow_private;
	int64_t connections, per_host, stores, memory, memory_all, runs, threads;
};

struct raw_conf {
	const struct json *at;
	struct str data, tenants, control;
	struct raw_http http;
	struct raw_log log;
	struct raw_smtp smtp;
	struct raw_notify notify;
	struct raw_limits limits;
};

#define AT(member) .offset = offsetof(struct raw_http, member)
static const struct schema_field http_fields[] = {
        {.key = "listen",
         .type = SCHEMA_TEXT,
         .flags = SCHEMA_REQUIRED,
         AT(listen),
         .expect = "an address and port such as \"127.0.0.1:8480\"",
         .doc = "address and port of the status page and the admin API"},
        {.key = "token_file",
         .type = SCHEMA_TEXT,
         .flags = SCHEMA_REQUIRED,
         AT(token_file),
         .expect = "the name of a file that holds the admin token",
         .doc = "who is let in: a file of lines NAME ROLE TOKEN, readable by its owner alone"},
};
static const struct schema http_schema = {sizeof(struct raw_http), offsetof(struct raw_http, at),
                                          FIELDS(http_fields)};
#undef AT

/* In the order of enum log_level and enum log_format. */
static const char *const levels[] = {"crit", "error", "warning", "notice", "info", "debug", NULL};
static const char *const formats[] = {"text", "json", NULL};

#define AT(member) .offset = offsetof(struct raw_log, member)
static const struct schema_field log_fields[] = {
        {.key = "level",
         .type = SCHEMA_ENUM,
         AT(level),
         .words = levels,
         .number = LOG_LVL_INFO,
         .doc = "the least grave that is written"},
        {.key = "format",
         .type = SCHEMA_ENUM,
         AT(format),
         .words = formats,
         .number = LOG_TEXT,
         .doc = "a line of text or of JSON"},
};
static const struct schema log_schema = {sizeof(struct raw_log), offsetof(struct raw_log, at), FIELDS(log_fields)};
#undef AT

#define AT(member) .offset = offsetof(struct raw_smtp, member)
static const struct schema_field smtp_fields[] = {
        {.key = "url",
         .type = SCHEMA_TEXT,
         .flags = SCHEMA_REQUIRED,
         AT(url),
         .expect = "an address such as \"smtps://mail.example.org\"",
         .doc = "the mail server: smtps://, or smtp:// with STARTTLS, which must then be there; plain on a loopback address"},
        {.key = "from", .type = SCHEMA_TEXT, .flags = SCHEMA_REQUIRED, AT(from), .doc = "sender of the mails"},
        {.key = "user", .type = SCHEMA_TEXT, AT(user), .doc = "user at the mail server"},
        {.key = "password_file",
         .type = SCHEMA_TEXT,
         AT(password_file),
         .doc = "the password, in a file readable by its owner alone"},
        {.key = "ca_file",
         .type = SCHEMA_TEXT,
         AT(ca_file),
         .doc = "certificates that the mail server is verified with, instead of the system's"},
};
static const struct schema smtp_schema = {sizeof(struct raw_smtp), offsetof(struct raw_smtp, at),
                                          FIELDS(smtp_fields)};
#undef AT

#define AT(member) .offset = offsetof(struct raw_limits, member)
static const struct schema_field limits_fields[] = {
        {.key = "connections",
         .type = SCHEMA_INT,
         AT(connections),
         .min = 1,
         .max = 100000,
         .number = 256,
         .doc = "connections of the whole process"},
        {.key = "connections_per_host",
         .type = SCHEMA_INT,
         AT(per_host),
         .min = 1,
         .max = 100000,
         .number = 32,
         .doc = "connections to one host"},
        {.key = "allow_private",
         .type = SCHEMA_TEXTS,
         .flags = SCHEMA_NULL,
         AT(allow_private),
         .expect = "null or a list of networks such as [\"10.20.0.0/16\"]",
         .doc = "private addresses where a school's systems may be; without it: this machine, where an address says 127.0.0.1, [::1] or localhost"},
        {.key = "open_stores",
         .type = SCHEMA_INT,
         AT(stores),
         .min = 1,
         .max = 100000,
         .number = 512,
         .doc = "stores open at once"},
        {.key = "memory_per_run_mib",
         .type = SCHEMA_INT,
         AT(memory),
         .min = 4,
         .max = 65536,
         .number = 64,
         .doc = "memory of one run, in MiB"},
        {.key = "memory_mib",
         .type = SCHEMA_INT,
         AT(memory_all),
         .min = 16,
         .max = 16777216,
         .number = 1024,
         .doc = "memory of all schools and runs together, in MiB: beyond it no further run starts before one has ended"},
        {.key = "runs",
         .type = SCHEMA_INT,
         AT(runs),
         .min = 1,
         .max = 100000,
         .number = 4096,
         .doc = "runs under way at once"},
        {.key = "worker_threads",
         .type = SCHEMA_INT,
         AT(threads),
         .min = 1,
         .max = 256,
         .number = 4,
         .doc = "threads that write to disk"},
};
static const struct schema limits_schema = {sizeof(struct raw_limits), offsetof(struct raw_limits, at),
                                            FIELDS(limits_fields)};
#undef AT

#define AT(member) .offset = offsetof(struct raw_conf, member)
static const struct schema_field conf_fields[] = {
        {.key = "data", .type = SCHEMA_TEXT, AT(data), .text = "/var/lib/passerelle", .doc = "folder of the stores"},
        {.key = "tenants",
         .type = SCHEMA_TEXT,
         AT(tenants),
         .text = "/etc/passerelle/tenants.d",
         .doc = "folder of the schools' files"},
        {.key = "control",
         .type = SCHEMA_TEXT,
         AT(control),
         .text = "/run/passerelle/control.sock",
         .doc = "Unix socket of the daemon"},
        {.key = "http",
         .type = SCHEMA_OBJECT,
         .flags = SCHEMA_NULL,
         AT(http),
         .sub = &http_schema,
         .doc = "status page, admin API, metrics"},
        {.key = "log",
         .type = SCHEMA_OBJECT,
         AT(log),
         .sub = &log_schema,
         .doc = "what is logged, on standard error"},
        {.key = "smtp",
         .type = SCHEMA_OBJECT,
         .flags = SCHEMA_NULL,
         AT(smtp),
         .sub = &smtp_schema,
         .doc = "how mails leave"},
        {.key = "notify",
         .type = SCHEMA_OBJECT,
         .flags = SCHEMA_NULL,
         AT(notify),
         .sub = &notify_operator_schema,
         .doc = "who of those who run it is told of trouble, and how"},
        {.key = "limits",
         .type = SCHEMA_OBJECT,
         AT(limits),
         .sub = &limits_schema,
         .doc = "bounds of the whole process"},
};
const struct schema conf_schema = {sizeof(struct raw_conf), offsetof(struct raw_conf, at),
                                          FIELDS(conf_fields)};
#undef AT

static const char *path_of(struct conf *c, struct str name)
{
	return str_empty(name) ? NULL : confdir_path(c->arena, c->file, name.p);
}

static void check_smtp(const struct raw_smtp *r, struct mistakes *m)
{
	if (str_empty(r->url))
		return;
	if (!mail_url_ok(r->url))
		mistakes_add(m, r->at->offset, "smtp.url", "is no mail server, expected smtps://host or smtp://host, with a port if need be");
	if (!mail_address_ok(r->from))
		mistakes_add(m, r->at->offset, "smtp.from", "is no e-mail address");
	if (str_empty(r->user) != str_empty(r->password_file))
		mistakes_add(m, r->at->offset, "smtp", "has one of user and password_file, expected both or neither");
}

static void read_notify(struct conf *c, const struct raw_conf *raw, struct mistakes *m)
{
	char message[SECRET_MESSAGE];
	const char *file = path_of(c, raw->notify.webhook_secret_file);
	notify_conf_read(&raw->notify, m, &c->notify);
	if (c->notify.on && file && secret_read_file(file, &c->notify.webhook_secret, message))
		schema_mistake(m, raw->notify.at, "notify", "webhook_secret_file", "%s", message);
	if (c->notify.email.n && str_empty(raw->smtp.url))
		schema_mistake(m, raw->notify.at, "notify", "email", "stands without smtp, expected a mail server");
}

static void fill(struct conf *c, const struct raw_conf *raw)
{
	c->data = path_of(c, raw->data);
	c->tenants = path_of(c, raw->tenants);
	c->control = path_of(c, raw->control);
	c->http_listen = raw->http.listen.p;
	c->http_token_file = path_of(c, raw->http.token_file);
	c->log_level = (enum log_level)raw->log.level;
	c->log_format = (enum log_format)raw->log.format;
	c->smtp_url = raw->smtp.url.p;
	c->smtp_from = raw->smtp.from.p;
	c->smtp_user = raw->smtp.user.p;
	c->smtp_password_file = path_of(c, raw->smtp.password_file);
	c->smtp_ca_file = path_of(c, raw->smtp.ca_file);
	c->fetch.connections = (unsigned)raw->limits.connections;
	c->fetch.connections_per_host = (unsigned)raw->limits.per_host;
	c->store.open = (unsigned)raw->limits.stores;
	c->memory_per_run = (size_t)raw->limits.memory * MIB;
	c->memory_of_runs = (size_t)raw->limits.memory_all * MIB;
	c->runs = (unsigned)raw->limits.runs;
	c->worker_threads = (unsigned)raw->limits.threads;
}

/* An empty list is one: not even this machine. */
static void read_networks(struct conf *c, const struct raw_conf *raw, struct mistakes *m)
{
	const struct texts *list = &raw->limits.allow_private;
	const struct json *given = raw->limits.at ? json_get(raw->limits.at, "allow_private") : NULL;
	if (!given || given->kind == JSON_NULL)
		return;
	struct network *v = arena_array(c->arena, list->n + 1, sizeof(*v));
	if (!v) {
		m->error = ERR_LIMIT;
		return;
	}
	for (size_t i = 0; i < list->n; i++)
		if (network_read(list->v[i], &v[i]))
			schema_mistake(m, raw->limits.at, "limits", "allow_private",
			               "holds \"%.*s\", expected networks such as \"10.20.0.0/16\" or \"fd00::/8\"", STR_ARG(list->v[i]));
	c->allow_private = (struct networks){v, (unsigned)list->n};
	c->fetch.allow_private = &c->allow_private;
}

int conf_read(const char *path, struct conf **out, struct buf *mistakes)
{
	struct arena *arena = arena_new(ARENA_CAP);
	struct conf *c = xcalloc(1, sizeof(*c));
	c->arena = arena;
	c->file = arena_strz(arena, path);
	struct str text = STR_NONE;
	int rc = file_read(arena, path, &text);
	struct mistakes m;
	mistakes_init(&m, arena, path, text);
	struct raw_conf raw;
	if (rc)
		mistakes_add(&m, MISTAKE_NOWHERE, "", "cannot be read: %s, expected the file of passerelle",
		             err_text(rc));
	else
		schema_read_text(&conf_schema, text, &raw, &m);
	if (rc == 0)
		read_networks(c, &raw, &m);
	if (!mistakes_any(&m))
		check_smtp(&raw.smtp, &m);
	if (!mistakes_any(&m))
		read_notify(c, &raw, &m);
	if (mistakes_any(&m)) {
		mistakes_print(&m, mistakes);
		conf_free(&c);
		return ERR_CONFIG;
	}
	fill(c, &raw);
	*out = c;
	return 0;
}

void conf_free(struct conf **conf)
{
	if (!*conf)
		return;
	secret_wipe(&(*conf)->notify.webhook_secret);
	arena_free(&(*conf)->arena);
	free(*conf);
	*conf = NULL;
}
