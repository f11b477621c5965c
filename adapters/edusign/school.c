#include "adapters/edusign/edusign_p.h"

#include <stdio.h>
#include <string.h>

/* The account itself, and the reasons of absence. */

#define AT(type, member) offsetof(struct type, member)

/* ---- school ---- */

/* Which case Edusign writes these in is not known. */
static struct str either(struct edusign_port__question *q, const struct json *o, const char *lower, const char *upper)
{
	struct str s = json_text(json_get(o, lower));
	return adapter__copy(&q->base, q->keep, str_empty(s) ? json_text(json_get(o, upper)) : s);
}

static void fill_school(struct exchange *x, const struct json *o)
{
	struct edusign_port__question *q = x->adapter;
	struct school s = {
	        .id = either(q, o, "id", "ID"),
	        .name = either(q, o, "name", "NAME"),
	        .timezone = either(q, o, "timezone", "TIMEZONE"),
	        .connector = either(q, o, "connector", "CONNECTOR"),
	};
	if (q->base.exhausted) {
		adapter__exhausted(x);
	} else if (str_empty(s.id)) {
		adapter__untrusted(x, ERR_MISSING, "the answer does not say the school's id");
	} else {
		*q->school_out = s;
		edusign_set_school(&q->self->port, s.id);
	}
	q->base.exhausted = false;
}

static void school_finish(struct exchange *x)
{
	const struct json *result;
	if (edusign_port__result(x, x->arena, &result)) {
		if (result && result->kind == JSON_ARRAY && result->count == 1)
			result = result->first;
		if (result && result->kind == JSON_OBJECT)
			fill_school(x, result);
		else
			adapter__untrusted(x, ERR_TYPE, "the result is no school");
	}
	adapter__word(x);
}

void edusign_port__school(void *self, struct exchange *x, struct arena *keep, struct school *out)
{
	struct edusign_port__question *q = edusign_port__ask(self, x, EDUSIGN_SCHOOL, FETCH_READ, STR_NONE);
	if (!q)
		return;
	q->keep = keep;
	q->school_out = out;
	x->finish = school_finish;
}

/* ---- justified absences ---- */

struct justification_record {
	struct str id, learner, type;
};

static const struct field justification_fields[] = {
        {"ID", FIELD_TEXT, FIELD_REQUIRED, AT(justification_record, id), NULL, NULL},
        {"STUDENT_ID", FIELD_TEXT, FIELD_LOOSE, AT(justification_record, learner), NULL, NULL},
        {"TYPE", FIELD_TEXT, FIELD_LOOSE, AT(justification_record, type), NULL, NULL},
};
static const struct shape justification_shape = {"justification", sizeof(struct justification_record),
                                                 FIELDS(justification_fields), RECORD_NO_MASK, NULL};

/* A type that is no number is an unknown reason, which Edusign writes 0. */
static int on_justification(void *arg, void *record, struct str key)
{
	struct edusign_port__question *q = arg;
	const struct justification_record *r = record;
	(void)key;
	struct justification *j = adapter__list_add(&q->base);
	if (!j)
		return ERR_LIMIT;
	j->id = adapter__copy(&q->base, q->keep, r->id);
	j->learner = adapter__copy(&q->base, q->keep, r->learner);
	if (str_to_int64(str_trim(r->type), &j->type))
		j->type = 0;
	return q->base.exhausted ? ERR_LIMIT : 0;
}

EDUSIGN_LIST_ROOT(justification, justification_shape, on_justification);

void edusign_port__justifications(void *self, struct exchange *x, struct arena *keep, unsigned page,
                                  struct items *out)
{
	char text[16];
	snprintf(text, sizeof(text), "%u", page);
	if (edusign_port__list(self, x, EDUSIGN_JUSTIFICATIONS, &justification_root, keep, out,
	                       sizeof(struct justification)))
		adapter__query(x, "page", text);
}

/* ---- reasons ---- */

struct reason_record {
	struct str id, id_low, name, name_low;
};

static const struct field reason_fields[] = {
        {"ID", FIELD_TEXT, FIELD_LOOSE, AT(reason_record, id), NULL, NULL},
        {"id", FIELD_TEXT, FIELD_LOOSE, AT(reason_record, id_low), NULL, NULL},
        {"NAME", FIELD_TEXT, FIELD_LOOSE, AT(reason_record, name), NULL, NULL},
        {"name", FIELD_TEXT, FIELD_LOOSE, AT(reason_record, name_low), NULL, NULL},
};
static const struct shape reason_shape = {"reason", sizeof(struct reason_record), FIELDS(reason_fields),
                                          RECORD_NO_MASK, NULL};

/* The reasons of justifications are numbers: one that is none can be no justification's. */
static int on_reason(void *arg, void *record, struct str key)
{
	struct edusign_port__question *q = arg;
	const struct reason_record *r = record;
	int64_t code;
	(void)key;
	if (str_to_int64(str_trim(str_empty(r->id) ? r->id_low : r->id), &code))
		return 0;
	struct reason *reason = adapter__list_add(&q->base);
	if (!reason)
		return ERR_LIMIT;
	reason->code = code;
	reason->name = adapter__copy(&q->base, q->keep, str_empty(r->name) ? r->name_low : r->name);
	reason->justified = true;
	return q->base.exhausted ? ERR_LIMIT : 0;
}

EDUSIGN_LIST_ROOT(reason, reason_shape, on_reason);

void edusign_port__absence_reasons(void *self, struct exchange *x, struct arena *keep, struct items *out)
{
	(void)!edusign_port__list(self, x, EDUSIGN_ABSENCE_REASONS, &reason_root, keep, out, sizeof(struct reason));
}
