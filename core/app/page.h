#ifndef CORE_APP_PAGE_H
#define CORE_APP_PAGE_H

/*
 * The status page: HTML made here, whole without a script. What a reader may not see is not on it.
 *
 * Whatever comes from outside (names, issues, errors) goes through page_put(); everything else is HTML.
 */

#include "core/app/admin.h"
#include "core/app/page_text.h"

struct page {
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

/* only: "" or "attention"; find: part of a name or id, "" all. number: of the part that is shown, from 1. */
void page_overview(struct page *p, const char *only, struct str find, unsigned number);
/* done: "" or what was just asked for: "run", "pause", "resume". t NULL: mistakes say why it is not served. */
void page_school(struct page *p, const char *id, const struct tenant *t, const char *mistakes, const char *done);
/* said: what is wrong with the try before, or T_LOGIN. */
void page_login(struct page *p, enum page_text_id said);
void page_error(struct page *p, enum page_text_id said);

/* ---- parts ---- */

const char *page_say(const struct page *p, enum page_text_id id);
void page_put(struct buf *out, struct str text); /* escaped; control characters become spaces */
void page_putz(struct buf *out, const char *z);
/* The text with value, which is HTML, in place of its mark. */
void page_put_with(struct page *p, enum page_text_id id, const char *value);
/* <time>, in the zone, as the language writes it; 0: none is said. */
void page_put_time(struct page *p, const struct tz *zone, int64_t at, enum page_text_id none);
void page_put_ago(struct page *p, int64_t at);
void page_put_badge(struct page *p, const char *kind, const char *text); /* kind: "good", "warn", "bad", "" */
void page_put_state(struct page *p, const struct tenant *t);
void page_put_result(struct page *p, enum result r);
void page_put_fresh(struct page *p, enum page_fresh f);
/* Around what is in p->out. */
void page_frame(struct page *p, const char *title_html);

#endif
