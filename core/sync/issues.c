#include "core/sync/issues.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define ISSUES_MOST 5000
#define PREFIXES_MOST 16

struct issues {
	struct arena *arena;
	const struct items *old;
	int64_t now;
	struct items found;    /* struct issue */
	size_t cap;
	struct map *by_key, *old_by_key;
	size_t beyond;
	const char *kept[PREFIXES_MOST];
	size_t kept_count;
};

static struct str key_of(struct arena *arena, struct str record, struct str field)
{
	const char *key = arena_printf(arena, "%.*s\n%.*s", STR_ARG(record), STR_ARG(field));
	return str_of(key);
}

struct issues *issues_new(struct arena *arena, const struct items *old, int64_t now)
{
	struct issues *i = arena_alloc(arena, sizeof(*i));
	if (!i)
		return NULL;
	i->arena = arena;
	i->old = old;
	i->now = now;
	i->by_key = map_new_str(arena);
	i->old_by_key = map_new_str(arena);
	struct issue *all = old->v;
	for (size_t k = 0; k < old->n; k++)
		map_put_str(i->old_by_key, key_of(arena, all[k].record, all[k].field), &all[k]);
	return i;
}

void issues_add(struct issues *i, struct str record, const char *field, int64_t until, const char *fix, const char *problem_fmt, ...)
{
	if (!i)
		return;
	struct str key = key_of(i->arena, record, str_of(field));
	if (!key.p || map_get_str(i->by_key, key))
		return;
	if (i->found.n >= ISSUES_MOST) {
		i->beyond++;
		return;
	}
	va_list ap;
	va_start(ap, problem_fmt);
	const char *problem = arena_vprintf(i->arena, problem_fmt, ap);
	va_end(ap);
	const struct issue *old = map_get_str(i->old_by_key, key);
	struct issue one = { .record = arena_str(i->arena, record),
		             .field = arena_str(i->arena, str_of(field)),
		             .problem = str_of(problem),
		             .fix = arena_str(i->arena, str_of(fix)),
		             .since = old ? old->since : i->now,
		             .until = until };
	if (items_add(i->arena, &i->found, &i->cap, &one, sizeof(one)) == 0)
		map_put_str(i->by_key, key, i);
}

void issues_keep(struct issues *i, const char *prefix)
{
	if (i && i->kept_count < PREFIXES_MOST)
		i->kept[i->kept_count++] = prefix;
}

static bool is_kept(const struct issues *i, const struct issue *old)
{
	if (old->until && old->until <= i->now)
		return false;
	for (size_t k = 0; k < i->kept_count; k++)
		if (str_starts(old->record, i->kept[k]))
			return true;
	return false;
}

static int by_record(const void *pa, const void *pb)
{
	const struct issue *a = pa, *b = pb;
	int d = str_cmp(a->record, b->record);
	return d ? d : str_cmp(a->field, b->field);
}

void issues_close(struct issues *i, struct items *out)
{
	const struct issue *old = i->old->v;
	for (size_t k = 0; k < i->old->n; k++) {
		if (map_get_str(i->by_key, key_of(i->arena, old[k].record, old[k].field)) || !is_kept(i, &old[k]))
			continue;
		if (i->found.n >= ISSUES_MOST)
			i->beyond++;
		else if (items_add(i->arena, &i->found, &i->cap, &old[k], sizeof(old[k])))
			break;
	}
	if (i->beyond && i->found.n == ISSUES_MOST) {
		struct issue *last = &((struct issue *)i->found.v)[i->found.n - 1];
		last->record = STR("environment");
		last->field = STR("issues");
		last->problem = str_of(arena_printf(i->arena, "has %zu more issues than are kept", i->beyond + 1));
		last->fix = STR("Mend those that are listed first");
	}
	if (i->found.n > 1)
		qsort(i->found.v, i->found.n, sizeof(struct issue), by_record);
	*out = i->found;
}

size_t issues_count(const struct issues *i)
{
	return i->found.n;
}

struct str record_name(struct arena *arena, const char *kind, int64_t code)
{
	return str_of(arena_printf(arena, "%s %lld", kind, (long long)code));
}

struct str record_name2(struct arena *arena, const char *kind, int64_t code, int64_t code2)
{
	return str_of(arena_printf(arena, "%s %lld/%lld", kind, (long long)code, (long long)code2));
}
