#ifndef CORE_SYNC_WHOSE_H
#define CORE_SYNC_WHOSE_H

/*
 * Whose is which Edusign school, in the whole process and over restarts: one has one owner. Two keys of one school,
 * in two files or in one, would make everything twice. Asked behind GET /v1/school, before anybody's record is read.
 */

#include "core/data/claim.h"
#include "core/flow/flow.h"
#include "core/sync/settings.h"

struct whose {
	const struct settings *settings;
	const struct env_settings *env;
	struct store *store;
	struct str school_id;
	bool plan_only;           /* looks, and claims nothing */
	struct claim_owner other; /* the owner, if it is somebody else */
	int error;
};

/* For a STORE row's work() and then(). */
int whose_work(struct whose *w);
enum verdict whose_known(struct run *run, const struct whose *w);

#endif
