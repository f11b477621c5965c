#ifndef TESTS_WORLD_FRONT_HTTP_H
#define TESTS_WORLD_FRONT_HTTP_H

/*
 * The simulators behind real sockets, on the real loop: one port per vendor.
 *
 *   http://127.0.0.1:PORT/NAME/index.php/r/v1/…   the Yparéo of customer NAME
 *   http://127.0.0.1:PORT/v1/…                    Edusign
 *   http://127.0.0.1:PORT/_sim/…                  on both: sim_control.h
 *
 * Faults as a server can commit them: hangs keep the connection until the client leaves, resets close it without
 * an answer, truncate announces the whole length and closes after half. A refused connection is not in its power once
 * it listens: refuse closes without an answer as well; a test that wants no connection closes the front.
 */

#include "core/io/loop.h"
#include "tests/world/sim.h"

struct front_http;

struct front_http_options {
	const char
	        *listen; /* "127.0.0.1:0"; a port P other than 0: Yparéo on P, Edusign on P + 1. NULL: 127.0.0.1:0 */
	int64_t ahead_ms; /* the servers' clock against the loop's wall clock */
	void (*note)(void *arg,
	             const struct sim_entry *entry); /* each entry of the ledger, once answered; may be NULL */
	void *arg;
};

/* options may be NULL. */
int front_http_open(struct loop *loop, struct sim *sim, const struct front_http_options *options,
                    struct front_http **out) MUST_USE;
void front_http_close(struct front_http **front); /* unanswered requests are dropped */
uint16_t front_http_ypareo_port(const struct front_http *front);
uint16_t front_http_edusign_port(const struct front_http *front);

#endif
