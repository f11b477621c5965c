#include "tests/world/simulate_p.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/base/log.h"

/* One school's days. */

unsigned simulate__draw(struct simulation *m, unsigned n)
{
	return gen_random_below(&m->random, n);
}

bool simulate__one_in(struct simulation *m, unsigned n)
{
	return simulate__draw(m, n) == 0;
}

void simulate__say(struct simulation *m, const char *format, ...)
{
	va_list args;
	if (!m->options.verbose)
		return;
	printf("day %d  ", m->day + 1);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

/* ---- the trace: FNV-1a over everything that was asked ---- */

static void hash_bytes(uint64_t *hash, const void *bytes, size_t n)
{
	const unsigned char *p = bytes;
	for (size_t i = 0; i < n; i++)
		*hash = (*hash ^ p[i]) * UINT64_C(0x100000001b3);
	*hash = (*hash ^ 0xff) * UINT64_C(0x100000001b3); /* where a text ends */
}

static void take_ledger(struct simulation *m)
{
	uint64_t *hash = &m->result->hash;
	for (size_t i = 0; i < sim_ledger_count(m->stage->sim); i++) {
		const struct sim_entry *e = sim_ledger_at(m->stage->sim, i);
		hash_bytes(hash, &e->at_ms, sizeof(e->at_ms));
		hash_bytes(hash, e->vendor, strlen(e->vendor));
		hash_bytes(hash, e->method, strlen(e->method));
		hash_bytes(hash, e->path.p, e->path.n);
		hash_bytes(hash, e->query.p, e->query.n);
		hash_bytes(hash, e->body.p, e->body.n);
		hash_bytes(hash, e->account.p, e->account.n);
		hash_bytes(hash, &e->status, sizeof(e->status));
		m->result->requests++;
	}
	stage_mark(m->stage);
}

/* ---- runs ---- */

static bool fail(struct simulation *m, const char *what)
{
	snprintf(m->result->failure, sizeof(m->result->failure), "%.*s", (int)sizeof(m->result->failure) - 1, what);
	m->result->day = (unsigned)m->day + 1;
	return false;
}

static bool looked_at(struct simulation *m)
{
	take_ledger(m);
	m->result->runs++;
	return oracle_run_end(&m->oracle) || fail(m, m->oracle.failure);
}

static bool crash(struct simulation *m, enum flow_kind flow)
{
	unsigned at = 1 + simulate__draw(m, simulate__one_in(m, 2) ? 60 : 900);
	oracle_run_begin(&m->oracle);
	if (stage_run_until_crash(m->stage, flow, at)) {
		simulate__say(m, "%s dies at transition %u", flow_kind_name(flow), at);
		m->result->crashes++;
	}
	if (!looked_at(m))
		return false;
	simulate__calm(m);
	/* started again at once, half of the time: what was sent last may only then arrive */
	stage_advance(m->stage, simulate__one_in(m, 2) ? 1 + simulate__draw(m, 5) : 10 + simulate__draw(m, 200));
	return true;
}

/* One run, and those by which the daemon makes up for it when it fails: after 5, 15 and 45 minutes. */
static bool due(struct simulation *m, enum flow_kind flow)
{
	static const int64_t waits[] = {300, 900, 2700};
	simulate__trouble(m);
	if (simulate__one_in(m, 4)) {
		if (!crash(m, flow))
			return false;
		simulate__trouble(m);
	}
	for (unsigned i = 0;; i++) {
		oracle_run_begin(&m->oracle);
		const struct report *r = stage_run(m->stage, flow);
		simulate__say(m, "%s: %s", flow_kind_name(flow), result_name(r->result));
		if (flow == FLOW_DOWN && r->result < RESULT_HELD)
			simulate__remembered(m);
		if (!looked_at(m))
			return false;
		simulate__calm(m);
		if (r->result != RESULT_FAILED || i == 3)
			return true;
		m->result->failed_runs++;
		stage_advance(m->stage, waits[i]);
	}
}

/* Nothing goes wrong now: the run must end well. */
static bool calm(struct simulation *m, enum flow_kind flow, bool quiet)
{
	char text[480];
	oracle_run_begin(&m->oracle);
	const struct report *r = stage_run(m->stage, flow);
	for (unsigned i = 0; i < r->environment_count; i++) {
		if (fault_is(&r->environments[i].error)) {
			snprintf(text, sizeof(text), "%s fails without a fault: %s", flow_kind_name(flow),
			         r->environments[i].error.what);
			return fail(m, text);
		}
		if (r->environments[i].plan.n) {
			snprintf(text, sizeof(text), "%s is held", flow_kind_name(flow));
			return fail(m, text);
		}
	}
	if (flow == FLOW_DOWN)
		simulate__remembered(m);
	for (size_t i = 0; quiet && i < sim_ledger_count(m->stage->sim); i++) {
		const struct sim_entry *e = sim_ledger_at(m->stage->sim, i);
		if (!e->write)
			continue;
		snprintf(text, sizeof(text), "%s writes once more though nothing changed: %s %.*s %.*s",
		         flow_kind_name(flow), e->method, STR_ARG(e->path), (int)(e->body.n < 200 ? e->body.n : 200),
		         e->body.p);
		return fail(m, text);
	}
	return looked_at(m);
}

static bool night(struct simulation *m)
{
	simulate__calm(m);
	stage_advance(m->stage, 3600);
	if (!calm(m, FLOW_UP, false) || !calm(m, FLOW_DOWN, false))
		return false;
	if (m->options.sabotage && m->day + 1 == (int)m->options.days)
		simulate__break(m);
	if (!oracle_check(&m->oracle, stage_now(m->stage)))
		return fail(m, m->oracle.failure);
	return calm(m, FLOW_UP, true) && calm(m, FLOW_DOWN, true);
}

/* ---- days ---- */

static void until(struct simulation *m, int hour, int minute)
{
	int64_t at = stage_at(m->stage, m->day, hour, minute);
	if (at > stage_now(m->stage))
		stage_advance(m->stage, at - stage_now(m->stage));
}

static bool one_day(struct simulation *m)
{
	until(m, 6, 0);
	simulate__plan(m);
	simulate__store(m);
	until(m, 11, 0);
	simulate__meddle(m);
	until(m, 11, 30);
	simulate__begin(m);
	until(m, 12, 0);
	if (!due(m, FLOW_DOWN))
		return false;
	until(m, 21, 0);
	simulate__evening(m);
	until(m, 22, 0);
	return due(m, FLOW_UP) && due(m, FLOW_DOWN) && night(m);
}

static bool is_told(void *arg, const char *record)
{
	return stage_issue(arg, record, NULL) != NULL;
}

/* Excuses bear the types 1 to 3; the first two have a reason of their own in Yparéo, where the school sends them. */
static void draw_reasons(struct simulation *m)
{
	struct stage *s = m->stage;
	const char *const keys[] = {"1", "2"};
	s->settings.send_reasons = simulate__one_in(m, 3);
	for (unsigned i = 0; i < 2; i++)
		m->reasons[i] = (struct reason_map){str_of(keys[i]), ypareo_add_reason(s->y, i ? "Transport" : "Santé", true)->code};
	s->settings.reasons = m->reasons;
	s->settings.reason_count = 2;
}

static void fill_oracle(struct simulation *m)
{
	struct stage *s = m->stage;
	struct oracle *o = &m->oracle;
	*o = (struct oracle){.sim = s->sim,
	                     .y = s->y,
	                     .e = s->e,
	                     .zone = s->zone,
	                     .account_count = s->settings.environment_count,
	                     .days_ahead = s->settings.days_ahead,
	                     .days_back = s->settings.days_back,
	                     .reason_unjustified = s->settings.reason_unjustified,
	                     .reason_justified = s->settings.reason_justified,
	                     .reason_late = s->settings.reason_late,
	                     .is_told = is_told,
	                     .told_arg = s,
	                     .tutors = s->settings.tutors};
	for (unsigned i = 0; s->settings.send_reasons && i < s->settings.reason_count; i++)
		o->reasons[i] = (struct oracle_reason){(int64_t)i + 1, s->settings.reasons[i].reason};
	for (unsigned i = 0; i < o->account_count; i++) {
		snprintf(o->accounts[i].school, sizeof(o->accounts[i].school), "ecole-%u", i);
		o->accounts[i].site = s->envs[i].structure;
	}
	oracle_init(o);
}

static void open_school(struct simulation *m)
{
	/* an ordinary week, a weekend, the end of summer time, its beginning, New Year's Eve; or any day of a school year */
	static const char *const starts[] = {"2026-11-23T03:00:00Z", "2026-11-26T03:00:00Z", "2026-11-28T03:00:00Z",
	                                     "2026-10-23T03:00:00Z", "2027-03-26T03:00:00Z", "2026-12-30T03:00:00Z"};
	char start[UTC_TEXT];
	int64_t any = (int64_t)day_of(2026, 9, 1) * 86400 + (int64_t)simulate__draw(m, 300) * 86400 + 3 * 3600;
	unsigned which = simulate__draw(m, 2 * sizeof(starts) / sizeof(starts[0]));
	m->stage = stage_new(which < sizeof(starts) / sizeof(starts[0]) ? starts[which] : utc_iso(any, start));
	struct gen_options g = {.seed = m->options.seed,
	                        .learners = 20 + simulate__draw(m, 30),
	                        .groups = 3 + simulate__draw(m, 3),
	                        .sessions_per_day = 1 + simulate__draw(m, 3),
	                        .days = m->options.days + 12};
	stage_generated(m->stage, &g, simulate__draw(m, STAGE_ENVIRONMENTS + 1));
	/* what is held waits for an answer that nobody gives here */
	m->stage->settings.delete_percent = m->stage->settings.delete_count = 1000000;
	m->stage->settings.up_percent = 100;
	m->stage->settings.drift = simulate__one_in(m, 2) ? DRIFT_REPAIR : DRIFT_REPORT;
	draw_reasons(m);
	m->stage->settings.grouping = (enum grouping)(m->options.seed % 4);
	m->stage->settings.tutors = m->options.seed / 4 % 2 == 1;
	simulate__questions(m);
	fill_oracle(m);
}

void simulate__run(const struct simulate_options *options, struct simulate_result *result)
{
	struct simulation m = {.options = *options, .result = result};
	gen_random_init(&m.random, options->seed * 2654435761u + 1);
	*result = (struct simulate_result){.hash = UINT64_C(0xcbf29ce484222325)};
	open_school(&m);
	while (m.day < (int)options->days && one_day(&m))
		m.day++;
	result->sheets = m.oracle.sheets;
	result->rows = m.oracle.rows;
	result->missed = m.oracle.missed;
	result->schools = m.oracle.account_count;
	result->followed = m.oracle.followed;
	oracle_deinit(&m.oracle);
	stage_free(&m.stage);
}
