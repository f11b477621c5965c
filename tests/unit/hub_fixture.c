#include "tests/unit/hub_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct hf_world hf;

static int64_t world_mono(struct clock *c)
{
	(void)c;
	return hf.mono;
}

static int64_t world_wall(struct clock *c)
{
	(void)c;
	return hf.mono + hf.wall_ahead;
}

static void world_arm(struct loop_backend *b, int64_t due)
{
	(void)b;
	(void)due;
}

static void world_submit(struct loop_backend *b, struct loop_job *job)
{
	(void)b;
	(void)job;
	fail();
}

static void world_close(struct loop_backend *b)
{
	(void)b;
}

static void transport_start(struct fetch_transport *t, struct fetch *f)
{
	(void)t;
	assert_int_equal(f->state, FETCH_ACTIVE);
	hf.active[hf.active_count++] = f;
	hf.started++;
	if (hf.on_start)
		hf.on_start(&hf, f);
}

void hf_forget(struct fetch *f)
{
	for (size_t i = 0; i < hf.active_count; i++)
		if (hf.active[i] == f) {
			hf.active[i] = hf.active[--hf.active_count];
			return;
		}
	fail();
}

static void transport_cancel(struct fetch_transport *t, struct fetch *f)
{
	(void)t;
	hf_forget(f);
	hf.cancelled++;
}

static void transport_close(struct fetch_transport *t)
{
	(void)t;
	hf.closed = true;
}

void hf_open(unsigned connections, unsigned per_host)
{
	memset(&hf, 0, sizeof(hf));
	hf.mono = 5000;
	hf.wall_ahead = 1700000000000;
	hf.backend = (struct loop_backend){&hf.clock, world_arm, world_submit, world_close};
	hf.clock = (struct clock){world_wall, world_mono};
	hf.transport = (struct fetch_transport){transport_start, transport_cancel, transport_close};
	hf.loop = loop_new(&hf.backend);
	struct fetch_limits limits = {connections, per_host};
	hf.hub = fetch_hub_new(hf.loop, &hf.transport, &limits);
}

void hf_shut(void)
{
	fetch_hub_free(&hf.hub);
	assert_true(hf.closed);
	loop_close(&hf.loop);
}

struct fetch_lane *hf_lane(const char *name, unsigned concurrency, unsigned per_minute)
{
	struct fetch_lane_limits limits = {concurrency, per_minute};
	return fetch_lane_new(hf.hub, name, &limits);
}

/* Turns until nothing more is due now. */
int64_t hf_settle(void)
{
	int64_t due;
	while ((due = loop_turn(hf.loop)) <= hf.mono)
		;
	return due;
}

void hf_answer(struct fetch *f, int status)
{
	hf_forget(f);
	f->reply.status = status;
	f->reply.sent = true;
	fetch_finish(f);
}

char hf_order[256];

static void hf_no_done(struct fetch *f)
{
	(void)f;
}

/* The letter stands for the fetch in hf_order[]. */
struct fetch hf_fetch(struct fetch_lane *lane, const char *letter, const char *url)
{
	return (struct fetch){.request = {.method = FETCH_GET, .url = url, .headers = {{"X-Letter", letter}}},
	                      .lane = lane,
	                      .done = hf_no_done};
}

void hf_noting(struct hf_world *hf_world, struct fetch *f)
{
	(void)hf_world;
	size_t n = strlen(hf_order);
	if (n + 1 < sizeof(hf_order))
		hf_order[n] = f->request.headers[0].value[0];
}

void hf_answer_all(void)
{
	for (hf_settle(); hf.active_count; hf_settle())
		hf_answer(hf.active[0], 200);
}
