#include "core/app/hints.h"

#include "core/base/map.h"

#define MEMORY_MOST ((size_t)64 * 1024)

void hints_add(struct hints *h, struct str sheet, int64_t now_ms)
{
	if (hints_due(h) == INT64_MAX)
		h->first_ms = now_ms;
	h->last_ms = now_ms;
	if (!h->arena) {
		h->arena = arena_new(MEMORY_MOST);
		h->known = map_new_str(h->arena);
		h->ids = (struct texts){arena_array(h->arena, HINTS_SHEETS, sizeof(struct str)), 0};
	}
	if (!str_empty(sheet) && map_get_str(h->known, sheet))
		return;
	struct str copy = arena_str(h->arena, sheet);
	if (str_empty(sheet) || h->ids.n >= HINTS_SHEETS || !h->ids.v || str_empty(copy)) {
		h->all = true;
		return;
	}
	h->ids.v[h->ids.n++] = copy;
	map_put_str(h->known, copy, h);
}

int64_t hints_due(const struct hints *h)
{
	if (!h->arena)
		return INT64_MAX;
	int64_t quiet = h->last_ms + HINTS_QUIET_MS, most = h->first_ms + HINTS_MOST_MS;
	int64_t due = quiet < most ? quiet : most;
	if (h->all && h->all_ms && due < h->all_ms + HINTS_ALL_MS)
		due = h->all_ms + HINTS_ALL_MS;
	return due;
}

struct hints hints_take(struct hints *h, int64_t now_ms)
{
	struct hints taken = *h;
	*h = (struct hints){.all_ms = h->all ? now_ms : h->all_ms};
	return taken;
}

const struct texts *hints_sheets(const struct hints *taken)
{
	return taken->all ? NULL : &taken->ids;
}

void hints_clear(struct hints *h)
{
	arena_free(&h->arena);
	*h = (struct hints){.all_ms = h->all_ms};
}
