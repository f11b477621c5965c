#include "core/app/notifier.h"

#include <stdlib.h>
#include <string.h>

#include "core/app/notice.h"
#include "core/base/log.h"
#include "core/base/map.h"

#define LOOK_MS      60000
#define SOON_MS      1000 /* what is so from the start */
#define HEART_MS     20000
#define JOB_MEMORY   (1u << 20)
#define STATE_VERSION 1

enum audience { SCHOOL, OPERATORS, AUDIENCES };

/* What was told of a school, as its store has it. */
struct told {
	int64_t since;       /* when it was first looked at */
	int64_t digest_slot; /* of the last digest */
	unsigned troubles[AUDIENCES];
};

struct heart {
	struct notifier *n;
	struct fetch fetch;
	char *url;
	int64_t beating, beaten; /* end of the run that it tells of */
};

struct watch {
	struct notifier *n;
	char *id;
	bool loaded, seen;
	struct told told;
	struct heart heart;
	struct telling *telling; /* a job is under way */
};

/* One job: copies of all it needs, since files change. */
struct telling {
	struct store_job job;
	struct watch *w;
	struct store *store;
	struct arena *arena;
	const char *key, *tenant, *school;
	bool apply; /* false: only read what was told */
	struct audience_copy {
		bool on, hook;
		struct texts email;
		enum wording_lang language;
		struct notice_facts facts;
	} audiences[AUDIENCES];
	int64_t now, digest_slot;
	bool digest;
	struct letter digest_letter;
	struct told told; /* what it is now */
	int64_t next;
};

struct notifier {
	struct notifier_options o;
	struct loop_timer timer;
	struct map *watches;
	struct fetch_lane *lane;
	struct heart heart; /* the operators' */
	int64_t last_good;
	unsigned busy;
	bool stopping;
};

static void ended(struct notifier *n)
{
	n->busy--;
	if (n->busy == 0 && n->o.idle)
		n->o.idle(n->o.arg);
}

/* ---- what was told, in the store ---- */

static struct store_key told_key(void)
{
	struct store_key k;
	store_key_begin(&k, TABLE_META);
	store_key_text(&k, STR("notices"));
	return k;
}

static bool read_told(struct store_txn *txn, struct told *t)
{
	struct store_key k = told_key();
	struct str value;
	struct unpack u;
	if (!store_get(txn, &k, &value))
		return false;
	unpack_begin(&u, value);
	t->since = unpack_int(&u);
	t->digest_slot = unpack_int(&u);
	for (int a = 0; a < AUDIENCES; a++)
		t->troubles[a] = (unsigned)unpack_int(&u);
	return unpack_end(&u) == 0;
}

static void write_told(struct store_txn *txn, const struct told *t)
{
	struct store_key k = told_key();
	struct buf v;
	buf_init(&v, 0);
	pack_begin(&v, STATE_VERSION);
	pack_int(&v, t->since);
	pack_int(&v, t->digest_slot);
	for (int a = 0; a < AUDIENCES; a++)
		pack_int(&v, t->troubles[a]);
	store_put(txn, &k, buf_str(&v));
	buf_deinit(&v);
}

/* ---- a job: on the pool ---- */

static int put_notice(struct store_txn *txn, struct telling *t, enum audience a, const struct notice *notice)
{
	const struct audience_copy *to = &t->audiences[a];
	struct letter mail = {.kind = LETTER_MAIL}, hook = {.kind = LETTER_HOOK};
	if (to->email.n && notice_write(notice, LETTER_MAIL, t->arena, &mail))
		return ERR_LIMIT;
	mail.from_name = STR("passerelle");
	for (size_t i = 0; i < to->email.n; i++) {
		mail.to = to->email.v[i];
		(void)outbox_put(txn, &mail, t->now); /* what it does not take is an issue */
	}
	if (!to->hook)
		return 0;
	if (notice_write(notice, LETTER_HOOK, t->arena, &hook))
		return ERR_LIMIT;
	hook.to = str_of(a == SCHOOL ? NOTIFIER_SCHOOL : NOTIFIER_OPERATORS);
	(void)outbox_put(txn, &hook, t->now);
	return 0;
}

static int put_notices(struct store_txn *txn, struct telling *t, enum audience a)
{
	const struct audience_copy *to = &t->audiences[a];
	unsigned changed = t->told.troubles[a] ^ to->facts.troubles;
	for (int k = 0; k < TROUBLE_COUNT && to->on; k++) {
		const struct notice notice = {.trouble = (enum trouble)k,
		                              .over = !(to->facts.troubles & 1u << k),
		                              .tenant = t->tenant,
		                              .school = t->school,
		                              .detail = to->facts.detail[k],
		                              .at = t->now,
		                              .language = to->language};
		if ((changed & 1u << k) && put_notice(txn, t, a, &notice))
			return ERR_LIMIT;
	}
	t->told.troubles[a] = to->facts.troubles;
	return 0;
}

static int tell_work(struct store_txn *txn, struct store_job *job)
{
	struct telling *t = list_entry(job, struct telling, job);
	bool known = read_told(txn, &t->told);
	if (!known) /* a school that is new has missed no digest */
		t->told = (struct told){.since = t->now, .digest_slot = t->now};
	for (int a = 0; t->apply && a < AUDIENCES; a++)
		if (put_notices(txn, t, (enum audience)a))
			return ERR_LIMIT;
	if (t->apply && t->digest_slot > t->told.digest_slot) {
		t->told.digest_slot = t->digest_slot;
		for (size_t i = 0; t->digest && i < t->audiences[SCHOOL].email.n; i++) {
			t->digest_letter.to = t->audiences[SCHOOL].email.v[i];
			(void)outbox_put(txn, &t->digest_letter, t->now);
		}
	}
	if (t->apply || !known)
		write_told(txn, &t->told);
	t->next = outbox_next(txn);
	return store_txn_error(txn);
}

static void tell_after(struct store_job *job)
{
	struct telling *t = list_entry(job, struct telling, job);
	struct watch *w = t->w;
	struct notifier *n = w->n;
	struct log_ctx ctx = {.tenant = w->id, .environment = t->key};
	store_unref(&t->store);
	w->telling = NULL;
	if (job->error) {
		log_error("notify", &ctx, "what changed cannot be told: the outbox cannot be written", "error=«%s»", err_text(job->error));
	} else {
		if (!w->loaded && !n->stopping)
			loop_timer_start(n->o.rig->loop, &n->timer, SOON_MS);
		w->told = t->told;
		w->loaded = true;
		if (t->next)
			postman_look(n->o.postman, w->id, t->key, t->next);
	}
	arena_free(&t->arena);
	free(t);
	ended(n);
}

/* ---- a look: on the loop ---- */

static struct watch *watch_of(struct notifier *n, const char *id)
{
	struct watch *w = map_get_str(n->watches, str_of(id));
	if (w)
		return w;
	w = xcalloc(1, sizeof(*w));
	w->n = n;
	w->heart.n = n;
	w->id = xstrdup(id);
	map_put_str(n->watches, str_of(w->id), w);
	return w;
}

static const char *deaf_one(struct tenant *t)
{
	const struct wiring *wiring = tenant_wiring(t);
	if (fetch_lane_breaker(wiring->ypareo) != BREAKER_CLOSED)
		return "Yparéo";
	for (unsigned i = 0; i < wiring->conf->settings.environment_count; i++)
		if (fetch_lane_breaker(wiring->edusign[i]) != BREAKER_CLOSED)
			return "Edusign";
	return NULL;
}

static struct texts copy_texts(struct arena *arena, const struct texts *from)
{
	struct str *v = arena_array(arena, from->n + 1, sizeof(*v));
	for (size_t i = 0; v && i < from->n; i++)
		v[i] = arena_str(arena, from->v[i]);
	return (struct texts){v, v ? from->n : 0};
}

static void start_telling(struct watch *w, struct tenant *tenant, const struct notice_view *view, const struct notice_facts facts[AUDIENCES],
                          int64_t digest_slot)
{
	struct notifier *n = w->n;
	const struct tenant_conf *c = tenant_file(tenant);
	const struct notify_conf *confs[AUDIENCES] = {&c->notify, &n->o.rig->conf->notify};
	struct telling *t = xcalloc(1, sizeof(*t));
	t->w = w;
	t->arena = arena_new(JOB_MEMORY);
	t->tenant = arena_strz(t->arena, c->id);
	t->school = arena_strz(t->arena, c->name);
	t->key = arena_strz(t->arena, c->environments[0].key);
	t->now = view->now;
	t->apply = w->loaded;
	t->digest_slot = digest_slot;
	for (int a = 0; a < AUDIENCES; a++) {
		struct audience_copy *to = &t->audiences[a];
		to->on = confs[a]->on && confs[a]->alerts;
		to->hook = confs[a]->webhook != NULL;
		to->language = a == SCHOOL ? c->settings.language : confs[a]->language;
		to->facts = facts[a];
		if (c->settings.can_mail)
			to->email = copy_texts(t->arena, &confs[a]->email);
	}
	if (w->loaded && digest_slot > w->told.digest_slot)
		t->digest = notice_digest(view, t->school, c->settings.language, t->arena, &t->digest_letter);
	t->digest_letter.from_name = STR("passerelle");
	if (!t->tenant || !t->school || !t->key) {
		arena_free(&t->arena);
		free(t);
		return;
	}
	w->telling = t;
	n->busy++;
	t->store = store_ref(n->o.rig->stores, w->id, t->key);
	t->job = (struct store_job){.write = true, .work = tell_work, .after = tell_after};
	store_submit(t->store, &t->job);
}

/* ---- heartbeats ---- */

static void on_beat(struct fetch *f)
{
	struct heart *h = list_entry(f, struct heart, fetch);
	struct notifier *n = h->n;
	if (f->reply.code == 0 && f->reply.status >= 200 && f->reply.status <= 299)
		h->beaten = h->beating;
	else /* its address may hold a secret; it is called again with the next look */
		log_warning("notify", NULL, "a heartbeat address does not answer", "status=%d error=«%s»", f->reply.status,
		            f->reply.code ? err_text(f->reply.code) : "");
	free(h->url);
	h->url = NULL;
	ended(n);
}

/* good: the end of the latest good run. What was good before the first look was told then. */
static void beat(struct heart *h, const char *url, int64_t good)
{
	if (!h->beaten)
		h->beaten = good ? good : 1;
	if (!url || good <= h->beaten || h->url || h->n->stopping)
		return;
	h->url = xstrdup(url);
	h->beating = good;
	h->fetch.lane = h->n->lane;
	h->fetch.done = on_beat;
	h->fetch.request = (struct fetch_request){.method = FETCH_GET, .effect = FETCH_READ, .url = h->url, .timeout_ms = HEART_MS, .max_body = 65536};
	h->n->busy++;
	fetch_start(&h->fetch);
}

static void look_at(void *to, const char *id, struct tenant *t, const char *mistakes)
{
	struct notifier *n = to;
	(void)mistakes;
	const struct tenant_conf *c = t ? tenant_file(t) : NULL;
	const struct notify_conf *operators = &n->o.rig->conf->notify;
	if (!c || (!c->notify.on && !operators->on) || tenant_state(t) == TENANT_DRAINING)
		return;
	struct watch *w = watch_of(n, id);
	w->seen = true;
	const struct recent *recents[64];
	unsigned count = c->settings.environment_count < 64 ? c->settings.environment_count : 64;
	for (unsigned i = 0; i < count; i++)
		if (!(recents[i] = tenant_recent(t, i)))
			return;
	struct notice_view view = {.recents = recents,
	                           .environments = count,
	                           .deaf = deaf_one(t),
	                           .stale = tenant_why(t),
	                           .now = loop_wall_ms(n->o.rig->loop) / 1000,
	                           .since = w->told.since};
	struct notice_facts facts[AUDIENCES];
	const struct notify_conf *confs[AUDIENCES] = {&c->notify, operators};
	bool changed = !w->loaded;
	for (int a = 0; a < AUDIENCES; a++) {
		/* nobody expects runs of a school that is paused */
		view.silent_s = confs[a]->on && !tenant_is_paused(t) ? confs[a]->silent_s : 0;
		notice_facts(&view, &facts[a]);
		changed = changed || facts[a].troubles != w->told.troubles[a];
	}
	int64_t slot = c->notify.digest.n ? schedule_latest(c->settings.zone, &c->notify.digest, view.now) : 0;
	changed = changed || slot > w->told.digest_slot;
	if (facts[SCHOOL].last_good > n->last_good)
		n->last_good = facts[SCHOOL].last_good;
	beat(&w->heart, c->notify.heartbeat, facts[SCHOOL].last_good);
	if (changed && !w->telling)
		start_telling(w, t, &view, facts, slot);
}

static bool collect_gone(void *value, void *arg)
{
	struct watch *w = value, **found = arg;
	if (!w->seen && !w->telling && !w->heart.url)
		*found = w;
	return !*found;
}

static bool unsee(void *value, void *arg)
{
	(void)arg;
	((struct watch *)value)->seen = false;
	return true;
}

static void free_watch(struct watch *w)
{
	map_del_str(w->n->watches, str_of(w->id));
	free(w->id);
	free(w);
}

static void on_look(struct loop_timer *timer)
{
	struct notifier *n = list_entry(timer, struct notifier, timer);
	loop_timer_start(n->o.rig->loop, timer, LOOK_MS);
	map_each(n->watches, unsee, NULL);
	if (!n->o.schools(n->o.arg, look_at, n))
		return;
	beat(&n->heart, n->o.rig->conf->notify.heartbeat, n->last_good);
	for (struct watch *gone = NULL; map_each(n->watches, collect_gone, &gone), gone; gone = NULL)
		free_watch(gone);
}

/* ---- from outside ---- */

struct notifier *notifier_new(const struct notifier_options *options)
{
	struct notifier *n = xcalloc(1, sizeof(*n));
	n->o = *options;
	n->heart.n = n;
	n->watches = map_new_str(NULL);
	n->lane = fetch_lane_new(n->o.rig->hub, "heartbeat", &(struct fetch_lane_limits){.concurrency = 4});
	loop_timer_init(&n->timer, on_look);
	loop_timer_start(n->o.rig->loop, &n->timer, SOON_MS);
	return n;
}

static bool collect_any(void *value, void *arg)
{
	*(struct watch **)arg = value;
	return false;
}

void notifier_free(struct notifier **notifier)
{
	struct notifier *n = *notifier;
	if (!n)
		return;
	REQUIRE(n->busy == 0);
	loop_timer_stop(n->o.rig->loop, &n->timer);
	for (struct watch *w = NULL; map_each(n->watches, collect_any, &w), w; w = NULL)
		free_watch(w);
	map_free(&n->watches);
	fetch_lane_free(&n->lane);
	free(n);
	*notifier = NULL;
}

bool notifier_busy(const struct notifier *n)
{
	return n->busy > 0;
}

static bool stop_heart(void *value, void *arg)
{
	struct heart *h = arg ? arg : &((struct watch *)value)->heart;
	if (!h->url)
		return true;
	fetch_cancel(&h->fetch);
	free(h->url);
	h->url = NULL;
	ended(h->n);
	return true;
}

void notifier_stop(struct notifier *n)
{
	if (n->stopping)
		return;
	n->stopping = true;
	loop_timer_stop(n->o.rig->loop, &n->timer);
	map_each(n->watches, stop_heart, NULL);
	stop_heart(NULL, &n->heart);
}
