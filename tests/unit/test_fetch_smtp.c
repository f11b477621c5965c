#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "tests/unit/fetch_fixture.h"

/* Mails against a server of ours that answers by script: what was taken, what was refused, and what nobody can know. */

enum act { ACT_NONE, ACT_CLOSE, ACT_SILENT, ACT_CLOSE_BEFORE };

/* What happens instead of the usual answer when a line begins so. */
static struct script {
	const char *line, *answer;
	enum act act;
} script;
static struct io_server server;
static bool in_data, dot_seen;
static unsigned taken, quits, rcpts, auths;
static char credentials[64];
static bool shared_state; /* many peers: whether one is in its message is told by what it sends */
static const char *extensions;

static void answer(struct io_peer *p, const char *line, const char *usual)
{
	bool special = script.line && strncmp(line, script.line, strlen(script.line)) == 0;
	if (special && script.act == ACT_SILENT)
		return;
	if (special && script.act == ACT_CLOSE_BEFORE) {
		shutdown(p->fd, SHUT_RDWR);
		return;
	}
	io_send(p, special && script.answer ? script.answer : usual);
	if (special && script.act == ACT_CLOSE)
		p->close_when_sent = true;
}

static void on_line(struct io_peer *p, const char *line)
{
	if (shared_state)
		in_data = strcmp(line, ".") == 0;
	if (in_data) {
		if (strcmp(line, ".") != 0)
			return;
		in_data = false;
		dot_seen = true;
		taken++;
		answer(p, line, "250 2.0.0 taken\r\n");
	} else if (strncmp(line, "EHLO", 4) == 0) {
		io_send(p, extensions);
	} else if (auths && !credentials[0]) {
		snprintf(credentials, sizeof(credentials), "%.60s", line);
		io_send(p, "235 2.7.0 welcome\r\n");
	} else if (strncmp(line, "AUTH", 4) == 0) {
		auths++;
		answer(p, line, "235 2.7.0 welcome\r\n");
	} else if (strcmp(line, "DATA") == 0) {
		in_data = !script.line || strcmp(script.line, "DATA") != 0 || script.act == ACT_CLOSE;
		answer(p, line, "354 go on\r\n");
	} else if (strcmp(line, "QUIT") == 0) {
		quits++;
	} else if (strncmp(line, "MAIL", 4) == 0 || strncmp(line, "RCPT", 4) == 0) {
		rcpts += strncmp(line, "RCPT", 4) == 0;
		answer(p, line, "250-2.1.0 fine\r\n250 2.1.0 fine\r\n");
	}
}

static void on_data(struct io_server *s, struct io_peer *p)
{
	(void)s;
	for (char *end; p->in.n && (end = strstr(p->in.p, "\r\n")) != NULL;) {
		char line[2000];
		size_t n = (size_t)(end - p->in.p);
		snprintf(line, sizeof(line), "%.*s", (int)n, p->in.p);
		memmove(p->in.p, end + 2, p->in.n - n - 2);
		p->in.n -= n + 2;
		p->in.p[p->in.n] = '\0';
		on_line(p, line);
	}
}

/* The server speaks first: a peer is greeted as soon as it is seen. */
static struct loop_timer greeter;
static const char *greeting;
static unsigned greeted;

static void on_greet(struct loop_timer *t)
{
	list_each(node, tmp, &server.peers)
	{
		struct io_peer *p = list_entry(node, struct io_peer, link);
		if (p->number >= greeted) {
			greeted = p->number + 1;
			if (greeting)
				io_send(p, greeting);
		}
	}
	loop_timer_start(io_loop, t, 1);
}

static int set_up(void **state)
{
	ff_set_up(state);
	script = (struct script){0};
	in_data = dot_seen = false;
	taken = quits = rcpts = auths = greeted = 0;
	credentials[0] = '\0';
	greeting = "220 mail.test\r\n";
	extensions = "250-mail.test\r\n250 SIZE 100000\r\n";
	io_listen(&server, on_data);
	loop_timer_init(&greeter, on_greet);
	loop_timer_start(io_loop, &greeter, 0);
	return 0;
}

static int tear_down(void **state)
{
	loop_timer_stop(io_loop, &greeter);
	io_listen_stop(&server);
	return ff_tear_down(state);
}

static void init(struct ff *f)
{
	ff_init(f, FETCH_MAIL, FETCH_WRITE_ONCE, server.port, "");
	snprintf(f->url, sizeof(f->url), "smtp://127.0.0.1:%u", server.port);
	f->fetch.request.body = STR("Subject: x\r\n\r\nHello\r\n.dot\r\n");
	f->fetch.request.envelope = (struct fetch_envelope){.from = "school@a.example", .to = "tutor@b.example"};
	f->fetch.request.timeout_ms = script.act == ACT_SILENT || !greeting ? 200 : 8000;
}

static enum fault_class deliver(struct ff *f)
{
	init(f);
	ff_run(f);
	return ff_class(f);
}

static void is_taken(void **state)
{
	struct ff f;
	(void)state;
	init(&f);
	server.on_data = NULL; /* every byte, as it comes */
	fetch_start(&f.fetch);
	static const struct {
		const char *until, *say;
	} dialog[] = {{"EHLO ", "250 mail.test\r\n"},
	              {"MAIL FROM:<school@a.example>\r\n", "250 ok\r\n"},
	              {"RCPT TO:<tutor@b.example>\r\n", "250 ok\r\n"},
	              {"DATA\r\n", "354 ok\r\n"},
	              {"Subject: x\r\n\r\nHello\r\n..dot\r\n.\r\n", "250 2.0.0 ok\r\n"}};
	struct io_peer *p = NULL;
	UNTIL(!list_empty(&server.peers));
	p = list_entry(server.peers.next, struct io_peer, link);
	for (size_t i = 0; i < sizeof(dialog) / sizeof(dialog[0]); i++) {
		UNTIL(io_has(p, dialog[i].until));
		assert_false(f.done);
		io_send(p, dialog[i].say);
	}
	UNTIL(f.done);
	assert_int_equal(ff_class(&f), FAULT_NONE);
	assert_int_equal(f.fetch.reply.status, 250);
	assert_true(f.fetch.reply.sent);
	ff_deinit(&f);
}

/* What the server does at one line, and what it means. */
static void each_ending_is_told_as_it_is(void **state)
{
	static const struct {
		struct script script;
		enum fault_class class;
		bool sent;
		int status;
		unsigned taken;
	} cases[] = {
	        {{"MAIL", "451 4.3.0 later\r\n", ACT_NONE}, FAULT_TRANSIENT, false, 451, 0},
	        {{"MAIL", NULL, ACT_CLOSE_BEFORE}, FAULT_TRANSIENT, false, 0, 0},
	        {{"MAIL", NULL, ACT_SILENT}, FAULT_TRANSIENT, false, 0, 0},
	        {{"RCPT", "450 4.2.0 greylisted\r\n", ACT_NONE}, FAULT_TRANSIENT, false, 450, 0},
	        {{"RCPT", "550-5.1.1 no\r\n550 5.1.1 nobody of the name jean@b.example\r\n", ACT_NONE}, FAULT_REMOTE, false, 550, 0},
	        {{"RCPT", "what?\r\n", ACT_NONE}, FAULT_TRANSIENT, false, 0, 0},
	        {{"DATA", "554 5.7.1 no\r\n", ACT_NONE}, FAULT_REMOTE, false, 554, 0},
	        {{"DATA", "250 odd\r\n", ACT_NONE}, FAULT_TRANSIENT, false, 0, 0}, /* that is no leave to speak, and no promise */
	        {{"DATA", "354 go\r\n", ACT_CLOSE}, FAULT_TRANSIENT, false, 0, 0},
	        {{".", "452 4.3.1 full\r\n", ACT_NONE}, FAULT_TRANSIENT, true, 452, 1},
	        {{".", "554 5.6.0 spam\r\n", ACT_NONE}, FAULT_REMOTE, true, 554, 1},
	        {{".", NULL, ACT_CLOSE_BEFORE}, FAULT_UNCERTAIN, true, 0, 1},
	        {{".", "25", ACT_CLOSE}, FAULT_UNCERTAIN, true, 0, 1},
	        {{".", "garbage\r\n", ACT_NONE}, FAULT_UNCERTAIN, true, 0, 1},
	        {{".", "250 ok\r\n", ACT_CLOSE}, FAULT_NONE, true, 250, 1},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ff f;
		struct fault fault;
		script = cases[i].script;
		taken = 0;
		in_data = false;
		ff_fresh_lane();
		enum fault_class class = deliver(&f);
		fetch_fault(&f.fetch, &fault);
		if (class != cases[i].class || f.fetch.reply.sent != cases[i].sent || f.fetch.reply.status != cases[i].status)
			print_error("case %zu: class %s sent %d status %d «%s»\n", i, fault_class_name(class), f.fetch.reply.sent,
			            f.fetch.reply.status, fault.what);
		assert_int_equal(class, cases[i].class);
		assert_int_equal(f.fetch.reply.sent, cases[i].sent);
		assert_int_equal(f.fetch.reply.status, cases[i].status);
		assert_int_equal(taken, cases[i].taken);
		assert_null(strstr(fault.what, "jean")); /* what servers say may name people */
		assert_null(strchr(fault.what, '@'));
		ff_deinit(&f);
	}
}

/* What fails before the message is spoken of is no fault of the message. */
static void what_is_not_begun_was_not_sent(void **state)
{
	static const struct {
		const char *greeting, *extensions, *user, *ca_file;
		struct script script;
		enum fault_class class;
	} cases[] = {
	        {"554 5.3.2 closed\r\n", "250 x\r\n", NULL, NULL, {0}, FAULT_TRANSIENT},
	        {NULL, "250 x\r\n", NULL, NULL, {0}, FAULT_TRANSIENT},
	        {"220 x\r\n", "250-x\r\n250 AUTH PLAIN\r\n", "alice", NULL, {"AUTH", "535 5.7.8 no\r\n", ACT_NONE}, FAULT_DATA},
	        /* asked to verify somebody, it speaks no word in the clear */
	        {"220 x\r\n", "250-x\r\n250 AUTH PLAIN\r\n", "alice", "/etc/ssl/certs/ca-certificates.crt", {0}, FAULT_DATA},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ff f;
		greeting = cases[i].greeting;
		extensions = cases[i].extensions;
		script = cases[i].script;
		ff_fresh_lane();
		init(&f);
		f.fetch.request.envelope.user = cases[i].user;
		f.fetch.request.envelope.password = "secret-word";
		f.fetch.request.ca_file = cases[i].ca_file;
		ff_run(&f);
		struct fault fault;
		fetch_fault(&f.fetch, &fault);
		if (fault.class != cases[i].class)
			print_error("case %zu: %s «%s»\n", i, fault_class_name(fault.class), fault.what);
		assert_int_equal(fault.class, cases[i].class);
		assert_false(f.fetch.reply.sent);
		assert_int_equal(rcpts, 0);
		assert_null(strstr(fault.what, "secret-word"));
		assert_null(strstr(fault.what, "alice"));
		ff_deinit(&f);
	}
}

static void who_is_known_may_send(void **state)
{
	struct ff f;
	(void)state;
	extensions = "250-x\r\n250 AUTH PLAIN LOGIN\r\n";
	script = (struct script){"AUTH PLAIN", "334 \r\n", ACT_NONE};
	init(&f);
	f.fetch.request.envelope.user = "alice";
	f.fetch.request.envelope.password = "secret-word";
	fetch_start(&f.fetch);
	UNTIL(auths == 1);
	script = (struct script){0};
	UNTIL(f.done);
	assert_int_equal(ff_class(&f), FAULT_NONE);
	assert_string_equal(credentials, "AGFsaWNlAHNlY3JldC13b3Jk");
	assert_int_equal(taken, 1);
	ff_deinit(&f);
}

static void an_end_from_outside_knows_how_far_it_was(void **state)
{
	(void)state;
	for (int behind = 0; behind < 2; behind++) {
		struct ff f;
		script = (struct script){behind ? "." : "RCPT", NULL, ACT_SILENT};
		taken = rcpts = 0;
		init(&f);
		fetch_start(&f.fetch);
		UNTIL(behind ? taken == 1 : rcpts == 1);
		fetch_cancel(&f.fetch);
		assert_int_equal(f.fetch.reply.sent, behind);
		assert_int_equal(ff_class(&f), behind ? FAULT_UNCERTAIN : FAULT_CANCELLED);
		io_spin();
		assert_false(f.done);
		ff_deinit(&f);
	}
}

/* Many at once, each on a connection of its own. */
static void many_arrive_each_once(void **state)
{
	static struct ff all[30];
	unsigned done = 0;
	(void)state;
	fetch_lane_free(&ff_lane);
	ff_lane = fetch_lane_new(ff_hub, "few", &(struct fetch_lane_limits){.concurrency = 4});
	shared_state = true;
	for (size_t i = 0; i < 30; i++) {
		init(&all[i]);
		fetch_start(&all[i].fetch);
	}
	while (done < 30) {
		UNTIL(all[done].done);
		assert_int_equal(ff_class(&all[done]), FAULT_NONE);
		ff_deinit(&all[done++]);
	}
	assert_int_equal(taken, 30);
	shared_state = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(is_taken, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(each_ending_is_told_as_it_is, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(what_is_not_begun_was_not_sent, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(who_is_known_may_send, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(an_end_from_outside_knows_how_far_it_was, set_up, tear_down),
	        cmocka_unit_test_setup_teardown(many_arrive_each_once, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
