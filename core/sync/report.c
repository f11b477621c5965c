#include "core/sync/report.h"

const char *flow_kind_name(enum flow_kind flow)
{
	return flow == FLOW_DOWN ? "down" : "up";
}

const char *result_name(enum result r)
{
	static const char *const names[] = { "ok", "issues", "held", "failed" };
	return names[r];
}

int result_exit(enum result r)
{
	static const int codes[] = { 0, 3, 4, 5 };
	return codes[r];
}

const char *count_kind_name(enum count_kind kind)
{
	static const char *const names[COUNT_KIND_COUNT] = {
#define X(name, text) [name] = text,
		COUNT_KINDS(X)
#undef X
	};
	return names[kind];
}

const char *action_name(enum action a)
{
	static const char *const names[ACTION_COUNT] = { "create", "update", "delete" };
	return names[a];
}

void report_settle(struct report *r)
{
	r->result = RESULT_OK;
	for (unsigned i = 0; i < r->environment_count; i++) {
		struct env_report *e = &r->environments[i];
		if (fault_is(&e->error))
			e->result = RESULT_FAILED;
		else if (!str_empty(e->plan))
			e->result = RESULT_HELD;
		else
			e->result = e->issues.n ? RESULT_ISSUES : RESULT_OK;
		if (e->result > r->result)
			r->result = e->result;
	}
}

bool report_nothing_left(const struct report *r)
{
	for (unsigned i = 0; i < r->environment_count; i++) {
		const struct env_report *e = &r->environments[i];
		if (!str_empty(e->approved) && e->approved_left == 0 && !fault_is(&e->error))
			return true;
	}
	return false;
}
