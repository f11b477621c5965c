#ifndef CORE_APP_NOTICE_H
#define CORE_APP_NOTICE_H

/*
 * What people are told of a school, and in which words. Pure: nothing is read, stored or sent here.
 *
 *   trouble   something that is so until it is over; its begin and its end are one notice each, whatever happens meanwhile
 *   digest    the open issues, by who can mend them
 */

#include "core/app/recent.h"
#include "core/sync/outbox.h"
#include "core/sync/wording.h"

#define TROUBLES(X) \
	X(TROUBLE_FAILED, "failed")   /* a flow failed twice in a row */ \
	X(TROUBLE_HELD, "held")       /* a plan waits for an answer */ \
	X(TROUBLE_DEAF, "deaf")       /* an upstream does not answer: its breaker is not closed */ \
	X(TROUBLE_STALE, "stale")     /* the school's file does not validate */ \
	X(TROUBLE_SILENT, "silent")   /* no good run for a set time */
enum trouble {
#define X(name, text) name,
	TROUBLES(X)
#undef X
	TROUBLE_COUNT
};
const char *trouble_name(enum trouble t);

/* How a school is. */
struct notice_facts {
	unsigned troubles;                /* a bit for each */
	char detail[TROUBLE_COUNT][256];  /* why; English, without personal data */
	int64_t last_good;                /* UTC, end of the latest good run; 0: none yet */
};
struct notice_view {
	const struct recent *const *recents; /* of each environment */
	const char *const *keys;
	unsigned environments;
	const char *deaf;                 /* the name of an upstream that does not answer; NULL: none */
	const char *stale;                /* the file's mistakes; NULL or "": none */
	int64_t now, since;               /* since: when the school was first known */
	int64_t silent_s;                 /* 0: never silent */
};
void notice_facts(const struct notice_view *view, struct notice_facts *out);

struct notice {
	enum trouble trouble;
	bool over;
	const char *tenant, *school, *detail;
	int64_t at;
	enum wording_lang language;
};
/* Fills subject, text and html, or text alone for a hook. 0 or ERR_LIMIT. */
int notice_write(const struct notice *n, enum letter_kind kind, struct arena *arena, struct letter *out) MUST_USE;

/* The open issues of all environments. False: there are none, or memory is out; nothing is to be sent. */
bool notice_digest(const struct notice_view *view, const char *school, enum wording_lang language, struct arena *arena, struct letter *out);

#endif
