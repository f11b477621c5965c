#ifndef CORE_BASE_HEAP_H
#define CORE_BASE_HEAP_H

/* The C library's heap in a process that is busy for minutes and at rest for hours. Elsewhere than on glibc these do nothing. */

/* Before the first thread: few heaps, so that what one thread freed serves the others. */
void heap_setup(void);
/* Gives freed memory back to the system. Takes milliseconds: a pool job's work. */
void heap_trim(void);

#endif
