#include "core/data/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yajl/yajl_parse.h>

/* The push parser: the only user of yajl. Its messages quote the input, so they are not used; ours say where and what. */

#define DEFAULT_DEPTH 64
#define DEFAULT_TEXT ((size_t)1024 * 1024)

struct json_reader {
	yajl_handle yajl;
	const struct json_events *events;
	void *arg;
	unsigned depth, max_depth;
	size_t max_text;
	uint64_t before;    /* bytes of the pieces that are done */
	int error;
	bool begun;         /* a byte that is not white space was seen */
	bool ended;         /* the top value is whole */
	unsigned bom;       /* bytes of a byte order mark still to be skipped at the start */
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
	return done(r, CALL(r, number, (struct str){ p, n }));
}

static int on_string(void *arg, const unsigned char *p, size_t n)
{
	struct json_reader *r = arg;
	if (n > r->max_text)
		return fail(r, ERR_LIMIT, "a text too long");
	return done(r, CALL(r, string, (struct str){ (const char *)p, n }));
}

static int on_key(void *arg, const unsigned char *p, size_t n)
{
	struct json_reader *r = arg;
	int rc = n > r->max_text ? ERR_LIMIT : CALL(r, key, (struct str){ (const char *)p, n });
	if (rc && !r->error)
		r->error = rc;
	return rc == 0;
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

struct json_reader *json_reader_new(const struct json_events *events, void *arg, const struct json_options *options)
{
	struct json_reader *r = xcalloc(1, sizeof(*r));
	r->events = events;
	r->arg = arg;
	r->max_depth = options && options->max_depth ? options->max_depth : DEFAULT_DEPTH;
	r->max_text = options && options->max_text ? options->max_text : DEFAULT_TEXT;
	r->yajl = yajl_alloc(&callbacks, NULL, r);
	REQUIRE(r->yajl);
	if (options && options->comments)
		yajl_config(r->yajl, yajl_allow_comments, 1);
	r->bom = 3;
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
	return r->before + (r->yajl ? yajl_get_bytes_consumed(r->yajl) : 0);
}

const char *json_reader_error(const struct json_reader *r)
{
	return r->error ? r->message[0] ? r->message : err_text(r->error) : "";
}

/* What the first byte says: an HTML page or a plain text is told apart from JSON that is broken. '/' and '#' may begin a comment. */
static bool may_begin(char c)
{
	return strchr("{[\"-0123456789tfn/", c) != NULL && c != '\0';
}

static void skip_start(struct json_reader *r, const char **p, size_t *n)
{
	static const unsigned char mark[3] = { 0xef, 0xbb, 0xbf };
	while (*n && !r->begun) {
		if (r->bom && (unsigned char)**p == mark[3 - r->bom]) {
			r->bom--;
		} else if (strchr(" \t\r\n", **p) && **p) {
			r->bom = 0;
		} else {
			r->begun = true;
			if (!may_begin(**p)) {
				r->error = ERR_NOT_JSON;
				snprintf(r->message, sizeof(r->message), "%s", err_text(ERR_NOT_JSON));
			}
			break;
		}
		r->before++;
		(*p)++;
		(*n)--;
	}
}

int json_reader_feed(struct json_reader *r, const char *p, size_t n)
{
	if (r->error)
		return r->error;
	if (!r->begun)
		skip_start(r, &p, &n);
	if (r->error || n == 0)
		return r->error;
	yajl_status status = yajl_parse(r->yajl, (const unsigned char *)p, n);
	if (status != yajl_status_ok && !r->error)
		fail(r, ERR_SYNTAX, r->ended ? "something behind the end" : "not valid JSON");
	else if (r->error && !r->message[0])
		snprintf(r->message, sizeof(r->message), "%s at byte %llu", err_text(r->error), (unsigned long long)json_reader_offset(r));
	else
		r->before += n;
	return r->error;
}

int json_reader_end(struct json_reader *r)
{
	if (r->error)
		return r->error;
	if (!r->begun) {
		snprintf(r->message, sizeof(r->message), "%s", err_text(ERR_EMPTY));
		return r->error = ERR_EMPTY;
	}
	/* a number at the top is only over when the document is */
	yajl_status status = yajl_complete_parse(r->yajl);
	if (r->error)
		return r->error;
	if (status != yajl_status_ok || !r->ended) {
		snprintf(r->message, sizeof(r->message), "ended too early, after %llu bytes", (unsigned long long)r->before);
		return r->error = ERR_TRUNCATED;
	}
	return 0;
}
