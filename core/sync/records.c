#include "core/sync/records.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/tz.h"

#define DAY_SECONDS INT64_C(86400)

/* ---- walking a record ---- */

/* One part of a record, as it is met; of PART_EACH its parts are met one after the other, element after element. */
struct part {
	const struct record_field *f;
	int64_t number;
	struct str text;
	struct unpack ints; /* of PART_INTS: stands before them */
	size_t from, to;    /* of the value's bytes */
	size_t element;     /* of the PART_EACH it is in, from 1; 0: in none */
};

typedef void (*part_fn)(void *arg, const struct part *p);

struct walk {
	struct unpack u;
	part_fn fn;
	void *arg;
};

static void walk_one(struct walk *w, const struct record_field *f, size_t element)
{
	struct part p = {.f = f, .element = element, .from = w->u.at};
	switch (f->type) {
	case PART_BOOL:
		p.number = unpack_bool(&w->u);
		break;
	case PART_TEXT:
		p.text = unpack_str(&w->u);
		break;
	case PART_HASH: {
		uint8_t hash[32];
		unpack_bytes(&w->u, hash, 32);
		break;
	}
	case PART_INTS:
		p.ints = w->u;
		for (uint64_t n = unpack_count(&w->u); n && !w->u.error; n--)
			(void)unpack_int(&w->u);
		break;
	case PART_TEXTS:
		p.number = unpack_int(&w->u);
		for (int64_t i = 0; i < p.number && !w->u.error; i++)
			(void)unpack_str(&w->u);
		break;
	default:
		p.number = unpack_int(&w->u);
		break;
	}
	p.to = w->u.at;
	if (!w->u.error && w->fn)
		w->fn(w->arg, &p);
}

/* A value may end early: what was added later is not in those of before. */
static int walk_value(struct walk *w, const struct record_field *f, struct str value)
{
	unpack_begin(&w->u, value);
	for (; f->name && unpack_more(&w->u); f++) {
		size_t at = w->u.at;
		if (f->type != PART_EACH) {
			walk_one(w, f, 0);
			continue;
		}
		int64_t n = unpack_int(&w->u);
		struct part head = {.f = f, .number = n, .from = at, .to = w->u.at};
		if (w->fn)
			w->fn(w->arg, &head);
		for (int64_t i = 0; i < n && !w->u.error; i++)
			for (unsigned k = 1; k <= f->parts; k++)
				walk_one(w, f + k, (size_t)i + 1);
		f += f->parts;
	}
	return unpack_more(&w->u) ? ERR_STORE_CORRUPT : unpack_end(&w->u);
}

static int walk_key(const struct record_field *f, struct str key, part_fn fn, void *arg)
{
	size_t at = 1;
	for (; f->name && at < key.n; f++) {
		struct part p = {.f = f};
		if (f->type == PART_U8)
			p.number = store_key_get_u8(key, &at);
		else if (f->type == PART_TEXT)
			p.text = store_key_get_text(key, &at);
		else
			p.number = store_key_get_int(key, &at);
		if (fn)
			fn(arg, &p);
	}
	return at == key.n ? 0 : ERR_STORE_CORRUPT;
}

static int walk(const struct record_kind *k, const struct record *r, part_fn fn, void *arg)
{
	int rc = walk_key(k->key, r->key, fn, arg);
	struct walk w = {.fn = fn, .arg = arg};
	return rc || !k->value ? rc : walk_value(&w, k->value, r->value);
}

int record_check(const struct record_kind *k, const struct record *r)
{
	return walk(k, r, NULL, NULL);
}

struct lookup {
	const char *name;
	int64_t number;
};

static void on_lookup(void *arg, const struct part *p)
{
	struct lookup *l = arg;
	if (!p->element && strcmp(p->f->name, l->name) == 0)
		l->number = p->number;
}

int64_t record_int(const struct record_kind *k, const struct record *r, const char *name)
{
	struct lookup l = {.name = name};
	(void)!walk(k, r, on_lookup, &l);
	return l.number;
}

/* ---- of whom ---- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The code as a whole number somewhere in the text. */
static bool has_code(struct str text, int64_t code)
{
	for (size_t i = 0; i < text.n;) {
		size_t n = 0;
		int64_t v;
		while (i + n < text.n && is_digit(text.p[i + n]))
			n++;
		if (n && str_to_int64((struct str){text.p + i, n}, &v) == 0 && v == code)
			return true;
		i += n ? n : 1;
	}
	return false;
}

static bool has_text(struct str text, struct str what)
{
	return what.n && text.n >= what.n && memmem(text.p, text.n, what.p, what.n);
}

/* By id or address; by code where the text says what kind of code it is. */
static bool mentions(struct str text, const struct subject *who)
{
	return has_text(text, who->id) || has_text(text, who->email) ||
	       (has_text(text, str_of(person_kind_name(who->kind))) && has_code(text, who->code));
}

struct finding {
	const struct subject *who;
	int64_t kind;                   /* of the ROLE_KIND met last */
	bool own, listed, named;        /* it is theirs; they are in a list of it; a text names them */
	bool attendance, instructors;   /* the record is an attendance of that code; and speaks of instructors */
	size_t element;                 /* in which the last was found */
};

static bool is_record_of(struct str record, const struct subject *who, bool *attendance)
{
	const char *kind = person_kind_name(who->kind);
	size_t n = strlen(kind);
	int64_t code;
	if (str_starts(record, kind) && record.n > n + 1 && record.p[n] == ' ')
		return str_to_int64((struct str){record.p + n + 1, record.n - n - 1}, &code) == 0 && code == who->code;
	const char *slash = str_starts(record, "attendance ") ? memchr(record.p, '/', record.n) : NULL;
	if (slash && str_to_int64((struct str){slash + 1, (size_t)(record.p + record.n - slash - 1)}, &code) == 0 && code == who->code)
		*attendance = true;
	return false;
}

static bool list_has(const struct part *p, int64_t code)
{
	struct unpack u = p->ints;
	for (uint64_t n = unpack_count(&u); n && !u.error; n--)
		if (unpack_int(&u) == code)
			return true;
	return false;
}

/* What one part says of somebody. */
static void look(struct finding *d, const struct part *p)
{
	const struct subject *who = d->who;
	enum person_kind of = p->f->role == ROLE_INSTRUCTOR ? PERSON_INSTRUCTOR : PERSON_LEARNER;
	switch (p->f->role) {
	case ROLE_KIND:
	case ROLE_KIND_BEHIND_SHEET:
		d->kind = p->number - (p->f->role == ROLE_KIND_BEHIND_SHEET);
		break;
	case ROLE_CODE:
		d->own = d->own || (d->kind == (int64_t)who->kind && p->number == who->code);
		break;
	case ROLE_LEARNER:
	case ROLE_INSTRUCTOR:
		if (of == who->kind && p->f->type == PART_INTS)
			d->listed = d->listed || list_has(p, who->code);
		else if (of == who->kind)
			d->own = d->own || p->number == who->code;
		break;
	case ROLE_CODES:
		d->named = d->named || (who->kind == PERSON_LEARNER && has_code(p->text, who->code));
		break;
	case ROLE_RECORD:
		d->own = d->own || is_record_of(p->text, who, &d->attendance);
		break;
	case ROLE_MENTION:
		d->instructors = d->instructors || has_text(p->text, STR("instructor"));
		d->named = d->named || mentions(p->text, who);
		break;
	default:
		break;
	}
}

/* "attendance 90210/52" is a learner's, or an instructor's where it says so. */
static bool is_own(const struct finding *d)
{
	return d->own || (d->attendance && d->who->kind != PERSON_TUTOR && d->instructors == (d->who->kind == PERSON_INSTRUCTOR));
}

struct gathering {
	struct finding whole;     /* outside of any element */
	struct finding element;   /* the one under way */
	bool in_elements;         /* one of them speaks of who */
};

static void end_element(struct gathering *g)
{
	const struct finding *e = &g->element;
	g->in_elements = g->in_elements || is_own(e) || e->listed || e->named;
	g->element = (struct finding){.who = g->whole.who};
}

static void on_part(void *arg, const struct part *p)
{
	struct gathering *g = arg;
	if (p->element != g->element.element)
		end_element(g);
	g->element.element = p->element;
	look(p->element ? &g->element : &g->whole, p);
}

static void gather(const struct record_kind *k, const struct record *r, const struct subject *who, struct gathering *g)
{
	*g = (struct gathering){.whole = {.who = who}, .element = {.who = who}};
	(void)!walk(k, r, on_part, g); /* what is damaged is said when it is read for a run */
	end_element(g);
}

bool record_speaks(const struct record_kind *k, const struct record *r, const struct subject *who)
{
	struct gathering g;
	if (k->speaks)
		return k->speaks(r, who);
	gather(k, r, who, &g);
	return is_own(&g.whole) || g.whole.listed || g.whole.named || g.in_elements;
}

/* ---- without ---- */

#define ERASED "(erased)"

struct rewriting {
	const struct subject *who;
	struct str value;
	struct buf *out;
	struct buf element;      /* the one under way */
	struct buf elements;     /* those that stay */
	int64_t kept;
	struct finding found;    /* in the element */
	bool in_each;
};

static void end_part(struct rewriting *w)
{
	const struct finding *d = &w->found;
	if (w->found.element && !is_own(d) && !d->listed && !d->named) {
		buf_add(&w->elements, w->element.n ? w->element.p : "", w->element.n);
		w->kept++;
	}
	buf_clear(&w->element);
	w->found = (struct finding){.who = w->who};
}

static void end_each(struct rewriting *w)
{
	end_part(w);
	if (!w->in_each)
		return;
	pack_int(w->out, w->kept);
	buf_add(w->out, w->elements.n ? w->elements.p : "", w->elements.n);
	buf_clear(&w->elements);
	w->kept = 0;
	w->in_each = false;
}

static void rewrite_ints(struct rewriting *w, const struct part *p)
{
	struct unpack u = p->ints;
	struct buf stays;
	uint64_t left = 0;
	buf_init(&stays, 0);
	for (uint64_t n = unpack_count(&u); n && !u.error; n--) {
		int64_t code = unpack_int(&u);
		if (code == w->who->code)
			continue;
		pack_int(&stays, code);
		left++;
	}
	pack_count(w->out, left);
	buf_add(w->out, stays.n ? stays.p : "", stays.n);
	buf_deinit(&stays);
}

static void on_rewrite(void *arg, const struct part *p)
{
	struct rewriting *w = arg;
	const char *raw = w->value.p + p->from;
	size_t n = p->to - p->from;
	if (!p->to) /* of the key */
		return;
	if (p->element) {
		if (p->element != w->found.element)
			end_part(w);
		w->found.element = p->element;
		look(&w->found, p);
		buf_add(&w->element, raw, n);
		return;
	}
	end_each(w);
	struct finding d = {.who = w->who};
	look(&d, p);
	if (p->f->type == PART_EACH)
		w->in_each = true;
	else if (d.listed)
		rewrite_ints(w, p);
	else if (d.named)
		pack_str(w->out, STR(ERASED));
	else
		buf_add(w->out, raw, n);
}

bool record_without(const struct record_kind *k, const struct record *r, const struct subject *who, struct buf *out)
{
	struct gathering g;
	if (k->speaks || k->whole || !k->value)
		return false;
	gather(k, r, who, &g);
	if (is_own(&g.whole))
		return false;
	struct rewriting w = {.who = who, .value = r->value, .out = out, .found = {.who = who}};
	buf_init(&w.element, 0);
	buf_init(&w.elements, 0);
	pack_begin(out, (uint8_t)r->value.p[0]);
	int rc = walk(k, r, on_rewrite, &w);
	end_each(&w);
	buf_deinit(&w.element);
	buf_deinit(&w.elements);
	return rc == 0 && !buf_error(out);
}

/* ---- shown ---- */

struct showing {
	const struct subject *who;
	struct json_writer *w;
	const char *each; /* the list that is walked */
	size_t element;   /* that is shown; 0: none */
	bool in_each;     /* the list's array is open */
};

static void end_shown_element(struct showing *s)
{
	if (s->element)
		json_write_end_object(s->w);
	s->element = 0;
}

static void end_shown_each(struct showing *s)
{
	end_shown_element(s);
	if (s->in_each)
		json_write_end_array(s->w);
	s->in_each = false;
}

static void show_time(struct json_writer *w, const char *name, int64_t at)
{
	char text[UTC_TEXT];
	if (at)
		json_put_text(w, name, utc_iso(at, text));
	else
		json_put_null(w, name);
}

static void show_part(struct showing *s, const struct part *p)
{
	const struct record_field *f = p->f;
	switch (f->type) {
	case PART_BOOL:
		json_put_bool(s->w, f->name, p->number != 0);
		break;
	case PART_TIME:
		show_time(s->w, f->name, p->number);
		break;
	case PART_DAY:
		show_time(s->w, f->name, p->number * DAY_SECONDS);
		break;
	case PART_TEXT:
		if (str_is_utf8(p->text) && !(p->text.n && memchr(p->text.p, '\1', p->text.n)))
			json_put_str(s->w, f->name, p->text);
		break;
	case PART_INTS: /* who else is in it is not theirs to know */
		if (f->role != ROLE_NONE)
			json_put_bool(s->w, f->name, list_has(p, s->who->code) && (f->role == ROLE_INSTRUCTOR) == (s->who->kind == PERSON_INSTRUCTOR));
		break;
	case PART_HASH:
	case PART_TEXTS:
	case PART_EACH:
		break;
	default:
		if (f->word)
			json_put_text(s->w, f->name, f->word(p->number));
		else
			json_put_int(s->w, f->name, p->number);
		break;
	}
}

/* What is there twice, in the key too, is shown once. */
static bool is_twin(const char *name)
{
	return strncmp(name, "key_", 4) == 0 || strncmp(name, "written_", 8) == 0;
}

/* Of a list only the elements of who: others are in it too. */
static void show_element(struct showing *s, const struct part *p)
{
	bool attendance = false;
	if (s->element && s->element != p->element)
		end_shown_element(s);
	if (p->f->role == ROLE_RECORD && !s->element && (is_record_of(p->text, s->who, &attendance) || attendance)) {
		if (!s->in_each) {
			json_write_key(s->w, s->each);
			json_write_begin_array(s->w);
		}
		s->in_each = true;
		s->element = p->element;
		json_write_begin_object(s->w);
	}
	if (s->element)
		show_part(s, p);
}

static void on_show(void *arg, const struct part *p)
{
	struct showing *s = arg;
	if (p->element) {
		show_element(s, p);
		return;
	}
	end_shown_each(s);
	if (p->f->type == PART_EACH)
		s->each = p->f->name;
	else if (!is_twin(p->f->name))
		show_part(s, p);
}

void record_show(const struct record_kind *k, const struct record *r, const struct subject *who, struct json_writer *w)
{
	struct showing s = {.who = who, .w = w};
	json_write_begin_object(w);
	json_put_text(w, "kind", k->name);
	(void)!walk(k, r, on_show, &s);
	end_shown_each(&s);
	json_write_end_object(w);
}

/* ---- inside a store job ---- */

static struct store_key table_prefix(const struct record_kind *k)
{
	struct store_key prefix;
	store_key_begin(&prefix, (uint8_t)k->table);
	return prefix;
}

bool subject_load(struct store_txn *txn, struct arena *arena, struct subject *who)
{
	struct store_key key;
	struct str value;
	struct unpack u;
	store_key_begin(&key, TABLE_PERSON);
	store_key_u8(&key, (uint8_t)who->kind);
	store_key_int(&key, who->code);
	if (!store_get(txn, &key, &value))
		return false;
	uint8_t hash[32];
	unpack_begin(&u, value);
	who->id = unpack_str_copy(&u, arena);
	unpack_bytes(&u, hash, sizeof(hash));
	who->email = unpack_str_copy(&u, arena);
	return true;
}

struct each {
	const struct record_kind *kind;
	const struct subject *who;
	void (*fn)(void *arg, const struct record_kind *k, const struct record *r);
	void *arg;
};

static int on_each(void *arg, struct str key, struct str value)
{
	struct each *e = arg;
	const struct record r = {key, value};
	if (record_speaks(e->kind, &r, e->who))
		e->fn(e->arg, e->kind, &r);
	return 0;
}

void records_of(struct store_txn *txn, const struct subject *who, void (*each)(void *arg, const struct record_kind *k, const struct record *r), void *arg)
{
	for (size_t i = 0; i < record_kind_count; i++) {
		struct store_key prefix = table_prefix(&record_kinds[i]);
		struct each e = {&record_kinds[i], who, each, arg};
		store_each(txn, &prefix, on_each, &e);
	}
}

/* What a walk over a table wants to have changed behind it: a walk must not write. */
#define CHANGES_MOST 256

struct changes {
	const struct record_kind *kind;
	const struct subject *who;
	const unsigned *keep_days;
	int64_t now;
	size_t n, most;
	struct {
		struct store_key key;
		struct buf value; /* empty: the record is deleted */
	} v[CHANGES_MOST];
};

static struct buf *want_change(struct changes *c, struct str key)
{
	struct store_key *k = &c->v[c->n].key;
	struct buf *value = &c->v[c->n].value;
	k->n = key.n;
	memcpy(k->b, key.p, key.n);
	buf_init(value, 0);
	c->n++;
	return value;
}

static void make_changes(struct store_txn *txn, struct changes *c)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->v[i].value.n)
			store_put(txn, &c->v[i].key, buf_str(&c->v[i].value));
		else
			store_del(txn, &c->v[i].key);
		buf_deinit(&c->v[i].value);
	}
}

static int on_erase(void *arg, struct str key, struct str value)
{
	struct changes *c = arg;
	const struct record r = {key, value};
	if (c->n == CHANGES_MOST)
		return 1;
	if (!record_speaks(c->kind, &r, c->who))
		return 0;
	struct buf *fresh = want_change(c, key);
	struct record rest = {key, STR_NONE};
	bool stays = record_without(c->kind, &r, c->who, fresh);
	rest.value = buf_str(fresh);
	if (!stays || record_speaks(c->kind, &rest, c->who)) {
		buf_deinit(fresh);
		buf_init(fresh, 0);
	}
	return 0;
}

size_t records_erase(struct store_txn *txn, const struct subject *who)
{
	struct changes *c = xcalloc(1, sizeof(*c));
	size_t all = 0;
	for (size_t i = 0; i < record_kind_count; i++) {
		struct store_key prefix = table_prefix(&record_kinds[i]);
		do {
			c->kind = &record_kinds[i];
			c->who = who;
			c->n = 0;
			store_each(txn, &prefix, on_erase, c);
			make_changes(txn, c);
			all += c->n;
		} while (c->n && !store_txn_error(txn)); /* what was changed speaks of them no more */
	}
	free(c);
	return all;
}

static int on_trim(void *arg, struct str key, struct str value)
{
	struct changes *c = arg;
	const struct record r = {key, value};
	int64_t since = 0;
	if (c->n == CHANGES_MOST || c->n == c->most)
		return 1;
	enum record_keep keep = c->kind->keep(&r, &since);
	if (keep == KEEP_ALWAYS || !c->keep_days[keep] || since > c->now - (int64_t)c->keep_days[keep] * DAY_SECONDS)
		return 0;
	(void)want_change(c, key);
	return 0;
}

size_t records_trim(struct store_txn *txn, const unsigned keep_days[KEEP_COUNT], int64_t now_s, size_t most)
{
	struct changes *c = xcalloc(1, sizeof(*c));
	size_t all = 0;
	for (size_t i = 0; i < record_kind_count; i++) {
		struct store_key prefix = table_prefix(&record_kinds[i]);
		if (!record_kinds[i].keep)
			continue;
		do {
			c->kind = &record_kinds[i];
			c->keep_days = keep_days;
			c->now = now_s;
			c->n = 0;
			c->most = most - all;
			store_each(txn, &prefix, on_trim, c);
			make_changes(txn, c);
			all += c->n;
		} while (c->n && all < most && !store_txn_error(txn));
	}
	free(c);
	return all;
}
