#ifndef TESTS_UNIT_HUB_FIXTURE_H
#define TESTS_UNIT_HUB_FIXTURE_H

/* A hub on virtual time, over a transport that answers when it is told to. */

#include "core/io/fetch.h"

struct hf_world {
	struct loop_backend backend;
	struct clock clock;
	int64_t mono, wall_ahead;
	struct loop *loop;
	struct fetch_transport transport;
	struct fetch_hub *hub;
	struct fetch *active[4096];
	size_t active_count, started, cancelled;
	bool closed;
	void (*on_start)(struct hf_world *hf, struct fetch *f);
};

extern struct hf_world hf;

void hf_open(unsigned connections, unsigned per_host); /* 0: the defaults */
void hf_shut(void);
struct fetch_lane *hf_lane(const char *name, unsigned concurrency, unsigned per_minute);
int64_t hf_settle(void); /* turns until nothing more is due now; when the next timer is */
void hf_forget(struct fetch *f);
void hf_answer(struct fetch *f, int status);
void hf_answer_all(void); /* with 200, one after the other, and what starts meanwhile */

extern char hf_order[256];
/* The letter stands for the fetch in hf_order[], which hf_noting keeps as hf.on_start. */
struct fetch hf_fetch(struct fetch_lane *lane, const char *letter, const char *url);
void hf_noting(struct hf_world *world, struct fetch *f);

#endif
