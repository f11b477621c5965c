/*
 * bench_many passerelle.json down|up [--schools N] [--ahead SECONDS]
 *
 * One run of a flow for the schools of a configuration, all at once, in one process that then ends: what bench/peers/node does too. The
 * same engine, stores and transport as the daemon, without its schedule. Prints one line of JSON. Exit 0; 5 when a run failed.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/app/conf.h"
#include "core/app/rig.h"
#include "core/app/wiring.h"
#include "core/base/clock.h"
#include "core/sync/engine.h"

struct many;
struct one {
	struct many *many;
	struct wiring *wiring;
	struct engine_run *run;
};

struct many {
	struct rig *rig;
	struct one *all;
	size_t count, open, failed;
	uint64_t requests, created, updated;
};

static void on_done(void *arg, const struct report *r)
{
	struct one *o = arg;
	struct many *m = o->many;
	m->requests += r->requests_ypareo;
	m->failed += r->result > RESULT_ISSUES;
	for (unsigned i = 0; i < r->environment_count; i++) {
		const struct env_report *e = &r->environments[i];
		m->requests += e->requests_ypareo + e->requests_edusign;
		for (int k = 0; k < COUNT_KIND_COUNT; k++) {
			m->created += e->counts[k].created;
			m->updated += e->counts[k].updated;
		}
		if (fault_is(&e->error))
			fprintf(stderr, "%s: %s\n", r->tenant, e->error.what);
	}
	if (--m->open == 0)
		loop_stop(m->rig->loop);
}

static int fail(const struct buf *why)
{
	fprintf(stderr, "%.*s", (int)why->n, why->n ? why->p : "");
	return EXIT_FAILURE;
}

static void start(struct one *o, enum flow_kind flow)
{
	struct rig *rig = o->many->rig;
	struct engine_options e = {.flow = &rig->flow,
	                           .stores = rig->stores,
	                           .settings = &o->wiring->conf->settings,
	                           .kind = flow,
	                           .memory = rig->conf->memory_per_run,
	                           .done = on_done,
	                           .arg = o};
	o->many->open++;
	o->run = engine_start(&e);
}

static int open_all(struct many *m, const struct conf *conf, size_t most, struct buf *why)
{
	struct arena *arena = arena_new(0);
	struct texts names = {NULL, 0};
	int rc = wiring_list(conf, arena, &names, why);
	m->all = xcalloc(names.n + 1, sizeof(*m->all));
	for (size_t i = 0; rc == 0 && i < names.n && i < most; i++) {
		struct tenant_conf *c = NULL;
		rc = wiring_conf(conf, names.v[i].p, &c, why);
		if (rc == 0)
			rc = wiring_open(m->rig, c, &m->all[i].wiring, why);
		m->all[i].many = m;
		m->count += rc == 0;
	}
	arena_free(&arena);
	return rc;
}

int main(int argc, char **argv)
{
	struct many m = {0};
	struct conf *conf = NULL;
	struct buf why;
	size_t most = SIZE_MAX;
	if (argc < 3) {
		fputs("usage: bench_many passerelle.json down|up [--schools N] [--ahead SECONDS]\n", stderr);
		return EXIT_FAILURE;
	}
	for (int i = 3; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--schools") == 0)
			most = strtoul(argv[i + 1], NULL, 10);
		else if (strcmp(argv[i], "--ahead") == 0)
			clock_set_ahead(strtoll(argv[i + 1], NULL, 10) * 1000);
	}
	buf_init(&why, 0);
	if (conf_read(argv[1], &conf, &why) || rig_open(conf, true, &m.rig, &why) || open_all(&m, conf, most, &why))
		return fail(&why);
	int64_t began = loop_mono_ms(m.rig->loop);
	for (size_t i = 0; i < m.count; i++)
		start(&m.all[i], strcmp(argv[2], "up") == 0 ? FLOW_UP : FLOW_DOWN);
	if (m.open)
		loop_run(m.rig->loop);
	printf("{\"schools\":%zu,\"failed\":%zu,\"created\":%llu,\"updated\":%llu,\"requests\":%llu,\"wall_ms\":%lld}\n", m.count, m.failed,
	       (unsigned long long)m.created, (unsigned long long)m.updated, (unsigned long long)m.requests,
	       (long long)(loop_mono_ms(m.rig->loop) - began));
	for (size_t i = 0; i < m.count; i++) {
		engine_free(&m.all[i].run);
		wiring_close(&m.all[i].wiring);
	}
	free(m.all);
	rig_close(&m.rig);
	conf_free(&conf);
	buf_deinit(&why);
	return m.failed ? 5 : 0;
}
