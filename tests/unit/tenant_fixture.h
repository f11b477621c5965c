#ifndef TESTS_UNIT_TENANT_FIXTURE_H
#define TESTS_UNIT_TENANT_FIXTURE_H

/* A school in the daemon, days on a virtual clock: its own file, both vendors simulated. */

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/app/page.h"
#include "core/app/cli.h"
#include "core/app/tenant.h"
#include "core/app/tour.h"
#include "tests/world/edusign.h"
#include "tests/world/front_fake.h"
#include "tests/world/gen.h"
#include "tests/world/loop_virtual.h"

struct scene {
	char dir[64];
	struct conf conf;
	struct rig rig;
	struct sim *sim;
	struct tenant *tenant;
	unsigned started, ended[FLOW_KIND_COUNT], failed, refused;
	int64_t at[FLOW_KIND_COUNT][32]; /* when they ended */
	bool full, gone;
	struct tenant_ask *when_ended; /* asked in the moment in which a run ends */
};

static inline bool may_start(void *arg)
{
	struct scene *s = arg;
	s->refused += s->full;
	return !s->full;
}

static inline void started(void *arg, struct tenant *t)
{
	(void)t;
	((struct scene *)arg)->started++;
}

static inline void ended(void *arg, struct tenant *t, enum flow_kind flow, const struct report *report)
{
	struct scene *s = arg;
	if (s->when_ended)
		tenant_ask(t, s->when_ended);
	s->when_ended = NULL;
	if (s->ended[flow] < 32)
		s->at[flow][s->ended[flow]] = loop_wall_ms(s->rig.loop) / 1000;
	s->ended[flow]++;
	s->failed += report->result == RESULT_FAILED;
}

static inline void gone(void *arg, struct tenant *t)
{
	(void)t;
	((struct scene *)arg)->gone = true;
}

static inline void write_file(struct scene *s, const char *name, const char *text)
{
	char path[160];
	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static inline struct tenant_conf *file_with(struct scene *s, const char *more, const char *account)
{
	char text[800];
	struct tenant_conf *conf = NULL;
	struct buf why;
	snprintf(text, sizeof(text),
	         "{ \"timezone\": \"Europe/Paris\", \"ypareo\": { \"url\": \"https://cfa.ypareo.test/index.php\", \"token_file\": \"y\", \"email\": \"normal\" },"
	         " \"environments\": [ { \"edusign\": { \"url\": \"https://edusign.test/v1\", \"token_file\": \"e\"%s } } ]%s }",
	         account, more);
	write_file(s, "cfa.json", text);
	buf_init(&why, 0);
	if (wiring_conf(&s->conf, "cfa", &conf, &why))
		fail_msg("%s", why.p);
	buf_deinit(&why);
	return conf;
}

static inline struct tenant_conf *file(struct scene *s, const char *more)
{
	return file_with(s, more, "");
}

static inline void open_process(struct scene *s)
{
	long holder = 0;
	s->rig.hub = fetch_hub_new(s->rig.loop, front_fake_new(s->rig.loop, s->sim, NULL), NULL);
	assert_int_equal(stores_open(s->rig.loop, s->dir, &(struct store_limits){ .no_sync = true, .map_size = 16 << 20 }, &s->rig.stores, &holder), 0);
	s->rig.flow = (struct flow_env){ .loop = s->rig.loop, .hub = s->rig.hub, .seed = 3 };
}

static inline void start_with(struct scene *s, struct tenant_conf *conf)
{
	struct buf why;
	buf_init(&why, 0);
	const struct tenant_hooks hooks = { may_start, started, ended, NULL, NULL, gone, s };
	s->tenant = tenant_new(&s->rig, conf, &hooks, &why);
	assert_non_null(s->tenant);
	buf_deinit(&why);
}

static inline void start(struct scene *s, const char *more)
{
	start_with(s, file(s, more));
}

static inline bool idle(void *arg)
{
	return !tenant_busy(((struct scene *)arg)->tenant);
}

static inline void stop(struct scene *s)
{
	loop_virtual_run(s->rig.loop, idle, s, 3600000);
	tenant_free(&s->tenant);
	fetch_hub_free(&s->rig.hub);
	stores_close(&s->rig.stores);
}

static inline int set_up(void **state)
{
	struct scene *s = calloc(1, sizeof(*s));
	int64_t at;
	assert_non_null(s);
	snprintf(s->dir, sizeof(s->dir), "/tmp/passerelle-tenant-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	s->conf.tenants = s->conf.data = s->dir;
	s->rig.conf = &s->conf;
	assert_int_equal(utc_parse(STR("2026-11-23T08:00:00Z"), &at), 0);
	s->rig.loop = loop_virtual_new(at * 1000);
	s->sim = sim_new(5);
	gen_school(sim_ypareo_add(s->sim, "cfa"), &(struct gen_options){ .seed = 5, .learners = 12, .groups = 2, .days = 20, .token = "y-token", .first_day = day_of(2026, 11, 23) });
	edusign_school_add(sim_edusign(s->sim), "ecole", "e-token", "Europe/Paris");
	write_file(s, "y", "y-token\n");
	write_file(s, "e", "e-token\n");
	open_process(s);
	*state = s;
	return 0;
}

static inline int unlink_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline int tear_down(void **state)
{
	struct scene *s = *state;
	if (s->tenant)
		stop(s);
	sim_free(&s->sim);
	loop_close(&s->rig.loop);
	nftw(s->dir, unlink_one, 16, FTW_DEPTH | FTW_PHYS);
	free(s);
	return 0;
}

static inline void days(struct scene *s, double n)
{
	loop_virtual_run(s->rig.loop, NULL, NULL, (int64_t)(n * 86400 * 1000));
}

static inline int64_t utc(const char *text)
{
	int64_t v;
	assert_int_equal(utc_parse(str_of(text), &v), 0);
	return v;
}

#define NO_SPREAD ", \"schedule\": { \"spread_minutes\": 0 }"

/* ---- what is asked ---- */

struct asked {
	struct tenant_ask ask;
	unsigned answers;
	bool report, plan_only;
	int error;
};

static inline void answered(struct tenant_ask *ask, const struct report *report, int error)
{
	struct asked *a = list_entry(ask, struct asked, ask);
	a->answers++;
	a->report = report != NULL;
	a->plan_only = report && report->plan_only;
	a->error = error;
}

static inline struct asked want(enum tenant_ask_kind kind)
{
	return (struct asked){ .ask = { .kind = kind, .flow = FLOW_DOWN, .done = answered } };
}

#endif
