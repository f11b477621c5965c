#include "core/app/cli.h"

int cmd_demo(struct cli *cli)
{
	buf_addz(&cli->why, "the simulators are missing\n");
	return EXIT_FAILED;
}
