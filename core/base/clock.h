#ifndef CORE_BASE_CLOCK_H
#define CORE_BASE_CLOCK_H

/* The two clocks behind one struct, so that tests run on virtual time. Schedules and stamps use the wall
 * clock; intervals and deadlines the monotonic one, which does not move while the machine sleeps. */

#include <stdint.h>

struct clock {
	int64_t (*wall_ms)(struct clock *);
	int64_t (*mono_ms)(struct clock *);
};

struct clock *clock_system(void);
/* From now on the system's wall clock is read so much ahead (or behind): the demo and its simulators live through a
 * day of their own. Before the first thread. */
void clock_set_ahead(int64_t ms);
static inline int64_t clock_wall_ms(struct clock *c)
{
	return c->wall_ms(c);
}
static inline int64_t clock_mono_ms(struct clock *c)
{
	return c->mono_ms(c);
}

#endif
