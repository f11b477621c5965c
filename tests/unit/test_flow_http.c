/* One HTTP row: asked, sent, read, judged, tried again. */

#include <stdio.h>

#include "tests/unit/flow_rig.h"

struct person {
	int64_t code;
	struct str name;
};

struct held {
	struct items people;
};

/* The state of these runs. */
struct play {
	struct rig *rig;
	enum fetch_effect effect; /* what the request says */
	enum verdict ask, got[8];
	unsigned asked, finished, heard;
	const struct shape *shape;
	bool empty_ok, no_lane, no_url, broken_question, cancel_in_ask, cancel_in_each, cancel_in_got;
	int each_code;
	struct buf *raw;
	struct arena *arenas[8];
	void (*finish)(struct exchange *x);
	/* what got() saw */
	struct fault fault;
	struct fetch_reply reply;
	uint64_t records;
	char names[128];
};

static struct play *of(struct run *run)
{
	return run_state(run);
}

static int set_up(void **state)
{
	*state = rig_new();
	return 0;
}

static int tear_down(void **state)
{
	rig_free((struct rig **)state);
	return 0;
}

/* ---- the answer: {"people":[{"code":1,"name":"A"},…]} ---- */

struct answer_root {
	char unused;
};

static int on_person(void *arg, void *record, struct str key)
{
	struct run *run = arg;
	struct play *p = of(run);
	const struct person *one = record;
	size_t n = strlen(p->names);
	(void)key;
	snprintf(p->names + n, sizeof(p->names) - n, "%.*s", STR_ARG(one->name));
	if (p->cancel_in_each)
		run_cancel(run_top(run));
	return p->each_code;
}

static const struct field person_fields[] = {
        {"code", FIELD_INT, FIELD_REQUIRED, offsetof(struct person, code), NULL, NULL},
        {"name", FIELD_TEXT, 0, offsetof(struct person, name), NULL, NULL},
};
static const struct shape person_shape = {"person", sizeof(struct person), FIELDS(person_fields), RECORD_NO_MASK,
                                          NULL};
static const struct field root_fields[] = {{"people", FIELD_EACH, FIELD_REQUIRED, 0, &person_shape, on_person}};
static const struct shape root_shape = {"people", sizeof(struct answer_root), FIELDS(root_fields), RECORD_NO_MASK,
                                        NULL};
static const struct field held_fields[] = {
        {"people", FIELD_ITEMS, 0, offsetof(struct held, people), &person_shape, NULL}};
static const struct shape held_shape = {"people", sizeof(struct held), FIELDS(held_fields), RECORD_NO_MASK, NULL};

#define TWO "{\"people\":[{\"code\":1,\"name\":\"A\"},{\"code\":2,\"name\":\"B\"}]}"

/* ---- the row ---- */

static void on_finish(struct exchange *x)
{
	struct play *p = x->adapter;
	p->finished++;
	if (p->finish)
		p->finish(x);
}

static enum verdict ask(struct run *run, struct exchange *x)
{
	struct play *p = of(run);
	p->names[0] = '\0';
	if (p->asked < 8)
		p->arenas[p->asked] = x->arena;
	p->asked++;
	assert_int_equal(arena_used(x->arena), 0);
	assert_null(x->request.url);
	rig_request(p->rig, x, p->effect, "by-email/a@b.fr?key=secret");
	x->shape = p->shape;
	x->root = arena_alloc(x->arena, sizeof(struct held));
	x->each_arg = run;
	x->empty_ok = p->empty_ok;
	x->raw = p->raw;
	x->finish = on_finish;
	x->adapter = p;
	if (p->no_lane)
		x->lane = NULL;
	if (p->no_url)
		x->request.url = NULL;
	if (p->broken_question)
		fault_set(&x->fault, FAULT_LOCAL, ERR_LIMIT, "too long");
	if (p->cancel_in_ask)
		run_cancel(run);
	assert_non_null(x->arena);
	return p->ask;
}

static enum verdict got(struct run *run, struct exchange *x)
{
	struct play *p = of(run);
	p->fault = x->fault;
	p->reply = x->reply;
	p->records = x->records;
	if (p->cancel_in_got) {
		run_cancel(run);
		assert_string_equal(x->request.url, "http://test/by-email/a@b.fr?key=secret"); /* still there */
	}
	enum verdict v = p->got[p->heard++];
	if (v == STEP_NEXT && fault_is(&x->fault))
		return STEP_FAIL;
	return v;
}

static enum verdict after(struct run *run)
{
	rig_note(of(run)->rig, "%s", run_step_name(run));
	return STEP_NEXT;
}

static void open_gate(struct run *run)
{
	rig_gate(of(run)->rig, run);
}

static const struct step read_list[] = {
        {STEP_HTTP, "read", .ask = ask, .got = got}, {STEP_CALC, "z", .calc = after}, STEP_END};
static const struct step read_skip[] = {{STEP_HTTP, "read", "y", .ask = ask, .got = got},
                                        {STEP_CALC, "x", .calc = after},
                                        {STEP_CALC, "y", .calc = after},
                                        STEP_END};
static const struct step once_list[] = {{STEP_GATE, "intent", .open = open_gate},
                                        {STEP_HTTP, "post", .effect = FETCH_WRITE_ONCE, .ask = ask, .got = got},
                                        {STEP_CALC, "z", .calc = after},
                                        STEP_END};
static const struct step keyed_list[] = {{STEP_GATE, "intent", .open = open_gate},
                                         {STEP_HTTP, "put", .effect = FETCH_WRITE_KEYED, .ask = ask, .got = got},
                                         {STEP_CALC, "z", .calc = after},
                                         STEP_END};

/* ---- well ---- */

static void an_answer_is_read_as_it_comes(void **state)
{
	struct rig *rig = *state;
	for (size_t piece = 0; piece < sizeof(TWO); piece++) {
		struct play p = {.rig = rig, .shape = &root_shape};
		RIG_ANSWERS(rig, {.status = 200, .body = TWO, .piece = piece, .after_ms = 40});
		assert_int_equal(rig_run(rig, read_list, &p), 40);
		assert_string_equal(p.names, "AB");
		assert_int_equal(p.records, 2);
		assert_int_equal(p.reply.status, 200);
		assert_int_equal(p.finished, 1);
		assert_trace(rig, "z ");
		assert_well(rig);
	}
	assert_string_equal(rig->sent[0].url, "http://test/by-email/a@b.fr?key=secret");
}

static void ask_may_not_send(void **state)
{
	static const struct {
		enum verdict ask;
		const struct step *list;
		const char *trace;
	} table[] = {
	        {STEP_SKIP, read_list, "z "},
	        {STEP_SKIP, read_skip, "y "},
	        {STEP_DONE, read_list, ""},
	        {STEP_FAIL, read_list, ""},
	};
	struct rig *rig = *state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct play p = {.rig = rig, .ask = table[i].ask};
		rig_run(rig, table[i].list, &p);
		assert_trace(rig, table[i].trace);
		assert_int_equal(p.asked, 1);
		assert_int_equal(p.finished + p.heard, 0);
		assert_int_equal(rig->sent_count, 0);
		assert_int_equal(run_requests(rig->run), 0);
		assert_int_equal(rig->fault.class, table[i].ask == STEP_FAIL ? FAULT_BUG : FAULT_NONE);
	}
}

static void what_got_says(void **state)
{
	struct rig *rig = *state;
	struct play p = {.rig = rig, .got = {STEP_AGAIN, STEP_AGAIN, STEP_NEXT}};
	rig_run(rig, read_list, &p); /* pages */
	assert_int_equal(p.asked, 3);
	assert_int_equal(run_requests(rig->run), 3);
	assert_trace(rig, "z ");
	p = (struct play){.rig = rig, .got = {STEP_SKIP}};
	rig_run(rig, read_skip, &p);
	assert_trace(rig, "y ");
	p = (struct play){.rig = rig, .got = {STEP_DONE}};
	rig_run(rig, read_list, &p);
	assert_trace(rig, "");
	assert_well(rig);
	p = (struct play){.rig = rig, .got = {STEP_FAIL}};
	RIG_ANSWERS(rig, {.status = 404});
	rig_run(rig, read_list, &p);
	assert_int_equal(rig->fault.class, FAULT_REMOTE); /* the exchange's, when the step gives none */
	assert_int_equal(rig->fault.http_status, 404);
	assert_string_equal(rig->fault.step, "read");
}

/* ---- questions that are not to be sent ---- */

static void assert_not_sent(struct rig *rig, struct play *p, const struct step *list, enum fault_class class)
{
	p->rig = rig;
	rig->sent_count = 0;
	rig_run(rig, list, p);
	assert_trace(rig, "");
	assert_int_equal(rig->sent_count, 0);
	assert_int_equal(p->heard, 0);
	assert_int_equal(rig->fault.class, class);
}

static void a_wrong_question_is_not_sent(void **state)
{
	struct rig *rig = *state;
	assert_not_sent(rig, &(struct play){.effect = FETCH_WRITE_ONCE}, read_list, FAULT_BUG);
	assert_not_sent(rig, &(struct play){.effect = FETCH_READ}, once_list, FAULT_BUG);
	assert_not_sent(rig, &(struct play){.effect = FETCH_WRITE_KEYED}, once_list, FAULT_BUG);
	assert_not_sent(rig, &(struct play){.no_lane = true}, read_list, FAULT_BUG);
	assert_not_sent(rig, &(struct play){.no_url = true}, read_list, FAULT_BUG);
	assert_not_sent(rig, &(struct play){.broken_question = true}, read_list, FAULT_LOCAL);
	assert_not_sent(rig, &(struct play){.broken_question = true, .ask = STEP_FAIL}, read_list, FAULT_LOCAL);
}

/* ---- answers that are not well ---- */

static void another_status_is_not_read(void **state)
{
	struct rig *rig = *state;
	struct buf raw;
	buf_init(&raw, 0);
	struct play p = {.rig = rig, .shape = &root_shape, .raw = &raw};
	RIG_ANSWERS(rig, {.status = 404, .body = TWO});
	rig_run(rig, read_list, &p);
	assert_string_equal(p.names, "");
	assert_int_equal(raw.n, 0);
	assert_int_equal(p.records, 0);
	assert_int_equal(p.fault.code, ERR_NOT_FOUND);
	assert_string_equal(p.reply.head, TWO);
	buf_deinit(&raw);
}

/* What is told of a broken answer: where, without query and address. */
static void a_broken_answer_names_its_place(void **state)
{
	struct rig *rig = *state;
	struct play p = {.rig = rig, .shape = &root_shape};
	RIG_ANSWERS(rig,
	            {.status = 200, .body = "{\"people\":[{\"code\":1},{\"code\":\"x\"},{\"code\":3}]}", .piece = 5});
	rig_run(rig, read_list, &p);
	assert_int_equal(p.asked, 1); /* it will be as wrong the next time */
	assert_int_equal(p.fault.class, FAULT_DATA);
	assert_int_equal(p.fault.code, ERR_TYPE);
	assert_int_equal(p.fault.http_status, 200);
	assert_string_equal(p.fault.step, "read");
	assert_non_null(strstr(p.fault.what, "GET http://test/by-email/***: HTTP 200"));
	assert_non_null(strstr(p.fault.what, "people[1].code: expected a whole number"));
	assert_null(strstr(p.fault.what, "secret"));
	assert_null(strstr(p.fault.what, "a@b.fr"));
	assert_string_equal(rig->fault.step, "read");
}

static void broken_in_each_way(void **state)
{
	static const struct {
		const char *body;
		int code;
		enum fault_class read;
		unsigned tries;
	} table[] = {
	        /* cut short: it may be whole the next time */
	        {"", ERR_EMPTY, FAULT_TRANSIENT, 4},
	        {"  \n", ERR_EMPTY, FAULT_TRANSIENT, 4},
	        {"{\"people\":[{\"code\":1}", ERR_TRUNCATED, FAULT_TRANSIENT, 4},
	        {"<html>", ERR_NOT_JSON, FAULT_DATA, 1},
	        {"{\"people\":[{\"code\":1},]}", ERR_SYNTAX, FAULT_DATA, 1},
	        {"{\"people\":[{\"name\":\"x\"}]}", ERR_MISSING, FAULT_DATA, 1},
	        {"{\"people\":7}", ERR_TYPE, FAULT_DATA, 1},
	        {"{\"people\":[{\"code\":99999999999999999999}]}", ERR_RANGE, FAULT_DATA, 1},
	};
	struct rig *rig = *state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct play p = {.rig = rig, .shape = &root_shape};
		RIG_ANSWERS(rig, {.status = 200, .body = table[i].body});
		rig_run(rig, read_list, &p);
		assert_int_equal(p.fault.code, table[i].code);
		assert_int_equal(p.fault.class, table[i].read);
		assert_int_equal(p.asked, table[i].tries);
		/* a write that was answered so has probably happened */
		p = (struct play){.rig = rig, .effect = FETCH_WRITE_KEYED, .shape = &root_shape};
		rig_run(rig, keyed_list, &p);
		assert_int_equal(p.fault.code, table[i].code);
		assert_int_equal(p.fault.class, FAULT_UNCERTAIN);
		assert_int_equal(p.asked, 1);
	}
}

static void an_empty_answer_may_be_fine(void **state)
{
	struct rig *rig = *state;
	struct play p = {.rig = rig, .shape = &root_shape, .empty_ok = true};
	RIG_ANSWERS(rig, {.status = 200, .body = ""});
	rig_run(rig, read_list, &p);
	assert_well(rig);
	p = (struct play){.rig = rig, .effect = FETCH_WRITE_ONCE, .shape = &root_shape, .empty_ok = true};
	RIG_ANSWERS(rig, {.status = 204});
	rig_run(rig, once_list, &p);
	assert_well(rig);
	p = (struct play){.rig = rig}; /* nothing is to be read */
	RIG_ANSWERS(rig, {.status = 200, .body = "not JSON at all"});
	rig_run(rig, read_list, &p);
	assert_well(rig);
}

static void a_callback_may_end_the_reading(void **state)
{
	struct rig *rig = *state;
	struct play p = {.rig = rig, .shape = &root_shape, .each_code = ERR_CONFLICT};
	RIG_ANSWERS(rig, {.status = 200, .body = TWO, .piece = 1});
	rig_run(rig, read_list, &p);
	assert_string_equal(p.names, "A");
	assert_int_equal(p.fault.code, ERR_CONFLICT);
	assert_int_equal(p.fault.class, FAULT_DATA);
}

static void an_answer_larger_than_the_run_may_hold(void **state)
{
	static char body[100000];
	struct rig *rig = *state;
	struct play p = {.rig = rig, .shape = &held_shape};
	size_t n = (size_t)snprintf(body, sizeof(body), "{\"people\":[");
	while (n < sizeof(body) - 200)
		n += (size_t)snprintf(body + n, sizeof(body) - n, "{\"code\":1,\"name\":\"%0100d\"},", 1);
	snprintf(body + n, sizeof(body) - n, "{\"code\":2}]}");
	RIG_ANSWERS(rig, {.status = 200, .body = body, .piece = 4096});
	rig_start(rig, read_list, &p, &(struct run_options){.memory = 60000});
	rig_finish(rig);
	assert_int_equal(rig->fault.code, ERR_LIMIT);
	assert_non_null(strstr(rig->fault.what, "memory"));
	assert_int_equal(p.asked, 1);
	p = (struct play){.rig = rig, .shape = &held_shape};
	rig_run(rig, read_list, &p);
	assert_well(rig);
	/* no room for the question itself */
	p = (struct play){.rig = rig, .shape = &held_shape};
	rig_start(rig, read_list, &p, &(struct run_options){.memory = 16});
	rig_finish(rig);
	assert_int_equal(rig->fault.code, ERR_LIMIT);
	assert_int_equal(p.heard, 0);
}

static void the_body_as_it_came(void **state)
{
	struct rig *rig = *state;
	struct buf raw;
	buf_init(&raw, 64);
	struct play p = {.rig = rig, .raw = &raw, .shape = &root_shape};
	RIG_ANSWERS(rig, {.status = 200, .body = "{\"people\":[{\"code\":1}", .piece = 3},
	            {.status = 200, .body = TWO, .piece = 7});
	rig_run(rig, read_list, &p);
	assert_int_equal(p.asked, 2);
	assert_string_equal(raw.p, TWO); /* of the last try alone */
	assert_well(rig);
	buf_deinit(&raw);
	buf_init(&raw, 10);
	p = (struct play){.rig = rig, .raw = &raw};
	RIG_ANSWERS(rig, {.status = 200, .body = TWO, .piece = 7});
	rig_run(rig, read_list, &p);
	assert_int_equal(p.fault.code, ERR_LIMIT);
	assert_int_equal(p.fault.class, FAULT_DATA);
	buf_deinit(&raw);
}

/* ---- finish() has the last word ---- */

static void none_is_fine(struct exchange *x)
{
	if (x->reply.status == 404)
		memset(&x->fault, 0, sizeof(x->fault));
}

static void refused(struct exchange *x)
{
	fault_set(&x->fault, FAULT_REMOTE, ERR_REMOTE, "said no");
}

static void busy_twice(struct exchange *x)
{
	struct play *p = x->adapter;
	if (p->finished < 3)
		fault_set(&x->fault, FAULT_TRANSIENT, ERR_REMOTE, "busy");
}

static void finish_judges_the_whole(void **state)
{
	struct rig *rig = *state;
	struct play p = {.rig = rig, .finish = none_is_fine};
	RIG_ANSWERS(rig, {.status = 404});
	rig_run(rig, read_list, &p);
	assert_well(rig);
	p = (struct play){.rig = rig, .finish = refused};
	RIG_ANSWERS(rig, {.status = 200, .body = "x"});
	rig_run(rig, read_list, &p);
	assert_string_equal(rig->fault.what, "said no");
	assert_string_equal(rig->fault.step, "read");
	assert_int_equal(p.asked, 1);
	p = (struct play){.rig = rig, .finish = busy_twice};
	rig_run(rig, read_list, &p);
	assert_int_equal(p.asked, 3);
	assert_int_equal(p.finished, 3);
	assert_well(rig);
}

/* ---- trying again ---- */

static void a_read_is_tried_again(void **state)
{
	struct rig *rig = *state;
	struct play p = {.rig = rig, .shape = &root_shape};
	struct transition t[8];
	int64_t at[4];
	RIG_ANSWERS(rig, {.status = 503}, {.code = ERR_RESET}, {.code = ERR_TIMEOUT, .after_ms = 5000},
	            {.status = 200, .body = TWO});
	rig_run(rig, read_list, &p);
	assert_well(rig);
	assert_int_equal(p.asked, 4); /* built anew each time */
	assert_int_equal(p.heard, 1);
	assert_int_equal(p.finished, 4);
	assert_string_equal(p.names, "AB");
	assert_int_equal(run_requests(rig->run), 4);
	for (int i = 0; i < 4; i++)
		at[i] = rig->sent[i].at_ms;
	assert_in_range(at[1] - at[0], 500, 1000);
	assert_in_range(at[2] - at[1], 2000, 4000);
	assert_in_range(at[3] - at[2] - 5000, 8000, 16000);
	assert_int_equal(run_transitions(rig->run, t, 8), 5);
	assert_int_equal(t[0].attempt, 1);
	assert_string_equal(t[1].verdict, "next");
	assert_int_equal(t[1].attempt, 4);
	assert_string_equal(t[2].verdict, "retry");
	assert_int_equal(t[2].attempt, 3);
	/* the same run waits the same */
	int64_t began = rig_now(rig);
	p = (struct play){.rig = rig, .shape = &root_shape};
	rig->sent_count = 0;
	rig_run(rig, read_list, &p);
	for (int i = 0; i < 4; i++)
		assert_int_equal(rig->sent[i].at_ms - began, at[i]);
}

/* Schools whose upstream failed at the same moment do not come back at the same moment. */
static void two_runs_wait_differently(void **state)
{
	struct rig *rig = *state;
	int64_t took[2];
	for (int i = 0; i < 2; i++) {
		struct play p = {.rig = rig};
		RIG_ANSWERS(rig, {.status = 503});
		rig_start(rig, read_list, &p, &(struct run_options){.environment = i ? "north" : "south"});
		took[i] = rig_finish(rig);
	}
	assert_int_not_equal(took[0], took[1]);
}

static void a_read_gives_up(void **state)
{
	static const struct step once[] = {{STEP_HTTP, "read", .ask = ask, .got = got, .retry = &retry_once},
	                                   STEP_END};
	struct rig *rig = *state;
	struct play p = {.rig = rig};
	RIG_ANSWERS(rig, {.status = 502});
	rig_run(rig, read_list, &p);
	assert_int_equal(p.asked, 4);
	assert_int_equal(p.heard, 1);
	assert_int_equal(p.fault.class, FAULT_TRANSIENT);
	assert_int_equal(p.fault.http_status, 502);
	p = (struct play){.rig = rig};
	rig_run(rig, once, &p);
	assert_int_equal(p.asked, 1);
}

static void not_everything_is_tried_again(void **state)
{
	static const int statuses[] = {301, 400, 401, 403, 404};
	struct rig *rig = *state;
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		struct play p = {.rig = rig, .shape = &root_shape};
		RIG_ANSWERS(rig, {.status = statuses[i]});
		rig_run(rig, read_list, &p);
		assert_int_equal(p.asked, 1);
		assert_int_equal(p.fault.http_status, statuses[i]);
		/* and what a server refused did not happen */
		p = (struct play){.rig = rig, .effect = FETCH_WRITE_ONCE, .shape = &root_shape};
		rig_run(rig, once_list, &p);
		assert_int_equal(p.asked, 1);
		assert_int_not_equal(p.fault.class, FAULT_UNCERTAIN);
	}
}

static void told_to_wait(void **state)
{
	struct rig *rig = *state;
	struct play p = {.rig = rig, .effect = FETCH_WRITE_ONCE};
	RIG_ANSWERS(rig, {.status = 429, .retry_after_s = 30}, {.status = 200});
	int64_t ms = rig_run(rig, once_list, &p); /* a write too: it was not done */
	assert_in_range(ms, 30000, 33000);
	assert_int_equal(p.asked, 2);
	assert_well(rig);
	p = (struct play){.rig = rig};
	RIG_ANSWERS(rig, {.status = 429, .retry_after_s = 121});
	assert_int_equal(rig_run(rig, read_list, &p), 0);
	assert_int_equal(p.fault.class, FAULT_QUOTA);
}

/* The one rule that must never break: what may have happened is not sent again. */
static void an_uncertain_write_is_sent_once(void **state)
{
	static const struct answer answers[] = {
	        {.code = ERR_RESET},
	        {.code = ERR_TIMEOUT},
	        {.code = ERR_TRUNCATED, .status = 200, .body = "{"},
	        {.status = 500},
	        {.status = 502},
	        {.status = 503},
	        {.status = 504},
	        {.status = 408},
	        {.status = 200, .body = "<html>"},
	        {.status = 200},
	        {.code = ERR_RESET, .status = 200, .body = TWO},
	};
	static const struct step *const lists[] = {once_list, keyed_list};
	static const enum fetch_effect effects[] = {FETCH_WRITE_ONCE, FETCH_WRITE_KEYED};
	struct rig *rig = *state;
	for (size_t i = 0; i < 2 * sizeof(answers) / sizeof(answers[0]); i++) {
		struct play p = {.rig = rig, .effect = effects[i % 2], .shape = &root_shape};
		rig_fresh_lane(rig);
		rig_answers(rig, &answers[i / 2], 1);
		rig_run(rig, lists[i % 2], &p);
		assert_int_equal(rig->sent_count, 1);
		assert_int_equal(p.heard, 1);
		assert_int_equal(p.fault.class, FAULT_UNCERTAIN);
	}
}

static void a_write_that_never_left_is_sent_again(void **state)
{
	struct rig *rig = *state;
	struct play p = {.rig = rig, .effect = FETCH_WRITE_ONCE, .shape = &root_shape};
	RIG_ANSWERS(rig, {.code = ERR_CONNECT, .never_left = true}, {.code = ERR_RESOLVE, .never_left = true},
	            {.status = 200, .body = TWO});
	rig_run(rig, once_list, &p);
	assert_well(rig);
	assert_int_equal(p.asked, 3);
	assert_int_equal(run_requests(rig->run), 1); /* that reached somebody */
}

static void a_write_is_not_repeated_without_an_intent(void **state)
{
	struct rig *rig = *state;
	struct play p = {.rig = rig, .effect = FETCH_WRITE_KEYED, .got = {STEP_AGAIN}};
	rig_run(rig, keyed_list, &p);
	assert_int_equal(rig->sent_count, 1);
	assert_int_equal(rig->fault.class, FAULT_BUG);
	assert_trace(rig, "");
}

/* The answer of a try is gone when the next one is asked, and when the row is left. */
static enum verdict no_answer_left(struct run *run)
{
	assert_true(arena_used(run_arena(run)) == 0);
	return after(run);
}

static void answers_do_not_pile_up(void **state)
{
	static const struct step list[] = {
	        {STEP_HTTP, "read", .ask = ask, .got = got}, {STEP_CALC, "z", .calc = no_answer_left}, STEP_END};
	struct rig *rig = *state;
	struct play p = {.rig = rig, .shape = &held_shape, .got = {STEP_AGAIN, STEP_NEXT}};
	RIG_ANSWERS(rig, {.status = 503}, {.status = 200, .body = TWO});
	rig_start(rig, list, &p, NULL);
	loop_virtual_run(rig->loop, NULL, NULL, 100); /* between the tries */
	assert_int_equal(arena_used(run_arena(rig->run)), 0);
	rig_finish(rig);
	assert_int_equal(p.asked, 3);
	assert_trace(rig, "z ");
}

/* ---- cancelled by its own functions ---- */

static void assert_cancelled(struct rig *rig, struct play *p)
{
	rig_start(rig, read_list, p, NULL);
	rig_finish(rig);
	assert_int_equal(rig->done, 1);
	assert_int_equal(rig->fault.class, FAULT_CANCELLED);
	assert_trace(rig, "");
	assert_int_equal(rig->open, 0);
}

static bool never_sent(struct rig *rig, struct run *run, const char *what)
{
	(void)rig;
	(void)run;
	return strcmp(what, "sent") != 0;
}

static void crashed_before_it_is_sent(void **state)
{
	struct rig *rig = *state;
	struct play p = {.rig = rig};
	rig->probe = never_sent;
	rig_start(rig, read_list, &p, NULL);
	loop_virtual_run(rig->loop, NULL, NULL, 1000);
	assert_int_equal(p.asked, 1);
	assert_int_equal(rig->sent_count, 0);
	assert_int_equal(rig->done, 0);
	rig_crash(rig);
}

static bool not_sent(struct rig *rig, struct run *run, const char *what)
{
	assert_true(never_sent(rig, run, what));
	return true;
}

static void cancelled_in_ask_nothing_is_sent(void **state)
{
	struct rig *rig = *state;
	rig->probe = not_sent;
	struct play p = {.rig = rig, .cancel_in_ask = true};
	assert_cancelled(rig, &p);
	assert_int_equal(rig->sent_count, 0);
}

static void cancelled_while_it_reads(void **state)
{
	struct rig *rig = *state;
	for (size_t piece = 0; piece < 8; piece++) {
		struct play p = {.rig = rig, .shape = &root_shape, .cancel_in_each = true};
		RIG_ANSWERS(rig, {.status = 200, .body = TWO, .piece = piece});
		assert_cancelled(rig, &p);
		assert_int_equal(p.heard + p.finished, 0);
	}
}

static void cancelled_in_got_the_answer_stays_till_it_returns(void **state)
{
	struct rig *rig = *state;
	struct play p = {.rig = rig, .shape = &root_shape, .cancel_in_got = true};
	RIG_ANSWERS(rig, {.status = 200, .body = TWO});
	assert_cancelled(rig, &p);
	assert_int_equal(p.heard, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        TEST(an_answer_is_read_as_it_comes),
	        TEST(ask_may_not_send),
	        TEST(what_got_says),
	        TEST(a_wrong_question_is_not_sent),
	        TEST(another_status_is_not_read),
	        TEST(a_broken_answer_names_its_place),
	        TEST(broken_in_each_way),
	        TEST(an_empty_answer_may_be_fine),
	        TEST(a_callback_may_end_the_reading),
	        TEST(an_answer_larger_than_the_run_may_hold),
	        TEST(the_body_as_it_came),
	        TEST(finish_judges_the_whole),
	        TEST(a_read_is_tried_again),
	        TEST(two_runs_wait_differently),
	        TEST(a_read_gives_up),
	        TEST(not_everything_is_tried_again),
	        TEST(told_to_wait),
	        TEST(an_uncertain_write_is_sent_once),
	        TEST(a_write_that_never_left_is_sent_again),
	        TEST(a_write_is_not_repeated_without_an_intent),
	        TEST(answers_do_not_pile_up),
	        TEST(crashed_before_it_is_sent),
	        TEST(cancelled_in_ask_nothing_is_sent),
	        TEST(cancelled_while_it_reads),
	        TEST(cancelled_in_got_the_answer_stays_till_it_returns),
	};
	log_setup(LOG_LVL_ERROR, LOG_TEXT, 2);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
