#include "tests/unit/fetch_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fetch_hub *ff_hub;
struct fetch_lane *ff_lane;

int ff_set_up(void **state)
{
	struct fetch_transport *transport = NULL;
	(void)state;
	io_open();
	assert_int_equal(fetch_transport_curl(io_loop, NULL, &transport), 0);
	ff_hub = fetch_hub_new(io_loop, transport, NULL);
	ff_fresh_lane();
	return 0;
}

void ff_fresh_lane(void)
{
	if (ff_lane)
		fetch_lane_free(&ff_lane);
	ff_lane = fetch_lane_new(ff_hub, "test", &(struct fetch_lane_limits){.concurrency = 64});
}

int ff_tear_down(void **state)
{
	(void)state;
	fetch_lane_free(&ff_lane);
	fetch_hub_free(&ff_hub);
	io_close();
	return 0;
}

static void on_done(struct fetch *fetch)
{
	struct ff *f = list_entry(fetch, struct ff, fetch);
	assert_false(f->done);
	f->done = true;
	loop_stop(io_loop);
}

static int on_piece(void *arg, const char *p, size_t n)
{
	struct ff *f = arg;
	buf_add(&f->body, p, n);
	return f->body.n > f->sink_after ? f->sink_says : 0;
}

void ff_init(struct ff *f, enum fetch_method method, enum fetch_effect effect, uint16_t port, const char *path)
{
	memset(f, 0, sizeof(*f));
	buf_init(&f->body, 0);
	snprintf(f->url, sizeof(f->url), "http://127.0.0.1:%u%s", port, path);
	f->fetch.request.method = method;
	f->fetch.request.effect = effect;
	f->fetch.request.url = f->url;
	f->fetch.request.sink = on_piece;
	f->fetch.request.sink_arg = f;
	f->fetch.request.timeout_ms = 8000;
	f->fetch.lane = ff_lane;
	f->fetch.done = on_done;
}

void ff_deinit(struct ff *f)
{
	buf_deinit(&f->body);
}

void ff_run(struct ff *f)
{
	f->done = false;
	fetch_start(&f->fetch);
	assert_false(f->done);
	UNTIL(f->done);
}

enum fault_class ff_class(const struct ff *f)
{
	struct fault fault;
	fetch_fault(&f->fetch, &fault);
	return fault.class;
}

size_t ff_request_length(const struct io_peer *p)
{
	const char *end = p->in.n ? strstr(p->in.p, "\r\n\r\n") : NULL;
	if (!end)
		return 0;
	size_t head = (size_t)(end - p->in.p) + 4, body = 0;
	const char *length = strcasestr(p->in.p, "\r\nContent-Length:");
	if (length && length < end)
		body = strtoul(length + 17, NULL, 10);
	return p->in.n >= head + body ? head + body : 0;
}
