#include "tests/unit/adapter_drive.h"

#include "adapters/edusign/edusign.h"
#include "core/base/tz.h"

/* Edusign's sheets, written. */

#define BASE "https://ext.edusign.fr"

struct world {
	struct drive d;
	const struct attendance_port *port;
	struct str instructors[3], learners[2];
	struct sheet_wish wish;
	struct sheet now;
};

static int setup(void **state)
{
	static struct world w;
	struct adapter_connection c = {.url = BASE "/v1", .token = "k3y"};
	struct fault fault;
	int64_t midnight = (int64_t)day_of(2026, 11, 24) * 86400;
	memset(&w, 0, sizeof(w));
	drive_begin(&w.d);
	assert_int_equal(edusign_open(&c, &w.port, &fault), 0);
	w.instructors[0] = STR("p1");
	w.instructors[1] = STR("p2");
	w.instructors[2] = STR("p3");
	w.learners[0] = STR("s1");
	w.learners[1] = STR("s2");
	w.wish = (struct sheet_wish){.session = 90210,
	                             .name = STR("Réseaux"),
	                             .room = STR("B102, B103"),
	                             .start = midnight + 27000,
	                             .end = midnight + 39600,
	                             .instructors = {w.instructors, 2},
	                             .learners = {w.learners, 2}};
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	drive_end(&w->d);
	edusign_close(&w->port);
	return 0;
}

#define OURS                                                                                                         \
	"\"NAME\":\"Réseaux\",\"START\":\"2026-11-24T07:30:00.000Z\",\"END\":\"2026-11-24T11:00:00.000Z\",\"API_"   \
	"ID\":\"90210\","                                                                                            \
	"\"API_TYPE\":\"ypareo\","
#define ROSTER "\"STUDENTS\":[{\"studentId\":\"s1\"},{\"studentId\":\"s2\"}],"

/* ---- create ---- */

static void create(void **state)
{
	struct world *w = *state;
	struct str id = STR_NONE;
	w->port->sheet_create(w->port->self, &w->d.x, w->d.keep, &w->wish, &id);
	drive_asked(&w->d, FETCH_POST, BASE "/v1/course?fromStudents=true", FETCH_WRITE_ONCE);
	drive_body(&w->d, "{\"course\":{" OURS ROSTER "\"PROFESSOR\":\"p1\",\"PROFESSOR_2\":\"p2\",\"CLASSROOM\":"
	                  "\"B102, B103\",\"NEED_STUDENTS_SIGNATURE\":true}}");
	drive_answer(&w->d, 200, "{\"status\":\"success\",\"result\":{\"ID\":\"c1\"}}");
	drive_ok(&w->d);
	drive_text(id, "c1");
	w->wish.room = STR_NONE;
	w->wish.learners.n = 0;
	w->wish.instructors.n = 3;
	w->port->sheet_create(w->port->self, drive_next(&w->d), w->d.keep, &w->wish, &id);
	drive_body(&w->d, "{\"course\":{" OURS
	                  "\"STUDENTS\":[],\"PROFESSOR\":\"p1\",\"PROFESSOR_2\":\"p2\",\"PROFESSOR_3\":\"p3\","
	                  "\"NEED_STUDENTS_SIGNATURE\":true}}");
}

static void create_answers(void **state)
{
	struct world *w = *state;
	static const struct {
		int status;
		const char *body;
		enum fault_class class;
	} cases[] = {
	        {200, "{\"status\":\"error\",\"message\":[\"PROFESSOR is required\"]}", FAULT_REMOTE},
	        {200, "{\"status\":\"error\",\"message\":\"API_ID already used\"}", FAULT_REMOTE},
	        {200, "{\"status\":\"success\",\"result\":null}", FAULT_UNCERTAIN},
	        {200, "", FAULT_UNCERTAIN},
	        {503, "", FAULT_UNCERTAIN},
	        {404, "Not Found", FAULT_REMOTE},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str id = STR_NONE;
		w->port->sheet_create(w->port->self, drive_next(&w->d), w->d.keep, &w->wish, &id);
		drive_answer(&w->d, cases[i].status, cases[i].body);
		assert_int_equal(w->d.x.fault.class, cases[i].class);
		assert_int_equal(id.n, 0);
	}
	struct str id = STR_NONE;
	w->port->sheet_create(w->port->self, drive_next(&w->d), w->d.keep, &w->wish, &id);
	drive_reply(&w->d, ERR_TIMEOUT, 0, STR_NONE);
	drive_fault(&w->d, FAULT_UNCERTAIN, ERR_TIMEOUT);
}

/* ---- update ---- */

static void read_now(struct world *w, const char *result)
{
	struct buf b;
	buf_init(&b, 0);
	buf_printf(&b, "{\"status\":\"success\",\"result\":%s}", result);
	memset(&w->now, 0, sizeof(w->now));
	w->port->sheet(w->port->self, drive_next(&w->d), w->d.keep, STR("c1"), &w->now);
	drive_reply(&w->d, 0, 200, buf_str(&b));
	drive_ok(&w->d);
	buf_deinit(&b);
}

static void update(struct world *w, const char *body)
{
	w->port->sheet_update(w->port->self, drive_next(&w->d), &w->now, &w->wish, w->wish.learners);
	drive_asked(&w->d, FETCH_PATCH, BASE "/v1/course?fromStudents=true", FETCH_WRITE_KEYED);
	drive_body(&w->d, body);
}

/* Everything that may be written and that the sheet bears goes back; what only reads does not. */
static void update_is_whole(void **state)
{
	struct world *w = *state;
	read_now(w, "{\"ID\":\"c1\",\"IDX\":5,\"NAME\":\"Old\",\"DESCRIPTION\":\"à la "
	            "main\",\"START\":\"2026-11-24T06:30:00.000Z\","
	            "\"END\":\"2026-11-24T10:00:00.000Z\",\"PROFESSOR\":\"p9\",\"PROFESSOR_2\":\"p2\",\"PROFESSOR_"
	            "3\":\"p3\",\"PROFESSOR_17\":\"p17\","
	            "\"PROFESSOR_4\":\"\",\"PROFESSOR_SIGNATURE\":null,\"PROFESSOR_SIGNATURE_2\":\"\",\"CLASSROOM\":"
	            "\"Old room\","
	            "\"SCHOOL_GROUP\":[\"g1\"],\"STUDENTS\":[{\"studentId\":\"s7\",\"state\":false}],\"MAX_"
	            "STUDENTS\":12,\"ZOOM\":1,"
	            "\"API_ID\":\"90210\",\"API_TYPE\":\"ypareo\",\"TRAINING_ID\":\"t1\",\"NEED_STUDENTS_SIGNATURE\":"
	            "0,\"SURVEY_ID\":\"v1\","
	            "\"SURVEY_ID_2\":null,\"TEACHER_SURVEY\":\"v3\",\"LOCKED\":0,\"CREATOR_ID\":\"x\",\"DATE_"
	            "UPDATED\":null,\"ANNOTATION\":\"n\"}");
	update(w, "{\"course\":{\"ID\":\"c1\"," OURS ROSTER
	          "\"PROFESSOR\":\"p1\",\"PROFESSOR_2\":\"p2\",\"PROFESSOR_3\":\"\",\"PROFESSOR_17\":\"\","
	          "\"CLASSROOM\":\"B102, B103\",\"DESCRIPTION\":\"à la "
	          "main\",\"SCHOOL_GROUP\":[\"g1\"],\"MAX_STUDENTS\":12,\"ZOOM\":true,"
	          "\"TRAINING_ID\":\"t1\",\"SURVEY_ID\":\"v1\",\"TEACHER_SURVEY\":\"v3\",\"NEED_STUDENTS_SIGNATURE\":"
	          "false},\"editSurveys\":false}");
}

/* What is empty is not sent: an empty TRAINING_ID would unlink. The room is, since ours may have none now. */
static void update_of_little(void **state)
{
	struct world *w = *state;
	w->wish.room = STR_NONE;
	read_now(w, "{\"ID\":\"c1\",\"DESCRIPTION\":\"\",\"PROFESSOR\":\"p1\",\"SCHOOL_GROUP\":[],\"ZOOM\":0,"
	            "\"TRAINING_ID\":\"\",\"MAX_STUDENTS\":null}");
	update(w, "{\"course\":{\"ID\":\"c1\"," OURS ROSTER
	          "\"PROFESSOR\":\"p1\",\"PROFESSOR_2\":\"p2\",\"CLASSROOM\":\"\",\"ZOOM\":false,"
	          "\"NEED_STUDENTS_SIGNATURE\":true},\"editSurveys\":false}");
	/* without the sheet as a document: ours alone */
	w->now.whole = NULL;
	update(w, "{\"course\":{\"ID\":\"c1\"," OURS ROSTER
	          "\"PROFESSOR\":\"p1\",\"PROFESSOR_2\":\"p2\",\"CLASSROOM\":\"\","
	          "\"NEED_STUDENTS_SIGNATURE\":true},\"editSurveys\":false}");
}

/* A signature stays with the instructor who gave it, and goes to nobody else. */
static void update_signatures(void **state)
{
	struct world *w = *state;
	read_now(w,
	         "{\"ID\":\"c1\",\"PROFESSOR\":\"p9\",\"PROFESSOR_2\":\"p2\",\"PROFESSOR_SIGNATURE\":\"https://s/9\","
	         "\"PROFESSOR_SIGNATURE_2\":\"https://s/2\",\"PROFESSOR_SIGNATURE_TIMESTAMP\":\"x\"}");
	update(w, "{\"course\":{\"ID\":\"c1\"," OURS ROSTER
	          "\"PROFESSOR\":\"p1\",\"PROFESSOR_2\":\"p2\",\"PROFESSOR_SIGNATURE_2\":\"https://s/2\","
	          "\"CLASSROOM\":\"B102, B103\",\"NEED_STUDENTS_SIGNATURE\":true},\"editSurveys\":false}");
}

/* The roster is the caller's: others' learners among them. */
static void update_roster(void **state)
{
	struct world *w = *state;
	struct str all[] = {STR("s7"), STR("s1")};
	read_now(w, "{\"ID\":\"c1\",\"PROFESSOR\":\"p1\"}");
	w->port->sheet_update(w->port->self, drive_next(&w->d), &w->now, &w->wish, (struct texts){all, 2});
	drive_body(&w->d, "{\"course\":{\"ID\":\"c1\"," OURS
	                  "\"STUDENTS\":[{\"studentId\":\"s7\"},{\"studentId\":\"s1\"}],\"PROFESSOR\":\"p1\","
	                  "\"PROFESSOR_2\":\"p2\",\"CLASSROOM\":\"B102, "
	                  "B103\",\"NEED_STUDENTS_SIGNATURE\":true},\"editSurveys\":false}");
}

static void update_answers(void **state)
{
	struct world *w = *state;
	static const char *const well[] = {"{\"status\":\"success\",\"result\":true}",
	                                   "{\"status\":\"success\",\"result\":{\"ID\":\"c1\"}}",
	                                   "{\"status\":\"success\",\"result\":{}}", "{\"status\":\"success\"}"};
	read_now(w, "{\"ID\":\"c1\",\"PROFESSOR\":\"p1\"}");
	for (size_t i = 0; i < 4; i++) {
		w->port->sheet_update(w->port->self, drive_next(&w->d), &w->now, &w->wish, w->wish.learners);
		drive_answer(&w->d, 200, well[i]);
		drive_ok(&w->d);
	}
	static const struct {
		const char *body;
		enum fault_class class;
		int code;
	} cases[] = {
	        {"{\"status\":\"error\",\"message\":\"course locked\"}", FAULT_REMOTE, ERR_CONFLICT},
	        {"{\"status\":\"error\",\"message\":\"No course with this ID found\"}", FAULT_REMOTE, ERR_NOT_FOUND},
	        {"{\"status\":\"success\",\"result\":false}", FAULT_REMOTE, ERR_REMOTE},
	        {"{}", FAULT_UNCERTAIN, ERR_MISSING},
	        {"true", FAULT_UNCERTAIN, ERR_MISSING},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		w->port->sheet_update(w->port->self, drive_next(&w->d), &w->now, &w->wish, w->wish.learners);
		drive_answer(&w->d, 200, cases[i].body);
		drive_fault(&w->d, cases[i].class, cases[i].code);
	}
}

/* ---- delete, roster ---- */

static void deletes(void **state)
{
	struct world *w = *state;
	static const char *const gone[] = {"{\"status\":\"success\",\"result\":true}",
	                                   "{\"status\":\"error\",\"message\":\"No course with this ID found\"}"};
	for (size_t i = 0; i < 2; i++) {
		w->port->sheet_delete(w->port->self, drive_next(&w->d), STR("c1"));
		drive_asked(&w->d, FETCH_DELETE, BASE "/v1/course/c1", FETCH_WRITE_KEYED);
		assert_int_equal(w->d.x.request.body.n, 0);
		drive_answer(&w->d, 200, gone[i]);
		drive_ok(&w->d);
	}
	static const struct {
		int status;
		const char *body;
		enum fault_class class;
	} cases[] = {
	        {200, "{\"status\":\"error\",\"message\":\"course locked\"}", FAULT_REMOTE},
	        {200, "{\"status\":\"error\",\"message\":\"Classroom not found\"}", FAULT_REMOTE},
	        {200, "{\"status\":\"success\",\"result\":false}", FAULT_REMOTE},
	        {404, "Not Found", FAULT_REMOTE},
	        {502, "", FAULT_UNCERTAIN},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		w->port->sheet_delete(w->port->self, drive_next(&w->d), STR("c1"));
		drive_answer(&w->d, cases[i].status, cases[i].body);
		assert_int_equal(w->d.x.fault.class, cases[i].class);
	}
}

static void roster(void **state)
{
	struct world *w = *state;
	static const char already[] = "{\"status\":\"error\",\"message\":\"Student already in the list\"}";
	w->port->roster_add(w->port->self, drive_next(&w->d), STR("c1"), STR("s1"));
	drive_asked(&w->d, FETCH_PUT, BASE "/v1/course/attendance/c1", FETCH_WRITE_KEYED);
	drive_body(&w->d, "{\"studentId\":\"s1\"}");
	drive_answer(&w->d, 200, "{\"status\":\"success\",\"result\":true}");
	drive_ok(&w->d);
	w->port->roster_add(w->port->self, drive_next(&w->d), STR("c1"), STR("s1"));
	drive_answer(&w->d, 200, already);
	drive_ok(&w->d);
	w->port->roster_add(w->port->self, drive_next(&w->d), STR("c1"), STR("s1"));
	drive_answer(&w->d, 200, "{\"status\":\"error\",\"message\":\"course locked\"}");
	drive_fault(&w->d, FAULT_REMOTE, ERR_CONFLICT);
	/* a DELETE that bears a body */
	w->port->roster_remove(w->port->self, drive_next(&w->d), STR("c1"), STR("s1"));
	drive_asked(&w->d, FETCH_DELETE, BASE "/v1/course/attendance/c1", FETCH_WRITE_KEYED);
	drive_body(&w->d, "{\"studentId\":\"s1\"}");
	drive_answer(&w->d, 200, "{\"status\":\"success\",\"result\":true}");
	drive_ok(&w->d);
	w->port->roster_remove(w->port->self, drive_next(&w->d), STR("c1"), STR("s1"));
	drive_answer(&w->d, 200, already);
	drive_fault(&w->d, FAULT_REMOTE, ERR_EXISTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(create, setup, teardown),
	        cmocka_unit_test_setup_teardown(create_answers, setup, teardown),
	        cmocka_unit_test_setup_teardown(update_is_whole, setup, teardown),
	        cmocka_unit_test_setup_teardown(update_of_little, setup, teardown),
	        cmocka_unit_test_setup_teardown(update_signatures, setup, teardown),
	        cmocka_unit_test_setup_teardown(update_roster, setup, teardown),
	        cmocka_unit_test_setup_teardown(update_answers, setup, teardown),
	        cmocka_unit_test_setup_teardown(deletes, setup, teardown),
	        cmocka_unit_test_setup_teardown(roster, setup, teardown),
	};
	return cmocka_run_group_tests_name("adapter_edusign_write", tests, NULL, NULL);
}
