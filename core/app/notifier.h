#ifndef CORE_APP_NOTIFIER_H
#define CORE_APP_NOTIFIER_H

/*
 * Looks at every school once a minute and tells those who asked for it ("notify") what has changed (notice.h): by letters in the outbox of the
 * school's first environment, in the commit that remembers what was told, so that a restart tells nothing twice and forgets nothing.
 * And calls heartbeat addresses behind good runs: whoever listens there knows that all is well as long as they come.
 */

#include "core/app/postman.h"
#include "core/app/tenant.h"

struct notifier;

struct notifier_options {
	struct rig *rig;
	struct postman *postman;
	/* All schools that are served, one after the other: see(to, id, tenant, mistakes). False: they are not known yet. */
	bool (*schools)(void *arg, void (*see)(void *to, const char *id, struct tenant *t, const char *mistakes), void *to);
	void (*idle)(void *arg); /* nothing of it is under way any more */
	void *arg;
};

struct notifier *notifier_new(const struct notifier_options *options);
/* Requires that it is not busy. */
void notifier_free(struct notifier **notifier);
bool notifier_busy(const struct notifier *n);
/* Tells nothing more; not busy some turns later. */
void notifier_stop(struct notifier *n);

/* Of a letter's address: whose webhook is meant. */
#define NOTIFIER_SCHOOL    "school"
#define NOTIFIER_OPERATORS "operators"

#endif
