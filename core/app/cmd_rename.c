#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/app/cli.h"
#include "tenants/confdir.h"

/* A school's data under another name. Its file is the operator's to rename: it may lie where the data's owner may not write. */

static int path_of(struct cli *cli, const char *folder, const char *id, const char *tail, char out[4096])
{
	if (!tenant_id_valid(str_of(id))) {
		buf_printf(&cli->why, "\"%s\" is no school's id: a-z, 0-9 and '-', at most 63\n", id);
		return EXIT_USAGE;
	}
	int n = snprintf(out, 4096, "%s/%s%s", folder, id, tail);
	return n > 0 && n < 4096 ? EXIT_DONE : EXIT_USAGE;
}

/* The new name has to survive a loss of power as the data does. */
static int sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	int rc = fsync(fd) ? -errno : 0;
	close(fd);
	return rc;
}

struct will {
	const struct store *store;
	struct str heir;
};

static int write_will(struct store_txn *txn, void *arg)
{
	const struct will *w = arg;
	store_bequeath(txn, w->store, w->heir);
	return 0;
}

/* Each store bears its school's name. First they all may bear either, then the folder moves: cut short anywhere, the old name still works. */
static int bequeath(struct cli *cli, struct rig *rig, const char *old)
{
	DIR *d = opendir(old);
	int status = d ? EXIT_DONE : EXIT_FAILED;
	for (const struct dirent *e; status == EXIT_DONE && (e = readdir(d));) {
		/* what no school of this name can have is not opened, only moved */
		if (e->d_name[strspn(e->d_name, "abcdefghijklmnopqrstuvwxyz0123456789-")] || !store_exists(rig->stores, cli->args[0], e->d_name))
			continue;
		struct store *store = store_ref(rig->stores, cli->args[0], e->d_name);
		struct will w = { store, str_of(cli->args[1]) };
		int rc = rig_work(rig, cli->args[0], e->d_name, true, write_will, &w);
		store_unref(&store);
		if (rc) {
			buf_printf(&cli->why, "%s/%s cannot be written: %s: nothing is renamed\n", old, e->d_name, err_text(rc));
			status = EXIT_FAILED;
		}
	}
	if (d)
		closedir(d);
	return status;
}

static int move(struct cli *cli, struct rig *rig, const char *old, const char *new)
{
	struct stat st;
	if (stat(old, &st) || !S_ISDIR(st.st_mode)) {
		buf_printf(&cli->why, "%s: %s has no data of that school\n", cli->args[0], cli->conf->data);
		return EXIT_USAGE;
	}
	if (lstat(new, &st) == 0) {
		buf_printf(&cli->why, "%s: %s has data of that name already, nothing is changed: move %s away if it is not wanted\n", cli->args[1],
		           cli->conf->data, new);
		return EXIT_USAGE;
	}
	int status = bequeath(cli, rig, old);
	if (status)
		return status;
	if (rename(old, new) || sync_folder(cli->conf->data)) {
		buf_printf(&cli->why, "%s cannot be renamed to %s: %s\n", old, new, strerror(errno));
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

int cmd_rename(struct cli *cli)
{
	char old[4096], new[4096], file[4096];
	struct rig *rig = NULL;
	struct stat st;
	int status = path_of(cli, cli->conf->data, cli->args[0], "", old);
	if (status == EXIT_DONE)
		status = path_of(cli, cli->conf->data, cli->args[1], "", new);
	if (status == EXIT_DONE)
		status = path_of(cli, cli->conf->tenants, cli->args[1], ".json", file);
	if (status == EXIT_DONE)
		status = cli_rig(cli, &rig); /* its lock: no run of it is under way */
	if (status)
		return status;
	status = move(cli, rig, old, new);
	rig_close(&rig);
	if (status)
		return status;
	bool filed = stat(file, &st) == 0;
	if (cli->json) {
		json_write_begin_object(&cli->w);
		json_put_text(&cli->w, "old", cli->args[0]);
		json_put_text(&cli->w, "new", cli->args[1]);
		json_put_bool(&cli->w, "file", filed);
		json_write_end_object(&cli->w);
		return EXIT_DONE;
	}
	buf_printf(&cli->out, "%s is %s now\n", cli->args[0], cli->args[1]);
	if (!filed)
		buf_printf(&cli->out, "its file is still to be renamed: mv %s/%s.json %s\n", cli->conf->tenants, cli->args[0], file);
	return EXIT_DONE;
}
