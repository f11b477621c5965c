#include "core/sync/snapshot.h"

#include <string.h>

/* What an environment separates: the sites of one Yparéo. Vendor fact (ypareo: sites): a session bears no site of its own,
 * its groups do. */

static int unknown_site(const struct snapshot *snap, const char *what, struct fault *fault)
{
	struct buf names;
	buf_init(&names, 160);
	const struct site *sites = snap->sites.v;
	for (size_t i = 0; i < snap->sites.n && !buf_error(&names); i++)
		buf_printf(&names, "%s%lld %.*s", i ? ", " : "", (long long)sites[i].code, STR_ARG(sites[i].name));
	int code = fault_set(fault, FAULT_DATA, ERR_CONFIG, "Yparéo has no %s; it has: %s", what, names.n ? names.p : "none");
	buf_deinit(&names);
	return code;
}

int site_set_resolve(const struct snapshot *snap, const struct env_settings *env, struct arena *arena, struct site_set *out,
                     struct fault *fault)
{
	struct site_set set = { .all = !env->structure && !env->location };
	if (set.all) {
		*out = set;
		return 0;
	}
	set.codes = map_new_int(arena);
	struct str wanted = env->location ? str_fold_case(arena, str_of(env->location)) : STR_NONE;
	const struct site *sites = snap->sites.v;
	for (size_t i = 0; i < snap->sites.n; i++)
		if (env->structure ? sites[i].code == env->structure : str_eq(str_fold_case(arena, sites[i].name), wanted))
			map_put(set.codes, sites[i].code, (void *)&sites[i]);
	if (map_count(set.codes) == 0) {
		const char *what = env->structure ? arena_printf(arena, "structure %lld", (long long)env->structure)
		                                  : arena_printf(arena, "location «%s»", env->location);
		return unknown_site(snap, what ? what : "such site", fault);
	}
	*out = set;
	return 0;
}

bool site_set_has(const struct site_set *set, int64_t site)
{
	return set->all || map_get(set->codes, site) != NULL;
}

const struct site *site_set_common(const struct snapshot *snap, const struct site_set *a, const struct site_set *b)
{
	const struct site *sites = snap->sites.v;
	for (size_t i = 0; i < snap->sites.n; i++)
		if (site_set_has(a, sites[i].code) && site_set_has(b, sites[i].code))
			return &sites[i];
	return NULL;
}

enum belongs session_belongs(const struct snapshot *snap, const struct site_set *set, const struct session *s)
{
	if (set->all)
		return BELONGS_YES;
	size_t in = 0, out = 0;
	for (size_t i = 0; i < s->groups.n; i++) {
		const struct group *g = map_get(snap->group_by_code, s->groups.v[i]);
		if (!g || !map_get(snap->site_by_code, g->site))
			continue;
		if (site_set_has(set, g->site))
			in++;
		else
			out++;
	}
	if (in == 0)
		return out ? BELONGS_NO : BELONGS_UNKNOWN;
	return in == s->groups.n ? BELONGS_YES : BELONGS_SHARED;
}

/* Yparéo names the site of an enrolment (inscriptions[].site.nomSite) and may give its code. */
static int64_t learner_site(const struct snapshot *snap, const struct learner *l)
{
	if (l->site_code && map_get(snap->site_by_code, l->site_code))
		return l->site_code;
	const struct site *sites = snap->sites.v;
	for (size_t i = 0; !str_empty(l->site) && i < snap->sites.n; i++)
		if (str_eq(str_trim(sites[i].name), str_trim(l->site)))
			return sites[i].code;
	const struct group *g = map_get(snap->group_by_code, l->group);
	return g ? g->site : 0;
}

enum belongs learner_belongs(const struct snapshot *snap, const struct site_set *set, const struct session *s, const struct learner *l,
                             enum belongs session)
{
	(void)s;
	/* all groups of the session are of this environment: so is whoever is expected there, a guest of another site included, who
	 * would stand on no sheet otherwise */
	if (set->all || session == BELONGS_YES)
		return BELONGS_YES;
	int64_t site = l ? learner_site(snap, l) : 0;
	if (!site)
		return BELONGS_UNKNOWN;
	return site_set_has(set, site) ? BELONGS_YES : BELONGS_NO;
}
