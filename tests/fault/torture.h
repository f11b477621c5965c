#ifndef TESTS_FAULT_TORTURE_H
#define TESTS_FAULT_TORTURE_H

/* malloc and its kin, of which one call fails. Only where nothing else stands in for them: not in a build with sanitizers. */

#include <stdbool.h>
#include <stdint.h>

/* Counts from now on, from 1; the n-th call fails, 0: none. The vendors' memory is not counted (torture.c wraps their entry points). */
void torture_start(uint64_t n);
/* How many there were. */
uint64_t torture_stop(void);
bool torture_hit(void); /* did one fail? */

#endif
