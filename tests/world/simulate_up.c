#include <stdio.h>

#include "core/base/tz.h"
#include "tests/world/simulate_oracle.h"

/* The oracle's word on attendance: minute by minute, from the sheets that are locked. */

static const char *text(const char *z)
{
	return z ? z : "";
}

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
	if (!r->absence.n)
		return o->reason_unjustified;
	const struct ed_justification *j = edusign_justification(o->e, r->absence);
	for (size_t i = 0; j && i < sizeof(o->reasons) / sizeof(o->reasons[0]); i++)
		if (o->reasons[i].code && o->reasons[i].type == j->type)
			return o->reasons[i].code;
	return o->reason_justified;
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
		if (!text(a->author)[0] || oracle__by_human(a))
			continue;
		ours++;
		if (what != PRESENT && (a->reason != reason_of(o, r, what) || a->late != (what == LATE)))
			return oracle__wrong(
			        o, "session %lld: learner %lld is away at %02d:%02d for reason %lld, late %d: wrong",
			        (long long)x->code, (long long)learner, minute / 60, minute % 60,
			        (long long)a->reason, a->late);
	}
	if (what != PRESENT && !covered)
		return oracle__wrong(o, "session %lld: learner %lld was away at %02d:%02d and Yparéo does not say so",
		             (long long)x->code, (long long)learner, minute / 60, minute % 60);
	if (ours > (what != PRESENT))
		return oracle__wrong(o, "session %lld: learner %lld has %u absences at %02d:%02d", (long long)x->code,
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
	if (oracle__is_touched(o, learner, x->day))
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
			return oracle__wrong(o, "session %lld: the attendance of instructor %lld is %s", (long long)x->code,
			             (long long)code, t ? "wrong" : "missing");
	}
	return true;
}

bool oracle__attendance(struct oracle *o, int64_t now)
{
	int32_t today = tz_from_utc(o->zone, now).day;
	for (size_t i = 0; i < o->e->courses.n; i++) {
		const struct ed_course *c = &o->e->courses.items[i];
		int64_t code;
		if (c->deleted || !c->locked || !edusign_is_signed(c) || str_to_int64(c->api_id, &code) ||
		    oracle_is_excused(o, c, ORACLE_FORGOTTEN))
			continue;
		/* one that was planned elsewhere after it was held is for people to mend */
		const struct ypareo_session *x = ypareo_session(o->y, code);
		if (!x || x->day < today - o->days_back || c->start != oracle__utc(o, x, x->start) ||
		    c->end != oracle__utc(o, x, x->end))
			continue;
		for (size_t k = 0; k < c->rows.n; k++)
			if (!check_row(o, x, &c->rows.items[k]))
				return false;
		if (!check_payroll(o, x, c))
			return false;
	}
	return true;
}
