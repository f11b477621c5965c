#include <string.h>

#include "core/app/chore.h"
#include "core/app/person.h"
#include "core/base/log.h"
#include "core/sync/outbox.h"
#include "tenants/erased.h"

/*
 * A person is erased: a look at all stores, then their mark, so that no restore brings them back; then, store after store, their records, what was put aside
 * of it (nobody can look into a damaged file), and a file written anew, since LMDB leaves in it what was deleted. Refused while Yparéo lists them in a period that runs read, since the
 * next run would know them again; and while a sheet to come has them, which the next run down takes them off.
 */

struct erasing {
	enum person_kind kind;
	int64_t code;
	struct ints periods;
	struct items list, found; /* periods; people of that code */
	bool listed;
	bool marked;
	bool to_come;             /* on a sheet that has not ended */
	size_t records;
	unsigned aside;
};

static struct erasing *erasing_of(struct run *run)
{
	return ((struct chore *)run_state(run))->own;
}

static const struct planning_port *ypareo(struct run *run)
{
	return ((struct chore *)run_state(run))->wiring->conf->settings.ypareo;
}

/* ---- does Yparéo list them? ---- */

static bool is_asked_for(void *arg, int64_t code)
{
	return ((const struct erasing *)arg)->code == code;
}

static enum verdict periods_ask(struct run *run, struct exchange *x)
{
	struct chore *c = run_state(run);
	struct erasing *e = c->own;
	(void)!person_fits(c->cli, &e->code);
	(void)person_kind_asked(c->cli, &e->kind);
	e->list = (struct items){NULL, 0};
	ypareo(run)->periods(ypareo(run)->self, x, c->cli->arena, &e->list);
	return STEP_NEXT;
}

/* Those that a run may read: all that meet the days it looks at, generously. */
static enum verdict periods_got(struct run *run, struct exchange *x)
{
	struct chore *c = run_state(run);
	struct erasing *e = c->own;
	if (fault_is(&x->fault))
		return run_fail(run, &x->fault);
	const struct period *all = e->list.v;
	int32_t today = (int32_t)(c->now / 86400);
	int64_t *codes = arena_array(c->cli->arena, e->list.n + 1, sizeof(*codes));
	REQUIRE(codes);
	for (size_t i = 0; i < e->list.n; i++)
		if (all[i].last >= today - 31 && all[i].first <= today + 92)
			codes[e->periods.n++] = all[i].code;
	e->periods.v = codes;
	return STEP_NEXT;
}

static enum verdict found(struct run *run, struct exchange *x)
{
	struct erasing *e = erasing_of(run);
	if (fault_is(&x->fault))
		return run_fail(run, &x->fault);
	e->listed = e->listed || e->found.n > 0;
	return STEP_NEXT;
}

static enum verdict learners_ask(struct run *run, struct exchange *x)
{
	struct chore *c = run_state(run);
	struct erasing *e = c->own;
	if (e->kind != PERSON_LEARNER || !e->periods.n)
		return STEP_SKIP;
	ypareo(run)->learners(ypareo(run)->self, x, c->cli->arena, e->periods, is_asked_for, e, &e->found);
	return STEP_NEXT;
}

static enum verdict short_learners_ask(struct run *run, struct exchange *x)
{
	struct chore *c = run_state(run);
	struct erasing *e = c->own;
	int32_t today = (int32_t)(c->now / 86400);
	if (e->kind != PERSON_LEARNER || e->listed)
		return STEP_SKIP;
	ypareo(run)->short_learners(ypareo(run)->self, x, c->cli->arena, today - 31, today + 92, is_asked_for, e, &e->found);
	return STEP_NEXT;
}

static enum verdict instructors_ask(struct run *run, struct exchange *x)
{
	struct chore *c = run_state(run);
	struct erasing *e = c->own;
	if (e->kind != PERSON_INSTRUCTOR)
		return STEP_SKIP;
	ypareo(run)->instructors(ypareo(run)->self, x, c->cli->arena, is_asked_for, e, &e->found);
	return STEP_NEXT;
}

const struct step erase_questions[] = {
        {STEP_HTTP, "periods", .ask = periods_ask, .got = periods_got},
        {STEP_HTTP, "learners", .ask = learners_ask, .got = found},
        {STEP_HTTP, "short-learners", .ask = short_learners_ask, .got = found},
        {STEP_HTTP, "instructors", .ask = instructors_ask, .got = found},
        STEP_END,
};

static int asked(struct chore *c, const struct fault *fault)
{
	const struct erasing *e = c->own;
	const char *kind = person_kind_name(e->kind);
	if (fault_is(fault) && !c->cli->force) {
		buf_printf(&c->cli->why,
		           "%s: Yparéo cannot be asked whether it still lists %s %lld, and nothing was erased: %s; --force erases without asking, for a school whose "
		           "Yparéo is gone\n",
		           c->tenant, kind, (long long)e->code, fault->what);
		return EXIT_FAILED;
	}
	if (!e->listed)
		return EXIT_DONE;
	buf_printf(&c->cli->why,
	           "%s: Yparéo still lists %s %lld, and the next run would know them again: nothing was erased; have them taken out of the current periods there "
	           "first\n",
	           c->tenant, kind, (long long)e->code);
	return EXIT_HELD;
}

/* ---- the stores ---- */

struct coming {
	const struct chore *c;
	const struct subject *who;
	bool any;
};

static void on_coming(void *arg, const struct record_kind *k, const struct record *r)
{
	struct coming *f = arg;
	if (k->table == TABLE_SHEET && !record_int(k, r, "gone") && record_int(k, r, "end") > f->c->now)
		f->any = true;
}

static int look_work(struct store_txn *txn, struct store_job *job)
{
	struct chore *c = list_entry(job, struct chore, job);
	struct erasing *e = c->own;
	const struct subject who = {.kind = e->kind, .code = e->code};
	struct coming f = {c, &who, false};
	records_of(txn, &who, on_coming, &f);
	e->to_come = e->to_come || f.any;
	return 0;
}

/* On the pool. */
static int mark(struct chore *c)
{
	struct erasing *e = c->own;
	const struct erased line = {e->kind, e->code, c->now};
	int rc = e->marked ? 0 : erased_add(c->folder, &line, 1);
	e->marked = rc == 0;
	return rc;
}

static int erase_work(struct store_txn *txn, struct store_job *job)
{
	struct chore *c = list_entry(job, struct chore, job);
	struct erasing *e = c->own;
	struct subject who = {.kind = e->kind, .code = e->code};
	int rc = mark(c);
	if (rc)
		return rc;
	(void)subject_load(txn, c->cli->arena, &who);
	e->records += records_erase(txn, &who);
	outbox_recount(txn);
	return store_txn_error(txn);
}

/* First all environments are looked at; then each is gone through: nothing is erased in one and refused in the next. */
enum { JOB_ERASE, JOB_ASIDE, JOB_COMPACT, JOBS };

static int begin(struct chore *c)
{
	/* every environment twice: looked at, then erased */
	const char **twice = arena_array(c->cli->arena, 2 * (size_t)c->key_count + 1, sizeof(*twice));
	REQUIRE(twice);
	for (unsigned i = 0; i < 2 * c->key_count; i++)
		twice[i] = c->keys[i % c->key_count];
	c->keys = twice;
	c->key_count *= 2;
	return EXIT_DONE;
}

static bool looks(const struct chore *c)
{
	return c->at < c->key_count / 2;
}

static bool start(struct chore *c, struct store *store, unsigned n)
{
	if (!store_exists(c->rig->stores, c->tenant, c->keys[c->at]) || n >= (looks(c) ? 1u : (unsigned)JOBS))
		return false;
	if (looks(c)) {
		c->job.work = look_work;
		store_submit(store, &c->job);
	} else if (n == JOB_ERASE) {
		c->job.write = true;
		c->job.work = erase_work;
		store_submit(store, &c->job);
	} else if (n == JOB_ASIDE) {
		store_drop_aside(store, &c->job);
	} else {
		store_compact(store, &c->job);
	}
	return true;
}

static int ended(struct chore *c, unsigned n)
{
	struct erasing *e = c->own;
	int64_t files = 0;
	if (c->job.error)
		return chore_store_failed(c, "not everything is erased, do it again once that is mended");
	if (looks(c) && e->to_come) {
		buf_printf(&c->cli->why,
		           "%s %s: a sheet that is still to come has %s %lld on it, and nothing was erased: passerelle sync %s down takes them off first\n",
		           c->tenant, c->keys[c->at], person_kind_name(e->kind), (long long)e->code, c->tenant);
		return EXIT_HELD;
	}
	if (!looks(c) && n == JOB_ASIDE && str_to_int64(str_of(c->job.detail), &files) == 0)
		e->aside += (unsigned)files;
	return EXIT_DONE;
}

static int end(struct chore *c)
{
	const struct erasing *e = c->own;
	struct cli *cli = c->cli;
	int rc = mark(c); /* also of whom nothing was kept: a backup may know them */
	if (rc) {
		buf_printf(&cli->why, "%s/" ERASED_NAME " cannot be written: %s: a restore would bring them back\n", c->folder, err_text(rc));
		return EXIT_FAILED;
	}
	if (wiring_note_erased(cli->conf, c->wiring->conf, &cli->why))
		return EXIT_FAILED;
	log_notice("app", &(struct log_ctx){.tenant = c->tenant}, "a person was erased", "kind=%s code=%lld records=%zu by=«%s»", person_kind_name(e->kind),
	           (long long)e->code, e->records, c->by);
	if (cli->json) {
		json_write_begin_object(&cli->w);
		json_put_text(&cli->w, "tenant", c->tenant);
		json_put_text(&cli->w, "kind", person_kind_name(e->kind));
		json_put_int(&cli->w, "code", e->code);
		json_put_int(&cli->w, "records", (int64_t)e->records);
		json_put_int(&cli->w, "aside", e->aside);
	} else {
		buf_printf(&cli->out, "%s: %s %lld is erased: %zu records, and %u files that were put aside\n", c->tenant, person_kind_name(e->kind),
		           (long long)e->code, e->records, e->aside);
	}
	person_tell_vendors(cli);
	if (cli->json)
		json_write_end_object(&cli->w);
	return EXIT_DONE;
}

const struct chore_ops chore_erase = {.name = "person", .size = sizeof(struct erasing), .ask = erase_questions, .asked = asked, .begin = begin, .start = start,
                                      .ended = ended, .end = end};
