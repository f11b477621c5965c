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

#include "core/sync/drift.h"
#include "core/sync/held.h"
#include "core/sync/issues.h"
#include "core/sync/settings.h"
#include "core/sync/snapshot.h"
#include "core/sync/state.h"

/* Raised when what a fingerprint covers changes: records are then re-based, not written. */
#define FINGERPRINT_VERSION 1

/* In the order in which they are done for one sheet. Tutors, and who follows, come behind all sheets. */
enum item_kind { ITEM_PERSON, ITEM_GROUP, ITEM_SHEET, ITEM_FOLLOWER };
enum item_phase { ITEM_OPEN, ITEM_DOING, ITEM_DONE, ITEM_FAILED, ITEM_HELD };

struct want_person {
	struct person wish;
	uint8_t fingerprint[32];
	struct binding *binding;    /* NULL: not bound yet */
	bool broken;                /* not bound, and cannot be created: an issue says why */
	struct item *item;          /* what must be done first; NULL: nothing */
	struct item *follower;      /* of a learner: who follows is to be changed, or verified; NULL: nothing */
	bool fresh;                 /* created by this run: nobody else knows the account yet */
	bool counted;
};

/* The tutor who is to follow a learner. */
struct want_follower {
	int64_t learner;
	struct want_person *person; /* NULL: no sheet of the window needs the learner, and who follows is only taken away */
	struct want_person *tutor;  /* NULL: nobody is to */
	struct item *item;          /* NULL: it is so already */
};

/* A member: whom a sheet of the window needs, or whom an earlier one needed. */
struct want_member { int64_t code; struct want_person *person; const struct binding *binding; };

/* A group of learners that a session of the window is for. */
struct want_group {
	struct str code, name;      /* code: as in struct group_memory */
	struct want_member *members; size_t member_count, members_cap; /* by code */
	uint8_t fingerprint[32];
	struct group_memory *memory; /* NULL: not made yet */
	struct item *item;          /* what must be done first; NULL: nothing */
	int64_t first;              /* start of the soonest session */
};

struct want_sheet {
	const struct session *session;
	struct want_group **groups; size_t group_count; /* to be put on it: together they hold exactly its learners */
	bool groups_kept;           /* nothing is known of its groups now: they stay as they are */
	struct str grouping;        /* "code=id,…" of these; the id is missing while it is not known */
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
	struct want_group *group;
	struct want_follower *follower;
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
	bool interrupted;           /* it is of an earlier process or run */
	struct str tried;           /* id of the tutor's account that it may have put among a learner's followers */
	unsigned tries;
	const struct drift *drift;  /* what people changed in Edusign and this undoes; NULL: it is Yparéo's change */
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
	struct items waiting;       /* struct want_sheet *: to be compared once all groups are known */
	size_t waiting_cap, next_waiting;
	struct map *groups;         /* code -> struct want_group */
	struct map *group_of;       /* Yparéo's group -> struct want_group */
	struct map *followers;      /* learner -> struct want_follower */
	size_t sheets_known;        /* in the window: what the guard's percentage is of */
	bool file_held;             /* the guard's: a change of the school's file alters too much at once */
};

void compare_begin(struct comparison *c);
/* A slice of the work, well under a millisecond; true while there is more. The fault is set on memory exhaustion. */
bool compare_step(struct comparison *c, struct fault *fault);
/* Removals, interrupted writes, order. */
int compare_end(struct comparison *c) MUST_USE;
/* Puts the items in the order in which they are to be done. */
void compare_sort(struct comparison *c);

/* A removal whose session was found elsewhere by the wider reading: it becomes the change of the sheet, or stays a removal where the school's
 * choices leave the session out. */
void compare_moved(struct comparison *c, struct item *it, const struct session *s);

/* Why this session has no sheet by the school's own choice; NULL: it may have one. */
const char *compare_filtered(struct comparison *c, const struct session *s);

/* What the fingerprints cover. learners: those to be on the sheet. */
void compare_person_fingerprint(const struct person *p, uint8_t out[32]);
void compare_sheet_fingerprint(const struct want_sheet *w, struct str room, const int64_t *instructors, size_t instructor_count,
                               const int64_t *learners, size_t learner_count, uint8_t out[32]);

/* ---- compare_groups.c ---- */

/* Notes the groups that the session is for. */
void compare_groups_note(struct comparison *c, const struct want_sheet *w);
/* All sessions were looked at: who is in each group, and what is to be done. ERR_LIMIT. */
int compare_groups_end(struct comparison *c) MUST_USE;
/* Which of them the sheet shall bear. */
void compare_groups_attach(struct comparison *c, struct want_sheet *w);
struct str compare_group_record(struct arena *a, struct str code);
struct str compare_grouping_text(struct arena *a, const struct want_sheet *w);

/* ---- compare_tutors.c ---- */

/* All sessions were looked at: who is to follow each learner. ERR_LIMIT. */
int compare_tutors_end(struct comparison *c) MUST_USE;
/* Who follows that learner was being changed when a process ended: an item reads back first. */
int compare_tutors_interrupted(struct comparison *c, const struct intent *in) MUST_USE;

/* ---- for these ---- */

enum count_kind compare_count_kind(enum person_kind kind); /* what a report counts them as */
/* What a person lacks, or what is to be done first: p->broken, p->item. order: start of the soonest sheet. */
void compare_plan_person(struct comparison *c, struct want_person *p, int64_t order);
void compare_set_fields(struct comparison *c, struct item *it, const char *const *names, size_t n);
struct item *compare_add_item(struct comparison *c, enum item_kind kind, enum action action, struct str record, int64_t order);

/* A learner whom a write put on the sheet, or may have: ours to take off again. */
int compare_remember_added(struct arena *arena, struct sheet_memory *m, int64_t learner) MUST_USE;

/* The address the school chose; empty: none. */
struct str learner_email(const struct settings *s, const struct learner *l);

#endif
