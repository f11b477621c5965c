#include "core/data/schema.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/tz.h"

#define MISTAKES_MAX     500

/* ---- mistakes ---- */

void mistakes_init(struct mistakes *m, struct arena *arena, const char *file, struct str text)
{
	*m = (struct mistakes){.arena = arena, .file = file, .text = text};
}

static void add_mistake(struct mistakes *m, size_t offset, const char *key, const char *text)
{
	if (m->list.n >= MISTAKES_MAX)
		return;
	struct mistake *items = m->list.v;
	if (!key || !text || arena_grow(m->arena, &items, &m->cap, m->list.n + 1, sizeof(*items))) {
		m->error = ERR_LIMIT;
		return;
	}
	m->list.v = items;
	struct mistake *one = &items[m->list.n++];
	*one = (struct mistake){.offset = offset, .key = key, .text = text};
	if (offset != MISTAKE_NOWHERE)
		json_position(m->text, offset, &one->line, &one->column);
}

void mistakes_add(struct mistakes *m, size_t offset, const char *key, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	add_mistake(m, offset, arena_strz(m->arena, key), arena_vprintf(m->arena, fmt, ap));
	va_end(ap);
}

static int by_place(const void *a, const void *b)
{
	const struct mistake *x = a, *y = b;
	/* what concerns the whole file comes first: its offset is the greatest */
	size_t i = x->offset + 1, j = y->offset + 1;
	return i != j ? (i < j ? -1 : 1) : strcmp(x->key, y->key);
}

void mistakes_print(struct mistakes *m, struct buf *out)
{
	struct mistake *items = m->list.v;
	if (m->list.n)
		qsort(items, m->list.n, sizeof(*items), by_place);
	for (size_t i = 0; i < m->list.n; i++) {
		buf_addz(out, m->file);
		if (items[i].line)
			buf_printf(out, ":%u:%u", items[i].line, items[i].column);
		buf_printf(out, ": %s%s%s\n", items[i].key, items[i].key[0] ? ": " : "", items[i].text);
	}
	if (m->error)
		buf_printf(out, "%s: %s\n", m->file, err_text(m->error));
}

/* ---- paths and words ---- */

static const char *join(struct mistakes *m, const char *path, struct str key)
{
	return path[0] ? arena_printf(m->arena, "%s.%.*s", path, STR_ARG(key)) : arena_str(m->arena, key).p;
}

void schema_mistake(struct mistakes *m, const struct json *object, const char *path, const char *key, const char *fmt,
                    ...)
{
	const struct json *at = key ? json_get(object, key) : NULL;
	if (!at)
		at = object;
	va_list ap;
	va_start(ap, fmt);
	const char *text = arena_vprintf(m->arena, fmt, ap);
	va_end(ap);
	add_mistake(m, at ? at->offset : MISTAKE_NOWHERE,
	            key ? join(m, path, str_of(key)) : arena_strz(m->arena, path), text);
}

#define WORD_MAX 40

/* How many letters must be added, dropped, changed or swapped with their neighbour. */
static size_t distance(struct str a, const char *b)
{
	size_t n = strlen(b);
	if (a.n > WORD_MAX || n > WORD_MAX)
		return WORD_MAX;
	size_t rows[3][WORD_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2];
	for (size_t j = 0; j <= n; j++)
		last[j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		now[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t best = last[j - 1] + (a.p[i - 1] != b[j - 1]);
			if (last[j] + 1 < best)
				best = last[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a.p[i - 1] == b[j - 2] && a.p[i - 2] == b[j - 1] &&
			    before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
		size_t *oldest = before;
		before = last;
		last = now;
		now = oldest;
	}
	return last[n];
}

const char *schema_nearest(struct str s, const char *const *words, size_t count)
{
	const char *best = NULL;
	size_t least = 3;
	for (size_t i = 0; i < count; i++) {
		size_t d = distance(s, words[i]);
		if (d < least && d * 2 < strlen(words[i])) {
			least = d;
			best = words[i];
		}
	}
	return best;
}

static size_t word_count(const char *const *words)
{
	size_t n = 0;
	while (words[n])
		n++;
	return n;
}

/* "a", "b" or "c" */
static void add_words(struct buf *b, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(b, "%s\"%s\"", i == 0 ? "" : i + 1 < n ? ", " : " or ", words[i]);
}

static const char *take(struct mistakes *m, struct buf *b)
{
	const char *text = arena_str(m->arena, buf_str(b)).p;
	buf_deinit(b);
	return text ? text : "";
}

/* ---- what was found, what is expected ---- */

/* As it stands in the file, cut. */
static const char *found(struct mistakes *m, const struct json *j)
{
	switch (j->kind) {
	case JSON_NULL:
		return "null";
	case JSON_BOOL:
		return j->boolean ? "true" : "false";
	case JSON_NUMBER:
		return arena_printf(m->arena, "%.*s", j->text.n > 30 ? 30 : (int)j->text.n, j->text.p);
	case JSON_STRING: {
		size_t n = j->text.n > 60 ? 60 : j->text.n;
		while (n && n < j->text.n && ((unsigned char)j->text.p[n] & 0xc0) == 0x80)
			n--;
		for (size_t i = 0; i < n; i++)
			if ((unsigned char)j->text.p[i] < ' ')
				return "a text with a control character";
		return arena_printf(m->arena, "\"%.*s%s\"", (int)n, n ? j->text.p : "", n < j->text.n ? "…" : "");
	}
	case JSON_ARRAY:
		return "a list";
	case JSON_OBJECT:
		return "an object";
	}
	return "";
}

static void expect_range(struct buf *b, const struct schema_field *f, const char *what)
{
	if (f->max == INT64_MAX)
		buf_printf(b, "%s of at least %lld", what, (long long)f->min);
	else
		buf_printf(b, "%s from %lld to %lld", what, (long long)f->min, (long long)f->max);
}

static void expect_text(struct buf *b, const struct schema_field *f)
{
	buf_printf(b, "a text of %lld to %lld characters", (long long)(f->max ? f->min : 1),
	           (long long)(f->max ? f->max : SCHEMA_TEXT_MOST));
}

static const char *expected(struct mistakes *m, const struct schema_field *f)
{
	if (f->expect)
		return f->expect;
	struct buf b;
	buf_init(&b, 4096);
	switch (f->type) {
	case SCHEMA_BOOL:
		buf_addz(&b, "true or false");
		break;
	case SCHEMA_INT:
		expect_range(&b, f, "a whole number");
		break;
	case SCHEMA_TEXT:
		expect_text(&b, f);
		break;
	case SCHEMA_ENUM:
		add_words(&b, f->words, word_count(f->words));
		break;
	case SCHEMA_TIMES:
		buf_addz(&b, "a list of times such as \"22:00\"");
		break;
	case SCHEMA_TEXTS:
		buf_addz(&b, "a list of texts");
		break;
	case SCHEMA_SET:
		buf_addz(&b, "a list of one or more of ");
		add_words(&b, f->words, word_count(f->words));
		break;
	case SCHEMA_LIST:
		expect_range(&b, f, "a list of objects, their number");
		break;
	case SCHEMA_OBJECT:
	case SCHEMA_ANY:
		buf_addz(&b, "an object");
		break;
	case SCHEMA_TEXT_MAP:
		buf_addz(&b, "an object whose values are texts");
		break;
	case SCHEMA_INT_MAP:
		expect_range(&b, f, "an object whose values are whole numbers");
		break;
	}
	return take(m, &b);
}

static void wrong(struct mistakes *m, const struct json *j, const char *path, const struct schema_field *f)
{
	mistakes_add(m, j->offset, path, "is %s, expected %s", found(m, j), expected(m, f));
}

/* ---- one value ---- */

struct place {
	struct mistakes *m;
	const char *path;
	const struct schema_field *f;
	void *to;
};

static size_t characters(struct str s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

static bool is_line(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 127)
			return false;
	return true;
}

static void read_int(struct place *p, const struct json *j)
{
	int64_t v;
	if (j->kind != JSON_NUMBER || !json_is_int(j, &v) || v < p->f->min || v > p->f->max)
		wrong(p->m, j, p->path, p->f);
	else
		*(int64_t *)p->to = v;
}

static struct arena *keep_of(const struct mistakes *m)
{
	return m->keep ? m->keep : m->arena;
}

static struct str kept(struct mistakes *m, struct str s)
{
	struct str copy = m->keep ? arena_str(m->keep, s) : s;
	if (s.p && !copy.p)
		m->error = ERR_LIMIT;
	return copy;
}

static void read_text(struct place *p, const struct json *j)
{
	size_t least = p->f->max ? (size_t)p->f->min : 1, most = p->f->max ? (size_t)p->f->max : SCHEMA_TEXT_MOST;
	if (j->kind != JSON_STRING || !is_line(j->text)) {
		wrong(p->m, j, p->path, p->f);
		return;
	}
	size_t n = characters(j->text);
	if (n > most && !p->f->expect)
		mistakes_add(p->m, j->offset, p->path, "has %zu characters, expected %s", n, expected(p->m, p->f));
	else if (n < least || n > most)
		wrong(p->m, j, p->path, p->f);
	else
		*(struct str *)p->to = kept(p->m, j->text);
}

static int find_word(const char *const *words, struct str s)
{
	for (int i = 0; words[i]; i++)
		if (str_eqz(s, words[i]))
			return i;
	return -1;
}

static void wrong_word(struct place *p, const struct json *j)
{
	const char *near =
	        j->kind == JSON_STRING ? schema_nearest(j->text, p->f->words, word_count(p->f->words)) : NULL;
	if (near)
		mistakes_add(p->m, j->offset, p->path, "is %s, expected %s; did you mean \"%s\"?", found(p->m, j),
		             expected(p->m, p->f), near);
	else
		wrong(p->m, j, p->path, p->f);
}

static void read_enum(struct place *p, const struct json *j)
{
	int i = j->kind == JSON_STRING ? find_word(p->f->words, j->text) : -1;
	if (i < 0)
		wrong_word(p, j);
	else
		*(int *)p->to = i;
}

static const char *element(struct place *p, size_t i)
{
	const char *path = arena_printf(p->m->arena, "%s[%zu]", p->path, i);
	return path ? path : "";
}

static void read_set(struct place *p, const struct json *j)
{
	if (j->kind != JSON_ARRAY || !j->count) {
		wrong(p->m, j, p->path, p->f);
		return;
	}
	unsigned set = 0;
	size_t n = 0;
	for (const struct json *e = j->first; e; e = e->next, n++) {
		struct place one = {p->m, element(p, n), p->f, NULL};
		int i = e->kind == JSON_STRING ? find_word(p->f->words, e->text) : -1;
		if (i < 0)
			wrong_word(&one, e);
		else if (set & (1u << i))
			mistakes_add(p->m, e->offset, one.path, "is %s once more, expected each once",
			             found(p->m, e));
		else
			set |= 1u << i;
	}
	if (set)
		*(unsigned *)p->to = set;
}

static bool to_minutes(struct str s, int64_t *out)
{
	int seconds;
	if (s.n != 5 || daytime_parse(s, &seconds) || seconds >= 24 * 3600)
		return false;
	*out = seconds / 60;
	return true;
}

static void read_times(struct place *p, const struct json *j)
{
	struct ints *to = p->to;
	int64_t *v = j->kind == JSON_ARRAY ? arena_array(keep_of(p->m), j->count, sizeof(*v)) : NULL;
	if (!v) {
		wrong(p->m, j, p->path, p->f);
		return;
	}
	size_t n = 0, at = 0;
	for (const struct json *e = j->first; e; e = e->next, at++) {
		int64_t minute;
		if (e->kind != JSON_STRING || !to_minutes(e->text, &minute)) {
			mistakes_add(p->m, e->offset, element(p, at),
			             "is %s, expected a time from \"00:00\" to \"23:59\"", found(p->m, e));
			continue;
		}
		size_t i = 0;
		while (i < n && v[i] != minute)
			i++;
		if (i < n)
			mistakes_add(p->m, e->offset, element(p, at), "is %s once more, expected each time once",
			             found(p->m, e));
		else
			v[n++] = minute;
	}
	*to = (struct ints){v, n};
}

static void read_texts(struct place *p, const struct json *j)
{
	struct str *v = j->kind == JSON_ARRAY ? arena_array(keep_of(p->m), j->count, sizeof(*v)) : NULL;
	if (!v) {
		wrong(p->m, j, p->path, p->f);
		return;
	}
	size_t n = 0, at = 0;
	for (const struct json *e = j->first; e; e = e->next, at++) {
		if (e->kind != JSON_STRING || str_empty(e->text) || !is_line(e->text))
			mistakes_add(p->m, e->offset, element(p, at), "is %s, expected a text", found(p->m, e));
		else
			v[n++] = kept(p->m, e->text);
	}
	*(struct texts *)p->to = (struct texts){v, n};
}

static void duplicate(struct mistakes *m, const struct json *object, const struct json *j, const char *path)
{
	for (const struct json *k = object->first; k != j; k = k->next) {
		if (!str_eq(k->key, j->key))
			continue;
		unsigned line, column;
		json_position(m->text, k->offset, &line, &column);
		mistakes_add(m, j->offset, path, "is given twice (first on line %u), expected once", line);
		return;
	}
}

static void read_map(struct place *p, const struct json *j)
{
	struct schema_pair *v = j->kind == JSON_OBJECT ? arena_array(keep_of(p->m), j->count, sizeof(*v)) : NULL;
	if (!v) {
		wrong(p->m, j, p->path, p->f);
		return;
	}
	size_t n = 0;
	bool texts = p->f->type == SCHEMA_TEXT_MAP;
	for (const struct json *e = j->first; e; e = e->next) {
		const char *path = join(p->m, p->path, e->key);
		duplicate(p->m, j, e, path ? path : "");
		struct schema_pair *pair = &v[n];
		struct schema_field value = {.type = texts ? SCHEMA_TEXT : SCHEMA_INT,
		                             .min = texts ? 0 : p->f->min,
		                             .max = texts ? 0 : p->f->max};
		struct place one = {p->m, path ? path : "", &value,
		                    texts ? (void *)&pair->text : (void *)&pair->number};
		size_t before = p->m->list.n;
		if (texts)
			read_text(&one, e);
		else
			read_int(&one, e);
		if (p->m->list.n != before)
			continue;
		pair->key = kept(p->m, e->key);
		pair->at = e;
		n++;
	}
	*(struct items *)p->to = (struct items){v, n};
}

/* ---- objects ---- */

static void read_object(const struct schema *schema, const struct json *object, void *out, const char *path,
                        struct mistakes *m);

static void read_list(struct place *p, const struct json *j)
{
	if (j->kind != JSON_ARRAY || (int64_t)j->count < p->f->min || (int64_t)j->count > p->f->max) {
		wrong(p->m, j, p->path, p->f);
		return;
	}
	const struct schema *sub = p->f->sub;
	char *v = arena_array(p->m->arena, j->count, sub->size);
	if (!v) {
		p->m->error = ERR_LIMIT;
		return;
	}
	size_t n = 0;
	for (const struct json *e = j->first; e; e = e->next, n++)
		read_object(sub, e, v + n * sub->size, element(p, n), p->m);
	*(struct items *)p->to = (struct items){v, n};
}

static void read_value(struct place *p, const struct json *j)
{
	if (j->kind == JSON_NULL && (p->f->flags & SCHEMA_NULL))
		return;
	switch (p->f->type) {
	case SCHEMA_BOOL:
		if (j->kind == JSON_BOOL)
			*(bool *)p->to = j->boolean;
		else
			wrong(p->m, j, p->path, p->f);
		break;
	case SCHEMA_INT:
		read_int(p, j);
		break;
	case SCHEMA_TEXT:
		read_text(p, j);
		break;
	case SCHEMA_ENUM:
		read_enum(p, j);
		break;
	case SCHEMA_TIMES:
		read_times(p, j);
		break;
	case SCHEMA_TEXTS:
		read_texts(p, j);
		break;
	case SCHEMA_SET:
		read_set(p, j);
		break;
	case SCHEMA_OBJECT:
		read_object(p->f->sub, j, p->to, p->path, p->m);
		break;
	case SCHEMA_LIST:
		read_list(p, j);
		break;
	case SCHEMA_TEXT_MAP:
	case SCHEMA_INT_MAP:
		read_map(p, j);
		break;
	case SCHEMA_ANY:
		if (j->kind != JSON_OBJECT)
			wrong(p->m, j, p->path, p->f);
		break;
	}
}

static struct ints default_times(struct arena *arena, const char *text)
{
	struct str s = str_of(text);
	size_t n = 0;
	int64_t *v = arena_array(arena, s.n / 6 + 1, sizeof(*v));
	for (size_t at = 0; v && at + 5 <= s.n; at += 6)
		n += to_minutes((struct str){s.p + at, 5}, &v[n]);
	return (struct ints){v, n};
}

static void set_default(const struct schema_field *f, void *to, struct arena *arena)
{
	switch (f->type) {
	case SCHEMA_BOOL:
		*(bool *)to = f->number != 0;
		break;
	case SCHEMA_INT:
		*(int64_t *)to = f->number;
		break;
	case SCHEMA_ENUM:
		*(int *)to = (int)f->number;
		break;
	case SCHEMA_SET:
		*(unsigned *)to = (unsigned)f->number;
		break;
	case SCHEMA_TEXT:
		*(struct str *)to = str_of(f->text);
		break;
	case SCHEMA_TIMES:
		*(struct ints *)to = default_times(arena, f->text);
		break;
	default: /* empty */
		break;
	}
}

static void set_defaults(const struct schema *schema, char *out, struct arena *arena)
{
	for (size_t i = 0; i < schema->count; i++) {
		const struct schema_field *f = &schema->fields[i];
		if (f->type == SCHEMA_OBJECT)
			set_defaults(f->sub, out + f->offset, arena);
		else
			set_default(f, out + f->offset, arena);
	}
}

/* Is what was read the default? Of the types that a later key may have. */
static bool is_default(const struct schema_field *f, const void *to, const struct json *j)
{
	switch (f->type) {
	case SCHEMA_BOOL:
		return *(const bool *)to == (f->number != 0);
	case SCHEMA_INT:
		return *(const int64_t *)to == f->number;
	case SCHEMA_ENUM:
		return *(const int *)to == (int)f->number;
	case SCHEMA_SET:
		return *(const unsigned *)to == (unsigned)f->number;
	case SCHEMA_TEXT:
		return str_eqz(*(const struct str *)to, f->text ? f->text : "");
	default:
		return j->count == 0;
	}
}

static void unknown_key(const struct schema *schema, const struct json *j, const char *path, struct mistakes *m)
{
	const char **keys = arena_array(m->arena, schema->count, sizeof(*keys));
	if (!keys) {
		m->error = ERR_LIMIT;
		return;
	}
	for (size_t i = 0; i < schema->count; i++)
		keys[i] = schema->fields[i].key;
	const char *near = schema_nearest(j->key, keys, schema->count);
	if (near) {
		mistakes_add(m, j->offset, path, "is an unknown key, did you mean \"%s\"?", near);
		return;
	}
	struct buf b;
	buf_init(&b, 4096);
	add_words(&b, keys, schema->count);
	mistakes_add(m, j->offset, path, "is an unknown key, expected %s", take(m, &b));
}

static const struct schema_field *find_field(const struct schema *schema, struct str key)
{
	for (size_t i = 0; i < schema->count; i++)
		if (str_eqz(key, schema->fields[i].key))
			return &schema->fields[i];
	return NULL;
}

static void read_member(const struct schema *schema, const struct json *object, const struct json *j, char *out,
                        const char *path, struct mistakes *m)
{
	const char *name = join(m, path, j->key);
	struct place p = {m, name ? name : "", find_field(schema, j->key), NULL};
	if (!p.f) {
		unknown_key(schema, j, p.path, m);
		return;
	}
	duplicate(m, object, j, p.path);
	p.to = out + p.f->offset;
	size_t before = m->list.n;
	read_value(&p, j);
	if ((p.f->flags & SCHEMA_LATER) && m->list.n == before && !is_default(p.f, p.to, j))
		mistakes_add(m, j->offset, p.path, "is not available in this version, expected %s",
		             p.f->type == SCHEMA_ENUM   ? arena_printf(m->arena, "\"%s\"", p.f->words[p.f->number])
		             : p.f->type == SCHEMA_BOOL ? (p.f->number ? "true" : "false")
		             : p.f->type == SCHEMA_TEXT ? "null"
		                                        : "nothing in it");
}

static void read_object(const struct schema *schema, const struct json *object, void *out, const char *path,
                        struct mistakes *m)
{
	set_defaults(schema, out, keep_of(m));
	if (object->kind != JSON_OBJECT) {
		mistakes_add(m, object->offset, path, "is %s, expected an object", found(m, object));
		return;
	}
	memcpy((char *)out + schema->at, &object, sizeof(object));
	for (const struct json *j = object->first; j; j = j->next)
		read_member(schema, object, j, out, path, m);
	for (size_t i = 0; i < schema->count; i++) {
		const struct schema_field *f = &schema->fields[i];
		if ((f->flags & SCHEMA_REQUIRED) && !json_get(object, f->key))
			mistakes_add(m, object->offset, join(m, path, str_of(f->key)), "is missing, expected %s",
			             expected(m, f));
	}
}

void schema_read(const struct schema *schema, const struct json *root, void *out, struct mistakes *m)
{
	memset(out, 0, schema->size);
	read_object(schema, root, out, "", m);
}

/* The reader stands behind what it could not take. */
static void not_json(struct mistakes *m, int rc, size_t offset, const char *message)
{
	const char *p = m->text.p;
	size_t at = offset ? offset - 1 : 0, before = at;
	while (before && strchr(" \t\r\n", p[before - 1]))
		before--;
	if (rc == ERR_EMPTY)
		mistakes_add(m, MISTAKE_NOWHERE, "", "is empty, expected an object");
	else if (rc == ERR_NOT_JSON)
		mistakes_add(m, offset, "", "is not JSON, expected an object or a comment (// or /* */)");
	else if (rc == ERR_TRUNCATED)
		mistakes_add(m, offset, "", "ends too early, expected a closing bracket or quote");
	else if (rc != ERR_SYNTAX || !m->text.n)
		mistakes_add(m, offset, "", "cannot be read: %s", message[0] ? message : err_text(rc));
	else if (strchr("}]", p[at]) && before && p[before - 1] == ',')
		mistakes_add(m, before - 1, "", "is not valid JSON: a comma before a closing bracket, expected none");
	else if (p[at] == '\'')
		mistakes_add(m, at, "", "is not valid JSON: a single quote, expected double quotes");
	else
		mistakes_add(m, at, "",
		             "is not valid JSON from here, expected a comma, a colon, a bracket or a value");
}

void schema_read_text(const struct schema *schema, struct str text, void *out, struct mistakes *m)
{
	memset(out, 0, schema->size);
	set_defaults(schema, out, keep_of(m));
	struct json_options options = {.comments = true, .max_depth = 16, .max_text = 65536};
	const struct json *root = NULL;
	size_t offset = 0;
	char message[160] = "";
	int rc = json_parse(m->arena, text, &options, &root, &offset, message);
	if (rc)
		not_json(m, rc, offset, message);
	else
		schema_read(schema, root, out, m);
}
