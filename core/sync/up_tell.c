#include "core/io/mail.h"
#include "core/sync/absent.h"
#include "core/sync/tutors.h"
#include "core/sync/up_p.h"

/*
 * options.tutor_reports: when all is written, the tutors of those who were absent today or yesterday are told. What a run created is
 * remembered with it (up_write.c), so a run that ends in between, or cannot read who the tutors are, leaves it to the next one. A run
 * that holds something tells nobody, and one that looks at single sheets leaves it to the evening's: one e-mail for a
 * learner and a day.
 */

#define DAYS_TOLD 2 /* today and yesterday */

struct up_tell {
	struct arena *arena;
	struct items absences;       /* struct absent: all that are remembered, this run's too */
	size_t cap;
	struct items recent;         /* const struct ledger_row *: of today and yesterday, as loaded */
	struct items periods;        /* struct period */
	struct tutors tutors[DAYS_TOLD]; /* of today, of yesterday */
	struct map *learners[DAYS_TOLD]; /* to be told of: code -> any */
	bool failed[DAYS_TOLD];
	unsigned next_day;
};

static struct up_env *env_of(struct run *run)
{
	return run_state(run);
}

/* ---- remembering ---- */

static void put_apply(struct store_txn *txn, const void *arg)
{
	absent_put(txn, arg);
}

static void del_apply(struct store_txn *txn, const void *arg)
{
	absent_del(txn, arg);
}

static const struct absent *kept(struct up_env *u, const struct ledger_row *row)
{
	struct absent *a = arena_alloc(journal_keep(u->journal), sizeof(*a));
	const struct session *s = u->shared->work.snap.session_by_code ? map_get(u->shared->work.snap.session_by_code, row->session) : NULL;
	if (!a)
		return NULL; /* sticky: the run fails, and is tried again */
	*a = (struct absent){.day = row->written.first, .learner = row->learner, .session = row->session, .start = row->written.start_minute,
	                     .end = row->written.end_minute};
	if (s)
		a->subject = arena_str(journal_keep(u->journal), s->subject);
	return a;
}

/* A store that was made anew knows nothing of what was told before it. */
static bool is_before_store(const struct up_env *u, const struct ledger_row *row)
{
	return tz_to_utc(u->settings->zone, row->written.first, row->written.start_minute, 0) < u->state.first_down_ok;
}

static bool is_recent(const struct up_env *u, int32_t day)
{
	return day <= u->today && day > u->today - DAYS_TOLD;
}

int up__tell_load(struct up_env *u, struct store_txn *txn, struct arena *arena)
{
	if (!u->settings->tutor_reports)
		return 0;
	u->tell = arena_alloc(arena, sizeof(*u->tell));
	if (!u->tell)
		return ERR_LIMIT;
	*u->tell = (struct up_tell){.arena = arena};
	int rc = absent_load(txn, arena, &u->tell->absences);
	u->tell->cap = u->tell->absences.n;
	return rc;
}

void up__tell_created(struct up_env *u, const struct ledger_row *row)
{
	if (!u->tell || u->plan_only || row->kind == ABSENCE_LATE || !is_recent(u, row->written.first) || is_before_store(u, row))
		return;
	const struct absent *a = kept(u, row);
	if (!a || items_add(u->tell->arena, &u->tell->absences, &u->tell->cap, a, sizeof(*a)))
		return;
	journal_result(u->journal, 0, put_apply, a);
}

void up__tell_withdrawn(struct up_env *u, const struct ledger_row *row)
{
	if (!u->tell || u->plan_only || !row)
		return;
	const struct absent *a = kept(u, row);
	if (a)
		journal_result(u->journal, 0, del_apply, a);
}

/* ---- who is told ---- */

static bool is_same(const struct ledger_row *row, const struct absent *a)
{
	return row->session == a->session && row->learner == a->learner && row->written.start_minute == a->start && !row->taken_over &&
	       row->kind != ABSENCE_LATE;
}

/* Does the ledger still say so? What this run knows of a session is with the session's candidate; the rest is as it was loaded. */
static bool stands(struct up_env *u, const struct absent *a)
{
	const struct up_ledger *l = up__ledger(u, a->session, a->learner, false);
	const struct ledger_row *const *recent = u->tell->recent.v;
	for (size_t i = 0; l && i < l->n; i++)
		if (is_same(l->v[i], a))
			return true;
	for (size_t i = 0; !map_get(u->candidate_of, a->session) && i < u->tell->recent.n; i++)
		if (is_same(recent[i], a))
			return true;
	return false;
}

static int collect_recent(struct up_env *u)
{
	const struct ledger_row *rows = u->state.ledger.v;
	size_t cap = 0;
	for (size_t i = 0; i < u->state.ledger.n; i++) {
		const struct ledger_row *row = &rows[i];
		if (is_recent(u, row->written.first) && items_add(u->tell->arena, &u->tell->recent, &cap, &row, sizeof(row)))
			return ERR_LIMIT;
	}
	return 0;
}

static bool was_told(const struct up_tell *t, int32_t day, int64_t learner)
{
	const struct absent *all = t->absences.v;
	for (size_t i = 0; i < t->absences.n; i++)
		if (all[i].session == 0 && all[i].day == day && all[i].learner == learner)
			return true;
	return false;
}

static void forget(struct up_env *u, const struct absent *a)
{
	struct absent *copy = arena_alloc(journal_keep(u->journal), sizeof(*copy));
	if (!copy)
		return;
	*copy = *a;
	journal_result(u->journal, 0, del_apply, copy);
}

static enum verdict whom(struct run *run)
{
	struct up_env *u = env_of(run);
	struct up_tell *t = u->tell;
	bool any = false;
	if (!t || u->only || u->stopped || !str_empty(u->report->plan))
		return STEP_DONE;
	if (!u->settings->can_mail) {
		issues_add(u->issues, STR("environment"), "tutor_reports", 0, "Name a mail server (smtp) in passerelle.json, or turn options.tutor_reports off",
		           "tutors cannot be told of absences: there is no mail server");
		return STEP_DONE;
	}
	if (collect_recent(u))
		return up_out_of_memory(run);
	for (unsigned d = 0; d < DAYS_TOLD; d++)
		t->learners[d] = map_new_int(t->arena);
	struct absent *all = t->absences.v;
	for (size_t i = 0; i < t->absences.n; i++) {
		bool mark = all[i].session == 0, recent = is_recent(u, all[i].day);
		if (!recent || (!mark && (was_told(t, all[i].day, all[i].learner) || !stands(u, &all[i])))) {
			forget(u, &all[i]);
			all[i].day = INT32_MIN;
		} else if (!mark) {
			map_put(t->learners[u->today - all[i].day], all[i].learner, t);
			any = true;
		}
	}
	return any ? STEP_NEXT : STEP_DONE;
}

static enum verdict periods_ask(struct run *run, struct exchange *x)
{
	struct up_env *u = env_of(run);
	u->settings->ypareo->periods(u->settings->ypareo->self, x, u->tell->arena, &u->tell->periods);
	return up_asks_ypareo(u);
}

static void unread(struct up_env *u, const struct fault *fault)
{
	issues_add(u->issues, STR("environment"), "tutor_reports", 0,
	           "Tick contracts and company contacts for this key in Yparéo's web-services screen; the next run tells them, today and tomorrow",
	           "tutors could not be told of absences: %s", fault->what);
}

static enum verdict periods_got(struct run *run, struct exchange *x)
{
	if (!fault_is(&x->fault))
		return STEP_NEXT;
	if (x->fault.class == FAULT_CANCELLED)
		return run_fail(run, &x->fault);
	unread(env_of(run), &x->fault);
	return STEP_DONE;
}

static bool is_absent(void *arg, int64_t learner)
{
	return map_get(arg, learner) != NULL;
}

static struct ints periods_of(const struct up_tell *t, int32_t day)
{
	const struct period *all = t->periods.v;
	struct ints codes = {arena_array(t->arena, t->periods.n + 1, sizeof(int64_t)), 0};
	for (size_t i = 0; codes.v && i < t->periods.n; i++)
		if (all[i].first <= day && day <= all[i].last)
			codes.v[codes.n++] = all[i].code;
	return codes;
}

static enum next tutors_next(struct run *run, void **child)
{
	struct up_env *u = env_of(run);
	struct up_tell *t = u->tell;
	while (t->next_day < DAYS_TOLD) {
		unsigned d = t->next_day++;
		int32_t day = u->today - (int32_t)d;
		if (map_count(t->learners[d]) == 0)
			continue;
		tutors_init(&t->tutors[d], u->settings, t->arena, periods_of(t, day), day, is_absent, t->learners[d]);
		*child = &t->tutors[d];
		return CHILD_READY;
	}
	return CHILD_NONE;
}

static enum verdict tutors_joined(struct run *run, void *child_state, const struct fault *fault)
{
	struct up_env *u = env_of(run);
	struct tutors *tutors = child_state;
	unsigned d = (unsigned)(u->today - tutors->day);
	u->report->requests_ypareo += tutors->requests;
	u->tell->failed[d] = fault_is(fault) || !tutors->read;
	if (u->tell->failed[d])
		unread(u, fault_is(fault) ? fault : &tutors->why);
	return STEP_NEXT;
}

/* ---- telling ---- */

struct telling {
	struct letter letter;
	int32_t day;
	int64_t learner, now;
};

static void told_apply(struct store_txn *txn, const void *arg)
{
	const struct telling *t = arg;
	absent_told(txn, &t->letter, t->day, t->learner, t->now);
}

static void no_address(struct up_env *u, const struct tutor *tutor, int64_t code, int32_t day, int64_t learner)
{
	char date[DAY_TEXT];
	issues_add(u->issues, record_name(u->arena, "tutor", code), "email", 0, "Enter the e-mail address in Yparéo, on the contact of the company",
	           "%s: the absence of %s of learner %lld was not told", tutor ? "has no e-mail address that is one" : "is not among the company's contacts",
	           day_iso(day, date), (long long)learner);
}

static int tell(struct up_env *u, unsigned d, int64_t learner, const struct tutor *tutor)
{
	struct up_tell *t = u->tell;
	struct arena *a = journal_keep(u->journal);
	const struct absent *all = t->absences.v;
	const struct absent **mine = arena_array(a, t->absences.n + 1, sizeof(*mine));
	struct telling *letter = arena_alloc(a, sizeof(*letter));
	const struct binding *b = map_get(u->state.people[PERSON_LEARNER], learner);
	int32_t day = u->today - (int32_t)d;
	char date[DAY_TEXT];
	size_t n = 0;
	for (size_t i = 0; mine && i < t->absences.n; i++)
		if (all[i].day == day && all[i].learner == learner && all[i].session)
			mine[n++] = &all[i];
	if (!mine || !letter || !b || !n)
		return mine && letter ? 0 : ERR_LIMIT;
	*letter = (struct telling){.day = day, .learner = learner, .now = u->now};
	letter->letter = (struct letter){.kind = LETTER_MAIL, .to = arena_str(a, str_trim(tutor->email)), .record = record_name(a, "tutor", tutor->code)};
	letter->letter.about = str_of(arena_printf(a, "the absence report of %s about learner %lld", day_iso(day, date), (long long)learner));
	const struct absent_report r = {.language = u->settings->language, .school = str_of(u->settings->school), .learner_first = b->first,
	                                .learner_last = b->last, .tutor_first = tutor->first, .tutor_last = tutor->last, .day = day, .absences = mine, .count = n};
	if (absent_write(&r, a, &letter->letter) || !letter->letter.about.n)
		return ERR_LIMIT;
	journal_result(u->journal, 0, told_apply, letter);
	journal_log(u->journal, "mail", record_name(u->arena, "learner", learner), letter->letter.about, STR("queued for the tutor"));
	return 0;
}

/* Whose tutor could not be read is told of by a later run; who has none is told to nobody. */
static int tell_of(struct up_env *u, unsigned d, int64_t learner)
{
	const struct contract *contract = NULL;
	const struct tutor *tutor = NULL;
	enum tutor_known known = tutors_find(&u->tell->tutors[d], learner, &contract, &tutor);
	int32_t day = u->today - (int32_t)d;
	if (known == TUTOR_MISSING || (known == TUTOR_KNOWN && !mail_address_ok(str_trim(tutor->email))))
		no_address(u, tutor, tutor ? tutor->code : contract->tutor, day, learner);
	else if (known == TUTOR_KNOWN)
		return tell(u, d, learner, tutor);
	return 0;
}

static enum verdict tell_all(struct run *run)
{
	struct up_env *u = env_of(run);
	struct up_tell *t = u->tell;
	const struct absent *all = t->absences.v;
	for (size_t i = 0; i < t->absences.n; i++) {
		unsigned d = (unsigned)(u->today - all[i].day);
		if (all[i].day == INT32_MIN || all[i].session == 0 || t->failed[d] || !map_get(t->learners[d], all[i].learner))
			continue;
		map_del(t->learners[d], all[i].learner);
		if (tell_of(u, d, all[i].learner))
			return up_out_of_memory(run);
	}
	return STEP_NEXT;
}

const struct step up_tell_list[] = {
        {STEP_CALC, "whom", .calc = whom},
        {STEP_HTTP, "periods", .ask = periods_ask, .got = periods_got},
        {STEP_EACH, "tutors", .next = tutors_next, .joined = tutors_joined, .sub = tutors_list, .width = 1},
        {STEP_CALC, "letters", .calc = tell_all},
        STEP_END,
};
