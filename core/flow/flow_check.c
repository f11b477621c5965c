#include "core/flow/flow_p.h"

#include <stdio.h>
#include <string.h>

/* Lists are checked before they run: what would go wrong on a rare path is said at start-up. */

static char complaint[200];

static const char *wrong(const struct step *s, const char *what)
{
	snprintf(complaint, sizeof(complaint), "row «%s»: %s", s->name ? s->name : "", what);
	return complaint;
}

static bool has_its_functions(const struct step *s)
{
	switch (s->kind) {
	case STEP_HTTP:
		return s->ask && s->got;
	case STEP_STORE:
		return s->work != NULL;
	case STEP_CALC:
		return s->calc != NULL;
	case STEP_GATE:
		return s->open != NULL;
	case STEP_EACH:
		return s->next && s->sub;
	case STEP_CALL:
		return s->sub != NULL;
	case STEP_WAIT:
		return true;
	case STEP_END_KIND:
		break;
	}
	return false;
}

static bool writes(const struct step *s)
{
	return s->kind == STEP_HTTP && s->effect != FETCH_READ;
}

static const char *check_skip(const struct step *s)
{
	const struct step *to = s + 1;
	while (to->kind != STEP_END_KIND && (!to->name || strcmp(to->name, s->skip) != 0))
		to++;
	if (to->kind == STEP_END_KIND)
		return wrong(s, "its .skip names no later row");
	if (writes(to))
		return wrong(s, "its .skip leads past the GATE row (the intent) of a row that writes");
	return NULL;
}

static const char *check_row(const struct step *list, const struct step *s)
{
	if (!s->name || !s->name[0])
		return wrong(s, "it has no name");
	for (const struct step *t = list; t < s; t++)
		if (strcmp(t->name, s->name) == 0)
			return wrong(s, "its name is taken by an earlier row");
	if (!has_its_functions(s))
		return wrong(s, "a function or list that its kind needs is missing");
	if (s->kind != STEP_HTTP && s->effect != FETCH_READ)
		return wrong(s, "only an HTTP row has an effect");
	if (writes(s) && (s == list || s[-1].kind != STEP_GATE))
		return wrong(s, "it writes, and no GATE row (its intent) is right before it");
	return s->skip ? check_skip(s) : NULL;
}

static const char *check_list(const struct step *list, unsigned depth)
{
	for (const struct step *s = list; s->kind != STEP_END_KIND; s++) {
		const char *what = check_row(list, s);
		if (!what && s->sub && depth == LIST_DEPTH)
			what = wrong(s, "nested too deeply");
		if (!what && s->sub)
			what = check_list(s->sub, depth + 1);
		if (what)
			return what;
	}
	return NULL;
}

const char *flow_check(const struct step *list)
{
	return check_list(list, 0);
}
