#ifndef CORE_APP_POSTMAN_H
#define CORE_APP_POSTMAN_H

/*
 * Sends what waits in the stores' outboxes (core/sync/outbox.h), in the background: store after store, a few letters a turn, over one lane. The daemon has
 * one for all schools; a command that ran a school itself lets one work before it ends, for a while.
 *
 * A letter is marked as leaving on disk before it is sent, and what became of it is on disk before the store's next ones are taken.
 */

#include "core/data/store.h"
#include "core/io/fetch.h"

struct postman;

/* Where a school wants its notices called; texts are borrowed for the call. */
struct postman_hook {
	const char *url;
	struct str secret; /* empty: not signed */
};

struct postman_options {
	struct loop *loop;
	struct fetch_hub *hub;
	struct stores *stores;
	const char *smtp_url; /* NULL: mails wait */
	const char *smtp_from, *smtp_user, *smtp_password_file, *smtp_ca_file; /* the file is read again for each turn */
	/* The address of a LETTER_HOOK: to is the letter's. False: there is none, the letter waits. May be NULL. */
	bool (*hook)(void *arg, const char *tenant, struct str to, struct postman_hook *out);
	/* Nothing is under way any more, and nothing will be before postman_look() or a letter's time; may be NULL. */
	void (*idle)(void *arg);
	void *arg;
};

struct conf;
/* What passerelle.json says of the mail server. */
void postman_server(struct postman_options *o, const struct conf *conf);

/* Everything is borrowed. */
struct postman *postman_new(const struct postman_options *options);
/* Requires that it is not busy. */
void postman_free(struct postman **postman);

/* That store's outbox has, or may have, a letter that is due at due_s (UTC). */
void postman_look(struct postman *p, const char *tenant, const char *key, int64_t due_s);
/* Something is being sent, or written down. */
bool postman_busy(const struct postman *p);
/* Is a letter due now, or under way? */
bool postman_at_work(const struct postman *p);
/* Takes nothing more; what is under way may end. */
void postman_stop(struct postman *p);
/* That is cut short too: what has not been handed over stays due. Not busy some turns later. */
void postman_cancel(struct postman *p);

#endif
