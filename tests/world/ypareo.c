#include "tests/world/ypareo.h"

#include <stdlib.h>
#include <string.h>

/* ---- storage ---- */

struct ypareo *ypareo_new(const char *name)
{
	struct ypareo *y = xcalloc(1, sizeof(*y));

	y->arena = arena_new(0);
	y->name = ypareo_text(y, name);
	y->created_status = 200;
	for (int kind = 0; kind < YPAREO_KIND_COUNT; kind++)
		y->next_code[kind] = 101;
	return y;
}

void ypareo_free(struct ypareo **y)
{
	if (!*y)
		return;
	arena_free(&(*y)->arena);
	free(*y);
	*y = NULL;
}

const char *ypareo_text(struct ypareo *y, const char *z)
{
	const char *copy = z ? arena_strz(y->arena, z) : NULL;

	REQUIRE(!z || copy);
	return copy;
}

int64_t ypareo_code(struct ypareo *y, enum ypareo_kind kind)
{
	return y->next_code[kind]++;
}

static void *grown(struct ypareo *y, void *items_ptr, size_t *n, size_t *cap, size_t size)
{
	REQUIRE(arena_grow(y->arena, items_ptr, cap, *n + 1, size) == 0);

	char *items;
	memcpy(&items, items_ptr, sizeof(items));
	char *item = items + *n * size;
	memset(item, 0, size); /* the place of a removed record is not clean */
	(*n)++;
	return item;
}

#define ADD(y, list) grown(y, &(list).items, &(list).n, &(list).cap, sizeof(*(list).items))
#define REMOVE_AT(list, i)                                                                                           \
	do {                                                                                                         \
		memmove(&(list).items[i], &(list).items[(i) + 1], ((list).n - (i)-1) * sizeof(*(list).items));       \
		(list).n--;                                                                                          \
	} while (0)

/* Every record begins with its code, and is found by halving as long as nobody set codes by hand. */
static int64_t code_at(const void *items, size_t size, size_t i)
{
	int64_t code;

	memcpy(&code, (const char *)items + i * size, sizeof(code));
	return code;
}

static void *find(const void *items, size_t n, size_t size, int64_t code)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (code_at(items, size, middle) < code)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < n && code_at(items, size, low) == code)
		return (char *)items + low * size;
	for (size_t i = 0; i < n; i++)
		if (code_at(items, size, i) == code)
			return (char *)items + i * size;
	return NULL;
}

#define FINDER(what, list)                                                                                           \
	struct ypareo_##what *ypareo_##what(struct ypareo *y, int64_t code)                                          \
	{                                                                                                            \
		return find(y->list.items, y->list.n, sizeof(*y->list.items), code);                                 \
	}

FINDER(site, sites)
FINDER(period, periods)
FINDER(training, trainings)
FINDER(subject, subjects)
FINDER(group, groups)
FINDER(learner, learners)
FINDER(person, people)
FINDER(room, rooms)
FINDER(reason, reasons)
FINDER(company, companies)
FINDER(tutor, tutors)
FINDER(session, sessions)
FINDER(absence, absences)

struct ypareo_key *ypareo_key(struct ypareo *y, const char *token)
{
	for (size_t i = 0; i < y->keys.n; i++)
		if (!strcmp(y->keys.items[i].token, token))
			return &y->keys.items[i];
	return NULL;
}

struct ypareo_attendance *ypareo_attendance(struct ypareo *y, int64_t session, int64_t person)
{
	for (size_t i = 0; i < y->attendances.n; i++)
		if (y->attendances.items[i].session == session && y->attendances.items[i].person == person)
			return &y->attendances.items[i];
	return NULL;
}

/* ---- lists of codes ---- */

bool ypareo_codes_has(const struct ypareo_codes *codes, int64_t code)
{
	for (size_t i = 0; i < codes->n; i++)
		if (codes->items[i] == code)
			return true;
	return false;
}

void ypareo_codes_add(struct ypareo *y, struct ypareo_codes *codes, int64_t code)
{
	if (ypareo_codes_has(codes, code))
		return;
	int64_t *item = ADD(y, *codes);
	*item = code;
}

bool ypareo_codes_del(struct ypareo_codes *codes, int64_t code)
{
	for (size_t i = 0; i < codes->n; i++) {
		if (codes->items[i] == code) {
			REMOVE_AT(*codes, i);
			return true;
		}
	}
	return false;
}

void ypareo_codes_set(struct ypareo *y, struct ypareo_codes *codes, const int64_t *items, size_t n)
{
	codes->n = 0;
	for (size_t i = 0; i < n; i++)
		ypareo_codes_add(y, codes, items[i]);
}

/* ---- adding ---- */

struct ypareo_key *ypareo_add_key(struct ypareo *y, const char *token, const char *name, bool expert)
{
	struct ypareo_key *key = ADD(y, y->keys);

	key->token = ypareo_text(y, token);
	key->name = ypareo_text(y, name);
	key->expert = expert;
	return key;
}

void ypareo_key_forbid(struct ypareo *y, struct ypareo_key *key, const char *pattern)
{
	const char *copy = ypareo_text(y, pattern);
	const char **item =
	        grown(y, &key->forbidden, &key->forbidden_n, &key->forbidden_cap, sizeof(*key->forbidden));

	*item = copy;
}

void ypareo_key_allow(struct ypareo_key *key, const char *pattern)
{
	for (size_t i = key->forbidden_n; i-- > 0;)
		if (!strcmp(key->forbidden[i], pattern))
			key->forbidden[i] = key->forbidden[--key->forbidden_n];
}

struct ypareo_site *ypareo_add_site(struct ypareo *y, const char *name)
{
	struct ypareo_site *site = ADD(y, y->sites);

	site->code = ypareo_code(y, YPAREO_SITE);
	site->name = ypareo_text(y, name);
	return site;
}

struct ypareo_period *ypareo_add_period(struct ypareo *y, const char *name, int32_t first, int32_t last)
{
	struct ypareo_period *period = ADD(y, y->periods);

	period->code = ypareo_code(y, YPAREO_PERIOD);
	period->name = ypareo_text(y, name);
	period->first = first;
	period->last = last;
	return period;
}

struct ypareo_training *ypareo_add_training(struct ypareo *y, const char *name)
{
	struct ypareo_training *training = ADD(y, y->trainings);

	training->code = ypareo_code(y, YPAREO_TRAINING);
	training->name = ypareo_text(y, name);
	return training;
}

struct ypareo_subject *ypareo_add_subject(struct ypareo *y, const char *name)
{
	struct ypareo_subject *subject = ADD(y, y->subjects);

	subject->code = ypareo_code(y, YPAREO_SUBJECT);
	subject->name = ypareo_text(y, name);
	return subject;
}

struct ypareo_group *ypareo_add_group(struct ypareo *y, const char *name, int64_t site)
{
	struct ypareo_group *group = ADD(y, y->groups);

	group->code = ypareo_code(y, YPAREO_GROUP);
	group->name = ypareo_text(y, name);
	group->site = site;
	group->year = 1;
	group->state = "En cours";
	if (y->trainings.n)
		group->training = y->trainings.items[0].code;
	if (y->periods.n) {
		const struct ypareo_period *period = &y->periods.items[y->periods.n - 1];
		group->period = period->code;
		group->first = period->first;
		group->last = period->last;
	}
	return group;
}

struct ypareo_learner *ypareo_add_learner(struct ypareo *y, const char *last, const char *first, const char *email)
{
	struct ypareo_learner *learner = ADD(y, y->learners);

	learner->code = ypareo_code(y, YPAREO_LEARNER);
	learner->last = ypareo_text(y, last);
	learner->first = ypareo_text(y, first);
	learner->email = ypareo_text(y, email);
	learner->account_email = learner->email;
	learner->title = 1;
	return learner;
}

struct ypareo_attendee *ypareo_add_attendee(struct ypareo *y, int64_t learner, int64_t group, int32_t from,
                                            int32_t to)
{
	struct ypareo_attendee *attendee = ADD(y, y->attendees);

	attendee->learner = learner;
	attendee->group = group;
	attendee->from = from;
	attendee->to = to;
	return attendee;
}

struct ypareo_person *ypareo_add_person(struct ypareo *y, const char *last, const char *first, const char *email)
{
	struct ypareo_person *person = ADD(y, y->people);

	person->code = ypareo_code(y, YPAREO_PERSON);
	person->last = ypareo_text(y, last);
	person->first = ypareo_text(y, first);
	person->email = ypareo_text(y, email);
	person->instructor = true;
	return person;
}

struct ypareo_room *ypareo_add_room(struct ypareo *y, const char *name, int64_t site)
{
	struct ypareo_room *room = ADD(y, y->rooms);

	room->code = ypareo_code(y, YPAREO_ROOM);
	room->name = ypareo_text(y, name);
	room->site = site;
	return room;
}

struct ypareo_reason *ypareo_add_reason(struct ypareo *y, const char *name, bool justified)
{
	struct ypareo_reason *reason = ADD(y, y->reasons);

	reason->code = ypareo_code(y, YPAREO_REASON);
	reason->name = ypareo_text(y, name);
	reason->justified = justified;
	return reason;
}

struct ypareo_company *ypareo_add_company(struct ypareo *y, const char *name)
{
	struct ypareo_company *company = ADD(y, y->companies);

	company->code = ypareo_code(y, YPAREO_COMPANY);
	company->name = ypareo_text(y, name);
	return company;
}

struct ypareo_tutor *ypareo_add_tutor(struct ypareo *y, int64_t company, const char *last, const char *first,
                                      const char *email)
{
	struct ypareo_tutor *tutor = ADD(y, y->tutors);

	tutor->code = ypareo_code(y, YPAREO_TUTOR);
	tutor->company = company;
	tutor->last = ypareo_text(y, last);
	tutor->first = ypareo_text(y, first);
	tutor->email = ypareo_text(y, email);
	tutor->tutor = true;
	return tutor;
}

struct ypareo_contract *ypareo_add_contract(struct ypareo *y, int64_t learner, int64_t company, int64_t tutor)
{
	struct ypareo_contract *contract = ADD(y, y->contracts);

	contract->code = ypareo_code(y, YPAREO_CONTRACT);
	contract->learner = learner;
	contract->company = company;
	contract->tutor = tutor;
	if (y->periods.n) {
		contract->first = y->periods.items[y->periods.n - 1].first;
		contract->last = y->periods.items[y->periods.n - 1].last;
	}
	return contract;
}

static bool attends(const struct ypareo_attendee *attendee, int64_t group, int32_t day)
{
	return attendee->group == group && attendee->from <= day && (!attendee->to || day <= attendee->to);
}

struct ypareo_session *ypareo_add_session(struct ypareo *y, int32_t day, int start, int end, int64_t subject,
                                          int64_t group, int64_t instructor, int64_t room)
{
	struct ypareo_session *session = ADD(y, y->sessions);
	const struct ypareo_subject *known = ypareo_subject(y, subject);

	session->code = ypareo_code(y, YPAREO_SESSION);
	session->day = day;
	session->start = start;
	session->end = end;
	session->subject = subject;
	session->subject_name = known ? known->name : NULL;
	session->state = 1;
	if (instructor)
		ypareo_codes_add(y, &session->instructors, instructor);
	if (room)
		ypareo_codes_add(y, &session->rooms, room);
	if (!group)
		return session;
	ypareo_codes_add(y, &session->groups, group);
	for (size_t i = 0; i < y->attendees.n; i++)
		if (attends(&y->attendees.items[i], group, day))
			ypareo_codes_add(y, &session->learners, y->attendees.items[i].learner);
	return session;
}

struct ypareo_absence *ypareo_add_absence(struct ypareo *y, int64_t learner, int32_t day, int start, int end,
                                          int64_t reason)
{
	struct ypareo_absence *absence = ADD(y, y->absences);

	absence->code = ypareo_code(y, YPAREO_ABSENCE);
	absence->learner = learner;
	absence->first = absence->last = day;
	absence->start = start;
	absence->end = end;
	absence->minutes = end - start;
	absence->reason = reason;
	absence->author = absence->changed_by = "";
	return absence;
}

void ypareo_enrol(struct ypareo *y, int64_t learner_code, int64_t group_code, int32_t from)
{
	struct ypareo_learner *learner = ypareo_learner(y, learner_code);
	const struct ypareo_group *group = ypareo_group(y, group_code);
	REQUIRE(learner && group);

	struct ypareo_enrolment *enrolment = ADD(y, learner->enrolments);
	enrolment->code = ypareo_code(y, YPAREO_ENROLMENT);
	enrolment->period = group->period;
	enrolment->site = group->site;
	enrolment->training = group->training;
	enrolment->group = group->code;
	enrolment->year = group->year;
	enrolment->current = true;
	(void)ypareo_add_attendee(y, learner_code, group_code, from, 0);
}

struct ypareo_attendance *ypareo_add_attendance(struct ypareo *y, int64_t session, int64_t person)
{
	struct ypareo_attendance *attendance = ADD(y, y->attendances);

	attendance->session = session;
	attendance->person = person;
	attendance->author = "";
	return attendance;
}

/* ---- what humans do ---- */

static struct ypareo_session *need_session(struct ypareo *y, int64_t code)
{
	struct ypareo_session *session = ypareo_session(y, code);

	REQUIRE(session);
	return session;
}

void ypareo_session_move(struct ypareo *y, int64_t code, int32_t day, int start, int end)
{
	struct ypareo_session *session = need_session(y, code);

	session->day = day;
	session->start = start;
	session->end = end;
}

void ypareo_session_cancel(struct ypareo *y, int64_t code)
{
	size_t i = (size_t)(need_session(y, code) - y->sessions.items);

	REMOVE_AT(y->sessions, i);
}

static void set_only(struct ypareo *y, struct ypareo_codes *codes, int64_t code)
{
	ypareo_codes_set(y, codes, &code, code ? 1 : 0);
}

void ypareo_session_room(struct ypareo *y, int64_t code, int64_t room)
{
	set_only(y, &need_session(y, code)->rooms, room);
}

void ypareo_session_instructor(struct ypareo *y, int64_t code, int64_t instructor)
{
	set_only(y, &need_session(y, code)->instructors, instructor);
}

void ypareo_session_learner_add(struct ypareo *y, int64_t code, int64_t learner)
{
	ypareo_codes_add(y, &need_session(y, code)->learners, learner);
}

void ypareo_session_learner_del(struct ypareo *y, int64_t code, int64_t learner)
{
	(void)ypareo_codes_del(&need_session(y, code)->learners, learner); /* gone is what was asked */
}

void ypareo_session_state(struct ypareo *y, int64_t code, int state)
{
	need_session(y, code)->state = state;
}

void ypareo_learner_emails(struct ypareo *y, int64_t code, const char *email, const char *account_email)
{
	struct ypareo_learner *learner = ypareo_learner(y, code);

	REQUIRE(learner);
	if (email)
		learner->email = ypareo_text(y, email);
	if (account_email)
		learner->account_email = ypareo_text(y, account_email);
}

void ypareo_group_join(struct ypareo *y, int64_t group, int64_t learner, int32_t from)
{
	ypareo_enrol(y, learner, group, from);
	for (size_t i = 0; i < y->sessions.n; i++) {
		struct ypareo_session *session = &y->sessions.items[i];
		if (session->day >= from && ypareo_codes_has(&session->groups, group))
			ypareo_codes_add(y, &session->learners, learner);
	}
}

/* Still expected in a session because of another of its groups? */
static bool expected_otherwise(const struct ypareo *y, const struct ypareo_session *session, int64_t learner)
{
	for (size_t i = 0; i < y->attendees.n; i++) {
		const struct ypareo_attendee *attendee = &y->attendees.items[i];
		if (attendee->learner != learner || !ypareo_codes_has(&session->groups, attendee->group))
			continue;
		if (attends(attendee, attendee->group, session->day))
			return true;
	}
	return false;
}

void ypareo_group_leave(struct ypareo *y, int64_t group, int64_t learner, int32_t from)
{
	for (size_t i = 0; i < y->attendees.n; i++)
		if (y->attendees.items[i].learner == learner && attends(&y->attendees.items[i], group, from))
			y->attendees.items[i].to = from - 1;
	for (size_t i = 0; i < y->sessions.n; i++) {
		struct ypareo_session *session = &y->sessions.items[i];
		if (session->day < from || !ypareo_codes_has(&session->groups, group))
			continue;
		if (!expected_otherwise(y, session, learner))
			(void)ypareo_codes_del(&session->learners, learner); /* may have been absent from this one */
	}
}

void ypareo_learner_depart(struct ypareo *y, int64_t code, int32_t day)
{
	struct ypareo_learner *learner = ypareo_learner(y, code);
	REQUIRE(learner);

	for (size_t i = 0; i < learner->enrolments.n; i++) {
		if (!learner->enrolments.items[i].current)
			continue;
		learner->enrolments.items[i].current = false;
		learner->enrolments.items[i].left = day;
	}
	for (size_t i = 0; i < y->attendees.n; i++) {
		struct ypareo_attendee *attendee = &y->attendees.items[i];
		if (attendee->learner == code && (!attendee->to || attendee->to >= day))
			attendee->to = day - 1;
	}
	for (size_t i = 0; i < y->sessions.n; i++)
		if (y->sessions.items[i].day >= day)
			(void)ypareo_codes_del(&y->sessions.items[i].learners, code); /* most never had this one */
}

void ypareo_absence_change(struct ypareo *y, int64_t code, int start, int end, int64_t reason, int64_t now_ms)
{
	struct ypareo_absence *absence = ypareo_absence(y, code);
	REQUIRE(absence);

	absence->start = start;
	absence->end = end;
	absence->minutes = end > start ? end - start : 0;
	absence->reason = reason;
	absence->changed_by = "";
	absence->changed_ms = now_ms;
}

void ypareo_absence_delete(struct ypareo *y, int64_t code)
{
	struct ypareo_absence *absence = ypareo_absence(y, code);
	REQUIRE(absence);

	REMOVE_AT(y->absences, (size_t)(absence - y->absences.items));
}
