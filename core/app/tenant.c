#include "core/app/tenant.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/app/deeds.h"
#include "core/app/file_changes.h"
#include "core/app/chore.h"
#include "core/app/hints.h"
#include "core/app/known.h"
#include "core/app/retention.h"
#include "core/app/slots.h"
#include "core/sync/outbox.h"
#include "core/sync/state.h"
#include "tenants/keep.h"

/* Long timers are armed anew from the wall clock, at the latest now and then; when it stepped or the machine slept, tenant_kick() comes. */
#define LOOK_AGAIN_MS 3600000
#define RECENT_MOST (8u << 20)

struct answering {
	struct answer answer;
	struct tenant *tenant;
};

struct tenant {
	struct rig *rig;
	struct tenant_hooks hooks;
	struct wiring *wiring;
	struct tenant_conf *next_conf; /* a newer file, waiting for the run to end */
	char *why;                     /* of a stale file */
	bool loaded, draining, told;
	struct schedule_flow flows[FLOW_KIND_COUNT];
	int64_t due[FLOW_KIND_COUNT], due_slot[FLOW_KIND_COUNT];
	struct engine_run *run;        /* at most one of a school at a time: of two flows due together, up goes first */
	enum flow_kind running;
	int64_t running_slot;
	struct loop_timer timer;
	struct loop_task after;        /* frees an ended run outside its own callback */
	struct store *store;           /* while a job is under way */
	struct store_job job;
	unsigned job_environment;
	bool keeping;                  /* the job writes what is to last; else it reads it */
	struct window window;   /* of that environment, while a job is under way */
	struct known *known;           /* one for each environment; what is asked about most */
	unsigned known_count;
	struct tally tally;
	struct known reading;          /* the job fills it */
	int64_t letters_due;           /* so does it */
	struct list asks;              /* struct tenant_ask */
	struct retention retention;
	struct chore *chore;           /* under way, between two runs */
	struct answering *answering;   /* while one is written into the stores */
	char approved[40];             /* by the run */
	bool reported;                 /* the run has ended, and told everybody: nobody can join it any more */
	bool asked, plan_only;         /* of the run: somebody asked for it, or a webhook; it writes nothing */
	struct hints hints, hinted;    /* gathered; and those of the run under way */
	struct tenant_progress progress;
	struct load load;
	struct loop_timer sample;      /* looks at it while a run is under way */
	char by[80];                   /* who asked for the run */
	unsigned deeds;                /* that are being written into the history */
	bool paused;                   /* by a person; the file may say so too */
	struct pausing {
		struct loop_job job;
		bool busy, known;      /* it was read once */
		bool paused;           /* as it was read; or as it is to be kept */
		int error;
	} pausing;
};

static void look(struct tenant *s);
static void tell_if_gone(struct tenant *s);

static struct log_ctx ctx_of(const struct tenant *s)
{
	return (struct log_ctx){ .tenant = tenant_id(s) };
}

static void tell_changed(struct tenant *s)
{
	if (s->hooks.changed)
		s->hooks.changed(s->hooks.arg, s);
}

const char *tenant_state_name(enum tenant_state s)
{
	static const char *const names[TENANT_STATE_COUNT] = { "loading", "idle", "running", "paused", "stale", "draining" };
	return names[s];
}

const char *tenant_id(const struct tenant *s)
{
	return s->wiring->conf->id;
}

bool tenant_busy(const struct tenant *s)
{
	return s->run || s->store || s->pausing.busy || s->answering || s->deeds || s->chore;
}

bool tenant_is_paused(const struct tenant *s)
{
	return s->paused || s->wiring->conf->paused;
}

enum tenant_state tenant_state(const struct tenant *s)
{
	if (s->draining)
		return TENANT_DRAINING;
	if (s->run)
		return TENANT_RUNNING;
	if (s->why)
		return TENANT_STALE;
	if (tenant_is_paused(s))
		return TENANT_PAUSED;
	return s->loaded ? TENANT_IDLE : TENANT_LOADING;
}

const char *tenant_why(const struct tenant *s)
{
	return s->why ? s->why : "";
}

const struct tenant_conf *tenant_file(const struct tenant *s)
{
	return s->wiring->conf;
}

const struct wiring *tenant_wiring(const struct tenant *s)
{
	return s->wiring;
}

const struct tally *tenant_tally(const struct tenant *s)
{
	return &s->tally;
}

const struct load *tenant_load(const struct tenant *s)
{
	return &s->load;
}

const struct recent *tenant_recent(const struct tenant *s, unsigned environment)
{
	return environment < s->known_count && s->known[environment].arena ? &s->known[environment].recent : NULL;
}

int64_t tenant_next(const struct tenant *s, enum flow_kind flow)
{
	return s->loaded && !s->draining && !tenant_is_paused(s) ? s->due[flow] : INT64_MAX;
}

static int64_t now_of(const struct tenant *s)
{
	return loop_wall_ms(s->rig->loop) / 1000;
}

static const struct ints *times_of(const struct tenant *s, enum flow_kind flow)
{
	return flow == FLOW_UP ? &s->wiring->conf->up : &s->wiring->conf->down;
}

/* ---- what is kept, in the store ---- */

/* The school's own memory is in its first environment's store, that of an account's last minute in the account's. */
static int job_work(struct store_txn *txn, struct store_job *job)
{
	struct tenant *s = list_entry(job, struct tenant, job);
	if (s->keeping) {
		if (s->job_environment == 0)
			slots_put(txn, s->wiring->conf, s->flows);
		window_write(txn, &s->window);
		retention_work(&s->retention, txn, &s->wiring->conf->settings, s->wiring->conf->environments[s->job_environment].key, now_of(s));
	} else {
		if (s->job_environment == 0)
			slots_load(txn, s->wiring->conf, now_of(s), s->flows);
		if (s->job_environment == 0)
			file_changes_note(txn, s->wiring->conf, now_of(s));
		window_read(txn, &s->window);
	}
	if (store_txn_error(txn))
		return store_txn_error(txn);
	arena_free(&s->reading.arena);
	s->reading.arena = arena_new(RECENT_MOST);
	s->letters_due = outbox_next(txn);
	if (recent_read(txn, s->reading.arena, now_of(s), &s->reading.recent))
		arena_free(&s->reading.arena); /* what is shown stays as it was, nothing else depends on it */
	return store_txn_error(txn);
}

/* ---- what is asked for ---- */

static bool is_pause(const struct tenant_ask *ask)
{
	return ask->kind == ASK_PAUSE || ask->kind == ASK_RESUME;
}

static void finish_ask(struct tenant_ask *ask, const struct report *report, int error)
{
	list_remove(&ask->link);
	ask->done(ask, report, error);
}

/* Those that wait for what has just ended; or, with taken_only false, everybody. */
static void finish_asks(struct tenant *s, bool taken_only, const struct report *report, int error)
{
	list_each(node, tmp, &s->asks) {
		struct tenant_ask *ask = list_entry(node, struct tenant_ask, link);
		if (!taken_only || (ask->taken && !is_pause(ask)))
			finish_ask(ask, report, error);
	}
}

/* The one that waits longest: for the disk alone (a pause), or for the school to be free. */
static struct tenant_ask *waiting(struct tenant *s, bool pause)
{
	list_each(node, tmp, &s->asks) {
		struct tenant_ask *ask = list_entry(node, struct tenant_ask, link);
		if (!ask->taken && is_pause(ask) == pause)
			return ask;
	}
	return NULL;
}

static void pause_work(struct loop_job *job)
{
	struct pausing *p = list_entry(job, struct pausing, job);
	const struct tenant *s = list_entry(p, struct tenant, pausing);
	p->error = 0;
	if (p->known)
		p->error = keep_pause(stores_dir(s->rig->stores), tenant_id(s), p->paused);
	else
		p->paused = keep_is_paused(stores_dir(s->rig->stores), tenant_id(s));
}

static void pause_after(struct loop_job *job)
{
	struct pausing *p = list_entry(job, struct pausing, job);
	struct tenant *s = list_entry(p, struct tenant, pausing);
	p->busy = false;
	p->known = true;
	s->paused = p->paused;
	tell_changed(s);
	list_each(node, tmp, &s->asks) {
		struct tenant_ask *ask = list_entry(node, struct tenant_ask, link);
		if (ask->taken && is_pause(ask))
			finish_ask(ask, NULL, p->error);
	}
	tell_if_gone(s);
	look(s);
}

static void on_deed(void *arg)
{
	struct tenant *s = arg;
	s->deeds--;
	tell_changed(s);
	tell_if_gone(s);
	look(s);
}

static void write_deed(struct tenant *s, const struct tenant_ask *ask, enum deed_kind kind, const char *what)
{
	const struct deed d = { .at = now_of(s), .kind = kind, .by = str_of(ask->by), .what = str_of(what) };
	s->deeds++;
	deeds_write(s->rig, tenant_id(s), s->wiring->conf->environments[0].key, &d, on_deed, s);
}

static void start_pausing(struct tenant *s, bool paused)
{
	s->pausing.busy = true;
	s->pausing.paused = paused;
	s->pausing.job = (struct loop_job){ .work = pause_work, .after = pause_after };
	loop_job_start(s->rig->loop, &s->pausing.job);
}

/* Beside a run: who pauses a school waits for the disk, not for the run. */
static void serve_pause(struct tenant *s)
{
	struct tenant_ask *ask = waiting(s, true);
	if (!ask || s->pausing.busy || !s->loaded || s->draining)
		return;
	if (ask->kind == ASK_RESUME && s->wiring->conf->paused) {
		finish_ask(ask, NULL, ERR_CONFLICT);
		look(s);
		return;
	}
	ask->taken = true;
	s->paused = ask->kind == ASK_PAUSE;
	start_pausing(s, s->paused);
	write_deed(s, ask, ask->kind == ASK_PAUSE ? DEED_PAUSE : DEED_RESUME, NULL);
}

static void tell_if_gone(struct tenant *s)
{
	if (!s->draining || s->told || tenant_busy(s))
		return;
	s->told = true;
	finish_asks(s, false, NULL, ERR_CANCELLED);
	s->hooks.gone(s->hooks.arg, s);
}

static void start_job(struct tenant *s);

static void job_after(struct store_job *job)
{
	struct tenant *s = list_entry(job, struct tenant, job);
	const char *key = s->wiring->conf->environments[s->job_environment].key;
	struct log_ctx ctx = { .tenant = tenant_id(s), .environment = key };
	store_unref(&s->store);
	if (job->error) /* runs go on; at worst a slot is done once more, which writes nothing */
		log_error("daemon", &ctx, "the slots cannot be kept", "error=«%s» detail=«%s»", err_text(job->error), job->detail);
	else if (!s->keeping)
		window_give(s->wiring->edusign[s->job_environment], &s->window);
	if (!job->error)
		known_take(s->known, s->job_environment, &s->reading);
	if (!job->error && s->letters_due && s->hooks.letters)
		s->hooks.letters(s->hooks.arg, s, key, s->letters_due);
	if (++s->job_environment < s->wiring->conf->settings.environment_count) {
		start_job(s);
		return;
	}
	window_clear(&s->window);
	s->loaded = true;
	if (s->keeping)
		retention_done(&s->retention, s->wiring->conf->settings.zone, now_of(s));
	tell_changed(s);
	if (s->draining) {
		tell_if_gone(s);
		return;
	}
	look(s);
}

static void start_job(struct tenant *s)
{
	window_clear(&s->window);
	if (s->keeping)
		(void)!window_keeper_rest(s->wiring->keepers[s->job_environment], &s->window);
	s->store = store_ref(s->rig->stores, tenant_id(s), s->wiring->conf->environments[s->job_environment].key);
	s->job = (struct store_job){ .write = true, .work = job_work, .after = job_after };
	store_submit(s->store, &s->job);
}

/* One environment after the other. */
static void start_jobs(struct tenant *s, bool keeping)
{
	s->keeping = keeping;
	s->job_environment = 0;
	start_job(s);
}

/* ---- a store that is made anew ---- */

static void aside_after(struct store_job *job)
{
	struct tenant *s = list_entry(job, struct tenant, job);
	store_unref(&s->store);
	list_each(node, tmp, &s->asks) {
		struct tenant_ask *ask = list_entry(node, struct tenant_ask, link);
		if (!ask->taken || ask->kind != ASK_REBUILD)
			continue;
		snprintf(ask->detail, sizeof(ask->detail), "%s", job->detail);
		if (!job->error)
			write_deed(s, ask, DEED_REBUILD, s->wiring->conf->environments[s->job_environment].key);
		finish_ask(ask, NULL, job->error);
	}
	if (job->error) {
		tell_if_gone(s);
		look(s);
		return;
	}
	struct log_ctx ctx = { .tenant = tenant_id(s), .environment = s->wiring->conf->environments[s->job_environment].key };
	log_notice("daemon", &ctx, "a store was put aside, the next run makes it anew", "file=«%s»", job->detail);
	arena_free(&s->known[s->job_environment].arena);
	start_jobs(s, true);
}

/* No run of the school is under way: none holds what it read there. */
static void start_rebuild(struct tenant *s, struct tenant_ask *ask)
{
	const struct tenant_conf *c = s->wiring->conf;
	unsigned i = 0;
	while (i < c->settings.environment_count && strcmp(c->environments[i].key, ask->environment) != 0)
		i++;
	if (i == c->settings.environment_count) {
		finish_ask(ask, NULL, ERR_NOT_FOUND);
		loop_timer_start(s->rig->loop, &s->timer, 0);
		return;
	}
	ask->taken = true;
	s->job_environment = i;
	s->store = store_ref(s->rig->stores, tenant_id(s), c->environments[i].key);
	s->job = (struct store_job){ .after = aside_after };
	store_set_aside(s->store, &s->job);
}

/* ---- a held plan's answer ---- */

static struct tenant_ask *answered_ask(struct tenant *s)
{
	list_each(node, tmp, &s->asks) {
		struct tenant_ask *ask = list_entry(node, struct tenant_ask, link);
		if (ask->taken && (ask->kind == ASK_APPROVE || ask->kind == ASK_DISCARD))
			return ask;
	}
	return NULL;
}

/* Approved: the run that does it comes next. Who asked and has left leaves it to the next run that is due. */
static void on_answered(struct answer *a)
{
	struct tenant *s = list_entry(a, struct answering, answer)->tenant;
	struct tenant_ask *ask = answered_ask(s);
	if (ask && a->error == 0 && ask->kind == ASK_APPROVE) {
		ask->kind = ASK_SYNC;
		ask->flow = a->held.flow;
		ask->approved = ask->plan;
		ask->taken = s->draining; /* tell_if_gone() then answers it */
	} else if (ask) {
		ask->answer = a;
		finish_ask(ask, NULL, a->error);
	}
	bool changed = a->error == 0;
	answer_deinit(a);
	free(s->answering);
	s->answering = NULL;
	if (s->draining)
		tell_if_gone(s);
	else if (changed)
		start_jobs(s, true); /* what is shown of the stores is read again */
	else
		look(s);
}

static void start_answer(struct tenant *s, struct tenant_ask *ask)
{
	ask->taken = true;
	s->answering = xcalloc(1, sizeof(*s->answering));
	s->answering->tenant = s;
	answer_init(&s->answering->answer, s->rig, s->wiring->conf, ask->kind == ASK_APPROVE ? HELD_APPROVED : HELD_DISCARDED, ask->plan, ask->by, ask->why);
	s->answering->answer.done = on_answered;
	answer_start(&s->answering->answer);
}

/* ---- a chore ---- */

/* What is shown of the stores is read again, and what only this process knows of slots is written into them. */
static void on_chore(struct chore *c)
{
	struct tenant *s = c->owner;
	s->chore = NULL;
	list_each(node, tmp, &s->asks) {
		struct tenant_ask *ask = list_entry(node, struct tenant_ask, link);
		if (ask->taken && ask->chore == c)
			finish_ask(ask, NULL, 0);
	}
	if (s->draining)
		tell_if_gone(s);
	else
		start_jobs(s, true);
}

static void start_chore(struct tenant *s, struct tenant_ask *ask)
{
	ask->taken = true;
	s->chore = ask->chore;
	s->chore->owner = s;
	s->chore->done = on_chore;
	chore_start(s->chore, s->wiring);
}

/* ---- runs ---- */

static void take_next_conf(struct tenant *s)
{
	if (!s->next_conf || s->run)
		return;
	struct buf why;
	buf_init(&why, 4000);
	struct wiring *fresh = NULL;
	struct tenant_conf *conf = s->next_conf;
	s->next_conf = NULL;
	if (wiring_open(s->rig, conf, &fresh, &why)) {
		tenant_stale(s, why.p ? why.p : "an account cannot be connected");
	} else {
		struct wiring *old = s->wiring;
		load_moved(&s->load);
		s->wiring = fresh;
		wiring_keep_windows(s->wiring);
		known_fit(&s->known, &s->known_count, old->conf, s->wiring->conf);
		wiring_close(&old);
		tenant_stale(s, NULL);
		s->loaded = false;
	}
	buf_deinit(&why);
}

static void on_after(struct loop_task *t)
{
	struct tenant *s = list_entry(t, struct tenant, after);
	loop_timer_stop(s->rig->loop, &s->sample);
	load_look(&s->load, s->wiring, now_of(s));
	engine_free(&s->run);
	start_jobs(s, true); /* job_after() looks further: at a newer file, at what is due */
}

static void on_done(void *arg, const struct report *report)
{
	struct tenant *s = arg;
	struct log_ctx ctx = ctx_of(s);
	struct schedule_flow *f = &s->flows[s->running];
	const char *why = "";
	for (unsigned i = 0; i < report->environment_count && !why[0]; i++)
		why = report->environments[i].error.what;
	tally_run(&s->tally, report);
	s->reported = true;
	if (s->asked) {
		hints_clear(&s->hinted);
		finish_asks(s, true, report, 0);
		s->hooks.ended(s->hooks.arg, s, s->running, report);
		loop_defer(s->rig->loop, &s->after);
		return;
	}
	f->failures = report->result == RESULT_FAILED ? (f->slot == s->running_slot ? f->failures : 0) + 1 : 0;
	f->slot = s->running_slot;
	f->ended = now_of(s);
	if (report->result == RESULT_FAILED)
		log_warning("daemon", &ctx, "a run failed and is tried again", "flow=%s failures=%u why=«%s»", flow_kind_name(s->running), f->failures, why);
	else
		log_info("daemon", &ctx, "a run ended", "flow=%s result=%s", flow_kind_name(s->running), result_name(report->result));
	finish_asks(s, true, report, 0);
	s->hooks.ended(s->hooks.arg, s, s->running, report);
	loop_defer(s->rig->loop, &s->after);
}

static void on_progress(void *arg, const char *environment, const char *step, unsigned done, unsigned all)
{
	struct tenant *s = arg;
	struct tenant_progress *p = &s->progress;
	snprintf(p->environment, sizeof(p->environment), "%s", environment ? environment : "");
	snprintf(p->step, sizeof(p->step), "%s", step);
	p->done = done;
	p->all = all;
	tell_changed(s);
	list_each(node, tmp, &s->asks) {
		struct tenant_ask *ask = list_entry(node, struct tenant_ask, link);
		if (ask->taken && ask->progress)
			ask->progress(ask, p);
	}
}

static bool joins(const struct tenant *s, const struct tenant_ask *ask)
{
	return s->run && !s->reported && !s->plan_only && !s->hinted.arena && ask->kind == ASK_SYNC && !ask->approved && ask->flow == s->running;
}

/* ask: who asks for it; NULL: it is due, or what webhooks said is. */
static void start_run(struct tenant *s, enum flow_kind flow, struct tenant_ask *ask)
{
	s->running = flow;
	s->asked = ask != NULL || s->hinted.arena;
	s->reported = false;
	s->plan_only = ask && ask->kind == ASK_PLAN;
	s->progress = (struct tenant_progress){ .done = 0 };
	if (ask)
		ask->taken = true;
	snprintf(s->approved, sizeof(s->approved), "%s", ask && ask->approved ? ask->approved : "");
	snprintf(s->by, sizeof(s->by), "%s", ask && ask->by ? ask->by : s->hinted.arena ? "webhook" : "");
	s->running_slot = s->due_slot[flow];
	struct engine_options o = { .flow = &s->rig->flow,
		                    .stores = s->rig->stores,
		                    .settings = &s->wiring->conf->settings,
		                    .kind = flow,
		                    .plan_only = s->plan_only,
		                    .kept_will_do = !ask,
		                    .approved = s->approved[0] ? s->approved : NULL,
		                    .by = s->by,
		                    .explain = ask && s->plan_only ? ask->explain : NULL,
		                    .only = s->hinted.arena ? hints_sheets(&s->hinted) : NULL,
		                    .progress = on_progress,
		                    .progress_arg = s,
		                    .memory = s->rig->conf->memory_per_run,
		                    .done = on_done,
		                    .arg = s };
	s->run = engine_start(&o);
	loop_timer_start(s->rig->loop, &s->sample, 0);
	s->hooks.started(s->hooks.arg, s);
	tell_changed(s);
	list_each(node, tmp, &s->asks) {
		struct tenant_ask *other = list_entry(node, struct tenant_ask, link);
		if (!other->taken && joins(s, other))
			other->taken = true;
	}
}

/* What is due? Starts it, or arms the timer for what comes first. */
static void look(struct tenant *s)
{
	static const enum flow_kind order[] = { FLOW_UP, FLOW_DOWN };
	serve_pause(s);
	if (s->draining || tenant_busy(s))
		return;
	take_next_conf(s);
	if (!s->pausing.known) {
		start_pausing(s, false);
		return;
	}
	if (!s->loaded) {
		start_jobs(s, false);
		return;
	}
	struct tenant_ask *ask = waiting(s, false);
	if (ask && ask->kind == ASK_REBUILD) {
		start_rebuild(s, ask);
		return;
	}
	if (ask && ask->kind == ASK_CHORE) {
		start_chore(s, ask);
		return;
	}
	if (ask && (ask->kind == ASK_APPROVE || ask->kind == ASK_DISCARD)) {
		start_answer(s, ask);
		return;
	}
	if (ask) {
		if (s->hooks.may_start(s->hooks.arg))
			start_run(s, ask->flow, ask);
		return; /* else tenant_kick() comes */
	}
	const struct tenant_conf *c = s->wiring->conf;
	int64_t now = now_of(s), first = INT64_MAX;
	uint32_t spread = schedule_spread(c->id, c->spread_minutes);
	for (size_t i = 0; i < 2; i++) {
		enum flow_kind flow = order[i];
		s->due[flow] = schedule_due(c->settings.zone, times_of(s, flow), spread, &s->flows[flow], now, &s->due_slot[flow]);
		if (s->due[flow] < first)
			first = s->due[flow];
	}
	if (tenant_is_paused(s))
		first = INT64_MAX;
	if (first <= now) {
		if (s->hooks.may_start(s->hooks.arg))
			start_run(s, s->due[FLOW_UP] <= now ? FLOW_UP : FLOW_DOWN, NULL);
		return; /* else tenant_kick() comes */
	}
	if (retention_due(&s->retention, c->settings.zone, now)) {
		start_jobs(s, true);
		return;
	}
	int64_t mono = loop_mono_ms(s->rig->loop), hinted = tenant_is_paused(s) ? INT64_MAX : hints_due(&s->hints);
	if (hinted <= mono) {
		if (s->hooks.may_start(s->hooks.arg)) {
			s->hinted = hints_take(&s->hints, mono);
			start_run(s, FLOW_UP, NULL);
		}
		return; /* else tenant_kick() comes */
	}
	int64_t wait = first == INT64_MAX || first - now > LOOK_AGAIN_MS / 1000 ? LOOK_AGAIN_MS : (first - now) * 1000;
	if (hinted - mono < wait)
		wait = hinted - mono;
	loop_timer_start(s->rig->loop, &s->timer, wait);
}

bool tenant_hint(struct tenant *s, struct str sheet)
{
	if (s->draining || !s->wiring->conf->realtime)
		return false;
	hints_add(&s->hints, sheet, loop_mono_ms(s->rig->loop));
	look(s);
	return true;
}

static void on_sample(struct loop_timer *t)
{
	struct tenant *s = list_entry(t, struct tenant, sample);
	load_look(&s->load, s->wiring, now_of(s));
	loop_timer_start(s->rig->loop, t, LOAD_LOOK_MS);
}

static void on_timer(struct loop_timer *t)
{
	look(list_entry(t, struct tenant, timer));
}

void tenant_kick(struct tenant *s)
{
	look(s);
}

/* ---- life ---- */

struct tenant *tenant_new(struct rig *rig, struct tenant_conf *conf, const struct tenant_hooks *hooks, struct buf *why)
{
	struct wiring *wiring = NULL;
	if (wiring_open(rig, conf, &wiring, why))
		return NULL;
	struct tenant *s = xcalloc(1, sizeof(*s));
	s->rig = rig;
	s->hooks = *hooks;
	s->wiring = wiring;
	wiring_keep_windows(s->wiring);
	known_fit(&s->known, &s->known_count, NULL, s->wiring->conf);
	tally_init(&s->tally);
	list_init(&s->asks);
	loop_timer_init(&s->timer, on_timer);
	loop_timer_init(&s->sample, on_sample);
	loop_task_init(&s->after, on_after);
	loop_timer_start(rig->loop, &s->timer, 0);
	return s;
}

void tenant_free(struct tenant **tenant)
{
	struct tenant *s = *tenant;
	if (!s)
		return;
	REQUIRE(!tenant_busy(s));
	loop_timer_stop(s->rig->loop, &s->timer);
	loop_timer_stop(s->rig->loop, &s->sample);
	load_deinit(&s->load);
	loop_task_cancel(&s->after);
	known_free(s->known, s->known_count);
	arena_free(&s->reading.arena);
	hints_clear(&s->hints);
	hints_clear(&s->hinted);
	wiring_close(&s->wiring);
	tenant_conf_free(&s->next_conf);
	free(s->why);
	free(s);
	*tenant = NULL;
}

void tenant_change(struct tenant *s, struct tenant_conf *conf)
{
	tenant_conf_free(&s->next_conf);
	s->next_conf = conf;
	tenant_kick(s);
}

void tenant_stale(struct tenant *s, const char *mistakes)
{
	free(s->why);
	s->why = mistakes ? xstrdup(mistakes) : NULL;
	tell_changed(s);
}

void tenant_ask(struct tenant *s, struct tenant_ask *ask)
{
	list_append(&s->asks, &ask->link);
	ask->taken = joins(s, ask);
	if (!ask->taken)
		loop_timer_start(s->rig->loop, &s->timer, 0); /* done() never comes from inside this call */
}

void tenant_ask_cancel(struct tenant_ask *ask)
{
	list_remove(&ask->link);
}

const struct tenant_progress *tenant_progress(const struct tenant *s)
{
	return s->run ? &s->progress : NULL;
}

void tenant_drain(struct tenant *s)
{
	s->draining = true;
	loop_timer_stop(s->rig->loop, &s->timer);
	list_each(node, tmp, &s->asks) {
		struct tenant_ask *ask = list_entry(node, struct tenant_ask, link);
		if (!ask->taken)
			finish_ask(ask, NULL, ERR_CANCELLED);
	}
	tell_if_gone(s);
}

void tenant_cancel(struct tenant *s)
{
	if (s->run)
		engine_cancel(s->run);
}
