#include "adapters/edusign/edusign_p.h"

#include <stdio.h>
#include <string.h>

/* Reading presence sheets ("courses"): pages of them, and one whole. */

#define AT(type, member) offsetof(struct type, member)
#define ONE_SHEET        ((size_t)4 << 20)
#define WIDEST_RANGE     90

/* ---- shapes ---- */

struct row_record {
	uint64_t mask;
	bool state;
	double delay;
	struct str learner, timestamp, signature, early, excluded, absence_id, comment;
};

enum { ROW_STATE = 0 };
static const struct field row_fields[] = {
        [ROW_STATE] = {"state", FIELD_BOOL, FIELD_STRICT | FIELD_LOOSE, AT(row_record, state), NULL, NULL},
        {"studentId", FIELD_TEXT, FIELD_LOOSE, AT(row_record, learner), NULL, NULL},
        {"timestamp", FIELD_TEXT, FIELD_LOOSE, AT(row_record, timestamp), NULL, NULL},
        {"signature", FIELD_TEXT, FIELD_LOOSE, AT(row_record, signature), NULL, NULL},
        {"delay", FIELD_NUMBER, FIELD_LOOSE, AT(row_record, delay), NULL, NULL},
        {"earlyDeparture", FIELD_TEXT, FIELD_LOOSE, AT(row_record, early), NULL, NULL},
        {"excluded", FIELD_TEXT, FIELD_LOOSE, AT(row_record, excluded), NULL, NULL},
        {"absenceId", FIELD_TEXT, FIELD_LOOSE, AT(row_record, absence_id), NULL, NULL},
        {"comment", FIELD_TEXT, FIELD_LOOSE, AT(row_record, comment), NULL, NULL},
};
static const struct shape row_shape = {"row", sizeof(struct row_record), FIELDS(row_fields), AT(row_record, mask),
                                       NULL};

struct sheet_record {
	struct str id, name, start, end, room, api_id, api_type, updated;
	struct str instructors[SHEET_INSTRUCTORS], signatures[SHEET_INSTRUCTORS];
	bool locked, ended;
	struct items rows;
	struct texts groups;
};

static const struct field sheet_fields[] = {
        {"ID", FIELD_TEXT, FIELD_REQUIRED, AT(sheet_record, id), NULL, NULL},
        {"NAME", FIELD_TEXT, FIELD_LOOSE, AT(sheet_record, name), NULL, NULL},
        {"START", FIELD_TEXT, FIELD_LOOSE, AT(sheet_record, start), NULL, NULL},
        {"END", FIELD_TEXT, FIELD_LOOSE, AT(sheet_record, end), NULL, NULL},
        {"PROFESSOR", FIELD_TEXT, FIELD_LOOSE, AT(sheet_record, instructors), NULL, NULL},
        {"PROFESSOR_SIGNATURE", FIELD_TEXT, FIELD_LOOSE, AT(sheet_record, signatures), NULL, NULL},
        {"CLASSROOM", FIELD_TEXT, FIELD_LOOSE, AT(sheet_record, room), NULL, NULL},
        {"SCHOOL_GROUP", FIELD_TEXTS, FIELD_LOOSE, AT(sheet_record, groups), NULL, NULL},
        {"STUDENTS", FIELD_ITEMS, 0, AT(sheet_record, rows), &row_shape, NULL},
        {"LOCKED", FIELD_BOOL, 0, AT(sheet_record, locked), NULL, NULL},
        {"ATTENDANCE_ENDED", FIELD_BOOL, FIELD_LOOSE, AT(sheet_record, ended), NULL, NULL},
        {"DATE_UPDATED", FIELD_TEXT, FIELD_LOOSE, AT(sheet_record, updated), NULL, NULL},
        {"API_ID", FIELD_TEXT, FIELD_LOOSE, AT(sheet_record, api_id), NULL, NULL},
        {"API_TYPE", FIELD_TEXT, FIELD_LOOSE, AT(sheet_record, api_type), NULL, NULL},
};

/* The place of PROFESSOR_<n> or PROFESSOR_SIGNATURE_<n>, from 1; -1: it is neither, or beyond what a sheet holds. */
static int place_of(struct str key, const char *prefix)
{
	size_t n = strlen(prefix);
	int64_t number;
	if (!str_starts(key, prefix) || str_to_int64((struct str){key.p + n, key.n - n}, &number))
		return -1;
	return number >= 2 && number <= SHEET_INSTRUCTORS ? (int)number - 1 : -1;
}

static int on_other(void *arg, void *record, struct str key, struct str text)
{
	struct edusign_port__question *q = arg;
	struct sheet_record *r = record;
	int place = place_of(key, "PROFESSOR_");
	if (place > 0)
		r->instructors[place] = adapter__copy(&q->base, q->keep, text);
	else if ((place = place_of(key, "PROFESSOR_SIGNATURE_")) > 0)
		r->signatures[place] = adapter__copy(&q->base, q->keep, text);
	return q->base.exhausted ? ERR_LIMIT : 0;
}

static const struct shape sheet_shape = {"sheet", sizeof(struct sheet_record), FIELDS(sheet_fields), RECORD_NO_MASK,
                                         on_other};

/* ---- rows ---- */

/* A signature is an image's address. */
static bool is_given(struct str s)
{
	s = str_trim(s);
	return !str_empty(s) && !str_eqz(s, "0") && !str_eqz(s, "false") && !str_eqz(s, "null");
}

/* False: something is there, and it is no time. */
static bool time_of(struct str text, int64_t *out)
{
	if (!is_given(text))
		return true;
	return utc_parse(text, out) == 0;
}

/* A row that says something we cannot read is no evidence, and so is a state that is not a boolean. */
static void fill_row(struct edusign_port__question *q, const struct row_record *r, struct row *row)
{
	row->learner = adapter__copy(&q->base, q->keep, r->learner);
	row->state = r->mask & FIELD_BIT(ROW_STATE) ? r->state : -1;
	row->signed_ = is_given(r->signature) || is_given(r->timestamp);
	row->delay_min = r->delay > 0 ? r->delay : 0;
	if (!time_of(r->early, &row->early) || !time_of(r->excluded, &row->excluded))
		row->state = -1;
	row->absence_id = adapter__copy(&q->base, q->keep, r->absence_id);
	row->comment = adapter__copy(&q->base, q->keep, r->comment);
}

static void fill_rows(struct edusign_port__question *q, const struct sheet_record *r, struct sheet *s)
{
	const struct row_record *rows = r->rows.v;
	struct row *out = arena_array(q->keep, r->rows.n, sizeof(*out));
	if (!out) {
		q->base.exhausted = true;
		return;
	}
	s->rows.v = out;
	for (size_t i = 0; i < r->rows.n; i++) {
		if (str_empty(str_trim(rows[i].learner)))
			continue;
		struct row *row = &out[s->rows.n++];
		fill_row(q, &rows[i], row);
		s->started = s->started || row->state == 1 || row->signed_ || row->delay_min > 0 || row->early ||
		             row->excluded;
	}
}

static void fill_groups(struct edusign_port__question *q, const struct sheet_record *r, struct sheet *s)
{
	s->groups.v = arena_array(q->keep, r->groups.n, sizeof(struct str));
	if (!s->groups.v) {
		q->base.exhausted = true;
		return;
	}
	for (size_t i = 0; i < r->groups.n; i++)
		if (!str_empty(str_trim(r->groups.v[i])))
			s->groups.v[s->groups.n++] = adapter__copy(&q->base, q->keep, r->groups.v[i]);
}

/* ---- sheets ---- */

/* Without holes: a place that was vacated is "". */
static void fill_instructors(struct edusign_port__question *q, const struct sheet_record *r, struct sheet *s)
{
	for (unsigned i = 0; i < SHEET_INSTRUCTORS; i++) {
		struct str id = adapter__copy(&q->base, q->keep, r->instructors[i]);
		if (str_empty(id))
			continue;
		s->instructor_signed[s->instructor_count] = is_given(r->signatures[i]);
		s->instructors[s->instructor_count++] = id;
	}
}

/* A time that is not given leaves 0: long past, so that nothing will touch such a sheet. */
static int on_sheet(void *arg, void *record, struct str key)
{
	struct edusign_port__question *q = arg;
	const struct sheet_record *r = record;
	struct sheet s = {.locked = r->locked, .started = r->ended};
	(void)key;
	if (!time_of(r->start, &s.start) || !time_of(r->end, &s.end))
		return adapter__refuse(&q->base, ERR_TYPE, "sheet %.*s: START or END is no time",
		                       (int)(r->id.n < 40 ? r->id.n : 40), r->id.p);
	if (utc_parse(r->updated, &s.updated))
		s.updated = 0;
	s.id = adapter__copy(&q->base, q->keep, r->id);
	s.api_id = adapter__copy(&q->base, q->keep, r->api_id);
	s.api_type = adapter__copy(&q->base, q->keep, r->api_type);
	s.name = adapter__copy(&q->base, q->keep, r->name);
	s.room = adapter__copy(&q->base, q->keep, r->room);
	if (str_empty(s.id) && !q->base.exhausted)
		return adapter__refuse(&q->base, ERR_MISSING, "a sheet without ID");
	fill_instructors(q, r, &s);
	fill_rows(q, r, &s);
	fill_groups(q, r, &s);
	struct sheet *item = adapter__list_add(&q->base);
	if (!item || q->base.exhausted)
		return ERR_LIMIT;
	*item = s;
	return 0;
}

EDUSIGN_LIST_ROOT(sheet, sheet_shape, on_sheet);
EDUSIGN_LIST_ALONE(sheet, sheet_shape, on_sheet);

/* Whether the vendor's end is included, and in which zone its days are meant, is not known: a day more on each side,
 * as far as the widest range allows, misses nothing. */
static void query_days(struct exchange *x, int32_t first, int32_t last)
{
	char day[DAY_TEXT];
	if (last - first < WIDEST_RANGE)
		last++;
	if (last - first < WIDEST_RANGE)
		first--;
	adapter__query(x, "start", day_iso(first, day));
	adapter__query(x, "end", day_iso(last, day));
}

void edusign_port__sheets(void *self, struct exchange *x, struct arena *keep, const struct sheets_query *query,
                          struct items *out)
{
	char text[64], from[DAY_TEXT], to[DAY_TEXT];
	if (!edusign_port__list(self, x, EDUSIGN_SHEETS, &sheet_root, keep, out, sizeof(struct sheet)))
		return;
	snprintf(text, sizeof(text), "%u", query->page);
	adapter__query(x, "page", text);
	if (query->first || query->last)
		query_days(x, query->first, query->last);
	if (query->locked_only)
		adapter__query(x, "filters", "locked");
	if (query->updated_from || query->updated_to) {
		day_iso((int32_t)(query->updated_from / 86400), from);
		day_iso((int32_t)(query->updated_to / 86400) + 1, to);
		snprintf(text, sizeof(text), "%s,%s", from, to);
		adapter__query(x, "dateUpdated", text);
	}
}

/* ---- one sheet ---- */

static void sheet_finish(struct exchange *x)
{
	struct edusign_port__question *q = x->adapter;
	const struct json *result;
	struct items one = {NULL, 0};
	/* kept: what we do not manage of it is sent back with a change */
	if (!edusign_port__result(x, q->keep, &result)) {
		adapter__word(x);
		return;
	}
	adapter__stage(&q->base, q->keep, &one, sizeof(struct sheet));
	if (edusign_port__is_none(result))
		fault_set(&x->fault, FAULT_REMOTE, ERR_NOT_FOUND, "there is no sheet of this id");
	else
		edusign_port__replay(x, result, &sheet_alone);
	if (!fault_is(&x->fault) && q->base.list.n != 1)
		adapter__untrusted(x, ERR_CONFLICT, "the result is not one sheet");
	if (adapter__settle(x)) {
		*q->sheet_out = *(struct sheet *)one.v;
		q->sheet_out->whole = result->kind == JSON_ARRAY ? result->first : result;
	}
}

void edusign_port__sheet(void *self, struct exchange *x, struct arena *keep, struct str id, struct sheet *out)
{
	struct edusign_port__question *q = edusign_port__ask(self, x, EDUSIGN_SHEET, FETCH_READ, id);
	if (!q)
		return;
	q->base.raw.limit = ONE_SHEET;
	q->keep = keep;
	q->sheet_out = out;
	x->finish = sheet_finish;
}

void edusign_port__sheet_find(void *self, struct exchange *x, struct arena *keep, int64_t session, struct str *id_out)
{
	char code[24];
	snprintf(code, sizeof(code), "%lld", (long long)session);
	struct edusign_port__question *q = edusign_port__ask(self, x, EDUSIGN_SHEET_FIND, FETCH_READ, str_of(code));
	if (!q)
		return;
	q->keep = keep;
	q->id_out = id_out;
	x->finish = edusign_port__find_finish;
}
