#include <string.h>

#include "core/sync/down.h"

/* What is told of a whole environment, and of no record. */

/* How far our clock and the upstreams' may be apart. */
#define CLOCK_TOLERANCE_S 120

/* A structure id and a location may be one site, which only Yparéo can say. */
void down_tell_sites(struct down_env *d)
{
	struct arena *arena = d->cmp.arena;
	for (unsigned i = 0; i < d->settings->environment_count; i++) {
		const struct env_settings *other = &d->settings->environments[i];
		struct site_set set;
		struct fault ignored = { 0 };
		if (strcmp(other->key, d->env->key) == 0 || site_set_resolve(d->snap, other, arena, &set, &ignored))
			continue;
		const struct site *site = site_set_common(d->snap, &d->cmp.sites, &set);
		if (site)
			issues_add(d->issues, STR("environment"), "site", 0, "Take one of the two environments out of the school's file",
			           "has the site %lld (%.*s) that environment %s has too: its sessions get a sheet in both accounts", (long long)site->code,
			           STR_ARG(site->name), other->key);
	}
}

/* A week of planning in which nothing is held remotely: a school that keeps only such sessions has no sheets, and does not see why. */
static void tell_remote(struct down_env *d)
{
	const struct snapshot *snap = d->snap;
	const struct session *all = snap->sessions.v;
	char first[DAY_TEXT], last[DAY_TEXT];
	bool any = false, remote = false;
	for (size_t i = 0; i < snap->sessions.n && !remote; i++) {
		bool ours = (all[i].remote || !any) && session_belongs(snap, &d->cmp.sites, &all[i]) != BELONGS_NO;
		any = any || ours;
		remote = ours && all[i].remote;
	}
	if (any && !remote)
		issues_add(d->issues, STR("environment"), "remote_only", 0,
		           "Mark the sessions that are held remotely in Yparéo, or set ypareo.remote_only to false in the school's file",
		           "no session from %s to %s is held remotely, and ypareo.remote_only keeps only such: there are no sheets",
		           day_iso(snap->first, first), day_iso(snap->last, last));
}

void down_tell_choices(struct down_env *d)
{
	if (d->settings->remote_only && d->snap->last - d->snap->first >= 6)
		tell_remote(d);
}

/* With a clock that is wrong "today" is wrong, and so is what has started: nothing is removed by it. */
void down_hold_by_clock(struct down_env *d)
{
	int64_t skew = d->snap->clock_skew_ms / 1000;
	struct item **all = d->cmp.items.v;
	if (skew <= CLOCK_TOLERANCE_S && skew >= -CLOCK_TOLERANCE_S)
		return;
	issues_add(d->issues, STR("environment"), "clock", 0, "Set this machine's clock (NTP), or ask the host of Yparéo to set theirs",
	           "this machine's clock and Yparéo's are %lld s apart: removals are held", (long long)(skew < 0 ? -skew : skew));
	for (size_t i = 0; i < d->cmp.items.n; i++)
		if (all[i]->kind == ITEM_SHEET && all[i]->action == ACTION_DELETE)
			all[i]->phase = ITEM_HELD;
}
