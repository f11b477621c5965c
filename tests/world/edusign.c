#include "tests/world/edusign_p.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/map.h"

/* Life, records and finders. */

#define PER_MINUTE 480

struct edusign *edusign_new(uint64_t seed)
{
	struct edusign *e = xcalloc(1, sizeof(*e));

	e->arena = arena_new(0);
	e->by_id = map_new_str(e->arena);
	e->seed = seed;
	e->per_minute = PER_MINUTE;
	return e;
}

void edusign_free(struct edusign **e)
{
	if (!*e)
		return;
	arena_free(&(*e)->arena);
	free(*e);
	*e = NULL;
}

/* A zeroed record at the end of a list. */
#define ADD(e, list)                                                                                                 \
	(REQUIRE(arena_grow((e)->arena, &(list).items, &(list).cap, (list).n + 1, sizeof(*(list).items)) == 0),      \
	 memset(&(list).items[(list).n], 0, sizeof(*(list).items)), &(list).items[(list).n++])

/* Courses, students and professors are many: those are found by id through the table. */
static void index_id(struct edusign *e, struct str id, size_t n)
{
	map_put_str(e->by_id, id, (void *)(uintptr_t)n);
}

static size_t index_of(const struct edusign *e, struct str id)
{
	return (size_t)(uintptr_t)map_get_str(e->by_id, id);
}

static void index_add(struct edusign *e, struct ed_indexes *list, size_t index)
{
	REQUIRE(arena_grow(e->arena, &list->items, &list->cap, list->n + 1, sizeof(*list->items)) == 0);
	list->items[list->n++] = index;
}

/* ---- texts and ids ---- */

struct str edusign_text(struct edusign *e, struct str s)
{
	struct str copy = arena_str(e->arena, s);

	REQUIRE(copy.p);
	return copy;
}

bool ed_texts_has(const struct texts *texts, struct str s)
{
	for (size_t i = 0; i < texts->n; i++)
		if (str_eq(texts->v[i], s))
			return true;
	return false;
}

void ed_texts_add(struct edusign *e, struct texts *texts, struct str s)
{
	if (ed_texts_has(texts, s))
		return;
	struct str *grown = arena_array(e->arena, texts->n + 1, sizeof(*grown));
	REQUIRE(grown);
	if (texts->n)
		memcpy(grown, texts->v, texts->n * sizeof(*grown));
	grown[texts->n] = edusign_text(e, s);
	*texts = (struct texts){grown, texts->n + 1};
}

void ed_texts_del(struct texts *texts, struct str s)
{
	for (size_t i = 0; i < texts->n; i++) {
		if (!str_eq(texts->v[i], s))
			continue;
		memmove(texts->v + i, texts->v + i + 1, (texts->n - i - 1) * sizeof(*texts->v));
		texts->n--;
		return;
	}
}

bool ed_same_email(struct str a, struct str b)
{
	a = str_trim(a);
	b = str_trim(b);
	return a.n && a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0;
}

/* splitmix64 */
static uint64_t random_bits(struct edusign *e)
{
	uint64_t z = e->seed * UINT64_C(0x9e3779b97f4a7c15) + ++e->counter * UINT64_C(0xd1342543de82ef95);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* 15 or 16 lower-case letters and digits, a letter first; the same for the same seed. */
struct str edusign_new_id(struct edusign *e)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	char id[16];
	uint64_t bits = random_bits(e);
	size_t n = 15 + (bits & 1);

	id[0] = letters[(bits >> 1) % 26];
	for (size_t i = 1; i < n; i++) {
		if (i % 8 == 1)
			bits = random_bits(e);
		id[i] = letters[bits % 36];
		bits /= 36;
	}
	return edusign_text(e, (struct str){id, n});
}

/* ---- schools ---- */

struct ed_school *edusign_school_of_token(struct edusign *e, struct str token)
{
	size_t n = 0;
	while (n < token.n && token.p[n] != '#')
		n++;
	token.n = n;
	for (size_t i = 0; token.n && i < e->schools.n; i++)
		if (str_eq(e->schools.items[i].token, token))
			return &e->schools.items[i];
	return NULL;
}

struct ed_school *edusign_school_add(struct edusign *e, const char *id, const char *token, const char *timezone)
{
	REQUIRE(!edusign_school(e, id) && !edusign_school_of_token(e, str_of(token)));
	struct ed_school *s = ADD(e, e->schools);

	s->id = edusign_text(e, str_of(id));
	s->name = s->id;
	s->token = edusign_text(e, str_of(token));
	s->timezone = edusign_text(e, str_of(timezone ? timezone : "Europe/Paris"));
	return s;
}

struct ed_school *edusign_school(struct edusign *e, const char *id)
{
	for (size_t i = 0; i < e->schools.n; i++)
		if (str_eqz(e->schools.items[i].id, id))
			return &e->schools.items[i];
	return NULL;
}

static struct ed_school *school_of(struct edusign *e, struct str id)
{
	for (size_t i = 0; i < e->schools.n; i++)
		if (str_eq(e->schools.items[i].id, id))
			return &e->schools.items[i];
	REQUIRE(!"a school of that id");
	return NULL;
}

void edusign_forbid(struct ed_school *s, const char *pattern)
{
	REQUIRE(s->forbidden_count < sizeof(s->forbidden) / sizeof(s->forbidden[0]));
	s->forbidden[s->forbidden_count++] = pattern;
}

void edusign_allow(struct ed_school *s, const char *pattern)
{
	for (size_t i = 0; i < s->forbidden_count; i++)
		if (!strcmp(s->forbidden[i], pattern)) {
			s->forbidden[i] = s->forbidden[--s->forbidden_count];
			return;
		}
}

/* ---- adding ---- */

struct ed_student *edusign_add_student(struct edusign *e, const char *school, const char *first, const char *last,
                                       const char *email)
{
	struct ed_school *owner = edusign_school(e, school);
	REQUIRE(owner);
	struct ed_student *s = ADD(e, e->students);

	s->id = edusign_new_id(e);
	s->school = owner->id;
	s->first = edusign_text(e, str_of(first));
	s->last = edusign_text(e, str_of(last));
	s->email = edusign_text(e, str_of(email));
	index_id(e, s->id, e->students.n);
	index_add(e, &owner->students, e->students.n - 1);
	return s;
}

struct ed_professor *edusign_add_professor(struct edusign *e, const char *school, const char *first, const char *last,
                                           const char *email)
{
	struct ed_school *owner = edusign_school(e, school);
	REQUIRE(owner);
	struct ed_professor *p = edusign_professor_by_email(e, email);

	if (!p) {
		p = ADD(e, e->professors);
		p->id = edusign_new_id(e);
		p->first = edusign_text(e, str_of(first));
		p->last = edusign_text(e, str_of(last));
		p->email = edusign_text(e, str_of(email));
		index_id(e, p->id, e->professors.n);
	}
	if (!edusign_is_of(p, owner->id)) {
		REQUIRE(p->school_count < ED_SCHOOLS);
		p->schools[p->school_count++] = owner->id;
	}
	return p;
}

struct ed_course *edusign_add_course(struct edusign *e, const char *school, const char *name, int64_t start,
                                     int64_t end)
{
	struct ed_school *owner = edusign_school(e, school);
	REQUIRE(owner);
	struct ed_course *c = ADD(e, e->courses);

	c->id = edusign_new_id(e);
	c->school = owner->id;
	c->name = edusign_text(e, str_of(name));
	c->start = start;
	c->end = end;
	index_id(e, c->id, e->courses.n);
	index_add(e, &owner->courses, e->courses.n - 1);
	return c;
}

struct ed_group *edusign_add_group(struct edusign *e, const char *school, const char *name)
{
	struct ed_school *owner = edusign_school(e, school);
	REQUIRE(owner);
	struct ed_group *g = ADD(e, e->groups);

	g->id = edusign_new_id(e);
	g->school = owner->id;
	g->name = edusign_text(e, str_of(name));
	index_add(e, &owner->groups, e->groups.n - 1);
	return g;
}

struct ed_room *edusign_add_room(struct edusign *e, const char *school, const char *name)
{
	struct ed_room *r = ADD(e, e->rooms);

	r->id = edusign_new_id(e);
	r->school = school_of(e, str_of(school))->id;
	r->name = edusign_text(e, str_of(name));
	return r;
}

struct ed_reason *edusign_add_reason(struct edusign *e, const char *school, int64_t id, const char *name)
{
	struct ed_reason *r = ADD(e, e->reasons);

	r->school = school_of(e, str_of(school))->id;
	r->id = id;
	r->name = edusign_text(e, str_of(name));
	return r;
}

struct ed_external *ed_add_external(struct edusign *e, struct str school)
{
	struct ed_external *x = ADD(e, e->externals);

	x->id = edusign_new_id(e);
	x->school = school;
	return x;
}

struct ed_external *edusign_add_external(struct edusign *e, const char *school, const char *first, const char *last,
                                         const char *email)
{
	struct ed_external *x = ed_add_external(e, school_of(e, str_of(school))->id);

	x->first = edusign_text(e, str_of(first));
	x->last = edusign_text(e, str_of(last));
	x->email = edusign_text(e, str_of(email));
	return x;
}

struct ed_training *ed_add_training(struct edusign *e, struct str school)
{
	struct ed_training *t = ADD(e, e->trainings);

	t->id = edusign_new_id(e);
	t->school = school;
	return t;
}

struct ed_justification *ed_add_justification(struct edusign *e, struct ed_course *c, struct str student,
                                              int64_t type, int64_t at)
{
	struct ed_justification *j = ADD(e, e->justifications);

	j->id = edusign_new_id(e);
	j->school = c->school;
	j->student = edusign_text(e, student);
	j->course = c->id;
	j->type = type;
	j->start = c->start;
	j->end = c->end;
	j->created = at;
	return j;
}

void ed_mail(struct edusign *e, struct str school, struct str to, const char *kind, int64_t at)
{
	struct ed_mail *m = ADD(e, e->mails);

	*m = (struct ed_mail){school, edusign_text(e, to), kind, at};
}

void edusign_add_row(struct edusign *e, struct ed_course *c, struct str student)
{
	if (edusign_row(c, student))
		return;
	struct ed_row *r = ADD(e, c->rows);
	r->key = (int64_t)++e->counter;
	r->student = edusign_text(e, student);
}

void edusign_remove_row(struct ed_course *c, struct str student)
{
	struct ed_row *r = edusign_row(c, student);

	if (!r)
		return;
	size_t at = (size_t)(r - c->rows.items);
	memmove(r, r + 1, (c->rows.n - at - 1) * sizeof(*r));
	c->rows.n--;
}

/* ---- finders ---- */

static bool bears(struct str api_id, int64_t code)
{
	int64_t v;

	return str_to_int64(api_id, &v) == 0 && v == code;
}

struct ed_course *edusign_course(struct edusign *e, const char *school, int64_t api_id)
{
	const struct ed_school *s = edusign_school(e, school);

	for (size_t i = 0; s && i < s->courses.n; i++) {
		struct ed_course *c = &e->courses.items[s->courses.items[i]];
		if (!c->deleted && bears(c->api_id, api_id))
			return c;
	}
	return NULL;
}

struct ed_course *edusign_course_by_id(struct edusign *e, struct str id)
{
	size_t n = index_of(e, id);
	struct ed_course *c = n && n <= e->courses.n ? &e->courses.items[n - 1] : NULL;

	return c && !c->deleted && str_eq(c->id, id) ? c : NULL;
}

size_t edusign_course_count(struct edusign *e, const char *school, int64_t api_id)
{
	const struct ed_school *s = edusign_school(e, school);
	size_t n = 0;

	for (size_t i = 0; s && i < s->courses.n; i++) {
		const struct ed_course *c = &e->courses.items[s->courses.items[i]];
		n += !c->deleted && (!api_id || bears(c->api_id, api_id));
	}
	return n;
}

struct ed_student *edusign_student(struct edusign *e, const char *school, int64_t api_id)
{
	const struct ed_school *s = edusign_school(e, school);
	struct ed_student *archived = NULL;

	for (size_t i = 0; s && i < s->students.n; i++) {
		struct ed_student *st = &e->students.items[s->students.items[i]];
		if (!bears(st->api_id, api_id))
			continue;
		if (!st->hidden)
			return st;
		archived = archived ? archived : st;
	}
	return archived;
}

struct ed_student *edusign_student_by_id(struct edusign *e, struct str id)
{
	size_t n = index_of(e, id);
	struct ed_student *s = n && n <= e->students.n ? &e->students.items[n - 1] : NULL;

	return s && str_eq(s->id, id) ? s : NULL;
}

struct ed_student *edusign_student_by_email(struct edusign *e, const char *school, const char *email)
{
	const struct ed_school *s = edusign_school(e, school);
	struct ed_student *archived = NULL;

	for (size_t i = 0; s && i < s->students.n; i++) {
		struct ed_student *st = &e->students.items[s->students.items[i]];
		if (!ed_same_email(st->email, str_of(email)))
			continue;
		if (!st->hidden)
			return st;
		archived = archived ? archived : st;
	}
	return archived;
}

size_t edusign_student_count(struct edusign *e, const char *school, int64_t api_id)
{
	const struct ed_school *s = edusign_school(e, school);
	size_t n = 0;

	for (size_t i = 0; s && i < s->students.n; i++)
		n += !api_id || bears(e->students.items[s->students.items[i]].api_id, api_id);
	return n;
}

struct ed_professor *edusign_professor(struct edusign *e, int64_t api_id)
{
	for (size_t i = 0; i < e->professors.n; i++)
		if (bears(e->professors.items[i].api_id, api_id))
			return &e->professors.items[i];
	return NULL;
}

struct ed_professor *edusign_professor_by_id(struct edusign *e, struct str id)
{
	size_t n = index_of(e, id);
	struct ed_professor *p = n && n <= e->professors.n ? &e->professors.items[n - 1] : NULL;

	return p && str_eq(p->id, id) ? p : NULL;
}

struct ed_professor *edusign_professor_by_email(struct edusign *e, const char *email)
{
	for (size_t i = 0; i < e->professors.n; i++)
		if (ed_same_email(e->professors.items[i].email, str_of(email)))
			return &e->professors.items[i];
	return NULL;
}

bool edusign_is_of(const struct ed_professor *p, struct str school)
{
	for (size_t i = 0; i < p->school_count; i++)
		if (str_eq(p->schools[i], school))
			return true;
	return false;
}

bool edusign_is_hidden_in(const struct ed_professor *p, struct str school)
{
	for (size_t i = 0; i < p->hidden_count; i++)
		if (str_eq(p->hidden[i], school))
			return true;
	return false;
}

struct ed_group *edusign_group(struct edusign *e, const char *school, int64_t api_id)
{
	const struct ed_school *s = edusign_school(e, school);

	for (size_t i = 0; s && i < s->groups.n; i++) {
		struct ed_group *g = &e->groups.items[s->groups.items[i]];
		if (!g->deleted && bears(g->api_id, api_id))
			return g;
	}
	return NULL;
}

struct ed_external *edusign_external(struct edusign *e, const char *school, const char *email)
{
	for (size_t i = 0; i < e->externals.n; i++) {
		struct ed_external *x = &e->externals.items[i];
		if (str_eqz(x->school, school) && ed_same_email(x->email, str_of(email)))
			return x;
	}
	return NULL;
}

struct ed_justification *edusign_justification(struct edusign *e, struct str id)
{
	for (size_t i = 0; id.n && i < e->justifications.n; i++)
		if (str_eq(e->justifications.items[i].id, id))
			return &e->justifications.items[i];
	return NULL;
}

struct ed_row *edusign_row(struct ed_course *c, struct str student)
{
	for (size_t i = 0; i < c->rows.n; i++)
		if (str_eq(c->rows.items[i].student, student))
			return &c->rows.items[i];
	return NULL;
}

bool edusign_is_signed(const struct ed_course *c)
{
	for (unsigned i = 0; i < c->professor_count; i++)
		if (!str_empty(c->professor_signatures[i]))
			return true;
	for (size_t i = 0; i < c->rows.n; i++)
		if (!str_empty(c->rows.items[i].signature))
			return true;
	return false;
}
