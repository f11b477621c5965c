#ifndef CORE_IO_FETCH_H
#define CORE_IO_FETCH_H

/*
 * Outbound HTTP, and mail. A fetch is a request, the reply's facts, and a sink that takes the body as it streams. It goes
 * through a lane (one per upstream account of a tenant), which admits it when its own bounds and the process's allow;
 * time spent waiting for admission counts against no timeout. Then a transport carries it: curl (fetch_uv.c), or the
 * simulators in process (tests/world).
 *
 * Sent once. libcurl repeats any request by itself when a reused connection dies before the first byte of the answer; a
 * write must never be. So a request says what it does to the other side, and everything but FETCH_READ leaves at
 * most once: its body through a read callback without a seek callback, or, without a body, on a fresh connection.
 *
 * A mail (FETCH_MAIL) is a fetch too: one message to one address over SMTP, on a connection of its own, admitted as all
 * others. What the server did with it is fetch_fault()'s class: none, taken; transient, auth, data, local: not taken, for a
 * reason that may pass (of this server or of how it is asked); remote: refused for good; uncertain: the final dot left, and no
 * answer to it came.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "core/base/list.h"
#include "core/base/str.h"
#include "core/io/breaker.h"
#include "core/io/loop.h"
#include "core/io/network.h"

enum fetch_method { FETCH_GET, FETCH_POST, FETCH_PUT, FETCH_PATCH, FETCH_DELETE, FETCH_MAIL, FETCH_METHOD_COUNT };
const char *fetch_method_name(enum fetch_method m);

enum fetch_effect {
	FETCH_READ,        /* changes nothing: may be repeated freely */
	FETCH_WRITE_KEYED, /* repeating it gives the same state (a PUT by key, a DELETE by id) */
	FETCH_WRITE_ONCE,  /* repeating it may double something: read back before any repeat */
};

#define FETCH_HEADERS 6

/* Both addresses as mail_address_ok() likes them (core/io/mail.h). */
struct fetch_envelope {
	const char *from, *to;
	const char *user, *password; /* NULL: without */
};

struct fetch_request {
	enum fetch_method method;
	enum fetch_effect effect;
	const char *url;                    /* whole, percent-encoded; credentials never in it */
	struct { const char *name, *value; } headers[FETCH_HEADERS]; /* NULL name: unused */
	struct { const char *name, *value; } secret; /* the credential's header ("Authorization", "Bearer …"): never logged */
	struct str body;                    /* sent as application/json; empty: none */
	/* FETCH_MAIL: effect is FETCH_WRITE_ONCE, url is smtps://host[:port], or smtp:// for STARTTLS, which must then be there; on
	 * a loopback address plain, unless ca_file is given. body: the whole message, lines ended by CRLF. timeout_ms: for each answer; the
	 * one to the final dot is waited for 10 min. */
	struct fetch_envelope envelope;
	const char *ca_file;                /* NULL: the system's bundle */
	const char *unix_socket;            /* NULL: TCP */
	uint32_t connect_timeout_ms;        /* 0: 10 s */
	uint32_t timeout_ms;                /* the whole exchange once admitted; 0: 60 s */
	size_t max_body;                    /* decoded bytes; 0: 64 MiB */
	bool http1;                         /* never HTTP/2 */
	/* Each piece of a 2xx body; another status's body is kept as far as reply.head goes. Non-zero (an ERR_ code) ends the
	 * transfer with that code; that, not fetch_cancel(), is how a sink ends its own fetch. It may cancel others. */
	int (*sink)(void *arg, const char *p, size_t n);
	void *sink_arg;
};

struct fetch_reply {
	int code;             /* 0: an answer came in whole, whatever its status; else ERR_… or -errno */
	bool sent;            /* the request, or part of it, may have reached the server; of a mail: the final dot */
	int status;           /* HTTP's, SMTP's; 0 when no status line came */
	uint32_t retry_after_s;
	int64_t date_ms;      /* the server's Date header, wall clock; 0 none */
	char content_type[64];
	char head[513];       /* first bytes of the body, NUL-terminated: for error texts and plain-text answers */
	size_t head_n;
	uint64_t body_bytes;
	int64_t started_ms, ended_ms; /* monotonic; started when admitted */
	char detail[160];     /* the transport's own words, without secrets; "" none */
};

struct fetch_lane;
struct fetch_hub;
struct fetch_stand;

struct fetch {
	struct fetch_request request;
	struct fetch_reply reply;
	struct fetch_lane *lane;
	void (*done)(struct fetch *f); /* on the loop, never from inside fetch_start; not called after fetch_cancel */
	/* below: the hub's and the transport's */
	struct list link;
	struct fetch_stand *stand;
	bool slow, refused;
	enum { FETCH_IDLE, FETCH_QUEUED, FETCH_ACTIVE } state;
	void *transport;
};

/* What carries an admitted fetch. start() must end in one fetch_finish(), never from inside start(). cancel(): no callback
 * will come; whether the request reached the server is unknown. */
struct fetch_transport {
	void (*start)(struct fetch_transport *t, struct fetch *f);
	void (*cancel)(struct fetch_transport *t, struct fetch *f);
	void (*close)(struct fetch_transport *t); /* frees t */
};

/* Of the whole process: fetches admitted at once, and so connections busy at once. One that takes longer than 5 s no longer
 * counts and makes room for another; so there may be as many again that are slow, in all and at each host. */
struct fetch_limits {
	unsigned connections;          /* 0: 256 */
	unsigned connections_per_host; /* 0: 32 */
	/* Private addresses that may be connected to, whatever the URL or the name behind it (network.h); outlives the transport. NULL: loopback, where
	 * the URL itself says so. The others end with ERR_PRIVATE, unsent. */
	const struct networks *allow_private;
};

/* curl multi on the loop. */
int fetch_transport_curl(struct loop *loop, const struct fetch_limits *limits, struct fetch_transport **out) MUST_USE;

/* The hub owns the transport. Tenants that have something to send to a host are served in turn, one fetch each, and a tenant's
 * lanes within its turn: what a school gets depends neither on how much its neighbours have queued nor on how many
 * accounts they have. */
struct fetch_hub *fetch_hub_new(struct loop *loop, struct fetch_transport *transport, const struct fetch_limits *limits);
/* Requires that its lanes are freed. Closes the transport. Not from inside a done(). */
void fetch_hub_free(struct fetch_hub **hub);

struct fetch_lane_limits {
	unsigned concurrency; /* fetches admitted at once; at least 1 */
	unsigned per_minute;  /* starts in any 60 s, both ends included; 0: no bound */
	const char *tenant;   /* whose share it uses; copied; NULL: one of its own */
	bool learns;          /* fewer at once where the upstream answers later for more (pace.h): concurrency is the most */
};
/* name is for logs and metrics, copied.
 *
 * A lane whose upstream does not answer (no connection, nothing in time, a reset, 5xx; five in a row) is left alone for a
 * while, then tried with one request (breaker.h). Meanwhile its fetches wait, or, once the hold is long, end with
 * ERR_UNAVAILABLE, unsent. After a 429, or a 503 with Retry-After, the whole lane waits as long as the answer says, 2 min
 * at most. */
struct fetch_lane *fetch_lane_new(struct fetch_hub *hub, const char *name, const struct fetch_lane_limits *limits);
void fetch_lane_free(struct fetch_lane **lane); /* requires it to be empty */
uint64_t fetch_lane_count(const struct fetch_lane *lane); /* requests started, ever */
uint64_t fetch_lane_faults(const struct fetch_lane *lane, enum fault_class class); /* answers that were one, ever */
unsigned fetch_lane_allowed(const struct fetch_lane *lane); /* how many at once now, as far as it has learned */
enum breaker_state fetch_lane_breaker(const struct fetch_lane *lane);
/* The sliding window outlives the process: the wall-clock times (ms) of the starts of the last 60 s, oldest first.
 * Fills at most max (the latest), returns how many; and puts them back into a new lane. */
size_t fetch_lane_window(const struct fetch_lane *lane, int64_t *starts_ms, size_t max);
/* ahead: so many more are taken as started now. */
void fetch_lane_restore(struct fetch_lane *lane, const int64_t *starts_ms, size_t count, unsigned ahead);
/* And a process that is killed: with ask set, nothing starts that was not allowed before. ask(arg) comes from the loop's turn, when a fetch
 * wants to start and fewer than half of ahead are still allowed; not again before the answer. Whoever is asked keeps the window and the lane's count
 * as they are then, and that ahead more may follow, and when that is safe calls fetch_lane_allow() with the count plus ahead. ask NULL: no
 * longer. */
void fetch_lane_keep(struct fetch_lane *lane, unsigned ahead, void (*ask)(void *arg), void *arg);
void fetch_lane_allow(struct fetch_lane *lane, uint64_t count);

void fetch_start(struct fetch *f); /* f->lane, request and done are set; everything borrowed stays valid until done or cancel */
/* Idle: nothing. Else the reply says ERR_CANCELLED, and sent when it was under way: fetch_fault() then calls a write uncertain. */
void fetch_cancel(struct fetch *f);

/* For transports: the reply is filled in. Calls done() at once, so from the loop only, and never from inside start(). */
void fetch_finish(struct fetch *f);
/* Feeds the sink or the head by status; returns non-zero when the transfer must end (reply.code is set). */
int fetch_feed(struct fetch *f, const char *p, size_t n);

/* What class of fault a finished fetch is, none for 2xx: code, status, effect and sent together. A write that may have left
 * and has no whole answer, or a 5xx, is uncertain whatever else is true; a 429 was not done; 401 and 403 are auth; a redirect is data. What
 * a read failed at on the way is transient, what it failed at in the answer itself is data. retry_after_s is what the answer said,
 * 5 for a 429 that said nothing. f.what names method, address (no query; segments with an '@' masked) and status or reason. */
void fetch_fault(const struct fetch *f, struct fault *out);

#endif
