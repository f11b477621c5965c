#ifndef TENANTS_ADDRESS_H
#define TENANTS_ADDRESS_H

/* The addresses of a school's file: https, plain http for loopback only, no credentials, no query. */

#include "core/base/arena.h"
#include "core/base/str.h"

/* What follows the path segment named last ("index.php") is trimmed, and the segment is required; NULL: the path is
 * kept. *out has no trailing slash. NULL, or what is wrong and what is expected. */
const char *address_read(struct arena *arena, struct str text, const char *last, const char **out) MUST_USE;

#endif
