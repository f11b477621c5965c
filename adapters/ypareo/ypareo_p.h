#ifndef ADAPTERS_YPAREO_YPAREO_P_H
#define ADAPTERS_YPAREO_YPAREO_P_H

#include "adapters/adapter_p.h"
#include "adapters/ypareo/ypareo.h"

/* X(id, name, method, path, writes, assumed) */
#define YPAREO_ENDPOINTS(X)                                                                                          \
	X(YPAREO_SITES, "sites", FETCH_GET, "/r/v1/sites", false, false)                                             \
	X(YPAREO_PERIODS, "periods", FETCH_GET, "/r/v1/periodes", false, false)                                      \
	X(YPAREO_GROUPS, "groups", FETCH_GET, "/r/v1/formation-longue/groupes", false, false)                        \
	X(YPAREO_SHORT_GROUPS, "short_groups", FETCH_GET, "/r/v1/formation-courte/{first}/{last}/groupes", false,    \
	  true)                                                                                                      \
	X(YPAREO_TRAININGS, "trainings", FETCH_GET, "/r/v1/formations", false, false)                                \
	X(YPAREO_ROOMS, "rooms", FETCH_GET, "/r/v1/salles", false, true)                                             \
	X(YPAREO_PLANNING, "planning", FETCH_GET, "/r/v1/planning/{first}/{last}/groupes/{code}", false, false)      \
	X(YPAREO_PLANNING_ALL, "planning_all", FETCH_GET, "/r/v1/planning/{first}/{last}/groupes", false, false)     \
	X(YPAREO_LEARNERS, "learners", FETCH_GET, "/r/v1/formation-longue/apprenants", false, false)                 \
	X(YPAREO_SHORT_LEARNERS, "short_learners", FETCH_GET, "/r/v1/formation-courte/{first}/{last}/apprenants",    \
	  false, true)                                                                                               \
	X(YPAREO_LEARNER, "learner", FETCH_GET, "/r/v1/apprenants/{code}", false, false)                             \
	X(YPAREO_LEARNER_ACCOUNTS, "learner_accounts", FETCH_GET, "/r/v1/utilisateur/apprenants", false, false)      \
	X(YPAREO_INSTRUCTORS, "instructors", FETCH_GET, "/r/v1/utilisateur/personnels", false, false)                \
	X(YPAREO_CONTRACTS, "contracts", FETCH_GET, "/r/v1/contrats", false, false)                                  \
	X(YPAREO_COMPANIES, "companies", FETCH_GET, "/r/v1/entreprises", false, false)                               \
	X(YPAREO_CONTACTS, "contacts", FETCH_GET, "/r/v1/entreprises/{code}/interlocuteurs", false, false)           \
	X(YPAREO_REASONS, "reasons", FETCH_GET, "/r/v1/motifs-absence", false, true)                                 \
	X(YPAREO_ABSENCES, "absences", FETCH_GET, "/r/v1/absences/{first}/{last}", false, false)                     \
	X(YPAREO_ABSENCE_CREATE, "absence_create", FETCH_POST, "/r/v1/absences", true, true)                         \
	X(YPAREO_ABSENCE_UPDATE, "absence_update", FETCH_PUT, "/r/v1/absences", true, true)                          \
	X(YPAREO_ABSENCE_DELETE, "absence_delete", FETCH_DELETE, "/r/v1/absences/{code}", true, true)                \
	X(YPAREO_PAYROLL, "payroll", FETCH_GET, "/r/v1/emargements/personnels/{first}/{last}", false, true)          \
	X(YPAREO_PAYROLL_PUT, "payroll_put", FETCH_PUT, "/r/v1/emargements/personnels", true, true)

enum ypareo_port__endpoint {
#define X(id, name, method, path, writes, assumed) id,
	YPAREO_ENDPOINTS(X)
#undef X
	        YPAREO_ENDPOINT_COUNT
};

struct ypareo {
	struct adapter__side side;
	struct planning_port port;
};

struct ypareo_port__question {
	struct adapter__question base; /* first */
	struct arena *keep;
	const struct tz *zone;
	bool (*want)(void *arg, int64_t code);
	void *arg;
	struct map *known; /* codes of this answer, or the caller's records by code */
	int32_t day;
	int64_t group, company, learner;
	void (*each_company)(void *arg, int64_t code, struct str name);
	void (*set_contract)(void *arg, const struct contract *c);
	int64_t *code_out;
	void *root;
	bool optional; /* a key that may not ask this gets an empty answer */
};

/* A list that streams into root's .each; elements of size bytes are staged for out (NULL: none are). */
struct ypareo_port__question *ypareo_port__list(struct ypareo *y, struct exchange *x,
                                                enum ypareo_port__endpoint which, const struct shape *root,
                                                struct arena *keep, struct items *out, size_t size,
                                                const struct adapter__arg *args) MUST_USE;
/* The dates of a path, in the places {first} and {last}. */
struct ypareo_port__days {
	char first[DAY_TEXT], last[DAY_TEXT];
	struct adapter__arg args[ADAPTER__ARGS];
};
void ypareo_port__days(struct ypareo_port__days *d, int32_t first, int32_t last);
/* codesPeriode=1,2 */
void ypareo_port__query_periods(struct exchange *x, struct ints periods);
/* Was this code met in this answer before? Remembers it. */
bool ypareo_port__repeated(struct ypareo_port__question *q, int64_t code);

/* The members of the port, one each. */
void ypareo_port__sites(void *self, struct exchange *x, struct arena *keep, struct items *out);
void ypareo_port__periods(void *self, struct exchange *x, struct arena *keep, struct items *out);
void ypareo_port__groups(void *self, struct exchange *x, struct arena *keep, struct ints periods, struct items *out);
void ypareo_port__short_groups(void *self, struct exchange *x, struct arena *keep, int32_t first, int32_t last,
                               struct items *out);
void ypareo_port__trainings(void *self, struct exchange *x, struct arena *keep, struct items *out);
void ypareo_port__rooms(void *self, struct exchange *x, struct arena *keep, struct items *out);
void ypareo_port__planning(void *self, struct exchange *x, struct arena *keep, const struct tz *zone, int32_t first,
                           int32_t last, int64_t group, struct items *out);
void ypareo_port__planning_all(void *self, struct exchange *x, struct arena *keep, const struct tz *zone,
                               int32_t first, int32_t last, struct items *out);
void ypareo_port__learners(void *self, struct exchange *x, struct arena *keep, struct ints periods,
                           bool (*want)(void *, int64_t), void *arg, struct items *out);
void ypareo_port__short_learners(void *self, struct exchange *x, struct arena *keep, int32_t first, int32_t last,
                                 bool (*want)(void *, int64_t), void *arg, struct items *out);
void ypareo_port__learner(void *self, struct exchange *x, struct arena *keep, int64_t code, struct items *out);
void ypareo_port__learner_accounts(void *self, struct exchange *x, struct arena *keep, struct map *by_code);
void ypareo_port__instructors(void *self, struct exchange *x, struct arena *keep, bool (*want)(void *, int64_t),
                              void *arg, struct items *out);
void ypareo_port__contracts(void *self, struct exchange *x, struct ints periods, int32_t day,
                            void (*set)(void *, const struct contract *), void *arg);
void ypareo_port__companies(void *self, struct exchange *x, void (*each)(void *, int64_t, struct str), void *arg);
void ypareo_port__contacts(void *self, struct exchange *x, struct arena *keep, int64_t company, struct items *out);
void ypareo_port__reasons(void *self, struct exchange *x, struct arena *keep, struct items *out);
void ypareo_port__absences(void *self, struct exchange *x, struct arena *keep, int32_t first, int32_t last,
                           bool (*want)(void *, int64_t), void *arg, struct items *out);
void ypareo_port__absence_create(void *self, struct exchange *x, const struct absence *a, int64_t *code_out);
void ypareo_port__absence_update(void *self, struct exchange *x, const struct absence *a);
void ypareo_port__absence_delete(void *self, struct exchange *x, int64_t code);
void ypareo_port__payroll(void *self, struct exchange *x, struct arena *keep, int32_t first, int32_t last,
                          struct items *out);
void ypareo_port__payroll_put(void *self, struct exchange *x, const struct payroll *p);

#endif
