#include "tests/world/edusign_p.h"

#include <string.h>

/* What people do in Edusign's own pages. */

static struct str signature_of(struct edusign *e, const char *who)
{
	const char *url = arena_printf(e->arena, "https://files.edusign.test/signature/%s/%llu.png", who,
	                               (unsigned long long)++e->counter);

	REQUIRE(url);
	return str_of(url);
}

static struct ed_row *row_of(struct ed_course *c, struct str student, int64_t at)
{
	struct ed_row *r = edusign_row(c, student);

	REQUIRE(r);
	c->updated = at;
	return r;
}

void edusign_sign_student(struct edusign *e, struct ed_course *c, struct str student, int64_t at)
{
	REQUIRE(!c->locked);
	struct ed_row *r = row_of(c, student, at);

	r->state = true;
	r->signature = signature_of(e, "student");
	r->timestamp = at;
}

void edusign_sign_professor(struct edusign *e, struct ed_course *c, unsigned index, int64_t at)
{
	REQUIRE(index < c->professor_count && !c->locked);
	c->professor_signatures[index] = signature_of(e, "professor");
	c->professor_timestamps[index] = at;
	c->updated = at;
}

void edusign_sign_all(struct edusign *e, struct ed_course *c, int64_t at)
{
	for (size_t i = 0; i < c->rows.n; i++)
		edusign_sign_student(e, c, c->rows.items[i].student, at);
	for (unsigned i = 0; i < c->professor_count; i++)
		edusign_sign_professor(e, c, i, at);
}

void edusign_set_present(struct ed_course *c, struct str student, int64_t at)
{
	row_of(c, student, at)->state = true;
}

void edusign_set_absent(struct ed_course *c, struct str student, int64_t at)
{
	struct ed_row *r = row_of(c, student, at);

	r->state = false;
	r->signature = STR_NONE;
	r->timestamp = 0;
}

void edusign_justify(struct edusign *e, struct ed_course *c, struct str student, int64_t type, int64_t at)
{
	struct ed_row *r = row_of(c, student, at);

	r->absence = ed_add_justification(e, c, student, type, at)->id;
	r->state = false;
}

void edusign_unjustify(struct ed_course *c, struct str student, int64_t at)
{
	row_of(c, student, at)->absence = STR_NONE;
}

void edusign_set_delay(struct ed_course *c, struct str student, int minutes, int64_t at)
{
	row_of(c, student, at)->delay = minutes;
}

void edusign_set_early(struct ed_course *c, struct str student, int64_t left_at, int64_t at)
{
	row_of(c, student, at)->early = left_at;
}

void edusign_set_excluded(struct ed_course *c, struct str student, int64_t out_at, int64_t at)
{
	row_of(c, student, at)->excluded = out_at;
}

void edusign_lock(struct edusign *e, struct ed_course *c, int64_t at)
{
	const char *pdf = arena_printf(e->arena, "https://files.edusign.test/attendance/%.*s.pdf", STR_ARG(c->id));

	REQUIRE(pdf);
	c->pdf = str_of(pdf);
	c->locked = true;
	c->locked_at = c->updated = at;
}

void edusign_unlock(struct ed_course *c, int64_t at)
{
	c->locked = false;
	c->updated = at;
}

void edusign_edit_course(struct edusign *e, struct ed_course *c, const char *name, int64_t start, int64_t end,
                         int64_t at)
{
	if (name)
		c->name = edusign_text(e, str_of(name));
	if (start)
		c->start = start;
	if (end)
		c->end = end;
	c->updated = at;
}

void edusign_delete_course(struct ed_course *c, int64_t at)
{
	c->deleted = true;
	c->updated = at;
}

void edusign_archive_student(struct ed_student *s, int64_t at)
{
	s->hidden = true;
	s->updated = at;
}

void ed_hide_professor(struct ed_professor *p, struct str school, bool hidden)
{
	if (hidden == edusign_is_hidden_in(p, school))
		return;
	if (hidden) {
		REQUIRE(p->hidden_count < ED_SCHOOLS);
		p->hidden[p->hidden_count++] = school;
		return;
	}
	for (size_t i = 0; i < p->hidden_count; i++)
		if (str_eq(p->hidden[i], school)) {
			p->hidden[i] = p->hidden[--p->hidden_count];
			return;
		}
}

/* ---- a day ---- */

/* 0 to 99, for this person on this sheet. */
static unsigned lot(uint64_t seed, struct str course, struct str student)
{
	uint64_t z = seed * UINT64_C(0x9e3779b97f4a7c15) ^ str_hash(course) ^ (str_hash(student) << 1);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (unsigned)((z ^ (z >> 31)) % 100);
}

static void live_row(struct edusign *e, struct ed_course *c, struct str student, unsigned n)
{
	int64_t length = c->end - c->start;

	if (n < 92)
		edusign_sign_student(e, c, student, c->start + 300);
	if (n >= 80 && n < 86)
		edusign_set_delay(c, student, (int)(n - 75), c->start + 300);
	else if (n >= 86 && n < 90)
		edusign_set_early(c, student, c->start + length / 2, c->start + length / 2);
	else if (n >= 90 && n < 92)
		edusign_set_excluded(c, student, c->start + length / 2, c->start + length / 2);
	else if (n >= 96)
		edusign_justify(e, c, student, 1, c->end);
}

size_t edusign_live(struct edusign *e, struct str school, uint64_t seed, int64_t from, int64_t to, int64_t at)
{
	size_t sheets = 0;

	for (size_t i = 0; i < e->courses.n; i++) {
		struct ed_course *c = &e->courses.items[i];
		if (c->deleted || c->locked || !str_eq(c->school, school) || c->start < from || c->start >= to)
			continue;
		for (size_t k = 0; k < c->rows.n; k++) {
			struct str student = c->rows.items[k].student;
			live_row(e, c, student, lot(seed, c->id, student));
		}
		for (unsigned k = 0; k < c->professor_count; k++)
			edusign_sign_professor(e, c, k, c->start + 60);
		edusign_lock(e, c, at);
		sheets++;
	}
	return sheets;
}
