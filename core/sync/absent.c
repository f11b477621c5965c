#include "core/sync/absent.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/tz.h"

/* ---- in the store ---- */

static struct store_key key_of(const struct absent *a)
{
	struct store_key k;
	store_key_begin(&k, TABLE_ABSENT);
	store_key_int(&k, a->day);
	store_key_int(&k, a->learner);
	store_key_int(&k, a->session);
	store_key_int(&k, a->start);
	return k;
}

void absent_put(struct store_txn *txn, const struct absent *a)
{
	struct store_key k = key_of(a);
	struct buf v;
	buf_init(&v, 0);
	pack_begin(&v, 1);
	pack_int(&v, a->end);
	pack_str(&v, a->subject);
	store_put(txn, &k, buf_str(&v));
	buf_deinit(&v);
}

void absent_del(struct store_txn *txn, const struct absent *a)
{
	struct store_key k = key_of(a);
	store_del(txn, &k);
}

struct loading {
	struct arena *arena;
	struct items *out;
	size_t cap;
	int error;
};

static int load_one(void *arg, struct str key, struct str value)
{
	struct loading *l = arg;
	struct absent a;
	struct unpack u;
	size_t at = 1;
	a.day = (int32_t)store_key_get_int(key, &at);
	a.learner = store_key_get_int(key, &at);
	a.session = store_key_get_int(key, &at);
	a.start = (int)store_key_get_int(key, &at);
	unpack_begin(&u, value);
	a.end = (int)unpack_int(&u);
	a.subject = unpack_str_copy(&u, l->arena);
	l->error = unpack_end(&u);
	if (!l->error)
		l->error = items_add(l->arena, l->out, &l->cap, &a, sizeof(a));
	return l->error;
}

int absent_load(struct store_txn *txn, struct arena *arena, struct items *out)
{
	struct loading l = {.arena = arena, .out = out};
	struct store_key prefix;
	store_key_begin(&prefix, TABLE_ABSENT);
	store_each(txn, &prefix, load_one, &l);
	return l.error ? l.error : store_txn_error(txn);
}

void absent_told(struct store_txn *txn, const struct letter *l, int32_t day, int64_t learner, int64_t now_s)
{
	const struct absent mark = {.day = day, .learner = learner};
	struct store_key prefix;
	store_key_begin(&prefix, TABLE_ABSENT);
	store_key_int(&prefix, day);
	store_key_int(&prefix, learner);
	store_del_prefix(txn, &prefix);
	absent_put(txn, &mark);
	(void)outbox_put(txn, l, now_s); /* what it does not take is an issue */
}

/* ---- the e-mail ---- */

static void add_html(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		switch (s.p[i]) {
		case '&': buf_addz(b, "&amp;"); break;
		case '<': buf_addz(b, "&lt;"); break;
		case '>': buf_addz(b, "&gt;"); break;
		case '"': buf_addz(b, "&quot;"); break;
		default: buf_addc(b, s.p[i]);
		}
	}
}

/* Text of ours with {…} in place of what varies. */
struct fill {
	const char *name;
	struct str value;
};

static void add(struct buf *b, const char *format, const struct fill *fills, bool html)
{
	for (const char *p = format; *p;) {
		size_t n = strcspn(p, "{");
		buf_add(b, p, n);
		p += n;
		if (!*p)
			return;
		const char *end = strchr(p, '}');
		REQUIRE(end);
		const struct fill *f = fills;
		while (f->name && (strlen(f->name) != (size_t)(end - p - 1) || strncmp(f->name, p + 1, (size_t)(end - p - 1)) != 0))
			f++;
		REQUIRE(f->name);
		if (html)
			add_html(b, f->value);
		else
			buf_add(b, f->value.p, f->value.n);
		p = end + 1;
	}
}

static const struct words {
	const char *subject, *greeting, *nobody, *absent, *line, *line_alone, *from, *questions;
	const char *days[7], *months[12], *date;
} words[] = {
        [WORDING_FR] = {"Absence de {learner} le {date}",
                         "Bonjour {tutor},",
                         "Bonjour,",
                         "{learner} a été absent ou absente le {date} :",
                         "de {start} à {end} : {subject}",
                         "de {start} à {end}",
                         "Ce message automatique vous est adressé par {school}, à la suite de l’émargement.",
                         "Pour toute question, adressez-vous à l’établissement.",
                         {"lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"},
                         {"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
                          "décembre"},
                         "{weekday} {mday} {month} {year}"},
        [WORDING_EN] = {"Absence of {learner} on {date}",
                         "Dear {tutor},",
                         "Hello,",
                         "{learner} was absent on {date}:",
                         "from {start} to {end}: {subject}",
                         "from {start} to {end}",
                         "This is an automatic message of {school}, from its attendance sheets.",
                         "Please ask the school if you have any question.",
                         {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"},
                         {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
                          "December"},
                         "{weekday}, {mday} {month} {year}"},
};

static struct str keep(struct arena *arena, struct buf *b)
{
	struct str s = buf_error(b) ? STR_NONE : arena_str(arena, buf_str(b));
	buf_deinit(b);
	return s;
}

static struct str date_of(struct arena *arena, const struct words *w, int32_t day)
{
	int year, month, mday;
	char m[12], y[12];
	struct buf b;
	day_split(day, &year, &month, &mday);
	/* the first of a month in French */
	snprintf(m, sizeof(m), mday == 1 && w == &words[WORDING_FR] ? "%der" : "%d", mday);
	snprintf(y, sizeof(y), "%d", year);
	const struct fill fills[] = {{"weekday", str_of(w->days[day_weekday(day)])}, {"mday", str_of(m)}, {"month", str_of(w->months[month - 1])},
	                             {"year", str_of(y)}, {NULL, STR_NONE}};
	buf_init(&b, 200);
	add(&b, w->date, fills, false);
	return keep(arena, &b);
}

static int by_start(const void *a, const void *b)
{
	const struct absent *x = *(const struct absent *const *)a, *y = *(const struct absent *const *)b;
	return x->start < y->start ? -1 : x->start > y->start;
}

static void add_absence(struct buf *b, const struct words *w, const struct absent *a, bool html)
{
	char start[16], end[16];
	snprintf(start, sizeof(start), "%02d:%02d", a->start / 60, a->start % 60);
	snprintf(end, sizeof(end), "%02d:%02d", a->end / 60, a->end % 60);
	const struct fill fills[] = {{"start", str_of(start)}, {"end", str_of(end)}, {"subject", a->subject}, {NULL, STR_NONE}};
	buf_addz(b, html ? "<li>" : "  - ");
	add(b, str_empty(a->subject) ? w->line_alone : w->line, fills, html);
	buf_addz(b, html ? "</li>\n" : "\n");
}

static struct str body(struct arena *arena, const struct words *w, const struct absent_report *r, const struct absent *const *absences,
                       const struct fill *fills, bool html)
{
	const char *para = html ? "<p>" : "", *over = html ? "</p>\n" : "\n\n";
	struct buf b;
	buf_init(&b, LETTER_MOST / 2);
	if (html)
		buf_printf(&b, "<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"></head><body>\n", r->language == WORDING_FR ? "fr" : "en");
	buf_addz(&b, para);
	add(&b, str_empty(r->tutor_last) ? w->nobody : w->greeting, fills, html);
	buf_addz(&b, over);
	buf_addz(&b, para);
	add(&b, w->absent, fills, html);
	buf_addz(&b, html ? "</p>\n<ul>\n" : "\n\n");
	for (size_t i = 0; i < r->count; i++)
		add_absence(&b, w, absences[i], html);
	buf_addz(&b, html ? "</ul>\n" : "\n");
	buf_addz(&b, para);
	add(&b, w->from, fills, html);
	buf_addz(&b, html ? "<br>\n" : "\n");
	buf_addz(&b, w->questions);
	buf_addz(&b, html ? "</p>\n</body></html>\n" : "\n");
	return keep(arena, &b);
}

static struct str full_name(struct arena *arena, struct str first, struct str last)
{
	const char *s = arena_printf(arena, "%.*s%s%.*s", STR_ARG(first), first.n && last.n ? " " : "", STR_ARG(last));
	return str_of(s);
}

int absent_write(const struct absent_report *r, struct arena *arena, struct letter *out)
{
	const struct words *w = &words[r->language];
	const struct absent **sorted = arena_array(arena, r->count + 1, sizeof(*sorted));
	if (!sorted)
		return ERR_LIMIT;
	for (size_t i = 0; i < r->count; i++)
		sorted[i] = r->absences[i];
	qsort(sorted, r->count, sizeof(*sorted), by_start);
	out->to_name = full_name(arena, r->tutor_first, r->tutor_last);
	out->from_name = r->school;
	const struct fill fills[] = {{"learner", full_name(arena, r->learner_first, r->learner_last)}, {"tutor", out->to_name},
	                             {"school", r->school}, {"date", date_of(arena, w, r->day)}, {NULL, STR_NONE}};
	struct buf subject;
	buf_init(&subject, 1000);
	add(&subject, w->subject, fills, false);
	out->subject = keep(arena, &subject);
	out->text = body(arena, w, r, sorted, fills, false);
	out->html = body(arena, w, r, sorted, fills, true);
	return out->subject.n && out->text.n && out->html.n ? 0 : ERR_LIMIT;
}
