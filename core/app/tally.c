#include "core/app/tally.h"

static const double bounds[] = {1, 2, 5, 10, 20, 60, 120, 300, 600, 1800, 3600};

void tally_init(struct tally *t)
{
	*t = (struct tally){.flows = {{.runs = {0}}}};
	for (int flow = 0; flow < FLOW_KIND_COUNT; flow++)
		metrics_histogram_init(&t->flows[flow].seconds, bounds, sizeof(bounds) / sizeof(bounds[0]));
}

void tally_run(struct tally *t, const struct report *r)
{
	struct tally_flow *f = &t->flows[r->flow];
	if (r->plan_only)
		return;
	f->runs[r->result]++;
	metrics_histogram_add(&f->seconds, (double)(r->ended - r->started));
	for (unsigned i = 0; i < r->environment_count; i++) {
		for (int kind = 0; kind < COUNT_KIND_COUNT; kind++) {
			const struct counts *c = &r->environments[i].counts[kind];
			f->records[kind][ACTION_CREATE] += c->created;
			f->records[kind][ACTION_UPDATE] += c->updated;
			f->records[kind][ACTION_DELETE] += c->deleted;
		}
	}
}
