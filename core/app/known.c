#include "core/app/known.h"

#include <stdlib.h>
#include <string.h>

void known_free(struct known *all, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		arena_free(&all[i].arena);
	free(all);
}

void known_take(struct known *all, unsigned i, struct known *reading)
{
	if (!reading->arena)
		return;
	arena_free(&all[i].arena);
	all[i] = *reading;
	*reading = (struct known){.arena = NULL};
}

void known_fit(struct known **all, unsigned *count, const struct tenant_conf *old, const struct tenant_conf *fresh)
{
	unsigned n = fresh->settings.environment_count;
	struct known *v = xcalloc(n ? n : 1, sizeof(*v));
	for (unsigned i = 0; i < n; i++) {
		for (unsigned k = 0; old && k < *count; k++) {
			if (strcmp(old->environments[k].key, fresh->environments[i].key) != 0)
				continue;
			v[i] = (*all)[k];
			(*all)[k].arena = NULL;
		}
	}
	known_free(*all, *count);
	*all = v;
	*count = n;
}
