/*
 * The JSON reader, tree and writer. The first byte says how the rest is cut into pieces and whether comments are
 * allowed. Read whole and in pieces, an input must say the same; and what the writer makes of a tree must be read as
 * that tree.
 */

#include <stdlib.h>
#include <string.h>

#include "core/data/json.h"
#include "tests/fuzz/fuzz.h"

struct trace {
	struct digest digest;
	int open; /* containers */
	uint64_t events;
};

static int seen(struct trace *t, int kind, struct str text, int step)
{
	digest_add_int(&t->digest, kind);
	digest_add(&t->digest, text);
	t->events++;
	t->open += step;
	REQUIRE(t->open >= 0 && t->open <= 64);
	return 0;
}

static int on_null(void *arg)
{
	return seen(arg, 1, STR_NONE, 0);
}

static int on_boolean(void *arg, bool value)
{
	return seen(arg, value ? 2 : 3, STR_NONE, 0);
}

static int on_number(void *arg, struct str text)
{
	REQUIRE(text.n > 0);
	return seen(arg, 4, text, 0);
}

static int on_string(void *arg, struct str text)
{
	/* GLib takes no NUL, which JSON may write as \u0000 */
	REQUIRE((text.n && memchr(text.p, '\0', text.n)) || str_is_utf8(text));
	return seen(arg, 5, text, 0);
}

static int on_key(void *arg, struct str text)
{
	return seen(arg, 6, text, 0);
}

static int on_begin_object(void *arg)
{
	return seen(arg, 7, STR_NONE, 1);
}

static int on_end_object(void *arg)
{
	return seen(arg, 8, STR_NONE, -1);
}

static int on_begin_array(void *arg)
{
	return seen(arg, 9, STR_NONE, 1);
}

static int on_end_array(void *arg)
{
	return seen(arg, 10, STR_NONE, -1);
}

static const struct json_events events = {
        on_null,         on_boolean,    on_number,      on_string,    on_key,
        on_begin_object, on_end_object, on_begin_array, on_end_array,
};

static int read_in_pieces(struct str text, size_t piece, const struct json_options *options, uint8_t digest[32])
{
	struct trace t = {.open = 0};
	digest_init(&t.digest);
	struct json_reader *r = json_reader_new(&events, &t, options);
	int rc = 0;
	for (size_t i = 0; i < text.n && rc == 0; i += piece)
		rc = json_reader_feed(r, text.p + i, text.n - i < piece ? text.n - i : piece);
	if (rc == 0)
		rc = json_reader_end(r);
	REQUIRE((rc == 0) == (json_reader_error(r)[0] == '\0'));
	REQUIRE(rc != 0 || (t.open == 0 && t.events > 0));
	REQUIRE(json_reader_offset(r) <= text.n + 1);
	for (const char *p = json_reader_error(r); *p; p++)
		REQUIRE(*p >= ' ' && *p < 0x7f);
	json_reader_free(&r);
	digest_end(&t.digest, digest);
	return rc;
}

static void check_places(struct str text, const struct json *j, size_t least)
{
	REQUIRE(j->offset >= least && j->offset < text.n);
	char c = text.p[j->offset];
	if (j->key.p)
		REQUIRE(c == '"');
	else
		REQUIRE(j->kind == JSON_OBJECT   ? c == '{'
		        : j->kind == JSON_ARRAY  ? c == '['
		        : j->kind == JSON_STRING ? c == '"'
		                                 : c > ' ');
}

static void write_back(struct str text, const struct json_options *options)
{
	struct arena *arena = arena_new((size_t)64 << 20);
	const struct json *tree = NULL, *again = NULL;
	size_t offset = 0;
	int rc = json_parse(arena, text, options, &tree, &offset, NULL);
	REQUIRE((rc == 0) == (tree != NULL) && offset <= text.n);
	if (rc == 0) {
		struct buf first, second;
		struct json_writer w;
		buf_init(&first, 0);
		buf_init(&second, 0);
		check_places(text, tree, 0);
		for (const struct json *j = tree->first; j; j = j->next)
			check_places(text, j, tree->offset + 1);
		json_write_init(&w, &first, offset % 2);
		json_write_tree(&w, tree);
		REQUIRE(buf_error(&first) == 0);
		REQUIRE(json_parse(arena, buf_str(&first), NULL, &again, NULL, NULL) == 0);
		json_write_init(&w, &second, offset % 2);
		json_write_tree(&w, again);
		REQUIRE(str_eq(buf_str(&first), buf_str(&second)));
		buf_deinit(&first);
		buf_deinit(&second);
	}
	arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	const struct json_options options = {.comments = data[0] & 1, .max_text = 4096};
	struct str text = {(const char *)data + 1, size - 1};
	size_t piece = (data[0] >> 1) + 1;
	uint8_t whole[32], parts[32];
	int rc = read_in_pieces(text, text.n + 1, &options, whole);
	int rc_parts = read_in_pieces(text, piece, &options, parts);
	REQUIRE(rc == rc_parts);
	REQUIRE(rc != 0 || memcmp(whole, parts, sizeof(whole)) == 0);
	write_back(text, &options);
	return 0;
}
