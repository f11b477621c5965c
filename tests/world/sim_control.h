#ifndef TESTS_WORLD_SIM_CONTROL_H
#define TESTS_WORLD_SIM_CONTROL_H

/*
 * The back door of passerelle-sim, for system tests: what a test in the same process does by calling sim.h and
 * edusign.h. Answers are JSON objects; a mistake is 400 with {"error": …}.
 *
 *   GET    /_sim/ledger[?since=SEQ]  {"entries": [{"seq", "at_ms", "vendor", "method", "path", "query", "body",
 * "account", "status", "effect", "write"}]}, of those with a greater number DELETE /_sim/ledger              forgets
 * them POST   /_sim/fault               the body is one fault as sim_fault_parse() reads it DELETE /_sim/fault no
 * more faults POST   /_sim/switch              {"name": "patch-whole", "on": true} GET    /_sim/world numbers of both
 * vendors, and the oracle's counters POST   /_sim/mutate              {"customer": "cfa-lyon", "seed": 1, "count": 3,
 * "first": "2026-11-24", "last": "2026-11-30"}: so many changes a human could make in Yparéo; {"changes": ["move",
 * …]} POST   /_sim/day                 {"school": ID, "seed": 1, "from": "…Z", "to": "…Z"}: the sheets that start
 * then are signed and locked as edusign_live() does; school left out: all; {"sheets": n}
 */

#include "tests/world/sim.h"

/* True: the path was one of these, and reply is filled. path is decoded. */
bool sim_control(struct sim *sim, const struct sim_request *req, struct sim_reply *reply);
void sim_control_entry(struct json_writer *w, const struct sim_entry *entry);

#endif
