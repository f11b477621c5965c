#include <string.h>

#include "core/app/cli.h"
#include "core/app/remote.h"

/*
 * What passerelle remembers of an environment is put aside, and the next run begins as with a lost store: it reads
 * the account and takes over what it once made. Nothing is written to Edusign or Yparéo for that, and nothing is
 * deleted.
 */

int rebuild_told(struct cli *cli, int error, const char *detail)
{
	const char *id = cli->args[0], *key = cli->args[1];
	if (error == ERR_NOT_FOUND) {
		buf_printf(&cli->why,
		           "%s: there is no store of an environment \"%s\": passerelle status %s lists them; one "
		           "that is missing is made by the next run\n",
		           id, key, id);
		return EXIT_USAGE;
	}
	if (error) {
		buf_printf(&cli->why, "%s %s: the store cannot be put aside: %s%s%s\n", id, key, err_text(error),
		           detail[0] ? ": " : "", detail);
		return EXIT_FAILED;
	}
	if (cli->json) {
		json_write_begin_object(&cli->w);
		json_put_text(&cli->w, "tenant", id);
		json_put_text(&cli->w, "environment", key);
		json_put_text(&cli->w, "aside", detail);
		json_write_end_object(&cli->w);
		return EXIT_DONE;
	}
	buf_printf(&cli->out,
	           "%s %s: what was known is now %s/%s\nthe next run reads Edusign and takes over what is there: "
	           "passerelle sync %s down\n",
	           id, key, cli->conf->data, detail, id);
	return EXIT_DONE;
}

struct waited {
	struct store_job job;
	struct loop *loop;
};

static void on_aside(struct store_job *job)
{
	loop_stop(list_entry(job, struct waited, job)->loop);
}

int cmd_rebuild(struct cli *cli)
{
	struct rig *rig = NULL;
	int status;
	if (remote_ask(cli, "rebuild", &status))
		return status;
	const char *id = cli->args[0], *key = cli->args[1];
	struct tenant_conf *conf = NULL;
	if (wiring_conf(cli->conf, id, &conf, &cli->why))
		return EXIT_USAGE;
	unsigned i = 0;
	while (i < conf->settings.environment_count && strcmp(conf->environments[i].key, key) != 0)
		i++;
	bool known = i < conf->settings.environment_count;
	tenant_conf_free(&conf);
	if (!known)
		return rebuild_told(cli, ERR_NOT_FOUND, "");
	status = cli_rig(cli, &rig);
	if (status)
		return status;
	struct waited w = {.job = {.after = on_aside}, .loop = rig->loop};
	struct store *store = store_ref(rig->stores, id, key);
	store_set_aside(store, &w.job);
	loop_run(rig->loop);
	store_unref(&store);
	status = rebuild_told(cli, w.job.error, w.job.detail);
	rig_close(&rig);
	return status;
}
