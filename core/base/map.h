#ifndef CORE_BASE_MAP_H
#define CORE_BASE_MAP_H

/*
 * Hash tables over GLib's, from an int64 code or a text to a pointer. Text keys are not copied: they
 * must outlive the map (they live in the same arena, as a rule). Values are not owned.
 * A map made with an arena is freed with it. A NULL map (its arena was exhausted) is empty and stays so.
 */

#include <stddef.h>
#include <stdint.h>

#include "core/base/str.h"

struct arena;
struct map;

struct map *map_new_int(struct arena *arena); /* arena NULL: the caller frees */
struct map *map_new_str(struct arena *arena);
void map_free(struct map **map);
size_t map_count(const struct map *map);

void *map_get(const struct map *map, int64_t key); /* NULL: none */
void map_put(struct map *map, int64_t key, void *value); /* replaces; value not NULL */
void map_del(struct map *map, int64_t key);
void *map_get_str(const struct map *map, struct str key);
void map_put_str(struct map *map, struct str key, void *value);
void map_del_str(struct map *map, struct str key);

/* Every value, in no order; the map must not change meanwhile. Stops when fn returns false. */
void map_each(const struct map *map, bool (*fn)(void *value, void *arg), void *arg);

#endif
