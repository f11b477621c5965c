#include "core/io/fetch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"

#define WINDOW_MS 60000
#define DEFAULT_CONNECTIONS 256
#define DEFAULT_QUOTA_WAIT_S 5

/* One upstream account of a tenant: its own bounds, its own queue. */
struct fetch_lane {
	struct fetch_hub *hub;
	char *name;
	struct fetch_lane_limits limits;
	struct list queue;         /* fetches that wait */
	unsigned active;
	struct list ready;         /* on the hub's round while something waits */
	int64_t *starts;           /* ring of monotonic start times, per_minute long */
	size_t start_head, start_count;
	uint64_t total;
	struct loop_timer reopen;  /* when the window lets the next one through */
};

struct fetch_hub {
	struct loop *loop;
	struct fetch_transport *transport;
	unsigned connections, active;
	struct list round;         /* lanes with something waiting, served in turn: a lane's share does not depend on its backlog */
	struct loop_task admit;
};

const char *fetch_method_name(enum fetch_method m)
{
	static const char *const names[FETCH_METHOD_COUNT] = { "GET", "POST", "PUT", "PATCH", "DELETE" };
	return names[m];
}

/* ---- lanes ---- */

static void queue_lane(struct fetch_lane *lane)
{
	if (list_empty(&lane->ready) && !list_empty(&lane->queue))
		list_append(&lane->hub->round, &lane->ready);
	loop_defer(lane->hub->loop, &lane->hub->admit);
}

static void on_reopen(struct loop_timer *t)
{
	queue_lane(list_entry(t, struct fetch_lane, reopen));
}

struct fetch_lane *fetch_lane_new(struct fetch_hub *hub, const char *name, const struct fetch_lane_limits *limits)
{
	struct fetch_lane *lane = xcalloc(1, sizeof(*lane));
	lane->hub = hub;
	lane->name = xstrdup(name);
	lane->limits = *limits;
	if (lane->limits.concurrency == 0)
		lane->limits.concurrency = 1;
	if (limits->per_minute)
		lane->starts = xcalloc(limits->per_minute, sizeof(*lane->starts));
	list_init(&lane->queue);
	list_init(&lane->ready);
	loop_timer_init(&lane->reopen, on_reopen);
	return lane;
}

void fetch_lane_free(struct fetch_lane **lane)
{
	struct fetch_lane *l = *lane;
	if (!l)
		return;
	REQUIRE(list_empty(&l->queue) && l->active == 0);
	loop_timer_stop(l->hub->loop, &l->reopen);
	list_remove(&l->ready);
	free(l->starts);
	free(l->name);
	free(l);
	*lane = NULL;
}

uint64_t fetch_lane_count(const struct fetch_lane *lane)
{
	return lane->total;
}

static int64_t start_at(const struct fetch_lane *lane, size_t i)
{
	return lane->starts[(lane->start_head + i) % lane->limits.per_minute];
}

static void forget_old(struct fetch_lane *lane, int64_t now)
{
	while (lane->start_count && start_at(lane, 0) + WINDOW_MS <= now) {
		lane->start_head = (lane->start_head + 1) % lane->limits.per_minute;
		lane->start_count--;
	}
}

static void note_start(struct fetch_lane *lane, int64_t at)
{
	if (!lane->starts)
		return;
	if (lane->start_count == lane->limits.per_minute) {
		lane->start_head = (lane->start_head + 1) % lane->limits.per_minute;
		lane->start_count--;
	}
	lane->starts[(lane->start_head + lane->start_count++) % lane->limits.per_minute] = at;
}

size_t fetch_lane_window(const struct fetch_lane *lane, int64_t *starts_ms, size_t max)
{
	int64_t now = loop_mono_ms(lane->hub->loop), wall = loop_wall_ms(lane->hub->loop);
	size_t n = 0;
	for (size_t i = 0; i < lane->start_count && n < max; i++)
		if (start_at(lane, i) + WINDOW_MS > now)
			starts_ms[n++] = wall - (now - start_at(lane, i));
	return n;
}

void fetch_lane_restore(struct fetch_lane *lane, const int64_t *starts_ms, size_t count)
{
	int64_t now = loop_mono_ms(lane->hub->loop), wall = loop_wall_ms(lane->hub->loop);
	if (!lane->starts)
		return;
	for (size_t i = 0; i < count; i++) {
		int64_t age = wall - starts_ms[i];
		/* a stamp of the future comes from a clock that was set: it counts as of now */
		if (age < WINDOW_MS)
			note_start(lane, now - (age < 0 ? 0 : age));
	}
}

/* May one more start now? If not because of the window, when. */
static bool lane_open(struct fetch_lane *lane, int64_t now)
{
	if (lane->active >= lane->limits.concurrency)
		return false;
	if (!lane->starts)
		return true;
	forget_old(lane, now);
	if (lane->start_count < lane->limits.per_minute)
		return true;
	if (!loop_timer_active(&lane->reopen))
		loop_timer_start(lane->hub->loop, &lane->reopen, start_at(lane, 0) + WINDOW_MS - now);
	return false;
}

/* ---- admission ---- */

static void start_next(struct fetch_lane *lane, int64_t now)
{
	struct fetch *f = list_entry(list_take_first(&lane->queue), struct fetch, link);
	struct fetch_hub *hub = lane->hub;
	f->state = FETCH_ACTIVE;
	f->reply.started_ms = now;
	lane->active++;
	lane->total++;
	hub->active++;
	note_start(lane, now);
	hub->transport->start(hub->transport, f);
}

static void on_admit(struct loop_task *t)
{
	struct fetch_hub *hub = list_entry(t, struct fetch_hub, admit);
	int64_t now = loop_mono_ms(hub->loop);
	struct list *node;
	while (hub->active < hub->connections && (node = list_take_first(&hub->round)) != NULL) {
		struct fetch_lane *lane = list_entry(node, struct fetch_lane, ready);
		if (list_empty(&lane->queue) || !lane_open(lane, now))
			continue; /* comes back with a finished fetch, or with its window */
		start_next(lane, now);
		if (!list_empty(&lane->queue))
			list_append(&hub->round, &lane->ready);
	}
}

struct fetch_hub *fetch_hub_new(struct loop *loop, struct fetch_transport *transport, const struct fetch_limits *limits)
{
	struct fetch_hub *hub = xcalloc(1, sizeof(*hub));
	hub->loop = loop;
	hub->transport = transport;
	hub->connections = limits && limits->connections ? limits->connections : DEFAULT_CONNECTIONS;
	list_init(&hub->round);
	loop_task_init(&hub->admit, on_admit);
	return hub;
}

void fetch_hub_free(struct fetch_hub **hub)
{
	struct fetch_hub *h = *hub;
	if (!h)
		return;
	REQUIRE(h->active == 0);
	loop_task_cancel(&h->admit);
	h->transport->close(h->transport);
	free(h);
	*hub = NULL;
}

void fetch_start(struct fetch *f)
{
	REQUIRE(f->state == FETCH_IDLE);
	memset(&f->reply, 0, sizeof(f->reply));
	f->state = FETCH_QUEUED;
	list_init(&f->link);
	list_append(&f->lane->queue, &f->link);
	queue_lane(f->lane);
}

static void leave(struct fetch *f)
{
	struct fetch_lane *lane = f->lane;
	f->state = FETCH_IDLE;
	lane->active--;
	lane->hub->active--;
	queue_lane(lane);
	/* one connection less is a chance for every lane that waits */
	loop_defer(lane->hub->loop, &lane->hub->admit);
}

void fetch_cancel(struct fetch *f)
{
	if (f->state == FETCH_QUEUED) {
		list_remove(&f->link);
		f->state = FETCH_IDLE;
	} else if (f->state == FETCH_ACTIVE) {
		f->lane->hub->transport->cancel(f->lane->hub->transport, f);
		leave(f);
	}
}

void fetch_finish(struct fetch *f)
{
	REQUIRE(f->state == FETCH_ACTIVE);
	f->reply.ended_ms = loop_mono_ms(f->lane->hub->loop);
	leave(f);
	f->done(f);
}

/* ---- bodies ---- */

#define DEFAULT_MAX_BODY ((size_t)64 * 1024 * 1024)

int fetch_feed(struct fetch *f, const char *p, size_t n)
{
	struct fetch_reply *r = &f->reply;
	size_t max = f->request.max_body ? f->request.max_body : DEFAULT_MAX_BODY;
	size_t room = sizeof(r->head) - 1 - r->head_n, part = n < room ? n : room;
	memcpy(r->head + r->head_n, p, part);
	r->head_n += part;
	r->head[r->head_n] = '\0';
	r->body_bytes += n;
	if (r->body_bytes > max) {
		snprintf(r->detail, sizeof(r->detail), "over %zu bytes", max);
		return r->code = ERR_LIMIT;
	}
	if (r->status < 200 || r->status > 299 || !f->request.sink)
		return 0;
	int rc = f->request.sink(f->request.sink_arg, p, n);
	if (rc)
		r->code = rc;
	return rc;
}

/* ---- faults ---- */

/* Nothing was read of an answer: did anything reach the server? */
static enum fault_class class_without_answer(const struct fetch *f)
{
	const struct fetch_reply *r = &f->reply;
	if (r->code == ERR_TLS)
		return FAULT_DATA; /* a certificate that does not hold will not hold in a minute either */
	if (r->code == ERR_CANCELLED)
		return FAULT_CANCELLED;
	if (r->code == -EMFILE || r->code == -ENFILE || r->code == -ENOMEM)
		return FAULT_LOCAL;
	if (!r->sent || f->request.effect == FETCH_READ)
		return FAULT_TRANSIENT;
	return FAULT_UNCERTAIN;
}

/* What was read of a 2xx answer could not be used. */
static enum fault_class class_of_body(const struct fetch *f)
{
	int code = f->reply.code;
	if (code == ERR_RESET || code == ERR_TIMEOUT || code == ERR_TRUNCATED)
		return f->request.effect == FETCH_READ ? FAULT_TRANSIENT : FAULT_UNCERTAIN;
	return f->request.effect == FETCH_READ ? FAULT_DATA : FAULT_UNCERTAIN;
}

static enum fault_class class_of_status(const struct fetch *f, int *code)
{
	int status = f->reply.status;
	*code = ERR_HTTP;
	if (status == 429)
		return FAULT_QUOTA;
	if (status == 401 || status == 403)
		return FAULT_AUTH;
	if (status == 404 || status == 410)
		*code = ERR_NOT_FOUND;
	if (status >= 400 && status < 500)
		return status == 408 ? (f->request.effect == FETCH_READ ? FAULT_TRANSIENT : FAULT_UNCERTAIN) : FAULT_REMOTE;
	if (status >= 300 && status < 400) {
		*code = ERR_REDIRECT;
		return FAULT_DATA;
	}
	/* 1xx as a final answer and 5xx: a gateway may have given up on a server that goes on */
	return f->request.effect == FETCH_READ ? FAULT_TRANSIENT : FAULT_UNCERTAIN;
}

void fetch_fault(const struct fetch *f, struct fault *out)
{
	const struct fetch_reply *r = &f->reply;
	memset(out, 0, sizeof(*out));
	out->http_status = r->status;
	int code = r->code;
	enum fault_class class;
	if (code == 0 && r->status >= 200 && r->status < 300)
		return;
	if (r->status == 0)
		class = class_without_answer(f);
	else if (r->status >= 200 && r->status < 300)
		class = class_of_body(f);
	else
		class = class_of_status(f, &code);
	if (class == FAULT_QUOTA)
		out->retry_after_s = r->retry_after_s ? r->retry_after_s : DEFAULT_QUOTA_WAIT_S;
	struct str url = str_of(f->request.url);
	const char *query = memchr(url.p, '?', url.n);
	if (query)
		url.n = (size_t)(query - url.p);
	if (url.n > 140)
		url = (struct str){ url.p + url.n - 140, 140 };
	if (r->status)
		fault_set(out, class, code, "%s %.*s: HTTP %d%s%s", fetch_method_name(f->request.method), STR_ARG(url), r->status,
		          r->detail[0] || r->code ? ", " : "", r->detail[0] ? r->detail : r->code ? err_text(r->code) : "");
	else
		fault_set(out, class, code, "%s %.*s: %s%s%s", fetch_method_name(f->request.method), STR_ARG(url), err_text(code),
		          r->detail[0] ? ": " : "", r->detail);
}
