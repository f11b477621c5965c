/* What a row of a sheet means, and what must be done so that Yparéo says the same. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/sync/ledger.h"

#define LEARNER         4711
#define SESSION         90210
#define H(hour, minute) ((hour)*60 + (minute))
enum { UNJUSTIFIED = 1, JUSTIFIED = 2, LATE = 3, MAPPED = 17 };

struct fixture {
	struct arena *arena;
	struct tz *zone;
	struct settings settings;
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	f->arena = arena_new(0);
	assert_int_equal(tz_open("Europe/Paris", &f->zone), 0);
	f->settings = (struct settings){.zone = f->zone,
	                                .reason_unjustified = UNJUSTIFIED,
	                                .reason_justified = JUSTIFIED,
	                                .reason_late = LATE};
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	arena_free(&f->arena);
	tz_close(&f->zone);
	free(f);
	return 0;
}

static struct session session_at(const struct fixture *f, int32_t day, int start, int end)
{
	return (struct session){.code = SESSION,
	                        .day = day,
	                        .start = tz_to_utc(f->zone, day, start, 0),
	                        .end = tz_to_utc(f->zone, day, end, 0),
	                        .start_minute = start,
	                        .end_minute = end};
}

/* ---- what a row means ---- */

/* early and excluded: seconds after the session's start, 0 none. */
struct meaning {
	const char *what;
	int state;
	double delay;
	int64_t early, excluded;
	const char *absence;
	int64_t mapped;
	unsigned n;
	struct wish wish[LEDGER_WISHES];
};

#define S H(9, 0)
#define E H(12, 0)
static const struct meaning meanings[] = {
        {"present", 1, 0, 0, 0, "", 0, 0, {{0}}},
        {"absent", 0, 0, 0, 0, "", 0, 1, {{ABSENCE_WHOLE, S, E, UNJUSTIFIED, false}}},
        {"justified", 0, 0, 0, 0, "j1", 0, 1, {{ABSENCE_WHOLE, S, E, JUSTIFIED, true}}},
        {"justified, mapped", 0, 0, 0, 0, "j1", MAPPED, 1, {{ABSENCE_WHOLE, S, E, MAPPED, true}}},
        {"absent with a delay", 0, 12, 0, 0, "", 0, 1, {{ABSENCE_WHOLE, S, E, UNJUSTIFIED, false}}},
        {"late", 1, 12, 0, 0, "", 0, 1, {{ABSENCE_LATE, S, H(9, 12), LATE, false}}},
        {"a fraction is a whole minute", 1, 12.1, 0, 0, "", 0, 1, {{ABSENCE_LATE, S, H(9, 13), LATE, false}}},
        {"less than a minute", 1, 0.5, 0, 0, "", 0, 1, {{ABSENCE_LATE, S, H(9, 1), LATE, false}}},
        {"late is late when justified", 1, 12, 0, 0, "j1", MAPPED, 1, {{ABSENCE_LATE, S, H(9, 12), LATE, false}}},
        {"late by the whole session", 1, 180, 0, 0, "", 0, 1, {{ABSENCE_LATE, S, E, LATE, false}}},
        {"late by more", 1, 600, 0, 0, "", 0, 1, {{ABSENCE_LATE, S, E, LATE, false}}},
        {"late by more than can be", 1, 1e300, 0, 0, "", 0, 1, {{ABSENCE_LATE, S, E, LATE, false}}},
        {"left early", 1, 0, 7200, 0, "", 0, 1, {{ABSENCE_EARLY, H(11, 0), E, UNJUSTIFIED, false}}},
        {"left early, excused", 1, 0, 7200, 0, "j1", 0, 1, {{ABSENCE_EARLY, H(11, 0), E, JUSTIFIED, true}}},
        {"a begun minute is missed", 1, 0, 7230, 0, "", 0, 1, {{ABSENCE_EARLY, H(11, 0), E, UNJUSTIFIED, false}}},
        {"left before it began", 1, 0, -600, 0, "", 0, 1, {{ABSENCE_EARLY, S, E, UNJUSTIFIED, false}}},
        {"left at the end", 1, 0, 10800, 0, "", 0, 0, {{0}}},
        {"left after the end", 1, 0, 12000, 0, "", 0, 0, {{0}}},
        {"sent out", 1, 0, 0, 3600, "", 0, 1, {{ABSENCE_EXCLUDED, H(10, 0), E, UNJUSTIFIED, false}}},
        {"sent out, then gone", 1, 0, 7200, 3600, "", 0, 1, {{ABSENCE_EXCLUDED, H(10, 0), E, UNJUSTIFIED, false}}},
        {"gone, then sent out", 1, 0, 3600, 7200, "", 0, 1, {{ABSENCE_EARLY, H(10, 0), E, UNJUSTIFIED, false}}},
        {"late and gone",
         1,
         10,
         7200,
         0,
         "",
         0,
         2,
         {{ABSENCE_LATE, S, H(9, 10), LATE, false}, {ABSENCE_EARLY, H(11, 0), E, UNJUSTIFIED, false}}},
        {"gone before he came",
         1,
         60,
         1800,
         0,
         "",
         0,
         2,
         {{ABSENCE_LATE, S, H(10, 0), LATE, false}, {ABSENCE_EARLY, H(10, 0), E, UNJUSTIFIED, false}}},
        {"late to the end and gone", 1, 180, 1800, 0, "", 0, 1, {{ABSENCE_LATE, S, E, LATE, false}}},
};

static void assert_wishes(const char *what, const struct wish *got, unsigned n, const struct wish *want, unsigned m)
{
	if (n != m)
		fail_msg("%s: %u wishes instead of %u", what, n, m);
	for (unsigned i = 0; i < n; i++)
		if (got[i].kind != want[i].kind || got[i].start != want[i].start || got[i].end != want[i].end ||
		    got[i].reason != want[i].reason || got[i].justified != want[i].justified)
			fail_msg("%s: wish %u is %s %d-%d reason %lld justified %d", what, i,
			         absence_kind_name(got[i].kind), got[i].start, got[i].end, (long long)got[i].reason,
			         got[i].justified);
}

static void a_row_means(void **state)
{
	struct fixture *f = *state;
	struct session s = session_at(f, day_of(2026, 11, 23), S, E);
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		const struct meaning *m = &meanings[i];
		struct wish got[LEDGER_WISHES];
		struct row row = {.state = m->state, .delay_min = m->delay, .absence_id = str_of(m->absence)};
		row.early = m->early ? s.start + m->early : 0;
		row.excluded = m->excluded ? s.start + m->excluded : 0;
		unsigned n = ledger_wishes(&f->settings, &s, &row, m->mapped, got);
		assert_wishes(m->what, got, n, m->wish, m->n);
	}
}

/* On the days on which the clocks change, minutes are still those of the school's clock. */
static void the_clock_of_the_school(void **state)
{
	struct fixture *f = *state;
	struct wish got[LEDGER_WISHES];
	/* 28 March 2027: 02:00 becomes 03:00; half an hour after 01:45 the clock says 03:15 */
	struct session spring = session_at(f, day_of(2027, 3, 28), H(1, 45), H(5, 0));
	struct row late = {.state = 1, .delay_min = 30};
	unsigned n = ledger_wishes(&f->settings, &spring, &late, 0, got);
	assert_wishes("spring", got, n, &(struct wish){ABSENCE_LATE, H(1, 45), H(3, 15), LATE, false}, 1);
	/* 25 October 2026: 03:00 becomes 02:00; an ordinary afternoon session is not moved by it */
	struct session autumn = session_at(f, day_of(2026, 10, 25), H(14, 0), H(17, 0));
	struct row gone = {.state = 1, .early = tz_to_utc(f->zone, day_of(2026, 10, 25), H(16, 0), 0)};
	n = ledger_wishes(&f->settings, &autumn, &gone, 0, got);
	assert_wishes("autumn", got, n, &(struct wish){ABSENCE_EARLY, H(16, 0), H(17, 0), UNJUSTIFIED, false}, 1);
	/* the hour that comes twice: half an hour after the first 02:50 it is 02:20 again; 30 minutes are missed */
	struct session night = session_at(f, day_of(2026, 10, 25), H(2, 50), H(5, 0));
	n = ledger_wishes(&f->settings, &night, &late, 0, got);
	assert_wishes("night", got, n, &(struct wish){ABSENCE_LATE, H(2, 50), H(3, 20), LATE, false}, 1);
}

static void a_session_without_length_says_nothing(void **state)
{
	struct fixture *f = *state;
	struct session s = session_at(f, day_of(2026, 11, 23), S, S);
	struct wish got[LEDGER_WISHES];
	assert_int_equal(ledger_wishes(&f->settings, &s, &(struct row){.state = 0}, 0, got), 0);
}

/* ---- what others cover ---- */

#define DAY 20780
struct rest {
	const char *what;
	struct absence there[4];
	size_t there_count;
	struct span want[5];
	size_t n;
};

static struct absence on_days(int32_t first, int start, int32_t last, int end)
{
	return (struct absence){.code = 1,
	                        .learner = LEARNER,
	                        .first = first,
	                        .last = last,
	                        .start_minute = start,
	                        .end_minute = end};
}

static void assert_rest(const char *what, const struct absence *there, size_t count, const struct span *want,
                        size_t n)
{
	const struct absence *p[8];
	struct span got[9];
	for (size_t i = 0; i < count; i++)
		p[i] = &there[i];
	size_t m = ledger_rest(DAY, (struct span){S, E}, p, count, got);
	if (m != n)
		fail_msg("%s: %zu pieces instead of %zu", what, m, n);
	for (size_t i = 0; i < n; i++)
		if (got[i].start != want[i].start || got[i].end != want[i].end)
			fail_msg("%s: piece %zu is %d-%d", what, i, got[i].start, got[i].end);
}

static void others_cover(void **state)
{
	(void)state;
#define REST(what, n, pieces, ...)                                                                                   \
	assert_rest(what, (struct absence[]){__VA_ARGS__},                                                           \
	            sizeof((struct absence[]){__VA_ARGS__}) / sizeof(struct absence), (struct span[])pieces, n)
#define P(...) {__VA_ARGS__}
	REST("elsewhere that day", 1, P({S, E}), on_days(DAY, H(13, 0), DAY, H(17, 0)));
	REST("up to the start", 1, P({S, E}), on_days(DAY, H(8, 0), DAY, S));
	REST("from the end", 1, P({S, E}), on_days(DAY, E, DAY, H(14, 0)));
	REST("another day", 1, P({S, E}), on_days(DAY - 1, S, DAY - 1, E));
	REST("exactly", 0, P({0, 0}), on_days(DAY, S, DAY, E));
	REST("more", 0, P({0, 0}), on_days(DAY, H(8, 0), DAY, H(18, 0)));
	REST("the beginning", 1, P({H(10, 0), E}), on_days(DAY, H(8, 0), DAY, H(10, 0)));
	REST("the end", 1, P({S, H(11, 0)}), on_days(DAY, H(11, 0), DAY, H(18, 0)));
	REST("the middle", 2, P({S, H(10, 0)}, {H(11, 0), E}), on_days(DAY, H(10, 0), DAY, H(11, 0)));
	REST("two in the middle", 3, P({S, H(9, 30)}, {H(10, 0), H(11, 0)}, {H(11, 30), E}),
	     on_days(DAY, H(11, 0), DAY, H(11, 30)), on_days(DAY, H(9, 30), DAY, H(10, 0)));
	REST("halves", 0, P({0, 0}), on_days(DAY, S, DAY, H(10, 30)), on_days(DAY, H(10, 30), DAY, E));
	REST("overlapping ones", 1, P({H(11, 0), E}), on_days(DAY, S, DAY, H(10, 30)),
	     on_days(DAY, H(10, 0), DAY, H(11, 0)));
	REST("a long leave", 0, P({0, 0}), on_days(DAY - 40, H(8, 0), DAY + 3, H(17, 0)));
	REST("a leave that ends that day", 1, P({H(10, 0), E}), on_days(DAY - 40, H(8, 0), DAY, H(10, 0)));
	REST("a leave that begins that day", 1, P({S, H(11, 0)}), on_days(DAY, H(11, 0), DAY + 3, H(9, 0)));
	REST("no minute", 1, P({S, E}), on_days(DAY, H(10, 0), DAY, H(10, 0)));
}

/* ---- wanted against there ---- */

/* The scene of one comparison: what the ledger holds, what Yparéo holds, what the sheet says. */
struct scene {
	struct fixture *f;
	struct session session;
	struct wish wishes[LEDGER_WISHES];
	unsigned wish_count;
	struct ledger_row own[4];
	struct ledger_row *own_of[4];
	size_t own_count;
	struct absence there[8];
	const struct absence *there_of[8];
	size_t there_count;
	struct ledger_case k;
};

static struct scene scene_new(struct fixture *f)
{
	struct scene s = {.f = f, .session = session_at(f, DAY, S, E)};
	return s;
}

static void wishes(struct scene *s, enum absence_kind kind, int start, int end, int64_t reason)
{
	s->wishes[s->wish_count++] = (struct wish){kind, start, end, reason, reason == JUSTIFIED};
}

static struct absence written(enum absence_kind kind, int64_t code, int start, int end, int64_t reason)
{
	return (struct absence){.code = code,
	                        .learner = LEARNER,
	                        .first = DAY,
	                        .last = DAY,
	                        .start_minute = start,
	                        .end_minute = end,
	                        .minutes = end - start,
	                        .late = kind == ABSENCE_LATE,
	                        .reason = reason};
}

/* We wrote it, and it is there. */
static void own(struct scene *s, enum absence_kind kind, int64_t code, int start, int end, int64_t reason)
{
	struct absence a = written(kind, code, start, end, reason);
	s->own[s->own_count++] =
	        (struct ledger_row){.session = SESSION, .learner = LEARNER, .kind = kind, .code = code, .written = a};
	s->there[s->there_count++] = a;
}

static void others(struct scene *s, int64_t code, int start, int end)
{
	s->there[s->there_count++] = written(ABSENCE_WHOLE, code, start, end, 9);
}

static void compare(struct scene *s)
{
	for (size_t i = 0; i < s->own_count; i++)
		s->own_of[i] = &s->own[i];
	for (size_t i = 0; i < s->there_count; i++)
		s->there_of[i] = &s->there[i];
	s->k = (struct ledger_case){.arena = s->f->arena,
	                            .session = &s->session,
	                            .learner = LEARNER,
	                            .wishes = s->wishes,
	                            .wish_count = s->wish_count,
	                            .own = s->own_of,
	                            .own_count = s->own_count,
	                            .there = s->there_of,
	                            .there_count = s->there_count,
	                            .durations = true};
	assert_int_equal(ledger_compare(&s->k), 0);
}

static void assert_op(const struct scene *s, size_t i, enum ledger_verb verb, int64_t code, enum absence_kind kind,
                      int start, int end)
{
	assert_true(i < s->k.op_count);
	const struct ledger_op *op = &s->k.ops[i];
	assert_int_equal(op->verb, verb);
	assert_int_equal(op->row.session, SESSION);
	assert_int_equal(op->row.learner, LEARNER);
	assert_int_equal(op->row.written.learner, LEARNER);
	assert_int_equal(op->row.written.code, code);
	assert_int_equal(op->row.code, code);
	assert_int_equal(op->row.kind, kind);
	assert_int_equal(op->row.written.first, DAY);
	assert_int_equal(op->row.written.last, DAY);
	assert_int_equal(op->row.written.start_minute, start);
	assert_int_equal(op->row.written.end_minute, end);
	assert_int_equal(op->row.written.minutes, end - start);
	assert_int_equal(op->row.written.late, kind == ABSENCE_LATE);
	assert_int_equal(op->was != NULL, verb != LEDGER_CREATE);
}

static void new_ones_are_created(void **state)
{
	struct scene s = scene_new(*state);
	int64_t group = 7;
	s.session.groups = (struct ints){&group, 1};
	wishes(&s, ABSENCE_LATE, S, H(9, 10), LATE);
	wishes(&s, ABSENCE_EARLY, H(11, 0), E, UNJUSTIFIED);
	compare(&s);
	assert_int_equal(s.k.op_count, 2);
	assert_op(&s, 0, LEDGER_CREATE, 0, ABSENCE_LATE, S, H(9, 10));
	assert_op(&s, 1, LEDGER_CREATE, 0, ABSENCE_EARLY, H(11, 0), E);
	assert_int_equal(s.k.ops[0].row.written.reason, LATE);
	assert_int_equal(s.k.ops[0].row.written.group, 7);
}

static void equal_ones_cost_nothing(void **state)
{
	struct scene s = scene_new(*state);
	wishes(&s, ABSENCE_WHOLE, S, E, UNJUSTIFIED);
	own(&s, ABSENCE_WHOLE, 501, S, E, UNJUSTIFIED);
	compare(&s);
	assert_int_equal(s.k.op_count, 0);
	assert_int_equal(s.k.unchanged, 1);
	assert_int_equal(s.k.taken_over, 0);
}

static void a_status_that_changes_is_corrected(void **state)
{
	struct scene s = scene_new(*state);
	wishes(&s, ABSENCE_WHOLE, S, E, JUSTIFIED);
	own(&s, ABSENCE_WHOLE, 501, S, E, UNJUSTIFIED);
	compare(&s);
	assert_int_equal(s.k.op_count, 1);
	assert_op(&s, 0, LEDGER_CORRECT, 501, ABSENCE_WHOLE, S, E);
	assert_int_equal(s.k.ops[0].row.written.reason, JUSTIFIED);
	assert_true(s.k.ops[0].row.justified);

	struct scene t = scene_new(*state);
	wishes(&t, ABSENCE_LATE, S, H(9, 20), LATE);
	own(&t, ABSENCE_LATE, 501, S, H(9, 10), LATE);
	compare(&t);
	assert_int_equal(t.k.op_count, 1);
	assert_op(&t, 0, LEDGER_CORRECT, 501, ABSENCE_LATE, S, H(9, 20));

	/* absent became late: in place, so that there is never neither nor both */
	struct scene u = scene_new(*state);
	wishes(&u, ABSENCE_LATE, S, H(9, 20), LATE);
	own(&u, ABSENCE_WHOLE, 501, S, E, UNJUSTIFIED);
	compare(&u);
	assert_int_equal(u.k.op_count, 1);
	assert_op(&u, 0, LEDGER_CORRECT, 501, ABSENCE_LATE, S, H(9, 20));
}

/* Each row is paired with the piece that it is, in whatever order they come. */
static void pieces_find_their_rows(void **state)
{
	struct scene s = scene_new(*state);
	wishes(&s, ABSENCE_WHOLE, S, E, JUSTIFIED);
	others(&s, 900, H(10, 0), H(11, 0));
	own(&s, ABSENCE_WHOLE, 502, H(11, 0), E, UNJUSTIFIED);
	own(&s, ABSENCE_WHOLE, 501, S, H(10, 0), UNJUSTIFIED);
	compare(&s);
	assert_int_equal(s.k.op_count, 2);
	for (size_t i = 0; i < 2; i++) {
		bool first = s.k.ops[i].row.code == 501;
		assert_op(&s, i, LEDGER_CORRECT, first ? 501 : 502, ABSENCE_WHOLE, first ? S : H(11, 0),
		          first ? H(10, 0) : E);
	}
}

/* One piece became two: the row that ends where one of them ends is that one. */
static void a_piece_keeps_its_row(void **state)
{
	struct scene s = scene_new(*state);
	wishes(&s, ABSENCE_WHOLE, S, E, UNJUSTIFIED);
	others(&s, 900, H(9, 30), H(10, 0));
	own(&s, ABSENCE_WHOLE, 501, H(10, 30), E, UNJUSTIFIED);
	compare(&s);
	assert_int_equal(s.k.op_count, 2);
	assert_op(&s, 0, LEDGER_CORRECT, 501, ABSENCE_WHOLE, H(10, 0), E);
	assert_op(&s, 1, LEDGER_CREATE, 0, ABSENCE_WHOLE, S, H(9, 30));
}

/* Gone before it began, or absent: Yparéo cannot tell them apart, and nothing is written. */
static void what_looks_the_same_is_the_same(void **state)
{
	struct scene s = scene_new(*state);
	wishes(&s, ABSENCE_WHOLE, S, E, UNJUSTIFIED);
	own(&s, ABSENCE_EARLY, 501, S, E, UNJUSTIFIED);
	compare(&s);
	assert_int_equal(s.k.op_count, 0);
	assert_int_equal(s.k.unchanged, 1);
}

static void what_no_longer_holds_is_withdrawn(void **state)
{
	struct scene s = scene_new(*state);
	own(&s, ABSENCE_WHOLE, 501, S, E, UNJUSTIFIED);
	compare(&s);
	assert_int_equal(s.k.op_count, 1);
	assert_op(&s, 0, LEDGER_WITHDRAW, 501, ABSENCE_WHOLE, S, E);

	/* late and gone became late: the other one keeps its row */
	struct scene t = scene_new(*state);
	wishes(&t, ABSENCE_LATE, S, H(9, 10), LATE);
	own(&t, ABSENCE_EARLY, 502, H(11, 0), E, UNJUSTIFIED);
	own(&t, ABSENCE_LATE, 501, S, H(9, 10), LATE);
	compare(&t);
	assert_int_equal(t.k.op_count, 1);
	assert_int_equal(t.k.unchanged, 1);
	assert_op(&t, 0, LEDGER_WITHDRAW, 502, ABSENCE_EARLY, H(11, 0), E);
}

static void others_rows_are_known_already(void **state)
{
	struct scene s = scene_new(*state);
	wishes(&s, ABSENCE_WHOLE, S, E, UNJUSTIFIED);
	others(&s, 900, H(8, 0), H(18, 0));
	compare(&s);
	assert_int_equal(s.k.op_count, 0);
	assert_true(s.k.covered);

	struct scene t = scene_new(*state);
	wishes(&t, ABSENCE_WHOLE, S, E, UNJUSTIFIED);
	others(&t, 900, H(10, 0), H(11, 0));
	compare(&t);
	assert_true(t.k.part_covered);
	assert_int_equal(t.k.op_count, 2);
	assert_op(&t, 0, LEDGER_CREATE, 0, ABSENCE_WHOLE, S, H(10, 0));
	assert_op(&t, 1, LEDGER_CREATE, 0, ABSENCE_WHOLE, H(11, 0), E);

	/* the next run finds its two pieces */
	struct scene u = scene_new(*state);
	wishes(&u, ABSENCE_WHOLE, S, E, UNJUSTIFIED);
	others(&u, 900, H(10, 0), H(11, 0));
	own(&u, ABSENCE_WHOLE, 501, S, H(10, 0), UNJUSTIFIED);
	own(&u, ABSENCE_WHOLE, 502, H(11, 0), E, UNJUSTIFIED);
	compare(&u);
	assert_int_equal(u.k.op_count, 0);
	assert_int_equal(u.k.unchanged, 2);
	assert_int_equal(u.k.taken_over, 0);
}

/* Somebody entered a sick leave over what we had sent: ours is still true. */
static void a_leave_entered_later_moves_nothing(void **state)
{
	struct scene s = scene_new(*state);
	wishes(&s, ABSENCE_WHOLE, S, E, UNJUSTIFIED);
	own(&s, ABSENCE_WHOLE, 501, S, E, UNJUSTIFIED);
	others(&s, 900, H(8, 0), H(18, 0));
	compare(&s);
	assert_int_equal(s.k.op_count, 0);
	assert_int_equal(s.k.unchanged, 1);

	/* but it is still withdrawn when the learner was there after all */
	struct scene t = scene_new(*state);
	own(&t, ABSENCE_WHOLE, 501, S, E, UNJUSTIFIED);
	others(&t, 900, H(8, 0), H(18, 0));
	compare(&t);
	assert_int_equal(t.k.op_count, 1);
	assert_op(&t, 0, LEDGER_WITHDRAW, 501, ABSENCE_WHOLE, S, E);
}

static void what_others_took_away_is_written_then(void **state)
{
	struct scene s = scene_new(*state);
	wishes(&s, ABSENCE_WHOLE, S, E, UNJUSTIFIED);
	own(&s, ABSENCE_WHOLE, 501, H(10, 0), E, UNJUSTIFIED); /* the rest of one that is gone */
	compare(&s);
	assert_int_equal(s.k.op_count, 1);
	assert_op(&s, 0, LEDGER_CORRECT, 501, ABSENCE_WHOLE, S, E);
}

static void what_a_human_touched_is_left_for_good(void **state)
{
	/* gone */
	struct scene s = scene_new(*state);
	own(&s, ABSENCE_WHOLE, 501, S, E, UNJUSTIFIED);
	s.there_count = 0;
	wishes(&s, ABSENCE_WHOLE, S, E, UNJUSTIFIED);
	compare(&s);
	assert_int_equal(s.k.op_count, 0);
	assert_int_equal(s.k.taken_over, 1);
	assert_true(s.own[0].taken_over);
	assert_true(s.k.left);

	/* each field that may be changed */
	for (int field = 0; field < 7; field++) {
		struct scene t = scene_new(*state);
		own(&t, ABSENCE_WHOLE, 501, S, E, UNJUSTIFIED);
		struct absence *a = &t.there[0];
		a->learner += field == 0;
		a->first -= field == 1;
		a->last += field == 2;
		a->start_minute -= 5 * (field == 3);
		a->end_minute -= 5 * (field == 4);
		a->late = field == 5;
		a->reason += field == 6;
		compare(&t);
		if (t.k.op_count || !t.own[0].taken_over)
			fail_msg("field %d changed by a human, and still ours", field);
	}
	struct scene u = scene_new(*state);
	own(&u, ABSENCE_WHOLE, 501, S, E, UNJUSTIFIED);
	u.there[0].minutes = 90; /* the duration that is counted */
	compare(&u);
	assert_true(u.own[0].taken_over);

	/* a sheet that changes later changes nothing of it */
	struct scene v = scene_new(*state);
	own(&v, ABSENCE_WHOLE, 501, S, E, UNJUSTIFIED);
	v.own[0].taken_over = true;
	v.there[0].reason = 8;
	wishes(&v, ABSENCE_LATE, S, H(9, 10), LATE);
	compare(&v);
	assert_int_equal(v.k.op_count, 0);
	assert_int_equal(v.k.taken_over, 0);
	assert_true(v.k.left);
}

static void only_the_touched_row_is_left(void **state)
{
	struct scene s = scene_new(*state);
	own(&s, ABSENCE_LATE, 501, S, H(9, 10), LATE);
	own(&s, ABSENCE_EARLY, 502, H(11, 0), E, UNJUSTIFIED);
	s.there[0].end_minute = H(9, 5);
	wishes(&s, ABSENCE_LATE, S, H(9, 10), LATE);
	compare(&s);
	assert_int_equal(s.k.taken_over, 1);
	assert_int_equal(s.k.op_count, 1);
	assert_op(&s, 0, LEDGER_WITHDRAW, 502, ABSENCE_EARLY, H(11, 0), E);
}

/* What a server does not give back cannot have been changed. */
static void what_is_not_given_back_is_not_compared(void **state)
{
	struct scene s = scene_new(*state);
	wishes(&s, ABSENCE_WHOLE, S, E, UNJUSTIFIED);
	own(&s, ABSENCE_WHOLE, 501, S, E, UNJUSTIFIED);
	s.there[0].reason = 0;
	compare(&s);
	assert_int_equal(s.k.taken_over, 0);
	struct absence a = written(ABSENCE_WHOLE, 501, S, E, UNJUSTIFIED), b = a;
	b.minutes = 90;
	assert_false(ledger_is_as_written(&b, &a, true));
	assert_true(ledger_is_as_written(&b, &a, false));
}

static void an_equal_row_is_never_written_twice(void **state)
{
	struct scene s = scene_new(*state);
	wishes(&s, ABSENCE_LATE, S, H(9, 10), LATE);
	s.there[s.there_count++] = written(ABSENCE_LATE, 900, S, H(9, 10), 0);
	compare(&s);
	assert_int_equal(s.k.op_count, 0);
	assert_true(s.k.covered);
}

static void a_payload_comes_back_whole(void **state)
{
	(void)state;
	struct ledger_row row = {
	        .session = SESSION, .learner = LEARNER, .kind = ABSENCE_EARLY, .code = 501, .justified = true};
	row.written = written(ABSENCE_EARLY, 501, H(11, 0), E, JUSTIFIED);
	row.written.group = 7;
	struct buf b;
	buf_init(&b, 0);
	ledger_pack(&b, &row);
	struct ledger_row back = {0};
	assert_int_equal(ledger_unpack(buf_str(&b), &back), 0);
	assert_int_equal(back.session, SESSION);
	assert_int_equal(back.learner, LEARNER);
	assert_int_equal(back.kind, ABSENCE_EARLY);
	assert_int_equal(back.code, 501);
	assert_true(back.justified);
	assert_true(ledger_is_as_written(&back.written, &row.written, true));
	assert_int_equal(back.written.code, 501);
	assert_int_equal(back.written.group, 7);
	for (size_t n = 0; n + 1 < b.n; n++)
		assert_int_not_equal(ledger_unpack((struct str){b.p, n}, &back), 0);
	buf_deinit(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_row_means),
	        cmocka_unit_test(the_clock_of_the_school),
	        cmocka_unit_test(a_session_without_length_says_nothing),
	        cmocka_unit_test(others_cover),
	        cmocka_unit_test(new_ones_are_created),
	        cmocka_unit_test(equal_ones_cost_nothing),
	        cmocka_unit_test(a_status_that_changes_is_corrected),
	        cmocka_unit_test(pieces_find_their_rows),
	        cmocka_unit_test(a_piece_keeps_its_row),
	        cmocka_unit_test(what_looks_the_same_is_the_same),
	        cmocka_unit_test(what_no_longer_holds_is_withdrawn),
	        cmocka_unit_test(others_rows_are_known_already),
	        cmocka_unit_test(a_leave_entered_later_moves_nothing),
	        cmocka_unit_test(what_others_took_away_is_written_then),
	        cmocka_unit_test(what_a_human_touched_is_left_for_good),
	        cmocka_unit_test(only_the_touched_row_is_left),
	        cmocka_unit_test(what_is_not_given_back_is_not_compared),
	        cmocka_unit_test(an_equal_row_is_never_written_twice),
	        cmocka_unit_test(a_payload_comes_back_whole),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
