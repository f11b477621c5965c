#ifndef TESTS_UNIT_LETTERS_H
#define TESTS_UNIT_LETTERS_H

/* What waits in an outbox, looked at without taking it. Virtual time. */

#include "core/sync/outbox.h"
#include "tests/world/loop_virtual.h"

struct letters {
	struct arena *arena;
	struct items list; /* struct letter */
	struct store_job job;
	bool done;
};

static int letters_work(struct store_txn *txn, struct store_job *job)
{
	struct letters *l = list_entry(job, struct letters, job);
	l->list = (struct items){NULL, 0};
	int rc = outbox_take(txn, l->arena, INT64_C(1) << 40, 1000, &l->list);
	return rc ? rc : ERR_CANCELLED; /* rolled back */
}

static void letters_after(struct store_job *job)
{
	list_entry(job, struct letters, job)->done = true;
}

static bool letters_done(void *arg)
{
	return ((struct letters *)arg)->done;
}

/* How many; they live until the next call, or letters_free(). */
static inline size_t letters_read(struct letters *l, struct loop *loop, struct stores *stores)
{
	struct store *store = store_ref(stores, "cfa", "all");
	arena_free(&l->arena);
	l->arena = arena_new(0);
	l->done = false;
	l->job = (struct store_job){.write = true, .work = letters_work, .after = letters_after};
	store_submit(store, &l->job);
	loop_virtual_run(loop, letters_done, l, 1000);
	store_unref(&store);
	return l->list.n;
}

static inline const struct letter *letters_at(const struct letters *l, size_t i)
{
	return (const struct letter *)l->list.v + i;
}

#endif
