#ifndef TESTS_UNIT_FLOW_RIG_H
#define TESTS_UNIT_FLOW_RIG_H

/*
 * What a run runs on, for tests of the runner: virtual time, a transport that answers from a script, a gatekeeper, a
 * store on demand, and a trace of what happened in which order.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/flow/flow.h"
#include "tests/world/loop_virtual.h"

/* One answer of the other side. All zero: 204 without a body, at once. */
struct answer {
	int status;       /* 0: 204, unless code is set */
	const char *body; /* NULL: none */
	int code;         /* how the transfer ends, behind the body */
	bool never_left;  /* the request did not reach the server */
	bool never;       /* no answer at all */
	int64_t after_ms;
	uint32_t retry_after_s;
	size_t piece; /* bytes of the body that come at once; 0: all */
};

#define RIG_SENT_MOST 128

struct rig {
	struct loop *loop;
	struct fetch_transport transport;
	struct fetch_hub *hub;
	struct fetch_lane *lane;
	struct flow_env env;
	/* the script: the last answer goes on for ever */
	const struct answer *answers;
	size_t answer_count;
	struct {
		char url[64];
		int64_t at_ms; /* since rig_new() */
	} sent[RIG_SENT_MOST];
	size_t sent_count;
	unsigned open, cancelled; /* fetches under way; those that were cancelled under way */
	int64_t began_ms;

	/* the gatekeeper wakes a run this long after it came, in turn */
	int64_t gate_ms;
	struct fault gate_fault;
	struct list gates;
	unsigned at_gate;
	bool gate_told; /* flow_gate() said that a run was cancelled */

	/* filled by rig_step() and rig_calls */
	char trace[4096];
	unsigned calls;  /* step functions called, on loop or pool */
	unsigned act_at; /* at this call act() is called; 0 never */
	void (*act)(struct rig *rig, struct run *run);
	bool (*probe)(struct rig *rig, struct run *run, const char *what);

	char dir[48];
	struct stores *stores;
	struct store *store;

	struct run *run;
	unsigned done;
	struct fault fault;
};

struct rig *rig_new(void);
void rig_fresh_lane(struct rig *rig); /* one that no answer has slowed down */
/* Requires that nothing is under way: no fetch, no gate, no timer. */
void rig_free(struct rig **rig);
/* Opens a store in a directory of its own, for STORE rows. */
void rig_open_store(struct rig *rig);

void rig_answers(struct rig *rig, const struct answer *answers, size_t count);
#define RIG_ANSWERS(rig, ...)                                                                                        \
	rig_answers(rig, (const struct answer[]){__VA_ARGS__},                                                       \
	            sizeof((const struct answer[]){__VA_ARGS__}) / sizeof(struct answer))

/* run_new() and run_start() with the rig as tenant "cfa"; options NULL: none. */
void rig_start(struct rig *rig, const struct step *list, void *state, const struct run_options *options);
/* Virtual milliseconds that passed until the run was done, or until nothing happens any more (a day at most). */
int64_t rig_finish(struct rig *rig);
/* Start, finish, assert that done() came, free; the fault is in rig->fault. */
int64_t rig_run(struct rig *rig, const struct step *list, void *state);
int64_t rig_now(struct rig *rig); /* since rig_new() */

/* Adds "text " to the trace. */
void rig_note(struct rig *rig, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* To be called by each step function: counts, and acts when it is time to. */
void rig_called(struct rig *rig, struct run *run);
/* The process ends here: the run is frozen and freed, and the gatekeeper is no more. */
void rig_crash(struct rig *rig);
/* For open(): the gatekeeper has the run. */
void rig_gate(struct rig *rig, struct run *run);
/* For ask(): a GET of http://test/<path>, or another method with another effect. */
void rig_request(struct rig *rig, struct exchange *x, enum fetch_effect effect, const char *path);

#define assert_trace(rig, text) assert_string_equal((rig)->trace, text)
#define assert_well(rig)        assert_string_equal(fault_is(&(rig)->fault) ? (rig)->fault.what : "", "")

#endif
