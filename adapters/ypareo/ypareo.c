#include "adapters/ypareo/ypareo_p.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lists take 20 to 60 seconds on a large school, and some are tens of megabytes: neither is a failure. */
#define LIST_TIMEOUT_MS 300000
#define LIST_MOST_BYTES ((size_t)512 << 20)

static const struct endpoint table[] = {
#define X(id, name, method, path, writes, assumed) {name, method, path, writes, assumed},
        YPAREO_ENDPOINTS(X)
#undef X
};

const struct endpoint *ypareo_endpoints(size_t *count)
{
	*count = YPAREO_ENDPOINT_COUNT;
	return table;
}

static const struct planning_port functions = {
        .sites = ypareo_port__sites,
        .periods = ypareo_port__periods,
        .groups = ypareo_port__groups,
        .short_groups = ypareo_port__short_groups,
        .trainings = ypareo_port__trainings,
        .rooms = ypareo_port__rooms,
        .planning = ypareo_port__planning,
        .planning_all = ypareo_port__planning_all,
        .learners = ypareo_port__learners,
        .short_learners = ypareo_port__short_learners,
        .learner = ypareo_port__learner,
        .learner_accounts = ypareo_port__learner_accounts,
        .instructors = ypareo_port__instructors,
        .contracts = ypareo_port__contracts,
        .companies = ypareo_port__companies,
        .contacts = ypareo_port__contacts,
        .reasons = ypareo_port__reasons,
        .absences = ypareo_port__absences,
        .absence_create = ypareo_port__absence_create,
        .absence_update = ypareo_port__absence_update,
        .absence_delete = ypareo_port__absence_delete,
        .payroll = ypareo_port__payroll,
        .payroll_put = ypareo_port__payroll_put,
};

int ypareo_open(const struct adapter_connection *connection, const struct planning_port **out, struct fault *fault)
{
	struct ypareo *y = xcalloc(1, sizeof(*y));
	int rc = adapter__side_init(&y->side, "Yparéo", connection, "/index.php", "/r/v1", table,
	                            YPAREO_ENDPOINT_COUNT, fault);
	if (rc) {
		free(y);
		return rc;
	}
	y->side.secret_name = "X-Auth-Token";
	buf_addz(&y->side.secret, connection->token);
	y->port = functions;
	y->port.self = y;
	y->port.address = y->side.address.p;
	y->port.concurrency = y->side.concurrency;
	*out = &y->port;
	return 0;
}

void ypareo_close(const struct planning_port **port)
{
	if (!*port)
		return;
	struct ypareo *y = (*port)->self;
	*port = NULL;
	adapter__side_deinit(&y->side);
	free(y);
}

/* ---- what the questions share ---- */

/* A list that a school's key may lack is empty, where the port says so. */
static void list_finish(struct exchange *x)
{
	struct ypareo_port__question *q = x->adapter;
	bool refused = x->fault.class == FAULT_AUTH || (x->fault.class == FAULT_REMOTE && x->reply.status == 404);
	if (q->optional && refused)
		memset(&x->fault, 0, sizeof(x->fault));
	(void)adapter__settle(x);
	q->known = NULL;
}

struct ypareo_port__question *ypareo_port__list(struct ypareo *y, struct exchange *x,
                                                enum ypareo_port__endpoint which, const struct shape *root,
                                                struct arena *keep, struct items *out, size_t size,
                                                const struct adapter__arg *args)
{
	struct ypareo_port__question *q = adapter__ask(&y->side, x, which, FETCH_READ, sizeof(*q), args);
	if (!q)
		return NULL;
	q->keep = keep;
	adapter__stage(&q->base, keep, out, size);
	x->shape = root;
	x->root = &q->base.nothing;
	x->finish = list_finish;
	if (!x->request.timeout_ms)
		x->request.timeout_ms = LIST_TIMEOUT_MS;
	x->request.max_body = LIST_MOST_BYTES;
	return q;
}

void ypareo_port__days(struct ypareo_port__days *d, int32_t first, int32_t last)
{
	memset(d, 0, sizeof(*d));
	d->args[0] = (struct adapter__arg){"first", str_of(day_dashes(first, d->first))};
	d->args[1] = (struct adapter__arg){"last", str_of(day_dashes(last, d->last))};
}

void ypareo_port__query_periods(struct exchange *x, struct ints periods)
{
	struct buf b;
	if (periods.n == 0)
		return;
	buf_init(&b, 4096);
	for (size_t i = 0; i < periods.n; i++)
		buf_printf(&b, "%s%lld", i ? "," : "", (long long)periods.v[i]);
	adapter__query(x, "codesPeriode", b.p);
	buf_deinit(&b);
}

bool ypareo_port__repeated(struct ypareo_port__question *q, int64_t code)
{
	if (!q->known)
		q->known = map_new_int(q->base.x->arena);
	if (map_get(q->known, code))
		return true;
	map_put(q->known, code, q);
	return false;
}
