#include "core/sync/shadow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/sync/ledger.h"

/* ---- who is who: accounts there, by Yparéo's codes ---- */

/* Siblings may share an address. */
struct shadow_mailbox {
	int64_t *codes;
	size_t n, cap;
};

static int put_mailbox(struct shadow_env *s, enum person_kind kind, struct str address, int64_t code)
{
	struct arena *a = s->cmp.arena;
	struct str folded = str_fold_email(a, address);
	if (str_empty(folded))
		return 0;
	struct shadow_mailbox *m = map_get_str(s->emails[kind], folded);
	if (!m) {
		m = arena_alloc(a, sizeof(*m));
		if (!m)
			return ERR_LIMIT;
		map_put_str(s->emails[kind], folded, m);
	}
	if (m->n && m->codes[m->n - 1] == code)
		return 0; /* both addresses of one person are the same */
	if (arena_grow(a, &m->codes, &m->cap, m->n + 1, sizeof(*m->codes)))
		return ERR_LIMIT;
	m->codes[m->n++] = code;
	return 0;
}

int shadow_know_people(struct shadow_env *s)
{
	const struct learner *l = s->snap->learners.v;
	const struct instructor *i = s->snap->instructors.v;
	for (size_t k = 0; k < s->snap->learners.n; k++)
		if (put_mailbox(s, PERSON_LEARNER, l[k].email_normal, l[k].code) ||
		    put_mailbox(s, PERSON_LEARNER, l[k].email_pro, l[k].code))
			return ERR_LIMIT;
	for (size_t k = 0; k < s->snap->instructors.n; k++)
		if (put_mailbox(s, PERSON_INSTRUCTOR, i[k].email, i[k].code))
			return ERR_LIMIT;
	return 0;
}

static bool has_name(struct shadow_env *s, enum person_kind kind, int64_t code, const struct account *a)
{
	const struct learner *l = kind == PERSON_LEARNER ? map_get(s->snap->learner_by_code, code) : NULL;
	const struct instructor *i = kind == PERSON_INSTRUCTOR ? map_get(s->snap->instructor_by_code, code) : NULL;
	struct str last = l ? l->last : i ? i->last : STR_NONE, first = l ? l->first : i ? i->first : STR_NONE;
	struct arena *arena = s->cmp.arena;
	return str_eq(str_fold(arena, last), str_fold(arena, a->last)) && str_eq(str_fold(arena, first), str_fold(arena, a->first));
}

static bool is_listed(const struct shadow_env *s, enum person_kind kind, int64_t code)
{
	return map_get(kind == PERSON_LEARNER ? s->snap->learner_by_code : s->snap->instructor_by_code, code) != NULL;
}

/* The address decides; where several have it, the code that the account bears, or the name. Without an address that is known, the code
 * alone, where Yparéo lists somebody by it under that name. */
static int64_t code_of(struct shadow_env *s, enum person_kind kind, const struct account *a)
{
	int64_t bears = 0, found = 0;
	const struct shadow_mailbox *m = map_get_str(s->emails[kind], str_fold_email(s->cmp.arena, a->email));
	if (str_to_int64(a->api_id, &bears))
		bears = 0;
	if (!m)
		return bears && is_listed(s, kind, bears) && has_name(s, kind, bears, a) ? bears : 0;
	if (m->n == 1)
		return m->codes[0];
	for (size_t i = 0; i < m->n; i++) {
		if (m->codes[i] == bears)
			return bears;
		if (has_name(s, kind, m->codes[i], a))
			found = m->codes[i];
	}
	return found;
}

int shadow_know_account(struct shadow_env *s, enum person_kind kind, const struct account *a)
{
	int64_t code = code_of(s, kind, a), *boxed;
	struct str id = arena_str(s->cmp.arena, a->id);
	if (!code)
		return 0;
	boxed = arena_alloc(s->cmp.arena, sizeof(*boxed));
	if (!boxed || !id.p)
		return ERR_LIMIT;
	*boxed = code;
	map_put_str(s->codes[kind], id, boxed);
	return 0;
}

/* ---- sheets there ---- */

static int by_value(const void *pa, const void *pb)
{
	int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;
	return a < b ? -1 : a > b;
}

static bool is_evidence(const struct settings *settings, const struct sheet *sheet)
{
	const struct row *rows = sheet->rows.v;
	bool any = settings->unsigned_sheet == UNSIGNED_ABSENT;
	for (unsigned i = 0; i < sheet->instructor_count; i++)
		any = any || sheet->instructor_signed[i];
	for (size_t i = 0; i < sheet->rows.n; i++)
		any = any || rows[i].signed_;
	return any;
}

int shadow_add_sheet(struct shadow_env *s, const struct sheet *sheet)
{
	struct arena *a = s->cmp.arena;
	struct shadow_sheet *out = arena_alloc(a, sizeof(*out));
	int64_t *instructors = arena_array(a, sheet->instructor_count + 1u, sizeof(*instructors)),
		*learners = arena_array(a, sheet->rows.n + 1, sizeof(*learners));
	if (!out || !instructors || !learners)
		return ERR_LIMIT;
	*out = (struct shadow_sheet){.id = sheet->id,
	                             .api_id = sheet->api_id,
	                             .name = sheet->name,
	                             .room = sheet->room,
	                             .start = sheet->start,
	                             .end = sheet->end,
	                             .instructors = {instructors, 0},
	                             .learners = {learners, 0},
	                             .locked = sheet->locked,
	                             .evidence = is_evidence(s->settings, sheet),
	                             .rows = sheet->rows};
	const struct row *rows = sheet->rows.v;
	for (unsigned i = 0; i < sheet->instructor_count; i++) {
		const int64_t *code = map_get_str(s->codes[PERSON_INSTRUCTOR], sheet->instructors[i]);
		if (code)
			instructors[out->instructors.n++] = *code;
		else
			out->strangers++;
	}
	for (size_t i = 0; i < sheet->rows.n; i++) {
		const int64_t *code = map_get_str(s->codes[PERSON_LEARNER], rows[i].learner);
		if (code)
			learners[out->learners.n++] = *code;
		else
			out->strangers++;
	}
	qsort(instructors, out->instructors.n, sizeof(*instructors), by_value);
	qsort(learners, out->learners.n, sizeof(*learners), by_value);
	if (str_to_int64(sheet->api_id, &out->api_code) || out->api_code < 0)
		out->api_code = 0;
	if (out->api_code) {
		out->same_code = map_get(s->by_code, out->api_code);
		map_put(s->by_code, out->api_code, out);
	}
	out->same_start = map_get(s->by_start, out->start);
	map_put(s->by_start, out->start, out);
	return items_add(a, &s->sheets, &s->sheets_cap, &out, sizeof(out));
}

/* ---- which is whose ---- */

/* How many both have; both sorted. */
static size_t common(const struct ints *a, const struct ints *b)
{
	size_t n = 0;
	for (size_t i = 0, k = 0; i < a->n && k < b->n;) {
		if (a->v[i] == b->v[k])
			n++, i++, k++;
		else if (a->v[i] < b->v[k])
			i++;
		else
			k++;
	}
	return n;
}

static bool is_like(const struct shadow_sheet *there, const struct session *session, const struct ints *instructors,
                    const struct ints *learners)
{
	return !there->taken && there->start == session->start && there->end == session->end &&
	       (common(&there->instructors, instructors) || common(&there->learners, learners) * 2 > learners->n);
}

struct shadow_sheet *shadow_take(struct shadow_env *s, const struct session *session, const struct ints *instructors,
                                 const struct ints *learners)
{
	struct shadow_sheet *found = map_get(s->by_code, session->code);
	while (found && found->taken)
		found = found->same_code;
	for (struct shadow_sheet *t = map_get(s->by_start, session->start); !found && t; t = t->same_start)
		if (is_like(t, session, instructors, learners))
			found = t;
	if (found)
		found->taken = true;
	return found;
}

/* ---- findings ---- */

const char *shadow_verdict_name(enum shadow_verdict v)
{
	static const char *const names[SHADOW_VERDICT_COUNT] = {
#define X(name, text) [name] = text,
	        SHADOW_VERDICTS(X)
#undef X
	};
	return names[v];
}

int shadow_add_finding(struct shadow_env *s, enum shadow_verdict v, struct str record, struct str fields, const char *fmt, ...)
{
	struct shadow_finding f = {.verdict = v};
	char detail[400];
	va_list ap;
	s->found.counts[v]++;
	if (v == SHADOW_AGREES)
		return 0;
	if (s->found.findings.n >= SHADOW_FINDINGS) {
		s->found.left_out++;
		return 0;
	}
	va_start(ap, fmt);
	vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	f.record = arena_str(s->report_arena, record);
	f.fields = arena_str(s->report_arena, fields);
	f.detail = arena_str(s->report_arena, str_of(detail));
	return items_add(s->report_arena, &s->found.findings, &s->findings_cap, &f, sizeof(f));
}

/* "Tuesday's 09:00 to 12:00" would need a language: the day as a date. */
struct when {
	char text[48];
};
static struct when when(const struct shadow_env *s, int64_t start, int64_t end)
{
	struct tz_local a = tz_from_utc(s->settings->zone, start), b = tz_from_utc(s->settings->zone, end);
	int y, m, d;
	struct when w;
	day_split(a.day, &y, &m, &d);
	snprintf(w.text, sizeof(w.text), "%04d-%02d-%02d %02d:%02d to %02d:%02d", y, m, d, a.minute_of_day / 60, a.minute_of_day % 60,
	         b.minute_of_day / 60, b.minute_of_day % 60);
	return w;
}

/* ---- down ---- */

static int codes_of(struct arena *a, struct want_person *const *people, size_t n, struct ints *out)
{
	int64_t *v = arena_array(a, n + 1, sizeof(*v));
	if (!v)
		return ERR_LIMIT;
	for (size_t i = 0; i < n; i++)
		v[i] = people[i]->wish.code;
	qsort(v, n, sizeof(*v), by_value);
	*out = (struct ints){v, n};
	return 0;
}

static bool same_text(struct shadow_env *s, struct str a, struct str b)
{
	return str_eq(str_fold_case(s->cmp.arena, a), str_fold_case(s->cmp.arena, b));
}

/* ", 2 learners more there, 1 not there" */
static void count_people(struct buf *b, const char *who, const struct ints *wanted, const struct ints *there)
{
	size_t both = common(wanted, there);
	if (there->n > both)
		buf_printf(b, "; %zu %s more there", there->n - both, who);
	if (wanted->n > both)
		buf_printf(b, "; %zu %s not there", wanted->n - both, who);
}

static int compare_both(struct shadow_env *s, const struct want_sheet *w, const struct ints *instructors, const struct ints *learners,
                        const struct shadow_sheet *there)
{
	struct str record = record_name(s->cmp.arena, "sheet", w->session->code);
	const struct {
		const char *field;
		bool differs;
	} fields[] = {
	        {"NAME", !same_text(s, w->name, there->name)},
	        {"START", w->session->start != there->start},
	        {"END", w->session->end != there->end},
	        {"CLASSROOM", w->room_known && !same_text(s, w->room, there->room)},
	        {"PROFESSOR", instructors->n != there->instructors.n || common(instructors, &there->instructors) != instructors->n},
	        {"STUDENTS", there->strangers || learners->n != there->learners.n || common(learners, &there->learners) != learners->n},
	};
	struct buf names, detail;
	int rc;
	buf_init(&names, 0);
	buf_init(&detail, 0);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (fields[i].differs)
			buf_printf(&names, "%s%s", names.n ? ", " : "", fields[i].field);
	count_people(&detail, "instructors", instructors, &there->instructors);
	count_people(&detail, "learners", learners, &there->learners);
	if (there->strangers)
		buf_printf(&detail, "; %zu people there whom Yparéo does not list", there->strangers);
	rc = shadow_add_finding(s, names.n ? SHADOW_DIFFERS : SHADOW_AGREES, record, buf_str(&names), "%s%.*s",
	                        when(s, w->session->start, w->session->end).text, STR_ARG(buf_str(&detail)));
	buf_deinit(&names);
	buf_deinit(&detail);
	return rc;
}

int shadow_judge(struct shadow_env *s, const struct want_sheet *w)
{
	struct ints instructors, learners;
	if (codes_of(s->cmp.arena, w->instructors, w->instructor_count, &instructors) ||
	    codes_of(s->cmp.arena, w->learners, w->learner_count, &learners))
		return ERR_LIMIT;
	struct str record = record_name(s->cmp.arena, "sheet", w->session->code);
	const struct shadow_sheet *there = shadow_take(s, w->session, &instructors, &learners);
	if (!there)
		return shadow_add_finding(s, SHADOW_MISSING, record, STR_NONE, "%s: Yparéo plans it, and Edusign has no sheet for it",
		                          when(s, w->session->start, w->session->end).text);
	if (compare_both(s, w, &instructors, &learners, there))
		return ERR_LIMIT;
	while ((there = shadow_take(s, w->session, &instructors, &learners)) != NULL)
		if (shadow_add_finding(s, SHADOW_TWICE, record, STR_NONE, "%s: Edusign has one more sheet for it",
		                       when(s, there->start, there->end).text))
			return ERR_LIMIT;
	return 0;
}

int shadow_judge_rest(struct shadow_env *s)
{
	struct shadow_sheet *const *all = s->sheets.v;
	for (size_t i = 0; i < s->sheets.n; i++) {
		const struct shadow_sheet *t = all[i];
		int32_t day = tz_from_utc(s->settings->zone, t->start).day;
		/* what bears no code of another system was made by hand: nobody's business; what has begun is no plan any more */
		if (t->taken || str_empty(t->api_id) || t->start <= s->now || day < s->found.first || day > s->found.last)
			continue;
		if (shadow_add_finding(s, SHADOW_EXTRA, arena_str(s->cmp.arena, str_of(arena_printf(s->cmp.arena, "sheet %.*s", STR_ARG(t->api_id)))),
		                       STR_NONE, "%s: stands in Edusign with a connector's code, and the school's choices want no such sheet",
		                       when(s, t->start, t->end).text))
			return ERR_LIMIT;
	}
	return 0;
}

/* ---- up ---- */

struct shadow_absences {
	const struct absence **v;
	size_t n, cap;
};

static int index_absences(struct shadow_env *s)
{
	const struct absence *a = s->absences.v;
	if (s->absences_of)
		return 0;
	s->absences_of = map_new_int(s->cmp.arena);
	for (size_t i = 0; i < s->absences.n; i++) {
		struct shadow_absences *l = map_get(s->absences_of, a[i].learner);
		if (!l) {
			l = arena_alloc(s->cmp.arena, sizeof(*l));
			if (!l)
				return ERR_LIMIT;
			map_put(s->absences_of, a[i].learner, l);
		}
		if (arena_grow(s->cmp.arena, &l->v, &l->cap, l->n + 1, sizeof(*l->v)))
			return ERR_LIMIT;
		l->v[l->n++] = &a[i];
	}
	return 0;
}

/* How many minutes of a span the absences there leave open. */
static int open_minutes(struct shadow_env *s, int32_t day, struct span whole, const struct shadow_absences *of, int *out)
{
	size_t n = of ? of->n : 0;
	struct span *rest = arena_array(s->cmp.arena, n + 1, sizeof(*rest));
	if (!rest)
		return ERR_LIMIT;
	size_t pieces = ledger_rest(day, whole, of ? of->v : NULL, n, rest);
	*out = 0;
	for (size_t i = 0; i < pieces; i++)
		*out += rest[i].end - rest[i].start;
	return 0;
}

/* Yparéo's reason for that very interval says justified, and the sheet does not, or the other way round. */
static bool is_otherwise_justified(const struct shadow_env *s, const struct session *session, const struct wish *w,
                                   const struct shadow_absences *of)
{
	const struct reason *r = s->reasons.v;
	for (size_t i = 0; of && w->kind == ABSENCE_WHOLE && i < of->n; i++) {
		const struct absence *a = of->v[i];
		if (a->first != session->day || a->start_minute != w->start || a->end_minute != w->end || !a->reason)
			continue;
		for (size_t k = 0; k < s->reasons.n; k++)
			if (r[k].code == a->reason)
				return r[k].justified != w->justified;
	}
	return false;
}

static int judge_line(struct shadow_env *s, const struct session *session, const struct row *row, int64_t learner)
{
	struct str record = record_name2(s->cmp.arena, "attendance", session->code, learner);
	const struct shadow_absences *of = map_get(s->absences_of, learner);
	struct span whole = {session->start_minute, session->end_minute};
	struct wish wishes[LEDGER_WISHES];
	unsigned n = ledger_wishes(s->settings, session, row, 0, wishes);
	int wanted = 0, lacking = 0, open = 0, rest;
	bool otherwise = false;
	for (unsigned i = 0; i < n; i++) {
		struct span span = {wishes[i].start, wishes[i].end};
		if (open_minutes(s, session->day, span, of, &rest))
			return ERR_LIMIT;
		wanted += span.end - span.start;
		lacking += rest;
		otherwise = otherwise || is_otherwise_justified(s, session, &wishes[i], of);
	}
	if (open_minutes(s, session->day, whole, of, &open))
		return ERR_LIMIT;
	int there = whole.end - whole.start - open, beyond = there - (wanted - lacking);
	const char *at = when(s, session->start, session->end).text;
	char text[48];
	snprintf(text, sizeof(text), "%s", at);
	if (wanted && lacking == wanted)
		return shadow_add_finding(s, SHADOW_MISSING, record, STR_NONE, "%s: %d minutes missed by the sheet, and Yparéo has no absence", text, wanted);
	if (!wanted && beyond)
		return shadow_add_finding(s, SHADOW_EXTRA, record, STR_NONE, "%s: present on the sheet, and Yparéo has an absence of %d minutes", text, there);
	if (lacking || beyond)
		return shadow_add_finding(s, SHADOW_DIFFERS, record, STR("minutes"), "%s: %d minutes missed by the sheet, %d by Yparéo", text, wanted, there);
	if (otherwise)
		return shadow_add_finding(s, SHADOW_DIFFERS, record, STR("reason"), "%s: justified on one side only", text);
	return shadow_add_finding(s, SHADOW_AGREES, record, STR_NONE, "%s", text);
}

int shadow_judge_lines(struct shadow_env *s, const struct session *session, const struct shadow_sheet *sheet)
{
	const struct row *rows = sheet->rows.v;
	if (index_absences(s))
		return ERR_LIMIT;
	for (size_t i = 0; i < sheet->rows.n; i++) {
		const int64_t *learner = map_get_str(s->codes[PERSON_LEARNER], rows[i].learner);
		bool expected = false;
		for (size_t k = 0; learner && k < session->learners.n; k++)
			expected = expected || session->learners.v[k] == *learner;
		/* whom Yparéo does not expect, and what is neither present nor absent, would not be sent */
		if (expected && rows[i].state >= 0 && judge_line(s, session, &rows[i], *learner))
			return ERR_LIMIT;
	}
	return 0;
}
