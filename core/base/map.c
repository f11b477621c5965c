#include "core/base/map.h"

#include <stdlib.h>

#include <glib.h>

#include "core/base/arena.h"

struct map {
	GHashTable *table;
	bool of_text;
};

/* A key is boxed: GLib's tables hold pointers, and int64_t does not fit one everywhere. */
static guint text_hash(gconstpointer p)
{
	const struct str *s = p;
	uint64_t h = str_hash(*s);
	return (guint)(h ^ (h >> 32));
}

static gboolean text_equal(gconstpointer a, gconstpointer b)
{
	return str_eq(*(const struct str *)a, *(const struct str *)b);
}

static void destroy(void *arg)
{
	struct map *map = arg;
	g_hash_table_destroy(map->table);
	free(map);
}

static struct map *make(struct arena *arena, bool of_text)
{
	struct map *map = xcalloc(1, sizeof(*map));
	map->of_text = of_text;
	map->table = of_text ? g_hash_table_new_full(text_hash, text_equal, free, NULL)
	                     : g_hash_table_new_full(g_int64_hash, g_int64_equal, free, NULL);
	if (arena && arena_defer(arena, destroy, map) != 0) {
		/* past the arena's cap: the table must still die with somebody; an empty, leaking one would be worse than none */
		destroy(map);
		return NULL;
	}
	return map;
}

struct map *map_new_int(struct arena *arena)
{
	return make(arena, false);
}

struct map *map_new_str(struct arena *arena)
{
	return make(arena, true);
}

void map_free(struct map **map)
{
	if (*map)
		destroy(*map);
	*map = NULL;
}

size_t map_count(const struct map *map)
{
	return map ? g_hash_table_size(map->table) : 0;
}

void *map_get(const struct map *map, int64_t key)
{
	return map ? g_hash_table_lookup(map->table, &key) : NULL;
}

void map_put(struct map *map, int64_t key, void *value)
{
	if (!map)
		return;
	int64_t *box = xmalloc(sizeof(*box));
	*box = key;
	g_hash_table_replace(map->table, box, value);
}

void map_del(struct map *map, int64_t key)
{
	if (map)
		g_hash_table_remove(map->table, &key);
}

void *map_get_str(const struct map *map, struct str key)
{
	return map ? g_hash_table_lookup(map->table, &key) : NULL;
}

void map_put_str(struct map *map, struct str key, void *value)
{
	if (!map)
		return;
	struct str *box = xmalloc(sizeof(*box));
	*box = key;
	g_hash_table_replace(map->table, box, value);
}

void map_del_str(struct map *map, struct str key)
{
	if (map)
		g_hash_table_remove(map->table, &key);
}

void map_each(const struct map *map, bool (*fn)(void *value, void *arg), void *arg)
{
	if (!map)
		return;
	GHashTableIter it;
	gpointer value;
	g_hash_table_iter_init(&it, map->table);
	while (g_hash_table_iter_next(&it, NULL, &value))
		if (!fn(value, arg))
			return;
}
