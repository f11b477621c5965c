#include "core/app/web_visit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/io/httpd.h"

struct visit {
	struct web *web;
	struct httpd_request *req; /* NULL: the client has left */
	struct page page;
	struct access who;
	struct buf out;
	char path[512], form[ACCESS_SEAL];
	enum visit_kind kind;
	char id[ACCESS_TENANT], run[128], done[16], code[256];
	struct explanation explanation;
	struct tenant_ask ask; /* of a reading */
	struct page_store *stores;
	unsigned count, at;
	struct store *store;
	struct store_job job;
	struct list link;
};

static void free_visit(struct visit *v)
{
	struct web *s = v->web;
	list_remove(&v->link);
	buf_deinit(&v->out);
	arena_free(&v->page.arena);
	free(v->stores);
	free(v);
	if (!web_busy(s))
		s->idle(s->idle_arg);
}

/* The school may have left meanwhile, or have another file. */
static void show(struct visit *v)
{
	struct page *p = &v->page;
	struct tenant *t = admin_find(v->web->admin, v->id);
	int status = 200;
	p->now = loop_wall_ms(v->web->rig->loop) / 1000;
	if (!t) {
		status = 404;
		page_error(p, T_NOT_FOUND);
	} else if (v->kind == VISIT_EXPLAIN) {
		page_explain(p, t, &v->explanation, v->stores, v->count);
	} else if (v->kind == VISIT_RUN) {
		page_run(p, t, str_of(v->run), v->stores, v->count);
	} else {
		page_school(p, v->id, t, "", v->done, v->stores, v->count);
	}
	web_send(v->req, status, p->out);
}

/* ---- on the pool ---- */

/* In the order in which they were written, which state_writes_of_run() turns round. */
static int read_writes(struct store_txn *txn, struct visit *v, struct page_store *s)
{
	int rc = state_writes_of_run(txn, v->page.arena, str_of(v->run), PAGE_WRITES, &s->writes);
	struct write_line *w = s->writes.v;
	for (size_t i = 0; i < s->writes.n / 2; i++) {
		struct write_line one = w[i];
		w[i] = w[s->writes.n - 1 - i];
		w[s->writes.n - 1 - i] = one;
	}
	return rc;
}

static int read_store(struct store_txn *txn, struct store_job *job)
{
	struct visit *v = list_entry(job, struct visit, job);
	struct page_store *s = &v->stores[v->at];
	struct arena *arena = v->page.arena;
	if (v->kind == VISIT_EXPLAIN) {
		s->look = arena_array(arena, 1, sizeof(*s->look));
		return s->look ? explain_look_read(txn, arena, &v->explanation, v->page.now, s->look) : ERR_LIMIT;
	}
	int rc = state_runs(txn, arena, v->kind == VISIT_RUN ? 0 : PAGE_RUNS, &s->runs);
	if (rc == 0 && v->kind == VISIT_RUN)
		rc = read_writes(txn, v, s);
	if (rc == 0 && v->kind == VISIT_SCHOOL)
		rc = held_history(txn, arena, PAGE_DEEDS, &s->answers);
	if (rc == 0 && v->kind == VISIT_SCHOOL && v->at == 0)
		rc = state_deeds(txn, arena, PAGE_DEEDS, &s->deeds);
	return rc ? rc : store_txn_error(txn);
}

static void next_store(struct visit *v);

static void after_store(struct store_job *job)
{
	struct visit *v = list_entry(job, struct visit, job);
	struct page_store *s = &v->stores[v->at];
	store_unref(&v->store);
	if (job->error && job->error != ERR_NOT_FOUND) {
		char key[64];
		snprintf(key, sizeof(key), "%s", s->key);
		*s = (struct page_store){.runs = {NULL, 0}};
		snprintf(s->key, sizeof(s->key), "%s", key);
		snprintf(s->unread, sizeof(s->unread), "%s%s%s", err_text(job->error), job->detail[0] ? ": " : "", job->detail);
	}
	v->at++;
	next_store(v);
}

static void next_store(struct visit *v)
{
	struct stores *stores = v->web->rig->stores;
	if (v->req && v->at < v->count) {
		v->store = store_ref(stores, v->id, v->stores[v->at].key);
		v->job = (struct store_job){.work = read_store, .after = after_store};
		store_submit(v->store, &v->job);
		return;
	}
	if (v->req)
		show(v);
	free_visit(v);
}

/* ---- a reading of Yparéo ---- */

static void on_planned(struct tenant_ask *ask, const struct report *report, int error)
{
	struct visit *v = list_entry(ask, struct visit, ask);
	(void)error; /* the school leaves: next_store() shows that */
	for (unsigned i = 0; report && i < report->environment_count; i++)
		if (fault_is(&report->environments[i].error))
			explain_add(&v->explanation, report->environments[i].environment, EXPLAIN_INFO, NULL,
			            "Yparéo could not be read now, this is what the last run left: %s", report->environments[i].error.what);
	next_store(v);
}

/* A page does not wait for a run that is under way: what the one before it left is told. */
static void read_planning(struct visit *v, const struct visit_wish *wish)
{
	struct tenant *t = admin_find(v->web->admin, v->id);
	snprintf(v->code, sizeof(v->code), "%s", wish->code);
	v->explanation = (struct explanation){.arena = v->page.arena, .of = wish->of, .text = str_trim(str_of(v->code))};
	if (tenant_busy(t)) {
		for (unsigned i = 0; i < v->count; i++)
			explain_add(&v->explanation, v->stores[i].key, EXPLAIN_INFO, NULL, "a run is under way: this is what the run before it left");
		next_store(v);
		return;
	}
	v->ask = (struct tenant_ask){.kind = ASK_PLAN, .flow = FLOW_DOWN, .explain = &v->explanation, .done = on_planned};
	tenant_ask(t, &v->ask);
}

void visit_start(struct web *s, struct httpd_request *req, struct page *p, const struct visit_wish *wish)
{
	const struct tenant_conf *c = tenant_file(admin_find(s->admin, wish->id));
	struct visit *v = xcalloc(1, sizeof(*v));
	v->web = s;
	v->req = req;
	v->page = *p;
	v->out = *p->out;
	v->who = *p->who;
	v->kind = wish->kind;
	snprintf(v->path, sizeof(v->path), "%s", p->path);
	snprintf(v->form, sizeof(v->form), "%s", p->form);
	snprintf(v->id, sizeof(v->id), "%s", wish->id);
	snprintf(v->run, sizeof(v->run), "%s", wish->run ? wish->run : "");
	snprintf(v->done, sizeof(v->done), "%s", wish->done ? wish->done : "");
	v->page.out = &v->out;
	v->page.who = &v->who;
	v->page.path = v->path;
	v->page.form = v->form;
	v->count = c->settings.environment_count;
	v->stores = xcalloc(v->count + 1, sizeof(*v->stores));
	for (unsigned i = 0; i < v->count; i++)
		snprintf(v->stores[i].key, sizeof(v->stores[i].key), "%s", c->environments[i].key);
	list_init(&v->link);
	list_append(&s->visits, &v->link);
	if (wish->kind == VISIT_EXPLAIN)
		read_planning(v, wish);
	else
		next_store(v);
}

void visit_left(struct web *s, struct httpd_request *req)
{
	list_each(node, tmp, &s->visits)
	{
		struct visit *v = list_entry(node, struct visit, link);
		if (v->req == req)
			v->req = NULL;
	}
}
