#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tenants/tenant_conf.h"
#include "tests/replay/stage.h"

/*
 * Every choice of a school's file, off and on and switched from one to the other between two runs. The file is read
 * as the program reads it; what counts is what the simulators hold and were asked. What a switch would alter of what
 * is there already is held, so each switch is answered as a person would.
 */

static struct tenant_conf *conf; /* what s->settings borrows from */

static void put(const struct stage *s, const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

/* A file with these keys of "ypareo" and of "options" is the school's from now on. */
static void choose(struct stage *s, const char *ypareo, const char *options)
{
	char text[2048], path[128];
	struct buf mistakes;
	struct tenant_conf *old = conf;
	const struct settings *now = &s->settings;
	struct settings chosen;

	put(s, "y.token", "y-token");
	put(s, "e.token", "e-token-0");
	snprintf(
	        text, sizeof(text),
	        "{ \"timezone\": \"Europe/Paris\",\n"
	        "  \"ypareo\": { \"url\": \"https://cfa.ypareo.test/index.php\", \"token_file\": \"y.token\"%s%s },\n"
	        "  \"environments\": [ { \"edusign\": { \"url\": \"https://edusign.test/v1\", \"token_file\": "
	        "\"e.token\" } } ],\n"
	        "  \"options\": { %s } }\n",
	        ypareo[0] ? ", " : "", ypareo, options);
	put(s, "cfa.json", text);
	snprintf(path, sizeof(path), "%s/cfa.json", s->dir);
	buf_init(&mistakes, 0);
	conf = NULL;
	if (tenant_conf_read(path, &(struct tenant_conf_options){NULL, NULL}, &conf, &mistakes))
		fail_msg("%s", mistakes.p);
	buf_deinit(&mistakes);
	chosen = conf->settings;
	/* the stage's own: who is spoken to */
	chosen.tenant = now->tenant;
	chosen.ypareo = now->ypareo;
	chosen.environments = now->environments;
	chosen.environment_count = now->environment_count;
	s->settings = chosen;
	tenant_conf_free(&old);
}

static void done(struct stage *s)
{
	stage_free(&s);
	tenant_conf_free(&conf);
}

/* ---- runs ---- */

static void run(struct stage *s, enum flow_kind flow)
{
	stage_run(s, flow);
	assert_string_equal(s->report->environments[0].error.what, "");
}

/* A run, answered with yes where it is held, then one more, which has nothing left to write. */
static void settle(struct stage *s, enum flow_kind flow)
{
	run(s, flow);
	if (s->report->result == RESULT_HELD)
		stage_run_approved(s, flow);
	assert_int_not_equal(s->report->result, RESULT_HELD);
	stage_mark(s);
	run(s, flow);
	assert_int_equal(stage_writes(s), 0);
	assert_int_equal(s->e->twins, 0);
	assert_int_equal(s->e->archived, 0);
	assert_int_equal(s->e->hand_made_changed, 0);
	assert_int_equal(s->y->foreign_writes, 0);
	assert_int_equal(s->y->twin_writes, 0);
}

/* A switch that would take sheets away does not do so unasked. */
static void assert_held(struct stage *s, size_t sheets)
{
	size_t before = edusign_course_count(s->e, "ecole", 0);
	run(s, FLOW_DOWN);
	assert_int_equal(s->report->result, RESULT_HELD);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), before);
	stage_run_approved(s, FLOW_DOWN);
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), sheets);
	settle(s, FLOW_DOWN);
}

static struct stage *school(unsigned learners)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	stage_school(s, &(struct stage_options){.learners = learners});
	return s;
}

static bool has_sheet(struct stage *s, int64_t session)
{
	return edusign_course(s->e, "ecole", session) != NULL;
}

static bool is_on_sheet(struct stage *s, int learner)
{
	const struct ed_student *p = stage_student(s, learner);
	return p && edusign_row(stage_sheet(s), p->id);
}

static void assert_email(struct stage *s, int learner, const char *email)
{
	const struct ed_student *p = stage_student(s, learner);
	assert_non_null(p);
	assert_true(str_eqz(p->email, email));
}

static bool has_email_issue(struct stage *s, int learner)
{
	char record[40];
	snprintf(record, sizeof(record), "learner %lld", (long long)s->learner[learner]);
	return stage_issue(s, record, "email") != NULL;
}

/* ---- ypareo.email ---- */

/* Learner 0 has two addresses, 1 the normal one alone, 2 the pro one alone, 3 none. */
static struct stage *four_mailboxes(void)
{
	struct stage *s = school(4);
	ypareo_learner_emails(s->y, s->learner[0], "zero@home.example", "zero@work.example");
	ypareo_learner_emails(s->y, s->learner[1], "one@home.example", "");
	ypareo_learner_emails(s->y, s->learner[2], "", "two@work.example");
	ypareo_learner_emails(s->y, s->learner[3], "", "");
	return s;
}

static void assert_issues(struct stage *s, const char *wanted)
{
	for (int i = 0; i < 4; i++)
		if (has_email_issue(s, i) != (strchr(wanted, '0' + i) != NULL))
			fail_msg("learner %d: an issue is %s", i, has_email_issue(s, i) ? "open" : "missing");
}

static void each_email_alone(void **state)
{
	static const struct {
		const char *choice, *address[4]; /* NULL: no account */
	} cases[] = {
	        {"\"email\": \"pro\"", {"zero@work.example", NULL, "two@work.example", NULL}},
	        {"\"email\": \"normal\"", {"zero@home.example", "one@home.example", NULL, NULL}},
	        {"\"email\": \"pro, else normal\"",
	         {"zero@work.example", "one@home.example", "two@work.example", NULL}},
	        {"\"email\": \"normal, else pro\"",
	         {"zero@home.example", "one@home.example", "two@work.example", NULL}},
	        {"", {"zero@work.example", NULL, "two@work.example", NULL}}, /* the default: pro */
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct stage *s = four_mailboxes();
		choose(s, cases[i].choice, "");
		settle(s, FLOW_DOWN);
		for (int k = 0; k < 4; k++) {
			const char *address = cases[i].address[k];
			assert_int_equal(is_on_sheet(s, k), address != NULL);
			assert_int_equal(has_email_issue(s, k), address == NULL);
			if (address)
				assert_email(s, k, address);
			else
				assert_null(stage_student(s, k));
		}
		done(s);
	}
}

static void emails_switched(void **state)
{
	struct stage *s = four_mailboxes();
	(void)state;
	choose(s, "\"email\": \"pro\"", "");
	settle(s, FLOW_DOWN);
	assert_issues(s, "13");
	choose(s, "\"email\": \"pro, else normal\"", "");
	settle(s, FLOW_DOWN);
	assert_issues(s, "3");
	assert_email(s, 1, "one@home.example");
	assert_true(is_on_sheet(s, 1));
	/* an address that changes is the same person's; who has none of that kind keeps the one last sent, and the
	 * place */
	choose(s, "\"email\": \"normal\"", "");
	settle(s, FLOW_DOWN);
	assert_issues(s, "23");
	assert_email(s, 0, "zero@home.example");
	assert_email(s, 2, "two@work.example");
	assert_true(is_on_sheet(s, 2));
	choose(s, "\"email\": \"normal, else pro\"", "");
	settle(s, FLOW_DOWN);
	assert_issues(s, "3");
	assert_int_equal(edusign_student_count(s->e, "ecole", 0), 3);
	done(s);
}

/* ---- which sessions ---- */

/* From five removals on the guard looks at their share. */
#define MANY 5

/* So many more sessions of a group, one a day; the first's code. */
static int64_t add_sessions(struct stage *s, int64_t group, int from_minute)
{
	int64_t first = 0;
	for (int i = 0; i < MANY; i++) {
		int64_t code = ypareo_add_session(s->y, s->today + 1 + i, from_minute, from_minute + 120, s->subject,
		                                  group, s->instructor, s->room)
		                       ->code;
		first = first ? first : code;
	}
	return first;
}

static void session_states(void **state)
{
	struct stage *s = school(2);
	(void)state;
	add_sessions(s, s->group, 800);
	int64_t pending =
	        ypareo_add_session(s->y, s->today + 2, 540, 720, s->subject, s->group, s->instructor, s->room)->code;
	ypareo_session_state(s->y, pending, 0);
	choose(s, "", "");
	settle(s, FLOW_DOWN);
	assert_true(has_sheet(s, s->session) && !has_sheet(s, pending));
	choose(s, "\"session_states\": [\"validated\", \"pending\"]", "");
	settle(s, FLOW_DOWN);
	assert_true(has_sheet(s, s->session) && has_sheet(s, pending));
	choose(s, "\"session_states\": [\"pending\"]", "");
	assert_held(s, 1);
	assert_true(!has_sheet(s, s->session) && has_sheet(s, pending));
	/* one removal is a day's work, also when the file is why */
	choose(s, "\"session_states\": [\"validated\"]", "");
	settle(s, FLOW_DOWN);
	assert_true(has_sheet(s, s->session) && !has_sheet(s, pending));
	done(s);
}

static void training_states(void **state)
{
	struct stage *s = school(2);
	(void)state;
	int64_t other = ypareo_add_group(s->y, "BTS MCO 2", s->site)->code;
	struct ypareo_group *g = ypareo_group(s->y, other);
	*g = *ypareo_group(s->y, s->group);
	g->code = other;
	g->state = "Annulée";
	ypareo_group(s->y, s->group)->state = "En cours";
	int64_t learner = ypareo_add_learner(s->y, "Petit", "Léa", "lea.petit@example.org")->code;
	ypareo_enrol(s->y, learner, other, day_of(2026, 9, 1));
	int64_t cancelled = add_sessions(s, other, 800);
	choose(s, "\"email\": \"normal\"", "");
	settle(s, FLOW_DOWN);
	assert_true(has_sheet(s, s->session) && has_sheet(s, cancelled));
	choose(s, "\"email\": \"normal\", \"training_states\": [\"en cours\", \"Validée\"]", "");
	assert_held(s, 1);
	assert_true(has_sheet(s, s->session) && !has_sheet(s, cancelled));
	/* one that gives no state is kept */
	ypareo_group(s->y, s->group)->state = NULL;
	settle(s, FLOW_DOWN);
	assert_true(has_sheet(s, s->session));
	choose(s, "\"email\": \"normal\", \"training_states\": [\"Annulée\"]", "");
	settle(s, FLOW_DOWN);
	assert_true(has_sheet(s, s->session) && has_sheet(s, cancelled));
	done(s);
}

static void remote_only(void **state)
{
	struct stage *s = school(2);
	(void)state;
	int64_t remote =
	        ypareo_add_session(s->y, s->today + 2, 540, 720, s->subject, s->group, s->instructor, 0)->code;
	ypareo_session(s->y, remote)->remote = true;
	add_sessions(s, s->group, 800);
	choose(s, "\"remote_only\": true", "");
	settle(s, FLOW_DOWN);
	assert_true(!has_sheet(s, s->session) && has_sheet(s, remote));
	choose(s, "\"remote_only\": false", "");
	settle(s, FLOW_DOWN);
	assert_true(has_sheet(s, s->session) && has_sheet(s, remote));
	choose(s, "\"remote_only\": true", "");
	assert_held(s, 1);
	assert_true(!has_sheet(s, s->session) && has_sheet(s, remote));
	done(s);
}

/* ---- options.grouping ---- */

static void assert_bears(struct stage *s, const char *group)
{
	const struct ed_course *c = stage_sheet(s);
	assert_int_equal(c->groups.n, group ? 1 : 0);
	assert_int_equal(c->rows.n, 2);
	if (!group)
		return;
	for (size_t i = 0; i < s->e->groups.n; i++)
		if (str_eq(s->e->groups.items[i].id, c->groups.v[0])) {
			assert_true(str_eqz(s->e->groups.items[i].api_id, group));
			return;
		}
	fail_msg("the sheet bears a group that is none");
}

static void choose_grouping(struct stage *s, const char *choice)
{
	char option[64], id[64];
	const struct ypareo_group *g = ypareo_group(s->y, s->group);

	snprintf(option, sizeof(option), "\"grouping\": \"%s\"", choice);
	choose(s, "\"email\": \"normal\"", option);
	settle(s, FLOW_DOWN);
	if (strcmp(choice, "group") == 0)
		snprintf(id, sizeof(id), "%lld", (long long)g->code);
	else if (strcmp(choice, "class") == 0)
		snprintf(id, sizeof(id), "class-%lld-%d", (long long)g->training, g->year);
	else
		snprintf(id, sizeof(id), "training-%lld", (long long)g->training);
	assert_bears(s, strcmp(choice, "none") == 0 ? NULL : id);
}

static void grouping(void **state)
{
	static const char *const choices[] = {"none", "group", "class", "training"};
	struct stage *s = school(2);
	(void)state;
	ypareo_group(s->y, s->group)->year = 1;
	/* each to each, and back */
	for (size_t from = 0; from < 4; from++)
		for (size_t to = 0; to < 4; to++) {
			choose_grouping(s, choices[from]);
			choose_grouping(s, choices[to]);
		}
	assert_int_equal(edusign_course_count(s->e, "ecole", 0), 1);
	done(s);
}

/* ---- options.send_credentials ---- */

/* A learner and an instructor that nobody had, in a session of their own. */
static int64_t newcomers(struct stage *s, int n, int64_t *instructor)
{
	char last[16], email[40];
	snprintf(last, sizeof(last), "Nouveau%c", 'A' + n);
	snprintf(email, sizeof(email), "learner%d@example.org", n);
	int64_t learner = ypareo_add_learner(s->y, last, "Alix", email)->code;
	ypareo_enrol(s->y, learner, s->group, s->today);
	snprintf(email, sizeof(email), "instructor%d@example.org", n);
	*instructor = ypareo_add_person(s->y, last, "Camille", email)->code;
	ypareo_person(s->y, *instructor)->instructor = true;
	ypareo_add_session(s->y, s->today + 2 + n % 5, 800 + n / 5 * 100, 890 + n / 5 * 100, s->subject, s->group,
	                   *instructor, s->room);
	return learner;
}

static void send_credentials(void **state)
{
	/* off, each alone, both, off again */
	static const bool choices[][2] = {{false, false}, {true, false}, {false, true}, {true, true}, {false, false}};
	enum { TIMES = sizeof(choices) / sizeof(choices[0]) };
	struct stage *s = school(2);
	int64_t learners[TIMES], instructors[TIMES];
	(void)state;
	for (int i = 0; i < TIMES; i++) {
		char option[96];
		snprintf(option, sizeof(option), "\"send_credentials\": { \"learners\": %s, \"instructors\": %s }",
		         choices[i][0] ? "true" : "false", choices[i][1] ? "true" : "false");
		choose(s, "\"email\": \"normal\"", option);
		learners[i] = newcomers(s, i, &instructors[i]);
		settle(s, FLOW_DOWN);
		/* nobody is sent any again, whatever is chosen later, nor with a change of the person */
		ypareo_learner(s->y, learners[i])->phone = "0601020304";
		settle(s, FLOW_DOWN);
		for (int k = 0; k <= i; k++) {
			assert_int_equal(edusign_student(s->e, "ecole", learners[k])->credentials, choices[k][0]);
			assert_int_equal(edusign_professor(s->e, instructors[k])->credentials, choices[k][1]);
		}
	}
	assert_int_equal(edusign_student(s->e, "ecole", s->learner[0])->credentials, 0);
	done(s);
}

/* An account that was there already, also an archived one, is not sent any. */
static void no_credentials_for_who_was_there(void **state)
{
	struct stage *s = school(2);
	(void)state;
	ypareo_learner_emails(s->y, s->learner[0], "chloe.lefevre@example.org", NULL);
	edusign_add_student(s->e, "ecole", "Chloé", "Lefèvre", "chloe.lefevre@example.org");
	edusign_archive_student(edusign_add_student(s->e, "ecole", "Moussa", "N'Diaye", "moussa.ndiaye@example.org"),
	                        stage_now(s));
	edusign_add_professor(s->e, "ecole", "Hélène", "Moreau", "helene.moreau@example.org");
	choose(s, "\"email\": \"normal\"", "\"send_credentials\": { \"learners\": true, \"instructors\": true }");
	settle(s, FLOW_DOWN);
	assert_int_equal(stage_sheet(s)->rows.n, 2);
	assert_int_equal(edusign_student_count(s->e, "ecole", 0), 2);
	assert_int_equal(s->e->mails.n, 0);
	done(s);
}

/* ---- the way up ---- */

/* The stage's own codes as plain reasons; more: in "absence_reasons", behind it: further options. Each begins with a
 * comma or is empty. */
static void choose_up(struct stage *s, const char *more, const char *behind)
{
	char options[1024];
	snprintf(options, sizeof(options),
	         "\"absence_reasons\": { \"unjustified\": %lld, \"justified\": %lld, \"late\": %lld%s }%s",
	         (long long)s->y->reasons.items[0].code, (long long)s->y->reasons.items[1].code,
	         (long long)s->y->reasons.items[2].code, more, behind);
	choose(s, "\"email\": \"normal\"", options);
}

#define WEEK 4
static int64_t lessons[WEEK];

/* A session at 09:00 on each of four days, with their sheets. */
static struct stage *week(unsigned learners)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	stage_school(s, &(struct stage_options){.empty = true, .learners = learners});
	for (int i = 0; i < WEEK; i++)
		lessons[i] = ypareo_add_session(s->y, s->today + 1 + i, 540, 720, s->subject, s->group, s->instructor,
		                                s->room)
		                     ->code;
	choose_up(s, "", "");
	settle(s, FLOW_DOWN);
	return s;
}

static struct ed_course *lesson(struct stage *s, int day)
{
	return edusign_course(s->e, "ecole", lessons[day]);
}

/* Noon of that day: its lesson has ended. */
static void noon(struct stage *s, int day)
{
	stage_advance(s, stage_at(s, 1 + day, 12, 5) - stage_now(s));
}

static void evening(struct stage *s, int day)
{
	edusign_lock(s->e, lesson(s, day), stage_now(s));
	stage_advance(s, stage_at(s, 1 + day, 22, 0) - stage_now(s));
	settle(s, FLOW_UP);
}

static const struct ypareo_absence *absence_of(struct stage *s, int learner, int day)
{
	for (size_t i = 0; i < s->y->absences.n; i++)
		if (s->y->absences.items[i].learner == s->learner[learner] &&
		    s->y->absences.items[i].first == s->today + 1 + day)
			return &s->y->absences.items[i];
	return NULL;
}

static void assert_reason(struct stage *s, int learner, int day, int64_t reason)
{
	const struct ypareo_absence *a = absence_of(s, learner, day);
	assert_non_null(a);
	assert_int_equal(a->reason, reason);
}

/* Absent without an excuse, with a built-in one, with one of the school's, and late. */
static void four_ways(struct stage *s, int day)
{
	noon(s, day);
	edusign_sign_all(s->e, lesson(s, day), stage_now(s));
	edusign_set_absent(lesson(s, day), stage_student(s, 0)->id, stage_now(s));
	edusign_justify(s->e, lesson(s, day), stage_student(s, 1)->id, 1, stage_now(s));
	edusign_justify(s->e, lesson(s, day), stage_student(s, 2)->id, 20, stage_now(s));
	edusign_set_delay(lesson(s, day), stage_student(s, 3)->id, 20, stage_now(s));
	evening(s, day);
}

static void absence_reasons(void **state)
{
	struct stage *s = week(4);
	(void)state;
	int64_t ill = ypareo_add_reason(s->y, "Maladie", true)->code,
	        strike = ypareo_add_reason(s->y, "Grève", true)->code;
	int64_t plain = s->y->reasons.items[0].code, justified = s->y->reasons.items[1].code,
	        late = s->y->reasons.items[2].code;
	char more[128];
	edusign_add_reason(s->e, "ecole", 20, "Grève des transports");
	snprintf(more, sizeof(more), ", \"map\": { \"1\": %lld, \"GRÈVE DES transports\": %lld }", (long long)ill,
	         (long long)strike);
	/* off: the map alone changes nothing */
	choose_up(s, more, "");
	four_ways(s, 0);
	assert_reason(s, 0, 0, plain);
	assert_reason(s, 1, 0, justified);
	assert_reason(s, 2, 0, justified);
	assert_reason(s, 3, 0, late);
	assert_true(absence_of(s, 3, 0)->late);
	/* on: by id and by name */
	choose_up(s, more, ", \"send_reasons\": true");
	four_ways(s, 1);
	assert_reason(s, 0, 1, plain);
	assert_reason(s, 1, 1, ill);
	assert_reason(s, 2, 1, strike);
	assert_reason(s, 3, 1, late);
	/* what was sent before stays as it was */
	assert_reason(s, 1, 0, justified);
	/* one that is not mapped falls back to the plain one, and is told */
	snprintf(more, sizeof(more), ", \"map\": { \"1\": %lld }", (long long)ill);
	choose_up(s, more, ", \"send_reasons\": true");
	four_ways(s, 2);
	assert_reason(s, 1, 2, ill);
	assert_reason(s, 2, 2, justified);
	assert_non_null(stage_issue(s, "environment", "absence_reasons.map 20"));
	/* and corrected once it is */
	snprintf(more, sizeof(more), ", \"map\": { \"1\": %lld, \"20\": %lld }", (long long)ill, (long long)strike);
	choose_up(s, more, ", \"send_reasons\": true");
	settle(s, FLOW_UP);
	assert_reason(s, 2, 2, strike);
	assert_null(stage_issue(s, "environment", "absence_reasons.map 20"));
	/* off again */
	choose_up(s, more, "");
	four_ways(s, 3);
	assert_reason(s, 1, 3, justified);
	assert_int_equal(s->y->absences.n, 16);
	done(s);
}

static void other_codes(void **state)
{
	struct stage *s = week(4);
	(void)state;
	four_ways(s, 0);
	int64_t other = ypareo_add_reason(s->y, "Autre", false)->code;
	char options[256];
	snprintf(options, sizeof(options),
	         "\"absence_reasons\": { \"unjustified\": %lld, \"justified\": %lld, \"late\": %lld }",
	         (long long)other, (long long)other, (long long)other);
	choose(s, "\"email\": \"normal\"", options);
	four_ways(s, 1);
	for (int i = 0; i < 4; i++) {
		assert_reason(s, i, 1, other);
		assert_int_not_equal(absence_of(s, i, 0)->reason, other);
	}
	/* one that Yparéo does not list is not sent, and told; sent once it does */
	snprintf(options, sizeof(options),
	         "\"absence_reasons\": { \"unjustified\": 4711, \"justified\": %lld, \"late\": %lld }",
	         (long long)other, (long long)other);
	choose(s, "\"email\": \"normal\"", options);
	four_ways(s, 2);
	assert_null(absence_of(s, 0, 2));
	assert_reason(s, 1, 2, other);
	assert_int_equal(s->report->result, RESULT_ISSUES);
	ypareo_add_reason(s->y, "Nouveau", false)->code = 4711;
	settle(s, FLOW_UP);
	assert_reason(s, 0, 2, 4711);
	done(s);
}

static void instructor_attendance(void **state)
{
	struct stage *s = week(2);
	(void)state;
	for (int day = 0; day < 3; day++) {
		noon(s, day);
		edusign_sign_all(s->e, lesson(s, day), stage_now(s));
		choose_up(s, "",
		          day == 1 ? ", \"instructor_attendance\": true" : ", \"instructor_attendance\": false");
		stage_mark(s);
		evening(s, day);
		if (day != 1)
			assert_int_equal(stage_requests(s, "ypareo", NULL, "/r/v1/emargements*"), 0);
	}
	assert_null(ypareo_attendance(s->y, lessons[0], s->instructor));
	const struct ypareo_attendance *a = ypareo_attendance(s->y, lessons[1], s->instructor);
	assert_non_null(a);
	assert_true(a->present);
	assert_int_equal(a->minutes, 180);
	assert_int_equal(a->writes, 1);
	assert_null(ypareo_attendance(s->y, lessons[2], s->instructor));
	done(s);
}

static void instructor_unsigned(void **state)
{
	struct stage *s = week(2);
	char record[64];
	(void)state;
	noon(s, 0);
	for (int i = 0; i < 2; i++)
		edusign_sign_student(s->e, lesson(s, 0), stage_student(s, i)->id, stage_now(s));
	choose_up(s, "", ", \"instructor_unsigned\": \"unknown\"");
	evening(s, 0);
	assert_int_equal(s->y->attendances.n, 0);
	snprintf(record, sizeof(record), "attendance %lld/%lld", (long long)lessons[0], (long long)s->instructor);
	assert_non_null(stage_issue(s, record, NULL));
	/* what was not sent is sent by the other choice */
	choose_up(s, "", ", \"instructor_unsigned\": \"absent\"");
	settle(s, FLOW_UP);
	assert_null(stage_issue(s, record, NULL));
	const struct ypareo_attendance *a = ypareo_attendance(s->y, lessons[0], s->instructor);
	assert_non_null(a);
	assert_false(a->present);
	assert_int_equal(a->minutes, 0);
	done(s);
}

static void unsigned_sheet(void **state)
{
	struct stage *s = week(2);
	char record[64];
	(void)state;
	for (int day = 0; day < 2; day++) {
		noon(s, day);
		choose_up(s, "", day == 0 ? "" : ", \"unsigned_sheet\": \"issue\"");
		evening(s, day);
		assert_int_equal(s->y->absences.n, 0);
		assert_int_equal(s->y->attendances.n, 0);
		snprintf(record, sizeof(record), "sheet %lld", (long long)lessons[day]);
		assert_non_null(stage_issue(s, record, NULL));
	}
	choose_up(s, "", ", \"unsigned_sheet\": \"absent\"");
	settle(s, FLOW_UP);
	assert_int_equal(s->y->absences.n, 4);
	for (int i = 0; i < 4; i++)
		assert_reason(s, i % 2, i / 2, s->y->reasons.items[0].code);
	assert_null(stage_issue(s, record, NULL));
	done(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(each_email_alone),      cmocka_unit_test(emails_switched),
	        cmocka_unit_test(session_states),        cmocka_unit_test(training_states),
	        cmocka_unit_test(remote_only),           cmocka_unit_test(grouping),
	        cmocka_unit_test(send_credentials),      cmocka_unit_test(no_credentials_for_who_was_there),
	        cmocka_unit_test(absence_reasons),       cmocka_unit_test(other_codes),
	        cmocka_unit_test(instructor_attendance), cmocka_unit_test(instructor_unsigned),
	        cmocka_unit_test(unsigned_sheet),
	};
	return cmocka_run_group_tests_name("choices", tests, NULL, NULL);
}
