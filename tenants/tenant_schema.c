#include "tenants/tenant_schema.h"

#include "core/sync/wording.h"

#define CODE_MAX INT64_C(999999999999)

/* In the order of enum email_choice, enum grouping, enum instructor_rule, enum unsigned_rule. */
static const char *const emails[] = {"pro", "normal", "pro, else normal", "normal, else pro", NULL};
static const char *const groupings[] = {"none", "group", "class", "training", NULL};
static const char *const instructor_rules[] = {"absent", "unknown", NULL};
static const char *const sheet_rules[] = {"issue", "absent", NULL};

static const char *const states[] = {"validated", "pending", NULL};
static const char *const modes[] = {"live", "shadow", NULL};
static const char *const drifts[] = {"report", "repair", NULL};
static const char *const apis[] = {"v1", "v3", "auto", NULL};

/* ---- an account at a vendor ---- */

#define AT(member) .offset = offsetof(struct raw_upstream, member)
#define ACCOUNT(url_expect)                                                                                          \
	{.key = "url",                                                                                               \
	 .type = SCHEMA_TEXT,                                                                                        \
	 .flags = SCHEMA_REQUIRED,                                                                                   \
	 AT(url),                                                                                                    \
	 .expect = url_expect,                                                                                       \
	 .doc = "address; https, plain http for loopback addresses only"},                                           \
	        {.key = "token_file",                                                                                \
	         .type = SCHEMA_TEXT,                                                                                \
	         AT(token_file),                                                                                     \
	         .expect = "the name of a file that holds the token",                                                \
	         .doc = "file that holds the token, readable by its owner alone"},                                   \
	        {.key = "token_env",                                                                                 \
	         .type = SCHEMA_TEXT,                                                                                \
	         AT(token_env),                                                                                      \
	         .expect = "the name of an environment variable",                                                    \
	         .doc = "environment variable that holds the token, instead of token_file"},                         \
	        {.key = "ca_file",                                                                                   \
	         .type = SCHEMA_TEXT,                                                                                \
	         .flags = SCHEMA_NULL,                                                                               \
	         AT(ca_file),                                                                                        \
	         .expect = "null or the name of a PEM file",                                                         \
	         .doc = "certificates to trust instead of the system's"},                                            \
	{                                                                                                            \
		.key = "endpoints", .type = SCHEMA_TEXT_MAP, AT(endpoints),                                          \
		.expect = "an object such as {\"absence_create\": \"POST /r/v1/absences\"}",                         \
		.doc = "the school's own spelling of single calls"                                                   \
	}

static const struct schema_field ypareo_fields[] = {
        ACCOUNT("an address such as \"https://cfa.ymag.cloud/index.php\""),
        {.key = "email",
         .type = SCHEMA_ENUM,
         AT(email),
         .words = emails,
         .doc = "which of a learner's two e-mail addresses"},
        {.key = "session_states",
         .type = SCHEMA_SET,
         AT(session_states),
         .words = states,
         .number = RAW_VALIDATED,
         .doc = "sessions that become sheets"},
        {.key = "training_states",
         .type = SCHEMA_TEXTS,
         AT(training_states),
         .expect = "a list of names of states",
         .doc = "states of training actions that are kept; empty: all"},
        {.key = "remote_only", .type = SCHEMA_BOOL, AT(remote_only), .doc = "only sessions that are held remotely"},
};
static const struct schema ypareo_schema = {sizeof(struct raw_upstream), offsetof(struct raw_upstream, at),
                                            FIELDS(ypareo_fields)};

static const struct schema_field edusign_fields[] = {
        ACCOUNT("an address such as \"https://ext.edusign.fr/v1\""),
        {.key = "api",
         .type = SCHEMA_ENUM,
         .flags = SCHEMA_LATER,
         AT(api),
         .words = apis,
         .doc = "version of the vendor's interface"},
        {.key = "webhook_secret_file",
         .type = SCHEMA_TEXT,
         .flags = SCHEMA_NULL,
         AT(webhook_secret_file),
         .expect = "null or the name of a file that holds the secret",
         .doc = "file that holds the secret of this account's webhooks, readable by its owner alone"},
};
static const struct schema edusign_schema = {sizeof(struct raw_upstream), offsetof(struct raw_upstream, at),
                                             FIELDS(edusign_fields)};
#undef AT

#define AT(member) .offset = offsetof(struct raw_environment, member)
static const struct schema_field environment_fields[] = {
        {.key = "structure_id",
         .type = SCHEMA_INT,
         .flags = SCHEMA_NULL,
         AT(structure_id),
         .min = 1,
         .max = CODE_MAX,
         .doc = "the site's code in Yparéo"},
        {.key = "location",
         .type = SCHEMA_TEXT,
         .flags = SCHEMA_NULL,
         AT(location),
         .min = 1,
         .max = 100,
         .doc = "the site's name in Yparéo"},
        {.key = "edusign",
         .type = SCHEMA_OBJECT,
         .flags = SCHEMA_REQUIRED,
         AT(edusign),
         .sub = &edusign_schema,
         .doc = "the Edusign account of this environment"},
};
static const struct schema environment_schema = {sizeof(struct raw_environment), offsetof(struct raw_environment, at),
                                                 FIELDS(environment_fields)};
#undef AT

/* ---- choices ---- */

#define AT(member) .offset = offsetof(struct raw_schedule, member)
static const struct schema_field schedule_fields[] = {
        {.key = "down",
         .type = SCHEMA_TIMES,
         AT(down),
         .text = "12:00 22:00",
         .doc = "when planning goes to Edusign, school time"},
        {.key = "up",
         .type = SCHEMA_TIMES,
         AT(up),
         .text = "22:00",
         .doc = "when attendance goes to Yparéo, school time"},
        {.key = "days_ahead",
         .type = SCHEMA_INT,
         AT(days_ahead),
         .min = 1,
         .max = 60,
         .number = 7,
         .doc = "days of planning, from today"},
        {.key = "days_back",
         .type = SCHEMA_INT,
         AT(days_back),
         .min = 1,
         .max = 86,
         .number = 7,
         .doc = "days of attendance that are looked through"},
        {.key = "spread_minutes",
         .type = SCHEMA_INT,
         AT(spread_minutes),
         .min = 0,
         .max = 240,
         .number = 10,
         .doc = "schools start within so many minutes of the time"},
};
static const struct schema schedule_schema = {sizeof(struct raw_schedule), offsetof(struct raw_schedule, at),
                                              FIELDS(schedule_fields)};
#undef AT

#define AT(member) .offset = offsetof(struct raw_credentials, member)
static const struct schema_field credentials_fields[] = {
        {.key = "learners", .type = SCHEMA_BOOL, AT(learners), .doc = "Edusign mails a new learner the credentials"},
        {.key = "instructors",
         .type = SCHEMA_BOOL,
         AT(instructors),
         .doc = "Edusign mails a new instructor the credentials"},
};
static const struct schema credentials_schema = {sizeof(struct raw_credentials), offsetof(struct raw_credentials, at),
                                                 FIELDS(credentials_fields)};
#undef AT

#define AT(member) .offset = offsetof(struct raw_reasons, member)
static const struct schema_field reasons_fields[] = {
        {.key = "unjustified",
         .type = SCHEMA_INT,
         AT(unjustified),
         .min = 1,
         .max = CODE_MAX,
         .number = 1,
         .doc = "codeMotifAbsence"},
        {.key = "justified",
         .type = SCHEMA_INT,
         AT(justified),
         .min = 1,
         .max = CODE_MAX,
         .number = 2,
         .doc = "codeMotifAbsence"},
        {.key = "late",
         .type = SCHEMA_INT,
         AT(late),
         .min = 1,
         .max = CODE_MAX,
         .number = 3,
         .doc = "codeMotifAbsence"},
        {.key = "map",
         .type = SCHEMA_INT_MAP,
         AT(map),
         .min = 1,
         .max = CODE_MAX,
         .doc = "codeMotifAbsence of Edusign's reasons, by their id or name"},
};
static const struct schema reasons_schema = {sizeof(struct raw_reasons), offsetof(struct raw_reasons, at),
                                             FIELDS(reasons_fields)};
#undef AT

#define AT(member) .offset = offsetof(struct raw_options, member)
static const struct schema_field options_fields[] = {
        {.key = "grouping",
         .type = SCHEMA_ENUM,
         AT(grouping),
         .words = groupings,
         .doc = "learners in groups by group, class (training and year) or training"},
        {.key = "tutors",
         .type = SCHEMA_BOOL,
         AT(tutors),
         .doc = "the apprenticeship tutor of the current contract follows the learner, as an external contact"},
        {.key = "send_credentials",
         .type = SCHEMA_OBJECT,
         AT(credentials),
         .sub = &credentials_schema,
         .doc = "credentials to new people"},
        {.key = "absence_reasons",
         .type = SCHEMA_OBJECT,
         AT(reasons),
         .sub = &reasons_schema,
         .doc = "reasons of the absences sent"},
        {.key = "send_reasons",
         .type = SCHEMA_BOOL,
         AT(send_reasons),
         .doc = "the mapped reason instead of the plain justified one"},
        {.key = "instructor_attendance",
         .type = SCHEMA_BOOL,
         AT(instructor_attendance),
         .number = 1,
         .doc = "instructors' attendance, for payroll"},
        {.key = "instructor_unsigned",
         .type = SCHEMA_ENUM,
         AT(instructor_unsigned),
         .words = instructor_rules,
         .doc = "an instructor who did not sign"},
        {.key = "unsigned_sheet",
         .type = SCHEMA_ENUM,
         AT(unsigned_sheet),
         .words = sheet_rules,
         .doc = "a locked sheet that nobody signed"},
        {.key = "tutor_reports",
         .type = SCHEMA_BOOL,
         AT(tutor_reports),
         .doc = "absence reports to tutors by e-mail"},
        {.key = "default_instructor",
         .type = SCHEMA_INT,
         .flags = SCHEMA_NULL,
         AT(default_instructor),
         .min = 1,
         .max = CODE_MAX,
         .doc = "codePersonnel for sessions that have no instructor"},
};
static const struct schema options_schema = {sizeof(struct raw_options), offsetof(struct raw_options, at),
                                             FIELDS(options_fields)};
#undef AT

#define AT(member) .offset = offsetof(struct raw_guard, member)
static const struct schema_field guard_fields[] = {
        {.key = "delete_percent",
         .type = SCHEMA_INT,
         AT(delete_percent),
         .min = 0,
         .max = 100,
         .number = 10,
         .doc = "removals in 24 hours beyond this share of the sheets are held"},
        {.key = "delete_count",
         .type = SCHEMA_INT,
         AT(delete_count),
         .min = 0,
         .max = 1000000,
         .number = 20,
         .doc = "removals in 24 hours beyond this number are held"},
        {.key = "up_percent",
         .type = SCHEMA_INT,
         AT(up_percent),
         .min = 0,
         .max = 100,
         .number = 80,
         .doc = "absences beyond this share of the rows are held"},
};
static const struct schema guard_schema = {sizeof(struct raw_guard), offsetof(struct raw_guard, at),
                                           FIELDS(guard_fields)};
#undef AT

#define AT(member) .offset = offsetof(struct raw_limits, member)
static const struct schema_field limits_fields[] = {
        {.key = "edusign_per_minute",
         .type = SCHEMA_INT,
         AT(edusign_per_minute),
         .min = 1,
         .max = INT64_MAX,
         .number = 450,
         .doc = "requests in any 60 seconds to one Edusign account"},
        {.key = "ypareo_concurrency",
         .type = SCHEMA_INT,
         AT(ypareo_concurrency),
         .min = 1,
         .max = 64,
         .number = 2,
         .doc = "most requests at once to Yparéo; fewer where it answers later for more"},
        {.key = "settle_seconds",
         .type = SCHEMA_INT,
         AT(settle_seconds),
         .min = 0,
         .max = 3600,
         .number = 60,
         .doc = "how long a write without an answer may still take effect"},
        {.key = "timeout_seconds",
         .type = SCHEMA_INT,
         AT(timeout_seconds),
         .min = 0,
         .max = 3600,
         .number = 0,
         .doc = "how long an answer may take; 0: 60 s, a list of Yparéo 300 s; 120 s without a byte end it in any case"},
        {.key = "tries",
         .type = SCHEMA_INT,
         AT(tries),
         .min = 1,
         .max = 10,
         .number = 4,
         .doc = "how often a request is made that nothing comes of, in all"},
};
static const struct schema limits_schema = {sizeof(struct raw_limits), offsetof(struct raw_limits, at),
                                            FIELDS(limits_fields)};
#undef AT

#define doc_KEEP_WRITES  "the log of what was written"
#define doc_KEEP_HISTORY "the list of runs"
#define doc_KEEP_ANSWERS "answers to held plans"
#define doc_KEEP_ISSUES  "an issue behind its time, when no run closes it"
#define doc_KEEP_GONE    "the mark of a removed sheet, behind the session's end"
#define doc_KEEP_LEDGER  "sheet, absences and attendance of a session, behind its end"
#define X(name, text, days_, least)                                                                                  \
	{.key = #text,                                                                                               \
	 .type = SCHEMA_INT,                                                                                         \
	 .offset = offsetof(struct raw_retention, days[name]),                                                       \
	 .min = least,                                                                                               \
	 .max = 36500,                                                                                               \
	 .number = days_,                                                                                            \
	 .doc = doc_##name},
static const struct schema_field retention_fields[] = {RECORD_KEEPS(X)};
#undef X
static const struct schema retention_schema = {sizeof(struct raw_retention), offsetof(struct raw_retention, at),
                                               FIELDS(retention_fields)};

/* ---- the file ---- */

/* In the order of enum wording_lang. */
static const char *const languages[] = {"en", "fr", NULL};

#define AT(member) .offset = offsetof(struct raw_tenant, member)
static const struct schema_field tenant_fields[] = {
        {.key = "name", .type = SCHEMA_TEXT, AT(name), .min = 1, .max = 200, .doc = "the school's name, for people"},
        {.key = "language",
         .type = SCHEMA_ENUM,
         AT(language),
         .words = languages,
         .number = WORDING_FR,
         .doc = "language of what people of the school are sent"},
        {.key = "timezone",
         .type = SCHEMA_TEXT,
         .flags = SCHEMA_REQUIRED,
         AT(timezone),
         .expect = "an IANA time zone name such as \"Europe/Paris\"",
         .doc = "the school's time zone"},
        {.key = "paused", .type = SCHEMA_BOOL, AT(paused), .doc = "nothing runs by schedule"},
        {.key = "ypareo",
         .type = SCHEMA_OBJECT,
         .flags = SCHEMA_REQUIRED,
         AT(ypareo),
         .sub = &ypareo_schema,
         .doc = "the side that plans"},
        {.key = "environments",
         .type = SCHEMA_LIST,
         .flags = SCHEMA_REQUIRED,
         AT(environments),
         .sub = &environment_schema,
         .min = 1,
         .max = 200,
         .doc = "the side where attendance is signed, one Edusign account each"},
        {.key = "schedule",
         .type = SCHEMA_OBJECT,
         AT(schedule),
         .sub = &schedule_schema,
         .doc = "when, and how many days"},
        {.key = "options", .type = SCHEMA_OBJECT, AT(options), .sub = &options_schema, .doc = "the school's choices"},
        {.key = "guard",
         .type = SCHEMA_OBJECT,
         AT(guard),
         .sub = &guard_schema,
         .doc = "how much change is believed without being asked"},
        {.key = "limits",
         .type = SCHEMA_OBJECT,
         AT(limits),
         .sub = &limits_schema,
         .doc = "bounds towards the vendors"},
        {.key = "mode",
         .type = SCHEMA_ENUM,
         AT(mode),
         .words = modes,
         .doc = "write, or only look on and say where that agrees with what is there"},
        {.key = "drift",
         .type = SCHEMA_ENUM,
         AT(drift),
         .words = drifts,
         .doc = "what people change in Edusign of what is passerelle's is told, or undone"},
        {.key = "realtime",
         .type = SCHEMA_BOOL,
         AT(realtime),
         .doc = "attendance goes up as soon as Edusign's webhooks say that a sheet was locked or changed"},
        {.key = "notify", .type = SCHEMA_OBJECT, .flags = SCHEMA_NULL, AT(notify), .sub = &notify_school_schema, .doc = "who of the school is told of trouble, and how"},
        {.key = "retention",
         .type = SCHEMA_OBJECT,
         AT(retention),
         .sub = &retention_schema,
         .doc = "how long what is remembered is kept, in days"},
};
const struct schema tenant_schema = {sizeof(struct raw_tenant), offsetof(struct raw_tenant, at),
                                     FIELDS(tenant_fields)};
