#include "core/sync/whose.h"

#include <stdio.h>
#include <string.h>

/* An environment that the school's file does not have any more, under another key perhaps. */
static bool is_gone(void *arg, const struct claim_owner *owner)
{
	const struct settings *s = ((const struct whose *)arg)->settings;
	if (strcmp(owner->tenant, s->tenant) != 0)
		return false;
	for (unsigned i = 0; i < s->environment_count; i++)
		if (strcmp(owner->key, s->environments[i].key) == 0)
			return false;
	return true;
}

int whose_work(struct whose *w)
{
	struct claim_owner me;
	snprintf(me.tenant, sizeof(me.tenant), "%s", w->settings->tenant);
	snprintf(me.key, sizeof(me.key), "%s", w->env->key);
	w->error = claim_work(store_dir(w->store), w->school_id, &me, !w->plan_only, is_gone, w, &w->other);
	return 0;
}

enum verdict whose_known(struct run *run, const struct whose *w)
{
	const struct claim_owner *o = &w->other;
	if (fault_is(run_fault(run)))
		return STEP_FAIL;
	if (w->error == 0)
		return STEP_NEXT;
	if (w->error != ERR_CONFLICT)
		return run_failf(run, FAULT_LOCAL, w->error,
		                 "%s/%s/claim: whose account this is cannot be kept: %s; %s", w->settings->tenant,
		                 w->env->key, err_text(w->error),
		                 w->error == ERR_STORE_FULL
		                         ? "make room on its disk"
		                         : "the data directory has to belong to the user that runs passerelle");
	if (strcmp(o->tenant, w->settings->tenant) == 0)
		return run_failf(run, FAULT_DATA, ERR_CONFLICT,
		                 "this key belongs to the Edusign school %.*s, and so does the one of environment "
		                 "%s: nothing is read or written; put the right "
		                 "token into the token file, or take one of the two out of the school's file",
		                 STR_ARG(w->school_id), o->key);
	return run_failf(run, FAULT_DATA, ERR_CONFLICT,
	                 "this key belongs to the Edusign school %.*s, whose owner is %s (environment %s), and one "
	                 "has one owner: nothing is read or "
	                 "written; if that is this school's old name: passerelle rename %s %s; else take one of the "
	                 "two files away",
	                 STR_ARG(w->school_id), o->tenant, o->key, o->tenant, w->settings->tenant);
}
