#include <stdio.h>
#include <string.h>

#include "core/app/page.h"

/* Why one record stands in Edusign as it does. */

void page_put_explain_form(struct page *p, const char *id, const struct explanation *e)
{
	static const enum page_text_id texts[EXPLAIN_OF_COUNT] = {T_LEARNER, T_INSTRUCTOR, T_SESSION, T_SHEET};
	buf_addz(p->out, "<form class=\"tools card\" action=\"");
	page_put_path(p, id, "/explain");
	buf_printf(p->out, "\"><label>%s <select name=\"kind\">", page_say(p, T_RECORD));
	for (int i = 0; i < EXPLAIN_OF_COUNT; i++)
		buf_printf(p->out, "<option value=\"%s\"%s>%s</option>", explain_of_name((enum explain_of)i), e && e->of == (enum explain_of)i ? " selected" : "",
		           page_say(p, texts[i]));
	buf_printf(p->out, "</select></label><label>%s <input name=\"code\" required maxlength=\"200\" value=\"", page_say(p, T_CODE));
	if (e)
		page_put(p->out, e->text);
	buf_printf(p->out, "\"></label><button>%s</button></form>\n", page_say(p, T_EXPLAIN_GO));
}

static void put_step(struct page *p, const struct explain_step *s)
{
	static const struct {
		const char *class;
		enum page_text_id text;
	} marks[] = {{"info", T_NOTE}, {"yes", T_YES}, {"no", T_NO}};
	buf_printf(p->out, "<li><span class=\"%s\"><span class=\"hear\">%s: </span></span><span>", marks[s->mark].class, page_say(p, marks[s->mark].text));
	page_put_said(p, s->text);
	if (!str_empty(s->fix)) {
		buf_addz(p->out, "<br><span class=\"place\">");
		page_put_said(p, s->fix);
		buf_addz(p->out, "</span>");
	}
	buf_addz(p->out, "</span></li>\n");
}

static void put_absence(struct page *p, const struct tenant *t, const struct ledger_row *r)
{
	buf_printf(p->out, "<li><span class=\"yes\"></span><span>%s %lld, %s %lld/%lld, %02d:%02d–%02d:%02d%s%s ", page_say(p, T_ABSENCE), (long long)r->code,
	           page_say(p, T_SESSION), (long long)r->session, (long long)r->learner, r->written.start_minute / 60, r->written.start_minute % 60,
	           r->written.end_minute / 60, r->written.end_minute % 60, r->taken_over ? ", " : "", r->taken_over ? page_say(p, T_TAKEN_OVER) : "");
	page_put_time(p, tenant_file(t)->settings.zone, r->at, T_NEVER);
	buf_addz(p->out, "</span></li>\n");
}

static void put_writes(struct page *p, const struct tenant *t, const struct page_store *s)
{
	static const enum page_text_id columns[] = {T_AT, T_ACTION, T_RECORD, T_REASON, T_ANSWER};
	const struct write_line *w = s->look->writes.v;
	char name[96];
	snprintf(name, sizeof(name), "writes-%s", s->key);
	buf_printf(p->out, "<h3>%s</h3>\n", page_say(p, T_WRITES));
	page_put_table(p, name, T_WRITES, columns, 5);
	for (size_t i = 0; i < s->look->writes.n; i++) {
		buf_addz(p->out, "<tr><td><a href=\"");
		page_put_path(p, tenant_id(t), "/runs/");
		buf_add_urlencoded(p->out, w[i].run);
		buf_addz(p->out, "\">");
		page_put_time(p, tenant_file(t)->settings.zone, w[i].at, T_NEVER);
		buf_addz(p->out, "</a></td><td>");
		page_put_said(p, w[i].action);
		buf_addz(p->out, "</td><th scope=\"row\">");
		page_put_said(p, w[i].record);
		buf_addz(p->out, "</th><td>");
		page_put_said(p, w[i].reason);
		buf_addz(p->out, "</td><td>");
		page_put_said(p, w[i].answer);
		buf_addz(p->out, "</td></tr>\n");
	}
	page_end_table(p, (unsigned)s->look->writes.n, 5, T_NO_WRITES);
}

static void put_environment(struct page *p, const struct tenant *t, const struct explanation *e, const struct page_store *s)
{
	struct explain_look none;
	const struct explain_look *l = s->look ? s->look : &none;
	const struct explain_step *steps = e->steps.v;
	explain_look_none(e, &none);
	struct str mend, verdict = explain_verdict(p->arena, e, s->key, l, &mend);
	bool good = l->known && !explain_reason(e, s->key) && !l->issues.n;
	buf_addz(p->out, "<section><h2>");
	page_putz(p->out, s->key);
	buf_printf(p->out, "</h2>\n<div class=\"note %s\"><p class=\"verdict\"><b>%s:</b> ", good ? "good" : "warn", page_say(p, T_VERDICT));
	page_put_said(p, verdict);
	buf_addz(p->out, "</p>");
	if (!str_empty(mend)) {
		buf_printf(p->out, "<p><b>%s:</b> ", page_say(p, T_FIX));
		page_put_said(p, mend);
		buf_addz(p->out, "</p>");
	}
	buf_printf(p->out, "</div>\n<h3>%s</h3>\n<ul class=\"steps card\">\n", page_say(p, T_STEPS));
	for (size_t i = 0; i < e->steps.n; i++)
		if (strcmp(steps[i].environment, s->key) == 0)
			put_step(p, &steps[i]);
	buf_printf(p->out, "</ul>\n<h3>%s</h3>\n", page_say(p, T_UPWARD));
	if (l->ledger.n)
		buf_addz(p->out, "<ul class=\"steps card\">\n");
	for (size_t i = 0; i < l->ledger.n; i++)
		put_absence(p, t, (const struct ledger_row *)l->ledger.v + i);
	if (l->ledger.n)
		buf_addz(p->out, "</ul>\n");
	else
		page_put_empty(p, T_NOTHING_SENT);
	if (s->look)
		put_writes(p, t, s);
	if (s->unread[0]) {
		buf_addz(p->out, "<p class=\"note bad\" lang=\"en\">");
		page_putz(p->out, s->unread);
		buf_addz(p->out, "</p>\n");
	}
	buf_addz(p->out, "</section>\n");
}

void page_explain(struct page *p, const struct tenant *t, const struct explanation *e, const struct page_store *stores, unsigned count)
{
	static const enum page_text_id texts[EXPLAIN_OF_COUNT] = {T_LEARNER, T_INSTRUCTOR, T_SESSION, T_SHEET};
	buf_printf(p->out, "<nav class=\"crumbs\" aria-label=\"%s\"><a href=\"", page_say(p, T_PATH));
	page_put_path(p, tenant_id(t), "\">← ");
	page_putz(p->out, tenant_file(t)->name);
	buf_printf(p->out, "</a></nav>\n<h1>%s: %s <span class=\"id\">", page_say(p, T_EXPLAIN), page_say(p, texts[e->of]));
	page_put(p->out, e->text);
	buf_addz(p->out, "</span></h1>\n");
	page_put_explain_form(p, tenant_id(t), e);
	for (unsigned i = 0; i < count; i++)
		put_environment(p, t, e, &stores[i]);
	struct buf title;
	buf_init(&title, 0);
	page_putz(&title, tenant_file(t)->name);
	page_frame(p, title.p);
	buf_deinit(&title);
}
