#include "core/app/http.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/app/hooks.h"
#include "core/app/live.h"
#include "core/app/web.h"
#include "core/base/log.h"
#include "core/io/httpd.h"

/* An event of Edusign's bears a whole course; who has no token yet must not fill the memory. */
#define BODY_MOST ((size_t)256 * 1024)

struct http {
	struct http_options options;
	struct httpd *httpd;
	struct web web;
	uint8_t seal[32];
	struct live *live;
	struct access_list *tokens;
	struct access_failures *failures;
	struct loop_job job;
	struct access_list *read; /* by the job */
	struct buf why, told;     /* told: what was said last of a file that is not taken */
	bool reading, again, draining;
	struct list scrapes;
};

/* Metrics that are being written. */
struct scrape {
	struct http *http;
	struct httpd_request *req;
	struct loop_task task;
	struct list link;
	struct buf page;
	unsigned at;
};

/* On every answer, whatever it is. */
static const char *const guards[] = {
        "Content-Security-Policy: default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        "X-Content-Type-Options: nosniff",
        "Referrer-Policy: no-referrer",
        "X-Frame-Options: DENY",
        "Cross-Origin-Resource-Policy: same-origin",
        "Cache-Control: no-store",
        NULL,
};

/* ---- who asks ---- */

static bool is_loopback(const char *address)
{
	return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

/* Who has one IPv6 address has the 2^64 beside it. */
static void first_half(char address[HTTPD_PEER])
{
	struct in6_addr v6;
	if (inet_pton(AF_INET6, address, &v6) != 1 || is_loopback(address))
		return;
	memset(v6.s6_addr + 8, 0, 8);
	inet_ntop(AF_INET6, &v6, address, HTTPD_PEER);
}

/* Whom failures are counted to. A front proxy on this machine adds the client behind it as the last one of a list. */
static void address_of(struct httpd_request *req, char out[HTTPD_PEER])
{
	httpd_peer(req, out);
	const char *list = is_loopback(out) ? httpd_header(req, "X-Forwarded-For") : NULL;
	if (!list) {
		first_half(out);
		return;
	}
	const char *comma = strrchr(list, ',');
	struct str last = str_trim(str_of(comma ? comma + 1 : list));
	if (last.n && last.n < HTTPD_PEER)
		snprintf(out, HTTPD_PEER, "%.*s", STR_ARG(last));
	first_half(out);
}

/* One more wrong token. 0, or the seconds for which its sender is to be told to wait. */
static unsigned note_failure(struct http *h, struct httpd_request *req)
{
	char address[HTTPD_PEER];
	address_of(req, address);
	unsigned wait = access_failed(h->failures, address, loop_mono_ms(h->options.rig->loop));
	if (!wait)
		log_warning("http", NULL, "a wrong token", "from=«%s»", address);
	return wait;
}

static bool is_for_people(struct httpd_request *req)
{
	return web_wants_html(req) && strncmp(httpd_path(req), "/v1/", 4) != 0;
}

static void refuse(struct http *h, struct httpd_request *req, bool failed)
{
	char line[48] = "WWW-Authenticate: Bearer realm=\"passerelle\"";
	unsigned wait = failed ? note_failure(h, req) : 0;
	if (wait)
		snprintf(line, sizeof(line), "Retry-After: %u", wait);
	const char *const headers[] = {line, NULL};
	if (is_for_people(req))
		web_login(req, wait ? 429 : 401, wait ? T_WAIT : failed ? T_WRONG : T_LOGIN, headers);
	else if (wait)
		admin_problem(req, 429, "too many wrong tokens", "wait before the next try", headers);
	else
		admin_problem(req, 401, failed ? "wrong token" : "a token is needed",
		              "send one of the token file's: Authorization: Bearer TOKEN", headers);
}

/* NULL: refused, and answered. The API takes no cookie: whatever a browser can be made to send does nothing there. */
static const struct access *who_asks(struct http *h, struct httpd_request *req, char cookie[ACCESS_COOKIE])
{
	const char *header = httpd_header(req, "Authorization");
	const struct access *who = NULL;
	cookie[0] = '\0';
	if (header && strncasecmp(header, "Bearer ", 7) == 0) {
		who = access_by_token(h->tokens, str_trim(str_of(header + 7)));
	} else if (!header && strncmp(httpd_path(req), "/v1/", 4) != 0 &&
	           web_cookie(req, "passerelle", cookie, ACCESS_COOKIE)) {
		who = access_by_cookie(h->tokens, str_of(cookie), loop_wall_ms(h->options.rig->loop) / 1000);
	}
	if (!who)
		refuse(h, req, header != NULL);
	return who;
}

/* A token becomes a cookie, and leaves the address bar. */
static void log_in(struct http *h, struct httpd_request *req, const char *token)
{
	const struct access *who = access_by_token(h->tokens, str_trim(str_of(token)));
	const char *scheme = httpd_header(req, "X-Forwarded-Proto");
	char cookie[ACCESS_COOKIE], line[ACCESS_COOKIE + 128];
	if (!who) {
		refuse(h, req, true);
		return;
	}
	access_cookie(who, loop_wall_ms(h->options.rig->loop) / 1000 + ACCESS_COOKIE_S, cookie);
	snprintf(line, sizeof(line), "Set-Cookie: passerelle=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Strict%s",
	         cookie, ACCESS_COOKIE_S, scheme && strcmp(scheme, "https") == 0 ? "; Secure" : "");
	log_info("http", NULL, "logged in", "by=%s", who->name);
	web_redirect(req, httpd_path(req), line);
}

/* True: it was somebody who logs in, and is answered. */
static bool is_login(struct http *h, struct httpd_request *req)
{
	char token[1024];
	const char *path = httpd_path(req), *method = httpd_method(req);
	bool link = strcmp(method, "GET") == 0 && web_is_page(path) &&
	            web_param(str_of(httpd_query(req)), "token", token, sizeof(token));
	bool form = strcmp(path, "/login") == 0 && strcmp(method, "POST") == 0 && !web_is_foreign(req);
	if (form && !web_param(httpd_body(req), "token", token, sizeof(token)))
		token[0] = '\0';
	if (link || form)
		log_in(h, req, token);
	else if (strcmp(path, "/login") == 0)
		web_login(req, 200, T_LOGIN, NULL);
	else
		return false;
	explicit_bzero(token, sizeof(token));
	return true;
}

/* ---- resources ---- */

static bool is_reading(const char *method)
{
	return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

static void on_health(struct http *h, struct httpd_request *req)
{
	if (!is_reading(httpd_method(req)))
		admin_problem(req, 405, "method not allowed", "use GET", NULL);
	else if (h->draining)
		httpd_reply(req, 503, "text/plain; charset=utf-8", NULL, STR("stopping\n"));
	else
		httpd_reply(req, 200, "text/plain; charset=utf-8", NULL, STR("ok\n"));
}

static void scrape_free(struct scrape *s)
{
	list_remove(&s->link);
	loop_task_cancel(&s->task);
	buf_deinit(&s->page);
	free(s);
}

static void on_scrape(struct loop_task *task)
{
	struct scrape *s = list_entry(task, struct scrape, task);
	if (metrics_page_next(&s->page, &s->http->options.metrics, &s->at)) {
		loop_defer(s->http->options.rig->loop, task);
		return;
	}
	httpd_reply(s->req, 200, METRICS_CONTENT_TYPE, NULL, buf_str(&s->page));
	scrape_free(s);
}

static void on_metrics(struct http *h, struct httpd_request *req, const struct access *who)
{
	if (!is_reading(httpd_method(req))) {
		admin_problem(req, 405, "method not allowed", "use GET", NULL);
		return;
	}
	if (!access_sees(who, NULL)) {
		admin_problem(req, 403, "not allowed", "metrics tell of all schools, this token sees one", NULL);
		return;
	}
	struct scrape *s = xcalloc(1, sizeof(*s));
	s->http = h;
	s->req = req;
	buf_init(&s->page, 0);
	loop_task_init(&s->task, on_scrape);
	list_append(&h->scrapes, &s->link);
	loop_defer(h->options.rig->loop, &s->task);
}

static void on_events(struct http *h, struct httpd_request *req, const struct access *who)
{
	char school[ACCESS_TENANT] = "";
	if (strcmp(httpd_method(req), "GET") != 0) {
		admin_problem(req, 405, "method not allowed", "use GET", NULL);
		return;
	}
	if (web_param(str_of(httpd_query(req)), "school", school, sizeof(school)) && !access_sees(who, school)) {
		admin_problem(req, 403, "not allowed", "this token sees one school only", NULL);
		return;
	}
	live_request(h->live, req, who, school);
}

/* No word about what there is: who has no secret learns neither schools nor environments. */
static void on_hook(struct http *h, struct httpd_request *req)
{
	if (strcmp(httpd_method(req), "POST") != 0) {
		admin_problem(req, 405, "method not allowed", "use POST", NULL);
		return;
	}
	switch (hooks_request(req, h->options.find, h->options.arg)) {
	case HOOK_TAKEN:
	case HOOK_IGNORED:
		httpd_reply(req, 202, "text/plain; charset=utf-8", NULL, STR("heard\n"));
		return;
	case HOOK_BAD:
		admin_problem(req, 400, "no event", "expected a JSON object with a type", NULL);
		return;
	default:
		refuse(h, req, true);
	}
}

static void handle(void *arg, struct httpd_request *req)
{
	struct http *h = arg;
	const char *path = httpd_path(req);
	char cookie[ACCESS_COOKIE];
	if (strcmp(path, "/healthz") == 0) {
		on_health(h, req);
		return;
	}
	if (strncmp(path, "/hooks/", 7) == 0) {
		on_hook(h, req);
		return;
	}
	if (web_public(req) || is_login(h, req))
		return;
	const struct access *who = who_asks(h, req, cookie);
	if (!who)
		return;
	if (strncmp(path, "/v1/", 4) == 0)
		admin_request(h->options.admin, req, who);
	else if (strcmp(path, "/metrics") == 0)
		on_metrics(h, req, who);
	else if (strcmp(path, "/events") == 0)
		on_events(h, req, who);
	else if (web_is_page(path) || web_wants_html(req))
		web_request(&h->web, req, who, str_of(cookie));
	else
		admin_problem(req, 404, "no such resource",
		              "there are /, /healthz, /metrics, /hooks/TENANT/ENVIRONMENT and /v1/commands/NAME",
		              NULL);
}

static void client_left(void *arg, struct httpd_request *req)
{
	struct http *h = arg;
	list_each(node, tmp, &h->scrapes)
	{
		struct scrape *s = list_entry(node, struct scrape, link);
		if (s->req == req)
			scrape_free(s);
	}
	web_left(&h->web, req);
	live_left(h->live, req);
	admin_left(req);
}

/* ---- tokens, read again ---- */

static void read_work(struct loop_job *job)
{
	struct http *h = list_entry(job, struct http, job);
	(void)!access_read(h->options.rig->conf->http_token_file, h->seal, &h->read, &h->why);
}

static void start_reading(struct http *h)
{
	h->again = false;
	h->reading = true;
	buf_clear(&h->why);
	loop_job_start(h->options.rig->loop, &h->job);
}

/* It is read twice a minute. */
static void tell_once(struct http *h)
{
	if (str_eq(buf_str(&h->why), buf_str(&h->told)))
		return;
	buf_clear(&h->told);
	buf_add(&h->told, h->why.p, h->why.n);
	log_error("http", NULL, "the token file is not taken, the tokens before it go on", "why=«%.*s»",
	          STR_ARG(str_trim(buf_str(&h->why))));
}

static void tell_plain(const struct http *h)
{
	unsigned n = access_plain(h->tokens);
	if (n)
		log_notice("http", NULL, "tokens stand in the token file as they are: put sha256:… there, passerelle token makes one", "tokens=%u", n);
}

static void read_after(struct loop_job *job)
{
	struct http *h = list_entry(job, struct http, job);
	h->reading = false;
	if (!h->read) {
		tell_once(h);
	} else if (!access_same(h->read, h->tokens)) {
		struct access_list *old = h->tokens;
		h->tokens = h->read;
		h->read = old;
		log_notice("http", NULL, "the tokens changed", NULL);
		tell_plain(h);
	}
	if (h->read)
		buf_clear(&h->told);
	access_free(&h->read);
	if (h->again)
		start_reading(h);
	else
		h->options.idle(h->options.arg);
}

void http_changed(struct http *h, const char *tenant)
{
	live_touch(h->live, tenant);
}

void http_reload(struct http *h)
{
	if (h->draining)
		return;
	if (h->reading)
		h->again = true;
	else
		start_reading(h);
}

/* ---- life ---- */

int http_open(const struct http_options *options, struct http **out, struct buf *why)
{
	const struct conf *conf = options->rig->conf;
	struct http *h = xcalloc(1, sizeof(*h));
	h->options = *options;
	h->job = (struct loop_job){.work = read_work, .after = read_after};
	list_init(&h->scrapes);
	h->failures = access_failures_new();
	h->live = live_new(options->rig->loop);
	web_init(&h->web, options->admin, options->rig, options->idle, options->arg);
	buf_init(&h->why, 16 * 1024);
	buf_init(&h->told, 16 * 1024);
	const struct httpd_options o = {.listen = conf->http_listen,
	                                .max_body = BODY_MOST,
	                                .max_connections = 1024,
	                                .headers = guards,
	                                .handler = handle,
	                                .gone = client_left,
	                                .arg = h};
	int rc = access_seal(conf->data, h->seal, why);
	if (rc == 0)
		rc = access_read(conf->http_token_file, h->seal, &h->tokens, why);
	if (rc == 0) {
		rc = httpd_open(options->rig->loop, &o, &h->httpd);
		if (rc == ERR_CONFIG)
			buf_printf(why,
			           "%s: http.listen: \"%s\" is no address and port, expected one such as "
			           "\"127.0.0.1:8480\" or \"[::1]:8480\"\n",
			           conf->file, conf->http_listen);
		else if (rc)
			buf_printf(why, "%s: http.listen: %s: %s\n", conf->file, conf->http_listen, err_text(rc));
	}
	if (rc) {
		http_close(&h);
		return rc;
	}
	log_notice("http", NULL, "listening", "listen=%s port=%u", conf->http_listen, httpd_port(h->httpd));
	tell_plain(h);
	if (!is_loopback(conf->http_listen) && strncmp(conf->http_listen, "[::1]", 5) != 0)
		log_warning("http", NULL,
		            "tokens travel unencrypted where others may listen: put a proxy with TLS before it, and "
		            "listen on 127.0.0.1",
		            "listen=%s", conf->http_listen);
	*out = h;
	return 0;
}

unsigned http_port(const struct http *h)
{
	return httpd_port(h->httpd);
}

bool http_busy(const struct http *h)
{
	return h->reading || web_busy(&h->web);
}

void http_drain(struct http *h)
{
	h->draining = true;
	h->again = false;
}

void http_close(struct http **http)
{
	struct http *h = *http;
	if (!h)
		return;
	REQUIRE(!h->reading);
	httpd_close(&h->httpd);
	live_free(&h->live);
	access_free(&h->tokens);
	access_failures_free(&h->failures);
	explicit_bzero(h->seal, sizeof(h->seal));
	buf_deinit(&h->why);
	buf_deinit(&h->told);
	free(h);
	*http = NULL;
}
