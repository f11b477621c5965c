#include "tests/world/edusign_p.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Life, records and finders. */

#define PER_MINUTE 480

struct edusign *edusign_new(uint64_t seed)
{
	struct edusign *e = xcalloc(1, sizeof(*e));

	e->arena = arena_new(0);
	e->seed = seed;
	e->per_minute = PER_MINUTE;
	return e;
}

void edusign_free(struct edusign **e)
{
	if (!*e)
		return;
	for (size_t i = 0; i < (*e)->schools.n; i++) {
		tz_close(&(*e)->schools.items[i]->tz);
		free((*e)->schools.items[i]->recent.items);
	}
	arena_free(&(*e)->arena);
	free(*e);
	*e = NULL;
}

const char *edusign_text(struct edusign *e, const char *z)
{
	const char *copy = z ? arena_strz(e->arena, z) : NULL;

	REQUIRE(copy || !z);
	return copy;
}

void *edusign__add_record(struct edusign *e, void *items, size_t *n, size_t *cap, size_t size)
{
	void *record = arena_alloc(e->arena, size);
	void ***list = items;

	REQUIRE(record && arena_grow(e->arena, list, cap, *n + 1, sizeof(void *)) == 0);
	(*list)[(*n)++] = record;
	return record;
}

/* ---- texts ---- */

bool edusign_texts_has(const struct edusign_texts *texts, const char *z)
{
	for (size_t i = 0; i < texts->n; i++)
		if (!strcmp(texts->items[i], z))
			return true;
	return false;
}

void edusign__texts_add(struct edusign *e, struct edusign_texts *texts, const char *z)
{
	if (edusign_texts_has(texts, z))
		return;
	REQUIRE(arena_grow(e->arena, &texts->items, &texts->cap, texts->n + 1, sizeof(char *)) == 0);
	texts->items[texts->n++] = edusign_text(e, z);
}

void edusign__texts_del(struct edusign_texts *texts, const char *z)
{
	for (size_t i = 0; i < texts->n; i++) {
		if (strcmp(texts->items[i], z) != 0)
			continue;
		memmove(texts->items + i, texts->items + i + 1, (texts->n - i - 1) * sizeof(*texts->items));
		texts->n--;
		return;
	}
}

bool edusign__same(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

bool edusign__same_email(const char *a, const char *b)
{
	return a && b && strcasecmp(a, b) == 0;
}

/* ---- ids ---- */

/* splitmix64 */
uint64_t edusign__random(struct edusign *e)
{
	uint64_t z = e->seed * 0x9e3779b97f4a7c15u + ++e->counter * 0xbf58476d1ce4e5b9u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

const char *edusign__id(struct edusign *e)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	uint64_t r = edusign__random(e);
	size_t n = 15 + (r & 1);
	char *id = arena_alloc(e->arena, n + 1);

	REQUIRE(id);
	id[0] = letters[(r >> 1) % 26];
	for (size_t i = 1; i < n; i++) {
		if (i % 8 == 1)
			r = edusign__random(e);
		id[i] = letters[r % 36];
		r /= 36;
	}
	return id;
}

/* ---- schools ---- */

struct edusign_school *edusign_school_of_token(struct edusign *e, struct str token)
{
	for (size_t i = 0; token.n && i < e->schools.n; i++)
		if (str_eqz(token, e->schools.items[i]->token))
			return e->schools.items[i];
	return NULL;
}

struct edusign_school *edusign_school_add(struct edusign *e, const char *id, const char *token, const char *timezone)
{
	REQUIRE(!edusign_school_of_token(e, str_of(token)));
	struct edusign_school *school = edusign__add(e, &e->schools);
	int rc = tz_open(timezone, &school->tz);

	REQUIRE(rc == 0);
	school->edusign = e;
	school->id = id ? edusign_text(e, id) : edusign__id(e);
	school->token = edusign_text(e, token);
	school->name = "École";
	school->timezone = edusign_text(e, timezone);
	return school;
}

void edusign_forbid(struct edusign_school *school, const char *pattern)
{
	edusign__texts_add(school->edusign, &school->forbidden, pattern);
}

void edusign_allow(struct edusign_school *school, const char *pattern)
{
	edusign__texts_del(&school->forbidden, pattern);
}

struct edusign_school *edusign_school(struct edusign *e, const char *id)
{
	for (size_t i = 0; i < e->schools.n; i++)
		if (!strcmp(e->schools.items[i]->id, id))
			return e->schools.items[i];
	return NULL;
}

/* ---- finders ---- */

struct edusign_course *edusign_course(struct edusign_school *school, const char *id)
{
	for (size_t i = 0; i < school->courses.n; i++)
		if (!school->courses.items[i]->deleted && !strcmp(school->courses.items[i]->id, id))
			return school->courses.items[i];
	return NULL;
}

struct edusign_course *edusign_course_by_api(struct edusign_school *school, const char *api_id)
{
	for (size_t i = 0; i < school->courses.n; i++) {
		struct edusign_course *course = school->courses.items[i];
		if (!course->deleted && course->api_id && !strcmp(course->api_id, api_id))
			return course;
	}
	return NULL;
}

size_t edusign_course_count(struct edusign_school *school, const char *api_id)
{
	size_t n = 0;

	for (size_t i = 0; i < school->courses.n; i++) {
		struct edusign_course *course = school->courses.items[i];
		if (!course->deleted && (!api_id || (course->api_id && !strcmp(course->api_id, api_id))))
			n++;
	}
	return n;
}

struct edusign_student *edusign_student(struct edusign_school *school, const char *id)
{
	for (size_t i = 0; i < school->students.n; i++)
		if (!strcmp(school->students.items[i]->id, id))
			return school->students.items[i];
	return NULL;
}

struct edusign_student *edusign_student_by_api(struct edusign_school *school, const char *api_id)
{
	struct edusign_student *archived = NULL;

	for (size_t i = 0; i < school->students.n; i++) {
		struct edusign_student *s = school->students.items[i];
		if (!s->api_id || strcmp(s->api_id, api_id) != 0)
			continue;
		if (!s->hidden)
			return s;
		archived = archived ? archived : s;
	}
	return archived;
}

struct edusign_student *edusign_student_by_email(struct edusign_school *school, const char *email)
{
	struct edusign_student *archived = NULL;

	for (size_t i = 0; i < school->students.n; i++) {
		struct edusign_student *s = school->students.items[i];
		if (!edusign__same_email(s->email, email))
			continue;
		if (!s->hidden)
			return s;
		archived = archived ? archived : s;
	}
	return archived;
}

struct edusign_professor *edusign_professor(struct edusign *e, const char *id)
{
	for (size_t i = 0; i < e->professors.n; i++)
		if (!strcmp(e->professors.items[i]->id, id))
			return e->professors.items[i];
	return NULL;
}

bool edusign_professor_is_hidden(const struct edusign_professor *p, const struct edusign_school *school)
{
	return edusign_texts_has(&p->hidden_in, school->id);
}

struct edusign_professor *edusign_professor_by_api(struct edusign_school *school, const char *api_id)
{
	for (size_t i = 0; i < school->edusign->professors.n; i++) {
		struct edusign_professor *p = school->edusign->professors.items[i];
		if (p->api_id && !strcmp(p->api_id, api_id) && edusign_texts_has(&p->schools, school->id))
			return p;
	}
	return NULL;
}

struct edusign_professor *edusign_professor_by_email(struct edusign_school *school, const char *email)
{
	for (size_t i = 0; i < school->edusign->professors.n; i++) {
		struct edusign_professor *p = school->edusign->professors.items[i];
		if (edusign__same_email(p->email, email) && edusign_texts_has(&p->schools, school->id))
			return p;
	}
	return NULL;
}

struct edusign_group *edusign_group(struct edusign_school *school, const char *id)
{
	for (size_t i = 0; i < school->groups.n; i++)
		if (!school->groups.items[i]->deleted && !strcmp(school->groups.items[i]->id, id))
			return school->groups.items[i];
	return NULL;
}

struct edusign_group *edusign_group_by_api(struct edusign_school *school, const char *api_id)
{
	for (size_t i = 0; i < school->groups.n; i++) {
		struct edusign_group *group = school->groups.items[i];
		if (!group->deleted && group->api_id && !strcmp(group->api_id, api_id))
			return group;
	}
	return NULL;
}

struct edusign_external *edusign_external_by_email(struct edusign_school *school, const char *email)
{
	for (size_t i = 0; i < school->externals.n; i++)
		if (edusign__same_email(school->externals.items[i]->email, email))
			return school->externals.items[i];
	return NULL;
}

struct edusign_absence *edusign_absence(struct edusign_school *school, const char *id)
{
	for (size_t i = 0; i < school->absences.n; i++)
		if (!strcmp(school->absences.items[i]->id, id))
			return school->absences.items[i];
	return NULL;
}

struct edusign_row *edusign_row(struct edusign_course *course, const char *student)
{
	for (size_t i = 0; i < course->rows.n; i++)
		if (!strcmp(course->rows.items[i]->student, student))
			return course->rows.items[i];
	return NULL;
}

bool edusign_course_is_signed(const struct edusign_course *course)
{
	for (size_t i = 0; i < course->rows.n; i++)
		if (course->rows.items[i]->signature)
			return true;
	for (size_t i = 0; i < EDUSIGN_PLACES; i++)
		if (course->places[i].signature)
			return true;
	return false;
}
