#include "tests/world/simulate_oracle.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/tz.h"

bool oracle__wrong(struct oracle *o, const char *format, ...)
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

bool oracle__by_human(const struct ypareo_absence *a)
{
	return !text(a->changed_by)[0];
}

static void keep(struct oracle *o, bool all)
{
	const struct ypareo *y = o->y;
	REQUIRE(arena_grow(o->arena, &o->kept, &o->kept_cap, y->absences.n, sizeof(*o->kept)) == 0);
	o->kept_count = 0;
	for (size_t i = 0; i < y->absences.n; i++)
		if (all || oracle__by_human(&y->absences.items[i]))
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

bool oracle__is_touched(const struct oracle *o, int64_t learner, int32_t day)
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

int64_t oracle__utc(const struct oracle *o, const struct ypareo_session *x, int minute)
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

/* ---- what is excused ---- */

void oracle_excuse(struct oracle *o, size_t index, enum oracle_excuse what)
{
	REQUIRE(arena_grow(o->arena, &o->excuses, &o->excuse_cap, index + 1, sizeof(*o->excuses)) == 0);
	while (o->excuse_count <= index)
		o->excuses[o->excuse_count++] = 0;
	o->excuses[index] |= what;
}

bool oracle_is_excused(const struct oracle *o, const struct ed_course *c, enum oracle_excuse what)
{
	size_t index = (size_t)(c - o->e->courses.items);
	return index < o->excuse_count && o->excuses[index] & what;
}

bool oracle_is_wanted(const struct oracle *o, size_t index)
{
	const struct ed_course *c = &o->e->courses.items[index];
	const struct oracle_account *a = account_of(o, c->school);
	int64_t code;
	const struct ypareo_session *x = str_to_int64(c->api_id, &code) ? NULL : ypareo_session(o->y, code);
	return a && x && is_planned(o, a, x);
}

static bool is_told(const struct oracle *o, const char *kind, int64_t code)
{
	char record[40];
	snprintf(record, sizeof(record), "%s %lld", kind, (long long)code);
	return o->is_told && o->is_told(o->told_arg, record);
}

/* The latest sheet of the session that people changed or deleted, by the school's leave. */
static bool is_left_to_people(const struct oracle *o, const struct oracle_account *a, int64_t code)
{
	for (size_t i = 0; i < o->excuse_count; i++) {
		const struct ed_course *c = &o->e->courses.items[i];
		int64_t its;
		if (o->excuses[i] & ORACLE_BY_HAND && str_eqz(c->school, a->school) && str_to_int64(c->api_id, &its) == 0 && its == code)
			return true;
	}
	return false;
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
			return oracle__wrong(o, "absence %lld of learner %lld, written by a human, was %s",
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
			return oracle__wrong(o, "the sheet of session %lld, which is still planned, was removed",
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
				return oracle__wrong(o, "learners %.*s and %.*s are one person twice", STR_ARG(a->api_id),
				             STR_ARG(b->api_id));
		}
	}
	for (size_t i = 0; i < e->professors.n; i++)
		for (size_t k = i + 1; k < e->professors.n; k++)
			if (same_email(e->professors.items[i].email, e->professors.items[k].email))
				return oracle__wrong(o, "instructors %.*s and %.*s have one e-mail address",
				             STR_ARG(e->professors.items[i].api_id),
				             STR_ARG(e->professors.items[k].api_id));
	for (size_t i = 0; i < e->externals.n; i++)
		for (size_t k = i + 1; k < e->externals.n; k++)
			if (str_eq(e->externals.items[i].school, e->externals.items[k].school) &&
			    (same_email(e->externals.items[i].email, e->externals.items[k].email) ||
			     str_eq(e->externals.items[i].api_id, e->externals.items[k].api_id)))
				return oracle__wrong(o, "tutors %.*s and %.*s are one person twice",
				             STR_ARG(e->externals.items[i].api_id),
				             STR_ARG(e->externals.items[k].api_id));
	return true;
}

/* The contract that is active: of several the one that began last. */
static const struct ypareo_contract *contract_of(const struct oracle *o, int64_t learner, int32_t today)
{
	const struct ypareo_contract *found = NULL;
	for (size_t i = 0; i < o->y->contracts.n; i++) {
		const struct ypareo_contract *c = &o->y->contracts.items[i];
		if (c->learner != learner || !c->company || c->first > today || c->last < today ||
		    (c->ended && c->ended <= today))
			continue;
		if (!found || c->first > found->first || (c->first == found->first && c->company > found->company))
			found = c;
	}
	return found;
}

static bool is_followed_by(const struct ed_student *s, struct str external)
{
	for (size_t i = 0; i < s->followers.n; i++)
		if (str_eq(s->followers.v[i], external))
			return true;
	return false;
}

/* Nobody follows by hand here: the tutor does, and nobody else. */
static bool check_tutor(struct oracle *o, const struct ed_student *s, int64_t code, int32_t today)
{
	const struct ypareo_contract *c = contract_of(o, code, today);
	const struct ypareo_tutor *t = c && c->tutor ? ypareo_tutor(o->y, c->tutor) : NULL;
	size_t n = t ? 1 : 0;
	if (o->forgotten ? s->followers.n < n : s->followers.n != n)
		return oracle__wrong(o, "learner %lld is followed by %zu, wanted is %zu", (long long)code, s->followers.n, n);
	for (size_t i = 0; t && i < o->e->externals.n; i++) {
		const struct ed_external *x = &o->e->externals.items[i];
		if (str_eq(x->school, s->school) && str_eqz(x->email, text(t->email))) {
			o->followed++;
			return is_followed_by(s, x->id) ||
			       oracle__wrong(o, "learner %lld is followed by somebody else than tutor %lld", (long long)code,
			             (long long)t->code);
		}
	}
	return !t || oracle__wrong(o, "tutor %lld of learner %lld has no account with that address", (long long)t->code,
	                   (long long)code);
}

static bool check_student(struct oracle *o, const struct ypareo_session *x, const struct ed_student *s, int64_t code)
{
	const struct ypareo_learner *l = ypareo_learner(o->y, code);
	bool told = is_told(o, "learner", code);
	if (s->hidden && !told)
		return oracle__wrong(o, "session %lld: learner %lld is archived", (long long)x->code, (long long)code);
	if (!told && (!str_eqz(s->email, text(l->email)) || !str_eqz(s->first, l->first) || !str_eqz(s->last, l->last)))
		return oracle__wrong(o, "session %lld: name or e-mail address of learner %lld is not Yparéo's",
		             (long long)x->code, (long long)code);
	return !o->tutors || check_tutor(o, s, code, o->today);
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

static bool has_row_of(const struct oracle *o, const struct ed_course *c, int64_t code)
{
	for (size_t i = 0; i < c->rows.n; i++) {
		const struct ed_student *s = edusign_student_by_id(o->e, c->rows.items[i].student);
		int64_t its;
		if (s && str_to_int64(s->api_id, &its) == 0 && its == code)
			return true;
	}
	return false;
}

/* One address is one account: whose it is not is an issue, and off the sheets. */
static bool shares_address(const struct oracle *o, int64_t code)
{
	const struct ypareo_learner *mine = ypareo_learner(o->y, code);
	for (size_t i = 0; mine && i < o->y->learners.n; i++) {
		const struct ypareo_learner *other = &o->y->learners.items[i];
		if (other->code != code && strcasecmp(text(other->email), text(mine->email)) == 0)
			return true;
	}
	return false;
}

/* Another's account has the address, who had it once and whom no sheet needs now: an issue, too. */
static bool is_taken_by_another(const struct oracle *o, struct str school, int64_t code)
{
	const struct ypareo_learner *mine = ypareo_learner(o->y, code);
	for (size_t i = 0; mine && i < o->e->students.n; i++) {
		const struct ed_student *s = &o->e->students.items[i];
		int64_t its;
		if (str_eq(s->school, school) && same_email(s->email, str_of(text(mine->email))) && str_to_int64(s->api_id, &its) == 0 && its != code)
			return is_told(o, "learner", code);
	}
	return false;
}

static bool check_roster(struct oracle *o, const struct ypareo_session *x, struct ed_course *c)
{
	for (size_t i = 0; i < c->rows.n; i++) {
		const struct ed_student *s = edusign_student_by_id(o->e, c->rows.items[i].student);
		int64_t code;
		bool known = s && str_to_int64(s->api_id, &code) == 0;
		if (known && !ypareo_codes_has(&x->learners, code) && oracle_is_excused(o, c, ORACLE_PUT_ON))
			continue;
		if (!known || !ypareo_codes_has(&x->learners, code))
			return oracle__wrong(o, "session %lld: learner %.*s is on the sheet and not expected",
			             (long long)x->code, STR_ARG(s ? s->api_id : STR("?")));
		if (!check_student(o, x, s, code))
			return false;
		for (size_t k = 0; k < i; k++)
			if (str_eq(c->rows.items[k].student, c->rows.items[i].student))
				return oracle__wrong(o, "session %lld: learner %lld is on the sheet twice",
				             (long long)x->code, (long long)code);
	}
	for (size_t i = 0; i < x->learners.n; i++) {
		int64_t code = x->learners.items[i];
		if (!has_row_of(o, c, code) && !shares_address(o, code) && !is_taken_by_another(o, c->school, code))
			return oracle__wrong(o, "session %lld: learner %lld is expected and not on the sheet", (long long)x->code,
			                     (long long)code);
	}
	return true;
}

static bool check_instructors(struct oracle *o, const struct ypareo_session *x, const struct ed_course *c)
{
	if (c->professor_count != x->instructors.n)
		return oracle__wrong(o, "session %lld: %u instructors on the sheet, %zu planned", (long long)x->code,
		             c->professor_count, x->instructors.n);
	for (size_t i = 0; i < x->instructors.n; i++) {
		const struct ed_professor *p = edusign_professor_by_id(o->e, c->professors[i]);
		const struct ypareo_person *want = ypareo_person(o->y, x->instructors.items[i]);
		if (!p || !want || !str_eqz(p->email, text(want->email)))
			return oracle__wrong(o, "session %lld: instructor %lld is not on the sheet", (long long)x->code,
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
	return oracle__wrong(o, "session %lld: the sheet's room is \"%.*s\", planned is \"%s\"", (long long)x->code,
	             STR_ARG(c->room), want);
}

static bool check_session(struct oracle *o, const struct oracle_account *a, const struct ypareo_session *x)
{
	size_t n = edusign_course_count(o->e, a->school, x->code);
	bool left = is_left_to_people(o, a, x->code) && is_told(o, "sheet", x->code);
	if (n == 0 && left)
		return true;
	if (n != 1)
		return oracle__wrong(o, "session %lld has %zu sheets", (long long)x->code, n);
	struct ed_course *c = edusign_course(o->e, a->school, x->code);
	o->sheets++;
	if (is_taken(c))
		return true;
	if (left)
		return true;
	if (c->start != oracle__utc(o, x, x->start) || c->end != oracle__utc(o, x, x->end))
		return oracle__wrong(o, "session %lld: the sheet has other times", (long long)x->code);
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
		return oracle__wrong(o, "session %lld has %zu sheets", (long long)code, n);
	if (c->start <= now || tz_from_utc(o->zone, c->start).day > last || is_taken(c))
		return true;
	const struct ypareo_session *x = ypareo_session(o->y, code);
	if ((x && is_planned(o, a, x)) || oracle_is_excused(o, c, ORACLE_FORGOTTEN))
		return true;
	return oracle__wrong(o, "session %lld is planned no longer and still has a sheet", (long long)code);
}

static bool check_sheets(struct oracle *o, int64_t now)
{
	int32_t last = tz_from_utc(o->zone, now).day + o->days_ahead;
	for (size_t i = 0; i < o->y->sessions.n; i++) {
		const struct ypareo_session *x = &o->y->sessions.items[i];
		if (oracle__utc(o, x, x->start) <= now || x->day > last || !x->learners.n || !x->instructors.n)
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

/* ---- what must never have happened, at any time ---- */

static bool check_counters(struct oracle *o)
{
	const struct edusign *e = o->e;
	if (o->y->foreign_writes || o->y->twin_writes)
		return oracle__wrong(o, "Yparéo: %u absences of others were written, %u written twice", o->y->foreign_writes,
		             o->y->twin_writes);
	if (e->hand_made_changed || e->shared_patched || e->archived || e->naive_times)
		return oracle__wrong(o,
		             "Edusign: %u sheets made by hand changed, %u shared instructors patched, %u archived, "
		             "%u times without zone",
		             e->hand_made_changed, e->shared_patched, e->archived, e->naive_times);
	if (e->twins)
		return oracle__wrong(o, "Edusign: %u records were made a second time", e->twins);
	for (size_t i = 0; i < e->courses.n; i++)
		if (e->courses.items[i].lost_signatures)
			return oracle__wrong(o, "the sheet of session %.*s lost %u signatures",
			             STR_ARG(e->courses.items[i].api_id), e->courses.items[i].lost_signatures);
	return true;
}

bool oracle_check(struct oracle *o, int64_t now)
{
	o->today = tz_from_utc(o->zone, now).day;
	return check_counters(o) && check_people(o) && check_sheets(o, now) && oracle__attendance(o, now);
}
