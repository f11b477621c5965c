#ifndef TESTS_WORLD_SIMULATE_ORACLE_H
#define TESTS_WORLD_SIMULATE_ORACLE_H

/*
 * What both databases must say after a day, worked out from the databases themselves: nothing of core/sync or of the
 * adapters is used here, so that an error of theirs cannot excuse itself.
 *
 * The first discrepancy is kept in oracle.failure, one line; later ones are not looked for.
 */

#include "tests/world/edusign.h"
#include "tests/world/sim.h"
#include "tests/world/ypareo.h"

struct tz;

#define ORACLE_ACCOUNTS 3

/* An Edusign school and the Yparéo site that it serves. */
struct oracle_account {
	char school[24];
	int64_t site; /* 0: every site */
};

/* Somebody in the office touched what Yparéo held of this learner on these days: their word is the last one, and what
 * the sheets say of it is not compared. */
struct oracle_touch {
	int64_t learner;
	int32_t first, last;
};

/* What may not be held against us, of one sheet. */
enum oracle_excuse {
	ORACLE_BY_HAND = 1,   /* people changed it, and the school wants that left: it must be told as long as it differs */
	ORACLE_PUT_ON = 4,    /* who was put on it before that may be a guest: stays, and the way up tells of him */
	ORACLE_FORGOTTEN = 2, /* the store that knew of it is gone: what was sent of it, or cancelled meanwhile, may be anybody's */
};

/* An Edusign reason and the one of Yparéo that it is sent as. */
struct oracle_reason {
	int64_t type, code;
};

struct oracle {
	struct sim *sim;
	struct ypareo *y;
	struct edusign *e;
	const struct tz *zone;
	struct oracle_account accounts[ORACLE_ACCOUNTS];
	unsigned account_count;
	int days_ahead, days_back;
	int64_t reason_unjustified, reason_justified, reason_late;
	struct oracle_reason reasons[4]; /* of excuses, where they are sent; code 0: none */
	/* Has the last run down told of this record ("sheet 4711")? */
	bool (*is_told)(void *arg, const char *record);
	void *told_arg;
	bool tutors;    /* they follow their learners */
	bool forgotten; /* a store was lost or is an older one: whom it made follow may stay */
	/* its own */
	int32_t today; /* of the check */
	struct arena *arena;
	struct oracle_touch *touches;
	size_t touch_count, touch_cap;
	struct ypareo_absence *kept; /* what humans wrote last, before a run */
	size_t kept_count, kept_cap;
	unsigned *excuses; /* of each course, by its place */
	size_t excuse_count, excuse_cap;
	bool *gone; /* courses that were deleted before a run */
	size_t gone_count, gone_cap;
	/* how much was really compared: an oracle that looked at nothing proves nothing */
	unsigned long sheets, rows, missed, quiet, followed;
	char failure[400];
};

/* Before the first run; everything up to days_back and the reasons is filled. */
void oracle_init(struct oracle *o);
void oracle_deinit(struct oracle *o);

/* Around what people do in Yparéo: before, then after. */
void oracle_people_begin(struct oracle *o);
void oracle_people_end(struct oracle *o);

/* From now on; index: of edusign.courses. */
void oracle_excuse(struct oracle *o, size_t index, enum oracle_excuse what);
bool oracle_is_excused(const struct oracle *o, const struct ed_course *c, enum oracle_excuse what);

/* Is this course the sheet of a session that is planned? */
bool oracle_is_wanted(const struct oracle *o, size_t index);

/* Around every run, also one that failed or crashed: absences that a human wrote last are as they were, and no sheet
 * of a session that is still planned was removed. False: o->failure. */
void oracle_run_begin(struct oracle *o);
bool oracle_run_end(struct oracle *o);

/* After a good run of each flow, at now (UTC seconds): everything else. False: o->failure. */
bool oracle_check(struct oracle *o, int64_t now);

/* simulate_up.c: what Yparéo says of the locked sheets. */
bool oracle__attendance(struct oracle *o, int64_t now);
bool oracle__wrong(struct oracle *o, const char *format, ...) PRINTF_LIKE(2, 3);
bool oracle__by_human(const struct ypareo_absence *a);
bool oracle__is_touched(const struct oracle *o, int64_t learner, int32_t day);
int64_t oracle__utc(const struct oracle *o, const struct ypareo_session *x, int minute);

#endif
