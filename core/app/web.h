#ifndef CORE_APP_WEB_H
#define CORE_APP_WEB_H

/*
 * The status page's requests.
 *
 *   GET  /                          all schools; ?only=attention, ?find=TEXT, ?sort=COLUMN, ?dir=desc, ?page=N
 *   GET  /schools/TENANT            one of them
 *   GET  /schools/TENANT/runs/RUN   one run, down to each write
 *   POST /schools/TENANT/run-down, run-up, pause, resume, approve, discard
 *                                   forms, the operator's, sealed against being sent from elsewhere
 *   GET  /style.css, …              the files of core/app/page
 *
 * ?lang=fr or en on any of the pages is kept in a cookie.
 */

#include "core/app/page.h"

struct httpd_request;

struct web {
	struct admin *admin;
	struct rig *rig;
	struct list visits; /* pages that are being made from the stores */
	void (*idle)(void *arg); /* the last of them is done */
	void *idle_arg;
};

void web_init(struct web *s, struct admin *admin, struct rig *rig, void (*idle)(void *arg), void *arg);
bool web_busy(const struct web *s); /* stores are being read */
/* The client of a request that waits has left. */
void web_left(struct web *s, struct httpd_request *req);
/* Sends what is in body, as HTML, and empties it. */
void web_send(struct httpd_request *req, int status, struct buf *body);

/* Is this one of the pages, for people? */
bool web_is_page(const char *path);
/* True: it was a file of the page, or a change of language, which need no token, and is answered. */
bool web_public(struct httpd_request *req);
/* Leads to one reply. cookie: what the browser is known by; empty: it came with a token. */
void web_request(struct web *s, struct httpd_request *req, const struct access *who, struct str cookie);
/* Would it rather read HTML than a problem document? */
bool web_wants_html(const struct httpd_request *req);
/* The page that asks for a token; headers as in httpd_reply(). */
void web_login(struct httpd_request *req, int status, enum page_text_id said, const char *const *headers);
/* 303 to a page of ours; another path is "/". set_cookie: a header line, or NULL. */
void web_redirect(struct httpd_request *req, const char *path, const char *set_cookie);

/* Does the browser say that another site made it send this? */
bool web_is_foreign(const struct httpd_request *req);
/* A field of a query or a form, decoded; false: it is not there, or does not fit. */
bool web_param(struct str encoded, const char *name, char *out, size_t size);
bool web_cookie(const struct httpd_request *req, const char *name, char *out, size_t size);

#endif
