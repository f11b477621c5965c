#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/data/json.h"

/* ---- reader: every event becomes a letter, so that a document reads as a line ---- */

struct trace {
	struct buf b;
	int refuse; /* given for every number */
};

static int put(void *arg, const char *what, struct str text)
{
	struct trace *t = arg;
	buf_addz(&t->b, what);
	buf_add(&t->b, text.p, text.n);
	return 0;
}

static int on_null(void *arg)
{
	return put(arg, " null", STR_NONE);
}

static int on_boolean(void *arg, bool value)
{
	return put(arg, value ? " true" : " false", STR_NONE);
}

static int on_number(void *arg, struct str text)
{
	struct trace *t = arg;
	return t->refuse ? t->refuse : put(arg, " #", text);
}

static int on_string(void *arg, struct str text)
{
	return put(arg, " =", text);
}

static int on_key(void *arg, struct str text)
{
	return put(arg, " .", text);
}

static int on_begin_object(void *arg)
{
	return put(arg, " {", STR_NONE);
}

static int on_end_object(void *arg)
{
	return put(arg, " }", STR_NONE);
}

static int on_begin_array(void *arg)
{
	return put(arg, " [", STR_NONE);
}

static int on_end_array(void *arg)
{
	return put(arg, " ]", STR_NONE);
}

static const struct json_events events = {
        on_null,         on_boolean,    on_number,      on_string,    on_key,
        on_begin_object, on_end_object, on_begin_array, on_end_array,
};

struct outcome {
	int code;
	char events[600];
	char message[160];
	uint64_t offset;
};

/* In pieces of the given size, each in memory of its own, so that a read beyond it is seen. */
static struct outcome read_with(struct str text, size_t piece, const struct json_options *options, int refuse)
{
	struct trace t = {.refuse = refuse};
	struct outcome o = {0};
	buf_init(&t.b, 0);
	struct json_reader *r = json_reader_new(&events, &t, options);
	for (size_t i = 0; i < text.n && o.code == 0; i += piece) {
		size_t n = text.n - i < piece ? text.n - i : piece;
		char *copy = malloc(n);
		memcpy(copy, text.p + i, n);
		o.code = json_reader_feed(r, copy, n);
		free(copy);
	}
	if (o.code == 0)
		o.code = json_reader_end(r);
	else
		assert_int_equal(json_reader_end(r), o.code);
	if (o.code)
		assert_int_equal(json_reader_feed(r, "1", 1), o.code);
	o.offset = json_reader_offset(r);
	snprintf(o.message, sizeof(o.message), "%s", json_reader_error(r));
	snprintf(o.events, sizeof(o.events), "%s", t.b.n ? t.b.p + 1 : "");
	json_reader_free(&r);
	assert_null(r);
	buf_deinit(&t.b);
	return o;
}

/* The same whole and in pieces of every size. */
static struct outcome read_text(struct str text, const struct json_options *options)
{
	struct outcome whole = read_with(text, text.n + 1, options, 0);
	for (size_t piece = 1; piece < text.n && piece < 40; piece++) {
		struct outcome part = read_with(text, piece, options, 0);
		assert_int_equal(part.code, whole.code);
		if (whole.code == 0)
			assert_string_equal(part.events, whole.events);
	}
	return whole;
}

static struct outcome read_z(const char *text)
{
	return read_text(str_of(text), NULL);
}

static void events_in_order(void **state)
{
	(void)state;
	struct outcome o = read_z("{\"a\":[1,-2.50,3e7,true,false,null,\"x\"],\"b\":{},\"c\":[]}");
	assert_int_equal(o.code, 0);
	assert_string_equal(o.events, "{ .a [ #1 #-2.50 #3e7 true false null =x ] .b { } .c [ ] }");
	assert_string_equal(o.message, "");
	assert_string_equal(read_z(" 42 ").events, "#42");
	assert_string_equal(read_z("42").events, "#42");
	assert_string_equal(read_z("null").events, "null");
	assert_string_equal(read_z("\"\"").events, "=");
}

static void texts_are_decoded(void **state)
{
	(void)state;
	assert_string_equal(read_z("\"a\\n\\\"\\u00e9\\ud83d\\ude00\\/\"").events, "=a\n\"\xc3\xa9\xf0\x9f\x98\x80/");
	assert_string_equal(read_z("{\"L\\u00e9a\":1}").events, "{ .L\xc3\xa9"
	                                                        "a #1 }");
	/* numbers stay as they were written, however long */
	assert_string_equal(read_z("123456789012345678901234567890").events, "#123456789012345678901234567890");
}

static void broken_documents(void **state)
{
	(void)state;
	static const char *const syntax[] = {
	        "{]",       "{\"a\" 1}",  "[1,]",       "{\"a\":1,}", "[01]",  "[1.]",   "[+1]",
	        "[\"\t\"]", "[\"\\x\"]",  "{} {}",      "[1] x",      "1 2",   "{} tru", "{} \"",
	        "{} \"a\\", "[] \"\\u00", "1 \"",       "[tru e]",    "{1:2}", "[nul]",  "[\"a\"\"b\"]",
	        "{\"a\":}", "/* c */ 1",  "[1 // c\n]", "[NaN]",      "]",
	};
	for (size_t i = 0; i < sizeof(syntax) / sizeof(*syntax); i++) {
		int wanted = syntax[i][0] == ']' ? ERR_NOT_JSON : ERR_SYNTAX;
		struct outcome o = read_z(syntax[i]);
		if (o.code != wanted)
			fail_msg("«%s» gave %d", syntax[i], o.code);
		assert_string_not_equal(o.message, "");
	}
	static const char *const truncated[] = {
	        "{", "[", "[1", "[1,", "{\"a\"", "{\"a\":", "\"abc", "tru", "-", "[[]", "[\"\\u00"};
	for (size_t i = 0; i < sizeof(truncated) / sizeof(*truncated); i++) {
		struct outcome o = read_z(truncated[i]);
		if (o.code != ERR_TRUNCATED)
			fail_msg("«%s» gave %d", truncated[i], o.code);
	}
}

static void what_is_not_json(void **state)
{
	(void)state;
	static const char *const other[] = {
	        "<!DOCTYPE html>", "  \r\n<html>", "Unauthorized", "not found",     "forbidden: true",
	        "token expired",   "Accès refusé", "\xef\xbb<",    "\xef{}",        "\xef\xbb",
	        "\xef\xbb{}",      "\xc3\xa9",     "'a'",          "\xef\xbb\xbf<", ";",
	};
	for (size_t i = 0; i < sizeof(other) / sizeof(*other); i++) {
		struct outcome o = read_z(other[i]);
		if (o.code != ERR_NOT_JSON)
			fail_msg("«%s» gave %d", other[i], o.code);
		assert_string_equal(o.message, err_text(ERR_NOT_JSON));
	}
	assert_int_equal(read_text((struct str){"\0{}", 3}, NULL).code, ERR_NOT_JSON);
	static const char *const empty[] = {"", " ", "\r\n\t ", "\xef\xbb\xbf", "\xef\xbb\xbf \n"};
	for (size_t i = 0; i < sizeof(empty) / sizeof(*empty); i++)
		assert_int_equal(read_z(empty[i]).code, ERR_EMPTY);
}

static void byte_order_mark(void **state)
{
	(void)state;
	assert_string_equal(read_z("\xef\xbb\xbf[1]").events, "[ #1 ]");
	assert_string_equal(read_z("\xef\xbb\xbf \n[1]").events, "[ #1 ]");
	assert_int_equal(read_z(" \xef\xbb\xbf[1]").code, ERR_NOT_JSON);
	assert_int_equal(read_z("\xef\xbb\xbf\xef\xbb\xbf[1]").code, ERR_NOT_JSON);
}

static void utf8_is_checked(void **state)
{
	(void)state;
	static const char *const bad[] = {
	        "\x80",
	        "\xff",
	        "\xc3",
	        "\xc0\x80", /* overlong */
	        "\xc1\xbf",
	        "\xe0\x9f\xbf",
	        "\xed\xa0\x80", /* a surrogate */
	        "\xf0\x8f\xbf\xbf",
	        "\xf4\x90\x80\x80", /* beyond U+10FFFF */
	        "abcd\xff",
	        "abcdef\xff",
	        "\xf8\x88\x80\x80\x80",
	        "abcdefgh\xe9",
	        "abcdefghijk\xe9mnopqrstuvw",
	        "\xe9t\xe9",
	};
	char text[80];
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(text, sizeof(text), "[\"%s\"]", bad[i]);
		struct outcome o = read_z(text);
		assert_int_equal(o.code, ERR_SYNTAX);
		assert_non_null(strstr(o.message, "UTF-8"));
		snprintf(text, sizeof(text), "{\"%s\":1}", bad[i]);
		assert_int_equal(read_z(text).code, ERR_SYNTAX);
	}
	assert_int_equal(read_z("[\"\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xed\x9f\xbf \xee\x80\x80 \xef\xbf\xbf "
	                        "\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf\"]")
	                         .code,
	                 0);
}

static void comments_where_allowed(void **state)
{
	(void)state;
	const struct json_options o = {.comments = true};
	assert_string_equal(read_text(STR("// a\n/* b */ { /* c */ \"a\" : // d\n 1 } // e\n"), &o).events,
	                    "{ .a #1 }");
	assert_int_equal(read_z("{ /* c */ \"a\": 1}").code, ERR_SYNTAX);
}

static void depth_is_bounded(void **state)
{
	(void)state;
	char text[140];
	memset(text, '[', 64);
	memset(text + 64, ']', 64);
	assert_int_equal(read_text((struct str){text, 128}, NULL).code, 0);
	memset(text, '[', 65);
	memset(text + 65, ']', 65);
	struct outcome o = read_text((struct str){text, 130}, NULL);
	assert_int_equal(o.code, ERR_LIMIT);
	assert_string_equal(o.message, "nested too deeply at byte 65");
	const struct json_options two = {.max_depth = 2};
	assert_int_equal(read_text(STR("[{}]"), &two).code, 0);
	assert_int_equal(read_text(STR("[{\"a\":[]}]"), &two).code, ERR_LIMIT);

	size_t n = 300000;
	char *deep = malloc(n);
	memset(deep, '[', n);
	o = read_with((struct str){deep, n}, 16384, NULL, 0);
	assert_int_equal(o.code, ERR_LIMIT);
	free(deep);
}

static void texts_are_bounded(void **state)
{
	(void)state;
	const struct json_options o = {.max_text = 8};
	assert_int_equal(read_text(STR("[\"12345678\"]"), &o).code, 0);
	assert_int_equal(read_text(STR("[\"\\u0031\\u0032\\u0033\\u0034\\u0035\\u0036\\u0037\\u0038\"]"), &o).code,
	                 0);
	assert_int_equal(read_text(STR("[\"123456789\"]"), &o).code, ERR_LIMIT);
	assert_int_equal(read_text(STR("{\"123456789\":1}"), &o).code, ERR_LIMIT);
	assert_int_equal(read_text(STR("[123456789]"), &o).code, ERR_LIMIT);
}

/* A text without an end is given up before it fills the memory. */
static void endless_text(void **state)
{
	(void)state;
	char piece[4096];
	const struct json_options o = {.max_text = 10000};
	struct trace t = {.refuse = 0};
	struct json_reader *r = json_reader_new(&events, &t, &o);
	memset(piece, 'x', sizeof(piece));
	assert_int_equal(json_reader_feed(r, "[\"", 2), 0);
	size_t fed = 0;
	int rc = 0;
	while (rc == 0 && fed < 1000000) {
		rc = json_reader_feed(r, piece, sizeof(piece));
		fed += sizeof(piece);
	}
	assert_int_equal(rc, ERR_LIMIT);
	assert_in_range(fed, 10000, 80000);
	json_reader_free(&r);
	buf_deinit(&t.b);
}

static void messages_say_where_and_no_more(void **state)
{
	(void)state;
	struct outcome o = read_with(STR("{\"nom\":\"Durand\" \"Dupont\"}"), 100, NULL, 0);
	assert_int_equal(o.code, ERR_SYNTAX);
	assert_null(strstr(o.message, "Du"));
	assert_null(strstr(o.message, "nom"));
	/* somewhere in the text that is wrong, which is all that yajl knows */
	char wanted[60];
	assert_in_range(o.offset, 16, 24);
	snprintf(wanted, sizeof(wanted), "not valid JSON at byte %d", (int)o.offset);
	assert_string_equal(o.message, wanted);
	o = read_with(STR("[1,2,3"), 100, NULL, 0);
	assert_string_equal(o.message, "ended too early at byte 6");
	o = read_with(STR("{} tru"), 100, NULL, 0);
	assert_string_equal(o.message, "something behind the end at byte 6");
}

static void events_may_refuse(void **state)
{
	(void)state;
	struct outcome o = read_with(STR("[\"a\", 17, 18]"), 100, NULL, ERR_RANGE);
	assert_int_equal(o.code, ERR_RANGE);
	assert_string_equal(o.events, "[ =a");
	assert_string_equal(o.message, "a value out of range at byte 8");
	/* a number at the top is only known to be over at the end */
	assert_int_equal(read_with(STR("17"), 100, NULL, ERR_RANGE).code, ERR_RANGE);
}

/* ---- tree ---- */

static const struct json *parse(struct arena *a, const char *text)
{
	const struct json *j = NULL;
	assert_int_equal(json_parse(a, str_of(text), NULL, &j, NULL, NULL), 0);
	return j;
}

static void tree_holds_all(void **state)
{
	(void)state;
	struct arena *a = arena_new(0);
	const struct json *j = parse(a, "{\"a\":1,\"b\":[true,null,\"x\"],\"a\":2}");
	assert_int_equal(j->kind, JSON_OBJECT);
	assert_int_equal(j->count, 3);
	assert_int_equal(json_int(json_get(j, "a"), 0), 2);
	assert_int_equal(json_int(j->first, 0), 1);
	const struct json *b = json_get(j, "b");
	assert_int_equal(b->kind, JSON_ARRAY);
	assert_int_equal(b->count, 3);
	assert_true(b->first->boolean);
	assert_int_equal(b->first->next->kind, JSON_NULL);
	assert_true(str_eqz(b->last->text, "x"));
	assert_null(b->last->next);
	assert_null(json_get(j, "c"));
	assert_null(json_get(b, "a"));
	assert_null(json_get(NULL, "a"));
	arena_free(&a);
}

static void values_of_all_kinds(void **state)
{
	(void)state;
	struct arena *a = arena_new(0);
	int64_t v = 77;
	assert_int_equal(json_int(parse(a, "9223372036854775807"), 0), INT64_MAX);
	assert_int_equal(json_int(parse(a, "\"-12\""), 0), -12);
	assert_int_equal(json_int(parse(a, "1.0"), 0), 1);
	assert_int_equal(json_int(parse(a, "9223372036854775808"), 5), 5);
	assert_int_equal(json_int(parse(a, "1.5"), 5), 5);
	assert_int_equal(json_int(parse(a, "\"1x\""), 5), 5);
	assert_int_equal(json_int(parse(a, "true"), 5), 5);
	assert_int_equal(json_int(NULL, 5), 5);
	assert_false(json_is_int(parse(a, "\"\""), &v));
	assert_int_equal(v, 77);
	assert_true(json_bool(parse(a, "\"1\""), false));
	assert_true(json_bool(parse(a, "1"), false));
	assert_true(json_bool(parse(a, "true"), false));
	assert_false(json_bool(parse(a, "\"0\""), true));
	assert_false(json_bool(parse(a, "false"), true));
	assert_true(json_bool(parse(a, "\"yes\""), true));
	assert_true(json_bool(parse(a, "null"), true));
	assert_true(str_eqz(json_text(parse(a, "\"x\"")), "x"));
	assert_true(str_eqz(json_text(parse(a, "12.50")), "12.50"));
	assert_null(json_text(parse(a, "true")).p);
	assert_null(json_text(NULL).p);
	arena_free(&a);
}

/* Where each value begins, also behind escapes, comments and a byte order mark. */
static void tree_knows_places(void **state)
{
	(void)state;
	static const char text[] = "\xef\xbb\xbf{ // a comment, with: \"marks\" [\n"
	                           "  \"n\\u00e9\\n\": \"\\\"q\\\"\", /* , */ \"l\" : [ 10 ,\n"
	                           "    -2.5, {\"x\":null} ],\n"
	                           "  \"b\": false\n"
	                           "}";
	struct arena *a = arena_new(0);
	const struct json_options o = {.comments = true};
	const struct json *j = NULL;
	assert_int_equal(json_parse(a, str_of(text), &o, &j, NULL, NULL), 0);
	const struct json *first = j->first, *list = first->next, *ten = list->first;
	assert_int_equal(j->offset, 3);
	assert_int_equal(first->offset, strstr(text, "\"n\\u") - text);
	assert_int_equal(list->offset, strstr(text, "\"l\"") - text);
	assert_int_equal(ten->offset, strstr(text, "10") - text);
	assert_int_equal(ten->next->offset, strstr(text, "-2.5") - text);
	assert_int_equal(ten->next->next->offset, strstr(text, "{\"x\"") - text);
	assert_int_equal(ten->next->next->first->offset, strstr(text, "\"x\"") - text);
	assert_int_equal(j->last->offset, strstr(text, "\"b\"") - text);
	unsigned line, column;
	json_position(str_of(text), j->last->offset, &line, &column);
	assert_int_equal(line, 4);
	assert_int_equal(column, 3);
	/* columns count characters, not bytes */
	json_position(STR("\"\xc3\xa9\xc3\xa9\" x"), 7, &line, &column);
	assert_int_equal(line, 1);
	assert_int_equal(column, 6);
	arena_free(&a);
}

static void tree_refuses(void **state)
{
	(void)state;
	struct arena *a = arena_new(0);
	const struct json *j = NULL;
	size_t offset = 0;
	char message[160] = "";
	assert_int_equal(json_parse(a, STR("{\"a\":1,\n \"b\" 2}"), NULL, &j, &offset, message), ERR_SYNTAX);
	assert_null(j);
	assert_in_range(offset, 13, 14);
	assert_int_equal(strncmp(message, "not valid JSON at byte 1", 24), 0);
	assert_int_equal(json_parse(a, STR(""), NULL, &j, NULL, NULL), ERR_EMPTY);
	arena_free(&a);
	a = arena_new(2000);
	char text[4000];
	memset(text, '[', 1);
	for (size_t i = 1; i + 1 < sizeof(text); i += 2)
		memcpy(text + i, "1,", 2);
	memcpy(text + sizeof(text) - 2, "1]", 2);
	text[sizeof(text) - 3] = ' ';
	assert_int_equal(json_parse(a, (struct str){text, sizeof(text)}, NULL, &j, NULL, NULL), ERR_LIMIT);
	assert_null(j);
	arena_free(&a);
}

/* ---- writer ---- */

static void writer_puts_the_marks(void **state)
{
	(void)state;
	struct buf b;
	struct json_writer w;
	buf_init(&b, 0);
	json_write_init(&w, &b, false);
	json_write_begin_object(&w);
	json_put_int(&w, "i", INT64_MIN);
	json_put_bool(&w, "t", true);
	json_put_null(&w, "n");
	json_put_text(&w, "z", NULL);
	json_write_key(&w, "l");
	json_write_begin_array(&w);
	json_write_begin_object(&w);
	json_write_end_object(&w);
	json_write_begin_array(&w);
	json_write_end_array(&w);
	json_write_number(&w, STR("1.50"));
	json_write_end_array(&w);
	json_put_str(&w, "s", STR("v"));
	json_put_text(&w, "e", "");
	json_write_end_object(&w);
	assert_string_equal(b.p, "{\"i\":-9223372036854775808,\"t\":true,\"n\":null,\"z\":null,\"l\":[{},[],1.50],"
	                         "\"s\":\"v\",\"e\":\"\"}");
	buf_deinit(&b);
}

static void writer_indents(void **state)
{
	(void)state;
	struct buf b;
	struct json_writer w;
	buf_init(&b, 0);
	json_write_init(&w, &b, true);
	json_write_begin_object(&w);
	json_write_key(&w, "a");
	json_write_begin_array(&w);
	json_write_int(&w, 1);
	json_write_begin_object(&w);
	json_write_end_object(&w);
	json_write_end_array(&w);
	json_put_int(&w, "b", 2);
	json_write_end_object(&w);
	assert_string_equal(b.p, "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": 2\n}");
	buf_deinit(&b);
}

static void writer_escapes(void **state)
{
	(void)state;
	struct buf b;
	struct json_writer w;
	buf_init(&b, 0);
	json_write_init(&w, &b, false);
	json_write_str(&w, (struct str){"\"\\/\n\t\b\x01\x7f\0é", 11});
	assert_string_equal(b.p, "\"\\\"\\\\/\\n\\t\\b\\u0001\x7f\\u0000\xc3\xa9\"");
	buf_clear(&b);
	json_write_init(&w, &b, false);
	json_write_str(&w, (struct str){"a\xff\xed\xa0\x80z", 6});
	assert_string_equal(b.p, "\"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\"");
	buf_deinit(&b);
}

/* What was read comes out as it was, as deep as the reader allows. */
static void tree_is_written_back(void **state)
{
	(void)state;
	static const char text[] =
	        "{\"a\":1,\"\":[true,false,null,\"x\\\"\",[],{},[[1],[2,{\"b\":[3]}]]],\"n\":1.50,\"e\":{}}";
	struct arena *a = arena_new(0);
	struct buf b;
	struct json_writer w;
	buf_init(&b, 0);
	json_write_init(&w, &b, false);
	json_write_tree(&w, parse(a, text));
	assert_string_equal(b.p, text);

	char deep[129] = "";
	memset(deep, '[', 64);
	memset(deep + 64, ']', 64);
	buf_clear(&b);
	json_write_init(&w, &b, false);
	json_write_tree(&w, parse(a, deep));
	assert_int_equal(buf_error(&b), 0);
	assert_string_equal(b.p, deep);

	/* one deeper fails the buffer, not the process */
	buf_clear(&b);
	json_write_init(&w, &b, false);
	json_write_begin_array(&w);
	json_write_tree(&w, parse(a, deep));
	json_write_end_array(&w);
	assert_int_equal(buf_error(&b), ERR_LIMIT);

	/* a part of a tree, as a member */
	buf_clear(&b);
	json_write_init(&w, &b, false);
	json_write_begin_object(&w);
	json_write_key(&w, "part");
	json_write_tree(&w, parse(a, text)->first->next);
	json_put_int(&w, "after", 1);
	json_write_end_object(&w);
	assert_string_equal(b.p, "{\"part\":[true,false,null,\"x\\\"\",[],{},[[1],[2,{\"b\":[3]}]]],\"after\":1}");
	buf_deinit(&b);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(events_in_order),
	        cmocka_unit_test(texts_are_decoded),
	        cmocka_unit_test(broken_documents),
	        cmocka_unit_test(what_is_not_json),
	        cmocka_unit_test(byte_order_mark),
	        cmocka_unit_test(utf8_is_checked),
	        cmocka_unit_test(comments_where_allowed),
	        cmocka_unit_test(depth_is_bounded),
	        cmocka_unit_test(texts_are_bounded),
	        cmocka_unit_test(endless_text),
	        cmocka_unit_test(messages_say_where_and_no_more),
	        cmocka_unit_test(events_may_refuse),
	        cmocka_unit_test(tree_holds_all),
	        cmocka_unit_test(values_of_all_kinds),
	        cmocka_unit_test(tree_knows_places),
	        cmocka_unit_test(tree_refuses),
	        cmocka_unit_test(writer_puts_the_marks),
	        cmocka_unit_test(writer_indents),
	        cmocka_unit_test(writer_escapes),
	        cmocka_unit_test(tree_is_written_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
