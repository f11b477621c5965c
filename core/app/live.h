#ifndef CORE_APP_LIVE_H
#define CORE_APP_LIVE_H

/*
 * Tells open pages that something changed, as server-sent events: GET /events, GET /events?school=ID.
 *
 * A request waits until something changes that its reader sees, half a minute at most, and is answered with one event; the browser then asks
 * again by itself, with the number of what it has seen (Last-Event-ID), so nothing is missed in between. An answer is whole: whoever reads
 * slowly holds nothing here.
 */

#include "core/app/access.h"
#include "core/io/loop.h"

struct httpd_request;
struct live;

struct live *live_new(struct loop *loop);
void live_free(struct live **l); /* requests that wait were told that they are over (live_left) */

/* Something of this school, or (NULL) of which schools there are, is not as it was. */
void live_touch(struct live *l, const char *tenant);
/* Leads to one reply, unless the client leaves. school: what it looks at, "" all that who sees. */
void live_request(struct live *l, struct httpd_request *req, const struct access *who, const char *school);
/* Nobody waits for this request any more. */
void live_left(struct live *l, struct httpd_request *req);

#endif
