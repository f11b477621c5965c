#include "tests/unit/adapter_drive.h"

#include "adapters/edusign/edusign.h"

/* Edusign's people: looked up, listed, created, changed, restored. */

#define BASE "https://ext.edusign.fr"

struct world {
	struct drive d;
	const struct attendance_port *port;
	struct items out;
};

static int setup(void **state)
{
	static struct world w;
	struct adapter_connection c = {.url = BASE "/v1", .token = "k3y"};
	struct fault fault;
	memset(&w, 0, sizeof(w));
	drive_begin(&w.d);
	assert_int_equal(edusign_open(&c, &w.port, &fault), 0);
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

#define FULL                                                                                                         \
	"{\"ID\":\"s1\",\"id\":\"s1\",\"FIRSTNAME\":\" "                                                             \
	"Zoé\",\"LASTNAME\":\"LEFÈVRE\",\"EMAIL\":\"zoe@x.fr\",\"PHONE\":601020304,"                               \
	"\"TRAINING_NAME\":\"BTS\",\"COMPANY\":\"Café\",\"TAGS\":[],\"HIDDEN\":0,\"SCHOOL_ID\":\"school1\",\"API_"  \
	"ID\":4711,"                                                                                                 \
	"\"API_TYPE\":\"ypareo\",\"PASSWORD\":\"x\",\"GROUPS\":[\"g\"]}"

static void find(void **state)
{
	struct world *w = *state;
	static const char *const urls[] = {BASE "/v1/student/get-id/4711", BASE "/v1/professor/get-id/4711",
	                                   BASE "/v1/externals/get-id/4711"};
	for (int kind = 0; kind < PERSON_KIND_COUNT; kind++) {
		struct str id = STR_NONE;
		w->port->person_find(w->port->self, drive_next(&w->d), w->d.keep, (enum person_kind)kind, 4711, &id);
		drive_asked(&w->d, FETCH_GET, urls[kind], FETCH_READ);
		drive_answer(&w->d, 200, "{\"status\":\"success\",\"result\":{\"id\":\"a1\"}}");
		drive_ok(&w->d);
		drive_text(id, "a1");
	}
}

static void by_email(void **state)
{
	struct world *w = *state;
	static const char *const urls[] = {BASE "/v1/student/by-email/zo%C3%A9%2Bcfa%40x.fr",
	                                   BASE "/v1/professor/by-email/zo%C3%A9%2Bcfa%40x.fr",
	                                   BASE "/v1/externals/by-email/zo%C3%A9%2Bcfa%40x.fr"};
	for (int kind = 0; kind < PERSON_KIND_COUNT; kind++) {
		struct account a = {.id = STR_NONE};
		w->port->person_by_email(w->port->self, drive_next(&w->d), w->d.keep, (enum person_kind)kind,
		                         STR("zoé+cfa@x.fr"), &a);
		drive_asked(&w->d, FETCH_GET, urls[kind], FETCH_READ);
		drive_answer(&w->d, 200, "{\"status\":\"success\",\"result\":" FULL "}");
		drive_ok(&w->d);
		drive_text(a.id, "s1");
		drive_text(a.first, "Zoé");
		drive_text(a.last, "LEFÈVRE");
		drive_text(a.email, "zoe@x.fr");
		drive_text(a.phone, "601020304");
		drive_text(a.training, "BTS");
		drive_text(a.company, "Café");
		drive_text(a.api_id, "4711");
		drive_text(a.api_type, "ypareo");
		assert_false(a.hidden);
		assert_int_equal(a.schools, 1);
		assert_true(a.in_school);
	}
}

static void by_email_none(void **state)
{
	struct world *w = *state;
	static const char *const none[] = {
	        "{\"status\":\"success\",\"result\":null}",
	        "{\"status\":\"success\",\"result\":[]}",
	        "{\"status\":\"success\",\"result\":\"\"}",
	        "{\"status\":\"success\",\"result\":false}",
	        "{\"status\":\"error\",\"message\":\"Error - cannot get professor by email x@y.fr\"}",
	        "{\"status\":\"error\",\"message\":\"ERR_UNKNOWN_EXTERNAL_BY_EMAIL\"}",
	        "{\"status\":\"error\",\"message\":\"Erreur\",\"errorCode\":\"ERR_UNKNOWN_EXTERNAL_BY_EMAIL\"}",
	        "{\"status\":\"error\",\"message\":\"No student with this email found\"}"};
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		struct account a = {.id = STR_NONE};
		w->port->person_by_email(w->port->self, drive_next(&w->d), w->d.keep, PERSON_INSTRUCTOR,
		                         STR("x@y.fr"), &a);
		drive_answer(&w->d, 200, none[i]);
		drive_ok(&w->d);
		assert_int_equal(a.id.n, 0);
	}
	static const struct {
		int status;
		const char *body;
		enum fault_class class;
	} faults[] = {
	        {200, "{\"status\":\"success\",\"result\":[" FULL "," FULL "]}", FAULT_REMOTE},
	        {200, "{\"status\":\"success\",\"result\":true}", FAULT_DATA},
	        {200, "{\"status\":\"success\",\"result\":{\"EMAIL\":\"x@y.fr\"}}", FAULT_DATA},
	        {200, "{\"status\":\"error\",\"message\":\"Quota of jean@y.fr used up\"}", FAULT_REMOTE},
	        {200, "{\"status\":\"error\",\"message\":[\"email x@y.fr not found\"]}", FAULT_REMOTE},
	        {404, "Not Found", FAULT_REMOTE},
	        {500, "Internal Server Error", FAULT_TRANSIENT},
	        {403, "Forbidden", FAULT_AUTH},
	};
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		struct account a = {.id = STR_NONE};
		w->port->person_by_email(w->port->self, drive_next(&w->d), w->d.keep, PERSON_INSTRUCTOR,
		                         STR("x@y.fr"), &a);
		drive_answer(&w->d, faults[i].status, faults[i].body);
		assert_int_equal(w->d.x.fault.class, faults[i].class);
		assert_int_equal(a.id.n, 0);
		drive_silent(&w->d, "y.fr");
		drive_says(&w->d, "instructor_by_email");
	}
}

static void one_in_a_list(void **state)
{
	struct world *w = *state;
	struct account a = {.id = STR_NONE};
	w->port->person_by_email(w->port->self, &w->d.x, w->d.keep, PERSON_LEARNER, STR("x@y.fr"), &a);
	drive_answer(&w->d, 200, "{\"status\":\"success\",\"result\":[" FULL "]}");
	drive_ok(&w->d);
	drive_next(&w->d); /* the answer outlives its exchange */
	drive_text(a.id, "s1");
	drive_text(a.last, "LEFÈVRE");
}

static void read_one(void **state)
{
	struct world *w = *state;
	static const char *const urls[] = {BASE "/v1/student/s1", BASE "/v1/professor/s1", BASE "/v1/externals/s1"};
	struct account a = {.id = STR_NONE};
	for (int kind = 0; kind < PERSON_KIND_COUNT; kind++) {
		w->port->person_read(w->port->self, drive_next(&w->d), w->d.keep, (enum person_kind)kind, STR("s1"),
		                     &a);
		drive_asked(&w->d, FETCH_GET, urls[kind], FETCH_READ);
		drive_answer(&w->d, 200, "{\"status\":\"success\",\"result\":" FULL "}");
		drive_ok(&w->d);
		drive_text(a.id, "s1");
	}
	static const char *const none[] = {"{\"status\":\"error\",\"message\":\"No student with this ID found\"}",
	                                   "{\"status\":\"success\",\"result\":null}"};
	for (size_t i = 0; i < 2; i++) {
		w->port->person_read(w->port->self, drive_next(&w->d), w->d.keep, PERSON_LEARNER, STR("s1"), &a);
		drive_answer(&w->d, 200, none[i]);
		drive_fault(&w->d, FAULT_REMOTE, ERR_NOT_FOUND);
	}
}

/* Who follows: read as a list, or as nobody, and sent whole with the names, which are required. */
static void followers(void **state)
{
	struct world *w = *state;
	struct account a;
	static const struct {
		const char *member;
		size_t n;
	} cases[] = {{"\"STUDENT_FOLLOWER_ID\":[\"x1\",\"x2\",\"\"]", 2}, {"\"STUDENT_FOLLOWER_ID\":null", 0},
	             {"\"STUDENT_FOLLOWER_ID\":\"x1\"", 1}, {"\"EMAIL\":\"a@b.fr\"", 0}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char body[200];
		w->port->person_read(w->port->self, drive_next(&w->d), w->d.keep, PERSON_LEARNER, STR("s1"), &a);
		snprintf(body, sizeof(body), "{\"status\":\"success\",\"result\":{\"ID\":\"s1\",%s}}", cases[i].member);
		drive_answer(&w->d, 200, body);
		drive_ok(&w->d);
		assert_int_equal(a.followers.n, cases[i].n);
		if (cases[i].n)
			drive_text(a.followers.v[0], "x1");
	}
	struct str ids[] = {STR("x2"), STR("x3")};
	a = (struct account){.id = STR("s1"), .first = STR("Zoé"), .last = STR("Odd"), .email = STR("z@odd.fr")};
	w->port->followers_put(w->port->self, drive_next(&w->d), &a, (struct texts){ids, 2});
	drive_asked(&w->d, FETCH_PATCH, "https://ext.edusign.fr/v1/student", FETCH_WRITE_KEYED);
	drive_body(&w->d, "{\"student\":{\"ID\":\"s1\",\"FIRSTNAME\":\"Zoé\",\"LASTNAME\":\"Odd\","
	                  "\"STUDENT_FOLLOWER_ID\":[\"x2\",\"x3\"]}}");
	drive_answer(&w->d, 200, "{\"status\":\"success\",\"result\":true}");
	drive_ok(&w->d);
	w->port->followers_put(w->port->self, drive_next(&w->d), &a, (struct texts){NULL, 0});
	drive_body(&w->d, "{\"student\":{\"ID\":\"s1\",\"FIRSTNAME\":\"Zoé\",\"LASTNAME\":\"Odd\",\"STUDENT_FOLLOWER_ID\":[]}}");
	drive_answer(&w->d, 200, "{\"status\":\"success\",\"result\":false}");
	drive_fault(&w->d, FAULT_REMOTE, ERR_REMOTE);
}

/* HIDDEN of a learner is a flag; of an instructor, whose account is shared, the schools where it is archived. */
static void hidden(void **state)
{
	struct world *w = *state;
	static const struct {
		enum person_kind kind;
		const char *member;
		bool hidden, in_school;
		unsigned schools;
	} cases[] = {
	        {PERSON_LEARNER, "\"HIDDEN\":0", false, true, 1},
	        {PERSON_LEARNER, "\"HIDDEN\":1", true, true, 1},
	        {PERSON_LEARNER, "\"HIDDEN\":true", true, true, 1},
	        {PERSON_LEARNER, "\"HIDDEN\":\"1\"", true, true, 1},
	        {PERSON_LEARNER, "\"HIDDEN\":null,\"SCHOOL_ID\":\"here\"", false, true, 1},
	        {PERSON_LEARNER, "\"SCHOOL_ID\":\"elsewhere\"", false, false, 1},
	        {PERSON_TUTOR, "\"HIDDEN\":1", true, true, 1},
	        {PERSON_INSTRUCTOR, "\"HIDDEN\":[]", false, true, 1},
	        {PERSON_INSTRUCTOR, "\"HIDDEN\":0,\"SCHOOL_ID\":[\"here\",\"there\"]", false, true, 2},
	        {PERSON_INSTRUCTOR, "\"HIDDEN\":1,\"SCHOOL_ID\":[\"here\"]", true, true, 1},
	        {PERSON_INSTRUCTOR, "\"HIDDEN\":[\"there\"],\"SCHOOL_ID\":[\"here\",\"there\"]", false, true, 2},
	        {PERSON_INSTRUCTOR, "\"HIDDEN\":[\"there\",\"here\"],\"SCHOOL_ID\":[\"here\",\"there\",\"\"]", true,
	         true, 2},
	        {PERSON_INSTRUCTOR, "\"HIDDEN\":\"here\",\"SCHOOL_ID\":\"here\"", true, true, 1},
	        {PERSON_INSTRUCTOR, "\"SCHOOL_ID\":[\"there\",\"third\"]", false, false, 2},
	};
	edusign_set_school(w->port, STR("here"));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct account a = {.id = STR_NONE};
		char body[300];
		w->port->person_read(w->port->self, drive_next(&w->d), w->d.keep, cases[i].kind, STR("s1"), &a);
		snprintf(body, sizeof(body), "{\"status\":\"success\",\"result\":{\"ID\":\"a\",%s}}",
		         cases[i].member);
		drive_answer(&w->d, 200, body);
		drive_ok(&w->d);
		if (a.hidden != cases[i].hidden || a.in_school != cases[i].in_school || a.schools != cases[i].schools)
			fail_msg("%s: hidden %d, in school %d, schools %u", cases[i].member, a.hidden, a.in_school,
			         a.schools);
	}
}

/* The port learns whose account it is by asking. */
static void school_is_learned(void **state)
{
	struct world *w = *state;
	struct school s;
	struct account a;
	static const char body[] =
	        "{\"status\":\"success\",\"result\":{\"ID\":\"p\",\"HIDDEN\":[\"sch\"],\"SCHOOL_ID\":[\"sch\"]}}";
	w->port->person_read(w->port->self, drive_next(&w->d), w->d.keep, PERSON_INSTRUCTOR, STR("p"), &a);
	drive_answer(&w->d, 200, body);
	assert_false(a.hidden);
	w->port->school(w->port->self, drive_next(&w->d), w->d.keep, &s);
	drive_answer(&w->d, 200, "{\"status\":\"success\",\"result\":{\"id\":\"sch\"}}");
	drive_ok(&w->d);
	w->port->person_read(w->port->self, drive_next(&w->d), w->d.keep, PERSON_INSTRUCTOR, STR("p"), &a);
	drive_answer(&w->d, 200, body);
	assert_true(a.hidden);
}

static void lists(void **state)
{
	struct world *w = *state;
	static const char *const urls[] = {BASE "/v1/student?page=4", BASE "/v1/professor?page=4",
	                                   BASE "/v1/externals?page=4"};
	for (int kind = 0; kind < PERSON_KIND_COUNT; kind++) {
		w->out = (struct items){NULL, 0};
		w->port->people(w->port->self, drive_next(&w->d), w->d.keep, (enum person_kind)kind, 4, 0, &w->out);
		drive_asked(&w->d, FETCH_GET, urls[kind], FETCH_READ);
		w->d.piece = 11;
		drive_answer(&w->d, 200,
		             "{\"status\":\"success\",\"result\":[" FULL
		             ",{\"id\":\"s2\",\"FIRSTNAME\":null,\"HIDDEN\":[],\"API_ID\":\"\"}]}");
		drive_ok(&w->d);
		struct account *a = w->out.v;
		assert_int_equal(w->out.n, 2);
		drive_text(a[0].email, "zoe@x.fr");
		drive_text(a[1].id, "s2");
		drive_text(a[1].first, "");
		drive_text(a[1].api_id, "");
		assert_false(a[1].hidden);
	}
	w->out = (struct items){NULL, 0};
	w->port->people(w->port->self, drive_next(&w->d), w->d.keep, PERSON_LEARNER, 0, 0, &w->out);
	drive_answer(&w->d, 200, "{\"status\":\"success\",\"result\":[" FULL ",{\"EMAIL\":\"x@y.fr\"}]}");
	drive_fault(&w->d, FAULT_DATA, ERR_MISSING);
	assert_int_equal(w->out.n, 0);
	w->port->people(w->port->self, drive_next(&w->d), w->d.keep, PERSON_LEARNER, 0, 1795435200, &w->out);
	drive_asked(&w->d, FETCH_GET, BASE "/v1/student?page=0&updatedAfter=2026-11-23T12:00:00.000Z", FETCH_READ);
	/* of instructors the vendor does not say it */
	w->port->people(w->port->self, drive_next(&w->d), w->d.keep, PERSON_INSTRUCTOR, 0, 1795435200, &w->out);
	drive_asked(&w->d, FETCH_GET, BASE "/v1/professor?page=0", FETCH_READ);
}

static void by_ids(void **state)
{
	struct world *w = *state;
	struct str ids[] = {STR("s1"), STR("s2")};
	w->port->people_by_id(w->port->self, &w->d.x, w->d.keep, (struct texts){ids, 2}, &w->out);
	drive_asked(&w->d, FETCH_POST, BASE "/v1/student/by-ids", FETCH_READ);
	drive_body(&w->d, "{\"studentIds\":[\"s1\",\"s2\"]}");
	drive_answer(&w->d, 200, "{\"status\":\"success\",\"result\":[" FULL "]}");
	drive_ok(&w->d);
	assert_int_equal(w->out.n, 1);
}

/* ---- writing ---- */

static struct person a_person(enum person_kind kind)
{
	return (struct person){.kind = kind,
	                       .code = 4711,
	                       .first = STR("Zoé"),
	                       .last = STR("D'ÊTRE \"X\""),
	                       .email = STR("zoe@x.fr"),
	                       .phone = STR("0607"),
	                       .training = STR("BTS"),
	                       .company = STR("Café"),
	                       .send_credentials = true};
}

#define NAMES                                                                                                        \
	"\"FIRSTNAME\":\"Zoé\",\"LASTNAME\":\"D'ÊTRE "                                                             \
	"\\\"X\\\"\",\"EMAIL\":\"zoe@x.fr\",\"API_ID\":\"4711\",\"API_TYPE\":\"ypareo\""

static void creates(void **state)
{
	struct world *w = *state;
	static const struct {
		enum person_kind kind;
		const char *url, *body;
	} cases[] = {
	        {PERSON_LEARNER, BASE "/v1/student",
	         "{\"student\":{" NAMES ",\"PHONE\":\"0607\",\"TRAINING_NAME\":\"BTS\",\"COMPANY\":\"Café\",\"SEND_"
	         "EMAIL_CREDENTIALS\":true}}"},
	        {PERSON_INSTRUCTOR, BASE "/v1/professor",
	         "{\"professor\":{" NAMES ",\"PHONE\":\"0607\"},\"dontSendCredentials\":false}"},
	        {PERSON_TUTOR, BASE "/v1/externals", "{\"external\":{" NAMES ",\"COMPANY\":\"Café\"}}"},
	};
	for (size_t i = 0; i < 3; i++) {
		struct person p = a_person(cases[i].kind);
		struct str id = STR_NONE;
		w->port->person_create(w->port->self, drive_next(&w->d), w->d.keep, &p, &id);
		drive_asked(&w->d, FETCH_POST, cases[i].url, FETCH_WRITE_ONCE);
		drive_body(&w->d, cases[i].body);
		drive_answer(&w->d, 200,
		             "{\"status\":\"success\",\"result\":{\"ID\":\"new1\",\"type\":\"created\"}}");
		drive_ok(&w->d);
		drive_text(id, "new1");
	}
	/* optional and unknown: not sent; no credentials */
	struct person p = {.kind = PERSON_LEARNER,
	                   .code = 4711,
	                   .first = STR("Zoé"),
	                   .last = STR("D'ÊTRE \"X\""),
	                   .email = STR("zoe@x.fr")};
	struct str id = STR_NONE;
	w->port->person_create(w->port->self, drive_next(&w->d), w->d.keep, &p, &id);
	drive_body(&w->d, "{\"student\":{" NAMES ",\"SEND_EMAIL_CREDENTIALS\":false}}");
	p.kind = PERSON_INSTRUCTOR;
	w->port->person_create(w->port->self, drive_next(&w->d), w->d.keep, &p, &id);
	drive_body(&w->d, "{\"professor\":{" NAMES "},\"dontSendCredentials\":true}");
}

static void create_answers(void **state)
{
	struct world *w = *state;
	struct person p = a_person(PERSON_INSTRUCTOR);
	static const struct {
		int status;
		const char *body;
		enum fault_class class;
		int code;
	} cases[] = {
	        {200, "{\"status\":\"error\",\"message\":\"Professor already exists in this school\"}", FAULT_REMOTE,
	         ERR_EXISTS},
	        {200, "{\"status\":\"error\",\"message\":[\"EMAIL zoe@x.fr invalid\"]}", FAULT_REMOTE, ERR_REMOTE},
	        {200, "{\"status\":\"success\",\"result\":true}", FAULT_UNCERTAIN, ERR_MISSING},
	        {200, "{\"status\":\"success\"}", FAULT_UNCERTAIN, ERR_MISSING},
	        {200, "{\"result\":{\"ID\":\"x\"}}", FAULT_UNCERTAIN, ERR_MISSING},
	        {200, "{\"status\":\"success\",\"result\":{\"ID\":\"x\"", FAULT_UNCERTAIN, ERR_TRUNCATED},
	        {200, "", FAULT_UNCERTAIN, ERR_EMPTY},
	        {200, "<html>", FAULT_UNCERTAIN, ERR_NOT_JSON},
	        {200, "Internal Server Error", FAULT_UNCERTAIN, ERR_HTTP},
	        {500, "Internal Server Error", FAULT_UNCERTAIN, ERR_HTTP},
	        {504, "", FAULT_UNCERTAIN, ERR_HTTP},
	        {401, "Unauthorized", FAULT_AUTH, ERR_HTTP},
	        {422, "{\"status\":\"error\",\"message\":\"Professor already exists in this school\"}", FAULT_REMOTE,
	         ERR_EXISTS},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct str id = STR_NONE;
		w->port->person_create(w->port->self, drive_next(&w->d), w->d.keep, &p, &id);
		drive_answer(&w->d, cases[i].status, cases[i].body);
		drive_fault(&w->d, cases[i].class, cases[i].code);
		drive_silent(&w->d, "zoe@");
		assert_int_equal(id.n, 0);
	}
}

static void updates(void **state)
{
	struct world *w = *state;
	static const struct {
		enum person_kind kind;
		const char *url, *body;
	} cases[] = {
	        {PERSON_LEARNER, BASE "/v1/student",
	         "{\"student\":{\"ID\":\"a1\"," NAMES
	         ",\"PHONE\":\"0607\",\"TRAINING_NAME\":\"BTS\",\"COMPANY\":\"Café\"}}"},
	        {PERSON_INSTRUCTOR, BASE "/v1/professor",
	         "{\"professor\":{\"ID\":\"a1\"," NAMES ",\"PHONE\":\"0607\"}}"},
	        {PERSON_TUTOR, BASE "/v1/externals", "{\"external\":{\"ID\":\"a1\"," NAMES ",\"COMPANY\":\"Café\"}}"},
	};
	for (size_t i = 0; i < 3; i++) {
		static const char *const well[] = {"true", "{\"result\":true}", "{\"ID\":\"a1\"}", "null"};
		for (size_t k = 0; k < 4; k++) {
			struct person p = a_person(cases[i].kind);
			char body[100];
			w->port->person_update(w->port->self, drive_next(&w->d), &p, STR("a1"));
			drive_asked(&w->d, FETCH_PATCH, cases[i].url, FETCH_WRITE_KEYED);
			drive_body(&w->d, cases[i].body);
			snprintf(body, sizeof(body), "{\"status\":\"success\",\"result\":%s}", well[k]);
			drive_answer(&w->d, 200, body);
			drive_ok(&w->d);
		}
	}
	struct person p = a_person(PERSON_LEARNER);
	w->port->person_update(w->port->self, drive_next(&w->d), &p, STR("a1"));
	drive_answer(&w->d, 200, "{\"status\":\"success\",\"result\":false}");
	drive_fault(&w->d, FAULT_REMOTE, ERR_REMOTE);
}

static void restores(void **state)
{
	struct world *w = *state;
	w->port->person_restore(w->port->self, &w->d.x, PERSON_LEARNER, STR("a1"));
	drive_asked(&w->d, FETCH_GET, BASE "/v1/student/restore/a1", FETCH_WRITE_KEYED);
	drive_answer(&w->d, 200, "{\"status\":\"success\",\"result\":true}");
	drive_ok(&w->d);
	w->port->person_restore(w->port->self, drive_next(&w->d), PERSON_LEARNER, STR("a1"));
	drive_answer(&w->d, 502, "Bad Gateway");
	drive_fault(&w->d, FAULT_UNCERTAIN, ERR_HTTP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(find, setup, teardown),
	        cmocka_unit_test_setup_teardown(by_email, setup, teardown),
	        cmocka_unit_test_setup_teardown(by_email_none, setup, teardown),
	        cmocka_unit_test_setup_teardown(one_in_a_list, setup, teardown),
	        cmocka_unit_test_setup_teardown(read_one, setup, teardown),
	        cmocka_unit_test_setup_teardown(hidden, setup, teardown),
	        cmocka_unit_test_setup_teardown(followers, setup, teardown),
	        cmocka_unit_test_setup_teardown(school_is_learned, setup, teardown),
	        cmocka_unit_test_setup_teardown(lists, setup, teardown),
	        cmocka_unit_test_setup_teardown(by_ids, setup, teardown),
	        cmocka_unit_test_setup_teardown(creates, setup, teardown),
	        cmocka_unit_test_setup_teardown(create_answers, setup, teardown),
	        cmocka_unit_test_setup_teardown(updates, setup, teardown),
	        cmocka_unit_test_setup_teardown(restores, setup, teardown),
	};
	return cmocka_run_group_tests_name("adapter_edusign_people", tests, NULL, NULL);
}
