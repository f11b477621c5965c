#ifndef TENANTS_CONFDIR_H
#define TENANTS_CONFDIR_H

/* The drop-in directory: one *.json a school, its stem is the school's id. Dotfiles, *~, *.tmp, *.swp and what is not
 * *.json are ignored. */

#include "core/base/arena.h"
#include "core/data/record.h"

/* [a-z0-9][a-z0-9-]{0,62} */
bool tenant_id_valid(struct str id);
/* The stems of all school files, sorted, valid as ids or not; -errno. Blocks. */
int confdir_list(struct arena *arena, const char *dir, struct texts *out) MUST_USE;
/* name as it is meant in a file: relative to the folder that holds that file. */
const char *confdir_path(struct arena *arena, const char *file, const char *name);

#endif
