#ifndef CORE_SYNC_TUTORS_H
#define CORE_SYNC_TUTORS_H

/*
 * Who is the apprenticeship tutor of a learner on a day: the contract that is active then names the company and one of its contacts; the
 * company's contacts say who that is. Contracts come in one list, contacts a company at a time, so that only companies of learners who
 * matter are asked.
 *
 * A company that cannot be asked is nobody's: its learners' tutors are unknown, and whoever was known before stands.
 *
 *   struct tutors t;
 *   tutors_init(&t, settings, arena, periods, day, wants, arg);
 *   … as the child of an EACH row with .sub = tutors_list and state &t …
 *   tutors_find(&t, learner, &tutor)
 */

#include "core/flow/flow.h"
#include "core/sync/settings.h"

struct tutors {
	/* in */
	const struct settings *settings;
	struct arena *arena;          /* where the answer lives */
	struct ints periods;          /* codes of the school years that meet the day */
	int32_t day;
	bool (*want)(void *arg, int64_t learner); /* whose tutor is asked for; NULL: nobody's, contracts only */
	void *want_arg;
	/* out */
	bool read;                    /* false: this key may not read contracts */
	struct map *contracts;        /* learner -> struct contract: everybody's */
	struct map *by_code;          /* code -> struct tutor: the contacts of the companies that were asked */
	struct map *unread;           /* company -> any: could not be asked */
	struct fault why;             /* of the first of them */
	uint64_t requests;
	/* below: the reading's own */
	struct map *asked;            /* company -> any */
	struct ints companies;
	size_t next_company, failures;
};

void tutors_init(struct tutors *t, const struct settings *settings, struct arena *arena, struct ints periods, int32_t day,
                 bool (*want)(void *arg, int64_t learner), void *want_arg);
extern const struct step tutors_list[]; /* state: struct tutors */

enum tutor_known {
	TUTOR_NONE,    /* no contract is active on the day, or it names no tutor */
	TUTOR_KNOWN,   /* *out says who */
	TUTOR_UNKNOWN, /* could not be read: nothing is to be concluded */
	TUTOR_MISSING, /* the contract names one whom the company's contacts do not have */
};
/* *contract (may be NULL) and *out are set as far as they are known, else NULL. */
enum tutor_known tutors_find(const struct tutors *t, int64_t learner, const struct contract **contract, const struct tutor **out);

#endif
