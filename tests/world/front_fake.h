#ifndef TESTS_WORLD_FRONT_FAKE_H
#define TESTS_WORLD_FRONT_FAKE_H

/*
 * The fetch seam in process: a transport for fetch_hub_new() that carries every admitted fetch into sim_handle(), on
 * the loop's own (virtual) time. Routing by host:
 *
 *   https://NAME.ypareo.test/index.php/r/v1/…   the Yparéo of customer NAME
 *   https://edusign.test/v1/…                   Edusign
 *
 * Any other host does not resolve (ERR_RESOLVE, nothing sent). A request arrives after half of the latency and its
 * answer after the other half: a fetch cancelled before has had no effect, one cancelled after has. What a fault
 * becomes for the client:
 *
 *   hang, hang-after                          ERR_TIMEOUT at the fetch's own timeout, sent
 *   reset-before, reset-after, late-effect    ERR_RESET without a status, sent
 *   refuse                                    ERR_CONNECT, not sent
 *   truncate                                  the status, half of the body, ERR_TRUNCATED
 *   latency                                   later; beyond the fetch's timeout ERR_TIMEOUT, sent
 *
 * and every other one is a whole answer. Bodies are fed in pieces of 1400 bytes.
 */

#include "core/io/fetch.h"
#include "tests/world/sim.h"

struct front_fake_options {
	uint32_t latency_ms;     /* 0: 20 */
	int64_t server_ahead_ms; /* the servers' clocks (Date, DATE_UPDATED …) against the loop's wall clock */
};

/* Owned by the hub. options may be NULL. */
struct fetch_transport *front_fake_new(struct loop *loop, struct sim *sim, const struct front_fake_options *options);
void front_fake_set(struct fetch_transport *transport, const struct front_fake_options *options);

#endif
