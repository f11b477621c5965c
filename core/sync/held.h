#ifndef CORE_SYNC_HELD_H
#define CORE_SYNC_HELD_H

/*
 * What is held waits for a person's answer. An environment has, for each flow, at most one plan that waits, and those
 * that were answered:
 *
 *   waiting     what the last run held; replaced by each run, so it expires with the run that no longer wants it
 *   approved    goes ahead as long as it is wanted just so; forgotten by the next run that ends well
 *   discarded   stays undone without being asked again, until nothing of it is wanted any more
 *
 * A change is known by a hash of what it would do, a plan by the hash of its changes: the same plan has the same id,
 * whoever makes it, whenever.
 */

#include "core/base/map.h"
#include "core/data/store.h"
#include "core/sync/report.h"

enum held_answer { HELD_WAITING, HELD_APPROVED, HELD_DISCARDED, HELD_ANSWER_COUNT };
const char *held_answer_name(enum held_answer a); /* "waiting", "approved", "discarded" */

struct held_change {
	int64_t id;
	struct change what;
};

struct held_plan {
	struct str id; /* 16 hex digits; empty: no plan */
	enum flow_kind flow;
	int64_t since;        /* UTC; when a run first held just this */
	struct str reason;    /* one sentence: what is beyond which bound */
	struct items changes; /* struct held_change */
	size_t count;         /* how many there are; a copy may hold fewer of them */
	enum held_answer answer;
	int64_t at;         /* UTC of the answer; 0 none */
	struct str by, why; /* of the answer: "uid 1000", and what that person says */
};

/* The plans of one flow. */
struct held {
	struct held_plan waiting;
	struct items answered;                    /* struct held_plan */
	struct map *waits, *approved, *discarded; /* id of a change -> struct held_change */
};

/* Inside a store job: what is there, copied into the arena. */
int held_load(struct store_txn *txn, struct arena *arena, enum flow_kind flow, struct held *out) MUST_USE;
/* Every plan of both flows, waiting ones first. */
int held_list(struct store_txn *txn, struct arena *arena, struct items *out /* struct held_plan */) MUST_USE;
/* What a person says to a plan that waits, or that was discarded. */
struct held_reply {
	struct str plan;
	enum held_answer answer; /* HELD_APPROVED, HELD_DISCARDED */
	struct str by, why;
	int64_t at;
};
/* Inside a store job: the plan gets its answer, and the history a line. ERR_NOT_FOUND: there is no such plan, and
 * nothing is written. */
int held_answer(struct store_txn *txn, struct arena *arena, const struct held_reply *reply,
                struct held_plan *out) MUST_USE;

/* The history of answers. */
struct held_line {
	int64_t at;
	struct str plan;
	enum flow_kind flow;
	enum held_answer answer;
	struct str by, why, reason;
	size_t count; /* of changes */
};
int held_history(struct store_txn *txn, struct arena *arena, unsigned most,
                 struct items *out /* struct held_line, latest first */) MUST_USE;

/* Copies a plan with the first of its changes, most at most. */
int held_copy(struct arena *arena, const struct held_plan *from, size_t most, struct held_plan *out) MUST_USE;
/* NULL: no plan has this id. */
const struct held_plan *held_find(const struct held *h, struct str id);

/* The answer to this plan counts for the run under way, though the store has it as waiting. Nothing happens when it
 * is not the one that waits. */
void held_approve_now(struct held *h, struct str id);
/* Is this change of the plan that waits, with no answer yet? */
bool held_waits(const struct held *h, int64_t change);
/* What was answered to this change; HELD_WAITING: nothing yet. */
enum held_answer held_answer_to(const struct held *h, int64_t change);

/* Of the plan that was approved for this run: how many of its changes are wanted just so, and the others. known: id
 * -> any, of what is wanted. */
size_t held_left(const struct held_plan *p, const struct map *known, struct arena *arena,
                 struct items *rest /* struct change */);

/* Makes the plan of these changes, in the arena; environment is part of the id, so that no answer is taken for
 * another's. The plan that waited already keeps its since. */
int held_make(struct arena *arena, const char *environment, enum flow_kind flow, const struct items *changes,
              struct str reason, int64_t now, const struct held *before, struct held_plan *out) MUST_USE;

/* At a run's good end: now waits (an empty plan: nothing does); what was approved is forgotten, and so is what was
 * discarded and that wanted() no longer knows any change of. */
void held_settle(struct store_txn *txn, enum flow_kind flow, const struct held *before, const struct held_plan *now,
                 bool (*wanted)(void *arg, int64_t change), void *arg);

#endif
