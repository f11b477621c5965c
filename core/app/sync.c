#include "core/app/sync.h"

#include <signal.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include "core/app/postman.h"

#define LETTERS_MS 60000

static void on_done(void *arg, const struct report *report)
{
	struct sync *s = arg;
	s->report = report;
	loop_stop(s->rig->loop);
}

/* Signal watchers live as long as the loop, runs do not. */
static struct sync *current;

static void on_signal(void *arg, int signum)
{
	(void)arg;
	if (!current || !current->engine)
		_exit(128 + signum);
	struct engine_run *engine = current->engine;
	current = NULL;
	engine_cancel(engine);
}

static void watch_signals(struct rig *rig)
{
	if (rig->signals)
		return;
	rig->signals = true;
	if (loop_signal(rig->loop, SIGINT, on_signal, NULL) || loop_signal(rig->loop, SIGTERM, on_signal, NULL))
		log_warning("app", NULL, "signals cannot be watched", NULL);
}

/* ---- letters ---- */

struct posting {
	struct rig *rig;
	struct postman *postman;
	struct loop_timer patience;
	bool over;
};

static void on_posted(void *arg)
{
	struct posting *p = arg;
	if (!postman_at_work(p->postman))
		loop_stop(p->rig->loop);
}

static void on_patience(struct loop_timer *t)
{
	struct posting *p = list_entry(t, struct posting, patience);
	p->over = true;
	postman_cancel(p->postman);
	loop_stop(p->rig->loop);
}

/* What this school's runs have queued leaves before the command ends, for a minute; what does not, waits for the next run or the
 * daemon. */
static void post_letters(struct wiring *wiring)
{
	struct posting p = {.rig = wiring->rig};
	struct postman_options o = {.loop = p.rig->loop, .hub = p.rig->hub, .stores = p.rig->stores, .idle = on_posted, .arg = &p};
	postman_server(&o, p.rig->conf);
	p.postman = postman_new(&o);
	loop_timer_init(&p.patience, on_patience);
	loop_timer_start(p.rig->loop, &p.patience, LETTERS_MS);
	for (unsigned i = 0; i < wiring->conf->settings.environment_count; i++)
		if (store_exists(p.rig->stores, wiring->conf->id, wiring->conf->environments[i].key))
			postman_look(p.postman, wiring->conf->id, wiring->conf->environments[i].key, 0);
	while (postman_busy(p.postman) || (!p.over && postman_at_work(p.postman)))
		loop_run(p.rig->loop);
	loop_timer_stop(p.rig->loop, &p.patience);
	postman_free(&p.postman);
}

void sync_run(struct sync *s, struct wiring *wiring, const struct sync_options *o)
{
	*s = (struct sync){.rig = wiring->rig};
	char stamp[UTC_TEXT];
	uint32_t chance = 0;
	if (getrandom(&chance, sizeof(chance), 0) != sizeof(chance))
		chance = (uint32_t)getpid();
	snprintf(s->run_id, sizeof(s->run_id), "%s-%s-%08x", utc_iso(loop_wall_ms(s->rig->loop) / 1000, stamp),
	         flow_kind_name(o->kind), chance);
	struct engine_options options = {
	        .flow = &wiring->rig->flow,
	        .stores = wiring->rig->stores,
	        .settings = &wiring->conf->settings,
	        .kind = o->kind,
	        .plan_only = o->plan_only,
	        .approved = o->approved,
	        .by = o->by,
	        .explain = o->explain,
	        .memory = wiring->rig->conf->memory_per_run,
	        .run_id = s->run_id,
	        .progress = o->progress,
	        .progress_arg = o->progress_arg,
	        .done = on_done,
	        .arg = s,
	};
	watch_signals(wiring->rig);
	wiring_restore_windows(wiring);
	current = s;
	s->engine = engine_start(&options);
	loop_run(wiring->rig->loop);
	current = NULL;
	REQUIRE(s->report);
	wiring_rest_windows(wiring);
	if (!o->plan_only)
		post_letters(wiring);
}

void sync_free(struct sync *s)
{
	if (s->engine)
		engine_free(&s->engine);
	s->report = NULL;
}
