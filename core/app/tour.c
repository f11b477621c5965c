#include "core/app/tour.h"

#include <stdlib.h>

struct tour {
	struct rig *rig;
	struct cli *cli;
	const struct tour_ops *ops;
	void (*done)(void *arg, int status);
	void *arg;
	struct texts schools;
	size_t school;
	struct tenant_conf *conf; /* of the school that is looked at */
	size_t why_before;
	int conf_rc, status;
	bool listed;
	struct tour_stop *stops;
	unsigned stop;
	struct loop_job files;
	struct store *store;
	struct store_job look;
};

static void next_school(struct tour *t);

static void worse(struct tour *t, int status)
{
	if (status > t->status)
		t->status = status;
}

static void finish(struct tour *t)
{
	if (t->listed && t->ops->end)
		t->ops->end(t->cli);
	void (*done)(void *arg, int status) = t->done;
	void *arg = t->arg;
	worse(t, t->cli->worst);
	int status = t->status;
	free(t);
	done(arg, status);
}

/* ---- the stores ---- */

static int look_work(struct store_txn *txn, struct store_job *job)
{
	struct tour *t = list_entry(job, struct tour, look);
	int rc = t->ops->read(txn, t->cli, t->stops[t->stop].seen);
	return rc ? rc : store_txn_error(txn);
}

static void next_stop(struct tour *t);

static void look_after(struct store_job *job)
{
	struct tour *t = list_entry(job, struct tour, look);
	store_unref(&t->store);
	if (job->error && job->error != ERR_NOT_FOUND) {
		buf_printf(&t->cli->why, "%s %s: the store cannot be read: %s%s%s\n", t->conf->id, t->stops[t->stop].key,
		           err_text(job->error), job->detail[0] ? ": " : "", job->detail);
		worse(t, EXIT_FAILED);
		t->stops[t->stop].seen = arena_array(t->cli->arena, 1, t->ops->seen_size);
		REQUIRE(t->stops[t->stop].seen);
	}
	t->stop++;
	next_stop(t);
}

static void next_stop(struct tour *t)
{
	const struct tenant_conf *c = t->conf;
	/* an environment that never ran has nothing to tell, and is not made by looking */
	while (t->stop < c->settings.environment_count &&
	       !store_exists(t->rig->stores, c->id, c->environments[t->stop].key))
		t->stop++;
	if (t->stop < c->settings.environment_count) {
		t->store = store_ref(t->rig->stores, c->id, c->environments[t->stop].key);
		t->look = (struct store_job){.work = look_work, .after = look_after};
		store_submit(t->store, &t->look);
		return;
	}
	t->ops->show(t->cli, c, t->stops);
	tenant_conf_free(&t->conf);
	t->school++;
	next_school(t);
}

/* ---- the files ---- */

static void files_work(struct loop_job *job)
{
	struct tour *t = list_entry(job, struct tour, files);
	if (!t->listed) {
		int all = t->cli->arg_count;
		if (t->ops->schools && all > t->ops->first + t->ops->schools)
			t->cli->arg_count = t->ops->first + t->ops->schools;
		t->conf_rc = cli_schools(t->cli, t->ops->first, &t->schools);
		t->cli->arg_count = all;
		return;
	}
	t->why_before = t->cli->why.n;
	t->conf_rc = wiring_conf(t->cli->conf, t->schools.v[t->school].p, &t->conf, &t->cli->why);
}

static void show_school(struct tour *t)
{
	struct cli *cli = t->cli;
	if (t->conf_rc) {
		if (t->ops->invalid)
			t->ops->invalid(cli, t->schools.v[t->school].p,
			                (struct str){cli->why.p + t->why_before, cli->why.n - t->why_before});
		worse(t, EXIT_USAGE);
		t->school++;
		next_school(t);
		return;
	}
	unsigned n = t->conf->settings.environment_count;
	t->stops = arena_array(cli->arena, n, sizeof(*t->stops));
	REQUIRE(t->stops);
	for (unsigned i = 0; i < n; i++) {
		t->stops[i] = (struct tour_stop){t->conf->environments[i].key,
		                                 arena_array(cli->arena, 1, t->ops->seen_size)};
		REQUIRE(t->stops[i].seen);
	}
	t->stop = 0;
	next_stop(t);
}

static void files_after(struct loop_job *job)
{
	struct tour *t = list_entry(job, struct tour, files);
	if (t->listed) {
		show_school(t);
		return;
	}
	if (t->conf_rc) {
		t->status = t->conf_rc;
		finish(t);
		return;
	}
	t->listed = true;
	if (t->ops->begin)
		t->ops->begin(t->cli);
	next_school(t);
}

/* One job a school: what a thousand files cost is never paid in one turn of the loop, nor on it. */
static void next_school(struct tour *t)
{
	if (t->listed && t->school == t->schools.n) {
		finish(t);
		return;
	}
	t->files = (struct loop_job){.work = files_work, .after = files_after};
	loop_job_start(t->rig->loop, &t->files);
}

void tour_start(struct rig *rig, struct cli *cli, const struct tour_ops *ops, void (*done)(void *arg, int status),
                void *arg)
{
	struct tour *t = xcalloc(1, sizeof(*t));
	t->rig = rig;
	t->cli = cli;
	t->ops = ops;
	t->done = done;
	t->arg = arg;
	next_school(t);
}
