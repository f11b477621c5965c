#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/app/answer.h"
#include "tests/unit/sync_store.h"

/* A plan is found by its id, whichever environment of the school holds it. */

static struct env_settings environments[] = {{.key = "structure-1"}, {.key = "structure-2"}, {.key = "structure-3"}};

struct holding {
	struct store_job job;
	struct arena *arena;
	const char *environment;
	struct held_plan plan;
	bool done;
};

static bool none(void *arg, int64_t change)
{
	(void)arg;
	(void)change;
	return false;
}

static int hold_work(struct store_txn *txn, struct store_job *job)
{
	struct holding *h = list_entry(job, struct holding, job);
	struct held before;
	struct held_change c = {
	        .id = 7, .what = {.action = ACTION_DELETE, .record = STR("sheet 1"), .reason = STR("cancelled")}};
	const struct items changes = {&c, 1};
	int rc = held_load(txn, h->arena, FLOW_UP, &before);
	if (rc == 0)
		rc = held_make(h->arena, h->environment, FLOW_UP, &changes, STR("too many"), 5, &before, &h->plan);
	if (rc == 0)
		held_settle(txn, FLOW_UP, &before, &h->plan, none, NULL);
	return rc;
}

static void hold_after(struct store_job *job)
{
	list_entry(job, struct holding, job)->done = true;
}

static bool is_held(void *arg)
{
	return ((struct holding *)arg)->done;
}

/* The same change is held in this environment; its plan's id. */
static struct str hold(struct shelf *s, struct arena *arena, unsigned environment)
{
	struct holding h = {.job = {.write = true, .work = hold_work, .after = hold_after},
	                    .arena = arena,
	                    .environment = environments[environment].key};
	struct store *store = store_ref(s->stores, "cfa", h.environment);
	store_submit(store, &h.job);
	loop_virtual_run(s->loop, is_held, &h, 1000);
	assert_true(h.done);
	assert_int_equal(h.job.error, 0);
	store_unref(&store);
	return h.plan.id;
}

static unsigned answered;

static void on_answered(struct answer *a)
{
	(void)a;
	answered++;
}

static bool is_answered(void *arg)
{
	(void)arg;
	return answered > 0;
}

static struct answer ask(struct shelf *s, enum held_answer kind, struct str plan)
{
	static struct rig rig;
	static struct tenant_conf conf;
	struct answer a;
	char id[24];
	rig = (struct rig){.loop = s->loop, .stores = s->stores};
	conf = (struct tenant_conf){.id = "cfa", .environments = environments};
	conf.settings.environment_count = 3;
	assert_true(plan.n < sizeof(id));
	memcpy(id, plan.p, plan.n);
	id[plan.n] = '\0';
	answered = 0;
	answer_init(&a, &rig, &conf, kind, id, "uid 7", "because");
	memset(id, 'x', sizeof(id)); /* it keeps its own */
	a.done = on_answered;
	answer_start(&a);
	loop_virtual_run(s->loop, is_answered, NULL, 10000);
	assert_int_equal(answered, 1);
	return a;
}

static void the_environment_is_found_by_the_plan(void **state)
{
	struct shelf *s = *state;
	struct arena *arena = arena_new(0);
	struct str first = hold(s, arena, 0), third = hold(s, arena, 2);
	assert_false(str_eq(first, third)); /* one answer is never taken for another environment's */
	struct answer a = ask(s, HELD_DISCARDED, third);
	assert_int_equal(a.error, 0);
	assert_string_equal(a.environment, "structure-3");
	assert_int_equal(a.held.flow, FLOW_UP);
	assert_int_equal(a.held.answer, HELD_DISCARDED);
	assert_true(str_eqz(a.held.by, "uid 7"));
	assert_true(str_eqz(a.held.why, "because"));
	assert_int_equal(a.held.since, 5);
	answer_deinit(&a);
	a = ask(s, HELD_APPROVED, first);
	assert_int_equal(a.error, 0);
	assert_string_equal(a.environment, "structure-1");
	answer_deinit(&a);
	a = ask(s, HELD_APPROVED, STR("0123456789abcdef"));
	assert_int_equal(a.error, ERR_NOT_FOUND);
	answer_deinit(&a);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(the_environment_is_found_by_the_plan, shelf_setup, shelf_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
