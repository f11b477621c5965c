#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/io/fetch.h"
#include "tests/world/edusign.h"
#include "tests/world/front_fake.h"
#include "tests/world/front_http.h"
#include "tests/world/loop_virtual.h"
#include "tests/world/ypareo.h"

/* Both fronts carry the same requests: in process on virtual time, and over sockets. What a client sees must be the
 * same. */

#define NEW_STUDENT                                                                                                  \
	"{\"student\":{\"FIRSTNAME\":\"Ana\",\"LASTNAME\":\"Petit\",\"EMAIL\":\"ana@eleves.example\",\"API_ID\":"    \
	"\"11\"}}"
#define WALL          INT64_C(1795431600000)
#define TEST_LASTS_MS 20000

struct bench {
	bool fake;
	struct loop *loop;
	struct sim *sim;
	struct arena *arena;
	struct front_http *front;
	struct fetch_transport *transport; /* of the fake */
	struct fetch_hub *hub;
	struct fetch_lane *lane;
	struct fetch f;
	struct loop_timer timer;
	struct buf body;
	unsigned pieces;
	int sink_code; /* what the sink answers */
	bool over;
};

static void open_world(struct bench *b)
{
	b->sim = sim_new(1);
	b->arena = arena_new(0);
	struct ypareo *y = sim_ypareo_add(b->sim, "cfa");
	ypareo_add_key(y, "y-clef", "passerelle", true);
	for (int i = 0; i < 20; i++)
		ypareo_add_site(y, "L'Isle-d'Abeau");
	edusign_school_add(sim_edusign(b->sim), "ecole", "e-clef", NULL);
	buf_init(&b->body, 0);
}

static int open_fake(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	open_world(b);
	b->fake = true;
	b->loop = loop_virtual_new(WALL);
	b->transport = front_fake_new(b->loop, b->sim, NULL);
	b->hub = fetch_hub_new(b->loop, b->transport, NULL);
	b->lane = fetch_lane_new(b->hub, "test", &(struct fetch_lane_limits){.concurrency = 4});
	*state = b;
	return 0;
}

static int open_http(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));
	struct fetch_transport *transport = NULL;

	open_world(b);
	assert_int_equal(loop_open(4, &b->loop), 0);
	assert_int_equal(front_http_open(b->loop, b->sim, NULL, &b->front), 0);
	assert_int_equal(fetch_transport_curl(b->loop, NULL, &transport), 0);
	b->hub = fetch_hub_new(b->loop, transport, NULL);
	b->lane = fetch_lane_new(b->hub, "test", &(struct fetch_lane_limits){.concurrency = 4});
	*state = b;
	return 0;
}

static int close_bench(void **state)
{
	struct bench *b = *state;

	fetch_cancel(&b->f);
	fetch_lane_free(&b->lane);
	fetch_hub_free(&b->hub);
	front_http_close(&b->front);
	loop_close(&b->loop);
	sim_free(&b->sim);
	buf_deinit(&b->body);
	arena_free(&b->arena);
	free(b);
	return 0;
}

/* ---- a fetch, and waiting for it ---- */

static int on_piece(void *arg, const char *p, size_t n)
{
	struct bench *b = arg;

	b->pieces++;
	buf_add(&b->body, p, n);
	return b->sink_code;
}

static void on_done(struct fetch *f)
{
	struct bench *b = list_entry(f, struct bench, f);

	b->over = true;
	if (!b->fake)
		loop_stop(b->loop);
}

static const char *address(struct bench *b, const char *path)
{
	const char *url;

	if (strncmp(path, "/r/", 3) == 0 && b->fake)
		url = arena_printf(b->arena, "https://cfa.ypareo.test/index.php%s", path);
	else if (strncmp(path, "/r/", 3) == 0)
		url = arena_printf(b->arena, "http://127.0.0.1:%u/cfa/index.php%s", front_http_ypareo_port(b->front),
		                   path);
	else if (b->fake)
		url = arena_printf(b->arena, "https://edusign.test%s", path);
	else
		url = arena_printf(b->arena, "http://127.0.0.1:%u%s", front_http_edusign_port(b->front), path);
	assert_non_null(url);
	return url;
}

static void start(struct bench *b, enum fetch_method method, const char *url, const char *body)
{
	bool ypareo = strstr(url, "/index.php") != NULL;

	buf_clear(&b->body);
	b->pieces = 0;
	b->over = false;
	b->f = (struct fetch){
	        .request = {.method = method,
	                    .effect = method == FETCH_GET ? FETCH_READ : FETCH_WRITE_ONCE,
	                    .url = url,
	                    .body = str_of(body),
	                    .timeout_ms = b->f.request.timeout_ms,
	                    .sink = on_piece,
	                    .sink_arg = b},
	        .lane = b->lane,
	        .done = on_done,
	};
	b->f.request.secret.name = ypareo ? "X-Auth-Token" : "Authorization";
	b->f.request.secret.value = ypareo ? "y-clef" : "Bearer e-clef";
	fetch_start(&b->f);
}

static bool is_over(void *arg)
{
	return ((struct bench *)arg)->over;
}

static void on_alarm(struct loop_timer *t)
{
	(void)t;
	abort();
}

static void wait_over(struct bench *b)
{
	struct loop_timer alarm;

	if (b->fake) {
		loop_virtual_run(b->loop, is_over, b, 3600000);
		assert_true(b->over);
		return;
	}
	loop_timer_init(&alarm, on_alarm);
	loop_timer_start(b->loop, &alarm, TEST_LASTS_MS);
	if (!b->over)
		loop_run(b->loop);
	loop_timer_stop(b->loop, &alarm);
	assert_true(b->over);
}

static const struct fetch_reply *ask(struct bench *b, enum fetch_method method, const char *path, const char *body)
{
	start(b, method, address(b, path), body);
	wait_over(b);
	return &b->f.reply;
}

static void arm(struct bench *b, const char *spec)
{
	struct sim_fault fault;

	assert_int_equal(sim_fault_parse(spec, &fault, b->arena), 0);
	sim_fault_add(b->sim, &fault);
}

static size_t students(struct bench *b)
{
	return sim_edusign(b->sim)->students.n;
}

static void on_pause(struct loop_timer *t)
{
	struct bench *b = list_entry(t, struct bench, timer);

	b->over = true;
	if (!b->fake)
		loop_stop(b->loop);
}

static void let_pass(struct bench *b, int64_t ms)
{
	b->over = false;
	loop_timer_init(&b->timer, on_pause);
	loop_timer_start(b->loop, &b->timer, ms);
	wait_over(b);
}

/* ---- both fronts ---- */

static void requests_reach_both_vendors(void **state)
{
	struct bench *b = *state;
	const struct fetch_reply *r = ask(b, FETCH_GET, "/r/v1/sites?sites=1,2", NULL);

	assert_int_equal(r->code, 0);
	assert_int_equal(r->status, 200);
	assert_true(r->sent);
	assert_memory_equal(r->content_type, "application/json", 16);
	assert_int_equal(b->body.p[0], '{');
	assert_true(llabs(r->date_ms - loop_wall_ms(b->loop)) < 5000);
	const struct sim_entry *e = sim_ledger_at(b->sim, 0);
	assert_string_equal(e->vendor, "ypareo");
	assert_true(str_eqz(e->path, "/r/v1/sites"));
	assert_true(str_eqz(e->query, "sites=1,2"));
	assert_true(str_eqz(e->account, "cfa"));
	r = ask(b, FETCH_POST, "/v1/student", NEW_STUDENT);
	assert_int_equal(r->status, 200);
	assert_int_equal(students(b), 1);
	assert_true(str_eqz(sim_ledger_at(b->sim, 1)->body, NEW_STUDENT));
	ask(b, FETCH_GET, "/v1/student/by-email/ana%40eleves.example", NULL);
	assert_true(str_eqz(sim_ledger_at(b->sim, 2)->path, "/v1/student/by-email/ana@eleves.example"));
	assert_non_null(strstr(b->body.p, "success"));
}

static void a_body_comes_on_a_delete(void **state)
{
	struct bench *b = *state;

	ask(b, FETCH_DELETE, "/v1/course/attendance/x", "{\"studentId\":\"y\"}");
	assert_true(str_eqz(sim_ledger_at(b->sim, 0)->body, "{\"studentId\":\"y\"}"));
	assert_string_equal(sim_ledger_at(b->sim, 0)->method, "DELETE");
	ask(b, FETCH_PATCH, "/v1/course", "{\"course\":{}}");
	assert_string_equal(sim_ledger_at(b->sim, 1)->method, "PATCH");
}

static void a_wrong_credential_is_unauthorized(void **state)
{
	struct bench *b = *state;

	start(b, FETCH_GET, address(b, "/v1/school"), NULL);
	b->f.request.secret.value = "e-clef"; /* without "Bearer " */
	wait_over(b);
	assert_int_equal(b->f.reply.status, 401);
	assert_string_equal(b->f.reply.head, "Unauthorized");
	assert_int_equal(b->body.n, 0);
}

static void a_long_body_comes_in_pieces(void **state)
{
	struct bench *b = *state;

	for (int i = 0; i < 300; i++)
		edusign_add_student(sim_edusign(b->sim), "ecole", "Ana", "Petit", "");
	const struct fetch_reply *r = ask(b, FETCH_GET, "/v1/student", NULL);
	assert_int_equal(r->code, 0);
	assert_true(b->pieces > 1);
	assert_int_equal(r->body_bytes, b->body.n);
	assert_memory_equal(b->body.p + b->body.n - 2, "]}", 2);
	b->sink_code = ERR_TYPE;
	r = ask(b, FETCH_GET, "/v1/student", NULL);
	assert_int_equal(r->code, ERR_TYPE);
	assert_int_equal(b->pieces, 1);
}

static void faults_look_the_same(void **state)
{
	static const struct {
		const char *spec;
		int code, status;
		bool effect;
		int fault; /* class of the write */
	} cases[] = {
	        {"hang", ERR_TIMEOUT, 0, false, FAULT_UNCERTAIN},
	        {"hang-after", ERR_TIMEOUT, 0, true, FAULT_UNCERTAIN},
	        {"reset-before", ERR_RESET, 0, false, FAULT_UNCERTAIN},
	        {"reset-after", ERR_RESET, 0, true, FAULT_UNCERTAIN},
	        {"status::::status=503", 0, 503, false, FAULT_UNCERTAIN},
	        {"status-after", 0, 502, true, FAULT_UNCERTAIN},
	        {"empty", 0, 200, true, FAULT_NONE},
	        {"truncate", ERR_TRUNCATED, 200, true, FAULT_UNCERTAIN},
	        {"cut-json", 0, 200, true, FAULT_NONE},
	        {"forbidden", 0, 403, false, FAULT_AUTH},
	        {"quota::::ms=3000", 0, 429, false, FAULT_QUOTA},
	        {"redirect", 0, 302, false, FAULT_DATA},
	        {"garbage::::body=<x>", 0, 200, true, FAULT_NONE},
	};
	struct bench *b = *state;
	bool fake = b->fake;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		void *fresh = NULL;
		struct fault fault;
		if (fake)
			open_fake(&fresh);
		else
			open_http(&fresh);
		b = fresh;
		arm(b, cases[i].spec);
		b->f.request.timeout_ms = 300;
		const struct fetch_reply *r = ask(b, FETCH_POST, "/v1/student", NEW_STUDENT);
		assert_int_equal(r->code, cases[i].code);
		assert_int_equal(r->status, cases[i].status);
		assert_true(r->sent);
		assert_int_equal(students(b), cases[i].effect);
		fetch_fault(&b->f, &fault);
		assert_int_equal(fault.class, cases[i].fault);
		assert_int_equal(r->retry_after_s, cases[i].status == 429 ? 3 : 0);
		assert_int_equal(sim_ledger_count(b->sim), 1);
		close_bench(&fresh);
	}
}

static void spoilt_bodies_arrive_spoilt(void **state)
{
	struct bench *b = *state;

	ask(b, FETCH_GET, "/r/v1/sites", NULL);
	size_t whole = b->body.n;
	assert_true(whole > 1400);
	arm(b, "truncate:ypareo:::count=1");
	assert_int_equal(ask(b, FETCH_GET, "/r/v1/sites", NULL)->code, ERR_TRUNCATED);
	assert_int_equal(b->body.n, whole / 2);
	arm(b, "cut-json:ypareo:::count=1");
	assert_int_equal(ask(b, FETCH_GET, "/r/v1/sites", NULL)->code, 0);
	assert_int_equal(b->body.n, whole / 2);
	arm(b, "garbage:ypareo:::count=1:body=<x>");
	ask(b, FETCH_GET, "/r/v1/sites", NULL);
	assert_string_equal(b->body.p, "<x>");
}

static void latency_and_slow_down_take_time(void **state)
{
	struct bench *b = *state;

	arm(b, "latency:edusign:::count=1:ms=120");
	const struct fetch_reply *r = ask(b, FETCH_GET, "/v1/school", NULL);
	assert_int_equal(r->code, 0);
	assert_true(r->ended_ms - r->started_ms >= 120);
	sim_edusign(b->sim)->per_minute = 1;
	r = ask(b, FETCH_GET, "/v1/school", NULL); /* the second of this minute */
	assert_true(r->ended_ms - r->started_ms >= 100);
	arm(b, "latency:edusign:::count=1:ms=5000");
	b->f.request.timeout_ms = 150;
	r = ask(b, FETCH_GET, "/v1/school", NULL);
	assert_int_equal(r->code, ERR_TIMEOUT);
	assert_true(r->sent);
}

static void an_effect_comes_after_the_connection_died(void **state)
{
	struct bench *b = *state;

	arm(b, "late-effect:edusign:POST::count=1:ms=100");
	assert_int_equal(ask(b, FETCH_POST, "/v1/student", NEW_STUDENT)->code, ERR_RESET);
	assert_int_equal(students(b), 0);
	let_pass(b, 250); /* by itself: nobody asks */
	assert_int_equal(students(b), 1);
}

/* ---- the fake alone ---- */

static void the_fake_keeps_time_exactly(void **state)
{
	struct bench *b = *state;
	const struct fetch_reply *r = ask(b, FETCH_GET, "/v1/school", NULL);

	assert_int_equal(r->ended_ms - r->started_ms, 20);
	assert_int_equal(sim_ledger_at(b->sim, 0)->at_ms, WALL + 10);
	assert_int_equal(r->date_ms, WALL);
	arm(b, "hang");
	r = ask(b, FETCH_GET, "/v1/school", NULL);
	assert_int_equal(r->ended_ms - r->started_ms, 60000);
	sim_faults_clear(b->sim);
	arm(b, "latency:edusign:::count=1:ms=59979");
	arm(b, "latency:edusign:::ms=59980");
	r = ask(b, FETCH_GET, "/v1/school", NULL);
	assert_int_equal(r->code, 0);
	r = ask(b, FETCH_GET, "/v1/school", NULL);
	assert_int_equal(r->code, ERR_TIMEOUT);
	assert_int_equal(r->ended_ms - r->started_ms, 60000);
	front_fake_set(b->transport, &(struct front_fake_options){.latency_ms = 200, .server_ahead_ms = 180000});
	sim_faults_clear(b->sim);
	r = ask(b, FETCH_GET, "/v1/school", NULL);
	assert_int_equal(r->ended_ms - r->started_ms, 200);
	assert_true(r->date_ms > loop_wall_ms(b->loop) + 179000 - 1000);
}

static void no_connection_means_not_sent(void **state)
{
	struct bench *b = *state;
	struct fault fault;

	arm(b, "refuse::::count=1");
	const struct fetch_reply *r = ask(b, FETCH_POST, "/v1/student", NEW_STUDENT);
	assert_int_equal(r->code, ERR_CONNECT);
	assert_false(r->sent);
	fetch_fault(&b->f, &fault);
	assert_int_equal(fault.class, FAULT_TRANSIENT);
	assert_int_equal(sim_ledger_count(b->sim), 0);
	start(b, FETCH_GET, "https://elsewhere.test/v1/school", NULL);
	wait_over(b);
	assert_int_equal(b->f.reply.code, ERR_RESOLVE);
	assert_false(b->f.reply.sent);
	start(b, FETCH_GET, "https://nobody.ypareo.test/index.php/r/v1/sites", NULL);
	wait_over(b);
	assert_int_equal(b->f.reply.status, 404);
}

static void a_cancelled_fetch_has_its_effect_if_it_arrived(void **state)
{
	struct bench *b = *state;

	start(b, FETCH_POST, address(b, "/v1/student"), NEW_STUDENT);
	loop_virtual_run(b->loop, is_over, b, 9);
	fetch_cancel(&b->f);
	loop_virtual_run(b->loop, NULL, NULL, 1000);
	assert_int_equal(sim_ledger_count(b->sim), 0);
	start(b, FETCH_POST, address(b, "/v1/student"), NEW_STUDENT);
	loop_virtual_run(b->loop, is_over, b, 11);
	fetch_cancel(&b->f);
	loop_virtual_run(b->loop, NULL, NULL, 1000);
	assert_false(b->over);
	assert_int_equal(students(b), 1);
}

/* ---- the server alone ---- */

static void closing_drops_who_waits(void **state)
{
	struct bench *b = *state;

	arm(b, "hang");
	start(b, FETCH_GET, address(b, "/v1/school"), NULL);
	while (sim_ledger_count(b->sim) == 0)
		let_pass(b, 5);
	b->over = false;
	front_http_close(&b->front);
	wait_over(b);
	assert_int_equal(b->f.reply.code, ERR_RESET);
}

static void the_back_door_is_open(void **state)
{
	struct bench *b = *state;

	ask(b, FETCH_POST, "/_sim/fault", "empty:edusign:GET:/v1/school:count=1");
	assert_int_equal(b->f.reply.status, 200);
	ask(b, FETCH_GET, "/v1/school", NULL);
	assert_int_equal(b->body.n, 0);
	ask(b, FETCH_GET, "/_sim/ledger", NULL);
	assert_non_null(strstr(b->body.p, "\"path\":\"/v1/school\""));
	assert_int_equal(sim_ledger_count(b->sim), 1); /* it does not look at itself */
}

int main(void)
{
#define FAKE(f)                                                                                                      \
	{                                                                                                            \
		"fake_" #f, f, open_fake, close_bench, NULL                                                          \
	}
#define HTTP(f)                                                                                                      \
	{                                                                                                            \
		"http_" #f, f, open_http, close_bench, NULL                                                          \
	}
#define BOTH(f) FAKE(f), HTTP(f)
	const struct CMUnitTest tests[] = {
	        BOTH(requests_reach_both_vendors),
	        BOTH(a_body_comes_on_a_delete),
	        BOTH(a_wrong_credential_is_unauthorized),
	        BOTH(a_long_body_comes_in_pieces),
	        BOTH(faults_look_the_same),
	        BOTH(spoilt_bodies_arrive_spoilt),
	        BOTH(latency_and_slow_down_take_time),
	        BOTH(an_effect_comes_after_the_connection_died),
	        FAKE(the_fake_keeps_time_exactly),
	        FAKE(no_connection_means_not_sent),
	        FAKE(a_cancelled_fetch_has_its_effect_if_it_arrived),
	        HTTP(closing_drops_who_waits),
	        HTTP(the_back_door_is_open),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
