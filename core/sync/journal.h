#ifndef CORE_SYNC_JOURNAL_H
#define CORE_SYNC_JOURNAL_H

/*
 * The journal of one environment's run: nothing leaves before its intent is on disk, nothing is forgotten before its result is.
 *
 *   intent   what a write is about to do, committed before it leaves
 *   result   what came of it: records put and deleted, the intent removed; committed with the next batch
 *
 * One commit holds the results that came in since the last and the intents of the next requests, at most JOURNAL_BATCH of those: the most
 * that can ever be uncertain. An intent without a result, after a lost connection or the end of the process, is uncertain: its owner
 * reads back before anything else.
 *
 * A result is a function that puts records inside the commit's transaction. It runs on the pool, maybe twice (a store that had to grow): it only
 * copies what it was handed, which lives in the journal's arena until then.
 */

#include "core/flow/flow.h"
#include "core/sync/state.h"

#define JOURNAL_BATCH 32

struct journal;

/* arena: of the environment's run; the journal is freed with it, or when the commit that is under way then has ended. first_seq:
 * env_state.next_seq. NULL: the arena is exhausted. */
struct journal *journal_new(struct loop *loop, struct store *store, struct arena *arena, uint64_t first_seq, const char *run_id);

/* In the open() of a GATE row: commits intent (copied; .seq and .sent_at are given by the journal and written back to *intent), then wakes run. On a
 * failed commit the run is woken with FAULT_LOCAL and must not send. */
void journal_intend(struct journal *j, struct run *run, struct intent *intent);

/* Puts into the next commit. apply(txn, arg) runs on the pool; arg lives in the journal's arena (journal_keep). seq 0: no intent is ended by it. */
void journal_result(struct journal *j, uint64_t seq, void (*apply)(struct store_txn *txn, const void *arg), const void *arg);
/* Ready-made results; everything is copied. */
void journal_put_binding(struct journal *j, uint64_t seq, const struct binding *b);
void journal_put_sheet(struct journal *j, uint64_t seq, const struct sheet_memory *m);
void journal_put_group(struct journal *j, uint64_t seq, const struct group_memory *m);
void journal_put_ledger(struct journal *j, uint64_t seq, const struct ledger_row *row);
void journal_del_ledger(struct journal *j, uint64_t seq, const struct ledger_row *row);
void journal_put_payroll(struct journal *j, uint64_t seq, const struct payroll_memory *m);
void journal_put_seen(struct journal *j, const struct seen_mark *m);
void journal_drop(struct journal *j, uint64_t seq); /* the intent alone: nothing happened there, or it was settled before */
void journal_meta_int(struct journal *j, const char *name, int64_t v);
void journal_meta_str(struct journal *j, const char *name, struct str v);
/* One line of the write log: when, what, why, by which run, with which answer. */
void journal_log(struct journal *j, const char *action, struct str record, struct str reason, struct str answer);
void journal_guarded(struct journal *j, enum guarded kind); /* counts for the guard of the next 24 hours */

/* In the open() of a GATE row: everything handed in is on disk before run is woken. */
void journal_flush(struct journal *j, struct run *run);
/* Memory that lives as long as results need it. */
struct arena *journal_keep(struct journal *j);
/* Set by tests: called before and after every commit; returning false: the commit does not happen, nor anything after it (a crash). */
void journal_set_probe(struct journal *j, bool (*probe)(void *arg, const char *what), void *arg);
/* The probe of run's flow_env is asked: commits are transitions too. */
void journal_probe_with(struct journal *j, struct run *run);

#endif
