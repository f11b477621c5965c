#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/data/schema.h"

/* A file of every type of key. */
struct inner {
	const struct json *at;
	struct str name;
	int64_t number;
};
struct outer {
	const struct json *at;
	bool flag, later_flag;
	int64_t number, many;
	struct str text, maybe;
	int color, later;
	struct ints times;
	struct texts texts;
	unsigned set;
	struct inner inner;
	struct items list, text_map, int_map;
	struct str later_text;
	bool unused;
};

static const char *const colors[] = {"red", "green", "dark blue", NULL};

static const struct schema_field inner_fields[] = {
        {.key = "name", .type = SCHEMA_TEXT, .flags = SCHEMA_REQUIRED, .offset = offsetof(struct inner, name)},
        {.key = "number",
         .type = SCHEMA_INT,
         .offset = offsetof(struct inner, number),
         .min = 1,
         .max = 5,
         .number = 3},
};
static const struct schema inner_schema = {sizeof(struct inner), offsetof(struct inner, at), FIELDS(inner_fields)};

#define AT(member) .offset = offsetof(struct outer, member)
static const struct schema_field outer_fields[] = {
        {.key = "flag", .type = SCHEMA_BOOL, AT(flag), .number = 1},
        {.key = "number", .type = SCHEMA_INT, AT(number), .min = -2, .max = 10, .number = 7},
        {.key = "many", .type = SCHEMA_INT, AT(many), .min = 1, .max = INT64_MAX, .number = 450},
        {.key = "text", .type = SCHEMA_TEXT, AT(text), .min = 2, .max = 5, .text = "abc"},
        {.key = "maybe", .type = SCHEMA_TEXT, .flags = SCHEMA_NULL, AT(maybe), .expect = "a file"},
        {.key = "color", .type = SCHEMA_ENUM, AT(color), .words = colors, .number = 1},
        {.key = "times", .type = SCHEMA_TIMES, AT(times), .text = "12:00 22:30"},
        {.key = "texts", .type = SCHEMA_TEXTS, AT(texts)},
        {.key = "set", .type = SCHEMA_SET, AT(set), .words = colors, .number = 2},
        {.key = "inner", .type = SCHEMA_OBJECT, AT(inner), .sub = &inner_schema},
        {.key = "list",
         .type = SCHEMA_LIST,
         .flags = SCHEMA_REQUIRED,
         AT(list),
         .sub = &inner_schema,
         .min = 1,
         .max = 3},
        {.key = "text_map", .type = SCHEMA_TEXT_MAP, AT(text_map)},
        {.key = "int_map", .type = SCHEMA_INT_MAP, AT(int_map), .min = 1, .max = 99},
        {.key = "later", .type = SCHEMA_ENUM, .flags = SCHEMA_LATER, AT(later), .words = colors},
        {.key = "later_flag", .type = SCHEMA_BOOL, .flags = SCHEMA_LATER, AT(later_flag)},
        {.key = "later_text", .type = SCHEMA_TEXT, .flags = SCHEMA_LATER | SCHEMA_NULL, AT(later_text)},
        {.key = "later_any", .type = SCHEMA_ANY, .flags = SCHEMA_LATER, AT(unused)},
};
static const struct schema outer_schema = {sizeof(struct outer), offsetof(struct outer, at), FIELDS(outer_fields)};

static struct arena *arena;
static struct buf out;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	buf_init(&out, 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buf_deinit(&out);
	arena_free(&arena);
	return 0;
}

static struct outer parse(const char *text)
{
	struct outer o;
	struct mistakes m;
	mistakes_init(&m, arena, "f.json", str_of(text));
	schema_read_text(&outer_schema, str_of(text), &o, &m);
	buf_clear(&out);
	mistakes_print(&m, &out);
	return o;
}

static const char *said(void)
{
	return out.n ? out.p : "";
}

static void test_defaults(void **state)
{
	(void)state;
	struct outer o = parse("{\"list\": [{\"name\": \"x\"}]}");
	assert_string_equal(said(), "");
	assert_true(o.flag);
	assert_int_equal(o.number, 7);
	assert_int_equal(o.many, 450);
	assert_true(str_eqz(o.text, "abc"));
	assert_true(str_empty(o.maybe));
	assert_int_equal(o.color, 1);
	assert_int_equal(o.times.n, 2);
	assert_int_equal(o.times.v[0], 720);
	assert_int_equal(o.times.v[1], 1350);
	assert_int_equal(o.texts.n, 0);
	assert_int_equal(o.set, 2);
	assert_null(o.inner.at);
	assert_int_equal(o.inner.number, 3);
	assert_int_equal(o.list.n, 1);
	assert_int_equal(((struct inner *)o.list.v)[0].number, 3);
	assert_non_null(((struct inner *)o.list.v)[0].at);
	assert_int_equal(o.text_map.n + o.int_map.n, 0);
	assert_int_equal(o.later, 0);
}

static void test_values(void **state)
{
	(void)state;
	struct outer o = parse("// a school\n{\"flag\": false, \"number\": -2, \"many\": 5000000, \"text\": "
	                       "\"éàüöä\", \"maybe\": \"m\",\n"
	                       "\"color\": \"dark blue\", \"times\": [\"23:59\", \"00:00\"], \"texts\": [\"a\", "
	                       "\"b\"], /* all */ \"set\": [\"red\", \"dark blue\"],\n"
	                       "\"inner\": {\"name\": \"i\", \"number\": 5}, \"list\": [{\"name\": \"x\"}, "
	                       "{\"name\": \"y\", \"number\": 1}],\n"
	                       "\"text_map\": {\"k\": \"v\"}, \"int_map\": {\"4\": 17, \"Maladie\": 18}, \"later\": "
	                       "\"red\", \"later_flag\": false,\n"
	                       "\"later_text\": null, \"later_any\": {}}");
	assert_string_equal(said(), "");
	assert_false(o.flag);
	assert_int_equal(o.number, -2);
	assert_int_equal(o.many, 5000000);
	assert_true(str_eqz(o.text, "éàüöä"));
	assert_true(str_eqz(o.maybe, "m"));
	assert_int_equal(o.color, 2);
	assert_int_equal(o.times.n, 2);
	assert_int_equal(o.times.v[0], 1439);
	assert_int_equal(o.times.v[1], 0);
	assert_int_equal(o.texts.n, 2);
	assert_true(str_eqz(o.texts.v[1], "b"));
	assert_int_equal(o.set, 5);
	assert_int_equal(o.inner.number, 5);
	assert_int_equal(o.list.n, 2);
	assert_true(str_eqz(((struct inner *)o.list.v)[1].name, "y"));
	assert_int_equal(((struct inner *)o.list.v)[1].number, 1);
	assert_true(str_eqz(((struct schema_pair *)o.text_map.v)[0].text, "v"));
	assert_int_equal(((struct schema_pair *)o.int_map.v)[1].number, 18);
	assert_true(str_eqz(((struct schema_pair *)o.int_map.v)[1].key, "Maladie"));
}

/* The list is required; what a case is about stands behind it. */
#define L "{\"list\":[{\"name\":\"x\"}],\n"

static void test_mistakes(void **state)
{
	(void)state;
	static const struct {
		const char *text, *said;
	} cases[] = {
	        {L "\"flag\": 1}", "f.json:2:1: flag: is 1, expected true or false\n"},
	        {L "  \"flag\": \"true\"}", "f.json:2:3: flag: is \"true\", expected true or false\n"},
	        {L "\"flag\": null}", "f.json:2:1: flag: is null, expected true or false\n"},
	        {L "\"number\": 11}", "f.json:2:1: number: is 11, expected a whole number from -2 to 10\n"},
	        {L "\"number\": -3}", "f.json:2:1: number: is -3, expected a whole number from -2 to 10\n"},
	        {L "\"number\": 1.5}", "f.json:2:1: number: is 1.5, expected a whole number from -2 to 10\n"},
	        {L "\"number\": \"5\"}", "f.json:2:1: number: is \"5\", expected a whole number from -2 to 10\n"},
	        {L "\"number\": 99999999999999999999}",
	         "f.json:2:1: number: is 99999999999999999999, expected a whole number from -2 to 10\n"},
	        {L "\"many\": 0}", "f.json:2:1: many: is 0, expected a whole number of at least 1\n"},
	        {L "\"text\": \"\"}", "f.json:2:1: text: is \"\", expected a text of 2 to 5 characters\n"},
	        {L "\"text\": \"éàüöäé\"}",
	         "f.json:2:1: text: has 6 characters, expected a text of 2 to 5 characters\n"},
	        {L "\"text\": \"a\\u0000b\"}",
	         "f.json:2:1: text: is a text with a control character, expected a text of 2 to 5 characters\n"},
	        {L "\"text\": {}}", "f.json:2:1: text: is an object, expected a text of 2 to 5 characters\n"},
	        {L "\"maybe\": []}", "f.json:2:1: maybe: is a list, expected a file\n"},
	        {L "\"color\": \"gren\"}", "f.json:2:1: color: is \"gren\", expected \"red\", \"green\" or \"dark "
	                                   "blue\"; did you mean \"green\"?\n"},
	        {L "\"color\": \"violet\"}",
	         "f.json:2:1: color: is \"violet\", expected \"red\", \"green\" or \"dark blue\"\n"},
	        {L "\"times\": \"12:00\"}",
	         "f.json:2:1: times: is \"12:00\", expected a list of times such as \"22:00\"\n"},
	        {L "\"times\": [\"12:00\",\n \"24:00\"]}",
	         "f.json:3:2: times[1]: is \"24:00\", expected a time from \"00:00\" to \"23:59\"\n"},
	        {L "\"times\": [\"9:00\"]}",
	         "f.json:2:11: times[0]: is \"9:00\", expected a time from \"00:00\" to \"23:59\"\n"},
	        {L "\"times\": [\"22:00\", \"22:00\"]}",
	         "f.json:2:20: times[1]: is \"22:00\" once more, expected each time once\n"},
	        {L "\"texts\": \"a\"}", "f.json:2:1: texts: is \"a\", expected a list of texts\n"},
	        {L "\"texts\": [\"a\", 4]}", "f.json:2:16: texts[1]: is 4, expected a text\n"},
	        {L "\"set\": []}", "f.json:2:1: set: is a list, expected a list of one or more of \"red\", \"green\" "
	                           "or \"dark blue\"\n"},
	        {L "\"set\": [\"red\", \"red\"]}", "f.json:2:16: set[1]: is \"red\" once more, expected each once\n"},
	        {L "\"set\": [\"gree\"]}",
	         "f.json:2:9: set[0]: is \"gree\", expected a list of one or more of \"red\", \"green\" or \"dark "
	         "blue\"; did you mean \"green\"?\n"},
	        {L "\"inner\": 4}", "f.json:2:1: inner: is 4, expected an object\n"},
	        {L "\"inner\": {}}", "f.json:2:1: inner.name: is missing, expected a text of 1 to 400 characters\n"},
	        {L "\"inner\": {\"name\": \"x\",\n\t\"number\": 6}}",
	         "f.json:3:2: inner.number: is 6, expected a whole number from 1 to 5\n"},
	        {"{}", "f.json:1:1: list: is missing, expected a list of objects, their number from 1 to 3\n"},
	        {"{\"list\": []}",
	         "f.json:1:2: list: is a list, expected a list of objects, their number from 1 to 3\n"},
	        {"{\"list\": [\n{\"name\": \"x\"}, {}]}",
	         "f.json:2:16: list[1].name: is missing, expected a text of 1 to 400 characters\n"},
	        {"{\"list\": [7]}", "f.json:1:11: list[0]: is 7, expected an object\n"},
	        {L "\"text_map\": {\"a\": \"b\", \"c\": 4}}",
	         "f.json:2:24: text_map.c: is 4, expected a text of 1 to 400 characters\n"},
	        {L "\"text_map\": []}",
	         "f.json:2:1: text_map: is a list, expected an object whose values are texts\n"},
	        {L "\"int_map\": {\"a\": 0}}",
	         "f.json:2:13: int_map.a: is 0, expected a whole number from 1 to 99\n"},
	        {L "\"int_map\": {\"a\": 1, \"a\": 2}}",
	         "f.json:2:21: int_map.a: is given twice (first on line 2), expected once\n"},
	        {L "\"flag\": true,\n\n\"flag\": true}",
	         "f.json:4:1: flag: is given twice (first on line 2), expected once\n"},
	        {L "\"falg\": true}", "f.json:2:1: falg: is an unknown key, did you mean \"flag\"?\n"},
	        {L "\"inner\": {\"name\": \"x\", \"tall\": 1}}",
	         "f.json:2:24: inner.tall: is an unknown key, expected \"name\" or \"number\"\n"},
	        {L "\"later\": \"green\"}",
	         "f.json:2:1: later: is not available in this version, expected \"red\"\n"},
	        {L "\"later\": \"grene\"}", "f.json:2:1: later: is \"grene\", expected \"red\", \"green\" or \"dark "
	                                    "blue\"; did you mean \"green\"?\n"},
	        {L "\"later_flag\": true}",
	         "f.json:2:1: later_flag: is not available in this version, expected false\n"},
	        {L "\"later_text\": \"x\"}",
	         "f.json:2:1: later_text: is not available in this version, expected null\n"},
	        {L "\"later_any\": {\"a\": 1}}",
	         "f.json:2:1: later_any: is not available in this version, expected nothing in it\n"},
	        {L "\"later_any\": 1}", "f.json:2:1: later_any: is 1, expected an object\n"},
	        {"[]", "f.json:1:1: is a list, expected an object\n"},
	        {"", "f.json: is empty, expected an object\n"},
	        {"  \n", "f.json: is empty, expected an object\n"},
	        {"# x\n{}", "f.json:1:1: is not JSON, expected an object or a comment (// or /* */)\n"},
	        {L "\"flag\": true,\n}",
	         "f.json:2:13: is not valid JSON: a comma before a closing bracket, expected none\n"},
	        {L "'flag': true}", "f.json:2:1: is not valid JSON: a single quote, expected double quotes\n"},
	        {L "\"flag\" true}",
	         "f.json:2:11: is not valid JSON from here, expected a comma, a colon, a bracket or a value\n"},
	        {L "\"flag\": true", "f.json:2:13: ends too early, expected a closing bracket or quote\n"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		parse(cases[i].text);
		assert_string_equal(said(), cases[i].said);
	}
}

static void test_ten_at_once(void **state)
{
	(void)state;
	parse("{\n\"flag\": 2,\n\"number\": 77,\n\"text\": 1,\n\"colour\": \"red\",\n\"color\": "
	      "\"blue\",\n\"times\": [\"25:00\"],\n"
	      "\"set\": \"red\",\n\"inner\": {\"number\": 9},\n\"int_map\": {\"a\": \"b\"}\n}");
	assert_string_equal(
	        said(),
	        "f.json:1:1: list: is missing, expected a list of objects, their number from 1 to 3\n"
	        "f.json:2:1: flag: is 2, expected true or false\n"
	        "f.json:3:1: number: is 77, expected a whole number from -2 to 10\n"
	        "f.json:4:1: text: is 1, expected a text of 2 to 5 characters\n"
	        "f.json:5:1: colour: is an unknown key, did you mean \"color\"?\n"
	        "f.json:6:1: color: is \"blue\", expected \"red\", \"green\" or \"dark blue\"\n"
	        "f.json:7:11: times[0]: is \"25:00\", expected a time from \"00:00\" to \"23:59\"\n"
	        "f.json:8:1: set: is \"red\", expected a list of one or more of \"red\", \"green\" or \"dark blue\"\n"
	        "f.json:9:1: inner.name: is missing, expected a text of 1 to 400 characters\n"
	        "f.json:9:11: inner.number: is 9, expected a whole number from 1 to 5\n"
	        "f.json:10:13: int_map.a: is \"b\", expected a whole number from 1 to 99\n");
}

static void test_wrong_values_keep_defaults(void **state)
{
	(void)state;
	struct outer o = parse(L "\"number\": 77, \"text\": \"x\", \"color\": 3, \"flag\": 0, \"set\": [\"x\"]}");
	assert_int_equal(o.number, 7);
	assert_true(str_eqz(o.text, "abc"));
	assert_int_equal(o.color, 1);
	assert_true(o.flag);
	assert_int_equal(o.set, 2);
}

static void test_nearest(void **state)
{
	(void)state;
	static const char *const words[] = {"timezone", "paused", "up"};
	assert_string_equal(schema_nearest(STR("timezome"), words, 3), "timezone");
	assert_string_equal(schema_nearest(STR("tiemzone"), words, 3), "timezone");
	assert_string_equal(schema_nearest(STR("pause"), words, 3), "paused");
	assert_null(schema_nearest(STR("down"), words, 3));
	assert_null(schema_nearest(STR("xy"), words, 3));
	assert_null(schema_nearest(STR(""), words, 3));
}

static void test_memory_is_bounded(void **state)
{
	(void)state;
	struct arena *small = arena_new(600);
	const char *text = L "\"texts\": [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\", \"i\"], \"flag\": "
	                     "1, \"number\": 100}";
	struct outer o;
	struct mistakes m;
	mistakes_init(&m, small, "f.json", str_of(text));
	schema_read_text(&outer_schema, str_of(text), &o, &m);
	assert_true(mistakes_any(&m));
	arena_free(&small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(test_defaults, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_values, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_mistakes, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_ten_at_once, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_wrong_values_keep_defaults, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_nearest, setup, teardown),
	        cmocka_unit_test_setup_teardown(test_memory_is_bounded, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
