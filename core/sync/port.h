#ifndef CORE_SYNC_PORT_H
#define CORE_SYNC_PORT_H

/*
 * What the sync asks of the two systems at its ends. Each function fills an exchange with one question: the request, the shape of the
 * answer, where it goes. The caller sends it (a HTTP row of its step list) and finds the answer in out when the exchange ends
 * without a fault. Nothing here is sent by itself, nothing blocks, nothing is stored. Adapters implement it; the sync knows
 * no vendor.
 *
 * Answers that are kept live in keep (a longer-lived arena than the exchange's). Every list is appended to out.
 * What the vendor refuses (edusign: HTTP 200 with status "error") is FAULT_REMOTE with the vendor's words, cleaned, in fault.what.
 */

#include "core/flow/exchange.h"
#include "core/base/tz.h"
#include "core/sync/model.h"

/* The side that plans: Yparéo. self is the adapter's connection (URL, token, lane). All return nothing: a failure to build the question is
 * in x->fault and ends the step. */
struct planning_port {
	void *self;
	const char *address;      /* what an environment pins: the URL without a path's tail */
	unsigned concurrency;     /* exchanges at once towards it */

	void (*sites)(void *self, struct exchange *x, struct arena *keep, struct items *out /* struct site */);
	void (*periods)(void *self, struct exchange *x, struct arena *keep, struct items *out /* struct period */);
	/* Long courses; periods: their codes, comma list. */
	void (*groups)(void *self, struct exchange *x, struct arena *keep, struct ints periods, struct items *out /* struct group */);
	/* Short courses; a key that may not ask gets an empty list (x->fault cleared when it is 401, 403 or 404). */
	void (*short_groups)(void *self, struct exchange *x, struct arena *keep, int32_t first, int32_t last, struct items *out);
	void (*trainings)(void *self, struct exchange *x, struct arena *keep, struct items *out /* struct training */);
	void (*rooms)(void *self, struct exchange *x, struct arena *keep, struct items *out /* struct room */);
	/* The planning of one group; zone turns its wall-clock times into UTC. Sessions with an impossible time are FAULT_DATA. */
	void (*planning)(void *self, struct exchange *x, struct arena *keep, const struct tz *zone, int32_t first, int32_t last, int64_t group,
	                 struct items *out /* struct session */);
	/* The planning of all groups there are, also of those that no list names. Not answered in time where it is too much. */
	void (*planning_all)(void *self, struct exchange *x, struct arena *keep, const struct tz *zone, int32_t first, int32_t last,
	                     struct items *out /* struct session */);
	/* Learners that want() says yes to are kept; a list of 36 MB costs its projection only. e-mail "normal", names, phone, enrolment. */
	void (*learners)(void *self, struct exchange *x, struct arena *keep, struct ints periods, bool (*want)(void *arg, int64_t code), void *arg,
	                 struct items *out /* struct learner */);
	void (*short_learners)(void *self, struct exchange *x, struct arena *keep, int32_t first, int32_t last, bool (*want)(void *arg, int64_t code),
	                       void *arg, struct items *out);
	void (*learner)(void *self, struct exchange *x, struct arena *keep, int64_t code, struct items *out); /* one, by its code */
	/* The accounts of learners: sets email_pro of those in by_code (struct learner). */
	void (*learner_accounts)(void *self, struct exchange *x, struct arena *keep, struct map *by_code);
	void (*instructors)(void *self, struct exchange *x, struct arena *keep, bool (*want)(void *arg, int64_t code), void *arg,
	                    struct items *out /* struct instructor */);
	/* Contracts that are active on day, one a learner: of several the one that began last. Each goes to set(). */
	void (*contracts)(void *self, struct exchange *x, struct ints periods, int32_t day, void (*set)(void *arg, const struct contract *c), void *arg);
	void (*companies)(void *self, struct exchange *x, void (*each)(void *arg, int64_t code, struct str name), void *arg);
	/* The contacts of one company: the tutors of its contracts are among them. */
	void (*contacts)(void *self, struct exchange *x, struct arena *keep, int64_t company, struct items *out /* struct tutor */);

	/* ---- the way up ---- */
	void (*reasons)(void *self, struct exchange *x, struct arena *keep, struct items *out /* struct reason */);
	/* All absences that meet the days (or begin in them: unknown, so callers ask from 60 days before), of learners want() says yes to. */
	void (*absences)(void *self, struct exchange *x, struct arena *keep, int32_t first, int32_t last, bool (*want)(void *arg, int64_t learner), void *arg,
	                 struct items *out /* struct absence */);
	void (*absence_create)(void *self, struct exchange *x, const struct absence *a, int64_t *code_out); /* WRITE_ONCE */
	void (*absence_update)(void *self, struct exchange *x, const struct absence *a);  /* WRITE_KEYED */
	void (*absence_delete)(void *self, struct exchange *x, int64_t code);             /* WRITE_KEYED; already gone is no fault */
	void (*payroll)(void *self, struct exchange *x, struct arena *keep, int32_t first, int32_t last, struct items *out /* struct payroll */);
	void (*payroll_put)(void *self, struct exchange *x, const struct payroll *p);     /* WRITE_KEYED */
};

/* A page of sheets. */
struct sheets_query {
	int32_t first, last;              /* days of START, both included; at most 90. Sheets of a day more on each side may come with them */
	int64_t updated_from, updated_to; /* UTC; 0: no such filter */
	bool locked_only;
	unsigned page;                    /* from 0, read until a page is empty: a short one is no proof of the end */
};

/* The side where attendance is signed: Edusign. self is one account of it (URL, token, lane). */
struct attendance_port {
	void *self;

	void (*school)(void *self, struct exchange *x, struct arena *keep, struct school *out);

	/* ---- sheets ---- */
	void (*sheets)(void *self, struct exchange *x, struct arena *keep, const struct sheets_query *q, struct items *out /* struct sheet */);
	/* One sheet with roster and .whole. None of that id: FAULT_REMOTE with code ERR_NOT_FOUND. */
	void (*sheet)(void *self, struct exchange *x, struct arena *keep, struct str id, struct sheet *out);
	/* The id of the sheet of that session code; none: out stays empty, no fault. */
	void (*sheet_find)(void *self, struct exchange *x, struct arena *keep, int64_t session, struct str *id_out);
	void (*sheet_create)(void *self, struct exchange *x, struct arena *keep, const struct sheet_wish *w, struct str *id_out); /* WRITE_ONCE */
	/* Whole: wish merged over what was just read (now->whole). WRITE_KEYED. roster: what the sheet shall hold: wish->learners and what others put there. */
	void (*sheet_update)(void *self, struct exchange *x, const struct sheet *now, const struct sheet_wish *w, struct texts roster);
	void (*sheet_delete)(void *self, struct exchange *x, struct str id);                 /* WRITE_KEYED; already gone is no fault */
	void (*roster_add)(void *self, struct exchange *x, struct str sheet, struct str learner);    /* WRITE_KEYED; "already in the list" is no fault */
	void (*roster_remove)(void *self, struct exchange *x, struct str sheet, struct str learner); /* WRITE_KEYED */

	/* ---- people ---- */
	void (*person_find)(void *self, struct exchange *x, struct arena *keep, enum person_kind kind, int64_t code, struct str *id_out); /* by API_ID */
	/* None: out->id stays empty, no fault. Also archived ones. */
	void (*person_by_email)(void *self, struct exchange *x, struct arena *keep, enum person_kind kind, struct str email, struct account *out);
	void (*person_read)(void *self, struct exchange *x, struct arena *keep, enum person_kind kind, struct str id, struct account *out);
	void (*person_create)(void *self, struct exchange *x, struct arena *keep, const struct person *p, struct str *id_out); /* WRITE_ONCE */
	void (*person_update)(void *self, struct exchange *x, const struct person *p, struct str id);  /* WRITE_KEYED */
	/* Who follows the learner, just read: the whole list, nothing else. WRITE_KEYED */
	void (*followers_put)(void *self, struct exchange *x, const struct account *learner, struct texts followers);
	void (*person_restore)(void *self, struct exchange *x, enum person_kind kind, struct str id);  /* WRITE_KEYED; a GET that writes */
	/* A page of people, archived ones left out by the vendor; page from 0, to an empty one. updated_after: UTC, those changed since, where the vendor can
	 * say so (learners), else more than that; 0: all. */
	void (*people)(void *self, struct exchange *x, struct arena *keep, enum person_kind kind, unsigned page, int64_t updated_after,
	               struct items *out /* struct account */);
	/* By id, at most 50 a call. */
	void (*people_by_id)(void *self, struct exchange *x, struct arena *keep, struct texts ids, struct items *out /* struct account */);

	/* ---- groups of learners ---- */
	/* By API_ID; none: out stays empty, no fault. */
	void (*group_find)(void *self, struct exchange *x, struct arena *keep, struct str code, struct str *id_out);
	/* None of that id: FAULT_REMOTE with code ERR_NOT_FOUND. */
	void (*group_read)(void *self, struct exchange *x, struct arena *keep, struct str id, struct roll *out);
	void (*group_create)(void *self, struct exchange *x, struct arena *keep, const struct roll_wish *w, struct str *id_out); /* WRITE_ONCE */
	/* Whole: wish merged over what was just read (now->whole). WRITE_KEYED. The list of learners is replaced. */
	void (*group_update)(void *self, struct exchange *x, const struct roll *now, const struct roll_wish *w);

	/* ---- reasons of absence ---- */
	void (*justifications)(void *self, struct exchange *x, struct arena *keep, unsigned page, struct items *out /* struct justification */);
	void (*absence_reasons)(void *self, struct exchange *x, struct arena *keep, struct items *out /* struct reason; code: the id */);
};

#endif
