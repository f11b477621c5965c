#ifndef CORE_SYNC_ENGINE_H
#define CORE_SYNC_ENGINE_H

/*
 * One run of one flow of one school, from the first question to the report. What the app starts, by schedule or by command.
 */

#include "core/flow/flow.h"
#include "core/sync/report.h"
#include "core/sync/settings.h"

struct engine_run;
struct explanation;

struct engine_options {
	const struct flow_env *flow;
	struct stores *stores;
	const struct settings *settings;   /* borrowed until done; with .shadow a run that is no plan only looks on, and .approved and .only mean nothing */
	enum flow_kind kind;
	bool plan_only;                    /* writes nothing, neither there nor in the store but history */
	bool kept_will_do;                 /* Yparéo's lists of learners and rooms may be a day old (snapshot.h): for who did not just mend something there */
	size_t memory;                     /* cap of the run; 0: 64 MiB */
	uint32_t deadline_ms;
	struct explanation *explain;       /* of a plan down: what is asked of it; borrowed until done; NULL: nothing */
	const char *by;                    /* who asked for it, for the history; borrowed until done; NULL: its schedule */
	const char *run_id;                /* unique text, borrowed; NULL: made from the time and a counter */
	const char *approved;              /* id of a held plan that was answered with yes: what it listed and is still wanted goes ahead; may be NULL */
	/* Up: ids of Edusign sheets; nothing but these is looked at, wherever they are, and the run says nothing of others: their issues, a
	 * held plan and the time of the last good run stay. NULL: everything. Borrowed until done. */
	const struct texts *only;
	/* Progress, for whom it may concern; may be NULL. */
	void (*progress)(void *arg, const char *environment, const char *step, unsigned done, unsigned all);
	void *progress_arg;
	void (*done)(void *arg, const struct report *report); /* report is valid until engine_free */
	void *arg;
};

/* Starts on a later turn of the loop. */
struct engine_run *engine_start(const struct engine_options *options);
void engine_cancel(struct engine_run *e); /* done() still comes */
void engine_free(struct engine_run **e);  /* after done() */

#endif
