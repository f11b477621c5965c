#include "core/app/print.h"

#include <string.h>

void print_clean(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		buf_addc(out, (unsigned char)s.p[i] < ' ' || s.p[i] == 127 ? '?' : s.p[i]);
}

static void print_counts(struct buf *out, const struct counts *counts)
{
	for (int k = 0; k < COUNT_KIND_COUNT; k++) {
		const struct counts *c = &counts[k];
		if (c->created || c->updated || c->deleted || c->unchanged)
			buf_printf(out, "    %-22s %u created, %u updated, %u deleted, %u unchanged\n",
			           count_kind_name((enum count_kind)k), c->created, c->updated, c->deleted,
			           c->unchanged);
	}
}

void print_issue_text(struct buf *out, const struct issue *i)
{
	buf_addz(out, "    ");
	print_clean(out, i->record);
	if (!str_empty(i->field)) {
		buf_addz(out, " (");
		print_clean(out, i->field);
		buf_addz(out, ")");
	}
	buf_addz(out, ": ");
	print_clean(out, i->problem);
	if (!str_empty(i->fix)) {
		buf_addz(out, "\n      ");
		print_clean(out, i->fix);
	}
	buf_addc(out, '\n');
}

static void print_change(struct buf *out, const struct change *c)
{
	buf_printf(out, "    %s%s ", c->held ? "held: " : "", action_name(c->action));
	print_clean(out, c->record);
	for (size_t i = 0; i < c->fields.n; i++) {
		buf_addz(out, i ? ", " : " (");
		print_clean(out, c->fields.v[i]);
	}
	buf_addz(out, c->fields.n ? "): " : ": ");
	print_clean(out, c->reason);
	buf_addc(out, '\n');
}

void print_held_text(struct buf *out, const char *tenant, const struct held_plan *p)
{
	char since[UTC_TEXT];
	buf_printf(out, "    %s plan ", p->answer == HELD_WAITING ? "held," : held_answer_name(p->answer));
	print_clean(out, p->id);
	buf_printf(out, " (%s, %zu change%s) since %s: ", flow_kind_name(p->flow), p->count, p->count == 1 ? "" : "s",
	           utc_iso(p->since, since));
	print_clean(out, p->reason);
	if (p->answer == HELD_WAITING) {
		buf_printf(out, "\n      passerelle approve %s ", tenant);
		print_clean(out, p->id);
		buf_addz(out, " does it, discard leaves it undone");
	}
	buf_addc(out, '\n');
}

static void print_approved(struct buf *out, const struct env_report *e)
{
	const struct change *c = e->approved_rest.v;
	buf_addz(out, "    plan ");
	print_clean(out, e->approved);
	buf_printf(out, " approved: %zu of %zu changes were still wanted just so\n", e->approved_left, e->approved_left + e->approved_rest.n);
	for (size_t i = 0; i < e->approved_rest.n; i++) {
		struct change rest = c[i];
		rest.held = false;
		buf_addz(out, "    not done:");
		print_change(out, &rest);
	}
}

static void print_environment(struct buf *out, const struct report *r, const struct env_report *e)
{
	buf_printf(out, "  %s: %s\n", e->environment, result_name(e->result));
	print_counts(out, e->counts);
	if (e->shadow) {
		print_shadow_line(out, e->shadow);
		print_shadow_findings(out, e->shadow);
	}
	const struct change *changes = e->changes.v;
	for (size_t i = 0; r->plan_only && i < e->changes.n; i++)
		print_change(out, &changes[i]);
	if (r->plan_only && !e->changes.n && !fault_is(&e->error))
		buf_addz(out, "    nothing to do\n");
	const struct issue *issues = e->issues.v;
	if (e->issues.n)
		buf_printf(out, "    %zu issue%s:\n", e->issues.n, e->issues.n == 1 ? "" : "s");
	for (size_t i = 0; i < e->issues.n; i++)
		print_issue_text(out, &issues[i]);
	if (!str_empty(e->approved))
		print_approved(out, e);
	if (e->held)
		print_held_text(out, r->tenant, e->held);
	if (fault_is(&e->error)) {
		buf_addz(out, "    error: ");
		print_clean(out, str_of(e->error.what));
		buf_addc(out, '\n');
	}
}

void print_report_text(struct buf *out, const struct report *r)
{
	uint64_t ypareo = r->requests_ypareo, edusign = 0;
	for (unsigned i = 0; i < r->environment_count; i++) {
		ypareo += r->environments[i].requests_ypareo;
		edusign += r->environments[i].requests_edusign;
	}
	buf_printf(out, "%s %s%s: %s (%lld s, %llu requests to Yparéo, %llu to Edusign)\n", r->tenant,
	           flow_kind_name(r->flow), r->plan_only ? " plan" : "", result_name(r->result),
	           (long long)(r->ended - r->started), (unsigned long long)ypareo, (unsigned long long)edusign);
	for (unsigned i = 0; i < r->environment_count; i++)
		print_environment(out, r, &r->environments[i]);
}

void print_run_text(struct buf *out, const char *environment, const struct run_summary *s)
{
	char started[UTC_TEXT];
	buf_printf(out, "%s %-4s %-6s %s %lld s", utc_iso(s->started, started), flow_kind_name(s->flow),
	           result_name(s->result), environment, (long long)(s->ended - s->started));
	uint64_t writes = 0;
	for (int k = 0; k < COUNT_KIND_COUNT; k++)
		writes += (uint64_t)s->counts[k].created + s->counts[k].updated + s->counts[k].deleted;
	buf_printf(out, ", %llu changes, %u issues", (unsigned long long)writes, s->issues);
	if (!str_empty(s->by)) {
		buf_addz(out, ", asked for by ");
		print_clean(out, s->by);
	}
	if (!str_empty(s->plan)) {
		buf_addz(out, ", held plan ");
		print_clean(out, s->plan);
	}
	if (!str_empty(s->error)) {
		buf_addz(out, ", error: ");
		print_clean(out, s->error);
	}
	buf_addc(out, '\n');
}

void print_write_text(struct buf *out, const struct write_line *l)
{
	char at[UTC_TEXT];
	buf_printf(out, "    %s ", utc_iso(l->at, at));
	const struct str parts[] = {l->action, l->record, l->reason, l->answer};
	static const char *const joints[] = {"", " ", ": ", " -> "};
	for (size_t i = 0; i < 4; i++) {
		if (str_empty(parts[i]))
			continue;
		buf_addz(out, joints[i]);
		print_clean(out, parts[i]);
	}
	buf_addc(out, '\n');
}

void print_answer_text(struct buf *out, const char *environment, const struct held_line *a)
{
	char at[UTC_TEXT];
	buf_printf(out, "%s %-4s %s %s, plan ", utc_iso(a->at, at), flow_kind_name(a->flow), held_answer_name(a->answer), environment);
	print_clean(out, a->plan);
	buf_printf(out, " of %zu changes, by ", a->count);
	print_clean(out, a->by);
	if (!str_empty(a->why)) {
		buf_addz(out, ": ");
		print_clean(out, a->why);
	}
	buf_addc(out, '\n');
}

void print_deed_text(struct buf *out, const struct deed *d)
{
	char at[UTC_TEXT];
	buf_printf(out, "%s  %s by ", utc_iso(d->at, at), deed_kind_name(d->kind));
	print_clean(out, str_empty(d->by) ? STR("nobody known") : d->by);
	buf_addc(out, '\n');
	for (struct str rest = d->what; rest.n;) {
		const char *end = memchr(rest.p, '\n', rest.n);
		size_t n = end ? (size_t)(end - rest.p) : rest.n;
		buf_addz(out, "    ");
		print_clean(out, (struct str){rest.p, n});
		buf_addc(out, '\n');
		n += end != NULL;
		rest = (struct str){rest.p + n, rest.n - n};
	}
}
