#include "core/flow/flow_p.h"

#include <stdio.h>
#include <string.h>

/* One HTTP row: ask, send, stream, judge, maybe try again. */

static void count_if_sent(struct run *run)
{
	if (!run->fetch.reply.sent)
		return;
	for (struct run *r = run; r; r = r->parent)
		r->requests++;
}

void flow__drop_exchange(struct run *run)
{
	if (run->fetch.state != FETCH_IDLE) {
		fetch_cancel(&run->fetch);
		count_if_sent(run);
	}
	run->reader = NULL;
	memset(&run->x, 0, sizeof(run->x));
	arena_free(&run->answer_arena);
}

static int take(struct run *run, const char *p, size_t n)
{
	struct exchange *x = &run->x;
	if (x->raw) {
		buf_add(x->raw, p, n);
		if (buf_error(x->raw))
			return buf_error(x->raw);
	}
	return run->reader ? record_reader_feed(run->reader, p, n) : 0;
}

static int on_piece(void *arg, const char *p, size_t n)
{
	struct run *run = arg;
	if (run->top->frozen || run->cancelled)
		return ERR_CANCELLED;
	run->inside = true; /* a record's callback may cancel the run, and a sink must not lose its own fetch */
	int rc = take(run, p, n);
	run->inside = false;
	return rc;
}

static void on_done(struct fetch *f)
{
	struct run *run = list_entry(f, struct run, fetch);
	count_if_sent(run);
	run->ready = true;
	flow__schedule(run);
}

/* What ask() filled in, made fit to be sent. */
static enum verdict complete(struct run *run)
{
	struct exchange *x = &run->x;
	if (fault_is(&x->fault))
		return run_fail(run, &x->fault);
	if (x->request.effect != run->row->effect)
		return run__bug(run, "its request's effect is not the one that the row declares");
	if (!x->lane || !x->request.url)
		return run__bug(run, "its request has no lane or no address");
	if (x->shape) {
		run->reader = record_reader_new(run->answer_arena, x->shape, x->root, x->each_arg);
		if (!run->reader)
			return run_failf(run, FAULT_LOCAL, ERR_LIMIT, "the memory of the run is used up");
	}
	if (x->raw)
		buf_clear(x->raw);
	return STEP_NEXT;
}

bool flow__ask(struct run *run, enum verdict *v)
{
	struct exchange *x = &run->x;
	flow__drop_exchange(run);
	x->arena = run->answer_arena = arena_new_child(run->arena);
	*v = run->row->ask(run, x);
	if (run->cancelled || run->top->frozen)
		return false;
	if (*v == STEP_NEXT)
		*v = complete(run);
	else if (*v == STEP_FAIL && !fault_is(&run->fault) && fault_is(&x->fault))
		run_fail(run, &x->fault);
	if (*v != STEP_NEXT)
		return true;
	x->request.sink = on_piece;
	x->request.sink_arg = run;
	run->fetch = (struct fetch){.request = x->request, .lane = x->lane, .done = on_done};
	list_init(&run->fetch.link);
	run->waiting = WAIT_ANSWER;
	run->ready = false;
	if (run__probe(run, "sent"))
		fetch_start(&run->fetch);
	return false;
}

/* Transport, status and reader together. The reader's word stands where the transport only knows that it was stopped,
 * and its address and class are told as for any other fault: masked, and uncertain when a write cannot be read. */
static void judge(struct run *run)
{
	struct exchange *x = &run->x;
	struct fetch *f = &run->fetch;
	const char *why = "";
	if (run->reader && f->reply.status >= 200 && f->reply.status < 300) {
		int rc = record_reader_end(run->reader);
		x->records = record_reader_count(run->reader);
		if (rc == ERR_EMPTY && x->empty_ok)
			rc = 0;
		if (f->reply.code == 0)
			f->reply.code = rc;
		if (rc != 0 && f->reply.code == rc) {
			why = record_reader_error(run->reader);
			f->reply.detail[0] = '\0';
		}
	}
	fetch_fault(f, &x->fault);
	/* an answer that is cut short may be whole the next time; one that is wrong will be wrong again */
	if (f->reply.code == ERR_EMPTY && x->fault.class == FAULT_DATA)
		x->fault.class = FAULT_TRANSIENT;
	if (why[0]) {
		struct fault told = x->fault;
		fault_set(&x->fault, told.class, told.code, "%s: %s", told.what, why);
	}
}

/* True: the same question goes out once more, later. */
static bool try_again(struct run *run)
{
	const struct step *row = run->row;
	const struct fault *fault = &run->x.fault;
	if (!fault_is(fault))
		return false;
	struct retry_policy policy = row->retry ? *row->retry : retry_default;
	if (run->top->tries)
		policy.tries = run->top->tries;
	int64_t wait = retry_after(&policy, fault, row->effect, run->attempt, &run->seed);
	if (wait < 0)
		return false;
	log_info("flow", run_log(run), "an exchange is tried again", "attempt=%u wait_ms=%lld why=«%s»", run->attempt,
	         (long long)wait, fault->what);
	if (!run__note(run, "retry"))
		return true;
	flow__drop_exchange(run);
	run->waiting = WAIT_RETRY;
	run->ready = false;
	loop_timer_start(run->env->loop, &run->timer, wait);
	return true;
}

bool flow__answered(struct run *run, enum verdict *v)
{
	const struct step *row = run->row;
	struct exchange *x = &run->x;
	if (run->waiting == WAIT_RETRY) {
		run->attempt++;
		return flow__ask(run, v);
	}
	x->reply = run->fetch.reply;
	judge(run);
	if (x->finish)
		x->finish(x);
	if (fault_is(&x->fault) && !x->fault.step)
		x->fault.step = row->name;
	if (run->cancelled || !run__probe(run, "answered") || try_again(run))
		return false;
	*v = row->got(run, x);
	if (*v == STEP_FAIL && !fault_is(&run->fault) && fault_is(&x->fault))
		run_fail(run, &x->fault);
	if (*v == STEP_AGAIN && row->effect != FETCH_READ)
		*v = run__bug(run, "AGAIN after a write would send it without an intent");
	return true;
}
