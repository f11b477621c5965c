#include "core/sync/outbox.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define META_OUTBOX  "outbox"
#define LETTER_VERSION 1
#define ISSUE_DAYS   14
#define DAY          86400

/* ---- the box's own figures ---- */

struct box {
	int64_t next_seq, count;
};

static struct store_key box_key(void)
{
	struct store_key k;
	store_key_begin(&k, TABLE_META);
	store_key_text(&k, STR(META_OUTBOX));
	return k;
}

static struct box box_of(struct store_txn *txn)
{
	struct store_key k = box_key();
	struct box b = {1, 0};
	struct str value;
	struct unpack u;
	if (!store_get(txn, &k, &value))
		return b;
	unpack_begin(&u, value);
	b.next_seq = unpack_int(&u);
	b.count = unpack_int(&u);
	if (unpack_end(&u))
		store_txn_fail(txn, ERR_STORE_CORRUPT);
	return b;
}

static void put_box(struct store_txn *txn, const struct box *b)
{
	struct store_key k = box_key();
	struct buf v;
	buf_init(&v, 0);
	pack_begin(&v, LETTER_VERSION);
	pack_int(&v, b->next_seq);
	pack_int(&v, b->count);
	store_put(txn, &k, buf_str(&v));
	buf_deinit(&v);
}

/* ---- letters: in the order in which they are due ---- */

static struct store_key letter_key(const struct letter *l)
{
	struct store_key k;
	store_key_begin(&k, TABLE_LETTER);
	store_key_int(&k, l->next_at);
	store_key_int(&k, (int64_t)l->seq);
	return k;
}

static void put_letter(struct store_txn *txn, const struct letter *l)
{
	const struct str texts[] = {l->to, l->to_name, l->from_name, l->subject, l->text, l->html, l->record, l->about};
	struct store_key k = letter_key(l);
	struct buf v;
	buf_init(&v, 0);
	pack_begin(&v, LETTER_VERSION);
	pack_int(&v, l->kind);
	pack_bool(&v, l->leaving);
	pack_int(&v, l->queued_at);
	pack_int(&v, l->tries);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		pack_str(&v, texts[i]);
	store_put(txn, &k, buf_str(&v));
	buf_deinit(&v);
}

static int get_letter(struct str key, struct str value, struct arena *arena, struct letter *l)
{
	struct str *texts[] = {&l->to, &l->to_name, &l->from_name, &l->subject, &l->text, &l->html, &l->record, &l->about};
	struct unpack u;
	size_t at = 1;
	l->next_at = store_key_get_int(key, &at);
	l->seq = (uint64_t)store_key_get_int(key, &at);
	unpack_begin(&u, value);
	l->kind = unpack_int(&u) == LETTER_HOOK ? LETTER_HOOK : LETTER_MAIL;
	l->leaving = unpack_bool(&u);
	l->queued_at = unpack_int(&u);
	l->tries = (unsigned)unpack_int(&u);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*texts[i] = unpack_str_copy(&u, arena);
	return unpack_end(&u);
}

/* ---- issues: a list beside those of the flows ---- */

#define FIELD "mail"

static struct store_key issue_key(struct str record)
{
	struct store_key k;
	store_key_begin(&k, TABLE_ISSUE);
	store_key_u8(&k, ISSUES_OF_MAIL);
	store_key_text(&k, record);
	store_key_text(&k, STR(FIELD));
	return k;
}

static void put_issue(struct store_txn *txn, struct str record, int64_t now, const char *fix, const char *fmt, ...) PRINTF_LIKE(5, 6);
static void put_issue(struct store_txn *txn, struct str record, int64_t now, const char *fix, const char *fmt, ...)
{
	struct buf problem;
	va_list ap;
	buf_init(&problem, 2000);
	va_start(ap, fmt);
	buf_vprintf(&problem, fmt, ap);
	va_end(ap);
	const struct issue i = {.record = record,
	                        .field = STR(FIELD),
	                        .problem = buf_str(&problem),
	                        .fix = str_of(fix),
	                        .since = now,
	                        .until = now + ISSUE_DAYS * DAY};
	state_put_issue(txn, ISSUES_OF_MAIL, &i);
	buf_deinit(&problem);
}

/* ---- from outside ---- */

const char *letter_end_name(enum letter_end end)
{
	static const char *const names[LETTER_END_COUNT] = {"taken", "later", "refused", "unknown"};
	return names[end];
}

int64_t outbox_next_try(unsigned tries, int64_t now_s)
{
	static const int64_t waits[] = {60, 300, 900, 1800, 3600};
	size_t most = sizeof(waits) / sizeof(waits[0]) - 1;
	return now_s + waits[tries < 1 ? 0 : tries - 1 < most ? tries - 1 : most];
}

bool outbox_put(struct store_txn *txn, const struct letter *letter, int64_t now_s)
{
	struct box b = box_of(txn);
	struct letter l = *letter;
	if (b.count >= OUTBOX_MOST || l.text.n + l.html.n > LETTER_MOST) {
		put_issue(txn, STR("environment"), now_s, "See in the log why the mail server takes none, and mend that",
		          "too many mails wait, or one is too long: %.*s was not queued", STR_ARG(l.about));
		return false;
	}
	l.seq = (uint64_t)b.next_seq++;
	l.queued_at = l.next_at = now_s;
	l.tries = 0;
	l.leaving = false;
	b.count++;
	put_letter(txn, &l);
	put_box(txn, &b);
	return true;
}

static int first_due(void *arg, struct str key, struct str value)
{
	size_t at = 1;
	(void)value;
	*(int64_t *)arg = store_key_get_int(key, &at);
	return 1;
}

int64_t outbox_next(struct store_txn *txn)
{
	struct store_key prefix;
	int64_t due = 0;
	store_key_begin(&prefix, TABLE_LETTER);
	store_each(txn, &prefix, first_due, &due);
	return due;
}

struct taking {
	struct arena *arena;
	struct items *out;
	size_t cap, most;
	int64_t now;
	int error;
};

static int take_one(void *arg, struct str key, struct str value)
{
	struct taking *t = arg;
	struct letter l = {.next_at = 0};
	size_t at = 1;
	if (t->out->n >= t->most || store_key_get_int(key, &at) > t->now)
		return 1;
	t->error = get_letter(key, value, t->arena, &l);
	if (t->error == 0)
		t->error = items_add(t->arena, t->out, &t->cap, &l, sizeof(l));
	return t->error;
}

int outbox_take(struct store_txn *txn, struct arena *arena, int64_t now_s, unsigned most, struct items *out)
{
	struct items due = {NULL, 0};
	struct taking t = {.arena = arena, .out = &due, .most = most, .now = now_s};
	struct store_key prefix;
	size_t cap = 0;
	store_key_begin(&prefix, TABLE_LETTER);
	store_each(txn, &prefix, take_one, &t);
	if (t.error)
		return t.error;
	struct letter *all = due.v;
	for (size_t i = 0; i < due.n; i++) {
		if (all[i].leaving) {
			outbox_settle(txn, &all[i], all[i].kind == LETTER_HOOK ? LETTER_LATER : LETTER_UNKNOWN, STR("the process ended"), now_s);
			continue;
		}
		all[i].leaving = true;
		put_letter(txn, &all[i]);
		if (items_add(arena, out, &cap, &all[i], sizeof(all[i])))
			return ERR_LIMIT;
	}
	return store_txn_error(txn);
}

static void tell(struct store_txn *txn, const struct letter *l, enum letter_end end, struct str said, int64_t now_s)
{
	if (l->kind == LETTER_HOOK)
		put_issue(txn, l->record, now_s, "See that notify.webhook of the school's file answers with a 2xx", "%.*s could not be delivered: %.*s",
		          STR_ARG(l->about), STR_ARG(said));
	else if (end == LETTER_UNKNOWN)
		put_issue(txn, l->record, now_s, "Ask whether it arrived; it is not sent again",
		          "%.*s may or may not have been delivered: %.*s", STR_ARG(l->about), STR_ARG(said));
	else if (end == LETTER_REFUSED)
		put_issue(txn, l->record, now_s, "Check the e-mail address in Yparéo; this mail is not sent again",
		          "%.*s was refused by the mail server: %.*s", STR_ARG(l->about), STR_ARG(said));
	else
		put_issue(txn, l->record, now_s, "Check the e-mail address and the mail server; this mail is not sent again",
		          "%.*s could not be delivered in two days: %.*s", STR_ARG(l->about), STR_ARG(said));
}

void outbox_settle(struct store_txn *txn, const struct letter *l, enum letter_end end, struct str said, int64_t now_s)
{
	struct store_key k = letter_key(l), issue = issue_key(l->record);
	struct str there;
	if (!store_get(txn, &k, &there))
		return;
	store_del(txn, &k);
	int64_t next_at = outbox_next_try(l->tries + 1, now_s);
	if (end == LETTER_LATER && next_at - l->queued_at <= OUTBOX_DAYS * DAY) {
		struct letter again = *l;
		again.tries++;
		again.leaving = false;
		again.next_at = next_at;
		put_letter(txn, &again);
		return;
	}
	struct box b = box_of(txn);
	b.count--;
	put_box(txn, &b);
	if (end == LETTER_TAKEN)
		store_del(txn, &issue);
	else
		tell(txn, l, end, said, now_s);
}

static int count_one(void *arg, struct str key, struct str value)
{
	(void)key;
	(void)value;
	++*(int64_t *)arg;
	return 0;
}

void outbox_recount(struct store_txn *txn)
{
	struct store_key prefix;
	struct box b = box_of(txn);
	int64_t n = 0;
	store_key_begin(&prefix, TABLE_LETTER);
	store_each(txn, &prefix, count_one, &n);
	if (n == b.count)
		return;
	b.count = n;
	put_box(txn, &b);
}
