#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "core/base/tz.h"
#include "core/data/record.h"

#define AT(type, member) offsetof(struct type, member)

/* ---- one document of every kind of field, read whole and in pieces ---- */

struct inner {
	uint64_t seen;
	int64_t code;
	struct str name;
};

static const struct field inner_fields[] = {
        {"code", FIELD_INT, 0, AT(inner, code), NULL, NULL},
        {"name", FIELD_TEXT, 0, AT(inner, name), NULL, NULL},
};
static const struct shape inner_shape = {"inner", sizeof(struct inner), FIELDS(inner_fields), AT(inner, seen), NULL};

struct all {
	uint64_t seen;
	bool flag;
	int64_t whole;
	double fraction;
	struct str text;
	int32_t day, time;
	int64_t utc;
	struct inner one;
	struct ints ints;
	struct texts texts;
	struct items items;
	struct buf *log;
	int refuse;
};

enum { FLAG, WHOLE, FRACTION, TEXT, DAY, TIME, UTC, ONE, INTS, TEXTS, ITEMS, EACH };

static int on_each(void *arg, void *record, struct str key)
{
	struct all *all = arg;
	const struct inner *r = record;
	buf_printf(all->log, "(%.*s:%lld:%.*s)", STR_ARG(key), (long long)r->code, STR_ARG(r->name));
	return all->refuse;
}

#define ALL_FIELDS(flags)                                                                                            \
	{"flag", FIELD_BOOL, flags, AT(all, flag), NULL, NULL},                                                      \
	        {"whole", FIELD_INT, flags, AT(all, whole), NULL, NULL},                                             \
	        {"fraction", FIELD_NUMBER, flags, AT(all, fraction), NULL, NULL},                                    \
	        {"text", FIELD_TEXT, flags, AT(all, text), NULL, NULL},                                              \
	        {"day", FIELD_DAY, flags, AT(all, day), NULL, NULL},                                                 \
	        {"time", FIELD_DAYTIME, flags, AT(all, time), NULL, NULL},                                           \
	        {"utc", FIELD_UTC, flags, AT(all, utc), NULL, NULL},                                                 \
	        {"one", FIELD_OBJECT, flags, AT(all, one), &inner_shape, NULL},                                      \
	        {"ints", FIELD_INTS, flags, AT(all, ints), NULL, NULL},                                              \
	        {"texts", FIELD_TEXTS, flags, AT(all, texts), NULL, NULL},                                           \
	        {"items", FIELD_ITEMS, flags, AT(all, items), &inner_shape, NULL},                                   \
	{                                                                                                            \
		"each", FIELD_EACH, flags, 0, &inner_shape, on_each                                                  \
	}

static const struct field plain_fields[] = {ALL_FIELDS(0)};
static const struct field loose_fields[] = {ALL_FIELDS(FIELD_LOOSE)};
static const struct field strict_fields[] = {ALL_FIELDS(FIELD_STRICT)};
static const struct field required_fields[] = {ALL_FIELDS(FIELD_REQUIRED)};
static const struct shape plain = {"all", sizeof(struct all), FIELDS(plain_fields), AT(all, seen), NULL};
static const struct shape loose = {"all", sizeof(struct all), FIELDS(loose_fields), AT(all, seen), NULL};
static const struct shape strict = {"all", sizeof(struct all), FIELDS(strict_fields), AT(all, seen), NULL};
static const struct shape required = {"all", sizeof(struct all), FIELDS(required_fields), AT(all, seen), NULL};

struct fixture {
	struct arena *arena;
	struct buf log;
	struct all all;
	char message[400];
	uint64_t count;
};

static int read_with(struct fixture *f, const struct shape *shape, const char *text, size_t piece)
{
	int refuse = f->all.refuse;
	size_t n = strlen(text);
	arena_free(&f->arena);
	buf_deinit(&f->log);
	f->arena = arena_new(0);
	f->all = (struct all){.log = &f->log, .refuse = refuse};
	struct record_reader *r = record_reader_new(f->arena, shape, &f->all, &f->all);
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i += piece) {
		size_t part = n - i < piece ? n - i : piece;
		char *copy = malloc(part);
		memcpy(copy, text + i, part);
		rc = record_reader_feed(r, copy, part);
		free(copy);
	}
	if (rc == 0)
		rc = record_reader_end(r);
	f->count = record_reader_count(r);
	snprintf(f->message, sizeof(f->message), "%s", record_reader_error(r));
	assert_int_equal(rc == 0, f->message[0] == '\0');
	record_reader_free(&r);
	assert_null(r);
	return rc;
}

static int read_text(struct fixture *f, const struct shape *shape, const char *text)
{
	int parts = read_with(f, shape, text, 1);
	int whole = read_with(f, shape, text, 1 << 20);
	assert_int_equal(parts, whole);
	return whole;
}

static int set_up(void **state)
{
	*state = calloc(1, sizeof(struct fixture));
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	arena_free(&f->arena);
	buf_deinit(&f->log);
	free(f);
	return 0;
}

static const char *logged(const struct fixture *f)
{
	return f->log.n ? f->log.p : "";
}

static void every_kind(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(read_text(f, &plain,
	                           "{\"flag\":true,\"whole\":-5,\"fraction\":2.5,\"text\":\"\\u00e9t\\u00e9\","
	                           "\"day\":\"24/11/2026\",\"time\":\"08:30\",\"utc\":\"2026-11-24T08:30:00+01:00\","
	                           "\"one\":{\"code\":7,\"name\":\"n\"},\"ints\":[1,2,3],\"texts\":[\"a\",\"b\"],"
	                           "\"items\":[{\"code\":1},{\"code\":2,\"name\":\"x\"}],"
	                           "\"each\":[{\"code\":8},{\"name\":\"y\"}]}"),
	                 0);
	const struct all *a = &f->all;
	assert_true(a->flag);
	assert_int_equal(a->whole, -5);
	assert_true(a->fraction == 2.5);
	assert_true(str_eqz(a->text, "\xc3\xa9t\xc3\xa9"));
	assert_int_equal(a->day, day_of(2026, 11, 24));
	assert_int_equal(a->time, 8 * 3600 + 30 * 60);
	assert_int_equal(a->utc, (int64_t)day_of(2026, 11, 24) * 86400 + 7 * 3600 + 30 * 60);
	assert_int_equal(a->one.code, 7);
	assert_true(str_eqz(a->one.name, "n"));
	assert_int_equal(a->one.seen, 3);
	assert_int_equal(a->ints.n, 3);
	assert_int_equal(a->ints.v[2], 3);
	assert_int_equal(a->texts.n, 2);
	assert_true(str_eqz(a->texts.v[1], "b"));
	const struct inner *items = a->items.v;
	assert_int_equal(a->items.n, 2);
	assert_int_equal(items[0].code, 1);
	assert_int_equal(items[0].seen, 1);
	assert_null(items[0].name.p);
	assert_true(str_eqz(items[1].name, "x"));
	assert_string_equal(logged(f), "(:8:)(:0:y)");
	assert_int_equal(f->count, 2);
	assert_int_equal(a->seen, (1 << (EACH + 1)) - 1);
}

static void missing_and_null(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(read_text(f, &plain, "{}"), 0);
	assert_int_equal(f->all.seen, 0);
	assert_int_equal(read_text(f, &plain,
	                           "{\"flag\":null,\"whole\":null,\"fraction\":null,\"text\":null,\"day\":null,"
	                           "\"time\":null,\"utc\":null,\"one\":null,\"ints\":null,\"texts\":null,"
	                           "\"items\":null,\"each\":null}"),
	                 0);
	assert_int_equal(f->all.seen, 0);
	/* "" where something else than a text is wanted says that there is none */
	assert_int_equal(read_text(f, &plain,
	                           "{\"flag\":\"\",\"whole\":\"\",\"fraction\":\" \",\"text\":\"\",\"day\":\"\","
	                           "\"time\":\"\",\"utc\":\"\",\"one\":\"\",\"ints\":\"\",\"texts\":\"\","
	                           "\"items\":\"\",\"each\":\"\"}"),
	                 0);
	assert_int_equal(f->all.seen, 1 << TEXT);
	assert_non_null(f->all.text.p);
}

static void other_forms(void **state)
{
	struct fixture *f = *state;
	/* a number as text, a whole number as text or with .0, a bool in every form */
	assert_int_equal(
	        read_text(f, &plain, "{\"text\":12.50,\"whole\":\" 42 \",\"flag\":1,\"fraction\":\"-0.25\"}"), 0);
	assert_true(str_eqz(f->all.text, "12.50"));
	assert_int_equal(f->all.whole, 42);
	assert_true(f->all.flag);
	assert_true(f->all.fraction == -0.25);
	assert_int_equal(read_text(f, &plain, "{\"flag\":\"0\",\"whole\":7.0}"), 0);
	assert_false(f->all.flag);
	assert_int_equal(f->all.seen, 1 << FLAG | 1 << WHOLE);
	assert_int_equal(f->all.whole, 7);
	/* lists keyed by code, empty ones, one value alone */
	assert_int_equal(
	        read_text(f, &plain,
	                  "{\"ints\":{\"a\":1,\"b\":\"2\"},\"texts\":{\"x\":\"p\",\"y\":5},"
	                  "\"items\":{\"10\":{\"code\":10}},\"each\":{\"k1\":{\"code\":1},\"k2\":{\"code\":2}}}"),
	        0);
	assert_int_equal(f->all.ints.n, 2);
	assert_int_equal(f->all.ints.v[1], 2);
	assert_true(str_eqz(f->all.texts.v[1], "5"));
	assert_int_equal(f->all.items.n, 1);
	assert_string_equal(logged(f), "(k1:1:)(k2:2:)");
	assert_int_equal(read_text(f, &plain, "{\"ints\":[],\"texts\":{},\"items\":[],\"each\":[],\"one\":[]}"), 0);
	assert_int_equal(f->all.ints.n + f->all.texts.n + f->all.items.n, 0);
	assert_int_equal(f->all.seen, 1 << INTS | 1 << TEXTS | 1 << ITEMS | 1 << EACH);
	assert_int_equal(read_text(f, &plain, "{\"ints\":\"17\",\"texts\":\"a\"}"), 0);
	assert_int_equal(f->all.ints.n, 1);
	assert_int_equal(f->all.ints.v[0], 17);
	assert_true(str_eqz(f->all.texts.v[0], "a"));
	/* holes in lists are passed over */
	assert_int_equal(
	        read_text(f, &plain,
	                  "{\"ints\":[1,null,3],\"items\":[null,{\"code\":1}],\"each\":[null,{\"code\":4}]}"),
	        0);
	assert_int_equal(f->all.ints.n, 2);
	assert_int_equal(f->all.items.n, 1);
	assert_string_equal(logged(f), "(:4:)");
}

static void numbers(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *text;
		double value;
	} good[] = {{"0", 0},
	            {"-1.5", -1.5},
	            {"3e2", 300},
	            {"25E-2", 0.25},
	            {"0.1", 0.1},
	            {"1e+3", 1000},
	            {"123456.789", 123456.789},
	            {"0.000001", 0.000001},
	            {"0e999", 0},
	            {"\"12.5\"", 12.5}};
	char text[80];
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		snprintf(text, sizeof(text), "{\"fraction\":%s}", good[i].text);
		assert_int_equal(read_text(f, &plain, text), 0);
		assert_true(f->all.fraction == good[i].value);
	}
	static const char *const bad[] = {"\"inf\"", "\"nan\"", "\"0x10\"", "\"1,5\"", "\"1e\"",
	                                  "\".5\"",  "\"+1\"",  "\"1 2\"",  "true",    "[1]"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		snprintf(text, sizeof(text), "{\"fraction\":%s}", bad[i]);
		assert_int_equal(read_text(f, &plain, text), ERR_TYPE);
	}
	assert_int_equal(read_text(f, &plain, "{\"fraction\":1e400}"), ERR_RANGE);
	assert_int_equal(read_text(f, &plain, "{\"whole\":9223372036854775807}"), 0);
	assert_int_equal(f->all.whole, INT64_MAX);
	assert_int_equal(read_text(f, &plain, "{\"whole\":9223372036854775808}"), ERR_RANGE);
	assert_string_equal(f->message, "whole: a number out of range (byte 28)");
	assert_int_equal(read_text(f, &plain, "{\"whole\":1.5}"), ERR_TYPE);
	assert_int_equal(read_text(f, &plain, "{\"whole\":1e3}"), ERR_TYPE);
	assert_int_equal(read_text(f, &plain, "{\"ints\":[1,99999999999999999999]}"), ERR_RANGE);
}

/* Everything of the wrong type: an error that names the place, or missing where the field is loose. */
static void wrong_types(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *text, *message;
	} bad[] = {
	        {"{\"flag\":2}", "flag: expected true or false, found a number (byte 9)"},
	        {"{\"flag\":\"oui\"}", "flag: expected true or false, found a text (byte 13)"},
	        {"{\"whole\":true}", "whole: expected a whole number, found true or false (byte 13)"},
	        {"{\"whole\":\"12x\"}", "whole: expected a whole number, found a text (byte 14)"},
	        {"{\"whole\":{}}", "whole: expected a whole number, found an object (byte 10)"},
	        {"{\"text\":false}", "text: expected a text, found true or false (byte 13)"},
	        {"{\"text\":[]}", "text: expected a text, found a list (byte 9)"},
	        {"{\"day\":\"31/02/2026\"}", "day: expected a date, found a text (byte 19)"},
	        {"{\"day\":20261124}", "day: expected a date, found a number (byte 15)"},
	        {"{\"time\":\"25:00\"}", "time: expected a time, found a text (byte 15)"},
	        {"{\"utc\":\"demain\"}", "utc: expected a date and time, found a text (byte 15)"},
	        {"{\"one\":5}", "one: expected an object, found a number (byte 8)"},
	        {"{\"one\":[1]}", "one: expected an object, found a list (byte 9)"},
	        {"{\"one\":[{}]}", "one: expected an object, found a list (byte 9)"},
	        {"{\"one\":{\"code\":\"x\"}}", "one.code: expected a whole number, found a text (byte 18)"},
	        {"{\"ints\":true}", "ints: expected a list of whole numbers, found true or false (byte 12)"},
	        {"{\"ints\":[1,\"x\"]}", "ints[1]: expected a whole number (byte 14)"},
	        {"{\"ints\":\"x\"}", "ints[0]: expected a whole number (byte 11)"},
	        {"{\"ints\":[[]]}", "ints[0]: expected a value, found a structure (byte 10)"},
	        {"{\"texts\":[true]}", "texts[0]: expected a text (byte 14)"},
	        {"{\"items\":5}", "items: expected a list, found a number (byte 10)"},
	        {"{\"items\":[{},5]}", "items[1]: expected an object (byte 14)"},
	        {"{\"items\":[{},[]]}", "items[1]: expected an object, found a list (byte 14)"},
	        {"{\"each\":[{},{},{\"code\":{}}]}",
	         "each[2].code: expected a whole number, found an object (byte 24)"},
	        {"{\"each\":{\"a\":{},\"b-7\":{\"code\":[]}}}",
	         "each[b-7].code: expected a whole number, found a list (byte 31)"},
	        {"{\"each\":{\"a\":\"x\"}}", "each[a]: expected an object (byte 16)"},
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_int_equal(read_with(f, &plain, bad[i].text, 1000), ERR_TYPE);
		assert_string_equal(f->message, bad[i].message);
		assert_int_equal(read_text(f, &plain, bad[i].text), ERR_TYPE);
		/* the inner shape is not loose: what is wrong in it stays wrong */
		if (!strstr(bad[i].text, "code"))
			assert_int_equal(read_text(f, &loose, bad[i].text), 0);
	}
	assert_int_equal(
	        read_text(f, &loose,
	                  "{\"flag\":2,\"whole\":{\"a\":[{}]},\"fraction\":[],\"text\":true,\"day\":[[1]],\"time\":0,"
	                  "\"utc\":{},\"one\":[{\"code\":[]},2],\"ints\":false,\"texts\":true,\"items\":7,\"each\":"
	                  "\"x\"}"),
	        0);
	assert_int_equal(f->all.seen, 0);
	assert_int_equal(read_text(f, &loose,
	                           "{\"ints\":[1,[2],\"x\",3],\"items\":[[{}],{\"code\":1},5],\"each\":[1,{\"code\":"
	                           "2},[3]],\"whole\":1}"),
	                 0);
	assert_int_equal(f->all.ints.n, 2);
	assert_int_equal(f->all.ints.v[1], 3);
	assert_int_equal(f->all.items.n, 1);
	assert_string_equal(logged(f), "(:2:)");
	assert_int_equal(f->all.whole, 1);
}

/* What a loose list leaves out still counts in the place of what is wrong behind it. */
static void loose_lists(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(read_text(f, &loose, "{\"items\":[[1],5,{\"code\":\"x\"}]}"), ERR_TYPE);
	assert_int_equal(strncmp(f->message, "items[2].code: ", 15), 0);
	assert_int_equal(read_text(f, &loose, "{\"ints\":\"x\",\"texts\":\"y\"}"), 0);
	assert_int_equal(f->all.seen, 1 << TEXTS);
}

static void strict_types(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(read_text(f, &strict, "{\"flag\":false,\"whole\":5,\"fraction\":1}"), 0);
	assert_int_equal(f->all.seen, 1 << FLAG | 1 << WHOLE | 1 << FRACTION);
	static const char *const bad[] = {"{\"flag\":1}", "{\"flag\":\"\"}", "{\"whole\":\"5\"}", "{\"whole\":\"\"}",
	                                  "{\"fraction\":\"1\"}"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(read_text(f, &strict, bad[i]), ERR_TYPE);
}

static void required_fields_are_asked_for(void **state)
{
	struct fixture *f = *state;
	static const char *const members[] = {"\"flag\":0",
	                                      "\"whole\":0",
	                                      "\"fraction\":0",
	                                      "\"text\":\"\"",
	                                      "\"day\":\"2026-11-24\"",
	                                      "\"time\":\"00:00\"",
	                                      "\"utc\":\"2026-11-24T00:00:00Z\"",
	                                      "\"one\":{}",
	                                      "\"ints\":[]",
	                                      "\"texts\":[]",
	                                      "\"items\":[]",
	                                      "\"each\":[]"};
	for (int without = -1; without <= EACH; without++) {
		struct buf b;
		buf_init(&b, 0);
		for (int i = 0; i <= EACH; i++)
			if (i != without)
				buf_printf(&b, "%s%s", b.n ? "," : "{", members[i]);
		buf_addc(&b, '}');
		assert_int_equal(read_text(f, &required, b.p), without < 0 ? 0 : ERR_MISSING);
		if (without >= 0) {
			char wanted[80];
			snprintf(wanted, sizeof(wanted), "%s: is missing (byte %zu)", required_fields[without].name,
			         b.n);
			assert_string_equal(f->message, wanted);
		}
		buf_deinit(&b);
	}
	assert_int_equal(read_text(f, &required, "{\"flag\":null}"), ERR_MISSING);
	assert_int_equal(read_text(f, &required, "null"), ERR_MISSING);
	/* a document that is [] says that there is nothing */
	assert_int_equal(read_text(f, &required, "[]"), 0);
	assert_int_equal(read_text(f, &required, "[1]"), ERR_TYPE);
	assert_int_equal(read_text(f, &required, "5"), ERR_TYPE);
	assert_int_equal(read_text(f, &required, "\"x\""), ERR_TYPE);
}

/* A member that comes twice counts the second time, whole. */
static void twice(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(read_text(f, &plain,
	                           "{\"whole\":1,\"whole\":2,\"ints\":[1,2,3],\"ints\":[4],\"texts\":[\"a\"],"
	                           "\"texts\":[\"b\",\"c\"],"
	                           "\"items\":[{\"code\":1},{\"code\":2}],\"items\":[{\"name\":\"z\"}],"
	                           "\"one\":{\"code\":5},\"one\":{\"name\":\"m\"}}"),
	                 0);
	assert_int_equal(f->all.whole, 2);
	assert_int_equal(f->all.ints.n, 1);
	assert_int_equal(f->all.ints.v[0], 4);
	assert_int_equal(f->all.texts.n, 2);
	assert_true(str_eqz(f->all.texts.v[0], "b"));
	assert_int_equal(f->all.items.n, 1);
	assert_int_equal(((struct inner *)f->all.items.v)[0].code, 0);
	assert_int_equal(f->all.one.code, 0);
	assert_true(str_eqz(f->all.one.name, "m"));
	assert_int_equal(read_text(f, &plain, "{\"one\":{\"code\":5},\"one\":[]}"), 0);
	assert_int_equal(f->all.one.code, 0);
	assert_int_equal(f->all.seen, 0);
}

static void unknown_members_are_skipped(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(
	        read_text(f, &plain,
	                  "{\"x\":{\"whole\":1,\"y\":[{\"whole\":[2]}]},\"wholes\":3,\"Whole\":4,\"\":5,\"whole\":9,"
	                  "\"z\":[[[]]],\"flag\":true,"
	                  "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\":1,"
	                  "\"one\":{\"what\":{},\"code\":3}}"),
	        0);
	assert_int_equal(f->all.whole, 9);
	assert_true(f->all.flag);
	assert_int_equal(f->all.one.code, 3);
	assert_int_equal(f->all.seen, 1 << FLAG | 1 << WHOLE | 1 << ONE);
}

static void callbacks_may_refuse(void **state)
{
	struct fixture *f = *state;
	f->all.refuse = ERR_CONFLICT;
	assert_int_equal(read_text(f, &plain, "{\"each\":[{\"code\":1},{\"code\":2}]}"), ERR_CONFLICT);
	assert_string_equal(logged(f), "(:1:)");
	assert_string_equal(f->message, "each[0]: contradiction (byte 19)");
	f->all.refuse = 0;
}

/* What is wrong with the JSON itself is told with the record it is in; the sender's own text never is. */
static void broken_json_has_a_place(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(read_with(f, &plain, "{\"each\":{\"a\":{},\"b\":{\"name\":\"Durand\" Dupont", 1000),
	                 ERR_SYNTAX);
	assert_int_equal(strncmp(f->message, "each[b]: not valid JSON at byte ", 32), 0);
	assert_null(strstr(f->message, "Du"));
	assert_int_equal(read_text(f, &plain, "{\"each\":[{},{},{\"code\":1"), ERR_TRUNCATED);
	assert_string_equal(f->message, "each[2]: ended too early at byte 24");
	/* between two members there is none to name */
	assert_int_equal(read_text(f, &plain, "{\"one\":{},\"ints\":[] x"), ERR_SYNTAX);
	assert_int_equal(strncmp(f->message, "not valid JSON", 14), 0);
	assert_int_equal(read_text(f, &plain, "<html>"), ERR_NOT_JSON);
	assert_int_equal(read_text(f, &plain, ""), ERR_EMPTY);
	/* of a key only what looks like a code is shown, and no more of it than helps */
	assert_int_equal(
	        read_text(f, &plain, "{\"each\":{\"z\\u00e9@x.fr 0123456789012345678901234567890123456789\":5}}"),
	        ERR_TYPE);
	assert_int_equal(strncmp(f->message, "each[z???x?fr?012345678901234..]: expected an object", 51), 0);
}

/* ---- lists at the root ---- */

static int on_root(void *arg, void *record, struct str key)
{
	return on_each(arg, record, key);
}

static const struct field root_fields[] = {{RECORD_ROOT, FIELD_EACH, 0, 0, &inner_shape, on_root}};
static const struct shape root_list = {"list", 1, FIELDS(root_fields), RECORD_NO_MASK, NULL};

static void root_lists(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(read_text(f, &root_list, "[{\"code\":1},{\"code\":2,\"name\":\"x\"}]"), 0);
	assert_string_equal(logged(f), "(:1:)(:2:x)");
	assert_int_equal(read_text(f, &root_list, "{\"7\":{\"code\":7},\"8\":{}}"), 0);
	assert_string_equal(logged(f), "(7:7:)(8:0:)");
	assert_int_equal(f->count, 2);
	static const char *const none[] = {"[]", "{}", "null"};
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(read_text(f, &root_list, none[i]), 0);
		assert_int_equal(f->count, 0);
	}
	assert_int_equal(read_text(f, &root_list, "[{},5]"), ERR_TYPE);
	assert_string_equal(f->message, "[1]: expected an object (byte 5)");
	assert_int_equal(read_text(f, &root_list, "\"ok\""), ERR_TYPE);
	assert_int_equal(read_text(f, &root_list, "{\"status\":\"error\"}"), ERR_TYPE);
}

/* A key of any length reaches the callback whole, though scratch memory is used again for each record. */
static void long_keys(void **state)
{
	struct fixture *f = *state;
	char key[201], text[1000], wanted[1000];
	memset(key, 'k', 200);
	key[200] = '\0';
	snprintf(text, sizeof(text), "{\"%s\":{\"code\":1},\"b\":{\"code\":2},\"%s\":{\"code\":3}}", key, key);
	snprintf(wanted, sizeof(wanted), "(%s:1:)(b:2:)(%s:3:)", key, key);
	assert_int_equal(read_text(f, &root_list, text), 0);
	assert_string_equal(logged(f), wanted);
	/* what is wrong behind such a record does not look at the key that is gone */
	snprintf(text, sizeof(text), "{\"%s\":{\"code\":1} x", key);
	assert_int_equal(read_text(f, &root_list, text), ERR_SYNTAX);
}

/* ---- lists in lists, members without a field ---- */

struct course {
	uint64_t seen;
	int64_t code;
	struct texts more;
	struct items held;
	struct buf *log;
};

static int on_person(void *arg, void *record, struct str key)
{
	return on_each(arg, record, key);
}

static int on_other(void *arg, void *record, struct str key, struct str text)
{
	struct all *all = arg;
	const struct course *c = record;
	buf_printf(all->log, "<%lld %.*s=%.*s>", (long long)c->code, STR_ARG(key), text.p ? (int)text.n : 4,
	           text.p ? text.p : "none");
	return str_eqz(text, "stop") ? ERR_RANGE : 0;
}

static int on_course(void *arg, void *record, struct str key)
{
	struct all *all = arg;
	const struct course *c = record;
	(void)key;
	buf_printf(all->log, "|%lld:%zu:%zu", (long long)c->code, c->more.n, c->held.n);
	for (size_t i = 0; i < c->held.n; i++)
		buf_printf(all->log, ",%.*s", STR_ARG(((const struct inner *)c->held.v)[i].name));
	return 0;
}

static const struct field course_fields[] = {
        {"code", FIELD_INT, 0, AT(course, code), NULL, NULL},
        {"more", FIELD_TEXTS, 0, AT(course, more), NULL, NULL},
        {"held", FIELD_ITEMS, 0, AT(course, held), &inner_shape, NULL},
        {"people", FIELD_EACH, 0, 0, &inner_shape, on_person},
};
static const struct shape course_shape = {"course", sizeof(struct course), FIELDS(course_fields), AT(course, seen),
                                          on_other};
static const struct field courses_fields[] = {{"courses", FIELD_EACH, 0, 0, &course_shape, on_course}};
static const struct shape courses = {"courses", 1, FIELDS(courses_fields), RECORD_NO_MASK, NULL};

static void lists_in_lists(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(read_text(f, &courses,
	                           "{\"courses\":[{\"code\":1,\"held\":[{\"name\":\"h1\"},{\"name\":\"h2\"}],"
	                           "\"people\":{\"p\":{\"code\":5},\"q\":{\"code\":6}},\"more\":[\"a\"]},"
	                           "{\"people\":[{\"code\":7}],\"code\":2}]}"),
	                 0);
	/* what the record held before the inner list is still there behind it */
	assert_string_equal(logged(f), "(p:5:)(q:6:)|1:1:2,h1,h2(:7:)|2:0:0");
	assert_int_equal(f->count, 5);
}

static void other_members(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(read_text(f, &courses,
	                           "{\"courses\":[{\"code\":1,\"PROFESSOR_2\":\"x\",\"N\":5,\"B\":false,\"Z\":null,"
	                           "\"L\":[{\"code\":9}],\"O\":{\"a\":1},\"E\":\"\"}]}"),
	                 0);
	assert_string_equal(logged(f), "<1 PROFESSOR_2=x><1 N=5><1 B=false><1 Z=none><1 E=>|1:0:0");
	assert_int_equal(read_text(f, &courses, "{\"courses\":[{\"A\":\"stop\",\"B\":1}]}"), ERR_RANGE);
	assert_string_equal(logged(f), "<0 A=stop>");
}

/* ---- bounds ---- */

static void memory_is_the_runs(void **state)
{
	(void)state;
	struct buf log;
	struct buf b;
	buf_init(&b, 0);
	buf_init(&log, 0);
	/* one record that is too big: its scratch counts too */
	buf_addz(&b, "{\"courses\":[{\"more\":[0");
	for (int i = 0; i < 20000; i++)
		buf_addz(&b, ",1");
	buf_addz(&b, "]}]}");
	struct arena *a = arena_new((size_t)256 * 1024);
	struct all all = {.log = &log};
	struct record_reader *r = record_reader_new(a, &courses, &all, &all);
	assert_int_equal(record_reader_feed(r, b.p, b.n), ERR_LIMIT);
	assert_int_equal(strncmp(record_reader_error(r), "courses[0].more[", 16), 0);
	arena_free(&a);

	/* many small ones are fine: nothing of a record stays */
	buf_clear(&b);
	buf_addz(&b, "{\"courses\":[{\"code\":0}");
	for (int i = 0; i < 20000; i++)
		buf_addz(&b, ",{\"code\":1,\"more\":[\"some text\"]}");
	buf_addz(&b, "]}");
	a = arena_new((size_t)256 * 1024);
	r = record_reader_new(a, &courses, &all, &all);
	assert_int_equal(record_reader_feed(r, b.p, b.n), 0);
	assert_int_equal(record_reader_end(r), 0);
	assert_int_equal(record_reader_count(r), 20001);
	assert_true(arena_peak(a) < 64 * 1024);
	arena_free(&a);

	a = arena_new(100);
	assert_null(record_reader_new(a, &courses, &all, &all));
	arena_free(&a);
	buf_deinit(&b);
	buf_deinit(&log);
}

static void deep_input(void **state)
{
	struct fixture *f = *state;
	size_t n = 300000;
	char *deep = malloc(n + 1);
	memset(deep, '[', n);
	deep[n] = '\0';
	assert_int_equal(read_with(f, &courses, deep, 16384), ERR_TYPE);
	for (size_t i = 0; i + 5 <= n; i += 5)
		memcpy(deep + i, "{\"x\":", 5);
	assert_int_equal(read_with(f, &courses, deep, 16384), ERR_LIMIT);
	free(deep);
}

/* A reader that is not freed goes with its arena, also when the arena is used again. */
static void goes_with_the_arena(void **state)
{
	(void)state;
	struct buf log;
	struct arena *a = arena_new(0);
	struct all all = {.log = &log};
	buf_init(&log, 0);
	struct record_reader *r = record_reader_new(a, &courses, &all, &all);
	assert_int_equal(record_reader_feed(r, "{\"courses\":[{\"code\":1", 20), 0);
	arena_reset(a);
	r = record_reader_new(a, &courses, &all, &all);
	assert_int_equal(record_reader_feed(r, "{\"courses\"", 10), 0);
	arena_free(&a);
	buf_deinit(&log);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	        TEST(every_kind),
	        TEST(missing_and_null),
	        TEST(other_forms),
	        TEST(numbers),
	        TEST(wrong_types),
	        TEST(loose_lists),
	        TEST(strict_types),
	        TEST(required_fields_are_asked_for),
	        TEST(twice),
	        TEST(unknown_members_are_skipped),
	        TEST(callbacks_may_refuse),
	        TEST(broken_json_has_a_place),
	        TEST(root_lists),
	        TEST(long_keys),
	        TEST(lists_in_lists),
	        TEST(other_members),
	        TEST(memory_is_the_runs),
	        TEST(deep_input),
	        TEST(goes_with_the_arena),
	};
	/* numbers are read alike under a locale that writes them with a comma, where there is one */
	setlocale(LC_ALL, "fr_FR.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
