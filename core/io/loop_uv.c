#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <uv.h>

#include "core/base/log.h"
#include "core/io/loop_p.h"

/* The loop on libuv: one timer for all of ours, an idle handle for the turn that is due at once, the pool for jobs.
 */

struct backend {
	struct loop_backend base;
	struct loop *loop;
	uv_loop_t uv;
	uv_timer_t timer;
	uv_idle_t idle; /* active while a turn is due at once: libuv polls without waiting, I/O is still served */
	unsigned pool, running;
	struct list queued; /* jobs beyond the pool's size */
	struct list signals;
	bool stopping;
};

static struct backend *backend_of(struct loop *loop)
{
	return (struct backend *)loop->backend;
}

static void turn(struct backend *b)
{
	int64_t due = loop_turn(b->loop);
	int64_t now = loop_mono_ms(b->loop);
	uv_timer_stop(&b->timer);
	uv_idle_stop(&b->idle);
	if (due == INT64_MAX)
		return;
	b->base.arm(&b->base, due < now ? now : due);
}

static void on_timer(uv_timer_t *handle)
{
	turn(handle->data);
}

static void on_idle(uv_idle_t *handle)
{
	turn(handle->data);
}

static void arm(struct loop_backend *base, int64_t due_ms)
{
	struct backend *b = (struct backend *)base;
	int64_t now = clock_mono_ms(base->clock);
	if (due_ms <= now) {
		/* not a timer of 0 ms: restarted inside its own callback it would starve the loop (libuv 1.44) */
		uv_idle_start(&b->idle, on_idle);
		return;
	}
	uv_update_time(&b->uv);
	uv_timer_start(&b->timer, on_timer, (uint64_t)(due_ms - now), 0);
}

/* ---- pool ---- */

struct work {
	uv_work_t req;
	struct backend *b;
	struct loop_job *job;
};

static void start_job(struct backend *b, struct loop_job *job);

static void on_work(uv_work_t *req)
{
	struct work *w = req->data;
	w->job->work(w->job);
}

static void on_after(uv_work_t *req, int status)
{
	struct work *w = req->data;
	struct backend *b = w->b;
	struct loop_job *job = w->job;
	(void)status; /* a started job cannot be cancelled, and no queued one of ours is */
	free(w);
	b->running--;
	struct list *next = list_take_first(&b->queued);
	if (next)
		start_job(b, list_entry(next, struct loop_job, link));
	loop_job_done(b->loop, job);
}

static void start_job(struct backend *b, struct loop_job *job)
{
	struct work *w = xcalloc(1, sizeof(*w));
	w->b = b;
	w->job = job;
	w->req.data = w;
	b->running++;
	REQUIRE(uv_queue_work(&b->uv, &w->req, on_work, on_after) == 0);
}

/* One thread of the pool stays free of our jobs: name look-ups and the like share it and would queue behind slow
 * syncs. */
static void submit(struct loop_backend *base, struct loop_job *job)
{
	struct backend *b = (struct backend *)base;
	if (b->running + 1 >= b->pool)
		list_append(&b->queued, &job->link);
	else
		start_job(b, job);
}

/* ---- life ---- */

static void name_leftover(uv_handle_t *handle, void *arg)
{
	(void)arg;
	if (!uv_is_closing(handle))
		log_error("loop", NULL, "a handle was left open", "type=%s", uv_handle_type_name(handle->type));
}

struct watched_signal {
	uv_signal_t handle;
	struct list link;
	void (*fn)(void *arg, int signum);
	void *arg;
};

static void free_signal(uv_handle_t *handle)
{
	free(handle->data);
}

static void close_backend(struct loop_backend *base)
{
	struct backend *b = (struct backend *)base;
	uv_close((uv_handle_t *)&b->timer, NULL);
	uv_close((uv_handle_t *)&b->idle, NULL);
	list_each(node, tmp, &b->signals)
	        uv_close((uv_handle_t *)&list_entry(node, struct watched_signal, link)->handle, free_signal);
	uv_walk(&b->uv, name_leftover, NULL);
	/* what closes needs some turns; what does not close is a bug that must be seen, not waited for */
	for (int i = 0; i < 100 && uv_run(&b->uv, UV_RUN_NOWAIT); i++)
		;
	int rc = uv_loop_close(&b->uv);
	BUG_UNLESS(rc == 0);
	if (rc == 0)
		free(b); /* else what is left open still points into it */
}

/* libuv aborts when it closes one of the first three descriptors as its own (libuv #4559): make sure they are taken.
 */
static void fill_standard_fds(void)
{
	int fd;
	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

int loop_open(unsigned pool_threads, struct loop **out)
{
	REQUIRE(*out == NULL);
	fill_standard_fds();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error of its write */
	pool_threads = pool_threads < 2 ? 2 : pool_threads > 1024 ? 1024 : pool_threads; /* 1024: libuv's own most */
	char text[16];
	snprintf(text, sizeof(text), "%u", pool_threads);
	setenv("UV_THREADPOOL_SIZE", text, 1);
	struct backend *b = xcalloc(1, sizeof(*b));
	int rc = uv_loop_init(&b->uv);
	if (rc) {
		free(b);
		return rc;
	}
	b->base = (struct loop_backend){clock_system(), arm, submit, close_backend};
	b->pool = pool_threads;
	list_init(&b->queued);
	list_init(&b->signals);
	(void)uv_loop_configure(&b->uv, UV_METRICS_IDLE_TIME); /* without it waiting counts as work */
	uv_timer_init(&b->uv, &b->timer);
	uv_idle_init(&b->uv, &b->idle);
	b->timer.data = b;
	b->idle.data = b;
	b->loop = loop_new(&b->base);
	*out = b->loop;
	return 0;
}

/* One round of libuv, and how long it was not waiting: prepare and check handles would not tell, as libuv calls what is
 * ready from inside its wait. */
static int round_of(struct backend *b)
{
	uint64_t began = uv_hrtime(), idle = uv_metrics_idle_time(&b->uv);
	int more = uv_run(&b->uv, UV_RUN_ONCE);
	uint64_t took = uv_hrtime() - began, waited = uv_metrics_idle_time(&b->uv) - idle;
	metrics_histogram_add(&b->loop->busy, took > waited ? (double)(took - waited) / 1e9 : 0);
	return more;
}

void loop_run(struct loop *loop)
{
	struct backend *b = backend_of(loop);
	b->stopping = false;
	while (!b->stopping && round_of(b))
		;
}

void loop_stop(struct loop *loop)
{
	struct backend *b = backend_of(loop);
	b->stopping = true;
	uv_stop(&b->uv);
}

struct uv_loop_s *loop_uv(struct loop *loop)
{
	return loop->backend->submit == submit ? &backend_of(loop)->uv : NULL;
}

/* ---- descriptors ---- */

struct loop_watch {
	uv_poll_t handle;
	void (*fn)(void *arg, int events);
	void *arg;
	bool closing;
};

static void on_poll(uv_poll_t *handle, int status, int events)
{
	struct loop_watch *w = handle->data;
	if (w->closing)
		return;
	int ready = 0;
	if (status >= 0)
		ready = (events & UV_READABLE ? LOOP_READ : 0) | (events & UV_WRITABLE ? LOOP_WRITE : 0);
	w->fn(w->arg, ready);
}

static void free_watch(uv_handle_t *handle)
{
	free(handle->data);
}

int loop_watch_start(struct loop *loop, int fd, int events, void (*fn)(void *arg, int events), void *arg,
                     struct loop_watch **out)
{
	REQUIRE(*out == NULL);
	struct loop_watch *w = xcalloc(1, sizeof(*w));
	int rc = uv_poll_init(loop_uv(loop), &w->handle, fd);
	if (rc) {
		free(w);
		return rc;
	}
	w->handle.data = w;
	w->fn = fn;
	w->arg = arg;
	*out = w;
	loop_watch_change(w, events);
	return 0;
}

void loop_watch_change(struct loop_watch *w, int events)
{
	int uv_events = (events & LOOP_READ ? UV_READABLE : 0) | (events & LOOP_WRITE ? UV_WRITABLE : 0);
	if (uv_events)
		uv_poll_start(&w->handle, uv_events, on_poll);
	else
		uv_poll_stop(&w->handle);
}

void loop_watch_stop(struct loop_watch **watch)
{
	struct loop_watch *w = *watch;
	if (!w)
		return;
	w->closing = true;
	uv_poll_stop(&w->handle);
	uv_close((uv_handle_t *)&w->handle, free_watch);
	*watch = NULL;
}

/* ---- signals ---- */

static void on_signal(uv_signal_t *handle, int signum)
{
	struct watched_signal *s = handle->data;
	s->fn(s->arg, signum);
}

int loop_signal(struct loop *loop, int signum, void (*fn)(void *arg, int signum), void *arg)
{
	struct backend *b = backend_of(loop);
	struct watched_signal *s = xcalloc(1, sizeof(*s));
	int rc = uv_signal_init(&b->uv, &s->handle);
	if (rc) {
		free(s);
		return rc;
	}
	s->handle.data = s;
	s->fn = fn;
	s->arg = arg;
	list_append(&b->signals, &s->link);
	rc = uv_signal_start(&s->handle, on_signal, signum);
	if (rc == 0)
		uv_unref((uv_handle_t *)&s->handle);
	return rc;
}
