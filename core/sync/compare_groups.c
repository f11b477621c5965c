#include <stdlib.h>
#include <string.h>

#include "core/sync/compare.h"

/*
 * Groups of learners: one for each group, class (training and year) or training that a session of the window is for,
 * as the school chose. In it is everybody of Yparéo's enrolments whom this environment knows: people are made once a
 * sheet needs them, and stay members when none does any more.
 */

struct str compare_group_record(struct arena *a, struct str code)
{
	const char *text = arena_printf(a, "group %.*s", STR_ARG(code));
	return text ? str_of(text) : STR_NONE;
}

static struct str code_of(struct comparison *c, const struct group *g)
{
	const char *text = NULL;
	if (c->settings->grouping == GROUPING_GROUP)
		text = arena_printf(c->arena, "%lld", (long long)g->code);
	else if (g->training && c->settings->grouping == GROUPING_TRAINING)
		text = arena_printf(c->arena, "training-%lld", (long long)g->training);
	else if (g->training && g->year && c->settings->grouping == GROUPING_CLASS)
		text = arena_printf(c->arena, "class-%lld-%lld", (long long)g->training, (long long)g->year);
	return text ? str_of(text) : STR_NONE;
}

/* Empty where the list that says it could not be read: it keeps the name it has then. */
static struct str name_of(struct comparison *c, const struct group *g)
{
	if (c->settings->grouping == GROUPING_GROUP)
		return str_empty(str_trim(g->name)) ? code_of(c, g) : str_trim(g->name);
	const struct training *t = map_get(c->snap->training_by_code, g->training);
	struct str name = t ? str_trim(t->name) : STR_NONE;
	if (str_empty(name) || c->settings->grouping == GROUPING_TRAINING)
		return name;
	const char *text = arena_printf(c->arena, "%.*s %lld", STR_ARG(name), (long long)g->year);
	return text ? str_of(text) : STR_NONE;
}

/* The one want_group of a group of Yparéo's; NULL: none can be told. */
static struct want_group *want_group(struct comparison *c, int64_t group)
{
	const struct group *g = map_get(c->snap->group_by_code, group);
	struct want_group *w = map_get(c->group_of, group);
	struct str code = g && !w ? code_of(c, g) : STR_NONE;
	if (w || str_empty(code))
		return w;
	w = map_get_str(c->groups, code);
	if (!w) {
		struct group_memory *m = map_get_str(c->state->groups, code);
		struct str name = name_of(c, g);
		if (str_empty(name) && m)
			name = m->name;
		w = str_empty(name) ? NULL : arena_alloc(c->arena, sizeof(*w));
		if (!w)
			return NULL;
		*w = (struct want_group){.code = code, .name = name, .memory = m};
		map_put_str(c->groups, code, w);
	}
	map_put(c->group_of, group, w);
	return w;
}

void compare_groups_note(struct comparison *c, const struct want_sheet *w)
{
	const struct session *s = w->session;
	for (size_t i = 0; i < s->groups.n; i++) {
		struct want_group *g = want_group(c, s->groups.v[i]);
		if (g && (g->first == 0 || s->start < g->first))
			g->first = s->start;
	}
}

/* The group, class or training of a learner, where a session of the window is for it. */
static struct want_group *group_of_learner(struct comparison *c, const struct learner *l)
{
	const struct group *g = l && l->group ? map_get(c->snap->group_by_code, l->group) : NULL;
	struct str code = g ? code_of(c, g) : STR_NONE;
	return str_empty(code) ? NULL : map_get_str(c->groups, code);
}

static int add_member(struct comparison *c, const struct learner *l)
{
	struct want_group *g = group_of_learner(c, l);
	struct want_member m = {.code = l->code,
	                        .person = map_get(c->people[PERSON_LEARNER], l->code),
	                        .binding = map_get(c->state->people[PERSON_LEARNER], l->code)};
	if (!g || (m.person && m.person->broken) || (!m.person && !m.binding))
		return 0;
	struct items list = {g->members, g->member_count};
	if (items_add(c->arena, &list, &g->members_cap, &m, sizeof(m)))
		return ERR_LIMIT;
	g->members = list.v;
	g->member_count = list.n;
	return 0;
}

static int by_code(const void *pa, const void *pb)
{
	const struct want_member *a = pa, *b = pb;
	return a->code < b->code ? -1 : a->code > b->code;
}

static bool plan_group(void *value, void *arg)
{
	struct comparison *c = arg;
	struct want_group *g = value;
	struct digest d;
	if (g->member_count > 1)
		qsort(g->members, g->member_count, sizeof(*g->members), by_code);
	digest_init(&d);
	digest_add_int(&d, FINGERPRINT_VERSION);
	digest_add(&d, g->code);
	digest_add(&d, g->name);
	for (size_t i = 0; i < g->member_count; i++)
		digest_add_int(&d, g->members[i].code);
	digest_end(&d, g->fingerprint);
	bool same = g->memory && memcmp(g->fingerprint, g->memory->fingerprint, 32) == 0;
	if (same)
		c->report->counts[COUNT_GROUPS].unchanged++;
	if (same || (!g->memory && g->member_count == 0))
		return true;
	g->item = compare_add_item(c, ITEM_GROUP, g->memory ? ACTION_UPDATE : ACTION_CREATE,
	                           compare_group_record(c->arena, g->code), g->first);
	if (!g->item)
		return false;
	g->item->group = g;
	g->item->reason = g->memory ? STR("its members are compared") : STR("first needed by a sheet");
	return true;
}

/* A list that could name a learner twice would make a member of each. */
int compare_groups_end(struct comparison *c)
{
	const struct learner *all = c->snap->learners.v;
	for (size_t i = 0; i < c->snap->learners.n; i++)
		if (map_get(c->snap->learner_by_code, all[i].code) == &all[i] && add_member(c, &all[i]))
			return ERR_LIMIT;
	map_each(c->groups, plan_group, c);
	return arena_alloc(c->arena, 1) ? 0 : ERR_LIMIT;
}

static bool is_among(const struct want_sheet *w, const struct want_group *g)
{
	for (size_t i = 0; i < w->group_count; i++)
		if (w->groups[i] == g)
			return true;
	return false;
}

/* Do its groups together hold exactly its learners? Nobody is in two of them. */
static bool holds_roster(struct comparison *c, const struct want_sheet *w)
{
	size_t members = 0;
	for (size_t i = 0; i < w->group_count; i++) {
		const struct group_memory *m = w->groups[i]->memory;
		members += w->groups[i]->member_count;
		if (m && m->mixed)
			return false;
	}
	for (size_t i = 0; i < w->learner_count; i++) {
		const struct want_group *g =
		        group_of_learner(c, map_get(c->snap->learner_by_code, w->learners[i]->wish.code));
		if (!g || !is_among(w, g))
			return false;
	}
	return members == w->learner_count;
}

/* A sheet that has started bears what it bears. */
void compare_groups_attach(struct comparison *c, struct want_sheet *w)
{
	const struct session *s = w->session;
	w->groups_kept = s->start <= c->now;
	if (c->settings->grouping == GROUPING_NONE || w->groups_kept)
		return;
	w->groups = arena_array(c->arena, s->groups.n + 1, sizeof(struct want_group *));
	for (size_t i = 0; w->groups && i < s->groups.n; i++) {
		struct want_group *g = want_group(c, s->groups.v[i]);
		if (g && g->member_count && !is_among(w, g))
			w->groups[w->group_count++] = g;
	}
	if (!holds_roster(c, w))
		w->group_count = 0;
	w->grouping = compare_grouping_text(c->arena, w);
}

struct str compare_grouping_text(struct arena *a, const struct want_sheet *w)
{
	const char *text = "";
	for (size_t i = 0; i < w->group_count && text; i++) {
		const struct want_group *g = w->groups[i];
		struct str id = g->memory ? g->memory->id : STR_NONE;
		text = arena_printf(a, "%s%s%.*s=%.*s", text, i ? "," : "", STR_ARG(g->code), STR_ARG(id));
	}
	return text ? str_of(text) : STR_NONE;
}
