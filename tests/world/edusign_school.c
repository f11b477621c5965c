#include "tests/world/edusign_p.h"

/* The school itself, its groups, trainings and rooms, and justified absences. */

#define GROUP_PAGE         100
#define TRAINING_PAGE      50
#define JUSTIFICATION_PAGE 40
#define NO_GROUP           "No group with this ID found"
#define NO_TRAINING        "No training with this ID found"

/* ---- school ---- */

static void put_absence_types(struct ed_call *c)
{
	json_write_key(&c->w, "absencesType");
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < c->e->reasons.n; i++) {
		const struct ed_reason *r = &c->e->reasons.items[i];
		if (!str_eq(r->school, c->school->id))
			continue;
		json_write_begin_object(&c->w);
		json_put_int(&c->w, "id", r->id);
		json_put_str(&c->w, "name", r->name);
		json_write_end_object(&c->w);
	}
	json_write_end_array(&c->w);
}

/* Only its camel-cased form is public; by switch as the rest of v1. */
void ed_school_show(struct ed_call *c)
{
	const struct ed_school *s = c->school;
	bool upper = sim_is(c->sim, SIM_SCHOOL_UPPER);

	ed_begin(c);
	json_write_begin_object(&c->w);
	json_put_str(&c->w, upper ? "ID" : "id", s->id);
	json_put_str(&c->w, upper ? "NAME" : "name", s->name);
	json_put_str(&c->w, upper ? "TIMEZONE" : "timezone", s->timezone);
	ed_put_text(c, upper ? "CONNECTOR" : "connector", s->connector);
	json_put_text(&c->w, upper ? "LANGUAGE" : "language", "fr");
	put_absence_types(c);
	json_write_end_object(&c->w);
	ed_end(c);
}

void ed_school_patch(struct ed_call *c)
{
	const struct json *body = json_get(c->body, "school");

	if (!body || body->kind != JSON_OBJECT) {
		ed_invalid(c, "\"school\" is required");
		return;
	}
	ed_set(c, body, "NAME", &c->school->name);
	c->effect = true;
	ed_true(c);
}

/* ---- groups ---- */

static void put_group(struct ed_call *c, const struct ed_group *g)
{
	json_write_begin_object(&c->w);
	json_put_str(&c->w, "ID", g->id);
	json_put_str(&c->w, "id", g->id);
	json_put_str(&c->w, "NAME", g->name);
	json_put_str(&c->w, "DESCRIPTION", g->description);
	json_put_str(&c->w, "SCHOOL_ID", g->school);
	ed_put_texts(c, "STUDENTS", g->students.v, g->students.n);
	ed_put_text(c, "PARENT", g->parent);
	json_put_int(&c->w, "HIDDEN", 0);
	ed_put_text(c, "API_ID", g->api_id);
	ed_put_text(c, "API_TYPE", g->api_type);
	ed_put_utc(c, "DATE_CREATED", g->created);
	ed_put_utc(c, "DATE_UPDATED", g->updated);
	json_write_end_object(&c->w);
}

void ed_groups_list(struct ed_call *c)
{
	struct ed_page page = ed_page(c, GROUP_PAGE);

	ed_begin(c);
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < c->school->groups.n; i++) {
		const struct ed_group *g = &c->e->groups.items[c->school->groups.items[i]];
		if (!g->deleted && ed_page_takes(&page))
			put_group(c, g);
	}
	json_write_end_array(&c->w);
	ed_end(c);
}

void ed_group_show(struct ed_call *c)
{
	const struct ed_group *g = ed_group_of(c, c->id);

	if (!g) {
		ed_error(c, NO_GROUP);
		return;
	}
	ed_begin(c);
	put_group(c, g);
	ed_end(c);
}

static const struct ed_group *group_by_api(const struct ed_call *c, struct str api_id)
{
	for (size_t i = 0; i < c->school->groups.n && !str_empty(api_id); i++) {
		const struct ed_group *g = &c->e->groups.items[c->school->groups.items[i]];
		if (!g->deleted && str_eq(g->api_id, api_id))
			return g;
	}
	return NULL;
}

void ed_group_find(struct ed_call *c)
{
	const struct ed_group *g = group_by_api(c, c->id);

	ed_answer_found(c, g ? g->id : STR_NONE, NO_GROUP);
}

static void set_group(struct ed_call *c, struct ed_group *g, const struct json *body)
{
	ed_set(c, body, "NAME", &g->name);
	ed_set(c, body, "DESCRIPTION", &g->description);
	ed_set(c, body, "PARENT", &g->parent);
	ed_set(c, body, "API_ID", &g->api_id);
	ed_set(c, body, "API_TYPE", &g->api_type);
	ed_set_texts(c, body, "STUDENTS", &g->students); /* the whole list, each time */
}

void ed_group_create(struct ed_call *c)
{
	static const char *const required[] = {"NAME", NULL};
	const struct json *body = json_get(c->body, "group");

	if (ed_lacks(c, body, "group", required))
		return;
	bool twin = group_by_api(c, json_text(json_get(body, "API_ID"))) != NULL;
	if (twin && sim_is(c->sim, SIM_API_ID_UNIQUE)) {
		ed_error(c, "API_ID already used");
		return;
	}
	c->e->twins += twin;
	struct ed_group *g = edusign_add_group(c->e, arena_str(c->req->arena, c->school->id).p, "");
	set_group(c, g, body);
	g->by_api = true;
	g->created = c->now;
	c->effect = true;
	ed_answer_id(c, g->id);
}

void ed_group_patch(struct ed_call *c)
{
	static const char *const required[] = {"ID", NULL};
	const struct json *body = json_get(c->body, "group");

	if (ed_lacks(c, body, "group", required))
		return;
	struct ed_group *g = ed_group_of(c, json_text(json_get(body, "ID")));
	if (!g) {
		ed_error(c, NO_GROUP);
		return;
	}
	set_group(c, g, body);
	g->updated = c->now;
	c->effect = true;
	ed_true(c);
}

void ed_group_delete(struct ed_call *c)
{
	struct ed_group *g = ed_group_of(c, c->id);

	if (!g) {
		ed_error(c, NO_GROUP);
		return;
	}
	g->deleted = true;
	g->updated = c->now;
	c->e->archived++;
	c->effect = true;
	ed_true(c);
}

/* ---- trainings: bodies are flat ---- */

static struct ed_training *training(struct ed_call *c, struct str id)
{
	for (size_t i = 0; i < c->e->trainings.n; i++) {
		struct ed_training *t = &c->e->trainings.items[i];
		if (str_eq(t->school, c->school->id) && str_eq(t->id, id))
			return t;
	}
	return NULL;
}

/* Of the path, or an error answered. */
static struct ed_training *wanted_training(struct ed_call *c)
{
	struct ed_training *t = training(c, c->id);

	if (!t)
		ed_error(c, NO_TRAINING);
	return t;
}

static void put_training(struct ed_call *c, const struct ed_training *t, bool list)
{
	json_write_begin_object(&c->w);
	json_put_str(&c->w, "ID", t->id);
	json_put_str(&c->w, "NAME", t->name);
	ed_put_utc(c, "START", t->start);
	ed_put_utc(c, "END", t->end);
	json_put_str(&c->w, "GOALS", t->goals);
	ed_put_texts(c, "STUDENT_IDS", t->students.v, t->students.n);
	ed_put_texts(c, "PROFESSOR_IDS", t->professors.v, t->professors.n);
	if (list)
		json_put_bool(&c->w, "ARCHIVED", t->archived);
	else
		json_put_int(&c->w, "ARCHIVED", t->archived);
	ed_put_text(c, "API_ID", t->api_id);
	ed_put_text(c, "API_TYPE", t->api_type);
	json_put_str(&c->w, "SCHOOL_ID", t->school);
	ed_put_utc(c, "DATE_CREATED", t->created);
	ed_put_utc(c, "DATE_UPDATED", t->updated);
	json_write_end_object(&c->w);
}

void ed_trainings_list(struct ed_call *c)
{
	struct ed_page page = ed_page(c, TRAINING_PAGE);
	struct str name = ed_query(c, "name");
	bool archived = str_eqz(ed_query(c, "archived"), "true");

	ed_begin(c);
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < c->e->trainings.n; i++) {
		const struct ed_training *t = &c->e->trainings.items[i];
		if (str_eq(t->school, c->school->id) && t->archived == archived &&
		    (str_empty(name) || str_eq(t->name, name)) && ed_page_takes(&page))
			put_training(c, t, true);
	}
	json_write_end_array(&c->w);
	ed_end(c);
}

void ed_training_show(struct ed_call *c)
{
	const struct ed_training *t = wanted_training(c);

	if (!t)
		return;
	ed_begin(c);
	put_training(c, t, false);
	ed_end(c);
}

/* False: an error was answered. */
static bool set_training(struct ed_call *c, struct ed_training *t)
{
	int64_t start = t->start, end = t->end;
	int32_t day;
	struct str from = json_text(json_get(c->body, "START")), to = json_text(json_get(c->body, "END"));

	if (from.n && !ed_time(c, from, &start)) {
		if (day_parse(from, &day)) {
			ed_invalid(c, "\"START\" must be a valid date");
			return false;
		}
		start = (int64_t)day * 86400;
	}
	if (to.n && !ed_time(c, to, &end)) {
		if (day_parse(to, &day)) {
			ed_invalid(c, "\"END\" must be a valid date");
			return false;
		}
		end = (int64_t)day * 86400;
	}
	t->start = start;
	t->end = end;
	ed_set(c, c->body, "NAME", &t->name);
	ed_set(c, c->body, "GOALS", &t->goals);
	ed_set(c, c->body, "API_ID", &t->api_id);
	ed_set(c, c->body, "API_TYPE", &t->api_type);
	ed_set_texts(c, c->body, "STUDENTS", &t->students);
	ed_set_texts(c, c->body, "PROFESSORS", &t->professors);
	return true;
}

void ed_training_create(struct ed_call *c)
{
	static const char *const required[] = {"NAME", "START", "END", NULL};
	struct ed_training made = {.by_api = true, .created = c->now};

	if (ed_lacks(c, c->body, "training", required) || !set_training(c, &made))
		return;
	struct ed_training *t = ed_add_training(c->e, c->school->id);
	made.id = t->id;
	made.school = t->school;
	*t = made;
	c->effect = true;
	ed_begin(c);
	json_write_str(&c->w, t->id); /* bare, unlike every other */
	ed_end(c);
}

void ed_training_put(struct ed_call *c)
{
	struct ed_training *t = wanted_training(c);

	if (!t || !set_training(c, t))
		return;
	t->updated = c->now;
	c->effect = true;
	ed_true(c);
}

void ed_training_archive(struct ed_call *c)
{
	struct ed_training *t = wanted_training(c);

	if (!t)
		return;
	c->effect = !t->archived;
	t->archived = true;
	t->updated = c->now;
	ed_true(c);
}

static void change_resources(struct ed_call *c, bool add)
{
	struct ed_training *t = wanted_training(c);
	struct texts students = {NULL, 0}, professors = {NULL, 0};

	if (!t)
		return;
	ed_set_texts(c, c->body, "studentsIds", &students);
	ed_set_texts(c, c->body, "professorsIds", &professors);
	for (size_t i = 0; i < students.n; i++) {
		if (add)
			ed_texts_add(c->e, &t->students, students.v[i]);
		else
			ed_texts_del(&t->students, students.v[i]);
	}
	for (size_t i = 0; i < professors.n; i++) {
		if (add)
			ed_texts_add(c->e, &t->professors, professors.v[i]);
		else
			ed_texts_del(&t->professors, professors.v[i]);
	}
	t->updated = c->now;
	c->effect = true;
	ed_true(c);
}

void ed_training_add(struct ed_call *c)
{
	change_resources(c, true);
}

void ed_training_remove(struct ed_call *c)
{
	change_resources(c, false);
}

/* ---- rooms ---- */

void ed_rooms_list(struct ed_call *c)
{
	ed_begin(c);
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < c->e->rooms.n; i++) {
		const struct ed_room *r = &c->e->rooms.items[i];
		if (!str_eq(r->school, c->school->id))
			continue;
		json_write_begin_object(&c->w);
		json_put_str(&c->w, "ID", r->id);
		json_put_str(&c->w, "NAME", r->name);
		json_write_end_object(&c->w);
	}
	json_write_end_array(&c->w);
	ed_end(c);
}

/* ---- justified absences ---- */

static void put_justification(struct ed_call *c, const struct ed_justification *j)
{
	json_write_begin_object(&c->w);
	json_put_str(&c->w, "ID", j->id);
	ed_put_text(c, "STUDENT_ID", j->student);
	json_put_int(&c->w, "TYPE", j->type);
	json_put_str(&c->w, "COMMENT", j->comment);
	ed_put_text(c, "FILE_URL", j->file);
	ed_put_utc(c, "DATE_CREATION", j->created);
	ed_put_utc(c, "REQUEST_DATE", j->created);
	ed_put_utc(c, "START", j->start);
	ed_put_utc(c, "END", j->end);
	json_write_end_object(&c->w);
}

void ed_justifications_list(struct ed_call *c)
{
	struct ed_page page = ed_page(c, JUSTIFICATION_PAGE);

	ed_begin(c);
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < c->e->justifications.n; i++) {
		const struct ed_justification *j = &c->e->justifications.items[i];
		if (str_eq(j->school, c->school->id) && ed_page_takes(&page))
			put_justification(c, j);
	}
	json_write_end_array(&c->w);
	ed_end(c);
}

/* The body is flat; the row of that student on that course gets its absenceId. */
void ed_justification_create(struct ed_call *c)
{
	struct ed_course *k = ed_course_of(c, json_text(json_get(c->body, "COURSE_ID")));
	struct str student = json_text(json_get(c->body, "STUDENT_ID"));
	struct ed_row *row = k ? edusign_row(k, student) : NULL;

	if (!k) {
		ed_error(c, "No course with this ID found");
		return;
	}
	if (!row) {
		ed_error(c, "Student not in the list");
		return;
	}
	struct ed_justification *j =
	        ed_add_justification(c->e, k, student, json_int(json_get(c->body, "TYPE"), 0), c->now);
	ed_set(c, c->body, "COMMENT", &j->comment);
	row->absence = j->id;
	k->updated = c->now;
	c->effect = true;
	ed_answer_id(c, j->id);
}

void ed_reasons_list(struct ed_call *c)
{
	ed_begin(c);
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < c->e->reasons.n; i++) {
		const struct ed_reason *r = &c->e->reasons.items[i];
		if (!str_eq(r->school, c->school->id))
			continue;
		json_write_begin_object(&c->w);
		json_put_int(&c->w, "ID", r->id);
		json_put_str(&c->w, "NAME", r->name);
		json_write_end_object(&c->w);
	}
	json_write_end_array(&c->w);
	ed_end(c);
}
