#include "core/app/web.h"
#include "core/app/web_visit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/app/page_assets.h"
#include "core/base/log.h"
#include "core/io/httpd.h"

#define HTML       "text/html; charset=utf-8"
#define ARENA_PAGE (16u << 20) /* one school's history, as long as a page is being made */

/* ---- what a browser sends ---- */

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 32);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* form: a '+' is a space. False: it does not fit, or holds a NUL. */
static bool decode(struct str s, bool form, char *out, size_t size)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		if (c == '%' && i + 2 < s.n && digit(s.p[i + 1]) >= 0 && digit(s.p[i + 2]) >= 0) {
			c = (char)(digit(s.p[i + 1]) * 16 + digit(s.p[i + 2]));
			i += 2;
		} else if (c == '+' && form) {
			c = ' ';
		}
		if (!c || n + 1 >= size) {
			out[0] = '\0';
			return false;
		}
		out[n++] = c;
	}
	out[n] = '\0';
	return true;
}

/* The value behind NAME= among parts that a mark separates. */
static bool part_of(struct str list, const char *mark, const char *name, struct str *out)
{
	while (list.n) {
		const char *end = memchr(list.p, mark[0], list.n);
		size_t n = end ? (size_t)(end - list.p) : list.n, length = strlen(name);
		struct str one = str_trim((struct str){list.p, n});
		if (one.n > length && memcmp(one.p, name, length) == 0 && one.p[length] == '=') {
			*out = (struct str){one.p + length + 1, one.n - length - 1};
			return true;
		}
		n += end != NULL;
		list = (struct str){list.p + n, list.n - n};
	}
	return false;
}

bool web_param(struct str encoded, const char *name, char *out, size_t size)
{
	struct str value;
	return part_of(encoded, "&", name, &value) && decode(value, true, out, size);
}

bool web_cookie(const struct httpd_request *req, const char *name, char *out, size_t size)
{
	struct str value;
	if (!part_of(str_of(httpd_header(req, "Cookie")), ";", name, &value) || value.n >= size)
		return false;
	snprintf(out, size, "%.*s", STR_ARG(value));
	return true;
}

static bool lang_named(const char *name, enum page_lang *out)
{
	for (int i = 0; i < PAGE_LANG_COUNT; i++) {
		if (strcmp(name, page_text((enum page_lang)i, T_LANG)) == 0) {
			*out = (enum page_lang)i;
			return true;
		}
	}
	return false;
}

static enum page_lang lang_of(const struct httpd_request *req)
{
	enum page_lang lang;
	char name[8];
	if (web_cookie(req, "lang", name, sizeof(name)) && lang_named(name, &lang))
		return lang;
	return page_lang_of(httpd_header(req, "Accept-Language"));
}

bool web_wants_html(const struct httpd_request *req)
{
	const char *accept = httpd_header(req, "Accept");
	return accept && strstr(accept, "text/html");
}

bool web_is_foreign(const struct httpd_request *req)
{
	const char *from = httpd_header(req, "Sec-Fetch-Site");
	return from && strcmp(from, "same-origin") != 0 && strcmp(from, "none") != 0;
}

static bool is_reading(const struct httpd_request *req)
{
	return strcmp(httpd_method(req), "GET") == 0 || strcmp(httpd_method(req), "HEAD") == 0;
}

bool web_is_page(const char *path)
{
	return strcmp(path, "/") == 0 || strncmp(path, "/schools/", 9) == 0;
}

/* ---- what it gets ---- */

static struct page page_of(const struct httpd_request *req, struct buf *out)
{
	const char *path = httpd_path(req);
	buf_init(out, 0);
	return (struct page){.arena = arena_new(ARENA_PAGE),
	                     .lang = lang_of(req),
	                     .path = web_is_page(path) && is_reading(req) ? path : "/",
	                     .form = "",
	                     .now = clock_wall_ms(clock_system()) / 1000,
	                     .out = out};
}

static void send(struct httpd_request *req, int status, const char *const *headers, struct buf *body)
{
	httpd_reply(req, status, HTML, headers, buf_str(body));
	buf_deinit(body);
}

void web_send(struct httpd_request *req, int status, struct buf *body)
{
	send(req, status, NULL, body);
}

static void refuse(struct httpd_request *req, const struct access *who, int status, enum page_text_id said)
{
	struct buf b;
	struct page p = page_of(req, &b);
	p.who = who;
	page_error(&p, said);
	send(req, status, NULL, &b);
	arena_free(&p.arena);
}

void web_login(struct httpd_request *req, int status, enum page_text_id said, const char *const *headers)
{
	struct buf b;
	struct page p = page_of(req, &b);
	const char *from = httpd_header(req, "Sec-Fetch-Site");
	/* who follows a link from elsewhere sends no strict cookie the first time; the page's own second try does */
	p.again = said == T_LOGIN && from && (strcmp(from, "cross-site") == 0 || strcmp(from, "same-site") == 0);
	page_login(&p, said);
	send(req, status, headers, &b);
	arena_free(&p.arena);
}

void web_redirect(struct httpd_request *req, const char *path, const char *set_cookie)
{
	char location[512];
	bool ours = web_is_page(path) && strlen(path) < sizeof(location) - 16;
	snprintf(location, sizeof(location), "Location: %s", ours ? path : "/");
	const char *const headers[] = {location, set_cookie, NULL};
	httpd_reply(req, 303, NULL, headers, STR_NONE);
}

static bool change_language(struct httpd_request *req)
{
	char name[8], line[80];
	enum page_lang lang;
	if (!is_reading(req) || !web_is_page(httpd_path(req)) ||
	    !web_param(str_of(httpd_query(req)), "lang", name, sizeof(name)) || !lang_named(name, &lang))
		return false;
	snprintf(line, sizeof(line), "Set-Cookie: lang=%s; Path=/; Max-Age=31536000; HttpOnly; SameSite=Strict",
	         name);
	web_redirect(req, httpd_path(req), line);
	return true;
}

bool web_public(struct httpd_request *req)
{
	const char *path = httpd_path(req);
	if (!is_reading(req))
		return false;
	for (const struct page_asset *a = page_assets; a->name; a++) {
		if (strcmp(path + 1, a->name) != 0 || strcmp(a->type, HTML) == 0)
			continue;
		httpd_reply(req, 200, a->type, NULL, a->body);
		return true;
	}
	return change_language(req);
}

/* ---- forms ---- */

struct wish {
	struct tenant_ask ask;
	char tenant[ACCESS_TENANT];
	char plan[64], by[ACCESS_NAME + 8], why[256];
};

static void on_wish(struct tenant_ask *ask, const struct report *report, int error)
{
	struct wish *w = list_entry(ask, struct wish, ask);
	(void)report; /* the page shows what came of it */
	if (error)
		log_warning("http", &(struct log_ctx){.tenant = w->tenant},
		            "what was asked for on the page was not done", "error=«%s»", err_text(error));
	free(w);
}

/* SameSite keeps the cookie from forms of elsewhere, the seal says that this one was shown to this cookie. */
static bool is_own_form(const struct httpd_request *req, const struct access *who, struct str cookie)
{
	char sent[ACCESS_SEAL], right[ACCESS_SEAL];
	if (web_is_foreign(req) || str_empty(cookie) || !web_param(httpd_body(req), "form", sent, sizeof(sent)))
		return false;
	access_form(who, cookie, right);
	return access_equal(str_of(sent), str_of(right));
}

static const struct web_action {
	const char *name;
	enum tenant_ask_kind kind;
	enum flow_kind flow;
	const char *done;
} actions[] = {
        {"run-down", ASK_SYNC, FLOW_DOWN, "run"},       {"run-up", ASK_SYNC, FLOW_UP, "run"},
        {"pause", ASK_PAUSE, FLOW_DOWN, "pause"},       {"resume", ASK_RESUME, FLOW_DOWN, "resume"},
        {"approve", ASK_APPROVE, FLOW_DOWN, "approve"}, {"discard", ASK_DISCARD, FLOW_DOWN, "discard"},
};

static void wish(struct httpd_request *req, const struct access *who, struct tenant *t, const struct web_action *a)
{
	struct wish *w = xcalloc(1, sizeof(*w));
	w->ask = (struct tenant_ask){
	        .kind = a->kind, .flow = a->flow, .done = on_wish, .plan = w->plan, .by = w->by, .why = w->why};
	snprintf(w->tenant, sizeof(w->tenant), "%s", tenant_id(t));
	snprintf(w->by, sizeof(w->by), "token %s", who->name);
	(void)!web_param(httpd_body(req), "plan", w->plan, sizeof(w->plan));
	(void)!web_param(httpd_body(req), "why", w->why, sizeof(w->why));
	log_notice("http", &(struct log_ctx){.tenant = w->tenant}, "asked for on the page", "by=%s action=%s",
	           who->name, a->name);
	tenant_ask(t, &w->ask);
}

static void on_action(struct web *s, struct httpd_request *req, const struct access *who, struct str cookie, char *id)
{
	char *slash = strchr(id, '/');
	const struct web_action *a = NULL;
	for (size_t i = 0; slash && i < sizeof(actions) / sizeof(actions[0]); i++)
		if (strcmp(slash + 1, actions[i].name) == 0)
			a = &actions[i];
	if (slash)
		*slash = '\0';
	struct tenant *t = a && access_sees(who, id) ? admin_find(s->admin, id) : NULL;
	if (!t) {
		refuse(req, who, 404, T_NOT_FOUND);
		return;
	}
	if (who->role != ACCESS_OPERATOR) {
		refuse(req, who, 403, T_NOT_ALLOWED);
		return;
	}
	if (!is_own_form(req, who, cookie)) {
		refuse(req, who, 403, T_FORM_OLD);
		return;
	}
	char path[192];
	bool by_file = a->kind == ASK_RESUME && tenant_file(t)->paused;
	snprintf(path, sizeof(path), "/schools/%s?done=%s", tenant_id(t), by_file ? "file" : a->done);
	if (!by_file)
		wish(req, who, t, a);
	web_redirect(req, path, NULL);
}

/* ---- pages ---- */

struct sought {
	const char *id;
	bool found;
	char *mistakes;
};

static void see(void *to, const char *id, struct tenant *t, const char *mistakes)
{
	struct sought *s = to;
	(void)t;
	if (strcmp(id, s->id) != 0)
		return;
	s->found = true;
	s->mistakes = xstrdup(mistakes);
}

/* rest: behind the school's id, "" or "/runs/RUN". */
static void on_school(struct web *s, struct httpd_request *req, struct page *p, const char *id, const char *rest)
{
	struct sought sought = {.id = id};
	struct tenant *t = NULL;
	char done[16] = "";
	if (access_sees(p->who, id))
		admin_schools(s->admin, see, &sought);
	if (sought.found)
		t = admin_find(s->admin, id);
	(void)!web_param(str_of(httpd_query(req)), "done", done, sizeof(done));
	bool run = strncmp(rest, "/runs/", 6) == 0 && rest[6];
	enum explain_of of;
	char kind[16] = "", code[256] = "";
	if (t && strcmp(rest, "/explain") == 0 && web_param(str_of(httpd_query(req)), "kind", kind, sizeof(kind)) &&
	    web_param(str_of(httpd_query(req)), "code", code, sizeof(code)) && code[0] && explain_of_named(kind, &of)) {
		visit_start(s, req, p, &(struct visit_wish){.kind = VISIT_EXPLAIN, .id = id, .of = of, .code = code});
	} else if (t && (run || !rest[0])) {
		visit_start(s, req, p,
		            &(struct visit_wish){.kind = run ? VISIT_RUN : VISIT_SCHOOL, .id = id, .run = rest + (run ? 6 : 0), .done = done});
	} else {
		bool known = sought.found && !t && !rest[0];
		if (known)
			page_school(p, id, NULL, sought.mistakes, done, NULL, 0);
		else
			page_error(p, T_NOT_FOUND);
		web_send(req, known ? 200 : 404, p->out);
		arena_free(&p->arena);
	}
	free(sought.mistakes);
}

static void on_overview(struct httpd_request *req, struct page *p)
{
	struct str query = str_of(httpd_query(req));
	struct page_view view = {.number = 1};
	char page[16] = "", dir[8] = "";
	int64_t number;
	(void)!web_param(query, "only", view.only, sizeof(view.only));
	(void)!web_param(query, "find", view.find, sizeof(view.find));
	(void)!web_param(query, "sort", view.sort, sizeof(view.sort));
	(void)!web_param(query, "dir", dir, sizeof(dir));
	(void)!web_param(query, "page", page, sizeof(page));
	view.down = strcmp(dir, "desc") == 0;
	if (str_to_int64(str_of(page), &number) == 0 && number >= 1 && number <= 1000000)
		view.number = (unsigned)number;
	page_overview(p, &view);
	web_send(req, 200, p->out);
	arena_free(&p->arena);
}

/* id: of a school and what follows it, NULL: all of them. */
static void on_page(struct web *s, struct httpd_request *req, const struct access *who, struct str cookie, char *id)
{
	struct buf b;
	struct page p = page_of(req, &b);
	char seal[ACCESS_SEAL] = "";
	if (!str_empty(cookie))
		access_form(who, cookie, seal);
	p.admin = s->admin;
	p.who = who;
	p.form = seal;
	if (!id) {
		on_overview(req, &p);
		return;
	}
	char *slash = strchr(id, '/'), rest[256] = "";
	if (slash) {
		snprintf(rest, sizeof(rest), "%s", slash);
		*slash = '\0';
	}
	on_school(s, req, &p, id, rest);
}

void web_request(struct web *s, struct httpd_request *req, const struct access *who, struct str cookie)
{
	const char *path = httpd_path(req);
	bool school = strncmp(path, "/schools/", 9) == 0;
	char id[256];
	if (!school)
		snprintf(id, sizeof(id), "%s", who->tenant);
	if (strcmp(path, "/logout") == 0 && strcmp(httpd_method(req), "POST") == 0 && is_own_form(req, who, cookie))
		web_redirect(req, "/", "Set-Cookie: passerelle=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict");
	else if (!web_is_page(path) || (school && !decode(str_of(path + 9), false, id, sizeof(id))))
		refuse(req, who, 404, T_NOT_FOUND);
	else if (school && strcmp(httpd_method(req), "POST") == 0)
		on_action(s, req, who, cookie, id);
	else if (!is_reading(req))
		refuse(req, who, 405, T_NOT_FOUND);
	else
		on_page(s, req, who, cookie, school || who->role == ACCESS_SCHOOL ? id : NULL);
}

/* ---- life ---- */

void web_init(struct web *s, struct admin *admin, struct rig *rig, void (*idle)(void *arg), void *arg)
{
	*s = (struct web){.admin = admin, .rig = rig, .idle = idle, .idle_arg = arg};
	list_init(&s->visits);
}

bool web_busy(const struct web *s)
{
	return !list_empty(&s->visits);
}

void web_left(struct web *s, struct httpd_request *req)
{
	visit_left(s, req);
}
