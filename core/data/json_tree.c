#include <stdio.h>
#include <string.h>

#include "core/data/json.h"

#define TREE_DEPTH 64

struct builder {
	struct arena *arena;
	struct json_reader *reader;
	struct str text;
	struct json *stack[TREE_DEPTH];
	unsigned depth;
	size_t behind; /* the end of the token before this one */
	struct json *root;
	struct str key;
	size_t key_offset;
	bool has_key;
};

/* Where the token begins that the reader stands behind: after what may stand between two tokens. A text with escapes
 * is longer in the document than decoded, so that counting back would not do. */
static size_t token_start(struct builder *b)
{
	const char *p = b->text.p;
	size_t n = b->text.n, i = b->behind;
	if (i == 0 && n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		i = 3;
	for (; i < n; i++) {
		if (p[i] == '/' && i + 1 < n && p[i + 1] == '/') {
			while (i + 1 < n && p[i + 1] != '\n')
				i++;
		} else if (p[i] == '/' && i + 1 < n) {
			i += 2;
			while (i + 1 < n && !(p[i] == '*' && p[i + 1] == '/'))
				i++;
			i++;
		} else if (!p[i] || !strchr(" \t\r\n\v\f,:", p[i])) {
			break;
		}
	}
	b->behind = (size_t)json_reader_offset(b->reader);
	return i < n ? i : n;
}

static int add(struct builder *b, enum json_kind kind, struct json **out)
{
	struct json *j = arena_alloc(b->arena, sizeof(*j));
	if (!j)
		return ERR_LIMIT;
	j->kind = kind;
	size_t start = token_start(b);
	j->offset = b->has_key ? b->key_offset : start;
	j->key = b->key;
	b->has_key = false;
	b->key = STR_NONE;
	if (b->depth) {
		struct json *parent = b->stack[b->depth - 1];
		if (parent->last)
			parent->last->next = j;
		else
			parent->first = j;
		parent->last = j;
		parent->count++;
	} else {
		b->root = j;
	}
	*out = j;
	return 0;
}

static int tree_null(void *arg)
{
	struct json *j;
	return add(arg, JSON_NULL, &j);
}

static int tree_boolean(void *arg, bool value)
{
	struct json *j;
	int rc = add(arg, JSON_BOOL, &j);
	if (rc == 0)
		j->boolean = value;
	return rc;
}

static int add_text(struct builder *b, enum json_kind kind, struct str text)
{
	struct json *j;
	int rc = add(b, kind, &j);
	if (rc)
		return rc;
	j->text = arena_str(b->arena, text);
	return j->text.p ? 0 : ERR_LIMIT;
}

static int tree_number(void *arg, struct str text)
{
	return add_text(arg, JSON_NUMBER, text);
}

static int tree_string(void *arg, struct str text)
{
	return add_text(arg, JSON_STRING, text);
}

static int tree_key(void *arg, struct str text)
{
	struct builder *b = arg;
	b->key = arena_str(b->arena, text);
	b->key_offset = token_start(b);
	b->has_key = true;
	return b->key.p ? 0 : ERR_LIMIT;
}

static int push(struct builder *b, enum json_kind kind)
{
	struct json *j;
	int rc = add(b, kind, &j);
	if (rc)
		return rc;
	REQUIRE(b->depth < TREE_DEPTH);
	b->stack[b->depth++] = j;
	return 0;
}

static int tree_begin_object(void *arg)
{
	return push(arg, JSON_OBJECT);
}

static int tree_begin_array(void *arg)
{
	return push(arg, JSON_ARRAY);
}

static int tree_end(void *arg)
{
	struct builder *b = arg;
	b->depth--;
	b->behind = (size_t)json_reader_offset(b->reader);
	return 0;
}

static const struct json_events tree_events = {
        tree_null,         tree_boolean, tree_number,      tree_string, tree_key,
        tree_begin_object, tree_end,     tree_begin_array, tree_end,
};

int json_parse(struct arena *arena, struct str text, const struct json_options *options, const struct json **out,
               size_t *offset, char message[160])
{
	struct builder b = {.arena = arena, .text = text};
	struct json_options o = options ? *options : (struct json_options){0};
	if (o.max_depth == 0 || o.max_depth > TREE_DEPTH)
		o.max_depth = TREE_DEPTH;
	b.reader = json_reader_new(&tree_events, &b, &o);
	int rc = json_reader_feed(b.reader, text.p, text.n);
	if (rc == 0)
		rc = json_reader_end(b.reader);
	if (rc && offset)
		*offset =
		        (size_t)json_reader_offset(b.reader) < text.n ? (size_t)json_reader_offset(b.reader) : text.n;
	if (rc && message)
		snprintf(message, 160, "%s", json_reader_error(b.reader));
	json_reader_free(&b.reader);
	if (rc == 0)
		*out = b.root;
	return rc;
}

const struct json *json_get(const struct json *object, const char *key)
{
	const struct json *found = NULL;
	if (!object || object->kind != JSON_OBJECT)
		return NULL;
	for (const struct json *j = object->first; j; j = j->next)
		if (str_eqz(j->key, key))
			found = j;
	return found;
}

bool json_is_int(const struct json *j, int64_t *out)
{
	if (!j || (j->kind != JSON_NUMBER && j->kind != JSON_STRING))
		return false;
	struct str s = j->text;
	if (j->kind == JSON_NUMBER && s.n > 2 && memcmp(s.p + s.n - 2, ".0", 2) == 0)
		s.n -= 2;
	int64_t v;
	if (str_to_int64(s, &v) != 0)
		return false;
	*out = v;
	return true;
}

int64_t json_int(const struct json *j, int64_t def)
{
	int64_t v;
	return json_is_int(j, &v) ? v : def;
}

bool json_bool(const struct json *j, bool def)
{
	if (!j)
		return def;
	if (j->kind == JSON_BOOL)
		return j->boolean;
	if (j->kind == JSON_NUMBER || j->kind == JSON_STRING) {
		if (str_eqz(j->text, "1") || str_eqz(j->text, "true"))
			return true;
		if (str_eqz(j->text, "0") || str_eqz(j->text, "false"))
			return false;
	}
	return def;
}

struct str json_text(const struct json *j)
{
	return j && (j->kind == JSON_STRING || j->kind == JSON_NUMBER) ? j->text : STR_NONE;
}

void json_position(struct str text, size_t offset, unsigned *line, unsigned *column)
{
	*line = *column = 1;
	for (size_t i = 0; i < offset && i < text.n; i++) {
		if (text.p[i] == '\n')
			(*line)++, *column = 1;
		else if (((unsigned char)text.p[i] & 0xc0) != 0x80)
			(*column)++;
	}
}
