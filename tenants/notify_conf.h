#ifndef TENANTS_NOTIFY_CONF_H
#define TENANTS_NOTIFY_CONF_H

/* "notify" of a school's file, and of passerelle.json for those who run it: who is told of trouble, and how. */

#include "core/data/schema.h"
#include "core/sync/wording.h"
#include "tenants/secrets.h"

struct raw_notify {
	const struct json *at;
	struct texts email;
	bool alerts;
	struct ints digest;
	struct str webhook, webhook_secret_file, heartbeat;
	int64_t silent_hours;
	int language;
};
extern const struct schema notify_school_schema, notify_operator_schema;

struct notify_conf {
	bool on;                   /* the object is there */
	struct texts email;
	bool alerts;               /* a notice of each change of state */
	struct ints digest;        /* minutes of the day at which the open issues are mailed; none: not at all */
	const char *webhook;       /* NULL: none */
	struct secret webhook_secret;
	const char *heartbeat;     /* NULL: none */
	int64_t silent_s;          /* without a good run for so long, it is told */
	enum wording_lang language; /* of the operators' */
};

/* All but the secret. Mistakes are told at path, "notify". */
void notify_conf_read(const struct raw_notify *raw, struct mistakes *m, struct notify_conf *out);

#endif
