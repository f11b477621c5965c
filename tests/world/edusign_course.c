#include <stdio.h>
#include <string.h>

#include "core/base/tz.h"
#include "tests/world/edusign_p.h"

#define PAGE 40
#define RANGE_DAYS 90

static struct ed_course *course_of(struct ed_call *c, struct str id)
{
	struct ed_course *k = edusign_course_by_id(c->e, id);
	return k && str_eq(k->school, c->school->id) ? k : NULL;
}

static bool has_signature(const struct ed_course *k)
{
	for (unsigned i = 0; i < k->professor_count; i++)
		if (!str_empty(k->professor_signatures[i]))
			return true;
	for (size_t i = 0; i < k->rows.n; i++)
		if (!str_empty(k->rows.items[i].signature))
			return true;
	return false;
}

/* ---- showing ---- */

static void put_row(struct ed_call *c, const struct ed_course *k, const struct ed_row *r)
{
	struct json_writer *w = &c->w;
	json_write_begin_object(w);
	json_put_int(w, "_id", r->key);
	json_put_str(w, "studentId", r->student);
	json_put_str(w, "courseId", k->id);
	json_put_str(w, "schoolId", k->school);
	ed_put_utc(c, "start", k->start);
	ed_put_utc(c, "end", k->end);
	if (!r->state_missing)
		json_put_bool(w, "state", r->state);
	ed_put_utc(c, "timestamp", r->timestamp);
	ed_put_text(c, "signature", r->signature);
	if (r->delay)
		json_put_int(w, "delay", r->delay);
	else
		json_put_null(w, "delay");
	ed_put_utc(c, "earlyDeparture", r->early);
	ed_put_utc(c, "excluded", r->excluded);
	ed_put_text(c, "absenceId", r->absence);
	ed_put_text(c, "comment", r->comment);
	json_put_null(w, "signatureEmail");
	json_write_end_object(w);
}

static void put_professors(struct ed_call *c, const struct ed_course *k)
{
	char key[40];
	for (unsigned i = 0; i < k->professor_count; i++) {
		if (i == 0)
			snprintf(key, sizeof(key), "PROFESSOR");
		else
			snprintf(key, sizeof(key), "PROFESSOR_%u", i + 1);
		json_put_str(&c->w, key, k->professors[i]);
		if (i == 0)
			snprintf(key, sizeof(key), "PROFESSOR_SIGNATURE");
		else
			snprintf(key, sizeof(key), "PROFESSOR_SIGNATURE_%u", i + 1);
		ed_put_text(c, key, k->professor_signatures[i]);
	}
}

static void put_course(struct ed_call *c, const struct ed_course *k)
{
	struct json_writer *w = &c->w;
	json_write_begin_object(w);
	json_put_str(w, "ID", k->id);
	json_put_str(w, "NAME", k->name);
	ed_put_text(c, "DESCRIPTION", k->description);
	ed_put_utc(c, "START", k->start);
	ed_put_utc(c, "END", k->end);
	put_professors(c, k);
	json_put_str(w, "CLASSROOM", k->room);
	json_write_key(w, "SCHOOL_GROUP");
	json_write_begin_array(w);
	for (size_t i = 0; i < k->groups.n; i++)
		json_write_str(w, k->groups.v[i]);
	json_write_end_array(w);
	json_write_key(w, "STUDENTS");
	json_write_begin_array(w);
	for (size_t i = 0; i < k->rows.n; i++)
		put_row(c, k, &k->rows.items[i]);
	json_write_end_array(w);
	if (sim_is(c->sim, SIM_LOCKED_BOOLEAN))
		json_put_bool(w, "LOCKED", k->locked);
	else
		json_put_int(w, "LOCKED", k->locked);
	json_put_int(w, "ABSENCE_SENT", 0);
	json_put_int(w, "ATTENDANCE_ENDED", k->locked);
	json_put_str(w, "ATTENDANCE_LIST_GENERATED", k->locked ? STR("https://files.edusign.test/list.pdf") : STR(""));
	ed_put_text(c, "API_ID", k->api_id);
	ed_put_text(c, "API_TYPE", k->api_type);
	if (k->max_students)
		json_put_int(w, "MAX_STUDENTS", k->max_students);
	else
		json_put_null(w, "MAX_STUDENTS");
	ed_put_text(c, "TRAINING_ID", k->training);
	ed_put_utc(c, "DATE_CREATED", k->created);
	ed_put_utc(c, "DATE_UPDATED", k->updated);
	json_put_int(w, "NEED_STUDENTS_SIGNATURE", 1);
	json_put_int(w, "ZOOM", 0);
	json_write_end_object(w);
}

static bool in_list(struct str list, const char *word)
{
	size_t n = strlen(word);
	for (size_t at = 0; at < list.n;) {
		size_t end = at;
		while (end < list.n && list.p[end] != ',')
			end++;
		if (end - at == n && memcmp(list.p + at, word, n) == 0)
			return true;
		at = end + 1;
	}
	return false;
}

struct filter { int64_t from, to, updated_from, updated_to; bool locked, unlocked; int64_t page; bool paged; };

/* False: an error was answered. */
static bool read_filter(struct ed_call *c, struct filter *f)
{
	struct str start = ed_query(c, "start"), end = ed_query(c, "end"), updated = ed_query(c, "dateUpdated"), filters = ed_query(c, "filters");
	int32_t day;
	*f = (struct filter){ .from = INT64_MIN, .to = INT64_MAX, .updated_from = INT64_MIN, .updated_to = INT64_MAX };
	if (!str_empty(start) && day_parse(start, &day) == 0)
		f->from = (int64_t)day * 86400;
	if (!str_empty(end) && day_parse(end, &day) == 0)
		f->to = (int64_t)day * 86400 + 86399; /* the whole of the last day */
	if (f->from != INT64_MIN && f->to != INT64_MAX && f->to - f->from > (int64_t)(RANGE_DAYS + 1) * 86400) {
		if (sim_is(c->sim, SIM_WIDE_RANGE_ERROR)) {
			ed_error(c, "Date range is limited to 90 days");
			return false;
		}
		f->to = f->from + (int64_t)RANGE_DAYS * 86400;
	}
	const char *comma = updated.n ? memchr(updated.p, ',', updated.n) : NULL;
	if (comma) {
		struct str a = { updated.p, (size_t)(comma - updated.p) }, b = { comma + 1, updated.n - (size_t)(comma - updated.p) - 1 };
		(void)!utc_parse(a, &f->updated_from);
		if (utc_parse(b, &f->updated_to) == 0 && b.n <= 10)
			f->updated_to += 86399;
	}
	f->locked = in_list(filters, "locked");
	f->unlocked = in_list(filters, "unlocked");
	struct str page = ed_query(c, "page");
	f->paged = str_to_int64(page, &f->page) == 0 || sim_is(c->sim, SIM_PAGE_REQUIRED);
	return true;
}

static bool matches(const struct ed_call *c, const struct ed_course *k, const struct filter *f)
{
	if (k->deleted || !str_eq(k->school, c->school->id))
		return false;
	if (k->start < f->from || k->start > f->to)
		return false;
	int64_t updated = k->updated ? k->updated : k->created;
	if (updated < f->updated_from || updated > f->updated_to)
		return false;
	return !(f->locked && !k->locked) && !(f->unlocked && k->locked);
}

static void list_courses(struct ed_call *c)
{
	struct filter f;
	int64_t seen = 0;
	if (!read_filter(c, &f))
		return;
	ed_begin(c);
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < c->e->courses.n; i++) {
		const struct ed_course *k = &c->e->courses.items[i];
		if (!matches(c, k, &f))
			continue;
		if (!f.paged || seen / PAGE == f.page)
			put_course(c, k);
		seen++;
	}
	json_write_end_array(&c->w);
	ed_end(c);
}

static void show_course(struct ed_call *c, struct str id)
{
	struct ed_course *k = course_of(c, id);
	if (!k) {
		ed_error(c, "No course with this ID found");
		return;
	}
	ed_begin(c);
	put_course(c, k);
	ed_end(c);
}

static void course_id(struct ed_call *c, struct str api_id)
{
	for (size_t i = 0; i < c->e->courses.n; i++) {
		struct ed_course *k = &c->e->courses.items[i];
		if (k->deleted || !str_eq(k->school, c->school->id) || !str_eq(k->api_id, api_id))
			continue;
		ed_begin(c);
		json_write_begin_object(&c->w);
		json_put_str(&c->w, sim_is(c->sim, SIM_GET_ID_LOWER) ? "id" : "ID", k->id);
		json_write_end_object(&c->w);
		ed_end(c);
		return;
	}
	ed_error(c, "No course with this ID found");
}

/* ---- creating and changing ---- */

/* PROFESSOR, PROFESSOR_2, …: those given are set, "" takes one away; then the holes close. */
static void set_professors(struct ed_call *c, struct ed_course *k, const struct json *body)
{
	struct str ids[ED_PROFESSORS], signatures[ED_PROFESSORS];
	bool given = false;
	for (unsigned i = 0; i < ED_PROFESSORS; i++) {
		char key[24];
		if (i == 0)
			snprintf(key, sizeof(key), "PROFESSOR");
		else
			snprintf(key, sizeof(key), "PROFESSOR_%u", i + 1);
		ids[i] = i < k->professor_count ? k->professors[i] : STR_NONE;
		signatures[i] = i < k->professor_count ? k->professor_signatures[i] : STR_NONE;
		struct str before = ids[i];
		given = ed_set(c, body, key, &ids[i]) || given;
		if (!str_eq(before, ids[i]))
			signatures[i] = STR_NONE;
	}
	if (!given)
		return;
	k->professor_count = 0;
	for (unsigned i = 0; i < ED_PROFESSORS; i++) {
		if (str_empty(ids[i]))
			continue;
		k->professors[k->professor_count] = ids[i];
		k->professor_signatures[k->professor_count++] = signatures[i];
	}
}

static void set_students(struct ed_call *c, struct ed_course *k, const struct json *list)
{
	struct ed_row *old = k->rows.items;
	size_t old_n = k->rows.n;
	memset(&k->rows, 0, sizeof(k->rows));
	for (const struct json *j = list->first; j; j = j->next) {
		struct str id = json_text(json_get(j, "studentId"));
		if (str_empty(id) || !edusign_student_by_id(c->e, id) || edusign_row(k, id))
			continue;
		edusign_add_row(c->e, k, id);
		for (size_t i = 0; i < old_n; i++)
			if (str_eq(old[i].student, id))
				k->rows.items[k->rows.n - 1] = old[i];
	}
}

static void erase_signatures(struct ed_course *k)
{
	k->lost_signatures += has_signature(k);
	for (unsigned i = 0; i < k->professor_count; i++)
		k->professor_signatures[i] = STR_NONE;
	for (size_t i = 0; i < k->rows.n; i++) {
		k->rows.items[i].signature = STR_NONE;
		k->rows.items[i].state = false;
		k->rows.items[i].timestamp = 0;
	}
}

static void set_plain(struct ed_call *c, struct ed_course *k, const struct json *body)
{
	ed_set(c, body, "NAME", &k->name);
	ed_set(c, body, "DESCRIPTION", &k->description);
	ed_set(c, body, "CLASSROOM", &k->room);
	ed_set(c, body, "API_ID", &k->api_id);
	ed_set(c, body, "API_TYPE", &k->api_type);
	ed_set(c, body, "TRAINING_ID", &k->training);
	k->max_students = json_int(json_get(body, "MAX_STUDENTS"), k->max_students);
	struct str start = json_text(json_get(body, "START")), end = json_text(json_get(body, "END"));
	if (!str_empty(start))
		ed_time(c, start, &k->start);
	if (!str_empty(end))
		ed_time(c, end, &k->end);
}

static bool valid_new(struct ed_call *c, const struct json *body)
{
	int64_t at;
	const char *missing = str_empty(json_text(json_get(body, "NAME")))                  ? "NAME is required"
	                      : !ed_time(c, json_text(json_get(body, "START")), &at)        ? "START is required"
	                      : !ed_time(c, json_text(json_get(body, "END")), &at)          ? "END is required"
	                      : str_empty(json_text(json_get(body, "PROFESSOR")))           ? "PROFESSOR is required"
	                                                                                    : NULL;
	if (!missing)
		return true;
	/* validation errors come as an array */
	c->reply->status = 200;
	c->reply->content_type = "application/json; charset=utf-8";
	json_write_init(&c->w, &c->reply->body, false);
	json_write_begin_object(&c->w);
	json_put_text(&c->w, "status", "error");
	json_write_key(&c->w, "message");
	json_write_begin_array(&c->w);
	json_write_text(&c->w, missing);
	json_write_end_array(&c->w);
	json_write_end_object(&c->w);
	return false;
}

static void create_course(struct ed_call *c)
{
	const struct json *body = json_get(c->body, "course");
	if (!valid_new(c, body))
		return;
	struct str api_id = json_text(json_get(body, "API_ID"));
	int64_t code = 0;
	if (sim_is(c->sim, SIM_API_ID_UNIQUE) && str_to_int64(api_id, &code) == 0 && edusign_course(c->e, c->school->id.p, code)) {
		ed_error(c, "API_ID already used");
		return;
	}
	struct ed_course *k = edusign_add_course(c->e, c->school->id.p, "", 0, 0);
	set_plain(c, k, body);
	set_professors(c, k, body);
	const struct json *students = json_get(body, "STUDENTS");
	if (students && str_eqz(ed_query(c, "fromStudents"), "true") && !sim_is(c->sim, SIM_NO_FROM_STUDENTS))
		set_students(c, k, students);
	k->by_api = true;
	k->created = k->updated = c->now;
	c->entry->effect = true;
	ed_begin(c);
	ed_put_id(c, k->id);
	ed_end(c);
}

static void patch_course(struct ed_call *c)
{
	const struct json *body = json_get(c->body, "course");
	struct ed_course *k = course_of(c, json_text(json_get(body, "ID")));
	if (!k) {
		ed_error(c, "No course with this ID found");
		return;
	}
	if (k->locked) {
		ed_error(c, "course locked");
		return;
	}
	if (sim_is(c->sim, SIM_PATCH_WHOLE)) {
		k->description = k->room = k->training = STR_NONE;
		k->max_students = 0;
		if (!json_get(body, "API_ID"))
			k->api_id = k->api_type = STR_NONE;
		if (!json_get(body, "STUDENTS"))
			memset(&k->rows, 0, sizeof(k->rows));
	}
	if (!sim_is(c->sim, SIM_PATCH_KEEPS_SIGNATURES))
		erase_signatures(k);
	set_plain(c, k, body);
	set_professors(c, k, body);
	const struct json *students = json_get(body, "STUDENTS");
	if (students && !sim_is(c->sim, SIM_NO_FROM_STUDENTS))
		set_students(c, k, students);
	k->updated = c->now;
	c->entry->effect = true;
	ed_begin(c);
	if (sim_is(c->sim, SIM_PATCH_BOOLEAN))
		json_write_bool(&c->w, true);
	else
		ed_put_id(c, k->id);
	ed_end(c);
}

static void delete_course(struct ed_call *c, struct str id)
{
	struct ed_course *k = course_of(c, id);
	if (!k) {
		ed_error(c, "No course with this ID found");
		return;
	}
	if ((k->locked || has_signature(k)) && !sim_is(c->sim, SIM_DELETE_SIGNED)) {
		ed_error(c, "course locked");
		return;
	}
	k->lost_signatures += has_signature(k);
	k->deleted = true;
	k->updated = c->now;
	c->entry->effect = true;
	ed_true(c);
}

/* ---- roster, lock ---- */

static void change_roster(struct ed_call *c, struct str id, bool add)
{
	struct ed_course *k = course_of(c, id);
	struct str student = json_text(json_get(c->body, "studentId"));
	if (!k) {
		ed_error(c, "No course with this ID found");
		return;
	}
	if (k->locked) {
		ed_error(c, "course locked");
		return;
	}
	struct ed_row *r = edusign_row(k, student);
	if (add && r && sim_is(c->sim, SIM_PUT_ATTENDANCE_ERROR)) {
		ed_error(c, "Student already in the list");
		return;
	}
	if (add && !r && !edusign_student_by_id(c->e, student)) {
		ed_error(c, "No student with this ID found");
		return;
	}
	c->entry->effect = add ? !r : r != NULL;
	if (add && !r) {
		edusign_add_row(c->e, k, student);
	} else if (!add && r) {
		size_t at = (size_t)(r - k->rows.items);
		memmove(r, r + 1, (k->rows.n - at - 1) * sizeof(*r));
		k->rows.n--;
	}
	k->updated = c->now;
	ed_true(c);
}

static void lock_course(struct ed_call *c, struct str id)
{
	struct ed_course *k = course_of(c, id);
	c->entry->write = true;
	if (!k || k->locked) {
		ed_error(c, k ? "Course already locked" : "No course with this ID found");
		return;
	}
	edusign_lock(c->e, k, c->now);
	c->entry->effect = true;
	ed_begin(c);
	json_write_begin_object(&c->w);
	json_put_text(&c->w, "link", "https://files.edusign.test/list.pdf");
	json_write_end_object(&c->w);
	ed_end(c);
}

static void unlock_course(struct ed_call *c, struct str id)
{
	struct ed_course *k = course_of(c, id);
	if (!k) {
		ed_error(c, "No course with this ID found");
		return;
	}
	edusign_unlock(k, c->now);
	c->entry->effect = true;
	ed_true(c);
}

bool ed_courses(struct ed_call *c)
{
	struct str tail;
	if (ed_is(c, "GET", "/v1/course"))
		list_courses(c);
	else if (ed_is(c, "POST", "/v1/course"))
		create_course(c);
	else if (ed_is(c, "PATCH", "/v1/course"))
		patch_course(c);
	else if (ed_tail(c, "GET", "/v1/course/get-id/", &tail))
		course_id(c, tail);
	else if (ed_tail(c, "GET", "/v1/course/lock/", &tail))
		lock_course(c, tail);
	else if (ed_tail(c, "PATCH", "/v1/course/unlock/", &tail))
		unlock_course(c, tail);
	else if (ed_tail(c, "PUT", "/v1/course/attendance/", &tail))
		change_roster(c, tail, true);
	else if (ed_tail(c, "DELETE", "/v1/course/attendance/", &tail))
		change_roster(c, tail, false);
	else if (ed_tail(c, "GET", "/v1/course/", &tail))
		show_course(c, tail);
	else if (ed_tail(c, "DELETE", "/v1/course/", &tail))
		delete_course(c, tail);
	else
		return false;
	return true;
}
