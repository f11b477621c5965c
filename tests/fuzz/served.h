#ifndef TESTS_FUZZ_SERVED_H
#define TESTS_FUZZ_SERVED_H

/*
 * What the daemon offers over HTTP, called as libmicrohttpd would call it: served.c stands in for core/io/httpd.c. A school
 * on a virtual clock, both its vendors simulated, is behind it.
 */

#include <stdbool.h>

#include "core/base/buf.h"
#include "tests/fuzz/fuzz.h"

#define SERVED_HEADERS 16

struct httpd_request {
	const char *method, *path, *query;
	struct {
		const char *name, *value;
	} headers[SERVED_HEADERS];
	size_t header_count;
	struct str body;
	char *text; /* what all of them point into */
	void *user;
	bool local; /* over the control socket */
	/* what came of it */
	bool begun; /* an answer in pieces */
	unsigned replies;
	int status;
	char content_type[64];
	struct buf out;
};

/* "METHOD /path?query", headers, an empty line, the body; lenient. False: not even a path. */
bool served_parse(struct httpd_request *req, struct str text);
void served_header(struct httpd_request *req, const char *name, const char *value);
void served_free(struct httpd_request *req);
/* Gives it to whoever opened a listener: of the control socket, or of HTTP. */
void served_give(struct httpd_request *req, bool local);

#endif
