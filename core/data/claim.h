#ifndef CORE_DATA_CLAIM_H
#define CORE_DATA_CLAIM_H

/*
 * What only one environment of all may work with, whatever process asks. A claim is two small files that agree:
 * <data>/.claims/<what> names the environment, <data>/<tenant>/<environment>/claim names what it is. So a claim goes
 * when its owner's folder goes, follows nobody's copy, and costs two reads to confirm. The data directory's lock is
 * held.
 */

#include <stdbool.h>

#include "core/base/err.h"
#include "core/base/str.h"

struct claim_owner {
	char tenant[64], key[200];
};

/* On the pool. 0: nobody else has it; with write, it is now me's, on disk, and what me claimed before is free.
 * ERR_CONFLICT: *other has it. ERR_STORE_FULL: the disk is. Else -errno. gone(arg, owner) may say that an owner is
 * none any more though its folder is there; NULL: none is. */
int claim_work(const char *data, struct str what, const struct claim_owner *me, bool write,
               bool (*gone)(void *arg, const struct claim_owner *owner), void *arg,
               struct claim_owner *other) MUST_USE;

#endif
