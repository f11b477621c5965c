#include "core/app/admin.h"

#include <stdio.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/app/page_assets.h"
#include "core/app/chore.h"
#include "core/app/print.h"
#include "core/app/status.h"
#include "core/app/tour.h"
#include "core/base/log.h"
#include "core/io/httpd.h"

#define TOURS_AT_ONCE 16
#define PROGRESS_MS   100 /* not more often, while the step is the same */
#define ARGS_MOST     16
#define ARENA_REQUEST (256u << 10)

struct admin {
	struct admin_options options;
	struct httpd *httpd;
	struct list queue;   /* tours that wait for a place */
	struct list waiting; /* requests that wait for a school */
	unsigned tours;
	bool draining;
};

/* One command, from its request to its answer. */
struct order {
	struct admin *admin;
	struct httpd_request *req; /* NULL: the client has left */
	struct cli cli;
	const char *args[ARGS_MOST];
	const struct tour_ops *tour;
	bool touring, reading; /* reading: of explain, while its plan is under way */
	struct tenant_ask ask;
	bool wants_progress, streams;
	struct tenant_progress told; /* in the answer, last */
	int64_t told_ms;
	struct chore chore;
	char by[80];              /* who asks, for the history */
	struct loop_task showing; /* of a status: more schools */
	char shown[256];          /* the last one that was shown */
	int status;
	struct list link; /* in the queue, or among those that wait */
};

void admin_problem(struct httpd_request *req, int status, const char *title, const char *detail,
                   const char *const *headers)
{
	struct buf b;
	struct json_writer w;
	buf_init(&b, 0);
	json_write_init(&w, &b, false);
	json_write_begin_object(&w);
	json_put_text(&w, "title", title);
	json_put_int(&w, "status", status);
	json_put_text(&w, "detail", detail);
	json_write_end_object(&w);
	httpd_reply(req, status, "application/problem+json", headers, buf_str(&b));
	buf_deinit(&b);
}

static void problem(struct httpd_request *req, int status, const char *title, const char *detail)
{
	admin_problem(req, status, title, detail, NULL);
}

static void order_free(struct order *o)
{
	list_remove(&o->link);
	loop_task_cancel(&o->showing);
	cli_deinit(&o->cli);
	free(o);
}

static void answer(struct order *o, int status)
{
	if (o->req) {
		struct buf b;
		struct json_writer w;
		buf_init(&b, 0);
		json_write_init(&w, &b, false);
		json_write_begin_object(&w);
		json_put_int(&w, "exit", status);
		json_put_str(&w, "out", buf_str(&o->cli.out));
		json_put_str(&w, "why", buf_str(&o->cli.why));
		json_write_end_object(&w);
		if (o->streams) {
			buf_addc(&b, '\n');
			httpd_end(o->req, buf_str(&b));
		} else {
			httpd_reply(o->req, 200, "application/json", NULL, buf_str(&b));
		}
		buf_deinit(&b);
	}
	order_free(o);
}

static void put_progress(struct json_writer *w, const struct tenant_progress *p)
{
	json_write_begin_object(w);
	json_put_text(w, "environment", p->environment);
	json_put_text(w, "step", p->step);
	json_put_int(w, "done", p->done);
	json_put_int(w, "all", p->all);
	json_write_end_object(w);
}

/* A line of an answer that comes in pieces. */
static void on_progress_of(struct tenant_ask *ask, const struct tenant_progress *p)
{
	struct order *o = list_entry(ask, struct order, ask);
	int64_t now = loop_mono_ms(o->admin->options.rig->loop);
	bool moved = strcmp(p->step, o->told.step) != 0 || strcmp(p->environment, o->told.environment) != 0;
	if (!o->req || (!moved && p->done < p->all && now - o->told_ms < PROGRESS_MS))
		return;
	o->told = *p;
	o->told_ms = now;
	struct buf b;
	struct json_writer w;
	buf_init(&b, 0);
	json_write_init(&w, &b, false);
	json_write_begin_object(&w);
	json_write_key(&w, "progress");
	put_progress(&w, p);
	json_write_end_object(&w);
	buf_addc(&b, '\n');
	(void)httpd_write(o->req, buf_str(&b)); /* who reads too slowly misses some */
	buf_deinit(&b);
}

/* ---- looks into the stores ---- */

static const char *state_of(void *arg, const char *id)
{
	struct admin *a = arg;
	struct tenant *t = a->options.find(a->options.arg, id);
	return t ? tenant_state_name(tenant_state(t)) : NULL;
}

static void next_tour(struct admin *a);

static void on_toured(void *arg, int status)
{
	struct order *o = arg;
	struct admin *a = o->admin;
	a->tours--;
	answer(o, status);
	next_tour(a);
	if (!a->tours)
		a->options.idle(a->options.arg);
}

/* Few at once: a tour holds what it found until it has been answered. */
static void next_tour(struct admin *a)
{
	while (a->tours < TOURS_AT_ONCE && !list_empty(&a->queue)) {
		struct order *o = list_entry(list_take_first(&a->queue), struct order, link);
		a->tours++;
		o->touring = true;
		tour_start(a->options.rig, &o->cli, o->tour, on_toured, o);
	}
}

/* ---- what is asked of a school ---- */

static void on_report(struct tenant_ask *ask, const struct report *report, int error)
{
	struct order *o = list_entry(ask, struct order, ask);
	struct cli *cli = &o->cli;
	const char *id = cli->args[0];
	int status = EXIT_DONE;
	if (ask->kind == ASK_CHORE && error != ERR_CANCELLED) {
		status = o->chore.status;
	} else if ((ask->kind == ASK_APPROVE || ask->kind == ASK_DISCARD) && error != ERR_CANCELLED) {
		status = answer_told(cli, ask->kind == ASK_APPROVE ? HELD_APPROVED : HELD_DISCARDED, ask->answer,
		                     error);
	} else if (report && ask->approved) {
		status = answer_told_run(cli, report);
	} else if (ask->kind == ASK_REBUILD && error != ERR_CANCELLED) {
		status = rebuild_told(cli, error, ask->detail);
	} else if (report) {
		status = result_exit(report->result);
		if (cli->json)
			print_report_json(&cli->w, report);
		else
			print_report_text(&cli->out, report);
	} else if (error == ERR_CONFLICT) {
		buf_printf(&cli->why, "%s: its own file says \"paused\": true, take that away\n", id);
		status = EXIT_USAGE;
	} else if (error) {
		buf_printf(&cli->why, "%s: %s\n", id,
		           error == ERR_CANCELLED ? "the daemon is stopping, or the school's file is gone"
		                                  : err_text(error));
		status = error == ERR_CANCELLED ? EXIT_UNREACHABLE : EXIT_FAILED;
	} else if (cli->json) {
		json_write_begin_object(&cli->w);
		json_put_text(&cli->w, "tenant", id);
		json_put_bool(&cli->w, "paused", ask->kind == ASK_PAUSE);
		json_write_end_object(&cli->w);
	} else {
		buf_printf(&cli->out, "%s: %s\n", id,
		           ask->kind == ASK_PAUSE ? "paused: no runs by schedule until it is resumed" : "resumed");
	}
	answer(o, status);
}

/* What Yparéo's planning says is known, now what the stores remember. */
static void on_explained(struct tenant_ask *ask, const struct report *report, int error)
{
	struct order *o = list_entry(ask, struct order, ask);
	o->reading = false;
	(void)error; /* the school leaves: what is remembered is told all the same */
	if (report)
		cli_explained(&o->cli, report);
	list_remove(&o->link);
	list_append(&o->admin->queue, &o->link);
	next_tour(o->admin);
}

static bool ask_of(struct order *o, const char *name)
{
	static const struct {
		const char *name;
		enum tenant_ask_kind kind;
		int args;
	} asks[] = {{"sync", ASK_SYNC, 2},      {"plan", ASK_PLAN, 2},       {"pause", ASK_PAUSE, 1},
	            {"resume", ASK_RESUME, 1},  {"rebuild", ASK_REBUILD, 2}, {"approve", ASK_APPROVE, 2},
	            {"discard", ASK_DISCARD, 2}};
	struct cli *cli = &o->cli;
	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
		if (strcmp(asks[i].name, name) != 0 || cli->arg_count != asks[i].args)
			continue;
		o->ask = (struct tenant_ask){.kind = asks[i].kind, .done = on_report, .by = o->by};
		if (asks[i].kind == ASK_REBUILD)
			o->ask.environment = cli->args[1];
		if (asks[i].kind == ASK_APPROVE || asks[i].kind == ASK_DISCARD) {
			o->ask.plan = cli->args[1];
			o->ask.why = cli->reason;
		}
		if (asks[i].args == 1 || o->ask.environment || o->ask.plan)
			return true;
		for (int k = 0; k < FLOW_KIND_COUNT; k++) {
			o->ask.flow = (enum flow_kind)k;
			if (strcmp(cli->args[1], flow_kind_name((enum flow_kind)k)) == 0)
				return true;
		}
	}
	return false;
}

/* ---- requests ---- */

static const char *copy_of(struct cli *cli, const struct json *j)
{
	if (!j || j->kind != JSON_STRING)
		return NULL;
	return j->text.n ? arena_str(cli->arena, j->text).p : "";
}

static bool read_order(struct order *o)
{
	struct cli *cli = &o->cli;
	const struct json *j;
	if (json_parse(cli->arena, httpd_body(o->req), NULL, &j, NULL, NULL) || j->kind != JSON_OBJECT)
		return false;
	const struct json *args = json_get(j, "args");
	cli->args = o->args;
	for (const struct json *a = args && args->kind == JSON_ARRAY ? args->first : NULL; a; a = a->next) {
		if (cli->arg_count == ARGS_MOST || !(o->args[cli->arg_count] = copy_of(cli, a)))
			return false;
		cli->arg_count++;
	}
	cli->json = json_bool(json_get(j, "json"), false);
	o->wants_progress = json_bool(json_get(j, "progress"), false);
	for (int i = 0; i < EXPLAIN_OF_COUNT; i++)
		cli->asked[i] = copy_of(cli, json_get(j, explain_of_name((enum explain_of)i)));
	cli->memory = json_bool(json_get(j, "memory"), false);
	cli->tutor = copy_of(cli, json_get(j, "tutor"));
	cli->erase = json_bool(json_get(j, "erase"), false);
	cli->force = json_bool(json_get(j, "force"), false);
	cli->from = copy_of(cli, json_get(j, "from"));
	cli->to = copy_of(cli, json_get(j, "to"));
	cli->reason = copy_of(cli, json_get(j, "reason"));
	return true;
}

/* ---- status, from memory ---- */

#define SHOWN_AT_ONCE 50

/* A look at all schools: are those that are asked for known, and how many; or the next of them, shown. */
struct showing {
	struct order *o;
	unsigned seen, left;
	bool unknown, more;
};

static bool is_asked_for(const struct cli *cli, const char *id)
{
	for (int i = 0; i < cli->arg_count; i++)
		if (strcmp(cli->args[i], id) == 0)
			return true;
	return cli->arg_count == 0;
}

static bool is_known(const struct tenant *t)
{
	for (unsigned i = 0; i < tenant_file(t)->settings.environment_count; i++)
		if (!tenant_recent(t, i))
			return false;
	return true;
}

static void show_tenant(struct cli *cli, const struct tenant *t)
{
	const struct tenant_conf *c = tenant_file(t);
	const struct recent **all = arena_array(cli->arena, c->settings.environment_count, sizeof(*all));
	REQUIRE(all);
	for (unsigned i = 0; i < c->settings.environment_count; i++)
		all[i] = tenant_recent(t, i);
	status_show(cli, c, all, str_of(tenant_why(t)));
}

static void look_at_school(void *to, const char *id, struct tenant *t, const char *mistakes)
{
	struct showing *s = to;
	if (!is_asked_for(&s->o->cli, id))
		return;
	s->seen++;
	s->unknown = s->unknown || (t && !is_known(t)) || (!t && !mistakes[0]) || strlen(id) >= sizeof(s->o->shown);
}

static void show_school(void *to, const char *id, struct tenant *t, const char *mistakes)
{
	struct showing *s = to;
	struct cli *cli = &s->o->cli;
	if (!is_asked_for(cli, id) || strcmp(id, s->o->shown) <= 0)
		return;
	if (!s->left) {
		s->more = true;
		return;
	}
	s->left--;
	snprintf(s->o->shown, sizeof(s->o->shown), "%s", id);
	const char *why = t ? tenant_why(t) : mistakes;
	if (t && is_known(t))
		show_tenant(cli, t);
	else
		status_invalid(cli, id, str_of(why));
	if (why[0]) {
		buf_printf(&cli->why, "%.*s\n", STR_ARG(str_trim(str_of(why))));
		s->o->status = EXIT_USAGE;
	}
}

/* Some schools a turn: thousands would keep everything else waiting. */
static void show_some(struct loop_task *task)
{
	struct order *o = list_entry(task, struct order, showing);
	const struct admin_options *options = &o->admin->options;
	struct showing s = {.o = o, .left = SHOWN_AT_ONCE};
	options->schools(options->arg, show_school, &s);
	if (s.more) {
		loop_defer(options->rig->loop, task);
		return;
	}
	status_end(&o->cli);
	answer(o, o->status);
}

/* Status is what is asked when everything is busy: it waits for no disk. False: not everything is known, a tour finds
 * out. */
static bool show_status(struct order *o)
{
	const struct admin_options *options = &o->admin->options;
	struct showing s = {.o = o};
	if (!options->schools(options->arg, look_at_school, &s) || s.unknown || s.seen < (unsigned)o->cli.arg_count)
		return false;
	o->status = EXIT_DONE;
	status_begin(&o->cli);
	loop_defer(options->rig->loop, &o->showing);
	return true;
}

static void no_such_school(struct order *o)
{
	struct cli *cli = &o->cli;
	buf_printf(&cli->why, "%s: there is no such school that is served: passerelle check %s says what its file lacks\n", cli->args[0], cli->args[0]);
	answer(o, EXIT_USAGE);
}

static void on_purged(struct chore *c)
{
	on_toured(c->owner, c->status);
}

/* Its file is gone and no run of it is under way: as a tour, it is waited for, and nobody else has its stores. */
static void give_unserved(struct order *o)
{
	struct admin *a = o->admin;
	if (a->options.find(a->options.arg, o->cli.args[0])) {
		buf_printf(&o->cli.why, "%s: it is still served: take its file away, and wait until its last run has ended\n", o->cli.args[0]);
		answer(o, EXIT_HELD);
		return;
	}
	a->tours++;
	o->touring = true;
	o->chore.done = on_purged;
	o->chore.owner = o;
	chore_start(&o->chore, NULL);
}

/* True: it was one, and is given to whom it concerns. */
static bool give_chore(struct order *o, const char *name)
{
	struct admin *a = o->admin;
	int status;
	const struct chore_ops *ops = cli_chore(&o->cli, name, &status);
	if (!ops)
		return false;
	if (status) {
		answer(o, status);
		return true;
	}
	chore_init(&o->chore, ops, &o->cli, a->options.rig, o->by);
	struct tenant *t = a->options.find(a->options.arg, o->cli.args[0]);
	if (ops->unserved) {
		give_unserved(o);
	} else if (!t) {
		no_such_school(o);
	} else {
		o->touring = true; /* what was asked for is done, whoever waits for it */
		o->ask = (struct tenant_ask){.kind = ASK_CHORE, .chore = &o->chore, .done = on_report};
		list_append(&a->waiting, &o->link);
		tenant_ask(t, &o->ask);
	}
	return true;
}

static void give(struct order *o, const char *name)
{
	struct admin *a = o->admin;
	struct cli *cli = &o->cli;
	if (give_chore(o, name))
		return;
	if (ask_of(o, name)) {
		struct tenant *t = a->options.find(a->options.arg, cli->args[0]);
		if (!t) {
			no_such_school(o);
			return;
		}
		list_append(&a->waiting, &o->link);
		o->streams = o->wants_progress && (o->ask.kind == ASK_SYNC || o->ask.kind == ASK_PLAN || o->ask.kind == ASK_APPROVE);
		if (o->streams) {
			o->ask.progress = on_progress_of;
			httpd_begin(o->req, 200, "application/jsonl");
		}
		tenant_ask(t, &o->ask);
		return;
	}
	int status;
	o->tour = cli_tour(cli, name, &status);
	if (status) {
		if (!cli->why.n)
			buf_printf(&cli->why, "%s: not a command of the daemon's, or its arguments do not fit\n",
			           name);
		answer(o, status);
		return;
	}
	if (o->tour == &tour_status && show_status(o))
		return;
	struct tenant *t = o->tour == &tour_explain && !cli->memory ? a->options.find(a->options.arg, cli->args[0]) : NULL;
	if (t) {
		o->ask = (struct tenant_ask){.kind = ASK_PLAN, .flow = FLOW_DOWN, .explain = &cli->explanation, .by = o->by, .done = on_explained};
		o->reading = true;
		list_append(&a->waiting, &o->link);
		tenant_ask(t, &o->ask);
		return;
	}
	list_append(&a->queue, &o->link);
	next_tour(a);
}

/* ---- who may ---- */

/* What changes nothing. A command that is not here is the operator's. */
static bool only_reads(const char *name)
{
	static const char *const names[] = {"status", "issues", "history", "explain", "plan", "shadow"};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

/* A school's reader who names no school means their own. False: what is asked concerns another. */
static bool keep_to_school(struct order *o, const char *name, const struct access *who)
{
	struct cli *cli = &o->cli;
	if (who->role != ACCESS_SCHOOL)
		return true;
	if (cli->arg_count == 0) {
		o->args[0] = arena_strz(cli->arena, who->tenant);
		cli->arg_count = o->args[0] != NULL;
	}
	int schools = strcmp(name, "plan") == 0 ? 1 : cli->arg_count;
	for (int i = 0; i < schools; i++)
		if (i >= cli->arg_count || !access_sees(who, cli->args[i]))
			return false;
	return true;
}

static void log_command(const struct order *o, const char *name, const struct access *who)
{
	const char *first = o->cli.arg_count ? o->cli.args[0] : "",
	           *second = o->cli.arg_count > 1 ? o->cli.args[1] : "";
	log_notice("http", NULL, "a command", "by=%s command=%s of=«%s» which=«%s»", who->name, name, first, second);
}

static bool allowed(struct order *o, const char *name, const struct access *who)
{
	if (!who)
		return true;
	if (who->role != ACCESS_OPERATOR && !only_reads(name)) {
		problem(o->req, 403, "not allowed", "this token reads only, this command is the operator's");
		return false;
	}
	const struct chore_ops *chore = chore_find(&o->cli, name);
	if (chore && chore->alone) {
		problem(o->req, 403, "not allowed", "who has files written or read on this machine asks on this machine, over the control socket");
		return false;
	}
	if (!keep_to_school(o, name, who)) {
		problem(o->req, 403, "not allowed", "this token sees one school only");
		return false;
	}
	if (!only_reads(name))
		log_command(o, name, who);
	return true;
}

static void name_asker(struct order *o, const struct access *who)
{
	unsigned uid;
	if (who)
		snprintf(o->by, sizeof(o->by), "token %s", who->name);
	else if (httpd_peer_uid(o->req, &uid))
		snprintf(o->by, sizeof(o->by), "uid %u", uid);
	else
		snprintf(o->by, sizeof(o->by), "control socket");
}

static void on_command(struct admin *a, struct httpd_request *req, const char *name, const struct access *who)
{
	struct order *o = xcalloc(1, sizeof(*o));
	o->admin = a;
	o->req = req;
	list_init(&o->link);
	loop_task_init(&o->showing, show_some);
	cli_init(&o->cli);
	o->cli.program = "passerelle";
	o->cli.conf = (struct conf *)a->options.rig->conf; /* only read from */
	o->cli.state_of = state_of;
	o->cli.state_arg = a;
	if (!read_order(o)) {
		problem(req, 400, "not a command", "expected {\"args\": [text, …], \"json\": true or false}");
		order_free(o);
		return;
	}
	if (!allowed(o, name, who)) {
		order_free(o);
		return;
	}
	httpd_set_user(req, o);
	name_asker(o, who);
	give(o, name);
}

static void on_progress(struct admin *a, struct httpd_request *req, const char *id, const struct access *who)
{
	struct tenant *t = who && !access_sees(who, id) ? NULL : a->options.find(a->options.arg, id);
	if (!t) {
		problem(req, 404, "no such school", "it is not served");
		return;
	}
	const struct tenant_progress *p = tenant_progress(t);
	struct buf b;
	struct json_writer w;
	buf_init(&b, 0);
	json_write_init(&w, &b, false);
	if (p) {
		put_progress(&w, p);
	} else {
		json_write_begin_object(&w);
		json_write_end_object(&w);
	}
	httpd_reply(req, 200, "application/json", NULL, buf_str(&b));
	buf_deinit(&b);
}

static void on_description(struct httpd_request *req)
{
	const struct page_asset *a = page_assets;
	while (a->name && strcmp(a->name, "openapi.json") != 0)
		a++;
	httpd_reply(req, 200, "application/json", NULL, a->body);
}

static const char *behind(const char *path, const char *prefix)
{
	size_t n = strlen(prefix);
	return strncmp(path, prefix, n) == 0 && path[n] ? path + n : NULL;
}

void admin_request(struct admin *a, struct httpd_request *req, const struct access *who)
{
	const char *path = httpd_path(req), *name = behind(path, "/v1/commands/"),
	           *id = behind(path, "/v1/progress/");
	const char *method = httpd_method(req);
	if (a->draining)
		problem(req, 503, "stopping", "the daemon is stopping");
	else if (strcmp(path, "/v1/openapi.json") == 0 && strcmp(method, "GET") == 0)
		on_description(req);
	else if (!name && !id)
		problem(req, 404, "no such resource", "there are /v1/commands/NAME, /v1/progress/TENANT and /v1/openapi.json");
	else if (strcmp(method, name ? "POST" : "GET") != 0)
		problem(req, 405, "method not allowed", name ? "use POST" : "use GET");
	else if (name)
		on_command(a, req, name, who);
	else
		on_progress(a, req, id, who);
}

static void handle(void *arg, struct httpd_request *req)
{
	admin_request(arg, req, NULL);
}

/* The work goes on where it has begun; only the answer is nobody's. */
void admin_left(struct httpd_request *req)
{
	struct order *o = httpd_user(req);
	if (!o)
		return;
	o->req = NULL;
	if (o->touring || o->reading) /* a run writes into the explanation */
		return;
	if (!o->tour)
		tenant_ask_cancel(&o->ask);
	order_free(o);
}

static void client_left(void *arg, struct httpd_request *req)
{
	(void)arg;
	admin_left(req);
}

int admin_open(const struct admin_options *options, struct admin **out, struct buf *why)
{
	struct admin *a = xcalloc(1, sizeof(*a));
	a->options = *options;
	list_init(&a->queue);
	list_init(&a->waiting);
	const struct httpd_options h = {.unix_socket = options->rig->conf->control,
	                                .max_connections = 2048,
	                                .handler = handle,
	                                .gone = client_left,
	                                .arg = a};
	int rc = httpd_open(options->rig->loop, &h, &a->httpd);
	if (rc) {
		bool files = rc == -EMFILE || rc == -ENFILE;
		buf_printf(why, "the control socket %s cannot be made: %s: %s\n", h.unix_socket, err_text(rc),
		           files ? "raise the limit of open files (LimitNOFILE, ulimit -n)"
		                 : "make its folder, or set \"control\"");
		free(a);
		return rc;
	}
	*out = a;
	return 0;
}

struct tenant *admin_find(const struct admin *a, const char *id)
{
	return a->options.find(a->options.arg, id);
}

bool admin_schools(const struct admin *a,
                   void (*see)(void *to, const char *id, struct tenant *t, const char *mistakes), void *to)
{
	return a->options.schools(a->options.arg, see, to);
}

bool admin_busy(const struct admin *a)
{
	return a->tours > 0;
}

void admin_drain(struct admin *a)
{
	a->draining = true;
}

void admin_close(struct admin **admin)
{
	struct admin *a = *admin;
	if (!a)
		return;
	REQUIRE(!admin_busy(a));
	httpd_close(&a->httpd); /* calls client_left() for whoever still waits */
	free(a);
	*admin = NULL;
}
