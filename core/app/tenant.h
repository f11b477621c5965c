#ifndef CORE_APP_TENANT_H
#define CORE_APP_TENANT_H

/*
 * One school in the daemon: its file, its connections, the slots of its two flows, and the runs that are under way. A school
 * harms no other: its own lanes, stores and runs; what fails here is told in its state.
 *
 *   slot   a due time of a flow; the last one that was done is kept in the store of the first environment, so that a slot
 *          missed while nobody was there runs once, and one cut short by a crash runs again
 */

#include "core/app/wiring.h"
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
	void (*gone)(void *arg, struct tenant *s); /* a removed school has no run any more: the owner frees it */
	void *arg;
};

/* Takes conf; reads its slots from the store before anything is due. NULL with a line in why when an account cannot be connected; conf is
 * taken all the same. */
struct tenant *tenant_new(struct rig *rig, struct tenant_conf *conf, const struct tenant_hooks *hooks, struct buf *why);
/* Requires that nothing of it is under way. */
void tenant_free(struct tenant **tenant);

const char *tenant_id(const struct tenant *s);
enum tenant_state tenant_state(const struct tenant *s);
const char *tenant_why(const struct tenant *s); /* of a stale one: the mistakes of its file; "" none */
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
bool tenant_busy(const struct tenant *s);
/* Looks at the clock again: after a clock step, and when a place for a run is free. */
void tenant_kick(struct tenant *s);

#endif
