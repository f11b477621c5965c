#ifndef CORE_APP_CONF_H
#define CORE_APP_CONF_H

/* passerelle.json: where things are, and the bounds of the whole process. Relative paths are relative to the file. */

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/log.h"
#include "core/data/schema.h"
#include "core/data/store.h"
#include "core/io/fetch.h"
#include "tenants/notify_conf.h"

#define CONF_DEFAULT_FILE "/etc/passerelle/passerelle.json"

struct conf {
	struct arena *arena;
	const char *file;
	const char *data, *tenants, *control;
	const char *http_listen, *http_token_file; /* NULL: off */
	enum log_level log_level;
	enum log_format log_format;
	const char *smtp_url, *smtp_from, *smtp_user, *smtp_password_file, *smtp_ca_file; /* NULL: off */
	struct notify_conf notify; /* who runs it */
	struct fetch_limits fetch;
	struct networks allow_private; /* .fetch points here, when the key is there */
	struct store_limits store;
	size_t memory_per_run, memory_of_runs;
	unsigned runs;
	unsigned worker_threads;
};

extern const struct schema conf_schema;

/* 0, or ERR_CONFIG with the mistakes in out, a line each. Blocks. */
int conf_read(const char *path, struct conf **out, struct buf *mistakes) MUST_USE;
void conf_free(struct conf **conf);

#endif
