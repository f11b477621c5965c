#ifndef TESTS_WORLD_YPAREO_P_H
#define TESTS_WORLD_YPAREO_P_H

/* Inside the Yparéo simulator: one call on its way from the router (ypareo_http.c) to the function that answers it.
 */

#include "tests/world/ypareo.h"

struct ypareo__call {
	struct ypareo *y;
	const struct sim *sim; /* NULL: every switch is off */
	const struct sim_request *req;
	struct sim_reply *reply;
	const struct ypareo_key *key;
	struct json_writer w;    /* into reply->body */
	int64_t code;            /* @code of the path */
	int32_t from, to;        /* @debut, @fin of the path */
	const struct json *body; /* of a write */
	bool effect;             /* the world was changed */
	bool listed;             /* the open list has an item */
};

/* A comma list of the query; on when the filter was given. */
struct ypareo__filter {
	bool on;
	struct ypareo_codes codes; /* sorted */
};

bool ypareo__switch(const struct ypareo__call *c, enum sim_switch which);
/* {"code":status,"message":…} */
void ypareo__refuse(struct ypareo__call *c, int status, const char *message);

/* Value of a query parameter, decoded; STR_NONE when it is missing. */
struct str ypareo__param(const struct ypareo__call *c, const char *name);
struct ypareo__filter ypareo__filter(const struct ypareo__call *c, const char *name);
/* True also when the filter is off. */
bool ypareo__passes(const struct ypareo__filter *filter, int64_t code);
/* May this key see what belongs to the site? */
bool ypareo__sees(const struct ypareo__call *c, int64_t site);
/* dd-MM-yyyy with that separator, strictly. */
bool ypareo__day(struct str s, char separator, int32_t *out);
/* Has the learner an enrolment that this key may see, and that passes both filters? NULL: none of that kind. */
const struct ypareo_enrolment *ypareo__enrolled(const struct ypareo__call *c, const struct ypareo_learner *learner,
                                                const struct ypareo__filter *periods,
                                                const struct ypareo__filter *sites);

/* Lists: keyed objects, arrays by switch, [] when empty. item() stands before each record's begin_object. */
void ypareo__list_item(struct ypareo__call *c, int64_t code);
void ypareo__list_item_key(struct ypareo__call *c, const char *key);
void ypareo__list_end(struct ypareo__call *c);
/* Values as this vendor writes them. */
void ypareo__put_flag(struct ypareo__call *c, const char *key, bool value);   /* 0, 1 */
void ypareo__put_code(struct ypareo__call *c, const char *key, int64_t code); /* 0 is null */
void ypareo__put_day(struct ypareo__call *c, const char *key, int32_t day);   /* 0 is "" */
void ypareo__put_codes(struct ypareo__call *c, const char *key, const struct ypareo_codes *codes);

/* ypareo_read.c: reference lists, groups, learners */
void ypareo__sites(struct ypareo__call *c);
void ypareo__periods(struct ypareo__call *c);
void ypareo__years(struct ypareo__call *c);
void ypareo__statuses(struct ypareo__call *c);
void ypareo__subjects(struct ypareo__call *c);
void ypareo__trainings(struct ypareo__call *c);
void ypareo__training(struct ypareo__call *c);
void ypareo__groups_long(struct ypareo__call *c);
void ypareo__groups_short(struct ypareo__call *c);
void ypareo__group(struct ypareo__call *c);
void ypareo__rooms(struct ypareo__call *c);
void ypareo__reasons(struct ypareo__call *c);

/* ypareo_people.c: learners, staff, companies */
void ypareo__learners_long(struct ypareo__call *c);
void ypareo__learners_short(struct ypareo__call *c);
void ypareo__group_learners(struct ypareo__call *c);
void ypareo__learner(struct ypareo__call *c);
void ypareo__attendees(struct ypareo__call *c);
void ypareo__learner_accounts(struct ypareo__call *c);
void ypareo__staff(struct ypareo__call *c);
void ypareo__one_of_staff(struct ypareo__call *c);
void ypareo__staff_accounts(struct ypareo__call *c);
void ypareo__groups_of_staff(struct ypareo__call *c);
void ypareo__contracts(struct ypareo__call *c);
void ypareo__learner_contracts(struct ypareo__call *c);
void ypareo__companies(struct ypareo__call *c);
void ypareo__company(struct ypareo__call *c);
void ypareo__tutors(struct ypareo__call *c);

/* ypareo_days.c: planning, absences, attendance of instructors */
void ypareo__planning(struct ypareo__call *c);
void ypareo__planning_group(struct ypareo__call *c);
void ypareo__planning_learner(struct ypareo__call *c);
void ypareo__absences(struct ypareo__call *c);
void ypareo__group_absences(struct ypareo__call *c);
void ypareo__absence_post(struct ypareo__call *c);
void ypareo__absence_put(struct ypareo__call *c);
void ypareo__absence_delete(struct ypareo__call *c);
void ypareo__attendances(struct ypareo__call *c);
void ypareo__attendance_put(struct ypareo__call *c);

#endif
