#include <stdio.h>
#include <string.h>

#include "core/app/page.h"

/* A school's runs: as a line of time, as a table, and one of them down to each write. */

#define DAYS  7
#define WIDTH 1000
#define ROW   26

/* Of several environments' runs, merged, the next one back in time. */
struct merged {
	const struct page_store *stores;
	unsigned count;
	size_t at[64];
};

static const struct run_summary *next_run(struct merged *m, const char **environment)
{
	const struct run_summary *latest = NULL;
	unsigned where = 0;
	for (unsigned i = 0; i < m->count && i < 64; i++) {
		const struct run_summary *runs = m->stores[i].runs.v;
		if (m->at[i] < m->stores[i].runs.n && (!latest || runs[m->at[i]].started > latest->started)) {
			latest = &runs[m->at[i]];
			where = i;
		}
	}
	if (latest) {
		m->at[where]++;
		*environment = m->stores[where].key;
	}
	return latest;
}

static const char *kind_of(enum result r)
{
	static const char *const kinds[] = {"good", "warn", "warn", "bad"};
	return kinds[r];
}

static void put_run_path(struct page *p, const char *id, struct str run)
{
	page_put_path(p, id, "/runs/");
	buf_add_urlencoded(p->out, run);
}

/* ---- the line ---- */

static void put_mark(struct page *p, const char *id, const struct tz *zone, int64_t from, const char *environment, const struct run_summary *s)
{
	char at[UTC_TEXT];
	int64_t x = (s->started - from) * WIDTH / (DAYS * 86400);
	if (x < 0 || x > WIDTH)
		return;
	buf_addz(p->out, "<a tabindex=\"-1\" href=\"");
	put_run_path(p, id, s->id);
	buf_printf(p->out, "\"><circle class=\"%s\" cx=\"%lld\" cy=\"%d\" r=\"6\"><title>%.16s ", kind_of(s->result), (long long)x,
	           s->flow == FLOW_UP ? ROW + ROW / 2 : ROW / 2, local_iso(zone, s->started, at));
	page_putz(p->out, environment);
	buf_addz(p->out, "</title></circle></a>");
}

static void put_line(struct page *p, const struct tenant *t, const struct page_store *stores, unsigned count)
{
	static const char *const days[PAGE_LANG_COUNT][7] = {{"lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."},
	                                                     {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}};
	const struct tz *zone = tenant_file(t)->settings.zone;
	int32_t first = tz_from_utc(zone, p->now).day - DAYS + 1;
	int64_t from = tz_to_utc(zone, first, 0, 0);
	struct merged m = {stores, count, {0}};
	const struct run_summary *s;
	const char *environment;
	buf_printf(p->out, "<div class=\"card line\" id=\"line\" data-live><svg viewBox=\"-6 0 %d %d\" aria-hidden=\"true\">", WIDTH + 12,
	           2 * ROW + 22);
	for (int i = 0; i < DAYS; i++) {
		int64_t x = (tz_to_utc(zone, first + i, 0, 0) - from) * WIDTH / (DAYS * 86400);
		int year, month, day;
		day_split(first + i, &year, &month, &day);
		buf_printf(p->out, "<line class=\"axis\" x1=\"%lld\" y1=\"0\" x2=\"%lld\" y2=\"%d\"/><text x=\"%lld\" y=\"%d\">%s %d</text>",
		           (long long)x, (long long)x, 2 * ROW, (long long)x + 4, 2 * ROW + 18, days[p->lang][day_weekday(first + i)], day);
	}
	buf_printf(p->out, "<line class=\"axis\" x1=\"0\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>", ROW, WIDTH, ROW);
	int64_t x = (p->now - from) * WIDTH / (DAYS * 86400);
	buf_printf(p->out, "<line class=\"now\" x1=\"%lld\" y1=\"0\" x2=\"%lld\" y2=\"%d\"/>", (long long)x, (long long)x, 2 * ROW);
	while ((s = next_run(&m, &environment)) != NULL)
		put_mark(p, tenant_id(t), zone, from, environment, s);
	buf_printf(p->out, "</svg><p class=\"soft small key\"><span>%s %s</span><span>%s %s</span></p></div>\n", page_say(p, T_ABOVE),
	           page_say(p, T_DOWN), page_say(p, T_BELOW), page_say(p, T_UP));
}

/* ---- the table ---- */

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
		buf_printf(p->out, "<span class=\"soft\">%s</span>", page_say(p, T_NO_CHANGE));
}

/* "token alice", "uid 1000"; its schedule asks for what nobody did. */
static void put_by(struct page *p, struct str by)
{
	if (str_empty(by))
		buf_printf(p->out, "<span class=\"soft\">%s</span>", page_say(p, T_BY_SCHEDULE));
	else
		page_put(p->out, by);
}

static void put_run(struct page *p, const struct tenant *t, const char *environment, const struct run_summary *s)
{
	buf_addz(p->out, "<tr><th scope=\"row\"><a href=\"");
	put_run_path(p, tenant_id(t), s->id);
	buf_addz(p->out, "\">");
	page_put_time(p, tenant_file(t)->settings.zone, s->started, T_NEVER);
	buf_addz(p->out, "</a></th><td>");
	page_put_flow(p, s->flow);
	buf_addz(p->out, "</td><td>");
	page_putz(p->out, environment);
	buf_addz(p->out, "</td><td>");
	page_put_result(p, s->result);
	buf_printf(p->out, "</td><td class=\"number\">%lld s</td><td>", (long long)(s->ended - s->started));
	put_changes(p, s);
	buf_printf(p->out, "</td><td class=\"number\">%u</td><td>", s->issues);
	put_by(p, s->by);
	if (!str_empty(s->error)) {
		buf_addz(p->out, "<br><span lang=\"en\" class=\"wrong\">");
		page_put(p->out, s->error);
		buf_addz(p->out, "</span>");
	}
	buf_addz(p->out, "</td></tr>\n");
}

void page_put_runs(struct page *p, const struct tenant *t, const struct page_store *stores, unsigned count)
{
	static const enum page_text_id columns[] = {T_STARTED, T_FLOW,    T_ENVIRONMENT, T_RESULT,
	                                            T_TOOK,    T_CHANGES, T_ISSUES,      T_BY};
	struct merged m = {stores, count, {0}};
	const struct run_summary *s;
	const char *environment;
	unsigned rows = 0;
	buf_printf(p->out, "<section aria-labelledby=\"h-runs\"><h2 id=\"h-runs\">%s</h2>\n", page_say(p, T_RUNS));
	put_line(p, t, stores, count);
	page_put_table(p, "runs", T_RUNS, columns, sizeof(columns) / sizeof(columns[0]));
	while (rows < 20 && (s = next_run(&m, &environment)) != NULL) {
		put_run(p, t, environment, s);
		rows++;
	}
	page_end_table(p, rows, 8, T_NO_RUNS);
	buf_addz(p->out, "</section>\n");
}

/* ---- one run ---- */

static void put_write(struct page *p, const struct tz *zone, const struct write_line *w)
{
	buf_addz(p->out, "<tr><td>");
	page_put_second(p, zone, w->at);
	buf_addz(p->out, "</td><td>");
	page_put_said(p, w->action);
	buf_addz(p->out, "</td><th scope=\"row\">");
	page_put_said(p, w->record);
	buf_addz(p->out, "</th><td>");
	page_put_said(p, w->reason);
	buf_addz(p->out, "</td><td>");
	page_put_said(p, w->answer);
	buf_addz(p->out, "</td></tr>\n");
}

static void put_part(struct page *p, const struct tenant *t, const struct page_store *store, const struct run_summary *s)
{
	static const enum page_text_id columns[] = {T_AT, T_ACTION, T_RECORD, T_REASON, T_ANSWER};
	const struct tz *zone = tenant_file(t)->settings.zone;
	const struct write_line *w = store->writes.v;
	buf_addz(p->out, "<section><h2>");
	page_putz(p->out, store->key);
	buf_addc(p->out, ' ');
	page_put_result(p, s->result);
	buf_printf(p->out, "</h2>\n<dl class=\"facts\"><dt>%s</dt><dd>", page_say(p, T_STARTED));
	page_put_time(p, zone, s->started, T_NEVER);
	buf_printf(p->out, "</dd><dt>%s</dt><dd>%lld s</dd><dt>%s</dt><dd>", page_say(p, T_TOOK), (long long)(s->ended - s->started),
	           page_say(p, T_BY));
	put_by(p, s->by);
	buf_printf(p->out, "</dd><dt>%s</dt><dd>", page_say(p, T_CHANGES));
	put_changes(p, s);
	buf_printf(p->out, "</dd><dt>%s</dt><dd>%u</dd></dl>\n", page_say(p, T_ISSUES), s->issues);
	if (!str_empty(s->error)) {
		buf_addz(p->out, "<p class=\"note bad\" lang=\"en\">");
		page_put(p->out, s->error);
		buf_addz(p->out, "</p>\n");
	}
	char name[80];
	snprintf(name, sizeof(name), "writes-%s", store->key);
	page_put_table(p, name, T_WRITES, columns, 5);
	for (size_t i = 0; i < store->writes.n; i++)
		put_write(p, zone, &w[i]);
	page_end_table(p, (unsigned)store->writes.n, 5, T_NO_WRITES);
	if (store->writes.n == PAGE_WRITES)
		page_put_empty(p, T_MORE_WRITES);
	buf_addz(p->out, "</section>\n");
}

void page_run(struct page *p, const struct tenant *t, struct str run, const struct page_store *stores, unsigned count)
{
	bool any = false;
	buf_printf(p->out, "<nav class=\"crumbs\" aria-label=\"%s\"><a href=\"", page_say(p, T_PATH));
	page_put_path(p, tenant_id(t), "\">← ");
	page_putz(p->out, tenant_file(t)->name);
	buf_printf(p->out, "</a></nav>\n<h1>%s <span class=\"id\">", page_say(p, T_RUN));
	page_put(p->out, run);
	buf_addz(p->out, "</span></h1>\n");
	for (unsigned i = 0; i < count; i++) {
		const struct run_summary *all = stores[i].runs.v;
		for (size_t k = 0; k < stores[i].runs.n; k++) {
			if (!str_eq(all[k].id, run))
				continue;
			put_part(p, t, &stores[i], &all[k]);
			any = true;
			break;
		}
	}
	if (!any)
		page_put_empty(p, T_NO_SUCH_RUN);
	struct buf title;
	buf_init(&title, 0);
	page_putz(&title, tenant_file(t)->name);
	page_frame(p, title.p);
	buf_deinit(&title);
}
