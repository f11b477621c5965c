#include "core/app/chore.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/app/remote.h"

const struct chore_ops *chore_find(const struct cli *cli, const char *name)
{
	static const struct chore_ops *const all[] = {&chore_backup, &chore_restore, &chore_purge};
	if (strcmp(name, "person") == 0)
		return cli->erase ? &chore_erase : NULL;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i]->name, name) == 0)
			return all[i];
	return NULL;
}

void chore_init(struct chore *c, const struct chore_ops *ops, struct cli *cli, struct rig *rig, const char *by)
{
	*c = (struct chore){.ops = ops, .cli = cli, .rig = rig, .by = by, .tenant = cli->args[0]};
	c->own = arena_alloc(cli->arena, ops->size ? ops->size : 1);
	c->folder = arena_printf(cli->arena, "%s/%s", rig->conf->data, c->tenant);
	REQUIRE(c->own && c->folder);
	memset(c->own, 0, ops->size);
}

int chore_store_failed(struct chore *c, const char *doing)
{
	buf_printf(&c->cli->why, "%s %s: %s: %s%s%s\n", c->tenant, c->keys[c->at], doing, err_text(c->job.error), c->job.detail[0] ? ": " : "",
	           c->job.detail);
	return EXIT_FAILED;
}

static void finish(struct chore *c, int status)
{
	c->status = status;
	c->done(c);
}

/* ---- on the pool ---- */

static void pool_work(struct loop_job *pool)
{
	struct chore *c = list_entry(pool, struct chore, pool);
	int (*fn)(struct chore *c) = c->ending ? c->ops->end : c->ops->begin;
	c->status = fn ? fn(c) : EXIT_DONE;
}

static void next_job(struct chore *c);

static void pool_after(struct loop_job *pool)
{
	struct chore *c = list_entry(pool, struct chore, pool);
	if (c->status || c->ending)
		finish(c, c->status);
	else
		next_job(c);
}

static void start_pool(struct chore *c, bool ending)
{
	c->ending = ending;
	c->pool = (struct loop_job){.work = pool_work, .after = pool_after};
	loop_job_start(c->rig->loop, &c->pool);
}

/* ---- the stores ---- */

static void job_after(struct store_job *job)
{
	struct chore *c = list_entry(job, struct chore, job);
	store_unref(&c->store);
	int status = c->ops->ended(c, c->n);
	if (status) {
		finish(c, status);
		return;
	}
	c->n++;
	next_job(c);
}

static void next_job(struct chore *c)
{
	for (; c->at < c->key_count; c->at++, c->n = 0) {
		c->store = store_ref(c->rig->stores, c->tenant, c->keys[c->at]);
		c->job = (struct store_job){.after = job_after};
		if (c->ops->start(c, c->store, c->n))
			return;
		store_unref(&c->store);
	}
	start_pool(c, true);
}

/* ---- questions ---- */

static void on_asked(struct run *run, void *arg)
{
	struct chore *c = arg;
	int status = c->ops->asked(c, run_fault(run));
	run_free(&c->run);
	if (status)
		finish(c, status);
	else
		start_pool(c, false);
}

void chore_start(struct chore *c, struct wiring *wiring)
{
	c->wiring = wiring;
	c->now = loop_wall_ms(c->rig->loop) / 1000;
	if (wiring) {
		const struct settings *s = &wiring->conf->settings;
		c->keys = arena_array(c->cli->arena, s->environment_count + 1, sizeof(*c->keys));
		REQUIRE(c->keys);
		for (unsigned i = 0; i < s->environment_count; i++)
			c->keys[c->key_count++] = s->environments[i].key;
	}
	if (!c->ops->ask) {
		start_pool(c, false);
		return;
	}
	const struct run_options options = {.tenant = c->tenant, .id = c->ops->name, .deadline_ms = 900000};
	c->run = run_new(&c->rig->flow, c->ops->ask, c, &options);
	run_start(c->run, on_asked, c);
}

/* ---- the command ---- */

static void on_done(struct chore *c)
{
	loop_stop(c->rig->loop);
}

static int do_here(struct cli *cli, const struct chore_ops *ops)
{
	struct rig *rig = NULL;
	struct wiring *wiring = NULL;
	struct tenant_conf *conf = NULL;
	struct chore c;
	char by[32];
	int status = cli_rig(cli, &rig);
	if (status)
		return status;
	if (!ops->unserved &&
	    (wiring_conf(cli->conf, cli->args[0], &conf, &cli->why) || wiring_open(rig, conf, &wiring, &cli->why)))
		status = EXIT_USAGE;
	if (status == EXIT_DONE) {
		snprintf(by, sizeof(by), "uid %u", (unsigned)getuid());
		chore_init(&c, ops, cli, rig, by);
		c.done = on_done;
		chore_start(&c, wiring);
		loop_run(rig->loop);
		status = c.status;
	}
	wiring_close(&wiring);
	rig_close(&rig);
	return status;
}

/* What cannot be taken back is asked for twice. */
static bool is_meant(struct cli *cli)
{
	char line[128] = "";
	if (cli->yes)
		return true;
	if (isatty(STDIN_FILENO)) {
		fprintf(stderr, "All that is remembered of %s is removed, for good. Type its name to go on: ", cli->args[0]);
		if (fgets(line, sizeof(line), stdin) && str_eqz(str_trim(str_of(line)), cli->args[0]))
			return true;
	}
	buf_addz(&cli->why, "nothing was removed: say --yes\n");
	return false;
}

/* The daemon is elsewhere: a path is told it whole. */
static bool make_whole(struct cli *cli)
{
	char here[4096];
	if (cli->arg_count < 2 || cli->args[1][0] == '/')
		return true;
	cli->args[1] = getcwd(here, sizeof(here)) ? arena_printf(cli->arena, "%s/%s", here, cli->args[1]) : NULL;
	return cli->args[1] != NULL;
}

int cmd_chore(struct cli *cli)
{
	int status;
	const struct chore_ops *ops = chore_find(cli, cli->command);
	REQUIRE(ops);
	if (ops == &chore_purge && !is_meant(cli))
		return EXIT_USAGE;
	if (ops->alone && !make_whole(cli))
		return EXIT_FAILED;
	if (remote_ask(cli, cli->command, &status))
		return status;
	return do_here(cli, ops);
}
