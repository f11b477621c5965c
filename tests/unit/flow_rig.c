#include "tests/unit/flow_rig.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DAY_MS ((int64_t)86400 * 1000)

/* ---- the transport ---- */

struct carry {
	struct rig *rig;
	struct fetch *f;
	const struct answer *answer;
	struct loop_timer timer;
};

static void carry_free(struct carry *c)
{
	loop_timer_stop(c->rig->loop, &c->timer);
	c->f->transport = NULL;
	c->rig->open--;
	free(c);
}

static void on_answer(struct loop_timer *t)
{
	struct carry *c = list_entry(t, struct carry, timer);
	const struct answer *a = c->answer;
	struct fetch *f = c->f;
	size_t n = a->body ? strlen(a->body) : 0, piece = a->piece ? a->piece : n;
	f->reply.status = a->status || a->code ? a->status : 204;
	f->reply.sent = !a->never_left;
	f->reply.retry_after_s = a->retry_after_s;
	for (size_t at = 0; at < n && !f->reply.code; at += piece)
		(void)fetch_feed(f, a->body + at, n - at < piece ? n - at : piece); /* sets code */
	if (!f->reply.code)
		f->reply.code = a->code;
	carry_free(c);
	fetch_finish(f);
}

static void start(struct fetch_transport *t, struct fetch *f)
{
	struct rig *rig = list_entry(t, struct rig, transport);
	struct carry *c = xcalloc(1, sizeof(*c));
	size_t i = rig->sent_count < rig->answer_count ? rig->sent_count : rig->answer_count - 1;
	REQUIRE(rig->answer_count && rig->sent_count < RIG_SENT_MOST);
	snprintf(rig->sent[rig->sent_count].url, sizeof(rig->sent[0].url), "%s", f->request.url);
	rig->sent[rig->sent_count++].at_ms = rig_now(rig);
	*c = (struct carry){.rig = rig, .f = f, .answer = &rig->answers[i]};
	f->transport = c;
	rig->open++;
	loop_timer_init(&c->timer, on_answer);
	if (!c->answer->never)
		loop_timer_start(rig->loop, &c->timer, c->answer->after_ms);
}

static void cancel(struct fetch_transport *t, struct fetch *f)
{
	list_entry(t, struct rig, transport)->cancelled++;
	carry_free(f->transport);
}

static void close_transport(struct fetch_transport *t)
{
	(void)t;
}

void rig_answers(struct rig *rig, const struct answer *answers, size_t count)
{
	struct answer *copy = xcalloc(count, sizeof(*copy));
	memcpy(copy, answers, count * sizeof(*copy));
	free((void *)rig->answers);
	rig->answers = copy;
	rig->answer_count = count;
	rig->sent_count = 0;
}

void rig_request(struct rig *rig, struct exchange *x, enum fetch_effect effect, const char *path)
{
	x->lane = rig->lane;
	x->request.method = effect == FETCH_READ ? FETCH_GET : FETCH_POST;
	x->request.effect = effect;
	x->request.url = exchange_printf(x, "http://test/%s", path);
}

/* ---- the gatekeeper ---- */

struct gate {
	struct list link;
	struct rig *rig;
	struct run *run;
	struct loop_timer timer;
};

static void drop_gate(struct gate *g)
{
	list_remove(&g->link);
	loop_timer_stop(g->rig->loop, &g->timer);
	g->rig->at_gate--;
	free(g);
}

static void on_gate(struct loop_timer *t)
{
	struct gate *g = list_entry(t, struct gate, timer);
	struct run *run = g->run;
	struct rig *rig = g->rig;
	drop_gate(g);
	flow_wake(run, fault_is(&rig->gate_fault) ? &rig->gate_fault : NULL);
}

static void on_told(void *arg)
{
	((struct rig *)arg)->gate_told = true;
}

void rig_gate(struct rig *rig, struct run *run)
{
	struct gate *g = xcalloc(1, sizeof(*g));
	*g = (struct gate){.rig = rig, .run = run};
	rig->at_gate++;
	list_append(&rig->gates, &g->link);
	flow_gate(run, on_told, rig);
	loop_timer_init(&g->timer, on_gate);
	loop_timer_start(rig->loop, &g->timer, rig->gate_ms);
}

/* ---- the rig ---- */

static bool on_probe(void *arg, struct run *run, const struct step *step, const char *what)
{
	struct rig *rig = arg;
	(void)step;
	return !rig->probe || rig->probe(rig, run, what);
}

void rig_fresh_lane(struct rig *rig)
{
	if (rig->lane)
		fetch_lane_free(&rig->lane);
	rig->lane = fetch_lane_new(rig->hub, "test", &(struct fetch_lane_limits){.concurrency = 64});
}

struct rig *rig_new(void)
{
	struct rig *rig = xcalloc(1, sizeof(*rig));
	rig->loop = loop_virtual_new(INT64_C(1795507200000));
	list_init(&rig->gates);
	rig->began_ms = loop_mono_ms(rig->loop);
	rig->transport = (struct fetch_transport){start, cancel, close_transport};
	rig->hub = fetch_hub_new(rig->loop, &rig->transport, NULL);
	rig_fresh_lane(rig);
	rig->env =
	        (struct flow_env){.loop = rig->loop, .hub = rig->hub, .seed = 7, .probe = on_probe, .probe_arg = rig};
	rig_answers(rig, &(struct answer){0}, 1);
	return rig;
}

static int unlink_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void rig_open_store(struct rig *rig)
{
	long holder = 0;
	snprintf(rig->dir, sizeof(rig->dir), "/tmp/passerelle-flow-XXXXXX");
	assert_non_null(mkdtemp(rig->dir));
	assert_int_equal(stores_open(rig->loop, rig->dir,
	                             &(struct store_limits){.no_sync = true, .map_size = 1 << 20}, &rig->stores,
	                             &holder),
	                 0);
	rig->store = store_ref(rig->stores, "cfa", "all");
}

void rig_free(struct rig **rig_ptr)
{
	struct rig *rig = *rig_ptr;
	run_free(&rig->run);
	loop_virtual_run(rig->loop, NULL, NULL, DAY_MS); /* jobs of frozen runs */
	assert_int_equal(rig->open, 0);
	assert_int_equal(rig->at_gate, 0);
	store_unref(&rig->store);
	stores_close(&rig->stores);
	fetch_lane_free(&rig->lane);
	fetch_hub_free(&rig->hub);
	loop_close(&rig->loop);
	if (rig->dir[0])
		nftw(rig->dir, unlink_one, 16, FTW_DEPTH | FTW_PHYS);
	free((void *)rig->answers);
	free(rig);
	*rig_ptr = NULL;
}

static void on_done(struct run *run, void *arg)
{
	struct rig *rig = arg;
	assert_ptr_equal(run, rig->run);
	rig->done++;
	rig->fault = *run_fault(run);
}

void rig_start(struct rig *rig, const struct step *list, void *state, const struct run_options *options)
{
	struct run_options o = options ? *options : (struct run_options){0};
	o.tenant = "cfa";
	if (!o.store)
		o.store = rig->store;
	run_free(&rig->run);
	rig->trace[0] = '\0';
	rig->calls = rig->done = 0;
	memset(&rig->fault, 0, sizeof(rig->fault));
	rig->run = run_new(&rig->env, list, state, &o);
	run_start(rig->run, on_done, rig);
}

void rig_crash(struct rig *rig)
{
	struct list *node;
	run_freeze(rig->run);
	while ((node = rig->gates.next) != &rig->gates)
		drop_gate(list_entry(node, struct gate, link));
	run_free(&rig->run);
}

static bool is_done(void *arg)
{
	return ((struct rig *)arg)->done > 0;
}

int64_t rig_finish(struct rig *rig)
{
	return loop_virtual_run(rig->loop, is_done, rig, DAY_MS);
}

int64_t rig_run(struct rig *rig, const struct step *list, void *state)
{
	rig_start(rig, list, state, NULL);
	assert_int_equal(rig->done, 0);
	int64_t ms = rig_finish(rig);
	loop_virtual_run(rig->loop, NULL, NULL, DAY_MS);
	assert_int_equal(rig->done, 1);
	return ms;
}

int64_t rig_now(struct rig *rig)
{
	return loop_mono_ms(rig->loop) - rig->began_ms;
}

void rig_note(struct rig *rig, const char *fmt, ...)
{
	size_t n = strlen(rig->trace);
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(rig->trace + n, sizeof(rig->trace) - n, fmt, ap);
	va_end(ap);
	n = strlen(rig->trace);
	snprintf(rig->trace + n, sizeof(rig->trace) - n, " ");
}

void rig_called(struct rig *rig, struct run *run)
{
	if (++rig->calls == rig->act_at)
		rig->act(rig, run);
}
