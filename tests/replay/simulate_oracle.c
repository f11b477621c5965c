#include "tests/replay/simulate_oracle.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/tz.h"

static bool wrong(struct oracle *o, const char *format, ...) PRINTF_LIKE(2, 3);

static bool wrong(struct oracle *o, const char *format, ...)
{
	va_list args;
	if (o->failure[0])
		return false;
	va_start(args, format);
	vsnprintf(o->failure, sizeof(o->failure), format, args);
	va_end(args);
	return false;
}

void oracle_init(struct oracle *o)
{
	o->arena = arena_new(0);
}

void oracle_deinit(struct oracle *o)
{
	arena_free(&o->arena);
}

static const char *text(const char *z)
{
	return z ? z : "";
}

/* ---- what humans wrote in Yparéo ---- */

static bool by_human(const struct ypareo_absence *a)
{
	return !text(a->changed_by)[0];
}

static void keep(struct oracle *o, bool all)
{
	const struct ypareo *y = o->y;
	REQUIRE(arena_grow(o->arena, &o->kept, &o->kept_cap, y->absences.n, sizeof(*o->kept)) == 0);
	o->kept_count = 0;
	for (size_t i = 0; i < y->absences.n; i++)
		if (all || by_human(&y->absences.items[i]))
			o->kept[o->kept_count++] = y->absences.items[i];
}

static bool same_absence(const struct ypareo_absence *a, const struct ypareo_absence *b)
{
	return a->learner == b->learner && a->group == b->group && a->first == b->first && a->last == b->last &&
	       a->start == b->start && a->end == b->end && a->minutes == b->minutes && a->late == b->late &&
	       a->reason == b->reason && strcmp(text(a->author), text(b->author)) == 0 &&
	       strcmp(text(a->changed_by), text(b->changed_by)) == 0 &&
	       strcmp(text(a->observation), text(b->observation)) == 0;
}

void oracle_people_begin(struct oracle *o)
{
	keep(o, true);
}

void oracle_people_end(struct oracle *o)
{
	for (size_t i = 0; i < o->kept_count; i++) {
		const struct ypareo_absence *was = &o->kept[i], *is = ypareo_absence(o->y, was->code);
		if (is && same_absence(was, is))
			continue;
		REQUIRE(arena_grow(o->arena, &o->touches, &o->touch_cap, o->touch_count + 1, sizeof(*o->touches)) ==
		        0);
		o->touches[o->touch_count++] = (struct oracle_touch){was->learner, was->first, was->last};
	}
}

static bool is_touched(const struct oracle *o, int64_t learner, int32_t day)
{
	for (size_t i = 0; i < o->touch_count; i++)
		if (o->touches[i].learner == learner && o->touches[i].first <= day && day <= o->touches[i].last)
			return true;
	return false;
}

/* ---- what is wanted ---- */

static bool is_of_site(const struct oracle *o, const struct oracle_account *a, const struct ypareo_session *x)
{
	if (!a->site)
		return true;
	for (size_t i = 0; i < x->groups.n; i++) {
		const struct ypareo_group *g = ypareo_group(o->y, x->groups.items[i]);
		if (g && g->site == a->site)
			return true;
	}
	return false;
}

/* Validated, and of this account; a server that tells no state validates everything. */
static bool is_planned(const struct oracle *o, const struct oracle_account *a, const struct ypareo_session *x)
{
	return is_of_site(o, a, x) && (x->state != 0 || sim_is(o->sim, SIM_NO_STATE));
}

static int64_t utc_of(const struct oracle *o, const struct ypareo_session *x, int minute)
{
	return tz_to_utc(o->zone, x->day, minute, 0);
}

static const struct oracle_account *account_of(const struct oracle *o, struct str school)
{
	for (unsigned i = 0; i < o->account_count; i++)
		if (str_eqz(school, o->accounts[i].school))
			return &o->accounts[i];
	return NULL;
}

/* ---- around a run ---- */

void oracle_run_begin(struct oracle *o)
{
	const struct edusign *e = o->e;
	keep(o, false);
	REQUIRE(arena_grow(o->arena, &o->gone, &o->gone_cap, e->courses.n, sizeof(*o->gone)) == 0);
	o->gone_count = e->courses.n;
	for (size_t i = 0; i < e->courses.n; i++)
		o->gone[i] = e->courses.items[i].deleted;
}

bool oracle_run_end(struct oracle *o)
{
	const struct edusign *e = o->e;
	for (size_t i = 0; i < o->kept_count; i++) {
		const struct ypareo_absence *is = ypareo_absence(o->y, o->kept[i].code);
		if (!is || !same_absence(&o->kept[i], is))
			return wrong(o, "absence %lld of learner %lld, written by a human, was %s",
			             (long long)o->kept[i].code, (long long)o->kept[i].learner,
			             is ? "changed" : "removed");
	}
	for (size_t i = 0; i < e->courses.n; i++) {
		const struct ed_course *c = &e->courses.items[i];
		const struct oracle_account *a = account_of(o, c->school);
		int64_t code;
		if (!c->deleted || (i < o->gone_count && o->gone[i]) || !a || str_to_int64(c->api_id, &code))
			continue;
		const struct ypareo_session *x = ypareo_session(o->y, code);
		if (x && is_planned(o, a, x) && edusign_course_count(o->e, a->school, code) == 0)
			return wrong(o, "the sheet of session %lld, which is still planned, was removed",
			             (long long)code);
	}
	return true;
}

/* ---- people ---- */

static bool same_email(struct str a, struct str b)
{
	return a.n && a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0;
}

static bool check_people(struct oracle *o)
{
	const struct edusign *e = o->e;
	for (size_t i = 0; i < e->students.n; i++) {
		const struct ed_student *a = &e->students.items[i];
		for (size_t k = i + 1; k < e->students.n && !a->hidden; k++) {
			const struct ed_student *b = &e->students.items[k];
			if (b->hidden || !str_eq(a->school, b->school))
				continue;
			if (same_email(a->email, b->email) || (a->api_id.n && str_eq(a->api_id, b->api_id)))
				return wrong(o, "learners %.*s and %.*s are one person twice", STR_ARG(a->api_id),
				             STR_ARG(b->api_id));
		}
	}
	for (size_t i = 0; i < e->professors.n; i++)
		for (size_t k = i + 1; k < e->professors.n; k++)
			if (same_email(e->professors.items[i].email, e->professors.items[k].email))
				return wrong(o, "instructors %.*s and %.*s have one e-mail address",
				             STR_ARG(e->professors.items[i].api_id),
				             STR_ARG(e->professors.items[k].api_id));
	return true;
}

static bool check_student(struct oracle *o, const struct ypareo_session *x, const struct ed_student *s, int64_t code)
{
	const struct ypareo_learner *l = ypareo_learner(o->y, code);
	if (s->hidden)
		return wrong(o, "session %lld: learner %lld is archived", (long long)x->code, (long long)code);
	if (!str_eqz(s->email, text(l->email)) || !str_eqz(s->first, l->first) || !str_eqz(s->last, l->last))
		return wrong(o, "session %lld: name or e-mail address of learner %lld is not Yparéo's",
		             (long long)x->code, (long long)code);
	return true;
}

/* ---- sheets ---- */

/* Nobody may change it any more. */
static bool is_taken(const struct ed_course *c)
{
	if (c->locked || edusign_is_signed(c))
		return true;
	for (size_t i = 0; i < c->rows.n; i++) {
		const struct ed_row *r = &c->rows.items[i];
		if (r->state || r->absence.n || r->delay || r->early || r->excluded)
			return true;
	}
	return false;
}

static bool check_roster(struct oracle *o, const struct ypareo_session *x, struct ed_course *c)
{
	for (size_t i = 0; i < c->rows.n; i++) {
		const struct ed_student *s = edusign_student_by_id(o->e, c->rows.items[i].student);
		int64_t code;
		if (!s || str_to_int64(s->api_id, &code) || !ypareo_codes_has(&x->learners, code))
			return wrong(o, "session %lld: learner %.*s is on the sheet and not expected",
			             (long long)x->code, STR_ARG(s ? s->api_id : STR("?")));
		if (!check_student(o, x, s, code))
			return false;
		for (size_t k = 0; k < i; k++)
			if (str_eq(c->rows.items[k].student, c->rows.items[i].student))
				return wrong(o, "session %lld: learner %lld is on the sheet twice",
				             (long long)x->code, (long long)code);
	}
	if (c->rows.n != x->learners.n)
		return wrong(o, "session %lld: %zu learners on the sheet, %zu expected", (long long)x->code,
		             c->rows.n, x->learners.n);
	return true;
}

static bool check_instructors(struct oracle *o, const struct ypareo_session *x, const struct ed_course *c)
{
	if (c->professor_count != x->instructors.n)
		return wrong(o, "session %lld: %u instructors on the sheet, %zu planned", (long long)x->code,
		             c->professor_count, x->instructors.n);
	for (size_t i = 0; i < x->instructors.n; i++) {
		const struct ed_professor *p = edusign_professor_by_id(o->e, c->professors[i]);
		const struct ypareo_person *want = ypareo_person(o->y, x->instructors.items[i]);
		if (!p || !want || !str_eqz(p->email, text(want->email)))
			return wrong(o, "session %lld: instructor %lld is not on the sheet", (long long)x->code,
			             (long long)x->instructors.items[i]);
	}
	return true;
}

static bool check_room(struct oracle *o, const struct ypareo_session *x, const struct ed_course *c)
{
	char want[400] = "";
	size_t n = 0;
	if (sim_is(o->sim, SIM_NO_ROOMS))
		return true;
	for (size_t i = 0; i < x->rooms.n; i++) {
		const struct ypareo_room *r = ypareo_room(o->y, x->rooms.items[i]);
		n += (size_t)snprintf(want + n, sizeof(want) - n, "%s%s", i ? ", " : "", r ? r->name : "");
		REQUIRE(n < sizeof(want));
	}
	if (str_eqz(c->room, want))
		return true;
	return wrong(o, "session %lld: the sheet's room is \"%.*s\", planned is \"%s\"", (long long)x->code,
	             STR_ARG(c->room), want);
}

static bool check_session(struct oracle *o, const struct oracle_account *a, const struct ypareo_session *x)
{
	size_t n = edusign_course_count(o->e, a->school, x->code);
	if (n != 1)
		return wrong(o, "session %lld has %zu sheets", (long long)x->code, n);
	struct ed_course *c = edusign_course(o->e, a->school, x->code);
	o->sheets++;
	if (is_taken(c))
		return true;
	if (c->start != utc_of(o, x, x->start) || c->end != utc_of(o, x, x->end))
		return wrong(o, "session %lld: the sheet has other times", (long long)x->code);
	return check_roster(o, x, c) && check_instructors(o, x, c) && check_room(o, x, c);
}

/* Sheets in the days that were just read whose session is planned no longer. */
static bool check_stray(struct oracle *o, const struct ed_course *c, int64_t now, int32_t last)
{
	const struct oracle_account *a = account_of(o, c->school);
	int64_t code;
	if (c->deleted || !a || str_to_int64(c->api_id, &code))
		return true;
	size_t n = edusign_course_count(o->e, a->school, code);
	if (n != 1)
		return wrong(o, "session %lld has %zu sheets", (long long)code, n);
	if (c->start <= now || tz_from_utc(o->zone, c->start).day > last || is_taken(c))
		return true;
	const struct ypareo_session *x = ypareo_session(o->y, code);
	if (x && is_planned(o, a, x))
		return true;
	return wrong(o, "session %lld is planned no longer and still has a sheet", (long long)code);
}

static bool check_sheets(struct oracle *o, int64_t now)
{
	int32_t last = tz_from_utc(o->zone, now).day + o->days_ahead;
	for (size_t i = 0; i < o->y->sessions.n; i++) {
		const struct ypareo_session *x = &o->y->sessions.items[i];
		if (utc_of(o, x, x->start) <= now || x->day > last || !x->learners.n || !x->instructors.n)
			continue;
		for (unsigned k = 0; k < o->account_count; k++)
			if (is_planned(o, &o->accounts[k], x) && !check_session(o, &o->accounts[k], x))
				return false;
	}
	for (size_t i = 0; i < o->e->courses.n; i++)
		if (!check_stray(o, &o->e->courses.items[i], now, last))
			return false;
	return true;
}

/* ---- attendance ---- */

static bool spans(const struct ypareo_absence *a, int32_t day, int minute)
{
	return a->first <= day && day <= a->last && (day > a->first || minute >= a->start) &&
	       (day < a->last || minute < a->end);
}

static int minute_of(const struct oracle *o, int64_t at)
{
	return tz_from_utc(o->zone, at).minute_of_day;
}

enum presence { PRESENT, LATE, AWAY };

static enum presence presence_at(const struct oracle *o, const struct ed_row *r, const struct ypareo_session *x,
                                 int minute)
{
	if (!r->state)
		return AWAY;
	if ((r->early && minute >= minute_of(o, r->early)) || (r->excluded && minute >= minute_of(o, r->excluded)))
		return AWAY;
	return minute < x->start + r->delay ? LATE : PRESENT;
}

static int64_t reason_of(const struct oracle *o, const struct ed_row *r, enum presence what)
{
	if (what == LATE)
		return o->reason_late;
	return r->absence.n ? o->reason_justified : o->reason_unjustified;
}

static bool check_minute(struct oracle *o, const struct ypareo_session *x, const struct ed_row *r, int64_t learner,
                         int minute)
{
	enum presence what = presence_at(o, r, x, minute);
	unsigned covered = 0, ours = 0;
	for (size_t i = 0; i < o->y->absences.n; i++) {
		const struct ypareo_absence *a = &o->y->absences.items[i];
		if (a->learner != learner || !spans(a, x->day, minute))
			continue;
		covered++;
		if (!text(a->author)[0] || by_human(a))
			continue;
		ours++;
		if (what != PRESENT && (a->reason != reason_of(o, r, what) || a->late != (what == LATE)))
			return wrong(
			        o, "session %lld: learner %lld is away at %02d:%02d for reason %lld, late %d: wrong",
			        (long long)x->code, (long long)learner, minute / 60, minute % 60,
			        (long long)a->reason, a->late);
	}
	if (what != PRESENT && !covered)
		return wrong(o, "session %lld: learner %lld was away at %02d:%02d and Yparéo does not say so",
		             (long long)x->code, (long long)learner, minute / 60, minute % 60);
	if (ours > (what != PRESENT))
		return wrong(o, "session %lld: learner %lld has %u absences at %02d:%02d", (long long)x->code,
		             (long long)learner, ours, minute / 60, minute % 60);
	o->missed += what != PRESENT;
	return true;
}

static bool check_row(struct oracle *o, const struct ypareo_session *x, const struct ed_row *r)
{
	const struct ed_student *s = edusign_student_by_id(o->e, r->student);
	int64_t learner;
	if (!s || str_to_int64(s->api_id, &learner) || !ypareo_codes_has(&x->learners, learner))
		return true;
	if (is_touched(o, learner, x->day))
		return true;
	o->rows++;
	for (int minute = x->start; minute < x->end; minute++)
		if (!check_minute(o, x, r, learner, minute))
			return false;
	return true;
}

static bool check_payroll(struct oracle *o, const struct ypareo_session *x, const struct ed_course *c)
{
	for (unsigned i = 0; i < c->professor_count; i++) {
		const struct ed_professor *p = edusign_professor_by_id(o->e, c->professors[i]);
		int64_t code;
		if (!p || str_to_int64(p->api_id, &code) || !ypareo_codes_has(&x->instructors, code))
			continue;
		const struct ypareo_attendance *t = ypareo_attendance(o->y, x->code, code);
		if (!t || t->present != (c->professor_signatures[i].n > 0))
			return wrong(o, "session %lld: the attendance of instructor %lld is %s", (long long)x->code,
			             (long long)code, t ? "wrong" : "missing");
	}
	return true;
}

static bool check_attendance(struct oracle *o, int64_t now)
{
	int32_t today = tz_from_utc(o->zone, now).day;
	for (size_t i = 0; i < o->e->courses.n; i++) {
		const struct ed_course *c = &o->e->courses.items[i];
		int64_t code;
		if (c->deleted || !c->locked || !edusign_is_signed(c) || str_to_int64(c->api_id, &code))
			continue;
		/* one that was planned elsewhere after it was held is for people to mend */
		const struct ypareo_session *x = ypareo_session(o->y, code);
		if (!x || x->day < today - o->days_back || c->start != utc_of(o, x, x->start) ||
		    c->end != utc_of(o, x, x->end))
			continue;
		for (size_t k = 0; k < c->rows.n; k++)
			if (!check_row(o, x, &c->rows.items[k]))
				return false;
		if (!check_payroll(o, x, c))
			return false;
	}
	return true;
}

/* ---- what must never have happened, at any time ---- */

static bool check_counters(struct oracle *o)
{
	const struct edusign *e = o->e;
	if (o->y->foreign_writes || o->y->twin_writes)
		return wrong(o, "Yparéo: %u absences of others were written, %u written twice", o->y->foreign_writes,
		             o->y->twin_writes);
	if (e->hand_made_changed || e->shared_patched || e->archived || e->naive_times)
		return wrong(o,
		             "Edusign: %u sheets made by hand changed, %u shared instructors patched, %u archived, "
		             "%u times without zone",
		             e->hand_made_changed, e->shared_patched, e->archived, e->naive_times);
	if (e->twins)
		return wrong(o, "Edusign: %u records were made a second time", e->twins);
	for (size_t i = 0; i < e->courses.n; i++)
		if (e->courses.items[i].lost_signatures)
			return wrong(o, "the sheet of session %.*s lost %u signatures",
			             STR_ARG(e->courses.items[i].api_id), e->courses.items[i].lost_signatures);
	return true;
}

bool oracle_check(struct oracle *o, int64_t now)
{
	return check_counters(o) && check_people(o) && check_sheets(o, now) && check_attendance(o, now);
}
