#include "core/app/cli.h"
#include "core/app/print.h"
#include "tenants/keep.h"
#include "tenants/schedule.h"

#define COUNT_DEFAULT 10
#define COUNT_MOST 1000

/* The next runs of one school, both flows in order of time: what its file says, without the spread. */

struct planned { enum flow_kind flow; int64_t at; };

/* The flow whose next slot comes first; of two at one time, up goes first. */
static bool take_next(const struct tenant_conf *c, int64_t next[FLOW_KIND_COUNT], struct planned *out)
{
	enum flow_kind flow = next[FLOW_UP] <= next[FLOW_DOWN] ? FLOW_UP : FLOW_DOWN;
	if (next[flow] == INT64_MAX)
		return false;
	*out = (struct planned){ flow, next[flow] };
	next[flow] = schedule_next(c->settings.zone, flow == FLOW_UP ? &c->up : &c->down, next[flow]);
	return true;
}

static void show(struct cli *cli, const struct tenant_conf *c, const struct planned *p)
{
	char utc[UTC_TEXT], local[UTC_TEXT], until[UTC_TEXT];
	int64_t postponed = schedule_maintenance_end(p->at);
	utc_iso(p->at, utc);
	local_iso(c->settings.zone, p->at, local);
	if (!cli->json) {
		buf_printf(&cli->out, "%-4s  %s  %s", flow_kind_name(p->flow), local, utc);
		if (postponed)
			buf_printf(&cli->out, "  postponed to %s by Edusign's weekly maintenance", utc_iso(postponed, until));
		buf_addc(&cli->out, '\n');
		return;
	}
	json_write_begin_object(&cli->w);
	json_put_text(&cli->w, "flow", flow_kind_name(p->flow));
	json_put_text(&cli->w, "due_utc", utc);
	json_put_text(&cli->w, "due_local", local);
	print_time_json(&cli->w, "postponed_utc", postponed);
	json_write_end_object(&cli->w);
}

static int read_options(struct cli *cli, int64_t *from, int64_t *count)
{
	*from = clock_wall_ms(clock_system()) / 1000;
	*count = COUNT_DEFAULT;
	if (cli->from && utc_parse(str_of(cli->from), from) != 0) {
		buf_printf(&cli->why, "--from: \"%s\" is no time, expected for instance 2026-11-23T11:00:00Z\n", cli->from);
		return EXIT_USAGE;
	}
	if (cli->count && (str_to_int64(str_of(cli->count), count) != 0 || *count < 1 || *count > COUNT_MOST)) {
		buf_printf(&cli->why, "--count: \"%s\" is not a number from 1 to %d\n", cli->count, COUNT_MOST);
		return EXIT_USAGE;
	}
	return EXIT_DONE;
}

int cmd_schedule(struct cli *cli)
{
	struct texts schools;
	struct tenant_conf *c = NULL;
	int64_t from, count;
	int status = read_options(cli, &from, &count);
	if (status == EXIT_DONE)
		status = cli_schools(cli, 0, &schools);
	if (status == EXIT_DONE && wiring_conf(cli->conf, schools.v[0].p, &c, &cli->why))
		status = EXIT_USAGE;
	if (status)
		return status;
	int64_t next[FLOW_KIND_COUNT] = {
		[FLOW_DOWN] = schedule_next(c->settings.zone, &c->down, from - 1),
		[FLOW_UP] = schedule_next(c->settings.zone, &c->up, from - 1),
	};
	struct planned p;
	if (cli->json)
		json_write_begin_array(&cli->w);
	else if (c->paused || keep_is_paused(cli->conf->data, c->id))
		buf_printf(&cli->out, "%s is paused: none of these will run\n", c->id);
	for (int64_t i = 0; i < count && take_next(c, next, &p); i++)
		show(cli, c, &p);
	if (cli->json)
		json_write_end_array(&cli->w);
	tenant_conf_free(&c);
	return EXIT_DONE;
}
