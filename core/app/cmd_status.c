#include <string.h>

#include "core/app/cli.h"
#include "core/app/print.h"
#include "tenants/schedule.h"

#define RUNS_LOOKED_AT 50

/* One environment, as its store has it. */
struct seen {
	struct arena *arena;
	struct items runs;
	struct items issues;
	bool found;
};

static int read_seen(struct store_txn *txn, void *arg)
{
	struct seen *s = arg;
	s->runs = s->issues = (struct items){NULL, 0};
	int rc = state_runs(txn, s->arena, RUNS_LOOKED_AT, &s->runs);
	if (rc == 0)
		rc = state_issues(txn, s->arena, &s->issues);
	s->found = rc == 0;
	return rc;
}

static const struct run_summary *last_of(const struct seen *s, enum flow_kind flow)
{
	const struct run_summary *runs = s->runs.v;
	for (size_t i = 0; i < s->runs.n; i++)
		if (runs[i].flow == flow)
			return &runs[i];
	return NULL;
}

static void put_next(struct json_writer *w, const struct tenant_conf *c, const char *key, struct ints minutes,
                     int64_t now)
{
	int64_t at = c->paused ? 0 : schedule_next(c->settings.zone, &minutes, now);
	if (at == INT64_MAX)
		at = 0;
	char text[UTC_TEXT];
	json_write_key(w, key);
	if (!at) {
		json_write_null(w);
		return;
	}
	json_write_begin_object(w);
	print_time_json(w, "due_utc", at);
	json_put_text(w, "due_local", local_iso(c->settings.zone, at, text));
	json_write_end_object(w);
}

static const struct run_summary *latest(const struct seen *all, unsigned n, enum flow_kind flow, unsigned *where)
{
	const struct run_summary *best = NULL;
	for (unsigned i = 0; i < n; i++) {
		const struct run_summary *one = last_of(&all[i], flow);
		if (one && (!best || one->started > best->started)) {
			best = one;
			*where = i;
		}
	}
	return best;
}

/* Of several environments the gravest counts, within one run. */
static enum result result_of(const struct seen *all, unsigned n, enum flow_kind flow, struct str run)
{
	enum result worst = RESULT_OK;
	for (unsigned i = 0; i < n; i++) {
		const struct run_summary *one = last_of(&all[i], flow);
		if (one && str_eq(one->id, run) && one->result > worst)
			worst = one->result;
	}
	return worst;
}

static void put_last(struct json_writer *w, const struct seen *all, unsigned n, enum flow_kind flow)
{
	unsigned where = 0;
	const struct run_summary *s = latest(all, n, flow, &where);
	json_write_key(w, flow_kind_name(flow));
	if (!s) {
		json_write_null(w);
		return;
	}
	json_write_begin_object(w);
	json_put_str(w, "run", s->id);
	json_put_text(w, "result", result_name(result_of(all, n, flow, s->id)));
	print_time_json(w, "started", s->started);
	print_time_json(w, "ended", s->ended);
	json_write_end_object(w);
}

static void status_json(struct cli *cli, const struct tenant_conf *c, const struct seen *all, int64_t now)
{
	struct json_writer *w = &cli->w;
	unsigned n = c->settings.environment_count;
	json_put_text(w, "name", c->name);
	json_put_text(w, "state", c->paused ? "paused" : "idle");
	json_write_key(w, "environments");
	json_write_begin_array(w);
	for (unsigned i = 0; i < n; i++) {
		json_write_begin_object(w);
		json_put_text(w, "environment", c->environments[i].key);
		json_put_int(w, "issues", (int64_t)all[i].issues.n);
		for (int flow = 0; flow < FLOW_KIND_COUNT; flow++) {
			const struct run_summary *s = last_of(&all[i], (enum flow_kind)flow);
			json_write_key(w, flow_kind_name((enum flow_kind)flow));
			if (s)
				print_run_json(w, c->id, c->environments[i].key, s);
			else
				json_write_null(w);
		}
		json_write_end_object(w);
	}
	json_write_end_array(w);
	json_write_key(w, "next");
	json_write_begin_object(w);
	put_next(w, c, "down", c->down, now);
	put_next(w, c, "up", c->up, now);
	json_write_end_object(w);
	json_write_key(w, "last");
	json_write_begin_object(w);
	put_last(w, all, n, FLOW_DOWN);
	put_last(w, all, n, FLOW_UP);
	json_write_end_object(w);
}

static void status_text(struct cli *cli, const struct tenant_conf *c, const struct seen *all)
{
	buf_printf(&cli->out, "%s (%s): %s\n", c->id, c->name, c->paused ? "paused" : "idle");
	for (unsigned i = 0; i < c->settings.environment_count; i++) {
		buf_printf(&cli->out, "  %s: %zu open issues\n", c->environments[i].key, all[i].issues.n);
		for (int flow = 0; flow < FLOW_KIND_COUNT; flow++) {
			const struct run_summary *s = last_of(&all[i], (enum flow_kind)flow);
			if (!s)
				continue;
			buf_addz(&cli->out, "    ");
			print_run_text(&cli->out, c->environments[i].key, s);
		}
	}
}

/* A school whose file has mistakes has a status too: invalid, and why. */
static void status_invalid(struct cli *cli, const char *id, struct str mistakes)
{
	if (!cli->json) {
		buf_printf(&cli->out, "%s: invalid\n", id);
		return;
	}
	json_put_text(&cli->w, "state", "invalid");
	json_put_str(&cli->w, "error", str_trim(mistakes));
	json_write_key(&cli->w, "environments");
	json_write_begin_array(&cli->w);
	json_write_end_array(&cli->w);
	json_write_key(&cli->w, "next");
	json_write_begin_object(&cli->w);
	json_put_null(&cli->w, "down");
	json_put_null(&cli->w, "up");
	json_write_end_object(&cli->w);
	json_write_key(&cli->w, "last");
	json_write_begin_object(&cli->w);
	json_put_null(&cli->w, "down");
	json_put_null(&cli->w, "up");
	json_write_end_object(&cli->w);
}

static int status_of(struct cli *cli, struct rig *rig, const char *id)
{
	struct tenant_conf *c = NULL;
	size_t before = cli->why.n;
	if (wiring_conf(cli->conf, id, &c, &cli->why)) {
		status_invalid(cli, id, (struct str){cli->why.p + before, cli->why.n - before});
		return EXIT_USAGE;
	}
	int status = EXIT_DONE;
	unsigned n = c->settings.environment_count;
	struct seen *all = arena_array(cli->arena, n, sizeof(*all));
	REQUIRE(all);
	for (unsigned i = 0; i < n; i++) {
		all[i].arena = cli->arena;
		int rc = rig_work(rig, id, c->environments[i].key, false, read_seen, &all[i]);
		if (rc == 0 || rc == ERR_NOT_FOUND)
			continue;
		buf_printf(&cli->why, "%s %s: the store cannot be read: %s\n", id, c->environments[i].key,
		           err_text(rc));
		all[i] = (struct seen){.arena = cli->arena};
		status = EXIT_FAILED;
	}
	if (cli->json)
		status_json(cli, c, all, loop_wall_ms(rig->loop) / 1000);
	else
		status_text(cli, c, all);
	tenant_conf_free(&c);
	return status;
}

int cmd_status(struct cli *cli)
{
	struct texts schools;
	struct rig *rig = NULL;
	int status = cli_schools(cli, 0, &schools);
	if (status == EXIT_DONE)
		status = cli_rig(cli, &rig);
	if (status)
		return status;
	if (cli->json) {
		json_write_begin_object(&cli->w);
		json_write_key(&cli->w, "tenants");
		json_write_begin_array(&cli->w);
	}
	for (size_t i = 0; i < schools.n; i++) {
		if (cli->json) {
			json_write_begin_object(&cli->w);
			json_put_text(&cli->w, "tenant", schools.v[i].p);
		}
		int one = status_of(cli, rig, schools.v[i].p);
		status = one > status ? one : status;
		if (cli->json)
			json_write_end_object(&cli->w);
	}
	if (cli->json) {
		json_write_end_array(&cli->w);
		json_write_end_object(&cli->w);
	}
	rig_close(&rig);
	return status;
}
