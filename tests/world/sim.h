#ifndef TESTS_WORLD_SIM_H
#define TESTS_WORLD_SIM_H

/*
 * The two vendors as pure functions request -> reply over a world in memory, with every request in a ledger, faults on demand,
 * and a switch for each question that their public facts leave open. Two fronts: an HTTP server (passerelle-sim, front_http.c) and
 * an in-process transport on the virtual clock (front_fake.c). Shares no code with core/sync or the adapters.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/str.h"
#include "core/data/json.h"

struct ypareo; /* tests/world/ypareo.h: a customer's Yparéo database with its keys */
struct edusign; /* tests/world/edusign.h: Edusign, with several schools (accounts) */
struct sim;

struct sim_request {
	const char *method;     /* "GET" … */
	struct str path;        /* percent-decoded, below the vendor's prefix: "/r/v1/sites", "/v1/course" */
	struct str query;       /* raw, behind '?' */
	struct str credential;  /* X-Auth-Token, or the token behind "Bearer " */
	struct str body;
	int64_t now_ms;         /* wall clock of the simulated servers */
	struct arena *arena;    /* for the reply */
};

struct sim_reply {
	int status;
	const char *content_type;
	struct buf body;        /* owned by the caller of the function, deinit after use */
	uint32_t retry_after_s; /* 0: no header */
	uint32_t delay_ms;      /* the slow-down of Edusign beyond its limit */
};

/* ---- faults: what goes wrong with the n-th matching request ---- */

/* What a fault that has no reply of its own does to a write: "no effect" or "takes effect"; a reply that it only spoils
 * (empty, garbage, truncate, cut-json, array, drop-records) comes after the effect. */
#define SIM_FAULTS(X) \
	X(SIM_LATENCY, "latency")             /* .ms more before the reply */ \
	X(SIM_HANG, "hang")                   /* takes the request, has no effect, never answers */ \
	X(SIM_HANG_AFTER, "hang-after")       /* takes effect, never answers */ \
	X(SIM_RESET_BEFORE, "reset-before")   /* connection dies, no effect */ \
	X(SIM_RESET_AFTER, "reset-after")     /* takes effect, then the connection dies without an answer */ \
	X(SIM_LATE_EFFECT, "late-effect")     /* connection dies at once; the effect comes .ms later */ \
	X(SIM_REFUSE, "refuse")               /* no connection at all: nothing was sent */ \
	X(SIM_STATUS, "status")               /* .status with an HTML or plain-text body, no effect */ \
	X(SIM_STATUS_AFTER, "status-after")   /* takes effect, then .status as HTML (a gateway that gave up) */ \
	X(SIM_EMPTY, "empty")                 /* 200, empty body (reads; a write takes effect) */ \
	X(SIM_TRUNCATE, "truncate")           /* the announced length, but only half of the bytes */ \
	X(SIM_CUT_JSON, "cut-json")           /* a whole HTTP answer whose JSON stops in the middle */ \
	X(SIM_ARRAY, "array")                 /* Yparéo lists: an array instead of a keyed object */ \
	X(SIM_FORBIDDEN, "forbidden")         /* 403 as that vendor says it: this endpoint is not for this key */ \
	X(SIM_QUOTA, "quota")                 /* 429, Retry-After .ms / 1000 */ \
	X(SIM_REDIRECT, "redirect")           /* 302 to a login page */ \
	X(SIM_GARBAGE, "garbage")             /* 200 with .body as it is */ \
	X(SIM_DROP_RECORDS, "drop-records")   /* a list whose last half is missing, well-formed */

enum sim_fault_kind {
#define X(name, text) name,
	SIM_FAULTS(X)
#undef X
};

struct sim_fault {
	enum sim_fault_kind kind;
	const char *vendor;  /* "ypareo", "edusign", NULL: both */
	const char *method;  /* NULL: any */
	const char *path;    /* glob with '*': "/v1/course*"; NULL: any */
	unsigned skip;       /* let the first n matching requests pass */
	unsigned count;      /* then strike this often; 0: for ever */
	uint32_t ms;
	int status;
	struct str body;
};

/* ---- the ledger ---- */

struct sim_entry {
	uint64_t seq;
	int64_t at_ms;       /* arrival */
	const char *vendor;
	const char *method;
	struct str path, query, body;
	struct str account;  /* the Edusign school or Yparéo customer whose credential it bore; "" unknown */
	int status;          /* answered; 0: not */
	bool effect;         /* did it change the world? */
	bool write;          /* would it, by its nature? (lock and restore are GETs that write) */
};

/* ---- open questions of the vendors: a bit each (edusign.md 7, ypareo.md 11, in our words) ---- */

#define SIM_SWITCHES(X) \
	X(SIM_NAIVE_LOCAL, "naive-local")             /* Edusign reads times without zone as the school's local time (else UTC) */ \
	X(SIM_PATCH_WHOLE, "patch-whole")             /* PATCH of a course resets what is not sent (else partial) */ \
	X(SIM_PATCH_KEEPS_SIGNATURES, "patch-keeps-signatures") /* PATCH of a course keeps signatures (else erases them) */ \
	X(SIM_DUPLICATE_LINKS, "duplicate-links")     /* POST of a person with a known e-mail links it (else an error) */ \
	X(SIM_API_ID_UNIQUE, "api-id-unique")         /* a second record with one API_ID is refused (else accepted) */ \
	X(SIM_NO_FROM_STUDENTS, "no-from-students")   /* fromStudents and STUDENTS are ignored: sheets start with an empty roster */ \
	X(SIM_PAGE_REQUIRED, "page-required")         /* a list without page gives the first page only (else everything) */ \
	X(SIM_WIDE_RANGE_ERROR, "wide-range-error")   /* over 90 days is an error (else clamped) */ \
	X(SIM_DELETE_SIGNED, "delete-signed")         /* a locked or signed course can be deleted (else an error) */ \
	X(SIM_OBSERVATION, "observation")             /* Yparéo gives observation back */ \
	X(SIM_ABSENCE_BY_START, "absence-by-start")   /* a range finds absences by their first day (else by overlap) */ \
	X(SIM_ARRAYS, "arrays")                       /* this Yparéo answers arrays, not keyed objects */ \
	X(SIM_NO_STATE, "no-state")                   /* sessions bear no etatSeance */ \
	X(SIM_NO_ROOMS, "no-rooms")                   /* /r/v1/salles is refused */ \
	X(SIM_FORBIDDEN_401, "forbidden-401")         /* an endpoint that is not ticked answers 401 (else 403) */ \
	X(SIM_GET_ID_LOWER, "get-id-lower")           /* get-id answers {"id"} (else {"ID"}) */ \
	X(SIM_PATCH_BOOLEAN, "patch-boolean")         /* PATCH answers true (else an object) */ \
	X(SIM_LOCKED_BOOLEAN, "locked-boolean")       /* LOCKED true/false (else 1/0) */ \
	X(SIM_POST_PERSON_TWICE, "person-twice")      /* two students with one e-mail are allowed */ \
	X(SIM_PUT_ATTENDANCE_ERROR, "put-attendance-error") /* adding an enrolled student is an error (else success) */ \
	X(SIM_DELETE_ATTENDANCE_ERROR, "delete-attendance-error") /* so is removing one who is not (else success) */ \
	X(SIM_END_EXCLUSIVE, "end-exclusive")         /* end of a course list is its midnight (else that day counts whole) */ \
	X(SIM_SCHOOL_UPPER, "school-upper")           /* GET school answers ID, NAME, CONNECTOR … (else id, name, connector …) */ \
	X(SIM_NO_EXTRAS, "no-extras")                 /* calls that no public source names are 404: get-id, list, restore of externals … */ \
	X(SIM_NO_FOLLOWERS, "no-followers")           /* STUDENT_FOLLOWER_ID is ignored in requests (else kept) */

enum sim_switch {
#define X(name, text) name,
	SIM_SWITCHES(X)
#undef X
	SIM_SWITCH_COUNT
};

/* Both vendors are owned by the sim. */
struct sim *sim_new(uint64_t seed);
void sim_free(struct sim **sim);
struct ypareo *sim_ypareo_add(struct sim *sim, const char *customer); /* an empty database; requires a new name */
struct ypareo *sim_ypareo(struct sim *sim, const char *customer);     /* NULL: none of that name */
struct ypareo *sim_ypareo_at(struct sim *sim, size_t index);          /* in order of addition; NULL: behind the last */
struct edusign *sim_edusign(struct sim *sim);

void sim_set(struct sim *sim, enum sim_switch which, bool on);
bool sim_is(const struct sim *sim, enum sim_switch which);
int sim_switch_parse(const char *name, enum sim_switch *out) MUST_USE; /* ERR_NOT_FOUND */
const char *sim_switch_name(enum sim_switch which);
const char *sim_fault_name(enum sim_fault_kind kind);
void sim_fault_add(struct sim *sim, const struct sim_fault *fault); /* texts are copied */
/* "reset-after:edusign:POST:/v1/course:skip=2:count=1": kind, then vendor, method and path ("" or "*": any), then
 * skip=, count=, ms=, status= and last body= (which runs to the end of the text); what is left out is 0. ERR_SYNTAX. */
int sim_fault_parse(const char *text, struct sim_fault *out, struct arena *arena) MUST_USE;
void sim_faults_clear(struct sim *sim);

/*
 * What shall happen to a request: the ledger entry is made, faults are looked up, at most one strikes: the first that was
 * added and matches. Effects and changes of the reply's content (status, empty, cut-json, array, garbage, quota, …) are done
 * here; fault_out->kind says how the front must misbehave besides (latency, hang…, reset…, late-effect, refuse,
 * truncate). The reply is always filled, with status 0 where no answer leaves. Returns whether a fault struck. vendor: "ypareo" or
 * "edusign"; customer: which Yparéo, an unknown one gets 404. A refused request never came and is not in the ledger.
 */
bool sim_handle(struct sim *sim, const char *vendor, const char *customer, const struct sim_request *req, struct sim_reply *reply, struct sim_fault *fault_out);
/* Effects that were promised for later (late-effect) and are due; sim_handle() does this as well. */
void sim_tick(struct sim *sim, int64_t now_ms);
int64_t sim_next_effect(const struct sim *sim); /* when the next one is due; INT64_MAX: none */
/* '*' stands for any text. pattern NULL: everything matches. */
bool sim_glob(const char *pattern, struct str text);

size_t sim_ledger_count(const struct sim *sim);
const struct sim_entry *sim_ledger_at(const struct sim *sim, size_t index);
void sim_ledger_clear(struct sim *sim);
/* Entries that match; any may be NULL. path is a glob. */
size_t sim_ledger_find(const struct sim *sim, const char *vendor, const char *method, const char *path, bool writes_only);

/* The vendors themselves; called by sim_handle. */
void ypareo_handle(struct ypareo *y, struct sim *sim, const struct sim_request *req, struct sim_reply *reply, struct sim_entry *entry);
void edusign_handle(struct edusign *e, struct sim *sim, const struct sim_request *req, struct sim_reply *reply, struct sim_entry *entry);

#endif
