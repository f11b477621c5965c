#ifndef CORE_APP_SYNC_H
#define CORE_APP_SYNC_H

/* One run, waited for: for commands. */

#include "core/app/wiring.h"
#include "core/sync/engine.h"

struct sync {
	struct rig *rig;
	struct engine_run *engine;
	char run_id[64];             /* no two commands have the same, not even within one second */
	const struct report *report; /* after sync_run, until sync_free */
};

struct sync_options {
	enum flow_kind kind;
	bool plan_only;
	const char *approved; /* a held plan that was answered with yes; NULL none */
	struct explanation *explain; /* asked of a plan down; NULL: nothing */
	const char *by;       /* who asks, for the history */
	void (*progress)(void *arg, const char *environment, const char *step, unsigned done, unsigned all);
	void *progress_arg;
};
/* The loop turns until the run is over. SIGINT and SIGTERM end it early, with nothing lost; a second one ends the
 * process. */
void sync_run(struct sync *s, struct wiring *wiring, const struct sync_options *options);
void sync_free(struct sync *s);

#endif
