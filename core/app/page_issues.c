#include <stdio.h>

#include "core/app/page.h"
#include "core/sync/wording.h"

/* A school's open issues, by who can mend them. */

static enum wording_lang lang_of(const struct page *p)
{
	return p->lang == PAGE_FR ? WORDING_FR : WORDING_EN;
}

/* The screen to open; Yparéo's is a link to the school's own. */
static void put_place(struct page *p, const struct tenant_conf *c, const struct issue *i)
{
	enum issue_place place = issue_place(i);
	struct str text = issue_place_text(p->arena, lang_of(p), i);
	bool yparo = place == PLACE_PERSON || place == PLACE_SESSION || place == PLACE_ABSENCES || place == PLACE_RIGHTS;
	if (str_empty(text))
		return;
	buf_addz(p->out, "<br>");
	if (yparo) {
		buf_addz(p->out, "<a class=\"place\" rel=\"noreferrer\" href=\"");
		page_putz(p->out, c->ypareo.url);
		buf_addz(p->out, "\">");
	} else {
		buf_addz(p->out, "<span class=\"place\">");
	}
	page_put(p->out, text);
	buf_addz(p->out, yparo ? "</a>" : "</span>");
}

/* "learner 4711", as the page's other sentences name it, with a way to its explanation. */
static void put_record(struct page *p, const char *id, const struct issue *i)
{
	static const struct {
		const char *prefix, *kind;
	} kinds[] = {{"learner ", "learner"}, {"instructor ", "instructor"}, {"sheet ", "session"}, {"attendance ", "session"}};
	const char *kind = NULL;
	size_t skip = 0;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		if (!str_starts(i->record, kinds[k].prefix))
			continue;
		kind = kinds[k].kind;
		for (skip = 0; kinds[k].prefix[skip]; skip++)
			;
	}
	if (kind) {
		size_t n = 0;
		while (skip + n < i->record.n && i->record.p[skip + n] >= '0' && i->record.p[skip + n] <= '9')
			n++;
		buf_addz(p->out, "<a href=\"");
		page_put_path(p, id, "/explain?kind=");
		buf_printf(p->out, "%s&amp;code=%.*s\">", kind, (int)n, i->record.p + skip);
	}
	page_put_said(p, i->record);
	if (kind)
		buf_addz(p->out, "</a>");
}

static void put_issue(struct page *p, const char *id, const struct tenant_conf *c, const char *environment, const struct issue *i)
{
	buf_addz(p->out, "<tr><th scope=\"row\">");
	put_record(p, id, i);
	if (!str_empty(i->field)) {
		buf_addz(p->out, " <span class=\"soft\">");
		page_put_said(p, i->field);
		buf_addz(p->out, "</span>");
	}
	buf_addz(p->out, "</th><td>");
	page_put_said(p, i->problem);
	buf_addz(p->out, "</td><td>");
	page_put_said(p, i->fix);
	put_place(p, c, i);
	buf_addz(p->out, "</td><td>");
	page_putz(p->out, environment);
	buf_addz(p->out, "</td><td>");
	page_put_time(p, c->settings.zone, i->since, T_NEVER);
	buf_addz(p->out, "</td></tr>\n");
}

/* Those of one kind of people; how many. */
static unsigned put_owned(struct page *p, const char *id, const struct tenant *t, enum issue_owner owner, enum page_text_id title)
{
	static const enum page_text_id columns[] = {T_RECORD, T_PROBLEM, T_FIX, T_ENVIRONMENT, T_SINCE};
	const struct tenant_conf *c = tenant_file(t);
	char name[32];
	unsigned rows = 0;
	snprintf(name, sizeof(name), "issues-%s", issue_owner_name(owner));
	for (unsigned k = 0; k < c->settings.environment_count; k++) {
		const struct recent *r = tenant_recent(t, k);
		const struct issue *all = r ? r->issues.v : NULL;
		for (size_t i = 0; r && i < r->issues.n; i++) {
			if (!recent_is_open(&all[i], p->now) || issue_owner(&all[i]) != owner)
				continue;
			if (!rows++) {
				buf_printf(p->out, "<h3>%s</h3>\n", page_say(p, title));
				/* the whole is live, not each part of it: which parts there are changes */
				buf_printf(p->out,
				           "<div class=\"scroll\" tabindex=\"0\" role=\"region\" id=\"%s\" aria-label=\"%s\"><table><thead><tr>", name,
				           page_say(p, title));
				for (size_t n = 0; n < 5; n++)
					buf_printf(p->out, "<th scope=\"col\">%s</th>", page_say(p, columns[n]));
				buf_addz(p->out, "</tr></thead>\n<tbody>\n");
			}
			put_issue(p, id, c, c->environments[k].key, &all[i]);
		}
	}
	if (rows)
		buf_addz(p->out, "</tbody></table></div>\n");
	return rows;
}

void page_put_issues(struct page *p, const char *id, const struct tenant *t)
{
	unsigned all = page_open_issues(t, p->now), shown = 0;
	buf_printf(p->out,
	           "<section aria-labelledby=\"h-issues\" id=\"issues\" data-live><h2 id=\"h-issues\">%s <span class=\"count\">%u</span></h2>\n",
	           page_say(p, T_ISSUES), all);
	shown += put_owned(p, id, t, OWNER_SCHOOL, T_OWNER_SCHOOL);
	shown += put_owned(p, id, t, OWNER_OPERATOR, T_OWNER_OPERATOR);
	shown += put_owned(p, id, t, OWNER_VENDOR, T_OWNER_VENDOR);
	if (!all)
		page_put_empty(p, T_NO_ISSUES);
	if (all > shown) {
		buf_addz(p->out, "<p class=\"soft\">");
		page_put_with(p, T_MORE_ISSUES, id);
		buf_addz(p->out, "</p>\n");
	}
	buf_addz(p->out, "</section>\n");
}
