#include "tests/world/edusign_p.h"

#include <stdio.h>
#include <string.h>

/* Courses as they are shown: one, a list, their links. */

#define PAGE       40
#define RANGE_DAYS 90
#define NO_COURSE  "No course with this ID found"

/* ---- one course ---- */

/* What is empty is null in some answers and "" in others: both forms are given, by the course. */
static void put_wobbly(struct ed_call *c, const struct ed_course *k, const char *key, struct str s)
{
	if (str_empty(s) && (k->id.p[1] & 1))
		json_put_text(&c->w, key, "");
	else
		ed_put_text(c, key, s);
}

static void put_mailed(struct ed_call *c, const struct ed_row *r)
{
	if (!r->mailed) {
		json_put_null(&c->w, "signatureEmail");
		return;
	}
	json_write_key(&c->w, "signatureEmail");
	json_write_begin_object(&c->w);
	json_put_int(&c->w, "nbSent", 1);
	json_put_int(&c->w, "requestId", r->key);
	ed_put_utc(c, "signUntil", r->sign_until);
	ed_put_utc(c, "sendEmailDate", r->mailed);
	json_write_end_object(&c->w);
}

static void put_names(struct ed_call *c, const struct ed_row *r)
{
	const struct ed_student *s = ed_student_of(c, r->student);

	if (!s)
		return;
	json_put_str(&c->w, "FIRSTNAME", s->first);
	json_put_str(&c->w, "LASTNAME", s->last);
	json_put_str(&c->w, "EMAIL", s->email);
}

static void put_row(struct ed_call *c, const struct ed_course *k, const struct ed_row *r, bool names)
{
	struct json_writer *w = &c->w;

	json_write_begin_object(w);
	json_put_int(w, "_id", r->key);
	json_put_str(w, "studentId", r->student);
	json_put_str(w, "courseId", k->id);
	json_put_str(w, "schoolId", k->school);
	ed_put_utc(c, "start", k->start);
	ed_put_utc(c, "end", k->end);
	if (!str_empty(r->state_raw)) {
		const struct json *raw = NULL;
		int rc = json_parse(c->req->arena, r->state_raw, NULL, &raw, NULL, NULL);
		REQUIRE(rc == 0);
		json_write_key(w, "state");
		json_write_tree(w, raw);
	} else if (!r->state_missing) {
		json_put_bool(w, "state", r->state);
	}
	ed_put_utc(c, "timestamp", r->timestamp);
	ed_put_text(c, "signature", r->signature);
	ed_put_number(c, "delay", r->delay);
	ed_put_utc(c, "earlyDeparture", r->early);
	ed_put_utc(c, "excluded", r->excluded);
	put_wobbly(c, k, "absenceId", r->absence);
	json_put_str(w, "comment", r->comment);
	put_mailed(c, r);
	if (names)
		put_names(c, r);
	json_write_end_object(w);
}

static void put_place(struct ed_call *c, const struct ed_course *k, unsigned i)
{
	char key[40], signature[40];
	bool taken = i < k->professor_count;

	if (i == 0) {
		snprintf(key, sizeof(key), "PROFESSOR");
		snprintf(signature, sizeof(signature), "PROFESSOR_SIGNATURE");
	} else {
		snprintf(key, sizeof(key), "PROFESSOR_%u", i + 1);
		snprintf(signature, sizeof(signature), "PROFESSOR_SIGNATURE_%u", i + 1);
	}
	ed_put_text(c, key, taken ? k->professors[i] : STR_NONE);
	put_wobbly(c, k, signature, taken ? k->professor_signatures[i] : STR_NONE);
}

static void put_rows(struct ed_call *c, const struct ed_course *k, bool names)
{
	json_write_key(&c->w, "STUDENTS");
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < k->rows.n; i++)
		put_row(c, k, &k->rows.items[i], names);
	json_write_end_array(&c->w);
}

static void put_marks(struct ed_call *c, const struct ed_course *k)
{
	struct json_writer *w = &c->w;

	if (sim_is(c->sim, SIM_LOCKED_BOOLEAN))
		json_put_bool(w, "LOCKED", k->locked);
	else
		json_put_int(w, "LOCKED", k->locked);
	json_put_int(w, "ABSENCE_SENT", k->absence_sent);
	json_put_int(w, "ATTENDANCE_ENDED", k->locked);
	ed_put_text(c, "ATTENDANCE_LIST_GENERATED", k->pdf);
	json_put_int(w, "NEED_STUDENTS_SIGNATURE", !k->no_need);
	json_put_int(w, "SIMPLE_SIGNATURE", 0);
	json_put_int(w, "ZOOM", k->zoom);
	ed_put_number(c, "MAX_STUDENTS", k->max_students);
}

static void put_course(struct ed_call *c, const struct ed_course *k, bool names)
{
	struct json_writer *w = &c->w;

	json_write_begin_object(w);
	json_put_str(w, "ID", k->id);
	json_put_str(w, "NAME", k->name);
	json_put_str(w, "DESCRIPTION", k->description);
	ed_put_utc(c, "START", k->start);
	ed_put_utc(c, "END", k->end);
	for (unsigned i = 0; i < k->professor_count || i < 2; i++)
		put_place(c, k, i);
	json_put_str(w, "CLASSROOM", k->room);
	ed_put_texts(c, "SCHOOL_GROUP", k->groups.v, k->groups.n);
	put_rows(c, k, names);
	put_marks(c, k);
	ed_put_text(c, "API_ID", k->api_id);
	ed_put_text(c, "API_TYPE", k->api_type);
	json_put_text(w, "CREATOR_ID", k->by_api ? "API" : "user");
	ed_put_utc(c, "DATE_CREATED", k->created);
	ed_put_utc(c, "DATE_UPDATED", k->updated);
	ed_put_text(c, "TRAINING_ID", k->training);
	ed_put_text(c, "SURVEY_ID", k->survey);
	ed_put_text(c, "SURVEY_ID_2", k->survey_2);
	ed_put_text(c, "TEACHER_SURVEY", k->teacher_survey);
	json_write_end_object(w);
}

void ed_course_show(struct ed_call *c)
{
	const struct ed_course *k = ed_course_of(c, c->id);

	if (!k) {
		ed_error(c, NO_COURSE);
		return;
	}
	ed_begin(c);
	put_course(c, k, false);
	ed_end(c);
}

void ed_course_find(struct ed_call *c)
{
	struct str id = STR_NONE;

	for (size_t i = 0; i < c->school->courses.n && str_empty(id); i++) {
		const struct ed_course *k = &c->e->courses.items[c->school->courses.items[i]];
		if (!k->deleted && str_eq(k->api_id, c->id))
			id = k->id;
	}
	ed_answer_found(c, id, NO_COURSE);
}

/* ---- the list ---- */

struct filter {
	int64_t from, to; /* of START */
	int64_t updated_from, updated_to, created_from, created_to;
	struct str filters, groups, students, professors, trainings, room, creator, name, signature;
};

/* A date alone is midnight there; as an end the day counts whole, unless by switch. Nothing usable leaves *out. */
static void bound(struct ed_call *c, struct str s, bool end, int64_t *out)
{
	int32_t day;
	int64_t at;

	s = str_trim(s);
	if (s.n > 10) {
		unsigned naive = c->e->naive_times;
		if (ed_time(c, s, &at))
			*out = at;
		c->e->naive_times = naive; /* those of bodies are counted */
		return;
	}
	if (day_parse(s, &day) != 0)
		return;
	if (end && !sim_is(c->sim, SIM_END_EXCLUSIVE))
		day++;
	at = (int64_t)day * 86400;
	if (sim_is(c->sim, SIM_NAIVE_LOCAL)) {
		struct tz *tz = NULL;
		int rc = tz_open(arena_str(c->req->arena, c->school->timezone).p, &tz);
		REQUIRE(rc == 0);
		at = tz_to_utc(tz, day, 0, 0);
		tz_close(&tz);
	}
	*out = end ? at - 1 : at;
}

static void pair(struct ed_call *c, const char *name, int64_t *from, int64_t *to)
{
	struct str rest = ed_query(c, name);

	bound(c, ed_cut(&rest, ','), false, from);
	bound(c, rest, true, to);
}

/* False: an error was answered. */
static bool read_filter(struct ed_call *c, struct filter *f)
{
	const int64_t most = (int64_t)RANGE_DAYS * 86400;

	*f = (struct filter){INT64_MIN, INT64_MAX, INT64_MIN, INT64_MAX, INT64_MIN, INT64_MAX};
	bound(c, ed_query(c, "start"), false, &f->from);
	bound(c, ed_query(c, "end"), true, &f->to);
	/* the last day of a range of dates counts whole: 90 days from the first midnight to the last, and that day */
	if (f->from != INT64_MIN && f->to != INT64_MAX && f->to - f->from >= most + 86400) {
		if (sim_is(c->sim, SIM_WIDE_RANGE_ERROR)) {
			ed_error(c, "Date range can not exceed 90 days");
			return false;
		}
		f->to = f->from + most;
	}
	pair(c, "dateUpdated", &f->updated_from, &f->updated_to);
	pair(c, "dateCreated", &f->created_from, &f->created_to);
	f->filters = ed_query(c, "filters");
	f->groups = ed_query(c, "groupId");
	f->students = ed_query(c, "studentId");
	f->professors = ed_query(c, "professorId");
	f->trainings = ed_query(c, "trainingId");
	f->room = ed_query(c, "classroom");
	f->creator = ed_query(c, "creatorId");
	f->name = ed_query(c, "courseName");
	f->signature = ed_query(c, "professorSignature");
	return true;
}

static bool within(int64_t at, int64_t from, int64_t to)
{
	if (from == INT64_MIN && to == INT64_MAX)
		return true;
	return at && at >= from && at <= to;
}

static bool state_fits(const struct ed_course *k, struct str filters)
{
	static const char *const words[] = {"locked", "unlocked", "absencessent", "absencesnotsent"};
	const bool fits[] = {k->locked, !k->locked, k->absence_sent, !k->absence_sent};

	if (str_empty(filters))
		return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (ed_in_list(filters, str_of(words[i])) && !fits[i])
			return false;
	return true;
}

static bool people_fit(const struct ed_course *k, const struct filter *f)
{
	bool student = str_empty(f->students), professor = str_empty(f->professors), group = str_empty(f->groups);
	bool by_signature =
	        str_empty(f->signature) || str_eqz(f->signature, "true") == !str_empty(k->professor_signatures[0]);

	for (size_t i = 0; i < k->rows.n && !student; i++)
		student = ed_in_list(f->students, k->rows.items[i].student);
	for (size_t i = 0; i < k->professor_count && !professor; i++)
		professor = ed_in_list(f->professors, k->professors[i]);
	for (size_t i = 0; i < k->groups.n && !group; i++)
		group = ed_in_list(f->groups, k->groups.v[i]);
	return student && professor && group && by_signature;
}

static bool matches(const struct ed_course *k, const struct filter *f)
{
	return !k->deleted && within(k->start, f->from, f->to) &&
	       within(k->updated, f->updated_from, f->updated_to) &&
	       within(k->created, f->created_from, f->created_to) && state_fits(k, f->filters) &&
	       ed_in_list(f->trainings, k->training) && (str_empty(f->room) || str_eq(f->room, k->room)) &&
	       (str_empty(f->creator) || str_eqz(f->creator, k->by_api ? "API" : "user")) &&
	       (str_empty(f->name) || str_eq(f->name, k->name)) && people_fit(k, f);
}

void ed_courses_list(struct ed_call *c)
{
	struct ed_page page = ed_page(c, PAGE);
	struct filter f;
	bool names = str_eqz(ed_query(c, "infoStudents"), "true");

	if (!read_filter(c, &f))
		return;
	ed_begin(c);
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < c->school->courses.n; i++) {
		const struct ed_course *k = &c->e->courses.items[c->school->courses.items[i]];
		if (!matches(k, &f) || !ed_page_takes(&page))
			continue;
		put_course(c, k, names);
		names = false; /* only the first course gets them */
	}
	json_write_end_array(&c->w);
	ed_end(c);
}

/* ---- signature links ---- */

static void put_link(struct ed_call *c, const struct ed_course *k, struct str person, const bool *state)
{
	json_write_begin_object(&c->w);
	json_put_str(&c->w, "ID", person);
	json_put_text(
	        &c->w, "SIGNATURE_LINK",
	        arena_printf(c->req->arena, "https://sign.edusign.test/%.*s/%.*s", STR_ARG(k->id), STR_ARG(person)));
	if (state)
		json_put_bool(&c->w, "state", *state);
	json_write_end_object(&c->w);
}

void ed_course_links(struct ed_call *c)
{
	const struct ed_course *k = ed_course_of(c, c->id);

	if (!k) {
		ed_error(c, NO_COURSE);
		return;
	}
	ed_begin(c);
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < k->rows.n; i++)
		if (ed_in_list(ed_query(c, "studentids"), k->rows.items[i].student))
			put_link(c, k, k->rows.items[i].student, &k->rows.items[i].state);
	json_write_end_array(&c->w);
	ed_end(c);
}

void ed_course_professor_links(struct ed_call *c)
{
	const struct ed_course *k = ed_course_of(c, c->id);

	if (!k) {
		ed_error(c, NO_COURSE);
		return;
	}
	ed_begin(c);
	json_write_begin_array(&c->w);
	for (unsigned i = 0; i < k->professor_count; i++)
		put_link(c, k, k->professors[i], NULL);
	json_write_end_array(&c->w);
	ed_end(c);
}
