#include "tenants/notify_conf.h"

#include "core/data/record.h"
#include "core/io/mail.h"

#define AT(member) .offset = offsetof(struct raw_notify, member)

/* In the order of enum wording_lang. */
static const char *const languages[] = {"en", "fr", NULL};

#define COMMON \
	{.key = "email", .type = SCHEMA_TEXTS, AT(email), .expect = "a list of e-mail addresses", .doc = "who is told by e-mail"}, \
	{.key = "alerts", .type = SCHEMA_BOOL, AT(alerts), .number = 1, .doc = "one notice for each change of state: failed, held, not answering, stale, silent, and recovered"}, \
	{.key = "webhook", .type = SCHEMA_TEXT, .flags = SCHEMA_NULL, AT(webhook), .expect = "an https address", .doc = "address that each notice is posted to, as JSON"}, \
	{.key = "webhook_secret_file", .type = SCHEMA_TEXT, .flags = SCHEMA_NULL, AT(webhook_secret_file), .expect = "null or the name of a file that holds the secret", .doc = "what the posts are signed with"}, \
	{.key = "silent_hours", .type = SCHEMA_INT, AT(silent_hours), .min = 1, .max = 8760, .number = 36, .doc = "hours without a good run after which it is told"}, \
	{.key = "heartbeat", .type = SCHEMA_TEXT, .flags = SCHEMA_NULL, AT(heartbeat), .expect = "an https address", .doc = "address that is called after each good run"}

static const struct schema_field school_fields[] = {
        COMMON,
        {.key = "digest", .type = SCHEMA_TIMES, AT(digest), .text = "", .doc = "when the open issues are mailed, school time; empty: never"},
};
const struct schema notify_school_schema = {sizeof(struct raw_notify), offsetof(struct raw_notify, at), FIELDS(school_fields)};

static const struct schema_field operator_fields[] = {
        COMMON,
        {.key = "language", .type = SCHEMA_ENUM, AT(language), .words = languages, .number = WORDING_EN, .doc = "language of the notices"},
};
const struct schema notify_operator_schema = {sizeof(struct raw_notify), offsetof(struct raw_notify, at), FIELDS(operator_fields)};

static bool is_address(struct str s)
{
	return str_starts(s, "https://") || str_starts(s, "http://127.") || str_starts(s, "http://localhost") || str_starts(s, "http://[::1]");
}

static const char *address(const struct raw_notify *raw, struct str s, const char *key, struct mistakes *m)
{
	if (str_empty(s))
		return NULL;
	if (!is_address(s))
		schema_mistake(m, raw->at, "notify", key, "is no https address; plain http is for loopback addresses only");
	return s.p;
}

void notify_conf_read(const struct raw_notify *raw, struct mistakes *m, struct notify_conf *out)
{
	*out = (struct notify_conf){.on = raw->at != NULL};
	if (!out->on)
		return;
	for (size_t i = 0; i < raw->email.n; i++)
		if (!mail_address_ok(raw->email.v[i]))
			schema_mistake(m, raw->at, "notify", "email", "holds what is no e-mail address");
	out->email = raw->email;
	out->alerts = raw->alerts;
	out->digest = raw->digest;
	out->webhook = address(raw, raw->webhook, "webhook", m);
	out->heartbeat = address(raw, raw->heartbeat, "heartbeat", m);
	out->silent_s = raw->silent_hours * 3600;
	out->language = (enum wording_lang)raw->language;
	if (!out->webhook && !str_empty(raw->webhook_secret_file))
		schema_mistake(m, raw->at, "notify", "webhook_secret_file", "stands without webhook");
	if (raw->digest.n && !raw->email.n)
		schema_mistake(m, raw->at, "notify", "digest", "stands without email");
}
