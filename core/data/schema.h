#ifndef CORE_DATA_SCHEMA_H
#define CORE_DATA_SCHEMA_H

/*
 * Files that people write: a JSON tree checked against tables and put into a struct, all mistakes told at once.
 *
 *   schema    one object: its keys, and the struct they fill
 *   field     one key: type, default, range, words allowed, and one line that says what it is for
 *   mistakes  what is wrong with one file, each at its place: "file:line:column: key: what is wrong, what is expected"
 *
 * Tables do not know the order of keys, and every key not in them is a mistake. Rules between keys are the caller's: it finds the tree
 * node of each object in its struct (at) and adds its own mistakes.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/data/json.h"
#include "core/data/record.h"

/* ---- mistakes ---- */

#define MISTAKE_NOWHERE ((size_t)-1) /* the file as a whole */

struct mistake {
	size_t offset;
	unsigned line, column; /* 0: the file as a whole */
	const char *key;       /* "environments[1].edusign.url"; "" none */
	const char *text;
};

struct mistakes {
	struct arena *arena;
	struct arena *keep; /* where values go; NULL: arena as well. Set behind mistakes_init() by who outlives the file's text */
	const char *file;
	struct str text;
	struct items list; /* struct mistake */
	size_t cap;
	int error;         /* ERR_LIMIT: the arena is exhausted */
};

/* arena, file and text are borrowed. */
void mistakes_init(struct mistakes *m, struct arena *arena, const char *file, struct str text);
void mistakes_add(struct mistakes *m, size_t offset, const char *key, const char *fmt, ...) PRINTF_LIKE(4, 5);
/* In the order of the file, one a line. */
void mistakes_print(struct mistakes *m, struct buf *out);
static inline bool mistakes_any(const struct mistakes *m) { return m->list.n || m->error; }

/* ---- tables ---- */

struct schema;

enum schema_type {
	SCHEMA_BOOL,   /* bool */
	SCHEMA_INT,    /* int64_t, min to max */
	SCHEMA_TEXT,   /* struct str, NUL-terminated; min to max characters; one line */
	SCHEMA_ENUM,   /* int: the index in words */
	SCHEMA_TIMES,  /* struct ints: minutes of the day from "HH:MM" */
	SCHEMA_TEXTS,  /* struct texts */
	SCHEMA_SET,    /* unsigned: a bit for each of words that the list names; not empty */
	SCHEMA_OBJECT, /* a struct of .sub, inline */
	SCHEMA_LIST,   /* struct items of .sub; min to max elements */
	SCHEMA_TEXT_MAP, /* struct items of struct schema_pair: any key, a text each */
	SCHEMA_INT_MAP,  /* the same, a whole number from min to max each */
	SCHEMA_ANY,    /* an object that is not looked into: with SCHEMA_LATER, which bounds it to empty */
};

enum {
	SCHEMA_REQUIRED = 1,
	SCHEMA_NULL = 2,  /* null is allowed, and means the default */
	SCHEMA_LATER = 4, /* checked, but only its default is possible in this version */
};

struct schema_pair {
	struct str key, text;
	int64_t number;
	const struct json *at;
};

#define SCHEMA_TEXT_MOST 400 /* characters, where a field says nothing else */

struct schema_field {
	const char *key;
	enum schema_type type;
	unsigned flags;
	size_t offset;           /* into the struct */
	int64_t min, max;        /* INT, LIST, INT_MAP; TEXT: characters (0, 0: 1 to 400) */
	int64_t number;          /* default of BOOL, INT, ENUM, SET */
	const char *text;        /* default of TEXT (NULL: none), TIMES ("12:00 22:00") */
	const char *const *words; /* ENUM, SET; NULL-terminated */
	const struct schema *sub;
	const char *expect;      /* behind "expected "; NULL: made from the type */
	const char *doc;         /* one line */
};

struct schema {
	size_t size;             /* of the struct */
	size_t at;               /* where the struct holds its const struct json *: NULL for an object that is not there */
	const struct schema_field *fields;
	size_t count;
};

/* Checks root against schema and fills out (zeroed before), missing keys by their defaults. What is wrong is added to m, and the
 * field keeps its default. Texts, numbers of lists and pairs live in m->keep; lists of objects, and every .at, in m->arena. */
void schema_read(const struct schema *schema, const struct json *root, void *out, struct mistakes *m);
/* Parses text, with comments, then schema_read. A text that is no JSON is one mistake. */
void schema_read_text(const struct schema *schema, struct str text, void *out, struct mistakes *m);
/* Adds a mistake at a key of an object, or at the object when the key is not there. path: of the object, "" for the root. */
void schema_mistake(struct mistakes *m, const struct json *object, const char *path, const char *key, const char *fmt, ...) PRINTF_LIKE(5, 6);
/* The table as a JSON Schema, for editors. */
void schema_write_json(const struct schema *schema, const char *title, struct json_writer *w);
/* The word nearest to s, near enough to be meant; NULL: none. */
const char *schema_nearest(struct str s, const char *const *words, size_t count);

#endif
