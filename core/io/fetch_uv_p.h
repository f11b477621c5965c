#ifndef CORE_IO_FETCH_UV_P_H
#define CORE_IO_FETCH_UV_P_H

/* What fetch_uv.c (curl's multi interface on the loop, HTTP) and fetch_smtp.c (mail) share: the only files that know curl. */

#include <curl/curl.h>

#include "core/io/fetch.h"

#define CONNECT_TIMEOUT_MS 10000
#define TIMEOUT_MS         60000
#define POOL_MOST          64

struct transport {
	struct fetch_transport base;
	struct loop *loop;
	unsigned total, per_host;
	const struct networks *allow_private;
	struct list engines;
	unsigned engine_count, mail_engines;
	CURL *pool[POOL_MOST];
	unsigned pooled;
	bool giving_out; /* inside done() of a fetch */
};

/* One multi handle and what belongs to it: all that trust one CA bundle. */
struct engine {
	struct transport *t;
	struct list link;
	char *ca_file;
	CURLM *multi;
	struct loop_timer timer;
	struct loop_task settle; /* gives out what ended outside a socket event */
	struct list active;      /* transfers */
	struct list failed;      /* those that never got into the multi */
	struct list orphans;     /* cancelled from inside a callback of curl's: taken out when that is over */
	struct list watchers;
	bool inside; /* inside curl_multi_socket_action() */
	bool broken;
	bool mail; /* carries one mail at a time, and nothing else */
};

/* One fetch on its way. */
struct transfer {
	struct engine *e;
	struct fetch *f; /* NULL: cancelled */
	CURL *easy;
	struct curl_slist *headers;
	size_t body_at;
	size_t header_bytes;
	unsigned header_lines;
	int socket_error;
	bool near;   /* its URL says that it stays on this machine: plain text is for that only */
	int failure; /* why it never got into the multi */
	struct smtp *smtp; /* of a mail (fetch_smtp.c) */
	struct list link;
	char error[CURL_ERROR_SIZE];
};

/* The options that every transfer has: what is verified, no signals, the error's text, the sockets. */
int fetch__set_common(struct transfer *x);
/* Ends it: takes it out of its multi, and gives it out. code 0: the reply says all. Frees x. */
void fetch__end(struct transfer *x, int code, const char *detail);

/* ---- fetch_smtp.c ---- */

/* Sets the handle up for a connection that is greeted, encrypted and logged in; the message is ours to say. 0, or a code. */
int smtp__prepare(struct transfer *x) MUST_USE;
/* Curl is done: with rc, or there is a connection, and the dialog begins. Ends x, now or later. */
void smtp__connected(struct transfer *x, CURLcode rc, int code);
/* Nothing is called any more, nothing is watched; did the final dot leave? */
bool smtp__stop(struct transfer *x);
void smtp__free(struct transfer *x);

#endif
