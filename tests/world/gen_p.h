#ifndef TESTS_WORLD_GEN_P_H
#define TESTS_WORLD_GEN_P_H

/* Inside the generator: words, free people and rooms, and the special cases. */

#include "tests/world/gen.h"

struct gen__name {
	const char *text, *ascii; /* as written; as in an e-mail address */
};

extern const struct gen__name gen__last[], gen__first[], gen__towns[];
extern const char *const gen__postcodes[]; /* of the towns */
extern const char *const gen__sites[], *const gen__trainings[], *const gen__subjects[], *const gen__rooms[];
extern const char *const gen__companies[], *const gen__streets[];
enum {
	GEN_LAST = 64,
	GEN_FIRST = 48,
	GEN_TOWNS = 12,
	GEN_SITES = 10,
	GEN_TRAININGS = 12,
	GEN_SUBJECTS = 20,
	GEN_ROOMS = 8,
	GEN_COMPANIES = 16,
	GEN_STREETS = 10,
	GEN_SLOTS = 4
};

/* The four slots of a day, minutes. */
extern const int gen__slots[GEN_SLOTS][2];

/* Is anything of the other sessions at that time in the way? except: a session that does not count; 0: none. */
bool gen__instructor_free(const struct ypareo *y, int64_t instructor, int32_t day, int start, int end,
                          int64_t except);
bool gen__room_free(const struct ypareo *y, int64_t room, int32_t day, int start, int end, int64_t except);
bool gen__learners_free(const struct ypareo *y, const struct ypareo_codes *learners, int32_t day, int start, int end,
                        int64_t except);
/* One that is free, from a chance start; 0: none. site 0: any. Retired people and rooms, and people without e-mail,
 * do not count. */
int64_t gen__free_instructor(const struct ypareo *y, struct gen_random *r, int32_t day, int start, int end);
int64_t gen__free_room(const struct ypareo *y, struct gen_random *r, int64_t site, int32_t day, int start, int end);

/* A learner with name, addresses and phone by chance; not enrolled. */
struct ypareo_learner *gen__learner(struct ypareo *y, struct gen_random *r);
struct ypareo_person *gen__person(struct ypareo *y, struct gen_random *r);

/* The special cases, once the sessions are there. first: the first working day. */
void gen__quirk_people(struct ypareo *y, struct gen_random *r, struct gen_quirks *q, int32_t first);
void gen__quirk_days(struct ypareo *y, struct gen_random *r, struct gen_quirks *q, int32_t first);

#endif
