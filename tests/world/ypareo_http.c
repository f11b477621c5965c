#include "tests/world/ypareo_p.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/tz.h"

/* ---- what every answer needs ---- */

bool ypareo__switch(const struct ypareo__call *c, enum sim_switch which)
{
	return c->sim && sim_is(c->sim, which);
}

void ypareo__refuse(struct ypareo__call *c, int status, const char *message)
{
	buf_clear(&c->reply->body);
	json_write_init(&c->w, &c->reply->body, false);
	json_write_begin_object(&c->w);
	json_put_int(&c->w, "code", status);
	json_put_text(&c->w, "message", message);
	json_write_end_object(&c->w);
	c->reply->status = status;
	c->effect = false;
}

void ypareo__list_item_key(struct ypareo__call *c, const char *key)
{
	bool array = ypareo__switch(c, SIM_ARRAYS);

	if (!c->listed && array)
		json_write_begin_array(&c->w);
	else if (!c->listed)
		json_write_begin_object(&c->w);
	c->listed = true;
	if (!array)
		json_write_key(&c->w, key);
}

void ypareo__list_item(struct ypareo__call *c, int64_t code)
{
	char key[24];

	snprintf(key, sizeof(key), "%lld", (long long)code);
	ypareo__list_item_key(c, key);
}

void ypareo__list_end(struct ypareo__call *c)
{
	/* PHP knows one kind of array: an empty one is [] even where a full one is an object. */
	if (!c->listed)
		json_write_begin_array(&c->w);
	if (!c->listed || ypareo__switch(c, SIM_ARRAYS))
		json_write_end_array(&c->w);
	else
		json_write_end_object(&c->w);
	c->listed = false;
}

void ypareo__put_flag(struct ypareo__call *c, const char *key, bool value)
{
	json_put_int(&c->w, key, value ? 1 : 0);
}

void ypareo__put_code(struct ypareo__call *c, const char *key, int64_t code)
{
	if (code)
		json_put_int(&c->w, key, code);
	else
		json_put_null(&c->w, key);
}

void ypareo__put_day(struct ypareo__call *c, const char *key, int32_t day)
{
	char text[DAY_TEXT];

	json_put_text(&c->w, key, day ? day_slashes(day, text) : "");
}

void ypareo__put_codes(struct ypareo__call *c, const char *key, const struct ypareo_codes *codes)
{
	json_write_key(&c->w, key);
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < codes->n; i++)
		json_write_int(&c->w, codes->items[i]);
	json_write_end_array(&c->w);
}

/* ---- the query ---- */

static int hex_digit(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	if ((ch | 32) >= 'a' && (ch | 32) <= 'f')
		return (ch | 32) - 'a' + 10;
	return -1;
}

static struct str decode(struct arena *arena, struct str raw)
{
	char *out = arena_alloc(arena, raw.n + 1);
	size_t n = 0;

	REQUIRE(out);
	for (size_t i = 0; i < raw.n; i++) {
		if (raw.p[i] == '%' && i + 2 < raw.n && hex_digit(raw.p[i + 1]) >= 0 &&
		    hex_digit(raw.p[i + 2]) >= 0) {
			out[n++] = (char)(hex_digit(raw.p[i + 1]) * 16 + hex_digit(raw.p[i + 2]));
			i += 2;
		} else {
			out[n++] = raw.p[i] == '+' ? ' ' : raw.p[i];
		}
	}
	return (struct str){out, n};
}

/* The part before the separator; *rest begins behind it. */
static struct str cut(struct str *rest, char separator)
{
	const char *at = rest->n ? memchr(rest->p, separator, rest->n) : NULL;
	struct str head = {rest->p, at ? (size_t)(at - rest->p) : rest->n};

	*rest = at ? (struct str){at + 1, rest->n - head.n - 1} : STR_NONE;
	return head;
}

struct str ypareo__param(const struct ypareo__call *c, const char *name)
{
	struct str rest = c->req->query;

	while (rest.n) {
		struct str value = cut(&rest, '&');
		struct str given = cut(&value, '=');
		if (str_eqz(given, name))
			return decode(c->req->arena, value);
	}
	return STR_NONE;
}

static int by_code(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

struct ypareo__filter ypareo__filter(const struct ypareo__call *c, const char *name)
{
	struct str rest = ypareo__param(c, name);
	struct ypareo__filter filter = {.on = rest.n > 0};
	struct ypareo_codes *codes = &filter.codes;

	while (rest.n) {
		int64_t code;
		if (str_to_int64(str_trim(cut(&rest, ',')), &code))
			continue; /* what is no number matches no record */
		REQUIRE(arena_grow(c->req->arena, &codes->items, &codes->cap, codes->n + 1, sizeof(code)) == 0);
		codes->items[codes->n++] = code;
	}
	if (codes->n)
		qsort(codes->items, codes->n, sizeof(*codes->items), by_code);
	return filter;
}

bool ypareo__passes(const struct ypareo__filter *filter, int64_t code)
{
	const struct ypareo_codes *codes = &filter->codes;

	if (!filter->on)
		return true;
	return codes->n && bsearch(&code, codes->items, codes->n, sizeof(code), by_code);
}

bool ypareo__sees(const struct ypareo__call *c, int64_t site)
{
	return !c->key->sites.n || ypareo_codes_has(&c->key->sites, site);
}

bool ypareo__day(struct str s, char separator, int32_t *out)
{
	static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (s.n != 10 || s.p[2] != separator || s.p[5] != separator)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (i != 2 && i != 5 && (s.p[i] < '0' || s.p[i] > '9'))
			return false;
	int day = (s.p[0] - '0') * 10 + s.p[1] - '0';
	int month = (s.p[3] - '0') * 10 + s.p[4] - '0';
	int year = (s.p[6] - '0') * 1000 + (s.p[7] - '0') * 100 + (s.p[8] - '0') * 10 + s.p[9] - '0';
	if (year < 1900 || month < 1 || month > 12 || day < 1)
		return false;
	bool leap = month == 2 && (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0));
	if (day > lengths[month - 1] + (leap ? 1 : 0))
		return false;
	*out = day_of(year, month, day);
	return true;
}

/* ---- routes ---- */

struct route {
	const char *method, *path;
	void (*answer)(struct ypareo__call *c);
};

static const struct route routes[] = {
        {"GET", "/r/v1/sites", ypareo__sites},
        {"GET", "/r/v1/periodes", ypareo__periods},
        {"GET", "/r/v1/annees", ypareo__years},
        {"GET", "/r/v1/statuts", ypareo__statuses},
        {"GET", "/r/v1/matieres", ypareo__subjects},
        {"GET", "/r/v1/formations", ypareo__trainings},
        {"GET", "/r/v1/formations/@code", ypareo__training},
        {"GET", "/r/v1/formation-longue/groupes", ypareo__groups_long},
        {"GET", "/r/v1/formation-longue/apprenants", ypareo__learners_long},
        {"GET", "/r/v1/formation-courte/@debut/@fin/groupes", ypareo__groups_short},
        {"GET", "/r/v1/formation-courte/@debut/@fin/apprenants", ypareo__learners_short},
        {"GET", "/r/v1/groupes/@code", ypareo__group},
        {"GET", "/r/v1/groupes/@code/apprenants", ypareo__group_learners},
        {"GET", "/r/v1/groupes/@code/absences", ypareo__group_absences},
        {"GET", "/r/v1/apprenants/frequentes", ypareo__attendees},
        {"GET", "/r/v1/apprenants/@code", ypareo__learner},
        {"GET", "/r/v1/apprenants/@code/contrats", ypareo__learner_contracts},
        {"GET", "/r/v1/utilisateur/apprenants", ypareo__learner_accounts},
        {"GET", "/r/v1/utilisateur/personnels", ypareo__staff_accounts},
        {"GET", "/r/v1/personnels", ypareo__staff},
        {"GET", "/r/v1/personnels/@code", ypareo__one_of_staff},
        {"GET", "/r/v1.1/personnels/@code", ypareo__one_of_staff},
        {"GET", "/r/v1/groupes-personnels/from-planning", ypareo__groups_of_staff},
        {"GET", "/r/v1/planning/@debut/@fin/groupes", ypareo__planning},
        {"GET", "/r/v1/planning/@debut/@fin/groupes/@code", ypareo__planning_group},
        {"GET", "/r/v1/planning/@debut/@fin/apprenant/@code", ypareo__planning_learner},
        {"GET", "/r/v1/salles", ypareo__rooms},
        {"GET", "/r/v1/motifs-absence", ypareo__reasons},
        {"GET", "/r/v1/absences/@debut/@fin", ypareo__absences},
        {"POST", "/r/v1/absences", ypareo__absence_post},
        {"PUT", "/r/v1/absences", ypareo__absence_put},
        {"DELETE", "/r/v1/absences/@code", ypareo__absence_delete},
        {"GET", "/r/v1/emargements/personnels/@debut/@fin", ypareo__attendances},
        {"PUT", "/r/v1/emargements/personnels", ypareo__attendance_put},
        {"GET", "/r/v1/contrats", ypareo__contracts},
        {"GET", "/r/v1/entreprises", ypareo__companies},
        {"GET", "/r/v1/entreprises/@code", ypareo__company},
        {"GET", "/r/v1/entreprises/@code/interlocuteurs", ypareo__tutors},
};
enum { ROUTES = sizeof(routes) / sizeof(routes[0]) };

/* Does the path have the route's form? Dates are judged later: a wrong one is 400, not 404. */
static bool route_fits(const struct route *route, struct str path)
{
	struct str pattern = str_of(route->path);

	if (path.n > 1 && path.p[path.n - 1] == '/')
		path.n--;
	while (pattern.n || path.n) {
		struct str want = cut(&pattern, '/');
		struct str got = cut(&path, '/');
		int64_t code;
		if (str_eqz(want, "@code")       ? str_to_int64(got, &code) != 0 || code < 0
		    : want.n && want.p[0] == '@' ? got.n == 0
		                                 : !str_eq(want, got))
			return false;
	}
	return true;
}

/* The text of a parameter of the route, in the path. */
static struct str route_param(const struct route *route, struct str path, const char *name)
{
	struct str pattern = str_of(route->path);

	while (pattern.n) {
		struct str want = cut(&pattern, '/');
		struct str got = cut(&path, '/');
		if (str_eqz(want, name))
			return got;
	}
	return STR_NONE;
}

static const struct route *route_of(const struct sim_request *req, bool *known_path)
{
	*known_path = false;
	for (size_t i = 0; i < ROUTES; i++) {
		if (!route_fits(&routes[i], req->path))
			continue;
		*known_path = true;
		if (!strcmp(routes[i].method, req->method))
			return &routes[i];
	}
	return NULL;
}

/* '*' stands for any text. */
static bool glob(const char *pattern, const char *text)
{
	const char *star = NULL, *retry = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			retry = text;
		} else if (*pattern == *text) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

static bool ticked(const struct ypareo__call *c, const struct route *route)
{
	char name[128];

	snprintf(name, sizeof(name), "%s %s", route->method, route->path);
	for (size_t i = 0; i < c->key->forbidden_n; i++)
		if (glob(c->key->forbidden[i], name))
			return false;
	return route->answer != ypareo__rooms || !ypareo__switch(c, SIM_NO_ROOMS);
}

static bool is_write(const char *method)
{
	return strcmp(method, "GET") != 0;
}

/* Dates, code and body of the request, into the call; false when it was refused. */
static bool take_parameters(struct ypareo__call *c, const struct route *route)
{
	struct str path = c->req->path;
	struct str from = route_param(route, path, "@debut"), to = route_param(route, path, "@fin");
	struct str code = route_param(route, path, "@code");

	if ((from.n && !ypareo__day(from, '-', &c->from)) || (to.n && !ypareo__day(to, '-', &c->to))) {
		ypareo__refuse(c, 400, "Les dates doivent être au format JJ-MM-AAAA.");
		return false;
	}
	if (code.n && str_to_int64(code, &c->code)) {
		ypareo__refuse(c, 400, "Le code doit être un entier.");
		return false;
	}
	if (strcmp(c->req->method, "POST") && strcmp(c->req->method, "PUT"))
		return true;
	if (json_parse(c->req->arena, c->req->body, NULL, &c->body, NULL, NULL) || c->body->kind != JSON_OBJECT) {
		ypareo__refuse(c, 400, "Le corps de la requête n'est pas un objet JSON valide.");
		return false;
	}
	return true;
}

static void answer(struct ypareo__call *c)
{
	const char *token = arena_str(c->req->arena, c->req->credential).p;
	bool known_path;
	const struct route *route = route_of(c->req, &known_path);
	int forbidden = ypareo__switch(c, SIM_FORBIDDEN_401) ? 401 : 403;

	c->key = ypareo_key(c->y, token ? token : "");
	if (!c->key || c->key->revoked) {
		c->key = NULL;
		ypareo__refuse(c, 401, "Clé d'authentification absente ou inconnue.");
	} else if (!known_path) {
		ypareo__refuse(c, 404, "Ressource inconnue.");
	} else if (!route) {
		ypareo__refuse(c, 405, "Méthode non autorisée.");
	} else if (!ticked(c, route)) {
		ypareo__refuse(c, forbidden, "Ce prestataire n'a pas accès à ce service.");
	} else if (is_write(c->req->method) && !c->key->expert) {
		ypareo__refuse(c, forbidden, "Cette clé ne permet pas l'écriture.");
	} else if (take_parameters(c, route)) {
		route->answer(c);
	}
}

void ypareo_handle(struct ypareo *y, struct sim *sim, const struct sim_request *req, struct sim_reply *reply,
                   struct sim_entry *entry)
{
	struct ypareo__call c = {.y = y, .sim = sim, .req = req, .reply = reply};

	*reply = (struct sim_reply){.status = 200, .content_type = "application/json; charset=utf-8"};
	buf_init(&reply->body, 0);
	json_write_init(&c.w, &reply->body, false);
	answer(&c);
	if (!entry)
		return;
	entry->account = str_of(c.key ? y->name : "");
	entry->write = is_write(req->method);
	entry->effect = c.effect;
	entry->status = reply->status;
}
