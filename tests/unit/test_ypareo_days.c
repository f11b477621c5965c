/* The Yparéo simulator: planning, absences, attendance of instructors, and what humans change. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/ypareo_fixture.h"

/* ---- planning ---- */

#define SESSION_90210                                                                                                \
	"\"codeSeance\":90210,\"codeMatiere\":41,\"nomMatiere\":\"Mathématiques\",\"date\":\"23/11/2026\","         \
	"\"heureDebut\":\"08:30:00\",\"heureFin\":\"10:15:00\",\"duree\":\"01:45:00\",\"isDistance\":0"
#define PARTS_90210 "\"codesGroupe\":[70],\"codesApprenant\":[4711],\"codesPersonnel\":[52],\"codesSalle\":[5]"

static void planning(void **state)
{
	struct world *w = *state;
	const char *expected =
	        "{\"cours\":[{" SESSION_90210 ",\"etatSeance\":1,\"nomEtatSeance\":\"Validée\"," PARTS_90210 "}]}";

	assert_string_equal(get(w, "/r/v1/planning/23-11-2026/23-11-2026/groupes"), expected);
	assert_string_equal(get(w, "/r/v1/planning/23-11-2026/23-11-2026/groupes/70"), expected);
	assert_string_equal(get(w, "/r/v1/planning/23-11-2026/23-11-2026/groupes/71"), "{\"cours\":[]}");
	assert_string_equal(get(w, "/r/v1/planning/24-11-2026/30-11-2026/groupes"), "{\"cours\":[]}");
	assert_string_equal(get(w, "/r/v1/planning/16-11-2026/22-11-2026/groupes"), "{\"cours\":[]}");
	refused(w, 404, ask(w, "GET", "/r/v1/planning/23-11-2026/23-11-2026/groupes/99", NULL));
}

static void planning_of_a_learner(void **state)
{
	struct world *w = *state;

	assert_string_equal(get(w, "/r/v1/planning/20-11-2026/26-11-2026/apprenant/4711"),
	                    "{\"cours\":[{" SESSION_90210 ",\"etatSeance\":1,\"nomEtatSeance\":\"Validée\","
	                    "\"codeApprenant\":4711," PARTS_90210 "}]}");
	assert_string_equal(get(w, "/r/v1/planning/20-11-2026/26-11-2026/apprenant/4712"), "{\"cours\":[]}");
	refused(w, 404, ask(w, "GET", "/r/v1/planning/20-11-2026/26-11-2026/apprenants/4711", NULL)); /* singular */
}

static void planning_quirks(void **state)
{
	struct world *w = *state;
	struct ypareo_session *session = ypareo_session(w->y, 90210);
	const char *target = "/r/v1/planning/23-11-2026/23-11-2026/groupes";

	session->subject_name = NULL;
	session->subject = 0;
	session->state = 0;
	session->remote = true;
	session->learners.n = session->instructors.n = session->rooms.n = 0;
	const struct json *cours = json_get(tree(w, get(w, target)), "cours")->first;
	null_is(cours, "nomMatiere");
	null_is(cours, "codeMatiere");
	int_is(cours, "etatSeance", 0);
	text_is(cours, "nomEtatSeance", "En attente");
	int_is(cours, "isDistance", 1);
	assert_int_equal(json_get(cours, "codesApprenant")->count, 0);
	assert_int_equal(json_get(cours, "codesPersonnel")->kind, JSON_ARRAY);
	assert_int_equal(json_get(cours, "codesSalle")->count, 0);
	sim_set(w->sim, SIM_NO_STATE, true);
	assert_null(json_get(json_get(tree(w, get(w, target)), "cours")->first, "etatSeance"));
	sim_set(w->sim, SIM_ARRAYS, true); /* lists only: the planning is wrapped everywhere */
	assert_int_equal(json_get(tree(w, get(w, target)), "cours")->count, 1);
}

static void planning_of_a_year_times_out(void **state)
{
	struct world *w = *state;

	w->y->planning_max_days = 60;
	get(w, "/r/v1/planning/01-11-2026/30-12-2026/groupes");
	assert_int_equal(w->reply.delay_ms, 0);
	get(w, "/r/v1/planning/01-09-2026/31-08-2027/groupes");
	assert_true(w->reply.delay_ms >= 300000);
	get(w, "/r/v1/planning/01-09-2026/31-08-2027/groupes/70");
	assert_int_equal(w->reply.delay_ms, 0);
}

/* ---- absences ---- */

static void absences_read(void **state)
{
	struct world *w = *state;
	struct ypareo_absence *absence = ypareo_add_absence(w->y, 4711, w->monday - 10, 510, 1020, 2);

	absence->code = 600;
	absence->last = w->monday;
	absence->minutes = 2940;
	absence->observation = "certificat";
	assert_string_equal(
	        get(w, "/r/v1/absences/23-11-2026/29-11-2026"),
	        "{\"600\":{\"codeAbsence\":600,\"codeApprenant\":4711,\"codeGroupe\":null,\"dateDeb\":\"13/11/2026\","
	        "\"dateFin\":\"23/11/"
	        "2026\",\"heureDeb\":510,\"heureFin\":1020,\"duree\":2940,\"isRetard\":0,\"isJustifie\":1,"
	        "\"motifAbsence\":{\"codeMotifAbsence\":2,\"nomMotifAbsence\":\"Maladie\"}}}");
	assert_string_equal(get(w, "/r/v1/absences/24-11-2026/29-11-2026"), "[]");
	assert_int_equal(count(w, "/r/v1/absences/01-11-2026/13-11-2026"), 1);
	sim_set(w->sim, SIM_ABSENCE_BY_START, true);
	assert_string_equal(get(w, "/r/v1/absences/23-11-2026/29-11-2026"), "[]");
	assert_int_equal(count(w, "/r/v1/absences/13-11-2026/13-11-2026"), 1);
	sim_set(w->sim, SIM_OBSERVATION, true);
	text_is(record(w, "/r/v1/absences/13-11-2026/13-11-2026", "600"), "observation", "certificat");
	assert_int_equal(count(w, "/r/v1/absences/13-11-2026/13-11-2026?codesSite=13"), 0);
}

static void absence_without_reason_and_late(void **state)
{
	struct world *w = *state;
	struct ypareo_absence *absence = ypareo_add_absence(w->y, 4711, w->monday, 510, 522, 0);

	absence->late = true;
	absence->code = 601;
	const struct json *row = record(w, "/r/v1/absences/23-11-2026/23-11-2026", "601");
	null_is(row, "motifAbsence");
	int_is(row, "isJustifie", 0);
	int_is(row, "isRetard", 1);
	int_is(row, "duree", 12);
	assert_null(json_get(row, "codeSeance"));
}

static void absences_of_a_group(void **state)
{
	struct world *w = *state;

	ypareo_add_absence(w->y, 4711, w->monday, 510, 615, 1)->group = 70;
	ypareo_add_absence(w->y, 4711, w->monday - 30, 510, 615, 1)->group = 70;
	ypareo_add_absence(w->y, 4712, w->monday, 510, 615, 1)->group = 71;
	assert_int_equal(count(w, "/r/v1/groupes/70/absences?dateDebut=23-11-2026&dateFin=23-11-2026"), 1);
	assert_int_equal(count(w, "/r/v1/groupes/70/absences?dateDeb=23-11-2026"),
	                 2); /* the wrong name filters nothing */
	refused(w, 400, ask(w, "GET", "/r/v1/groupes/70/absences?dateDebut=2026-11-23", NULL));
}

#define BODY_REST                                                                                                    \
	"\"codeGroupe\":70,\"dateDeb\":\"23/11/2026\",\"dateFin\":\"23/11/2026\",\"heureDeb\":510,\"heureFin\":615," \
	"\"duree\":105,\"codeMotifAbsence\":1,\"isRetard\":0,\"observation\":\"passerelle:cfa all 90210\"}"
#define BODY "{\"codeApprenant\":4711," BODY_REST

static void absence_is_created(void **state)
{
	struct world *w = *state;
	int64_t next = w->y->next_code[YPAREO_ABSENCE];

	assert_int_equal(strtoll(ask(w, "POST", "/r/v1/absences", BODY), NULL, 10), next);
	assert_int_equal(w->reply.status, 200);
	assert_true(w->entry.effect && w->entry.write);
	const struct ypareo_absence *absence = ypareo_absence(w->y, next);
	assert_non_null(absence);
	assert_int_equal(absence->learner, 4711);
	assert_int_equal(absence->group, 70);
	assert_int_equal(absence->first, w->monday);
	assert_int_equal(absence->last, w->monday);
	assert_int_equal(absence->start, 510);
	assert_int_equal(absence->end, 615);
	assert_int_equal(absence->minutes, 105);
	assert_int_equal(absence->reason, 1);
	assert_false(absence->late);
	assert_string_equal(absence->observation, "passerelle:cfa all 90210");
	assert_string_equal(absence->author, "passerelle");
	assert_int_equal(absence->changed_ms, 1234);
	assert_int_equal(w->y->twin_writes, 0);
	assert_int_equal(count(w, "/r/v1/absences/23-11-2026/23-11-2026"), 1);
	w->y->created_status = 201;
	ask(w, "POST", "/r/v1/absences", BODY);
	assert_int_equal(w->reply.status, 201);
	assert_int_equal(w->y->twin_writes, 1);
	assert_int_equal(w->y->absences.n, 2);
}

static void optional_parts_of_an_absence(void **state)
{
	struct world *w = *state;

	ask(w, "POST", "/r/v1/absences",
	    "{\"codeApprenant\":4711,\"codeGroupe\":null,\"dateDeb\":\"23/11/2026\",\"dateFin\":\"23/11/"
	    "2026\",\"heureDeb\":510,"
	    "\"heureFin\":615,\"codeMotifAbsence\":1,\"isRetard\":1}");
	assert_int_equal(w->reply.status, 200);
	assert_int_equal(w->y->absences.items[0].minutes, 105);
	assert_int_equal(w->y->absences.items[0].group, 0);
	assert_true(w->y->absences.items[0].late);
	assert_null(w->y->absences.items[0].observation);
}

static void bad_bodies_are_refused(void **state)
{
#define TIMES "\"heureDeb\":510,\"heureFin\":615,\"codeMotifAbsence\":1,\"isRetard\":0}"
	static const char *const bad[] = {
	        "",
	        "[]",
	        "{",
	        "{}",
	        "{\"codeApprenant\":\"4711\"," BODY_REST,                                               /* a text */
	        "{\"codeApprenant\":1," BODY_REST,                                                      /* unknown */
	        "{\"codeApprenant\":4711,\"dateDeb\":\"23-11-2026\",\"dateFin\":\"23/11/2026\"," TIMES, /* hyphens */
	        "{\"codeApprenant\":4711,\"dateDeb\":\"2026-11-23\",\"dateFin\":\"23/11/2026\"," TIMES,
	        "{\"codeApprenant\":4711,\"dateDeb\":\"24/11/2026\",\"dateFin\":\"23/11/2026\"," TIMES, /* ends before
	                                                                                                 */
	        "{\"codeApprenant\":4711,\"codeGroupe\":1,\"dateDeb\":\"23/11/2026\",\"dateFin\":\"23/11/"
	        "2026\"," TIMES,
	        "{\"codeApprenant\":4711,\"dateDeb\":\"23/11/2026\",\"dateFin\":\"23/11/"
	        "2026\",\"heureDeb\":\"08:30\",\"heureFin\":615,"
	        "\"codeMotifAbsence\":1,\"isRetard\":0}",
	        "{\"codeApprenant\":4711,\"dateDeb\":\"23/11/2026\",\"dateFin\":\"23/11/"
	        "2026\",\"heureDeb\":510,\"heureFin\":510,"
	        "\"codeMotifAbsence\":1,\"isRetard\":0}",
	        "{\"codeApprenant\":4711,\"dateDeb\":\"23/11/2026\",\"dateFin\":\"23/11/"
	        "2026\",\"heureDeb\":510,\"heureFin\":1441,"
	        "\"codeMotifAbsence\":1,\"isRetard\":0}",
	        "{\"codeApprenant\":4711,\"dateDeb\":\"23/11/2026\",\"dateFin\":\"23/11/"
	        "2026\",\"heureDeb\":510,\"heureFin\":615,"
	        "\"codeMotifAbsence\":99,\"isRetard\":0}",
	        "{\"codeApprenant\":4711,\"dateDeb\":\"23/11/2026\",\"dateFin\":\"23/11/"
	        "2026\",\"heureDeb\":510,\"heureFin\":615,"
	        "\"codeMotifAbsence\":1,\"isRetard\":false}",
	};
	struct world *w = *state;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused(w, 400, ask(w, "POST", "/r/v1/absences", bad[i]));
	assert_int_equal(w->y->absences.n, 0);
}

static void absence_is_changed(void **state)
{
	struct world *w = *state;
	char body[512];

	int64_t code = strtoll(ask(w, "POST", "/r/v1/absences", BODY), NULL, 10);
	snprintf(body, sizeof(body),
	         "{\"codeAbsence\":%lld,\"codeApprenant\":4711,\"codeGroupe\":70,\"dateDeb\":\"23/11/"
	         "2026\",\"dateFin\":\"23/11/2026\","
	         "\"heureDeb\":540,\"heureFin\":615,\"duree\":75,\"codeMotifAbsence\":2,\"isRetard\":0}",
	         (long long)code);
	ask(w, "PUT", "/r/v1/absences", body);
	assert_int_equal(w->reply.status, 200);
	assert_int_equal(w->y->absences.n, 1);
	assert_int_equal(ypareo_absence(w->y, code)->start, 540);
	assert_int_equal(ypareo_absence(w->y, code)->minutes, 75);
	assert_int_equal(ypareo_absence(w->y, code)->reason, 2);
	assert_int_equal(w->y->foreign_writes, 0);
	ypareo_absence_change(w->y, code, 510, 600, 2, 99);
	assert_string_equal(ypareo_absence(w->y, code)->changed_by, "");
	assert_string_equal(ypareo_absence(w->y, code)->author, "passerelle");
	ask(w, "PUT", "/r/v1/absences", body);
	assert_int_equal(w->y->foreign_writes, 1);
	refused(w, 400, ask(w, "PUT", "/r/v1/absences", BODY)); /* no codeAbsence */
	refused(w, 404, ask(w, "PUT", "/r/v1/absences", "{\"codeAbsence\":1," BODY_REST));
}

static void absence_is_withdrawn(void **state)
{
	struct world *w = *state;
	char target[64];

	int64_t code = strtoll(ask(w, "POST", "/r/v1/absences", BODY), NULL, 10);
	snprintf(target, sizeof(target), "/r/v1/absences/%lld", (long long)code);
	ask(w, "DELETE", target, NULL);
	assert_int_equal(w->reply.status, 200);
	assert_true(w->entry.effect);
	assert_int_equal(w->y->absences.n, 0);
	refused(w, 404, ask(w, "DELETE", target, NULL));
	assert_int_equal(w->y->foreign_writes, 0);
	ypareo_add_absence(w->y, 4711, w->monday, 510, 615, 1)->code = 77;
	ask(w, "DELETE", "/r/v1/absences/77", NULL);
	assert_int_equal(w->y->foreign_writes, 1);
	ask(w, "POST", "/r/v1/absences", BODY);
	assert_int_not_equal(w->y->absences.items[0].code, code); /* no code is given twice */
}

/* ---- attendance of instructors ---- */

static void attendance_is_put_and_read(void **state)
{
	struct world *w = *state;
	const char *present = "{\"codeSeance\":90210,\"codePersonnel\":52,\"isPresent\":1,\"minutes\":105,"
	                      "\"codeMotifAbsence\":null}";
	const char *absent =
	        "{\"codeSeance\":90210,\"codePersonnel\":52,\"isPresent\":0,\"minutes\":0,\"codeMotifAbsence\":1}";

	assert_string_equal(get(w, "/r/v1/emargements/personnels/23-11-2026/23-11-2026"), "[]");
	ask(w, "PUT", "/r/v1/emargements/personnels", present);
	assert_int_equal(w->reply.status, 200);
	assert_true(w->entry.effect);
	assert_string_equal(
	        get(w, "/r/v1/emargements/personnels/23-11-2026/23-11-2026"),
	        "{\"90210-52\":{\"codeSeance\":90210,\"codePersonnel\":52,\"isPresent\":1,\"minutes\":105,"
	        "\"codeMotifAbsence\":null}}");
	ask(w, "PUT", "/r/v1/emargements/personnels", absent);
	assert_int_equal(w->y->attendances.n, 1);
	assert_int_equal(w->y->attendances.items[0].writes, 2);
	const struct json *row = record(w, "/r/v1/emargements/personnels/23-11-2026/23-11-2026", "90210-52");
	int_is(row, "isPresent", 0);
	int_is(row, "codeMotifAbsence", 1);
	assert_string_equal(get(w, "/r/v1/emargements/personnels/24-11-2026/30-11-2026"), "[]");
	refused(w, 404,
	        ask(w, "PUT", "/r/v1/emargements/personnels",
	            "{\"codeSeance\":1,\"codePersonnel\":52,\"isPresent\":1,\"minutes\":105}"));
	refused(w, 400,
	        ask(w, "PUT", "/r/v1/emargements/personnels",
	            "{\"codeSeance\":90210,\"codePersonnel\":1,\"isPresent\":1,\"minutes\":105}"));
	refused(w, 400,
	        ask(w, "PUT", "/r/v1/emargements/personnels",
	            "{\"codeSeance\":90210,\"codePersonnel\":52,\"isPresent\":true,\"minutes\":105}"));
}

/* ---- what humans do between two runs ---- */

static void sessions_change(void **state)
{
	struct world *w = *state;
	const char *target = "/r/v1/planning/23-11-2026/29-11-2026/groupes";

	ypareo_session_move(w->y, 90210, w->monday + 1, 540, 600);
	ypareo_session_room(w->y, 90210, 6);
	ypareo_session_instructor(w->y, 90210, 53);
	ypareo_session_learner_add(w->y, 90210, 4712);
	ypareo_session_state(w->y, 90210, 0);
	const struct json *cours = json_get(tree(w, get(w, target)), "cours")->first;
	text_is(cours, "date", "24/11/2026");
	text_is(cours, "heureDebut", "09:00:00");
	text_is(cours, "heureFin", "10:00:00");
	int_is(cours, "etatSeance", 0);
	assert_int_equal(json_int(json_get(cours, "codesSalle")->first, 0), 6);
	assert_int_equal(json_int(json_get(cours, "codesPersonnel")->first, 0), 53);
	assert_int_equal(json_get(cours, "codesApprenant")->count, 2);
	ypareo_session_learner_del(w->y, 90210, 4711);
	assert_int_equal(
	        json_int(json_get(json_get(tree(w, get(w, target)), "cours")->first, "codesApprenant")->first, 0),
	        4712);
	ypareo_session_cancel(w->y, 90210);
	assert_string_equal(get(w, target), "{\"cours\":[]}");
}

static void groups_change(void **state)
{
	struct world *w = *state;

	ypareo_add_session(w->y, w->monday + 7, 510, 615, 41, 70, 52, 5)->code = 90300;
	ypareo_group_join(w->y, 70, 4712, w->monday + 1);
	assert_false(ypareo_codes_has(&ypareo_session(w->y, 90210)->learners, 4712));
	assert_true(ypareo_codes_has(&ypareo_session(w->y, 90300)->learners, 4712));
	ypareo_group_leave(w->y, 70, 4711, w->monday + 1);
	assert_true(ypareo_codes_has(&ypareo_session(w->y, 90210)->learners, 4711));
	assert_false(ypareo_codes_has(&ypareo_session(w->y, 90300)->learners, 4711));
}

static void who_is_in_two_groups_of_a_session_stays(void **state)
{
	struct world *w = *state;
	struct ypareo_session *session = ypareo_session(w->y, 90210);

	ypareo_codes_add(w->y, &session->groups, 71);
	ypareo_enrol(w->y, 4711, 71, w->monday - 30);
	ypareo_group_leave(w->y, 70, 4711, w->monday);
	assert_true(ypareo_codes_has(&session->learners, 4711));
	ypareo_group_leave(w->y, 71, 4711, w->monday);
	assert_false(ypareo_codes_has(&session->learners, 4711));
}

#define T(name) cmocka_unit_test_setup_teardown(name, ypareo_fixture_open, ypareo_fixture_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
	        T(planning),
	        T(planning_of_a_learner),
	        T(planning_quirks),
	        T(planning_of_a_year_times_out),
	        T(absences_read),
	        T(absence_without_reason_and_late),
	        T(absences_of_a_group),
	        T(absence_is_created),
	        T(optional_parts_of_an_absence),
	        T(bad_bodies_are_refused),
	        T(absence_is_changed),
	        T(absence_is_withdrawn),
	        T(attendance_is_put_and_read),
	        T(sessions_change),
	        T(groups_change),
	        T(who_is_in_two_groups_of_a_session_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
