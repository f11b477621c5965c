#include "tests/world/gen_p.h"

#include <string.h>

#include "core/base/tz.h"

/* ---- people ---- */

/* A new learner of group 0 and of its sessions. */
static struct ypareo_learner *join(struct ypareo *y, struct gen_random *r)
{
	int64_t code = gen__learner(y, r)->code;

	ypareo_group_join(y, y->groups.items[0].code, code, y->groups.items[0].first);
	return ypareo_learner(y, code);
}

static void quirk_emails(struct ypareo *y, struct gen_random *r, struct gen_quirks *q)
{
	struct ypareo_learner *learner = join(y, r);

	learner->email = NULL;
	learner->account_email = "";
	q->learner_no_email = learner->code;
	learner = join(y, r);
	learner->no_account = true;
	learner->account_email = NULL;
	q->learner_no_pro_email = learner->code;
	learner = join(y, r);
	learner->email = ypareo_text(y, "Deux.Adresses@COURRIEL.example");
	learner->account_email = ypareo_text(y, "deux.adresses@ecole.example");
	q->learner_two_emails = learner->code;
}

static void quirk_names(struct ypareo *y, struct gen_random *r, struct gen_quirks *q)
{
	struct ypareo_learner *learner = join(y, r);

	learner->last = "D'ÊTRE-NOËL";
	learner->first = "Maëlys-Anaïs";
	q->learner_apostrophe = learner->code;
	learner = join(y, r);
	learner->birth_last = "LEFÈVRE";
	learner->last = "O'BRIEN-LEFÈVRE";
	learner->title = 2;
	q->learner_birth_name = learner->code;
	learner = join(y, r);
	learner->postcode = "01000";
	learner->town = "Bourg-en-Bresse";
	q->learner_zero_postcode = learner->code;
}

static void quirk_enrolments(struct ypareo *y, struct gen_random *r, struct gen_quirks *q, int32_t first)
{
	const struct ypareo_period *before = &y->periods.items[0];
	struct ypareo_group *group = ypareo_add_group(y, "Promotion de l'an passé", y->groups.items[0].site);

	group->period = before->code;
	group->first = before->first;
	group->last = before->last;
	group->state = "Terminée";
	q->group_last_year = group->code;
	int64_t code = gen__learner(y, r)->code;
	q->learner_two_enrolments = code;
	ypareo_enrol(y, code, q->group_last_year, before->first);
	ypareo_learner(y, code)->enrolments.items[0].current = false;
	y->attendees.items[y->attendees.n - 1].to = before->last;
	ypareo_group_join(y, y->groups.items[0].code, code, y->groups.items[0].first);
	q->learner_left = join(y, r)->code;
	ypareo_learner_depart(y, q->learner_left, first - 20);
	q->learner_no_group = gen__learner(y, r)->code;
	ypareo_enrol(y, q->learner_no_group, y->groups.items[0].code, y->groups.items[0].first);
	y->attendees.n--; /* enrolled, and attends nothing */
}

static void quirk_contracts(struct ypareo *y, struct gen_quirks *q)
{
	struct ypareo_contract *contract = ypareo_add_contract(y, q->learner_apostrophe, 0, 0);

	q->contract_no_company = contract->code;
	contract = ypareo_add_contract(y, q->learner_two_enrolments, y->companies.items[0].code,
	                               y->tutors.items[0].code);
	contract->ended = contract->first + 45;
	contract->end_reason = "Rupture pendant la période d'essai";
	q->contract_terminated = contract->code;
}

static void quirk_staff(struct ypareo *y, struct gen_random *r, struct gen_quirks *q)
{
	struct ypareo_person *person = gen__person(y, r);

	person->retired = true;
	q->trainer_retired = person->code;
	person = gen__person(y, r);
	person->email = NULL;
	q->trainer_no_email = person->code;
	person = gen__person(y, r);
	person->admin = true;
	q->trainer_admin = person->code;
	person = gen__person(y, r); /* staff that never teaches */
	person->instructor = false;
	person->admin = true;
}

static void quirk_short_course(struct ypareo *y, struct gen_random *r, struct gen_quirks *q, int32_t first)
{
	int32_t saturday = first + 5 - day_weekday(first);
	struct ypareo_group *group =
	        ypareo_add_group(y, "Formation courte : habilitation électrique", y->sites.items[0].code);

	group->short_course = true;
	group->first = group->last = saturday;
	group->state = "Validée";
	q->group_short = group->code;
	ypareo_enrol(y, gen__learner(y, r)->code, q->group_short, saturday);
	int64_t instructor = gen__free_instructor(y, r, saturday, 540, 720);
	int64_t room = gen__free_room(y, r, y->sites.items[0].code, saturday, 540, 720);
	(void)ypareo_add_session(y, saturday, 540, 720, y->subjects.items[5].code, q->group_short, instructor, room);
}

void gen__quirk_people(struct ypareo *y, struct gen_random *r, struct gen_quirks *q, int32_t first)
{
	quirk_emails(y, r, q);
	quirk_names(y, r, q);
	quirk_enrolments(y, r, q, first);
	quirk_contracts(y, q);
	quirk_staff(y, r, q);
	quirk_short_course(y, r, q, first);
}

/* ---- sessions ---- */

/* Its learners join, and what their group had at that time is off. */
static void add_group(struct ypareo *y, int64_t code, const struct ypareo_group *other)
{
	struct ypareo_session *session = ypareo_session(y, code);
	int32_t day = session->day;
	int start = session->start, end = session->end;

	for (size_t i = y->sessions.n; i-- > 0;) {
		const struct ypareo_session *s = &y->sessions.items[i];
		if (s->code != code && s->day == day && s->start < end && s->end > start &&
		    ypareo_codes_has(&s->groups, other->code))
			ypareo_session_cancel(y, s->code);
	}
	session = ypareo_session(y, code);
	ypareo_codes_add(y, &session->groups, other->code);
	for (size_t i = 0; i < y->attendees.n; i++) {
		const struct ypareo_attendee *attendee = &y->attendees.items[i];
		if (attendee->group == other->code && attendee->from <= day && (!attendee->to || attendee->to >= day))
			ypareo_codes_add(y, &session->learners, attendee->learner);
	}
}

static void share_between_sites(struct ypareo *y, int64_t code)
{
	const struct ypareo_group *own = ypareo_group(y, ypareo_session(y, code)->groups.items[0]);

	for (size_t i = 0; i < y->groups.n; i++) {
		const struct ypareo_group *other = &y->groups.items[i];
		if (other->site == own->site || other->period != own->period || other->short_course)
			continue;
		add_group(y, code, other);
		return;
	}
}

/* The next ordinary session from *at on: one group, one room, one instructor. */
static struct ypareo_session *next_plain(struct ypareo *y, size_t *at, int32_t from)
{
	while (*at < y->sessions.n) {
		struct ypareo_session *session = &y->sessions.items[(*at)++];
		if (session->day >= from && day_weekday(session->day) < 5 && session->groups.n == 1 &&
		    session->learners.n)
			return session;
	}
	REQUIRE(!"the school is too small for the special cases");
	return NULL;
}

static void two_of_each(struct ypareo *y, struct gen_random *r, struct ypareo_session *session)
{
	int64_t instructor = gen__free_instructor(y, r, session->day, session->start, session->end);
	const struct ypareo_group *group = ypareo_group(y, session->groups.items[0]);
	int64_t room = gen__free_room(y, r, group->site, session->day, session->start, session->end);

	REQUIRE(instructor && room);
	ypareo_codes_add(y, &session->instructors, instructor);
	ypareo_codes_add(y, &session->rooms, room);
}

static void quirk_sessions(struct ypareo *y, struct gen_random *r, struct gen_quirks *q, int32_t first)
{
	size_t at = 0;
	struct ypareo_session *session = next_plain(y, &at, first);

	q->session_two_sites = session->code;
	share_between_sites(y, session->code); /* may take a later session away: at still stands behind this one */
	ypareo_session_instructor(y, next_plain(y, &at, first)->code, q->trainer_no_email);
	ypareo_session_instructor(y, next_plain(y, &at, first)->code, q->trainer_admin);
	session = next_plain(y, &at, first);
	two_of_each(y, r, session);
	q->session_two_trainers = session->code;
	session = next_plain(y, &at, first);
	session->remote = true;
	session->rooms.n = 0;
	q->session_remote = session->code;
	session = next_plain(y, &at, first);
	session->state = 0;
	q->session_pending = session->code;
	session = next_plain(y, &at, first);
	session->subject = 0;
	session->subject_name = NULL;
	q->session_no_subject = session->code;
	session = next_plain(y, &at, first);
	session->rooms.n = 0;
	q->session_no_room = session->code;
	session = next_plain(y, &at, first);
	session->instructors.n = 0;
	q->session_no_trainer = session->code;
	session = next_plain(y, &at, first);
	session->learners.n = 0;
	q->session_no_learner = session->code;
	session = next_plain(y, &at, first);
	session->groups.n = 0;
	q->session_no_group = session->code;
}

static void quirk_past(struct ypareo *y, struct gen_random *r, struct gen_quirks *q, int32_t first)
{
	int32_t day = first - 1;

	while (day_weekday(day) > 4)
		day--;
	int64_t room = gen__free_room(y, r, y->groups.items[0].site, day, gen__slots[0][0], gen__slots[0][1]);
	q->session_past = ypareo_add_session(y, day, gen__slots[0][0], gen__slots[0][1], y->subjects.items[0].code,
	                                     y->groups.items[0].code, q->trainer_retired, room)
	                          ->code;
}

/* ---- absences ---- */

static void quirk_absences(struct ypareo *y, struct gen_quirks *q, int32_t first)
{
	int64_t unjustified = y->reasons.items[0].code, justified = y->reasons.items[1].code;
	int64_t late = y->reasons.items[2].code, ill = y->reasons.items[3].code;
	int start = gen__slots[0][0], end = gen__slots[0][1];
	int64_t learner = y->learners.items[0].code;

	struct ypareo_absence *absence = ypareo_add_absence(y, learner, first - 3, start, 1020, ill);
	absence->last = first + 1;
	absence->minutes = 5 * 420;
	q->absence_days = absence->code;
	absence = ypareo_add_absence(y, q->learner_apostrophe, first, start, start + 12, late);
	absence->late = true;
	q->absence_late = absence->code;
	q->absence_justified = ypareo_add_absence(y, q->learner_birth_name, first, start, end, justified)->code;
	q->absence_unjustified = ypareo_add_absence(y, q->learner_two_emails, first, start, end, unjustified)->code;
	absence = ypareo_add_absence(y, q->learner_zero_postcode, first, start, end, unjustified);
	absence->minutes = 0;
	q->absence_zero = absence->code;
	q->absence_no_reason = ypareo_add_absence(y, q->learner_no_email, first, start, end, 0)->code;
	q->absence_twin_a = ypareo_add_absence(y, q->learner_two_enrolments, first, start, end, unjustified)->code;
	q->absence_twin_b = ypareo_add_absence(y, q->learner_two_enrolments, first, start, end, unjustified)->code;
}

void gen__quirk_days(struct ypareo *y, struct gen_random *r, struct gen_quirks *q, int32_t first)
{
	quirk_sessions(y, r, q, first);
	quirk_past(y, r, q, first);
	quirk_absences(y, q, first);
}
