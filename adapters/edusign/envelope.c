#include "adapters/edusign/edusign_p.h"

#include <stdio.h>
#include <string.h>

/*
 * {"status": "success", "result": …} or {"status": "error", "message": text or array}, both with HTTP 200; and the
 * technical errors, which are plain text with the HTTP status they deserve. The status in the body decides, never
 * HTTP's 200 alone.
 */

#define SMALL_ANSWER ((size_t)1 << 20)

/* The message texts that clients compare literally; no other text is ever read for its meaning, but by a look-up for
 * "none". */
static const struct {
	const char *text;
	bool prefix;
	int code;
} known[] = {
        {"No course with this ID found", false, ERR_NOT_FOUND},
        {"Error - cannot get professor by email", true, ERR_NOT_FOUND},
        {"ERR_UNKNOWN_EXTERNAL_BY_EMAIL", false, ERR_NOT_FOUND},
        {"Student already in the list", false, ERR_EXISTS},
        {"Professor already exists in this school", false, ERR_EXISTS},
        {"Course already locked", false, ERR_CONFLICT},
        {"course locked", false, ERR_CONFLICT},
};

static int known_code(struct str message)
{
	struct str s = str_trim(message);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].prefix ? str_starts(s, known[i].text) : str_eqz(s, known[i].text))
			return known[i].code;
	return ERR_REMOTE;
}

/* ---- refusals ---- */

/* A refusal in one text. errorCode stands beside the message in some answers. */
static void refuse_text(struct exchange *x, struct str message, struct str error_code)
{
	struct edusign_port__question *q = x->adapter;
	int code = known_code(message);
	if (code == ERR_REMOTE && !str_empty(error_code))
		code = known_code(error_code);
	adapter__quote(str_empty(str_trim(message)) ? error_code : message, q->message);
	fault_set(&x->fault, FAULT_REMOTE, code, "refused: «%s»", q->message);
	x->fault.http_status = x->reply.status;
}

/* Validation errors come as an array of unknown elements. */
static void refuse_list(struct exchange *x, const struct json *list)
{
	char quote[ADAPTER__QUOTE] = "";
	const struct json *first = list->first;
	struct str text = json_text(first);
	if (str_empty(text) && first)
		text = json_text(json_get(first, "message"));
	fault_set(&x->fault, FAULT_REMOTE, ERR_REMOTE, "refused as invalid (%zu): «%s»", list->count,
	          adapter__quote(text, quote));
	x->fault.http_status = x->reply.status;
}

static void refuse(struct exchange *x, const struct json *doc)
{
	const struct json *message = json_get(doc, "message");
	if (message && message->kind == JSON_ARRAY)
		refuse_list(x, message);
	else
		refuse_text(x, json_text(message), json_text(json_get(doc, "errorCode")));
}

bool edusign_port__is_refusal(const struct exchange *x, int code)
{
	return x->fault.class == FAULT_REMOTE && x->fault.code == code;
}

void edusign_port__clear(struct exchange *x)
{
	memset(&x->fault, 0, sizeof(x->fault));
}

/* No source tells how a look-up says "none" but for the known texts. Words of absence are taken for it; anything
 * else, as a missing right or a technical failure, stays a fault: taken for "none" it would double a record. */
bool edusign_port__is_absent(const struct exchange *x)
{
	static const char *const words[] = {"not found",  "not_found",      "err_unknown_",
	                                    "no such",    "does not exist", "doesn't exist",
	                                    "cannot get", "introuvable",    "n'existe pas"};
	const struct edusign_port__question *q = x->adapter;
	char lower[ADAPTER__QUOTE];
	if (edusign_port__is_refusal(x, ERR_NOT_FOUND))
		return true;
	if (!edusign_port__is_refusal(x, ERR_REMOTE) || !q->message[0])
		return false;
	size_t n = strlen(q->message);
	for (size_t i = 0; i <= n; i++)
		lower[i] = q->message[i] >= 'A' && q->message[i] <= 'Z' ? (char)(q->message[i] | 32) : q->message[i];
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(lower, words[i]))
			return true;
	return strncmp(lower, "no ", 3) == 0 && strstr(lower, " found");
}

/* ---- technical errors ---- */

/* Plain text where an answer should be: mostly with its HTTP status, but some servers in between answer 200. */
static void judge_plain(struct exchange *x)
{
	struct str text = str_trim((struct str){x->reply.head, x->reply.head_n});
	if (x->reply.status < 200 || x->reply.status > 299)
		return;
	if (str_eqz(text, "Unauthorized") || str_eqz(text, "Forbidden"))
		fault_set(&x->fault, FAULT_AUTH, ERR_HTTP, "%.*s", STR_ARG(text));
	else if (str_eqz(text, "Not Found"))
		fault_set(&x->fault, FAULT_REMOTE, ERR_HTTP, "there is no such call");
	else if (str_eqz(text, "Internal Server Error") || str_eqz(text, "Bad Gateway") ||
	         str_eqz(text, "Gateway Timeout"))
		fault_set(&x->fault, x->request.effect == FETCH_READ ? FAULT_TRANSIENT : FAULT_UNCERTAIN, ERR_HTTP,
		          "%.*s", STR_ARG(text));
}

/* A fault of transport, status or reader, in more detail. */
static void judge_fault(struct exchange *x)
{
	const struct json *doc;
	int status = x->reply.status;
	if (status == 402)
		fault_set(&x->fault, FAULT_AUTH, ERR_HTTP, "HTTP 402: no subscription, or the API is not part of it");
	judge_plain(x);
	if (x->fault.class != FAULT_REMOTE || status < 400 || status > 499)
		return;
	if (status == 404 || status == 410)
		x->fault.code = ERR_HTTP; /* the call is not there, which says nothing of the record */
	struct str head = {x->reply.head, x->reply.head_n};
	if (json_parse(x->arena, head, NULL, &doc, NULL, NULL) == 0 &&
	    str_eqz(json_text(json_get(doc, "status")), "error"))
		refuse(x, doc);
}

/* ---- questions ---- */

struct edusign_port__question *edusign_port__ask(struct edusign *e, struct exchange *x, size_t which,
                                                 enum fetch_effect effect, struct str id)
{
	const struct adapter__arg args[] = {{"id", id}, {"code", id}, {"email", id}, {NULL, STR_NONE}};
	struct edusign_port__question *q = adapter__ask(&e->side, x, which, effect, sizeof(*q), args);
	if (!q)
		return NULL;
	q->self = e;
	x->empty_ok = true; /* judged here: an empty answer to a write leaves it uncertain */
	adapter__keep_raw(&q->base, SMALL_ANSWER);
	return q;
}

static bool list_ok(struct exchange *x)
{
	struct edusign_port__question *q = x->adapter;
	const struct edusign_port__envelope *e = &q->envelope;
	const struct json *doc = NULL;
	struct str head = {x->reply.head, x->reply.head_n};
	if (fault_is(&x->fault)) {
		judge_fault(x);
		return false;
	}
	if (str_eqz(e->status, "success") && (e->mask & FIELD_BIT(1)))
		return true;
	/* short answers only are anything else: an error, or a result that is null */
	if (json_parse(x->arena, head, NULL, &doc, NULL, NULL))
		doc = NULL;
	if (str_eqz(e->status, "error") && doc)
		refuse(x, doc);
	else if (str_eqz(e->status, "error"))
		refuse_text(x, e->message, e->error_code);
	else if (!str_eqz(e->status, "success"))
		adapter__untrusted(x, ERR_MISSING, "the answer has no status");
	else if (!doc || !json_get(doc, "result"))
		adapter__untrusted(x, ERR_MISSING, "the answer has no result");
	return !fault_is(&x->fault);
}

static void list_finish(struct exchange *x)
{
	struct edusign_port__question *q = x->adapter;
	(void)list_ok(x);
	(void)adapter__settle(x);
	memset(&q->envelope, 0, sizeof(q->envelope));
}

struct edusign_port__question *edusign_port__list(struct edusign *e, struct exchange *x, size_t which,
                                                  const struct shape *root, struct arena *keep, struct items *out,
                                                  size_t size)
{
	struct edusign_port__question *q = adapter__ask(&e->side, x, which, FETCH_READ, sizeof(*q), NULL);
	if (!q)
		return NULL;
	q->self = e;
	q->keep = keep;
	adapter__stage(&q->base, keep, out, size);
	x->shape = root;
	x->root = &q->envelope;
	x->finish = list_finish;
	return q;
}

/* ---- results ---- */

/* The envelope of a body that was kept. */
static bool open_envelope(struct exchange *x, struct arena *arena, struct str text, const struct json **result)
{
	const struct json *doc;
	char why[160] = "";
	if (str_empty(str_trim(text))) {
		adapter__untrusted(x, ERR_EMPTY, "%s", err_text(ERR_EMPTY));
		return false;
	}
	int rc = json_parse(arena, text, NULL, &doc, NULL, why);
	if (rc) {
		adapter__untrusted(x, rc, "%s", why[0] ? why : err_text(rc));
		judge_plain(x);
		return false;
	}
	struct str status = json_text(json_get(doc, "status"));
	if (str_eqz(status, "error"))
		refuse(x, doc);
	else if (!str_eqz(status, "success"))
		adapter__untrusted(x, ERR_MISSING, "the answer has no status");
	else
		*result = json_get(doc, "result");
	return !fault_is(&x->fault);
}

bool edusign_port__result(struct exchange *x, struct arena *arena, const struct json **result)
{
	struct edusign_port__question *q = x->adapter;
	q->message[0] = '\0';
	*result = NULL;
	if (fault_is(&x->fault)) {
		judge_fault(x);
		return false;
	}
	struct str text = adapter__raw(&q->base);
	if (str_empty(text) && x->reply.body_bytes <= x->reply.head_n)
		text = (struct str){x->reply.head, x->reply.head_n};
	return open_envelope(x, arena, text, result);
}

bool edusign_port__is_none(const struct json *r)
{
	if (!r || r->kind == JSON_NULL)
		return true;
	if (r->kind == JSON_BOOL)
		return !r->boolean;
	if (r->kind == JSON_STRING)
		return str_empty(str_trim(r->text));
	return r->kind == JSON_ARRAY && r->count == 0;
}

int edusign_port__id(const struct json *r, struct str *out)
{
	if (r && r->kind == JSON_ARRAY) {
		if (r->count > 1)
			return ERR_CONFLICT;
		r = r->first;
	}
	if (r && r->kind == JSON_OBJECT) {
		const struct json *upper = json_get(r, "ID");
		r = str_empty(json_text(upper)) ? json_get(r, "id") : upper;
	}
	struct str id = str_trim(json_text(r));
	if (str_empty(id))
		return ERR_MISSING;
	*out = id;
	return 0;
}

void edusign_port__replay(struct exchange *x, const struct json *result, const struct shape *alone)
{
	struct edusign_port__question *q = x->adapter;
	struct buf b;
	struct json_writer w;
	buf_init(&b, 0);
	json_write_init(&w, &b, false);
	if (result->kind != JSON_ARRAY)
		json_write_begin_array(&w);
	json_write_tree(&w, result);
	if (result->kind != JSON_ARRAY)
		json_write_end_array(&w);
	struct record_reader *r = record_reader_new(x->arena, alone, &q->base.nothing, q);
	int rc = r ? record_reader_feed(r, b.p, b.n) : ERR_LIMIT;
	if (rc == 0)
		rc = record_reader_end(r);
	if (rc)
		adapter__untrusted(x, rc, "%s", r ? record_reader_error(r) : err_text(rc));
	record_reader_free(&r);
	buf_deinit(&b);
}

/* ---- answers that many questions share ---- */

void edusign_port__write_finish(struct exchange *x)
{
	const struct json *result;
	if (edusign_port__result(x, x->arena, &result) && result && result->kind == JSON_BOOL && !result->boolean)
		fault_set(&x->fault, FAULT_REMOTE, ERR_REMOTE, "refused: the result is false");
	adapter__word(x);
}

/* A success without an id is a record that exists, and that we do not know the name of. */
void edusign_port__create_finish(struct exchange *x)
{
	struct edusign_port__question *q = x->adapter;
	const struct json *result;
	struct str id;
	if (edusign_port__result(x, x->arena, &result)) {
		if (edusign_port__id(result, &id))
			adapter__untrusted(x, ERR_MISSING, "the answer does not say the id of the new record");
		else if ((id = arena_str(q->keep, id)).p)
			*q->id_out = id;
		else
			adapter__exhausted(x);
	}
	adapter__word(x);
}

void edusign_port__find_finish(struct exchange *x)
{
	struct edusign_port__question *q = x->adapter;
	const struct json *result;
	struct str id;
	int rc;
	if (!edusign_port__result(x, x->arena, &result)) {
		if (edusign_port__is_absent(x))
			edusign_port__clear(x);
	} else if (!edusign_port__is_none(result)) {
		rc = edusign_port__id(result, &id);
		if (rc == ERR_CONFLICT)
			fault_set(&x->fault, FAULT_REMOTE, rc, "several records bear this API_ID");
		else if (rc)
			adapter__untrusted(x, rc, "the answer holds no id");
		else if ((id = arena_str(q->keep, id)).p)
			*q->id_out = id;
		else
			adapter__exhausted(x);
	}
	adapter__word(x);
}
