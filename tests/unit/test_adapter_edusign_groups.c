#include "tests/unit/adapter_drive.h"

#include "adapters/edusign/edusign.h"

/* Edusign's groups of learners, read and written. */

#define BASE "https://ext.edusign.fr"

struct world {
	struct drive d;
	const struct attendance_port *port;
	struct str learners[2];
	struct roll_wish wish;
};

static int setup(void **state)
{
	static struct world w;
	struct adapter_connection c = {.url = BASE "/v1", .token = "k3y"};
	struct fault fault;
	memset(&w, 0, sizeof(w));
	drive_begin(&w.d);
	assert_int_equal(edusign_open(&c, &w.port, &fault), 0);
	w.learners[0] = STR("s1");
	w.learners[1] = STR("s2");
	w.wish = (struct roll_wish){.code = STR("7"), .name = STR("BTS 1"), .learners = {w.learners, 2}};
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

#define GROUP                                                                                                        \
	"{\"ID\":\"g1\",\"id\":\"g1\",\"NAME\":\"BTS 1\",\"DESCRIPTION\":\"par nous\",\"STUDENTS\":[\"s1\",null,"    \
	"\"s2\"],\"PARENT\":\"g0\",\"LOGO\":null,\"HIDDEN\":0,\"API_ID\":7,\"API_TYPE\":\"ypareo\"}"

static struct roll read(struct world *w, const char *body)
{
	struct roll roll = {0};
	w->port->group_read(w->port->self, drive_next(&w->d), w->d.keep, STR("g1"), &roll);
	drive_asked(&w->d, FETCH_GET, BASE "/v1/group/g1", FETCH_READ);
	drive_answer(&w->d, 200, body);
	return roll;
}

static void finds(void **state)
{
	struct world *w = *state;
	struct str id = STR_NONE;
	w->port->group_find(w->port->self, &w->d.x, w->d.keep, STR("class-12-2"), &id);
	drive_asked(&w->d, FETCH_GET, BASE "/v1/group/get-id/class-12-2", FETCH_READ);
	drive_answer(&w->d, 200, "{\"status\":\"success\",\"result\":{\"id\":\"g1\"}}");
	drive_ok(&w->d);
	drive_text(id, "g1");
	id = STR_NONE;
	w->port->group_find(w->port->self, drive_next(&w->d), w->d.keep, STR("7"), &id);
	drive_answer(&w->d, 200, "{\"status\":\"error\",\"message\":\"No group with this ID found\"}");
	drive_ok(&w->d);
	drive_text(id, "");
}

static void reads(void **state)
{
	struct world *w = *state;
	struct roll roll = read(w, "{\"status\":\"success\",\"result\":" GROUP "}");
	drive_ok(&w->d);
	drive_text(roll.id, "g1");
	drive_text(roll.name, "BTS 1");
	drive_text(roll.api_id, "7");
	drive_text(roll.api_type, "ypareo");
	assert_int_equal(roll.learners.n, 2);
	drive_text(roll.learners.v[1], "s2");
	assert_false(roll.hidden);
	assert_non_null(roll.whole);
	(void)read(w, "{\"status\":\"error\",\"message\":\"No group with this ID found\"}");
	drive_fault(&w->d, FAULT_REMOTE, ERR_NOT_FOUND);
	(void)read(w, "{\"status\":\"success\",\"result\":null}");
	drive_fault(&w->d, FAULT_REMOTE, ERR_NOT_FOUND);
}

static void writes(void **state)
{
	struct world *w = *state;
	struct str id = STR_NONE;
	w->port->group_create(w->port->self, &w->d.x, w->d.keep, &w->wish, &id);
	drive_asked(&w->d, FETCH_POST, BASE "/v1/group", FETCH_WRITE_ONCE);
	drive_body(&w->d, "{\"group\":{\"NAME\":\"BTS 1\",\"STUDENTS\":[\"s1\",\"s2\"],\"API_ID\":\"7\",\"API_TYPE\":"
	                  "\"ypareo\"}}");
	drive_answer(&w->d, 200, "{\"status\":\"success\",\"result\":{\"ID\":\"g1\"}}");
	drive_ok(&w->d);
	drive_text(id, "g1");
	/* what a change does not manage goes back as it was, and the list of learners is whole */
	struct roll now = read(w, "{\"status\":\"success\",\"result\":" GROUP "}");
	w->wish.learners.n = 1;
	w->wish.name = STR("BTS 2");
	w->port->group_update(w->port->self, drive_next(&w->d), &now, &w->wish);
	drive_asked(&w->d, FETCH_PATCH, BASE "/v1/group", FETCH_WRITE_KEYED);
	drive_body(&w->d,
	           "{\"group\":{\"ID\":\"g1\",\"NAME\":\"BTS 2\",\"DESCRIPTION\":\"par nous\",\"PARENT\":\"g0\","
	           "\"STUDENTS\":[\"s1\"],\"API_ID\":\"7\",\"API_TYPE\":\"ypareo\"}}");
	drive_answer(&w->d, 200, "{\"status\":\"success\",\"result\":true}");
	drive_ok(&w->d);
	/* nobody is left: said so, not left out */
	w->wish.learners.n = 0;
	w->port->group_update(w->port->self, drive_next(&w->d), &now, &w->wish);
	drive_body(&w->d,
	           "{\"group\":{\"ID\":\"g1\",\"NAME\":\"BTS 2\",\"DESCRIPTION\":\"par nous\",\"PARENT\":\"g0\","
	           "\"STUDENTS\":[],\"API_ID\":\"7\",\"API_TYPE\":\"ypareo\"}}");
}

/* A sheet's groups are sent where they are given, also when there are none any more. */
static void sheets(void **state)
{
	struct world *w = *state;
	struct str id = STR_NONE, group = STR("g1"), professor = STR("p1");
	struct sheet_wish wish = {.session = 1,
	                          .name = STR("N"),
	                          .start = 0,
	                          .end = 3600,
	                          .instructors = {&professor, 1},
	                          .groups_given = true,
	                          .groups = {&group, 1}};
#define TIMES "\"NAME\":\"N\",\"START\":\"1970-01-01T00:00:00.000Z\",\"END\":\"1970-01-01T01:00:00.000Z\","
#define OURS                                                                                                         \
	TIMES "\"PROFESSOR\":\"p1\",\"STUDENTS\":[],\"API_ID\":\"1\",\"API_TYPE\":\"ypareo\",\"NEED_STUDENTS_"       \
	      "SIGNATURE\":true"
	w->port->sheet_create(w->port->self, &w->d.x, w->d.keep, &wish, &id);
	drive_body(&w->d, "{\"course\":{" OURS ",\"SCHOOL_GROUP\":[\"g1\"]}}");
	drive_answer(&w->d, 200, "{\"status\":\"success\",\"result\":{\"ID\":\"c1\"}}");
	struct sheet now = {0};
	w->port->sheet(w->port->self, drive_next(&w->d), w->d.keep, STR("c1"), &now);
	drive_answer(
	        &w->d, 200,
	        "{\"status\":\"success\",\"result\":{\"ID\":\"c1\",\"START\":\"2026-11-24T08:00:00.000Z\",\"END\":"
	        "\"2026-11-24T09:00:00.000Z\",\"SCHOOL_GROUP\":[\"g1\",\"g9\"]}}");
	drive_ok(&w->d);
	wish.groups = (struct texts){NULL, 0};
	w->port->sheet_update(w->port->self, drive_next(&w->d), &now, &wish, (struct texts){NULL, 0});
	drive_body(&w->d,
	           "{\"course\":{\"ID\":\"c1\"," OURS ",\"SCHOOL_GROUP\":[],\"CLASSROOM\":\"\"},\"editSurveys\":"
	           "false}");
	wish.groups_given = false;
	w->port->sheet_update(w->port->self, drive_next(&w->d), &now, &wish, (struct texts){NULL, 0});
	drive_body(&w->d, "{\"course\":{\"ID\":\"c1\"," OURS ",\"CLASSROOM\":\"\",\"SCHOOL_GROUP\":[\"g1\",\"g9\"]},"
	                  "\"editSurveys\":false}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(finds, setup, teardown),
	        cmocka_unit_test_setup_teardown(reads, setup, teardown),
	        cmocka_unit_test_setup_teardown(writes, setup, teardown),
	        cmocka_unit_test_setup_teardown(sheets, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
