#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/app/print.h"

static struct buf out;
static struct json_writer w;

static int setup(void **state)
{
	(void)state;
	buf_init(&out, 0);
	json_write_init(&w, &out, false);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buf_deinit(&out);
	return 0;
}

#define STARTED INT64_C(1795431604) /* 2026-11-23T11:00:04Z */

static struct str fields[] = {{"START", 5}, {"END", 3}};
static struct change changes[] = {
        {ACTION_CREATE, {"sheet 90210", 11}, {NULL, 0}, {"new session", 11}, false},
        {ACTION_UPDATE, {"sheet 7", 7}, {fields, 2}, {"moved", 5}, false},
        {ACTION_DELETE, {"sheet 8", 7}, {NULL, 0}, {"cancelled", 9}, true},
};
static struct issue issues[] = {
        {{"learner 4711", 12}, {"email", 5}, {"has no \"e-mail\"", 15}, {"type one", 8}, STARTED, 0},
        {{"environment", 11}, {NULL, 0}, {"odd", 3}, {"mend it", 7}, STARTED, 0},
};

static struct held_change held_changes[] = {{77, {ACTION_DELETE, {"sheet 8", 7}, {NULL, 0}, {"cancelled", 9}, true}}};
static const struct held_plan plan = {.id = {"ab12", 4},
                                      .flow = FLOW_DOWN,
                                      .since = STARTED,
                                      .reason = {"too many", 8},
                                      .changes = {held_changes, 1},
                                      .count = 1};
#define PLAN \
	"{\"plan\":\"ab12\",\"flow\":\"down\",\"answer\":\"waiting\",\"since\":\"2026-11-23T11:00:04Z\"," \
	"\"reason\":\"too many\",\"by\":null,\"why\":null,\"count\":1,\"changes\":[{\"action\":\"delete\",\"record\":\"sheet 8\"," \
	"\"fields\":[],\"reason\":\"cancelled\",\"held\":true}]}"

static struct report make(struct env_report *env, unsigned n, enum flow_kind flow)
{
	return (struct report){.tenant = "cfa-lyon",
	                       .flow = flow,
	                       .run = "r1",
	                       .started = STARTED,
	                       .ended = STARTED + 61,
	                       .environments = env,
	                       .environment_count = n,
	                       .requests_ypareo = 5};
}

#define ZERO "{\"created\":0,\"updated\":0,\"deleted\":0,\"unchanged\":0}"

static void test_down(void **state)
{
	(void)state;
	struct env_report env[2] = {
	        {.environment = "structure-12", .requests_ypareo = 2, .requests_edusign = 9, .issues = {issues, 2}},
	        {.environment = "location-lyon", .requests_ypareo = 1, .plan = {"ab12", 4}, .held = &plan},
	};
	env[0].counts[COUNT_SHEETS] = (struct counts){1, 2, 3, 4};
	env[0].counts[COUNT_LEARNERS] = (struct counts){5, 0, 0, 0};
	env[0].counts[COUNT_ABSENCES] = (struct counts){9, 9, 9, 9}; /* of the other flow: not told */
	struct report r = make(env, 2, FLOW_DOWN);
	report_settle(&r);
	print_report_json(&w, &r);
	assert_string_equal(out.p,
	                    "{\"tenant\":\"cfa-lyon\",\"flow\":\"down\",\"run\":\"r1\",\"result\":\"held\","
	                    "\"started\":\"2026-11-23T11:00:04Z\","
	                    "\"ended\":\"2026-11-23T11:01:05Z\",\"environments\":["
	                    "{\"environment\":\"structure-12\",\"result\":\"issues\",\"plan\":null,\"held\":null,\"approved\":null,\"counts\":{"
	                    "\"sheets\":{\"created\":1,\"updated\":2,\"deleted\":3,\"unchanged\":4},"
	                    "\"learners\":{\"created\":5,\"updated\":0,\"deleted\":0,\"unchanged\":0},"
	                    "\"instructors\":" ZERO ",\"groups\":" ZERO ",\"tutors\":" ZERO "},"
	                    "\"requests\":{\"ypareo\":7,\"edusign\":9},\"issues\":["
	                    "{\"record\":\"learner 4711\",\"field\":\"email\",\"problem\":\"has no "
	                    "\\\"e-mail\\\"\",\"fix\":\"type one\"},"
	                    "{\"record\":\"environment\",\"field\":null,\"problem\":\"odd\",\"fix\":\"mend "
	                    "it\"}],\"error\":null},"
	                    "{\"environment\":\"location-lyon\",\"result\":\"held\",\"plan\":\"ab12\",\"held\":" PLAN ",\"approved\":null,\"counts\":{"
	                    "\"sheets\":" ZERO ",\"learners\":" ZERO ",\"instructors\":" ZERO ",\"groups\":" ZERO
	                    ",\"tutors\":" ZERO "},"
	                    "\"requests\":{\"ypareo\":1,\"edusign\":0},\"issues\":[],\"error\":null}]}");
}

static void test_up_failed(void **state)
{
	(void)state;
	struct env_report env[1] = {{.environment = "all", .requests_edusign = 3}};
	env[0].counts[COUNT_ABSENCES] = (struct counts){2, 1, 0, 7};
	env[0].counts[COUNT_PAYROLL] = (struct counts){0, 0, 0, 8};
	env[0].counts[COUNT_SHEETS] = (struct counts){9, 9, 9, 9};
	fault_set(&env[0].error, FAULT_DATA, ERR_SYNTAX, "the list of sheets is no JSON");
	struct report r = make(env, 1, FLOW_UP);
	report_settle(&r);
	print_report_json(&w, &r);
	assert_string_equal(out.p,
	                    "{\"tenant\":\"cfa-lyon\",\"flow\":\"up\",\"run\":\"r1\",\"result\":\"failed\","
	                    "\"started\":\"2026-11-23T11:00:04Z\","
	                    "\"ended\":\"2026-11-23T11:01:05Z\",\"environments\":["
	                    "{\"environment\":\"all\",\"result\":\"failed\",\"plan\":null,\"held\":null,\"approved\":null,\"counts\":{"
	                    "\"absences\":{\"created\":2,\"updated\":1,\"deleted\":0,\"unchanged\":7},"
	                    "\"instructor_attendance\":{\"created\":0,\"updated\":0,\"deleted\":0,\"unchanged\":8}},"
	                    "\"requests\":{\"ypareo\":5,\"edusign\":3},\"issues\":[],\"error\":\"the list of sheets "
	                    "is no JSON\"}]}");
}

static void test_plan(void **state)
{
	(void)state;
	struct env_report env[2] = {{.environment = "all", .changes = {changes, 3}}, {.environment = "x"}};
	struct report r = make(env, 2, FLOW_UP);
	r.plan_only = true;
	report_settle(&r);
	print_report_json(&w, &r);
	assert_non_null(strstr(out.p, "\"requests\":{\"ypareo\":5,\"edusign\":0},\"changes\":["
	                              "{\"action\":\"create\",\"record\":\"sheet "
	                              "90210\",\"fields\":[],\"reason\":\"new session\",\"held\":false},"
	                              "{\"action\":\"update\",\"record\":\"sheet "
	                              "7\",\"fields\":[\"START\",\"END\"],\"reason\":\"moved\",\"held\":false},"
	                              "{\"action\":\"delete\",\"record\":\"sheet "
	                              "8\",\"fields\":[],\"reason\":\"cancelled\",\"held\":true}],"
	                              "\"issues\":[],\"error\":null}"));
	assert_non_null(strstr(out.p, "\"requests\":{\"ypareo\":0,\"edusign\":0},\"changes\":[],\"issues\":[]"));
}

static void test_lists(void **state)
{
	(void)state;
	print_issue_json(&w, "cfa-lyon", "structure-12", &issues[0]);
	assert_string_equal(
	        out.p,
	        "{\"tenant\":\"cfa-lyon\",\"environment\":\"structure-12\",\"record\":\"learner "
	        "4711\",\"field\":\"email\","
	        "\"problem\":\"has no \\\"e-mail\\\"\",\"fix\":\"type one\",\"owner\":\"operator\",\"since\":\"2026-11-23T11:00:04Z\"}");
	buf_clear(&out);
	json_write_init(&w, &out, false);
	struct run_summary s = {.id = STR("r1"),
	                        .flow = FLOW_UP,
	                        .result = RESULT_ISSUES,
	                        .started = STARTED,
	                        .ended = STARTED + 5,
	                        .issues = 2};
	s.counts[COUNT_ABSENCES].created = 3;
	print_run_json(&w, "cfa-lyon", "all", &s);
	assert_string_equal(
	        out.p,
	        "{\"tenant\":\"cfa-lyon\",\"environment\":\"all\",\"run\":\"r1\",\"flow\":\"up\",\"result\":"
	        "\"issues\","
	        "\"started\":\"2026-11-23T11:00:04Z\",\"ended\":\"2026-11-23T11:00:09Z\",\"by\":null,\"plan\":null,\"counts\":{"
	        "\"absences\":{\"created\":3,\"updated\":0,\"deleted\":0,\"unchanged\":0},\"instructor_"
	        "attendance\":" ZERO "},"
	        "\"issues\":2,\"error\":null}");
	buf_clear(&out);
	json_write_init(&w, &out, false);
	struct write_line l = {STARTED, STR("r1"), STR("create"), STR("sheet 5"), STR("new session"), STR("200")};
	print_write_json(&w, &l);
	assert_string_equal(
	        out.p, "{\"at\":\"2026-11-23T11:00:04Z\",\"run\":\"r1\",\"action\":\"create\",\"record\":\"sheet 5\","
	               "\"reason\":\"new session\",\"answer\":\"200\"}");
}

static void test_text(void **state)
{
	(void)state;
	struct env_report env[1] = {
	        {.environment = "all", .requests_edusign = 3, .changes = {changes, 3}, .issues = {issues, 2}}};
	env[0].counts[COUNT_SHEETS] = (struct counts){1, 0, 0, 2};
	struct report r = make(env, 1, FLOW_DOWN);
	report_settle(&r);
	print_report_text(&out, &r);
	assert_string_equal(out.p, "cfa-lyon down: issues (61 s, 5 requests to Yparéo, 3 to Edusign)\n"
	                           "  all: issues\n"
	                           "    sheets                 1 created, 0 updated, 0 deleted, 2 unchanged\n"
	                           "    2 issues:\n"
	                           "    learner 4711 (email): has no \"e-mail\"\n"
	                           "      type one\n"
	                           "    environment: odd\n"
	                           "      mend it\n");
	buf_clear(&out);
	r.plan_only = true;
	env[0].issues = (struct items){NULL, 0};
	report_settle(&r);
	print_report_text(&out, &r);
	assert_string_equal(out.p, "cfa-lyon down plan: ok (61 s, 5 requests to Yparéo, 3 to Edusign)\n"
	                           "  all: ok\n"
	                           "    sheets                 1 created, 0 updated, 0 deleted, 2 unchanged\n"
	                           "    create sheet 90210: new session\n"
	                           "    update sheet 7 (START, END): moved\n"
	                           "    held: delete sheet 8: cancelled\n");
	buf_clear(&out);
	print_held_text(&out, "cfa-lyon", &plan);
	assert_string_equal(out.p, "    held, plan ab12 (down, 1 change) since 2026-11-23T11:00:04Z: too many\n"
	                           "      passerelle approve cfa-lyon ab12 does it, discard leaves it undone\n");
}

/* A terminal must not be written to by what a vendor answered. */
static void test_control_characters(void **state)
{
	(void)state;
	struct issue bad = {STR("sheet 1"), STR_NONE, STR("a\033[2Jb\nc"), STR_NONE, STARTED, 0};
	print_issue_text(&out, &bad);
	assert_string_equal(out.p, "    sheet 1: a?[2Jb?c\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_down, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_up_failed, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_plan, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_lists, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_text, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_control_characters, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
