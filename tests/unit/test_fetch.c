#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/io/fetch.h"

/* ---- a loop on virtual time, and a transport that answers when it is told to ---- */

struct world {
	struct loop_backend backend;
	struct clock clock;
	int64_t mono, wall_ahead;
	struct loop *loop;
	struct fetch_transport transport;
	struct fetch_hub *hub;
	struct fetch *active[4096];
	size_t active_count, started, cancelled;
	bool closed;
	void (*on_start)(struct world *w, struct fetch *f);
};

static struct world w;

static int64_t world_mono(struct clock *c)
{
	(void)c;
	return w.mono;
}

static int64_t world_wall(struct clock *c)
{
	(void)c;
	return w.mono + w.wall_ahead;
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
	w.active[w.active_count++] = f;
	w.started++;
	if (w.on_start)
		w.on_start(&w, f);
}

static void forget(struct fetch *f)
{
	for (size_t i = 0; i < w.active_count; i++)
		if (w.active[i] == f) {
			w.active[i] = w.active[--w.active_count];
			return;
		}
	fail();
}

static void transport_cancel(struct fetch_transport *t, struct fetch *f)
{
	(void)t;
	forget(f);
	w.cancelled++;
}

static void transport_close(struct fetch_transport *t)
{
	(void)t;
	w.closed = true;
}

static void world_open(unsigned connections, unsigned per_host)
{
	memset(&w, 0, sizeof(w));
	w.mono = 5000;
	w.wall_ahead = 1700000000000;
	w.backend = (struct loop_backend){&w.clock, world_arm, world_submit, world_close};
	w.clock = (struct clock){world_wall, world_mono};
	w.transport = (struct fetch_transport){transport_start, transport_cancel, transport_close};
	w.loop = loop_new(&w.backend);
	struct fetch_limits limits = {connections, per_host};
	w.hub = fetch_hub_new(w.loop, &w.transport, &limits);
}

static void world_shut(void)
{
	fetch_hub_free(&w.hub);
	assert_true(w.closed);
	loop_close(&w.loop);
}

static struct fetch_lane *lane_of(const char *name, unsigned concurrency, unsigned per_minute)
{
	struct fetch_lane_limits limits = {concurrency, per_minute};
	return fetch_lane_new(w.hub, name, &limits);
}

/* Turns until nothing more is due now. */
static int64_t settle(void)
{
	int64_t due;
	while ((due = loop_turn(w.loop)) <= w.mono)
		;
	return due;
}

static void answer(struct fetch *f, int status)
{
	forget(f);
	f->reply.status = status;
	f->reply.sent = true;
	fetch_finish(f);
}

static char order[256];

static void on_done(struct fetch *f)
{
	(void)f;
}

/* The letter stands for the fetch in order[]. */
static struct fetch fetch_of(struct fetch_lane *lane, const char *letter, const char *url)
{
	return (struct fetch){.request = {.method = FETCH_GET, .url = url, .headers = {{"X-Letter", letter}}},
	                      .lane = lane,
	                      .done = on_done};
}

static void noting(struct world *world, struct fetch *f)
{
	(void)world;
	size_t n = strlen(order);
	if (n + 1 < sizeof(order))
		order[n] = f->request.headers[0].value[0];
}

/* ---- admission ---- */

static void nothing_starts_inside_fetch_start(void **state)
{
	(void)state;
	world_open(0, 0);
	struct fetch_lane *lane = lane_of("l", 1, 0);
	struct fetch f = fetch_of(lane, "a", "https://one/x");
	fetch_start(&f);
	assert_int_equal(w.started, 0);
	assert_int_equal(f.state, FETCH_QUEUED);
	w.mono += 250;
	settle();
	assert_int_equal(w.started, 1);
	assert_int_equal(f.reply.started_ms, 5250); /* the wait for admission is not part of it */
	w.mono += 30;
	answer(&f, 200);
	assert_int_equal(f.reply.ended_ms, 5280);
	assert_int_equal(f.state, FETCH_IDLE);
	assert_int_equal(fetch_lane_count(lane), 1);
	fetch_lane_free(&lane);
	world_shut();
}

static void a_lane_is_a_queue_with_its_own_concurrency(void **state)
{
	(void)state;
	world_open(0, 0);
	memset(order, 0, sizeof(order));
	w.on_start = noting;
	struct fetch_lane *lane = lane_of("l", 2, 0);
	struct fetch f[4];
	for (int i = 0; i < 4; i++) {
		static const char *const letters[] = {"a", "b", "c", "d"};
		f[i] = fetch_of(lane, letters[i], "https://one/x");
		fetch_start(&f[i]);
	}
	settle();
	assert_string_equal(order, "ab");
	answer(&f[1], 200);
	assert_string_equal(order, "ab"); /* not from inside the end of another either */
	settle();
	assert_string_equal(order, "abc");
	answer(&f[0], 200);
	answer(&f[2], 200);
	settle();
	assert_string_equal(order, "abcd");
	answer(&f[3], 200);
	fetch_lane_free(&lane);
	world_shut();
}

static void lanes_are_served_in_turn(void **state)
{
	(void)state;
	world_open(1, 0);
	memset(order, 0, sizeof(order));
	w.on_start = noting;
	struct fetch_lane *rich = lane_of("rich", 50, 0), *poor = lane_of("poor", 50, 0);
	struct fetch a[10], b[3];
	for (int i = 0; i < 10; i++) {
		a[i] = fetch_of(rich, "a", "https://one/x");
		fetch_start(&a[i]);
	}
	for (int i = 0; i < 3; i++) {
		b[i] = fetch_of(poor, "b", "https://two/x");
		fetch_start(&b[i]);
	}
	for (;;) {
		settle();
		if (!w.active_count)
			break;
		assert_int_equal(w.active_count, 1);
		answer(w.active[0], 200);
	}
	assert_string_equal(order, "abababaaaaaaa");
	fetch_lane_free(&rich);
	fetch_lane_free(&poor);
	world_shut();
}

static void a_full_host_holds_up_no_other(void **state)
{
	(void)state;
	world_open(100, 2);
	memset(order, 0, sizeof(order));
	w.on_start = noting;
	struct fetch_lane *crowd = lane_of("crowd", 50, 0), *late = lane_of("late", 1, 0),
	                  *other = lane_of("o", 1, 0);
	struct fetch a[6], b, c;
	for (int i = 0; i < 6; i++) {
		a[i] = fetch_of(crowd, "a", "https://one/x?y");
		fetch_start(&a[i]);
	}
	settle();
	assert_string_equal(order, "aa");
	b = fetch_of(late, "b", "https://one");
	fetch_start(&b);
	settle();
	c = fetch_of(other, "c", "https://one:8443/x");
	fetch_start(&c);
	settle();
	assert_string_equal(order, "aac"); /* another port is another host */
	/* the place goes to who waits longest: the crowd has one turn more, then the late one */
	answer(&a[0], 200);
	settle();
	assert_string_equal(order, "aaca");
	answer(&a[1], 200);
	settle();
	assert_string_equal(order, "aacab");
	answer(&b, 200);
	settle();
	assert_string_equal(order, "aacaba");
	while (w.active_count) {
		answer(w.active[0], 200);
		settle();
	}
	assert_string_equal(order, "aacabaaa");
	fetch_lane_free(&crowd);
	fetch_lane_free(&late);
	fetch_lane_free(&other);
	world_shut();
}

static void a_lane_that_waits_for_a_host_may_be_freed(void **state)
{
	(void)state;
	world_open(100, 1);
	struct fetch_lane *first = lane_of("a", 1, 0), *second = lane_of("b", 1, 0), *third = lane_of("c", 1, 0);
	struct fetch a = fetch_of(first, "a", "https://one/"), b = fetch_of(second, "b", "https://one/"),
	             c = fetch_of(third, "c", "https://one/");
	fetch_start(&a);
	fetch_start(&b);
	fetch_start(&c);
	settle();
	assert_int_equal(w.started, 1);
	fetch_cancel(&b);
	fetch_lane_free(&second);
	answer(&a, 200); /* a place for the next in the round */
	fetch_cancel(&c);
	fetch_lane_free(&third);
	settle();
	assert_int_equal(w.started, 1);
	fetch_start(&a);
	settle();
	assert_int_equal(w.started, 2); /* no place was lost */
	answer(&a, 200);
	fetch_lane_free(&first);
	world_shut();
}

/* ---- the window ---- */

static int64_t starts[512];
static size_t start_count;

static void stamp(struct world *world, struct fetch *f)
{
	(void)f;
	starts[start_count++] = world->mono;
}

static void start_again(struct fetch *f)
{
	fetch_start(f);
}

static void never_more_than_per_minute_in_any_minute(void **state)
{
	enum { PER_MINUTE = 7, TOTAL = 200 };
	(void)state;
	world_open(0, 0);
	start_count = 0;
	w.on_start = stamp;
	struct fetch_lane *lane = lane_of("l", 3, PER_MINUTE);
	struct fetch f[5];
	uint64_t seed = 7;
	for (int i = 0; i < 5; i++) {
		f[i] = fetch_of(lane, "a", "https://one/");
		f[i].done = start_again;
		fetch_start(&f[i]);
	}
	int64_t begin = w.mono;
	while (start_count < TOTAL) {
		int64_t due = settle();
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		int64_t wait = (int64_t)(seed >> 33) % 9000;
		if (w.active_count) {
			w.mono += wait; /* uneven answers */
			answer(w.active[(seed >> 20) % w.active_count], 200);
		} else {
			assert_true(due < INT64_MAX);
			w.mono = due;
		}
	}
	for (size_t i = PER_MINUTE; i < start_count; i++)
		assert_true(starts[i] - starts[i - PER_MINUTE] > 60000);
	/* and not much slower than it may */
	assert_true(w.mono - begin < (int64_t)(TOTAL / PER_MINUTE + 2) * 75000);
	for (int i = 0; i < 5; i++)
		fetch_cancel(&f[i]);
	fetch_lane_free(&lane);
	world_shut();
}

static void the_window_opens_by_itself(void **state)
{
	(void)state;
	world_open(0, 0);
	struct fetch_lane *lane = lane_of("l", 10, 2);
	struct fetch f[3];
	for (int i = 0; i < 3; i++) {
		f[i] = fetch_of(lane, "a", "https://one/");
		fetch_start(&f[i]);
	}
	assert_int_equal(settle(), 5000 + 60001);
	assert_int_equal(w.started, 2);
	w.mono = 5000 + 60000; /* woken by another's end: a minute sharp is still within */
	answer(&f[0], 200);
	settle();
	assert_int_equal(w.started, 2);
	w.mono = 5000 + 60001;
	settle();
	assert_int_equal(w.started, 3);
	answer(&f[1], 200);
	answer(&f[2], 200);
	fetch_lane_free(&lane);
	world_shut();
}

static void the_window_survives_the_process(void **state)
{
	int64_t kept[8];
	(void)state;
	world_open(0, 0);
	struct fetch_lane *lane = lane_of("l", 10, 3);
	struct fetch f[3];
	for (int i = 0; i < 3; i++) {
		f[i] = fetch_of(lane, "a", "https://one/");
		fetch_start(&f[i]);
		settle();
		answer(&f[i], 200);
		w.mono += 10000;
	}
	/* started at 5000, 15000, 25000; now 35000 */
	int64_t wall = loop_wall_ms(w.loop);
	assert_int_equal(fetch_lane_window(lane, kept, 8), 3);
	assert_int_equal(kept[0], wall - 30000);
	assert_int_equal(kept[1], wall - 20000);
	assert_int_equal(kept[2], wall - 10000);
	assert_int_equal(fetch_lane_window(lane, kept, 2), 2);
	assert_int_equal(kept[0], wall - 20000); /* short of room: the latest, they hold longest */
	assert_int_equal(fetch_lane_window(lane, kept, 8), 3);
	fetch_lane_free(&lane);
	world_shut();

	/* five seconds later, on another monotonic clock */
	world_open(0, 0);
	w.mono = 300;
	w.wall_ahead = wall + 5000 - 300;
	lane = lane_of("l", 10, 3);
	fetch_lane_restore(lane, kept, 3);
	f[0] = fetch_of(lane, "a", "https://one/");
	fetch_start(&f[0]);
	int64_t due = settle();
	assert_int_equal(w.started, 0);
	assert_int_equal(due - w.mono, 25001); /* the oldest was 35 s ago */
	w.mono = due;
	settle();
	assert_int_equal(w.started, 1);
	answer(&f[0], 200);
	assert_int_equal(fetch_lane_window(lane, kept, 8), 3);
	fetch_lane_free(&lane);

	/* stamps of the future and of long ago */
	lane = lane_of("l", 10, 2);
	wall = loop_wall_ms(w.loop);
	kept[0] = wall - 60001;
	kept[1] = wall - 500;
	kept[2] = wall + 3600000;
	fetch_lane_restore(lane, kept, 3);
	assert_int_equal(fetch_lane_window(lane, kept, 8), 2);
	assert_int_equal(kept[0], wall - 500);
	assert_int_equal(kept[1], wall);
	fetch_lane_free(&lane);
	world_shut();
}

/* ---- cancelling ---- */

static void must_not_be_called(struct fetch *f)
{
	(void)f;
	fail();
}

static void a_cancelled_fetch_is_over(void **state)
{
	(void)state;
	struct fault fault;
	world_open(0, 0);
	struct fetch_lane *lane = lane_of("l", 1, 0);
	struct fetch a = fetch_of(lane, "a", "https://one/"), b = a, c = a;
	a.request.effect = b.request.effect = FETCH_WRITE_ONCE;
	a.done = b.done = must_not_be_called;
	fetch_cancel(&a); /* idle: nothing */
	assert_int_equal(a.reply.code, 0);
	fetch_start(&a);
	fetch_start(&b);
	fetch_start(&c);
	settle();
	fetch_cancel(&b);
	assert_int_equal(b.state, FETCH_IDLE);
	fetch_fault(&b, &fault);
	assert_int_equal(fault.class, FAULT_CANCELLED); /* it never left */
	fetch_cancel(&a);
	assert_int_equal(w.cancelled, 1);
	fetch_fault(&a, &fault);
	assert_int_equal(fault.class, FAULT_UNCERTAIN);
	settle();
	assert_int_equal(w.active_count, 1);
	assert_ptr_equal(w.active[0], &c);
	fetch_cancel(&c);
	fetch_fault(&c, &fault);
	assert_int_equal(fault.class, FAULT_CANCELLED);
	fetch_lane_free(&lane);
	world_shut();
}

static struct fetch_lane *dying;

static void free_lane(struct fetch *f)
{
	(void)f;
	fetch_lane_free(&dying);
}

static void a_lane_may_be_freed_by_its_last_done(void **state)
{
	(void)state;
	world_open(0, 0);
	dying = lane_of("l", 1, 1);
	struct fetch f = fetch_of(dying, "a", "https://one/");
	f.done = free_lane;
	fetch_start(&f);
	settle();
	answer(&f, 200);
	assert_null(dying);
	settle();
	world_shut();
}

/* ---- everything at once, at random ---- */

enum { LANES = 12, PER_LANE = 8, CAP = 6, HOST_CAP = 2 };
static struct fetch many[LANES][PER_LANE];
static size_t answered[LANES];

static void count_answer(struct fetch *f)
{
	answered[f->request.max_body]++; /* the lane's number */
}

static void check_caps(unsigned hosts)
{
	size_t per_host[LANES] = {0};
	assert_true(w.active_count <= CAP);
	for (size_t i = 0; i < w.active_count; i++)
		per_host[w.active[i]->request.max_body % hosts]++;
	for (unsigned i = 0; i < hosts; i++)
		assert_true(per_host[i] <= HOST_CAP);
	/* and no place is left empty while somebody could take it */
	for (size_t l = 0; l < LANES && w.active_count < CAP; l++)
		for (size_t i = 0; i < PER_LANE; i++)
			if (many[l][i].state == FETCH_QUEUED && per_host[l % hosts] < HOST_CAP) {
				size_t busy = 0;
				for (size_t k = 0; k < PER_LANE; k++)
					busy += many[l][k].state == FETCH_ACTIVE;
				assert_true(busy >= 2); /* its concurrency */
			}
}

static void caps_hold_and_no_place_is_wasted(void **state)
{
	static const char *const urls[] = {"https://h0/a", "https://h1/a", "https://h2/a", "https://h3/a"};
	(void)state;
	for (unsigned hosts = 1; hosts <= 4; hosts++) {
		world_open(CAP, HOST_CAP);
		struct fetch_lane *lanes[LANES];
		uint64_t seed = hosts;
		memset(answered, 0, sizeof(answered));
		for (size_t l = 0; l < LANES; l++) {
			lanes[l] = lane_of("l", 2, 0);
			for (size_t i = 0; i < PER_LANE; i++) {
				many[l][i] = fetch_of(lanes[l], "a", urls[l % hosts]);
				many[l][i].request.max_body = l;
				many[l][i].done = count_answer;
			}
		}
		for (int round = 0; round < 20000; round++) {
			seed = seed * 6364136223846793005u + 1442695040888963407u;
			struct fetch *f = &many[(seed >> 33) % LANES][(seed >> 43) % PER_LANE];
			unsigned what = (seed >> 53) % 8;
			if (f->state == FETCH_IDLE && what < 5)
				fetch_start(f);
			else if (what == 5)
				fetch_cancel(f);
			else if (w.active_count)
				answer(w.active[(seed >> 37) % w.active_count], 200);
			if (what % 3) {
				settle();
				check_caps(hosts);
			}
		}
		settle();
		while (w.active_count) {
			answer(w.active[0], 200);
			settle();
		}
		for (size_t l = 0; l < LANES; l++) {
			for (size_t i = 0; i < PER_LANE; i++)
				assert_int_equal(many[l][i].state, FETCH_IDLE);
			assert_true(answered[l] > 100);
			fetch_lane_free(&lanes[l]);
		}
		world_shut();
	}
}

static void no_lane_starves_at_a_busy_host(void **state)
{
	(void)state;
	world_open(100, 1);
	struct fetch_lane *lanes[5];
	struct fetch f[5];
	for (size_t i = 0; i < 5; i++) {
		lanes[i] = lane_of("l", 1, 0);
		f[i] = fetch_of(lanes[i], "a", "https://one/");
		f[i].done = start_again; /* each always has something waiting */
		fetch_start(&f[i]);
	}
	for (int i = 0; i < 100; i++) {
		settle();
		assert_int_equal(w.active_count, 1);
		answer(w.active[0], 200);
	}
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(fetch_lane_count(lanes[i]), 20);
		fetch_cancel(&f[i]);
		fetch_lane_free(&lanes[i]);
	}
	world_shut();
}

/* ---- bodies ---- */

static char taken[64];
static int sink_says;

static int sink(void *arg, const char *p, size_t n)
{
	(void)arg;
	strncat(taken, p, n);
	return sink_says;
}

static void a_2xx_body_goes_to_the_sink(void **state)
{
	(void)state;
	struct fetch f = {.request = {.sink = sink}, .reply = {.status = 201}};
	memset(taken, 0, sizeof(taken));
	sink_says = 0;
	assert_int_equal(fetch_feed(&f, "abc", 3), 0);
	assert_int_equal(fetch_feed(&f, "def", 3), 0);
	assert_string_equal(taken, "abcdef");
	assert_string_equal(f.reply.head, "abcdef");
	assert_int_equal(f.reply.body_bytes, 6);
	sink_says = ERR_SYNTAX;
	assert_int_equal(fetch_feed(&f, "x", 1), ERR_SYNTAX);
	assert_int_equal(f.reply.code, ERR_SYNTAX);
}

static void another_body_is_kept_as_far_as_the_head_goes(void **state)
{
	char long_text[600];
	(void)state;
	struct fetch f = {.request = {.sink = sink}, .reply = {.status = 500}};
	memset(taken, 0, sizeof(taken));
	memset(long_text, 'x', sizeof(long_text));
	assert_int_equal(fetch_feed(&f, long_text, sizeof(long_text)), 0);
	assert_int_equal(fetch_feed(&f, "y", 1), 0);
	assert_string_equal(taken, "");
	assert_int_equal(f.reply.head_n, 512);
	assert_int_equal(strlen(f.reply.head), 512);
	assert_int_equal(f.reply.body_bytes, 601);
}

static void a_body_has_a_cap(void **state)
{
	(void)state;
	struct fetch f = {.request = {.sink = sink, .max_body = 5}, .reply = {.status = 200}};
	memset(taken, 0, sizeof(taken));
	sink_says = 0;
	assert_int_equal(fetch_feed(&f, "12345", 5), 0);
	assert_int_equal(fetch_feed(&f, "6", 1), ERR_LIMIT);
	assert_string_equal(taken, "12345");
	assert_int_equal(f.reply.code, ERR_LIMIT);
}

/* ---- faults ---- */

struct fault_case {
	int code;
	bool sent;
	int status;
	enum fault_class read, keyed, once;
	int want_code;
};

static const struct fault_case cases[] = {
        {0, true, 200, FAULT_NONE, FAULT_NONE, FAULT_NONE, 0},
        {0, true, 204, FAULT_NONE, FAULT_NONE, FAULT_NONE, 0},
        /* it never left */
        {ERR_CONNECT, false, 0, FAULT_TRANSIENT, FAULT_TRANSIENT, FAULT_TRANSIENT, ERR_CONNECT},
        {ERR_RESOLVE, false, 0, FAULT_TRANSIENT, FAULT_TRANSIENT, FAULT_TRANSIENT, ERR_RESOLVE},
        {ERR_TIMEOUT, false, 0, FAULT_TRANSIENT, FAULT_TRANSIENT, FAULT_TRANSIENT, ERR_TIMEOUT},
        {ERR_TLS, false, 0, FAULT_DATA, FAULT_DATA, FAULT_DATA, ERR_TLS},
        {ERR_CONFIG, false, 0, FAULT_DATA, FAULT_DATA, FAULT_DATA, ERR_CONFIG},
        {-EMFILE, false, 0, FAULT_LOCAL, FAULT_LOCAL, FAULT_LOCAL, -EMFILE},
        {ERR_CANCELLED, false, 0, FAULT_CANCELLED, FAULT_CANCELLED, FAULT_CANCELLED, ERR_CANCELLED},
        /* it may have arrived */
        {ERR_RESET, true, 0, FAULT_TRANSIENT, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_RESET},
        {ERR_TIMEOUT, true, 0, FAULT_TRANSIENT, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_TIMEOUT},
        {ERR_TLS, true, 0, FAULT_DATA, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_TLS},
        {-ENOMEM, true, 0, FAULT_LOCAL, FAULT_UNCERTAIN, FAULT_UNCERTAIN, -ENOMEM},
        {ERR_CANCELLED, true, 0, FAULT_CANCELLED, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_CANCELLED},
        /* an answer that broke off */
        {ERR_RESET, true, 200, FAULT_TRANSIENT, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_RESET},
        {ERR_TRUNCATED, true, 200, FAULT_TRANSIENT, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_TRUNCATED},
        {ERR_TIMEOUT, true, 200, FAULT_TRANSIENT, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_TIMEOUT},
        {ERR_RESET, true, 404, FAULT_REMOTE, FAULT_UNCERTAIN, FAULT_UNCERTAIN, 0},
        {ERR_RESET, true, 503, FAULT_TRANSIENT, FAULT_UNCERTAIN, FAULT_UNCERTAIN, 0},
        {ERR_CANCELLED, true, 500, FAULT_CANCELLED, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_CANCELLED},
        /* an answer that cannot be used */
        {ERR_SYNTAX, true, 200, FAULT_DATA, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_SYNTAX},
        {ERR_TYPE, true, 200, FAULT_DATA, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_TYPE},
        {ERR_LIMIT, true, 200, FAULT_DATA, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_LIMIT},
        {-ENOMEM, true, 200, FAULT_LOCAL, FAULT_UNCERTAIN, FAULT_UNCERTAIN, -ENOMEM},
        /* by status */
        {0, true, 429, FAULT_QUOTA, FAULT_QUOTA, FAULT_QUOTA, ERR_HTTP},
        {0, true, 401, FAULT_AUTH, FAULT_AUTH, FAULT_AUTH, ERR_HTTP},
        {0, true, 403, FAULT_AUTH, FAULT_AUTH, FAULT_AUTH, ERR_HTTP},
        {0, true, 402, FAULT_REMOTE, FAULT_REMOTE, FAULT_REMOTE, ERR_HTTP},
        {0, true, 400, FAULT_REMOTE, FAULT_REMOTE, FAULT_REMOTE, ERR_HTTP},
        {0, true, 404, FAULT_REMOTE, FAULT_REMOTE, FAULT_REMOTE, ERR_NOT_FOUND},
        {0, true, 422, FAULT_REMOTE, FAULT_REMOTE, FAULT_REMOTE, ERR_HTTP},
        {0, true, 408, FAULT_TRANSIENT, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_HTTP},
        {0, true, 301, FAULT_DATA, FAULT_DATA, FAULT_DATA, ERR_REDIRECT},
        {0, true, 302, FAULT_DATA, FAULT_DATA, FAULT_DATA, ERR_REDIRECT},
        {0, true, 500, FAULT_TRANSIENT, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_HTTP},
        {0, true, 503, FAULT_TRANSIENT, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_HTTP},
        {0, true, 504, FAULT_TRANSIENT, FAULT_UNCERTAIN, FAULT_UNCERTAIN, ERR_HTTP},
};

static void each_end_has_its_class(void **state)
{
	static const enum fetch_effect effects[] = {FETCH_READ, FETCH_WRITE_KEYED, FETCH_WRITE_ONCE};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int e = 0; e < 3; e++) {
			const struct fault_case *c = &cases[i];
			struct fetch f = {
			        .request = {.method = FETCH_PUT, .effect = effects[e], .url = "https://h/p"},
			        .reply = {.code = c->code, .sent = c->sent, .status = c->status}};
			enum fault_class want = e == 0 ? c->read : e == 1 ? c->keyed : c->once;
			struct fault fault;
			fetch_fault(&f, &fault);
			if (fault.class != want)
				print_message("code %d sent %d status %d effect %d: %s, not %s\n", c->code, c->sent,
				              c->status, e, fault_class_name(fault.class), fault_class_name(want));
			assert_int_equal(fault.class, want);
			if (want != FAULT_NONE)
				assert_int_equal(fault.http_status, c->status);
			if (want != FAULT_NONE && c->want_code)
				assert_int_equal(fault.code, c->want_code);
		}
}

static void a_quota_says_how_long(void **state)
{
	struct fault fault;
	(void)state;
	struct fetch f = {.request = {.url = "https://h/p"}, .reply = {.status = 429}};
	fetch_fault(&f, &fault);
	assert_int_equal(fault.retry_after_s, 5);
	f.reply.retry_after_s = 30;
	fetch_fault(&f, &fault);
	assert_int_equal(fault.retry_after_s, 30);
	f.reply.status = 503;
	fetch_fault(&f, &fault);
	assert_int_equal(fault.retry_after_s, 30);
	f.reply.retry_after_s = 0;
	fetch_fault(&f, &fault);
	assert_int_equal(fault.retry_after_s, 0);
}

static void a_fault_names_the_request_without_secrets(void **state)
{
	struct fault fault;
	(void)state;
	struct fetch f = {.request = {.method = FETCH_DELETE, .url = "https://h:1/v1/a/7?token=S3CRET#x"},
	                  .reply = {.status = 500, .detail = "odd"}};
	fetch_fault(&f, &fault);
	assert_string_equal(fault.what, "DELETE https://h:1/v1/a/7: HTTP 500, odd");
	f.request.url = "https://h/v1/student/by-email/jean%40dupont.fr";
	f.request.method = FETCH_GET;
	f.reply = (struct fetch_reply){.code = ERR_TIMEOUT, .sent = true};
	fetch_fault(&f, &fault);
	assert_string_equal(fault.what, "GET https://h/v1/student/by-email/***: no answer in time");
	f.request.url = "https://h/by-email/jean@dupont.fr/x";
	snprintf(f.reply.detail, sizeof(f.reply.detail), "after 60 s");
	fetch_fault(&f, &fault);
	assert_string_equal(fault.what, "GET https://h/by-email/***/x: no answer in time: after 60 s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nothing_starts_inside_fetch_start), cmocka_unit_test(a_lane_is_a_queue_with_its_own_concurrency),
	        cmocka_unit_test(lanes_are_served_in_turn), cmocka_unit_test(a_full_host_holds_up_no_other),
	        cmocka_unit_test(a_lane_that_waits_for_a_host_may_be_freed), cmocka_unit_test(never_more_than_per_minute_in_any_minute),
	        cmocka_unit_test(the_window_opens_by_itself), cmocka_unit_test(the_window_survives_the_process),
	        cmocka_unit_test(a_cancelled_fetch_is_over), cmocka_unit_test(a_lane_may_be_freed_by_its_last_done),
	        cmocka_unit_test(caps_hold_and_no_place_is_wasted), cmocka_unit_test(no_lane_starves_at_a_busy_host),
	        cmocka_unit_test(a_2xx_body_goes_to_the_sink), cmocka_unit_test(another_body_is_kept_as_far_as_the_head_goes),
	        cmocka_unit_test(a_body_has_a_cap), cmocka_unit_test(each_end_has_its_class),
	        cmocka_unit_test(a_quota_says_how_long), cmocka_unit_test(a_fault_names_the_request_without_secrets),
	};
	return cmocka_run_group_tests_name("fetch", tests, NULL, NULL);
}
