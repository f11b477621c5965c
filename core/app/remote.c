#include "core/app/remote.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/app/progress.h"

#define ANSWER_MOST (64u << 20)

/* 0: a daemon listens; else -errno. */
static int knock(const char *path)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(to.sun_path))
		return -ENAMETOOLONG;
	memcpy(to.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	int rc = connect(fd, (struct sockaddr *)&to, sizeof(to)) ? -errno : 0;
	close(fd);
	return rc;
}

struct remote {
	struct cli *cli;
	struct rig *rig;
	struct fetch command;
	struct buf line; /* of the answer; the last one is the result */
	bool lines;      /* it comes in lines */
	struct progress progress;
	struct arena *scratch;
};

static void show_progress(struct remote *r, const struct json *p)
{
	struct str environment = json_text(json_get(p, "environment")), step = json_text(json_get(p, "step"));
	const char *e = arena_printf(r->scratch, "%.*s", (int)environment.n, environment.p);
	const char *s = arena_printf(r->scratch, "%.*s", (int)step.n, step.p);
	if (e && s)
		progress_show(&r->progress, e, s, (unsigned)json_int(json_get(p, "done"), 0),
		              (unsigned)json_int(json_get(p, "all"), 0));
}

/* The line that is whole says how far the run is, or is the result and stays. */
static void end_line(struct remote *r)
{
	const struct json *j;
	arena_reset(r->scratch);
	if (json_parse(r->scratch, buf_str(&r->line), NULL, &j, NULL, NULL) || !json_get(j, "progress"))
		return;
	show_progress(r, json_get(j, "progress"));
	buf_clear(&r->line);
}

static int take(void *arg, const char *p, size_t n)
{
	struct remote *r = arg;
	while (n) {
		const char *end = r->lines ? memchr(p, '\n', n) : NULL;
		size_t part = end ? (size_t)(end - p) : n;
		buf_add(&r->line, p, part);
		if (end) {
			end_line(r);
			part++;
		}
		p += part;
		n -= part;
	}
	return buf_error(&r->line);
}

static void on_command(struct fetch *f)
{
	struct remote *r = list_entry(f, struct remote, command);
	loop_stop(r->rig->loop);
}

static void body_of(const struct cli *cli, bool progress, struct buf *out)
{
	struct json_writer w;
	json_write_init(&w, out, false);
	json_write_begin_object(&w);
	json_write_key(&w, "args");
	json_write_begin_array(&w);
	for (int i = 0; i < cli->arg_count; i++)
		json_write_text(&w, cli->args[i]);
	json_write_end_array(&w);
	json_put_bool(&w, "json", cli->json);
	if (progress)
		json_put_bool(&w, "progress", true);
	for (int i = 0; i < EXPLAIN_OF_COUNT; i++)
		if (cli->asked[i])
			json_put_text(&w, explain_of_name((enum explain_of)i), cli->asked[i]);
	if (cli->memory)
		json_put_bool(&w, "memory", true);
	if (cli->tutor)
		json_put_text(&w, "tutor", cli->tutor);
	if (cli->erase)
		json_put_bool(&w, "erase", true);
	if (cli->force)
		json_put_bool(&w, "force", true);
	if (cli->from)
		json_put_text(&w, "from", cli->from);
	if (cli->to)
		json_put_text(&w, "to", cli->to);
	if (cli->reason)
		json_put_text(&w, "reason", cli->reason);
	json_write_end_object(&w);
}

static int read_answer(struct remote *r)
{
	struct cli *cli = r->cli;
	const struct fetch_reply *reply = &r->command.reply;
	const struct json *j;
	const struct json_options options = {.max_text = ANSWER_MOST};
	if (reply->code) {
		buf_printf(&cli->why,
		           "the daemon's answer was lost: %s; what it was doing goes on if it lives: see status and "
		           "history\n",
		           err_text(reply->code));
		return EXIT_UNREACHABLE;
	}
	if (reply->status != 200) {
		buf_printf(&cli->why, "the daemon refused: %s\n", reply->head_n ? reply->head : "no reason given");
		return EXIT_UNREACHABLE;
	}
	if (json_parse(cli->arena, buf_str(&r->line), &options, &j, NULL, NULL) || !json_get(j, "exit")) {
		buf_addz(&cli->why, "the daemon's answer cannot be read: is it of another version? Restart it\n");
		return EXIT_UNREACHABLE;
	}
	struct str out = json_text(json_get(j, "out")), why = json_text(json_get(j, "why"));
	/* finish() ends the document with its own line end */
	if (cli->json)
		out = str_trim(out);
	buf_add(&cli->out, out.p, out.n);
	buf_add(&cli->why, why.p, why.n);
	return (int)json_int(json_get(j, "exit"), EXIT_UNREACHABLE);
}

static int ask(struct remote *r, const char *command)
{
	struct cli *cli = r->cli;
	const struct fetch_lane_limits limits = {.concurrency = 1};
	struct fetch_lane *lane = fetch_lane_new(r->rig->hub, "control", &limits);
	struct buf body, address;
	buf_init(&body, 0);
	buf_init(&address, 0);
	body_of(cli, r->lines, &body);
	buf_printf(&address, "http://localhost/v1/commands/%s", command);
	r->command.lane = lane;
	r->command.done = on_command;
	r->command.request = (struct fetch_request){.method = FETCH_POST,
	                                            .effect = FETCH_WRITE_ONCE,
	                                            .url = address.p,
	                                            .body = buf_str(&body),
	                                            .unix_socket = cli->conf->control,
	                                            .timeout_ms = UINT32_C(24) * 3600 * 1000,
	                                            .max_body = ANSWER_MOST,
	                                            .sink = take,
	                                            .sink_arg = r};
	fetch_start(&r->command);
	loop_run(r->rig->loop);
	progress_clear(&r->progress);
	int status = read_answer(r);
	fetch_lane_free(&lane);
	buf_deinit(&address);
	buf_deinit(&body);
	return status;
}

bool remote_ask(struct cli *cli, const char *command, int *status)
{
	int rc = knock(cli->conf->control);
	if (rc == -ENOENT || rc == -ECONNREFUSED || rc == -ENOTDIR || rc == -ENAMETOOLONG)
		return false;
	struct remote r = {.cli = cli};
	if (rc)
		buf_printf(&cli->why, "the daemon's socket %s cannot be used: %s: run this as the daemon's user\n",
		           cli->conf->control, err_text(rc));
	if (rc || rig_open(cli->conf, false, &r.rig, &cli->why)) {
		*status = EXIT_UNREACHABLE;
		return true;
	}
	buf_init(&r.line, ANSWER_MOST);
	r.scratch = arena_new(1 << 20);
	progress_init(&r.progress);
	r.lines = r.progress.on; /* what runs nothing is answered at once */
	*status = ask(&r, command);
	rig_close(&r.rig);
	arena_free(&r.scratch);
	buf_deinit(&r.line);
	return true;
}
