#include "core/app/print.h"
#include "core/sync/wording.h"

void print_time_json(struct json_writer *w, const char *key, int64_t seconds)
{
	char text[UTC_TEXT];
	json_put_text(w, key, seconds ? utc_iso(seconds, text) : NULL);
}

static bool of_flow(enum flow_kind flow, enum count_kind kind)
{
	return (kind == COUNT_ABSENCES || kind == COUNT_PAYROLL) == (flow == FLOW_UP);
}

static void put_counts(struct json_writer *w, enum flow_kind flow, const struct counts *counts)
{
	json_write_key(w, "counts");
	json_write_begin_object(w);
	for (int k = 0; k < COUNT_KIND_COUNT; k++) {
		if (!of_flow(flow, (enum count_kind)k))
			continue;
		json_write_key(w, count_kind_name((enum count_kind)k));
		json_write_begin_object(w);
		json_put_int(w, "created", counts[k].created);
		json_put_int(w, "updated", counts[k].updated);
		json_put_int(w, "deleted", counts[k].deleted);
		json_put_int(w, "unchanged", counts[k].unchanged);
		json_write_end_object(w);
	}
	json_write_end_object(w);
}

static void put_or_null(struct json_writer *w, const char *key, struct str s)
{
	if (str_empty(s))
		json_put_null(w, key);
	else
		json_put_str(w, key, s);
}

static void put_issue(struct json_writer *w, const struct issue *i)
{
	json_put_str(w, "record", i->record);
	put_or_null(w, "field", i->field);
	json_put_str(w, "problem", i->problem);
	json_put_str(w, "fix", i->fix);
}

static void put_change(struct json_writer *w, const struct change *c)
{
	json_write_begin_object(w);
	json_put_text(w, "action", action_name(c->action));
	json_put_str(w, "record", c->record);
	json_write_key(w, "fields");
	json_write_begin_array(w);
	for (size_t i = 0; i < c->fields.n; i++)
		json_write_str(w, c->fields.v[i]);
	json_write_end_array(w);
	json_put_str(w, "reason", c->reason);
	json_put_bool(w, "held", c->held);
	json_write_end_object(w);
}

void print_held_json(struct json_writer *w, const struct held_plan *p)
{
	const struct held_change *c = p->changes.v;
	json_write_begin_object(w);
	json_put_str(w, "plan", p->id);
	json_put_text(w, "flow", flow_kind_name(p->flow));
	json_put_text(w, "answer", held_answer_name(p->answer));
	print_time_json(w, "since", p->since);
	json_put_str(w, "reason", p->reason);
	put_or_null(w, "by", p->by);
	put_or_null(w, "why", p->why);
	json_put_int(w, "count", (int64_t)p->count);
	json_write_key(w, "changes");
	json_write_begin_array(w);
	for (size_t i = 0; i < p->changes.n; i++)
		put_change(w, &c[i].what);
	json_write_end_array(w);
	json_write_end_object(w);
}

static void put_approved(struct json_writer *w, const struct env_report *e)
{
	const struct change *c = e->approved_rest.v;
	json_write_begin_object(w);
	json_put_str(w, "plan", e->approved);
	json_put_int(w, "left", (int64_t)e->approved_left);
	json_write_key(w, "rest");
	json_write_begin_array(w);
	for (size_t i = 0; i < e->approved_rest.n; i++)
		put_change(w, &c[i]);
	json_write_end_array(w);
	json_write_end_object(w);
}

static void put_environment(struct json_writer *w, const struct report *r, unsigned index)
{
	const struct env_report *e = &r->environments[index];
	json_write_begin_object(w);
	json_put_text(w, "environment", e->environment);
	json_put_text(w, "result", result_name(e->result));
	put_or_null(w, "plan", e->plan);
	json_write_key(w, "held");
	if (e->held)
		print_held_json(w, e->held);
	else
		json_write_null(w);
	json_write_key(w, "approved");
	if (str_empty(e->approved))
		json_write_null(w);
	else
		put_approved(w, e);
	put_counts(w, r->flow, e->counts);
	json_write_key(w, "requests");
	json_write_begin_object(w);
	json_put_int(w, "ypareo", (int64_t)(e->requests_ypareo + (index == 0 ? r->requests_ypareo : 0)));
	json_put_int(w, "edusign", (int64_t)e->requests_edusign);
	json_write_end_object(w);
	if (e->shadow) {
		json_write_key(w, "shadow");
		json_write_begin_object(w);
		print_shadow_json(w, e->shadow);
		json_write_end_object(w);
	}
	if (r->plan_only) {
		const struct change *changes = e->changes.v;
		json_write_key(w, "changes");
		json_write_begin_array(w);
		for (size_t i = 0; i < e->changes.n; i++)
			put_change(w, &changes[i]);
		json_write_end_array(w);
	}
	const struct issue *issues = e->issues.v;
	json_write_key(w, "issues");
	json_write_begin_array(w);
	for (size_t i = 0; i < e->issues.n; i++) {
		json_write_begin_object(w);
		put_issue(w, &issues[i]);
		json_write_end_object(w);
	}
	json_write_end_array(w);
	json_put_text(w, "error", fault_is(&e->error) ? e->error.what : NULL);
	json_write_end_object(w);
}

void print_report_json(struct json_writer *w, const struct report *r)
{
	json_write_begin_object(w);
	json_put_text(w, "tenant", r->tenant);
	json_put_text(w, "flow", flow_kind_name(r->flow));
	json_put_text(w, "run", r->run);
	json_put_text(w, "result", result_name(r->result));
	print_time_json(w, "started", r->started);
	print_time_json(w, "ended", r->ended);
	json_write_key(w, "environments");
	json_write_begin_array(w);
	for (unsigned i = 0; i < r->environment_count; i++)
		put_environment(w, r, i);
	json_write_end_array(w);
	json_write_end_object(w);
}

void print_issue_json(struct json_writer *w, const char *tenant, const char *environment, const struct issue *i)
{
	json_write_begin_object(w);
	json_put_text(w, "tenant", tenant);
	json_put_text(w, "environment", environment);
	put_issue(w, i);
	json_put_text(w, "owner", issue_owner_name(issue_owner(i)));
	print_time_json(w, "since", i->since);
	json_write_end_object(w);
}

void print_run_json(struct json_writer *w, const char *tenant, const char *environment, const struct run_summary *s)
{
	json_write_begin_object(w);
	json_put_text(w, "tenant", tenant);
	json_put_text(w, "environment", environment);
	json_put_str(w, "run", s->id);
	json_put_text(w, "flow", flow_kind_name(s->flow));
	json_put_text(w, "result", result_name(s->result));
	print_time_json(w, "started", s->started);
	print_time_json(w, "ended", s->ended);
	put_or_null(w, "by", s->by);
	put_or_null(w, "plan", s->plan);
	put_counts(w, s->flow, s->counts);
	json_put_int(w, "issues", s->issues);
	put_or_null(w, "error", s->error);
	json_write_end_object(w);
}

void print_write_json(struct json_writer *w, const struct write_line *l)
{
	json_write_begin_object(w);
	print_time_json(w, "at", l->at);
	json_put_str(w, "run", l->run);
	json_put_str(w, "action", l->action);
	json_put_str(w, "record", l->record);
	json_put_str(w, "reason", l->reason);
	json_put_str(w, "answer", l->answer);
	json_write_end_object(w);
}

void print_answer_json(struct json_writer *w, const char *tenant, const char *environment, const struct held_line *a)
{
	json_write_begin_object(w);
	json_put_text(w, "tenant", tenant);
	json_put_text(w, "environment", environment);
	json_put_text(w, "answer", held_answer_name(a->answer));
	json_put_str(w, "plan", a->plan);
	json_put_text(w, "flow", flow_kind_name(a->flow));
	print_time_json(w, "at", a->at);
	json_put_str(w, "by", a->by);
	put_or_null(w, "why", a->why);
	json_put_str(w, "reason", a->reason);
	json_put_int(w, "count", (int64_t)a->count);
	json_write_end_object(w);
}

void print_deed_json(struct json_writer *w, const char *tenant, const char *environment, const struct deed *d)
{
	json_write_begin_object(w);
	json_put_text(w, "tenant", tenant);
	json_put_text(w, "environment", environment);
	json_put_text(w, "deed", deed_kind_name(d->kind));
	print_time_json(w, "at", d->at);
	json_put_str(w, "by", d->by);
	put_or_null(w, "what", d->what);
	json_write_end_object(w);
}
