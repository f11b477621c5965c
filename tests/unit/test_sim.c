#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/world/edusign.h"
#include "tests/world/sim_control.h"
#include "tests/world/ypareo.h"

#define NEW_STUDENT                                                                                                  \
	"{\"student\":{\"FIRSTNAME\":\"Ana\",\"LASTNAME\":\"Petit\",\"EMAIL\":\"ana@eleves.example\",\"API_ID\":"    \
	"\"11\"}}"

struct world {
	struct sim *sim;
	struct ypareo *y;
	struct arena *arena;
	struct sim_reply reply;
	struct sim_fault fault; /* of the last request */
	bool struck;
	int64_t now_ms;
};

static int open_world(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	w->sim = sim_new(1);
	w->arena = arena_new(0);
	w->now_ms = 1000000;
	w->y = sim_ypareo_add(w->sim, "cfa");
	ypareo_add_key(w->y, "y-clef", "passerelle", true);
	for (int i = 0; i < 4; i++)
		ypareo_add_site(w->y, "Lyon");
	edusign_school_add(sim_edusign(w->sim), "ecole", "e-clef", NULL);
	*state = w;
	return 0;
}

static int close_world(void **state)
{
	struct world *w = *state;

	buf_deinit(&w->reply.body);
	sim_free(&w->sim);
	arena_free(&w->arena);
	free(w);
	return 0;
}

static const char *ask(struct world *w, const char *vendor, const char *method, const char *path, const char *body)
{
	struct sim_request req = {
	        .method = method,
	        .path = str_of(path),
	        .credential = strcmp(vendor, "ypareo") ? STR("e-clef") : STR("y-clef"),
	        .body = str_of(body),
	        .now_ms = w->now_ms,
	        .arena = w->arena,
	};

	buf_deinit(&w->reply.body);
	w->fault = (struct sim_fault){0};
	w->struck = sim_handle(w->sim, vendor, "cfa", &req, &w->reply, &w->fault);
	return w->reply.body.n ? w->reply.body.p : "";
}

static void arm(struct world *w, const char *spec)
{
	struct sim_fault fault;

	assert_int_equal(sim_fault_parse(spec, &fault, w->arena), 0);
	sim_fault_add(w->sim, &fault);
}

static size_t students(struct world *w)
{
	return sim_edusign(w->sim)->students.n;
}

static const struct sim_entry *last(struct world *w)
{
	return sim_ledger_at(w->sim, sim_ledger_count(w->sim) - 1);
}

/* ---- text ---- */

static void a_fault_is_read_from_text(void **state)
{
	struct world *w = *state;
	struct sim_fault f;

	assert_int_equal(sim_fault_parse("reset-after:edusign:POST:/v1/course:skip=2:count=1", &f, w->arena), 0);
	assert_int_equal(f.kind, SIM_RESET_AFTER);
	assert_string_equal(f.vendor, "edusign");
	assert_string_equal(f.method, "POST");
	assert_string_equal(f.path, "/v1/course");
	assert_int_equal(f.skip, 2);
	assert_int_equal(f.count, 1);
	assert_int_equal(sim_fault_parse("latency:::*:ms=250", &f, w->arena), 0);
	assert_int_equal(f.kind, SIM_LATENCY);
	assert_null(f.vendor);
	assert_null(f.method);
	assert_null(f.path);
	assert_int_equal(f.ms, 250);
	assert_int_equal(sim_fault_parse("garbage:*:*:*:count=1:body={\"a\":1}", &f, w->arena), 0);
	assert_true(str_eqz(f.body, "{\"a\":1}"));
	assert_int_equal(sim_fault_parse("hang", &f, w->arena), 0);
}

static void wrong_faults_and_switches_are_refused(void **state)
{
	static const char *const wrong[] = {"",          "boom", "hang:edusing",         "hang:edusign:GET:/:ms=x",
	                                    "hang::::5", "Hang", "status::::status=600", "hang::::count=-1"};
	struct world *w = *state;
	struct sim_fault f;
	enum sim_switch which;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_not_equal(sim_fault_parse(wrong[i], &f, w->arena), 0);
	assert_int_equal(sim_switch_parse("patch-whole", &which), 0);
	assert_int_equal(which, SIM_PATCH_WHOLE);
	assert_int_not_equal(sim_switch_parse("patch", &which), 0);
	for (int i = 0; i < SIM_SWITCH_COUNT; i++) {
		assert_int_equal(sim_switch_parse(sim_switch_name((enum sim_switch)i), &which), 0);
		assert_int_equal(which, i);
		assert_false(sim_is(w->sim, which));
	}
	sim_set(w->sim, SIM_ARRAYS, true);
	assert_true(sim_is(w->sim, SIM_ARRAYS));
}

static void a_star_stands_for_any_text(void **state)
{
	(void)state;
	assert_true(sim_glob("/v1/course*", STR("/v1/course")));
	assert_true(sim_glob("/v1/*/lock/*", STR("/v1/course/lock/x")));
	assert_true(sim_glob("*", STR("")));
	assert_true(sim_glob(NULL, STR("/x")));
	assert_true(sim_glob("*b*c", STR("abcbc")));
	assert_false(sim_glob("/v1/course", STR("/v1/course/x")));
	assert_false(sim_glob("*c", STR("abcb")));
	assert_false(sim_glob("", STR("x")));
}

/* ---- when they strike ---- */

static void skip_and_count_choose_the_requests(void **state)
{
	struct world *w = *state;
	bool struck[6];

	arm(w, "status:ypareo:GET:/r/v1/sites:skip=2:count=2");
	for (int i = 0; i < 6; i++) {
		ask(w, "edusign", "GET", "/v1/school", NULL);
		assert_false(w->struck);
		ask(w, "ypareo", "GET", "/r/v1/periodes", NULL);
		assert_false(w->struck);
		ask(w, "ypareo", "GET", "/r/v1/sites", NULL);
		struck[i] = w->struck;
	}
	assert_false(struck[0] || struck[1] || struck[4] || struck[5]);
	assert_true(struck[2] && struck[3]);
}

static void one_fault_strikes_at_a_time(void **state)
{
	struct world *w = *state;

	arm(w, "status::::count=1:status=503");
	arm(w, "empty::::count=1");
	ask(w, "edusign", "GET", "/v1/school", NULL);
	assert_int_equal(w->reply.status, 503);
	ask(w, "edusign", "GET", "/v1/school", NULL);
	assert_int_equal(w->fault.kind, SIM_EMPTY);
	ask(w, "edusign", "GET", "/v1/school", NULL);
	assert_false(w->struck);
	arm(w, "empty");
	sim_faults_clear(w->sim);
	ask(w, "edusign", "GET", "/v1/school", NULL);
	assert_false(w->struck);
}

/* ---- what they do ---- */

static void effects_and_answers(void **state)
{
	static const struct {
		const char *spec;
		bool effect;
		int status; /* 0: no answer leaves */
	} cases[] = {
	        {"latency::::ms=5", true, 200},    {"hang", false, 0},
	        {"hang-after", true, 0},           {"reset-before", false, 0},
	        {"reset-after", true, 0},          {"status", false, 500},
	        {"status-after", true, 502},       {"empty", true, 200},
	        {"truncate", true, 200},           {"cut-json", true, 200},
	        {"forbidden", false, 403},         {"quota::::ms=3000", false, 429},
	        {"redirect", false, 302},          {"garbage::::body=<x>", true, 200},
	        {"late-effect::::ms=9", false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		void *fresh = NULL;
		open_world(&fresh);
		struct world *w = fresh;
		arm(w, cases[i].spec);
		ask(w, "edusign", "POST", "/v1/student", NEW_STUDENT);
		assert_true(w->struck);
		assert_int_equal(students(w), cases[i].effect);
		assert_int_equal(w->reply.status, cases[i].status);
		assert_int_equal(last(w)->status, cases[i].status);
		assert_int_equal(last(w)->effect, cases[i].effect);
		assert_true(last(w)->write);
		assert_true(str_eqz(last(w)->account, "ecole"));
		close_world(&fresh);
	}
}

static void a_refused_request_never_came(void **state)
{
	struct world *w = *state;

	arm(w, "refuse::::count=1");
	ask(w, "edusign", "POST", "/v1/student", NEW_STUDENT);
	assert_true(w->struck);
	assert_int_equal(w->fault.kind, SIM_REFUSE);
	assert_int_equal(students(w), 0);
	assert_int_equal(sim_ledger_count(w->sim), 0);
}

static void each_vendor_says_no_in_its_own_way(void **state)
{
	struct world *w = *state;

	arm(w, "forbidden");
	assert_string_equal(ask(w, "edusign", "GET", "/v1/school", NULL), "Forbidden");
	assert_non_null(strstr(ask(w, "ypareo", "GET", "/r/v1/sites", NULL), "\"code\":403"));
	sim_set(w->sim, SIM_FORBIDDEN_401, true);
	ask(w, "ypareo", "GET", "/r/v1/sites", NULL);
	assert_int_equal(w->reply.status, 401);
	sim_faults_clear(w->sim);
	arm(w, "status");
	assert_string_equal(ask(w, "edusign", "GET", "/v1/school", NULL), "Internal Server Error");
	assert_non_null(strstr(ask(w, "ypareo", "GET", "/r/v1/sites", NULL), "<html"));
	assert_memory_equal(w->reply.content_type, "text/html", 9);
	sim_faults_clear(w->sim);
	arm(w, "quota::::ms=7000");
	ask(w, "edusign", "GET", "/v1/school", NULL);
	assert_int_equal(w->reply.retry_after_s, 7);
}

static void spoilt_bodies(void **state)
{
	struct world *w = *state;
	size_t whole = strlen(ask(w, "ypareo", "GET", "/r/v1/sites", NULL));
	const struct json *doc = NULL;

	arm(w, "cut-json:ypareo:::count=1");
	assert_int_equal(strlen(ask(w, "ypareo", "GET", "/r/v1/sites", NULL)), whole / 2);
	arm(w, "truncate:ypareo:::count=1");
	assert_int_equal(strlen(ask(w, "ypareo", "GET", "/r/v1/sites", NULL)), whole); /* the front cuts it */
	assert_int_equal(w->fault.kind, SIM_TRUNCATE);
	arm(w, "empty:ypareo:::count=1");
	assert_string_equal(ask(w, "ypareo", "GET", "/r/v1/sites", NULL), "");
	arm(w, "garbage:ypareo:::count=1:body=[1,");
	assert_string_equal(ask(w, "ypareo", "GET", "/r/v1/sites", NULL), "[1,");
	arm(w, "array:ypareo:::count=1");
	assert_int_equal(
	        json_parse(w->arena, str_of(ask(w, "ypareo", "GET", "/r/v1/sites", NULL)), NULL, &doc, NULL, NULL),
	        0);
	assert_int_equal(doc->kind, JSON_ARRAY);
	assert_int_equal(doc->count, 4);
	assert_int_equal(json_int(json_get(doc->first, "codeSite"), 0), w->y->sites.items[0].code);
}

static void dropped_records_leave_a_well_formed_list(void **state)
{
	struct world *w = *state;
	const struct json *doc = NULL;

	arm(w, "drop-records");
	assert_int_equal(
	        json_parse(w->arena, str_of(ask(w, "ypareo", "GET", "/r/v1/sites", NULL)), NULL, &doc, NULL, NULL),
	        0);
	assert_int_equal(doc->kind, JSON_OBJECT);
	assert_int_equal(doc->count, 2);
	for (int i = 0; i < 3; i++)
		edusign_add_student(sim_edusign(w->sim), "ecole", "A", "B", "");
	doc = NULL;
	assert_int_equal(
	        json_parse(w->arena, str_of(ask(w, "edusign", "GET", "/v1/student", NULL)), NULL, &doc, NULL, NULL),
	        0);
	assert_true(str_eqz(json_text(json_get(doc, "status")), "success"));
	assert_int_equal(json_get(doc, "result")->count, 1);
}

static void an_effect_comes_late(void **state)
{
	struct world *w = *state;

	assert_int_equal(sim_next_effect(w->sim), INT64_MAX);
	arm(w, "late-effect:edusign:POST::count=1:ms=5000");
	ask(w, "edusign", "POST", "/v1/student", NEW_STUDENT);
	assert_int_equal(sim_next_effect(w->sim), w->now_ms + 5000);
	w->now_ms += 4999;
	ask(w, "edusign", "GET", "/v1/student/get-id/11", NULL); /* a first read-back finds nothing */
	assert_int_equal(students(w), 0);
	w->now_ms += 1;
	const char *found = ask(w, "edusign", "GET", "/v1/student/get-id/11", NULL);
	assert_non_null(strstr(found, "success"));
	assert_int_equal(students(w), 1);
	assert_true(sim_ledger_at(w->sim, 0)->effect);
	assert_int_equal(sim_ledger_at(w->sim, 0)->status, 0);
	assert_int_equal(sim_next_effect(w->sim), INT64_MAX);
}

static void a_promise_outlives_the_ledger_and_dies_with_the_sim(void **state)
{
	struct world *w = *state;

	arm(w, "late-effect:edusign:POST::count=2:ms=5000");
	ask(w, "edusign", "POST", "/v1/student", NEW_STUDENT);
	sim_ledger_clear(w->sim);
	ask(w, "ypareo", "GET", "/r/v1/sites", NULL);
	sim_tick(w->sim, w->now_ms + 5000);
	assert_int_equal(students(w), 1);
	assert_false(sim_ledger_at(w->sim, 0)->effect);        /* not that one's */
	ask(w, "edusign", "POST", "/v1/student", NEW_STUDENT); /* still promised when the world ends */
}

/* ---- the ledger ---- */

static void every_request_is_in_the_ledger(void **state)
{
	struct world *w = *state;

	ask(w, "ypareo", "GET", "/r/v1/sites", NULL);
	ask(w, "edusign", "POST", "/v1/student", NEW_STUDENT);
	w->now_ms += 5;
	ask(w, "edusign", "GET", "/v1/course/lock/x", NULL);
	assert_int_equal(sim_ledger_count(w->sim), 3);
	const struct sim_entry *e = sim_ledger_at(w->sim, 1);
	assert_int_equal(e->seq, 2);
	assert_int_equal(e->at_ms, 1000000);
	assert_string_equal(e->vendor, "edusign");
	assert_string_equal(e->method, "POST");
	assert_true(str_eqz(e->path, "/v1/student"));
	assert_true(str_eqz(e->body, NEW_STUDENT));
	assert_true(str_eqz(sim_ledger_at(w->sim, 0)->account, "cfa"));
	assert_null(sim_ledger_at(w->sim, 3));
	assert_int_equal(sim_ledger_find(w->sim, "edusign", NULL, NULL, false), 2);
	assert_int_equal(sim_ledger_find(w->sim, NULL, "GET", NULL, false), 2);
	assert_int_equal(sim_ledger_find(w->sim, NULL, NULL, "/v1/course*", false), 1);
	assert_int_equal(sim_ledger_find(w->sim, NULL, NULL, NULL, true), 2); /* the lock writes though it is a GET */
	assert_false(sim_ledger_at(w->sim, 2)->effect);
	sim_ledger_clear(w->sim);
	assert_int_equal(sim_ledger_count(w->sim), 0);
	ask(w, "ypareo", "GET", "/r/v1/sites", NULL);
	assert_int_equal(sim_ledger_at(w->sim, 0)->seq, 4);
}

static void customers_are_told_apart(void **state)
{
	struct world *w = *state;
	struct sim_request req = {.method = "GET",
	                          .path = STR("/r/v1/sites"),
	                          .credential = STR("y-clef"),
	                          .now_ms = w->now_ms,
	                          .arena = w->arena};

	assert_ptr_equal(sim_ypareo(w->sim, "cfa"), w->y);
	assert_null(sim_ypareo(w->sim, "cfb"));
	struct ypareo *other = sim_ypareo_add(w->sim, "cfb");
	assert_ptr_equal(sim_ypareo_at(w->sim, 1), other);
	assert_null(sim_ypareo_at(w->sim, 2));
	sim_handle(w->sim, "ypareo", "cfb", &req, &w->reply, &w->fault);
	assert_int_equal(w->reply.status, 401); /* the key is cfa's */
	assert_int_equal(last(w)->account.n, 0);
	buf_deinit(&w->reply.body);
	sim_handle(w->sim, "ypareo", "nobody", &req, &w->reply, &w->fault);
	assert_int_equal(w->reply.status, 404);
}

/* ---- the back door ---- */

static const struct json *control(struct world *w, const char *method, const char *path, const char *query,
                                  const char *body, int status)
{
	struct sim_request req = {.method = method,
	                          .path = str_of(path),
	                          .query = str_of(query),
	                          .body = str_of(body),
	                          .now_ms = w->now_ms,
	                          .arena = w->arena};
	const struct json *doc = NULL;

	buf_deinit(&w->reply.body);
	assert_true(sim_control(w->sim, &req, &w->reply));
	assert_int_equal(w->reply.status, status);
	assert_int_equal(json_parse(w->arena, arena_str(w->arena, buf_str(&w->reply.body)), NULL, &doc, NULL, NULL),
	                 0);
	return doc;
}

static void the_back_door(void **state)
{
	struct world *w = *state;
	struct sim_request other = {.method = "GET", .path = STR("/v1/school"), .arena = w->arena};

	assert_false(sim_control(w->sim, &other, &w->reply));
	control(w, "POST", "/_sim/fault", NULL, "empty:edusign:POST::count=1\n", 200);
	control(w, "POST", "/_sim/fault", NULL, "boom", 400);
	control(w, "POST", "/_sim/switch", NULL, "{\"name\":\"arrays\",\"on\":true}", 200);
	assert_true(sim_is(w->sim, SIM_ARRAYS));
	control(w, "POST", "/_sim/switch", NULL, "{\"name\":\"boom\"}", 400);
	ask(w, "edusign", "POST", "/v1/student", NEW_STUDENT);
	assert_int_equal(w->fault.kind, SIM_EMPTY);
	ask(w, "edusign", "GET", "/v1/school", NULL);
	const struct json *entries = json_get(control(w, "GET", "/_sim/ledger", NULL, NULL, 200), "entries");
	assert_int_equal(entries->count, 2);
	assert_true(str_eqz(json_text(json_get(entries->first, "path")), "/v1/student"));
	assert_true(json_bool(json_get(entries->first, "effect"), false));
	assert_int_equal(json_get(control(w, "GET", "/_sim/ledger", "since=1", NULL, 200), "entries")->count, 1);
	const struct json *world = control(w, "GET", "/_sim/world", NULL, NULL, 200);
	assert_int_equal(json_int(json_get(json_get(world, "edusign")->first, "students"), -1), 1);
	assert_true(str_eqz(json_text(json_get(json_get(world, "ypareo")->first, "customer")), "cfa"));
	control(w, "DELETE", "/_sim/ledger", NULL, NULL, 200);
	assert_int_equal(sim_ledger_count(w->sim), 0);
	control(w, "GET", "/_sim/nothing", NULL, NULL, 400);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, open_world, close_world)
	const struct CMUnitTest tests[] = {
	        T(a_fault_is_read_from_text),
	        T(wrong_faults_and_switches_are_refused),
	        T(a_star_stands_for_any_text),
	        T(skip_and_count_choose_the_requests),
	        T(one_fault_strikes_at_a_time),
	        T(effects_and_answers),
	        T(a_refused_request_never_came),
	        T(each_vendor_says_no_in_its_own_way),
	        T(spoilt_bodies),
	        T(dropped_records_leave_a_well_formed_list),
	        T(an_effect_comes_late),
	        T(a_promise_outlives_the_ledger_and_dies_with_the_sim),
	        T(every_request_is_in_the_ledger),
	        T(customers_are_told_apart),
	        T(the_back_door),
	};
#undef T
	return cmocka_run_group_tests(tests, NULL, NULL);
}
