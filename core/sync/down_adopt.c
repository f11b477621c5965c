#include "core/sync/down.h"

#include <string.h>
#include <strings.h>

/* Adoption: a store that is new, lost or old knows nothing, and is rebuilt by reading. */

static struct down_env *env_of(struct run *run)
{
	return run_state(run);
}

static enum verdict out_of_memory(struct run *run)
{
	return run_failf(run, FAULT_LOCAL, ERR_LIMIT, "the memory of the run is used up");
}

static enum verdict wants_adoption(struct run *run)
{
	return env_of(run)->state.verified ? STEP_SKIP : STEP_NEXT;
}

static enum verdict list_ask(struct run *run, struct exchange *x)
{
	struct down_env *d = env_of(run);
	struct sheets_query q = { .first = d->snap->first, .last = d->snap->last + DOWN_LIST_DAYS, .page = d->page };
	d->page_sheets = (struct items){ NULL, 0 };
	d->env->edusign->sheets(d->env->edusign->self, x, run_arena(run), &q, &d->page_sheets);
	return down_asks(d);
}

bool down_is_ours(struct str api_id, struct str api_type, int64_t *code)
{
	bool typed = api_type.n == 6 && strncasecmp(api_type.p, "ypareo", 6) == 0;
	return typed && str_to_int64(api_id, code) == 0 && *code > 0;
}

/* A sheet that bears the code of a session that Yparéo plans is taken over as it is, to be compared by reading it. Any other one is not
 * ours to touch before somebody says so. */
static enum verdict list_got(struct run *run, struct exchange *x)
{
	struct down_env *d = env_of(run);
	if (fault_is(&x->fault))
		return run_fail(run, &x->fault);
	const struct sheet *s = d->page_sheets.v;
	for (size_t i = 0; i < d->page_sheets.n; i++) {
		int64_t code;
		d->codes_there = d->codes_there || !str_empty(s[i].api_id);
		if (map_get_str(d->state.sheets_by_id, s[i].id) || str_empty(s[i].api_id))
			continue;
		if (!down_is_ours(s[i].api_id, s[i].api_type, &code)) {
			down_contact_foreign(d, &s[i]);
			continue;
		}
		const struct sheet_memory *known = map_get(d->state.sheets, code);
		if (known && !known->gone) {
			down_contact_foreign(d, &s[i]);
			issues_add(d->issues, record_name(run_arena(run), "sheet", code), "duplicate", s[i].end,
			           "Delete the sheet that nobody signed in Edusign", "has a second sheet in Edusign, with the same code");
			continue;
		}
		if (!map_get(d->snap->session_by_code, code)) {
			d->orphans = true;
			down_contact_foreign(d, &s[i]);
			issues_add(d->issues, record_name(run_arena(run), "sheet", code), "unknown", s[i].end,
			           "Delete the sheet in Edusign if its session was cancelled",
			           "stands in Edusign with a code that Yparéo does not plan; passerelle has no memory of having made it, and leaves it");
			continue;
		}
		struct sheet_memory m = { .session = code, .id = s[i].id, .start = s[i].start, .end = s[i].end, .name = s[i].name, .room = s[i].room,
			                  .created_at = d->now };
		if (!down_remember(d, 0, &m))
			return out_of_memory(run);
	}
	if (d->page_sheets.n == 0)
		return STEP_NEXT;
	d->page++;
	return STEP_AGAIN;
}

static enum verdict people_ask(struct run *run, struct exchange *x, enum person_kind kind)
{
	struct down_env *d = env_of(run);
	d->page_people = (struct items){ NULL, 0 };
	d->env->edusign->people(d->env->edusign->self, x, run_arena(run), kind, d->page, 0, &d->page_people);
	return down_asks(d);
}

static enum verdict people_got(struct run *run, struct exchange *x, enum person_kind kind)
{
	struct down_env *d = env_of(run);
	static const uint8_t unknown[32];
	if (fault_is(&x->fault))
		return run_fail(run, &x->fault);
	const struct account *a = d->page_people.v;
	for (size_t i = 0; i < d->page_people.n; i++) {
		int64_t code;
		d->codes_there = d->codes_there || !str_empty(a[i].api_id);
		/* a shared account bears whichever school's code came first: it is found by its address, when it is needed */
		if (a[i].hidden || a[i].schools > 1 || !down_is_ours(a[i].api_id, a[i].api_type, &code) || map_get_str(d->state.people_by_id[kind], a[i].id) ||
		    settings_erased(d->settings, kind, code))
			continue;
		if (map_get(d->state.people[kind], code)) {
			issues_add(d->issues, record_name(run_arena(run), person_kind_name(kind), code), "duplicate", 0,
			           "Archive the account that is not used in Edusign", "has two accounts in Edusign with the same code; the first is used");
			continue;
		}
		struct person p = { .kind = kind, .code = code, .first = a[i].first, .last = a[i].last, .email = a[i].email };
		if (!down_bind(d, 0, &p, a[i].id, unknown, false, false))
			return out_of_memory(run);
	}
	if (d->page_people.n == 0) {
		d->page = 0;
		return STEP_NEXT;
	}
	d->page++;
	return STEP_AGAIN;
}

static enum verdict learners_ask(struct run *run, struct exchange *x)
{
	return people_ask(run, x, PERSON_LEARNER);
}

static enum verdict learners_got(struct run *run, struct exchange *x)
{
	return people_got(run, x, PERSON_LEARNER);
}

static enum verdict instructors_ask(struct run *run, struct exchange *x)
{
	return people_ask(run, x, PERSON_INSTRUCTOR);
}

static enum verdict instructors_got(struct run *run, struct exchange *x)
{
	return people_got(run, x, PERSON_INSTRUCTOR);
}

const struct step down_adopt_list[] = {
	{ STEP_CALC, "unverified", .calc = wants_adoption, .skip = "adopted" },
	{ STEP_HTTP, "list-learners", .ask = learners_ask, .got = learners_got },
	{ STEP_HTTP, "list-instructors", .ask = instructors_ask, .got = instructors_got },
	{ STEP_HTTP, "list-sheets", .ask = list_ask, .got = list_got },
	{ STEP_CALC, "blank", .calc = down_blank },
	{ STEP_WAIT, "adopted" },
	STEP_END,
};
