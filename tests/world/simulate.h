#ifndef TESTS_WORLD_SIMULATE_H
#define TESTS_WORLD_SIMULATE_H

/*
 * A school for some days, by seed: plans change, people sign or do not, requests get lost, the process dies. Down
 * runs at 12:00 and 22:00, up at 22:00; a run that failed is tried again as the daemon does. Each night the faults
 * end, each flow runs once, and the oracle looks at both databases; then each flow runs once more and must write
 * nothing.
 *
 * The same seed and days give the same requests, byte for byte, in a process of their own. Run ids are counted by
 * process, so two seeds in one process are told apart by simulate_seed(), which forks.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct simulate_options {
	uint64_t seed;
	unsigned days; /* at least 1 */
	bool verbose;  /* what happens, a line each, on standard output */
	/* For the oracle's own test: something is broken by hand before the last look. 0: nothing. */
	unsigned sabotage;
};
#define SIMULATE_SABOTAGES 9

struct simulate_result {
	uint64_t hash; /* of all requests of both vendors, in order, with their times and answers */
	unsigned long requests, runs, failed_runs, crashes, mutations, sheets, rows, missed, followed;
	unsigned long meddled, forgotten, schools; /* changed by hand; stores lost or restored; Edusign accounts */
	unsigned day;      /* of the failure, from 1 */
	char failure[400]; /* one line; "": none */
};

/* In a child of its own: what breaks there, an assertion included, is a failure here. */
void simulate_seed(const struct simulate_options *options, struct simulate_result *result);

#endif
