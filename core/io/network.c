#include "core/io/network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define V4(a, b, c, d) {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}

static const struct network loopback[] = {
        {V4(127, 0, 0, 0), 104},
        {{[15] = 1}, 128},
};

/* Where no school's system can be. */
static const struct network closed[] = {
        {V4(0, 0, 0, 0), 104}, /* "this host": Linux takes it for loopback */
        {V4(10, 0, 0, 0), 104},
        {V4(100, 64, 0, 0), 106},
        {V4(127, 0, 0, 0), 104},
        {V4(169, 254, 0, 0), 112}, /* metadata services of clouds are here */
        {V4(172, 16, 0, 0), 108},
        {V4(192, 0, 0, 0), 120},
        {V4(192, 168, 0, 0), 112},
        {V4(198, 18, 0, 0), 111},
        {V4(224, 0, 0, 0), 99}, /* multicast, reserved, broadcast */
        {{0}, 96},              /* ::, ::1, and IPv4 in its oldest form */
        {{[0] = 0x20, [1] = 0x01}, 32}, /* Teredo and 6to4 lead to an IPv4 address too */
        {{[0] = 0x20, [1] = 0x02}, 16},
        {{[0] = 0xfc}, 7},
        {{[0] = 0xfe, [1] = 0x80}, 9}, /* link-local and the site-local of old */
        {{[0] = 0xff}, 8},
};

/* 64:ff9b::/96: what is behind is an IPv4 address. */
static const struct network nat64 = {{[1] = 0x64, [2] = 0xff, [3] = 0x9b}, 96};

static bool has(const struct network *n, const uint8_t address[16])
{
	unsigned bytes = n->bits / 8, rest = n->bits % 8;
	if (memcmp(n->address, address, bytes) != 0)
		return false;
	return !rest || ((n->address[bytes] ^ address[bytes]) >> (8 - rest)) == 0;
}

static bool any_has(const struct network *all, size_t count, const uint8_t address[16])
{
	for (size_t i = 0; i < count; i++)
		if (has(&all[i], address))
			return true;
	return false;
}

static void map(const void *four, uint8_t out[16])
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};
	memcpy(out, prefix, sizeof(prefix));
	memcpy(out + 12, four, 4);
}

bool network_address(const char *text, uint8_t out[16])
{
	char z[NETWORK_TEXT + 2];
	size_t n = strlen(text);
	if (n > 2 && text[0] == '[' && text[n - 1] == ']') {
		text++;
		n -= 2;
	}
	if (n >= sizeof(z))
		return false;
	memcpy(z, text, n);
	z[n] = '\0';
	struct in_addr four;
	if (inet_pton(AF_INET, z, &four) == 1) {
		map(&four, out);
		return true;
	}
	return inet_pton(AF_INET6, z, out) == 1;
}

int network_read(struct str text, struct network *out)
{
	char z[64];
	struct network n;
	int64_t bits;
	if (str_empty(text) || text.n >= sizeof(z))
		return ERR_SYNTAX;
	memcpy(z, text.p, text.n);
	z[text.n] = '\0';
	char *slash = strchr(z, '/');
	if (slash)
		*slash = '\0';
	if (!network_address(z, n.address))
		return ERR_SYNTAX;
	unsigned most = strchr(z, ':') ? 128 : 32;
	if (slash && (str_to_int64(str_of(slash + 1), &bits) || bits < 0 || bits > most))
		return ERR_SYNTAX;
	n.bits = (slash ? (unsigned)bits : most) + (128 - most);
	*out = n;
	return 0;
}

bool network_of_socket(const struct sockaddr *socket, uint8_t out[16])
{
	if (socket->sa_family == AF_INET) {
		struct sockaddr_in four;
		memcpy(&four, socket, sizeof(four));
		map(&four.sin_addr, out);
		return true;
	}
	if (socket->sa_family == AF_INET6) {
		struct sockaddr_in6 six;
		memcpy(&six, socket, sizeof(six));
		memcpy(out, &six.sin6_addr, 16);
		return true;
	}
	return false;
}

bool network_is_loopback(const uint8_t address[16])
{
	return any_has(loopback, sizeof(loopback) / sizeof(loopback[0]), address);
}

bool network_is_public(const uint8_t address[16])
{
	uint8_t behind[16];
	if (has(&nat64, address)) {
		map(address + 12, behind);
		return network_is_public(behind);
	}
	return !any_has(closed, sizeof(closed) / sizeof(closed[0]), address);
}

bool network_may_reach(const struct networks *allowed, bool near, const uint8_t address[16])
{
	if (network_is_public(address))
		return true;
	return allowed ? any_has(allowed->v, allowed->n, address) : near && network_is_loopback(address);
}

void network_text(const uint8_t address[16], char out[NETWORK_TEXT])
{
	static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};
	bool four = memcmp(address, prefix, sizeof(prefix)) == 0;
	if (!inet_ntop(four ? AF_INET : AF_INET6, four ? address + 12 : address, out, NETWORK_TEXT))
		snprintf(out, NETWORK_TEXT, "?");
}
