#include <string.h>

#include "core/app/cli.h"
#include "tenants/tenant_schema.h"

/* The tables of the two kinds of file as JSON Schemas: always one JSON document, with --json or without. */

int cmd_schema(struct cli *cli)
{
	bool tenant = strcmp(cli->args[0], "tenant") == 0;
	if (!tenant && strcmp(cli->args[0], "passerelle") != 0) {
		buf_printf(&cli->why, "there is no schema \"%s\", there are tenant and passerelle\n", cli->args[0]);
		return EXIT_USAGE;
	}
	schema_write_json(tenant ? &tenant_schema : &conf_schema,
	                  tenant ? "A school's file of passerelle: tenants.d/<tenant>.json" : "passerelle.json",
	                  &cli->w);
	if (!cli->json)
		buf_addc(&cli->out, '\n');
	return EXIT_DONE;
}
