#ifndef CORE_IO_NETWORK_H
#define CORE_IO_NETWORK_H

/*
 * Which addresses may be reached. The address of a school's upstream is typed by people, and what a name resolves to is decided by whoever holds the name:
 * neither may lead into the network where this program runs. Addresses are IPv6 here; an IPv4 one is its mapped form.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/str.h"

struct sockaddr;

struct network {
	uint8_t address[16];
	unsigned bits;
};
struct networks {
	const struct network *v;
	unsigned n;
};

/* "10.20.0.0/16", "fd00::/8", or one address. ERR_SYNTAX. */
int network_read(struct str text, struct network *out) MUST_USE;
/* "192.0.2.1" or "2001:db8::1", in brackets or without; false: no address but a name. */
bool network_address(const char *text, uint8_t out[16]);
/* False: not an internet address. */
bool network_of_socket(const struct sockaddr *socket, uint8_t out[16]);

bool network_is_loopback(const uint8_t address[16]);
/* Of the internet: neither private, shared (100.64/10), link-local, loopback, multicast nor reserved, also not through NAT64. */
bool network_is_public(const uint8_t address[16]);
/* allowed NULL: what is public, and loopback for who wrote a loopback address (near). Else what is public, and what allowed has. */
bool network_may_reach(const struct networks *allowed, bool near, const uint8_t address[16]);

#define NETWORK_TEXT 46
void network_text(const uint8_t address[16], char out[NETWORK_TEXT]);

#endif
