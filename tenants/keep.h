#ifndef TENANTS_KEEP_H
#define TENANTS_KEEP_H

/*
 * What passerelle keeps of a school beside its stores: plain files in <data>/<tenant>/, so that no damaged store
 * takes it away.
 *
 *   paused        is there while a person has paused the school
 *   school.json   its file, as it was when it was last taken into service; no secrets, they are in files of their own
 *
 * Everything here blocks: pool jobs and commands only. A change is on disk when the call returns.
 */

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/str.h"

bool keep_is_paused(const char *data, const char *tenant);
int keep_pause(const char *data, const char *tenant, bool paused) MUST_USE;

/* The path of the copy; NULL: the arena is exhausted. */
const char *keep_file_path(struct arena *arena, const char *data, const char *tenant);
/* Nothing is written when the copy is the same already. */
int keep_file(const char *data, const char *tenant, struct str text) MUST_USE;
int keep_no_file(const char *data, const char *tenant) MUST_USE;

#endif
