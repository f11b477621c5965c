#include "core/app/metrics_page.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* ---- the schools, as they are now ---- */

struct served {
	const char *id;
	struct tenant *t; /* NULL: not served */
};

struct schools {
	struct served *v;
	size_t n, cap;
	int64_t now;
};

static void see(void *to, const char *id, struct tenant *t, const char *mistakes)
{
	struct schools *s = to;
	(void)mistakes;
	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 64;
		s->v = xrealloc(s->v, s->cap * sizeof(*s->v));
	}
	s->v[s->n++] = (struct served){id, t};
}

static const char *state_of(const struct served *s)
{
	return s->t ? tenant_state_name(tenant_state(s->t)) : "invalid";
}

/* One line or more of a family, for one school that is served. */
typedef void (*school_fn)(struct buf *out, const char *name, const struct schools *all, const struct served *s);

static void put_runs(struct buf *out, const char *name, const struct schools *all, const struct served *s)
{
	const struct tally *t = tenant_tally(s->t);
	(void)all;
	for (int flow = 0; flow < FLOW_KIND_COUNT; flow++)
		for (int r = RESULT_OK; r <= RESULT_FAILED; r++)
			metrics_sample(out, name,
			               METRICS_LABELS({"tenant", s->id},
			                              {"flow", flow_kind_name((enum flow_kind)flow)},
			                              {"result", result_name((enum result)r)}),
			               (double)t->flows[flow].runs[r]);
}

static void put_seconds(struct buf *out, const char *name, const struct schools *all, const struct served *s)
{
	const struct tally *t = tenant_tally(s->t);
	(void)all;
	for (int flow = 0; flow < FLOW_KIND_COUNT; flow++)
		metrics_summary_write(
		        out, name, METRICS_LABELS({"tenant", s->id}, {"flow", flow_kind_name((enum flow_kind)flow)}),
		        t->flows[flow].seconds.count, t->flows[flow].seconds.sum);
}

/* Zeros would be most of the page: a kind that a school never had is left out. */
static void put_records(struct buf *out, const char *name, const struct schools *all, const struct served *s)
{
	const struct tally *t = tenant_tally(s->t);
	(void)all;
	for (int flow = 0; flow < FLOW_KIND_COUNT; flow++)
		for (int kind = 0; kind < COUNT_KIND_COUNT; kind++)
			for (int a = 0; a < ACTION_COUNT; a++)
				if (t->flows[flow].records[kind][a])
					metrics_sample(
					        out, name,
					        METRICS_LABELS({"tenant", s->id},
					                       {"flow", flow_kind_name((enum flow_kind)flow)},
					                       {"kind", count_kind_name((enum count_kind)kind)},
					                       {"action", action_name((enum action)a)}),
					        (double)t->flows[flow].records[kind][a]);
}

/* When the flow was last good everywhere; 0: not in every environment yet. */
static int64_t good_at(const struct served *s, enum flow_kind flow)
{
	int64_t oldest = INT64_MAX;
	for (unsigned i = 0; i < tenant_file(s->t)->settings.environment_count; i++) {
		const struct recent *r = tenant_recent(s->t, i);
		int64_t at = r && r->good[flow] ? r->good[flow]->ended : 0;
		oldest = at < oldest ? at : oldest;
	}
	return oldest == INT64_MAX ? 0 : oldest;
}

static void put_good(struct buf *out, const char *name, const struct schools *all, const struct served *s)
{
	(void)all;
	for (int flow = 0; flow < FLOW_KIND_COUNT; flow++)
		metrics_sample(out, name,
		               METRICS_LABELS({"tenant", s->id}, {"flow", flow_kind_name((enum flow_kind)flow)}),
		               (double)good_at(s, (enum flow_kind)flow));
}

static void put_age(struct buf *out, const char *name, const struct schools *all, const struct served *s)
{
	for (int flow = 0; flow < FLOW_KIND_COUNT; flow++) {
		int64_t at = good_at(s, (enum flow_kind)flow);
		if (at)
			metrics_sample(
			        out, name,
			        METRICS_LABELS({"tenant", s->id}, {"flow", flow_kind_name((enum flow_kind)flow)}),
			        (double)(all->now > at ? all->now - at : 0));
	}
}

static void put_next(struct buf *out, const char *name, const struct schools *all, const struct served *s)
{
	(void)all;
	for (int flow = 0; flow < FLOW_KIND_COUNT; flow++) {
		int64_t at = tenant_next(s->t, (enum flow_kind)flow);
		if (at != INT64_MAX)
			metrics_sample(
			        out, name,
			        METRICS_LABELS({"tenant", s->id}, {"flow", flow_kind_name((enum flow_kind)flow)}),
			        (double)at);
	}
}

static void put_issues(struct buf *out, const char *name, const struct schools *all, const struct served *s)
{
	const struct tenant_conf *c = tenant_file(s->t);
	for (unsigned i = 0; i < c->settings.environment_count; i++) {
		const struct recent *r = tenant_recent(s->t, i);
		if (r)
			metrics_sample(out, name,
			               METRICS_LABELS({"tenant", s->id}, {"environment", c->environments[i].key}),
			               recent_open_issues(r, all->now));
	}
}

static void put_held(struct buf *out, const char *name, const struct schools *all, const struct served *s)
{
	(void)all;
	for (int flow = 0; flow < FLOW_KIND_COUNT; flow++) {
		unsigned held = 0;
		for (unsigned i = 0; i < tenant_file(s->t)->settings.environment_count; i++) {
			const struct recent *r = tenant_recent(s->t, i);
			held += r && recent_held(r, (enum flow_kind)flow);
		}
		metrics_sample(out, name,
		               METRICS_LABELS({"tenant", s->id}, {"flow", flow_kind_name((enum flow_kind)flow)}),
		               held);
	}
}

static void put_sheets(struct buf *out, const char *name, const struct schools *all, const struct served *s)
{
	const struct tenant_conf *c = tenant_file(s->t);
	(void)all;
	for (unsigned i = 0; i < c->settings.environment_count; i++) {
		const struct recent *r = tenant_recent(s->t, i);
		if (r)
			metrics_sample(out, name,
			               METRICS_LABELS({"tenant", s->id}, {"environment", c->environments[i].key}),
			               r->sheets_ahead);
	}
}

/* The busiest minute of the last five: a scrape that comes every minute misses none. */
static void put_limit_use(struct buf *out, const char *name, const struct schools *all, const struct served *s)
{
	const struct tenant_conf *c = tenant_file(s->t);
	unsigned minutes[LOAD_MINUTES];
	for (unsigned i = 0; i < c->settings.environment_count && c->edusign_per_minute; i++) {
		unsigned most = 0;
		load_minutes(tenant_load(s->t), i + 1, all->now, minutes);
		for (int k = LOAD_MINUTES - 5; k < LOAD_MINUTES; k++)
			most = minutes[k] > most ? minutes[k] : most;
		metrics_sample(out, name,
		               METRICS_LABELS({"tenant", s->id}, {"environment", c->environments[i].key}),
		               (double)most / c->edusign_per_minute);
	}
}

static void put_store(struct buf *out, const char *name, const struct schools *all, const struct served *s)
{
	const struct tenant_conf *c = tenant_file(s->t);
	(void)all;
	for (unsigned i = 0; i < c->settings.environment_count; i++) {
		const struct recent *r = tenant_recent(s->t, i);
		if (r)
			metrics_sample(out, name,
			               METRICS_LABELS({"tenant", s->id}, {"environment", c->environments[i].key}),
			               (double)r->store.bytes_used);
	}
}

static void put_state(struct buf *out, const struct schools *all)
{
	static const char name[] = "passerelle_school_state";
	metrics_family(out, name, METRICS_GAUGE,
	               "1 for the state that a school is in: its file, its schedule, its runs.");
	for (size_t i = 0; i < all->n; i++)
		metrics_sample(out, name, METRICS_LABELS({"tenant", all->v[i].id}, {"state", state_of(&all->v[i])}),
		               1);
}

/* ---- upstreams ---- */

/* Yparéo's one account, then Edusign's: one for each environment, told together. */
static uint64_t sum_of(const struct served *s, bool ypareo, uint64_t (*fn)(const struct fetch_lane *lane, int what),
                       int what)
{
	const struct wiring *w = tenant_wiring(s->t);
	uint64_t sum = 0;
	if (ypareo)
		return fn(w->ypareo, what);
	for (unsigned i = 0; i < w->conf->settings.environment_count; i++)
		sum += fn(w->edusign[i], what);
	return sum;
}

static uint64_t requests_of(const struct fetch_lane *lane, int what)
{
	(void)what;
	return fetch_lane_count(lane);
}

static uint64_t faults_of(const struct fetch_lane *lane, int what)
{
	return fetch_lane_faults(lane, (enum fault_class)what);
}

static uint64_t open_of(const struct fetch_lane *lane, int what)
{
	return fetch_lane_breaker(lane) == (enum breaker_state)what;
}

static const char *const upstreams[] = {"edusign", "ypareo"};

static void put_requests(struct buf *out, const char *name, const struct schools *all, const struct served *s)
{
	(void)all;
	for (int u = 0; u < 2; u++)
		metrics_sample(out, name, METRICS_LABELS({"tenant", s->id}, {"upstream", upstreams[u]}),
		               (double)sum_of(s, u == 1, requests_of, 0));
}

static void put_faults(struct buf *out, const char *name, const struct schools *all, const struct served *s)
{
	(void)all;
	for (int u = 0; u < 2; u++)
		for (int class = FAULT_NONE + 1; class < FAULT_CLASS_COUNT; class ++) {
			uint64_t n = sum_of(s, u == 1, faults_of, class);
			if (n)
				metrics_sample(out, name,
				               METRICS_LABELS({"tenant", s->id}, {"upstream", upstreams[u]},
				                              {"class", fault_class_name((enum fault_class) class)}),
				               (double)n);
		}
}

static void put_breakers(struct buf *out, const char *name, const struct schools *all, const struct served *s)
{
	(void)all;
	for (int u = 0; u < 2; u++)
		metrics_sample(out, name, METRICS_LABELS({"tenant", s->id}, {"upstream", upstreams[u]}),
		               (double)(sum_of(s, u == 1, open_of, BREAKER_OPEN) +
		                        sum_of(s, u == 1, open_of, BREAKER_HALF_OPEN)));
}

/* ---- the process ---- */

static void put_one(struct buf *out, const char *name, enum metrics_kind kind, const char *help, double value)
{
	metrics_family(out, name, kind, help);
	metrics_sample(out, name, METRICS_PLAIN, value);
}

/* /proc answers from memory: no disk is waited for. 0: unknown. */
static double resident_bytes(void)
{
	char text[128] = "";
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	close(fd);
	const char *space = n > 0 ? strchr(text, ' ') : NULL;
	return space ? strtod(space + 1, NULL) * (double)sysconf(_SC_PAGESIZE) : 0;
}

static double cpu_seconds(void)
{
	struct rusage u;
	if (getrusage(RUSAGE_SELF, &u) != 0)
		return 0;
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void put_process(struct buf *out, const struct metrics_page *page)
{
	struct loop *loop = page->rig->loop;
	metrics_family(out, "passerelle_build_info", METRICS_GAUGE, "The version that runs.");
	metrics_sample(out, "passerelle_build_info", METRICS_LABELS({"version", PACKAGE_VERSION}), 1);
	metrics_family(out, "passerelle_loop_lag_seconds", METRICS_HISTOGRAM,
	               "How long the event loop was busy between two looks at its descriptors: what came meanwhile "
	               "waited so long at most.");
	metrics_histogram_write(out, "passerelle_loop_lag_seconds", METRICS_PLAIN, loop_busy(loop));
	put_one(out, "passerelle_pool_jobs", METRICS_GAUGE,
	        "Disk jobs that wait for a worker thread or are under way.", loop_jobs_pending(loop));
	put_one(out, "passerelle_bugs_total", METRICS_COUNTER, "Assertions that did not hold; the log names them.",
	        (double)err_bug_count());
	put_one(out, "process_resident_memory_bytes", METRICS_GAUGE, "Resident memory.", resident_bytes());
	put_one(out, "process_cpu_seconds_total", METRICS_COUNTER, "Processor time, user and system.", cpu_seconds());
}

static void put_all(struct buf *out, const struct tally *all)
{
	static const char name[] = "passerelle_all_run_duration_seconds";
	metrics_family(out, name, METRICS_HISTOGRAM, "How long runs took, all schools together.");
	for (int flow = 0; flow < FLOW_KIND_COUNT; flow++)
		metrics_histogram_write(out, name, METRICS_LABELS({"flow", flow_kind_name((enum flow_kind)flow)}),
		                        &all->flows[flow].seconds);
}

static const struct family {
	const char *name;
	enum metrics_kind kind;
	const char *help;
	school_fn fn;
} families[] = {
        {"passerelle_runs_total", METRICS_COUNTER, "Runs that ended, by result.", put_runs},
        {"passerelle_run_duration_seconds", METRICS_SUMMARY, "How long runs took.", put_seconds},
        {"passerelle_records_total", METRICS_COUNTER, "Records written, by what was done to them.", put_records},
        {"passerelle_last_good_run_timestamp_seconds", METRICS_GAUGE,
         "When the flow last ended with nothing failed and nothing held, in every environment; 0: not yet.",
         put_good},
        {"passerelle_last_good_run_age_seconds", METRICS_GAUGE, "Seconds since then; absent: not yet.", put_age},
        {"passerelle_next_run_timestamp_seconds", METRICS_GAUGE, "When the flow is due next; absent: never.",
         put_next},
        {"passerelle_open_issues", METRICS_GAUGE, "Records that could not be synchronised.", put_issues},
        {"passerelle_held_plans", METRICS_GAUGE, "Plans that the guard holds until somebody answers.", put_held},
        {"passerelle_requests_total", METRICS_COUNTER, "Requests sent.", put_requests},
        {"passerelle_request_faults_total", METRICS_COUNTER, "Requests that failed, by what that may mean.",
         put_faults},
        {"passerelle_breakers_open", METRICS_GAUGE,
         "Accounts that are left alone because they do not answer, those being tried again included.", put_breakers},
        {"passerelle_sheets_ahead", METRICS_GAUGE, "Sheets that are ours and had not ended after the last run.", put_sheets},
        {"passerelle_limit_use_ratio", METRICS_GAUGE,
         "Requests of the busiest of the last five minutes, of those that the account allows in one.", put_limit_use},
        {"passerelle_store_bytes", METRICS_GAUGE, "Size of what is remembered.", put_store},
};

static void each(struct buf *out, const struct schools *all, const struct family *f)
{
	metrics_family(out, f->name, f->kind, f->help);
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].t)
			f->fn(out, f->name, all, &all->v[i]);
}

bool metrics_page_next(struct buf *out, const struct metrics_page *page, unsigned *at)
{
	const unsigned count = sizeof(families) / sizeof(families[0]);
	struct schools all = {.now = loop_wall_ms(page->rig->loop) / 1000};
	unsigned part = (*at)++;
	if (part == count + 1) {
		put_all(out, page->all);
		put_process(out, page);
		return false;
	}
	page->schools(page->arg, see, &all);
	if (part == 0)
		put_state(out, &all);
	else
		each(out, &all, &families[part - 1]);
	free(all.v);
	return true;
}
