#ifndef CORE_IO_DIRWATCH_H
#define CORE_IO_DIRWATCH_H

/* A hint that something happened in a directory (inotify). Only a hint: events are lost when there are too many, and the watch follows a
 * directory that is moved away. The truth is a scan, on every hint and on a slow timer; dirwatch_again() before each. */

#include "core/io/loop.h"

struct dirwatch;

/* fn(arg) on the loop, once for all that happened within a moment. Never fails: without inotify there are no hints. */
struct dirwatch *dirwatch_new(struct loop *loop, const char *dir, void (*fn)(void *arg), void *arg);
/* The directory may have come (back): watches whatever has its name now. Blocks as long as a look-up of a name does. */
void dirwatch_again(struct dirwatch *w);
void dirwatch_free(struct dirwatch **w);

#endif
