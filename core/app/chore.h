#ifndef CORE_APP_CHORE_H
#define CORE_APP_CHORE_H

/*
 * Work on a school's stores that is no run: erasing a person, a backup, a restore, removing a school that left. The same chore serves a command that holds
 * the stores itself and the daemon, which goes about it while no run of the school is under way (tenant_ask); so each command exists once.
 *
 *   ask     questions to Yparéo, if any; their answer decides whether the rest is done
 *   begin   on the pool: what is to be known, or made, beforehand
 *   start   store jobs, environment after environment
 *   end     on the pool
 *
 * What there is to say goes into cli->out and cli->why.
 */

#include "core/app/cli.h"
#include "core/flow/flow.h"

struct chore;

struct chore_ops {
	const char *name;
	size_t size;             /* of what it keeps in .own */
	const struct step *ask;  /* NULL: none; state: the chore; c->wiring is connected */
	int (*asked)(struct chore *c, const struct fault *fault); /* EXIT_DONE: go on */
	int (*begin)(struct chore *c); /* EXIT_DONE: go on */
	/* The n-th job of the environment c->keys[c->at], with c->job.after set and everything else zero. False: it has no further one. */
	bool (*start)(struct chore *c, struct store *store, unsigned n);
	/* It is over, c->job.error tells how. EXIT_DONE: go on. */
	int (*ended)(struct chore *c, unsigned n);
	int (*end)(struct chore *c); /* NULL: nothing */
	bool unserved;               /* for a school that has no file */
	bool alone;                  /* writes or reads files that whoever asks names, so only for who is on this machine */
};

struct chore {
	const struct chore_ops *ops;
	struct cli *cli;
	struct rig *rig;
	struct wiring *wiring; /* NULL: unserved */
	const char *tenant, *by;
	const char *folder;          /* of the school's data */
	const char **keys;           /* begin() may name others than the file does */
	unsigned key_count;
	void *own;
	int64_t now;                 /* UTC seconds */
	int status;
	struct store_job job;
	void (*done)(struct chore *c);
	void *owner;                 /* who is to know in done() */
	/* its own */
	struct run *run;
	struct loop_job pool;
	bool ending;
	unsigned at, n;
	struct store *store;
};

/* The chore behind a command's name; NULL: it is none. */
const struct chore_ops *chore_find(const struct cli *cli, const char *name);
/* by: who asks, "uid 1000"; everything is borrowed until done(). */
void chore_init(struct chore *c, const struct chore_ops *ops, struct cli *cli, struct rig *rig, const char *by);
/* done() comes on a later turn of the loop, with .status. wiring NULL: an unserved one. */
void chore_start(struct chore *c, struct wiring *wiring);

/* The command: asks the daemon, or does it here. */
int cmd_chore(struct cli *cli);

/* For chores: a store's failure, told. Returns EXIT_FAILED. */
int chore_store_failed(struct chore *c, const char *doing);

extern const struct chore_ops chore_erase, chore_backup, chore_restore, chore_purge;
extern const struct step erase_questions[];

#endif
