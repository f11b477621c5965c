#include "tenants/confdir.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ID_MAX 63

bool tenant_id_valid(struct str id)
{
	for (size_t i = 0; i < id.n; i++) {
		char c = id.p[i];
		if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && !(c == '-' && i > 0))
			return false;
	}
	return id.n > 0 && id.n <= ID_MAX;
}

static int by_name(const void *a, const void *b)
{
	return str_cmp(*(const struct str *)a, *(const struct str *)b);
}

int confdir_list(struct arena *arena, const char *dir, struct texts *out)
{
	DIR *d = opendir(dir);
	if (!d)
		return -errno;
	struct texts list = {NULL, 0};
	size_t cap = 0;
	int rc = 0;
	const struct dirent *e;
	/* *~, *.tmp and *.swp do not end in .json either */
	while (rc == 0 && (e = readdir(d))) {
		size_t n = strlen(e->d_name);
		if (e->d_name[0] == '.' || n < 6 || strcmp(e->d_name + n - 5, ".json") != 0)
			continue;
		struct str stem = arena_str(arena, (struct str){e->d_name, n - 5});
		rc = stem.p ? arena_grow(arena, &list.v, &cap, list.n + 1, sizeof(*list.v)) : ERR_LIMIT;
		if (rc == 0)
			list.v[list.n++] = stem;
	}
	closedir(d);
	if (rc)
		return rc;
	if (list.n)
		qsort(list.v, list.n, sizeof(*list.v), by_name);
	*out = list;
	return 0;
}

const char *confdir_path(struct arena *arena, const char *file, const char *name)
{
	const char *slash = strrchr(file, '/');
	if (name[0] == '/' || !slash)
		return arena_strz(arena, name);
	return arena_printf(arena, "%.*s/%s", (int)(slash - file), file, name);
}
