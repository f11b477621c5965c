#ifndef CORE_DATA_RECORD_H
#define CORE_DATA_RECORD_H

/*
 * Streamed records: JSON of any length into C structs, by table, without a tree. The adapters describe what they read of an
 * answer as shapes; everything else in it is skipped without being stored. One record is decoded into scratch memory, handed to
 * a callback that copies what it keeps, and forgotten.
 *
 * Lenient where the vendors wobble: a number where a text is wanted becomes its text; a text of digits where a whole number is wanted, the
 * number; 0/1, "0"/"1", "", null where a bool is wanted. A list may be an array, an object keyed by code (Yparéo), [] or null; where
 * whole numbers or texts are wanted (INTS, TEXTS), one value alone is a list of one.
 * [] instead of an object is PHP's way of writing an empty one and counts as missing, as do null and, where no text is wanted, "". A whole document
 * that is [] says that there is nothing: nothing is required of it.
 * A member that comes twice counts the second time. Anything else of the wrong type is an error that names the place:
 * "cours[3].codeSeance: expected a whole number, found a text". Places show names of our own tables, indices, and of the sender's keys what looks
 * like a code; never a value.
 */

#include "core/base/arena.h"
#include "core/base/err.h"
#include "core/base/str.h"

struct shape;

struct ints { int64_t *v; size_t n; };
struct texts { struct str *v; size_t n; };
struct items { void *v; size_t n; };

enum field_kind {
	FIELD_BOOL,    /* bool */
	FIELD_INT,     /* int64_t */
	FIELD_NUMBER,  /* double: delays come as fractions too */
	FIELD_TEXT,    /* struct str */
	FIELD_DAY,     /* int32_t, day_parse() */
	FIELD_DAYTIME, /* int32_t, seconds of the day: "HH:mm[:ss]" */
	FIELD_UTC,     /* int64_t, utc_parse() */
	FIELD_OBJECT,  /* a struct of .shape, inline at .offset; null leaves it zero */
	FIELD_INTS,    /* struct ints: an array (or keyed object) of whole numbers */
	FIELD_TEXTS,   /* struct texts */
	FIELD_ITEMS,   /* struct items of .shape: a list held with its record; mind its size */
	FIELD_EACH,    /* a list whose elements (objects of .shape) go one by one to .each; nothing is held */
};

enum {
	FIELD_REQUIRED = 1, /* missing or null is ERR_MISSING */
	FIELD_LOOSE = 2,    /* a wrong type counts as missing */
	FIELD_STRICT = 4,   /* BOOL: only true and false; INT, NUMBER: only a JSON number */
};

struct field {
	const char *name;
	enum field_kind kind;
	unsigned flags;
	size_t offset;             /* into the record's struct */
	const struct shape *shape; /* OBJECT, ITEMS, EACH */
	/* EACH: one element. key: its key in a keyed object, STR_NONE in an array. record is scratch, valid during the call. 0, or
	 * a negative code that ends the reading. */
	int (*each)(void *arg, void *record, struct str key);
};

struct shape {
	const char *name;         /* for messages: "session" */
	size_t size;              /* of the struct */
	const struct field *fields;
	size_t count;             /* at most 64 */
	/* Where the struct holds a uint64_t with a bit per field that was present, not null and of the right type; or RECORD_NO_MASK. */
	size_t mask_offset;
	/* A scalar member that the table does not name (PROFESSOR_2, …); its text, STR_NONE for null. May be NULL. text and key are scratch; copy.
	 * Members with names of more than 48 bytes are not told. */
	int (*other)(void *arg, void *record, struct str key, struct str text);
};
#define RECORD_NO_MASK ((size_t)-1)
#define FIELD_BIT(index) (UINT64_C(1) << (index))
#define FIELDS(table) (table), sizeof(table) / sizeof((table)[0])

struct record_reader;

/* Scratch memory counts against the arena's cap. At most 16 different shapes, root's among them.
 * root describes the whole document. A document that is itself a list (keyed object, array, []) is a shape of one field
 * of kind EACH named "" (RECORD_ROOT). out: the struct of the root shape, filled as the document is read; its texts live in arena. */
#define RECORD_ROOT ""
/* NULL: the arena is exhausted. */
struct record_reader *record_reader_new(struct arena *arena, const struct shape *root, void *out, void *arg);
/* Freed with the arena too; freeing early is allowed. */
void record_reader_free(struct record_reader **r);
int record_reader_feed(struct record_reader *r, const char *p, size_t n) MUST_USE;
int record_reader_end(struct record_reader *r) MUST_USE;
/* How many records FIELD_EACH callbacks were given. */
uint64_t record_reader_count(const struct record_reader *r);
/* "cours[3].codeSeance: expected a whole number, found a text (byte 1234)"; "" without an error. */
const char *record_reader_error(const struct record_reader *r);

#endif
