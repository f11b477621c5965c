#include "core/app/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "core/base/clock.h"

#define EVERY_MS 100

void progress_init(struct progress *p)
{
	*p = (struct progress){.on = isatty(STDERR_FILENO)};
}

void progress_show(void *arg, const char *environment, const char *step, unsigned done, unsigned all)
{
	struct progress *p = arg;
	if (!p->on)
		return;
	int64_t now = clock_mono_ms(clock_system());
	if (now - p->shown_ms < EVERY_MS && done < all)
		return;
	p->shown_ms = now;
	char line[120];
	int n = all ? snprintf(line, sizeof(line), "%.60s: %.30s %u/%u", environment ? environment : "", step, done,
	                       all)
	            : snprintf(line, sizeof(line), "%.60s: %.30s", environment ? environment : "", step);
	size_t width = n > 0 && (size_t)n < sizeof(line) ? (size_t)n : 0;
	size_t over = p->width > width ? p->width - width : 0;
	fprintf(stderr, "\r%s%*s", line, (int)over, "");
	fflush(stderr);
	p->width = width;
}

void progress_clear(struct progress *p)
{
	if (p->on && p->width)
		fprintf(stderr, "\r%*s\r", (int)p->width, "");
	p->width = 0;
}
