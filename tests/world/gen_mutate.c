#include "tests/world/gen_p.h"

#include <stdio.h>

#include "core/base/tz.h"

/* How often a change is looked for before it is given up: most are possible at the first try. */
enum { TRIES = 20 };

struct change {
	struct ypareo *y;
	struct gen_random *r;
	int32_t first, last;
};

static int32_t some_day(struct change *m)
{
	for (int i = 0; i < TRIES; i++) {
		int32_t day = m->first + (int32_t)gen_random_below(m->r, (unsigned)(m->last - m->first + 1));
		if (day_weekday(day) < 5)
			return day;
	}
	return m->first;
}

static struct ypareo_session *some_session(struct change *m)
{
	size_t n = m->y->sessions.n, from = n ? gen_random_below(m->r, (unsigned)n) : 0;

	for (size_t i = 0; i < n; i++) {
		struct ypareo_session *session = &m->y->sessions.items[(from + i) % n];
		if (session->day >= m->first && session->day <= m->last)
			return session;
	}
	return NULL;
}

static int64_t site_of(struct change *m, const struct ypareo_session *session)
{
	const struct ypareo_group *group = session->groups.n ? ypareo_group(m->y, session->groups.items[0]) : NULL;

	return group ? group->site : 0;
}

static bool session_fits(struct change *m, const struct ypareo_session *session, int32_t day, int start, int end)
{
	if (!gen__learners_free(m->y, &session->learners, day, start, end, session->code))
		return false;
	for (size_t i = 0; i < session->instructors.n; i++)
		if (!gen__instructor_free(m->y, session->instructors.items[i], day, start, end, session->code))
			return false;
	for (size_t i = 0; i < session->rooms.n; i++)
		if (!gen__room_free(m->y, session->rooms.items[i], day, start, end, session->code))
			return false;
	return true;
}

static bool move(struct change *m)
{
	const struct ypareo_session *session = some_session(m);

	for (int i = 0; session && i < TRIES; i++) {
		int32_t day = some_day(m);
		const int *slot = gen__slots[gen_random_below(m->r, GEN_SLOTS)];
		int late = 5 * (int)gen_random_below(m->r, 3);
		int start = slot[0] + late, end = slot[1] + late;
		if ((day == session->day && start == session->start) || !session_fits(m, session, day, start, end))
			continue;
		ypareo_session_move(m->y, session->code, day, start, end);
		return true;
	}
	return false;
}

static bool cancel(struct change *m)
{
	const struct ypareo_session *session = some_session(m);

	if (session)
		ypareo_session_cancel(m->y, session->code);
	return session != NULL;
}

/* The members of a group on a day. */
static void members(struct change *m, int64_t group, int32_t day, struct ypareo_codes *out)
{
	for (size_t i = 0; i < m->y->attendees.n; i++) {
		const struct ypareo_attendee *attendee = &m->y->attendees.items[i];
		if (attendee->group == group && attendee->from <= day && (!attendee->to || attendee->to >= day))
			ypareo_codes_add(m->y, out, attendee->learner);
	}
}

static bool add(struct change *m)
{
	for (int i = 0; m->y->groups.n && i < TRIES; i++) {
		const struct ypareo_group *group =
		        &m->y->groups.items[gen_random_below(m->r, (unsigned)m->y->groups.n)];
		int32_t day = some_day(m);
		const int *slot = gen__slots[gen_random_below(m->r, GEN_SLOTS)];
		struct ypareo_codes learners = {0};
		members(m, group->code, day, &learners);
		if (group->short_course || !learners.n ||
		    !gen__learners_free(m->y, &learners, day, slot[0], slot[1], 0))
			continue;
		int64_t instructor = gen__free_instructor(m->y, m->r, day, slot[0], slot[1]);
		int64_t room = gen__free_room(m->y, m->r, group->site, day, slot[0], slot[1]);
		if (!instructor || !room)
			continue;
		int64_t subject = m->y->subjects.items[gen_random_below(m->r, (unsigned)m->y->subjects.n)].code;
		(void)ypareo_add_session(m->y, day, slot[0], slot[1], subject, group->code, instructor, room);
		return true;
	}
	return false;
}

static bool room(struct change *m)
{
	const struct ypareo_session *session = some_session(m);
	if (!session)
		return false;
	int64_t other = gen__free_room(m->y, m->r, site_of(m, session), session->day, session->start, session->end);

	if (other)
		ypareo_session_room(m->y, session->code, other);
	return other != 0;
}

static bool instructor(struct change *m)
{
	const struct ypareo_session *session = some_session(m);
	if (!session)
		return false;
	int64_t other = gen__free_instructor(m->y, m->r, session->day, session->start, session->end);

	if (other)
		ypareo_session_instructor(m->y, session->code, other);
	return other != 0;
}

static bool state(struct change *m)
{
	const struct ypareo_session *session = some_session(m);

	if (session)
		ypareo_session_state(m->y, session->code, session->state == 1 ? 0 : 1);
	return session != NULL;
}

static bool email(struct change *m)
{
	if (!m->y->learners.n)
		return false;
	const struct ypareo_learner *learner =
	        &m->y->learners.items[gen_random_below(m->r, (unsigned)m->y->learners.n)];
	unsigned mark = gen_random_below(m->r, 1000000);
	char address[64], account[64];

	snprintf(address, sizeof(address), "nouvelle.%lld.%u@courriel.example", (long long)learner->code, mark);
	snprintf(account, sizeof(account), "nouveau.%lld.%u@ecole.example", (long long)learner->code, mark);
	ypareo_learner_emails(m->y, learner->code, address, account);
	return true;
}

/* Another tutor of the company, another address, the end of a contract, another company. */
static bool contract(struct change *m)
{
	size_t n = m->y->contracts.n, at = n ? gen_random_below(m->r, (unsigned)n) : 0;
	unsigned what = gen_random_below(m->r, 4), mark = gen_random_below(m->r, 1000000);
	char address[64];

	if (!n || !m->y->contracts.items[at].company || !m->y->contracts.items[at].tutor)
		return false;
	int64_t learner = m->y->contracts.items[at].learner, company = m->y->contracts.items[at].company;
	snprintf(address, sizeof(address), "tuteur.%lld.%u@entreprises.example", (long long)learner, mark);
	if (what == 0) {
		ypareo_tutor(m->y, m->y->contracts.items[at].tutor)->email = ypareo_text(m->y, address);
	} else if (what == 1) {
		m->y->contracts.items[at].tutor = ypareo_add_tutor(m->y, company, "Besson", "Ève", address)->code;
	} else {
		m->y->contracts.items[at].ended = m->first;
		if (what == 3) {
			company = ypareo_add_company(m->y, "Atelier nouveau")->code;
			int64_t tutor = ypareo_add_tutor(m->y, company, "Costa", "Luís", address)->code;
			ypareo_add_contract(m->y, learner, company, tutor)->first = m->first;
		}
	}
	return true;
}

static bool leave(struct change *m)
{
	size_t n = m->y->attendees.n, from = n ? gen_random_below(m->r, (unsigned)n) : 0;

	for (size_t i = 0; i < n; i++) {
		const struct ypareo_attendee *attendee = &m->y->attendees.items[(from + i) % n];
		if (attendee->to || attendee->from > m->first)
			continue;
		ypareo_group_leave(m->y, attendee->group, attendee->learner, m->first);
		return true;
	}
	return false;
}

static bool join(struct change *m)
{
	for (int i = 0; m->y->groups.n && i < TRIES; i++) {
		const struct ypareo_group *group =
		        &m->y->groups.items[gen_random_below(m->r, (unsigned)m->y->groups.n)];
		if (group->short_course || group->last < m->first)
			continue;
		ypareo_group_join(m->y, group->code, gen__learner(m->y, m->r)->code, m->first);
		return true;
	}
	return false;
}

static bool absence_add(struct change *m)
{
	const struct ypareo_session *session = some_session(m);
	if (!session || !session->learners.n || !m->y->reasons.n)
		return false;
	int64_t learner = session->learners.items[gen_random_below(m->r, (unsigned)session->learners.n)];
	int64_t reason = m->y->reasons.items[gen_random_below(m->r, (unsigned)m->y->reasons.n)].code;

	struct ypareo_absence *absence =
	        ypareo_add_absence(m->y, learner, session->day, session->start, session->end, reason);
	absence->group = session->groups.n ? session->groups.items[0] : 0;
	return true;
}

static struct ypareo_absence *some_absence(struct change *m)
{
	size_t n = m->y->absences.n, from = n ? gen_random_below(m->r, (unsigned)n) : 0;

	for (size_t i = 0; i < n; i++) {
		struct ypareo_absence *absence = &m->y->absences.items[(from + i) % n];
		if (absence->first <= m->last && absence->last >= m->first)
			return absence;
	}
	return NULL;
}

static bool absence_change(struct change *m)
{
	const struct ypareo_absence *absence = some_absence(m);
	if (!absence || !m->y->reasons.n)
		return false;
	int64_t reason = m->y->reasons.items[gen_random_below(m->r, (unsigned)m->y->reasons.n)].code;

	int end = absence->end - 5 > absence->start ? absence->end - 5 : absence->end;
	ypareo_absence_change(m->y, absence->code, absence->start, end, reason, absence->changed_ms);
	return true;
}

static bool absence_delete(struct change *m)
{
	const struct ypareo_absence *absence = some_absence(m);

	if (absence)
		ypareo_absence_delete(m->y, absence->code);
	return absence != NULL;
}

/* Weighted by how often each happens in a school. */
static const struct {
	const char *word;
	bool (*make)(struct change *m);
	unsigned weight;
} changes[] = {
        {"move", move, 6},
        {"cancel", cancel, 3},
        {"add", add, 5},
        {"room", room, 6},
        {"instructor", instructor, 4},
        {"state", state, 2},
        {"email", email, 2},
        {"contract", contract, 3},
        {"leave", leave, 1},
        {"join", join, 2},
        {"absence-add", absence_add, 4},
        {"absence-change", absence_change, 1},
        {"absence-delete", absence_delete, 1},
};
enum { CHANGES = sizeof(changes) / sizeof(changes[0]) };

const char *gen_mutate(struct ypareo *y, struct gen_random *r, int32_t first, int32_t last)
{
	struct change m = {.y = y, .r = r, .first = first, .last = last};
	unsigned total = 0;

	for (int i = 0; i < CHANGES; i++)
		total += changes[i].weight;
	unsigned at = gen_random_below(r, total), chosen = 0;
	while (at >= changes[chosen].weight)
		at -= changes[chosen++].weight;
	for (unsigned i = 0; i < CHANGES; i++) {
		unsigned k = (chosen + i) % CHANGES;
		if (changes[k].make(&m))
			return changes[k].word;
	}
	return NULL;
}
