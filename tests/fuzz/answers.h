#ifndef TESTS_FUZZ_ANSWERS_H
#define TESTS_FUZZ_ANSWERS_H

/*
 * What the targets of both adapters share. The first byte of an input selects the question, the second the answer's
 * status and how the transport ended, the third how many bytes come at once; the rest is the body. Whole and in pieces the
 * same must come out, and nothing of it but what was promised: no list grows, no text is given, where there is a fault; what a
 * fault says is one line of UTF-8.
 */

#include "core/sync/model.h"
#include "tests/fuzz/fuzz.h"
#include "tests/unit/exchange_drive.h"

/* One asking of one question: where its answer goes, and a digest of that. */
struct answers {
	struct drive d;
	const void *port;
	enum person_kind kind;
	struct digest digest;
	struct items out;
	struct str text;
	int64_t code;
	struct map *by_code;
	union {
		struct account account;
		struct sheet sheet;
		struct school school;
		struct roll roll;
	} one;
};

struct question {
	void (*ask)(struct answers *a, struct exchange *x, struct arena *keep);
	void (*look)(struct answers *a); /* at what was answered; NULL: nothing is */
	size_t size;                     /* of an item of .out; 0: no list */
	bool writes;
};

/* As from the wire, in both ways. Aborts where they differ. */
void answers_compare(const struct question *q, const void *port, enum person_kind kind, const uint8_t *data,
                     size_t size);
void answers_text(struct answers *a, struct str s);
void answers_int(struct answers *a, int64_t v);

#endif
