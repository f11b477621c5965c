#ifndef CORE_APP_PROBE_H
#define CORE_APP_PROBE_H

/* Tries each credential of a school and each right that it needs, by reading only. */

#include "core/app/wiring.h"

/* A line for each call into out: "ypareo sites: good", "edusign structure-12 school: refused …". Returns how many
 * were refused. */
unsigned probe_school(struct wiring *wiring, struct buf *out);

#endif
