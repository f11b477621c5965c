#include <stdio.h>
#include <string.h>

#include "core/app/page.h"

/* One school's page. */

static void put_state(struct page *p, const char *id, const struct tenant *t)
{
	buf_addz(p->out, "<p id=\"state\" class=\"state\" data-live><span class=\"id\">");
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
	if (!t || p->who->role != ACCESS_OPERATOR || !p->form[0])
		return;
	buf_printf(p->out, "<div class=\"tools actions\" role=\"group\" aria-label=\"%s\" id=\"actions\" data-live>\n", page_say(p, T_ACTIONS));
	put_button(p, id, "run-down", " class=\"first\"", T_RUN_DOWN);
	put_button(p, id, "run-up", " class=\"first\"", T_RUN_UP);
	if (tenant_is_paused(t))
		put_button(p, id, "resume", "", T_RESUME);
	else
		put_button(p, id, "pause", "", T_PAUSE);
	buf_addz(p->out, "</div>\n");
}

static void put_heading(struct page *p, const char *id, const struct tenant *t)
{
	buf_addz(p->out, "<div class=\"head\"><div><h1>");
	page_putz(p->out, t ? tenant_file(t)->name : id);
	buf_addz(p->out, "</h1>\n");
	put_state(p, id, t);
	buf_addz(p->out, "</div>\n");
	put_actions(p, id, t);
	buf_addz(p->out, "</div>\n");
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
	page_put_said(p, c->record);
	buf_addz(p->out, "</b>");
	for (size_t i = 0; i < c->fields.n; i++) {
		buf_addz(p->out, i ? ", " : " ");
		page_put_said(p, c->fields.v[i]);
	}
	buf_addz(p->out, " <span class=\"soft\">");
	page_put_said(p, c->reason);
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
	buf_addz(p->out, "</p>\n<p>");
	page_put_said(p, h->reason);
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

static void put_flow(struct page *p, const struct tenant *t, enum flow_kind flow)
{
	const struct tz *zone = tenant_file(t)->settings.zone;
	int64_t good = page_good_at(t, flow), next = tenant_next(t, flow);
	buf_addz(p->out, "<tr><th scope=\"row\">");
	page_put_flow(p, flow);
	buf_addz(p->out, "</th><td>");
	page_put_fresh(p, page_fresh(t, flow, p->now));
	buf_addz(p->out, "</td><td>");
	page_put_time(p, zone, good, T_NEVER);
	if (good) {
		buf_addz(p->out, " <span class=\"soft small\">");
		page_put_ago(p, good);
		buf_addz(p->out, "</span>");
	}
	buf_addz(p->out, "</td><td>");
	page_put_time(p, zone, next == INT64_MAX ? 0 : next, T_NONE);
	buf_addz(p->out, "</td></tr>\n");
}

static void put_flows(struct page *p, const struct tenant *t)
{
	static const enum page_text_id columns[] = {T_FLOW, T_FRESH, T_LAST_GOOD, T_NEXT};
	unsigned sheets = 0;
	for (unsigned i = 0; i < tenant_file(t)->settings.environment_count; i++)
		sheets += tenant_recent(t, i) ? tenant_recent(t, i)->sheets_ahead : 0;
	buf_printf(p->out, "<section aria-labelledby=\"h-flows\"><h2 id=\"h-flows\">%s</h2>\n", page_say(p, T_FLOWS));
	page_put_table(p, "flows", T_FLOWS, columns, 4);
	put_flow(p, t, FLOW_DOWN);
	put_flow(p, t, FLOW_UP);
	page_end_table(p, 1, 4, T_NONE);
	buf_printf(p->out, "<p class=\"soft small\" id=\"window\" data-live>%s <b>%u</b> · %s ", page_say(p, T_SHEETS_AHEAD), sheets,
	           page_say(p, T_ZONE));
	page_putz(p->out, tenant_file(t)->timezone);
	buf_addz(p->out, "</p></section>\n");
}

static void put_unread(struct page *p, const struct page_store *stores, unsigned count)
{
	buf_addz(p->out, "<div id=\"unread\" data-live>");
	for (unsigned i = 0; i < count; i++) {
		if (!stores[i].unread[0])
			continue;
		buf_printf(p->out, "<p class=\"note bad\" lang=\"en\">");
		page_putz(p->out, stores[i].key);
		buf_addz(p->out, ": ");
		page_putz(p->out, stores[i].unread);
		buf_addz(p->out, "</p>\n");
	}
	buf_addz(p->out, "</div>\n");
}

void page_school(struct page *p, const char *id, const struct tenant *t, const char *mistakes, const char *done,
                 const struct page_store *stores, unsigned count)
{
	struct buf title;
	if (p->who->role != ACCESS_SCHOOL)
		buf_printf(p->out, "<nav class=\"crumbs\" aria-label=\"%s\"><a href=\"/\">← %s</a></nav>\n", page_say(p, T_PATH),
		           page_say(p, T_SCHOOLS));
	put_heading(p, id, t);
	put_done(p, done);
	put_mistakes(p, t, mistakes);
	if (t) {
		put_silent(p, t);
		put_unread(p, stores, count);
		buf_addz(p->out, "<div id=\"held\" data-live>");
		put_held(p, t, id);
		buf_addz(p->out, "</div>\n<div class=\"columns\">\n");
		put_flows(p, t);
		page_put_load(p, t);
		buf_addz(p->out, "</div>\n");
		page_put_issues(p, id, t);
		page_put_runs(p, t, stores, count);
		buf_printf(p->out, "<section aria-labelledby=\"h-explain\"><h2 id=\"h-explain\">%s</h2>\n", page_say(p, T_EXPLAIN));
		page_put_explain_form(p, id, NULL);
		buf_addz(p->out, "</section>\n");
		page_put_deeds(p, t, stores, count);
	}
	buf_init(&title, 0);
	page_putz(&title, t ? tenant_file(t)->name : id);
	page_frame(p, title.p);
	buf_deinit(&title);
}
