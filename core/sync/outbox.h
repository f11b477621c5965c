#ifndef CORE_SYNC_OUTBOX_H
#define CORE_SYNC_OUTBOX_H

/*
 * What leaves by mail, or as a notice to a web address, waits in the store of the environment it is about:
 *
 *   letter   one message to one address; put into the box in the commit of what causes it
 *   taken    marked as leaving, in a commit of its own, before it is sent (its intent)
 *   settled  what became of it, in the next commit: gone, or due again later
 *
 * A mail leaves once at most. Refused for the moment, it is due again after 1, 5, 15 and 30 minutes, then hourly, until it is two days
 * old. Refused for good, too old, or of unknown outcome (marked as leaving by a process that ended, or lost behind the final
 * dot) it becomes an issue, and is never sent again. An issue names people by code; it closes after two weeks, or with the next
 * letter about the same record that is taken. Calls of web addresses may come twice (each bears its letter's id): without an
 * answer they are due again.
 *
 * All functions but outbox_next_try() belong inside a store job.
 */

#include "core/sync/state.h"

enum letter_kind { LETTER_MAIL, LETTER_HOOK, LETTER_KIND_COUNT };

struct letter {
	enum letter_kind kind;
	struct str to, to_name;   /* a hook's address is the school's file's: empty */
	struct str from_name;
	struct str subject;       /* of a hook: the event's name */
	struct str text, html;    /* a hook's body is text */
	struct str record, about; /* for an issue: "tutor 88", "the report of 2026-11-27 about learner 4711" */
	/* the box's */
	uint64_t seq;
	int64_t queued_at, next_at; /* UTC seconds */
	unsigned tries;
	bool leaving;
};

#define OUTBOX_MOST 5000    /* letters in a box */
#define OUTBOX_DAYS 2       /* so long a letter is tried */
#define LETTER_MOST 65536   /* bytes of text and html together */

/* False: the box is full, or the letter too large; an issue says so, and the letter is not kept. */
bool outbox_put(struct store_txn *txn, const struct letter *l, int64_t now_s);
/* When the first letter is due (also in the past); 0: the box is empty. */
int64_t outbox_next(struct store_txn *txn);
/* At most so many that are due, marked as leaving, into out (struct letter, in the arena). Those that a process left behind as leaving
 * are settled first: as unknown, hooks as later. 0 or ERR_LIMIT. */
int outbox_take(struct store_txn *txn, struct arena *arena, int64_t now_s, unsigned most, struct items *out) MUST_USE;

enum letter_end { LETTER_TAKEN, LETTER_LATER, LETTER_REFUSED, LETTER_UNKNOWN, LETTER_END_COUNT };
const char *letter_end_name(enum letter_end end);
/* said: the reason, without personal data. A letter that is not in the box any more: nothing. */
void outbox_settle(struct store_txn *txn, const struct letter *l, enum letter_end end, struct str said, int64_t now_s);

/* Letters were taken out of the box by somebody else (records.h): it is counted anew. */
void outbox_recount(struct store_txn *txn);

/* When a letter that was tried so often is due again. */
int64_t outbox_next_try(unsigned tries, int64_t now_s);

#endif
