#include "core/sync/guard.h"

/* Below this many a percentage says nothing: two sheets of ten is a trainer's flu. */
#define PERCENT_FROM 5

static bool counts(const struct item *it)
{
	return it->kind == ITEM_SHEET && it->phase == ITEM_OPEN && (it->action == ACTION_DELETE || it->shrinks);
}

bool guard_down(struct comparison *c)
{
	struct item **all = c->items.v;
	size_t planned = 0;
	bool held = false;
	for (size_t i = 0; i < c->items.n; i++) {
		planned += counts(all[i]);
		held = held || all[i]->phase == ITEM_HELD;
	}
	if (planned == 0)
		return held;
	size_t total = planned + c->state->removals.n;
	bool over = total > c->settings->delete_count ||
	            (total >= PERCENT_FROM && total * 100 > (size_t)c->settings->delete_percent * c->sheets_known);
	if (!over)
		return held;
	for (size_t i = 0; i < c->items.n; i++)
		if (counts(all[i]))
			all[i]->phase = ITEM_HELD;
	return true;
}

struct str guard_plan_id(struct comparison *c)
{
	struct digest d;
	uint8_t hash[32];
	char *hex = arena_alloc(c->arena, 65);
	struct item **all = c->items.v;
	digest_init(&d);
	for (size_t i = 0; i < c->items.n; i++) {
		if (all[i]->phase != ITEM_HELD)
			continue;
		digest_add_int(&d, all[i]->action);
		digest_add(&d, all[i]->record);
		digest_add_int(&d, all[i]->order);
		for (size_t k = 0; k < all[i]->fields.n; k++)
			digest_add(&d, all[i]->fields.v[k]);
	}
	digest_end(&d, hash);
	if (!hex)
		return STR_NONE;
	str_hex(hash, 32, hex);
	hex[16] = '\0';
	return (struct str){ hex, 16 };
}
