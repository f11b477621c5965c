#include "core/app/rig.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static int open_stores(struct rig *r, struct buf *why)
{
	long holder = 0;
	int rc = stores_open(r->loop, r->conf->data, &r->conf->store, &r->stores, &holder);
	if (rc == ERR_LOCKED)
		buf_printf(why, "%s is in use by process %ld\n", r->conf->data, holder);
	else if (rc)
		buf_printf(why, "%s cannot be used: %s\n", r->conf->data, err_text(rc));
	return rc;
}

int rig_open(const struct conf *conf, bool with_stores, struct rig **out, struct buf *why)
{
	struct rig *r = xcalloc(1, sizeof(*r));
	r->conf = conf;
	int rc = loop_open(conf->worker_threads, &r->loop);
	if (rc) {
		buf_printf(why, "the event loop cannot be made: %s\n", err_text(rc));
		free(r);
		return rc;
	}
	struct fetch_transport *transport = NULL;
	rc = with_stores ? open_stores(r, why) : 0;
	if (rc == 0) {
		rc = fetch_transport_curl(r->loop, &conf->fetch, &transport);
		if (rc)
			buf_printf(why, "curl cannot be started: %s\n", err_text(rc));
	}
	if (rc) {
		rig_close(&r);
		return rc;
	}
	r->hub = fetch_hub_new(r->loop, transport, &conf->fetch);
	r->flow = (struct flow_env){.loop = r->loop, .hub = r->hub};
	if (getrandom(&r->flow.seed, sizeof(r->flow.seed), 0) != sizeof(r->flow.seed))
		r->flow.seed = (uint64_t)loop_wall_ms(r->loop);
	*out = r;
	return 0;
}

void rig_close(struct rig **rig)
{
	struct rig *r = *rig;
	if (!r)
		return;
	if (r->hub)
		fetch_hub_free(&r->hub);
	if (r->stores)
		stores_close(&r->stores);
	loop_close(&r->loop);
	free(r);
	*rig = NULL;
}

/* ---- one job ---- */

struct waited {
	struct store_job job;
	struct loop *loop;
	int (*work)(struct store_txn *txn, void *arg);
	void *arg;
};

static int do_work(struct store_txn *txn, struct store_job *job)
{
	struct waited *w = list_entry(job, struct waited, job);
	int rc = w->work(txn, w->arg);
	return rc ? rc : store_txn_error(txn);
}

static void after_work(struct store_job *job)
{
	struct waited *w = list_entry(job, struct waited, job);
	loop_stop(w->loop);
}

int rig_work(struct rig *rig, const char *tenant, const char *key, bool write,
             int (*work)(struct store_txn *txn, void *arg), void *arg)
{
	if (!write && !store_exists(rig->stores, tenant, key))
		return ERR_NOT_FOUND;
	struct store *store = store_ref(rig->stores, tenant, key);
	struct waited w = {.job = {.write = write, .work = do_work, .after = after_work},
	                   .loop = rig->loop,
	                   .work = work,
	                   .arg = arg};
	store_submit(store, &w.job);
	loop_run(rig->loop);
	store_unref(&store);
	return w.job.error;
}
