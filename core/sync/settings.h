#ifndef CORE_SYNC_SETTINGS_H
#define CORE_SYNC_SETTINGS_H

/*
 * The choices of a school, as the sync sees them: plain values, filled by tenants/tenant_conf.c from the school's file. One struct for
 * the school, one for each of its environments. Borrowed by a run for its whole life; a changed file makes a new one.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/base/str.h"
#include "core/base/tz.h"
#include "core/data/record.h"
#include "core/sync/keep.h"
#include "core/sync/port.h"
#include "core/sync/wording.h"

enum email_choice { EMAIL_PRO, EMAIL_NORMAL, EMAIL_PRO_ELSE_NORMAL, EMAIL_NORMAL_ELSE_PRO };
enum grouping { GROUPING_NONE, GROUPING_GROUP, GROUPING_CLASS, GROUPING_TRAINING };
enum unsigned_rule { UNSIGNED_ISSUE, UNSIGNED_ABSENT };            /* a locked sheet that nobody signed */
enum drift_rule { DRIFT_REPORT, DRIFT_REPAIR };                   /* what people change in Edusign of what is ours */
enum instructor_rule { INSTRUCTOR_ABSENT, INSTRUCTOR_UNKNOWN };    /* an instructor who did not sign */

struct reason_map { struct str key; int64_t reason; }; /* key: Edusign reason id or name; reason: codeMotifAbsence */

/* One Edusign account of the school. */
struct env_settings {
	const char *key;          /* "structure-12", "location-villeurbanne", "all": names its store */
	int64_t structure;        /* 0: not by structure id */
	const char *location;     /* NULL: not by location name */
	const struct attendance_port *edusign;
};

/* Somebody of whom everything was erased: a reading of Edusign that lists them does not make them known again, only a sheet that needs them does. */
struct erased {
	enum person_kind kind;
	int64_t code, at; /* UTC seconds */
};

struct settings {
	const char *tenant;
	const char *school;                /* its name, for people */
	enum wording_lang language;        /* of what people are sent */
	const struct tz *zone;
	const struct planning_port *ypareo;
	const struct env_settings *environments;
	unsigned environment_count;
	bool shadow;                       /* runs only look on: they say where they agree with what is there (shadow.h) */

	enum email_choice email;
	bool want_pending, want_validated; /* session_states */
	struct texts training_states;      /* names kept; none: all */
	bool remote_only;
	int days_ahead, days_back;

	enum drift_rule drift;
	enum grouping grouping;
	bool tutors;
	bool credentials_learners, credentials_instructors;
	int64_t default_instructor;        /* codePersonnel; 0 none */
	int64_t reason_unjustified, reason_justified, reason_late;
	const struct reason_map *reasons;
	unsigned reason_count;
	bool send_reasons;
	bool instructor_attendance;
	enum instructor_rule instructor_unsigned;
	enum unsigned_rule unsigned_sheet;
	bool tutor_reports;
	bool can_mail;                     /* there is a mail server */

	unsigned delete_percent, delete_count, up_percent;
	struct items erased;               /* struct erased */
	unsigned keep_days[KEEP_COUNT];    /* how long what is remembered is kept */
	uint32_t settle_ms;
	unsigned tries;                    /* of a request that nothing came of; 0: by policy (retry.h) */
	unsigned width;                    /* writes under way at once in an environment; 0: 4 */
};

static inline bool settings_erased(const struct settings *s, enum person_kind kind, int64_t code)
{
	const struct erased *e = s->erased.v;
	for (size_t i = 0; i < s->erased.n; i++)
		if (e[i].kind == kind && e[i].code == code)
			return true;
	return false;
}

#endif
