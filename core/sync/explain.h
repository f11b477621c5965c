#ifndef CORE_SYNC_EXPLAIN_H
#define CORE_SYNC_EXPLAIN_H

/*
 * Why one record stands in Edusign as it does: a comparison that was just made (of a plan, which writes nothing) asked about one session or
 * person, from Yparéo's planning to the sheet. Each step is a sentence with a mark; the first one that stands in the way is the reason.
 */

#include "core/sync/compare.h"

enum explain_of { EXPLAIN_LEARNER, EXPLAIN_INSTRUCTOR, EXPLAIN_SESSION, EXPLAIN_SHEET, EXPLAIN_OF_COUNT };
const char *explain_of_name(enum explain_of of); /* "learner", "instructor", "session", "sheet" */
bool explain_of_named(const char *name, enum explain_of *out);

enum explain_mark { EXPLAIN_INFO, EXPLAIN_YES, EXPLAIN_NO };
const char *explain_mark_name(enum explain_mark mark); /* "info", "yes", "no" */

struct explain_step {
	const char *environment;
	enum explain_mark mark;
	struct str text, fix; /* sentences of wording.h; fix: may be empty */
};

/* What is asked, and what a run tells of it. */
struct explanation {
	struct arena *arena;
	enum explain_of of;
	struct str text;     /* a code; a learner's e-mail address; Edusign's id of a sheet */
	int64_t code;        /* once it is known; 0: not yet */
	struct items steps;  /* struct explain_step; of every environment */
	size_t cap;
};

/* Requires that c is complete and guarded. */
void explain_compared(struct explanation *e, struct comparison *c);
/* The reason: the first step of this environment that stands in the way; NULL: none does. */
const struct explain_step *explain_reason(const struct explanation *e, const char *environment);
/* Adds a step; fix may be NULL. */
void explain_add(struct explanation *e, const char *environment, enum explain_mark mark, const char *fix, const char *fmt, ...) PRINTF_LIKE(5, 6);

#endif
