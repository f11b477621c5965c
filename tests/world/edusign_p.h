#ifndef TESTS_WORLD_EDUSIGN_P_H
#define TESTS_WORLD_EDUSIGN_P_H

#include "tests/world/edusign.h"

/* One request being answered. */
struct ed_call {
	struct edusign *e;
	struct sim *sim;
	const struct sim_request *req;
	struct sim_reply *reply;
	struct sim_entry *entry;
	struct ed_school *school;
	struct json_writer w;
	int64_t now;              /* seconds */
	const struct json *body;  /* NULL: none, or not JSON */
};

/* Opens "result": the caller writes one value and calls ed_end(). */
void ed_begin(struct ed_call *c);
void ed_end(struct ed_call *c);
void ed_error(struct ed_call *c, const char *message);
void ed_true(struct ed_call *c);
void ed_plain(struct ed_call *c, int status, const char *text);
void ed_put_id(struct ed_call *c, struct str id);     /* {"ID": …} */
void ed_put_utc(struct ed_call *c, const char *key, int64_t at); /* null for 0 */
void ed_put_text(struct ed_call *c, const char *key, struct str s); /* null when empty */
/* A time of a request: with a zone as it says, without one by the switch. False: not a time. */
bool ed_time(struct ed_call *c, struct str s, int64_t *out);
struct str ed_query(struct ed_call *c, const char *name); /* decoded; empty: none */
bool ed_is(const struct ed_call *c, const char *method, const char *path);
/* "/v1/student/get-id/12" with prefix "/v1/student/get-id/" gives "12". */
bool ed_tail(const struct ed_call *c, const char *method, const char *prefix, struct str *tail);
struct str ed_copy(struct ed_call *c, const struct json *j);
/* Sets *to when the member is there (null empties it). True: it was there. */
bool ed_set(struct ed_call *c, const struct json *object, const char *key, struct str *to);

bool ed_courses(struct ed_call *c); /* true: it was one of its routes */
bool ed_people(struct ed_call *c);

#endif
