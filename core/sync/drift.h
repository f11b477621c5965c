#ifndef CORE_SYNC_DRIFT_H
#define CORE_SYNC_DRIFT_H

/*
 * Drift: what was changed by hand in Edusign of records that are ours. What Edusign shows is held against what was last sent, field by
 * field. Pure but for what is remembered of it between runs; down_drift.c reads Edusign and decides what is done.
 *
 * A drift is remembered until it is seen to be gone, since a cheap check looks only at what changed lately.
 */

#include "core/base/map.h"
#include "core/data/store.h"
#include "core/sync/model.h"

struct item;

/* Field, its name in Edusign (and of the issue), what is said of the record. */
#define DRIFT_FIELDS(X) \
	X(DRIFT_NAME, "NAME", "bears another name in Edusign than the one sent") \
	X(DRIFT_START, "START", "starts at another time in Edusign than the one sent") \
	X(DRIFT_END, "END", "ends at another time in Edusign than the one sent") \
	X(DRIFT_ROOM, "CLASSROOM", "is in another room in Edusign than the one sent") \
	X(DRIFT_INSTRUCTORS, "PROFESSOR", "has other instructors in Edusign than those sent") \
	X(DRIFT_LEARNERS, "STUDENTS", "lacks learners in Edusign that were put on it") \
	X(DRIFT_GROUPS, "SCHOOL_GROUP", "lacks groups in Edusign that were put on it") \
	X(DRIFT_CODE, "API_ID", "no longer bears its code from Yparéo in Edusign") \
	X(DRIFT_FIRST, "FIRSTNAME", "bears another first name in Edusign than the one sent") \
	X(DRIFT_LAST, "LASTNAME", "bears another last name in Edusign than the one sent") \
	X(DRIFT_EMAIL, "EMAIL", "has another e-mail address in Edusign than the one sent") \
	X(DRIFT_PHONE, "PHONE", "has another phone number in Edusign than the one sent") \
	X(DRIFT_TRAINING, "TRAINING_NAME", "is in another training in Edusign than the one sent") \
	X(DRIFT_COMPANY, "COMPANY", "is with another company in Edusign than the one sent") \
	X(DRIFT_ARCHIVED, "HIDDEN", "is needed by a sheet and was archived in Edusign") \
	X(DRIFT_DELETED, "ID", "is no longer there in Edusign") \
	X(DRIFT_TWIN, "duplicate", "is there twice in Edusign, with the same code; the first is used") \
	X(DRIFT_STRAY, "unknown", "stands in Edusign with a code that Yparéo does not plan, and was not made by what passerelle remembers")
enum drift_field {
#define X(name, field, says) name,
	DRIFT_FIELDS(X)
#undef X
	DRIFT_FIELD_COUNT
};
const char *drift_field_name(enum drift_field f);
const char *drift_field_says(enum drift_field f);

/* Repaired so often, a record is left as its people want it: nobody fights with them. */
#define DRIFT_REPAIRS_MOST 2

struct drift {
	bool sheet;            /* else a person */
	enum person_kind kind; /* of a person */
	int64_t code;          /* Yparéo's */
	uint32_t fields;       /* a bit for each enum drift_field; 0: repaired, and remembered for DRIFT_REPAIRS_MOST */
	int64_t at;            /* UTC; when last seen, or repaired */
	int64_t until;         /* UTC; a sheet's end, 0 none */
	unsigned repairs;      /* in a row */
	struct str who;        /* codes of the learners that are lacking: "4711, 4712" */
	struct str why;        /* why it is not to be touched: "is locked"; empty: it may be */
	struct item *item;     /* of this run: what undoes it (compare.h); NULL: nothing does */
};

struct drift_memory {
	struct map *sheets, *people[PERSON_KIND_COUNT]; /* code -> struct drift */
	int64_t checked_at;    /* UTC; what changed in Edusign before was looked at; 0 never */
	int64_t full_at;       /* UTC; the last full check; 0 never */
};

/* Inside a store job. */
int drift_load(struct store_txn *txn, struct arena *arena, struct drift_memory *out) MUST_USE;
/* Instead of what was loaded: now (struct drift), and when it was checked. */
void drift_save(struct store_txn *txn, const struct drift_memory *before, const struct items *now, int64_t checked_at, int64_t full_at);
/* NULL: none is remembered. */
const struct drift *drift_of(const struct drift_memory *m, const struct drift *d);

/* Is a full check due? In the evening, once; else when the last one is nearly a day old. minute: of the local day. */
bool drift_full_due(const struct drift_memory *m, int64_t now, int minute);

/* What an account shows differently than wish: bits. Spelling that only differs in case or accents is nobody's doing; what is optional and not wished is not ours. */
uint32_t drift_of_account(struct arena *scratch, const struct person *wish, const struct account *there);
/* Does this text mean something else than that one? */
bool drift_text_differs(struct arena *scratch, struct str a, struct str b);

#endif
