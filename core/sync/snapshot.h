#ifndef CORE_SYNC_SNAPSHOT_H
#define CORE_SYNC_SNAPSHOT_H

/*
 * One reading of Yparéo, complete or failed: what serves all environments of a school in one run. Nothing is compared with
 * half an answer: a list that must be read and cannot be fails the reading; the few that a school's key may lack (rooms, trainings,
 * contracts) are marked unread instead, and the fields that come from them stay as they were last sent.
 */

#include "core/flow/flow.h"
#include "core/sync/settings.h"
#include "core/sync/tutors.h"

struct snapshot_work {
	const struct settings *settings;
	int32_t first, last;          /* days to read the planning of */
	bool people;                  /* also learners, instructors, rooms …: not needed for a reading of the planning alone */
	struct snapshot snap;         /* the answer; texts and arrays in snap.arena */
	/* below: the reading's own */
	size_t sessions_cap, learners_cap;
	size_t next_group;
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
extern const struct step snapshot_list[]; /* state: struct snapshot_work */

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
