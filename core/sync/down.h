#ifndef CORE_SYNC_DOWN_H
#define CORE_SYNC_DOWN_H

/*
 * The way down, for one environment: what Yparéo plans becomes presence sheets. down.c is the outline (load, pin, adopt, compare, second
 * reading, guard, write, record); down_people.c, down_groups.c, down_sheets.c and down_tutors.c write one record each; compare.c and guard.c decide.
 */

#include "core/flow/flow.h"
#include "core/sync/compare.h"
#include "core/sync/journal.h"
#include "core/sync/whose.h"

/* Sheets listed: as far as one list may span behind the window (vendor fact: 90 days). */
#define DOWN_LIST_DAYS 60

/* code -> any */
struct drift_marks { struct map *sheets, *people[PERSON_KIND_COUNT]; };

/* Of changes that people made in Edusign (down_drift.c). */
struct down_drift {
	struct drift_memory memory;
	bool checked, full, failed;  /* it was looked for; in all of the window; it could not be */
	int64_t from, to;            /* the window, UTC */
	struct map *items;           /* session -> struct item: what this run changes anyway */
	struct drift_marks seen;     /* what a list held, or was looked at */
	struct drift_marks marked;   /* what is in found */
	struct items twins;          /* struct sheet_memory: other sheets with the code of one that we know */
	size_t twins_cap;
	struct items looks;          /* struct look: what no list held */
	size_t looks_cap, next_look;
	struct items found;          /* struct drift */
	size_t found_cap;
};

struct down_env {
	/* set by the engine */
	const struct settings *settings;
	const struct env_settings *env;
	const struct snapshot *snap;
	struct env_report *report;
	struct arena *report_arena;  /* outlives the run: what the report says lives there */
	struct store *store;
	struct loop *loop;           /* for the wall clock */
	const char *run_id;
	int64_t now;                 /* UTC seconds at the start of the run */
	bool plan_only;
	struct explanation *explain; /* what is asked of a plan; NULL: nothing */
	struct str approved;         /* id of a held plan that is answered with yes; empty: none */
	struct fault preset;         /* the engine already knows that this environment cannot run */
	void (*progress)(void *arg, const char *environment, const char *step, unsigned done, unsigned all);
	void *progress_arg;
	/* the run's own */
	struct env_state state;
	struct held held;            /* what earlier runs held, and what was answered */
	struct held_plan plan;       /* what this run holds */
	struct str choices;          /* of the school's file, as this run goes by them */
	struct map *planned;         /* id of each change of this run -> any */
	struct issues *issues;
	struct journal *journal;
	struct comparison cmp;
	struct school school;
	struct whose whose;          /* is it ours alone? */
	unsigned page;               /* of the list being read */
	struct items page_sheets, page_people;
	size_t page_sheets_before;
	bool orphans;                /* sheets that bear a code of ours and that nothing wants: not ours to remove unasked */
	size_t foreign;              /* sheets of the window that bear a code which cannot be bound */
	bool codes_there;            /* something in the account bears a code, ours or another's */
	bool blank;                  /* read to the end in this run, the account holds nothing with a code, and nothing was ever written to it from here: what is to
	                                be made cannot be there by its code */
	bool uninvited;              /* first contact, not answered with yes: nothing is written */
	bool asks_contact;           /* and not answered at all */
	struct held_change question; /* what is asked then */
	struct down_drift drift;
	struct map *wide;            /* session -> struct session: the second, wider reading */
	struct map *wide_groups;     /* group -> marks those that were read */
	struct ints second_groups;   /* to be read */
	size_t next_group;
	size_t first_open;           /* of cmp.items */
	unsigned done_items;
	bool canary_follower;        /* the first tutor of this environment is under way, to be read back */
	bool patch_trusted;          /* a change of this run was read back and had kept its roster */
	uint64_t run_started_ms;
};

extern const struct step down_env_list[]; /* state: struct down_env */

/* ---- inside the way down ---- */

/* One learner put on a sheet, or taken off it. */
struct roster_op {
	struct doing *g;
	bool add;
	struct str learner;          /* Edusign's id */
	int64_t code;
	struct intent intent;
};

enum outcome { OUTCOME_DONE, OUTCOME_FAILED, OUTCOME_AGAIN };

/* One item being done; made anew for each try. */
struct doing {
	struct down_env *d;
	struct item *item;
	enum outcome outcome;
	struct intent intent;
	struct str id;               /* Edusign's */
	struct account found;
	struct account other;        /* whose address it is that a person shall get */
	bool found_by_email;
	bool by_address;             /* this Edusign knows tutors by their address alone */
	bool create, restore;
	struct texts followers;      /* whole, as they shall be */
	/* sheets */
	struct sheet now, before;
	struct sheet_wish wish;
	struct want_person **placed_instructors; size_t placed_instructor_count;
	struct want_person **placed_learners; size_t placed_learner_count;
	bool attach;                 /* its groups go on the sheet */
	bool patch;
	/* groups */
	struct roll roll;
	struct roll_wish roll_wish;
	bool mixed;
	bool verify;                 /* read back what was just created */
	bool wrote;
	struct roster_op *ops;
	size_t op_count, next_op;
	bool op_uncertain;           /* a change of the roster may have happened or not: the sheet is read again */
};

/* down_adopt.c */
extern const struct step down_adopt_list[]; /* state: struct down_env */

/* down_drift.c */
extern const struct step down_drift_list[]; /* state: struct down_env */
void down_drift_tell(struct down_env *d);
void down_drift_save(struct down_env *d, struct store_txn *txn);
/* Does it bear a code of ours? */
bool down_is_ours(struct str api_id, struct str api_type, int64_t *code);
/* Signatures, a lock, a start: from then on a sheet belongs to those who sign it. NULL: it may be touched. */
const char *down_touched(const struct sheet *s, int64_t now);

extern const struct step down_person_list[], down_group_list[], down_sheet_list[], down_follower_list[]; /* state: struct doing */

/* down_tell.c. The environment's sites are known: one that another environment of the school has too is an issue. */
void down_tell_sites(struct down_env *d);
/* A choice of the school's file that what Yparéo plans contradicts is an issue. */
void down_tell_choices(struct down_env *d);
/* Our clock and Yparéo's differ: that is told, and removals are held. */
void down_hold_by_clock(struct down_env *d);
/* down_contact.c. A sheet of Edusign's list that bears a code which cannot be bound. */
void down_contact_foreign(struct down_env *d, const struct sheet *s);
/* Shall there be a first contact? *why NULL: yes, or there was one long ago; else what speaks against it, with d->uninvited, d->asks_contact and
 * d->question set. 0 or ERR_LIMIT. */
int down_contact(struct down_env *d, const char **why) MUST_USE;

/* Counts what is about to leave. */
enum verdict down_asks(struct down_env *d);
enum verdict down_blank(struct run *run); /* all lists were read: is the account blank? */
/* Need the item's code not be looked up before it is made? */
bool down_cannot_be_there(const struct doing *g);
enum verdict down_asks_ypareo(struct down_env *d);
/* A write's answer: true when it was done. Otherwise *v is what the step returns: uncertain writes are tried again after a read-back, refused ones
 * are the record's problem, everything else ends the environment's run. */
bool down_written(struct run *run, struct doing *g, struct exchange *x, enum verdict *v);
/* Milliseconds until a record whose last write is uncertain may be looked at again. */
int64_t down_not_before(struct doing *g);
/* The last write of this record is uncertain, and nothing is there: is it too early to believe that? Sets outcome AGAIN if so; else the
 * intent is dropped. */
bool down_too_early(struct doing *g);
/* What the vendor refused becomes an issue of the record. */
void down_refused(struct doing *g, const struct fault *fault);
/* What was done weighs in the guard of the next 24 hours; not so what a person answered. */
void down_count_guarded(struct doing *g);
/* down_tutors.c. May who follows a learner be written now? */
bool down_follower_ready(const struct down_env *d, const struct item *it);
/* down_tutors.c. A tutor, or who follows, could not be written for a reason that is not this record's: an issue says so, no other one is tried, and
 * the run goes on, since no sheet hangs on it. False: it is none of these. */
bool down_tutors_failed(struct down_env *d, const struct item *it, const struct fault *fault);
/* One line of history for what was written. */
void down_note(struct doing *g, const char *answer);
struct binding *down_bind(struct down_env *d, uint64_t seq, const struct person *wish, struct str id, const uint8_t fingerprint[32], bool shared, bool created);
struct sheet_memory *down_remember(struct down_env *d, uint64_t seq, const struct sheet_memory *m);

#endif
