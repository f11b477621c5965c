#ifndef CORE_APP_CLI_H
#define CORE_APP_CLI_H

/*
 * The commands. What a command prints goes into .out and reaches standard output when it ends, with --json as exactly
 * one document; everything else (what is wrong, progress) goes to standard error.
 *
 * Exit status: 0 done; 1 usage or configuration error; 2 the data directory cannot be reached; 3 done, but some
 * records have issues; 4 held by a guard; 5 failed, nothing lost.
 */

#include "core/app/conf.h"
#include "core/app/rig.h"
#include "core/app/wiring.h"
#include "core/data/json.h"
#include "core/sync/explain.h"

enum exit_status {
	EXIT_DONE = 0,
	EXIT_USAGE = 1,
	EXIT_UNREACHABLE = 2,
	EXIT_ISSUES = 3,
	EXIT_HELD = 4,
	EXIT_FAILED = 5
};

struct cli {
	const char *program; /* as it was called: what demo starts its parts beside */
	const char *config;
	bool json, probe, once;
	struct explanation explanation; /* of explain: what is asked, and what a reading told of it */
	bool memory;                    /* explain: without a reading of Yparéo */
	const char *asked[EXPLAIN_OF_COUNT]; /* explain: --learner, --instructor, --session, --sheet; one of them */
	bool erase, force, yes; /* of person, of person --erase, of purge */
	const char *tutor;      /* of person, as its asked: a code, or "" where the code stands elsewhere */
	const char *reason; /* of an answer to a plan */
	char by[32];        /* who runs it: "uid 1000", before this process becomes the data's owner */
	const char *from, *to, *count; /* of schedule and export */
	const char *command; /* the command's name */
	const char **args; /* behind the command's name */
	int arg_count;
	struct arena *arena;
	struct conf *conf; /* read; NULL for demo */
	struct buf out;
	struct buf why;       /* what is wrong, a line each */
	int worst;            /* of what a tour showed: the exit status is this at least */
	struct json_writer w; /* into out, with --json */
	/* For serve, by the demo: the page can be opened; NULL: nobody wants to know. */
	void (*page_open)(struct cli *cli, unsigned port);
	const char *page_token;
	/* In the daemon: what a school is doing; NULL when it is not served. Elsewhere NULL. */
	const char *(*state_of)(void *arg, const char *tenant);
	void *state_arg;
};

struct tour_ops;

/* arena and buffers; command line or request fill in the rest. */
void cli_init(struct cli *cli);
void cli_deinit(struct cli *cli);
/* The tour behind a command's name, NULL: it has none. EXIT_USAGE in status, and a line in why, when the arguments do not fit. */
const struct tour_ops *cli_tour(struct cli *cli, const char *name, int *status);

/* The same for a chore (chore.h). */
struct chore_ops;
const struct chore_ops *cli_chore(struct cli *cli, const char *name, int *status);

/* The whole program; returns its exit status. */
int cli_main(int argc, char **argv);

/* For commands: the rig with the stores, with the uid of the data's owner; EXIT_… when it cannot be had (said in
 * .why). */
int cli_rig(struct cli *cli, struct rig **out) MUST_USE;
/* The ids named by the arguments from index first on; none: all schools. EXIT_USAGE when one is not there. */
int cli_schools(struct cli *cli, int first, struct texts *out) MUST_USE;

/* What is asked of explain, from .asked; false: not just one. */
bool cli_explanation(struct cli *cli) MUST_USE;
/* A plan down that ended told what it could: also when it failed. */
void cli_explained(struct cli *cli, const struct report *report);

int cmd_check(struct cli *cli);
int cmd_plan(struct cli *cli);
int cmd_sync(struct cli *cli);
int cmd_approve(struct cli *cli);
int cmd_discard(struct cli *cli);
int cmd_pause(struct cli *cli);
int cmd_resume(struct cli *cli);
int cmd_serve(struct cli *cli);
int cmd_rename(struct cli *cli);
int cmd_rebuild(struct cli *cli);
/* What became of a rebuild, told to who asked; detail: the file's new name, or what is wrong. Returns the exit status. */
int rebuild_told(struct cli *cli, int error, const char *detail);
/* Are the arguments of export those of one that there is? EXIT_USAGE with a line in why. */
int export_fits(struct cli *cli);
int cmd_schema(struct cli *cli);
int cmd_token(struct cli *cli);
int cmd_schedule(struct cli *cli);
int cmd_demo(struct cli *cli);

#endif
