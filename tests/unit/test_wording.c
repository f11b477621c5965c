#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/sync/wording.h"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static const char *french(const char *english)
{
	return wording(arena, WORDING_FR, str_of(english)).p;
}

static void what_varies_is_put_in_again(void **state)
{
	(void)state;
	assert_string_equal(french("has no last name, which Edusign requires"), "n’a pas de nom, ce qu’Edusign exige");
	assert_string_equal(french("has the e-mail address of learner 4711 too, and one account in Edusign"),
	                    "a la même adresse e-mail que apprenant 4711, et un seul compte dans Edusign");
	assert_string_equal(french("was refused by Edusign: 422 too, and one more: no"), "a été refusé par Edusign : 422 too, and one more: no");
	assert_string_equal(french("has the site 3 (Villeurbanne (sud)) that environment all has too: its sessions get a sheet in both accounts"),
	                    "a le site 3 (Villeurbanne (sud)) que l’environnement all a aussi : ses séances reçoivent une feuille dans les deux "
	                    "comptes");
	assert_string_equal(french("room, start changed in Yparéo"), "modifié dans Yparéo : room, start");
}

static void a_part_that_is_a_sentence_is_translated_too(void **state)
{
	(void)state;
	assert_string_equal(french("changed in Yparéo, but its sheet in Edusign is signed by a learner and is left as it is"),
	                    "a changé dans Yparéo, mais sa feuille dans Edusign est signée par un apprenant : elle est laissée telle quelle");
	assert_string_equal(french("Edusign's reason 4 (Maladie) has no reason of Yparéo: those absences are sent as plainly justified"),
	                    "le motif 4 d’Edusign (Maladie) n’a pas de motif de Yparéo : ces absences sont envoyées comme simplement justifiées");
}

static void what_nobody_translated_stays(void **state)
{
	(void)state;
	assert_string_equal(french("something of a later version"), "something of a later version");
	assert_string_equal(french("has no last name, which Edusign requires, and more"), "has no last name, which Edusign requires, and more");
	assert_string_equal(wording(arena, WORDING_EN, STR("new session")).p, "new session");
	assert_string_equal(french("sheet 9 was sent, and something happened"), "sheet 9 was sent, and something happened");
	assert_string_equal(french("sheet -9"), "feuille -9");
	assert_string_equal(french(""), "");
	assert_false(wording_known(STR("has no last name")));
	assert_true(wording_known(STR("was refused by Yparéo: no")));
}

/* As many different parts as the format has marks, and none that it has not: else something would be lost on the way. */
static void every_row_keeps_all_that_varies(void **state)
{
	(void)state;
	for (size_t i = 0; i < wording_row_count; i++) {
		const char *en = wording_rows[i].en, *fr = wording_rows[i].fr;
		unsigned marks = 0, seen = 0;
		for (const char *p = en; (p = strchr(p, '%')) != NULL; p++)
			if (p[1] == '%')
				p++;
			else
				marks++;
		for (unsigned k = 1; k <= 9; k++) {
			char part[4] = {'{', (char)('0' + k), '}', '\0'};
			seen += strstr(fr, part) != NULL;
			if (strstr(fr, part) && k > marks)
				fail_msg("«%s» has no part %u", en, k);
		}
		if (seen != marks)
			fail_msg("«%s»: %u parts, its French has %u", en, marks, seen);
		if (strchr(fr, '\''))
			fail_msg("«%s»: an apostrophe of a typewriter", fr);
		for (size_t k = 0; k < i; k++)
			if (strcmp(en, wording_rows[k].en) == 0)
				fail_msg("«%s» stands there twice", en);
	}
}

/* A row that an earlier, wider one always answers for would never be used. */
static void every_row_is_reached(void **state)
{
	(void)state;
	for (size_t i = 0; i < wording_row_count; i++) {
		char said[1024];
		size_t n = 0;
		for (const char *p = wording_rows[i].en; *p; p++) {
			if (*p == '%') {
				p += strcspn(p + 1, "sdu") + 1;
				n += (size_t)snprintf(said + n, sizeof(said) - n, "17");
			} else {
				said[n++] = *p;
			}
		}
		said[n] = '\0';
		char right[1024];
		n = 0;
		for (const char *p = wording_rows[i].fr; *p; p++) {
			if (*p == '{') {
				p += 2;
				n += (size_t)snprintf(right + n, sizeof(right) - n, "17");
			} else {
				right[n++] = *p;
			}
		}
		right[n] = '\0';
		assert_string_equal(french(said), right);
	}
}

static void a_locale_is_a_language(void **state)
{
	(void)state;
	assert_int_equal(wording_lang_of("fr_FR.UTF-8"), WORDING_FR);
	assert_int_equal(wording_lang_of("fr"), WORDING_FR);
	assert_int_equal(wording_lang_of("FR-ch"), WORDING_FR);
	assert_int_equal(wording_lang_of("fry"), WORDING_EN);
	assert_int_equal(wording_lang_of("C.UTF-8"), WORDING_EN);
	assert_int_equal(wording_lang_of(""), WORDING_EN);
	assert_int_equal(wording_lang_of(NULL), WORDING_EN);
}

static void an_issue_says_who_mends_it_and_where(void **state)
{
	(void)state;
	struct issue i = {.record = STR("learner 4711"),
	                  .fix = STR("Enter the e-mail address in Yparéo, on the learner's file (the kind of address is this school's key "
	                             "ypareo.email)")};
	assert_int_equal(issue_owner(&i), OWNER_SCHOOL);
	assert_string_equal(issue_place_text(arena, WORDING_EN, &i).p, "Yparéo: file of learner 4711");
	assert_string_equal(issue_place_text(arena, WORDING_FR, &i).p, "Yparéo : fiche apprenant 4711");
	i = (struct issue){.record = STR("attendance 90210/4711"), .fix = STR("Set the learner present or absent on the sheet in Edusign")};
	assert_string_equal(issue_place_text(arena, WORDING_EN, &i).p, "Edusign: sheet of session 90210");
	i.fix = STR("Look at the learner's absences of that day in Yparéo; the next run tries again");
	assert_int_equal(issue_owner(&i), OWNER_VENDOR);
	assert_string_equal(issue_place_text(arena, WORDING_EN, &i).p, "Yparéo: absences, learner 4711");
	i = (struct issue){.record = STR("environment"), .fix = STR("Set the clock of this machine")};
	assert_int_equal(issue_owner(&i), OWNER_OPERATOR);
	assert_string_equal(issue_place_text(arena, WORDING_EN, &i).p, "passerelle: its machine");
	i.fix = STR("of a later version");
	assert_int_equal(issue_owner(&i), OWNER_OPERATOR);
	assert_true(str_empty(issue_place_text(arena, WORDING_EN, &i)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(what_varies_is_put_in_again),
	        cmocka_unit_test(a_part_that_is_a_sentence_is_translated_too),
	        cmocka_unit_test(what_nobody_translated_stays),
	        cmocka_unit_test(every_row_keeps_all_that_varies),
	        cmocka_unit_test(every_row_is_reached),
	        cmocka_unit_test(a_locale_is_a_language),
	        cmocka_unit_test(an_issue_says_who_mends_it_and_where),
	};
	return cmocka_run_group_tests_name("wording", tests, set_up, tear_down);
}
