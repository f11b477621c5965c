#ifndef CORE_FLOW_FLOW_P_H
#define CORE_FLOW_FLOW_P_H

/*
 * What the parts of the runner share: run.c is the object, flow.c moves it, flow_http.c and flow_each.c know what an
 * HTTP and an EACH row wait for, flow_check.c looks at lists before they run.
 */

#include "core/flow/flow.h"

#define LIST_DEPTH    4 /* lists below the top one, by CALL or EACH */
#define RING          64
#define CHILDREN_MOST 64

/* What a run waits for. */
enum waiting {
	WAIT_NOTHING, /* its row has not begun */
	WAIT_ANSWER,  /* a fetch */
	WAIT_RETRY,   /* the time before a further try of it */
	WAIT_STORE,
	WAIT_GATE,
	WAIT_TIME, /* a WAIT row */
	WAIT_CHILDREN,
};

/* A store job outlives its run only in a crash test; then it does nothing any more. */
struct store_box {
	struct store_job job;
	struct run *run;
	const struct step *step;
};

struct call {
	const struct step *list, *row;
};

struct run {
	const struct flow_env *env;
	const struct step *list, *row;
	struct call calls[LIST_DEPTH];
	unsigned depth;
	void *state;
	struct run *parent, *top;
	struct arena *arena;
	struct store *store;
	struct log_ctx log;
	struct fault fault;
	uint64_t seed, requests;

	enum waiting waiting;
	bool ready;  /* what it waited for is there */
	bool inside; /* one of its functions may be on the stack: what it holds must not go away under it */
	bool started, cancelled, ended;
	bool frozen, expired; /* the top's only */
	unsigned attempt;
	int64_t entered_ms;
	struct loop_task advance;
	struct loop_timer timer, deadline;

	struct arena *answer_arena;
	struct exchange x;
	struct fetch fetch;
	struct record_reader *reader;
	struct store_box *box;
	void (*gate_cancelled)(void *arg);
	void *gate_arg;

	struct list children, ended_children, link;
	unsigned living; /* on either list */
	bool no_more;    /* next() has said so */
	bool failing;    /* a child's fault became this run's: it ends when the others have */

	void (*done)(struct run *run, void *arg);
	void *done_arg;
	uint32_t deadline_ms;
	unsigned tries;
	struct transition *ring; /* the top's only */
	size_t ring_next;
};

/* flow.c */
void flow__schedule(struct run *run);
void flow__on_advance(struct loop_task *t);
void flow__on_timer(struct loop_timer *t);
void flow__on_deadline(struct loop_timer *t);
void flow__cancel_children(struct run *run); /* they end later */
/* flow_http.c. Both: true with the row's verdict; false: something is under way, or the run was cancelled meanwhile.
 */
bool flow__ask(struct run *run, enum verdict *v);
/* The answer is there, or the wait before a further try is over. */
bool flow__answered(struct run *run, enum verdict *v);
void flow__drop_exchange(struct run *run);
/* flow_each.c: hears the children that ended, starts others. True with the row's verdict, when none is left. */
bool flow__pump(struct run *run, enum verdict *v);
/* run.c */
struct run *run__child(struct run *parent, const struct step *list, void *state);
void run__destroy(struct run *run);
/* Into the ring, the log, and to the probe. False: the run is frozen. */
bool run__note(struct run *run, const char *what);
bool run__probe(struct run *run, const char *what);
enum verdict run__bug(struct run *run, const char *what);

#endif
