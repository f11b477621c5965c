#ifndef TENANTS_ERASED_H
#define TENANTS_ERASED_H

/*
 * Who was erased of a school, by code alone: <data>/<tenant>/erased, a line each, "learner 4711 2026-11-28T16:00:00Z". It stands beside the stores, so that no
 * store that is put aside, rebuilt or restored takes it away: a backup from before must not bring anybody back.
 *
 * Everything here blocks: pool jobs only. A change is on disk when the call returns.
 */

#include "core/base/arena.h"
#include "core/base/str.h"
#include "core/sync/settings.h"

#define ERASED_NAME "erased"

/* folder: of the school, or of a backup. No file: nobody. ERR_SYNTAX: a line that is none. */
int erased_read(const char *folder, struct arena *arena, struct items *out /* struct erased */) MUST_USE;
/* Adds those that are not there, and makes the folder. */
int erased_add(const char *folder, const struct erased *v, size_t n) MUST_USE;

#endif
