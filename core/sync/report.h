#ifndef CORE_SYNC_REPORT_H
#define CORE_SYNC_REPORT_H

/*
 * What a run did, or would do, and why: filled by a flow while it runs, printed by the app (text, JSON), kept in the history.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/data/record.h"
#include "core/base/str.h"

enum flow_kind { FLOW_DOWN, FLOW_UP, FLOW_KIND_COUNT };
const char *flow_kind_name(enum flow_kind flow); /* "down", "up" */

/* In order of gravity: of several environments the highest counts. */
enum result { RESULT_OK, RESULT_ISSUES, RESULT_HELD, RESULT_FAILED };
const char *result_name(enum result r);
int result_exit(enum result r); /* 0, 3, 4, 5 */

#define COUNT_KINDS(X) \
	X(COUNT_SHEETS, "sheets") X(COUNT_LEARNERS, "learners") X(COUNT_INSTRUCTORS, "instructors") X(COUNT_GROUPS, "groups") \
	X(COUNT_TUTORS, "tutors") X(COUNT_ABSENCES, "absences") X(COUNT_PAYROLL, "instructor_attendance")
enum count_kind {
#define X(name, text) name,
	COUNT_KINDS(X)
#undef X
	COUNT_KIND_COUNT
};
const char *count_kind_name(enum count_kind kind);

enum action { ACTION_CREATE, ACTION_UPDATE, ACTION_DELETE, ACTION_COUNT };
const char *action_name(enum action a); /* "create", "update", "delete" */

struct counts { uint32_t created, updated, deleted, unchanged; };

/* One change of a plan. */
struct change {
	enum action action;
	struct str record;     /* "sheet 90210" */
	struct texts fields;   /* Edusign's or Yparéo's names of what changes; empty for create and delete */
	struct str reason;     /* "new session", "room changed", … */
	bool held;             /* by the guard: not done */
};

/* A record that could not be synchronised. */
struct issue {
	struct str record;     /* "learner 4711" */
	struct str field;      /* "email", "" none */
	struct str problem;    /* one sentence */
	struct str fix;        /* one sentence: where and what to mend */
	int64_t since;         /* UTC; first seen */
	int64_t until;         /* UTC; it closes itself then at the latest (a started sheet's issue expires with the sheet); 0: when the record is well */
};

struct held_plan;
struct shadow_report;

struct env_report {
	const char *environment; /* key */
	enum result result;
	struct str plan;         /* id when held, else empty */
	const struct held_plan *held; /* that plan (held.h); NULL: nothing is held */
	struct counts counts[COUNT_KIND_COUNT];
	uint64_t requests_ypareo, requests_edusign;
	struct str approved;     /* id of a plan of this environment that was approved for this run; empty: none */
	size_t approved_left;    /* how many of its changes were still wanted just so; 0: nothing, and so nothing was written */
	struct items approved_rest; /* struct change: the others */
	const struct shadow_report *shadow; /* of a school that only looks on (shadow.h); else NULL */
	struct items changes;    /* struct change; of a plan, and of a run */
	struct items issues;     /* struct issue: all that are open at the end */
	struct fault error;      /* class FAULT_NONE: none */
};

struct report {
	struct arena *arena;
	const char *tenant;
	enum flow_kind flow;
	const char *run;         /* its id */
	bool plan_only;
	int64_t started, ended;  /* UTC seconds */
	enum result result;
	struct env_report *environments;
	unsigned environment_count;
	uint64_t requests_ypareo; /* of the part shared by all environments */
};

/* A plan was approved for this run, and nothing of it was left. */
bool report_nothing_left(const struct report *r);
/* Adds what the operator can do about it, where the fault's own text does not say: once, when the run of an environment has ended with it. */
void report_remedy(struct fault *fault);

/* The result of an environment from what it holds, and of the report from its environments. */
void report_settle(struct report *r);

#endif
