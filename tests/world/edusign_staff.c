#include "tests/world/edusign_p.h"

/* Professors, who are shared between schools, and externals: tutors. */

#define PAGE         100
#define NO_PROFESSOR "No professor with this ID found"
#define NO_EXTERNAL  "ERR_UNKNOWN_EXTERNAL"

/* ---- professors: reading ---- */

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
	json_put_str(w, "SPECIALITY", p->speciality);
	ed_put_texts(c, "TAGS", p->tags.v, p->tags.n);
	ed_put_text(c, "API_ID", p->api_id);
	ed_put_text(c, "API_TYPE", p->api_type);
	ed_put_texts(c, "SCHOOL_ID", p->schools, p->school_count);
	ed_put_texts(c, "HIDDEN", p->hidden, p->hidden_count);
	ed_put_utc(c, "DATE_CREATED", p->created);
	ed_put_utc(c, "DATE_UPDATED", p->updated);
	json_write_end_object(w);
}

static void answer(struct ed_call *c, const struct ed_professor *p, const char *none)
{
	if (!p) {
		ed_error(c, none);
		return;
	}
	ed_begin(c);
	put_professor(c, p);
	ed_end(c);
}

void ed_professors_list(struct ed_call *c)
{
	struct ed_page page = ed_page(c, PAGE);

	ed_begin(c);
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < c->e->professors.n; i++) {
		const struct ed_professor *p = &c->e->professors.items[i];
		if (edusign_is_of(p, c->school->id) && !edusign_is_hidden_in(p, c->school->id) &&
		    ed_page_takes(&page))
			put_professor(c, p);
	}
	json_write_end_array(&c->w);
	ed_end(c);
}

void ed_professor_show(struct ed_call *c)
{
	answer(c, ed_professor_of(c, c->id), NO_PROFESSOR);
}

static struct ed_professor *with_email(struct ed_call *c, struct str email)
{
	return str_empty(email) ? NULL : edusign_professor_by_email(c->e, arena_str(c->req->arena, email).p);
}

void ed_professor_by_email(struct ed_call *c)
{
	const struct ed_professor *p = with_email(c, c->id);

	answer(c, p && edusign_is_of(p, c->school->id) ? p : NULL, "Error - cannot get professor by email");
}

static const struct ed_professor *by_api(const struct ed_call *c, struct str api_id)
{
	for (size_t i = 0; i < c->e->professors.n && !str_empty(api_id); i++) {
		const struct ed_professor *p = &c->e->professors.items[i];
		if (edusign_is_of(p, c->school->id) && str_eq(p->api_id, api_id))
			return p;
	}
	return NULL;
}

void ed_professor_find(struct ed_call *c)
{
	const struct ed_professor *p = by_api(c, c->id);

	ed_answer_found(c, p ? p->id : STR_NONE, NO_PROFESSOR);
}

/* ---- professors: writing ---- */

static void set_professor(struct ed_call *c, struct ed_professor *p, const struct json *body)
{
	ed_set(c, body, "FIRSTNAME", &p->first);
	ed_set(c, body, "LASTNAME", &p->last);
	ed_set(c, body, "EMAIL", &p->email);
	ed_set(c, body, "PHONE", &p->phone);
	ed_set(c, body, "SPECIALITY", &p->speciality);
	ed_set(c, body, "API_ID", &p->api_id);
	ed_set(c, body, "API_TYPE", &p->api_type);
	ed_set_texts(c, body, "TAGS", &p->tags);
	if (json_get(body, "HIDDEN"))
		ed_hide_professor(p, c->school->id, json_bool(json_get(body, "HIDDEN"), false));
}

/* An account of another school joins this one, and stays as it is. */
static void join(struct ed_call *c, struct ed_professor *p)
{
	if (!edusign_is_of(p, c->school->id)) {
		if (p->school_count == ED_SCHOOLS) {
			ed_error(c, "Too many schools");
			return;
		}
		p->schools[p->school_count++] = c->school->id;
		c->effect = true;
	}
	ed_answer_created(c, p->id, "linked");
}

/* dontSendCredentials stands beside the professor, and nothing is said by its absence: the mail goes out. */
static void send_credentials(struct ed_call *c, struct ed_professor *p)
{
	if (json_bool(json_get(c->body, "dontSendCredentials"), false))
		return;
	p->credentials++;
	ed_mail(c->e, c->school->id, p->email, "credentials", c->now);
}

void ed_professor_create(struct ed_call *c)
{
	static const char *const required[] = {"FIRSTNAME", "LASTNAME", "EMAIL", NULL};
	const struct json *body = json_get(c->body, "professor");

	if (ed_lacks(c, body, "professor", required))
		return;
	struct str email = json_text(json_get(body, "EMAIL")), api_id = json_text(json_get(body, "API_ID"));
	if (!str_is_email(email)) {
		ed_invalid(c, "\"professor.EMAIL\" must be a valid email");
		return;
	}
	struct ed_professor *other = with_email(c, email);
	bool here = other && edusign_is_of(other, c->school->id), twin = by_api(c, api_id) != NULL;
	if (here && !sim_is(c->sim, SIM_DUPLICATE_LINKS)) {
		ed_error(c, "Professor already exists in this school");
	} else if (other) {
		join(c, other);
	} else if (twin && sim_is(c->sim, SIM_API_ID_UNIQUE)) {
		ed_error(c, "API_ID already used");
	} else {
		c->e->twins += twin;
		struct ed_professor *p =
		        edusign_add_professor(c->e, arena_str(c->req->arena, c->school->id).p, "", "", "");
		set_professor(c, p, body);
		p->by_api = true;
		p->created = c->now;
		send_credentials(c, p);
		c->effect = true;
		ed_answer_created(c, p->id, "created");
	}
}

static void changed(struct ed_call *c, struct ed_professor *p)
{
	c->e->shared_patched += p->school_count > 1;
	p->updated = c->now;
	p->patches++;
	c->effect = true;
}

void ed_professor_patch(struct ed_call *c)
{
	static const char *const required[] = {"ID", "FIRSTNAME", "LASTNAME", "EMAIL", NULL};
	const struct json *body = json_get(c->body, "professor");

	if (ed_lacks(c, body, "professor", required))
		return;
	struct ed_professor *p = ed_professor_of(c, json_text(json_get(body, "ID")));
	struct ed_professor *other = with_email(c, json_text(json_get(body, "EMAIL")));
	if (!p) {
		ed_error(c, NO_PROFESSOR);
		return;
	}
	if (other && other != p) {
		ed_error(c, "Professor already exists in this school");
		return;
	}
	set_professor(c, p, body);
	changed(c, p);
	ed_begin(c);
	json_write_begin_object(&c->w);
	json_put_bool(&c->w, "result", true);
	json_write_end_object(&c->w);
	ed_end(c);
}

static void hide(struct ed_call *c, bool hidden)
{
	struct ed_professor *p = ed_professor_of(c, c->id);

	if (!p) {
		ed_error(c, NO_PROFESSOR);
		return;
	}
	if (edusign_is_hidden_in(p, c->school->id) != hidden) {
		ed_hide_professor(p, c->school->id, hidden);
		c->e->archived += hidden;
		c->e->shared_patched += hidden && p->school_count > 1;
		p->updated = c->now;
		c->effect = true;
	}
	ed_true(c);
}

void ed_professor_archive(struct ed_call *c)
{
	hide(c, true);
}

void ed_professor_restore(struct ed_call *c)
{
	hide(c, false);
}

/* ---- externals ---- */

static struct ed_external *external(struct ed_call *c, struct str id)
{
	for (size_t i = 0; i < c->e->externals.n; i++) {
		struct ed_external *x = &c->e->externals.items[i];
		if (str_eq(x->school, c->school->id) && str_eq(x->id, id))
			return x;
	}
	return NULL;
}

static void put_external(struct ed_call *c, const struct ed_external *x)
{
	json_write_begin_object(&c->w);
	json_put_str(&c->w, "ID", x->id);
	json_put_str(&c->w, "SCHOOL_ID", x->school);
	json_put_str(&c->w, "FIRSTNAME", x->first);
	json_put_str(&c->w, "LASTNAME", x->last);
	json_put_str(&c->w, "EMAIL", x->email);
	json_put_str(&c->w, "COMPANY", x->company);
	ed_put_text(c, "PHONE", x->phone);
	json_put_int(&c->w, "TYPE", 0);
	ed_put_text(c, "API_ID", x->api_id);
	ed_put_text(c, "API_TYPE", x->api_type);
	json_put_int(&c->w, "HIDDEN", x->hidden);
	ed_put_utc(c, "DATE_CREATED", x->created);
	ed_put_utc(c, "DATE_UPDATED", x->updated);
	json_write_end_object(&c->w);
}

static void answer_external(struct ed_call *c, const struct ed_external *x, const char *none)
{
	if (!x) {
		ed_error(c, none);
		return;
	}
	ed_begin(c);
	put_external(c, x);
	ed_end(c);
}

static struct ed_external *external_of_email(struct ed_call *c, struct str email)
{
	return edusign_external(c->e, arena_str(c->req->arena, c->school->id).p, arena_str(c->req->arena, email).p);
}

void ed_externals_list(struct ed_call *c)
{
	struct ed_page page = ed_page(c, PAGE);

	ed_begin(c);
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < c->e->externals.n; i++) {
		const struct ed_external *x = &c->e->externals.items[i];
		if (str_eq(x->school, c->school->id) && !x->hidden && ed_page_takes(&page))
			put_external(c, x);
	}
	json_write_end_array(&c->w);
	ed_end(c);
}

void ed_external_show(struct ed_call *c)
{
	answer_external(c, external(c, c->id), NO_EXTERNAL);
}

void ed_external_by_email(struct ed_call *c)
{
	answer_external(c, external_of_email(c, c->id), "ERR_UNKNOWN_EXTERNAL_BY_EMAIL");
}

void ed_external_find(struct ed_call *c)
{
	struct str id = STR_NONE;

	for (size_t i = 0; i < c->e->externals.n && str_empty(id); i++) {
		const struct ed_external *x = &c->e->externals.items[i];
		if (str_eq(x->school, c->school->id) && str_eq(x->api_id, c->id))
			id = x->id;
	}
	ed_answer_found(c, id, NO_EXTERNAL);
}

static void set_external(struct ed_call *c, struct ed_external *x, const struct json *body)
{
	ed_set(c, body, "FIRSTNAME", &x->first);
	ed_set(c, body, "LASTNAME", &x->last);
	ed_set(c, body, "EMAIL", &x->email);
	ed_set(c, body, "COMPANY", &x->company);
	ed_set(c, body, "PHONE", &x->phone);
	ed_set(c, body, "API_ID", &x->api_id);
	ed_set(c, body, "API_TYPE", &x->api_type);
}

void ed_external_create(struct ed_call *c)
{
	static const char *const required[] = {"FIRSTNAME", "LASTNAME", "EMAIL", NULL};
	const struct json *body = json_get(c->body, "external");

	if (ed_lacks(c, body, "external", required))
		return;
	if (external_of_email(c, json_text(json_get(body, "EMAIL")))) {
		ed_error(c, "External already exists in this school");
		return;
	}
	struct ed_external *x = ed_add_external(c->e, c->school->id);
	set_external(c, x, body);
	x->by_api = true;
	x->created = c->now;
	c->effect = true;
	ed_answer_id(c, x->id);
}

void ed_external_patch(struct ed_call *c)
{
	static const char *const required[] = {"ID", NULL};
	const struct json *body = json_get(c->body, "external");

	if (ed_lacks(c, body, "external", required))
		return;
	struct ed_external *x = external(c, json_text(json_get(body, "ID")));
	if (!x) {
		ed_error(c, NO_EXTERNAL);
		return;
	}
	set_external(c, x, body);
	x->updated = c->now;
	c->effect = true;
	ed_true(c);
}

void ed_external_restore(struct ed_call *c)
{
	struct ed_external *x = external(c, c->id);

	if (!x) {
		ed_error(c, NO_EXTERNAL);
		return;
	}
	c->effect = x->hidden;
	x->hidden = false;
	ed_true(c);
}
