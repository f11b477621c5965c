#include <string.h>

#include "tests/world/edusign_p.h"

#define STUDENTS_PER_PAGE 100
#define PROFESSORS_PER_PAGE 100

/* ---- students ---- */

static bool is_mine(const struct ed_call *c, const struct ed_student *s)
{
	return str_eq(s->school, c->school->id);
}

static void put_student(struct ed_call *c, const struct ed_student *s)
{
	struct json_writer *w = &c->w;
	json_write_begin_object(w);
	json_put_str(w, "ID", s->id);
	json_put_str(w, "id", s->id);
	json_put_str(w, "FIRSTNAME", s->first);
	json_put_str(w, "LASTNAME", s->last);
	json_put_str(w, "EMAIL", s->email);
	ed_put_text(c, "PHONE", s->phone);
	ed_put_text(c, "COMPANY", s->company);
	ed_put_text(c, "TRAINING_NAME", s->training);
	ed_put_text(c, "API_ID", s->api_id);
	ed_put_text(c, "API_TYPE", s->api_type);
	json_put_int(w, "HIDDEN", s->hidden);
	json_put_str(w, "SCHOOL_ID", s->school);
	ed_put_utc(c, "DATE_CREATED", s->created);
	ed_put_utc(c, "DATE_UPDATED", s->updated);
	json_write_end_object(w);
}

static void list_students(struct ed_call *c)
{
	int64_t page = 0, limit = STUDENTS_PER_PAGE, seen = 0;
	bool paged = str_to_int64(ed_query(c, "page"), &page) == 0 || sim_is(c->sim, SIM_PAGE_REQUIRED);
	(void)!str_to_int64(ed_query(c, "limit"), &limit);
	ed_begin(c);
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < c->e->students.n; i++) {
		const struct ed_student *s = &c->e->students.items[i];
		if (!is_mine(c, s) || s->hidden)
			continue;
		if (!paged || seen / limit == page)
			put_student(c, s);
		seen++;
	}
	json_write_end_array(&c->w);
	ed_end(c);
}

static bool same_email(struct ed_call *c, struct str a, struct str b)
{
	return str_eq(str_fold_email(c->req->arena, a), str_fold_email(c->req->arena, b));
}

static struct ed_student *student_by_email(struct ed_call *c, struct str email)
{
	for (size_t i = 0; i < c->e->students.n; i++)
		if (is_mine(c, &c->e->students.items[i]) && same_email(c, c->e->students.items[i].email, email))
			return &c->e->students.items[i];
	return NULL;
}

static struct ed_student *student_of(struct ed_call *c, struct str id)
{
	struct ed_student *s = edusign_student_by_id(c->e, id);
	return s && is_mine(c, s) ? s : NULL;
}

static void answer_student(struct ed_call *c, const struct ed_student *s, const char *none)
{
	if (!s) {
		ed_error(c, none);
		return;
	}
	ed_begin(c);
	put_student(c, s);
	ed_end(c);
}

static void answer_id(struct ed_call *c, struct str id, const char *none)
{
	if (str_empty(id)) {
		ed_error(c, none);
		return;
	}
	ed_begin(c);
	json_write_begin_object(&c->w);
	json_put_str(&c->w, sim_is(c->sim, SIM_GET_ID_LOWER) ? "id" : "ID", id);
	json_write_end_object(&c->w);
	ed_end(c);
}

static void student_id(struct ed_call *c, struct str api_id)
{
	struct str id = STR_NONE;
	for (size_t i = 0; i < c->e->students.n && str_empty(id); i++)
		if (is_mine(c, &c->e->students.items[i]) && str_eq(c->e->students.items[i].api_id, api_id))
			id = c->e->students.items[i].id;
	answer_id(c, id, "No student with this ID found");
}

static void answer_created(struct ed_call *c, struct str id, const char *type)
{
	ed_begin(c);
	json_write_begin_object(&c->w);
	json_put_str(&c->w, "ID", id);
	json_put_text(&c->w, "type", type);
	json_write_end_object(&c->w);
	ed_end(c);
}

static void set_student(struct ed_call *c, struct ed_student *s, const struct json *b)
{
	ed_set(c, b, "FIRSTNAME", &s->first);
	ed_set(c, b, "LASTNAME", &s->last);
	ed_set(c, b, "EMAIL", &s->email);
	ed_set(c, b, "PHONE", &s->phone);
	ed_set(c, b, "COMPANY", &s->company);
	ed_set(c, b, "TRAINING_NAME", &s->training);
	ed_set(c, b, "API_ID", &s->api_id);
	ed_set(c, b, "API_TYPE", &s->api_type);
	if (json_get(b, "HIDDEN"))
		s->hidden = json_bool(json_get(b, "HIDDEN"), s->hidden);
	s->updated = c->now;
}

static bool lacks(struct ed_call *c, const struct json *b)
{
	static const char *const names[] = { "FIRSTNAME", "LASTNAME", "EMAIL" };
	for (size_t i = 0; i < 3; i++) {
		if (str_empty(json_text(json_get(b, names[i])))) {
			ed_error(c, "Missing required parameter");
			return true;
		}
	}
	return false;
}

static void create_student(struct ed_call *c)
{
	const struct json *b = json_get(c->body, "student");
	if (lacks(c, b))
		return;
	struct ed_student *other = student_by_email(c, json_text(json_get(b, "EMAIL")));
	if (other && !sim_is(c->sim, SIM_POST_PERSON_TWICE)) {
		if (sim_is(c->sim, SIM_DUPLICATE_LINKS))
			answer_created(c, other->id, "linked");
		else
			ed_error(c, "Student already exists in this school");
		return;
	}
	struct ed_student *s = edusign_add_student(c->e, c->school->id.p, "", "", "");
	set_student(c, s, b);
	s->created = c->now;
	s->credentials = json_bool(json_get(b, "SEND_EMAIL_CREDENTIALS"), false);
	c->entry->effect = true;
	answer_created(c, s->id, "created");
}

static void patch_student(struct ed_call *c)
{
	const struct json *b = json_get(c->body, "student");
	struct ed_student *s = student_of(c, json_text(json_get(b, "ID")));
	if (!s) {
		ed_error(c, "No student with this ID found");
		return;
	}
	set_student(c, s, b);
	c->entry->effect = true;
	ed_true(c);
}

static void hide_student(struct ed_call *c, struct str id, bool hidden)
{
	struct ed_student *s = student_of(c, id);
	c->entry->write = true;
	if (!s) {
		ed_error(c, "No student with this ID found");
		return;
	}
	c->entry->effect = s->hidden != hidden;
	s->hidden = hidden;
	s->updated = c->now;
	ed_true(c);
}

static void students_by_ids(struct ed_call *c)
{
	const struct json *ids = json_get(c->body, "studentIds");
	ed_begin(c);
	json_write_begin_array(&c->w);
	for (const struct json *j = ids ? ids->first : NULL; j; j = j->next) {
		struct ed_student *s = student_of(c, json_text(j));
		if (s)
			put_student(c, s);
	}
	json_write_end_array(&c->w);
	ed_end(c);
}

/* ---- professors: one account, several schools ---- */

static bool in_school(const struct ed_call *c, const struct ed_professor *p)
{
	for (size_t i = 0; i < p->school_count; i++)
		if (str_eq(p->schools[i], c->school->id))
			return true;
	return false;
}

static bool is_hidden(const struct ed_call *c, const struct ed_professor *p)
{
	for (size_t i = 0; i < p->hidden_count; i++)
		if (str_eq(p->hidden[i], c->school->id))
			return true;
	return false;
}

static void put_strs(struct ed_call *c, const char *key, const struct str *v, size_t n)
{
	json_write_key(&c->w, key);
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < n; i++)
		json_write_str(&c->w, v[i]);
	json_write_end_array(&c->w);
}

static void put_professor(struct ed_call *c, const struct ed_professor *p)
{
	struct json_writer *w = &c->w;
	json_write_begin_object(w);
	json_put_str(w, "ID", p->id);
	json_put_str(w, "id", p->id);
	json_put_str(w, "FIRSTNAME", p->first);
	json_put_str(w, "LASTNAME", p->last);
	json_put_str(w, "EMAIL", p->email);
	ed_put_text(c, "PHONE", p->phone);
	ed_put_text(c, "API_ID", p->api_id);
	ed_put_text(c, "API_TYPE", p->api_type);
	put_strs(c, "SCHOOL_ID", p->schools, p->school_count);
	put_strs(c, "HIDDEN", p->hidden, p->hidden_count);
	ed_put_utc(c, "DATE_CREATED", p->created);
	ed_put_utc(c, "DATE_UPDATED", p->updated);
	json_write_end_object(w);
}

static void list_professors(struct ed_call *c)
{
	int64_t page = 0, seen = 0;
	bool paged = str_to_int64(ed_query(c, "page"), &page) == 0 || sim_is(c->sim, SIM_PAGE_REQUIRED);
	ed_begin(c);
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < c->e->professors.n; i++) {
		const struct ed_professor *p = &c->e->professors.items[i];
		if (!in_school(c, p) || is_hidden(c, p))
			continue;
		if (!paged || seen / PROFESSORS_PER_PAGE == page)
			put_professor(c, p);
		seen++;
	}
	json_write_end_array(&c->w);
	ed_end(c);
}

static struct ed_professor *professor_by_email(struct ed_call *c, struct str email)
{
	for (size_t i = 0; i < c->e->professors.n; i++)
		if (same_email(c, c->e->professors.items[i].email, email))
			return &c->e->professors.items[i];
	return NULL;
}

static void answer_professor(struct ed_call *c, const struct ed_professor *p, const char *none)
{
	if (!p) {
		ed_error(c, none);
		return;
	}
	ed_begin(c);
	put_professor(c, p);
	ed_end(c);
}

static void professor_id(struct ed_call *c, struct str api_id)
{
	struct str id = STR_NONE;
	for (size_t i = 0; i < c->e->professors.n && str_empty(id); i++)
		if (in_school(c, &c->e->professors.items[i]) && str_eq(c->e->professors.items[i].api_id, api_id))
			id = c->e->professors.items[i].id;
	answer_id(c, id, "No professor with this ID found");
}

static void set_professor(struct ed_call *c, struct ed_professor *p, const struct json *b)
{
	ed_set(c, b, "FIRSTNAME", &p->first);
	ed_set(c, b, "LASTNAME", &p->last);
	ed_set(c, b, "EMAIL", &p->email);
	ed_set(c, b, "PHONE", &p->phone);
	ed_set(c, b, "API_ID", &p->api_id);
	ed_set(c, b, "API_TYPE", &p->api_type);
	p->updated = c->now;
}

static void create_professor(struct ed_call *c)
{
	const struct json *b = json_get(c->body, "professor");
	if (lacks(c, b))
		return;
	struct ed_professor *other = professor_by_email(c, json_text(json_get(b, "EMAIL")));
	if (other && in_school(c, other) && !sim_is(c->sim, SIM_DUPLICATE_LINKS)) {
		ed_error(c, "Professor already exists in this school");
		return;
	}
	if (other) {
		/* the account is shared: it joins this school, and keeps its code */
		c->entry->effect = !in_school(c, other);
		if (!in_school(c, other) && other->school_count < ED_SCHOOLS)
			other->schools[other->school_count++] = c->school->id;
		answer_created(c, other->id, "linked");
		return;
	}
	struct ed_professor *p = edusign_add_professor(c->e, c->school->id.p, "", "", "");
	set_professor(c, p, b);
	p->created = c->now;
	p->credentials = !json_bool(json_get(c->body, "dontSendCredentials"), false);
	c->entry->effect = true;
	answer_created(c, p->id, "created");
}

static void patch_professor(struct ed_call *c)
{
	const struct json *b = json_get(c->body, "professor");
	struct ed_professor *p = edusign_professor_by_id(c->e, json_text(json_get(b, "ID")));
	if (!p || !in_school(c, p)) {
		ed_error(c, "No professor with this ID found");
		return;
	}
	if (lacks(c, b))
		return;
	set_professor(c, p, b);
	c->entry->effect = true;
	ed_begin(c);
	json_write_begin_object(&c->w);
	json_put_bool(&c->w, "result", true);
	json_write_end_object(&c->w);
	ed_end(c);
}


static bool students(struct ed_call *c)
{
	struct str tail;
	if (ed_is(c, "GET", "/v1/student"))
		list_students(c);
	else if (ed_is(c, "POST", "/v1/student"))
		create_student(c);
	else if (ed_is(c, "PATCH", "/v1/student"))
		patch_student(c);
	else if (ed_is(c, "POST", "/v1/student/by-ids"))
		students_by_ids(c);
	else if (ed_tail(c, "GET", "/v1/student/by-email/", &tail))
		answer_student(c, student_by_email(c, tail), "No student with this email found");
	else if (ed_tail(c, "GET", "/v1/student/get-id/", &tail))
		student_id(c, tail);
	else if (ed_tail(c, "GET", "/v1/student/restore/", &tail))
		hide_student(c, tail, false);
	else if (ed_tail(c, "DELETE", "/v1/student/", &tail))
		hide_student(c, tail, true);
	else if (ed_tail(c, "GET", "/v1/student/", &tail))
		answer_student(c, student_of(c, tail), "No student with this ID found");
	else
		return false;
	return true;
}

bool ed_people(struct ed_call *c)
{
	struct str tail;
	if (students(c))
		return true;
	if (ed_is(c, "GET", "/v1/professor")) {
		list_professors(c);
	} else if (ed_is(c, "POST", "/v1/professor")) {
		create_professor(c);
	} else if (ed_is(c, "PATCH", "/v1/professor")) {
		patch_professor(c);
	} else if (ed_tail(c, "GET", "/v1/professor/by-email/", &tail)) {
		answer_professor(c, professor_by_email(c, tail), "Error - cannot get professor by email");
	} else if (ed_tail(c, "GET", "/v1/professor/get-id/", &tail)) {
		professor_id(c, tail);
	} else if (ed_tail(c, "GET", "/v1/professor/", &tail)) {
		struct ed_professor *p = edusign_professor_by_id(c->e, tail);
		answer_professor(c, p && in_school(c, p) ? p : NULL, "No professor with this ID found");
	} else {
		return false;
	}
	return true;
}
