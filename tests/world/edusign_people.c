#include "tests/world/edusign_p.h"

#include <string.h>

/* Students. */

#define PAGE       100
#define MOST       500
#define NO_STUDENT "No student with this ID found"

static struct ed_student *at(struct ed_call *c, size_t i)
{
	return &c->e->students.items[c->school->students.items[i]];
}

static void put_groups(struct ed_call *c, const struct ed_student *s)
{
	json_write_key(&c->w, "GROUPS");
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < c->school->groups.n; i++) {
		const struct ed_group *g = &c->e->groups.items[c->school->groups.items[i]];
		if (!g->deleted && ed_texts_has(&g->students, s->id))
			json_write_str(&c->w, g->id);
	}
	json_write_end_array(&c->w);
}

/* Groups are given for one, not in the list. */
static void put_student(struct ed_call *c, const struct ed_student *s, bool groups)
{
	struct json_writer *w = &c->w;

	json_write_begin_object(w);
	json_put_str(w, "ID", s->id);
	json_put_str(w, "id", s->id);
	json_put_str(w, "FIRSTNAME", s->first);
	json_put_str(w, "LASTNAME", s->last);
	json_put_str(w, "EMAIL", s->email);
	json_put_str(w, "USERNAME", s->email);
	ed_put_text(c, "FILE_NUMBER", s->file_number);
	ed_put_text(c, "PHOTO", s->photo);
	ed_put_text(c, "PHONE", s->phone);
	json_put_str(w, "TRAINING_NAME", s->training);
	json_put_str(w, "COMPANY", s->company);
	ed_put_texts(c, "TAGS", s->tags.v, s->tags.n);
	ed_put_texts(c, "STUDENT_FOLLOWER_ID", s->followers.v, s->followers.n);
	ed_put_text(c, "BADGE_ID", s->badge);
	ed_put_text(c, "API_ID", s->api_id);
	ed_put_text(c, "API_TYPE", s->api_type);
	json_put_int(w, "HIDDEN", s->hidden);
	json_put_str(w, "SCHOOL_ID", s->school);
	json_put_text(w, "LANGUAGE", "fr");
	json_put_int(w, "NEW_PASSWORD_NEEDED", 1);
	ed_put_utc(c, "DATE_CREATED", s->created);
	ed_put_utc(c, "DATE_UPDATED", s->updated);
	if (groups)
		put_groups(c, s);
	else
		json_put_text(w, "PASSWORD", "$2b$10$notarealhashbutlongenough"); /* lists leak such members */
	json_write_end_object(w);
}

static void answer(struct ed_call *c, const struct ed_student *s, const char *none)
{
	if (!s) {
		ed_error(c, none);
		return;
	}
	ed_begin(c);
	put_student(c, s, true);
	ed_end(c);
}

/* ---- reading ---- */

static bool contains(struct str text, struct str part)
{
	for (size_t i = 0; part.n <= text.n && i <= text.n - part.n; i++)
		if (!memcmp(text.p + i, part.p, part.n))
			return true;
	return false;
}

static bool found_by(const struct ed_student *s, struct str search)
{
	return str_empty(search) || contains(s->first, search) || contains(s->last, search) ||
	       contains(s->email, search);
}

void ed_students_list(struct ed_call *c)
{
	int64_t limit = PAGE, after = INT64_MIN;
	struct str search = ed_query(c, "search");
	unsigned naive = c->e->naive_times;

	if (str_to_int64(ed_query(c, "limit"), &limit) || limit < 1 || limit > MOST)
		limit = PAGE;
	(void)ed_time(c, ed_query(c, "updatedAfter"), &after); /* anything else is no filter */
	c->e->naive_times = naive;
	struct ed_page page = ed_page(c, limit);
	ed_begin(c);
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < c->school->students.n; i++) {
		const struct ed_student *s = at(c, i);
		int64_t changed = s->updated ? s->updated : s->created;
		if (!s->hidden && changed >= (after == INT64_MIN ? changed : after) && found_by(s, search) &&
		    ed_page_takes(&page))
			put_student(c, s, false);
	}
	json_write_end_array(&c->w);
	ed_end(c);
}

void ed_student_show(struct ed_call *c)
{
	answer(c, ed_student_of(c, c->id), NO_STUDENT);
}

static struct ed_student *by_email(struct ed_call *c, struct str email)
{
	return edusign_student_by_email(c->e, arena_str(c->req->arena, c->school->id).p,
	                                arena_str(c->req->arena, email).p);
}

void ed_student_by_email(struct ed_call *c)
{
	answer(c, by_email(c, c->id), "Error - cannot get student by email");
}

/* Active ones before archived ones. */
static struct ed_student *by_api(struct ed_call *c, struct str api_id)
{
	struct ed_student *archived = NULL;

	for (size_t i = 0; i < c->school->students.n && !str_empty(api_id); i++) {
		struct ed_student *s = at(c, i);
		if (!str_eq(s->api_id, api_id))
			continue;
		if (!s->hidden)
			return s;
		archived = archived ? archived : s;
	}
	return archived;
}

void ed_student_find(struct ed_call *c)
{
	const struct ed_student *s = by_api(c, c->id);

	ed_answer_found(c, s ? s->id : STR_NONE, NO_STUDENT);
}

void ed_students_by_ids(struct ed_call *c)
{
	const struct json *ids = json_get(c->body, "studentIds");

	if (!ids || ids->kind != JSON_ARRAY) {
		ed_invalid(c, "\"studentIds\" is required");
		return;
	}
	ed_begin(c);
	json_write_begin_array(&c->w);
	for (const struct json *j = ids->first; j; j = j->next) {
		const struct ed_student *s = ed_student_of(c, json_text(j));
		if (s)
			put_student(c, s, true);
	}
	json_write_end_array(&c->w);
	ed_end(c);
}

/* ---- writing ---- */

static void set_membership(struct ed_call *c, struct ed_student *s, const struct json *body)
{
	struct texts wanted = {NULL, 0};

	if (!ed_set_texts(c, body, "GROUPS", &wanted))
		return;
	for (size_t i = 0; i < c->school->groups.n; i++) {
		struct ed_group *g = &c->e->groups.items[c->school->groups.items[i]];
		if (ed_texts_has(&wanted, g->id))
			ed_texts_add(c->e, &g->students, s->id);
		else
			ed_texts_del(&g->students, s->id);
	}
}

static void set_fields(struct ed_call *c, struct ed_student *s, const struct json *body)
{
	ed_set(c, body, "FIRSTNAME", &s->first);
	ed_set(c, body, "LASTNAME", &s->last);
	ed_set(c, body, "EMAIL", &s->email);
	ed_set(c, body, "PHONE", &s->phone);
	ed_set(c, body, "COMPANY", &s->company);
	ed_set(c, body, "TRAINING_NAME", &s->training);
	ed_set(c, body, "FILE_NUMBER", &s->file_number);
	ed_set(c, body, "PHOTO", &s->photo);
	ed_set(c, body, "BADGE_ID", &s->badge);
	ed_set(c, body, "API_ID", &s->api_id);
	ed_set(c, body, "API_TYPE", &s->api_type);
	ed_set_texts(c, body, "TAGS", &s->tags);
	if (!sim_is(c->sim, SIM_NO_FOLLOWERS))
		ed_set_texts(c, body, "STUDENT_FOLLOWER_ID", &s->followers);
	s->hidden = json_bool(json_get(body, "HIDDEN"), s->hidden);
	set_membership(c, s, body);
}

/* The one that bears this e-mail already, unless two may. */
static const struct ed_student *rival(struct ed_call *c, struct str email, const struct ed_student *self)
{
	const struct ed_student *other = str_empty(email) ? NULL : by_email(c, email);

	return other && other != self && !sim_is(c->sim, SIM_POST_PERSON_TWICE) ? other : NULL;
}

void ed_student_create(struct ed_call *c)
{
	static const char *const required[] = {"FIRSTNAME", "LASTNAME", "EMAIL", NULL};
	const struct json *body = json_get(c->body, "student");

	if (ed_lacks(c, body, "student", required))
		return;
	struct str email = json_text(json_get(body, "EMAIL")), api_id = json_text(json_get(body, "API_ID"));
	if (!str_is_email(email)) {
		ed_invalid(c, "\"student.EMAIL\" must be a valid email");
		return;
	}
	const struct ed_student *other = rival(c, email, NULL), *twin = by_api(c, api_id);
	if (other && sim_is(c->sim, SIM_DUPLICATE_LINKS)) {
		ed_answer_created(c, other->id, "linked");
	} else if (other) {
		ed_error(c, "Student already exists in this school");
	} else if (twin && sim_is(c->sim, SIM_API_ID_UNIQUE)) {
		ed_error(c, "API_ID already used");
	} else {
		c->e->twins += twin && !twin->hidden;
		struct ed_student *s =
		        edusign_add_student(c->e, arena_str(c->req->arena, c->school->id).p, "", "", "");
		set_fields(c, s, body);
		s->by_api = true;
		s->created = c->now;
		if (json_bool(json_get(body, "SEND_EMAIL_CREDENTIALS"), false)) {
			s->credentials++;
			ed_mail(c->e, s->school, s->email, "credentials", c->now);
		}
		c->effect = true;
		ed_answer_created(c, s->id, "created");
	}
}

void ed_student_patch(struct ed_call *c)
{
	static const char *const required[] = {"ID", "FIRSTNAME", "LASTNAME", NULL};
	const struct json *body = json_get(c->body, "student");

	if (ed_lacks(c, body, "student", required))
		return;
	struct ed_student *s = ed_student_of(c, json_text(json_get(body, "ID")));
	if (!s) {
		ed_error(c, NO_STUDENT);
	} else if (rival(c, json_text(json_get(body, "EMAIL")), s)) {
		ed_error(c, "Student already exists in this school");
	} else {
		set_fields(c, s, body);
		s->updated = c->now;
		s->patches++;
		c->effect = true;
		ed_true(c);
	}
}

static void hide(struct ed_call *c, bool hidden)
{
	struct ed_student *s = ed_student_of(c, c->id);

	if (!s) {
		ed_error(c, NO_STUDENT);
		return;
	}
	if (s->hidden != hidden) {
		c->effect = true;
		c->e->archived += hidden;
		s->hidden = hidden;
		s->updated = c->now;
	}
	ed_true(c);
}

void ed_student_archive(struct ed_call *c)
{
	hide(c, true);
}

void ed_student_restore(struct ed_call *c)
{
	hide(c, false);
}
