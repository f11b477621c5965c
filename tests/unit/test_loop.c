#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/io/loop.h"

#define POOL 4

/* ---- virtual time ---- */

struct fake {
	struct loop_backend base;
	struct clock clock;
	int64_t mono;
	int64_t armed;
	unsigned arms;
	struct loop_job *job;
};

static int64_t fake_mono(struct clock *c)
{
	return ((struct fake *)((char *)c - offsetof(struct fake, clock)))->mono;
}

static void fake_arm(struct loop_backend *b, int64_t due)
{
	struct fake *f = (struct fake *)b;
	f->armed = due;
	f->arms++;
}

static void fake_submit(struct loop_backend *b, struct loop_job *job)
{
	((struct fake *)b)->job = job;
}

static void fake_close(struct loop_backend *b)
{
	(void)b;
}

static struct loop *fake_loop(struct fake *f)
{
	*f = (struct fake){.base = {NULL, fake_arm, fake_submit, fake_close},
	                   .clock = {fake_mono, fake_mono},
	                   .armed = INT64_MAX};
	f->base.clock = &f->clock;
	return loop_new(&f->base);
}

/* One object for all the callbacks here: writes its letter down, then does what it was told. */
struct thing {
	struct loop_timer timer;
	struct loop_task task;
	struct loop *loop;
	char letter;
	unsigned runs;
	void (*then)(struct thing *self);
	struct thing *other;
};

static char written[2048];

static void write_down(struct thing *t)
{
	size_t n = strlen(written);
	if (n + 1 < sizeof(written))
		written[n] = t->letter;
	t->runs++;
	if (t->then)
		t->then(t);
}

static void on_fire(struct loop_timer *timer)
{
	write_down(list_entry(timer, struct thing, timer));
}

static void on_run(struct loop_task *task)
{
	write_down(list_entry(task, struct thing, task));
}

static struct thing thing_of(struct loop *loop, char letter, void (*then)(struct thing *), struct thing *other)
{
	struct thing t = {.loop = loop, .letter = letter, .then = then, .other = other};
	return t;
}

static void thing_init(struct thing *t)
{
	loop_timer_init(&t->timer, on_fire);
	loop_task_init(&t->task, on_run);
}

static void clear(void)
{
	memset(written, 0, sizeof(written));
}

static void timers_fire_by_due_then_by_order(void **state)
{
	struct fake f;
	struct loop *loop = fake_loop(&f);
	struct thing t[4];
	(void)state;
	clear();
	for (int i = 0; i < 4; i++) {
		t[i] = thing_of(loop, (char)('a' + i), NULL, NULL);
		thing_init(&t[i]);
	}
	loop_timer_start(loop, &t[0].timer, 20);
	loop_timer_start(loop, &t[1].timer, 10);
	loop_timer_start(loop, &t[2].timer, 20);
	loop_timer_start(loop, &t[3].timer, 10);
	loop_timer_start(loop, &t[1].timer, 10); /* armed anew: behind d */
	assert_int_equal(f.armed, 10);
	assert_int_equal(loop_turn(loop), 10);
	assert_string_equal(written, "");
	f.mono = 25;
	assert_int_equal(loop_turn(loop), INT64_MAX);
	assert_string_equal(written, "dbac");
	assert_false(loop_timer_active(&t[0].timer));
	loop_close(&loop);
}

static void a_stopped_timer_does_not_fire(void **state)
{
	struct fake f;
	struct loop *loop = fake_loop(&f);
	struct thing t[3];
	(void)state;
	clear();
	for (int i = 0; i < 3; i++) {
		t[i] = thing_of(loop, (char)('a' + i), NULL, NULL);
		thing_init(&t[i]);
		loop_timer_start(loop, &t[i].timer, 5 + i);
	}
	loop_timer_stop(loop, &t[1].timer);
	loop_timer_stop(loop, &t[1].timer);
	f.mono = 100;
	loop_turn(loop);
	assert_string_equal(written, "ac");
	loop_close(&loop);
}

static void stop_other(struct thing *self)
{
	loop_timer_stop(self->loop, &self->other->timer);
	loop_task_cancel(&self->other->task);
}

static void a_timer_stopped_by_its_neighbour_does_not_fire(void **state)
{
	struct fake f;
	struct loop *loop = fake_loop(&f);
	(void)state;
	clear();
	struct thing b = thing_of(loop, 'b', NULL, NULL), a = thing_of(loop, 'a', stop_other, &b);
	thing_init(&a);
	thing_init(&b);
	loop_timer_start(loop, &a.timer, 5);
	loop_timer_start(loop, &b.timer, 5);
	f.mono = 5;
	assert_int_equal(loop_turn(loop), INT64_MAX);
	loop_defer(loop, &a.task);
	loop_defer(loop, &b.task);
	loop_turn(loop);
	assert_string_equal(written, "aa");
	loop_close(&loop);
}

static void again_at_once(struct thing *self)
{
	loop_timer_start(self->loop, &self->timer, 0);
}

static void defer_again(struct thing *self)
{
	loop_defer(self->loop, &self->task);
	loop_defer(self->loop, &self->task); /* queueing a queued one is nothing */
}

static void what_a_turn_arms_waits_for_the_next(void **state)
{
	struct fake f;
	struct loop *loop = fake_loop(&f);
	(void)state;
	clear();
	struct thing a = thing_of(loop, 'a', again_at_once, NULL), b = thing_of(loop, 'b', defer_again, NULL);
	thing_init(&a);
	thing_init(&b);
	loop_timer_start(loop, &a.timer, 0);
	loop_defer(loop, &b.task);
	assert_string_equal(written, "");
	assert_int_equal(loop_turn(loop), 0);
	assert_string_equal(written, "ba");
	assert_int_equal(loop_turn(loop), 0);
	assert_string_equal(written, "baba");
	loop_timer_stop(loop, &a.timer);
	assert_int_equal(loop_turn(loop), 0); /* for the task alone */
	loop_task_cancel(&b.task);
	assert_int_equal(loop_turn(loop), INT64_MAX);
	loop_close(&loop);
}

static void a_flood_of_tasks_leaves_the_timers_their_share(void **state)
{
	struct fake f;
	struct loop *loop = fake_loop(&f);
	static struct thing flood[2000];
	(void)state;
	clear();
	struct thing t = thing_of(loop, 't', NULL, NULL);
	thing_init(&t);
	for (size_t i = 0; i < 2000; i++) {
		flood[i] = thing_of(loop, '.', defer_again, NULL);
		thing_init(&flood[i]);
		loop_defer(loop, &flood[i].task);
	}
	loop_timer_start(loop, &t.timer, 0);
	loop_turn(loop);
	assert_int_equal(t.runs, 1);
	assert_int_equal(flood[1999].runs, 0); /* bounded: the descriptors get theirs */
	for (int i = 0; i < 3; i++)
		loop_turn(loop);
	assert_int_equal(flood[1999].runs, 1);
	assert_true(flood[0].runs <= 2); /* in turn */
	for (size_t i = 0; i < 2000; i++)
		loop_task_cancel(&flood[i].task);
	loop_close(&loop);
}

/* The heap against a plain search, over many random starts and stops. */
static void the_heap_keeps_its_order(void **state)
{
	enum { N = 300 };
	struct fake f;
	struct loop *loop = fake_loop(&f);
	static struct thing t[N];
	static uint64_t order[N];
	uint64_t seed = 42, count = 0;
	(void)state;
	for (int i = 0; i < N; i++) {
		t[i] = thing_of(loop, 'x', NULL, NULL);
		thing_init(&t[i]);
	}
	for (int round = 0; round < 20000; round++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		int i = (int)(seed >> 33) % N;
		if ((seed >> 20) % 4 == 0) {
			loop_timer_stop(loop, &t[i].timer);
		} else {
			loop_timer_start(loop, &t[i].timer, (int64_t)(seed >> 40) % 50);
			order[i] = ++count;
		}
	}
	for (;;) {
		int first = -1;
		for (int i = 0; i < N; i++)
			if (loop_timer_active(&t[i].timer) &&
			    (first < 0 || t[i].timer.due_ms < t[first].timer.due_ms ||
			     (t[i].timer.due_ms == t[first].timer.due_ms && order[i] < order[first])))
				first = i;
		if (first < 0)
			break;
		unsigned runs = 0;
		f.mono = t[first].timer.due_ms;
		for (int i = 0; i < N; i++) {
			t[i].runs = 0;
			if (i != first && loop_timer_active(&t[i].timer) && t[i].timer.due_ms == f.mono)
				runs++;
		}
		clear();
		loop_turn(loop);
		assert_int_equal(t[first].runs, 1);
		assert_int_equal(strlen(written), runs + 1);
	}
	loop_close(&loop);
}

static void lag_is_measured_from_when_a_turn_was_due(void **state)
{
	struct fake f;
	struct loop *loop = fake_loop(&f);
	struct loop_lag lag;
	(void)state;
	struct thing t = thing_of(loop, 't', NULL, NULL);
	thing_init(&t);
	for (int i = 0; i < 99; i++) {
		loop_timer_start(loop, &t.timer, 10);
		f.mono += 10;
		loop_turn(loop);
	}
	loop_lag(loop, &lag);
	assert_int_equal(lag.turns, 99);
	assert_true(lag.p50_ms == 0 && lag.p99_ms == 0 && lag.max_ms == 0);
	loop_timer_start(loop, &t.timer, 10);
	loop_turn(loop); /* too early to count */
	f.mono += 10 + 42;
	loop_turn(loop);
	f.mono += 1000;
	loop_turn(loop); /* nothing was due */
	loop_lag(loop, &lag);
	assert_int_equal(lag.turns, 100);
	assert_true(lag.p50_ms == 0);
	assert_true(lag.max_ms == 42);
	assert_true(lag.p99_ms >= 42 && lag.p99_ms <= 60);
	loop_close(&loop);
}

static void job_after(struct loop_job *job)
{
	(void)job;
	written[0] = 'j';
}

static void a_job_is_pending_until_its_after(void **state)
{
	struct fake f;
	struct loop *loop = fake_loop(&f);
	struct loop_job job = {.after = job_after};
	(void)state;
	clear();
	loop_job_start(loop, &job);
	assert_ptr_equal(f.job, &job);
	assert_int_equal(loop_jobs_pending(loop), 1);
	assert_string_equal(written, "");
	loop_job_done(loop, &job);
	assert_int_equal(loop_jobs_pending(loop), 0);
	assert_string_equal(written, "j");
	loop_close(&loop);
}

/* ---- libuv ---- */

static struct loop *real_loop(void)
{
	struct loop *loop = NULL;
	assert_int_equal(loop_open(POOL, &loop), 0);
	return loop;
}

static void stop_loop(struct thing *self)
{
	loop_stop(self->loop);
}

static void a_timer_of_0_does_not_starve_the_loop(void **state)
{
	struct loop *loop = real_loop();
	(void)state;
	clear();
	struct thing hot = thing_of(loop, '.', again_at_once, NULL), end = thing_of(loop, 'e', stop_loop, NULL);
	thing_init(&hot);
	thing_init(&end);
	loop_timer_start(loop, &hot.timer, 0);
	loop_timer_start(loop, &end.timer, 20);
	loop_run(loop);
	assert_int_equal(end.runs, 1);
	assert_true(hot.runs > 1);
	loop_timer_stop(loop, &hot.timer);
	loop_close(&loop);
	assert_null(loop);
}

static void timers_are_not_early(void **state)
{
	struct loop *loop = real_loop();
	(void)state;
	clear();
	struct thing end = thing_of(loop, 'e', stop_loop, NULL);
	thing_init(&end);
	int64_t begin = loop_mono_ms(loop);
	loop_timer_start(loop, &end.timer, 15);
	loop_run(loop);
	assert_true(loop_mono_ms(loop) - begin >= 15);
	loop_close(&loop);
}

struct pipe_end {
	struct loop *loop;
	struct loop_watch *watch;
	int fd, peer;
	unsigned reads, writes, errors;
	struct thing *hot;
};

static void on_pipe(void *arg, int events)
{
	struct pipe_end *p = arg;
	char byte;
	if (events & LOOP_WRITE) {
		p->writes++;
		assert_int_equal(write(p->fd, "x", 1), 1);
		loop_watch_change(p->watch, LOOP_READ);
	}
	if (events & LOOP_READ) {
		p->reads++;
		assert_int_equal(read(p->fd, &byte, 1), 1);
		loop_watch_stop(&p->watch);
		loop_stop(p->loop);
	}
	if (events == 0) {
		p->errors++;
		loop_watch_stop(&p->watch);
		loop_stop(p->loop);
	}
}

static void pass_on(struct thing *self)
{
	/* says what it reads, once the watch has written: I/O is served while a timer of 0 spins */
	struct pipe_end *p = (struct pipe_end *)self->other;
	char byte;
	if (read(p->peer, &byte, 1) == 1)
		assert_int_equal(write(p->peer, &byte, 1), 1);
	again_at_once(self);
}

static void descriptors_are_served_beside_a_hot_timer(void **state)
{
	struct loop *loop = real_loop();
	int fds[2];
	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	struct pipe_end p = {.loop = loop, .fd = fds[0], .peer = fds[1]};
	struct thing hot = thing_of(loop, '.', pass_on, (struct thing *)&p);
	thing_init(&hot);
	loop_timer_start(loop, &hot.timer, 0);
	assert_int_equal(loop_watch_start(loop, fds[0], LOOP_WRITE, on_pipe, &p, &p.watch), 0);
	loop_run(loop);
	assert_int_equal(p.writes, 1);
	assert_int_equal(p.reads, 1);
	assert_null(p.watch);
	loop_timer_stop(loop, &hot.timer);
	close(fds[0]);
	close(fds[1]);
	loop_close(&loop);
}

static void a_descriptor_can_be_watched_again_at_once(void **state)
{
	struct loop *loop = real_loop();
	int fds[2];
	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	struct pipe_end p = {.loop = loop, .fd = fds[0], .peer = fds[1]};
	for (int i = 0; i < 3; i++) {
		assert_int_equal(loop_watch_start(loop, fds[0], LOOP_READ, on_pipe, &p, &p.watch), 0);
		if (i < 2)
			loop_watch_stop(&p.watch);
	}
	assert_int_equal(write(fds[1], "y", 1), 1);
	loop_run(loop);
	assert_int_equal(p.reads, 1);
	close(fds[0]);
	close(fds[1]);
	loop_close(&loop);
}

/* Works for so long when its descriptor is ready, then has the loop wait as long for a timer. */
struct worker {
	struct loop *loop;
	struct loop_watch *watch;
	struct loop_timer timer;
	int64_t ms;
};

static void on_worker_timer(struct loop_timer *t)
{
	loop_stop(list_entry(t, struct worker, timer)->loop);
}

static void on_work(void *arg, int events)
{
	struct worker *w = arg;
	int64_t end = loop_mono_ms(w->loop) + w->ms;
	(void)events;
	while (loop_mono_ms(w->loop) < end)
		;
	loop_watch_stop(&w->watch);
	loop_timer_start(w->loop, &w->timer, w->ms);
}

static void work_counts_as_busy_and_waiting_does_not(void **state)
{
	struct loop *loop = real_loop();
	struct worker w = {.loop = loop, .ms = 55};
	int fds[2];
	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	loop_timer_init(&w.timer, on_worker_timer);
	assert_int_equal(loop_watch_start(loop, fds[0], LOOP_WRITE, on_work, &w, &w.watch), 0);
	loop_run(loop);
	const struct metrics_histogram *busy = loop_busy(loop);
	assert_true(busy->count >= 2);
	unsigned at = 0, long_ones = 0;
	for (; at < busy->n && busy->bounds[at] <= 0.05; at++)
		;
	for (; at <= busy->n; at++)
		long_ones += (unsigned)busy->buckets[at];
	assert_int_equal(long_ones, 1);
	close(fds[0]);
	close(fds[1]);
	loop_close(&loop);
}

struct crowd {
	struct loop *loop;
	struct loop_job jobs[9];
	unsigned done;
	pthread_t loop_thread;
};

static pthread_barrier_t meeting;
static _Atomic unsigned at_work, most_at_work;
static pthread_mutex_t counting = PTHREAD_MUTEX_INITIALIZER;
static struct crowd *crowd;

static void crowd_work(struct loop_job *job)
{
	(void)job;
	pthread_mutex_lock(&counting);
	if (++at_work > most_at_work)
		most_at_work = at_work;
	pthread_mutex_unlock(&counting);
	for (int i = 0; i < 1000 && at_work < POOL; i++)
		sched_yield();          /* a chance for one too many */
	pthread_barrier_wait(&meeting); /* as many as may run must really run at once */
	pthread_mutex_lock(&counting);
	at_work--;
	pthread_mutex_unlock(&counting);
}

static void crowd_after(struct loop_job *job)
{
	(void)job;
	assert_true(pthread_equal(pthread_self(), crowd->loop_thread));
	if (++crowd->done == 9)
		loop_stop(crowd->loop);
}

static void jobs_leave_one_thread_of_the_pool_free(void **state)
{
	struct loop *loop = real_loop();
	struct crowd c = {.loop = loop, .loop_thread = pthread_self()};
	(void)state;
	crowd = &c;
	assert_int_equal(pthread_barrier_init(&meeting, NULL, POOL - 1), 0);
	for (int i = 0; i < 9; i++) {
		c.jobs[i] = (struct loop_job){.work = crowd_work, .after = crowd_after};
		loop_job_start(loop, &c.jobs[i]);
	}
	assert_int_equal(loop_jobs_pending(loop), 9);
	assert_int_equal(c.done, 0);
	loop_run(loop);
	assert_int_equal(c.done, 9);
	assert_int_equal(most_at_work, POOL - 1);
	pthread_barrier_destroy(&meeting);
	loop_close(&loop);
}

static void on_signal(void *arg, int signum)
{
	written[0] = (char)('A' + signum);
	loop_stop(arg);
}

static void signals_arrive_on_the_loop(void **state)
{
	struct loop *loop = real_loop();
	(void)state;
	clear();
	struct thing keep = thing_of(loop, 'k', stop_loop, NULL);
	thing_init(&keep);
	loop_timer_start(loop, &keep.timer, 10000);
	assert_int_equal(loop_signal(loop, SIGUSR1, on_signal, loop), 0);
	kill(getpid(), SIGUSR1);
	assert_string_equal(written, "");
	loop_run(loop);
	assert_int_equal(written[0], 'A' + SIGUSR1);
	loop_timer_stop(loop, &keep.timer);
	loop_close(&loop);
}

/* In a process of its own: what it closes and how it ends must not touch the other tests. */
static int in_child(void (*body)(void), char *said, size_t size)
{
	int out[2], status;
	size_t n = 0;
	ssize_t got;
	assert_int_equal(pipe(out), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		dup2(out[1], 2);
		close(out[0]);
		close(out[1]);
		signal(SIGABRT, SIG_DFL);
		body();
		_exit(0);
	}
	close(out[1]);
	while (n + 1 < size && (got = read(out[0], said + n, size - n - 1)) > 0)
		n += (size_t)got;
	said[n] = '\0';
	close(out[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void close_standard_fds(void)
{
	struct loop *loop = NULL;
	close(0);
	close(1);
	if (loop_open(POOL, &loop) != 0)
		_exit(2);
	if (fcntl(0, F_GETFD) < 0 || fcntl(1, F_GETFD) < 0 || fcntl(2, F_GETFD) < 0)
		_exit(3);
	int fds[2];
	/* SIGPIPE is ignored: an error, not the end */
	if (pipe(fds) != 0 || close(fds[0]) != 0 || write(fds[1], "x", 1) != -1)
		_exit(4);
	loop_close(&loop);
	_exit(loop == NULL ? 7 : 5);
}

static void the_first_three_descriptors_exist(void **state)
{
	char said[4096];
	(void)state;
	int status = in_child(close_standard_fds, said, sizeof(said));
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
}

static void ignore_event(void *arg, int events)
{
	(void)arg;
	(void)events;
}

static void leave_a_watch(void)
{
	struct loop *loop = NULL;
	struct loop_watch *watch = NULL;
	int fds[2];
	log_setup(LOG_LVL_INFO, LOG_TEXT, 2);
	if (loop_open(POOL, &loop) != 0 || pipe(fds) != 0 ||
	    loop_watch_start(loop, fds[0], LOOP_READ, ignore_event, NULL, &watch) != 0)
		_exit(2);
	loop_close(&loop);
}

static void what_is_left_open_is_named(void **state)
{
	char said[4096];
	(void)state;
	int status = in_child(leave_a_watch, said, sizeof(said));
	assert_non_null(strstr(said, "left open"));
	assert_non_null(strstr(said, "poll"));
	assert_non_null(strstr(said, "rc == 0")); /* the assertion on uv_loop_close() */
	(void)status;                             /* aborts in developer builds only */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(timers_fire_by_due_then_by_order),
	        cmocka_unit_test(a_stopped_timer_does_not_fire),
	        cmocka_unit_test(a_timer_stopped_by_its_neighbour_does_not_fire),
	        cmocka_unit_test(what_a_turn_arms_waits_for_the_next),
	        cmocka_unit_test(a_flood_of_tasks_leaves_the_timers_their_share),
	        cmocka_unit_test(the_heap_keeps_its_order),
	        cmocka_unit_test(lag_is_measured_from_when_a_turn_was_due),
	        cmocka_unit_test(work_counts_as_busy_and_waiting_does_not),
	        cmocka_unit_test(a_job_is_pending_until_its_after),
	        cmocka_unit_test(the_first_three_descriptors_exist),
	        cmocka_unit_test(what_is_left_open_is_named),
	        cmocka_unit_test(a_timer_of_0_does_not_starve_the_loop),
	        cmocka_unit_test(timers_are_not_early),
	        cmocka_unit_test(descriptors_are_served_beside_a_hot_timer),
	        cmocka_unit_test(a_descriptor_can_be_watched_again_at_once),
	        cmocka_unit_test(jobs_leave_one_thread_of_the_pool_free),
	        cmocka_unit_test(signals_arrive_on_the_loop),
	};
	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
