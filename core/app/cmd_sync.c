#include <string.h>

#include "core/app/cli.h"
#include "core/app/print.h"
#include "core/app/progress.h"
#include "core/app/remote.h"
#include "core/app/retention.h"
#include "core/app/sync.h"

static int flow_of(struct cli *cli, const char *word, enum flow_kind *out)
{
	for (int k = 0; k < FLOW_KIND_COUNT; k++) {
		if (strcmp(word, flow_kind_name((enum flow_kind)k)) == 0) {
			*out = (enum flow_kind)k;
			return EXIT_DONE;
		}
	}
	buf_printf(&cli->why, "\"%s\" is no flow, expected down or up\n", word);
	return EXIT_USAGE;
}

static void show(struct cli *cli, const struct report *report)
{
	if (cli->json)
		print_report_json(&cli->w, report);
	else
		print_report_text(&cli->out, report);
}

static int run_flow(struct cli *cli, bool plan_only)
{
	enum flow_kind kind;
	struct texts schools;
	int status = flow_of(cli, cli->args[1], &kind);
	if (status || remote_ask(cli, plan_only ? "plan" : "sync", &status))
		return status;
	cli->arg_count = 1;
	status = cli_schools(cli, 0, &schools);
	struct rig *rig = NULL;
	if (status == EXIT_DONE)
		status = cli_rig(cli, &rig);
	if (status)
		return status;
	struct tenant_conf *conf = NULL;
	struct wiring *wiring = NULL;
	if (wiring_conf(cli->conf, schools.v[0].p, &conf, &cli->why) || wiring_open(rig, conf, &wiring, &cli->why)) {
		rig_close(&rig);
		return EXIT_USAGE;
	}
	struct progress progress;
	progress_init(&progress);
	struct sync sync;
	sync_run(&sync, wiring,
	         &(struct sync_options){.kind = kind,
	                                .plan_only = plan_only,
	                                .by = cli->by,
	                                .progress = progress_show,
	                                .progress_arg = &progress});
	progress_clear(&progress);
	show(cli, sync.report);
	status = result_exit(sync.report->result);
	sync_free(&sync);
	if (!plan_only)
		retention_now(wiring);
	wiring_close(&wiring);
	rig_close(&rig);
	return status;
}

int cmd_plan(struct cli *cli)
{
	return run_flow(cli, true);
}

int cmd_sync(struct cli *cli)
{
	return run_flow(cli, false);
}

static int need_daemon(struct cli *cli, const char *command)
{
	int status;
	if (remote_ask(cli, command, &status))
		return status;
	buf_printf(&cli->why, "no daemon listens on %s: without one there are no runs by schedule\n", cli->conf->control);
	return EXIT_UNREACHABLE;
}

int cmd_pause(struct cli *cli)
{
	return need_daemon(cli, "pause");
}

int cmd_resume(struct cli *cli)
{
	return need_daemon(cli, "resume");
}
