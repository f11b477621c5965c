/* One run with every kind of row in it, stopped at every point there is, in every way there is: told to by others, by
 * any of its own functions, by its deadline, by the end of the process. */

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/flow_rig.h"

#define CHILDREN 4
#define GATE_MS  30

struct world;
struct kid {
	struct world *w;
	unsigned number, started; /* grandchildren */
	struct kid *parent;
};

/* The state of the run. */
struct world {
	struct kid self; /* first: the top's state is a kid's too */
	struct rig *rig;
	struct kid kids[CHILDREN], grandkids[CHILDREN][2];
	unsigned slices, intents, writes, works;
	unsigned until_turns;
	unsigned probes, crash_at;
	bool ended_by_act;
};

static struct world *of(struct run *run)
{
	return ((struct kid *)run_state(run))->w;
}

static void called(struct run *run)
{
	rig_called(of(run)->rig, run);
}

static int set_up(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	w->rig = rig_new();
	rig_open_store(w->rig);
	w->rig->gate_ms = GATE_MS;
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;
	rig_free(&w->rig);
	free(w);
	return 0;
}

/* ---- the rows ---- */

static int work(struct run *run, struct store_txn *txn)
{
	of(run)->works++;
	return store_txn_error(txn);
}

static enum verdict then(struct run *run)
{
	called(run);
	return fault_is(run_fault(run)) ? STEP_FAIL : STEP_NEXT;
}

static enum verdict slice(struct run *run)
{
	called(run);
	return ++of(run)->slices % 3 ? STEP_AGAIN : STEP_NEXT;
}

static int on_one(void *arg, void *record, struct str key)
{
	(void)record;
	(void)key;
	called(arg);
	return 0;
}

struct one {
	int64_t n;
};
static const struct field one_fields[] = {{"n", FIELD_INT, 0, offsetof(struct one, n), NULL, NULL}};
static const struct shape one_shape = {"one", sizeof(struct one), FIELDS(one_fields), RECORD_NO_MASK, NULL};
static const struct field list_fields[] = {{RECORD_ROOT, FIELD_EACH, 0, 0, &one_shape, on_one}};
static const struct shape list_shape = {"list", 1, FIELDS(list_fields), RECORD_NO_MASK, NULL};

static void finish(struct exchange *x)
{
	called(x->adapter);
}

static enum verdict ask(struct run *run, struct exchange *x)
{
	called(run);
	rig_request(of(run)->rig, x, FETCH_READ, "list");
	x->shape = &list_shape;
	x->root = arena_alloc(x->arena, 1);
	x->each_arg = run;
	x->finish = finish;
	x->adapter = run;
	return STEP_NEXT;
}

static enum verdict write_ask(struct run *run, struct exchange *x)
{
	called(run);
	of(run)->writes++;
	rig_request(of(run)->rig, x, FETCH_WRITE_ONCE, "write");
	return STEP_NEXT;
}

static enum verdict got(struct run *run, struct exchange *x)
{
	called(run);
	return fault_is(&x->fault) ? STEP_FAIL : STEP_NEXT;
}

static void intend(struct run *run)
{
	called(run);
	of(run)->intents++;
	rig_gate(of(run)->rig, run);
}

static int64_t wait(struct run *run)
{
	called(run);
	return ((struct kid *)run_state(run))->number % 2 ? 0 : 20;
}

static enum next next_kid(struct run *run, void **child)
{
	struct kid *k = run_state(run);
	struct world *w = k->w;
	unsigned most = k->parent ? 2 : CHILDREN;
	called(run);
	if (k->started == most)
		return CHILD_NONE;
	struct kid *new = k->parent ? &w->grandkids[k->number][k->started] : &w->kids[k->started];
	*new = (struct kid){.w = w, .number = k->started++, .parent = k};
	*child = new;
	return CHILD_READY;
}

static enum verdict joined(struct run *run, void *child, const struct fault *fault)
{
	called(run);
	assert_ptr_equal(((struct kid *)child)->parent, run_state(run));
	return fault_is(fault) ? run_fail(run, fault) : STEP_NEXT;
}

static const struct step write_part[] = {
        {STEP_GATE, "intent", .open = intend, .then = then},
        {STEP_HTTP, "write", .effect = FETCH_WRITE_ONCE, .ask = write_ask, .got = got},
        {STEP_STORE, "settle", .write = true, .work = work, .then = then},
        STEP_END,
};
static const struct step kid_list[] = {
        {STEP_HTTP, "read", .ask = ask, .got = got},
        {STEP_WAIT, "wait", .wait_ms = wait},
        {STEP_EACH, "grandkids", .next = next_kid, .sub = write_part, .width = 2, .joined = joined},
        {STEP_STORE, "look", .work = work},
        STEP_END,
};
static const struct step all_kinds[] = {
        {STEP_STORE, "load", .work = work, .then = then},
        {STEP_CALC, "slice", .calc = slice},
        {STEP_HTTP, "read", .ask = ask, .got = got},
        {STEP_WAIT, "wait", .wait_ms = wait},
        {STEP_CALL, "write", .sub = write_part},
        {STEP_EACH, "kids", .next = next_kid, .sub = kid_list, .width = 2, .joined = joined},
        {STEP_GATE, "flush", .open = intend},
        STEP_END,
};

static void start(struct world *w, uint32_t deadline_ms)
{
	static const struct answer answers[] = {
	        {.status = 503, .after_ms = 5}, /* the first read is tried again */
	        {.status = 200, .body = "[{\"n\":1},{\"n\":2}]", .piece = 4, .after_ms = 5},
	};
	struct rig *rig = w->rig;
	*w = (struct world){.rig = rig};
	w->self.w = w;
	rig->open = rig->cancelled = 0;
	rig->gate_told = false;
	rig_fresh_lane(rig); /* what ended early before says nothing of this one */
	rig_answers(rig, answers, 2);
	rig_start(rig, all_kinds, w, &(struct run_options){.deadline_ms = deadline_ms});
}

/* The run is over: its own functions have been called as often as `calls` says, and nothing is under way any more. */
static void assert_over(struct world *w, unsigned calls)
{
	struct rig *rig = w->rig;
	assert_int_equal(rig->done, 1);
	assert_int_equal(rig->calls, calls);
	assert_int_equal(rig->open, 0);
	assert_int_equal(rig->at_gate, 0);
	assert_int_equal(loop_jobs_pending(rig->loop), 0);
	assert_int_equal(run_requests(rig->run), rig->sent_count);
	loop_virtual_run(rig->loop, NULL, NULL, 100000);
	assert_int_equal(rig->done, 1);
	assert_int_equal(rig->calls, calls);
	assert_true(w->writes <= w->intents);
}

/* How it goes when nobody interferes: calls and milliseconds. */
static unsigned whole(struct world *w, int64_t *ms)
{
	w->rig->act_at = 0;
	w->rig->probe = NULL;
	start(w, 0);
	*ms = rig_finish(w->rig);
	assert_well(w->rig);
	assert_int_equal(w->writes, 1 + 2 * CHILDREN);
	assert_int_equal(w->works, 1 + w->writes + CHILDREN);
	assert_over(w, w->rig->calls);
	return w->rig->calls;
}

/* ---- told to by others ---- */

static bool enough_turns(void *arg)
{
	struct world *w = arg;
	return w->rig->done || w->until_turns-- == 0;
}

static void cancelled_after_every_turn(void **state)
{
	struct world *w = *state;
	int64_t ms;
	unsigned n;
	(void)whole(w, &ms);
	for (n = 0;; n++) {
		start(w, 0);
		w->until_turns = n;
		loop_virtual_run(w->rig->loop, enough_turns, w, 1000000);
		if (w->rig->done)
			break;
		unsigned calls = w->rig->calls, gates = w->rig->at_gate;
		run_cancel(w->rig->run);
		run_cancel(w->rig->run);
		assert_int_equal(w->rig->done, 0); /* later */
		assert_int_equal(w->rig->open, 0); /* now */
		assert_int_equal(w->rig->gate_told, gates > 0);
		int64_t took = rig_finish(w->rig);
		assert_in_range(took, 0, gates ? GATE_MS : 0);
		assert_int_equal(w->rig->fault.class, FAULT_CANCELLED);
		assert_int_equal(w->rig->fault.code, ERR_CANCELLED);
		assert_over(w, calls);
	}
	assert_well(w->rig);
	assert_true(n > 100);
}

static void cancelled_before_it_starts(void **state)
{
	struct world *w = *state;
	w->self.w = w;
	struct run *run = run_new(&w->rig->env, all_kinds, w, &(struct run_options){.store = w->rig->store});
	run_cancel(run);
	run_free(&run);
	start(w, 0);
	run_cancel(w->rig->run);
	rig_finish(w->rig);
	assert_int_equal(w->rig->fault.class, FAULT_CANCELLED);
	assert_over(w, 0);
}

static void cancelled_when_it_is_over(void **state)
{
	struct world *w = *state;
	int64_t ms;
	unsigned calls = whole(w, &ms);
	run_cancel(w->rig->run);
	assert_over(w, calls);
	assert_well(w->rig);
}

/* ---- by its own functions ---- */

static void cancel_all(struct rig *rig, struct run *run)
{
	(void)rig;
	run_cancel(run_top(run));
}

static void cancel_self(struct rig *rig, struct run *run)
{
	struct world *w = of(run);
	(void)rig;
	w->ended_by_act = true;
	run_cancel(run);
}

static void cancelled_in_every_function(void **state)
{
	struct world *w = *state;
	int64_t ms;
	unsigned count = whole(w, &ms);
	assert_true(count > 80);
	w->rig->act = cancel_all;
	for (unsigned n = 1; n <= count; n++) {
		w->rig->act_at = n;
		start(w, 0);
		rig_finish(w->rig);
		assert_int_equal(w->rig->fault.class, FAULT_CANCELLED);
		assert_over(w, n);
	}
}

/* A child that stops itself ends, and its parents hear it. */
static void every_run_may_stop_itself(void **state)
{
	struct world *w = *state;
	int64_t ms;
	unsigned count = whole(w, &ms);
	w->rig->act = cancel_self;
	for (unsigned n = 1; n <= count; n++) {
		w->rig->act_at = n;
		start(w, 0);
		rig_finish(w->rig);
		assert_true(w->ended_by_act);
		assert_int_equal(w->rig->fault.class, FAULT_CANCELLED);
		assert_over(w, w->rig->calls);
	}
}

/* ---- by its deadline ---- */

static void out_of_time_at_every_millisecond(void **state)
{
	struct world *w = *state;
	int64_t ms;
	(void)whole(w, &ms);
	for (uint32_t deadline = 1; deadline < ms; deadline++) {
		start(w, deadline);
		int64_t took = rig_finish(w->rig);
		assert_in_range(took, deadline, deadline + GATE_MS);
		assert_int_equal(w->rig->fault.class, FAULT_TRANSIENT);
		assert_int_equal(w->rig->fault.code, ERR_TIMEOUT);
		assert_over(w, w->rig->calls);
	}
	start(w, (uint32_t)ms + 1);
	rig_finish(w->rig);
	assert_well(w->rig);
}

/* ---- by the end of the process ---- */

static bool crash(struct rig *rig, struct run *run, const char *what)
{
	struct world *w = of(run);
	(void)rig;
	(void)what;
	assert_true(w->probes < w->crash_at || !w->crash_at); /* nobody is asked behind the end */
	return ++w->probes != w->crash_at;
}

/* Gone at once, or looked at for a while before. */
static void assert_dead(struct world *w, unsigned calls, unsigned works, bool at_once)
{
	struct rig *rig = w->rig;
	if (!at_once) {
		run_cancel(rig->run);
		loop_virtual_run(rig->loop, NULL, NULL, 10000000);
	}
	assert_int_equal(rig->calls, calls);
	assert_int_equal(w->works, works);
	assert_int_equal(rig->done, 0);
	rig_crash(rig);
	assert_int_equal(rig->open, 0);
	loop_virtual_run(rig->loop, NULL, NULL, 100000);
	assert_int_equal(rig->calls, calls);
	assert_int_equal(w->works, works);
	assert_int_equal(rig->done, 0);
}

static bool is_crashed(void *arg)
{
	struct world *w = arg;
	return w->rig->done || w->probes == w->crash_at;
}

static void crashed_at_every_transition(void **state)
{
	struct world *w = *state;
	int64_t ms;
	unsigned n;
	(void)whole(w, &ms);
	w->rig->probe = crash;
	for (n = 1;; n++) {
		start(w, 0);
		w->crash_at = n;
		loop_virtual_run(w->rig->loop, is_crashed, w, 1000000);
		if (w->rig->done)
			break;
		assert_dead(w, w->rig->calls, w->works, n % 2);
	}
	assert_well(w->rig);
	assert_true(n > 100);
	w->rig->probe = NULL;
}

static void freeze(struct rig *rig, struct run *run)
{
	of(run)->ended_by_act = true;
	(void)rig;
	run_freeze(run);
}

static bool is_frozen(void *arg)
{
	return ((struct world *)arg)->ended_by_act;
}

static bool not_behind_the_end(struct rig *rig, struct run *run, const char *what)
{
	(void)rig;
	(void)what;
	assert_false(of(run)->ended_by_act);
	return true;
}

static void crashed_in_every_function(void **state)
{
	struct world *w = *state;
	int64_t ms;
	unsigned count = whole(w, &ms);
	w->rig->probe = not_behind_the_end;
	w->rig->act = freeze;
	for (unsigned n = 1; n <= count; n++) {
		w->rig->act_at = n;
		start(w, 0);
		loop_virtual_run(w->rig->loop, is_frozen, w, 1000000);
		assert_int_equal(w->rig->calls, n);
		assert_dead(w, n, w->works, n % 2);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(cancelled_after_every_turn),  TEST(cancelled_before_it_starts),
	        TEST(cancelled_when_it_is_over),   TEST(cancelled_in_every_function),
	        TEST(every_run_may_stop_itself),   TEST(out_of_time_at_every_millisecond),
	        TEST(crashed_at_every_transition), TEST(crashed_in_every_function),
	};
	log_setup(LOG_LVL_ERROR, LOG_TEXT, 2);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
