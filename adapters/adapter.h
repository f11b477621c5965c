#ifndef ADAPTERS_ADAPTER_H
#define ADAPTERS_ADAPTER_H

/*
 * An adapter turns the sync's questions (core/sync/port.h) into one vendor's requests, and the vendor's answers into
 * the model. It sends nothing, stores nothing and knows no schedule.
 *
 *   connection   what a school's file says of one account: address, token, certificates, and the lane its requests go
 * through endpoint     one call of the vendor, by name; all of an adapter's stand in one table, each marked known or
 * assumed override     a school's own spelling of an endpoint
 *
 * The app opens an adapter with ypareo_open() or edusign_open() (their headers), hands the port to the sync, and
 * closes it once no run uses it. To add an adapter: a folder with an endpoint table, shapes of the answers, one
 * function for each member of the port, and a README of the vendor's quirks.
 */

#include <stdbool.h>
#include <stddef.h>

#include "core/base/err.h"
#include "core/io/fetch.h"

/* {name} in the path stands for a value, which is percent-encoded. */
struct endpoint {
	const char *name; /* "absence_create": what a school's file calls it */
	enum fetch_method method;
	const char *path; /* below the connection's address, may hold a query */
	bool writes;      /* whatever the method is: Edusign has GETs that write */
	bool assumed;     /* no public source has it: shown as such in the manual */
};

/* call: "POST /r/v1/…", or the path alone. */
struct endpoint_override {
	const char *name, *call;
};

/* Copied on opening, but for the lane. The token's copy is wiped on closing. */
struct adapter_connection {
	const char *url; /* https; http for loopback addresses only */
	const char *token;
	const char *ca_file;    /* NULL: the system's bundle */
	const char *user_agent; /* NULL: the transport's */
	struct fetch_lane *lane;
	unsigned concurrency; /* exchanges at once; 0: 2 */
	uint32_t timeout_ms;  /* of every exchange; 0: as long as each may take */
	const struct endpoint_override *overrides;
	size_t override_count;
};

#endif
