/* Lists that are wrong are found before they run. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/flow/flow.h"

static enum verdict ask(struct run *run, struct exchange *x)
{
	(void)run;
	(void)x;
	return STEP_NEXT;
}

static enum verdict calc(struct run *run)
{
	(void)run;
	return STEP_NEXT;
}

static int work(struct run *run, struct store_txn *txn)
{
	(void)run;
	(void)txn;
	return 0;
}

static void open_gate(struct run *run)
{
	(void)run;
}

static enum next no_child(struct run *run, void **child)
{
	(void)run;
	(void)child;
	return CHILD_NONE;
}

#define CALC(name_)                                                                                                  \
	{                                                                                                            \
		STEP_CALC, name_, .calc = calc                                                                       \
	}
#define GATE(name_)                                                                                                  \
	{                                                                                                            \
		STEP_GATE, name_, .open = open_gate                                                                  \
	}
#define WRITE(name_)                                                                                                 \
	{                                                                                                            \
		STEP_HTTP, name_, .effect = FETCH_WRITE_ONCE, .ask = ask, .got = ask                                 \
	}

static const struct step one[] = {CALC("a"), STEP_END};
static const struct step empty[] = {STEP_END};

static void good_lists(void **state)
{
	static const struct step list[] = {
	        {STEP_HTTP, "read", "land", .ask = ask, .got = ask},
	        {STEP_STORE, "store", .work = work},
	        GATE("intent"),
	        WRITE("write"),
	        {STEP_EACH, "each", .next = no_child, .sub = one},
	        {STEP_CALL, "call", .sub = empty},
	        {STEP_WAIT, "land"},
	        CALC("a"),
	        STEP_END,
	};
	(void)state;
	assert_null(flow_check(list));
	assert_null(flow_check(empty));
}

static void assert_wrong(const struct step *list, const char *row, const char *what)
{
	const char *wrong = flow_check(list);
	assert_non_null(wrong);
	if (!strstr(wrong, row) || !strstr(wrong, what))
		fail_msg("\"%s\" names neither %s nor \"%s\"", wrong, row, what);
}

static void names(void **state)
{
	static const struct step none[] = {CALC("a"), CALC(NULL), STEP_END};
	static const struct step blank[] = {CALC(""), STEP_END};
	static const struct step twice[] = {CALC("a"), CALC("b"), CALC("a"), STEP_END};
	(void)state;
	assert_wrong(none, "«»", "no name");
	assert_wrong(blank, "«»", "no name");
	assert_wrong(twice, "«a»", "taken");
}

static void functions(void **state)
{
	static const struct step bad[][2] = {
	        {{STEP_HTTP, "x", .ask = ask}, STEP_END},
	        {{STEP_HTTP, "x", .got = ask}, STEP_END},
	        {{STEP_STORE, "x", .calc = calc}, STEP_END},
	        {{STEP_CALC, "x"}, STEP_END},
	        {{STEP_GATE, "x"}, STEP_END},
	        {{STEP_EACH, "x", .sub = one}, STEP_END},
	        {{STEP_EACH, "x", .next = no_child}, STEP_END},
	        {{STEP_CALL, "x"}, STEP_END},
	        {{(enum step_kind)99, "x"}, STEP_END},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_wrong(bad[i], "«x»", "missing");
}

static void skips(void **state)
{
	static const struct step nowhere[] = {{STEP_CALC, "x", "y", .calc = calc}, CALC("z"), STEP_END};
	static const struct step back[] = {CALC("y"), {STEP_CALC, "x", "y", .calc = calc}, STEP_END};
	static const struct step itself[] = {{STEP_CALC, "x", "x", .calc = calc}, STEP_END};
	static const struct step past_intent[] = {
	        {STEP_CALC, "x", "write", .calc = calc}, GATE("intent"), WRITE("write"), STEP_END};
	static const struct step to_intent[] = {
	        {STEP_CALC, "x", "intent", .calc = calc}, CALC("a"), GATE("intent"), WRITE("write"), STEP_END};
	(void)state;
	assert_wrong(nowhere, "«x»", "no later row");
	assert_wrong(back, "«x»", "no later row");
	assert_wrong(itself, "«x»", "no later row");
	assert_wrong(past_intent, "«x»", "past the GATE");
	assert_null(flow_check(to_intent));
}

static void writes_need_their_intent(void **state)
{
	static const struct step first[] = {WRITE("x"), STEP_END};
	static const struct step apart[] = {GATE("intent"), CALC("a"), WRITE("x"), STEP_END};
	static const struct step second[] = {GATE("intent"), WRITE("w"), WRITE("x"), STEP_END};
	static const struct step keyed[] = {
	        CALC("a"), {STEP_HTTP, "x", .effect = FETCH_WRITE_KEYED, .ask = ask, .got = ask}, STEP_END};
	static const struct step not_http[] = {
	        GATE("intent"), {STEP_CALC, "x", .effect = FETCH_WRITE_ONCE, .calc = calc}, STEP_END};
	(void)state;
	assert_wrong(first, "«x»", "GATE");
	assert_wrong(apart, "«x»", "GATE");
	assert_wrong(second, "«x»", "GATE");
	assert_wrong(keyed, "«x»", "GATE");
	assert_wrong(not_http, "«x»", "effect");
}

static void lists_below(void **state)
{
	static const struct step bad[] = {{STEP_CALC, "deep"}, STEP_END};
	static const struct step called[] = {CALC("a"), {STEP_CALL, "c", .sub = bad}, STEP_END};
	static const struct step each[] = {{STEP_EACH, "e", .next = no_child, .sub = bad}, STEP_END};
	static const struct step four[] = {{STEP_CALL, "4", .sub = one}, STEP_END};
	static const struct step three[] = {{STEP_EACH, "3", .next = no_child, .sub = four}, STEP_END};
	static const struct step two[] = {{STEP_CALL, "2", .sub = three}, STEP_END};
	static const struct step top[] = {{STEP_CALL, "1", .sub = two}, STEP_END};
	static const struct step over[] = {{STEP_CALL, "0", .sub = top}, STEP_END};
	static const struct step endless[] = {{STEP_CALL, "round", .sub = endless}, STEP_END};
	(void)state;
	assert_wrong(called, "«deep»", "missing");
	assert_wrong(each, "«deep»", "missing");
	assert_null(flow_check(top)); /* four lists below it */
	assert_wrong(over, "«4»", "deeply");
	assert_wrong(endless, "«round»", "deeply");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	        cmocka_unit_test(good_lists),
	        cmocka_unit_test(names),
	        cmocka_unit_test(functions),
	        cmocka_unit_test(skips),
	        cmocka_unit_test(writes_need_their_intent),
	        cmocka_unit_test(lists_below),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
