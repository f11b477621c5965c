#ifndef ADAPTERS_EDUSIGN_EDUSIGN_H
#define ADAPTERS_EDUSIGN_EDUSIGN_H

/* Edusign's API v1: the side where attendance is signed. One port is one account (school) of it. Its quirks stand in
 * the README beside. */

#include "adapters/adapter.h"
#include "core/sync/port.h"

/* The address with or without its /v1. ERR_CONFIG with a fault that says what is wrong with the connection; *out is
 * written on success only. */
int edusign_open(const struct adapter_connection *connection, const struct attendance_port **out,
                 struct fault *fault) MUST_USE;
/* Requires that no exchange of it is under way. Sets *port to NULL. */
void edusign_close(const struct attendance_port **port);

/* Whose account this is: an instructor's is shared between schools, and archived in some of them. The port learns it
 * by itself from the answer to school(); this is for who knows it earlier. */
void edusign_set_school(const struct attendance_port *port, struct str id);

/* The table as it is without overrides. */
const struct endpoint *edusign_endpoints(size_t *count);

#endif
