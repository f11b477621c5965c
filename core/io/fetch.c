#include "core/io/fetch.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/log.h"
#include "core/base/map.h"

#define WINDOW_MS                    60000
#define DEFAULT_CONNECTIONS          256
#define DEFAULT_CONNECTIONS_PER_HOST 32
#define DEFAULT_QUOTA_WAIT_S         5
#define DEFAULT_MAX_BODY             ((size_t)64 * 1024 * 1024)

/* One upstream account of a tenant: its own bounds, its own queue. */
struct fetch_lane {
	struct fetch_hub *hub;
	char *name;
	struct fetch_lane_limits limits;
	struct list queue; /* fetches that wait */
	unsigned active;
	struct list ready;       /* on the hub's round while something waits, or parked at a host */
	struct fetch_host *heir; /* a place at this host is kept for it */
	int64_t *starts;         /* ring of monotonic start times, per_minute long */
	size_t start_head, start_count;
	uint64_t total;
	struct loop_timer reopen; /* when the window lets the next one through */
};

/* Where fetches go: scheme, name and port. Lanes that find it full wait here in order; a place that falls free is
 * kept for the first of them, so that neither newcomers nor the lane that gave it up can take it first. */
struct fetch_host {
	struct fetch_hub *hub;
	char *key;
	unsigned fetches; /* queued and active ones: the host lives as long */
	unsigned active, heirs;
	struct list parked;
};

struct fetch_hub {
	struct loop *loop;
	struct fetch_transport *transport;
	unsigned connections, per_host, active, lanes;
	struct list round;
	struct map *hosts;
	struct loop_task admit;
};

const char *fetch_method_name(enum fetch_method m)
{
	static const char *const names[FETCH_METHOD_COUNT] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
	return names[m];
}

/* ---- hosts ---- */

/* Everything before the path; a Unix socket is its own host. */
static struct str host_key(const struct fetch_request *r)
{
	if (r->unix_socket)
		return str_of(r->unix_socket);
	const char *name = strstr(r->url, "://");
	name = name ? name + 3 : r->url;
	return (struct str){r->url, (size_t)(name - r->url) + strcspn(name, "/?#")};
}

static struct fetch_host *enter_host(struct fetch_hub *hub, const struct fetch_request *r)
{
	struct str key = host_key(r);
	struct fetch_host *host = map_get_str(hub->hosts, key);
	if (!host) {
		host = xcalloc(1, sizeof(*host));
		host->hub = hub;
		host->key = xmalloc(key.n + 1);
		memcpy(host->key, key.p, key.n);
		host->key[key.n] = '\0';
		list_init(&host->parked);
		map_put_str(hub->hosts, str_of(host->key), host);
	}
	host->fetches++;
	return host;
}

static void drop_host(struct fetch_host *host)
{
	/* an heir whose fetch was cancelled keeps it until its turn; where a lane is parked, others are busy */
	if (host->fetches || host->heirs)
		return;
	REQUIRE(list_empty(&host->parked));
	map_del_str(host->hub->hosts, str_of(host->key));
	free(host->key);
	free(host);
}

static void leave_host(struct fetch *f)
{
	struct fetch_host *host = f->host;
	f->host = NULL;
	host->fetches--;
	drop_host(host);
}

/* Places that are free go to those that wait for them, on the round. */
static void offer_places(struct fetch_host *host)
{
	struct list *node;
	while (host->active + host->heirs < host->hub->per_host && (node = list_take_first(&host->parked)) != NULL) {
		struct fetch_lane *lane = list_entry(node, struct fetch_lane, ready);
		lane->heir = host;
		host->heirs++;
		list_append(&host->hub->round, node);
	}
	if (!list_empty(&host->hub->round))
		loop_defer(host->hub->loop, &host->hub->admit);
}

static void renounce(struct fetch_lane *lane)
{
	struct fetch_host *host = lane->heir;
	if (!host)
		return;
	lane->heir = NULL;
	host->heirs--;
	offer_places(host);
	drop_host(host);
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
	hub->lanes++;
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
	renounce(l);
	l->hub->lanes--;
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
	/* one more than the window: no two starts exactly a minute apart count as outside each other's */
	while (lane->start_count && start_at(lane, 0) + WINDOW_MS < now) {
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
	size_t first = 0, n = 0;
	while (first < lane->start_count && start_at(lane, first) + WINDOW_MS < now)
		first++;
	/* short of room: the latest, they hold longest */
	if (lane->start_count - first > max)
		first = lane->start_count - max;
	for (size_t i = first; i < lane->start_count; i++)
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
		if (age <= WINDOW_MS)
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
		loop_timer_start(lane->hub->loop, &lane->reopen, start_at(lane, 0) + WINDOW_MS + 1 - now);
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
	f->host->active++;
	note_start(lane, now);
	hub->transport->start(hub->transport, f);
}

/* May the first of the lane's queue enter its host? Spends the place that was kept for it. */
static bool take_place(struct fetch_lane *lane)
{
	struct fetch_host *host = list_entry(lane->queue.next, struct fetch, link)->host;
	if (lane->heir == host) {
		lane->heir = NULL;
		host->heirs--;
		return true;
	}
	if (host->active + host->heirs < host->hub->per_host)
		return true; /* then nobody is parked there */
	list_append(&host->parked, &lane->ready);
	return false;
}

static void serve(struct fetch_lane *lane, int64_t now)
{
	/* a lane that is not open comes back with a finished fetch, or with its window */
	if (!list_empty(&lane->queue) && lane_open(lane, now) && take_place(lane)) {
		start_next(lane, now);
		if (!list_empty(&lane->queue))
			list_append(&lane->hub->round, &lane->ready);
	}
	renounce(lane);
}

static void on_admit(struct loop_task *t)
{
	struct fetch_hub *hub = list_entry(t, struct fetch_hub, admit);
	int64_t now = loop_mono_ms(hub->loop);
	struct list *node;
	while (hub->active < hub->connections && (node = list_take_first(&hub->round)) != NULL)
		serve(list_entry(node, struct fetch_lane, ready), now);
}

struct fetch_hub *fetch_hub_new(struct loop *loop, struct fetch_transport *transport,
                                const struct fetch_limits *limits)
{
	struct fetch_hub *hub = xcalloc(1, sizeof(*hub));
	hub->loop = loop;
	hub->transport = transport;
	hub->connections = limits && limits->connections ? limits->connections : DEFAULT_CONNECTIONS;
	hub->per_host =
	        limits && limits->connections_per_host ? limits->connections_per_host : DEFAULT_CONNECTIONS_PER_HOST;
	hub->hosts = map_new_str(NULL);
	list_init(&hub->round);
	loop_task_init(&hub->admit, on_admit);
	return hub;
}

void fetch_hub_free(struct fetch_hub **hub)
{
	struct fetch_hub *h = *hub;
	if (!h)
		return;
	REQUIRE(h->active == 0 && h->lanes == 0);
	loop_task_cancel(&h->admit);
	h->transport->close(h->transport);
	BUG_UNLESS(map_count(h->hosts) == 0);
	map_free(&h->hosts);
	free(h);
	*hub = NULL;
}

void fetch_start(struct fetch *f)
{
	REQUIRE(f->state == FETCH_IDLE);
	memset(&f->reply, 0, sizeof(f->reply));
	f->host = enter_host(f->lane->hub, &f->request);
	f->state = FETCH_QUEUED;
	list_init(&f->link);
	list_append(&f->lane->queue, &f->link);
	queue_lane(f->lane);
}

static void leave(struct fetch *f)
{
	struct fetch_lane *lane = f->lane;
	struct fetch_host *host = f->host;
	f->state = FETCH_IDLE;
	f->reply.ended_ms = loop_mono_ms(lane->hub->loop);
	lane->active--;
	lane->hub->active--;
	host->active--;
	offer_places(host);
	queue_lane(lane);
	leave_host(f);
}

void fetch_cancel(struct fetch *f)
{
	if (f->state == FETCH_IDLE)
		return;
	f->reply.code = ERR_CANCELLED;
	if (f->state == FETCH_QUEUED) {
		list_remove(&f->link);
		f->state = FETCH_IDLE;
		leave_host(f);
		return;
	}
	f->reply.sent = true; /* unless the transport knows better */
	f->lane->hub->transport->cancel(f->lane->hub->transport, f);
	leave(f);
}

void fetch_finish(struct fetch *f)
{
	REQUIRE(f->state == FETCH_ACTIVE);
	leave(f);
	f->done(f);
}

/* ---- bodies ---- */

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

/* An answer that came in whole, by status. code 0: ERR_HTTP. First match. */
static const struct {
	int from, to;
	enum fault_class read, write;
	int code;
} status_table[] = {
        {200, 299, FAULT_NONE, FAULT_NONE, 0},
        {300, 399, FAULT_DATA, FAULT_DATA, ERR_REDIRECT},
        {401, 401, FAULT_AUTH, FAULT_AUTH, 0},
        {403, 403, FAULT_AUTH, FAULT_AUTH, 0},
        {404, 404, FAULT_REMOTE, FAULT_REMOTE, ERR_NOT_FOUND},
        /* given up while it waited: for the request, or for what stands behind */
        {408, 408, FAULT_TRANSIENT, FAULT_UNCERTAIN, 0},
        {410, 410, FAULT_REMOTE, FAULT_REMOTE, ERR_NOT_FOUND},
        {425, 425, FAULT_TRANSIENT, FAULT_TRANSIENT, 0},
        {429, 429, FAULT_QUOTA, FAULT_QUOTA, 0},
        {400, 499, FAULT_REMOTE, FAULT_REMOTE, 0},
        /* a gateway may have given up on a server that goes on */
        {0, INT_MAX, FAULT_TRANSIENT, FAULT_UNCERTAIN, 0},
};

/* No whole answer: by what broke it. A write that may have left is uncertain before this is asked. */
static const struct {
	int code;
	enum fault_class class;
} code_table[] = {
        {ERR_RESOLVE, FAULT_TRANSIENT},
        {ERR_CONNECT, FAULT_TRANSIENT},
        {ERR_RESET, FAULT_TRANSIENT},
        {ERR_TIMEOUT, FAULT_TRANSIENT},
        {ERR_TRUNCATED, FAULT_TRANSIENT},
        /* a certificate, or an address, that is wrong will be wrong in a minute too */
        {ERR_TLS, FAULT_DATA},
        {ERR_CONFIG, FAULT_DATA},
        {ERR_CANCELLED, FAULT_CANCELLED},
        {ERR_BUG, FAULT_BUG},
        {-EMFILE, FAULT_LOCAL},
        {-ENFILE, FAULT_LOCAL},
        {-ENOMEM, FAULT_LOCAL},
        {-ENOBUFS, FAULT_LOCAL},
};

static enum fault_class class_of_code(const struct fetch *f)
{
	int code = f->reply.code;
	if (f->reply.sent && f->request.effect != FETCH_READ)
		return FAULT_UNCERTAIN;
	for (size_t i = 0; i < sizeof(code_table) / sizeof(code_table[0]); i++)
		if (code_table[i].code == code)
			return code_table[i].class;
	return FAULT_DATA; /* what the sink had to say */
}

static enum fault_class class_of_status(const struct fetch *f, int *code)
{
	size_t i = 0;
	while (f->reply.status < status_table[i].from || f->reply.status > status_table[i].to)
		i++;
	*code = status_table[i].code ? status_table[i].code : ERR_HTTP;
	return f->request.effect == FETCH_READ ? status_table[i].read : status_table[i].write;
}

/* Without query, and with segments that hold an e-mail address masked: this goes to logs. */
static void describe(const char *url, char *out, size_t size)
{
	size_t n = 0, end = strcspn(url, "?#");
	for (size_t i = 0; i < end;) {
		size_t length = strcspn(url + i, "/?#");
		struct str part = {url + i, length};
		bool personal = memchr(part.p, '@', part.n) || memmem(part.p, part.n, "%40", 3);
		int put = snprintf(out + n, size - n, "%.*s%s", personal ? 3 : (int)part.n, personal ? "***" : part.p,
		                   i + length < end ? "/" : "");
		n += (size_t)put;
		i += length + 1;
		if (n >= size)
			return;
	}
	out[n] = '\0';
}

void fetch_fault(const struct fetch *f, struct fault *out)
{
	const struct fetch_reply *r = &f->reply;
	char url[161];
	int code = r->code;
	memset(out, 0, sizeof(*out));
	/* the status is told in the first line: what a read's answer broke off at behind it changes nothing */
	bool by_status = code == 0 || (f->request.effect == FETCH_READ && r->status >= 300 && code != ERR_CANCELLED);
	enum fault_class class = by_status ? class_of_status(f, &code) : class_of_code(f);
	if (class == FAULT_NONE)
		return;
	out->http_status = r->status;
	out->retry_after_s = r->retry_after_s;
	if (class == FAULT_QUOTA && !r->retry_after_s)
		out->retry_after_s = DEFAULT_QUOTA_WAIT_S;
	describe(f->request.url, url, sizeof(url));
	const char *why = r->detail[0] ? r->detail : r->code ? err_text(r->code) : "";
	if (r->status)
		fault_set(out, class, code, "%s %s: HTTP %d%s%s", fetch_method_name(f->request.method), url,
		          r->status, why[0] ? ", " : "", why);
	else
		fault_set(out, class, code, "%s %s: %s%s%s", fetch_method_name(f->request.method), url,
		          err_text(code), r->detail[0] ? ": " : "", r->detail);
}
