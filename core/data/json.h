#ifndef CORE_DATA_JSON_H
#define CORE_DATA_JSON_H

/*
 * JSON, over yajl's streaming interface (json.c is its only user):
 *   reader   a push parser: bytes in as they come, events out; depth, size and text limits; nothing allocated per value
 *   tree     a small bounded document held whole in an arena (a school's file, one sheet to be merged, a simulator's body)
 *   writer   text out, into a buf
 * Numbers reach us as text and are converted, range-checked, by us: yajl's own conversion overflows (CVE-2022-24795).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/str.h"

/* ---- reader ---- */

/* Each returns 0, or a negative code that ends the reading and is what json_reader_feed() returns. Slices are valid during the
 * call only. */
struct json_events {
	int (*null)(void *arg);
	int (*boolean)(void *arg, bool value);
	int (*number)(void *arg, struct str text);
	int (*string)(void *arg, struct str text);
	int (*key)(void *arg, struct str text);
	int (*begin_object)(void *arg);
	int (*end_object)(void *arg);
	int (*begin_array)(void *arg);
	int (*end_array)(void *arg);
};

struct json_options {
	bool comments;      /* C and C++ comments are allowed */
	unsigned max_depth; /* 0: 64 */
	size_t max_text;    /* longest string, key or number in bytes, decoded; 0: 1 MiB */
};

struct json_reader;
struct json_reader *json_reader_new(const struct json_events *events, void *arg, const struct json_options *options);
void json_reader_free(struct json_reader **r);
/* 0; ERR_SYNTAX (texts that are not UTF-8 included), ERR_LIMIT, ERR_NOT_JSON (starts with '<' or goes wrong in its first word) or an
 * event's own code. Sticky. A byte order mark at the start is skipped. What is buffered is at most a few times max_text. */
int json_reader_feed(struct json_reader *r, const char *p, size_t n) MUST_USE;
/* The document is over: ERR_EMPTY for white space only, ERR_TRUNCATED when a value is open. */
int json_reader_end(struct json_reader *r) MUST_USE;
/* Bytes consumed so far; inside an event: the end of the token. */
uint64_t json_reader_offset(const struct json_reader *r);
/* One line: what is wrong, and at which byte; "" without an error. Never holds the input's own text. */
const char *json_reader_error(const struct json_reader *r);

/* ---- tree ---- */

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };
struct json {
	enum json_kind kind;
	bool boolean;
	struct str text;     /* STRING: decoded; NUMBER: as written */
	struct str key;      /* of a member of an object */
	size_t offset;       /* where it begins in the text (of a member: where its key begins) */
	size_t count;        /* children */
	struct json *first, *last, *next; /* children in order; next sibling */
};
/* On failure returns the code and fills *offset and message (both may be NULL). Duplicate keys are kept both. */
int json_parse(struct arena *arena, struct str text, const struct json_options *options, const struct json **out,
               size_t *offset, char message[160]) MUST_USE;
const struct json *json_get(const struct json *object, const char *key); /* last of that key; NULL: none, or not an object */
/* A whole number, also from a string of digits, also 1.0; def otherwise. */
int64_t json_int(const struct json *j, int64_t def);
bool json_is_int(const struct json *j, int64_t *out);
/* true/false, 0/1, "0"/"1"; def otherwise. */
bool json_bool(const struct json *j, bool def);
struct str json_text(const struct json *j); /* of a STRING or NUMBER; STR_NONE otherwise */
/* 1-based line and column (in characters) of an offset. */
void json_position(struct str text, size_t offset, unsigned *line, unsigned *column);

/* ---- writer ---- */

/* Commas and quotes are the writer's business. pretty: indented by two. Misuse (a value without a key in an object, an end that does not
 * fit, a second document) is a BUG. Deeper than 64 is ERR_LIMIT in the buf. */
struct json_writer {
	struct buf *out;
	bool pretty;
	unsigned depth;
	uint64_t has_items, is_object; /* bit per open container, the outermost lowest */
	bool after_key;
	bool begun;
};
void json_write_init(struct json_writer *w, struct buf *out, bool pretty);
void json_write_begin_object(struct json_writer *w);
void json_write_end_object(struct json_writer *w);
void json_write_begin_array(struct json_writer *w);
void json_write_end_array(struct json_writer *w);
void json_write_key(struct json_writer *w, const char *key);
void json_write_key_str(struct json_writer *w, struct str key);
void json_write_null(struct json_writer *w);
void json_write_bool(struct json_writer *w, bool value);
void json_write_int(struct json_writer *w, int64_t value);
void json_write_str(struct json_writer *w, struct str text); /* invalid UTF-8 becomes U+FFFD */
void json_write_text(struct json_writer *w, const char *z);  /* NULL writes null */
void json_write_number(struct json_writer *w, struct str text); /* a number as it was written elsewhere */
void json_write_tree(struct json_writer *w, const struct json *j);
/* key and value in one */
void json_put_str(struct json_writer *w, const char *key, struct str value);
void json_put_text(struct json_writer *w, const char *key, const char *z);
void json_put_int(struct json_writer *w, const char *key, int64_t value);
void json_put_bool(struct json_writer *w, const char *key, bool value);
void json_put_null(struct json_writer *w, const char *key);

#endif
