#ifndef CORE_SYNC_SNAPSHOT_P_H
#define CORE_SYNC_SNAPSHOT_P_H

#include "core/sync/snapshot.h"

enum verdict snapshot__asked(struct snapshot_work *w); /* counts what is about to leave; STEP_NEXT */
void snapshot__note_date(struct snapshot_work *w, struct run *run, const struct exchange *x);

/* The sessions of the window, of the groups that are served; w->kept.planning is brought up to date. State: struct snapshot_work. */
extern const struct step snapshot__planning[];

#endif
