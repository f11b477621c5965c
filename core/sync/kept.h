#ifndef CORE_SYNC_KEPT_H
#define CORE_SYNC_KEPT_H

/*
 * What one reading of Yparéo leaves for the next: how its planning is best asked for, and the lists that rarely change. In the store of
 * the school's first environment, written only behind a reading that was whole and well. A memory, not a master: lost, damaged or of another
 * version, everything is asked for again.
 *
 *   covered   a group of which an answer for all groups has shown a session: its silence in a later one says something
 *   quiet     a group of which no such answer has shown anything yet, and which had no session either when it was asked for by itself
 */

#include "core/data/pack.h"
#include "core/data/store.h"
#include "core/sync/model.h"
#include "core/sync/settings.h"

/* How long a list may be kept, and a quiet group left alone. */
#define KEPT_S 86400

struct kept_planning {
	int64_t proven_at;   /* UTC: the answer for all groups held what each group's own held; 0: that was never seen */
	int64_t not_before;  /* UTC: it is not asked for earlier: refused, too slow for a single day, or not the same */
	int64_t days;        /* most days that it is asked for at once; 0: the whole window */
	int64_t cut_at;      /* UTC, when that was found */
	int64_t sampled;     /* the group that was asked for beside it last */
	struct ints covered;
	struct ints quiet, quiet_at; /* a UTC for each */
};

struct kept_lists {
	int64_t rooms_at, people_at; /* UTC; 0: not kept */
	/* what they were read for: of anything else they say nothing */
	struct str address;
	struct ints periods;
	enum email_choice email;
	bool everybody;              /* all learners; else those whom a session expected */
	struct items rooms;          /* struct room */
	struct items trainings;      /* struct training */
	struct items learners;       /* struct learner */
	bool trainings_read, companies_read, pro_emails_read;
};

struct kept {
	struct kept_planning planning;
	struct kept_lists lists;
};

/* Inside a store job. What cannot be read is as good as not there; ERR_LIMIT alone is an error. lists: those too. */
int kept_load(struct store_txn *txn, struct arena *arena, bool lists, struct kept *out) MUST_USE;
void kept_put_planning(struct store_txn *txn, const struct kept_planning *p);
void kept_put_lists(struct store_txn *txn, const struct kept_lists *l);
/* A learner is a record of his own: who is erased is missing from the list, and it is read again when he is needed. */
void kept_forget_lists(struct store_txn *txn);

#endif
