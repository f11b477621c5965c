#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/hub_fixture.h"

/* ---- admission ---- */

static void nothing_starts_inside_fetch_start(void **state)
{
	(void)state;
	hf_open(0, 0);
	struct fetch_lane *lane = hf_lane("l", 1, 0);
	struct fetch f = hf_fetch(lane, "a", "https://one/x");
	fetch_start(&f);
	assert_int_equal(hf.started, 0);
	assert_int_equal(f.state, FETCH_QUEUED);
	hf.mono += 250;
	hf_settle();
	assert_int_equal(hf.started, 1);
	assert_int_equal(f.reply.started_ms, 5250); /* the wait for admission is not part of it */
	hf.mono += 30;
	hf_answer(&f, 200);
	assert_int_equal(f.reply.ended_ms, 5280);
	assert_int_equal(f.state, FETCH_IDLE);
	assert_int_equal(fetch_lane_count(lane), 1);
	fetch_lane_free(&lane);
	hf_shut();
}

static void a_lane_is_a_queue_with_its_own_concurrency(void **state)
{
	(void)state;
	hf_open(0, 0);
	memset(hf_order, 0, sizeof(hf_order));
	hf.on_start = hf_noting;
	struct fetch_lane *lane = hf_lane("l", 2, 0);
	struct fetch f[4];
	for (int i = 0; i < 4; i++) {
		static const char *const letters[] = {"a", "b", "c", "d"};
		f[i] = hf_fetch(lane, letters[i], "https://one/x");
		fetch_start(&f[i]);
	}
	hf_settle();
	assert_string_equal(hf_order, "ab");
	hf_answer(&f[1], 200);
	assert_string_equal(hf_order, "ab"); /* not from inside the end of another either */
	hf_settle();
	assert_string_equal(hf_order, "abc");
	hf_answer(&f[0], 200);
	hf_answer(&f[2], 200);
	hf_settle();
	assert_string_equal(hf_order, "abcd");
	hf_answer(&f[3], 200);
	fetch_lane_free(&lane);
	hf_shut();
}

static void lanes_are_served_in_turn(void **state)
{
	(void)state;
	hf_open(1, 0);
	memset(hf_order, 0, sizeof(hf_order));
	hf.on_start = hf_noting;
	struct fetch_lane *rich = hf_lane("rich", 50, 0), *poor = hf_lane("poor", 50, 0);
	struct fetch a[10], b[3];
	for (int i = 0; i < 10; i++) {
		a[i] = hf_fetch(rich, "a", "https://one/x");
		fetch_start(&a[i]);
	}
	for (int i = 0; i < 3; i++) {
		b[i] = hf_fetch(poor, "b", "https://two/x");
		fetch_start(&b[i]);
	}
	for (;;) {
		hf_settle();
		if (!hf.active_count)
			break;
		assert_int_equal(hf.active_count, 1);
		hf_answer(hf.active[0], 200);
	}
	assert_string_equal(hf_order, "abababaaaaaaa");
	fetch_lane_free(&rich);
	fetch_lane_free(&poor);
	hf_shut();
}

static void a_full_host_holds_up_no_other(void **state)
{
	(void)state;
	hf_open(100, 2);
	memset(hf_order, 0, sizeof(hf_order));
	hf.on_start = hf_noting;
	struct fetch_lane *crowd = hf_lane("crowd", 50, 0), *late = hf_lane("late", 1, 0),
	                  *other = hf_lane("o", 1, 0);
	struct fetch a[6], b, c;
	for (int i = 0; i < 6; i++) {
		a[i] = hf_fetch(crowd, "a", "https://one/x?y");
		fetch_start(&a[i]);
	}
	hf_settle();
	assert_string_equal(hf_order, "aa");
	b = hf_fetch(late, "b", "https://one");
	fetch_start(&b);
	hf_settle();
	c = hf_fetch(other, "c", "https://one:8443/x");
	fetch_start(&c);
	hf_settle();
	assert_string_equal(hf_order, "aac"); /* another port is another host */
	/* the place goes to who waits longest: the crowd has one turn more, then the late one */
	hf_answer(&a[0], 200);
	hf_settle();
	assert_string_equal(hf_order, "aaca");
	hf_answer(&a[1], 200);
	hf_settle();
	assert_string_equal(hf_order, "aacab");
	hf_answer(&b, 200);
	hf_settle();
	assert_string_equal(hf_order, "aacaba");
	while (hf.active_count) {
		hf_answer(hf.active[0], 200);
		hf_settle();
	}
	assert_string_equal(hf_order, "aacabaaa");
	fetch_lane_free(&crowd);
	fetch_lane_free(&late);
	fetch_lane_free(&other);
	hf_shut();
}

static void a_lane_that_waits_for_a_host_may_be_freed(void **state)
{
	(void)state;
	hf_open(100, 1);
	struct fetch_lane *first = hf_lane("a", 1, 0), *second = hf_lane("b", 1, 0), *third = hf_lane("c", 1, 0);
	struct fetch a = hf_fetch(first, "a", "https://one/"), b = hf_fetch(second, "b", "https://one/"),
	             c = hf_fetch(third, "c", "https://one/");
	fetch_start(&a);
	fetch_start(&b);
	fetch_start(&c);
	hf_settle();
	assert_int_equal(hf.started, 1);
	fetch_cancel(&b);
	fetch_lane_free(&second);
	hf_answer(&a, 200); /* a place for the next in the round */
	fetch_cancel(&c);
	fetch_lane_free(&third);
	hf_settle();
	assert_int_equal(hf.started, 1);
	fetch_start(&a);
	hf_settle();
	assert_int_equal(hf.started, 2); /* no place was lost */
	hf_answer(&a, 200);
	fetch_lane_free(&first);
	hf_shut();
}

/* ---- the window ---- */

static int64_t starts[512];
static size_t start_count;

static void stamp(struct hf_world *hf_world, struct fetch *f)
{
	(void)f;
	starts[start_count++] = hf_world->mono;
}

static void start_again(struct fetch *f)
{
	fetch_start(f);
}

static void never_more_than_per_minute_in_any_minute(void **state)
{
	enum { PER_MINUTE = 7, TOTAL = 200 };
	(void)state;
	hf_open(0, 0);
	start_count = 0;
	hf.on_start = stamp;
	struct fetch_lane *lane = hf_lane("l", 3, PER_MINUTE);
	struct fetch f[5];
	uint64_t seed = 7;
	for (int i = 0; i < 5; i++) {
		f[i] = hf_fetch(lane, "a", "https://one/");
		f[i].done = start_again;
		fetch_start(&f[i]);
	}
	int64_t begin = hf.mono;
	while (start_count < TOTAL) {
		int64_t due = hf_settle();
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		int64_t wait = (int64_t)(seed >> 33) % 9000;
		if (hf.active_count) {
			hf.mono += wait; /* uneven answers */
			hf_answer(hf.active[(seed >> 20) % hf.active_count], 200);
		} else {
			assert_true(due < INT64_MAX);
			hf.mono = due;
		}
	}
	for (size_t i = PER_MINUTE; i < start_count; i++)
		assert_true(starts[i] - starts[i - PER_MINUTE] > 60000);
	/* and not much slower than it may */
	assert_true(hf.mono - begin < (int64_t)(TOTAL / PER_MINUTE + 2) * 75000);
	for (int i = 0; i < 5; i++)
		fetch_cancel(&f[i]);
	fetch_lane_free(&lane);
	hf_shut();
}

/* A lane of 450 that always has something to send, to a server that takes its time: never above the bound in any
 * minute, and in the long run within 3 % of it. */
static void the_bound_is_nearly_reached(void **state)
{
	enum { PER_MINUTE = 450, CONCURRENCY = 6, MINUTES = 20 };
	static struct fetch f[CONCURRENCY + 2];
	static int64_t at[PER_MINUTE * (MINUTES + 2)];
	static int64_t ends[CONCURRENCY];
	(void)state;
	size_t n = 0;
	hf_open(0, 0);
	struct fetch_lane *lane = hf_lane("l", CONCURRENCY, PER_MINUTE);
	for (size_t i = 0; i < CONCURRENCY + 2; i++) {
		f[i] = hf_fetch(lane, "a", "https://one/");
		f[i].done = start_again;
		fetch_start(&f[i]);
	}
	uint32_t seed = 11;
	while (hf.mono < 5000 + MINUTES * 60000) {
		size_t before = hf.started;
		hf_settle();
		for (size_t i = before; i < hf.started; i++)
			at[n++] = hf.mono;
		/* each takes 20 to 520 ms: what the window lets through at once is over long before the minute is */
		for (size_t i = hf.active_count - (hf.started - before); i < hf.active_count; i++) {
			seed = seed * 1664525 + 1013904223;
			ends[i] = hf.mono + 20 + (seed >> 8) % 500;
		}
		hf.mono++;
		for (size_t i = 0; i < hf.active_count;)
			if (ends[i] <= hf.mono) {
				ends[i] = ends[hf.active_count - 1];
				hf_answer(hf.active[i], 200);
			} else {
				i++;
			}
	}
	size_t first = 0, most = 0;
	for (size_t i = 0; i < n; i++) {
		while (at[first] + 60000 < at[i])
			first++;
		if (i - first + 1 > most)
			most = i - first + 1;
	}
	assert_int_equal(most, PER_MINUTE);
	assert_in_range(n, MINUTES * PER_MINUTE * 97 / 100, (MINUTES + 1) * PER_MINUTE);
	for (size_t i = 0; i < CONCURRENCY + 2; i++)
		fetch_cancel(&f[i]);
	fetch_lane_free(&lane);
	hf_shut();
}

static void the_window_opens_by_itself(void **state)
{
	(void)state;
	hf_open(0, 0);
	struct fetch_lane *lane = hf_lane("l", 10, 2);
	struct fetch f[3];
	for (int i = 0; i < 3; i++) {
		f[i] = hf_fetch(lane, "a", "https://one/");
		fetch_start(&f[i]);
	}
	hf_settle();
	assert_int_equal(hf.started, 2);
	hf.mono = 10000; /* those two are slow by now, and no timer is left but the window's */
	assert_int_equal(hf_settle(), 5000 + 60001);
	hf.mono = 5000 + 60000; /* woken by another's end: a minute sharp is still within */
	hf_answer(&f[0], 200);
	hf_settle();
	assert_int_equal(hf.started, 2);
	hf.mono = 5000 + 60001;
	hf_settle();
	assert_int_equal(hf.started, 3);
	hf_answer(&f[1], 200);
	hf_answer(&f[2], 200);
	fetch_lane_free(&lane);
	hf_shut();
}

static void the_window_survives_the_process(void **state)
{
	int64_t kept[8];
	(void)state;
	hf_open(0, 0);
	struct fetch_lane *lane = hf_lane("l", 10, 3);
	struct fetch f[3];
	for (int i = 0; i < 3; i++) {
		f[i] = hf_fetch(lane, "a", "https://one/");
		fetch_start(&f[i]);
		hf_settle();
		hf_answer(&f[i], 200);
		hf.mono += 10000;
	}
	/* started at 5000, 15000, 25000; now 35000 */
	int64_t wall = loop_wall_ms(hf.loop);
	assert_int_equal(fetch_lane_window(lane, kept, 8), 3);
	assert_int_equal(kept[0], wall - 30000);
	assert_int_equal(kept[1], wall - 20000);
	assert_int_equal(kept[2], wall - 10000);
	assert_int_equal(fetch_lane_window(lane, kept, 2), 2);
	assert_int_equal(kept[0], wall - 20000); /* short of room: the latest, they hold longest */
	assert_int_equal(fetch_lane_window(lane, kept, 8), 3);
	fetch_lane_free(&lane);
	hf_shut();

	/* five seconds later, on another monotonic clock */
	hf_open(0, 0);
	hf.mono = 300;
	hf.wall_ahead = wall + 5000 - 300;
	lane = hf_lane("l", 10, 3);
	fetch_lane_restore(lane, kept, 3, 0);
	f[0] = hf_fetch(lane, "a", "https://one/");
	fetch_start(&f[0]);
	int64_t due = hf_settle();
	assert_int_equal(hf.started, 0);
	assert_int_equal(due - hf.mono, 25001); /* the oldest was 35 s ago */
	hf.mono = due;
	hf_settle();
	assert_int_equal(hf.started, 1);
	hf_answer(&f[0], 200);
	assert_int_equal(fetch_lane_window(lane, kept, 8), 3);
	fetch_lane_free(&lane);

	/* stamps of the future and of long ago */
	lane = hf_lane("l", 10, 2);
	wall = loop_wall_ms(hf.loop);
	kept[0] = wall - 60001;
	kept[1] = wall - 500;
	kept[2] = wall + 3600000;
	fetch_lane_restore(lane, kept, 3, 0);
	assert_int_equal(fetch_lane_window(lane, kept, 8), 2);
	assert_int_equal(kept[0], wall - 500);
	assert_int_equal(kept[1], wall);
	fetch_lane_free(&lane);
	hf_shut();
}

static unsigned asked;

static void note_ask(void *arg)
{
	assert_ptr_equal(arg, &asked);
	asked++;
}

/* Nothing starts that was not written down before, as long as it takes to do so. */
static void what_is_not_kept_does_not_start(void **state)
{
	(void)state;
	hf_open(0, 0);
	struct fetch_lane *lane = hf_lane("l", 20, 100);
	struct fetch f[12];
	asked = 0;
	fetch_lane_keep(lane, 6, note_ask, &asked);
	for (int i = 0; i < 12; i++) {
		f[i] = hf_fetch(lane, "a", "https://one/");
		fetch_start(&f[i]);
	}
	assert_int_equal(asked, 0); /* never from inside fetch_start() */
	hf_settle();
	assert_int_equal(hf.started, 0);
	assert_int_equal(asked, 1);
	fetch_lane_allow(lane, fetch_lane_count(lane) + 6);
	hf_settle();
	assert_int_equal(hf.started, 6);
	assert_int_equal(asked, 2); /* when half of them were gone */
	hf.mono += 1000;
	hf_settle();
	assert_int_equal(hf.started, 6);
	fetch_lane_allow(lane, 9); /* the count was 3 when that was written down */
	hf_settle();
	assert_int_equal(hf.started, 9);
	assert_int_equal(asked, 3);
	fetch_lane_keep(lane, 0, NULL, NULL);
	hf_answer(&f[0], 200);
	hf_settle();
	assert_int_equal(hf.started, 12);
	hf_answer_all();
	fetch_lane_free(&lane);
	hf_shut();
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
	hf_open(0, 0);
	struct fetch_lane *lane = hf_lane("l", 1, 0);
	struct fetch a = hf_fetch(lane, "a", "https://one/"), b = a, c = a;
	a.request.effect = b.request.effect = FETCH_WRITE_ONCE;
	a.done = b.done = must_not_be_called;
	fetch_cancel(&a); /* idle: nothing */
	assert_int_equal(a.reply.code, 0);
	fetch_start(&a);
	fetch_start(&b);
	fetch_start(&c);
	hf_settle();
	fetch_cancel(&b);
	assert_int_equal(b.state, FETCH_IDLE);
	fetch_fault(&b, &fault);
	assert_int_equal(fault.class, FAULT_CANCELLED); /* it never left */
	fetch_cancel(&a);
	assert_int_equal(hf.cancelled, 1);
	fetch_fault(&a, &fault);
	assert_int_equal(fault.class, FAULT_UNCERTAIN);
	hf_settle();
	assert_int_equal(hf.active_count, 1);
	assert_ptr_equal(hf.active[0], &c);
	fetch_cancel(&c);
	fetch_fault(&c, &fault);
	assert_int_equal(fault.class, FAULT_CANCELLED);
	fetch_lane_free(&lane);
	hf_shut();
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
	hf_open(0, 0);
	dying = hf_lane("l", 1, 1);
	struct fetch f = hf_fetch(dying, "a", "https://one/");
	f.done = free_lane;
	fetch_start(&f);
	hf_settle();
	hf_answer(&f, 200);
	assert_null(dying);
	hf_settle();
	hf_shut();
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
	assert_true(hf.active_count <= CAP);
	for (size_t i = 0; i < hf.active_count; i++)
		per_host[hf.active[i]->request.max_body % hosts]++;
	for (unsigned i = 0; i < hosts; i++)
		assert_true(per_host[i] <= HOST_CAP);
	/* and no place is left empty while somebody could take it */
	for (size_t l = 0; l < LANES && hf.active_count < CAP; l++)
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
		hf_open(CAP, HOST_CAP);
		struct fetch_lane *lanes[LANES];
		uint64_t seed = hosts;
		memset(answered, 0, sizeof(answered));
		for (size_t l = 0; l < LANES; l++) {
			lanes[l] = hf_lane("l", 2, 0);
			for (size_t i = 0; i < PER_LANE; i++) {
				many[l][i] = hf_fetch(lanes[l], "a", urls[l % hosts]);
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
			else if (hf.active_count)
				hf_answer(hf.active[(seed >> 37) % hf.active_count], 200);
			if (what % 3) {
				hf_settle();
				check_caps(hosts);
			}
		}
		hf_settle();
		while (hf.active_count) {
			hf_answer(hf.active[0], 200);
			hf_settle();
		}
		for (size_t l = 0; l < LANES; l++) {
			for (size_t i = 0; i < PER_LANE; i++)
				assert_int_equal(many[l][i].state, FETCH_IDLE);
			assert_true(answered[l] > 100);
			fetch_lane_free(&lanes[l]);
		}
		hf_shut();
	}
}

static void no_lane_starves_at_a_busy_host(void **state)
{
	(void)state;
	hf_open(100, 1);
	struct fetch_lane *lanes[5];
	struct fetch f[5];
	for (size_t i = 0; i < 5; i++) {
		lanes[i] = hf_lane("l", 1, 0);
		f[i] = hf_fetch(lanes[i], "a", "https://one/");
		f[i].done = start_again; /* each always has something waiting */
		fetch_start(&f[i]);
	}
	for (int i = 0; i < 100; i++) {
		hf_settle();
		assert_int_equal(hf.active_count, 1);
		hf_answer(hf.active[0], 200);
	}
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(fetch_lane_count(lanes[i]), 20);
		fetch_cancel(&f[i]);
		fetch_lane_free(&lanes[i]);
	}
	hf_shut();
}

/* ---- shares ---- */

static struct fetch_lane *lane_of_tenant(const char *name, const char *tenant)
{
	struct fetch_lane_limits limits = {.concurrency = 50, .tenant = tenant};
	return fetch_lane_new(hf.hub, name, &limits);
}

static void many_accounts_have_one_share(void **state)
{
	(void)state;
	for (int one_host = 0; one_host < 2; one_host++) {
		/* the process's one place, or the host's */
		hf_open(one_host ? 0 : 1, one_host ? 1 : 0);
		memset(hf_order, 0, sizeof(hf_order));
		hf.on_start = hf_noting;
		struct fetch_lane *lanes[] = {lane_of_tenant("a one", "a"), lane_of_tenant("a two", "a"),
		                              lane_of_tenant("a three", "a"), lane_of_tenant("b one", "b")};
		static const char *const letters[] = {"1", "2", "3", "b"};
		struct fetch f[4][3];
		for (int k = 0; k < 3; k++)
			for (int i = 0; i < 4; i++) {
				f[i][k] = hf_fetch(lanes[i], letters[i], "https://one/x");
				fetch_start(&f[i][k]);
			}
		hf_answer_all();
		/* the tenants in turn, and the lanes of one in turn within its turn */
		assert_string_equal(hf_order, "1b2b3b123123");
		for (int i = 0; i < 4; i++)
			fetch_lane_free(&lanes[i]);
		hf_shut();
	}
}

static void what_hangs_makes_room(void **state)
{
	(void)state;
	hf_open(2, 2);
	memset(hf_order, 0, sizeof(hf_order));
	hf.on_start = hf_noting;
	struct fetch_lane *sick = hf_lane("sick", 50, 0), *well = hf_lane("well", 50, 0);
	struct fetch s[6], f[3];
	for (int i = 0; i < 6; i++) {
		s[i] = hf_fetch(sick, "s", "https://one/x");
		fetch_start(&s[i]);
	}
	hf_settle();
	for (int i = 0; i < 3; i++) {
		f[i] = hf_fetch(well, "w", "https://two/x");
		fetch_start(&f[i]);
	}
	assert_int_equal(hf_settle(), 5000 + 5000);
	assert_string_equal(hf_order, "ss");
	hf.mono = 10000;
	hf_settle();
	assert_string_equal(hf_order, "sssw"); /* in turn */
	hf_answer(&f[0], 200);
	hf_settle();
	/* as many again may be slow, no more */
	hf.mono = 100000;
	hf_settle();
	assert_true(hf.active_count <= 4);
	while (hf.active_count) {
		hf_answer(hf.active[0], 200);
		hf_settle();
	}
	assert_int_equal(strlen(hf_order), 9);
	fetch_lane_free(&sick);
	fetch_lane_free(&well);
	hf_shut();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(nothing_starts_inside_fetch_start),
	        cmocka_unit_test(a_lane_is_a_queue_with_its_own_concurrency),
	        cmocka_unit_test(lanes_are_served_in_turn),
	        cmocka_unit_test(a_full_host_holds_up_no_other),
	        cmocka_unit_test(a_lane_that_waits_for_a_host_may_be_freed),
	        cmocka_unit_test(never_more_than_per_minute_in_any_minute),
	        cmocka_unit_test(the_bound_is_nearly_reached),
	        cmocka_unit_test(the_window_opens_by_itself),
	        cmocka_unit_test(the_window_survives_the_process),
	        cmocka_unit_test(what_is_not_kept_does_not_start),
	        cmocka_unit_test(a_cancelled_fetch_is_over),
	        cmocka_unit_test(a_lane_may_be_freed_by_its_last_done),
	        cmocka_unit_test(caps_hold_and_no_place_is_wasted),
	        cmocka_unit_test(no_lane_starves_at_a_busy_host),
	        cmocka_unit_test(many_accounts_have_one_share),
	        cmocka_unit_test(what_hangs_makes_room),
	};
	return cmocka_run_group_tests_name("fetch_hub", tests, NULL, NULL);
}
