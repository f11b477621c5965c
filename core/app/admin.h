#ifndef CORE_APP_ADMIN_H
#define CORE_APP_ADMIN_H

/*
 * The daemon's control socket: HTTP on a Unix socket, mode 0600. Who may open it is the operator; nobody else is
 * asked for a token.
 *
 *   POST /v1/commands/NAME     {"args": ["cfa-lyon", "down"], "json": true, "learner": …, "session": …}
 *       -> {"exit": 0, "out": "…", "why": "…"}: what the command would have printed, and its exit status; sync, plan and approve are answered
 *       when the run is over. With "progress": true these are answered in lines, each as it comes: {"progress": {"environment",
 *       "step", "done", "all"}} any number of times, then the answer.
 *   GET  /v1/progress/TENANT   -> {"environment", "step", "done", "all"}, or {} when no run is under way
 *
 * Anything else is a problem document (RFC 9457).
 */

#include "core/app/access.h"
#include "core/app/tenant.h"

struct admin;
struct httpd_request;

struct admin_options {
	struct rig *rig;
	struct tenant *(*find)(void *arg, const char *id); /* NULL: not served */
	void (*idle)(void *arg);                           /* the last command that reads stores has ended */
	/* Every school that has a file, sorted by id. t NULL: not served, mistakes say why ("" not known). False, and
	 * nothing seen: they are not all known yet. */
	bool (*schools)(void *arg, void (*see)(void *to, const char *id, struct tenant *t, const char *mistakes),
	                void *to);
	void *arg;
};

/* 0, or a code with a line in why. */
int admin_open(const struct admin_options *options, struct admin **out, struct buf *why) MUST_USE;
/* The same resources for somebody who came another way. who: what they may (borrowed during the call); NULL:
 * everything. Leads to one reply. */
void admin_request(struct admin *a, struct httpd_request *req, const struct access *who);
/* For httpd_options.gone: such a request is not waited for any more. */
void admin_left(struct httpd_request *req);
/* As options.find and options.schools. */
struct tenant *admin_find(const struct admin *a, const char *id);
bool admin_schools(const struct admin *a,
                   void (*see)(void *to, const char *id, struct tenant *t, const char *mistakes), void *to);
/* Answers with a problem document; headers as in httpd_reply(). */
void admin_problem(struct httpd_request *req, int status, const char *title, const char *detail,
                   const char *const *headers);
bool admin_busy(const struct admin *a); /* commands are reading stores */
/* No further command; those under way end. */
void admin_drain(struct admin *a);
void admin_close(struct admin **a); /* requires that it is not busy */

#endif
