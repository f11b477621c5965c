#include "adapters/ypareo/ypareo_p.h"

#include <string.h>

/* What the way up reads: reasons of absence, absences, attendance of instructors. */

#define AT(type, member) offsetof(struct type, member)
#define LIST_ROOT(id, item, fn)                                                                                      \
	static const struct field id##_list[] = {{RECORD_ROOT, FIELD_EACH, 0, 0, &item, fn}};                        \
	static const struct shape id##_root = {"list", 1, FIELDS(id##_list), RECORD_NO_MASK, NULL}
#define DAY_MINUTES 1440

static int memory_of(const struct ypareo_port__question *q)
{
	return q->base.exhausted ? ERR_LIMIT : 0;
}

/* ---- reasons ---- */

static const struct field reason_fields[] = {
        {"codeMotifAbsence", FIELD_INT, FIELD_REQUIRED, AT(reason, code), NULL, NULL},
        {"nomMotifAbsence", FIELD_TEXT, FIELD_LOOSE, AT(reason, name), NULL, NULL},
        {"isJustifie", FIELD_BOOL, FIELD_LOOSE, AT(reason, justified), NULL, NULL},
        {"plusUtilise", FIELD_BOOL, FIELD_LOOSE, AT(reason, retired), NULL, NULL},
};
static const struct shape reason_shape = {"reason", sizeof(struct reason), FIELDS(reason_fields), RECORD_NO_MASK,
                                          NULL};

/* Retired ones are kept and marked: absences of the past bear them, and a school's file that names one deserves to be
 * told why it cannot be used. */
static int on_reason(void *arg, void *record, struct str key)
{
	struct ypareo_port__question *q = arg;
	const struct reason *r = record;
	(void)key;
	if (ypareo_port__repeated(q, r->code))
		return 0;
	struct reason *item = adapter__list_add(&q->base);
	if (!item)
		return ERR_LIMIT;
	*item = *r;
	item->name = adapter__copy(&q->base, q->keep, r->name);
	return memory_of(q);
}

LIST_ROOT(reason, reason_shape, on_reason);

void ypareo_port__reasons(void *self, struct exchange *x, struct arena *keep, struct items *out)
{
	(void)!ypareo_port__list(self, x, YPAREO_REASONS, &reason_root, keep, out, sizeof(struct reason), NULL);
}

/* ---- absences ---- */

struct reason_record {
	int64_t code;
};
static const struct field reason_ref_fields[] = {
        {"codeMotifAbsence", FIELD_INT, FIELD_LOOSE, AT(reason_record, code), NULL, NULL},
};
static const struct shape reason_ref_shape = {"reason", sizeof(struct reason_record), FIELDS(reason_ref_fields),
                                              RECORD_NO_MASK, NULL};

struct absence_record {
	int64_t code, learner, group, minutes, reason_code;
	struct str first, last, begin, end, observation;
	bool late;
	struct reason_record reason;
};

static const struct field absence_fields[] = {
        {"codeAbsence", FIELD_INT, FIELD_REQUIRED, AT(absence_record, code), NULL, NULL},
        {"codeApprenant", FIELD_INT, FIELD_REQUIRED, AT(absence_record, learner), NULL, NULL},
        {"codeGroupe", FIELD_INT, FIELD_LOOSE, AT(absence_record, group), NULL, NULL},
        {"dateDeb", FIELD_TEXT, FIELD_LOOSE, AT(absence_record, first), NULL, NULL},
        {"dateFin", FIELD_TEXT, FIELD_LOOSE, AT(absence_record, last), NULL, NULL},
        {"heureDeb", FIELD_TEXT, FIELD_LOOSE, AT(absence_record, begin), NULL, NULL},
        {"heureFin", FIELD_TEXT, FIELD_LOOSE, AT(absence_record, end), NULL, NULL},
        {"duree", FIELD_INT, FIELD_LOOSE, AT(absence_record, minutes), NULL, NULL},
        {"isRetard", FIELD_BOOL, FIELD_LOOSE, AT(absence_record, late), NULL, NULL},
        {"motifAbsence", FIELD_OBJECT, FIELD_LOOSE, AT(absence_record, reason), &reason_ref_shape, NULL},
        {"codeMotifAbsence", FIELD_INT, FIELD_LOOSE, AT(absence_record, reason_code), NULL, NULL},
        {"observation", FIELD_TEXT, FIELD_LOOSE, AT(absence_record, observation), NULL, NULL},
};
static const struct shape absence_shape = {"absence", sizeof(struct absence_record), FIELDS(absence_fields),
                                           RECORD_NO_MASK, NULL};

/* Minutes since midnight as a number, or "HH:mm[:ss]"; not given is def. */
static bool minutes_of(struct str text, int def, int *out)
{
	int64_t minutes;
	int seconds;
	struct str s = str_trim(text);
	if (str_empty(s)) {
		*out = def;
	} else if (str_to_int64(s, &minutes) == 0) {
		if (minutes < 0 || minutes > DAY_MINUTES)
			return false;
		*out = (int)minutes;
	} else if (daytime_parse(s, &seconds) == 0) {
		*out = seconds / 60;
	} else {
		return false;
	}
	return true;
}

static int on_absence(void *arg, void *record, struct str key)
{
	struct ypareo_port__question *q = arg;
	const struct absence_record *r = record;
	struct absence a = {
	        .code = r->code, .learner = r->learner, .group = r->group, .minutes = r->minutes, .late = r->late};
	(void)key;
	if (!q->want(q->arg, r->learner) || ypareo_port__repeated(q, r->code))
		return 0;
	if (day_parse(r->first, &a.first))
		return adapter__refuse(&q->base, ERR_TYPE, "absence %lld: dateDeb is no date", (long long)r->code);
	a.last = a.first;
	if (!str_empty(str_trim(r->last)) && day_parse(r->last, &a.last))
		return adapter__refuse(&q->base, ERR_TYPE, "absence %lld: dateFin is no date", (long long)r->code);
	if (!minutes_of(r->begin, 0, &a.start_minute) || !minutes_of(r->end, DAY_MINUTES, &a.end_minute))
		return adapter__refuse(&q->base, ERR_TYPE, "absence %lld: heureDeb or heureFin is no time",
		                       (long long)r->code);
	a.reason = r->reason.code ? r->reason.code : r->reason_code;
	a.observation = adapter__copy(&q->base, q->keep, r->observation);
	struct absence *item = adapter__list_add(&q->base);
	if (!item)
		return ERR_LIMIT;
	*item = a;
	return memory_of(q);
}

LIST_ROOT(absence, absence_shape, on_absence);

void ypareo_port__absences(void *self, struct exchange *x, struct arena *keep, int32_t first, int32_t last,
                           bool (*want)(void *, int64_t), void *arg, struct items *out)
{
	struct ypareo_port__days d;
	ypareo_port__days(&d, first, last);
	struct ypareo_port__question *q =
	        ypareo_port__list(self, x, YPAREO_ABSENCES, &absence_root, keep, out, sizeof(struct absence), d.args);
	if (!q)
		return;
	q->want = want;
	q->arg = arg;
}

/* ---- attendance of instructors ---- */

static const struct field payroll_fields[] = {
        {"codeSeance", FIELD_INT, 0, AT(payroll, session), NULL, NULL},
        {"codePersonnel", FIELD_INT, 0, AT(payroll, instructor), NULL, NULL},
        {"isPresent", FIELD_BOOL, 0, AT(payroll, present), NULL, NULL},
        {"minutes", FIELD_INT, FIELD_LOOSE, AT(payroll, minutes), NULL, NULL},
        {"codeMotifAbsence", FIELD_INT, FIELD_LOOSE, AT(payroll, reason), NULL, NULL},
};
static const struct shape payroll_shape = {"attendance", sizeof(struct payroll), FIELDS(payroll_fields),
                                           RECORD_NO_MASK, NULL};

/* The codes stand in the row, or in its key alone: "90210-52". */
static bool codes_from_key(struct str key, struct payroll *p)
{
	const char *dash = key.n ? memchr(key.p, '-', key.n) : NULL;
	if (!dash)
		return false;
	struct str head = {key.p, (size_t)(dash - key.p)}, tail = {dash + 1, key.n - head.n - 1};
	return str_to_int64(head, &p->session) == 0 && str_to_int64(tail, &p->instructor) == 0;
}

static int on_payroll(void *arg, void *record, struct str key)
{
	struct ypareo_port__question *q = arg;
	struct payroll p = *(const struct payroll *)record;
	if ((!p.session || !p.instructor) && !codes_from_key(key, &p))
		return adapter__refuse(&q->base, ERR_MISSING, "attendance without codeSeance or codePersonnel");
	struct payroll *item = adapter__list_add(&q->base);
	if (!item)
		return ERR_LIMIT;
	*item = p;
	return 0;
}

LIST_ROOT(payroll, payroll_shape, on_payroll);

void ypareo_port__payroll(void *self, struct exchange *x, struct arena *keep, int32_t first, int32_t last,
                          struct items *out)
{
	struct ypareo_port__days d;
	ypareo_port__days(&d, first, last);
	(void)!ypareo_port__list(self, x, YPAREO_PAYROLL, &payroll_root, keep, out, sizeof(struct payroll), d.args);
}
