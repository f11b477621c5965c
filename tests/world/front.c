#include "tests/world/front.h"

#include <string.h>

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 32) >= 'a' && (c | 32) <= 'f')
		return (c | 32) - 'a' + 10;
	return -1;
}

struct str front_decode(struct arena *arena, struct str s)
{
	char *out = arena_alloc(arena, s.n + 1);
	size_t n = 0;

	REQUIRE(out);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '%' && i + 2 < s.n && digit(s.p[i + 1]) >= 0 && digit(s.p[i + 2]) >= 0) {
			out[n++] = (char)(digit(s.p[i + 1]) * 16 + digit(s.p[i + 2]));
			i += 2;
		} else {
			out[n++] = s.p[i];
		}
	}
	return (struct str){out, n};
}

bool front_below_index(struct str path, struct str *below)
{
	static const char prefix[] = "/index.php";
	size_t n = sizeof(prefix) - 1;

	if (!str_starts(path, prefix) || (path.n > n && path.p[n] != '/'))
		return false;
	*below = (struct str){path.p + n, path.n - n};
	return true;
}
