#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/tz.h"
#include "tests/unit/edusign_fixture.h"

/* Expected values: the public facts about Edusign's v1, and what is assumed where they stop. */

static int64_t at(const char *utc)
{
	int64_t seconds;

	assert_int_equal(utc_parse(str_of(utc), &seconds), 0);
	return seconds;
}

/* ---- transport ---- */

static void ask_plain(struct school *s, const char *method, const char *path, const char *token, int status,
                      const char *words)
{
	struct sim_request req = {.method = method,
	                          .path = str_of(path),
	                          .credential = str_of(token),
	                          .now_ms = s->now_ms,
	                          .arena = s->arena};

	buf_deinit(&s->reply.body);
	s->entry = (struct sim_entry){0};
	edusign_handle(s->e, s->sim, &req, &s->reply, &s->entry);
	assert_int_equal(s->reply.status, status);
	assert_string_equal(s->reply.body.p, words);
	assert_memory_equal(s->reply.content_type, "text/plain", 10);
	assert_false(s->entry.effect);
}

static void technical_errors_are_plain_text(void **state)
{
	struct school *s = *state;

	ask_plain(s, "GET", "/v1/school", "", 401, "Unauthorized");
	ask_plain(s, "GET", "/v1/school", "clefs", 401, "Unauthorized");
	ask_plain(s, "GET", "/v1/nothing", "clef", 404, "Not Found");
	ask_plain(s, "DELETE", "/v1/school", "clef", 404, "Not Found");
	edusign_forbid(edusign_school(s->e, "ecole"), "GET /v1/professor*");
	ask_plain(s, "GET", "/v1/professor", "clef", 403, "Forbidden");
	done(s, "GET", "/v1/student", NULL);
	edusign_allow(edusign_school(s->e, "ecole"), "GET /v1/professor*");
	done(s, "GET", "/v1/professor", NULL);
	edusign_school(s->e, "ecole")->unpaid = true;
	ask_plain(s, "GET", "/v1/school", "clef", 402, "Payment Required");
	edusign_school(s->e, "ecole")->revoked = true;
	ask_plain(s, "GET", "/v1/school", "clef", 401, "Unauthorized");
}

static void the_ledger_gets_account_and_nature(void **state)
{
	struct school *s = *state;

	done(s, "GET", "/v1/school", NULL);
	assert_true(str_eqz(s->entry.account, "ecole"));
	assert_false(s->entry.write);
	assert_true(edusign_is_write("GET", STR("/v1/course/lock/x")));
	assert_true(edusign_is_write("GET", STR("/v1/student/restore/x")));
	assert_false(edusign_is_write("GET", STR("/v1/course/x")));
	assert_false(edusign_is_write("POST", STR("/v1/student/by-ids")));
	assert_true(edusign_is_write("POST", STR("/v1/student")));
	assert_true(edusign_is_write("PATCH", STR("/v1/course/")));
}

static void beyond_480_a_minute_each_is_100_ms_slower(void **state)
{
	struct school *s = *state;

	for (int i = 0; i < 480; i++, s->now_ms += 100) {
		done(s, "GET", "/v1/school", NULL);
		assert_int_equal(s->reply.delay_ms, 0);
	}
	done(s, "GET", "/v1/school", NULL);
	assert_int_equal(s->reply.delay_ms, 100);
	done(s, "GET", "/v1/school", NULL);
	assert_int_equal(s->reply.delay_ms, 200);
	assert_int_equal(edusign_school(s->e, "ecole")->over_limit, 2);
	s->token = "autre";
	done(s, "GET", "/v1/school", NULL);
	assert_int_equal(s->reply.delay_ms, 0);
	s->token = "clef";
	/* 100 ms apart: a minute after the third of them, that one and those before it count no more */
	s->now_ms += 12000 + 200;
	done(s, "GET", "/v1/school", NULL);
	assert_int_equal(s->reply.delay_ms, 0);
	s->now_ms += 99;
	done(s, "GET", "/v1/school", NULL);
	assert_int_equal(s->reply.delay_ms, 100);
}

static void ids_are_lower_case_alphanumerics(void **state)
{
	struct school *s = *state;
	size_t lengths[2] = {0, 0};

	for (int i = 0; i < 200; i++) {
		struct str id = edusign_new_id(s->e);
		assert_true(id.n == 15 || id.n == 16);
		lengths[id.n - 15]++;
		assert_int_equal(strspn(id.p, "abcdefghijklmnopqrstuvwxyz0123456789"), id.n);
	}
	assert_true(lengths[0] && lengths[1]);
	struct edusign *same = edusign_new(5), *again = edusign_new(5), *other = edusign_new(6);
	struct str id = edusign_new_id(same);
	assert_true(str_eq(id, edusign_new_id(again)));
	assert_false(str_eq(id, edusign_new_id(other)));
	edusign_free(&same);
	edusign_free(&again);
	edusign_free(&other);
}

static void the_school_names_zone_and_connector(void **state)
{
	struct school *s = *state;
	const struct json *school = done(s, "GET", "/v1/school", NULL);

	text_is(school, "id", "ecole");
	text_is(school, "timezone", "Europe/Paris");
	null_is(school, "connector");
	edusign_school(s->e, "ecole")->connector = STR("ypareo");
	sim_set(s->sim, SIM_SCHOOL_UPPER, true);
	school = done(s, "GET", "/v1/school", NULL);
	text_is(school, "ID", "ecole");
	text_is(school, "CONNECTOR", "ypareo");
}

/* ---- one course ---- */

static void a_course_is_made_with_its_roster(void **state)
{
	struct school *s = *state;
	const char *ana = student(s, "ana", "11"), *leo = student(s, "leo", "12"), *guy = professor(s, "guy", "5");
	const char *id = course(s, "901", guy, ana, leo);
	const struct json *k = show(s, id), *r = row(k, ana);

	text_is(k, "ID", id);
	text_is(k, "NAME", "Anglais");
	text_is(k, "START", "2026-11-24T08:00:00.000Z");
	text_is(k, "END", "2026-11-24T11:00:00.000Z");
	text_is(k, "PROFESSOR", guy);
	null_is(k, "PROFESSOR_2");
	none_is(k, "PROFESSOR_SIGNATURE");
	text_is(k, "CLASSROOM", "B102");
	text_is(k, "API_ID", "901");
	text_is(k, "API_TYPE", "ypareo");
	int_is(k, "LOCKED", 0);
	int_is(k, "NEED_STUDENTS_SIGNATURE", 1);
	text_is(k, "DATE_CREATED", "2026-11-23T11:00:00.000Z");
	null_is(k, "DATE_UPDATED");
	assert_int_equal(json_get(k, "STUDENTS")->count, 2);
	assert_non_null(r);
	assert_true(json_is_int(json_get(r, "_id"), &(int64_t){0}));
	text_is(r, "courseId", id);
	text_is(r, "schoolId", "ecole");
	text_is(r, "start", "2026-11-24T08:00:00.000Z");
	bool_is(r, "state", false);
	null_is(r, "timestamp");
	null_is(r, "signature");
	null_is(r, "delay");
	null_is(r, "earlyDeparture");
	null_is(r, "excluded");
	none_is(r, "absenceId");
	null_is(r, "signatureEmail");
	assert_ptr_equal(edusign_course(s->e, "ecole", 901), edusign_course_by_id(s->e, str_of(id)));
	assert_int_equal(s->e->naive_times, 0);
}

static void without_the_query_students_are_ignored(void **state)
{
	struct school *s = *state;
	const char *ana = student(s, "ana", "11"), *guy = professor(s, "guy", "5");
	const char *body =
	        text(s,
	             "{\"course\":{\"NAME\":\"A\",\"START\":\"2026-11-24T08:00:00Z\",\"END\":"
	             "\"2026-11-24T09:00:00Z\",\"PROFESSOR\":\"%s\",\"STUDENTS\":[{\"studentId\":\"%s\"}]}}",
	             guy, ana);

	assert_int_equal(json_get(show(s, made(s, "/v1/course", body)), "STUDENTS")->count, 0);
	assert_int_equal(json_get(show(s, made(s, "/v1/course?fromStudents=true", body)), "STUDENTS")->count, 1);
	sim_set(s->sim, SIM_NO_FROM_STUDENTS, true);
	assert_int_equal(json_get(show(s, made(s, "/v1/course?fromStudents=true", body)), "STUDENTS")->count, 0);
}

static void a_group_enrols_its_active_members(void **state)
{
	struct school *s = *state;
	const char *ana = student(s, "ana", "11"), *leo = student(s, "leo", "12"), *guy = professor(s, "guy", "5");
	const char *group = made(
	        s, "/v1/group",
	        text(s, "{\"group\":{\"NAME\":\"G\",\"STUDENTS\":[\"%s\",\"%s\"],\"API_ID\":\"70\"}}", ana, leo));

	done(s, "DELETE", text(s, "/v1/student/%s", leo), NULL);
	const char *id = made(s, "/v1/course",
	                      text(s,
	                           "{\"course\":{\"NAME\":\"A\",\"START\":\"2026-11-24T08:00:00Z\",\"END\":"
	                           "\"2026-11-24T09:00:00Z\",\"PROFESSOR\":\"%s\",\"SCHOOL_GROUP\":[\"%s\"]}}",
	                           guy, group));
	const struct json *k = show(s, id);
	assert_true(str_eqz(json_text(json_get(k, "SCHOOL_GROUP")->first), group));
	assert_int_equal(json_get(k, "STUDENTS")->count, 1);
	assert_non_null(row(k, ana));
}

static void what_is_missing_is_told_in_an_array(void **state)
{
	struct school *s = *state;
	const char *guy = professor(s, "guy", "5");
	const struct json *message = refused(s, "POST", "/v1/course", "{\"course\":{\"NAME\":\"A\"}}");

	assert_int_equal(message->kind, JSON_ARRAY);
	assert_int_equal(message->count, 3);
	message = refused(s, "POST", "/v1/course",
	                  text(s,
	                       "{\"course\":{\"NAME\":\"A\",\"START\":\"2026-11-24T08:00:00Z\",\"END\":"
	                       "\"2026-11-24T08:00:00Z\",\"PROFESSOR\":\"%s\"}}",
	                       guy));
	assert_int_equal(message->kind, JSON_ARRAY);
	assert_int_equal(refused(s, "POST", "/v1/student", "{\"student\":{\"FIRSTNAME\":\"A\"}}")->count, 2);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 0);
}

static void naive_times_are_utc_or_local(void **state)
{
	struct school *s = *state;
	const char *guy = professor(s, "guy", "5");
	const char *body = text(s,
	                        "{\"course\":{\"NAME\":\"A\",\"START\":\"2026-11-24T09:00:00\",\"END\":"
	                        "\"2026-11-24 12:00:00\",\"PROFESSOR\":\"%s\"}}",
	                        guy);
	const struct json *k = show(s, made(s, "/v1/course", body));

	text_is(k, "START", "2026-11-24T09:00:00.000Z");
	assert_int_equal(s->e->naive_times, 2);
	sim_set(s->sim, SIM_NAIVE_LOCAL, true);
	k = show(s, made(s, "/v1/course", body));
	text_is(k, "START", "2026-11-24T08:00:00.000Z");
	text_is(k, "END", "2026-11-24T11:00:00.000Z");
}

static void an_offset_is_converted(void **state)
{
	struct school *s = *state;
	const char *guy = professor(s, "guy", "5");
	const char *id = made(s, "/v1/course",
	                      text(s,
	                           "{\"course\":{\"NAME\":\"A\",\"START\":\"2026-11-24T09:00:00+01:00\",\"END\":"
	                           "\"2026-11-24T12:00:00+01:00\",\"PROFESSOR\":\"%s\"}}",
	                           guy));

	text_is(show(s, id), "START", "2026-11-24T08:00:00.000Z");
	assert_int_equal(s->e->naive_times, 0);
}

static void schools_do_not_see_each_other(void **state)
{
	struct school *s = *state;
	const char *ana = student(s, "ana", "11"), *leo = student(s, "leo", "12"), *guy = professor(s, "guy", "5");
	const char *id = course(s, "901", guy, ana, leo);

	s->token = "autre";
	says(s, "GET", text(s, "/v1/course/%s", id), NULL, "No course with this ID found");
	says(s, "GET", "/v1/course/get-id/901", NULL, "No course with this ID found");
	says(s, "DELETE", text(s, "/v1/course/%s", id), NULL, "No course with this ID found");
	refused(s, "GET", text(s, "/v1/student/%s", ana), NULL);
	refused(s, "GET", text(s, "/v1/professor/%s", guy), NULL);
	assert_int_equal(done(s, "GET", "/v1/course?page=0", NULL)->count, 0);
}

static void api_ids_are_found_and_not_unique(void **state)
{
	struct school *s = *state;
	const char *ana = student(s, "ana", "11"), *leo = student(s, "leo", "12"), *guy = professor(s, "guy", "5");
	const char *id = course(s, "901", guy, ana, leo);

	text_is(done(s, "GET", "/v1/course/get-id/901", NULL), "ID", id);
	sim_set(s->sim, SIM_GET_ID_LOWER, true);
	text_is(done(s, "GET", "/v1/course/get-id/901", NULL), "id", id);
	course(s, "901", guy, ana, leo);
	assert_int_equal(edusign_course_count(s->e, "ecole", 901), 2);
	assert_int_equal(s->e->twins, 1);
	sim_set(s->sim, SIM_API_ID_UNIQUE, true);
	refused(s, "POST", "/v1/course",
	        text(s,
	             "{\"course\":{\"NAME\":\"A\",\"START\":\"2026-11-24T08:00:00Z\",\"END\":\"2026-11-24T09:00:"
	             "00Z\","
	             "\"PROFESSOR\":\"%s\",\"API_ID\":\"901\"}}",
	             guy));
	assert_int_equal(edusign_course_count(s->e, "ecole", 901), 2);
}

/* ---- changing a course ---- */

struct sheet {
	const char *ana, *leo, *guy, *rita, *id;
	struct ed_course *course;
};

static struct sheet sheet(struct school *s)
{
	struct sheet t = {student(s, "ana", "11"),
	                  student(s, "leo", "12"),
	                  professor(s, "guy", "5"),
	                  professor(s, "rita", "6"),
	                  NULL,
	                  NULL};

	t.id = course(s, "901", t.guy, t.ana, t.leo);
	t.course = edusign_course(s->e, "ecole", 901);
	return t;
}

static const char *patch(struct school *s, const struct sheet *t, const char *members)
{
	return text(s, "{\"course\":{\"ID\":\"%s\",\"NEED_STUDENTS_SIGNATURE\":true%s%s},\"editSurveys\":false}",
	            t->id, *members ? "," : "", members);
}

static void a_patch_is_partial(void **state)
{
	struct school *s = *state;
	struct sheet t = sheet(s);
	const struct json *result = done(s, "PATCH", "/v1/course/", patch(s, &t, "\"NAME\":\"Espagnol\""));

	text_is(result, "ID", t.id);
	const struct json *k = show(s, t.id);
	text_is(k, "NAME", "Espagnol");
	text_is(k, "CLASSROOM", "B102");
	text_is(k, "API_ID", "901");
	text_is(k, "DATE_UPDATED", "2026-11-23T11:00:00.000Z");
	assert_int_equal(json_get(k, "STUDENTS")->count, 2);
	sim_set(s->sim, SIM_PATCH_BOOLEAN, true);
	result = done(s, "PATCH", "/v1/course", patch(s, &t, "\"NAME\":\"Grec\""));
	assert_int_equal(result->kind, JSON_BOOL);
}

static void by_switch_a_patch_is_whole(void **state)
{
	struct school *s = *state;
	struct sheet t = sheet(s);

	sim_set(s->sim, SIM_PATCH_WHOLE, true);
	done(s, "PATCH", "/v1/course", patch(s, &t, text(s, "\"NAME\":\"Grec\",\"PROFESSOR\":\"%s\"", t.guy)));
	const struct json *k = show(s, t.id);
	text_is(k, "START", "2026-11-24T08:00:00.000Z");
	text_is(k, "CLASSROOM", "");
	null_is(k, "API_ID");
	assert_int_equal(json_get(k, "STUDENTS")->count, 0);
	assert_int_equal(refused(s, "PATCH", "/v1/course", patch(s, &t, "\"NAME\":\"Grec\""))->kind, JSON_ARRAY);
}

static void a_patch_erases_signatures(void **state)
{
	struct school *s = *state;
	struct sheet t = sheet(s);

	edusign_sign_all(s->e, t.course, at("2026-11-24T08:05:00Z"));
	const struct json *k = show(s, t.id);
	bool_is(row(k, t.ana), "state", true);
	text_is(row(k, t.ana), "timestamp", "2026-11-24T08:05:00.000Z");
	assert_int_equal(json_get(row(k, t.ana), "signature")->kind, JSON_STRING);
	assert_true(json_text(json_get(k, "PROFESSOR_SIGNATURE")).n > 0);
	done(s, "PATCH", "/v1/course", patch(s, &t, "\"NAME\":\"Grec\""));
	k = show(s, t.id);
	bool_is(row(k, t.ana), "state", false);
	null_is(row(k, t.ana), "signature");
	none_is(k, "PROFESSOR_SIGNATURE");
	assert_int_equal(t.course->lost_signatures, 3);
}

static void by_switch_a_patch_keeps_signatures(void **state)
{
	struct school *s = *state;
	struct sheet t = sheet(s);

	sim_set(s->sim, SIM_PATCH_KEEPS_SIGNATURES, true);
	edusign_sign_all(s->e, t.course, at("2026-11-24T08:05:00Z"));
	done(s, "PATCH", "/v1/course", patch(s, &t, "\"NAME\":\"Grec\""));
	assert_true(edusign_is_signed(t.course));
	bool_is(row(show(s, t.id), t.leo), "state", true);
	assert_int_equal(t.course->lost_signatures, 0);
	/* whoever leaves the roster takes the signature along */
	done(s, "PATCH", "/v1/course?fromStudents=true",
	     patch(s, &t, text(s, "\"STUDENTS\":[{\"studentId\":\"%s\"}]", t.ana)));
	assert_int_equal(t.course->rows.n, 1);
	assert_false(str_empty(t.course->rows.items[0].signature));
	assert_int_equal(t.course->lost_signatures, 1);
}

static void instructors_are_numbered_and_removed_by_an_empty_text(void **state)
{
	struct school *s = *state;
	struct sheet t = sheet(s);

	done(s, "PATCH", "/v1/course", patch(s, &t, text(s, "\"PROFESSOR_2\":\"%s\"", t.rita)));
	text_is(show(s, t.id), "PROFESSOR", t.guy);
	text_is(show(s, t.id), "PROFESSOR_2", t.rita);
	done(s, "PATCH", "/v1/course", patch(s, &t, text(s, "\"PROFESSOR\":\"%s\",\"PROFESSOR_2\":\"\"", t.rita)));
	text_is(show(s, t.id), "PROFESSOR", t.rita);
	null_is(show(s, t.id), "PROFESSOR_2");
	assert_int_equal(refused(s, "PATCH", "/v1/course", patch(s, &t, "\"PROFESSOR\":\"\""))->kind, JSON_ARRAY);
	refused(s, "PATCH", "/v1/course", patch(s, &t, "\"PROFESSOR_2\":\"nobody\""));
	text_is(show(s, t.id), "PROFESSOR", t.rita);
}

static void a_locked_course_is_closed(void **state)
{
	struct school *s = *state;
	struct sheet t = sheet(s);
	const struct json *result;

	s->now_ms += 60000;
	result = done(s, "GET", text(s, "/v1/course/lock/%s", t.id), NULL);
	assert_true(s->entry.write && s->entry.effect);
	struct str link = arena_str(s->arena, json_text(json_get(result, "link")));
	assert_true(str_starts(link, "https://"));
	const struct json *k = show(s, t.id);
	int_is(k, "LOCKED", 1);
	text_is(k, "ATTENDANCE_LIST_GENERATED", link.p);
	text_is(k, "DATE_UPDATED", "2026-11-23T11:01:00.000Z");
	says(s, "GET", text(s, "/v1/course/lock/%s", t.id), NULL, "Course already locked");
	says(s, "PATCH", "/v1/course", patch(s, &t, "\"NAME\":\"Grec\""), "course locked");
	says(s, "PUT", text(s, "/v1/course/attendance/%s", t.id), text(s, "{\"studentId\":\"%s\"}", t.ana),
	     "course locked");
	says(s, "DELETE", text(s, "/v1/course/%s", t.id), NULL, "course locked");
	sim_set(s->sim, SIM_LOCKED_BOOLEAN, true);
	bool_is(show(s, t.id), "LOCKED", true);
	done(s, "PATCH", text(s, "/v1/course/unlock/%s", t.id), NULL);
	bool_is(show(s, t.id), "LOCKED", false);
	says(s, "GET", "/v1/course/lock/nobody", NULL, "No course with this ID found");
}

static void deleting(void **state)
{
	struct school *s = *state;
	struct sheet t = sheet(s);

	edusign_sign_student(s->e, t.course, str_of(t.ana), at("2026-11-24T08:05:00Z"));
	refused(s, "DELETE", text(s, "/v1/course/%s", t.id), NULL);
	sim_set(s->sim, SIM_DELETE_SIGNED, true);
	assert_int_equal(done(s, "DELETE", text(s, "/v1/course/%s", t.id), NULL)->kind, JSON_BOOL);
	assert_int_equal(t.course->lost_signatures, 1);
	says(s, "DELETE", text(s, "/v1/course/%s", t.id), NULL, "No course with this ID found");
	says(s, "GET", "/v1/course/get-id/901", NULL, "No course with this ID found");
	assert_null(edusign_course(s->e, "ecole", 901));
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 0);
}

static void the_roster_changes_one_by_one(void **state)
{
	struct school *s = *state;
	struct sheet t = sheet(s);
	const char *path = text(s, "/v1/course/attendance/%s", t.id), *zoe = student(s, "zoe", "13");
	const char *add = text(s, "{\"studentId\":\"%s\"}", zoe), *again = text(s, "{\"studentId\":\"%s\"}", t.ana);

	done(s, "PUT", path, add);
	assert_true(s->entry.effect);
	assert_non_null(row(show(s, t.id), zoe));
	done(s, "PUT", path, again);
	assert_false(s->entry.effect);
	sim_set(s->sim, SIM_PUT_ATTENDANCE_ERROR, true);
	says(s, "PUT", path, again, "Student already in the list");
	done(s, "DELETE", path, again);
	assert_null(row(show(s, t.id), t.ana));
	assert_int_equal(t.course->rows.n, 2);
	done(s, "DELETE", path, again);
	assert_false(s->entry.effect);
	sim_set(s->sim, SIM_DELETE_ATTENDANCE_ERROR, true);
	refused(s, "DELETE", path, again);
	refused(s, "PUT", path, "{\"studentId\":\"nobody\"}");
	refused(s, "DELETE", path, "{}");
}

static void changes_of_what_people_made_are_counted(void **state)
{
	struct school *s = *state;
	struct ed_professor *p = edusign_add_professor(s->e, "ecole", "Guy", "Roux", "guy@profs.example");
	struct ed_course *k =
	        edusign_add_course(s->e, "ecole", "Réunion", at("2026-11-24T08:00:00Z"), at("2026-11-24T09:00:00Z"));

	k->professors[k->professor_count++] = p->id;
	null_is(show(s, k->id.p), "API_ID");
	text_is(show(s, k->id.p), "CREATOR_ID", "user");
	assert_int_equal(s->e->hand_made_changed, 0);
	done(s, "DELETE", text(s, "/v1/course/%s", k->id.p), NULL);
	assert_int_equal(s->e->hand_made_changed, 1);
}

/* ---- attendance ---- */

static void what_people_do_shows_in_the_rows(void **state)
{
	struct school *s = *state;
	struct sheet t = sheet(s);
	struct str ana = str_of(t.ana), leo = str_of(t.leo);
	int64_t evening = at("2026-11-24T17:00:00Z");

	edusign_sign_professor(s->e, t.course, 0, evening);
	edusign_sign_student(s->e, t.course, ana, evening);
	edusign_set_delay(t.course, ana, 12, evening);
	edusign_set_early(t.course, ana, at("2026-11-24T10:30:00Z"), evening);
	edusign_set_excluded(t.course, leo, at("2026-11-24T09:00:00Z"), evening);
	edusign_justify(s->e, t.course, leo, 1, evening);
	const struct json *k = show(s, t.id), *late = row(k, t.ana), *away = row(k, t.leo);
	bool_is(late, "state", true);
	int_is(late, "delay", 12);
	text_is(late, "earlyDeparture", "2026-11-24T10:30:00.000Z");
	bool_is(away, "state", false);
	text_is(away, "excluded", "2026-11-24T09:00:00.000Z");
	text_is(k, "DATE_UPDATED", "2026-11-24T17:00:00.000Z");
	assert_true(json_text(json_get(k, "PROFESSOR_SIGNATURE")).n > 0);
	const struct json *list = done(s, "GET", "/v1/justified-absence?page=0", NULL);
	assert_int_equal(list->count, 1);
	assert_true(str_eq(json_text(json_get(away, "absenceId")), json_text(json_get(list->first, "ID"))));
	int_is(list->first, "TYPE", 1);
	text_is(list->first, "STUDENT_ID", t.leo);
	text_is(list->first, "DATE_CREATION", "2026-11-24T17:00:00.000Z");
	assert_int_equal(done(s, "GET", "/v1/justified-absence?page=1", NULL)->count, 0);
}

static void a_state_may_be_no_boolean(void **state)
{
	struct school *s = *state;
	struct sheet t = sheet(s);

	t.course->rows.items[0].state_missing = true;
	t.course->rows.items[1].state_raw = STR("\"yes\"");
	assert_null(json_get(row(show(s, t.id), t.ana), "state"));
	text_is(row(show(s, t.id), t.leo), "state", "yes");
}

static void presence_is_set_through_the_api(void **state)
{
	struct school *s = *state;
	struct sheet t = sheet(s);

	edusign_sign_all(s->e, t.course, at("2026-11-24T08:05:00Z"));
	done(s, "PATCH", text(s, "/v1/presential-states/set-absent/%s/%s", t.id, t.ana), "{\"comment\":\"malade\"}");
	done(s, "PATCH", text(s, "/v1/presential-states/set-delay/%s/%s", t.id, t.leo), "{\"delay\":7}");
	done(s, "PATCH", text(s, "/v1/presential-states/set-early-departure/%s/%s", t.id, t.leo),
	     "{\"earlyDate\":\"2026-11-24T10:00:00Z\"}");
	const struct json *k = show(s, t.id);
	bool_is(row(k, t.ana), "state", false);
	text_is(row(k, t.ana), "comment", "malade");
	int_is(row(k, t.leo), "delay", 7);
	text_is(row(k, t.leo), "earlyDeparture", "2026-11-24T10:00:00.000Z");
	refused(s, "PATCH", text(s, "/v1/presential-states/set-delay/%s/nobody", t.id), "{\"delay\":7}");
}

static void a_justification_through_the_api_marks_the_row(void **state)
{
	struct school *s = *state;
	struct sheet t = sheet(s);
	const char *id = made(
	        s, "/v1/justified-absence",
	        text(s, "{\"STUDENT_ID\":\"%s\",\"COURSE_ID\":\"%s\",\"TYPE\":17,\"COMMENT\":\"x\"}", t.ana, t.id));

	text_is(row(show(s, t.id), t.ana), "absenceId", id);
	none_is(row(show(s, t.id), t.leo), "absenceId");
	edusign_add_reason(s->e, "ecole", 17, "Permis de conduire");
	const struct json *reasons = done(s, "GET", "/v1/justified-absence/absence-reason", NULL);
	assert_int_equal(reasons->count, 1);
	int_is(reasons->first, "ID", 17);
	text_is(reasons->first, "NAME", "Permis de conduire");
}

static void signature_mails_make_a_row_pending(void **state)
{
	struct school *s = *state;
	struct sheet t = sheet(s);

	done(s, "POST", "/v1/course/send-sign-emails",
	     text(s, "{\"course\":\"%s\",\"students\":[\"%s\"]}", t.id, t.ana));
	const struct json *mail = json_get(row(show(s, t.id), t.ana), "signatureEmail");
	int_is(mail, "nbSent", 1);
	text_is(mail, "signUntil", "2026-11-24T11:00:00.000Z");
	null_is(row(show(s, t.id), t.leo), "signatureEmail");
	assert_int_equal(s->e->mails.n, 1);
	const struct json *links =
	        done(s, "GET", text(s, "/v1/course/get-signature-links/%s?studentids=%s", t.id, t.leo), NULL);
	assert_int_equal(links->count, 1);
	text_is(links->first, "ID", t.leo);
	assert_int_equal(done(s, "GET", text(s, "/v1/course/get-professors-signature-links/%s", t.id), NULL)->count,
	                 1);
}

static void a_day_at_school_is_signed_and_locked(void **state)
{
	struct school *s = *state;
	struct sheet t = sheet(s);
	const char *later = course(s, "902", t.guy, t.ana, t.leo);

	edusign_course(s->e, "ecole", 902)->start = at("2026-11-25T00:00:00Z");
	assert_int_equal(edusign_live(s->e, STR("ecole"), 3, at("2026-11-24T00:00:00Z"), at("2026-11-25T00:00:00Z"),
	                              at("2026-11-24T20:00:00Z")),
	                 1);
	int_is(show(s, t.id), "LOCKED", 1);
	int_is(show(s, later), "LOCKED", 0);
	assert_true(json_text(json_get(show(s, t.id), "PROFESSOR_SIGNATURE")).n > 0);
	assert_int_equal(edusign_live(s->e, STR("ecole"), 3, at("2026-11-24T00:00:00Z"), at("2026-11-25T00:00:00Z"),
	                              at("2026-11-24T20:00:00Z")),
	                 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, edusign_fixture_open, edusign_fixture_close)
	const struct CMUnitTest tests[] = {
	        T(technical_errors_are_plain_text),
	        T(the_ledger_gets_account_and_nature),
	        T(beyond_480_a_minute_each_is_100_ms_slower),
	        T(ids_are_lower_case_alphanumerics),
	        T(the_school_names_zone_and_connector),
	        T(a_course_is_made_with_its_roster),
	        T(without_the_query_students_are_ignored),
	        T(a_group_enrols_its_active_members),
	        T(what_is_missing_is_told_in_an_array),
	        T(naive_times_are_utc_or_local),
	        T(an_offset_is_converted),
	        T(schools_do_not_see_each_other),
	        T(api_ids_are_found_and_not_unique),
	        T(a_patch_is_partial),
	        T(by_switch_a_patch_is_whole),
	        T(a_patch_erases_signatures),
	        T(by_switch_a_patch_keeps_signatures),
	        T(instructors_are_numbered_and_removed_by_an_empty_text),
	        T(a_locked_course_is_closed),
	        T(deleting),
	        T(the_roster_changes_one_by_one),
	        T(changes_of_what_people_made_are_counted),
	        T(what_people_do_shows_in_the_rows),
	        T(a_state_may_be_no_boolean),
	        T(presence_is_set_through_the_api),
	        T(a_justification_through_the_api_marks_the_row),
	        T(signature_mails_make_a_row_pending),
	        T(a_day_at_school_is_signed_and_locked),
	};
#undef T
	return cmocka_run_group_tests(tests, NULL, NULL);
}
