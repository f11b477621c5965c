#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/replay/stage.h"

/* The store is a memory, not a master: lost, or older than the world, it is made whole again by reading, and nobody gets another's attendance. */

static struct stage *school(bool empty)
{
	struct stage *s = stage_new("2026-11-23T11:00:00Z");
	stage_school(s, &(struct stage_options){.empty = empty});
	return s;
}

static void run_ok(struct stage *s, enum flow_kind flow)
{
	const struct report *r = stage_run(s, flow);
	for (unsigned i = 0; i < r->environment_count; i++)
		assert_string_equal(r->environments[i].error.what, "");
}

static void assert_nothing_wrong(struct stage *s)
{
	assert_int_equal(s->e->twins, 0);
	assert_int_equal(s->e->archived, 0);
	assert_int_equal(s->e->hand_made_changed, 0);
	assert_int_equal(s->e->shared_patched, 0);
	assert_int_equal(s->y->twin_writes, 0);
	assert_int_equal(s->y->foreign_writes, 0);
}

static void assert_quiet(struct stage *s)
{
	for (int flow = 0; flow < FLOW_KIND_COUNT; flow++) {
		stage_mark(s);
		run_ok(s, (enum flow_kind)flow);
		assert_int_equal(stage_writes(s), 0);
	}
	assert_nothing_wrong(s);
}

static size_t live_courses(const struct stage *s)
{
	size_t n = 0;
	for (size_t i = 0; i < s->e->courses.n; i++)
		n += !s->e->courses.items[i].deleted;
	return n;
}

static void teach(struct stage *s)
{
	for (size_t i = 0; i < s->e->courses.n; i++) {
		struct ed_course *c = &s->e->courses.items[i];
		if (c->deleted || c->locked || c->end > stage_now(s))
			continue;
		edusign_sign_all(s->e, c, c->end);
		if (c->rows.n > 1)
			edusign_set_absent(c, c->rows.items[0].student, c->end);
		edusign_lock(s->e, c, stage_now(s));
	}
}

/* ---- the store is gone ---- */

/* Whole schools with several accounts, instructors shared by them, and every special case: nothing is written that was
 * written before, and what changes afterwards is changed. */
static void a_lost_store_is_whole_again(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct stage *s = stage_new("2026-11-23T05:00:00Z");
		stage_generated(s, &(struct gen_options){.seed = seed, .learners = 40, .groups = 4, .days = 9, .quirks = true},
		                (unsigned)(seed % 4));
		s->settings.up_percent = 100;
		run_ok(s, FLOW_DOWN);
		run_ok(s, FLOW_DOWN);
		stage_advance(s, stage_at(s, 0, 20, 0) - stage_now(s));
		teach(s);
		stage_advance(s, 7200);
		run_ok(s, FLOW_UP);
		size_t sheets = live_courses(s), learners = s->e->students.n, instructors = s->e->professors.n,
		       absences = s->y->absences.n;
		assert_true(sheets > 20 && absences > 0);
		stage_lose_store(s);
		stage_advance(s, 60);
		stage_mark(s);
		run_ok(s, FLOW_DOWN);
		assert_int_equal(stage_writes(s), 0);
		run_ok(s, FLOW_UP);
		assert_int_equal(stage_writes(s), 0);
		assert_int_equal(live_courses(s), sheets);
		assert_int_equal(s->e->students.n, learners);
		assert_int_equal(s->e->professors.n, instructors);
		assert_int_equal(s->y->absences.n, absences);
		/* it is a memory again: a cancellation takes its sheet away */
		struct ypareo_session *x = NULL;
		for (size_t i = 0; i < s->y->sessions.n && !x; i++)
			if (s->y->sessions.items[i].day == s->today + 2)
				for (unsigned e = 0; e < s->settings.environment_count && !x; e++) {
					char name[24];
					snprintf(name, sizeof(name), "ecole-%u", e);
					if (edusign_course_count(s->e, name, s->y->sessions.items[i].code))
						x = &s->y->sessions.items[i];
				}
		assert_non_null(x);
		ypareo_session_cancel(s->y, x->code);
		run_ok(s, FLOW_DOWN);
		assert_true(live_courses(s) < sheets);
		assert_quiet(s);
		stage_free(&s);
	}
}

/* Store lost between sending and a correction. Where Yparéo gives back what we wrote beside an absence, it is known for ours again and
 * follows its sheet; where it does not, it may be anybody's and stays. */
static void a_correction_after_the_store_was_lost(void **state)
{
	(void)state;
	for (int told = 0; told < 2; told++) {
		struct stage *s = school(false);
		sim_set(s->sim, SIM_OBSERVATION, told);
		run_ok(s, FLOW_DOWN);
		stage_advance(s, stage_at(s, 1, 10, 0) - stage_now(s));
		edusign_sign_all(s->e, stage_sheet(s), stage_now(s));
		edusign_set_absent(stage_sheet(s), stage_student(s, 0)->id, stage_now(s));
		edusign_lock(s->e, stage_sheet(s), stage_now(s)); /* early: the class was let go */
		run_ok(s, FLOW_UP);
		assert_int_equal(s->y->absences.n, 1);
		assert_int_equal(s->y->attendances.n, 1);
		stage_lose_store(s);
		run_ok(s, FLOW_DOWN);
		stage_mark(s);
		stage_advance(s, 3 * 3600);
		run_ok(s, FLOW_UP);
		assert_int_equal(stage_writes(s), 0);
		edusign_unlock(stage_sheet(s), stage_now(s));
		edusign_sign_student(s->e, stage_sheet(s), stage_student(s, 0)->id, stage_now(s));
		edusign_lock(s->e, stage_sheet(s), stage_now(s));
		stage_advance(s, 3600);
		run_ok(s, FLOW_UP);
		assert_int_equal(s->y->absences.n, told ? 0 : 1);
		assert_quiet(s);
		stage_free(&s);
	}
}

/* The sheet was corrected before anybody looked again: what is there may be a human's by now. It is left, and told. */
static void a_forgotten_absence_that_is_wrong_by_now_is_told(void **state)
{
	struct stage *s = school(false);
	char record[48];
	(void)state;
	sim_set(s->sim, SIM_OBSERVATION, true);
	run_ok(s, FLOW_DOWN);
	stage_advance(s, stage_at(s, 1, 10, 0) - stage_now(s));
	edusign_sign_all(s->e, stage_sheet(s), stage_now(s));
	edusign_set_absent(stage_sheet(s), stage_student(s, 0)->id, stage_now(s));
	edusign_lock(s->e, stage_sheet(s), stage_now(s));
	run_ok(s, FLOW_UP);
	stage_lose_store(s);
	run_ok(s, FLOW_DOWN);
	edusign_unlock(stage_sheet(s), stage_now(s));
	edusign_sign_student(s->e, stage_sheet(s), stage_student(s, 0)->id, stage_now(s));
	edusign_lock(s->e, stage_sheet(s), stage_now(s));
	stage_advance(s, 3 * 3600);
	stage_mark(s);
	run_ok(s, FLOW_UP);
	assert_int_equal(stage_writes(s), 0);
	assert_int_equal(s->y->absences.n, 1);
	snprintf(record, sizeof(record), "attendance %lld/%lld", (long long)s->session, (long long)s->learner[0]);
	assert_non_null(stage_issue(s, record, "absence"));
	stage_free(&s);
}

static void attendance_of_instructors_is_read_before_it_is_sent_again(void **state)
{
	(void)state;
	for (int may_read = 0; may_read < 2; may_read++) {
		struct stage *s = school(false);
		run_ok(s, FLOW_DOWN);
		stage_advance(s, stage_at(s, 1, 10, 0) - stage_now(s));
		edusign_sign_all(s->e, stage_sheet(s), stage_now(s));
		edusign_lock(s->e, stage_sheet(s), stage_now(s));
		run_ok(s, FLOW_UP);
		assert_int_equal(s->y->attendances.n, 1);
		stage_lose_store(s);
		run_ok(s, FLOW_DOWN);
		stage_advance(s, 3 * 3600);
		stage_mark(s);
		if (!may_read)
			stage_fault(s, "forbidden:ypareo:GET:/r/v1/emargements/personnels*:count=1");
		run_ok(s, FLOW_UP);
		assert_int_equal(stage_requests(s, "ypareo", "PUT", "/r/v1/emargements/personnels*"), !may_read);
		assert_int_equal(s->y->attendances.n, 1);
		assert_quiet(s);
		stage_free(&s);
	}
}

/* ---- the store is older than the world ---- */

static int64_t add_session(struct stage *s, int day, int hour)
{
	return ypareo_add_session(s->y, s->today + day, hour * 60, (hour + 2) * 60, s->subject, s->group, s->instructor, s->room)
	        ->code;
}

/* A backup of Monday is restored on Tuesday. Since then: moved, added, cancelled, corrected, joined; some of it back to what the backup
 * knows. */
static void an_older_store_catches_up_on_the_way_down(void **state)
{
	struct stage *s = school(true);
	(void)state;
	s->settings.drift = DRIFT_REPAIR;
	int64_t moved = add_session(s, 3, 8), cancelled = add_session(s, 3, 10), back = add_session(s, 3, 13),
	        kept = add_session(s, 3, 15);
	run_ok(s, FLOW_DOWN);
	run_ok(s, FLOW_DOWN);
	stage_back_up(s);
	ypareo_session_move(s->y, moved, s->today + 4, 8 * 60, 10 * 60);
	ypareo_session_cancel(s->y, cancelled);
	ypareo_session_room(s->y, back, ypareo_add_room(s->y, "C3", s->site)->code);
	ypareo_learner_emails(s->y, s->learner[1], "moussa@example.org", NULL);
	int64_t added = add_session(s, 4, 13), fresh = ypareo_add_learner(s->y, "Müller", "Anaïs", "anais.muller@example.org")->code;
	ypareo_enrol(s->y, fresh, s->group, s->today);
	ypareo_session_learner_add(s->y, kept, fresh);
	stage_advance(s, 3600);
	run_ok(s, FLOW_DOWN);
	assert_int_equal(live_courses(s), 4);
	stage_restore(s);
	ypareo_session_room(s->y, back, s->room);
	stage_advance(s, 3600);
	for (int i = 0; i < 3; i++)
		run_ok(s, FLOW_DOWN);
	assert_int_equal(live_courses(s), 4);
	assert_int_equal(s->e->students.n, 3);
	assert_int_equal(s->e->professors.n, 1);
	assert_int_equal(edusign_course(s->e, "ecole", moved)->start, stage_at(s, 4, 8, 0));
	assert_true(str_eqz(edusign_course(s->e, "ecole", back)->room, "B102"));
	assert_int_equal(edusign_course(s->e, "ecole", kept)->rows.n, 3);
	assert_int_equal(edusign_course_count(s->e, "ecole", added), 1);
	assert_true(str_eqz(stage_student(s, 1)->email, "moussa@example.org"));
	assert_quiet(s);
	stage_free(&s);
}

/* Deleted by hand and made again since the backup, which still binds the session to the sheet that is gone: the one that is there counts. */
static void a_backup_that_knows_the_sheet_before(void **state)
{
	struct stage *s = school(true);
	(void)state;
	s->session = add_session(s, 3, 9);
	run_ok(s, FLOW_DOWN);
	run_ok(s, FLOW_DOWN);
	stage_back_up(s);
	edusign_delete_course(stage_sheet(s), stage_now(s));
	ypareo_session_move(s->y, s->session, s->today + 3, 9 * 60, 12 * 60);
	run_ok(s, FLOW_DOWN); /* made again */
	ypareo_session_move(s->y, s->session, s->today + 3, 9 * 60, 11 * 60);
	run_ok(s, FLOW_DOWN); /* and as the backup knows it */
	stage_restore(s);
	stage_advance(s, 10 * 3600);
	run_ok(s, FLOW_DOWN);
	run_ok(s, FLOW_DOWN);
	assert_int_equal(s->report->result, RESULT_OK);
	stage_advance(s, stage_at(s, 3, 21, 0) - stage_now(s));
	teach(s);
	stage_advance(s, 3600);
	run_ok(s, FLOW_UP);
	assert_int_equal(s->y->absences.n, 1);
	assert_int_equal(edusign_course_count(s->e, "ecole", s->session), 1);
	assert_quiet(s);
	stage_free(&s);
}

/* Made, signed and locked since the backup, and over when it is restored: it goes up a night later, but it does. */
static void a_backup_that_knows_no_sheet_of_the_day(void **state)
{
	struct stage *s = school(true);
	(void)state;
	add_session(s, 4, 9);
	run_ok(s, FLOW_DOWN);
	run_ok(s, FLOW_DOWN);
	stage_back_up(s);
	add_session(s, 1, 9);
	run_ok(s, FLOW_DOWN);
	stage_advance(s, stage_at(s, 1, 18, 0) - stage_now(s));
	teach(s);
	stage_restore(s);
	for (int day = 1; day < 3; day++) {
		stage_advance(s, stage_at(s, day, 22, 0) - stage_now(s));
		run_ok(s, FLOW_UP);
		run_ok(s, FLOW_DOWN);
	}
	assert_int_equal(s->y->absences.n, 1);
	assert_int_equal(s->y->attendances.n, 1);
	assert_quiet(s);
	stage_free(&s);
}

/* Made since the backup, and cancelled after it was restored: nothing here knows that it was ours. It is told. */
static void a_sheet_that_no_backup_knows_is_told(void **state)
{
	struct stage *s = school(false);
	char record[32];
	(void)state;
	run_ok(s, FLOW_DOWN);
	run_ok(s, FLOW_DOWN);
	stage_back_up(s);
	int64_t added = add_session(s, 3, 13);
	run_ok(s, FLOW_DOWN);
	stage_restore(s);
	ypareo_session_cancel(s->y, added);
	stage_advance(s, 10 * 3600); /* the evening, when all of the window is looked at */
	run_ok(s, FLOW_DOWN);
	snprintf(record, sizeof(record), "sheet %lld", (long long)added);
	assert_non_null(stage_issue(s, record, "unknown"));
	assert_int_equal(edusign_course_count(s->e, "ecole", added), 1);
	assert_nothing_wrong(s);
	stage_free(&s);
}

static void an_older_store_catches_up_on_the_way_up(void **state)
{
	(void)state;
	for (int told = 0; told < 2; told++) {
		struct stage *s = school(true);
		sim_set(s->sim, SIM_OBSERVATION, told);
		for (int i = 0; i < 3; i++)
			add_session(s, 1, 8 + 2 * i);
		run_ok(s, FLOW_DOWN);
		stage_back_up(s);
		stage_advance(s, stage_at(s, 1, 21, 0) - stage_now(s));
		teach(s);
		stage_advance(s, 3600);
		run_ok(s, FLOW_UP);
		assert_int_equal(s->y->absences.n, 3);
		assert_int_equal(s->y->attendances.n, 3);
		stage_restore(s);
		stage_mark(s);
		stage_advance(s, 3600);
		run_ok(s, FLOW_UP);
		assert_int_equal(stage_writes(s), 0);
		assert_int_equal(s->y->absences.n, 3);
		/* one was there after all */
		struct ed_course *c = &s->e->courses.items[0];
		edusign_unlock(c, stage_now(s));
		edusign_sign_student(s->e, c, c->rows.items[0].student, stage_now(s));
		edusign_lock(s->e, c, stage_now(s));
		stage_advance(s, 3600);
		run_ok(s, FLOW_UP);
		assert_int_equal(s->y->absences.n, told ? 2 : 3);
		assert_quiet(s);
		stage_free(&s);
	}
}

/* Withdrawn since the backup, which still has it: gone is gone. */
static void an_older_ledger_writes_nothing_back(void **state)
{
	struct stage *s = school(false);
	(void)state;
	run_ok(s, FLOW_DOWN);
	stage_advance(s, stage_at(s, 1, 21, 0) - stage_now(s));
	teach(s);
	stage_advance(s, 3600);
	run_ok(s, FLOW_UP);
	assert_int_equal(s->y->absences.n, 1);
	stage_back_up(s);
	struct ed_course *c = stage_sheet(s);
	edusign_unlock(c, stage_now(s));
	edusign_sign_student(s->e, c, c->rows.items[0].student, stage_now(s));
	edusign_lock(s->e, c, stage_now(s));
	stage_advance(s, 3600);
	run_ok(s, FLOW_UP);
	assert_int_equal(s->y->absences.n, 0);
	stage_restore(s);
	stage_advance(s, 3600);
	run_ok(s, FLOW_UP);
	assert_int_equal(s->y->absences.n, 0);
	assert_quiet(s);
	stage_free(&s);
}

/* ---- who is who ---- */

/* One who teaches and learns has one address, two accounts of two kinds, and an attendance of each. */
static void a_trainer_who_is_also_a_learner(void **state)
{
	(void)state;
	for (int lost = 0; lost < 2; lost++) {
		struct stage *s = school(false);
		ypareo_learner_emails(s->y, s->learner[0], "helene.moreau@example.org", NULL);
		run_ok(s, FLOW_DOWN);
		assert_int_equal(s->report->result, RESULT_OK);
		if (lost) {
			stage_lose_store(s);
			stage_mark(s);
			run_ok(s, FLOW_DOWN);
			assert_int_equal(stage_writes(s), 0);
		}
		assert_int_equal(s->e->students.n, 2);
		assert_int_equal(s->e->professors.n, 1);
		assert_int_equal(stage_sheet(s)->rows.n, 2);
		stage_advance(s, stage_at(s, 1, 21, 0) - stage_now(s));
		/* she taught, and did not attend as a learner */
		edusign_sign_professor(s->e, stage_sheet(s), 0, stage_now(s));
		edusign_sign_student(s->e, stage_sheet(s), stage_student(s, 1)->id, stage_now(s));
		edusign_lock(s->e, stage_sheet(s), stage_now(s));
		stage_advance(s, 3600);
		run_ok(s, FLOW_UP);
		assert_int_equal(s->y->absences.n, 1);
		assert_int_equal(s->y->absences.items[0].learner, s->learner[0]);
		assert_true(ypareo_attendance(s->y, s->session, s->instructor)->present);
		assert_quiet(s);
		stage_free(&s);
	}
}

/* An address that one learner had and another gets: the account stays with the one whose it is, whatever is known. */
static void a_recycled_mailbox(void **state)
{
	(void)state;
	for (int lost = 0; lost < 2; lost++)
		for (int renamed = 0; renamed < 2; renamed++) {
			struct stage *s = school(false);
			run_ok(s, FLOW_DOWN);
			struct str first = stage_student(s, 0)->id;
			int64_t heir = ypareo_add_learner(s->y, "Petit", "Léa", "chloe.lefevre@example.org")->code;
			ypareo_enrol(s->y, heir, s->group, s->today);
			ypareo_session_learner_add(s->y, s->session, heir);
			if (renamed) /* she has a new address */
				ypareo_learner_emails(s->y, s->learner[0], "chloe@example.org", NULL);
			else /* she has left */
				ypareo_session_learner_del(s->y, s->session, s->learner[0]);
			if (lost)
				stage_lose_store(s);
			run_ok(s, FLOW_DOWN);
			run_ok(s, FLOW_DOWN);
			struct ed_student *old = stage_student(s, 0), *new = edusign_student(s->e, "ecole", heir);
			assert_true(str_eq(old->id, first) && str_eqz(old->last, "Lefèvre"));
			if (renamed) {
				assert_true(str_eqz(old->email, "chloe@example.org"));
				assert_non_null(new);
				assert_true(str_eqz(new->email, "chloe.lefevre@example.org"));
				assert_int_equal(stage_sheet(s)->rows.n, 3);
			} else {
				char record[32];
				snprintf(record, sizeof(record), "learner %lld", (long long)heir);
				assert_null(new);
				assert_non_null(stage_issue(s, record, "email"));
			}
			assert_quiet(s);
			stage_free(&s);
		}
}

/* Two accounts of one learner, two sheets of one session: each told, the first used, nothing made a third time. */
static void duplicates_when_the_store_is_lost(void **state)
{
	struct stage *s = school(false);
	char record[32];
	(void)state;
	run_ok(s, FLOW_DOWN);
	struct ed_course was = *stage_sheet(s);
	struct ed_course *twin = edusign_add_course(s->e, "ecole", "Anglais", was.start, was.end);
	twin->api_id = was.api_id;
	twin->api_type = STR("ypareo");
	struct ed_student *again = edusign_add_student(s->e, "ecole", "Chloé", "Lefèvre", "autre@example.org");
	again->api_id = stage_student(s, 0)->api_id;
	again->api_type = STR("ypareo");
	stage_lose_store(s);
	stage_mark(s);
	run_ok(s, FLOW_DOWN);
	/* the sheets make it a question whether somebody else works here; yes is the answer that goes on */
	assert_int_equal(s->report->result, RESULT_HELD);
	assert_int_equal(stage_writes(s), 0);
	snprintf(record, sizeof(record), "sheet %lld", (long long)s->session);
	assert_non_null(stage_issue(s, record, "duplicate"));
	snprintf(record, sizeof(record), "learner %lld", (long long)s->learner[0]);
	assert_non_null(stage_issue(s, record, "duplicate"));
	assert_int_equal(edusign_course_count(s->e, "ecole", s->session), 2);
	assert_int_equal(s->e->students.n, 3);
	stage_free(&s);
}

/* The tokens of two accounts change places: neither is read any further. */
static void tokens_that_changed_places(void **state)
{
	struct stage *s = stage_new("2026-11-23T05:00:00Z");
	(void)state;
	stage_generated(s, &(struct gen_options){.seed = 3, .learners = 30, .groups = 4, .days = 8}, 2);
	run_ok(s, FLOW_DOWN);
	const struct attendance_port *first = s->envs[0].edusign;
	s->envs[0].edusign = s->envs[1].edusign;
	s->envs[1].edusign = first;
	ypareo_session_room(s->y, s->y->sessions.items[0].code, s->y->rooms.items[0].code);
	for (int flow = 0; flow < FLOW_KIND_COUNT; flow++) {
		stage_mark(s);
		assert_int_equal(stage_run(s, (enum flow_kind)flow)->result, RESULT_FAILED);
		assert_int_equal(stage_writes(s), 0);
		assert_int_equal(stage_requests(s, "edusign", NULL, NULL), stage_requests(s, "edusign", NULL, "/v1/school"));
	}
	s->envs[1].edusign = s->envs[0].edusign;
	s->envs[0].edusign = first;
	run_ok(s, FLOW_DOWN);
	stage_free(&s);
}

/* Lost after the class and before the evening: nobody knows whether it was sent. It is told, and goes up when people lock it again. */
static void what_was_locked_before_the_memory_begins_is_told(void **state)
{
	struct stage *s = school(false);
	char record[32];
	(void)state;
	run_ok(s, FLOW_DOWN);
	stage_advance(s, stage_at(s, 1, 20, 0) - stage_now(s));
	teach(s);
	stage_advance(s, 600);
	stage_lose_store(s);
	run_ok(s, FLOW_DOWN);
	stage_advance(s, 3600);
	run_ok(s, FLOW_UP);
	snprintf(record, sizeof(record), "sheet %lld", (long long)s->session);
	assert_non_null(stage_issue(s, record, "attendance"));
	assert_int_equal(s->y->absences.n, 0);
	edusign_unlock(stage_sheet(s), stage_now(s));
	edusign_lock(s->e, stage_sheet(s), stage_now(s));
	run_ok(s, FLOW_UP);
	assert_null(stage_issue(s, record, "attendance"));
	assert_int_equal(s->y->absences.n, 1);
	assert_quiet(s);
	stage_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(a_lost_store_is_whole_again),
	        cmocka_unit_test(a_correction_after_the_store_was_lost),
	        cmocka_unit_test(a_forgotten_absence_that_is_wrong_by_now_is_told),
	        cmocka_unit_test(attendance_of_instructors_is_read_before_it_is_sent_again),
	        cmocka_unit_test(an_older_store_catches_up_on_the_way_down),
	        cmocka_unit_test(a_backup_that_knows_the_sheet_before),
	        cmocka_unit_test(a_backup_that_knows_no_sheet_of_the_day),
	        cmocka_unit_test(a_sheet_that_no_backup_knows_is_told),
	        cmocka_unit_test(an_older_store_catches_up_on_the_way_up),
	        cmocka_unit_test(an_older_ledger_writes_nothing_back),
	        cmocka_unit_test(a_trainer_who_is_also_a_learner),
	        cmocka_unit_test(a_recycled_mailbox),
	        cmocka_unit_test(duplicates_when_the_store_is_lost),
	        cmocka_unit_test(tokens_that_changed_places),
	        cmocka_unit_test(what_was_locked_before_the_memory_begins_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
