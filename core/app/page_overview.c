#include <stdlib.h>
#include <string.h>

#include "core/app/page.h"

/* The table of all schools. */

#define ROWS 200 /* on one page */

/* One school, and what the table is sorted by. */
struct school_row {
	const char *id; /* valid while its seat is: within this call */
	const struct tenant *t;
	enum page_fresh fresh;
	bool attention;
	unsigned issues, held, sheets;
	int64_t good[FLOW_KIND_COUNT], next[FLOW_KIND_COUNT]; /* 0: never */
};

enum only { ONLY_ALL, ONLY_ATTENTION, ONLY_HELD, ONLY_ISSUES, ONLY_LATE, ONLY_PAUSED, ONLY_COUNT };
static const struct {
	const char *name;
	enum page_text_id text;
} onlies[ONLY_COUNT] = {{"", T_ALL},           {"attention", T_ATTENTION}, {"held", T_HELD_PLANS},
                        {"issues", T_ISSUES}, {"late", T_LATE},           {"paused", T_PAUSED_ONES}};

struct table {
	struct page *p;
	const struct page_view *view;
	enum only only;
	struct str find; /* folded */
	struct arena *scratch;
	struct school_row *rows;
	size_t n, cap;
	unsigned count[ONLY_COUNT], issues, sheets;
};

static const char *name_of(const struct school_row *r)
{
	return r->t ? tenant_file(r->t)->name : r->id;
}

/* ---- what there is ---- */

static bool is_found(struct table *t, const struct school_row *r)
{
	if (str_empty(t->find))
		return true;
	arena_reset(t->scratch);
	struct str folded = str_fold(t->scratch, str_of(arena_printf(t->scratch, "%s %s", r->id, name_of(r))));
	return folded.n >= t->find.n && memmem(folded.p, folded.n, t->find.p, t->find.n);
}

/* Of its two flows the worse one. */
static enum page_fresh freshness(const struct tenant *t, int64_t now)
{
	enum page_fresh down = page_fresh(t, FLOW_DOWN, now), up = page_fresh(t, FLOW_UP, now);
	if (down == PAGE_LATE || up == PAGE_LATE)
		return PAGE_LATE;
	return down == PAGE_IDLE ? up : down;
}

static struct school_row row_of(const char *id, const struct tenant *t, int64_t now)
{
	struct school_row r = {.id = id, .t = t, .fresh = PAGE_IDLE, .attention = page_needs_attention(t, now)};
	if (!t)
		return r;
	r.fresh = freshness(t, now);
	r.issues = page_open_issues(t, now);
	for (unsigned i = 0; i < tenant_file(t)->settings.environment_count; i++) {
		const struct recent *e = tenant_recent(t, i);
		for (int flow = 0; e && flow < FLOW_KIND_COUNT; flow++)
			r.held += recent_held(e, (enum flow_kind)flow) != NULL;
		r.sheets += e ? e->sheets_ahead : 0;
	}
	for (int flow = 0; flow < FLOW_KIND_COUNT; flow++) {
		int64_t next = tenant_next(t, (enum flow_kind)flow);
		r.good[flow] = page_good_at(t, (enum flow_kind)flow);
		r.next[flow] = next == INT64_MAX ? 0 : next;
	}
	return r;
}

static bool is_of(const struct school_row *r, enum only only)
{
	switch (only) {
	case ONLY_ATTENTION:
		return r->attention;
	case ONLY_HELD:
		return r->held;
	case ONLY_ISSUES:
		return r->issues;
	case ONLY_LATE:
		return r->fresh == PAGE_LATE;
	case ONLY_PAUSED:
		return r->t && tenant_is_paused(r->t);
	default:
		return true;
	}
}

static void see(void *to, const char *id, struct tenant *tenant, const char *mistakes)
{
	struct table *t = to;
	(void)mistakes;
	if (!access_sees(t->p->who, id))
		return;
	struct school_row r = row_of(id, tenant, t->p->now);
	for (int i = 0; i < ONLY_COUNT; i++)
		t->count[i] += is_of(&r, (enum only)i);
	t->issues += r.issues;
	t->sheets += r.sheets;
	if (!is_of(&r, t->only) || !is_found(t, &r))
		return;
	if (t->n == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 64;
		t->rows = xrealloc(t->rows, t->cap * sizeof(*t->rows));
	}
	t->rows[t->n++] = r;
}

/* ---- in which order ---- */

static int by_name(const struct school_row *a, const struct school_row *b)
{
	int d = strcmp(name_of(a), name_of(b));
	return d ? d : strcmp(a->id, b->id);
}

static int compare(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int by_state(const struct school_row *a, const struct school_row *b)
{
	return compare(a->t ? (int)tenant_state(a->t) : -1, b->t ? (int)tenant_state(b->t) : -1);
}

/* What is late first. */
static int by_fresh(const struct school_row *a, const struct school_row *b)
{
	static const int order[] = {[PAGE_LATE] = 0, [PAGE_NEW] = 1, [PAGE_PAUSED] = 2, [PAGE_IDLE] = 3, [PAGE_FRESH] = 4};
	return compare(order[a->fresh], order[b->fresh]);
}

static int by_down(const struct school_row *a, const struct school_row *b)
{
	return compare(a->good[FLOW_DOWN], b->good[FLOW_DOWN]);
}

static int by_down_next(const struct school_row *a, const struct school_row *b)
{
	return compare(a->next[FLOW_DOWN], b->next[FLOW_DOWN]);
}

static int by_up(const struct school_row *a, const struct school_row *b)
{
	return compare(a->good[FLOW_UP], b->good[FLOW_UP]);
}

static int by_up_next(const struct school_row *a, const struct school_row *b)
{
	return compare(a->next[FLOW_UP], b->next[FLOW_UP]);
}

static int by_sheets(const struct school_row *a, const struct school_row *b)
{
	return compare(a->sheets, b->sheets);
}

static int by_issues(const struct school_row *a, const struct school_row *b)
{
	return compare(a->issues, b->issues);
}

static int by_held(const struct school_row *a, const struct school_row *b)
{
	return compare(a->held, b->held);
}

/* The head's second row holds those with a group. */
static const struct column {
	const char *name;
	int (*by)(const struct school_row *a, const struct school_row *b);
	enum page_text_id text;
	int flow; /* -1: of none */
	bool number;
} columns[] = {
        {"name", by_name, T_SCHOOL, -1, false},
        {"state", by_state, T_STATE, -1, false},
        {"fresh", by_fresh, T_FRESH, -1, false},
        {"down", by_down, T_LAST_GOOD, FLOW_DOWN, false},
        {"down-next", by_down_next, T_NEXT, FLOW_DOWN, false},
        {"up", by_up, T_LAST_GOOD, FLOW_UP, false},
        {"up-next", by_up_next, T_NEXT, FLOW_UP, false},
        {"sheets", by_sheets, T_SHEETS, -1, true},
        {"issues", by_issues, T_ISSUES, -1, true},
        {"held", by_held, T_HELD_SHORT, -1, true},
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static const struct column *sorted_by(const struct page_view *view)
{
	for (size_t i = 0; i < COLUMNS; i++)
		if (strcmp(columns[i].name, view->sort) == 0)
			return &columns[i];
	return &columns[0];
}

struct order {
	const struct column *column;
	bool down;
};

static int in_order(const void *pa, const void *pb, void *arg)
{
	const struct school_row *a = pa, *b = pb;
	const struct order *o = arg;
	int d = o->down ? o->column->by(b, a) : o->column->by(a, b);
	return d ? d : by_name(a, b);
}

/* ---- shown ---- */

/* The same view but for what is given; sort NULL: as it is. */
static void put_address(struct page *p, const struct page_view *v, const char *only, const char *sort, bool down, unsigned number)
{
	buf_printf(p->out, "/?only=%s", only);
	buf_printf(p->out, "&amp;sort=%s%s&amp;find=", sort, down ? "&amp;dir=desc" : "");
	buf_add_urlencoded(p->out, str_of(v->find));
	if (number > 1)
		buf_printf(p->out, "&amp;page=%u", number);
}

static void put_flow(struct page *p, const struct school_row *r, enum flow_kind flow)
{
	const struct tz *zone = tenant_file(r->t)->settings.zone;
	enum result worst = RESULT_OK;
	for (unsigned i = 0; i < tenant_file(r->t)->settings.environment_count; i++) {
		const struct recent *e = tenant_recent(r->t, i);
		if (e && e->last[flow] && e->last[flow]->result > worst)
			worst = e->last[flow]->result;
	}
	buf_addz(p->out, "<td>");
	page_put_time(p, zone, r->good[flow], T_NEVER);
	if (worst >= RESULT_HELD) {
		buf_addc(p->out, ' ');
		page_put_result(p, worst);
	}
	buf_addz(p->out, "</td><td>");
	page_put_time(p, zone, r->next[flow], T_NONE);
	buf_addz(p->out, "</td>");
}

static void put_number(struct page *p, const struct school_row *r, unsigned n, const char *where)
{
	buf_addz(p->out, "<td class=\"number\">");
	if (!n) {
		buf_addz(p->out, "<span class=\"soft\">0</span></td>");
		return;
	}
	if (where) {
		buf_addz(p->out, "<a href=\"");
		page_put_path(p, r->id, where);
		buf_addz(p->out, "\">");
	}
	buf_printf(p->out, "%u%s</td>", n, where ? "</a>" : "");
}

static void put_school(struct page *p, const struct school_row *r)
{
	buf_printf(p->out, "<tr%s><th scope=\"row\"><a href=\"", r->attention ? " class=\"attention\"" : "");
	page_put_path(p, r->id, "\">");
	page_putz(p->out, name_of(r));
	buf_addz(p->out, "</a>");
	if (strcmp(name_of(r), r->id) != 0) {
		buf_addz(p->out, " <span class=\"id\">");
		page_putz(p->out, r->id);
		buf_addz(p->out, "</span>");
	}
	buf_addz(p->out, "</th><td>");
	page_put_state(p, r->t);
	buf_addz(p->out, "</td>");
	if (!r->t) {
		buf_printf(p->out, "<td colspan=\"%zu\"></td></tr>\n", COLUMNS - 1);
		return;
	}
	buf_addz(p->out, "<td>");
	page_put_fresh(p, r->fresh);
	if (r->good[FLOW_DOWN]) {
		buf_addz(p->out, " <span class=\"soft small\">");
		page_put_ago(p, r->good[FLOW_DOWN]);
		buf_addz(p->out, "</span>");
	}
	buf_addz(p->out, "</td>");
	put_flow(p, r, FLOW_DOWN);
	put_flow(p, r, FLOW_UP);
	put_number(p, r, r->sheets, NULL);
	put_number(p, r, r->issues, "#issues");
	put_number(p, r, r->held, "#held");
	buf_addz(p->out, "<td>");
	page_put_spark(p, r->t);
	buf_addz(p->out, "</td></tr>\n");
}

static void put_sums(const struct table *t)
{
	struct page *p = t->p;
	const struct {
		unsigned n;
		enum page_text_id text;
		const char *kind;
	} sums[] = {{t->count[ONLY_ALL], T_SCHOOLS, ""},
	            {t->count[ONLY_ALL] - t->count[ONLY_ATTENTION], T_WELL, ""},
	            {t->count[ONLY_ATTENTION], T_ATTENTION, t->count[ONLY_ATTENTION] ? " class=\"bad\"" : ""},
	            {t->issues, T_ISSUES, t->issues ? " class=\"warn\"" : ""},
	            {t->sheets, T_SHEETS_AHEAD, ""}};
	buf_addz(p->out, "<ul class=\"sums\" id=\"sums\" data-live>");
	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++)
		buf_printf(p->out, "<li%s><b>%u</b> <span>%s</span></li>", sums[i].kind, sums[i].n, page_say(p, sums[i].text));
	buf_addz(p->out, "</ul>\n");
}

static void put_tools(const struct table *t)
{
	struct page *p = t->p;
	const struct page_view *v = t->view;
	buf_printf(p->out,
	           "<div class=\"bar\"><form class=\"tools\" role=\"search\" action=\"/\"><label><span class=\"hear\">%s</span> <input "
	           "type=\"search\" name=\"find\" placeholder=\"%s\" value=\"",
	           page_say(p, T_SEARCH), page_say(p, T_SEARCH));
	page_putz(p->out, v->find);
	buf_printf(p->out,
	           "\"></label><input type=\"hidden\" name=\"only\" value=\"%s\"><input type=\"hidden\" name=\"sort\" value=\"%s\">%s"
	           "<button>%s</button></form>\n<nav aria-label=\"%s\" id=\"filters\" data-live><ul class=\"tabs\">",
	           onlies[t->only].name, sorted_by(v)->name, v->down ? "<input type=\"hidden\" name=\"dir\" value=\"desc\">" : "",
	           page_say(p, T_GO), page_say(p, T_FILTER));
	for (int i = 0; i < ONLY_COUNT; i++) {
		buf_addz(p->out, "<li><a href=\"");
		put_address(p, v, onlies[i].name, sorted_by(v)->name, v->down, 1);
		buf_printf(p->out, "\"%s>%s <span class=\"count\">%u</span></a></li>", i == (int)t->only ? " aria-current=\"true\"" : "",
		           page_say(p, onlies[i].text), t->count[i]);
	}
	buf_addz(p->out, "</ul></nav></div>\n");
}

static void put_column(const struct table *t, const struct column *c)
{
	struct page *p = t->p;
	bool mine = sorted_by(t->view) == c, down = t->view->down;
	buf_printf(p->out, "<th scope=\"col\"%s%s%s><a href=\"", c->flow < 0 ? " rowspan=\"2\"" : "", c->number ? " class=\"number\"" : "",
	           !mine ? "" : down ? " aria-sort=\"descending\"" : " aria-sort=\"ascending\"");
	put_address(p, t->view, onlies[t->only].name, c->name, mine ? !down : c->number, 1);
	buf_printf(p->out, "\">%s</a></th>", page_say(p, c->text));
}

static void put_head(const struct table *t)
{
	struct page *p = t->p;
	buf_printf(p->out,
	           "<div class=\"scroll\" id=\"schools\" data-live tabindex=\"0\" role=\"region\" aria-label=\"%s\">\n"
	           "<table class=\"wide\"><caption>%s</caption><thead><tr>",
	           page_say(p, T_SCHOOLS), page_say(p, T_TABLE));
	for (size_t i = 0; i < COLUMNS; i++) {
		if (columns[i].flow < 0)
			put_column(t, &columns[i]);
		else if (i == 0 || columns[i - 1].flow != columns[i].flow)
			buf_printf(p->out, "<th scope=\"colgroup\" colspan=\"2\" class=\"group\">%s</th>",
			           page_say(p, columns[i].flow == FLOW_UP ? T_UP : T_DOWN));
	}
	buf_printf(p->out, "<th scope=\"col\" rowspan=\"2\">%s</th></tr><tr>", page_say(p, T_LOAD_HOUR));
	for (size_t i = 0; i < COLUMNS; i++)
		if (columns[i].flow >= 0)
			put_column(t, &columns[i]);
	buf_addz(p->out, "</tr></thead>\n<tbody>\n");
}

/* Thousands of schools are read a page at a time. */
static void put_pages(const struct table *t)
{
	struct page *p = t->p;
	size_t pages = (t->n + ROWS - 1) / ROWS;
	if (pages < 2)
		return;
	buf_printf(p->out, "<nav aria-label=\"%s\"><ul class=\"tabs\">", page_say(p, T_PAGES));
	for (unsigned i = 1; i <= pages; i++) {
		buf_addz(p->out, "<li><a href=\"");
		put_address(p, t->view, onlies[t->only].name, sorted_by(t->view)->name, t->view->down, i);
		buf_printf(p->out, "\"%s>%u</a></li>", i == t->view->number ? " aria-current=\"page\"" : "", i);
	}
	buf_addz(p->out, "</ul></nav>\n");
}

void page_overview(struct page *p, const struct page_view *view)
{
	struct table t = {.p = p, .view = view, .scratch = arena_new(64 * 1024)};
	struct order order = {sorted_by(view), view->down};
	for (int i = 0; i < ONLY_COUNT; i++)
		if (strcmp(onlies[i].name, view->only) == 0)
			t.only = (enum only)i;
	t.find = str_fold(p->arena, str_of(view->find));
	admin_schools(p->admin, see, &t);
	if (t.n)
		qsort_r(t.rows, t.n, sizeof(t.rows[0]), in_order, &order);
	buf_printf(p->out, "<h1>%s</h1>\n", page_say(p, T_SCHOOLS));
	put_sums(&t);
	put_tools(&t);
	put_head(&t);
	size_t first = (size_t)(view->number - 1) * ROWS;
	for (size_t i = first; i < t.n && i < first + ROWS; i++)
		put_school(p, &t.rows[i]);
	page_end_table(p, t.n > first, (unsigned)COLUMNS + 1, T_NOTHING);
	put_pages(&t);
	page_frame(p, page_say(p, T_SCHOOLS));
	free(t.rows);
	arena_free(&t.scratch);
}
