#ifndef TESTS_REPLAY_SIMULATE_P_H
#define TESTS_REPLAY_SIMULATE_P_H

/* What simulate.c (the days), simulate_acts.c (people) and simulate_seed.c (the child) share. */

#include "tests/replay/simulate.h"
#include "tests/replay/simulate_oracle.h"
#include "tests/replay/stage.h"

struct simulation {
	struct simulate_options options;
	struct simulate_result *result;
	struct stage *stage;
	struct oracle oracle;
	struct gen_random random;
	int day; /* from 0 */
};

unsigned simulate__draw(struct simulation *m, unsigned n); /* below n */
bool simulate__one_in(struct simulation *m, unsigned n);
void simulate__say(struct simulation *m, const char *format, ...) PRINTF_LIKE(2, 3);

/* People, in Yparéo and in Edusign. */
void simulate__plan(struct simulation *m);    /* mutations of the planning, and of absences */
void simulate__begin(struct simulation *m);   /* sheets that have begun are signed in part */
void simulate__evening(struct simulation *m); /* the rest is signed; locked, or not yet; corrected */
void simulate__break(struct simulation *m);   /* options.sabotage */

/* In this very process. */
void simulate__run(const struct simulate_options *options, struct simulate_result *result);

#endif
