/*
 * One allocation fails, the n-th, in a run of each flow: the run fails and says so, or the process aborts where it stands. Either way what comes behind finds
 * both vendors as if nothing had happened. Each n in a process of its own, with a world of its own.
 *
 * Some n of each flow; TORTURE=1 for every one ("make torture").
 */

#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/log.h"
#include "tests/fault/torture.h"
#include "tests/replay/stage.h"

#define SHORT_TRIES 40
#define SECONDS     60 /* a try takes some milliseconds */

enum end { ENDED_OK, ENDED_FAILED, ENDED_ABORT, END_COUNT };
static const char *const end_names[] = {"went on", "failed", "aborted"};

/* What both worlds hold in the end. */
struct sums {
	size_t sheets, students, professors, absences, attendances;
};

struct outcome {
	uint64_t allocations;
	enum end end;
	struct sums sums;
};

static sigjmp_buf out_of_memory;

static void on_abort(int signum)
{
	(void)signum;
	siglongjmp(out_of_memory, 1);
}

static void nothing_twice(struct stage *s)
{
	REQUIRE(s->e->twins == 0);
	REQUIRE(s->y->twin_writes == 0 && s->y->foreign_writes == 0);
	REQUIRE(s->e->hand_made_changed == 0);
}

static struct sums sums_of(struct stage *s)
{
	const struct ed_school *school = &s->e->schools.items[0];
	return (struct sums){edusign_course_count(s->e, "ecole-0", 0), school->students.n, s->e->professors.n,
	                     s->y->absences.n, s->y->attendances.n};
}

/* As often as schedules would try again; then nothing is left to do. */
static void converge(struct stage *s, enum flow_kind flow)
{
	for (int i = 0; i < 3; i++) {
		stage_advance(s, 900);
		stage_run(s, flow);
	}
	stage_mark(s);
	stage_run(s, flow);
	REQUIRE(s->report->result != RESULT_FAILED);
	REQUIRE(stage_writes(s) == 0);
	nothing_twice(s);
}

static struct stage *set_scene(enum flow_kind flow)
{
	struct stage *s = stage_new("2026-11-23T20:00:00Z");
	stage_generated(s, &(struct gen_options){.seed = 5, .learners = 5, .groups = 1, .sites = 1, .days = 3}, 1);
	if (flow == FLOW_UP) {
		stage_run(s, FLOW_DOWN);
		stage_advance(s, 26 * 3600);
		edusign_live(s->e, STR("ecole-0"), 3, stage_at(s, 1, 0, 0), stage_at(s, 2, 0, 0), stage_now(s));
	}
	return s;
}

/* One try: n 0, nothing fails. */
static struct outcome attempt(enum flow_kind flow, uint64_t n)
{
	struct stage *s = set_scene(flow);
	volatile struct outcome r = {.end = ENDED_OK};
	if (sigsetjmp(out_of_memory, 1) == 0) {
		torture_start(n);
		stage_run(s, flow);
		r.allocations = torture_stop();
		if (s->report->result == RESULT_FAILED)
			r.end = ENDED_FAILED;
	} else {
		torture_stop();
		r.end = ENDED_ABORT;
		stage_abandon(s);
	}
	REQUIRE(n == 0 || torture_hit());
	REQUIRE(torture_hit() || r.end == ENDED_OK);
	nothing_twice(s);
	signal(SIGABRT, SIG_DFL);
	signal(SIGTRAP, SIG_DFL);
	converge(s, flow);
	r.sums = sums_of(s);
	stage_free(&s);
	return r;
}

/* In a process of its own. False: it ended otherwise than by giving a result. */
static bool try_apart(enum flow_kind flow, uint64_t n, struct outcome *out)
{
	int pipe_fds[2], status;
	REQUIRE(pipe(pipe_fds) == 0);
	pid_t child = fork();
	REQUIRE(child >= 0);
	if (child == 0) {
		alarm(SECONDS);
		signal(SIGABRT, on_abort);
		signal(SIGTRAP, on_abort); /* GLib's way of ending */
		struct outcome r = attempt(flow, n);
		_exit(write(pipe_fds[1], &r, sizeof(r)) == sizeof(r) ? 0 : 1);
	}
	close(pipe_fds[1]);
	bool whole = read(pipe_fds[0], out, sizeof(*out)) == sizeof(*out);
	close(pipe_fds[0]);
	REQUIRE(waitpid(child, &status, 0) == child);
	if (!whole || status != 0)
		printf("# %s, allocation %llu: status %d\n", flow_kind_name(flow), (unsigned long long)n, status);
	return whole && status == 0;
}

static bool torture(enum flow_kind flow, unsigned *count)
{
	struct outcome quiet, r;
	unsigned ends[END_COUNT] = {0}, wrong = 0, tried = 0;
	if (!try_apart(flow, 0, &quiet) || quiet.sums.sheets == 0 || quiet.sums.students == 0)
		return false;
	printf("# %s: %zu sheets, %zu students, %zu professors, %zu absences, %zu attendances\n", flow_kind_name(flow),
	       quiet.sums.sheets, quiet.sums.students, quiet.sums.professors, quiet.sums.absences,
	       quiet.sums.attendances);
	uint64_t stride = getenv("TORTURE") ? 1 : quiet.allocations / SHORT_TRIES + 1;
	for (uint64_t n = 1; n <= quiet.allocations; n += stride) {
		tried++;
		if (!try_apart(flow, n, &r) || memcmp(&r.sums, &quiet.sums, sizeof(r.sums)) != 0) {
			wrong++;
			printf("# %s, allocation %llu: another end: %zu %zu %zu %zu %zu\n", flow_kind_name(flow),
			       (unsigned long long)n, r.sums.sheets, r.sums.students, r.sums.professors,
			       r.sums.absences, r.sums.attendances);
		} else {
			ends[r.end]++;
		}
	}
	printf("# %s: %u of %llu allocations failed in turn:", flow_kind_name(flow), tried,
	       (unsigned long long)quiet.allocations);
	for (int i = 0; i < END_COUNT; i++)
		printf(" %u %s%s", ends[i], end_names[i], i + 1 < END_COUNT ? "," : "\n");
	*count = tried;
	return wrong == 0 && ends[ENDED_ABORT] > 0;
}

/* "down 48": that one alone, in this process, for a debugger. */
static int only(const char *text)
{
	enum flow_kind flow = strncmp(text, "up", 2) == 0 ? FLOW_UP : FLOW_DOWN;
	signal(SIGABRT, on_abort);
	signal(SIGTRAP, on_abort);
	struct outcome r = attempt(flow, strtoull(strchr(text, ' '), NULL, 10));
	printf("# %s\n", end_names[r.end]);
	return 0;
}

int main(void)
{
	unsigned tried = 0;
	if (getenv("TORTURE_AT"))
		return only(getenv("TORTURE_AT"));
	/* what aborts says so each time */
	log_setup(LOG_LVL_ERROR, LOG_TEXT, -1);
	(void)!freopen("/dev/null", "w", stderr);
	for (int flow = 0; flow < FLOW_KIND_COUNT; flow++) {
		bool good = torture((enum flow_kind)flow, &tried);
		printf("%s %d - %s: whichever allocation fails, nothing is lost or doubled (%u tried)\n",
		       good ? "ok" : "not ok", flow + 1, flow_kind_name((enum flow_kind)flow), tried);
		fflush(stdout);
	}
	printf("1..%d\n", FLOW_KIND_COUNT);
	return 0;
}
