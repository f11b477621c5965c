#ifndef TESTS_WORLD_LOOP_VIRTUAL_H
#define TESTS_WORLD_LOOP_VIRTUAL_H

/*
 * The loop on a virtual clock: days pass in milliseconds, and the same test runs the same way every time. Wall and
 * monotonic time advance together, and only while loop_virtual_run() finds nothing to do at the present instant; the
 * wall clock can be set besides. Pool jobs run on the one thread, on the turn after the one that submitted them, in
 * order; no time passes for them. Descriptors and signals do not exist here.
 */

#include "core/io/loop.h"

/* The monotonic clock begins at 1,000,000 ms: a due time of 0 is never right by chance. Close with loop_close(). */
struct loop *loop_virtual_new(int64_t wall_ms);
/* Somebody sets the clock: the wall time jumps, the monotonic one does not. */
void loop_virtual_step_wall(struct loop *loop, int64_t delta_ms);
/*
 * Runs turns and jumps to the next due time until until(arg) holds (asked after each turn and before the first; NULL:
 * never), nothing is left to do, or max_virtual_ms have passed: work due exactly then is still done. Returns
 * the virtual milliseconds that passed. A million turns without any time passing is a hang: aborts.
 */
int64_t loop_virtual_run(struct loop *loop, bool (*until)(void *arg), void *arg, int64_t max_virtual_ms);
/* One turn at the present instant, and the jobs that were submitted before it. False: nothing was due now. */
bool loop_virtual_turn(struct loop *loop);

#endif
