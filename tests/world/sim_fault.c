#include "tests/world/sim_p.h"

#include <stdlib.h>
#include <string.h>

/* Faults: written as text, matched, and what they make of an answer. */

struct armed {
	struct sim_fault fault;
	unsigned seen, struck;
	struct armed *next;
};

struct sim__faults {
	struct arena *arena;
	struct armed *first, **last;
};

struct sim__faults *sim__faults_new(void)
{
	struct sim__faults *faults = xcalloc(1, sizeof(*faults));

	faults->arena = arena_new(0);
	faults->last = &faults->first;
	return faults;
}

void sim__faults_free(struct sim__faults **faults)
{
	if (!*faults)
		return;
	arena_free(&(*faults)->arena);
	free(*faults);
	*faults = NULL;
}

static const char *const kind_names[] = {
#define X(name, text) [name] = text,
        SIM_FAULTS(X)
#undef X
};
enum { KINDS = sizeof(kind_names) / sizeof(kind_names[0]) };

const char *sim_fault_name(enum sim_fault_kind kind)
{
	return kind_names[kind];
}

static const char *copy(struct arena *arena, const char *z)
{
	const char *text = z ? arena_strz(arena, z) : NULL;

	REQUIRE(text || !z);
	return text;
}

void sim_fault_add(struct sim *sim, const struct sim_fault *fault)
{
	struct sim__faults *faults = sim__faults_of(sim);
	struct armed *armed = arena_alloc(faults->arena, sizeof(*armed));

	REQUIRE(armed);
	armed->fault = *fault;
	armed->fault.vendor = copy(faults->arena, fault->vendor);
	armed->fault.method = copy(faults->arena, fault->method);
	armed->fault.path = copy(faults->arena, fault->path);
	armed->fault.body = arena_str(faults->arena, fault->body);
	*faults->last = armed;
	faults->last = &armed->next;
}

void sim_faults_clear(struct sim *sim)
{
	struct sim__faults *faults = sim__faults_of(sim);

	faults->first = NULL;
	faults->last = &faults->first;
	arena_reset(faults->arena);
}

bool sim_glob(const char *pattern, struct str text)
{
	const char *star = NULL;
	size_t i = 0, retry = 0;

	if (!pattern)
		return true;
	while (i < text.n) {
		if (*pattern == '*') {
			star = pattern++;
			retry = i;
		} else if (*pattern == text.p[i]) {
			pattern++;
			i++;
		} else if (star) {
			pattern = star + 1;
			i = ++retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

const struct sim_fault *sim__strike(struct sim *sim, const char *vendor, const struct sim_request *req)
{
	const struct sim_fault *struck = NULL;

	for (struct armed *a = sim__faults_of(sim)->first; a; a = a->next) {
		const struct sim_fault *f = &a->fault;
		if ((f->vendor && strcmp(f->vendor, vendor)) || (f->method && strcmp(f->method, req->method)) ||
		    !sim_glob(f->path, req->path))
			continue;
		if (a->seen++ < f->skip || (f->count && a->struck >= f->count) || struck)
			continue;
		a->struck++;
		struck = f;
	}
	return struck;
}

/* ---- as text ---- */

static int parse_option(struct str option, struct sim_fault *out)
{
	static const struct {
		const char *name;
		int64_t most;
	} options[] = {{"skip=", UINT32_MAX}, {"count=", UINT32_MAX}, {"ms=", UINT32_MAX}, {"status=", 599}};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		size_t n = strlen(options[i].name);
		int64_t value;
		if (!str_starts(option, options[i].name))
			continue;
		if (str_to_int64((struct str){option.p + n, option.n - n}, &value) || value < 0 ||
		    value > options[i].most)
			return ERR_SYNTAX;
		if (i == 0)
			out->skip = (unsigned)value;
		else if (i == 1)
			out->count = (unsigned)value;
		else if (i == 2)
			out->ms = (uint32_t)value;
		else
			out->status = (int)value;
		return 0;
	}
	return ERR_SYNTAX;
}

static int parse_kind(struct str name, enum sim_fault_kind *out)
{
	for (int i = 0; i < KINDS; i++)
		if (str_eqz(name, kind_names[i])) {
			*out = (enum sim_fault_kind)i;
			return 0;
		}
	return ERR_SYNTAX;
}

static int parse_part(struct str part, unsigned number, struct sim_fault *fault, struct arena *arena)
{
	const char **const texts[] = {NULL, &fault->vendor, &fault->method, &fault->path};

	if (number == 0)
		return parse_kind(part, &fault->kind);
	if (number > 3)
		return parse_option(part, fault);
	if (!part.n || str_eqz(part, "*"))
		return 0;
	if (number == 1 && !str_eqz(part, "edusign") && !str_eqz(part, "ypareo"))
		return ERR_SYNTAX;
	*texts[number] = arena_str(arena, part).p;
	return *texts[number] ? 0 : ERR_LIMIT;
}

int sim_fault_parse(const char *text, struct sim_fault *out, struct arena *arena)
{
	struct sim_fault fault = {0};
	const char *p = text;

	for (unsigned number = 0; p; number++) {
		if (!strncmp(p, "body=", 5)) {
			fault.body = arena_str(arena, str_of(p + 5));
			break;
		}
		const char *end = strchr(p, ':');
		int rc = parse_part((struct str){p, end ? (size_t)(end - p) : strlen(p)}, number, &fault, arena);
		if (rc)
			return rc;
		p = end ? end + 1 : NULL;
	}
	*out = fault;
	return 0;
}

/* ---- answers instead of the vendor's ---- */

static const char *status_text(int status)
{
	static const struct {
		int status;
		const char *text;
	} texts[] = {{401, "Unauthorized"},
	             {403, "Forbidden"},
	             {404, "Not Found"},
	             {429, "Too Many Requests"},
	             {500, "Internal Server Error"},
	             {502, "Bad Gateway"},
	             {503, "Service Unavailable"},
	             {504, "Gateway Timeout"}};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].status == status)
			return texts[i].text;
	return "Error";
}

static void page(struct sim_reply *reply, const char *title)
{
	reply->content_type = "text/html; charset=utf-8";
	buf_printf(&reply->body,
	           "<!DOCTYPE html>\n<html><head><title>%s</title></head><body><h1>%s</h1></body></html>\n", title,
	           title);
}

void sim__instead(const struct sim *sim, const char *vendor, const struct sim_fault *fault, struct sim_reply *reply)
{
	bool edusign = !strcmp(vendor, "edusign");
	uint32_t delay_ms = reply->delay_ms;

	buf_deinit(&reply->body);
	*reply = (struct sim_reply){.content_type = "text/plain; charset=utf-8", .delay_ms = delay_ms};
	buf_init(&reply->body, 0);
	switch (fault->kind) {
	case SIM_FORBIDDEN:
		reply->status = edusign || !sim_is(sim, SIM_FORBIDDEN_401) ? 403 : 401;
		if (edusign)
			buf_addz(&reply->body, "Forbidden");
		else
			buf_printf(&reply->body, "{\"code\":%d,\"message\":\"Accès refusé\"}", reply->status);
		break;
	case SIM_QUOTA:
		reply->status = 429;
		reply->retry_after_s = fault->ms / 1000;
		buf_addz(&reply->body, "Too Many Requests");
		break;
	case SIM_REDIRECT:
		reply->status = 302;
		page(reply, "Connexion");
		break;
	default:
		reply->status = fault->status ? fault->status : fault->kind == SIM_STATUS ? 500 : 502;
		/* the application itself says 500 in plain words, the gateway before it speaks HTML */
		if (fault->body.n)
			buf_add(&reply->body, fault->body.p, fault->body.n);
		else if (edusign && (reply->status == 500 || reply->status < 500))
			buf_addz(&reply->body, status_text(reply->status));
		else
			page(reply, status_text(reply->status));
		break;
	}
}

/* ---- spoilt answers ---- */

static void write_half(struct json_writer *w, const struct json *list)
{
	size_t left = list->count / 2;
	bool object = list->kind == JSON_OBJECT;

	if (object)
		json_write_begin_object(w);
	else
		json_write_begin_array(w);
	for (const struct json *j = list->first; j && left; j = j->next, left--) {
		if (object)
			json_write_key_str(w, j->key);
		json_write_tree(w, j);
	}
	if (object)
		json_write_end_object(w);
	else
		json_write_end_array(w);
}

/* The list itself, or the member that is the list: "result" of Edusign, "cours" of a planning. */
static void drop_records(struct json_writer *w, const struct json *doc)
{
	const struct json *inner = NULL;

	for (const struct json *j = doc->kind == JSON_OBJECT ? doc->first : NULL; j; j = j->next)
		if (j->kind == JSON_ARRAY && (!inner || j->count > inner->count))
			inner = j;
	if (!inner) {
		write_half(w, doc);
		return;
	}
	json_write_begin_object(w);
	for (const struct json *j = doc->first; j; j = j->next) {
		json_write_key_str(w, j->key);
		if (j == inner)
			write_half(w, j);
		else
			json_write_tree(w, j);
	}
	json_write_end_object(w);
}

static void unkey(struct json_writer *w, const struct json *doc)
{
	json_write_begin_array(w);
	for (const struct json *j = doc->first; j; j = j->next)
		json_write_tree(w, j);
	json_write_end_array(w);
}

static void rewrite(struct sim_reply *reply, struct arena *arena,
                    void (*change)(struct json_writer *w, const struct json *doc))
{
	const struct json *doc = NULL;
	struct json_writer w;
	struct buf out;

	if (reply->status != 200 || json_parse(arena, buf_str(&reply->body), NULL, &doc, NULL, NULL) ||
	    (doc->kind != JSON_OBJECT && doc->kind != JSON_ARRAY))
		return;
	buf_init(&out, 0);
	json_write_init(&w, &out, false);
	change(&w, doc);
	buf_deinit(&reply->body);
	reply->body = out;
}

void sim__spoil(enum sim_fault_kind kind, const struct sim_fault *fault, struct sim_reply *reply, struct arena *arena)
{
	if (kind == SIM_EMPTY || kind == SIM_GARBAGE) {
		reply->status = 200;
		buf_clear(&reply->body);
		if (kind == SIM_GARBAGE)
			buf_add(&reply->body, fault->body.p, fault->body.n);
	} else if (kind == SIM_CUT_JSON) {
		size_t half = reply->body.n / 2;
		reply->body.n = half;
		if (reply->body.p)
			reply->body.p[half] = '\0';
	} else if (kind == SIM_ARRAY) {
		rewrite(reply, arena, unkey);
	} else if (kind == SIM_DROP_RECORDS) {
		rewrite(reply, arena, drop_records);
	}
}
