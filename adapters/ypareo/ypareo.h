#ifndef ADAPTERS_YPAREO_YPAREO_H
#define ADAPTERS_YPAREO_YPAREO_H

/* Yparéo's classic REST web services ("prestataire webservices"): the side that plans. What it does differently from
 * what one would expect, and what is only assumed of it, stands in the README beside. */

#include "adapters/adapter.h"
#include "core/sync/port.h"

/* The address is everything up to index.php; a pasted …/r/v1 is trimmed. ERR_CONFIG with a fault that says what is
 * wrong with the connection; *out is written on success only. */
int ypareo_open(const struct adapter_connection *connection, const struct planning_port **out,
                struct fault *fault) MUST_USE;
/* Requires that no exchange of it is under way. Sets *port to NULL. */
void ypareo_close(const struct planning_port **port);

/* The table as it is without overrides. */
const struct endpoint *ypareo_endpoints(size_t *count);

#endif
