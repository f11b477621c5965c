#include "adapters/edusign/edusign_p.h"

#include <stdio.h>
#include <string.h>

/* Learners (students), instructors (professors) and tutors (externals). */

#define AT(type, member) offsetof(struct type, member)

/* ---- shapes ---- */

struct account_record {
	struct str id, id_low, first, last, email, phone, training, company, api_id, api_type;
	bool hidden;
	struct texts hidden_in, schools, followers;
};

#define ACCOUNT_FIELDS                                                                                               \
	{"ID", FIELD_TEXT, FIELD_LOOSE, AT(account_record, id), NULL, NULL},                                         \
	        {"id", FIELD_TEXT, FIELD_LOOSE, AT(account_record, id_low), NULL, NULL},                             \
	        {"FIRSTNAME", FIELD_TEXT, FIELD_LOOSE, AT(account_record, first), NULL, NULL},                       \
	        {"LASTNAME", FIELD_TEXT, FIELD_LOOSE, AT(account_record, last), NULL, NULL},                         \
	        {"EMAIL", FIELD_TEXT, FIELD_LOOSE, AT(account_record, email), NULL, NULL},                           \
	        {"PHONE", FIELD_TEXT, FIELD_LOOSE, AT(account_record, phone), NULL, NULL},                           \
	        {"TRAINING_NAME", FIELD_TEXT, FIELD_LOOSE, AT(account_record, training), NULL, NULL},                \
	        {"COMPANY", FIELD_TEXT, FIELD_LOOSE, AT(account_record, company), NULL, NULL},                       \
	        {"API_ID", FIELD_TEXT, FIELD_LOOSE, AT(account_record, api_id), NULL, NULL},                         \
	        {"API_TYPE", FIELD_TEXT, FIELD_LOOSE, AT(account_record, api_type), NULL, NULL},                     \
	        {"STUDENT_FOLLOWER_ID", FIELD_TEXTS, FIELD_LOOSE, AT(account_record, followers), NULL, NULL},        \
	{                                                                                                            \
		"SCHOOL_ID", FIELD_TEXTS, FIELD_LOOSE, AT(account_record, schools), NULL, NULL                       \
	}

static const struct field account_fields[] = {
        ACCOUNT_FIELDS,
        {"HIDDEN", FIELD_BOOL, FIELD_LOOSE, AT(account_record, hidden), NULL, NULL},
};
static const struct shape account_shape = {"account", sizeof(struct account_record), FIELDS(account_fields),
                                           RECORD_NO_MASK, NULL};

/* An instructor's account is shared: HIDDEN lists the schools where it is archived. */
static const struct field instructor_fields[] = {
        ACCOUNT_FIELDS,
        {"HIDDEN", FIELD_TEXTS, FIELD_LOOSE, AT(account_record, hidden_in), NULL, NULL},
};
static const struct shape instructor_shape = {"account", sizeof(struct account_record), FIELDS(instructor_fields),
                                              RECORD_NO_MASK, NULL};

static bool holds(struct texts list, const char *text)
{
	for (size_t i = 0; i < list.n; i++)
		if (str_eqz(str_trim(list.v[i]), text))
			return true;
	return false;
}

static unsigned count_given(struct texts list)
{
	unsigned n = 0;
	for (size_t i = 0; i < list.n; i++)
		n += !str_empty(str_trim(list.v[i]));
	return n;
}

static struct texts copy_all(struct adapter__question *b, struct arena *keep, struct texts in)
{
	struct texts out = {in.n ? arena_array(keep, in.n, sizeof(struct str)) : NULL, 0};
	if (in.n && !out.v)
		b->exhausted = true;
	for (size_t i = 0; out.v && i < in.n; i++)
		if (!str_empty(str_trim(in.v[i])))
			out.v[out.n++] = adapter__copy(b, keep, in.v[i]);
	return out;
}

static int on_account(void *arg, void *record, struct str key)
{
	struct edusign_port__question *q = arg;
	const struct account_record *r = record;
	const char *school = q->self->school;
	struct adapter__question *b = &q->base;
	struct str id = adapter__copy(b, q->keep, str_empty(str_trim(r->id)) ? r->id_low : r->id);
	unsigned schools = count_given(r->schools);
	(void)key;
	if (str_empty(id) && !b->exhausted)
		return adapter__refuse(b, ERR_MISSING, "a person without ID");
	struct account *a = adapter__list_add(b);
	if (!a)
		return ERR_LIMIT;
	*a = (struct account){
	        .id = id,
	        .first = adapter__copy(b, q->keep, r->first),
	        .last = adapter__copy(b, q->keep, r->last),
	        .email = adapter__copy(b, q->keep, r->email),
	        .phone = adapter__copy(b, q->keep, r->phone),
	        .training = adapter__copy(b, q->keep, r->training),
	        .company = adapter__copy(b, q->keep, r->company),
	        .api_id = adapter__copy(b, q->keep, r->api_id),
	        .api_type = adapter__copy(b, q->keep, r->api_type),
	        .followers = copy_all(b, q->keep, r->followers),
	        .hidden = r->hidden || holds(r->hidden_in, "1") || (school && holds(r->hidden_in, school)),
	        .schools = schools ? schools : 1,
	        .in_school = schools == 0 || !school || holds(r->schools, school),
	};
	return b->exhausted ? ERR_LIMIT : 0;
}

EDUSIGN_LIST_ROOT(account, account_shape, on_account);
EDUSIGN_LIST_ALONE(account, account_shape, on_account);
EDUSIGN_LIST_ROOT(instructor, instructor_shape, on_account);
EDUSIGN_LIST_ALONE(instructor, instructor_shape, on_account);

/* ---- one person ---- */

static void one_finish(struct exchange *x, const struct json *result)
{
	struct edusign_port__question *q = x->adapter;
	struct items one = {NULL, 0};
	adapter__stage(&q->base, q->keep, &one, sizeof(struct account));
	edusign_port__replay(x, result, q->kind == PERSON_INSTRUCTOR ? &instructor_alone : &account_alone);
	if (!fault_is(&x->fault) && !q->base.why_code && !q->base.exhausted && q->base.list.n != 1)
		fault_set(&x->fault, FAULT_REMOTE, ERR_CONFLICT, "several people are found where one is meant");
	if (adapter__settle(x))
		*q->account_out = *(struct account *)one.v;
}

static void by_email_finish(struct exchange *x)
{
	const struct json *result;
	if (edusign_port__result(x, x->arena, &result)) {
		if (!edusign_port__is_none(result))
			one_finish(x, result);
		return;
	}
	if (edusign_port__is_absent(x))
		edusign_port__clear(x);
	adapter__word(x);
}

static void read_finish(struct exchange *x)
{
	const struct json *result;
	if (!edusign_port__result(x, x->arena, &result)) {
		if (edusign_port__is_absent(x))
			x->fault.code = ERR_NOT_FOUND;
		adapter__word(x);
	} else if (edusign_port__is_none(result)) {
		fault_set(&x->fault, FAULT_REMOTE, ERR_NOT_FOUND, "there is nobody of this id");
		adapter__word(x);
	} else {
		one_finish(x, result);
	}
}

static struct edusign_port__question *person_ask(void *self, struct exchange *x, enum edusign_port__endpoint first,
                                                 enum person_kind kind, enum fetch_effect effect, struct str id)
{
	struct edusign_port__question *q = edusign_port__ask(self, x, (size_t)first + kind, effect, id);
	if (q)
		q->kind = kind;
	return q;
}

void edusign_port__person_find(void *self, struct exchange *x, struct arena *keep, enum person_kind kind,
                               int64_t code, struct str *id_out)
{
	char text[24];
	snprintf(text, sizeof(text), "%lld", (long long)code);
	struct edusign_port__question *q = person_ask(self, x, EDUSIGN_FIND, kind, FETCH_READ, str_of(text));
	if (!q)
		return;
	q->keep = keep;
	q->id_out = id_out;
	x->finish = edusign_port__find_finish;
}

void edusign_port__person_by_email(void *self, struct exchange *x, struct arena *keep, enum person_kind kind,
                                   struct str email, struct account *out)
{
	struct edusign_port__question *q = person_ask(self, x, EDUSIGN_BY_EMAIL, kind, FETCH_READ, email);
	if (!q)
		return;
	q->keep = keep;
	q->account_out = out;
	x->finish = by_email_finish;
}

void edusign_port__person_read(void *self, struct exchange *x, struct arena *keep, enum person_kind kind,
                               struct str id, struct account *out)
{
	struct edusign_port__question *q = person_ask(self, x, EDUSIGN_READ, kind, FETCH_READ, id);
	if (!q)
		return;
	q->keep = keep;
	q->account_out = out;
	x->finish = read_finish;
}

/* ---- writing one ---- */

static void put_given(struct json_writer *w, const char *key, struct str value)
{
	if (!str_empty(value))
		json_put_str(w, key, value);
}

/* What is optional and not known to Yparéo is not sent: it may have been entered by hand. */
static void put_person(struct json_writer *w, const struct person *p)
{
	char code[24];
	snprintf(code, sizeof(code), "%lld", (long long)p->code);
	json_put_str(w, "FIRSTNAME", p->first);
	json_put_str(w, "LASTNAME", p->last);
	json_put_str(w, "EMAIL", p->email);
	if (p->kind != PERSON_TUTOR)
		put_given(w, "PHONE", p->phone);
	if (p->kind == PERSON_LEARNER)
		put_given(w, "TRAINING_NAME", p->training);
	if (p->kind != PERSON_INSTRUCTOR)
		put_given(w, "COMPANY", p->company);
	json_put_text(w, "API_ID", code);
	json_put_text(w, "API_TYPE", EDUSIGN_API_TYPE);
}

/* The two ways of asking for credentials: a learner's inside the record, an instructor's beside it and the other way
 * round. */
static void person_body(struct exchange *x, const struct person *p, struct str id)
{
	static const char *const wrappers[PERSON_KIND_COUNT] = {"student", "professor", "external"};
	bool create = str_empty(id);
	struct json_writer w;
	struct buf b;
	buf_init(&b, 65536);
	json_write_init(&w, &b, false);
	json_write_begin_object(&w);
	json_write_key(&w, wrappers[p->kind]);
	json_write_begin_object(&w);
	if (!create)
		json_put_str(&w, "ID", id);
	put_person(&w, p);
	if (create && p->kind == PERSON_LEARNER)
		json_put_bool(&w, "SEND_EMAIL_CREDENTIALS", p->send_credentials);
	json_write_end_object(&w);
	if (create && p->kind == PERSON_INSTRUCTOR)
		json_put_bool(&w, "dontSendCredentials", !p->send_credentials);
	json_write_end_object(&w);
	adapter__body(x, &b);
}

void edusign_port__person_create(void *self, struct exchange *x, struct arena *keep, const struct person *p,
                                 struct str *id_out)
{
	struct edusign_port__question *q = person_ask(self, x, EDUSIGN_CREATE, p->kind, FETCH_WRITE_ONCE, STR_NONE);
	if (!q)
		return;
	q->keep = keep;
	q->id_out = id_out;
	x->finish = edusign_port__create_finish;
	person_body(x, p, STR_NONE);
}

void edusign_port__person_update(void *self, struct exchange *x, const struct person *p, struct str id)
{
	if (!person_ask(self, x, EDUSIGN_UPDATE, p->kind, FETCH_WRITE_KEYED, id))
		return;
	x->finish = edusign_port__write_finish;
	person_body(x, p, id);
}

/* The names are required; everything else stays as it is. */
void edusign_port__followers_put(void *self, struct exchange *x, const struct account *learner,
                                 struct texts followers)
{
	struct json_writer w;
	struct buf b;
	if (!person_ask(self, x, EDUSIGN_UPDATE, PERSON_LEARNER, FETCH_WRITE_KEYED, learner->id))
		return;
	x->finish = edusign_port__write_finish;
	buf_init(&b, 65536);
	json_write_init(&w, &b, false);
	json_write_begin_object(&w);
	json_write_key(&w, "student");
	json_write_begin_object(&w);
	json_put_str(&w, "ID", learner->id);
	json_put_str(&w, "FIRSTNAME", learner->first);
	json_put_str(&w, "LASTNAME", learner->last);
	json_write_key(&w, "STUDENT_FOLLOWER_ID");
	json_write_begin_array(&w);
	for (size_t i = 0; i < followers.n; i++)
		json_write_str(&w, followers.v[i]);
	json_write_end_array(&w);
	json_write_end_object(&w);
	json_write_end_object(&w);
	adapter__body(x, &b);
}

void edusign_port__person_restore(void *self, struct exchange *x, enum person_kind kind, struct str id)
{
	if (person_ask(self, x, EDUSIGN_RESTORE, kind, FETCH_WRITE_KEYED, id))
		x->finish = edusign_port__write_finish;
}

/* ---- many ---- */

void edusign_port__people(void *self, struct exchange *x, struct arena *keep, enum person_kind kind, unsigned page,
                          int64_t updated_after, struct items *out)
{
	char text[16], after[UTC_TEXT];
	snprintf(text, sizeof(text), "%u", page);
	if (!edusign_port__list(self, x, EDUSIGN_PEOPLE + kind,
	                        kind == PERSON_INSTRUCTOR ? &instructor_root : &account_root, keep, out,
	                        sizeof(struct account)))
		return;
	adapter__query(x, "page", text);
	if (updated_after && kind == PERSON_LEARNER)
		adapter__query(x, "updatedAfter", utc_iso_ms(updated_after * 1000, after));
}

void edusign_port__people_by_id(void *self, struct exchange *x, struct arena *keep, struct texts ids,
                                struct items *out)
{
	struct json_writer w;
	struct buf b;
	if (!edusign_port__list(self, x, EDUSIGN_LEARNERS_BY_ID, &account_root, keep, out, sizeof(struct account)))
		return;
	buf_init(&b, 1 << 20);
	json_write_init(&w, &b, false);
	json_write_begin_object(&w);
	json_write_key(&w, "studentIds");
	json_write_begin_array(&w);
	for (size_t i = 0; i < ids.n; i++)
		json_write_str(&w, ids.v[i]);
	json_write_end_array(&w);
	json_write_end_object(&w);
	adapter__body(x, &b);
}
