#include "core/app/remote.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/app/progress.h"

#define ANSWER_MOST   (64u << 20)
#define LOOK_EVERY_MS 300

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
	struct fetch command, look;
	struct buf answer, seen;
	struct loop_timer again;
	struct progress progress;
	struct arena *scratch;
};

static int take(void *arg, const char *p, size_t n)
{
	struct buf *b = arg;
	buf_add(b, p, n);
	return buf_error(b);
}

static void on_command(struct fetch *f)
{
	struct remote *r = list_entry(f, struct remote, command);
	loop_stop(r->rig->loop);
}

static void on_look(struct fetch *f)
{
	struct remote *r = list_entry(f, struct remote, look);
	const struct json *j;
	arena_reset(r->scratch);
	if (f->reply.code == 0 && f->reply.status == 200 &&
	    json_parse(r->scratch, buf_str(&r->seen), NULL, &j, NULL, NULL) == 0 && json_get(j, "step")) {
		struct str environment = json_text(json_get(j, "environment")), step = json_text(json_get(j, "step"));
		const char *e = arena_printf(r->scratch, "%.*s", (int)environment.n, environment.p);
		const char *s = arena_printf(r->scratch, "%.*s", (int)step.n, step.p);
		if (e && s)
			progress_show(&r->progress, e, s, (unsigned)json_int(json_get(j, "done"), 0),
			              (unsigned)json_int(json_get(j, "all"), 0));
	}
	loop_timer_start(r->rig->loop, &r->again, LOOK_EVERY_MS);
}

static void on_again(struct loop_timer *t)
{
	struct remote *r = list_entry(t, struct remote, again);
	buf_clear(&r->seen);
	fetch_start(&r->look);
}

static void body_of(const struct cli *cli, struct buf *out)
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
	if (cli->learner)
		json_put_text(&w, "learner", cli->learner);
	if (cli->session)
		json_put_text(&w, "session", cli->session);
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
	if (json_parse(cli->arena, buf_str(&r->answer), &options, &j, NULL, NULL) || !json_get(j, "exit")) {
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
	const struct fetch_lane_limits limits = {.concurrency = 2};
	struct fetch_lane *lane = fetch_lane_new(r->rig->hub, "control", &limits);
	struct buf body, address;
	buf_init(&body, 0);
	buf_init(&address, 0);
	body_of(cli, &body);
	buf_printf(&address, "http://localhost/v1/commands/%s", command);
	r->command.lane = r->look.lane = lane;
	r->command.done = on_command;
	r->command.request = (struct fetch_request){.method = FETCH_POST,
	                                            .effect = FETCH_WRITE_ONCE,
	                                            .url = address.p,
	                                            .body = buf_str(&body),
	                                            .unix_socket = cli->conf->control,
	                                            .timeout_ms = UINT32_C(24) * 3600 * 1000,
	                                            .max_body = ANSWER_MOST,
	                                            .sink = take,
	                                            .sink_arg = &r->answer};
	struct buf where;
	buf_init(&where, 0);
	buf_addz(&where, "http://localhost/v1/progress/");
	if (cli->arg_count)
		buf_add_urlencoded(&where, str_of(cli->args[0]));
	r->look.done = on_look;
	r->look.request = (struct fetch_request){.method = FETCH_GET,
	                                         .effect = FETCH_READ,
	                                         .url = where.p,
	                                         .unix_socket = cli->conf->control,
	                                         .sink = take,
	                                         .sink_arg = &r->seen};
	fetch_start(&r->command);
	if (r->progress.on && cli->arg_count)
		loop_timer_start(r->rig->loop, &r->again, LOOK_EVERY_MS);
	loop_run(r->rig->loop);
	loop_timer_stop(r->rig->loop, &r->again);
	fetch_cancel(&r->look);
	progress_clear(&r->progress);
	int status = read_answer(r);
	fetch_lane_free(&lane);
	buf_deinit(&where);
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
	buf_init(&r.answer, ANSWER_MOST);
	buf_init(&r.seen, 64 * 1024);
	r.scratch = arena_new(1 << 20);
	loop_timer_init(&r.again, on_again);
	progress_init(&r.progress);
	*status = ask(&r, command);
	rig_close(&r.rig);
	arena_free(&r.scratch);
	buf_deinit(&r.answer);
	buf_deinit(&r.seen);
	return true;
}
