#include "tests/unit/tenant_fixture.h"

#include "core/app/chore.h"
#include "core/sync/records.h"
#include "tenants/erased.h"

/* A learner who left, in the daemon: what is kept of them, erased, and erased it stays, also when an older backup comes back. Years of records, trimmed at
 * night. A school that leaves. */

struct did {
	struct asked a;
	struct cli cli;
	struct chore chore;
	const char *args[2];
};

static void begin(struct scene *s, struct did *d, const char *one, const char *two)
{
	memset(d, 0, sizeof(*d));
	cli_init(&d->cli);
	d->cli.conf = &s->conf;
	d->args[0] = one;
	d->args[1] = two;
	d->cli.args = d->args;
	d->cli.arg_count = two ? 2 : 1;
}

static void chore(struct scene *s, struct did *d, const char *name)
{
	const struct chore_ops *ops = chore_find(&d->cli, name);
	assert_non_null(ops);
	chore_init(&d->chore, ops, &d->cli, &s->rig, "uid 1");
	d->a = want(ASK_CHORE);
	d->a.ask.chore = &d->chore;
	tenant_ask(s->tenant, &d->a.ask);
	days(s, 0.02);
	assert_int_equal(d->a.answers, 1);
	assert_int_equal(d->a.error, 0);
}

static int erase(struct scene *s, const char *code, bool force, const char *says)
{
	struct did d;
	begin(s, &d, "cfa", code);
	d.cli.asked[EXPLAIN_LEARNER] = "";
	d.cli.erase = true;
	d.cli.force = force;
	chore(s, &d, "person");
	if (says && !(d.cli.why.n && strstr(d.cli.why.p, says)) && !(d.cli.out.n && strstr(d.cli.out.p, says)))
		fail_msg("%s %s", d.cli.why.n ? d.cli.why.p : "", d.cli.out.n ? d.cli.out.p : "");
	int status = d.chore.status;
	cli_deinit(&d.cli);
	return status;
}

static int folder(struct scene *s, const char *name, const char *to, const char *says)
{
	struct did d;
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", s->dir, to);
	begin(s, &d, "cfa", path);
	chore(s, &d, name);
	if (says && !strstr(d.cli.why.n ? d.cli.why.p : d.cli.out.p, says))
		fail_msg("%s", d.cli.why.n ? d.cli.why.p : d.cli.out.p);
	int status = d.chore.status;
	cli_deinit(&d.cli);
	return status;
}

static void on_toured(void *arg, int status)
{
	*(int *)arg = status;
}

/* What "passerelle person cfa CODE --learner" shows. */
static struct str shown(struct scene *s, struct did *d, const char *code)
{
	int status = -1;
	begin(s, d, "cfa", code);
	d->cli.asked[EXPLAIN_LEARNER] = "";
	tour_start(&s->rig, &d->cli, &tour_person, on_toured, &status);
	days(s, 0.001);
	assert_int_equal(status, EXIT_DONE);
	return buf_str(&d->cli.out);
}

/* Does any file of the school's hold the text? */
static bool is_in_files(struct scene *s, const char *text)
{
	char command[400];
	snprintf(command, sizeof(command), "grep -raqF -- '%s' %s/cfa", text, s->dir);
	return system(command) == 0;
}

static void sync_down(struct scene *s)
{
	struct asked sync = want(ASK_SYNC);
	tenant_ask(s->tenant, &sync.ask);
	days(s, 0.02);
	assert_true(sync.report);
}

static struct ypareo_learner *leaver(struct scene *s, char code[24])
{
	struct ypareo_learner *l = &sim_ypareo(s->sim, "cfa")->learners.items[0];
	snprintf(code, 24, "%lld", (long long)l->code);
	return l;
}

/* Out of all sessions to come, and taken out of the lists. */
static void leave(struct scene *s, struct ypareo_learner *l)
{
	ypareo_learner_depart(sim_ypareo(s->sim, "cfa"), l->code, (int32_t)(loop_wall_ms(s->rig.loop) / 86400000));
	l->enrolments.n = 0;
}

static void erased_and_erased_it_stays(void **state)
{
	struct scene *s = *state;
	struct did d;
	char code[24], email[128];
	start(s, ", \"paused\": true");
	struct ypareo_learner *l = leaver(s, code);
	snprintf(email, sizeof(email), "%s", l->email);
	sync_down(s);
	assert_true(is_in_files(s, email));
	assert_int_equal(folder(s, "backup", "before", "environments are in"), EXIT_DONE);
	struct str text = shown(s, &d, code);
	assert_true(text.n && strstr(text.p, email) && strstr(text.p, "binding") && strstr(text.p, "sheet"));
	cli_deinit(&d.cli);

	assert_int_equal(erase(s, code, false, "still lists learner"), EXIT_HELD);
	assert_true(is_in_files(s, email));
	leave(s, l);
	assert_int_equal(erase(s, code, false, "is still to come"), EXIT_HELD);
	sync_down(s); /* takes them off, but for what has started */
	days(s, 1);
	assert_int_equal(erase(s, code, false, "is erased"), EXIT_DONE);
	assert_false(is_in_files(s, email));
	text = shown(s, &d, code);
	assert_non_null(strstr(text.p, "nothing is kept"));
	cli_deinit(&d.cli);

	sync_down(s); /* the sessions of one day more */
	size_t writes = sim_ledger_find(s->sim, NULL, NULL, NULL, true);
	assert_int_equal(folder(s, "restore", "before", "without the 1 people who were erased since"), EXIT_DONE);
	sync_down(s);
	text = shown(s, &d, code);
	assert_non_null(strstr(text.p, "nothing is kept"));
	cli_deinit(&d.cli);
	/* nothing twice: what was written since the backup is known again */
	assert_int_equal(sim_ledger_find(s->sim, NULL, NULL, NULL, true), writes);
	assert_int_equal(erase(s, code, false, "is erased"), EXIT_DONE); /* with what the restore put aside */
	assert_false(is_in_files(s, email));
}

static void without_an_answer_nothing_is_erased(void **state)
{
	struct scene *s = *state;
	struct arena *arena = arena_new(0);
	struct sim_fault f;
	char code[24], email[128];
	struct str text;
	struct did d;
	start(s, ", \"paused\": true");
	struct ypareo_learner *l = leaver(s, code);
	snprintf(email, sizeof(email), "%s", l->email);
	sync_down(s);
	leave(s, l);
	sync_down(s);
	days(s, 1);
	assert_int_equal(sim_fault_parse("status:ypareo:GET:/r/v1/formation-longue/apprenants*:status=503:count=100", &f, arena), 0);
	sim_fault_add(s->sim, &f);
	arena_free(&arena);
	assert_int_equal(erase(s, code, false, "cannot be asked"), EXIT_FAILED);
	text = shown(s, &d, code);
	assert_non_null(strstr(text.p, email));
	cli_deinit(&d.cli);
	assert_int_equal(erase(s, code, true, "is erased"), EXIT_DONE);
	assert_false(is_in_files(s, email));
}

static void a_restore_takes_only_its_own(void **state)
{
	struct scene *s = *state;
	start(s, ", \"paused\": true");
	sync_down(s);
	assert_int_equal(folder(s, "restore", "nowhere", "is not there, or is none"), EXIT_USAGE);
	assert_int_equal(folder(s, "backup", "copy", NULL), EXIT_DONE);
	assert_int_equal(folder(s, "backup", "copy", "not there yet"), EXIT_USAGE);
	write_file(s, "copy/backup.json", "{\"passerelle\": 1, \"tenant\": \"other\", \"made\": \"2026-11-23T08:00:00Z\", \"environments\": [\"all\"]}");
	assert_int_equal(folder(s, "restore", "copy", "is of another school"), EXIT_USAGE);
}

/* ---- at night ---- */

static int put_old(struct store_txn *txn, struct store_job *job)
{
	(void)job;
	for (int i = 0; i < 500; i++)
		state_put_write(txn, (uint64_t)i + 1, &(struct write_line){.at = utc("2025-06-01T00:00:00Z") + i, .record = STR("sheet 1")});
	return store_txn_error(txn);
}

struct counting {
	struct store_job job;
	size_t writes;
};

static int count_write(void *arg, struct str key, struct str value)
{
	(void)key;
	(void)value;
	++*(size_t *)arg;
	return 0;
}

static int count_writes(struct store_txn *txn, struct store_job *job)
{
	struct counting *c = list_entry(job, struct counting, job);
	struct store_key prefix;
	c->writes = 0;
	store_key_begin(&prefix, TABLE_WRITE);
	store_each(txn, &prefix, count_write, &c->writes);
	return 0;
}

static void on_job(struct store_job *job)
{
	(void)job;
}

static size_t writes(struct scene *s, bool put)
{
	struct counting c = {.job = {.write = put, .work = put ? put_old : count_writes, .after = on_job}};
	struct store *store = store_ref(s->rig.stores, "cfa", "all");
	store_submit(store, &c.job);
	loop_virtual_run(s->rig.loop, NULL, NULL, 1);
	store_unref(&store);
	assert_int_equal(c.job.error, 0);
	return c.writes;
}

static void old_records_go_at_night(void **state)
{
	struct scene *s = *state;
	start(s, ", \"paused\": true, \"retention\": { \"writes\": 300 }");
	days(s, 0.01);
	writes(s, true);
	assert_int_equal(writes(s, false), 500);
	loop_virtual_run(s->rig.loop, NULL, NULL, (int64_t)(17 * 3600 + 1800) * 1000); /* 01:45 of the next local day */
	assert_int_equal(writes(s, false), 500);
	loop_virtual_run(s->rig.loop, NULL, NULL, (int64_t)(2 * 3600 + 1800) * 1000); /* 04:15 */
	assert_int_equal(writes(s, false), 0);
	assert_int_equal(s->started, 0); /* a paused school, too */
}

/* ---- a school that leaves ---- */

static void on_purged(struct chore *c)
{
	*(bool *)c->owner = true;
}

static void a_school_that_leaves(void **state)
{
	struct scene *s = *state;
	struct did d;
	char path[128];
	bool over = false;
	start(s, ", \"paused\": true");
	sync_down(s);
	tenant_drain(s->tenant);
	days(s, 0.01);
	assert_true(s->gone);
	for (int round = 0; round < 2; round++) {
		begin(s, &d, "cfa", NULL);
		chore_init(&d.chore, &chore_purge, &d.cli, &s->rig, "uid 1");
		d.chore.done = on_purged;
		d.chore.owner = &over;
		over = false;
		chore_start(&d.chore, NULL);
		days(s, 0.001);
		assert_true(over);
		snprintf(path, sizeof(path), "%s/cfa", s->dir);
		if (round == 0) {
			assert_int_equal(d.chore.status, EXIT_HELD);
			assert_non_null(strstr(d.cli.why.p, "is still there"));
			assert_int_equal(access(path, F_OK), 0);
			snprintf(path, sizeof(path), "%s/cfa.json", s->dir);
			assert_int_equal(unlink(path), 0);
		} else {
			assert_int_equal(d.chore.status, EXIT_DONE);
			assert_int_equal(access(path, F_OK), -1);
		}
		cli_deinit(&d.cli);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	        TEST(erased_and_erased_it_stays), TEST(without_an_answer_nothing_is_erased), TEST(a_restore_takes_only_its_own),
	        TEST(old_records_go_at_night),    TEST(a_school_that_leaves),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
