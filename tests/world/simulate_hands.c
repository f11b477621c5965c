#include "tests/world/simulate_p.h"

#include <stdio.h>

/* What people change in Edusign of what is ours; and how a store comes to know less than it did. */

/* A sheet of ours that nobody signed, of a day after tomorrow, that was not meddled with before. */
static struct ed_course *untouched_sheet(struct simulation *m)
{
	struct stage *s = m->stage;
	size_t n = s->e->courses.n, from = n ? simulate__draw(m, (unsigned)n) : 0;
	for (size_t i = 0; i < n; i++) {
		size_t at = (from + i) % n;
		struct ed_course *c = &s->e->courses.items[at];
		int64_t code;
		if (!c->deleted && !c->locked && c->start > stage_now(s) + 2 * 86400 && c->start < stage_now(s) + 6 * 86400 && c->rows.n &&
		    str_to_int64(c->api_id, &code) == 0 && !edusign_is_signed(c) && !(at < SIMULATE_MEDDLED && m->meddled[at])) {
			if (at < SIMULATE_MEDDLED)
				m->meddled[at] = true;
			return c;
		}
	}
	return NULL;
}

static const char *change_sheet(struct simulation *m, struct ed_course *c)
{
	struct stage *s = m->stage;
	int64_t now = stage_now(s);
	switch (simulate__draw(m, 5)) {
	case 0:
		edusign_edit_course(s->e, c, "Séance déplacée", 0, 0, now);
		return "renamed";
	case 1:
		edusign_edit_course(s->e, c, NULL, c->start + 900, c->end + 900, now);
		return "shifted";
	case 2:
		c->room = STR("Gymnase");
		c->updated = now;
		return "in another room";
	case 3:
		edusign_remove_row(c, c->rows.items[simulate__draw(m, (unsigned)c->rows.n)].student);
		c->updated = now;
		return "one learner less";
	default:
		edusign_delete_course(c, now);
		return "deleted";
	}
}

static void change_person(struct simulation *m, const struct ed_course *c)
{
	struct stage *s = m->stage;
	struct ed_student *a = edusign_student_by_id(s->e, c->rows.items[simulate__draw(m, (unsigned)c->rows.n)].student);
	if (!a || a->hidden || m->people_meddled)
		return;
	m->people_meddled = true; /* one a day: who undoes a repair again and again is left in peace, and that has a script of its own */
	if (simulate__one_in(m, 2)) {
		edusign_archive_student(a, stage_now(s));
	} else {
		a->last = STR("Autrement");
		a->updated = stage_now(s);
	}
	simulate__say(m, "by hand: learner %.*s %s", STR_ARG(a->api_id), a->hidden ? "archived" : "renamed");
}

void simulate__meddle(struct simulation *m)
{
	struct stage *s = m->stage;
	m->people_meddled = m->day % 4 != 0;
	for (unsigned n = simulate__draw(m, 3); n; n--) {
		struct ed_course *c = untouched_sheet(m);
		if (!c)
			return;
		if (simulate__one_in(m, 3)) {
			change_person(m, c);
			continue;
		}
		if (s->settings.drift == DRIFT_REPORT)
			oracle_excuse(&m->oracle, (size_t)(c - s->e->courses.items), ORACLE_BY_HAND);
		const char *what = change_sheet(m, c);
		m->result->meddled++;
		simulate__say(m, "by hand: sheet of session %.*s %s", STR_ARG(c->api_id), what);
	}
}

/* ---- stores ---- */

/* What was sent or made until now is not known any more, or only in part. */
static void forget(struct simulation *m)
{
	for (size_t i = 0; i < m->stage->e->courses.n; i++) {
		oracle_excuse(&m->oracle, i, ORACLE_PUT_ON);
		if (m->stage->e->courses.items[i].start <= stage_now(m->stage) || !oracle_is_wanted(&m->oracle, i))
			oracle_excuse(&m->oracle, i, ORACLE_FORGOTTEN);
	}
	m->result->forgotten++;
	m->oracle.forgotten = true;
}

/* A sheet that bears a code which nothing wants makes a lost store ask whether somebody else works here: that has a script of its own. */
static bool all_are_wanted(const struct simulation *m)
{
	for (size_t i = 0; i < m->stage->e->courses.n; i++) {
		const struct ed_course *c = &m->stage->e->courses.items[i];
		int64_t code;
		if (c->deleted || str_to_int64(c->api_id, &code) || c->end <= stage_now(m->stage))
			continue;
		const struct ypareo_session *x = ypareo_session(m->stage->y, code);
		if (!oracle_is_wanted(&m->oracle, i) || x->day > m->stage->today + m->day + m->stage->settings.days_ahead)
			return false;
	}
	return true;
}

/* A new memory begins with the first good run down: what was over by then is not sent, but told. */
void simulate__remembered(struct simulation *m)
{
	for (size_t i = 0; m->unknown && i < m->stage->e->courses.n; i++)
		if (m->stage->e->courses.items[i].end <= stage_now(m->stage))
			oracle_excuse(&m->oracle, i, ORACLE_FORGOTTEN);
	m->unknown = false;
}

void simulate__store(struct simulation *m)
{
	if (m->day == 0)
		return;
	if (simulate__one_in(m, 6) && all_are_wanted(m)) {
		stage_lose_store(m->stage);
		m->unknown = true;
		simulate__say(m, "the store is lost");
		forget(m);
	} else if (m->backed_up && simulate__one_in(m, 8)) {
		stage_restore(m->stage);
		simulate__say(m, "an old backup of the store is restored");
		forget(m);
	} else if (simulate__one_in(m, 3)) {
		stage_back_up(m->stage);
		m->backed_up = true;
	}
}
