#ifndef TESTS_REPLAY_STAGE_H
#define TESTS_REPLAY_STAGE_H

/*
 * A school on a stage: the real engine, adapters and store; both vendors simulated in process; a virtual clock. A replay script sets the
 * scene, runs a flow, acts as people do between two runs, and looks at both worlds and at the ledger of requests. Nothing sleeps,
 * nothing opens a socket.
 *
 *   struct stage *s = stage_new("2026-11-23T11:00:00Z");    a Monday, noon in Paris
 *   stage_school(s, &(struct stage_options){0});            one group, one session tomorrow, two learners, one instructor
 *   stage_run(s, FLOW_DOWN);                                asserts that it ended; s->report says how
 */

#include "core/sync/engine.h"
#include "core/sync/settings.h"
#include "tests/world/edusign.h"
#include "tests/world/gen.h"
#include "tests/world/loop_virtual.h"
#include "tests/world/sim.h"
#include "tests/world/ypareo.h"

#define STAGE_ENVIRONMENTS 3

struct stage {
	struct loop *loop;
	struct sim *sim;
	struct ypareo *y;
	struct edusign *e;
	struct fetch_transport *transport;
	struct fetch_hub *hub;
	struct fetch_lane *y_lane, *e_lanes[STAGE_ENVIRONMENTS];
	const struct planning_port *y_port;
	const struct attendance_port *e_ports[STAGE_ENVIRONMENTS];
	struct tz *zone;
	char dir[64];                 /* of the stores */
	struct stores *stores;
	size_t map_size;              /* of a store's first map; 0: 16 MiB */
	struct flow_env flow;
	struct env_settings envs[STAGE_ENVIRONMENTS];
	struct settings settings;
	struct engine_run *run;
	const struct report *report;  /* of the last run; NULL while one is under way, or after a crash */
	bool ended;
	bool kept_will_do;            /* runs as by the schedule: Yparéo's lists may be a day old */
	int today;                    /* day number of the start */
	/* the small school of stage_school() */
	int64_t site, group, subject, room, instructor, learner[4], session;
	/* crash after this many transitions "sent"/"answered" or commits; 0: never */
	unsigned crash_at, transitions;
	bool crashed;
};

/* Wall clock at the start, ISO. */
struct stage *stage_new(const char *utc);
void stage_free(struct stage **s);

struct stage_options {
	bool empty;              /* no session yet */
	unsigned learners;       /* 0: 2 (at most 4) */
};
/* One site, one group, learners, an instructor, a room, and a session tomorrow 09:00 to 12:00 school time; one environment for the whole school
 * with the Edusign school "ecole". */
void stage_school(struct stage *s, const struct stage_options *o);
/* A generated school instead; environments by structure id for the first `environments` sites, or the whole school for 0. */
void stage_generated(struct stage *s, const struct gen_options *g, unsigned environments);

/* Runs a flow to its end and returns its report (also s->report). Fails the test when it does not end in a virtual day. */
const struct report *stage_run(struct stage *s, enum flow_kind flow);
/* The way up of these sheets alone. */
const struct report *stage_run_only(struct stage *s, const struct texts *only);
const struct report *stage_plan(struct stage *s, enum flow_kind flow);
/* The run behind one that was held, in the first environment: its plan is answered with yes. */
const struct report *stage_run_approved(struct stage *s, enum flow_kind flow);
/* Runs it until crash_at; true: it crashed there, and everything in memory is gone; the stores were opened again. */
bool stage_run_until_crash(struct stage *s, enum flow_kind flow, unsigned at);

/* The process has died where it stands, in the middle of anything: its memory is not touched any more, and is lost. The next one finds
 * on the disk what it left there. */
void stage_abandon(struct stage *s);

void stage_advance(struct stage *s, int64_t seconds); /* time passes */
int64_t stage_now(struct stage *s);                   /* UTC seconds */
int64_t stage_at(struct stage *s, int days, int hour, int minute); /* UTC of a school time, days from the start's day */
void stage_fault(struct stage *s, const char *spec);  /* sim_fault_parse() */
void stage_server_clock(struct stage *s, int64_t ahead_s); /* the servers' clocks, against ours */
/* The store is gone, as if its disk had died. */
void stage_lose_store(struct stage *s);
/* What the store is now is put aside; and that is what it is again: a backup that was restored. */
void stage_back_up(struct stage *s);
void stage_restore(struct stage *s);

/* Requests in the ledger since the last stage_mark(). */
void stage_mark(struct stage *s);
size_t stage_writes(struct stage *s);
size_t stage_requests(struct stage *s, const char *vendor, const char *method, const char *path);
const struct issue *stage_issue(struct stage *s, const char *record, const char *field); /* of any environment; NULL: none */
struct counts stage_counts(struct stage *s, enum count_kind kind); /* over all environments */

struct ed_course *stage_sheet(struct stage *s); /* of s->session */
struct ed_student *stage_student(struct stage *s, int i);

#endif
