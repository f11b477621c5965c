#ifndef CORE_FLOW_FLOW_P_H
#define CORE_FLOW_FLOW_P_H

/* What run.c (the object), flow.c (the runner) and flow_http.c (one exchange) share. */

#include "core/flow/flow.h"

#define CALL_DEPTH 6
#define RING 64
#define CHILDREN_MOST 64

/* What a run waits for. */
enum waiting {
	WAIT_NOTHING,  /* it can go on: advance() is due */
	WAIT_ANSWER,   /* a fetch */
	WAIT_RETRY,    /* the time before a further try of it */
	WAIT_STORE,
	WAIT_GATE,
	WAIT_TIME,     /* a WAIT row */
	WAIT_CHILDREN,
};

/* A store job outlives its run only in a crash test; then it does nothing any more. */
struct store_box {
	struct store_job job;
	struct run *run;
	const struct step *step;
};

struct call { const struct step *list, *row; };

struct run {
	const struct flow_env *env;
	const struct step *list, *row;
	struct call calls[CALL_DEPTH];
	unsigned depth;
	void *state;
	struct run *parent, *top;
	struct arena *arena;
	struct store *store;
	struct log_ctx log;
	struct fault fault;
	uint64_t seed, requests;

	enum waiting waiting;
	bool ready;           /* what it waited for is there */
	bool started, cancelled, ended, frozen /* top only */, expired /* top only */;
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
	unsigned living;
	bool no_more;

	void (*done)(struct run *run, void *arg);
	void *done_arg;
	uint32_t deadline_ms;
	struct transition *ring; /* top only */
	size_t ring_next;
};

/* flow.c */
void flow__schedule(struct run *run);
/* flow_http.c: builds and sends; or a verdict at once. */
bool flow__ask(struct run *run, enum verdict *v);
/* The answer is there, or a wait is over: true with a verdict; false: it is tried again. */
bool flow__answered(struct run *run, enum verdict *v);
void flow__drop_exchange(struct run *run);
/* run.c */
struct run *run__child(struct run *parent, const struct step *list, void *state);
void run__destroy(struct run *run);
void run__note(struct run *run, const char *what);
bool run__probe(struct run *run, const char *what);

#endif
