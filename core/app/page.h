#ifndef CORE_APP_PAGE_H
#define CORE_APP_PAGE_H

/*
 * The status page: HTML made here, whole without a script. What a reader may not see is not on it.
 *
 * Whatever comes from outside (names, issues, errors) goes through page_put(); everything else is HTML.
 */

#include "core/app/admin.h"
#include "core/app/explain_look.h"
#include "core/app/page_text.h"

/* What a page needs of one environment's store, read for it. */
struct page_store {
	char key[64];
	struct items runs;    /* struct run_summary, latest first, at most PAGE_RUNS */
	struct items answers; /* struct held_line, latest first */
	struct items deeds;   /* struct deed, latest first; of the first environment */
	struct items writes;  /* struct write_line, of the run that is looked at, in their order */
	struct explain_look *look; /* of an explanation; NULL: there is no store yet */
	char unread[512];     /* why it could not be read; "" it was */
};
#define PAGE_RUNS   60
#define PAGE_DEEDS  30
#define PAGE_WRITES 1000

struct page {
	struct arena *arena;      /* for what is made on the way */
	struct admin *admin;      /* who knows the schools */
	const struct access *who; /* NULL: nobody yet */
	enum page_lang lang;
	const char *path; /* as the browser names it */
	const char *form; /* seal of its forms; "" none */
	bool again;       /* the browser is to ask once more, at once */
	int64_t now;      /* UTC seconds */
	struct buf *out;  /* the body's middle while it is made, then the whole */
};

/* A flow's age, as people ask for it. */
enum page_fresh { PAGE_FRESH, PAGE_LATE, PAGE_NEW, PAGE_IDLE, PAGE_PAUSED };
enum page_fresh page_fresh(const struct tenant *t, enum flow_kind flow, int64_t now);
/* When the flow was last good in every environment; 0: not yet. */
int64_t page_good_at(const struct tenant *t, enum flow_kind flow);
/* Must somebody do something about this school? t NULL: it is not served. */
bool page_needs_attention(const struct tenant *t, int64_t now);
unsigned page_open_issues(const struct tenant *t, int64_t now);

/* ---- pages: each leaves the whole document in p->out ---- */

/* What is wanted of the table: only "" or one of "attention", "held", "issues", "late", "paused"; find: part of a name or id, "" all; sort: a
 * column's name, "" by name; number: of the part that is shown, from 1. */
struct page_view {
	char only[16], sort[16], find[128];
	bool down; /* the greatest first */
	unsigned number;
};
void page_overview(struct page *p, const struct page_view *view);
/* done: "" or what was just asked for: "run", "pause", "resume". t NULL: mistakes say why it is not served, and there are no stores. */
void page_school(struct page *p, const char *id, const struct tenant *t, const char *mistakes, const char *done,
                 const struct page_store *stores, unsigned count);
/* One run, down to each write. */
/* One record, traced from Yparéo to Edusign and back. */
void page_explain(struct page *p, const struct tenant *t, const struct explanation *e, const struct page_store *stores, unsigned count);
/* The form that asks for one; e NULL: of nothing yet. */
void page_put_explain_form(struct page *p, const char *id, const struct explanation *e);
void page_run(struct page *p, const struct tenant *t, struct str run, const struct page_store *stores, unsigned count);
/* said: what is wrong with the try before, or T_LOGIN. */
void page_login(struct page *p, enum page_text_id said);
void page_error(struct page *p, enum page_text_id said);

/* ---- parts ---- */

const char *page_say(const struct page *p, enum page_text_id id);
void page_put(struct buf *out, struct str text); /* escaped; control characters become spaces */
void page_putz(struct buf *out, const char *z);
/* The text with value, which is HTML, in place of its mark. */
void page_put_with(struct page *p, enum page_text_id id, const char *value);
/* <time>, in the zone, as the language writes it: of today the hour alone; 0: none is said. */
void page_put_time(struct page *p, const struct tz *zone, int64_t at, enum page_text_id none);
void page_put_second(struct page *p, const struct tz *zone, int64_t at); /* "12:05:17" */
/* What passerelle said in English, in the page's language where it is known; marked as English where it is not. */
void page_put_said(struct page *p, struct str english);
void page_put_flow(struct page *p, enum flow_kind flow);
/* A path of one school's pages, escaped for an attribute: "/schools/ID" and what follows it. */
void page_put_path(struct page *p, const char *id, const char *rest);
/* A table that scrolls for itself; name: its id. Behind it come rows, then page_end_table(). Durations and counts stand to the right. */
void page_put_table(struct page *p, const char *name, enum page_text_id title, const enum page_text_id *columns, size_t n);
void page_end_table(struct page *p, unsigned rows, unsigned columns, enum page_text_id none);
void page_put_empty(struct page *p, enum page_text_id text);

/* ---- a school's page, part by part ---- */

void page_put_issues(struct page *p, const char *id, const struct tenant *t);
void page_put_runs(struct page *p, const struct tenant *t, const struct page_store *stores, unsigned count);
void page_put_deeds(struct page *p, const struct tenant *t, const struct page_store *stores, unsigned count);
void page_put_load(struct page *p, const struct tenant *t);
/* The last hour in one line's height: the account that is nearest to its bound. */
void page_put_spark(struct page *p, const struct tenant *t);

void page_put_ago(struct page *p, int64_t at);
void page_put_badge(struct page *p, const char *kind, const char *text); /* kind: "good", "warn", "bad", "" */
void page_put_state(struct page *p, const struct tenant *t);
void page_put_result(struct page *p, enum result r);
void page_put_fresh(struct page *p, enum page_fresh f);
/* Around what is in p->out. */
void page_frame(struct page *p, const char *title_html);

#endif
