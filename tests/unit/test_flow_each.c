/* An EACH row: how many at once, who is heard, when it is over. */

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/flow_rig.h"

#define MOST 200

struct play;
struct child {
	struct play *p;
	unsigned number;
	int64_t works_ms, waits_ms;
	struct fault fault;   /* it fails with */
	const char *in_arena; /* text in the child's own arena */
	bool began, ended;
};

/* The state of these runs. */
struct play {
	struct rig *rig;
	struct child children[MOST];
	unsigned count, started, joined, running, waiting, most, most_living;
	unsigned width;
	unsigned later_until; /* next() has none before so many were joined */
	unsigned next_calls;
	unsigned fail_at; /* joined() of this number fails; 0 never */
	bool fail_silently, strange_verdict, mutter;
	unsigned next_fails_at, cancel_in_next, cancel_in_joined, freeze_in_joined;
};

static int set_up(void **state)
{
	*state = calloc(1, sizeof(struct play));
	((struct play *)*state)->rig = rig_new();
	return 0;
}

static int tear_down(void **state)
{
	struct play *p = *state;
	rig_free(&p->rig);
	free(p);
	return 0;
}

static struct child *child_of(struct run *run)
{
	return run_state(run);
}

/* ---- the children: a GATE is work, a WAIT is waiting ---- */

static enum verdict begin(struct run *run)
{
	struct child *c = child_of(run);
	struct play *p = c->p;
	c->began = true;
	c->in_arena = arena_printf(run_arena(run), "child %u", c->number);
	assert_ptr_equal(run_top(run), p->rig->run);
	assert_ptr_equal(run_parent(run), p->rig->run);
	assert_ptr_not_equal(run_arena(run), run_arena(run_parent(run)));
	if (++p->running > p->most)
		p->most = p->running;
	if (p->running + p->waiting > p->most_living)
		p->most_living = p->running + p->waiting;
	rig_note(p->rig, "+%u", c->number);
	return STEP_NEXT;
}

static void work(struct run *run)
{
	struct child *c = child_of(run);
	c->p->rig->gate_ms = c->works_ms;
	rig_gate(c->p->rig, run);
}

static int64_t wait(struct run *run)
{
	struct child *c = child_of(run);
	if (c->waits_ms) {
		c->p->running--;
		c->p->waiting++;
	}
	return c->waits_ms;
}

static enum verdict end(struct run *run)
{
	struct child *c = child_of(run);
	if (c->waits_ms)
		c->p->waiting--;
	else
		c->p->running--;
	c->ended = true;
	rig_note(c->p->rig, "-%u", c->number);
	return fault_is(&c->fault) ? run_fail(run, &c->fault) : STEP_NEXT;
}

static const struct step child_list[] = {{STEP_CALC, "begin", .calc = begin},
                                         {STEP_GATE, "work", .open = work},
                                         {STEP_WAIT, "wait", .wait_ms = wait},
                                         {STEP_CALC, "end", .calc = end},
                                         STEP_END};

/* ---- the parent ---- */

static enum next next(struct run *run, void **child)
{
	struct play *p = run_state(run);
	p->next_calls++;
	if (p->cancel_in_next && p->started + 1 == p->cancel_in_next)
		run_cancel(run);
	if (p->started == p->count)
		return CHILD_NONE;
	if (p->later_until > p->joined)
		return CHILD_LATER;
	if (p->next_fails_at && p->started + 1 == p->next_fails_at) {
		(void)run_failf(run, FAULT_DATA, ERR_CONFLICT, "no child like that");
		return CHILD_NONE;
	}
	struct child *c = &p->children[p->started++];
	c->p = p;
	c->number = p->started;
	*child = c;
	return CHILD_READY;
}

static enum verdict joined(struct run *run, void *child_state, const struct fault *fault)
{
	struct play *p = run_state(run);
	struct child *c = child_state;
	char text[16];
	p->joined++;
	snprintf(text, sizeof(text), "child %u", c->number);
	assert_string_equal(c->in_arena, text); /* its arena is there still */
	rig_note(p->rig, "j%u%s", c->number, fault_is(fault) ? "!" : "");
	if (p->cancel_in_joined == p->joined)
		run_cancel(run);
	if (p->freeze_in_joined == p->joined)
		run_freeze(run);
	if (p->mutter)
		(void)run_failf(run, FAULT_DATA, ERR_CONFLICT, "never mind");
	if (p->strange_verdict)
		return STEP_DONE;
	if (p->fail_at != c->number)
		return STEP_NEXT;
	return p->fail_silently ? STEP_FAIL : run_failf(run, FAULT_DATA, ERR_CONFLICT, "the parent has enough");
}

static unsigned width_of(struct run *run)
{
	return ((struct play *)run_state(run))->width;
}

static enum verdict over(struct run *run)
{
	rig_note(((struct play *)run_state(run))->rig, "over");
	return STEP_NEXT;
}

#define EACH(...)                                                                                                    \
	{                                                                                                            \
		{STEP_EACH, "each", .next = next, .sub = child_list, __VA_ARGS__},                                   \
		        {STEP_CALC, "over", .calc = over}, STEP_END                                                  \
	}
static const struct step wide[] = EACH(.width_of = width_of, .joined = joined);
static const struct step fixed[] = EACH(.width = 3, .joined = joined);
static const struct step bare[] = EACH();
static const struct step bare_wide[] = EACH(.width = 3);

/* ---- how many at once ---- */

static void one_after_the_other(void **state)
{
	struct play *p = *state;
	p->count = 3;
	rig_run(p->rig, bare, p);
	assert_trace(p->rig, "+1 -1 +2 -2 +3 -3 over ");
	assert_well(p->rig);
}

static void no_more_than_its_width(void **state)
{
	for (unsigned width = 1; width <= 7; width++) {
		struct play *p = *state;
		*p = (struct play){.rig = p->rig, .count = 20, .width = width};
		for (unsigned i = 0; i < 20; i++)
			p->children[i].works_ms = 10 + (i * 7) % 13;
		rig_run(p->rig, wide, p);
		assert_int_equal(p->most, width);
		assert_int_equal(p->joined, 20);
		assert_well(p->rig);
	}
}

static void places_are_taken_as_they_fall_free(void **state)
{
	struct play *p = *state;
	p->count = 5;
	p->children[0].works_ms = 100;
	p->children[1].works_ms = 10;
	p->children[2].works_ms = 50;
	p->children[3].works_ms = 30;
	p->children[4].works_ms = 1;
	assert_int_equal(rig_run(p->rig, fixed, p), 100);
	assert_trace(p->rig, "+1 +2 +3 -2 j2 +4 -4 j4 +5 -5 j5 -3 j3 -1 j1 over ");
}

static void a_width_of_none_is_one(void **state)
{
	struct play *p = *state;
	p->count = 2;
	rig_run(p->rig, wide, p);
	assert_trace(p->rig, "+1 -1 j1 +2 -2 j2 over ");
}

static void nothing_to_do(void **state)
{
	struct play *p = *state;
	rig_run(p->rig, fixed, p);
	assert_trace(p->rig, "over ");
	assert_int_equal(p->next_calls, 1);
}

/* A child that waits has given its place away; at most 64 live all the same. */
static void who_waits_gives_its_place_away(void **state)
{
	struct play *p = *state;
	p->count = 3;
	for (unsigned i = 0; i < 3; i++)
		p->children[i].waits_ms = 1000;
	assert_int_equal(rig_run(p->rig, bare, p), 1000); /* all of them at the same time */
	assert_trace(p->rig, "+1 +2 +3 -1 -2 -3 over ");
	assert_int_equal(p->most, 1);
	*p = (struct play){.rig = p->rig, .count = MOST, .width = 2};
	for (unsigned i = 0; i < MOST; i++)
		p->children[i].waits_ms = 1000;
	rig_run(p->rig, wide, p);
	assert_int_equal(p->most, 2);
	assert_int_equal(p->most_living, 64);
	assert_int_equal(p->joined, MOST);
	assert_well(p->rig);
}

static void never_more_than_64(void **state)
{
	struct play *p = *state;
	*p = (struct play){.rig = p->rig, .count = MOST, .width = 1000};
	for (unsigned i = 0; i < MOST; i++)
		p->children[i].works_ms = 10;
	rig_run(p->rig, wide, p);
	assert_int_equal(p->most, 64);
	assert_int_equal(p->joined, MOST);
}

/* ---- later ---- */

/* NONE is the last word. */
static void none_is_not_asked_again(void **state)
{
	struct play *p = *state;
	p->count = 1;
	p->children[0].works_ms = 10;
	rig_start(p->rig, fixed, p, NULL);
	loop_virtual_run(p->rig->loop, NULL, NULL, 5);
	p->count = 3;
	rig_finish(p->rig);
	assert_trace(p->rig, "+1 -1 j1 over ");
}

static enum next in_turn(struct run *run, void **child)
{
	struct play *p = run_state(run);
	p->later_until = p->started; /* all before it */
	return next(run, child);
}

static void later_holds_the_row(void **state)
{
	static const struct step list[] = {
	        {STEP_EACH, "each", .next = in_turn, .sub = child_list, .width = 3, .joined = joined},
	        {STEP_CALC, "over", .calc = over},
	        STEP_END};
	struct play *p = *state;
	p->count = 3;
	rig_run(p->rig, list, p);
	assert_trace(p->rig, "+1 -1 j1 +2 -2 j2 +3 -3 j3 over ");
	assert_well(p->rig);
}

static void later_with_nobody_living_is_a_dead_lock(void **state)
{
	struct play *p = *state;
	p->count = 1;
	p->later_until = 1;
	rig_run(p->rig, fixed, p);
	assert_trace(p->rig, "");
	assert_int_equal(p->rig->fault.class, FAULT_BUG);
	assert_string_equal(p->rig->fault.step, "each");
}

/* ---- faults ---- */

static void set_fault(struct play *p, unsigned number)
{
	fault_set(&p->children[number - 1].fault, FAULT_REMOTE, ERR_REMOTE, "refused");
}

static void a_childs_fault_is_its_own(void **state)
{
	struct play *p = *state;
	p->count = 2;
	set_fault(p, 1);
	rig_run(p->rig, wide, p);
	assert_trace(p->rig, "+1 -1 j1! +2 -2 j2 over ");
	assert_well(p->rig);
}

static void without_joined_it_is_the_parents(void **state)
{
	struct play *p = *state;
	p->count = 5;
	p->children[0].works_ms = 10;
	p->children[1].works_ms = 100;
	p->children[2].works_ms = 100;
	set_fault(p, 1);
	assert_int_equal(rig_run(p->rig, bare_wide, p), 100); /* the others' gates are waited for */
	assert_trace(p->rig, "+1 +2 +3 -1 ");
	assert_string_equal(p->rig->fault.what, "refused");
	assert_string_equal(p->rig->fault.step, "end");
}

static void joined_may_fail_the_row(void **state)
{
	struct play *p = *state;
	p->count = 6;
	p->fail_at = 2;
	p->children[0].works_ms = 100;
	p->children[1].works_ms = 10;
	p->children[2].waits_ms = 5000;
	assert_int_equal(rig_run(p->rig, fixed, p), 100);
	assert_null(strstr(p->rig->trace, "-1")); /* nothing of it is called any more */
	assert_null(strstr(p->rig->trace, "j1"));
	assert_null(strstr(p->rig->trace, "over"));
	assert_string_equal(p->rig->fault.what, "the parent has enough");
	assert_string_equal(p->rig->fault.step, "each");
}

/* What counts is what joined() says, not what it leaves behind. */
static void joined_may_forgive(void **state)
{
	struct play *p = *state;
	p->count = 3;
	p->mutter = true;
	rig_run(p->rig, wide, p);
	assert_trace(p->rig, "+1 -1 j1 +2 -2 j2 +3 -3 j3 over ");
	assert_well(p->rig);
}

static void a_failure_without_a_reason_is_one(void **state)
{
	struct play *p = *state;
	p->count = 3;
	p->fail_at = 2;
	p->fail_silently = true;
	p->children[0].works_ms = p->children[2].works_ms = 10; /* another lives when it fails */
	rig_run(p->rig, fixed, p);
	assert_null(strstr(p->rig->trace, "over"));
	assert_int_equal(p->rig->fault.class, FAULT_BUG);
	*p = (struct play){.rig = p->rig, .count = 1, .strange_verdict = true};
	rig_run(p->rig, fixed, p);
	assert_int_equal(p->rig->fault.class, FAULT_BUG);
}

static void a_fault_of_next_fails_the_row(void **state)
{
	struct play *p = *state;
	p->count = 3;
	p->next_fails_at = 1;
	rig_run(p->rig, fixed, p);
	assert_trace(p->rig, "");
	assert_string_equal(p->rig->fault.what, "no child like that");
	*p = (struct play){.rig = p->rig, .count = 3, .next_fails_at = 2};
	p->children[0].works_ms = 10;
	rig_run(p->rig, fixed, p);
	assert_null(strstr(p->rig->trace, "over"));
	assert_string_equal(p->rig->fault.what, "no child like that");
}

/* ---- cancelled by its own functions ---- */

static void cancelled_in_next(void **state)
{
	for (unsigned at = 1; at <= 3; at++) {
		struct play *p = *state;
		*p = (struct play){.rig = p->rig, .count = 3, .cancel_in_next = at};
		for (unsigned i = 0; i < 3; i++)
			p->children[i].works_ms = 10;
		rig_run(p->rig, fixed, p);
		assert_int_equal(p->rig->fault.class, FAULT_CANCELLED);
		assert_trace(p->rig, ""); /* they were to begin on the next turn */
		assert_int_equal(p->joined, 0);
	}
}

static void cancelled_in_joined(void **state)
{
	struct play *p = *state;
	p->count = 5;
	p->cancel_in_joined = 1;
	rig_run(p->rig, fixed, p);
	assert_int_equal(p->rig->fault.class, FAULT_CANCELLED);
	assert_int_equal(p->joined, 1);
	assert_int_equal(p->started, 3);
}

static void crashed_in_joined(void **state)
{
	struct play *p = *state;
	p->count = 5;
	p->freeze_in_joined = 1;
	rig_start(p->rig, fixed, p, NULL);
	loop_virtual_run(p->rig->loop, NULL, NULL, 1000);
	assert_int_equal(p->joined, 1);
	assert_int_equal(p->started, 3);
	assert_int_equal(p->rig->done, 0);
	rig_crash(p->rig);
}

/* ---- two rows ---- */

static enum verdict refill(struct run *run)
{
	struct play *p = run_state(run);
	p->count += 2;
	return STEP_NEXT;
}

static void each_row_asks_for_itself(void **state)
{
	static const struct step list[] = {{STEP_EACH, "first", .next = next, .sub = child_list},
	                                   {STEP_CALC, "refill", .calc = refill},
	                                   {STEP_EACH, "second", .next = next, .sub = child_list},
	                                   {STEP_CALC, "over", .calc = over},
	                                   STEP_END};
	struct play *p = *state;
	p->count = 1;
	rig_run(p->rig, list, p);
	assert_trace(p->rig, "+1 -1 +2 -2 +3 -3 over ");
}

/* ---- what children share ---- */

static enum verdict ask(struct run *run, struct exchange *x)
{
	rig_request(child_of(run)->p->rig, x, FETCH_READ, "x");
	return STEP_NEXT;
}

static enum verdict got(struct run *run, struct exchange *x)
{
	(void)run;
	return fault_is(&x->fault) ? STEP_FAIL : STEP_NEXT;
}

static int look(struct run *run, struct store_txn *txn)
{
	child_of(run)->ended = true;
	return store_txn_error(txn);
}

static void a_child_has_its_parents_store(void **state)
{
	static const struct step sub[] = {
	        {STEP_STORE, "look", .work = look}, {STEP_HTTP, "x", .ask = ask, .got = got}, STEP_END};
	static const struct step list[] = {{STEP_EACH, "each", .next = next, .sub = sub, .width = 4}, STEP_END};
	struct play *p = *state;
	struct transition t[64];
	rig_open_store(p->rig);
	p->count = 10;
	rig_run(p->rig, list, p);
	assert_well(p->rig);
	for (unsigned i = 0; i < 10; i++)
		assert_true(p->children[i].ended);
	assert_int_equal(run_requests(p->rig->run), 10); /* theirs are its own */
	assert_int_equal(run_transitions(p->rig->run, t, 64), 21);
	assert_string_equal(t[0].step, "each");
}

static enum verdict eat(struct run *run)
{
	return arena_alloc(run_arena(run), 600000) ? STEP_NEXT : run_failf(run, FAULT_LOCAL, ERR_LIMIT, "full");
}

/* Their memory counts against the parent's cap, and is back when they ended. */
static void children_share_the_cap(void **state)
{
	static const struct step sub[] = {
	        {STEP_CALC, "eat", .calc = eat}, {STEP_GATE, "work", .open = work}, STEP_END};
	static const struct step narrow[] = {{STEP_EACH, "each", .next = next, .sub = sub, .width = 1}, STEP_END};
	static const struct step broad[] = {{STEP_EACH, "each", .next = next, .sub = sub, .width = 2}, STEP_END};
	struct play *p = *state;
	p->count = 10;
	rig_start(p->rig, narrow, p, &(struct run_options){.memory = 1000000});
	rig_finish(p->rig);
	assert_well(p->rig);
	*p = (struct play){.rig = p->rig, .count = 2};
	p->children[0].works_ms = 10;
	rig_start(p->rig, broad, p, &(struct run_options){.memory = 1000000});
	rig_finish(p->rig);
	assert_int_equal(p->rig->fault.code, ERR_LIMIT);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(one_after_the_other),
	        TEST(no_more_than_its_width),
	        TEST(places_are_taken_as_they_fall_free),
	        TEST(a_width_of_none_is_one),
	        TEST(nothing_to_do),
	        TEST(who_waits_gives_its_place_away),
	        TEST(never_more_than_64),
	        TEST(none_is_not_asked_again),
	        TEST(later_holds_the_row),
	        TEST(later_with_nobody_living_is_a_dead_lock),
	        TEST(a_childs_fault_is_its_own),
	        TEST(without_joined_it_is_the_parents),
	        TEST(joined_may_fail_the_row),
	        TEST(joined_may_forgive),
	        TEST(a_failure_without_a_reason_is_one),
	        TEST(a_fault_of_next_fails_the_row),
	        TEST(cancelled_in_next),
	        TEST(cancelled_in_joined),
	        TEST(crashed_in_joined),
	        TEST(each_row_asks_for_itself),
	        TEST(a_child_has_its_parents_store),
	        TEST(children_share_the_cap),
	};
	log_setup(LOG_LVL_ERROR, LOG_TEXT, 2);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
