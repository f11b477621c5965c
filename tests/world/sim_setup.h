#ifndef TESTS_WORLD_SIM_SETUP_H
#define TESTS_WORLD_SIM_SETUP_H

/* Customers of both vendors for passerelle-sim, and the files that make passerelle serve them. */

#include "tests/world/gen.h"
#include "tests/world/sim.h"

struct sim_setup {
	unsigned schools; /* 0: 1 */
	bool by_site; /* an environment for each site, by structure id and location name in turn; else one for all */
	struct gen_options gen; /* of each; seed + n for the n-th, its token is the customer's own */
};

/* The customer's name and tenant id: "cfa-lyon", …; names beyond the known towns are numbered. */
const char *sim_setup_name(unsigned n, char out[32]);
/* Makes the customers in a sim that has none: their Yparéos, and for each environment an Edusign school with the id
 * edusign_new_id() gives, named after the customer, or the customer and the site. */
void sim_setup_make(struct sim *sim, const struct sim_setup *setup);
/* The environment's Edusign school; index from 0. */
struct ed_school *sim_setup_school(struct sim *sim, const struct sim_setup *setup, unsigned customer, unsigned index);
unsigned sim_setup_environments(struct sim *sim, const struct sim_setup *setup, unsigned customer);
/* DIR/passerelle.json, DIR/tenants.d/NAME.json, DIR/secrets/ypareo-NAME and edusign-NAME[-2 …] (mode 0600), each
 * renamed into place. The addresses end before "/NAME/index.php" and with "/v1". 0 or -errno; blocks. */
int sim_setup_write(struct sim *sim, const struct sim_setup *setup, const char *dir, const char *ypareo_url,
                    const char *edusign_url) MUST_USE;

#endif
