#ifndef CORE_APP_HOOKS_H
#define CORE_APP_HOOKS_H

/*
 * Edusign's webhooks: POST /hooks/TENANT/ENVIRONMENT. An event is believed when it is signed with the environment's
 * secret (X-Edusign-Hmac, SHA-256 in hex over the body; the vendor signs its compact JSON), or, for a school's own
 * webhooks, which are not signed, when the address ends in ?token=SECRET. What it says is a hint (hints.h).
 *
 * Vendor facts: the vendor does not repeat an event and waits 15 s for the answer. Only the body of on_student_sign is
 * known ("course": {"ID"}); an event that names no sheet counts for all of them.
 */

#include "core/app/tenant.h"

struct httpd_request;

enum hook_answer {
	HOOK_TAKEN,   /* 202; the school's flow is brought forward */
	HOOK_IGNORED, /* 202; an event that changes no attendance, or a school that does not want them */
	HOOK_UNKNOWN, /* no such school or environment, no secret there, or a wrong one: the caller refuses, and counts it */
	HOOK_BAD,     /* 400: no event */
};

/* find: a school that is served, by id; NULL: none. */
enum hook_answer hooks_request(const struct httpd_request *req, struct tenant *(*find)(void *arg, const char *id),
                               void *arg);

/* Is text signed so? Both forms of the vendor: over the bytes, and over the same JSON written compactly. */
bool hooks_signed(struct str secret, struct str text, struct str hmac);

#endif
