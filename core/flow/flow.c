#include "core/flow/flow_p.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The runner: advance() is the only code that moves a run. It is never re-entered: whatever completes, completes
 * through flow__schedule(), on a later turn of the loop. */

static void advance(struct run *run);

void flow__on_advance(struct loop_task *t)
{
	advance(list_entry(t, struct run, advance));
}

void flow__schedule(struct run *run)
{
	if (!run->top->frozen && !run->ended)
		loop_defer(run->env->loop, &run->advance);
}

void flow__on_timer(struct loop_timer *t)
{
	struct run *run = list_entry(t, struct run, timer);
	run->ready = true;
	flow__schedule(run);
}

void flow__on_deadline(struct loop_timer *t)
{
	struct run *run = list_entry(t, struct run, deadline);
	if (run->top->frozen || run->cancelled)
		return;
	run->expired = true;
	run_cancel(run);
}

void run_start(struct run *run, void (*done)(struct run *run, void *arg), void *arg)
{
	REQUIRE(!run->started && !run->parent);
	const char *wrong = flow_check(run->list);
	if (wrong) {
		fprintf(stderr, "passerelle: a step list is wrong: %s\n", wrong);
		abort();
	}
	run->done = done;
	run->done_arg = arg;
	run->started = true;
	run->entered_ms = loop_mono_ms(run->env->loop);
	loop_timer_start(run->env->loop, &run->deadline, run->deadline_ms);
	flow__schedule(run);
}

/* ---- the end ---- */

static void say_cancelled(struct run *run)
{
	memset(&run->fault, 0, sizeof(run->fault));
	if (run->top->expired)
		fault_set(&run->fault, FAULT_TRANSIENT, ERR_TIMEOUT, "the run did not end within %u s",
		          run->top->deadline_ms / 1000);
	else
		fault_set(&run->fault, FAULT_CANCELLED, ERR_CANCELLED, "the run was told to stop");
	run->fault.step = run_step_name(run);
}

static void finish(struct run *run)
{
	struct loop *loop = run->env->loop;
	flow__drop_exchange(run);
	loop_timer_stop(loop, &run->timer);
	loop_timer_stop(loop, &run->deadline);
	loop_task_cancel(&run->advance);
	if (run->cancelled)
		say_cancelled(run);
	run->ended = true;
	if (!run__probe(run, "ended"))
		return;
	if (run->parent) {
		list_remove(&run->link);
		list_append(&run->parent->ended_children, &run->link);
		flow__schedule(run->parent);
	} else {
		run->done(run, run->done_arg);
	}
}

void flow__cancel_children(struct run *run)
{
	for (struct list *l = run->children.next; l != &run->children; l = l->next)
		run_cancel(list_entry(l, struct run, link));
}

void run_cancel(struct run *run)
{
	if (run->ended || run->cancelled || run->top->frozen)
		return;
	run->cancelled = true;
	if (!run->started)
		return;
	loop_timer_stop(run->env->loop, &run->timer);
	if (!run->inside)
		flow__drop_exchange(run);
	flow__cancel_children(run);
	if (run->waiting == WAIT_GATE && !run->ready && run->gate_cancelled)
		run->gate_cancelled(run->gate_arg);
	flow__schedule(run);
}

/* True when nothing of a cancelled run is under way any more. Nobody hears what became of its children. */
static bool came_to_rest(struct run *run)
{
	struct list *node;
	while ((node = list_take_first(&run->ended_children)) != NULL) {
		run->living--;
		run__destroy(list_entry(node, struct run, link));
	}
	bool awaited = (run->waiting == WAIT_STORE || run->waiting == WAIT_GATE) && !run->ready;
	return !awaited && run->living == 0;
}

/* ---- STORE ---- */

static int box_work(struct store_txn *txn, struct store_job *job)
{
	struct store_box *box = list_entry(job, struct store_box, job);
	return box->run && !box->run->top->frozen ? box->step->work(box->run, txn) : ERR_CANCELLED;
}

static void box_after(struct store_job *job)
{
	struct store_box *box = list_entry(job, struct store_box, job);
	struct run *run = box->run;
	if (run) {
		run->box = NULL;
		if (job->error) {
			fault_set(&run->fault, FAULT_LOCAL, job->error, "store: %s%s%s", err_text(job->error),
			          job->detail[0] ? ": " : "", job->detail);
			run->fault.step = run_step_name(run);
		}
		run->ready = true;
		flow__schedule(run);
	}
	free(box);
}

static void start_store(struct run *run)
{
	struct store_box *box = xcalloc(1, sizeof(*box));
	box->run = run;
	box->step = run->row;
	box->job = (struct store_job){.write = run->row->write, .work = box_work, .after = box_after};
	run->box = box;
	store_submit(run->store, &box->job);
}

/* ---- GATE ---- */

void flow_wake(struct run *run, const struct fault *fault)
{
	if (run->top->frozen)
		return;
	if (FAILS(run->waiting == WAIT_GATE && !run->ready))
		return;
	if (fault && fault_is(fault)) {
		run->fault = *fault;
		run->fault.step = run_step_name(run);
	}
	run->ready = true;
	flow__schedule(run);
}

void flow_gate(struct run *run, void (*cancelled)(void *arg), void *arg)
{
	run->gate_cancelled = cancelled;
	run->gate_arg = arg;
}

/* STORE and GATE rows: what comes next is their then()'s word, or plain. */
static enum verdict after_wait(struct run *run)
{
	if (run->row->then)
		return run->row->then(run);
	return fault_is(&run->fault) ? STEP_FAIL : STEP_NEXT;
}

/* ---- moving ---- */

static const char *verdict_name(enum verdict v)
{
	static const char *const names[] = {"next", "again", "skip", "done", "fail"};
	return names[v];
}

static const struct step *row_named(const struct step *list, const char *name)
{
	const struct step *s = list;
	while (strcmp(s->name, name) != 0)
		s++; /* flow_check() has seen that it is there */
	return s;
}

static void enter(struct run *run, const struct step *row)
{
	run->row = row;
	run->waiting = WAIT_NOTHING;
	run->ready = false;
	run->attempt = 1;
	run->no_more = false;
	run->gate_cancelled = NULL;
	run->entered_ms = loop_mono_ms(run->env->loop);
}

/* The list is over; one that was called inline goes on behind its CALL row. */
static void leave_lists(struct run *run)
{
	while (run->row->kind == STEP_END_KIND && run->depth) {
		struct call *c = &run->calls[--run->depth];
		run->list = c->list;
		enter(run, c->row + 1);
	}
}

/* Goes where the verdict says. False: the run is over, or frozen. */
static bool move(struct run *run, enum verdict v)
{
	const struct step *to = run->row;
	if (v == STEP_FAIL && !fault_is(&run->fault))
		run__bug(run, "it failed and does not say why");
	if (!run__note(run, verdict_name(v)) || v == STEP_FAIL)
		return false;
	flow__drop_exchange(run);
	memset(&run->fault, 0, sizeof(run->fault)); /* a step that goes on has dealt with it */
	if (v == STEP_DONE)
		while (to->kind != STEP_END_KIND)
			to++;
	else if (v == STEP_SKIP && to->skip)
		to = row_named(run->list, to->skip);
	else if (v != STEP_AGAIN)
		to++;
	enter(run, to);
	leave_lists(run);
	return true;
}

static bool begin_wait(struct run *run, enum verdict *v)
{
	int64_t ms = run->row->wait_ms ? run->row->wait_ms(run) : 0;
	*v = STEP_NEXT;
	if (ms <= 0)
		return true;
	run->waiting = WAIT_TIME;
	loop_timer_start(run->env->loop, &run->timer, ms);
	if (run->parent)
		flow__schedule(run->parent); /* its place is free */
	return false;
}

static void begin_call(struct run *run)
{
	REQUIRE(run->depth < LIST_DEPTH);
	run->calls[run->depth++] = (struct call){run->list, run->row};
	run->list = run->row->sub;
	enter(run, run->list);
	leave_lists(run);
}

/* Begins the row. True: it has a verdict already. */
static bool begin(struct run *run, enum verdict *v)
{
	const struct step *row = run->row;
	switch (row->kind) {
	case STEP_CALC:
		*v = row->calc(run);
		return true;
	case STEP_HTTP:
		return flow__ask(run, v);
	case STEP_WAIT:
		return begin_wait(run, v);
	case STEP_STORE:
		if (!run->store) {
			*v = run__bug(run, "its run has no store");
			return true;
		}
		run->waiting = WAIT_STORE;
		start_store(run);
		return false;
	case STEP_GATE:
		run->waiting = WAIT_GATE;
		row->open(run);
		return false;
	case STEP_EACH:
		run->waiting = WAIT_CHILDREN;
		return flow__pump(run, v);
	case STEP_CALL:
		begin_call(run);
		return false;
	case STEP_END_KIND:
		break;
	}
	*v = STEP_DONE;
	return true;
}

/* What was waited for is there, or the time to look has come. True: the row has a verdict. */
static bool resume(struct run *run, enum verdict *v)
{
	if (run->waiting == WAIT_CHILDREN)
		return flow__pump(run, v);
	if (!run->ready)
		return false;
	switch (run->waiting) {
	case WAIT_ANSWER:
	case WAIT_RETRY:
		return flow__answered(run, v);
	case WAIT_STORE:
	case WAIT_GATE:
		*v = after_wait(run);
		return true;
	default:
		*v = STEP_NEXT;
		return true;
	}
}

enum turn { TURN_ON, TURN_PAUSE, TURN_OVER };

/* One row begun or resumed. Whatever its functions did to the run, cancelling it included, is looked at only here. */
static enum turn take_turn(struct run *run)
{
	enum verdict v = STEP_NEXT;
	if (run->top->frozen)
		return TURN_PAUSE;
	if (run->cancelled)
		return came_to_rest(run) ? TURN_OVER : TURN_PAUSE;
	if (run->row->kind == STEP_END_KIND)
		return TURN_OVER;
	bool fresh = run->waiting == WAIT_NOTHING;
	if (fresh && !run__probe(run, "enter"))
		return TURN_PAUSE;
	bool decided = fresh ? begin(run, &v) : resume(run, &v);
	if (run->cancelled || run->top->frozen)
		return TURN_ON;
	if (!decided)
		return run->waiting == WAIT_NOTHING ? TURN_ON : TURN_PAUSE; /* a CALL row went into its list */
	if (!move(run, v))
		return run->top->frozen ? TURN_PAUSE : TURN_OVER;
	if (v != STEP_AGAIN)
		return TURN_ON;
	flow__schedule(run); /* long work in slices: others get their turn */
	return TURN_PAUSE;
}

static void advance(struct run *run)
{
	enum turn turn;
	REQUIRE(!run->inside);
	if (run->ended)
		return;
	run->inside = true;
	do {
		turn = take_turn(run);
	} while (turn == TURN_ON);
	run->inside = false;
	if (turn == TURN_OVER)
		finish(run);
}
