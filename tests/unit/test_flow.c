/* Rows and verdicts: what comes when, and what a run leaves behind. HTTP, EACH and cancelling have files of their
 * own. */

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/flow_rig.h"

/* The state of these runs. */
struct play {
	struct rig *rig;
	unsigned n, turns;
	const char *first, *last; /* addresses on the stack */
	enum verdict verdict;
	int64_t wait;
	struct fault seen;
	bool forgive;
	int work_result;
	struct arena *arena;
	char *text;
};

static struct play *of(struct run *run)
{
	return run_state(run);
}

static int set_up(void **state)
{
	*state = rig_new();
	return 0;
}

static int tear_down(void **state)
{
	rig_free((struct rig **)state);
	return 0;
}

/* ---- CALC and the verdicts ---- */

static enum verdict note(struct run *run)
{
	rig_note(of(run)->rig, "%s", run_step_name(run));
	return STEP_NEXT;
}

static enum verdict say(struct run *run)
{
	struct play *p = of(run);
	rig_note(p->rig, "say");
	return p->verdict;
}

static const struct step plain[] = {
        {STEP_CALC, "a", .calc = note}, {STEP_CALC, "b", .calc = note}, {STEP_CALC, "c", .calc = note}, STEP_END};

static void rows_run_in_order(void **state)
{
	struct play p = {.rig = *state};
	rig_start(p.rig, plain, &p, NULL);
	assert_trace(p.rig, ""); /* nothing inside the call */
	assert_int_equal(rig_finish(p.rig), 0);
	assert_trace(p.rig, "a b c ");
	assert_int_equal(p.rig->done, 1);
	assert_int_equal(loop_virtual_run(p.rig->loop, NULL, NULL, 10000), 0); /* nothing is left armed */
	assert_well(p.rig);
}

static void a_list_without_rows_is_done(void **state)
{
	static const struct step empty[] = {STEP_END};
	struct play p = {.rig = *state};
	rig_run(p.rig, empty, &p);
	assert_well(p.rig);
}

static const struct step said[] = {{STEP_CALC, "s", "d", .calc = say}, {STEP_CALC, "b", .calc = note},
                                   {STEP_CALC, "c", .calc = note},     {STEP_CALC, "d", .calc = note},
                                   {STEP_CALC, "e", .calc = note},     STEP_END};

static void each_verdict(void **state)
{
	struct play p = {.rig = *state};
	p.verdict = STEP_NEXT;
	rig_run(p.rig, said, &p);
	assert_trace(p.rig, "say b c d e ");
	p.verdict = STEP_SKIP;
	rig_run(p.rig, said, &p);
	assert_trace(p.rig, "say d e ");
	p.verdict = STEP_DONE;
	rig_run(p.rig, said, &p);
	assert_trace(p.rig, "say ");
	assert_well(p.rig);
	p.verdict = STEP_FAIL; /* it does not say why */
	rig_run(p.rig, said, &p);
	assert_trace(p.rig, "say ");
	assert_int_equal(p.rig->fault.class, FAULT_BUG);
	assert_string_equal(p.rig->fault.step, "s");
}

static enum verdict fail_well(struct run *run)
{
	return run_failf(run, FAULT_REMOTE, ERR_REMOTE, "number %d", 7);
}

static enum verdict handled(struct run *run)
{
	(void)fail_well(run);
	return STEP_NEXT;
}

static void a_fault_tells_what_and_where(void **state)
{
	static const struct step list[] = {
	        {STEP_CALC, "x", .calc = fail_well}, {STEP_CALC, "y", .calc = note}, STEP_END};
	struct play p = {.rig = *state};
	rig_run(p.rig, list, &p);
	assert_trace(p.rig, "");
	assert_int_equal(p.rig->fault.class, FAULT_REMOTE);
	assert_int_equal(p.rig->fault.code, ERR_REMOTE);
	assert_string_equal(p.rig->fault.what, "number 7");
	assert_string_equal(p.rig->fault.step, "x");
}

static void a_step_that_goes_on_has_dealt_with_its_fault(void **state)
{
	static const struct step list[] = {
	        {STEP_CALC, "x", .calc = handled}, {STEP_CALC, "y", .calc = note}, STEP_END};
	struct play p = {.rig = *state};
	rig_run(p.rig, list, &p);
	assert_trace(p.rig, "y ");
	assert_well(p.rig);
}

static enum verdict count(struct run *run)
{
	struct play *p = of(run);
	char here;
	p->last = &here;
	if (!p->first)
		p->first = &here;
	return ++p->n < 10000 ? STEP_AGAIN : STEP_NEXT;
}

static enum verdict count_turns(struct run *run)
{
	struct play *p = of(run);
	rig_note(p->rig, "%u", p->n);
	return ++p->n < 3 ? STEP_AGAIN : STEP_NEXT;
}

static void on_turn(struct loop_task *t);

struct neighbour {
	struct loop_task task;
	struct play *p;
};

static void on_turn(struct loop_task *t)
{
	struct neighbour *n = list_entry(t, struct neighbour, task);
	rig_note(n->p->rig, "neighbour");
	if (++n->p->turns < 3)
		loop_defer(n->p->rig->loop, t);
}

/* Long work in slices: the others get their turn between two of them. */
static void again_lets_others_in(void **state)
{
	static const struct step list[] = {{STEP_CALC, "count", .calc = count_turns}, STEP_END};
	struct play p = {.rig = *state};
	struct neighbour n = {.p = &p};
	rig_start(p.rig, list, &p, NULL);
	loop_task_init(&n.task, on_turn);
	loop_defer(p.rig->loop, &n.task);
	rig_finish(p.rig);
	assert_trace(p.rig, "0 neighbour 1 neighbour 2 neighbour ");
	loop_task_cancel(&n.task);
}

static void ten_thousand_slices_on_one_stack(void **state)
{
	static const struct step list[] = {{STEP_CALC, "count", .calc = count}, STEP_END};
	struct play p = {.rig = *state};
	rig_run(p.rig, list, &p);
	assert_int_equal(p.n, 10000);
	assert_ptr_equal(p.first, p.last);
}

static enum verdict count_row(struct run *run)
{
	(void)count(run);
	return STEP_NEXT;
}

static void a_long_list_on_one_stack(void **state)
{
	enum { ROWS = 500 };
	static struct step list[ROWS + 1];
	static char names[ROWS][8];
	struct play p = {.rig = *state};
	for (unsigned i = 0; i < ROWS; i++) {
		snprintf(names[i], sizeof(names[i]), "r%u", i);
		list[i] = (struct step){STEP_CALC, names[i], .calc = count_row};
	}
	rig_run(p.rig, list, &p);
	assert_int_equal(p.n, ROWS);
	assert_ptr_equal(p.first, p.last);
}

/* ---- CALL ---- */

static enum verdict same_arena(struct run *run)
{
	struct play *p = of(run);
	assert_true(!p->arena || p->arena == run_arena(run));
	p->arena = run_arena(run);
	assert_ptr_equal(run_top(run), p->rig->run);
	assert_null(run_parent(run));
	assert_ptr_equal(run_loop(run), p->rig->loop);
	return note(run);
}

static const struct step inner[] = {{STEP_CALC, "in", .calc = same_arena},
                                    {STEP_CALC, "say", .calc = say},
                                    {STEP_CALC, "in2", .calc = note},
                                    STEP_END};
static const struct step nothing[] = {STEP_END};
static const struct step middle[] = {{STEP_CALL, "inner", .sub = inner}, STEP_END};
static const struct step outer[] = {{STEP_CALC, "a", .calc = same_arena},
                                    {STEP_CALL, "middle", .sub = middle},
                                    {STEP_CALL, "nothing", .sub = nothing},
                                    {STEP_CALC, "z", .calc = note},
                                    STEP_END};

static void call_runs_inline(void **state)
{
	struct play p = {.rig = *state};
	rig_run(p.rig, outer, &p);
	assert_trace(p.rig, "a in say in2 z ");
	assert_well(p.rig);
}

static void done_ends_the_called_list_alone(void **state)
{
	struct play p = {.rig = *state, .verdict = STEP_DONE};
	rig_run(p.rig, outer, &p);
	assert_trace(p.rig, "a in say z ");
	assert_well(p.rig);
}

static void a_called_list_fails_its_run(void **state)
{
	static const struct step sub[] = {{STEP_CALC, "x", .calc = fail_well}, STEP_END};
	static const struct step list[] = {{STEP_CALL, "sub", .sub = sub}, {STEP_CALC, "z", .calc = note}, STEP_END};
	struct play p = {.rig = *state};
	rig_run(p.rig, list, &p);
	assert_trace(p.rig, "");
	assert_string_equal(p.rig->fault.what, "number 7");
	assert_string_equal(p.rig->fault.step, "x");
}

/* ---- WAIT ---- */

static int64_t how_long(struct run *run)
{
	return of(run)->wait;
}

static void waits_as_long_as_it_says(void **state)
{
	static const struct step list[] = {
	        {STEP_WAIT, "w", .wait_ms = how_long}, {STEP_WAIT, "mark"}, {STEP_CALC, "z", .calc = note}, STEP_END};
	struct play p = {.rig = *state, .wait = 61234};
	assert_int_equal(rig_run(p.rig, list, &p), 61234);
	assert_trace(p.rig, "z ");
	p.wait = 0;
	assert_int_equal(rig_run(p.rig, list, &p), 0);
	p.wait = -5;
	assert_int_equal(rig_run(p.rig, list, &p), 0);
	assert_trace(p.rig, "z ");
}

/* ---- GATE ---- */

static void open_gate(struct run *run)
{
	rig_note(of(run)->rig, "open");
	rig_gate(of(run)->rig, run);
}

static enum verdict then(struct run *run)
{
	struct play *p = of(run);
	rig_note(p->rig, "then");
	p->seen = *run_fault(run);
	return fault_is(&p->seen) && !p->forgive ? STEP_FAIL : STEP_NEXT;
}

static const struct step gate_plain[] = {
        {STEP_GATE, "g", .open = open_gate}, {STEP_CALC, "z", .calc = note}, STEP_END};
static const struct step gate_then[] = {
        {STEP_GATE, "g", .open = open_gate, .then = then}, {STEP_CALC, "z", .calc = note}, STEP_END};

static void a_gate_opens_when_it_is_woken(void **state)
{
	struct play p = {.rig = *state};
	p.rig->gate_ms = 250;
	assert_int_equal(rig_run(p.rig, gate_plain, &p), 250);
	assert_trace(p.rig, "open z ");
	assert_int_equal(rig_run(p.rig, gate_then, &p), 250);
	assert_trace(p.rig, "open then z ");
	assert_false(fault_is(&p.seen));
}

static void a_gate_may_stay_shut(void **state)
{
	struct play p = {.rig = *state};
	fault_set(&p.rig->gate_fault, FAULT_LOCAL, ERR_STORE, "the journal is damaged");
	rig_run(p.rig, gate_plain, &p);
	assert_trace(p.rig, "open ");
	assert_string_equal(p.rig->fault.what, "the journal is damaged");
	assert_string_equal(p.rig->fault.step, "g");
	rig_run(p.rig, gate_then, &p);
	assert_trace(p.rig, "open then ");
	assert_int_equal(p.seen.code, ERR_STORE);
	assert_int_equal(p.rig->fault.code, ERR_STORE);
	p.forgive = true;
	rig_run(p.rig, gate_then, &p);
	assert_trace(p.rig, "open then z ");
	assert_well(p.rig);
}

static void wake_at_once(struct run *run)
{
	flow_wake(run, NULL);
	rig_note(of(run)->rig, "woken");
}

/* Whoever wakes inside open() wakes it all the same, later. */
static void waking_at_once_is_waking_later(void **state)
{
	static const struct step list[] = {{STEP_GATE, "g", .open = wake_at_once, .then = then}, STEP_END};
	struct play p = {.rig = *state};
	rig_run(p.rig, list, &p);
	assert_trace(p.rig, "woken then ");
}

static void open_untold(struct run *run)
{
	struct rig *rig = of(run)->rig;
	rig_gate(rig, run);
	flow_gate(run, NULL, NULL);
}

static void open_plain(struct run *run)
{
	of(run)->arena = run_arena(run); /* woken by hand */
}

/* Who asked to be told of a cancellation is told at its own gate only. */
static void another_gate_is_not_told(void **state)
{
	static const struct step list[] = {
	        {STEP_GATE, "g", .open = open_gate}, {STEP_GATE, "h", .open = open_plain}, STEP_END};
	static const struct step untold[] = {{STEP_GATE, "g", .open = open_untold}, STEP_END};
	struct play p = {.rig = *state};
	struct rig *rig = p.rig;
	rig->gate_ms = 10;
	rig_start(rig, list, &p, NULL);
	loop_virtual_run(rig->loop, NULL, NULL, 5);
	assert_int_equal(rig->at_gate, 1);
	loop_virtual_run(rig->loop, NULL, NULL, 100);
	assert_non_null(p.arena); /* at the second gate */
	run_cancel(rig->run);
	assert_false(rig->gate_told);
	loop_virtual_run(rig->loop, NULL, NULL, 100);
	assert_int_equal(rig->done, 0); /* it is still to be woken */
	flow_wake(rig->run, NULL);
	rig_finish(rig);
	assert_int_equal(rig->fault.class, FAULT_CANCELLED);
	rig_start(rig, untold, &p, NULL);
	loop_virtual_run(rig->loop, NULL, NULL, 5);
	run_cancel(rig->run);
	assert_false(rig->gate_told);
	rig_finish(rig);
}

/* ---- STORE ---- */

static void key(struct store_key *k)
{
	store_key_begin(k, 1);
	store_key_int(k, 42);
}

static int put(struct run *run, struct store_txn *txn)
{
	struct play *p = of(run);
	struct store_key k;
	key(&k);
	rig_note(p->rig, "put");
	store_put(txn, &k, STR("forty-two"));
	return p->work_result;
}

static int get(struct run *run, struct store_txn *txn)
{
	struct play *p = of(run);
	struct store_key k;
	struct str v = STR_NONE;
	key(&k);
	rig_note(p->rig, "get");
	p->text = store_get(txn, &k, &v) ? (char *)(uintptr_t)arena_str(run_arena(run), v).p : NULL;
	return 0;
}

static enum verdict show(struct run *run)
{
	struct play *p = of(run);
	rig_note(p->rig, "%s", p->text ? p->text : "nothing");
	return then(run);
}

static const struct step store_list[] = {{STEP_STORE, "put", .write = true, .work = put, .then = then},
                                         {STEP_STORE, "get", .work = get, .then = show},
                                         STEP_END};

static void a_store_row_writes_and_reads(void **state)
{
	struct play p = {.rig = *state};
	rig_open_store(p.rig);
	rig_run(p.rig, store_list, &p);
	assert_trace(p.rig, "put then get forty-two then ");
	assert_well(p.rig);
}

static void work_that_fails_is_rolled_back(void **state)
{
	static const struct step bare[] = {{STEP_STORE, "put", .write = true, .work = put}, STEP_END};
	struct play p = {.rig = *state, .work_result = ERR_CONFLICT, .forgive = true};
	rig_open_store(p.rig);
	rig_run(p.rig, store_list, &p);
	assert_trace(p.rig, "put then get nothing then ");
	assert_well(p.rig);
	p.forgive = false;
	rig_run(p.rig, store_list, &p);
	assert_trace(p.rig, "put then ");
	assert_int_equal(p.seen.class, FAULT_LOCAL);
	rig_run(p.rig, bare, &p); /* without then(): the run fails */
	assert_int_equal(p.rig->fault.class, FAULT_LOCAL);
	assert_int_equal(p.rig->fault.code, ERR_CONFLICT);
	assert_string_equal(p.rig->fault.step, "put");
}

static void a_store_row_without_a_store(void **state)
{
	struct play p = {.rig = *state};
	rig_run(p.rig, store_list, &p);
	assert_trace(p.rig, "");
	assert_int_equal(p.rig->fault.class, FAULT_BUG);
}

/* ---- deadline, memory ---- */

static void a_run_ends_at_its_deadline(void **state)
{
	static const struct step list[] = {
	        {STEP_WAIT, "w", .wait_ms = how_long}, {STEP_CALC, "z", .calc = note}, STEP_END};
	struct play p = {.rig = *state, .wait = 5001};
	rig_start(p.rig, list, &p, &(struct run_options){.deadline_ms = 5000});
	assert_int_equal(rig_finish(p.rig), 5000);
	assert_trace(p.rig, "");
	assert_int_equal(p.rig->fault.class, FAULT_TRANSIENT);
	assert_int_equal(p.rig->fault.code, ERR_TIMEOUT);
	assert_string_equal(p.rig->fault.step, "w");
	assert_non_null(strstr(p.rig->fault.what, "5 s"));
	p.wait = 4999;
	rig_start(p.rig, list, &p, &(struct run_options){.deadline_ms = 5000});
	assert_int_equal(rig_finish(p.rig), 4999);
	assert_trace(p.rig, "z ");
	assert_well(p.rig);
	p.wait = 3 * 3600 * 1000;
	rig_start(p.rig, list, &p, NULL);
	assert_int_equal(rig_finish(p.rig), 2 * 3600 * 1000); /* unless said */
}

/* What somebody wanted first counts: a run that was told to stop has not timed out. */
static void cancelled_before_its_deadline(void **state)
{
	struct play p = {.rig = *state};
	p.rig->gate_ms = 9000;
	rig_start(p.rig, gate_plain, &p, &(struct run_options){.deadline_ms = 5000});
	loop_virtual_run(p.rig->loop, NULL, NULL, 1000);
	run_cancel(p.rig->run);
	assert_int_equal(rig_finish(p.rig), 8000);
	assert_int_equal(p.rig->fault.class, FAULT_CANCELLED);
}

static enum verdict eat(struct run *run)
{
	if (!arena_alloc(run_arena(run), 1024 * 1024))
		return run_failf(run, FAULT_LOCAL, ERR_LIMIT, "full");
	return ++of(run)->n < 100 ? STEP_AGAIN : STEP_NEXT;
}

static void memory_has_a_cap(void **state)
{
	static const struct step list[] = {{STEP_CALC, "eat", .calc = eat}, STEP_END};
	struct play p = {.rig = *state};
	rig_start(p.rig, list, &p, &(struct run_options){.memory = 8 << 20});
	rig_finish(p.rig);
	assert_int_equal(p.n, 8);
	assert_int_equal(p.rig->fault.code, ERR_LIMIT);
	p.n = 0;
	rig_run(p.rig, list, &p);
	assert_int_equal(p.n, 32); /* unless said */
}

/* ---- what is seen from outside ---- */

static enum verdict thrice(struct run *run)
{
	return ++of(run)->n % 3 ? STEP_AGAIN : STEP_NEXT;
}

static const struct step seen[] = {{STEP_CALC, "thrice", .calc = thrice},
                                   {STEP_WAIT, "w", .wait_ms = how_long},
                                   {STEP_CALC, "x", .calc = fail_well},
                                   STEP_END};

static void the_last_transitions_are_kept(void **state)
{
	struct play p = {.rig = *state, .wait = 70};
	struct transition t[100];
	rig_run(p.rig, seen, &p);
	assert_int_equal(run_transitions(p.rig->run, t, 100), 5);
	static const struct {
		const char *step, *verdict;
		int64_t ms;
	} expected[] = {{"x", "fail", 0},
	                {"w", "next", 70},
	                {"thrice", "next", 0},
	                {"thrice", "again", 0},
	                {"thrice", "again", 0}};
	for (size_t i = 0; i < 5; i++) {
		assert_string_equal(t[i].step, expected[i].step);
		assert_string_equal(t[i].verdict, expected[i].verdict);
		assert_int_equal(t[i].ms, expected[i].ms);
		assert_int_equal(t[i].attempt, 1);
	}
	assert_int_equal(run_transitions(p.rig->run, t, 2), 2);
	assert_string_equal(t[1].step, "w");
}

static void the_ring_holds_64(void **state)
{
	static const struct step list[] = {
	        {STEP_CALC, "count", .calc = count}, {STEP_CALC, "z", .calc = note}, STEP_END};
	struct play p = {.rig = *state};
	struct transition t[100];
	rig_run(p.rig, list, &p);
	assert_int_equal(run_transitions(p.rig->run, t, 100), 64);
	assert_string_equal(t[0].step, "z");
	assert_string_equal(t[1].verdict, "next");
	assert_string_equal(t[63].verdict, "again");
}

static bool tell(struct rig *rig, struct run *run, const char *what)
{
	rig_note(rig, "%s:%s", run_step_name(run), what);
	return true;
}

static enum verdict commit(struct run *run)
{
	assert_true(flow_probe(run, "before-commit"));
	return STEP_NEXT;
}

static void the_probe_sees_every_transition(void **state)
{
	static const struct step sub[] = {{STEP_CALC, "commit", .calc = commit}, STEP_END};
	static const struct step list[] = {{STEP_GATE, "g", .open = wake_at_once, .then = then},
	                                   {STEP_CALL, "call", .sub = sub},
	                                   {STEP_CALC, "x", .calc = fail_well},
	                                   STEP_END};
	struct play p = {.rig = *state};
	p.rig->probe = tell;
	rig_run(p.rig, list, &p);
	assert_trace(p.rig, "g:enter woken then g:next call:enter commit:enter commit:before-commit commit:next "
	                    "x:enter x:fail x:ended ");
}

/* One line a transition, at debug level, with whose it is. */
static void transitions_are_logged(void **state)
{
	struct play p = {.rig = *state, .wait = 70};
	FILE *file = tmpfile();
	char text[4096] = "";
	assert_non_null(file);
	log_setup(LOG_LVL_DEBUG, LOG_TEXT, fileno(file));
	rig_start(p.rig, seen, &p, &(struct run_options){.environment = "all", .id = "run-9"});
	rig_finish(p.rig);
	log_setup(LOG_LVL_INFO, LOG_TEXT, 2);
	rewind(file);
	size_t n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	fclose(file);
	assert_non_null(strstr(text, "tenant=cfa environment=all run=run-9 step=w "));
	assert_non_null(strstr(text, "attempt=1 ms=70 verdict=next"));
	assert_non_null(strstr(text, "step=x "));
	assert_non_null(strstr(text, "verdict=fail"));
}

static void thrown_away_before_it_starts(void **state)
{
	struct rig *rig = *state;
	struct run *run = run_new(&rig->env, plain, NULL, &(struct run_options){0});
	assert_int_equal(run_transitions(run, NULL, 0), 0);
	run_free(&run);
	assert_null(run);
	run_free(&run);
}

static void free_in_done(struct run *run, void *arg)
{
	struct play *p = arg;
	p->n++;
	run_free(&run);
}

static void done_may_free_the_run(void **state)
{
	struct rig *rig = *state;
	struct play p = {.rig = rig};
	run_start(run_new(&rig->env, plain, &p, &(struct run_options){0}), free_in_done, &p);
	loop_virtual_run(rig->loop, NULL, NULL, 1000);
	assert_int_equal(p.n, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(rows_run_in_order),
	        TEST(a_list_without_rows_is_done),
	        TEST(each_verdict),
	        TEST(a_fault_tells_what_and_where),
	        TEST(a_step_that_goes_on_has_dealt_with_its_fault),
	        TEST(again_lets_others_in),
	        TEST(ten_thousand_slices_on_one_stack),
	        TEST(a_long_list_on_one_stack),
	        TEST(call_runs_inline),
	        TEST(done_ends_the_called_list_alone),
	        TEST(a_called_list_fails_its_run),
	        TEST(waits_as_long_as_it_says),
	        TEST(a_gate_opens_when_it_is_woken),
	        TEST(a_gate_may_stay_shut),
	        TEST(waking_at_once_is_waking_later),
	        TEST(another_gate_is_not_told),
	        TEST(a_store_row_writes_and_reads),
	        TEST(work_that_fails_is_rolled_back),
	        TEST(a_store_row_without_a_store),
	        TEST(a_run_ends_at_its_deadline),
	        TEST(cancelled_before_its_deadline),
	        TEST(memory_has_a_cap),
	        TEST(the_last_transitions_are_kept),
	        TEST(the_ring_holds_64),
	        TEST(the_probe_sees_every_transition),
	        TEST(transitions_are_logged),
	        TEST(thrown_away_before_it_starts),
	        TEST(done_may_free_the_run),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
