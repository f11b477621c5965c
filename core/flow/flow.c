#include "core/flow/flow_p.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The runner: advance() is the only code that moves a run. It is never re-entered: whatever completes, completes through
 * flow__schedule(), on a later turn of the loop. */

static void advance(struct run *run);

static void on_advance(struct loop_task *t)
{
	advance(list_entry(t, struct run, advance));
}

void flow__schedule(struct run *run)
{
	if (!run->top->frozen && !run->ended)
		loop_defer(run->env->loop, &run->advance);
}

static void on_timer(struct loop_timer *t)
{
	struct run *run = list_entry(t, struct run, timer);
	run->ready = true;
	flow__schedule(run);
}

static void on_deadline(struct loop_timer *t)
{
	struct run *run = list_entry(t, struct run, deadline);
	run->expired = true;
	run_cancel(run);
}

static void prepare(struct run *run)
{
	loop_task_init(&run->advance, on_advance);
	loop_timer_init(&run->timer, on_timer);
	loop_timer_init(&run->deadline, on_deadline);
	run->entered_ms = loop_mono_ms(run->env->loop);
	run->attempt = 1;
	run->started = true;
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
	prepare(run);
	loop_timer_start(run->env->loop, &run->deadline, run->deadline_ms);
	flow__schedule(run);
}

/* ---- the end ---- */

static void finish(struct run *run)
{
	struct loop *loop = run->env->loop;
	flow__drop_exchange(run);
	loop_timer_stop(loop, &run->timer);
	loop_timer_stop(loop, &run->deadline);
	loop_task_cancel(&run->advance);
	if (run->top->expired && run->cancelled)
		fault_set(&run->fault, FAULT_TRANSIENT, ERR_TIMEOUT, "the run did not end within its %u s", run->top->deadline_ms / 1000);
	else if (run->cancelled)
		fault_set(&run->fault, FAULT_CANCELLED, ERR_CANCELLED, "the run was told to stop");
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

void run_cancel(struct run *run)
{
	if (run->ended || run->cancelled)
		return;
	run->cancelled = true;
	flow__drop_exchange(run);
	loop_timer_stop(run->env->loop, &run->timer);
	list_each(node, tmp, &run->children)
		run_cancel(list_entry(node, struct run, link));
	if (run->waiting == WAIT_GATE && !run->ready && run->gate_cancelled)
		run->gate_cancelled(run->gate_arg);
	if (run->waiting != WAIT_STORE && run->waiting != WAIT_GATE)
		flow__schedule(run);
}

/* ---- STORE ---- */

static int box_work(struct store_txn *txn, struct store_job *job)
{
	struct store_box *box = list_entry(job, struct store_box, job);
	return box->run ? box->step->work(box->run, txn) : ERR_CANCELLED;
}

static void box_after(struct store_job *job)
{
	struct store_box *box = list_entry(job, struct store_box, job);
	struct run *run = box->run;
	if (run) {
		run->box = NULL;
		if (job->error) {
			fault_set(&run->fault, FAULT_LOCAL, job->error, "store: %s%s%s", err_text(job->error), job->detail[0] ? ": " : "", job->detail);
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
	box->job = (struct store_job){ .write = run->row->write, .work = box_work, .after = box_after };
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

/* ---- EACH ---- */

static unsigned waiting_children(const struct run *run)
{
	unsigned n = 0;
	for (const struct list *l = run->children.next; l != &run->children; l = l->next)
		n += list_entry(l, const struct run, link)->waiting == WAIT_TIME;
	return n;
}

/* A child ended: its parent has a word to say. */
static enum verdict join(struct run *run, struct run *child)
{
	enum verdict v = STEP_NEXT;
	run->living--;
	if (run->row->joined) {
		v = run->row->joined(run, child->state, &child->fault);
	} else if (fault_is(&child->fault)) {
		v = run_fail(run, &child->fault);
	}
	run__destroy(child);
	return v;
}

static bool join_all(struct run *run, enum verdict *v)
{
	struct list *node;
	bool failed = false;
	while ((node = list_take_first(&run->ended_children)) != NULL) {
		enum verdict one = failed || fault_is(&run->fault) ? (run->living--, run__destroy(list_entry(node, struct run, link)), STEP_NEXT)
		                                                   : join(run, list_entry(node, struct run, link));
		failed = failed || one == STEP_FAIL;
	}
	if (failed) {
		list_each(child, tmp, &run->children)
			run_cancel(list_entry(child, struct run, link));
		run->no_more = true;
	}
	*v = STEP_FAIL;
	return failed || fault_is(&run->fault);
}

/* Starts children while there is room. Returns true with a verdict when the row is over. */
static bool pump(struct run *run, enum verdict *v)
{
	const struct step *row = run->row;
	bool failed = !run->cancelled && join_all(run, v);
	unsigned width = row->width ? row->width : row->width_of ? row->width_of(run) : 1;
	bool later = false;
	while (!failed && !run->no_more && run->living < CHILDREN_MOST && run->living - waiting_children(run) < width) {
		void *state = NULL;
		enum next next = row->next(run, &state);
		if (next == CHILD_NONE)
			run->no_more = true;
		later = next == CHILD_LATER;
		if (next != CHILD_READY)
			break;
		struct run *child = run__child(run, row->sub, state);
		prepare(child);
		flow__schedule(child);
	}
	if (run->living)
		return false;
	if (failed) {
		*v = STEP_FAIL;
		return true;
	}
	if (later) {
		*v = run_failf(run, FAULT_BUG, ERR_BUG, "step %s: children wait for each other", row->name);
		return true;
	}
	*v = STEP_NEXT;
	return true;
}

/* ---- moving ---- */

static const char *verdict_name(enum verdict v)
{
	static const char *const names[] = { "next", "again", "skip", "done", "fail" };
	return names[v];
}

static const struct step *row_named(const struct step *list, const char *name)
{
	for (const struct step *s = list; s->kind != STEP_END_KIND; s++)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
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

/* Goes where the verdict says. False: the run is over. */
static bool move(struct run *run, enum verdict v)
{
	run__note(run, verdict_name(v));
	flow__drop_exchange(run);
	if (v != STEP_FAIL)
		memset(&run->fault, 0, sizeof(run->fault)); /* a step that goes on has dealt with it */
	switch (v) {
	case STEP_NEXT:
		enter(run, run->row + 1);
		break;
	case STEP_AGAIN:
		enter(run, run->row);
		break;
	case STEP_SKIP: {
		const struct step *to = run->row->skip ? row_named(run->list, run->row->skip) : run->row + 1;
		if (!to) {
			run_failf(run, FAULT_BUG, ERR_BUG, "step %s skips to nowhere", run_step_name(run));
			return false;
		}
		enter(run, to);
		break;
	}
	case STEP_DONE:
		while (run->row->kind != STEP_END_KIND)
			run->row++;
		enter(run, run->row);
		break;
	case STEP_FAIL:
		if (!fault_is(&run->fault))
			run_failf(run, FAULT_BUG, ERR_BUG, "step %s failed and does not say why", run_step_name(run));
		return false;
	}
	/* a list that was called inline is over: behind its CALL row */
	while (run->row->kind == STEP_END_KIND && run->depth) {
		struct call *c = &run->calls[--run->depth];
		run->list = c->list;
		enter(run, c->row + 1);
	}
	return run->row->kind != STEP_END_KIND;
}

/* Begins the row. True: it has a verdict already. */
static bool begin(struct run *run, enum verdict *v)
{
	const struct step *row = run->row;
	int64_t ms;
	switch (row->kind) {
	case STEP_CALC:
		*v = row->calc(run);
		return true;
	case STEP_HTTP:
		return !flow__ask(run, v);
	case STEP_WAIT:
		ms = row->wait_ms ? row->wait_ms(run) : 0;
		if (ms <= 0) {
			*v = STEP_NEXT;
			return true;
		}
		run->waiting = WAIT_TIME;
		loop_timer_start(run->env->loop, &run->timer, ms);
		if (run->parent)
			flow__schedule(run->parent); /* its place is free */
		return false;
	case STEP_STORE:
		run->waiting = WAIT_STORE;
		start_store(run);
		return false;
	case STEP_GATE:
		run->waiting = WAIT_GATE;
		row->open(run);
		return false;
	case STEP_EACH:
		run->waiting = WAIT_CHILDREN;
		return pump(run, v);
	case STEP_CALL:
		REQUIRE(run->depth < CALL_DEPTH);
		run->calls[run->depth++] = (struct call){ run->list, row };
		run->list = row->sub;
		enter(run, row->sub);
		*v = STEP_NEXT;
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
		return pump(run, v);
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
	case WAIT_TIME:
		*v = STEP_NEXT;
		return true;
	default:
		return false;
	}
}

/* A cancelled run ends when nothing of it is under way any more; none of its functions is called again. */
static void end_cancelled(struct run *run)
{
	struct list *node;
	while ((node = list_take_first(&run->ended_children)) != NULL) {
		run->living--;
		run__destroy(list_entry(node, struct run, link));
	}
	bool busy = run->living || ((run->waiting == WAIT_STORE || run->waiting == WAIT_GATE) && !run->ready);
	if (!busy)
		finish(run);
}

static void advance(struct run *run)
{
	if (run->ended || run->top->frozen)
		return;
	for (;;) {
		if (run->cancelled) {
			end_cancelled(run);
			return;
		}
		enum verdict v = STEP_NEXT;
		const struct step *row = run->row;
		bool fresh = run->waiting == WAIT_NOTHING;
		if (row->kind == STEP_END_KIND) {
			finish(run);
			return;
		}
		if (fresh && !run__probe(run, "enter"))
			return;
		bool decided = fresh ? begin(run, &v) : resume(run, &v);
		if (run->top->frozen || run->ended)
			return;
		if (!decided) {
			if (run->waiting == WAIT_NOTHING)
				continue; /* a CALL row went into its list */
			return;
		}
		if (!move(run, v)) {
			finish(run);
			return;
		}
		if (v == STEP_AGAIN) {
			flow__schedule(run); /* long work in slices: others get their turn */
			return;
		}
	}
}

/* ---- lists are checked before they run ---- */

static const char *check_row(const struct step *list, const struct step *s)
{
	bool ok = true;
	switch (s->kind) {
	case STEP_HTTP:
		if (s->effect != FETCH_READ && (s == list || s[-1].kind != STEP_GATE))
			return "a row that writes needs a GATE row (its intent) right before it";
		ok = s->ask && s->got;
		break;
	case STEP_STORE:
		ok = s->work != NULL;
		break;
	case STEP_CALC:
		ok = s->calc != NULL;
		break;
	case STEP_GATE:
		ok = s->open != NULL;
		break;
	case STEP_EACH:
		ok = s->next && s->sub;
		break;
	case STEP_CALL:
		ok = s->sub != NULL;
		break;
	default:
		break;
	}
	return ok ? NULL : "a function that its kind needs is missing";
}

static const char *check_list(const struct step *list, unsigned depth)
{
	if (depth > CALL_DEPTH)
		return "nested too deeply";
	for (const struct step *s = list; s->kind != STEP_END_KIND; s++) {
		if (!s->name)
			return "a row without a name";
		for (const struct step *t = list; t < s; t++)
			if (strcmp(t->name, s->name) == 0)
				return s->name;
		const struct step *to = s->skip ? row_named(list, s->skip) : s + 1;
		if (!to || to <= s)
			return s->name;
		const char *wrong = check_row(list, s);
		if (!wrong && s->sub)
			wrong = check_list(s->sub, depth + 1);
		if (wrong)
			return wrong;
	}
	return NULL;
}

const char *flow_check(const struct step *list)
{
	return check_list(list, 0);
}
