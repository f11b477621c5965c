#include "core/sync/ledger.h"

#include <string.h>

const char *absence_kind_name(enum absence_kind kind)
{
	static const char *const names[ABSENCE_KIND_COUNT] = {"whole", "late", "early", "excluded"};
	return names[kind];
}

#define DAY_MINUTES 1440

/* ---- what a row means ---- */

/* The wall clock at an instant, held inside the session. */
static int minute_at(const struct settings *settings, const struct session *s, int64_t utc)
{
	if (utc <= s->start)
		return s->start_minute;
	if (utc >= s->end)
		return s->end_minute;
	int minute = tz_from_utc(settings->zone, utc).minute_of_day;
	return minute < s->start_minute ? s->start_minute : minute > s->end_minute ? s->end_minute : minute;
}

/* A begun minute is a missed one. */
static int arrival(const struct settings *settings, const struct session *s, double delay)
{
	int length = s->end_minute - s->start_minute;
	if (delay >= length && s->start + (int64_t)length * 60 >= s->end)
		return s->end_minute;
	int64_t whole = delay < DAY_MINUTES ? (int64_t)delay : DAY_MINUTES;
	if ((double)whole < delay)
		whole++;
	int minute = minute_at(settings, s, s->start + whole * 60);
	if (minute > s->start_minute || whole == 0)
		return minute;
	/* the hour that comes twice in autumn: the clock says earlier than the start */
	return whole < length ? s->start_minute + (int)whole : s->end_minute;
}

unsigned ledger_wishes(const struct settings *settings, const struct session *s, const struct row *row,
                       int64_t mapped, struct wish out[LEDGER_WISHES])
{
	bool justified = !str_empty(row->absence_id);
	int64_t reason = !justified ? settings->reason_unjustified : mapped ? mapped : settings->reason_justified;
	unsigned n = 0;
	if (s->start_minute >= s->end_minute)
		return 0;
	if (row->state != 1) {
		out[n++] = (struct wish){ABSENCE_WHOLE, s->start_minute, s->end_minute, reason, justified};
		return n;
	}
	int from = s->start_minute;
	if (row->delay_min > 0) {
		from = arrival(settings, s, row->delay_min);
		if (from > s->start_minute)
			out[n++] = (struct wish){ABSENCE_LATE, s->start_minute, from, settings->reason_late, false};
	}
	if (!row->early && !row->excluded)
		return n;
	bool excluded = row->excluded && (!row->early || row->excluded < row->early);
	int gone = minute_at(settings, s, excluded ? row->excluded : row->early);
	if (gone < from)
		gone = from; /* nobody is missed twice */
	if (gone < s->end_minute) {
		out[n] = (struct wish){ABSENCE_EARLY, gone, s->end_minute, reason, justified};
		if (excluded)
			out[n] = (struct wish){ABSENCE_EXCLUDED, gone, s->end_minute, settings->reason_unjustified,
			                       false};
		n++;
	}
	return n;
}

/* ---- intervals ---- */

/* What an absence covers of a day; false: nothing. */
static bool covers(const struct absence *a, int32_t day, struct span *out)
{
	if (day < a->first || day > a->last)
		return false;
	out->start = day == a->first ? a->start_minute : 0;
	out->end = day == a->last ? a->end_minute : DAY_MINUTES;
	return out->start < out->end;
}

size_t ledger_rest(int32_t day, struct span whole, const struct absence *const *there, size_t count, struct span *out)
{
	size_t n = 0;
	if (whole.start < whole.end)
		out[n++] = whole;
	for (size_t i = 0; i < count; i++) {
		struct span c;
		if (!covers(there[i], day, &c))
			continue;
		/* each absence splits at most one piece in two; pieces are in order and do not meet */
		for (size_t k = 0; k < n; k++) {
			struct span p = out[k];
			if (c.end <= p.start || c.start >= p.end)
				continue;
			size_t left = 0;
			struct span part[2];
			if (c.start > p.start)
				part[left++] = (struct span){p.start, c.start};
			if (c.end < p.end)
				part[left++] = (struct span){c.end, p.end};
			memmove(&out[k + left], &out[k + 1], (n - k - 1) * sizeof(*out));
			memcpy(&out[k], part, left * sizeof(*out));
			n = n - 1 + left;
			k = k + left - 1;
		}
	}
	return n;
}

bool ledger_same(const struct absence *a, const struct absence *b)
{
	return a->learner == b->learner && a->first == b->first && a->last == b->last &&
	       a->start_minute == b->start_minute && a->end_minute == b->end_minute && a->late == b->late;
}

bool ledger_is_as_written(const struct absence *there, const struct absence *written, bool durations)
{
	if (!ledger_same(there, written))
		return false;
	/* a list that does not give the reason cannot say that it was changed */
	if (there->reason && there->reason != written->reason)
		return false;
	return !durations || there->minutes == written->minutes;
}

/* ---- wanted against there ---- */

struct piece {
	const struct wish *wish;
	struct span span;
	bool taken;
};

/* What ledger_compare() works with. */
struct work {
	struct ledger_case *c;
	const struct absence **others;
	size_t other_count;
	bool *done; /* of own: dealt with */
	struct piece *pieces;
	size_t piece_count;
	struct span *spans;
};

static const struct absence *find(const struct ledger_case *c, int64_t code)
{
	for (size_t i = 0; i < c->there_count; i++)
		if (c->there[i]->code == code)
			return c->there[i];
	return NULL;
}

static bool is_own(const struct ledger_case *c, const struct absence *a)
{
	for (size_t i = 0; i < c->own_count; i++)
		if (a->code && a->code == c->own[i]->code && !c->own[i]->taken_over)
			return true;
	return false;
}

/* What an answer said is no proof (up_confirm.c): a row whose code was never seen in a list is known by what it says.
 */
static const struct absence *find_unsure(const struct ledger_case *c, const struct ledger_row *own)
{
	for (size_t i = 0; own->unsure && i < c->there_count; i++)
		if (c->there[i]->code && ledger_is_as_written(c->there[i], &own->written, c->durations) &&
		    !is_own(c, c->there[i]))
			return c->there[i];
	return NULL;
}

/* Whoever changed or deleted what we wrote has taken it over, for good. */
static void mark_taken(struct work *w)
{
	struct ledger_case *c = w->c;
	for (size_t i = 0; i < c->own_count; i++) {
		if (c->own[i]->taken_over)
			continue;
		const struct absence *a = find(c, c->own[i]->code);
		if (!a || !ledger_is_as_written(a, &c->own[i]->written, c->durations))
			a = find_unsure(c, c->own[i]);
		if (a) {
			c->own[i]->code = c->own[i]->written.code = a->code;
			c->own[i]->unsure = false;
			continue;
		}
		c->own[i]->taken_over = true;
		c->taken_over++;
	}
	for (size_t i = 0; i < c->there_count; i++)
		if (!is_own(c, c->there[i]))
			w->others[w->other_count++] = c->there[i];
}

/* A human has decided about these minutes. */
static bool is_decided(const struct ledger_case *c, const struct wish *wish)
{
	for (size_t i = 0; i < c->own_count; i++) {
		const struct absence *a = &c->own[i]->written;
		if (c->own[i]->taken_over && a->start_minute < wish->end && a->end_minute > wish->start)
			return true;
	}
	return false;
}

static bool is_inside(const struct ledger_row *own, const struct wish *wish)
{
	return !own->taken_over && own->kind == wish->kind && own->written.start_minute >= wish->start &&
	       own->written.end_minute <= wish->end;
}

static struct ledger_row row_of(const struct ledger_case *c, const struct wish *wish, struct span span)
{
	const struct session *s = c->session;
	struct ledger_row row = {
	        .session = s->code, .learner = c->learner, .kind = wish->kind, .justified = wish->justified};
	row.written = (struct absence){.learner = c->learner,
	                               .group = s->groups.n == 1 ? s->groups.v[0] : 0,
	                               .first = s->day,
	                               .last = s->day,
	                               .start_minute = span.start,
	                               .end_minute = span.end,
	                               .minutes = span.end - span.start,
	                               .late = wish->kind == ABSENCE_LATE,
	                               .reason = wish->reason};
	return row;
}

static void add_op(struct ledger_case *c, enum ledger_verb verb, struct ledger_row *was, struct ledger_row row)
{
	if (was) {
		row.code = row.written.code = was->code;
		row.written.group = was->written.group;
	}
	c->ops[c->op_count++] = (struct ledger_op){verb, was, row};
}

/* An own row against what it shall be. */
static void settle(struct work *w, size_t own, const struct wish *wish, struct span span)
{
	struct ledger_case *c = w->c;
	struct ledger_row *was = c->own[own];
	struct ledger_row row = row_of(c, wish, span);
	w->done[own] = true;
	if (ledger_same(&was->written, &row.written) && was->written.reason == row.written.reason)
		c->unchanged++;
	else
		add_op(c, LEDGER_CORRECT, was, row);
}

/* What we wrote before somebody entered a longer absence over it stays: it is still true, and others' are not our
 * business. */
static bool keep_own(struct work *w, const struct wish *wish)
{
	struct ledger_case *c = w->c;
	size_t n = w->other_count;
	bool any = false;
	for (size_t i = 0; i < c->own_count; i++) {
		if (!is_inside(c->own[i], wish))
			continue;
		w->others[n++] = &c->own[i]->written;
		any = true;
	}
	if (!any || ledger_rest(c->session->day, (struct span){wish->start, wish->end}, w->others, n, w->spans))
		return false;
	for (size_t i = 0; i < c->own_count; i++)
		if (is_inside(c->own[i], wish))
			settle(w, i, wish,
			       (struct span){c->own[i]->written.start_minute, c->own[i]->written.end_minute});
	return true;
}

static void cut(struct work *w, const struct wish *wish)
{
	struct ledger_case *c = w->c;
	if (is_decided(c, wish)) {
		c->left = true;
		return;
	}
	if (keep_own(w, wish))
		return;
	size_t n = ledger_rest(c->session->day, (struct span){wish->start, wish->end}, w->others, w->other_count,
	                       w->spans);
	if (n == 0)
		c->covered = true;
	else if (n > 1 || w->spans[0].start != wish->start || w->spans[0].end != wish->end)
		c->part_covered = true;
	for (size_t i = 0; i < n; i++)
		w->pieces[w->piece_count++] = (struct piece){wish, w->spans[i], false};
}

/* How well an own row suits a piece: the better, the less is written. */
static int fit(const struct ledger_row *own, const struct piece *p)
{
	if (own->kind != p->wish->kind)
		return 1;
	return 2 + (own->written.start_minute == p->span.start) + (own->written.end_minute == p->span.end);
}

/* Pairs own rows with pieces, best fit first: a status that changes is corrected in place, so that there is no moment
 * at which Yparéo holds neither or both. */
static void pair(struct work *w)
{
	struct ledger_case *c = w->c;
	for (int level = 4; level >= 1; level--)
		for (size_t i = 0; i < c->own_count; i++)
			for (size_t k = 0; k < w->piece_count && !w->done[i] && !c->own[i]->taken_over; k++) {
				struct piece *p = &w->pieces[k];
				if (p->taken || fit(c->own[i], p) < level)
					continue;
				p->taken = true;
				settle(w, i, p->wish, p->span);
			}
}

int ledger_compare(struct ledger_case *c)
{
	struct work w = {.c = c};
	size_t room = c->there_count + c->own_count + 2;
	w.others = arena_array(c->arena, room, sizeof(*w.others));
	w.spans = arena_array(c->arena, room, sizeof(*w.spans));
	w.pieces = arena_array(c->arena, room * LEDGER_WISHES, sizeof(*w.pieces));
	w.done = arena_array(c->arena, room, sizeof(*w.done));
	c->ops = arena_array(c->arena, room * LEDGER_WISHES + c->own_count, sizeof(*c->ops));
	if (!w.others || !w.spans || !w.pieces || !w.done || !c->ops)
		return ERR_LIMIT;
	mark_taken(&w);
	for (unsigned i = 0; i < c->wish_count; i++)
		cut(&w, &c->wishes[i]);
	pair(&w);
	/* what no longer holds goes before what is new comes */
	for (size_t i = 0; i < c->own_count; i++)
		if (!w.done[i] && !c->own[i]->taken_over)
			add_op(c, LEDGER_WITHDRAW, c->own[i], *c->own[i]);
	for (size_t k = 0; k < w.piece_count; k++)
		if (!w.pieces[k].taken)
			add_op(c, LEDGER_CREATE, NULL, row_of(c, w.pieces[k].wish, w.pieces[k].span));
	return 0;
}

/* ---- payloads ---- */

#define PAYLOAD_VERSION 1

void ledger_pack(struct buf *b, const struct ledger_row *row)
{
	const struct absence *a = &row->written;
	pack_begin(b, PAYLOAD_VERSION);
	pack_int(b, row->session);
	pack_int(b, row->learner);
	pack_int(b, row->kind);
	pack_int(b, row->code);
	pack_bool(b, row->justified);
	pack_int(b, a->group);
	pack_int(b, a->first);
	pack_int(b, a->last);
	pack_int(b, a->start_minute);
	pack_int(b, a->end_minute);
	pack_int(b, a->minutes);
	pack_bool(b, a->late);
	pack_int(b, a->reason);
}

int ledger_unpack(struct str payload, struct ledger_row *out)
{
	struct unpack u;
	struct ledger_row row = {0};
	struct absence *a = &row.written;
	unpack_begin(&u, payload);
	row.session = unpack_int(&u);
	row.learner = a->learner = unpack_int(&u);
	int64_t kind = unpack_int(&u);
	row.code = a->code = unpack_int(&u);
	row.justified = unpack_bool(&u);
	a->group = unpack_int(&u);
	a->first = (int32_t)unpack_int(&u);
	a->last = (int32_t)unpack_int(&u);
	a->start_minute = (int)unpack_int(&u);
	a->end_minute = (int)unpack_int(&u);
	a->minutes = unpack_int(&u);
	a->late = unpack_bool(&u);
	a->reason = unpack_int(&u);
	int rc = unpack_end(&u);
	if (rc == 0 && (kind < 0 || kind >= ABSENCE_KIND_COUNT))
		rc = ERR_STORE_CORRUPT;
	if (rc)
		return rc;
	row.kind = (enum absence_kind)kind;
	*out = row;
	return 0;
}
