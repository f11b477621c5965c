#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/replay/stage.h"

/* Who answers for whom, what counts as evidence, and what is followed for how long. */

static struct stage *planned(unsigned learners)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	stage_school(s, &(struct stage_options){.learners = learners});
	assert_int_equal(stage_run(s, FLOW_DOWN)->result, RESULT_OK);
	return s;
}

static struct stage *taught(unsigned learners)
{
	struct stage *s = planned(learners);
	stage_advance(s, stage_at(s, 1, 12, 5) - stage_now(s));
	edusign_sign_all(s->e, stage_sheet(s), stage_now(s));
	return s;
}

static void evening(struct stage *s)
{
	edusign_lock(s->e, stage_sheet(s), stage_now(s));
	stage_advance(s, stage_at(s, 1, 22, 0) - stage_now(s));
	stage_mark(s);
}

static void absent(struct stage *s, int i)
{
	edusign_set_absent(stage_sheet(s), stage_student(s, i)->id, stage_now(s));
}

static void up_ok(struct stage *s)
{
	assert_string_equal(stage_run(s, FLOW_UP)->environments[0].error.what, "");
}

static void assert_quiet(struct stage *s)
{
	stage_mark(s);
	up_ok(s);
	assert_int_equal(stage_writes(s), 0);
	assert_int_equal(s->y->foreign_writes, 0);
	assert_int_equal(s->y->twin_writes, 0);
}

static void relock(struct stage *s, void (*change)(struct stage *s))
{
	edusign_unlock(stage_sheet(s), stage_now(s));
	change(s);
	edusign_lock(s->e, stage_sheet(s), stage_now(s));
	stage_advance(s, 3600);
}

/* ---- whose sheets ---- */

static void a_key_of_another_school_reads_nothing(void **state)
{
	struct stage *s = taught(2);
	(void)state;
	absent(s, 1);
	evening(s);
	s->e->schools.items[0].id = STR("another");
	stage_run(s, FLOW_UP);
	assert_int_equal(s->report->result, RESULT_FAILED);
	assert_non_null(strstr(s->report->environments[0].error.what, "another"));
	assert_int_equal(sim_ledger_count(s->sim), 1); /* GET /v1/school, and no more */
	stage_free(&s);
}

/* A sheet that another connector made and that was locked before we came: what became of it is not ours to say. */
static void what_was_locked_before_us_is_not_ours(void **state)
{
	struct stage *s = stage_new("2026-11-23T13:00:00Z");
	(void)state;
	stage_school(s, &(struct stage_options){0});
	int64_t morning =
	        ypareo_add_session(s->y, s->today, 8 * 60, 10 * 60, s->subject, s->group, s->instructor, s->room)
	                ->code;
	stage_run(s, FLOW_DOWN); /* makes the people; the session has ended: no sheet */
	stage_lose_store(s);
	struct ed_course *c =
	        edusign_add_course(s->e, "ecole", "Anglais", stage_at(s, 0, 8, 0), stage_at(s, 0, 10, 0));
	char code[24];
	snprintf(code, sizeof(code), "%lld", (long long)morning);
	c->api_id = edusign_text(s->e, str_of(code));
	c->api_type = STR("ypareo");
	c->professors[0] = s->e->professors.items[0].id;
	c->professor_count = 1;
	edusign_add_row(s->e, c, stage_student(s, 0)->id);
	edusign_add_row(s->e, c, stage_student(s, 1)->id);
	edusign_sign_student(s->e, c, stage_student(s, 0)->id, stage_at(s, 0, 8, 30));
	edusign_lock(s->e, c, stage_at(s, 0, 10, 30));
	stage_run(s, FLOW_DOWN);
	stage_advance(s, stage_at(s, 0, 22, 0) - stage_now(s));
	up_ok(s);
	assert_int_equal(s->y->absences.n, 0);
	assert_int_equal(s->y->attendances.n, 0);
	stage_free(&s);
}

/* The store is lost while a session is on, or when it is over and not locked yet: its sheet is found again, and who
 * was put on it is what Yparéo plans. */
static void a_lost_store_loses_no_absence(void **state)
{
	static const int hours[] = {10, 15, 15};
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct stage *s = planned(2);
		stage_advance(s, stage_at(s, 1, hours[i], 0) - stage_now(s));
		edusign_sign_all(s->e, stage_sheet(s), stage_now(s));
		if (i == 2) { /* and the way down cannot bring the sheet up to date any more */
			int64_t late = ypareo_add_learner(s->y, "Petit", "Léa", "lea.petit@example.org")->code;
			ypareo_enrol(s->y, late, s->group, s->today);
			ypareo_session_learner_add(s->y, s->session, late);
		}
		stage_lose_store(s);
		stage_run(s, FLOW_DOWN);
		absent(s, 1);
		stage_advance(s, 7500);
		evening(s);
		up_ok(s);
		assert_int_equal(s->y->absences.n, 1);
		assert_int_equal(s->y->absences.items[0].learner, s->learner[1]);
		assert_quiet(s);
		stage_free(&s);
	}
}

/* Lost after it was sent: what is there is recognised as known, and nothing is written twice. */
static void a_store_lost_after_sending_doubles_nothing(void **state)
{
	struct stage *s = taught(2);
	(void)state;
	absent(s, 1);
	evening(s);
	up_ok(s);
	stage_lose_store(s);
	stage_run(s, FLOW_DOWN);
	stage_advance(s, 600);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 1);
	assert_quiet(s);
	stage_free(&s);
}

/* Somebody shifted the sheet's time in Edusign; the session is where it was. */
static void a_sheet_shifted_by_hand_still_counts(void **state)
{
	struct stage *s = taught(2);
	(void)state;
	stage_sheet(s)->start += 600;
	absent(s, 1);
	evening(s);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 1);
	assert_int_equal(s->y->absences.items[0].start, 9 * 60); /* minutes are the session's */
	stage_free(&s);
}

/* ---- content ---- */

static void leaves_early(struct stage *s)
{
	edusign_set_early(stage_sheet(s), stage_student(s, 0)->id, stage_at(s, 1, 11, 0), stage_now(s));
}

static void is_sent_out(struct stage *s)
{
	edusign_set_excluded(stage_sheet(s), stage_student(s, 0)->id, stage_at(s, 1, 10, 0), stage_now(s));
}

static void comes_late(struct stage *s)
{
	edusign_set_delay(stage_sheet(s), stage_student(s, 0)->id, 5, stage_now(s));
}

static void every_part_of_a_row_counts(void **state)
{
	static const struct {
		void (*change)(struct stage *s);
		int start, end;
	} changes[] = {
	        {leaves_early, 11 * 60, 12 * 60}, {is_sent_out, 10 * 60, 12 * 60}, {comes_late, 9 * 60, 9 * 60 + 5}};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct stage *s = taught(2);
		evening(s);
		up_ok(s);
		assert_int_equal(s->y->absences.n, 0);
		relock(s, changes[i].change);
		up_ok(s);
		assert_int_equal(s->y->absences.n, 1);
		assert_int_equal(s->y->absences.items[0].start, changes[i].start);
		assert_int_equal(s->y->absences.items[0].end, changes[i].end);
		assert_quiet(s);
		stage_free(&s);
	}
}

static void ends_sooner(struct stage *s)
{
	stage_sheet(s)->end = stage_at(s, 1, 11, 0);
}

static void an_instructors_minutes_follow(void **state)
{
	struct stage *s = taught(2);
	(void)state;
	evening(s);
	up_ok(s);
	assert_int_equal(ypareo_attendance(s->y, s->session, s->instructor)->minutes, 180);
	ypareo_session_move(s->y, s->session, s->today + 1, 9 * 60, 11 * 60);
	relock(s, ends_sooner);
	up_ok(s);
	assert_int_equal(ypareo_attendance(s->y, s->session, s->instructor)->minutes, 120);
	assert_int_equal(stage_counts(s, COUNT_PAYROLL).updated, 1);
	assert_quiet(s);
	stage_free(&s);
}

/* Another instructor is planned than stands on the sheet: the sheet says nothing of either. */
static void an_instructor_who_is_not_on_the_sheet(void **state)
{
	struct stage *s = taught(2);
	(void)state;
	int64_t other = ypareo_add_person(s->y, "Petit", "Jean", "jean.petit@example.org")->code;
	evening(s);
	ypareo_session_instructor(s->y, s->session, other);
	up_ok(s);
	assert_int_equal(s->y->attendances.n, 0);
	stage_free(&s);
}

/* Two sessions of a learner that overlap: no minute is counted twice. */
static void overlapping_sessions(void **state)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	(void)state;
	stage_school(s, &(struct stage_options){0});
	int64_t second =
	        ypareo_add_session(s->y, s->today + 1, 11 * 60, 13 * 60, s->subject, s->group, s->instructor, s->room)
	                ->code;
	stage_run(s, FLOW_DOWN);
	stage_advance(s, stage_at(s, 1, 13, 5) - stage_now(s));
	for (int i = 0; i < 2; i++) {
		struct ed_course *c = edusign_course(s->e, "ecole", i ? second : s->session);
		edusign_sign_all(s->e, c, stage_now(s));
		edusign_set_absent(c, stage_student(s, 0)->id, stage_now(s));
		edusign_lock(s->e, c, stage_now(s));
	}
	up_ok(s);
	assert_int_equal(s->y->absences.n, 2);
	assert_int_equal(s->y->absences.items[0].minutes + s->y->absences.items[1].minutes, 240);
	up_ok(s);
	assert_quiet(s);
	stage_free(&s);
}

static void a_long_leave_is_found_however_ypareo_looks(void **state)
{
	(void)state;
	for (int by_start = 0; by_start < 2; by_start++) {
		struct stage *s = taught(2);
		sim_set(s->sim, SIM_ABSENCE_BY_START, by_start);
		struct ypareo_absence *leave = ypareo_add_absence(s->y, s->learner[1], s->today - 50, 0, 24 * 60,
		                                                  s->settings.reason_justified);
		leave->last = s->today + 10;
		absent(s, 1);
		evening(s);
		up_ok(s);
		assert_int_equal(s->y->absences.n, 1);
		stage_free(&s);
	}
}

/* ---- what is followed, and for how long ---- */

/* Edusign's DATE_UPDATED may be older than what we see of it: a day is looked at twice. */
static void an_update_that_shows_late(void **state)
{
	struct stage *s = taught(2);
	(void)state;
	absent(s, 1);
	evening(s);
	up_ok(s);
	for (int i = 0; i < 20; i++) {
		stage_advance(s, 86400);
		up_ok(s);
	}
	edusign_justify(s->e, stage_sheet(s), stage_student(s, 1)->id, 1, stage_now(s) - 6 * 3600);
	stage_advance(s, 3600);
	up_ok(s);
	assert_int_equal(s->y->absences.items[0].reason, s->settings.reason_justified);
	stage_free(&s);
}

static void unlocked_and_locked_again_unchanged(void **state)
{
	struct stage *s = taught(2);
	(void)state;
	absent(s, 1);
	evening(s);
	up_ok(s);
	edusign_unlock(stage_sheet(s), stage_now(s));
	up_ok(s);
	edusign_lock(s->e, stage_sheet(s), stage_now(s));
	assert_quiet(s);
	stage_advance(s, 20 * 86400);
	up_ok(s);
	assert_quiet(s);
	assert_int_equal(stage_requests(s, "edusign", "GET", "/v1/course/*"), 0); /* followed no longer */
	stage_free(&s);
}

/* Refused for twelve nights, and sent on the thirteenth, when no list holds the sheet any more. */
static void a_refused_one_is_followed(void **state)
{
	struct stage *s = taught(3);
	(void)state;
	absent(s, 0);
	absent(s, 1);
	evening(s);
	stage_fault(s, "status:ypareo:POST:/r/v1/absences:skip=1:status=422");
	for (int i = 0; i < 12; i++) {
		up_ok(s);
		assert_int_equal(s->report->result, RESULT_ISSUES);
		stage_advance(s, 86400);
	}
	assert_int_equal(s->y->absences.n, 1);
	sim_faults_clear(s->sim);
	up_ok(s);
	assert_int_equal(s->y->absences.n, 2);
	assert_int_equal(s->report->result, RESULT_OK);
	assert_quiet(s);
	stage_free(&s);
}

/* Held twice, answered weeks later: still there. */
static void a_held_week_is_not_forgotten(void **state)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	(void)state;
	stage_school(s, &(struct stage_options){.learners = 4});
	for (int i = 0; i < 14; i++)
		ypareo_add_session(s->y, s->today + 1 + i / 4, 13 * 60 + 60 * (i % 4), 14 * 60 + 60 * (i % 4),
		                   s->subject, s->group, s->instructor, s->room);
	stage_run(s, FLOW_DOWN);
	stage_advance(s, 5 * 86400);
	for (size_t i = 0; i < s->e->courses.n; i++) {
		edusign_sign_professor(s->e, &s->e->courses.items[i], 0, stage_now(s));
		edusign_lock(s->e, &s->e->courses.items[i], stage_now(s));
	}
	for (int i = 0; i < 3; i++) {
		up_ok(s);
		assert_int_equal(s->report->result, RESULT_HELD);
		stage_advance(s, 10 * 86400);
	}
	assert_int_equal(s->y->absences.n, 0);
	s->settings.up_percent = 100;
	up_ok(s);
	assert_int_equal(s->y->absences.n, 60);
	assert_quiet(s);
	stage_free(&s);
}

/* ---- a held plan and its answer ---- */

static void on_end(void *arg, const struct report *report)
{
	struct stage *s = arg;
	s->report = report;
	s->ended = true;
}

static bool has_ended(void *arg)
{
	return ((struct stage *)arg)->ended;
}

static void approve(struct stage *s, const char *plan)
{
	engine_free(&s->run);
	s->ended = false;
	struct engine_options o = {.flow = &s->flow,
	                           .stores = s->stores,
	                           .settings = &s->settings,
	                           .kind = FLOW_UP,
	                           .approved = plan,
	                           .done = on_end,
	                           .arg = s};
	s->run = engine_start(&o);
	loop_virtual_run(s->loop, has_ended, s, 86400000);
	assert_true(s->ended);
	assert_string_equal(s->report->environments[0].error.what, "");
}

/* What was shown and is still so goes ahead; what is new since waits for an answer of its own. */
static void approved_is_what_was_shown(void **state)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	char plan[40];
	(void)state;
	stage_school(s, &(struct stage_options){.learners = 4});
	for (int i = 0; i < 14; i++)
		ypareo_add_session(s->y, s->today + 1 + i / 4, 13 * 60 + 60 * (i % 4), 14 * 60 + 60 * (i % 4),
		                   s->subject, s->group, s->instructor, s->room);
	stage_run(s, FLOW_DOWN);
	stage_advance(s, 5 * 86400);
	for (size_t i = 0; i < s->e->courses.n; i++) {
		edusign_sign_professor(s->e, &s->e->courses.items[i], 0, stage_now(s));
		edusign_lock(s->e, &s->e->courses.items[i], stage_now(s));
	}
	approve(s, "0123456789abcdef"); /* nobody's */
	assert_int_equal(s->report->result, RESULT_HELD);
	assert_int_equal(s->y->absences.n, 0);
	snprintf(plan, sizeof(plan), "%.*s", STR_ARG(s->report->environments[0].plan));
	approve(s, "0123456789abcdef"); /* still nobody's, now that something is held */
	assert_int_equal(s->y->absences.n, 0);
	/* meanwhile one is justified */
	struct ed_course *c = &s->e->courses.items[2];
	edusign_justify(s->e, c, c->rows.items[0].student, 1, stage_now(s));
	approve(s, plan);
	assert_int_equal(s->y->absences.n, 59); /* all but the one that is another by now */
	assert_int_equal(s->report->result, RESULT_HELD);
	size_t held = 0;
	const struct change *changes = s->report->environments[0].changes.v;
	for (size_t i = 0; i < s->report->environments[0].changes.n; i++)
		held += changes[i].held;
	assert_int_equal(held, 1);
	/* one alone is no catastrophe: the next run sends it */
	stage_advance(s, 3600);
	up_ok(s);
	assert_int_equal(s->report->result, RESULT_OK);
	assert_int_equal(s->y->absences.n, 60);
	assert_quiet(s);
	stage_free(&s);
}

/* ---- interrupted ---- */

/* Nothing to send, and something to settle: the planning is not read for that. */
static void settling_alone_reads_no_planning(void **state)
{
	(void)state;
	for (unsigned n = 1;; n++) {
		struct stage *s = taught(2);
		absent(s, 1);
		evening(s);
		bool crashed = stage_run_until_crash(s, FLOW_UP, n);
		if (crashed) {
			edusign_unlock(stage_sheet(s), stage_now(s));
			size_t before = s->y->absences.n;
			stage_mark(s);
			up_ok(s);
			assert_int_equal(stage_requests(s, "ypareo", "GET", "/r/v1/planning/*"), 0);
			assert_int_equal(s->y->absences.n, before);
			edusign_lock(s->e, stage_sheet(s), stage_now(s));
			up_ok(s);
			assert_int_equal(s->y->absences.n, 1);
			assert_quiet(s);
		}
		stage_free(&s);
		if (!crashed)
			break;
	}
}

/* Killed after the instructor was put absent, and then the signature is back: what Yparéo holds is not what was
 * remembered. */
static void an_interrupted_attendance_is_put_again(void **state)
{
	unsigned wrong = 0;
	(void)state;
	for (unsigned n = 1;; n++) {
		struct stage *s = taught(2);
		evening(s);
		up_ok(s);
		struct str signature = stage_sheet(s)->professor_signatures[0];
		stage_sheet(s)->professor_signatures[0] = STR_NONE;
		bool crashed = stage_run_until_crash(s, FLOW_UP, n);
		if (crashed) {
			wrong += !ypareo_attendance(s->y, s->session, s->instructor)->present;
			stage_sheet(s)->professor_signatures[0] = signature;
			up_ok(s);
			assert_true(ypareo_attendance(s->y, s->session, s->instructor)->present);
			assert_quiet(s);
		}
		stage_free(&s);
		if (!crashed)
			break;
	}
	assert_true(wrong > 0);
}

/* Killed after the absence was sent, and then the learner was there after all, as he had been before. */
static void an_interrupted_absence_is_taken_back(void **state)
{
	unsigned wrong = 0;
	(void)state;
	for (unsigned n = 1;; n++) {
		struct stage *s = taught(2);
		evening(s);
		up_ok(s);
		struct ed_row *row = edusign_row(stage_sheet(s), stage_student(s, 1)->id), before = *row;
		absent(s, 1);
		bool crashed = stage_run_until_crash(s, FLOW_UP, n);
		if (crashed) {
			wrong += s->y->absences.n > 0;
			*row = before;
			stage_advance(s, 30 * 86400);
			up_ok(s);
			assert_int_equal(s->y->absences.n, 0);
			assert_quiet(s);
		}
		stage_free(&s);
		if (!crashed)
			break;
	}
	assert_true(wrong > 0);
}

static void was_there(struct stage *s)
{
	edusign_sign_student(s->e, stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
}

/* Found only by the second look: it is ours all the same, and not somebody's who changed what we remember. */
static void what_was_settled_late_is_still_ours(void **state)
{
	(void)state;
	for (unsigned n = 1;; n++) {
		struct stage *s = taught(2);
		absent(s, 1);
		evening(s);
		stage_fault(s, "late-effect:ypareo:POST:/r/v1/absences:count=1:ms=30000");
		bool crashed = stage_run_until_crash(s, FLOW_UP, n);
		if (crashed)
			up_ok(s);
		assert_int_equal(s->y->absences.n, 1);
		relock(s, was_there);
		up_ok(s);
		assert_int_equal(s->y->absences.n, 0);
		assert_quiet(s);
		stage_free(&s);
		if (!crashed)
			break;
	}
}

static void three_were_absent(struct stage *s)
{
	for (int i = 1; i < 4; i++)
		absent(s, i);
}

/* Two writes hang, and a third waits for its turn behind them, its intent long on disk: it leaves right before the
 * process ends, and takes effect when the next one is already at work. */
static void a_write_leaves_long_after_its_intent(void **state)
{
	(void)state;
	for (unsigned n = 1;; n++) {
		struct stage *s = taught(4);
		absent(s, 0);
		evening(s);
		up_ok(s); /* the canary */
		relock(s, three_were_absent);
		stage_fault(s, "hang:ypareo:POST:/r/v1/absences:count=2");
		stage_fault(s, "late-effect:ypareo:POST:/r/v1/absences:count=1:ms=40000");
		bool crashed = stage_run_until_crash(s, FLOW_UP, n);
		if (crashed)
			up_ok(s);
		stage_advance(s, 60);
		assert_int_equal(s->y->absences.n, 4);
		assert_quiet(s);
		stage_free(&s);
		if (!crashed)
			break;
	}
}

/* Between the crash and the next run somebody entered the very same absence: it is his. */
static void the_same_by_hand_is_not_adopted(void **state)
{
	unsigned tried = 0;
	(void)state;
	for (unsigned n = 1;; n++) {
		struct stage *s = taught(2);
		sim_set(s->sim, SIM_OBSERVATION, true);
		absent(s, 1);
		evening(s);
		bool crashed = stage_run_until_crash(s, FLOW_UP, n);
		if (crashed && s->y->absences.n == 0) {
			tried++;
			ypareo_add_absence(s->y, s->learner[1], s->today + 1, 9 * 60, 12 * 60,
			                   s->settings.reason_unjustified)
			        ->observation = "certificat à venir";
			up_ok(s);
			assert_int_equal(s->y->absences.n, 1);
			edusign_unlock(stage_sheet(s), stage_now(s));
			edusign_sign_student(s->e, stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
			edusign_lock(s->e, stage_sheet(s), stage_now(s));
			stage_advance(s, 3600);
			up_ok(s);
			assert_int_equal(s->y->absences.n, 1); /* present now, and his absence is his to take back */
			assert_quiet(s);
		}
		stage_free(&s);
		if (!crashed)
			break;
	}
	assert_true(tried > 5);
}

/* ---- two accounts with one session ---- */

static struct stage *two_accounts(void)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	stage_school(s, &(struct stage_options){0});
	edusign_school_add(s->e, "ecole-2", "e-token-1", "Europe/Paris");
	s->envs[0] = (struct env_settings){.key = "structure-1", .structure = s->site};
	s->envs[1] = (struct env_settings){.key = "location-lyon", .location = "Lyon"};
	s->settings.environment_count = 2;
	stage_lose_store(s);
	stage_run(s, FLOW_DOWN);
	stage_advance(s, stage_at(s, 1, 12, 5) - stage_now(s));
	return s;
}

static struct ed_course *sheet_of(struct stage *s, int i)
{
	return edusign_course(s->e, i ? "ecole-2" : "ecole", s->session);
}

static struct str student_of(struct stage *s, int account, int i)
{
	return edusign_student(s->e, account ? "ecole-2" : "ecole", s->learner[i])->id;
}

static void both_ok(struct stage *s)
{
	const struct report *r = stage_run(s, FLOW_UP);
	assert_string_equal(r->environments[0].error.what, "");
	assert_string_equal(r->environments[1].error.what, "");
	assert_int_equal(s->y->twin_writes, 0);
}

/* Who wrote of a learner goes on answering for him, and takes back what no longer holds. */
static void who_wrote_takes_back(void **state)
{
	struct stage *s = two_accounts();
	(void)state;
	edusign_sign_professor(s->e, sheet_of(s, 1), 0, stage_now(s));
	edusign_lock(s->e, sheet_of(s, 1), stage_now(s));
	both_ok(s);
	assert_int_equal(s->y->absences.n, 2);
	edusign_sign_all(s->e, sheet_of(s, 0), stage_now(s));
	edusign_lock(s->e, sheet_of(s, 0), stage_now(s));
	stage_advance(s, 3600);
	both_ok(s);
	assert_int_equal(s->y->absences.n, 2);
	edusign_unlock(sheet_of(s, 1), stage_now(s));
	edusign_sign_student(s->e, sheet_of(s, 1), student_of(s, 1, 0), stage_now(s));
	edusign_lock(s->e, sheet_of(s, 1), stage_now(s));
	stage_advance(s, 3600);
	both_ok(s);
	assert_int_equal(s->y->absences.n, 1);
	stage_free(&s);
}

/* A sheet that nobody signed claims nobody. */
static void a_sheet_without_evidence_claims_nobody(void **state)
{
	struct stage *s = two_accounts();
	(void)state;
	edusign_lock(s->e, sheet_of(s, 0), stage_now(s));
	edusign_sign_all(s->e, sheet_of(s, 1), stage_now(s));
	edusign_set_absent(sheet_of(s, 1), student_of(s, 1, 0), stage_now(s));
	edusign_lock(s->e, sheet_of(s, 1), stage_now(s));
	both_ok(s);
	assert_int_equal(s->y->absences.n, 1);
	assert_true(ypareo_attendance(s->y, s->session, s->instructor)->present);
	stage_free(&s);
}

/* What was settled as present by the first account is not made an absence by the second. */
static void a_settled_presence_holds(void **state)
{
	struct stage *s = two_accounts();
	(void)state;
	edusign_sign_all(s->e, sheet_of(s, 0), stage_now(s));
	edusign_lock(s->e, sheet_of(s, 0), stage_now(s));
	both_ok(s);
	assert_int_equal(s->y->absences.n, 0);
	edusign_sign_professor(s->e, sheet_of(s, 1), 0, stage_now(s));
	edusign_lock(s->e, sheet_of(s, 1), stage_now(s));
	stage_advance(s, 3600);
	both_ok(s);
	assert_int_equal(s->y->absences.n, 0);
	stage_free(&s);
}

static void a_signature_on_either_sheet_counts(void **state)
{
	(void)state;
	for (int where = 0; where < 2; where++) {
		struct stage *s = two_accounts();
		for (int i = 0; i < 2; i++) {
			edusign_sign_student(s->e, sheet_of(s, i), student_of(s, i, 0), stage_now(s));
			edusign_sign_student(s->e, sheet_of(s, i), student_of(s, i, 1), stage_now(s));
		}
		edusign_sign_professor(s->e, sheet_of(s, where), 0, stage_now(s));
		edusign_lock(s->e, sheet_of(s, 0), stage_now(s));
		edusign_lock(s->e, sheet_of(s, 1), stage_now(s));
		both_ok(s);
		const struct ypareo_attendance *a = ypareo_attendance(s->y, s->session, s->instructor);
		assert_true(a->present);
		assert_int_equal(a->writes, 1);
		stage_mark(s);
		both_ok(s);
		assert_int_equal(stage_writes(s), 0);
		stage_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_key_of_another_school_reads_nothing),
	        cmocka_unit_test(what_was_locked_before_us_is_not_ours),
	        cmocka_unit_test(a_lost_store_loses_no_absence),
	        cmocka_unit_test(a_store_lost_after_sending_doubles_nothing),
	        cmocka_unit_test(a_sheet_shifted_by_hand_still_counts),
	        cmocka_unit_test(every_part_of_a_row_counts),
	        cmocka_unit_test(an_instructors_minutes_follow),
	        cmocka_unit_test(an_instructor_who_is_not_on_the_sheet),
	        cmocka_unit_test(overlapping_sessions),
	        cmocka_unit_test(a_long_leave_is_found_however_ypareo_looks),
	        cmocka_unit_test(an_update_that_shows_late),
	        cmocka_unit_test(unlocked_and_locked_again_unchanged),
	        cmocka_unit_test(a_refused_one_is_followed),
	        cmocka_unit_test(a_held_week_is_not_forgotten),
	        cmocka_unit_test(approved_is_what_was_shown),
	        cmocka_unit_test(settling_alone_reads_no_planning),
	        cmocka_unit_test(an_interrupted_attendance_is_put_again),
	        cmocka_unit_test(an_interrupted_absence_is_taken_back),
	        cmocka_unit_test(what_was_settled_late_is_still_ours),
	        cmocka_unit_test(a_write_leaves_long_after_its_intent),
	        cmocka_unit_test(the_same_by_hand_is_not_adopted),
	        cmocka_unit_test(who_wrote_takes_back),
	        cmocka_unit_test(a_sheet_without_evidence_claims_nobody),
	        cmocka_unit_test(a_settled_presence_holds),
	        cmocka_unit_test(a_signature_on_either_sheet_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
