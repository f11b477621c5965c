#include "tests/unit/adapter_drive.h"

#include "adapters/ypareo/ypareo.h"
#include "core/base/tz.h"

/* Yparéo's people: learners with their enrolment, accounts, instructors, contracts and companies. */

struct world {
	struct drive d;
	const struct planning_port *port;
	struct items out;
};

static int setup(void **state)
{
	static struct world w;
	struct adapter_connection c = {.url = "https://cfa.ymag.cloud/index.php", .token = "s3cret-token"};
	struct fault fault;
	memset(&w, 0, sizeof(w));
	drive_begin(&w.d);
	assert_int_equal(ypareo_open(&c, &w.port, &fault), 0);
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	drive_end(&w->d);
	ypareo_close(&w->port);
	return 0;
}

static bool want_all(void *arg, int64_t code)
{
	(void)arg;
	(void)code;
	return true;
}

static bool want_even(void *arg, int64_t code)
{
	(void)arg;
	return code % 2 == 0;
}

/* ---- learners ---- */

static const char learners_body[] =
        "{\"4710\":{\"codeApprenant\":4710,\"nomApprenant\":\" LEFÈVRE "
        "\",\"prenomApprenant\":\"Zoé\",\"nomJeuneFille\":\"\","
        "\"estReconnuHandicape\":1,\"dateNaissance\":\"01/02/2005\","
        "\"adresse\":{\"email\":\"zoe@perso.fr\",\"tel1\":\"0102030405\",\"tel2\":\"0607080910\",\"cp\":1000,"
        "\"pays\":{\"nomPays\":\"France\"}},"
        "\"inscriptions\":[{\"codeInscription\":1,\"isInscriptionEnCours\":0,\"site\":{\"nomSite\":\"Ancien\"},"
        "\"formation\":{\"nomFormation\":\"Bac\"}},{\"codeInscription\":2,\"isInscriptionEnCours\":1,\"site\":{"
        "\"codeSite\":12,"
        "\"nomSite\":\"Lyon\"},\"formation\":{\"nomFormation\":\"BTS "
        "SIO\",\"nomSecteurActivite\":\"NUM\"},\"statut\":{\"codeStatut\":3}}],"
        "\"informationsCourantes\":{\"codeInscription\":2,\"codeGroupe\":7}},"
        "\"4711\":{\"codeApprenant\":4711,\"nomApprenant\":\"ODD\"},"
        "\"4712\":{\"codeApprenant\":4712,\"nomApprenant\":\"D'ÊTRE\",\"prenomApprenant\":null,\"adresse\":[],"
        "\"inscriptions\":[],\"informationsCourantes\":null},"
        "\"4714\":{\"codeApprenant\":4714,\"nomApprenant\":\"N\",\"prenomApprenant\":\"P\",\"adresse\":{\"email\":"
        "null,\"tel1\":601020304,"
        "\"tel2\":\"\"},\"inscriptions\":{\"5\":{\"codeInscription\":5,\"isInscriptionEnCours\":\"1\",\"site\":[],"
        "\"formation\":null},"
        "\"6\":{\"codeInscription\":6,\"isInscriptionEnCours\":true,\"site\":{\"nomSite\":\"Paris\"},\"formation\":{"
        "\"nomFormation\":"
        "\"CAP\"}}},\"informationsCourantes\":[]}}";

static void learners(void **state)
{
	struct world *w = *state;
	for (size_t piece = 0; piece < 3; piece++) {
		w->out = (struct items){NULL, 0};
		w->d.piece = piece;
		w->port->learners(w->port->self, drive_next(&w->d), w->d.keep, (struct ints){NULL, 0}, want_even,
		                  NULL, &w->out);
		drive_answer(&w->d, 200, learners_body);
		drive_ok(&w->d);
		struct learner *l = w->out.v;
		assert_int_equal(w->out.n, 3);
		assert_int_equal(l[0].code, 4710);
		drive_text(l[0].last, "LEFÈVRE");
		drive_text(l[0].first, "Zoé");
		drive_text(l[0].email_normal, "zoe@perso.fr");
		drive_text(l[0].email_pro, "");
		drive_text(l[0].phone, "0607080910");
		assert_int_equal(l[0].group, 7);
		drive_text(l[0].training, "BTS SIO");
		drive_text(l[0].site, "Lyon");
		assert_int_equal(l[0].site_code, 12);
		drive_text(l[1].last, "D'ÊTRE");
		drive_text(l[1].first, "");
		drive_text(l[1].email_normal, "");
		drive_text(l[1].site, "");
		assert_int_equal(l[1].group, 0);
		drive_text(l[2].phone, "601020304");
		drive_text(l[2].training, "CAP");
		drive_text(l[2].site, "Paris");
		assert_int_equal(l[2].site_code, 0);
	}
}

/* Enrolled twice, listed twice: one remains, the one with the current enrolment. Of two current ones the learner's
 * own note decides. */
static void learner_twice(void **state)
{
	struct world *w = *state;
	w->port->learners(w->port->self, &w->d.x, w->d.keep, (struct ints){NULL, 0}, want_all, NULL, &w->out);
	drive_answer(&w->d, 200,
	             "[{\"codeApprenant\":1,\"nomApprenant\":\"A\",\"inscriptions\":[{\"codeInscription\":1,"
	             "\"isInscriptionEnCours\":0,"
	             "\"site\":{\"nomSite\":\"Old\"}}]},"
	             "{\"codeApprenant\":2,\"nomApprenant\":\"B\",\"inscriptions\":[{\"codeInscription\":9,"
	             "\"isInscriptionEnCours\":1,"
	             "\"site\":{\"nomSite\":\"Nine\"}},{\"codeInscription\":8,\"isInscriptionEnCours\":1,\"site\":{"
	             "\"nomSite\":\"Eight\"}}],"
	             "\"informationsCourantes\":{\"codeInscription\":8}},"
	             "{\"codeApprenant\":1,\"nomApprenant\":\"A\",\"inscriptions\":[{\"codeInscription\":2,"
	             "\"isInscriptionEnCours\":1,"
	             "\"codeGroupe\":5,\"site\":{\"nomSite\":\"New\"}}]},"
	             "{\"codeApprenant\":1,\"nomApprenant\":\"A\",\"inscriptions\":[]}]");
	drive_ok(&w->d);
	struct learner *l = w->out.v;
	assert_int_equal(w->out.n, 2);
	assert_int_equal(l[0].code, 1);
	drive_text(l[0].site, "New");
	assert_int_equal(l[0].group, 5);
	drive_text(l[1].site, "Eight");
}

static void one_learner(void **state)
{
	struct world *w = *state;
	w->port->learner(w->port->self, &w->d.x, w->d.keep, 4710, &w->out);
	drive_answer(&w->d, 200,
	             "{\"codeApprenant\":4710,\"nomApprenant\":\"X\",\"prenomApprenant\":\"Y\",\"adresse\":{"
	             "\"email\":\"a@b.fr\"}}");
	drive_ok(&w->d);
	assert_int_equal(w->out.n, 1);
	drive_text(((struct learner *)w->out.v)->email_normal, "a@b.fr");
	w->port->learner(w->port->self, drive_next(&w->d), w->d.keep, 4710, &w->out);
	drive_answer(&w->d, 404, "{\"code\":404,\"message\":\"Inconnu\"}");
	drive_fault(&w->d, FAULT_REMOTE, ERR_NOT_FOUND);
	w->port->learner(w->port->self, drive_next(&w->d), w->d.keep, 4710, &w->out);
	drive_answer(&w->d, 200, "[]");
	drive_fault(&w->d, FAULT_DATA, ERR_MISSING);
	/* somebody else is not who was asked for */
	w->port->learner(w->port->self, drive_next(&w->d), w->d.keep, 4710, &w->out);
	drive_answer(&w->d, 200, "{\"codeApprenant\":4711,\"nomApprenant\":\"X\",\"prenomApprenant\":\"Y\"}");
	drive_fault(&w->d, FAULT_DATA, ERR_CONFLICT);
	assert_int_equal(w->out.n, 1);
}

static void accounts(void **state)
{
	struct world *w = *state;
	struct map *by_code = map_new_int(w->d.keep);
	struct learner a = {.code = 1}, b = {.code = 2}, c = {.code = 3};
	map_put(by_code, 1, &a);
	map_put(by_code, 2, &b);
	map_put(by_code, 3, &c);
	w->port->learner_accounts(w->port->self, &w->d.x, w->d.keep, by_code);
	drive_answer(
	        &w->d, 200,
	        "{\"1\":{\"codeApprenant\":1,\"login\":\"a\",\"email\":\"a@cfa.fr\",\"typeUtilisateur\":"
	        "\"APPRENANT\"},"
	        "\"2\":{\"codeApprenant\":2,\"email\":\"\"},\"x\":{\"codeApprenant\":2,\"email\":\" b@cfa.fr\"},"
	        "\"y\":{\"codeApprenant\":1,\"email\":\"autre@cfa.fr\"},\"z\":{\"codeApprenant\":99,\"email\":\"z@"
	        "cfa.fr\"},"
	        "\"3\":{\"codeApprenant\":3,\"email\":null},\"n\":{\"codeApprenant\":null,\"email\":\"n@cfa.fr\"}}");
	drive_ok(&w->d);
	drive_text(a.email_pro, "a@cfa.fr");
	drive_text(b.email_pro, "b@cfa.fr");
	drive_text(c.email_pro, "");
}

static void instructors(void **state)
{
	struct world *w = *state;
	w->port->instructors(w->port->self, &w->d.x, w->d.keep, want_even, NULL, &w->out);
	drive_answer(&w->d, 200,
	             "[{\"codePersonnel\":52,\"nom\":\"MARTIN\",\"prenom\":\"Ève\",\"email\":\"eve@cfa.fr\","
	             "\"isFormateur\":0,\"isAdministratif\":1},"
	             "{\"codePersonnel\":53,\"nom\":\"ODD\"},{\"codePersonnel\":54,\"nom\":\"SANS\",\"prenom\":"
	             "\"Mail\",\"email\":null},"
	             "{\"codePersonnel\":52,\"nom\":\"MARTIN\",\"prenom\":\"Ève\",\"email\":\"eve2@cfa.fr\"}]");
	drive_ok(&w->d);
	struct instructor *i = w->out.v;
	assert_int_equal(w->out.n, 2);
	drive_text(i[0].last, "MARTIN");
	drive_text(i[0].first, "Ève");
	drive_text(i[0].email, "eve@cfa.fr");
	drive_text(i[1].email, "");
}

/* ---- contracts and companies ---- */

static void note_contract(void *arg, const struct contract *c)
{
	struct contract *of = arg;
	assert_in_range(c->learner, 0, 10);
	assert_int_equal(of[c->learner].company, 0);
	of[c->learner] = *c;
}

static void contracts(void **state)
{
	struct world *w = *state;
	struct contract of[11] = {{0}};
	w->port->contracts(w->port->self, &w->d.x, (struct ints){NULL, 0}, day_of(2026, 11, 23), note_contract, of);
	drive_answer(&w->d, 200,
	             "{\"1\":{\"codeContrat\":1,\"codeApprenant\":1,\"codeEntreprise\":100,\"codeInterlocuteur\":88,\"dateDebContrat\":\"01/"
	             "09/2026\","
	             "\"dateFinContrat\":\"31/08/2027\",\"dateResiliation\":\"\",\"resilEnCours\":0},"
	             "\"2\":{\"codeApprenant\":2,\"codeEntreprise\":200,\"dateDebContrat\":\"01/09/"
	             "2026\",\"dateFinContrat\":\"31/08/2027\","
	             "\"dateResiliation\":\"12/10/2026\"},"
	             "\"3\":{\"codeApprenant\":3,\"codeEntreprise\":\"\",\"dateDebContrat\":\"01/09/2026\"},"
	             "\"4\":{\"codeApprenant\":4,\"codeEntreprise\":400,\"dateDebContrat\":\"24/11/2026\"},"
	             "\"5\":{\"codeApprenant\":5,\"codeEntreprise\":500,\"dateFinContrat\":\"22/11/2026\"},"
	             "\"6\":{\"codeApprenant\":6,\"codeEntreprise\":600,\"dateDebContrat\":null,\"dateFinContrat\":"
	             "null,\"dateResiliation\":null},"
	             "\"7a\":{\"codeApprenant\":7,\"codeEntreprise\":702,\"dateDebContrat\":\"01/10/2026\"},"
	             "\"7b\":{\"codeApprenant\":7,\"codeEntreprise\":701,\"dateDebContrat\":\"01/09/2026\"},"
	             "\"8\":{\"codeApprenant\":8,\"codeEntreprise\":800,\"dateDebContrat\":\"hier\"},"
	             "\"9\":{\"codeApprenant\":9,\"codeEntreprise\":900,\"dateDebContrat\":\"23/11/"
	             "2026\",\"dateFinContrat\":\"23/11/2026\"},"
	             "\"10\":{\"codeApprenant\":10,\"codeEntreprise\":1000,\"dateResiliation\":\"24/11/2026\","
	             "\"codeInterlocuteur\":null},"
	             "\"10b\":{\"codeApprenant\":10,\"codeEntreprise\":1001,\"dateResiliation\":\"23/11/2026\"}}");
	drive_ok(&w->d);
	const int64_t want[11] = {0, 100, 0, 0, 0, 0, 600, 702, 0, 900, 1000};
	for (int i = 0; i < 11; i++) {
		assert_int_equal(of[i].company, want[i]);
		assert_int_equal(of[i].tutor, i == 1 ? 88 : 0);
	}
	/* nothing of a broken answer */
	struct contract none[10] = {{0}};
	w->port->contracts(w->port->self, drive_next(&w->d), (struct ints){NULL, 0}, day_of(2026, 11, 23),
	                   note_contract, none);
	drive_answer(&w->d, 200, "{\"1\":{\"codeApprenant\":1,\"codeEntreprise\":100},\"2\":{\"codeApp");
	drive_fault(&w->d, FAULT_TRANSIENT, ERR_TRUNCATED);
	assert_int_equal(none[1].company, 0);
}

/* A person of the office stands among them: who the tutor is says the contract. */
static void contacts(void **state)
{
	struct world *w = *state;
	w->port->contacts(w->port->self, &w->d.x, w->d.keep, 900, &w->out);
	drive_asked(&w->d, FETCH_GET, "https://cfa.ymag.cloud/index.php/r/v1/entreprises/900/interlocuteurs", FETCH_READ);
	drive_answer(&w->d, 200,
	             "{\"88\":{\"codeInterlocuteur\":88,\"nomInterlocuteur\":\" Durand\",\"prenomInterlocuteur\":"
	             "\"Zoé\",\"fonction\":null,\"email\":\"zoe@forge.fr\",\"tel1\":\"\",\"isTuteur\":1},"
	             "\"89\":{\"codeInterlocuteur\":\"89\",\"nomInterlocuteur\":null,\"email\":\"\",\"isTuteur\":0},"
	             "\"x\":{\"codeInterlocuteur\":88,\"nomInterlocuteur\":\"Autre\"}}");
	drive_ok(&w->d);
	const struct tutor *t = w->out.v;
	assert_int_equal(w->out.n, 2);
	assert_int_equal(t[0].code, 88);
	assert_int_equal(t[0].company, 900);
	drive_text(t[0].last, "Durand");
	drive_text(t[0].first, "Zoé");
	drive_text(t[0].email, "zoe@forge.fr");
	assert_int_equal(t[1].code, 89);
	drive_text(t[1].email, "");
	w->port->contacts(w->port->self, drive_next(&w->d), w->d.keep, 900, &w->out);
	drive_answer(&w->d, 404, "{\"code\":404,\"message\":\"Entreprise inconnue.\"}");
	drive_fault(&w->d, FAULT_REMOTE, ERR_NOT_FOUND);
	assert_int_equal(w->out.n, 2);
}

static void note_name(void *arg, int64_t code, struct str name)
{
	struct buf *b = arg;
	buf_printf(b, "%lld=%.*s;", (long long)code, STR_ARG(name));
}

static void companies(void **state)
{
	struct world *w = *state;
	struct buf b;
	buf_init(&b, 0);
	w->port->companies(w->port->self, &w->d.x, note_name, &b);
	drive_answer(&w->d, 200,
	             "{\"100\":{\"codeEntreprise\":100,\"nomEntreprise\":\" Café & Cie \",\"siret\":\"0123\"},"
	             "\"200\":{\"codeEntreprise\":200,\"nomEntreprise\":null}}");
	drive_ok(&w->d);
	drive_text(buf_str(&b), "100=Café & Cie;200=;");
	buf_deinit(&b);
}

/* Wherever an answer is cut, it is a fault, and nothing of it is handed over. */
static void every_cut(void **state)
{
	struct world *w = *state;
	for (size_t n = 0; n + 1 < sizeof(learners_body); n++) {
		w->out = (struct items){NULL, 0};
		w->port->learners(w->port->self, drive_next(&w->d), w->d.keep, (struct ints){NULL, 0}, want_all, NULL,
		                  &w->out);
		drive_reply(&w->d, 0, 200, (struct str){learners_body, n});
		assert_int_equal(w->d.x.fault.class, FAULT_TRANSIENT);
		assert_int_equal(w->out.n, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(learners, setup, teardown),
	        cmocka_unit_test_setup_teardown(learner_twice, setup, teardown),
	        cmocka_unit_test_setup_teardown(one_learner, setup, teardown),
	        cmocka_unit_test_setup_teardown(accounts, setup, teardown),
	        cmocka_unit_test_setup_teardown(instructors, setup, teardown),
	        cmocka_unit_test_setup_teardown(contracts, setup, teardown),
	        cmocka_unit_test_setup_teardown(contacts, setup, teardown),
	        cmocka_unit_test_setup_teardown(companies, setup, teardown),
	        cmocka_unit_test_setup_teardown(every_cut, setup, teardown),
	};
	return cmocka_run_group_tests_name("adapter_ypareo_people", tests, NULL, NULL);
}
