#include "tests/world/edusign_p.h"

#include <stdio.h>
#include <string.h>

/* Courses as they are made, changed, locked and removed. */

#define NO_COURSE "No course with this ID found"
#define LOCKED    "course locked"

/* The course of the path, or an error answered. */
static struct ed_course *target(struct ed_call *c, struct str id)
{
	struct ed_course *k = ed_course_of(c, id);

	if (!k)
		ed_error(c, NO_COURSE);
	return k;
}

static void changed(struct ed_call *c, struct ed_course *k)
{
	k->updated = c->now;
	c->effect = true;
	if (!k->by_api)
		c->e->hand_made_changed++;
}

/* ---- instructors ---- */

struct places {
	struct str ids[ED_PROFESSORS], signatures[ED_PROFESSORS];
	int64_t times[ED_PROFESSORS];
	unsigned n;
};

static void place_key(const char *name, unsigned i, char key[40])
{
	if (i == 0)
		snprintf(key, 40, "%s", name);
	else
		snprintf(key, 40, "%s_%u", name, i + 1);
}

static void read_place(struct ed_call *c, const struct ed_course *k, const struct json *body, bool whole, unsigned i,
                       struct places *p)
{
	bool had = i < k->professor_count && !whole;
	struct str id = had ? k->professors[i] : STR_NONE;
	struct str signature = had ? k->professor_signatures[i] : STR_NONE;
	char key[40];

	place_key("PROFESSOR", i, key);
	if (ed_set(c, body, key, &id) && had && !str_eq(id, k->professors[i]))
		signature = STR_NONE;
	if (!sim_is(c->sim, SIM_PATCH_KEEPS_SIGNATURES))
		signature = STR_NONE;
	place_key("PROFESSOR_SIGNATURE", i, key);
	ed_set(c, body, key, &signature);
	if (str_empty(id))
		return;
	p->ids[p->n] = id;
	p->signatures[p->n] = signature;
	p->times[p->n] = str_empty(signature) ? 0 : i < k->professor_count ? k->professor_timestamps[i] : c->now;
	p->n++;
}

/* PROFESSOR, PROFESSOR_2, …: those given are set, "" takes one away, holes close. False: an error was answered. */
static bool read_places(struct ed_call *c, const struct ed_course *k, const struct json *body, bool whole,
                        struct places *p)
{
	*p = (struct places){.n = 0};
	for (unsigned i = 0; i < ED_PROFESSORS; i++)
		read_place(c, k, body, whole, i, p);
	if (!p->n) {
		ed_invalid(c, "\"course.PROFESSOR\" is required");
		return false;
	}
	for (unsigned i = 0; i < p->n; i++)
		if (!ed_professor_of(c, p->ids[i])) {
			ed_error(c, "Professor not found");
			return false;
		}
	return true;
}

static void set_places(struct ed_course *k, const struct places *p)
{
	memcpy(k->professors, p->ids, sizeof(k->professors));
	memcpy(k->professor_signatures, p->signatures, sizeof(k->professor_signatures));
	memcpy(k->professor_timestamps, p->times, sizeof(k->professor_timestamps));
	k->professor_count = p->n;
}

/* ---- the rest of a body ---- */

/* False: an error was answered. */
static bool read_times(struct ed_call *c, const struct json *body, int64_t *start, int64_t *end)
{
	static const char *const keys[] = {"START", "END"};
	int64_t *const times[] = {start, end};

	for (int i = 0; i < 2; i++) {
		if (!json_get(body, keys[i]) || ed_time(c, json_text(json_get(body, keys[i])), times[i]))
			continue;
		ed_invalid(c, arena_printf(c->req->arena, "\"course.%s\" must be a valid date", keys[i]));
		return false;
	}
	if (*end > *start)
		return true;
	ed_invalid(c, "\"course.END\" must be after \"course.START\"");
	return false;
}

static void reset(struct ed_call *c, struct ed_course *k)
{
	k->description = k->room = k->training = k->api_id = k->api_type = STR_NONE;
	k->survey = k->survey_2 = k->teacher_survey = STR_NONE;
	k->groups = (struct texts){NULL, 0};
	k->max_students = 0;
	k->zoom = k->no_need = false;
	if (!sim_is(c->sim, SIM_NO_FROM_STUDENTS))
		memset(&k->rows, 0, sizeof(k->rows));
}

static void set_fields(struct ed_call *c, struct ed_course *k, const struct json *body)
{
	ed_set(c, body, "NAME", &k->name);
	ed_set(c, body, "DESCRIPTION", &k->description);
	ed_set(c, body, "CLASSROOM", &k->room);
	ed_set(c, body, "API_ID", &k->api_id);
	ed_set(c, body, "API_TYPE", &k->api_type);
	ed_set(c, body, "TRAINING_ID", &k->training);
	ed_set(c, body, "SURVEY_ID", &k->survey);
	ed_set(c, body, "SURVEY_ID_2", &k->survey_2);
	ed_set(c, body, "TEACHER_SURVEY", &k->teacher_survey);
	k->max_students = json_int(json_get(body, "MAX_STUDENTS"), k->max_students);
	k->zoom = json_bool(json_get(body, "ZOOM"), k->zoom);
	k->no_need = !json_bool(json_get(body, "NEED_STUDENTS_SIGNATURE"), !k->no_need);
}

/* Groups that are new on the sheet bring their members; nobody leaves with a group. */
static void set_groups(struct ed_call *c, struct ed_course *k, const struct json *body)
{
	struct texts before = k->groups;

	if (!ed_set_texts(c, body, "SCHOOL_GROUP", &k->groups))
		return;
	for (size_t i = 0; i < k->groups.n; i++) {
		const struct ed_group *g =
		        ed_texts_has(&before, k->groups.v[i]) ? NULL : ed_group_of(c, k->groups.v[i]);
		for (size_t n = 0; g && n < g->students.n; n++) {
			const struct ed_student *s = ed_student_of(c, g->students.v[n]);
			if (s && !s->hidden)
				edusign_add_row(c->e, k, s->id);
		}
	}
}

/* The roster as sent: rows of those who stay are kept as they are, unknown ids are passed over. */
static void set_students(struct ed_call *c, struct ed_course *k, const struct ed_course *before,
                         const struct json *body)
{
	const struct json *list = json_get(body, "STUDENTS");

	if (!list || list->kind != JSON_ARRAY || !str_eqz(ed_query(c, "fromStudents"), "true") ||
	    sim_is(c->sim, SIM_NO_FROM_STUDENTS))
		return;
	memset(&k->rows, 0, sizeof(k->rows));
	for (const struct json *j = list->first; j; j = j->next) {
		struct str id = json_text(json_get(j, "studentId"));
		if (!ed_student_of(c, id) || edusign_row(k, id))
			continue;
		edusign_add_row(c->e, k, id);
		struct ed_row *row = &k->rows.items[k->rows.n - 1];
		row->by_api = true;
		for (size_t i = 0; i < before->rows.n; i++)
			if (str_eq(before->rows.items[i].student, id))
				*row = before->rows.items[i];
	}
}

/* ---- create ---- */

static bool is_known(const struct ed_call *c, struct str api_id)
{
	for (size_t i = 0; i < c->school->courses.n && !str_empty(api_id); i++) {
		const struct ed_course *k = &c->e->courses.items[c->school->courses.items[i]];
		if (!k->deleted && str_eq(k->api_id, api_id))
			return true;
	}
	return false;
}

void ed_course_create(struct ed_call *c)
{
	static const char *const required[] = {"NAME", "START", "END", "PROFESSOR", NULL};
	static const struct ed_course none;
	const struct json *body = json_get(c->body, "course");
	struct places places;
	int64_t start = 0, end = 0;

	if (ed_lacks(c, body, "course", required) || !read_times(c, body, &start, &end) ||
	    !read_places(c, &none, body, false, &places))
		return;
	bool known = is_known(c, json_text(json_get(body, "API_ID")));
	if (known && sim_is(c->sim, SIM_API_ID_UNIQUE)) {
		ed_error(c, "API_ID already used");
		return;
	}
	c->e->twins += known;
	struct ed_course *k = edusign_add_course(c->e, arena_str(c->req->arena, c->school->id).p, "", start, end);
	k->by_api = true;
	k->created = c->now;
	set_fields(c, k, body);
	set_places(k, &places);
	set_students(c, k, &none, body);
	set_groups(c, k, body);
	c->effect = true;
	ed_answer_id(c, k->id);
}

/* ---- change ---- */

static void erase_signatures(struct ed_course *k)
{
	for (size_t i = 0; i < k->rows.n; i++) {
		struct ed_row *r = &k->rows.items[i];
		if (!str_empty(r->signature))
			r->state = false;
		r->signature = STR_NONE;
		r->timestamp = 0;
	}
}

static unsigned signatures(const struct ed_course *k)
{
	unsigned n = 0;

	for (unsigned i = 0; i < k->professor_count; i++)
		n += !str_empty(k->professor_signatures[i]);
	for (size_t i = 0; i < k->rows.n; i++)
		n += !str_empty(k->rows.items[i].signature);
	return n;
}

void ed_course_patch(struct ed_call *c)
{
	static const char *const required[] = {"ID", NULL};
	const struct json *body = json_get(c->body, "course");
	bool whole = sim_is(c->sim, SIM_PATCH_WHOLE);
	struct places places;

	if (ed_lacks(c, body, "course", required))
		return;
	struct ed_course *k = target(c, json_text(json_get(body, "ID")));
	if (!k)
		return;
	if (k->locked) {
		ed_error(c, LOCKED);
		return;
	}
	int64_t start = k->start, end = k->end;
	if (!read_times(c, body, &start, &end) || !read_places(c, k, body, whole, &places))
		return;
	struct ed_course before = *k;
	unsigned had = signatures(k);
	if (whole)
		reset(c, k);
	k->start = start;
	k->end = end;
	set_fields(c, k, body);
	set_places(k, &places);
	set_groups(c, k, body);
	set_students(c, k, &before, body);
	if (!sim_is(c->sim, SIM_PATCH_KEEPS_SIGNATURES))
		erase_signatures(k);
	k->patches++;
	k->lost_signatures += had > signatures(k) ? had - signatures(k) : 0;
	changed(c, k);
	if (sim_is(c->sim, SIM_PATCH_BOOLEAN))
		ed_true(c);
	else
		ed_answer_id(c, k->id);
}

void ed_course_delete(struct ed_call *c)
{
	struct ed_course *k = target(c, c->id);

	if (!k)
		return;
	if ((k->locked || edusign_is_signed(k)) && !sim_is(c->sim, SIM_DELETE_SIGNED)) {
		ed_error(c, k->locked ? LOCKED : "Course already signed");
		return;
	}
	k->lost_signatures += signatures(k);
	k->deleted = true;
	changed(c, k);
	ed_true(c);
}

/* ---- roster ---- */

void ed_roster_add(struct ed_call *c)
{
	struct ed_course *k = target(c, c->id);
	struct str id = json_text(json_get(c->body, "studentId"));

	if (!k)
		return;
	if (k->locked) {
		ed_error(c, LOCKED);
	} else if (!ed_student_of(c, id)) {
		ed_error(c, "No student with this ID found");
	} else if (edusign_row(k, id)) {
		if (sim_is(c->sim, SIM_PUT_ATTENDANCE_ERROR))
			ed_error(c, "Student already in the list");
		else
			ed_true(c);
	} else {
		edusign_add_row(c->e, k, id);
		k->rows.items[k->rows.n - 1].by_api = true;
		changed(c, k);
		ed_true(c);
	}
}

void ed_roster_remove(struct ed_call *c)
{
	struct ed_course *k = target(c, c->id);
	struct str id = json_text(json_get(c->body, "studentId"));

	if (!k)
		return;
	const struct ed_row *row = edusign_row(k, id);
	if (k->locked) {
		ed_error(c, LOCKED);
	} else if (str_empty(id)) {
		ed_invalid(c, "\"studentId\" is required");
	} else if (!row) {
		if (sim_is(c->sim, SIM_DELETE_ATTENDANCE_ERROR))
			ed_error(c, "Student not in the list");
		else
			ed_true(c);
	} else {
		k->lost_signatures += !str_empty(row->signature);
		edusign_remove_row(k, id);
		changed(c, k);
		ed_true(c);
	}
}

/* ---- lock ---- */

void ed_course_lock(struct ed_call *c)
{
	struct ed_course *k = target(c, c->id);

	if (!k)
		return;
	if (k->locked) {
		ed_error(c, "Course already locked");
		return;
	}
	edusign_lock(c->e, k, c->now);
	changed(c, k);
	ed_begin(c);
	json_write_begin_object(&c->w);
	json_put_str(&c->w, "link", k->pdf);
	json_write_end_object(&c->w);
	ed_end(c);
}

void ed_course_unlock(struct ed_call *c)
{
	struct ed_course *k = target(c, c->id);

	if (!k)
		return;
	if (k->locked) {
		edusign_unlock(k, c->now);
		changed(c, k);
	}
	ed_true(c);
}

/* ---- presence ---- */

static struct ed_row *row_of(struct ed_call *c, struct ed_course **course)
{
	struct ed_course *k = target(c, c->id);
	struct ed_row *row = k ? edusign_row(k, c->id2) : NULL;

	if (!k)
		return NULL;
	if (k->locked)
		ed_error(c, LOCKED);
	else if (!row)
		ed_error(c, "Student not in the list");
	*course = k;
	return k->locked ? NULL : row;
}

void ed_state_absent(struct ed_call *c)
{
	struct ed_course *k = NULL;
	struct ed_row *row = row_of(c, &k);

	if (!row)
		return;
	row->state = false;
	ed_set(c, c->body, "comment", &row->comment);
	changed(c, k);
	ed_true(c);
}

void ed_state_delay(struct ed_call *c)
{
	struct ed_course *k = NULL;
	struct ed_row *row = row_of(c, &k);
	int64_t minutes;

	if (!row)
		return;
	if (!json_is_int(json_get(c->body, "delay"), &minutes) || minutes < 0 || minutes > 1440) {
		ed_invalid(c, "\"delay\" must be an integer");
		return;
	}
	row->delay = (int)minutes;
	changed(c, k);
	ed_true(c);
}

void ed_state_early(struct ed_call *c)
{
	struct ed_course *k = NULL;
	struct ed_row *row = row_of(c, &k);

	if (!row)
		return;
	if (!ed_time(c, json_text(json_get(c->body, "earlyDate")), &row->early)) {
		ed_invalid(c, "\"earlyDate\" must be a valid date");
		return;
	}
	changed(c, k);
	ed_true(c);
}

/* ---- mails ---- */

void ed_course_send_mails(struct ed_call *c)
{
	struct ed_course *k = target(c, json_text(json_get(c->body, "course")));
	const struct json *ids = json_get(c->body, "students");

	if (!k)
		return;
	for (const struct json *j = ids ? ids->first : NULL; j; j = j->next) {
		struct ed_row *row = edusign_row(k, json_text(j));
		const struct ed_student *s = ed_student_of(c, json_text(j));
		if (!row || !s)
			continue;
		row->mailed = c->now;
		row->sign_until = k->end;
		ed_mail(c->e, k->school, s->email, "signature", c->now);
		changed(c, k);
	}
	ed_true(c);
}
