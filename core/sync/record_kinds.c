#include "core/sync/held.h"
#include "core/sync/records.h"

#define DAY_SECONDS INT64_C(86400)

/* The table of all kinds. A new table of the store gets a row here: of whom it speaks, and how long it is kept. */

/* ---- words ---- */

#define WORD(name, enumeration, count, of)                                                                           \
	static const char *name(int64_t v)                                                                           \
	{                                                                                                            \
		return v >= 0 && v < (count) ? of((enum enumeration)v) : "?";                                        \
	}
WORD(word_person, person_kind, PERSON_KIND_COUNT, person_kind_name)
WORD(word_absence, absence_kind, ABSENCE_KIND_COUNT, absence_kind_name)
WORD(word_intent, intent_kind, INTENT_KIND_COUNT, intent_kind_name)
WORD(word_flow, flow_kind, FLOW_KIND_COUNT, flow_kind_name)
WORD(word_deed, deed_kind, DEED_KIND_COUNT, deed_kind_name)
WORD(word_answer, held_answer, HELD_ANSWER_COUNT, held_answer_name)

/* ---- the layouts ---- */

#define END {NULL, PART_INT, ROLE_NONE, 0, NULL}
#define F(name, type, role) {name, PART_##type, ROLE_##role, 0, NULL}
#define W(name, type, role, word) {name, PART_##type, ROLE_##role, 0, word}
#define EACH(name, parts) {name, PART_EACH, ROLE_NONE, parts, NULL}
typedef const struct record_field layout[];

static layout name_key = {F("name", TEXT, NONE), END};
static layout person_key = {W("person", U8, KIND, word_person), F("code", INT, CODE), END};
static layout person_value = {F("id", TEXT, PERSONAL), F("fingerprint", HASH, NONE), F("email", TEXT, PERSONAL), F("first", TEXT, PERSONAL),
                              F("last", TEXT, PERSONAL), F("shared", BOOL, NONE), F("created", BOOL, NONE), F("at", TIME, NONE), F("follower", TEXT, MENTION),
                              F("follower_found", BOOL, NONE), END};

static layout session_key = {F("session", INT, NONE), END};
static layout sheet_value = {F("id", TEXT, NONE), F("fingerprint", HASH, NONE), F("start", TIME, NONE), F("end", TIME, NONE), F("name", TEXT, NONE),
                             F("room", TEXT, NONE), F("groups", INTS, NONE), F("learners", INTS, LEARNER), F("instructors", INTS, INSTRUCTOR),
                             F("created_at", TIME, NONE), F("updated_at", TIME, NONE), F("gone", BOOL, NONE), F("grouping", TEXT, NONE), END};

static layout seq_key = {F("seq", INT, NONE), END};
static layout intent_value = {W("intent", INT, NONE, word_intent), F("sent_at_ms", INT, NONE), F("run", TEXT, NONE), F("code", INT, NONE),
                              F("code2", INT, NONE), W("person", INT, NONE, word_person), F("id", TEXT, PERSONAL), F("payload", TEXT, PERSONAL), END};

static layout absence_key = {F("session", INT, NONE), F("learner", INT, LEARNER), W("absence", U8, NONE, word_absence), F("from_minute", INT, NONE), END};
static layout absence_value = {F("code", INT, NONE), F("written_code", INT, NONE), F("written_learner", INT, LEARNER), F("group", INT, NONE),
                               F("first", DAY, NONE), F("last", DAY, NONE), F("start_minute", INT, NONE), F("end_minute", INT, NONE),
                               F("minutes", INT, NONE), F("late", BOOL, NONE), F("reason", INT, NONE), F("justified", BOOL, NONE),
                               F("taken_over", BOOL, NONE), F("at", TIME, NONE), F("unsure", BOOL, NONE), END};

static layout payroll_key = {F("session", INT, NONE), F("instructor", INT, INSTRUCTOR), END};
static layout payroll_value = {F("present", BOOL, NONE), F("minutes", INT, NONE), F("reason", INT, NONE), F("at", TIME, NONE), END};

static layout issue_key = {W("flow", U8, NONE, word_flow), F("key_record", TEXT, NONE), F("key_field", TEXT, NONE), END};
static layout issue_value = {F("record", TEXT, RECORD), F("field", TEXT, NONE), F("problem", TEXT, MENTION), F("fix", TEXT, MENTION),
                             F("since", TIME, NONE), F("until", TIME, NONE), END};

static layout run_key = {F("key_started", TIME, NONE), F("key_id", TEXT, NONE), END};
static layout run_value = {F("id", TEXT, NONE), W("flow", INT, NONE, word_flow), F("result", INT, NONE), F("started", TIME, NONE), F("ended", TIME, NONE),
                           EACH("counts", 4), F("created", INT, NONE), F("updated", INT, NONE), F("deleted", INT, NONE), F("unchanged", INT, NONE),
                           F("issues", INT, NONE), F("error", TEXT, MENTION), F("plan", TEXT, NONE), F("by", TEXT, NONE), END};

static layout write_value = {F("at", TIME, NONE), F("run", TEXT, NONE), F("action", TEXT, NONE), F("record", TEXT, RECORD), F("reason", TEXT, MENTION),
                             F("answer", TEXT, MENTION), END};

static layout seen_value = {F("fingerprint", HASH, NONE), F("locked_start", TIME, NONE), F("settled", BOOL, NONE), F("unlocked_after", BOOL, NONE), END};

static layout removal_key = {F("at", TIME, NONE), F("seq", INT, NONE), END};
static layout removal_value = {F("what", INT, NONE), END};

/* Behind the flow: nothing, or a one and the plan's id. */
static layout plan_key = {W("flow", U8, NONE, word_flow), F("answered", U8, NONE), F("key_id", TEXT, NONE), END};
static layout plan_value = {F("id", TEXT, NONE), F("since", TIME, NONE), F("why_held", TEXT, MENTION), W("answer", INT, NONE, word_answer), F("at", TIME, NONE),
                            F("by", TEXT, NONE), F("why", TEXT, MENTION), EACH("changes", 5), F("change", INT, NONE), F("action", INT, NONE),
                            F("record", TEXT, RECORD), F("reason", TEXT, MENTION), F("fields", TEXTS, NONE), END};

static layout answer_key = {F("key_at", TIME, NONE), F("key_plan", TEXT, NONE), F("key_answer", U8, NONE), END};
static layout answer_value = {F("at", TIME, NONE), F("plan", TEXT, NONE), W("flow", INT, NONE, word_flow), W("answer", INT, NONE, word_answer),
                              F("by", TEXT, NONE), F("why", TEXT, MENTION), F("why_held", TEXT, MENTION), F("count", INT, NONE), END};

static layout deed_key = {F("key_at", TIME, NONE), F("key_deed", U8, NONE), END};
static layout deed_value = {F("at", TIME, NONE), W("deed", INT, NONE, word_deed), F("by", TEXT, NONE), F("what", TEXT, NONE), END};

static layout group_value = {F("code", TEXT, NONE), F("id", TEXT, NONE), F("fingerprint", HASH, NONE), F("group", TEXT, NONE), F("mixed", BOOL, NONE),
                             F("at", TIME, NONE), END};

static layout letter_key = {F("next_at", TIME, NONE), F("seq", INT, NONE), END};
static layout letter_value = {F("letter", INT, NONE), F("leaving", BOOL, NONE), F("queued_at", TIME, NONE), F("tries", INT, NONE), F("to", TEXT, MENTION),
                              F("to_name", TEXT, NONE), F("from_name", TEXT, NONE), F("subject", TEXT, MENTION), F("text", TEXT, MENTION),
                              F("html", TEXT, MENTION), F("record", TEXT, RECORD), F("about", TEXT, MENTION), END};

static layout absent_key = {F("day", DAY, NONE), F("learner", INT, LEARNER), F("session", INT, NONE), F("start", INT, NONE), END};
static layout absent_value = {F("end", INT, NONE), F("subject", TEXT, NONE), END};

/* Kind 0 is a sheet, those behind it the model's; 255 is what is known of the checks themselves: two times. */
static layout drift_key = {F("of", U8, KIND_BEHIND_SHEET), F("code", INT, CODE), END};
static layout drift_value = {F("fields", INT, NONE), F("at", TIME, NONE), F("until", TIME, NONE), F("repairs", INT, NONE), F("who", TEXT, CODES),
                             F("why", TEXT, NONE), END};

static layout shadow_key = {F("at", TIME, NONE), W("flow", U8, NONE, word_flow), END};
static layout shadow_value = {F("first", DAY, NONE), F("last", DAY, NONE), EACH("counts", 1), F("count", INT, NONE), F("left_out", INT, NONE),
                              EACH("findings", 4), F("verdict", INT, NONE), F("record", TEXT, RECORD), F("fields", TEXT, NONE), F("detail", TEXT, MENTION),
                              END};

/* What a reading of Yparéo leaves for the next (kept.h). */
static layout no_key = {END};
static layout reading_value = {F("proven_at", TIME, NONE), F("not_before", TIME, NONE), F("days", INT, NONE), F("cut_at", TIME, NONE),
                               F("sampled", INT, NONE), F("covered", INTS, NONE), F("quiet", INTS, NONE), F("quiet_at", INTS, NONE), END};
static layout lists_value = {F("rooms_at", TIME, NONE), F("people_at", TIME, NONE), F("address", TEXT, NONE), F("periods", INTS, NONE),
                             F("choice", INT, NONE), F("everybody", BOOL, NONE), F("trainings_read", BOOL, NONE), F("companies_read", BOOL, NONE),
                             F("pro_emails_read", BOOL, NONE), EACH("rooms", 2), F("room", INT, NONE), F("room_name", TEXT, NONE),
                             EACH("trainings", 2), F("training", INT, NONE), F("training_name", TEXT, NONE), END};
static layout learner_key = {F("learner", INT, LEARNER), END};
static layout learner_value = {F("last", TEXT, PERSONAL), F("first", TEXT, PERSONAL), F("email", TEXT, PERSONAL), F("email_pro", TEXT, PERSONAL),
                               F("phone", TEXT, PERSONAL), F("group", INT, NONE), F("training", TEXT, PERSONAL), F("site", TEXT, NONE),
                               F("site_code", INT, NONE), F("company", TEXT, PERSONAL), END};

/* ---- the table ---- */

/* Whose intent it is depends on what it was to write. */
static bool intent_speaks(const struct record *r, const struct subject *who)
{
	const struct record_kind *k = record_kind_of(r->key);
	int64_t kind = record_int(k, r, "intent"), code = record_int(k, r, "code"), code2 = record_int(k, r, "code2");
	switch (kind) {
	case INTENT_PERSON_CREATE:
	case INTENT_PERSON_UPDATE:
	case INTENT_PERSON_RESTORE:
	case INTENT_FOLLOWER_PUT:
		return record_int(k, r, "person") == (int64_t)who->kind && code == who->code;
	case INTENT_ROSTER_ADD:
	case INTENT_ROSTER_REMOVE:
	case INTENT_ABSENCE_CREATE:
	case INTENT_ABSENCE_UPDATE:
	case INTENT_ABSENCE_DELETE:
		return who->kind == PERSON_LEARNER && code2 == who->code;
	case INTENT_PAYROLL_PUT:
		return who->kind == PERSON_INSTRUCTOR && code2 == who->code;
	default:
		return false;
	}
}

static enum record_keep keep_write(const struct record *r, int64_t *since)
{
	*since = record_int(record_kind_of(r->key), r, "at");
	return KEEP_WRITES;
}

static enum record_keep keep_answer(const struct record *r, int64_t *since)
{
	*since = record_int(record_kind_of(r->key), r, "at");
	return KEEP_ANSWERS;
}

static enum record_keep keep_run(const struct record *r, int64_t *since)
{
	*since = record_int(record_kind_of(r->key), r, "ended");
	return KEEP_HISTORY;
}

/* An issue that is open has no time, or one that is still to come. */
static enum record_keep keep_issue(const struct record *r, int64_t *since)
{
	*since = record_int(record_kind_of(r->key), r, "until");
	return *since ? KEEP_ISSUES : KEEP_ALWAYS;
}

static enum record_keep keep_sheet(const struct record *r, int64_t *since)
{
	const struct record_kind *k = record_kind_of(r->key);
	*since = record_int(k, r, "end");
	return !*since ? KEEP_ALWAYS : record_int(k, r, "gone") ? KEEP_GONE : KEEP_LEDGER;
}

static enum record_keep keep_absence(const struct record *r, int64_t *since)
{
	*since = record_int(record_kind_of(r->key), r, "last") * DAY_SECONDS;
	return *since ? KEEP_LEDGER : KEEP_ALWAYS;
}

static enum record_keep keep_payroll(const struct record *r, int64_t *since)
{
	*since = record_int(record_kind_of(r->key), r, "at");
	return *since ? KEEP_LEDGER : KEEP_ALWAYS;
}

static enum record_keep keep_seen(const struct record *r, int64_t *since)
{
	*since = record_int(record_kind_of(r->key), r, "locked_start");
	return *since ? KEEP_LEDGER : KEEP_ALWAYS;
}

const struct record_kind record_kinds[] = {
        {TABLE_META, "meta", name_key, NULL, NULL, NULL, false},
        {TABLE_PERSON, "binding", person_key, person_value, NULL, NULL, false},
        {TABLE_SHEET, "sheet", session_key, sheet_value, NULL, keep_sheet, false},
        {TABLE_INTENT, "intent", seq_key, intent_value, intent_speaks, NULL, false},
        {TABLE_ABSENCE, "absence", absence_key, absence_value, NULL, keep_absence, false},
        {TABLE_PAYROLL, "payroll", payroll_key, payroll_value, NULL, keep_payroll, false},
        {TABLE_ISSUE, "issue", issue_key, issue_value, NULL, keep_issue, false},
        {TABLE_RUN, "run", run_key, run_value, NULL, keep_run, false},
        {TABLE_WRITE, "write", seq_key, write_value, NULL, keep_write, false},
        {TABLE_SEEN, "seen", name_key, seen_value, NULL, keep_seen, false},
        {TABLE_REMOVAL, "guarded", removal_key, removal_value, NULL, NULL, false},
        {TABLE_PLAN, "plan", plan_key, plan_value, NULL, NULL, false},
        {TABLE_ANSWER, "answer", answer_key, answer_value, NULL, keep_answer, false},
        {TABLE_DEED, "deed", deed_key, deed_value, NULL, keep_answer, false},
        {TABLE_GROUP, "group", name_key, group_value, NULL, NULL, false},
        {TABLE_LETTER, "letter", letter_key, letter_value, NULL, NULL, true},
        {TABLE_ABSENT, "absent", absent_key, absent_value, NULL, NULL, false},
        {TABLE_DRIFT, "drift", drift_key, drift_value, NULL, NULL, false},
        {TABLE_SHADOW, "shadow", shadow_key, shadow_value, NULL, NULL, false},
        {TABLE_READING, "reading", no_key, reading_value, NULL, NULL, false},
        {TABLE_LISTS, "lists", no_key, lists_value, NULL, NULL, false},
        {TABLE_LEARNER, "listed", learner_key, learner_value, NULL, NULL, false},
};
const size_t record_kind_count = sizeof(record_kinds) / sizeof(record_kinds[0]);

const struct record_kind *record_kind_of(struct str key)
{
	for (size_t i = 0; i < record_kind_count && key.n; i++)
		if ((uint8_t)key.p[0] == record_kinds[i].table)
			return &record_kinds[i];
	return NULL;
}
