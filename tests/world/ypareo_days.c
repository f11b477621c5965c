#include "tests/world/ypareo_p.h"

#include <stdio.h>
#include <string.h>

#include "core/base/tz.h"

/* What a planning over too many days takes: longer than any client waits. */
enum { NEVER_MS = 600000 };

/* ---- planning ---- */

static void put_time(struct ypareo__call *c, const char *key, int minutes)
{
	char text[24];

	snprintf(text, sizeof(text), "%02d:%02d:00", minutes / 60, minutes % 60);
	json_put_text(&c->w, key, text);
}

/* learner: of a planning of one learner; 0: of groups. */
static void put_session(struct ypareo__call *c, const struct ypareo_session *session, int64_t learner)
{
	json_write_begin_object(&c->w);
	json_put_int(&c->w, "codeSeance", session->code);
	ypareo__put_code(c, "codeMatiere", session->subject);
	json_put_text(&c->w, "nomMatiere", session->subject_name);
	ypareo__put_day(c, "date", session->day);
	put_time(c, "heureDebut", session->start);
	put_time(c, "heureFin", session->end);
	put_time(c, "duree", session->end - session->start);
	ypareo__put_flag(c, "isDistance", session->remote);
	if (session->state >= 0 && !ypareo__switch(c, SIM_NO_STATE)) {
		json_put_int(&c->w, "etatSeance", session->state);
		json_put_text(&c->w, "nomEtatSeance", session->state == 1 ? "Validée" : "En attente");
	}
	if (learner)
		json_put_int(&c->w, "codeApprenant", learner);
	ypareo__put_codes(c, "codesGroupe", &session->groups);
	ypareo__put_codes(c, "codesApprenant", &session->learners);
	ypareo__put_codes(c, "codesPersonnel", &session->instructors);
	ypareo__put_codes(c, "codesSalle", &session->rooms);
	json_write_end_object(&c->w);
}

static bool visible(const struct ypareo__call *c, const struct ypareo_session *session)
{
	if (!c->key->sites.n)
		return true;
	for (size_t i = 0; i < session->groups.n; i++) {
		const struct ypareo_group *group = ypareo_group(c->y, session->groups.items[i]);
		if (group && ypareo__sees(c, group->site))
			return true;
	}
	return false;
}

/* group, learner: 0 for any. */
static void put_planning(struct ypareo__call *c, int64_t group, int64_t learner)
{
	json_write_begin_object(&c->w);
	json_write_key(&c->w, "cours");
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < c->y->sessions.n; i++) {
		const struct ypareo_session *session = &c->y->sessions.items[i];
		if (session->day < c->from || session->day > c->to || !visible(c, session))
			continue;
		if (group && !ypareo_codes_has(&session->groups, group))
			continue;
		if (!group && !learner && c->y->planning_all_lacks && ypareo_codes_has(&session->groups, c->y->planning_all_lacks))
			continue;
		if (learner && !ypareo_codes_has(&session->learners, learner))
			continue;
		put_session(c, session, learner);
	}
	json_write_end_array(&c->w);
	json_write_end_object(&c->w);
}

void ypareo__planning(struct ypareo__call *c)
{
	if (c->y->planning_max_days && c->to - c->from >= (int32_t)c->y->planning_max_days)
		c->reply->delay_ms = NEVER_MS;
	put_planning(c, 0, 0);
}

void ypareo__planning_group(struct ypareo__call *c)
{
	const struct ypareo_group *group = ypareo_group(c->y, c->code);

	if (group && ypareo__sees(c, group->site))
		put_planning(c, c->code, 0);
	else
		ypareo__refuse(c, 404, "Groupe inconnu.");
}

void ypareo__planning_learner(struct ypareo__call *c)
{
	if (ypareo_learner(c->y, c->code))
		put_planning(c, 0, c->code);
	else
		ypareo__refuse(c, 404, "Apprenant inconnu.");
}

/* ---- absences, read ---- */

static void put_absence(struct ypareo__call *c, const struct ypareo_absence *absence)
{
	const struct ypareo_reason *reason = ypareo_reason(c->y, absence->reason);

	ypareo__list_item(c, absence->code);
	json_write_begin_object(&c->w);
	json_put_int(&c->w, "codeAbsence", absence->code);
	json_put_int(&c->w, "codeApprenant", absence->learner);
	ypareo__put_code(c, "codeGroupe", absence->group);
	ypareo__put_day(c, "dateDeb", absence->first);
	ypareo__put_day(c, "dateFin", absence->last);
	json_put_int(&c->w, "heureDeb", absence->start);
	json_put_int(&c->w, "heureFin", absence->end);
	json_put_int(&c->w, "duree", absence->minutes);
	ypareo__put_flag(c, "isRetard", absence->late);
	ypareo__put_flag(c, "isJustifie", reason && reason->justified);
	if (reason) {
		json_write_key(&c->w, "motifAbsence");
		json_write_begin_object(&c->w);
		json_put_int(&c->w, "codeMotifAbsence", reason->code);
		json_put_text(&c->w, "nomMotifAbsence", reason->name);
		json_write_end_object(&c->w);
	} else {
		json_put_null(&c->w, "motifAbsence");
	}
	if (ypareo__switch(c, SIM_OBSERVATION))
		json_put_text(&c->w, "observation", absence->observation);
	json_write_end_object(&c->w);
}

static bool in_range(const struct ypareo__call *c, const struct ypareo_absence *absence)
{
	if (ypareo__switch(c, SIM_ABSENCE_BY_START))
		return c->from <= absence->first && absence->first <= c->to;
	return absence->first <= c->to && absence->last >= c->from;
}

void ypareo__absences(struct ypareo__call *c)
{
	struct ypareo__filter sites = ypareo__filter(c, "codesSite");

	for (size_t i = 0; i < c->y->absences.n; i++) {
		const struct ypareo_absence *absence = &c->y->absences.items[i];
		if (!in_range(c, absence))
			continue;
		const struct ypareo_learner *learner = ypareo_learner(c->y, absence->learner);
		if ((sites.on || c->key->sites.n) && (!learner || !ypareo__enrolled(c, learner, NULL, &sites)))
			continue;
		put_absence(c, absence);
	}
	ypareo__list_end(c);
}

void ypareo__group_absences(struct ypareo__call *c)
{
	const struct ypareo_group *group = ypareo_group(c->y, c->code);
	struct str from = ypareo__param(c, "dateDebut"), to = ypareo__param(c, "dateFin");

	if (!group || !ypareo__sees(c, group->site)) {
		ypareo__refuse(c, 404, "Groupe inconnu.");
		return;
	}
	c->from = INT32_MIN;
	c->to = INT32_MAX;
	if ((from.n && !ypareo__day(from, '-', &c->from)) || (to.n && !ypareo__day(to, '-', &c->to))) {
		ypareo__refuse(c, 400, "Les dates doivent être au format JJ-MM-AAAA.");
		return;
	}
	for (size_t i = 0; i < c->y->absences.n; i++) {
		const struct ypareo_absence *absence = &c->y->absences.items[i];
		if (absence->group == group->code && in_range(c, absence))
			put_absence(c, absence);
	}
	ypareo__list_end(c);
}

/* ---- the body of a write; strict, so that no client of ours gets sloppy ---- */

enum presence { REQUIRED, OPTIONAL };

static bool bad_field(struct ypareo__call *c, const char *name)
{
	char message[128];

	snprintf(message, sizeof(message), "Le champ %s est absent ou n'est pas valide.", name);
	ypareo__refuse(c, 400, message);
	return false;
}

static bool take_int(struct ypareo__call *c, const char *name, enum presence presence, int64_t min, int64_t max,
                     int64_t *out)
{
	const struct json *value = json_get(c->body, name);
	int64_t number;

	if (presence == OPTIONAL && (!value || value->kind == JSON_NULL))
		return true;
	if (!value || value->kind != JSON_NUMBER || !json_is_int(value, &number) || number < min || number > max)
		return bad_field(c, name);
	*out = number;
	return true;
}

static bool take_day(struct ypareo__call *c, const char *name, int32_t *out)
{
	const struct json *value = json_get(c->body, name);

	if (!value || value->kind != JSON_STRING || !ypareo__day(value->text, '/', out))
		return bad_field(c, name);
	return true;
}

static bool take_observation(struct ypareo__call *c, struct ypareo_absence *into)
{
	const struct json *value = json_get(c->body, "observation");

	if (!value || value->kind == JSON_NULL)
		return true;
	if (value->kind != JSON_STRING)
		return bad_field(c, "observation");
	struct str copy = arena_str(c->y->arena, value->text);
	REQUIRE(copy.p);
	into->observation = copy.p;
	return true;
}

static bool known_references(struct ypareo__call *c, const struct ypareo_absence *absence)
{
	const struct ypareo_learner *learner = ypareo_learner(c->y, absence->learner);

	if (!learner || (c->key->sites.n && !ypareo__enrolled(c, learner, NULL, NULL)))
		return bad_field(c, "codeApprenant");
	if (absence->group && !ypareo_group(c->y, absence->group))
		return bad_field(c, "codeGroupe");
	if (!ypareo_reason(c->y, absence->reason))
		return bad_field(c, "codeMotifAbsence");
	return true;
}

static bool take_absence(struct ypareo__call *c, struct ypareo_absence *out)
{
	struct ypareo_absence a = {0};
	int64_t start = 0, end = 0, late = 0, minutes = -1;

	if (!take_int(c, "codeApprenant", REQUIRED, 1, INT64_MAX, &a.learner) ||
	    !take_int(c, "codeGroupe", OPTIONAL, 1, INT64_MAX, &a.group) || !take_day(c, "dateDeb", &a.first) ||
	    !take_day(c, "dateFin", &a.last) || !take_int(c, "heureDeb", REQUIRED, 0, 1440, &start) ||
	    !take_int(c, "heureFin", REQUIRED, 0, 1440, &end) ||
	    !take_int(c, "duree", OPTIONAL, 0, 1000000, &minutes) ||
	    !take_int(c, "codeMotifAbsence", REQUIRED, 1, INT64_MAX, &a.reason) ||
	    !take_int(c, "isRetard", REQUIRED, 0, 1, &late) || !take_observation(c, &a) || !known_references(c, &a))
		return false;
	if (a.last < a.first || (a.last == a.first && end <= start))
		return bad_field(c, "heureFin");
	a.start = (int)start;
	a.end = (int)end;
	a.late = late == 1;
	if (minutes < 0)
		minutes = a.first == a.last ? end - start : INT64_C(420) * (a.last - a.first + 1);
	a.minutes = (int)minutes;
	*out = a;
	return true;
}

/* ---- absences, written: assumed shapes ---- */

static bool twin_of(const struct ypareo_absence *a, const struct ypareo_absence *b)
{
	return a->learner == b->learner && a->first == b->first && a->last == b->last && a->start == b->start &&
	       a->end == b->end && a->late == b->late;
}

static void write_done(struct ypareo__call *c, int status, int64_t code)
{
	json_write_int(&c->w, code);
	c->reply->status = status;
	c->effect = true;
}

void ypareo__absence_post(struct ypareo__call *c)
{
	struct ypareo_absence wanted;

	if (!take_absence(c, &wanted))
		return;
	for (size_t i = 0; i < c->y->absences.n; i++) {
		if (twin_of(&c->y->absences.items[i], &wanted)) {
			c->y->twin_writes++;
			break;
		}
	}
	struct ypareo_absence *absence = ypareo_add_absence(c->y, 0, 0, 0, 0, 0);
	wanted.code = absence->code;
	wanted.author = wanted.changed_by = c->key->name;
	wanted.changed_ms = c->req->now_ms;
	*absence = wanted;
	write_done(c, c->y->created_status, absence->code);
}

static void count_foreign(struct ypareo__call *c, const struct ypareo_absence *absence)
{
	if (strcmp(absence->changed_by, c->key->name) != 0)
		c->y->foreign_writes++;
}

void ypareo__absence_put(struct ypareo__call *c)
{
	struct ypareo_absence wanted;
	int64_t code = 0;

	if (!take_int(c, "codeAbsence", REQUIRED, 1, INT64_MAX, &code))
		return;
	struct ypareo_absence *absence = ypareo_absence(c->y, code);
	if (!absence) {
		ypareo__refuse(c, 404, "Absence inconnue.");
		return;
	}
	if (!take_absence(c, &wanted))
		return;
	count_foreign(c, absence);
	wanted.code = code;
	wanted.author = absence->author;
	wanted.changed_by = c->key->name;
	wanted.changed_ms = c->req->now_ms;
	*absence = wanted;
	write_done(c, 200, code);
}

void ypareo__absence_delete(struct ypareo__call *c)
{
	const struct ypareo_absence *absence = ypareo_absence(c->y, c->code);

	if (!absence) {
		ypareo__refuse(c, 404, "Absence inconnue.");
		return;
	}
	count_foreign(c, absence);
	ypareo_absence_delete(c->y, c->code);
	c->effect = true; /* 200 and no body */
}

/* ---- attendance of instructors: assumed shapes ---- */

void ypareo__attendances(struct ypareo__call *c)
{
	char key[64];

	for (size_t i = 0; i < c->y->attendances.n; i++) {
		const struct ypareo_attendance *attendance = &c->y->attendances.items[i];
		if (attendance->day < c->from || attendance->day > c->to)
			continue;
		snprintf(key, sizeof(key), "%lld-%lld", (long long)attendance->session,
		         (long long)attendance->person);
		ypareo__list_item_key(c, key);
		json_write_begin_object(&c->w);
		json_put_int(&c->w, "codeSeance", attendance->session);
		json_put_int(&c->w, "codePersonnel", attendance->person);
		ypareo__put_flag(c, "isPresent", attendance->present);
		json_put_int(&c->w, "minutes", attendance->minutes);
		ypareo__put_code(c, "codeMotifAbsence", attendance->reason);
		json_write_end_object(&c->w);
	}
	ypareo__list_end(c);
}

void ypareo__attendance_put(struct ypareo__call *c)
{
	int64_t session_code = 0, person = 0, present = 0, minutes = 0, reason = 0;

	if (!take_int(c, "codeSeance", REQUIRED, 1, INT64_MAX, &session_code) ||
	    !take_int(c, "codePersonnel", REQUIRED, 1, INT64_MAX, &person) ||
	    !take_int(c, "isPresent", REQUIRED, 0, 1, &present) ||
	    !take_int(c, "minutes", REQUIRED, 0, 1440, &minutes) ||
	    !take_int(c, "codeMotifAbsence", OPTIONAL, 1, INT64_MAX, &reason))
		return;
	const struct ypareo_session *session = ypareo_session(c->y, session_code);
	if (!session) {
		ypareo__refuse(c, 404, "Séance inconnue.");
		return;
	}
	if (!ypareo_person(c->y, person)) {
		(void)bad_field(c, "codePersonnel"); /* the refusal is the answer */
		return;
	}
	if (reason && !ypareo_reason(c->y, reason)) {
		(void)bad_field(c, "codeMotifAbsence"); /* the refusal is the answer */
		return;
	}
	struct ypareo_attendance *attendance = ypareo_attendance(c->y, session_code, person);
	if (!attendance) {
		attendance = ypareo_add_attendance(c->y, session_code, person);
		attendance->author = c->key->name;
	}
	attendance->day = session->day;
	attendance->present = present == 1;
	attendance->minutes = (int)minutes;
	attendance->reason = reason;
	attendance->changed_ms = c->req->now_ms;
	attendance->writes++;
	write_done(c, 200, session_code);
}
