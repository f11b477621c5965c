/* What is remembered of an environment comes back as it was put, and nothing else does. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/sync/state.h"
#include "tests/unit/sync_store.h"

#define NOW   INT64_C(1795518000)
#define TODAY ((int32_t)(NOW / 86400))

static struct arena *arena;

static int setup(void **state)
{
	arena = arena_new(0);
	return shelf_setup(state);
}

static int teardown(void **state)
{
	arena_free(&arena);
	return shelf_teardown(state);
}

struct loading {
	enum flow_kind flow;
	struct env_state state;
};

static int load(struct store_txn *txn, void *arg)
{
	struct loading *l = arg;
	return state_load(txn, l->flow, arena, NOW, &l->state);
}

/* Another process reads it. */
static struct env_state loaded(struct shelf *s, enum flow_kind flow)
{
	struct loading l = {.flow = flow};
	shelf_reopen(s);
	assert_int_equal(shelf_do(s, false, load, &l), 0);
	return l.state;
}

static const uint8_t print[32] = {1, 2, 3, 0, 255};

static void an_empty_store_is_a_first_contact(void **state)
{
	struct env_state st = loaded(*state, FLOW_DOWN);
	assert_true(str_empty(st.school_id));
	assert_false(st.verified);
	assert_int_equal(st.first_down_ok, 0);
	assert_int_equal(st.next_seq, 1);
	assert_int_equal(st.intents.n, 0);
	assert_int_equal(map_count(st.sheets), 0);
}

static int put_meta(struct store_txn *txn, void *arg)
{
	(void)arg;
	state_put_meta_str(txn, META_SCHOOL, STR("ecole"));
	state_put_meta_str(txn, META_ADDRESS, STR("https://cfa.example/index.php"));
	state_put_meta_int(txn, META_VERIFIED, 1);
	state_put_meta_int(txn, META_ROSTER_BY_POST, 1);
	state_put_meta_int(txn, META_FIRST_DOWN, NOW - 5);
	state_put_meta_int(txn, META_LAST_UP, NOW - 3);
	state_put_meta_int(txn, META_SEQ, 77);
	state_put_meta_int(txn, META_CANARY_ABSENCE, 2);
	return store_txn_error(txn);
}

static void facts_of_the_environment(void **state)
{
	assert_int_equal(shelf_do(*state, true, put_meta, NULL), 0);
	struct env_state st = loaded(*state, FLOW_UP);
	assert_true(str_eqz(st.school_id, "ecole"));
	assert_true(str_eqz(st.ypareo_address, "https://cfa.example/index.php"));
	assert_true(st.verified && st.roster_by_post);
	assert_int_equal(st.first_down_ok, NOW - 5);
	assert_int_equal(st.last_up_ok, NOW - 3);
	assert_int_equal(st.next_seq, 77);
	assert_false(st.canary_sheet_done);
	assert_false(st.canary_payroll_done);
	assert_true(st.canary_absence_done);
	assert_false(st.durations_kept); /* 2: as sent, but for the duration */
}

static int put_people(struct store_txn *txn, void *arg)
{
	struct binding b = {.kind = PERSON_LEARNER,
	                    .code = 4711,
	                    .id = STR("abc"),
	                    .email = STR("é@x.org"),
	                    .first = STR("Zoé"),
	                    .last = STR(""),
	                    .created = true,
	                    .at = NOW};
	(void)arg;
	memcpy(b.fingerprint, print, 32);
	state_put_binding(txn, &b);
	b.kind = PERSON_INSTRUCTOR; /* the same code of another kind */
	b.id = STR("def");
	b.shared = true;
	state_put_binding(txn, &b);
	b.code = -3;
	b.id = STR("ghi");
	state_put_binding(txn, &b);
	state_del_binding(txn, PERSON_INSTRUCTOR, -3);
	return store_txn_error(txn);
}

static void people(void **state)
{
	assert_int_equal(shelf_do(*state, true, put_people, NULL), 0);
	struct env_state st = loaded(*state, FLOW_DOWN);
	assert_int_equal(map_count(st.people[PERSON_LEARNER]), 1);
	assert_int_equal(map_count(st.people[PERSON_INSTRUCTOR]), 1);
	const struct binding *b = map_get(st.people[PERSON_LEARNER], 4711);
	assert_non_null(b);
	assert_true(str_eqz(b->id, "abc") && str_eqz(b->email, "é@x.org") && str_eqz(b->first, "Zoé") &&
	            str_empty(b->last));
	assert_memory_equal(b->fingerprint, print, 32);
	assert_true(b->created && !b->shared);
	assert_int_equal(b->at, NOW);
	assert_ptr_equal(map_get_str(st.people_by_id[PERSON_LEARNER], STR("abc")), b);
	b = map_get_str(st.people_by_id[PERSON_INSTRUCTOR], STR("def"));
	assert_non_null(b);
	assert_true(b->shared);
	assert_int_equal(b->code, 4711);
}

static int put_sheets(struct store_txn *txn, void *arg)
{
	int64_t groups[] = {7}, learners[] = {1, 2, 30000000000}, instructors[] = {52, 51};
	struct sheet_memory m = {.session = 90210,
	                         .id = STR("s1"),
	                         .start = NOW,
	                         .end = NOW + 3600,
	                         .name = STR("Anglais"),
	                         .room = STR("B102"),
	                         .created_at = 5,
	                         .updated_at = 6};
	(void)arg;
	memcpy(m.fingerprint, print, 32);
	m.groups = (struct ints){groups, 1};
	m.learners = (struct ints){learners, 3};
	m.instructors = (struct ints){instructors, 2};
	state_put_sheet(txn, &m);
	struct sheet_memory gone = {.session = 90211, .id = STR("s2"), .gone = true};
	state_put_sheet(txn, &gone);
	gone.session = 90212;
	state_put_sheet(txn, &gone);
	state_del_sheet(txn, 90212);
	return store_txn_error(txn);
}

static void sheets(void **state)
{
	assert_int_equal(shelf_do(*state, true, put_sheets, NULL), 0);
	struct env_state st = loaded(*state, FLOW_DOWN);
	assert_int_equal(map_count(st.sheets), 2);
	const struct sheet_memory *m = map_get_str(st.sheets_by_id, STR("s1"));
	assert_ptr_equal(m, map_get(st.sheets, 90210));
	assert_int_equal(m->session, 90210);
	assert_memory_equal(m->fingerprint, print, 32);
	assert_int_equal(m->start, NOW);
	assert_int_equal(m->end, NOW + 3600);
	assert_true(str_eqz(m->name, "Anglais") && str_eqz(m->room, "B102"));
	assert_int_equal(m->groups.n, 1);
	assert_int_equal(m->learners.n, 3);
	assert_int_equal(m->learners.v[2], 30000000000);
	assert_int_equal(m->instructors.v[0], 52); /* in order */
	assert_int_equal(m->instructors.v[1], 51);
	assert_int_equal(m->created_at, 5);
	assert_int_equal(m->updated_at, 6);
	assert_false(m->gone);
	m = map_get(st.sheets, 90211);
	assert_true(m->gone);
	assert_int_equal(m->learners.n, 0);
}

static int put_intents(struct store_txn *txn, void *arg)
{
	struct intent i = {.seq = 300,
	                   .kind = INTENT_ABSENCE_CREATE,
	                   .sent_at = NOW * 1000,
	                   .run = STR("r"),
	                   .code = 1,
	                   .code2 = 2,
	                   .person = PERSON_TUTOR,
	                   .id = STR("x"),
	                   .payload = STR("a\0b")};
	(void)arg;
	state_put_intent(txn, &i);
	i.seq = 2;
	state_put_intent(txn, &i);
	i.seq = 7;
	state_put_intent(txn, &i);
	state_del_intent(txn, 7);
	return store_txn_error(txn);
}

static void intents_oldest_first(void **state)
{
	assert_int_equal(shelf_do(*state, true, put_intents, NULL), 0);
	struct env_state st = loaded(*state, FLOW_DOWN);
	const struct intent *i = st.intents.v;
	assert_int_equal(st.intents.n, 2);
	assert_int_equal(i[0].seq, 2);
	assert_int_equal(i[1].seq, 300);
	assert_int_equal(i[1].kind, INTENT_ABSENCE_CREATE);
	assert_int_equal(i[1].sent_at, NOW * 1000);
	assert_int_equal(i[1].code, 1);
	assert_int_equal(i[1].code2, 2);
	assert_int_equal(i[1].person, PERSON_TUTOR);
	assert_true(str_eqz(i[1].run, "r") && str_eqz(i[1].id, "x"));
	assert_int_equal(i[1].payload.n, 3);
	assert_memory_equal(i[1].payload.p, "a\0b", 3);
	assert_int_equal(st.next_seq, 301); /* never a number twice, also when the counter was lost */
}

static struct ledger_row row(int64_t session, enum absence_kind kind, int start, int64_t code, int32_t day)
{
	struct ledger_row r = {.session = session, .learner = 4711, .kind = kind, .code = code, .at = NOW};
	r.written = (struct absence){.code = code,
	                             .learner = 4711,
	                             .group = 7,
	                             .first = day,
	                             .last = day,
	                             .start_minute = start,
	                             .end_minute = start + 60,
	                             .minutes = 60,
	                             .late = kind == ABSENCE_LATE,
	                             .reason = 3};
	return r;
}

static int put_ledger(struct store_txn *txn, void *arg)
{
	(void)arg;
	struct ledger_row a = row(1, ABSENCE_WHOLE, 540, 501, TODAY), b = row(1, ABSENCE_WHOLE, 660, 502, TODAY),
	                  c = row(1, ABSENCE_LATE, 540, 503, TODAY);
	struct ledger_row old = row(2, ABSENCE_WHOLE, 540, 400, TODAY - 200),
	                  gone = row(3, ABSENCE_EARLY, 600, 504, TODAY);
	c.justified = c.taken_over = true;
	state_put_ledger(txn, &a);
	state_put_ledger(txn, &b);
	state_put_ledger(txn, &c);
	state_put_ledger(txn, &old);
	state_put_ledger(txn, &gone);
	state_del_ledger(txn, &gone);
	a.code = a.written.code = 511; /* again: replaced */
	state_put_ledger(txn, &a);
	return store_txn_error(txn);
}

static void the_ledger(void **state)
{
	assert_int_equal(shelf_do(*state, true, put_ledger, NULL), 0);
	struct env_state st = loaded(*state, FLOW_UP);
	const struct ledger_row *r = st.ledger.v;
	assert_int_equal(st.ledger.n,
	                 3); /* two pieces of one kind, one of another; that of last term stays in the store */
	assert_int_equal(r[0].code, 511);
	assert_int_equal(r[1].code, 502);
	assert_int_equal(r[2].code, 503);
	assert_int_equal(r[2].kind, ABSENCE_LATE);
	assert_int_equal(r[2].session, 1);
	assert_int_equal(r[2].learner, 4711);
	assert_true(r[2].justified && r[2].taken_over && !r[0].taken_over);
	const struct absence *w = &r[2].written;
	assert_int_equal(w->learner, 4711);
	assert_int_equal(w->group, 7);
	assert_int_equal(w->first, TODAY);
	assert_int_equal(w->last, TODAY);
	assert_int_equal(w->start_minute, 540);
	assert_int_equal(w->end_minute, 600);
	assert_int_equal(w->minutes, 60);
	assert_int_equal(w->reason, 3);
	assert_true(w->late);
}

static int put_marks(struct store_txn *txn, void *arg)
{
	struct payroll_memory p = {
	        .last = {.session = 1, .instructor = 52, .present = true, .minutes = 180, .reason = 4}, .at = NOW};
	struct seen_mark m = {.id = STR("s1"), .locked_start = NOW - 86400, .settled = true, .unlocked_after = true};
	(void)arg;
	memcpy(m.fingerprint, print, 32);
	state_put_payroll(txn, &p);
	state_put_seen(txn, &m);
	m.id = STR("old");
	m.locked_start = NOW - 200 * 86400;
	state_put_seen(txn, &m);
	state_put_guarded(txn, GUARDED_REMOVAL, NOW - 3600, 1);
	state_put_guarded(txn, GUARDED_PERSON, NOW - 3600, 2);
	state_put_guarded(txn, GUARDED_PERSON, NOW - 3600, 4);
	state_put_guarded(txn, GUARDED_REMOVAL, NOW - 86400 - 1, 3);
	return store_txn_error(txn);
}

static int drop_guarded(struct store_txn *txn, void *arg)
{
	state_drop_guarded(txn, *(int64_t *)arg);
	return store_txn_error(txn);
}

static void marks_and_removals(void **state)
{
	assert_int_equal(shelf_do(*state, true, put_marks, NULL), 0);
	struct env_state st = loaded(*state, FLOW_UP);
	const struct payroll_memory *p = map_get_str(st.payroll, STR("1/52"));
	assert_non_null(p);
	assert_int_equal(p->last.session, 1);
	assert_int_equal(p->last.instructor, 52);
	assert_true(p->last.present);
	assert_int_equal(p->last.minutes, 180);
	assert_int_equal(p->last.reason, 4);
	assert_int_equal(p->at, NOW);
	const struct seen_mark *m = map_get_str(st.seen, STR("s1"));
	assert_non_null(m);
	assert_memory_equal(m->fingerprint, print, 32);
	assert_int_equal(m->locked_start, NOW - 86400);
	assert_true(m->settled && m->unlocked_after);
	assert_null(map_get_str(st.seen, STR("old")));
	assert_int_equal(st.guarded[GUARDED_REMOVAL], 1); /* of the last 24 hours */
	assert_int_equal(st.guarded[GUARDED_PERSON], 2);
	assert_int_equal(st.guarded[GUARDED_START], 0);
	int64_t before = NOW - 3600;
	assert_int_equal(shelf_do(*state, true, drop_guarded, &before), 0);
	st = loaded(*state, FLOW_DOWN);
	assert_int_equal(st.guarded[GUARDED_PERSON], 2); /* not those of that very second */
	before++;
	assert_int_equal(shelf_do(*state, true, drop_guarded, &before), 0);
	st = loaded(*state, FLOW_DOWN);
	assert_int_equal(st.guarded[GUARDED_PERSON], 0);
}

struct putting {
	enum flow_kind flow;
	struct issue issue[2];
	size_t n;
};

static int put_issues(struct store_txn *txn, void *arg)
{
	struct putting *p = arg;
	struct items list = {p->issue, p->n};
	state_put_issues(txn, p->flow, &list);
	return store_txn_error(txn);
}

static int list_issues(struct store_txn *txn, void *arg)
{
	return state_issues(txn, arena, arg);
}

static void issues_belong_to_a_flow(void **state)
{
	struct issue a = {.record = STR("learner 1"),
	                  .field = STR("email"),
	                  .problem = STR("has none"),
	                  .fix = STR("give one"),
	                  .since = 5,
	                  .until = 9};
	struct issue b = {.record = STR("sheet 2"), .problem = STR("is locked")};
	struct putting down = {FLOW_DOWN, {a, b}, 2}, up = {FLOW_UP, {b}, 1};
	assert_int_equal(shelf_do(*state, true, put_issues, &down), 0);
	assert_int_equal(shelf_do(*state, true, put_issues, &up), 0);
	struct env_state st = loaded(*state, FLOW_DOWN);
	const struct issue *i = st.issues.v;
	assert_int_equal(st.issues.n, 2);
	assert_true(str_eqz(i[0].record, "learner 1") && str_eqz(i[0].field, "email") &&
	            str_eqz(i[0].problem, "has none") && str_eqz(i[0].fix, "give one"));
	assert_int_equal(i[0].since, 5);
	assert_int_equal(i[0].until, 9);
	st = loaded(*state, FLOW_UP);
	assert_int_equal(st.issues.n, 1);
	struct items all = {NULL, 0};
	assert_int_equal(shelf_do(*state, false, list_issues, &all), 0);
	assert_int_equal(all.n, 3);
	/* the next run states what is open then */
	down.n = 0;
	assert_int_equal(shelf_do(*state, true, put_issues, &down), 0);
	st = loaded(*state, FLOW_DOWN);
	assert_int_equal(st.issues.n, 0);
	st = loaded(*state, FLOW_UP);
	assert_int_equal(st.issues.n, 1);
}

static int put_history(struct store_txn *txn, void *arg)
{
	(void)arg;
	for (int i = 0; i < 5; i++) {
		char id[] = {'r', (char)('0' + i), '\0'};
		struct run_summary s = {.id = str_of(id),
		                        .flow = i & 1 ? FLOW_UP : FLOW_DOWN,
		                        .result = RESULT_HELD,
		                        .started = NOW + i,
		                        .ended = NOW + 9,
		                        .issues = 3,
		                        .error = STR("e"),
		                        .plan = STR("p")};
		s.counts[COUNT_PAYROLL].unchanged = 12;
		s.counts[COUNT_SHEETS].created = 4;
		state_put_run(txn, &s);
		struct write_line w = {.at = NOW + i,
		                       .run = str_of(id),
		                       .action = STR("create"),
		                       .record = i & 1 ? STR("sheet 1") : STR("sheet 2"),
		                       .reason = STR("new"),
		                       .answer = STR("ok")};
		state_put_write(txn, (uint64_t)i + 250, &w);
	}
	return store_txn_error(txn);
}

struct listing {
	struct items out;
	unsigned most;
	struct str record;
};

static int list_runs(struct store_txn *txn, void *arg)
{
	struct listing *l = arg;
	return state_runs(txn, arena, l->most, &l->out);
}

static int list_writes(struct store_txn *txn, void *arg)
{
	struct listing *l = arg;
	return state_writes(txn, arena, l->record, l->most, &l->out);
}

static void history_latest_first(void **state)
{
	assert_int_equal(shelf_do(*state, true, put_history, NULL), 0);
	struct listing l = {.most = 2};
	assert_int_equal(shelf_do(*state, false, list_runs, &l), 0);
	const struct run_summary *r = l.out.v;
	assert_int_equal(l.out.n, 2);
	assert_true(str_eqz(r[0].id, "r4") && str_eqz(r[1].id, "r3"));
	assert_int_equal(r[1].flow, FLOW_UP);
	assert_int_equal(r[0].flow, FLOW_DOWN);
	assert_int_equal(r[0].result, RESULT_HELD);
	assert_int_equal(r[0].started, NOW + 4);
	assert_int_equal(r[0].ended, NOW + 9);
	assert_int_equal(r[0].counts[COUNT_PAYROLL].unchanged, 12);
	assert_int_equal(r[0].counts[COUNT_SHEETS].created, 4);
	assert_int_equal(r[0].issues, 3);
	assert_true(str_eqz(r[0].error, "e") && str_eqz(r[0].plan, "p"));
	struct listing w = {.most = 0, .record = STR("sheet 2")};
	assert_int_equal(shelf_do(*state, false, list_writes, &w), 0);
	const struct write_line *line = w.out.v;
	assert_int_equal(w.out.n, 3);
	assert_int_equal(line[0].at, NOW + 4);
	assert_int_equal(line[2].at, NOW);
	assert_true(str_eqz(line[0].run, "r4") && str_eqz(line[0].action, "create") &&
	            str_eqz(line[0].reason, "new") && str_eqz(line[0].answer, "ok"));
	struct listing none = {.record = STR("sheet 9")};
	assert_int_equal(shelf_do(*state, false, list_writes, &none), 0);
	assert_int_equal(none.out.n, 0);
}

static int put_garbage(struct store_txn *txn, void *arg)
{
	struct store_key k;
	store_key_begin(&k, *(const uint8_t *)arg);
	store_key_int(&k, 1);
	store_key_int(&k, 2);
	store_key_int(&k, 3);
	store_put(txn, &k, STR("\1\377"));
	return store_txn_error(txn);
}

/* A damaged value is no value: the run that meets it must not go on with half a memory. */
static void a_damaged_value_fails_the_loading(void **state)
{
	static const uint8_t tables[] = {TABLE_PERSON,  TABLE_SHEET, TABLE_INTENT, TABLE_ABSENCE,
	                                 TABLE_PAYROLL, TABLE_SEEN,  TABLE_GROUP};
	for (size_t i = 0; i < sizeof(tables); i++) {
		void *one = NULL;
		struct loading l = {.flow = FLOW_UP};
		assert_int_equal(shelf_setup(&one), 0);
		uint8_t table = tables[i];
		assert_int_equal(shelf_do(one, true, put_garbage, &table), 0);
		if (shelf_do(one, false, load, &l) == 0)
			fail_msg("a damaged value in table %d is read", table);
		shelf_teardown(&one);
	}
	(void)state;
}

static void lists_grow_in_their_arena(void **state)
{
	struct items list = {NULL, 0};
	size_t cap = 0;
	(void)state;
	for (int64_t i = 0; i < 1000; i++)
		assert_int_equal(items_add(arena, &list, &cap, &i, sizeof(i)), 0);
	assert_int_equal(list.n, 1000);
	for (int64_t i = 0; i < 1000; i++)
		assert_int_equal(((int64_t *)list.v)[i], i);
	struct arena *small = arena_new(4096);
	struct items other = {NULL, 0};
	int rc = 0;
	cap = 0;
	for (int64_t i = 0; i < 10000 && rc == 0; i++)
		rc = items_add(small, &other, &cap, &i, sizeof(i));
	assert_int_equal(rc, ERR_LIMIT);
	arena_free(&small);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	        TEST(an_empty_store_is_a_first_contact),
	        TEST(facts_of_the_environment),
	        TEST(people),
	        TEST(sheets),
	        TEST(intents_oldest_first),
	        TEST(the_ledger),
	        TEST(marks_and_removals),
	        TEST(issues_belong_to_a_flow),
	        TEST(history_latest_first),
	        TEST(a_damaged_value_fails_the_loading),
	        TEST(lists_grow_in_their_arena),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
