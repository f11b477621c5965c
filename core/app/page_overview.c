#include <stdlib.h>
#include <string.h>

#include "core/app/page.h"

/* The table of all schools. */

struct rows {
	struct page *p;
	const char *only;
	struct str find; /* folded */
	struct arena *arena;
	struct buf table;
	unsigned all, attention, issues, matched, page;
};

#define ROWS 200 /* on one page */

static bool matches(struct rows *r, const char *id, const struct tenant *t)
{
	if (str_empty(r->find))
		return true;
	arena_reset(r->arena);
	const char *text = arena_printf(r->arena, "%s %s", id, t ? tenant_file(t)->name : "");
	struct str folded = str_fold(r->arena, str_of(text));
	return folded.n >= r->find.n && memmem(folded.p, folded.n, r->find.p, r->find.n);
}

static void put_flow(struct page *p, const struct tenant *t, enum flow_kind flow)
{
	const struct tz *zone = tenant_file(t)->settings.zone;
	int64_t good = page_good_at(t, flow), next = tenant_next(t, flow);
	enum result worst = RESULT_OK;
	for (unsigned i = 0; i < tenant_file(t)->settings.environment_count; i++) {
		const struct recent *r = tenant_recent(t, i);
		if (r && r->last[flow] && r->last[flow]->result > worst)
			worst = r->last[flow]->result;
	}
	buf_addz(p->out, "<td>");
	page_put_time(p, zone, good, T_NEVER);
	if (worst >= RESULT_HELD) {
		buf_addc(p->out, ' ');
		page_put_result(p, worst);
	}
	buf_addz(p->out, "</td><td>");
	page_put_time(p, zone, next == INT64_MAX ? 0 : next, T_NONE);
	buf_addz(p->out, "</td>");
}

/* Of its two flows the worse one. */
static void put_freshness(struct page *p, const struct tenant *t)
{
	enum page_fresh down = page_fresh(t, FLOW_DOWN, p->now), up = page_fresh(t, FLOW_UP, p->now);
	int64_t good = page_good_at(t, FLOW_DOWN);
	enum page_fresh worse = down == PAGE_LATE || up == PAGE_LATE ? PAGE_LATE : down == PAGE_IDLE ? up : down;
	page_put_fresh(p, worse);
	if (good) {
		buf_addz(p->out, " <span class=\"soft small\">");
		page_put_ago(p, good);
		buf_addz(p->out, "</span>");
	}
}

/* A file's name that is no school's id is shown too: what is wrong with it. */
static void put_link(struct page *p, const char *id, const char *where)
{
	buf_addz(p->out, "<a href=\"/schools/");
	buf_add_urlencoded(p->out, str_of(id));
	buf_printf(p->out, "%s\">", where);
}

static void put_school(struct page *p, const char *id, const struct tenant *t)
{
	buf_addz(p->out, "<tr><th scope=\"row\">");
	put_link(p, id, "");
	page_putz(p->out, t ? tenant_file(t)->name : id);
	buf_addz(p->out, "</a>");
	if (t && strcmp(tenant_file(t)->name, id) != 0) {
		buf_addz(p->out, "<br><span class=\"id\">");
		page_putz(p->out, id);
		buf_addz(p->out, "</span>");
	}
	buf_addz(p->out, "</th><td>");
	page_put_state(p, t);
	buf_addz(p->out, "</td>");
	if (!t) {
		buf_addz(p->out, "<td></td><td></td><td></td><td></td><td></td><td></td></tr>\n");
		return;
	}
	put_flow(p, t, FLOW_DOWN);
	put_flow(p, t, FLOW_UP);
	buf_addz(p->out, "<td class=\"number\">");
	unsigned issues = page_open_issues(t, p->now);
	if (issues)
		put_link(p, id, "#issues");
	buf_printf(p->out, "%u%s</td><td>", issues, issues ? "</a>" : "");
	put_freshness(p, t);
	buf_addz(p->out, "</td></tr>\n");
}

static void see(void *to, const char *id, struct tenant *t, const char *mistakes)
{
	struct rows *r = to;
	(void)mistakes;
	if (!access_sees(r->p->who, id))
		return;
	bool attention = page_needs_attention(t, r->p->now);
	r->all++;
	r->attention += attention;
	r->issues += t ? page_open_issues(t, r->p->now) : 0;
	if ((strcmp(r->only, "attention") == 0 && !attention) || !matches(r, id, t))
		return;
	if (r->matched++ / ROWS != r->page)
		return;
	struct buf *out = r->p->out;
	r->p->out = &r->table;
	put_school(r->p, id, t);
	r->p->out = out;
}

static void put_sums(const struct rows *r)
{
	struct page *p = r->p;
	buf_printf(p->out,
	           "<ul class=\"sums\" id=\"sums\" data-live><li><b>%u</b> %s</li><li><b>%u</b> %s</li><li><b>%u</b> "
	           "%s</li><li><b>%u</b> %s</li></ul>\n",
	           r->all, page_say(p, T_SCHOOLS), r->all - r->attention, page_say(p, T_WELL), r->attention,
	           page_say(p, T_ATTENTION), r->issues, page_say(p, T_ISSUES));
}

static void put_tools(const struct rows *r, struct str find)
{
	struct page *p = r->p;
	bool attention = strcmp(r->only, "attention") == 0;
	buf_printf(p->out,
	           "<form class=\"tools\" role=\"search\" action=\"/\"><label>%s <input type=\"search\" "
	           "name=\"find\" value=\"",
	           page_say(p, T_SEARCH));
	page_put(p->out, find);
	buf_printf(p->out,
	           "\"></label>%s<button>%s</button>\n<nav aria-label=\"%s\"><ul><li><a href=\"/\"%s>%s</a></li>",
	           attention ? "<input type=\"hidden\" name=\"only\" value=\"attention\">" : "", page_say(p, T_GO),
	           page_say(p, T_SCHOOLS), attention ? "" : " aria-current=\"true\"", page_say(p, T_ALL));
	buf_printf(p->out, "<li><a href=\"/?only=attention\"%s>%s</a></li></ul></nav></form>\n",
	           attention ? " aria-current=\"true\"" : "", page_say(p, T_ATTENTION));
}

static void put_head(struct page *p)
{
	buf_printf(
	        p->out,
	        "<div class=\"scroll\" id=\"schools\" data-live tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n"
	        "<table><caption>%s</caption><thead><tr>",
	        page_say(p, T_SCHOOLS), page_say(p, T_TABLE));
	buf_printf(p->out,
	           "<th scope=\"col\" rowspan=\"2\">%s</th><th scope=\"col\" rowspan=\"2\">%s</th>"
	           "<th scope=\"colgroup\" colspan=\"2\">%s</th><th scope=\"colgroup\" colspan=\"2\">%s</th>"
	           "<th scope=\"col\" rowspan=\"2\">%s</th><th scope=\"col\" rowspan=\"2\">%s</th></tr><tr>",
	           page_say(p, T_SCHOOL), page_say(p, T_STATE), page_say(p, T_DOWN), page_say(p, T_UP),
	           page_say(p, T_ISSUES), page_say(p, T_FRESH));
	for (int i = 0; i < FLOW_KIND_COUNT; i++)
		buf_printf(p->out, "<th scope=\"col\">%s</th><th scope=\"col\">%s</th>", page_say(p, T_LAST_GOOD),
		           page_say(p, T_NEXT));
	buf_addz(p->out, "</tr></thead>\n<tbody>\n");
}

/* Thousands of schools are read a page at a time. */
static void put_pages(const struct rows *r, struct str find)
{
	struct page *p = r->p;
	unsigned pages = (r->matched + ROWS - 1) / ROWS;
	if (pages < 2)
		return;
	buf_printf(p->out, "<nav aria-label=\"%s\"><ul>", page_say(p, T_PAGES));
	for (unsigned i = 0; i < pages; i++) {
		buf_printf(p->out, "<li><a href=\"/?only=%s&amp;find=", r->only);
		buf_add_urlencoded(p->out, find);
		buf_printf(p->out, "&amp;page=%u\"%s>%u</a></li>", i + 1,
		           i == r->page ? " aria-current=\"page\"" : "", i + 1);
	}
	buf_addz(p->out, "</ul></nav>\n");
}

void page_overview(struct page *p, const char *only, struct str find, unsigned number)
{
	only = strcmp(only, "attention") == 0 ? only : "";
	struct rows r = {.p = p, .only = only, .page = number ? number - 1 : 0, .arena = arena_new(64 * 1024)};
	struct arena *mine = arena_new(64 * 1024);
	r.find = str_fold(mine, find);
	buf_init(&r.table, 0);
	admin_schools(p->admin, see, &r);
	buf_printf(p->out, "<h1>%s</h1>\n", page_say(p, T_SCHOOLS));
	put_sums(&r);
	put_tools(&r, find);
	put_head(p);
	buf_add(p->out, r.table.p, r.table.n);
	if (!r.table.n)
		buf_printf(p->out, "<tr><td colspan=\"8\">%s</td></tr>\n", page_say(p, T_NOTHING));
	buf_addz(p->out, "</tbody></table></div>\n");
	put_pages(&r, find);
	page_frame(p, page_say(p, T_SCHOOLS));
	buf_deinit(&r.table);
	arena_free(&r.arena);
	arena_free(&mine);
}
