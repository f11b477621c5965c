#include "core/base/clock.h"

#include <time.h>

static int64_t read_ms(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t ahead_ms;

static int64_t wall(struct clock *c)
{
	(void)c;
	return read_ms(CLOCK_REALTIME) + ahead_ms;
}

static int64_t mono(struct clock *c)
{
	(void)c;
	return read_ms(CLOCK_MONOTONIC);
}

struct clock *clock_system(void)
{
	static struct clock system = {wall, mono};
	return &system;
}

void clock_set_ahead(int64_t ms)
{
	ahead_ms = ms;
}
