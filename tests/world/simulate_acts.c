#include "tests/world/simulate_p.h"

#include <stdio.h>

/* What people do between two runs. */

/* ---- in Yparéo ---- */

static void add_sick_leave(struct simulation *m)
{
	struct ypareo *y = m->stage->y;
	int64_t learner = y->learners.items[simulate__draw(m, (unsigned)y->learners.n)].code;
	int32_t day = m->stage->today + m->day - 1 + (int32_t)simulate__draw(m, 4);
	int start = 8 * 60 + 30 * (int)simulate__draw(m, 10);
	ypareo_add_absence(y, learner, day, start, start + 30 * (int)(1 + simulate__draw(m, 12)),
	                   m->stage->settings.reason_justified);
}

/* A learner of one group only, of one session only: guests, and those who are excused. */
static void change_roster(struct simulation *m)
{
	struct ypareo *y = m->stage->y;
	struct ypareo_session *x = &y->sessions.items[simulate__draw(m, (unsigned)y->sessions.n)];
	if (x->day <= m->stage->today + m->day || x->learners.n < 3)
		return;
	ypareo_session_learner_del(y, x->code, x->learners.items[simulate__draw(m, (unsigned)x->learners.n)]);
	simulate__say(m, "session %lld: one learner less", (long long)x->code);
}

/* The same person under a new code, with the address that the old one had: registered anew. */
static void change_code(struct simulation *m)
{
	struct ypareo *y = m->stage->y;
	const struct ypareo_learner *l = &y->learners.items[simulate__draw(m, (unsigned)y->learners.n)];
	int64_t old = l->code, group = 0, fresh = ypareo_add_learner(y, l->last, l->first, l->email)->code;
	for (size_t i = 0; i < y->sessions.n; i++) {
		struct ypareo_session *x = &y->sessions.items[i];
		if (x->day <= m->stage->today + m->day || !ypareo_codes_has(&x->learners, old))
			continue;
		if (!group && x->groups.n)
			ypareo_enrol(y, fresh, group = x->groups.items[0], m->stage->today + m->day);
		ypareo_session_learner_del(y, x->code, old);
		ypareo_session_learner_add(y, x->code, fresh);
	}
	simulate__say(m, "learner %lld has the code %lld now", (long long)old, (long long)fresh);
}

void simulate__plan(struct simulation *m)
{
	int32_t today = m->stage->today + m->day;
	oracle_people_begin(&m->oracle);
	for (unsigned n = simulate__draw(m, 9); n; n--) {
		/* today's sessions too: it is six o'clock, and none has begun */
		const char *what = gen_mutate(m->stage->y, &m->random, today, today + 9);
		m->result->mutations += what != NULL;
		simulate__say(m, "planning: %s", what ? what : "nothing");
	}
	if (simulate__one_in(m, 3))
		add_sick_leave(m);
	if (simulate__one_in(m, 3))
		change_roster(m);
	if (simulate__one_in(m, 8))
		change_code(m);
	oracle_people_end(&m->oracle);
}

/* ---- in Edusign ---- */

static void sign_some(struct simulation *m, struct ed_course *c, unsigned percent)
{
	struct stage *s = m->stage;
	for (unsigned i = 0; i < c->professor_count; i++)
		if (simulate__draw(m, 100) < percent)
			edusign_sign_professor(s->e, c, i, stage_now(s));
	for (size_t i = 0; i < c->rows.n; i++)
		if (simulate__draw(m, 100) < percent)
			edusign_sign_student(s->e, c, c->rows.items[i].student, stage_now(s));
}

void simulate__begin(struct simulation *m)
{
	struct stage *s = m->stage;
	for (size_t i = 0; i < s->e->courses.n; i++) {
		struct ed_course *c = &s->e->courses.items[i];
		if (c->deleted || c->locked || c->start > stage_now(s) || c->start < stage_now(s) - 43200)
			continue;
		if (!simulate__one_in(m, 4))
			sign_some(m, c, 50);
	}
}

static void teach_row(struct simulation *m, struct ed_course *c, struct str id)
{
	struct stage *s = m->stage;
	unsigned what = simulate__draw(m, 20);
	if (what < 4) {
		edusign_set_absent(c, id, stage_now(s));
		if (what == 0)
			edusign_justify(s->e, c, id, 1 + simulate__draw(m, 3), stage_now(s));
		return;
	}
	edusign_sign_student(s->e, c, id, stage_now(s));
	if (what == 4)
		edusign_set_delay(c, id, 1 + (int)simulate__draw(m, 40), stage_now(s));
	if (what == 5)
		edusign_set_early(c, id, c->end - 60 * (1 + simulate__draw(m, 40)), stage_now(s));
	if (what == 6)
		edusign_set_excluded(c, id, c->end - 60 * (1 + simulate__draw(m, 40)), stage_now(s));
}

static void teach(struct simulation *m, struct ed_course *c)
{
	struct stage *s = m->stage;
	for (unsigned i = 0; i < c->professor_count; i++)
		if (!simulate__one_in(m, 10))
			edusign_sign_professor(s->e, c, i, stage_now(s));
	for (size_t i = 0; i < c->rows.n; i++)
		teach_row(m, c, c->rows.items[i].student);
}

/* A change of mind after the sheet was locked; half of the time it is locked again only on a later day. */
static void revise(struct simulation *m, struct ed_course *c)
{
	struct stage *s = m->stage;
	struct ed_row *r = &c->rows.items[simulate__draw(m, (unsigned)c->rows.n)];
	edusign_unlock(c, stage_now(s));
	edusign_unjustify(c, r->student, stage_now(s));
	edusign_set_delay(c, r->student, 0, stage_now(s));
	edusign_set_early(c, r->student, 0, stage_now(s));
	edusign_set_excluded(c, r->student, 0, stage_now(s));
	teach_row(m, c, r->student);
	if (simulate__one_in(m, 2))
		edusign_lock(s->e, c, stage_now(s));
	simulate__say(m, "sheet of session %.*s: corrected%s", STR_ARG(c->api_id),
	              c->locked ? "" : ", not locked yet");
}

/* An excuse that comes when the sheet was locked and sent; the sheet stays locked. */
static void excuse(struct simulation *m, struct ed_course *c)
{
	struct ed_row *r = &c->rows.items[simulate__draw(m, (unsigned)c->rows.n)];
	if (r->state || r->absence.n)
		return;
	edusign_justify(m->stage->e, c, r->student, 1 + simulate__draw(m, 3), stage_now(m->stage));
	simulate__say(m, "sheet of session %.*s: an absence is justified", STR_ARG(c->api_id));
}

void simulate__evening(struct simulation *m)
{
	struct stage *s = m->stage;
	for (size_t i = 0; i < s->e->courses.n; i++) {
		struct ed_course *c = &s->e->courses.items[i];
		if (c->deleted || c->end > stage_now(s) || c->rows.n == 0)
			continue;
		if (!c->locked && tz_from_utc(s->zone, c->start).day == s->today + m->day)
			teach(m, c);
		if (!c->locked && !simulate__one_in(m, 4))
			edusign_lock(s->e, c, stage_now(s));
		else if (c->locked && simulate__one_in(m, 8))
			revise(m, c);
		else if (c->locked && simulate__one_in(m, 8))
			excuse(m, c);
	}
	if (simulate__one_in(m, 6)) /* somebody's own sheet, of no session */
		edusign_add_course(s->e, m->oracle.accounts[0].school, "Réunion de rentrée",
		                   stage_at(s, m->day + 2, 9, 0), stage_at(s, m->day + 2, 10, 0));
}

/* ---- what the oracle must notice ---- */

static struct ed_course *some_sheet(struct simulation *m, bool held)
{
	struct stage *s = m->stage;
	for (size_t i = 0; i < s->e->courses.n; i++) {
		struct ed_course *c = &s->e->courses.items[i];
		int64_t code;
		if (c->deleted || str_to_int64(c->api_id, &code) || c->rows.n == 0)
			continue;
		if (held ? c->locked && edusign_is_signed(c) && ypareo_session(s->y, code)
		         : c->start > stage_now(s) + 86400 && c->start < stage_now(s) + 5 * 86400)
			return c;
	}
	return NULL;
}

static void lose_absences(struct simulation *m)
{
	struct ypareo *y = m->stage->y;
	for (size_t i = y->absences.n; i-- > 0;)
		if (y->absences.items[i].author[0])
			ypareo_absence_delete(y, y->absences.items[i].code);
}

static void double_absences(struct simulation *m)
{
	struct ypareo *y = m->stage->y;
	for (size_t i = y->absences.n; i-- > 0;) {
		struct ypareo_absence was = y->absences.items[i];
		if (!was.author[0])
			continue;
		struct ypareo_absence *twin =
		        ypareo_add_absence(y, was.learner, was.first, was.start, was.end, was.reason);
		twin->late = was.late;
		twin->author = was.author;
		twin->changed_by = was.changed_by;
	}
}

/* Nobody follows the learners of a sheet any more. */
static void lose_tutors(struct simulation *m, const struct ed_course *c)
{
	for (size_t i = 0; i < c->rows.n; i++)
		edusign_student_by_id(m->stage->e, c->rows.items[i].student)->followers.n = 0;
}

void simulate__break(struct simulation *m)
{
	struct stage *s = m->stage;
	struct ed_course *c = some_sheet(m, false), copy;
	REQUIRE(c);
	switch (m->options.sabotage) {
	case 1: /* a sheet goes */
		edusign_delete_course(c, stage_now(s));
		break;
	case 2: /* a sheet twice */
		copy = *c;
		c = edusign_add_course(s->e, copy.school.p, "", copy.start, copy.end);
		c->api_id = copy.api_id;
		break;
	case 3:
		c->start += 300;
		break;
	case 4:
		edusign_remove_row(c, c->rows.items[0].student);
		break;
	case 5: /* a person twice */
		copy = *c;
		edusign_add_student(s->e, copy.school.p, "A", "B",
		                    edusign_student_by_id(s->e, copy.rows.items[0].student)->email.p);
		break;
	case 6:
		lose_absences(m);
		break;
	case 7:
		double_absences(m);
		break;
	case 8:
		c->room = STR("Z99");
		break;
	case 9:
		lose_tutors(m, c);
		break;
	default:
		break;
	}
}
