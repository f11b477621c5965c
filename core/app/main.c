#include <locale.h>

#include "core/app/cli.h"
#include "core/base/heap.h"

int main(int argc, char **argv)
{
	heap_setup();
	setlocale(LC_CTYPE, "");
	return cli_main(argc, argv);
}
