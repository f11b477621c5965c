#include "core/flow/flow_p.h"

#include <string.h>

/* An EACH row: children come, take a place, end and are heard. */

/* A child in a WAIT row has given its place away. */
static unsigned places_taken(const struct run *run)
{
	unsigned n = run->living;
	for (const struct list *l = run->children.next; l != &run->children; l = l->next)
		n -= list_entry(l, const struct run, link)->waiting == WAIT_TIME;
	return n;
}

static unsigned width_of(struct run *run)
{
	const struct step *row = run->row;
	unsigned width = row->width ? row->width : row->width_of ? row->width_of(run) : 1;
	return width ? width : 1; /* a row that starts nobody would pass for one that had nothing to do */
}

/* The row's fault is set; the other children end, unheard. */
static void fail(struct run *run)
{
	run->failing = true;
	flow__cancel_children(run);
}

static void hear(struct run *run, struct run *child)
{
	const struct step *row = run->row;
	enum verdict v = STEP_NEXT;
	memset(&run->fault, 0, sizeof(run->fault));
	if (row->joined)
		v = row->joined(run, child->state, &child->fault);
	else if (fault_is(&child->fault))
		v = run_fail(run, &child->fault);
	if (v == STEP_NEXT)
		return;
	if (v != STEP_FAIL)
		run__bug(run, "joined() says neither NEXT nor FAIL");
	fail(run);
}

static void hear_ended(struct run *run)
{
	struct list *node;
	while (!run->cancelled && !run->top->frozen && (node = list_take_first(&run->ended_children)) != NULL) {
		struct run *child = list_entry(node, struct run, link);
		run->living--;
		if (!run->failing)
			hear(run, child);
		run__destroy(child);
	}
}

static bool may_start(struct run *run, unsigned width)
{
	return !run->cancelled && !run->top->frozen && !run->failing && !run->no_more &&
	       run->living < CHILDREN_MOST && places_taken(run) < width;
}

/* Returns false when next() has none now. */
static bool start_next(struct run *run)
{
	void *state = NULL;
	memset(&run->fault, 0, sizeof(run->fault));
	enum next next = run->row->next(run, &state);
	if (run->cancelled || run->top->frozen)
		return true;
	if (fault_is(&run->fault)) {
		fail(run);
		return true;
	}
	if (next == CHILD_READY)
		flow__schedule(run__child(run, run->row->sub, state));
	else if (next == CHILD_NONE)
		run->no_more = true;
	return next != CHILD_LATER;
}

bool flow__pump(struct run *run, enum verdict *v)
{
	hear_ended(run);
	bool later = false;
	unsigned width = run->cancelled || run->top->frozen ? 1 : width_of(run);
	while (!later && may_start(run, width))
		later = !start_next(run);
	if (run->living)
		return false;
	if (run->failing)
		*v = STEP_FAIL;
	else if (later)
		*v = run__bug(run, "its children wait for each other");
	else
		*v = STEP_NEXT;
	return true;
}
