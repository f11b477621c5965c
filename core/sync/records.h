#ifndef CORE_SYNC_RECORDS_H
#define CORE_SYNC_RECORDS_H

/*
 * Every kind of record that a store holds, in one table: what its key and its value are made of, of which person it speaks, and how long it is kept. What
 * is exported of a person, what is erased of them and what is trimmed by age is read from it; a table of the store that is missing here fails a test.
 *
 *   subject   the person who asks what is kept of them
 *   field     a part of a key or a value; its role says whether it may speak of a person
 *   keep      which of the school's times of retention a record is under
 *
 * The layouts are those of the put functions (state.c and others); a test holds the two against each other.
 */

#include "core/data/json.h"
#include "core/sync/keep.h"
#include "core/sync/state.h"

struct subject {
	enum person_kind kind;
	int64_t code;
	struct str id;    /* Edusign's; empty: no binding says it */
	struct str email; /* last sent; empty: not known */
};

enum part_type {
	PART_INT,
	PART_BOOL,
	PART_TIME,  /* UTC seconds */
	PART_DAY,   /* days since 1970 */
	PART_U8,    /* of keys only */
	PART_TEXT,
	PART_HASH,  /* 32 bytes, never shown */
	PART_INTS,
	PART_TEXTS, /* a number, then so many texts */
	PART_EACH,  /* a number, then so many times the .parts fields that follow */
};

enum part_role {
	ROLE_NONE,
	ROLE_KIND,        /* enum person_kind of the ROLE_CODE beside it */
	ROLE_KIND_BEHIND_SHEET, /* the same plus one; 0: a sheet */
	ROLE_CODE,        /* of a person of that kind */
	ROLE_LEARNER,     /* a learner's code, or codes */
	ROLE_INSTRUCTOR,
	ROLE_RECORD,      /* "learner 4711", "attendance 90210/4711" */
	ROLE_CODES,       /* text: codes of learners, "4711, 4712" */
	ROLE_MENTION,     /* text that may name people by code, by Edusign's id or by address */
	ROLE_PERSONAL,    /* what is known of the person, and goes with the record */
};

struct record_field {
	const char *name;
	enum part_type type;
	enum part_role role;
	unsigned parts;                  /* of PART_EACH */
	const char *(*word)(int64_t v);  /* of an INT or U8 that stands for a word; may be NULL */
};

struct record {
	struct str key, value;
};

struct record_kind {
	enum state_table table;
	const char *name;                 /* in an export: "binding" */
	const struct record_field *key;   /* behind the table's byte; ends with a NULL name */
	const struct record_field *value; /* NULL: of its own shape, and of nobody but whom the key names */
	/* Instead of the roles, where what a field means depends on another; may be NULL. */
	bool (*speaks)(const struct record *r, const struct subject *who);
	/* Under which time it is, and since when; KEEP_ALWAYS: not trimmed. NULL: never. */
	enum record_keep (*keep)(const struct record *r, int64_t *since_s);
	bool whole; /* who is erased takes it along, also where it is others' too */
};

extern const struct record_kind record_kinds[];
extern const size_t record_kind_count;
/* By the first byte of a key; NULL: no kind of ours. */
const struct record_kind *record_kind_of(struct str key);

/* A part that is a number, by its name; 0 when it is not there. */
int64_t record_int(const struct record_kind *k, const struct record *r, const char *name);

bool record_speaks(const struct record_kind *k, const struct record *r, const struct subject *who);
/* The record's value without who, where it is not theirs alone (a list that holds them, a text that names them). False: it goes as a whole. Requires
 * that it speaks of them. */
bool record_without(const struct record_kind *k, const struct record *r, const struct subject *who, struct buf *out);
/* One object: "kind", and what is in it. Of lists of people only who is shown. */
void record_show(const struct record_kind *k, const struct record *r, const struct subject *who, struct json_writer *w);
/* 0 when key and value are what the table says, to the last byte; else ERR_STORE_CORRUPT. */
int record_check(const struct record_kind *k, const struct record *r) MUST_USE;

/* ---- inside a store job ---- */

/* Completes who from its binding. False: there is none. id and email live in arena. */
bool subject_load(struct store_txn *txn, struct arena *arena, struct subject *who);
/* Every record that speaks of who; each() must not write. */
void records_of(struct store_txn *txn, const struct subject *who, void (*each)(void *arg, const struct record_kind *k, const struct record *r), void *arg);
/* Deletes them, or takes who out of them. Returns how many records there were. */
size_t records_erase(struct store_txn *txn, const struct subject *who);
/* Deletes what is older than keep_days says, most at most; 0 days: kept for ever. Returns how many. */
size_t records_trim(struct store_txn *txn, const unsigned keep_days[KEEP_COUNT], int64_t now_s, size_t most);

#endif
