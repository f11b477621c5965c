#ifndef CORE_APP_ANSWER_H
#define CORE_APP_ANSWER_H

/*
 * A person's answer to a held plan, written into the store of the environment that holds it. The plan's id says which
 * that is: nobody has to know. Between two runs of the school only: a run keeps what it read of the plans until its
 * end.
 */

#include "core/app/cli.h"
#include "core/sync/held.h"

struct answer {
	/* in */
	struct rig *rig;
	const struct tenant_conf *conf; /* borrowed until done() */
	enum held_answer kind;          /* HELD_APPROVED, HELD_DISCARDED */
	char *plan, *by, *why;          /* answer_init() copies them */
	void (*done)(struct answer *a); /* from the loop */
	/* out */
	int error; /* ERR_NOT_FOUND: no environment holds this plan; else of a store that could not be asked */
	struct held_plan held;
	const char *environment; /* that held it */
	/* below: its own */
	struct arena *arena;
	unsigned at;
	struct store *store;
	struct store_job job;
};

void answer_init(struct answer *a, struct rig *rig, const struct tenant_conf *conf, enum held_answer kind,
                 const char *plan, const char *by, const char *why);
void answer_start(struct answer *a);
void answer_deinit(struct answer *a); /* requires that it is not under way */

/* What became of it, told to who asked, where no run follows: it was discarded, or there is an error. Returns the
 * exit status. */
int answer_told(struct cli *cli, enum held_answer kind, const struct answer *a, int error);
/* What became of a run that an approval started. Returns the exit status. */
int answer_told_run(struct cli *cli, const struct report *report);

#endif
