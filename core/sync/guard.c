#include "core/sync/guard.h"

#include <string.h>

/* Below this many a percentage says nothing: two sheets of ten is a trainer's flu. */
#define PERCENT_FROM 5

static bool counts(const struct item *it)
{
	return it->kind == ITEM_SHEET && it->phase == ITEM_OPEN && it->answer == HELD_WAITING && (it->action == ACTION_DELETE || it->shrinks);
}

/* What a person answered stands above every bound: yes goes ahead and weighs nothing, no stays undone and weighs nothing. */
static void heed_answers(struct comparison *c, const struct held *held)
{
	struct item **all = c->items.v;
	for (size_t i = 0; i < c->items.n; i++) {
		all[i]->id = guard_item_id(all[i]);
		all[i]->answer = held_answer_to(held, all[i]->id);
		if (all[i]->answer == HELD_DISCARDED && all[i]->phase == ITEM_OPEN)
			all[i]->phase = ITEM_HELD;
		else if (all[i]->answer == HELD_APPROVED && all[i]->phase == ITEM_HELD)
			all[i]->phase = ITEM_OPEN;
	}
}

const char *guard_down(struct comparison *c, const struct held *held)
{
	struct item **all = c->items.v;
	size_t planned = 0;
	heed_answers(c, held);
	for (size_t i = 0; i < c->items.n; i++)
		planned += counts(all[i]);
	if (planned == 0)
		return "";
	size_t total = planned + c->state->removals.n;
	bool over = total > c->settings->delete_count ||
	            (total >= PERCENT_FROM && total * 100 > (size_t)c->settings->delete_percent * c->sheets_known);
	if (!over)
		return "";
	for (size_t i = 0; i < c->items.n; i++)
		if (counts(all[i]))
			all[i]->phase = ITEM_HELD;
	return arena_printf(c->arena, "%zu sheets would be removed, or lose half their learners, within 24 hours, of %zu known", total, c->sheets_known);
}

static void add_codes(struct digest *d, struct want_person *const *people, size_t n)
{
	digest_add_int(d, (int64_t)n);
	for (size_t i = 0; i < n; i++)
		digest_add_int(d, people[i]->wish.code);
}

int64_t guard_item_id(const struct item *it)
{
	const struct want_sheet *w = it->sheet;
	struct digest d;
	uint8_t hash[32];
	int64_t id;
	digest_init(&d);
	digest_add_int(&d, it->action);
	digest_add(&d, it->record);
	if (it->kind == ITEM_PERSON) {
		digest_add(&d, (struct str){ (const char *)it->person->fingerprint, 32 });
	} else if (w) {
		digest_add(&d, w->name);
		digest_add(&d, w->room);
		digest_add_int(&d, w->session->start);
		digest_add_int(&d, w->session->end);
		add_codes(&d, w->instructors, w->instructor_count);
		add_codes(&d, w->learners, w->learner_count);
	} else {
		digest_add(&d, it->memory->id);
		digest_add_int(&d, it->memory->start);
	}
	digest_end(&d, hash);
	memcpy(&id, hash, sizeof(id));
	return id;
}
