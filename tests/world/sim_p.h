#ifndef TESTS_WORLD_SIM_P_H
#define TESTS_WORLD_SIM_P_H

/* Inside sim.c and sim_fault.c. */

#include "tests/world/sim.h"

/* The first fault that strikes this request, counted; NULL: none. */
const struct sim_fault *sim__strike(struct sim *sim, const char *vendor, const struct sim_request *req);
/* Faults that spoil a finished answer, in place; arena is for scratch. */
void sim__spoil(enum sim_fault_kind kind, const struct sim_fault *fault, struct sim_reply *reply,
                struct arena *arena);
/* Answers given instead of the vendor's. */
void sim__instead(const struct sim *sim, const char *vendor, const struct sim_fault *fault, struct sim_reply *reply);

struct sim__faults;
struct sim__faults *sim__faults_new(void);
void sim__faults_free(struct sim__faults **faults);
struct sim__faults *sim__faults_of(struct sim *sim);

#endif
