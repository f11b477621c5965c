#include "core/sync/down.h"

#include <string.h>

/*
 * First contact: two connectors on one account double everything. Before anything is written to an account for the
 * first time, the school is asked whether passerelle shall work with it, if something says that another one does.
 */

/* Lists read to an empty page say of each code what looking it up would say, as long as nobody but us writes codes there: no connector is named,
 * and of a write of ours that might still arrive the journal would know. Archived people are in no list: their addresses are looked up all the same, and where
 * anything at all bears a code, or was ever written from here, each code is. */
enum verdict down_blank(struct run *run)
{
	struct down_env *d = run_state(run);
	const struct env_state *s = &d->state;
	size_t known = map_count(s->sheets) + map_count(s->groups) + s->intents.n;
	for (int k = 0; k < PERSON_KIND_COUNT; k++)
		known += map_count(s->people[k]);
	d->blank = known == 0 && !d->codes_there && !s->first_down_ok && str_empty(d->school.connector);
	return STEP_NEXT;
}

bool down_cannot_be_there(const struct doing *g)
{
	return g->d->blank && !g->item->intent && !g->item->tries;
}

void down_contact_foreign(struct down_env *d, const struct sheet *s)
{
	int32_t day = tz_from_utc(d->settings->zone, s->start).day;
	d->foreign += day >= d->snap->first && day <= d->snap->last;
}

/* The same question for as long as it is the same account: its id does not change with the days. */
static int64_t id_of(const struct down_env *d)
{
	struct digest digest;
	uint8_t hash[32];
	int64_t id;
	digest_init(&digest);
	digest_add(&digest, STR("first contact"));
	digest_add(&digest, d->school.id);
	digest_add(&digest, d->school.connector);
	digest_end(&digest, hash);
	memcpy(&id, hash, sizeof(id));
	return id;
}

static const char *reason_of(struct down_env *d)
{
	const char *sheets =
	        d->foreign ? arena_printf(d->report_arena, "%zu sheet%s in Edusign bear%s codes of something else",
	                                  d->foreign, d->foreign == 1 ? "" : "s", d->foreign == 1 ? "s" : "")
	                   : "";
	const char *connector =
	        str_empty(d->school.connector)
	                ? ""
	                : arena_printf(d->report_arena, "Edusign names the connector \"%.*s\" for this school",
	                               STR_ARG(d->school.connector));
	if (!sheets || !connector)
		return NULL;
	return arena_printf(d->report_arena, "first contact: %s%s%s", sheets, *sheets && *connector ? ", and " : "",
	                    connector);
}

int down_contact(struct down_env *d, const char **why)
{
	*why = NULL;
	if (d->state.first_down_ok || (!d->foreign && str_empty(d->school.connector)))
		return 0;
	int64_t id = id_of(d);
	const char *reason = reason_of(d);
	if (!reason)
		return ERR_LIMIT;
	map_put(d->planned, id, d);
	enum held_answer answer = held_answer_to(&d->held, id);
	if (answer == HELD_APPROVED)
		return 0;
	d->uninvited = true;
	d->asks_contact = answer == HELD_WAITING;
	issues_add(d->issues, STR("environment"), "connector", 0,
	           "Switch the other connector off in Edusign; then let passerelle begin: passerelle status names "
	           "the plan to approve",
	           "%s: two connectors on one account double everything, so nothing is written", reason);
	d->question = (struct held_change){.id = id,
	                                   .what = {.action = ACTION_UPDATE,
	                                            .record = STR("environment"),
	                                            .reason = str_of(reason),
	                                            .held = true}};
	*why = reason;
	return 0;
}
