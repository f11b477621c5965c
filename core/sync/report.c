#include "core/sync/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

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

/* By code; code 0: by class alone. First match. */
static const struct {
	int code;
	enum fault_class class; /* FAULT_NONE: any */
	const char *remedy;
} remedies[] = {
	{ ERR_RESOLVE, FAULT_NONE, "check the address in the school's file" },
	{ ERR_CONNECT, FAULT_NONE, "check the address in the school's file, and whether that server is up" },
	{ ERR_TLS, FAULT_NONE, "check the address in the school's file; a certificate authority of one's own goes into ca_file" },
	{ ERR_TIMEOUT, FAULT_NONE, "ask who runs that server, or let answers take longer: limits.timeout_seconds in the school's file" },
	{ ERR_RESET, FAULT_NONE, "it is tried again by itself; if it stays, ask who runs that server" },
	{ ERR_UNAVAILABLE, FAULT_NONE, "it is tried again by itself; if it stays, ask who runs that server" },
	{ ERR_TRUNCATED, FAULT_NONE, "it is tried again by itself; if it stays, ask who runs that server" },
	{ ERR_REDIRECT, FAULT_NONE, "check the address in the school's file: an API answers there, and no page to log in" },
	{ ERR_NOT_JSON, FAULT_NONE, "check the address in the school's file: an API answers there, and no page to log in" },
	{ ERR_LIMIT, FAULT_LOCAL, "raise limits.memory_per_run_mib in passerelle.json if the school is as large as that" },
	{ ERR_LIMIT, FAULT_DATA, "check the address in the school's file; no answer to a school is as long as that" },
	{ -EMFILE, FAULT_NONE, "raise the limit of open files (LimitNOFILE, ulimit -n)" },
	{ -ENFILE, FAULT_NONE, "raise the limit of open files of the whole machine (fs.file-max)" },
	{ ERR_HTTP, FAULT_TRANSIENT, "it is tried again by itself; if it stays, ask who runs that server" },
	{ 0, FAULT_AUTH, "passerelle check --probe says which rights each token has" },
};

void report_remedy(struct fault *fault)
{
	size_t n = strlen(fault->what);
	for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++) {
		if (remedies[i].code && remedies[i].code != fault->code)
			continue;
		if (remedies[i].class != FAULT_NONE && remedies[i].class != fault->class)
			continue;
		if (strstr(fault->what, remedies[i].remedy))
			return;
		snprintf(fault->what + n, sizeof(fault->what) - n, "; %s", remedies[i].remedy);
		return;
	}
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
