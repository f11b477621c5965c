#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/tz.h"
#include "tests/unit/edusign_fixture.h"

/* People, groups and lists of the simulated Edusign. */

static int64_t at(const char *utc)
{
	int64_t seconds;

	assert_int_equal(utc_parse(str_of(utc), &seconds), 0);
	return seconds;
}

/* ---- lists of courses ---- */

static void fill(struct school *s, unsigned n)
{
	struct ed_professor *p = edusign_add_professor(s->e, "ecole", "Guy", "Roux", "guy@profs.example");
	struct str id = p->id;

	for (unsigned i = 0; i < n; i++) {
		int64_t start = at("2026-11-23T08:00:00Z") + (int64_t)i * 86400;
		struct ed_course *k = edusign_add_course(s->e, "ecole", text(s, "Cours %u", i), start, start + 3600);
		k->professors[k->professor_count++] = id;
	}
}

static void courses_come_40_a_page_from_0(void **state)
{
	struct school *s = *state;

	fill(s, 85);
	assert_int_equal(done(s, "GET", "/v1/course?page=0", NULL)->count, 40);
	assert_int_equal(done(s, "GET", "/v1/course?page=1", NULL)->count, 40);
	assert_int_equal(done(s, "GET", "/v1/course?page=2", NULL)->count, 5);
	assert_int_equal(done(s, "GET", "/v1/course?page=3", NULL)->count, 0);
	assert_int_equal(done(s, "GET", "/v1/course/", NULL)->count, 85);
	sim_set(s->sim, SIM_PAGE_REQUIRED, true);
	assert_int_equal(done(s, "GET", "/v1/course", NULL)->count, 40);
	text_is(done(s, "GET", "/v1/course?page=1", NULL)->first, "NAME", "Cours 40");
}

static void start_and_end_are_days(void **state)
{
	struct school *s = *state;

	fill(s, 120);
	assert_int_equal(done(s, "GET", "/v1/course?start=2026-11-24&end=2026-11-26", NULL)->count, 3);
	assert_int_equal(
	        done(s, "GET", "/v1/course?start=2026-11-24T08:00:01Z&end=2026-11-26T08:00:00Z", NULL)->count, 2);
	assert_int_equal(
	        done(s, "GET", "/v1/course?start=2026-11-24T09%3A00%3A00%2B01%3A00&end=2026-11-24", NULL)->count, 1);
	sim_set(s->sim, SIM_END_EXCLUSIVE, true);
	assert_int_equal(done(s, "GET", "/v1/course?start=2026-11-24&end=2026-11-26", NULL)->count, 2);
}

static void a_range_spans_90_days_at_most(void **state)
{
	struct school *s = *state;

	fill(s, 120);
	/* 90 days from 23 November: the last is 21 February */
	assert_int_equal(done(s, "GET", "/v1/course?start=2026-11-23&end=2027-02-21", NULL)->count, 91);
	assert_int_equal(done(s, "GET", "/v1/course?start=2026-11-23&end=2027-03-22", NULL)->count, 90);
	sim_set(s->sim, SIM_WIDE_RANGE_ERROR, true);
	assert_int_equal(done(s, "GET", "/v1/course?start=2026-11-23&end=2027-02-21", NULL)->count, 91);
	refused(s, "GET", "/v1/course?start=2026-11-23&end=2027-02-22", NULL);
}

static void courses_are_filtered(void **state)
{
	struct school *s = *state;

	fill(s, 4);
	struct ed_course *k = s->e->courses.items;
	const char *ana = student(s, "ana", "11");
	edusign_add_row(s->e, &k[1], str_of(ana));
	edusign_lock(s->e, &k[2], at("2026-11-25T20:00:00Z"));
	k[3].room = STR("B 102");
	assert_int_equal(done(s, "GET", "/v1/course?filters=locked", NULL)->count, 1);
	assert_int_equal(done(s, "GET", "/v1/course?filters=unlocked", NULL)->count, 3);
	assert_int_equal(done(s, "GET", "/v1/course?filters=locked,absencesnotsent", NULL)->count, 1);
	assert_int_equal(done(s, "GET", "/v1/course?filters=absencessent", NULL)->count, 0);
	text_is(done(s, "GET", text(s, "/v1/course?studentId=%s", ana), NULL)->first, "NAME", "Cours 1");
	text_is(done(s, "GET", "/v1/course?classroom=B%20102", NULL)->first, "NAME", "Cours 3");
	assert_int_equal(done(s, "GET", text(s, "/v1/course?professorId=x,%s", k[0].professors[0].p), NULL)->count,
	                 4);
	assert_int_equal(done(s, "GET", "/v1/course?professorId=x", NULL)->count, 0);
	assert_int_equal(done(s, "GET", "/v1/course?dateUpdated=2026-11-25,2026-11-25", NULL)->count, 1);
	assert_int_equal(done(s, "GET", "/v1/course?dateUpdated=2026-11-26,2026-11-27", NULL)->count, 0);
	/* null is no date */
	assert_int_equal(done(s, "GET", "/v1/course?dateUpdated=1960-01-01,2030-01-01", NULL)->count, 1);
}

static void names_come_with_the_first_course_only(void **state)
{
	struct school *s = *state;

	fill(s, 2);
	const char *ana = student(s, "ana", "11");
	edusign_add_row(s->e, &s->e->courses.items[0], str_of(ana));
	edusign_add_row(s->e, &s->e->courses.items[1], str_of(ana));
	const struct json *list = done(s, "GET", "/v1/course?infoStudents=true", NULL);
	text_is(row(list->first, ana), "FIRSTNAME", "ana");
	assert_null(json_get(row(list->last, ana), "FIRSTNAME"));
	assert_null(json_get(row(done(s, "GET", "/v1/course", NULL)->first, ana), "FIRSTNAME"));
}

/* ---- students ---- */

static void a_student_is_made_and_found(void **state)
{
	struct school *s = *state;
	const struct json *result = done(s, "POST", "/v1/student",
	                                 "{\"student\":{\"FIRSTNAME\":\"Zoé\",\"LASTNAME\":\"D'Être\",\"EMAIL\":"
	                                 "\"Zoe@eleves.example\",\"PHONE\":"
	                                 "\"0601020304\",\"TRAINING_NAME\":\"CAP\",\"COMPANY\":\"Or\",\"API_ID\":"
	                                 "\"4711\",\"API_TYPE\":\"ypareo\"}}");
	text_is(result, "type", "created");
	const char *id = arena_str(s->arena, json_text(json_get(result, "ID"))).p;
	const struct json *p = done(s, "GET", "/v1/student/by-email/zoe@eleves.example", NULL);
	text_is(p, "ID", id);
	text_is(p, "id", id);
	text_is(p, "LASTNAME", "D'Être");
	text_is(p, "PHONE", "0601020304");
	text_is(p, "TRAINING_NAME", "CAP");
	text_is(p, "COMPANY", "Or");
	text_is(p, "API_ID", "4711");
	text_is(p, "SCHOOL_ID", "ecole");
	int_is(p, "HIDDEN", 0);
	assert_int_equal(json_get(p, "GROUPS")->kind, JSON_ARRAY);
	text_is(done(s, "GET", "/v1/student/get-id/4711", NULL), "ID", id);
	text_is(done(s, "GET", text(s, "/v1/student/%s", id), NULL), "ID", id);
	refused(s, "GET", "/v1/student/get-id/4712", NULL);
	refused(s, "GET", "/v1/student/by-email/nobody@eleves.example", NULL);
	assert_null(json_get(done(s, "GET", "/v1/student?page=0", NULL)->first, "GROUPS"));
}

static void an_archived_student_is_found_by_email_alone(void **state)
{
	struct school *s = *state;
	const char *ana = student(s, "ana", "11");

	assert_int_equal(done(s, "DELETE", text(s, "/v1/student/%s", ana), NULL)->kind, JSON_BOOL);
	assert_int_equal(s->e->archived, 1);
	assert_int_equal(done(s, "GET", "/v1/student?page=0", NULL)->count, 0);
	int_is(done(s, "GET", "/v1/student/by-email/ana@eleves.example", NULL), "HIDDEN", 1);
	done(s, "GET", text(s, "/v1/student/restore/%s", ana), NULL);
	assert_true(s->entry.write && s->entry.effect);
	int_is(done(s, "GET", "/v1/student/by-email/ana@eleves.example", NULL), "HIDDEN", 0);
	assert_int_equal(done(s, "GET", "/v1/student?page=0", NULL)->count, 1);
}

static void a_known_email_is_refused_linked_or_doubled(void **state)
{
	struct school *s = *state;
	const char *ana = student(s, "ana", "11");
	const char *body = "{\"student\":{\"FIRSTNAME\":\"Ana\",\"LASTNAME\":\"P\",\"EMAIL\":\"ANA@eleves.example\","
	                   "\"API_ID\":\"99\"}}";

	refused(s, "POST", "/v1/student", body);
	sim_set(s->sim, SIM_DUPLICATE_LINKS, true);
	const struct json *result = done(s, "POST", "/v1/student", body);
	text_is(result, "ID", ana);
	text_is(result, "type", "linked");
	assert_false(s->entry.effect);
	text_is(done(s, "GET", text(s, "/v1/student/%s", ana), NULL), "API_ID", "11");
	sim_set(s->sim, SIM_POST_PERSON_TWICE, true);
	text_is(done(s, "POST", "/v1/student", body), "type", "created");
	assert_int_equal(edusign_student_count(s->e, "ecole", 0), 2);
}

static void a_student_is_patched(void **state)
{
	struct school *s = *state;
	const char *ana = student(s, "ana", "11");

	student(s, "leo", "12");
	assert_int_equal(refused(s, "PATCH", "/v1/student", text(s, "{\"student\":{\"ID\":\"%s\"}}", ana))->count, 2);
	s->now_ms += 60000;
	const struct json *result = done(
	        s, "PATCH", "/v1/student/",
	        text(s,
	             "{\"student\":{\"ID\":\"%s\",\"FIRSTNAME\":\"Anna\",\"LASTNAME\":\"Petit\",\"COMPANY\":\"Or\"}}",
	             ana));
	assert_int_equal(result->kind, JSON_BOOL);
	const struct json *p = done(s, "GET", text(s, "/v1/student/%s", ana), NULL);
	text_is(p, "FIRSTNAME", "Anna");
	text_is(p, "COMPANY", "Or");
	text_is(p, "EMAIL", "ana@eleves.example");
	text_is(p, "API_ID", "11");
	text_is(p, "DATE_UPDATED", "2026-11-23T11:01:00.000Z");
	refused(s, "PATCH", "/v1/student",
	        text(s,
	             "{\"student\":{\"ID\":\"%s\",\"FIRSTNAME\":\"A\",\"LASTNAME\":\"P\",\"EMAIL\":\"leo@eleves."
	             "example\"}}",
	             ana));
}

static void students_are_paged_limited_and_named_by_ids(void **state)
{
	struct school *s = *state;
	const char *first = NULL;

	for (int i = 0; i < 105; i++) {
		const char *id = student(s, text(s, "eleve%d", i), text(s, "%d", i + 1));
		first = first ? first : id;
	}
	assert_int_equal(done(s, "GET", "/v1/student?page=0", NULL)->count, 100);
	assert_int_equal(done(s, "GET", "/v1/student?page=1", NULL)->count, 5);
	assert_int_equal(done(s, "GET", "/v1/student?page=2&limit=50", NULL)->count, 5);
	assert_int_equal(done(s, "GET", "/v1/student", NULL)->count, 105);
	assert_int_equal(done(s, "GET", "/v1/student?search=eleve10", NULL)->count, 6);
	assert_int_equal(done(s, "GET", "/v1/student?updatedAfter=2026-11-23T11:00:01Z", NULL)->count, 0);
	const struct json *list =
	        done(s, "POST", "/v1/student/by-ids", text(s, "{\"studentIds\":[\"%s\",\"nobody\"]}", first));
	assert_false(s->entry.write);
	assert_int_equal(list->count, 1);
	text_is(list->first, "ID", first);
}

static void credentials_go_out_as_asked(void **state)
{
	struct school *s = *state;

	student(s, "ana", "11");
	professor(s, "guy", "5");
	assert_int_equal(s->e->mails.n, 0);
	made(s, "/v1/student",
	     "{\"student\":{\"FIRSTNAME\":\"A\",\"LASTNAME\":\"B\",\"EMAIL\":\"ab@eleves.example\","
	     "\"SEND_EMAIL_CREDENTIALS\":true}}");
	assert_int_equal(s->e->mails.n, 1);
	assert_true(str_eqz(s->e->mails.items[0].to, "ab@eleves.example"));
	/* beside the professor and inverted: inside it the mail goes out */
	made(s, "/v1/professor",
	     "{\"professor\":{\"FIRSTNAME\":\"A\",\"LASTNAME\":\"B\",\"EMAIL\":\"ab@profs.example\","
	     "\"dontSendCredentials\":true}}");
	assert_int_equal(s->e->mails.n, 2);
	assert_string_equal(s->e->mails.items[1].kind, "credentials");
}

/* ---- professors ---- */

static void a_professor_is_shared_by_schools(void **state)
{
	struct school *s = *state;
	const char *body = "{\"professor\":{\"FIRSTNAME\":\"Guy\",\"LASTNAME\":\"R\",\"EMAIL\":\"guy@profs.example\","
	                   "\"API_ID\":\"88\"},\"dontSendCredentials\":true}";
	const char *guy = professor(s, "guy", "5");

	says(s, "POST", "/v1/professor", body, "Professor already exists in this school");
	s->token = "autre";
	assert_true(str_starts(refused(s, "GET", "/v1/professor/by-email/guy@profs.example", NULL)->text,
	                       "Error - cannot get professor by email"));
	const struct json *result = done(s, "POST", "/v1/professor", body);
	text_is(result, "ID", guy);
	text_is(result, "type", "linked");
	const struct json *p = done(s, "GET", text(s, "/v1/professor/%s", guy), NULL);
	text_is(p, "API_ID", "5");
	assert_int_equal(json_get(p, "SCHOOL_ID")->count, 2);
	assert_int_equal(s->e->shared_patched, 0);
	result = done(s, "PATCH", "/v1/professor/",
	              text(s,
	                   "{\"professor\":{\"ID\":\"%s\",\"FIRSTNAME\":\"G\",\"LASTNAME\":\"R\",\"EMAIL\":"
	                   "\"guy@profs.example\"}}",
	                   guy));
	bool_is(result, "result", true);
	assert_int_equal(s->e->shared_patched, 1);
}

static void a_professor_is_archived_in_one_school(void **state)
{
	struct school *s = *state;
	const char *guy = professor(s, "guy", "5");

	edusign_add_professor(s->e, "lycee", "", "", "guy@profs.example");
	done(s, "DELETE", text(s, "/v1/professor/%s", guy), NULL);
	const struct json *p = done(s, "GET", "/v1/professor/by-email/guy@profs.example", NULL);
	assert_int_equal(json_get(p, "HIDDEN")->count, 1);
	assert_true(str_eqz(json_get(p, "HIDDEN")->first->text, "ecole"));
	assert_int_equal(done(s, "GET", "/v1/professor?page=0", NULL)->count, 0);
	s->token = "autre";
	assert_int_equal(done(s, "GET", "/v1/professor?page=0", NULL)->count, 1);
	s->token = "clef";
	done(s, "GET", text(s, "/v1/professor/restore/%s", guy), NULL);
	assert_int_equal(json_get(done(s, "GET", text(s, "/v1/professor/%s", guy), NULL), "HIDDEN")->count, 0);
}

static void professors_come_100_a_page(void **state)
{
	struct school *s = *state;

	for (int i = 0; i < 101; i++)
		edusign_add_professor(s->e, "ecole", "P", "P", text(s, "p%d@profs.example", i));
	assert_int_equal(done(s, "GET", "/v1/professor?page=0", NULL)->count, 100);
	assert_int_equal(done(s, "GET", "/v1/professor?page=1", NULL)->count, 1);
}

/* ---- the rest ---- */

static void a_tutor_is_an_external(void **state)
{
	struct school *s = *state;

	says(s, "GET", "/v1/externals/by-email/paul@or.example", NULL, "ERR_UNKNOWN_EXTERNAL_BY_EMAIL");
	const char *id =
	        made(s, "/v1/externals",
	             "{\"external\":{\"FIRSTNAME\":\"Paul\",\"LASTNAME\":\"M\",\"EMAIL\":\"paul@or.example\","
	             "\"COMPANY\":\"Or\",\"API_ID\":\"88\",\"API_TYPE\":\"ypareo\"}}");
	const struct json *x = done(s, "GET", "/v1/externals/by-email/paul@or.example", NULL);
	text_is(x, "ID", id);
	text_is(x, "COMPANY", "Or");
	int_is(x, "TYPE", 0);
	done(s, "PATCH", "/v1/externals", text(s, "{\"external\":{\"ID\":\"%s\",\"COMPANY\":\"Argent\"}}", id));
	text_is(done(s, "GET", "/v1/externals/get-id/88", NULL), "ID", id);
	text_is(done(s, "GET", text(s, "/v1/externals/%s", id), NULL), "COMPANY", "Argent");
	const char *ana =
	        made(s, "/v1/student",
	             text(s,
	                  "{\"student\":{\"FIRSTNAME\":\"A\",\"LASTNAME\":\"B\",\"EMAIL\":\"ab@eleves.example\","
	                  "\"STUDENT_FOLLOWER_ID\":[\"%s\"]}}",
	                  id));
	x = done(s, "GET", text(s, "/v1/student/%s", ana), NULL);
	assert_true(str_eqz(json_get(x, "STUDENT_FOLLOWER_ID")->first->text, id));
}

static void by_switch_calls_without_a_source_do_not_exist(void **state)
{
	struct school *s = *state;
	struct sim_request req = {.method = "GET",
	                          .path = STR("/v1/externals/get-id/88"),
	                          .credential = STR("clef"),
	                          .now_ms = s->now_ms,
	                          .arena = s->arena};

	refused(s, "GET", "/v1/externals/get-id/88", NULL);
	sim_set(s->sim, SIM_NO_EXTRAS, true);
	buf_deinit(&s->reply.body);
	edusign_handle(s->e, s->sim, &req, &s->reply, &s->entry);
	assert_int_equal(s->reply.status, 404);
	refused(s, "GET", "/v1/externals/by-email/x@y.example", NULL);
}

static void a_group_replaces_its_members(void **state)
{
	struct school *s = *state;
	const char *ana = student(s, "ana", "11"), *leo = student(s, "leo", "12");
	const char *id =
	        made(s, "/v1/group",
	             text(s, "{\"group\":{\"NAME\":\"CAP 1\",\"STUDENTS\":[\"%s\"],\"API_ID\":\"70\"}}", ana));
	const struct json *g = done(s, "GET", text(s, "/v1/group/%s", id), NULL);

	text_is(g, "NAME", "CAP 1");
	text_is(g, "id", id);
	assert_int_equal(json_get(g, "STUDENTS")->count, 1);
	text_is(done(s, "GET", "/v1/group/get-id/70", NULL), "ID", id);
	done(s, "PATCH", "/v1/group",
	     text(s, "{\"group\":{\"ID\":\"%s\",\"NAME\":\"CAP 1\",\"STUDENTS\":[\"%s\"]}}", id, leo));
	assert_int_equal(json_get(done(s, "GET", text(s, "/v1/student/%s", ana), NULL), "GROUPS")->count, 0);
	assert_int_equal(json_get(done(s, "GET", text(s, "/v1/student/%s", leo), NULL), "GROUPS")->count, 1);
	assert_int_equal(done(s, "GET", "/v1/group?page=0", NULL)->count, 1);
	done(s, "DELETE", text(s, "/v1/group/%s", id), NULL);
	refused(s, "GET", text(s, "/v1/group/%s", id), NULL);
	assert_null(edusign_group(s->e, "ecole", 70));
}

static void a_training_has_a_flat_body_and_a_bare_answer(void **state)
{
	struct school *s = *state;
	const struct json *result =
	        done(s, "POST", "/v1/trainings",
	             "{\"NAME\":\"BTS\",\"START\":\"2026-09-01 08:00:00\",\"END\":\"2027-06-30\"}");

	assert_int_equal(result->kind, JSON_STRING);
	const char *id = arena_str(s->arena, result->text).p;
	const struct json *t = done(s, "GET", text(s, "/v1/trainings/%s", id), NULL);
	text_is(t, "START", "2026-09-01T08:00:00.000Z");
	int_is(t, "ARCHIVED", 0);
	done(s, "POST", text(s, "/v1/trainings/resources/%s", id), "{\"studentsIds\":[\"a\",\"b\"]}");
	done(s, "PATCH", text(s, "/v1/trainings/resources/%s", id), "{\"studentsIds\":[\"a\"]}");
	t = done(s, "GET", "/v1/trainings/?page=0", NULL)->first;
	assert_int_equal(json_get(t, "STUDENT_IDS")->count, 1);
	bool_is(t, "ARCHIVED", false);
	done(s, "PUT", text(s, "/v1/trainings/%s", id), "{\"NAME\":\"BTS 1\"}");
	text_is(done(s, "GET", text(s, "/v1/trainings/%s", id), NULL), "NAME", "BTS 1");
	done(s, "DELETE", text(s, "/v1/trainings/%s", id), NULL);
	assert_int_equal(done(s, "GET", "/v1/trainings/?page=0", NULL)->count, 0);
}

static void rooms_and_the_school(void **state)
{
	struct school *s = *state;

	edusign_add_room(s->e, "ecole", "B102");
	edusign_add_room(s->e, "lycee", "C1");
	const struct json *rooms = done(s, "GET", "/v1/classrooms", NULL);
	assert_int_equal(rooms->count, 1);
	text_is(rooms->first, "NAME", "B102");
	assert_int_equal(done(s, "PATCH", "/v1/school", "{\"school\":{\"NAME\":\"CFA\"}}")->kind, JSON_BOOL);
	text_is(done(s, "GET", "/v1/school", NULL), "name", "CFA");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, edusign_fixture_open, edusign_fixture_close)
	const struct CMUnitTest tests[] = {
	        T(courses_come_40_a_page_from_0),
	        T(start_and_end_are_days),
	        T(a_range_spans_90_days_at_most),
	        T(courses_are_filtered),
	        T(names_come_with_the_first_course_only),
	        T(a_student_is_made_and_found),
	        T(an_archived_student_is_found_by_email_alone),
	        T(a_known_email_is_refused_linked_or_doubled),
	        T(a_student_is_patched),
	        T(students_are_paged_limited_and_named_by_ids),
	        T(credentials_go_out_as_asked),
	        T(a_professor_is_shared_by_schools),
	        T(a_professor_is_archived_in_one_school),
	        T(professors_come_100_a_page),
	        T(a_tutor_is_an_external),
	        T(by_switch_calls_without_a_source_do_not_exist),
	        T(a_group_replaces_its_members),
	        T(a_training_has_a_flat_body_and_a_bare_answer),
	        T(rooms_and_the_school),
	};
#undef T
	return cmocka_run_group_tests(tests, NULL, NULL);
}
