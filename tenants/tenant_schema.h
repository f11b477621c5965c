#ifndef TENANTS_TENANT_SCHEMA_H
#define TENANTS_TENANT_SCHEMA_H

/* A school's file as it is written: one struct and one table for each object of it. */

#include "core/data/schema.h"
#include "core/sync/keep.h"
#include "tenants/notify_conf.h"

struct raw_upstream {
	const struct json *at;
	struct str url, token_file, token_env, ca_file;
	struct items endpoints; /* struct schema_pair */
	/* Yparéo alone */
	int email;               /* enum email_choice */
	unsigned session_states; /* RAW_VALIDATED, RAW_PENDING */
	struct texts training_states;
	bool remote_only;
	/* Edusign alone */
	int api;
	struct str webhook_secret_file;
};
enum { RAW_VALIDATED = 1, RAW_PENDING = 2 };

struct raw_environment {
	const struct json *at;
	int64_t structure_id; /* 0: none */
	struct str location;
	struct raw_upstream edusign;
};

struct raw_schedule {
	const struct json *at;
	struct ints down, up;
	int64_t days_ahead, days_back, spread_minutes;
};

struct raw_credentials {
	const struct json *at;
	bool learners, instructors;
};

struct raw_reasons {
	const struct json *at;
	int64_t unjustified, justified, late;
	struct items map; /* struct schema_pair */
};

struct raw_options {
	const struct json *at;
	int grouping; /* enum grouping */
	bool tutors;
	struct raw_credentials credentials;
	struct raw_reasons reasons;
	bool send_reasons, instructor_attendance;
	int instructor_unsigned; /* enum instructor_rule */
	int unsigned_sheet;      /* enum unsigned_rule */
	bool tutor_reports;
	int64_t default_instructor; /* 0: none */
};

struct raw_guard {
	const struct json *at;
	int64_t delete_percent, delete_count, up_percent;
};

struct raw_limits {
	const struct json *at;
	int64_t edusign_per_minute, ypareo_concurrency, settle_seconds, timeout_seconds, tries;
};

struct raw_retention {
	const struct json *at;
	int64_t days[KEEP_COUNT];
};

struct raw_tenant {
	const struct json *at;
	struct str name, timezone;
	int language; /* enum wording_lang */
	bool paused;
	struct raw_upstream ypareo;
	struct items environments; /* struct raw_environment */
	struct raw_schedule schedule;
	struct raw_options options;
	struct raw_guard guard;
	struct raw_limits limits;
	struct raw_retention retention;
	int mode, drift;
	struct raw_notify notify;
	bool realtime;
	bool nothing;
};

extern const struct schema tenant_schema;

#endif
