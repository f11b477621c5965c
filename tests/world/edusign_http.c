#include "tests/world/edusign_p.h"

#include <string.h>

#include "tests/world/front.h"

/* The envelope, the request's parts, the router, the slow-down. */

/* ---- answers ---- */

static void open_envelope(struct ed_call *c, const char *status, const char *key)
{
	buf_clear(&c->reply->body);
	c->reply->status = 200;
	c->reply->content_type = "application/json; charset=utf-8";
	json_write_init(&c->w, &c->reply->body, false);
	json_write_begin_object(&c->w);
	json_put_text(&c->w, "status", status);
	json_write_key(&c->w, key);
}

void ed_begin(struct ed_call *c)
{
	open_envelope(c, "success", "result");
}

void ed_end(struct ed_call *c)
{
	json_write_end_object(&c->w);
}

void ed_error(struct ed_call *c, const char *message)
{
	open_envelope(c, "error", "message");
	json_write_text(&c->w, message);
	ed_end(c);
}

void ed_invalid(struct ed_call *c, const char *message)
{
	open_envelope(c, "error", "message");
	json_write_begin_array(&c->w);
	json_write_text(&c->w, message);
	json_write_end_array(&c->w);
	ed_end(c);
}

bool ed_lacks(struct ed_call *c, const struct json *object, const char *what, const char *const *names)
{
	bool open = false;

	for (; *names; names++) {
		if (!str_empty(str_trim(json_text(json_get(object, *names)))))
			continue;
		if (!open) {
			open_envelope(c, "error", "message");
			json_write_begin_array(&c->w);
		}
		open = true;
		json_write_text(&c->w, arena_printf(c->req->arena, "\"%s.%s\" is required", what, *names));
	}
	if (!open)
		return false;
	json_write_end_array(&c->w);
	ed_end(c);
	return true;
}

void ed_true(struct ed_call *c)
{
	ed_begin(c);
	json_write_bool(&c->w, true);
	ed_end(c);
}

void ed_plain(struct ed_call *c, int status, const char *text)
{
	buf_clear(&c->reply->body);
	c->reply->status = status;
	c->reply->content_type = "text/plain; charset=utf-8";
	buf_addz(&c->reply->body, text);
}

static void answer_one(struct ed_call *c, const char *key, struct str id, const char *type)
{
	ed_begin(c);
	json_write_begin_object(&c->w);
	json_put_str(&c->w, key, id);
	if (type)
		json_put_text(&c->w, "type", type);
	json_write_end_object(&c->w);
	ed_end(c);
}

void ed_answer_id(struct ed_call *c, struct str id)
{
	answer_one(c, "ID", id, NULL);
}

void ed_answer_found(struct ed_call *c, struct str id, const char *none)
{
	if (str_empty(id))
		ed_error(c, none);
	else
		answer_one(c, sim_is(c->sim, SIM_GET_ID_LOWER) ? "id" : "ID", id, NULL);
}

void ed_answer_created(struct ed_call *c, struct str id, const char *type)
{
	answer_one(c, "ID", id, type);
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

void ed_put_number(struct ed_call *c, const char *key, int64_t value)
{
	if (value)
		json_put_int(&c->w, key, value);
	else
		json_put_null(&c->w, key);
}

void ed_put_texts(struct ed_call *c, const char *key, const struct str *v, size_t n)
{
	json_write_key(&c->w, key);
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < n; i++)
		json_write_str(&c->w, v[i]);
	json_write_end_array(&c->w);
}

/* ---- requests ---- */

bool ed_time(struct ed_call *c, struct str s, int64_t *out)
{
	struct tz *tz = NULL;
	int64_t naive;
	bool zoned = false;

	s = str_trim(s);
	if (s.n < 11 || utc_parse(s, &naive) != 0)
		return false;
	for (size_t i = 11; i < s.n; i++)
		zoned = zoned || s.p[i] == 'Z' || s.p[i] == '+' || s.p[i] == '-';
	if (!zoned)
		c->e->naive_times++;
	if (!zoned && sim_is(c->sim, SIM_NAIVE_LOCAL)) {
		int rc = tz_open(arena_str(c->req->arena, c->school->timezone).p, &tz);
		REQUIRE(rc == 0);
		naive = tz_to_utc(tz, (int32_t)(naive / 86400), (int)(naive % 86400 / 60), (int)(naive % 60));
		tz_close(&tz);
	}
	*out = naive;
	return true;
}

struct str ed_cut(struct str *rest, char separator)
{
	const char *at = rest->n ? memchr(rest->p, separator, rest->n) : NULL;
	struct str head = {rest->p, at ? (size_t)(at - rest->p) : rest->n};

	*rest = at ? (struct str){at + 1, rest->n - head.n - 1} : STR_NONE;
	return head;
}

struct str ed_query(const struct ed_call *c, const char *name)
{
	struct str rest = c->req->query;

	while (rest.n) {
		struct str value = ed_cut(&rest, '&');
		struct str key = ed_cut(&value, '=');
		if (str_eqz(key, name))
			return front_decode(c->req->arena, value);
	}
	return STR_NONE;
}

bool ed_in_list(struct str list, struct str word)
{
	if (str_empty(list))
		return true;
	while (list.n)
		if (str_eq(str_trim(ed_cut(&list, ',')), word))
			return true;
	return false;
}

bool ed_set(struct ed_call *c, const struct json *object, const char *key, struct str *to)
{
	const struct json *j = json_get(object, key);

	if (!j)
		return false;
	*to = str_empty(json_text(j)) ? STR_NONE : edusign_text(c->e, json_text(j));
	return true;
}

/* One bare value stands for a list of one. */
bool ed_set_texts(struct ed_call *c, const struct json *object, const char *key, struct texts *to)
{
	const struct json *j = json_get(object, key);

	if (!j)
		return false;
	*to = (struct texts){NULL, 0};
	if (!str_empty(json_text(j)))
		ed_texts_add(c->e, to, json_text(j));
	for (const struct json *item = j->kind == JSON_ARRAY ? j->first : NULL; item; item = item->next)
		if (!str_empty(json_text(item)))
			ed_texts_add(c->e, to, json_text(item));
	return true;
}

struct ed_page ed_page(const struct ed_call *c, int64_t size)
{
	struct ed_page p = {.size = size};

	p.paged = str_to_int64(ed_query(c, "page"), &p.page) == 0 || sim_is(c->sim, SIM_PAGE_REQUIRED);
	return p;
}

bool ed_page_takes(struct ed_page *p)
{
	int64_t page = p->seen++ / p->size;

	return !p->paged || page == p->page;
}

/* ---- of this school ---- */

struct ed_course *ed_course_of(struct ed_call *c, struct str id)
{
	struct ed_course *k = edusign_course_by_id(c->e, id);

	return k && str_eq(k->school, c->school->id) ? k : NULL;
}

struct ed_student *ed_student_of(struct ed_call *c, struct str id)
{
	struct ed_student *s = edusign_student_by_id(c->e, id);

	return s && str_eq(s->school, c->school->id) ? s : NULL;
}

struct ed_professor *ed_professor_of(struct ed_call *c, struct str id)
{
	struct ed_professor *p = edusign_professor_by_id(c->e, id);

	return p && edusign_is_of(p, c->school->id) ? p : NULL;
}

struct ed_group *ed_group_of(struct ed_call *c, struct str id)
{
	for (size_t i = 0; i < c->school->groups.n; i++) {
		struct ed_group *g = &c->e->groups.items[c->school->groups.items[i]];
		if (!g->deleted && str_eq(g->id, id))
			return g;
	}
	return NULL;
}

/* ---- routes ---- */

/* extra: no public source names it; it is there because every other resource has its like (SIM_NO_EXTRAS). Rows are
 * tried in order: fixed words before '@', which is one part of the path. */
static const struct route {
	const char *method, *path;
	void (*answer)(struct ed_call *c);
	bool extra;
} routes[] = {
        {"GET", "/v1/course", ed_courses_list, false},
        {"POST", "/v1/course", ed_course_create, false},
        {"PATCH", "/v1/course", ed_course_patch, false},
        {"GET", "/v1/course/get-id/@", ed_course_find, false},
        {"GET", "/v1/course/lock/@", ed_course_lock, false},
        {"PATCH", "/v1/course/unlock/@", ed_course_unlock, false},
        {"PUT", "/v1/course/attendance/@", ed_roster_add, false},
        {"DELETE", "/v1/course/attendance/@", ed_roster_remove, false},
        {"POST", "/v1/course/send-sign-emails", ed_course_send_mails, false},
        {"GET", "/v1/course/get-signature-links/@", ed_course_links, false},
        {"GET", "/v1/course/get-professors-signature-links/@", ed_course_professor_links, false},
        {"GET", "/v1/course/@", ed_course_show, false},
        {"DELETE", "/v1/course/@", ed_course_delete, false},
        {"PATCH", "/v1/presential-states/set-absent/@/@", ed_state_absent, false},
        {"PATCH", "/v1/presential-states/set-delay/@/@", ed_state_delay, false},
        {"PATCH", "/v1/presential-states/set-early-departure/@/@", ed_state_early, false},
        {"GET", "/v1/student", ed_students_list, false},
        {"POST", "/v1/student", ed_student_create, false},
        {"PATCH", "/v1/student", ed_student_patch, false},
        {"POST", "/v1/student/by-ids", ed_students_by_ids, false},
        {"GET", "/v1/student/by-email/@", ed_student_by_email, false},
        {"GET", "/v1/student/get-id/@", ed_student_find, false},
        {"GET", "/v1/student/restore/@", ed_student_restore, false},
        {"GET", "/v1/student/@", ed_student_show, false},
        {"DELETE", "/v1/student/@", ed_student_archive, false},
        {"GET", "/v1/professor", ed_professors_list, false},
        {"POST", "/v1/professor", ed_professor_create, false},
        {"PATCH", "/v1/professor", ed_professor_patch, false},
        {"GET", "/v1/professor/by-email/@", ed_professor_by_email, false},
        {"GET", "/v1/professor/get-id/@", ed_professor_find, false},
        {"GET", "/v1/professor/restore/@", ed_professor_restore, true},
        {"GET", "/v1/professor/@", ed_professor_show, false},
        {"DELETE", "/v1/professor/@", ed_professor_archive, false},
        {"GET", "/v1/externals", ed_externals_list, true},
        {"POST", "/v1/externals", ed_external_create, false},
        {"PATCH", "/v1/externals", ed_external_patch, false},
        {"GET", "/v1/externals/by-email/@", ed_external_by_email, false},
        {"GET", "/v1/externals/get-id/@", ed_external_find, true},
        {"GET", "/v1/externals/restore/@", ed_external_restore, true},
        {"GET", "/v1/externals/@", ed_external_show, true},
        {"GET", "/v1/group", ed_groups_list, false},
        {"POST", "/v1/group", ed_group_create, false},
        {"PATCH", "/v1/group", ed_group_patch, false},
        {"GET", "/v1/group/get-id/@", ed_group_find, false},
        {"GET", "/v1/group/@", ed_group_show, false},
        {"DELETE", "/v1/group/@", ed_group_delete, false},
        {"GET", "/v1/trainings", ed_trainings_list, false},
        {"POST", "/v1/trainings", ed_training_create, false},
        {"POST", "/v1/trainings/resources/@", ed_training_add, false},
        {"PATCH", "/v1/trainings/resources/@", ed_training_remove, false},
        {"GET", "/v1/trainings/@", ed_training_show, false},
        {"PUT", "/v1/trainings/@", ed_training_put, false},
        {"DELETE", "/v1/trainings/@", ed_training_archive, false},
        {"GET", "/v1/classrooms", ed_rooms_list, false},
        {"GET", "/v1/school", ed_school_show, false},
        {"PATCH", "/v1/school", ed_school_patch, false},
        {"GET", "/v1/justified-absence", ed_justifications_list, false},
        {"POST", "/v1/justified-absence", ed_justification_create, false},
        {"GET", "/v1/justified-absence/absence-reason", ed_reasons_list, false},
};

static struct str without_slash(struct str path)
{
	while (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	return path;
}

bool edusign_is_write(const char *method, struct str path)
{
	path = without_slash(path);
	if (!strcmp(method, "GET"))
		return sim_glob("/v1/course/lock/*", path) || sim_glob("/v1/*/restore/*", path);
	return !str_eqz(path, "/v1/student/by-ids");
}

static bool fits(const struct route *route, struct str path, struct str ids[2])
{
	struct str pattern = str_of(route->path);
	unsigned n = 0;

	while (pattern.n || path.n) {
		struct str want = ed_cut(&pattern, '/'), got = ed_cut(&path, '/');
		if (!str_eqz(want, "@")) {
			if (!str_eq(want, got))
				return false;
			continue;
		}
		if (!got.n)
			return false;
		ids[n++] = got;
	}
	return true;
}

static const struct route *route_of(struct ed_call *c)
{
	struct str path = without_slash(c->req->path), ids[2] = {STR_NONE, STR_NONE};

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (strcmp(routes[i].method, c->req->method) != 0 || !fits(&routes[i], path, ids))
			continue;
		if (routes[i].extra && sim_is(c->sim, SIM_NO_EXTRAS))
			return NULL;
		c->id = ids[0];
		c->id2 = ids[1];
		return &routes[i];
	}
	return NULL;
}

/* ---- admission ---- */

/* Beyond the limit calls are executed, each 100 ms later than the one before. */
static void slow_down(struct ed_call *c)
{
	struct ed_school *s = c->school;
	int64_t now = c->req->now_ms;

	if (s->starts.n && s->starts.items[s->starts.first + s->starts.n - 1] > now)
		s->starts.first = s->starts.n = 0; /* the clock was set back */
	while (s->starts.n && s->starts.items[s->starts.first] + 60000 <= now) {
		s->starts.first++;
		s->starts.n--;
	}
	if (s->starts.first + s->starts.n == s->starts.cap && s->starts.first >= s->starts.n) {
		if (s->starts.n)
			memcpy(s->starts.items, s->starts.items + s->starts.first,
			       s->starts.n * sizeof(*s->starts.items));
		s->starts.first = 0;
	}
	REQUIRE(arena_grow(c->e->arena, &s->starts.items, &s->starts.cap, s->starts.first + s->starts.n + 1,
	                   sizeof(*s->starts.items)) == 0);
	s->starts.items[s->starts.first + s->starts.n++] = now;
	if (s->starts.n <= c->e->per_minute)
		return;
	s->over_limit++;
	c->reply->delay_ms = (uint32_t)(s->starts.n - c->e->per_minute) * 100;
}

static bool is_forbidden(const struct ed_call *c)
{
	const char *call = arena_printf(c->req->arena, "%s %.*s", c->req->method, STR_ARG(c->req->path));

	for (size_t i = 0; i < c->school->forbidden_count; i++)
		if (sim_glob(c->school->forbidden[i], str_of(call)))
			return true;
	return false;
}

static void answer(struct ed_call *c)
{
	c->school = edusign_school_of_token(c->e, c->req->credential);
	if (!c->school || c->school->revoked) {
		ed_plain(c, 401, "Unauthorized");
		return;
	}
	slow_down(c);
	const struct route *route = route_of(c);
	if (c->school->unpaid)
		ed_plain(c, 402, "Payment Required");
	else if (is_forbidden(c))
		ed_plain(c, 403, "Forbidden");
	else if (!route)
		ed_plain(c, 404, "Not Found");
	else if (c->req->body.n && json_parse(c->req->arena, c->req->body, NULL, &c->body, NULL, NULL))
		ed_plain(c, 400, "Bad Request");
	else
		route->answer(c);
}

void edusign_handle(struct edusign *e, struct sim *sim, const struct sim_request *req, struct sim_reply *reply,
                    struct sim_entry *entry)
{
	struct ed_call c = {
	        .e = e, .sim = sim, .req = req, .reply = reply, .entry = entry, .now = req->now_ms / 1000};

	*reply = (struct sim_reply){.status = 200};
	buf_init(&reply->body, 0);
	answer(&c);
	entry->account = c.school ? c.school->id : STR("");
	entry->write = edusign_is_write(req->method, req->path);
	entry->effect = c.effect;
	entry->status = reply->status;
}
