#include <stdio.h>
#include <string.h>

#include "core/data/json.h"

#define DEPTH_MOST 63

void json_write_init(struct json_writer *w, struct buf *out, bool pretty)
{
	*w = (struct json_writer){ .out = out, .pretty = pretty };
}

static void new_line(struct json_writer *w)
{
	buf_addc(w->out, '\n');
	for (unsigned i = 0; i < w->depth; i++)
		buf_addz(w->out, "  ");
}

/* What stands before a value: nothing behind a key, else a comma where something went before. */
static void before(struct json_writer *w)
{
	if (w->after_key) {
		w->after_key = false;
		return;
	}
	uint64_t bit = UINT64_C(1) << w->depth;
	if (w->has_items & bit)
		buf_addc(w->out, ',');
	w->has_items |= bit;
	if (w->pretty && w->depth)
		new_line(w);
}

static void begin(struct json_writer *w, char c)
{
	before(w);
	buf_addc(w->out, c);
	REQUIRE(w->depth < DEPTH_MOST);
	w->depth++;
	w->has_items &= ~(UINT64_C(1) << w->depth);
}

static void end(struct json_writer *w, char c)
{
	REQUIRE(w->depth > 0 && !w->after_key);
	bool any = w->has_items & (UINT64_C(1) << w->depth);
	w->depth--;
	if (w->pretty && any)
		new_line(w);
	buf_addc(w->out, c);
}

void json_write_begin_object(struct json_writer *w) { begin(w, '{'); }
void json_write_end_object(struct json_writer *w) { end(w, '}'); }
void json_write_begin_array(struct json_writer *w) { begin(w, '['); }
void json_write_end_array(struct json_writer *w) { end(w, ']'); }

/* The length of the valid UTF-8 character at p, 0 when there is none. */
static size_t char_length(const unsigned char *p, size_t n)
{
	size_t want = p[0] < 0x80 ? 1 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3 : p[0] >= 0xf0 && p[0] < 0xf5 ? 4 : 0;
	if (want == 0 || want > n)
		return 0;
	for (size_t i = 1; i < want; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return want;
}

static void quoted(struct buf *b, struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t from = 0;
	buf_addc(b, '"');
	for (size_t i = 0; i < s.n;) {
		size_t n = char_length(p + i, s.n - i);
		bool plain = n && p[i] >= 0x20 && p[i] != '"' && p[i] != '\\';
		if (plain) {
			i += n;
			continue;
		}
		buf_add(b, s.p + from, i - from);
		if (n == 0)
			buf_addz(b, "\xef\xbf\xbd");
		else if (p[i] == '"' || p[i] == '\\')
			buf_printf(b, "\\%c", p[i]);
		else
			buf_printf(b, "\\u%04x", p[i]);
		i++;
		from = i;
	}
	if (s.n > from)
		buf_add(b, s.p + from, s.n - from);
	buf_addc(b, '"');
}

void json_write_key_str(struct json_writer *w, struct str key)
{
	REQUIRE(!w->after_key);
	before(w);
	quoted(w->out, key);
	buf_addz(w->out, w->pretty ? ": " : ":");
	w->after_key = true;
}

void json_write_key(struct json_writer *w, const char *key)
{
	json_write_key_str(w, str_of(key));
}

void json_write_null(struct json_writer *w)
{
	before(w);
	buf_addz(w->out, "null");
}

void json_write_bool(struct json_writer *w, bool value)
{
	before(w);
	buf_addz(w->out, value ? "true" : "false");
}

void json_write_int(struct json_writer *w, int64_t value)
{
	before(w);
	buf_printf(w->out, "%lld", (long long)value);
}

void json_write_str(struct json_writer *w, struct str text)
{
	before(w);
	quoted(w->out, text);
}

void json_write_text(struct json_writer *w, const char *z)
{
	if (z)
		json_write_str(w, str_of(z));
	else
		json_write_null(w);
}

void json_write_number(struct json_writer *w, struct str text)
{
	before(w);
	buf_add(w->out, text.p, text.n);
}

/* Without recursion: a tree may be as deep as its reader allowed. */
void json_write_tree(struct json_writer *w, const struct json *root)
{
	const struct json *stack[DEPTH_MOST + 2];
	unsigned depth = 0;
	const struct json *j = root;
	while (j) {
		if (j != root && !str_empty(j->key) && depth && stack[depth - 1]->kind == JSON_OBJECT)
			json_write_key_str(w, j->key);
		else if (j != root && depth && stack[depth - 1]->kind == JSON_OBJECT)
			json_write_key_str(w, STR(""));
		bool holds = j->kind == JSON_OBJECT || j->kind == JSON_ARRAY;
		if (holds)
			begin(w, j->kind == JSON_OBJECT ? '{' : '[');
		else if (j->kind == JSON_NULL)
			json_write_null(w);
		else if (j->kind == JSON_BOOL)
			json_write_bool(w, j->boolean);
		else if (j->kind == JSON_NUMBER)
			json_write_number(w, j->text);
		else
			json_write_str(w, j->text);
		if (holds && j->first) {
			stack[depth++] = j;
			j = j->first;
			continue;
		}
		if (holds)
			end(w, j->kind == JSON_OBJECT ? '}' : ']');
		while (j != root && !j->next && depth) {
			j = stack[--depth];
			end(w, j->kind == JSON_OBJECT ? '}' : ']');
		}
		j = j == root ? NULL : j->next;
	}
}

void json_put_str(struct json_writer *w, const char *key, struct str value)
{
	json_write_key(w, key);
	json_write_str(w, value);
}

void json_put_text(struct json_writer *w, const char *key, const char *z)
{
	json_write_key(w, key);
	json_write_text(w, z);
}

void json_put_int(struct json_writer *w, const char *key, int64_t value)
{
	json_write_key(w, key);
	json_write_int(w, value);
}

void json_put_bool(struct json_writer *w, const char *key, bool value)
{
	json_write_key(w, key);
	json_write_bool(w, value);
}

void json_put_null(struct json_writer *w, const char *key)
{
	json_write_key(w, key);
	json_write_null(w);
}
