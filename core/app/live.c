#include "core/app/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/app/admin.h"
#include "core/base/map.h"
#include "core/io/httpd.h"

#define WAITERS_MOST 512
#define WAIT_MS      25000
#define GATHER_MS    500 /* a run changes something many times a second */

struct seen {
	char id[ACCESS_TENANT];
	uint64_t number;
};

struct waiter {
	struct live *live;
	struct httpd_request *req;
	char school[ACCESS_TENANT];
	uint64_t since;
	struct loop_timer patience;
	struct list link;
};

struct live {
	struct loop *loop;
	uint64_t number;  /* of the last change */
	struct map *seen; /* school -> struct seen */
	struct list waiters;
	unsigned count;
	struct loop_timer gather;
	bool gathering;
};

static uint64_t number_of(const struct live *l, const char *school)
{
	const struct seen *s = school[0] ? map_get_str(l->seen, str_of(school)) : NULL;
	return school[0] ? (s ? s->number : 0) : l->number;
}

static void drop(struct waiter *w)
{
	loop_timer_stop(w->live->loop, &w->patience);
	list_remove(&w->link);
	w->live->count--;
	free(w);
}

static void send(struct httpd_request *req, uint64_t number, bool changed)
{
	char text[160];
	int n = snprintf(text, sizeof(text), "retry: 200\nid: %llu\n%s\n", (unsigned long long)number,
	                 changed ? "event: change\ndata: {}\n" : "");
	httpd_reply(req, 200, "text/event-stream", NULL, (struct str){text, (size_t)n});
}

static void on_patience(struct loop_timer *t)
{
	struct waiter *w = list_entry(t, struct waiter, patience);
	struct httpd_request *req = w->req;
	uint64_t number = w->live->number;
	drop(w);
	send(req, number, false);
}

static void on_gathered(struct loop_timer *t)
{
	struct live *l = list_entry(t, struct live, gather);
	l->gathering = false;
	list_each(node, tmp, &l->waiters)
	{
		struct waiter *w = list_entry(node, struct waiter, link);
		struct httpd_request *req = w->req;
		if (number_of(l, w->school) <= w->since)
			continue;
		drop(w);
		send(req, l->number, true);
	}
}

void live_touch(struct live *l, const char *tenant)
{
	l->number++;
	if (tenant) {
		struct seen *s = map_get_str(l->seen, str_of(tenant));
		if (!s) {
			s = xcalloc(1, sizeof(*s));
			snprintf(s->id, sizeof(s->id), "%s", tenant);
			map_put_str(l->seen, str_of(s->id), s);
		}
		s->number = l->number;
	}
	if (l->gathering || list_empty(&l->waiters))
		return;
	l->gathering = true;
	loop_timer_start(l->loop, &l->gather, GATHER_MS);
}

void live_request(struct live *l, struct httpd_request *req, const struct access *who, const char *school)
{
	const char *last = httpd_header(req, "Last-Event-ID");
	int64_t since = -1;
	if (who->role == ACCESS_SCHOOL)
		school = who->tenant;
	if (!last || str_to_int64(str_of(last), &since)) {
		send(req, l->number, false); /* its first one: it learns where we are */
		return;
	}
	/* a number that is ahead of ours is of a daemon before this one */
	if ((uint64_t)since > l->number || number_of(l, school) > (uint64_t)since) {
		send(req, l->number, true);
		return;
	}
	if (l->count == WAITERS_MOST) {
		admin_problem(req, 503, "too many pages are open", "this one asks now and then instead", NULL);
		return;
	}
	struct waiter *w = xcalloc(1, sizeof(*w));
	*w = (struct waiter){.live = l, .req = req, .since = (uint64_t)since};
	snprintf(w->school, sizeof(w->school), "%s", school);
	list_init(&w->link);
	list_append(&l->waiters, &w->link);
	l->count++;
	loop_timer_init(&w->patience, on_patience);
	loop_timer_start(l->loop, &w->patience, WAIT_MS);
}

void live_left(struct live *l, struct httpd_request *req)
{
	list_each(node, tmp, &l->waiters)
	{
		struct waiter *w = list_entry(node, struct waiter, link);
		if (w->req == req)
			drop(w);
	}
}

/* ---- life ---- */

struct live *live_new(struct loop *loop)
{
	struct live *l = xcalloc(1, sizeof(*l));
	l->loop = loop;
	l->number = (uint64_t)loop_wall_ms(loop); /* beyond those of a daemon before this one */
	l->seen = map_new_str(NULL);
	list_init(&l->waiters);
	loop_timer_init(&l->gather, on_gathered);
	return l;
}

static bool free_seen(void *value, void *arg)
{
	(void)arg;
	free(value);
	return true;
}

void live_free(struct live **live)
{
	struct live *l = *live;
	if (!l)
		return;
	REQUIRE(list_empty(&l->waiters));
	loop_timer_stop(l->loop, &l->gather);
	map_each(l->seen, free_seen, NULL);
	map_free(&l->seen);
	free(l);
	*live = NULL;
}
