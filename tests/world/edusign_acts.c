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
