#ifndef CORE_APP_EXPLAIN_LOOK_H
#define CORE_APP_EXPLAIN_LOOK_H

/* What one environment's store remembers of one record: its account or sheet, what was last written of it and answered, its absences, its issues. */

#include "core/sync/explain.h"

#define EXPLAIN_WRITES 200

struct explain_look {
	bool known;                       /* the code is */
	int64_t code;
	const struct binding *binding;    /* of a person; NULL: none */
	const struct binding *tutor;      /* who follows a learner; NULL: nobody, or nobody whom passerelle knows */
	const struct sheet_memory *sheet; /* of a session; NULL: none */
	struct items writes;              /* struct write_line, latest first */
	struct items issues;              /* struct issue */
	struct items ledger;              /* struct ledger_row: absences that were sent to Yparéo */
	unsigned sheets;                  /* of a person: that they are on */
};

/* In a transaction of that store; everything lives in arena. 0 or a code. */
int explain_look_read(struct store_txn *txn, struct arena *arena, const struct explanation *e, int64_t now_s, struct explain_look *out) MUST_USE;
/* Without a store a code is a code all the same. */
void explain_look_none(const struct explanation *e, struct explain_look *out);

/* "no sheet, because …", in English: the reason that the reading found, else an issue that is open, else what is remembered. */
struct str explain_verdict(struct arena *arena, const struct explanation *e, const char *environment, const struct explain_look *l, struct str *mend);

#endif
