#include "tests/world/simulate_p.h"

#include <stdio.h>
#include <string.h>

/* What goes wrong with requests, and how the vendors' open questions are answered. */

static const char *const requests[] = {
        "::",
        "edusign::",
        "ypareo::",
        "edusign:GET:",
        "ypareo:GET:",
        "edusign:POST:",
        "edusign:POST:/v1/course*",
        "edusign:POST:/v1/student*",
        "edusign:POST:/v1/professor*",
        "edusign:PATCH:",
        "edusign:PUT:",
        "edusign:DELETE:",
        "ypareo:GET:/r/v1/planning*",
        "ypareo:POST:/r/v1/absences*",
        "ypareo:PUT:/r/v1/absences*",
        "ypareo:DELETE:/r/v1/absences*",
        "ypareo:PUT:/r/v1/emargements*",
};
static const char *const kinds[] = {
        "reset-before", "reset-after", "hang",  "hang-after", "status",      "status-after", "quota",   "truncate",
        "cut-json",     "empty",       "garbage", "late-effect", "refuse",   "latency",      "forbidden", "redirect",
};
/* A list whose last half is missing is well-formed: once for Yparéo's planning, whose removals are read twice. */
static const char *const partial[] = {
        "drop-records:ypareo:GET:/r/v1/planning*:count=1",
        "drop-records:edusign:GET:/v1/course:count=2",
        "drop-records:edusign:GET:/v1/student:count=2",
        "drop-records:edusign:GET:/v1/professor:count=2",
};
static const int statuses[] = {500, 502, 503, 504};
#define PICK(m, list) (list)[simulate__draw((m), sizeof(list) / sizeof((list)[0]))]

static void add_fault(struct simulation *m, const char *spec)
{
	simulate__say(m, "fault %s", spec);
	stage_fault(m->stage, spec);
}

/* Saturdays from 16:00 to 22:00 (UTC+1), as the vendor announces. */
static void maintenance(struct simulation *m)
{
	int64_t at = stage_now(m->stage) + 3600;
	if (at / 86400 % 7 == 2 && at % 86400 >= 16 * 3600 && at % 86400 <= 22 * 3600)
		add_fault(m, "status:edusign:::count=60:status=503");
}

void simulate__trouble(struct simulation *m)
{
	maintenance(m);
	if (simulate__one_in(m, 10)) /* within what is borne, and beyond: removals are held then */
		stage_server_clock(m->stage, (int64_t)simulate__draw(m, 1200) - 600);
	m->stage->e->per_minute = simulate__one_in(m, 6) ? 30 + simulate__draw(m, 300) : 480;
	if (simulate__one_in(m, 6))
		add_fault(m, PICK(m, partial));
	for (unsigned n = simulate__draw(m, 4); n; n--) {
		char spec[200];
		const char *request = PICK(m, requests), *kind = PICK(m, kinds);
		int status = PICK(m, statuses);
		unsigned skip = simulate__one_in(m, 2) ? simulate__draw(m, 6) : simulate__draw(m, 120);
		unsigned count = simulate__one_in(m, 8) ? 30 : 1 + simulate__draw(m, 3);
		/* within the minute after which a write that is not there is believed lost */
		unsigned ms = 1000 * (1 + simulate__draw(m, 50));
		snprintf(spec, sizeof(spec), "%s:%s:skip=%u:count=%u:ms=%u:status=%d%s", kind, request, skip, count,
		         ms, status, strcmp(kind, "garbage") == 0 ? ":body=<html>Maintenance</html>" : "");
		add_fault(m, spec);
	}
}

void simulate__calm(struct simulation *m)
{
	sim_faults_clear(m->stage->sim);
	stage_server_clock(m->stage, 0);
	m->stage->e->per_minute = 480;
}

void simulate__questions(struct simulation *m)
{
	for (int i = 0; i < SIM_SWITCH_COUNT; i++) {
		bool on = simulate__one_in(m, 8);
		sim_set(m->stage->sim, (enum sim_switch)i, on);
		if (on)
			simulate__say(m, "switch %s", sim_switch_name((enum sim_switch)i));
	}
	if (m->stage->settings.tutors) /* what is not kept is tried again with each run */
		sim_set(m->stage->sim, SIM_NO_FOLLOWERS, false);
}
