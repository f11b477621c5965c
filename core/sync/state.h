#ifndef CORE_SYNC_STATE_H
#define CORE_SYNC_STATE_H

/*
 * What is remembered of one environment, between runs: bindings of people and sheets, the ledger of absences, issues, intents,
 * history. Loaded whole into the run's arena at the start of a run (a pool job), changed through the journal's commits only
 * (core/sync/journal.h). It is a memory, not a master: lost or old, it is rebuilt by reading Edusign.
 *
 * Store layout (core/data/store.h; each key begins with its table's byte, each value with its version, core/data/pack.h):
 */

#include "core/data/pack.h"
#include "core/data/store.h"
#include "core/sync/model.h"
#include "core/sync/report.h"

#define STATE_TABLES(X) \
	X(TABLE_META, 1, "meta")             /* name -> value */ \
	X(TABLE_PERSON, 2, "person")         /* kind, code -> struct binding */ \
	X(TABLE_SHEET, 3, "sheet")           /* session code -> struct sheet_memory */ \
	X(TABLE_INTENT, 4, "intent")         /* seq -> struct intent */ \
	X(TABLE_ABSENCE, 5, "absence")       /* session, learner, kind -> struct ledger_row */ \
	X(TABLE_PAYROLL, 6, "payroll")       /* session, instructor -> struct payroll_memory */ \
	X(TABLE_ISSUE, 7, "issue")           /* flow, record, field -> struct issue */ \
	X(TABLE_RUN, 8, "run")               /* start, id -> summary */ \
	X(TABLE_WRITE, 9, "write")           /* run start, seq -> one line of what was written, why, answered */ \
	X(TABLE_SEEN, 10, "seen")            /* sheet id -> fingerprint of the attendance last handled */ \
	X(TABLE_REMOVAL, 11, "removal")      /* time, seq -> enum guarded: the guard counts 24 hours */ \
	X(TABLE_PLAN, 12, "plan")            /* flow -> the held plan (held.h) */ \
	X(TABLE_ANSWER, 13, "answer")        /* time, plan -> who answered what (held.h) */ \
	X(TABLE_DEED, 14, "deed")            /* time, kind -> struct deed */ \
	X(TABLE_LETTER, 32, "letter")        /* due, seq -> struct letter (outbox.h) */ \
	X(TABLE_ABSENT, 31, "absent")        /* day, learner, session, start -> what a tutor is to be told of (tell.h) */ \
	X(TABLE_GROUP, 20, "group")          /* code, as text -> struct group_memory */ \
	X(TABLE_DRIFT, 30, "drift")          /* kind, code -> struct drift (drift.h); codes of people only */ \
	X(TABLE_SHADOW, 40, "shadow")        /* time, flow -> struct shadow_report (shadow.h) */ \
	X(TABLE_READING, 45, "reading")      /* how Yparéo is best asked for its planning (kept.h); first environment only */ \
	X(TABLE_LISTS, 46, "lists")          /* its lists that are kept for a day, but for people; first environment only */ \
	X(TABLE_LEARNER, 47, "learner")      /* code -> struct learner of such a list */
enum state_table {
#define X(name, number, text) name = number,
	STATE_TABLES(X)
#undef X
};

/* What the guard counts (guard.h). */
enum guarded { GUARDED_REMOVAL, GUARDED_PERSON, GUARDED_START, GUARDED_REPAIR, GUARDED_FOLLOWER, GUARDED_COUNT };

/* A person bound to an account. */
struct binding {
	enum person_kind kind;
	int64_t code;
	struct str id;             /* Edusign's */
	uint8_t fingerprint[32];   /* of what was last sent or seen equal; zero: unknown (adopted) */
	struct str email, first, last; /* last sent or seen, for the guard's counts and for mending */
	bool shared;               /* instructor of several schools: used, never patched */
	bool created;              /* by us (else adopted); a tutor: or bore our code when it was found */
	int64_t at;                /* UTC of the last change */
	struct str follower;       /* of a learner: id of the tutor's account whom we made follow; empty: none */
	bool follower_found;       /* it followed before we came: never taken away */
};

/* A session bound to its sheet. */
struct sheet_memory {
	int64_t session;
	struct str id;
	uint8_t fingerprint[32];
	int64_t start, end;
	struct str name, room;     /* last sent */
	struct ints groups;        /* the session was last known in */
	struct ints learners;      /* codes that we put on it and that are still wanted there */
	struct ints instructors;   /* codes, in order */
	int64_t created_at, updated_at;
	bool gone;                 /* removed by us; kept so that the up flow knows it */
	struct str grouping;       /* the groups that we put on it, as struct want_sheet says them; empty: none */
};

/* A group of learners bound to Edusign's. */
struct group_memory {
	struct str code;           /* its API_ID: "7", "class-12-2", "training-12" */
	struct str id;
	uint8_t fingerprint[32];   /* of what was last sent or seen equal; zero: unknown */
	struct str name;           /* last sent */
	bool mixed;                /* holds people whom we do not know: never put on a sheet */
	int64_t at;
};

enum intent_kind {
	INTENT_PERSON_CREATE, INTENT_PERSON_UPDATE, INTENT_PERSON_RESTORE,
	INTENT_SHEET_CREATE, INTENT_SHEET_UPDATE, INTENT_SHEET_DELETE, INTENT_ROSTER_ADD, INTENT_ROSTER_REMOVE,
	INTENT_ABSENCE_CREATE, INTENT_ABSENCE_UPDATE, INTENT_ABSENCE_DELETE, INTENT_PAYROLL_PUT,
	INTENT_GROUP_CREATE, INTENT_GROUP_UPDATE, /* payload: the group's code */
	INTENT_FOLLOWER_PUT,       /* code: the learner's; payload: id of the tutor's account that is added; empty: none */
	INTENT_KIND_COUNT
};
const char *intent_kind_name(enum intent_kind kind);

/* A write that was about to leave. Present in the store = its outcome is not known to be settled. */
struct intent {
	uint64_t seq;
	enum intent_kind kind;
	int64_t sent_at;           /* UTC ms, when the intent was committed: the request leaves behind it, as soon as its lane lets it */
	struct str run;
	int64_t code;              /* session or person */
	int64_t code2;             /* learner or instructor of a row */
	enum person_kind person;
	struct str id;             /* Edusign's id, where known */
	struct str payload;        /* packed by its owner: what reading back needs (e-mail; an absence's interval, reason, kind) */
};

enum absence_kind { ABSENCE_WHOLE, ABSENCE_LATE, ABSENCE_EARLY, ABSENCE_EXCLUDED, ABSENCE_KIND_COUNT };
const char *absence_kind_name(enum absence_kind kind);

/* One absence we wrote: what, and what it is called there. */
struct ledger_row {
	int64_t session, learner;
	enum absence_kind kind;
	int64_t code;              /* codeAbsence */
	struct absence written;    /* as we last wrote it: day, minutes, reason, late */
	bool justified;
	bool taken_over;           /* a human changed or deleted it: left for good */
	bool unsure;               /* the code is what an answer said, and was not seen in a list yet (up_confirm.c) */
	int64_t at;
};
struct payroll_memory { struct payroll last; int64_t at; };

/* Everything of an environment that a run works with. */
struct env_state {
	struct arena *arena;
	struct str school_id;      /* pinned; empty: first contact */
	struct str ypareo_address;
	bool verified;             /* the store was rebuilt, or made, by reading Edusign to the end */
	bool roster_by_post;       /* false: this Edusign ignored STUDENTS on create; learners are added one by one */
	bool canary_sheet_done, canary_absence_done, canary_payroll_done, canary_follower_done;
	bool durations_kept;       /* this Yparéo keeps the duration that an absence is sent with: another one is a human's doing */
	int64_t first_down_ok;     /* UTC of the first good down run; 0 none: the up flow does not begin before it */
	int64_t last_up_ok;        /* UTC of the start of the last good up run */
	struct str choices;        /* of the school's file that the last good run of this flow went by (choices.h); empty: not known */
	int64_t clock_mark;        /* of the last run */
	uint64_t next_seq;
	struct map *people[PERSON_KIND_COUNT];      /* code -> struct binding */
	struct map *people_by_id[PERSON_KIND_COUNT]; /* id -> struct binding */
	struct map *sheets;        /* session -> struct sheet_memory */
	struct map *sheets_by_id;
	struct map *groups;        /* code -> struct group_memory */
	struct map *groups_by_id;
	struct items intents;      /* struct intent, oldest first */
	struct items ledger;       /* struct ledger_row */
	struct map *payroll;       /* keyed by str "session/instructor" -> struct payroll_memory */
	struct map *seen;          /* sheet id -> struct seen_mark */
	struct items issues;       /* struct issue of this flow, as stored */
	size_t guarded[GUARDED_COUNT]; /* what was done of each kind in the last 24 hours, without having been asked for */
};
/* What was last handled of a sheet. */
struct seen_mark {
	struct str id;
	uint8_t fingerprint[32];   /* of its attendance */
	int64_t locked_start;      /* the sheet's start, UTC */
	bool settled;              /* nothing of it is open */
	bool unlocked_after;       /* followed one by one: unlocked after we sent, until locked again; or a write of it is open */
};

/* Inside a store job: reads it all. flow selects whose issues. */
int state_load(struct store_txn *txn, enum flow_kind flow, struct arena *arena, int64_t now_s, struct env_state *out) MUST_USE;

/* One record each; inside a store job. */
void state_put_binding(struct store_txn *txn, const struct binding *b);
void state_del_binding(struct store_txn *txn, enum person_kind kind, int64_t code);
void state_put_sheet(struct store_txn *txn, const struct sheet_memory *m);
void state_del_sheet(struct store_txn *txn, int64_t session);
void state_put_group(struct store_txn *txn, const struct group_memory *m);
void state_put_intent(struct store_txn *txn, const struct intent *i);
void state_del_intent(struct store_txn *txn, uint64_t seq);
void state_put_ledger(struct store_txn *txn, const struct ledger_row *row);
void state_del_ledger(struct store_txn *txn, const struct ledger_row *row);
void state_put_payroll(struct store_txn *txn, const struct payroll_memory *m);
void state_put_seen(struct store_txn *txn, const struct seen_mark *m);
void state_put_guarded(struct store_txn *txn, enum guarded kind, int64_t at_s, uint64_t seq);
void state_drop_guarded(struct store_txn *txn, int64_t before_s); /* those counted before; some thousand at most, the others next time */
void state_put_issues(struct store_txn *txn, enum flow_kind flow, const struct items *issues); /* replaces the flow's */
#define ISSUES_OF_MAIL FLOW_KIND_COUNT /* a list of its own: what no run states anew (outbox.h) */
void state_put_issue(struct store_txn *txn, unsigned list, const struct issue *i);
void state_put_meta_int(struct store_txn *txn, const char *name, int64_t v);
void state_put_meta_str(struct store_txn *txn, const char *name, struct str v);
#define META_SCHOOL "school"
#define META_ADDRESS "ypareo"
#define META_VERIFIED "verified"
#define META_ROSTER_BY_POST "roster_by_post"
#define META_CANARY_SHEET "canary_sheet"
#define META_CANARY_ABSENCE "canary_absence" /* 1: as sent; 2: as sent but for the duration */
#define META_CANARY_PAYROLL "canary_payroll"
#define META_CANARY_FOLLOWER "canary_follower"
#define META_FIRST_DOWN "first_down_ok"
#define META_LAST_UP "last_up_ok"
#define META_SEQ "next_seq"
#define META_CHOICES "choices"
#define META_CHOICES_UP "choices_up"

/* History. */
struct run_summary {
	struct str id; enum flow_kind flow; enum result result; int64_t started, ended;
	struct counts counts[COUNT_KIND_COUNT]; uint32_t issues; struct str error; struct str plan;
	struct str by; /* who asked for it: "uid 1000", "token alice"; empty: its schedule, or a webhook */
};
struct write_line { int64_t at; struct str run, action, record, reason, answer; };
void state_put_run(struct store_txn *txn, const struct run_summary *s);
void state_put_write(struct store_txn *txn, uint64_t seq, const struct write_line *w);
int state_runs(struct store_txn *txn, struct arena *arena, unsigned most, struct items *out /* struct run_summary, latest first */) MUST_USE;
int state_writes(struct store_txn *txn, struct arena *arena, struct str record /* empty: all */, unsigned most, struct items *out /* struct write_line, latest first */) MUST_USE;
/* Those whose record want() says yes to; it runs on the pool. */
int state_writes_where(struct store_txn *txn, struct arena *arena, bool (*want)(void *arg, struct str record), void *arg, unsigned most,
                       struct items *out) MUST_USE;
int state_writes_of_run(struct store_txn *txn, struct arena *arena, struct str run, unsigned most, struct items *out) MUST_USE;
int state_issues(struct store_txn *txn, struct arena *arena, struct items *out /* struct issue, both flows */) MUST_USE;

/* What people did with a school beside asking for runs, which say it themselves, and answering plans (held.h). In the store of its first environment. */
enum deed_kind { DEED_PAUSE, DEED_RESUME, DEED_REBUILD, DEED_LOG, DEED_FILE, DEED_KIND_COUNT };
const char *deed_kind_name(enum deed_kind kind);
struct deed {
	int64_t at;
	enum deed_kind kind;
	struct str by;   /* "uid 1000", "token alice"; of a file: whose it is */
	struct str what; /* of a file: what changed in it, a line each; else empty, or which environment, or which level */
};
void state_put_deed(struct store_txn *txn, const struct deed *d);
int state_deeds(struct store_txn *txn, struct arena *arena, unsigned most, struct items *out /* struct deed, latest first */) MUST_USE;
/* How many sheets that are ours end after this time. */
unsigned state_sheets_ahead(struct store_txn *txn, int64_t now_s);

/* Appends *item (of size bytes) to a list in the arena, doubling; ERR_LIMIT past the cap. */
int items_add(struct arena *arena, struct items *list, size_t *cap, const void *item, size_t size) MUST_USE;

#endif
