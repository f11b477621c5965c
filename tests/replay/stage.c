#include "tests/replay/stage.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "adapters/edusign/edusign.h"
#include "adapters/ypareo/ypareo.h"
#include "core/sync/wording.h"
#include "tests/world/front_fake.h"

#define DAY_MS ((int64_t)86400 * 1000)

static bool on_transition(void *arg, struct run *run, const struct step *step, const char *what)
{
	struct stage *s = arg;
	(void)run;
	(void)step;
	if (s->crashed)
		return false;
	if (strcmp(what, "sent") != 0 && strcmp(what, "answered") != 0 && strcmp(what, "enter") != 0 && !strstr(what, "-commit"))
		return true;
	if (s->crash_at && ++s->transitions == s->crash_at) {
		s->crashed = true;
		return false;
	}
	return true;
}

static void open_process(struct stage *s)
{
	struct fault fault = { 0 };
	long holder = 0;
	s->transport = front_fake_new(s->loop, s->sim, NULL);
	s->hub = fetch_hub_new(s->loop, s->transport, NULL);
	s->y_lane = fetch_lane_new(s->hub, "ypareo", &(struct fetch_lane_limits){ .concurrency = 2 });
	struct adapter_connection c = { .url = "https://cfa.ypareo.test/index.php", .token = "y-token", .lane = s->y_lane, .concurrency = 2 };
	assert_int_equal(ypareo_open(&c, &s->y_port, &fault), 0);
	s->settings.ypareo = s->y_port;
	for (unsigned i = 0; i < s->settings.environment_count; i++) {
		char token[32];
		snprintf(token, sizeof(token), "e-token-%u", i);
		s->e_lanes[i] = fetch_lane_new(s->hub, "edusign", &(struct fetch_lane_limits){ .concurrency = 4, .per_minute = 450 });
		struct adapter_connection e = { .url = "https://edusign.test/v1", .token = token, .lane = s->e_lanes[i] };
		assert_int_equal(edusign_open(&e, &s->e_ports[i], &fault), 0);
		s->envs[i].edusign = s->e_ports[i];
	}
	size_t map_size = s->map_size ? s->map_size : 16 << 20;
	assert_int_equal(stores_open(s->loop, s->dir, &(struct store_limits){ .no_sync = true, .map_size = map_size }, &s->stores, &holder), 0);
	s->flow = (struct flow_env){ .loop = s->loop, .hub = s->hub, .seed = 7, .probe = on_transition, .probe_arg = s };
}

static void close_process(struct stage *s)
{
	/* a commit that the pool holds when the process ends: nothing goes on after it, but the run must not go before it */
	if (s->crashed)
		loop_virtual_run(s->loop, NULL, NULL, 0);
	engine_free(&s->run);
	s->report = NULL;
	loop_virtual_run(s->loop, NULL, NULL, 1000); /* what is under way ends */
	for (unsigned i = 0; i < s->settings.environment_count; i++) {
		edusign_close(&s->e_ports[i]);
		fetch_lane_free(&s->e_lanes[i]);
	}
	ypareo_close(&s->y_port);
	fetch_lane_free(&s->y_lane);
	fetch_hub_free(&s->hub);
	stores_close(&s->stores);
}

struct stage *stage_new(const char *utc)
{
	struct stage *s = calloc(1, sizeof(*s));
	int64_t at;
	assert_non_null(s);
	assert_int_equal(utc_parse(str_of(utc), &at), 0);
	assert_int_equal(tz_open("Europe/Paris", &s->zone), 0);
	s->loop = loop_virtual_new(at * 1000);
	s->sim = sim_new(11);
	s->y = sim_ypareo_add(s->sim, "cfa");
	s->e = sim_edusign(s->sim);
	s->today = tz_from_utc(s->zone, at).day;
	snprintf(s->dir, sizeof(s->dir), "%s/passerelle-stage-XXXXXX", getenv("TMPDIR") ? "." : "/tmp");
	assert_non_null(mkdtemp(s->dir));
	s->settings = (struct settings){ .tenant = "cfa",
		                         .zone = s->zone,
		                         .environments = s->envs,
		                         .email = EMAIL_NORMAL,
		                         .want_validated = true,
		                         .days_ahead = 7,
		                         .days_back = 7,
		                         .reason_unjustified = 1,
		                         .reason_justified = 2,
		                         .reason_late = 3,
		                         .instructor_attendance = true,
		                         .delete_percent = 10,
		                         .delete_count = 20,
		                         .up_percent = 80,
		                         .settle_ms = 60000 };
	return s;
}

static int unlink_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void stage_free(struct stage **stage)
{
	struct stage *s = *stage;
	close_process(s);
	sim_free(&s->sim);
	loop_close(&s->loop);
	tz_close(&s->zone);
	nftw(s->dir, unlink_one, 16, FTW_DEPTH | FTW_PHYS);
	free(s);
	*stage = NULL;
}

void stage_school(struct stage *s, const struct stage_options *o)
{
	static const char *const names[4][3] = {
		{ "Lefèvre", "Chloé", "chloe.lefevre@example.org" },
		{ "N'Diaye", "Moussa", "moussa.ndiaye@example.org" },
		{ "Garcia", "Inès", "ines.garcia@example.org" },
		{ "O'Brien", "Killian", "killian.obrien@example.org" },
	};
	struct ypareo *y = s->y;
	ypareo_add_key(y, "y-token", "passerelle", true);
	ypareo_add_period(y, "2026-2027", day_of(2026, 9, 1), day_of(2027, 8, 31));
	s->site = ypareo_add_site(y, "Lyon")->code;
	s->group = ypareo_add_group(y, "BTS MCO 1", s->site)->code;
	struct ypareo_group *g = ypareo_group(y, s->group);
	g->period = y->periods.items[0].code;
	g->training = ypareo_add_training(y, "BTS Management commercial opérationnel")->code;
	g->first = day_of(2026, 9, 1);
	g->last = day_of(2027, 8, 31);
	s->subject = ypareo_add_subject(y, "Anglais")->code;
	s->room = ypareo_add_room(y, "B102", s->site)->code;
	s->instructor = ypareo_add_person(y, "Moreau", "Hélène", "helene.moreau@example.org")->code;
	ypareo_person(y, s->instructor)->instructor = true;
	for (unsigned i = 0; i < (o->learners ? o->learners : 2); i++) {
		s->learner[i] = ypareo_add_learner(y, names[i][0], names[i][1], names[i][2])->code;
		ypareo_enrol(y, s->learner[i], s->group, day_of(2026, 9, 1));
	}
	static const struct { const char *name; bool justified; } reasons[] = { { "Absence injustifiée", false }, { "Absence justifiée", true }, { "Retard", false } };
	for (int i = 0; i < 3; i++)
		ypareo_add_reason(y, reasons[i].name, reasons[i].justified);
	s->settings.reason_unjustified = y->reasons.items[0].code;
	s->settings.reason_justified = y->reasons.items[1].code;
	s->settings.reason_late = y->reasons.items[2].code;
	if (!o->empty)
		s->session = ypareo_add_session(y, s->today + 1, 9 * 60, 12 * 60, s->subject, s->group, s->instructor, s->room)->code;
	edusign_school_add(s->e, "ecole", "e-token-0", "Europe/Paris");
	s->envs[0] = (struct env_settings){ .key = "all" };
	s->settings.environment_count = 1;
	open_process(s);
}

void stage_generated(struct stage *s, const struct gen_options *g, unsigned environments)
{
	static char keys[STAGE_ENVIRONMENTS][32], schools[STAGE_ENVIRONMENTS][24], tokens[STAGE_ENVIRONMENTS][24];
	struct gen_options o = *g;
	o.token = "y-token";
	if (!o.first_day)
		o.first_day = s->today;
	gen_school(s->y, &o);
	unsigned n = environments ? environments : 1;
	for (unsigned i = 0; i < n; i++) {
		snprintf(schools[i], sizeof(schools[i]), "ecole-%u", i);
		snprintf(tokens[i], sizeof(tokens[i]), "e-token-%u", i);
		edusign_school_add(s->e, schools[i], tokens[i], "Europe/Paris");
		int64_t code = environments ? s->y->sites.items[i].code : 0;
		if (code)
			snprintf(keys[i], sizeof(keys[i]), "structure-%lld", (long long)code);
		else
			snprintf(keys[i], sizeof(keys[i]), "all");
		s->envs[i] = (struct env_settings){ .key = keys[i], .structure = code };
	}
	if (s->y->reasons.n >= 2) {
		for (size_t i = 0; i < s->y->reasons.n; i++) {
			struct ypareo_reason *r = &s->y->reasons.items[i];
			if (r->justified && !r->retired)
				s->settings.reason_justified = r->code;
			else if (!r->retired)
				s->settings.reason_unjustified = s->settings.reason_late = r->code;
		}
	}
	s->settings.environment_count = n;
	open_process(s);
}

/* Whoever reads French is told too, and whoever can mend it is named: of all that any script brings about. */
static void all_is_worded(const struct report *report)
{
	for (unsigned i = 0; i < report->environment_count; i++) {
		const struct issue *all = report->environments[i].issues.v;
		for (size_t k = 0; k < report->environments[i].issues.n; k++) {
			if (!wording_known(all[k].problem))
				fail_msg("wording_fr.c lacks «%.*s»", STR_ARG(all[k].problem));
			if (!wording_known(all[k].fix))
				fail_msg("wording_fr.c lacks «%.*s»", STR_ARG(all[k].fix));
		}
	}
}

static void on_report(void *arg, const struct report *report)
{
	struct stage *s = arg;
	all_is_worded(report);
	s->report = report;
	s->ended = true;
}

static bool is_over(void *arg)
{
	struct stage *s = arg;
	return s->ended || s->crashed;
}

/* o: what is particular about the run */
static void start(struct stage *s, struct engine_options o)
{
	engine_free(&s->run);
	s->report = NULL;
	s->ended = s->crashed = false;
	s->transitions = 0;
	o.flow = &s->flow;
	o.kept_will_do = s->kept_will_do;
	o.stores = s->stores;
	o.settings = &s->settings;
	o.done = on_report;
	o.arg = s;
	s->run = engine_start(&o);
	loop_virtual_run(s->loop, is_over, s, DAY_MS);
}

static const struct report *run_to_end(struct stage *s, struct engine_options o)
{
	s->crash_at = 0;
	start(s, o);
	assert_true(s->ended);
	return s->report;
}

const struct report *stage_run_only(struct stage *s, const struct texts *only)
{
	return run_to_end(s, (struct engine_options){ .kind = FLOW_UP, .only = only });
}

const struct report *stage_run(struct stage *s, enum flow_kind flow)
{
	return run_to_end(s, (struct engine_options){ .kind = flow });
}

const struct report *stage_plan(struct stage *s, enum flow_kind flow)
{
	return run_to_end(s, (struct engine_options){ .kind = flow, .plan_only = true });
}

const struct report *stage_run_approved(struct stage *s, enum flow_kind flow)
{
	char plan[32];
	assert_non_null(s->report);
	assert_int_not_equal(s->report->environments[0].plan.n, 0);
	snprintf(plan, sizeof(plan), "%.*s", STR_ARG(s->report->environments[0].plan));
	return run_to_end(s, (struct engine_options){ .kind = flow, .approved = plan });
}

bool stage_run_until_crash(struct stage *s, enum flow_kind flow, unsigned at)
{
	s->crash_at = at;
	start(s, (struct engine_options){ .kind = flow });
	if (!s->crashed) {
		assert_true(s->ended);
		return false;
	}
	close_process(s);
	s->crashed = false;
	open_process(s);
	return true;
}

void stage_abandon(struct stage *s)
{
	char command[200];
	char left[sizeof(s->dir)];
	memcpy(left, s->dir, sizeof(left));
	snprintf(s->dir, sizeof(s->dir), "%.40s-XXXXXX", left);
	assert_non_null(mkdtemp(s->dir));
	/* the dead one's lock is held as long as this process lives: its directory cannot be opened again */
	snprintf(command, sizeof(command), "cp -r %s/. %s && rm -r %s", left, s->dir, left);
	assert_int_equal(system(command), 0);
	s->loop = loop_virtual_new(loop_wall_ms(s->loop));
	s->run = NULL;
	s->report = NULL;
	s->ended = s->crashed = false;
	s->crash_at = 0;
	s->hub = NULL;
	s->stores = NULL;
	s->y_port = NULL;
	for (unsigned i = 0; i < STAGE_ENVIRONMENTS; i++)
		s->e_ports[i] = NULL;
	open_process(s);
}

static void on_morning(struct loop_timer *t)
{
	(void)t; /* it only makes time pass: with nothing to do the virtual clock stands still */
}

void stage_advance(struct stage *s, int64_t seconds)
{
	struct loop_timer t;
	loop_timer_init(&t, on_morning);
	loop_timer_start(s->loop, &t, seconds * 1000);
	loop_virtual_run(s->loop, NULL, NULL, seconds * 1000);
}

int64_t stage_now(struct stage *s)
{
	return loop_wall_ms(s->loop) / 1000;
}

int64_t stage_at(struct stage *s, int days, int hour, int minute)
{
	return tz_to_utc(s->zone, s->today + days, hour * 60 + minute, 0);
}

void stage_fault(struct stage *s, const char *spec)
{
	struct arena *a = arena_new(0);
	struct sim_fault f;
	assert_int_equal(sim_fault_parse(spec, &f, a), 0);
	sim_fault_add(s->sim, &f);
	arena_free(&a);
}

void stage_server_clock(struct stage *s, int64_t ahead_s)
{
	front_fake_set(s->transport, &(struct front_fake_options){ .server_ahead_ms = ahead_s * 1000 });
}

void stage_lose_store(struct stage *s)
{
	char path[128];
	close_process(s);
	snprintf(path, sizeof(path), "%s/cfa", s->dir);
	nftw(path, unlink_one, 16, FTW_DEPTH | FTW_PHYS);
	open_process(s);
}

/* What is in one of the stage's folders, as it lies there: the process has ended. */
static void copy_folder(struct stage *s, const char *from, const char *to)
{
	char command[256];
	snprintf(command, sizeof(command), "rm -rf '%s/%s' && cp -R '%s/%s' '%s/%s'", s->dir, to, s->dir, from, s->dir, to);
	assert_int_equal(system(command), 0);
}

void stage_back_up(struct stage *s)
{
	close_process(s);
	copy_folder(s, "cfa", "aside");
	open_process(s);
}

void stage_restore(struct stage *s)
{
	close_process(s);
	copy_folder(s, "aside", "cfa");
	open_process(s);
}

void stage_mark(struct stage *s)
{
	sim_ledger_clear(s->sim);
}

size_t stage_writes(struct stage *s)
{
	return sim_ledger_find(s->sim, NULL, NULL, NULL, true);
}

size_t stage_requests(struct stage *s, const char *vendor, const char *method, const char *path)
{
	return sim_ledger_find(s->sim, vendor, method, path, false);
}

const struct issue *stage_issue(struct stage *s, const char *record, const char *field)
{
	for (unsigned i = 0; i < s->report->environment_count; i++) {
		const struct issue *all = s->report->environments[i].issues.v;
		for (size_t k = 0; k < s->report->environments[i].issues.n; k++)
			if (str_eqz(all[k].record, record) && (!field || str_eqz(all[k].field, field)))
				return &all[k];
	}
	return NULL;
}

struct counts stage_counts(struct stage *s, enum count_kind kind)
{
	struct counts sum = { 0 };
	for (unsigned i = 0; i < s->report->environment_count; i++) {
		const struct counts *c = &s->report->environments[i].counts[kind];
		sum.created += c->created;
		sum.updated += c->updated;
		sum.deleted += c->deleted;
		sum.unchanged += c->unchanged;
	}
	return sum;
}

struct ed_course *stage_sheet(struct stage *s)
{
	return edusign_course(s->e, "ecole", s->session);
}

struct ed_student *stage_student(struct stage *s, int i)
{
	return edusign_student(s->e, "ecole", s->learner[i]);
}
