#include "core/sync/reasons.h"

const struct reason *reasons_find(const struct items *theirs, int64_t code)
{
	const struct reason *r = theirs->v;
	for (size_t i = 0; i < theirs->n; i++)
		if (r[i].code == code)
			return &r[i];
	return NULL;
}

static bool is_key(struct arena *arena, struct str key, int64_t id, struct str name)
{
	int64_t number;
	if (str_to_int64(str_trim(key), &number) == 0)
		return number == id;
	return !str_empty(name) && str_eq(str_fold_case(arena, key), str_fold_case(arena, name));
}

static int64_t by_name(struct arena *arena, struct str name, const struct items *theirs)
{
	const struct reason *r = theirs->v;
	struct str folded = str_fold_case(arena, name);
	int64_t found = 0;
	if (str_empty(str_trim(name)))
		return 0;
	for (size_t i = 0; i < theirs->n; i++) {
		if (!r[i].justified || r[i].retired || !str_eq(str_fold_case(arena, r[i].name), folded))
			continue;
		if (found)
			return 0; /* two of one name: a person has to say which */
		found = r[i].code;
	}
	return found;
}

int64_t reasons_match(const struct settings *s, struct arena *arena, int64_t id, struct str name,
                      const struct items *theirs, bool read, enum reasons_how *how)
{
	for (unsigned k = 0; k < s->reason_count; k++) {
		if (!is_key(arena, s->reasons[k].key, id, name))
			continue;
		bool listed = !read || reasons_find(theirs, s->reasons[k].reason);
		*how = listed ? REASONS_MAPPED : REASONS_UNKNOWN;
		return listed ? s->reasons[k].reason : 0;
	}
	int64_t code = by_name(arena, name, theirs);
	*how = code ? REASONS_BY_NAME : REASONS_NONE;
	return code;
}
