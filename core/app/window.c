#include "core/app/window.h"

#include <stdlib.h>
#include <string.h>

#include "core/data/pack.h"
#include "core/sync/state.h"

#define WINDOW_NAME    "edusign_window"
#define WINDOW_VERSION 2
#define MOST_AHEAD     64 /* a commit each 32 to 64 requests: fewer than the journal's own */

static struct store_key window_key(void)
{
	struct store_key key;
	store_key_begin(&key, TABLE_META);
	store_key_text(&key, STR(WINDOW_NAME));
	return key;
}

void window_clear(struct window *w)
{
	free(w->starts);
	*w = (struct window){.n = 0};
}

void window_read(struct store_txn *txn, struct window *w)
{
	struct store_key key = window_key();
	struct str value;
	window_clear(w);
	if (!store_get(txn, &key, &value) || !value.n)
		return;
	size_t most = value.n < WINDOW_MAX ? value.n : WINDOW_MAX; /* a byte each at least */
	w->starts = xmalloc(most * sizeof(*w->starts));
	struct unpack u;
	unpack_begin(&u, value);
	int64_t ahead = unpack_int(&u), at = 0;
	/* each start as the time since the one before */
	while (unpack_more(&u) && w->n < most)
		w->starts[w->n++] = at += unpack_int(&u);
	if (u.version != WINDOW_VERSION || unpack_end(&u)) {
		window_clear(w);
		return;
	}
	w->ahead = ahead > 0 && ahead < INT32_MAX ? (unsigned)ahead : 0;
}

void window_write(struct store_txn *txn, const struct window *w)
{
	struct store_key key = window_key();
	struct buf value;
	buf_init(&value, 0);
	pack_begin(&value, WINDOW_VERSION);
	pack_int(&value, w->ahead);
	for (size_t i = 0; i < w->n; i++)
		pack_int(&value, w->starts[i] - (i ? w->starts[i - 1] : 0));
	store_put(txn, &key, buf_str(&value));
	buf_deinit(&value);
}

void window_give(struct fetch_lane *lane, const struct window *w)
{
	fetch_lane_restore(lane, w->starts, w->n, w->ahead);
}

/* More than fit: those that were left out count as sent by whoever reads it. */
static void take(const struct fetch_lane *lane, unsigned ahead, struct window *w)
{
	int64_t *all = xmalloc(WINDOW_MAX * sizeof(*all));
	window_clear(w);
	w->n = fetch_lane_window(lane, all, WINDOW_MAX);
	if (w->n) {
		w->starts = xmalloc(w->n * sizeof(*all));
		memcpy(w->starts, all, w->n * sizeof(*all));
	}
	free(all);
	w->ahead = w->n == WINDOW_MAX ? INT32_MAX - 1 : ahead;
}

/* ---- while a run is under way ---- */

struct record;

struct window_keeper {
	struct rig *rig;
	struct fetch_lane *lane;
	const char *tenant, *key;
	unsigned ahead;
	bool used;              /* something may have left since the last rest */
	struct record *writing; /* the lane waits for it; NULL: none */
};

/* One on its way to the disk; outlives its keeper. */
struct record {
	struct store_job job;
	struct store *store;
	struct window_keeper *keeper; /* NULL: nobody waits for it any more */
	uint64_t covers;              /* requests of the lane */
	struct window window;
};

static int write_work(struct store_txn *txn, struct store_job *job)
{
	window_write(txn, &list_entry(job, struct record, job)->window);
	return store_txn_error(txn);
}

static void write_after(struct store_job *job)
{
	struct record *r = list_entry(job, struct record, job);
	struct window_keeper *k = r->keeper;
	store_unref(&r->store);
	if (k) {
		k->writing = NULL;
		/* also when it failed, which the store has told: what is kept is for the next process, and a run
		 * whose store is ill ends by its own commits */
		fetch_lane_allow(k->lane, r->covers);
	}
	window_clear(&r->window);
	free(r);
}

static void on_asked(void *arg)
{
	struct window_keeper *k = arg;
	if (k->writing)
		return;
	struct record *r = xcalloc(1, sizeof(*r));
	r->keeper = k;
	r->covers = fetch_lane_count(k->lane) + k->ahead;
	take(k->lane, k->ahead, &r->window);
	r->job = (struct store_job){.write = true, .work = write_work, .after = write_after};
	r->store = store_ref(k->rig->stores, k->tenant, k->key);
	k->writing = r;
	k->used = true;
	store_submit(r->store, &r->job);
}

struct window_keeper *window_keeper_new(struct rig *rig, struct fetch_lane *lane, const char *tenant, const char *key,
                                        unsigned per_minute)
{
	struct window_keeper *k = xcalloc(1, sizeof(*k));
	k->rig = rig;
	k->lane = lane;
	k->tenant = tenant;
	k->key = key;
	/* an eighth of a minute is what a kill costs at most */
	k->ahead = per_minute / 8 < MOST_AHEAD ? per_minute / 8 : MOST_AHEAD;
	if (k->ahead == 0)
		k->ahead = 1;
	fetch_lane_keep(lane, k->ahead, on_asked, k);
	return k;
}

static void let_go(struct window_keeper *k)
{
	if (k->writing)
		k->writing->keeper = NULL;
	k->writing = NULL;
}

void window_keeper_free(struct window_keeper **keeper)
{
	struct window_keeper *k = *keeper;
	if (!k)
		return;
	let_go(k);
	fetch_lane_keep(k->lane, 0, NULL, NULL);
	free(k);
	*keeper = NULL;
}

bool window_keeper_rest(struct window_keeper *k, struct window *w)
{
	bool used = k->used;
	let_go(k);
	take(k->lane, 0, w);
	fetch_lane_allow(k->lane, fetch_lane_count(k->lane));
	k->used = false;
	return used;
}
