#ifndef CORE_SYNC_KEEP_H
#define CORE_SYNC_KEEP_H

/*
 * How long what is remembered is kept, in days: a school's "retention". Nothing that a run decides by is under a time that a school may set shorter than
 * runs look back: those read 180 days of absences and attendance (state.c), and lists of changed sheets reach 90 days back.
 *
 * X(name, key, default, least days)
 */
#define RECORD_KEEPS(X) \
	X(KEEP_WRITES, writes, 400, 7)    /* the write log: who asks about an absence asks within the school year, and its holidays */ \
	X(KEEP_HISTORY, history, 400, 7)  /* runs */ \
	X(KEEP_ANSWERS, answers, 400, 7)  /* who answered held plans */ \
	X(KEEP_ISSUES, issues, 30, 1)     /* issues past their time that no run has closed since: the school is paused, or gone */ \
	X(KEEP_GONE, gone, 180, 180)      /* marks of removed sheets: an attendance sent from one may still be corrected */ \
	X(KEEP_LEDGER, ledger, 400, 180)  /* sheets, absences, attendance of old sessions: a correction is an update only while its row is known */
enum record_keep {
	KEEP_ALWAYS, /* while it is true: who needs it takes it away */
#define X(name, key, days, least) name,
	RECORD_KEEPS(X)
#undef X
	KEEP_COUNT
};

#endif
