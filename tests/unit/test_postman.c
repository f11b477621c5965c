#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/app/postman.h"
#include "core/base/log.h"
#include "core/sync/outbox.h"
#include "tests/unit/sync_store.h"

/* Letters from the commit that queues them to the mail server, on virtual time, with a server that does what it is told. */

#define DAY_S 86400

/* ---- a mail server ---- */

static struct {
	struct fetch_transport base;
	struct loop_task task;
	struct loop *loop;
	struct fetch *under_way[16];
	size_t n;
	bool holds; /* answers nothing */
	int status, code;
	bool sent;
	unsigned started;
	char last[20000]; /* of the last one */
	char last_to[100], last_secret[40], last_signature[100], last_id[80];
	int64_t at[200];
} server;

static void on_answer(struct loop_task *t)
{
	(void)t;
	while (server.n && !server.holds) {
		struct fetch *f = server.under_way[--server.n];
		f->reply.status = server.status;
		f->reply.code = server.code;
		f->reply.sent = server.sent;
		fetch_finish(f);
	}
}

static void start(struct fetch_transport *t, struct fetch *f)
{
	(void)t;
	assert_true(server.n < 16);
	server.under_way[server.n++] = f;
	server.at[server.started++ % 200] = loop_wall_ms(server.loop) / 1000;
	snprintf(server.last, sizeof(server.last), "%.*s", STR_ARG(f->request.body));
	snprintf(server.last_to, sizeof(server.last_to), "%s", f->request.envelope.to ? f->request.envelope.to : "");
	snprintf(server.last_secret, sizeof(server.last_secret), "%s", f->request.envelope.password ? f->request.envelope.password : "");
	snprintf(server.last_id, sizeof(server.last_id), "%s", f->request.headers[0].value ? f->request.headers[0].value : "");
	snprintf(server.last_signature, sizeof(server.last_signature), "%s", f->request.headers[1].value ? f->request.headers[1].value : "");
	loop_defer(server.loop, &server.task);
}

static void cancel(struct fetch_transport *t, struct fetch *f)
{
	(void)t;
	for (size_t i = 0; i < server.n; i++)
		if (server.under_way[i] == f)
			server.under_way[i] = server.under_way[--server.n];
	f->reply.sent = server.sent;
}

static void close_transport(struct fetch_transport *t)
{
	(void)t;
}

/* ---- the rest of the world ---- */

static struct shelf *shelf;
static struct fetch_hub *hub;
static struct postman *postman;
static struct arena *arena;
static struct postman_options options;

static void open_post(void)
{
	server.base = (struct fetch_transport){start, cancel, close_transport};
	server.loop = shelf->loop;
	loop_task_init(&server.task, on_answer);
	hub = fetch_hub_new(shelf->loop, &server.base, NULL);
	options = (struct postman_options){.loop = shelf->loop, .hub = hub, .stores = shelf->stores, .smtp_url = "smtp://127.0.0.1:2525",
	                                   .smtp_from = "school@mail.test"};
	postman = postman_new(&options);
}

static void close_post(void)
{
	postman_cancel(postman);
	loop_virtual_run(shelf->loop, NULL, NULL, 1000);
	assert_false(postman_busy(postman));
	postman_free(&postman);
	loop_task_cancel(&server.task);
	fetch_hub_free(&hub);
}

static int set_up(void **state)
{
	shelf_setup(state);
	shelf = *state;
	memset(&server, 0, sizeof(server));
	server.status = 250;
	server.sent = true;
	arena = arena_new(0);
	open_post();
	return 0;
}

static int tear_down(void **state)
{
	close_post();
	arena_free(&arena);
	return shelf_teardown(state);
}

static int64_t now_s(void)
{
	return loop_wall_ms(shelf->loop) / 1000;
}

static int put(struct store_txn *txn, void *arg)
{
	const char *to = arg;
	const struct letter l = {.to = str_of(to), .to_name = STR("Anne Été"), .from_name = STR("CFA"), .subject = STR("Absence"), .text = STR("Hello\n"),
	                         .record = STR("tutor 88"), .about = STR("the report of 2026-11-24 about learner 4711")};
	(void)!outbox_put(txn, &l, now_s());
	return 0;
}

static void queue(const char *to)
{
	assert_int_equal(shelf_do(shelf, true, put, (void *)to), 0);
	postman_look(postman, "cfa", "all", 0);
}

struct seen {
	int64_t next;
	struct items issues;
};

static int see(struct store_txn *txn, void *arg)
{
	struct seen *s = arg;
	s->next = outbox_next(txn);
	s->issues = (struct items){NULL, 0};
	return state_issues(txn, arena, &s->issues);
}

static struct seen look(void)
{
	struct seen s = {0};
	assert_int_equal(shelf_do(shelf, false, see, &s), 0);
	return s;
}

static void pass(int64_t seconds)
{
	loop_virtual_run(shelf->loop, NULL, NULL, seconds * 1000);
}

static void assert_issue(const char *words)
{
	struct seen s = look();
	assert_int_equal(s.issues.n, 1);
	const struct issue *i = s.issues.v;
	assert_true(str_eqz(i->record, "tutor 88"));
	if (!strstr(i->problem.p, words))
		print_error("%s\n", i->problem.p);
	assert_non_null(strstr(i->problem.p, words));
	assert_null(strchr(i->problem.p, '@'));
	assert_true(i->until > now_s());
	assert_int_equal(s.next, 0);
}

/* ---- what happens to a letter ---- */

static void is_taken_once(void **state)
{
	(void)state;
	queue("tutor@firm.test");
	pass(1);
	assert_int_equal(server.started, 1);
	assert_string_equal(server.last_to, "tutor@firm.test");
	assert_non_null(strstr(server.last, "Subject: Absence\r\n"));
	assert_int_equal(look().next, 0);
	assert_int_equal(look().issues.n, 0);
	pass(3 * DAY_S);
	assert_int_equal(server.started, 1);
}

static void is_tried_for_two_days_while_refused_for_the_moment(void **state)
{
	(void)state;
	server.status = 451;
	queue("tutor@firm.test");
	pass(DAY_S);
	static const int64_t waits[] = {60, 300, 900, 1800, 3600, 3600};
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++)
		assert_int_equal(server.at[i + 1] - server.at[i], waits[i]);
	server.status = 250;
	pass(3600);
	unsigned tries = server.started;
	assert_int_equal(look().next, 0);
	assert_int_equal(look().issues.n, 0);
	pass(2 * DAY_S);
	assert_int_equal(server.started, tries);

	server.status = 450;
	queue("tutor@firm.test");
	int64_t first = now_s();
	pass(4 * DAY_S);
	assert_true(server.at[(server.started - 1) % 200] - first <= 2 * DAY_S);
	assert_true(server.at[(server.started - 1) % 200] - first > 2 * DAY_S - 3700);
	assert_issue("could not be delivered in two days");
}

static void refused_for_good_is_an_issue_until_the_next_is_taken(void **state)
{
	(void)state;
	server.status = 550;
	queue("tutor@firm.test");
	pass(3 * DAY_S);
	assert_int_equal(server.started, 1);
	assert_issue("was refused by the mail server");
	server.status = 250;
	queue("tutor@firm.test");
	pass(10);
	assert_int_equal(look().issues.n, 0);
	queue("no address");
	pass(10);
	assert_int_equal(server.started, 2);
	assert_issue("that is no e-mail address");
}

static void what_may_have_been_taken_is_never_sent_again(void **state)
{
	(void)state;
	server.status = 0;
	server.code = ERR_RESET;
	queue("tutor@firm.test");
	pass(3 * DAY_S);
	assert_int_equal(server.started, 1);
	assert_issue("may or may not have been delivered");
}

static void a_process_that_ends_in_between_sends_nothing_twice(void **state)
{
	(void)state;
	server.holds = true;
	queue("tutor@firm.test");
	pass(1);
	assert_int_equal(server.n, 1);
	/* killed: nothing is written down any more. What is on disk says that it is leaving. */
	char copy[100], command[300];
	snprintf(copy, sizeof(copy), "%s/cfa/all/data.mdb", shelf->dir);
	snprintf(command, sizeof(command), "%s.copy", copy);
	FILE *in = fopen(copy, "rb"), *out = fopen(command, "wb");
	assert_non_null(in);
	assert_non_null(out);
	for (int c; (c = fgetc(in)) != EOF;)
		fputc(c, out);
	fclose(in);
	fclose(out);
	close_post();
	shelf_reopen(shelf);
	store_unref(&shelf->store);
	stores_close(&shelf->stores);
	assert_int_equal(rename(command, copy), 0);
	long holder = 0;
	struct store_limits limits = {.no_sync = true, .map_size = 16 << 20};
	assert_int_equal(stores_open(shelf->loop, shelf->dir, &limits, &shelf->stores, &holder), 0);
	shelf->store = store_ref(shelf->stores, "cfa", "all");
	server.holds = false;
	open_post();
	postman_look(postman, "cfa", "all", 0);
	pass(3 * DAY_S);
	assert_int_equal(server.started, 1);
	assert_issue("may or may not have been delivered");
}

static void an_orderly_end_keeps_what_was_not_handed_over(void **state)
{
	(void)state;
	server.holds = true;
	server.sent = false;
	queue("tutor@firm.test");
	pass(1);
	close_post();
	assert_int_equal(look().issues.n, 0);
	assert_true(look().next > 0);
	server.holds = false;
	server.sent = true;
	open_post();
	postman_look(postman, "cfa", "all", look().next);
	pass(120);
	assert_int_equal(server.started, 2);
	assert_int_equal(look().next, 0);
}

static void many_leave_a_few_at_a_time(void **state)
{
	(void)state;
	char to[40];
	for (int i = 0; i < 50; i++) {
		snprintf(to, sizeof(to), "t%d@firm.test", i);
		assert_int_equal(shelf_do(shelf, true, put, to), 0);
	}
	server.holds = true;
	postman_look(postman, "cfa", "all", 0);
	pass(1);
	assert_int_equal(server.n, 4);
	server.holds = false;
	loop_defer(shelf->loop, &server.task);
	pass(1);
	assert_int_equal(server.started, 50);
	assert_int_equal(look().next, 0);
}

static int fill(struct store_txn *txn, void *arg)
{
	bool *kept = arg;
	const struct letter l = {.to = STR("t@firm.test"), .record = STR("tutor 88"), .about = STR("x"), .text = STR("y")};
	for (int i = 0; i < OUTBOX_MOST; i++)
		assert_true(outbox_put(txn, &l, now_s()));
	*kept = outbox_put(txn, &l, now_s());
	return 0;
}

static void a_box_has_a_bottom(void **state)
{
	bool kept = true;
	(void)state;
	assert_int_equal(shelf_do(shelf, true, fill, &kept), 0);
	assert_false(kept);
	assert_int_equal(look().issues.n, 1);
	postman_look(postman, "cfa", "all", 0);
	pass(60);
	assert_int_equal(server.started, OUTBOX_MOST);
}

static void a_password_is_read_when_it_is_needed(void **state)
{
	char path[120];
	(void)state;
	snprintf(path, sizeof(path), "%s/password", shelf->dir);
	close_post();
	open_post();
	postman_free(&postman);
	options.smtp_user = "alice";
	options.smtp_password_file = path;
	postman = postman_new(&options);
	queue("tutor@firm.test");
	pass(30);
	assert_int_equal(server.started, 0); /* there is none yet: it waits */
	assert_int_equal(look().issues.n, 0);
	FILE *f = fopen(path, "w");
	fputs("in-the-file\n", f);
	fclose(f);
	assert_int_equal(chmod(path, 0600), 0);
	pass(120);
	assert_int_equal(server.started, 1);
	assert_string_equal(server.last_secret, "in-the-file");
}

/* ---- an address that is called ---- */

static bool has_hook = true;

static bool hook_of(void *arg, const char *tenant, struct str to, struct postman_hook *out)
{
	(void)arg;
	assert_string_equal(tenant, "cfa");
	assert_true(str_eqz(to, "school"));
	*out = (struct postman_hook){"https://hook.test/secret-path", STR("key")};
	return has_hook;
}

static int put_hook(struct store_txn *txn, void *arg)
{
	const struct letter l = {.kind = LETTER_HOOK, .to = STR("school"), .subject = STR("failed"), .text = STR("{\"event\":\"failed\"}"),
	                         .record = STR("environment"), .about = STR("the notice")};
	(void)arg;
	(void)!outbox_put(txn, &l, now_s());
	return 0;
}

static void a_hook_is_signed_and_called_until_it_answers(void **state)
{
	(void)state;
	postman_free(&postman);
	options.hook = hook_of;
	postman = postman_new(&options);
	assert_int_equal(shelf_do(shelf, true, put_hook, NULL), 0);
	server.status = 0;
	server.code = ERR_RESET; /* who knows whether it came: again */
	postman_look(postman, "cfa", "all", 0);
	pass(30);
	assert_int_equal(server.started, 1);
	assert_string_equal(server.last, "{\"event\":\"failed\"}");
	/* printf '{"event":"failed"}' | openssl dgst -sha256 -hmac key */
	assert_string_equal(server.last_signature, "sha256=2dce522f6b442cb1059883257d00490f01b0471ee6a0dfcf26177e897303b017");
	char id[80];
	snprintf(id, sizeof(id), "%s", server.last_id);
	server.code = 0;
	server.status = 500;
	pass(60);
	assert_int_equal(server.started, 2);
	assert_string_equal(server.last_id, id); /* the same, so that a double is known */
	server.status = 204;
	pass(400);
	assert_int_equal(server.started, 3);
	assert_int_equal(look().next, 0);
	/* one that never answers is an issue, and does not give its address away */
	server.status = 500;
	assert_int_equal(shelf_do(shelf, true, put_hook, NULL), 0);
	postman_look(postman, "cfa", "all", 0);
	pass(3 * DAY_S);
	struct seen s = look();
	assert_int_equal(s.issues.n, 1);
	assert_null(strstr(((const struct issue *)s.issues.v)->problem.p, "secret-path"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	        T(is_taken_once),
	        T(is_tried_for_two_days_while_refused_for_the_moment),
	        T(refused_for_good_is_an_issue_until_the_next_is_taken),
	        T(what_may_have_been_taken_is_never_sent_again),
	        T(a_process_that_ends_in_between_sends_nothing_twice),
	        T(an_orderly_end_keeps_what_was_not_handed_over),
	        T(many_leave_a_few_at_a_time),
	        T(a_box_has_a_bottom),
	        T(a_password_is_read_when_it_is_needed),
	        T(a_hook_is_signed_and_called_until_it_answers),
	};
	log_setup(LOG_LVL_CRIT, LOG_TEXT, STDERR_FILENO);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
