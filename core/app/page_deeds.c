#include <stdlib.h>
#include <string.h>

#include "core/app/page.h"

/* Who did what with a school: runs that were asked for, pauses, answers to plans, changes of its file. */

struct entry {
	int64_t at;
	const struct deed *deed;
	const struct held_line *answer;
	const struct run_summary *run;
	const char *environment;
};

struct entries {
	struct entry *v;
	size_t n, cap;
};

static void add(struct entries *e, struct entry one)
{
	if (e->n < e->cap)
		e->v[e->n++] = one;
}

/* A run of several environments was asked for once. */
static bool is_told(const struct entries *e, const struct run_summary *s)
{
	for (size_t i = 0; i < e->n; i++)
		if (e->v[i].run && str_eq(e->v[i].run->id, s->id))
			return true;
	return false;
}

static int latest_first(const void *pa, const void *pb)
{
	const struct entry *a = pa, *b = pb;
	return (a->at < b->at) - (a->at > b->at);
}

static void gather(struct entries *e, const struct page_store *stores, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		const struct deed *deeds = stores[i].deeds.v;
		const struct held_line *answers = stores[i].answers.v;
		const struct run_summary *runs = stores[i].runs.v;
		for (size_t k = 0; k < stores[i].deeds.n; k++)
			add(e, (struct entry){.at = deeds[k].at, .deed = &deeds[k], .environment = ""});
		for (size_t k = 0; k < stores[i].answers.n; k++)
			add(e, (struct entry){.at = answers[k].at, .answer = &answers[k], .environment = stores[i].key});
		for (size_t k = 0; k < stores[i].runs.n; k++)
			if (!str_empty(runs[k].by) && !is_told(e, &runs[k]))
				add(e, (struct entry){.at = runs[k].started, .run = &runs[k], .environment = ""});
	}
}

static void put_lines(struct page *p, struct str text)
{
	buf_addz(p->out, "<ul class=\"diff\" lang=\"en\">");
	while (text.n) {
		const char *end = memchr(text.p, '\n', text.n);
		size_t n = end ? (size_t)(end - text.p) : text.n;
		buf_addz(p->out, "<li>");
		page_put(p->out, (struct str){text.p, n});
		buf_addz(p->out, "</li>");
		n += end != NULL;
		text = (struct str){text.p + n, text.n - n};
	}
	buf_addz(p->out, "</ul>");
}

static void put_what(struct page *p, const struct entry *e)
{
	static const enum page_text_id deeds[DEED_KIND_COUNT] = {T_DEED_PAUSE, T_DEED_RESUME, T_DEED_REBUILD, T_DEED_LOG, T_DEED_FILE};
	if (e->run) {
		buf_printf(p->out, "%s: ", page_say(p, T_DEED_RUN));
		page_put_flow(p, e->run->flow);
	} else if (e->answer) {
		buf_printf(p->out, "%s <span class=\"id\">", page_say(p, e->answer->answer == HELD_APPROVED ? T_DEED_APPROVE : T_DEED_DISCARD));
		page_put(p->out, e->answer->plan);
		buf_printf(p->out, "</span> (%zu) ", e->answer->count);
		page_put(p->out, e->answer->why);
	} else if (e->deed->kind == DEED_FILE && str_empty(e->deed->what)) {
		buf_addz(p->out, page_say(p, T_DEED_FILE_FIRST));
	} else {
		buf_addz(p->out, page_say(p, deeds[e->deed->kind]));
		if (e->deed->kind == DEED_FILE && p->who->role == ACCESS_SCHOOL)
			return; /* keys of the file are the operator's */
		if (e->deed->kind == DEED_FILE) {
			put_lines(p, e->deed->what);
		} else if (!str_empty(e->deed->what)) {
			buf_addz(p->out, ": ");
			page_put(p->out, e->deed->what);
		}
	}
}

void page_put_deeds(struct page *p, const struct tenant *t, const struct page_store *stores, unsigned count)
{
	static const enum page_text_id columns[] = {T_AT, T_BY, T_WHAT};
	struct entries e = {.cap = 0};
	for (unsigned i = 0; i < count; i++)
		e.cap += stores[i].deeds.n + stores[i].answers.n + stores[i].runs.n;
	e.v = arena_array(p->arena, e.cap + 1, sizeof(*e.v));
	if (!e.v)
		return;
	gather(&e, stores, count);
	qsort(e.v, e.n, sizeof(e.v[0]), latest_first);
	buf_printf(p->out, "<section aria-labelledby=\"h-deeds\"><h2 id=\"h-deeds\">%s</h2>\n", page_say(p, T_DEEDS));
	page_put_table(p, "deeds", T_DEEDS, columns, 3);
	for (size_t i = 0; i < e.n && i < PAGE_DEEDS; i++) {
		struct str by = e.v[i].run ? e.v[i].run->by : e.v[i].answer ? e.v[i].answer->by : e.v[i].deed->by;
		buf_addz(p->out, "<tr><td>");
		page_put_time(p, tenant_file(t)->settings.zone, e.v[i].at, T_NEVER);
		buf_addz(p->out, "</td><th scope=\"row\">");
		page_put(p->out, by);
		buf_addz(p->out, "</th><td>");
		put_what(p, &e.v[i]);
		buf_addz(p->out, "</td></tr>\n");
	}
	page_end_table(p, (unsigned)e.n, 3, T_NO_DEEDS);
	buf_addz(p->out, "</section>\n");
}
