#include "tests/world/sim_p.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/list.h"
#include "tests/world/edusign.h"
#include "tests/world/ypareo.h"

/* A request whose effect comes when nobody expects it any more. */
struct late {
	struct list link;
	int64_t due_ms;
	const char *vendor, *customer;
	struct sim_request req;
	struct sim_entry *entry; /* NULL once the ledger was cleared */
	struct arena *arena;
};

struct sim {
	struct ypareo **ypareos;
	size_t ypareos_n;
	struct edusign *edusign;
	struct sim__faults *faults;
	bool switches[SIM_SWITCH_COUNT];
	struct list late; /* by due time */
	struct arena *ledger_arena;
	struct sim_entry **ledger;
	size_t ledger_n, ledger_cap;
	uint64_t seq;
};

struct sim *sim_new(uint64_t seed)
{
	struct sim *sim = xcalloc(1, sizeof(*sim));

	sim->edusign = edusign_new(seed);
	sim->faults = sim__faults_new();
	sim->ledger_arena = arena_new(0);
	list_init(&sim->late);
	return sim;
}

static void free_late(struct late *late)
{
	struct arena *arena = late->arena;

	list_remove(&late->link);
	arena_free(&arena);
}

void sim_free(struct sim **sim)
{
	struct sim *s = *sim;

	if (!s)
		return;
	while (!list_empty(&s->late))
		free_late(list_entry(s->late.next, struct late, link));
	for (size_t i = 0; i < s->ypareos_n; i++)
		ypareo_free(&s->ypareos[i]);
	free(s->ypareos);
	edusign_free(&s->edusign);
	sim__faults_free(&s->faults);
	arena_free(&s->ledger_arena);
	free(s);
	*sim = NULL;
}

struct sim__faults *sim__faults_of(struct sim *sim)
{
	return sim->faults;
}

struct ypareo *sim_ypareo(struct sim *sim, const char *customer)
{
	for (size_t i = 0; i < sim->ypareos_n; i++)
		if (!strcmp(sim->ypareos[i]->name, customer))
			return sim->ypareos[i];
	return NULL;
}

struct ypareo *sim_ypareo_at(struct sim *sim, size_t index)
{
	return index < sim->ypareos_n ? sim->ypareos[index] : NULL;
}

struct ypareo *sim_ypareo_add(struct sim *sim, const char *customer)
{
	REQUIRE(!sim_ypareo(sim, customer));
	sim->ypareos = xrealloc(sim->ypareos, (sim->ypareos_n + 1) * sizeof(*sim->ypareos));
	sim->ypareos[sim->ypareos_n] = ypareo_new(customer);
	return sim->ypareos[sim->ypareos_n++];
}

struct edusign *sim_edusign(struct sim *sim)
{
	return sim->edusign;
}

/* ---- switches ---- */

static const char *const switch_names[] = {
#define X(name, text) [name] = text,
        SIM_SWITCHES(X)
#undef X
};

const char *sim_switch_name(enum sim_switch which)
{
	return switch_names[which];
}

int sim_switch_parse(const char *name, enum sim_switch *out)
{
	for (int i = 0; i < SIM_SWITCH_COUNT; i++)
		if (!strcmp(switch_names[i], name)) {
			*out = (enum sim_switch)i;
			return 0;
		}
	return ERR_NOT_FOUND;
}

void sim_set(struct sim *sim, enum sim_switch which, bool on)
{
	sim->switches[which] = on;
}

bool sim_is(const struct sim *sim, enum sim_switch which)
{
	return sim->switches[which];
}

/* ---- the ledger ---- */

static struct str keep(struct arena *arena, struct str s)
{
	struct str copy = arena_str(arena, s);

	REQUIRE(copy.p || !copy.n);
	return copy;
}

static const char *keepz(struct arena *arena, const char *z)
{
	return z ? keep(arena, str_of(z)).p : NULL;
}

/* By its nature and its credential, before anybody handled it. */
static void classify(struct sim *sim, const char *customer, const struct sim_request *req, struct sim_entry *entry)
{
	if (!strcmp(entry->vendor, "edusign")) {
		const struct ed_school *school = edusign_school_of_token(sim->edusign, req->credential);
		entry->account = school ? school->id : STR("");
		entry->write = edusign_is_write(req->method, req->path);
		return;
	}
	struct ypareo *y = customer ? sim_ypareo(sim, customer) : NULL;
	const char *token = keepz(req->arena, req->credential.n ? keep(req->arena, req->credential).p : "");
	entry->account = str_of(y && ypareo_key(y, token) ? y->name : "");
	entry->write = strcmp(req->method, "GET") != 0;
}

static struct sim_entry *note(struct sim *sim, const char *vendor, const char *customer,
                              const struct sim_request *req)
{
	struct arena *arena = sim->ledger_arena;
	struct sim_entry *entry = arena_alloc(arena, sizeof(*entry));

	REQUIRE(entry);
	*entry = (struct sim_entry){
	        .seq = ++sim->seq,
	        .at_ms = req->now_ms,
	        .vendor = strcmp(vendor, "edusign") == 0 ? "edusign" : "ypareo",
	        .method = keepz(arena, req->method),
	        .path = keep(arena, req->path),
	        .query = keep(arena, req->query),
	        .body = keep(arena, req->body),
	};
	classify(sim, customer, req, entry);
	REQUIRE(arena_grow(arena, &sim->ledger, &sim->ledger_cap, sim->ledger_n + 1, sizeof(struct sim_entry *)) ==
	        0);
	sim->ledger[sim->ledger_n++] = entry;
	return entry;
}

size_t sim_ledger_count(const struct sim *sim)
{
	return sim->ledger_n;
}

const struct sim_entry *sim_ledger_at(const struct sim *sim, size_t index)
{
	return index < sim->ledger_n ? sim->ledger[index] : NULL;
}

void sim_ledger_clear(struct sim *sim)
{
	list_each(node, tmp, &sim->late) list_entry(node, struct late, link)->entry = NULL;
	arena_reset(sim->ledger_arena);
	sim->ledger = NULL;
	sim->ledger_n = sim->ledger_cap = 0;
}

size_t sim_ledger_find(const struct sim *sim, const char *vendor, const char *method, const char *path,
                       bool writes_only)
{
	size_t found = 0;

	for (size_t i = 0; i < sim->ledger_n; i++) {
		const struct sim_entry *e = sim->ledger[i];
		if ((!vendor || !strcmp(vendor, e->vendor)) && (!method || !strcmp(method, e->method)) &&
		    (!writes_only || e->write) && sim_glob(path, e->path))
			found++;
	}
	return found;
}

/* ---- requests ---- */

static void no_answer(struct sim_reply *reply)
{
	*reply = (struct sim_reply){.status = 0, .content_type = "text/plain"};
	buf_init(&reply->body, 0);
}

static void serve(struct sim *sim, const char *vendor, const char *customer, const struct sim_request *req,
                  struct sim_reply *reply, struct sim_entry *entry)
{
	struct ypareo *y = customer ? sim_ypareo(sim, customer) : NULL;

	if (!strcmp(vendor, "edusign")) {
		edusign_handle(sim->edusign, sim, req, reply, entry);
	} else if (y) {
		ypareo_handle(y, sim, req, reply, entry);
	} else {
		*reply = (struct sim_reply){.status = 404, .content_type = "text/html; charset=utf-8"};
		buf_init(&reply->body, 0);
		buf_addz(&reply->body, "<!DOCTYPE html><html><body><h1>404 Not Found</h1></body></html>");
		entry->status = 404;
	}
}

static void postpone(struct sim *sim, const char *vendor, const char *customer, const struct sim_request *req,
                     uint32_t ms, struct sim_entry *entry)
{
	struct arena *arena = arena_new(0);
	struct late *late = arena_alloc(arena, sizeof(*late));

	REQUIRE(late);
	late->arena = arena;
	late->due_ms = req->now_ms + ms;
	late->vendor = keepz(arena, vendor);
	late->customer = keepz(arena, customer);
	late->entry = entry;
	late->req = (struct sim_request){
	        .method = keepz(arena, req->method),
	        .path = keep(arena, req->path),
	        .query = keep(arena, req->query),
	        .credential = keep(arena, req->credential),
	        .body = keep(arena, req->body),
	        .arena = arena,
	};
	struct list *behind = sim->late.next;
	while (behind != &sim->late && list_entry(behind, struct late, link)->due_ms <= late->due_ms)
		behind = behind->next;
	list_append(behind, &late->link);
}

void sim_tick(struct sim *sim, int64_t now_ms)
{
	while (!list_empty(&sim->late)) {
		struct late *late = list_entry(sim->late.next, struct late, link);
		struct sim_reply reply;
		struct sim_entry unseen = {0}, done = late->entry ? *late->entry : unseen;
		if (late->due_ms > now_ms)
			return;
		late->req.now_ms = late->due_ms;
		serve(sim, late->vendor, late->customer, &late->req, &reply, &done);
		if (late->entry)
			late->entry->effect = done.effect;
		buf_deinit(&reply.body);
		free_late(late);
	}
}

int64_t sim_next_effect(const struct sim *sim)
{
	return list_empty(&sim->late) ? INT64_MAX : list_entry(sim->late.next, struct late, link)->due_ms;
}

static bool has_no_effect(enum sim_fault_kind kind)
{
	return kind == SIM_HANG || kind == SIM_RESET_BEFORE || kind == SIM_LATE_EFFECT || kind == SIM_STATUS ||
	       kind == SIM_FORBIDDEN || kind == SIM_QUOTA || kind == SIM_REDIRECT;
}

static bool has_no_answer(enum sim_fault_kind kind)
{
	return kind == SIM_HANG || kind == SIM_HANG_AFTER || kind == SIM_RESET_BEFORE || kind == SIM_RESET_AFTER ||
	       kind == SIM_LATE_EFFECT;
}

static void misbehave(struct sim *sim, const char *vendor, const char *customer, const struct sim_request *req,
                      const struct sim_fault *fault, struct sim_reply *reply, struct sim_entry *entry)
{
	if (has_no_effect(fault->kind))
		no_answer(reply);
	else
		serve(sim, vendor, customer, req, reply, entry);
	if (fault->kind == SIM_LATE_EFFECT)
		postpone(sim, vendor, customer, req, fault->ms, entry);
	if (has_no_answer(fault->kind)) {
		buf_deinit(&reply->body);
		no_answer(reply);
	} else if (has_no_effect(fault->kind) || fault->kind == SIM_STATUS_AFTER) {
		sim__instead(sim, vendor, fault, reply);
	} else {
		sim__spoil(fault->kind, fault, reply, req->arena);
	}
	entry->status = reply->status;
}

bool sim_handle(struct sim *sim, const char *vendor, const char *customer, const struct sim_request *req,
                struct sim_reply *reply, struct sim_fault *fault_out)
{
	sim_tick(sim, req->now_ms);
	const struct sim_fault *fault = sim__strike(sim, vendor, req);

	if (fault)
		*fault_out = *fault;
	if (fault && fault->kind == SIM_REFUSE) {
		no_answer(reply);
		return true;
	}
	struct sim_entry *entry = note(sim, vendor, customer, req);
	if (fault) {
		misbehave(sim, vendor, customer, req, fault, reply, entry);
	} else {
		serve(sim, vendor, customer, req, reply, entry);
		entry->status = reply->status;
	}
	return fault != NULL;
}
