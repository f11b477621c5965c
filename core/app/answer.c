#include "core/app/answer.h"

#include <stdlib.h>
#include <string.h>

#include "core/app/print.h"

#define ARENA_MOST (64u << 20)

void answer_init(struct answer *a, struct rig *rig, const struct tenant_conf *conf, enum held_answer kind,
                 const char *plan, const char *by, const char *why)
{
	*a = (struct answer){.rig = rig, .conf = conf, .kind = kind, .error = ERR_NOT_FOUND};
	a->plan = xstrdup(plan);
	a->by = xstrdup(by ? by : "");
	a->why = xstrdup(why ? why : "");
	a->arena = arena_new(ARENA_MOST);
}

void answer_deinit(struct answer *a)
{
	free(a->plan);
	free(a->by);
	free(a->why);
	arena_free(&a->arena);
}

static int work(struct store_txn *txn, struct store_job *job)
{
	struct answer *a = list_entry(job, struct answer, job);
	const struct held_reply reply = {.plan = str_of(a->plan),
	                                 .answer = a->kind,
	                                 .by = str_of(a->by),
	                                 .why = str_of(a->why),
	                                 .at = loop_wall_ms(a->rig->loop) / 1000};
	return held_answer(txn, a->arena, &reply, &a->held);
}

static void next(struct answer *a);

static void after(struct store_job *job)
{
	struct answer *a = list_entry(job, struct answer, job);
	store_unref(&a->store);
	if (job->error == 0) {
		a->error = 0;
		a->environment = a->conf->environments[a->at].key;
		a->done(a);
		return;
	}
	if (job->error != ERR_NOT_FOUND)
		a->error = job->error; /* another environment may hold it all the same */
	a->at++;
	next(a);
}

static void next(struct answer *a)
{
	if (a->at == a->conf->settings.environment_count) {
		a->done(a);
		return;
	}
	a->store = store_ref(a->rig->stores, a->conf->id, a->conf->environments[a->at].key);
	a->job = (struct store_job){.write = true, .work = work, .after = after};
	store_submit(a->store, &a->job);
}

void answer_start(struct answer *a)
{
	next(a);
}

/* ---- told ---- */

static void tell_error(struct cli *cli, int error)
{
	const char *id = cli->args[0], *plan = cli->args[1];
	if (error == ERR_NOT_FOUND)
		buf_printf(&cli->why,
		           "%s: no plan %s waits for an answer: passerelle status %s lists those that do\n", id, plan,
		           id);
	else
		buf_printf(&cli->why, "%s: the answer could not be kept, and nothing was done: %s\n", id,
		           err_text(error));
}

int answer_told(struct cli *cli, enum held_answer kind, const struct answer *a, int error)
{
	if (error) {
		tell_error(cli, error);
		return error == ERR_NOT_FOUND ? EXIT_USAGE : EXIT_FAILED;
	}
	const char *id = cli->args[0];
	if (cli->json) {
		json_write_begin_object(&cli->w);
		json_put_text(&cli->w, "tenant", id);
		json_put_text(&cli->w, "environment", a->environment);
		json_write_key(&cli->w, "plan");
		print_held_json(&cli->w, &a->held);
		json_write_end_object(&cli->w);
		return EXIT_DONE;
	}
	buf_printf(&cli->out, "%s %s: %s\n", id, a->environment, held_answer_name(kind));
	print_held_text(&cli->out, id, &a->held);
	buf_addz(&cli->out, "    these stay undone, and nobody is asked again while they are the same\n");
	return EXIT_DONE;
}

int answer_told_run(struct cli *cli, const struct report *report)
{
	if (cli->json)
		print_report_json(&cli->w, report);
	else
		print_report_text(&cli->out, report);
	if (!report_nothing_left(report))
		return result_exit(report->result);
	buf_printf(&cli->why,
	           "%s: nothing of plan %s is wanted any more just as it was held, and nothing was written: "
	           "passerelle plan %s %s shows what is wanted now\n",
	           cli->args[0], cli->args[1], cli->args[0], flow_kind_name(report->flow));
	return EXIT_USAGE;
}
