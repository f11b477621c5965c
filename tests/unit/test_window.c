/* An account's minute over many processes, most of them killed: on virtual time, with real stores. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/app/window.h"
#include "tests/world/loop_virtual.h"

enum { LIMIT = 96, CONCURRENCY = 5, STARTS = 40000 };

struct one {
	struct fetch fetch;
	struct loop_timer answer;
};

/* The machine, which outlives the processes. */
struct world {
	char dir[64];
	struct rig rig;
	struct fetch_lane *lane;
	struct window_keeper *keeper;
	struct one ones[CONCURRENCY + 2];
	struct fetch_transport transport;
	int64_t at[STARTS]; /* wall clock, of everything that ever left */
	size_t count;
	uint32_t chance;
	bool over;
	struct window window;
	struct store_job job;
	bool keeping;
};

static unsigned draw(struct world *w, unsigned below)
{
	w->chance = w->chance * 1664525 + 1013904223;
	return (w->chance >> 8) % below;
}

static void transport_start(struct fetch_transport *t, struct fetch *f)
{
	struct world *w = list_entry(t, struct world, transport);
	assert_true(w->count < STARTS);
	w->at[w->count++] = loop_wall_ms(w->rig.loop);
	loop_timer_start(w->rig.loop, &list_entry(f, struct one, fetch)->answer, 20 + draw(w, 300));
}

static void transport_cancel(struct fetch_transport *t, struct fetch *f)
{
	struct world *w = list_entry(t, struct world, transport);
	loop_timer_stop(w->rig.loop, &list_entry(f, struct one, fetch)->answer);
}

static void transport_close(struct fetch_transport *t)
{
	(void)t;
}

static void on_answer(struct loop_timer *timer)
{
	struct fetch *f = &list_entry(timer, struct one, answer)->fetch;
	f->reply.status = 200;
	f->reply.sent = true;
	fetch_finish(f);
}

static void ask_again(struct fetch *f)
{
	fetch_start(f);
}

static int job_work(struct store_txn *txn, struct store_job *job)
{
	struct world *w = list_entry(job, struct world, job);
	if (w->keeping)
		window_write(txn, &w->window);
	else
		window_read(txn, &w->window);
	return store_txn_error(txn);
}

static void job_after(struct store_job *job)
{
	list_entry(job, struct world, job)->over = true;
}

static bool is_over(void *arg)
{
	return ((struct world *)arg)->over;
}

static void store_window(struct world *w, bool keeping)
{
	struct store *store = store_ref(w->rig.stores, "cfa", "all");
	w->keeping = keeping;
	w->over = false;
	w->job = (struct store_job){.write = true, .work = job_work, .after = job_after};
	store_submit(store, &w->job);
	loop_virtual_run(w->rig.loop, is_over, w, 1000);
	assert_true(w->over);
	assert_int_equal(w->job.error, 0);
	store_unref(&store);
}

static void live(struct world *w, int64_t ms)
{
	loop_virtual_run(w->rig.loop, NULL, NULL, ms);
}

static void begin(struct world *w)
{
	long holder = 0;
	const struct fetch_lane_limits limits = {.concurrency = CONCURRENCY, .per_minute = LIMIT};
	assert_int_equal(
	        stores_open(w->rig.loop, w->dir, &(struct store_limits){.no_sync = true}, &w->rig.stores, &holder),
	        0);
	w->transport = (struct fetch_transport){transport_start, transport_cancel, transport_close};
	w->rig.hub = fetch_hub_new(w->rig.loop, &w->transport, NULL);
	w->lane = fetch_lane_new(w->rig.hub, "edusign", &limits);
	store_window(w, false);
	window_give(w->lane, &w->window);
	w->keeper = window_keeper_new(&w->rig, w->lane, "cfa", "all", LIMIT);
	for (size_t i = 0; i < sizeof(w->ones) / sizeof(w->ones[0]); i++) {
		w->ones[i] = (struct one){.fetch = {.request = {.method = FETCH_GET, .url = "https://edusign.test/"},
		                                    .lane = w->lane,
		                                    .done = ask_again}};
		loop_timer_init(&w->ones[i].answer, on_answer);
		fetch_start(&w->ones[i].fetch);
	}
}

/* Killed, nothing is written any more but what was on its way to the disk. */
static void end(struct world *w, bool killed)
{
	for (size_t i = 0; i < sizeof(w->ones) / sizeof(w->ones[0]); i++)
		fetch_cancel(&w->ones[i].fetch);
	if (!killed && window_keeper_rest(w->keeper, &w->window))
		store_window(w, true);
	window_clear(&w->window);
	window_keeper_free(&w->keeper);
	while (loop_virtual_turn(w->rig.loop) || loop_jobs_pending(w->rig.loop))
		;
	fetch_lane_free(&w->lane);
	fetch_hub_free(&w->rig.hub);
	stores_close(&w->rig.stores);
}

static void most_in_a_minute(const struct world *w, size_t *most)
{
	size_t first = 0;
	*most = 0;
	for (size_t i = 0; i < w->count; i++) {
		while (w->at[first] + 60000 < w->at[i])
			first++;
		if (i - first + 1 > *most)
			*most = i - first + 1;
	}
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	assert_non_null(w);
	snprintf(w->dir, sizeof(w->dir), "/tmp/passerelle-window-XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	w->chance = 5;
	w->rig.loop = loop_virtual_new(1800000000000);
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	char command[100];
	loop_close(&w->rig.loop);
	snprintf(command, sizeof(command), "rm -rf '%s'", w->dir);
	free(w);
	return system(command);
}

static void never_above_the_bound_though_it_is_killed(void **state)
{
	struct world *w = *state;
	size_t most;
	int64_t from = loop_wall_ms(w->rig.loop);
	for (int i = 0; i < 200; i++) {
		begin(w);
		live(w, draw(w, 2) ? draw(w, 2000) : draw(w, 40000));
		end(w, true);
		live(w, draw(w, 500));
	}
	most_in_a_minute(w, &most);
	assert_in_range(most, 1, LIMIT);
	/* and it did not stand still either: each kill costs an eighth of a minute at most, which leaves more than
	 * half */
	assert_true((int64_t)w->count > (loop_wall_ms(w->rig.loop) - from) * LIMIT / 60000 / 2);
}

static void an_old_kill_costs_an_eighth_at_most(void **state)
{
	struct world *w = *state;
	begin(w);
	live(w, 100);
	end(w, true);
	live(w, 3600000);
	size_t before = w->count;
	begin(w);
	live(w, 59000);
	assert_in_range(w->count - before, LIMIT - LIMIT / 8, LIMIT);
	end(w, false);
}

static void within_3_percent_over_many_processes_that_end_well(void **state)
{
	struct world *w = *state;
	size_t most;
	for (int i = 0; i < 40; i++) {
		begin(w);
		live(w, 30000);
		end(w, false);
	}
	most_in_a_minute(w, &most);
	assert_int_equal(most, LIMIT);
	assert_true(w->count >= 20 * LIMIT * 97 / 100);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	        TEST(never_above_the_bound_though_it_is_killed),
	        TEST(an_old_kill_costs_an_eighth_at_most),
	        TEST(within_3_percent_over_many_processes_that_end_well),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
