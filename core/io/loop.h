#ifndef CORE_IO_LOOP_H
#define CORE_IO_LOOP_H

/*
 * The event loop: timers, deferred tasks, pool jobs, watched descriptors. One thread thinks.
 *
 * Timers and tasks are plain structs inside their owner, kept in our own heap and list and driven by one
 * libuv timer: stopping one is immediate, with no close callback to wait for. A backend says what
 * time it is and runs pool jobs: loop_uv.c for real, tests/world/loop_virtual.c with a virtual clock.
 *
 * No callback ever runs from inside the call that armed it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/list.h"

struct loop;

struct loop_timer {
	void (*fire)(struct loop_timer *t); /* set by the owner, once; stopped when it is called */
	int64_t due_ms;                     /* monotonic */
	uint64_t order;                     /* among equal due times: first armed, first fired */
	int heap_index;                     /* -1 stopped; owner initialises with loop_timer_init */
};

struct loop_task {
	void (*run)(struct loop_task *t);
	struct list link;
};

/* A job for the pool: work() runs on a pool thread and touches only what was handed to it; after() runs on the
 * loop. The owner keeps the struct alive until after() has run. A running job cannot be cancelled. */
struct loop_job {
	void (*work)(struct loop_job *job);
	void (*after)(struct loop_job *job);
	struct list link; /* the loop's */
	void *backend;    /* the loop's */
};

/* A watched descriptor, for libraries that bring their own (libmicrohttpd, inotify). */
struct loop_watch;

struct loop_backend {
	struct clock *clock;
	/* Wake loop_turn() at this monotonic time at the latest; INT64_MAX for never. */
	void (*arm)(struct loop_backend *b, int64_t due_ms);
	/* Hand the job to the pool; when it is done the backend calls loop_job_done(). */
	void (*submit)(struct loop_backend *b, struct loop_job *job);
	void (*close)(struct loop_backend *b); /* frees b */
};

/* The loop on libuv. pool_threads: size of the pool (UV_THREADPOOL_SIZE), set before its first use; jobs in
 * flight stay below it. */
int loop_open(unsigned pool_threads, struct loop **out) MUST_USE;
/* A loop on another backend (tests); the backend is owned. */
struct loop *loop_new(struct loop_backend *backend);
/* Requires that nothing is pending; walks and names what is left over, then closes: uv_loop_close() must give 0. */
void loop_close(struct loop **loop);

/* Runs until loop_stop(); with a real backend only. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

struct clock *loop_clock(struct loop *loop);
int64_t loop_wall_ms(struct loop *loop);
int64_t loop_mono_ms(struct loop *loop);

void loop_timer_init(struct loop_timer *t, void (*fire)(struct loop_timer *t));
void loop_timer_start(struct loop *loop, struct loop_timer *t, int64_t delay_ms); /* restarts a running one */
void loop_timer_stop(struct loop *loop, struct loop_timer *t);                     /* a stopped one too */
static inline bool loop_timer_active(const struct loop_timer *t) { return t->heap_index >= 0; }

/* run() on the next turn of the loop; queueing a queued task is nothing. */
void loop_task_init(struct loop_task *t, void (*run)(struct loop_task *t));
void loop_defer(struct loop *loop, struct loop_task *t);
void loop_task_cancel(struct loop_task *t);

void loop_job_start(struct loop *loop, struct loop_job *job);
unsigned loop_jobs_pending(const struct loop *loop);

#define LOOP_READ 1
#define LOOP_WRITE 2
/* fn(arg, events) when fd is ready; status < 0 (libuv stopped polling) is given as events 0. Real backend only. */
int loop_watch_start(struct loop *loop, int fd, int events, void (*fn)(void *arg, int events), void *arg,
                     struct loop_watch **out) MUST_USE;
void loop_watch_change(struct loop_watch *w, int events);
void loop_watch_stop(struct loop_watch **w);
/* SIGINT, SIGTERM, SIGHUP …: fn(arg, signum) on the loop. Real backend only. */
int loop_signal(struct loop *loop, int signum, void (*fn)(void *arg, int signum), void *arg) MUST_USE;

/* Turn lag: milliseconds between when the loop was due to run and when it did, over all turns. */
struct loop_lag { uint64_t turns; double p50_ms, p99_ms, max_ms; };
void loop_lag(const struct loop *loop, struct loop_lag *out);

/* How long libuv's loop was busy between one look at its descriptors and the next, in seconds: what came meanwhile waited so long
 * at most. Empty on another backend. */
struct metrics_histogram;
const struct metrics_histogram *loop_busy(const struct loop *loop);

/* For backends. One turn: the tasks deferred before it, then the timers due before it; what these defer or arm waits for the
 * next. Both are bounded, so that I/O gets its share. Returns when the next turn is due (mono ms; INT64_MAX: nothing armed). */
int64_t loop_turn(struct loop *loop);
void loop_job_done(struct loop *loop, struct loop_job *job);
/* For the libuv side of core/io only. */
struct uv_loop_s;
struct uv_loop_s *loop_uv(struct loop *loop); /* NULL on another backend */

#endif
