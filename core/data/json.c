#include "core/data/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_parse.h>

#include "core/data/json_p.h"

/* The push parser: the only user of yajl. Its messages quote the input, so they are not used; ours say where and
 * what. */

#define DEFAULT_DEPTH 64
#define DEFAULT_TEXT  ((size_t)1024 * 1024)
#define BOM_SIZE      3
/* The longest way to write a byte: \u0041. */
#define ESCAPE_MOST 6

struct json_reader {
	yajl_handle yajl;
	const struct json_events *events;
	void *arg;
	unsigned depth, max_depth;
	size_t max_text;
	uint64_t before; /* bytes of the pieces that are done */
	uint64_t tokens; /* events so far */
	uint64_t quiet;  /* bytes of the latest pieces in which there was none */
	int error;
	char first;   /* the first byte that is not white space; 0: none yet */
	bool ended;   /* the top value is whole */
	bool parsing; /* inside yajl: its count goes on top of before */
	unsigned bom; /* bytes of a byte order mark seen at the start */
	char message[120];
};

static int fail(struct json_reader *r, int code, const char *what)
{
	if (r->error)
		return 0;
	r->error = code;
	snprintf(r->message, sizeof(r->message), "%s at byte %llu", what, (unsigned long long)json_reader_offset(r));
	return 0;
}

/* yajl goes on for 1 and stops for 0. */
static int done(struct json_reader *r, int rc)
{
	r->tokens++;
	if (rc == 0) {
		if (r->depth == 0)
			r->ended = true;
		return 1;
	}
	if (!r->error)
		r->error = rc;
	return 0;
}

#define CALL(r, event, ...) ((r)->events->event ? (r)->events->event((r)->arg, ##__VA_ARGS__) : 0)

static int on_null(void *arg)
{
	struct json_reader *r = arg;
	return done(r, CALL(r, null));
}

static int on_boolean(void *arg, int value)
{
	struct json_reader *r = arg;
	return done(r, CALL(r, boolean, value != 0));
}

static int on_number(void *arg, const char *p, size_t n)
{
	struct json_reader *r = arg;
	if (n > r->max_text)
		return fail(r, ERR_LIMIT, "a number too long");
	return done(r, CALL(r, number, (struct str){p, n}));
}

/* Most texts are short and plain: by words, the last one overlapping. */
static bool is_ascii(const unsigned char *p, size_t n)
{
	uint64_t all = 0, eight;
	uint32_t four[2];
	if (n >= sizeof(eight)) {
		for (size_t i = 0; i < n - sizeof(eight); i += sizeof(eight)) {
			memcpy(&eight, p + i, sizeof(eight));
			all |= eight;
		}
		memcpy(&eight, p + n - sizeof(eight), sizeof(eight));
		all |= eight;
	} else if (n >= sizeof(four[0])) {
		memcpy(&four[0], p, sizeof(four[0]));
		memcpy(&four[1], p + n - sizeof(four[1]), sizeof(four[1]));
		all = four[0] | four[1];
	} else {
		for (size_t i = 0; i < n; i++)
			all |= p[i];
	}
	return !(all & UINT64_C(0x8080808080808080));
}

/* Ours, not yajl's: it lets overlong forms, surrogates and what is beyond U+10FFFF pass. */
static bool is_utf8(const unsigned char *p, size_t n)
{
	if (is_ascii(p, n))
		return true;
	for (size_t i = 0; i < n;) {
		size_t length = p[i] < 0x80 ? 1 : json__char(p + i, n - i);
		if (length == 0)
			return false;
		i += length;
	}
	return true;
}

static bool text_is_good(struct json_reader *r, const unsigned char *p, size_t n)
{
	if (n > r->max_text)
		fail(r, ERR_LIMIT, "a text too long");
	else if (!is_utf8(p, n))
		fail(r, ERR_SYNTAX, "invalid UTF-8");
	else
		return true;
	return false;
}

static int on_string(void *arg, const unsigned char *p, size_t n)
{
	struct json_reader *r = arg;
	if (!text_is_good(r, p, n))
		return 0;
	return done(r, CALL(r, string, (struct str){(const char *)p, n}));
}

static int on_key(void *arg, const unsigned char *p, size_t n)
{
	struct json_reader *r = arg;
	if (!text_is_good(r, p, n))
		return 0;
	return done(r, CALL(r, key, (struct str){(const char *)p, n}));
}

static bool enter(struct json_reader *r)
{
	if (r->depth >= r->max_depth) {
		fail(r, ERR_LIMIT, "nested too deeply");
		return false;
	}
	r->depth++;
	return true;
}

static int on_begin_object(void *arg)
{
	struct json_reader *r = arg;
	return enter(r) && done(r, CALL(r, begin_object));
}

static int on_end_object(void *arg)
{
	struct json_reader *r = arg;
	r->depth--;
	return done(r, CALL(r, end_object));
}

static int on_begin_array(void *arg)
{
	struct json_reader *r = arg;
	return enter(r) && done(r, CALL(r, begin_array));
}

static int on_end_array(void *arg)
{
	struct json_reader *r = arg;
	r->depth--;
	return done(r, CALL(r, end_array));
}

static const yajl_callbacks callbacks = {
        .yajl_null = on_null,
        .yajl_boolean = on_boolean,
        .yajl_number = on_number, /* as text: yajl's own conversion overflows */
        .yajl_string = on_string,
        .yajl_start_map = on_begin_object,
        .yajl_map_key = on_key,
        .yajl_end_map = on_end_object,
        .yajl_start_array = on_begin_array,
        .yajl_end_array = on_end_array,
};

/* yajl writes through whatever it is given, NULL too: ours ends the process instead. What it holds is small, or a text that
 * max_text bounds. */
static void *take_memory(void *ctx, size_t size)
{
	(void)ctx;
	return xmalloc(size);
}

static void *change_memory(void *ctx, void *p, size_t size)
{
	(void)ctx;
	return xrealloc(p, size);
}

static void give_memory(void *ctx, void *p)
{
	(void)ctx;
	free(p);
}

static yajl_alloc_funcs memory = {take_memory, change_memory, give_memory, NULL};

struct json_reader *json_reader_new(const struct json_events *events, void *arg, const struct json_options *options)
{
	struct json_reader *r = xcalloc(1, sizeof(*r));
	r->events = events;
	r->arg = arg;
	r->max_depth = options && options->max_depth ? options->max_depth : DEFAULT_DEPTH;
	r->max_text = options && options->max_text ? options->max_text : DEFAULT_TEXT;
	r->yajl = yajl_alloc(&callbacks, &memory, r);
	REQUIRE(r->yajl);
	if (options && options->comments)
		yajl_config(r->yajl, yajl_allow_comments, 1);
	yajl_config(r->yajl, yajl_dont_validate_strings, 1);
	return r;
}

void json_reader_free(struct json_reader **r)
{
	if (!*r)
		return;
	yajl_free((*r)->yajl);
	free(*r);
	*r = NULL;
}

uint64_t json_reader_offset(const struct json_reader *r)
{
	return r->before + (r->parsing ? yajl_get_bytes_consumed(r->yajl) : 0);
}

const char *json_reader_error(const struct json_reader *r)
{
	return r->error ? r->message[0] ? r->message : err_text(r->error) : "";
}

static int refuse(struct json_reader *r, int code)
{
	snprintf(r->message, sizeof(r->message), "%s", err_text(code));
	return r->error = code;
}

/* An HTML page or a plain text is told apart from JSON that is broken. '/' may begin a comment. */
static bool may_begin(char c)
{
	return c != '\0' && strchr("{[\"-0123456789tfn/", c);
}

static void skip_start(struct json_reader *r, const char **p, size_t *n)
{
	static const char mark[BOM_SIZE + 1] = "\xef\xbb\xbf";
	for (; *n; r->before++, (*p)++, (*n)--) {
		char c = **p;
		if (r->bom < BOM_SIZE && r->before == r->bom && c == mark[r->bom]) {
			r->bom++;
			continue;
		}
		bool cut = r->bom > 0 && r->bom < BOM_SIZE;
		if (!cut && c != '\0' && strchr(" \t\r\n", c))
			continue;
		r->first = c;
		if (cut || !may_begin(c))
			(void)refuse(r, ERR_NOT_JSON);
		return;
	}
}

/* yajl refused. "not found" and "true story" begin like JSON: a text that went wrong before its first value is none.
 */
static void explain(struct json_reader *r)
{
	if (r->ended)
		fail(r, ERR_SYNTAX, "something behind the end");
	else if (r->tokens == 0 && strchr("tfn", r->first))
		(void)refuse(r, ERR_NOT_JSON);
	else
		fail(r, ERR_SYNTAX, "not valid JSON");
}

int json_reader_feed(struct json_reader *r, const char *p, size_t n)
{
	if (r->error)
		return r->error;
	if (!r->first)
		skip_start(r, &p, &n);
	if (r->error || n == 0)
		return r->error;
	uint64_t tokens = r->tokens;
	r->parsing = true;
	yajl_status status = yajl_parse(r->yajl, (const unsigned char *)p, n);
	if (status != yajl_status_ok && !r->error)
		explain(r);
	if (r->error) {
		if (!r->message[0])
			snprintf(r->message, sizeof(r->message), "%s at byte %llu", err_text(r->error),
			         (unsigned long long)json_reader_offset(r));
		return r->error;
	}
	r->parsing = false;
	r->before += n;
	/* yajl keeps the beginning of a token until its end has come: one that never ends must not fill the memory */
	r->quiet = r->tokens == tokens ? r->quiet + n : 0;
	if (r->quiet > (uint64_t)r->max_text * ESCAPE_MOST + 2)
		fail(r, ERR_LIMIT, "a text too long");
	return r->error;
}

int json_reader_end(struct json_reader *r)
{
	if (r->error)
		return r->error;
	if (!r->first)
		return refuse(r, r->bom > 0 && r->bom < BOM_SIZE ? ERR_NOT_JSON : ERR_EMPTY);
	bool ended = r->ended;
	/* yajl overlooks a text that is cut behind the end of the document; a line's end is wrong inside one, and
	 * right anywhere else */
	yajl_status status = yajl_parse(r->yajl, (const unsigned char *)"\n", 1);
	/* a number at the top is only over when the document is */
	if (status == yajl_status_ok)
		status = yajl_complete_parse(r->yajl);
	if (r->error)
		return r->error;
	if (status == yajl_status_ok && r->ended)
		return 0;
	if (ended)
		fail(r, ERR_SYNTAX, "something behind the end");
	else
		fail(r, ERR_TRUNCATED, "ended too early");
	return r->error;
}
