#ifndef CORE_APP_PROGRESS_H
#define CORE_APP_PROGRESS_H

/* One line on standard error that is written over while a run goes on; nothing when that is no terminal. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
	bool on;
	size_t width; /* of the line that is there */
	int64_t shown_ms;
};

void progress_init(struct progress *p);
/* For engine_options.progress; arg: the progress. */
void progress_show(void *arg, const char *environment, const char *step, unsigned done, unsigned all);
/* Takes the line away. */
void progress_clear(struct progress *p);

#endif
