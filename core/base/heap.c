#include "core/base/heap.h"

#include <malloc.h>

#define HEAPS 2

void heap_setup(void)
{
#ifdef __GLIBC__
	mallopt(M_ARENA_MAX, HEAPS);
#endif
}

void heap_trim(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}
