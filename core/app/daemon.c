#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/app/accounts.h"
#include "core/app/admin.h"
#include "core/app/cli.h"
#include "core/app/http.h"
#include "core/app/lastgood.h"
#include "core/app/notifier.h"
#include "core/app/owner.h"
#include "core/app/postman.h"
#include "core/app/sdnotify.h"
#include "core/app/tenant.h"
#include "core/base/heap.h"
#include "core/base/map.h"
#include "core/io/dirwatch.h"
#include "core/sync/state.h"
#include "tenants/confdir.h"
#include "tenants/keep.h"

/*
 * passerelle serve: every school of the drop-in directory, by its schedule, from one loop. The directory is scanned on the pool: at the start, on
 * every hint, every 30 seconds and on SIGHUP (which reads all files again, tokens included). A file that does not validate changes nothing; one that
 * is removed drains its school; a directory that lost many files at once changes nothing and alarms.
 */

#define RESCAN_MS 30000
#define DRAIN_MS 20000
#define STEP_MS 1000 /* the wall clock against the monotonic one: less is no step */
#define REST_MS 90000 /* stores that nobody uses are closed by then */
#define LOST_FEW 5 /* so many files may go at once, or a tenth of them */

struct marks { size_t n; struct mark { char *path; struct file_mark mark; } v[]; };

struct seat {
	char *id;
	struct marks *marks;   /* of its file and those that it names, as they were read; NULL: to be read again */
	struct tenant *tenant; /* NULL: its file was never good */
	char *mistakes;        /* of a file that is not served; NULL none */
	bool leaving;
};

/* One file as a scan found it. */
struct found {
	const char *id;
	struct file_mark mark;
	bool changed;
	struct tenant_conf *conf; /* NULL: mistakes say why */
	const char *mistakes;
	struct tenant_conf *kept; /* what was served before this process began; NULL: the same, nothing, or the school is served */
};

struct scan {
	struct loop_job job;
	struct daemon *d;
	struct arena *arena;
	const struct conf *conf;
	struct map *known; /* id -> struct marks; a copy for the pool */
	struct map *served; /* id -> any */
	struct texts left;  /* ids that own accounts and have no file any more; */
	bool *left_gone;    /* of each: is its data gone too? */
	bool all;          /* read also what looks unchanged */
	int error;
	struct items found; /* struct found */
	size_t cap;
};

struct daemon {
	const struct conf *conf;
	struct rig *rig;
	struct map *seats; /* id -> struct seat */
	struct accounts *accounts;
	struct lastgood *lastgood;
	struct scan *scan;
	bool again, again_all; /* a scan was asked for while one is under way */
	struct dirwatch *watch;
	struct admin *admin; /* NULL: its socket cannot be made */
	struct tally tally;  /* of all schools, those that left too */
	struct postman *postman;
	struct notifier *notifier;
	struct http *http;   /* NULL: off, or it cannot listen */
	struct loop_timer rescan, drain, watchdog, rest;
	struct loop_job trim;
	bool trimming;
	int64_t wall_ahead; /* ms, when schools looked at the clock last */
	struct loop_task sweep;
	unsigned running;
	bool starved, stopping, first_done;
	int64_t watchdog_ms;
};

static void start_scan(struct daemon *d, bool all);

/* ---- systemd ---- */

static void on_watchdog(struct loop_timer *t)
{
	struct daemon *d = list_entry(t, struct daemon, watchdog);
	sdnotify("WATCHDOG=1");
	loop_timer_start(d->rig->loop, t, d->watchdog_ms);
}

/* ---- versions of files ---- */

static struct marks *marks_new(const char *file, const struct found *f)
{
	const struct named_file *named = f->conf->files.v;
	size_t n = f->conf->files.n;
	struct marks *m = xcalloc(1, sizeof(*m) + (n + 1) * sizeof(m->v[0]));
	m->n = n + 1;
	m->v[0] = (struct mark){ xstrdup(file), f->mark };
	for (size_t i = 0; i < n; i++)
		m->v[i + 1] = (struct mark){ xstrdup(named[i].path), named[i].mark };
	return m;
}

static void marks_free(struct marks **marks)
{
	for (size_t i = 0; *marks && i < (*marks)->n; i++)
		free((*marks)->v[i].path);
	free(*marks);
	*marks = NULL;
}

static bool as_marked(const struct marks *m)
{
	for (size_t i = 0; i < m->n; i++) {
		struct file_mark now = file_mark(m->v[i].path);
		if (!file_mark_equal(&now, &m->v[i].mark))
			return false;
	}
	return true;
}

/* ---- schools ---- */

static bool each_seat(void *value, void *arg)
{
	struct seat *seat = value;
	void (*fn)(struct tenant *t) = *(void (**)(struct tenant *t))arg;
	if (seat->tenant)
		fn(seat->tenant);
	return true;
}

static void for_all(struct daemon *d, void (*fn)(struct tenant *t))
{
	map_each(d->seats, each_seat, &fn);
}

/* One run may always be under way, however much schools at rest hold. */
static bool has_room(const struct daemon *d)
{
	return d->running == 0 || (d->running < d->conf->runs && arena_total() < d->conf->memory_of_runs);
}

static bool may_start(void *arg)
{
	struct daemon *d = arg;
	if (has_room(d))
		return true;
	d->starved = true;
	return false;
}

static void on_started(void *arg, struct tenant *t)
{
	struct daemon *d = arg;
	(void)t;
	d->running++;
}

static void on_ended(void *arg, struct tenant *t, enum flow_kind flow, const struct report *report)
{
	struct daemon *d = arg;
	(void)t;
	(void)flow;
	tally_run(&d->tally, report);
	d->running--;
	loop_timer_stop(d->rig->loop, &d->rest);
	loop_timer_start(d->rig->loop, &d->rest, REST_MS);
	loop_defer(d->rig->loop, &d->sweep);
}

/* What a peak took is given back when it is over. */
static void trim_work(struct loop_job *job)
{
	(void)job;
	heap_trim();
}

static void trim_after(struct loop_job *job)
{
	struct daemon *d = list_entry(job, struct daemon, trim);
	d->trimming = false;
	loop_defer(d->rig->loop, &d->sweep);
}

static void on_rest(struct loop_timer *t)
{
	struct daemon *d = list_entry(t, struct daemon, rest);
	if (d->trimming || d->stopping)
		return;
	d->trimming = true;
	d->trim = (struct loop_job){ .work = trim_work, .after = trim_after };
	loop_job_start(d->rig->loop, &d->trim);
}

static void on_letters(void *arg, struct tenant *t, const char *environment, int64_t due_s)
{
	struct daemon *d = arg;
	postman_look(d->postman, tenant_id(t), environment, due_s);
}

static void on_changed(void *arg, struct tenant *t)
{
	struct daemon *d = arg;
	if (d->http)
		http_changed(d->http, tenant_id(t));
}

static void on_gone(void *arg, struct tenant *t)
{
	struct daemon *d = arg;
	(void)t;
	loop_defer(d->rig->loop, &d->sweep);
}

static struct tenant *find_tenant(void *arg, const char *id)
{
	struct daemon *d = arg;
	const struct seat *seat = map_get_str(d->seats, str_of(id));
	return seat && !seat->leaving ? seat->tenant : NULL;
}

struct sorted { const struct seat **seats; size_t n; };

static bool collect_seat(void *value, void *arg)
{
	const struct seat *seat = value;
	struct sorted *s = arg;
	if (!seat->leaving)
		s->seats[s->n++] = seat;
	return true;
}

static int by_id(const void *a, const void *b)
{
	return strcmp((*(const struct seat *const *)a)->id, (*(const struct seat *const *)b)->id);
}

static bool see_schools(void *arg, void (*see)(void *to, const char *id, struct tenant *t, const char *mistakes), void *to)
{
	struct daemon *d = arg;
	struct sorted s = { xcalloc(map_count(d->seats) + 1, sizeof(struct seat *)), 0 };
	map_each(d->seats, collect_seat, &s);
	qsort(s.seats, s.n, sizeof(s.seats[0]), by_id);
	for (size_t i = 0; i < s.n && d->first_done; i++)
		see(to, s.seats[i]->id, s.seats[i]->tenant, s.seats[i]->mistakes ? s.seats[i]->mistakes : "");
	free(s.seats);
	return d->first_done;
}

/* Whose webhook a notice goes to. */
static bool hook_of(void *arg, const char *tenant, struct str to, struct postman_hook *out)
{
	struct daemon *d = arg;
	const struct tenant *t = find_tenant(d, tenant);
	const struct notify_conf *c = str_eqz(to, NOTIFIER_OPERATORS) ? &d->conf->notify : t ? &tenant_file(t)->notify : NULL;
	if (!c || !c->webhook)
		return false;
	*out = (struct postman_hook){ c->webhook, { c->webhook_secret.p, c->webhook_secret.n } };
	return true;
}

static void on_idle(void *arg)
{
	struct daemon *d = arg;
	loop_defer(d->rig->loop, &d->sweep);
}

static struct seat *seat_of(struct daemon *d, const char *id)
{
	struct seat *seat = map_get_str(d->seats, str_of(id));
	if (seat)
		return seat;
	seat = xcalloc(1, sizeof(*seat));
	seat->id = xstrdup(id);
	map_put_str(d->seats, str_of(seat->id), seat);
	return seat;
}

struct leaving { struct seat *seats[64]; size_t n; };

static bool collect_gone(void *value, void *arg)
{
	struct seat *seat = value;
	struct leaving *l = arg;
	if (seat->leaving && (!seat->tenant || !tenant_busy(seat->tenant)))
		l->seats[l->n++] = seat;
	return l->n < 64;
}

/* Outside of every callback of a school: frees those that are gone, gives free places away, ends a drained daemon. */
static void on_sweep(struct loop_task *t)
{
	struct daemon *d = list_entry(t, struct daemon, sweep);
	struct leaving l = { .n = 0 };
	map_each(d->seats, collect_gone, &l);
	for (size_t i = 0; i < l.n; i++) {
		struct seat *seat = l.seats[i];
		log_notice("daemon", &(struct log_ctx){ .tenant = seat->id }, "a school has left, its data stays", NULL);
		tenant_free(&seat->tenant);
		map_del_str(d->seats, str_of(seat->id));
		marks_free(&seat->marks);
		free(seat->mistakes);
		free(seat->id);
		free(seat);
	}
	if (l.n && d->http)
		http_changed(d->http, NULL);
	if (l.n)
		loop_defer(d->rig->loop, &d->sweep);
	if (d->starved && has_room(d)) {
		d->starved = false;
		for_all(d, tenant_kick);
	}
	bool asked = (d->admin && admin_busy(d->admin)) || (d->http && http_busy(d->http));
	bool busy = d->scan || asked || d->trimming || lastgood_busy(d->lastgood) || postman_busy(d->postman) || notifier_busy(d->notifier);
	if (d->stopping && map_count(d->seats) == 0 && !busy)
		loop_stop(d->rig->loop);
}

static void leave(struct seat *seat)
{
	seat->leaving = true;
	if (seat->tenant)
		tenant_drain(seat->tenant);
}

/* ---- a scan: on the pool ---- */

/* What a new start goes on with when the file is no good. */
static void look_at_kept(struct scan *s, const char *path, struct found *f)
{
	if (map_get_str(s->served, str_of(f->id)))
		return;
	struct arena *scratch = arena_new(3 * FILE_MAX);
	struct str text = STR_NONE, kept = STR_NONE;
	const char *copy = keep_file_path(scratch, s->conf->data, f->id);
	bool differs = copy && file_read(scratch, copy, &kept) == 0 && (file_read(scratch, path, &text) || !str_eq(text, kept));
	arena_free(&scratch);
	if (differs && wiring_conf_kept(s->conf, f->id, &f->kept))
		f->kept = NULL;
}

static int look_at(struct scan *s, const char *id)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/%s.json", s->conf->tenants, id);
	struct found f = { .id = id, .mark = file_mark(path) };
	if (f.mark.inode == 0)
		return 0; /* gone since the directory was read: as if it had not been there */
	const struct marks *old = map_get_str(s->known, str_of(id));
	f.changed = s->all || !old || !as_marked(old);
	if (f.changed) {
		struct buf why;
		buf_init(&why, 64 * 1024);
		if (!tenant_id_valid(str_of(id)))
			buf_printf(&why, "%s: the name of a school's file is made of a-z, 0-9 and '-', at most 63\n", path);
		else if (wiring_conf(s->conf, id, &f.conf, &why))
			f.conf = NULL;
		if (tenant_id_valid(str_of(id)))
			look_at_kept(s, path, &f);
		f.mistakes = arena_str(s->arena, buf_str(&why)).p;
		buf_deinit(&why);
	}
	return items_add(s->arena, &s->found, &s->cap, &f, sizeof(f));
}

/* What a school has worked with is its own for as long as its data is there. */
static void look_at_left(struct scan *s)
{
	char path[4096];
	for (size_t i = 0; i < s->left.n; i++) {
		snprintf(path, sizeof(path), "%s/%.*s", s->conf->data, STR_ARG(s->left.v[i]));
		if (access(path, F_OK) != 0)
			s->left_gone[i] = true;
	}
}

static void scan_work(struct loop_job *job)
{
	struct scan *s = list_entry(job, struct scan, job);
	struct texts ids = { NULL, 0 };
	look_at_left(s);
	s->error = confdir_list(s->arena, s->conf->tenants, &ids);
	for (size_t i = 0; i < ids.n && s->error == 0; i++)
		s->error = look_at(s, ids.v[i].p);
}

/* ---- and what follows from it: on the loop ---- */

static void tell_mistakes(struct seat *seat, const char *mistakes)
{
	marks_free(&seat->marks); /* looked at again with every scan: a token file that was missing is all it may take */
	if (seat->mistakes && mistakes && strcmp(seat->mistakes, mistakes) == 0)
		return;
	free(seat->mistakes);
	seat->mistakes = mistakes ? xstrdup(mistakes) : NULL;
	struct log_ctx ctx = { .tenant = seat->id };
	const char *what = seat->tenant ? "a school's file does not validate, the last good version goes on" : "a school's file does not validate";
	for (const char *line = mistakes; line && *line;) {
		const char *end = strchrnul(line, '\n');
		log_error("daemon", &ctx, what, "mistake=«%.*s»", (int)(end - line), line);
		line = *end ? end + 1 : end;
	}
}

/* False: another school owns one of its accounts. Tried again with every scan: the other one may be on its way out. */
static bool own_accounts(struct daemon *d, struct seat *seat, const struct tenant_conf *conf)
{
	unsigned at = 0;
	const char *other = accounts_claim(d->accounts, conf, &at);
	if (!other)
		return true;
	struct buf why;
	buf_init(&why, 4096);
	const struct seat *owner = map_get_str(d->seats, str_of(other));
	buf_printf(&why, "%s: environments[%u].edusign: school %s %s this account, one account has one owner\n", conf->file, at, other,
	           owner && !owner->leaving ? "is served with" : "is not served any more, but its data is there and it has worked with");
	buf_printf(&why, "take one of the two away, or for a school with a new name: passerelle rename %s %s", other, seat->id);
	tell_mistakes(seat, why.p);
	buf_deinit(&why);
	return false;
}

struct leftovers { struct daemon *d; struct scan *s; size_t cap; };

static void collect_left(void *arg, const char *id)
{
	struct leftovers *l = arg;
	struct scan *s = l->s;
	if (map_get_str(l->d->seats, str_of(id)))
		return;
	struct str copy = arena_str(s->arena, str_of(id));
	if (!copy.p)
		return;
	if (arena_grow(s->arena, &s->left.v, &l->cap, s->left.n + 1, sizeof(*s->left.v)) == 0)
		s->left.v[s->left.n++] = copy;
}

static void release_left(struct daemon *d, const struct scan *s)
{
	for (size_t i = 0; i < s->left.n; i++)
		if (s->left_gone[i] && !map_get_str(d->seats, s->left.v[i]))
			accounts_release(d->accounts, s->left.v[i].p);
}

/* Takes conf. */
static bool open_tenant(struct daemon *d, struct seat *seat, struct tenant_conf *conf)
{
	const struct tenant_hooks hooks = { may_start, on_started, on_ended, on_letters, on_changed, on_gone, d };
	struct buf why;
	buf_init(&why, 4096);
	seat->tenant = tenant_new(d->rig, conf, &hooks, &why);
	if (!seat->tenant)
		tell_mistakes(seat, why.p);
	buf_deinit(&why);
	return seat->tenant != NULL;
}

/* The file is no good, the seat knows why. */
static void take_kept(struct daemon *d, struct seat *seat, struct found *f)
{
	unsigned at;
	struct tenant_conf *conf = f->kept;
	f->kept = NULL;
	if (!seat->tenant && conf && accounts_claim(d->accounts, conf, &at)) {
		tenant_conf_free(&conf);
		return;
	}
	if (!seat->tenant && conf && open_tenant(d, seat, conf))
		log_warning("daemon", &(struct log_ctx){ .tenant = seat->id }, "a school is served by the last good version of its file", NULL);
	if (seat->tenant)
		tenant_stale(seat->tenant, seat->mistakes ? seat->mistakes : "");
}

static void take(struct daemon *d, struct found *f)
{
	struct seat *seat = seat_of(d, f->id);
	seat->leaving = false;
	if (!f->conf)
		tell_mistakes(seat, f->mistakes);
	if (!f->conf || !own_accounts(d, seat, f->conf)) {
		take_kept(d, seat, f);
		return;
	}
	marks_free(&seat->marks);
	seat->marks = marks_new(f->conf->file, f);
	free(seat->mistakes);
	seat->mistakes = NULL;
	struct tenant_conf *conf = f->conf;
	f->conf = NULL;
	lastgood_add(d->lastgood, seat->id, conf->file, &f->mark);
	if (seat->tenant) {
		tenant_stale(seat->tenant, NULL);
		tenant_change(seat->tenant, conf);
		log_notice("daemon", &(struct log_ctx){ .tenant = seat->id }, "a school's file changed", NULL);
	} else if (open_tenant(d, seat, conf)) {
		log_notice("daemon", &(struct log_ctx){ .tenant = seat->id }, "a school is served", NULL);
	}
}

struct lost { struct map *here; struct seat *seats[4096]; size_t n; };

static bool collect_lost(void *value, void *arg)
{
	struct seat *seat = value;
	struct lost *l = arg;
	if (!seat->leaving && !map_get_str(l->here, str_of(seat->id)) && l->n < sizeof(l->seats) / sizeof(l->seats[0]))
		l->seats[l->n++] = seat;
	return true;
}

static void remove_lost(struct daemon *d, struct map *here)
{
	struct lost *l = xcalloc(1, sizeof(*l));
	l->here = here;
	map_each(d->seats, collect_lost, l);
	if (l->n > LOST_FEW && l->n * 10 > map_count(d->seats)) {
		log_error("daemon", NULL, "many school files are gone at once: nothing is changed, put them back or take them away a few at a time", "gone=%zu of=%zu",
		          l->n, map_count(d->seats));
	} else {
		for (size_t i = 0; i < l->n; i++) {
			lastgood_forget(d->lastgood, l->seats[i]->id);
			leave(l->seats[i]);
		}
		if (l->n)
			loop_defer(d->rig->loop, &d->sweep);
	}
	free(l);
}

static void scan_after(struct loop_job *job)
{
	struct scan *s = list_entry(job, struct scan, job);
	struct daemon *d = s->d;
	struct found *all = s->found.v;
	struct map *here = map_new_str(s->arena);
	d->scan = NULL;
	release_left(d, s);
	if (s->error)
		log_error("daemon", NULL, "the directory of schools cannot be read: nothing is changed", "dir=«%s» error=«%s»", d->conf->tenants, err_text(s->error));
	for (size_t i = 0; i < s->found.n; i++) {
		map_put_str(here, str_of(all[i].id), &all[i]);
		if (!s->error && !d->stopping && all[i].changed)
			take(d, &all[i]);
		tenant_conf_free(&all[i].conf);
		tenant_conf_free(&all[i].kept);
	}
	if (!s->error && !d->stopping)
		remove_lost(d, here);
	if (s->all && !s->error) /* whoever sent SIGHUP may look now */
		log_notice("daemon", NULL, "all files are read again", "schools=%zu", s->found.n);
	arena_free(&s->arena);
	free(s);
	if (!d->first_done) {
		d->first_done = true;
		log_notice("daemon", NULL, "ready", "schools=%zu", map_count(d->seats));
		sdnotify("READY=1");
	}
	if (d->stopping)
		loop_defer(d->rig->loop, &d->sweep);
	else if (d->again)
		start_scan(d, d->again_all);
}

static bool copy_known(void *value, void *arg)
{
	const struct seat *seat = value;
	struct scan *s = arg;
	const struct marks *m = seat->marks;
	struct str id = arena_str(s->arena, str_of(seat->id));
	if (!id.p)
		return true; /* read once more */
	if (seat->tenant)
		map_put_str(s->served, id, s);
	if (!m || seat->leaving)
		return true;
	struct marks *copy = arena_alloc(s->arena, sizeof(*copy) + m->n * sizeof(m->v[0]));
	if (!copy)
		return true;
	copy->n = m->n;
	for (size_t i = 0; i < m->n; i++)
		copy->v[i] = (struct mark){ (char *)arena_str(s->arena, str_of(m->v[i].path)).p, m->v[i].mark };
	map_put_str(s->known, id, copy);
	return true;
}

/* The wall clock stepped, or the machine slept: what is due is looked at again. */
static void look_at_clock(struct daemon *d)
{
	int64_t ahead = loop_wall_ms(d->rig->loop) - loop_mono_ms(d->rig->loop), step = ahead - d->wall_ahead;
	if (step < STEP_MS && step > -STEP_MS)
		return;
	log_notice("daemon", NULL, "the clock stepped, schedules are looked at again", "ms=%lld", (long long)step);
	d->wall_ahead = ahead;
	for_all(d, tenant_kick);
}

static void start_scan(struct daemon *d, bool all)
{
	if (d->stopping)
		return;
	look_at_clock(d);
	if (d->scan) {
		d->again = true;
		d->again_all = d->again_all || all;
		return;
	}
	d->again = d->again_all = false;
	struct scan *s = xcalloc(1, sizeof(*s));
	s->d = d;
	s->conf = d->conf;
	s->all = all;
	s->arena = arena_new(0);
	s->known = map_new_str(s->arena);
	s->served = map_new_str(s->arena);
	map_each(d->seats, copy_known, s);
	accounts_each(d->accounts, collect_left, &(struct leftovers){ d, s, 0 });
	s->left_gone = arena_array(s->arena, s->left.n, sizeof(bool));
	if (!s->left_gone)
		s->left.n = 0;
	s->job = (struct loop_job){ .work = scan_work, .after = scan_after };
	d->scan = s;
	dirwatch_again(d->watch);
	loop_job_start(d->rig->loop, &s->job);
	if (d->http && d->first_done)
		http_reload(d->http);
	loop_timer_start(d->rig->loop, &d->rescan, RESCAN_MS);
}

static void on_hint(void *arg)
{
	start_scan(arg, false);
}

static void on_rescan(struct loop_timer *t)
{
	start_scan(list_entry(t, struct daemon, rescan), false);
}

/* ---- the end ---- */

static bool leave_one(void *value, void *arg)
{
	(void)arg;
	leave(value);
	return true;
}

static void on_drain(struct loop_timer *t)
{
	struct daemon *d = list_entry(t, struct daemon, drain);
	for_all(d, tenant_cancel);
	postman_cancel(d->postman);
}

static void on_signal(void *arg, int signum)
{
	struct daemon *d = arg;
	if (signum == SIGHUP) {
		start_scan(d, true);
		return;
	}
	if (d->stopping) {
		on_drain(&d->drain); /* told twice: at once, with nothing lost */
		return;
	}
	log_notice("daemon", NULL, "stopping, runs under way may end", "runs=%u seconds=%d", d->running, DRAIN_MS / 1000);
	sdnotify("STOPPING=1");
	d->stopping = true;
	notifier_stop(d->notifier);
	postman_stop(d->postman);
	if (d->admin)
		admin_drain(d->admin);
	if (d->http)
		http_drain(d->http);
	loop_timer_stop(d->rig->loop, &d->rescan);
	loop_timer_start(d->rig->loop, &d->drain, DRAIN_MS);
	map_each(d->seats, leave_one, NULL);
	loop_defer(d->rig->loop, &d->sweep);
}

/* Schools are served all the same when nobody can look at them. */
static void start_http(struct daemon *d, struct cli *cli)
{
	struct buf why;
	const struct http_options o = { d->rig, d->admin, find_tenant, { d->rig, &d->tally, see_schools, d }, on_idle, d };
	if (!d->conf->http_listen || !d->admin)
		return;
	buf_init(&why, 16 * 1024);
	if (http_open(&o, &d->http, &why))
		log_error("daemon", NULL, "the HTTP listener cannot be opened", "why=«%.*s»", STR_ARG(str_trim(buf_str(&why))));
	else if (cli->page_open)
		cli->page_open(cli, http_port(d->http));
	buf_deinit(&why);
}

/* Stores and connections of thousands of schools: as many files as the system allows. */
static void raise_files(void)
{
	struct rlimit l;
	if (getrlimit(RLIMIT_NOFILE, &l) || l.rlim_cur == l.rlim_max)
		return;
	l.rlim_cur = l.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &l))
		log_warning("daemon", NULL, "the number of open files stays as it is", "error=«%s»", err_text(-errno));
}

int cmd_serve(struct cli *cli)
{
	struct daemon d = { .conf = cli->conf };
	int status = cli_rig(cli, &d.rig);
	if (status)
		return status;
	log_setup(cli->conf->log_level, cli->conf->log_format, STDERR_FILENO);
	raise_files();
	if (owner_no_core())
		log_warning("daemon", NULL, "a crash may leave a core, which holds tokens", NULL);
	d.seats = map_new_str(NULL);
	d.accounts = accounts_new();
	d.lastgood = lastgood_new(d.rig->loop, cli->conf->data, on_idle, &d);
	tally_init(&d.tally);
	loop_timer_init(&d.rescan, on_rescan);
	loop_timer_init(&d.drain, on_drain);
	loop_timer_init(&d.watchdog, on_watchdog);
	loop_timer_init(&d.rest, on_rest);
	loop_timer_start(d.rig->loop, &d.rest, REST_MS);
	loop_task_init(&d.sweep, on_sweep);
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (loop_signal(d.rig->loop, signals[i], on_signal, &d))
			log_warning("daemon", NULL, "a signal cannot be watched", "signal=%d", signals[i]);
	struct postman_options post = { .loop = d.rig->loop, .hub = d.rig->hub, .stores = d.rig->stores, .hook = hook_of, .idle = on_idle, .arg = &d };
	postman_server(&post, cli->conf);
	d.postman = postman_new(&post);
	d.notifier = notifier_new(&(struct notifier_options){ d.rig, d.postman, see_schools, on_idle, &d });
	d.watch = dirwatch_new(d.rig->loop, cli->conf->tenants, on_hint, &d);
	const char *usec = getenv("WATCHDOG_USEC");
	int64_t watchdog;
	if (usec && str_to_int64(str_of(usec), &watchdog) == 0 && watchdog > 2000) {
		d.watchdog_ms = watchdog / 2000;
		loop_timer_start(d.rig->loop, &d.watchdog, 0);
	}
	struct buf why;
	buf_init(&why, 1024);
	const struct admin_options admin = { d.rig, find_tenant, on_idle, see_schools, &d };
	if (admin_open(&admin, &d.admin, &why)) /* schools are served all the same */
		log_error("daemon", NULL, "commands cannot reach this daemon", "why=«%.*s»", (int)str_trim(buf_str(&why)).n, buf_str(&why).p);
	start_http(&d, cli);
	buf_deinit(&why);
	d.wall_ahead = loop_wall_ms(d.rig->loop) - loop_mono_ms(d.rig->loop);
	start_scan(&d, false);
	loop_run(d.rig->loop);
	http_close(&d.http);
	admin_close(&d.admin);
	notifier_free(&d.notifier);
	postman_free(&d.postman);
	loop_timer_stop(d.rig->loop, &d.drain);
	loop_timer_stop(d.rig->loop, &d.watchdog);
	loop_timer_stop(d.rig->loop, &d.rest);
	loop_task_cancel(&d.sweep);
	dirwatch_free(&d.watch);
	map_free(&d.seats);
	accounts_free(&d.accounts);
	lastgood_free(&d.lastgood);
	rig_close(&d.rig);
	return EXIT_DONE;
}
