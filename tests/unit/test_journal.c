/* Nothing leaves before its intent is on disk; nothing is forgotten before its result is. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/sync/journal.h"
#include "tests/unit/sync_store.h"

#define MOST 80

/* What a write of the test does once its intent is on disk. */
enum doing { ANSWERED, NEVER_ANSWERED };

struct play;
struct one {
	struct play *p;
	enum doing doing;
	struct intent intent;
	unsigned outstanding; /* when this one was sent: intents without result, itself included */
	bool sent;
};

struct play {
	struct shelf *shelf;
	struct journal *journal;
	uint64_t first_seq;
	struct one ones[MOST];
	unsigned count, next;
	unsigned outstanding, most;
	unsigned commits;
	unsigned crash_at; /* probe call that ends it all; 0 never */
	unsigned probes;
	struct fault child_fault;
	unsigned child_faults;
	struct run *run;
	bool flushed, ended;
	struct fault fault;
};

static struct play *play_of(struct run *run)
{
	return run_state(run);
}

/* ---- a write: intent, sent, a second of travelling, answered ---- */

static void intend(struct run *run)
{
	struct one *o = run_state(run);
	o->intent = (struct intent){.kind = INTENT_SHEET_CREATE, .code = 100 + (o - o->p->ones), .id = STR("abc")};
	journal_intend(o->p->journal, run, &o->intent);
}

static enum verdict sent(struct run *run)
{
	struct one *o = run_state(run);
	o->sent = true;
	o->outstanding = ++o->p->outstanding;
	if (o->outstanding > o->p->most)
		o->p->most = o->outstanding;
	return o->doing == ANSWERED ? STEP_NEXT : STEP_DONE;
}

static int64_t travel_ms(struct run *run)
{
	(void)run;
	return 1000;
}

static enum verdict answer(struct run *run)
{
	struct one *o = run_state(run);
	struct sheet_memory m = {.session = o->intent.code, .id = STR("sheet")};
	o->p->outstanding--;
	journal_put_sheet(o->p->journal, o->intent.seq, &m);
	return STEP_NEXT;
}

static const struct step write_list[] = {
        {STEP_GATE, "intent", .open = intend},
        {STEP_CALC, "sent", .calc = sent},
        {STEP_WAIT, "travel", .wait_ms = travel_ms},
        {STEP_CALC, "answer", .calc = answer},
        STEP_END,
};

/* ---- the run ---- */

static bool on_probe(void *arg, const char *what)
{
	struct play *p = arg;
	p->commits += strcmp(what, "after-commit") == 0;
	return ++p->probes != p->crash_at;
}

static enum verdict open_journal(struct run *run)
{
	struct play *p = play_of(run);
	p->journal = journal_new(run_loop(run), p->shelf->store, run_arena(run), p->first_seq, "run-1");
	journal_set_probe(p->journal, on_probe, p);
	return STEP_NEXT;
}

static enum next next_one(struct run *run, void **child)
{
	struct play *p = play_of(run);
	if (p->next >= p->count)
		return CHILD_NONE;
	p->ones[p->next].p = p;
	*child = &p->ones[p->next++];
	return CHILD_READY;
}

static enum verdict joined(struct run *run, void *child, const struct fault *fault)
{
	struct play *p = play_of(run);
	(void)child;
	if (fault_is(fault)) {
		p->child_fault = *fault;
		p->child_faults++;
	}
	return STEP_NEXT;
}

static void flush(struct run *run)
{
	journal_flush(play_of(run)->journal, run);
}

static enum verdict flushed(struct run *run)
{
	play_of(run)->flushed = true;
	return fault_is(run_fault(run)) ? STEP_FAIL : STEP_NEXT;
}

static const struct step play_list[] = {
        {STEP_CALC, "open", .calc = open_journal},
        {STEP_EACH, "writes", .next = next_one, .sub = write_list, .width = 60, .joined = joined},
        {STEP_GATE, "flush", .open = flush, .then = flushed},
        STEP_END,
};

static void on_done(struct run *run, void *arg)
{
	struct play *p = arg;
	p->ended = true;
	p->fault = *run_fault(run);
}

static struct flow_env env;

static void begin(struct play *p)
{
	env = (struct flow_env){.loop = p->shelf->loop, .seed = 1};
	p->run = run_new(&env, play_list, p, &(struct run_options){.tenant = "cfa", .store = p->shelf->store});
	run_start(p->run, on_done, p);
}

static void run_for(struct play *p, int64_t ms)
{
	loop_virtual_run(p->shelf->loop, NULL, NULL, ms);
}

/* ---- what is on disk ---- */

struct disk {
	struct arena *arena;
	struct env_state state;
};

static int load(struct store_txn *txn, void *arg)
{
	struct disk *d = arg;
	return state_load(txn, FLOW_DOWN, d->arena, 0, &d->state);
}

static struct disk look(struct shelf *s)
{
	struct disk d = {.arena = arena_new(0)};
	assert_int_equal(shelf_do(s, false, load, &d), 0);
	return d;
}

static size_t intents_on_disk(struct shelf *s)
{
	struct disk d = look(s);
	size_t n = d.state.intents.n;
	arena_free(&d.arena);
	return n;
}

/* ---- the tests ---- */

static void a_result_ends_its_intent(void **state)
{
	struct play p = {.shelf = *state, .first_seq = 5, .count = 3};
	begin(&p);
	run_for(&p, 500);
	/* on their way: on disk, and stamped with the moment before */
	struct disk d = look(p.shelf);
	assert_int_equal(d.state.intents.n, 3);
	const struct intent *in = d.state.intents.v;
	for (unsigned i = 0; i < 3; i++) {
		assert_true(p.ones[i].sent);
		assert_int_equal(in[i].seq, 5 + i);
		assert_int_equal(in[i].kind, INTENT_SHEET_CREATE);
		assert_int_equal(in[i].code, 100 + i);
		assert_true(str_eqz(in[i].id, "abc"));
		assert_true(str_eqz(in[i].run, "run-1"));
		assert_int_equal(in[i].sent_at, p.ones[i].intent.sent_at);
		assert_true(in[i].sent_at > 0 && in[i].sent_at <= loop_wall_ms(p.shelf->loop));
	}
	assert_int_equal(d.state.next_seq, 8);
	arena_free(&d.arena);
	run_for(&p, 10000);
	assert_true(p.ended && p.flushed);
	assert_false(fault_is(&p.fault));
	d = look(p.shelf);
	assert_int_equal(d.state.intents.n, 0);
	assert_int_equal(map_count(d.state.sheets), 3);
	arena_free(&d.arena);
	run_free(&p.run);
}

/* What comes in while a commit is under way goes together into the next one. */
static void commits_are_shared(void **state)
{
	struct play p = {.shelf = *state, .first_seq = 1, .count = 30};
	begin(&p);
	run_for(&p, 10000);
	assert_true(p.ended);
	assert_true(p.commits <= 4);
	run_free(&p.run);
}

static void at_most_32_can_be_uncertain(void **state)
{
	struct play p = {.shelf = *state, .first_seq = 1, .count = 50};
	begin(&p);
	run_for(&p, 500);
	assert_int_equal(intents_on_disk(p.shelf), JOURNAL_BATCH);
	assert_int_equal(p.outstanding, JOURNAL_BATCH);
	run_for(&p, 10000);
	assert_true(p.ended);
	assert_int_equal(p.most, JOURNAL_BATCH);
	assert_int_equal(p.child_faults, 0);
	assert_int_equal(intents_on_disk(p.shelf), 0);
	run_free(&p.run);
}

/* Intents of an earlier run are not of this one's 32. */
static void settling_an_older_one_makes_no_room(void **state)
{
	struct play p = {.shelf = *state, .first_seq = 100, .count = 40};
	for (unsigned i = 0; i < 40; i++)
		p.ones[i].doing = NEVER_ANSWERED;
	begin(&p);
	run_for(&p, 500);
	for (uint64_t seq = 1; seq < 20; seq++)
		journal_drop(p.journal, seq);
	run_for(&p, 500);
	assert_int_equal(p.outstanding, JOURNAL_BATCH);
	journal_drop(p.journal, p.ones[0].intent.seq);
	run_for(&p, 500);
	assert_int_equal(p.outstanding, JOURNAL_BATCH + 1); /* the one dropped, and 32 */
	assert_int_equal(intents_on_disk(p.shelf), JOURNAL_BATCH);
	run_cancel(p.run);
	run_for(&p, 500);
	assert_true(p.ended);
	run_free(&p.run);
}

/* The writes that hold the places are cancelled too and will never be answered: who waits for a place must not wait
 * for them. */
static void a_cancelled_run_always_ends(void **state)
{
	struct play p = {.shelf = *state, .first_seq = 1, .count = 50};
	begin(&p);
	run_for(&p, 500);
	assert_int_equal(p.outstanding, JOURNAL_BATCH);
	run_cancel(p.run);
	run_for(&p, 500);
	assert_true(p.ended);
	assert_int_equal(p.fault.class, FAULT_CANCELLED);
	run_free(&p.run);
	assert_int_equal(intents_on_disk(p.shelf),
	                 JOURNAL_BATCH); /* those that left stay, for the next run to settle */
}

static void cancelled_before_the_commit_is_over(void **state)
{
	struct play p = {.shelf = *state, .first_seq = 1, .count = 3};
	begin(&p);
	while (!p.journal || !p.ones[0].intent.seq)
		(void)loop_virtual_turn(p.shelf->loop);
	run_cancel(p.run);
	run_for(&p, 500);
	assert_true(p.ended);
	assert_int_equal(p.outstanding, 0); /* nothing was sent */
	run_free(&p.run);
}

static void a_crash_forgets_nothing_that_left(void **state)
{
	struct shelf *s = *state;
	for (unsigned at = 1;; at++) {
		struct play p = {.shelf = s, .first_seq = 1000 * at, .count = 5, .crash_at = at};
		begin(&p);
		run_for(&p, 10000);
		bool whole = p.ended;
		if (!whole)
			run_freeze(p.run);
		run_free(&p.run);
		shelf_reopen(s);
		struct disk d = look(s);
		for (unsigned i = 0; i < 5; i++) {
			bool on_disk = false;
			const struct intent *in = d.state.intents.v;
			for (size_t k = 0; k < d.state.intents.n; k++)
				on_disk = on_disk || in[k].seq == p.ones[i].intent.seq;
			/* it left: its intent is there, or what came of it */
			if (p.ones[i].sent && !on_disk)
				assert_non_null(map_get(d.state.sheets, p.ones[i].intent.code));
			if (whole)
				assert_false(on_disk);
		}
		/* the next run's numbers are new */
		const struct intent *in = d.state.intents.v;
		for (size_t k = 0; k < d.state.intents.n; k++)
			assert_true(in[k].seq < d.state.next_seq);
		arena_free(&d.arena);
		if (whole) {
			assert_true(at >= 4);
			break;
		}
	}
}

static void fail_store(struct store_txn *txn, const void *arg)
{
	(void)arg;
	store_txn_fail(txn, ERR_STORE_FULL);
}

/* A full disk: nobody sends, nobody waits for ever, and what was on its way stays to be settled. */
static void a_commit_that_fails_lets_nothing_leave(void **state)
{
	struct play p = {.shelf = *state, .first_seq = 1, .count = 40};
	begin(&p);
	run_for(&p, 500);
	assert_int_equal(p.outstanding, JOURNAL_BATCH);
	journal_result(p.journal, 0, fail_store, NULL);
	run_for(&p, 10000);
	assert_true(p.ended);
	assert_int_equal(p.child_faults, 40 - JOURNAL_BATCH);
	assert_int_equal(p.child_fault.class, FAULT_LOCAL);
	assert_int_equal(p.child_fault.code, ERR_STORE_FULL);
	for (unsigned i = JOURNAL_BATCH; i < 40; i++)
		assert_false(p.ones[i].sent);
	assert_int_equal(p.fault.class, FAULT_LOCAL); /* the flush says so as well */
	assert_int_equal(intents_on_disk(p.shelf), JOURNAL_BATCH);
	run_free(&p.run);
}

static void nothing_to_write_is_no_commit(void **state)
{
	struct play p = {.shelf = *state, .first_seq = 1};
	begin(&p);
	run_for(&p, 500);
	assert_true(p.ended && p.flushed);
	assert_int_equal(p.commits, 0);
	run_free(&p.run);
}

static int all_lines(struct store_txn *txn, void *arg)
{
	void **pair = arg;
	return state_writes(txn, pair[0], STR_NONE, 10, pair[1]);
}

static enum verdict say(struct run *run)
{
	struct play *p = play_of(run);
	char text[] = "attendance 1/2";
	journal_log(p->journal, "create", str_of(text), STR("absent"), STR("created"));
	journal_log(p->journal, "delete", str_of(text), STR("present"), STR("withdrawn"));
	journal_guarded(p->journal, GUARDED_START);
	journal_meta_int(p->journal, META_CANARY_SHEET, 1);
	journal_meta_str(p->journal, META_SCHOOL, str_of(text));
	text[0] = 'X'; /* everything was copied */
	return STEP_NEXT;
}

static const struct step say_list[] = {
        {STEP_CALC, "open", .calc = open_journal},
        {STEP_CALC, "say", .calc = say},
        {STEP_GATE, "flush", .open = flush, .then = flushed},
        STEP_END,
};

static void what_is_said_is_copied(void **state)
{
	struct play p = {.shelf = *state, .first_seq = 1};
	env = (struct flow_env){.loop = p.shelf->loop, .seed = 1};
	p.run = run_new(&env, say_list, &p, &(struct run_options){.tenant = "cfa", .store = p.shelf->store});
	run_start(p.run, on_done, &p);
	run_for(&p, 500);
	assert_true(p.ended);
	run_free(&p.run);
	struct arena *a = arena_new(0);
	struct items lines = {NULL, 0};
	void *pair[] = {a, &lines};
	assert_int_equal(shelf_do(p.shelf, false, all_lines, pair), 0);
	const struct write_line *w = lines.v;
	assert_int_equal(lines.n, 2);
	assert_true(str_eqz(w[0].action, "delete")); /* latest first */
	assert_true(str_eqz(w[1].record, "attendance 1/2"));
	assert_true(str_eqz(w[1].reason, "absent"));
	assert_true(str_eqz(w[1].answer, "created"));
	assert_true(str_eqz(w[1].run, "run-1"));
	assert_int_equal(w[1].at, loop_wall_ms(p.shelf->loop) / 1000);
	arena_free(&a);
	struct disk d = look(p.shelf);
	assert_true(d.state.canary_sheet_done);
	assert_true(str_eqz(d.state.school_id, "attendance 1/2"));
	assert_int_equal(d.state.guarded[GUARDED_START], 1);
	assert_int_equal(d.state.guarded[GUARDED_REMOVAL], 0);
	arena_free(&d.arena);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, shelf_setup, shelf_teardown)
	const struct CMUnitTest tests[] = {
	        TEST(a_result_ends_its_intent),          TEST(commits_are_shared),
	        TEST(at_most_32_can_be_uncertain),       TEST(settling_an_older_one_makes_no_room),
	        TEST(a_cancelled_run_always_ends),       TEST(cancelled_before_the_commit_is_over),
	        TEST(a_crash_forgets_nothing_that_left), TEST(a_commit_that_fails_lets_nothing_leave),
	        TEST(nothing_to_write_is_no_commit),     TEST(what_is_said_is_copied),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
