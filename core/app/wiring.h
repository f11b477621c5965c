#ifndef CORE_APP_WIRING_H
#define CORE_APP_WIRING_H

/* One school, connected: its file, a lane and an adapter for each of its accounts. */

#include "core/app/rig.h"
#include "core/app/window.h"
#include "tenants/tenant_conf.h"

struct wiring {
	struct rig *rig;
	struct tenant_conf *conf; /* .settings is whole, ports included */
	struct fetch_lane *ypareo;
	struct fetch_lane **edusign; /* one for each environment */
	struct window_keeper **keepers; /* as many; NULL: nothing is kept of it */
};

/* Reads <tenants>/<id>.json. 0, or ERR_CONFIG with the mistakes in out. Needs no rig. */
int wiring_conf(const struct conf *conf, const char *id, struct tenant_conf **out, struct buf *mistakes) MUST_USE;
/* The version of that file that was last served, from the copy kept of it (tenants/keep.h). */
int wiring_conf_kept(const struct conf *conf, const char *id, struct tenant_conf **out) MUST_USE;
/* Who was erased of the school, read again from its data; wiring_conf() does so first. Blocks; no run is under way. */
int wiring_note_erased(const struct conf *conf, struct tenant_conf *c, struct buf *mistakes) MUST_USE;
/* The ids of all schools, sorted. 0, or a code with a line in why. */
int wiring_list(const struct conf *conf, struct arena *arena, struct texts *out, struct buf *why) MUST_USE;

/* Takes conf, also when it fails: ERR_CONFIG with a line for each account that cannot be connected. */
int wiring_open(struct rig *rig, struct tenant_conf *conf, struct wiring **out, struct buf *mistakes) MUST_USE;
/* Requires that no run of it is under way. */
void wiring_close(struct wiring **wiring);

/* Each account stays within its bound, over processes and however they end (window.h). From here on until wiring_rest_windows(), or
 * window_keeper_rest() for each, at the end of a run. */
void wiring_keep_windows(struct wiring *wiring);
/* The same for commands, waited for: takes what is kept of the last minute; a store that cannot be read is no reason to stop. */
void wiring_restore_windows(struct wiring *wiring);
void wiring_rest_windows(struct wiring *wiring);

#endif
