#include "core/io/dirwatch.h"

#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "core/base/log.h"

/* An editor's save is seven events over three names: they are one hint. */
#define MOMENT_MS 200
#define WATCHED (IN_CREATE | IN_CLOSE_WRITE | IN_MODIFY | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF)

struct dirwatch {
	struct loop *loop;
	char *dir;
	void (*fn)(void *arg);
	void *arg;
	int fd, wd;
	struct loop_watch *watch;
	struct loop_timer moment;
};

static void on_moment(struct loop_timer *t)
{
	struct dirwatch *w = list_entry(t, struct dirwatch, moment);
	w->fn(w->arg);
}

static void on_ready(void *arg, int events)
{
	struct dirwatch *w = arg;
	char buf[4096];
	(void)events;
	/* what happened does not matter: the scan looks at all of it */
	while (read(w->fd, buf, sizeof(buf)) > 0)
		;
	if (!loop_timer_active(&w->moment))
		loop_timer_start(w->loop, &w->moment, MOMENT_MS);
}

struct dirwatch *dirwatch_new(struct loop *loop, const char *dir, void (*fn)(void *arg), void *arg)
{
	struct dirwatch *w = xcalloc(1, sizeof(*w));
	w->loop = loop;
	w->dir = xstrdup(dir);
	w->fn = fn;
	w->arg = arg;
	w->wd = -1;
	loop_timer_init(&w->moment, on_moment);
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (w->fd < 0 || loop_watch_start(loop, w->fd, LOOP_READ, on_ready, w, &w->watch))
		log_warning("io", NULL, "changes are seen by scanning only: inotify cannot be had", "dir=«%s»", dir);
	dirwatch_again(w);
	return w;
}

void dirwatch_again(struct dirwatch *w)
{
	if (w->fd < 0)
		return;
	/* the same directory keeps its number; another one under the name gets a new one, and the old is dropped */
	int wd = inotify_add_watch(w->fd, w->dir, WATCHED | IN_ONLYDIR);
	if (w->wd >= 0 && wd != w->wd)
		inotify_rm_watch(w->fd, w->wd);
	w->wd = wd;
}

void dirwatch_free(struct dirwatch **watch)
{
	struct dirwatch *w = *watch;
	if (!w)
		return;
	loop_timer_stop(w->loop, &w->moment);
	loop_watch_stop(&w->watch);
	if (w->fd >= 0)
		close(w->fd);
	free(w->dir);
	free(w);
	*watch = NULL;
}
