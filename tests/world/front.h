#ifndef TESTS_WORLD_FRONT_H
#define TESTS_WORLD_FRONT_H

/* What both fronts share: taking an address apart as the vendors' servers would. */

#include "core/base/arena.h"
#include "core/base/str.h"

/* Percent-decoded copy in the arena; a '%' without two digits stays. */
struct str front_decode(struct arena *arena, struct str s);
/* The path below "/index.php"; false: this is no address of a Yparéo. */
bool front_below_index(struct str path, struct str *below);

#endif
