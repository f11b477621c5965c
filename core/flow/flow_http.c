#include "core/flow/flow_p.h"

#include <string.h>

/* One HTTP row: ask, send, stream, judge, maybe try again. */

void flow__drop_exchange(struct run *run)
{
	if (run->fetch.state != FETCH_IDLE)
		fetch_cancel(&run->fetch);
	run->reader = NULL;
	arena_free(&run->answer_arena);
}

static int on_piece(void *arg, const char *p, size_t n)
{
	struct run *run = arg;
	struct exchange *x = &run->x;
	if (run->top->frozen)
		return ERR_CANCELLED;
	if (x->raw) {
		buf_add(x->raw, p, n);
		if (buf_error(x->raw))
			return buf_error(x->raw);
	}
	return run->reader ? record_reader_feed(run->reader, p, n) : 0;
}

static void on_done(struct fetch *f)
{
	struct run *run = list_entry(f, struct run, fetch);
	run->ready = true;
	flow__schedule(run);
}

static enum verdict bug(struct run *run, const char *what)
{
	return run_failf(run, FAULT_BUG, ERR_BUG, "step %s: %s", run_step_name(run), what);
}

static enum verdict fill(struct run *run)
{
	struct exchange *x = &run->x;
	flow__drop_exchange(run);
	run->answer_arena = arena_new_child(run->arena);
	memset(x, 0, sizeof(*x));
	x->arena = run->answer_arena;
	enum verdict v = run->row->ask(run, x);
	if (v != STEP_NEXT)
		return v;
	if (fault_is(&x->fault))
		return run_fail(run, &x->fault);
	if (x->request.effect != run->row->effect)
		return bug(run, "its request's effect is not the one its row declares");
	if (!x->lane || !x->request.url)
		return bug(run, "its request has no lane or no address");
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
	*v = fill(run);
	if (*v != STEP_NEXT)
		return false;
	run->x.request.sink = on_piece;
	run->x.request.sink_arg = run;
	run->fetch = (struct fetch){ .request = run->x.request, .lane = run->x.lane, .done = on_done };
	list_init(&run->fetch.link);
	for (struct run *r = run; r; r = r->parent)
		r->requests++;
	run->waiting = WAIT_ANSWER;
	run->ready = false;
	if (run__probe(run, "sent"))
		fetch_start(&run->fetch);
	return true;
}

/* What the reader says of a 2xx body. */
static void judge_body(struct run *run)
{
	struct exchange *x = &run->x;
	bool read = run->row->effect == FETCH_READ;
	if (!run->reader)
		return;
	int rc = record_reader_end(run->reader);
	x->records = record_reader_count(run->reader);
	if (rc == ERR_EMPTY && x->empty_ok)
		rc = 0;
	if (fault_is(&x->fault)) {
		/* the transport stopped because the reader told it to: the reader knows why */
		if (x->reply.code == rc && record_reader_error(run->reader)[0])
			fault_set(&x->fault, x->fault.class, rc, "%s: %s", x->request.url, record_reader_error(run->reader));
		return;
	}
	if (rc == 0)
		return;
	x->fault.http_status = x->reply.status;
	/* an answer cut short may be whole the next time; one that is wrong will be wrong again */
	enum fault_class class = rc == ERR_TRUNCATED || rc == ERR_EMPTY ? FAULT_TRANSIENT : FAULT_DATA;
	fault_set(&x->fault, read ? class : FAULT_UNCERTAIN, rc, "%s %s: %s", fetch_method_name(x->request.method), x->request.url,
	          record_reader_error(run->reader));
}

bool flow__answered(struct run *run, enum verdict *v)
{
	const struct step *row = run->row;
	struct exchange *x = &run->x;
	if (run->waiting == WAIT_RETRY) {
		run->attempt++;
		if (flow__ask(run, v))
			return false;
		return true;
	}
	x->reply = run->fetch.reply;
	fetch_fault(&run->fetch, &x->fault);
	if (x->reply.status >= 200 && x->reply.status < 300)
		judge_body(run);
	if (x->finish)
		x->finish(x);
	if (fault_is(&x->fault) && !x->fault.step)
		x->fault.step = row->name;
	if (!run__probe(run, "answered"))
		return false;
	int64_t wait = fault_is(&x->fault) ? retry_after(row->retry ? row->retry : &retry_default, &x->fault, row->effect, run->attempt, &run->seed) : -1;
	if (wait >= 0) {
		log_info("flow", run_log(run), "an exchange is tried again", "attempt=%u wait_ms=%lld why=«%s»", run->attempt, (long long)wait, x->fault.what);
		run->waiting = WAIT_RETRY;
		run->ready = false;
		loop_timer_start(run->env->loop, &run->timer, wait);
		return false;
	}
	*v = row->got(run, x);
	if (*v == STEP_FAIL && !fault_is(&run->fault))
		run_fail(run, &x->fault);
	return true;
}
