#include <string.h>
#include <unistd.h>

#include "core/app/access.h"
#include "core/app/cli.h"
#include "core/app/owner.h"
#include "core/app/probe.h"

static void put_lines(struct json_writer *w, const char *key, struct str text)
{
	json_write_key(w, key);
	json_write_begin_array(w);
	while (text.n) {
		const char *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;
		if (n)
			json_write_str(w, (struct str){text.p, n});
		n += end != NULL;
		text = (struct str){text.p + n, text.n - n};
	}
	json_write_end_array(w);
}

/* A choice that comes to nothing as passerelle.json is: said, and no mistake of the school's file. */
static void note_mail(const struct tenant_conf *c, const struct conf *conf, struct buf *out)
{
	if (conf->smtp_url)
		return;
	if (c->settings.tutor_reports)
		buf_addz(out, "options.tutor_reports: no mail leaves, passerelle.json names no mail server (smtp)\n");
	if (c->notify.email.n)
		buf_addz(out, "notify.email: no mail leaves, passerelle.json names no mail server (smtp)\n");
}

/* One school; returns what it adds to the exit status. */
static int check_one(struct cli *cli, struct rig *rig, const char *id)
{
	struct buf mistakes, tried;
	buf_init(&mistakes, 0);
	buf_init(&tried, 0);
	struct tenant_conf *conf = NULL;
	struct wiring *wiring = NULL;
	int status = EXIT_DONE;
	bool refused = false;
	if (wiring_conf(cli->conf, id, &conf, &mistakes) || wiring_open(rig, conf, &wiring, &mistakes)) {
		status = EXIT_USAGE;
	} else if (cli->probe) {
		refused = probe_school(wiring, &tried) != 0;
		status = refused ? EXIT_FAILED : EXIT_DONE;
	}
	if (wiring)
		note_mail(wiring->conf, cli->conf, &tried);
	if (cli->json) {
		json_write_begin_object(&cli->w);
		json_put_text(&cli->w, "tenant", id);
		json_put_bool(&cli->w, "ok", status == EXIT_DONE);
		put_lines(&cli->w, "mistakes", buf_str(&mistakes));
		put_lines(&cli->w, "probe", buf_str(&tried));
		json_write_end_object(&cli->w);
	} else {
		buf_printf(&cli->out, "%s: %s\n", id,
		           status == EXIT_DONE ? "good"
		           : refused           ? "something does not work"
		                               : "has mistakes");
		buf_add(&cli->out, tried.p, tried.n);
	}
	buf_add(&cli->why, mistakes.p, mistakes.n);
	wiring_close(&wiring);
	buf_deinit(&mistakes);
	buf_deinit(&tried);
	return status;
}

int cmd_check(struct cli *cli)
{
	struct texts schools;
	struct rig *rig = NULL;
	struct access_list *tokens = NULL;
	/* what the daemon may read is what counts; nobody else can become its user */
	if (geteuid() == 0 && owner_become(cli->conf->data, &cli->why))
		return EXIT_UNREACHABLE;
	int status = cli_schools(cli, 0, &schools);
	if (status)
		return status;
	if (rig_open(cli->conf, false, &rig, &cli->why))
		return EXIT_FAILED;
	if (cli->json) {
		json_write_begin_object(&cli->w);
		json_write_key(&cli->w, "tenants");
		json_write_begin_array(&cli->w);
	}
	if (cli->conf->http_token_file && access_read(cli->conf->http_token_file, NULL, &tokens, &cli->why))
		status = EXIT_USAGE;
	access_free(&tokens);
	for (size_t i = 0; i < schools.n; i++) {
		int one = check_one(cli, rig, schools.v[i].p);
		if (one > status)
			status = one;
	}
	if (!schools.n)
		buf_printf(&cli->why, "%s holds no school's file (*.json)\n", cli->conf->tenants);
	if (cli->json) {
		json_write_end_array(&cli->w);
		json_write_end_object(&cli->w);
	}
	rig_close(&rig);
	return status;
}
