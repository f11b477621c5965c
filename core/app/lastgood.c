#include "core/app/lastgood.h"

#include <errno.h>
#include <stdlib.h>

#include "core/base/log.h"
#include "tenants/keep.h"

struct wanted {
	struct list link;
	char *id, *file; /* file NULL: to be forgotten */
	struct file_mark mark;
};

struct lastgood {
	struct loop *loop;
	const char *data;
	void (*idle)(void *arg);
	void *arg;
	struct list waiting; /* struct wanted */
	struct list working; /* the job's */
	struct loop_job job;
	bool busy;
};

static int keep_one(const struct lastgood *l, const struct wanted *w)
{
	if (!w->file)
		return keep_no_file(l->data, w->id);
	struct arena *arena = arena_new(2 * FILE_MAX);
	struct str text = STR_NONE;
	int rc = file_read(arena, w->file, &text);
	struct file_mark now = file_mark(w->file);
	if (rc == 0 && file_mark_equal(&now, &w->mark))
		rc = keep_file(l->data, w->id, text);
	arena_free(&arena);
	return rc;
}

static void work(struct loop_job *job)
{
	struct lastgood *l = list_entry(job, struct lastgood, job);
	struct list *node;
	while ((node = list_take_first(&l->working)) != NULL) {
		struct wanted *w = list_entry(node, struct wanted, link);
		int rc = keep_one(l, w);
		if (rc && rc != -ENOENT) {
			struct log_ctx ctx = {.tenant = w->id};
			log_warning("daemon", &ctx,
			            "no copy of the school's file can be kept: broken, it would not be served after "
			            "a restart",
			            "data=«%s» error=«%s»", l->data, err_text(rc));
		}
		free(w->id);
		free(w->file);
		free(w);
	}
}

static void start(struct lastgood *l);

static void after(struct loop_job *job)
{
	struct lastgood *l = list_entry(job, struct lastgood, job);
	l->busy = false;
	if (list_empty(&l->waiting))
		l->idle(l->arg);
	else
		start(l);
}

static void start(struct lastgood *l)
{
	struct list *node;
	while ((node = list_take_first(&l->waiting)) != NULL)
		list_append(&l->working, node);
	l->busy = true;
	l->job = (struct loop_job){.work = work, .after = after};
	loop_job_start(l->loop, &l->job);
}

struct lastgood *lastgood_new(struct loop *loop, const char *data, void (*idle)(void *arg), void *arg)
{
	struct lastgood *l = xcalloc(1, sizeof(*l));
	l->loop = loop;
	l->data = data;
	l->idle = idle;
	l->arg = arg;
	list_init(&l->waiting);
	list_init(&l->working);
	return l;
}

void lastgood_free(struct lastgood **lastgood)
{
	if (*lastgood)
		REQUIRE(!lastgood_busy(*lastgood));
	free(*lastgood);
	*lastgood = NULL;
}

static void add(struct lastgood *l, struct wanted wanted)
{
	struct wanted *w = xmalloc(sizeof(*w));
	*w = wanted;
	list_init(&w->link);
	list_append(&l->waiting, &w->link);
	if (!l->busy)
		start(l);
}

void lastgood_add(struct lastgood *l, const char *id, const char *file, const struct file_mark *mark)
{
	add(l, (struct wanted){.id = xstrdup(id), .file = xstrdup(file), .mark = *mark});
}

void lastgood_forget(struct lastgood *l, const char *id)
{
	add(l, (struct wanted){.id = xstrdup(id)});
}

bool lastgood_busy(const struct lastgood *l)
{
	return l->busy;
}
