#include "tests/unit/adapter_drive.h"

#include "adapters/ypareo/ypareo.h"
#include "core/base/tz.h"

/* The way up: absences, reasons and attendance of instructors, read and written. */

#define BASE "https://cfa.ymag.cloud/index.php"

struct world {
	struct drive d;
	const struct planning_port *port;
	struct items out;
};

static int setup(void **state)
{
	static struct world w;
	struct adapter_connection c = {.url = BASE "/r/v1", .token = "s3cret-token"};
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

static struct absence an_absence(void)
{
	return (struct absence){.code = 555,
	                        .learner = 4711,
	                        .group = 7,
	                        .first = day_of(2026, 11, 23),
	                        .last = day_of(2026, 11, 24),
	                        .start_minute = 510,
	                        .end_minute = 720,
	                        .minutes = 210,
	                        .late = true,
	                        .reason = 3,
	                        .observation = STR("passerelle: cfa-lyon/structure-12 séance 90210")};
}

/* ---- reading ---- */

static void reasons(void **state)
{
	struct world *w = *state;
	w->port->reasons(w->port->self, &w->d.x, w->d.keep, &w->out);
	drive_answer(&w->d, 200,
	             "{\"1\":{\"codeMotifAbsence\":1,\"nomMotifAbsence\":\"Injustifiée\",\"isJustifie\":0,"
	             "\"plusUtilise\":0},"
	             "\"2\":{\"codeMotifAbsence\":2,\"nomMotifAbsence\":\"Maladie\",\"isJustifie\":1},"
	             "\"3\":{\"codeMotifAbsence\":3,\"nomMotifAbsence\":\"Ancien\",\"isJustifie\":\"1\","
	             "\"plusUtilise\":1}}");
	drive_ok(&w->d);
	struct reason *r = w->out.v;
	assert_int_equal(w->out.n, 3);
	drive_text(r[0].name, "Injustifiée");
	assert_false(r[0].justified);
	assert_true(r[1].justified);
	assert_false(r[1].retired);
	assert_true(r[2].retired);
}

static void absences(void **state)
{
	struct world *w = *state;
	w->port->absences(w->port->self, &w->d.x, w->d.keep, 20000, 20060, want_even, NULL, &w->out);
	drive_answer(
	        &w->d, 200,
	        "{\"10\":{\"codeAbsence\":10,\"codeApprenant\":2,\"codeGroupe\":7,\"dateDeb\":\"23/11/"
	        "2026\",\"dateFin\":\"27/11/2026\","
	        "\"heureDeb\":480,\"heureFin\":1020,\"duree\":2100,\"isRetard\":0,\"isJustifie\":1,"
	        "\"motifAbsence\":{\"codeMotifAbsence\":2,\"nomMotifAbsence\":\"Maladie\"},\"observation\":\" vu \"},"
	        "\"11\":{\"codeAbsence\":11,\"codeApprenant\":3,\"dateDeb\":\"n'importe quoi\"},"
	        "\"12\":{\"codeAbsence\":12,\"codeApprenant\":4,\"codeGroupe\":null,\"dateDeb\":\"23/11/"
	        "2026\",\"dateFin\":null,"
	        "\"heureDeb\":\"510\",\"heureFin\":\"08:45:00\",\"duree\":0,\"isRetard\":1,\"motifAbsence\":null,"
	        "\"codeMotifAbsence\":9},"
	        "\"13\":{\"codeAbsence\":13,\"codeApprenant\":4,\"dateDeb\":\"2026-11-24\",\"heureDeb\":null,"
	        "\"heureFin\":\"\","
	        "\"motifAbsence\":[]}}");
	drive_ok(&w->d);
	struct absence *a = w->out.v;
	assert_int_equal(w->out.n, 3);
	assert_int_equal(a[0].code, 10);
	assert_int_equal(a[0].learner, 2);
	assert_int_equal(a[0].group, 7);
	assert_int_equal(a[0].first, day_of(2026, 11, 23));
	assert_int_equal(a[0].last, day_of(2026, 11, 27));
	assert_int_equal(a[0].start_minute, 480);
	assert_int_equal(a[0].end_minute, 1020);
	assert_int_equal(a[0].minutes, 2100);
	assert_false(a[0].late);
	assert_int_equal(a[0].reason, 2);
	drive_text(a[0].observation, "vu");
	assert_int_equal(a[1].last, a[1].first);
	assert_int_equal(a[1].start_minute, 510);
	assert_int_equal(a[1].end_minute, 525);
	assert_true(a[1].late);
	assert_int_equal(a[1].reason, 9);
	assert_int_equal(a[2].start_minute, 0);
	assert_int_equal(a[2].end_minute, 1440);
	assert_int_equal(a[2].reason, 0);
	drive_text(a[2].observation, "");
}

/* The same row twice is one row; two rows that are equal but for their code are two. */
static void absences_twice(void **state)
{
	struct world *w = *state;
	w->port->absences(w->port->self, &w->d.x, w->d.keep, 20000, 20060, want_all, NULL, &w->out);
	drive_answer(
	        &w->d, 200,
	        "[{\"codeAbsence\":1,\"codeApprenant\":2,\"dateDeb\":\"23/11/2026\",\"heureDeb\":1,\"heureFin\":2},"
	        "{\"codeAbsence\":1,\"codeApprenant\":2,\"dateDeb\":\"23/11/2026\",\"heureDeb\":1,\"heureFin\":2},"
	        "{\"codeAbsence\":2,\"codeApprenant\":2,\"dateDeb\":\"23/11/2026\",\"heureDeb\":1,\"heureFin\":2}]");
	drive_ok(&w->d);
	assert_int_equal(w->out.n, 2);
}

static void impossible_absences(void **state)
{
	struct world *w = *state;
	static const char *const cases[] = {
	        "\"dateDeb\":\"\"",
	        "\"dateDeb\":\"23/11/2026\",\"dateFin\":\"x\"",
	        "\"dateDeb\":\"23/11/2026\",\"heureDeb\":-1",
	        "\"dateDeb\":\"23/11/2026\",\"heureFin\":1441",
	        "\"dateDeb\":\"23/11/2026\",\"heureFin\":\"midi\"",
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char body[200];
		snprintf(body, sizeof(body), "{\"9\":{\"codeAbsence\":77,\"codeApprenant\":2,%s}}", cases[i]);
		w->port->absences(w->port->self, drive_next(&w->d), w->d.keep, 20000, 20060, want_all, NULL, &w->out);
		drive_answer(&w->d, 200, body);
		drive_fault(&w->d, FAULT_DATA, ERR_TYPE);
		drive_says(&w->d, "absence 77");
	}
	assert_int_equal(w->out.n, 0);
}

static void payroll(void **state)
{
	struct world *w = *state;
	w->port->payroll(w->port->self, &w->d.x, w->d.keep, 20000, 20007, &w->out);
	drive_answer(&w->d, 200,
	             "{\"90210-52\":{\"codeSeance\":90210,\"codePersonnel\":52,\"isPresent\":1,\"minutes\":210,"
	             "\"codeMotifAbsence\":null},"
	             "\"90211-53\":{\"isPresent\":0,\"minutes\":0,\"codeMotifAbsence\":4}}");
	drive_ok(&w->d);
	struct payroll *p = w->out.v;
	assert_int_equal(w->out.n, 2);
	assert_int_equal(p[0].session, 90210);
	assert_int_equal(p[0].instructor, 52);
	assert_true(p[0].present);
	assert_int_equal(p[0].minutes, 210);
	assert_int_equal(p[1].session, 90211);
	assert_int_equal(p[1].instructor, 53);
	assert_false(p[1].present);
	assert_int_equal(p[1].reason, 4);
	w->port->payroll(w->port->self, drive_next(&w->d), w->d.keep, 20000, 20007, &w->out);
	drive_answer(&w->d, 200, "[{\"isPresent\":1}]");
	drive_fault(&w->d, FAULT_DATA, ERR_MISSING);
}

/* ---- writing ---- */

#define BODY                                                                                                         \
	"\"codeApprenant\":4711,\"codeGroupe\":7,\"dateDeb\":\"23/11/2026\",\"dateFin\":\"24/11/"                    \
	"2026\",\"heureDeb\":510,\"heureFin\":720,"                                                                  \
	"\"duree\":210,\"codeMotifAbsence\":3,\"isRetard\":1,\"observation\":\"passerelle: cfa-lyon/structure-12 "   \
	"séance 90210\"}"

static void creates(void **state)
{
	struct world *w = *state;
	struct absence a = an_absence();
	static const struct {
		int status;
		const char *body;
		int64_t code;
	} cases[] = {{200, "8123456", 8123456}, {201, " 77\n", 77}, {200, "\"123\"", 123}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t code = 0;
		w->port->absence_create(w->port->self, drive_next(&w->d), &a, &code);
		drive_asked(&w->d, FETCH_POST, BASE "/r/v1/absences", FETCH_WRITE_ONCE);
		drive_body(&w->d, "{" BODY);
		assert_string_equal(w->d.x.request.secret.name, "X-Auth-Token");
		drive_answer(&w->d, cases[i].status, cases[i].body);
		drive_ok(&w->d);
		assert_int_equal(code, cases[i].code);
	}
	int64_t code = 0;
	a.group = 0;
	a.late = false;
	w->port->absence_create(w->port->self, drive_next(&w->d), &a, &code);
	drive_body(&w->d, "{\"codeApprenant\":4711,\"codeGroupe\":null,\"dateDeb\":\"23/11/2026\",\"dateFin\":\"24/"
	                  "11/2026\",\"heureDeb\":510,"
	                  "\"heureFin\":720,\"duree\":210,\"codeMotifAbsence\":3,\"isRetard\":0,"
	                  "\"observation\":\"passerelle: cfa-lyon/structure-12 séance 90210\"}");
}

/* Whatever a 2xx says that is not a code: the absence may be there. */
static void uncertain_creates(void **state)
{
	struct world *w = *state;
	struct absence a = an_absence();
	static const char *const bodies[] = {"",
	                                     "0",
	                                     "-5",
	                                     "12.5",
	                                     "Créneau déjà saisi",
	                                     "{\"codeAbsence\":12}",
	                                     "[12]",
	                                     "<html>12</html>",
	                                     "99999999999999999999",
	                                     "\"\"",
	                                     "12 13",
	                                     "null"};
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		int64_t code = 0;
		w->port->absence_create(w->port->self, drive_next(&w->d), &a, &code);
		drive_answer(&w->d, 200, bodies[i]);
		assert_int_equal(w->d.x.fault.class, FAULT_UNCERTAIN);
		assert_int_equal(code, 0);
		drive_says(&w->d, "absence_create");
	}
	/* more than fits where bodies are kept: the digits at its beginning are no code */
	char many[700];
	memset(many, ' ', sizeof(many));
	many[0] = '7';
	many[699] = '\0';
	many[698] = 'x';
	int64_t code = 0;
	w->port->absence_create(w->port->self, drive_next(&w->d), &a, &code);
	drive_answer(&w->d, 200, many);
	assert_int_equal(w->d.x.fault.class, FAULT_UNCERTAIN);
	static const struct {
		int status;
		enum fault_class class;
	} cases[] = {{500, FAULT_UNCERTAIN}, {502, FAULT_UNCERTAIN}, {400, FAULT_REMOTE},
	             {403, FAULT_AUTH},      {429, FAULT_QUOTA},     {404, FAULT_REMOTE}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		w->port->absence_create(w->port->self, drive_next(&w->d), &a, &code);
		drive_answer(&w->d, cases[i].status, "12");
		assert_int_equal(w->d.x.fault.class, cases[i].class);
	}
	w->port->absence_create(w->port->self, drive_next(&w->d), &a, &code);
	drive_reply(&w->d, ERR_RESET, 0, STR_NONE);
	drive_fault(&w->d, FAULT_UNCERTAIN, ERR_RESET);
	assert_int_equal(code, 0);
}

static void updates(void **state)
{
	struct world *w = *state;
	struct absence a = an_absence();
	w->port->absence_update(w->port->self, drive_next(&w->d), &a);
	drive_asked(&w->d, FETCH_PUT, BASE "/r/v1/absences", FETCH_WRITE_KEYED);
	drive_body(&w->d, "{\"codeAbsence\":555," BODY);
	drive_answer(&w->d, 200, "");
	drive_ok(&w->d);
	w->port->absence_update(w->port->self, drive_next(&w->d), &a);
	drive_answer(&w->d, 200, "true");
	drive_ok(&w->d);
	w->port->absence_update(w->port->self, drive_next(&w->d), &a);
	drive_answer(&w->d, 404, "");
	drive_fault(&w->d, FAULT_REMOTE, ERR_NOT_FOUND);
	w->port->absence_update(w->port->self, drive_next(&w->d), &a);
	drive_answer(&w->d, 200, " <!DOCTYPE html><html>Connexion");
	drive_fault(&w->d, FAULT_UNCERTAIN, ERR_NOT_JSON);
}

static void deletes(void **state)
{
	struct world *w = *state;
	static const int fine[] = {200, 204, 404};
	for (size_t i = 0; i < 3; i++) {
		w->port->absence_delete(w->port->self, drive_next(&w->d), 555);
		drive_asked(&w->d, FETCH_DELETE, BASE "/r/v1/absences/555", FETCH_WRITE_KEYED);
		assert_int_equal(w->d.x.request.body.n, 0);
		drive_answer(&w->d, fine[i], fine[i] == 404 ? "<html>404</html>" : "");
		drive_ok(&w->d);
	}
	w->port->absence_delete(w->port->self, drive_next(&w->d), 555);
	drive_answer(&w->d, 403, "");
	drive_fault(&w->d, FAULT_AUTH, ERR_HTTP);
	w->port->absence_delete(w->port->self, drive_next(&w->d), 555);
	drive_answer(&w->d, 302, "");
	drive_fault(&w->d, FAULT_DATA, ERR_REDIRECT);
}

static void payroll_puts(void **state)
{
	struct world *w = *state;
	struct payroll p = {.session = 90210, .instructor = 52, .present = true, .minutes = 210};
	w->port->payroll_put(w->port->self, &w->d.x, &p);
	drive_asked(&w->d, FETCH_PUT, BASE "/r/v1/emargements/personnels", FETCH_WRITE_KEYED);
	drive_body(&w->d, "{\"codeSeance\":90210,\"codePersonnel\":52,\"isPresent\":1,\"minutes\":210,"
	                  "\"codeMotifAbsence\":null}");
	drive_answer(&w->d, 200, "");
	drive_ok(&w->d);
	p = (struct payroll){.session = 90210, .instructor = 52, .reason = 4};
	w->port->payroll_put(w->port->self, drive_next(&w->d), &p);
	drive_body(
	        &w->d,
	        "{\"codeSeance\":90210,\"codePersonnel\":52,\"isPresent\":0,\"minutes\":0,\"codeMotifAbsence\":4}");
}

/* Every endpoint that no public source has is marked, and no other. */
static void endpoint_table(void **state)
{
	static const char *const assumed[] = {"short_groups",   "rooms",          "short_learners",
	                                      "reasons",        "absence_create", "absence_update",
	                                      "absence_delete", "payroll",        "payroll_put"};
	size_t n, found = 0;
	const struct endpoint *table = ypareo_endpoints(&n);
	(void)state;
	for (size_t i = 0; i < n; i++) {
		bool wanted = false;
		for (size_t k = 0; k < 9; k++)
			wanted = wanted || strcmp(assumed[k], table[i].name) == 0;
		if (table[i].assumed != wanted)
			fail_msg("%s", table[i].name);
		found += wanted;
		assert_int_equal(table[i].writes, table[i].method != FETCH_GET);
	}
	assert_int_equal(found, 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test_setup_teardown(reasons, setup, teardown),
	        cmocka_unit_test_setup_teardown(absences, setup, teardown),
	        cmocka_unit_test_setup_teardown(absences_twice, setup, teardown),
	        cmocka_unit_test_setup_teardown(impossible_absences, setup, teardown),
	        cmocka_unit_test_setup_teardown(payroll, setup, teardown),
	        cmocka_unit_test_setup_teardown(creates, setup, teardown),
	        cmocka_unit_test_setup_teardown(uncertain_creates, setup, teardown),
	        cmocka_unit_test_setup_teardown(updates, setup, teardown),
	        cmocka_unit_test_setup_teardown(deletes, setup, teardown),
	        cmocka_unit_test_setup_teardown(payroll_puts, setup, teardown),
	        cmocka_unit_test(endpoint_table),
	};
	return cmocka_run_group_tests_name("adapter_ypareo_write", tests, NULL, NULL);
}
