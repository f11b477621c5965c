#include "core/sync/journal.h"

#include <stdlib.h>
#include <string.h>

const char *intent_kind_name(enum intent_kind kind)
{
	static const char *const names[INTENT_KIND_COUNT] = {
		"create person", "update person", "restore person", "create sheet",   "change sheet",   "remove sheet",
		"add to roster", "take off roster", "create absence", "change absence", "withdraw absence", "put attendance",
		"create group", "change group", "put follower",
	};
	return names[kind];
}

/* What waits for a commit: a run that wants to write, or that wants everything to be on disk. */
struct waiter {
	struct list link;
	struct journal *j;
	struct run *run;
	bool queued;             /* not in a commit yet */
	struct intent *caller;   /* gets seq and sent_at */
	struct intent intent;    /* ours, for the pool */
};

struct settled {
	struct list link;
	uint64_t seq;            /* the intent it ends; 0 none */
	void (*apply)(struct store_txn *txn, const void *arg);
	const void *arg;
};

/* One commit on its way. */
struct batch {
	struct store_job job;
	struct journal *j;
	struct list results, intents;
	unsigned intent_count;
	uint64_t next_seq;
};

struct journal {
	struct loop *loop;
	struct store *store;
	struct arena *arena;     /* of results and waiters; outlives a run that is thrown away in the middle of a commit */
	const char *run_id;
	uint64_t first_seq, next_seq;
	struct list results, intents, flushes;
	unsigned outstanding;    /* intents on disk whose result is not */
	struct batch *batch;
	struct loop_task pump;
	struct fault failed;
	bool dead;               /* its run is gone */
	bool crashed;            /* a test says that the process ended here */
	bool (*probe)(void *arg, const char *what);
	void *probe_arg;
};

static void release(struct journal *j)
{
	loop_task_cancel(&j->pump);
	store_unref(&j->store);
	arena_free(&j->arena);
	free(j);
}

/* The run's arena goes. A commit that is under way finds nobody to tell. */
static void on_run_gone(void *arg)
{
	struct journal *j = arg;
	j->dead = true;
	loop_task_cancel(&j->pump);
	if (!j->batch)
		release(j);
}

static void wake(struct journal *j, struct waiter *w)
{
	w->queued = false;
	flow_wake(w->run, fault_is(&j->failed) ? &j->failed : NULL);
}

static void wake_all(struct journal *j, struct list *l)
{
	struct list *node;
	while ((node = list_take_first(l)) != NULL)
		wake(j, list_entry(node, struct waiter, link));
}

/* ---- a commit: on the pool ---- */

static int batch_work(struct store_txn *txn, struct store_job *job)
{
	struct batch *b = list_entry(job, struct batch, job);
	for (struct list *l = b->results.next; l != &b->results; l = l->next) {
		struct settled *r = list_entry(l, struct settled, link);
		if (r->apply)
			r->apply(txn, r->arg);
		if (r->seq)
			state_del_intent(txn, r->seq);
	}
	for (struct list *l = b->intents.next; l != &b->intents; l = l->next)
		state_put_intent(txn, &list_entry(l, struct waiter, link)->intent);
	state_put_meta_int(txn, META_SEQ, (int64_t)b->next_seq);
	return store_txn_error(txn);
}

static void move_all(struct list *to, struct list *from)
{
	struct list *node;
	while ((node = list_take_first(from)) != NULL)
		list_append(to, node);
}

static void batch_after(struct store_job *job)
{
	struct batch *b = list_entry(job, struct batch, job);
	struct journal *j = b->j;
	j->batch = NULL;
	if (j->dead) {
		free(b);
		release(j);
		return;
	}
	if (!j->crashed && j->probe && !job->error && !j->probe(j->probe_arg, "after-commit"))
		j->crashed = true;
	if (j->crashed) {
		free(b);
		return;
	}
	if (job->error && !fault_is(&j->failed))
		fault_set(&j->failed, FAULT_LOCAL, job->error, "the journal could not be written: %s%s%s", err_text(job->error),
		          job->detail[0] ? ": " : "", job->detail);
	if (!job->error)
		j->outstanding += b->intent_count;
	struct list woken;
	list_init(&woken);
	move_all(&woken, &b->intents);
	free(b);
	wake_all(j, &woken);
	loop_defer(j->loop, &j->pump);
}

static void collect(struct journal *j, struct batch *b)
{
	struct list *node;
	while ((node = list_take_first(&j->results)) != NULL) {
		list_append(&b->results, node);
		/* an intent of this run, and not one that was settled before */
		struct settled *r = list_entry(node, struct settled, link);
		if (r->seq >= j->first_seq && j->outstanding)
			j->outstanding--;
	}
	int64_t now = loop_wall_ms(j->loop);
	while (j->outstanding + b->intent_count < JOURNAL_BATCH && (node = list_take_first(&j->intents)) != NULL) {
		struct waiter *w = list_entry(node, struct waiter, link);
		list_append(&b->intents, node);
		w->queued = false;
		b->intent_count++;
		w->intent.sent_at = w->caller->sent_at = now;
	}
}

static void on_pump(struct loop_task *t)
{
	struct journal *j = list_entry(t, struct journal, pump);
	if (j->batch || j->dead || j->crashed)
		return;
	if (fault_is(&j->failed)) {
		/* nothing may leave any more; what came in is settled by the next run, from the intents that stayed */
		wake_all(j, &j->intents);
		wake_all(j, &j->flushes);
		return;
	}
	bool room = j->outstanding < JOURNAL_BATCH;
	if (list_empty(&j->results) && (list_empty(&j->intents) || !room)) {
		if (list_empty(&j->intents))
			wake_all(j, &j->flushes);
		return;
	}
	if (j->probe && !j->probe(j->probe_arg, "before-commit")) {
		j->crashed = true;
		return;
	}
	struct batch *b = xcalloc(1, sizeof(*b));
	b->j = j;
	list_init(&b->results);
	list_init(&b->intents);
	collect(j, b);
	b->next_seq = j->next_seq;
	b->job = (struct store_job){ .write = true, .work = batch_work, .after = batch_after };
	j->batch = b;
	store_submit(j->store, &b->job);
}

/* ---- what runs call ---- */

struct journal *journal_new(struct loop *loop, struct store *store, struct arena *arena, uint64_t first_seq, const char *run_id)
{
	struct journal *j = xcalloc(1, sizeof(*j));
	j->loop = loop;
	j->store = store_again(store);
	j->arena = arena_new(0);
	j->run_id = arena_strz(j->arena, run_id);
	j->first_seq = j->next_seq = first_seq;
	list_init(&j->results);
	list_init(&j->intents);
	list_init(&j->flushes);
	loop_task_init(&j->pump, on_pump);
	if (arena_defer(arena, on_run_gone, j) != 0) {
		release(j);
		return NULL;
	}
	return j;
}

struct arena *journal_keep(struct journal *j)
{
	return j->arena;
}

void journal_set_probe(struct journal *j, bool (*probe)(void *arg, const char *what), void *arg)
{
	j->probe = probe;
	j->probe_arg = arg;
}

static bool ask_flow(void *arg, const char *what)
{
	return flow_probe(arg, what);
}

void journal_probe_with(struct journal *j, struct run *run)
{
	journal_set_probe(j, ask_flow, run);
}

static void copy_intent(struct journal *j, struct intent *to, const struct intent *from)
{
	*to = *from;
	to->run = str_of(j->run_id);
	to->id = arena_str(j->arena, from->id);
	to->payload = arena_str(j->arena, from->payload);
}

/* The places it waits for may be held by writes that were cancelled with it, and that nobody will answer. */
static void on_cancelled(void *arg)
{
	struct waiter *w = arg;
	if (!w->queued || w->j->crashed)
		return;
	list_remove(&w->link);
	wake(w->j, w);
}

static struct waiter *wait_for(struct journal *j, struct run *run, struct list *l)
{
	struct waiter *w = arena_alloc(j->arena, sizeof(*w));
	REQUIRE(w);
	*w = (struct waiter){ .j = j, .run = run, .queued = true };
	list_append(l, &w->link);
	flow_gate(run, on_cancelled, w);
	loop_defer(j->loop, &j->pump);
	return w;
}

void journal_intend(struct journal *j, struct run *run, struct intent *intent)
{
	struct waiter *w = wait_for(j, run, &j->intents);
	intent->seq = j->next_seq++;
	copy_intent(j, &w->intent, intent);
	w->caller = intent;
}

void journal_flush(struct journal *j, struct run *run)
{
	(void)wait_for(j, run, &j->flushes);
}

void journal_result(struct journal *j, uint64_t seq, void (*apply)(struct store_txn *txn, const void *arg), const void *arg)
{
	struct settled *r = arena_alloc(j->arena, sizeof(*r));
	REQUIRE(r);
	*r = (struct settled){ .seq = seq, .apply = apply, .arg = arg };
	list_append(&j->results, &r->link);
	loop_defer(j->loop, &j->pump);
}

/* ---- ready-made results ---- */

static void *keep(struct journal *j, const void *p, size_t size)
{
	void *copy = arena_alloc(j->arena, size);
	REQUIRE(copy);
	memcpy(copy, p, size);
	return copy;
}

static void keep_ints(struct journal *j, struct ints *list)
{
	list->v = list->n ? keep(j, list->v, list->n * sizeof(*list->v)) : NULL;
}

static void apply_binding(struct store_txn *txn, const void *arg)
{
	state_put_binding(txn, arg);
}

void journal_put_binding(struct journal *j, uint64_t seq, const struct binding *b)
{
	struct binding *copy = keep(j, b, sizeof(*b));
	copy->id = arena_str(j->arena, b->id);
	copy->email = arena_str(j->arena, b->email);
	copy->first = arena_str(j->arena, b->first);
	copy->last = arena_str(j->arena, b->last);
	copy->follower = arena_str(j->arena, b->follower);
	journal_result(j, seq, apply_binding, copy);
}

static void apply_sheet(struct store_txn *txn, const void *arg)
{
	state_put_sheet(txn, arg);
}

void journal_put_sheet(struct journal *j, uint64_t seq, const struct sheet_memory *m)
{
	struct sheet_memory *copy = keep(j, m, sizeof(*m));
	copy->id = arena_str(j->arena, m->id);
	copy->name = arena_str(j->arena, m->name);
	copy->room = arena_str(j->arena, m->room);
	copy->grouping = arena_str(j->arena, m->grouping);
	keep_ints(j, &copy->groups);
	keep_ints(j, &copy->learners);
	keep_ints(j, &copy->instructors);
	journal_result(j, seq, apply_sheet, copy);
}

static void apply_group(struct store_txn *txn, const void *arg)
{
	state_put_group(txn, arg);
}

void journal_put_group(struct journal *j, uint64_t seq, const struct group_memory *m)
{
	struct group_memory *copy = keep(j, m, sizeof(*m));
	copy->code = arena_str(j->arena, m->code);
	copy->id = arena_str(j->arena, m->id);
	copy->name = arena_str(j->arena, m->name);
	journal_result(j, seq, apply_group, copy);
}

static void apply_ledger(struct store_txn *txn, const void *arg)
{
	state_put_ledger(txn, arg);
}

void journal_put_ledger(struct journal *j, uint64_t seq, const struct ledger_row *row)
{
	struct ledger_row *copy = keep(j, row, sizeof(*row));
	copy->written.observation = STR_NONE;
	journal_result(j, seq, apply_ledger, copy);
}

static void apply_no_ledger(struct store_txn *txn, const void *arg)
{
	state_del_ledger(txn, arg);
}

void journal_del_ledger(struct journal *j, uint64_t seq, const struct ledger_row *row)
{
	journal_result(j, seq, apply_no_ledger, keep(j, row, sizeof(*row)));
}

static void apply_payroll(struct store_txn *txn, const void *arg)
{
	state_put_payroll(txn, arg);
}

void journal_put_payroll(struct journal *j, uint64_t seq, const struct payroll_memory *m)
{
	journal_result(j, seq, apply_payroll, keep(j, m, sizeof(*m)));
}

static void apply_seen(struct store_txn *txn, const void *arg)
{
	state_put_seen(txn, arg);
}

void journal_put_seen(struct journal *j, const struct seen_mark *m)
{
	struct seen_mark *copy = keep(j, m, sizeof(*m));
	copy->id = arena_str(j->arena, m->id);
	journal_result(j, 0, apply_seen, copy);
}

void journal_drop(struct journal *j, uint64_t seq)
{
	if (seq)
		journal_result(j, seq, NULL, NULL);
}

struct meta_value { const char *name; struct str text; int64_t number; bool is_text; };

static void apply_meta(struct store_txn *txn, const void *arg)
{
	const struct meta_value *m = arg;
	if (m->is_text)
		state_put_meta_str(txn, m->name, m->text);
	else
		state_put_meta_int(txn, m->name, m->number);
}

void journal_meta_int(struct journal *j, const char *name, int64_t v)
{
	struct meta_value m = { .name = name, .number = v };
	journal_result(j, 0, apply_meta, keep(j, &m, sizeof(m)));
}

void journal_meta_str(struct journal *j, const char *name, struct str v)
{
	struct meta_value m = { .name = name, .text = arena_str(j->arena, v), .is_text = true };
	journal_result(j, 0, apply_meta, keep(j, &m, sizeof(m)));
}

struct logged { uint64_t seq; struct write_line line; };

static void apply_line(struct store_txn *txn, const void *arg)
{
	const struct logged *l = arg;
	state_put_write(txn, l->seq, &l->line);
}

void journal_log(struct journal *j, const char *action, struct str record, struct str reason, struct str answer)
{
	struct logged l = { .seq = j->next_seq++,
		            .line = { .at = loop_wall_ms(j->loop) / 1000,
			              .run = str_of(j->run_id),
			              .action = str_of(action),
			              .record = arena_str(j->arena, record),
			              .reason = arena_str(j->arena, reason),
			              .answer = arena_str(j->arena, answer) } };
	journal_result(j, 0, apply_line, keep(j, &l, sizeof(l)));
}

struct guarded_line { enum guarded kind; int64_t at; uint64_t seq; };

static void apply_guarded(struct store_txn *txn, const void *arg)
{
	const struct guarded_line *g = arg;
	state_put_guarded(txn, g->kind, g->at, g->seq);
}

void journal_guarded(struct journal *j, enum guarded kind)
{
	struct guarded_line g = { kind, loop_wall_ms(j->loop) / 1000, j->next_seq++ };
	journal_result(j, 0, apply_guarded, keep(j, &g, sizeof(g)));
}
