#ifndef CORE_APP_ADMIN_H
#define CORE_APP_ADMIN_H

/*
 * The daemon's control socket: HTTP on a Unix socket, mode 0600. Who may open it is the operator; nobody else is
 * asked for a token.
 *
 *   POST /v1/commands/NAME     {"args": ["cfa-lyon", "down"], "json": true, "learner": …, "session": …}
 *                              -> {"exit": 0, "out": "…", "why": "…"}: what the command would have printed, and its
 * exit status; sync and plan are answered when the run is over GET  /v1/progress/TENANT   -> {"environment", "step",
 * "done", "all"}, or {} when no run is under way
 *
 * Anything else is a problem document (RFC 9457).
 */

#include "core/app/tenant.h"

struct admin;

struct admin_options {
	struct rig *rig;
	struct tenant *(*find)(void *arg, const char *id); /* NULL: not served */
	void (*idle)(void *arg);                           /* the last command that reads stores has ended */
	void *arg;
};

/* 0, or a code with a line in why. */
int admin_open(const struct admin_options *options, struct admin **out, struct buf *why) MUST_USE;
bool admin_busy(const struct admin *a); /* commands are reading stores */
/* No further command; those under way end. */
void admin_drain(struct admin *a);
void admin_close(struct admin **a); /* requires that it is not busy */

#endif
