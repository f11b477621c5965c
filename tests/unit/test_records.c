/* Every kind of record that a store holds is in the table, laid out as it is put; what speaks of a person is found, shown and erased, and nothing else is
 * touched; what is old goes, and what is needed stays. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/sync/absent.h"
#include "core/sync/drift.h"
#include "core/sync/held.h"
#include "core/sync/kept.h"
#include "core/sync/outbox.h"
#include "core/sync/records.h"
#include "core/sync/shadow.h"
#include "tests/unit/sync_store.h"

#define NOW   INT64_C(1795518000)
#define DAY   INT64_C(86400)
#define WHO   4711 /* a learner, an instructor and a tutor have this code: three people */
#define OTHER 4712

static struct arena *arena;

static int setup(void **state)
{
	arena = arena_new(0);
	return shelf_setup(state);
}

static int teardown(void **state)
{
	arena_free(&arena);
	return shelf_teardown(state);
}

/* ---- the table ---- */

static void every_table_has_a_row(void **state)
{
	static const uint8_t tables[] = {
#define X(name, number, text) number,
	        STATE_TABLES(X)
#undef X
	};
	(void)state;
	for (size_t i = 0; i < sizeof(tables); i++) {
		const char key[1] = {(char)tables[i]};
		unsigned rows = 0, numbers = 0;
		for (size_t k = 0; k < record_kind_count; k++)
			rows += record_kinds[k].table == (enum state_table)tables[i];
		for (size_t k = 0; k < sizeof(tables); k++)
			numbers += tables[k] == tables[i];
		if (rows != 1 || numbers != 1 || !record_kind_of((struct str){key, 1}))
			fail_msg("table %u has %u rows in record_kinds.c and %u in STATE_TABLES, expected one: of whom does it speak, how long is it kept?", tables[i], rows,
			         numbers);
	}
	assert_int_equal(record_kind_count, sizeof(tables));
	assert_null(record_kind_of(STR_NONE));
	assert_null(record_kind_of((struct str){"\0", 1})); /* whose store it is */
}

/* ---- a store with some of everything ---- */

static struct ints ints(int64_t a, int64_t b)
{
	int64_t *v = arena_array(arena, 2, sizeof(*v));
	v[0] = a;
	v[1] = b;
	return (struct ints){v, 2};
}

static void issue(struct items *list, size_t *cap, const char *record, const char *problem, int64_t until)
{
	struct issue i = {.record = str_of(record), .field = STR("email"), .problem = str_of(problem), .fix = STR("Enter it"), .since = NOW, .until = until};
	assert_int_equal(items_add(arena, list, cap, &i, sizeof(i)), 0);
}

static void put_people(struct store_txn *txn)
{
	static const char *const names[] = {"ada", "bob", "cid"};
	for (int kind = 0; kind < PERSON_KIND_COUNT; kind++) {
		for (int64_t code = WHO; code <= OTHER; code++) {
			const char *id = arena_printf(arena, "id-%s-%lld", names[kind], (long long)code);
			struct binding b = {.kind = kind, .code = code, .id = str_of(id), .email = str_of(arena_printf(arena, "%s@x.example", id)), .first = STR("First"),
			                    .last = STR("Last"), .created = true, .at = NOW, .follower = STR("tutor-88"), .follower_found = true};
			state_put_binding(txn, &b);
		}
	}
}

static void put_sessions(struct store_txn *txn)
{
	struct sheet_memory m = {.session = 90210, .id = STR("sheet-1"), .start = NOW - 7200, .end = NOW - 3600, .name = STR("Maths"), .room = STR("B1"),
	                         .groups = ints(7, 8), .learners = ints(WHO, OTHER), .instructors = ints(52, 53), .created_at = NOW, .updated_at = NOW,
	                         .grouping = STR("7:group")};
	state_put_sheet(txn, &m);
	m.session = 90211;
	m.learners = ints(OTHER, OTHER + 1);
	m.instructors = ints(WHO, 53);
	state_put_sheet(txn, &m);
	for (int64_t who = WHO; who <= OTHER; who++) {
		struct ledger_row row = {.session = 90210, .learner = who, .kind = ABSENCE_LATE, .code = 5, .at = NOW, .unsure = true};
		row.written = (struct absence){.code = 5, .learner = who, .first = (int32_t)(NOW / DAY), .last = (int32_t)(NOW / DAY), .minutes = 20, .late = true};
		state_put_ledger(txn, &row);
		state_put_payroll(txn, &(struct payroll_memory){.last = {.session = 90210, .instructor = who, .present = true, .minutes = 60}, .at = NOW});
	}
	state_put_seen(txn, &(struct seen_mark){.id = STR("sheet-1"), .locked_start = NOW - 7200, .settled = true});
	state_put_guarded(txn, GUARDED_REMOVAL, NOW, 3);
	state_put_group(txn, &(struct group_memory){.code = STR("7"), .id = STR("g-7"), .name = STR("Bac"), .at = NOW});
	state_put_meta_str(txn, META_SCHOOL, STR("school-1"));
}

static void put_writes(struct store_txn *txn)
{
	static const struct intent intents[] = {
	        {.seq = 1, .kind = INTENT_PERSON_CREATE, .person = PERSON_LEARNER, .code = WHO, .payload = {"a@x", 3}},
	        {.seq = 2, .kind = INTENT_PERSON_UPDATE, .person = PERSON_INSTRUCTOR, .code = WHO},
	        {.seq = 3, .kind = INTENT_SHEET_CREATE, .code = WHO}, /* a session's code */
	        {.seq = 4, .kind = INTENT_ROSTER_ADD, .code = 90210, .code2 = WHO},
	        {.seq = 5, .kind = INTENT_ABSENCE_CREATE, .code = 90210, .code2 = OTHER},
	        {.seq = 6, .kind = INTENT_PAYROLL_PUT, .code = 90210, .code2 = WHO},
	};
	for (size_t i = 0; i < sizeof(intents) / sizeof(intents[0]); i++)
		state_put_intent(txn, &intents[i]);
	static const struct { const char *record, *reason, *answer; } lines[] = {
	        {"learner 4711", "needed by a sheet", "created"},
	        {"learner 4712", "needed by a sheet", "created"},
	        {"attendance 90210/4711", "late", "created"},
	        {"attendance 90210/4711", "instructor present", "sent"},
	        {"sheet 90210", "learners 4711, 4713 joined", "updated"},
	        {"sheet 4711", "new session", "created"},
	        {"sheet 90212", "room changed", "HTTP 500 of id-ada-4711"},
	        {"tutor 4711", "needed", "created"},
	        {"learner 47110", "needed by a sheet", "created"},
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		state_put_write(txn, 100 + i,
		                &(struct write_line){.at = NOW, .run = STR("r1"), .action = STR("create"), .record = str_of(lines[i].record), .reason = str_of(lines[i].reason),
		                                     .answer = str_of(lines[i].answer)});
}

static bool never(void *arg, int64_t change)
{
	(void)arg;
	(void)change;
	return false;
}

static void put_reports(struct store_txn *txn)
{
	struct items down = {NULL, 0}, up = {NULL, 0};
	size_t down_cap = 0, up_cap = 0;
	issue(&down, &down_cap, "learner 4711", "has no address", 0);
	issue(&down, &down_cap, "learner 4712", "shares its address with learner 4711", 0);
	issue(&down, &down_cap, "sheet 90210", "lacks a room", NOW + 60);
	issue(&up, &up_cap, "attendance 90210/4711", "is on no plan any more", NOW - 40 * DAY);
	issue(&up, &up_cap, "attendance 90211/4711", "instructor did not sign: nothing is sent", NOW - 2 * DAY);
	state_put_issues(txn, FLOW_DOWN, &down);
	state_put_issues(txn, FLOW_UP, &up);
	struct run_summary s = {.id = STR("r1"), .flow = FLOW_UP, .started = NOW - 60, .ended = NOW, .issues = 2, .error = STR("GET /student/id-ada-4711: HTTP 500")};
	state_put_run(txn, &s);
	s.id = STR("r2");
	s.error = STR_NONE;
	s.by = STR("uid 1000");
	state_put_run(txn, &s);
	state_put_deed(txn, &(struct deed){.at = NOW, .kind = DEED_FILE, .by = STR("uid 0 (root)"), .what = STR("paused: false → true\n")});
	struct str *fields = arena_array(arena, 1, sizeof(*fields));
	fields[0] = STR("EMAIL");
	struct held_change *c = arena_array(arena, 3, sizeof(*c));
	c[0] = (struct held_change){11, {.action = ACTION_UPDATE, .record = STR("learner 4711"), .fields = {fields, 1}, .reason = STR("e-mail changed")}};
	c[1] = (struct held_change){12, {.action = ACTION_DELETE, .record = STR("sheet 90210"), .reason = STR("gone")}};
	c[2] = (struct held_change){13, {.action = ACTION_UPDATE, .record = STR("learner 4712"), .fields = {fields, 1}, .reason = STR("e-mail changed")}};
	struct items changes = {c, 3};
	struct held before;
	struct held_plan plan;
	assert_int_equal(held_load(txn, arena, FLOW_DOWN, &before), 0);
	assert_int_equal(held_make(arena, "all", FLOW_DOWN, &changes, STR("3 people changed"), NOW, &before, &plan), 0);
	held_settle(txn, FLOW_DOWN, &before, &plan, never, NULL);
	assert_int_equal(held_answer(txn, arena, &(struct held_reply){.plan = plan.id, .answer = HELD_DISCARDED, .by = STR("uid 0"), .why = STR("no"), .at = NOW}, &plan), 0);
	held_settle(txn, FLOW_UP, &before, &plan, never, NULL);
	struct drift_memory none = {NULL};
	struct items drifts = {NULL, 0};
	size_t cap = 0;
	const struct drift of[] = {{.kind = PERSON_LEARNER, .code = WHO, .fields = 1, .at = NOW}, {.kind = PERSON_INSTRUCTOR, .code = WHO, .fields = 1, .at = NOW},
	                           {.sheet = true, .code = WHO, .fields = 1, .at = NOW, .until = NOW}, {.sheet = true, .code = 90210, .fields = 1, .at = NOW, .who = STR("4711, 4712")}};
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(items_add(arena, &drifts, &cap, &of[i], sizeof(of[i])), 0);
	assert_int_equal(drift_load(txn, arena, &none), 0);
	drift_save(txn, &none, &drifts, NOW, NOW);
	struct shadow_finding f[] = {{SHADOW_DIFFERS, STR("sheet 90210"), STR("START"), STR("starts later")}, {SHADOW_MISSING, STR("attendance 90210/4711"), STR_NONE, STR("is missing")}};
	shadow_put(txn, &(struct shadow_report){.flow = FLOW_UP, .at = NOW, .first = 1, .last = 2, .counts = {1, 1, 1, 0, 0}, .findings = {f, 2}});
}

static void put_kept(struct store_txn *txn)
{
	static struct room rooms[] = {{12, {"B1", 2}}};
	static struct learner learners[] = {{.code = WHO, .last = {"Last", 4}, .first = {"First", 5}, .email_normal = {"a@x", 3}, .site_code = 3}, {.code = OTHER, .last = {"Other", 5}}};
	kept_put_planning(txn, &(struct kept_planning){.proven_at = NOW, .days = 4, .covered = ints(7, 8), .quiet = ints(9, 10), .quiet_at = ints(NOW, NOW)});
	kept_put_lists(txn, &(struct kept_lists){.rooms_at = NOW, .people_at = NOW, .address = STR("https://y.example"), .periods = ints(1, 2), .rooms = {rooms, 1}, .trainings = {rooms, 1}, .learners = {learners, 2}});
}

static void put_letters(struct store_txn *txn)
{
	static const struct letter letters[] = {
	        {.to = {"t@x", 3}, .subject = {"Absences", 8}, .text = {"…", 3}, .record = {"tutor 4711", 10}, .about = {"the report about learner 4712", 29}},
	        {.to = {"t@y", 3}, .subject = {"Absences", 8}, .text = {"…", 3}, .record = {"tutor 88", 8}, .about = {"the report about learner 4711", 29}},
	        {.to = {"id-bob-4711@x.example", 21}, .subject = {"Digest", 6}, .text = {"…", 3}, .record = {"environment", 11}, .about = {"the digest", 10}},
	};
	for (size_t i = 0; i < 3; i++)
		assert_true(outbox_put(txn, &letters[i], NOW));
	absent_put(txn, &(struct absent){.day = NOW / DAY, .learner = WHO, .session = 90210, .start = 540, .end = 720, .subject = STR("Maths")});
}

static int fill(struct store_txn *txn, void *arg)
{
	(void)arg;
	put_people(txn);
	put_sessions(txn);
	put_writes(txn);
	put_reports(txn);
	put_letters(txn);
	put_kept(txn);
	return store_txn_error(txn);
}

/* ---- what is in it ---- */

struct count {
	size_t of[256];
	const struct subject *who;
	struct buf text;
	struct json_writer w;
	unsigned wrong;
};

static int on_record(void *arg, struct str key, struct str value)
{
	struct count *c = arg;
	const struct record r = {key, value};
	const struct record_kind *k = record_kind_of(key);
	c->of[(uint8_t)key.p[0]]++;
	if (record_check(k, &r)) {
		print_error("a %s is not laid out as record_kinds.c says\n", k->name);
		c->wrong++;
	}
	return 0;
}

static int look_at_all(struct store_txn *txn, void *arg)
{
	for (size_t i = 0; i < record_kind_count; i++) {
		struct store_key prefix;
		store_key_begin(&prefix, (uint8_t)record_kinds[i].table);
		store_each(txn, &prefix, on_record, arg);
	}
	return 0;
}

static size_t total(const struct count *c)
{
	size_t n = 0;
	for (size_t i = 0; i < 256; i++)
		n += c->of[i];
	return n;
}

static struct count counted(struct shelf *s)
{
	struct count c = {.wrong = 0};
	assert_int_equal(shelf_do(s, false, look_at_all, &c), 0);
	assert_int_equal(c.wrong, 0);
	return c;
}

static void each_is_laid_out_as_it_is_put(void **state)
{
	struct shelf *s = *state;
	assert_int_equal(shelf_do(s, true, fill, NULL), 0);
	struct count c = counted(s);
	for (size_t i = 0; i < record_kind_count; i++)
		if (!c.of[record_kinds[i].table])
			fail_msg("this test puts no %s: add one, so that its layout is held against what is put", record_kinds[i].name);
}

static void on_subject(void *arg, const struct record_kind *k, const struct record *r)
{
	struct count *c = arg;
	c->of[k->table]++;
	record_show(k, r, c->who, &c->w);
}

static int load_and_look(struct store_txn *txn, void *arg)
{
	struct count *c = arg;
	struct subject who = *c->who;
	assert_true(subject_load(txn, arena, &who));
	records_of(txn, &who, on_subject, c);
	return 0;
}

static int load_and_erase(struct store_txn *txn, void *arg)
{
	struct count *c = arg;
	struct subject who = *c->who;
	(void)subject_load(txn, arena, &who);
	c->of[0] = records_erase(txn, &who);
	records_of(txn, &who, on_subject, c);
	return 0;
}

static struct count of_whom(struct shelf *s, const struct subject *who, bool erase)
{
	struct count c = {.who = who};
	buf_init(&c.text, 0);
	json_write_init(&c.w, &c.text, false);
	json_write_begin_array(&c.w);
	assert_int_equal(shelf_do(s, erase, erase ? load_and_erase : load_and_look, &c), 0);
	json_write_end_array(&c.w);
	return c;
}

static void what_speaks_of_a_learner(void **state)
{
	struct shelf *s = *state;
	const struct subject who = {.kind = PERSON_LEARNER, .code = WHO};
	assert_int_equal(shelf_do(s, true, fill, NULL), 0);
	struct count c = of_whom(s, &who, false);
	assert_int_equal(c.of[TABLE_PERSON], 1);
	assert_int_equal(c.of[TABLE_SHEET], 1);
	assert_int_equal(c.of[TABLE_ABSENCE], 1);
	assert_int_equal(c.of[TABLE_PAYROLL], 0);
	assert_int_equal(c.of[TABLE_INTENT], 2);
	assert_int_equal(c.of[TABLE_WRITE], 4);
	assert_int_equal(c.of[TABLE_ISSUE], 3);
	assert_int_equal(c.of[TABLE_RUN], 1);
	assert_int_equal(c.of[TABLE_PLAN], 2);
	assert_int_equal(c.of[TABLE_DRIFT], 2);
	assert_int_equal(c.of[TABLE_SHADOW], 1);
	assert_int_equal(c.of[TABLE_LETTER], 1);
	assert_int_equal(c.of[TABLE_ABSENT], 1);
	assert_int_equal(c.of[TABLE_LEARNER], 1);
	assert_int_equal(total(&c), 21);
	assert_non_null(strstr(c.text.p, "\"email\":\"id-ada-4711@x.example\""));
	assert_non_null(strstr(c.text.p, "{\"record\":\"learner 4711\",\"reason\":\"e-mail changed\"}"));
	assert_null(strstr(c.text.p, "4712@")); /* nothing of others' */
	assert_null(strstr(c.text.p, "\"record\":\"learner 4712\",\"reason\""));
	buf_deinit(&c.text);
}

static void what_speaks_of_an_instructor_and_a_tutor(void **state)
{
	struct shelf *s = *state;
	const struct subject who = {.kind = PERSON_INSTRUCTOR, .code = WHO}, tutor = {.kind = PERSON_TUTOR, .code = WHO};
	assert_int_equal(shelf_do(s, true, fill, NULL), 0);
	struct count c = of_whom(s, &who, false);
	assert_int_equal(c.of[TABLE_PERSON], 1);
	assert_int_equal(c.of[TABLE_SHEET], 1);
	assert_int_equal(c.of[TABLE_PAYROLL], 1);
	assert_int_equal(c.of[TABLE_INTENT], 2);
	assert_int_equal(c.of[TABLE_WRITE], 1);
	assert_int_equal(c.of[TABLE_ISSUE], 1);
	assert_int_equal(c.of[TABLE_DRIFT], 1);
	assert_int_equal(c.of[TABLE_LETTER], 1); /* to their address */
	assert_int_equal(total(&c), 9);
	buf_deinit(&c.text);
	c = of_whom(s, &tutor, false);
	assert_int_equal(c.of[TABLE_PERSON], 1);
	assert_int_equal(c.of[TABLE_WRITE], 1);
	assert_int_equal(c.of[TABLE_LETTER], 1);
	assert_int_equal(total(&c), 3);
	buf_deinit(&c.text);
}

struct rest {
	struct env_state state;
	struct held held;
	struct drift_memory drift;
	struct items writes;
};

static int load_rest(struct store_txn *txn, void *arg)
{
	struct rest *r = arg;
	int rc = state_load(txn, FLOW_DOWN, arena, NOW, &r->state);
	if (rc == 0)
		rc = held_load(txn, arena, FLOW_DOWN, &r->held);
	if (rc == 0)
		rc = drift_load(txn, arena, &r->drift);
	return rc ? rc : state_writes(txn, arena, STR_NONE, 0, &r->writes);
}

/* Only their own records go; what is others' too stays without them, and is read as before. */
static void an_erased_learner_is_gone_and_nobody_else(void **state)
{
	struct shelf *s = *state;
	const struct subject who = {.kind = PERSON_LEARNER, .code = WHO};
	struct rest r = {.state = {0}};
	assert_int_equal(shelf_do(s, true, fill, NULL), 0);
	struct count filled = counted(s);
	size_t before = total(&filled);
	struct count c = of_whom(s, &who, true);
	assert_int_equal(c.of[0], 21);
	c.of[0] = 0;
	assert_int_equal(total(&c), 0);
	buf_deinit(&c.text);
	struct count after = counted(s);
	/* rewritten, not gone: a sheet, two lines of the write log, an issue that is another's, a run, two plans, a sheet's drift, a shadow report */
	assert_int_equal(total(&after), before - 21 + 9);
	assert_int_equal(shelf_do(s, false, load_rest, &r), 0);
	assert_null(map_get(r.state.people[PERSON_LEARNER], WHO));
	assert_non_null(map_get(r.state.people[PERSON_LEARNER], OTHER));
	assert_non_null(map_get(r.state.people[PERSON_INSTRUCTOR], WHO));
	assert_non_null(map_get(r.state.people[PERSON_TUTOR], WHO));
	const struct sheet_memory *m = map_get(r.state.sheets, 90210);
	assert_int_equal(m->learners.n, 1);
	assert_int_equal(m->learners.v[0], OTHER);
	assert_int_equal(m->instructors.n, 2);
	assert_true(str_eqz(m->grouping, "7:group"));
	m = map_get(r.state.sheets, 90211);
	assert_int_equal(m->instructors.v[0], WHO);
	assert_int_equal(r.state.ledger.n, 1);
	assert_int_equal(((const struct ledger_row *)r.state.ledger.v)[0].learner, OTHER);
	assert_int_equal(r.state.intents.n, 4);
	assert_int_equal(r.held.answered.n, 1);
	const struct held_plan *p = r.held.answered.v;
	assert_int_equal(p->changes.n, 2); /* what was answered of the others stays answered */
	assert_true(str_eqz(((const struct held_change *)p->changes.v)[1].what.record, "learner 4712"));
	struct drift sheet = {.sheet = true, .code = 90210};
	assert_true(str_eqz(drift_of(&r.drift, &sheet)->who, "(erased)"));
	assert_int_equal(r.writes.n, 7);
	c = of_whom(s, &who, true);
	assert_int_equal(c.of[0], 0); /* again: nothing to do */
	buf_deinit(&c.text);
}

/* ---- age ---- */

struct trimming {
	unsigned days[KEEP_COUNT];
	size_t most, n;
};

static int trim(struct store_txn *txn, void *arg)
{
	struct trimming *t = arg;
	t->n = records_trim(txn, t->days, NOW, t->most);
	return 0;
}

/* Some of everything, so many days old. */
static int age(struct store_txn *txn, void *arg)
{
	const int64_t *days = arg;
	for (size_t i = 0; days[i] >= 0; i++) {
		int64_t at = NOW - days[i] * DAY;
		struct sheet_memory m = {.session = days[i], .id = str_of(arena_printf(arena, "s%lld", (long long)days[i])), .start = at - 3600, .end = at};
		state_put_sheet(txn, &m);
		m.session += 1000;
		m.gone = true;
		state_put_sheet(txn, &m);
		struct ledger_row row = {.session = days[i], .learner = WHO, .at = at};
		row.written.first = row.written.last = (int32_t)(at / DAY);
		state_put_ledger(txn, &row);
		state_put_payroll(txn, &(struct payroll_memory){.last = {.session = days[i], .instructor = 52}, .at = at});
		state_put_seen(txn, &(struct seen_mark){.id = m.id, .locked_start = at});
		state_put_write(txn, (uint64_t)days[i] + 1, &(struct write_line){.at = at, .record = STR("sheet 1")});
		state_put_run(txn, &(struct run_summary){.id = m.id, .started = at, .ended = at});
		state_put_binding(txn, &(struct binding){.code = days[i], .id = m.id, .at = at});
		state_put_intent(txn, &(struct intent){.seq = (uint64_t)days[i] + 1, .sent_at = at * 1000});
	}
	return store_txn_error(txn);
}

static void what_is_old_goes_and_what_is_needed_stays(void **state)
{
	struct shelf *s = *state;
	int64_t days[] = {0, 1, 9, 10, 11, 100, -1};
	struct trimming t = {.days = {[KEEP_WRITES] = 10, [KEEP_GONE] = 100, [KEEP_LEDGER] = 11}, .most = 1000};
	assert_int_equal(shelf_do(s, true, age, days), 0);
	assert_int_equal(shelf_do(s, true, trim, &t), 0);
	struct count c = counted(s);
	assert_int_equal(c.of[TABLE_WRITE], 3);   /* of ten days ago, to the second: old enough */
	assert_int_equal(c.of[TABLE_SHEET], 4 + 5);
	assert_int_equal(c.of[TABLE_ABSENCE], 4);
	assert_int_equal(c.of[TABLE_PAYROLL], 4);
	assert_int_equal(c.of[TABLE_SEEN], 4);
	assert_int_equal(c.of[TABLE_RUN], 6); /* 0: for ever */
	assert_int_equal(c.of[TABLE_PERSON], 6);
	assert_int_equal(c.of[TABLE_INTENT], 6); /* whatever its age: it is not settled */
	assert_int_equal(t.n, 3 + 2 + 1 + 2 + 2 + 2);
	assert_int_equal(shelf_do(s, true, trim, &t), 0);
	assert_int_equal(t.n, 0);
	t = (struct trimming){.days = {[KEEP_HISTORY] = 1}, .most = 2};
	assert_int_equal(shelf_do(s, true, trim, &t), 0);
	assert_int_equal(t.n, 2); /* never more at once than it is told */
}

static void open_issues_and_plans_are_kept(void **state)
{
	struct shelf *s = *state;
	struct trimming t = {.days = {1, 1, 1, 1, 1, 1, 1}, .most = 1000};
	assert_int_equal(shelf_do(s, true, fill, NULL), 0);
	struct count before = counted(s);
	assert_int_equal(shelf_do(s, true, trim, &t), 0);
	struct count after = counted(s);
	assert_int_equal(after.of[TABLE_ISSUE], 3); /* of five: two are past their time */
	assert_int_equal(after.of[TABLE_PLAN], before.of[TABLE_PLAN]);
	assert_int_equal(after.of[TABLE_SHEET], before.of[TABLE_SHEET]);
	assert_int_equal(t.n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(every_table_has_a_row),
	        cmocka_unit_test_setup_teardown(each_is_laid_out_as_it_is_put, setup, teardown),
	        cmocka_unit_test_setup_teardown(what_speaks_of_a_learner, setup, teardown),
	        cmocka_unit_test_setup_teardown(what_speaks_of_an_instructor_and_a_tutor, setup, teardown),
	        cmocka_unit_test_setup_teardown(an_erased_learner_is_gone_and_nobody_else, setup, teardown),
	        cmocka_unit_test_setup_teardown(what_is_old_goes_and_what_is_needed_stays, setup, teardown),
	        cmocka_unit_test_setup_teardown(open_issues_and_plans_are_kept, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
