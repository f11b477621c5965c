/* What a school that only looks on has found, day by day. */

#include "core/app/print.h"
#include "core/app/tour.h"
#include "core/sync/shadow.h"

static int read_reports(struct store_txn *txn, struct cli *cli, void *seen)
{
	return shadow_list(txn, cli->arena, seen);
}

static void begin(struct cli *cli)
{
	if (cli->json)
		json_write_begin_array(&cli->w);
}

static void end(struct cli *cli)
{
	if (cli->json)
		json_write_end_array(&cli->w);
	else if (!cli->out.n && !cli->why.n)
		buf_addz(&cli->out, "nothing was compared yet: put \"mode\": \"shadow\" into the school's file, then passerelle sync\n");
}

static void show_json(struct cli *cli, const struct tenant_conf *c, const char *key, const struct shadow_report *r)
{
	json_write_begin_object(&cli->w);
	json_put_text(&cli->w, "tenant", c->id);
	json_put_text(&cli->w, "environment", key);
	json_put_text(&cli->w, "flow", flow_kind_name(r->flow));
	print_time_json(&cli->w, "at", r->at);
	print_shadow_json(&cli->w, r);
	json_write_end_object(&cli->w);
}

/* The days as a table, and of each flow's last comparison every record that does not agree. */
static void show(struct cli *cli, const struct tenant_conf *c, const struct tour_stop *stops)
{
	for (unsigned k = 0; k < c->settings.environment_count; k++) {
		const struct items *all = stops[k].seen;
		const struct shadow_report *r = all->v;
		bool told[FLOW_KIND_COUNT] = {false};
		if (all->n && !cli->json)
			buf_printf(&cli->out, "%s %s\n", c->id, stops[k].key);
		for (size_t i = 0; i < all->n; i++) {
			if (cli->json)
				show_json(cli, c, stops[k].key, &r[i]);
			else
				print_shadow_line(&cli->out, &r[i]);
		}
		for (size_t i = 0; i < all->n && !cli->json; i++) {
			if (!told[r[i].flow])
				print_shadow_findings(&cli->out, &r[i]);
			told[r[i].flow] = true;
		}
	}
}

const struct tour_ops tour_shadow = {sizeof(struct items), begin, end, read_reports, show, NULL, 0};
