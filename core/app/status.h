#ifndef CORE_APP_STATUS_H
#define CORE_APP_STATUS_H

/* What `status` prints, from whoever knows it: a tour of the stores, or the daemon's memory. */

#include "core/app/cli.h"
#include "core/app/recent.h"

void status_begin(struct cli *cli);
/* all: one for each environment. mistakes: of a newer file that does not validate; empty: none. */
void status_show(struct cli *cli, const struct tenant_conf *c, const struct recent *const *all, struct str mistakes);
/* A school without a good file. */
void status_invalid(struct cli *cli, const char *id, struct str mistakes);
void status_end(struct cli *cli);

#endif
