#include "adapters/adapter_p.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define QUOTE_MOST 80

/* ---- words ---- */

static bool is_separator(char c)
{
	return c == '\0' || strchr(" \t\r\n\"<>(),;/=?&:[]{}", c) != NULL;
}

/* Whether the word of n bytes may be an e-mail address, as it is or percent-encoded. */
static bool is_address(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] == '@' || (p[i] == '%' && i + 2 < n && p[i + 1] == '4' && p[i + 2] == '0'))
			return true;
	return false;
}

/* Text with what looks like an e-mail address as "…", cut at most bytes at a character's boundary. */
static void mask(struct str in, char *out, size_t size)
{
	size_t at = 0, n = 0;
	bool cut = false;
	while (at < in.n && !cut) {
		size_t end = at;
		while (end < in.n && !is_separator(in.p[end]))
			end++;
		if (end == at)
			end++;
		struct str word = is_address(in.p + at, end - at) ? STR("…") : (struct str){in.p + at, end - at};
		size_t part = word.n < size - 1 - n ? word.n : size - 1 - n;
		memcpy(out + n, word.p, part);
		n += part;
		at = end;
		cut = part < word.n;
	}
	while (cut && n && ((unsigned char)out[n - 1] & 0xC0) == 0x80)
		n--; /* a character that may have been cut */
	if (cut && n && (unsigned char)out[n - 1] >= 0xC0)
		n--;
	out[n] = '\0';
}

const char *adapter__quote(struct str text, char out[ADAPTER__QUOTE])
{
	struct str s = str_trim(text);
	mask(s, out, QUOTE_MOST + 1);
	if (strlen(out) + 1 > QUOTE_MOST)
		snprintf(out + strlen(out), sizeof("…"), "…");
	for (char *p = out; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			*p = '?';
	if (!str_is_utf8(str_of(out)))
		for (char *p = out; *p; p++)
			if ((unsigned char)*p > 126)
				*p = '?';
	return out;
}

/* What a refusal says for itself, where it is JSON with a "message". */
static void add_message(struct exchange *x)
{
	const struct json *doc;
	struct str head = {x->reply.head, x->reply.head_n};
	char quote[ADAPTER__QUOTE];
	if (x->reply.status < 400 || json_parse(x->arena, head, NULL, &doc, NULL, NULL))
		return;
	struct str message = json_text(json_get(doc, "message"));
	if (str_empty(message))
		return;
	size_t n = strlen(x->fault.what);
	snprintf(x->fault.what + n, sizeof(x->fault.what) - n, ": «%s»", adapter__quote(message, quote));
}

void adapter__word(struct exchange *x)
{
	const struct adapter__question *q = x->adapter;
	char masked[sizeof(x->fault.what)];
	if (!fault_is(&x->fault))
		return;
	x->fault.http_status = x->reply.status;
	mask(str_of(x->fault.what), masked, sizeof(masked));
	memcpy(x->fault.what, masked, sizeof(masked));
	add_message(x);
	fault_prefix(&x->fault, "%s %s", q->side->vendor, q->endpoint->name);
}

void adapter__untrusted(struct exchange *x, int code, const char *fmt, ...)
{
	char what[sizeof(x->fault.what)];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	bool cut_short = code == ERR_EMPTY || code == ERR_TRUNCATED; /* may be whole the next time */
	enum fault_class read = cut_short ? FAULT_TRANSIENT : FAULT_DATA;
	const struct adapter__question *q = x->adapter;
	bool elsewhere = code == ERR_NOT_JSON && q; /* most likely not the vendor at all */
	fault_set(&x->fault, x->request.effect == FETCH_READ ? read : FAULT_UNCERTAIN, code, "%s%s%s", what,
	          elsewhere ? " from " : "", elsewhere ? q->side->address.p : "");
	x->fault.http_status = x->reply.status;
}

struct str adapter__raw(const struct adapter__question *q)
{
	return q->raw.n ? buf_str(&q->raw) : STR_NONE;
}

/* ---- lists ---- */

void adapter__stage(struct adapter__question *q, struct arena *keep, struct items *out, size_t size)
{
	q->list = (struct adapter__list){.keep = keep, .out = out, .size = size};
}

void *adapter__list_add(struct adapter__question *q)
{
	struct adapter__list *l = &q->list;
	if (arena_grow(l->keep, &l->v, &l->cap, l->n + 1, l->size)) {
		q->exhausted = true;
		return NULL;
	}
	void *item = (char *)l->v + l->n++ * l->size;
	memset(item, 0, l->size);
	return item;
}

struct str adapter__copy(struct adapter__question *q, struct arena *keep, struct str s)
{
	s = str_trim(s);
	if (str_empty(s))
		return STR_NONE;
	s = arena_str(keep, s);
	if (!s.p)
		q->exhausted = true;
	return s;
}

int adapter__refuse(struct adapter__question *q, int code, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(q->why, sizeof(q->why), fmt, ap);
	va_end(ap);
	return q->why_code = code;
}

/* The caller's list grows by what this answer gave. */
static bool hand_over(struct adapter__question *q)
{
	struct adapter__list *l = &q->list;
	struct items *out = l->out;
	if (l->n == 0)
		return true;
	if (out->n == 0) {
		*out = (struct items){l->v, l->n};
		return true;
	}
	char *all = arena_array(l->keep, out->n + l->n, l->size);
	if (!all)
		return false;
	memcpy(all, out->v, out->n * l->size);
	memcpy(all + out->n * l->size, l->v, l->n * l->size);
	*out = (struct items){all, out->n + l->n};
	return true;
}

bool adapter__settle(struct exchange *x)
{
	struct adapter__question *q = x->adapter;
	if (q->exhausted)
		adapter__exhausted(x);
	else if (q->why_code)
		adapter__untrusted(x, q->why_code, "%s", q->why);
	if (!fault_is(&x->fault) && q->list.out && !hand_over(q))
		adapter__exhausted(x);
	q->exhausted = false;
	q->why_code = 0;
	adapter__stage(q, q->list.keep, q->list.out, q->list.size);
	if (!fault_is(&x->fault))
		return true;
	adapter__word(x);
	return false;
}
