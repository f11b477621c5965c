#ifndef CORE_FLOW_FLOW_H
#define CORE_FLOW_FLOW_H

/*
 * Named steps, one runner.
 *
 *   run      one execution of a step list, with an arena, a deadline, a state struct of its owner
 *   step     a row of a list; rows stand in the order in which they run, and their functions in the same order
 *   verdict  what a step's function says comes next
 *   child    a run of a sub-list, made by an EACH row
 *
 * A step never sees libuv, curl or LMDB: it fills a question and judges an answer, so it can be tested as a plain
 * function, and whole runs can be replayed against fakes on virtual time. advance() in flow.c is the only code that
 * moves a run, and is never re-entered: nothing completes inside the call that asked for it.
 *
 * Row kinds and what they use:
 *   HTTP   ask: fill the exchange; STEP_NEXT sends it, STEP_SKIP goes on without. Then got: judge it
 *          (x->fault). Before got() is called, what failed TRANSIENT or QUOTA goes out again by the row's
 *          policy, asked anew; a write that is UNCERTAIN never does. A row that writes says so in .effect,
 *          x->request.effect must agree, and its got() must not say STEP_AGAIN, which would send it without an
 *          intent.
 *   STORE  work: on the pool, inside a transaction (.write); it may use the run's arena, and may be called
 *          twice. Then then: on the loop, run_fault() tells how it went.
 *   CALC   calc: on the loop, under 1 ms; STEP_AGAIN calls it again on a later turn (long work in slices).
 *   GATE   open: asks somebody (the journal) to wake this run with flow_wake(); then then: as for STORE.
 *   WAIT   wait_ms: how long; 0, or no function, goes on at once (a place for SKIP to land). A child that waits
 *          has given its place in its EACH away, and goes on without one.
 *   EACH   next: the next child's state, while there is one; at most .width children run at once, and at most
 *          64 live. It is asked again when a child ended or went into a WAIT; a fault that it leaves in
 *          run_fault() fails the row. joined: a child ended; its state and arena are there until this returns.
 *          A child's failure is its own: joined() decides whether it is the parent's, without joined() it is.
 *          Once the row has failed, or its run is cancelled, the remaining children end unheard.
 *   CALL   sub runs inline with the same state and arena; its failure is the run's. STEP_DONE in it ends it
 *          alone.
 *
 * A verdict that goes on clears run_fault(): the step has dealt with it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/log.h"
#include "core/data/store.h"
#include "core/flow/exchange.h"
#include "core/flow/retry.h"
#include "core/io/loop.h"

enum verdict {
	STEP_NEXT,  /* the next row */
	STEP_AGAIN, /* this row once more */
	STEP_SKIP,  /* forward to the row named by .skip, or to the next one; in ask(): without sending */
	STEP_DONE,  /* the list is over, well */
	STEP_FAIL,  /* the run is over; run_fault() says why */
};

enum step_kind { STEP_END_KIND, STEP_HTTP, STEP_STORE, STEP_CALC, STEP_GATE, STEP_WAIT, STEP_EACH, STEP_CALL };

enum next { CHILD_READY, CHILD_LATER /* none now: ask again when a child has ended */, CHILD_NONE /* no more */ };

struct run;

struct step {
	enum step_kind kind;
	const char *name; /* stable: logs, history and restart points use it */
	const char *skip; /* where STEP_SKIP goes: a later row, or NULL */
	/* HTTP */
	enum fetch_effect effect;
	enum verdict (*ask)(struct run *run, struct exchange *x);
	enum verdict (*got)(struct run *run, struct exchange *x);
	const struct retry_policy *retry; /* NULL: retry_default */
	/* STORE */
	bool write;
	int (*work)(struct run *run, struct store_txn *txn);
	/* STORE, GATE */
	enum verdict (*then)(struct run *run); /* NULL: NEXT, or FAIL when there is a fault */
	void (*open)(struct run *run);
	/* CALC */
	enum verdict (*calc)(struct run *run);
	/* WAIT */
	int64_t (*wait_ms)(struct run *run);
	/* EACH, CALL */
	const struct step *sub;
	unsigned width; /* EACH; 0: width_of */
	unsigned (*width_of)(struct run *run);
	enum next (*next)(struct run *run, void **child_state);
	/* NEXT: go on; FAIL: the others are cancelled */
	enum verdict (*joined)(struct run *run, void *child_state, const struct fault *fault);
};
/* clang-format off */
#define STEP_END { STEP_END_KIND, NULL }
/* clang-format on */

/* What a run runs on; shared by many runs, outlives them. */
struct flow_env {
	struct loop *loop;
	struct fetch_hub *hub;
	uint64_t seed; /* for jitter; tests fix it */
	/* Called at every transition, for traces and crash tests; may be NULL. what: "enter", "sent" (about to
	 * leave), "answered", "retry", "ended", a verdict ("next", "again", "skip", "done", "fail"), or what
	 * flow_probe() was given. Returning false is run_freeze(). */
	bool (*probe)(void *arg, struct run *run, const struct step *step, const char *what);
	void *probe_arg;
};

struct run_options {
	const char *tenant, *environment, *id; /* for logs; borrowed */
	struct store *store;                   /* of STORE rows; borrowed; NULL: the parent's */
	size_t memory;                         /* arena cap; 0: 32 MiB */
	uint32_t deadline_ms;                  /* from start; 0: 2 h */
	unsigned tries;                        /* of an exchange, instead of what its policy says; 0: that */
};

/* Checks a list and those below it: names unique, .skip names a later row, functions present, a row that writes right
 * behind a GATE row (its intent) and not the aim of a .skip, at most 4 lists below one another under this one. NULL,
 * or what is wrong (valid until the next call). run_start() aborts on a list that is wrong. */
const char *flow_check(const struct step *list);

/* state is the owner's. The run starts with run_start(); done() is called once, on a later turn of the loop, also
 * after run_cancel(), and may free the run. A run that outlives its deadline is cancelled, with ERR_TIMEOUT
 * (transient). */
struct run *run_new(const struct flow_env *env, const struct step *list, void *state,
                    const struct run_options *options);
void run_start(struct run *run, void (*done)(struct run *run, void *arg), void *arg);
/* HTTP is cancelled now, waits stop, a STORE job and the waking of a GATE are waited for, children end first. No step
 * function is called any more. done() comes later, with FAULT_CANCELLED. May be called from the run's own functions
 * (on the loop), more than once, and before run_start(). */
void run_cancel(struct run *run);
void run_free(struct run **run); /* before run_start(), after done(), or after run_freeze() */
/* As if the process had ended: nothing of the run, its children and its parents is called again, done() neither. For
 * crash tests on virtual time: a job that is on the pool is not waited for. */
void run_freeze(struct run *run);

/* The state of this run; of a child: its own. */
void *run_state(const struct run *run);
struct run *run_parent(const struct run *run);
struct run *run_top(struct run *run);
struct arena *run_arena(struct run *run); /* a child's arena is freed when it ends */
struct loop *run_loop(const struct run *run);
struct fault *run_fault(struct run *run);                          /* writable: a step fills it before STEP_FAIL */
enum verdict run_fail(struct run *run, const struct fault *fault); /* sets it, returns STEP_FAIL */
enum verdict run_failf(struct run *run, enum fault_class class, int code, const char *fmt, ...) PRINTF_LIKE(4, 5);
const struct log_ctx *run_log(struct run *run);
const char *run_step_name(const struct run *run);
/* Requests that may have reached a server, repeats included, by this run and its children. */
uint64_t run_requests(const struct run *run);

/* For GATE rows: open() hands run to somebody who calls this exactly once, later, on the loop. fault NULL: all is
 * well. A cancelled run is there until it is woken, and then ends. */
void flow_wake(struct run *run, const struct fault *fault);
/* For somebody who may be long in waking: cancelled(arg) is called when the run is cancelled while it waits at this
 * gate, and it is to be woken all the same, at once or later. */
void flow_gate(struct run *run, void (*cancelled)(void *arg), void *arg);

/* The env's probe, for what happens to a run between its steps ("before-commit"). False: the process is to have ended
 * here, and the run is frozen. */
bool flow_probe(struct run *run, const char *what);

/* The last transitions, newest first, for the status and for dumps. */
struct transition {
	const char *step;
	unsigned attempt;
	int64_t ms; /* since the row was entered */
	const char *verdict;
};
size_t run_transitions(const struct run *run, struct transition *out, size_t max);

#endif
