#include "adapters/edusign/edusign_p.h"

#include <stdio.h>
#include <string.h>

/* Creating, changing and removing sheets, and their rosters. */

#define BODY_MOST ((size_t)8 << 20)

/* ---- what a body holds of ours ---- */

static void put_time(struct json_writer *w, const char *key, int64_t seconds)
{
	char text[UTC_TEXT];
	json_put_text(w, key, utc_iso_ms(seconds * 1000, text));
}

static void professor_key(size_t place, char key[32])
{
	if (place == 0)
		snprintf(key, 32, "PROFESSOR");
	else
		snprintf(key, 32, "PROFESSOR_%zu", place + 1);
}

static void put_students(struct json_writer *w, struct texts learners)
{
	json_write_key(w, "STUDENTS");
	json_write_begin_array(w);
	for (size_t i = 0; i < learners.n; i++) {
		json_write_begin_object(w);
		json_put_str(w, "studentId", learners.v[i]);
		json_write_end_object(w);
	}
	json_write_end_array(w);
}

static void put_wish(struct json_writer *w, const struct sheet_wish *wish, struct texts roster)
{
	char key[32], code[24];
	snprintf(code, sizeof(code), "%lld", (long long)wish->session);
	json_put_str(w, "NAME", wish->name);
	put_time(w, "START", wish->start);
	put_time(w, "END", wish->end);
	for (size_t i = 0; i < wish->instructors.n; i++) {
		professor_key(i, key);
		json_put_str(w, key, wish->instructors.v[i]);
	}
	put_students(w, roster);
	if (wish->groups_given) {
		json_write_key(w, "SCHOOL_GROUP");
		json_write_begin_array(w);
		for (size_t i = 0; i < wish->groups.n; i++)
			json_write_str(w, wish->groups.v[i]);
		json_write_end_array(w);
	}
	json_put_text(w, "API_ID", code);
	json_put_text(w, "API_TYPE", EDUSIGN_API_TYPE);
}

/* ---- create ---- */

void edusign_port__sheet_create(void *self, struct exchange *x, struct arena *keep, const struct sheet_wish *wish,
                                struct str *id_out)
{
	struct edusign_port__question *q =
	        edusign_port__ask(self, x, EDUSIGN_SHEET_CREATE, FETCH_WRITE_ONCE, STR_NONE);
	struct json_writer w;
	struct buf b;
	if (!q)
		return;
	q->keep = keep;
	q->id_out = id_out;
	x->finish = edusign_port__create_finish;
	buf_init(&b, BODY_MOST);
	json_write_init(&w, &b, false);
	json_write_begin_object(&w);
	json_write_key(&w, "course");
	json_write_begin_object(&w);
	put_wish(&w, wish, wish->learners);
	if (!str_empty(wish->room))
		json_put_str(&w, "CLASSROOM", wish->room);
	json_put_bool(&w, "NEED_STUDENTS_SIGNATURE", true);
	json_write_end_object(&w);
	json_write_end_object(&w);
	adapter__body(x, &b);
}

/* ---- update ---- */

/* Whether PATCH resets what is not sent is not known: what the sheet bears and may be written goes back as it was. A
 * TRAINING_ID that is empty would unlink the sheet, so what is empty stays out. */
static const struct {
	const char *key;
	bool boolean; /* read as 0/1, written true/false */
} kept[] = {
        {"DESCRIPTION", false},
        {"SCHOOL_GROUP", false},
        {"MAX_STUDENTS", false},
        {"ZOOM", true},
        {"TRAINING_ID", false},
        {"SURVEY_ID", false},
        {"SURVEY_ID_2", false},
        {"SURVEY_1_AUTOMATIC_SEND_DATE", false},
        {"SURVEY_2_AUTOMATIC_SEND_DATE", false},
        {"TEACHER_SURVEY", false},
        {"TEACHER_SURVEY_AUTOMATIC_SEND_DATE", false},
};

static bool is_empty(const struct json *j)
{
	return !j || j->kind == JSON_NULL || (j->kind == JSON_STRING && str_empty(j->text)) ||
	       (j->kind == JSON_ARRAY && j->count == 0);
}

static void put_kept(struct json_writer *w, const struct json *whole, bool groups)
{
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		const struct json *value = json_get(whole, kept[i].key);
		if (is_empty(value) || (!groups && strcmp(kept[i].key, "SCHOOL_GROUP") == 0))
			continue;
		if (kept[i].boolean) {
			json_put_bool(w, kept[i].key, json_bool(value, false));
			continue;
		}
		json_write_key(w, kept[i].key);
		json_write_tree(w, value);
	}
	json_put_bool(w, "NEED_STUDENTS_SIGNATURE", json_bool(json_get(whole, "NEED_STUDENTS_SIGNATURE"), true));
}

/* The number behind prefix, 1 for the key without one; 0: another key. */
static int64_t numbered(struct str key, const char *name)
{
	size_t n = strlen(name);
	int64_t number;
	if (str_eqz(key, name))
		return 1;
	if (!str_starts(key, name) || key.n < n + 2 || key.p[n] != '_' ||
	    str_to_int64((struct str){key.p + n + 1, key.n - n - 1}, &number) || number < 2)
		return 0;
	return number;
}

/* Instructors that leave are said so with "": a key that is not sent may keep its value. A signature stays with the
 * one who gave it. */
static void put_instructor_places(struct json_writer *w, const struct json *whole, struct texts now)
{
	char key[32];
	for (const struct json *m = whole ? whole->first : NULL; m; m = m->next) {
		int64_t place = numbered(m->key, "PROFESSOR"), signature = numbered(m->key, "PROFESSOR_SIGNATURE");
		if (is_empty(m) || json_text(m).n == 0)
			continue;
		if (place > 0 && (size_t)place > now.n)
			json_write_key_str(w, m->key), json_write_text(w, "");
		if (signature < 1 || (size_t)signature > now.n)
			continue;
		professor_key((size_t)signature - 1, key);
		if (str_eq(str_trim(json_text(json_get(whole, key))), now.v[signature - 1])) {
			json_write_key_str(w, m->key);
			json_write_tree(w, m);
		}
	}
}

void edusign_port__sheet_update(void *self, struct exchange *x, const struct sheet *now,
                                const struct sheet_wish *wish, struct texts roster)
{
	struct json_writer w;
	struct buf b;
	if (!edusign_port__ask(self, x, EDUSIGN_SHEET_UPDATE, FETCH_WRITE_KEYED, now->id))
		return;
	x->finish = edusign_port__write_finish;
	buf_init(&b, BODY_MOST);
	json_write_init(&w, &b, false);
	json_write_begin_object(&w);
	json_write_key(&w, "course");
	json_write_begin_object(&w);
	json_put_str(&w, "ID", now->id);
	put_wish(&w, wish, roster);
	json_put_str(&w, "CLASSROOM", wish->room);
	put_instructor_places(&w, now->whole, wish->instructors);
	put_kept(&w, now->whole, !wish->groups_given);
	json_write_end_object(&w);
	json_put_bool(&w, "editSurveys", false);
	json_write_end_object(&w);
	adapter__body(x, &b);
}

/* ---- delete ---- */

static void delete_finish(struct exchange *x)
{
	edusign_port__write_finish(x);
	if (edusign_port__is_refusal(x, ERR_NOT_FOUND))
		edusign_port__clear(x);
}

void edusign_port__sheet_delete(void *self, struct exchange *x, struct str id)
{
	if (edusign_port__ask(self, x, EDUSIGN_SHEET_DELETE, FETCH_WRITE_KEYED, id))
		x->finish = delete_finish;
}

/* ---- roster ---- */

static void add_finish(struct exchange *x)
{
	edusign_port__write_finish(x);
	if (edusign_port__is_refusal(x, ERR_EXISTS))
		edusign_port__clear(x);
}

/* The body is on a DELETE too. */
static bool roster_ask(void *self, struct exchange *x, enum edusign_port__endpoint which, struct str sheet,
                       struct str learner)
{
	struct json_writer w;
	struct buf b;
	if (!edusign_port__ask(self, x, which, FETCH_WRITE_KEYED, sheet))
		return false;
	buf_init(&b, 4096);
	json_write_init(&w, &b, false);
	json_write_begin_object(&w);
	json_put_str(&w, "studentId", learner);
	json_write_end_object(&w);
	adapter__body(x, &b);
	return true;
}

void edusign_port__roster_add(void *self, struct exchange *x, struct str sheet, struct str learner)
{
	if (roster_ask(self, x, EDUSIGN_ROSTER_ADD, sheet, learner))
		x->finish = add_finish;
}

void edusign_port__roster_remove(void *self, struct exchange *x, struct str sheet, struct str learner)
{
	if (roster_ask(self, x, EDUSIGN_ROSTER_REMOVE, sheet, learner))
		x->finish = edusign_port__write_finish;
}
