#ifndef CORE_APP_TOUR_H
#define CORE_APP_TOUR_H

/*
 * A command that looks into the stores: school after school, environment after environment, nothing of it blocking
 * the loop. The same tour serves a command that holds the stores itself and one that asked the daemon.
 *
 * Files and stores are read on the pool, so a tour's cli belongs to it until done() is called.
 */

#include "core/app/cli.h"

/* One environment, as its store has it. */
struct tour_stop {
	const char *key;
	void *seen; /* what read() filled; zeroed when there is no store yet, or when it cannot be read */
};

struct tour_ops {
	size_t seen_size;
	/* Around the whole, and with --json; either may be NULL. end() runs also when every school was invalid. */
	void (*begin)(struct cli *cli);
	void (*end)(struct cli *cli);
	/* On the pool. What is kept of the transaction is copied into cli->arena. 0 or a code. */
	int (*read)(struct store_txn *txn, struct cli *cli, void *seen);
	/* One school, all its environments; c is valid during the call. */
	void (*show)(struct cli *cli, const struct tenant_conf *c, const struct tour_stop *stops);
	/* A school whose file does not validate; may be NULL. The mistakes are in cli->why already. */
	void (*invalid)(struct cli *cli, const char *id, struct str mistakes);
	int first;   /* index of the first argument that names a school */
	int schools; /* how many do; 0: all from there on */
};

struct tour;

/* Goes through the schools that cli's arguments name, none: all. done() comes once, on a later turn of the loop, with
 * the exit status; everything is borrowed until then, and the tour frees itself after it. */
void tour_start(struct rig *rig, struct cli *cli, const struct tour_ops *ops, void (*done)(void *arg, int status),
                void *arg);

extern const struct tour_ops tour_person, tour_status, tour_issues, tour_history, tour_explain, tour_export, tour_shadow;

#endif
