#ifndef TESTS_UNIT_FETCH_FIXTURE_H
#define TESTS_UNIT_FETCH_FIXTURE_H

/* Fetches over curl on a real loop, for the tests of the transport. */

#include "core/io/fetch.h"
#include "tests/unit/io_fixture.h"

extern struct fetch_hub *ff_hub;
extern struct fetch_lane *ff_lane;

struct ff {
	struct fetch fetch;
	bool done;
	struct buf body;   /* what the sink got */
	int sink_says;     /* returned by the sink */
	size_t sink_after; /* once it has had so many bytes */
	char url[128];
};

int ff_set_up(void **state);    /* loop, transport, hub, one lane of 64 */
void ff_fresh_lane(void);    /* one that no answer has slowed down */
int ff_tear_down(void **state); /* all of it closed, nothing may be left */
/* http://127.0.0.1:port + path */
void ff_init(struct ff *f, enum fetch_method method, enum fetch_effect effect, uint16_t port, const char *path);
void ff_deinit(struct ff *f);
void ff_run(struct ff *f); /* start, and wait for done */
enum fault_class ff_class(const struct ff *f);

/* The whole length of the first request at the start of what a peer sent, 0: not all of it is in yet. */
size_t ff_request_length(const struct io_peer *p);

#endif
