#include "core/data/schema.h"

#include <string.h>

/* A table as JSON Schema (2020-12): what an editor needs to help those who write the file. */

static void put_words(struct json_writer *w, const char *const *words)
{
	json_write_key(w, "enum");
	json_write_begin_array(w);
	for (size_t i = 0; words[i]; i++)
		json_write_text(w, words[i]);
	json_write_end_array(w);
}

/* null is one more value, where it is allowed. */
static void put_type(struct json_writer *w, const char *type, const struct schema_field *f)
{
	json_write_key(w, "type");
	if (!(f->flags & SCHEMA_NULL)) {
		json_write_text(w, type);
		return;
	}
	json_write_begin_array(w);
	json_write_text(w, type);
	json_write_text(w, "null");
	json_write_end_array(w);
}

static void put_bounds(struct json_writer *w, const struct schema_field *f, const char *least, const char *most)
{
	json_put_int(w, least, f->min);
	json_put_int(w, most, f->max);
}

static void put_string(struct json_writer *w, const struct schema_field *f)
{
	put_type(w, "string", f);
	json_put_int(w, "minLength", f->max ? f->min : 1);
	json_put_int(w, "maxLength", f->max ? f->max : SCHEMA_TEXT_MOST);
}

static void begin_items(struct json_writer *w, const struct schema_field *f)
{
	put_type(w, "array", f);
	json_write_key(w, "items");
	json_write_begin_object(w);
}

static void put_object(struct json_writer *w, const struct schema *s);

static void put_value(struct json_writer *w, const struct schema_field *f)
{
	switch (f->type) {
	case SCHEMA_BOOL:
		put_type(w, "boolean", f);
		return;
	case SCHEMA_INT:
		put_type(w, "integer", f);
		put_bounds(w, f, "minimum", "maximum");
		return;
	case SCHEMA_TEXT:
		put_string(w, f);
		return;
	case SCHEMA_ENUM:
		put_words(w, f->words);
		return;
	case SCHEMA_TIMES:
		begin_items(w, f);
		json_put_text(w, "type", "string");
		json_put_text(w, "pattern", "^([01][0-9]|2[0-3]):[0-5][0-9]$");
		json_write_end_object(w);
		json_put_bool(w, "uniqueItems", true);
		return;
	case SCHEMA_TEXTS:
		begin_items(w, f);
		json_put_text(w, "type", "string");
		json_write_end_object(w);
		return;
	case SCHEMA_SET:
		begin_items(w, f);
		put_words(w, f->words);
		json_write_end_object(w);
		json_put_int(w, "minItems", 1);
		return;
	case SCHEMA_OBJECT:
		put_object(w, f->sub);
		return;
	case SCHEMA_LIST:
		begin_items(w, f);
		put_object(w, f->sub);
		json_write_end_object(w);
		put_bounds(w, f, "minItems", "maxItems");
		return;
	case SCHEMA_TEXT_MAP:
	case SCHEMA_INT_MAP:
		put_type(w, "object", f);
		json_write_key(w, "additionalProperties");
		json_write_begin_object(w);
		json_put_text(w, "type", f->type == SCHEMA_INT_MAP ? "integer" : "string");
		if (f->type == SCHEMA_INT_MAP)
			put_bounds(w, f, "minimum", "maximum");
		json_write_end_object(w);
		return;
	case SCHEMA_ANY:
		put_type(w, "object", f);
		return;
	}
}

static void put_list(struct json_writer *w, struct str words)
{
	json_write_begin_array(w);
	while (words.n) {
		const char *space = memchr(words.p, ' ', words.n);
		size_t n = space ? (size_t)(space - words.p) : words.n;
		json_write_str(w, (struct str){words.p, n});
		words = space ? (struct str){space + 1, words.n - n - 1} : STR_NONE;
	}
	json_write_end_array(w);
}

/* What a file without this key means; nothing where the file must have it, or where there is none. */
static void put_default(struct json_writer *w, const struct schema_field *f, const char *key)
{
	if (f->flags & SCHEMA_REQUIRED)
		return;
	switch (f->type) {
	case SCHEMA_BOOL:
		json_put_bool(w, key, f->number != 0);
		return;
	case SCHEMA_INT:
		if (f->number < f->min)
			json_put_null(w, key);
		else
			json_put_int(w, key, f->number);
		return;
	case SCHEMA_TEXT:
		if (f->text || (f->flags & SCHEMA_NULL))
			json_put_text(w, key, f->text);
		return;
	case SCHEMA_ENUM:
		json_put_text(w, key, f->words[f->number]);
		return;
	case SCHEMA_TIMES:
		json_write_key(w, key);
		put_list(w, str_of(f->text ? f->text : ""));
		return;
	case SCHEMA_SET:
		json_write_key(w, key);
		json_write_begin_array(w);
		for (size_t i = 0; f->words[i]; i++)
			if ((uint64_t)f->number >> i & 1)
				json_write_text(w, f->words[i]);
		json_write_end_array(w);
		return;
	case SCHEMA_TEXTS:
		json_write_key(w, key);
		if (f->flags & SCHEMA_NULL) /* no list is not an empty one */
			json_write_null(w);
		else
			put_list(w, STR_NONE);
		return;
	default:
		return;
	}
}

static void put_field(struct json_writer *w, const struct schema_field *f)
{
	json_write_key(w, f->key);
	json_write_begin_object(w);
	if (f->flags & SCHEMA_LATER) {
		/* only its default is possible in this version */
		if (f->type == SCHEMA_ANY) {
			json_put_text(w, "type", "object");
			json_put_int(w, "maxProperties", 0);
		} else {
			put_default(w, f, "const");
		}
	} else {
		put_value(w, f);
	}
	put_default(w, f, "default");
	json_put_text(w, "description", f->doc ? f->doc : "");
	json_write_end_object(w);
}

static void put_object(struct json_writer *w, const struct schema *s)
{
	json_put_text(w, "type", "object");
	json_write_key(w, "properties");
	json_write_begin_object(w);
	for (size_t i = 0; i < s->count; i++)
		put_field(w, &s->fields[i]);
	json_write_end_object(w);
	json_write_key(w, "required");
	json_write_begin_array(w);
	for (size_t i = 0; i < s->count; i++)
		if (s->fields[i].flags & SCHEMA_REQUIRED)
			json_write_text(w, s->fields[i].key);
	json_write_end_array(w);
	json_put_bool(w, "additionalProperties", false);
}

void schema_write_json(const struct schema *schema, const char *title, struct json_writer *w)
{
	json_write_begin_object(w);
	json_put_text(w, "$schema", "https://json-schema.org/draft/2020-12/schema");
	json_put_text(w, "title", title);
	put_object(w, schema);
	json_write_end_object(w);
}
