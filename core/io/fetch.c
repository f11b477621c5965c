#include "core/io/fetch.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* What a fetch is worth by itself: its body on the way in, and what its end means. fetch_hub.c admits it. */

#define DEFAULT_QUOTA_WAIT_S 5
#define DEFAULT_MAX_BODY     ((size_t)64 * 1024 * 1024)

const char *fetch_method_name(enum fetch_method m)
{
	static const char *const names[FETCH_METHOD_COUNT] = {"GET", "POST", "PUT", "PATCH", "DELETE", "MAIL"};
	return names[m];
}

/* ---- bodies ---- */

int fetch_feed(struct fetch *f, const char *p, size_t n)
{
	struct fetch_reply *r = &f->reply;
	size_t max = f->request.max_body ? f->request.max_body : DEFAULT_MAX_BODY;
	size_t room = sizeof(r->head) - 1 - r->head_n, part = n < room ? n : room;
	memcpy(r->head + r->head_n, p, part);
	r->head_n += part;
	r->head[r->head_n] = '\0';
	r->body_bytes += n;
	if (r->body_bytes > max) {
		snprintf(r->detail, sizeof(r->detail), "over %zu bytes", max);
		return r->code = ERR_LIMIT;
	}
	if (r->status < 200 || r->status > 299 || !f->request.sink)
		return 0;
	int rc = f->request.sink(f->request.sink_arg, p, n);
	if (rc)
		r->code = rc;
	return rc;
}

/* ---- faults ---- */

/* An answer that came in whole, by status. code 0: ERR_HTTP. First match. */
static const struct {
	int from, to;
	enum fault_class read, write;
	int code;
} status_table[] = {
        {200, 299, FAULT_NONE, FAULT_NONE, 0},
        {300, 399, FAULT_DATA, FAULT_DATA, ERR_REDIRECT},
        {401, 401, FAULT_AUTH, FAULT_AUTH, 0},
        {403, 403, FAULT_AUTH, FAULT_AUTH, 0},
        {404, 404, FAULT_REMOTE, FAULT_REMOTE, ERR_NOT_FOUND},
        /* given up while it waited: for the request, or for what stands behind */
        {408, 408, FAULT_TRANSIENT, FAULT_UNCERTAIN, 0},
        {410, 410, FAULT_REMOTE, FAULT_REMOTE, ERR_NOT_FOUND},
        {425, 425, FAULT_TRANSIENT, FAULT_TRANSIENT, 0},
        {429, 429, FAULT_QUOTA, FAULT_QUOTA, 0},
        {400, 499, FAULT_REMOTE, FAULT_REMOTE, 0},
        /* a gateway may have given up on a server that goes on */
        {0, INT_MAX, FAULT_TRANSIENT, FAULT_UNCERTAIN, 0},
};

/* What a mail server said to the message, its sender or its recipient. */
static enum fault_class class_of_mail(const struct fetch_reply *r)
{
	if (r->status >= 200 && r->status <= 299)
		return FAULT_NONE;
	if (r->status >= 400 && r->status <= 499)
		return FAULT_TRANSIENT;
	if (r->status >= 500 && r->status <= 599)
		return FAULT_REMOTE;
	return r->sent ? FAULT_UNCERTAIN : FAULT_TRANSIENT;
}

/* No whole answer: by what broke it. A write that may have left is uncertain before this is asked. */
static const struct {
	int code;
	enum fault_class class;
} code_table[] = {
        {ERR_RESOLVE, FAULT_TRANSIENT},
        {ERR_CONNECT, FAULT_TRANSIENT},
        {ERR_RESET, FAULT_TRANSIENT},
        {ERR_TIMEOUT, FAULT_TRANSIENT},
        {ERR_TRUNCATED, FAULT_TRANSIENT},
        /* a certificate, or an address, that is wrong will be wrong in a minute too */
        {ERR_TLS, FAULT_DATA},
        {ERR_CONFIG, FAULT_DATA},
        {ERR_PRIVATE, FAULT_DATA},
        {ERR_UNAVAILABLE, FAULT_TRANSIENT},
        {ERR_CANCELLED, FAULT_CANCELLED},
        {ERR_BUG, FAULT_BUG},
        {-EMFILE, FAULT_LOCAL},
        {-ENFILE, FAULT_LOCAL},
        {-ENOMEM, FAULT_LOCAL},
        {-ENOBUFS, FAULT_LOCAL},
};

static enum fault_class class_of_code(const struct fetch *f)
{
	int code = f->reply.code;
	if (f->reply.sent && f->request.effect != FETCH_READ)
		return FAULT_UNCERTAIN;
	for (size_t i = 0; i < sizeof(code_table) / sizeof(code_table[0]); i++)
		if (code_table[i].code == code)
			return code_table[i].class;
	return FAULT_DATA; /* what the sink had to say */
}

static enum fault_class class_of_status(const struct fetch *f, int *code)
{
	size_t i = 0;
	*code = ERR_HTTP;
	if (f->request.method == FETCH_MAIL)
		return class_of_mail(&f->reply);
	while (f->reply.status < status_table[i].from || f->reply.status > status_table[i].to)
		i++;
	*code = status_table[i].code ? status_table[i].code : ERR_HTTP;
	return f->request.effect == FETCH_READ ? status_table[i].read : status_table[i].write;
}

/* Without query, and with segments that hold an e-mail address masked: this goes to logs. */
static void describe(const char *url, char *out, size_t size)
{
	size_t n = 0, end = strcspn(url, "?#");
	for (size_t i = 0; i < end;) {
		size_t length = strcspn(url + i, "/?#");
		struct str part = {url + i, length};
		bool personal = memchr(part.p, '@', part.n) || memmem(part.p, part.n, "%40", 3);
		int put = snprintf(out + n, size - n, "%.*s%s", personal ? 3 : (int)part.n, personal ? "***" : part.p,
		                   i + length < end ? "/" : "");
		n += (size_t)put;
		i += length + 1;
		if (n >= size)
			return;
	}
	out[n] = '\0';
}

void fetch_fault(const struct fetch *f, struct fault *out)
{
	const struct fetch_reply *r = &f->reply;
	char url[161];
	int code = r->code;
	memset(out, 0, sizeof(*out));
	/* the status is told in the first line: what a read's answer broke off at behind it changes nothing */
	bool by_status = code == 0 || (f->request.effect == FETCH_READ && r->status >= 300 && code != ERR_CANCELLED);
	enum fault_class class = by_status ? class_of_status(f, &code) : class_of_code(f);
	if (class == FAULT_NONE)
		return;
	out->http_status = r->status;
	out->retry_after_s = r->retry_after_s;
	if (class == FAULT_QUOTA && !r->retry_after_s)
		out->retry_after_s = DEFAULT_QUOTA_WAIT_S;
	describe(f->request.url, url, sizeof(url));
	const char *why = r->detail[0] ? r->detail : r->code ? err_text(r->code) : "";
	if (r->status)
		fault_set(out, class, code, "%s %s: %s %d%s%s", fetch_method_name(f->request.method), url,
		          f->request.method == FETCH_MAIL ? "SMTP" : "HTTP", r->status, why[0] ? ", " : "", why);
	else
		fault_set(out, class, code, "%s %s: %s%s%s", fetch_method_name(f->request.method), url,
		          err_text(code), r->detail[0] ? ": " : "", r->detail);
}
