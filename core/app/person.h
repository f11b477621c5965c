#ifndef CORE_APP_PERSON_H
#define CORE_APP_PERSON_H

/* What is asked about one person, for cmd_person.c (what is kept) and erase.c. */

#include "core/app/cli.h"
#include "core/sync/records.h"

/* Are the arguments those of one person? EXIT_USAGE with a line in why. */
int person_fits(struct cli *cli, int64_t *code);
/* False: none of --learner, --instructor, --tutor was said. */
bool person_kind_asked(const struct cli *cli, enum person_kind *kind);
/* What stays elsewhere; with --json as a key of the object that is open. */
void person_tell_vendors(struct cli *cli);

#endif
