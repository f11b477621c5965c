#include "tests/world/ypareo_p.h"

#include <stdio.h>
#include <string.h>

#include "core/base/tz.h"

static const char *or_empty(const char *z)
{
	return z ? z : "";
}

/* The GUID of a portal account; the salt tells learners from staff. */
static const char *guid(int64_t code, unsigned salt, char out[40])
{
	uint64_t x = ((uint64_t)code + salt) * UINT64_C(0x9E3779B97F4A7C15);
	uint64_t z = (x ^ (x >> 29)) * UINT64_C(0xBF58476D1CE4E5B9);

	snprintf(out, 40, "%08x-%04x-4%03x-a%03x-%012llx", (unsigned)(x >> 32), (unsigned)(x >> 16) & 0xffff,
	         (unsigned)x & 0xfff, (unsigned)z & 0xfff, (unsigned long long)(z >> 16));
	return out;
}

/* ---- learners ---- */

const struct ypareo_enrolment *ypareo__enrolled(const struct ypareo__call *c, const struct ypareo_learner *learner,
                                                const struct ypareo__filter *periods,
                                                const struct ypareo__filter *sites)
{
	for (size_t i = 0; i < learner->enrolments.n; i++) {
		const struct ypareo_enrolment *enrolment = &learner->enrolments.items[i];
		if (!ypareo__sees(c, enrolment->site))
			continue;
		if ((!periods || ypareo__passes(periods, enrolment->period)) &&
		    (!sites || ypareo__passes(sites, enrolment->site)))
			return enrolment;
	}
	return NULL;
}

/* A post code that went through a number on its way. */
static void put_postcode(struct ypareo__call *c, const char *postcode)
{
	int64_t number;

	if (postcode && !str_to_int64(str_of(postcode), &number))
		json_put_int(&c->w, "cp", number);
	else
		json_put_text(&c->w, "cp", or_empty(postcode));
}

static void put_address(struct ypareo__call *c, const struct ypareo_learner *learner)
{
	if (!learner->email && !learner->street && !learner->phone) {
		json_put_null(&c->w, "adresse");
		return;
	}
	json_write_key(&c->w, "adresse");
	json_write_begin_object(&c->w);
	json_put_int(&c->w, "codeAdresse", 500000 + learner->code);
	json_put_text(&c->w, "adr1", or_empty(learner->street));
	json_put_text(&c->w, "adr2", "");
	json_put_text(&c->w, "adr3", "");
	json_put_text(&c->w, "adr4", "");
	put_postcode(c, learner->postcode);
	json_put_text(&c->w, "ville", or_empty(learner->town));
	json_put_text(&c->w, "email", learner->email);
	json_put_text(&c->w, "tel1", or_empty(learner->phone));
	json_put_text(&c->w, "tel2", or_empty(learner->mobile));
	json_put_text(&c->w, "fax", "");
	json_put_text(&c->w, "province", "");
	json_put_text(&c->w, "zoneLibre", "");
	json_put_int(&c->w, "codePays", 75);
	json_put_text(&c->w, "typeAdresse", "PRINCIPALE");
	json_put_text(&c->w, "typeRessource", "APPRENANT");
	json_put_int(&c->w, "codeRessource", learner->code);
	json_write_key(&c->w, "commune");
	json_write_begin_object(&c->w);
	json_put_text(&c->w, "nomCommune", or_empty(learner->town));
	json_put_text(&c->w, "codePostal", or_empty(learner->postcode));
	json_put_int(&c->w, "plusUtilise", 0);
	json_write_end_object(&c->w);
	json_write_key(&c->w, "pays");
	json_write_begin_object(&c->w);
	json_put_int(&c->w, "codePays", 75);
	json_put_text(&c->w, "nomPays", "France");
	json_put_text(&c->w, "indicatifTel", "+33");
	json_write_end_object(&c->w);
	json_write_end_object(&c->w);
}

static void put_enrolment(struct ypareo__call *c, const struct ypareo_enrolment *enrolment)
{
	static const char *const years[] = {"", "1ère année", "2ème année", "3ème année"};
	const struct ypareo_site *site = ypareo_site(c->y, enrolment->site);
	const struct ypareo_training *training = ypareo_training(c->y, enrolment->training);
	const struct ypareo_period *period = ypareo_period(c->y, enrolment->period);
	const char *year = enrolment->year > 0 && enrolment->year < 4 ? years[enrolment->year] : "";

	json_write_begin_object(&c->w);
	json_put_int(&c->w, "codeInscription", enrolment->code);
	ypareo__put_flag(c, "isInscriptionEnCours", enrolment->current);
	ypareo__put_code(c, "codePeriode", enrolment->period);
	json_put_text(&c->w, "annee", period ? period->name : NULL);
	ypareo__put_day(c, "dateDepart", enrolment->left);
	json_write_key(&c->w, "site");
	json_write_begin_object(&c->w);
	ypareo__put_code(c, "codeSite", enrolment->site);
	json_put_text(&c->w, "nomSite", site ? site->name : NULL);
	json_write_end_object(&c->w);
	json_write_key(&c->w, "formation");
	json_write_begin_object(&c->w);
	ypareo__put_code(c, "codeFormation", enrolment->training);
	json_put_text(&c->w, "nomFormation", training ? training->name : NULL);
	json_put_text(&c->w, "nomSecteurActivite", training ? training->sector : NULL);
	json_write_end_object(&c->w);
	json_write_key(&c->w, "situation");
	json_write_begin_object(&c->w);
	json_put_text(&c->w, "nomStatut", "Apprenti");
	json_put_text(&c->w, "nomAnnee", year);
	json_write_end_object(&c->w);
	json_write_key(&c->w, "statut");
	json_write_begin_object(&c->w);
	json_put_int(&c->w, "codeStatut", 1);
	json_put_text(&c->w, "nomStatut", "Apprenti");
	json_put_text(&c->w, "abregeStatut", "APP");
	json_put_int(&c->w, "isFacturableNpec", 1);
	json_put_int(&c->w, "isFacturableContrat", 1);
	json_put_int(&c->w, "isFacturableFormation", 0);
	json_write_end_object(&c->w);
	json_write_end_object(&c->w);
}

static void put_enrolments(struct ypareo__call *c, const struct ypareo_learner *learner)
{
	const struct ypareo_enrolment *current = NULL;

	json_write_key(&c->w, "inscriptions");
	json_write_begin_array(&c->w);
	for (size_t i = 0; i < learner->enrolments.n; i++) {
		put_enrolment(c, &learner->enrolments.items[i]);
		if (learner->enrolments.items[i].current && !current)
			current = &learner->enrolments.items[i];
	}
	json_write_end_array(&c->w);
	if (!current) {
		json_put_null(&c->w, "informationsCourantes");
		return;
	}
	json_write_key(&c->w, "informationsCourantes");
	json_write_begin_object(&c->w);
	json_put_int(&c->w, "codeInscription", current->code);
	ypareo__put_code(c, "codeGroupe", current->group);
	json_write_end_object(&c->w);
}

static void put_learner(struct ypareo__call *c, const struct ypareo_learner *learner)
{
	json_write_begin_object(&c->w);
	json_put_int(&c->w, "codeApprenant", learner->code);
	json_put_text(&c->w, "nomApprenant", learner->last);
	json_put_text(&c->w, "prenomApprenant", learner->first);
	json_put_text(&c->w, "nomJeuneFille", or_empty(learner->birth_last));
	json_put_int(&c->w, "codeCivilite", learner->title);
	ypareo__put_day(c, "dateNaissance", learner->born);
	json_put_text(&c->w, "lieuNaissance", or_empty(learner->town));
	json_put_null(&c->w, "codeCommuneNaissance");
	json_put_int(&c->w, "codePaysNaissance", 75);
	json_put_int(&c->w, "codeNationalite", 75);
	json_put_text(&c->w, "dateCreation", "01/09/2025");
	json_put_int(&c->w, "estReconnuHandicape", 0);
	json_put_text(&c->w, "ine", "");
	json_put_text(&c->w, "numeroBadge", "");
	json_put_text(&c->w, "observation", "");
	put_address(c, learner);
	put_enrolments(c, learner);
	json_write_end_object(&c->w);
}

/* In arrays, a learner with two enrolments that pass comes twice: seen with the one integrator who met arrays. */
static unsigned appearances(struct ypareo__call *c, const struct ypareo_learner *learner,
                            const struct ypareo__filter *periods, const struct ypareo__filter *sites)
{
	unsigned n = 0;

	for (size_t i = 0; i < learner->enrolments.n; i++) {
		const struct ypareo_enrolment *enrolment = &learner->enrolments.items[i];
		const struct ypareo_group *group = ypareo_group(c->y, enrolment->group);
		if ((group && group->short_course) || !ypareo__sees(c, enrolment->site))
			continue;
		if (ypareo__passes(periods, enrolment->period) && ypareo__passes(sites, enrolment->site))
			n++;
	}
	return n && !ypareo__switch(c, SIM_ARRAYS) ? 1 : n;
}

void ypareo__learners_long(struct ypareo__call *c)
{
	struct ypareo__filter periods = ypareo__filter(c, "codesPeriode"), sites = ypareo__filter(c, "codesSite");

	for (size_t i = 0; i < c->y->learners.n; i++) {
		const struct ypareo_learner *learner = &c->y->learners.items[i];
		for (unsigned n = appearances(c, learner, &periods, &sites); n > 0; n--) {
			ypareo__list_item(c, learner->code);
			put_learner(c, learner);
		}
	}
	ypareo__list_end(c);
}

/* Everybody who ever was in the group, those who left included. */
static void collect(struct ypareo__call *c, const struct ypareo_group *group, struct ypareo_codes *into)
{
	for (size_t i = 0; i < c->y->attendees.n; i++) {
		int64_t learner = c->y->attendees.items[i].learner;
		if (c->y->attendees.items[i].group != group->code || ypareo_codes_has(into, learner))
			continue;
		REQUIRE(arena_grow(c->req->arena, &into->items, &into->cap, into->n + 1, sizeof(learner)) == 0);
		into->items[into->n++] = learner;
	}
}

static void list_learners(struct ypareo__call *c, const struct ypareo_codes *codes)
{
	for (size_t i = 0; i < codes->n; i++) {
		const struct ypareo_learner *learner = ypareo_learner(c->y, codes->items[i]);
		if (!learner)
			continue;
		ypareo__list_item(c, learner->code);
		put_learner(c, learner);
	}
	ypareo__list_end(c);
}

void ypareo__learners_short(struct ypareo__call *c)
{
	struct ypareo_codes codes = {0};

	for (size_t i = 0; i < c->y->groups.n; i++) {
		const struct ypareo_group *group = &c->y->groups.items[i];
		if (group->short_course && ypareo__sees(c, group->site) && group->first <= c->to &&
		    group->last >= c->from)
			collect(c, group, &codes);
	}
	list_learners(c, &codes);
}

void ypareo__group_learners(struct ypareo__call *c)
{
	const struct ypareo_group *group = ypareo_group(c->y, c->code);
	struct ypareo_codes codes = {0};

	if (!group || !ypareo__sees(c, group->site)) {
		ypareo__refuse(c, 404, "Groupe inconnu.");
		return;
	}
	collect(c, group, &codes);
	list_learners(c, &codes);
}

static bool seen(const struct ypareo__call *c, const struct ypareo_learner *learner)
{
	return !c->key->sites.n || ypareo__enrolled(c, learner, NULL, NULL);
}

void ypareo__learner(struct ypareo__call *c)
{
	const struct ypareo_learner *learner = ypareo_learner(c->y, c->code);

	if (learner && seen(c, learner))
		put_learner(c, learner);
	else
		ypareo__refuse(c, 404, "Apprenant inconnu.");
}

void ypareo__attendees(struct ypareo__call *c)
{
	struct ypareo__filter periods = ypareo__filter(c, "codesPeriode");

	for (size_t i = 0; i < c->y->attendees.n; i++) {
		const struct ypareo_attendee *attendee = &c->y->attendees.items[i];
		const struct ypareo_group *group = ypareo_group(c->y, attendee->group);
		if (group ? !ypareo__sees(c, group->site) || !ypareo__passes(&periods, group->period) : periods.on)
			continue;
		ypareo__list_item(c, (int64_t)i +
		                             1); /* a learner may have several rows: no code of his can be the key */
		json_write_begin_object(&c->w);
		json_put_int(&c->w, "codeApprenant", attendee->learner);
		json_put_int(&c->w, "codeGroupe", attendee->group);
		ypareo__put_day(c, "dateDeb", attendee->from);
		ypareo__put_day(c, "dateFin", attendee->to);
		json_write_end_object(&c->w);
	}
	ypareo__list_end(c);
}

void ypareo__learner_accounts(struct ypareo__call *c)
{
	char uuid[40], login[32];

	for (size_t i = 0; i < c->y->learners.n; i++) {
		const struct ypareo_learner *learner = &c->y->learners.items[i];
		if (learner->no_account || !seen(c, learner))
			continue;
		snprintf(login, sizeof(login), "a%lld", (long long)learner->code);
		ypareo__list_item(c, learner->code);
		json_write_begin_object(&c->w);
		json_put_int(&c->w, "codeApprenant", learner->code);
		json_put_text(&c->w, "login", login);
		json_put_text(&c->w, "nom", learner->last);
		json_put_text(&c->w, "prenom", learner->first);
		json_put_text(&c->w, "email", learner->account_email);
		json_put_text(&c->w, "typeUtilisateur", "APPRENANT");
		json_put_text(&c->w, "uuidNetUtilisateur", guid(learner->code, 1, uuid));
		json_put_null(&c->w, "identifiantSso");
		ypareo__put_day(c, "dateNaissance", learner->born);
		json_put_null(&c->w, "dateDerniereConnexion");
		json_write_end_object(&c->w);
	}
	ypareo__list_end(c);
}

/* ---- staff ---- */

static void put_person(struct ypareo__call *c, const struct ypareo_person *person)
{
	char login[32];

	snprintf(login, sizeof(login), "p%lld", (long long)person->code);
	json_write_begin_object(&c->w);
	json_put_int(&c->w, "codePersonnel", person->code);
	json_put_text(&c->w, "nomPersonnel", person->last);
	json_put_text(&c->w, "prenomPersonnel", person->first);
	json_put_text(&c->w, "login", person->no_account ? NULL : login);
	ypareo__put_flag(c, "plusUtilise", person->retired);
	json_write_end_object(&c->w);
}

void ypareo__staff(struct ypareo__call *c)
{
	for (size_t i = 0; i < c->y->people.n; i++) {
		ypareo__list_item(c, c->y->people.items[i].code);
		put_person(c, &c->y->people.items[i]);
	}
	ypareo__list_end(c);
}

void ypareo__one_of_staff(struct ypareo__call *c)
{
	const struct ypareo_person *person = ypareo_person(c->y, c->code);

	if (person)
		put_person(c, person);
	else
		ypareo__refuse(c, 404, "Personnel inconnu.");
}

void ypareo__staff_accounts(struct ypareo__call *c)
{
	char uuid[40], login[32];

	for (size_t i = 0; i < c->y->people.n; i++) {
		const struct ypareo_person *person = &c->y->people.items[i];
		if (person->no_account)
			continue;
		snprintf(login, sizeof(login), "p%lld", (long long)person->code);
		ypareo__list_item(c, person->code);
		json_write_begin_object(&c->w);
		json_put_int(&c->w, "codePersonnel", person->code);
		json_put_text(&c->w, "login", login);
		json_put_text(&c->w, "nom", person->last);
		json_put_text(&c->w, "prenom", person->first);
		json_put_text(&c->w, "email", person->email);
		ypareo__put_flag(c, "isFormateur", person->instructor);
		ypareo__put_flag(c, "isAdministratif", person->admin);
		json_put_text(&c->w, "uuidNetUtilisateur", guid(person->code, 2, uuid));
		json_put_null(&c->w, "identifiantSso");
		json_put_null(&c->w, "dateNaissance");
		json_put_null(&c->w, "dateDerniereConnexion");
		json_write_end_object(&c->w);
	}
	ypareo__list_end(c);
}

/* Which groups somebody teaches, from the planning of the periods. */
static bool teaches(const struct ypareo__call *c, int64_t person, const struct ypareo_group *group)
{
	for (size_t i = 0; i < c->y->sessions.n; i++) {
		const struct ypareo_session *session = &c->y->sessions.items[i];
		if (ypareo_codes_has(&session->groups, group->code) &&
		    ypareo_codes_has(&session->instructors, person))
			return true;
	}
	return false;
}

void ypareo__groups_of_staff(struct ypareo__call *c)
{
	struct ypareo__filter periods = ypareo__filter(c, "codesPeriode"),
	                      people = ypareo__filter(c, "codesPersonnel");
	int64_t row = 0;

	for (size_t p = 0; p < c->y->people.n; p++) {
		int64_t person = c->y->people.items[p].code;
		for (size_t g = 0; ypareo__passes(&people, person) && g < c->y->groups.n; g++) {
			const struct ypareo_group *group = &c->y->groups.items[g];
			if (!ypareo__sees(c, group->site) || !ypareo__passes(&periods, group->period))
				continue;
			if (!teaches(c, person, group))
				continue;
			ypareo__list_item(c, ++row);
			json_write_begin_object(&c->w);
			json_put_int(&c->w, "codePersonnel", person);
			json_put_int(&c->w, "codeGroupe", group->code);
			json_write_end_object(&c->w);
		}
	}
	ypareo__list_end(c);
}

/* ---- contracts, companies, tutors ---- */

static void put_contract(struct ypareo__call *c, const struct ypareo_contract *contract)
{
	ypareo__list_item(c, contract->code);
	json_write_begin_object(&c->w);
	json_put_int(&c->w, "codeContrat", contract->code);
	json_put_int(&c->w, "codeApprenant", contract->learner);
	ypareo__put_code(c, "codeEntreprise", contract->company);
	ypareo__put_code(c, "codeInterlocuteur", contract->tutor);
	ypareo__put_day(c, "dateDebContrat", contract->first);
	ypareo__put_day(c, "dateFinContrat", contract->last);
	ypareo__put_day(c, "dateResiliation", contract->ended);
	json_put_int(&c->w, "resilEnCours", 0);
	json_put_text(&c->w, "nomMotifResiliation", contract->ended ? or_empty(contract->end_reason) : NULL);
	json_put_null(&c->w, "npecOpco");
	json_write_end_object(&c->w);
}

/* A contract is of every period that it touches. */
static bool in_periods(const struct ypareo__call *c, const struct ypareo_contract *contract,
                       const struct ypareo__filter *periods)
{
	if (!periods->on)
		return true;
	for (size_t i = 0; i < c->y->periods.n; i++) {
		const struct ypareo_period *period = &c->y->periods.items[i];
		if (ypareo__passes(periods, period->code) && contract->first <= period->last &&
		    contract->last >= period->first)
			return true;
	}
	return false;
}

void ypareo__contracts(struct ypareo__call *c)
{
	struct ypareo__filter periods = ypareo__filter(c, "codesPeriode"), sites = ypareo__filter(c, "codesSite");
	struct ypareo__filter learners = ypareo__filter(c, "codesApprenant");

	for (size_t i = 0; i < c->y->contracts.n; i++) {
		const struct ypareo_contract *contract = &c->y->contracts.items[i];
		if (!ypareo__passes(&learners, contract->learner) || !in_periods(c, contract, &periods))
			continue;
		const struct ypareo_learner *learner = ypareo_learner(c->y, contract->learner);
		if ((sites.on || c->key->sites.n) && (!learner || !ypareo__enrolled(c, learner, NULL, &sites)))
			continue;
		put_contract(c, contract);
	}
	ypareo__list_end(c);
}

void ypareo__learner_contracts(struct ypareo__call *c)
{
	const struct ypareo_learner *learner = ypareo_learner(c->y, c->code);

	if (!learner || !seen(c, learner)) {
		ypareo__refuse(c, 404, "Apprenant inconnu.");
		return;
	}
	for (size_t i = 0; i < c->y->contracts.n; i++)
		if (c->y->contracts.items[i].learner == learner->code)
			put_contract(c, &c->y->contracts.items[i]);
	ypareo__list_end(c);
}

static void put_company(struct ypareo__call *c, const struct ypareo_company *company)
{
	json_write_begin_object(&c->w);
	json_put_int(&c->w, "codeEntreprise", company->code);
	json_put_text(&c->w, "nomEntreprise", company->name);
	json_put_text(&c->w, "siret", company->siret);
	json_write_end_object(&c->w);
}

void ypareo__companies(struct ypareo__call *c)
{
	for (size_t i = 0; i < c->y->companies.n; i++) {
		ypareo__list_item(c, c->y->companies.items[i].code);
		put_company(c, &c->y->companies.items[i]);
	}
	ypareo__list_end(c);
}

void ypareo__company(struct ypareo__call *c)
{
	const struct ypareo_company *company = ypareo_company(c->y, c->code);

	if (company)
		put_company(c, company);
	else
		ypareo__refuse(c, 404, "Entreprise inconnue.");
}

void ypareo__tutors(struct ypareo__call *c)
{
	if (!ypareo_company(c->y, c->code)) {
		ypareo__refuse(c, 404, "Entreprise inconnue.");
		return;
	}
	for (size_t i = 0; i < c->y->tutors.n; i++) {
		const struct ypareo_tutor *tutor = &c->y->tutors.items[i];
		if (tutor->company != c->code)
			continue;
		ypareo__list_item(c, tutor->code);
		json_write_begin_object(&c->w);
		json_put_int(&c->w, "codeInterlocuteur", tutor->code);
		json_put_text(&c->w, "nomInterlocuteur", tutor->last);
		json_put_text(&c->w, "prenomInterlocuteur", tutor->first);
		json_put_null(&c->w, "fonction");
		json_put_text(&c->w, "email", tutor->email);
		json_put_text(&c->w, "tel1", or_empty(tutor->phone));
		ypareo__put_flag(c, "isTuteur", tutor->tutor);
		json_write_end_object(&c->w);
	}
	ypareo__list_end(c);
}
