#include "tests/unit/adapter_drive.h"

#include "adapters/edusign/edusign.h"
#include "core/base/tz.h"

/* Edusign: the envelope, the school, and reading sheets. The answers are written from its public facts. */

#define BASE "https://ext.edusign.fr"

struct world {
	struct drive d;
	const struct attendance_port *port;
	struct items out;
};

static int setup(void **state)
{
	static struct world w;
	struct adapter_connection c = {.url = BASE "/v1/", .token = "k3y"};
	struct fault fault;
	memset(&w, 0, sizeof(w));
	drive_begin(&w.d);
	assert_int_equal(edusign_open(&c, &w.port, &fault), 0);
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	drive_end(&w->d);
	edusign_close(&w->port);
	assert_null(w->port);
	return 0;
}

/* ---- connection ---- */

static void addresses(void **state)
{
	static const char *const cases[][2] = {
	        {"https://ext.edusign.fr/v1", "https://ext.edusign.fr/v1/school"},
	        {"https://ext.edusign.fr", "https://ext.edusign.fr/v1/school"},
	        {"https://EXT.edusign.com/v1/course?page=0", "https://ext.edusign.com/v1/school"},
	        {"http://127.0.0.1:8081/edusign/v1/", "http://127.0.0.1:8081/edusign/v1/school"},
	};
	struct drive d;
	(void)state;
	drive_begin(&d);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct adapter_connection c = {.url = cases[i][0], .token = "k3y"};
		const struct attendance_port *port = NULL;
		struct fault fault;
		struct school school;
		assert_int_equal(edusign_open(&c, &port, &fault), 0);
		port->school(port->self, drive_next(&d), d.keep, &school);
		drive_asked(&d, FETCH_GET, cases[i][1], FETCH_READ);
		assert_string_equal(d.x.request.secret.name, "Authorization");
		assert_string_equal(d.x.request.secret.value, "Bearer k3y");
		edusign_close(&port);
	}
	struct adapter_connection plain = {.url = "http://ext.edusign.fr/v1", .token = "k3y"};
	const struct attendance_port *none = NULL;
	struct fault fault;
	assert_int_equal(edusign_open(&plain, &none, &fault), ERR_CONFIG);
	assert_null(none);
	drive_end(&d);
}

/* GETs that write stay GETs unless a school says otherwise; reads never become writes. */
static void endpoint_table(void **state)
{
	size_t n, writing_gets = 0;
	const struct endpoint *table = edusign_endpoints(&n);
	(void)state;
	for (size_t i = 0; i < n; i++) {
		if (table[i].method == FETCH_GET && table[i].writes) {
			assert_non_null(strstr(table[i].name, "_restore"));
			writing_gets++;
		}
		if (!table[i].writes)
			assert_true(table[i].method == FETCH_GET || strcmp(table[i].name, "learners_by_id") == 0);
	}
	assert_int_equal(writing_gets, 3);
}

/* ---- envelope ---- */

static void ask_school(struct world *w, struct school *out)
{
	memset(out, 0, sizeof(*out));
	w->port->school(w->port->self, drive_next(&w->d), w->d.keep, out);
}

static void school(void **state)
{
	struct world *w = *state;
	struct school s;
	ask_school(w, &s);
	drive_answer(&w->d, 200,
	             "{\"status\":\"success\",\"result\":{\"id\":\"gkia42e40c9s6i9\",\"name\":\"CFA "
	             "Lyon\",\"timezone\":\"Europe/Paris\","
	             "\"connector\":null,\"absencesType\":[{\"id\":8,\"name\":\"Grève\"}]}}");
	drive_ok(&w->d);
	drive_text(s.id, "gkia42e40c9s6i9");
	drive_text(s.name, "CFA Lyon");
	drive_text(s.timezone, "Europe/Paris");
	drive_text(s.connector, "");
	ask_school(w, &s);
	drive_answer(&w->d, 200,
	             "{\"result\":[{\"ID\":42,\"NAME\":\"CFA\",\"TIMEZONE\":\"Indian/"
	             "Reunion\",\"CONNECTOR\":\"ypareo\"}],\"status\":\"success\"}");
	drive_ok(&w->d);
	drive_text(s.id, "42");
	drive_text(s.connector, "ypareo");
	static const char *const broken[] = {"{\"status\":\"success\",\"result\":{\"name\":\"x\"}}",
	                                     "{\"status\":\"success\",\"result\":true}", "{\"status\":\"success\"}",
	                                     "{\"status\":\"success\",\"result\":null}"};
	for (size_t i = 0; i < 4; i++) {
		ask_school(w, &s);
		drive_answer(&w->d, 200, broken[i]);
		assert_int_equal(w->d.x.fault.class, FAULT_DATA);
		assert_int_equal(s.id.n, 0);
	}
}

/* What an answer may be, whatever was asked. */
static void envelopes(void **state)
{
	struct world *w = *state;
	static const struct {
		int status;
		const char *body;
		enum fault_class class;
		int code;
	} cases[] = {
	        {200, "{\"status\":\"error\",\"message\":\"Something\"}", FAULT_REMOTE, ERR_REMOTE},
	        {200, "{\"status\":\"error\"}", FAULT_REMOTE, ERR_REMOTE},
	        {200, "{\"status\":\"error\",\"message\":[\"NAME is required\",\"x\"]}", FAULT_REMOTE, ERR_REMOTE},
	        {200, "{\"status\":\"error\",\"message\":[{\"field\":\"NAME\"}]}", FAULT_REMOTE, ERR_REMOTE},
	        {200, "{\"status\":\"error\",\"message\":[]}", FAULT_REMOTE, ERR_REMOTE},
	        {200, "{\"status\":\"error\",\"message\":{\"a\":1}}", FAULT_REMOTE, ERR_REMOTE},
	        {200, "{\"status\":\"ok\",\"result\":[]}", FAULT_DATA, ERR_MISSING},
	        {200, "{\"result\":[]}", FAULT_DATA, ERR_MISSING},
	        {200, "", FAULT_TRANSIENT, ERR_EMPTY},
	        {200, "{\"status\":\"success\",\"result\":[", FAULT_TRANSIENT, ERR_TRUNCATED},
	        {200, "<html>504 Gateway Time-out</html>", FAULT_DATA, ERR_NOT_JSON},
	        {200, "Unauthorized", FAULT_AUTH, ERR_HTTP},
	        {200, "Forbidden\n", FAULT_AUTH, ERR_HTTP},
	        {200, "Not Found", FAULT_REMOTE, ERR_HTTP},
	        {200, "Internal Server Error", FAULT_TRANSIENT, ERR_HTTP},
	        {401, "Unauthorized", FAULT_AUTH, ERR_HTTP},
	        {402, "", FAULT_AUTH, ERR_HTTP},
	        {403, "Forbidden", FAULT_AUTH, ERR_HTTP},
	        {404, "Not Found", FAULT_REMOTE, ERR_HTTP},
	        {500, "Internal Server Error", FAULT_TRANSIENT, ERR_HTTP},
	        {502, "<html>", FAULT_TRANSIENT, ERR_HTTP},
	        {429, "", FAULT_QUOTA, ERR_HTTP},
	        {302, "", FAULT_DATA, ERR_REDIRECT},
	        {400, "{\"status\":\"error\",\"message\":\"No course with this ID found\"}", FAULT_REMOTE,
	         ERR_NOT_FOUND},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct school s;
		struct sheets_query q = {.page = 0};
		ask_school(w, &s);
		drive_answer(&w->d, cases[i].status, cases[i].body);
		drive_fault(&w->d, cases[i].class, cases[i].code);
		drive_says(&w->d, "Edusign school");
		assert_int_equal(w->d.x.fault.http_status, cases[i].status);
		/* and as a list, which streams */
		w->port->sheets(w->port->self, drive_next(&w->d), w->d.keep, &q, &w->out);
		drive_answer(&w->d, cases[i].status, cases[i].body);
		drive_fault(&w->d, cases[i].class, cases[i].code);
		drive_says(&w->d, "Edusign sheets");
		assert_int_equal(w->out.n, 0);
	}
}

/* Unknown words are quoted, cut, and without addresses. */
static void quotes(void **state)
{
	struct world *w = *state;
	struct school s;
	ask_school(w, &s);
	drive_answer(&w->d, 200,
	             "{\"status\":\"error\",\"message\":\"User jean.dupont@cfa-lyon.fr (jean%40x.fr) is\\nnot "
	             "allowed\",\"errorCode\":\"E1\"}");
	drive_says(&w->d, "«User … (…) is?not allowed»");
	drive_silent(&w->d, "dupont");
	ask_school(w, &s);
	drive_answer(&w->d, 200,
	             "{\"status\":\"error\",\"message\":"
	             "\"ééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééééé fin\"}");
	drive_silent(&w->d, "fin");
	assert_true(str_is_utf8(str_of(w->d.x.fault.what)));
	ask_school(w, &s);
	drive_answer(&w->d, 200, "{\"status\":\"error\",\"message\":[\"mail a@b.fr is wrong\",\"other\"]}");
	drive_says(&w->d, "(2)");
	drive_says(&w->d, "mail … is wrong");
	drive_silent(&w->d, "a@b.fr");
}

/* ---- sheets: the question ---- */

static void sheets_queries(void **state)
{
	struct world *w = *state;
	int32_t day = day_of(2026, 11, 23);
	const struct {
		struct sheets_query q;
		const char *url;
	} cases[] = {
	        {{.page = 0}, BASE "/v1/course?page=0"},
	        /* a day more on each side: nobody knows whether the end is included, nor whose days these are */
	        {{.first = day, .last = day + 6, .page = 3},
	         BASE "/v1/course?page=3&start=2026-11-22&end=2026-11-30"},
	        {{.first = day, .last = day, .locked_only = true},
	         BASE "/v1/course?page=0&start=2026-11-22&end=2026-11-24&filters=locked"},
	        /* 90 days at most */
	        {{.first = day - 89, .last = day}, BASE "/v1/course?page=0&start=2026-08-26&end=2026-11-24"},
	        {{.first = day - 90, .last = day}, BASE "/v1/course?page=0&start=2026-08-25&end=2026-11-23"},
	        {{.updated_from = (int64_t)day * 86400 + 80000, .updated_to = (int64_t)(day + 1) * 86400 + 5},
	         BASE "/v1/course?page=0&dateUpdated=2026-11-23,2026-11-25"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		w->port->sheets(w->port->self, drive_next(&w->d), w->d.keep, &cases[i].q, &w->out);
		drive_asked(&w->d, FETCH_GET, cases[i].url, FETCH_READ);
	}
}

/* ---- sheets: the answer ---- */

#define PAGE_OF(body) "{\"status\":\"success\",\"result\":[" body "]}"

static struct sheet *read_page(struct world *w, const char *body, size_t n)
{
	struct sheets_query q = {.page = 0};
	w->out = (struct items){NULL, 0};
	w->port->sheets(w->port->self, drive_next(&w->d), w->d.keep, &q, &w->out);
	drive_answer(&w->d, 200, body);
	drive_ok(&w->d);
	assert_int_equal(w->out.n, n);
	return w->out.v;
}

static void a_page(void **state)
{
	struct world *w = *state;
	for (size_t piece = 0; piece < 3; piece++) {
		w->d.piece = piece;
		struct sheet *s = read_page(w,
		                            PAGE_OF("{\"ID\":\"c1\",\"IDX\":12,\"NAME\":\" Réseaux "
		                                    "\",\"DESCRIPTION\":null,\"START\":\"2026-11-24T07:30:00.000Z\","
		                                    "\"END\":\"2026-11-24T11:00:00.000Z\",\"PROFESSOR\":\"p1\","
		                                    "\"PROFESSOR_3\":\"p3\",\"PROFESSOR_2\":\"p2\","
		                                    "\"PROFESSOR_SIGNATURE\":\"\",\"PROFESSOR_SIGNATURE_2\":\"https:/"
		                                    "/s/2.png\",\"PROFESSOR_SIGNATURE_3\":null,"
		                                    "\"PROFESSOR_SIGNATURE_TIMESTAMP\":\"2026-11-24T07:31:00.000Z\","
		                                    "\"PROFESSOR_EMAIL_HISTORY_2\":\"x\","
		                                    "\"CLASSROOM\":\"B102\",\"SCHOOL_GROUP\":[\"g1\",\"g2\"],"
		                                    "\"LOCKED\":1,\"ATTENDANCE_ENDED\":0,"
		                                    "\"DATE_UPDATED\":\"2026-11-24T11:05:06.789Z\",\"API_ID\":90210,"
		                                    "\"API_TYPE\":\"ypareo\",\"MESSAGES\":[],"
		                                    "\"STUDENTS\":[{\"_id\":1,\"studentId\":\"s1\",\"courseId\":"
		                                    "\"c1\",\"state\":true,\"signature\":\"https://s/1.png\","
		                                    "\"timestamp\":\"2026-11-24T07:32:00.000Z\",\"delay\":10,"
		                                    "\"earlyDeparture\":\"2026-11-24T10:30:00.000Z\","
		                                    "\"excluded\":null,\"absenceId\":null,\"comment\":\"en "
		                                    "retard\",\"signatureEmail\":{\"nbSent\":1}},"
		                                    "{\"studentId\":\"s2\",\"state\":false,\"signature\":null,"
		                                    "\"delay\":null,\"absenceId\":\"j9\",\"comment\":\"\"}]},"
		                                    "{\"ID\":77,\"NAME\":null,\"START\":\"2026-11-25T08:00:00+01:"
		                                    "00\",\"END\":\"2026-11-25T09:00:00\",\"PROFESSOR\":\"p1\","
		                                    "\"SCHOOL_GROUP\":\"g1\",\"LOCKED\":false,\"STUDENTS\":[],\"DATE_"
		                                    "UPDATED\":null,\"API_ID\":null}"),
		                            2);
		drive_text(s[0].id, "c1");
		drive_text(s[0].name, "Réseaux");
		drive_text(s[0].room, "B102");
		drive_text(s[0].api_id, "90210");
		drive_text(s[0].api_type, "ypareo");
		int64_t midnight = (int64_t)day_of(2026, 11, 24) * 86400;
		assert_int_equal(s[0].start, midnight + 27000);
		assert_int_equal(s[0].end, midnight + 39600);
		assert_int_equal(s[0].updated, midnight + 39906);
		assert_int_equal(s[0].instructor_count, 3);
		drive_text(s[0].instructors[0], "p1");
		drive_text(s[0].instructors[1], "p2");
		drive_text(s[0].instructors[2], "p3");
		assert_false(s[0].instructor_signed[0]);
		assert_true(s[0].instructor_signed[1]);
		assert_false(s[0].instructor_signed[2]);
		assert_int_equal(s[0].groups.n, 2);
		drive_text(s[0].groups.v[1], "g2");
		assert_true(s[0].locked);
		assert_true(s[0].started);
		assert_null(s[0].whole);
		const struct row *rows = s[0].rows.v;
		assert_int_equal(s[0].rows.n, 2);
		drive_text(rows[0].learner, "s1");
		assert_int_equal(rows[0].state, 1);
		assert_true(rows[0].signed_);
		assert_true(rows[0].delay_min == 10);
		assert_int_equal(rows[0].early, midnight + 37800);
		assert_int_equal(rows[0].excluded, 0);
		drive_text(rows[0].absence_id, "");
		drive_text(rows[0].comment, "en retard");
		assert_int_equal(rows[1].state, 0);
		assert_false(rows[1].signed_);
		drive_text(rows[1].absence_id, "j9");
		drive_text(s[1].id, "77");
		drive_text(s[1].name, "");
		drive_text(s[1].api_id, "");
		assert_int_equal(s[1].start, (int64_t)day_of(2026, 11, 25) * 86400 + 7 * 3600);
		assert_int_equal(s[1].end, (int64_t)day_of(2026, 11, 25) * 86400 + 9 * 3600);
		assert_int_equal(s[1].updated, 0);
		assert_int_equal(s[1].groups.n, 1);
		drive_text(s[1].groups.v[0], "g1");
		assert_false(s[1].locked);
		assert_false(s[1].started);
	}
}

static void empty_pages(void **state)
{
	struct world *w = *state;
	(void)read_page(w, PAGE_OF(""), 0);
	(void)read_page(w, "{\"result\":null,\"status\":\"success\"}", 0);
	static const char *const wrong[] = {"{\"status\":\"success\"}",
	                                    "{\"status\":\"success\",\"result\":true}",
	                                    "{\"status\":\"success\",\"result\":\"c1\"}",
	                                    "{\"status\":\"success\",\"result\":{\"data\":[],\"total\":0}}",
	                                    "{\"status\":\"success\",\"result\":[[]]}",
	                                    "[]"};
	for (size_t i = 0; i < 5; i++) {
		struct sheets_query q = {.page = 0};
		w->port->sheets(w->port->self, drive_next(&w->d), w->d.keep, &q, &w->out);
		drive_answer(&w->d, 200, wrong[i]);
		assert_int_equal(w->d.x.fault.class, FAULT_DATA);
	}
}

/* A page is not handed over when its end says that it failed, nor twice when it is asked for again. */
static void late_error(void **state)
{
	struct world *w = *state;
	struct sheets_query q = {.page = 0};
	w->port->sheets(w->port->self, drive_next(&w->d), w->d.keep, &q, &w->out);
	drive_answer(&w->d, 200, "{\"result\":[{\"ID\":\"c1\"}],\"status\":\"error\",\"message\":\"boom\"}");
	drive_fault(&w->d, FAULT_REMOTE, ERR_REMOTE);
	drive_says(&w->d, "boom");
	assert_int_equal(w->out.n, 0);
	drive_retry(&w->d);
	drive_answer(&w->d, 200, "{\"result\":[{\"ID\":\"c1\"}],\"status\":\"success\"}");
	drive_ok(&w->d);
	assert_int_equal(w->out.n, 1);
}

/* state: only true and false are evidence. */
static void states(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *row;
		int state;
	} cases[] = {
	        {"\"state\":true", 1},
	        {"\"state\":false", 0},
	        {"\"state\":1", -1},
	        {"\"state\":\"true\"", -1},
	        {"\"state\":null", -1},
	        {"\"x\":1", -1},
	        {"\"state\":[]", -1},
	        {"\"state\":{\"a\":true}", -1},
	        {"\"state\":\"\"", -1},
	        {"\"state\":true,\"excluded\":\"plus tard\"", -1},
	        {"\"state\":true,\"earlyDeparture\":\"10h30\"", -1},
	        {"\"state\":true,\"excluded\":\"\",\"earlyDeparture\":null", 1},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char body[300];
		snprintf(body, sizeof(body), PAGE_OF("{\"ID\":\"c\",\"STUDENTS\":[{\"studentId\":\"s\",%s}]}"),
		         cases[i].row);
		struct sheet *s = read_page(w, body, 1);
		const struct row *row = s->rows.v;
		if (row->state != cases[i].state)
			fail_msg("%s gives %d", cases[i].row, row->state);
	}
}

/* What shows that a sheet has been touched by those whom it is for. */
static void evidence(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *row;
		bool signed_, started;
	} cases[] = {
	        {"\"state\":false", false, false},
	        {"\"state\":false,\"signature\":\"\"", false, false},
	        {"\"state\":false,\"signature\":0", false, false},
	        {"\"state\":false,\"signature\":false", false, false},
	        {"\"state\":false,\"absenceId\":\"j1\"", false, false},
	        {"\"state\":false,\"signature\":\"https://x\"", true, true},
	        {"\"state\":false,\"timestamp\":\"2026-11-24T07:32:00.000Z\"", true, true},
	        {"\"state\":true", false, true},
	        {"\"state\":false,\"delay\":5", false, true},
	        {"\"state\":false,\"delay\":\"7.5\"", false, true},
	        {"\"state\":false,\"delay\":-5", false, false},
	        {"\"state\":false,\"excluded\":\"2026-11-24T07:32:00.000Z\"", false, true},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char body[300];
		snprintf(body, sizeof(body), PAGE_OF("{\"ID\":\"c\",\"STUDENTS\":[{\"studentId\":\"s\",%s}]}"),
		         cases[i].row);
		struct sheet *s = read_page(w, body, 1);
		if (s->started != cases[i].started || ((struct row *)s->rows.v)->signed_ != cases[i].signed_)
			fail_msg("%s", cases[i].row);
	}
	assert_true(read_page(w, PAGE_OF("{\"ID\":\"c\",\"ATTENDANCE_ENDED\":1}"), 1)->started);
	static const char *const locked[] = {"1", "true", "\"1\""}, *const open[] = {"0", "false", "\"0\"", "null",
	                                                                             "\"\""};
	char body[100];
	for (size_t i = 0; i < 3; i++) {
		snprintf(body, sizeof(body), PAGE_OF("{\"ID\":\"c\",\"LOCKED\":%s}"), locked[i]);
		assert_true(read_page(w, body, 1)->locked);
	}
	for (size_t i = 0; i < 5; i++) {
		snprintf(body, sizeof(body), PAGE_OF("{\"ID\":\"c\",\"LOCKED\":%s}"), open[i]);
		assert_false(read_page(w, body, 1)->locked);
	}
}

/* Holes, more instructors than a sheet holds, rows without a learner, times that are not given. */
static void odd_sheets(void **state)
{
	struct world *w = *state;
	struct sheet *s = read_page(
	        w,
	        PAGE_OF("{\"ID\":\"c\",\"PROFESSOR\":\"\",\"PROFESSOR_2\":null,\"PROFESSOR_3\":\"p3\","
	                "\"PROFESSOR_SIGNATURE_3\":\"https://x\",\"PROFESSOR_16\":\"p16\",\"PROFESSOR_17\":\"p17\","
	                "\"PROFESSOR_1\":\"no\",\"PROFESSOR_X\":\"no\",\"START\":null,\"END\":\"\","
	                "\"STUDENTS\":[{\"studentId\":\"\",\"state\":true},{\"studentId\":5,\"state\":false}],"
	                "\"SCHOOL_GROUP\":null}"),
	        1);
	assert_int_equal(s->instructor_count, 2);
	drive_text(s->instructors[0], "p3");
	assert_true(s->instructor_signed[0]);
	drive_text(s->instructors[1], "p16");
	assert_int_equal(s->start, 0);
	assert_int_equal(s->rows.n, 1);
	drive_text(((struct row *)s->rows.v)->learner, "5");
	static const struct {
		const char *body, *says;
	} wrong[] = {
	        {PAGE_OF("{\"ID\":\"c9\",\"START\":\"lundi\"}"), "sheet c9"},
	        {PAGE_OF("{\"ID\":\"\",\"NAME\":\"x\"}"), "without ID"},
	        {PAGE_OF("{\"NAME\":\"x\"}"), "ID"},
	        {PAGE_OF("{\"ID\":\"c9\",\"STUDENTS\":\"none\"}"), "STUDENTS"},
	        {PAGE_OF("{\"ID\":\"c9\",\"LOCKED\":\"maybe\"}"), "LOCKED"},
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct sheets_query q = {.page = 0};
		w->port->sheets(w->port->self, drive_next(&w->d), w->d.keep, &q, &w->out);
		drive_answer(&w->d, 200, wrong[i].body);
		assert_int_equal(w->d.x.fault.class, FAULT_DATA);
		drive_says(&w->d, wrong[i].says);
	}
}

/* ---- one sheet ---- */

static void one_sheet(void **state)
{
	struct world *w = *state;
	struct sheet s = {.locked = true};
	w->port->sheet(w->port->self, &w->d.x, w->d.keep, STR("c1/.."), &s);
	drive_asked(&w->d, FETCH_GET, BASE "/v1/course/c1%2F..", FETCH_READ);
	w->d.piece = 5;
	drive_answer(&w->d, 200,
	             "{\"status\":\"success\",\"result\":{\"ID\":\"c1\",\"NAME\":\"Réseaux\",\"START\":\"2026-11-"
	             "24T07:30:00.000Z\","
	             "\"END\":\"2026-11-24T11:00:00.000Z\",\"PROFESSOR\":\"p1\",\"PROFESSOR_2\":\"p2\",\"LOCKED\":0,"
	             "\"ANNOTATION\":\"note\","
	             "\"STUDENTS\":[{\"studentId\":\"s1\",\"state\":false}]}}");
	drive_ok(&w->d);
	drive_text(s.id, "c1");
	drive_text(s.name, "Réseaux");
	assert_false(s.locked);
	assert_int_equal(s.instructor_count, 2);
	assert_int_equal(s.rows.n, 1);
	drive_next(&w->d); /* the exchange is gone; what was kept is not */
	assert_non_null(s.whole);
	drive_text(json_text(json_get(s.whole, "ANNOTATION")), "note");
	drive_text(s.instructors[1], "p2");
}

static void no_sheet(void **state)
{
	struct world *w = *state;
	static const char *const none[] = {"{\"status\":\"error\",\"message\":\"No course with this ID found\"}",
	                                   "{\"status\":\"success\",\"result\":null}",
	                                   "{\"status\":\"success\",\"result\":[]}",
	                                   "{\"status\":\"success\",\"result\":\"\"}"};
	struct sheet s = {.id = STR("untouched")};
	for (size_t i = 0; i < 4; i++) {
		w->port->sheet(w->port->self, drive_next(&w->d), w->d.keep, STR("c1"), &s);
		drive_answer(&w->d, 200, none[i]);
		drive_fault(&w->d, FAULT_REMOTE, ERR_NOT_FOUND);
	}
	/* a call that is not there says nothing of the sheet */
	w->port->sheet(w->port->self, drive_next(&w->d), w->d.keep, STR("c1"), &s);
	drive_answer(&w->d, 404, "Not Found");
	drive_fault(&w->d, FAULT_REMOTE, ERR_HTTP);
	w->port->sheet(w->port->self, drive_next(&w->d), w->d.keep, STR("c1"), &s);
	drive_answer(&w->d, 200, "{\"status\":\"success\",\"result\":[{\"ID\":\"a\"},{\"ID\":\"b\"}]}");
	drive_fault(&w->d, FAULT_DATA, ERR_CONFLICT);
	w->port->sheet(w->port->self, drive_next(&w->d), w->d.keep, STR("c1"), &s);
	drive_answer(&w->d, 200, "{\"status\":\"success\",\"result\":true}");
	assert_int_equal(w->d.x.fault.class, FAULT_DATA);
	drive_text(s.id, "untouched");
}

static void big_sheet(void **state)
{
	struct world *w = *state;
	struct sheet s = {.id = STR_NONE};
	struct buf b;
	buf_init(&b, 0);
	buf_addz(&b, "{\"status\":\"success\",\"result\":{\"ID\":\"c1\",\"MESSAGES\":[\"x\"");
	while (b.n < (size_t)5 << 20)
		buf_addz(&b, ",\"0123456789012345678901234567890123456789\"");
	buf_addz(&b, "]}}");
	w->port->sheet(w->port->self, &w->d.x, w->d.keep, STR("c1"), &s);
	drive_reply(&w->d, 0, 200, buf_str(&b));
	drive_fault(&w->d, FAULT_DATA, ERR_LIMIT);
	buf_deinit(&b);
}

static void sheet_find(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *result, *id;
	} found[] = {{"{\"ID\":\"c1\"}", "c1"},
	             {"{\"id\":\"c2\"}", "c2"},
	             {"{\"ID\":\"\",\"id\":\"c3\"}", "c3"},
	             {"\"c4\"", "c4"},
	             {"55", "55"},
	             {"[{\"ID\":\"c6\"}]", "c6"},
	             {"null", ""},
	             {"[]", ""},
	             {"\"\"", ""},
	             {"false", ""}};
	char body[200];
	for (size_t i = 0; i < sizeof(found) / sizeof(found[0]); i++) {
		struct str id = STR_NONE;
		w->port->sheet_find(w->port->self, drive_next(&w->d), w->d.keep, 90210, &id);
		drive_asked(&w->d, FETCH_GET, BASE "/v1/course/get-id/90210", FETCH_READ);
		snprintf(body, sizeof(body), "{\"status\":\"success\",\"result\":%s}", found[i].result);
		drive_answer(&w->d, 200, body);
		drive_ok(&w->d);
		drive_text(id, found[i].id);
	}
	static const char *const none[] = {"No course with this ID found", "Course not found",
	                                   "no record was found",          "ERR_COURSE_NOT_FOUND",
	                                   "Cannot get course by api id",  "This course does not exist"};
	for (size_t i = 0; i < 6; i++) {
		struct str id = STR_NONE;
		w->port->sheet_find(w->port->self, drive_next(&w->d), w->d.keep, 90210, &id);
		snprintf(body, sizeof(body), "{\"status\":\"error\",\"message\":\"%s\"}", none[i]);
		drive_answer(&w->d, 200, body);
		drive_ok(&w->d);
		assert_int_equal(id.n, 0);
	}
	/* whatever else was refused is no proof that there is none: it would be made twice */
	static const struct {
		const char *body;
		enum fault_class class;
	} not_none[] = {
	        {"{\"status\":\"error\",\"message\":\"Unknown error\"}", FAULT_REMOTE},
	        {"{\"status\":\"error\",\"message\":\"API option missing\"}", FAULT_REMOTE},
	        {"{\"status\":\"error\",\"message\":\"Technical error, notify support\"}", FAULT_REMOTE},
	        {"{\"status\":\"error\",\"message\":[\"not found\"]}", FAULT_REMOTE},
	        {"{\"status\":\"error\"}", FAULT_REMOTE},
	        {"{\"status\":\"success\",\"result\":true}", FAULT_DATA},
	        {"{\"status\":\"success\",\"result\":{\"other\":1}}", FAULT_DATA},
	        {"{\"status\":\"success\",\"result\":[{\"ID\":\"a\"},{\"ID\":\"b\"}]}", FAULT_REMOTE},
	};
	for (size_t i = 0; i < sizeof(not_none) / sizeof(not_none[0]); i++) {
		struct str id = STR_NONE;
		w->port->sheet_find(w->port->self, drive_next(&w->d), w->d.keep, 90210, &id);
		drive_answer(&w->d, 200, not_none[i].body);
		if (w->d.x.fault.class != not_none[i].class)
			fail_msg("%s", not_none[i].body);
		assert_int_equal(id.n, 0);
	}
	struct str id = STR_NONE;
	w->port->sheet_find(w->port->self, drive_next(&w->d), w->d.keep, 90210, &id);
	drive_answer(&w->d, 404, "Not Found");
	drive_fault(&w->d, FAULT_REMOTE, ERR_HTTP);
}

/* ---- reasons ---- */

static void reasons(void **state)
{
	struct world *w = *state;
	w->port->justifications(w->port->self, &w->d.x, w->d.keep, 2, &w->out);
	drive_asked(&w->d, FETCH_GET, BASE "/v1/justified-absence?page=2", FETCH_READ);
	drive_answer(
	        &w->d, 200,
	        PAGE_OF("{\"ID\":\"j1\",\"STUDENT_ID\":\"s1\",\"TYPE\":4,\"COMMENT\":\"privé\",\"FILE_URL\":null},"
	                "{\"ID\":\"j2\",\"STUDENT_ID\":null,\"TYPE\":\"12\"},{\"ID\":3,\"STUDENT_ID\":\"s3\","
	                "\"TYPE\":\"autre\"}"));
	drive_ok(&w->d);
	struct justification *j = w->out.v;
	assert_int_equal(w->out.n, 3);
	drive_text(j[0].id, "j1");
	drive_text(j[0].learner, "s1");
	assert_int_equal(j[0].type, 4);
	assert_int_equal(j[1].type, 12);
	drive_text(j[2].id, "3");
	assert_int_equal(j[2].type, 0);
	struct items reasons = {NULL, 0};
	w->port->absence_reasons(w->port->self, drive_next(&w->d), w->d.keep, &reasons);
	drive_asked(&w->d, FETCH_GET, BASE "/v1/justified-absence/absence-reason", FETCH_READ);
	drive_answer(&w->d, 200,
	             PAGE_OF("{\"ID\":8,\"NAME\":\"Grève\"},{\"id\":\"9\",\"name\":\"Stage\"},{\"ID\":\"x1\","
	                     "\"NAME\":\"Z\"}"));
	drive_ok(&w->d);
	struct reason *r = reasons.v;
	assert_int_equal(reasons.n, 2);
	assert_int_equal(r[0].code, 8);
	drive_text(r[0].name, "Grève");
	assert_true(r[0].justified);
	assert_int_equal(r[1].code, 9);
	drive_text(r[1].name, "Stage");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(addresses),
	        cmocka_unit_test(endpoint_table),
	        cmocka_unit_test_setup_teardown(school, setup, teardown),
	        cmocka_unit_test_setup_teardown(envelopes, setup, teardown),
	        cmocka_unit_test_setup_teardown(quotes, setup, teardown),
	        cmocka_unit_test_setup_teardown(sheets_queries, setup, teardown),
	        cmocka_unit_test_setup_teardown(a_page, setup, teardown),
	        cmocka_unit_test_setup_teardown(empty_pages, setup, teardown),
	        cmocka_unit_test_setup_teardown(late_error, setup, teardown),
	        cmocka_unit_test_setup_teardown(states, setup, teardown),
	        cmocka_unit_test_setup_teardown(evidence, setup, teardown),
	        cmocka_unit_test_setup_teardown(odd_sheets, setup, teardown),
	        cmocka_unit_test_setup_teardown(one_sheet, setup, teardown),
	        cmocka_unit_test_setup_teardown(no_sheet, setup, teardown),
	        cmocka_unit_test_setup_teardown(big_sheet, setup, teardown),
	        cmocka_unit_test_setup_teardown(sheet_find, setup, teardown),
	        cmocka_unit_test_setup_teardown(reasons, setup, teardown),
	};
	return cmocka_run_group_tests_name("adapter_edusign", tests, NULL, NULL);
}
