#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/tz.h"
#include "tests/world/edusign_p.h"

#define LIMIT_PER_MINUTE 480

struct edusign *edusign_new(uint64_t seed)
{
	struct edusign *e = xcalloc(1, sizeof(*e));
	e->arena = arena_new(0);
	e->seed = seed;
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

#define ADD(e, list) \
	(REQUIRE(arena_grow((e)->arena, &(list).items, &(list).cap, (list).n + 1, sizeof(*(list).items)) == 0), \
	 memset(&(list).items[(list).n], 0, sizeof(*(list).items)), &(list).items[(list).n++])

struct str edusign_text(struct edusign *e, struct str s)
{
	return arena_str(e->arena, s);
}

/* 16 lower-case letters and digits, as Edusign's are; the same for the same seed. */
struct str edusign_new_id(struct edusign *e)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	char id[17];
	uint64_t x = e->seed * UINT64_C(0x9e3779b97f4a7c15) + ++e->counter * UINT64_C(0xbf58476d1ce4e5b9);
	for (int i = 0; i < 16; i++) {
		x ^= x >> 27;
		x *= UINT64_C(0x94d049bb133111eb);
		id[i] = letters[(x >> 33) % 36];
	}
	id[0] = (char)('a' + (x >> 40) % 26);
	id[16] = '\0';
	return arena_str(e->arena, (struct str){ id, 16 });
}

struct ed_school *edusign_school_add(struct edusign *e, const char *id, const char *token, const char *timezone)
{
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

struct ed_school *edusign_school_of_token(struct edusign *e, struct str token)
{
	for (size_t i = 0; token.n && i < e->schools.n; i++)
		if (str_eq(e->schools.items[i].token, token))
			return &e->schools.items[i];
	return NULL;
}

bool edusign_is_write(const char *method, struct str path)
{
	while (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	if (!strcmp(method, "GET"))
		return sim_glob("/v1/course/lock/*", path) || sim_glob("/v1/student/restore/*", path);
	return !str_eqz(path, "/v1/student/by-ids") && !sim_glob("/v1/student/hours-of-presence/*", path);
}

void edusign_forbid(struct ed_school *s, const char *pattern)
{
	REQUIRE(s->forbidden_count < 16);
	s->forbidden[s->forbidden_count++] = pattern;
}

/* ---- finders ---- */

static bool bears(struct str api_id, int64_t code)
{
	int64_t v;
	return str_to_int64(api_id, &v) == 0 && v == code;
}

struct ed_course *edusign_course(struct edusign *e, const char *school, int64_t api_id)
{
	for (size_t i = 0; i < e->courses.n; i++) {
		struct ed_course *c = &e->courses.items[i];
		if (!c->deleted && str_eqz(c->school, school) && bears(c->api_id, api_id))
			return c;
	}
	return NULL;
}

struct ed_course *edusign_course_by_id(struct edusign *e, struct str id)
{
	for (size_t i = 0; i < e->courses.n; i++)
		if (!e->courses.items[i].deleted && str_eq(e->courses.items[i].id, id))
			return &e->courses.items[i];
	return NULL;
}

size_t edusign_course_count(struct edusign *e, const char *school, int64_t api_id)
{
	size_t n = 0;
	for (size_t i = 0; i < e->courses.n; i++) {
		struct ed_course *c = &e->courses.items[i];
		n += !c->deleted && str_eqz(c->school, school) && (!api_id || bears(c->api_id, api_id));
	}
	return n;
}

struct ed_student *edusign_student(struct edusign *e, const char *school, int64_t api_id)
{
	for (size_t i = 0; i < e->students.n; i++)
		if (str_eqz(e->students.items[i].school, school) && bears(e->students.items[i].api_id, api_id))
			return &e->students.items[i];
	return NULL;
}

struct ed_student *edusign_student_by_id(struct edusign *e, struct str id)
{
	for (size_t i = 0; i < e->students.n; i++)
		if (str_eq(e->students.items[i].id, id))
			return &e->students.items[i];
	return NULL;
}

size_t edusign_student_count(struct edusign *e, const char *school, int64_t api_id)
{
	size_t n = 0;
	for (size_t i = 0; i < e->students.n; i++)
		n += str_eqz(e->students.items[i].school, school) && (!api_id || bears(e->students.items[i].api_id, api_id));
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
	for (size_t i = 0; i < e->professors.n; i++)
		if (str_eq(e->professors.items[i].id, id))
			return &e->professors.items[i];
	return NULL;
}

struct ed_row *edusign_row(struct ed_course *c, struct str student)
{
	for (size_t i = 0; i < c->rows.n; i++)
		if (str_eq(c->rows.items[i].student, student))
			return &c->rows.items[i];
	return NULL;
}

/* ---- what people do ---- */

static struct str signature_of(struct edusign *e, const char *who)
{
	return str_of(arena_printf(e->arena, "https://files.edusign.test/signature/%s/%llu.png", who, (unsigned long long)++e->counter));
}

void edusign_sign_student(struct edusign *e, struct ed_course *c, struct str student, int64_t at)
{
	struct ed_row *r = edusign_row(c, student);
	REQUIRE(r && !c->locked);
	r->state = true;
	r->signature = signature_of(e, "student");
	r->timestamp = at;
	c->updated = at;
}

void edusign_sign_professor(struct edusign *e, struct ed_course *c, unsigned index, int64_t at)
{
	REQUIRE(index < c->professor_count && !c->locked);
	c->professor_signatures[index] = signature_of(e, "professor");
	c->updated = at;
}

void edusign_sign_all(struct edusign *e, struct ed_course *c, int64_t at)
{
	for (size_t i = 0; i < c->rows.n; i++)
		edusign_sign_student(e, c, c->rows.items[i].student, at);
	for (unsigned i = 0; i < c->professor_count; i++)
		edusign_sign_professor(e, c, i, at);
}

void edusign_set_absent(struct ed_course *c, struct str student, int64_t at)
{
	struct ed_row *r = edusign_row(c, student);
	REQUIRE(r);
	r->state = false;
	r->signature = STR_NONE;
	r->timestamp = 0;
	c->updated = at;
}

void edusign_justify(struct edusign *e, struct ed_course *c, struct str student, int64_t type, int64_t at)
{
	struct ed_row *r = edusign_row(c, student);
	REQUIRE(r);
	struct ed_justification *j = ADD(e, e->justifications);
	j->id = edusign_new_id(e);
	j->school = c->school;
	j->student = student;
	j->course = c->id;
	j->type = type;
	r->absence = j->id;
	c->updated = at;
}

void edusign_set_delay(struct ed_course *c, struct str student, int minutes, int64_t at)
{
	struct ed_row *r = edusign_row(c, student);
	REQUIRE(r);
	r->delay = minutes;
	c->updated = at;
}

void edusign_set_early(struct ed_course *c, struct str student, int64_t left_at, int64_t at)
{
	struct ed_row *r = edusign_row(c, student);
	REQUIRE(r);
	r->early = left_at;
	c->updated = at;
}

void edusign_set_excluded(struct ed_course *c, struct str student, int64_t out_at, int64_t at)
{
	struct ed_row *r = edusign_row(c, student);
	REQUIRE(r);
	r->excluded = out_at;
	c->updated = at;
}

void edusign_lock(struct edusign *e, struct ed_course *c, int64_t at)
{
	(void)e;
	c->locked = true;
	c->locked_at = c->updated = at;
}

void edusign_unlock(struct ed_course *c, int64_t at)
{
	c->locked = false;
	c->updated = at;
}

struct ed_student *edusign_add_student(struct edusign *e, const char *school, const char *first, const char *last, const char *email)
{
	struct ed_student *s = ADD(e, e->students);
	s->id = edusign_new_id(e);
	s->school = edusign_text(e, str_of(school));
	s->first = edusign_text(e, str_of(first));
	s->last = edusign_text(e, str_of(last));
	s->email = edusign_text(e, str_of(email));
	return s;
}

struct ed_professor *edusign_add_professor(struct edusign *e, const char *school, const char *first, const char *last, const char *email)
{
	struct ed_professor *p = ADD(e, e->professors);
	p->id = edusign_new_id(e);
	p->schools[p->school_count++] = edusign_text(e, str_of(school));
	p->first = edusign_text(e, str_of(first));
	p->last = edusign_text(e, str_of(last));
	p->email = edusign_text(e, str_of(email));
	return p;
}

struct ed_course *edusign_add_course(struct edusign *e, const char *school, const char *name, int64_t start, int64_t end)
{
	struct ed_course *c = ADD(e, e->courses);
	c->id = edusign_new_id(e);
	c->school = edusign_text(e, str_of(school));
	c->name = edusign_text(e, str_of(name));
	c->start = start;
	c->end = end;
	return c;
}

void edusign_add_row(struct edusign *e, struct ed_course *c, struct str student)
{
	struct ed_row *r = ADD(e, c->rows);
	r->key = (int64_t)++e->counter;
	r->student = edusign_text(e, student);
}

/* ---- answering ---- */

void ed_begin(struct ed_call *c)
{
	c->reply->status = 200;
	c->reply->content_type = "application/json; charset=utf-8";
	json_write_init(&c->w, &c->reply->body, false);
	json_write_begin_object(&c->w);
	json_put_text(&c->w, "status", "success");
	json_write_key(&c->w, "result");
}

void ed_end(struct ed_call *c)
{
	json_write_end_object(&c->w);
}

void ed_error(struct ed_call *c, const char *message)
{
	c->reply->status = 200;
	c->reply->content_type = "application/json; charset=utf-8";
	json_write_init(&c->w, &c->reply->body, false);
	json_write_begin_object(&c->w);
	json_put_text(&c->w, "status", "error");
	json_put_text(&c->w, "message", message);
	json_write_end_object(&c->w);
}

void ed_true(struct ed_call *c)
{
	ed_begin(c);
	json_write_bool(&c->w, true);
	ed_end(c);
}

void ed_plain(struct ed_call *c, int status, const char *text)
{
	c->reply->status = status;
	c->reply->content_type = "text/plain; charset=utf-8";
	buf_addz(&c->reply->body, text);
}

void ed_put_id(struct ed_call *c, struct str id)
{
	json_write_begin_object(&c->w);
	json_put_str(&c->w, "ID", id);
	json_write_end_object(&c->w);
}

void ed_put_utc(struct ed_call *c, const char *key, int64_t at)
{
	char text[UTC_TEXT];
	json_put_text(&c->w, key, at ? utc_iso_ms(at * 1000, text) : NULL);
}

void ed_put_text(struct ed_call *c, const char *key, struct str s)
{
	if (str_empty(s))
		json_put_null(&c->w, key);
	else
		json_put_str(&c->w, key, s);
}

bool ed_time(struct ed_call *c, struct str s, int64_t *out)
{
	if (utc_parse(s, out) != 0)
		return false;
	bool zoned = false;
	for (size_t i = 11; i < s.n; i++)
		zoned = zoned || s.p[i] == 'Z' || s.p[i] == '+' || s.p[i] == '-';
	struct tz *tz = NULL;
	if (zoned || !sim_is(c->sim, SIM_NAIVE_LOCAL) || tz_open(c->school->timezone.p, &tz) != 0)
		return true;
	int64_t day = *out / 86400;
	*out = tz_to_utc(tz, (int32_t)day, (int)(*out % 86400 / 60), (int)(*out % 60));
	tz_close(&tz);
	return true;
}

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

struct str ed_query(struct ed_call *c, const char *name)
{
	struct str q = c->req->query;
	size_t n = strlen(name);
	for (size_t at = 0; at < q.n;) {
		size_t end = at;
		while (end < q.n && q.p[end] != '&')
			end++;
		if (end - at > n && q.p[at + n] == '=' && memcmp(q.p + at, name, n) == 0) {
			char *out = arena_alloc(c->req->arena, end - at);
			size_t k = 0;
			for (size_t i = at + n + 1; out && i < end; i++) {
				if (q.p[i] == '%' && i + 2 < q.n && i + 2 <= end - 1 && hex_digit(q.p[i + 1]) >= 0 && hex_digit(q.p[i + 2]) >= 0) {
					out[k++] = (char)(hex_digit(q.p[i + 1]) * 16 + hex_digit(q.p[i + 2]));
					i += 2;
				} else {
					out[k++] = q.p[i] == '+' ? ' ' : q.p[i];
				}
			}
			return (struct str){ out, k };
		}
		at = end + 1;
	}
	return STR_NONE;
}

bool ed_is(const struct ed_call *c, const char *method, const char *path)
{
	struct str p = c->req->path;
	if (p.n > 1 && p.p[p.n - 1] == '/')
		p.n--;
	return strcmp(c->req->method, method) == 0 && str_eqz(p, path);
}

bool ed_tail(const struct ed_call *c, const char *method, const char *prefix, struct str *tail)
{
	struct str p = c->req->path;
	if (strcmp(c->req->method, method) != 0 || !str_starts(p, prefix))
		return false;
	*tail = (struct str){ p.p + strlen(prefix), p.n - strlen(prefix) };
	return tail->n > 0 && !memchr(tail->p, '/', tail->n);
}

struct str ed_copy(struct ed_call *c, const struct json *j)
{
	return edusign_text(c->e, json_text(j));
}

bool ed_set(struct ed_call *c, const struct json *object, const char *key, struct str *to)
{
	const struct json *j = json_get(object, key);
	if (!j)
		return false;
	*to = ed_copy(c, j);
	return true;
}

/* ---- school, justifications ---- */

static void put_school(struct ed_call *c)
{
	ed_begin(c);
	json_write_begin_object(&c->w);
	json_put_str(&c->w, "ID", c->school->id);
	json_put_str(&c->w, "NAME", c->school->name);
	json_put_str(&c->w, "TIMEZONE", c->school->timezone);
	ed_put_text(c, "CONNECTOR", c->school->connector);
	json_write_end_object(&c->w);
	ed_end(c);
}

static void put_justifications(struct ed_call *c)
{
	int64_t page = 0, seen = 0;
	(void)!str_to_int64(ed_query(c, "page"), &page);
	ed_begin(c);
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < c->e->justifications.n; i++) {
		const struct ed_justification *j = &c->e->justifications.items[i];
		if (!str_eq(j->school, c->school->id))
			continue;
		if (seen++ / 50 != page)
			continue;
		json_write_begin_object(&c->w);
		json_put_str(&c->w, "ID", j->id);
		json_put_str(&c->w, "STUDENT_ID", j->student);
		json_put_int(&c->w, "TYPE", j->type);
		json_put_str(&c->w, "COMMENT", j->comment);
		json_put_null(&c->w, "FILE_URL");
		json_write_end_object(&c->w);
	}
	json_write_end_array(&c->w);
	ed_end(c);
}

static void put_reasons(struct ed_call *c)
{
	ed_begin(c);
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < c->e->reasons.n; i++) {
		if (!str_eq(c->e->reasons.items[i].school, c->school->id))
			continue;
		json_write_begin_object(&c->w);
		json_put_int(&c->w, "ID", c->e->reasons.items[i].id);
		json_put_str(&c->w, "NAME", c->e->reasons.items[i].name);
		json_write_end_object(&c->w);
	}
	json_write_end_array(&c->w);
	ed_end(c);
}

/* Beyond the limit calls are executed, and delayed by 100 ms more each (vendor fact: slow-down, not rejection). */
static void slow_down(struct ed_call *c)
{
	struct ed_school *s = c->school;
	size_t n = 0;
	for (size_t i = 0; i < s->start_count; i++)
		if (s->starts[i] + 60000 > c->req->now_ms)
			s->starts[n++] = s->starts[i];
	if (n < 4096)
		s->starts[n++] = c->req->now_ms;
	s->start_count = n;
	if (n > LIMIT_PER_MINUTE) {
		s->over_limit++;
		c->reply->delay_ms = (uint32_t)(n - LIMIT_PER_MINUTE) * 100;
	}
}

static bool admitted(struct ed_call *c)
{
	c->school = edusign_school_of_token(c->e, c->req->credential);
	if (!c->school) {
		ed_plain(c, 401, "Unauthorized");
		return false;
	}
	c->entry->account = c->school->id;
	const char *call = arena_printf(c->req->arena, "%s %.*s", c->req->method, STR_ARG(c->req->path));
	for (size_t i = 0; i < c->school->forbidden_count; i++) {
		if (sim_glob(c->school->forbidden[i], str_of(call))) {
			ed_plain(c, 403, "Forbidden");
			return false;
		}
	}
	slow_down(c);
	return true;
}

void edusign_handle(struct edusign *e, struct sim *sim, const struct sim_request *req, struct sim_reply *reply, struct sim_entry *entry)
{
	struct ed_call c = { .e = e, .sim = sim, .req = req, .reply = reply, .entry = entry, .now = req->now_ms / 1000 };
	const struct json *body = NULL;
	*reply = (struct sim_reply){ .status = 200 };
	buf_init(&reply->body, 0);
	if (!admitted(&c))
		goto out;
	if (req->body.n && json_parse(req->arena, req->body, NULL, &body, NULL, NULL) != 0) {
		ed_plain(&c, 400, "Bad Request");
		goto out;
	}
	c.body = body;
	if (ed_is(&c, "GET", "/v1/school"))
		put_school(&c);
	else if (ed_is(&c, "GET", "/v1/justified-absence"))
		put_justifications(&c);
	else if (ed_is(&c, "GET", "/v1/justified-absence/absence-reason"))
		put_reasons(&c);
	else if (!ed_courses(&c) && !ed_people(&c))
		ed_plain(&c, 404, "Not Found");
out:
	entry->write = edusign_is_write(req->method, req->path);
	entry->status = reply->status;
}
