#include "adapters/ypareo/ypareo_p.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The lists of the planning: sites, school years, groups, trainings, rooms, sessions. */

#define AT(type, member) offsetof(struct type, member)
#define LIST_ROOT(id, item, fn)                                                                                      \
	static const struct field id##_list[] = {{RECORD_ROOT, FIELD_EACH, 0, 0, &item, fn}};                        \
	static const struct shape id##_root = {"list", 1, FIELDS(id##_list), RECORD_NO_MASK, NULL}

static int memory_of(const struct ypareo_port__question *q)
{
	return q->base.exhausted ? ERR_LIMIT : 0;
}

/* ---- what has a code and a name ---- */

struct named {
	int64_t code;
	struct str name, short_name;
	bool retired;
};

#define NAMED_FIELDS(code_key, name_key, short_key)                                                                  \
	{                                                                                                            \
		{code_key, FIELD_INT, FIELD_REQUIRED, AT(named, code), NULL, NULL},                                  \
		        {name_key, FIELD_TEXT, FIELD_LOOSE, AT(named, name), NULL, NULL},                            \
		        {short_key, FIELD_TEXT, FIELD_LOOSE, AT(named, short_name), NULL, NULL},                     \
		{                                                                                                    \
			"plusUtilise", FIELD_BOOL, FIELD_LOOSE, AT(named, retired), NULL, NULL                       \
		}                                                                                                    \
	}

static struct str name_of(struct ypareo_port__question *q, const struct named *n)
{
	return adapter__copy(&q->base, q->keep, str_empty(str_trim(n->name)) ? n->short_name : n->name);
}

/* ---- sites ---- */

static const struct field site_fields[] = NAMED_FIELDS("codeSite", "nomSite", "abregeSite");
static const struct shape site_shape = {"site", sizeof(struct named), FIELDS(site_fields), RECORD_NO_MASK, NULL};

/* Retired ones too: groups of last year still name them, and a site that is not known is an issue. */
static int on_site(void *arg, void *record, struct str key)
{
	struct ypareo_port__question *q = arg;
	const struct named *n = record;
	(void)key;
	if (ypareo_port__repeated(q, n->code))
		return 0;
	struct site *site = adapter__list_add(&q->base);
	if (!site)
		return ERR_LIMIT;
	site->code = n->code;
	site->name = name_of(q, n);
	return memory_of(q);
}

LIST_ROOT(site, site_shape, on_site);

void ypareo_port__sites(void *self, struct exchange *x, struct arena *keep, struct items *out)
{
	(void)!ypareo_port__list(self, x, YPAREO_SITES, &site_root, keep, out, sizeof(struct site), NULL);
}

/* ---- school years ---- */

struct period_record {
	int64_t code;
	struct str name, first, last;
};

static const struct field period_fields[] = {
        {"codePeriode", FIELD_INT, FIELD_REQUIRED, AT(period_record, code), NULL, NULL},
        {"nomPeriode", FIELD_TEXT, FIELD_LOOSE, AT(period_record, name), NULL, NULL},
        {"dateDeb", FIELD_TEXT, FIELD_LOOSE, AT(period_record, first), NULL, NULL},
        {"dateFin", FIELD_TEXT, FIELD_LOOSE, AT(period_record, last), NULL, NULL},
};
static const struct shape period_shape = {"period", sizeof(struct period_record), FIELDS(period_fields),
                                          RECORD_NO_MASK, NULL};

static int on_period(void *arg, void *record, struct str key)
{
	struct ypareo_port__question *q = arg;
	const struct period_record *r = record;
	(void)key;
	if (ypareo_port__repeated(q, r->code))
		return 0;
	struct period p = {.code = r->code, .last = INT32_MAX};
	if (day_parse(r->first, &p.first))
		return adapter__refuse(&q->base, ERR_TYPE, "period %lld: dateDeb is no date", (long long)r->code);
	if (!str_empty(str_trim(r->last)) && day_parse(r->last, &p.last))
		return adapter__refuse(&q->base, ERR_TYPE, "period %lld: dateFin is no date", (long long)r->code);
	p.name = adapter__copy(&q->base, q->keep, r->name);
	struct period *item = adapter__list_add(&q->base);
	if (!item)
		return ERR_LIMIT;
	*item = p;
	return memory_of(q);
}

LIST_ROOT(period, period_shape, on_period);

void ypareo_port__periods(void *self, struct exchange *x, struct arena *keep, struct items *out)
{
	(void)!ypareo_port__list(self, x, YPAREO_PERIODS, &period_root, keep, out, sizeof(struct period), NULL);
}

/* ---- groups ---- */

struct group_record {
	int64_t code, site, training, year;
	struct str name, short_name, long_name, state;
};

/* A code that is not set is 0, null, "" or not there. */
static const struct field group_fields[] = {
        {"codeGroupe", FIELD_INT, FIELD_REQUIRED, AT(group_record, code), NULL, NULL},
        {"nomGroupe", FIELD_TEXT, FIELD_LOOSE, AT(group_record, name), NULL, NULL},
        {"abregeGroupe", FIELD_TEXT, FIELD_LOOSE, AT(group_record, short_name), NULL, NULL},
        {"etenduGroupe", FIELD_TEXT, FIELD_LOOSE, AT(group_record, long_name), NULL, NULL},
        {"codeFormation", FIELD_INT, 0, AT(group_record, training), NULL, NULL},
        {"codeSite", FIELD_INT, 0, AT(group_record, site), NULL, NULL},
        {"numeroAnnee", FIELD_INT, FIELD_LOOSE, AT(group_record, year), NULL, NULL},
        {"etatActionFormation", FIELD_TEXT, FIELD_LOOSE, AT(group_record, state), NULL, NULL},
};
static const struct shape group_shape = {"group", sizeof(struct group_record), FIELDS(group_fields), RECORD_NO_MASK,
                                         NULL};

static int on_group(void *arg, void *record, struct str key)
{
	struct ypareo_port__question *q = arg;
	const struct group_record *r = record;
	(void)key;
	if (ypareo_port__repeated(q, r->code))
		return 0;
	struct group *g = adapter__list_add(&q->base);
	if (!g)
		return ERR_LIMIT;
	const struct str names[] = {r->name, r->short_name, r->long_name};
	for (size_t i = 0; i < 3 && str_empty(g->name); i++)
		g->name = adapter__copy(&q->base, q->keep, names[i]);
	g->code = r->code;
	g->site = r->site;
	g->training = r->training;
	g->year = r->year;
	g->state = adapter__copy(&q->base, q->keep, r->state);
	return memory_of(q);
}

LIST_ROOT(group, group_shape, on_group);

void ypareo_port__groups(void *self, struct exchange *x, struct arena *keep, struct ints periods, struct items *out)
{
	if (ypareo_port__list(self, x, YPAREO_GROUPS, &group_root, keep, out, sizeof(struct group), NULL))
		ypareo_port__query_periods(x, periods);
}

void ypareo_port__short_groups(void *self, struct exchange *x, struct arena *keep, int32_t first, int32_t last,
                               struct items *out)
{
	struct ypareo_port__days d;
	ypareo_port__days(&d, first, last);
	struct ypareo_port__question *q =
	        ypareo_port__list(self, x, YPAREO_SHORT_GROUPS, &group_root, keep, out, sizeof(struct group), d.args);
	if (q)
		q->optional = true;
}

/* ---- trainings, rooms ---- */

static const struct field training_fields[] = NAMED_FIELDS("codeFormation", "nomFormation", "abregeFormation");
static const struct shape training_shape = {"training", sizeof(struct named), FIELDS(training_fields), RECORD_NO_MASK,
                                            NULL};

static int on_training(void *arg, void *record, struct str key)
{
	struct ypareo_port__question *q = arg;
	const struct named *n = record;
	(void)key;
	if (n->retired || ypareo_port__repeated(q, n->code))
		return 0;
	struct training *t = adapter__list_add(&q->base);
	if (!t)
		return ERR_LIMIT;
	t->code = n->code;
	t->name = name_of(q, n);
	return memory_of(q);
}

LIST_ROOT(training, training_shape, on_training);

void ypareo_port__trainings(void *self, struct exchange *x, struct arena *keep, struct items *out)
{
	(void)!ypareo_port__list(self, x, YPAREO_TRAININGS, &training_root, keep, out, sizeof(struct training), NULL);
}

static const struct field room_fields[] = NAMED_FIELDS("codeSalle", "nomSalle", "abregeSalle");
static const struct shape room_shape = {"room", sizeof(struct named), FIELDS(room_fields), RECORD_NO_MASK, NULL};

static int on_room(void *arg, void *record, struct str key)
{
	struct ypareo_port__question *q = arg;
	const struct named *n = record;
	(void)key;
	if (n->retired || ypareo_port__repeated(q, n->code))
		return 0;
	struct room *room = adapter__list_add(&q->base);
	if (!room)
		return ERR_LIMIT;
	room->code = n->code;
	room->name = name_of(q, n);
	return memory_of(q);
}

LIST_ROOT(room, room_shape, on_room);

void ypareo_port__rooms(void *self, struct exchange *x, struct arena *keep, struct items *out)
{
	(void)!ypareo_port__list(self, x, YPAREO_ROOMS, &room_root, keep, out, sizeof(struct room), NULL);
}

/* ---- planning ---- */

struct session_record {
	uint64_t mask;
	int64_t code, state;
	struct str subject, date, begin, end, state_name;
	bool remote;
	struct ints groups, learners, instructors, rooms;
};

enum { SESSION_STATE = 1 };
static const struct field session_fields[] = {
        {"codeSeance", FIELD_INT, FIELD_REQUIRED, AT(session_record, code), NULL, NULL},
        [SESSION_STATE] = {"etatSeance", FIELD_INT, FIELD_LOOSE, AT(session_record, state), NULL, NULL},
        {"nomEtatSeance", FIELD_TEXT, FIELD_LOOSE, AT(session_record, state_name), NULL, NULL},
        {"nomMatiere", FIELD_TEXT, FIELD_LOOSE, AT(session_record, subject), NULL, NULL},
        {"date", FIELD_TEXT, FIELD_LOOSE, AT(session_record, date), NULL, NULL},
        {"heureDebut", FIELD_TEXT, FIELD_LOOSE, AT(session_record, begin), NULL, NULL},
        {"heureFin", FIELD_TEXT, FIELD_LOOSE, AT(session_record, end), NULL, NULL},
        {"isDistance", FIELD_BOOL, FIELD_LOOSE, AT(session_record, remote), NULL, NULL},
        {"codesGroupe", FIELD_INTS, 0, AT(session_record, groups), NULL, NULL},
        {"codesApprenant", FIELD_INTS, 0, AT(session_record, learners), NULL, NULL},
        {"codesPersonnel", FIELD_INTS, 0, AT(session_record, instructors), NULL, NULL},
        {"codesSalle", FIELD_INTS, 0, AT(session_record, rooms), NULL, NULL},
};
static const struct shape session_shape = {"session", sizeof(struct session_record), FIELDS(session_fields),
                                           AT(session_record, mask), NULL};

static int by_value(const void *pa, const void *pb)
{
	int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;
	return (a > b) - (a < b);
}

/* Sorted, each once, without the 0 that stands for "not set". */
static struct ints codes_of(struct ypareo_port__question *q, struct ints in)
{
	struct ints out = {NULL, 0};
	if (in.n == 0)
		return out;
	out.v = arena_array(q->keep, in.n, sizeof(*out.v));
	if (!out.v) {
		q->base.exhausted = true;
		return out;
	}
	qsort(in.v, in.n, sizeof(*in.v), by_value);
	for (size_t i = 0; i < in.n; i++)
		if (in.v[i] != 0 && (out.n == 0 || out.v[out.n - 1] != in.v[i]))
			out.v[out.n++] = in.v[i];
	return out;
}

/* Missing = validated. The number decides; of one that is not known, the name. */
static enum session_state state_of(const struct session_record *r)
{
	if ((r->mask & FIELD_BIT(SESSION_STATE)) && (r->state == 0 || r->state == 1))
		return r->state ? SESSION_VALIDATED : SESSION_PENDING;
	return str_starts(str_trim(r->state_name), "En attente") ? SESSION_PENDING : SESSION_VALIDATED;
}

static int on_session(void *arg, void *record, struct str key)
{
	struct ypareo_port__question *q = arg;
	const struct session_record *r = record;
	struct session s = {.code = r->code};
	int begin, end;
	(void)key;
	if (day_parse(r->date, &s.day))
		return adapter__refuse(&q->base, ERR_TYPE, "session %lld: date is no date", (long long)r->code);
	if (daytime_parse(r->begin, &begin))
		return adapter__refuse(&q->base, ERR_TYPE, "session %lld: heureDebut is no time", (long long)r->code);
	if (daytime_parse(r->end, &end))
		return adapter__refuse(&q->base, ERR_TYPE, "session %lld: heureFin is no time", (long long)r->code);
	s.start_minute = begin / 60;
	s.end_minute = end / 60;
	s.start = tz_to_utc(q->zone, s.day, s.start_minute, begin % 60);
	s.end = tz_to_utc(q->zone, s.day, s.end_minute, end % 60);
	s.state = state_of(r);
	s.remote = r->remote;
	s.subject = adapter__copy(&q->base, q->keep, r->subject);
	s.groups = codes_of(q, r->groups);
	s.learners = codes_of(q, r->learners);
	s.instructors = codes_of(q, r->instructors);
	s.rooms = codes_of(q, r->rooms);
	struct session *item = adapter__list_add(&q->base);
	if (!item)
		return ERR_LIMIT;
	*item = s;
	return memory_of(q);
}

/* Required: an answer without it is no empty planning, and would take every sheet away. A bare [] is how PHP writes
 * an empty object. */
static const struct field planning_fields[] = {
        {"cours", FIELD_EACH, FIELD_REQUIRED, 0, &session_shape, on_session},
};
static const struct shape planning_shape = {"planning", 1, FIELDS(planning_fields), RECORD_NO_MASK, NULL};

void ypareo_port__planning(void *self, struct exchange *x, struct arena *keep, const struct tz *zone, int32_t first,
                           int32_t last, int64_t group, struct items *out)
{
	struct ypareo_port__days d;
	char code[24];
	ypareo_port__days(&d, first, last);
	snprintf(code, sizeof(code), "%lld", (long long)group);
	d.args[2] = (struct adapter__arg){"code", str_of(code)};
	struct ypareo_port__question *q = ypareo_port__list(self, x, YPAREO_PLANNING, &planning_shape, keep, out,
	                                                    sizeof(struct session), d.args);
	if (q)
		q->zone = zone;
}

/* It times out on large schools, and then it is cut: waiting long for that is waiting in vain. */
#define ALL_TIMEOUT_MS 60000

void ypareo_port__planning_all(void *self, struct exchange *x, struct arena *keep, const struct tz *zone,
                               int32_t first, int32_t last, struct items *out)
{
	struct ypareo_port__days d;
	ypareo_port__days(&d, first, last);
	struct ypareo_port__question *q = ypareo_port__list(self, x, YPAREO_PLANNING_ALL, &planning_shape, keep, out,
	                                                    sizeof(struct session), d.args);
	if (!q)
		return;
	q->zone = zone;
	if (x->request.timeout_ms > ALL_TIMEOUT_MS)
		x->request.timeout_ms = ALL_TIMEOUT_MS;
}
