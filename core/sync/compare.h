#ifndef CORE_SYNC_COMPARE_H
#define CORE_SYNC_COMPARE_H

/*
 * Wanted against last known: what one environment should hold, from the snapshot and the school's choices, held against what its
 * store remembers. Pure: reads nothing, writes nothing; the outcome is a list of items to be done, soonest first, each sheet right behind
 * the people it needs.
 *
 * Equal fingerprints cost nothing. A fingerprint is over what we wish, by Yparéo's codes, with a version; it says nothing about
 * what Edusign really holds (that is read before anything is changed).
 */

#include "core/sync/held.h"
#include "core/sync/issues.h"
#include "core/sync/settings.h"
#include "core/sync/snapshot.h"
#include "core/sync/state.h"

/* Raised when what a fingerprint covers changes: records are then re-based, not written. */
#define FINGERPRINT_VERSION 1

enum item_kind { ITEM_PERSON, ITEM_SHEET };
enum item_phase { ITEM_OPEN, ITEM_DOING, ITEM_DONE, ITEM_FAILED, ITEM_HELD };

struct want_person {
	struct person wish;
	uint8_t fingerprint[32];
	struct binding *binding;    /* NULL: not bound yet */
	bool broken;                /* not bound, and cannot be created: an issue says why */
	struct item *item;          /* what must be done first; NULL: nothing */
	bool counted;
};

struct want_sheet {
	const struct session *session;
	struct str name, room;
	bool room_known;            /* false: the room list is refused and the sheet keeps what it shows */
	struct want_person **instructors; size_t instructor_count; /* in Yparéo's order; broken ones left out */
	struct want_person **learners; size_t learner_count;       /* by code; broken ones left out */
	struct sheet_memory *memory; /* NULL: no sheet yet */
};

struct item {
	enum item_kind kind;
	enum action action;
	enum item_phase phase;
	int64_t order;              /* start of the sheet it is for */
	struct want_person *person;
	struct want_sheet *sheet;   /* NULL for a removal */
	struct sheet_memory *memory; /* of a removal, or the sheet known so far */
	struct str record;          /* "sheet 90210" */
	struct texts fields;
	struct str reason;
	bool roster_only;           /* nothing but STUDENTS differs */
	bool shrinks;               /* empties or halves the roster: the guard counts it as a removal */
	bool second_reading;        /* a removal that needs the wider reading first */
	/* an earlier write of this record whose outcome is unknown */
	uint64_t intent;            /* its seq; 0 none */
	int64_t sent_ms;            /* UTC ms */
	unsigned tries;
	/* the guard's */
	int64_t id;                 /* hash of what it would do */
	enum held_answer answer;
	unsigned guarded;           /* a bit for each enum guarded that it counts as */
	bool needed;                /* a person: by a sheet that is not held */
};

struct comparison {
	/* in */
	struct arena *arena;        /* of the environment's run */
	const struct settings *settings;
	const struct env_settings *env;
	const struct snapshot *snap;
	struct site_set sites;
	struct env_state *state;
	struct issues *issues;
	struct env_report *report;
	int64_t now;                /* UTC seconds */
	/* out */
	struct items items;         /* struct item *: in the order in which they are to be done */
	size_t items_cap;
	struct map *people[PERSON_KIND_COUNT]; /* code -> struct want_person */
	struct map *wanted;         /* session -> struct want_sheet */
	size_t next_session;        /* compare_step()'s place */
	size_t sheets_known;        /* in the window: what the guard's percentage is of */
	bool file_held;             /* the guard's: a change of the school's file alters too much at once */
};

void compare_begin(struct comparison *c);
/* A slice of the work, well under a millisecond; true while there is more. The fault is set on memory exhaustion. */
bool compare_step(struct comparison *c, struct fault *fault);
/* Removals, interrupted writes, order. */
int compare_end(struct comparison *c) MUST_USE;

/* A removal whose session was found elsewhere by the wider reading: it becomes the change of the sheet, or stays a removal where the school's
 * choices leave the session out. */
void compare_moved(struct comparison *c, struct item *it, const struct session *s);

/* What the fingerprints cover. learners: those to be on the sheet. */
void compare_person_fingerprint(const struct person *p, uint8_t out[32]);
void compare_sheet_fingerprint(const struct want_sheet *w, struct str room, const int64_t *instructors, size_t instructor_count,
                               const int64_t *learners, size_t learner_count, uint8_t out[32]);

/* The address the school chose; empty: none. */
struct str learner_email(const struct settings *s, const struct learner *l);

#endif
