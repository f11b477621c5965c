#ifndef CORE_SYNC_SNAPSHOT_H
#define CORE_SYNC_SNAPSHOT_H

/*
 * One reading of Yparéo, complete or failed: what serves all environments of a school in one run. Nothing is compared with
 * half an answer: a list that must be read and cannot be fails the reading; the few that a school's key may lack (rooms, trainings,
 * contracts) are marked unread instead, and the fields that come from them stay as they were last sent.
 *
 * The planning is asked for in one call for all groups where that was seen to hold what each group's own call holds, and in fewer days at
 * once where that is too slow; else group by group (snapshot_planning.c). What is remembered of that, and of the lists that rarely change, lies in the store of
 * the run (run_options.store; none: nothing is remembered).
 */

#include "core/flow/flow.h"
#include "core/sync/kept.h"
#include "core/sync/settings.h"
#include "core/sync/tutors.h"

/* Days that a call for all groups is still to be made for. */
struct planning_piece { int32_t first, last; };
#define PLANNING_PIECES 128

struct snapshot_work {
	const struct settings *settings;
	int32_t first, last;          /* days to read the planning of */
	bool people;                  /* also learners, instructors, rooms …: not needed for a reading of the planning alone */
	bool kept_will_do;            /* lists of learners and rooms up to KEPT_S old will do, where they have everybody who is needed */
	bool remembers;               /* what is learned is written to the run's store */
	int64_t now;                  /* UTC seconds at the start of the run */
	struct snapshot snap;         /* the answer; texts and arrays in snap.arena */
	/* below: the reading's own */
	struct kept kept;
	bool has_store, rooms_kept, people_kept, lists_changed;
	/* the planning */
	struct map *served;           /* group -> struct group: those whose sessions count */
	struct ints groups;           /* those still to be asked for, each by itself */
	size_t next_group;
	bool all, all_failed;         /* the call for all groups was made; in vain */
	bool proving;                 /* each group is asked for as well, and held against it */
	bool differs;
	struct planning_piece pieces[PLANNING_PIECES];
	size_t piece_count, pieces_open;
	bool days_work;               /* the last of them was answered */
	unsigned repeats;
	int64_t days;                 /* most days at once that were answered for; 0: the whole window */
	struct map *single_by_code;   /* session -> struct session, of the groups' own answers, while both are held against each other */
	size_t sessions_cap;
	struct map *wanted_learners, *wanted_instructors;
	struct ints period_codes;
	struct tutors tutors;         /* and contracts */
	bool tutors_asked;
	struct map *company_names;    /* company code -> struct str */
	uint64_t requests;
};

/* arena: where the snapshot lives; the run that uses it, not the child that reads. */
void snapshot_work_init(struct snapshot_work *w, const struct settings *settings, struct arena *arena, int32_t first, int32_t last,
                        bool people);
extern const struct step snapshot_list[]; /* state: struct snapshot_work, with the run's loop and arena */

/* ---- environments of a snapshot ---- */

/* The codes of the sites that make an environment. ERR_CONFIG with a fault that lists what Yparéo has. all: no sites are told apart. */
struct site_set { bool all; struct map *codes; };
int site_set_resolve(const struct snapshot *snap, const struct env_settings *env, struct arena *arena, struct site_set *out,
                     struct fault *fault) MUST_USE;
bool site_set_has(const struct site_set *set, int64_t site);
/* A site that both sets have; NULL: none. Sets of all sites are not asked. */
const struct site *site_set_common(const struct snapshot *snap, const struct site_set *a, const struct site_set *b);

enum belongs { BELONGS_NO, BELONGS_YES, BELONGS_SHARED /* with sites outside */, BELONGS_UNKNOWN /* no group's site is known */ };
enum belongs session_belongs(const struct snapshot *snap, const struct site_set *set, const struct session *s);
/* Is this learner of the session one of the environment's? */
enum belongs learner_belongs(const struct snapshot *snap, const struct site_set *set, const struct session *s, const struct learner *l,
                             enum belongs session);

#endif
