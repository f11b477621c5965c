#include "tenants/address.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

static bool is_loopback(struct str host)
{
	char z[64];
	struct in_addr four;
	if (host.n >= sizeof(z))
		return false;
	memcpy(z, host.p, host.n);
	z[host.n] = '\0';
	if (inet_pton(AF_INET, z, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	return strcasecmp(z, "localhost") == 0 || strcmp(z, "[::1]") == 0;
}

static bool is_host(struct str host)
{
	bool bracket = host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';
	for (size_t i = bracket ? 1 : 0; i < host.n - bracket; i++) {
		char c = host.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!letter && !strchr(bracket ? ":" : ".-_", c))
			return false;
	}
	return host.n > 0 && host.p[0] != '.' && host.n <= 253;
}

/* Splits "host:port". */
static const char *check_authority(struct str authority, bool secure)
{
	struct str host = authority;
	const char *colon = memrchr(authority.p, ':', authority.n), *bracket = memrchr(authority.p, ']', authority.n);
	if (colon && (!bracket || colon > bracket)) {
		struct str port = {colon + 1, authority.n - (size_t)(colon - authority.p) - 1};
		int64_t number;
		if (str_to_int64(port, &number) || number < 1 || number > 65535)
			return "has a port that is not a number from 1 to 65535, expected https://HOST or "
			       "https://HOST:PORT";
		host.n = (size_t)(colon - authority.p);
	}
	if (!is_host(host))
		return "has no valid host name, expected https://HOST/…";
	if (!secure && !is_loopback(host))
		return "is plain http, expected https:// (plain http is for loopback addresses only)";
	return NULL;
}

/* Behind the segment of that name; 0: there is none. */
static size_t behind_segment(struct str path, const char *name)
{
	size_t n = strlen(name);
	for (size_t i = 0; i + n < path.n; i++)
		if (path.p[i] == '/' && strncasecmp(path.p + i + 1, name, n) == 0 &&
		    (i + 1 + n == path.n || path.p[i + 1 + n] == '/'))
			return i + 1 + n;
	return 0;
}

const char *address_read(struct arena *arena, struct str text, const char *last, const char **out)
{
	struct str s = str_trim(text);
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ' || (unsigned char)s.p[i] > 126)
			return "holds a space or a character that no address has, expected https://HOST/…";
	bool secure = s.n > 8 && strncasecmp(s.p, "https://", 8) == 0;
	if (!secure && !(s.n > 7 && strncasecmp(s.p, "http://", 7) == 0))
		return "is not an address, expected https://HOST/…";
	size_t at = secure ? 8 : 7, end = at;
	while (end < s.n && !strchr("/?#", s.p[end]))
		end++;
	if (memchr(s.p + at, '@', end - at))
		return "holds credentials, expected the address alone: the token belongs into its own file";
	const char *bad = check_authority((struct str){s.p + at, end - at}, secure);
	if (bad)
		return bad;
	struct str path = {s.p + end, s.n - end};
	size_t cut = last ? behind_segment(path, last) : 0;
	if (cut)
		path.n = cut;
	if (memchr(path.p, '?', path.n) || memchr(path.p, '#', path.n))
		return "holds a query or a fragment, expected the address alone";
	if (last && !cut)
		return arena_printf(arena, "has no %s, expected everything up to %s, as in https://HOST/%s", last,
		                    last, last);
	while (path.n && path.p[path.n - 1] == '/')
		path.n--;
	const char *copy = arena_str(arena, (struct str){s.p, end + path.n}).p;
	if (!copy)
		return "is too much for the memory of this file";
	*out = copy;
	return NULL;
}
