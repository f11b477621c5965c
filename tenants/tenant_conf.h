#ifndef TENANTS_TENANT_CONF_H
#define TENANTS_TENANT_CONF_H

/*
 * A school's file: read whole, checked whole, all its mistakes told at once. What the sync chooses by is in
 * .settings; what the app connects with stands beside it.
 */

#include "core/base/buf.h"
#include "core/data/schema.h"
#include "core/sync/settings.h"
#include "tenants/file.h"
#include "tenants/notify_conf.h"
#include "tenants/secrets.h"

/* One account at a vendor. */
struct upstream_conf {
	const char *url; /* trimmed */
	struct secret token;
	struct secret webhook; /* of its webhooks; none: they are not taken */
	const char *ca_file;    /* NULL: the system's */
	struct items endpoints; /* struct schema_pair: name, call */
};

/* Another file that a school's file names, as it was when it was read. */
struct named_file {
	const char *path;
	struct file_mark mark;
};

struct tenant_conf {
	struct arena *arena;
	const char *file;
	const char *id;   /* the file's stem */
	const char *name; /* for people; the id when not given */
	const char *timezone;
	struct items files; /* struct named_file: tokens, secrets, certificates */
	bool paused;
	struct notify_conf notify;
	bool realtime; /* webhooks bring attendance forward */
	struct upstream_conf ypareo;
	struct upstream_conf *edusign; /* one for each of .environments */
	struct ints down, up;          /* minutes of the day at which the flows run */
	unsigned spread_minutes;
	unsigned edusign_per_minute;
	unsigned ypareo_concurrency;
	uint32_t timeout_ms; /* 0: as long as each may take */
	/* Whole but for the ports: who opens them puts them here, and into .environments. */
	struct settings settings;
	struct env_settings *environments;
};

/* What adapters know and this layer does not: the names of their endpoints, NULL-terminated. NULL: any. */
struct tenant_conf_options {
	const char *const *ypareo_endpoints;
	const char *const *edusign_endpoints;
};

/* 0, or ERR_CONFIG with the mistakes in out, a line each. Reads the secrets too. Blocks: commands, start-up and pool
 * jobs only. */
int tenant_conf_read(const char *path, const struct tenant_conf_options *options, struct tenant_conf **out,
                     struct buf *mistakes) MUST_USE;
/* The same file, read from a copy of it that lies elsewhere: what it names is where the file means it. */
int tenant_conf_read_kept(const char *path, const char *copy, const struct tenant_conf_options *options,
                          struct tenant_conf **out, struct buf *mistakes) MUST_USE;
/* Overwrites the secrets. */
void tenant_conf_free(struct tenant_conf **conf);

#endif
