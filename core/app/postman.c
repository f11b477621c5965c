#include "core/app/postman.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/app/conf.h"
#include "core/app/hmac.h"
#include "core/base/log.h"
#include "core/base/map.h"
#include "core/io/mail.h"
#include "core/sync/outbox.h"
#include "tenants/secrets.h"

#define LETTERS_A_TURN 8
#define BOXES_AT_ONCE  4
#define TURN_MEMORY    (8u << 20)
#define AGAIN_MS       60000
#define ANSWER_MS      60000
#define TIMER_MOST_MS  3600000

/* A letter on its way. */
struct parcel {
	struct box *box;
	struct letter *letter;
	struct fetch fetch;
	struct buf message;
	char from[256], to[256], signature[80], id[80];
	enum letter_end end;
	char said[200];
	bool done;
};

enum box_state { BOX_WAITS /* for its time */, BOX_QUEUED /* for its turn */, BOX_BUSY };

/* One store's outbox, as long as something is in it. */
struct box {
	struct postman *p;
	char *name, *tenant, *key;
	enum box_state state;
	struct list link;
	struct loop_timer timer;
	struct store *store;
	struct store_job job;
	/* of a turn */
	struct arena *arena, *next_arena;
	struct items taken; /* struct letter: what the job took */
	struct parcel *parcels;
	size_t parcel_count, open;
	int64_t now_s, next_at;
	struct secret password;
	char password_wrong[SECRET_MESSAGE];
	bool again; /* somebody looked meanwhile */
	bool take;  /* this turn's job takes letters */
};

struct postman {
	struct postman_options o;
	struct fetch_lane *lane;
	struct map *boxes; /* by name */
	struct list queue;
	unsigned busy;
	bool stopping;
};

static void start_turn(struct box *b);
static void next_box(struct postman *p);

static struct log_ctx ctx_of(const struct box *b)
{
	return (struct log_ctx){.tenant = b->tenant, .environment = b->key};
}

/* ---- one letter ---- */

static void settle(struct parcel *x, enum letter_end end, const char *said)
{
	struct log_ctx ctx = ctx_of(x->box);
	x->end = end;
	x->done = true;
	snprintf(x->said, sizeof(x->said), "%s", said);
	if (end == LETTER_TAKEN)
		log_info("mail", &ctx, "a letter was taken", "about=«%.*s» id=%s", STR_ARG(x->letter->about), x->id);
	else
		log_warning("mail", &ctx, "a letter was not taken", "about=«%.*s» outcome=%s why=«%s»", STR_ARG(x->letter->about),
		            letter_end_name(end), said);
}

static void on_sent(struct fetch *f)
{
	struct parcel *x = list_entry(f, struct parcel, fetch);
	struct fault fault;
	fetch_fault(f, &fault);
	enum letter_end end = LETTER_LATER;
	if (!fault_is(&fault))
		end = LETTER_TAKEN;
	else if (x->letter->kind == LETTER_MAIL && fault.class == FAULT_REMOTE)
		end = LETTER_REFUSED;
	else if (x->letter->kind == LETTER_MAIL && fault.class == FAULT_UNCERTAIN)
		end = LETTER_UNKNOWN;
	char status[48];
	snprintf(status, sizeof(status), "HTTP %d", f->reply.status);
	/* a hook's address may hold a secret */
	const char *said = x->letter->kind == LETTER_MAIL ? fault.what : f->reply.status ? status : err_text(f->reply.code);
	settle(x, end, said);
	if (--x->box->open == 0)
		start_turn(x->box);
}

static bool copy_text(struct str s, char *out, size_t size)
{
	if (s.n >= size)
		return false;
	memcpy(out, s.p ? s.p : "", s.n);
	out[s.n] = '\0';
	return true;
}

static void send_mail(struct parcel *x)
{
	const struct postman_options *o = &x->box->p->o;
	const struct letter *l = x->letter;
	if (!o->smtp_url || x->box->password_wrong[0]) {
		settle(x, LETTER_LATER, o->smtp_url ? x->box->password_wrong : "there is no mail server: smtp in passerelle.json");
		return;
	}
	const struct mail m = {.from = str_of(o->smtp_from), .to = l->to, .from_name = l->from_name, .to_name = l->to_name, .subject = l->subject,
	                       .text = l->text, .html = l->html, .date = l->queued_at, .id = str_of(x->id)};
	if (!copy_text(l->to, x->to, sizeof(x->to)) || !copy_text(m.from, x->from, sizeof(x->from)) || mail_write(&m, &x->message)) {
		settle(x, LETTER_REFUSED, "that is no e-mail address");
		return;
	}
	x->fetch.request = (struct fetch_request){.method = FETCH_MAIL,
	                                          .effect = FETCH_WRITE_ONCE,
	                                          .url = o->smtp_url,
	                                          .ca_file = o->smtp_ca_file,
	                                          .body = buf_str(&x->message),
	                                          .envelope = {x->from, x->to, o->smtp_user, x->box->password.p},
	                                          .timeout_ms = ANSWER_MS};
	x->box->open++;
	fetch_start(&x->fetch);
}

static void call_hook(struct parcel *x)
{
	const struct postman_options *o = &x->box->p->o;
	struct postman_hook hook = {.url = NULL};
	if (!o->hook || !o->hook(o->arg, x->box->tenant, x->letter->to, &hook)) {
		settle(x, LETTER_LATER, "there is no notify.webhook any more");
		return;
	}
	buf_add(&x->message, hook.url, strlen(hook.url));
	buf_addc(&x->message, '\0');
	snprintf(x->signature, sizeof(x->signature), "sha256=");
	hmac_sha256_hex(hook.secret, x->letter->text, x->signature + strlen(x->signature));
	x->fetch.request = (struct fetch_request){.method = FETCH_POST,
	                                          .effect = FETCH_WRITE_KEYED,
	                                          .url = x->message.p,
	                                          .body = x->letter->text,
	                                          .headers = {{"X-Passerelle-Delivery", x->id}},
	                                          .timeout_ms = ANSWER_MS};
	if (hook.secret.n) {
		x->fetch.request.headers[1].name = "X-Passerelle-Signature";
		x->fetch.request.headers[1].value = x->signature;
	}
	x->box->open++;
	fetch_start(&x->fetch);
}

static void send_all(struct box *b)
{
	struct letter *letters = b->taken.v;
	b->parcels = xcalloc(b->taken.n, sizeof(*b->parcels));
	b->parcel_count = b->taken.n;
	b->open = 1; /* ours, until all are on their way */
	for (size_t i = 0; i < b->parcel_count; i++) {
		struct parcel *x = &b->parcels[i];
		x->box = b;
		x->letter = &letters[i];
		x->fetch.lane = b->p->lane;
		x->fetch.done = on_sent;
		buf_init(&x->message, 0);
		/* the same at every try */
		snprintf(x->id, sizeof(x->id), "%lld.%llu.%016llx", (long long)x->letter->queued_at, (unsigned long long)x->letter->seq,
		         (unsigned long long)str_hash(str_of(b->name)));
		if (b->p->stopping)
			settle(x, LETTER_LATER, "stopping");
		else if (x->letter->kind == LETTER_HOOK)
			call_hook(x);
		else
			send_mail(x);
	}
	if (--b->open == 0)
		start_turn(b);
}

static void free_parcels(struct box *b)
{
	for (size_t i = 0; i < b->parcel_count; i++)
		buf_deinit(&b->parcels[i].message);
	free(b->parcels);
	b->parcels = NULL;
	b->parcel_count = 0;
}

/* ---- a turn: what became of the last letters, and the next ones, in one commit ---- */

static int turn_work(struct store_txn *txn, struct store_job *job)
{
	struct box *b = list_entry(job, struct box, job);
	const struct postman_options *o = &b->p->o;
	for (size_t i = 0; i < b->parcel_count; i++)
		outbox_settle(txn, b->parcels[i].letter, b->parcels[i].end, str_of(b->parcels[i].said), b->now_s);
	arena_free(&b->next_arena);
	b->next_arena = arena_new(TURN_MEMORY);
	b->taken = (struct items){NULL, 0};
	int rc = b->take ? outbox_take(txn, b->next_arena, b->now_s, LETTERS_A_TURN, &b->taken) : 0;
	if (rc)
		return rc;
	b->next_at = outbox_next(txn);
	b->password_wrong[0] = '\0';
	secret_wipe(&b->password);
	if (b->taken.n && o->smtp_password_file && secret_read_file(o->smtp_password_file, &b->password, b->password_wrong) &&
	    !b->password_wrong[0])
		snprintf(b->password_wrong, sizeof(b->password_wrong), "smtp.password_file cannot be read");
	return store_txn_error(txn);
}

static void free_box(struct box *b)
{
	struct postman *p = b->p;
	loop_timer_stop(p->o.loop, &b->timer);
	list_remove(&b->link);
	map_del_str(p->boxes, str_of(b->name));
	free_parcels(b);
	secret_wipe(&b->password);
	arena_free(&b->arena);
	arena_free(&b->next_arena);
	free(b->name);
	free(b->tenant);
	free(b->key);
	free(b);
}

static void wait_until(struct box *b, int64_t due_s)
{
	int64_t now = loop_wall_ms(b->p->o.loop), ms = due_s * 1000 > now ? due_s * 1000 - now : 0;
	b->state = BOX_WAITS;
	loop_timer_stop(b->p->o.loop, &b->timer);
	loop_timer_start(b->p->o.loop, &b->timer, ms < TIMER_MOST_MS ? ms : TIMER_MOST_MS);
}

/* The turn is over: to the end of the queue, to sleep, or away. */
static void rest(struct box *b, bool failed)
{
	struct postman *p = b->p;
	p->busy--;
	free_parcels(b);
	secret_wipe(&b->password);
	arena_free(&b->arena);
	if (p->stopping || (!failed && !b->next_at && !b->again)) {
		free_box(b);
	} else if (failed) {
		wait_until(b, loop_wall_ms(p->o.loop) / 1000 + AGAIN_MS / 1000);
	} else {
		wait_until(b, b->again ? 0 : b->next_at);
		b->again = false;
	}
	next_box(p);
}

static void turn_after(struct store_job *job)
{
	struct box *b = list_entry(job, struct box, job);
	struct log_ctx ctx = ctx_of(b);
	store_unref(&b->store);
	if (job->error) {
		/* what left and could not be written down is found as leaving, and never sent again */
		log_error("mail", &ctx, "the outbox cannot be read or written", "error=«%s» detail=«%s»", err_text(job->error), job->detail);
		rest(b, true);
		return;
	}
	free_parcels(b);
	arena_free(&b->arena);
	b->arena = b->next_arena;
	b->next_arena = NULL;
	if (b->taken.n)
		send_all(b);
	else
		rest(b, false);
}

static void start_turn(struct box *b)
{
	struct postman *p = b->p;
	b->now_s = loop_wall_ms(p->o.loop) / 1000;
	/* where others wait, it is their turn then */
	b->take = !p->stopping && (b->parcel_count == 0 || list_empty(&p->queue));
	b->store = store_ref(p->o.stores, b->tenant, b->key);
	b->job = (struct store_job){.write = true, .work = turn_work, .after = turn_after};
	store_submit(b->store, &b->job);
}

static void next_box(struct postman *p)
{
	struct list *node;
	while (!p->stopping && p->busy < BOXES_AT_ONCE && (node = list_take_first(&p->queue)) != NULL) {
		struct box *b = list_entry(node, struct box, link);
		b->state = BOX_BUSY;
		p->busy++;
		start_turn(b);
	}
	if (p->busy == 0 && p->o.idle)
		p->o.idle(p->o.arg);
}

static void on_due(struct loop_timer *t)
{
	struct box *b = list_entry(t, struct box, timer);
	struct postman *p = b->p;
	if (p->stopping)
		return;
	b->state = BOX_QUEUED;
	list_append(&p->queue, &b->link);
	next_box(p);
}

/* ---- from outside ---- */

void postman_server(struct postman_options *o, const struct conf *conf)
{
	o->smtp_url = conf->smtp_url;
	o->smtp_from = conf->smtp_from;
	o->smtp_user = conf->smtp_user;
	o->smtp_password_file = conf->smtp_password_file;
	o->smtp_ca_file = conf->smtp_ca_file;
}

struct postman *postman_new(const struct postman_options *options)
{
	struct postman *p = xcalloc(1, sizeof(*p));
	p->o = *options;
	p->lane = fetch_lane_new(p->o.hub, "mail", &(struct fetch_lane_limits){.concurrency = BOXES_AT_ONCE});
	p->boxes = map_new_str(NULL);
	list_init(&p->queue);
	return p;
}

static bool collect_first(void *value, void *arg)
{
	*(struct box **)arg = value;
	return false;
}

void postman_free(struct postman **postman)
{
	struct postman *p = *postman;
	if (!p)
		return;
	REQUIRE(!postman_busy(p));
	while (map_count(p->boxes)) {
		struct box *b = NULL;
		map_each(p->boxes, collect_first, &b);
		free_box(b);
	}
	map_free(&p->boxes);
	fetch_lane_free(&p->lane);
	free(p);
	*postman = NULL;
}

void postman_look(struct postman *p, const char *tenant, const char *key, int64_t due_s)
{
	char name[192];
	if (p->stopping)
		return;
	snprintf(name, sizeof(name), "%s/%s", tenant, key);
	struct box *b = map_get_str(p->boxes, str_of(name));
	if (!b) {
		b = xcalloc(1, sizeof(*b));
		b->p = p;
		b->name = xstrdup(name);
		b->tenant = xstrdup(tenant);
		b->key = xstrdup(key);
		list_init(&b->link);
		loop_timer_init(&b->timer, on_due);
		map_put_str(p->boxes, str_of(b->name), b);
		wait_until(b, due_s);
	} else if (b->state == BOX_WAITS) {
		wait_until(b, due_s);
	} else {
		b->again = b->state == BOX_BUSY;
	}
}

bool postman_busy(const struct postman *p)
{
	return p->busy > 0;
}

static bool is_at_rest(void *value, void *arg)
{
	const struct box *b = value;
	bool *at_work = arg;
	*at_work = *at_work || b->state != BOX_WAITS || b->timer.due_ms <= loop_mono_ms(b->p->o.loop);
	return !*at_work;
}

bool postman_at_work(const struct postman *p)
{
	bool at_work = false;
	map_each(p->boxes, is_at_rest, &at_work);
	return at_work;
}

static bool cancel_box(void *value, void *arg)
{
	struct box *b = value;
	(void)arg;
	for (size_t i = 0; i < b->parcel_count; i++) {
		struct parcel *x = &b->parcels[i];
		if (x->fetch.state == FETCH_IDLE || x->done)
			continue;
		fetch_cancel(&x->fetch);
		on_sent(&x->fetch);
	}
	return true;
}

void postman_stop(struct postman *p)
{
	p->stopping = true;
}

void postman_cancel(struct postman *p)
{
	postman_stop(p);
	map_each(p->boxes, cancel_box, NULL);
}
