#ifndef TENANTS_FILE_H
#define TENANTS_FILE_H

/* A configuration file, whole. */

#include "core/base/arena.h"
#include "core/base/str.h"

#define FILE_MAX (1u << 20)

/* 0; -errno; -EFBIG past FILE_MAX; -EINVAL for what is not a file. Blocks. */
int file_read(struct arena *arena, const char *path, struct str *out) MUST_USE;

#endif
