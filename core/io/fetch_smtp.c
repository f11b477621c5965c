#include "core/io/fetch_uv_p.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/buf.h"

/*
 * One mail over SMTP. curl makes the connection (look-up, TLS or STARTTLS, greeting, login: CONNECT_ONLY), without blocking the
 * loop; what follows is said here. libcurl 7.88.1 could say it too, but waits for the answer to the final dot, and to QUIT,
 * inside curl_multi_socket_action(): the loop would stand for as long as the server thinks. And saying it here tells to the byte
 * how far it went, which is what decides whether a mail may be sent again.
 *
 *   until the final dot is handed over   nothing was sent, whatever happens
 *   from then on                         the server's answer decides; without one the outcome is unknown
 */

#define ANSWER_MOST   8192  /* bytes of one answer, all its lines */
#define DOT_WAIT_MS   600000 /* RFC 5321, 4.5.3.2.6: giving up early makes doubles, or doubt */
#define END_OF_MAIL   ".\r\n"

enum smtp_phase { SMTP_CONNECTING, SMTP_MAIL, SMTP_RCPT, SMTP_DATA, SMTP_BODY, SMTP_DOT, SMTP_OVER };

struct smtp {
	struct transfer *x;
	enum smtp_phase phase;
	struct loop_watch *watch;
	struct loop_timer timer; /* for the answer that is waited for */
	struct loop_task next;   /* the dot leaves on a turn of its own */
	struct buf out, in;      /* in: the lines of one answer */
	size_t out_at;
	bool dot_left, wants_write;
};

static void advance(struct smtp *s);

/* ---- the end ---- */

bool smtp__stop(struct transfer *x)
{
	struct smtp *s = x->smtp;
	loop_watch_stop(&s->watch);
	loop_timer_stop(x->e->t->loop, &s->timer);
	loop_task_cancel(&s->next);
	return s->dot_left;
}

void smtp__free(struct transfer *x)
{
	if (!x->smtp)
		return;
	smtp__stop(x);
	buf_deinit(&x->smtp->out);
	buf_deinit(&x->smtp->in);
	free(x->smtp);
	x->smtp = NULL;
}

static void over(struct smtp *s, int code, const char *detail)
{
	struct transfer *x = s->x;
	s->phase = SMTP_OVER;
	x->f->reply.sent = smtp__stop(x);
	fetch__end(x, code, detail);
}

/* "2.1.5" of "250 2.1.5 Ok": all that is kept of the server's words, which may name people. */
static void take_enhanced(struct smtp *s, const char *text)
{
	char *out = s->x->f->reply.detail;
	size_t n = strspn(text, "0123456789.");
	if (n >= 5 && n <= 11 && (text[0] == '2' || text[0] == '4' || text[0] == '5') && text[1] == '.')
		snprintf(out, sizeof(s->x->f->reply.detail), "%.*s", (int)n, text);
}

/* The server has decided. A word of good-bye is polite; nobody waits for the answer to it. */
static void decided(struct smtp *s)
{
	size_t n = 0;
	(void)!curl_easy_send(s->x->easy, "QUIT\r\n", 6, &n); /* what does not go out at once need not */
	over(s, 0, NULL);
}

/* ---- the dialog ---- */

static void expect_answer(struct smtp *s)
{
	const struct fetch_request *r = &s->x->f->request;
	int64_t ms = r->timeout_ms ? r->timeout_ms : TIMEOUT_MS;
	if (s->phase == SMTP_DOT && ms < DOT_WAIT_MS)
		ms = DOT_WAIT_MS;
	loop_timer_stop(s->x->e->t->loop, &s->timer);
	loop_timer_start(s->x->e->t->loop, &s->timer, ms);
}

static void say(struct smtp *s, enum smtp_phase phase, const char *before, const char *what, const char *behind)
{
	s->phase = phase;
	buf_clear(&s->out);
	s->out_at = 0;
	buf_printf(&s->out, "%s%s%s\r\n", before, what, behind);
	expect_answer(s);
}

/* The message with its leading dots doubled; the final one is not in it. */
static void say_body(struct smtp *s)
{
	struct str body = s->x->f->request.body;
	s->phase = SMTP_BODY;
	buf_clear(&s->out);
	s->out_at = 0;
	bool line_starts = true;
	for (size_t i = 0; i < body.n;) {
		const char *end = memchr(body.p + i, '\n', body.n - i);
		size_t n = end ? (size_t)(end - body.p) + 1 - i : body.n - i;
		if (line_starts && body.p[i] == '.')
			buf_addc(&s->out, '.');
		buf_add(&s->out, body.p + i, n);
		i += n;
	}
	if (body.n < 2 || memcmp(body.p + body.n - 2, "\r\n", 2) != 0)
		buf_addz(&s->out, "\r\n");
	expect_answer(s);
}

/* The whole body is out, and nothing speaks against it yet. */
static void say_dot(struct smtp *s)
{
	s->phase = SMTP_DOT;
	buf_clear(&s->out);
	s->out_at = 0;
	buf_addz(&s->out, END_OF_MAIL);
	s->dot_left = true; /* before it is handed over: an error then may have come behind it */
	expect_answer(s);
}

/* What comes after an answer. wanted: the only digit that goes on; 0: none does. */
static const struct turn {
	char wanted;
	enum smtp_phase next;
} turns[] = {
        [SMTP_MAIL] = {'2', SMTP_RCPT},
        [SMTP_RCPT] = {'2', SMTP_DATA},
        [SMTP_DATA] = {'3', SMTP_BODY},
        [SMTP_BODY] = {0, SMTP_OVER}, /* nothing is asked: whatever is said, it refuses */
        [SMTP_DOT] = {0, SMTP_OVER},
};

/* False: it is over, and s is gone. */
static bool answered(struct smtp *s, int status, const char *text)
{
	const struct turn *turn = &turns[s->phase];
	const struct fetch_envelope *mail = &s->x->f->request.envelope;
	bool decides = s->phase == SMTP_DOT || status >= 400;
	if (status / 100 + '0' != turn->wanted && !decides) {
		over(s, ERR_RESET, "an answer to something else");
		return false;
	}
	if (status / 100 + '0' != turn->wanted) {
		s->x->f->reply.status = status;
		take_enhanced(s, text);
		decided(s);
		return false;
	}
	if (turn->next == SMTP_RCPT)
		say(s, SMTP_RCPT, "RCPT TO:<", mail->to, ">");
	else if (turn->next == SMTP_DATA)
		say(s, SMTP_DATA, "DATA", "", "");
	else
		say_body(s);
	return true;
}

/* One whole answer at the start of what came in? Its last line bears a space, or nothing, behind the number. 0: not yet; else its
 * length; status -1: that is no SMTP. */
static size_t answer_length(const struct buf *in, int *status, size_t *last)
{
	for (size_t at = 0; at < in->n;) {
		const char *end = memchr(in->p + at, '\n', in->n - at);
		if (!end)
			return 0;
		const char *line = in->p + at;
		size_t n = (size_t)(end - line);
		bool number = n >= 3 && isdigit((unsigned char)line[0]) && isdigit((unsigned char)line[1]) &&
		              isdigit((unsigned char)line[2]);
		*status = number ? (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0') : -1;
		*last = at;
		at += n + 1;
		if (!number || n == 3 || line[3] != '-')
			return at;
	}
	return 0;
}

enum taken { TAKEN_NONE, TAKEN_ONE, TAKEN_LAST /* s is gone */ };

static enum taken take_answer(struct smtp *s)
{
	int status = 0;
	size_t last = 0, n = answer_length(&s->in, &status, &last);
	if (!n)
		return TAKEN_NONE;
	char text[64];
	const char *line = s->in.p + last;
	size_t length = n - last - 1;
	snprintf(text, sizeof(text), "%.*s", length > 4 ? (int)(length - 4) : 0, length > 4 ? line + 4 : "");
	if (n < s->in.n)
		memmove(s->in.p, s->in.p + n, s->in.n - n);
	s->in.n -= n;
	s->in.p[s->in.n] = '\0';
	if (status < 200) {
		over(s, ERR_RESET, "an answer that is not SMTP");
		return TAKEN_LAST;
	}
	return answered(s, status, text) ? TAKEN_ONE : TAKEN_LAST;
}

/* False: it is over, and s is gone. */
static bool read_in(struct smtp *s)
{
	char piece[4096];
	for (;;) {
		size_t n = 0;
		CURLcode rc = curl_easy_recv(s->x->easy, piece, sizeof(piece), &n);
		if (rc == CURLE_AGAIN)
			return true;
		if (rc != CURLE_OK || n == 0) {
			over(s, ERR_RESET, s->dot_left ? "the connection was lost behind the final dot" : "the connection was lost");
			return false;
		}
		if (s->in.n + n > ANSWER_MOST) {
			over(s, ERR_LIMIT, "an answer that is too long");
			return false;
		}
		buf_add(&s->in, piece, n);
		enum taken taken;
		while ((taken = take_answer(s)) == TAKEN_ONE)
			;
		if (taken == TAKEN_LAST)
			return false;
	}
}

/* False: it is over, and s is gone. */
static bool write_out(struct smtp *s)
{
	while (s->out_at < s->out.n) {
		size_t n = 0;
		CURLcode rc = curl_easy_send(s->x->easy, s->out.p + s->out_at, s->out.n - s->out_at, &n);
		if (rc == CURLE_AGAIN)
			return true;
		if (rc != CURLE_OK) {
			over(s, ERR_RESET, s->dot_left ? "the connection was lost behind the final dot" : "the connection was lost");
			return false;
		}
		s->out_at += n;
		if (n && s->phase == SMTP_BODY)
			expect_answer(s); /* as long as it moves */
	}
	return true;
}

static void on_ready(void *arg, int events)
{
	struct smtp *s = arg;
	if (events == 0) {
		over(s, ERR_RESET, "the connection was lost");
		return;
	}
	advance(s);
}

static void on_next(struct loop_task *t)
{
	struct smtp *s = list_entry(t, struct smtp, next);
	if (!read_in(s))
		return;
	say_dot(s);
	advance(s);
}

/* As far as it goes without waiting. */
static void advance(struct smtp *s)
{
	if (!read_in(s) || !write_out(s))
		return;
	bool wants_write = s->out_at < s->out.n;
	if (wants_write != s->wants_write)
		loop_watch_change(s->watch, LOOP_READ | (wants_write ? LOOP_WRITE : 0));
	s->wants_write = wants_write;
	/* one more look at what the server says before there is no way back */
	if (s->phase == SMTP_BODY && !wants_write)
		loop_defer(s->x->e->t->loop, &s->next);
}

static void on_silence(struct loop_timer *t)
{
	struct smtp *s = list_entry(t, struct smtp, timer);
	over(s, ERR_TIMEOUT, s->dot_left ? "no answer to the final dot" : "no answer");
}

/* ---- the connection ---- */

static bool is_line(const char *text)
{
	return text && text[0] && !strpbrk(text, "<>\r\n \t");
}

int smtp__prepare(struct transfer *x)
{
	const struct fetch_request *r = &x->f->request;
	const struct fetch_envelope *mail = &r->envelope;
	CURL *e = x->easy;
	bool tls = strncasecmp(r->url, "smtps:", 6) == 0, plain = !tls && !r->ca_file && x->near;
	int bad = 0;
	struct smtp *s = x->smtp = xcalloc(1, sizeof(*s));
	s->x = x;
	buf_init(&s->out, 0);
	buf_init(&s->in, 0);
	loop_timer_init(&s->timer, on_silence);
	loop_task_init(&s->next, on_next);
	bad |= (int)curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	bad |= (int)curl_easy_setopt(e, CURLOPT_CONNECT_ONLY, 1L);
	bad |= (int)curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
	bad |= (int)curl_easy_setopt(e, CURLOPT_USE_SSL, (long)(plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
	if (mail->user) {
		bad |= (int)curl_easy_setopt(e, CURLOPT_USERNAME, mail->user);
		bad |= (int)curl_easy_setopt(e, CURLOPT_PASSWORD, mail->password ? mail->password : "");
	}
	if (bad || !is_line(mail->from) || !is_line(mail->to))
		return ERR_CONFIG;
	return 0;
}

static int code_of_connecting(CURLcode rc, int code, const char **detail)
{
	static const struct {
		CURLcode rc;
		int code;
		const char *detail;
	} table[] = {
	        {CURLE_LOGIN_DENIED, ERR_CONFIG, "the mail server refuses the user or the password"},
	        {CURLE_USE_SSL_FAILED, ERR_TLS, "the mail server offers no STARTTLS"},
	        {CURLE_WEIRD_SERVER_REPLY, ERR_CONNECT, "the mail server does not greet"},
	        {CURLE_REMOTE_ACCESS_DENIED, ERR_CONNECT, "the mail server does not greet"},
	};
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].rc != rc)
			continue;
		*detail = table[i].detail;
		return table[i].code;
	}
	return code;
}

void smtp__connected(struct transfer *x, CURLcode rc, int code)
{
	struct smtp *s = x->smtp;
	curl_socket_t fd = CURL_SOCKET_BAD;
	if (rc != CURLE_OK) {
		const char *detail = x->error[0] ? x->error : curl_easy_strerror(rc);
		code = code_of_connecting(rc, code, &detail);
		over(s, code, detail);
		return;
	}
	if (curl_easy_getinfo(x->easy, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK || fd == CURL_SOCKET_BAD ||
	    loop_watch_start(x->e->t->loop, fd, LOOP_READ, on_ready, s, &s->watch) != 0) {
		over(s, ERR_CONNECT, "the connection cannot be watched");
		return;
	}
	say(s, SMTP_MAIL, "MAIL FROM:<", x->f->request.envelope.from, ">");
	advance(s);
}
