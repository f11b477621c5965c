#include <string.h>

#include "core/app/print.h"
#include "core/app/status.h"
#include "core/app/tour.h"
#include "tenants/keep.h"
#include "tenants/schedule.h"

static int read_seen(struct store_txn *txn, struct cli *cli, void *seen)
{
	return recent_read(txn, cli->arena, clock_wall_ms(clock_system()) / 1000, seen);
}

/* The daemon knows; who asks the files alone sees whether the school is paused. */
static const char *state_of(const struct cli *cli, const struct tenant_conf *c)
{
	if (!cli->state_of)
		return c->paused || keep_is_paused(cli->conf->data, c->id) ? "paused" : "idle";
	const char *live = cli->state_of(cli->state_arg, c->id);
	return live ? live : "invalid"; /* a good file that is not served: the log says why */
}

static void put_next(struct json_writer *w, const struct tenant_conf *c, const char *key, struct ints minutes,
                     bool paused, int64_t now)
{
	int64_t at = paused ? 0 : schedule_next(c->settings.zone, &minutes, now);
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

static const struct run_summary *latest(const struct recent *const *all, unsigned n, enum flow_kind flow, unsigned *where)
{
	const struct run_summary *best = NULL;
	for (unsigned i = 0; i < n; i++) {
		const struct run_summary *one = all[i]->last[flow];
		if (one && (!best || one->started > best->started)) {
			best = one;
			*where = i;
		}
	}
	return best;
}

/* Of several environments the gravest counts, within one run. */
static enum result result_of(const struct recent *const *all, unsigned n, enum flow_kind flow, struct str run)
{
	enum result worst = RESULT_OK;
	for (unsigned i = 0; i < n; i++) {
		const struct run_summary *one = all[i]->last[flow];
		if (one && str_eq(one->id, run) && one->result > worst)
			worst = one->result;
	}
	return worst;
}

static void put_last(struct json_writer *w, const struct recent *const *all, unsigned n, enum flow_kind flow)
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

static void put_plans(struct json_writer *w, const struct recent *r)
{
	const struct held_plan *p = r->plans.v;
	json_write_key(w, "plans");
	json_write_begin_array(w);
	for (size_t i = 0; i < r->plans.n; i++)
		print_held_json(w, &p[i]);
	json_write_end_array(w);
}

static void status_json(struct cli *cli, const struct tenant_conf *c, const struct recent *const *all, int64_t now)
{
	struct json_writer *w = &cli->w;
	unsigned n = c->settings.environment_count;
	json_put_text(w, "name", c->name);
	const char *state = state_of(cli, c);
	bool paused = c->paused || strcmp(state, "paused") == 0;
	json_put_text(w, "state", state);
	json_write_key(w, "environments");
	json_write_begin_array(w);
	for (unsigned i = 0; i < n; i++) {
		json_write_begin_object(w);
		json_put_text(w, "environment", c->environments[i].key);
		json_put_int(w, "issues", recent_open_issues(all[i], now));
		put_plans(w, all[i]);
		for (int flow = 0; flow < FLOW_KIND_COUNT; flow++) {
			const struct run_summary *s = all[i]->last[flow];
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
	put_next(w, c, "down", c->down, paused, now);
	put_next(w, c, "up", c->up, paused, now);
	json_write_end_object(w);
	json_write_key(w, "last");
	json_write_begin_object(w);
	put_last(w, all, n, FLOW_DOWN);
	put_last(w, all, n, FLOW_UP);
	json_write_end_object(w);
}

static void status_text(struct cli *cli, const struct tenant_conf *c, const struct recent *const *all, int64_t now)
{
	buf_printf(&cli->out, "%s (%s): %s\n", c->id, c->name, state_of(cli, c));
	for (unsigned i = 0; i < c->settings.environment_count; i++) {
		buf_printf(&cli->out, "  %s: %u open issues\n", c->environments[i].key, recent_open_issues(all[i], now));
		for (int flow = 0; flow < FLOW_KIND_COUNT; flow++) {
			const struct run_summary *s = all[i]->last[flow];
			if (!s)
				continue;
			buf_addz(&cli->out, "    ");
			print_run_text(&cli->out, c->environments[i].key, s);
		}
		const struct held_plan *p = all[i]->plans.v;
		for (size_t k = 0; k < all[i]->plans.n; k++)
			print_held_text(&cli->out, c->id, &p[k]);
	}
}

static void put_nothing(struct json_writer *w, const char *key)
{
	json_write_key(w, key);
	json_write_begin_object(w);
	json_put_null(w, "down");
	json_put_null(w, "up");
	json_write_end_object(w);
}

/* A school whose file has mistakes has a status too: invalid, and why. */
void status_invalid(struct cli *cli, const char *id, struct str mistakes)
{
	const char *live = cli->state_of ? cli->state_of(cli->state_arg, id) : NULL;
	if (!cli->json) {
		buf_printf(&cli->out, "%s: %s\n", id, live ? live : "invalid");
		return;
	}
	json_write_begin_object(&cli->w);
	json_put_text(&cli->w, "tenant", id);
	json_put_text(&cli->w, "state", live ? live : "invalid");
	json_put_str(&cli->w, "error", str_trim(mistakes));
	json_write_key(&cli->w, "environments");
	json_write_begin_array(&cli->w);
	json_write_end_array(&cli->w);
	put_nothing(&cli->w, "next");
	put_nothing(&cli->w, "last");
	json_write_end_object(&cli->w);
}

void status_show(struct cli *cli, const struct tenant_conf *c, const struct recent *const *all, struct str mistakes)
{
	int64_t now = clock_wall_ms(clock_system()) / 1000;
	if (!cli->json) {
		status_text(cli, c, all, now);
		return;
	}
	json_write_begin_object(&cli->w);
	json_put_text(&cli->w, "tenant", c->id);
	if (!str_empty(mistakes))
		json_put_str(&cli->w, "error", str_trim(mistakes));
	status_json(cli, c, all, now);
	json_write_end_object(&cli->w);
}

static void show(struct cli *cli, const struct tenant_conf *c, const struct tour_stop *stops)
{
	unsigned n = c->settings.environment_count;
	const struct recent **all = arena_array(cli->arena, n, sizeof(*all));
	REQUIRE(all);
	for (unsigned i = 0; i < n; i++)
		all[i] = stops[i].seen;
	status_show(cli, c, all, STR_NONE);
}

void status_begin(struct cli *cli)
{
	if (!cli->json)
		return;
	json_write_begin_object(&cli->w);
	json_write_key(&cli->w, "tenants");
	json_write_begin_array(&cli->w);
}

void status_end(struct cli *cli)
{
	if (!cli->json)
		return;
	json_write_end_array(&cli->w);
	json_write_end_object(&cli->w);
}

const struct tour_ops tour_status = { sizeof(struct recent), status_begin, status_end, read_seen, show, status_invalid };
