#include "adapters/adapter_p.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define ADDRESS_MAX 1024
#define SECRET_MAX  16384

/* ---- the address ---- */

static int bad(struct fault *fault, const char *what)
{
	return fault_set(fault, FAULT_DATA, ERR_CONFIG, "%s", what);
}

static bool is_loopback(const char *host)
{
	struct in_addr four;
	if (inet_pton(AF_INET, host, &four) == 1)
		return (ntohl(four.s_addr) >> 24) == 127;
	return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0;
}

/* Splits "host:port"; the host lower-cased, so that one address is always spelt one way: it is what an environment
 * pins. */
static int add_host(struct buf *out, struct str authority, bool secure, struct fault *fault)
{
	char host[256];
	size_t n = authority.n;
	const char *colon = memrchr(authority.p, ':', n), *bracket = memrchr(authority.p, ']', n);
	struct str port = STR_NONE;
	if (colon && (!bracket || colon > bracket)) {
		port = (struct str){colon + 1, (size_t)(authority.p + n - colon - 1)};
		n = (size_t)(colon - authority.p);
	}
	if (n == 0 || n >= sizeof(host))
		return bad(fault, "the address has no host");
	for (size_t i = 0; i < n; i++)
		host[i] =
		        authority.p[i] >= 'A' && authority.p[i] <= 'Z' ? (char)(authority.p[i] | 32) : authority.p[i];
	host[n] = '\0';
	int64_t number;
	if (!str_empty(port) && (str_to_int64(port, &number) || number < 1 || number > 65535))
		return bad(fault, "the port of the address is not a number from 1 to 65535");
	if (!secure && !is_loopback(host))
		return bad(fault, "the address must begin with https:// (plain http is for loopback addresses only)");
	buf_addz(out, host);
	if (!str_empty(port) && !(secure && number == 443))
		buf_printf(out, ":%lld", (long long)number);
	return 0;
}

/* Where needle stands last in the path as a segment of its own, or followed by one of ends. */
static const char *find_segment(struct str path, const char *needle, const char *ends)
{
	size_t n = strlen(needle);
	for (size_t i = path.n; i-- > 0;) {
		if (path.n - i < n || strncasecmp(path.p + i, needle, n) != 0)
			continue;
		if (path.n - i == n || strchr(ends, path.p[i + n]))
			return path.p + i;
	}
	return NULL;
}

static int normalise(struct buf *out, const char *url, const char *after, const char *tail, struct fault *fault)
{
	struct str s = str_trim(str_of(url));
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || s.p[i] == 127)
			return bad(fault, "the address holds a space or a control character");
	bool secure = s.n > 8 && strncasecmp(s.p, "https://", 8) == 0;
	if (!secure && !(s.n > 7 && strncasecmp(s.p, "http://", 7) == 0))
		return bad(fault, "the address must begin with https://");
	size_t at = secure ? 8 : 7, end = at;
	while (end < s.n && !strchr("/?#", s.p[end]))
		end++;
	if (memchr(s.p + at, '@', end - at))
		return bad(fault, "the address holds credentials: the token belongs into its own file");
	buf_addz(out, secure ? "https://" : "http://");
	int rc = add_host(out, (struct str){s.p + at, end - at}, secure, fault);
	if (rc)
		return rc;
	struct str path = {s.p + end, s.n - end};
	for (size_t i = 0; i < path.n; i++)
		if (path.p[i] == '?' || path.p[i] == '#')
			path.n = i;
	const char *cut = after ? find_segment(path, after, "/") : NULL;
	if (cut)
		path.n = (size_t)(cut - path.p) + strlen(after);
	else if ((cut = find_segment(path, tail, "/.")))
		path.n = (size_t)(cut - path.p);
	while (path.n && path.p[path.n - 1] == '/')
		path.n--;
	buf_add(out, path.p, path.n);
	return buf_error(out) ? bad(fault, "the address is too long") : 0;
}

/* ---- endpoints ---- */

static const char *const methods[FETCH_METHOD_COUNT] = {
        [FETCH_GET] = "GET",     [FETCH_POST] = "POST",     [FETCH_PUT] = "PUT",
        [FETCH_PATCH] = "PATCH", [FETCH_DELETE] = "DELETE",
};

static bool method_parse(struct str s, enum fetch_method *out)
{
	for (int m = 0; m < FETCH_METHOD_COUNT; m++)
		if (str_eqz(s, methods[m])) {
			*out = (enum fetch_method)m;
			return true;
		}
	return false;
}

/* Is {name} used by any endpoint of the table? */
static bool placeholder_known(const struct adapter__side *s, struct str name)
{
	char text[40];
	if (name.n + 3 > sizeof(text))
		return false;
	snprintf(text, sizeof(text), "{%.*s}", STR_ARG(name));
	for (size_t i = 0; i < s->endpoint_count; i++)
		if (strstr(s->endpoints[i].path, text))
			return true;
	return false;
}

static int check_path(const struct adapter__side *s, const char *name, struct str path, struct fault *fault)
{
	if (path.n < 2 || path.p[0] != '/' || path.p[1] == '/')
		return fault_set(fault, FAULT_DATA, ERR_CONFIG, "endpoints.%s: the path must begin with one /", name);
	for (size_t i = 0; i < path.n; i++) {
		if ((unsigned char)path.p[i] <= ' ' || (unsigned char)path.p[i] > 126 || path.p[i] == '#')
			return fault_set(fault, FAULT_DATA, ERR_CONFIG,
			                 "endpoints.%s: the path holds a character no path has", name);
		if (path.p[i] != '{')
			continue;
		const char *end = memchr(path.p + i, '}', path.n - i);
		if (!end || !placeholder_known(s, (struct str){path.p + i + 1, (size_t)(end - path.p) - i - 1}))
			return fault_set(fault, FAULT_DATA, ERR_CONFIG,
			                 "endpoints.%s: unknown placeholder in the path", name);
	}
	return 0;
}

static int override_one(struct adapter__side *s, const struct endpoint_override *o, struct fault *fault)
{
	struct endpoint *e = NULL;
	for (size_t i = 0; i < s->endpoint_count && !e; i++)
		if (strcmp(s->own[i].name, o->name) == 0)
			e = &s->own[i];
	if (!e)
		return fault_set(fault, FAULT_DATA, ERR_CONFIG,
		                 "endpoints: there is no endpoint of the name \"%.60s\"", o->name);
	struct str call = str_trim(str_of(o->call));
	enum fetch_method method = e->method;
	const char *space = call.n ? memchr(call.p, ' ', call.n) : NULL;
	if (space) {
		if (!method_parse((struct str){call.p, (size_t)(space - call.p)}, &method))
			return fault_set(fault, FAULT_DATA, ERR_CONFIG,
			                 "endpoints.%s: expected \"METHOD /path\" or \"/path\"", o->name);
		call = str_trim((struct str){space + 1, call.n - (size_t)(space - call.p) - 1});
	}
	/* A write must not look like a read to what stands between, nor a read like a write. */
	if (method != e->method && (method == FETCH_GET || !e->writes || e->method == FETCH_GET))
		return fault_set(fault, FAULT_DATA, ERR_CONFIG, "endpoints.%s: %s is not possible here, it is %s",
		                 o->name, methods[method], methods[e->method]);
	int rc = check_path(s, o->name, call, fault);
	if (rc)
		return rc;
	char *path = xmalloc(call.n + 1);
	memcpy(path, call.p, call.n);
	path[call.n] = '\0';
	s->owned[s->owned_count++] = path;
	e->method = method;
	e->path = path;
	return 0;
}

/* ---- the side ---- */

int adapter__side_init(struct adapter__side *s, const char *vendor, const struct adapter_connection *c,
                       const char *after, const char *tail, const struct endpoint *table, size_t count,
                       struct fault *fault)
{
	memset(s, 0, sizeof(*s));
	s->vendor = vendor;
	buf_init(&s->address, ADDRESS_MAX);
	buf_init(&s->secret, SECRET_MAX);
	s->lane = c->lane;
	s->concurrency = c->concurrency ? c->concurrency : 2;
	s->timeout_ms = c->timeout_ms;
	s->endpoints = table;
	s->endpoint_count = count;
	if (c->override_count) {
		s->endpoints = s->own = xcalloc(count, sizeof(*table));
		memcpy(s->own, table, count * sizeof(*table));
		s->owned = xcalloc(c->override_count, sizeof(*s->owned));
	}
	int rc = normalise(&s->address, c->url, after, tail, fault);
	if (rc == 0 && (!c->token || !c->token[0]))
		rc = bad(fault, "there is no token");
	for (const char *t = c->token; rc == 0 && *t; t++)
		if ((unsigned char)*t <= ' ' || (unsigned char)*t > 126)
			rc = bad(fault, "the token holds a space, a line end or another character that no token has");
	for (size_t i = 0; rc == 0 && i < c->override_count; i++)
		rc = override_one(s, &c->overrides[i], fault);
	if (rc) {
		adapter__side_deinit(s);
		return rc;
	}
	s->ca_file = c->ca_file ? xstrdup(c->ca_file) : NULL;
	s->user_agent = c->user_agent ? xstrdup(c->user_agent) : NULL;
	return 0;
}

void adapter__side_deinit(struct adapter__side *s)
{
	buf_deinit(&s->address);
	buf_wipe(&s->secret);
	buf_deinit(&s->secret);
	for (size_t i = 0; i < s->owned_count; i++)
		free(s->owned[i]);
	free(s->owned);
	free(s->own);
	free(s->ca_file);
	free(s->user_agent);
	memset(s, 0, sizeof(*s));
}

/* ---- a question ---- */

void adapter__exhausted(struct exchange *x)
{
	fault_set(&x->fault, FAULT_LOCAL, ERR_LIMIT, "the memory of the run is used up");
}

static const struct adapter__arg *find_arg(const struct adapter__arg *args, struct str name)
{
	for (; args && args->name; args++)
		if (str_eqz(name, args->name))
			return args;
	return NULL;
}

static bool expand(struct buf *out, const char *path, const struct adapter__arg *args)
{
	for (const char *p = path; *p; p++) {
		const char *end = *p == '{' ? strchr(p, '}') : NULL;
		if (!end) {
			buf_addc(out, *p);
			continue;
		}
		const struct adapter__arg *a = find_arg(args, (struct str){p + 1, (size_t)(end - p) - 1});
		if (!a)
			return false;
		buf_add_urlencoded(out, a->value);
		p = end;
	}
	return true;
}

void *adapter__ask(const struct adapter__side *s, struct exchange *x, size_t index, enum fetch_effect effect,
                   size_t size, const struct adapter__arg *args)
{
	const struct endpoint *e = &s->endpoints[index];
	memset(&x->request, 0, sizeof(x->request));
	x->shape = NULL;
	x->root = x->out = NULL;
	x->raw = NULL;
	x->empty_ok = false;
	x->finish = adapter__word;
	struct adapter__question *q = arena_alloc(x->arena, size);
	struct buf url;
	buf_init(&url, 0);
	buf_addz(&url, s->address.p);
	bool whole = expand(&url, e->path, args);
	x->request.url = q ? arena_strz(x->arena, url.p) : NULL;
	buf_deinit(&url);
	if (!whole) {
		fault_set(&x->fault, FAULT_DATA, ERR_CONFIG,
		          "endpoints.%s: its path holds a placeholder that this call has no value for", e->name);
		return NULL;
	}
	if (!x->request.url) {
		adapter__exhausted(x);
		return NULL;
	}
	q->side = s;
	q->endpoint = e;
	q->x = x;
	x->lane = s->lane;
	x->adapter = x->each_arg = q;
	x->request.method = e->method;
	x->request.effect = effect;
	x->request.secret.name = s->secret_name;
	x->request.secret.value = s->secret.p;
	x->request.ca_file = s->ca_file;
	x->request.timeout_ms = s->timeout_ms;
	if (s->user_agent) {
		x->request.headers[0].name = "User-Agent";
		x->request.headers[0].value = s->user_agent;
	}
	return q;
}

void adapter__query(struct exchange *x, const char *name, const char *value)
{
	if (!x->request.url)
		return;
	char joint = strchr(x->request.url, '?') ? '&' : '?';
	x->request.url = arena_printf(x->arena, "%s%c%s=%s", x->request.url, joint, name, value);
	if (!x->request.url)
		adapter__exhausted(x);
}

void adapter__body(struct exchange *x, struct buf *b)
{
	int error = buf_error(b);
	x->request.body = error ? STR_NONE : arena_str(x->arena, buf_str(b));
	if (!x->request.body.p)
		adapter__exhausted(x);
	buf_deinit(b);
}

static void free_raw(void *arg)
{
	buf_deinit(arg);
}

void adapter__keep_raw(struct adapter__question *q, size_t limit)
{
	buf_init(&q->raw, limit);
	if (arena_defer(q->x->arena, free_raw, &q->raw)) {
		adapter__exhausted(q->x);
		return;
	}
	q->x->raw = &q->raw;
}
