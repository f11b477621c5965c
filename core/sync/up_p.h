#ifndef CORE_SYNC_UP_P_H
#define CORE_SYNC_UP_P_H

/* What up.c (the outline), up_find.c (candidates), up_shared.c (the meeting), up_plan.c (what must be done) and
 * up_write.c (doing it) share. */

#include "core/sync/up.h"

/* What Yparéo holds of one learner. */
struct up_absences {
	const struct absence **v;
	size_t n, cap;
};
/* What the ledger holds of one learner in one session. */
struct up_ledger {
	struct ledger_row **v;
	size_t n, cap;
};

/* What is known of an instructor's attendance of a session, from all environments. */
struct up_payroll {
	int64_t instructor;
	bool on_sheet, signed_, known;
	struct payroll last;
};

/* A locked sheet whose attendance is to be sent. */
struct up_candidate {
	const struct sheet *sheet;
	const struct sheet_memory *memory;
	uint8_t fingerprint[32];
	bool evidence;  /* somebody signed, or the school says what it means that nobody did */
	bool open;      /* something of it is not settled: the next run looks again */
	bool unchanged; /* as it was when it was last looked at: not what people did to it asks for a write */
	bool failed;    /* a write of it failed: followed, also when no list holds it any more */
	size_t pending; /* of its ops, those not done */
	/* from the meeting */
	struct map *not_ours; /* learner -> any: another environment's */
	bool payroll_ours;
	struct items payroll; /* struct up_payroll */
};

enum up_phase { UP_OPEN, UP_DOING, UP_DONE, UP_FAILED, UP_HELD };

/* One write. */
struct up_op {
	bool payroll_op;
	enum ledger_verb verb;
	struct ledger_row *was; /* of a correction or withdrawal */
	struct ledger_row row;  /* as it shall be */
	struct payroll payroll;
	enum action action;
	enum up_phase phase;
	struct str record, reason;
	struct texts fields;
	struct up_candidate *of; /* NULL: an earlier run's */
	bool canary;
	/* an earlier try whose outcome is unknown */
	uint64_t intent;
	int64_t sent_ms;
	unsigned tries;
};

/* One try of an op. */
enum up_outcome { UP_SETTLED, UP_AGAIN };
struct up_doing {
	struct up_env *u;
	struct up_op *op;
	enum up_outcome outcome;
	struct intent intent;
	struct items there; /* struct absence or struct payroll: read back */
	int64_t read_at_ms;
	int64_t code;
};

extern const struct step up_shared_list[]; /* state: struct up_shared */
extern const struct step up_find_list[];   /* state: struct up_env; from the school's id to the candidates */
extern const struct step up_payroll_list[]; /* state: struct up_env; before what is to be done is decided */
extern const struct step up_confirm_list[]; /* state: struct up_env; after the writes */
extern const struct step up_tell_list[];    /* state: struct up_env; after that */
extern const struct step up_write_list[], up_settle_list[]; /* state: struct up_doing */

enum verdict up_asks(struct up_env *u);
enum verdict up_asks_ypareo(struct up_env *u);
enum verdict up_out_of_memory(struct run *run);

/* up_find.c */
struct up_ledger *up__ledger(struct up_env *u, int64_t session, int64_t learner, bool make);
void up__ledger_add(struct up_env *u, struct ledger_row *row);
void up__ledger_remove(struct up_env *u, const struct ledger_row *row); /* NULL is fine */
/* The row of this code, whatever its session; NULL: none. */
struct ledger_row *up__ledger_of_code(struct up_env *u, int64_t code);
/* Is this learner one that we put on the sheet? The code, or 0. */
int64_t up__ours(const struct up_env *u, const struct up_candidate *c, const struct row *row);

/* up_shared.c */
void up__meet(struct up_env *u, struct run *run);
void up__needs(struct up_env *u, int32_t first, int32_t last, bool planning);
/* Asks for all absences that the environments of the meeting are about. */
void up__absences_ask(struct up_shared *s, struct exchange *x, struct arena *keep, struct items *out);
int up__absences_index(struct arena *arena, const struct items *absences, struct map *of) MUST_USE;
int up__absences_add(struct arena *arena, struct map *of, const struct absence *a) MUST_USE;

/* up_plan.c: one candidate's lines. */
int up__plan(struct up_env *u, struct up_candidate *c) MUST_USE;
int64_t up__op_id(const struct up_op *op);
const char *up__describe(struct arena *arena, const struct ledger_row *row);

/* up_tell.c: what tutors are told of. */
int up__tell_load(struct up_env *u, struct store_txn *txn, struct arena *arena) MUST_USE; /* inside a store job */
void up__tell_created(struct up_env *u, const struct ledger_row *row);   /* into the commit of the row */
void up__tell_withdrawn(struct up_env *u, const struct ledger_row *row); /* NULL is fine */

/* up_write.c */
/* What is there of an earlier write: true when that settles it. settled: the write can no longer arrive. */
bool up__settle(struct up_env *u, struct up_op *op, const struct absence *const *there, size_t count, bool settled);
const struct absence *up__by_code(const struct absence *const *there, size_t count, int64_t code);
/* An absence equal to the one we wrote, or may have written, and that is no other one of ours. */
const struct absence *up__twin(struct up_env *u, const struct up_op *op, const struct absence *const *there, size_t count);
void up__op_ended(struct up_env *u, struct up_op *op, bool well);
/* What is remembered of a sheet. settled: it is not looked at again before it changes; followed: it is, also when no
 * list holds it any more. */
void up__candidate_mark(struct up_env *u, const struct up_candidate *c, bool settled, bool followed);

#endif
