#include "core/sync/compare.h"

#include <stdlib.h>
#include <string.h>

/* A slice of this many sessions is far below a millisecond. */
#define SESSIONS_PER_STEP 40

static void *need(struct comparison *c, size_t count, size_t size)
{
	return arena_array(c->arena, count ? count : 1, size);
}

/* ---- fingerprints ---- */

void compare_person_fingerprint(const struct person *p, uint8_t out[32])
{
	struct digest d;
	digest_init(&d);
	digest_add_int(&d, FINGERPRINT_VERSION);
	digest_add_int(&d, p->kind);
	const struct str fields[] = { p->first, p->last, p->email, p->phone, p->training, p->company };
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		digest_add(&d, fields[i]);
	digest_end(&d, out);
}

void compare_sheet_fingerprint(const struct want_sheet *w, struct str room, const int64_t *instructors, size_t instructor_count,
                               const int64_t *learners, size_t learner_count, uint8_t out[32])
{
	struct digest d;
	digest_init(&d);
	digest_add_int(&d, FINGERPRINT_VERSION);
	digest_add(&d, w->name);
	digest_add(&d, room);
	digest_add_int(&d, w->session->start);
	digest_add_int(&d, w->session->end);
	digest_add_int(&d, (int64_t)instructor_count);
	for (size_t i = 0; i < instructor_count; i++)
		digest_add_int(&d, instructors[i]);
	for (size_t i = 0; i < learner_count; i++)
		digest_add_int(&d, learners[i]);
	digest_end(&d, out);
}

/* ---- people ---- */

enum count_kind compare_count_kind(enum person_kind kind)
{
	static const enum count_kind kinds[PERSON_KIND_COUNT] = { COUNT_LEARNERS, COUNT_INSTRUCTORS, COUNT_TUTORS };
	return kinds[kind];
}

struct str learner_email(const struct settings *s, const struct learner *l)
{
	struct str pro = str_trim(l->email_pro), normal = str_trim(l->email_normal);
	switch (s->email) {
	case EMAIL_PRO:
		return pro;
	case EMAIL_NORMAL:
		return normal;
	case EMAIL_PRO_ELSE_NORMAL:
		return str_empty(pro) ? normal : pro;
	case EMAIL_NORMAL_ELSE_PRO:
		return str_empty(normal) ? pro : normal;
	}
	return STR_NONE;
}

static const char *const email_fix[PERSON_KIND_COUNT] = {
	[PERSON_LEARNER] = "Enter the e-mail address in Yparéo, on the learner's file (the kind of address is this school's key ypareo.email)",
	[PERSON_INSTRUCTOR] = "Enter the e-mail address in Yparéo, on the staff member's user account",
	[PERSON_TUTOR] = "Enter the e-mail address in Yparéo, on the contact of the company",
};

/* What a person lacks to be created; each is an issue of its own. */
static bool lacks(struct comparison *c, const struct person *p)
{
	struct str record = record_name(c->arena, person_kind_name(p->kind), p->code);
	bool missing = false;
	if (str_empty(p->last)) {
		issues_add(c->issues, record, "last name", 0, "Enter the last name in Yparéo", "has no last name, which Edusign requires");
		missing = true;
	}
	if (str_empty(p->first)) {
		issues_add(c->issues, record, "first name", 0, "Enter the first name in Yparéo", "has no first name, which Edusign requires");
		missing = true;
	}
	if (str_empty(p->email)) {
		issues_add(c->issues, record, "email", 0, email_fix[p->kind], "has no e-mail address, which Edusign requires");
		missing = true;
	} else if (!str_is_email(p->email)) {
		issues_add(c->issues, record, "email", 0, email_fix[p->kind], "has an e-mail address that is not one");
		missing = true;
	}
	return missing;
}

static bool wish_of_learner(struct comparison *c, int64_t code, struct person *out)
{
	const struct learner *l = map_get(c->snap->learner_by_code, code);
	if (!l)
		return false;
	*out = (struct person){ .kind = PERSON_LEARNER,
		                .code = code,
		                .first = str_trim(l->first),
		                .last = str_trim(l->last),
		                .email = learner_email(c->settings, l),
		                .phone = str_trim(l->phone),
		                .training = str_trim(l->training),
		                .company = str_trim(l->company),
		                .send_credentials = c->settings->credentials_learners };
	return true;
}

static bool wish_of_instructor(struct comparison *c, int64_t code, struct person *out)
{
	const struct instructor *i = map_get(c->snap->instructor_by_code, code);
	if (!i)
		return false;
	*out = (struct person){ .kind = PERSON_INSTRUCTOR,
		                .code = code,
		                .first = str_trim(i->first),
		                .last = str_trim(i->last),
		                .email = str_trim(i->email),
		                .send_credentials = c->settings->credentials_instructors };
	return true;
}

/* A bound person stays as it is where Yparéo no longer says something mandatory: mandatory fields are needed to create
 * a person, never to stay on a roster. */
static void keep_known(struct person *wish, const struct binding *b)
{
	if (str_empty(wish->first))
		wish->first = b->first;
	if (str_empty(wish->last))
		wish->last = b->last;
	if (str_empty(wish->email) || !str_is_email(wish->email))
		wish->email = b->email;
}

struct item *compare_add_item(struct comparison *c, enum item_kind kind, enum action action, struct str record, int64_t order)
{
	struct item *it = need(c, 1, sizeof(*it));
	if (!it || items_add(c->arena, &c->items, &c->items_cap, &it, sizeof(it)))
		return NULL;
	it->kind = kind;
	it->action = action;
	it->record = record;
	it->order = order;
	return it;
}

void compare_set_fields(struct comparison *c, struct item *it, const char *const *names, size_t n)
{
	it->fields.v = need(c, n, sizeof(struct str));
	it->fields.n = it->fields.v ? n : 0;
	for (size_t i = 0; i < it->fields.n; i++)
		it->fields.v[i] = str_of(names[i]);
}

void compare_plan_person(struct comparison *c, struct want_person *p, int64_t order)
{
	struct str record = record_name(c->arena, person_kind_name(p->wish.kind), p->wish.code);
	if (!p->binding) {
		p->broken = lacks(c, &p->wish);
		if (p->broken)
			return;
		p->item = compare_add_item(c, ITEM_PERSON, ACTION_CREATE, record, order);
		if (p->item)
			p->item->reason = p->wish.kind == PERSON_TUTOR ? STR("the tutor of a learner on a sheet") : STR("first needed by a sheet");
	} else {
		(void)lacks(c, &p->wish); /* told, but no reason to take anybody off */
		keep_known(&p->wish, p->binding);
		compare_person_fingerprint(&p->wish, p->fingerprint);
		if (p->binding->shared || memcmp(p->fingerprint, p->binding->fingerprint, 32) == 0)
			return;
		p->item = compare_add_item(c, ITEM_PERSON, ACTION_UPDATE, record, order);
		if (p->item) {
			static const char *const all[] = { "FIRSTNAME", "LASTNAME", "EMAIL" };
			const bool differs[] = { !str_eq(p->wish.first, p->binding->first), !str_eq(p->wish.last, p->binding->last),
				                 !str_eq(p->wish.email, p->binding->email) };
			const char *names[4];
			size_t n = 0;
			for (size_t i = 0; i < 3; i++)
				if (differs[i])
					names[n++] = all[i];
			if (!n)
				names[n++] = "DETAILS";
			compare_set_fields(c, p->item, names, n);
			p->item->reason = STR("changed in Yparéo");
		}
	}
	if (p->item)
		p->item->person = p;
}

/* The one want_person of a code; NULL: Yparéo does not list that person (an issue says so), or memory is out. */
static struct want_person *want_person(struct comparison *c, enum person_kind kind, int64_t code, int64_t order)
{
	struct want_person *p = map_get(c->people[kind], code);
	if (p)
		return p;
	p = need(c, 1, sizeof(*p));
	if (!p)
		return NULL;
	map_put(c->people[kind], code, p);
	p->binding = map_get(c->state->people[kind], code);
	bool known = kind == PERSON_LEARNER ? wish_of_learner(c, code, &p->wish) : wish_of_instructor(c, code, &p->wish);
	if (known) {
		compare_person_fingerprint(&p->wish, p->fingerprint);
		compare_plan_person(c, p, order);
		return p;
	}
	p->wish = (struct person){ .kind = kind, .code = code };
	p->broken = !p->binding;
	if (p->broken)
		issues_add(c->issues, record_name(c->arena, person_kind_name(kind), code), "name", 0,
		           "Check in Yparéo that this person is active and visible to the key's rights",
		           "is expected at a session, but Yparéo's list does not have this person");
	else
		memcpy(p->fingerprint, p->binding->fingerprint, 32);
	return p;
}

/* ---- sheets ---- */

static struct str sheet_name(struct comparison *c, const struct session *s)
{
	struct str subject = str_trim(s->subject);
	if (!str_empty(subject))
		return subject;
	for (size_t i = 0; i < s->groups.n; i++) {
		const struct group *g = map_get(c->snap->group_by_code, s->groups.v[i]);
		if (g && !str_empty(str_trim(g->name)))
			return str_trim(g->name);
	}
	return STR("Séance");
}

static struct str sheet_room(struct comparison *c, const struct session *s)
{
	struct buf b;
	buf_init(&b, 2000);
	for (size_t i = 0; i < s->rooms.n; i++) {
		const struct room *r = map_get(c->snap->room_by_code, s->rooms.v[i]);
		if (i)
			buf_addz(&b, ", ");
		if (r && !str_empty(str_trim(r->name)))
			buf_add(&b, str_trim(r->name).p, str_trim(r->name).n);
		else
			buf_printf(&b, "%lld", (long long)s->rooms.v[i]);
	}
	struct str out = arena_str(c->arena, buf_str(&b));
	buf_deinit(&b);
	return out;
}

static bool training_kept(struct comparison *c, const struct session *s)
{
	if (c->settings->training_states.n == 0)
		return true;
	bool any = s->groups.n == 0;
	for (size_t i = 0; i < s->groups.n; i++) {
		const struct group *g = map_get(c->snap->group_by_code, s->groups.v[i]);
		if (!g || str_empty(str_trim(g->state)))
			return true; /* a state that is not given keeps the session (assumed) */
		for (size_t k = 0; k < c->settings->training_states.n; k++)
			any = any || str_eq(str_fold_case(c->arena, g->state), str_fold_case(c->arena, c->settings->training_states.v[k]));
	}
	return any;
}

/* Why this session has no sheet by the school's own choice; NULL: it may have one. */
const char *compare_filtered(struct comparison *c, const struct session *s)
{
	if (s->state == SESSION_PENDING ? !c->settings->want_pending : !c->settings->want_validated)
		return s->state == SESSION_PENDING ? "the session is pending" : "the session is validated";
	if (c->settings->remote_only && !s->remote)
		return "the session is not held remotely";
	if (!training_kept(c, s))
		return "the state of its training action is not among those kept";
	return NULL;
}

static void want_instructors(struct comparison *c, struct want_sheet *w)
{
	const struct session *s = w->session;
	size_t n = s->instructors.n;
	const int64_t *codes = s->instructors.v;
	if (n == 0 && c->settings->default_instructor) {
		n = 1;
		codes = &c->settings->default_instructor;
	}
	if (n > SHEET_INSTRUCTORS)
		n = SHEET_INSTRUCTORS;
	w->instructors = need(c, n, sizeof(*w->instructors));
	for (size_t i = 0; w->instructors && i < n; i++) {
		struct want_person *p = want_person(c, PERSON_INSTRUCTOR, codes[i], s->start);
		if (p && !p->broken)
			w->instructors[w->instructor_count++] = p;
	}
}

static bool remembered(const struct ints *codes, int64_t code)
{
	for (size_t i = 0; i < codes->n; i++)
		if (codes->v[i] == code)
			return true;
	return false;
}

static void want_learners(struct comparison *c, struct want_sheet *w, enum belongs session)
{
	const struct session *s = w->session;
	w->learners = need(c, s->learners.n, sizeof(*w->learners));
	for (size_t i = 0; w->learners && i < s->learners.n; i++) {
		int64_t code = s->learners.v[i];
		const struct learner *l = map_get(c->snap->learner_by_code, code);
		enum belongs b = learner_belongs(c->snap, &c->sites, s, l, session);
		if (b == BELONGS_NO)
			continue;
		if (b == BELONGS_UNKNOWN && !(w->memory && remembered(&w->memory->learners, code))) {
			issues_add(c->issues, record_name(c->arena, "learner", code), "site", s->end,
			           "Enter the site of this learner's enrolment in Yparéo",
			           "is expected at a session shared by several sites, and Yparéo does not say to which one this learner belongs");
			continue;
		}
		struct want_person *p = want_person(c, PERSON_LEARNER, code, s->start);
		if (p && !p->broken)
			w->learners[w->learner_count++] = p;
	}
}

static void codes_of(struct want_person *const *people, size_t n, int64_t *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = people[i]->wish.code;
}

static bool same_codes(const struct ints *a, const int64_t *b, size_t n)
{
	return a->n == n && (n == 0 || memcmp(a->v, b, n * sizeof(*b)) == 0);
}

/* Fills the item of a sheet that differs from what was last sent. */
static void describe_update(struct comparison *c, struct item *it, const struct want_sheet *w, const int64_t *instructors, const int64_t *learners)
{
	const struct sheet_memory *m = w->memory;
	const char *names[8], *why[8];
	size_t n = 0;
	if (!str_eq(m->name, w->name))
		why[n] = "name", names[n++] = "NAME";
	if (m->start != w->session->start)
		why[n] = "start", names[n++] = "START";
	if (m->end != w->session->end)
		why[n] = "end", names[n++] = "END";
	if (w->room_known && !str_eq(m->room, w->room))
		why[n] = "room", names[n++] = "CLASSROOM";
	if (!same_codes(&m->instructors, instructors, w->instructor_count))
		why[n] = "instructors", names[n++] = "PROFESSOR";
	if (!w->groups_kept && !str_eq(m->grouping, w->grouping))
		why[n] = "groups", names[n++] = "SCHOOL_GROUP";
	it->roster_only = n == 0;
	if (!same_codes(&m->learners, learners, w->learner_count))
		why[n] = "learners", names[n++] = "STUDENTS";
	compare_set_fields(c, it, names, n);
	if (n == 0) {
		it->roster_only = false;
		it->reason = STR("to be verified");
		return;
	}
	struct buf b;
	buf_init(&b, 300);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", why[i]);
	buf_addz(&b, " changed in Yparéo");
	it->reason = arena_str(c->arena, buf_str(&b));
	buf_deinit(&b);
	size_t kept = 0;
	for (size_t i = 0; i < w->learner_count; i++)
		kept += remembered(&m->learners, learners[i]);
	it->shrinks = m->learners.n >= 2 && kept * 2 <= m->learners.n;
}

static void plan_sheet(struct comparison *c, struct want_sheet *w)
{
	const struct session *s = w->session;
	struct str record = record_name(c->arena, "sheet", s->code);
	int64_t *instructors = need(c, w->instructor_count, sizeof(*instructors));
	int64_t *learners = need(c, w->learner_count, sizeof(*learners));
	if (!instructors || !learners)
		return;
	codes_of(w->instructors, w->instructor_count, instructors);
	codes_of(w->learners, w->learner_count, learners);
	uint8_t fp[32];
	compare_sheet_fingerprint(w, w->room, instructors, w->instructor_count, learners, w->learner_count, fp);
	compare_groups_attach(c, w);
	bool grouped = w->memory && (w->groups_kept || str_eq(w->grouping, w->memory->grouping));
	if (grouped && memcmp(fp, w->memory->fingerprint, 32) == 0) {
		c->report->counts[COUNT_SHEETS].unchanged++;
		return;
	}
	struct item *it = compare_add_item(c, ITEM_SHEET, w->memory ? ACTION_UPDATE : ACTION_CREATE, record, s->start);
	if (!it)
		return;
	it->sheet = w;
	it->memory = w->memory;
	if (w->memory)
		describe_update(c, it, w, instructors, learners);
	else
		it->reason = STR("new session");
}

/* Is there something to say against a sheet for this session? Issues are told here; true: no sheet now, and no removal either. */
static bool not_now(struct comparison *c, struct want_sheet *w)
{
	const struct session *s = w->session;
	struct str record = record_name(c->arena, "sheet", s->code);
	if (s->end <= s->start) {
		issues_add(c->issues, record, "end", s->start + 86400, "Mend the times of the session in Yparéo", "ends before it starts");
		return true;
	}
	if (w->instructor_count == 0) {
		bool named = s->instructors.n > 0 || c->settings->default_instructor;
		issues_add(c->issues, record, "instructor", s->end,
		           named ? "Mend the instructor's own issue" : "Enter an instructor for the session in Yparéo",
		           named ? "none of its instructors can be used, and Edusign requires one" : "has no instructor, and Edusign requires one");
		return true;
	}
	return w->learner_count == 0;
}

static void consider(struct comparison *c, const struct session *s)
{
	enum belongs b = session_belongs(c->snap, &c->sites, s);
	struct sheet_memory *memory = map_get(c->state->sheets, s->code);
	if (memory && memory->gone)
		memory = NULL;
	if (b == BELONGS_NO)
		return;
	struct want_sheet *w = need(c, 1, sizeof(*w));
	if (!w)
		return;
	w->session = s;
	w->memory = memory;
	w->groups_kept = true;
	if (b == BELONGS_UNKNOWN) {
		issues_add(c->issues, record_name(c->arena, "sheet", s->code), "site", s->end, "Enter the site of the session's groups in Yparéo",
		           "none of its groups has a site that Yparéo lists, so no environment can be told");
		map_put(c->wanted, s->code, w); /* an unknown site is an issue, never a removal */
		return;
	}
	if (compare_filtered(c, s))
		return;
	map_put(c->wanted, s->code, w);
	if (s->end <= c->now && !memory)
		return;
	w->name = sheet_name(c, s);
	w->room_known = c->snap->rooms_read || !memory;
	w->room = w->room_known ? sheet_room(c, s) : memory->room;
	want_instructors(c, w);
	want_learners(c, w, b);
	if (not_now(c, w))
		return;
	if (c->settings->grouping == GROUPING_NONE) {
		plan_sheet(c, w);
		return;
	}
	compare_groups_note(c, w);
	(void)!items_add(c->arena, &c->waiting, &c->waiting_cap, &w, sizeof(w)); /* compare_step() sees that memory is out */
}

/* Who is in a group is known when all sessions were looked at; only then is it known which sheets may bear it. */
static bool step_waiting(struct comparison *c)
{
	struct want_sheet **all = c->waiting.v;
	if (c->waiting.n == 0)
		return false;
	if (c->next_waiting == 0 && compare_groups_end(c))
		return false; /* sticky: compare_step() says so */
	for (size_t k = 0; k < SESSIONS_PER_STEP && c->next_waiting < c->waiting.n; k++)
		plan_sheet(c, all[c->next_waiting++]);
	return c->next_waiting < c->waiting.n;
}

void compare_begin(struct comparison *c)
{
	for (int k = 0; k < PERSON_KIND_COUNT; k++)
		c->people[k] = map_new_int(c->arena);
	c->wanted = map_new_int(c->arena);
	c->next_session = 0;
	c->groups = map_new_str(c->arena);
	c->group_of = map_new_int(c->arena);
	c->followers = map_new_int(c->arena);
}

bool compare_step(struct comparison *c, struct fault *fault)
{
	const struct session *all = c->snap->sessions.v;
	size_t end = c->next_session + SESSIONS_PER_STEP;
	bool more = c->next_session < c->snap->sessions.n || step_waiting(c);
	for (; c->next_session < c->snap->sessions.n && c->next_session < end; c->next_session++)
		consider(c, &all[c->next_session]);
	void *probe = arena_alloc(c->arena, 1); /* sticky: once past its cap an arena gives nothing more */
	if (!probe)
		fault_set(fault, FAULT_LOCAL, ERR_LIMIT, "the memory of the run is used up while comparing");
	return probe && more;
}

/* ---- removals, interrupted writes, order ---- */

static bool consider_removal(void *value, void *arg)
{
	struct sheet_memory *m = value;
	struct comparison *c = arg;
	if (m->gone)
		return true;
	struct tz_local start = tz_from_utc(c->settings->zone, m->start);
	if (start.day < c->snap->first || start.day > c->snap->last)
		return true;
	c->sheets_known++;
	if (m->start <= c->now || map_get(c->wanted, m->session))
		return true;
	struct item *it = compare_add_item(c, ITEM_SHEET, ACTION_DELETE, record_name(c->arena, "sheet", m->session), m->start);
	if (!it)
		return false;
	it->memory = m;
	const struct session *s = map_get(c->snap->session_by_code, m->session);
	if (!s) {
		it->second_reading = true;
		it->reason = STR("the session is no longer planned in Yparéo");
	} else if (session_belongs(c->snap, &c->sites, s) == BELONGS_NO) {
		it->reason = STR("the session belongs to another site now");
	} else {
		it->reason = str_of(compare_filtered(c, s));
	}
	return true;
}

static struct item *item_of(struct comparison *c, enum item_kind kind, int64_t code, enum person_kind person)
{
	struct item **all = c->items.v;
	for (size_t i = 0; i < c->items.n; i++) {
		if (all[i]->kind != kind)
			continue;
		if (kind == ITEM_PERSON ? all[i]->person->wish.kind == person && all[i]->person->wish.code == code
		                        : (all[i]->sheet ? all[i]->sheet->session->code : all[i]->memory->session) == code)
			return all[i];
	}
	return NULL;
}

static bool intent_is_person(enum intent_kind k)
{
	return k == INTENT_PERSON_CREATE || k == INTENT_PERSON_UPDATE || k == INTENT_PERSON_RESTORE;
}

static int plan_interrupted_group(struct comparison *c, const struct intent *in)
{
	struct want_group *g = map_get_str(c->groups, in->payload);
	if (!g)
		return 0; /* stays until a run wants it, or until it is a day old */
	if (!g->item) {
		g->item = compare_add_item(c, ITEM_GROUP, g->memory ? ACTION_UPDATE : ACTION_CREATE,
		                           compare_group_record(c->arena, g->code), c->now);
		if (!g->item)
			return ERR_LIMIT;
		g->item->group = g;
		if (g->memory && c->report->counts[COUNT_GROUPS].unchanged)
			c->report->counts[COUNT_GROUPS].unchanged--;
		g->item->reason = STR("an interrupted write is verified");
	}
	if (in->seq > g->item->intent) {
		g->item->intent = in->seq;
		g->item->sent_ms = c->now * 1000;
	}
	return 0;
}

int compare_remember_added(struct arena *arena, struct sheet_memory *m, int64_t learner)
{
	if (!learner || remembered(&m->learners, learner))
		return 0;
	int64_t *v = arena_array(arena, m->learners.n + 1, sizeof(*v));
	if (!v)
		return ERR_LIMIT;
	size_t at = 0;
	while (at < m->learners.n && m->learners.v[at] < learner)
		at++;
	if (at)
		memcpy(v, m->learners.v, at * sizeof(*v));
	v[at] = learner;
	if (at < m->learners.n)
		memcpy(v + at + 1, m->learners.v + at, (m->learners.n - at) * sizeof(*v));
	m->learners = (struct ints){ v, m->learners.n + 1 };
	return 0;
}

/* An earlier process, or an earlier run, does not know what came of these writes. Each gives its record an item that reads back first,
 * also where nothing else would be done to it. */
static int plan_interrupted(struct comparison *c)
{
	const struct intent *intents = c->state->intents.v;
	for (size_t i = 0; i < c->state->intents.n; i++) {
		const struct intent *in = &intents[i];
		bool person = intent_is_person(in->kind);
		if (in->kind == INTENT_GROUP_CREATE || in->kind == INTENT_GROUP_UPDATE || in->kind == INTENT_FOLLOWER_PUT) {
			if (in->kind == INTENT_FOLLOWER_PUT ? compare_tutors_interrupted(c, in) : plan_interrupted_group(c, in))
				return ERR_LIMIT;
			continue;
		}
		if (!person && in->kind > INTENT_ROSTER_REMOVE)
			continue; /* the up flow's */
		struct item *it = item_of(c, person ? ITEM_PERSON : ITEM_SHEET, in->code, in->person);
		struct want_sheet *w = person ? NULL : map_get(c->wanted, in->code);
		struct want_person *p = person ? map_get(c->people[in->person], in->code) : NULL;
		if (w && w->memory && in->kind == INTENT_ROSTER_ADD && compare_remember_added(c->arena, w->memory, in->code2))
			return ERR_LIMIT;
		if (!it && (p || (w && !str_empty(w->name)))) {
			it = compare_add_item(c, person ? ITEM_PERSON : ITEM_SHEET, ACTION_UPDATE,
			              record_name(c->arena, person ? person_kind_name(in->person) : "sheet", in->code), c->now);
			if (!it)
				return ERR_LIMIT;
			it->person = p;
			it->sheet = w;
			it->memory = w ? w->memory : NULL;
			if (p && !p->binding)
				it->action = ACTION_CREATE;
			if (w && !w->memory)
				it->action = ACTION_CREATE;
			if (p)
				p->item = it;
			if (w && c->report->counts[COUNT_SHEETS].unchanged)
				c->report->counts[COUNT_SHEETS].unchanged--;
			it->reason = STR("an interrupted write is verified");
		}
		if (it && in->seq > it->intent) {
			it->intent = in->seq;
			it->sent_ms = c->now * 1000; /* it may have waited for its lane, and left just before its process ended */
		}
	}
	return 0;
}

static int by_order(const void *pa, const void *pb)
{
	const struct item *a = *(struct item *const *)pa, *b = *(struct item *const *)pb;
	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	return str_cmp(a->record, b->record);
}

static bool count_person(void *value, void *arg)
{
	struct want_person *p = value;
	struct comparison *c = arg;
	if (p->binding && !p->item && !p->follower && !p->counted)
		c->report->counts[compare_count_kind(p->wish.kind)].unchanged++;
	p->counted = true;
	return true;
}

void compare_moved(struct comparison *c, struct item *it, const struct session *s)
{
	enum belongs b = session_belongs(c->snap, &c->sites, s);
	struct want_sheet *w = need(c, 1, sizeof(*w));
	if (!w || b == BELONGS_NO)
		return;
	const char *why = compare_filtered(c, s);
	if (why) {
		it->reason = str_of(why);
		return;
	}
	it->second_reading = false;
	w->session = s;
	w->memory = it->memory;
	w->groups_kept = true;
	w->name = sheet_name(c, s);
	w->room_known = c->snap->rooms_read;
	w->room = w->room_known ? sheet_room(c, s) : it->memory->room;
	size_t before = c->items.n;
	want_instructors(c, w);
	want_learners(c, w, b);
	if (b == BELONGS_UNKNOWN || w->instructor_count == 0 || w->learner_count == 0 || s->end <= s->start) {
		it->phase = ITEM_DONE; /* planned, and nothing to be sent for now: the sheet stays as it is */
		return;
	}
	/* people first met here come behind; they are put in front of the sheet by the order of the list */
	struct item **all = c->items.v;
	for (size_t i = before; i < c->items.n; i++)
		all[i]->order = it->order;
	it->action = ACTION_UPDATE;
	it->sheet = w;
	static const char *const fields[] = { "START" };
	compare_set_fields(c, it, fields, 1);
	it->reason = STR("the session was moved in Yparéo");
}

void compare_sort(struct comparison *c)
{
	if (c->items.n > 1)
		qsort(c->items.v, c->items.n, sizeof(struct item *), by_order);
}

int compare_end(struct comparison *c)
{
	c->sheets_known = 0;
	map_each(c->state->sheets, consider_removal, c);
	if (compare_tutors_end(c) || plan_interrupted(c))
		return ERR_LIMIT;
	for (int k = 0; k < PERSON_KIND_COUNT; k++)
		map_each(c->people[k], count_person, c);
	compare_sort(c);
	return arena_alloc(c->arena, 1) ? 0 : ERR_LIMIT;
}
