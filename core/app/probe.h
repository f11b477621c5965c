#ifndef CORE_APP_PROBE_H
#define CORE_APP_PROBE_H

/* Tries each credential of a school and each right that it needs, by reading only. */

#include "core/app/wiring.h"

/* A line for each call into out: "ypareo sites: allowed", "edusign structure-12 school: refused: …" (or missing, failed, slow) with what does
 * not work without it; then the codes of absence reasons that the school's file names, and, where reasons are sent, which reason
 * of Edusign becomes which of Yparéo. Returns how many things are wrong. */
unsigned probe_school(struct wiring *wiring, struct buf *out);

#endif
