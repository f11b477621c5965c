#ifndef TENANTS_FILE_H
#define TENANTS_FILE_H

/* A configuration file, whole. */

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/str.h"

#define FILE_MAX (1u << 20)

/* 0; -errno; -EFBIG past FILE_MAX; -EINVAL for what is not a file. Blocks. */
int file_read(struct arena *arena, const char *path, struct str *out) MUST_USE;

/* What tells two versions of a file apart. Zeroed: there is none. */
struct file_mark {
	int64_t mtime_ns, size, inode;
};
/* Taken before a file is read, so that a version that is written meanwhile differs. Blocks. */
struct file_mark file_mark(const char *path);
bool file_mark_equal(const struct file_mark *a, const struct file_mark *b);

#endif
