#ifndef CORE_APP_WINDOW_H
#define CORE_APP_WINDOW_H

/*
 * What was asked of an Edusign account in the last minute, kept in its store: commands and runs that follow each
 * other stay within the account's bound together, whatever process they are of, and however it ended.
 *
 *   ahead    how many requests may leave after the record was written and before the next one is. Whoever finds the
 * record takes them as sent just now. A run's end writes 0; so only a process that was killed in mid-run costs its
 * successor anything, and that is a part of one minute's requests, not the minute.
 */

#include "core/app/rig.h"
#include "core/io/fetch.h"

#define WINDOW_MAX 4096
struct window {
	int64_t *starts; /* wall clock, ms, oldest first */
	size_t n;
	unsigned ahead;
};
void window_clear(struct window *w); /* zeroed is empty */

/* In a transaction of that environment's store. What cannot be read is empty. What w held goes, here and in
 * window_keeper_rest(). */
void window_read(struct store_txn *txn, struct window *w);
void window_write(struct store_txn *txn, const struct window *w);
/* Into a new lane. */
void window_give(struct fetch_lane *lane, const struct window *w);

/* Writes the records of one lane while it is in use. Nothing leaves that no record covers. */
struct window_keeper;
/* tenant and key are borrowed. per_minute: the lane's bound. The store is made by the first request if it is not
 * there. */
struct window_keeper *window_keeper_new(struct rig *rig, struct fetch_lane *lane, const char *tenant, const char *key,
                                        unsigned per_minute);
/* Before its lane. A record under way is still written. */
void window_keeper_free(struct window_keeper **keeper);
/* The run is over: fills the record that is to be written now; no request leaves before another one is. False: it
 * need not be, nothing left since the last one. */
bool window_keeper_rest(struct window_keeper *keeper, struct window *w);

#endif
