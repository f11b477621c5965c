#include "core/io/fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/base/log.h"
#include "core/base/map.h"
#include "core/io/breaker.h"
#include "core/io/pace.h"

/*
 * Admission. A fetch waits in its lane's queue until the lane (its concurrency, its window, its breaker), the host
 * and the process have a place. Turns go round by stand: one tenant at one host. A stand has one fetch started a
 * turn, and its lanes take turns within, so neither a long queue nor many lanes bring a tenant more than one share.
 * This is deficit round robin with a quantum of one and a cost of one a fetch: what is shared are starts. How long a place is
 * held is not counted, so a tenant whose answers take long holds places for longer, but for no more than SLOW_MS each.
 */

#define WINDOW_MS                    60000
#define DEFAULT_CONNECTIONS          256
#define DEFAULT_CONNECTIONS_PER_HOST 32
#define SLOW_MS                      5000
#define LONGEST_QUOTA_S              120
#define DEFAULT_QUOTA_WAIT_S         5

/* One upstream account of a tenant: its own bounds, its own queue. */
struct fetch_lane {
	struct fetch_hub *hub;
	char *name, *tenant;
	struct fetch_lane_limits limits;
	struct list queue; /* fetches that wait */
	unsigned active, refused;
	struct list
	        ready; /* at the stand of its first fetch, while something waits and nothing of its own forbids it */
	int64_t *starts; /* ring of monotonic start times, per_minute long; NULL while there are none */
	size_t start_head, start_count;
	uint64_t total, faults[FAULT_CLASS_COUNT];
	void (*ask)(void *arg); /* for more starts to be kept; NULL: none is */
	void *ask_arg;
	uint64_t allowed; /* total may come to this */
	unsigned ahead;
	bool asked;
	struct loop_timer reopen; /* when its window, a hold or its breaker lets the next one through */
	int64_t held_until;       /* after a 429, or a 503 that says when to come back */
	struct breaker breaker;
	struct pace *pace;   /* NULL: its concurrency is always that of its limits */
	struct fetch *probe; /* under way: what it ends with decides for the breaker */
};

/* One tenant at one host; lives as long as it has fetches. */
struct fetch_stand {
	struct fetch_host *host;
	char *key;
	unsigned fetches;  /* queued and active */
	struct list lanes; /* that are ready */
	struct list turn;  /* on the hub's round, or parked at the host */
	bool heir;         /* a place at the host is kept for it */
};

/* Where fetches go: scheme, name and port. Stands that find it full wait here in order; a place that falls free is
 * kept for the first of them, so that neither newcomers nor the one that gave it up can take it first. */
struct fetch_host {
	struct fetch_hub *hub;
	char *key;
	unsigned stands;
	unsigned active, slow, heirs;
	struct list parked;
};

struct fetch_hub {
	struct loop *loop;
	struct fetch_transport *transport;
	unsigned connections, per_host, active, slow, lanes;
	struct list round;          /* of stands */
	struct list brisk;          /* active fetches that count, in the order of their starts */
	struct loop_timer slowness; /* looks at the first of them */
	struct list refused;        /* fetches whose lane is not to be asked now */
	struct map *hosts, *stands;
	struct buf key;
	struct loop_task admit, refuse;
};

/* ---- hosts and stands ---- */

/* Everything before the path; a Unix socket is its own host. */
static struct str host_key(const struct fetch_request *r)
{
	if (r->unix_socket)
		return str_of(r->unix_socket);
	const char *name = strstr(r->url, "://");
	name = name ? name + 3 : r->url;
	return (struct str){r->url, (size_t)(name - r->url) + strcspn(name, "/?#")};
}

static char *copy_of(struct str s)
{
	char *copy = xmalloc(s.n + 1);
	memcpy(copy, s.p, s.n);
	copy[s.n] = '\0';
	return copy;
}

static struct fetch_host *host_of(struct fetch_hub *hub, struct str key)
{
	struct fetch_host *host = map_get_str(hub->hosts, key);
	if (!host) {
		host = xcalloc(1, sizeof(*host));
		host->hub = hub;
		host->key = copy_of(key);
		list_init(&host->parked);
		map_put_str(hub->hosts, str_of(host->key), host);
	}
	host->stands++;
	return host;
}

static void drop_host(struct fetch_host *host)
{
	if (--host->stands)
		return;
	REQUIRE(list_empty(&host->parked) && host->heirs == 0);
	map_del_str(host->hub->hosts, str_of(host->key));
	free(host->key);
	free(host);
}

static void enter_stand(struct fetch *f)
{
	struct fetch_hub *hub = f->lane->hub;
	struct str host = host_key(&f->request);
	buf_clear(&hub->key);
	buf_printf(&hub->key, "%s\n%.*s", f->lane->tenant, (int)host.n, host.p);
	struct fetch_stand *stand = map_get_str(hub->stands, buf_str(&hub->key));
	if (!stand) {
		stand = xcalloc(1, sizeof(*stand));
		stand->host = host_of(hub, host);
		stand->key = copy_of(buf_str(&hub->key));
		list_init(&stand->lanes);
		list_init(&stand->turn);
		map_put_str(hub->stands, str_of(stand->key), stand);
	}
	stand->fetches++;
	f->stand = stand;
}

/* Places that are free go to those that wait for them, on the round. */
static void offer_places(struct fetch_host *host)
{
	struct list *node;
	while (host->active + host->heirs < host->hub->per_host && (node = list_take_first(&host->parked)) != NULL) {
		list_entry(node, struct fetch_stand, turn)->heir = true;
		host->heirs++;
		list_append(&host->hub->round, node);
	}
	if (!list_empty(&host->hub->round))
		loop_defer(host->hub->loop, &host->hub->admit);
}

static void renounce(struct fetch_stand *stand)
{
	if (!stand->heir)
		return;
	stand->heir = false;
	stand->host->heirs--;
	offer_places(stand->host);
}

static void drop_stand(struct fetch_stand *stand)
{
	if (stand->fetches || !list_empty(&stand->lanes))
		return;
	struct fetch_host *host = stand->host;
	list_remove(&stand->turn);
	renounce(stand);
	map_del_str(host->hub->stands, str_of(stand->key));
	free(stand->key);
	free(stand);
	drop_host(host);
}

static void leave_stand(struct fetch *f)
{
	struct fetch_stand *stand = f->stand;
	f->stand = NULL;
	stand->fetches--;
	drop_stand(stand);
}

/* ---- lanes ---- */

static struct fetch *first_of(const struct fetch_lane *lane)
{
	return list_entry(lane->queue.next, struct fetch, link);
}

static void queue_stand(struct fetch_stand *stand)
{
	struct fetch_hub *hub = stand->host->hub;
	if (list_empty(&stand->turn) && !list_empty(&stand->lanes))
		list_append(&hub->round, &stand->turn);
	loop_defer(hub->loop, &hub->admit);
}

static void queue_lane(struct fetch_lane *lane)
{
	if (list_empty(&lane->queue)) {
		/* the process may have a place for others now */
		loop_defer(lane->hub->loop, &lane->hub->admit);
		return;
	}
	struct fetch_stand *stand = first_of(lane)->stand;
	if (list_empty(&lane->ready))
		list_append(&stand->lanes, &lane->ready);
	queue_stand(stand);
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
	if (lane->start_count == 0 && lane->starts) {
		/* thousands of lanes rest most of the day */
		free(lane->starts);
		lane->starts = NULL;
	}
}

static void note_start(struct fetch_lane *lane, int64_t at)
{
	if (!lane->limits.per_minute)
		return;
	if (!lane->starts)
		lane->starts = xcalloc(lane->limits.per_minute, sizeof(*lane->starts));
	if (lane->start_count == lane->limits.per_minute) {
		lane->start_head = (lane->start_head + 1) % lane->limits.per_minute;
		lane->start_count--;
	}
	lane->starts[(lane->start_head + lane->start_count++) % lane->limits.per_minute] = at;
}

static void wake_at(struct fetch_lane *lane, int64_t at, int64_t now)
{
	loop_timer_stop(lane->hub->loop, &lane->reopen);
	loop_timer_start(lane->hub->loop, &lane->reopen, at > now ? at - now : 0);
}

/* Nothing to do for now: once its window is over, what it remembers is given back. */
static void rest(struct fetch_lane *lane, int64_t now)
{
	forget_old(lane, now);
	if (lane->starts && list_empty(&lane->queue) && lane->active == 0)
		wake_at(lane, start_at(lane, lane->start_count - 1) + WINDOW_MS + 1, now);
}

static void on_reopen(struct loop_timer *t)
{
	struct fetch_lane *lane = list_entry(t, struct fetch_lane, reopen);
	rest(lane, loop_mono_ms(lane->hub->loop));
	queue_lane(lane);
}

struct fetch_lane *fetch_lane_new(struct fetch_hub *hub, const char *name, const struct fetch_lane_limits *limits)
{
	struct fetch_lane *lane = xcalloc(1, sizeof(*lane));
	lane->hub = hub;
	hub->lanes++;
	lane->name = xstrdup(name);
	lane->tenant = xstrdup(limits->tenant ? limits->tenant : name);
	lane->limits = *limits;
	lane->limits.tenant = lane->tenant;
	if (lane->limits.concurrency == 0)
		lane->limits.concurrency = 1;
	if (limits->learns && lane->limits.concurrency > 1) {
		lane->pace = xmalloc(sizeof(*lane->pace));
		pace_init(lane->pace, lane->limits.concurrency);
	}
	list_init(&lane->queue);
	list_init(&lane->ready);
	loop_timer_init(&lane->reopen, on_reopen);
	breaker_init(&lane->breaker, str_hash(str_of(name)));
	return lane;
}

void fetch_lane_free(struct fetch_lane **lane)
{
	struct fetch_lane *l = *lane;
	if (!l)
		return;
	REQUIRE(list_empty(&l->queue) && l->active == 0 && l->refused == 0);
	loop_timer_stop(l->hub->loop, &l->reopen);
	BUG_UNLESS(list_empty(&l->ready));
	l->hub->lanes--;
	free(l->pace);
	free(l->starts);
	free(l->tenant);
	free(l->name);
	free(l);
	*lane = NULL;
}

uint64_t fetch_lane_count(const struct fetch_lane *lane)
{
	return lane->total;
}

uint64_t fetch_lane_faults(const struct fetch_lane *lane, enum fault_class class)
{
	return lane->faults[class];
}

unsigned fetch_lane_allowed(const struct fetch_lane *lane)
{
	return lane->pace ? pace_allowed(lane->pace) : lane->limits.concurrency;
}

enum breaker_state fetch_lane_breaker(const struct fetch_lane *lane)
{
	return breaker_state(&lane->breaker, loop_mono_ms(lane->hub->loop));
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

void fetch_lane_restore(struct fetch_lane *lane, const int64_t *starts_ms, size_t count, unsigned ahead)
{
	int64_t now = loop_mono_ms(lane->hub->loop), wall = loop_wall_ms(lane->hub->loop);
	for (size_t i = 0; i < count; i++) {
		int64_t age = wall - starts_ms[i];
		/* a stamp of the future comes from a clock that was set: it counts as of now */
		if (age <= WINDOW_MS)
			note_start(lane, now - (age < 0 ? 0 : age));
	}
	for (unsigned i = 0; i < ahead && i < lane->limits.per_minute; i++)
		note_start(lane, now);
}

void fetch_lane_keep(struct fetch_lane *lane, unsigned ahead, void (*ask)(void *arg), void *arg)
{
	lane->ask = ask;
	lane->ask_arg = arg;
	lane->ahead = ahead;
	lane->allowed = lane->total;
	lane->asked = false;
}

void fetch_lane_allow(struct fetch_lane *lane, uint64_t count)
{
	lane->allowed = count;
	lane->asked = false;
	queue_lane(lane);
}

/* Of those allowed, is one left? Asks for more in time. */
static bool is_kept(struct fetch_lane *lane)
{
	if (!lane->ask)
		return true;
	uint64_t left = lane->allowed > lane->total ? lane->allowed - lane->total : 0;
	if (left * 2 < lane->ahead + 1 && !lane->asked) {
		lane->asked = true;
		lane->ask(lane->ask_arg);
	}
	return left > 0;
}

/* May one more start now? What comes back with a finished fetch needs no timer. */
static bool lane_open(struct fetch_lane *lane, int64_t now)
{
	enum breaker_state breaker = breaker_state(&lane->breaker, now);
	int64_t wake = lane->held_until;
	if (lane->active >= fetch_lane_allowed(lane) || (breaker == BREAKER_HALF_OPEN && lane->probe))
		return false;
	if (breaker == BREAKER_OPEN && lane->breaker.until > wake)
		wake = lane->breaker.until;
	forget_old(lane, now);
	if (lane->starts && lane->start_count == lane->limits.per_minute && start_at(lane, 0) + WINDOW_MS + 1 > wake)
		wake = start_at(lane, 0) + WINDOW_MS + 1;
	if (wake <= now)
		return is_kept(lane); /* fetch_lane_allow() brings it back */
	wake_at(lane, wake, now);
	return false;
}

/* ---- what does not answer ---- */

/* Did it answer as what works answers? */
static enum breaker_sign sign_of(const struct fetch *f)
{
	const struct fetch_reply *r = &f->reply;
	static const int silent[] = {ERR_RESOLVE, ERR_CONNECT, ERR_TLS, ERR_RESET, ERR_TIMEOUT};
	for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++)
		if (r->code == silent[i])
			return BREAKER_ILL;
	/* a mail server that refuses a recipient is well */
	if (r->status >= 500 && f->request.method != FETCH_MAIL)
		return BREAKER_ILL;
	/* a refusal, a limit, a body that its reader did not like: somebody was there */
	return r->status ? BREAKER_WELL : BREAKER_NO_SIGN;
}

static bool refuses(const struct fetch_lane *lane, int64_t now)
{
	return breaker_state(&lane->breaker, now) == BREAKER_OPEN && lane->breaker.hold_ms > BREAKER_PATIENCE_MS;
}

static void refuse(struct fetch *f)
{
	list_remove(&f->link);
	f->refused = true;
	f->lane->refused++;
	list_append(&f->lane->hub->refused, &f->link);
	loop_defer(f->lane->hub->loop, &f->lane->hub->refuse);
}

static void trip(struct fetch_lane *lane, const struct fetch *f, int64_t now)
{
	struct log_ctx ctx = {.tenant = lane->tenant};
	log_warning("fetch", &ctx, "not asked for a while: it does not answer",
	            "lane=«%s» failures=%u status=%d error=«%s» seconds=%u", lane->name, lane->breaker.failures,
	            f->reply.status, f->reply.code ? err_text(f->reply.code) : "", lane->breaker.hold_ms / 1000);
	if (!refuses(lane, now))
		return;
	while (!list_empty(&lane->queue))
		refuse(first_of(lane));
	list_remove(&lane->ready);
}

/* busy: under way with it. */
static void learn(struct fetch_lane *lane, const struct fetch *f, unsigned busy)
{
	enum breaker_sign sign = sign_of(f);
	const struct fetch_reply *r = &f->reply;
	bool well = sign == BREAKER_WELL && r->status < 300 && r->code == 0;
	if (lane->pace && (well || sign == BREAKER_ILL))
		pace_note(lane->pace, pace_class_of(f->request.url), (double)(r->ended_ms - r->started_ms), well, busy);
}

/* What the end of a fetch says of its lane. */
static void judge(struct fetch *f)
{
	struct fetch_lane *lane = f->lane;
	const struct fetch_reply *r = &f->reply;
	int64_t now = r->ended_ms;
	bool probe = lane->probe == f;
	if (probe)
		lane->probe = NULL;
	uint32_t wait = r->retry_after_s;
	if (r->status == 429 && !wait)
		wait = DEFAULT_QUOTA_WAIT_S;
	if ((r->status == 429 || r->status == 503) && wait) {
		int64_t until = now + (int64_t)(wait < LONGEST_QUOTA_S ? wait : LONGEST_QUOTA_S) * 1000;
		if (until > lane->held_until)
			lane->held_until = until;
	}
	enum breaker_change change = breaker_note(&lane->breaker, now, sign_of(f), probe);
	if (change == BREAKER_TRIPPED)
		trip(lane, f, now);
	if (change == BREAKER_CLOSED_AGAIN) {
		struct log_ctx ctx = {.tenant = lane->tenant};
		log_info("fetch", &ctx, "it answers again", "lane=«%s»", lane->name);
	}
}

static void on_refuse(struct loop_task *t)
{
	struct fetch_hub *hub = list_entry(t, struct fetch_hub, refuse);
	struct list *node = list_take_first(&hub->refused);
	if (!node)
		return;
	/* one a turn: its done() may do anything to the others */
	if (!list_empty(&hub->refused))
		loop_defer(hub->loop, &hub->refuse);
	struct fetch *f = list_entry(node, struct fetch, link);
	int64_t now = loop_mono_ms(hub->loop), left = f->lane->breaker.until - now;
	f->state = FETCH_IDLE;
	f->lane->refused--;
	f->reply.code = ERR_UNAVAILABLE;
	f->reply.started_ms = f->reply.ended_ms = now;
	snprintf(f->reply.detail, sizeof(f->reply.detail), "%u requests in a row had no answer; asked again in %d s",
	         f->lane->breaker.failures, left > 0 ? (int)((left + 999) / 1000) : 0);
	leave_stand(f);
	f->done(f);
}

/* ---- admission ---- */

static void watch_slowness(struct fetch_hub *hub, int64_t now)
{
	if (list_empty(&hub->brisk) || loop_timer_active(&hub->slowness))
		return;
	int64_t due = list_entry(hub->brisk.next, struct fetch, link)->reply.started_ms + SLOW_MS;
	loop_timer_start(hub->loop, &hub->slowness, due > now ? due - now : SLOW_MS);
}

/* What takes long makes room for the others, as far as there is a second place for it: a school whose upstream hangs
 * must not hold up those whose upstream does not. */
static void on_slowness(struct loop_timer *t)
{
	struct fetch_hub *hub = list_entry(t, struct fetch_hub, slowness);
	int64_t now = loop_mono_ms(hub->loop);
	for (struct list *node = hub->brisk.next, *next; node != &hub->brisk; node = next) {
		struct fetch *f = list_entry(node, struct fetch, link);
		struct fetch_host *host = f->stand->host;
		next = node->next;
		if (f->reply.started_ms + SLOW_MS > now || hub->slow >= hub->connections)
			break;
		if (host->slow >= hub->per_host)
			continue;
		list_remove(&f->link);
		f->slow = true;
		hub->active--;
		hub->slow++;
		host->active--;
		host->slow++;
		offer_places(host);
	}
	watch_slowness(hub, now);
	loop_defer(hub->loop, &hub->admit);
}

static void start_next(struct fetch_lane *lane, int64_t now)
{
	struct fetch *f = list_entry(list_take_first(&lane->queue), struct fetch, link);
	struct fetch_hub *hub = lane->hub;
	f->state = FETCH_ACTIVE;
	f->slow = false;
	f->reply.started_ms = now;
	list_append(&hub->brisk, &f->link);
	if (breaker_state(&lane->breaker, now) == BREAKER_HALF_OPEN)
		lane->probe = f;
	lane->active++;
	lane->total++;
	hub->active++;
	f->stand->host->active++;
	note_start(lane, now);
	watch_slowness(hub, now);
	hub->transport->start(hub->transport, f);
}

/* May one of the stand enter its host? Spends the place that was kept for it. */
static bool take_place(struct fetch_stand *stand)
{
	struct fetch_host *host = stand->host;
	if (stand->heir) {
		stand->heir = false;
		host->heirs--;
		return true;
	}
	if (host->active + host->heirs < host->hub->per_host)
		return true; /* then nobody is parked there */
	list_append(&host->parked, &stand->turn);
	return false;
}

/* Starts one fetch of it at most. A lane that is not open comes back with a finished fetch, or with its timer. */
static void serve(struct fetch_stand *stand, int64_t now)
{
	struct list *node;
	while ((node = list_take_first(&stand->lanes)) != NULL) {
		struct fetch_lane *lane = list_entry(node, struct fetch_lane, ready);
		if (list_empty(&lane->queue))
			continue;
		if (!lane_open(lane, now))
			continue;
		if (!take_place(stand)) {
			list_prepend(&stand->lanes, &lane->ready);
			return;
		}
		start_next(lane, now);
		if (!list_empty(&lane->queue))
			queue_lane(lane);
		break;
	}
	if (!list_empty(&stand->lanes))
		queue_stand(stand);
	else
		renounce(stand);
	drop_stand(stand);
}

static void on_admit(struct loop_task *t)
{
	struct fetch_hub *hub = list_entry(t, struct fetch_hub, admit);
	int64_t now = loop_mono_ms(hub->loop);
	struct list *node;
	while (hub->active < hub->connections && (node = list_take_first(&hub->round)) != NULL)
		serve(list_entry(node, struct fetch_stand, turn), now);
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
	hub->stands = map_new_str(NULL);
	buf_init(&hub->key, 0);
	list_init(&hub->round);
	list_init(&hub->brisk);
	list_init(&hub->refused);
	loop_timer_init(&hub->slowness, on_slowness);
	loop_task_init(&hub->admit, on_admit);
	loop_task_init(&hub->refuse, on_refuse);
	return hub;
}

void fetch_hub_free(struct fetch_hub **hub)
{
	struct fetch_hub *h = *hub;
	if (!h)
		return;
	REQUIRE(h->active == 0 && h->slow == 0 && h->lanes == 0);
	loop_task_cancel(&h->admit);
	loop_task_cancel(&h->refuse);
	loop_timer_stop(h->loop, &h->slowness);
	h->transport->close(h->transport);
	BUG_UNLESS(map_count(h->stands) == 0 && map_count(h->hosts) == 0);
	map_free(&h->stands);
	map_free(&h->hosts);
	buf_deinit(&h->key);
	free(h);
	*hub = NULL;
}

void fetch_start(struct fetch *f)
{
	REQUIRE(f->state == FETCH_IDLE);
	struct fetch_lane *lane = f->lane;
	memset(&f->reply, 0, sizeof(f->reply));
	enter_stand(f);
	f->state = FETCH_QUEUED;
	f->refused = false;
	list_init(&f->link);
	if (refuses(lane, loop_mono_ms(lane->hub->loop))) {
		refuse(f);
		return;
	}
	list_append(&lane->queue, &f->link);
	queue_lane(lane);
}

static void leave(struct fetch *f)
{
	struct fetch_lane *lane = f->lane;
	struct fetch_hub *hub = lane->hub;
	struct fetch_host *host = f->stand->host;
	int64_t now = loop_mono_ms(hub->loop);
	f->state = FETCH_IDLE;
	f->reply.ended_ms = now;
	list_remove(&f->link);
	learn(lane, f, lane->active);
	lane->active--;
	if (f->slow) {
		hub->slow--;
		host->slow--;
	} else {
		hub->active--;
		host->active--;
	}
	if (list_empty(&hub->brisk))
		loop_timer_stop(hub->loop, &hub->slowness);
	judge(f);
	offer_places(host);
	queue_lane(lane);
	rest(lane, now);
	leave_stand(f);
}

void fetch_cancel(struct fetch *f)
{
	if (f->state == FETCH_IDLE)
		return;
	f->reply.code = ERR_CANCELLED;
	if (f->state == FETCH_QUEUED) {
		list_remove(&f->link);
		f->state = FETCH_IDLE;
		struct fetch_lane *lane = f->lane;
		if (list_empty(&lane->queue) || first_of(lane)->stand != f->stand)
			list_remove(&lane->ready);
		if (f->refused)
			lane->refused--;
		leave_stand(f);
		queue_lane(lane); /* the next one may go elsewhere */
		return;
	}
	f->reply.sent = true; /* unless the transport knows better */
	f->lane->hub->transport->cancel(f->lane->hub->transport, f);
	leave(f);
}

void fetch_finish(struct fetch *f)
{
	struct fault fault = {.class = FAULT_NONE};
	REQUIRE(f->state == FETCH_ACTIVE);
	fetch_fault(f, &fault);
	f->lane->faults[fault.class]++;
	leave(f);
	f->done(f);
}
