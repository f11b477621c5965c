#include "core/app/probe.h"

#include <string.h>

#include "core/sync/reasons.h"

/* One call of a list: asked, judged, written down. */
struct probing {
	struct wiring *wiring;
	struct buf *out;
	unsigned refused, environment;
	const char *who; /* "ypareo", "edusign structure-12" */
	int32_t today;
	struct ints periods;
	int64_t period, group, company;
	struct items sink;
	struct map *by_code;
	struct school school;
	struct account tutor;
	struct items reasons, theirs; /* Yparéo's, Edusign's */
	bool reasons_read, theirs_read;
};

#define SLOW_MS 5000

/* What does not work without a call, as the school's file says it; calls that are not here are needed by every
 * school. */
static const struct {
	const char *step, *choice;
} choices[] = {
        {"accounts", "ypareo.email with the pro address"},
        {"rooms", "rooms on sheets (they keep what they show)"},
        {"trainings", "the training's name of a learner"},
        {"contracts", "the company of a learner, options.tutors"},
        {"companies", "the company of a learner"},
        {"contacts", "options.tutors"},
        {"tutors", "options.tutors"},
        {"absence-reasons", "checking and matching of absence reasons"},
        {"instructor-attendance", "options.instructor_attendance (export payroll does)"},
        {"justifications", "options.send_reasons"},
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

static void tell_choice(struct probing *p, const char *step, bool refused)
{
	const char *choice = "the synchronisation";
	for (size_t i = 0; i < sizeof(choices) / sizeof(choices[0]); i++)
		if (strcmp(choices[i].step, step) == 0)
			choice = choices[i].choice;
	bool ypareos = strcmp(p->who, "ypareo") == 0;
	buf_printf(p->out, "    without it this does not work: %s%s\n", choice,
	           !refused  ? ""
	           : ypareos ? "; tick the call for this key's account among Yparéo's web services"
	                     : "; give the token this right in Edusign");
}

/* What was answered; a refusal ends nothing, the others are tried too. */
static enum verdict heard(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	int64_t ms = x->reply.ended_ms - x->reply.started_ms;
	if (!fault_is(&x->fault) && ms < SLOW_MS) {
		buf_printf(p->out, "  %s %s: allowed\n", p->who, run_step_name(run));
		return STEP_NEXT;
	}
	if (!fault_is(&x->fault)) {
		buf_printf(p->out, "  %s %s: allowed, and slow: %lld s\n", p->who, run_step_name(run),
		           (long long)ms / 1000);
		return STEP_NEXT;
	}
	bool missing = x->fault.http_status == 404 || x->fault.http_status == 405;
	buf_printf(p->out, "  %s %s: %s: %s\n", p->who, run_step_name(run),
	           x->fault.class == FAULT_AUTH ? "refused"
	           : missing                    ? "missing"
	                                        : "failed",
	           x->fault.what);
	tell_choice(p, run_step_name(run), x->fault.class == FAULT_AUTH);
	p->refused++;
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
	p->reasons = (struct items){NULL, 0};
	ypareo(p)->reasons(ypareo(p)->self, x, p->wiring->conf->arena, &p->reasons);
	return STEP_NEXT;
}

static enum verdict got_reasons(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	p->reasons_read = !fault_is(&x->fault);
	return heard(run, x);
}

static enum verdict ask_rooms(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	p->sink = (struct items){NULL, 0};
	ypareo(p)->rooms(ypareo(p)->self, x, run_arena(run), &p->sink);
	return STEP_NEXT;
}

static enum verdict ask_trainings(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	p->sink = (struct items){NULL, 0};
	ypareo(p)->trainings(ypareo(p)->self, x, run_arena(run), &p->sink);
	return STEP_NEXT;
}

static enum verdict ask_accounts(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	if (p->wiring->conf->settings.email == EMAIL_NORMAL)
		return STEP_SKIP;
	p->by_code = map_new_int(run_arena(run));
	ypareo(p)->learner_accounts(ypareo(p)->self, x, run_arena(run), p->by_code);
	return STEP_NEXT;
}

/* A company whose contacts can be asked for. */
static void note_contract(void *arg, const struct contract *c)
{
	struct probing *p = arg;
	if (c->tutor)
		p->company = c->company;
}

static enum verdict ask_contracts(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	ypareo(p)->contracts(ypareo(p)->self, x, p->periods, p->today, note_contract, p);
	return STEP_NEXT;
}

static void no_company(void *arg, int64_t code, struct str name)
{
	(void)arg;
	(void)code;
	(void)name;
}

static enum verdict ask_companies(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	ypareo(p)->companies(ypareo(p)->self, x, no_company, NULL);
	return STEP_NEXT;
}

static enum verdict ask_contacts(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	p->sink = (struct items){NULL, 0};
	if (!p->wiring->conf->settings.tutors || !p->company)
		return STEP_SKIP;
	ypareo(p)->contacts(ypareo(p)->self, x, run_arena(run), p->company, &p->sink);
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
        READ("rooms", ask_rooms, heard),
        READ("trainings", ask_trainings, heard),
        READ("accounts", ask_accounts, heard),
        READ("contracts", ask_contracts, heard),
        READ("companies", ask_companies, heard),
        READ("contacts", ask_contacts, heard),
        READ("absence-reasons", ask_reasons, got_reasons),
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

static enum verdict ask_theirs(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	p->theirs = (struct items){NULL, 0};
	if (!p->wiring->conf->settings.send_reasons)
		return STEP_SKIP;
	edusign(p)->absence_reasons(edusign(p)->self, x, p->wiring->conf->arena, &p->theirs);
	return STEP_NEXT;
}

static enum verdict got_theirs(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	p->theirs_read = !fault_is(&x->fault);
	return heard(run, x);
}

static enum verdict ask_justifications(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	p->sink = (struct items){NULL, 0};
	if (!p->wiring->conf->settings.send_reasons)
		return STEP_SKIP;
	edusign(p)->justifications(edusign(p)->self, x, run_arena(run), 0, &p->sink);
	return STEP_NEXT;
}

/* Nobody's address: what counts is whether it may be asked. */
static enum verdict ask_tutors(struct run *run, struct exchange *x)
{
	struct probing *p = run_state(run);
	if (!p->wiring->conf->settings.tutors)
		return STEP_SKIP;
	edusign(p)->person_by_email(edusign(p)->self, x, run_arena(run), PERSON_TUTOR, STR("nobody@passerelle.invalid"), &p->tutor);
	return STEP_NEXT;
}

static const struct step edusign_list[] = {
        READ("school", ask_school, heard),
        READ("sheets", ask_sheets, heard),
        READ("tutors", ask_tutors, heard),
        READ("reasons", ask_theirs, got_theirs),
        READ("justifications", ask_justifications, heard),
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

/* ---- reasons of absence: what is on either side, and what stands for what ---- */

static void check_code(struct probing *p, const char *key, int64_t code)
{
	const struct reason *r = reasons_find(&p->reasons, code);
	buf_printf(p->out, "  reason %s %lld: ", key, (long long)code);
	if (r) {
		buf_printf(p->out, "%.*s\n", STR_ARG(r->name));
		return;
	}
	buf_addz(p->out,
	         "Yparéo lists none of this code, and absences with it are not sent: put one that it lists into "
	         "options.absence_reasons\n");
	p->refused++;
}

static void check_reasons(struct probing *p)
{
	const struct settings *s = &p->wiring->conf->settings;
	if (!p->reasons_read || p->reasons.n == 0)
		return;
	check_code(p, "unjustified", s->reason_unjustified);
	check_code(p, "justified", s->reason_justified);
	check_code(p, "late", s->reason_late);
	for (unsigned i = 0; i < s->reason_count; i++)
		check_code(p, arena_printf(p->wiring->conf->arena, "map \"%.*s\"", STR_ARG(s->reasons[i].key)),
		           s->reasons[i].reason);
}

/* Edusign's reasons, each with the one that it becomes; those of Yparéo that nothing becomes come last. */
static void show_matches(struct probing *p)
{
	static const char *const how_text[] = {"mapped", "same name", "none: sent as plainly justified",
	                                       "mapped onto a code that Yparéo does not list"};
	const struct settings *s = &p->wiring->conf->settings;
	struct arena *arena = p->wiring->conf->arena;
	struct map *used = map_new_int(arena);
	const struct reason *theirs = p->theirs.v, *ours = p->reasons.v;
	if (!p->theirs_read || !p->reasons_read)
		return;
	for (size_t i = 0; i < p->theirs.n; i++) {
		enum reasons_how how;
		int64_t code = reasons_match(s, arena, theirs[i].code, theirs[i].name, &p->reasons, true, &how);
		const struct reason *r = reasons_find(&p->reasons, code);
		buf_printf(p->out, "  %s reason %lld %.*s -> ", p->who, (long long)theirs[i].code,
		           STR_ARG(theirs[i].name));
		if (r)
			buf_printf(p->out, "%lld %.*s (%s)\n", (long long)code, STR_ARG(r->name), how_text[how]);
		else
			buf_printf(p->out, "%s\n", how_text[how]);
		if (code)
			map_put(used, code, p);
	}
	for (size_t i = 0; i < p->reasons.n; i++)
		if (ours[i].justified && !ours[i].retired && !map_get(used, ours[i].code) &&
		    ours[i].code != s->reason_justified)
			buf_printf(p->out, "  ypareo reason %lld %.*s: no reason of %s becomes it\n",
			           (long long)ours[i].code, STR_ARG(ours[i].name), p->who);
}

unsigned probe_school(struct wiring *wiring, struct buf *out)
{
	const struct settings *s = &wiring->conf->settings;
	struct probing p = {.wiring = wiring, .out = out, .who = "ypareo"};
	p.today = tz_from_utc(s->zone, loop_wall_ms(wiring->rig->loop) / 1000).day;
	go(&p, ypareo_list);
	check_reasons(&p);
	for (unsigned i = 0; i < s->environment_count; i++) {
		p.environment = i;
		p.who = arena_printf(wiring->conf->arena, "edusign %s", s->environments[i].key);
		p.theirs_read = false;
		go(&p, edusign_list);
		if (s->send_reasons)
			show_matches(&p);
	}
	return p.refused;
}
