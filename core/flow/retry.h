#ifndef CORE_FLOW_RETRY_H
#define CORE_FLOW_RETRY_H

/* When and how often an exchange is repeated. */

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/io/fetch.h"

struct retry_policy {
	unsigned tries;    /* in all, the first included */
	uint32_t first_ms; /* wait before the second try */
	uint32_t factor;   /* each further wait is longer by this */
	uint32_t max_ms;   /* and at most this */
	uint32_t quota_s;  /* most that Retry-After is honoured; a longer one fails the step */
};

extern const struct retry_policy retry_default; /* 4 tries, about 1, 4 and 16 s apart */
extern const struct retry_policy retry_once;

/* Milliseconds to wait before try number attempt + 1 (attempt counts from 1), or -1: no more. Repeated are TRANSIENT
 * (nothing happened there) and QUOTA, whatever the effect, and UNCERTAIN only for reads: a write that may have
 * happened is its caller's to read back. The wait is half fixed, half drawn from *seed; where Retry-After was said,
 * it is that and up to a tenth more. */
int64_t retry_after(const struct retry_policy *policy, const struct fault *fault, enum fetch_effect effect,
                    unsigned attempt, uint64_t *seed);

#endif
