#ifndef CORE_APP_WIRING_H
#define CORE_APP_WIRING_H

/* One school, connected: its file, a lane and an adapter for each of its accounts. */

#include "core/app/rig.h"
#include "tenants/tenant_conf.h"

struct wiring {
	struct rig *rig;
	struct tenant_conf *conf; /* .settings is whole, ports included */
	struct fetch_lane *ypareo;
	struct fetch_lane **edusign; /* one for each environment */
};

/* Reads <tenants>/<id>.json. 0, or ERR_CONFIG with the mistakes in out. Needs no rig. */
int wiring_conf(const struct conf *conf, const char *id, struct tenant_conf **out, struct buf *mistakes) MUST_USE;
/* The ids of all schools, sorted. 0, or a code with a line in why. */
int wiring_list(const struct conf *conf, struct arena *arena, struct texts *out, struct buf *why) MUST_USE;

/* Takes conf, also when it fails: ERR_CONFIG with a line for each account that cannot be connected. */
int wiring_open(struct rig *rig, struct tenant_conf *conf, struct wiring **out, struct buf *mistakes) MUST_USE;
/* Requires that no run of it is under way. */
void wiring_close(struct wiring **wiring);

/* What was asked of each Edusign account in the last minute, kept in its store: commands and runs that follow each other stay
 * within the account's bound together, whatever process they are of. */
#define WIRING_WINDOW_MAX 4096
struct wiring_window {
	int64_t starts[WIRING_WINDOW_MAX]; /* wall clock, ms */
	size_t n;
};
/* In a transaction of that environment's store; what cannot be read is empty. */
void wiring_window_read(struct store_txn *txn, struct wiring_window *w);
void wiring_window_write(struct store_txn *txn, const struct wiring_window *w);
/* From and to the account's lane. */
void wiring_window_take(const struct wiring *wiring, unsigned environment, struct wiring_window *w);
void wiring_window_give(struct wiring *wiring, unsigned environment, const struct wiring_window *w);

/* The same for commands: all accounts, waited for; a store that cannot be read is no reason to stop. */
void wiring_restore_windows(struct wiring *wiring);
void wiring_keep_windows(struct wiring *wiring);

#endif
