#include "adapters/edusign/edusign_p.h"

#include <stdlib.h>
#include <string.h>

static const struct endpoint table[] = {
#define X(id, name, method, path, writes, assumed) {name, method, path, writes, assumed},
        EDUSIGN_ENDPOINTS(X)
#undef X
};

const struct endpoint *edusign_endpoints(size_t *count)
{
	*count = EDUSIGN_ENDPOINT_COUNT;
	return table;
}

static const struct attendance_port functions = {
        .school = edusign_port__school,
        .sheets = edusign_port__sheets,
        .sheet = edusign_port__sheet,
        .sheet_find = edusign_port__sheet_find,
        .sheet_create = edusign_port__sheet_create,
        .sheet_update = edusign_port__sheet_update,
        .sheet_delete = edusign_port__sheet_delete,
        .roster_add = edusign_port__roster_add,
        .roster_remove = edusign_port__roster_remove,
        .person_find = edusign_port__person_find,
        .person_by_email = edusign_port__person_by_email,
        .person_read = edusign_port__person_read,
        .person_create = edusign_port__person_create,
        .person_update = edusign_port__person_update,
        .followers_put = edusign_port__followers_put,
        .person_restore = edusign_port__person_restore,
        .people = edusign_port__people,
        .people_by_id = edusign_port__people_by_id,
        .group_find = edusign_port__group_find,
        .group_read = edusign_port__group_read,
        .group_create = edusign_port__group_create,
        .group_update = edusign_port__group_update,
        .justifications = edusign_port__justifications,
        .absence_reasons = edusign_port__absence_reasons,
};

int edusign_open(const struct adapter_connection *connection, const struct attendance_port **out, struct fault *fault)
{
	struct edusign *e = xcalloc(1, sizeof(*e));
	int rc = adapter__side_init(&e->side, "Edusign", connection, NULL, "/v1", table, EDUSIGN_ENDPOINT_COUNT,
	                            fault);
	if (rc) {
		free(e);
		return rc;
	}
	e->side.secret_name = "Authorization";
	buf_addz(&e->side.secret, "Bearer ");
	buf_addz(&e->side.secret, connection->token);
	e->port = functions;
	e->port.self = e;
	*out = &e->port;
	return 0;
}

void edusign_close(const struct attendance_port **port)
{
	if (!*port)
		return;
	struct edusign *e = (*port)->self;
	*port = NULL;
	adapter__side_deinit(&e->side);
	free(e->school);
	free(e);
}

void edusign_set_school(const struct attendance_port *port, struct str id)
{
	struct edusign *e = port->self;
	char *copy = xmalloc(id.n + 1);
	memcpy(copy, id.n ? id.p : "", id.n);
	copy[id.n] = '\0';
	free(e->school);
	e->school = copy;
}
