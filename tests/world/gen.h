#ifndef TESTS_WORLD_GEN_H
#define TESTS_WORLD_GEN_H

/*
 * Seeded schools: the same options give the same database, byte for byte, on every machine. No instructor, room or
 * learner is in two places at once. Codes differ per seed (5 to 7 digits).
 */

#include "tests/world/ypareo.h"

struct gen_options {
	uint64_t seed;
	unsigned learners;         /* defaults for 0: 120 */
	unsigned instructors;      /* 12; at least groups + 2 are made when sessions are: none is double-booked */
	unsigned groups;           /* 6 */
	unsigned rooms;            /* 10; at least one per group and two spare */
	unsigned sites;            /* 3 */
	unsigned sessions_per_day; /* per group: 2 (at most 4) */
	int32_t first_day;         /* day_of(…); 0: Monday 2026-11-23 */
	unsigned days;             /* with sessions on working days: 14 */
	const char *token;         /* of the expert key; NULL: "ypareo-" and the name of the customer */
	bool no_absences;          /* no absence by humans at all */
	bool quirks;               /* the special cases below, each once */
};

/* y is empty. The first key has options->token, level expert, and everything ticked; "basic-" + token is one of level
 * basic. */
void gen_school(struct ypareo *y, const struct gen_options *options);

/* Where the special cases are, by code: y->quirks, made with .quirks. */
struct gen_quirks {
	int64_t session_two_sites;    /* two groups of different sites */
	int64_t session_two_trainers; /* and two rooms */
	int64_t session_remote;       /* isDistance 1, no room */
	int64_t session_pending;      /* etatSeance 0 */
	int64_t session_no_subject;   /* nomMatiere null */
	int64_t session_no_room, session_no_trainer, session_no_learner;
	int64_t session_no_group; /* learners only: site unknown */
	int64_t learner_two_enrolments;
	int64_t learner_left;         /* dateDepart in the past, still listed in the group */
	int64_t learner_no_email;     /* neither */
	int64_t learner_no_pro_email; /* only adresse.email */
	int64_t learner_two_emails;   /* that differ */
	int64_t learner_apostrophe;   /* D'Être-Noël … */
	int64_t learner_no_group;     /* in the list, without a current frequentes row */
	int64_t learner_birth_name;
	int64_t learner_zero_postcode; /* 01000 */
	int64_t trainer_retired;       /* with a session in the past: */
	int64_t session_past;
	int64_t trainer_no_email; /* with a session to come */
	int64_t trainer_admin;    /* both trainer and staff */
	int64_t contract_no_company, contract_terminated;
	int64_t absence_days; /* several days */
	int64_t absence_late, absence_justified, absence_unjustified, absence_zero, absence_no_reason;
	int64_t absence_twin_a, absence_twin_b; /* the same, entered twice */
	int64_t group_short;                    /* a short course on a Saturday, with a learner of its own */
	int64_t group_last_year;                /* of the period before, ended */
};

/* The generator's random numbers, for tests that mutate by seed. */
struct gen_random {
	uint64_t state;
};
void gen_random_init(struct gen_random *r, uint64_t seed);
uint64_t gen_random_next(struct gen_random *r);
unsigned gen_random_below(struct gen_random *r, unsigned n); /* n > 0 */
/* One change a human could make, chosen by chance, on sessions of [first, last]; returns a static word for the log
 * ("move", "cancel", "add", …), NULL when nothing could be done. Nobody gets double-booked. */
const char *gen_mutate(struct ypareo *y, struct gen_random *r, int32_t first, int32_t last);

#endif
