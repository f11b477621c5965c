/* What the stores remember: issues, history. */

#include <stdio.h>
#include <string.h>

#include "core/app/print.h"
#include "core/app/tour.h"
#include "core/sync/wording.h"

#define RUNS_MOST   100

/* What one look into a store finds. */
struct look {
	struct items list, answers, deeds;
};

static void begin_list(struct cli *cli)
{
	if (cli->json)
		json_write_begin_array(&cli->w);
}

static void end_list(struct cli *cli)
{
	if (cli->json)
		json_write_end_array(&cli->w);
}

static int64_t now(void)
{
	return clock_wall_ms(clock_system()) / 1000;
}

/* ---- issues ---- */

static int read_issues(struct store_txn *txn, struct cli *cli, void *seen)
{
	struct look *l = seen;
	return state_issues(txn, cli->arena, &l->list);
}

static bool is_open(const struct issue *i)
{
	return !i->until || i->until >= now();
}

/* Those that one kind of people can mend, under its name. */
static void show_owned(struct cli *cli, const struct items *list, enum issue_owner owner)
{
	static const char *const headings[OWNER_COUNT] = {"for the school office", "for the operator",
	                                                  "for the vendor's support, if it stays"};
	const struct issue *all = list->v;
	bool first = true;
	for (size_t i = 0; i < list->n; i++) {
		if (!is_open(&all[i]) || issue_owner(&all[i]) != owner)
			continue;
		if (first)
			buf_printf(&cli->out, "  %s:\n", headings[owner]);
		first = false;
		print_issue_text(&cli->out, &all[i]);
	}
}

static void show_issues(struct cli *cli, const struct tenant_conf *c, const struct tour_stop *stops)
{
	for (unsigned k = 0; k < c->settings.environment_count; k++) {
		const struct look *l = stops[k].seen;
		const struct issue *all = l->list.v;
		bool any = false;
		for (size_t i = 0; i < l->list.n; i++) {
			any = any || is_open(&all[i]);
			if (cli->json && is_open(&all[i]))
				print_issue_json(&cli->w, c->id, stops[k].key, &all[i]);
		}
		if (cli->json || !any)
			continue;
		buf_printf(&cli->out, "%s %s\n", c->id, stops[k].key);
		for (int owner = 0; owner < OWNER_COUNT; owner++)
			show_owned(cli, &l->list, (enum issue_owner)owner);
	}
}

static void end_issues(struct cli *cli)
{
	end_list(cli);
	if (!cli->json && !cli->out.n && !cli->why.n)
		buf_addz(&cli->out, "no open issues\n");
}

const struct tour_ops tour_issues = { sizeof(struct look), begin_list, end_issues, read_issues, show_issues, NULL };

/* ---- history ---- */

static int read_runs(struct store_txn *txn, struct cli *cli, void *seen)
{
	struct look *l = seen;
	int rc = state_runs(txn, cli->arena, RUNS_MOST, &l->list);
	rc = rc ? rc : held_history(txn, cli->arena, RUNS_MOST, &l->answers);
	return rc ? rc : state_deeds(txn, cli->arena, RUNS_MOST, &l->deeds);
}

static void show_answer(struct cli *cli, const struct tenant_conf *c, const char *key, const struct held_line *a)
{
	if (cli->json)
		print_answer_json(&cli->w, c->id, key, a);
	else
		print_answer_text(&cli->out, key, a);
}

static void show_deed(struct cli *cli, const struct tenant_conf *c, const char *key, const struct deed *d)
{
	if (cli->json)
		print_deed_json(&cli->w, c->id, key, d);
	else
		print_deed_text(&cli->out, d);
}

/* What people answered and did since a time, latest first. */
static void show_since(struct cli *cli, const struct tenant_conf *c, const char *key, const struct look *l, int64_t since, size_t *answer,
                       size_t *deed)
{
	const struct held_line *answers = l->answers.v;
	const struct deed *deeds = l->deeds.v;
	for (;;) {
		const struct held_line *a = *answer < l->answers.n && answers[*answer].at > since ? &answers[*answer] : NULL;
		const struct deed *d = *deed < l->deeds.n && deeds[*deed].at > since ? &deeds[*deed] : NULL;
		if (a && (!d || a->at >= d->at)) {
			show_answer(cli, c, key, a);
			(*answer)++;
		} else if (d) {
			show_deed(cli, c, key, d);
			(*deed)++;
		} else {
			return;
		}
	}
}

/* Runs and what people did beside them, latest first. */
static void show_runs(struct cli *cli, const struct tenant_conf *c, const struct tour_stop *stops)
{
	for (unsigned k = 0; k < c->settings.environment_count; k++) {
		const struct look *l = stops[k].seen;
		const struct run_summary *all = l->list.v;
		size_t answer = 0, deed = 0;
		for (size_t i = 0; i < l->list.n; i++) {
			show_since(cli, c, stops[k].key, l, all[i].started, &answer, &deed);
			if (cli->json)
				print_run_json(&cli->w, c->id, stops[k].key, &all[i]);
			else
				print_run_text(&cli->out, stops[k].key, &all[i]);
		}
		show_since(cli, c, stops[k].key, l, INT64_MIN, &answer, &deed);
	}
}

static void end_runs(struct cli *cli)
{
	end_list(cli);
	if (!cli->json && !cli->out.n && !cli->why.n)
		buf_addz(&cli->out, "no runs yet\n");
}

const struct tour_ops tour_history = { sizeof(struct look), begin_list, end_runs, read_runs, show_runs, NULL };
