#ifndef CORE_APP_SIMULATOR_H
#define CORE_APP_SIMULATOR_H

/* passerelle-sim as a child of this process, and its back door: what people do, and what was asked of it. */

#include <sys/types.h>

#include "core/app/rig.h"
#include "core/data/json.h"

struct simulator {
	pid_t pid;
	const char *control; /* the address of the back door */
	struct arena *arena;
	struct fetch_lane *lane; /* from simulator_connect() on */
	struct rig *rig;
};

/* $PASSERELLE_SIM, or beside this program, or where ../bin is from there. NULL with a line in why. */
const char *simulator_find(struct arena *arena, const char *program, struct buf *why);
/* Starts path with args (NULL-terminated, behind the name) and waits until it is ready. 0, or a code with a line in
 * why. The child ends when this process does. */
int simulator_start(struct simulator *s, struct arena *arena, const char *path, const char *const *args,
                    struct buf *why) MUST_USE;
void simulator_connect(struct simulator *s, struct rig *rig);
void simulator_disconnect(struct simulator *s);
void simulator_stop(struct simulator *s);

/* Asks the back door, and waits: path is behind /_sim. body NULL: none. The answer is in the simulator's arena. */
int simulator_ask(struct simulator *s, enum fetch_method method, const char *path, const char *body,
                  const struct json **out, struct buf *why) MUST_USE;

#endif
