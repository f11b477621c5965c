#ifndef CORE_APP_LASTGOOD_H
#define CORE_APP_LASTGOOD_H

/* Keeps a copy of each school's file that was taken into service (tenants/keep.h), so that a file that is broken
 * while nobody is there leaves the last good version to a new start. One pool job at a time, for all schools
 * together. */

#include "core/io/loop.h"
#include "tenants/file.h"

struct lastgood;

/* data is borrowed. idle(arg): what was handed in is done. */
struct lastgood *lastgood_new(struct loop *loop, const char *data, void (*idle)(void *arg), void *arg);
/* Requires that it is not busy. */
void lastgood_free(struct lastgood **l);
/* mark: of the version that was validated; a file that is newer by now is left to the next scan. */
void lastgood_add(struct lastgood *l, const char *id, const char *file, const struct file_mark *mark);
/* The school's file was taken away: dropped in anew and broken, it is no school of ours. */
void lastgood_forget(struct lastgood *l, const char *id);
bool lastgood_busy(const struct lastgood *l);

#endif
