#include "core/app/deeds.h"

#include <stdlib.h>

struct writing {
	struct arena *arena;
	struct deed deed;
	struct store *store;
	struct store_job job;
	void (*done)(void *arg);
	void *arg;
};

static int work(struct store_txn *txn, struct store_job *job)
{
	const struct writing *w = list_entry(job, struct writing, job);
	state_put_deed(txn, &w->deed);
	return store_txn_error(txn);
}

static void after(struct store_job *job)
{
	struct writing *w = list_entry(job, struct writing, job);
	void (*done)(void *arg) = w->done;
	void *arg = w->arg;
	store_unref(&w->store);
	arena_free(&w->arena);
	free(w);
	done(arg);
}

void deeds_write(struct rig *rig, const char *tenant, const char *key, const struct deed *deed, void (*done)(void *arg), void *arg)
{
	struct writing *w = xcalloc(1, sizeof(*w));
	w->arena = arena_new(64 * 1024);
	w->deed = *deed;
	w->deed.by = arena_str(w->arena, deed->by);
	w->deed.what = arena_str(w->arena, deed->what);
	w->done = done;
	w->arg = arg;
	w->store = store_ref(rig->stores, tenant, key);
	w->job = (struct store_job){.write = true, .work = work, .after = after};
	store_submit(w->store, &w->job);
}
