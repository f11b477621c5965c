#include <stdio.h>
#include <string.h>

#include "core/data/json.h"
#include "core/data/json_p.h"

#define DEPTH_MOST 64

void json_write_init(struct json_writer *w, struct buf *out, bool pretty)
{
	*w = (struct json_writer){.out = out, .pretty = pretty};
}

static void new_line(struct json_writer *w)
{
	buf_addc(w->out, '\n');
	for (unsigned i = 0; i < w->depth; i++)
		buf_addz(w->out, "  ");
}

/* The bit of the container that is open; none at the top, and none beyond the depth where the buffer failed. */
static uint64_t here(const struct json_writer *w)
{
	return w->depth && w->depth <= DEPTH_MOST ? UINT64_C(1) << (w->depth - 1) : 0;
}

static void comma(struct json_writer *w)
{
	if (w->has_items & here(w))
		buf_addc(w->out, ',');
	w->has_items |= here(w);
	if (w->pretty && w->depth)
		new_line(w);
}

/* What stands before a value: nothing behind a key, else a comma where something went before. */
static void before(struct json_writer *w)
{
	if (w->after_key) {
		w->after_key = false;
		return;
	}
	BUG_UNLESS(!(w->is_object & here(w)));
	BUG_UNLESS(w->depth || !w->begun);
	w->begun = true;
	comma(w);
}

static void begin(struct json_writer *w, bool object)
{
	before(w);
	buf_addc(w->out, object ? '{' : '[');
	if (++w->depth > DEPTH_MOST) {
		w->out->error = ERR_LIMIT;
		return;
	}
	w->has_items &= ~here(w);
	w->is_object = object ? w->is_object | here(w) : w->is_object & ~here(w);
}

static void end(struct json_writer *w, bool object)
{
	REQUIRE(w->depth > 0 && !w->after_key);
	BUG_UNLESS(w->depth > DEPTH_MOST || object == ((w->is_object & here(w)) != 0));
	bool any = w->has_items & here(w);
	w->depth--;
	if (w->pretty && any)
		new_line(w);
	buf_addc(w->out, object ? '}' : ']');
}

void json_write_begin_object(struct json_writer *w)
{
	begin(w, true);
}

void json_write_end_object(struct json_writer *w)
{
	end(w, true);
}

void json_write_begin_array(struct json_writer *w)
{
	begin(w, false);
}

void json_write_end_array(struct json_writer *w)
{
	end(w, false);
}

/* As JavaScript writes it: a text that is written anew is the text that its vendor signed. */
static void escaped(struct buf *b, unsigned char c)
{
	static const char plain[] = "\"\\\b\f\n\r\t", letter[] = "\"\\bfnrt";
	const char *at = c ? strchr(plain, c) : NULL;
	if (at)
		buf_printf(b, "\\%c", letter[at - plain]);
	else
		buf_printf(b, "\\u%04x", c);
}

static void quoted(struct buf *b, struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t from = 0;
	buf_addc(b, '"');
	for (size_t i = 0; i < s.n;) {
		size_t n = json__char(p + i, s.n - i);
		bool plain = n && p[i] >= 0x20 && p[i] != '"' && p[i] != '\\';
		if (plain) {
			i += n;
			continue;
		}
		buf_add(b, s.p + from, i - from);
		if (n == 0)
			buf_addz(b, "\xef\xbf\xbd");
		else
			escaped(b, p[i]);
		i++;
		from = i;
	}
	if (s.n > from)
		buf_add(b, s.p + from, s.n - from);
	buf_addc(b, '"');
}

void json_write_key_str(struct json_writer *w, struct str key)
{
	BUG_UNLESS(!w->after_key && (w->depth > DEPTH_MOST || (w->is_object & here(w))));
	comma(w);
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

static void write_scalar(struct json_writer *w, const struct json *j)
{
	switch (j->kind) {
	case JSON_BOOL:
		json_write_bool(w, j->boolean);
		break;
	case JSON_NUMBER:
		json_write_number(w, j->text);
		break;
	case JSON_STRING:
		json_write_str(w, j->text);
		break;
	default:
		json_write_null(w);
	}
}

/* Without recursion: a tree may be as deep as its reader allowed. */
void json_write_tree(struct json_writer *w, const struct json *root)
{
	const struct json *parents[DEPTH_MOST];
	unsigned depth = 0;
	for (const struct json *j = root; j;) {
		if (depth && parents[depth - 1]->kind == JSON_OBJECT)
			json_write_key_str(w, j->key);
		bool holds = j->kind == JSON_OBJECT || j->kind == JSON_ARRAY;
		if (holds) {
			begin(w, j->kind == JSON_OBJECT);
			if (j->first) {
				REQUIRE(depth < DEPTH_MOST);
				parents[depth++] = j;
				j = j->first;
				continue;
			}
			end(w, j->kind == JSON_OBJECT);
		} else {
			write_scalar(w, j);
		}
		while (depth && !j->next) {
			j = parents[--depth];
			end(w, j->kind == JSON_OBJECT);
		}
		j = depth ? j->next : NULL;
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
