#include "tests/unit/ypareo_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- a small school ---- */

static void make_lists(struct ypareo *y)
{
	struct ypareo_site *site = ypareo_add_site(y, "Lyon Gerland");
	site->code = 12;
	site->postcode = "01000";
	ypareo_add_site(y, "L'Isle-d'Abeau")->code = 13;
	ypareo_add_period(y, "2025-2026", day_of(2025, 9, 1), day_of(2026, 8, 31))->code = 7;
	ypareo_add_period(y, "2026-2027", day_of(2026, 9, 1), day_of(2027, 8, 31))->code = 8;
	struct ypareo_training *training = ypareo_add_training(y, "CAP Pâtissier");
	training->code = 3;
	training->retired = true;
	ypareo_add_subject(y, "Mathématiques")->code = 41;
	ypareo_add_reason(y, "Absence injustifiée", false)->code = 1;
	ypareo_add_reason(y, "Maladie", true)->code = 2;
	ypareo_add_room(y, "Fournil", 12)->code = 5;
	ypareo_add_room(y, "Amphi", 0)->code = 6;
}

static void make_people(struct ypareo *y)
{
	struct ypareo_learner *learner = ypareo_add_learner(y, "D'ÊTRE", "Zoé", "zoe@courriel.example");
	learner->code = 4711;
	learner->account_email = "z.detre@ecole.example";
	learner->postcode = "01000";
	learner->born = day_of(2006, 2, 9);
	ypareo_add_learner(y, "NGUYEN", "Léo", NULL)->code = 4712;
	ypareo_add_learner(y, "PETIT", "Ana", "")->code = 4713;
	struct ypareo_person *person = ypareo_add_person(y, "ROUX", "Guy", "guy@formateurs.example");
	person->code = 52;
	person->admin = true;
	person = ypareo_add_person(y, "BLANC", "Rita", NULL);
	person->code = 53;
	person->retired = true;
	person->no_account = true;
}

static void make_groups(struct ypareo *y)
{
	struct ypareo_group *group = ypareo_add_group(y, "CAP 1", 12);
	group->code = 70;
	group->state = "Validée";
	ypareo_codes_add(y, &group->subjects, 41);
	group = ypareo_add_group(y, "CAP 2", 13);
	group->code = 71;
	group->state = NULL;
	group = ypareo_add_group(y, "CAP ancien", 12);
	group->code = 72;
	group->period = 7;
	group->no_state = true;
	ypareo_enrol(y, 4711, 72, day_of(2025, 9, 1));
	y->learners.items[0].enrolments.items[0].current = false;
	y->attendees.items[0].to = day_of(2026, 7, 3);
	ypareo_enrol(y, 4711, 70, day_of(2026, 9, 1));
	ypareo_enrol(y, 4712, 71, day_of(2026, 9, 1));
	ypareo_enrol(y, 4713, 70, day_of(2026, 9, 1));
	ypareo_learner_depart(y, 4713, day_of(2026, 10, 1));
}

static void make_contracts(struct ypareo *y)
{
	struct ypareo_company *company = ypareo_add_company(y, "Boulangerie d'Or");
	company->code = 900;
	company->siret = "12345678901234";
	ypareo_add_tutor(y, 900, "MAÎTRE", "Paul", "paul@or.example")->code = 88;
	ypareo_add_contract(y, 4711, 900, 88)->code = 300;
	struct ypareo_contract *contract = ypareo_add_contract(y, 4712, 0, 0);
	contract->code = 301;
	contract->ended = day_of(2026, 10, 15);
}

int ypareo_fixture_open(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->sim = sim_new(1);
	w->y = ypareo_new("cfa");
	w->arena = arena_new(0);
	w->monday = day_of(2026, 11, 23);
	w->token = "clef";
	make_lists(w->y);
	make_people(w->y);
	make_groups(w->y);
	make_contracts(w->y);
	ypareo_add_session(w->y, w->monday, 510, 615, 41, 70, 52, 5)->code = 90210;
	ypareo_add_key(w->y, "clef", "passerelle", true);
	ypareo_add_key(w->y, "lecture", "lecture", false);
	*state = w;
	return 0;
}

int ypareo_fixture_close(void **state)
{
	struct world *w = *state;

	buf_deinit(&w->reply.body);
	sim_free(&w->sim);
	ypareo_free(&w->y);
	arena_free(&w->arena);
	free(w);
	return 0;
}

/* The body of the answer; "" for none. target: path, with the query behind '?'. */
const char *ask(struct world *w, const char *method, const char *target, const char *body)
{
	struct sim_request req = {
	        .method = method, .credential = str_of(w->token), .body = str_of(body), .now_ms = 1234};
	const char *query = strchr(target, '?');

	req.path = (struct str){target, query ? (size_t)(query - target) : strlen(target)};
	req.query = str_of(query ? query + 1 : NULL);
	req.arena = w->arena;
	buf_deinit(&w->reply.body);
	w->entry = (struct sim_entry){0};
	ypareo_handle(w->y, w->sim, &req, &w->reply, &w->entry);
	assert_int_equal(w->entry.status, w->reply.status);
	return w->reply.body.n ? w->reply.body.p : "";
}

const char *get(struct world *w, const char *target)
{
	const char *body = ask(w, "GET", target, NULL);

	assert_int_equal(w->reply.status, 200);
	assert_false(w->entry.effect);
	assert_false(w->entry.write);
	return body;
}

const struct json *tree(struct world *w, const char *text)
{
	const struct json *json = NULL;

	assert_int_equal(json_parse(w->arena, str_of(text), NULL, &json, NULL, NULL), 0);
	return json;
}

/* The record of a keyed list. */
const struct json *record(struct world *w, const char *target, const char *key)
{
	const struct json *list = tree(w, get(w, target));

	assert_int_equal(list->kind, JSON_OBJECT);
	const struct json *item = json_get(list, key);
	assert_non_null(item);
	return item;
}

size_t count(struct world *w, const char *target)
{
	return tree(w, get(w, target))->count;
}

void text_is(const struct json *object, const char *key, const char *expected)
{
	const struct json *value = json_get(object, key);

	assert_non_null(value);
	assert_int_equal(value->kind, JSON_STRING);
	assert_true(str_eqz(value->text, expected));
}

void int_is(const struct json *object, const char *key, int64_t expected)
{
	const struct json *value = json_get(object, key);

	assert_non_null(value);
	assert_int_equal(value->kind, JSON_NUMBER);
	assert_int_equal(json_int(value, -99), expected);
}

void null_is(const struct json *object, const char *key)
{
	const struct json *value = json_get(object, key);

	assert_non_null(value);
	assert_int_equal(value->kind, JSON_NULL);
}

void refused(struct world *w, int status, const char *body)
{
	const struct json *error = tree(w, body);

	assert_int_equal(w->reply.status, status);
	int_is(error, "code", status);
	assert_true(json_text(json_get(error, "message")).n > 0);
	assert_false(w->entry.effect);
}
