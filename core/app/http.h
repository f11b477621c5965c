#ifndef CORE_APP_HTTP_H
#define CORE_APP_HTTP_H

/*
 * The daemon's TCP listener, "http" in passerelle.json: what the control socket offers (admin.h), for whom the token
 * file lets in.
 *
 *   GET  /healthz              without a token: "ok" while the daemon serves
 *   GET  /metrics              Prometheus' text format; for operator and read
 *   POST /hooks/TENANT/ENVIRONMENT    Edusign's webhooks, with a secret of their own (hooks.h)
 *   POST /v1/commands/NAME, GET /v1/progress/TENANT    as on the control socket, as far as the token's role goes
 *
 *   GET  /events                      server-sent events for the pages (live.h)
 *   the pages of web.h; with ?token=… the token becomes a cookie and leaves the address bar
 *
 * A token comes as "Authorization: Bearer …", for the pages and the metrics also as that cookie. Errors are problem
 * documents (RFC 9457). Plain HTTP: on anything but loopback a front proxy brings TLS.
 */

#include "core/app/admin.h"
#include "core/app/metrics_page.h"

struct http;

struct http_options {
	struct rig *rig;
	struct admin *admin; /* outlives this */
	struct tenant *(*find)(void *arg, const char *id); /* NULL: not served */
	struct metrics_page metrics;
	void (*idle)(void *arg); /* it is busy no more */
	void *arg;
};

/* Reads the token file, blocking: at start only. 0, or a code with lines in why. */
int http_open(const struct http_options *options, struct http **out, struct buf *why) MUST_USE;
/* Reads the token file again, on the pool; one with mistakes leaves the tokens as they are. */
void http_reload(struct http *h);
/* Something of this school (NULL: of which there are) is not as it was: open pages are told. */
void http_changed(struct http *h, const char *tenant);
unsigned http_port(const struct http *h);
bool http_busy(const struct http *h); /* the token file is being read */
/* The daemon stops: /healthz says so. */
void http_drain(struct http *h);
void http_close(struct http **h); /* requires that it is not busy; before the admin is closed */

#endif
