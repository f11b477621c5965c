/* Answers to held plans: approve and discard. */

#include "core/app/answer.h"
#include "core/app/print.h"
#include "core/app/progress.h"
#include "core/app/remote.h"
#include "core/app/sync.h"

static void on_answered(struct answer *a)
{
	loop_stop(a->rig->loop);
}

static int run_approved(struct cli *cli, struct rig *rig, struct tenant_conf *conf, enum flow_kind flow)
{
	struct wiring *wiring = NULL;
	if (wiring_open(rig, conf, &wiring, &cli->why))
		return EXIT_USAGE;
	struct progress progress;
	progress_init(&progress);
	struct sync sync;
	sync_run(&sync, wiring,
	         &(struct sync_options){.kind = flow,
	                                .approved = cli->args[1],
	                                .by = cli->by,
	                                .progress = progress_show,
	                                .progress_arg = &progress});
	progress_clear(&progress);
	int status = answer_told_run(cli, sync.report);
	sync_free(&sync);
	wiring_close(&wiring);
	return status;
}

static int answer_here(struct cli *cli, enum held_answer kind)
{
	struct texts schools;
	struct tenant_conf *conf = NULL;
	struct rig *rig = NULL;
	const char *plan = cli->args[1];
	cli->arg_count = 1;
	int status = cli_schools(cli, 0, &schools);
	cli->arg_count = 2;
	if (status == EXIT_DONE)
		status = cli_rig(cli, &rig);
	if (status)
		return status;
	if (wiring_conf(cli->conf, cli->args[0], &conf, &cli->why)) {
		rig_close(&rig);
		return EXIT_USAGE;
	}
	struct answer a;
	answer_init(&a, rig, conf, kind, plan, cli->by, cli->reason);
	a.done = on_answered;
	answer_start(&a);
	loop_run(rig->loop);
	if (a.error || kind == HELD_DISCARDED) {
		status = answer_told(cli, kind, &a, a.error);
		tenant_conf_free(&conf);
	} else {
		status = run_approved(cli, rig, conf, a.held.flow);
	}
	answer_deinit(&a);
	rig_close(&rig);
	return status;
}

static int answer_plan(struct cli *cli, enum held_answer kind, const char *command)
{
	int status;
	if (remote_ask(cli, command, &status))
		return status;
	return answer_here(cli, kind);
}

int cmd_approve(struct cli *cli)
{
	return answer_plan(cli, HELD_APPROVED, "approve");
}

int cmd_discard(struct cli *cli)
{
	return answer_plan(cli, HELD_DISCARDED, "discard");
}
