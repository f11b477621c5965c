#ifndef CORE_SYNC_UP_H
#define CORE_SYNC_UP_H

/*
 * The way up: what was signed in Edusign becomes absences, and the attendance of instructors, in Yparéo.
 *
 *   candidate   a sheet of ours that was locked and that differs from what was last handled
 *   line        what one candidate says of one learner or instructor
 *   meeting     the point where the environments of a school wait for each other: what Yparéo holds is read once for
 * all of them, when each has said which days, sessions and learners it is about
 *
 * For the engine, in this order:
 *   1. up_shared_init() with one struct up_env for each environment, each filled up to "the run's own";
 *   2. a run of up_env_list for each, all at once, with its own arena and store. They meet by themselves;
 *   3. up_env_ended() in the done() of each of these runs, also of one that failed or was cancelled: the others wait
 * for it no longer;
 *   4. up_shared_cancel() beside run_cancel() of the environments;
 *   5. after the last done(): the runs may be freed, then up_shared_deinit().
 * What the shared reading asked of Yparéo is in up_shared.requests. A fault of it is the fault of each environment
 * that waited.
 */

#include "core/flow/flow.h"
#include "core/sync/journal.h"
#include "core/sync/held.h"
#include "core/sync/issues.h"
#include "core/sync/ledger.h"
#include "core/sync/snapshot.h"
#include "core/sync/whose.h"

struct up_env;

/* What the environments of a school share in one run of the way up. */
struct up_shared {
	struct snapshot_work work; /* first: the steps of snapshot_list take it for their state. The planning of the
	                              days reported */
	const struct flow_env *flow;
	const struct settings *settings;
	struct arena *arena;        /* borrowed; outlives the environments' runs */
	struct up_env *const *envs; /* in the order of the settings */
	unsigned env_count;
	struct run_options options;
	/* below: its own */
	struct run *run;
	unsigned arrived, ended;
	struct run **waiting;
	bool cancelled, done;
	struct fault fault;
	int32_t first, last;                   /* days reported; first > last: none */
	int32_t absences_first, absences_last; /* those, and the days of interrupted writes */
	struct map *learners;                  /* whose absences are read: code -> any */
	struct items reasons;                  /* struct reason */
	bool reasons_read;
	struct items absences;   /* struct absence */
	struct map *absences_of; /* learner -> struct up_absences */
	int64_t absences_at_ms;  /* wall clock when their answer was there */
	int64_t skew_ms;         /* how far our clock is from Yparéo's */
	uint64_t requests;
};

struct up_env {
	/* set by the engine */
	const struct settings *settings;
	const struct env_settings *env;
	struct up_shared *shared;
	struct env_report *report;
	struct arena *report_arena; /* outlives the run: what the report says lives there */
	struct store *store;
	struct loop *loop; /* for the wall clock */
	const char *run_id;
	int64_t now; /* UTC seconds at the start of the run */
	bool plan_only;
	struct str approved; /* id of a held plan that was answered with yes; empty: none */
	const struct texts *only; /* ids of sheets: nothing else is looked at; NULL: everything */
	void (*progress)(void *arg, const char *environment, const char *step, unsigned done, unsigned all);
	void *progress_arg;
	/* the run's own */
	unsigned index;
	bool loaded, ended, arrived, stopped;
	struct arena *arena;
	struct env_state state;
	struct issues *issues;
	struct journal *journal;
	struct school school;
	struct whose whose; /* is it ours alone? */
	int32_t today;
	struct sheets_query query; /* the list being read */
	struct items page;         /* struct sheet */
	struct map *paged;         /* sheet id -> any: in this list so far */
	struct map *listed;        /* sheet id -> any: seen in a list of this run */
	struct texts single;       /* sheets to be asked for one by one */
	size_t next_single;
	struct items candidates; /* struct up_candidate * */
	size_t candidates_cap;
	struct map *candidate_of; /* session -> struct up_candidate */
	struct map *ledger_of;    /* "session/learner" -> struct up_ledger */
	struct items justifications, absence_reasons;
	struct map *wanted_justifications; /* ids that candidates name and that were not read yet */
	unsigned justification_page;
	size_t justifications_cap;
	struct items settlings; /* struct up_op *: earlier writes whose outcome is unknown */
	struct items ops;       /* struct up_op *, in the order in which they are to be done */
	size_t settlings_cap, ops_cap, changes_cap;
	size_t next_settling, next_candidate, first_open;
	unsigned done_ops;
	struct held held;        /* what earlier runs held, and what was answered */
	struct held_plan plan;   /* what this run holds */
	size_t held_ops;
	struct map *wanted;      /* id of each change of this run -> any */
	bool settled_late;       /* what Yparéo holds was read before an earlier write was settled: read again */
	struct items absences;   /* struct absence: that reading */
	struct map *absences_of; /* learner -> struct up_absences: the shared reading, or that one */
	size_t lines,
	        lines_touched; /* what the guard's percentage is of, and how many would be created or withdrawn */
	struct map *planned;   /* learner -> struct up_absences: what this run is about to write */
	struct up_confirm {
		int32_t first, last;
		struct map *learners; /* of whom absences were created */
		struct items there;   /* struct absence */
	} confirm;
	struct items payroll_there; /* struct payroll: read where nothing here remembers it */
	struct up_tell *tell;  /* whom tutors are to be told of; NULL: nobody (up_tell.c) */
	struct str choices;   /* of the school's file, as this run goes by them */
	bool file_held;       /* a change of the file alters too much at once */
	bool payroll_refused; /* this key may not write it: no further one is tried in this run */
	bool canary_open[2];   /* the first absence, the first attendance of an instructor is under way */
	struct fault fault;    /* why writing stopped */
};

extern const struct step up_env_list[]; /* state: struct up_env */

void up_shared_init(struct up_shared *s, const struct flow_env *flow, const struct settings *settings,
                    struct arena *arena, struct up_env *const *envs, unsigned env_count,
                    const struct run_options *options);
void up_env_ended(struct up_env *u);
void up_shared_cancel(struct up_shared *s);
void up_shared_deinit(struct up_shared *s);

#endif
