#include "tests/world/sim_control.h"

#include <string.h>

#include "core/base/tz.h"
#include "tests/world/edusign.h"
#include "tests/world/front.h"
#include "tests/world/gen.h"

struct call {
	struct sim *sim;
	const struct sim_request *req;
	struct sim_reply *reply;
	const struct json *body; /* NULL: none */
	struct json_writer w;
};

static void refuse(struct call *c, const char *why)
{
	buf_clear(&c->reply->body);
	json_write_init(&c->w, &c->reply->body, false);
	c->reply->status = 400;
	json_write_begin_object(&c->w);
	json_put_text(&c->w, "error", why);
	json_write_end_object(&c->w);
}

static void begin(struct call *c)
{
	json_write_begin_object(&c->w);
}

static void end(struct call *c)
{
	json_write_end_object(&c->w);
}

static const char *text(struct call *c, const struct json *j)
{
	const char *z = arena_str(c->req->arena, json_text(j)).p;

	REQUIRE(z);
	return z;
}

/* ---- ledger ---- */

void sim_control_entry(struct json_writer *w, const struct sim_entry *e)
{
	json_write_begin_object(w);
	json_put_int(w, "seq", (int64_t)e->seq);
	json_put_int(w, "at_ms", e->at_ms);
	json_put_text(w, "vendor", e->vendor);
	json_put_text(w, "method", e->method);
	json_put_str(w, "path", e->path);
	json_put_str(w, "query", e->query);
	json_put_str(w, "body", e->body);
	json_put_str(w, "account", e->account);
	json_put_int(w, "status", e->status);
	json_put_bool(w, "effect", e->effect);
	json_put_bool(w, "write", e->write);
	json_write_end_object(w);
}

static void ledger(struct call *c)
{
	struct str query = c->req->query;
	int64_t since = 0;

	if (str_starts(query, "since="))
		(void)!str_to_int64((struct str){query.p + 6, query.n - 6}, &since); /* else from the start */
	begin(c);
	json_write_key(&c->w, "entries");
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < sim_ledger_count(c->sim); i++)
		if ((int64_t)sim_ledger_at(c->sim, i)->seq > since)
			sim_control_entry(&c->w, sim_ledger_at(c->sim, i));
	json_write_end_array(&c->w);
	end(c);
}

static void forget(struct call *c)
{
	sim_ledger_clear(c->sim);
	begin(c);
	end(c);
}

/* ---- faults and switches ---- */

static void add_fault(struct call *c)
{
	struct sim_fault fault;
	const char *spec = arena_str(c->req->arena, str_trim(c->req->body)).p;

	if (!spec || sim_fault_parse(spec, &fault, c->req->arena)) {
		refuse(c, "no fault: KIND:VENDOR:METHOD:PATH:skip=N:count=N:ms=N:status=N:body=TEXT is expected");
		return;
	}
	sim_fault_add(c->sim, &fault);
	begin(c);
	end(c);
}

static void clear_faults(struct call *c)
{
	sim_faults_clear(c->sim);
	begin(c);
	end(c);
}

static void set_switch(struct call *c)
{
	enum sim_switch which;

	if (sim_switch_parse(text(c, json_get(c->body, "name")), &which)) {
		refuse(c, "no switch of that name");
		return;
	}
	sim_set(c->sim, which, json_bool(json_get(c->body, "on"), true));
	begin(c);
	end(c);
}

/* ---- the world ---- */

static void put_customer(struct json_writer *w, const struct ypareo *y)
{
	json_write_begin_object(w);
	json_put_text(w, "customer", y->name);
	json_put_int(w, "sessions", (int64_t)y->sessions.n);
	json_put_int(w, "learners", (int64_t)y->learners.n);
	json_put_int(w, "groups", (int64_t)y->groups.n);
	json_put_int(w, "absences", (int64_t)y->absences.n);
	json_put_int(w, "attendances", (int64_t)y->attendances.n);
	json_put_int(w, "foreign_writes", y->foreign_writes);
	json_put_int(w, "twin_writes", y->twin_writes);
	json_write_end_object(w);
}

static void put_school(struct call *c, const struct ed_school *s)
{
	const struct edusign *e = sim_edusign(c->sim);
	const char *id = arena_str(c->req->arena, s->id).p;
	int64_t locked = 0, archived = 0, lost = 0, professors = 0;

	for (size_t i = 0; i < s->courses.n; i++) {
		const struct ed_course *k = &e->courses.items[s->courses.items[i]];
		locked += !k->deleted && k->locked;
		lost += k->lost_signatures;
	}
	for (size_t i = 0; i < s->students.n; i++)
		archived += e->students.items[s->students.items[i]].hidden;
	for (size_t i = 0; i < e->professors.n; i++)
		professors += edusign_is_of(&e->professors.items[i], s->id);
	json_write_begin_object(&c->w);
	json_put_str(&c->w, "school", s->id);
	json_put_str(&c->w, "name", s->name);
	json_put_int(&c->w, "courses", (int64_t)edusign_course_count(sim_edusign(c->sim), id, 0));
	json_put_int(&c->w, "locked", locked);
	json_put_int(&c->w, "students", (int64_t)s->students.n);
	json_put_int(&c->w, "archived_students", archived);
	json_put_int(&c->w, "professors", professors);
	json_put_int(&c->w, "groups", (int64_t)s->groups.n);
	json_put_int(&c->w, "lost_signatures", lost);
	json_put_int(&c->w, "over_limit", s->over_limit);
	json_write_end_object(&c->w);
}

static void world(struct call *c)
{
	const struct edusign *e = sim_edusign(c->sim);

	begin(c);
	json_write_key(&c->w, "ypareo");
	json_write_begin_array(&c->w);
	for (size_t i = 0; sim_ypareo_at(c->sim, i); i++)
		put_customer(&c->w, sim_ypareo_at(c->sim, i));
	json_write_end_array(&c->w);
	json_write_key(&c->w, "edusign");
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < e->schools.n; i++)
		put_school(c, &e->schools.items[i]);
	json_write_end_array(&c->w);
	json_put_int(&c->w, "hand_made_changed", e->hand_made_changed);
	json_put_int(&c->w, "shared_patched", e->shared_patched);
	json_put_int(&c->w, "archived", e->archived);
	json_put_int(&c->w, "twins", e->twins);
	json_put_int(&c->w, "naive_times", e->naive_times);
	json_put_int(&c->w, "mails", (int64_t)e->mails.n);
	end(c);
}

/* ---- people ---- */

static void mutate(struct call *c)
{
	struct ypareo *y = sim_ypareo(c->sim, text(c, json_get(c->body, "customer")));
	int32_t first, last;
	struct gen_random random;

	if (!y) {
		refuse(c, "no such customer");
		return;
	}
	if (day_parse(json_text(json_get(c->body, "first")), &first) ||
	    day_parse(json_text(json_get(c->body, "last")), &last)) {
		refuse(c, "first and last are dates");
		return;
	}
	gen_random_init(&random, (uint64_t)json_int(json_get(c->body, "seed"), 1));
	begin(c);
	json_write_key(&c->w, "changes");
	json_write_begin_array(&c->w);
	for (int64_t n = json_int(json_get(c->body, "count"), 1); n > 0; n--)
		json_write_text(&c->w, gen_mutate(y, &random, first, last));
	json_write_end_array(&c->w);
	end(c);
}

static void day(struct call *c)
{
	struct edusign *e = sim_edusign(c->sim);
	struct str school = json_text(json_get(c->body, "school"));
	int64_t from, to, sheets = 0;
	uint64_t seed = (uint64_t)json_int(json_get(c->body, "seed"), 1);

	if (utc_parse(json_text(json_get(c->body, "from")), &from) ||
	    utc_parse(json_text(json_get(c->body, "to")), &to)) {
		refuse(c, "from and to are times");
		return;
	}
	for (size_t i = 0; i < e->schools.n; i++)
		if (str_empty(school) || str_eq(school, e->schools.items[i].id))
			sheets += (int64_t)edusign_live(e, e->schools.items[i].id, seed, from, to,
			                                c->req->now_ms / 1000);
	begin(c);
	json_put_int(&c->w, "sheets", sheets);
	end(c);
}

/* ---- */

bool sim_control(struct sim *sim, const struct sim_request *req, struct sim_reply *reply)
{
	static const struct {
		const char *method, *path;
		void (*answer)(struct call *c);
	} routes[] = {{"GET", "/_sim/ledger", ledger},      {"DELETE", "/_sim/ledger", forget},
	              {"POST", "/_sim/fault", add_fault},   {"DELETE", "/_sim/fault", clear_faults},
	              {"POST", "/_sim/switch", set_switch}, {"GET", "/_sim/world", world},
	              {"POST", "/_sim/mutate", mutate},     {"POST", "/_sim/day", day}};
	struct call c = {.sim = sim, .req = req, .reply = reply};

	if (!str_starts(req->path, "/_sim/"))
		return false;
	*reply = (struct sim_reply){.status = 200, .content_type = "application/json; charset=utf-8"};
	buf_init(&reply->body, 0);
	json_write_init(&c.w, &reply->body, false);
	sim_tick(sim, req->now_ms);
	if (req->body.n && json_parse(req->arena, req->body, NULL, &c.body, NULL, NULL))
		c.body = NULL;
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++)
		if (!strcmp(routes[i].method, req->method) && str_eqz(req->path, routes[i].path)) {
			routes[i].answer(&c);
			return true;
		}
	refuse(&c, "no such call");
	return true;
}
