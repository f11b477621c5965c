#ifndef TESTS_WORLD_SIMULATE_P_H
#define TESTS_WORLD_SIMULATE_P_H

/* What simulate.c (the days), simulate_acts.c (people) and simulate_seed.c (the child) share. */

#include "tests/world/simulate.h"
#include "tests/world/simulate_oracle.h"
#include "tests/replay/stage.h"

#define SIMULATE_MEDDLED 4000

struct simulation {
	struct simulate_options options;
	struct simulate_result *result;
	struct stage *stage;
	struct oracle oracle;
	struct gen_random random;
	int day; /* from 0 */
	struct reason_map reasons[2];
	bool meddled[SIMULATE_MEDDLED]; /* courses that people changed once already */
	bool people_meddled, backed_up, unknown; /* unknown: the store was lost, and no run down was good since */
};

unsigned simulate__draw(struct simulation *m, unsigned n); /* below n */
bool simulate__one_in(struct simulation *m, unsigned n);
void simulate__say(struct simulation *m, const char *format, ...) PRINTF_LIKE(2, 3);

/* People, in Yparéo and in Edusign. */
void simulate__plan(struct simulation *m);    /* mutations of the planning, and of absences */
void simulate__begin(struct simulation *m);   /* sheets that have begun are signed in part */
void simulate__evening(struct simulation *m); /* the rest is signed; locked, or not yet; corrected */
void simulate__break(struct simulation *m);   /* options.sabotage */

void simulate__meddle(struct simulation *m);  /* by hand, in what is ours */
void simulate__remembered(struct simulation *m); /* a run down was good */
void simulate__store(struct simulation *m);   /* lost, restored from a backup, or backed up */

/* Requests that fail, slow servers, their clock, maintenance; and the end of all that. */
void simulate__trouble(struct simulation *m);
void simulate__calm(struct simulation *m);
void simulate__questions(struct simulation *m); /* the vendors' open ones, answered for this seed */

/* In this very process. */
void simulate__run(const struct simulate_options *options, struct simulate_result *result);

#endif
