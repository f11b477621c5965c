#ifndef CORE_SYNC_LEDGER_H
#define CORE_SYNC_LEDGER_H

/*
 * The ledger of absences, as plain functions: what a learner's row on a sheet means, and what must be done so that
 * Yparéo says the same. Nothing here reads, sends or stores.
 *
 *   wish     an interval of a session that should be an absence there
 *   own      an absence that we wrote, as the ledger remembers it
 *   there    an absence that Yparéo holds, as just read; ours among them
 *   others'  what is there and not ours: never changed, never deleted, and never written a second time
 *
 * Minutes are wall-clock minutes of the session's day in the school's zone.
 */

#include "core/sync/settings.h"
#include "core/sync/state.h"

struct wish {
	enum absence_kind kind;
	int start, end; /* start < end, inside the session */
	int64_t reason; /* codeMotifAbsence */
	bool justified;
};
#define LEDGER_WISHES 2 /* late, and gone before the end */

/* What a row with a state (0 or 1) means. mapped: the reason of its justification when reasons are sent, else 0. A
 * present row without more gives none. Returns how many. */
unsigned ledger_wishes(const struct settings *settings, const struct session *s, const struct row *row,
                       int64_t mapped, struct wish out[LEDGER_WISHES]);

struct span {
	int start, end;
};
/* What is left of a span of that day when the absences there are taken away; out holds count + 1. Returns how many
 * pieces, in order. */
size_t ledger_rest(int32_t day, struct span whole, const struct absence *const *there, size_t count,
                   struct span *out);

/* Equal in learner, days, minutes and isRetard: the same absence, whoever wrote it. */
bool ledger_same(const struct absence *a, const struct absence *b);
/* Is what is there still what we last wrote? durations: this Yparéo keeps the duration it is sent, so that another
 * one is a human's. */
bool ledger_is_as_written(const struct absence *there, const struct absence *written, bool durations);

enum ledger_verb { LEDGER_CREATE, LEDGER_CORRECT, LEDGER_WITHDRAW };
struct ledger_op {
	enum ledger_verb verb;
	struct ledger_row *was; /* what is corrected or withdrawn */
	struct ledger_row row;  /* as it shall be; written.code is its code where there is one */
};

/* One learner in one session. */
struct ledger_case {
	/* in */
	struct arena *arena;
	const struct session *session;
	int64_t learner;
	const struct wish *wishes;
	unsigned wish_count;
	struct ledger_row **own; /* of this session and learner; those found to be a human's are marked taken_over */
	size_t own_count;
	const struct absence *const *there; /* of this learner, all that could meet the day */
	size_t there_count;
	bool durations;
	/* out */
	struct ledger_op *ops;
	size_t op_count;
	unsigned unchanged;         /* own rows that are as wanted */
	unsigned taken_over;        /* own rows that were just found changed or deleted by a human */
	bool covered, part_covered; /* a wish was already known there, whole or in part */
	bool left;                  /* a wish falls on what a human decided otherwise */
};
/* 0 or ERR_LIMIT. */
int ledger_compare(struct ledger_case *c) MUST_USE;

/* An intent's payload: a row, for whoever must find out whether it was written. */
void ledger_pack(struct buf *b, const struct ledger_row *row);
int ledger_unpack(struct str payload, struct ledger_row *out) MUST_USE;

#endif
