#include "core/app/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/app/page_assets.h"
#include "core/sync/wording.h"

/* A run that is due may wait for its place among others. */
#define LATE_AFTER_S 3600

const char *page_say(const struct page *p, enum page_text_id id)
{
	return page_text(p->lang, id);
}

/* ---- text ---- */

static const char *entity(unsigned char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return (c < ' ' && c != '\n') || c == 127 ? " " : NULL;
	}
}

void page_put(struct buf *out, struct str text)
{
	size_t from = 0;
	for (size_t i = 0; i < text.n; i++) {
		const char *instead = entity((unsigned char)text.p[i]);
		if (!instead)
			continue;
		buf_add(out, text.p + from, i - from);
		buf_addz(out, instead);
		from = i + 1;
	}
	if (from < text.n)
		buf_add(out, text.p + from, text.n - from);
}

void page_putz(struct buf *out, const char *z)
{
	page_put(out, str_of(z));
}

void page_put_with(struct page *p, enum page_text_id id, const char *value)
{
	const char *text = page_say(p, id), *mark = strstr(text, "{}");
	if (FAILS(mark != NULL))
		return;
	buf_add(p->out, text, (size_t)(mark - text));
	buf_addz(p->out, value);
	buf_addz(p->out, mark + 2);
}

/* "12:05" of today, "30 Nov 12:05" of this year, "30 Nov 2025 12:05". */
static void short_time(const struct page *p, const struct tz *zone, int64_t at, char out[48])
{
	static const char *const months[PAGE_LANG_COUNT][12] = {
	        {"janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."},
	        {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}};
	struct tz_local l = tz_from_utc(zone, at), today = tz_from_utc(zone, p->now);
	int year, month, day, this_year, m, d;
	day_split(l.day, &year, &month, &day);
	day_split(today.day, &this_year, &m, &d);
	int hour = l.minute_of_day / 60, minute = l.minute_of_day % 60;
	const char *name = months[p->lang][month - 1];
	if (l.day == today.day)
		snprintf(out, 48, "%02d:%02d", hour, minute);
	else if (year == this_year)
		snprintf(out, 48, "%d %s %02d:%02d", day, name, hour, minute);
	else
		snprintf(out, 48, "%d %s %d %02d:%02d", day, name, year, hour, minute);
}

void page_put_time(struct page *p, const struct tz *zone, int64_t at, enum page_text_id none)
{
	char iso[UTC_TEXT], text[48];
	if (!at) {
		buf_printf(p->out, "<span class=\"soft\">%s</span>", page_say(p, none));
		return;
	}
	short_time(p, zone, at, text);
	buf_printf(p->out, "<time datetime=\"%s\">%s</time>", local_iso(zone, at, iso), text);
}

void page_put_second(struct page *p, const struct tz *zone, int64_t at)
{
	char iso[UTC_TEXT];
	struct tz_local l = tz_from_utc(zone, at);
	buf_printf(p->out, "<time datetime=\"%s\">%02d:%02d:%02d</time>", local_iso(zone, at, iso), l.minute_of_day / 60, l.minute_of_day % 60,
	           l.second);
}

void page_put_said(struct page *p, struct str english)
{
	if (p->lang == PAGE_FR && !wording_known(english)) {
		buf_addz(p->out, "<span lang=\"en\">");
		page_put(p->out, english);
		buf_addz(p->out, "</span>");
		return;
	}
	page_put(p->out, wording(p->arena, p->lang == PAGE_FR ? WORDING_FR : WORDING_EN, english));
}

void page_put_flow(struct page *p, enum flow_kind flow)
{
	buf_addz(p->out, page_say(p, flow == FLOW_UP ? T_UP : T_DOWN));
}

void page_put_path(struct page *p, const char *id, const char *rest)
{
	buf_addz(p->out, "/schools/");
	buf_add_urlencoded(p->out, str_of(id));
	buf_addz(p->out, rest);
}

void page_put_empty(struct page *p, enum page_text_id text)
{
	buf_printf(p->out, "<p class=\"empty\">%s</p>\n", page_say(p, text));
}

void page_put_table(struct page *p, const char *name, enum page_text_id title, const enum page_text_id *columns, size_t n)
{
	buf_printf(p->out, "<div class=\"scroll\" id=\"%s\" data-live tabindex=\"0\" role=\"region\" aria-label=\"%s\"><table><thead><tr>", name,
	           page_say(p, title));
	for (size_t i = 0; i < n; i++)
		buf_printf(p->out, "<th scope=\"col\"%s>%s</th>", columns[i] == T_TOOK || columns[i] == T_ISSUES ? " class=\"number\"" : "",
		           page_say(p, columns[i]));
	buf_addz(p->out, "</tr></thead>\n<tbody>\n");
}

void page_end_table(struct page *p, unsigned rows, unsigned columns, enum page_text_id none)
{
	if (!rows)
		buf_printf(p->out, "<tr><td class=\"empty\" colspan=\"%u\">%s</td></tr>\n", columns, page_say(p, none));
	buf_addz(p->out, "</tbody></table></div>\n");
}

void page_put_ago(struct page *p, int64_t at)
{
	int64_t s = p->now > at ? p->now - at : 0;
	char n[32];
	if (s < 60) {
		buf_addz(p->out, page_say(p, T_AGO_NOW));
		return;
	}
	int64_t value = s < 3600 ? s / 60 : s < 172800 ? s / 3600 : s / 86400;
	snprintf(n, sizeof(n), "%lld", (long long)value);
	page_put_with(p, s < 3600 ? T_AGO_MIN : s < 172800 ? T_AGO_H : T_AGO_D, n);
}

void page_put_badge(struct page *p, const char *kind, const char *text)
{
	buf_printf(p->out, "<span class=\"badge%s%s\">%s</span>", kind[0] ? " " : "", kind, text);
}

void page_put_state(struct page *p, const struct tenant *t)
{
	static const struct {
		const char *kind;
		enum page_text_id text;
	} states[TENANT_STATE_COUNT] = {
	        [TENANT_LOADING] = {"", T_LOADING}, [TENANT_IDLE] = {"", T_IDLE},
	        [TENANT_RUNNING] = {"", T_RUNNING}, [TENANT_PAUSED] = {"", T_PAUSED},
	        [TENANT_STALE] = {"bad", T_STALE},  [TENANT_DRAINING] = {"", T_DRAINING},
	};
	if (t)
		page_put_badge(p, states[tenant_state(t)].kind, page_say(p, states[tenant_state(t)].text));
	else
		page_put_badge(p, "bad", page_say(p, T_INVALID));
}

void page_put_result(struct page *p, enum result r)
{
	static const struct {
		const char *kind;
		enum page_text_id text;
	} results[] = {{"good", T_OK}, {"warn", T_WITH_ISSUES}, {"warn", T_WAS_HELD}, {"bad", T_FAILED}};
	page_put_badge(p, results[r].kind, page_say(p, results[r].text));
}

void page_put_fresh(struct page *p, enum page_fresh f)
{
	static const struct {
		const char *kind;
		enum page_text_id text;
	} all[] = {{"good", T_IS_FRESH}, {"bad", T_IS_LATE}, {"", T_IS_NEW}, {"", T_IS_IDLE}, {"", T_PAUSED}};
	page_put_badge(p, all[f].kind, page_say(p, all[f].text));
}

/* ---- what a school's numbers mean ---- */

/* The oldest of its environments counts. *started: of that run. */
static int64_t good_run(const struct tenant *t, enum flow_kind flow, int64_t *started)
{
	int64_t ended = INT64_MAX;
	for (unsigned i = 0; i < tenant_file(t)->settings.environment_count; i++) {
		const struct recent *r = tenant_recent(t, i);
		const struct run_summary *s = r ? r->good[flow] : NULL;
		if (!s)
			return 0;
		if (s->ended < ended) {
			ended = s->ended;
			*started = s->started;
		}
	}
	return ended == INT64_MAX ? 0 : ended;
}

int64_t page_good_at(const struct tenant *t, enum flow_kind flow)
{
	int64_t started;
	return good_run(t, flow, &started);
}

enum page_fresh page_fresh(const struct tenant *t, enum flow_kind flow, int64_t now)
{
	const struct tenant_conf *c = tenant_file(t);
	const struct ints *times = flow == FLOW_UP ? &c->up : &c->down;
	int64_t started = 0;
	if (tenant_is_paused(t))
		return PAGE_PAUSED;
	if (!times->n)
		return PAGE_IDLE;
	if (!good_run(t, flow, &started))
		return PAGE_NEW;
	int64_t done_by = now - LATE_AFTER_S - schedule_spread(c->id, c->spread_minutes);
	return started < schedule_latest(c->settings.zone, times, done_by) ? PAGE_LATE : PAGE_FRESH;
}

unsigned page_open_issues(const struct tenant *t, int64_t now)
{
	unsigned n = 0;
	for (unsigned i = 0; i < tenant_file(t)->settings.environment_count; i++) {
		const struct recent *r = tenant_recent(t, i);
		n += r ? recent_open_issues(r, now) : 0;
	}
	return n;
}

bool page_needs_attention(const struct tenant *t, int64_t now)
{
	if (!t || tenant_state(t) == TENANT_STALE)
		return true;
	for (int flow = 0; flow < FLOW_KIND_COUNT; flow++) {
		if (page_fresh(t, (enum flow_kind)flow, now) == PAGE_LATE)
			return true;
		for (unsigned i = 0; i < tenant_file(t)->settings.environment_count; i++) {
			const struct recent *r = tenant_recent(t, i);
			const struct run_summary *s = r ? r->last[flow] : NULL;
			if ((s && s->result == RESULT_FAILED) || (r && recent_held(r, (enum flow_kind)flow)))
				return true;
		}
	}
	return false;
}

/* ---- the frame ---- */

static void put_switch(struct page *p, struct buf *out)
{
	static const char *const codes[] = {"fr", "en"}, *const names[] = {"Français", "English"};
	buf_addz(out, "<ul>");
	for (int i = 0; i < PAGE_LANG_COUNT; i++) {
		buf_addz(out, "<li><a href=\"");
		page_putz(out, p->path);
		buf_printf(out, "?lang=%s\" lang=\"%s\" hreflang=\"%s\"%s>%s</a></li>", codes[i], codes[i], codes[i],
		           i == (int)p->lang ? " aria-current=\"true\"" : "", names[i]);
	}
	buf_addz(out, "</ul>");
}

static void put_account(const struct page *p, struct buf *out)
{
	if (!p->who || !p->form[0])
		return;
	buf_printf(
	        out,
	        "<form method=\"post\" action=\"/logout\"><input type=\"hidden\" name=\"form\" value=\"%s\"><span>",
	        p->form);
	page_putz(out, p->who->name);
	buf_printf(out, " (%s)</span><button>%s</button></form>\n",
	           page_say(p, p->who->role == ACCESS_OPERATOR ? T_OPERATOR : T_READER), page_say(p, T_LOGOUT));
}

static void put_head(const struct page *p, struct buf *out)
{
	if (p->again)
		buf_addz(out, "<meta http-equiv=\"refresh\" content=\"0\">\n");
	if (p->who)
		buf_addz(out, "<script src=\"/page.js\" defer></script>\n"
		              "<noscript><meta http-equiv=\"refresh\" content=\"30\"></noscript>\n");
}

/* A mark's value: one of the texts, or what was made for it. */
static void put_mark(struct page *p, struct buf *out, struct str mark, const char *title, struct str main)
{
	static const struct {
		const char *name;
		enum page_text_id text;
	} texts[] = {{"lang", T_LANG}, {"languages", T_LANGUAGES}, {"skip", T_SKIP}, {"lost", T_LOST}, {"yours", T_YOURS}};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (str_eqz(mark, texts[i].name))
			buf_addz(out, page_say(p, texts[i].text));
	if (str_eqz(mark, "title"))
		buf_printf(out, "%s – passerelle", title);
	else if (str_eqz(mark, "head"))
		put_head(p, out);
	else if (str_eqz(mark, "switch"))
		put_switch(p, out);
	else if (str_eqz(mark, "account"))
		put_account(p, out);
	else if (str_eqz(mark, "version"))
		buf_addz(out, PACKAGE_VERSION);
	else if (str_eqz(mark, "main"))
		buf_add(out, main.p, main.n);
}

static struct str frame(void)
{
	const struct page_asset *a = page_assets;
	while (a->name && strcmp(a->name, "frame.html") != 0)
		a++;
	return a->body;
}

void page_frame(struct page *p, const char *title_html)
{
	struct str rest = frame();
	struct buf whole;
	buf_init(&whole, 0);
	while (rest.n) {
		const char *open = memmem(rest.p, rest.n, "{{", 2);
		const char *shut = open ? memmem(open, rest.n - (size_t)(open - rest.p), "}}", 2) : NULL;
		if (!shut)
			break;
		buf_add(&whole, rest.p, (size_t)(open - rest.p));
		put_mark(p, &whole, (struct str){open + 2, (size_t)(shut - open) - 2}, title_html, buf_str(p->out));
		size_t n = (size_t)(shut + 2 - rest.p);
		rest = (struct str){rest.p + n, rest.n - n};
	}
	buf_add(&whole, rest.p, rest.n);
	buf_deinit(p->out);
	*p->out = whole;
}

/* ---- the short ones ---- */

void page_login(struct page *p, enum page_text_id said)
{
	buf_printf(p->out, "<div class=\"login\"><h1>%s</h1>\n", page_say(p, T_LOGIN));
	if (said != T_LOGIN)
		buf_printf(p->out, "<p class=\"note bad\" role=\"alert\" id=\"wrong\">%s</p>\n", page_say(p, said));
	buf_printf(
	        p->out,
	        "<form method=\"post\" action=\"/login\"><label>%s <input type=\"password\" name=\"token\" required "
	        "autocomplete=\"current-password\" spellcheck=\"false\"%s></label>\n"
	        "<button class=\"first\">%s</button></form>\n<p class=\"soft small\">%s</p></div>\n",
	        page_say(p, T_TOKEN), said != T_LOGIN ? " aria-describedby=\"wrong\"" : "", page_say(p, T_LOGIN),
	        page_say(p, T_LOGIN_HELP));
	page_frame(p, page_say(p, T_LOGIN));
}

void page_error(struct page *p, enum page_text_id said)
{
	buf_printf(p->out, "<h1>%s</h1>\n<p class=\"note bad\">%s</p>\n<p><a href=\"/\">%s</a></p>\n",
	           page_say(p, T_ERROR), page_say(p, said), page_say(p, T_BACK));
	page_frame(p, page_say(p, T_ERROR));
}
