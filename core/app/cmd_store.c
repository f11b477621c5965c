/* What the stores remember: issues, history, explain. */

#include <stdio.h>
#include <string.h>

#include "core/app/print.h"
#include "core/app/tour.h"
#include "core/sync/wording.h"

#define RUNS_MOST   100
#define WRITES_MOST 200

/* What one look into a store finds. */
struct look {
	struct items list, issues, answers, deeds;
	struct env_state state;
	/* whose writes and issues: a learner's or a session's */
	bool learner, known;
	int64_t code;
};

static void begin_list(struct cli *cli)
{
	if (cli->json)
		json_write_begin_array(&cli->w);
}

static void end_list(struct cli *cli)
{
	if (cli->json)
		json_write_end_array(&cli->w);
}

static int64_t now(void)
{
	return clock_wall_ms(clock_system()) / 1000;
}

/* ---- issues ---- */

static int read_issues(struct store_txn *txn, struct cli *cli, void *seen)
{
	struct look *l = seen;
	return state_issues(txn, cli->arena, &l->list);
}

static bool is_open(const struct issue *i)
{
	return !i->until || i->until >= now();
}

/* Those that one kind of people can mend, under its name. */
static void show_owned(struct cli *cli, const struct items *list, enum issue_owner owner)
{
	static const char *const headings[OWNER_COUNT] = {"for the school office", "for the operator",
	                                                  "for the vendor's support, if it stays"};
	const struct issue *all = list->v;
	bool first = true;
	for (size_t i = 0; i < list->n; i++) {
		if (!is_open(&all[i]) || issue_owner(&all[i]) != owner)
			continue;
		if (first)
			buf_printf(&cli->out, "  %s:\n", headings[owner]);
		first = false;
		print_issue_text(&cli->out, &all[i]);
	}
}

static void show_issues(struct cli *cli, const struct tenant_conf *c, const struct tour_stop *stops)
{
	for (unsigned k = 0; k < c->settings.environment_count; k++) {
		const struct look *l = stops[k].seen;
		const struct issue *all = l->list.v;
		bool any = false;
		for (size_t i = 0; i < l->list.n; i++) {
			any = any || is_open(&all[i]);
			if (cli->json && is_open(&all[i]))
				print_issue_json(&cli->w, c->id, stops[k].key, &all[i]);
		}
		if (cli->json || !any)
			continue;
		buf_printf(&cli->out, "%s %s\n", c->id, stops[k].key);
		for (int owner = 0; owner < OWNER_COUNT; owner++)
			show_owned(cli, &l->list, (enum issue_owner)owner);
	}
}

static void end_issues(struct cli *cli)
{
	end_list(cli);
	if (!cli->json && !cli->out.n && !cli->why.n)
		buf_addz(&cli->out, "no open issues\n");
}

const struct tour_ops tour_issues = { sizeof(struct look), begin_list, end_issues, read_issues, show_issues, NULL };

/* ---- history ---- */

static int read_runs(struct store_txn *txn, struct cli *cli, void *seen)
{
	struct look *l = seen;
	int rc = state_runs(txn, cli->arena, RUNS_MOST, &l->list);
	rc = rc ? rc : held_history(txn, cli->arena, RUNS_MOST, &l->answers);
	return rc ? rc : state_deeds(txn, cli->arena, RUNS_MOST, &l->deeds);
}

static void show_answer(struct cli *cli, const struct tenant_conf *c, const char *key, const struct held_line *a)
{
	if (cli->json)
		print_answer_json(&cli->w, c->id, key, a);
	else
		print_answer_text(&cli->out, key, a);
}

static void show_deed(struct cli *cli, const struct tenant_conf *c, const char *key, const struct deed *d)
{
	if (cli->json)
		print_deed_json(&cli->w, c->id, key, d);
	else
		print_deed_text(&cli->out, d);
}

/* What people answered and did since a time, latest first. */
static void show_since(struct cli *cli, const struct tenant_conf *c, const char *key, const struct look *l, int64_t since, size_t *answer,
                       size_t *deed)
{
	const struct held_line *answers = l->answers.v;
	const struct deed *deeds = l->deeds.v;
	for (;;) {
		const struct held_line *a = *answer < l->answers.n && answers[*answer].at > since ? &answers[*answer] : NULL;
		const struct deed *d = *deed < l->deeds.n && deeds[*deed].at > since ? &deeds[*deed] : NULL;
		if (a && (!d || a->at >= d->at)) {
			show_answer(cli, c, key, a);
			(*answer)++;
		} else if (d) {
			show_deed(cli, c, key, d);
			(*deed)++;
		} else {
			return;
		}
	}
}

/* Runs and what people did beside them, latest first. */
static void show_runs(struct cli *cli, const struct tenant_conf *c, const struct tour_stop *stops)
{
	for (unsigned k = 0; k < c->settings.environment_count; k++) {
		const struct look *l = stops[k].seen;
		const struct run_summary *all = l->list.v;
		size_t answer = 0, deed = 0;
		for (size_t i = 0; i < l->list.n; i++) {
			show_since(cli, c, stops[k].key, l, all[i].started, &answer, &deed);
			if (cli->json)
				print_run_json(&cli->w, c->id, stops[k].key, &all[i]);
			else
				print_run_text(&cli->out, stops[k].key, &all[i]);
		}
		show_since(cli, c, stops[k].key, l, INT64_MIN, &answer, &deed);
	}
}

static void end_runs(struct cli *cli)
{
	end_list(cli);
	if (!cli->json && !cli->out.n && !cli->why.n)
		buf_addz(&cli->out, "no runs yet\n");
}

const struct tour_ops tour_history = { sizeof(struct look), begin_list, end_runs, read_runs, show_runs, NULL };

/* ---- explain ---- */

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

/* The tutor who follows a learner; NULL: nobody, or nobody whom passerelle knows. */
static const struct binding *tutor_of(const struct look *l, const struct binding *b)
{
	return str_empty(b->follower) ? NULL : map_get_str(l->state.people_by_id[PERSON_TUTOR], b->follower);
}

static void explain_tutor(struct cli *cli, const struct look *l, const struct binding *b)
{
	const struct binding *tutor = tutor_of(l, b);
	if (!tutor)
		return;
	buf_printf(&cli->out, "    is followed by tutor %lld, Edusign's external contact ", (long long)tutor->code);
	print_clean(&cli->out, tutor->id);
	buf_addz(&cli->out, b->follower_found ? ", who was there before\n" : "\n");
}

static void explain_learner(struct cli *cli, const struct look *l, const struct binding *b)
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
		if (tutor_of(l, b))
			json_put_int(&cli->w, "tutor", tutor_of(l, b)->code);
		else
			json_put_null(&cli->w, "tutor");
		json_write_end_object(&cli->w);
	} else if (b) {
		char at[UTC_TEXT];
		buf_addz(&cli->out, "    is Edusign's account ");
		print_clean(&cli->out, b->id);
		buf_printf(&cli->out, ", %s, last changed %s\n",
		           b->created ? "created by passerelle" : "that was there before", utc_iso(b->at, at));
		explain_tutor(cli, l, b);
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

static int read_all(struct store_txn *txn, struct cli *cli, void *seen)
{
	struct look *l = seen;
	l->learner = cli->learner != NULL;
	int rc = state_load(txn, FLOW_DOWN, cli->arena, now(), &l->state);
	if (rc)
		return rc;
	l->known = wanted(cli, l, &l->code);
	if (!l->known)
		return 0;
	rc = state_writes_where(txn, cli->arena, concerns, l, WRITES_MOST, &l->list);
	return rc ? rc : state_issues(txn, cli->arena, &l->issues);
}

static void explain_rest(struct cli *cli, const struct tenant_conf *c, const char *key, struct look *l)
{
	const struct write_line *lines = l->list.v;
	if (cli->json) {
		json_write_key(&cli->w, "writes");
		json_write_begin_array(&cli->w);
	}
	for (size_t i = 0; i < l->list.n; i++) {
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
	const struct issue *issues = l->issues.v;
	for (size_t i = 0; i < l->issues.n; i++) {
		if (!concerns(l, issues[i].record))
			continue;
		if (cli->json)
			print_issue_json(&cli->w, c->id, key, &issues[i]);
		else
			print_issue_text(&cli->out, &issues[i]);
	}
	if (cli->json)
		json_write_end_array(&cli->w);
}

static void explain_in(struct cli *cli, const struct tenant_conf *c, const char *key, struct look *l)
{
	/* without a store a code is a code all the same */
	bool known = l->known || (l->learner = cli->learner != NULL, wanted(cli, l, &l->code));
	if (cli->json) {
		json_write_begin_object(&cli->w);
		json_put_text(&cli->w, "tenant", c->id);
		json_put_text(&cli->w, "environment", key);
		json_write_key(&cli->w, "code");
		if (known)
			json_write_int(&cli->w, l->code);
		else
			json_write_null(&cli->w);
	} else if (known) {
		buf_printf(&cli->out, "%s %s: %s %lld\n", c->id, key, cli->learner ? "learner" : "session", (long long)l->code);
	} else {
		buf_printf(&cli->out, "%s %s: nothing is known of that\n", c->id, key);
	}
	struct map *people = l->state.people[PERSON_LEARNER];
	if (cli->learner && (known || cli->json))
		explain_learner(cli, l, known && people ? map_get(people, l->code) : NULL);
	else if (known || cli->json)
		explain_session(cli, known && l->state.sheets ? map_get(l->state.sheets, l->code) : NULL);
	if (known || cli->json)
		explain_rest(cli, c, key, l);
	if (cli->json)
		json_write_end_object(&cli->w);
}

static void show_explained(struct cli *cli, const struct tenant_conf *c, const struct tour_stop *stops)
{
	for (unsigned k = 0; k < c->settings.environment_count; k++)
		explain_in(cli, c, stops[k].key, stops[k].seen);
}

const struct tour_ops tour_explain = { sizeof(struct look), begin_list, end_list, read_all, show_explained, NULL };
