#ifndef CORE_SYNC_ISSUES_H
#define CORE_SYNC_ISSUES_H

/*
 * Records fail, runs do not: each problem of a record is one issue (what, where to mend it, since when), and it closes itself when the
 * record is well again, because a run states all that it found and what it did not look at keeps its old ones.
 */

#include "core/sync/state.h"

struct issues;

/* arena: of the environment's run. old: those stored for this flow. now: UTC. */
struct issues *issues_new(struct arena *arena, const struct items *old, int64_t now);
/* Adds one, or finds the same (record, field) again, which keeps its since. problem and fix are formatted by the caller; copied. At most 5,000 are
 * kept for an environment; beyond, one issue says how many more there are. */
void issues_add(struct issues *i, struct str record, const char *field, int64_t until, const char *fix, const char *problem_fmt, ...) PRINTF_LIKE(6, 7);
/* The run could not look at records whose name begins with prefix ("learner "): their old issues stay. */
void issues_keep(struct issues *i, const char *prefix);
/* All that are open now: those added, and old ones kept that have not expired; sorted by record, field. */
void issues_close(struct issues *i, struct items *out);
size_t issues_count(const struct issues *i);

/* "sheet 90210", "learner 4711", "attendance 90210/4711" in the arena. */
struct str record_name(struct arena *arena, const char *kind, int64_t code);
struct str record_name2(struct arena *arena, const char *kind, int64_t code, int64_t code2);

#endif
