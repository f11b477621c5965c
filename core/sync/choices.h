#ifndef CORE_SYNC_CHOICES_H
#define CORE_SYNC_CHOICES_H

/*
 * The choices of a school's file that say how existing records shall look. What the last run went by is remembered,
 * so that the guard can tell a change of the file, which may alter everything at once, from a day's work in Yparéo.
 */

#include "core/sync/settings.h"

/* All of them, a line each: "ypareo.email=normal". In the arena; empty when that is exhausted. */
struct str choices_text(struct arena *arena, const struct settings *s, const struct env_settings *env);
/* Those that say what goes up. */
struct str choices_up_text(struct arena *arena, const struct settings *s);
/* The names of those that differ, with commas between: "ypareo.email, options.grouping"; empty: none does, or before
 * is empty (nothing is remembered). */
struct str choices_changed(struct arena *arena, struct str before, struct str now);

#endif
