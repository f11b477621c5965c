#include "tests/world/gen_p.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/tz.h"

/* ---- random numbers: splitmix64 ---- */

void gen_random_init(struct gen_random *r, uint64_t seed)
{
	r->state = seed;
}

uint64_t gen_random_next(struct gen_random *r)
{
	uint64_t z = r->state += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return z ^ (z >> 31);
}

unsigned gen_random_below(struct gen_random *r, unsigned n)
{
	REQUIRE(n > 0);
	return (unsigned)(((gen_random_next(r) >> 32) * n) >> 32);
}

/* ---- who is free ---- */

static bool meets(const struct ypareo_session *session, int32_t day, int start, int end, int64_t except)
{
	return session->day == day && session->code != except && session->start < end && session->end > start;
}

bool gen__instructor_free(const struct ypareo *y, int64_t instructor, int32_t day, int start, int end, int64_t except)
{
	for (size_t i = 0; i < y->sessions.n; i++) {
		const struct ypareo_session *session = &y->sessions.items[i];
		if (meets(session, day, start, end, except) && ypareo_codes_has(&session->instructors, instructor))
			return false;
	}
	return true;
}

bool gen__room_free(const struct ypareo *y, int64_t room, int32_t day, int start, int end, int64_t except)
{
	for (size_t i = 0; i < y->sessions.n; i++) {
		const struct ypareo_session *session = &y->sessions.items[i];
		if (meets(session, day, start, end, except) && ypareo_codes_has(&session->rooms, room))
			return false;
	}
	return true;
}

bool gen__learners_free(const struct ypareo *y, const struct ypareo_codes *learners, int32_t day, int start, int end,
                        int64_t except)
{
	for (size_t i = 0; i < y->sessions.n; i++) {
		const struct ypareo_session *session = &y->sessions.items[i];
		if (!meets(session, day, start, end, except))
			continue;
		for (size_t k = 0; k < learners->n; k++)
			if (ypareo_codes_has(&session->learners, learners->items[k]))
				return false;
	}
	return true;
}

int64_t gen__free_instructor(const struct ypareo *y, struct gen_random *r, int32_t day, int start, int end)
{
	size_t n = y->people.n, first = n ? gen_random_below(r, (unsigned)n) : 0;

	for (size_t i = 0; i < n; i++) {
		const struct ypareo_person *person = &y->people.items[(first + i) % n];
		if (!person->instructor || person->retired || person->no_account || !person->email ||
		    !person->email[0])
			continue;
		if (gen__instructor_free(y, person->code, day, start, end, 0))
			return person->code;
	}
	return 0;
}

int64_t gen__free_room(const struct ypareo *y, struct gen_random *r, int64_t site, int32_t day, int start, int end)
{
	size_t n = y->rooms.n, first = n ? gen_random_below(r, (unsigned)n) : 0;

	for (size_t i = 0; i < n; i++) {
		const struct ypareo_room *room = &y->rooms.items[(first + i) % n];
		if (room->retired || (site && room->site != site))
			continue;
		if (gen__room_free(y, room->code, day, start, end, 0))
			return room->code;
	}
	return 0;
}

/* ---- people ---- */

struct ypareo_learner *gen__learner(struct ypareo *y, struct gen_random *r)
{
	const struct gen__name *last = &gen__last[gen_random_below(r, GEN_LAST)];
	unsigned first_index = gen_random_below(r, GEN_FIRST), town = gen_random_below(r, GEN_TOWNS);
	const struct gen__name *first = &gen__first[first_index];
	struct ypareo_learner *learner = ypareo_add_learner(y, last->text, first->text, NULL);
	char text[160];

	snprintf(text, sizeof(text), "%s.%s%lld@courriel.example", first->ascii, last->ascii,
	         (long long)learner->code);
	learner->email = ypareo_text(y, text);
	snprintf(text, sizeof(text), "%c.%s%lld@%s.example", first->ascii[0], last->ascii, (long long)learner->code,
	         y->name);
	learner->account_email = ypareo_text(y, text);
	learner->title = first_index < GEN_FIRST / 2 ? 2 : 1;
	learner->born = day_of(2003, 1, 1) + (int32_t)gen_random_below(r, 2200);
	snprintf(text, sizeof(text), "0478%06u", gen_random_below(r, 1000000));
	learner->phone = ypareo_text(y, text);
	snprintf(text, sizeof(text), "06%08u", gen_random_below(r, 100000000));
	learner->mobile = ypareo_text(y, text);
	const char *street = gen__streets[gen_random_below(r, GEN_STREETS)];
	snprintf(text, sizeof(text), "%u %s", 1 + gen_random_below(r, 200), street);
	learner->street = ypareo_text(y, text);
	learner->town = gen__towns[town].text;
	learner->postcode = gen__postcodes[town];
	return learner;
}

struct ypareo_person *gen__person(struct ypareo *y, struct gen_random *r)
{
	const struct gen__name *last = &gen__last[gen_random_below(r, GEN_LAST)];
	const struct gen__name *first = &gen__first[gen_random_below(r, GEN_FIRST)];
	struct ypareo_person *person = ypareo_add_person(y, last->text, first->text, NULL);
	char text[160];

	snprintf(text, sizeof(text), "%s.%s%lld@formateurs.%s.example", first->ascii, last->ascii,
	         (long long)person->code, y->name);
	person->email = ypareo_text(y, text);
	return person;
}

/* ---- a school ---- */

struct plan {
	struct ypareo *y;
	struct gen_options o; /* without zeros */
	struct gen_random r;
	size_t *first_member; /* of each group, in y->attendees; one more at the end */
	unsigned site_rooms;  /* rooms of each site */
	unsigned instructors;
};

static void set_default(unsigned *value, unsigned fallback)
{
	if (!*value)
		*value = fallback;
}

static void fill_options(struct plan *p, const struct gen_options *options)
{
	struct gen_options *o = &p->o;

	*o = *options;
	set_default(&o->learners, 120);
	set_default(&o->instructors, 12);
	set_default(&o->groups, 6);
	set_default(&o->rooms, 10);
	set_default(&o->sites, 3);
	set_default(&o->sessions_per_day, 2);
	set_default(&o->days, 14);
	if (o->sessions_per_day > GEN_SLOTS)
		o->sessions_per_day = GEN_SLOTS;
	if (!o->first_day)
		o->first_day = day_of(2026, 11, 23);
	/* With two groups or more in a site, each needs a room; and somebody must be left to replace a colleague. */
	unsigned per_site = (o->groups + o->sites - 1) / o->sites + 1;
	unsigned asked = (o->rooms + o->sites - 1) / o->sites;
	p->site_rooms = asked > per_site ? asked : per_site;
	p->instructors = o->instructors > o->groups + 2 ? o->instructors : o->groups + 2;
}

static void choose_codes(struct plan *p)
{
	struct ypareo *y = p->y;

	for (int kind = 0; kind < YPAREO_KIND_COUNT; kind++)
		y->next_code[kind] = 10000 + gen_random_below(&p->r, 9000000);
	/* One number for a learner, an instructor and a session: whoever mixes them up shall notice. */
	y->next_code[YPAREO_PERSON] = y->next_code[YPAREO_SESSION] = y->next_code[YPAREO_LEARNER];
	y->next_code[YPAREO_SITE] = 2 + gen_random_below(&p->r, 40);
	y->next_code[YPAREO_PERIOD] = 2 + gen_random_below(&p->r, 20);
	y->next_code[YPAREO_REASON] = 1 + gen_random_below(&p->r, 30);
}

static void make_sites(struct plan *p)
{
	char name[64];

	for (unsigned i = 0; i < p->o.sites; i++) {
		const char *town = gen__sites[i % GEN_SITES];
		if (i < GEN_SITES)
			snprintf(name, sizeof(name), "%s", town);
		else
			snprintf(name, sizeof(name), "%s %u", town, i / GEN_SITES + 1);
		struct ypareo_site *site = ypareo_add_site(p->y, name);
		snprintf(name, sizeof(name), "S%u", i + 1);
		site->short_name = ypareo_text(p->y, name);
		site->postcode = gen__postcodes[i % GEN_TOWNS];
		site->town = gen__towns[i % GEN_TOWNS].text;
	}
}

/* The school year of the first day and the one before; they overlap for a week in August. */
static void make_periods(struct plan *p)
{
	int year, month, mday;
	char name[32];

	day_split(p->o.first_day, &year, &month, &mday);
	int begin = p->o.first_day >= day_of(year, 8, 25) ? year : year - 1;
	for (int i = begin - 1; i <= begin; i++) {
		snprintf(name, sizeof(name), "%d-%d", i, i + 1);
		(void)ypareo_add_period(p->y, name, day_of(i, 8, 25), day_of(i + 1, 8, 31));
	}
}

static void make_lists(struct plan *p)
{
	static const struct {
		const char *name;
		bool justified;
	} reasons[] = {{"Absence injustifiée", false},
	               {"Absence justifiée", true},
	               {"Retard", false},
	               {"Maladie", true},
	               {"Convocation officielle", true},
	               {"Raison familiale", true},
	               {"Exclusion de cours", false},
	               {"Intempéries", true}};

	for (int i = 0; i < GEN_TRAININGS; i++) {
		struct ypareo_training *training = ypareo_add_training(p->y, gen__trainings[i]);
		training->sector = i % 2 ? "Services" : "Production";
	}
	for (int i = 0; i < GEN_SUBJECTS; i++)
		(void)ypareo_add_subject(p->y, gen__subjects[i]);
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		(void)ypareo_add_reason(p->y, reasons[i].name, reasons[i].justified);
	p->y->reasons.items[p->y->reasons.n - 1].retired = true;
}

static void make_rooms_and_staff(struct plan *p)
{
	char name[64];

	for (unsigned i = 0; i < p->site_rooms * p->o.sites; i++) {
		snprintf(name, sizeof(name), "%s %u", gen__rooms[i % GEN_ROOMS], 101 + i);
		struct ypareo_room *room = ypareo_add_room(p->y, name, p->y->sites.items[i % p->o.sites].code);
		snprintf(name, sizeof(name), "S%u", 101 + i);
		room->short_name = ypareo_text(p->y, name);
		room->capacity = 12 + (int)gen_random_below(&p->r, 30);
	}
	for (unsigned i = 0; i < p->instructors; i++)
		(void)gen__person(p->y, &p->r);
}

static void make_groups(struct plan *p)
{
	static const char *const states[] = {"En cours", "Validée"};
	char name[160];

	for (unsigned i = 0; i < p->o.groups; i++) {
		const struct ypareo_training *training = &p->y->trainings.items[i % GEN_TRAININGS];
		int year = 1 + (int)(i / GEN_TRAININGS % 2);
		snprintf(name, sizeof(name), "%s %d-%u", training->name, year, i / (2 * GEN_TRAININGS) + 1);
		struct ypareo_group *group = ypareo_add_group(p->y, name, p->y->sites.items[i % p->o.sites].code);
		snprintf(name, sizeof(name), "G%u-%d", i + 1, year);
		group->short_name = ypareo_text(p->y, name);
		group->training = training->code;
		group->year = year;
		group->state = states[i % 2];
		group->head = p->y->people.items[i % p->instructors].code;
		for (unsigned k = 0; k < 6; k++)
			ypareo_codes_add(p->y, &group->subjects,
			                 p->y->subjects.items[(i + 3 * k) % GEN_SUBJECTS].code);
	}
}

/* Every third learner brings a new company, the next two work there as well. */
static void make_company_and_contract(struct plan *p, unsigned i, int64_t learner)
{
	struct ypareo *y = p->y;
	char text[96];

	if (i % 3 == 0) {
		const struct gen__name *last = &gen__last[gen_random_below(&p->r, GEN_LAST)];
		const struct gen__name *first = &gen__first[gen_random_below(&p->r, GEN_FIRST)];
		snprintf(text, sizeof(text), "%s %u", gen__companies[i / 3 % GEN_COMPANIES], i / 3 + 1);
		struct ypareo_company *company = ypareo_add_company(y, text);
		snprintf(text, sizeof(text), "%09u%05u", 300000000 + gen_random_below(&p->r, 600000000),
		         i / 3 % 100000);
		company->siret = ypareo_text(y, text);
		snprintf(text, sizeof(text), "%s.%s%lld@entreprises.example", first->ascii, last->ascii,
		         (long long)company->code);
		(void)ypareo_add_tutor(y, company->code, last->text, first->text, text);
	}
	(void)ypareo_add_contract(y, learner, y->companies.items[y->companies.n - 1].code,
	                          y->tutors.items[y->tutors.n - 1].code);
}

/* Group by group, so that the members of one stand together. */
static void make_learners(struct plan *p)
{
	struct ypareo *y = p->y;
	int32_t from = y->periods.items[y->periods.n - 1].first + 7;

	for (unsigned g = 0; g < p->o.groups; g++) {
		p->first_member[g] = y->attendees.n;
		for (unsigned i = g; i < p->o.learners; i += p->o.groups) {
			int64_t code = gen__learner(y, &p->r)->code;
			ypareo_enrol(y, code, y->groups.items[g].code, from);
			make_company_and_contract(p, (unsigned)y->learners.n - 1, code);
		}
	}
	p->first_member[p->o.groups] = y->attendees.n;
}

/* Which slots a group has: neighbours take turns, so that half of the rooms are free at any time. */
static bool has_slot(const struct plan *p, unsigned group, unsigned slot)
{
	unsigned n = p->o.sessions_per_day, first = n == 2 ? group % 2 * 2 : group % GEN_SLOTS;

	return (slot + GEN_SLOTS - first) % GEN_SLOTS < n;
}

static void make_session(struct plan *p, int32_t day, unsigned slot, unsigned g, unsigned turn)
{
	struct ypareo *y = p->y;
	unsigned person = (g + turn) % p->instructors, room = (g / p->o.sites + turn) % p->site_rooms;
	int64_t subject = y->subjects.items[person % GEN_SUBJECTS].code;
	struct ypareo_session *session = ypareo_add_session(y, day, gen__slots[slot][0], gen__slots[slot][1], subject,
	                                                    0, y->people.items[person].code,
	                                                    y->rooms.items[room * p->o.sites + g % p->o.sites].code);

	ypareo_codes_add(y, &session->groups, y->groups.items[g].code);
	for (size_t i = p->first_member[g]; i < p->first_member[g + 1]; i++)
		ypareo_codes_add(y, &session->learners, y->attendees.items[i].learner);
}

static void make_sessions(struct plan *p)
{
	unsigned turn = gen_random_below(&p->r, 1000);

	for (unsigned d = 0; d < p->o.days; d++) {
		int32_t day = p->o.first_day + (int32_t)d;
		for (unsigned slot = 0; day_weekday(day) < 5 && slot < GEN_SLOTS; slot++, turn++)
			for (unsigned g = 0; g < p->o.groups; g++)
				if (has_slot(p, g, slot))
					make_session(p, day, slot, g, turn);
	}
}

/* A few people are ill, and the secretary knew it before anybody signed a sheet. */
static void make_absences(struct plan *p)
{
	struct ypareo *y = p->y;
	int64_t ill = y->reasons.items[3].code;

	for (size_t i = 7; i < y->sessions.n; i += 25) {
		const struct ypareo_session *session = &y->sessions.items[i];
		if (!session->learners.n)
			continue;
		int64_t learner = session->learners.items[i % session->learners.n];
		struct ypareo_absence *absence =
		        ypareo_add_absence(y, learner, session->day, session->start, session->end, ill);
		absence->group = session->groups.items[0];
	}
}

static void make_keys(struct plan *p)
{
	char token[160];

	if (p->o.token)
		snprintf(token, sizeof(token), "%s", p->o.token);
	else
		snprintf(token, sizeof(token), "ypareo-%s", p->y->name);
	(void)ypareo_add_key(p->y, token, "passerelle", true);
	char basic[sizeof(token) + 8];
	snprintf(basic, sizeof(basic), "basic-%s", token);
	(void)ypareo_add_key(p->y, basic, "lecture", false);
}

void gen_school(struct ypareo *y, const struct gen_options *options)
{
	struct plan p = {.y = y};
	struct gen_quirks *quirks = NULL;

	fill_options(&p, options);
	gen_random_init(&p.r, options->seed);
	p.first_member = xcalloc(p.o.groups + 1, sizeof(*p.first_member));
	choose_codes(&p);
	make_keys(&p);
	make_sites(&p);
	make_periods(&p);
	make_lists(&p);
	make_rooms_and_staff(&p);
	make_groups(&p);
	make_learners(&p);
	int32_t first = p.o.first_day;
	while (day_weekday(first) > 4)
		first++;
	make_sessions(&p);
	if (!p.o.no_absences)
		make_absences(&p);
	if (p.o.quirks) {
		quirks = arena_alloc(y->arena, sizeof(*quirks));
		REQUIRE(quirks);
		gen__quirk_people(y, &p.r, quirks, first);
		gen__quirk_days(y, &p.r, quirks, first);
		y->quirks = quirks;
	}
	free(p.first_member);
}
