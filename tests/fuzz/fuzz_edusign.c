/*
 * Whatever Edusign answers to any of the adapter's questions; and what was read is sent back as JSON that is whole. The layout
 * of an input stands in answers.h; the person's kind is taken from the first byte too.
 */

#include "adapters/edusign/edusign.h"
#include "core/data/json.h"
#include "tests/fuzz/answers.h"

#define FIRST 20630 /* a day of June 2026 */
#define LAST  (FIRST + 7)
#define UTC   (INT64_C(86400) * FIRST)

static const struct attendance_port *port_of(const struct answers *a)
{
	return a->port;
}

/* ---- questions ---- */

#define ASK(name, ...)                                                                                               \
	static void ask_##name(struct answers *a, struct exchange *x, struct arena *keep)                             \
	{                                                                                                            \
		const struct attendance_port *p = port_of(a);                                                        \
		(void)keep;                                                                                          \
		p->name(p->self, x, __VA_ARGS__);                                                                    \
	}

static struct str id_list[] = {{"a1", 2}, {"b2", 2}};
static const struct texts ids = {id_list, 2};
static const struct sheets_query query = {.first = FIRST, .last = LAST};
static const struct sheet_wish sheet_wish = {.session = 5,
                                             .name = {"Math", 4},
                                             .start = UTC,
                                             .end = UTC + 3600,
                                             .instructors = {id_list, 1},
                                             .learners = {id_list, 2}};
static const struct sheet sheet_now = {.id = {"s1", 2}, .start = UTC, .end = UTC + 3600};
static const struct roll_wish roll_wish = {.code = {"7", 1}, .name = {"G7", 2}, .learners = {id_list, 2}};
static const struct roll roll_now = {.id = {"g1", 2}};

ASK(school, keep, &a->one.school)
ASK(sheets, keep, &query, &a->out)
ASK(sheet, keep, STR("s1"), &a->one.sheet)
ASK(sheet_find, keep, 5, &a->text)
ASK(sheet_create, keep, &sheet_wish, &a->text)
ASK(sheet_update, &sheet_now, &sheet_wish, ids)
ASK(sheet_delete, STR("s1"))
ASK(roster_add, STR("s1"), STR("a1"))
ASK(roster_remove, STR("s1"), STR("a1"))
ASK(person_find, keep, a->kind, 2, &a->text)
ASK(person_by_email, keep, a->kind, STR("a@b.fr"), &a->one.account)
ASK(person_read, keep, a->kind, STR("a1"), &a->one.account)
ASK(person_restore, a->kind, STR("a1"))
ASK(people, keep, a->kind, 0, 0, &a->out)
ASK(people_by_id, keep, ids, &a->out)
ASK(group_find, keep, STR("7"), &a->text)
ASK(group_read, keep, STR("g1"), &a->one.roll)
ASK(group_create, keep, &roll_wish, &a->text)
ASK(group_update, &roll_now, &roll_wish)
ASK(justifications, keep, 0, &a->out)
ASK(absence_reasons, keep, &a->out)

static struct person person(enum person_kind kind)
{
	return (struct person){.kind = kind, .code = 2, .first = STR("A"), .last = STR("B"), .email = STR("a@b.fr")};
}

static void ask_person_create(struct answers *a, struct exchange *x, struct arena *keep)
{
	struct person p = person(a->kind);
	port_of(a)->person_create(port_of(a)->self, x, keep, &p, &a->text);
}

static void ask_person_update(struct answers *a, struct exchange *x, struct arena *keep)
{
	struct person p = person(a->kind);
	(void)keep;
	port_of(a)->person_update(port_of(a)->self, x, &p, STR("a1"));
}

/* ---- answers ---- */

#define EACH(type, item)                                                                                              \
	for (size_t at = 0; at < a->out.n; at++)                                                                      \
		for (const struct type *item = (const struct type *)a->out.v + at; item; item = NULL)

static void look_at_school(struct answers *a)
{
	REQUIRE(a->one.school.id.n > 0); /* what an account is pinned by */
	answers_text(a, a->one.school.id);
	answers_text(a, a->one.school.name);
	answers_text(a, a->one.school.timezone);
	answers_text(a, a->one.school.connector);
}

static void look_at_id(struct answers *a)
{
	answers_text(a, a->text);
}

static void look_at_new_id(struct answers *a)
{
	REQUIRE(a->text.n > 0);
	answers_text(a, a->text);
}

static void look_at_account(struct answers *a, const struct account *p)
{
	answers_text(a, p->id);
	answers_text(a, p->first);
	answers_text(a, p->last);
	answers_text(a, p->email);
	answers_text(a, p->phone);
	answers_text(a, p->training);
	answers_text(a, p->company);
	answers_text(a, p->api_id);
	answers_text(a, p->api_type);
	answers_int(a, p->hidden + 2 * p->in_school);
	answers_int(a, p->schools);
}

static void look_at_one_account(struct answers *a)
{
	look_at_account(a, &a->one.account);
}

static void look_at_accounts(struct answers *a)
{
	EACH(account, p)
	{
		REQUIRE(p->id.n > 0);
		look_at_account(a, p);
	}
}

static void look_at_rows(struct answers *a, const struct items *rows)
{
	const struct row *r = rows->v;
	for (size_t i = 0; i < rows->n; i++) {
		REQUIRE(r[i].state >= -1 && r[i].state <= 1);
		REQUIRE(r[i].delay_min >= 0 && r[i].delay_min < 1e9);
		answers_text(a, r[i].learner);
		answers_int(a, r[i].state);
		answers_int(a, r[i].signed_);
		answers_int(a, (int64_t)r[i].delay_min);
		answers_int(a, r[i].early);
		answers_int(a, r[i].excluded);
		answers_text(a, r[i].absence_id);
		answers_text(a, r[i].comment);
	}
}

static void look_at_texts(struct answers *a, const struct texts *t)
{
	for (size_t i = 0; i < t->n; i++)
		answers_text(a, t->v[i]);
}

static void look_at_sheet(struct answers *a, const struct sheet *s)
{
	REQUIRE(s->id.n > 0 && s->instructor_count <= SHEET_INSTRUCTORS);
	answers_text(a, s->id);
	answers_text(a, s->api_id);
	answers_text(a, s->api_type);
	answers_text(a, s->name);
	answers_text(a, s->room);
	answers_int(a, s->start);
	answers_int(a, s->end);
	for (unsigned i = 0; i < s->instructor_count; i++) {
		REQUIRE(s->instructors[i].n > 0);
		answers_text(a, s->instructors[i]);
		answers_int(a, s->instructor_signed[i]);
	}
	look_at_rows(a, &s->rows);
	look_at_texts(a, &s->groups);
	answers_int(a, s->locked + 2 * s->started);
	answers_int(a, s->updated);
}

static void look_at_sheets(struct answers *a)
{
	EACH(sheet, s)
	look_at_sheet(a, s);
}

/* What is sent of what was read: JSON that is whole, and names what it is about. */
static void look_at_body(struct answers *a, struct drive *d, const char *member)
{
	const struct json *j = NULL;
	REQUIRE(!fault_is(&d->x.fault));
	REQUIRE(json_parse(d->arena, d->x.request.body, NULL, &j, NULL, NULL) == 0);
	REQUIRE(json_get(j, member));
	answers_text(a, d->x.request.body);
}

static void look_at_whole_sheet(struct answers *a)
{
	struct drive d;
	look_at_sheet(a, &a->one.sheet);
	drive_begin(&d);
	port_of(a)->sheet_update(port_of(a)->self, &d.x, &a->one.sheet, &sheet_wish, ids);
	look_at_body(a, &d, "course");
	drive_end(&d);
}

static void look_at_roll(struct answers *a)
{
	struct drive d;
	const struct roll *r = &a->one.roll;
	REQUIRE(r->id.n > 0);
	answers_text(a, r->id);
	answers_text(a, r->name);
	answers_text(a, r->api_id);
	look_at_texts(a, &r->learners);
	drive_begin(&d);
	port_of(a)->group_update(port_of(a)->self, &d.x, r, &roll_wish);
	look_at_body(a, &d, "group");
	drive_end(&d);
}

static void look_at_justifications(struct answers *a)
{
	EACH(justification, j)
	{
		answers_text(a, j->id);
		answers_text(a, j->learner);
		answers_int(a, j->type);
	}
}

static void look_at_reasons(struct answers *a)
{
	EACH(reason, r)
	{
		answers_int(a, r->code);
		answers_text(a, r->name);
	}
}

static const struct question questions[] = {
        {ask_school, look_at_school, 0, false},
        {ask_sheets, look_at_sheets, sizeof(struct sheet), false},
        {ask_sheet, look_at_whole_sheet, 0, false},
        {ask_sheet_find, look_at_id, 0, false},
        {ask_sheet_create, look_at_new_id, 0, true},
        {ask_sheet_update, NULL, 0, true},
        {ask_sheet_delete, NULL, 0, true},
        {ask_roster_add, NULL, 0, true},
        {ask_roster_remove, NULL, 0, true},
        {ask_person_find, look_at_id, 0, false},
        {ask_person_by_email, look_at_one_account, 0, false},
        {ask_person_read, look_at_one_account, 0, false},
        {ask_person_create, look_at_new_id, 0, true},
        {ask_person_update, NULL, 0, true},
        {ask_person_restore, NULL, 0, true},
        {ask_people, look_at_accounts, sizeof(struct account), false},
        {ask_people_by_id, look_at_accounts, sizeof(struct account), false},
        {ask_group_find, look_at_id, 0, false},
        {ask_group_read, look_at_roll, 0, false},
        {ask_group_create, look_at_new_id, 0, true},
        {ask_group_update, NULL, 0, true},
        {ask_justifications, look_at_justifications, sizeof(struct justification), false},
        {ask_absence_reasons, look_at_reasons, sizeof(struct reason), false},
};
#define COUNT (sizeof(questions) / sizeof(questions[0]))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct attendance_port *port;
	if (size == 0)
		return 0;
	if (!port) {
		const struct adapter_connection c = {.url = "https://ext.edusign.fr/v1", .token = "k3y"};
		struct fault fault;
		REQUIRE(edusign_open(&c, &port, &fault) == 0);
	}
	edusign_set_school(port, STR("ecole")); /* a school that was answered would last */
	answers_compare(&questions[data[0] % COUNT], port, (enum person_kind)(data[0] / COUNT % PERSON_KIND_COUNT),
	                data + 1, size - 1);
	return 0;
}
