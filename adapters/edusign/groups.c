#include "adapters/edusign/edusign_p.h"

#include <string.h>

/* Groups of learners. */

#define BODY_MOST        ((size_t)8 << 20)
#define ONE_GROUP        ((size_t)4 << 20)
#define AT(type, member) offsetof(struct type, member)

/* ---- one group ---- */

struct roll_record {
	struct str id, id_low, name, api_id, api_type;
	bool hidden;
	struct texts learners;
};

static const struct field roll_fields[] = {
        {"ID", FIELD_TEXT, FIELD_LOOSE, AT(roll_record, id), NULL, NULL},
        {"id", FIELD_TEXT, FIELD_LOOSE, AT(roll_record, id_low), NULL, NULL},
        {"NAME", FIELD_TEXT, FIELD_LOOSE, AT(roll_record, name), NULL, NULL},
        {"API_ID", FIELD_TEXT, FIELD_LOOSE, AT(roll_record, api_id), NULL, NULL},
        {"API_TYPE", FIELD_TEXT, FIELD_LOOSE, AT(roll_record, api_type), NULL, NULL},
        {"HIDDEN", FIELD_BOOL, FIELD_LOOSE, AT(roll_record, hidden), NULL, NULL},
        {"STUDENTS", FIELD_TEXTS, FIELD_LOOSE, AT(roll_record, learners), NULL, NULL},
};
static const struct shape roll_shape = {"group", sizeof(struct roll_record), FIELDS(roll_fields), RECORD_NO_MASK,
                                        NULL};

static int on_roll(void *arg, void *record, struct str key)
{
	struct edusign_port__question *q = arg;
	const struct roll_record *r = record;
	struct adapter__question *b = &q->base;
	struct str id = adapter__copy(b, q->keep, str_empty(str_trim(r->id)) ? r->id_low : r->id);
	(void)key;
	if (str_empty(id) && !b->exhausted)
		return adapter__refuse(b, ERR_MISSING, "a group without ID");
	struct roll *g = adapter__list_add(b);
	if (!g)
		return ERR_LIMIT;
	*g = (struct roll){.id = id,
	                   .name = adapter__copy(b, q->keep, r->name),
	                   .api_id = adapter__copy(b, q->keep, r->api_id),
	                   .api_type = adapter__copy(b, q->keep, r->api_type),
	                   .hidden = r->hidden};
	g->learners.v = arena_array(q->keep, r->learners.n + 1, sizeof(struct str));
	if (!g->learners.v)
		return ERR_LIMIT;
	for (size_t i = 0; i < r->learners.n; i++)
		if (!str_empty(str_trim(r->learners.v[i])))
			g->learners.v[g->learners.n++] = adapter__copy(b, q->keep, r->learners.v[i]);
	return b->exhausted ? ERR_LIMIT : 0;
}

EDUSIGN_LIST_ALONE(roll, roll_shape, on_roll);

static void read_finish(struct exchange *x)
{
	struct edusign_port__question *q = x->adapter;
	const struct json *result;
	struct items one = {NULL, 0};
	if (!edusign_port__result(x, q->keep, &result)) {
		if (edusign_port__is_absent(x))
			x->fault.code = ERR_NOT_FOUND;
		adapter__word(x);
		return;
	}
	adapter__stage(&q->base, q->keep, &one, sizeof(struct roll));
	if (edusign_port__is_none(result))
		fault_set(&x->fault, FAULT_REMOTE, ERR_NOT_FOUND, "there is no group of this id");
	else
		edusign_port__replay(x, result, &roll_alone);
	if (!fault_is(&x->fault) && !q->base.why_code && !q->base.exhausted && q->base.list.n != 1)
		adapter__untrusted(x, ERR_CONFLICT, "the result is not one group");
	if (adapter__settle(x)) {
		*q->roll_out = *(struct roll *)one.v;
		q->roll_out->whole = result->kind == JSON_ARRAY ? result->first : result;
	}
}

void edusign_port__group_read(void *self, struct exchange *x, struct arena *keep, struct str id, struct roll *out)
{
	struct edusign_port__question *q = edusign_port__ask(self, x, EDUSIGN_GROUP_READ, FETCH_READ, id);
	if (!q)
		return;
	q->base.raw.limit = ONE_GROUP;
	q->keep = keep;
	q->roll_out = out;
	x->finish = read_finish;
}

void edusign_port__group_find(void *self, struct exchange *x, struct arena *keep, struct str code, struct str *id_out)
{
	struct edusign_port__question *q = edusign_port__ask(self, x, EDUSIGN_GROUP_FIND, FETCH_READ, code);
	if (!q)
		return;
	q->keep = keep;
	q->id_out = id_out;
	x->finish = edusign_port__find_finish;
}

/* ---- writing one ---- */

/* A change replaces what it is sent: what is not ours goes back as it was. */
static void put_kept(struct json_writer *w, const struct json *whole, const char *key)
{
	const struct json *value = json_get(whole, key);
	if (!value || value->kind != JSON_STRING || str_empty(value->text))
		return;
	json_put_str(w, key, value->text);
}

static void group_body(struct exchange *x, const struct roll *now, const struct roll_wish *wish)
{
	struct json_writer w;
	struct buf b;
	buf_init(&b, BODY_MOST);
	json_write_init(&w, &b, false);
	json_write_begin_object(&w);
	json_write_key(&w, "group");
	json_write_begin_object(&w);
	if (now)
		json_put_str(&w, "ID", now->id);
	json_put_str(&w, "NAME", wish->name);
	if (now) {
		put_kept(&w, now->whole, "DESCRIPTION");
		put_kept(&w, now->whole, "PARENT");
	}
	json_write_key(&w, "STUDENTS");
	json_write_begin_array(&w);
	for (size_t i = 0; i < wish->learners.n; i++)
		json_write_str(&w, wish->learners.v[i]);
	json_write_end_array(&w);
	json_put_str(&w, "API_ID", wish->code);
	json_put_text(&w, "API_TYPE", EDUSIGN_API_TYPE);
	json_write_end_object(&w);
	json_write_end_object(&w);
	adapter__body(x, &b);
}

void edusign_port__group_create(void *self, struct exchange *x, struct arena *keep, const struct roll_wish *wish,
                                struct str *id_out)
{
	struct edusign_port__question *q =
	        edusign_port__ask(self, x, EDUSIGN_GROUP_CREATE, FETCH_WRITE_ONCE, STR_NONE);
	if (!q)
		return;
	q->keep = keep;
	q->id_out = id_out;
	x->finish = edusign_port__create_finish;
	group_body(x, NULL, wish);
}

void edusign_port__group_update(void *self, struct exchange *x, const struct roll *now, const struct roll_wish *wish)
{
	if (!edusign_port__ask(self, x, EDUSIGN_GROUP_UPDATE, FETCH_WRITE_KEYED, now->id))
		return;
	x->finish = edusign_port__write_finish;
	group_body(x, now, wish);
}
