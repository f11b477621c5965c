#include "core/flow/retry.h"

const struct retry_policy retry_default = {
        .tries = 4, .first_ms = 1000, .factor = 4, .max_ms = 30000, .quota_s = 120};
const struct retry_policy retry_once = {.tries = 1, .first_ms = 1, .factor = 1, .max_ms = 1, .quota_s = 120};

/* splitmix64: enough for jitter, and the same everywhere for the same seed. */
static uint64_t next_random(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static bool may_repeat(const struct fault *fault, enum fetch_effect effect)
{
	if (fault->code == ERR_UNAVAILABLE)
		return false; /* it was tried often enough by others */
	switch (fault->class) {
	case FAULT_TRANSIENT:
	case FAULT_QUOTA:
		return true;
	case FAULT_UNCERTAIN:
		/* a keyed write may be repeated, but its caller wants to read back first: an answer that was lost
		 * says nothing of what others did meanwhile */
		return effect == FETCH_READ;
	default:
		return false;
	}
}

int64_t retry_after(const struct retry_policy *policy, const struct fault *fault, enum fetch_effect effect,
                    unsigned attempt, uint64_t *seed)
{
	if (!may_repeat(fault, effect) || attempt >= policy->tries)
		return -1;
	if (fault->class == FAULT_QUOTA && fault->retry_after_s) {
		if (fault->retry_after_s > policy->quota_s)
			return -1;
		/* up to a tenth more: those told the same do not come back together */
		int64_t asked = (int64_t)fault->retry_after_s * 1000;
		return asked + (int64_t)(next_random(seed) % (uint64_t)(asked / 10 + 1));
	}
	uint64_t most = policy->first_ms;
	for (unsigned i = 1; i < attempt && most < policy->max_ms; i++)
		most *= policy->factor;
	if (most > policy->max_ms)
		most = policy->max_ms;
	/* half fixed, half drawn: never at once, never all together */
	return (int64_t)(most / 2 + next_random(seed) % (most / 2 + 1));
}
