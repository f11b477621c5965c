#ifndef CORE_SYNC_ABSENT_H
#define CORE_SYNC_ABSENT_H

/*
 * What tutors are to be told of: absences that a run has created, remembered by the commit that settles them, until a run of the way up tells
 * the tutor of the contract that is active that day (up_tell.c). One e-mail for a learner and a day, never a second one; what comes
 * later than the day after is not told any more. No reason, and no word whether it is justified: that is between the school and
 * the learner.
 */

#include "core/sync/outbox.h"
#include "core/sync/wording.h"

struct absent {
	int32_t day;
	int64_t learner;
	int64_t session;     /* 0: the tutor has been told of this day */
	int start, end;      /* minutes of the day */
	struct str subject;
};

/* Inside a store job. */
void absent_put(struct store_txn *txn, const struct absent *a);
void absent_del(struct store_txn *txn, const struct absent *a);
/* All, by day, learner, session. 0 or a code. */
int absent_load(struct store_txn *txn, struct arena *arena, struct items *out /* struct absent */) MUST_USE;
/* Queues the letter and remembers that it was, in one. A letter that the box does not take is not told later either. */
void absent_told(struct store_txn *txn, const struct letter *l, int32_t day, int64_t learner, int64_t now_s);

/* One e-mail. */
struct absent_report {
	enum wording_lang language;
	struct str school;
	struct str learner_first, learner_last, tutor_first, tutor_last;
	int32_t day;
	const struct absent *const *absences; /* of that day, at least one, in any order */
	size_t count;
};
/* Fills subject, text and html. 0 or ERR_LIMIT. */
int absent_write(const struct absent_report *r, struct arena *arena, struct letter *out) MUST_USE;

#endif
