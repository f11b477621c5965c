#include "tests/world/front_fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tests/world/front.h"

#define DEFAULT_LATENCY_MS 20
#define DEFAULT_TIMEOUT_MS 60000
#define PIECE              1400

struct fake {
	struct fetch_transport base;
	struct loop *loop;
	struct sim *sim;
	struct front_fake_options options;
	struct loop_timer late; /* effects that come after their connection died */
	unsigned active;
};

enum phase { PHASE_UNDER_WAY, PHASE_ANSWERED };

/* One fetch on its way. */
struct carry {
	struct fake *fake;
	struct fetch *f;
	struct arena *arena;
	struct loop_timer timer;
	enum phase phase;
	const char *vendor, *customer;
	struct sim_request req;
	bool has_reply;
	struct sim_reply reply;
	bool cut; /* only half of the body arrives */
	int code; /* how it ends */
	bool sent;
};

static struct fake *of(struct fetch_transport *t)
{
	return list_entry(t, struct fake, base);
}

static int64_t server_ms(const struct fake *fake)
{
	return loop_wall_ms(fake->loop) + fake->options.server_ahead_ms;
}

static void free_carry(struct carry *c)
{
	struct arena *arena = c->arena;

	loop_timer_stop(c->fake->loop, &c->timer);
	if (c->has_reply)
		buf_deinit(&c->reply.body);
	c->f->transport = NULL;
	c->fake->active--;
	arena_free(&arena);
}

/* ---- where it goes ---- */

static const char *text(struct carry *c, struct str s)
{
	struct str copy = arena_str(c->arena, s);

	REQUIRE(copy.p);
	return copy.p;
}

/* The secret of the request, if it stands in the vendor's own header. */
static struct str credential(const struct fetch_request *r, const char *vendor)
{
	struct str value = str_of(r->secret.value);

	if (!r->secret.name)
		return STR_NONE;
	if (!strcmp(vendor, "ypareo"))
		return strcasecmp(r->secret.name, "X-Auth-Token") == 0 ? value : STR_NONE;
	if (strcasecmp(r->secret.name, "Authorization") != 0 || !str_starts(value, "Bearer "))
		return STR_NONE;
	return (struct str){value.p + 7, value.n - 7};
}

static bool route(struct carry *c)
{
	static const char scheme[] = "https://", suffix[] = ".ypareo.test";
	struct str url = str_of(c->f->request.url), host, path;

	if (!str_starts(url, scheme))
		return false;
	host.p = url.p + sizeof(scheme) - 1;
	host.n = strcspn(host.p, "/?");
	path = (struct str){host.p + host.n, strcspn(host.p + host.n, "?")};
	if (path.p[path.n] == '?')
		c->req.query = str_of(text(c, str_of(path.p + path.n + 1)));
	if (str_eqz(host, "edusign.test")) {
		c->vendor = "edusign";
	} else if (host.n >= sizeof(suffix) &&
	           !memcmp(host.p + host.n - (sizeof(suffix) - 1), suffix, sizeof(suffix) - 1)) {
		c->vendor = "ypareo";
		c->customer = text(c, (struct str){host.p, host.n - (sizeof(suffix) - 1)});
		if (!front_below_index(path, &path))
			c->customer = ""; /* no such customer: 404 */
	} else {
		return false;
	}
	c->req.path = front_decode(c->arena, path);
	return true;
}

/* ---- the way there and back ---- */

static void end(struct carry *c)
{
	struct fetch *f = c->f;
	struct fetch_reply *r = &f->reply;

	r->sent = c->sent;
	if (c->has_reply && c->reply.status) {
		r->status = c->reply.status;
		r->retry_after_s = c->reply.retry_after_s;
		r->date_ms = server_ms(c->fake) / 1000 * 1000;
		snprintf(r->content_type, sizeof(r->content_type), "%s", c->reply.content_type);
		size_t n = c->cut ? c->reply.body.n / 2 : c->reply.body.n;
		for (size_t at = 0; at < n && !r->code; at += PIECE)
			(void)fetch_feed(f, c->reply.body.p + at, n - at < PIECE ? n - at : PIECE); /* sets code */
	}
	if (!r->code)
		r->code = c->code;
	free_carry(c);
	fetch_finish(f);
}

static void on_late(struct loop_timer *t)
{
	struct fake *fake = list_entry(t, struct fake, late);

	sim_tick(fake->sim, server_ms(fake));
	int64_t next = sim_next_effect(fake->sim);
	if (next != INT64_MAX)
		loop_timer_start(fake->loop, &fake->late, next - server_ms(fake));
}

/* How the fault looks from this side; returns how long the client waits beyond the usual. */
static int64_t suffer(struct carry *c, const struct sim_fault *fault)
{
	switch (fault->kind) {
	case SIM_LATENCY:
		return fault->ms;
	case SIM_HANG:
	case SIM_HANG_AFTER:
		return INT32_MAX;
	case SIM_RESET_BEFORE:
	case SIM_RESET_AFTER:
	case SIM_LATE_EFFECT:
		c->code = ERR_RESET;
		return 0;
	case SIM_REFUSE:
		c->code = ERR_CONNECT;
		c->sent = false;
		return 0;
	case SIM_TRUNCATE:
		c->cut = true;
		c->code = ERR_TRUNCATED;
		return 0;
	default:
		return 0;
	}
}

static void arrive(struct carry *c)
{
	struct fake *fake = c->fake;
	const struct fetch_request *r = &c->f->request;
	struct sim_fault fault = {0};
	int64_t latency = fake->options.latency_ms, back = latency - latency / 2;
	int64_t left = (r->timeout_ms ? r->timeout_ms : DEFAULT_TIMEOUT_MS) - latency / 2;

	c->sent = true;
	c->phase = PHASE_ANSWERED;
	c->req.now_ms = server_ms(fake);
	if (sim_handle(fake->sim, c->vendor, c->customer, &c->req, &c->reply, &fault))
		back += suffer(c, &fault);
	c->has_reply = true;
	back += c->reply.delay_ms;
	if (back >= left) {
		buf_deinit(&c->reply.body);
		c->has_reply = false;
		c->code = ERR_TIMEOUT;
		back = left > 0 ? left : 0;
	}
	if (sim_next_effect(fake->sim) != INT64_MAX)
		loop_timer_start(fake->loop, &fake->late, sim_next_effect(fake->sim) - server_ms(fake));
	loop_timer_start(fake->loop, &c->timer, back);
}

static void on_timer(struct loop_timer *t)
{
	struct carry *c = list_entry(t, struct carry, timer);

	if (c->phase == PHASE_UNDER_WAY && !c->code)
		arrive(c);
	else
		end(c);
}

static void start(struct fetch_transport *t, struct fetch *f)
{
	struct fake *fake = of(t);
	struct arena *arena = arena_new(0);
	struct carry *c = arena_alloc(arena, sizeof(*c));

	REQUIRE(c);
	c->fake = fake;
	c->f = f;
	c->arena = arena;
	c->req.arena = arena;
	c->req.method = fetch_method_name(f->request.method);
	c->req.body = arena_str(arena, f->request.body);
	fake->active++;
	f->transport = c;
	loop_timer_init(&c->timer, on_timer);
	if (route(c))
		c->req.credential = arena_str(arena, credential(&f->request, c->vendor));
	else
		c->code = ERR_RESOLVE;
	loop_timer_start(fake->loop, &c->timer, fake->options.latency_ms / 2);
}

static void cancel(struct fetch_transport *t, struct fetch *f)
{
	(void)t;
	free_carry(f->transport);
}

static void close_fake(struct fetch_transport *t)
{
	struct fake *fake = of(t);

	REQUIRE(fake->active == 0);
	loop_timer_stop(fake->loop, &fake->late);
	free(fake);
}

void front_fake_set(struct fetch_transport *transport, const struct front_fake_options *options)
{
	struct fake *fake = of(transport);

	fake->options = options ? *options : (struct front_fake_options){0};
	if (!fake->options.latency_ms)
		fake->options.latency_ms = DEFAULT_LATENCY_MS;
}

struct fetch_transport *front_fake_new(struct loop *loop, struct sim *sim, const struct front_fake_options *options)
{
	struct fake *fake = xcalloc(1, sizeof(*fake));

	fake->base = (struct fetch_transport){start, cancel, close_fake};
	fake->loop = loop;
	fake->sim = sim;
	loop_timer_init(&fake->late, on_late);
	front_fake_set(&fake->base, options);
	return &fake->base;
}
