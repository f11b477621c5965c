/* What the stores remember: issues, history, explain. */

#include <stdio.h>
#include <string.h>

#include "core/app/cli.h"
#include "core/app/print.h"

#define RUNS_MOST   100
#define WRITES_MOST 200

/* What one look into a store asks for and finds. */
struct look {
	struct arena *arena;
	struct items list;
	struct env_state state;
	int64_t now;
	/* whose writes and issues: a learner's or a session's */
	bool learner;
	int64_t code;
};

/* Calls each for every environment of the schools that the arguments name; with --json, within one list. */
static int each_environment(struct cli *cli, int (*each)(struct cli *cli, struct rig *rig,
                                                         const struct tenant_conf *conf, const char *key))
{
	struct texts schools;
	struct rig *rig = NULL;
	int status = cli_schools(cli, 0, &schools);
	if (status == EXIT_DONE)
		status = cli_rig(cli, &rig);
	if (status)
		return status;
	if (cli->json)
		json_write_begin_array(&cli->w);
	for (size_t i = 0; i < schools.n; i++) {
		struct tenant_conf *conf = NULL;
		if (wiring_conf(cli->conf, schools.v[i].p, &conf, &cli->why)) {
			status = status > EXIT_USAGE ? status : EXIT_USAGE;
			continue;
		}
		for (unsigned k = 0; k < conf->settings.environment_count; k++) {
			int one = each(cli, rig, conf, conf->environments[k].key);
			status = one > status ? one : status;
		}
		tenant_conf_free(&conf);
	}
	if (cli->json)
		json_write_end_array(&cli->w);
	rig_close(&rig);
	return status;
}

/* An environment that never ran has nothing to tell. */
static int look(struct cli *cli, struct rig *rig, const char *tenant, const char *key,
                int (*work)(struct store_txn *txn, void *arg), struct look *l)
{
	*l = (struct look){
	        .arena = cli->arena, .now = loop_wall_ms(rig->loop) / 1000, .learner = l->learner, .code = l->code};
	int rc = rig_work(rig, tenant, key, false, work, l);
	if (rc == ERR_NOT_FOUND || rc == 0)
		return EXIT_DONE;
	buf_printf(&cli->why, "%s %s: the store cannot be read: %s\n", tenant, key, err_text(rc));
	return EXIT_FAILED;
}

/* ---- issues ---- */

static int read_issues(struct store_txn *txn, void *arg)
{
	struct look *l = arg;
	l->list = (struct items){NULL, 0};
	return state_issues(txn, l->arena, &l->list);
}

static int issues_of(struct cli *cli, struct rig *rig, const struct tenant_conf *conf, const char *key)
{
	struct look l = {0};
	int status = look(cli, rig, conf->id, key, read_issues, &l);
	const struct issue *all = l.list.v;
	bool first = true;
	for (size_t i = 0; i < l.list.n; i++) {
		if (all[i].until && all[i].until < l.now)
			continue;
		if (cli->json) {
			print_issue_json(&cli->w, conf->id, key, &all[i]);
			continue;
		}
		if (first)
			buf_printf(&cli->out, "%s %s\n", conf->id, key);
		first = false;
		print_issue_text(&cli->out, &all[i]);
	}
	return status;
}

int cmd_issues(struct cli *cli)
{
	int status = each_environment(cli, issues_of);
	if (!cli->json && !cli->out.n && status == EXIT_DONE)
		buf_addz(&cli->out, "no open issues\n");
	return status;
}

/* ---- history ---- */

static int read_runs(struct store_txn *txn, void *arg)
{
	struct look *l = arg;
	l->list = (struct items){NULL, 0};
	return state_runs(txn, l->arena, RUNS_MOST, &l->list);
}

static int history_of(struct cli *cli, struct rig *rig, const struct tenant_conf *conf, const char *key)
{
	struct look l = {0};
	int status = look(cli, rig, conf->id, key, read_runs, &l);
	const struct run_summary *all = l.list.v;
	for (size_t i = 0; i < l.list.n; i++) {
		if (cli->json)
			print_run_json(&cli->w, conf->id, key, &all[i]);
		else
			print_run_text(&cli->out, key, &all[i]);
	}
	return status;
}

int cmd_history(struct cli *cli)
{
	int status = each_environment(cli, history_of);
	if (!cli->json && !cli->out.n && status == EXIT_DONE)
		buf_addz(&cli->out, "no runs yet\n");
	return status;
}

/* ---- explain ---- */

static int read_state(struct store_txn *txn, void *arg)
{
	struct look *l = arg;
	return state_load(txn, FLOW_DOWN, l->arena, l->now, &l->state);
}

struct by_email {
	struct str email;
	struct arena *arena;
	const struct binding *found;
};

static bool match_email(void *value, void *arg)
{
	const struct binding *b = value;
	struct by_email *m = arg;
	if (str_eq(str_fold_email(m->arena, b->email), m->email))
		m->found = b;
	return !m->found;
}

/* The code that is asked for: a number, or what a learner's e-mail belongs to. */
static bool wanted(struct cli *cli, const struct look *l, int64_t *code)
{
	const char *text = cli->learner ? cli->learner : cli->session;
	if (str_to_int64(str_of(text), code) == 0)
		return true;
	if (!cli->learner || !l->state.people[PERSON_LEARNER])
		return false;
	struct by_email m = {str_fold_email(cli->arena, str_of(text)), cli->arena, NULL};
	map_each(l->state.people[PERSON_LEARNER], match_email, &m);
	if (m.found)
		*code = m.found->code;
	return m.found != NULL;
}

static void explain_learner(struct cli *cli, const struct binding *b)
{
	if (cli->json) {
		json_write_key(&cli->w, "account");
		if (!b) {
			json_write_null(&cli->w);
			return;
		}
		json_write_begin_object(&cli->w);
		json_put_str(&cli->w, "id", b->id);
		json_put_bool(&cli->w, "created", b->created);
		print_time_json(&cli->w, "at", b->at);
		json_write_end_object(&cli->w);
	} else if (b) {
		char at[UTC_TEXT];
		buf_addz(&cli->out, "    is Edusign's account ");
		print_clean(&cli->out, b->id);
		buf_printf(&cli->out, ", %s, last changed %s\n",
		           b->created ? "created by passerelle" : "that was there before", utc_iso(b->at, at));
	} else {
		buf_addz(&cli->out, "    has no account here: no sheet has needed it, or an issue is in the way\n");
	}
}

static void explain_session(struct cli *cli, const struct sheet_memory *m)
{
	char start[UTC_TEXT], end[UTC_TEXT];
	if (cli->json) {
		json_write_key(&cli->w, "sheet");
		if (!m) {
			json_write_null(&cli->w);
			return;
		}
		json_write_begin_object(&cli->w);
		json_put_str(&cli->w, "id", m->id);
		json_put_str(&cli->w, "name", m->name);
		print_time_json(&cli->w, "start", m->start);
		print_time_json(&cli->w, "end", m->end);
		json_put_str(&cli->w, "room", m->room);
		json_put_int(&cli->w, "learners", (int64_t)m->learners.n);
		json_put_int(&cli->w, "instructors", (int64_t)m->instructors.n);
		json_put_bool(&cli->w, "removed", m->gone);
		print_time_json(&cli->w, "created", m->created_at);
		print_time_json(&cli->w, "updated", m->updated_at);
		json_write_end_object(&cli->w);
	} else if (m) {
		buf_addz(&cli->out, "    is Edusign's sheet ");
		print_clean(&cli->out, m->id);
		buf_addz(&cli->out, " \"");
		print_clean(&cli->out, m->name);
		buf_printf(&cli->out, "\", %s to %s, %zu learners, %zu instructors%s\n", utc_iso(m->start, start),
		           utc_iso(m->end, end), m->learners.n, m->instructors.n, m->gone ? ", removed" : "");
	} else {
		buf_addz(&cli->out, "    has no sheet here\n");
	}
}

/* "learner 4711" itself, and "attendance 90210/4711". */
static bool concerns(void *arg, struct str record)
{
	const struct look *l = arg;
	char own[64], row[64];
	int n = snprintf(own, sizeof(own), l->learner ? "learner %lld" : "sheet %lld", (long long)l->code);
	if (record.n == (size_t)n && memcmp(record.p, own, record.n) == 0)
		return true;
	if (!str_starts(record, "attendance "))
		return false;
	n = snprintf(row, sizeof(row), l->learner ? "/%lld" : "attendance %lld/", (long long)l->code);
	if (record.n < (size_t)n)
		return false;
	return memcmp(l->learner ? record.p + record.n - n : record.p, row, (size_t)n) == 0;
}

static int read_writes(struct store_txn *txn, void *arg)
{
	struct look *l = arg;
	l->list = (struct items){NULL, 0};
	return state_writes_where(txn, l->arena, concerns, l, WRITES_MOST, &l->list);
}

static int explain_rest(struct cli *cli, struct rig *rig, const struct tenant_conf *conf, const char *key,
                        int64_t code)
{
	struct look l = {.learner = cli->learner != NULL, .code = code};
	int status = look(cli, rig, conf->id, key, read_writes, &l);
	const struct write_line *lines = l.list.v;
	if (cli->json) {
		json_write_key(&cli->w, "writes");
		json_write_begin_array(&cli->w);
	}
	for (size_t i = 0; i < l.list.n; i++) {
		if (cli->json)
			print_write_json(&cli->w, &lines[i]);
		else
			print_write_text(&cli->out, &lines[i]);
	}
	if (cli->json) {
		json_write_end_array(&cli->w);
		json_write_key(&cli->w, "issues");
		json_write_begin_array(&cli->w);
	}
	int second = look(cli, rig, conf->id, key, read_issues, &l);
	const struct issue *issues = l.list.v;
	for (size_t i = 0; i < l.list.n; i++) {
		if (!concerns(&l, issues[i].record))
			continue;
		if (cli->json)
			print_issue_json(&cli->w, conf->id, key, &issues[i]);
		else
			print_issue_text(&cli->out, &issues[i]);
	}
	if (cli->json)
		json_write_end_array(&cli->w);
	return second > status ? second : status;
}

static int explain_in(struct cli *cli, struct rig *rig, const struct tenant_conf *conf, const char *key)
{
	struct look l = {0};
	int status = look(cli, rig, conf->id, key, read_state, &l);
	int64_t code = 0;
	bool known = wanted(cli, &l, &code);
	if (cli->json) {
		json_write_begin_object(&cli->w);
		json_put_text(&cli->w, "tenant", conf->id);
		json_put_text(&cli->w, "environment", key);
		json_write_key(&cli->w, "code");
		if (known)
			json_write_int(&cli->w, code);
		else
			json_write_null(&cli->w);
	} else if (known) {
		buf_printf(&cli->out, "%s %s: %s %lld\n", conf->id, key, cli->learner ? "learner" : "session",
		           (long long)code);
	} else {
		buf_printf(&cli->out, "%s %s: nothing is known of that\n", conf->id, key);
	}
	if (cli->learner && (known || cli->json))
		explain_learner(cli, known ? map_get(l.state.people[PERSON_LEARNER], code) : NULL);
	else if (known || cli->json)
		explain_session(cli, known ? map_get(l.state.sheets, code) : NULL);
	if (known || cli->json) {
		int second = explain_rest(cli, rig, conf, key, known ? code : -1);
		status = second > status ? second : status;
	}
	if (cli->json)
		json_write_end_object(&cli->w);
	return status;
}

int cmd_explain(struct cli *cli)
{
	int64_t code;
	if (cli->session && str_to_int64(str_of(cli->session), &code)) {
		buf_printf(&cli->why, "\"%s\" is no session's code, expected a whole number\n", cli->session);
		return EXIT_USAGE;
	}
	return each_environment(cli, explain_in);
}
