/* The Yparéo simulator against the public facts about the real one: keys, transport, lists. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/ypareo_fixture.h"

/* ---- keys ---- */

static void unknown_key_is_401(void **state)
{
	struct world *w = *state;

	w->token = "autre";
	refused(w, 401, ask(w, "GET", "/r/v1/sites", NULL));
	assert_int_equal(w->entry.account.n, 0);
	w->token = "";
	refused(w, 401, ask(w, "GET", "/r/v1/sites", NULL));
	w->token = "clef";
	get(w, "/r/v1/sites");
	assert_true(str_eqz(w->entry.account, "cfa"));
	ypareo_key(w->y, "clef")->revoked = true;
	refused(w, 401, ask(w, "GET", "/r/v1/sites", NULL));
}

static void basic_key_reads_only(void **state)
{
	struct world *w = *state;

	w->token = "lecture";
	get(w, "/r/v1/sites");
	refused(w, 403, ask(w, "DELETE", "/r/v1/absences/1", NULL));
	refused(w, 403, ask(w, "POST", "/r/v1/absences", "{}"));
}

static void endpoint_not_ticked(void **state)
{
	struct world *w = *state;
	struct ypareo_key *key = ypareo_key(w->y, "clef");

	ypareo_key_forbid(w->y, key, "GET /r/v1/planning/@debut/@fin/groupes");
	refused(w, 403, ask(w, "GET", "/r/v1/planning/23-11-2026/24-11-2026/groupes", NULL));
	get(w, "/r/v1/planning/23-11-2026/24-11-2026/groupes/70");
	ypareo_key_forbid(w->y, key, "* /r/v1/absences*");
	refused(w, 403, ask(w, "GET", "/r/v1/absences/23-11-2026/24-11-2026", NULL));
	refused(w, 403, ask(w, "DELETE", "/r/v1/absences/5", NULL));
	sim_set(w->sim, SIM_FORBIDDEN_401, true);
	refused(w, 401, ask(w, "GET", "/r/v1/absences/23-11-2026/24-11-2026", NULL));
	ypareo_key_allow(key, "* /r/v1/absences*");
	get(w, "/r/v1/absences/23-11-2026/24-11-2026");
}

static void key_of_one_site(void **state)
{
	struct world *w = *state;

	ypareo_codes_add(w->y, &ypareo_key(w->y, "clef")->sites, 13);
	assert_int_equal(count(w, "/r/v1/sites"), 1);
	assert_int_equal(count(w, "/r/v1/formation-longue/groupes"), 1);
	assert_int_equal(count(w, "/r/v1/formation-longue/apprenants"), 1);
	assert_string_equal(get(w, "/r/v1/planning/23-11-2026/23-11-2026/groupes"), "{\"cours\":[]}");
	refused(w, 404, ask(w, "GET", "/r/v1/groupes/70", NULL));
}

/* ---- transport rules ---- */

static void unknown_resource_and_method(void **state)
{
	struct world *w = *state;

	refused(w, 404, ask(w, "GET", "/r/v1/rien", NULL));
	refused(w, 404, ask(w, "GET", "/r/v1/planning", NULL)); /* the query form does not exist */
	refused(w, 405, ask(w, "POST", "/r/v1/sites", "{}"));
	assert_true(w->entry.write);
}

static void path_dates_have_hyphens(void **state)
{
	static const char *const wrong[] = {"2026-11-23", "23.11.2026", "3-11-2026",
	                                    "31-11-2026", "29-02-2027", "00-01-2026"};
	struct world *w = *state;
	char target[96];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(target, sizeof(target), "/r/v1/absences/%s/30-11-2026", wrong[i]);
		refused(w, 400, ask(w, "GET", target, NULL));
		snprintf(target, sizeof(target), "/r/v1/planning/01-11-2026/%s/groupes", wrong[i]);
		refused(w, 400, ask(w, "GET", target, NULL));
	}
	assert_non_null(strstr(w->reply.body.p, "JJ-MM-AAAA"));
	get(w, "/r/v1/absences/29-02-2028/01-03-2028");
}

static void empty_list_is_an_array(void **state)
{
	struct world *w = *state;

	assert_string_equal(get(w, "/r/v1/absences/23-11-2026/23-11-2026"), "[]");
	assert_string_equal(get(w, "/r/v1/formation-longue/groupes?codesPeriode=99"), "[]");
	assert_string_equal(get(w, "/r/v1/planning/01-01-2026/01-01-2026/groupes"), "{\"cours\":[]}");
	assert_string_equal(get(w, "/r/v1/formation-courte/01-01-2026/31-12-2026/groupes"), "[]");
	assert_string_equal(get(w, "/r/v1/formation-courte/01-01-2026/31-12-2026/apprenants"), "[]");
}

static void arrays_by_switch(void **state)
{
	struct world *w = *state;

	sim_set(w->sim, SIM_ARRAYS, true);
	const struct json *list = tree(w, get(w, "/r/v1/sites"));
	assert_int_equal(list->kind, JSON_ARRAY);
	assert_int_equal(list->count, 2);
	int_is(list->first, "codeSite", 12);
	assert_string_equal(get(w, "/r/v1/absences/23-11-2026/23-11-2026"), "[]");
	/* once per enrolment */
	assert_int_equal(count(w, "/r/v1/formation-longue/apprenants"), 4);
	assert_int_equal(count(w, "/r/v1/formation-longue/apprenants?codesPeriode=8"), 3);
}

static void filters(void **state)
{
	struct world *w = *state;

	assert_int_equal(count(w, "/r/v1/formation-longue/groupes"), 3);
	assert_int_equal(count(w, "/r/v1/formation-longue/groupes?codesPeriode=8"), 2);
	assert_int_equal(count(w, "/r/v1/formation-longue/groupes?codesPeriode=7,8"), 3);
	assert_int_equal(count(w, "/r/v1/formation-longue/groupes?codesPeriode=7%2C8&codesSite=13"), 1);
	assert_int_equal(count(w, "/r/v1/formation-longue/groupes?codePeriode=8&dateDeb=x"),
	                 3); /* unknown: ignored */
	assert_int_equal(count(w, "/r/v1/formation-longue/groupes?codesPeriode="), 3);
	assert_int_equal(count(w, "/r/v1/formation-longue/apprenants?codesSite=13"), 1);
	assert_int_equal(count(w, "/r/v1/formation-longue/apprenants?codesPeriode=7"), 1);
	assert_int_equal(count(w, "/r/v1/formation-longue/apprenants?codesPeriode=7&codesSite=13"), 1 - 1);
}

/* ---- reads ---- */

static void sites(void **state)
{
	const struct json *site = record(*state, "/r/v1/sites", "12");

	int_is(site, "codeSite", 12);
	text_is(site, "nomSite", "Lyon Gerland");
	int_is(site, "plusUtilise", 0);
	text_is(json_get(site, "adresse"), "cp", "01000");
	null_is(site, "etenduSite");
}

static void periods(void **state)
{
	assert_string_equal(get(*state, "/r/v1/periodes"), "{\"7\":{\"codePeriode\":7,\"nomPeriode\":\"2025-2026\","
	                                                   "\"dateDeb\":\"01/09/2025\",\"dateFin\":\"31/08/2026\"},"
	                                                   "\"8\":{\"codePeriode\":8,\"nomPeriode\":\"2026-2027\","
	                                                   "\"dateDeb\":\"01/09/2026\",\"dateFin\":\"31/08/2027\"}}");
}

static void small_lists(void **state)
{
	struct world *w = *state;

	text_is(record(w, "/r/v1/matieres", "41"), "nomMatiere", "Mathématiques");
	int_is(record(w, "/r/v1/annees", "1"), "codeAnnee", 1);
	int_is(record(w, "/r/v1/statuts", "1"), "codeStatut", 1);
}

static void trainings(void **state)
{
	struct world *w = *state;
	const struct json *training = record(w, "/r/v1/formations", "3");

	text_is(training, "nomFormation", "CAP Pâtissier");
	int_is(training, "plusUtilise", 1);
	assert_int_equal(json_get(training, "planDeFormation")->count, 0);
	int_is(tree(w, get(w, "/r/v1/formations/3")), "codeFormation", 3);
	refused(w, 404, ask(w, "GET", "/r/v1/formations/4", NULL));
}

static void groups(void **state)
{
	struct world *w = *state;
	const struct json *group = record(w, "/r/v1/formation-longue/groupes", "70");

	int_is(group, "codeGroupe", 70);
	int_is(group, "codeSite", 12);
	int_is(group, "codeFormation", 3);
	int_is(group, "numeroAnnee", 1);
	text_is(group, "etatActionFormation", "Validée");
	text_is(group, "dateDebut", "01/09/2026");
	text_is(json_get(group, "matieres")->first, "nomMatiere", "Mathématiques");
	int_is(json_get(group, "matieres")->first, "nePlusUtiliser", 0);
	null_is(record(w, "/r/v1/formation-longue/groupes", "71"), "etatActionFormation");
	assert_null(json_get(record(w, "/r/v1/formation-longue/groupes", "72"), "etatActionFormation"));
	text_is(tree(w, get(w, "/r/v1/groupes/71")), "nomGroupe", "CAP 2");
	refused(w, 404, ask(w, "GET", "/r/v1/groupes/99", NULL));
}

static void rooms(void **state)
{
	struct world *w = *state;

	text_is(record(w, "/r/v1/salles", "5"), "nomSalle", "Fournil");
	int_is(record(w, "/r/v1/salles", "5"), "codeSite", 12);
	null_is(record(w, "/r/v1/salles", "6"), "codeSite");
	assert_int_equal(count(w, "/r/v1/salles?codesSite=12"), 1);
	sim_set(w->sim, SIM_NO_ROOMS, true);
	refused(w, 403, ask(w, "GET", "/r/v1/salles", NULL));
}

static void reasons(void **state)
{
	assert_string_equal(
	        get(*state, "/r/v1/motifs-absence"),
	        "{\"1\":{\"codeMotifAbsence\":1,\"nomMotifAbsence\":\"Absence "
	        "injustifiée\",\"isJustifie\":0,\"plusUtilise\":0},"
	        "\"2\":{\"codeMotifAbsence\":2,\"nomMotifAbsence\":\"Maladie\",\"isJustifie\":1,\"plusUtilise\":0}}");
}

static void learners(void **state)
{
	struct world *w = *state;
	const struct json *learner = record(w, "/r/v1/formation-longue/apprenants", "4711");
	const struct json *address = json_get(learner, "adresse");

	int_is(learner, "codeApprenant", 4711);
	text_is(learner, "nomApprenant", "D'ÊTRE");
	text_is(learner, "prenomApprenant", "Zoé");
	text_is(learner, "nomJeuneFille", "");
	text_is(learner, "dateNaissance", "09/02/2006");
	text_is(address, "email", "zoe@courriel.example");
	int_is(address, "cp", 1000); /* the leading zero is lost */
	assert_int_equal(json_get(learner, "inscriptions")->count, 2);
	const struct json *old = json_get(learner, "inscriptions")->first;
	int_is(old, "isInscriptionEnCours", 0);
	int_is(old->next, "isInscriptionEnCours", 1);
	int_is(old->next, "codePeriode", 8);
	text_is(old->next, "dateDepart", "");
	text_is(json_get(old->next, "site"), "nomSite", "Lyon Gerland");
	text_is(json_get(old->next, "formation"), "nomFormation", "CAP Pâtissier");
	int_is(json_get(learner, "informationsCourantes"), "codeGroupe", 70);
	null_is(record(w, "/r/v1/formation-longue/apprenants", "4712"), "adresse");
	const struct json *left = record(w, "/r/v1/formation-longue/apprenants", "4713");
	text_is(json_get(left, "inscriptions")->first, "dateDepart", "01/10/2026");
	null_is(left, "informationsCourantes");
	text_is(tree(w, get(w, "/r/v1/apprenants/4712")), "nomApprenant", "NGUYEN");
	refused(w, 404, ask(w, "GET", "/r/v1/apprenants/1", NULL));
}

static void learners_of_a_group_keep_those_who_left(void **state)
{
	struct world *w = *state;

	assert_int_equal(count(w, "/r/v1/groupes/70/apprenants"), 2);
	record(w, "/r/v1/groupes/70/apprenants", "4713");
	refused(w, 404, ask(w, "GET", "/r/v1/groupes/69/apprenants", NULL));
}

static void attendees(void **state)
{
	struct world *w = *state;
	const struct json *list = tree(w, get(w, "/r/v1/apprenants/frequentes"));

	assert_int_equal(list->kind, JSON_OBJECT);
	assert_int_equal(list->count, 4);
	int_is(list->first, "codeApprenant", 4711);
	text_is(list->first, "dateDeb", "01/09/2025");
	text_is(list->first, "dateFin", "03/07/2026");
	text_is(list->first->next, "dateFin", "");
	text_is(list->last, "dateFin", "30/09/2026"); /* of the learner who left on the first */
	assert_int_equal(count(w, "/r/v1/apprenants/frequentes?codesPeriode=7"), 1);
}

static void accounts(void **state)
{
	struct world *w = *state;
	const struct json *account = record(w, "/r/v1/utilisateur/apprenants", "4711");

	text_is(account, "email", "z.detre@ecole.example");
	text_is(account, "typeUtilisateur", "APPRENANT");
	text_is(account, "nom", "D'ÊTRE");
	null_is(record(w, "/r/v1/utilisateur/apprenants", "4712"), "email");
	ypareo_learner(w->y, 4712)->no_account = true;
	assert_int_equal(count(w, "/r/v1/utilisateur/apprenants"), 2);
	ypareo_learner_emails(w->y, 4711, "neuve@courriel.example", "");
	text_is(record(w, "/r/v1/utilisateur/apprenants", "4711"), "email", "");
	text_is(json_get(tree(w, get(w, "/r/v1/apprenants/4711")), "adresse"), "email", "neuve@courriel.example");
}

static void staff(void **state)
{
	struct world *w = *state;

	text_is(record(w, "/r/v1/personnels", "52"), "nomPersonnel", "ROUX");
	int_is(record(w, "/r/v1/personnels", "53"), "plusUtilise", 1);
	null_is(record(w, "/r/v1/personnels", "53"), "login");
	text_is(tree(w, get(w, "/r/v1.1/personnels/52")), "prenomPersonnel", "Guy");
	text_is(tree(w, get(w, "/r/v1/personnels/52")), "prenomPersonnel", "Guy");
	assert_int_equal(count(w, "/r/v1/utilisateur/personnels"), 1);
	const struct json *account = record(w, "/r/v1/utilisateur/personnels", "52");
	text_is(account, "email", "guy@formateurs.example");
	int_is(account, "isFormateur", 1);
	int_is(account, "isAdministratif", 1);
	int_is(tree(w, get(w, "/r/v1/groupes-personnels/from-planning?codesPersonnel=52"))->first, "codeGroupe", 70);
	assert_string_equal(get(w, "/r/v1/groupes-personnels/from-planning?codesPersonnel=53"), "[]");
}

static void contracts(void **state)
{
	struct world *w = *state;
	const struct json *contract = record(w, "/r/v1/contrats", "300");

	int_is(contract, "codeApprenant", 4711);
	int_is(contract, "codeEntreprise", 900);
	int_is(contract, "codeInterlocuteur", 88);
	text_is(contract, "dateDebContrat", "01/09/2026");
	text_is(contract, "dateFinContrat", "31/08/2027");
	text_is(contract, "dateResiliation", "");
	null_is(record(w, "/r/v1/contrats", "301"), "codeEntreprise");
	text_is(record(w, "/r/v1/contrats", "301"), "dateResiliation", "15/10/2026");
	assert_int_equal(count(w, "/r/v1/contrats?codesApprenant=4711,4713"), 1);
	assert_int_equal(count(w, "/r/v1/contrats?codesPeriode=7"), 0);
	w->y->contracts.items[1].first = day_of(2025, 10, 1);
	w->y->contracts.items[1].last = day_of(2026, 8, 31);
	assert_int_equal(count(w, "/r/v1/contrats?codesPeriode=7"), 1);
	assert_int_equal(count(w, "/r/v1/contrats?codesPeriode=8"), 1);
	assert_int_equal(count(w, "/r/v1/contrats?codesSite=13"), 1);
	assert_int_equal(count(w, "/r/v1/apprenants/4711/contrats"), 1);
}

static void companies_and_tutors(void **state)
{
	struct world *w = *state;

	text_is(record(w, "/r/v1/entreprises", "900"), "nomEntreprise", "Boulangerie d'Or");
	text_is(tree(w, get(w, "/r/v1/entreprises/900")), "siret", "12345678901234");
	refused(w, 404, ask(w, "GET", "/r/v1/entreprises/901", NULL));
	const struct json *tutor = record(w, "/r/v1/entreprises/900/interlocuteurs", "88");
	text_is(tutor, "nomInterlocuteur", "MAÎTRE");
	text_is(tutor, "prenomInterlocuteur", "Paul");
	text_is(tutor, "email", "paul@or.example");
	int_is(tutor, "isTuteur", 1);
}

static void short_courses(void **state)
{
	struct world *w = *state;
	struct ypareo_group *group = ypareo_group(w->y, 71);

	group->short_course = true;
	group->first = group->last = w->monday;
	assert_int_equal(count(w, "/r/v1/formation-longue/groupes"), 2);
	assert_int_equal(count(w, "/r/v1/formation-longue/apprenants"), 2);
	record(w, "/r/v1/formation-courte/23-11-2026/29-11-2026/groupes", "71");
	record(w, "/r/v1/formation-courte/23-11-2026/29-11-2026/apprenants", "4712");
	assert_string_equal(get(w, "/r/v1/formation-courte/24-11-2026/29-11-2026/groupes"), "[]");
	assert_string_equal(get(w, "/r/v1/formation-courte/16-11-2026/22-11-2026/groupes"), "[]");
	assert_string_equal(get(w, "/r/v1/formation-courte/16-11-2026/22-11-2026/apprenants"), "[]");
}

#define T(name) cmocka_unit_test_setup_teardown(name, ypareo_fixture_open, ypareo_fixture_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        T(unknown_key_is_401),
	        T(basic_key_reads_only),
	        T(endpoint_not_ticked),
	        T(key_of_one_site),
	        T(unknown_resource_and_method),
	        T(path_dates_have_hyphens),
	        T(empty_list_is_an_array),
	        T(arrays_by_switch),
	        T(filters),
	        T(sites),
	        T(periods),
	        T(small_lists),
	        T(trainings),
	        T(groups),
	        T(rooms),
	        T(reasons),
	        T(learners),
	        T(learners_of_a_group_keep_those_who_left),
	        T(attendees),
	        T(accounts),
	        T(staff),
	        T(contracts),
	        T(companies_and_tutors),
	        T(short_courses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
