#include "tests/unit/adapter_drive.h"

#include "adapters/ypareo/ypareo.h"
#include "core/base/tz.h"

/* Reading Yparéo: the answers are written from its public facts. */

#define BASE "https://cfa.ymag.cloud/index.php"

struct world {
	struct drive d;
	const struct planning_port *port;
	struct tz *zone;
	struct items out;
};

static const struct planning_port *open_port(const char *url)
{
	struct adapter_connection c = {.url = url, .token = "s3cret-token", .ca_file = "/etc/ca.pem"};
	const struct planning_port *port = NULL;
	struct fault fault = {0};
	if (ypareo_open(&c, &port, &fault))
		fail_msg("%s", fault.what);
	return port;
}

static int setup(void **state)
{
	static struct world w;
	memset(&w, 0, sizeof(w));
	drive_begin(&w.d);
	w.port = open_port(BASE);
	assert_int_equal(tz_open("Europe/Paris", &w.zone), 0);
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	drive_end(&w->d);
	ypareo_close(&w->port);
	assert_null(w->port);
	tz_close(&w->zone);
	return 0;
}

static bool want_all(void *arg, int64_t code)
{
	(void)arg;
	(void)code;
	return true;
}

/* ---- the address ---- */

static void addresses(void **state)
{
	static const char *const cases[][2] = {
	        {"https://cfa.ymag.cloud/index.php", "https://cfa.ymag.cloud/index.php"},
	        {"https://cfa.ymag.cloud/index.php/", "https://cfa.ymag.cloud/index.php"},
	        {"https://cfa.ymag.cloud/index.php///", "https://cfa.ymag.cloud/index.php"},
	        {"  https://CFA.Ymag.Cloud/index.php/r/v1/ \n", "https://cfa.ymag.cloud/index.php"},
	        {"https://cfa.fr/netypareo/index.php/r/v1/planning/01-01-2026", "https://cfa.fr/netypareo/index.php"},
	        {"https://cfa.fr/index.php/login/?next=%2F", "https://cfa.fr/index.php"},
	        {"https://cfa.fr:443/api/r/v1", "https://cfa.fr/api"},
	        {"https://cfa.fr:8443/api/r/v1.1/", "https://cfa.fr:8443/api"},
	        {"https://cfa.fr", "https://cfa.fr"},
	        {"HTTPS://cfa.fr/IntNum/index.php#x", "https://cfa.fr/IntNum/index.php"},
	        {"http://127.0.0.1:8080/index.php", "http://127.0.0.1:8080/index.php"},
	        {"http://[::1]:8080/index.php", "http://[::1]:8080/index.php"},
	        {"http://localhost/index.php", "http://localhost/index.php"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct planning_port *port = open_port(cases[i][0]);
		assert_string_equal(port->address, cases[i][1]);
		ypareo_close(&port);
	}
}

static void refused_connections(void **state)
{
	static const struct endpoint_override unknown = {"absence_make", "POST /r/v1/x"};
	static const struct endpoint_override read_by_post = {"rooms", "POST /r/v1/salles"};
	static const struct endpoint_override write_by_get = {"absence_create", "GET /r/v1/absences"};
	static const struct endpoint_override no_slash = {"rooms", "r/v1/salles"};
	static const struct endpoint_override verb = {"rooms", "FETCH /r/v1/salles"};
	static const struct endpoint_override place = {"rooms", "/r/v1/{room}/salles"};
	static const struct endpoint_override open_place = {"rooms", "/r/v1/{code"};
	static const struct endpoint_override host = {"rooms", "//evil.example/salles"};
	static const struct {
		struct adapter_connection c;
		const char *says;
	} cases[] = {
	        {{.url = "http://cfa.fr/index.php", .token = "t"}, "https"},
	        {{.url = "http://127.0.0.1.evil.example/index.php", .token = "t"}, "https"},
	        {{.url = "ftp://cfa.fr", .token = "t"}, "https"},
	        {{.url = "cfa.fr/index.php", .token = "t"}, "https"},
	        {{.url = "https:///index.php", .token = "t"}, "host"},
	        {{.url = "https://u:hunter2@cfa.fr/", .token = "t"}, "credentials"},
	        {{.url = "https://cfa.fr:99999/", .token = "t"}, "port"},
	        {{.url = "https://cfa.fr/a b", .token = "t"}, "space"},
	        {{.url = BASE, .token = ""}, "token"},
	        {{.url = BASE, .token = NULL}, "token"},
	        {{.url = BASE, .token = "abc\n"}, "token"},
	        {{.url = BASE, .token = "t", .overrides = &unknown, .override_count = 1}, "absence_make"},
	        {{.url = BASE, .token = "t", .overrides = &read_by_post, .override_count = 1},
	         "POST is not possible"},
	        {{.url = BASE, .token = "t", .overrides = &write_by_get, .override_count = 1}, "GET is not possible"},
	        {{.url = BASE, .token = "t", .overrides = &no_slash, .override_count = 1}, "begin with"},
	        {{.url = BASE, .token = "t", .overrides = &verb, .override_count = 1}, "METHOD"},
	        {{.url = BASE, .token = "t", .overrides = &place, .override_count = 1}, "placeholder"},
	        {{.url = BASE, .token = "t", .overrides = &open_place, .override_count = 1}, "placeholder"},
	        {{.url = BASE, .token = "t", .overrides = &host, .override_count = 1}, "begin with"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct planning_port *port = NULL;
		struct fault fault = {0};
		assert_int_equal(ypareo_open(&cases[i].c, &port, &fault), ERR_CONFIG);
		assert_null(port);
		if (!strstr(fault.what, cases[i].says))
			fail_msg("case %zu: %s", i, fault.what);
		assert_null(strstr(fault.what, "hunter2"));
	}
}

static void overrides(void **state)
{
	struct world *w = *state;
	struct drive *d = &w->d;
	const struct endpoint_override list[] = {{"rooms", "/r/v2/locaux?actif=1"},
	                                         {"learners", "GET /r/v1/tous?x=1"},
	                                         {"planning", "/r/v1/planning/{code}/{first}/{last}"},
	                                         {"absence_delete", "POST /r/v1/absences/{code}/suppression"},
	                                         {"absence_update", "PATCH /r/v1/absences/{code}"},
	                                         {"sites", "/r/v1/sites/{code}"}};
	struct adapter_connection c = {
	        .url = BASE, .token = "t", .overrides = list, .override_count = 6, .user_agent = "Mozilla/5.0"};
	const struct planning_port *port = NULL;
	struct fault fault;
	int64_t codes[] = {2, 3};
	struct absence a = {.code = 12, .learner = 4, .first = day_of(2026, 11, 23), .last = day_of(2026, 11, 23)};
	assert_int_equal(ypareo_open(&c, &port, &fault), 0);
	port->rooms(port->self, &d->x, d->keep, &w->out);
	drive_asked(d, FETCH_GET, BASE "/r/v2/locaux?actif=1", FETCH_READ);
	assert_string_equal(d->x.request.headers[0].name, "User-Agent");
	assert_string_equal(d->x.request.headers[0].value, "Mozilla/5.0");
	port->learners(port->self, drive_next(d), d->keep, (struct ints){codes, 2}, want_all, NULL, &w->out);
	drive_asked(d, FETCH_GET, BASE "/r/v1/tous?x=1&codesPeriode=2,3", FETCH_READ);
	port->planning(port->self, drive_next(d), d->keep, w->zone, day_of(2026, 11, 23), day_of(2026, 11, 29), 7,
	               &w->out);
	drive_asked(d, FETCH_GET, BASE "/r/v1/planning/7/23-11-2026/29-11-2026", FETCH_READ);
	port->absence_delete(port->self, drive_next(d), 12);
	drive_asked(d, FETCH_POST, BASE "/r/v1/absences/12/suppression", FETCH_WRITE_KEYED);
	port->absence_update(port->self, drive_next(d), &a);
	drive_asked(d, FETCH_PATCH, BASE "/r/v1/absences/12", FETCH_WRITE_KEYED);
	/* a placeholder that exists, but not for this call */
	port->sites(port->self, drive_next(d), d->keep, &w->out);
	drive_fault(d, FAULT_DATA, ERR_CONFIG);
	drive_says(d, "endpoints.sites");
	ypareo_close(&port);
}

/* ---- the requests ---- */

static void requests(void **state)
{
	struct world *w = *state;
	struct drive *d = &w->d;
	const struct planning_port *p = w->port;
	int64_t codes[] = {11, 15};
	struct ints periods = {codes, 2};
	int32_t first = day_of(2026, 11, 23), last = day_of(2026, 11, 29);
	void *self = p->self;

	p->sites(self, &d->x, d->keep, &w->out);
	drive_asked(d, FETCH_GET, BASE "/r/v1/sites", FETCH_READ);
	assert_string_equal(d->x.request.secret.name, "X-Auth-Token");
	assert_string_equal(d->x.request.secret.value, "s3cret-token");
	assert_string_equal(d->x.request.ca_file, "/etc/ca.pem");
	assert_null(d->x.request.headers[0].name);
	assert_int_equal(d->x.request.body.n, 0);
	p->periods(self, drive_next(d), d->keep, &w->out);
	drive_asked(d, FETCH_GET, BASE "/r/v1/periodes", FETCH_READ);
	p->groups(self, drive_next(d), d->keep, periods, &w->out);
	drive_asked(d, FETCH_GET, BASE "/r/v1/formation-longue/groupes?codesPeriode=11,15", FETCH_READ);
	p->short_groups(self, drive_next(d), d->keep, first, last, &w->out);
	drive_asked(d, FETCH_GET, BASE "/r/v1/formation-courte/23-11-2026/29-11-2026/groupes", FETCH_READ);
	p->trainings(self, drive_next(d), d->keep, &w->out);
	drive_asked(d, FETCH_GET, BASE "/r/v1/formations", FETCH_READ);
	p->rooms(self, drive_next(d), d->keep, &w->out);
	drive_asked(d, FETCH_GET, BASE "/r/v1/salles", FETCH_READ);
	p->planning(self, drive_next(d), d->keep, w->zone, first, last, 7, &w->out);
	drive_asked(d, FETCH_GET, BASE "/r/v1/planning/23-11-2026/29-11-2026/groupes/7", FETCH_READ);
	p->learners(self, drive_next(d), d->keep, periods, want_all, NULL, &w->out);
	drive_asked(d, FETCH_GET, BASE "/r/v1/formation-longue/apprenants?codesPeriode=11,15", FETCH_READ);
	assert_true(d->x.request.timeout_ms >= 120000);
	assert_true(d->x.request.max_body >= (size_t)128 << 20);
	p->short_learners(self, drive_next(d), d->keep, first, last, want_all, NULL, &w->out);
	drive_asked(d, FETCH_GET, BASE "/r/v1/formation-courte/23-11-2026/29-11-2026/apprenants", FETCH_READ);
	p->learner(self, drive_next(d), d->keep, 4711, &w->out);
	drive_asked(d, FETCH_GET, BASE "/r/v1/apprenants/4711", FETCH_READ);
	p->learner_accounts(self, drive_next(d), d->keep, map_new_int(d->keep));
	drive_asked(d, FETCH_GET, BASE "/r/v1/utilisateur/apprenants", FETCH_READ);
	p->instructors(self, drive_next(d), d->keep, want_all, NULL, &w->out);
	drive_asked(d, FETCH_GET, BASE "/r/v1/utilisateur/personnels", FETCH_READ);
	p->contracts(self, drive_next(d), periods, first, NULL, NULL);
	drive_asked(d, FETCH_GET, BASE "/r/v1/contrats?codesPeriode=11,15", FETCH_READ);
	p->companies(self, drive_next(d), NULL, NULL);
	drive_asked(d, FETCH_GET, BASE "/r/v1/entreprises", FETCH_READ);
	p->reasons(self, drive_next(d), d->keep, &w->out);
	drive_asked(d, FETCH_GET, BASE "/r/v1/motifs-absence", FETCH_READ);
	p->absences(self, drive_next(d), d->keep, first - 60, last, want_all, NULL, &w->out);
	drive_asked(d, FETCH_GET, BASE "/r/v1/absences/24-09-2026/29-11-2026", FETCH_READ);
	p->payroll(self, drive_next(d), d->keep, first, last, &w->out);
	drive_asked(d, FETCH_GET, BASE "/r/v1/emargements/personnels/23-11-2026/29-11-2026", FETCH_READ);
}

/* ---- lists ---- */

static void ask_sites(struct world *w)
{
	w->out = (struct items){NULL, 0};
	w->port->sites(w->port->self, drive_next(&w->d), w->d.keep, &w->out);
}

/* One list, keyed by code or as an array; in pieces of one byte too. */
static void list_forms(void **state)
{
	struct world *w = *state;
	static const char *const forms[] = {
	        "{\"12\":{\"codeSite\":12,\"nomSite\":\" Lyon  "
	        "\",\"siret\":null,\"adresse\":{\"ville\":\"Lyon\"},\"plusUtilise\":0},"
	        "\"9\":{\"codeSite\":9,\"nomSite\":\"Villeurbanne\",\"plusUtilise\":1}}",
	        "[{\"codeSite\":12,\"nomSite\":\"Lyon\"},{\"codeSite\":\"9\",\"nomSite\":\"\",\"abregeSite\":"
	        "\"Villeurbanne\"}]",
	        "\xEF\xBB\xBF"
	        "[{\"codeSite\":12,\"nomSite\":\"Lyon\"},{\"codeSite\":9.0,\"nomSite\":null,\"abregeSite\":"
	        "\"Villeurbanne\"},"
	        "{\"codeSite\":12,\"nomSite\":\"Lyon encore\"}]",
	};
	for (size_t i = 0; i < 2; i++) {
		for (size_t piece = 0; piece < 8; piece++) {
			w->d.piece = piece;
			ask_sites(w);
			drive_answer(&w->d, 200, forms[i]);
			drive_ok(&w->d);
			struct site *sites = w->out.v;
			assert_int_equal(w->out.n, 2);
			assert_int_equal(sites[0].code, 12);
			drive_text(sites[0].name, "Lyon");
			assert_int_equal(sites[1].code, 9);
			drive_text(sites[1].name, "Villeurbanne");
		}
	}
	w->d.piece = 0;
	ask_sites(w);
	drive_answer(&w->d, 200, forms[2] + 3);
	drive_ok(&w->d);
	assert_int_equal(w->out.n, 2);
	static const char *const empty[] = {"[]", "{}", " [ ] "};
	for (size_t i = 0; i < 3; i++) {
		ask_sites(w);
		drive_answer(&w->d, 200, empty[i]);
		drive_ok(&w->d);
		assert_int_equal(w->out.n, 0);
	}
}

/* What comes back is appended to the caller's list. */
static void lists_are_appended(void **state)
{
	struct world *w = *state;
	ask_sites(w);
	drive_answer(&w->d, 200, "[{\"codeSite\":1,\"nomSite\":\"A\"}]");
	w->port->sites(w->port->self, drive_next(&w->d), w->d.keep, &w->out);
	drive_answer(&w->d, 200, "[{\"codeSite\":2,\"nomSite\":\"B\"},{\"codeSite\":3,\"nomSite\":\"C\"}]");
	drive_ok(&w->d);
	struct site *sites = w->out.v;
	assert_int_equal(w->out.n, 3);
	assert_int_equal(sites[0].code, 1);
	drive_text(sites[2].name, "C");
}

static void broken_answers(void **state)
{
	struct world *w = *state;
	static char deep[300001], deeper[300001] = "[{\"codeSite\":1,\"x\":";
	memset(deep, '[', 300000);
	memset(deeper + strlen(deeper), '[', 300000 - strlen(deeper));
	static const struct {
		const char *body;
		enum fault_class class;
		int code;
	} cases[] = {
	        {"", FAULT_TRANSIENT, ERR_EMPTY},
	        {" \n", FAULT_TRANSIENT, ERR_EMPTY},
	        {"<html><body>Maintenance</body></html>", FAULT_DATA, ERR_NOT_JSON},
	        {"{\"1\":{\"codeSite\":1},\"2\":{\"codeSi", FAULT_TRANSIENT, ERR_TRUNCATED},
	        {"{\"1\":{\"codeSite\":\"un\"}}", FAULT_DATA, ERR_TYPE},
	        {"{\"1\":{\"nomSite\":\"x\"}}", FAULT_DATA, ERR_MISSING},
	        {"{\"1\":{\"codeSite\":92233720368547758080}}", FAULT_DATA, ERR_RANGE},
	        {"{\"1\":5}", FAULT_DATA, ERR_TYPE},
	        {"{\"1\":{\"codeSite\":1,}}", FAULT_DATA, ERR_SYNTAX},
	        {"{\"1\":{\"codeSite\":1,\"nomSite\":\"\xff\xfe\"}}", FAULT_DATA, ERR_SYNTAX},
	        {deep, FAULT_DATA, ERR_TYPE},
	        {deeper, FAULT_DATA, ERR_LIMIT},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ask_sites(w);
		drive_answer(&w->d, 200, cases[i].body);
		drive_fault(&w->d, cases[i].class, cases[i].code);
		drive_says(&w->d, "Yparéo sites");
		assert_int_equal(w->out.n, 0);
	}
}

static void statuses(void **state)
{
	struct world *w = *state;
	static const struct {
		int status;
		enum fault_class class;
	} cases[] = {{401, FAULT_AUTH},  {403, FAULT_AUTH},      {404, FAULT_REMOTE},    {302, FAULT_DATA},
	             {429, FAULT_QUOTA}, {500, FAULT_TRANSIENT}, {503, FAULT_TRANSIENT}, {400, FAULT_REMOTE}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		w->port->rooms(w->port->self, drive_next(&w->d), w->d.keep, &w->out);
		drive_answer(&w->d, cases[i].status, "{\"code\":1,\"message\":\"Refus pour jean.dupont@cfa.fr\"}");
		assert_int_equal(w->d.x.fault.class, cases[i].class);
		assert_int_equal(w->d.x.fault.http_status, cases[i].status);
		drive_silent(&w->d, "dupont");
		drive_silent(&w->d, "s3cret");
	}
	drive_says(&w->d, "«Refus pour …»");
}

/* What a try gave is forgotten when the next one is made; nothing comes twice. */
static void tries(void **state)
{
	struct world *w = *state;
	ask_sites(w);
	drive_reply(&w->d, ERR_RESET, 200, STR("[{\"codeSite\":1,\"nomSite\":\"A\"},{\"codeSite\":2"));
	drive_fault(&w->d, FAULT_TRANSIENT, ERR_RESET);
	assert_int_equal(w->out.n, 0);
	drive_retry(&w->d);
	drive_answer(&w->d, 200, "[{\"codeSite\":1,\"nomSite\":\"A\"},{\"codeSite\":2,\"nomSite\":\"B\"}]");
	drive_ok(&w->d);
	assert_int_equal(w->out.n, 2);
	/* whole, but the connection died before its end was seen */
	ask_sites(w);
	drive_reply(&w->d, ERR_TIMEOUT, 200, STR("[{\"codeSite\":1,\"nomSite\":\"A\"}]"));
	drive_fault(&w->d, FAULT_TRANSIENT, ERR_TIMEOUT);
	assert_int_equal(w->out.n, 0);
}

static void memory_cap(void **state)
{
	struct world *w = *state;
	struct arena *small = arena_new(600);
	w->out = (struct items){NULL, 0};
	w->port->sites(w->port->self, drive_next(&w->d), small, &w->out);
	struct buf b;
	buf_init(&b, 0);
	buf_addc(&b, '[');
	for (int i = 0; i < 200; i++)
		buf_printf(&b, "%s{\"codeSite\":%d,\"nomSite\":\"Site number %d\"}", i ? "," : "", i + 1, i);
	buf_addc(&b, ']');
	drive_reply(&w->d, 0, 200, buf_str(&b));
	drive_fault(&w->d, FAULT_LOCAL, ERR_LIMIT);
	assert_int_equal(w->out.n, 0);
	buf_deinit(&b);
	arena_free(&small);
}

/* ---- periods, groups, names ---- */

static void periods(void **state)
{
	struct world *w = *state;
	w->port->periods(w->port->self, &w->d.x, w->d.keep, &w->out);
	drive_answer(&w->d, 200,
	             "{\"2\":{\"codePeriode\":2,\"nomPeriode\":\"2026-2027\",\"dateDeb\":\"01/09/"
	             "2026\",\"dateFin\":\"31/08/2027\"},"
	             "\"3\":{\"codePeriode\":3,\"nomPeriode\":null,\"dateDeb\":\"2027-09-01\",\"dateFin\":\"\"}}");
	drive_ok(&w->d);
	struct period *p = w->out.v;
	assert_int_equal(w->out.n, 2);
	assert_int_equal(p[0].first, day_of(2026, 9, 1));
	assert_int_equal(p[0].last, day_of(2027, 8, 31));
	drive_text(p[0].name, "2026-2027");
	assert_int_equal(p[1].first, day_of(2027, 9, 1));
	assert_int_equal(p[1].last, INT32_MAX);
	static const char *const broken[] = {
	        "{\"2\":{\"codePeriode\":2,\"dateDeb\":\"\",\"dateFin\":\"31/08/2027\"}}",
	        "{\"2\":{\"codePeriode\":2,\"dateDeb\":\"31/02/2026\",\"dateFin\":\"31/08/2027\"}}",
	        "{\"2\":{\"codePeriode\":2,\"dateDeb\":\"01/09/2026\",\"dateFin\":\"bientot\"}}",
	};
	for (size_t i = 0; i < 3; i++) {
		w->port->periods(w->port->self, drive_next(&w->d), w->d.keep, &w->out);
		drive_answer(&w->d, 200, broken[i]);
		drive_fault(&w->d, FAULT_DATA, ERR_TYPE);
		drive_says(&w->d, "period 2");
	}
	assert_int_equal(w->out.n, 2);
}

static void groups(void **state)
{
	struct world *w = *state;
	w->port->groups(w->port->self, &w->d.x, w->d.keep, (struct ints){NULL, 0}, &w->out);
	assert_string_equal(w->d.x.request.url, BASE "/r/v1/formation-longue/groupes");
	drive_answer(&w->d, 200,
	             "{\"7\":{\"codeGroupe\":7,\"nomGroupe\":\"BTS SIO "
	             "1\",\"abregeGroupe\":\"SIO1\",\"codeFormation\":31,\"codeSite\":12,"
	             "\"numeroAnnee\":1,\"capaciteMax\":0,\"prixDeVente\":null,\"matieres\":[{\"codeMatiere\":1}],"
	             "\"etatActionFormation\":\"Validée\"},"
	             "\"8\":{\"codeGroupe\":\"8\",\"nomGroupe\":\"\",\"abregeGroupe\":null,\"etenduGroupe\":\"Groupe "
	             "technique\","
	             "\"codeFormation\":0,\"codeSite\":null,\"matieres\":[]},"
	             "\"9\":{\"codeGroupe\":9,\"nomGroupe\":\"X\",\"codeFormation\":\"\",\"codeSite\":\"\","
	             "\"numeroAnnee\":false}}");
	drive_ok(&w->d);
	struct group *g = w->out.v;
	assert_int_equal(w->out.n, 3);
	assert_int_equal(g[0].code, 7);
	assert_int_equal(g[0].site, 12);
	assert_int_equal(g[0].training, 31);
	assert_int_equal(g[0].year, 1);
	drive_text(g[0].name, "BTS SIO 1");
	drive_text(g[0].state, "Validée");
	drive_text(g[1].name, "Groupe technique");
	assert_int_equal(g[1].site, 0);
	drive_text(g[1].state, "");
	assert_int_equal(g[2].training, 0);
	assert_int_equal(g[2].site, 0);
	/* a site that is no code at all is not one that is not set */
	w->port->groups(w->port->self, drive_next(&w->d), w->d.keep, (struct ints){NULL, 0}, &w->out);
	drive_answer(&w->d, 200, "{\"7\":{\"codeGroupe\":7,\"codeSite\":\"Lyon\"}}");
	drive_fault(&w->d, FAULT_DATA, ERR_TYPE);
	drive_says(&w->d, "codeSite");
}

/* A key may lack the short courses; a failure is still one. */
static void short_courses(void **state)
{
	struct world *w = *state;
	static const int refused[] = {401, 403, 404};
	for (size_t i = 0; i < 3; i++) {
		w->port->short_groups(w->port->self, drive_next(&w->d), w->d.keep, 20000, 20007, &w->out);
		drive_answer(&w->d, refused[i], "Forbidden");
		drive_ok(&w->d);
		w->port->short_learners(w->port->self, drive_next(&w->d), w->d.keep, 20000, 20007, want_all, NULL,
		                        &w->out);
		drive_answer(&w->d, refused[i], "{\"code\":403,\"message\":\"non\"}");
		drive_ok(&w->d);
	}
	assert_int_equal(w->out.n, 0);
	w->port->short_groups(w->port->self, drive_next(&w->d), w->d.keep, 20000, 20007, &w->out);
	drive_answer(&w->d, 500, "<html>");
	drive_fault(&w->d, FAULT_TRANSIENT, ERR_HTTP);
	w->port->short_groups(w->port->self, drive_next(&w->d), w->d.keep, 20000, 20007, &w->out);
	drive_answer(&w->d, 200, "{\"5\":{\"codeGroupe\":5,\"nomGroupe\":\"SST\",\"codeSite\":9}}");
	drive_ok(&w->d);
	assert_int_equal(w->out.n, 1);
}

static void rooms_and_trainings(void **state)
{
	struct world *w = *state;
	w->port->rooms(w->port->self, &w->d.x, w->d.keep, &w->out);
	drive_answer(&w->d, 200,
	             "{\"1\":{\"codeSalle\":1,\"nomSalle\":\"B102\",\"codeSite\":null,\"plusUtilise\":0},"
	             "\"2\":{\"codeSalle\":2,\"nomSalle\":\"Vieille\",\"plusUtilise\":\"1\"},"
	             "\"3\":{\"codeSalle\":3,\"nomSalle\":\" \",\"abregeSalle\":\"AMPHI\",\"plusUtilise\":false}}");
	drive_ok(&w->d);
	struct room *r = w->out.v;
	assert_int_equal(w->out.n, 2);
	drive_text(r[0].name, "B102");
	assert_int_equal(r[1].code, 3);
	drive_text(r[1].name, "AMPHI");
	struct items trainings = {NULL, 0};
	w->port->trainings(w->port->self, drive_next(&w->d), w->d.keep, &trainings);
	drive_answer(&w->d, 200,
	             "[{\"codeFormation\":31,\"nomFormation\":\"BTS SIO\",\"planDeFormation\":[],\"plusUtilise\":0},"
	             "{\"codeFormation\":32,\"nomFormation\":\"Bac\",\"plusUtilise\":1}]");
	drive_ok(&w->d);
	assert_int_equal(trainings.n, 1);
	drive_text(((struct training *)trainings.v)->name, "BTS SIO");
}

/* ---- planning ---- */

static void ask_planning(struct world *w)
{
	w->out = (struct items){NULL, 0};
	w->port->planning(w->port->self, drive_next(&w->d), w->d.keep, w->zone, day_of(2026, 11, 23),
	                  day_of(2026, 11, 29), 7, &w->out);
}

static void assert_codes(struct ints have, size_t n, const int64_t *want)
{
	assert_int_equal(have.n, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(have.v[i], want[i]);
}

static void sessions(void **state)
{
	struct world *w = *state;
	ask_planning(w);
	w->d.piece = 3;
	drive_answer(
	        &w->d, 200,
	        "{\"semaine\":48,\"cours\":[{\"codeSeance\":90210,\"codeMatiere\":4,\"nomMatiere\":\"Réseaux\","
	        "\"date\":\"24/11/2026\","
	        "\"heureDebut\":\"08:30:00\",\"heureFin\":\"12:00:00\",\"duree\":\"03:30:00\",\"isDistance\":0,"
	        "\"codesGroupe\":[8,7,8],\"codesApprenant\":[3,\"1\",2,0],\"codesPersonnel\":[52,51],\"codesSalle\":["
	        "],"
	        "\"etatSeance\":1,\"nomEtatSeance\":\"Validée\"},"
	        "{\"codeSeance\":90211,\"nomMatiere\":null,\"date\":\"2026-11-25\",\"heureDebut\":\"14:00\","
	        "\"heureFin\":\"14:00:00\","
	        "\"duree\":0,\"isDistance\":\"1\",\"codesGroupe\":{\"0\":7},\"codesApprenant\":null,\"etatSeance\":0}"
	        ","
	        "{\"codeSeance\":90212,\"nomMatiere\":\"Nuit\",\"date\":\"26-11-2026\",\"heureDebut\":\"22:00:00\","
	        "\"heureFin\":\"24:00:00\",\"isDistance\":null,\"codesGroupe\":[7]},"
	        "{\"codeSeance\":90213,\"nomMatiere\":\"A\",\"date\":\"26/11/"
	        "2026\",\"heureDebut\":\"16:00:00\",\"heureFin\":\"15:00:00\","
	        "\"etatSeance\":null,\"nomEtatSeance\":\"En attente\"},"
	        "{\"codeSeance\":90214,\"nomMatiere\":\"A\",\"date\":\"26/11/"
	        "2026\",\"heureDebut\":\"16:00:00\",\"heureFin\":\"17:00:00\","
	        "\"etatSeance\":7,\"nomEtatSeance\":\"Facturée\"}]}");
	w->d.piece = 0;
	drive_ok(&w->d);
	struct session *s = w->out.v;
	assert_int_equal(w->out.n, 5);
	assert_int_equal(s[0].code, 90210);
	drive_text(s[0].subject, "Réseaux");
	assert_int_equal(s[0].day, day_of(2026, 11, 24));
	/* Paris in November is UTC+1 */
	int64_t midnight = (int64_t)day_of(2026, 11, 24) * 86400;
	assert_int_equal(s[0].start, midnight + 7 * 3600 + 1800);
	assert_int_equal(s[0].end, midnight + 11 * 3600);
	assert_int_equal(s[0].start_minute, 510);
	assert_int_equal(s[0].end_minute, 720);
	assert_int_equal(s[0].state, SESSION_VALIDATED);
	assert_false(s[0].remote);
	assert_codes(s[0].groups, 2, (int64_t[]){7, 8});
	assert_codes(s[0].learners, 3, (int64_t[]){1, 2, 3});
	assert_codes(s[0].instructors, 2, (int64_t[]){51, 52});
	assert_codes(s[0].rooms, 0, NULL);
	drive_text(s[1].subject, "");
	assert_true(s[1].remote);
	assert_int_equal(s[1].state, SESSION_PENDING);
	assert_int_equal(s[1].start, s[1].end);
	assert_codes(s[1].groups, 1, (int64_t[]){7});
	assert_int_equal(s[1].learners.n, 0);
	assert_int_equal(s[2].end_minute, 1440);
	assert_int_equal(s[2].end, (int64_t)day_of(2026, 11, 26) * 86400 + 23 * 3600);
	assert_int_equal(s[2].state, SESSION_VALIDATED);
	assert_true(s[3].end < s[3].start);
	assert_int_equal(s[3].state, SESSION_PENDING);
	assert_int_equal(s[4].state, SESSION_VALIDATED);
}

/* Summer time, and the hour that the spring takes away. */
static void session_zones(void **state)
{
	struct world *w = *state;
	ask_planning(w);
	drive_answer(
	        &w->d, 200,
	        "{\"cours\":[{\"codeSeance\":1,\"date\":\"29/06/"
	        "2026\",\"heureDebut\":\"09:00:00\",\"heureFin\":\"10:00:00\"},"
	        "{\"codeSeance\":2,\"date\":\"28/03/2027\",\"heureDebut\":\"02:30:00\",\"heureFin\":\"04:00:00\"}]}");
	drive_ok(&w->d);
	struct session *s = w->out.v;
	assert_int_equal(s[0].start, (int64_t)day_of(2026, 6, 29) * 86400 + 7 * 3600);
	assert_int_equal(s[1].start, (int64_t)day_of(2027, 3, 28) * 86400 + 3600);
	assert_int_equal(s[1].end, (int64_t)day_of(2027, 3, 28) * 86400 + 2 * 3600);
	assert_int_equal(s[1].start_minute, 150);
}

/* No cours is no empty planning: it would take every sheet away. */
static void planning_forms(void **state)
{
	struct world *w = *state;
	static const char *const well[] = {"{\"cours\":[]}", "{\"cours\":{}}", "[]", " [] "};
	static const char *const broken[] = {"{}", "{\"cours\":null}", "{\"seances\":[]}",
	                                     "{\"code\":0,\"message\":\"ok\"}"};
	for (size_t i = 0; i < 4; i++) {
		ask_planning(w);
		drive_answer(&w->d, 200, well[i]);
		drive_ok(&w->d);
		assert_int_equal(w->out.n, 0);
	}
	for (size_t i = 0; i < 4; i++) {
		ask_planning(w);
		drive_answer(&w->d, 200, broken[i]);
		drive_fault(&w->d, FAULT_DATA, ERR_MISSING);
		drive_says(&w->d, "cours");
	}
	static const char *const wrong[] = {"{\"cours\":\"\"}", "{\"cours\":5}", "[{\"codeSeance\":1}]", "5",
	                                    "\"ok\""};
	for (size_t i = 0; i < 5; i++) {
		ask_planning(w);
		drive_answer(&w->d, 200, wrong[i]);
		assert_int_equal(w->d.x.fault.class, FAULT_DATA);
	}
}

/* A second try is judged by what it says itself. */
static void planning_again(void **state)
{
	struct world *w = *state;
	ask_planning(w);
	drive_answer(&w->d, 200, "{\"cours\":[{\"codeSeance\":1,\"date\":\"x\"}]}");
	drive_fault(&w->d, FAULT_DATA, ERR_TYPE);
	drive_retry(&w->d);
	drive_answer(&w->d, 200,
	             "{\"cours\":[{\"codeSeance\":1,\"date\":\"24/11/"
	             "2026\",\"heureDebut\":\"08:30:15\",\"heureFin\":\"09:00:59\"}]}");
	drive_ok(&w->d);
	struct session *s = w->out.v;
	assert_int_equal(w->out.n, 1);
	assert_int_equal(s->start, (int64_t)day_of(2026, 11, 24) * 86400 + 7 * 3600 + 1815);
	assert_int_equal(s->end, (int64_t)day_of(2026, 11, 24) * 86400 + 8 * 3600 + 59);
	assert_int_equal(s->start_minute, 510);
}

/* The keyed form of cours. */
static void keyed_sessions(void **state)
{
	struct world *w = *state;
	ask_planning(w);
	drive_answer(&w->d, 200,
	             "{\"cours\":{\"1\":{\"codeSeance\":1,\"date\":\"24/11/"
	             "2026\",\"heureDebut\":\"09:00:00\",\"heureFin\":\"10:00:00\"}}}");
	drive_ok(&w->d);
	assert_int_equal(w->out.n, 1);
}

static void impossible_sessions(void **state)
{
	struct world *w = *state;
	static const char *const cases[][2] = {
	        {"\"date\":\"31/02/2026\",\"heureDebut\":\"08:00:00\",\"heureFin\":\"09:00:00\"", "date"},
	        {"\"date\":null,\"heureDebut\":\"08:00:00\",\"heureFin\":\"09:00:00\"", "date"},
	        {"\"heureDebut\":\"08:00:00\",\"heureFin\":\"09:00:00\"", "date"},
	        {"\"date\":\"24/11/2026\",\"heureDebut\":\"25:00:00\",\"heureFin\":\"09:00:00\"", "heureDebut"},
	        {"\"date\":\"24/11/2026\",\"heureDebut\":\"08:00:00\",\"heureFin\":\"\"", "heureFin"},
	        {"\"date\":\"24/11/2026\",\"heureDebut\":\"08h00\",\"heureFin\":\"09:00:00\"", "heureDebut"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char body[300];
		snprintf(body, sizeof(body), "{\"cours\":[{%s,\"codeSeance\":90210}]}", cases[i][0]);
		ask_planning(w);
		drive_answer(&w->d, 200, body);
		drive_fault(&w->d, FAULT_DATA, ERR_TYPE);
		drive_says(&w->d, "session 90210");
		drive_says(&w->d, cases[i][1]);
		assert_int_equal(w->out.n, 0);
	}
	ask_planning(w);
	drive_answer(&w->d, 200,
	             "{\"cours\":[{\"date\":\"24/11/2026\",\"heureDebut\":\"08:00:00\",\"heureFin\":\"09:00:00\"}]}");
	drive_fault(&w->d, FAULT_DATA, ERR_MISSING);
	drive_says(&w->d, "codeSeance");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(addresses),
	        cmocka_unit_test(refused_connections),
	        cmocka_unit_test_setup_teardown(overrides, setup, teardown),
	        cmocka_unit_test_setup_teardown(requests, setup, teardown),
	        cmocka_unit_test_setup_teardown(list_forms, setup, teardown),
	        cmocka_unit_test_setup_teardown(lists_are_appended, setup, teardown),
	        cmocka_unit_test_setup_teardown(broken_answers, setup, teardown),
	        cmocka_unit_test_setup_teardown(statuses, setup, teardown),
	        cmocka_unit_test_setup_teardown(tries, setup, teardown),
	        cmocka_unit_test_setup_teardown(memory_cap, setup, teardown),
	        cmocka_unit_test_setup_teardown(periods, setup, teardown),
	        cmocka_unit_test_setup_teardown(groups, setup, teardown),
	        cmocka_unit_test_setup_teardown(short_courses, setup, teardown),
	        cmocka_unit_test_setup_teardown(rooms_and_trainings, setup, teardown),
	        cmocka_unit_test_setup_teardown(sessions, setup, teardown),
	        cmocka_unit_test_setup_teardown(session_zones, setup, teardown),
	        cmocka_unit_test_setup_teardown(planning_forms, setup, teardown),
	        cmocka_unit_test_setup_teardown(keyed_sessions, setup, teardown),

	        cmocka_unit_test_setup_teardown(planning_again, setup, teardown),
	        cmocka_unit_test_setup_teardown(impossible_sessions, setup, teardown),
	};
	return cmocka_run_group_tests_name("adapter_ypareo", tests, NULL, NULL);
}
