#ifndef CORE_SYNC_SHADOW_H
#define CORE_SYNC_SHADOW_H

/*
 * A school that only looks on ("mode": "shadow"). Nothing is written at either vendor; each run says, sheet by sheet, where what
 * passerelle would do agrees with what stands there, so that a school which still has another connector can decide on evidence.
 *
 *   wanted   what Yparéo plans, by the choices of the school's file
 *   there    what stands in Edusign (down), or in Yparéo's absences (up), whoever put it there
 *   finding  one record, and how the two compare
 *
 * Down: a sheet there is a session's when it bears its code, else when it has its times and agrees in the instructors or in most
 * learners. People there are known by e-mail address, or by code where addresses leave a doubt. Up: what the locked sheets of the
 * last days say of each learner, against the absences that Yparéo holds.
 *
 * The step lists have no row that writes, but for the report in the environment's own store.
 */

#include "core/flow/flow.h"
#include "core/sync/compare.h"

#define SHADOW_VERDICTS(X) \
	X(SHADOW_AGREES, "agrees")   /* there, as wanted */ \
	X(SHADOW_DIFFERS, "differs") /* there, otherwise */ \
	X(SHADOW_MISSING, "missing") /* wanted, and not there */ \
	X(SHADOW_EXTRA, "extra")     /* there, made by a connector, and not wanted */ \
	X(SHADOW_TWICE, "twice")     /* one more of what is there already */
enum shadow_verdict {
#define X(name, text) name,
	SHADOW_VERDICTS(X)
#undef X
	SHADOW_VERDICT_COUNT
};
const char *shadow_verdict_name(enum shadow_verdict v);

struct shadow_finding {
	enum shadow_verdict verdict;
	struct str record; /* "sheet 90210", "attendance 90210/4711" */
	struct str fields; /* of one that differs: "START, STUDENTS" */
	struct str detail; /* one sentence; people appear by code */
};

/* What one run found in one environment. Those that agree are counted alone. */
struct shadow_report {
	enum flow_kind flow;
	int64_t at;          /* UTC of the run */
	int32_t first, last; /* days it looked at */
	uint32_t counts[SHADOW_VERDICT_COUNT];
	struct items findings; /* struct shadow_finding */
	uint32_t left_out;     /* beyond SHADOW_FINDINGS */
};
#define SHADOW_FINDINGS 500
#define SHADOW_DAYS     31 /* reports are kept so long */

/* One environment of one run. */
struct shadow_env {
	/* set by the engine */
	const struct settings *settings;
	const struct env_settings *env;
	const struct snapshot *snap; /* the days to look at, people included */
	struct env_report *report;
	struct arena *report_arena;
	enum flow_kind flow;
	int64_t now;
	struct fault preset; /* the engine already knows that this environment cannot run */
	/* the run's own */
	struct env_state state;
	struct issues *issues;
	struct comparison cmp;
	struct shadow_report found;
	size_t findings_cap;
	unsigned page;
	struct items page_people, page_sheets;
	struct map *codes[PERSON_KIND_COUNT];  /* account id -> boxed Yparéo code */
	struct map *emails[PERSON_KIND_COUNT]; /* folded address -> struct shadow_mailbox */
	struct items sheets;                   /* struct shadow_sheet */
	size_t sheets_cap;
	struct map *by_code, *by_start; /* -> struct shadow_sheet, chained */
	size_t next;
	struct items absences, reasons;
	struct map *absences_of; /* learner -> struct shadow_absences */
};

extern const struct step shadow_down_list[], shadow_up_list[]; /* state: struct shadow_env */

/* Inside a store job. */
void shadow_put(struct store_txn *txn, const struct shadow_report *r);
/* The reports of the last SHADOW_DAYS days, latest first. */
int shadow_list(struct store_txn *txn, struct arena *arena, struct items *out /* struct shadow_report */) MUST_USE;

/* ---- shadow_match.c: which sheet is whose, and how the two compare; pure ---- */

/* A sheet there, its people by Yparéo's codes. */
struct shadow_sheet {
	struct str id, api_id, name, room;
	int64_t start, end;
	struct ints instructors, learners; /* sorted */
	size_t strangers;                  /* on it whom Yparéo does not list */
	bool locked, evidence;             /* evidence: somebody signed */
	struct items rows;                 /* struct row */
	int64_t api_code;                  /* of api_id; 0: it is no code */
	bool taken;                        /* a session's already */
	struct shadow_sheet *same_code, *same_start;
};

/* ERR_LIMIT. Accounts of one list of people. */
int shadow_know_people(struct shadow_env *s) MUST_USE; /* from the snapshot: who has which address */
int shadow_know_account(struct shadow_env *s, enum person_kind kind, const struct account *a) MUST_USE;
int shadow_add_sheet(struct shadow_env *s, const struct sheet *sheet) MUST_USE;
/* The sheet of a session, which is taken then; NULL: none. learners, instructors: those wanted on it. */
struct shadow_sheet *shadow_take(struct shadow_env *s, const struct session *session, const struct ints *instructors,
                                 const struct ints *learners);
/* One wanted sheet against what is there. */
int shadow_judge(struct shadow_env *s, const struct want_sheet *w) MUST_USE;
/* What nothing wanted was found for. */
int shadow_judge_rest(struct shadow_env *s) MUST_USE;
/* One locked sheet of a session against the absences there. */
int shadow_judge_lines(struct shadow_env *s, const struct session *session, const struct shadow_sheet *sheet) MUST_USE;
int shadow_add_finding(struct shadow_env *s, enum shadow_verdict v, struct str record, struct str fields, const char *fmt, ...)
	PRINTF_LIKE(5, 6) MUST_USE;

#endif
