#include <stdio.h>
#include <string.h>

#include "core/app/page.h"

/* One school's page. */

static void put_heading(struct page *p, const char *id, const struct tenant *t)
{
	buf_addz(p->out, "<h1>");
	page_putz(p->out, t ? tenant_file(t)->name : id);
	buf_addz(p->out, "</h1>\n<p id=\"state\" data-live><span class=\"id\">");
	page_putz(p->out, id);
	buf_addz(p->out, "</span> ");
	page_put_state(p, t);
	const struct tenant_progress *g = t ? tenant_progress(t) : NULL;
	if (g) {
		buf_printf(p->out, " <span class=\"soft\">%s ", page_say(p, T_UNDER_WAY));
		page_putz(p->out, g->environment);
		buf_addc(p->out, ' ');
		page_putz(p->out, g->step);
		buf_addz(p->out, "</span>");
		if (g->all)
			buf_printf(p->out, " <progress max=\"%u\" value=\"%u\" aria-label=\"%s\">%u/%u</progress>",
			           g->all, g->done, page_say(p, T_UNDER_WAY), g->done, g->all);
	}
	buf_addz(p->out, "</p>\n");
}

static void put_done(struct page *p, const char *done)
{
	static const struct {
		const char *name, *kind;
		enum page_text_id text;
	} all[] = {{"run", "good", T_DONE_RUN},         {"pause", "good", T_DONE_PAUSE},
	           {"resume", "good", T_DONE_RESUME},   {"approve", "good", T_DONE_APPROVE},
	           {"discard", "good", T_DONE_DISCARD}, {"file", "warn", T_FILE_PAUSED}};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i].name, done) == 0)
			buf_printf(p->out, "<p class=\"note %s\" role=\"status\">%s</p>\n", all[i].kind,
			           page_say(p, all[i].text));
}

/* A list of mistakes names files and keys, which are the operator's. */
static void put_mistakes(struct page *p, const struct tenant *t, const char *mistakes)
{
	const char *why = t ? tenant_why(t) : mistakes;
	if (!why[0] && t)
		return;
	buf_printf(p->out, "<div class=\"note bad\" role=\"alert\">%s %s", page_say(p, T_FILE_WRONG),
	           t ? page_say(p, T_FILE_STALE) : "");
	if (p->who->role == ACCESS_OPERATOR) {
		buf_addz(p->out, "<pre lang=\"en\">");
		page_put(p->out, str_trim(str_of(why)));
		buf_addz(p->out, "</pre>");
	}
	buf_addz(p->out, "</div>\n");
}

static void put_button(struct page *p, const char *id, const char *action, const char *class, enum page_text_id text)
{
	buf_printf(
	        p->out,
	        "<form method=\"post\" action=\"/schools/%s/%s\"><input type=\"hidden\" name=\"form\" value=\"%s\">"
	        "<button id=\"do-%s\"%s>%s</button></form>\n",
	        id, action, p->form, action, class, page_say(p, text));
}

static void put_actions(struct page *p, const char *id, const struct tenant *t)
{
	if (p->who->role != ACCESS_OPERATOR || !p->form[0])
		return;
	buf_printf(p->out,
	           "<section aria-labelledby=\"h-actions\"><h2 id=\"h-actions\">%s</h2>\n<div class=\"tools\" "
	           "id=\"actions\" data-live>\n",
	           page_say(p, T_ACTIONS));
	put_button(p, id, "run-down", " class=\"first\"", T_RUN_DOWN);
	put_button(p, id, "run-up", " class=\"first\"", T_RUN_UP);
	if (tenant_is_paused(t))
		put_button(p, id, "resume", "", T_RESUME);
	else
		put_button(p, id, "pause", "", T_PAUSE);
	buf_addz(p->out, "</div></section>\n");
}

static void put_silent(struct page *p, const struct tenant *t)
{
	const struct wiring *w = tenant_wiring(t);
	bool edusign = false;
	for (unsigned i = 0; i < w->conf->settings.environment_count; i++)
		edusign = edusign || fetch_lane_breaker(w->edusign[i]) != BREAKER_CLOSED;
	buf_addz(p->out, "<div id=\"silent\" data-live>");
	if (fetch_lane_breaker(w->ypareo) != BREAKER_CLOSED)
		buf_printf(p->out, "<p class=\"note warn\">%s</p>\n", page_say(p, T_YPAREO_SILENT));
	if (edusign)
		buf_printf(p->out, "<p class=\"note warn\">%s</p>\n", page_say(p, T_EDUSIGN_SILENT));
	buf_addz(p->out, "</div>\n");
}

/* ---- held plans ---- */

#define FEW 10 /* changes that are shown without being asked for */

static void put_change(struct page *p, const struct change *c)
{
	static const enum page_text_id actions[ACTION_COUNT] = {T_CREATE, T_UPDATE, T_DELETE};
	buf_printf(p->out, "<li>%s <b>", page_say(p, actions[c->action]));
	page_put(p->out, c->record);
	buf_addz(p->out, "</b>");
	for (size_t i = 0; i < c->fields.n; i++) {
		buf_addz(p->out, i ? ", " : " ");
		page_put(p->out, c->fields.v[i]);
	}
	buf_addz(p->out, " <span lang=\"en\" class=\"soft\">");
	page_put(p->out, c->reason);
	buf_addz(p->out, "</span></li>\n");
}

static void put_answer(struct page *p, const char *id, const struct held_plan *h)
{
	buf_printf(p->out,
	           "<form class=\"tools\" method=\"post\" action=\"/schools/%s/approve\"><input type=\"hidden\" "
	           "name=\"form\" "
	           "value=\"%s\"><input type=\"hidden\" name=\"plan\" value=\"",
	           id, p->form);
	page_put(p->out, h->id);
	buf_printf(p->out,
	           "\"><label>%s <input name=\"why\" maxlength=\"200\"></label><button "
	           "class=\"first\">%s</button><button "
	           "formaction=\"/schools/%s/discard\">%s</button></form>\n",
	           page_say(p, T_WHY), page_say(p, T_APPROVE), id, page_say(p, T_DISCARD));
}

static void put_plan(struct page *p, const char *id, const struct tenant *t, const char *environment,
                     const struct held_plan *h)
{
	const struct held_change *all = h->changes.v;
	char n[32];
	buf_printf(p->out, "<section class=\"note warn\"><h2>%s <span class=\"id\">", page_say(p, T_HELD));
	page_put(p->out, h->id);
	buf_printf(p->out, "</span></h2>\n<p>%s %s, ", page_say(p, T_HELD_TEXT),
	           page_say(p, h->flow == FLOW_UP ? T_UP : T_DOWN));
	page_putz(p->out, environment);
	buf_addz(p->out, ", ");
	page_put_time(p, tenant_file(t)->settings.zone, h->since, T_NEVER);
	buf_addz(p->out, "</p>\n<p lang=\"en\">");
	page_put(p->out, h->reason);
	buf_printf(p->out, "</p>\n<details%s><summary>", h->count <= FEW ? " open" : "");
	snprintf(n, sizeof(n), "%zu", h->count);
	page_put_with(p, T_LIST, n);
	buf_addz(p->out, "</summary><ul>\n");
	for (size_t i = 0; i < h->changes.n; i++)
		put_change(p, &all[i].what);
	if (h->count > h->changes.n) {
		snprintf(n, sizeof(n), "%zu", h->count - h->changes.n);
		buf_addz(p->out, "<li>");
		page_put_with(p, T_MORE_CHANGES, n);
		buf_addz(p->out, "</li>\n");
	}
	buf_addz(p->out, "</ul></details>\n");
	if (p->who->role == ACCESS_OPERATOR && p->form[0])
		put_answer(p, id, h);
	buf_addz(p->out, "</section>\n");
}

static void put_held(struct page *p, const struct tenant *t, const char *id)
{
	for (unsigned i = 0; i < tenant_file(t)->settings.environment_count; i++) {
		const struct recent *r = tenant_recent(t, i);
		for (int flow = 0; r && flow < FLOW_KIND_COUNT; flow++) {
			const struct held_plan *h = recent_held(r, (enum flow_kind)flow);
			if (h)
				put_plan(p, id, t, tenant_file(t)->environments[i].key, h);
		}
	}
}

static void put_flows(struct page *p, const struct tenant *t)
{
	const struct tenant_conf *c = tenant_file(t);
	buf_printf(p->out,
	           "<section aria-labelledby=\"h-flows\"><h2 id=\"h-flows\">%s</h2>\n<div class=\"scroll\" "
	           "id=\"flows\" data-live tabindex=\"0\" "
	           "role=\"region\" aria-labelledby=\"h-flows\"><table><caption>%s ",
	           page_say(p, T_FLOWS), page_say(p, T_ZONE));
	page_putz(p->out, c->timezone);
	buf_printf(
	        p->out,
	        "</caption><thead><tr><th scope=\"col\">%s</th><th scope=\"col\">%s</th><th scope=\"col\">%s</th><th "
	        "scope=\"col\">%s</th></tr></thead>\n<tbody>\n",
	        page_say(p, T_FLOW), page_say(p, T_FRESH), page_say(p, T_LAST_GOOD), page_say(p, T_NEXT));
	for (int k = 0; k < FLOW_KIND_COUNT; k++) {
		enum flow_kind flow = (enum flow_kind)k;
		int64_t good = page_good_at(t, flow), next = tenant_next(t, flow);
		buf_printf(p->out, "<tr><th scope=\"row\">%s</th><td>", page_say(p, flow == FLOW_UP ? T_UP : T_DOWN));
		page_put_fresh(p, page_fresh(t, flow, p->now));
		buf_addz(p->out, "</td><td>");
		page_put_time(p, c->settings.zone, good, T_NEVER);
		if (good) {
			buf_addz(p->out, " <span class=\"soft\">");
			page_put_ago(p, good);
			buf_addz(p->out, "</span>");
		}
		buf_addz(p->out, "</td><td>");
		page_put_time(p, c->settings.zone, next == INT64_MAX ? 0 : next, T_NONE);
		buf_addz(p->out, "</td></tr>\n");
	}
	buf_addz(p->out, "</tbody></table></div></section>\n");
}

static void put_table(struct page *p, const char *name, enum page_text_id title, const enum page_text_id *columns,
                      size_t n)
{
	buf_printf(p->out,
	           "<section aria-labelledby=\"h-%s\"><h2 id=\"h-%s\">%s</h2>\n<div class=\"scroll\" id=\"%s\" "
	           "data-live tabindex=\"0\" "
	           "role=\"region\" aria-labelledby=\"h-%s\"><table><thead><tr>",
	           name, name, page_say(p, title), name, name);
	for (size_t i = 0; i < n; i++)
		buf_printf(p->out, "<th scope=\"col\">%s</th>", page_say(p, columns[i]));
	buf_addz(p->out, "</tr></thead>\n<tbody>\n");
}

static void end_table(struct page *p, unsigned rows, unsigned columns, enum page_text_id none)
{
	if (!rows)
		buf_printf(p->out, "<tr><td colspan=\"%u\">%s</td></tr>\n", columns, page_say(p, none));
	buf_addz(p->out, "</tbody></table></div></section>\n");
}

/* ---- runs ---- */

static void put_changes(struct page *p, const struct run_summary *s)
{
	static const enum page_text_id names[] = {T_CREATED, T_UPDATED, T_DELETED};
	uint64_t sums[3] = {0};
	bool any = false;
	for (int k = 0; k < COUNT_KIND_COUNT; k++) {
		sums[0] += s->counts[k].created;
		sums[1] += s->counts[k].updated;
		sums[2] += s->counts[k].deleted;
	}
	for (int i = 0; i < 3; i++) {
		if (!sums[i])
			continue;
		buf_printf(p->out, "%s%llu %s", any ? ", " : "", (unsigned long long)sums[i], page_say(p, names[i]));
		any = true;
	}
	if (!any)
		buf_addz(p->out, page_say(p, T_NONE));
}

static void put_run(struct page *p, const struct tz *zone, const char *environment, const struct run_summary *s)
{
	buf_addz(p->out, "<tr><td>");
	page_put_time(p, zone, s->started, T_NEVER);
	buf_printf(p->out, "</td><td>%s</td><td>", page_say(p, s->flow == FLOW_UP ? T_UP : T_DOWN));
	page_putz(p->out, environment);
	buf_addz(p->out, "</td><td>");
	page_put_result(p, s->result);
	buf_printf(p->out, "</td><td class=\"number\">%lld s</td><td>", (long long)(s->ended - s->started));
	put_changes(p, s);
	buf_printf(p->out, "</td><td class=\"number\">%u</td><td lang=\"en\">", s->issues);
	page_put(p->out, s->error);
	buf_addz(p->out, "</td></tr>\n");
}

/* The environments' runs, merged, latest first. */
static void put_runs(struct page *p, const struct tenant *t)
{
	static const enum page_text_id columns[] = {T_STARTED, T_FLOW,    T_ENVIRONMENT, T_RESULT,
	                                            T_TOOK,    T_CHANGES, T_ISSUES,      T_DETAIL};
	const struct tenant_conf *c = tenant_file(t);
	size_t at[64] = {0};
	unsigned n = c->settings.environment_count < 64 ? c->settings.environment_count : 64, rows = 0;
	put_table(p, "runs", T_RUNS, columns, 8);
	while (rows < RECENT_RUNS) {
		const struct run_summary *latest = NULL;
		unsigned where = 0;
		for (unsigned i = 0; i < n; i++) {
			const struct recent *r = tenant_recent(t, i);
			const struct run_summary *runs = r ? r->runs.v : NULL;
			if (r && at[i] < r->runs.n && (!latest || runs[at[i]].started > latest->started)) {
				latest = &runs[at[i]];
				where = i;
			}
		}
		if (!latest)
			break;
		put_run(p, c->settings.zone, c->environments[where].key, latest);
		at[where]++;
		rows++;
	}
	end_table(p, rows, 8, T_NO_RUNS);
}

/* ---- issues ---- */

static void put_issue(struct page *p, const struct tz *zone, const char *environment, const struct issue *i)
{
	buf_addz(p->out, "<tr><th scope=\"row\">");
	page_put(p->out, i->record);
	if (!str_empty(i->field)) {
		buf_addz(p->out, " <span class=\"soft\">");
		page_put(p->out, i->field);
		buf_addz(p->out, "</span>");
	}
	buf_addz(p->out, "</th><td lang=\"en\">");
	page_put(p->out, i->problem);
	buf_addz(p->out, "</td><td lang=\"en\">");
	page_put(p->out, i->fix);
	buf_addz(p->out, "</td><td>");
	page_putz(p->out, environment);
	buf_addz(p->out, "</td><td>");
	page_put_time(p, zone, i->since, T_NEVER);
	buf_addz(p->out, "</td></tr>\n");
}

static void put_issues(struct page *p, const char *id, const struct tenant *t)
{
	static const enum page_text_id columns[] = {T_RECORD, T_PROBLEM, T_FIX, T_ENVIRONMENT, T_SINCE};
	const struct tenant_conf *c = tenant_file(t);
	unsigned rows = 0;
	put_table(p, "issues", T_ISSUES, columns, 5);
	for (unsigned k = 0; k < c->settings.environment_count; k++) {
		const struct recent *r = tenant_recent(t, k);
		const struct issue *all = r ? r->issues.v : NULL;
		for (size_t i = 0; r && i < r->issues.n; i++) {
			if (!recent_is_open(&all[i], p->now))
				continue;
			put_issue(p, c->settings.zone, c->environments[k].key, &all[i]);
			rows++;
		}
	}
	if (page_open_issues(t, p->now) > rows) {
		buf_addz(p->out, "<tr><td colspan=\"5\">");
		page_put_with(p, T_MORE_ISSUES, id);
		buf_addz(p->out, "</td></tr>\n");
		rows++;
	}
	end_table(p, rows, 5, T_NO_ISSUES);
}

void page_school(struct page *p, const char *id, const struct tenant *t, const char *mistakes, const char *done)
{
	struct buf title;
	if (p->who->role != ACCESS_SCHOOL)
		buf_printf(p->out, "<nav aria-label=\"%s\"><a href=\"/\">← %s</a></nav>\n", page_say(p, T_SCHOOLS),
		           page_say(p, T_SCHOOLS));
	put_heading(p, id, t);
	put_done(p, done);
	put_mistakes(p, t, mistakes);
	if (t) {
		put_silent(p, t);
		buf_addz(p->out, "<div id=\"held\" data-live>");
		put_held(p, t, id);
		buf_addz(p->out, "</div>\n");
		put_actions(p, id, t);
		put_flows(p, t);
		put_issues(p, id, t);
		put_runs(p, t);
	}
	buf_init(&title, 0);
	page_putz(&title, t ? tenant_file(t)->name : id);
	page_frame(p, title.p);
	buf_deinit(&title);
}
