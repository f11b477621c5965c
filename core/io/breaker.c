#include "core/io/breaker.h"

#include "core/base/str.h"

void breaker_init(struct breaker *b, uint64_t seed)
{
	*b = (struct breaker){.seed = seed};
}

enum breaker_state breaker_state(const struct breaker *b, int64_t now)
{
	if (!b->tripped)
		return BREAKER_CLOSED;
	return now < b->until ? BREAKER_OPEN : BREAKER_HALF_OPEN;
}

const char *breaker_state_name(enum breaker_state s)
{
#define BREAKER_STATE_NAME(name, text) text,
	static const char *const names[] = {BREAKER_STATES(BREAKER_STATE_NAME)};
#undef BREAKER_STATE_NAME
	return names[s];
}

static void hold(struct breaker *b, int64_t now)
{
	uint32_t twice = b->hold_ms * 2;
	b->hold_ms = !b->tripped ? BREAKER_FIRST_MS : twice < BREAKER_LONGEST_MS ? twice : BREAKER_LONGEST_MS;
	b->tripped = true;
	/* up to a tenth more: those that fell ill together do not come back together */
	b->seed = b->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	b->until = now + b->hold_ms + (int64_t)((b->seed >> 33) % (b->hold_ms / 10 + 1));
}

enum breaker_change breaker_note(struct breaker *b, int64_t now, enum breaker_sign sign, bool probe)
{
	if (sign == BREAKER_NO_SIGN)
		return BREAKER_SAME;
	if (sign == BREAKER_WELL) {
		bool was = b->tripped;
		b->tripped = false;
		b->failures = 0;
		return was ? BREAKER_CLOSED_AGAIN : BREAKER_SAME;
	}
	b->failures++;
	if (b->tripped ? !probe : b->failures < BREAKER_FAILURES)
		return BREAKER_SAME;
	hold(b, now);
	return BREAKER_TRIPPED;
}
