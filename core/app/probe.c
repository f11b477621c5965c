#include "core/app/probe.h"

#include <string.h>

/* One call of a list: asked, judged, written down. */
struct probing {
	struct wiring *wiring;
	struct buf *out;
	unsigned refused, environment;
	const char *who; /* "ypareo", "edusign structure-12" */
	int32_t today;
	struct ints periods;
	int64_t period, group;
	struct items sink;
	struct school school;
};

static const struct planning_port *ypareo(const struct probing *p)
{
	return p->wiring->conf->settings.ypareo;
}

static const struct attendance_port *edusign(const struct probing *p)
{
	return p->wiring->conf->environments[p->environment].edusign;
}

static bool nobody(void *arg, int64_t code)
{
	(void)arg;
	(void)code;
	return false;
}

/* What was answered; a refusal ends nothing, the others are tried too. */
static enum verdict heard(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	buf_printf(p->out, "  %s %s: %s\n", p->who, run_step_name(run), fault_is(&x->fault) ? x->fault.what : "good");
	p->refused += fault_is(&x->fault);
	memset(&x->fault, 0, sizeof(x->fault));
	return STEP_NEXT;
}

static enum verdict ask_sites(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	ypareo(p)->sites(ypareo(p)->self, x, run_arena(run), &p->sink);
	return STEP_NEXT;
}

static enum verdict ask_periods(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	p->sink = (struct items){NULL, 0};
	ypareo(p)->periods(ypareo(p)->self, x, run_arena(run), &p->sink);
	return STEP_NEXT;
}

static enum verdict got_periods(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	const struct period *all = p->sink.v;
	for (size_t i = 0; i < p->sink.n; i++)
		if (all[i].first <= p->today && p->today <= all[i].last)
			p->period = all[i].code;
	if (!p->period && p->sink.n)
		p->period = all[p->sink.n - 1].code;
	p->periods = (struct ints){&p->period, 1};
	return heard(run, x);
}

static enum verdict ask_groups(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	p->sink = (struct items){NULL, 0};
	ypareo(p)->groups(ypareo(p)->self, x, run_arena(run), p->periods, &p->sink);
	return STEP_NEXT;
}

static enum verdict got_groups(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	if (p->sink.n)
		p->group = ((const struct group *)p->sink.v)[0].code;
	return heard(run, x);
}

static enum verdict ask_planning(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	p->sink = (struct items){NULL, 0};
	if (!p->group)
		return STEP_SKIP;
	ypareo(p)->planning(ypareo(p)->self, x, run_arena(run), p->wiring->conf->settings.zone, p->today, p->today,
	                    p->group, &p->sink);
	return STEP_NEXT;
}

static enum verdict ask_learners(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	p->sink = (struct items){NULL, 0};
	ypareo(p)->learners(ypareo(p)->self, x, run_arena(run), p->periods, nobody, NULL, &p->sink);
	return STEP_NEXT;
}

static enum verdict ask_instructors(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	p->sink = (struct items){NULL, 0};
	ypareo(p)->instructors(ypareo(p)->self, x, run_arena(run), nobody, NULL, &p->sink);
	return STEP_NEXT;
}

static enum verdict ask_reasons(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	p->sink = (struct items){NULL, 0};
	ypareo(p)->reasons(ypareo(p)->self, x, run_arena(run), &p->sink);
	return STEP_NEXT;
}

static enum verdict ask_absences(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	p->sink = (struct items){NULL, 0};
	ypareo(p)->absences(ypareo(p)->self, x, run_arena(run), p->today, p->today, nobody, NULL, &p->sink);
	return STEP_NEXT;
}

static enum verdict ask_payroll(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	p->sink = (struct items){NULL, 0};
	if (!p->wiring->conf->settings.instructor_attendance)
		return STEP_SKIP;
	ypareo(p)->payroll(ypareo(p)->self, x, run_arena(run), p->today, p->today, &p->sink);
	return STEP_NEXT;
}

#define READ(step_name, ask_fn, got_fn)                                                                              \
	{                                                                                                            \
		.kind = STEP_HTTP, .name = step_name, .effect = FETCH_READ, .ask = ask_fn, .got = got_fn             \
	}
static const struct step ypareo_list[] = {
        READ("sites", ask_sites, heard),
        READ("periods", ask_periods, got_periods),
        READ("groups", ask_groups, got_groups),
        READ("planning", ask_planning, heard),
        READ("learners", ask_learners, heard),
        READ("instructors", ask_instructors, heard),
        READ("absence-reasons", ask_reasons, heard),
        READ("absences", ask_absences, heard),
        READ("instructor-attendance", ask_payroll, heard),
        STEP_END,
};

static enum verdict ask_school(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	edusign(p)->school(edusign(p)->self, x, run_arena(run), &p->school);
	return STEP_NEXT;
}

static enum verdict ask_sheets(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	struct sheets_query q = {.first = p->today, .last = p->today};
	p->sink = (struct items){NULL, 0};
	edusign(p)->sheets(edusign(p)->self, x, run_arena(run), &q, &p->sink);
	return STEP_NEXT;
}

static const struct step edusign_list[] = {
        READ("school", ask_school, heard),
        READ("sheets", ask_sheets, heard),
        STEP_END,
};

static void ended(struct run *run, void *arg)
{
	(void)run;
	loop_stop(arg);
}

static void go(struct probing *p, const struct step *list)
{
	struct run_options options = {.tenant = p->wiring->conf->id, .id = "probe"};
	struct loop *loop = p->wiring->rig->loop;
	struct run *run = run_new(&p->wiring->rig->flow, list, p, &options);
	run_start(run, ended, loop);
	loop_run(loop);
	if (fault_is(run_fault(run))) {
		buf_printf(p->out, "  %s: %s\n", p->who, run_fault(run)->what);
		p->refused++;
	}
	run_free(&run);
}

unsigned probe_school(struct wiring *wiring, struct buf *out)
{
	const struct settings *s = &wiring->conf->settings;
	struct probing p = {.wiring = wiring, .out = out, .who = "ypareo"};
	p.today = tz_from_utc(s->zone, loop_wall_ms(wiring->rig->loop) / 1000).day;
	go(&p, ypareo_list);
	for (unsigned i = 0; i < s->environment_count; i++) {
		p.environment = i;
		p.who = arena_printf(wiring->conf->arena, "edusign %s", s->environments[i].key);
		go(&p, edusign_list);
	}
	return p.refused;
}
