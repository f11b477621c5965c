#ifndef CORE_IO_BREAKER_H
#define CORE_IO_BREAKER_H

/*
 * Whether an upstream account is worth asking. Closed: it is. After BREAKER_FAILURES requests in a row without an answer it
 * trips: open for a hold, then half open, when one request may try. That one's answer closes it; its failure opens it
 * again, for twice as long. No loop and no clock of its own: the caller says what time it is (monotonic, ms).
 *
 * What waits: while the hold is at most BREAKER_PATIENCE_MS requests had better wait than fail, as the upstream may only be
 * starting anew; longer, they had better fail and say why.
 */

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_FAILURES    5
#define BREAKER_FIRST_MS    5000
#define BREAKER_LONGEST_MS  300000
#define BREAKER_PATIENCE_MS 30000

#define BREAKER_STATES(X) X(BREAKER_CLOSED, "closed") X(BREAKER_OPEN, "open") X(BREAKER_HALF_OPEN, "half-open")
#define BREAKER_STATE_ENUM(name, text) name,
enum breaker_state { BREAKER_STATES(BREAKER_STATE_ENUM) };
#undef BREAKER_STATE_ENUM

enum breaker_sign {
	BREAKER_WELL,    /* an answer, whatever it said */
	BREAKER_ILL,     /* none, or one that says that nothing works there */
	BREAKER_NO_SIGN, /* it was cancelled, or failed on our side */
};

enum breaker_change { BREAKER_SAME, BREAKER_TRIPPED, BREAKER_CLOSED_AGAIN };

/* Read .failures, .until and .hold_ms; the rest through the functions. */
struct breaker {
	bool tripped;
	unsigned failures; /* in a row */
	uint32_t hold_ms;  /* of the last trip */
	int64_t until;     /* open until then */
	uint64_t seed;
};

void breaker_init(struct breaker *b, uint64_t seed); /* the seed draws the tenth by which holds differ */
enum breaker_state breaker_state(const struct breaker *b, int64_t now);
const char *breaker_state_name(enum breaker_state s);
/* probe: it is the one that was let through while half open. What was under way before the trip and still answers closes it
 * too; what still fails says nothing new. */
enum breaker_change breaker_note(struct breaker *b, int64_t now, enum breaker_sign sign, bool probe);

#endif
