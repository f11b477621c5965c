#ifndef CORE_APP_REMOTE_H
#define CORE_APP_REMOTE_H

/* A command that is done by the daemon, over its control socket. */

#include "core/app/cli.h"

/* Asks the daemon for the command, with cli's arguments and options; waits, with progress on a terminal. False: no
 * daemon listens there, do it yourself. True: what it printed is in .out and .why, and *status is its exit status,
 * EXIT_UNREACHABLE when its answer was lost. */
bool remote_ask(struct cli *cli, const char *command, int *status);

#endif
