#ifndef CORE_APP_TENANT_H
#define CORE_APP_TENANT_H

/*
 * One school in the daemon: its file, its connections, the slots of its two flows, and the runs that are under way. A school
 * harms no other: its own lanes, stores and runs; what fails here is told in its state.
 *
 *   paused by a person: kept beside the stores (tenants/keep.h), so that a damaged one does not undo it
 *   slot   a due time of a flow; the last one that was done is kept in the store of the first environment, so that a slot
 *          missed while nobody was there runs once, and one cut short by a crash runs again
 */

#include "core/app/answer.h"
#include "core/app/load.h"
#include "core/app/recent.h"
#include "core/app/tally.h"
#include "core/app/wiring.h"
#include "core/base/list.h"
#include "core/sync/engine.h"
#include "tenants/schedule.h"

struct tenant;

enum tenant_state { TENANT_LOADING, TENANT_IDLE, TENANT_RUNNING, TENANT_PAUSED, TENANT_STALE, TENANT_DRAINING, TENANT_STATE_COUNT };
const char *tenant_state_name(enum tenant_state s); /* "loading", "idle", … */

struct tenant_hooks {
	/* May a run start now? The daemon bounds how many do at once; a refused school asks again when tenant_kick() is called. */
	bool (*may_start)(void *arg);
	void (*started)(void *arg, struct tenant *s);
	void (*ended)(void *arg, struct tenant *s, enum flow_kind flow, const struct report *report);
	/* Letters wait in the store of this environment, the first from due_s on (UTC). May be NULL. */
	void (*letters)(void *arg, struct tenant *s, const char *environment, int64_t due_s);
	void (*changed)(void *arg, struct tenant *s); /* something of what it shows is not as it was; NULL: nobody looks */
	void (*gone)(void *arg, struct tenant *s); /* a removed school has no run any more: the owner frees it */
	void *arg;
};

/* Where a run under way stands. all 0: not counted. */
struct tenant_progress {
	char environment[64], step[32];
	unsigned done, all;
};

/* What somebody asks of a school while it is served. */
enum tenant_ask_kind { ASK_SYNC, ASK_PLAN, ASK_PAUSE, ASK_RESUME, ASK_REBUILD, ASK_APPROVE, ASK_DISCARD, ASK_CHORE };
struct tenant_ask {
	enum tenant_ask_kind kind;
	enum flow_kind flow;  /* of a run */
	const char *approved; /* ASK_SYNC: id of a held plan that was answered with yes; NULL none; borrowed until the run starts */
	struct explanation *explain; /* ASK_PLAN down: what is asked of it; borrowed until done(); NULL: nothing */
	const char *by; /* who asks, for the history: "uid 1000", "token alice"; borrowed until done() */
	/* ASK_APPROVE, ASK_DISCARD; borrowed until the school takes the ask. An approval becomes an ASK_SYNC once it is kept. */
	const char *plan, *why;
	const struct answer *answer; /* what became of that; valid in done() of an ASK_DISCARD */
	const char *environment; /* ASK_REBUILD: whose store is put aside; borrowed */
	struct chore *chore;     /* ASK_CHORE: begun between two runs; what it says is in its cli */
	char detail[256];        /* of an ASK_REBUILD that is done: where the file is, or what is wrong */
	/* Once, from the loop, unless tenant_ask_cancel() came first. A run: its report, valid during the call. Else NULL and 0 when it is done and
	 * will last, ERR_CANCELLED when the school leaves, ERR_CONFLICT for resuming a school whose own file says paused, ERR_NOT_FOUND for an environment without a store
	 * and for a plan that nobody holds, or the store's
	 * error. */
	void (*done)(struct tenant_ask *ask, const struct report *report, int error);
	/* Where its run stands, as often as that changes; may be NULL. Must not ask or cancel anything. */
	void (*progress)(struct tenant_ask *ask, const struct tenant_progress *p);
	/* below: the school's */
	struct list link;
	bool taken;
};

/* Takes conf; reads its slots from the store before anything is due. NULL with a line in why when an account cannot be connected; conf is
 * taken all the same. */
struct tenant *tenant_new(struct rig *rig, struct tenant_conf *conf, const struct tenant_hooks *hooks, struct buf *why);
/* Requires that nothing of it is under way. */
void tenant_free(struct tenant **tenant);

const char *tenant_id(const struct tenant *s);
enum tenant_state tenant_state(const struct tenant *s);
const char *tenant_why(const struct tenant *s); /* of a stale one: the mistakes of its file; "" none */
const struct tenant_conf *tenant_file(const struct tenant *s); /* the one that is in force; until the next turn of the loop */
const struct wiring *tenant_wiring(const struct tenant *s);   /* as long */
const struct tally *tenant_tally(const struct tenant *s);
/* What its stores held after the last run; valid until the next turn of the loop. NULL: not read yet. */
const struct recent *tenant_recent(const struct tenant *s, unsigned environment);
/* How much it asked of each account; valid until the next turn of the loop. */
const struct load *tenant_load(const struct tenant *s);
/* UTC seconds; INT64_MAX: never. */
int64_t tenant_next(const struct tenant *s, enum flow_kind flow);

/* A new version of its file: used from the next run on. Takes conf. A run under way goes on with the old one. */
void tenant_change(struct tenant *s, struct tenant_conf *conf);
/* The file does not validate any more: the last good version goes on. NULL: it is good again. */
void tenant_stale(struct tenant *s, const char *mistakes);
/* The file is gone: no further run; gone() is called when those under way have ended. Its data stays. */
void tenant_drain(struct tenant *s);
/* Runs under way are told to stop; with nothing lost. */
void tenant_cancel(struct tenant *s);
/* The caller owns ask, until done() or tenant_ask_cancel(). A sync that finds the same flow running joins it; else runs that are asked for
 * come before those that are due, also in a paused school, and count for no slot. Pausing ends no run and outlives the daemon. */
void tenant_ask(struct tenant *s, struct tenant_ask *ask);
/* Edusign says that something of this sheet changed (empty: of some sheet): its attendance goes up soon. False: the school does not want that
 * ("realtime"), or leaves. */
bool tenant_hint(struct tenant *s, struct str sheet);
void tenant_ask_cancel(struct tenant_ask *ask); /* nobody waits any more; a run that started goes on */
/* NULL: no run is under way. */
const struct tenant_progress *tenant_progress(const struct tenant *s);
bool tenant_busy(const struct tenant *s);
bool tenant_is_paused(const struct tenant *s); /* by a person or by its file; a run that was asked for goes on all the same */
/* Looks at the clock again: after a clock step, and when a place for a run is free. */
void tenant_kick(struct tenant *s);

#endif
